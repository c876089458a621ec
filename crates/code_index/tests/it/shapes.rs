use code_index::shape::{similarity, statements};

#[test]
fn a_statement_keeps_names_that_are_not_local() {
    let table: [(&str, &[&str]); 12] = [
        ("best = max(rows, key=rank)", &["$1 = max ( $2 , key = $3 )"]),
        ("self.rows.sort(reverse=True)", &["self . rows . sort ( reverse = True )"]),
        ("    if not hits: return None", &["if not $1 :", "return None"]),
        ("a = 1; b = a", &["$1 = 1", "$1 = $2"]),
        ("x: dict[str, int] = {}", &["$1 = { }"]),
        ("# nothing\n'''words'''\n", &[]),
        ("f(\n  a,  # first\n  b,\n)\ng()", &["f ( $1 , $2 , )", "g ( )"]),
        ("else:\n", &["else :"]),
        ("def top(rows, size=5):", &["def $1 ( $2 , $3 = 5 ) :"]),
        ("from a import b as c", &["from a import b as c"]),
        ("total = sum(\nreturn total", &["$1 = sum (", "return $1"]),
        ("pick = lambda row: row.size", &["$1 = lambda $2 : $2 . size"]),
    ];
    for (text, expected) in table {
        let found: Vec<_> = statements(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

const PATTERN: &str = "ranked = sorted(hits, key=lambda h: h.score)\nreturn ranked[:limit]";

#[test]
fn a_pattern_occurs_whatever_its_locals_are_called() {
    let table = [
        ("the same", PATTERN, 1.0, 1.0),
        ("renamed", "out = sorted(docs, key=lambda d: d.score)\nreturn out[:n]", 1.0, 1.0),
        (
            "indented, with other code between",
            "    x = load()\n    out = sorted(\n        docs, key=lambda d: d.score)  # best\n    log(x)\n    return out[:n]\n",
            1.0,
            1.0,
        ),
        ("the other way round", "return out[:n]\nout = sorted(docs, key=lambda d: d.score)", 0.5, 0.8),
        ("one statement of two", "out = sorted(docs, key=lambda d: d.score)", 0.5, 0.8),
        ("a near match", "out = sorted(docs, key=lambda d: d.score, reverse=True)\nreturn out[:n]", 0.7, 0.99),
        ("another attribute", "out = sorted(docs, key=lambda d: d.age)\nreturn out[:n]", 0.5, 0.99),
        ("something else", "import os\nfor row in rows:\n    print(row)\n", 0.0, 0.1),
        ("nothing", "", 0.0, 0.0),
    ];
    for (name, added, low, high) in table {
        let found = similarity(PATTERN, added);
        assert!((low..=high).contains(&found), "{name}: {found}");
    }
    assert_eq!(similarity("# only a comment", PATTERN), 0.0);
}

#[test]
fn numbers_and_texts_matter() {
    assert_eq!(similarity("K = 60", "K = 60"), 1.0);
    assert!(similarity("K = 60", "K = 10") < 1.0);
    assert_eq!(similarity("x = 'a'", "y = \"a\""), 1.0);
    assert_eq!(similarity("n = 1_000", "n = 1000"), 1.0);
}
