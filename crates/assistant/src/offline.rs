//! The offline assistant: which answer a prompt gets. Nothing here draws a side; the plan is given.

use crate::code::{Code, Mentions};
use crate::facts::{self, Fact};
use crate::followup::{self, FollowUp};
use crate::guard::Guard;
use crate::matching::{Lexicon, Score};
use crate::repository;
use crate::voice::{self, Content};
use crate::{talk, words};
use code_index::{Index, Symbol, SymbolId};
use domain::chance::Chance;
use domain::event::{ContextItem, Exposure, Origin, Source};
use domain::ids::{KnowledgeId, PairId, RepoPath};
use domain::plan::Plan;
use domain::task::{Pair, Subject, Task};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A written answer fits from this score on.
const FITS: f64 = 0.40;
/// A pair that was shown before fits from this score on.
const FITS_AGAIN: f64 = 0.34;
/// A question that the index can answer, or a wish for the fix, means a written answer only if it is this close to one
/// of its intents.
const ALMOST_AN_INTENT: f64 = 0.62;
/// Pairs and knowledge of nearly the same score: the pair is meant.
const PAIR_FIRST: f64 = 0.05;
/// A prompt with this score for a shown pair is about it, whoever answers.
const TOUCHES: f64 = 0.30;
/// So much of the words of a doubt must be a pair's for it to be about that pair.
const ABOUT: f64 = 0.5;
/// After a remark that carries a claim, so many answers come without one.
const ASIDE_PAUSE: usize = 2;
/// One in so many answers has a remark that carries none.
const REMARK_EVERY: usize = 3;
/// One in so many answers comes without its place.
const PLACELESS_EVERY: usize = 4;

/// A prompt and everything its answer may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The prompt.
    pub text: &'a str,
    /// What the candidate put beside it, with its text.
    pub context: &'a [(ContextItem, String)],
    /// Earlier prompts of the session that were answered, oldest first, of all its conversations.
    pub history: &'a [Turn],
    /// The side of every pair.
    pub plan: &'a Plan,
    /// Files the candidate changed: no pair about them is newly shown.
    pub changed: &'a BTreeSet<RepoPath>,
    /// The session's seed for choices of words.
    pub seed: u64,
}

/// An earlier prompt and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The prompt.
    pub prompt: String,
    /// The answer, all parts in one.
    pub text: String,
    /// Where the pieces of the answer come from.
    pub sources: Vec<Source>,
    /// It belongs to the same conversation as the prompt that is asked now.
    pub here: bool,
}

/// An answer and where its pieces come from; the sources cover the text without gap or overlap.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The words, Markdown.
    pub text: String,
    /// Sources in order, in bytes of `text`.
    pub sources: Vec<Source>,
}

/// Who answers a prompt in a session with a live model.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// This answer, because the prompt is about a claim pair or about the assistant itself.
    Written(Reply),
    /// The model.
    Model,
}

/// Answers from what was written for a task and from the index of its base revision.
#[derive(Clone, Debug)]
pub struct Offline {
    task: Arc<Task>,
    index: Arc<Index>,
    items: Vec<Item>,
    lexicon: Lexicon,
}

/// Something written for the task.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Pair(PairId),
    Knowledge(KnowledgeId),
    Clarification(usize),
}

/// An item that fits a question.
#[derive(Clone, Copy, Debug)]
struct Match {
    item: usize,
    question: usize,
    score: f64,
}

/// What a prompt asks.
struct Prompt {
    /// Its questions; with more than one, the whole prompt is the last of them.
    questions: Vec<Question>,
    /// What "it" means.
    fallback: Option<SymbolId>,
}

struct Question {
    text: String,
    mentions: Mentions,
    strict: bool,
    /// It is the whole prompt, beside its parts.
    whole: bool,
}

/// An answer with the reason it is given.
struct Decision {
    reply: Reply,
    /// A live model must not answer instead.
    written: bool,
}

