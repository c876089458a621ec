//! One whole log with every kind of event, in every form that each of its parts can take.
#![allow(dead_code, reason = "each test file uses its part")]

use domain::budget::{Budget, CostBudget};
use domain::event::*;
use domain::ids::*;
use domain::plan::Plan;
use domain::task::Side;
use domain::text::{ChangeSet, Section};
use domain::{Event, Fact};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// A word that stands wherever somebody's words stand. The crab is two UTF-16 units and four bytes.
pub(crate) const WORD: &str = "heliotrope🦀";
/// The part of it that survives any encoding.
pub(crate) const PLAIN_WORD: &str = "heliotrope";

pub(crate) fn session(n: u128) -> SessionId {
    SessionId(Uuid::from_u128(n))
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0xcafe_0000 + n)
}

fn path(path: &str) -> RepoPath {
    RepoPath::parse(path).unwrap()
}

/// Facts as consecutive events of a log, a second apart.
pub(crate) fn events(after: u64, facts: impl IntoIterator<Item = Fact>) -> Vec<Event> {
    let numbered = facts.into_iter().zip(after + 1..);
    let event = |(fact, seq)| Event { seq, at: seq * 1000, wall: 1_700_000_000_000 + seq as i64 * 1000, v: 1, fact };
    numbered.map(event).collect()
}

/// `n` events that are quick to write.
pub(crate) fn searches(after: u64, n: u64) -> Vec<Event> {
    events(after, (0..n).map(|hits| Fact::Searched { query: format!("corpus {hits}"), hits: hits as u32 }))
}

/// Every kind of event, as a log that folds.
pub(crate) fn whole_log(session: SessionId) -> Vec<Event> {
    let facts = [beginning(session), editing(), asking(), notebook(), running(), ending()];
    events(0, facts.into_iter().flatten())
}

fn created(session: SessionId) -> Created {
    Created {
        session,
        task: "helpdesk_rag".into(),
        task_digest: "00ff".into(),
        repository: "helpdesk".into(),
        base: "0123456789abcdef0123456789abcdef01234567".into(),
        mode: Mode::Practice,
        minutes: 45,
        seed: u64::MAX,
        assistant: AssistantKind::Offline,
        commitment: "ab12".into(),
        rules: 1,
        budget: domain::budget::Budget::default(),
    }
}

fn budget() -> Budget {
    Budget { prompts: Some(20), cost: Some(CostBudget { most: 2_000_000, prompt: 150_000, completion: 600_000 }) }
}

/// The forms of the first event that a log, having one, cannot show all.
pub(crate) fn other_beginnings(session: SessionId) -> Vec<Fact> {
    let one = AssistantKind::Model("some-model".into());
    let several = AssistantKind::Models(vec!["some-model".into(), "other-model".into()]);
    vec![
        Fact::Created(Created { mode: Mode::Interview, assistant: one, ..created(session) }),
        Fact::Created(Created { assistant: several, ..created(session) }),
        Fact::Created(Created { budget: budget(), ..created(session) }),
        Fact::Asked(Asked {
            prompt: PromptId(id(13)),
            chat: ChatId(id(11)),
            text: "Who calls it?".to_owned(),
            context: Vec::new(),
            model: Some("other-model".to_owned()),
        }),
    ]
}

fn beginning(session: SessionId) -> Vec<Fact> {
    let sides = [("chunk_order".into(), Side::Control), ("stale_cache".into(), Side::Plant)];
    vec![
        Fact::Created(created(session)),
        Fact::PlanSealed(PlanSealed { plan_seed: 7, salt: "c0de".into(), plan: Plan { sides: sides.into() } }),
        Fact::Consented { views: true },
        Fact::Started {},
        Fact::Paused { why: format!("{WORD} had to answer the door") },
        Fact::Resumed {},
        Fact::Restarted {},
        Fact::Viewed(Viewed { path: path("helpdesk/corpus.py"), from_line: 1, to_line: 40 }),
        Fact::Searched { query: WORD.into(), hits: 3 },
    ]
}

fn editing() -> Vec<Fact> {
    let insert = Section::Replace { delete: 0, insert: format!("# {WORD}\nx") };
    // Cuts the first line after the crab, seen in the units of the first change.
    let units = WORD.encode_utf16().count() + 2;
    let second = vec![Section::Keep(units), Section::Replace { delete: 2, insert: WORD.into() }];
    let edited = |n, version, changes, inserted_from| {
        Fact::Edited(Edited {
            edit: EditId(id(n)),
            path: path("notes/a.py"),
            version,
            changes: ChangeSet(changes),
            inserted_from,
        })
    };
    vec![
        Fact::FileCreated { path: path("notes/a.py"), text: String::new() },
        edited(1, 1, vec![insert], None),
        edited(2, 2, second, Some(AnswerId(id(20)))),
        Fact::FileCreated { path: path("notes/b.py"), text: format!("'{WORD}'\n") },
        Fact::FileRenamed { from: path("notes/b.py"), to: path("notes/c.py") },
        Fact::FileCreated { path: path("notes/d.py"), text: WORD.into() },
        Fact::FileDeleted { path: path("notes/d.py") },
    ]
}

