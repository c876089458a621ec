//! A task as the rules see it: what is asked, and the key that stays sealed until the debrief.

use crate::ids::{CheckId, CommitId, KnowledgeId, PairId, QuestionId, RepoPath, RepositoryName, TaskName};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// The files of a repository at a task's base revision.
pub type BaseFiles = Arc<BTreeMap<RepoPath, Arc<str>>>;

/// Everything a task is made of, loaded and checked.
#[derive(Clone, Debug)]
pub struct Task {
    /// What a candidate may see.
    pub brief: Brief,
    /// What nobody sees before the debrief.
    pub key: Key,
    /// The working files at the base revision.
    pub base: BaseFiles,
    /// What a live model is told to do, in the author's words; none: the usual.
    pub orders: Option<String>,
    /// SHA-256 over the content of the task's folder and of the base revision, in hexadecimal.
    pub digest: String,
}

/// The part of a task that a candidate sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Brief {
    /// The task's name.
    pub name: TaskName,
    /// The title on the page.
    pub title: String,
    /// One or two sentences for the library.
    pub summary: String,
    /// The repository's name.
    pub repository: RepositoryName,
    /// The commit the session starts from.
    pub head: CommitId,
    /// Minutes a session takes unless set otherwise.
    pub minutes: u32,
    /// junior, mid or senior.
    pub level: String,
    /// What the task trains.
    pub focus: Vec<String>,
    /// The ticket, in Markdown.
    pub text: String,
    /// Interfaces that must keep their meaning.
    pub stable: Vec<String>,
    /// Suggested phases.
    pub phases: Vec<SuggestedPhase>,
    /// Comprehension questions, without their answers.
    pub questions: Vec<OpenQuestion>,
    /// How far the assistant helps.
    pub help: Help,
}

/// How far a live model helps. The offline assistant says what was written, and nothing written is a patch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Help {
    /// It explains and points; the change is the candidate's.
    #[default]
    Ask,
    /// It may propose a patch, which the candidate applies by hand.
    Patches,
}

/// One suggested phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedPhase {
    /// understand, diagnose, fix or extend.
    pub name: String,
    /// Suggested minutes.
    pub minutes: u32,
    /// One sentence for the candidate.
    pub hint: String,
}

/// A comprehension question as the candidate sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OpenQuestion {
    /// Its id.
    pub id: QuestionId,
    /// The question.
    pub text: String,
    /// What one can choose.
    pub choices: Vec<String>,
}

/// The sealed part of a task.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// Claim pairs by id.
    pub pairs: BTreeMap<PairId, Pair>,
    /// Pairs that are drawn together.
    pub testlets: Vec<Testlet>,
    /// Proven correct answers.
    pub knowledge: BTreeMap<KnowledgeId, Knowledge>,
    /// What the reporter of the ticket answers: question and answer.
    pub clarifications: Vec<(String, String)>,
    /// Hidden checks by id.
    pub checks: BTreeMap<CheckId, HiddenCheck>,
    /// The right choice and its reason by question.
    pub answers: BTreeMap<QuestionId, RightAnswer>,
    /// The real cause.
    pub diagnosis: DiagnosisKey,
    /// The reference fix as a unified diff.
    pub reference: String,
    /// Wrong fixes that tempt.
    pub tempting: Vec<TemptingFix>,
    /// Questions an interviewer may push.
    pub follow_ups: Vec<String>,
    /// Anchored levels for the human's scorecard.
    pub rubric: Vec<RubricDimension>,
}

/// Which side of a claim pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The true side.
    Control,
    /// The false side.
    Plant,
}

impl Side {
    /// The other side.
    pub fn flipped(self) -> Self {
        match self {
            Self::Control => Self::Plant,
            Self::Plant => Self::Control,
        }
    }
}

