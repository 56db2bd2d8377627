//! A comparison as JSON, for programs.
//!
//! Field names and rule ids stay; messages may be reworded. Never leaves a change out.

use crate::base::source::Place;
use crate::diff::{Change, Comparison, Impact};
use serde_json::{Value, json};

/// The comparison as a JSON document, ended by a line break.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    format!("{:#}\n", value(comparison))
}

/// The comparison as a JSON value.
#[must_use]
pub fn value(comparison: &Comparison) -> Value {
    json!({
        "format": 1,
        "title": comparison.title,
        "old_version": comparison.old_version,
        "new_version": comparison.new_version,
        "version_note": comparison.version_note,
        "verdict": comparison.verdict.phrase(),
        "breaking": comparison.count(Impact::Breaking),
        "unsure": comparison.count(Impact::Unsure),
        "compatible": comparison.count(Impact::Compatible),
        "changes": comparison.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    let also: Vec<Value> = change.also.iter().map(|(subject, path)| json!({"subject": subject, "path": path})).collect();
    json!({
        "rule": change.rule,
        "impact": change.impact.word(),
        "subject": change.subject,
        "path": change.path,
        "flow": change.flow.map(crate::diff::Flow::word),
        "message": change.message,
        "why": change.why,
        "old": change.old.as_ref().map(place),
        "new": change.new.as_ref().map(place),
        "also": also,
    })
}

fn place(place: &Place) -> Value {
    let (line, column) = place.line_column();
    json!({"file": place.source.name(), "line": line, "column": column})
}
