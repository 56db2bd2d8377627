//! Turns the errors of the JSON Schema crate into violations that a person can act on.
//!
//! Words and pointers only; decides nothing about validity.

use crate::base::pointer::Pointer;
use crate::schema::set::Inner;
use crate::schema::source::{place, place_in_defs};
use crate::schema::violation::Violation;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

/// Longest excerpt of a value, in characters.
const EXCERPT: usize = 120;

pub(in crate::schema) struct Explainer<'a> {
    root: &'a Value,
    set: Option<&'a Inner>,
}

impl<'a> Explainer<'a> {
    pub(in crate::schema) fn new(root: &'a Value, set: Option<&'a Inner>) -> Self {
        Self { root, set }
    }

    pub(in crate::schema) fn explain<'e>(&self, errors: impl Iterator<Item = ValidationError<'e>>) -> Vec<Violation> {
        let mut found = Vec::new();
        for error in errors {
            self.one(&error, &mut found);
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|v: &Violation| seen.insert((v.instance.clone(), v.document.clone(), v.schema.clone(), v.message.clone())));
        found.sort_by(|a, b| a.instance.cmp(&b.instance));
        found
    }

    fn one(&self, error: &ValidationError<'_>, found: &mut Vec<Violation>) {
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => self.alternatives(error, context, found),
            Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
                for name in unexpected {
                    let mut violation = self.violation(error, error.kind().keyword());
                    violation.message = format!("property `{name}` is not allowed");
                    violation.expected = "no other property".to_owned();
                    violation.actual = format!("`{name}`");
                    found.push(violation);
                }
            }
            Kind::PropertyNames { error: inner } => {
                let mut violation = self.violation(error, "propertyNames");
                violation.message = format!("the property name {} {}", excerpt(inner.instance()), words(inner).0);
                violation.expected = words(inner).1;
                violation.actual = excerpt(inner.instance());
                found.push(violation);
            }
            Kind::Not { schema } if schema.get("$comment").and_then(Value::as_str).is_some_and(|c| c.ends_with("Only")) => {
                let keyword = if schema["$comment"] == "readOnly" { "readOnly" } else { "writeOnly" };
                let mut violation = self.violation(error, keyword);
                violation.schema = violation.schema.parent().unwrap_or_default().push(keyword);
                let way = if keyword == "readOnly" { "a request" } else { "a response" };
                violation.message = format!("must not be in {way}, because it is {keyword}");
                violation.expected = "absent".to_owned();
                found.push(violation);
            }
            kind => {
                let violation = self.violation(error, kind.keyword());
                found.push(violation);
            }
        }
    }

    fn violation(&self, error: &ValidationError<'_>, keyword: &str) -> Violation {
        let (message, expected) = words(error);
        let (document, schema) = self.schema_place(error);
        Violation {
            instance: Pointer::from_escaped(error.instance_path().to_string()),
            document,
            schema,
            keyword: keyword.to_owned(),
            message,
            expected,
            actual: match error.kind() {
                Kind::Required { .. } => "absent".to_owned(),
                _ => excerpt(error.instance()),
            },
        }
    }

    fn schema_place(&self, error: &ValidationError<'_>) -> (String, Pointer) {
        let own = || (String::new(), Pointer::from_escaped(error.schema_path().to_string()));
        let found = match error.absolute_keyword_location() {
            Some(uri) => place(uri.as_str()),
            None => place_in_defs(&error.schema_path().to_string()),
        };
        let Some(((document, pointer), set)) = found.zip(self.set) else { return own() };
        (set.name(document), pointer)
    }

    fn alternatives(&self, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>], found: &mut Vec<Violation>) {
        let base = error.instance_path().to_string();
        let depth = base.matches('/').count();
        let nearest = context.iter().min_by_key(|branch| distance(branch, depth)).filter(|b| distance(b, depth) < WRONG_TYPE);
        let count = context.len();
        let Some(branch) = nearest.filter(|b| !b.is_empty() && count > 1) else {
            if let [only] = context {
                only.iter().for_each(|e| self.one(e, found));
            } else {
                let mut violation = self.violation(error, error.kind().keyword());
                violation.message = format!("fits none of the {count} alternatives");
                violation.expected = format!("one of {count} alternatives");
                found.push(violation);
            }
            return;
        };
        let before = found.len();
        branch.iter().for_each(|e| self.one(e, found));
        for violation in &mut found[before..] {
            if !violation.message.ends_with("alternatives)") {
                violation.message.push_str(&format!(" (nearest of {count} alternatives)"));
            }
        }
        debug_assert!(self.root.pointer(&base).is_some());
    }
}

/// A branch whose very type differs was not meant.
const WRONG_TYPE: usize = 1_000_000;

/// How far a value is from a branch: a wrong type outweighs a wrong tag, and a wrong tag outweighs anything else.
fn distance(branch: &[ValidationError<'static>], depth: usize) -> usize {
    branch
        .iter()
        .map(|error| {
            let below = error.instance_path().to_string().matches('/').count().saturating_sub(depth);
            match (error.kind(), below) {
                (Kind::Type { .. } | Kind::FalseSchema, 0) => WRONG_TYPE,
                (Kind::Constant { .. } | Kind::Enum { .. }, 0 | 1) => 1_000,
                (Kind::AnyOf { context } | Kind::OneOfNotValid { context }, 0) => {
                    context.iter().map(|b| distance(b, depth)).min().unwrap_or(1)
                }
                _ => 1,
            }
        })
        .fold(0, usize::saturating_add)
}

/// What is wrong, and what would be right.
fn words(error: &ValidationError<'_>) -> (String, String) {
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
            (format!("property `{name}` is missing"), format!("property `{name}`"))
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
        Kind::Contains => ("holds no item of the kind that must be there".to_owned(), "an item of that kind".to_owned()),
        Kind::FalseSchema => ("must not be there".to_owned(), "absent".to_owned()),
        Kind::Not { .. } => ("is what it must not be".to_owned(), "anything but what `not` describes".to_owned()),
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

fn type_names(kind: &TypeKind) -> String {
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

fn kind_of(value: &Value) -> &'static str {
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

fn article(kind: &str) -> String {
    match kind {
        "null" => "null".to_owned(),
        _ if kind.starts_with(['a', 'i', 'o']) => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= EXCERPT {
        return text;
    }
    let head: String = text.chars().take(EXCERPT).collect();
    format!("{head}...")
}
