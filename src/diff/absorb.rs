//! The keywords of one schema object as a shape.
//!
//! Reads what stands in the object itself; never follows a reference and leaves compositions to others.

use crate::base::tree::{Data, Node};
use crate::contract::model::SchemaRef;
use crate::diff::expand::Reader;
use crate::diff::shape::{Bound, Counts, Items, Members, Shape, Types};
use serde_json::{Number, Value};
use std::collections::BTreeSet;

/// Formats that say how a value is written elsewhere, or for whom, and nothing about the value.
const REMARKS: [&str; 3] = ["float", "double", "password"];

/// Keywords whose place is worth keeping.
const KEPT: [&str; 28] = [
    "type",
    "nullable",
    "enum",
    "const",
    "x-extensible-enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "contentEncoding",
    "contentMediaType",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "properties",
    "additionalProperties",
    "patternProperties",
    "dependentRequired",
    "default",
    "not",
];

pub(super) fn own(reader: &Reader<'_>, at: &SchemaRef, node: &Node) -> Shape {
    let is_30 = reader.contract.is_30();
    let mut shape = Shape::anything();
    shape.origins.push(("", at.clone()));
    for (key, _) in node.members().unwrap_or_default() {
        if let Some(kept) = KEPT.iter().find(|k| **k == key.text) {
            shape.origins.push((kept, reader.contract.schema_child(at, kept)));
        }
    }
    types(node, is_30, &mut shape);
    values(node, is_30, &mut shape);
    numbers(node, is_30, &mut shape);
    texts(node, is_30, &mut shape);
    arrays(reader, at, node, &mut shape);
    objects(reader, at, node, &mut shape);
    shape.default = node.get("default").map(Node::to_value);
    shape.deprecated = is_true(node, "deprecated");
    shape
}

fn is_true(node: &Node, key: &str) -> bool {
    matches!(node.get(key).map(|n| &n.data), Some(Data::Bool(true)))
}

fn count(node: &Node, key: &str) -> Option<u64> {
    match &node.get(key)?.data {
        Data::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|f| *f >= 0.0 && f.fract() == 0.0)?;
            format!("{float:.0}").parse().ok()
        }),
        _ => None,
    }
}

fn counts(node: &Node, least: &str, most: &str) -> Counts {
    Counts { least: count(node, least).unwrap_or_default(), most: count(node, most) }
}

fn strings(node: Option<&Node>) -> Vec<String> {
    node.and_then(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).map(str::to_owned).collect()
}

fn types(node: &Node, is_30: bool, shape: &mut Shape) {
    let Some(written) = node.get("type") else { return };
    shape.types = match written.as_str() {
        Some(name) => Types::named(name),
        None => strings(Some(written)).iter().fold(Types::NONE, |all, name| all.or(Types::named(name))),
    };
    if is_30 && is_true(node, "nullable") {
        shape.types = shape.types.or(Types::NULL);
    }
}

fn values(node: &Node, is_30: bool, shape: &mut Shape) {
    shape.values = node.get("enum").and_then(Node::items).map(|items| items.iter().map(Node::to_value).collect());
    if let Some(value) = node.get("const").filter(|_| !is_30).map(Node::to_value) {
        let listed = shape.values.take();
        shape.values = Some(if listed.is_none_or(|l| l.contains(&value)) { vec![value] } else { Vec::new() });
    }
    match node.get("x-extensible-enum").map(Node::to_value) {
        Some(Value::Array(items)) => shape.open_values = Some(items),
        Some(Value::Bool(true)) => shape.is_open = true,
        _ => {}
    }
}