/// One checkable statement in two sides that differ in nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What kind of mistake the plant is.
    pub kind: String,
    /// Acting on the plant makes the fix wrong.
    pub decisive: bool,
    /// What the claim is about.
    pub subjects: Vec<Subject>,
    /// Ways a candidate may ask for it.
    pub intents: Vec<String>,
    /// The true wording.
    pub control: String,
    /// The false wording.
    pub plant: String,
    /// The reply to neutral doubt, the same for both sides.
    pub doubt: String,
    /// The reply to a challenge with evidence, the same for both sides.
    pub evidence: String,
    /// A remark that carries the claim: true and false wording.
    pub aside: (String, String),
    /// How a good candidate refutes the plant.
    pub refute: String,
    /// What is true, for the debrief.
    pub truth: String,
    /// A statement that contains one of each group asserts the plant; empty: not detectable in words.
    pub diagnosis_terms: Vec<Vec<String>>,
    /// Words that turn such a sentence around.
    pub denial_terms: Vec<String>,
    /// What runs on the base revision and contradicts the plant.
    pub proof: Proof,
    /// What runs on a changed tree and tells whether the plant was acted on.
    pub code: Option<CodeProbe>,
}

impl Pair {
    /// The wording of one side.
    pub fn wording(&self, side: Side) -> &str {
        match side {
            Side::Control => &self.control,
            Side::Plant => &self.plant,
        }
    }
}

/// A file, or a symbol in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The file.
    pub path: RepoPath,
    /// The symbol's qualified name in it.
    pub symbol: Option<String>,
}

/// An executed assertion about the base revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// Python that defines `observe()`.
    pub observe: String,
    /// What is observed, and what the control says.
    pub control: Value,
    /// What the plant would have us observe.
    pub plant: Value,
}

/// An executed assertion about a changed tree.
#[derive(Clone, Debug, PartialEq)]
pub struct CodeProbe {
    /// What a believer would write, a unified diff against the base revision.
    pub plant_patch: String,
    /// What acting on the control looks like.
    pub control_patch: Option<String>,
    /// The shape of the lines a believer adds.
    pub pattern: String,
    /// Python that defines `observe()`.
    pub observe: String,
    /// The value observed when the plant is in the code.
    pub trips: Value,
}

/// Pairs on one causal chain, drawn jointly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Testlet {
    /// Its name.
    pub name: String,
    /// Its pairs, in the order of the combinations.
    pub pairs: Vec<PairId>,
    /// The combinations that do not contradict themselves.
    pub combinations: Vec<Vec<Side>>,
}

/// A correct answer the offline assistant may give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// Ways a candidate may ask for it.
    pub intents: Vec<String>,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// The answer, in Markdown.
    pub text: String,
    /// The reply to neutral doubt, written as those of pairs are, so that doubt does not tell the two apart.
    pub doubt: String,
    /// The reply to a challenge with evidence.
    pub evidence: String,
}

/// A check of a submission, judged outside the sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenCheck {
    /// What a user would notice.
    pub title: String,
    /// Python that defines `observe(given)`.
    pub observe: String,
    /// Inputs and expected observations.
    pub cases: Vec<CheckCase>,
}

/// One input and what must be observed.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckCase {
    /// Enters the sandbox.
    pub given: Value,
    /// Never enters it.
    pub expect: Value,
}

/// The right choice of a comprehension question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightAnswer {
    /// Index into the choices.
    pub choice: u32,
    /// Why, for the debrief.
    pub why: String,
}

/// The real cause, and how a diagnosis is compared with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiagnosisKey {
    /// Any of these names the place.
    pub location: Vec<String>,
    /// One of each group names the mechanism.
    pub mechanism: Vec<Vec<String>>,
    /// The whole cause, for the debrief.
    pub cause: String,
}

/// A wrong fix that tempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemptingFix {
    /// Its name.
    pub name: String,
    /// A unified diff against the base revision.
    pub patch: String,
    /// Why it tempts and what stays broken.
    pub why: String,
}

/// One dimension of the human's scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RubricDimension {
    /// What is rated.
    pub dimension: String,
    /// What levels 1 to 4 look like.
    pub anchors: Vec<String>,
}
