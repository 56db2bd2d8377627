//! Members that are demanded and described nowhere, and lists of schemas that no value can satisfy.
//!
//! Gathers what speaks of the same value before it judges. Says nothing where a schema leaves open what may be there.

use super::report::Report;
use super::shape::{Reach, is_open, types};
use super::survey::{At, Schema, Survey};
use crate::base::distance::nearest;
use crate::base::tree::Data;
use std::collections::BTreeSet;

pub(super) fn check(survey: &Survey<'_>, schema: &Schema<'_>, report: &mut Report<'_>) {
    if schema.in_place || (survey.is_30 && schema.at.has("$ref")) {
        return;
    }
    required(survey, &schema.at, report);
    closed(survey, &schema.at, report);
    disjoint(survey, &schema.at, report);
}

/// The schema, and those written in it that speak of the same value; `not` says what must not be there and is left out.
fn inline<'a>(at: &At<'a>) -> Vec<At<'a>> {
    let mut found = Vec::new();
    let mut queue = vec![at.clone()];
    while let Some(at) = queue.pop() {
        for key in ["allOf", "oneOf", "anyOf"] {
            queue.extend(at.child(key).iter().flat_map(At::items));
        }
        queue.extend(["then", "else"].iter().filter_map(|key| at.child(key)));
        found.push(at);
    }
    found
}

fn required(survey: &Survey<'_>, schema: &At<'_>, report: &mut Report<'_>) {
    let demanding: Vec<At<'_>> = inline(schema).into_iter().filter(|at| at.has("required")).collect();
    if demanding.is_empty() {
        return;
    }
    let parts = survey.parts(schema, Reach::Some);
    if parts.iter().any(is_open) {
        return;
    }
    let known: BTreeSet<&str> =
        parts.iter().filter_map(|p| p.child("properties")).flat_map(|p| p.named().map(|(k, _)| k).collect::<Vec<_>>()).collect();
    // Where nothing is described, `required` adds to what is described elsewhere.
    if known.is_empty() {
        return;
    }
    for name in demanding.iter().filter_map(|at| at.child("required")).flat_map(|r| r.items().collect::<Vec<_>>()) {
        let Some(text) = name.node.as_str().filter(|t| !known.contains(t)) else { continue };
        let hint = match nearest(text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("describe `{text}` under `properties`, or take it out of `required`"),
        };
        report.value("lint/required-property", &name.loc, format!("`{text}` is required, and there is no such property"), hint);
    }
}

/// `additionalProperties: false` sees the properties beside it and no others.
fn closed(survey: &Survey<'_>, schema: &At<'_>, report: &mut Report<'_>) {
    if !schema.has("allOf") {
        return;
    }
    let parts = survey.parts(schema, Reach::All);
    for part in &parts {
        let is_closed = part.node.get("additionalProperties").is_some_and(|n| n.data == Data::Bool(false));
        if !is_closed || part.has("patternProperties") {
            continue;
        }
        let own: BTreeSet<&str> = part.child("properties").iter().flat_map(At::named).map(|(k, _)| k).collect();
        let refused = |name: &str| !own.contains(name);
        let others = || parts.iter().filter(|p| p.loc != part.loc);
        let demanded = others().filter_map(|p| p.child("required")).flat_map(|r| r.items().collect::<Vec<_>>());
        let demanded: BTreeSet<&str> = demanded.filter_map(|n| n.node.as_str()).filter(|n| refused(n)).collect();
        let described =
            others().filter_map(|p| p.child("properties")).flat_map(|p| p.named().map(|(k, _)| k).collect::<Vec<_>>());
        let described: BTreeSet<&str> = described.filter(|n| refused(n)).collect();
        let (names, message) = if demanded.is_empty() {
            (described, "can never be there")
        } else {
            (demanded, "is required by another part of `allOf`, so nothing conforms")
        };
        let Some(first) = names.first() else { continue };
        let more = if names.len() > 1 { format!(" (and {} more)", names.len() - 1) } else { String::new() };
        let hint = if survey.is_30 {
            "it sees only the `properties` beside it: take it away, or repeat the others there"
        } else {
            "it sees only the `properties` beside it: write `unevaluatedProperties: false` beside `allOf` instead"
        };
        let message = format!("`additionalProperties: false` refuses `{first}`{more}, which {message}");
        report.key("lint/closed-all-of", &part.loc.push("additionalProperties"), message, hint);
    }
}

/// Parts of one `allOf` with types that exclude each other.
fn disjoint(survey: &Survey<'_>, schema: &At<'_>, report: &mut Report<'_>) {
    if !schema.has("allOf") {
        return;
    }
    let mut common: Option<BTreeSet<&str>> = None;
    let mut first: Option<At<'_>> = None;
    let mut parts = survey.parts(schema, Reach::All);
    parts.sort_by(|a, b| a.loc.cmp(&b.loc));
    for part in &parts {
        let kinds = types(part.node);
        if kinds.is_empty() {
            continue;
        }
        let mut kinds: BTreeSet<&str> = kinds.into_iter().collect();
        if kinds.contains("number") {
            kinds.insert("integer");
        }
        if survey.is_30 && part.flag("nullable") == Some(true) {
            kinds.insert("null");
        }
        let shared: BTreeSet<&str> = common.as_ref().map_or_else(|| kinds.clone(), |c| c.intersection(&kinds).copied().collect());
        if shared.is_empty() {
            let earlier = first.as_ref().map_or_else(String::new, |f| {
                format!("another part says otherwise on {}", report.line(&part.loc, &f.loc.push("type")))
            });
            report.key(
                "lint/disjoint-all-of",
                &part.loc.push("type"),
                "no value is of all the types that `allOf` demands",
                earlier,
            );
            return;
        }
        common = Some(shared);
        first = first.or_else(|| Some(part.clone()));
    }
}
