//! What stands for an identity provider in a build without the feature `oidc`: nothing can.

use std::convert::Infallible;

/// No identity provider.
#[derive(Debug)]
pub struct Provider(Infallible);

impl Provider {
    pub(crate) fn name(&self) -> &str {
        match self.0 {}
    }
}
