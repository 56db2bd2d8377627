//! A node together with the place it is known by, so that walking down a document never starts again at its root.
//!
//! Moves and reads only; follows references through the files, and judges nothing.

use crate::base::tree::{Data, Node};
use crate::contract::files::{Files, Loc};
use serde_json::Value;

/// One node of a document and where it stands.
#[derive(Clone)]
pub(in crate::contract) struct Spot<'a> {
    pub(in crate::contract) node: &'a Node,
    pub(in crate::contract) loc: Loc,
}

impl<'a> Spot<'a> {
    /// The spot at `loc`, if there is anything.
    pub(in crate::contract) fn at(files: &'a Files, loc: Loc) -> Option<Self> {
        files.node(&loc).map(|node| Self { node, loc })
    }

    /// The same, behind every `$ref`; `None` where one names nothing or leads in a circle.
    pub(in crate::contract) fn follow(self, files: &'a Files) -> Option<Self> {
        if self.node.get("$ref").is_some() { Self::at(files, files.follow(&self.loc)?) } else { Some(self) }
    }

    /// A member.
    pub(in crate::contract) fn get(&self, key: &str) -> Option<Self> {
        self.node.get(key).map(|node| Self { node, loc: self.loc.push(key) })
    }

    /// Every member but the `x-` ones, with its name.
    pub(in crate::contract) fn members(&self) -> impl Iterator<Item = (&'a str, Self)> {
        let own = self.loc.clone();
        let members = self.node.members().unwrap_or_default().iter();
        members
            .filter(|(key, _)| !key.text.starts_with("x-"))
            .map(move |(key, node)| (key.text.as_str(), Self { node, loc: own.push(&key.text) }))
    }

    /// Every member of the member `key`, behind references.
    pub(in crate::contract) fn each(&self, key: &str, files: &'a Files) -> Vec<(&'a str, Self)> {
        let members = self.get(key).map(|m| m.members().collect::<Vec<_>>()).unwrap_or_default();
        members.into_iter().filter_map(|(name, spot)| Some((name, spot.follow(files)?))).collect()
    }

    /// Every item of the member `key`.
    pub(in crate::contract) fn items(&self, key: &str) -> Vec<Self> {
        let Some(list) = self.get(key) else { return Vec::new() };
        let items = list.node.items().unwrap_or_default().iter().enumerate();
        items.map(|(i, node)| Self { node, loc: list.loc.push(i) }).collect()
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
