//! A small task with four claim pairs, and logs of sessions on it, built step by step.

use assess::{Report, report, states_to_probe};
use domain::event::{
    AnswerOutcome, Asked, AssistantKind, Composed, Created, Edited, Event, Exposure, Fact, Flagged, HypothesisChanged,
    HypothesisStatus, Mode, Origin, PlanSealed, ProbeOutcome, Probed, RunEnd, RunOutcome, Source, SubmittedBy, Viewed,
};
use domain::ids::{
    AnswerId, ChatId, CheckId, CommitId, EditId, FlagId, HypothesisId, PairId, PromptId, QuestionId, RepoPath, RunId,
    SessionId,
};
use domain::plan::Plan;
use domain::task::{
    Brief, CodeProbe, DiagnosisKey, Help, HiddenCheck, Key, OpenQuestion, Pair, Proof, RightAnswer, Side, Subject, Task,
};
use domain::text::{ChangeSet, Section};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const VERSIONS: &str = "desk/versions.py";
pub(crate) const SEARCH: &str = "desk/search.py";
pub(crate) const METRICS: &str = "desk/metrics.py";
pub(crate) const CONFIG: &str = "desk/config.py";

const FILES: &[(&str, &str)] = &[
    ("desk/__init__.py", ""),
    (CONFIG, "TOP_K = 3\nCHUNK_WORDS = 40\n"),
    (
        VERSIONS,
        "def parts(label):\n    return label.removeprefix(\"v\").split(\".\")\n\n\ndef sort_key(label):\n    \"\"\"Orders labels from oldest to newest.\"\"\"\n    return \".\".join(parts(label))\n",
    ),
    (
        SEARCH,
        "from desk.config import TOP_K\nfrom desk.versions import sort_key\n\n\ndef newest(pages):\n    return max(pages, key=lambda page: sort_key(page.version))\n\n\ndef search(pages, query, top_k=TOP_K):\n    hits = [page for page in pages if query in page.text]\n    ranked = sorted(hits, key=lambda page: page.score, reverse=True)\n    return ranked[:top_k]\n",
    ),
    (
        METRICS,
        "def faithfulness(answer, chunks):\n    words = answer.split()\n    known = set(\" \".join(chunks).split())\n    return sum(word in known for word in words) / len(words)\n",
    ),
    (
        "tests/test_versions.py",
        "from desk.versions import sort_key\n\n\ndef test_later_labels_sort_later():\n    assert sort_key(\"v2\") < sort_key(\"v3\")\n",
    ),
    (
        "tests/test_metrics.py",
        "from desk.metrics import faithfulness\n\n\nclass TestFaithfulness:\n    def test_known_words(self):\n        assert faithfulness(\"a b\", [\"a b\"]) == 1.0\n",
    ),
    ("README.md", "The desk answers questions.\n"),
];

fn pair(kind: &str, decisive: bool, subject: (&str, &str), control: &str, plant: &str, terms: &[&[&str]]) -> Pair {
    let terms = terms.iter().map(|group| group.iter().map(|term| (*term).to_owned()).collect()).collect();
    Pair {
        kind: kind.to_owned(),
        decisive,
        subjects: vec![Subject { path: path(subject.0), symbol: Some(subject.1.to_owned()) }],
        intents: vec![format!("what does {} do", subject.1)],
        control: control.to_owned(),
        plant: plant.to_owned(),
        doubt: "I still read it that way; the function is short.".to_owned(),
        evidence: "Your evidence conflicts with mine. Run it once to settle it.".to_owned(),
        aside: (control.to_owned(), plant.to_owned()),
        refute: "Call it once.".to_owned(),
        truth: control.to_owned(),
        diagnosis_terms: terms,
        denial_terms: Vec::new(),
        proof: Proof { observe: String::new(), control: json!(true), plant: json!(false) },
        code: None,
    }
}

fn probe(pattern: &str) -> Option<CodeProbe> {
    Some(CodeProbe {
        plant_patch: String::new(),
        control_patch: None,
        pattern: pattern.to_owned(),
        observe: String::new(),
        trips: json!(true),
    })
}

