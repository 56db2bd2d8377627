//! `oneOf` and discriminators: alternatives that surely overlap, and values that lead to none.
//!
//! An overlap is said only with a value that proves it. Judges no example.

use super::report::Report;
use super::shape::{Reach, types};
use super::survey::{At, Schema, Survey};
use crate::base::distance::did_you_mean;
use crate::base::tree::{Data, Node};
use serde_json::{Value, json};

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
    let items: Vec<At<'_>> = alternatives.items().take(MOST).collect();
    let mut found = false;
    for (i, item) in items.iter().enumerate() {
        let target = survey.files.follow(&item.loc);
        let earlier = items[..i].iter().position(|e| {
            alike(e.node, item.node) || (target.is_some() && item.has("$ref") && survey.files.follow(&e.loc) == target)
        });
        if let Some(earlier) = earlier {
            found = true;
            let message = format!("alternatives {} and {} are the same, so what fits them is refused", earlier + 1, i + 1);
            report.value("lint/same-alternatives", &item.loc, message, "take one of them away");
        }
    }
    found
}

/// The same, apart from what is said for readers.
fn alike(a: &Node, b: &Node) -> bool {
    let plain = |node: &Node| {
        let mut value = node.to_value();
        if let Value::Object(members) = &mut value {
            members.retain(|key, _| {
                !matches!(key.as_str(), "description" | "title" | "example" | "examples" | "deprecated") && !key.starts_with("x-")
            });
        }
        value
    };
    plain(a) == plain(b)
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
        if !survey.has_heirs(&schema.loc) && mapping.is_empty() {
            let hint = "add `oneOf`, or let other schemas be made of this one by `allOf`, or take it away";
            report.key(
                "lint/lone-discriminator",
                &discriminator.loc,
                "there is nothing that this discriminator chooses between",
                hint,
            );
        }
        return;
    };
    let branches: Vec<At<'_>> = list.items().collect();
    let targets: Vec<Option<At<'_>>> = branches.iter().map(|b| b.has("$ref").then(|| survey.target(b)).flatten()).collect();
    for (i, branch) in branches.iter().enumerate() {
        let Some(target) = &targets[i] else {
            let mapped = mapping.iter().any(|(_, t)| {
                t.node
                    .as_str()
                    .and_then(|text| survey.named_schema(&discriminator.loc, text))
                    .is_some_and(|n| n.loc == branch.loc)
            });
            if !branch.has("$ref") && !mapped {
                let hint = "put it under `components/schemas` and refer to it";
                report.value(
                    "lint/discriminator-branch",
                    &branch.loc,
                    "a discriminator cannot choose a schema that has no name",
                    hint,
                );
            }
            continue;
        };
        branch_property(survey, property, branch, target, &mapping, report);
    }
    for (value, target) in &mapping {
        let Some(named) = target.node.as_str().and_then(|text| survey.named_schema(&discriminator.loc, text)) else { continue };
        if !targets.iter().flatten().any(|t| t.loc == named.loc) {
            let names: Vec<String> = targets.iter().flatten().filter_map(|t| t.loc.component()).collect();
            let hint = did_you_mean(&named.name(), names.iter().map(String::as_str));
            let message = format!("`{value}` leads to `{}`, which is none of the alternatives", named.name());
            report.value("lint/discriminator-mapping", &target.loc, message, hint);
        }
    }
}

/// The property that chooses an alternative must be described in it, and be able to hold what chooses it.
fn branch_property(
    survey: &Survey<'_>,
    property: &str,
    branch: &At<'_>,
    target: &At<'_>,
    mapping: &[(&str, At<'_>)],
    report: &mut Report<'_>,
) {
    let parts = survey.parts(target, Reach::Some);
    let found: Vec<At<'_>> = parts.iter().filter_map(|p| p.child("properties")?.child(property)).collect();
    if found.is_empty() {
        let is_open = parts.iter().any(super::shape::is_open);
        if !is_open {
            let message = format!("`{}` has no property `{property}`, by which it is chosen", target.name());
            report.value(
                "lint/discriminator-property",
                &branch.loc,
                message,
                format!("add `{property}` to its `properties`, and to `required`"),
            );
        }
        return;
    }
    let mapped = mapping.iter().filter(|(_, t)| {
        t.node.as_str().and_then(|text| survey.named_schema(&branch.loc, text)).is_some_and(|n| n.loc == target.loc)
    });
    let mut values: Vec<String> = mapped.map(|(value, _)| (*value).to_owned()).collect();
    if values.is_empty() {
        values.extend(target.loc.component());
    }
    let lists: Vec<(At<'_>, Vec<String>)> = found
        .iter()
        .flat_map(|p| survey.parts(p, Reach::All))
        .filter_map(|p| {
            let only = p.child("const").filter(|c| matches!(c.node.data, Data::String(_)));
            let listed = p
                .child("enum")
                .map(|e| (e.clone(), e.items().filter_map(|v| v.node.as_str().map(str::to_owned)).collect::<Vec<_>>()));
            only.map(|c| (c.clone(), vec![c.node.as_str().unwrap_or_default().to_owned()])).or(listed)
        })
        .collect();
    for (at, allowed) in lists {
        if !values.is_empty() && !values.iter().any(|v| allowed.contains(v)) {
            let message =
                format!("`{}` is chosen by `{property}: {}`, which it does not allow", target.name(), values.join("` or `"));
            let hint = match allowed.first() {
                Some(first) => format!("add it, or map `{first}` to the schema under `mapping`"),
                None => "add it".to_owned(),
            };
            report.key("lint/discriminator-value", &at.loc, message, hint);
        }
    }
}
