//! What pages read of a session: files, search, names, history. Reading changes nothing but the log of views.

use crate::{Engine, Error, Session};
use code_index::position::LineIndex;
use code_index::{Certainty, OutlineItem, Symbol};
use domain::Command;
use domain::event::{Edited, Fact};
use domain::ids::RepoPath;
use domain::session::Workspace;
use serde::Serialize;
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Lines a search gives at most.
const MAX_HITS: usize = 500;
/// Characters of a line that are shown with a hit.
const LINE_CHARS: usize = 240;
/// Uses of a name that are given at most.
const MAX_USES: usize = 1_000;
/// Symbols a name search gives at most.
const MAX_SYMBOLS: usize = 100;

/// A line that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchHit {
    /// The file.
    pub path: RepoPath,
    /// The line, from 1.
    pub line: u32,
    /// First matching UTF-16 unit of the line, from 0.
    pub column: u32,
    /// The line's text, shortened.
    pub text: String,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SearchHits {
    /// Matching lines.
    pub hits: Vec<SearchHit>,
    /// There are more than are given.
    pub truncated: bool,
}

/// Where a name is defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// The file.
    pub path: RepoPath,
    /// The line, from 1.
    pub line: u32,
    /// UTF-16 unit of the line, from 0.
    pub column: u32,
    /// The name.
    pub name: String,
    /// The name within its module.
    pub qualified: String,
    /// module, class, function, method, …
    pub kind: String,
    /// The line that introduces it.
    pub signature: String,
}

/// Where a name is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UseOfSymbol {
    /// The file.
    pub path: RepoPath,
    /// The line, from 1.
    pub line: u32,
    /// UTF-16 unit of the line, from 0.
    pub column: u32,
    /// The line's text, shortened.
    pub text: String,
    /// Scopes and imports lead here; otherwise only the name fits.
    pub certain: bool,
}

/// An entry of a file's outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutlineNode {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// What stands inside it.
    #[schema(no_recursion)]
    pub children: Vec<OutlineNode>,
}

impl Session {
    /// A file's text and version.
    pub fn file(&self, path: &RepoPath) -> Result<(String, u32), Error> {
        self.with(|state, _| {
            let workspace = state.workspace();
            workspace.text(path).zip(workspace.version(path)).ok_or_else(|| Error::UnknownFile(path.to_string()))
        })
    }

    /// Changes of a file after a version: what an editor rebases on.
    pub async fn edits_after(&self, engine: &Engine, path: &RepoPath, version: u32) -> Result<Vec<Edited>, Error> {
        let mut edits = Vec::new();
        for event in self.events(engine).await? {
            match event.fact {
                Fact::Edited(edited) if edited.path == *path => edits.push(edited),
                // The file began anew.
                Fact::FileCreated { path: new, .. } | Fact::FileRenamed { to: new, .. } if new == *path => {
                    edits.clear()
                }
                _ => {}
            }
        }
        edits.retain(|edited| edited.version > version);
        Ok(edits)
    }

