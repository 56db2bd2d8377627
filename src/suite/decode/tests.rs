//! Suites and environments, whole and broken, through the front door.
//!
//! Reads texts only; the operators of matchers have tests of their own.

mod broken;
mod broken_steps;
mod editor_schemas;
mod environments;
mod profiles;

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::units::Nanos;
use crate::suite::ast::Suite;
use crate::suite::ast::case::{Each, Isolation};
use crate::suite::ast::catalogue::InvariantRule;
use crate::suite::ast::expect::{CaptureFrom, ExpectedStatus};
use crate::suite::ast::step::{AuthChoice, OperationRef, Payload, StepKind};
use crate::suite::load_suite;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use serde_json::json;

const CHECKS: [&str; 3] = ["delivery.exactly_once", "lifecycle.initial", "body.expected"];

/// The diagnostics of a text, each as `line:column code message | hint`.
fn shown(faults: Diagnostics) -> Vec<String> {
    faults
        .into_iter()
        .map(|d| {
            let (line, column) = d.place.map_or((0, 0), |p| p.line_column());
            format!("{line}:{column} {} {} | {}", d.code, d.message, d.hint.unwrap_or_default())
        })
        .collect()
}

fn suite(text: &str) -> (Option<Suite>, Vec<String>) {
    let (suite, faults) = load_suite(&Source::new("suite.yaml", text), &CHECKS);
    (suite, shown(faults))
}

fn good(text: &str) -> Suite {
    match suite(text) {
        (Some(suite), faults) if faults.is_empty() => suite,
        (_, faults) => panic!("{faults:#?}"),
    }
}

fn all_features() -> Suite {
    good(include_str!("../../../tests/fixtures/suite-all-features.yaml"))
}

#[test]
fn the_suite_with_every_feature_loads_without_a_word() {
    let suite = all_features();
    assert_eq!((suite.cases.len(), suite.lifecycles.len(), suite.invariants.len()), (5, 1, 3));
    let InvariantRule::Unchanged { id, scope, .. } = &suite.invariants[2].rule else { panic!("{:?}", suite.invariants[2]) };
    // Taken from the lifecycle of the same schema.
    assert_eq!((id.text(), scope.as_ref().map(|s| s.text())), ("$.id", Some("$.id")));
    let slugs: Vec<&str> = suite.cases.iter().map(|c| c.slug.as_str()).collect();
    assert_eq!(slugs[0], "everyone-signs-and-the-partner-is-told");
    assert_eq!(suite.place(suite.spec.span).to_string(), "suite.yaml:4:7");
}

#[test]
fn isolation_follows_what_a_case_disturbs() {
    let suite = good(
        r#"
suite: t
spec: s.yaml
cases:
- {name: reads, steps: [{call: x}, {control: clock}]}
- {name: moves, steps: [{parallel: [{control: advance, with: {by: 1s}}]}]}
- {name: listens, steps: [{call: x, body: {url: "${listener.p.url}"}}]}
- {name: says so, isolation: shared, steps: [{control: reset}]}
"#,
    );
    let found: Vec<Isolation> = suite.cases.iter().map(|c| c.isolation()).collect();
    assert_eq!(found, [Isolation::Shared, Isolation::Exclusive, Isolation::Exclusive, Isolation::Shared]);
}

#[test]
fn rows_keep_their_types_and_unescape() {
    let suite = all_features();
    let Some(Each::Rows(rows)) = &suite.cases[0].each else { panic!() };
    let member = |row: usize, name: &str| rows[row].value.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    assert_eq!(member(0, "status"), Some(json!(201)));
    assert_eq!(member(0, "literal"), Some(json!("${kept}")));
    assert_eq!(member(1, "literal"), Some(json!([1, {"two": 2}])));
}

#[test]
fn steps_are_what_was_written() {
    let suite = all_features();
    let steps = &suite.cases[0].steps;
    assert_eq!(steps[0].title(), "the partner is down at first");
    assert_eq!(steps[2].title(), "call createSignature");
    let StepKind::Listener(listener) = &steps[0].kind else { panic!() };
    let answers: Vec<_> = listener.respond.iter().map(|a| (a.status, a.after)).collect();
    let ms = |n: u64| Nanos(n * 1_000_000);
    assert_eq!(answers, [(Some(503), ms(0)), (None, ms(0)), (Some(204), ms(1500)), (None, ms(10))]);

    let StepKind::Call(call) = &steps[2].kind else { panic!() };
    assert!(matches!(call.send.payload, Some(Payload::Value { .. })));
    assert!(matches!(call.send.expect.status.as_ref().map(|s| &s.value), Some(ExpectedStatus::Template(_))));
    assert!(
        matches!(call.send.capture[2].from, CaptureFrom::Header(_)) && matches!(call.send.capture[3].from, CaptureFrom::Status)
    );

    let StepKind::Await(awaiting) = &steps[4].kind else { panic!() };
    assert_eq!((awaiting.count.min, awaiting.count.max), (1, Some(3)));
    assert_eq!(awaiting.expect.redelivery.as_ref().map(|r| (r.times, r.identical_body, r.last)), Some((1, true, true)));

    let StepKind::Call(route) = &steps[6].kind else { panic!() };
    let OperationRef::Route { method, path, .. } = &route.operation else { panic!("{:?}", route.operation) };
    assert_eq!((method.as_str(), path.as_str()), ("GET", "/signatures/{signatureId}"));
    assert!(matches!(route.send.auth.as_ref().map(|a| &a.value), Some(AuthChoice::None)));
}

#[test]
fn a_count_without_min_has_the_one_that_fits() {
    let suite = good(
        r"
suite: t
spec: s.yaml
cases:
- name: a
  steps:
  - {await: p, callback: a.b}
  - {await: p, callback: a.b, count: 0}
  - {await: p, callback: a.b, count: {max: 2}}
",
    );
    let counts: Vec<_> = suite.cases[0]
        .steps
        .iter()
        .map(|s| match &s.kind {
            StepKind::Await(a) => (a.count.min, a.count.max),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [(1, None), (0, Some(0)), (1, Some(2))]);
}

#[test]
fn slugs_are_unique() {
    let suite = good(
        "suite: t\nspec: s\ncases:\n- {name: a b, steps: [{call: x}]}\n- {name: a-b, steps: [{call: x}]}\n- {name: a b 2, steps: [{call: x}]}\n",
    );
    let slugs: Vec<&str> = suite.cases.iter().map(|c| c.slug.as_str()).collect();
    assert_eq!(slugs, ["a-b", "a-b-2", "a-b-2-2"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cut out, loading ends and every diagnostic can be shown.
    #[test]
    fn a_suite_with_a_hole_never_stops_the_program(start in 0_usize..7_400, length in 1_usize..40) {
        let text = include_str!("../../../tests/fixtures/suite-all-features.yaml");
        let cut: String = text.chars().enumerate().filter(|(i, _)| *i < start || *i >= start + length).map(|(_, c)| c).collect();
        let (_, faults) = load_suite(&Source::new("suite.yaml", cut), &CHECKS);
        for fault in faults {
            prop_assert!(!fault.render(false).is_empty());
        }
    }
}

#[test]
fn broken_yaml_is_no_suite() {
    let (suite, faults) = suite("suite: t\ncases: [\n");
    assert!(suite.is_none() && faults[0].contains("syntax/yaml"), "{faults:?}");
}
