//! What a run found as a report of Web Fuzzing Commons, which compares the tools that find faults.
//!
//! Faults by the classification of the Commons where it has one, else as custom ones. Never counts a warning as a fault.

use crate::base::source::Spot;
use crate::record::RunRecord;
use crate::record::shape::{CaseRecord, FindingRecord, Level, Way};
use crate::report::visible;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the report's schema.
const SCHEMA: &str = "0.8.0";

/// The operation of what belongs to none.
const NO_OPERATION: &str = "unknown";

/// A fault's code and id, and the check that found it.
type Category<'r> = ((u16, &'static str), &'r str);

/// The run as a report of Web Fuzzing Commons.
#[must_use]
pub fn render(record: &RunRecord) -> String {
    let mut kinds = BTreeSet::new();
    let mut found: Vec<Value> = Vec::new();
    for case in &record.cases {
        let mut by_operation: BTreeMap<&str, BTreeSet<Category>> = BTreeMap::new();
        for finding in case.findings().filter(|f| f.level == Level::Error) {
            let operation = finding.operation.as_deref().unwrap_or(NO_OPERATION);
            let category = (category(record, finding), finding.check.as_str());
            kinds.insert((operation, category));
            by_operation.entry(operation).or_default().insert(category);
        }
        for (operation, categories) in by_operation {
            let named = |((code, id), check): &Category| json!({"id": id, "code": code, "context": check});
            let categories: Vec<Value> = categories.iter().map(named).collect();
            found.push(json!({
                "operationId": operation,
                "testCaseId": id(case),
                "faultCategories": categories,
            }));
        }
    }
    let files: BTreeSet<&str> = record.cases.iter().filter_map(|c| c.file.as_deref()).collect();
    let whole = json!({
        "schemaVersion": SCHEMA,
        "toolName": "proofmark",
        "toolVersion": &*visible::line(&record.tool_version),
        "creationTime": record.ended.to_string(),
        "faults": {"totalNumber": kinds.len(), "foundFaults": found},
        "problemDetails": {"rest": rest(record, kinds.iter().map(|(operation, _)| *operation))},
        "totalTests": record.cases.len(),
        "testFilePaths": files,
        "testCases": record.cases.iter().map(case).collect::<Vec<_>>(),
        "executionTimeInSeconds": record.took_ns / 1_000_000_000,
        "extra": extra(record),
    });
    format!("{whole:#}\n")
}

fn id(case: &CaseRecord) -> String {
    visible::line(&case.id).into_owned()
}

fn case(case: &CaseRecord) -> Value {
    let mut value = json!({"id": id(case), "name": &*visible::line(&case.title)});
    if let Some(file) = &case.file {
        value["filePath"] = file.as_str().into();
    }
    if let Some(spot) = case.place.as_deref().and_then(Spot::parse) {
        // Where it ends is not kept.
        value["startLine"] = spot.line.into();
        value["endLine"] = spot.line.into();
    }
    value
}

/// The operations, and which statuses which test had of them.
fn rest<'r>(record: &'r RunRecord, faulty: impl Iterator<Item = &'r str>) -> Value {
    let mut endpoints: BTreeSet<&str> = faulty.collect();
    for dimension in record.coverage.iter().flat_map(|c| &c.dimensions).filter(|d| d.key == "operations") {
        endpoints.extend(dimension.items.iter().chain(&dimension.missing).map(String::as_str));
    }
    let calls: Vec<_> = record.exchanges.iter().filter(|x| x.way == Way::Outbound).collect();
    let by_id: BTreeMap<&str, usize> = calls.iter().enumerate().map(|(at, x)| (x.id.as_str(), at)).collect();
    let mut covered = Vec::new();
    for case in &record.cases {
        let mut statuses: BTreeMap<&str, BTreeSet<u16>> = BTreeMap::new();
        let ids = case.steps.iter().flat_map(|s| &s.exchanges);
        for exchange in ids.filter_map(|id| by_id.get(id.as_str())).map(|at| calls[*at]) {
            let Some(operation) = exchange.operation.as_deref() else { continue };
            let seen = statuses.entry(operation).or_default();
            // A status that the schema has no room for is no HTTP status.
            seen.extend(exchange.response.as_ref().map(|r| r.status).filter(|status| *status <= 599));
        }
        for (operation, statuses) in statuses {
            endpoints.insert(operation);
            covered.push(json!({"endpointId": operation, "testCaseId": id(case), "httpStatus": statuses}));
        }
    }
    json!({
        "outputHttpCalls": calls.len(),
        "evaluatedHttpCalls": calls.len(),
        "endpointIds": endpoints,
        "coveredHttpStatus": covered,
    })
}

