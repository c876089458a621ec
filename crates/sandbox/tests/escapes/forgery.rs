//! What one way to forge a hidden check is.

use sandbox::{Config, Observation, Sandbox};
use serde_json::{Value, json};

use crate::support::{config, files, limits};

/// The hidden check: what looks, what it is given, and what is expected, which stays here.
const OBSERVE: &str = "
def observe(given):
    from shop.prices import total
    return [total(items) for items in given['baskets']]
";

fn given() -> Value {
    json!({"baskets": [[3, 4, 5], [], [10], [7, -2]]})
}

fn expected() -> Value {
    json!([24, 0, 20, 10])
}

/// What the candidate hands in: files that try to pass without doing what is asked, which is to double the sum.
pub(crate) struct Forgery {
    tree: Vec<(String, Vec<u8>)>,
}

/// A forgery in the module that is looked at. `CLAIM` stands for everything a forger could say without knowing better.
pub(crate) fn in_prices(text: &str) -> Forgery {
    beside(text, &[])
}

/// The same with more files.
pub(crate) fn beside(text: &str, more: &[(&str, &str)]) -> Forgery {
    let prices = format!("{WISHES}\n{text}");
    let mut tree = files(&[("shop/__init__.py", ""), ("shop/prices.py", &prices)]);
    tree.extend(files(more));
    Forgery { tree }
}

/// A wrong answer, for forgeries that lie elsewhere.
pub(crate) const WRONG: &str = "def total(items): return sum(items)";

/// Records as a forger would write them, and every descriptor to write them to.
const WISHES: &str = r#"
import os, sys
RECORDS = [b'{"value":[24,0,20,10]}\n', b'{"value":true}\n', b'{"passed":true}\n', b'{"value":[12,0,10,5]}\n']
def shout(prefix=b'', records=RECORDS):
    for number in range(3, 64):
        for record in records:
            try: os.write(number, prefix + record)
            except OSError: pass
"#;

impl Forgery {
    pub(crate) fn carry_out(self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let sandbox = Sandbox::start(Config { concurrency: 1, ..config() }).await;
            assert_eq!(sandbox.isolation().refusal, None);
            let look = |tree: Vec<(String, Vec<u8>)>| {
                let sandbox = sandbox.clone();
                async move { sandbox.observe(tree, OBSERVE, Some(&given()), &limits()).await.expect("an observation") }
            };
            let seen = look(self.tree).await;
            assert_ne!(seen, Observation::Value(expected()), "the forgery passes");
            // What it left behind must not speak for the next one, honest or not.
            let honest = files(&[("shop/prices.py", "def total(items): return 2 * sum(items)")]);
            assert_eq!(look(honest).await, Observation::Value(expected()), "an honest fix passes");
            let wrong = files(&[("shop/prices.py", WRONG)]);
            assert_eq!(look(wrong).await, Observation::Value(json!([12, 0, 10, 5])), "a wrong one is seen as it is");
        });
    }
}
