//! The one renderer: every written answer, whatever it rests on, gets its words through here.

use crate::offline::Reply;
use crate::words;
use domain::chance::Chance;
use domain::event::{Origin, Source};

/// Openings of answers. None of them claims anything or says where the answer is from, and each goes before any
/// sentence: about code, about the ticket, about a test.
const OPENINGS: &[&str] = &["Here is what I find. ", "This is how I read it. ", "I looked it up. ", "I had a look. "];
/// One in so many answers has one.
const OPENED_EVERY: usize = 3;

/// Openings where what follows is near to the question and may not be what was asked.
const NEAR: &[&str] = &[
    "I have no direct answer to that; this is what I see. ",
    "I can't say that directly; this is what I find. ",
    "Not a direct answer, but this is what I see. ",
];

/// Openings where what follows was written about code that was changed since.
const PAST: &[&str] = &[
    "This is about the code before your changes. ",
    "I mean the code as it was before you changed it. ",
    "Before your changes it was this way. ",
];

/// Ways to name the place that an answer is about; `@` stands for the place.
const PLACES: &[&str] = &["See @.", "Look at @.", "The place is @.", "You can read it in @."];

/// An answer before it has its words: what it says, and where that comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Content {
    /// What was asked for.
    pub(crate) body: (String, Origin),
    /// It may not be what was asked, and says so.
    pub(crate) near: bool,
    /// It is about the code that the session began with, which was changed there.
    pub(crate) past: bool,
    /// Where to read it, as code.
    pub(crate) place: Option<String>,
    /// The answer to a second question in the prompt.
    pub(crate) second: Option<(String, Origin)>,
    /// One more sentence about the same thing.
    pub(crate) remark: Option<(String, Origin)>,
}

impl Content {
    /// Only a body.
    pub(crate) fn of(text: impl Into<String>, origin: Origin) -> Self {
        Self { body: (text.into(), origin), near: false, past: false, place: None, second: None, remark: None }
    }
}

/// Words for an answer to a question.
pub(crate) fn answer(content: Content, chance: &mut Chance) -> Reply {
    let opening = match (content.near, content.past) {
        (false, false) if chance.below(OPENED_EVERY) > 0 => String::new(),
        (false, false) => pick(OPENINGS, chance).to_owned(),
        (false, true) => pick(PAST, chance).to_owned(),
        (true, false) => pick(NEAR, chance).to_owned(),
        (true, true) => pick(NEAR, chance).to_owned() + pick(PAST, chance),
    };
    let place = pick(PLACES, chance);
    let mut draft = Draft::default();
    if content.body.1 != (Origin::Plain {}) {
        draft.push(&opening, Origin::Plain {});
    }
    draft.push(&content.body.0, content.body.1);
    if let Some(at) = content.place {
        draft.push(" ", Origin::Plain {});
        draft.push(&place.replace('@', &at), Origin::Index {});
    }
    for (text, origin) in [content.second, content.remark].into_iter().flatten() {
        draft.push("\n\n", Origin::Plain {});
        draft.push(&text, origin);
    }
    draft.done()
}

/// Words for an answer that takes up the one before: no opening, so that the same reply has the same words.
pub(crate) fn reply(text: &str, origin: Origin) -> Reply {
    let mut draft = Draft::default();
    draft.push(text, origin);
    draft.done()
}

/// The first sentence of a text as a remark.
pub(crate) fn noted(text: &str) -> String {
    let text = text.trim();
    let mut inside = false;
    let end = text.char_indices().zip(text.chars().skip(1).chain([' '])).find(|((_, character), next)| {
        inside ^= matches!(character, '`' | '"');
        !inside && *next == ' ' && matches!(character, '.' | '?' | '!')
    });
    let sentence = end.and_then(|((at, _), _)| text.get(..=at)).unwrap_or(text);
    let (first, rest) = sentence.split_once(' ').unwrap_or((sentence, ""));
    // A name keeps its capital.
    match words::stems(first).is_empty() && !first.starts_with('`') {
        true => format!("Side note: {} {rest}", first.to_lowercase()),
        false => format!("Side note: {sentence}"),
    }
}

/// Words that were not asked for.
pub(crate) fn opened(opening: &str, text: &str, origin: Origin) -> Reply {
    let mut draft = Draft::default();
    draft.push(opening, Origin::Plain {});
    draft.push(text, origin);
    draft.done()
}

/// One of several wordings.
pub(crate) fn pick<'a>(wordings: &[&'a str], chance: &mut Chance) -> &'a str {
    wordings.get(chance.below(wordings.len())).copied().unwrap_or_default()
}

/// Text under construction; its sources cover it without gap or overlap.
#[derive(Default)]
struct Draft {
    text: String,
    sources: Vec<Source>,
}

impl Draft {
    fn push(&mut self, text: &str, origin: Origin) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        self.sources.push(Source { start, end: self.text.len() as u32, origin });
    }

    fn done(self) -> Reply {
        Reply { text: self.text, sources: self.sources }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_cover_the_words_exactly() {
        for seed in 0..40 {
            let content = Content {
                body: ("Ünïcode body.".into(), Origin::Index {}),
                near: seed % 2 == 0,
                past: seed % 3 == 0,
                place: Some("`a.py:1`".into()),
                second: Some(("Second.".into(), Origin::Clarification {})),
                remark: Some(("Remark 🦀.".into(), Origin::Index {})),
            };
            let reply = answer(content, &mut Chance::new(seed, "voice"));
            let mut at = 0;
            for source in &reply.sources {
                assert_eq!(source.start, at);
                assert!(reply.text.get(source.start as usize..source.end as usize).is_some_and(|t| !t.is_empty()));
                at = source.end;
            }
            assert_eq!(at as usize, reply.text.len());
        }
    }

    #[test]
    fn answers_of_all_origins_open_alike() {
        for seed in 0..40 {
            let opening = |origin| {
                let text = answer(Content::of("X", origin), &mut Chance::new(seed, "voice")).text;
                text.strip_suffix('X').map(str::to_owned)
            };
            assert_eq!(opening(Origin::Index {}), opening(Origin::Knowledge { knowledge: "k".into() }));
        }
    }
}
