//! `oneOf` and discriminators: alternatives that surely overlap, and values that lead to none.
//!
//! An overlap is said only with a value that proves it. Judges no example.

use super::report::Report;
use super::shape::{Reach, types};
use super::survey::{At, Schema, Survey};
use crate::base::distance::did_you_mean;
use crate::base::tree::{Data, Node};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Alternatives that are compared with each other, at most.
const MOST: usize = 40;

pub(super) fn check(survey: &Survey<'_>, schema: &Schema<'_>, report: &mut Report<'_>) {
    let at = &schema.at;
    if survey.is_30 && at.has("$ref") {
        return;
    }
    if let Some(alternatives) = at.child("oneOf")
        && !same(survey, &alternatives, report)
        && !at.has("discriminator")
    {
        overlap(survey, schema, &alternatives, report);
    }
    if let Some(discriminator) = at.child("discriminator") {
        self::discriminator(survey, at, &discriminator, report);
    }
}

/// Alternatives that are the same: what fits one fits both, and is refused.
fn same(survey: &Survey<'_>, alternatives: &At<'_>, report: &mut Report<'_>) -> bool {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut found = false;
    for (i, item) in alternatives.items().enumerate() {
        let target = item.has("$ref").then(|| survey.files.follow(&item.loc)).flatten();
        let alone = survey.is_30 || item.node.members().is_some_and(|m| m.len() == 1);
        let key = match target.filter(|_| alone) {
            Some(loc) => format!("{}#{}", loc.file, loc.pointer),
            None => plain(item.node).to_string(),
        };
        match seen.get(&key) {
            Some(earlier) => {
                found = true;
                let message = format!("alternatives {} and {} are the same, so what fits them is refused", earlier + 1, i + 1);
                report.value("lint/same-alternatives", &item.loc, message, "take one of them away");
            }
            None => {
                seen.insert(key, i);
            }
        }
    }
    found
}

/// A schema without what is said for readers only.
fn plain(node: &Node) -> Value {
    let mut value = node.to_value();
    if let Value::Object(members) = &mut value {
        let aside = ["description", "title", "example", "examples", "deprecated"];
        members.retain(|key, _| !aside.contains(&key.as_str()) && !key.starts_with("x-"));
    }
    value
}

/// Simple values that show an overlap.
fn witnesses() -> [Value; 5] {
    [json!({}), json!([]), json!(1), json!("a"), json!(true)]
}

fn overlap(survey: &Survey<'_>, schema: &Schema<'_>, alternatives: &At<'_>, report: &mut Report<'_>) {
    let items: Vec<At<'_>> = alternatives.items().take(MOST).collect();
    // Alternatives that only narrow what stands beside them are judged with it.
    let narrows = ["type", "properties", "allOf", "required", "$ref"].iter().any(|key| schema.at.has(key));
    if narrows || items.len() < 2 || !may_overlap(survey, &items) {
        return;
    }
    let directions = schema.directions.each();
    let validators: Vec<_> = items.iter().map(|item| survey.contract.validator(&item.loc, directions[0])).collect();
    if validators.iter().any(|v| v.fault().is_some()) {
        return;
    }
    for witness in witnesses() {
        let fits: Vec<usize> = (0..items.len()).filter(|i| validators[*i].is_valid(&witness)).collect();
        if fits.len() < 2 {
            continue;
        }
        let numbers = fits.iter().map(|i| (i + 1).to_string()).collect::<Vec<_>>().join(" and ");
        let message = format!("{witness} fits alternatives {numbers}, so `oneOf` refuses it");
        let hint = match witness {
            Value::Object(_) => "make what tells them apart required, add a `discriminator`, or write `anyOf`",
            _ => "narrow one of them, or write `anyOf`",
        };
        report.key("lint/overlapping-alternatives", &alternatives.loc, message, hint);
        return;
    }
}

/// A quick look before anything is compiled: two alternatives share a type.
fn may_overlap(survey: &Survey<'_>, items: &[At<'_>]) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for item in items {
        let parts = survey.parts(item, Reach::All);
        let mut own: Vec<&str> = parts.iter().flat_map(|p| types(p.node)).collect();
        own.sort_unstable();
        own.dedup();
        if own.is_empty() {
            return true;
        }
        if own.iter().any(|k| {
            seen.contains(k) || (*k == "integer" && seen.contains(&"number")) || (*k == "number" && seen.contains(&"integer"))
        }) {
            return true;
        }
        seen.extend(own);
    }
    false
}

