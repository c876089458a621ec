//! Whether whole answers, as candidates get them in sessions, tell those that show a claim pair from the others: with
//! their openings, places and remarks, and with asides where they come.

use super::candidates::prompts;
use super::style::{Sample, Tell, tell};
use crate::Material;
use assistant::{Ask, Reply, Turn};
use domain::cards::dose;
use domain::event::{Origin, Source};
use domain::plan::Plan;
use std::collections::BTreeSet;

/// Prompts of one session.
const PROMPTS: usize = 20;

/// What words of an answer rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Pair,
    /// Knowledge, or what the reporter said.
    Written,
    Index,
}

/// An answer as it was delivered.
struct Answer {
    kind: Kind,
    /// The words of its body, which other answers may share.
    body: String,
    text: String,
}

/// What candidates of one task were told.
struct Told {
    answers: Vec<Answer>,
    sentences: BTreeSet<(Kind, String)>,
}

/// How well the answers that candidates of these tasks get can be told apart; nothing, of fewer than two tasks.
pub fn delivered(materials: &[Material]) -> Vec<Tell> {
    if materials.len() < 2 {
        return Vec::new();
    }
    let told: Vec<Told> = materials.iter().map(told).collect();
    let answers = |wanted: &dyn Fn(Kind) -> bool| -> Vec<Sample> {
        let numbered = told.iter().enumerate();
        let answers = numbered.flat_map(|(fold, told)| told.answers.iter().map(move |answer| (fold, answer)));
        let wanted = answers.filter(|(_, answer)| wanted(answer.kind));
        wanted.map(|(fold, a)| Sample::new(fold, a.kind == Kind::Pair, &a.text).saying(&a.body)).collect()
    };
    let sentences: Vec<Sample> = told
        .iter()
        .enumerate()
        .flat_map(|(fold, told)| told.sentences.iter().map(move |(kind, text)| (fold, *kind, text)))
        .filter(|(_, kind, _)| *kind != Kind::Written)
        .map(|(fold, kind, text)| Sample::new(fold, kind == Kind::Pair, text))
        .collect();
    let tasks = told.len();
    vec![
        tell("answers that show a pair from all others", ("pairs", "others"), &answers(&|_| true), tasks),
        tell(
            "answers that show a pair from those of the index",
            ("pairs", "index"),
            &answers(&|kind| kind != Kind::Written),
            tasks,
        ),
        tell("sentences of pairs from those of the index", ("pairs", "index"), &sentences, tasks),
    ]
}

/// Lets candidates ask, one session after the other.
fn told(material: &Material) -> Told {
    let mut told = Told { answers: Vec::new(), sentences: BTreeSet::new() };
    let (key, most) = (&material.task.key, dose(material.task.brief.minutes).most);
    for (seed, prompts) in (0..).zip(prompts(material).chunks(PROMPTS)) {
        // A task without a plan was refused when it was read.
        let Ok(plan) = Plan::draw(key, seed) else { return told };
        let mut history: Vec<Turn> = Vec::new();
        for text in prompts {
            let ask = Ask { history: &history, most, ..Ask::alone(text, &plan, seed) };
            let Reply { text: words, sources } = material.offline.reply(&ask);
            told.answers.extend(answer(&words, &sources));
            told.sentences.extend(sources.iter().flat_map(|source| sentences(&words, source)));
            history.push(Turn { prompt: text.clone(), text: words, sources, here: true });
        }
    }
    told
}

/// An answer that says something about the code or the ticket.
fn answer(words: &str, sources: &[Source]) -> Option<Answer> {
    let (body, kind) = sources.iter().find_map(|source| Some((source, kind(&source.origin)?)))?;
    // What begins with a paragraph of its own says that there is no answer.
    let is_plain = |source: &&Source| source.origin == Origin::Plain {};
    let opens = sources.iter().take_while(is_plain).count() <= 1;
    opens.then(|| Answer { kind, body: said(words, body).to_owned(), text: words.to_owned() })
}

fn kind(origin: &Origin) -> Option<Kind> {
    match origin {
        Origin::Pair { .. } => Some(Kind::Pair),
        Origin::Knowledge { .. } | Origin::Clarification {} => Some(Kind::Written),
        Origin::Index {} => Some(Kind::Index),
        _ => None,
    }
}

fn said<'a>(words: &'a str, source: &Source) -> &'a str {
    words.get(source.start as usize..source.end as usize).unwrap_or_default()
}

/// The sentences of one piece: a full stop ends one where a space follows, outside of code and quotation marks.
fn sentences(words: &str, source: &Source) -> Vec<(Kind, String)> {
    let Some(kind) = kind(&source.origin) else { return Vec::new() };
    let (mut inside, mut sentences, mut sentence) = (false, Vec::new(), String::new());
    for character in said(words, source).chars() {
        inside ^= matches!(character, '`' | '"');
        if character == ' ' && !inside && sentence.ends_with(['.', '?', '!']) {
            sentences.push((kind, std::mem::take(&mut sentence)));
        } else {
            sentence.push(character);
        }
    }
    sentences.push((kind, sentence));
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(origin: Origin, start: usize, end: usize) -> Source {
        Source { start: start as u32, end: end as u32, origin }
    }

    #[test]
    fn sentences_end_where_a_space_follows_and_not_inside_of_code() {
        let words = "`a. b` is \"C. d\" here. See `x.py:1`.";
        let whole = source(Origin::Index {}, 0, words.len());
        let texts: Vec<String> = sentences(words, &whole).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["`a. b` is \"C. d\" here.", "See `x.py:1`."]);
        assert!(sentences(words, &source(Origin::Plain {}, 0, words.len())).is_empty());
    }

    #[test]
    fn an_answer_is_what_its_body_is_and_one_that_has_no_answer_is_none() {
        let words = "Hm. `a` is in `x.py`. Yes.";
        let opened = [source(Origin::Plain {}, 0, 4), source(Origin::Index {}, 4, 21)];
        assert_eq!(
            answer(words, &opened).map(|answer| (answer.kind, answer.body)),
            Some((Kind::Index, words[4..21].to_owned()))
        );
        let declined =
            [source(Origin::Plain {}, 0, 3), source(Origin::Plain {}, 3, 4), source(Origin::Index {}, 4, 21)];
        assert!(answer(words, &declined).is_none());
    }
}
