//! Every mistake that the binding of a load plan finds, and what a right one is bound to.
//!
//! Texts over the small contract. Sends nothing.

use crate::base::source::Source;
use crate::check::bench::{DECLARED, contract, suite};
use crate::check::catalogue;
use crate::plan::bind::SuiteInput;
use crate::plan::load::{LoadInput, PlannedLoad, bind};
use crate::suite::ast::environment::Environment;
use crate::suite::data::Rows;
use crate::suite::{load_environment, load_plan};
use std::collections::HashMap;
use std::sync::Arc;

const CASES: &str = r#"cases:
  - {name: read it, each: [{id: a}, {id: b}], steps: [{call: readThing, path: {id: "${row.id}"}}, {request: GET /x}]}
  - {name: of a file, each: [{id: a, key: b}], steps: [{call: readThing, path: {id: "${row.key}"}}]}
  - {name: with the clock, requires: [control], steps: [{control: advance, with: {by: PT1M}}]}
  - {name: awaited, steps: [{await: partner, callback: createThing.told, within: 1s}]}
  - {name: side by side, steps: [{parallel: [{call: listThings}, {call: listThings}]}]}
  - {name: at once, steps: [{call: listThings, repeat: {times: 2, concurrently: true}}]}
"#;

fn environment(rest: &str) -> Environment {
    let text = format!("environment: e\ntarget: http://127.0.0.1:1\nlisteners: {{partner: {{bind: '127.0.0.1:0'}}}}\n{rest}");
    load_environment(&Source::new("env.yaml", text), &|_| None).0.unwrap()
}

/// Binds a plan of these lines; rows are those of every scenario with data.
fn bound(declared: &str, lines: &str, environment: &Environment) -> Result<PlannedLoad, Vec<String>> {
    let text = format!("load: l\nsuite: things.yaml\narrival: {{model: open, stages: [{{rate: 1/s, for: 1s}}]}}\n{lines}");
    let (plan, faults) = load_plan(&Source::new("plan.yaml", &*text), &catalogue::names());
    let plan = plan.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
    let rows = Arc::new(Rows::read("ids.csv", "id\nx\ny\n").unwrap());
    let input = LoadInput {
        data: plan.scenarios.iter().map(|s| s.data.as_ref().map(|_| Arc::clone(&rows))).collect(),
        load: Arc::new(plan),
        input: SuiteInput {
            suite: suite(declared, CASES),
            slug: "things".to_owned(),
            contract: contract(),
            spec: "things".to_owned(),
            others: HashMap::new(),
        },
    };
    let (planned, faults) = bind(&input, environment);
    planned.ok_or_else(|| faults.sorted().iter().map(|d| format!("{}: {}", d.code, d.message)).collect())
}

fn faults(lines: &str) -> Vec<String> {
    bound(DECLARED, lines, &environment("control: /_control\n")).err().unwrap_or_default()
}

fn scenario(scenario: &str) -> Vec<String> {
    faults(&format!("scenarios: [{scenario}]\n"))
}

#[test]
fn mistakes_of_scenarios_are_found() {
    for (written, wanted) in [
        ("{case: read it}", &[][..]),
        ("{case: read-it}", &[]),
        ("{case: read it, row: 2}", &[]),
        ("{case: read it, row: 3}", &["load/unknown-row: the case `read it` has 2 rows, not 3"]),
        ("{case: read them}", &["load/unknown-case: the suite has no case `read them`"]),
        ("{case: read it, data: ids.csv}", &[]),
        ("{case: of a file, data: ids.csv}", &["load/unknown-column: the data has no column `key`"]),
        ("{case: with the clock}", &["load/step: `control` cannot be used under load"]),
        ("{case: awaited}", &["load/step: `await` cannot be used under load"]),
        ("{case: side by side}", &["load/step: `parallel` cannot be used under load"]),
        ("{case: at once}", &["load/step: `concurrently` cannot be used under load"]),
        ("{call: readThing, path: {id: '${data.id}'}, data: ids.csv}", &[]),
        ("{call: readTing, path: {id: x}}", &["suite/unknown-operation: unknown operation `readTing`"]),
        ("{call: readThing}", &["suite/missing-parameter: readThing needs the path parameter `id`"]),
        // One mistake hides no other.
        (
            "{case: read them}, {case: awaited}, {case: read it, row: 9}",
            &[
                "load/unknown-case: the suite has no case `read them`",
                "load/unknown-row: the case `read it` has 2 rows, not 9",
                "load/step: `await` cannot be used under load",
            ],
        ),
    ] {
        assert_eq!(scenario(written), wanted, "{written}");
    }
}

