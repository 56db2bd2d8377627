//! Where in an instance of one schema the instances of another occur, and what a member's schema lists.
//!
//! Walks schemas as they are written, through references. Validates nothing.

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::{Files, Loc};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// One step down into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The member of that name, or the item of that number.
    Key(String),
    /// Every item, or every member.
    Each,
}

/// A path with wildcards, such as `/results/*`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathPattern(pub Vec<Step>);

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Key(key) => write!(f, "/{key}")?,
                Step::Each => f.write_str("/*")?,
            }
        }
        Ok(())
    }
}

impl PathPattern {
    /// Every value that the pattern reaches, with its place.
    #[must_use]
    pub fn select<'v>(&self, value: &'v Value) -> Vec<(Pointer, &'v Value)> {
        let mut reached = vec![(Pointer::root(), value)];
        for step in &self.0 {
            reached = reached.into_iter().flat_map(|(at, value)| below(&at, value, step)).collect();
        }
        reached
    }
}

fn below<'v>(at: &Pointer, value: &'v Value, step: &Step) -> Vec<(Pointer, &'v Value)> {
    match (step, value) {
        (Step::Key(key), Value::Object(members)) => members.get(key).map(|v| (at.push(key), v)).into_iter().collect(),
        (Step::Key(key), Value::Array(items)) => {
            key.parse::<usize>().ok().and_then(|i| items.get(i)).map(|v| (at.push(key), v)).into_iter().collect()
        }
        (Step::Each, Value::Object(members)) => members.iter().map(|(k, v)| (at.push(k), v)).collect(),
        (Step::Each, Value::Array(items)) => items.iter().enumerate().map(|(i, v)| (at.push(i), v)).collect(),
        _ => Vec::new(),
    }
}

pub(in crate::contract) fn occurrences(files: &Files, schema: &Loc, target: &Loc) -> Vec<PathPattern> {
    let mut walk = Walk { files, target, found: BTreeSet::new(), branch: Vec::new(), path: Vec::new() };
    walk.schema(schema);
    walk.found.into_iter().collect()
}

struct Walk<'a> {
    files: &'a Files,
    target: &'a Loc,
    found: BTreeSet<PathPattern>,
    /// The targets of references that led here.
    branch: Vec<Loc>,
    path: Vec<Step>,
}

impl Walk<'_> {
    fn schema(&mut self, loc: &Loc) {
        if loc == self.target {
            self.found.insert(PathPattern(self.path.clone()));
        }
        let Some(node) = self.files.node(loc) else { return };
        if let Some(reference) = node.get("$ref").and_then(Node::as_str)
            && let Ok(to) = self.files.resolve(loc, reference)
            && !self.branch.contains(&to)
        {
            self.branch.push(to.clone());
            self.schema(&to);
            self.branch.pop();
        }
        for (key, member) in node.members().unwrap_or_default() {
            let at = loc.push(&key.text);
            match key.text.as_str() {
                "allOf" | "oneOf" | "anyOf" => {
                    (0..member.items().map_or(0, <[Node]>::len)).for_each(|i| self.schema(&at.push(i)));
                }
                "then" | "else" => self.schema(&at),
                "dependentSchemas" => self.each(&at, member, |_| None),
                "properties" => self.each(&at, member, |name| Some(Step::Key(name.to_owned()))),
                "patternProperties" => self.each(&at, member, |_| Some(Step::Each)),
                "prefixItems" => {
                    for i in 0..member.items().map_or(0, <[Node]>::len) {
                        self.down(Step::Key(i.to_string()), &at.push(i));
                    }
                }
                "items" | "contains" | "additionalProperties" | "unevaluatedProperties" | "unevaluatedItems" => {
                    self.down(Step::Each, &at);
                }
                _ => {}
            }
        }
    }

    fn each(&mut self, at: &Loc, member: &Node, step: impl Fn(&str) -> Option<Step>) {
        for (name, _) in member.members().unwrap_or_default() {
            match step(&name.text) {
                Some(step) => self.down(step, &at.push(&name.text)),
                None => self.schema(&at.push(&name.text)),
            }
        }
    }

    fn down(&mut self, step: Step, to: &Loc) {
        self.path.push(step);
        self.schema(to);
        self.path.pop();
    }
}

pub(in crate::contract) fn enum_at(files: &Files, schema: &Loc, member: &str) -> Option<Vec<String>> {
    let mut lists = Vec::new();
    member_lists(files, schema, member, 0, &mut lists);
    lists.into_iter().min_by_key(Vec::len)
}

/// Deeper than this, references are taken to be a circle.
const DEEPEST: usize = 32;

fn member_lists(files: &Files, schema: &Loc, member: &str, depth: usize, lists: &mut Vec<Vec<String>>) {
    let Some(node) = files.node(schema).filter(|_| depth < DEEPEST) else { return };
    if node.get("properties").is_some_and(|p| p.get(member).is_some()) {
        own_lists(files, &schema.push("properties").push(member), depth + 1, lists);
    }
    for next in alike(files, schema, node) {
        member_lists(files, &next, member, depth + 1, lists);
    }
}

fn own_lists(files: &Files, schema: &Loc, depth: usize, lists: &mut Vec<Vec<String>>) {
    let Some(node) = files.node(schema).filter(|_| depth < DEEPEST) else { return };
    let text = |n: &Node| n.as_str().map(str::to_owned);
    if let Some(items) = node.get("enum").and_then(Node::items) {
        lists.push(items.iter().filter_map(text).collect());
    }
    if let Some(only) = node.get("const").and_then(text) {
        lists.push(vec![only]);
    }
    for next in alike(files, schema, node) {
        own_lists(files, &next, depth + 1, lists);
    }
}

/// The schemas that an instance of this one must satisfy as well.
fn alike(files: &Files, schema: &Loc, node: &Node) -> Vec<Loc> {
    let mut next: Vec<Loc> = Vec::new();
    if let Some(reference) = node.get("$ref").and_then(Node::as_str) {
        next.extend(files.resolve(schema, reference));
    }
    let all = node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len);
    next.extend((0..all).map(|i| schema.push("allOf").push(i)));
    next
}
