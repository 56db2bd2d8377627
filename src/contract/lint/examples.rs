//! Examples and defaults that do not conform to their own schema.
//!
//! Judges by the direction in which a value travels. Leaves alone what cannot be read as a value: external files, XML, and other
//! bodies that are written as text.

use super::report::Report;
use super::survey::{At, Field, Media, Schema, Survey};
use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::files::Loc;
use crate::contract::model::Direction;
use crate::schema::Violation;
use serde_json::Value;

/// Violations of one example that are shown.
const MOST: usize = 8;

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    survey.schemas.iter().for_each(|schema| of_schema(survey, schema, report));
    survey.media.iter().for_each(|media| of_media(survey, media, report));
    survey.parameters.iter().chain(&survey.headers).for_each(|field| of_field(survey, field, report));
}

/// What is wrong with a value; nothing when it conforms in one of the directions.
fn violations(survey: &Survey<'_>, schema: &Loc, directions: &[Direction], value: &Value) -> Vec<Violation> {
    let mut least: Option<Vec<Violation>> = None;
    for direction in directions {
        let validator = survey.contract.validator(schema, *direction);
        if validator.fault().is_some() {
            continue;
        }
        if validator.is_valid(value) {
            return Vec::new();
        }
        let found = validator.violations(value);
        if least.as_ref().is_none_or(|l| found.len() < l.len()) {
            least = Some(found);
        }
    }
    least.unwrap_or_default()
}

/// One finding for each violation, placed inside of the value.
fn tell(
    survey: &Survey<'_>,
    report: &mut Report<'_>,
    code: &'static str,
    at: &At<'_>,
    found: Vec<Violation>,
    special: Option<&str>,
) {
    let what = if code == "lint/default" { "the default" } else { "the example" };
    for violation in found.into_iter().take(MOST) {
        let mut loc = Loc::new(at.loc.file, Pointer::from_escaped(format!("{}{}", at.loc.pointer, violation.instance)));
        let named = matches!(violation.keyword.as_str(), "additionalProperties" | "unevaluatedProperties");
        if named {
            loc = loc.push(violation.actual.trim_matches('`'));
        }
        let written = survey.files.node(&loc);
        let hint = match (special, written.and_then(|node| retyped(node, &violation))) {
            (Some(text), _) => Some(text.to_owned()),
            (None, Some(text)) => Some(text),
            (None, None) => survey.contract.violation_place(&violation).map(|place| {
                let keyword = &violation.keyword;
                let (line, column) = place.line_column();
                let same = place.source.name() == survey.files.list[at.loc.file].document.source.name();
                if same {
                    format!("`{keyword}` stands on line {line}")
                } else {
                    format!("`{keyword}` stands at {}:{line}:{column}", place.source.name())
                }
            }),
        };
        let message = format!("{what} does not conform: {}", violation.message);
        if named { report.key(code, &loc, message, hint) } else { report.value(code, &loc, message, hint) }
    }
}

/// A scalar that is of the right kind but for its quotes.
fn retyped(node: &Node, violation: &Violation) -> Option<String> {
    let wants = |kind: &str| violation.keyword == "type" && violation.expected.contains(kind);
    match &node.data {
        Data::Number(_) | Data::Bool(_) if wants("string") => Some(format!("put it in quotes: \"{}\"", node.to_value())),
        Data::String(text) if wants("boolean") && matches!(text.as_str(), "true" | "false") => {
            Some("leave the quotes away".to_owned())
        }
        Data::String(text) if (wants("integer") || wants("number")) && text.parse::<serde_json::Number>().is_ok() => {
            Some("leave the quotes away".to_owned())
        }
        _ => None,
    }
}

fn of_schema(survey: &Survey<'_>, schema: &Schema<'_>, report: &mut Report<'_>) {
    let at = &schema.at;
    if survey.is_30 && at.has("$ref") {
        return;
    }
    let mut written: Vec<(&'static str, At<'_>)> = Vec::new();
    written.extend(at.child("example").map(|e| ("lint/example", e)));
    written.extend(at.child("examples").iter().flat_map(At::items).map(|e| ("lint/example", e)));
    written.extend(at.child("default").map(|e| ("lint/default", e)));
    for (code, example) in written {
        let directions = schema.directions.each();
        let found = violations(survey, &at.loc, &directions, &example.node.to_value());
        let hint = special(example.node).or_else(|| as_text(survey, &at.loc, &directions, example.node));
        tell(survey, report, code, &example, found, hint);
    }
}

/// What is said of mistakes that many make.
fn special(example: &Node) -> Option<&'static str> {
    example.get("$ref").map(|_| "an example is taken as it is: a `$ref` in it is not followed")
}

