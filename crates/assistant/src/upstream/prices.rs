//! What tokens cost, in whole numbers, so that a budget adds up to the same everywhere.

use super::usage::Usage;

const TOKENS: u128 = 1_000_000;

/// Prices of a million tokens, in millionths of a unit of whatever currency the budget is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of a million tokens that the model reads.
    pub prompt: u64,
    /// Of a million tokens that it writes.
    pub completion: u64,
}

impl Prices {
    /// What an answer cost, in millionths of a unit, rounded up.
    pub fn cost(&self, usage: &Usage) -> u64 {
        let cost = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let all = cost(usage.prompt, self.prompt).saturating_add(cost(usage.completion, self.completion));
        u64::try_from(all.div_ceil(TOKENS)).unwrap_or(u64::MAX)
    }

    /// A price as people write it, such as 0.15, in millionths; none where it is no price.
    pub fn millionths(units: f64) -> Option<u64> {
        let dear = 1_000_000.0;
        (0.0..=dear).contains(&units).then(|| (units * 1e6).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_cost_what_their_tokens_do() {
        let prices = Prices { prompt: 150_000, completion: 600_000 };
        for (prompt, completion, cost) in
            [(0, 0, 0), (1_000_000, 0, 150_000), (0, 1_000_000, 600_000), (1000, 500, 450), (1, 0, 1)]
        {
            assert_eq!(prices.cost(&Usage { prompt, completion, estimated: false }), cost, "{prompt} {completion}");
        }
        let most = Prices { prompt: u64::MAX, completion: u64::MAX };
        assert_eq!(most.cost(&Usage { prompt: u64::MAX, completion: u64::MAX, estimated: false }), u64::MAX);
    }

    #[test]
    fn prices_are_not_negative_and_not_absurd() {
        for (written, read) in
            [(0.15, Some(150_000)), (0.0, Some(0)), (-1.0, None), (f64::NAN, None), (f64::INFINITY, None)]
        {
            assert_eq!(Prices::millionths(written), read, "{written}");
        }
    }
}