/// The coverage of every suite, a criterion for each dimension.
fn extra(record: &RunRecord) -> Value {
    let criteria: Vec<Value> = record
        .coverage
        .iter()
        .flat_map(|c| c.dimensions.iter().map(move |d| (c, d)))
        .map(|(c, d)| json!({"name": format!("{}: {}", visible::line(&c.suite), d.key), "covered": d.seen, "total": d.known}))
        .collect();
    if criteria.is_empty() { json!([]) } else { json!([{"toolName": "proofmark", "criteria": criteria}]) }
}

/// The code and the id of a fault: those of the Commons where they have one, else 9xx, which they leave to tools.
fn category(record: &RunRecord, finding: &FindingRecord) -> (u16, &'static str) {
    let exchange = finding.exchange.as_deref().and_then(|id| record.exchanges.iter().find(|x| x.id == id));
    let status = exchange.filter(|x| x.way == Way::Outbound).and_then(|x| x.response.as_ref()).map(|r| r.status);
    let family = finding.check.split('.').next().unwrap_or_default();
    match (finding.check.as_str(), status) {
        (check, Some(500)) if check.starts_with("status.") => (100, "HTTP_STATUS_500"),
        (check, Some(501)) if check.starts_with("status.") => (205, "SCHEMA_STATUS_NO_501_IF_IMPLEMENTED"),
        (check, Some(502..=599)) if check.starts_with("status.") => (121, "HTTP_OTHER_STATUS_5XX"),
        ("semantics.no_content", _) => (105, "HTTP_STATUS_NO_204_IF_CONTENT"),
        ("semantics.challenge", _) => (109, "HTTP_STATUS_NO_401_IF_NO_WWW_AUTHENTICATE"),
        ("semantics.allow", _) => (110, "HTTP_STATUS_NO_405_IF_NO_ALLOW"),
        ("semantics.location", _) => (120, "HTTP_INVALID_LOCATION"),
        (
            "body.schema" | "body.parses" | "headers.required" | "headers.schema" | "media_type.documented" | "status.documented",
            _,
        ) => (200, "SCHEMA_INVALID_RESPONSE"),
        ("security.leak", _) => (309, "SECURITY_LEAKED_STACK_TRACES"),
        ("security.enforced", _) => (311, "SECURITY_DECLARED_AUTH_NOT_ENFORCED"),
        _ => match family {
            "lifecycle" => (901, "PROOFMARK_LIFECYCLE"),
            "delivery" => (902, "PROOFMARK_DELIVERY"),
            "signature" => (903, "PROOFMARK_SIGNATURE"),
            "error_code" => (904, "PROOFMARK_ERROR_CODE"),
            "security" | "semantics" => (905, "PROOFMARK_HTTP"),
            "timing" => (906, "PROOFMARK_TIMING"),
            "transport" => (907, "PROOFMARK_TRANSPORT"),
            // What a suite expects beyond the contract.
            _ => (900, "PROOFMARK_EXPECTATION"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture;
    use serde_json::{Value, json};

    fn report() -> Value {
        serde_json::from_str(&render(&fixture::record(&fixture::failing()))).expect("JSON")
    }

    #[test]
    fn faults_are_counted_by_operation_and_category() {
        let report = report();
        assert_eq!(report["faults"]["totalNumber"], 2);
        let found = report["faults"]["foundFaults"].as_array().expect("faults");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0]["faultCategories"],
            json!([{"id": "PROOFMARK_ERROR_CODE", "code": 904, "context": "error_code.value"}])
        );
        // Twice in one case is one category of it.
        assert_eq!(
            found[1]["faultCategories"],
            json!([{"id": "SCHEMA_INVALID_RESPONSE", "code": 200, "context": "body.schema"}])
        );
    }

    #[test]
    fn every_test_and_operation_that_is_named_is_listed() {
        let report = report();
        let tests: Vec<&Value> = report["testCases"].as_array().expect("tests").iter().map(|t| &t["id"]).collect();
        let endpoints = report["problemDetails"]["rest"]["endpointIds"].as_array().expect("endpoints");
        for covered in report["problemDetails"]["rest"]["coveredHttpStatus"].as_array().expect("covered") {
            assert!(tests.contains(&&covered["testCaseId"]) && endpoints.contains(&covered["endpointId"]), "{covered}");
        }
        for found in report["faults"]["foundFaults"].as_array().expect("faults") {
            assert!(tests.contains(&&found["testCaseId"]) && endpoints.contains(&found["operationId"]), "{found}");
        }
        assert_eq!((tests.len(), &report["totalTests"]), (7, &json!(7)));
    }
}
