//! Binds suites to contracts and settings: cases with their expectations, ready to execute.
//!
//! Finds every mistake that can be found before a packet is sent. Sends nothing.

pub mod bind;
mod calls;
pub mod certification;
pub mod coverage;
pub mod load;
#[cfg(test)]
mod load_tests;
pub mod monitor;
pub mod quick;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
pub mod uses;

use crate::base::source::Place;
use crate::check::rules::Rules;
use crate::contract::model::{Operation, Parameter};
use crate::model::check::Requirement;
use crate::suite::ast::Suite;
use crate::suite::ast::case::Isolation;
use crate::suite::ast::expect::{Capture, Collect, Expect};
use crate::suite::ast::step::{AssertStep, AuthChoice, AwaitStep, ControlStep, ListenerAnswer, Payload, Poll, Repeat};
use crate::suite::template::{Template, TemplateValue};
use serde_json::Value;
use std::sync::Arc;

/// Everything that will be done.
#[derive(Debug)]
pub struct Plan {
    /// The suites, in the order they were named.
    pub suites: Vec<PlannedSuite>,
    /// The cases, suite by suite, in the order they were written, a row at a time.
    pub cases: Vec<Arc<PlannedCase>>,
    /// True when cases were selected, so that gates of coverage are not demanded.
    pub restricted: bool,
}

/// A suite bound to its contract.
#[derive(Debug)]
pub struct PlannedSuite {
    /// As written.
    pub suite: Arc<Suite>,
    /// What judges its exchanges.
    pub rules: Arc<Rules>,
    /// The stem of the suite's file name.
    pub slug: String,
    /// The stem of the spec's file name, by which an environment may place it.
    pub spec: String,
    /// Other contracts whose operations the steps call.
    pub also: Vec<Neighbour>,
}

impl PlannedSuite {
    /// The contract a request belongs to, with its operation where the method is documented: the suite's own first, then the
    /// others. A HEAD belongs to the GET of its path.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> (Arc<Rules>, Option<Arc<Operation>>) {
        let method = if method == "HEAD" { "GET" } else { method };
        let mut fallback = None;
        for rules in std::iter::once(&self.rules).chain(self.also.iter().map(|n| &n.rules)) {
            if let Some(found) = rules.contract.route_from_root(method, path) {
                return (Arc::clone(rules), Some(found.operation));
            }
            if rules.contract.holds(path) {
                fallback.get_or_insert(rules);
            }
        }
        (Arc::clone(fallback.unwrap_or(&self.rules)), None)
    }

    /// The stem of the file name of a contract's document.
    #[must_use]
    pub fn spec_of(&self, rules: &Arc<Rules>) -> &str {
        self.also.iter().find(|n| Arc::ptr_eq(&n.rules, rules)).map_or(&self.spec, |n| &n.spec)
    }
}

/// Another contract whose operations the steps call.
#[derive(Debug)]
pub struct Neighbour {
    /// What judges its answers.
    pub rules: Arc<Rules>,
    /// The stem of its file name.
    pub spec: String,
}

/// A case bound to a row.
#[derive(Debug)]
pub struct PlannedCase {
    /// Suite slug, case slug and row: `laas-contract-signature/everyone-signs[2]`.
    pub id: String,
    /// Title, with what makes the row differ.
    pub title: String,
    /// Index into [`Plan::suites`].
    pub suite: usize,
    /// Where it is written.
    pub place: Place,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether the gate needs it.
    pub required: bool,
    /// What it stands for; the first is cited by findings of its expectations.
    pub requirements: Vec<Requirement>,
    /// The values of `${row.…}`.
    pub row: Vec<(String, Value)>,
    /// Whether it may run beside others.
    pub isolation: Isolation,
    /// Why it cannot be run in this environment.
    pub lacking: Option<String>,
    /// Its steps.
    pub steps: Vec<PlannedStep>,
    /// How listeners answer from the start.
    pub responders: Vec<(String, Vec<ListenerAnswer>)>,
    /// The listeners it uses.
    pub listeners: Vec<String>,
}

