//! A schema seen from afar: which types its instances have, and the schemas of their items and members.
//!
//! Looks through references and combinations, one level at a time and only where asked. Validates nothing.

use crate::base::tree::Node;
use crate::contract::files::{Files, Loc};
use std::collections::HashSet;

/// Schemas gathered for one view, at most: what lies behind more of them decides nothing about text.
const MOST: usize = 256;

/// All schemas that an instance at one place may have to satisfy.
#[derive(Clone, Debug)]
pub(in crate::contract) struct View<'f> {
    files: &'f Files,
    locs: Vec<Loc>,
}

impl<'f> View<'f> {
    /// What is seen of a schema; of `None` nothing is known.
    pub(in crate::contract) fn of(files: &'f Files, schema: Option<&Loc>) -> Self {
        let mut view = Self { files, locs: Vec::new() };
        view.gather(schema.into_iter().cloned().collect());
        view
    }

    /// Nothing is known.
    pub(in crate::contract) fn unknown(files: &'f Files) -> Self {
        Self { files, locs: Vec::new() }
    }

    /// Follows references and the branches of `allOf`, `oneOf` and `anyOf`, nearest first.
    fn gather(&mut self, from: Vec<Loc>) {
        let mut seen: HashSet<Loc> = HashSet::new();
        let mut waiting = std::collections::VecDeque::from(from);
        while let Some(loc) = waiting.pop_front() {
            if self.locs.len() >= MOST || !seen.insert(loc.clone()) {
                continue;
            }
            let Some(node) = self.files.node(&loc) else { continue };
            if let Some(reference) = node.get("$ref").and_then(Node::as_str) {
                waiting.extend(self.files.resolve(&loc, reference));
            }
            for key in ["allOf", "oneOf", "anyOf"] {
                let branches = node.get(key).and_then(Node::items).map_or(0, <[Node]>::len);
                waiting.extend((0..branches).map(|i| loc.push(key).push(i)));
            }
            self.locs.push(loc);
        }
    }

    fn nodes(&self) -> impl Iterator<Item = (&Loc, &'f Node)> {
        self.locs.iter().filter_map(|loc| Some((loc, self.files.node(loc)?)))
    }

    fn below(&self, find: impl Fn(&Loc, &Node) -> Option<Loc>) -> Self {
        let mut view = Self::unknown(self.files);
        view.gather(self.nodes().filter_map(|(loc, node)| find(loc, node)).collect());
        view
    }

    /// The types named, or those that the other keywords speak of where none is named; in order, text last since everything
    /// fits it. Empty where nothing is known.
    pub(in crate::contract) fn types(&self) -> Vec<&'static str> {
        let mut types: Vec<&'static str> = Vec::new();
        for (_, node) in self.nodes() {
            let named = node.get("type");
            let several = named.and_then(Node::items).unwrap_or_default().iter().filter_map(Node::as_str);
            named.and_then(Node::as_str).into_iter().chain(several).for_each(|name| add(&mut types, name));
            if node.get("nullable").is_some_and(|n| n.to_value() == true) {
                add(&mut types, "null");
            }
        }
        if types.iter().all(|t| *t == "null") {
            for (_, node) in self.nodes() {
                let listed = node.get("enum").and_then(Node::items).unwrap_or_default();
                listed.iter().chain(node.get("const")).for_each(|value| add(&mut types, value.kind()));
                for (keyword, kind) in IMPLIED {
                    if node.get(keyword).is_some() {
                        add(&mut types, kind);
                    }
                }
            }
        }
        types.sort_by_key(|t| match *t {
            "string" => 2,
            "null" => 1,
            _ => 0,
        });
        types
    }

    /// True when instances may be of that type.
    pub(in crate::contract) fn may_be(&self, kind: &str) -> bool {
        self.types().contains(&kind)
    }

    /// True when instances are of that type, null aside.
    pub(in crate::contract) fn is_only(&self, kind: &str) -> bool {
        let types = self.types();
        types.contains(&kind) && types.iter().all(|t| *t == kind || *t == "null")
    }

    /// The schema of the item at an index.
    pub(in crate::contract) fn item(&self, index: usize) -> Self {
        self.below(|loc, node| {
            let listed = node.get("prefixItems").and_then(Node::items).map_or(0, <[Node]>::len);
            if index < listed {
                return Some(loc.push("prefixItems").push(index));
            }
            node.get("items").map(|_| loc.push("items"))
        })
    }

    /// The schema of a member: its own, else of those whose name matches no property.
    pub(in crate::contract) fn property(&self, name: &str) -> Self {
        let own = self.below(|loc, node| node.get("properties")?.get(name).map(|_| loc.push("properties").push(name)));
        if !own.locs.is_empty() {
            return own;
        }
        self.below(|loc, node| node.get("additionalProperties").map(|_| loc.push("additionalProperties")))
    }

    /// The names of the properties, in order.
    pub(in crate::contract) fn property_names(&self) -> Vec<&'f str> {
        let mut names = Vec::new();
        let mut seen = HashSet::new();
        for (_, node) in self.nodes() {
            for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
                if seen.insert(key.text.as_str()) {
                    names.push(key.text.as_str());
                }
            }
        }
        names
    }

    /// True when members other than the properties are spoken of.
    pub(in crate::contract) fn is_open(&self) -> bool {
        self.nodes().any(|(_, node)| node.get("additionalProperties").is_some_and(|n| n.to_value() != false))
    }

    /// The text of a keyword, nearest first.
    pub(in crate::contract) fn keyword(&self, name: &str) -> Option<&'f str> {
        self.nodes().find_map(|(_, node)| node.get(name).and_then(Node::as_str))
    }

    /// True when instances are bytes that no encoding made text of.
    pub(in crate::contract) fn is_binary(&self) -> bool {
        let binary = self.keyword("format") == Some("binary");
        let typed = self.keyword("contentMediaType").is_some_and(|m| !m.starts_with("text/"));
        self.keyword("contentEncoding").is_none() && (binary || typed)
    }
}

