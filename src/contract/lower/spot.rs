//! A node together with the place it is known by, so that walking down a document never starts again at its root.
//!
//! Moves and reads only; follows references through the files, and judges nothing.

use crate::base::pointer::Pointer;
use crate::base::source::{Place, Span};
use crate::base::tree::{Data, Node};
use crate::contract::files::{Files, Loc};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;

/// The files, with what was followed in them before: the same few references stand in every operation.
pub(in crate::contract) struct Walk<'a> {
    pub(in crate::contract) files: &'a Files,
    /// Outside of schemas a reference means the same everywhere in a file.
    followed: RefCell<HashMap<(usize, &'a str), Option<Spot<'a>>>>,
}

impl<'a> Walk<'a> {
    pub(in crate::contract) fn new(files: &'a Files) -> Self {
        Self { files, followed: RefCell::default() }
    }

    /// The root of the first document.
    pub(in crate::contract) fn root(&self) -> Option<Spot<'a>> {
        self.at(Loc::new(0, Pointer::root()))
    }

    fn at(&self, loc: Loc) -> Option<Spot<'a>> {
        let node = self.files.node(&loc)?;
        let key = loc.pointer.parent().zip(loc.pointer.tokens().last());
        let key = key.and_then(|(up, last)| Some(self.files.node(&Loc::new(loc.file, up))?.entry(&last)?.0.span));
        Some(Spot { node, loc, key })
    }

    /// What stands behind every `$ref`; `None` where one names nothing or leads in a circle.
    pub(in crate::contract) fn follow(&self, spot: Spot<'a>) -> Option<Spot<'a>> {
        let Some(reference) = spot.node.get("$ref") else { return Some(spot) };
        let key = (spot.loc.file, reference.as_str()?);
        if let Some(known) = self.followed.borrow().get(&key) {
            return known.clone();
        }
        let found = self.files.follow(&spot.loc).and_then(|loc| self.at(loc));
        self.followed.borrow_mut().insert(key, found.clone());
        found
    }

    /// Every member of the member `key`, behind references.
    pub(in crate::contract) fn each(&self, spot: &Spot<'a>, key: &str) -> Vec<(&'a str, Spot<'a>)> {
        let Some(member) = spot.get(key) else { return Vec::new() };
        member.members().filter_map(|(name, spot)| Some((name, self.follow(spot)?))).collect()
    }

    /// Where something is written: its key, where it has one.
    pub(in crate::contract) fn place(&self, spot: &Spot<'a>) -> Place {
        self.files.list[spot.loc.file].document.place(spot.key.unwrap_or(spot.node.span))
    }
}

/// One node of a document and where it stands.
#[derive(Clone)]
pub(in crate::contract) struct Spot<'a> {
    pub(in crate::contract) node: &'a Node,
    pub(in crate::contract) loc: Loc,
    /// The key under which it stands.
    key: Option<Span>,
}

impl<'a> Spot<'a> {
    /// A member.
    pub(in crate::contract) fn get(&self, key: &str) -> Option<Self> {
        let (key, node) = self.node.entry(key)?;
        Some(Self { node, loc: self.loc.push(&key.text), key: Some(key.span) })
    }

    /// Every member but the `x-` ones, with its name.
    pub(in crate::contract) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let own = self.loc.clone();
        let members = self.node.members().unwrap_or_default().iter();
        members
            .filter(|(key, _)| !key.text.starts_with("x-"))
            .map(move |(key, node)| (key.text.as_str(), Self { node, loc: own.push(&key.text), key: Some(key.span) }))
    }

    /// Every item of the member `key`.
    pub(in crate::contract) fn items(&self, key: &str) -> Vec<Self> {
        let Some(list) = self.get(key) else { return Vec::new() };
        let items = list.node.items().unwrap_or_default().iter().enumerate();
        items.map(|(i, node)| Self { node, loc: list.loc.push(i), key: None }).collect()
    }

    /// The text of a member.
    pub(in crate::contract) fn text(&self, key: &str) -> Option<&'a str> {
        self.node.get(key).and_then(Node::as_str)
    }

    /// Whether a member is `true`, or `None` when it is not a boolean.
    pub(in crate::contract) fn flag(&self, key: &str) -> Option<bool> {
        match self.node.get(key)?.data {
            Data::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The value of a member.
    pub(in crate::contract) fn value(&self, key: &str) -> Option<Value> {
        self.node.get(key).map(Node::to_value)
    }

    /// The texts of a member that is a list of them.
    pub(in crate::contract) fn texts(&self, key: &str) -> Vec<String> {
        let items = self.node.get(key).and_then(Node::items).unwrap_or_default();
        items.iter().filter_map(Node::as_str).map(str::to_owned).collect()
    }

    /// The `x-` members, as written.
    pub(in crate::contract) fn extensions(&self) -> Vec<(String, Value)> {
        let members = self.node.members().unwrap_or_default().iter();
        members.filter(|(key, _)| key.text.starts_with("x-")).map(|(key, node)| (key.text.clone(), node.to_value())).collect()
    }
}
