//! Scenarios made ready for event loops: requests prepared, names made slots, who comes when.
//!
//! Built once, then only read. Sends nothing and judges nothing.

use crate::base::seed::Seed;
use crate::load::World;
use crate::load::before::listeners;
use crate::load::judge::StepRules;
use crate::plan::load::PlannedLoad;
use crate::plan::uses::variables;
use crate::plan::{PlannedCase, PlannedKind, PlannedSend, PlannedStep};
use crate::request::maker::Maker;
use crate::request::names::Names;
use crate::request::prepared::Prepared;
use crate::request::prepared::slot::{Held, Slots};
use crate::suite::ast::load::Pick;
use crate::suite::ast::step::AuthChoice;
use crate::suite::template::TemplateValue;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A longer pattern of weights is drawn by the seed instead.
const LONGEST: u64 = 4_096;

/// Everything that event loops share.
pub(super) struct Scripts {
    pub(super) planned: Arc<PlannedLoad>,
    pub(super) world: Arc<World>,
    pub(super) scripts: Vec<Script>,
    pub(super) slots: Slots,
    /// By scenario, its scripts and rows.
    pub(super) scenarios: Vec<Scenario>,
    /// What answers are judged by, one for each request that is ever sent.
    pub(super) rules: Vec<StepRules>,
    /// Origins, in the order of the endpoints.
    pub(super) origins: Vec<String>,
    pub(super) turns: Turns,
}

/// The identities whose tokens the requests of a plan need.
pub(super) fn identities(planned: &PlannedLoad) -> Vec<String> {
    let cases = planned.before.iter().chain(planned.scenarios.iter().flat_map(|s| &s.cases));
    let mut found = BTreeSet::new();
    for step in cases.flat_map(|c| &c.steps) {
        found.extend(step.tokens.iter().cloned());
        let PlannedKind::Send(send) = &step.kind else { continue };
        if let AuthChoice::Identity(name) = &send.auth {
            found.extend(name.as_literal().filter(|n| *n != "none").map(str::to_owned));
        }
        let named = variables(send).into_iter().filter_map(|(name, _)| name.strip_prefix("auth.")?.strip_suffix(".token"));
        found.extend(named.map(str::to_owned));
    }
    found.into_iter().collect()
}

/// One way through a scenario.
pub(super) struct Script {
    pub(super) case: Arc<PlannedCase>,
    pub(super) fixed: Names,
    pub(super) acts: Vec<Act>,
    /// By slot, where its value comes from.
    pub(super) sources: Vec<Source>,
    pub(super) needs_unique: bool,
}

/// What a journey does next.
pub(super) enum Act {
    /// Sends a request.
    Send(Box<Sending>),
    /// Remembers values.
    Set(Vec<(String, TemplateValue)>),
}

/// A request to be sent.
pub(super) struct Sending {
    pub(super) prepared: Prepared,
    /// Which step of the case it is.
    pub(super) step: usize,
    pub(super) operation: usize,
    pub(super) endpoint: usize,
    /// Index into [`Scripts::rules`].
    pub(super) rules: usize,
    pub(super) head: bool,
    pub(super) fresh: bool,
    /// Callbacks that its answer triggers.
    pub(super) triggers: Vec<usize>,
}

impl Sending {
    /// The step as it was planned.
    ///
    /// # Panics
    /// Never: the step was a request when this was made of it.
    pub(super) fn send<'s>(&self, script: &'s Script) -> &'s PlannedSend {
        match &script.case.steps[self.step].kind {
            PlannedKind::Send(send) => send,
            _ => unreachable!("a request was made of this step"),
        }
    }
}

/// Where the value of a slot comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A token.
    Token(String),
    /// A column of the scenario's rows.
    Data(usize),
    /// What tells this journey from every other.
    Unique,
    /// What the journey remembered.
    Journey,
}

/// A scenario's scripts and rows.
pub(super) struct Scenario {
    pub(super) scripts: Vec<usize>,
    pub(super) rows: Option<(Vec<Vec<Held>>, Arc<crate::suite::data::Rows>, Pick)>,
}

/// Whose turn it is: a pure function of the number of the journey.
pub(super) struct Turns {
    /// The scenarios in the order of one round, each with how many of its own came before in the round.
    round: Vec<(usize, u64)>,
    weights: Vec<u64>,
    seed: Option<Seed>,
}

