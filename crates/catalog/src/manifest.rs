//! What the TOML files hold, field by field. Unknown fields are refused everywhere.

use crate::formats::{
    Name, PatchPath, Sha, SubjectText, filled, filled_if_any, groups, json, observe, pytest, some_filled,
};
use domain::task::{Help, Side};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

/// `repos/<name>/repository.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RepositoryToml {
    pub(crate) name: Spanned<Name>,
    #[serde(deserialize_with = "filled")]
    pub(crate) summary: String,
    pub(crate) language: Language,
    pub(crate) head: Spanned<Sha>,
    pub(crate) commit: Spanned<Vec<CommitToml>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Python,
}

impl Language {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Python => "python",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommitToml {
    pub(crate) patch: Spanned<PatchPath>,
    pub(crate) id: Spanned<Sha>,
}

/// `tasks/<name>/task.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskToml {
    pub(crate) name: Spanned<Name>,
    #[serde(deserialize_with = "filled")]
    pub(crate) title: String,
    pub(crate) repository: Spanned<Name>,
    pub(crate) version: u32,
    pub(crate) minutes: Spanned<u32>,
    pub(crate) level: Level,
    #[serde(deserialize_with = "some_filled")]
    pub(crate) focus: Vec<String>,
    #[serde(deserialize_with = "filled")]
    pub(crate) summary: String,
    #[serde(deserialize_with = "some_filled")]
    pub(crate) stable: Vec<String>,
    pub(crate) head: Spanned<Sha>,
    pub(crate) defect: DefectToml,
    pub(crate) fixes: FixesToml,
    pub(crate) tests: TestsToml,
    pub(crate) phase: Vec<PhaseToml>,
    #[serde(default)]
    pub(crate) follow_up: Vec<FollowUpToml>,
    pub(crate) rubric: Vec<RubricToml>,
    pub(crate) diagnosis: DiagnosisToml,
    #[serde(default)]
    pub(crate) assistant: AssistantToml,
}

/// How a live model helps.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssistantToml {
    #[serde(default)]
    pub(crate) help: Help,
    #[serde(default, deserialize_with = "filled_if_any")]
    pub(crate) orders: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Junior,
    Mid,
    Senior,
}

