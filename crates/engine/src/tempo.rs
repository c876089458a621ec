//! How live models speak: how long they let one wait for their first words, and how fast the next ones follow. What was
//! written beforehand comes in the same way: time must not tell one from the other.

use assistant::Paragraphs;
use domain::event::{Composed, Rest};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Answers that are remembered of each model.
const REMEMBERED: usize = 50;
/// What a model is taken to need for its first words before it has answered once, in milliseconds.
const USUAL_WAITS: [u64; 4] = [900, 1300, 1900, 2800];
/// Bytes a second that a model is taken to say until it has said several paragraphs once.
const USUAL_SPEEDS: [u32; 4] = [120, 200, 300, 450];
/// Nobody waits longer for what is there already.
const LONGEST: Duration = Duration::from_secs(12);
/// A model is not heard more slowly than this, in bytes a second, so that a stall is not played again.
const SLOWEST: u32 = 40;

/// The newest answers by model.
#[derive(Debug, Default)]
pub(crate) struct Tempos(HashMap<String, Heard>);

/// What was heard of one model, the newest last.
#[derive(Debug, Default)]
struct Heard {
    waits: VecDeque<Duration>,
    speeds: VecDeque<u32>,
}

impl Tempos {
    /// Notes how an answer came: how long after the prompt the first words were there, and how fast the rest.
    pub(crate) fn note(&mut self, model: &str, wait: Duration, speed: Option<u32>) {
        let heard = self.0.entry(model.to_owned()).or_default();
        push(&mut heard.waits, wait);
        if let Some(speed) = speed {
            push(&mut heard.speeds, speed.max(SLOWEST));
        }
    }

    /// Forgets a model whose upstreams are others now.
    pub(crate) fn forget(&mut self, model: &str) {
        self.0.remove(model);
    }

    /// A wait for first words as that model has them, drawn by a number of chance.
    pub(crate) fn wait(&self, model: &str, chance: u64) -> Duration {
        let known = self.0.get(model).and_then(|heard| drawn(&heard.waits, chance));
        known.unwrap_or_else(|| Duration::from_millis(pick(&USUAL_WAITS, chance))).min(LONGEST)
    }

    /// Bytes a second as that model speaks, drawn by a number of chance.
    pub(crate) fn speed(&self, model: &str, chance: u64) -> u32 {
        let known = self.0.get(model).and_then(|heard| drawn(&heard.speeds, chance));
        known.unwrap_or_else(|| pick(&USUAL_SPEEDS, chance))
    }
}

fn push<T>(newest: &mut VecDeque<T>, one: T) {
    if newest.len() == REMEMBERED {
        newest.pop_front();
    }
    newest.push_back(one);
}

fn drawn<T: Copy>(known: &VecDeque<T>, chance: u64) -> Option<T> {
    known.get(usize::try_from(chance % (known.len().max(1) as u64)).ok()?).copied()
}

fn pick<T: Copy, const N: usize>(usual: &[T; N], chance: u64) -> T {
    usual[usize::try_from(chance % N as u64).unwrap_or_default()]
}

/// How fast an answer followed its first words, in bytes a second; none: it came in one part.
pub(crate) fn speed(parts: &[(u64, Composed)]) -> Option<u32> {
    let said: Vec<(u64, usize)> =
        parts.iter().filter(|(_, part)| !part.text.is_empty()).map(|(at, part)| (*at, part.text.len())).collect();
    let [(first, _), rest @ ..] = said.as_slice() else { return None };
    let (last, _) = rest.last()?;
    let bytes = rest.iter().map(|(_, bytes)| *bytes as u64).sum::<u64>();
    let ms = last.saturating_sub(*first).max(1);
    Some(u32::try_from(bytes.saturating_mul(1000) / ms).unwrap_or(u32::MAX))
}

