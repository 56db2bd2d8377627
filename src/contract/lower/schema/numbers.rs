//! Formats of numbers as bounds, and what OpenAPI 3.0 says of bounds and null in its own way.
//!
//! Works on keywords already lowered. Knows no place and follows nothing.

use crate::base::tree::{Data, Node};
use serde_json::{Map, Value, json};

pub(super) fn append(lowered: &mut Map<String, Value>, key: &str, more: impl IntoIterator<Item = Value>) {
    if let Value::Array(items) = lowered.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        items.extend(more);
    }
}

/// Formats of numbers are bounds, after the OpenAPI Format Registry; the crate asserts formats on strings only.
pub(super) fn formats(lowered: &mut Map<String, Value>) {
    let Some(format) = lowered.get("format").and_then(Value::as_str) else { return };
    let (least, most) = match format {
        "int8" => (json!(i8::MIN), json!(i8::MAX)),
        "int16" => (json!(i16::MIN), json!(i16::MAX)),
        "int32" => (json!(i32::MIN), json!(i32::MAX)),
        "int64" => (json!(i64::MIN), json!(i64::MAX)),
        "uint8" => (json!(0), json!(u8::MAX)),
        "uint16" => (json!(0), json!(u16::MAX)),
        "uint32" => (json!(0), json!(u32::MAX)),
        "uint64" => (json!(0), json!(u64::MAX)),
        "double-int" => (json!(-((1_i64 << 53) - 1)), json!((1_i64 << 53) - 1)),
        "float" => (json!(f64::from(f32::MIN)), json!(f64::from(f32::MAX))),
        _ => return,
    };
    let mut bounds = json!({"minimum": least, "maximum": most});
    let kind = lowered.get("type").and_then(Value::as_str);
    if kind == Some("number") && format != "float" {
        bounds["multipleOf"] = json!(1);
    }
    if kind != Some("string") {
        append(lowered, "allOf", [bounds]);
    }
}

/// In 3.0 `exclusiveMinimum: true` makes `minimum` exclusive. Since 3.1 it is a number; where a boolean was left standing, it
/// still means what its author meant.
pub(super) fn exclusive_bounds(lowered: &mut Map<String, Value>) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(flag) = lowered.get(exclusive).and_then(Value::as_bool) else { continue };
        lowered.remove(exclusive);
        if flag && let Some(limit) = lowered.remove(inclusive) {
            lowered.insert(exclusive.to_owned(), limit);
        }
    }
}

/// In 3.0 `nullable: true` adds null to the `type` beside it, and changes nothing else.
pub(super) fn nullable(node: &Node, lowered: &mut Map<String, Value>) {
    if matches!(node.get("nullable").map(|n| &n.data), Some(Data::Bool(true)))
        && let Some(kind) = lowered.get_mut("type")
    {
        *kind = json!([kind.clone(), "null"]);
    }
}
