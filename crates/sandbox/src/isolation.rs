//! What this machine can promise.

use serde::Serialize;

/// What keeps a run inside, in words for people: `/healthz` and the page show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// One line naming the means, or `none`.
    pub level: String,
    /// Each limit and what enforces it.
    pub limits: Vec<Enforced>,
    /// What the self-test tried, in its order.
    pub attacks_repelled: Vec<String>,
    /// Why there are no runs, if there are none.
    pub refusal: Option<Refusal>,
}

/// A limit and what enforces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enforced {
    /// The limit.
    pub limit: &'static str,
    /// What enforces it.
    pub by: &'static str,
}

/// Why there are no runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What is missing, or what the self-test found.
    pub cause: String,
    /// The one thing to do about it.
    pub remedy: String,
}

impl Refusal {
    pub(crate) fn new(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { cause: cause.into(), remedy: remedy.into() }
    }
}

impl Isolation {
    /// A machine without runs.
    pub(crate) fn none(refusal: Refusal) -> Self {
        Self { level: "none".to_owned(), limits: Vec::new(), attacks_repelled: Vec::new(), refusal: Some(refusal) }
    }

    /// The means found, before the self-test has tried them.
    pub(crate) fn of(bwrap: &str, cgroups: bool, root: bool) -> Self {
        let enforced = |limit, by| Enforced { limit, by };
        let limits = vec![
            enforced(
                "network",
                "network namespace with its own loopback; seccomp lets only unix, inet and inet6 sockets be made",
            ),
            enforced(
                "files",
                "mount namespace: read-only root, the Python environment and the system's libraries read-only",
            ),
            enforced("wall", "supervising thread, kills the process namespace"),
            enforced("cpu", "rlimit for one process, sampling every 50 ms for the tree"),
            enforced(
                "memory",
                if cgroups { "cgroup v1" } else { "PSS and tmpfs sampled every 20 ms, rlimit (data) for one process" },
            ),
            enforced(
                "processes",
                match (cgroups, root) {
                    (true, _) => "cgroup v1",
                    (false, true) => "sampling every 20 ms",
                    (false, false) => "rlimit in a user namespace of its own",
                },
            ),
            enforced("file size", "rlimit"),
            enforced("work directory", "size of its tmpfs"),
            enforced("number of files", "sampling"),
            enforced("output", "capped pipes"),
            enforced("descriptors", "rlimit"),
        ];
        let counted = if cgroups { "cgroup v1" } else { "sampled limits" };
        Self {
            level: format!("{bwrap}, namespaces, seccomp, rlimits, {counted}"),
            limits,
            attacks_repelled: Vec::new(),
            refusal: None,
        }
    }
}