#[test]
fn what_the_environment_lacks_is_said_of_scenarios_and_of_what_is_done_before() {
    let lacking = "the environment offers no control";
    let bare = environment("");
    let found = bound(DECLARED, "scenarios: [{case: with the clock}]\n", &bare).err().unwrap();
    assert!(found.iter().any(|f| f.starts_with("load/lacking: `with the clock`") && f.contains(lacking)), "{found:?}");
    let declared = format!("requires: [control]\n{DECLARED}");
    let before = "before: [{call: listThings}]\nscenarios: [{call: listThings}]\n";
    let found = bound(&declared, before, &bare).err().unwrap();
    assert_eq!(found.iter().filter(|f| f.starts_with("load/lacking: `listThings` cannot be")).count(), 2, "{found:?}");
    assert!(bound(&declared, before, &environment("control: /_control\n")).is_ok());
}

#[test]
fn mistakes_of_callbacks_and_objectives_are_found() {
    let told = |trigger: &str, listener: &str, rest: &str| {
        faults(&format!(
            "scenarios: [{{call: createThing, given: examples}}]\ncallbacks: [{{trigger: {trigger}, id: $.id, listener: {listener}, {rest}, \
             delivered_id: $.id, within: 1s}}]\n"
        ))
    };
    let right = "callback: createThing.told";
    assert_eq!(told("createThing", "partner", right), Vec::<String>::new());
    assert_eq!(
        told("listThings", "nobody", "callback: createThing.tell"),
        [
            "load/unknown-operation: no scenario calls `listThings`, so it triggers nothing",
            "load/unknown-listener: the environment has no listener `nobody`",
            "load/unknown-callback: `createThing.tell` is no callback of Things"
        ]
    );
    assert_eq!(
        told("createThing", "partner", &format!("{right}, spec: ../others.yaml")),
        ["load/unknown-spec: the suite does not use `../others.yaml`"]
    );
    let slo = |rest: &str| faults(&format!("scenarios: [{{case: read it}}]\n{rest}\n"));
    assert_eq!(slo("slo: {readThing: {p99: < 1s}, GET /x: {p99: < 1s}}"), Vec::<String>::new());
    assert_eq!(slo("slo: {listThings: {p99: < 1s}}"), ["load/unknown-operation: no scenario calls `listThings`"]);
    assert_eq!(slo("abort: {when: errors > 5% of readTing for 2s}"), ["load/unknown-operation: no scenario calls `readTing`"]);
    // What another case calls is unknown where the case is.
    assert_eq!(
        faults("scenarios: [{case: read them}]\nslo: {readThing: {p99: < 1s}}\n"),
        ["load/unknown-case: the suite has no case `read them`"]
    );
}

#[test]
fn a_right_plan_has_its_scenarios_operations_and_what_is_done_before() {
    let lines = "before: [{call: createThing, given: examples, capture: {id: $.id}}]\nscenarios:\n  - {case: read it, weight: 3}\n  \
                 - {call: readThing, path: {id: '${id}'}}\n  - {call: GET /things, weight: 2}\n  - {case: read it, data: ids.csv}\n";
    let planned = bound(DECLARED, lines, &environment("")).unwrap();
    assert_eq!(planned.operations, ["readThing", "GET /x", "listThings"]);
    let scenarios: Vec<_> =
        planned.scenarios.iter().map(|s| (s.title.as_str(), s.weight, s.cases.len(), s.data.is_some())).collect();
    assert_eq!(
        scenarios,
        [("read it", 3, 2, false), ("readThing", 1, 1, false), ("GET /things", 2, 1, false), ("read it", 1, 1, true)]
    );
    assert_eq!(planned.before.iter().map(|c| c.title.as_str()).collect::<Vec<_>>().len(), 1);
}
