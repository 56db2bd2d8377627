//! Where in an instance of one schema the instances of another occur, and what a member's schema lists.
//!
//! Walks schemas as they are written, through references. Validates nothing.

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::{Files, Loc};
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
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
    let mut walk = Walk { files, target, found: BTreeSet::new(), branch: Vec::new(), path: Vec::new(), left: MOST_STEPS };
    walk.schema(schema);
    walk.found.into_iter().collect()
}

/// Schemas that all refer to one another have more paths than anyone can look at: the walk ends here.
const MOST_STEPS: usize = 20_000;

/// References on one branch, at most.
const DEEPEST: usize = 64;

struct Walk<'a> {
    files: &'a Files,
    target: &'a Loc,
    found: BTreeSet<PathPattern>,
    /// The targets of references that led here.
    branch: Vec<Loc>,
    path: Vec<Step>,
    left: usize,
}

impl Walk<'_> {
    fn schema(&mut self, loc: &Loc) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        if loc == self.target {
            self.found.insert(PathPattern(self.path.clone()));
        }
        let Some(node) = self.files.node(loc) else { return };
        if let Some(reference) = node.get("$ref").and_then(Node::as_str)
            && let Ok(to) = self.files.resolve(loc, reference)
            && self.branch.len() < DEEPEST
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
    member_lists(files, schema, member, &mut HashSet::new(), &mut lists);
    lists.into_iter().min_by_key(Vec::len)
}

fn member_lists(files: &Files, schema: &Loc, member: &str, seen: &mut HashSet<Loc>, lists: &mut Vec<Vec<String>>) {
    let Some(node) = files.node(schema).filter(|_| seen.insert(schema.clone())) else { return };
    if node.get("properties").is_some_and(|p| p.get(member).is_some()) {
        own_lists(files, &schema.push("properties").push(member), &mut HashSet::new(), lists);
    }
    for next in alike(files, schema, node) {
        member_lists(files, &next, member, seen, lists);
    }
}

fn own_lists(files: &Files, schema: &Loc, seen: &mut HashSet<Loc>, lists: &mut Vec<Vec<String>>) {
    let Some(node) = files.node(schema).filter(|_| seen.insert(schema.clone())) else { return };
    let text = |n: &Node| n.as_str().map(str::to_owned);
    if let Some(items) = node.get("enum").and_then(Node::items) {
        lists.push(items.iter().filter_map(text).collect());
    }
    if let Some(only) = node.get("const").and_then(text) {
        lists.push(vec![only]);
    }
    for next in alike(files, schema, node) {
        own_lists(files, &next, seen, lists);
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

#[cfg(test)]
mod tests {
    use super::PathPattern;
    use crate::contract::Contract;
    use crate::contract::load::tests::contract;
    use serde_json::json;

    const SPEC: &str = r##"
openapi: 3.1.0
info: {title: t, version: '1'}
components:
  schemas:
    Leaf: {type: object, properties: {state: {enum: [A, B, C]}}}
    Narrow:
      allOf: [{$ref: '#/components/schemas/Leaf'}]
      properties: {state: {enum: [A, B]}}
    Tree:
      type: object
      properties:
        leaf: {$ref: '#/components/schemas/Leaf'}
        narrow: {$ref: '#/components/schemas/Narrow'}
        children: {type: array, items: {$ref: '#/components/schemas/Tree'}}
        by_name: {additionalProperties: {oneOf: [{type: string}, {$ref: '#/components/schemas/Leaf'}]}}
        pair: {prefixItems: [{type: string}, {$ref: '#/components/schemas/Leaf'}]}
      if: {properties: {leaf: false}}
      then: {properties: {other: {$ref: '#/components/schemas/Leaf'}}}
"##;

    fn occurrences(contract: &Contract, schema: &str, component: &str) -> Vec<String> {
        let schema = contract.component_schema(schema).expect("a component");
        contract.occurrences(&schema, component).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn references_and_applicators_are_walked_and_circles_are_cut() {
        let contract = contract(SPEC);
        let found = occurrences(&contract, "Tree", "Leaf");
        for path in ["/leaf", "/narrow", "/by_name/*", "/pair/1", "/other", "/children/*/leaf"] {
            assert!(found.contains(&path.to_owned()), "{path} in {found:?}");
        }
        assert!(!found.iter().any(|p| p.starts_with("/children/*/children/*")), "{found:?}");
        assert_eq!(occurrences(&contract, "Leaf", "Leaf"), [""]);
        assert_eq!(occurrences(&contract, "Leaf", "Tree"), Vec::<String>::new());
        assert_eq!(occurrences(&contract, "Leaf", "Nothing"), Vec::<String>::new());
    }

    #[test]
    fn the_empty_pattern_selects_the_value_itself() {
        let value = json!({"a": 1});
        assert_eq!(PathPattern::default().select(&value), [(crate::base::pointer::Pointer::root(), &value)]);
    }

    #[test]
    fn the_narrowest_enum_of_a_member_is_found() {
        let contract = contract(SPEC);
        let at = |schema: &str, member: &str| contract.enum_at(&contract.component_schema(schema)?, member);
        assert_eq!(at("Narrow", "state"), Some(vec!["A".to_owned(), "B".to_owned()]));
        assert_eq!(at("Leaf", "state").map(|l| l.len()), Some(3));
        assert_eq!(at("Leaf", "other"), None);
    }
}