/// A value that was written as text, as it stands in a program.
fn as_text(survey: &Survey<'_>, schema: &Loc, directions: &[Direction], example: &Node) -> Option<&'static str> {
    let text = example.as_str().filter(|t| t.trim_start().starts_with(['{', '[']))?;
    let read: Value = serde_json::from_str(text).ok()?;
    let conforms = violations(survey, schema, directions, &read).is_empty();
    conforms.then_some("it would conform if it were written as a value, not as text that holds JSON")
}

/// Each value of `example` and `examples`, with the reading that its place asks for.
fn written<'a>(survey: &Survey<'a>, owner: &At<'a>) -> Vec<(At<'a>, Form)> {
    let mut found: Vec<(At<'a>, Form)> = owner.child("example").map(|e| (e, Form::Value)).into_iter().collect();
    for (_, example) in owner.child("examples").iter().flat_map(At::named) {
        let Some(example) = survey.files.follow(&example.loc).and_then(|loc| survey.at(&loc)) else { continue };
        for (key, form) in [("value", Form::Value), ("dataValue", Form::Data), ("serializedValue", Form::Text)] {
            found.extend(example.child(key).map(|e| (e, form)));
        }
    }
    found
}

/// How an example is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As a value, or as text where the media type cannot be written otherwise.
    Value,
    /// As a value.
    Data,
    /// As it travels.
    Text,
}

fn of_media(survey: &Survey<'_>, media: &Media<'_>, report: &mut Report<'_>) {
    let Some(schema) = media.at.child("schema") else { return };
    let is_json = is_json(media.name);
    let directions = [media.holder.direction()];
    for (example, form) in written(survey, &media.at) {
        let text = example.node.as_str();
        let mut value = example.node.to_value();
        let mut hint = special(example.node);
        match (form, text) {
            (Form::Text, Some(text)) if is_json => match serde_json::from_str(text) {
                Ok(read) => value = read,
                Err(_) => {
                    report.value("lint/example", &example.loc, "the example is no JSON", "write the text as it is sent");
                    continue;
                }
            },
            (Form::Text, _) => continue,
            (Form::Value, Some(_)) if is_json => {
                if violations(survey, &schema.loc, &directions, &value).is_empty() {
                    continue;
                }
                hint = as_text(survey, &schema.loc, &directions, example.node);
            }
            // The body as it travels: only a schema of text can be asked about it.
            (Form::Value, Some(_)) if !is_text(survey, &schema) || !media.name.starts_with("text/") => continue,
            _ => {}
        }
        let found = violations(survey, &schema.loc, &directions, &value);
        if form == Form::Text {
            let whole = At { loc: example.loc.clone(), node: example.node };
            let found = found.into_iter().map(|v| Violation {
                message: format!("{} (at `{}`)", v.message, v.instance),
                instance: Pointer::root(),
                ..v
            });
            tell(survey, report, "lint/example", &whole, found.collect(), hint);
        } else {
            tell(survey, report, "lint/example", &example, found, hint);
        }
    }
}

fn is_json(name: &str) -> bool {
    let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.ends_with("/json") || essence.ends_with("+json") || essence == "*/*" || essence == "application/*"
}

/// Every value is text.
fn is_text(survey: &Survey<'_>, schema: &At<'_>) -> bool {
    survey.parts(schema, super::shape::Reach::All).iter().any(|part| super::shape::types(part.node) == ["string"])
}

fn of_field(survey: &Survey<'_>, field: &Field<'_>, report: &mut Report<'_>) {
    let Some(schema) = field.at.child("schema") else { return };
    let directions = [field.direction];
    for (example, form) in written(survey, &field.at) {
        let value = example.node.to_value();
        let mut found = violations(survey, &schema.loc, &directions, &value);
        if let (Some(text), false, true) = (example.node.as_str(), found.is_empty(), form != Form::Data) {
            // An example may also be written as it travels.
            let explode = field.at.flag("explode").unwrap_or(false);
            let Ok(read) = survey.contract.decode_field(text, explode, Some(&schema.loc), None) else { continue };
            let plain = !matches!(read, Value::Array(_) | Value::Object(_));
            if read != value || !plain || structured(survey, &schema) {
                found = if plain && !structured(survey, &schema) {
                    violations(survey, &schema.loc, &directions, &read)
                } else {
                    Vec::new()
                };
            }
        }
        tell(survey, report, "lint/example", &example, found, special(example.node));
    }
}

/// A value may be a list or an object, which styles write in many ways.
fn structured(survey: &Survey<'_>, schema: &At<'_>) -> bool {
    let parts = survey.parts(schema, super::shape::Reach::Some);
    parts.iter().any(|p| super::shape::types(p.node).iter().any(|t| matches!(*t, "array" | "object")))
}
