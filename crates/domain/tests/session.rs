//! The rules of a session, as tables and as properties over any sequence of commands.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use domain::budget::{Budget, CostBudget};
use domain::command::{Command, Refusal};
use domain::event::*;
use domain::ids::*;
use domain::plan::Plan;
use domain::session::{Effect, Phase, State, create};
use domain::task::{BaseFiles, Side};
use domain::text::ChangeSet;
use domain::{audience, pace};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

fn base() -> BaseFiles {
    Arc::new(BTreeMap::from([(path("a.py"), Arc::from("x = 1\n")), (path("b/c.py"), Arc::from("y = 2\n"))]))
}

/// A session under test: decides, numbers, applies, and keeps the log.
struct Desk {
    state: State,
    log: Vec<Event>,
    now: u64,
}

impl Desk {
    fn new() -> Self {
        Self::with(AssistantKind::Offline)
    }

    fn with(assistant: AssistantKind) -> Self {
        Self::within(assistant, Budget::default())
    }

    fn within(assistant: AssistantKind, budget: Budget) -> Self {
        let plan =
            Plan { sides: BTreeMap::from([(PairId::from("p"), Side::Plant), (PairId::from("q"), Side::Control)]) };
        let created = Created {
            session: SessionId(id(1)),
            task: "t".into(),
            task_digest: "d".to_owned(),
            repository: "r".into(),
            base: "c".into(),
            mode: Mode::Practice,
            minutes: 45,
            seed: 7,
            assistant,
            commitment: plan.commitment("salt"),
            rules: 1,
            budget,
        };
        let facts = create(created, PlanSealed { plan_seed: 3, salt: "salt".to_owned(), plan });
        let mut log: Vec<Event> = Vec::new();
        for fact in facts {
            log.push(Event { seq: log.len() as u64 + 1, at: 0, wall: 0, v: Event::VERSION, fact });
        }
        Self { state: State::replay(base(), &log).unwrap(), log, now: 0 }
    }

    fn started() -> Self {
        Self::new().start()
    }

    fn start(mut self) -> Self {
        let desk = &mut self;
        desk.must(Command::Consent { views: true });
        desk.must(Command::Start);
        self
    }

    fn send(&mut self, command: Command) -> Result<Vec<Fact>, Refusal> {
        self.now += 10;
        let facts = self.state.decide(command, self.now)?;
        for fact in &facts {
            let seq = self.log.len() as u64 + 1;
            let event = Event { seq, at: self.now, wall: 0, v: Event::VERSION, fact: fact.clone() };
            self.state.apply(&event).unwrap();
            self.log.push(event);
        }
        Ok(facts)
    }

    fn must(&mut self, command: Command) -> Vec<Fact> {
        self.send(command).unwrap()
    }
}

fn ask(n: u128) -> Command {
    Command::Ask(Asked {
        prompt: PromptId(id(n)),
        chat: ChatId(id(9)),
        text: "why?".to_owned(),
        context: vec![],
        model: None,
    })
}

fn ask_of(n: u128, model: &str) -> Command {
    Command::Ask(Asked {
        prompt: PromptId(id(n)),
        chat: ChatId(id(9)),
        text: "why?".to_owned(),
        context: vec![],
        model: Some(model.to_owned()),
    })
}

fn compose(n: u128, text: &str, last: bool) -> Command {
    Command::Compose(Composed {
        answer: AnswerId(id(100 + n)),
        prompt: PromptId(id(n)),
        text: text.to_owned(),
        last,
        sources: vec![Source {
            start: 0,
            end: text.len() as u32,
            origin: Origin::Pair { pair: "p".into(), side: Side::Plant, exposure: Exposure::Asked },
        }],
        rests: vec![],
    })
}

fn edit(n: u128, version: u32, changes: &str) -> Command {
    Command::Edit(Edited {
        edit: EditId(id(n)),
        path: path("a.py"),
        version,
        changes: serde_json::from_str(changes).unwrap(),
        inserted_from: None,
    })
}

fn flag(n: u128, quote: Option<&str>) -> Command {
    Command::Flag(Flagged {
        flag: FlagId(id(n)),
        answer: AnswerId(id(101)),
        quote: quote.map(str::to_owned),
        reason: "the test says otherwise".to_owned(),
    })
}

