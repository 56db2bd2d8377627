//! Deliveries beside what was due: counts, order, sequence and replays.
//!
//! Tables of small bodies. Receives nothing.

use crate::base::source::Span;
use crate::base::units::Nanos;
use crate::check::bench::delivery;
use crate::check::delivery::{self, Context, Notification, group};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::suite::path::Path;
use serde_json::{Value, json};

/// Deliveries of these ids and bodies, answered with these statuses.
fn arrived(rows: &[(&str, &str, u16)]) -> Vec<Exchange> {
    rows.iter().zip(0..).map(|((id, body, status), at)| delivery(&[("webhook-id", id)], body, *status, at)).collect()
}

fn ids(found: impl IntoIterator<Item = Finding>) -> Vec<String> {
    found.into_iter().map(|f| format!("{} ({}, not {})", f.check.0, f.actual, f.expected)).collect()
}

fn path(text: &str) -> Path {
    Path::parse(text, Span::default()).unwrap()
}

const CONTEXT: Context<'static> = Context { operation: None, cited: None };

#[test]
fn attempts_belong_together_by_id_else_by_body() {
    let all = [
        delivery(&[("webhook-id", "a")], "1", 204, 0),
        delivery(&[], "1", 204, 1),
        delivery(&[("webhook-id", "a")], "2", 204, 2),
        delivery(&[("webhook-id", "")], "1", 204, 3),
    ];
    let found: Vec<(String, usize)> = group(&all).into_iter().map(|n| (n.key, n.attempts.len())).collect();
    assert_eq!(found, [("id a".to_owned(), 2), ("body 1".to_owned(), 2)]);
}

#[test]
fn a_surplus_is_found_and_a_renamed_replay_is_told_from_it() {
    let run = |rows: &[(&str, &str, u16)], most| {
        let all = arrived(rows);
        ids(delivery::surplus(CONTEXT, most, &group(&all)))
    };
    assert_eq!(run(&[("a", "1", 204), ("a", "1", 204)], 1), Vec::<String>::new());
    assert_eq!(run(&[("a", "1", 204), ("b", "2", 204)], 1), ["delivery.surplus (2, such as 2, not at most 1)"]);
    assert_eq!(run(&[("a", "1", 204)], 0), ["delivery.surplus (1, such as 1, not no delivery)"]);
    assert_eq!(run(&[("a", "1", 503), ("b", "1", 204)], 1), ["delivery.stable_id (b, not a)"]);
    assert_eq!(run(&[("a", "1", 204), ("b", "1", 204)], 1), ["delivery.surplus (2, such as 1, not at most 1)"]);
    let few = delivery::missing(CONTEXT, 2, 1, Nanos(5_000_000_000), 3);
    assert_eq!(ids([few]), ["delivery.arrived (1, and 3 that do not match, not 2 notifications within 5s)"]);
}

#[test]
fn order_is_judged_by_instant_number_or_text_and_never_assumed() {
    let run = |bodies: &[Value]| {
        let bodies: Vec<String> = bodies.iter().map(ToString::to_string).collect();
        let all: Vec<Exchange> = bodies.iter().zip(0..).map(|(b, at)| delivery(&[], b, 204, at)).collect();
        ids(delivery::order(CONTEXT, &path("$.t"), &group(&all))).len()
    };
    assert_eq!(run(&[json!({"t": 9}), json!({"t": 10})]), 0);
    assert_eq!(run(&[json!({"t": 10}), json!({"t": 9})]), 1);
    assert_eq!(run(&[json!({"t": "2026-01-01T01:00:00+02:00"}), json!({"t": "2026-01-01T00:00:00Z"})]), 0);
    assert_eq!(run(&[json!({"t": "b"}), json!({"t": "a"})]), 1);
    assert_eq!(run(&[json!({"t": 1}), json!({"n": 1})]), 1, "a value that is not there is in no order");
    assert_eq!(run(&[json!({"t": 1}), json!({"t": "2"})]), 1, "a number and a text are in no order");
}

#[test]
fn a_sequence_says_what_is_missing_surplus_or_out_of_order() {
    let run = |states: &[&str]| {
        let bodies: Vec<String> = states.iter().zip(0..).map(|(s, n)| json!({"s": s, "n": n}).to_string()).collect();
        let all: Vec<Exchange> = bodies.iter().zip(0..).map(|(b, at)| delivery(&[], b, 204, at)).collect();
        let wanted = [json!("A"), json!("B")];
        ids(delivery::sequence(CONTEXT, &path("$.s"), &wanted, &group(&all)))
    };
    assert_eq!(run(&["A", "B"]), Vec::<String>::new());
    assert_eq!(run(&["B"]), ["delivery.arrived (B, not A, B)"]);
    assert_eq!(run(&[]), ["delivery.arrived (nothing, not A, B)"]);
    assert_eq!(run(&["A", "B", "B"]), ["delivery.surplus (A, B, B, not A, B)"]);
    assert_eq!(run(&["B", "A"]), ["delivery.order (B, A, not A, B)"]);
    assert_eq!(run(&["A", "C"]), ["delivery.order (A, C, not A, B)"]);
}

#[test]
fn a_replay_is_the_same_but_for_its_time() {
    let sent = |id: &str, at: &str, body: &str| delivery(&[("webhook-id", id), ("webhook-timestamp", at)], body, 204, 0);
    let first = sent("a", "10", "1");
    let replay = |again: &Exchange| ids(delivery::replay(CONTEXT, &first, again, &["webhook-id", "webhook-timestamp"], true));
    assert_eq!(replay(&sent("a", "10", "1")), Vec::<String>::new());
    assert_eq!(replay(&sent("b", "10", "1")), ["delivery.stable_id (b, not a)"]);
    assert_eq!(replay(&sent("a", "11", "1")), ["headers.expected (11, not 10)"]);
    assert_eq!(replay(&sent("a", "10", "2")), ["delivery.identical_body (2, not 1)"]);
    let newer = |again: &Exchange| ids(delivery::newer(CONTEXT, &first, again, &["webhook-timestamp"]));
    assert_eq!(newer(&sent("a", "11", "1")), Vec::<String>::new());
    assert_eq!(newer(&sent("a", "10", "1")), ["headers.expected (10, not more than 10)"]);
    assert_eq!(newer(&delivery(&[], "1", 204, 0)), ["headers.expected (absent, not more than 10)"]);
}

#[test]
fn wrong_numbers_of_attempts_are_missing_or_too_many() {
    let all = arrived(&[("a", "1", 503), ("a", "1", 204)]);
    let found = group(&all);
    let run =
        |fewest| ids(found.first().and_then(|n: &Notification<'_>| delivery::wrong_attempts(CONTEXT, n, "so many", fewest)));
    assert_eq!(run(3), ["delivery.arrived (2, not so many)"]);
    assert_eq!(run(2), ["delivery.surplus (2, not so many)"]);
}