/// Where a text that is there at once waits, so that its paragraphs come as if they were being made at a speed.
pub(crate) fn rests(text: &str, speed: u32) -> Vec<Rest> {
    let mut paragraphs = Paragraphs::default();
    let mut whole = paragraphs.push(text);
    whole.extend(paragraphs.finish());
    let mut rests = Vec::new();
    let [first, later @ ..] = whole.as_slice() else { return rests };
    let (mut at, mut made) = (first.len(), 0u64);
    for paragraph in later {
        made += paragraph.len() as u64;
        let ms = made * 1000 / u64::from(speed.max(1));
        let as_byte = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        rests.push(Rest { at: as_byte(at as u64), ms: as_byte(ms) });
        at += paragraph.len();
    }
    rests
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{AnswerId, PromptId};
    use domain::pace;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn every_wait_of_a_model_is_drawn_alike_and_those_of_another_are_not() {
        let mut tempos = Tempos::default();
        for wait in [100, 200, 300] {
            tempos.note("fast", ms(wait), Some(wait as u32));
        }
        tempos.note("slow", ms(60_000), Some(1));
        let mut drawn: Vec<Duration> = (0..300).map(|chance| tempos.wait("fast", chance)).collect();
        drawn.sort();
        assert_eq!([drawn[50], drawn[150], drawn[250]], [ms(100), ms(200), ms(300)]);
        let speeds: Vec<u32> = (0..3).map(|chance| tempos.speed("fast", chance)).collect();
        assert_eq!(speeds, [100, 200, 300]);
        assert_eq!(tempos.wait("slow", 7), LONGEST, "nobody waits for ever");
        assert_eq!(tempos.speed("slow", 7), SLOWEST, "nor reads what crawls");
        assert!((900..=2800).contains(&tempos.wait("new", 7).as_millis()));
        assert!(USUAL_SPEEDS.contains(&tempos.speed("new", 7)));
    }

    #[test]
    fn a_model_that_was_forgotten_is_taken_to_speak_as_a_new_one_does() {
        let mut tempos = Tempos::default();
        tempos.note("m", ms(1), Some(9_999));
        tempos.forget("m");
        assert_eq!((tempos.wait("m", 0), tempos.speed("m", 0)), (ms(USUAL_WAITS[0]), USUAL_SPEEDS[0]));
    }

    #[test]
    fn the_newest_answers_count() {
        let mut tempos = Tempos::default();
        (0..200).for_each(|wait| tempos.note("m", ms(wait), None));
        let least = (0..500).map(|chance| tempos.wait("m", chance)).min();
        assert_eq!(least, Some(ms(150)));
    }

    fn part(at: u64, text: &str) -> (u64, Composed) {
        let (answer, prompt) = (AnswerId(uuid::Uuid::nil()), PromptId(uuid::Uuid::nil()));
        let text = text.to_owned();
        (at, Composed { answer, prompt, text, last: false, sources: Vec::new(), rests: Vec::new() })
    }

    #[test]
    fn a_written_text_shows_as_a_model_would_that_says_it_at_the_heard_speed() {
        // A model that says 100 bytes a second, whose paragraphs are released when they are whole.
        let paragraphs = ["First, quite short.\n\n", "Second, with more in it than the first.\n\n", "Third."];
        let mut at = 5_000;
        let mut live = Vec::new();
        for (number, paragraph) in paragraphs.iter().enumerate() {
            at += if number == 0 { 0 } else { paragraph.len() as u64 * 10 };
            live.push(part(at, paragraph));
        }
        live.push(part(at, ""));
        let speed = speed(&live).unwrap();
        assert_eq!(speed, 100);
        let text = paragraphs.concat();
        let written = pace::rested(5_000, &text, &rests(&text, speed));
        let spoken: Vec<pace::Part<'_>> = live.iter().map(|(at, part)| (*at, part.text.as_str())).collect();
        assert_eq!(pace::steps(&written), pace::steps(&spoken));
    }

    #[test]
    fn what_came_in_one_part_has_no_speed_and_one_paragraph_never_waits() {
        assert_eq!(speed(&[part(3, "One."), part(9, "")]), None);
        assert_eq!(speed(&[]), None);
        assert_eq!(rests("One paragraph\nof two lines.", 50), []);
        assert_eq!(rests("", 50), []);
    }
}
