//! The register: who may come in, who saw or changed what, and the models that admins added. Tokens are known by their
//! hashes only, and keys of models not at all.

use crate::{Error, Pending};
use domain::access::{Act, Actor, Role, Scope};
use domain::ids::{ApiKeyId, LinkId, PersonId, SessionId};
use std::collections::BTreeMap;

/// The SHA-256 of a token.
pub type TokenHash = [u8; 32];

/// Who may come in, and what admins set up. Every change is on disk when it answers.
pub trait Register: Send + Sync {
    /// Changes one entry.
    ///
    /// Fails with [`Error::Missing`] when the entry to change is not there, and with [`Error::Taken`] when another
    /// person has the mail address, or another model the name.
    fn change(&self, change: Change) -> Pending<'_, ()>;

    /// The links of a session, oldest first, also those that no longer hold.
    fn links(&self, session: SessionId) -> Pending<'_, Vec<LinkRow>>;

    /// The link of a token, also when it no longer holds.
    fn link(&self, token: TokenHash) -> Pending<'_, Option<LinkRow>>;

    /// Everybody with an account, by name.
    fn people(&self) -> Pending<'_, Vec<PersonRow>>;

    /// Who signed in with a token, and until when.
    fn sign_in(&self, token: TokenHash) -> Pending<'_, Option<SignInRow>>;

    /// All API keys, oldest first, also those that no longer hold.
    fn api_keys(&self) -> Pending<'_, Vec<ApiKeyRow>>;

    /// The models that admins added, by name.
    fn models(&self) -> Pending<'_, Vec<ModelRow>>;

    /// The newest entries of the audit log before a number (none: all), newest first, at most so many.
    fn audit(&self, before: Option<u64>, most: u32) -> Pending<'_, Vec<AuditRow>>;
}

/// A change of one entry.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new link to a session that exists.
    AddLink(LinkRow),
    /// A link was used; only the first time is noted.
    LinkOpened {
        /// The link.
        id: LinkId,
        /// When, in Unix milliseconds.
        at: i64,
    },
    /// A link of a session no longer holds; the first revocation counts.
    RevokeLink {
        /// The session.
        session: SessionId,
        /// The link.
        id: LinkId,
        /// When, in Unix milliseconds.
        at: i64,
    },
    /// A new person; the mail address must be nobody else's.
    AddPerson(PersonRow),
    /// A person's name, role and password are these from now on.
    ChangePerson(PersonRow),
    /// A person goes, and is signed out.
    RemovePerson(PersonId),
    /// Somebody signed in; sign-ins that have ended are forgotten.
    SignIn {
        /// The sign-in.
        row: SignInRow,
        /// Now, in Unix milliseconds.
        now: i64,
    },
    /// One sign-in ends; harmless when it has.
    SignOut(TokenHash),
    /// All sign-ins of a person end, but perhaps one.
    SignOutAll {
        /// The person.
        person: PersonId,
        /// The one that stays.
        but: Option<TokenHash>,
    },
    /// A new API key.
    AddApiKey(ApiKeyRow),
    /// An API key no longer holds; the first revocation counts.
    RevokeApiKey {
        /// The key.
        id: ApiKeyId,
        /// When, in Unix milliseconds.
        at: i64,
    },
    /// A new model; the name must be no other's.
    AddModel(ModelRow),
    /// A model's entry is this from now on.
    ChangeModel {
        /// The model, by its name.
        name: String,
        /// How it is reached, as JSON.
        entry: String,
    },
    /// A model goes, by its name.
    RemoveModel(String),
    /// An entry of the audit log; its number is given to it.
    Note(AuditRow),
}

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// The person.
    pub id: PersonId,
    /// What they are called.
    pub name: String,
    /// With what they sign in, in lower case.
    pub mail: String,
    /// What they are on this server.
    pub role: Role,
    /// The hash of their password in PHC form.
    pub password: String,
    /// When they were added, in Unix milliseconds.
    pub created: i64,
}

/// Somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInRow {
    /// What the cookie's token hashes to.
    pub token: TokenHash,
    /// Who.
    pub person: PersonId,
    /// Until when, in Unix milliseconds.
    pub expires: i64,
}

/// What a program comes in with. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// The key.
    pub id: ApiKeyId,
    /// What its token hashes to.
    pub token: TokenHash,
    /// Which program it is for.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: i64,
    /// When it ends; none: it does not end by itself.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
}

/// A model that an admin added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRow {
    /// As a session is set up with it.
    pub name: String,
    /// How it is reached, as JSON; it names where the key is and never holds it.
    pub entry: String,
    /// When it was added, in Unix milliseconds.
    pub added: i64,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, from 1 without gaps.
    pub n: u64,
    /// When, in Unix milliseconds.
    pub at: i64,
    /// Who.
    pub actor: Actor,
    /// What they did.
    pub act: Act,
    /// In which session.
    pub session: Option<SessionId>,
    /// With which person, link or key, by its id; with which model, by its name.
    pub about: Option<String>,
}