fn add(types: &mut Vec<&'static str>, name: &str) {
    let known = ["null", "boolean", "integer", "number", "array", "object", "string"].into_iter().find(|k| *k == name);
    types.extend(known.filter(|k| !types.contains(k)));
}

/// What a keyword says of the type where no type is named.
const IMPLIED: [(&str, &str); 12] = [
    ("properties", "object"),
    ("additionalProperties", "object"),
    ("required", "object"),
    ("items", "array"),
    ("prefixItems", "array"),
    ("minItems", "array"),
    ("maxItems", "array"),
    ("minimum", "number"),
    ("maximum", "number"),
    ("pattern", "string"),
    ("minLength", "string"),
    ("maxLength", "string"),
];

#[cfg(test)]
mod tests {
    use super::View;
    use crate::contract::load::tests::contract;

    #[test]
    fn types_items_and_members_are_seen_through_references_and_branches() {
        let contract = contract(
            "openapi: 3.1.0
info: {title: t, version: '1'}
components:
  schemas:
    Count: {type: integer}
    Counts: {allOf: [{type: array}, {items: {$ref: '#/components/schemas/Count'}}]}
    Maybe: {anyOf: [{type: string}, {$ref: '#/components/schemas/Count'}, {type: 'null'}]}
    Implied: {properties: {a: {enum: [1, x]}, f: {contentMediaType: image/png}}, additionalProperties: {type: boolean}}
    Circle: {type: object, properties: {next: {$ref: '#/components/schemas/Circle'}}}
    Pair: {prefixItems: [{type: string}], items: {type: boolean}}
",
        );
        let view = |name: &str| View::of(&contract.files, contract.component_schema(name).as_ref());
        assert_eq!(view("Counts").types(), ["array"]);
        assert_eq!(view("Counts").item(3).types(), ["integer"]);
        assert_eq!(view("Maybe").types(), ["integer", "null", "string"]);
        assert_eq!(view("Implied").types(), ["object"]);
        assert!(view("Implied").is_open() && view("Implied").property("f").is_binary());
        assert_eq!(view("Implied").property("a").types(), ["number", "string"]);
        assert_eq!(view("Implied").property("other").types(), ["boolean"]);
        assert_eq!((view("Pair").item(0).types(), view("Pair").item(1).types()), (vec!["string"], vec!["boolean"]));
        assert_eq!(view("Circle").property("next").property("next").types(), ["object"]);
        assert!(View::unknown(&contract.files).types().is_empty());
        assert!(view("Counts").is_only("array") && !view("Maybe").is_only("integer"));
    }
}