fn pairs() -> BTreeMap<PairId, Pair> {
    let numbers = Pair {
        code: probe("def sort_key(label):\n    return [part.zfill(3) for part in parts(label)]"),
        ..pair(
            "wrong root cause",
            true,
            (VERSIONS, "sort_key"),
            "`sort_key` compares the version labels as text, so that v10 comes before v9.",
            "`sort_key` compares the version labels as numbers, so that v10 comes after v9.",
            &[&["version", "label", "sort_key"], &["number", "numeric", "integer"]],
        )
    };
    let top_k = Pair {
        code: probe("TOP_K = 10"),
        ..pair(
            "masked symptom",
            true,
            (SEARCH, "search"),
            "`search` cuts the list after ranking, so a larger `top_k` cannot bring the current page back.",
            "`search` cuts the list before ranking, so a larger `top_k` would bring the current page back.",
            &[&["top_k"], &["small", "low", "raise", "raising", "larger"]],
        )
    };
    let metric = pair(
        "wrong fact",
        false,
        (METRICS, "faithfulness"),
        "`faithfulness` compares the answer with the retrieved chunks only, so outdated chunks keep it high.",
        "`faithfulness` compares the answer with the current policy too, so outdated chunks pull it down.",
        &[&["faithfulness"], &["current policy"]],
    );
    let words = pair(
        "wrong fact",
        false,
        (METRICS, "faithfulness"),
        "A word that stands twice in the answer is counted twice by `faithfulness`.",
        "A word that stands twice in the answer is counted once by `faithfulness`.",
        &[&["counted once"]],
    );
    [("metric", metric), ("numbers", numbers), ("top_k", top_k), ("words", words)]
        .into_iter()
        .map(|(id, pair)| (PairId::from(id), pair))
        .collect()
}

pub(crate) fn task() -> Task {
    let base: BTreeMap<RepoPath, Arc<str>> = FILES.iter().map(|(name, text)| (path(name), Arc::from(*text))).collect();
    let key = Key {
        pairs: pairs(),
        checks: [(
            CheckId::from("newest"),
            HiddenCheck { title: "The newest page is found".into(), observe: String::new(), cases: Vec::new() },
        )]
        .into(),
        answers: [(QuestionId::from("order"), RightAnswer { choice: 1, why: "Text.".into() })].into(),
        diagnosis: DiagnosisKey {
            location: vec!["desk/versions.py::sort_key".into(), "versions.sort_key".into()],
            mechanism: vec![
                vec!["version".into(), "label".into()],
                vec!["text".into(), "string".into(), "lexic".into()],
            ],
            cause: "`sort_key` joins the parts into text, so v10 sorts before v9.".into(),
        },
        ..Key::default()
    };
    Task {
        brief: Brief {
            name: "desk".into(),
            title: "The desk quotes old pages".into(),
            summary: String::new(),
            repository: "desk".into(),
            head: "0".repeat(40).as_str().into(),
            minutes: 45,
            level: "mid".into(),
            focus: Vec::new(),
            text: "Old pages are quoted.".into(),
            stable: Vec::new(),
            phases: Vec::new(),
            questions: vec![OpenQuestion {
                id: "order".into(),
                text: "What is compared?".into(),
                choices: vec!["Numbers".into(), "Text".into()],
            }],
            help: Help::Ask,
        },
        key,
        base: Arc::new(base),
        orders: None,
        digest: "d".repeat(64),
    }
}

pub(crate) fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

