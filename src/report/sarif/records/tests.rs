//! SARIF of records: results, places, fingerprints.
//!
//! What the schema says is in `tests/formats.rs`; knows no other format.

use super::render;
use crate::model::outcome::RunOutcome;
use crate::record::fixture::{self, HOSTILE};
use crate::record::load::fixture as loads;
use crate::record::sheet::{load, run};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn is_whole(result: &Value) -> bool {
    result["ruleId"].as_str().is_some_and(|id| id.starts_with("proofmark."))
}

fn rendered(outcome: &RunOutcome) -> Value {
    serde_json::from_str(&render(&run(&fixture::record(outcome)))).expect("JSON")
}

fn prints(log: &Value) -> Vec<String> {
    let results = log["runs"][0]["results"].as_array().expect("results");
    results.iter().map(|r| r["partialFingerprints"]["primaryLocationLineHash"].to_string()).collect()
}

#[test]
fn a_result_for_each_finding_and_each_test_that_is_not_good_without_one() {
    let log = rendered(&fixture::failing());
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("results");
    let ids: Vec<&str> = results.iter().filter_map(|r| r["ruleId"].as_str()).collect();
    let expected =
        ["error_code.value", "proofmark.case", "proofmark.gate", "body.schema", "body.schema", "semantics.retry_after"];
    assert_eq!(ids, expected);
    assert_eq!(results.iter().filter(|r| is_whole(r)).count(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    }
    let first = &results[0];
    assert_eq!((&first["level"], &results[5]["level"]), (&json!("error"), &json!("warning")));
    let place = &first["locations"][0]["physicalLocation"];
    // The step's line, not the case's.
    assert_eq!(place["region"], json!({"startLine": 52, "startColumn": 5}));
    let related = &first["relatedLocations"][0]["physicalLocation"];
    assert_eq!(related["artifactLocation"]["uri"], "specs/laas-contract-signature.yaml");
    assert_eq!((&first["webRequest"]["method"], &first["webResponse"]["statusCode"]), (&json!("POST"), &json!(400)));
    assert_eq!(first["properties"]["exchange"], "x3");
    let invocation = &run["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&json!(1), &json!(true)));
    let unusable = rendered(&fixture::unusable());
    let invocation = &unusable["runs"][0]["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&json!(3), &json!(false)));
}

#[test]
fn a_finding_has_one_fingerprint_over_runs_and_no_two_have_the_same() {
    let before = prints(&rendered(&fixture::failing()));
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    let mut later = fixture::failing();
    later.began = "2027-01-01T00:00:00Z".parse().expect("an instant");
    later.seed = 7;
    for case in &mut later.cases {
        case.place = None;
        for step in &mut case.steps {
            step.place = None;
            for finding in &mut step.findings {
                finding.actual = "another value".to_owned();
                finding.message = "said otherwise".to_owned();
                finding.exchange = None;
            }
        }
    }
    assert_eq!(prints(&rendered(&later)), before);
    later.cases[1].steps[0].findings[0].requirement.id = "another/requirement".to_owned();
    assert_ne!(prints(&rendered(&later))[0], before[0]);
}

#[test]
fn an_element_of_a_list_is_the_same_finding_wherever_it_stands() {
    let at = |pointer: &str| {
        let mut outcome = fixture::failing();
        outcome.cases[1].steps[0].findings[0].instance = Some(crate::base::pointer::Pointer::from_escaped(pointer));
        prints(&rendered(&outcome)).swap_remove(0)
    };
    assert_eq!(at("/items/3/name"), at("/items/11/name"));
    assert_ne!(at("/items/3/name"), at("/items/3/id"));
}

#[test]
fn what_a_server_sent_is_shown_and_does_nothing() {
    let mut outcome = fixture::failing();
    outcome.cases[1].title = HOSTILE.to_owned();
    outcome.cases[1].steps[0].findings[0].actual = HOSTILE.to_owned();
    fn texts(value: &Value) -> Vec<&str> {
        match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().flat_map(texts).collect(),
            Value::Object(members) => members.iter().flat_map(|(k, v)| std::iter::once(k.as_str()).chain(texts(v))).collect(),
            _ => Vec::new(),
        }
    }
    let log = rendered(&outcome);
    let acts = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}';
    assert_eq!(texts(&log).into_iter().filter(|text| text.contains(acts)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_load_has_its_objectives_at_its_plan_and_its_findings_at_the_spec() {
    let log: Value = serde_json::from_str(&render(&load(&loads::record(&loads::failing())))).expect("JSON");
    let results = log["runs"][0]["results"].as_array().expect("results");
    let slo = results.iter().find(|r| r["ruleId"] == "proofmark.slo").expect("an objective");
    let place = &slo["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]), (&json!("signature.load.yaml"), &Value::Null));
}
