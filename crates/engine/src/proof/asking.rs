//! Whether what a candidate would ask finds the answer that was written for it, and no other.

use super::Complaint;
use crate::Material;
use assistant::Ask;
use catalog::Spot;
use domain::event::Origin;
use domain::plan::Plan;

/// The seed of the plan and of the words; any will do.
const SEED: u64 = 0;

/// Intents that are answered by something else.
pub(crate) fn complaints(material: &Material) -> Vec<Complaint> {
    let task = &material.task;
    // A task without a plan was refused when it was read.
    let Ok(plan) = Plan::draw(&task.key, SEED) else { return Vec::new() };
    let answered_by = |intent: &str| {
        let reply = material.offline.reply(&Ask::alone(intent, &plan, SEED));
        reply.sources.iter().find_map(|source| owner(&source.origin)).unwrap_or_else(|| "the index".to_owned())
    };
    let pairs = task.key.pairs.iter().map(|(id, pair)| (format!("pairs/{id}.toml"), &pair.intents));
    let knowledge = task.key.knowledge.iter().map(|(id, item)| (format!("knowledge/{id}.toml"), &item.intents));
    let mut complaints = Vec::new();
    for (file, intents) in pairs.chain(knowledge) {
        for (number, intent) in intents.iter().enumerate() {
            let by = answered_by(intent);
            if by != file {
                let what = format!("`{intent}` is answered by {by}");
                let hint = "word it so that it asks for this and nothing else, or give the other one an intent less";
                let spot = Spot::new(file.clone(), format!("intents.{number}"));
                complaints.push(Complaint::error("intent-elsewhere", spot, what, hint));
            }
        }
    }
    complaints
}

fn owner(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Pair { pair, .. } => Some(format!("pairs/{pair}.toml")),
        Origin::Knowledge { knowledge } => Some(format!("knowledge/{knowledge}.toml")),
        Origin::Clarification {} => Some("clarifications.md".to_owned()),
        _ => None,
    }
}
