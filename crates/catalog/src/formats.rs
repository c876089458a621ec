//! The small texts that the files are made of, checked while they are read. Messages say what is
//! wrong and, behind `; `, how to mend it.

use domain::ids::{CommitId, RepoPath};
use domain::task::Subject;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A commit id: forty lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sha(pub(crate) CommitId);

impl<'de> Deserialize<'de> for Sha {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_sha(&text) {
            Ok(Self(CommitId(text)))
        } else {
            Err(D::Error::custom("this is no commit id; write the forty lower-case hexadecimal digits that git shows"))
        }
    }
}

/// Whether a text is a whole commit id.
pub(crate) fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The name of a folder or file: short, lower-case, fit for a git ref and a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(pub(crate) String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_name(&text) { Ok(Self(text)) } else { Err(D::Error::custom(format!("`{text}` is no name; {NAME_RULE}"))) }
    }
}

/// What a name may be.
pub(crate) const NAME_RULE: &str = "use 1 to 64 lower-case letters, digits and underscores, a letter first";

/// Whether a text is a name.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// A patch file inside the folder it is named in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatchPath(pub(crate) RepoPath);

impl<'de> Deserialize<'de> for PatchPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let path = RepoPath::parse(&String::deserialize(deserializer)?)
            .map_err(|error| D::Error::custom(format!("{error}; write the path of a patch in this folder")))?;
        if path.as_str().ends_with(".patch") {
            Ok(Self(path))
        } else {
            Err(D::Error::custom(format!("`{path}` is no patch; name a file that ends in .patch")))
        }
    }
}

/// `path` or `path::symbol`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubjectText(pub(crate) Subject);

impl<'de> Deserialize<'de> for SubjectText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (path, symbol) = text.split_once("::").map_or((text.as_str(), None), |(path, symbol)| (path, Some(symbol)));
        if symbol.is_some_and(|symbol| symbol.trim().is_empty() || symbol.contains("::")) {
            return Err(D::Error::custom(format!("`{text}` is no subject; write path or path::symbol")));
        }
        let path =
            RepoPath::parse(path).map_err(|error| D::Error::custom(format!("{error}; write path or path::symbol")))?;
        Ok(Self(Subject { path, symbol: symbol.map(str::to_owned) }))
    }
}

/// A text that says something.
pub(crate) fn filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() { Err(D::Error::custom("the text is empty; write it")) } else { Ok(text) }
}

/// A text that is not empty, where there is one.
pub(crate) fn filled_if_any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    filled(deserializer).map(Some)
}

/// A list of texts with at least one, none of them empty.
pub(crate) fn some_filled<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    if texts.is_empty() || texts.iter().any(|text| text.trim().is_empty()) {
        return Err(D::Error::custom("the list or a text in it is empty; write at least one text and no empty one"));
    }
    Ok(texts)
}

/// The command of the visible tests, word by word.
pub(crate) fn pytest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let words = some_filled(deserializer)?;
    if words.first().is_some_and(|program| program == "pytest") {
        Ok(words)
    } else {
        Err(D::Error::custom("the visible tests are run by pytest; write it as the first word, options behind it"))
    }
}

/// Groups of fragments, none of them empty.
pub(crate) fn groups<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<String>>, D::Error> {
    let groups = Vec::<Vec<String>>::deserialize(deserializer)?;
    if groups.iter().any(|group| group.is_empty() || group.iter().any(|text| text.trim().is_empty())) {
        return Err(D::Error::custom(
            "a group or a fragment in it is empty; an empty fragment matches every text, remove it",
        ));
    }
    Ok(groups)
}

/// A value that JSON can say, since observations come as JSON.
pub(crate) fn json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(deserializer)?;
    if is_json(&value) {
        Ok(value)
    } else {
        Err(D::Error::custom("a date or a number that is none has no form in JSON; write it as text"))
    }
}

/// TOML's dates arrive as tables with a private key, its `nan` and `inf` as null.
fn is_json(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(values) => values.iter().all(is_json),
        Value::Object(fields) => {
            fields.iter().all(|(name, value)| !name.starts_with("$__toml_private") && is_json(value))
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Python that defines `observe`.
pub(crate) fn observe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.lines().any(|line| line.starts_with("def observe(")) {
        Ok(text)
    } else {
        Err(D::Error::custom(
            "the Python does not define observe; start a line with `def observe(`, without indentation",
        ))
    }
}
