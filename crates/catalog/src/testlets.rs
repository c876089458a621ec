//! Pairs that are drawn together: every combination of their sides is either allowed, with something that shows that it
//! can be true, or named a contradiction.

use crate::key::Reader;
use crate::manifest::{CombinationToml, ContradictionToml, TestletToml, TestletsToml};
use crate::problem::Source;
use crate::proofs::{Contradiction, World};
use domain::ids::PairId;
use domain::plan::Plan;
use domain::task::{Key, Pair, Side, Testlet};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

/// Most pairs in a testlet: every combination of their sides is written down.
const TESTLET_PAIRS: std::ops::RangeInclusive<usize> = 2..=5;
/// What the testlets give to the two who need them.
#[derive(Default)]
pub(crate) struct Testlets {
    pub(crate) testlets: Vec<Testlet>,
    pub(crate) worlds: Vec<World>,
    pub(crate) contradictions: Vec<Contradiction>,
}

impl Reader<'_> {
    /// Testlets over known pairs, and whether any plan can be drawn from them.
    pub(crate) fn testlets(&mut self, pairs: &BTreeMap<PairId, Pair>) -> Testlets {
        let mut testlets = Testlets::default();
        let hint = "write testlets.toml; an empty one leaves every pair free";
        let Some(source) = self.folder.take("testlets.toml", hint, self.findings) else { return testlets };
        let Some(read) = self.findings.toml::<TestletsToml>(&source) else { return testlets };
        let mut taken = BTreeSet::new();
        for (number, testlet) in read.testlet.into_iter().enumerate() {
            self.judge_pairs(&testlet, pairs, &mut taken, &source);
            self.testlet(number, testlet, &source, &mut testlets);
        }
        let key = Key { pairs: pairs.clone(), testlets: testlets.testlets.clone(), ..Key::default() };
        if self.findings.is_empty()
            && let Err(impossible) = Plan::draw(&key, 0)
        {
            let message = impossible.to_string();
            let (what, hint) = message.split_once("; ").unwrap_or((&message, "widen the combinations"));
            self.findings.in_file(&source.file, what, hint);
        }
        testlets
    }

    fn judge_pairs(
        &mut self,
        read: &TestletToml,
        pairs: &BTreeMap<PairId, Pair>,
        taken: &mut BTreeSet<PairId>,
        source: &Source,
    ) {
        for pair in &read.pairs {
            let id = PairId(pair.get_ref().clone());
            if !pairs.contains_key(&id) {
                let what = format!("there is no pair `{id}`");
                self.findings.at(source, &pair.span(), what, "name a file of pairs/, without its ending");
            } else if !taken.insert(id) {
                let what = format!("pair `{}` is in a testlet already", pair.get_ref());
                self.findings.at(source, &pair.span(), what, "put every pair into one testlet at most");
            }
        }
        if !TESTLET_PAIRS.contains(&read.pairs.len()) {
            let what = format!("a testlet has two to five pairs, this one {}", read.pairs.len());
            let hint = "join pairs on one causal chain; a pair that stands alone needs no testlet";
            self.findings.at(source, &read.name.span(), what, hint);
        }
    }

    /// Every combination of sides is either allowed, with its witness, or declared to contradict itself.
    fn testlet(&mut self, number: usize, read: TestletToml, source: &Source, testlets: &mut Testlets) {
        let ids: Vec<PairId> = read.pairs.into_iter().map(|pair| PairId(pair.into_inner())).collect();
        let by_pair = |sides: &[Side]| ids.iter().cloned().zip(sides.iter().copied()).collect();
        let mut seen: BTreeSet<Vec<Side>> = BTreeSet::new();
        let mut combinations = Vec::new();
        for (place, combination) in read.combination.into_iter().enumerate() {
            let CombinationToml { sides, witness } = combination.into_inner();
            if !self.judge_sides(&sides, ids.len(), &mut seen, source) {
                continue;
            }
            let asks = sides.get_ref().contains(&Side::Plant);
            if asks != witness.is_some() {
                let (what, hint) = if asks {
                    let hint = "add `witness`, a patch under which all of these sides are true at once";
                    ("nothing shows that these sides can be true together", hint)
                } else {
                    ("the code as it is makes all controls true", "remove the witness")
                };
                self.findings.at(source, &sides.span(), what, hint);
            }
            testlets.worlds.push(World {
                key: format!("testlet.{number}.combination.{place}"),
                sides: by_pair(sides.get_ref()),
                witness: witness.map(|witness| self.patch(&witness, source)),
            });
            combinations.push(sides.into_inner());
        }
        for contradiction in read.contradiction {
            let ContradictionToml { sides, why } = contradiction.into_inner();
            if self.judge_sides(&sides, ids.len(), &mut seen, source) {
                testlets.contradictions.push(Contradiction { sides: by_pair(sides.get_ref()), why });
            }
        }
        if let Some(missing) = TESTLET_PAIRS.contains(&ids.len()).then(|| first_missing(ids.len(), &seen)).flatten() {
            let what = format!("nothing is said about the combination {missing}");
            let hint = "list it under [[testlet.combination]], or under [[testlet.contradiction]] with `why`";
            self.findings.at(source, &read.name.span(), what, hint);
        }
        testlets.testlets.push(Testlet { name: read.name.into_inner(), pairs: ids, combinations });
    }

    fn judge_sides(
        &mut self,
        sides: &Spanned<Vec<Side>>,
        pairs: usize,
        seen: &mut BTreeSet<Vec<Side>>,
        source: &Source,
    ) -> bool {
        let given = sides.get_ref().len();
        if given != pairs {
            let what = format!("{given} sides for {pairs} pairs");
            self.findings.at(source, &sides.span(), what, "write one side for every pair, in their order");
            return false;
        }
        if !seen.insert(sides.get_ref().clone()) {
            self.findings.at(source, &sides.span(), "this combination is listed twice", "keep one of the two");
            return false;
        }
        true
    }
}

/// The first combination of so many sides that is not there, as an author would write it.
fn first_missing(pairs: usize, seen: &BTreeSet<Vec<Side>>) -> Option<String> {
    let side = |number: u32, place: usize| if number >> place & 1 == 0 { Side::Control } else { Side::Plant };
    let all = (0..1_u32 << pairs).map(|number| (0..pairs).map(|place| side(number, place)).collect::<Vec<Side>>());
    all.into_iter().find(|sides| !seen.contains(sides)).map(|sides| {
        let words: Vec<&str> =
            sides.iter().map(|side| if *side == Side::Plant { "\"plant\"" } else { "\"control\"" }).collect();
        format!("[{}]", words.join(", "))
    })
}
