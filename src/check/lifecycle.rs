//! The family `lifecycle`: states, transitions and relations over everything a case observes.
//!
//! Remembers what was seen of each object and judges what comes next. Asks for nothing and never waits.

use crate::base::pointer::Pointer;
use crate::check::catalogue::{LIFECYCLE_INITIAL, LIFECYCLE_INVARIANT, LIFECYCLE_TRANSITION, LIFECYCLE_UNCHANGED};
use crate::check::expected::{Means, match_fault};
use crate::check::found::Judgement;
use crate::check::rules::{BoundInvariant, Rules};
use crate::check::subject::{Fill, brief, finding};
use crate::contract::model::{Operation, SchemaRef};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::suite::ast::catalogue::{InvariantRule, Lifecycle};
use crate::suite::matcher::MatchFault;
use crate::suite::path::Path;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A message whose objects are observed.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// The exchange that shows them.
    pub exchange: &'a Exchange,
    /// The operation, or the callback's.
    pub operation: Option<&'a Operation>,
    /// The schema of the body.
    pub schema: &'a SchemaRef,
    /// The body.
    pub body: &'a Value,
    /// True for the answer that created something (201); a callback may tell of what began before anyone listened.
    pub created: bool,
}

/// The state an object was last seen in.
#[derive(Clone, Debug)]
struct Seen {
    state: String,
    /// When the exchange that showed it had ended: what began before may show an older state.
    until: Timestamp,
}

/// What a case has seen so far.
#[derive(Debug, Default)]
pub struct Tracker {
    states: HashMap<(usize, String), Seen>,
    /// Objects of callback components that were seen, as text: seen again, they are no news.
    known: HashSet<(usize, String, String)>,
    values: HashMap<(usize, String, usize), Value>,
    /// `lifecycle FROM -> TO`, as covered.
    pub transitions: BTreeSet<String>,
}

/// The name of a transition in coverage.
#[must_use]
pub fn transition(lifecycle: &str, from: &str, to: &str) -> String {
    format!("{lifecycle}: {from} -> {to}")
}

/// Every transition a suite declares.
#[must_use]
pub fn declared(lifecycles: &[Lifecycle]) -> BTreeSet<String> {
    lifecycles
        .iter()
        .flat_map(|l| {
            l.transitions
                .iter()
                .flat_map(move |(from, tos)| tos.iter().map(move |to| transition(&l.name.value, &from.value, &to.value)))
        })
        .collect()
}

impl Tracker {
    /// Forgets every object, keeping what was covered: the target was reset.
    pub fn forget_objects(&mut self) {
        let transitions = std::mem::take(&mut self.transitions);
        *self = Self { transitions, ..Self::default() };
    }

    /// Judges every object that a message bears, and remembers it.
    pub fn observe(&mut self, rules: &Rules, observed: Observed<'_>, means: Means<'_>) -> Judgement {
        let mut judgement = Judgement::default();
        for (index, lifecycle) in rules.lifecycles.iter().enumerate() {
            for (pointer, object) in borne(rules, observed, &lifecycle.of.value) {
                if let Some(mut finding) = self.step(rules, index, lifecycle, observed, object, means) {
                    finding.instance = Some(pointer);
                    judgement.findings.push(finding.about(observed.exchange, observed.operation));
                }
            }
        }
        for (index, bound) in rules.invariants.iter().enumerate() {
            for (pointer, object) in borne(rules, observed, &bound.invariant.on.value) {
                let mut found = self.relation(index, bound, observed, object, means);
                for finding in &mut found.findings {
                    finding.instance = Some(join(&pointer, finding.instance.as_ref()));
                }
                found.findings = found
                    .findings
                    .into_iter()
                    .map(|f| f.about(observed.exchange, observed.operation).citing(Some(&bound.requirement)))
                    .collect();
                judgement.extend(found);
            }
        }
        judgement
    }

