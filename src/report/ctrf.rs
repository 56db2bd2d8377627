//! Tests in the Common Test Report Format, for the plugins of ctrf.io.
//!
//! Every test once, with a name that stays the same from run to run. Never calls passed what was not judged.

use crate::record::digest::uuid;
use crate::record::shape::{FindingRecord, Outcome};
use crate::record::sheet::{Group, Part, Sheet, Test};
use crate::report::{prose, visible};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The version of the format.
const SPEC: &str = "0.0.0";

/// The tests as CTRF.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let counts = sheet.counts;
    let environment: Map<String, Value> =
        sheet.facts.iter().map(|(name, value)| ((*name).to_owned(), Value::from(&*visible::line(value)))).collect();
    let run = format!("{} {} {:?}", sheet.kind.name(), sheet.began, sheet.command);
    let whole = json!({
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "reportId": uuid(run.as_bytes()),
        "timestamp": sheet.ended.to_string(),
        "generatedBy": format!("proofmark {}", visible::line(sheet.tool_version)),
        "results": {
            "tool": {"name": "proofmark", "version": &*visible::line(sheet.tool_version)},
            "summary": {
                "tests": counts.tests,
                "passed": counts.passed,
                "failed": counts.bad(),
                "skipped": counts.skipped,
                "pending": 0,
                "other": counts.review,
                "suites": sheet.groups.len(),
                "start": sheet.began.as_millisecond(),
                "stop": sheet.ended.as_millisecond(),
                "extra": {"verdict": &*visible::line(sheet.sentence), "exitCode": sheet.exit},
            },
            "tests": sheet.tests().map(|(group, test)| self::test(sheet, group, test)).collect::<Vec<_>>(),
            "environment": {"testEnvironment": &*visible::line(sheet.environment), "extra": environment},
        },
    });
    format!("{whole:#}\n")
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Fail | Outcome::Error => "failed",
        Outcome::Skipped | Outcome::NotApplicable => "skipped",
        Outcome::Review => "other",
    }
}

fn test(sheet: &Sheet<'_>, group: &Group<'_>, test: &Test<'_>) -> Value {
    let id = uuid(format!("{} {} {}", sheet.kind.name(), group.title, test.id).as_bytes());
    let mut value = json!({
        "id": id,
        "name": &*visible::line(&test.title),
        "status": status(test.outcome),
        "rawStatus": test.outcome.key(),
        "duration": test.took_ns.unwrap_or(0) / 1_000_000,
        "suite": [&*visible::line(&group.title)],
        "type": sheet.kind.name(),
    });
    if let (Some(began), Some(ended)) = (test.began, test.ended()) {
        value["start"] = began.as_millisecond().into();
        value["stop"] = ended.as_millisecond().into();
    }
    if let Some(message) = &test.message {
        value["message"] = (&*visible::block(message)).into();
    }
    if test.outcome.is_bad() || !test.findings.is_empty() {
        value["trace"] = (&*visible::block(&prose::details(test))).into();
    }
    if let Some(excerpt) = test.findings.iter().map(|f| &f.excerpt).find(|e| !e.is_empty()) {
        let lines: Vec<&str> = excerpt.iter().map(|line| line.text.as_str()).collect();
        value["snippet"] = (&*visible::block(&lines.join("\n"))).into();
    }
    if let Some(file) = test.spot.as_ref().map(|s| s.file.as_str()).or(test.file) {
        value["filePath"] = (&*visible::line(file)).into();
    }
    if let Some(spot) = &test.spot {
        value["line"] = spot.line.into();
    }
    if !test.tags.is_empty() {
        value["tags"] = lines(test.tags.iter());
    }
    if !test.requirements.is_empty() {
        value["labels"] = json!({"requirement": lines(test.requirements.iter())});
    }
    if !test.notes.is_empty() {
        value["stdout"] = lines(test.notes.iter());
    }
    if !test.parts.is_empty() {
        value["steps"] = test.parts.iter().map(part).collect();
    }
    let mut extra = json!({"id": &*visible::line(&test.id), "sort": test.sort.key()});
    if let Some(rerun) = test.rerun {
        extra["rerun"] = (&*visible::line(rerun)).into();
    }
    if !test.findings.is_empty() {
        extra["findings"] = test.findings.iter().map(|f| finding(f)).collect();
    }
    value["extra"] = extra;
    value
}

fn part(part: &Part<'_>) -> Value {
    let mut extra = json!({"rawStatus": part.outcome.key(), "exchanges": part.exchanges});
    if let Some(message) = part.message {
        extra["message"] = (&*visible::block(message)).into();
    }
    let millis = |at: Timestamp| at.as_millisecond();
    if let Some((began, ended)) = part.span {
        extra["start"] = millis(began).into();
        extra["stop"] = millis(ended).into();
    }
    json!({"name": &*visible::line(part.title), "status": status(part.outcome), "extra": extra})
}

fn finding(finding: &FindingRecord) -> Value {
    json!({
        "check": finding.check,
        "level": finding.level.word(),
        "message": &*visible::block(&finding.message),
        "requirement": finding.requirement.id,
        "source": finding.requirement.source,
        "operation": finding.operation,
        "expected": &*visible::block(&finding.expected),
        "actual": &*visible::block(&finding.actual),
        "exchange": finding.exchange,
        "spec": finding.spec.as_ref().map(|s| format!("{}:{}:{}", s.file, s.line, s.column)),
    })
}

fn lines<'a>(texts: impl Iterator<Item = &'a String>) -> Value {
    texts.map(|text| Value::from(&*visible::line(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::fixture;
    use crate::record::sheet::run;
    use serde_json::{Value, json};

    #[test]
    fn counts_are_those_of_the_tests_and_identities_stay() {
        let record = fixture::record(&fixture::failing());
        let value: Value = serde_json::from_str(&render(&run(&record))).expect("JSON");
        let tests = value["results"]["tests"].as_array().expect("tests");
        let of = |status: &str| tests.iter().filter(|t| t["status"] == status).count();
        let summary = &value["results"]["summary"];
        for status in ["passed", "failed", "skipped", "other"] {
            assert_eq!(summary[status], json!(of(status)), "{status}");
        }
        assert_eq!(summary["tests"], tests.len());
        let ids: std::collections::BTreeSet<&str> = tests.iter().filter_map(|t| t["id"].as_str()).collect();
        assert_eq!(ids.len(), tests.len());
        let mut later = fixture::failing();
        later.began = "2026-12-01T00:00:00Z".parse().expect("an instant");
        let later: Value = serde_json::from_str(&render(&run(&fixture::record(&later)))).expect("JSON");
        assert_eq!(later["results"]["tests"][3]["id"], tests[3]["id"]);
        assert_ne!(later["reportId"], value["reportId"]);
        let broken = tests.iter().find(|t| t["rawStatus"] == "error").expect("one that could not be carried out");
        assert_eq!((&broken["status"], &broken["line"]), (&json!("failed"), &json!(58)));
    }
}
