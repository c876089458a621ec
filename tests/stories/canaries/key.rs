//! A word of its own in every sealed text of a task. The patterns name every field of what is sealed, so that a new one
//! does not compile until somebody decides about it here.

use domain::chance::Chance;
use domain::event::{Exposure, Origin};
use domain::ids::{CheckId, KnowledgeId, PairId, RepoPath};
use domain::task::{
    CheckCase, CodeProbe, DiagnosisKey, HiddenCheck, Key, Knowledge, Pair, Proof, RightAnswer, RubricDimension, Side,
    Subject, Task, TemptingFix, Testlet,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What every canary begins with, and nothing else that anybody writes.
pub(super) const MARK: &str = "zqxj";
/// Bytes of a canary.
pub(super) const LENGTH: usize = 14;
/// No vowels: no word of a language, and no ending that somebody might take off.
const LETTERS: &[u8] = b"bcfhjkmpqvwxz";

/// Texts that the debrief opens, of all pairs and checks whether they were met or not.
pub(super) const OPENED: [&str; 11] = [
    "pair.id",
    "pair.kind",
    "pair.subjects",
    "pair.control",
    "pair.plant",
    "pair.refute",
    "pair.truth",
    "check.id",
    "check.title",
    "answer.why",
    "diagnosis.cause",
];

/// Where a canary sits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The name of the pair, the check or the like, without its canary.
    pub(super) owner: String,
    /// Which of its texts.
    pub(super) text: &'static str,
}

impl Place {
    /// Whether words from there may carry this text.
    pub(super) fn may_come_from(&self, origin: &Origin) -> bool {
        let is = |id: &str, texts: &[&str]| self.owner == plain(id) && texts.contains(&self.text);
        match origin {
            Origin::Pair { pair, side, exposure: Exposure::Asked | Exposure::Card } => {
                is(pair.as_str(), &[wording(*side)])
            }
            Origin::Pair { pair, side, exposure: Exposure::Aside } => is(pair.as_str(), &[aside(*side)]),
            Origin::Reply { pair } => is(pair.as_str(), &["pair.doubt", "pair.evidence"]),
            Origin::Knowledge { knowledge } => {
                is(knowledge.as_str(), &["knowledge.text", "knowledge.doubt", "knowledge.evidence"])
            }
            Origin::Clarification {} => self.text == "clarification.answer",
            Origin::Index {} | Origin::Model {} | Origin::Plain {} => false,
        }
    }
}

fn wording(side: Side) -> &'static str {
    match side {
        Side::Control => "pair.control",
        Side::Plant => "pair.plant",
    }
}

fn aside(side: Side) -> &'static str {
    match side {
        Side::Control => "pair.aside.control",
        Side::Plant => "pair.aside.plant",
    }
}

/// A name without its canary.
fn plain(name: &str) -> &str {
    name.split(&format!("_{MARK}")).next().unwrap_or_default()
}

/// All canaries, by their words.
pub(super) struct Canaries {
    chance: Chance,
    pub(super) places: BTreeMap<String, Place>,
}

impl Canaries {
    /// Puts one into every sealed text of a task.
    pub(super) fn hide(task: &mut Task, seed: u64) -> Self {
        let mut canaries = Self { chance: Chance::new(seed, "canaries"), places: BTreeMap::new() };
        let Task { brief: _, key, base: _, orders, digest: _ } = task;
        *orders = Some(canaries.word("task", "orders"));
        canaries.key(key);
        canaries
    }

    /// The canaries in a text, each with its place; words that only begin like one are cut ones.
    pub(super) fn in_text(&self, text: &str) -> Vec<(String, Option<&Place>)> {
        let words = text.match_indices(MARK).map(|(at, _)| text[at..].get(..LENGTH).unwrap_or(&text[at..]));
        words.map(|word| (word.to_owned(), self.places.get(word))).collect()
    }

    fn word(&mut self, owner: &str, text: &'static str) -> String {
        let letters = (MARK.len()..LENGTH).map(|_| char::from(LETTERS[self.chance.below(LETTERS.len())]));
        let word = MARK.chars().chain(letters).collect::<String>();
        let known = self.places.insert(word.clone(), Place { owner: owner.to_owned(), text });
        assert_eq!(known, None, "two canaries are the same: draw longer ones");
        word
    }

    fn name(&mut self, name: &str, text: &'static str) -> String {
        format!("{name}_{}", self.word(name, text))
    }

    /// Before every sentence, so that no part of it can do without.
    fn prose(&mut self, prose: &mut String, owner: &str, text: &'static str) {
        let word = self.word(owner, text);
        *prose = prose.split(". ").map(|sentence| format!("{word} {sentence}")).collect::<Vec<_>>().join(". ");
    }

    /// Behind it, because it is compared with other words.
    fn term(&mut self, term: &mut String, owner: &str, text: &'static str) {
        *term = format!("{term} {}", self.word(owner, text));
    }

