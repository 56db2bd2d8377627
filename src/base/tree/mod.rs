//! A YAML or JSON document as a tree in which every node and every key knows its place.
//!
//! Reads text into [`Node`]s under budgets of size, depth and alias expansion. Never reads a file and knows no schema.

mod json;
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

/// A whole document with its source.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it was read from.
    pub source: Arc<Source>,
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

/// Reads a document: JSON when the source's name ends in `.json`, YAML 1.2 otherwise.
///
/// # Errors
/// Diagnostics with codes `syntax/...`, all that could be found.
pub fn parse(source: &Arc<Source>, budget: Budget) -> Result<Document, Diagnostics> {
    let is_json = std::path::Path::new(source.name()).extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
    let root = if is_json { json::parse(source, budget)? } else { yaml::parse(source, budget)? };
    Ok(Document { source: Arc::clone(source), root })
}

impl Document {
    /// The place of a node of this document.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
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

impl Node {
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
