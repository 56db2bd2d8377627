//! Every mistake that the binding of a monitor plan finds, and what a right one is bound to.
//!
//! Texts over the small contract. Sends nothing.

use crate::base::source::Source;
use crate::base::units::{Nanos, Rate};
use crate::check::bench::{DECLARED, contract, suite};
use crate::check::catalogue;
use crate::model::availability::{DownRule, Level, Target};
use crate::plan::bind::SuiteInput;
use crate::plan::monitor::{MonitorInput, PlannedHow, PlannedMonitor, bind};
use crate::plan::{PlannedKind, SendTarget};
use crate::suite::ast::environment::Environment;
use crate::suite::ast::expect::{ExpectedStatus, StatusPattern, StatusSet};
use crate::suite::ast::monitor::AlertState;
use crate::suite::{load_environment, load_monitor};
use std::collections::HashMap;
use std::sync::Arc;

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const S: u64 = 1_000_000_000;
const LIST: &str = "{call: listThings, every: 10s}";

fn environment(rest: &str) -> Environment {
    let secrets = format!(
        "secrets: {{ops: \"${{env.O:-{WHSEC}}}\", hook: \"${{env.H:-https://ops.example.com/s3cr3t}}\", bad: \"${{env.B:-no key!}}\"}}"
    );
    let text = format!("environment: e\ntarget: http://127.0.0.1:1\n{secrets}\n{rest}");
    let (environment, faults) = load_environment(&Source::new("env.yaml", text), &|_| None);
    environment.filter(|_| !faults.has_errors()).unwrap()
}

/// Binds a plan of these lines; every fault is `code: message (hint)`, with the label it bears.
fn bound(declared: &str, lines: &str, environment: &Environment) -> (Option<PlannedMonitor>, Vec<String>) {
    let text = format!("monitor: m\nsuite: things.yaml\n{lines}");
    let (plan, faults) = load_monitor(&Source::new("plan.yaml", &*text), &catalogue::names());
    let plan = plan.filter(|_| !faults.has_errors()).unwrap_or_else(|| panic!("{:?}", faults.sorted()));
    let input = MonitorInput {
        monitor: Arc::new(plan),
        input: SuiteInput {
            suite: suite(declared, "cases: [{name: unused, steps: [{call: listThings}]}]\n"),
            slug: "things".to_owned(),
            contract: contract(),
            spec: "things".to_owned(),
            others: HashMap::new(),
        },
    };
    let (planned, faults) = bind(&input, environment);
    let has_errors = faults.has_errors();
    assert_eq!(planned.is_some(), !has_errors);
    let shown = faults.into_iter().map(|d| {
        let place = d.place.map(|p| p.to_string()).unwrap_or_default();
        let label = d.labels.first().map(|l| format!(" [{}]", l.place)).unwrap_or_default();
        format!("{place} {}: {} ({}){label}", d.code, d.message, d.hint.unwrap_or_default())
    });
    (planned, shown.collect())
}

fn faults(lines: &str) -> Vec<String> {
    bound(DECLARED, lines, &environment("")).1
}

fn probes(probes: &str, rest: &str) -> Vec<String> {
    faults(&format!("probes: [{probes}]\n{rest}\n"))
}