/// An invitation to one session. Times are Unix milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkRow {
    /// The link.
    pub id: LinkId,
    /// What it opens.
    pub session: SessionId,
    /// What its token hashes to.
    pub token: TokenHash,
    /// As what it lets in.
    pub role: Role,
    /// Whom it is for, in the words of who made it.
    pub note: String,
    /// When it was made.
    pub created: i64,
    /// When it ends; none: it does not end by itself.
    pub expires: Option<i64>,
    /// When it was revoked.
    pub revoked: Option<i64>,
    /// When it was first used.
    pub opened: Option<i64>,
}

/// The register in memory.
#[derive(Default)]
pub(crate) struct Pages {
    links: Vec<LinkRow>,
    people: Vec<PersonRow>,
    sign_ins: Vec<SignInRow>,
    keys: Vec<ApiKeyRow>,
    models: BTreeMap<String, ModelRow>,
    audit: Vec<AuditRow>,
}

impl Pages {
    pub(crate) fn apply(&mut self, change: Change) -> Result<(), Error> {
        match change {
            Change::AddLink(link) => self.links.push(link),
            Change::LinkOpened { id, at } => {
                let link = self.links.iter_mut().find(|link| link.id == id);
                link.ok_or(Error::Missing { what: "link" })?.opened.get_or_insert(at);
            }
            Change::RevokeLink { session, id, at } => {
                let link = self.links.iter_mut().find(|link| link.id == id && link.session == session);
                link.ok_or(Error::Missing { what: "link" })?.revoked.get_or_insert(at);
            }
            Change::AddPerson(person) if self.people.iter().any(|known| known.mail == person.mail) => {
                return Err(Error::Taken { what: "person" });
            }
            Change::AddPerson(person) => self.people.push(person),
            Change::ChangePerson(person) => {
                let known = self.people.iter_mut().find(|known| known.id == person.id);
                *known.ok_or(Error::Missing { what: "person" })? = person;
            }
            Change::RemovePerson(id) => {
                let at = self.people.iter().position(|person| person.id == id);
                self.people.remove(at.ok_or(Error::Missing { what: "person" })?);
                self.sign_ins.retain(|known| known.person != id);
            }
            Change::SignIn { row, now } => {
                self.sign_ins.retain(|known| now < known.expires);
                self.sign_ins.push(row);
            }
            Change::SignOut(token) => self.sign_ins.retain(|known| known.token != token),
            Change::SignOutAll { person, but } => {
                self.sign_ins.retain(|known| known.person != person || Some(known.token) == but);
            }
            Change::AddApiKey(key) => self.keys.push(key),
            Change::RevokeApiKey { id, at } => {
                let key = self.keys.iter_mut().find(|key| key.id == id);
                key.ok_or(Error::Missing { what: "API key" })?.revoked.get_or_insert(at);
            }
            Change::AddModel(model) if self.models.contains_key(&model.name) => {
                return Err(Error::Taken { what: "model" });
            }
            Change::AddModel(model) => {
                self.models.insert(model.name.clone(), model);
            }
            Change::ChangeModel { name, entry } => {
                self.models.get_mut(&name).ok_or(Error::Missing { what: "model" })?.entry = entry;
            }
            Change::RemoveModel(name) => {
                self.models.remove(&name).ok_or(Error::Missing { what: "model" })?;
            }
            Change::Note(entry) => self.audit.push(AuditRow { n: self.audit.len() as u64 + 1, ..entry }),
        }
        Ok(())
    }

    pub(crate) fn people(&self) -> Vec<PersonRow> {
        let mut people = self.people.clone();
        people.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        people
    }

    pub(crate) fn sign_in(&self, token: &TokenHash) -> Option<SignInRow> {
        self.sign_ins.iter().find(|known| known.token == *token).cloned()
    }

    pub(crate) fn api_keys(&self) -> Vec<ApiKeyRow> {
        let mut keys = self.keys.clone();
        keys.sort_by_key(|key| (key.created, key.id));
        keys
    }

    pub(crate) fn models(&self) -> Vec<ModelRow> {
        self.models.values().cloned().collect()
    }

    pub(crate) fn audit(&self, before: Option<u64>, most: u32) -> Vec<AuditRow> {
        let older = self.audit.iter().rev().filter(|entry| before.is_none_or(|before| entry.n < before));
        older.take(most as usize).cloned().collect()
    }

    pub(crate) fn links(&self, session: SessionId) -> Vec<LinkRow> {
        let mut links: Vec<_> = self.links.iter().filter(|link| link.session == session).cloned().collect();
        links.sort_by_key(|link| (link.created, link.id));
        links
    }

    pub(crate) fn link(&self, token: &TokenHash) -> Option<LinkRow> {
        self.links.iter().find(|link| link.token == *token).cloned()
    }
}
