//! Texts of a profile with their templates resolved.
//!
//! A variable that is not set is a fault only where nothing else could give the value. Reads no process environment.

use crate::base::distance::did_you_mean;
use crate::base::secret::Secret;
use crate::base::source::{Source, Span};
use crate::base::tree::Node;
use crate::suite::ast::Spanned;
use crate::suite::decode::{Decoder, Family, Rule};
use crate::suite::template::Part;
use std::sync::Arc;

/// What is known only when a delivery is made: stays as it is where a delivery is spoken of.
const OF_DELIVERY: [&str; 2] = ["delivery.id", "entity.id"];

/// Reads texts and resolves their templates.
pub(super) struct Texts<'a> {
    pub(super) decoder: Decoder<'a>,
    env: &'a dyn Fn(&str) -> Option<String>,
    /// The declared secrets, those of extended profiles too; without a value where a variable is not set.
    pub(super) secrets: Vec<(String, Option<Secret<String>>)>,
}

/// A text after its templates were resolved.
enum Resolved {
    Text(String),
    /// What is not set, in words, with a hint.
    Unset(Vec<(String, String, Span)>),
    /// Reported already.
    Faulty,
}

/// What one template gives.
enum Piece {
    Text(String),
    /// What is not set, in words, and a hint.
    Unset(String, String),
    Faulty,
}

impl<'a> Texts<'a> {
    pub(super) fn new(
        source: &'a Arc<Source>,
        env: &'a dyn Fn(&str) -> Option<String>,
        secrets: Vec<(String, Option<Secret<String>>)>,
    ) -> Self {
        Self { decoder: Decoder::new(source, Family::Profile, &[]), env, secrets }
    }

    /// A text that must be known now.
    pub(super) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        self.known(node, &[])
    }

    /// A text that is sent with or for a delivery, and may name it.
    pub(super) fn text_of_delivery(&mut self, node: &Node) -> Option<Spanned<String>> {
        self.known(node, &OF_DELIVERY)
    }

    fn known(&mut self, node: &Node, kept: &[&str]) -> Option<Spanned<String>> {
        match self.resolved(node, kept) {
            Resolved::Text(text) => Some(Spanned::new(text, node.span)),
            Resolved::Unset(variables) => {
                for (message, hint, span) in variables {
                    self.decoder.error("profile/missing-variable", span, message, Some(hint));
                }
                None
            }
            Resolved::Faulty => None,
        }
    }

    /// A text that the command line may give instead: `Some(None)` where a variable is not set.
    pub(super) fn optional(&mut self, node: &Node) -> Option<Option<Spanned<String>>> {
        match self.resolved(node, &[]) {
            Resolved::Text(text) => Some(Some(Spanned::new(text, node.span))),
            Resolved::Unset(_) => Some(None),
            Resolved::Faulty => None,
        }
    }

    /// A text that must never be shown; one that is written out is warned of.
    pub(super) fn secret(&mut self, node: &Node) -> Option<Option<Secret<String>>> {
        if node.as_str().is_some_and(|text| !text.is_empty() && !text.contains("${")) {
            self.decoder.warn_secret(node.span);
        }
        self.optional(node).map(|text| text.map(|text| Secret::new(text.value)))
    }

    /// Warns of a field's value that looks like a secret; most are none.
    pub(super) fn lint_field(&mut self, name: &str, node: &Node) {
        if let Some(text) = node.as_str() {
            let name = name.eq_ignore_ascii_case("authorization").then_some("password");
            self.decoder.lint_secret(name, text, node.span);
        }
    }

    pub(super) fn declare_secrets(&mut self, node: &Node) {
        for (key, node) in self.decoder.entries(node, "`secrets`") {
            // A secret that could not be read was reported where it stands: declared empty, it is not reported again.
            let secret = self.secret(node).unwrap_or_else(|| Some(Secret::default()));
            self.secrets.retain(|(name, _)| *name != key.text);
            self.secrets.push((key.text.clone(), secret));
        }
    }

    fn resolved(&mut self, node: &Node, kept: &[&str]) -> Resolved {
        let Some(text) = self.decoder.text(node) else { return Resolved::Faulty };
        let Some(template) = self.decoder.template_of(&text.value, node.span) else { return Resolved::Faulty };
        let (mut resolved, mut unset, mut faulty) = (String::new(), Vec::new(), false);
        for part in &template.parts {
            match part {
                Part::Text(piece) => resolved.push_str(piece),
                Part::Variable { name, default: None, .. } if kept.contains(&name.as_str()) => {
                    resolved.push_str(&format!("${{{name}}}"));
                }
                Part::Variable { name, default, span } => match self.variable(name, default.as_deref(), *span, kept) {
                    Piece::Text(value) => resolved.push_str(&value),
                    Piece::Unset(message, hint) => unset.push((message, hint, *span)),
                    Piece::Faulty => faulty = true,
                },
            }
        }
        match (faulty, unset.is_empty()) {
            (true, _) => Resolved::Faulty,
            (false, false) => Resolved::Unset(unset),
            (false, true) => Resolved::Text(resolved),
        }
    }

    fn variable(&mut self, name: &str, default: Option<&str>, span: Span, kept: &[&str]) -> Piece {
        match name.split_once('.') {
            Some(("env", name)) => {
                let value = (self.env)(name).filter(|value| !value.is_empty()).or_else(|| default.map(str::to_owned));
                let unset = || {
                    let hint = format!("set it, or give a default: ${{env.{name}:-value}}");
                    Piece::Unset(format!("the environment variable `{name}` is not set"), hint)
                };
                value.map_or_else(unset, Piece::Text)
            }
            Some(("secret", name)) => match self.secrets.iter().find(|(n, _)| n == name) {
                Some((_, Some(secret))) => Piece::Text(secret.expose().clone()),
                Some((_, None)) => {
                    let hint = "set the environment variable that it is read from".to_owned();
                    Piece::Unset(format!("the secret `{name}` has no value"), hint)
                }
                None => {
                    let known: Vec<&str> = self.secrets.iter().map(|(n, _)| n.as_str()).collect();
                    let hint = did_you_mean(name, known).or_else(|| Some("declare it under `secrets`".to_owned()));
                    self.decoder.error("profile/unknown-secret", span, format!("no secret `{name}` is declared"), hint);
                    Piece::Faulty
                }
            },
            _ => {
                let reads = "`${env.NAME}`, `${env.NAME:-default}` and `${secret.NAME}`";
                let hint = match kept {
                    [] => format!("a profile reads {reads}"),
                    kept => {
                        let kept: Vec<String> = kept.iter().map(|k| format!("`${{{k}}}`")).collect();
                        format!("here stand {}, {reads}", kept.join(", "))
                    }
                };
                self.decoder.fault(Rule::Template, span, format!("`{name}` is nothing here"), Some(hint));
                Piece::Faulty
            }
        }
    }
}