    fn terms<'a>(&mut self, terms: impl IntoIterator<Item = &'a mut String>, owner: &str, text: &'static str) {
        terms.into_iter().for_each(|term| self.term(term, owner, text));
    }

    /// As comments around it; what is no program takes them as well.
    fn program(&mut self, program: &mut String, owner: &str, text: &'static str) {
        let word = self.word(owner, text);
        *program = format!("# {word}\n{program}\n# {word}\n");
    }

    fn value(&mut self, value: &mut Value, owner: &str, text: &'static str) {
        let word = self.word(owner, text);
        match value {
            Value::Object(fields) => {
                fields.insert(word.clone(), json!(word));
            }
            _ => *value = json!([value, word]),
        }
    }

    fn subjects(&mut self, subjects: &mut Vec<Subject>, owner: &str, text: &'static str) {
        // The others are files and names that the candidate sees anyway.
        let word = self.word(owner, text);
        let path = RepoPath::parse(&format!("{word}.py")).expect("a path");
        subjects.push(Subject { path, symbol: Some(word) });
    }

    fn key(&mut self, key: &mut Key) {
        let Key {
            pairs,
            testlets,
            knowledge,
            clarifications,
            checks,
            answers,
            diagnosis,
            reference,
            tempting,
            follow_ups,
            rubric,
        } = key;
        let mut names = BTreeMap::new();
        for (id, mut pair) in std::mem::take(pairs) {
            let name = PairId(self.name(id.as_str(), "pair.id"));
            self.pair(&mut pair, id.as_str());
            pairs.insert(name.clone(), pair);
            names.insert(id, name);
        }
        for Testlet { name, pairs, combinations: _ } in testlets {
            *name = self.name(name, "testlet.name");
            pairs.iter_mut().for_each(|pair| *pair = names[pair].clone());
        }
        for (id, mut known) in std::mem::take(knowledge) {
            let name = KnowledgeId(self.name(id.as_str(), "knowledge.id"));
            self.knowledge(&mut known, id.as_str());
            knowledge.insert(name, known);
        }
        for (question, answer) in clarifications {
            self.term(question, "reporter", "clarification.question");
            self.prose(answer, "reporter", "clarification.answer");
        }
        for (id, mut check) in std::mem::take(checks) {
            let name = CheckId(self.name(id.as_str(), "check.id"));
            self.check(&mut check, id.as_str());
            checks.insert(name, check);
        }
        for (question, RightAnswer { choice: _, why }) in answers {
            self.prose(why, question.as_str(), "answer.why");
        }
        self.diagnosis(diagnosis);
        self.program(reference, "reference", "reference");
        for TemptingFix { name, patch, why } in tempting {
            let owner = name.clone();
            *name = self.name(&owner, "tempting.name");
            self.program(patch, &owner, "tempting.patch");
            self.prose(why, &owner, "tempting.why");
        }
        for question in follow_ups {
            self.prose(question, "interviewer", "follow_up");
        }
        for RubricDimension { dimension, anchors } in rubric {
            let owner = dimension.clone();
            self.term(dimension, &owner, "rubric.dimension");
            anchors.iter_mut().for_each(|anchor| self.prose(anchor, &owner, "rubric.anchor"));
        }
    }

    fn pair(&mut self, pair: &mut Pair, id: &str) {
        let Pair {
            kind,
            decisive: _,
            subjects,
            intents,
            control,
            plant,
            doubt,
            evidence,
            aside: (aside, aside_plant),
            refute,
            truth,
            diagnosis_terms,
            denial_terms,
            proof,
            code,
        } = pair;
        self.term(kind, id, "pair.kind");
        self.subjects(subjects, id, "pair.subjects");
        self.terms(intents, id, "pair.intents");
        for (prose, text) in [
            (control, wording(Side::Control)),
            (plant, wording(Side::Plant)),
            (doubt, "pair.doubt"),
            (evidence, "pair.evidence"),
            (aside, self::aside(Side::Control)),
            (aside_plant, self::aside(Side::Plant)),
            (refute, "pair.refute"),
            (truth, "pair.truth"),
        ] {
            self.prose(prose, id, text);
        }
        self.terms(diagnosis_terms.iter_mut().flatten(), id, "pair.diagnosis_terms");
        self.terms(denial_terms, id, "pair.denial_terms");
        let Proof { observe, control, plant } = proof;
        self.program(observe, id, "pair.proof.observe");
        self.value(control, id, "pair.proof.control");
        self.value(plant, id, "pair.proof.plant");
        if let Some(CodeProbe { plant_patch, control_patch, pattern, observe, trips }) = code {
            self.program(plant_patch, id, "pair.code.plant_patch");
            control_patch.iter_mut().for_each(|patch| self.program(patch, id, "pair.code.control_patch"));
            self.program(pattern, id, "pair.code.pattern");
            self.program(observe, id, "pair.code.observe");
            self.value(trips, id, "pair.code.trips");
        }
    }

    fn knowledge(&mut self, known: &mut Knowledge, id: &str) {
        let Knowledge { intents, subjects, text, doubt, evidence } = known;
        self.terms(intents, id, "knowledge.intents");
        self.subjects(subjects, id, "knowledge.subjects");
        self.prose(text, id, "knowledge.text");
        self.prose(doubt, id, "knowledge.doubt");
        self.prose(evidence, id, "knowledge.evidence");
    }

    fn check(&mut self, check: &mut HiddenCheck, id: &str) {
        let HiddenCheck { title, observe, cases } = check;
        self.prose(title, id, "check.title");
        self.program(observe, id, "check.observe");
        for CheckCase { given, expect } in cases {
            self.value(given, id, "check.given");
            self.value(expect, id, "check.expect");
        }
    }

    fn diagnosis(&mut self, diagnosis: &mut DiagnosisKey) {
        let DiagnosisKey { location, mechanism, cause } = diagnosis;
        self.terms(location, "diagnosis", "diagnosis.location");
        self.terms(mechanism.iter_mut().flatten(), "diagnosis", "diagnosis.mechanism");
        self.prose(cause, "diagnosis", "diagnosis.cause");
    }
}
