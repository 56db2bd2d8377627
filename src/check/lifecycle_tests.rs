//! Objects as they are observed one after the other, and what reachability promises.
//!
//! Tables and properties over the small contract. Sends nothing.

use crate::check::bench::{delivery, exchange, response};
use crate::check::expected::Means;
use crate::check::judgement_tests::rules;
use crate::check::lifecycle::{Observed, Tracker, declared, reachable};
use crate::suite::template::Scope;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

struct Nothing;

impl Scope for Nothing {
    fn lookup(&self, _name: &str) -> Option<Value> {
        None
    }
}

/// What is found when these are observed in order: operation, status, second at which it began, body.
fn observed(steps: &[(&str, u16, i64, Value)]) -> (Vec<String>, BTreeSet<String>) {
    let rules = rules();
    let mut tracker = Tracker::default();
    let mut found = Vec::new();
    for (operation, status, at, body) in steps {
        let means = Means { scope: &Nothing, schemas: &|_, _| Ok(()) };
        let judgement = if *operation == "told" {
            let callback = &rules.contract.callback("createThing.told").unwrap().operation;
            let schema = callback.body.as_ref().unwrap().media[0].schema.as_ref().unwrap();
            let exchange = delivery(&[], "", 204, *at);
            let observed = Observed { exchange: &exchange, operation: Some(callback), schema, body, created: false };
            tracker.observe(&rules, observed, means)
        } else {
            let exchange = exchange("GET", "/things", response(*status, &[], ""), *at);
            let operation = rules.contract.operation(operation).unwrap();
            let schema = rules.answer_schema(operation, *status, "application/json").unwrap();
            let created = *status == 201;
            tracker.observe(&rules, Observed { exchange: &exchange, operation: Some(operation), schema, body, created }, means)
        };
        assert!(judgement.errors.is_empty());
        found.extend(judgement.findings.iter().map(|f| {
            format!("{at}: {} {} ({}, not {})", f.check.0, f.instance.as_ref().map_or("", |p| p.as_str()), f.actual, f.expected)
        }));
    }
    (found, tracker.transitions)
}

fn thing(state: &str) -> Value {
    json!({"id": "t1", "state": state, "owner": "me"})
}

#[test]
fn states_are_left_as_declared() {
    let (found, seen) = observed(&[
        ("createThing", 201, 0, thing("OPEN")),
        ("readThing", 200, 1, thing("FAILED")),
        ("readThing", 200, 2, thing("FAILED")),
        ("listThings", 200, 3, json!([thing("DONE")])),
    ]);
    assert_eq!(found, Vec::<String>::new());
    // FAILED -> OPEN -> DONE may have happened unseen: accepted, and not counted.
    assert_eq!(seen, BTreeSet::from(["thing: OPEN -> FAILED".to_owned()]));
    let (found, _) = observed(&[("readThing", 200, 0, thing("DONE")), ("listThings", 200, 1, json!([thing("OPEN")]))]);
    assert_eq!(found, ["1: lifecycle.transition /0 (OPEN, not DONE (nothing follows it))"]);
}

#[test]
fn what_is_new_begins_as_declared() {
    assert_eq!(observed(&[("createThing", 201, 0, thing("FAILED"))]).0, ["0: lifecycle.initial  (FAILED, not OPEN)"]);
    let told = json!({"n": 1, "thing": thing("FAILED")});
    assert_eq!(observed(&[("told", 0, 0, told)]).0, Vec::<String>::new(), "it may have begun before anyone listened");
    assert_eq!(observed(&[("readThing", 200, 0, thing("FAILED"))]).0, Vec::<String>::new(), "what is read may be old");
}

#[test]
fn answers_under_way_at_the_same_time_may_overtake_each_other() {
    let both = |second| observed(&[("readThing", 200, 5, thing("DONE")), ("readThing", 200, second, thing("OPEN"))]).0;
    assert_eq!(both(5), Vec::<String>::new(), "it began before the other had ended");
    assert_eq!(both(6).len(), 1);
    // Seen in the overtaken answer, DONE is still the state to go on from.
    let mut again = thing("OPEN");
    again["count"] = json!(2);
    let after = [("readThing", 200, 5, thing("DONE")), ("readThing", 200, 5, thing("OPEN")), ("readThing", 200, 7, again)];
    assert_eq!(observed(&after).0.len(), 1);
    let never = [("readThing", 200, 5, thing("OPEN")), ("readThing", 200, 5, thing("ODD"))];
    assert_eq!(observed(&never).0.len(), 1, "no order of the two would do");
}

#[test]
fn relations_hold_over_everything_observed() {
    let ownerless = json!({"id": "t2", "state": "DONE"});
    assert_eq!(
        observed(&[("listThings", 200, 0, json!([thing("OPEN"), ownerless]))]).0,
        ["0: lifecycle.invariant /1 (nothing, not a value)"]
    );
    let renamed = json!({"id": "t1", "state": "OPEN", "owner": "you"});
    let found = observed(&[("readThing", 200, 0, thing("OPEN")), ("readThing", 200, 1, renamed)]).0;
    assert_eq!(found, ["1: lifecycle.unchanged /owner (\"you\", not \"me\")"]);
}

#[test]
fn a_reset_forgets_objects_and_keeps_what_was_covered() {
    assert_eq!(declared(&rules().lifecycles).len(), 3);
    let mut tracker = Tracker::default();
    tracker.transitions.insert("thing: OPEN -> DONE".to_owned());
    tracker.forget_objects();
    assert_eq!(tracker.transitions.len(), 1);
}

proptest! {
    #[test]
    fn reachability_is_the_transitive_closure(pairs in proptest::collection::btree_set((0_u8..6, 0_u8..6), 0..18)) {
        let names = ["a", "b", "c", "d", "e", "f"];
        let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (from, to) in &pairs {
            next.entry(names[usize::from(*from)]).or_default().insert(names[usize::from(*to)]);
        }
        let all: BTreeMap<&str, BTreeSet<&str>> = names.iter().map(|n| (*n, reachable(&next, n))).collect();
        for (from, tos) in &all {
            // Every edge is in it, following it leads nowhere new, and each of it is one step from the start or from another of it.
            prop_assert!(next.get(from).into_iter().flatten().all(|to| tos.contains(to)));
            prop_assert!(tos.iter().all(|to| all[to].is_subset(tos)));
            let one_step = |to: &&str| std::iter::once(from).chain(tos).any(|f| next.get(f).is_some_and(|n| n.contains(to)));
            prop_assert!(tos.iter().all(one_step));
        }
    }
}