#[test]
fn a_right_plan_has_its_probes_targets_and_what_is_done_before() {
    let lines = "before: [{call: createThing, given: examples, capture: {id: $.id}}]\nprobes:\n  \
                 - {call: readThing, path: {id: '${id}'}, every: 30s, slow: 2s}\n  \
                 - {call: 'GET /things/{id}', path: {id: x}, name: a fixed one, every: 5s, jitter: 50%, expect: {status: 404}}\n  \
                 - {call: listThings, every: 1m, timeout: 1s}\n\
                 down: {failures: 3, within: 5m}\nfor: 30d\n\
                 targets: [99.9%, 99.95% of a fixed one over 7d, 99% of listThings, 98% of listThings]\n";
    let (planned, said) = bound(DECLARED, lines, &environment(""));
    let planned = planned.unwrap_or_else(|| panic!("{said:?}"));
    assert_eq!(said, Vec::<String>::new());
    let shown: Vec<_> =
        planned.probes.iter().map(|p| (p.name.as_str(), p.api.as_str(), p.operation.id.as_str(), p.every, p.jitter)).collect();
    assert_eq!(
        shown,
        [
            ("readThing", "things", "readThing", Nanos(30 * S), Nanos(3 * S)),
            ("a fixed one", "things", "readThing", Nanos(5 * S), Nanos(5 * S / 2)),
            ("listThings", "things", "listThings", Nanos(60 * S), Nanos(6 * S)),
        ]
    );
    let limits: Vec<_> = planned.probes.iter().map(|p| (p.timeout, p.slow)).collect();
    // The environment's, or what lies between two probes, or its own.
    assert_eq!(limits, [(Nanos(10 * S), Some(Nanos(2 * S))), (Nanos(5 * S / 2), None), (Nanos(S), None)]);
    let all = |availability: &str, operation, over| Target { availability: Level::parse(availability).unwrap(), operation, over };
    let week = Some(Nanos(7 * 86_400 * S));
    assert_eq!(
        planned.targets,
        [all("99.9%", None, None), all("99.95%", Some(1), week), all("99%", Some(2), None), all("98%", Some(2), None)]
    );
    assert_eq!((planned.before.len(), planned.before[0].title.as_str()), (1, "createThing"));
    assert_eq!(planned.rule, DownRule::Consecutive { failures: 3, within: Nanos(300 * S) });
    assert_eq!((planned.limits.rate, planned.limits.concurrency), (Rate(50.0), 3));
    assert_eq!(planned.length, Some(Nanos(30 * 86_400 * S)));
    // Nothing of the suite's cases is bound.
    assert_eq!((planned.plan.suites.len(), planned.plan.cases.len()), (1, 4));
}