impl Level {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Junior => "junior",
            Self::Mid => "mid",
            Self::Senior => "senior",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefectToml {
    pub(crate) patch: Spanned<PatchPath>,
    pub(crate) after: Spanned<PatchPath>,
    pub(crate) id: Spanned<Sha>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixesToml {
    pub(crate) reference: Spanned<PatchPath>,
    #[serde(default)]
    pub(crate) tempting: Vec<TemptingToml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemptingToml {
    pub(crate) name: Name,
    pub(crate) patch: Spanned<PatchPath>,
    #[serde(deserialize_with = "filled")]
    pub(crate) why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestsToml {
    #[serde(deserialize_with = "pytest")]
    pub(crate) command: Vec<String>,
    pub(crate) failing: Spanned<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhaseToml {
    pub(crate) name: PhaseName,
    pub(crate) minutes: u32,
    #[serde(deserialize_with = "filled")]
    pub(crate) hint: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PhaseName {
    Understand,
    Diagnose,
    Fix,
    Extend,
}

impl PhaseName {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Understand => "understand",
            Self::Diagnose => "diagnose",
            Self::Fix => "fix",
            Self::Extend => "extend",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowUpToml {
    #[serde(deserialize_with = "filled")]
    pub(crate) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RubricToml {
    #[serde(deserialize_with = "filled")]
    pub(crate) dimension: String,
    pub(crate) anchors: Spanned<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiagnosisToml {
    #[serde(deserialize_with = "some_filled")]
    pub(crate) location: Vec<String>,
    #[serde(deserialize_with = "groups")]
    pub(crate) mechanism: Vec<Vec<String>>,
    #[serde(deserialize_with = "filled")]
    pub(crate) cause: String,
}

/// `pairs/<id>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairToml {
    pub(crate) kind: PairKind,
    pub(crate) decisive: bool,
    pub(crate) subjects: Vec<Spanned<SubjectText>>,
    pub(crate) intents: Spanned<Vec<String>>,
    #[serde(deserialize_with = "filled")]
    pub(crate) control: String,
    pub(crate) plant: Spanned<String>,
    #[serde(deserialize_with = "filled")]
    pub(crate) doubt: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) evidence: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) aside: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) aside_plant: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) refute: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) truth: String,
    #[serde(deserialize_with = "groups")]
    pub(crate) diagnosis_terms: Vec<Vec<String>>,
    #[serde(default = "denials")]
    pub(crate) denial_terms: Vec<String>,
    pub(crate) invents: Option<Spanned<Vec<String>>>,
    pub(crate) proof: Spanned<ProofToml>,
    pub(crate) code: Option<CodeToml>,
}

/// Words that turn a sentence around, unless a pair names its own.
fn denials() -> Vec<String> {
    ["not", "n't", "wrong", "isn't"].map(str::to_owned).to_vec()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum PairKind {
    #[serde(rename = "wrong root cause")]
    RootCause,
    #[serde(rename = "missed corner case")]
    CornerCase,
    #[serde(rename = "requirement misread")]
    Requirement,
    #[serde(rename = "wrong fact")]
    Fact,
    #[serde(rename = "masked symptom")]
    Symptom,
    #[serde(rename = "invention")]
    Invention,
    #[serde(rename = "complexity")]
    Complexity,
}

impl PairKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::RootCause => "wrong root cause",
            Self::CornerCase => "missed corner case",
            Self::Requirement => "requirement misread",
            Self::Fact => "wrong fact",
            Self::Symptom => "masked symptom",
            Self::Invention => "invention",
            Self::Complexity => "complexity",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProofToml {
    #[serde(deserialize_with = "observe")]
    pub(crate) observe: String,
    #[serde(deserialize_with = "json")]
    pub(crate) control: Value,
    #[serde(deserialize_with = "json")]
    pub(crate) plant: Value,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeToml {
    pub(crate) plant_patch: Spanned<PatchPath>,
    pub(crate) control_patch: Option<Spanned<PatchPath>>,
    #[serde(deserialize_with = "filled")]
    pub(crate) pattern: String,
    #[serde(deserialize_with = "observe")]
    pub(crate) observe: String,
    #[serde(deserialize_with = "json")]
    pub(crate) trips: Value,
}

/// `testlets.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestletsToml {
    #[serde(default)]
    pub(crate) testlet: Vec<TestletToml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestletToml {
    pub(crate) name: Spanned<String>,
    pub(crate) pairs: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) combination: Vec<Spanned<CombinationToml>>,
    #[serde(default)]
    pub(crate) contradiction: Vec<Spanned<ContradictionToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CombinationToml {
    pub(crate) sides: Spanned<Vec<Side>>,
    pub(crate) witness: Option<Spanned<PatchPath>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContradictionToml {
    pub(crate) sides: Spanned<Vec<Side>>,
    #[serde(deserialize_with = "filled")]
    pub(crate) why: String,
}

/// `knowledge/<id>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KnowledgeToml {
    #[serde(deserialize_with = "some_filled")]
    pub(crate) intents: Vec<String>,
    pub(crate) subjects: Vec<Spanned<SubjectText>>,
    #[serde(deserialize_with = "filled")]
    pub(crate) text: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) doubt: String,
    #[serde(deserialize_with = "filled")]
    pub(crate) evidence: String,
    pub(crate) proof: Option<Spanned<ObservationToml>>,
    pub(crate) query: Option<Spanned<QueryToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QueryToml {
    pub(crate) definition: Option<Spanned<SubjectText>>,
    pub(crate) callers: Option<Spanned<SubjectText>>,
    pub(crate) includes: Option<Spanned<SubjectText>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ObservationToml {
    #[serde(deserialize_with = "observe")]
    pub(crate) observe: String,
    #[serde(deserialize_with = "json")]
    pub(crate) equals: Value,
}

/// `checks/<id>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckToml {
    #[serde(deserialize_with = "filled")]
    pub(crate) title: String,
    #[serde(deserialize_with = "observe")]
    pub(crate) observe: String,
    pub(crate) case: Spanned<Vec<CaseToml>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseToml {
    #[serde(deserialize_with = "json")]
    pub(crate) given: Value,
    #[serde(deserialize_with = "json")]
    pub(crate) expect: Value,
}

/// `questions.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionsToml {
    #[serde(default)]
    pub(crate) question: Vec<QuestionToml>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionToml {
    pub(crate) id: Spanned<Name>,
    #[serde(deserialize_with = "filled")]
    pub(crate) text: String,
    #[serde(deserialize_with = "some_filled")]
    pub(crate) choices: Vec<String>,
    pub(crate) answer: Spanned<u32>,
    #[serde(deserialize_with = "filled")]
    pub(crate) why: String,
    pub(crate) proof: ObservationToml,
}
