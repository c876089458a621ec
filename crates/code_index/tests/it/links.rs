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
        (
            corpus,
            "self.backup = ^backup",
            "Parameter in def __init__(self, folder: str, backup: Optional[Corpus] = None): Definite",
        ),
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

fn id(index: &Index, name: &str) -> code_index::SymbolId {
    index.symbol(name).first().unwrap_or_else(|| panic!("no {name}")).id
}

fn location(index: &Index, id: code_index::SymbolId) -> String {
    index.get(id).expect("a symbol of this index").location()
}

#[test]
fn references_follow_imports_aliases_and_types() {
    let index = index();
    let mut out = String::new();
    for name in ["newest", "normalise", "Corpus.flush", "Base.flush", "Document.title", "LIMIT", "helpdesk.corpus"] {
        out.push_str(&format!("{name}\n"));
        for found in index.references(id(&index, name)) {
            let line = text(&found.path).lines().nth(found.line as usize - 1).unwrap_or_default();
            let enclosing = location(&index, found.enclosing);
            out.push_str(&format!("  {enclosing} {:?} {:?} | {}\n", found.usage, found.certainty, line.trim()));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_reference_covers_the_name_as_it_is_written_there() {
    let index = index();
    let written: Vec<_> =
        index.references(id(&index, "newest")).into_iter().map(|found| &text(&found.path)[found.span]).collect();
    assert_eq!(written, ["newest", "latest", "latest", "latest", "newest", "newest", "newest", "newest"]);
}

#[test]
fn callers_name_the_function_that_calls() {
    let index = index();
    let table: [(&str, &[&str]); 5] = [
        ("tokenize", &["helpdesk/app.py::main", "helpdesk/text.py::normalise"]),
        (
            "Corpus.__init__",
            &["helpdesk/app.py::main", "helpdesk/corpus.py::Corpus.build", "tests/conftest.py::corpus"],
        ),
        ("Base.save", &["helpdesk/app.py::main"]),
        ("Corpus.search.matches", &["helpdesk/corpus.py::Corpus.search"]),
        ("Document.title", &["helpdesk/corpus.py::Corpus.flush", "tests/test_corpus.py::CorpusTest.test_title"]),
    ];
    for (name, expected) in table {
        let callers: Vec<_> =
            index.callers(id(&index, name)).iter().map(|site| location(&index, site.caller)).collect();
        assert_eq!(callers, expected, "{name}");
    }
}

#[test]
fn callees_are_given_as_written_and_as_found() {
    let index = index();
    let describe = |name: &str| {
        let callees = index.callees(id(&index, name));
        let line = |callee: &code_index::Callee| {
            let found: Vec<_> = callee.symbols.iter().map(|&id| location(&index, id)).collect();
            format!("{} {:?} {}", callee.name, callee.certainty, found.join(", "))
        };
        format!("{name}\n  {}", callees.iter().map(line).collect::<Vec<_>>().join("\n  "))
    };
    insta::assert_snapshot!(["helpdesk.app.main", "Corpus.flush", "Corpus.search"].map(describe).join("\n"));
}

#[test]
fn covering_tests_come_nearest_first() {
    let index = index();
    let table: [(&str, &[&str]); 5] = [
        ("newest", &["test_newest_keeps_the_last", "test_search", "test_main"]),
        ("Corpus.search", &["test_search", "test_main"]),
        ("tokenize", &["test_main", "CorpusTest.test_title"]),
        ("Document", &["test_newest_keeps_the_last", "CorpusTest.test_title", "test_search", "test_main"]),
        ("_private", &[]),
    ];
    for (name, expected) in table {
        let tests: Vec<_> = index.covering_tests(id(&index, name)).iter().map(|test| &*test.qualified).collect();
        assert_eq!(tests, expected, "{name}");
    }
}

#[test]
fn a_fixture_stands_behind_the_parameter_of_a_test() {
    let found = definitions(&index(), "tests/test_corpus.py", "list(^corpus.search");
    assert_eq!(found, ["Parameter in def test_search(corpus): Definite", "tests/conftest.py::corpus Definite"]);
}

#[test]
fn symbols_are_found_by_every_way_to_write_them() {
    let index = index();
    let table: [(&str, &[&str]); 14] = [
        ("newest", &["helpdesk/corpus.py::newest"]),
        ("newest()", &["helpdesk/corpus.py::newest"]),
        ("`corpus.newest`", &["helpdesk/corpus.py::newest"]),
        ("helpdesk.corpus.newest", &["helpdesk/corpus.py::newest"]),
        ("Corpus.flush", &["helpdesk/corpus.py::Corpus.flush"]),
        ("helpdesk/corpus.py::Corpus.flush", &["helpdesk/corpus.py::Corpus.flush"]),
        ("corpus.py::Corpus::flush", &["helpdesk/corpus.py::Corpus.flush"]),
        ("flush", &["helpdesk/corpus.py::Base.flush", "helpdesk/corpus.py::Corpus.flush"]),
        ("NEWEST", &["helpdesk/corpus.py::newest"]),
        ("corpus.py", &["helpdesk/corpus.py"]),
        ("helpdesk.corpus", &["helpdesk/corpus.py"]),
        ("Corpus", &["helpdesk/corpus.py::Corpus"]),
        ("Other.newest", &[]),
        ("", &[]),
    ];
    for (name, expected) in table {
        let found: Vec<_> = index.symbol(name).iter().map(|symbol| symbol.location()).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_changed_file_changes_what_is_found_and_nothing_else() {
    let before = index();
    let changed = format!("# moved down\n{}", text("helpdesk/corpus.py"));
    let after = before.with_file("helpdesk/corpus.py", &changed);
    let lines = |index: &Index| index.symbol("newest")[0].lines;
    assert_eq!(lines(&after).0, lines(&before).0 + 1);
    assert_eq!(after.references(id(&after, "newest")).len(), before.references(id(&before, "newest")).len());
    let without = after.without_file("helpdesk/corpus.py");
    assert!(without.symbol("newest").is_empty());
    assert_eq!(without.files().count(), before.files().count() - 1);
    let added = without.with_file("new.py", "def newest(): pass\n");
    assert_eq!(added.symbol("newest")[0].location(), "new.py::newest");
}

#[test]
fn the_symbol_around_a_place_is_the_innermost() {
    let index = index();
    let path = "helpdesk/corpus.py";
    let around = |marker: &str| index.enclosing(path, at(path, marker)).map(|symbol| symbol.qualified.to_string());
    assert_eq!(around("word in document.body").as_deref(), Some("Corpus.search.matches"));
    assert_eq!(around("@dataclasses").as_deref(), Some("Document"));
    assert_eq!(around("import os").as_deref(), Some("helpdesk.corpus"));
    let line = |line| index.enclosing_line(path, line).map(|symbol| symbol.qualified.to_string());
    assert_eq!(
        [line(61), line(1), line(0), line(5000)].map(|name| name.unwrap_or_default()),
        ["Corpus.search.matches", "helpdesk.corpus", "", ""]
    );
    assert_eq!(index.enclosing("nowhere.py", 0), None);
}