#[test]
fn a_probe_is_one_sent_step_whose_answer_must_be_right() {
    let (planned, _) = bound(
        DECLARED,
        &format!("probes: [{LIST}, {{call: readThing, path: {{id: x}}, every: 9s, expect: {{error: UNKNOWN}}}}]\n"),
        &environment(""),
    );
    let planned = planned.unwrap();
    let sends: Vec<_> = planned
        .probes
        .iter()
        .map(|probe| match probe.case.steps.as_slice() {
            [step] => match &step.kind {
                PlannedKind::Send(send) => {
                    assert!(matches!(&send.target, SendTarget::Operation { operation, .. } if Arc::ptr_eq(operation, &probe.operation)));
                    (send.expect.status.clone().map(|s| s.value), send.expect.error.is_some())
                }
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        })
        .collect();
    let right = ExpectedStatus::Fixed(StatusSet(vec![StatusPattern::Class(2), StatusPattern::Class(3)]));
    assert_eq!(sends, [(Some(right), false), (None, true)]);
    let place = planned.probes[0].case.place.to_string();
    assert_eq!(place, "plan.yaml:3:17");
}

#[test]
fn mistakes_of_probes_are_found_all_at_once() {
    assert_eq!(
        probes(
            "{call: readTing, path: {id: x}, every: 10s}, {call: readThing, every: 10s}, {call: drain, query: {size: 1}, every: 10s}, \
             {call: listThings, every: 10s, expect: {error: BED}}, {call: listThings, every: 10s}",
            "before: [{call: makeThing}]\ntargets: [99% of readTing, 99% of listTings]\nalerts: [{on: up, webhook: {url: 'https://a', secret: '${secret.opps}'}}]"
        ),
        [
            "plan.yaml:3:17 suite/unknown-operation: unknown operation `readTing` (did you mean `readThing`?)",
            "plan.yaml:3:62 suite/missing-parameter: readThing needs the path parameter `id` (add `path: {id: ...}`)",
            "plan.yaml:3:93 monitor/read-once: drain can be read only once, so it may not be probed (each probe would take what belongs to whoever reads it in earnest; probe another operation)",
            "plan.yaml:3:178 suite/unknown-code: `BED` is no error code of listThings in the catalogue ()",
            "plan.yaml:3:192 monitor/duplicate-name: two probes are called `listThings` (tell them apart: give one of them a `name`) [plan.yaml:3:138]",
            "plan.yaml:4:17 suite/unknown-operation: unknown operation `makeThing` (known: `createThing`, `listThings`, `readThing`, `dropThing`, `drain`)",
            "plan.yaml:6:56 monitor/unknown-secret: the environment declares no secret `opps` (did you mean `ops`?)",
        ]
    );
}

#[test]
fn mistakes_of_targets_are_found() {
    let two = "{call: readThing, name: a, path: {id: a}, every: 10s}, {call: readThing, name: b, path: {id: b}, every: 20s}, {call: listThings, name: c, every: 10s}";
    assert_eq!(
        probes(two, "targets: [99% of a, 99% of c, 98% of listThings, 97% of GET /things, 99% of b]"),
        Vec::<String>::new()
    );
    assert_eq!(
        probes(
            two,
            "targets: [99% of readThing, 99% of it, 99% of dropThing, 99% over 15s, 99% of a over 9s, 98% of a, 98% of a]"
        ),
        [
            "plan.yaml:4:18 monitor/unknown-operation: several probes call `readThing` (name one of them: `a`, `b`)",
            "plan.yaml:4:36 monitor/unknown-operation: no probe calls `it` (known: `a`, `b`, `c`)",
            "plan.yaml:4:47 monitor/unknown-operation: no probe calls `dropThing` (known: `a`, `b`, `c`)",
            "plan.yaml:4:67 monitor/contradiction: 15s look back on less than the 20s from one probe to the next (such as `over: 30d`)",
            "plan.yaml:4:86 monitor/contradiction: 9s look back on less than the 10s from one probe to the next (such as `over: 30d`)",
            "plan.yaml:4:100 monitor/duplicate-target: `98% of a` is promised twice (leave one of them out) [plan.yaml:4:90]",
        ]
    );
    // The same by two names is the same.
    assert_eq!(
        probes(two, "targets: [99% of c, 99% of listThings]"),
        [
            "plan.yaml:4:21 monitor/duplicate-target: `99% of listThings` is promised twice (leave one of them out) [plan.yaml:4:11]"
        ]
    );
}

#[test]
fn answers_have_time_to_be_slow_and_silence_to_be_down() {
    let slow = |slow: &str, rest: &str| probes(&format!("{{call: listThings, every: 20s, slow: {slow}{rest}}}"), "");
    assert_eq!(slow("9s", ""), Vec::<String>::new());
    assert_eq!(
        slow("10s", ""),
        [
            "plan.yaml:3:47 monitor/contradiction: an answer is given up after 10s, so none is slower than 10s (write a shorter `slow`, or a longer `timeout`)"
        ]
    );
    assert_eq!(slow("10s", ", timeout: 11s"), Vec::<String>::new());
    let down = |every: &str, rest: &str| probes(&format!("{{call: listThings, every: {every}{rest}}}"), "down: eba");
    assert_eq!(down("6s", ""), Vec::<String>::new());
    assert_eq!(
        down("7s", ""),
        [
            "plan.yaml:3:36 monitor/late-down: 5 probes without an answer take up to 35s, and must fail within 30s: silence may never count as down (timeout: 1s)"
        ]
    );
    assert_eq!(down("7s", ", timeout: 1s"), Vec::<String>::new());
    assert_eq!(
        down("7s", ", jitter: 20%, timeout: 2s"),
        [
            "plan.yaml:3:62 monitor/late-down: 5 probes without an answer take up to 31.4s, and must fail within 30s: silence may never count as down (every: 6s)"
        ]
    );
}

#[test]
fn what_changes_something_is_warned_of() {
    let (planned, said) = bound(DECLARED, "probes: [{call: dropThing, path: {id: x}, every: 10s}]\n", &environment(""));
    assert!(planned.is_some());
    assert_eq!(
        said,
        [
            "plan.yaml:3:17 monitor/unsafe: dropThing is a DELETE: each probe of it may change something (an operation that only reads tells as much, and leaves nothing behind)"
        ]
    );
}

#[test]
fn what_the_environment_lacks_is_said_of_probes_and_of_what_is_done_before() {
    let declared = format!("requires: [control]\n{DECLARED}");
    let lines = format!("before: [{{call: listThings}}]\nprobes: [{LIST}]\n");
    assert_eq!(
        bound(&declared, &lines, &environment("")).1,
        [
            "plan.yaml:3:17 monitor/lacking: `listThings` cannot be called here: the environment offers no control ()",
            "plan.yaml:4:10 monitor/lacking: `listThings` cannot be probed here: the environment offers no control ()",
        ]
    );
    assert!(bound(&declared, &lines, &environment("control: /_control\n")).0.is_some());
    let probe = "{call: listThings, every: 10s, auth: nobody}";
    assert_eq!(
        probes(probe, ""),
        ["plan.yaml:3:10 monitor/lacking: `listThings` cannot be probed here: the environment has no identity `nobody` ()"]
    );
}

#[test]
fn alerts_are_bound_to_the_secrets_of_the_environment() {
    let lines = format!(
        "probes: [{LIST}]\nalerts:\n  - {{on: [down, up], command: [say, '${{text}}']}}\n  \
         - {{on: gap, webhook: {{url: '${{secret.hook}}', secret: '${{secret.ops}}'}}}}\n  - {{on: gap, webhook: {{url: 'http://127.0.0.1:9/a'}}}}\n"
    );
    let (planned, said) = bound(DECLARED, &lines, &environment(""));
    let planned = planned.unwrap_or_else(|| panic!("{said:?}"));
    let [command, hook, plain] = planned.alerts.as_slice() else { panic!("{:?}", planned.alerts) };
    assert_eq!(command.on, [AlertState::Down, AlertState::Up]);
    assert!(matches!(&command.how, PlannedHow::Command(arguments) if arguments.len() == 2));
    let PlannedHow::Webhook { url, key: Some(key) } = &hook.how else { panic!("{hook:?}") };
    assert_eq!((url.expose().as_str(), key.spelled().expose().as_str()), ("https://ops.example.com/s3cr3t", WHSEC));
    assert!(matches!(&plain.how, PlannedHow::Webhook { url, key: None } if url.expose() == "http://127.0.0.1:9/a"));
    // Nothing of it is ever shown.
    let shown = format!("{:?}", planned.alerts);
    assert!(!shown.contains("s3cr3t") && !shown.contains("MfKQ9r8"), "{shown}");
    let wrong = |webhook: &str| probes(LIST, &format!("alerts: [{{on: down, webhook: {webhook}}}]"));
    assert_eq!(
        wrong("{url: '${secret.ops}', secret: '${secret.bad}'}"),
        [
            "plan.yaml:4:36 monitor/webhook: this is no URL of http, with what its secrets hold (such as https://ops.example.com/hook)",
            "plan.yaml:4:61 monitor/webhook: the webhook secret is not `whsec_` followed by base64 (a secret of Standard Webhooks is `whsec_` and base64: `proofmark keygen --webhook` makes one)",
        ]
    );
    assert_eq!(
        wrong("{url: 'https://a/${secret.nothing}'}"),
        [
            "plan.yaml:4:47 monitor/unknown-secret: the environment declares no secret `nothing` (declare it there: secrets: {nothing: \"${env.NAME}\"})"
        ]
    );
}

/// A mistake of the suite is told at its own place, once, and makes no other.
#[test]
fn mistakes_of_the_suite_are_told_where_they_are() {
    let declared = DECLARED.replace("operations: [readThing]", "operations: [readTing]").replace("of: Thing", "of: Ting");
    let said = bound(
        &declared,
        &format!("probes: [{LIST}, {{call: readThing, path: {{id: x}}, every: 9s, expect: {{error: UNKNOWN}}}}]\n"),
        &environment(""),
    )
    .1;
    assert_eq!(
        said.iter().map(|s| s.split(" (").next().unwrap_or_default()).collect::<Vec<_>>(),
        [
            "suite.yaml:10:41 suite/unknown-operation: unknown operation `readTing`",
            "suite.yaml:13:9 suite/unknown-schema: the lifecycle observes `Ting`, which is no schema of Things",
        ]
    );
}
