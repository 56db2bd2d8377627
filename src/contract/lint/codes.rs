//! Error codes that a catalogue lacks, wherever a spec or a suite keeps one.
//!
//! A spec keeps a catalogue as `x-enum-descriptions` beside an `enum`, as alternatives with `const` and `description`, or as
//! `x-error-catalogue` of the document. Where there is none, nothing is demanded.

use super::report::Report;
use super::shape::Reach;
use super::survey::{At, Survey};
use crate::base::distance::nearest;
use crate::base::tree::Node;
use crate::contract::files::Loc;
use crate::contract::model::StatusPattern;
use std::collections::{BTreeMap, BTreeSet};

const CODE: &str = "lint/error-code";

/// Properties under which an error says its code.
const NAMES: &[&str] = &["code", "type", "error", "errorCode", "error_code", "errorType", "error_type", "reason"];

/// Properties under which errors are wrapped.
const WRAPPERS: &[&str] = &["error", "errors", "fault", "faults"];

pub(super) fn check(survey: &Survey<'_>, suite: Option<&[&str]>, report: &mut Report<'_>) {
    for schema in &survey.schemas {
        beside(&schema.at, report);
        alternatives(&schema.at, report);
    }
    let catalogue = survey.root.child("x-error-catalogue");
    if catalogue.is_none() && suite.is_none() {
        return;
    }
    let codes = listed(survey);
    if let Some(catalogue) = catalogue {
        let known: BTreeSet<&str> = match catalogue.node.members() {
            Some(members) => members.iter().map(|(k, _)| k.text.as_str()).collect(),
            None => catalogue.items().filter_map(|item| item.node.as_str().or_else(|| item.text("code"))).collect(),
        };
        for (code, at) in &codes {
            if !known.contains(code.as_str()) {
                report.value(CODE, at, format!("`{code}` is not in the catalogue"), hint(code, &known, "x-error-catalogue"));
            }
        }
        for (code, entry) in catalogue.named().filter(|(code, _)| !codes.contains_key(*code)) {
            let names: BTreeSet<&str> = codes.keys().map(String::as_str).collect();
            let hint = nearest(code, names.iter().copied())
                .map_or_else(|| "take it away".to_owned(), |n| format!("did you mean `{n}`?"));
            report.key(CODE, &entry.loc, format!("no answer lists `{code}`"), hint);
        }
    }
    for (code, at) in codes.iter().filter(|(code, _)| suite.is_some_and(|s| !s.contains(&code.as_str()))) {
        let known: BTreeSet<&str> = suite.unwrap_or_default().iter().copied().collect();
        report.value(CODE, at, format!("`{code}` is not in the catalogue of the suite"), hint(code, &known, "error_catalogue"));
    }
}

fn hint(code: &str, known: &BTreeSet<&str>, catalogue: &str) -> String {
    match nearest(code, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("add `{code}` to `{catalogue}`"),
    }
}

/// Descriptions beside an `enum`: each value has one, and each one has a value.
fn beside(at: &At<'_>, report: &mut Report<'_>) {
    let Some(values) = at.child("enum") else { return };
    for key in ["x-enum-descriptions", "x-enumDescriptions", "x-error-catalogue"] {
        let Some(descriptions) = at.child(key) else { continue };
        let Some(members) = descriptions.node.members() else {
            let (have, want) = (descriptions.node.items().map_or(0, <[Node]>::len), values.items().count());
            if have != want {
                let message = format!("`{key}` describes {have} values, and `enum` lists {want}");
                report.key(CODE, &descriptions.loc, message, "one description for each value, in the same order");
            }
            continue;
        };
        let known: BTreeSet<&str> = members.iter().map(|(k, _)| k.text.as_str()).collect();
        let mut listed: BTreeSet<String> = BTreeSet::new();
        for value in values.items() {
            let text = value.node.as_str().map_or_else(|| value.node.to_value().to_string(), str::to_owned);
            if !known.contains(text.as_str()) {
                report.value(CODE, &value.loc, format!("`{text}` is not described"), hint(&text, &known, key));
            }
            listed.insert(text);
        }
        for (name, entry) in descriptions.named().filter(|(name, _)| !listed.contains(*name)) {
            let hint = nearest(name, listed.iter().map(String::as_str))
                .map_or_else(|| "take it away".to_owned(), |n| format!("did you mean `{n}`?"));
            report.key(CODE, &entry.loc, format!("`enum` does not list `{name}`"), hint);
        }
    }
}

/// Alternatives of one value each: where one is described, all are.
fn alternatives(at: &At<'_>, report: &mut Report<'_>) {
    for key in ["oneOf", "anyOf"] {
        let all: Vec<At<'_>> = at.child(key).iter().flat_map(At::items).collect();
        let consts = all.iter().filter(|a| a.child("const").is_some_and(|c| c.node.as_str().is_some())).count();
        let described = |a: &At<'_>| a.has("description") || a.has("title");
        if consts < all.len() || !all.iter().any(described) {
            continue;
        }
        for one in all.iter().filter(|a| !described(a)) {
            let text = one.text("const").unwrap_or_default();
            report.value(CODE, &one.loc, format!("`{text}` is not described"), "add a `description`, as the others have");
        }
    }
}

/// The codes that answers with an error list, with the place of the first mention.
fn listed(survey: &Survey<'_>) -> BTreeMap<String, Loc> {
    let mut found = BTreeMap::new();
    for response in survey.operations.iter().flat_map(|o| &o.responses) {
        let is_error =
            matches!(response.pattern, StatusPattern::Exact(400..) | StatusPattern::Range(4 | 5) | StatusPattern::Default);
        for (_, media) in response.at.child("content").iter().filter(|_| is_error).flat_map(At::named) {
            if let Some(schema) = media.child("schema") {
                codes(survey, &schema, 0, &mut found);
            }
        }
    }
    found
}

fn codes(survey: &Survey<'_>, schema: &At<'_>, depth: usize, found: &mut BTreeMap<String, Loc>) {
    for part in survey.parts(schema, Reach::Some) {
        for (name, property) in part.child("properties").iter().flat_map(At::named) {
            if NAMES.contains(&name) {
                for part in survey.parts(&property, Reach::Some) {
                    for value in part.child("enum").iter().flat_map(At::items).chain(part.child("const")) {
                        if let Some(text) = value.node.as_str() {
                            found.entry(text.to_owned()).or_insert_with(|| value.loc.clone());
                        }
                    }
                }
            }
            if WRAPPERS.contains(&name) && depth < 2 {
                codes(survey, &property, depth + 1, found);
            }
        }
        if let Some(items) = part.child("items").filter(|_| depth < 2) {
            codes(survey, &items, depth + 1, found);
        }
    }
}
