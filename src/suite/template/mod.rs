//! `${...}` templates: parsed once, resolved against whatever scope the caller has.
//!
//! Knows no variables of its own and reads no environment.

mod parse;

pub use crate::suite::template::parse::{Fault, parse};

use crate::base::source::Span;
use crate::suite::ast::Spanned;
use serde_json::{Map, Value};

/// What the names in templates hold.
pub trait Scope {
    /// The value of a dotted name, as it was written between the braces.
    fn lookup(&self, name: &str) -> Option<Value>;
}

/// A name that holds nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The name as written.
    pub expression: String,
    /// Where it stands.
    pub span: Span,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// `${name}`.
    Variable {
        /// The dotted name.
        name: String,
        /// The text after `:-`, in environments alone.
        default: Option<String>,
        /// Where it stands, braces included.
        span: Span,
    },
}

/// A text with or without `${...}` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its pieces, in order; no two texts beside each other.
    pub parts: Vec<Part>,
    /// Where the whole text stands.
    pub span: Span,
}

impl Template {
    /// A text without any `${...}`.
    #[must_use]
    pub fn literal(text: impl Into<String>, span: Span) -> Self {
        Self { parts: vec![Part::Text(text.into())], span }
    }

    /// The text, when there is no `${...}` in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The value: of its own type when the whole text is one template, else text.
    ///
    /// # Errors
    /// The first name that holds nothing.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Value, Unresolved> {
        match self.parts.as_slice() {
            [Part::Variable { name, default, span }] => variable(scope, name, default.as_deref(), *span),
            _ => self.resolve_text(scope).map(Value::String),
        }
    }

    /// The text: texts as they are, other values as JSON.
    ///
    /// # Errors
    /// The first name that holds nothing.
    pub fn resolve_text(&self, scope: &dyn Scope) -> Result<String, Unresolved> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(piece) => text.push_str(piece),
                Part::Variable { name, default, span } => match variable(scope, name, default.as_deref(), *span)? {
                    Value::String(piece) => text.push_str(&piece),
                    other => text.push_str(&other.to_string()),
                },
            }
        }
        Ok(text)
    }

    /// The names used, each with its place.
    pub fn variables(&self) -> impl Iterator<Item = (&str, Span)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Variable { name, span, .. } => Some((name.as_str(), *span)),
        })
    }
}

fn variable(scope: &dyn Scope, name: &str, default: Option<&str>, span: Span) -> Result<Value, Unresolved> {
    scope
        .lookup(name)
        .or_else(|| default.map(|d| Value::String(d.to_owned())))
        .ok_or_else(|| Unresolved { expression: name.to_owned(), span })
}

/// A JSON value whose texts may hold templates.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateValue {
    /// What it is.
    pub kind: TemplateKind,
    /// Where it stands.
    pub span: Span,
}

/// What a [`TemplateValue`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplateKind {
    /// A value without any template in it, at any depth.
    Literal(Value),
    /// A text with at least one template in it.
    Template(Template),
    /// A list with a template somewhere in it.
    Array(Vec<TemplateValue>),
    /// A mapping with a template somewhere in it.
    Object(Vec<(Spanned<String>, TemplateValue)>),
}

impl TemplateValue {
    /// A value without templates.
    #[must_use]
    pub fn literal(value: Value, span: Span) -> Self {
        Self { kind: TemplateKind::Literal(value), span }
    }

    /// The value, when there is no template in it.
    #[must_use]
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.kind {
            TemplateKind::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The value with every template resolved.
    ///
    /// # Errors
    /// The first name that holds nothing.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<Value, Unresolved> {
        match &self.kind {
            TemplateKind::Literal(value) => Ok(value.clone()),
            TemplateKind::Template(template) => template.resolve(scope),
            TemplateKind::Array(items) => items.iter().map(|i| i.resolve(scope)).collect::<Result<_, _>>().map(Value::Array),
            TemplateKind::Object(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    map.insert(key.value.clone(), value.resolve(scope)?);
                }
                Ok(Value::Object(map))
            }
        }
    }

    /// The names used, each with its place, in the order they were written.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, Span)> {
        match &self.kind {
            TemplateKind::Literal(_) => Vec::new(),
            TemplateKind::Template(template) => template.variables().collect(),
            TemplateKind::Array(items) => items.iter().flat_map(Self::variables).collect(),
            TemplateKind::Object(members) => members.iter().flat_map(|(_, v)| v.variables()).collect(),
        }
    }
}

/// Goes into a value by the rest of a dotted name: `member.0`.
#[must_use]
pub fn descend<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').filter(|token| !token.is_empty()).try_fold(value, |value, token| match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Scope, TemplateKind, TemplateValue, descend, parse};
    use crate::base::source::Span;
    use serde_json::{Value, json};

    struct Fixed(Value);

    impl Scope for Fixed {
        fn lookup(&self, name: &str) -> Option<Value> {
            descend(&self.0, name).cloned()
        }
    }

    fn resolve(text: &str) -> Result<Value, String> {
        let scope = Fixed(json!({"n": 4, "s": "x", "row": {"list": [1, {"k": null}]}, "o": {"a": 1}}));
        parse(text, Span::new(0, text.len()), &|i| i).map_err(|f| f.message)?.resolve(&scope).map_err(|u| u.expression)
    }

    #[test]
    fn a_whole_text_keeps_the_type_and_a_longer_one_takes_the_text() {
        assert_eq!(resolve("${n}"), Ok(json!(4)));
        assert_eq!(resolve("${row.list.1.k}"), Ok(Value::Null));
        assert_eq!(resolve("a ${s} and ${n} ${o}"), Ok(json!("a x and 4 {\"a\":1}")));
        assert_eq!(resolve("$${n} costs $5 ${s}"), Ok(json!("${n} costs $5 x")));
        assert_eq!(resolve(""), Ok(json!("")));
    }

    #[test]
    fn names_that_hold_nothing_are_named() {
        assert_eq!(resolve("a ${row.missing}"), Err("row.missing".to_owned()));
        assert_eq!(resolve("${row.list.7}"), Err("row.list.7".to_owned()));
    }

    #[test]
    fn values_resolve_at_any_depth() {
        let template = parse("${n}", Span::default(), &|i| i).unwrap();
        let value = TemplateValue {
            kind: TemplateKind::Array(vec![
                TemplateValue::literal(json!("x"), Span::default()),
                TemplateValue { kind: TemplateKind::Template(template), span: Span::default() },
            ]),
            span: Span::default(),
        };
        assert_eq!(value.resolve(&Fixed(json!({"n": [1]}))), Ok(json!(["x", [1]])));
        assert_eq!(value.variables().into_iter().map(|(n, _)| n).collect::<Vec<_>>(), ["n"]);
    }
}
