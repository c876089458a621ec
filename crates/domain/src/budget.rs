//! Budgets: how much a session may ask. What is counted is visible to the candidate anyway, so that no figure tells where
//! an answer came from; what live models really cost is told to staff ([`crate::event::Used`]).

use crate::command::Refusal;
use crate::session::Exchange;
use serde::{Deserialize, Serialize};

/// Tokens of what goes with every prompt: the ticket and the outline of the repository.
const MATERIAL_TOKENS: u64 = 4_000;
/// Tokens of one item of context, whatever it is.
const CONTEXT_TOKENS: u64 = 1_000;
/// Bytes of a token.
const TOKEN_BYTES: u64 = 4;

/// How much may be asked in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Most prompts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompts: Option<u32>,
    /// What they may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostBudget>,
}

/// What prompts may cost, in millionths of a unit of whatever currency the prices are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostBudget {
    /// At most this.
    pub most: u64,
    /// Price of a million tokens that a model reads.
    pub prompt: u64,
    /// Price of a million tokens that it writes.
    pub completion: u64,
}

impl Budget {
    /// Nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Refuses another prompt where one of the budgets is used up.
    pub(crate) fn admits(&self, exchanges: &[Exchange]) -> Result<(), Refusal> {
        let asked = exchanges.iter().filter(|exchange| !exchange.volunteered).count();
        if self.prompts.is_some_and(|most| asked >= most as usize) {
            return Err(Refusal::BudgetUsedUp { what: "prompts" });
        }
        if self.cost.is_some_and(|cost| cost.spent(exchanges) >= cost.most) {
            return Err(Refusal::BudgetUsedUp { what: "cost" });
        }
        Ok(())
    }
}

impl CostBudget {
    /// What the exchanges that came to their end count for. Cards were asked for by nobody.
    pub fn spent(&self, exchanges: &[Exchange]) -> u64 {
        let ended = exchanges.iter().filter(|exchange| exchange.outcome.is_some() && !exchange.volunteered);
        ended.fold(0, |sum, exchange| sum.saturating_add(self.counted(exchange)))
    }

    /// One formula for every answer, over what is visible of it.
    fn counted(&self, exchange: &Exchange) -> u64 {
        let tokens = |text: &str| (text.len() as u64).div_ceil(TOKEN_BYTES);
        let context = exchange.asked.context.len() as u64 * CONTEXT_TOKENS;
        let read = MATERIAL_TOKENS + context + tokens(&exchange.asked.text);
        let written = exchange.answer.as_ref().map_or(0, |answer| tokens(&answer.text()));
        let cost = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let all = cost(read, self.prompt).saturating_add(cost(written, self.completion));
        u64::try_from(all.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}
