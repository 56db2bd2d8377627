//! Words for what is wrong with a value, and for what would be right.
//!
//! One error at a time, without its surroundings. Decides nothing.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// Longest excerpt of a value, in characters.
const EXCERPT: usize = 120;

/// What is wrong, and what would be right.
pub(in crate::schema) fn words(error: &ValidationError<'_>) -> (String, String) {
    let instance = error.instance();
    let bound = |relation: &str, limit: &Value| (format!("must be {relation} {limit}"), format!("{relation} {limit}"));
    let size = |relation: &str, limit: u64, one: &str, many: &str| {
        let text = format!("{relation} {limit} {}", if limit == 1 { one } else { many });
        (format!("must have {text}"), text)
    };
    match error.kind() {
        Kind::Type { kind } => {
            let expected = type_names(kind);
            (format!("must be {expected}, but is {}", article(kind_of(instance))), expected)
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let beside = if is_dependent(error) { ", and is needed beside another that is there" } else { "" };
            (format!("property `{name}` is missing{beside}"), format!("property `{name}`"))
        }
        Kind::Enum { options } => {
            let list = options.as_array().map(|all| all.iter().map(excerpt).collect::<Vec<_>>()).unwrap_or_default();
            let text = if list.len() == 1 { list.concat() } else { format!("one of {}", list.join(", ")) };
            (format!("must be {text}"), text)
        }
        Kind::Constant { expected_value } => (format!("must be {}", excerpt(expected_value)), excerpt(expected_value)),
        Kind::Pattern { pattern } => {
            (format!("does not match the pattern `{pattern}`"), format!("text that matches `{pattern}`"))
        }
        Kind::BacktrackLimitExceeded { .. } | Kind::RegexEngineFailure { .. } => {
            ("takes too long to match against the pattern".to_owned(), "text that the pattern can be tried on".to_owned())
        }
        Kind::Format { format } => (format!("is not a valid `{format}`"), format!("format `{format}`")),
        Kind::Minimum { limit } => bound("at least", limit),
        Kind::Maximum { limit } => bound("at most", limit),
        Kind::ExclusiveMinimum { limit } => bound("greater than", limit),
        Kind::ExclusiveMaximum { limit } => bound("less than", limit),
        Kind::MultipleOf { multiple_of } => {
            (format!("must be a multiple of {multiple_of}"), format!("a multiple of {multiple_of}"))
        }
        Kind::MinLength { limit } => size("at least", *limit, "character", "characters"),
        Kind::MaxLength { limit } => size("at most", *limit, "character", "characters"),
        Kind::MinItems { limit } => size("at least", *limit, "item", "items"),
        Kind::MaxItems { limit } => size("at most", *limit, "item", "items"),
        Kind::AdditionalItems { limit } => size("at most", *limit as u64, "item", "items"),
        Kind::MinProperties { limit } => size("at least", *limit, "property", "properties"),
        Kind::MaxProperties { limit } => size("at most", *limit, "property", "properties"),
        Kind::UniqueItems => ("holds the same item more than once".to_owned(), "items that all differ".to_owned()),
        Kind::Contains => contains(error),
        Kind::FalseSchema => ("must not be there".to_owned(), "absent".to_owned()),
        Kind::Not { schema } => not(schema),
        Kind::OneOfMultipleValid { context } => {
            let fits: Vec<String> =
                context.iter().enumerate().filter(|(_, errors)| errors.is_empty()).map(|(i, _)| (i + 1).to_string()).collect();
            (format!("fits alternatives {}, but must fit exactly one", fits.join(" and ")), "exactly one alternative".to_owned())
        }
        Kind::UnevaluatedItems { .. } => ("holds more items than are described".to_owned(), "no other item".to_owned()),
        Kind::ContentEncoding { content_encoding } => {
            (format!("is not encoded as {content_encoding}"), format!("text in {content_encoding}"))
        }
        Kind::ContentMediaType { content_media_type } => {
            (format!("is not {content_media_type}"), format!("text of type {content_media_type}"))
        }
        Kind::AnyOf { .. }
        | Kind::OneOfNotValid { .. }
        | Kind::AdditionalProperties { .. }
        | Kind::UnevaluatedProperties { .. }
        | Kind::PropertyNames { .. }
        | Kind::Custom { .. }
        | Kind::FromUtf8 { .. }
        | Kind::Referencing(_) => (format!("does not satisfy `{}`", error.kind().keyword()), error.kind().keyword().to_owned()),
    }
}

pub(in crate::schema) fn type_names(kind: &TypeKind) -> String {
    let name = |t: JsonType| article(&t.to_string());
    match kind {
        TypeKind::Single(only) => name(*only),
        TypeKind::Multiple(all) => {
            let mut names: Vec<String> = all.iter().map(name).collect();
            names.sort_by_key(|n| n == "null");
            names.join(" or ")
        }
    }
}

pub(in crate::schema) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

pub(in crate::schema) fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        _ if kind.starts_with(['a', 'i', 'o']) => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

pub(in crate::schema) fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= EXCERPT {
        return text;
    }
    let head: String = text.chars().take(EXCERPT).collect();
    format!("{head}...")
}

/// Whether a property is required only beside another one.
pub(in crate::schema) fn is_dependent(error: &ValidationError<'_>) -> bool {
    let path = error.schema_path().as_str();
    // Behind the keyword, the crate may count the names of a list.
    let path = path.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('/');
    path.ends_with("/dependentRequired") || path.ends_with("/dependencies")
}

fn contains(error: &ValidationError<'_>) -> (String, String) {
    let path = error.schema_path().to_string();
    match path.rsplit('/').next() {
        Some("minContains") => {
            ("holds too few items of the kind that `contains` describes".to_owned(), "more items of that kind".to_owned())
        }
        Some("maxContains") => {
            ("holds too many items of the kind that `contains` describes".to_owned(), "fewer items of that kind".to_owned())
        }
        _ => ("holds no item of the kind that must be there".to_owned(), "an item of that kind".to_owned()),
    }
}

/// The schemas that people write under `not` mostly say one simple thing.
fn not(schema: &Value) -> (String, String) {
    let only = schema.as_object().filter(|s| s.len() == 1).and_then(|s| s.iter().next());
    let what = match only.map(|(key, value)| (key.as_str(), value)) {
        Some(("type", Value::String(kind))) => article(kind),
        Some(("const", value)) => excerpt(value),
        Some(("enum", Value::Array(values))) => {
            format!("one of {}", values.iter().map(excerpt).collect::<Vec<_>>().join(", "))
        }
        Some(("pattern", Value::String(pattern))) => format!("text that matches `{pattern}`"),
        Some(("required", Value::Array(names))) => {
            let names: Vec<String> = names.iter().filter_map(Value::as_str).map(|n| format!("`{n}`")).collect();
            let list = names.join(" and ");
            return (format!("must not have {list}{}", if names.len() > 1 { " together" } else { "" }), format!("no {list}"));
        }
        Some(("anyOf", Value::Array(all))) if all.iter().all(|s| s.get("required").is_some()) => {
            let names = all.iter().filter_map(|s| s["required"].get(0)).filter_map(Value::as_str);
            let list = names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" or ");
            return (format!("must not have {list}"), format!("no {list}"));
        }
        _ => return ("is what it must not be".to_owned(), "anything but what `not` describes".to_owned()),
    };
    (format!("must not be {what}"), format!("anything but {what}"))
}
