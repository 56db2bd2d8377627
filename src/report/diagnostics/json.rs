//! Findings for a program: one JSON object, its shape versioned.
//!
//! Only adds to the shape without a new version. Never cuts what a diagnostic says; the line of the source may be cut.

use crate::base::diagnostic::excerpt::excerpt;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::{Place, Span};
use crate::report::diagnostics::Findings;
use serde_json::{Map, Value, json};

/// The version of the shape.
const VERSION: u32 = 1;

pub(super) fn render(findings: &Findings) -> String {
    let of = |name: &str, severity| {
        let is_here = |d: &&Diagnostic| d.severity == severity && d.place.as_ref().is_some_and(|p| p.source.name() == name);
        findings.diagnostics.iter().filter(is_here).count()
    };
    let files: Vec<Value> = findings
        .files
        .iter()
        .map(|file| {
            let (errors, warnings) = (of(&file.name, Severity::Error), of(&file.name, Severity::Warning));
            json!({"name": file.name, "kind": file.kind, "errors": errors, "warnings": warnings})
        })
        .collect();
    let whole = json!({
        "formatVersion": VERSION,
        "tool": {"name": "proofmark", "version": env!("CARGO_PKG_VERSION")},
        "summary": {
            "files": findings.files.len(),
            "skipped": findings.skipped,
            "errors": findings.count(Severity::Error),
            "warnings": findings.count(Severity::Warning),
        },
        "files": files,
        "diagnostics": findings.diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let mut object = Map::new();
    object.insert("code".to_owned(), diagnostic.code.into());
    object.insert("severity".to_owned(), diagnostic.severity.name().into());
    object.insert("message".to_owned(), diagnostic.message.as_str().into());
    object.insert("hint".to_owned(), diagnostic.hint.as_deref().into());
    if let (Some(place), Some(span)) = (&diagnostic.place, diagnostic.focus()) {
        object.extend(located(place, span));
    }
    let labels = diagnostic.labels.iter().map(|label| {
        let mut object = located(&label.place, crate::base::diagnostic::excerpt::focus(&label.place));
        object.insert("text".to_owned(), label.text.as_str().into());
        Value::Object(object)
    });
    object.insert("labels".to_owned(), labels.collect());
    Value::Object(object)
}

fn located(place: &Place, span: Span) -> Map<String, Value> {
    let (line, column) = place.source.line_column(span.start);
    let (end_line, end_column) = place.source.line_column(span.end);
    let members = [
        ("file", place.source.name().into()),
        ("line", line.into()),
        ("column", column.into()),
        ("endLine", end_line.into()),
        ("endColumn", end_column.into()),
        ("startByte", span.start.into()),
        ("endByte", span.end.into()),
        ("sourceLine", excerpt(&place.source, span).text.into()),
    ];
    members.into_iter().map(|(key, value): (&str, Value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::diagnostics::tests::findings;
    use serde_json::{Value, json};

    #[test]
    fn everything_a_program_may_want() {
        let value: Value = serde_json::from_str(&render(&findings())).expect("JSON");
        assert_eq!(value["summary"], json!({"files": 2, "skipped": 1, "errors": 2, "warnings": 1}));
        assert_eq!(value["files"][0], json!({"name": "specs/my api.yaml", "kind": "spec", "errors": 1, "warnings": 1}));
        let expected = json!({
            "code": "contract/unknown-field", "severity": "error", "message": "unknown field `titel`",
            "hint": "did you mean `title`?", "file": "specs/my api.yaml", "line": 2, "column": 11, "endLine": 2, "endColumn": 16,
            "startByte": 29, "endByte": 34, "sourceLine": "info: 𝒳ü {titel: x}", "labels": [],
        });
        assert_eq!(value["diagnostics"][0], expected);
        assert_eq!(value["diagnostics"][1]["labels"][0]["text"], "like this");
        assert_eq!(value["diagnostics"][2].get("file"), None);
    }
}
