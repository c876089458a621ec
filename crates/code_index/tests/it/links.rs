use crate::fixture::{index, text};
use code_index::Index;

/// Byte of the `nth` (from 0) place where `marker` stands in a file; `^` marks the identifier within it.
fn at(path: &str, marker: &str) -> usize {
    let caret = marker.find('^').unwrap_or(0);
    let plain = marker.replace('^', "");
    let found = text(path).find(&plain).unwrap_or_else(|| panic!("{plain:?} in {path}"));
    found + caret
}

fn definitions(index: &Index, path: &str, marker: &str) -> Vec<String> {
    let found = index.definition_at(path, at(path, marker));
    found
        .iter()
        .map(|definition| {
            let name = match definition.symbol.and_then(|id| index.get(id)) {
                Some(symbol) => symbol.location(),
                None => {
                    let line = text(&definition.path).lines().nth(definition.line as usize - 1).unwrap_or_default();
                    format!("{:?} in {}", definition.kind, line.trim())
                }
            };
            format!("{name} {:?}", definition.certainty)
        })
        .collect()
}

#[test]
fn go_to_definition_finds_what_python_would() {
    let index = index();
    let corpus = "helpdesk/corpus.py";
    let app = "helpdesk/app.py";
    let tests = "tests/test_corpus.py";
    let table = [
        (corpus, "return ^clean(", "helpdesk/text.py::normalise Definite"),
        (corpus, "^clean, STOP", "helpdesk/text.py::normalise Definite"),
        (corpus, "import ^normalise", "helpdesk/text.py::normalise Definite"),
        (corpus, "from . import ^text", "helpdesk/text.py Definite"),
        (corpus, "from .^text import", "helpdesk/text.py Definite"),
        (corpus, "size=^LIMIT", "helpdesk/corpus.py::LIMIT Definite"),
        (corpus, "body[:^size]", "Parameter in shorten = lambda body, size=LIMIT: body[:size] Definite"),
        (corpus, "\"^Document\"]", "helpdesk/corpus.py::Document Definite"),
        (corpus, "class Corpus(^Base)", "helpdesk/corpus.py::Base Definite"),
        (corpus, "return self.^flush()", "helpdesk/corpus.py::Base.flush Definite"),
        (corpus, "Optional[^Corpus]", "helpdesk/corpus.py::Corpus Definite"),
        (corpus, "self.backup = ^backup", "Parameter in def __init__(self, folder: str, backup: Optional[Corpus] = None): Definite"),
        (corpus, "self.backup.^flush()", "helpdesk/corpus.py::Corpus.flush Definite"),
        (corpus, "self.first.^title", "helpdesk/corpus.py::Document.title Definite"),
        (corpus, "if ^matches(", "helpdesk/corpus.py::Corpus.search.matches Definite"),
        (corpus, "in ^words)", "Parameter in def search(self, words, *, limit=LIMIT) -> Iterator[Document]: Definite"),
        (corpus, "any(^word in", "Variable in return any(word in document.body for word in words) Definite"),
        (corpus, "newest(found, ^count)", "Variable in if (count := len(found)) > limit: Definite"),
        (corpus, "return ^newest(found", "helpdesk/corpus.py::newest Definite"),
        (corpus, "return ^Corpus(path)", "helpdesk/corpus.py::Corpus Definite"),
        (corpus, "by_name[^name]", "Variable in case Document(name=name, version=version) if version > 0: Definite"),
        (corpus, "by_name[^other] = ", "Variable in case {\"name\": other, **rest}: Definite"),
        (corpus, "= ^rest", "Variable in case {\"name\": other, **rest}: Definite"),
        (corpus, "if ^version > 0", "Variable in case Document(name=name, version=version) if version > 0: Definite"),
        (corpus, "    ^_cache = by_name", "helpdesk/corpus.py::_cache Definite"),
        (corpus, "global ^_cache", "helpdesk/corpus.py::_cache Definite"),
        (corpus, "^os.path.join", "Import in import os.path Definite"),
        (app, "helpdesk.corpus.^newest", "helpdesk/corpus.py::newest Definite"),
        (app, "helpdesk.^corpus.newest", "helpdesk/corpus.py Definite"),
        (app, "    ^latest(hits)", "helpdesk/corpus.py::newest Definite"),
        (app, "= ^Corpus(folder)", "helpdesk/corpus.py::Corpus Definite"),
        (app, "corpus.^save()", "helpdesk/corpus.py::Base.save Definite"),
        (app, "corpus.^search(", "helpdesk/corpus.py::Corpus.search Definite"),
        (app, "search(^tokenize(", "helpdesk/text.py::tokenize Definite"),
        (app, "^limit=3", "Parameter in def search(self, words, *, limit=LIMIT) -> Iterator[Document]: Definite"),
        (app, "t.^normalise", "helpdesk/text.py::normalise Definite"),
        (app, "other.^flush()", "helpdesk/corpus.py::Corpus.flush Definite"),
        (app, "return ^step", "Variable in step = 1 Definite"),
        (app, "self.^total += ", "helpdesk/app.py::Counter.total Definite"),
        (app, "[^total for", "Variable in return [total for total in [self.total]] Definite"),
        (tests, "module.^newest([]) ==", "helpdesk/corpus.py::newest Definite"),
        ("helpdesk/text.py", "(text: str) -> ^Words", "helpdesk/text.py::Words Definite"),
        ("helpdesk/text.py", "url: ^T)", "TypeAlias in async def fetch[T: str](url: T) -> T: Definite"),
    ];
    let mut wrong = Vec::new();
    for (path, marker, expected) in table {
        let found = definitions(&index, path, marker);
        if found.first().map(String::as_str) != Some(expected) {
            wrong.push(format!("{marker} in {path}\n  expected {expected}\n  found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
