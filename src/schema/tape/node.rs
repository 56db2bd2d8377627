//! One value of a tape, as the JSON Schema crate looks at values.
//!
//! Answers from the entries; builds a `serde_json` value only for what asks for one. Judges nothing.

use super::object::{Array, Name, Object};
use super::{Document, Entry, Kind, number};
use jsonschema::JsonType;
use jsonschema::json::{self, Array as _, Json, NodeIdentity, Object as _, cmp};
use serde_json::{Number, Value};
use std::borrow::Cow;

/// Names this representation of JSON to the JSON Schema crate.
pub(in crate::schema) struct Taped;

#[derive(Clone, Copy)]
pub(in crate::schema) struct Node<'a> {
    document: &'a Document<'a>,
    at: u32,
    /// What stands at `at`, because every question is about it.
    entry: Entry,
}

impl<'a> Node<'a> {
    pub(super) fn new(document: &'a Document<'a>, at: u32) -> Self {
        Self { document, at, entry: document.entries[at as usize] }
    }

    pub(super) fn entry(&self) -> Entry {
        self.entry
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        let entry = self.entry();
        matches!(entry.kind, Kind::Text | Kind::Unescaped).then(|| self.document.text_of(entry))
    }
}

impl Document<'_> {
    /// Looks at the outermost value.
    pub(in crate::schema) fn with_root<T>(&self, look: impl FnOnce(Node<'_>) -> T) -> T {
        look(self.root())
    }
}

impl Json for Taped {
    type Node<'a> = Node<'a>;
    type PreparedKey = Name;
    type StringBuffer = ();

    // A lookup is a walk itself.
    const KEYS_PER_LOOKUP: usize = 2;

    fn prepare_key(key: &str) -> Name {
        Name::new(key)
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(Node<'_>) -> T) -> T {
        // A name is part of what was read, so that its length is bounded.
        let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
        let entries = [Entry { kind: Kind::Text, ascii: string.is_ascii(), start: 0, length, next: 1 }];
        Document { entries: &entries, text: string, unescaped: "" }.with_root(f)
    }
}

impl<'a> json::Node<'a, Taped> for Node<'a> {
    type Object = Object<'a>;
    type Array = Array<'a>;
    type Number = Number;

    fn as_object(&self) -> Option<Object<'a>> {
        let entry = self.entry();
        let object = Object { document: self.document, first: self.at + 1, length: entry.length };
        (entry.kind == Kind::Object).then_some(object)
    }

    fn as_array(&self) -> Option<Array<'a>> {
        let entry = self.entry();
        let array = Array { document: self.document, first: self.at + 1, length: entry.length };
        (entry.kind == Kind::Array).then_some(array)
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.text().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<Number> {
        let entry = self.entry();
        match entry.kind {
            Kind::Integer => Some(number::integer(self.document.text_of(entry))),
            Kind::Float => Some(number::float(self.document.text_of(entry))),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.entry().kind {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        self.entry().kind == Kind::Null
    }

    fn is_number(&self) -> bool {
        matches!(self.entry().kind, Kind::Integer | Kind::Float)
    }

    fn is_string(&self) -> bool {
        matches!(self.entry().kind, Kind::Text | Kind::Unescaped)
    }

    fn json_type(&self) -> JsonType {
        match self.entry().kind {
            Kind::Null => JsonType::Null,
            Kind::False | Kind::True => JsonType::Boolean,
            Kind::Integer | Kind::Float => JsonType::Number,
            Kind::Text | Kind::Unescaped => JsonType::String,
            Kind::Array => JsonType::Array,
            Kind::Object => JsonType::Object,
        }
    }

    fn string_length(&self) -> Option<u64> {
        let text = self.text()?;
        Some(if self.entry().ascii { text.len() } else { text.chars().count() } as u64)
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match expected {
            Value::Null => self.is_null(),
            Value::Bool(expected) => self.as_boolean() == Some(*expected),
            Value::Number(expected) => self.as_number().is_some_and(|number| cmp::equal_numbers(&number, expected)),
            Value::String(expected) => self.text() == Some(expected),
            Value::Array(items) => self.as_array().is_some_and(|array| {
                array.len() == items.len() && array.elements().zip(items).all(|(node, item)| node.equals_value(item))
            }),
            Value::Object(members) => self.as_object().is_some_and(|object| {
                let is_equal = |(name, node): (&str, Node<'_>)| members.get(name).is_some_and(|member| node.equals_value(member));
                object.len() == members.len() && object.members().all(is_equal)
            }),
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        let owned = |node: Self| node.to_value().into_owned();
        Cow::Owned(match self.entry().kind {
            Kind::Null => Value::Null,
            Kind::False => Value::Bool(false),
            Kind::True => Value::Bool(true),
            Kind::Integer | Kind::Float => self.as_number().map_or(Value::Null, Value::Number),
            Kind::Text | Kind::Unescaped => self.text().map_or(Value::Null, Value::from),
            Kind::Array => self.as_array().into_iter().flat_map(|array| array.elements()).map(owned).collect(),
            Kind::Object => {
                let members = self.as_object().into_iter().flat_map(|object| object.members());
                Value::Object(members.map(|(name, node)| (name.to_owned(), owned(node))).collect())
            }
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::tagged(std::ptr::from_ref(self.document) as usize, self.at))
    }
}