/// What an answer is made of.
pub(crate) enum Part<'a> {
    Claim(&'a str, Side),
    Aside(&'a str, Side),
    Reply(&'a str),
    Model(&'a str),
    Plain(&'a str),
}

/// A log under construction.
pub(crate) struct Log {
    pub(crate) task: Task,
    pub(crate) events: Vec<Event>,
    at: u64,
    ids: u128,
    chat: ChatId,
    texts: BTreeMap<RepoPath, (String, u32)>,
}

impl Log {
    /// A session in which these pairs are plants and all others controls, with the clock running.
    pub(crate) fn new(plants: &[&str]) -> Self {
        Self::with(plants, true)
    }

    pub(crate) fn with(plants: &[&str], views: bool) -> Self {
        let task = task();
        let side = |id: &PairId| if plants.contains(&id.as_str()) { Side::Plant } else { Side::Control };
        let plan = Plan { sides: task.key.pairs.keys().map(|id| (id.clone(), side(id))).collect() };
        let sealed = PlanSealed { plan_seed: u64::MAX, salt: "salt".into(), plan };
        let created = Created {
            session: SessionId(Uuid::from_u128(1)),
            task: task.brief.name.clone(),
            task_digest: task.digest.clone(),
            repository: task.brief.repository.clone(),
            base: CommitId::from("0"),
            mode: Mode::Practice,
            minutes: 45,
            seed: 7,
            assistant: AssistantKind::Offline,
            commitment: sealed.plan.commitment("salt"),
            rules: 1,
            budget: domain::budget::Budget::default(),
        };
        let texts = task.base.iter().map(|(path, text)| (path.clone(), (text.to_string(), 0))).collect();
        let chat = ChatId(Uuid::from_u128(2));
        let mut log = Self { task, events: Vec::new(), at: 0, ids: 100, chat, texts };
        log.push(Fact::Created(created));
        log.push(Fact::PlanSealed(sealed));
        log.push(Fact::Consented { views });
        log.push(Fact::Started {});
        log
    }

    pub(crate) fn push(&mut self, fact: Fact) -> u64 {
        let seq = self.events.len() as u64 + 1;
        self.events.push(Event { seq, at: self.at, wall: 1_700_000_000_000 + self.at as i64, v: Event::VERSION, fact });
        seq
    }

    pub(crate) fn wait(&mut self, ms: u64) -> &mut Self {
        self.at += ms;
        self
    }

    pub(crate) fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub(crate) fn new_chat(&mut self) {
        self.chat = ChatId(self.id());
    }

    pub(crate) fn ask(&mut self, text: &str) -> PromptId {
        self.wait(5_000);
        let prompt = PromptId(self.id());
        self.push(Fact::Asked(Asked { prompt, chat: self.chat, text: text.into(), context: Vec::new(), model: None }));
        prompt
    }

    pub(crate) fn compose(&mut self, prompt: PromptId, parts: &[Part<'_>]) -> AnswerId {
        let answer = AnswerId(self.id());
        let mut text = String::new();
        let mut sources = Vec::new();
        for part in parts {
            let key = |id: &str| self.task.key.pairs.get(&PairId::from(id)).unwrap().clone();
            let (words, origin) = match part {
                Part::Claim(id, side) => {
                    let origin = Origin::Pair { pair: (*id).into(), side: *side, exposure: Exposure::Asked };
                    (key(id).wording(*side).to_owned(), origin)
                }
                Part::Aside(id, side) => {
                    let origin = Origin::Pair { pair: (*id).into(), side: *side, exposure: Exposure::Aside };
                    (key(id).wording(*side).to_owned(), origin)
                }
                Part::Reply(id) => (key(id).doubt, Origin::Reply { pair: (*id).into() }),
                Part::Model(words) => ((*words).to_owned(), Origin::Model {}),
                Part::Plain(words) => ((*words).to_owned(), Origin::Plain {}),
            };
            let start = text.len() as u32;
            text.push_str(&words);
            sources.push(Source { start, end: text.len() as u32, origin });
            text.push_str("\n\n");
        }
        self.push(Fact::Composed(Composed { answer, prompt, text, last: true, sources, rests: Vec::new() }));
        answer
    }

    pub(crate) fn finish(&mut self, prompt: PromptId, answer: AnswerId) {
        self.wait(5_000);
        self.push(Fact::Answered { answer, prompt, outcome: AnswerOutcome::Complete });
    }

    /// Asks, and gets an answer made of these parts.
    pub(crate) fn meet(&mut self, text: &str, parts: &[Part<'_>]) -> AnswerId {
        let prompt = self.ask(text);
        let answer = self.compose(prompt, parts);
        self.finish(prompt, answer);
        answer
    }

    pub(crate) fn flag(&mut self, answer: AnswerId, quote: Option<&str>, reason: &str) -> FlagId {
        self.wait(1_000);
        let flag = FlagId(self.id());
        self.push(Fact::Flagged(Flagged { flag, answer, quote: quote.map(str::to_owned), reason: reason.into() }));
        flag
    }

    pub(crate) fn suppose(&mut self, text: &str) -> HypothesisId {
        self.wait(1_000);
        let hypothesis = HypothesisId(self.id());
        self.push(Fact::Hypothesised { hypothesis, text: text.into() });
        hypothesis
    }

    pub(crate) fn settle(&mut self, hypothesis: HypothesisId, text: &str, status: HypothesisStatus) {
        self.wait(1_000);
        let evidence = "I ran it.".to_owned();
        self.push(Fact::HypothesisChanged(HypothesisChanged { hypothesis, text: text.into(), status, evidence }));
    }

    pub(crate) fn view(&mut self, file: &str, lines: (u32, u32)) -> u64 {
        self.wait(1_000);
        self.push(Fact::Viewed(Viewed { path: path(file), from_line: lines.0, to_line: lines.1 }))
    }

    pub(crate) fn search(&mut self, query: &str) -> u64 {
        self.wait(1_000);
        self.push(Fact::Searched { query: query.into(), hits: 3 })
    }

    pub(crate) fn run(&mut self, target: &[&str], end: RunEnd) -> u64 {
        self.wait(1_000);
        let run = RunId(self.id());
        let target = target.iter().map(|one| (*one).to_owned()).collect();
        let seq = self.push(Fact::RunRequested { run, target });
        self.wait(500);
        let outcome =
            RunOutcome { end, tests: Vec::new(), output: "1 passed in 0.01s".into(), truncated: false, wall_ms: 400 };
        self.push(Fact::RunFinished { run, outcome });
        seq
    }

    /// Replaces a piece of a file's text.
    pub(crate) fn edit(&mut self, file: &str, old: &str, new: &str, inserted_from: Option<AnswerId>) -> u64 {
        self.wait(1_000);
        let edit = EditId(self.id());
        let (text, version) = self.texts.get_mut(&path(file)).unwrap();
        let units = |text: &str| text.encode_utf16().count();
        let start = text.find(old).unwrap();
        let before = units(&text[..start]);
        let after = units(&text[start + old.len()..]);
        *text = text.replacen(old, new, 1);
        *version += 1;
        let replace = Section::Replace { delete: units(old), insert: new.to_owned() };
        let changes = ChangeSet(vec![Section::Keep(before), replace, Section::Keep(after)]);
        let edited = Edited { edit, path: path(file), version: *version, changes, inserted_from };
        self.push(Fact::Edited(edited))
    }

    pub(crate) fn submit(&mut self, diagnosis: &str) -> u64 {
        self.wait(1_000);
        self.push(Fact::Submitted { by: SubmittedBy::Candidate, diagnosis: diagnosis.into() })
    }

    /// Runs the probes of all pairs on every state worth it; `outcome` judges one file tree.
    pub(crate) fn probe(&mut self, outcome: impl Fn(&str, &BTreeMap<RepoPath, String>) -> ProbeOutcome) {
        for state in states_to_probe(&self.task, &self.events).unwrap() {
            let outcomes = self
                .task
                .key
                .pairs
                .iter()
                .filter(|(_, pair)| pair.code.is_some())
                .map(|(id, _)| (id.clone(), outcome(id.as_str(), &state.files)))
                .collect();
            self.push(Fact::Probed(Probed { upto: state.upto, state: state.digest, outcomes }));
        }
    }

    /// Runs the probes as the sandbox would.
    pub(crate) fn probe_truly(&mut self) {
        self.probe(truly);
    }

    pub(crate) fn report(&self) -> Report {
        report(&self.task, &self.events).unwrap()
    }
}

/// What the probes of the task observe on a tree.
pub(crate) fn truly(pair: &str, files: &BTreeMap<RepoPath, String>) -> ProbeOutcome {
    let holds = |file: &str, words: &str| files.get(&path(file)).is_some_and(|text| text.contains(words));
    let trips = match pair {
        "top_k" => !holds(CONFIG, "TOP_K = 3\n"),
        "numbers" => holds(VERSIONS, "zfill(3)"),
        _ => false,
    };
    if trips { ProbeOutcome::Tripped {} } else { ProbeOutcome::Clear {} }
}

pub(crate) fn item<'r>(report: &'r Report, pair: &str) -> &'r assess::report::Item {
    report.items.iter().find(|item| item.pair.as_str() == pair).unwrap()
}
