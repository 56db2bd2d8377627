//! Small readers of tree nodes that gather every fault instead of stopping at the first.
//!
//! Know kinds, keys and places. Never know what a suite or an environment means.

pub(super) mod auth;
pub(super) mod case;
pub(super) mod catalogue;
pub(super) mod environment;
pub(super) mod expect;
pub(super) mod expected_failures;
pub(super) mod load;
pub(super) mod matcher;
pub(super) mod monitor;
pub(super) mod names;
pub(super) mod openslo;
mod plans;
pub(super) mod profile;
mod redaction;
pub(super) mod secrets;
pub(super) mod step;
pub(super) mod suite;
pub(super) mod value;

#[cfg(test)]
mod tests;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::source::{Place, Source, Span};
use crate::base::tree::{Data, Key, Node};
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use std::sync::Arc;

/// Which kind of file is read: the family of its diagnostics.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Suite,
    Environment,
    Profile,
    ExpectedFailures,
    Load,
    Monitor,
    OpenSlo,
}

/// The rules that both kinds of file share.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    UnknownKey,
    MissingKey,
    Kind,
    Value,
    Template,
    Secret,
}

/// Gathers faults while nodes are read.
pub(super) struct Decoder<'a> {
    pub(super) source: &'a Arc<Source>,
    pub(super) family: Family,
    /// The ids that `as` may name.
    pub(super) checks: &'a [&'a str],
    pub(super) faults: Diagnostics,
    /// Names that steps with faults would have left behind, so that one fault does not make others.
    pub(super) lost_names: Vec<String>,
    /// What the calls before a load or a watch captured.
    before_names: Vec<String>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(source: &'a Arc<Source>, family: Family, checks: &'a [&'a str]) -> Self {
        Self { source, family, checks, faults: Diagnostics::new(), lost_names: Vec::new(), before_names: Vec::new() }
    }

    pub(super) fn code(&self, rule: Rule) -> &'static str {
        match (self.family, rule) {
            (Family::Suite, Rule::UnknownKey) => "suite/unknown-key",
            (Family::Suite, Rule::MissingKey) => "suite/missing-key",
            (Family::Suite, Rule::Kind) => "suite/kind",
            (Family::Suite, Rule::Value) => "suite/value",
            (Family::Suite, Rule::Template) => "suite/template",
            (Family::Suite, Rule::Secret) => "suite/literal-secret",
            (Family::Environment, Rule::UnknownKey) => "environment/unknown-key",
            (Family::Environment, Rule::MissingKey) => "environment/missing-key",
            (Family::Environment, Rule::Kind) => "environment/kind",
            (Family::Environment, Rule::Value) => "environment/value",
            (Family::Environment, Rule::Template) => "environment/template",
            (Family::Environment, Rule::Secret) => "environment/literal-secret",
            (Family::Profile, Rule::UnknownKey) => "profile/unknown-key",
            (Family::Profile, Rule::MissingKey) => "profile/missing-key",
            (Family::Profile, Rule::Kind) => "profile/kind",
            (Family::Profile, Rule::Value) => "profile/value",
            (Family::Profile, Rule::Template) => "profile/template",
            (Family::Profile, Rule::Secret) => "profile/literal-secret",
            (Family::ExpectedFailures, Rule::UnknownKey) => "expected-failures/unknown-key",
            (Family::ExpectedFailures, Rule::MissingKey) => "expected-failures/missing-key",
            (Family::ExpectedFailures, Rule::Kind) => "expected-failures/kind",
            (Family::ExpectedFailures, Rule::Value) => "expected-failures/value",
            (Family::ExpectedFailures, Rule::Template) => "expected-failures/template",
            (Family::ExpectedFailures, Rule::Secret) => "expected-failures/literal-secret",
            (Family::Load, Rule::UnknownKey) => "load/unknown-key",
            (Family::Load, Rule::MissingKey) => "load/missing-key",
            (Family::Load, Rule::Kind) => "load/kind",
            (Family::Load, Rule::Value) => "load/value",
            (Family::Load, Rule::Template) => "load/template",
            (Family::Load, Rule::Secret) => "load/literal-secret",
            (Family::Monitor, Rule::UnknownKey) => "monitor/unknown-key",
            (Family::Monitor, Rule::MissingKey) => "monitor/missing-key",
            (Family::Monitor, Rule::Kind) => "monitor/kind",
            (Family::Monitor, Rule::Value) => "monitor/value",
            (Family::Monitor, Rule::Template) => "monitor/template",
            (Family::Monitor, Rule::Secret) => "monitor/literal-secret",
            (Family::OpenSlo, Rule::UnknownKey) => "openslo/unknown-key",
            (Family::OpenSlo, Rule::MissingKey) => "openslo/missing-key",
            (Family::OpenSlo, Rule::Kind) => "openslo/kind",
            (Family::OpenSlo, Rule::Value) => "openslo/value",
            (Family::OpenSlo, Rule::Template) => "openslo/template",
            (Family::OpenSlo, Rule::Secret) => "openslo/literal-secret",
        }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        Place::new(self.source, span)
    }

    /// Adds an error of one of the shared rules.
    pub(super) fn fault(&mut self, rule: Rule, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.error(self.code(rule), span, message, hint);
    }

    /// Adds an error of a rule of its own.
    pub(super) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Diagnostic::error(code, message).at(self.place(span)).maybe_hint(hint));
    }

    pub(super) fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Diagnostic::warning(code, message).at(self.place(span)).maybe_hint(hint));
    }

    pub(super) fn wrong_kind(&mut self, node: &Node, expected: &str, hint: Option<&str>) {
        let message = format!("expected {expected}, found {}", kind_words(node));
        self.fault(Rule::Kind, node.span, message, hint.map(str::to_owned));
    }

    /// The members of a mapping; `what` names it in messages.
    pub(super) fn object<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        match &node.data {
            Data::Object(members) => Some(Fields { members, span: node.span, what, known: Vec::new() }),
            _ => {
                self.wrong_kind(node, &format!("a mapping for {what}"), None);
                None
            }
        }
    }

    /// The members of a mapping whose keys are the author's own.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [(Key, Node)] {
        if let Data::Object(members) = &node.data {
            return members;
        }
        self.wrong_kind(node, &format!("a mapping for {what}"), None);
        &[]
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if let Data::Array(items) = &node.data {
            return items;
        }
        self.wrong_kind(node, &format!("a list for {what}"), None);
        &[]
    }

    pub(super) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        match &node.data {
            Data::String(text) => Some(Spanned::new(text.clone(), node.span)),
            Data::Number(_) | Data::Bool(_) => {
                let raw = self.raw(node.span).to_owned();
                self.wrong_kind(node, "text", Some(&format!("quote it: \"{raw}\"")));
                None
            }
            _ => {
                self.wrong_kind(node, "text", None);
                None
            }
        }
    }

    /// A text or a list of texts.
    pub(super) fn texts(&mut self, node: &Node) -> Vec<Spanned<String>> {
        match &node.data {
            Data::Array(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => self.text(node).into_iter().collect(),
        }
    }

    pub(super) fn boolean(&mut self, node: &Node) -> Option<bool> {
        if let Data::Bool(value) = node.data {
            return Some(value);
        }
        let hint = node.as_str().and_then(|text| match text.to_ascii_lowercase().as_str() {
            "yes" | "on" => Some("in YAML 1.2 this is text; write true"),
            "no" | "off" => Some("in YAML 1.2 this is text; write false"),
            _ => None,
        });
        self.wrong_kind(node, "true or false", hint);
        None
    }

    /// A key that may only be `true`.
    pub(super) fn only_true(&mut self, node: &Node) -> Option<()> {
        if self.boolean(node)? {
            return Some(());
        }
        self.fault(Rule::Value, node.span, "only `true` has a meaning here", Some("leave the key out instead".to_owned()));
        None
    }

    /// A whole number that is at least `least`.
    pub(super) fn number(&mut self, node: &Node, least: u32) -> Option<u32> {
        let Data::Number(number) = &node.data else {
            self.wrong_kind(node, "a whole number", None);
            return None;
        };
        let value = number.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n >= least);
        if value.is_none() {
            self.fault(Rule::Value, node.span, format!("expected a whole number of at least {least}, found {number}"), None);
        }
        value
    }

    pub(super) fn duration(&mut self, node: &Node) -> Option<Nanos> {
        let hint = "a duration has a unit: 250ms, 10s, 5m, PT2M";
        let Data::String(text) = &node.data else {
            self.wrong_kind(node, "a duration", Some(hint));
            return None;
        };
        match Nanos::parse(text) {
            Ok(nanos) => Some(nanos),
            Err(message) => {
                self.fault(Rule::Value, node.span, message, None);
                None
            }
        }
    }

    /// One of a closed set of words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, what: &str, all: &[T], key: fn(T) -> &'static str) -> Option<T> {
        let text = self.text(node)?;
        let found = all.iter().copied().find(|w| key(*w) == text.value);
        if found.is_none() {
            let known: Vec<&str> = all.iter().map(|w| key(*w)).collect();
            let hint = did_you_mean(&text.value, known);
            self.fault(Rule::Value, text.span, format!("unknown {what} `{}`", text.value), hint);
        }
        found
    }

    /// The text of the source at a span.
    pub(super) fn raw(&self, span: Span) -> &'a str {
        self.source.text().get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The offset in the source of byte `index` of a scalar's text: exact where the scalar is written plainly, and at the
    /// right template where quotes, escapes or line folding changed the text.
    pub(super) fn offset(&self, span: Span, text: &str, index: usize) -> usize {
        let raw = self.raw(span);
        let start = span.start as usize;
        let quote = usize::from(raw.starts_with(['"', '\'']));
        if text.get(..index).is_some_and(|before| raw[quote..].starts_with(before)) {
            return start + quote + index;
        }
        let template = match text.get(index..) {
            Some(rest) if rest.starts_with("${") => index,
            _ => text.get(..index).and_then(|before| before.rfind("${")).unwrap_or(0),
        };
        let nth = text.get(..template).map_or(0, |before| before.matches("${").count());
        let found = raw.match_indices("${").nth(nth).map_or(0, |(at, _)| at + index - template);
        (start + found).min((span.end as usize).max(start))
    }
}

