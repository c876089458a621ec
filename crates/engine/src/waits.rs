//! How long live models let one wait for their first words, so that what was written beforehand can come as late: time
//! must not tell one from the other.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Waits that are remembered of each model.
const REMEMBERED: usize = 50;
/// What a model is taken to need before it has answered once, in milliseconds.
const USUAL_MS: [u64; 4] = [900, 1300, 1900, 2800];
/// Nobody waits longer for what is there already.
const LONGEST: Duration = Duration::from_secs(12);

/// The newest waits by model.
#[derive(Debug, Default)]
pub(crate) struct Waits(HashMap<String, VecDeque<Duration>>);

impl Waits {
    /// Notes how long it took from a prompt to the first words that were released.
    pub(crate) fn note(&mut self, model: &str, wait: Duration) {
        let known = self.0.entry(model.to_owned()).or_default();
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back(wait);
    }

    /// A wait as that model has them, drawn by a number of chance.
    pub(crate) fn draw(&self, model: &str, chance: u64) -> Duration {
        let pick = |count: usize| usize::try_from(chance % count.max(1) as u64).unwrap_or_default();
        let known = self.0.get(model).and_then(|known| known.get(pick(known.len())).copied());
        let usual = || Duration::from_millis(USUAL_MS[pick(USUAL_MS.len())]);
        known.unwrap_or_else(usual).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn every_wait_of_a_model_is_drawn_alike_and_those_of_another_are_not() {
        let mut waits = Waits::default();
        for wait in [100, 200, 300] {
            waits.note("fast", ms(wait));
        }
        waits.note("slow", ms(60_000));
        let mut drawn: Vec<Duration> = (0..300).map(|chance| waits.draw("fast", chance)).collect();
        drawn.sort();
        assert_eq!([drawn[50], drawn[150], drawn[250]], [ms(100), ms(200), ms(300)]);
        assert_eq!(waits.draw("slow", 7), LONGEST, "nobody waits for ever");
        assert!((900..=2800).contains(&waits.draw("new", 7).as_millis()));
    }

    #[test]
    fn the_newest_waits_count() {
        let mut waits = Waits::default();
        (0..200).for_each(|wait| waits.note("m", ms(wait)));
        let least = (0..500).map(|chance| waits.draw("m", chance)).min();
        assert_eq!(least, Some(ms(150)));
    }
}
