//! Small readers of tree nodes that gather every fault.
//!
//! Know kinds, keys and places. Never know what a window is.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::source::{Place, Source, Span};
use crate::base::tree::{Data, Document, Key, Node};
use crate::window::wall::Wrong;
use std::ops::Range;
use std::sync::Arc;

/// Where nodes stand: one text, or a document that was put together from several.
pub trait Places {
    /// The place of a span.
    fn place(&self, span: Span) -> Place;
}

impl Places for Arc<Source> {
    fn place(&self, span: Span) -> Place {
        Place::new(self, span)
    }
}

impl Places for Document {
    fn place(&self, span: Span) -> Place {
        Self::place(self, span)
    }
}

/// Gathers faults while nodes are read.
pub(super) struct Reader<'a> {
    places: &'a dyn Places,
    pub(super) faults: Diagnostics,
}

impl<'a> Reader<'a> {
    pub(super) fn new(places: &'a dyn Places) -> Self {
        Self { places, faults: Diagnostics::new() }
    }

    pub(super) fn place(&self, span: Span) -> Place {
        self.places.place(span)
    }

    pub(super) fn fault(&mut self, code: &'static str, span: Span, message: impl Into<String>, hint: Option<String>) {
        self.fault_at(code, self.place(span), message, hint);
    }

    pub(super) fn fault_at(&mut self, code: &'static str, place: Place, message: impl Into<String>, hint: Option<String>) {
        self.faults.push(Diagnostic::error(code, message).at(place).maybe_hint(hint));
    }

    /// A fault that has to do with two places.
    pub(super) fn clash(&mut self, code: &'static str, message: String, first: Place, second: Place, hint: &str) {
        let fault = Diagnostic::error(code, message).at(second).hint(hint);
        self.faults.push(fault.label(first, "first written here"));
    }

    /// Faults in the text of a scalar, each at its bytes.
    pub(super) fn wrongs(&mut self, code: &'static str, node: &Node, wrongs: impl IntoIterator<Item = Wrong>) {
        for wrong in wrongs {
            self.fault_at(code, self.within(node, wrong.at), wrong.message, wrong.hint);
        }
    }

    /// The place of some bytes of a scalar's text: the whole scalar where escapes or folding changed the text.
    pub(super) fn within(&self, node: &Node, at: Range<usize>) -> Place {
        let mut place = self.place(node.span);
        let (start, end) = (place.span.start as usize, place.span.end as usize);
        let raw = place.source.text().get(start..end).unwrap_or_default();
        let quote = usize::from(raw.starts_with(['"', '\'']));
        if node.as_str().is_some_and(|text| raw.get(quote..).is_some_and(|raw| raw.starts_with(text))) {
            let within = |offset: usize| (start + quote + offset).min(end.max(start));
            place.span = Span::new(within(at.start), within(at.end));
        }
        place
    }

    fn wrong_kind(&mut self, node: &Node, expected: &str, hint: &str) {
        let message = format!("expected {expected}, found {}", kind_words(node));
        self.fault("window/kind", node.span, message, Some(hint.to_owned()));
    }

    /// The members of a mapping that says something; `what` names it in messages.
    pub(super) fn object<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        let members = self.entries(node, what)?;
        Some(Fields { members, span: node.span, what, known: Vec::new() })
    }

    /// The members of a mapping that is not empty, whose keys are the author's own.
    pub(super) fn entries<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n [(Key, Node)]> {
        match &node.data {
            Data::Object(members) if members.is_empty() => {
                self.fault("window/empty", node.span, format!("{what} says nothing"), Some("leave it out".to_owned()));
                None
            }
            Data::Object(members) => Some(members),
            _ => {
                self.wrong_kind(node, &format!("a mapping for {what}"), "write it as `key: value`");
                None
            }
        }
    }

    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Node] {
        if let Data::Array(items) = &node.data {
            return items;
        }
        self.wrong_kind(node, &format!("a list for {what}"), "write it in brackets, or as items with `-`");
        &[]
    }

    pub(super) fn text<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if let Data::String(text) = &node.data {
            return Some(text);
        }
        let place = self.place(node.span);
        let raw = place.source.text().get(place.span.start as usize..place.span.end as usize).unwrap_or_default();
        let hint = match node.data {
            Data::Number(_) | Data::Bool(_) => format!("where it is meant as text, quote it: \"{raw}\""),
            _ => "write one text here".to_owned(),
        };
        self.wrong_kind(node, what, &hint);
        None
    }

    /// A key that may only be `true`.
    pub(super) fn only_true(&mut self, node: &Node) -> Option<()> {
        match node.data {
            Data::Bool(true) => return Some(()),
            Data::Bool(false) => {
                let hint = Some("leave the key out instead".to_owned());
                self.fault("window/value", node.span, "only `true` has a meaning here", hint);
            }
            _ => self.wrong_kind(node, "true", "write `true`; in YAML 1.2 `yes` and `on` are text"),
        }
        None
    }
}

/// The members of a mapping with a closed set of keys.
pub(super) struct Fields<'n> {
    members: &'n [(Key, Node)],
    pub(super) span: Span,
    what: &'static str,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// The member of a key, which is known from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        self.members.iter().find(|(k, _)| k.text == key).map(|(_, node)| node)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.members.iter().any(|(k, _)| k.text == key)
    }

    /// Says that a key is missing, unless one is there that may have been meant.
    pub(super) fn missing(&self, reader: &mut Reader<'_>, key: &'static str, hint: &str) {
        let unknown = self.members.iter().map(|(k, _)| k.text.as_str()).filter(|k| !self.known.contains(k));
        if crate::base::distance::nearest(key, unknown).is_none() {
            reader.fault("window/missing-key", self.span, format!("{} needs `{key}`", self.what), Some(hint.to_owned()));
        }
    }

    /// Reports the keys that nobody asked for; `elsewhere` may know where one belongs.
    pub(super) fn finish_with(self, reader: &mut Reader<'_>, elsewhere: impl Fn(&str) -> Option<String>) {
        for (key, _) in self.members {
            if !self.known.contains(&key.text.as_str()) {
                let hint = elsewhere(&key.text).or_else(|| did_you_mean(&key.text, self.known.iter().copied()));
                reader.fault("window/unknown-key", key.span, format!("unknown key `{}` in {}", key.text, self.what), hint);
            }
        }
    }

    /// Reports the keys that nobody asked for.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        self.finish_with(reader, |_| None);
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
