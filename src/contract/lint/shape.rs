//! What a schema says of its values, gathered from every schema that speaks of the same value.
//!
//! Follows references and lists of schemas. Validates nothing and reports nothing.

use super::survey::{At, Survey};
use crate::base::tree::{Data, Node};
use crate::contract::files::Loc;
use std::collections::HashSet;

/// Schemas looked at for one question, at most.
const MOST: usize = 500;

/// How far the parts of a schema are gathered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Only what every value conforms to: `$ref` and `allOf`.
    All,
    /// Also what some values conform to: `oneOf`, `anyOf`, `then` and the like.
    Some,
}

impl<'a> Survey<'a> {
    /// The schema and those that speak of the same value.
    pub(super) fn parts(&self, schema: &At<'a>, reach: Reach) -> Vec<At<'a>> {
        let mut seen: HashSet<Loc> = HashSet::new();
        let mut found = Vec::new();
        let mut queue = vec![schema.clone()];
        while let Some(at) = queue.pop() {
            if found.len() >= MOST || !seen.insert(at.loc.clone()) {
                continue;
            }
            queue.extend(self.target(&at));
            if self.is_30 && at.has("$ref") {
                continue;
            }
            queue.extend(at.child("allOf").iter().flat_map(At::items));
            if reach == Reach::Some {
                for key in ["oneOf", "anyOf"] {
                    queue.extend(at.child(key).iter().flat_map(At::items));
                }
                queue.extend(["if", "then", "else"].iter().filter_map(|key| at.child(key)));
                queue.extend(at.child("dependentSchemas").iter().flat_map(At::named).map(|(_, s)| s));
            }
            found.push(at);
        }
        found
    }

    /// The members that a path leads to, `None` where the schema leaves open what is there.
    pub(super) fn find(&self, schema: &At<'a>, path: &[String]) -> Option<Result<Vec<At<'a>>, Missing>> {
        let mut current = vec![schema.clone()];
        for name in path {
            match self.step(&current, name)? {
                Ok(next) => current = next,
                Err(missing) => return Some(Err(missing)),
            }
        }
        Some(Ok(current))
    }

    fn step(&self, current: &[At<'a>], name: &str) -> Option<Result<Vec<At<'a>>, Missing>> {
        let parts: Vec<At<'a>> = current.iter().flat_map(|at| self.parts(at, Reach::Some)).collect();
        let mut found: Vec<At<'a>> = Vec::new();
        let mut known: Vec<String> = Vec::new();
        let mut open = false;
        for part in &parts {
            for (key, property) in part.child("properties").iter().flat_map(At::named) {
                known.push(key.to_owned());
                if key == name {
                    found.push(property);
                }
            }
            if name.parse::<usize>().is_ok() {
                found.extend(part.child("prefixItems").and_then(|p| p.child(name)));
                found.extend(part.child("items"));
            }
            open |= is_open(part);
        }
        match (found.is_empty(), open || known.is_empty()) {
            (false, _) => Some(Ok(found)),
            (true, true) => None,
            (true, false) => Some(Err(Missing { name: name.to_owned(), known })),
        }
    }
}

/// A member that a schema does not describe, and those that it does.
pub(super) struct Missing {
    pub(super) name: String,
    pub(super) known: Vec<String>,
}

/// Says itself that there may be more members than it names.
pub(super) fn is_open(at: &At<'_>) -> bool {
    let more = |key| at.node.get(key).is_some_and(|n| n.data != Data::Bool(false));
    more("additionalProperties") || more("unevaluatedProperties") || at.has("patternProperties") || at.has("$dynamicRef")
}

/// The names under `type`; none when the schema does not say.
pub(super) fn types(node: &Node) -> Vec<&str> {
    match node.get("type").map(|n| &n.data) {
        Some(Data::String(one)) => vec![one.as_str()],
        Some(Data::Array(items)) => items.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether a value is of a type, as JSON Schema counts types.
pub(super) fn is_of(value: &Node, kind: &str) -> bool {
    match (&value.data, kind) {
        (Data::Number(n), "integer") => n.is_i64() || n.is_u64() || n.as_f64().is_some_and(|f| f.fract() == 0.0),
        (_, kind) => value.kind() == kind,
    }
}