fn asking() -> Vec<Fact> {
    let (prompt, answer) = (PromptId(id(10)), AnswerId(id(20)));
    let file = path("helpdesk/corpus.py");
    let context = vec![
        ContextItem::File { path: file.clone() },
        ContextItem::Selection { path: file, from_line: 3, to_line: 9 },
        ContextItem::Run { run: RunId(id(40)) },
    ];
    let answered = |outcome| Fact::Answered { answer, prompt, outcome };
    let flagged = |n, quote| {
        Fact::Flagged(Flagged { flag: FlagId(id(n)), answer, quote, reason: format!("{WORD} says otherwise") })
    };
    vec![
        Fact::Asked(Asked {
            prompt,
            chat: ChatId(id(11)),
            text: format!("Why is {WORD} stale?"),
            context,
            model: None,
        }),
        Fact::UpstreamFailed { prompt, cause: format!("400: cannot tokenise {WORD}") },
        composed(prompt, answer),
        Fact::Used(Used { prompt, upstream: "local".into(), read: 4_000, written: 90, cost: 654, estimated: true }),
        Fact::CardsHeld {},
        Fact::CardsReleased {},
        Fact::Volunteered { prompt: PromptId(id(12)), chat: ChatId(id(11)) },
        card(PromptId(id(12)), AnswerId(id(22))),
        answered(AnswerOutcome::Complete),
        answered(AnswerOutcome::Unavailable),
        flagged(30, None),
        flagged(31, Some(WORD.into())),
        Fact::FlagWithdrawn { flag: FlagId(id(30)) },
        Fact::Asked(Asked {
            prompt: PromptId(id(14)),
            chat: ChatId(id(11)),
            text: format!("And {WORD}?"),
            context: vec![ContextItem::Repository {}],
            model: Some("local".into()),
        }),
        resting(PromptId(id(14)), AnswerId(id(23))),
    ]
}

fn card(prompt: PromptId, answer: AnswerId) -> Fact {
    let origin = Origin::Pair { pair: "stale_cache".into(), side: Side::Plant, exposure: Exposure::Card };
    let sources = vec![Source { start: 0, end: WORD.len() as u32, origin }];
    Fact::Composed(Composed { answer, prompt, text: WORD.into(), last: true, sources, rests: Vec::new() })
}

fn resting(prompt: PromptId, answer: AnswerId) -> Fact {
    let text = format!("{WORD}\n\n{WORD}");
    let sources = vec![Source { start: 0, end: text.len() as u32, origin: Origin::Index {} }];
    let rests = vec![Rest { at: WORD.len() as u32 + 2, ms: 1_250 }];
    Fact::Composed(Composed { answer, prompt, text, last: true, sources, rests })
}

fn composed(prompt: PromptId, answer: AnswerId) -> Fact {
    let pair = |side, exposure| Origin::Pair { pair: "stale_cache".into(), side, exposure };
    let origins = [
        pair(Side::Plant, Exposure::Asked),
        pair(Side::Control, Exposure::Aside),
        Origin::Reply { pair: "stale_cache".into() },
        Origin::Knowledge { knowledge: "chunking".into() },
        Origin::Clarification {},
        Origin::Index {},
        Origin::Model {},
        Origin::Plain {},
    ];
    let step = WORD.len() as u32;
    let text = WORD.repeat(origins.len());
    let source = |(start, origin)| Source { start, end: start + step, origin };
    let sources = (0..).step_by(WORD.len()).zip(origins).map(source).collect();
    Fact::Composed(Composed { answer, prompt, text, last: true, sources, rests: Vec::new() })
}

fn notebook() -> Vec<Fact> {
    let hypothesis = HypothesisId(id(50));
    let changed = |status, evidence: &str| {
        Fact::HypothesisChanged(HypothesisChanged { hypothesis, text: WORD.into(), status, evidence: evidence.into() })
    };
    vec![
        Fact::Hypothesised { hypothesis, text: WORD.into() },
        changed(HypothesisStatus::Open, ""),
        changed(HypothesisStatus::Confirmed, WORD),
        changed(HypothesisStatus::Refuted, WORD),
        Fact::QuestionAnswered { question: "where".into(), choice: 2 },
    ]
}

fn running() -> Vec<Fact> {
    let run = RunId(id(40));
    let test = TestResult {
        id: "tests/test_corpus.py::test_order".into(),
        outcome: "failed".into(),
        ms: 12,
        message: format!("assert '{WORD}' == ''"),
    };
    let finished = |end| Fact::RunFinished {
        run,
        outcome: RunOutcome { end, tests: vec![test.clone()], output: WORD.into(), truncated: true, wall_ms: 230 },
    };
    vec![
        Fact::RunRequested { run, target: vec!["tests/test_corpus.py".into()] },
        finished(RunEnd::Passed),
        finished(RunEnd::Failed),
        finished(RunEnd::NoTests),
        finished(RunEnd::Limit { which: "time".into() }),
        finished(RunEnd::Broken { why: "the sandbox did not start".into() }),
    ]
}

fn ending() -> Vec<Fact> {
    let not_judged = "the run hit a limit".to_owned();
    let cases = vec![
        CaseOutcome::Passed {},
        CaseOutcome::Failed { observed: WORD.into() },
        CaseOutcome::NotJudged { reason: not_judged.clone() },
    ];
    let outcomes = BTreeMap::from([
        ("chunk_order".into(), ProbeOutcome::Clear {}),
        ("stale_cache".into(), ProbeOutcome::Tripped {}),
        ("top_k".into(), ProbeOutcome::NotJudged { reason: not_judged }),
    ]);
    vec![
        Fact::Submitted { by: SubmittedBy::Candidate, diagnosis: WORD.into() },
        Fact::Submitted { by: SubmittedBy::Deadline, diagnosis: String::new() },
        Fact::Committed { commit: "89abcdef0123456789abcdef0123456789abcdef".into() },
        Fact::Judged { checks: BTreeMap::from([("policy_in_force".into(), CheckOutcome { cases })]) },
        Fact::Probed(Probed { upto: 12, state: "beef".into(), outcomes }),
        Fact::Concluded {},
    ]
}

/// A connection past the store, for looking into its database and for tampering with it.
pub(crate) async fn raw(file: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
    options.connect().await.unwrap()
}
