//! A YAML or JSON document as a tree in which every node and every key knows its place.
//!
//! Reads text into [`Node`]s under budgets of size, depth and alias expansion. Never reads a file and knows no schema.

mod json;
mod seen;
mod yaml;

use crate::base::diagnostic::Diagnostics;
use crate::base::pointer::Pointer;
use crate::base::source::{Place, Source, Span};
use serde_json::{Map, Number, Value};
use std::sync::Arc;

/// One node of a document, with the range of text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it holds.
    pub data: Data,
    /// Where it stands.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that JSON can hold.
    Number(Number),
    /// Text.
    String(String),
    /// A sequence.
    Array(Vec<Node>),
    /// A mapping, in the order it was written.
    Object(Vec<(Key, Node)>),
}

/// A key of a mapping, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key's text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Key {
    /// A copy that stands further on; see [`Document::adopt`].
    #[must_use]
    pub fn shifted(&self, by: u32) -> Self {
        Self { text: self.text.clone(), span: self.span.shifted(by) }
    }
}

/// A whole document with its sources.
///
/// Most have one. Where nodes of other texts were put in, their spans are shifted by the lengths of the texts before
/// theirs, so that one span says both the text and the range in it: [`Document::place`] takes that apart again.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it was read from; the first one where there are several.
    pub source: Arc<Source>,
    /// Texts that nodes were taken from later, in the order of their shifts.
    further: Vec<Arc<Source>>,
    /// The top node.
    pub root: Node,
}

/// What one document may cost at most.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Bytes of text.
    pub bytes: usize,
    /// Levels of nesting.
    pub depth: usize,
    /// Nodes, aliases counted as often as they are used.
    pub nodes: usize,
    /// Bytes of text in scalars, aliases counted as often as they are used.
    pub scalar_bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 256, nodes: 4_000_000, scalar_bytes: 128 << 20 }
    }
}

/// Reads a document: JSON when the source's name ends in `.json`, or when it begins with a brace and is JSON whatever its
/// name (YAML allows no tabs there); YAML 1.2 otherwise.
///
/// # Errors
/// Diagnostics with codes `syntax/...`, all that could be found.
pub fn parse(source: &Arc<Source>, budget: Budget) -> Result<Document, Diagnostics> {
    let is_json = std::path::Path::new(source.name()).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    let root = if is_json {
        json::parse(source, budget)?
    } else {
        let braced = source.text().trim_start_matches('\u{feff}').trim_start().starts_with('{');
        let read = braced.then(|| json::parse(source, budget).ok()).flatten();
        read.map_or_else(|| yaml::parse(source, budget), Ok)?
    };
    Ok(Document::new(source, root))
}

impl Document {
    /// A document of one text.
    #[must_use]
    pub fn new(source: &Arc<Source>, root: Node) -> Self {
        Self { source: Arc::clone(source), further: Vec::new(), root }
    }

    /// The place of a node of this document, in the text that it came from.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        if self.further.is_empty() {
            return Place::new(&self.source, span);
        }
        let mut shift = 0;
        let mut sources = self.sources().peekable();
        while let Some(source) = sources.next() {
            let next = shift + room(source);
            if u64::from(span.start) < next || sources.peek().is_none() {
                let back = |offset: u32| u32::try_from(u64::from(offset).saturating_sub(shift)).unwrap_or(u32::MAX);
                return Place::new(source, Span { start: back(span.start), end: back(span.end) });
            }
            shift = next;
        }
        Place::new(&self.source, span)
    }

    /// The texts that nodes of this document come from.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        std::iter::once(&self.source).chain(&self.further)
    }

    /// Takes up the texts of another document and says by how much nodes of it are to be shifted
    /// ([`Node::shifted`]) when they are put into this one; `None` when all texts together are too long.
    pub fn adopt(&mut self, other: &Self) -> Option<u32> {
        let shift: u64 = self.sources().map(|s| room(s)).sum();
        let all: u64 = shift + other.sources().map(|s| room(s)).sum::<u64>();
        u32::try_from(all).ok()?;
        self.further.extend(other.sources().cloned());
        u32::try_from(shift).ok()
    }

    /// The node a pointer names.
    #[must_use]
    pub fn at(&self, pointer: &Pointer) -> Option<&Node> {
        pointer.tokens().try_fold(&self.root, |node, token| node.child(&token))
    }

    /// The place a pointer names, or of its nearest ancestor that exists.
    #[must_use]
    pub fn place_at(&self, pointer: &Pointer) -> Place {
        let mut node = &self.root;
        for token in pointer.tokens() {
            match node.child(&token) {
                Some(child) => node = child,
                None => break,
            }
        }
        self.place(node.span)
    }
}