    /// Searches the text of all files; a candidate's search is noted where that was agreed to.
    pub async fn search(&self, query: &str, match_case: bool, by_candidate: bool) -> Result<SearchHits, Error> {
        let found = {
            let (workspace, query) = (self.workspace(), query.to_owned());
            apart(move || {
                let files = workspace.files();
                let all = files.iter().flat_map(|(path, text)| matches(path, text, &query, match_case));
                all.take(MAX_HITS + 1).collect::<Vec<_>>()
            })
            .await?
        };
        let truncated = found.len() > MAX_HITS;
        let hits: Vec<SearchHit> = found.into_iter().take(MAX_HITS).collect();
        if by_candidate {
            let noted = Command::Search { query: query.to_owned(), hits: hits.len() as u32 };
            match self.command(noted).await {
                // Before the start and after the end one may search; it is not part of the work.
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(SearchHits { hits, truncated })
    }

    /// A file's outline.
    pub fn outline(&self, path: &RepoPath) -> Result<Vec<OutlineNode>, Error> {
        self.file(path)?;
        Ok(self.index().outline(path.as_str()).into_iter().map(node).collect())
    }

    /// Where the name at a UTF-16 offset of a file is defined, best first.
    pub fn definition(&self, path: &RepoPath, offset: usize) -> Result<Vec<Place>, Error> {
        let (text, _) = self.file(path)?;
        let index = self.index();
        let byte = LineIndex::new(&text).to_byte(offset);
        let found = index.definition_at(path.as_str(), byte);
        let places = found.into_iter().filter_map(|definition| {
            let symbol = definition.symbol.and_then(|id| index.get(id));
            let target = RepoPath::parse(&definition.path).ok()?;
            let (text, _) = self.file(&target).ok()?;
            let name = text.get(definition.selection.clone()).unwrap_or_default().to_owned();
            Some(Place {
                line: definition.line,
                column: LineIndex::new(&text).line_column(definition.selection.start).column,
                qualified: symbol.map_or_else(|| name.clone(), |symbol| symbol.qualified.to_string()),
                kind: kind_name(definition.kind),
                signature: symbol.map(|symbol| symbol.signature.to_string()).unwrap_or_default(),
                name,
                path: target,
            })
        });
        Ok(places.collect())
    }

    /// Where the name at a UTF-16 offset of a file is used.
    pub fn references(&self, path: &RepoPath, offset: usize) -> Result<Vec<UseOfSymbol>, Error> {
        let (text, _) = self.file(path)?;
        let index = self.index();
        let byte = LineIndex::new(&text).to_byte(offset);
        let symbol = index.definition_at(path.as_str(), byte).into_iter().find_map(|definition| definition.symbol);
        let Some(symbol) = symbol else { return Ok(Vec::new()) };
        let mut texts: BTreeMap<RepoPath, Option<(String, LineIndex)>> = BTreeMap::new();
        let mut uses = Vec::new();
        for reference in index.references(symbol).into_iter().take(MAX_USES) {
            let Ok(path) = RepoPath::parse(&reference.path) else { continue };
            let known = texts.entry(path.clone()).or_insert_with(|| {
                let (text, _) = self.file(&path).ok()?;
                let lines = LineIndex::new(&text);
                Some((text, lines))
            });
            let Some((text, lines)) = known else { continue };
            uses.push(UseOfSymbol {
                line: reference.line,
                column: lines.line_column(reference.span.start).column,
                text: line_at(text, reference.span.start),
                certain: reference.certainty == Certainty::Definite,
                path,
            });
        }
        Ok(uses)
    }

    /// Symbols whose name contains a text, nearest match first.
    pub fn symbols(&self, part: &str) -> Vec<Place> {
        let index = self.index();
        let part = part.to_lowercase();
        let mut found: Vec<&Symbol> =
            index.symbols().filter(|symbol| symbol.qualified.to_lowercase().contains(&part)).collect();
        found.sort_by_key(|symbol| {
            let name = symbol.name.to_lowercase();
            (name != part, !name.starts_with(&part), symbol.qualified.len(), symbol.location())
        });
        found.into_iter().take(MAX_SYMBOLS).filter_map(|symbol| self.place(symbol)).collect()
    }

    fn place(&self, symbol: &Symbol) -> Option<Place> {
        let path = RepoPath::parse(&symbol.path).ok()?;
        let (text, _) = self.file(&path).ok()?;
        let place = LineIndex::new(&text).line_column(symbol.selection.start);
        Some(Place {
            line: place.line,
            column: place.column,
            name: symbol.name.to_string(),
            qualified: symbol.qualified.to_string(),
            kind: kind_name(symbol.kind),
            signature: symbol.signature.to_string(),
            path,
        })
    }

    /// What the session changed, as a unified diff against the base revision.
    pub async fn changes(&self) -> Result<String, Error> {
        let (task, workspace) = (Arc::clone(self.task()), self.workspace());
        apart(move || {
            let paths: BTreeSet<&RepoPath> = task.base.keys().chain(workspace.paths()).collect();
            let differing = paths.into_iter().filter_map(|path| {
                let (old, new) = (task.base.get(path), workspace.text(path));
                (old.map(AsRef::as_ref) != new.as_deref()).then(|| diff(path, old.map(AsRef::as_ref), new.as_deref()))
            });
            differing.collect()
        })
        .await
    }

    /// The files as they stand, for work that takes its time: the texts are shared, not copied.
    fn workspace(&self) -> Workspace {
        self.with(|state, _| state.workspace().clone())
    }
}

/// Works away from the threads that serve.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Lost(error.to_string()))
}

/// The line that a byte stands in, trimmed and shortened.
fn line_at(text: &str, byte: usize) -> String {
    let byte = text.floor_char_boundary(byte);
    let start = text[..byte].rfind('\n').map_or(0, |at| at + 1);
    let end = text[byte..].find('\n').map_or(text.len(), |at| byte + at);
    text[start..end].trim().chars().take(LINE_CHARS).collect()
}

fn diff(path: &RepoPath, old: Option<&str>, new: Option<&str>) -> String {
    let name = |side: char, text: Option<&str>| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let text = TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default());
    let body = text.unified_diff().context_radius(3).header(&name('a', old), &name('b', new)).to_string();
    format!("diff --git a/{path} b/{path}\n{body}")
}

fn matches<'a>(
    path: &'a RepoPath,
    text: &'a str,
    query: &'a str,
    match_case: bool,
) -> impl Iterator<Item = SearchHit> + 'a {
    let needle = if match_case { query.to_owned() } else { query.to_lowercase() };
    text.lines().enumerate().filter(|_| !query.is_empty()).filter_map(move |(number, line)| {
        let byte = if match_case { line.find(&needle) } else { line.to_lowercase().find(&needle) }?;
        // Lower-casing can change lengths; a column beside the match is better than none.
        let before = line.get(..byte).unwrap_or_default();
        Some(SearchHit {
            path: path.clone(),
            line: number as u32 + 1,
            column: before.encode_utf16().count() as u32,
            text: line.chars().take(LINE_CHARS).collect(),
        })
    })
}

fn node(item: OutlineItem) -> OutlineNode {
    OutlineNode {
        name: item.name.to_string(),
        kind: kind_name(item.kind),
        line: item.lines.0,
        end_line: item.lines.1,
        children: item.children.into_iter().map(node).collect(),
    }
}

fn kind_name(kind: code_index::SymbolKind) -> String {
    format!("{kind:?}").to_lowercase()
}
