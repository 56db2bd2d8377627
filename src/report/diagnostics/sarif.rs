//! Findings as SARIF 2.1.0, which code hosts and editors read.
//!
//! Columns count UTF-16 code units, as the format's own default says. Never names an absolute path for a relative one.

use crate::base::diagnostic::excerpt::focus;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::{Place, Source};
use crate::report::diagnostics::Findings;
use crate::report::sarif::{Columns, Log, artifact, counted};
use serde_json::{Map, Value, json};

pub(super) fn render(findings: &Findings) -> String {
    let mut codes: Vec<&str> = findings.diagnostics.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut artifacts: Vec<&str> = findings.files.iter().map(|f| f.name.as_str()).collect();
    for place in findings.diagnostics.iter().flat_map(places) {
        if !artifacts.contains(&place.source.name()) {
            artifacts.push(place.source.name());
        }
    }
    let results: Vec<Value> = findings.diagnostics.iter().map(|d| result(d, &codes, &artifacts)).collect();
    Log {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rules: codes.iter().map(|code| rule(code, findings)).collect(),
        columns: Columns::Utf16,
        artifacts: artifacts.iter().map(|name| json!({"location": artifact(name)})).collect(),
        results,
        more: Map::new(),
    }
    .text()
}

fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = &Place> {
    diagnostic.place.iter().chain(diagnostic.labels.iter().map(|l| &l.place))
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn rule(code: &str, findings: &Findings) -> Value {
    let first = findings.diagnostics.iter().find(|d| d.code == code).map_or(Severity::Warning, |d| d.severity);
    let known = findings.rules.iter().find(|r| r.code == code);
    let page = if code.starts_with("lint/") { "docs/lint.md" } else { "docs/diagnostics.md" };
    let mut rule = json!({
        "id": code,
        "shortDescription": {"text": known.map_or_else(|| code.replace(['/', '-'], " "), |r| r.title.clone())},
        "help": {"text": format!("See {page}.")},
        "defaultConfiguration": {"level": level(first)},
    });
    if let Some(known) = known {
        rule["fullDescription"] = json!({"text": known.why});
    }
    rule
}

fn result(diagnostic: &Diagnostic, codes: &[&str], artifacts: &[&str]) -> Value {
    let text = match &diagnostic.hint {
        Some(hint) => format!("{}\n{hint}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let mut result = json!({
        "ruleId": diagnostic.code,
        "ruleIndex": codes.iter().position(|c| *c == diagnostic.code),
        "level": level(diagnostic.severity),
        "message": {"text": text},
        "locations": diagnostic.place.iter().map(|p| location(p, artifacts)).collect::<Vec<_>>(),
    });
    if !diagnostic.labels.is_empty() {
        let related = diagnostic.labels.iter().enumerate().map(|(id, label)| {
            let mut location = location(&label.place, artifacts);
            location["id"] = id.into();
            location["message"] = json!({"text": label.text});
            location
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn location(place: &Place, artifacts: &[&str]) -> Value {
    let span = focus(place);
    let (line, column) = position(&place.source, span.start);
    let (end_line, end_column) = position(&place.source, span.end);
    let file = counted(place.source.name(), artifacts);
    let region = json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column});
    json!({"physicalLocation": {"artifactLocation": file, "region": region}})
}

/// Line and column of an offset, the column in UTF-16 code units.
fn position(source: &Source, offset: u32) -> (usize, usize) {
    let (line, _) = source.line_column(offset);
    let before = source.text().get(..offset as usize).unwrap_or(source.text());
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    // What takes four bytes takes two code units.
    let pairs = before.as_bytes()[start..].iter().filter(|b| **b >= 0xf0).count();
    (line, before[start..].chars().count() + pairs + 1)
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::diagnostics::RuleText;
    use crate::report::diagnostics::tests::findings;
    use serde_json::{Value, json};

    #[test]
    fn results_name_rules_artifacts_and_columns_as_utf16_has_them() {
        let mut findings = findings();
        findings.rules = vec![RuleText { code: "contract/path", title: "a title".to_owned(), why: "a reason".to_owned() }];
        let value: Value = serde_json::from_str(&render(&findings)).expect("JSON");
        assert_eq!(value["version"], "2.1.0");
        let run = &value["runs"][0];
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        let expected = json!({"uri": "specs/my%20api.yaml", "uriBaseId": "SRCROOT", "index": 0});
        let location = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"], expected);
        // One column further than characters count: the first letter of the value takes two code units.
        assert_eq!(location["region"], json!({"startLine": 2, "startColumn": 12, "endLine": 2, "endColumn": 17}));
        assert_eq!(run["results"][1]["relatedLocations"][0]["message"]["text"], "like this");
        assert_eq!(run["results"][2]["locations"], json!([]));
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for result in run["results"].as_array().expect("results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(rules[index]["id"], result["ruleId"]);
        }
        assert_eq!(rules[0]["shortDescription"]["text"], "a title");
    }
}