impl Turns {
    pub(super) fn new(weights: &[u32], seed: Seed) -> Self {
        let weights: Vec<u64> = weights.iter().map(|w| u64::from(*w)).collect();
        let total: u64 = weights.iter().sum();
        if total > LONGEST {
            return Self { round: Vec::new(), weights, seed: Some(seed.derive("scenarios")) };
        }
        // Each turn goes to who is furthest behind its share, so that a round is as even as it can be.
        let (mut round, mut given) = (Vec::new(), vec![0_u64; weights.len()]);
        for turn in 0..total {
            let behind = |i: &usize| i128::from(weights[*i] * (turn + 1)) - i128::from(given[*i] * total);
            let Some(next) = (0..weights.len()).max_by_key(|i| (behind(i), std::cmp::Reverse(*i))) else { break };
            round.push((next, given[next]));
            given[next] += 1;
        }
        Self { round, weights, seed: None }
    }

    /// The scenario of the `n`-th journey, and which of its own this is.
    pub(super) fn of(&self, n: u64) -> (usize, u64) {
        let Some(seed) = self.seed else {
            let (scenario, before) = self.round[usize::try_from(n % self.round.len() as u64).unwrap_or_default()];
            return (scenario, n / self.round.len() as u64 * self.weights[scenario] + before);
        };
        let mut drawn = Seed(seed.0 ^ n).rng().next_u64() % self.weights.iter().sum::<u64>();
        for (scenario, weight) in self.weights.iter().enumerate() {
            if drawn < *weight {
                return (scenario, n);
            }
            drawn -= weight;
        }
        (0, n)
    }
}

/// Makes scenarios ready.
///
/// # Errors
/// A lower-case fragment that names the step of which no request can be made.
pub(super) fn prepare(planned: &Arc<PlannedLoad>, world: &Arc<World>, remembered: Map<String, Value>) -> Result<Scripts, String> {
    let mut builder = Builder { planned, world, remembered, slots: Slots::default(), rules: Vec::new(), origins: Vec::new() };
    let (mut scripts, mut scenarios) = (Vec::new(), Vec::new());
    for scenario in &planned.scenarios {
        let first = scripts.len();
        for case in &scenario.cases {
            scripts.push(builder.script(case, scenario.data.is_some())?);
        }
        let rows = scenario.data.as_ref().map(|(rows, pick)| {
            let held = (0..rows.len()).map(|r| rows.row(r).iter().map(Held::of).collect()).collect();
            (held, Arc::clone(rows), *pick)
        });
        scenarios.push(Scenario { scripts: (first..scripts.len()).collect(), rows });
    }
    let columns: Vec<Option<&crate::suite::data::Rows>> =
        planned.scenarios.iter().flat_map(|s| s.cases.iter().map(|_| s.data.as_ref().map(|(rows, _)| &**rows))).collect();
    for (script, rows) in scripts.iter_mut().zip(columns) {
        script.sources = builder.slots.names().iter().map(|name| builder.source(name, rows)).collect();
        let uses = |act: &Act| match act {
            Act::Send(sending) => variables(sending.send(script)).iter().any(|(name, _)| *name == "unique"),
            Act::Set(_) => false,
        };
        script.needs_unique = script.acts.iter().any(uses);
    }
    let weights: Vec<u32> = planned.scenarios.iter().map(|s| s.weight).collect();
    let Builder { slots, rules, origins, .. } = builder;
    Ok(Scripts {
        turns: Turns::new(&weights, world.seed),
        planned: Arc::clone(planned),
        world: Arc::clone(world),
        scripts,
        slots,
        scenarios,
        rules,
        origins,
    })
}

struct Builder<'a> {
    planned: &'a Arc<PlannedLoad>,
    world: &'a Arc<World>,
    /// What was captured before.
    remembered: Map<String, Value>,
    slots: Slots,
    rules: Vec<StepRules>,
    origins: Vec<String>,
}

