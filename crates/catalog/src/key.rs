//! Turns the files of a task's folder into its key: pairs, knowledge, checks, questions,
//! fixes; with every rule that can be judged without running anything.

use crate::folder::Folder;
use crate::formats::SubjectText;
use crate::manifest::{
    CheckToml, CodeToml, FixesToml, KnowledgeToml, ObservationToml, PairKind, PairToml, QueryToml, QuestionToml,
    QuestionsToml,
};
use crate::patch::{Files, Patch};
use crate::problem::{Findings, Source};
use crate::proofs::{KnowledgeProof, Observation};
use domain::ids::{CheckId, KnowledgeId, PairId, QuestionId};
use domain::task::{
    CheckCase, CodeProbe, HiddenCheck, Knowledge, OpenQuestion, Pair, Proof, RightAnswer, Subject, TemptingFix,
};
use std::collections::BTreeMap;
use toml::Spanned;

/// Fewest and most ways to ask for a pair.
const INTENTS: std::ops::RangeInclusive<usize> = 4..=24;
/// The most by which a plant's length may differ from its control's, in percent of the longer one.
const LENGTH_PERCENT: usize = 5;

/// What the questions give to the three who need them.
#[derive(Default)]
pub(crate) struct Questions {
    pub(crate) open: Vec<OpenQuestion>,
    pub(crate) answers: BTreeMap<QuestionId, RightAnswer>,
    pub(crate) proofs: BTreeMap<QuestionId, Observation>,
}

