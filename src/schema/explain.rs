//! Turns the errors of the JSON Schema crate into violations that a person can act on.
//!
//! Words and pointers only; decides nothing about validity.

use crate::base::pointer::Pointer;
use crate::schema::content::CONTENT;
use crate::schema::set::Inner;
use crate::schema::source::{place, place_in_defs};
use crate::schema::tangle::{ANY_OF, ONE_OF};
use crate::schema::violation::Violation;
use crate::schema::words::{excerpt, is_dependent, words};
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind as Kind;
use serde_json::Value;

pub(in crate::schema) struct Explainer<'a> {
    pub(in crate::schema) root: &'a Value,
    pub(in crate::schema) set: Option<&'a Inner>,
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
        secondary(&mut found);
        let mut seen = std::collections::HashSet::new();
        found.retain(|v: &Violation| seen.insert((v.instance.clone(), v.document.clone(), v.schema.clone(), v.message.clone())));
        found.sort_by(|a, b| a.instance.cmp(&b.instance));
        found
    }

    pub(in crate::schema) fn one(&self, error: &ValidationError<'_>, found: &mut Vec<Violation>) {
        match error.kind() {
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => self.alternatives(error, context, found),
            Kind::Custom { keyword, .. } if matches!(keyword.as_str(), ONE_OF | ANY_OF) => self.tangled(error, keyword, found),
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
            // What a text holds: the message begins with the keyword that says so.
            Kind::Custom { keyword, message } if keyword == CONTENT => {
                let (keyword, message) = message.split_once(' ').unwrap_or((CONTENT, message));
                let mut violation = self.violation(error, keyword);
                violation.schema = violation.schema.parent().unwrap_or_default().push(keyword);
                violation.message = message.to_owned();
                violation.expected = format!("what `{keyword}` says");
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

    pub(in crate::schema) fn violation(&self, error: &ValidationError<'_>, keyword: &str) -> Violation {
        let (mut message, expected) = words(error);
        if let Kind::Required { property } = error.kind()
            && is_dependent(error)
            && let Some(cause) = self.cause(error, property)
        {
            message = format!("property `{}` is missing, and is needed beside `{cause}`", property.as_str().unwrap_or_default());
        }
        message.push_str(condition(error.schema_path().as_str()));
        let (document, mut schema) = self.schema_place(error);
        if is_dependent(error) {
            schema = keyword_of_dependence(schema);
        }
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
        let Some(((document, pointer), set)) = located(error).zip(self.set) else { return own() };
        (set.name(document), set.written(document, &pointer))
    }

    /// The property that is there and makes another one required.
    fn cause(&self, error: &ValidationError<'_>, missing: &Value) -> Option<String> {
        let (document, pointer) = located(error)?;
        let pointer = keyword_of_dependence(pointer);
        let rules = self.set?.keyword(document, &pointer)?;
        let there = error.instance();
        let asks = |names: &Value| names.as_array().is_some_and(|names| names.contains(missing));
        rules.as_object()?.iter().find(|(name, names)| there.get(name).is_some() && asks(names)).map(|(name, _)| name.clone())
    }
}

/// The document and the place of the keyword that an error is of.
pub(in crate::schema) fn located(error: &ValidationError<'_>) -> Option<(usize, Pointer)> {
    match error.absolute_keyword_location() {
        Some(uri) => place(uri.as_str()),
        None => place_in_defs(error.schema_path().as_str()),
    }
}

/// Why a branch of `if` applies, when an error is in one.
fn condition(schema_path: &str) -> &'static str {
    let at = |key: &str| schema_path.rfind(key).map_or(0, |i| i + 1);
    match (at("/then/"), at("/else/"), at("/properties/")) {
        (then, other, _) if then > other => ", because what `if` describes is so",
        (then, other, _) if other > then => ", because what `if` describes is not so",
        _ => "",
    }
}

/// A property that is wrong in itself counts as not evaluated as well; that it is wrong is enough to know.
fn secondary(found: &mut Vec<Violation>) {
    let wrong: std::collections::HashSet<Pointer> = found.iter().map(|v| v.instance.clone()).collect();
    found.retain(|violation| {
        let name = violation.actual.strip_prefix('`').and_then(|a| a.strip_suffix('`'));
        let below = name.filter(|_| violation.keyword == "unevaluatedProperties").map(|n| violation.instance.push(n));
        !below.is_some_and(|below| {
            wrong.iter().any(|w| w.as_str().strip_prefix(below.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/')))
        })
    });
}

/// The place of `dependentRequired`, without a count behind it.
fn keyword_of_dependence(pointer: Pointer) -> Pointer {
    let counted = pointer.tokens().last().is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
    if counted { pointer.parent().unwrap_or_default() } else { pointer }
}
