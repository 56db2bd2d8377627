//! Keywords of one schema that contradict each other, or that say nothing about values of its type.
//!
//! Looks at one schema at a time. What was refused on loading is not said again.

use super::report::Report;
use super::shape::{is_of, types};
use super::survey::{At, Schema, Survey};
use crate::base::distance::nearest;
use crate::base::tree::{Data, Node};

/// The OpenAPI Format Registry, and the types that each format is for.
const FORMATS: &[(&str, &[&str])] = &[
    ("base64url", &["string"]),
    ("binary", &["string"]),
    ("byte", &["string"]),
    ("char", &["string"]),
    ("commonmark", &["string"]),
    ("date", &["string"]),
    ("date-time", &["string"]),
    ("date-time-local", &["string"]),
    ("decimal", &["string", "number"]),
    ("decimal128", &["string", "number"]),
    ("double", &["number"]),
    ("double-int", &["number", "integer"]),
    ("duration", &["string"]),
    ("email", &["string"]),
    ("float", &["number"]),
    ("hostname", &["string"]),
    ("html", &["string"]),
    ("http-date", &["string"]),
    ("idn-email", &["string"]),
    ("idn-hostname", &["string"]),
    ("int8", &["number", "integer"]),
    ("int16", &["number", "integer"]),
    ("int32", &["number", "integer"]),
    ("int64", &["number", "integer", "string"]),
    ("ipv4", &["string"]),
    ("ipv6", &["string"]),
    ("iri", &["string"]),
    ("iri-reference", &["string"]),
    ("json-pointer", &["string"]),
    ("media-range", &["string"]),
    ("password", &["string"]),
    ("regex", &["string"]),
    ("relative-json-pointer", &["string"]),
    ("sf-binary", &["string"]),
    ("sf-boolean", &["string", "boolean"]),
    ("sf-decimal", &["number"]),
    ("sf-integer", &["number", "integer"]),
    ("sf-string", &["string"]),
    ("sf-token", &["string"]),
    ("time", &["string"]),
    ("time-local", &["string"]),
    ("uint8", &["number", "integer"]),
    ("uint16", &["number", "integer"]),
    ("uint32", &["number", "integer"]),
    ("uint64", &["number", "integer", "string"]),
    ("unixtime", &["number", "integer"]),
    ("uri", &["string"]),
    ("uri-reference", &["string"]),
    ("uri-template", &["string"]),
    ("uuid", &["string"]),
];

/// Names that many write for a format of the registry.
const SLIPS: &[(&str, &str)] = &[
    ("datetime", "date-time"),
    ("date_time", "date-time"),
    ("timestamp", "date-time"),
    ("iso8601", "date-time"),
    ("iso-8601", "date-time"),
    ("guid", "uuid"),
    ("uuid4", "uuid"),
    ("url", "uri"),
    ("mail", "email"),
    ("e-mail", "email"),
    ("int", "int32"),
    ("integer", "int32"),
    ("long", "int64"),
    ("ip", "ipv4"),
    ("ip-address", "ipv4"),
    ("host", "hostname"),
    ("host-name", "hostname"),
    ("base64", "byte"),
];