impl Builder<'_> {
    fn script(&mut self, case: &Arc<PlannedCase>, has_data: bool) -> Result<Script, String> {
        let (planned, world) = (self.planned, self.world);
        let suite = &planned.plan.suites[case.suite];
        let maker =
            Maker { planned: suite, origins: &world.origins, environment: &world.environment, seed: world.seed, case: &case.id };
        let mut fixed = Names { fixed: maker.known(&case.row, listeners(world)), ..Names::default() };
        fixed.fixed.extend(self.remembered.clone());
        if has_data {
            // The rows of the file take the place of the case's own: its names are slots.
            fixed.fixed.remove("row");
        }
        let mut acts = Vec::new();
        for (index, step) in case.steps.iter().enumerate() {
            match &step.kind {
                PlannedKind::Send(send) => {
                    let sending = self.sending(&maker, &fixed, (index, step), send);
                    acts.push(Act::Send(Box::new(sending.map_err(|why| format!("{}: {why}", step.title))?)));
                }
                PlannedKind::Set(values) => acts.push(Act::Set(values.clone())),
                _ => {}
            }
        }
        Ok(Script { case: Arc::clone(case), fixed, acts, sources: Vec::new(), needs_unique: false })
    }

    fn sending(
        &mut self,
        maker: &Maker<'_>,
        fixed: &Names,
        (index, step): (usize, &PlannedStep),
        send: &PlannedSend,
    ) -> Result<Sending, String> {
        let prepared = Prepared::compile(maker, send, fixed, &mut self.slots)?;
        let (origin, method, operation, rules) = match (&prepared, &send.target) {
            (Prepared::Ready(ready), _) => {
                let target = ready.target();
                (target.origin.to_string(), target.method.clone(), target.operation.clone(), Arc::clone(&target.rules))
            }
            (Prepared::Slow(_), crate::plan::SendTarget::Operation { operation, rules, .. }) => {
                let origin = maker.origins.of(maker.planned.spec_of(rules));
                let origin = crate::net::address::parse_origin(origin)?.to_string();
                (origin, operation.method.clone(), Some(Arc::clone(operation)), Arc::clone(rules))
            }
            (Prepared::Slow(_), crate::plan::SendTarget::Raw { method, .. }) => {
                let origin = crate::net::address::parse_origin(maker.origins.of(&maker.planned.spec))?.to_string();
                let method = method.as_literal().unwrap_or("GET").to_ascii_uppercase();
                (origin, method, None, Arc::clone(&maker.planned.rules))
            }
        };
        let endpoint = self.origins.iter().position(|o| *o == origin).unwrap_or_else(|| {
            self.origins.push(origin);
            self.origins.len() - 1
        });
        let id = operation.as_ref().map(|o| o.id.clone());
        let triggers = self.planned.callbacks.iter().enumerate();
        let triggers = triggers.filter(|(_, c)| id.as_ref() == Some(&c.spec.trigger.value)).map(|(i, _)| i).collect();
        let (head, fresh) = (method == "HEAD", operation.as_ref().is_some_and(|o| o.read_once));
        self.rules.push(StepRules { method, rules, operation, expect: Arc::new(send.expect.clone()), cited: step.cited.clone() });
        Ok(Sending {
            prepared,
            step: index,
            operation: self.planned.operation(send),
            endpoint,
            rules: self.rules.len() - 1,
            head,
            fresh,
            triggers,
        })
    }

    fn source(&self, name: &str, rows: Option<&crate::suite::data::Rows>) -> Source {
        if name == "unique" {
            return Source::Unique;
        }
        let column = name.strip_prefix("data.").or_else(|| name.strip_prefix("row."));
        if let Some(column) = column.and_then(|c| rows?.column(c)) {
            return Source::Data(column);
        }
        if let Some(identity) = name.strip_prefix("auth.").and_then(|rest| rest.strip_suffix(".token")) {
            return Source::Token(identity.to_owned());
        }
        Source::Journey
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;
    use crate::base::seed::Seed;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn turns_keep_the_weights_and_count_each_scenarios_own(weights in prop::collection::vec(1u32..20, 1..5)) {
            let turns = Turns::new(&weights, Seed(1));
            let total: u32 = weights.iter().sum();
            let mut counts = vec![0_u64; weights.len()];
            for n in 0..u64::from(total) * 3 {
                let (scenario, own) = turns.of(n);
                prop_assert_eq!(own, counts[scenario]);
                counts[scenario] += 1;
                // Never further from its share than one turn.
                for (count, weight) in counts.iter().zip(&weights) {
                    let share = (n + 1) as f64 * f64::from(*weight) / f64::from(total);
                    prop_assert!((*count as f64 - share).abs() <= 1.0 + 1e-9);
                }
            }
            prop_assert!(counts.iter().zip(&weights).all(|(c, w)| *c == 3 * u64::from(*w)));
        }
    }
}
