use crate::fixture::index;
use code_index::{Index, Mention, Mentioned};

fn draw(index: &Index, text: &str, mention: &Mention) -> String {
    let what = match &mention.what {
        Mentioned::File { paths } => paths.join(","),
        Mentioned::Lines { paths, lines, symbol } => {
            let symbol = symbol.and_then(|id| index.get(id)).map_or("", |symbol| &symbol.qualified);
            format!("{}:{}-{} in {symbol}", paths.join(","), lines.0, lines.1)
        }
        Mentioned::Symbols { symbols } => {
            let names = symbols.iter().filter_map(|&id| index.get(id)).map(|symbol| symbol.location());
            names.collect::<Vec<_>>().join(",")
        }
    };
    format!("{:?} {:?} = {what}", &text[mention.span.clone()], mention.form)
}

#[test]
fn what_exists_is_found_in_the_ways_people_write_it() {
    let index = index();
    let table: [(&str, &[&str]); 33] = [
        ("Why is `newest` wrong?", &["\"newest\" Quoted = helpdesk/corpus.py::newest"]),
        ("Why is newest wrong?", &[]),
        ("Why is newest() wrong?", &["\"newest\" Call = helpdesk/corpus.py::newest"]),
        ("see corpus.newest.", &["\"corpus.newest\" Dotted = helpdesk/corpus.py::newest"]),
        (
            "self.flush() fails",
            &["\"self.flush\" Call = helpdesk/corpus.py::Base.flush,helpdesk/corpus.py::Corpus.flush"],
        ),
        ("Corpus.missing is used", &["\"Corpus\" Dotted = helpdesk/corpus.py::Corpus"]),
        ("does the Corpus keep them?", &["\"Corpus\" Cased = helpdesk/corpus.py::Corpus"]),
        ("STOP_WORDS is a set", &["\"STOP_WORDS\" Cased = helpdesk/text.py::STOP_WORDS"]),
        ("the LIMIT is low", &["\"LIMIT\" Cased = helpdesk/corpus.py::LIMIT"]),
        ("I save and build and search the first name", &[]),
        ("flush is called", &[]),
        ("`nothing_here` and other_thing and Some.Thing()", &[]),
        ("in helpdesk/corpus.py it", &["\"helpdesk/corpus.py\" Path = helpdesk/corpus.py"]),
        ("in corpus.py.", &["\"corpus.py\" Path = helpdesk/corpus.py"]),
        ("in other.py", &[]),
        ("corpus.py:61 says", &["\"corpus.py:61\" Path = helpdesk/corpus.py:61-61 in Corpus.search.matches"]),
        ("`corpus.py:61-70`", &["\"corpus.py:61-70\" Path = helpdesk/corpus.py:61-70 in Corpus.search.matches"]),
        ("corpus.py#L61-L62", &["\"corpus.py#L61-L62\" Path = helpdesk/corpus.py:61-62 in Corpus.search.matches"]),
        ("corpus.py:6100", &["\"corpus.py\" Path = helpdesk/corpus.py"]),
        (
            "line 61 of corpus.py",
            &["\"line 61 of corpus.py\" Path = helpdesk/corpus.py:61-61 in Corpus.search.matches"],
        ),
        (
            "lines 61 to 62 in `corpus.py`",
            &["\"lines 61 to 62 in `corpus.py\" Path = helpdesk/corpus.py:61-62 in Corpus.search.matches"],
        ),
        ("corpus.py, line 61", &["\"corpus.py, line 61\" Path = helpdesk/corpus.py:61-61 in Corpus.search.matches"]),
        (
            "File \"helpdesk/corpus.py\", line 87, in newest",
            &["\"helpdesk/corpus.py\\\", line 87\" Path = helpdesk/corpus.py:87-87 in newest"],
        ),
        (
            "corpus.py is odd. I mean line 61.",
            &[
                "\"corpus.py\" Path = helpdesk/corpus.py",
                "\"line 61\" Path = helpdesk/corpus.py:61-61 in Corpus.search.matches",
            ],
        ),
        ("line 61 is odd", &[]),
        (
            "tests/test_corpus.py::test_main fails",
            &["\"tests/test_corpus.py::test_main\" Path = tests/test_corpus.py::test_main"],
        ),
        (
            "test_corpus.py::CorpusTest::test_title",
            &["\"test_corpus.py::CorpusTest::test_title\" Path = tests/test_corpus.py::CorpusTest.test_title"],
        ),
        ("`newest(found, count)`", &["\"newest\" Quoted = helpdesk/corpus.py::newest"]),
        (
            "naïve é `newest` 🦀 `Corpus`",
            &["\"newest\" Quoted = helpdesk/corpus.py::newest", "\"Corpus\" Quoted = helpdesk/corpus.py::Corpus"],
        ),
        ("e.g. this, i.e. that... and so on/off", &[]),
        ("```\nnewest(x)\nsave\n```", &["\"newest\" Call = helpdesk/corpus.py::newest"]),
        ("an open ` quote and Corpus.flush", &["\"Corpus.flush\" Dotted = helpdesk/corpus.py::Corpus.flush"]),
        ("", &[]),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in table {
        let found: Vec<_> = index.mentions(text).iter().map(|mention| draw(&index, text, mention)).collect();
        if found != expected {
            wrong.push(format!("{text:?}\n  expected {expected:?}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_plain_word_counts_if_it_is_no_english_word() {
    let index = Index::build([("bm25.py".to_owned(), "def rrf(): pass\ndef scores(): pass\nhits = 1".into())], 1);
    let text = "does rrf fuse the scores and hits of bm25?";
    let found: Vec<_> = index.mentions(text).iter().map(|mention| draw(&index, text, mention)).collect();
    assert_eq!(found, ["\"rrf\" Plain = bm25.py::rrf", "\"bm25\" Plain = bm25.py"]);
}
