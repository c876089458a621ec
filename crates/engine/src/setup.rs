//! Setting sessions up, and listing them.

use crate::{Engine, Error, Session, session};
use assistant::Model;
use domain::audience;
use domain::budget::{Budget, CostBudget};
use domain::event::{AssistantKind, Created, Mode, PlanSealed};
use domain::ids::{SessionId, TaskName};
use domain::plan::{Plan, hex};
use domain::session::Phase;
use sandbox::Level;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Shortest and longest session, in minutes.
const MINUTES: std::ops::RangeInclusive<u32> = 5..=480;

/// Sessions a list shows.
const LISTED: usize = 50;

/// What a new session shall be.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The task.
    pub task: TaskName,
    /// Practice or interview.
    pub mode: Mode,
    /// Minutes on the clock; none: as the task says.
    pub minutes: Option<u32>,
    /// Seed of the assistant's words; none: by chance.
    pub seed: Option<u64>,
    /// Seed of the sealed plan; none: by chance. A hiring loop gives all candidates one.
    pub plan_seed: Option<u64>,
    /// Who answers.
    pub assistant: AssistantChoice,
    /// Most prompts; none: no budget.
    pub prompts: Option<u32>,
    /// Most that prompts may cost, in millionths of a unit; none: no budget.
    pub cost: Option<u64>,
    /// Who the candidate is; kept apart from the log, erasable.
    pub candidate: Option<String>,
}

/// Who answers what no claim pair answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AssistantChoice {
    /// Proven knowledge and facts from the index.
    #[default]
    Offline,
    /// A configured model.
    Model(String),
    /// Several of them; a prompt says which it is for.
    Models(Vec<String>),
}

/// A session in a list.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    /// The session.
    pub id: SessionId,
    /// Its task.
    pub task: TaskName,
    /// The task's title.
    pub title: String,
    /// Where it stands.
    pub phase: Phase,
    /// Practice or interview.
    pub mode: Mode,
    /// When it was set up, Unix milliseconds.
    pub created: i64,
}

impl Engine {
    /// Sets a session up: draws and seals its plan, writes the first events.
    pub async fn create(&self, new: NewSession) -> Result<Session, Error> {
        // A session without runs can still be read and asked about; one whose runs are trusted is its owner's.
        if self.sandbox().isolation().level == Level::Trusted {
            self.sandbox_for(new.mode)?;
        }
        let material = self.material(&new.task)?;
        let task = &material.task;
        let minutes = new.minutes.unwrap_or(task.brief.minutes);
        if !MINUTES.contains(&minutes) {
            return Err(Error::BadMinutes { minutes });
        }
        let entropy = &self.parts().entropy;
        let id = SessionId(entropy.uuid());
        let plan_seed = new.plan_seed.unwrap_or_else(|| entropy.number());
        let plan =
            Plan::draw(&task.key, plan_seed).map_err(|source| Error::NoPlan { task: new.task.clone(), source })?;
        let salt = hex(&entropy.bytes());
        let assistant = self.assistant(new.assistant)?;
        let budget = Budget { prompts: new.prompts, cost: self.cost_budget(new.cost, assistant.models())? };
        let created = Created {
            session: id,
            task: task.brief.name.clone(),
            task_digest: task.digest.clone(),
            repository: task.brief.repository.clone(),
            base: task.brief.head.clone(),
            mode: new.mode,
            minutes,
            seed: new.seed.unwrap_or_else(|| entropy.number()),
            assistant,
            commitment: plan.commitment(&salt),
            rules: assess::RULES,
            budget,
        };
        let facts = domain::session::create(created, PlanSealed { plan_seed, salt, plan });
        let events = session::number(facts, 0, 0, self.parts().clock.wall());
        self.parts().log.append(id, 0, events).await?;
        if let Some(name) = new.candidate {
            self.parts().log.name_candidate(id, name).await?;
        }
        self.session(id).await
    }

    fn assistant(&self, choice: AssistantChoice) -> Result<AssistantKind, Error> {
        let names = match choice {
            AssistantChoice::Offline => Vec::new(),
            AssistantChoice::Model(name) => vec![name],
            AssistantChoice::Models(names) => names,
        };
        if let Some(name) = names.iter().find(|name| self.parts().models.get(name).is_none()) {
            return Err(Error::UnknownModel { name: name.clone(), known: self.models() });
        }
        assistant_of(names)
    }

    /// A budget at the prices of the dearest upstream that may be asked.
    fn cost_budget(&self, most: Option<u64>, models: &[String]) -> Result<Option<CostBudget>, Error> {
        let Some(most) = most else { return Ok(None) };
        let models = models.iter().filter_map(|name| self.parts().models.get(name));
        let prices =
            |model: Arc<Model>| model.upstreams().iter().map(|known| known.config().prices).collect::<Vec<_>>();
        let prices: Vec<_> = models.flat_map(prices).collect();
        let prompt = prices.iter().map(|prices| prices.prompt).max().unwrap_or(0);
        let completion = prices.iter().map(|prices| prices.completion).max().unwrap_or(0);
        if (prompt, completion) == (0, 0) {
            return Err(Error::NoPrices);
        }
        Ok(Some(CostBudget { most, prompt, completion }))
    }

    /// The newest sessions, newest first; such as cannot be read are left out here and named by `log verify`.
    pub async fn sessions(&self) -> Result<Vec<SessionSummary>, Error> {
        let mut summaries = Vec::new();
        for row in self.parts().log.sessions().await?.into_iter().take(LISTED) {
            let Ok(session) = self.session(row.session).await else { continue };
            let view = session.with(audience::candidate_view);
            summaries.push(SessionSummary {
                id: row.session,
                title: session.task().brief.title.clone(),
                task: view.task,
                phase: view.phase,
                mode: view.mode,
                created: row.first_wall,
            });
        }
        Ok(summaries)
    }
}

/// Who answers with these models.
fn assistant_of(mut names: Vec<String>) -> Result<AssistantKind, Error> {
    if let Some(name) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        return Err(Error::ModelTwice { name: name.1.clone() });
    }
    Ok(match names.len() {
        0 => AssistantKind::Offline,
        1 => AssistantKind::Model(names.remove(0)),
        _ => AssistantKind::Models(names),
    })
}
