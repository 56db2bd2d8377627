//! Load plans, whole and broken, through the front door.
//!
//! Whole texts in, plans or diagnostics out; never looks into the decoder.

mod broken;
mod slos;

use crate::base::source::Source;
use crate::base::units::{Nanos, Rate, Share};
use crate::suite::ast::load::{Arrival, Bound, Comparison, HttpVersion, LoadPlan, Metric, Pick, ScenarioKind, Think, Validate};
use crate::suite::ast::step::OperationRef;
use crate::suite::load_plan;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

pub(in crate::suite::decode) const WHOLE: &str = include_str!("../../../../tests/fixtures/load-all-features.yaml");

/// A plan whose users wait for their answers.
pub(in crate::suite::decode) const CLOSED: &str = r#"
load: users who wait
spec: openapi.yaml
scenarios: [{call: getSignature}]
arrival:
  model: closed
  stages: [{users: 16, for: 30s, warmup: true}, {users: 64, for: 1m, ramp: 5s}]
  think: {min: 100ms, max: 2s}
validate: sample 100%
"#;

/// A plan that looks for the highest rate.
pub(in crate::suite::decode) const SEARCH: &str = r#"
load: how much it can take
spec: openapi.yaml
scenarios: [{call: getSignature}]
arrival: {model: search, from: 100/s, most: 5000/s, up: 1.5, step: 10s, precision: 2.5%, confirm: 2}
validate: none
slo: {p99: "< 300ms", achieved_rate: ">= 98%"}
"#;

const CHECKS: [&str; 1] = ["body.expected"];

/// What is read of a text, and the diagnostics, each as `line:column code message | hint`.
pub(in crate::suite::decode) fn plan(text: &str) -> (Option<LoadPlan>, Vec<String>) {
    let (plan, faults) = load_plan(&Source::new("plan.yaml", text), &CHECKS);
    let shown = |d: crate::base::diagnostic::Diagnostic| {
        let (line, column) = d.place.map_or((0, 0), |p| p.line_column());
        format!("{line}:{column} {} {} | {}", d.code, d.message, d.hint.unwrap_or_default())
    };
    (plan, faults.into_iter().map(shown).collect())
}

fn good(text: &str) -> LoadPlan {
    match plan(text) {
        (Some(plan), faults) if faults.is_empty() => plan,
        (_, faults) => panic!("{faults:#?}"),
    }
}

const S: u64 = 1_000_000_000;

#[test]
fn the_plan_with_every_feature_loads_without_a_word() {
    let plan = good(WHOLE);
    assert_eq!(plan.title.value, "every feature of the language");
    assert_eq!(
        plan.suite.as_ref().map(|s| (s.value.as_str(), plan.place(s.span).to_string())),
        Some(("suite-all-features.yaml", "plan.yaml:4:8".to_owned()))
    );
    assert_eq!((plan.spec.is_none(), plan.validate), (true, Validate::Sample(Share(1_000))));
    let weights: Vec<u32> = plan.scenarios.iter().map(|s| s.weight).collect();
    assert_eq!(weights, [1, 1, 9, 1, 1, 1]);
    let rows: Vec<_> = plan.scenarios.iter().map(|s| s.data.as_ref().map(|d| (d.file.value.as_str(), d.pick))).collect();
    let (unique, random) = (Some(("contracts.jsonl", Pick::Unique)), Some(("contracts.ndjson", Pick::Random)));
    assert_eq!(rows, [None, unique, Some(("ids.csv", Pick::Sequential)), None, None, random]);
    assert!(matches!(&plan.scenarios[0].what, ScenarioKind::Case { name, row: Some(2) } if name.value.starts_with("everyone")));
    let ScenarioKind::Call(call) = &plan.scenarios[2].what else { panic!("{:?}", plan.scenarios[2]) };
    assert!(matches!(&call.operation, OperationRef::Id(id) if id.value == "getSignature"));
    let uses: Vec<&str> = call.variables().into_iter().map(|(name, _)| name).collect();
    assert_eq!(uses, ["data.id", "data.detail", "unique", "run.seed", "first", "data.session.0", "data.id"]);
    let captured: Vec<&str> = plan.before.iter().flat_map(|b| &b.value.send.capture).map(|c| c.name.value.as_str()).collect();
    assert_eq!(captured, ["first"]);
    let callback = &plan.callbacks[0];
    assert_eq!((callback.trigger.value.as_str(), callback.callback.name.as_str()), ("createSignature", "notification"));
    assert_eq!((callback.id.text(), callback.matching.len(), callback.within), ("$.id", 2, Nanos(10 * S)));
}

/// What the language is described with is read without a word.
#[test]
fn the_document_shows_plans_that_load() {
    let document = include_str!("../../../../docs/load.md");
    let blocks: Vec<&str> = document.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let (plans, parts): (Vec<&str>, Vec<&str>) = blocks.into_iter().partition(|block| block.contains("\nload: "));
    assert!(!plans.is_empty() && !parts.is_empty());
    plans.into_iter().map(good).for_each(drop);
    let head = "load: l\nspec: s.yaml\nscenarios: [{call: a}]\narrival: {model: open, stages: [{rate: 1/s, for: 10s}]}\n";
    for part in parts.into_iter().filter(|part| part.starts_with("slo:") || part.starts_with("callbacks:")) {
        good(&format!("{head}{part}"));
    }
}