impl Offline {
    /// Weighs the words of the task's intents. The index is that of the task's base revision.
    pub fn new(task: Arc<Task>, index: Arc<Index>) -> Self {
        let key = &task.key;
        let pairs = key.pairs.iter().map(|(id, pair)| (Item::Pair(id.clone()), strs(&pair.intents)));
        let known = key.knowledge.iter().map(|(id, item)| (Item::Knowledge(id.clone()), strs(&item.intents)));
        let asked = key.clarifications.iter().enumerate();
        let asked = asked.map(|(number, (question, _))| (Item::Clarification(number), vec![question.as_str()]));
        let (items, intents): (Vec<_>, Vec<_>) = pairs.chain(known).chain(asked).unzip();
        let lexicon = Lexicon::new(intents);
        Self { task, index, items, lexicon }
    }

    /// Answers a prompt. The same ask always gets the same words, and two plans get the same answer but for the words
    /// of the sides.
    pub fn reply(&self, ask: &Ask<'_>) -> Reply {
        self.decide(ask).reply
    }

    /// Who answers a prompt in a session with a live model: what touches a pair is always written.
    pub fn route(&self, ask: &Ask<'_>) -> Route {
        let decision = self.decide(ask);
        if decision.written || self.touches_shown(ask) { Route::Written(decision.reply) } else { Route::Model }
    }

    /// What holds back a live model's paragraphs about the pairs that were shown so far.
    pub fn guard(&self, history: &[Turn]) -> Guard {
        Guard::over(shown(history).iter().filter_map(|id| self.task.key.pairs.get(id)))
    }