    fn step(
        &mut self,
        rules: &Rules,
        index: usize,
        lifecycle: &Lifecycle,
        observed: Observed<'_>,
        object: &Value,
        means: Means<'_>,
    ) -> Option<Finding> {
        if !crate::check::expected::body_matches(Some(object), &lifecycle.when, means) {
            return None;
        }
        let id = identity(&lifecycle.id, lifecycle.scope.as_ref(), object, observed.body)?;
        let state = text(lifecycle.state.select(object).first()?.1);
        let key = (index, id);
        if rules.brought_by_callbacks.contains(&lifecycle.of.value)
            && !self.known.insert((index, key.1.clone(), object.to_string()))
        {
            return None;
        }
        let name = &lifecycle.name.value;
        let timing = observed.exchange.timing;
        let until = timing.began.checked_add(timing.service.duration()).unwrap_or(timing.began);
        let Some(before) = self.states.insert(key.clone(), Seen { state: state.clone(), until }) else {
            let initial: Vec<&str> = lifecycle.initial.iter().map(|s| s.value.as_str()).collect();
            let wrong = observed.created && !initial.is_empty() && !initial.contains(&state.as_str());
            return wrong.then(|| {
                finding(
                    LIFECYCLE_INITIAL,
                    format!("a new {} of lifecycle {name} is not in an initial state", lifecycle.of.value),
                    initial.join(" or "),
                    state,
                )
            });
        };
        let Seen { state: before, until: seen_until } = before;
        let next = edges(lifecycle);
        let older = timing.began < seen_until && reachable(&next, &state).contains(before.as_str());
        if older {
            // Both were under way at the same time, and the target may have made this answer first.
            self.states.insert(key, Seen { state: before, until: seen_until.max(until) });
            return None;
        }
        if before == state {
            return None;
        }
        if next.get(before.as_str()).is_some_and(|to| to.contains(state.as_str())) {
            self.transitions.insert(transition(name, &before, &state));
            return None;
        }
        if reachable(&next, &before).contains(state.as_str()) {
            return None;
        }
        let allowed = next.get(before.as_str()).map(|to| to.iter().copied().collect::<Vec<_>>().join(" or ")).unwrap_or_default();
        let expected =
            if allowed.is_empty() { format!("{before} (nothing follows it)") } else { format!("{before}, or {allowed}") };
        Some(finding(LIFECYCLE_TRANSITION, format!("lifecycle {name} does not go from {before} to {state}"), expected, state))
    }

    fn relation(
        &mut self,
        index: usize,
        bound: &BoundInvariant,
        observed: Observed<'_>,
        object: &Value,
        means: Means<'_>,
    ) -> Judgement {
        let invariant = &bound.invariant;
        let mut judgement = Judgement::default();
        if !crate::check::expected::body_matches(Some(object), &invariant.when, means) {
            return judgement;
        }
        match &invariant.rule {
            InvariantRule::Then(expectation) => {
                for (path, matcher) in expectation {
                    match matcher.test(&path.select(object), path.is_singular(), means.scope, means.schemas) {
                        Ok(()) => {}
                        Err(MatchFault::Mismatch(mismatch)) => {
                            let mut found = finding(
                                LIFECYCLE_INVARIANT,
                                format!("\"{}\" does not hold", invariant.name.value),
                                mismatch.expected,
                                brief(&mismatch.actual),
                            );
                            found.instance = Some(mismatch.pointer);
                            judgement.findings.push(found);
                        }
                        Err(fault) => judgement.cannot(match_fault(&fault)),
                    }
                }
            }
            InvariantRule::Unchanged { id, scope, paths } => {
                let Some(id) = identity(id, scope.as_ref(), object, observed.body) else { return judgement };
                for (at, path) in paths.iter().enumerate() {
                    let selected = path.select(object);
                    let Some((pointer, now)) = selected.first() else { continue };
                    let first = self.values.entry((index, id.clone(), at)).or_insert_with(|| (*now).clone());
                    if first != *now {
                        let mut found = finding(
                            LIFECYCLE_UNCHANGED,
                            format!("\"{}\" does not hold: {path} changed", invariant.name.value),
                            brief(&first.to_string()),
                            brief(&now.to_string()),
                        );
                        found.instance = Some(pointer.clone());
                        judgement.findings.push(found);
                    }
                }
            }
        }
        judgement
    }
}

/// The instances of a component that a message bears, each place once.
fn borne<'v>(rules: &Rules, observed: Observed<'v>, component: &str) -> Vec<(Pointer, &'v Value)> {
    let mut places = BTreeSet::new();
    rules
        .occurrences(observed.schema, component)
        .iter()
        .flat_map(|pattern| pattern.select(observed.body))
        .filter(|(pointer, _)| places.insert(pointer.as_str().to_owned()))
        .collect()
}

fn join(base: &Pointer, inner: Option<&Pointer>) -> Pointer {
    inner.map_or_else(|| base.clone(), |inner| Pointer::from_escaped(format!("{base}{inner}")))
}

/// The id of an object, made unique by the scope; `None` where it has none.
fn identity(id: &Path, scope: Option<&Path>, object: &Value, body: &Value) -> Option<String> {
    let own = text(id.select(object).first()?.1);
    match scope {
        None => Some(own),
        Some(scope) => Some(format!("{} {own}", text(scope.select(body).first()?.1))),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn edges(lifecycle: &Lifecycle) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in &lifecycle.transitions {
        next.entry(from.value.as_str()).or_default().extend(to.iter().map(|s| s.value.as_str()));
    }
    next
}

pub(super) fn reachable<'l>(next: &BTreeMap<&'l str, BTreeSet<&'l str>>, from: &str) -> BTreeSet<&'l str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&'l str> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(state) = open.pop() {
        if found.insert(state) {
            open.extend(next.get(state).into_iter().flatten().copied());
        }
    }
    found
}