/// Reads one task's folder against the files of its head.
pub(crate) struct Reader<'a> {
    pub(crate) folder: &'a mut Folder,
    pub(crate) base: &'a Files,
    pub(crate) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// The pairs, and the names that their plants make up.
    pub(crate) fn pairs(&mut self) -> (BTreeMap<PairId, Pair>, BTreeMap<PairId, Vec<String>>) {
        let (mut pairs, mut invented) = (BTreeMap::new(), BTreeMap::new());
        for (id, source) in self.folder.tomls("pairs", self.findings) {
            let Some(mut read) = self.findings.toml::<PairToml>(&source) else { continue };
            let id = PairId(id);
            invented.extend(self.invented(&mut read, &source).map(|names| (id.clone(), names)));
            pairs.insert(id, self.pair(read, &source));
        }
        (pairs, invented)
    }

    fn invented(&mut self, read: &mut PairToml, source: &Source) -> Option<Vec<String>> {
        match read.invents.take() {
            Some(names) if read.kind != PairKind::Invention => {
                let hint = "only a pair of the kind `invention` invents names";
                self.findings.at(source, &names.span(), "this pair's kind invents nothing", hint);
                None
            }
            Some(names) if !names.get_ref().is_empty() => Some(names.into_inner()),
            names => {
                if read.kind == PairKind::Invention {
                    let span = names.map_or(0..0, |names| names.span());
                    let hint = "add `invents = [\"name\"]` with every name that the plant makes up";
                    self.findings.at(source, &span, "an invention has to declare what it invents", hint);
                }
                None
            }
        }
    }

    fn pair(&mut self, read: PairToml, source: &Source) -> Pair {
        self.judge_wordings(&read, source);
        let proof = read.proof.get_ref();
        if proof.control == proof.plant {
            let hint = "find something that comes out differently if the plant were true";
            self.findings.at(source, &read.proof.span(), "the proof observes the same for both sides", hint);
        }
        let subjects = self.subjects(&read.subjects, read.kind == PairKind::Invention, source);
        let code = read.code.map(|code| self.code(code, source));
        let proof = read.proof.into_inner();
        Pair {
            kind: read.kind.words().to_owned(),
            decisive: read.decisive,
            subjects,
            intents: read.intents.into_inner(),
            control: read.control,
            plant: read.plant.into_inner(),
            doubt: read.doubt,
            evidence: read.evidence,
            aside: (read.aside, read.aside_plant),
            refute: read.refute,
            truth: read.truth,
            diagnosis_terms: read.diagnosis_terms,
            denial_terms: read.denial_terms,
            proof: Proof { observe: proof.observe, control: proof.control, plant: proof.plant },
            code,
        }
    }

    fn judge_wordings(&mut self, read: &PairToml, source: &Source) {
        let intents = read.intents.get_ref();
        if !INTENTS.contains(&intents.len()) || intents.iter().any(|intent| intent.trim().is_empty()) {
            let what = format!("a pair has 4 to 24 intents, this one {}", intents.len());
            self.findings.at(
                source,
                &read.intents.span(),
                what,
                "write 4 to 24 different ways to ask, none of them empty",
            );
        }
        let (control, plant) = (read.control.chars().count(), read.plant.get_ref().chars().count());
        if control.abs_diff(plant) * 100 > LENGTH_PERCENT * control.max(plant) {
            let what = format!("the plant has {plant} characters and the control {control}: more than 5 % apart");
            self.findings.at(
                source,
                &read.plant.span(),
                what,
                "make both sides as long as each other, length must not tell",
            );
        } else if read.control == *read.plant.get_ref() {
            self.findings.at(source, &read.plant.span(), "both sides say the same", "let the plant say what is false");
        }
    }

    /// Subjects must lie in files of the head, unless the plant invents them.
    fn subjects(&mut self, named: &[Spanned<SubjectText>], invented: bool, source: &Source) -> Vec<Subject> {
        for subject in named {
            let path = &subject.get_ref().0.path;
            if !invented && !self.base.contains_key(path) {
                let what = format!("there is no file `{path}` at the task's head");
                self.findings.at(source, &subject.span(), what, "name a file of the repository, from its root");
            }
        }
        named.iter().map(|subject| subject.get_ref().0.clone()).collect()
    }

    fn code(&mut self, read: CodeToml, source: &Source) -> CodeProbe {
        CodeProbe {
            plant_patch: self.patch(&read.plant_patch, source),
            control_patch: read.control_patch.map(|patch| self.patch(&patch, source)),
            pattern: read.pattern,
            observe: read.observe,
            trips: read.trips,
        }
    }

    /// A patch that must apply to the task's head.
    pub(crate) fn patch(&mut self, named: &Spanned<crate::formats::PatchPath>, by: &Source) -> String {
        let Some(source) = self.folder.patch(named, "", by, self.findings) else { return String::new() };
        let applied = Patch::read(&source.text, 1).and_then(|patch| patch.apply(&mut self.base.clone()));
        if let Err(mistake) = applied {
            self.findings.in_patch(&source.file, mistake);
        }
        source.text.as_ref().to_owned()
    }

    pub(crate) fn fixes(&mut self, read: &FixesToml, toml: &Source) -> (String, Vec<TemptingFix>) {
        let reference = self.patch(&read.reference, toml);
        let tempting = read.tempting.iter().map(|fix| TemptingFix {
            name: fix.name.0.clone(),
            patch: self.patch(&fix.patch, toml),
            why: fix.why.clone(),
        });
        (reference, tempting.collect())
    }

    pub(crate) fn knowledge(&mut self) -> (BTreeMap<KnowledgeId, Knowledge>, BTreeMap<KnowledgeId, KnowledgeProof>) {
        let (mut knowledge, mut proofs) = (BTreeMap::new(), BTreeMap::new());
        for (id, source) in self.folder.tomls("knowledge", self.findings) {
            let Some(read) = self.findings.toml::<KnowledgeToml>(&source) else { continue };
            let id = KnowledgeId(id);
            let subjects = self.subjects(&read.subjects, false, &source);
            match (read.proof, read.query) {
                (Some(proof), None) => {
                    proofs.insert(id.clone(), KnowledgeProof::Observed(observation(proof.into_inner())));
                }
                (None, Some(query)) => {
                    proofs.extend(self.query(query, &source).map(|proof| (id.clone(), proof)));
                }
                (proof, _) => {
                    let span = proof.map_or(0..0, |proof| proof.span());
                    let hint = "give either [proof] with observe and equals, or query";
                    self.findings.at(&source, &span, "knowledge has exactly one proof", hint);
                }
            }
            let KnowledgeToml { intents, text, doubt, evidence, .. } = read;
            knowledge.insert(id, Knowledge { intents, subjects, text, doubt, evidence });
        }
        (knowledge, proofs)
    }

    fn query(&mut self, query: Spanned<QueryToml>, source: &Source) -> Option<KnowledgeProof> {
        let span = query.span();
        let mut subject = |named: Spanned<SubjectText>| -> Option<Subject> {
            self.subjects(std::slice::from_ref(&named), false, source);
            let subject = named.get_ref().0.clone();
            if subject.symbol.is_none() {
                self.findings.at(source, &named.span(), "a query is about a symbol", "write path::symbol");
            }
            Some(subject)
        };
        let query = query.into_inner();
        match (query.definition, query.callers, query.includes) {
            (Some(definition), None, None) => subject(definition).map(KnowledgeProof::Definition),
            (None, Some(callers), Some(includes)) => {
                Some(KnowledgeProof::Callers { of: subject(callers)?, includes: subject(includes)? })
            }
            _ => {
                let hint = "write {definition = …}, or {callers = …, includes = …}";
                self.findings.at(source, &span, "the query is none of the two known ones", hint);
                None
            }
        }
    }

    pub(crate) fn checks(&mut self) -> BTreeMap<CheckId, HiddenCheck> {
        let mut checks = BTreeMap::new();
        let sources = self.folder.tomls("checks", self.findings);
        if sources.is_empty() {
            let hint = "write at least one hidden check that the defect fails and the reference fix passes";
            self.findings.in_file(&self.folder.file("checks"), "there is no hidden check", hint);
        }
        for (id, source) in sources {
            let Some(read) = self.findings.toml::<CheckToml>(&source) else { continue };
            if read.case.get_ref().is_empty() {
                self.findings.at(&source, &read.case.span(), "the check has no case", "write a [[case]]");
            }
            let cases = read.case.into_inner().into_iter();
            let cases = cases.map(|case| CheckCase { given: case.given, expect: case.expect }).collect();
            checks.insert(CheckId(id), HiddenCheck { title: read.title, observe: read.observe, cases });
        }
        checks
    }

    pub(crate) fn questions(&mut self) -> Questions {
        let mut questions = Questions::default();
        let hint = "write questions.toml with the comprehension questions";
        let Some(source) = self.folder.take("questions.toml", hint, self.findings) else { return questions };
        let read = self.findings.toml::<QuestionsToml>(&source).unwrap_or_default();
        for question in read.question {
            self.question(question, &source, &mut questions);
        }
        questions
    }

    fn question(&mut self, read: QuestionToml, source: &Source, questions: &mut Questions) {
        let id = QuestionId(read.id.get_ref().0.clone());
        if questions.answers.contains_key(&id) {
            let what = format!("there are two questions `{id}`");
            self.findings.at(source, &read.id.span(), what, "give each question its own id");
        }
        let (choice, choices) = (*read.answer.get_ref(), read.choices.len());
        if choices < 2 || usize::try_from(choice).is_ok_and(|choice| choice >= choices) {
            let what = format!("the answer is number {choice} of {choices} choices");
            let hint = "write at least two choices and count them from 0";
            self.findings.at(source, &read.answer.span(), what, hint);
        }
        questions.open.push(OpenQuestion { id: id.clone(), text: read.text, choices: read.choices });
        questions.answers.insert(id.clone(), RightAnswer { choice, why: read.why });
        questions.proofs.insert(id, observation(read.proof));
    }

    /// `## question` headings with the answer below each.
    pub(crate) fn clarifications(&mut self) -> Vec<(String, String)> {
        let hint = "write `## question` headings with the reporter's answer below each";
        let Some(source) = self.folder.take("clarifications.md", hint, self.findings) else { return Vec::new() };
        let mut parts = format!("\n{}", source.text).split("\n## ").map(str::to_owned).collect::<Vec<_>>().into_iter();
        let before = parts.next().unwrap_or_default();
        if before.lines().any(|line| !line.trim().is_empty() && !line.starts_with("# ")) {
            self.findings.at(&source, &(0..0), "there is text before the first question", hint);
        }
        let clarifications: Vec<(String, String)> = parts
            .map(|part| {
                let (question, answer) = part.split_once('\n').unwrap_or((&part, ""));
                (question.trim().to_owned(), answer.trim().to_owned())
            })
            .collect();
        if let Some((question, _)) =
            clarifications.iter().find(|(question, answer)| question.is_empty() || answer.is_empty())
        {
            let at = source.text.find(&format!("## {question}")).unwrap_or_default();
            self.findings.at(&source, &(at..at), format!("`## {question}` has no answer"), hint);
        }
        if clarifications.is_empty() {
            self.findings.in_file(&source.file, "there is no question in it", hint);
        }
        clarifications
    }
}

fn observation(read: ObservationToml) -> Observation {
    Observation { observe: read.observe, equals: read.equals }
}