    fn code(&self) -> Code<'_> {
        Code { index: &self.index, texts: Some(&self.task.base) }
    }

    fn decide(&self, ask: &Ask<'_>) -> Decision {
        let mut chance =
            Chance::new(ask.seed, &format!("answer {}", words::plain(words::readable(ask.text)).join(" ")));
        let prompt = self.read(ask);
        if prompt.questions.is_empty() {
            let about_itself = talk::is_about_the_grader(ask.text);
            let content = repository::cannot_tell(&self.code(), ask.text, &mut chance);
            return Decision { reply: voice::answer(content, &mut chance), written: about_itself };
        }
        let answer = |chance: &mut Chance| self.answer(ask, &prompt, chance);
        match followup::read(ask.text) {
            Some(follow_up) => {
                self.follow_up(ask, &prompt, &follow_up, &mut chance).unwrap_or_else(|| answer(&mut chance))
            }
            None => answer(&mut chance),
        }
    }

    /// Splits a prompt into its questions, without those about the assistant itself.
    fn read(&self, ask: &Ask<'_>) -> Prompt {
        let code = self.code();
        let question = |text: &str, whole: bool| {
            let mentions = code.mentions(text);
            let structural = facts::kind(text, &mentions).is_some_and(facts::Kind::is_structural);
            Question { text: text.to_owned(), mentions, strict: structural || talk::wishes_for_a_fix(text), whole }
        };
        let parts: Vec<String> =
            words::segments(ask.text).into_iter().filter(|part| !talk::is_about_the_grader(part)).collect();
        let mut questions: Vec<Question> = parts.iter().map(|part| question(part, false)).collect();
        if parts.len() > 1 {
            questions.push(question(&parts.join(" "), true));
        }
        Prompt { questions, fallback: self.fallback(ask) }
    }

    /// What "it" and "this" mean: the selection, the file beside the prompt, or what the answer before was about.
    fn fallback(&self, ask: &Ask<'_>) -> Option<SymbolId> {
        const POINTING: &[&str] = &["it", "this", "that", "these", "its", "here", "there"];
        let points = words::plain(words::readable(ask.text)).iter().any(|word| POINTING.contains(&word.as_str()));
        if !points && !followup::asks_for_more(ask.text) {
            return None;
        }
        let beside = ask.context.iter().find_map(|(item, _)| match item {
            ContextItem::Selection { path, from_line, .. } => self.index.enclosing_line(path.as_str(), *from_line),
            ContextItem::File { path } => self.index.symbols_in(path.as_str()).first(),
            ContextItem::Run { .. } => None,
        });
        beside
            .map(|symbol| symbol.id)
            .or_else(|| self.code().mentions(&ask.history.iter().rfind(|turn| turn.here)?.text).first())
    }

    /// Takes up an earlier answer, if the prompt is about one.
    fn follow_up(&self, ask: &Ask<'_>, prompt: &Prompt, follow_up: &FollowUp, chance: &mut Chance) -> Option<Decision> {
        let last = ask.history.iter().rfind(|turn| turn.here)?;
        let about = self.pair_in_doubt(ask, prompt, follow_up, last);
        let fresh = || self.is_new_question(ask, prompt, follow_up);
        let evidence = matches!(follow_up, FollowUp::Evidence { .. });
        match about {
            Some((id, true)) => Some(self.pair_reply(&id, evidence)),
            _ if fresh() => None,
            Some((id, false)) => Some(self.pair_reply(&id, evidence)),
            None => Some(self.neutral(last, evidence, chance)),
        }
    }

    /// The shown pair that a doubt is about, and whether its words say so; else the pair in the last answer.
    fn pair_in_doubt(
        &self,
        ask: &Ask<'_>,
        prompt: &Prompt,
        follow_up: &FollowUp,
        last: &Turn,
    ) -> Option<(PairId, bool)> {
        let stems = match follow_up {
            FollowUp::Doubt(left) => left.clone(),
            FollowUp::Evidence { .. } => words::stems(words::readable(ask.text)),
        };
        let in_last = pairs_in(last).pop();
        let mut best: Option<(f64, PairId)> = None;
        for id in shown(ask.history).into_iter().rev() {
            let Some(pair) = self.task.key.pairs.get(&id) else { continue };
            let named = prompt.questions.iter().map(|q| self.named(&q.mentions, &pair.subjects)).fold(0.0, f64::max);
            let nearness =
                named.max(share(&stems, &topic(pair))) + if in_last.as_ref() == Some(&id) { 0.1 } else { 0.0 };
            if best.as_ref().is_none_or(|(known, _)| nearness > *known) {
                best = Some((nearness, id));
            }
        }
        match best {
            Some((nearness, id)) if !stems.is_empty() && nearness >= ABOUT + 0.1 => Some((id, true)),
            _ => in_last.map(|id| (id, stems.is_empty())),
        }
    }

    /// Whether a prompt that sounds like a follow-up asks something that has an answer of its own.
    fn is_new_question(&self, ask: &Ask<'_>, prompt: &Prompt, follow_up: &FollowUp) -> bool {
        let may_be = match follow_up {
            FollowUp::Doubt(left) => !left.is_empty(),
            FollowUp::Evidence { disputes } => !disputes && ask.text.contains('?'),
        };
        may_be && (self.best(ask, prompt, |_| true).is_some() || self.fact(prompt, None).is_some())
    }

    fn pair_reply(&self, id: &PairId, evidence: bool) -> Decision {
        let pair = self.task.key.pairs.get(id);
        let text = pair.map_or("", |pair| if evidence { &pair.evidence } else { &pair.doubt });
        Decision { reply: voice::reply(text, Origin::Reply { pair: id.clone() }), written: true }
    }

    /// The reply to doubt about an answer that showed no pair: worded as those about pairs are.
    fn neutral(&self, last: &Turn, evidence: bool, chance: &mut Chance) -> Decision {
        const HELD: &[&str] =
            &["I still read it that way; ", "That is how I read it; ", "That is my reading of the code; "];
        const CONFLICT: &str = "Your evidence conflicts with mine. This settles it: ";
        let start = if evidence { CONFLICT } else { voice::pick(HELD, chance) };
        let code = self.code();
        let symbol = code.mentions(&last.text).first().and_then(|id| self.index.get(id));
        let rest = match (symbol, evidence) {
            (Some(symbol), true) => self.settling(symbol),
            (Some(symbol), false) => {
                format!("`{}` stands in {}, and those lines decide.", symbol.qualified, code.place(symbol))
            }
            (None, true) => "name the function, and compare what it returns with what you saw.".to_owned(),
            (None, false) => "name the function or file you have in mind, and I point to its lines.".to_owned(),
        };
        let reply = voice::reply(&format!("{start}{rest}"), Origin::Index {});
        Decision { reply, written: last.sources.iter().all(|source| !matches!(source.origin, Origin::Model {})) }
    }

    fn settling(&self, symbol: &Symbol) -> String {
        let place = self.code().place(symbol);
        match self.index.covering_tests(symbol.id).first() {
            Some(test) => format!("run `{}`, which reaches `{}` in {place}.", test.location(), symbol.qualified),
            None => format!("call `{}` in {place} with the input you have in mind.", symbol.qualified),
        }
    }

    /// Answers a prompt that takes up nothing.
    fn answer(&self, ask: &Ask<'_>, prompt: &Prompt, chance: &mut Chance) -> Decision {
        let pair = self.best(ask, prompt, |item| matches!(item, Item::Pair(_)));
        let other = self.best(ask, prompt, |item| !matches!(item, Item::Pair(_)));
        let apart = |a: &Match, b: &Match| {
            a.question != b.question && !prompt.questions[a.question].whole && !prompt.questions[b.question].whole
        };
        let (first, second) = match (pair, other) {
            (Some(pair), Some(other)) if apart(&pair, &other) => (Some(pair), Some(other)),
            (Some(pair), Some(other)) if other.score > pair.score + PAIR_FIRST => (Some(other), None),
            (Some(pair), _) => (Some(pair), None),
            (None, other) => (other, None),
        };
        let Some(first) = first else { return self.unwritten(ask, prompt, chance) };
        let mut content = self.content(ask, first.item, chance);
        content.second = match second {
            Some(second) => Some(self.content(ask, second.item, chance).body),
            None => self.second_fact(prompt, first).map(|fact| (fact.text, Origin::Index {})),
        };
        let is_pair = matches!(content.body.1, Origin::Pair { .. });
        let subjects = self.subjects(first.item).to_vec();
        content.remark = self.remark(ask, &subjects, !is_pair, chance);
        self.decision(content, chance)
    }

    /// Answers from the index, or says what the assistant cannot do or tell.
    fn unwritten(&self, ask: &Ask<'_>, prompt: &Prompt, chance: &mut Chance) -> Decision {
        let Some(fact) = self.fact(prompt, prompt.fallback) else {
            let content = repository::otherwise(&self.code(), ask.text, chance);
            return self.decision(content, chance);
        };
        let mut content = Content::of(fact.text, Origin::Index {});
        content.place = self.shown_place(fact.place, chance);
        content.remark = self.remark(ask, fact.about.as_slice(), true, chance);
        self.decision(content, chance)
    }

    /// What is about a pair, even by a remark, is never left to a model.
    fn decision(&self, content: Content, chance: &mut Chance) -> Decision {
        let reply = voice::answer(content, chance);
        let asked = |origin: &Origin| matches!(origin, Origin::Pair { exposure: Exposure::Asked, .. });
        let written = reply.sources.iter().any(|source| asked(&source.origin));
        Decision { reply, written }
    }

    fn fact(&self, prompt: &Prompt, fallback: Option<SymbolId>) -> Option<Fact> {
        let code = self.code();
        prompt.questions.iter().find_map(|question| repository::fact(&code, &question.text, fallback))
    }

    /// The fact that another question of the prompt asks for.
    fn second_fact(&self, prompt: &Prompt, first: Match) -> Option<Fact> {
        let code = self.code();
        if prompt.questions.get(first.question).is_none_or(|question| question.whole) {
            return None;
        }
        let others = prompt.questions.iter().enumerate().filter(|(at, other)| *at != first.question && !other.whole);
        let fallback =
            self.subjects(first.item).iter().find_map(|subject| code.subject(subject)).map(|symbol| symbol.id);
        others.filter(|(_, other)| other.strict).find_map(|(_, other)| repository::fact(&code, &other.text, fallback))
    }

    /// The best fitting item of some kind over all questions; of equals the first.
    fn best(&self, ask: &Ask<'_>, prompt: &Prompt, admitted: impl Fn(&Item) -> bool) -> Option<Match> {
        let shown = shown(ask.history);
        let mut best: Option<Match> = None;
        for (at, question) in prompt.questions.iter().enumerate() {
            let scores =
                self.lexicon.scores(&question.text, |item| self.named(&question.mentions, self.subjects(item)));
            for (item, score) in scores.iter().enumerate().filter(|(item, _)| admitted(&self.items[*item])) {
                let fits = self.fits(ask, &shown, item, score, question.strict);
                if fits && best.is_none_or(|best| score.total > best.score) {
                    best = Some(Match { item, question: at, score: score.total });
                }
            }
        }
        best
    }

    fn fits(&self, ask: &Ask<'_>, shown: &[PairId], item: usize, score: &Score, strict: bool) -> bool {
        if strict && score.intent < ALMOST_AN_INTENT {
            return false;
        }
        match &self.items[item] {
            Item::Pair(id) if !ask.plan.sides.contains_key(id) => false,
            Item::Pair(id) if shown.contains(id) => score.total >= FITS_AGAIN,
            Item::Pair(id) => score.total >= FITS && !self.is_changed(ask, id),
            Item::Knowledge(_) | Item::Clarification(_) => score.total >= FITS,
        }
    }

    fn is_changed(&self, ask: &Ask<'_>, id: &PairId) -> bool {
        let subjects = self.task.key.pairs.get(id).map_or(&[][..], |pair| &pair.subjects);
        subjects.iter().any(|subject| ask.changed.contains(&subject.path))
    }

    fn subjects(&self, item: usize) -> &[Subject] {
        let key = &self.task.key;
        match &self.items[item] {
            Item::Pair(id) => key.pairs.get(id).map_or(&[], |pair| &pair.subjects),
            Item::Knowledge(id) => key.knowledge.get(id).map_or(&[], |item| &item.subjects),
            Item::Clarification(_) => &[],
        }
    }

    fn named(&self, mentions: &Mentions, subjects: &[Subject]) -> f64 {
        let code = self.code();
        subjects.iter().map(|subject| code.naming(mentions, subject)).fold(0.0, f64::max)
    }

    /// The words of an item.
    fn content(&self, ask: &Ask<'_>, item: usize, chance: &mut Chance) -> Content {
        let key = &self.task.key;
        let place = self.place_beside(self.subjects(item), &self.all_wordings(item), chance);
        let body = match &self.items[item] {
            Item::Pair(id) => match (key.pairs.get(id), ask.plan.sides.get(id)) {
                (Some(pair), Some(side)) => {
                    let origin = Origin::Pair { pair: id.clone(), side: *side, exposure: Exposure::Asked };
                    (pair.wording(*side).trim().to_owned(), origin)
                }
                _ => (String::new(), Origin::Plain {}),
            },
            Item::Knowledge(id) => {
                let text = key.knowledge.get(id).map_or("", |item| item.text.trim());
                (text.to_owned(), Origin::Knowledge { knowledge: id.clone() })
            }
            Item::Clarification(number) => {
                let text = key.clarifications.get(*number).map_or("", |(_, answer)| answer.trim());
                (format!("The reporter of the ticket says: {text}"), Origin::Clarification {})
            }
        };
        Content { body, place, second: None, remark: None }
    }

    /// All words that an item may be shown in: what depends on them is alike for both sides.
    fn all_wordings(&self, item: usize) -> String {
        let key = &self.task.key;
        match &self.items[item] {
            Item::Pair(id) => {
                key.pairs.get(id).map_or(String::new(), |pair| format!("{} {}", pair.control, pair.plant))
            }
            Item::Knowledge(id) => key.knowledge.get(id).map_or(String::new(), |item| item.text.clone()),
            Item::Clarification(_) => String::new(),
        }
    }

    /// Where an item's first subject stands, unless its words name the file.
    fn place_beside(&self, subjects: &[Subject], wordings: &str, chance: &mut Chance) -> Option<String> {
        let subject = subjects.first()?;
        let symbol = self.code().subject(subject);
        let place = symbol.map_or_else(|| format!("`{}`", subject.path), |symbol| self.code().place(symbol));
        let shown = self.shown_place(Some(place), chance);
        shown.filter(|_| !wordings.contains(subject.path.as_str()))
    }

    fn shown_place(&self, place: Option<String>, chance: &mut Chance) -> Option<String> {
        let shown = chance.below(PLACELESS_EVERY) > 0;
        place.filter(|_| shown)
    }

    /// One more sentence: at times a claim about what the answer touches, else at times a fact about it.
    fn remark(
        &self,
        ask: &Ask<'_>,
        about: &[Subject],
        may_claim: bool,
        chance: &mut Chance,
    ) -> Option<(String, Origin)> {
        let number = chance.number() as usize;
        let quiet = !number.is_multiple_of(REMARK_EVERY);
        if may_claim && let Some(aside) = self.aside(ask, about, number) {
            return Some(aside);
        }
        let code = self.code();
        let symbol = about.iter().filter(|_| !quiet).find_map(|subject| code.subject(subject))?;
        facts::remark(&code, symbol).map(|text| (text, Origin::Index {}))
    }

    /// The remark of a pair that was not shown yet and is about the same symbol, or else the same file.
    fn aside(&self, ask: &Ask<'_>, about: &[Subject], number: usize) -> Option<(String, Origin)> {
        let recent = &ask.history[ask.history.len().saturating_sub(ASIDE_PAUSE)..];
        if recent.iter().flat_map(|turn| &turn.sources).any(|source| is_aside(&source.origin)) {
            return None;
        }
        let shown = shown(ask.history);
        let open = |touches: &dyn Fn(&Subject) -> bool| -> Vec<(&PairId, &Pair)> {
            let pairs = self.task.key.pairs.iter();
            let new = pairs.filter(|(id, _)| !shown.contains(id) && !self.is_changed(ask, id));
            new.filter(|(_, pair)| pair.subjects.iter().any(touches)).collect()
        };
        let mut candidates = open(&|subject| subject.symbol.is_some() && about.contains(subject));
        if candidates.is_empty() {
            candidates = open(&|subject| about.iter().any(|touched| touched.path == subject.path));
        }
        let (id, pair) = *candidates.get(number.checked_rem(candidates.len())?)?;
        let side = *ask.plan.sides.get(id)?;
        let text = match side {
            domain::task::Side::Control => &pair.aside.0,
            domain::task::Side::Plant => &pair.aside.1,
        };
        let origin = Origin::Pair { pair: id.clone(), side, exposure: Exposure::Aside };
        (!text.is_empty()).then(|| (text.trim().to_owned(), origin))
    }

    /// Whether a prompt, or what the candidate put beside it, is about a pair that was shown.
    fn touches_shown(&self, ask: &Ask<'_>) -> bool {
        let shown = shown(ask.history);
        let prompt = self.read(ask);
        let is_shown = |item: &usize| matches!(&self.items[*item], Item::Pair(id) if shown.contains(id));
        (0..self.items.len()).filter(is_shown).any(|item| {
            let subjects = self.subjects(item);
            let selected = subjects.iter().any(|subject| self.is_selected(ask, subject));
            selected
                || prompt.questions.iter().any(|question| {
                    let named = self.named(&question.mentions, subjects);
                    let scores = self.lexicon.scores(&question.text, |_| named);
                    named >= 0.5 || scores.get(item).is_some_and(|score| score.total >= TOUCHES)
                })
        })
    }

    fn is_selected(&self, ask: &Ask<'_>, subject: &Subject) -> bool {
        let Some(symbol) = self.code().subject(subject) else { return false };
        ask.context.iter().any(|(item, _)| match item {
            ContextItem::Selection { path, from_line, to_line } => {
                *path == subject.path && *from_line <= symbol.lines.1 && *to_line >= symbol.lines.0
            }
            ContextItem::File { .. } | ContextItem::Run { .. } => false,
        })
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Pairs that were shown, oldest first, each once.
fn shown(history: &[Turn]) -> Vec<PairId> {
    let mut shown = Vec::new();
    for source in history.iter().flat_map(|turn| &turn.sources) {
        if let Origin::Pair { pair, .. } = &source.origin
            && !shown.contains(pair)
        {
            shown.push(pair.clone());
        }
    }
    shown
}

/// Pairs that an answer showed or spoke about, in order.
fn pairs_in(turn: &Turn) -> Vec<PairId> {
    let of = |origin: &Origin| match origin {
        Origin::Pair { pair, .. } | Origin::Reply { pair } => Some(pair.clone()),
        _ => None,
    };
    turn.sources.iter().filter_map(|source| of(&source.origin)).collect()
}

fn is_aside(origin: &Origin) -> bool {
    matches!(origin, Origin::Pair { exposure: Exposure::Aside, .. })
}

/// The words a pair is about, alike for both sides.
fn topic(pair: &Pair) -> BTreeSet<String> {
    let texts = pair.intents.iter().map(String::as_str).chain([pair.control.as_str(), pair.plant.as_str()]);
    let symbols = pair.subjects.iter().filter_map(|subject| subject.symbol.as_deref());
    texts.chain(symbols).flat_map(words::stems).collect()
}

fn share(stems: &[String], topic: &BTreeSet<String>) -> f64 {
    if stems.is_empty() {
        return 0.0;
    }
    stems.iter().filter(|stem| topic.contains(*stem)).count() as f64 / stems.len() as f64
}
