//! Reads values with templates, and paths.
//!
//! Places every fault at the very column; never resolves a name.

use crate::base::source::Span;
use crate::base::tree::{Data, Key, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::step::Parameters;
use crate::suite::decode::{Decoder, Family, Rule};
use crate::suite::path::Path;
use crate::suite::template::{self, Part, Template, TemplateKind, TemplateValue};
use serde_json::{Map, Value};

impl Decoder<'_> {
    /// A text with templates of any name in it.
    pub(super) fn any_template(&mut self, text: &str, span: Span) -> Option<Template> {
        match template::parse(text, span, &|index| self.offset(span, text, index)) {
            Ok(template) => Some(template),
            Err(fault) => {
                self.fault(Rule::Template, fault.span, fault.message, fault.hint);
                None
            }
        }
    }

    /// A text with templates in it.
    pub(super) fn template_of(&mut self, text: &str, span: Span) -> Option<Template> {
        let template = self.any_template(text, span)?;
        let without_secrets = match self.family {
            Family::Suite => Some("a suite"),
            Family::Load => Some("a load plan"),
            Family::Monitor => Some("a monitor plan"),
            Family::Environment | Family::Profile | Family::ExpectedFailures | Family::OpenSlo => None,
        };
        if let Some(what) = without_secrets {
            for part in &template.parts {
                let Part::Variable { name, default, span } = part else { continue };
                let root = name.split('.').next().unwrap_or_default();
                if matches!(root, "env" | "secret") {
                    let hint = "read it in the environment file, as an identity or a listener, and name that here";
                    self.fault(Rule::Template, *span, format!("{what} cannot read `{name}`"), Some(hint.to_owned()));
                } else if default.is_some() {
                    let hint = "only `${env.NAME:-default}` in an environment file has one";
                    self.fault(Rule::Template, *span, format!("a template of {what} has no default"), Some(hint.to_owned()));
                }
            }
        }
        Some(template)
    }

    /// A text node with templates in it.
    pub(super) fn template(&mut self, node: &Node) -> Option<Template> {
        let text = self.text(node)?;
        self.lint_secret(None, &text.value, node.span);
        self.template_of(&text.value, node.span)
    }

    /// A value with templates in its texts. A template that cannot be read is reported and stands as `null`.
    pub(super) fn value(&mut self, node: &Node) -> TemplateValue {
        let kind = match &node.data {
            Data::String(text) => {
                self.lint_secret(None, text, node.span);
                match self.template_of(text, node.span) {
                    None => TemplateKind::Literal(Value::Null),
                    Some(template) => match template.as_literal() {
                        Some(literal) => TemplateKind::Literal(Value::String(literal.to_owned())),
                        None => TemplateKind::Template(template),
                    },
                }
            }
            Data::Array(items) => {
                let items: Vec<TemplateValue> = items.iter().map(|item| self.value(item)).collect();
                match items.iter().map(|i| i.as_literal().cloned()).collect::<Option<Vec<Value>>>() {
                    Some(literal) => TemplateKind::Literal(Value::Array(literal)),
                    None => TemplateKind::Array(items),
                }
            }
            Data::Object(members) => {
                let members: Parameters = members.iter().map(|(key, node)| self.member(key, node)).collect();
                let literal: Option<Map<String, Value>> =
                    members.iter().map(|(key, value)| Some((key.value.clone(), value.as_literal()?.clone()))).collect();
                match literal {
                    Some(literal) => TemplateKind::Literal(Value::Object(literal)),
                    None => TemplateKind::Object(members),
                }
            }
            _ => TemplateKind::Literal(node.to_value()),
        };
        TemplateValue { kind, span: node.span }
    }

    fn member(&mut self, key: &Key, node: &Node) -> (Spanned<String>, TemplateValue) {
        if let Data::String(text) = &node.data {
            self.lint_secret(Some(&key.text), text, node.span);
        }
        (Spanned::new(key.text.clone(), key.span), self.value(node))
    }

    /// A mapping of names to values.
    pub(super) fn parameters(&mut self, node: &Node, what: &str) -> Parameters {
        self.entries(node, what).iter().map(|(key, node)| self.member(key, node)).collect()
    }

    /// A path written as a value.
    pub(super) fn path(&mut self, node: &Node) -> Option<Path> {
        let text = self.text(node)?;
        self.path_of(&text.value, node.span)
    }

    /// A path or a list of paths.
    pub(super) fn paths(&mut self, node: &Node) -> Vec<Path> {
        match &node.data {
            Data::Array(items) => items.iter().filter_map(|item| self.path(item)).collect(),
            _ => self.path(node).into_iter().collect(),
        }
    }

    /// A path written anywhere.
    pub(super) fn path_of(&mut self, text: &str, span: Span) -> Option<Path> {
        let code = match self.family {
            Family::Profile => "profile/path",
            Family::Load => "load/path",
            Family::Monitor => "monitor/path",
            Family::Suite | Family::Environment | Family::ExpectedFailures | Family::OpenSlo => "suite/path",
        };
        if let Some(at) = text.find("${") {
            let start = self.offset(span, text, at);
            let hint = "select more, and compare with a matcher: {\"$.results[*].id\": {contains: \"${id}\"}}";
            let span = Span::new(start, start + 2);
            self.error(code, span, "a path cannot hold a template", Some(hint.to_owned()));
            return None;
        }
        match Path::parse(text, span) {
            Ok(path) => Some(path),
            Err((at, message)) => {
                let start = self.offset(span, text, at);
                let hint = if text.starts_with('$') {
                    "paths are JSONPath (RFC 9535): $.results[*].id, $['a name'], $.list[?@.kind == 'X']".to_owned()
                } else {
                    format!("a path begins with `$`: `$.{}`", text.trim_start_matches(['.', '/']))
                };
                let end = (span.end as usize).max(start);
                self.error(code, Span::new(start, end), message, Some(hint));
                None
            }
        }
    }
}
