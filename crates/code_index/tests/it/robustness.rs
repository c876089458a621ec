use crate::fixture::{FILES, files};
use code_index::{FileIndex, Index, has_syntax_error, shape};
use proptest::prelude::*;

fn names(text: &str) -> Vec<String> {
    let index = Index::build([("m.py".to_owned(), text.into())], 1);
    index.symbols().skip(1).map(|symbol| format!("{:?} {}", symbol.kind, symbol.qualified)).collect()
}

/// Asks everything of an index that can be asked.
fn ask_everything(index: &Index, path: &str, text: &str) {
    for byte in (0..text.len() + 2).step_by(7) {
        index.definition_at(path, byte);
        index.enclosing(path, byte);
    }
    for symbol in index.symbols().take(40) {
        assert!(symbol.span.start <= symbol.span.end && symbol.lines.0 <= symbol.lines.1);
        index.references(symbol.id);
        index.callers(symbol.id);
        index.callees(symbol.id);
        index.covering_tests(symbol.id);
    }
    index.mentions(text);
    index.outline(path);
    index.syntax_errors(path);
    shape::similarity(text, text);
}

#[test]
fn syntax_errors_are_counted_and_located() {
    let table = [
        ("def f(:\n  pass\n", Some(1)),
        ("x = 1\ny = (\n", Some(2)),
        ("class A\n  pass\n", Some(1)),
        ("x = 1\n", None),
        ("", None),
        ("match x:\n    case [1, *rest]:\n        pass\n", None),
        ("print = match = type = 1\nprint(match, type)\n", None),
        ("with (open('a') as a, open('b') as b):\n    pass\n", None),
        ("try:\n    pass\nexcept* ValueError as error:\n    raise\n", None),
        ("def f(a, /, b, *, c): ...\n", None),
        ("x = f'{a!r:>{width}} {b[\"c\"]}'\n", None),
        ("async def f():\n    async for x in y:\n        await x\n", None),
    ];
    for (text, line) in table {
        let file = FileIndex::parse(text);
        assert_eq!(file.syntax_errors().first().map(|error| error.line), line, "{text:?}");
        assert_eq!(has_syntax_error(text), line.is_some(), "{text:?}");
    }
}

#[test]
fn unusual_python_still_shows_its_symbols() {
    let table: [(&str, &[&str]); 14] = [
        ("", &[]),
        ("\u{feff}def f():\r\n\tpass\r\n", &["Function f"]),
        ("def f[T = int](x: T) -> T:\n    return x\n\ndef g(): pass\n", &["Function f", "Function g"]),
        ("class A[T, *Ts, **P = [int]](B):\n    x: T\n", &["Class A", "Attribute A.x"]),
        ("type X[T] = list[T]\n", &["TypeAlias X"]),
        ("async def f():\n    pass\n", &["Function f"]),
        ("if a:\n    def f(): pass\nelse:\n    f = None\n", &["Function f"]),
        (
            "class A:\n    f = lambda self: 1\n    class B:\n        C = 1\n",
            &["Class A", "Method A.f", "Class A.B", "Constant A.B.C"],
        ),
        ("a = b = c()\n(d, e), *f = g\n", &["Variable a", "Variable b", "Variable d", "Variable e", "Variable f"]),
        ("def f():\n    global x\n    x = 1\n", &["Function f", "Variable x"]),
        (
            "class A:\n    def f(this, x):\n        this.y = x\n        x.z = 1\n",
            &["Class A", "Method A.f", "Attribute A.y"],
        ),
        ("if (n := 10) > 5: pass\nfor i in []: pass\n", &[]),
        ("def broken(:\n    pass\n\ndef whole(): pass\n", &["Function whole"]),
        ("def \u{e9}t\u{e9}(): pass\n", &["Function \u{e9}t\u{e9}"]),
    ];
    for (text, expected) in table {
        let found = names(text);
        for name in expected {
            assert!(found.iter().any(|known| known == name), "{text:?}: no {name} in {found:?}");
        }
        if !has_syntax_error(text) {
            assert_eq!(found, expected, "{text:?}");
        }
    }
}

