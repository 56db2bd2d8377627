//! Paths between which a request cannot be decided, or which a server may well confuse.
//!
//! Compares paths of the same method only. Routes nothing.

use super::report::Report;
use super::survey::{At, Caller, Operation, Survey};
use crate::contract::files::Loc;
use crate::contract::model::Direction;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// One path with what can be asked of it.
struct Path<'a> {
    text: &'a str,
    loc: Loc,
    segments: Vec<&'a str>,
    operations: Vec<&'a Operation<'a>>,
}

pub(super) fn check<'a>(survey: &'a Survey<'a>, report: &mut Report<'_>) {
    let paths = paths(survey);
    let mut by_length: BTreeMap<usize, Vec<&Path<'_>>> = BTreeMap::new();
    for path in &paths {
        by_length.entry(path.segments.len()).or_default().push(path);
    }
    for same in by_length.values() {
        for (i, one) in same.iter().enumerate() {
            for other in &same[i + 1..] {
                ambiguous(survey, one, other, report);
                shadowed(survey, one, other, report);
                shadowed(survey, other, one, report);
            }
        }
    }
    alike(&paths, report);
}

fn paths<'a>(survey: &'a Survey<'a>) -> Vec<Path<'a>> {
    let mut by_path: HashMap<&str, Vec<&Operation<'_>>> = HashMap::new();
    for operation in survey.operations.iter().filter(|o| o.caller == Caller::Client) {
        by_path.entry(operation.path).or_default().push(operation);
    }
    let written = survey.root.child("paths");
    let all = written.iter().flat_map(At::members);
    all.map(|(text, at)| Path {
        text,
        loc: at.loc,
        segments: text.split('/').collect(),
        operations: by_path.remove(text).unwrap_or_default(),
    })
    .collect()
}

/// The operations of both that share a method.
fn shared<'a>(one: &Path<'a>, other: &Path<'a>) -> Option<(&'a Operation<'a>, &'a Operation<'a>)> {
    one.operations.iter().find_map(|a| Some((*a, *other.operations.iter().find(|b| b.method == a.method)?)))
}

fn is_param(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}') && segment.matches('{').count() == 1
}

/// Whether one segment can be what another one takes: text must conform to the schema of the parameter.
fn fits(survey: &Survey<'_>, operation: &Operation<'_>, param: &str, text: &str) -> bool {
    let name = &param[1..param.len() - 1];
    let declared = operation.parameters.iter().find(|p| p.text("in") == Some("path") && p.text("name") == Some(name));
    let Some(schema) = declared.and_then(|p| p.child("schema")) else { return true };
    let validator = survey.contract.validator(&schema.loc, Direction::Request);
    let value = survey.contract.decode_field(text, false, Some(&schema.loc), None);
    validator.fault().is_some()
        || value.is_ok_and(|value| validator.is_valid(&value))
        || validator.is_valid(&Value::String(text.to_owned()))
}

fn ambiguous(survey: &Survey<'_>, one: &Path<'_>, other: &Path<'_>, report: &mut Report<'_>) {
    // Most pairs differ in a word: that is seen first.
    let differ = |(x, y): (&&str, &&str)| x != y && !x.contains('{') && !y.contains('{');
    if one.segments.iter().zip(&other.segments).any(differ) {
        return;
    }
    let Some((a, b)) = shared(one, other) else { return };
    let (mut first, mut second) = (None, None);
    let mut example = Vec::new();
    for (x, y) in one.segments.iter().zip(&other.segments) {
        match (x.contains('{'), y.contains('{')) {
            (true, true) if !is_param(x) || !is_param(y) => return,
            (false, true) if !is_param(y) || !fits(survey, b, y, x) => return,
            (true, false) if !is_param(x) || !fits(survey, a, x, y) => return,
            (false, true) => first = first.or(Some(*x)),
            (true, false) => second = second.or(Some(*y)),
            _ => {}
        }
        example.push(if x.contains('{') { *y } else { *x });
    }
    if first.is_some() && second.is_some() {
        let message = format!("`{}` and `{}` both match `{}`", other.text, one.text, example.join("/").replace(['{', '}'], ""));
        let line = report.line(&other.loc, &one.loc);
        let hint = format!(
            "`{}` stands on {line}; neither is more concrete: rename a segment, or narrow a parameter by `pattern` or `format`",
            one.text
        );
        report.key("lint/ambiguous-path", &other.loc, message, hint);
    }
}

/// A value that a parameter lists, and that is the name of a path of its own.
fn shadowed(survey: &Survey<'_>, templated: &Path<'_>, concrete: &Path<'_>, report: &mut Report<'_>) {
    let mut differing = None;
    for (x, y) in templated.segments.iter().zip(&concrete.segments) {
        match () {
            () if x == y || (is_param(x) && is_param(y)) => {}
            () if is_param(x) && !y.contains('{') && differing.is_none() => differing = Some((*x, *y)),
            () => return,
        }
    }
    let Some((param, text)) = differing else { return };
    let Some((operation, _)) = shared(templated, concrete) else { return };
    let name = &param[1..param.len() - 1];
    let declared = operation.parameters.iter().find(|p| p.text("in") == Some("path") && p.text("name") == Some(name));
    let Some(schema) = declared.and_then(|p| p.child("schema")) else { return };
    for part in survey.parts(&schema, super::shape::Reach::All) {
        for value in part.child("enum").iter().flat_map(At::items) {
            if value.node.as_str() == Some(text) {
                let message = format!("`{text}` cannot be sent as `{name}`: such a request goes to `{}`", concrete.text);
                let hint = format!("`{}` stands on {}", concrete.text, report.line(&value.loc, &concrete.loc));
                report.value("lint/shadowed-value", &value.loc, message, hint);
            }
        }
    }
}

/// Paths that differ by their last slash only, or by case only.
fn alike(paths: &[Path<'_>], report: &mut Report<'_>) {
    let blank = |path: &Path<'_>| -> String {
        path.segments.iter().map(|s| if s.contains('{') { "{}" } else { s }).collect::<Vec<_>>().join("/")
    };
    let mut slashes: HashMap<String, &Path<'_>> = HashMap::new();
    let mut cases: HashMap<String, &Path<'_>> = HashMap::new();
    for path in paths {
        let blanked = blank(path);
        let bare = blanked.trim_end_matches('/').to_owned();
        if let Some(earlier) = slashes.get(&bare).filter(|e| blank(e) != blanked && shared(e, path).is_some()) {
            let hint = format!("`{}` stands on {}; keep one of them", earlier.text, report.line(&path.loc, &earlier.loc));
            let message = format!("`{}` and `{}` differ only by the slash at the end", path.text, earlier.text);
            report.key("lint/trailing-slash", &path.loc, message, hint);
        }
        slashes.entry(bare.clone()).or_insert(path);
        if let Some(earlier) = cases.get(&bare.to_lowercase()).filter(|e| blank(e).trim_end_matches('/') != bare) {
            let hint = format!("`{}` stands on {}; one of them is a slip", earlier.text, report.line(&path.loc, &earlier.loc));
            let message = format!("`{}` and `{}` differ only by upper and lower case", path.text, earlier.text);
            report.key("lint/path-case", &path.loc, message, hint);
        }
        cases.entry(bare.to_lowercase()).or_insert(path);
    }
}
