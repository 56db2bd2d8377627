//! Every mistake that binding finds, and what a right suite is bound to.
//!
//! Texts over the small contract. Sends nothing.

use crate::base::source::Source;
use crate::check::bench::{DECLARED, contract, suite};
use crate::plan::Plan;
use crate::plan::bind::{Selection, SuiteInput, bind};
use crate::suite::ast::case::Isolation;
use crate::suite::ast::environment::Environment;
use crate::suite::load_environment;
use std::collections::HashMap;

fn environment(rest: &str) -> Environment {
    let text =
        format!("environment: e\ntarget: http://127.0.0.1:1\nauth: {{fixed: {{bearer: \"${{env.T:-fixed-token}}\"}}}}\n{rest}");
    load_environment(&Source::new("env.yaml", text), &|_| None).0.unwrap()
}

fn input(declared: &str, lines: &str) -> SuiteInput {
    SuiteInput {
        suite: suite(declared, lines),
        slug: "things".to_owned(),
        contract: contract(),
        spec: "things".to_owned(),
        others: HashMap::new(),
    }
}

fn faults(declared: &str, lines: &str) -> Vec<String> {
    let (plan, faults) = bind(&[input(declared, lines)], &environment(""), &Selection::default());
    let shown: Vec<String> = faults.sorted().iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
    assert_eq!(plan.is_none(), !shown.is_empty());
    shown
}

fn plan(lines: &str, rest: &str, selection: &Selection) -> Plan {
    bind(&[input(DECLARED, lines)], &environment(rest), selection).0.unwrap()
}

/// A suite of one case of one step.
fn step(step: &str) -> String {
    format!("cases: [{{name: c, steps: [{step}]}}]\n")
}

#[test]
fn mistakes_of_steps_are_found() {
    let rows = [
        ("{call: readThing, path: {id: x}}", None),
        ("{call: readTing, path: {id: x}}", Some("suite/unknown-operation: unknown operation `readTing`")),
        ("{call: readThing}", Some("suite/missing-parameter: readThing needs the path parameter `id`")),
        ("{call: readThing, path: {id: x, key: y}}", Some("suite/unknown-parameter: readThing has no path parameter `key`")),
        ("{call: readThing, given: examples}", Some("suite/missing-parameter: readThing needs the path parameter `id`")),
        ("{call: drain, given: examples}", Some("suite/no-example: the spec has no example of the parameter `size` of drain")),
        ("{call: drain, given: examples, query: {size: 1}}", None),
        ("{call: createThing, given: examples, expect: {error: BAD}}", None),
        (
            "{call: createThing, given: examples, expect: {error: UNKNOWN}}",
            Some("suite/unknown-code: `UNKNOWN` is no error code of createThing in the catalogue"),
        ),
        (
            "{call: drain, query: {size: 1}, poll: {every: 1s, within: 2s, until: {$: {length: 1}}}}",
            Some("suite/poll-read-once: drain can be read only once, so it may not be polled"),
        ),
        (
            "{await: partner, callback: createThing.tolt}",
            Some("suite/unknown-callback: `createThing.tolt` is no callback of Things"),
        ),
    ];
    for (written, wanted) in rows {
        let wanted: Vec<String> = wanted.iter().map(|w| (*w).to_owned()).collect();
        assert_eq!(faults(DECLARED, &step(written)), wanted, "{written}");
    }
}

#[test]
fn rows_are_known_before_the_run_and_captures_are_not() {
    let rows = |row: &str, step: &str| format!("cases: [{{name: c, each: [{row}], steps: [{step}]}}]\n");
    let call = "{call: \"${row.op}\", expect: {status: 200}}";
    assert_eq!(faults(DECLARED, &rows("{op: listThings}", call)), Vec::<String>::new());
    assert_eq!(faults(DECLARED, &rows("{op: listTings}", call)), ["suite/unknown-operation: unknown operation `listTings`"]);
    let code = rows("{code: BED}", "{request: GET /x, expect: {error: \"${row.code}\"}}");
    assert_eq!(faults(DECLARED, &code), ["suite/unknown-code: `BED` is no error code in the catalogue"]);
    let late = "{set: {op: listThings}}, {call: \"${op}\"}";
    assert_eq!(faults(DECLARED, &step(late)), ["suite/late-operation: `${op}` is not known before the run"]);
}