#[test]
fn commands_that_come_too_early_or_too_late_are_refused_by_name() {
    let mut desk = Desk::new();
    assert_eq!(desk.send(Command::Start), Err(Refusal::NoConsent));
    assert_eq!(desk.send(ask(1)), Err(Refusal::NoConsent));
    desk.must(Command::Consent { views: false });
    assert_eq!(desk.send(ask(1)), Err(Refusal::NotStarted));
    desk.must(Command::Start);
    desk.must(ask(1));
    assert_eq!(desk.send(ask(2)), Err(Refusal::AnswerPending));
    desk.must(Command::Submit { by: SubmittedBy::Candidate, diagnosis: "strings".to_owned() });
    for late in [ask(3), edit(4, 1, "[6]"), flag(5, None), Command::DeleteFile { path: path("a.py") }] {
        assert_eq!(desk.send(late), Err(Refusal::Over));
    }
    let again = Command::Submit { by: SubmittedBy::Candidate, diagnosis: String::new() };
    assert_eq!(desk.send(again), Err(Refusal::Over));
}

#[test]
fn a_retry_of_any_command_with_an_id_is_recognised() {
    let mut desk = Desk::started();
    let run = Command::Run { run: RunId(id(30)), target: vec![] };
    let note = Command::Hypothesise { hypothesis: HypothesisId(id(31)), text: "versions".to_owned() };
    let change = edit(32, 1, r#"[6,[0,"z = 3",""]]"#);
    for command in [ask(1), run, note, change] {
        desk.must(command.clone());
        assert_eq!(desk.send(command), Err(Refusal::Duplicate));
    }
}

#[test]
fn a_retry_without_an_id_is_recognised_by_what_it_would_bring_about() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    desk.must(compose(1, "words", true));
    desk.now += 60_000;
    desk.must(flag(40, None));
    let create = Command::CreateFile { path: path("d.py"), text: "new\r\n".to_owned() };
    let rename = Command::RenameFile { from: path("d.py"), to: path("e.py") };
    let delete = Command::DeleteFile { path: path("e.py") };
    let withdraw = Command::WithdrawFlag { flag: FlagId(id(40)) };
    let pause = Command::Pause { why: "tea".to_owned() };
    let submit = Command::Submit { by: SubmittedBy::Candidate, diagnosis: "d".to_owned() };
    for command in [create, rename, delete, withdraw, pause, Command::Resume, submit] {
        desk.must(command.clone());
        assert_eq!(desk.send(command), Err(Refusal::Duplicate));
    }
    assert_eq!(desk.send(flag(40, None)), Err(Refusal::Duplicate), "a flag that was withdrawn does not come back");
}