impl PlannedCase {
    /// How long the case may wait for what must not come, in rough units: for scheduling only.
    #[must_use]
    pub fn patience(&self) -> u32 {
        patience(&self.steps)
    }
}

fn patience(steps: &[PlannedStep]) -> u32 {
    let of = |step: &PlannedStep| match &step.kind {
        PlannedKind::Await(wait) => {
            let again = wait.step.expect.redelivery.as_ref();
            let each = |newer: bool| if newer { 7 } else { 1 };
            let rounds = again.map_or(0, |r| r.times.saturating_add(u32::from(r.last)).saturating_mul(each(!r.newer.is_empty())));
            rounds.saturating_add(u32::from(wait.step.count.max.is_some()))
        }
        // An answer held back is waited for.
        PlannedKind::Listener(_, answers) => {
            answers.iter().map(|a| u32::try_from(a.after.0 / 200_000_000).unwrap_or(u32::MAX)).max().unwrap_or(0)
        }
        PlannedKind::Parallel(inner) => patience(inner),
        _ => 0,
    };
    steps.iter().map(of).fold(0, u32::saturating_add)
}

/// A step bound to the contract.
#[derive(Debug)]
pub struct PlannedStep {
    /// As a reader would name it.
    pub title: String,
    /// Where it is written.
    pub place: Place,
    /// What its findings cite.
    pub cited: Option<Requirement>,
    /// Identities whose tokens its templates use.
    pub tokens: Vec<String>,
    /// What it does.
    pub kind: PlannedKind,
}

/// What a step does.
#[derive(Debug)]
pub enum PlannedKind {
    /// Sends a request.
    Send(Box<PlannedSend>),
    /// Uses the environment's control.
    Control(Box<ControlStep>),
    /// Sets how a listener answers.
    Listener(String, Vec<ListenerAnswer>),
    /// Waits for deliveries.
    Await(Box<PlannedAwait>),
    /// Remembers values.
    Set(Vec<(String, TemplateValue)>),
    /// Judges a remembered value.
    Assert(Box<AssertStep>),
    /// Runs steps at the same time.
    Parallel(Vec<PlannedStep>),
}

/// What a request is sent to.
#[derive(Debug)]
pub enum SendTarget {
    /// An operation of the spec, with its path parameters.
    Operation {
        /// The operation.
        operation: Arc<Operation>,
        /// What judges its answers.
        rules: Arc<Rules>,
        /// A value for every parameter of the path.
        path: Vec<(Parameter, TemplateValue)>,
    },
    /// A path of the target, routed when it is known.
    Raw {
        /// The method.
        method: Template,
        /// Path and query.
        target: Template,
    },
}

/// A request to send.
#[derive(Debug)]
pub struct PlannedSend {
    /// Where to.
    pub target: SendTarget,
    /// Query parameters, with what the spec says of them.
    pub query: Vec<(Option<Parameter>, String, TemplateValue)>,
    /// Headers, with what the spec says of them.
    pub headers: Vec<(Option<Parameter>, String, TemplateValue)>,
    /// Cookies, with what the spec says of them.
    pub cookies: Vec<(Option<Parameter>, String, TemplateValue)>,
    /// The body.
    pub payload: Option<Payload>,
    /// How it identifies its caller.
    pub auth: AuthChoice,
    /// How often.
    pub repeat: Option<Repeat>,
    /// Until when.
    pub poll: Option<Poll>,
    /// What the answer is expected to be.
    pub expect: Expect,
    /// What is remembered.
    pub capture: Vec<Capture>,
    /// What is remembered as lists.
    pub collect: Vec<Collect>,
}

/// Deliveries to wait for.
#[derive(Debug)]
pub struct PlannedAwait {
    /// As written.
    pub step: AwaitStep,
    /// The callback's operation.
    pub operation: Arc<Operation>,
    /// `operationId.name`, for coverage.
    pub callback: String,
    /// The rules of the spec that describes the callback.
    pub rules: Arc<Rules>,
}
