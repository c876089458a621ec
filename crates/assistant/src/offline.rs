//! The offline assistant: which answer a prompt gets. Nothing here draws a side; the plan is given.

mod choosing;
mod following;
mod history;
mod remarks;
mod standing;

use self::choosing::Match;
use self::history::shown;
use self::remarks::Beside;
use crate::code::{Code, Mention, Mentions, Names};
use crate::facts::{self, Fact};
use crate::followup::{self, FollowUp};
use crate::guard::Guard;
use crate::matching::{Lexicon, NameWords, Score, Written};
use crate::present::Present;
use crate::questions;
use crate::repository;
use crate::voice::{self, Content};
use crate::{near, talk, words};
use code_index::{Index, SymbolId};
use domain::chance::Chance;
use domain::event::{ContextItem, Exposure, Origin, Source};
use domain::ids::{KnowledgeId, PairId, RepoPath};
use domain::plan::Plan;
use domain::task::{Pair, Subject, Task};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Pairs and knowledge of nearly the same score: the pair is meant.
const PAIR_FIRST: f64 = 0.05;
/// A prompt with this score for a shown pair is about it, whoever answers.
const TOUCHES: f64 = 0.27;
/// One in so many answers comes without its place.
const PLACELESS_EVERY: usize = 4;

/// Words that mean something named earlier or beside.
const POINTING: &str = "it, this, that, these, its";

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
    /// The code as it stands; none: nothing was changed.
    pub present: Option<&'a Present>,
    /// Once so many pairs were shown, none is newly shown.
    pub most: usize,
    /// The session's seed for choices of words.
    pub seed: u64,
}

impl<'a> Ask<'a> {
    /// A prompt beside which nothing stands, before which nothing was said, in code that nobody changed.
    pub fn alone(text: &'a str, plan: &'a Plan, seed: u64) -> Self {
        static NOTHING: BTreeSet<RepoPath> = BTreeSet::new();
        Self { text, context: &[], history: &[], plan, changed: &NOTHING, present: None, most: usize::MAX, seed }
    }
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
    names: Names,
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

/// What a prompt asks.
struct Prompt {
    /// Its questions; with more than one, the whole prompt is the last of them.
    questions: Vec<Question>,
    /// What "it" means.
    it: Option<Subject>,
}

struct Question {
    text: String,
    mentions: Mentions,
    /// How well each item fits.
    scores: Vec<Score>,
    /// A written answer will do only if one of its intents is this close.
    least: f64,
    /// It asks the index about "it": nothing written will do.
    pointed: bool,
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
        let pairs = key.pairs.iter().map(|(id, pair)| (Item::Pair(id.clone()), pair_written(pair)));
        let known = key.knowledge.iter().map(|(id, item)| {
            (Item::Knowledge(id.clone()), Written { intents: item.intents.clone(), text: item.text.clone() })
        });
        let asked = key.clarifications.iter().enumerate().map(|(number, (question, answer))| {
            (Item::Clarification(number), Written { intents: vec![question.clone()], text: answer.clone() })
        });
        let (items, written): (Vec<_>, Vec<_>) = pairs.chain(known).chain(asked).unzip();
        let lexicon = Lexicon::new(&written, &near::vocabulary(&index));
        let names = Names::of(&index);
        Self { task, index, names, items, lexicon }
    }

    /// Answers a prompt. The same ask always gets the same words, and two plans get the same answer but for the words
    /// of the sides.
    pub fn reply(&self, ask: &Ask<'_>) -> Reply {
        self.decide(ask, &self.read(ask)).reply
    }

    /// Who answers a prompt in a session with a live model: what touches a pair is always written.
    pub fn route(&self, ask: &Ask<'_>) -> Route {
        let prompt = self.read(ask);
        let decision = self.decide(ask, &prompt);
        if decision.written || self.touches_shown(ask, &prompt) { Route::Written(decision.reply) } else { Route::Model }
    }

    /// What holds back a live model's paragraphs about the pairs that were shown so far.
    pub fn guard(&self, history: &[Turn]) -> Guard {
        Guard::over(shown(history).iter().filter_map(|id| self.task.key.pairs.get(id)))
    }