#[test]
fn an_id_that_names_another_thing_is_refused_and_nothing_is_lost_in_silence() {
    let mut desk = Desk::started();
    desk.must(edit(1, 1, r#"[6,[0,"z = 3",""]]"#));
    assert_eq!(desk.send(edit(1, 2, r#"[12,[0,"more",""]]"#)), Err(Refusal::IdReused { what: "edit" }));
    desk.must(ask(2));
    let other =
        Asked { prompt: PromptId(id(2)), chat: ChatId(id(9)), text: "else?".to_owned(), context: vec![], model: None };
    assert_eq!(desk.send(Command::Ask(other)), Err(Refusal::IdReused { what: "prompt" }));
    desk.must(Command::Run { run: RunId(id(3)), target: vec![] });
    let run = Command::Run { run: RunId(id(3)), target: vec!["a.py".to_owned()] };
    assert_eq!(desk.send(run), Err(Refusal::IdReused { what: "run" }));
}

#[test]
fn a_prompt_is_for_one_of_the_sessions_models_and_says_which_where_there_is_a_choice() {
    let (one, two) = ("one".to_owned(), "two".to_owned());
    let several = AssistantKind::Models(vec![one.clone(), two]);
    // Assistant, model of the prompt, what everybody sees of it; none: the prompt is refused.
    for (assistant, model, shown) in [
        (AssistantKind::Offline, None, Some(None)),
        (AssistantKind::Offline, Some("one"), None),
        (AssistantKind::Model(one.clone()), None, Some(None)),
        (AssistantKind::Model(one.clone()), Some("one"), Some(None)),
        (AssistantKind::Model(one), Some("two"), None),
        (several.clone(), None, Some(Some("one"))),
        (several.clone(), Some("two"), Some(Some("two"))),
        (several, Some("three"), None),
    ] {
        let mut desk = Desk::with(assistant).start();
        let sent = desk.send(model.map_or_else(|| ask(1), |model| ask_of(1, model)));
        match shown {
            None => {
                let id = model.unwrap_or_default().to_owned();
                assert_eq!(sent, Err(Refusal::Unknown { what: "model", id }));
            }
            Some(shown) => {
                let view = audience::candidate_view(&desk.state, desk.now);
                assert_eq!(view.exchanges[0].prompt.model.as_deref(), shown);
                assert_eq!(view.models.is_empty(), shown.is_none());
            }
        }
    }
}

/// An exchange from prompt to end, the answer in these parts with these origins.
fn answered(desk: &mut Desk, n: u128, parts: &[(&str, Origin)]) {
    desk.must(ask(n));
    for (at, (text, origin)) in parts.iter().enumerate() {
        let source = Source { start: 0, end: text.len() as u32, origin: origin.clone() };
        desk.must(Command::Compose(Composed {
            answer: AnswerId(id(100 + n)),
            prompt: PromptId(id(n)),
            text: (*text).to_owned(),
            last: at + 1 == parts.len(),
            sources: vec![source],
            rests: vec![],
        }));
    }
    let outcome = AnswerOutcome::Complete;
    desk.must(Command::FinishAnswer { answer: AnswerId(id(100 + n)), prompt: PromptId(id(n)), outcome });
}

#[test]
fn a_budget_of_prompts_is_used_up_by_prompts_alone() {
    let budget = Budget { prompts: Some(1), cost: None };
    let mut desk = Desk::within(AssistantKind::Offline, budget).start();
    let card = |n: u128| match compose(n, "A remark.", true) {
        Command::Compose(card) => Command::Volunteer { chat: ChatId(id(9)), card },
        other => other,
    };
    desk.must(card(5));
    let (answer, prompt) = (AnswerId(id(105)), PromptId(id(5)));
    desk.must(Command::FinishAnswer { answer, prompt, outcome: AnswerOutcome::Complete });
    answered(&mut desk, 1, &[("Because.", Origin::Plain {})]);
    assert_eq!(desk.send(ask(1)), Err(Refusal::Duplicate), "a retry is no new prompt");
    assert_eq!(desk.send(ask(2)), Err(Refusal::BudgetUsedUp { what: "prompts" }));
    desk.must(Command::Run { run: RunId(id(3)), target: vec![] });
}

#[test]
fn every_answer_of_the_same_words_counts_alike_whoever_wrote_it() {
    let cost = CostBudget { most: 9_000, prompt: 1_000_000, completion: 10_000_000 };
    let pair = |side| Origin::Pair { pair: "p".into(), side, exposure: Exposure::Asked };
    let ways: [&[(&str, Origin)]; 4] = [
        &[("Forty letters, all of them in one piece.", pair(Side::Plant))],
        &[("Forty letters, all of them in one piece.", pair(Side::Control))],
        &[("Forty letters, all of them in one piece.", Origin::Index {})],
        &[
            ("Forty letters, ", Origin::Model {}),
            ("all of them in one piece.", Origin::Model {}),
            ("", Origin::Model {}),
        ],
    ];
    for parts in ways {
        let budget = Budget { prompts: None, cost: Some(cost) };
        let mut desk = Desk::within(AssistantKind::Model("m".to_owned()), budget).start();
        answered(&mut desk, 1, parts);
        // 4000 tokens of material and one of the prompt, ten of the answer.
        let spent = Some(4_001 + 100);
        assert_eq!(audience::candidate_view(&desk.state, desk.now).budget.spent, spent);
        let told = audience::for_candidate(desk.log.last().unwrap(), &desk.state);
        assert!(matches!(told, Some(audience::CandidateFact::Answered { spent: told, .. }) if told == spent));
        answered(&mut desk, 2, parts);
        answered(&mut desk, 3, parts);
        assert_eq!(desk.send(ask(4)), Err(Refusal::BudgetUsedUp { what: "cost" }));
    }
}

#[test]
fn what_a_model_took_is_told_to_staff_and_not_to_the_candidate() {
    let mut desk = Desk::with(AssistantKind::Model("m".to_owned())).start();
    desk.must(ask(1));
    let used =
        Used { prompt: PromptId(id(1)), upstream: "m".to_owned(), read: 9, written: 4, cost: 3, estimated: false };
    desk.must(Command::RecordUsage(used.clone()));
    let event = desk.log.last().unwrap();
    assert_eq!(audience::for_candidate(event, &desk.state), None);
    let told = audience::for_staff(event, &desk.state, audience::Reveal::Nothing);
    assert_eq!(told, Some(audience::StaffFact::Used(used)));
}

#[test]
fn only_lines_that_can_be_in_view_count_as_viewed() {
    let mut desk = Desk::started();
    let view = |from_line, to_line| Command::View(Viewed { path: path("a.py"), from_line, to_line });
    for (from, to) in [(0, 1), (2, 1), (1, 3), (1, u32::MAX), (u32::MAX, 0)] {
        assert!(matches!(desk.send(view(from, to)), Err(Refusal::BadLines { lines: 2, .. })), "{from}..{to}");
    }
    assert_eq!(desk.must(view(1, 2)).len(), 1);
    assert_eq!(desk.must(view(1, 2)).len(), 0, "the same view again is no event");
}

#[test]
fn work_that_comes_after_the_deadline_is_refused_before_anybody_said_that_time_is_up() {
    let mut desk = Desk::started();
    desk.now = desk.state.deadline().unwrap();
    assert_eq!(desk.send(ask(1)), Err(Refusal::Over));
    assert_eq!(desk.send(edit(2, 1, "[6]")), Err(Refusal::Over));
    desk.must(Command::Submit { by: SubmittedBy::Deadline, diagnosis: String::new() });
}

#[test]
fn all_changed_files_together_have_a_limit() {
    let mut desk = Desk::started();
    let create = |n: usize| Command::CreateFile { path: path(&format!("f{n}.txt")), text: "x".repeat(1_000_000) };
    let refused = (0..20).find_map(|n| desk.send(create(n)).err()).expect("a limit");
    assert_eq!(refused.code(), "too_long");
    assert!(desk.state.workspace().changed_bytes() <= domain::session::limits::CHANGED_BYTES);
}

#[test]
fn the_candidates_numbers_and_the_logs_lead_to_one_another() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    desk.must(compose(1, "sealed", true));
    desk.must(Command::Hypothesise { hypothesis: HypothesisId(id(5)), text: "h".to_owned() });
    for n in 1..=desk.state.candidate_n() {
        assert_eq!(desk.state.candidate_n_at(desk.state.seq_of_candidate_n(n)), n);
    }
    assert_eq!(desk.state.seq_of_candidate_n(0), 0);
    assert_eq!(desk.state.seq_of_candidate_n(u64::MAX), desk.state.seq());
}

#[test]
fn an_edit_for_another_version_or_length_leaves_the_file_alone() {
    let mut desk = Desk::started();
    desk.must(edit(1, 1, r#"[[6,"x = 2",""]]"#));
    assert!(matches!(desk.send(edit(2, 1, "[6]")), Err(Refusal::StaleVersion { actual: 1, given: 1, .. })));
    assert!(matches!(desk.send(edit(3, 2, "[7]")), Err(Refusal::BadChange { .. })));
    assert_eq!(desk.state.workspace().text(&path("a.py")).unwrap(), "x = 2\n");
}

#[test]
fn files_come_go_and_move_without_two_of_one_name() {
    let mut desk = Desk::started();
    let create = |name: &str| Command::CreateFile { path: path(name), text: "new\r\n".to_owned() };
    assert!(matches!(desk.send(create("a.py")), Err(Refusal::FileExists { .. })));
    assert!(matches!(desk.send(create("a.py/inner.py")), Err(Refusal::FileExists { .. })));
    assert!(matches!(desk.send(create("b")), Err(Refusal::FileExists { .. })));
    desk.must(create("d.py"));
    assert_eq!(desk.state.workspace().text(&path("d.py")).unwrap(), "new\n");
    desk.must(Command::RenameFile { from: path("d.py"), to: path("e.py") });
    desk.must(Command::DeleteFile { path: path("a.py") });
    let names: Vec<&str> = desk.state.workspace().paths().into_iter().map(RepoPath::as_str).collect();
    assert_eq!(names, ["b/c.py", "e.py"]);
}

#[test]
fn a_state_with_the_same_files_has_the_same_digest_however_it_came_about() {
    let untouched = Desk::started().state.workspace().digest();
    let mut desk = Desk::started();
    desk.must(edit(1, 1, r#"[[6,"x = 2",""]]"#));
    assert_ne!(desk.state.workspace().digest(), untouched);
    desk.must(edit(2, 2, r#"[[6,"x = 1",""]]"#));
    assert_eq!(desk.state.workspace().digest(), untouched);
}

#[test]
fn a_flag_may_quote_only_words_that_were_already_visible() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    desk.must(compose(1, "The `newest` page wins **always**, since pages are sorted by number.", true));
    assert_eq!(desk.send(flag(40, Some("newest page"))), Err(Refusal::QuoteNotFound), "not visible yet");
    desk.now += 60_000;
    assert_eq!(desk.send(flag(41, Some("oldest page"))), Err(Refusal::QuoteNotFound));
    desk.must(flag(42, Some("newest page wins always")));
    desk.must(Command::WithdrawFlag { flag: FlagId(id(42)) });
    assert!(desk.state.flags().is_empty());
}

#[test]
fn a_pause_stops_changes_until_it_ends() {
    let mut desk = Desk::started();
    desk.must(Command::Pause { why: "the upstream is down".to_owned() });
    assert!(matches!(desk.send(ask(1)), Err(Refusal::Paused { .. })));
    desk.must(Command::Resume);
    desk.must(ask(1));
}

#[test]
fn targets_that_would_steer_pytest_or_leave_the_repository_are_refused() {
    let mut desk = Desk::started();
    for (n, target) in ["-p no:terminal", "--rootdir=/", "../x.py", "/etc/passwd"].iter().enumerate() {
        let run = Command::Run { run: RunId(id(50 + n as u128)), target: vec![(*target).to_owned()] };
        assert!(desk.send(run).is_err(), "{target}");
    }
    desk.must(Command::Run { run: RunId(id(60)), target: vec!["tests/test_a.py::test_x[1-2]".to_owned()] });
}

#[test]
fn what_is_due_follows_from_the_log_alone() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    assert_eq!(desk.state.effects(), [Effect::Answer(PromptId(id(1)))]);
    desk.must(compose(1, "part", false));
    assert_eq!(desk.state.effects(), [Effect::Answer(PromptId(id(1)))]);
    desk.must(compose(1, " whole", true));
    assert_eq!(desk.state.effects(), [Effect::Deliver(PromptId(id(1)))]);
    let answer = AnswerId(id(101));
    desk.must(Command::FinishAnswer { answer, prompt: PromptId(id(1)), outcome: AnswerOutcome::Complete });
    assert!(desk.state.effects().is_empty());
    desk.must(Command::Submit { by: SubmittedBy::Deadline, diagnosis: String::new() });
    assert_eq!(desk.state.effects(), [Effect::Judge]);
    desk.must(Command::Conclude);
    assert!(desk.state.effects().is_empty());
    assert_eq!(desk.state.phase(), Phase::Concluded);
}

#[test]
fn the_candidates_counter_has_no_gap_where_sealed_events_lie() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    desk.must(compose(1, "sealed", true));
    let answer = AnswerId(id(101));
    desk.must(Command::FinishAnswer { answer, prompt: PromptId(id(1)), outcome: AnswerOutcome::Complete });
    let mut state = State::begin(base(), &desk.log[0]).unwrap();
    let mut seen = Vec::new();
    for event in &desk.log[1..] {
        state.apply(event).unwrap();
        if audience::for_candidate(event, &state).is_some() {
            seen.push(state.candidate_n());
        }
    }
    assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
}

#[test]
fn a_candidate_sees_an_answer_only_as_far_as_it_was_shown() {
    let mut desk = Desk::started();
    desk.must(ask(1));
    let text = "A first sentence that is long enough. ".repeat(5);
    desk.must(compose(1, &text, true));
    let shown = |now| audience::candidate_view(&desk.state, now).exchanges[0].answer.clone().map(|a| a.text);
    assert_eq!(shown(desk.now), None);
    let first = shown(desk.now + pace::FIRST_MS).unwrap();
    assert!(!first.is_empty() && first.len() < text.len() / 2 && text.starts_with(&first));
    assert_eq!(shown(desk.now + 600_000).unwrap(), text);
}

#[test]
fn logs_that_do_not_follow_are_refused_with_their_place() {
    let desk = Desk::started();
    let cut: Vec<Event> = desk.log.iter().filter(|event| event.seq != 3).cloned().collect();
    assert_eq!(State::replay(base(), &cut).unwrap_err().seq, 4);
    assert_eq!(State::replay(base(), &desk.log[1..]).unwrap_err().seq, 2);
    assert!(State::replay(base(), &[]).is_err());
}

fn any_command() -> impl Strategy<Value = Command> {
    let n = 1u128..6;
    prop_oneof![
        any::<bool>().prop_map(|views| Command::Consent { views }),
        Just(Command::Start),
        n.clone().prop_map(ask),
        (n.clone(), "[a-z🦀 ]{0,30}", any::<bool>()).prop_map(|(n, text, last)| compose(n, &text, last)),
        n.clone().prop_map(|n| Command::FinishAnswer {
            answer: AnswerId(id(100 + n)),
            prompt: PromptId(id(n)),
            outcome: AnswerOutcome::Complete
        }),
        (n.clone(), 0u32..4, 0usize..9, "[a🦀\n]{0,4}").prop_map(|(n, version, keep, insert)| {
            Command::Edit(Edited {
                edit: EditId(id(n)),
                path: path("a.py"),
                version,
                changes: ChangeSet(vec![
                    domain::text::Section::Keep(keep),
                    domain::text::Section::Replace { delete: 0, insert },
                ]),
                inserted_from: None,
            })
        }),
        prop_oneof![Just("a.py"), Just("n.py"), Just("b/c.py"), Just("b")]
            .prop_map(|p| Command::CreateFile { path: path(p), text: "t".to_owned() }),
        prop_oneof![Just("a.py"), Just("n.py")].prop_map(|p| Command::DeleteFile { path: path(p) }),
        Just(Command::RenameFile { from: path("a.py"), to: path("n.py") }),
        (n.clone(), proptest::option::of("[a-z]{1,3}")).prop_map(|(n, quote)| flag(n, quote.as_deref())),
        n.clone().prop_map(|n| Command::Run { run: RunId(id(n)), target: vec![] }),
        n.prop_map(|n| Command::Hypothesise { hypothesis: HypothesisId(id(n)), text: "h".to_owned() }),
        Just(Command::Pause { why: "w".to_owned() }),
        Just(Command::Resume),
        "[a-z]{0,5}".prop_map(|diagnosis| Command::Submit { by: SubmittedBy::Candidate, diagnosis }),
        Just(Command::Conclude),
    ]
}

proptest! {
    #[test]
    fn any_sequence_of_commands_keeps_the_invariants(commands in proptest::collection::vec(any_command(), 0..60)) {
        let mut desk = Desk::new();
        for command in commands {
            let over = matches!(desk.state.phase(), Phase::Submitted | Phase::Concluded);
            let files = desk.state.workspace().digest();
            let before = desk.state.seq();
            let outcome = desk.send(command);
            prop_assert_eq!(desk.state.seq(), desk.log.len() as u64);
            if outcome.is_err() {
                prop_assert_eq!(desk.state.seq(), before);
            }
            if over {
                prop_assert_eq!(desk.state.workspace().digest(), files);
            }
            prop_assert!(desk.state.exchanges().iter().filter(|e| e.outcome.is_none()).count() <= 1);
        }
        // Folding the log gives the live state.
        let folded = State::replay(base(), &desk.log).unwrap();
        prop_assert_eq!(format!("{folded:?}"), format!("{:?}", desk.state));
        // So does folding what was stored of it.
        let stored = serde_json::to_string(&desk.log).unwrap();
        let read: Vec<Event> = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(read, desk.log);
    }
}