#[test]
fn stages_are_rates_that_are_held_or_changed() {
    let Arrival::Open { poisson: false, stages } = good(WHOLE).arrival else { panic!() };
    let read: Vec<_> = stages.iter().map(|s| (s.from, s.to, s.during, s.warmup)).collect();
    let rate = |from, to, seconds, warmup| (Rate(from), Rate(to), Nanos(seconds * S), warmup);
    assert_eq!(
        read,
        [rate(50.0, 50.0, 30, true), rate(50.0, 200.0, 60, false), rate(500.0, 500.0, 5, false), rate(200.0, 200.0, 300, false)]
    );
    let poisson = WHOLE.replace("model: open", "model: poisson");
    assert!(matches!(good(&poisson).arrival, Arrival::Open { poisson: true, .. }));
}

#[test]
fn users_come_evenly_and_think() {
    let plan = good(CLOSED);
    let Arrival::Closed { stages, think } = plan.arrival else { panic!() };
    let read: Vec<_> = stages.iter().map(|s| (s.users, s.ramp, s.during, s.warmup)).collect();
    assert_eq!(read, [(16, Nanos(0), Nanos(30 * S), true), (64, Nanos(5 * S), Nanos(60 * S), false)]);
    assert_eq!(think, Think { min: Nanos(S / 10), max: Nanos(2 * S) });
    assert_eq!((plan.validate, plan.slos.len()), (Validate::All, 0));
    let Arrival::Closed { think, .. } = good(&CLOSED.replace("{min: 100ms, max: 2s}", "500ms")).arrival else { panic!() };
    assert_eq!(think, Think { min: Nanos(S / 2), max: Nanos(S / 2) });
    let Arrival::Closed { think, .. } = good(&CLOSED.replace("  think: {min: 100ms, max: 2s}\n", "")).arrival else { panic!() };
    assert_eq!(think, Think::default());
}

#[test]
fn a_search_has_defaults() {
    let Arrival::Search(search) = good(SEARCH).arrival else { panic!() };
    let read = (search.from, search.most, search.up, search.step, search.precision, search.confirm);
    assert_eq!(read, (Rate(100.0), Rate(5_000.0), 1.5, Nanos(10 * S), Share(250), 2));
    let bare = SEARCH.replace(", most: 5000/s, up: 1.5, step: 10s, precision: 2.5%, confirm: 2", "");
    let Arrival::Search(search) = good(&bare).arrival else { panic!() };
    let read = (search.from, search.most, search.up, search.step, search.precision, search.confirm);
    assert_eq!(read, (Rate(100.0), Rate(100_000.0), 2.0, Nanos(5 * S), Share(500), 3));
}

#[test]
fn transport_has_defaults() {
    let written = good(WHOLE).transport;
    assert_eq!(
        (written.http, written.streams, written.timeout, written.spin),
        (HttpVersion::Http2, 100, Nanos(10 * S), Nanos(50_000))
    );
    let numbers = (written.connections.map(|c| c.value), written.workers.map(|w| w.value), written.requests_per_connection);
    assert_eq!((numbers, written.connect_rate), ((Some(64), Some(1), Some(1_000)), Some(Rate(100.0))));
    let addresses: Vec<&str> = written.source_addresses.iter().map(|a| a.value.as_str()).collect();
    assert_eq!(addresses, ["127.0.0.2", "::1"]);
    let bare = good(CLOSED).transport;
    assert_eq!((bare.http, bare.streams, bare.timeout), (HttpVersion::Http1, 100, Nanos(30 * S)));
    assert_eq!((bare.spin, bare.drain, bare.connect_rate), (Nanos(0), Nanos(10 * S), None));
    assert!(bare.connections.is_none() && bare.workers.is_none() && bare.requests_per_connection.is_none());
    let unquoted = good(&format!("{CLOSED}transport: {{http: 2}}\n"));
    assert_eq!(unquoted.transport.http, HttpVersion::Http2);
}

#[test]
fn bounds_are_of_the_run_of_an_operation_and_of_windows() {
    let plan = good(WHOLE);
    let texts: Vec<&str> = plan.slos.iter().map(|s| s.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "p95 < 300ms",
            "p99.9 < 800ms",
            "p99.9 < 2s over 10s",
            "max <= 5s",
            "mean < 100ms",
            "service_p99 < 250ms",
            "lag_p99 < 10ms",
            "errors < 0.1%",
            "invalid <= 0%",
            "achieved_rate >= 98%",
            "throughput > 150/s",
            "validated >= 9%",
            "callback_loss <= 0%",
            "callback_p99 < 5s",
            "p99 < 100ms of getSignature",
        ]
    );
    let first = &plan.slos[0];
    assert_eq!(
        (first.metric, first.comparison, first.bound),
        (Metric::Response(9_500), Comparison::Less, Bound::Time(Nanos(300_000_000)))
    );
    assert_eq!(plan.place(first.span).to_string(), "plan.yaml:75:3");
    let last = plan.slos.last().expect("a bound");
    assert_eq!(last.operation.as_ref().map(|o| plan.place(o.span).to_string()).as_deref(), Some("plan.yaml:88:3"));
    let aborts: Vec<_> = plan.aborts.iter().map(|a| (a.text.as_str(), a.window)).collect();
    assert_eq!(
        aborts,
        [("errors > 5% for 10s", Some(Nanos(10 * S))), ("p99 >= 10s of getSignature for 30s", Some(Nanos(30 * S)))]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is cut out, loading ends and every diagnostic can be shown.
    #[test]
    fn a_plan_with_a_hole_never_stops_the_program(start in 0_usize..2_900, length in 1_usize..40) {
        let cut: String = WHOLE.chars().enumerate().filter(|(i, _)| *i < start || *i >= start + length).map(|(_, c)| c).collect();
        let (plan, faults) = load_plan(&Source::new("plan.yaml", cut), &CHECKS);
        prop_assert!(plan.is_some() || faults.has_errors());
        for fault in faults {
            prop_assert!(!fault.render(false).is_empty());
        }
    }
}
