//! What this machine can promise.

use std::fmt;

use serde::Serialize;

/// How well a run is kept inside. `docs/ISOLATION.md` has the same table, and a test compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing keeps a run inside, so there are none.
    None,
    /// Nothing keeps a run inside, and runs are let happen because their owner said that they are their own code.
    Trusted,
    /// Walls are kept by the kernel, but memory of the whole tree is only looked at, fifty times a second.
    Sampled,
    /// As sampled, and the kernel counts memory and processes of the whole tree.
    Counted,
}

impl Level {
    /// All levels, the weakest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Trusted, Self::Sampled, Self::Counted];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Trusted => "trusted",
            Self::Sampled => "sampled",
            Self::Counted => "counted",
        }
    }

    /// What it does not protect.
    #[must_use]
    pub fn gaps(self) -> Vec<&'static str> {
        GAPS.iter().filter(|(_, levels)| levels.contains(&self)).map(|(gap, _)| *gap).collect()
    }

    /// How to get to the next level.
    #[must_use]
    pub fn next(self) -> Option<&'static str> {
        match self {
            Self::None => Some("mend what the refusal names"),
            Self::Trusted => {
                Some("mend what is missing, which `caveat doctor` names, and leave --trust-local-code out")
            }
            Self::Sampled => Some(
                "let the server make control groups: run it as contrib/caveat.service, or by hand with \
                 `systemd-run --user --scope -p Delegate=yes caveat serve`; in a container give it a writable /sys/fs/cgroup",
            ),
            Self::Counted => None,
        }
    }
}

/// What stays open, and at which levels.
const GAPS: [(&str, &[Level]); 9] = [
    (
        "Everything that the account of the server may do: its files, the network, its processes, other runs",
        &[Level::Trusted],
    ),
    (
        "A hole in the kernel that an ordinary system call reaches: runs share the machine's kernel",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "Side channels of the processor, and the load that other work can feel: cores and caches are shared",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "The Python environment and the system's libraries: a run can read all of both",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "Signals between two runs at one time through what both may read: locks and watches on files of the Python environment",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "Processor time of a tree and the number of its files: looked at up to every 50 ms, so a little more can be used",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "An observation of code that has read its input and guesses what is expected: guessing right is not seen as such",
        &[Level::Trusted, Level::Sampled, Level::Counted],
    ),
    (
        "Memory of a tree between two looks 20 ms apart: each of its processes can take up to twice the limit until then",
        &[Level::Trusted, Level::Sampled],
    ),
    (
        "Processes between two such looks, where the server is root or the kernel is older than 5.14",
        &[Level::Trusted, Level::Sampled],
    ),
];

/// What keeps a run inside, in words for people: `/api/health`, the page and `caveat doctor` show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Isolation {
    /// How well a run is kept inside.
    pub level: Level,
    /// One line naming the means, or `none`.
    pub means: String,
    /// Each limit and what enforces it.
    pub limits: Vec<Enforced>,
    /// What the self-test tried, in its order.
    pub attacks_repelled: Vec<String>,
    /// Why there are no runs, if there are none.
    pub refusal: Option<Refusal>,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.level {
            Level::None => f.write_str("none"),
            level => write!(f, "{} (isolation level: {})", self.means, level.name()),
        }
    }
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
        Self {
            level: Level::None,
            means: "none".to_owned(),
            limits: Vec::new(),
            attacks_repelled: Vec::new(),
            refusal: Some(refusal),
        }
    }

    /// A machine that keeps nothing inside, for the reason given, with an owner who runs their own code all the same.
    pub(crate) fn trusting(cause: &str) -> Self {
        let enforced = |limit, by| Enforced { limit, by };
        Self {
            level: Level::Trusted,
            means: format!("no walls, on request ({cause})"),
            limits: vec![
                enforced("wall", "supervising thread, kills the process group"),
                enforced("cpu", "rlimit for one process"),
                enforced("memory", "rlimit (data) for one process"),
                enforced("file size", "rlimit"),
                enforced("output", "capped pipes"),
                enforced("descriptors", "rlimit"),
            ],
            attacks_repelled: Vec::new(),
            refusal: None,
        }
    }

    /// The means found, before the self-test has tried them. `groups` names the control groups that count, if any do;
    /// `bounded` says whether the kernel holds each run to its own number of processes where they do not.
    pub(crate) fn of(bwrap: &str, groups: Option<&'static str>, bounded: bool) -> Self {
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
            enforced("memory", groups.unwrap_or("PSS and tmpfs sampled every 20 ms, rlimit (data) for one process")),
            enforced(
                "processes",
                match (groups, bounded) {
                    (Some(groups), _) => groups,
                    (None, true) => "rlimit in a user namespace of its own",
                    (None, false) => "sampling every 20 ms",
                },
            ),
            enforced("file size", "rlimit"),
            enforced("work directory", "size of its tmpfs"),
            enforced("number of files", "sampling"),
            enforced("output", "capped pipes"),
            enforced("descriptors", "rlimit"),
        ];
        Self {
            level: if groups.is_some() { Level::Counted } else { Level::Sampled },
            means: format!("{bwrap}, namespaces, seccomp, rlimits, {}", groups.unwrap_or("sampled limits")),
            limits,
            attacks_repelled: Vec::new(),
            refusal: None,
        }
    }
}
