//! Properties that one direction does not carry: `readOnly` in requests, `writeOnly` in responses.
//!
//! Forbids them where they are declared and requires them of nobody. Knows no other keyword.

use crate::base::tree::{Data, Node};
use crate::contract::files::Loc;
use crate::contract::lower::schema::Schemas;
use crate::contract::lower::schema::keywords::Lowering;
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashSet};

impl Lowering<'_> {
    /// A hidden property stays a property, so that it counts as known to `additionalProperties` and its kin.
    pub(super) fn hide(&self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>) {
        if ["properties", "required", "allOf"].iter().all(|key| node.get(key).is_none()) {
            return;
        }
        let mut names = BTreeSet::new();
        self.schemas.hidden_names(loc, &mut HashSet::new(), &mut names);
        if names.is_empty() {
            return;
        }
        if let Some(Value::Object(properties)) = lowered.get_mut("properties") {
            for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
                if names.contains(&key.text)
                    && self.schemas.is_hidden(&loc.push("properties").push(&key.text), &mut HashSet::new())
                {
                    properties.insert(key.text.clone(), json!({"not": {"$comment": self.schemas.hidden}}));
                }
            }
        }
        prune(lowered, &names);
    }
}

impl Schemas {
    fn hidden_names(&self, loc: &Loc, seen: &mut HashSet<Loc>, names: &mut BTreeSet<String>) {
        let Some(node) = self.node(loc).filter(|_| seen.insert(loc.clone())) else { return };
        if let Some(members) = node.get("properties").and_then(Node::members) {
            let properties = loc.push("properties");
            for (key, child) in members {
                if self.may_be_hidden(child) && self.is_hidden(&properties.push(&key.text), &mut HashSet::new()) {
                    names.insert(key.text.clone());
                }
            }
        }
        if let Some(text) = node.get("$ref").and_then(Node::as_str)
            && let Ok(target) = self.files.resolve(loc, text)
        {
            self.hidden_names(&target, seen, names);
        }
        for i in 0..node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len) {
            self.hidden_names(&loc.push("allOf").push(i), seen, names);
        }
    }

    /// The quick look, before anything is followed.
    fn may_be_hidden(&self, node: &Node) -> bool {
        let keys =
            |(key, _): &(crate::base::tree::Key, Node)| matches!(key.text.as_str(), "$ref" | "allOf") || key.text == self.hidden;
        node.members().is_some_and(|members| members.iter().any(keys))
    }

    fn is_hidden(&self, loc: &Loc, seen: &mut HashSet<Loc>) -> bool {
        let Some(node) = self.node(loc).filter(|_| seen.insert(loc.clone())) else { return false };
        let reference = node.get("$ref").and_then(Node::as_str);
        let own = reference.is_none() || self.dialect(loc).reference_has_siblings();
        if own && matches!(node.get(self.hidden).map(|n| &n.data), Some(Data::Bool(true))) {
            return true;
        }
        if let Some(text) = reference
            && self.files.resolve(loc, text).is_ok_and(|target| self.is_hidden(&target, seen))
        {
            return true;
        }
        let all = node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len);
        (0..all).any(|i| self.is_hidden(&loc.push("allOf").push(i), seen))
    }
}

/// Takes names out of `required`, also in the schemas of `allOf` that are written in place.
fn prune(lowered: &mut Map<String, Value>, names: &BTreeSet<String>) {
    if let Some(Value::Array(required)) = lowered.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|n| names.contains(n)));
        // Draft 4 wants at least one name.
        if required.is_empty() {
            lowered.remove("required");
        }
    }
    for member in lowered.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(member) = member {
            prune(member, names);
        }
    }
}
