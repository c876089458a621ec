//! What can be said about any Python tree, without a task.

use crate::code::{Code, Mentions, Names};
use crate::facts;
use crate::questions::{self, Kind};
use crate::voice::{self, Content};
use crate::{near, talk, wording, words};
use code_index::{Index, SymbolId};
use domain::chance::Chance;
use domain::event::Origin;
use std::collections::BTreeSet;

/// So many words in quotation marks are copied from somewhere.
const COPIED_WORDS: usize = 3;

/// Answers a question about any indexed Python tree from the index alone; says so where that is not enough. The same
/// index and question give the same words.
pub fn repository_reply(index: &Index, prompt: &str) -> String {
    let names = Names::of(index);
    let code = Code { index, names: &names, texts: None };
    let mut chance = Chance::new(0, &format!("answer {}", words::plain(words::readable(prompt)).join(" ")));
    let content = words::segments(prompt)
        .iter()
        .find_map(|question| fact(&code, question, None))
        .map(|fact| content(&fact, &mut chance))
        .unwrap_or_else(|| otherwise(&code, prompt, &mut chance));
    voice::answer(content, &mut chance).text
}

/// The fact that a question asks for, a bare name included.
pub(crate) fn fact(code: &Code<'_>, question: &str, fallback: Option<SymbolId>) -> Option<facts::Fact> {
    let mentions = code.mentions(question);
    let wish = talk::wishes_for_a_fix(question) || talk::is_about_the_grader(question);
    match questions::kind(question, &mentions) {
        Some(kind) if kind.is_structural() && kind != Kind::Outline => {
            facts::answer(code, kind, question, &mentions, fallback)
        }
        _ if wish => None,
        Some(kind) => facts::answer(code, kind, question, &mentions, fallback).map(|fact| fact.for_question(question)),
        None if mentions.symbols.iter().any(|mention| mention.strong) || !mentions.files.is_empty() => {
            facts::answer(code, Kind::What, question, &mentions, None).map(|fact| fact.for_question(question))
        }
        // A message or a line that was copied: where it stands.
        None if mentions.quoted.iter().any(|text| text.split_whitespace().count() >= COPIED_WORDS) => {
            facts::answer(code, Kind::Occurrences, question, &mentions, None)
        }
        None => None,
    }
}

/// Whether a question asks for nothing but a fact of the index: who calls a name, where it stands, what it is.
pub(crate) fn is_for_the_index(
    code: &Code<'_>,
    question: &str,
    mentions: &Mentions,
    fallback: Option<SymbolId>,
) -> bool {
    match questions::kind(question, mentions) {
        Some(Kind::Overview) => false,
        Some(kind) if kind.is_structural() => facts::answer(code, kind, question, mentions, fallback).is_some(),
        _ => {
            let formal =
                words::stems("signature arguments parameters return docstring class function method module file");
            let names: BTreeSet<String> = mentions
                .symbols
                .iter()
                .filter_map(|mention| code.index.get(*mention.ids.first()?))
                .flat_map(|symbol| words::stems(&symbol.qualified).into_iter().chain(words::stems(&symbol.path)))
                .chain(mentions.files.iter().flat_map(|path| words::stems(path)))
                .chain(
                    mentions.symbols.iter().filter_map(|mention| mention.misplaced.as_deref()).flat_map(words::stems),
                )
                .collect();
            // The number of a line in `path.py:12` is part of the name.
            let is_line = |stem: &String| question.contains(".py:") && stem.parse::<u32>().is_ok();
            let asked: Vec<String> = words::stems(question).into_iter().filter(|stem| !is_line(stem)).collect();
            !names.is_empty() && asked.iter().all(|stem| names.contains(stem) || formal.contains(stem))
        }
    }
}

/// What is said when neither a written answer nor a fact fits.
pub(crate) fn otherwise(code: &Code<'_>, prompt: &str, chance: &mut Chance) -> Content {
    if let Some(words) = talk::small_talk(prompt) {
        return Content::of(words, Origin::Plain {});
    }
    let wishes = words::segments(prompt).iter().any(|question| talk::wishes_for_a_fix(question));
    if wishes && !words::segments(prompt).iter().any(|question| talk::is_about_the_grader(question)) {
        return what_it_can(chance);
    }
    cannot_tell(code, prompt, chance)
}

fn what_it_can(chance: &mut Chance) -> Content {
    const OFFERS: &[&str] = &[
        "I leave finding the cause and making the change to you. I can say what a function does, who calls it, which \
         tests reach it and where a text occurs; name one and what you expect of it, and we compare the two.",
        "The cause is yours to find and the change yours to make. Ask me what a function or file does, who calls it or \
         which tests reach it, and tell me what you expected there instead.",
        "I do not hand out the cause or the change. Tell me which behaviour you expect and where you saw another one, \
         and I go through that function, its callers and its tests with you.",
    ];
    Content::of(voice::pick(OFFERS, chance), Origin::Plain {})
}

/// Says that there is no answer, and what comes nearest or can be asked; not that the repository does not tell, which
/// need not be true.
pub(crate) fn cannot_tell(code: &Code<'_>, prompt: &str, chance: &mut Chance) -> Content {
    const STARTS: &[&str] = &["I have no answer to that.", "I can't answer that.", "I have nothing on that."];
    const CAN_BE_ASKED: &[&str] = &[
        "Ask me what a function or file does, who calls it, which tests reach it, or what happens in a case you have in \
         mind.",
        "I can say what a function or a setting does, where it is used, which tests reach it, and how the parts work \
         together.",
        "Name a function, a file or a setting, and I say what it does, who uses it and what tests it.",
    ];
    let start = voice::pick(STARTS, chance);
    let near: Vec<String> = near::nearest(code, prompt)
        .into_iter()
        .map(|symbol| format!("`{}` in {}", symbol.qualified, code.place(symbol)))
        .collect();
    match near.as_slice() {
        [] => Content::of(format!("{start} {}", voice::pick(CAN_BE_ASKED, chance)), Origin::Plain {}),
        near => Content {
            second: Some((
                match near {
                    [one] => format!("The name that comes nearest is {one}; ask me about it."),
                    near => {
                        format!("The names that come nearest are {}; ask me about one of them.", near.join(" and "))
                    }
                },
                Origin::Index {},
            )),
            ..Content::of(start, Origin::Plain {})
        },
    }
}

/// A fact as the body of an answer.
pub(crate) fn content(fact: &facts::Fact, chance: &mut Chance) -> Content {
    let place = fact.place.clone();
    Content { near: fact.near, place, ..Content::of(wording::joined(&fact.statements, chance), Origin::Index {}) }
}