/// What the spans of a text take: one more than its length, so that its end is not the start of the next one.
fn room(source: &Source) -> u64 {
    source.text().len() as u64 + 1
}

impl Span {
    fn shifted(self, by: u32) -> Self {
        Self { start: self.start.saturating_add(by), end: self.end.saturating_add(by) }
    }
}

impl Node {
    /// A copy whose spans lie further on; see [`Document::adopt`].
    #[must_use]
    pub fn shifted(&self, by: u32) -> Self {
        let data = match &self.data {
            Data::Array(items) => Data::Array(items.iter().map(|item| item.shifted(by)).collect()),
            Data::Object(members) => {
                Data::Object(members.iter().map(|(key, node)| (key.shifted(by), node.shifted(by))).collect())
            }
            scalar => scalar.clone(),
        };
        Self { data, span: self.span.shifted(by) }
    }

    /// A member by key or an item by index, to be changed.
    pub fn child_mut(&mut self, token: &str) -> Option<&mut Self> {
        match &mut self.data {
            Data::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
            Data::Object(members) => members.iter_mut().find(|(k, _)| k.text == token).map(|(_, node)| node),
            _ => None,
        }
    }

    /// A member by key, or an item by index.
    #[must_use]
    pub fn child(&self, token: &str) -> Option<&Self> {
        match &self.data {
            Data::Array(items) => items.get(token.parse::<usize>().ok()?),
            _ => self.get(token),
        }
    }

    /// A member of a mapping by key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, node)| node)
    }

    /// A key and its member.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&(Key, Self)> {
        self.members()?.iter().find(|(k, _)| k.text == key)
    }

    /// The members, when this is a mapping.
    #[must_use]
    pub fn members(&self) -> Option<&[(Key, Self)]> {
        match &self.data {
            Data::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, when this is a sequence.
    #[must_use]
    pub fn items(&self) -> Option<&[Self]> {
        match &self.data {
            Data::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text, when this is a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name of the kind of value, as JSON Schema calls it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "boolean",
            Data::Number(_) => "number",
            Data::String(_) => "string",
            Data::Array(_) => "array",
            Data::Object(_) => "object",
        }
    }

    /// The same value without places.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n) => Value::Number(n.clone()),
            Data::String(s) => Value::String(s.clone()),
            Data::Array(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Data::Object(members) => {
                Value::Object(members.iter().map(|(k, v)| (k.text.clone(), v.to_value())).collect::<Map<_, _>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Document, parse};
    use crate::base::source::{Source, Span};

    fn read(name: &str, text: &str) -> Document {
        parse(&Source::new(name, text), Budget::default()).expect("a document")
    }

    #[test]
    fn nodes_of_adopted_texts_keep_their_places() {
        let mut first = read("a.yaml", "a: 1\n");
        let mut second = read("b.yaml", "x: 0\nb: 2\n");
        let third = read("c.yaml", "\n\nc: 3\n");
        let inner = second.adopt(&third).expect("room");
        let moved = third.root.get("c").expect("c").shifted(inner);
        let outer = first.adopt(&second).expect("room");
        let show = |span| first.place(span).to_string();
        assert_eq!(show(first.root.get("a").expect("a").span), "a.yaml:1:4");
        let (key, node) = second.root.entry("b").expect("b");
        assert_eq!(show(key.shifted(outer).span), "b.yaml:2:1");
        assert_eq!(show(node.shifted(outer).span), "b.yaml:2:4");
        assert_eq!(show(moved.shifted(outer).span), "c.yaml:3:4");
        assert_eq!(first.sources().map(|s| s.name()).collect::<Vec<_>>(), ["a.yaml", "b.yaml", "c.yaml"]);
    }

    #[test]
    fn the_end_of_one_text_is_not_the_start_of_the_next() {
        let mut first = read("a.yaml", "a: 1\n");
        let shift = first.adopt(&read("b.yaml", "b: 2\n")).expect("room");
        assert_eq!(first.place(Span::new(5, 5)).to_string(), "a.yaml:2:1");
        assert_eq!(first.place(Span { start: shift, end: shift + 1 }).to_string(), "b.yaml:1:1");
        assert_eq!(first.place(Span { start: u32::MAX, end: u32::MAX }).source.name(), "b.yaml");
    }
}
