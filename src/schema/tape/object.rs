//! Objects and arrays of a tape.
//!
//! Walks along entries; members are found by a walk too, because answers have few. Copies nothing.

use super::node::{Node, Taped};
use super::{Document, tag};
use jsonschema::json::{self, unique};
use serde_json::Value;
use std::borrow::Cow;

/// The name of a property of a schema, ready to be compared.
pub(in crate::schema) struct Name {
    tag: u32,
    text: Box<str>,
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        Self { tag: tag(text.as_bytes()), text: text.into() }
    }
}

#[derive(Clone, Copy)]
pub(in crate::schema) struct Object<'a> {
    pub(super) document: &'a Document<'a>,
    /// The entry behind that of the object.
    pub(super) first: u32,
    pub(super) length: u32,
}

impl<'a> json::Object<'a, Taped> for Object<'a> {
    type Node = Node<'a>;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        self.length as usize
    }

    fn get(&self, key: &Name) -> Option<Node<'a>> {
        let mut at = self.first;
        for _ in 0..self.length {
            let name = self.document.entries[at as usize];
            if name.next == key.tag && self.document.text_of(name) == &*key.text {
                return Some(Node::new(self.document, at + 1));
            }
            at = self.document.entries[at as usize + 1].next;
        }
        None
    }

    fn members(&self) -> Members<'a> {
        Members { document: self.document, at: self.first, left: self.length }
    }
}

pub(in crate::schema) struct Members<'a> {
    document: &'a Document<'a>,
    at: u32,
    left: u32,
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Node<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = self.document.entries[self.at as usize];
        let node = Node::new(self.document, self.at + 1);
        self.at = node.entry().next;
        Some((self.document.text_of(name), node))
    }
}

#[derive(Clone, Copy)]
pub(in crate::schema) struct Array<'a> {
    pub(super) document: &'a Document<'a>,
    /// The entry behind that of the array.
    pub(super) first: u32,
    pub(super) length: u32,
}

/// Up to here texts are compared with one another one by one.
const FEW: u32 = 16;

impl<'a> json::Array<'a, Taped> for Array<'a> {
    type Node = Node<'a>;
    type ElementsIter = Elements<'a>;

    fn len(&self) -> usize {
        self.length as usize
    }

    fn elements(&self) -> Elements<'a> {
        Elements { document: self.document, at: self.first, left: self.length }
    }

    fn is_unique(&self) -> bool {
        let texts = || self.elements().map_while(|node| node.text());
        if self.length <= FEW && texts().count() == self.length as usize {
            return texts().enumerate().all(|(i, text)| texts().take(i).all(|other| other != text));
        }
        let values: Vec<Cow<'a, Value>> = self.elements().map(|node| json::Node::to_value(&node)).collect();
        unique::is_unique(&values)
    }
}

pub(in crate::schema) struct Elements<'a> {
    document: &'a Document<'a>,
    at: u32,
    left: u32,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Node<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let node = Node::new(self.document, self.at);
        self.at = node.entry().next;
        Some(node)
    }
}