#[test]
fn mistakes_of_declarations_are_found() {
    let cases = step("{call: listThings}");
    let with = |declared: &str| faults(declared, &cases);
    let codes = |rule: &str| with(&format!("errors: {{at: $.type, codes: {{BAD: {rule}}}}}\n"));
    assert_eq!(codes("{status: 404, operations: [readThing]}"), Vec::<String>::new());
    assert_eq!(codes("{status: 404, operations: [readTing]}"), ["suite/unknown-operation: unknown operation `readTing`"]);
    assert_eq!(
        codes("{status: 409, operations: [readThing]}"),
        ["suite/catalogue-status: readThing documents no status 409, so `BAD` cannot come with it"]
    );
    assert_eq!(
        codes("{status: 4XX, operations: [readThing]}"),
        ["suite/catalogue-status: code `BAD` needs exact statuses, not `4XX`"]
    );
    assert_eq!(
        with("lifecycles: {invariants: [{name: n, source: s, on: Thin, then: {$.id: x}}]}\n"),
        ["suite/unknown-schema: the invariant observes `Thin`, which is no schema of Things"]
    );
    assert_eq!(
        with("events: {callback: createThing.tell, by: [$.n], known: [[1]]}\n"),
        ["suite/unknown-callback: `createThing.tell` is no callback of Things"]
    );
    let row = "cases: [{name: c, each: [{code: BAD}], steps: [{request: GET /x, expect: {error: \"${row.code}\"}}]}]\n";
    assert_eq!(faults("", row), ["suite/no-catalogue: the suite has no catalogue of error codes to take the code from"]);
}

#[test]
fn a_catalogue_must_say_what_the_spec_enumerates() {
    let text = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n      responses:\n        '400': {description: d, content: {application/json: {schema: {type: object, properties: {type: {enum: [X, Y]}}}}}}\n";
    let (contract, _) = crate::contract::load(&Source::new("a.yaml", text), &|_| Err("none".to_owned().into()));
    let declared = "errors: {at: $.type, codes: {X: {status: 400, operations: [a]}, Z: {status: 400, operations: [a]}}}\n";
    let mut input = input(declared, &step("{call: a}"));
    input.contract = std::sync::Arc::new(contract.unwrap());
    let (_, faults) = bind(&[input], &environment(""), &Selection::default());
    let shown: Vec<String> = faults.sorted().into_iter().map(|d| d.message).collect();
    assert_eq!(
        shown,
        ["a 400 documents, and the catalogue leaves out: Y", "a 400 does not document, though the catalogue lists: Z"]
    );
}

#[test]
fn what_an_environment_lacks_is_a_reason_and_no_mistake() {
    let lacking = |written: &str, rest: &str| plan(&step(written), rest, &Selection::default()).cases[0].lacking.clone();
    let control = Some("the environment offers no control".to_owned());
    assert_eq!(lacking("{control: clock}", ""), control);
    assert_eq!(lacking("{control: clock}", "control: /_control\n"), None);
    assert_eq!(lacking("{call: listThings, auth: other}", ""), Some("the environment has no identity `other`".to_owned()));
    assert_eq!(lacking("{call: listThings, auth: fixed}", ""), None);
    let token = "{call: listThings, auth: {bearer: \"${auth.other.token}\"}}";
    assert_eq!(lacking(token, ""), Some("the environment has no identity `other`".to_owned()));
    let awaiting = "{await: partner, callback: createThing.told}";
    assert_eq!(lacking(awaiting, ""), Some("the environment has no listener `partner`".to_owned()));
}

#[test]
fn cases_are_selected_isolated_and_told_apart() {
    let lines = "cases:\n- {name: one, tags: [smoke], steps: [{call: listThings}]}\n- {name: two, each: [{a: 1}, {a: 2}], steps: [{control: reset}]}\n";
    let all = plan(lines, "", &Selection::default());
    let ids: Vec<(&str, Isolation)> = all.cases.iter().map(|c| (&*c.id, c.isolation)).collect();
    assert_eq!(
        ids,
        [("things/one", Isolation::Shared), ("things/two[1]", Isolation::Exclusive), ("things/two[2]", Isolation::Exclusive)]
    );
    let tagged = plan(lines, "", &Selection { tags: vec!["smoke".into()], only: vec![] });
    assert_eq!((tagged.cases.len(), tagged.restricted), (1, true));
    let named = plan(lines, "", &Selection { tags: vec![], only: vec!["TWO[2]".into()] });
    assert_eq!(named.cases[0].id, "things/two[2]");
    let none = Selection { tags: vec![], only: vec!["three".into()] };
    let (nothing, faults) = bind(&[input(DECLARED, lines)], &environment(""), &none);
    assert_eq!((nothing.is_none(), faults.sorted()[0].code), (true, "plan/nothing-selected"));
    let twice = bind(&[input(DECLARED, lines), input(DECLARED, lines)], &environment(""), &Selection::default()).0.unwrap();
    let ids: std::collections::BTreeSet<&str> = twice.cases.iter().map(|c| &*c.id).collect();
    assert_eq!(ids.len(), 6, "files of one name in different folders: {ids:?}");
}
