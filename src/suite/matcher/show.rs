//! Values and operators in words, for findings.
//!
//! Shortens what is long; never hides a secret, which the redactor does.

use crate::base::units::Nanos;
use crate::suite::matcher::{Comparison, InstantOperand, JsonType, Matcher, Operator, Pattern};
use crate::suite::template::{Part, Scope, TemplateKind, TemplateValue};
use serde_json::Value;

/// The most characters of a value that are shown.
const LONGEST: usize = 200;

/// A value as JSON, shortened.
pub(super) fn show(value: &Value) -> String {
    shorten(value.to_string())
}

/// Several values as a list, shortened.
pub(super) fn show_all<'v>(values: impl Iterator<Item = &'v Value>) -> String {
    shorten(format!("[{}]", values.map(Value::to_string).collect::<Vec<_>>().join(",")))
}

/// A length of time.
pub(super) fn show_nanos(nanos: u64) -> String {
    Nanos(nanos).to_string()
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

/// A matcher in words.
pub(super) fn describe(matcher: &Matcher, scope: &dyn Scope) -> String {
    matcher.operators.iter().map(|o| operator(o, scope)).collect::<Vec<_>>().join(", and ")
}

fn operator(operator: &Operator, scope: &dyn Scope) -> String {
    let inner = |m: &Matcher| describe(m, scope);
    match operator {
        Operator::Eq(v) => operand(v, scope),
        Operator::Ne(v) => format!("anything but {}", operand(v, scope)),
        Operator::Compare(comparison, v) => {
            let words = match comparison {
                Comparison::Lt => "less than",
                Comparison::Lte => "at most",
                Comparison::Gt => "more than",
                Comparison::Gte => "at least",
            };
            // Bare: `2s` reads better than `"2s"`, and a text is only ever a duration here.
            format!("{words} {}", operand(v, scope).trim_matches('"'))
        }
        Operator::Matches(Pattern::Fixed(regex)) => format!("text matching `{}`", regex.as_str()),
        Operator::Matches(Pattern::Template(v)) => format!("text matching `{}`", operand(v, scope).trim_matches('"')),
        Operator::Type(wanted) => type_words(*wanted).to_owned(),
        Operator::In(v) => format!("one of {}", operand(v, scope)),
        Operator::Contains(m) => format!("something that contains {}", inner(m)),
        Operator::Length(m) => format!("a length of {}", inner(m)),
        Operator::Exists(true) => "a value".to_owned(),
        Operator::Exists(false) => "nothing".to_owned(),
        Operator::Any(m) => format!("at least one value that is {}", inner(m)),
        Operator::All(m) => format!("every value, and one at least, to be {}", inner(m)),
        Operator::None(m) => format!("no value that is {}", inner(m)),
        Operator::Distinct => "values that all differ".to_owned(),
        Operator::Ordered { descending: false } => "values in ascending order".to_owned(),
        Operator::Ordered { descending: true } => "values in descending order".to_owned(),
        Operator::Before(v) => format!("an instant before {}", operand(v, scope)),
        Operator::After(v) => format!("an instant after {}", operand(v, scope)),
        Operator::Instant(moved) => instant_words(moved, scope),
        Operator::Schema(schema) => format!("a value that satisfies the schema {}", show(schema)),
        Operator::Not(m) => format!("not {}", inner(m)),
    }
}

fn instant_words(moved: &InstantOperand, scope: &dyn Scope) -> String {
    let mut text = format!("the instant {}", operand(&moved.of, scope));
    for (word, part) in [(" plus ", &moved.plus), (" minus ", &moved.minus), (", give or take ", &moved.within)] {
        if let Some(part) = part {
            text.push_str(word);
            text.push_str(operand(part, scope).trim_matches('"'));
        }
    }
    text
}

fn type_words(wanted: JsonType) -> &'static str {
    match wanted {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::String => "a string",
        JsonType::Array => "an array",
        JsonType::Object => "an object",
    }
}

/// An operand as its value; as written where it does not resolve.
fn operand(value: &TemplateValue, scope: &dyn Scope) -> String {
    match (value.resolve(scope), &value.kind) {
        (Ok(value), _) => show(&value),
        (Err(_), TemplateKind::Template(template)) => template
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Variable { name, .. } => format!("${{{name}}}"),
            })
            .collect(),
        (Err(unresolved), _) => format!("${{{}}}", unresolved.expression),
    }
}