#[test]
fn code_nested_very_deep_is_read_on_a_small_stack() {
    let deep = 20_000;
    let texts = [
        format!("x = {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("x = {}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("x = {}", "-".repeat(deep)),
        format!("x = a{}", ".b".repeat(deep)),
        format!("x = a{}", "()".repeat(deep)),
        format!("x = {}1", "lambda: ".repeat(2000)),
        "(".repeat(deep),
        (0..300).map(|depth| format!("{}def f{depth}():\n", " ".repeat(depth))).collect::<String>()
            + &" ".repeat(301)
            + "pass\n",
        (0..300).map(|depth| format!("{}if x:\n", "\t".repeat(depth))).collect(),
    ];
    let read = move || {
        for text in &texts {
            let index = Index::build([("m.py".to_owned(), text.as_str().into())], 1);
            index.outline("m.py");
            index.definition_at("m.py", text.len() - 1);
            shape::statements(text);
        }
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(read).expect("a thread").join().expect("no overflow");
}

#[test]
fn cycles_of_imports_and_bases_end() {
    let files = [
        ("a.py", "from b import *\nfrom b import x\nclass A(B): pass\ny = x\n"),
        (
            "b.py",
            "from a import *\nfrom a import y as x\nclass B(A):\n    def f(self): return self.g() + super().f()\n",
        ),
        ("p/__init__.py", "from . import q\nfrom .q import p\n"),
        ("p/q.py", "from . import p\nfrom p import q\nself = self.self\nz = z.z.z()\n"),
    ];
    let index = Index::build(files.map(|(path, text)| (path.to_owned(), text.into())), 2);
    for (path, text) in files {
        ask_everything(&index, path, text);
    }
}

#[test]
fn long_files_are_read_whole() {
    let text: String = (0..4000).map(|n| format!("def f{n}(a):\n    return a + {n}\n\n")).collect();
    let index = Index::build([("m.py".to_owned(), text.into())], 1);
    assert_eq!(index.stats().symbols, 4001);
    assert_eq!(index.symbol("f3999")[0].lines, (11998, 11999));
}

#[test]
fn a_text_far_too_long_is_one_syntax_error() {
    let file = FileIndex::parse(&" ".repeat((16 << 20) + 1));
    assert_eq!((file.syntax_error_count(), file.byte_len()), (1, (16 << 20) + 1));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let draw = |index: Index| index.symbols().map(|symbol| format!("{symbol:?}")).collect::<Vec<_>>();
    let one = draw(Index::build(files(), 0));
    assert_eq!(one, draw(Index::build(files(), 3)));
    assert_eq!(one, draw(Index::build(files().into_iter().rev(), 100)));
}

/// A text of the fixture in which pieces were cut out, doubled or replaced.
fn mutated() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        Just(String::new()),
        Just("def f[T = int](".to_owned()),
        Just("class A(\n".to_owned()),
        Just("\n        ".to_owned()),
        Just("'''".to_owned()),
        Just("f'{".to_owned()),
        Just("lambda: ".to_owned()),
        Just("match x:\n case ".to_owned()),
        "[a-z(\\[{:=.,@*\n\t \r'\"\u{1f980}\u{301}]{1,8}",
    ];
    let change = (any::<prop::sample::Index>(), 0..40_usize, pieces);
    (0..FILES.len(), prop::collection::vec(change, 1..6)).prop_map(|(file, changes)| {
        let mut text: Vec<char> = FILES[file].1.chars().collect();
        for (at, cut, piece) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + cut).min(text.len());
            text.splice(at..end, piece.chars());
        }
        text.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_python_is_never_too_much(text in mutated()) {
        let index = Index::build(files(), 1).with_file("helpdesk/corpus.py", &text);
        ask_everything(&index, "helpdesk/corpus.py", &text);
    }

    #[test]
    fn any_text_can_be_read(text in "\\PC{0,200}|[\\x00-\\x7f]{0,200}") {
        let index = Index::build(files(), 1).with_file("any.py", &text);
        ask_everything(&index, "any.py", &text);
        index.symbol(&text);
    }

    #[test]
    fn occurrences_lie_within_the_text(text in mutated()) {
        let index = Index::build([("m.py".to_owned(), text.as_str().into())], 1);
        for symbol in index.symbols() {
            prop_assert!(text.get(symbol.span.clone()).is_some());
            let name = text.get(symbol.selection.clone());
            prop_assert!(symbol.parent.is_none() || name == Some(&*symbol.name));
        }
    }
}