fn numbers(node: &Node, is_30: bool, shape: &mut Shape) {
    let number = |key: &str| match &node.get(key)?.data {
        Data::Number(number) => Some(number.clone()),
        _ => None,
    };
    let bound = |inclusive: &str, exclusive: &str, by: fn(&Bound, &Bound) -> std::cmp::Ordering| {
        if is_30 {
            return number(inclusive).map(|value| Bound { value, exclusive: is_true(node, exclusive) });
        }
        let loose = number(inclusive).map(|value| Bound { value, exclusive: false });
        let strict = number(exclusive).map(|value| Bound { value, exclusive: true });
        match (loose, strict) {
            (Some(a), Some(b)) => Some(if by(&a, &b).is_lt() { b } else { a }),
            (a, b) => a.or(b),
        }
    };
    shape.lower = bound("minimum", "exclusiveMinimum", Bound::by_lower);
    shape.upper = bound("maximum", "exclusiveMaximum", Bound::by_upper);
    shape.multiples = number("multipleOf").into_iter().collect();
    let range = match node.get("format").and_then(Node::as_str) {
        Some("int32") => (Number::from(i32::MIN), Number::from(i32::MAX)),
        Some("int64") => (Number::from(i64::MIN), Number::from(i64::MAX)),
        _ => return,
    };
    let ends = Shape {
        lower: Some(Bound { value: range.0, exclusive: false }),
        upper: Some(Bound { value: range.1, exclusive: false }),
        ..Shape::anything()
    };
    *shape = shape.clone().meet(&ends);
}

fn texts(node: &Node, is_30: bool, shape: &mut Shape) {
    shape.length = counts(node, "minLength", "maxLength");
    shape.patterns = node.get("pattern").and_then(Node::as_str).map(str::to_owned).into_iter().collect();
    match node.get("format").and_then(Node::as_str) {
        Some("int32" | "int64") | None => {}
        Some("byte") => shape.encoding = Some("base64".to_owned()),
        Some("binary") => shape.encoding = Some("bytes".to_owned()),
        Some(format) if REMARKS.contains(&format) => {}
        Some(format) => {
            shape.formats.insert(format.to_owned());
        }
    }
    if is_30 {
        return;
    }
    if let Some(encoding) = node.get("contentEncoding").and_then(Node::as_str) {
        shape.encoding = Some(encoding.to_ascii_lowercase());
    } else if node.get("contentMediaType").and_then(Node::as_str) == Some("application/octet-stream") {
        shape.encoding = Some("bytes".to_owned());
    }
}

fn arrays(reader: &Reader<'_>, at: &SchemaRef, node: &Node, shape: &mut Shape) {
    shape.count = counts(node, "minItems", "maxItems");
    shape.unique = is_true(node, "uniqueItems");
    let first = if reader.contract.is_30() { None } else { node.get("prefixItems").and_then(Node::items) };
    let first: Vec<_> =
        (0..first.map_or(0, <[Node]>::len)).map(|i| reader.demand(&reader.below(at, &["prefixItems", &i.to_string()]))).collect();
    let rest = node.get("items").map(|_| reader.demand(&reader.below(at, &["items"])));
    if !first.is_empty() || rest.is_some() {
        shape.items.push(Items { first, rest });
    }
}

fn objects(reader: &Reader<'_>, at: &SchemaRef, node: &Node, shape: &mut Shape) {
    shape.size = counts(node, "minProperties", "maxProperties");
    shape.required = strings(node.get("required")).into_iter().collect();
    let is_30 = reader.contract.is_30();
    let patterns = if is_30 { Vec::new() } else { reader.named(at, node, "patternProperties") };
    let members = Members {
        properties: reader.named(at, node, "properties"),
        patterns,
        additional: node.get("additionalProperties").map(|_| reader.demand(&reader.below(at, &["additionalProperties"]))),
    };
    if members != Members::default() {
        shape.members.push(members);
    }
    if !is_30 {
        for (name, needs) in node.get("dependentRequired").and_then(Node::members).unwrap_or_default() {
            let needs: BTreeSet<String> = strings(Some(needs)).into_iter().collect();
            if !needs.is_empty() {
                shape.dependent.insert(name.text.clone(), needs);
            }
        }
    }
}