/// Keywords that say something about values of one type only.
const KEYWORDS: &[(&str, &[&str])] = &[
    ("string", &["minLength", "maxLength", "pattern"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    (
        "array",
        &[
            "items",
            "prefixItems",
            "contains",
            "minItems",
            "maxItems",
            "uniqueItems",
            "minContains",
            "maxContains",
            "unevaluatedItems",
        ],
    ),
    (
        "object",
        &[
            "properties",
            "patternProperties",
            "additionalProperties",
            "unevaluatedProperties",
            "required",
            "minProperties",
            "maxProperties",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
        ],
    ),
];

pub(super) fn check(survey: &Survey<'_>, schema: &Schema<'_>, report: &mut Report<'_>) {
    let at = &schema.at;
    if survey.is_30 && at.has("$ref") {
        return;
    }
    let kinds = types(at.node);
    listed(survey, at, &kinds, report);
    bounds(survey, at, report);
    format(at, &kinds, report);
    effect(at, &kinds, report);
    let items = ["items", "prefixItems", "contains", "unevaluatedItems", "$ref", "allOf", "oneOf", "anyOf", "enum", "const"];
    // In 3.0 this was said on loading.
    if !survey.is_30 && kinds.contains(&"array") && !schema.in_place && items.iter().all(|key| !at.has(key)) {
        report.key(
            "lint/array-items",
            &at.loc.push("type"),
            "an array without `items`: nothing is said about what it holds",
            "add `items`",
        );
    }
}

fn listed(survey: &Survey<'_>, at: &At<'_>, kinds: &[&str], report: &mut Report<'_>) {
    let values: Vec<At<'_>> = at.child("enum").iter().flat_map(At::items).collect();
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let nullable = survey.is_30 && at.flag("nullable") == Some(true);
    let only = at.child("const");
    for value in values.iter().chain(&only) {
        if kinds.is_empty() || kinds.iter().any(|kind| is_of(value.node, kind)) || (nullable && value.node.data == Data::Null) {
            continue;
        }
        let shown = value.node.to_value();
        let message = format!("{shown} is {} {}, and `type` is {}", article(value.node.kind()), value.node.kind(), any_of(kinds));
        let hint = match &value.node.data {
            Data::Null if survey.is_30 => "add `nullable: true`, or take it away".to_owned(),
            Data::Null => "add \"null\" to `type`, or take it away".to_owned(),
            Data::Number(_) | Data::Bool(_) if kinds.contains(&"string") => format!("put it in quotes: '{shown}'"),
            Data::String(text) if text.parse::<serde_json::Number>().is_ok() => "leave the quotes away".to_owned(),
            _ => "no value can be this one and of that type: change one of them".to_owned(),
        };
        report.value("lint/enum-type", &value.loc, message, hint);
    }
    for value in &values {
        let text = value.node.to_value().to_string();
        let (line, _) = report.files.place(&value.loc).line_column();
        if let Some(earlier) = seen.get(&text) {
            let hint = if *earlier == line { "take it away".to_owned() } else { format!("it stands on line {earlier} already") };
            report.value("lint/enum-duplicate", &value.loc, format!("{text} is listed twice"), hint);
        } else {
            seen.insert(text, line);
        }
    }
}

fn article(kind: &str) -> &'static str {
    match kind {
        "null" => "",
        "array" | "object" => "an",
        _ => "a",
    }
}

fn any_of(kinds: &[&str]) -> String {
    kinds.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(" or ")
}

fn number(at: &At<'_>, key: &str) -> Option<f64> {
    match at.node.get(key).map(|n| &n.data) {
        Some(Data::Number(n)) => n.as_f64(),
        _ => None,
    }
}

/// Bounds between which nothing lies. Those that are simply the wrong way round were said on loading.
fn bounds(survey: &Survey<'_>, at: &At<'_>, report: &mut Report<'_>) {
    let mut clash = |key: &str, other: &str| {
        let message = format!("nothing lies between `{key}` and `{other}`");
        report.key("lint/bounds", &at.loc.push(key), message, "make room between them");
    };
    if survey.is_30 {
        let open = at.flag("exclusiveMinimum") == Some(true) || at.flag("exclusiveMaximum") == Some(true);
        if let (Some(low), Some(high), true) = (number(at, "minimum"), number(at, "maximum"), open)
            && low >= high
            && low <= high
        {
            clash("minimum", "maximum");
        }
        return;
    }
    for (low, high) in
        [("exclusiveMinimum", "exclusiveMaximum"), ("exclusiveMinimum", "maximum"), ("minimum", "exclusiveMaximum")]
    {
        if let (Some(least), Some(most)) = (number(at, low), number(at, high))
            && least >= most
        {
            clash(low, high);
        }
    }
}

fn format(at: &At<'_>, kinds: &[&str], report: &mut Report<'_>) {
    let Some(name) = at.text("format") else { return };
    let loc = at.loc.push("format");
    let Some((_, of)) = FORMATS.iter().find(|(known, _)| *known == name) else {
        let lower = name.to_ascii_lowercase();
        let slip = SLIPS.iter().find(|(slip, _)| *slip == lower).map(|(_, meant)| *meant);
        let meant =
            slip.or_else(|| nearest(name, FORMATS.iter().map(|(known, _)| *known).filter(|k| k.len() > 4 && name.len() > 4)));
        // Any other name may well be one's own: those are legal.
        if let Some(meant) = meant {
            let message = format!("`{name}` is no registered format, so nothing is checked by it");
            report.value("lint/format", &loc, message, format!("did you mean `{meant}`?"));
        }
        return;
    };
    let fits = |kind: &&str| of.contains(kind) || (*kind == "integer" && of.contains(&"number"));
    if !kinds.is_empty() && !kinds.iter().any(fits) {
        let message = format!("`{name}` is a format of {}, and `type` is {}", any_of(of), any_of(kinds));
        report.value("lint/format-type", &loc, message, "change one of them: as it is, nothing is checked");
    }
}

fn effect(at: &At<'_>, kinds: &[&str], report: &mut Report<'_>) {
    if kinds.is_empty() {
        return;
    }
    for (of, keywords) in KEYWORDS {
        if kinds.iter().any(|kind| kind == of || (*of == "number" && *kind == "integer")) {
            continue;
        }
        for key in keywords.iter().filter(|key| at.has(key)) {
            // Generators write these for every type; they say nothing there, and mean nothing.
            if at.node.get(key).is_some_and(is_empty) {
                continue;
            }
            let hint = match (*key, kinds) {
                ("minimum" | "exclusiveMinimum", ["string"]) => "the length of text is bounded by `minLength`".to_owned(),
                ("maximum" | "exclusiveMaximum", ["string"]) => "the length of text is bounded by `maxLength`".to_owned(),
                ("minLength", ["integer" | "number"]) => "a number is bounded by `minimum`".to_owned(),
                ("maxLength", ["integer" | "number"]) => "a number is bounded by `maximum`".to_owned(),
                ("minLength" | "minimum", ["array"]) => "the length of a list is bounded by `minItems`".to_owned(),
                ("maxLength" | "maximum", ["array"]) => "the length of a list is bounded by `maxItems`".to_owned(),
                ("properties" | "required", ["array"]) => "what the items look like stands under `items`".to_owned(),
                _ => format!("it is for values of type `{of}`: take it away, or change `type`"),
            };
            let message = format!("`{key}` says nothing about values of type {}", any_of(kinds));
            report.key("lint/no-effect", &at.loc.push(key), message, hint);
        }
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.data {
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        Data::Bool(value) => !value,
        _ => false,
    }
}