    /// The code that the session began with: what claims are about and matched in.
    fn base(&self) -> Code<'_> {
        Code { index: &self.index, names: &self.names, texts: Some(&self.task.base) }
    }

    /// The code as it stands: what facts are about.
    fn code<'a>(&'a self, ask: &Ask<'a>) -> Code<'a> {
        ask.present.map_or_else(|| self.base(), Present::code)
    }

    fn decide(&self, ask: &Ask<'_>, prompt: &Prompt) -> Decision {
        let mut chance =
            Chance::new(ask.seed, &format!("answer {}", words::plain(words::readable(ask.text)).join(" ")));
        if prompt.questions.is_empty() {
            let about_itself = talk::is_about_the_grader(ask.text);
            let content = repository::cannot_tell(&self.code(ask), ask.text, &mut chance);
            return Decision { reply: voice::answer(content, &mut chance), written: about_itself };
        }
        let answer = |chance: &mut Chance| self.answer(ask, prompt, chance);
        let follow_up = followup::read(ask.text);
        let disputes = matches!(follow_up, Some(FollowUp::Evidence { disputes: true } | FollowUp::Doubt(_)));
        if !disputes && let Some(content) = self.standing(ask) {
            return self.decision(content, &mut chance);
        }
        match follow_up {
            Some(follow_up) => {
                self.follow_up(ask, prompt, &follow_up, &mut chance).unwrap_or_else(|| answer(&mut chance))
            }
            None => match talk::small_talk(ask.text) {
                // Before anything is matched: `good` alone would find whoever wrote about good numbers.
                Some(words) => self.decision(Content::of(words, Origin::Plain {}), &mut chance),
                None => answer(&mut chance),
            },
        }
    }

    /// Splits a prompt into its questions, without those about the assistant itself.
    fn read(&self, ask: &Ask<'_>) -> Prompt {
        let code = self.base();
        let it = self.pointed_at(ask);
        let fallback = it.as_ref().and_then(|subject| code.subject(subject)).map(|symbol| symbol.id);
        let question = |text: &str, whole: bool| {
            let mentions = code.mentions(text);
            let least = self.least(text, &mentions);
            let pointed = mentions.is_empty()
                && fallback.is_some()
                && (followup::asks_for_the_place(text)
                    || words::hold(text, POINTING) && repository::is_for_the_index(&code, text, &mentions, fallback));
            let [marked, all] = [false, true].map(|plain| code.name_stems(&mentions, plain));
            let names = NameWords { marked, all };
            let meant = fallback.filter(|_| mentions.is_empty());
            let telling = self.telling(&mentions);
            let named = |item: usize| self.named(&telling, meant, self.subjects(item));
            let scores = self.lexicon.scores(text, &names, named);
            Question { text: text.to_owned(), mentions, scores, least, pointed, whole }
        };
        let parts: Vec<String> =
            words::segments(ask.text).into_iter().filter(|part| !talk::is_about_the_grader(part)).collect();
        let mut questions: Vec<Question> = parts.iter().map(|part| question(part, false)).collect();
        if parts.len() > 1 {
            questions.push(question(&parts.join(" "), true));
        }
        Prompt { questions, it }
    }

    /// What a text names, without plain words that half the repository is about.
    fn telling(&self, mentions: &Mentions) -> Mentions {
        let is_rare = |mention: &Mention| {
            let symbol = mention.ids.first().and_then(|id| self.index.get(*id));
            let stems = symbol.map(|symbol| words::stems(&symbol.name)).unwrap_or_default();
            stems.iter().any(|stem| self.lexicon.is_rare(stem))
        };
        let mut telling = mentions.clone();
        telling.symbols.retain(|mention| mention.strong || is_rare(mention));
        telling
    }

    /// What "it" and "this" mean: the selection, the file beside the prompt, or what the answer before was about.
    fn pointed_at(&self, ask: &Ask<'_>) -> Option<Subject> {
        let points = words::hold(words::readable(ask.text), POINTING);
        if !points && !followup::asks_for_more(ask.text) && !followup::asks_for_the_place(ask.text) {
            return None;
        }
        let index = self.code(ask).index;
        let mut items = ask.context.iter().map(|(item, _)| item);
        let selected = items.clone().find_map(|item| match item {
            ContextItem::Selection { path, from_line, .. } => index.enclosing_line(path.as_str(), *from_line),
            ContextItem::File { .. } | ContextItem::Run { .. } | ContextItem::Repository {} => None,
        });
        let opened = || {
            items.find_map(|item| match item {
                ContextItem::File { path } => index.symbols_in(path.as_str()).first(),
                ContextItem::Selection { .. } | ContextItem::Run { .. } | ContextItem::Repository {} => None,
            })
        };
        let said = || self.spoken_about(ask, ask.history.iter().rfind(|turn| turn.here)?);
        selected.or_else(opened).and_then(facts::subject).or_else(said)
    }

    /// What an answer was about: for what was written its subject, because the words of two sides may name different
    /// things.
    fn spoken_about(&self, ask: &Ask<'_>, turn: &Turn) -> Option<Subject> {
        let (base, code) = (self.base(), self.code(ask));
        let first = |subjects: &[Subject]| subjects.iter().find(|subject| base.subject(subject).is_some()).cloned();
        turn.sources.iter().find_map(|source| match &source.origin {
            Origin::Pair { pair, .. } | Origin::Reply { pair } => first(&self.task.key.pairs.get(pair)?.subjects),
            Origin::Knowledge { knowledge } => first(&self.task.key.knowledge.get(knowledge)?.subjects),
            _ => {
                let said = turn.text.get(source.start as usize..source.end as usize)?;
                let mentions = code.mentions(said);
                // A plain word of a sentence that happens to be a name is not what the sentence is about.
                let named = mentions.symbols.iter().find(|mention| mention.strong)?;
                facts::subject(code.index.get(*named.ids.first()?)?)
            }
        })
    }

    /// What "it" means in the code as it stands.
    fn it(&self, ask: &Ask<'_>, prompt: &Prompt) -> Option<SymbolId> {
        self.code(ask).subject(prompt.it.as_ref()?).map(|symbol| symbol.id)
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
        self.written(ask, prompt, first, second, chance)
    }

    /// Gives a written answer, and one to a second question.
    fn written(
        &self,
        ask: &Ask<'_>,
        prompt: &Prompt,
        first: Match,
        second: Option<Match>,
        chance: &mut Chance,
    ) -> Decision {
        let mut content = self.content(ask, first.item, chance);
        content.second = match second {
            Some(second) => {
                let second = self.content(ask, second.item, chance);
                content.past |= second.past;
                Some(second.body)
            }
            None => self.second_fact(ask, prompt, first).map(|fact| repository::content(&fact, chance).body),
        };
        if content.second.is_none() {
            let said = self.said(first.item, &content);
            let beside = Beside { about: self.subjects(first.item), said: &said };
            content.remark = self.remark(ask, prompt, &content.body.1, beside, chance);
        }
        self.decision(content, chance)
    }

    /// Answers from the index, or says what the assistant cannot do or tell.
    fn unwritten(&self, ask: &Ask<'_>, prompt: &Prompt, chance: &mut Chance) -> Decision {
        let direct = self.fact(ask, prompt, self.it(ask, prompt)).or_else(|| self.more(ask, prompt));
        let is_direct = direct.as_ref().is_some_and(|fact| !fact.near);
        let likely = if is_direct { None } else { self.likely(ask, prompt) };
        let fact = match (direct, likely) {
            (Some(fact), _) if !fact.near => Some(fact),
            (_, Some(likely)) if !likely.near => Some(likely),
            (direct, likely) => match self.nearest(ask, prompt, direct.is_some() || likely.is_some()) {
                Some(near) => return self.near(ask, prompt, near, chance),
                None => direct.or(likely),
            },
        };
        let Some(fact) = fact else {
            let content = self.gone(ask, prompt);
            let content = content.unwrap_or_else(|| repository::otherwise(&self.code(ask), ask.text, chance));
            return self.decision(content, chance);
        };
        let mut content = repository::content(&fact, chance);
        content.place = self.shown_place(content.place, chance);
        let beside = Beside { about: fact.about.as_slice(), said: &content.body.0 };
        content.remark = self.remark(ask, prompt, &content.body.1, beside, chance);
        self.decision(content, chance)
    }

    /// Gives a written answer that is near to the question, and says that it may not be what was asked; a live model
    /// may have a better one.
    fn near(&self, ask: &Ask<'_>, prompt: &Prompt, near: Match, chance: &mut Chance) -> Decision {
        let mut content = self.content(ask, near.item, chance);
        content.near = true;
        let said = self.said(near.item, &content);
        let beside = Beside { about: self.subjects(near.item), said: &said };
        content.remark = self.remark(ask, prompt, &content.body.1, beside, chance);
        Decision { reply: voice::answer(content, chance), written: false }
    }

    /// An answer that shows a pair because it was asked for is never left to a model.
    fn decision(&self, content: Content, chance: &mut Chance) -> Decision {
        let reply = voice::answer(content, chance);
        let asked = |origin: &Origin| matches!(origin, Origin::Pair { exposure: Exposure::Asked, .. });
        let written = reply.sources.iter().any(|source| asked(&source.origin));
        Decision { reply, written }
    }

    fn fact(&self, ask: &Ask<'_>, prompt: &Prompt, fallback: Option<SymbolId>) -> Option<Fact> {
        let code = self.code(ask);
        prompt.questions.iter().find_map(|question| repository::fact(&code, &question.text, fallback))
    }

    /// More about what the answer before was about, or its place.
    fn more(&self, ask: &Ask<'_>, prompt: &Prompt) -> Option<Fact> {
        let code = self.code(ask);
        let it = self.it(ask, prompt);
        if followup::asks_for_the_place(ask.text) {
            return facts::answer(&code, questions::Kind::Where, ask.text, &Mentions::default(), it);
        }
        followup::asks_for_more(ask.text).then(|| facts::what(&code, code.index.get(it?)?)).flatten()
    }

    fn likely(&self, ask: &Ask<'_>, prompt: &Prompt) -> Option<Fact> {
        let code = self.code(ask);
        let mut texts = prompt.questions.iter().map(|question| &question.text);
        texts.find_map(|text| match talk::wishes_for_a_fix(text) {
            true => None,
            false => near::likely(&code, &self.lexicon, text, &code.mentions(text)),
        })
    }

    /// The fact that another question of the prompt asks for.
    fn second_fact(&self, ask: &Ask<'_>, prompt: &Prompt, first: Match) -> Option<Fact> {
        let code = self.code(ask);
        if prompt.questions.get(first.question).is_none_or(|question| question.whole) {
            return None;
        }
        let others = prompt.questions.iter().enumerate().filter(|(at, other)| *at != first.question && !other.whole);
        let fallback =
            self.subjects(first.item).iter().find_map(|subject| code.subject(subject)).map(|symbol| symbol.id);
        let structural = |other: &Question| {
            questions::kind(&other.text, &other.mentions).is_some_and(questions::Kind::is_structural)
        };
        others
            .filter(|(_, other)| other.least > 0.0 || structural(other))
            .find_map(|(_, other)| repository::fact(&code, &other.text, fallback))
    }

    /// The words of an item.
    fn content(&self, ask: &Ask<'_>, item: usize, chance: &mut Chance) -> Content {
        let key = &self.task.key;
        let place = self.place_beside(ask, self.subjects(item), &self.all_wordings(item), chance);
        let past = self.subjects(item).iter().any(|subject| ask.changed.contains(&subject.path));
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
        Content { place, past, ..Content::of(body.0, body.1) }
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

    /// All that an answer with this item says, whichever wording it shows.
    fn said(&self, item: usize, content: &Content) -> String {
        format!("{} {}", self.all_wordings(item), content.place.as_deref().unwrap_or_default())
    }

    /// Where an item's first subject stands, unless its words name the file.
    fn place_beside(&self, ask: &Ask<'_>, subjects: &[Subject], wordings: &str, chance: &mut Chance) -> Option<String> {
        let subject = subjects.first()?;
        let code = self.code(ask);
        let place = code.subject(subject).map_or_else(|| format!("`{}`", subject.path), |symbol| code.place(symbol));
        let shown = self.shown_place(Some(place), chance);
        shown.filter(|_| !wordings.contains(subject.path.as_str()))
    }

    fn shown_place(&self, place: Option<String>, chance: &mut Chance) -> Option<String> {
        let shown = chance.below(PLACELESS_EVERY) > 0;
        place.filter(|_| shown)
    }

    /// Whether a prompt, or what the candidate put beside it, is about a pair that was shown.
    fn touches_shown(&self, ask: &Ask<'_>, prompt: &Prompt) -> bool {
        let shown = shown(ask.history);
        let is_shown = |item: &usize| matches!(&self.items[*item], Item::Pair(id) if shown.contains(id));
        (0..self.items.len()).filter(is_shown).any(|item| {
            let subjects = self.subjects(item);
            let selected = subjects.iter().any(|subject| self.is_selected(ask, subject));
            selected
                || prompt
                    .questions
                    .iter()
                    .filter_map(|question| question.scores.get(item))
                    .any(|score| score.named >= 0.5 || score.total >= TOUCHES)
        })
    }

    fn is_selected(&self, ask: &Ask<'_>, subject: &Subject) -> bool {
        let Some(symbol) = self.code(ask).subject(subject) else { return false };
        ask.context.iter().any(|(item, _)| match item {
            ContextItem::Selection { path, from_line, to_line } => {
                *path == subject.path && *from_line <= symbol.lines.1 && *to_line >= symbol.lines.0
            }
            ContextItem::File { .. } | ContextItem::Run { .. } | ContextItem::Repository {} => false,
        })
    }
}

/// What a pair can be asked with; its words are those of both sides.
fn pair_written(pair: &Pair) -> Written {
    let (control, plant) = &pair.aside;
    let text = [pair.control.as_str(), &pair.plant, control, plant].join(" ");
    Written { intents: pair.intents.clone(), text }
}
