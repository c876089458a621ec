//! Who listens on the wire for canaries.

use super::key::{Canaries, LENGTH, Place};
use domain::session::State;
use std::collections::BTreeSet;
use tests::{Heard, Links, Wire};

/// What may be heard by now.
#[derive(Default)]
pub(super) struct Told {
    /// Canaries in words that were visible to the candidate.
    pub(super) shown: BTreeSet<String>,
    /// Canaries in the names of pairs that were met: staff are told of them, blind to their sides.
    met: BTreeSet<String>,
    /// The texts that the debrief opens, once it is open.
    opened: Vec<&'static str>,
}

impl Told {
    /// What the log says was shown. Words that stand where they cannot come from are found here, too.
    pub(super) fn of(state: &State, now: u64, canaries: &Canaries) -> Self {
        let mut told = Self::default();
        for exchange in state.exchanges() {
            let Some(answer) = &exchange.answer else { continue };
            // Once its end is in the log, all of an answer counts as shown.
            let visible = if exchange.outcome.is_some() { answer.text() } else { answer.visible(now) };
            let mut before = 0;
            for (_, part) in &answer.parts {
                for source in &part.sources {
                    let (start, end) = (before + source.start as usize, before + source.end as usize);
                    let words =
                        visible.get(start.min(visible.len())..end.min(visible.len())).expect("whole characters");
                    for (word, place) in canaries.in_text(words) {
                        let place = place.unwrap_or_else(|| panic!("a canary cut to {word} in {words}"));
                        assert!(place.may_come_from(&source.origin), "{place:?} came from {:?}", source.origin);
                        told.shown.insert(word);
                    }
                }
                before += part.text.len();
            }
        }
        let met = state.exposures().keys().flat_map(|pair| canaries.in_text(pair.as_str()));
        told.met = met.map(|(word, _)| word).collect();
        told
    }

    /// The same with what the debrief opens.
    pub(super) fn opened(mut self, texts: &[&'static str]) -> Self {
        self.opened = texts.to_vec();
        self
    }
}

/// Listens to what goes to one session's people.
pub(super) struct Ears<'a> {
    wire: &'a Wire,
    pub(super) canaries: &'a Canaries,
    links: Links,
    /// What is no text of the task: salt and seeds.
    numbers: [String; 3],
    /// How far each answer on the wire was listened to.
    upto: Vec<usize>,
}

impl<'a> Ears<'a> {
    pub(super) fn new(wire: &'a Wire, canaries: &'a Canaries, links: &Links, numbers: [String; 3]) -> Self {
        // What came before was for others.
        let upto = wire.read(|heard| heard.iter().map(|heard| heard.bytes.len()).collect());
        Self { wire, canaries, links: links.clone(), numbers, upto }
    }

    /// Listens to what came since the last time.
    pub(super) fn listen(&mut self, told: &Told) {
        let Self { wire, canaries, links, numbers, upto } = self;
        let is_staff = |heard: &Heard| [&links.observer, &links.reviewer].iter().any(|key| heard.key() == Some(key));
        wire.read(|all| {
            upto.resize(all.len(), 0);
            for (heard, upto) in all.iter().zip(upto).filter(|(heard, upto)| heard.bytes.len() > **upto) {
                // What was cut off at the end comes again with the next piece.
                let from = upto.saturating_sub(2 * LENGTH);
                let text = String::from_utf8_lossy(&heard.bytes[from..]).to_ascii_lowercase();
                *upto = heard.bytes.len();
                let opens = heard.route().ends_with("/report");
                for (word, place) in canaries.in_text(&text) {
                    let may = told.shown.contains(&word)
                        || (is_staff(heard) && told.met.contains(&word))
                        || (opens && place.is_some_and(|place| told.opened.contains(&place.text)));
                    assert!(may || is_begun(&text, &word), "{} tells {}", heard.route(), named(place, &word));
                }
                for number in numbers.iter().filter(|number| text.contains(*number)) {
                    let opened = opens && !told.opened.is_empty();
                    assert!(opened, "{} tells a salt or a seed: {number}", heard.route());
                }
            }
        });
    }

    /// The canaries in the last answer to a route, and whether all numbers but the assistant's seed are in it.
    pub(super) fn last(&self, route: &str) -> (BTreeSet<String>, bool) {
        self.wire.read(|all| {
            let heard = all.iter().rfind(|heard| heard.route().ends_with(route)).expect("a request");
            let text = String::from_utf8_lossy(&heard.bytes);
            let words = self.canaries.in_text(&text).into_iter().map(|(word, _)| word).collect();
            (words, self.numbers[..2].iter().all(|number| text.contains(number)))
        })
    }
}

/// More of a word may follow where the text ends.
fn is_begun(text: &str, word: &str) -> bool {
    word.len() < LENGTH && text.ends_with(word)
}

fn named(place: Option<&Place>, word: &str) -> String {
    place.map_or_else(|| format!("part of a canary: {word}"), |place| format!("{} of {}", place.text, place.owner))
}