fn discriminator<'a>(survey: &Survey<'a>, schema: &At<'a>, discriminator: &At<'a>, report: &mut Report<'_>) {
    let Some(property) = discriminator.text("propertyName") else { return };
    let list = ["oneOf", "anyOf"].iter().find_map(|key| schema.child(key));
    let mapping: Vec<(&str, At<'_>)> = discriminator.child("mapping").iter().flat_map(At::named).collect();
    let Some(list) = list else {
        return;
    };
    let leads_to = |target: &At<'a>| target.node.as_str().and_then(|text| survey.named_schema(&discriminator.loc, text));
    let mapped: Vec<(&str, At<'a>, Option<At<'a>>)> =
        mapping.into_iter().map(|(value, at)| (value, at.clone(), leads_to(&at))).collect();
    let mut names: Vec<String> = Vec::new();
    let mut unnamed: Vec<(String, String)> = Vec::new();
    let mut targets = Vec::new();
    for branch in list.items() {
        let Some(target) = branch.has("$ref").then(|| survey.target(&branch)).flatten() else {
            let by_mapping = mapped.iter().any(|(_, _, t)| t.as_ref().is_some_and(|t| t.loc == branch.loc));
            if !branch.has("$ref") && !by_mapping {
                let hint = "put it under `components/schemas` and refer to it";
                report.value(
                    "lint/discriminator-branch",
                    &branch.loc,
                    "a discriminator cannot choose a schema that has no name",
                    hint,
                );
            }
            targets.push(branch.loc);
            continue;
        };
        let Some(allowed) = allowed(survey, property, &branch, &target, report) else { continue };
        let own: Vec<_> = mapped.iter().filter(|(_, _, t)| t.as_ref().is_some_and(|t| t.loc == target.loc)).collect();
        for (value, at, _) in own.iter().filter(|(value, ..)| !allowed.is_empty() && !allowed.iter().any(|a| a == value)) {
            let list = allowed.iter().map(|a| format!("`{a}`")).collect::<Vec<_>>().join(", ");
            let message = format!("`{value}` leads to `{}`, whose `{property}` can only be {list}", target.name());
            report.key("lint/discriminator-value", &at.loc, message, "map that, or let the schema allow this");
        }
        if let (true, Some(name), Some(first)) = (own.is_empty(), target.loc.component(), allowed.first())
            && !allowed.contains(&name)
        {
            unnamed.push((first.clone(), name));
        }
        names.extend(target.loc.component());
        targets.push(target.loc);
    }
    if let Some((_, name)) = unnamed.first() {
        let message =
            format!("without a mapping `{property}` must be the name of a schema, and `{name}` does not allow `{name}`");
        let shown =
            unnamed.iter().take(3).map(|(value, name)| format!("{value}: '#/components/schemas/{name}'")).collect::<Vec<_>>();
        let more = if unnamed.len() > 3 { ", ..." } else { "" };
        let hint = format!("add `mapping: {{{}{more}}}`", shown.join(", "));
        report.key("lint/discriminator-value", &discriminator.loc, message, hint);
    }
    for (value, at, target) in &mapped {
        if let Some(target) = target.as_ref().filter(|t| !targets.contains(&t.loc)) {
            let hint = did_you_mean(&target.name(), names.iter().map(String::as_str));
            let message = format!("`{value}` leads to `{}`, which is none of the alternatives", target.name());
            report.value("lint/discriminator-mapping", &at.loc, message, hint);
        }
    }
}

/// The values that an alternative lists for the property by which it is chosen; none when any will do. `None` when the
/// property is not described, which is a finding of its own.
fn allowed(
    survey: &Survey<'_>,
    property: &str,
    branch: &At<'_>,
    target: &At<'_>,
    report: &mut Report<'_>,
) -> Option<Vec<String>> {
    let parts = survey.parts(target, Reach::Some);
    let found: Vec<At<'_>> = parts.iter().filter_map(|p| p.child("properties")?.child(property)).collect();
    if found.is_empty() {
        // What stands in the alternative itself was looked at on loading.
        if parts.len() > 1 && !parts.iter().any(super::shape::is_open) {
            let message = format!("`{}` has no property `{property}`, by which it is chosen", target.name());
            let hint = format!("add `{property}` to its `properties`, and to `required`");
            report.value("lint/discriminator-property", &branch.loc, message, hint);
        }
        return None;
    }
    let lists = found.iter().flat_map(|p| survey.parts(p, Reach::All)).filter_map(|p| {
        let only = p.node.get("const").filter(|c| matches!(c.data, Data::String(_))).map(std::slice::from_ref);
        let list = only.or_else(|| p.node.get("enum").and_then(Node::items))?;
        Some(list.iter().filter_map(Node::as_str).map(str::to_owned).collect::<Vec<_>>())
    });
    Some(lists.min_by_key(Vec::len).unwrap_or_default())
}