/// One matcher by itself, over a time or over values.
#[cfg(test)]
pub(super) fn matcher_of(source: &Arc<Source>, node: &Node, time: bool) -> (Option<crate::suite::matcher::Matcher>, Diagnostics) {
    let mut decoder = Decoder::new(source, Family::Suite, &[]);
    let over = if time { matcher::Over::Time } else { matcher::Over::Values };
    let matcher = decoder.matcher(node, over);
    (matcher, decoder.faults)
}

/// The members of a mapping with a closed set of keys.
pub(super) struct Fields<'n> {
    members: &'n [(Key, Node)],
    pub(super) span: Span,
    /// How messages name it.
    pub(super) what: &'static str,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The member of a key, which is known from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// The key and its member.
    pub(super) fn entry(&mut self, key: &'static str) -> Option<&'n (Key, Node)> {
        self.known.push(key);
        self.members.iter().find(|(k, _)| k.text == key)
    }

    /// The member of a key that must be there.
    pub(super) fn require(&mut self, decoder: &mut Decoder<'_>, key: &'static str) -> Option<&'n Node> {
        let found = self.take(key);
        if found.is_none() {
            let near = self.members.iter().map(|(k, _)| k.text.as_str());
            let near = crate::base::distance::nearest(key, near).filter(|near| !self.known.contains(near));
            if near.is_none() {
                let span = Span { start: self.span.start, end: self.span.end };
                decoder.fault(Rule::MissingKey, span, format!("{} needs `{key}`", self.what), None);
            }
        }
        found
    }

    /// The keys written.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'n Key> + use<'n> {
        self.members.iter().map(|(key, _)| key)
    }

    /// Reports the keys that nobody asked for; `elsewhere` may know where one belongs.
    pub(super) fn finish_with(self, decoder: &mut Decoder<'_>, elsewhere: impl Fn(&str) -> Option<String>) {
        for (key, _) in self.members {
            if !self.known.contains(&key.text.as_str()) {
                let hint = elsewhere(&key.text).or_else(|| did_you_mean(&key.text, self.known.iter().copied()));
                decoder.fault(Rule::UnknownKey, key.span, format!("unknown key `{}` in {}", key.text, self.what), hint);
            }
        }
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, decoder: &mut Decoder<'_>) {
        self.finish_with(decoder, |_| None);
    }
}

/// The kind of a node as a tester would call it.
fn kind_words(node: &Node) -> &'static str {
    match &node.data {
        Data::Null => "nothing",
        Data::Bool(_) => "true or false",
        Data::Number(_) => "a number",
        Data::String(_) => "text",
        Data::Array(_) => "a list",
        Data::Object(_) => "a mapping",
    }
}
