//! Lowers Schema Objects of OpenAPI 3.0 and 3.1 to JSON Schema 2020-12, once for requests and once for responses.
//!
//! Keeps every pointer, so that a violation leads back to the spec. Compiles nothing and reports nothing.

use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{Version, Word, keyword};
use crate::contract::model::Direction;
use crate::schema::reference;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// For each file, a document that holds its schemas where they stand, and nothing else.
pub(in crate::contract) fn documents(
    files: &Files,
    version: Version,
    roots: &[Loc],
    direction: Direction,
) -> Vec<(String, Value)> {
    let lowering = Lowering { files, version, hidden: if direction == Direction::Request { "readOnly" } else { "writeOnly" } };
    let mut roots = roots.to_vec();
    roots.sort_by_key(|r| (r.file, r.pointer.as_str().len()));
    roots.dedup();
    let names = files.list.iter().map(|f| f.document.source.name().to_owned());
    let mut documents: Vec<(String, Value)> = names.map(|name| (name, Value::Object(Map::new()))).collect();
    for root in &roots {
        let document = &mut documents[root.file].1;
        if root.pointer.as_str().is_empty() || document.pointer(root.pointer.as_str()).is_none() {
            insert(document, &root.pointer, lowering.schema(root));
        }
    }
    documents
}

/// Puts a value where a pointer says, making objects on the way; inside of what is already there, nothing is replaced.
fn insert(document: &mut Value, pointer: &Pointer, value: Value) {
    let mut place = document;
    for token in pointer.tokens() {
        place = match place {
            Value::Object(members) => members.entry(token).or_insert_with(|| Value::Object(Map::new())),
            Value::Array(items) => match token.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                Some(item) => item,
                None => return,
            },
            _ => return,
        };
    }
    *place = value;
}

struct Lowering<'a> {
    files: &'a Files,
    version: Version,
    /// `readOnly` or `writeOnly`: what has no place in this direction.
    hidden: &'static str,
}

/// Deeper than this, references are taken to be a circle.
const DEEPEST: usize = 32;

impl Lowering<'_> {
    fn schema(&self, loc: &Loc) -> Value {
        let Some(node) = self.files.node(loc) else { return Value::Bool(true) };
        let Some(members) = node.members() else { return node.to_value() };
        if let (Version::V30, Some(text)) = (self.version, node.get("$ref").and_then(Node::as_str)) {
            return json!({"$ref": self.target(loc, text)});
        }
        let mut lowered = Map::new();
        for (key, child) in members {
            let name = key.text.as_str();
            let Some(known) = keyword(name).filter(|k| k.is_in(self.version)) else { continue };
            let at = loc.push(name);
            if let Some(value) = self.keyword(name, known.word, child, &at) {
                lowered.insert(name.to_owned(), value);
            }
        }
        self.hide(loc, node, &mut lowered);
        numeric_format(&mut lowered);
        if self.version == Version::V30 {
            exclusive_bounds(&mut lowered);
            nullable(node, &mut lowered);
        }
        if let Some(text) = node.get("$dynamicRef").and_then(Node::as_str) {
            append(&mut lowered, "allOf", [json!({"$ref": self.target(loc, text)})]);
        }
        self.discriminator(loc, node, &mut lowered);
        Value::Object(lowered)
    }

    fn keyword(&self, name: &str, word: Word, node: &Node, at: &Loc) -> Option<Value> {
        match word {
            Word::One | Word::OneOrBool => (name != "contentSchema").then(|| self.schema(at)),
            Word::Many => Some(Value::Array((0..node.items()?.len()).map(|i| self.schema(&at.push(i))).collect())),
            Word::ByName | Word::ByPattern => {
                let members = node.members()?.iter();
                Some(Value::Object(members.map(|(k, _)| (k.text.clone(), self.schema(&at.push(&k.text)))).collect()))
            }
            Word::Reference => {
                let loc = Loc::new(at.file, at.pointer.parent()?);
                Some(Value::String(self.target(&loc, node.as_str()?)))
            }
            Word::Plain(_) if !matches!(name, "format" | "multipleOf" | "maximum" | "minimum" | "uniqueItems" | "const") => None,
            Word::Plain(_) => match node.as_str() {
                // Says how a value travels, or what it is for, and nothing about its text.
                Some("binary" | "password") if name == "format" => None,
                _ => Some(node.to_value()),
            },
            Word::Count | Word::Type | Word::Pattern | Word::Values | Word::Names | Word::Exclusive | Word::NamesByName => {
                Some(node.to_value())
            }
        }
    }

    fn target(&self, loc: &Loc, text: &str) -> String {
        match self.files.resolve(loc, text) {
            Ok(target) => reference(target.file, &target.pointer),
            Err(_) => text.to_owned(),
        }
    }

    /// Properties that this direction does not carry must be absent, and are required of nobody.
    fn hide(&self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>) {
        let mut names = BTreeSet::new();
        self.hidden_names(loc, 0, &mut names);
        if names.is_empty() {
            return;
        }
        if let Some(Value::Object(properties)) = lowered.get_mut("properties") {
            for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
                if self.is_hidden(&loc.push("properties").push(&key.text), 0) {
                    properties.insert(key.text.clone(), json!({"not": {"$comment": self.hidden}}));
                }
            }
        }
        prune(lowered, &names);
    }

    fn hidden_names(&self, loc: &Loc, depth: usize, names: &mut BTreeSet<String>) {
        let Some(node) = self.files.node(loc).filter(|_| depth < DEEPEST) else { return };
        for (key, _) in node.get("properties").and_then(Node::members).unwrap_or_default() {
            if self.is_hidden(&loc.push("properties").push(&key.text), 0) {
                names.insert(key.text.clone());
            }
        }
        if let Some(text) = node.get("$ref").and_then(Node::as_str)
            && let Ok(target) = self.files.resolve(loc, text)
        {
            self.hidden_names(&target, depth + 1, names);
        }
        for i in 0..node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len) {
            self.hidden_names(&loc.push("allOf").push(i), depth + 1, names);
        }
    }

    fn is_hidden(&self, loc: &Loc, depth: usize) -> bool {
        let Some(node) = self.files.node(loc).filter(|_| depth < DEEPEST) else { return false };
        let reference = node.get("$ref").and_then(Node::as_str);
        let own = self.version >= Version::V31 || reference.is_none();
        if own && matches!(node.get(self.hidden).map(|n| &n.data), Some(Data::Bool(true))) {
            return true;
        }
        if let Some(text) = reference
            && self.files.resolve(loc, text).is_ok_and(|target| self.is_hidden(&target, depth + 1))
        {
            return true;
        }
        let all = node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len);
        (0..all).any(|i| self.is_hidden(&loc.push("allOf").push(i), depth + 1))
    }

    /// Alternatives that all are references, told apart by a property: the property decides which one applies.
    ///
    /// On a schema without alternatives the discriminator is a hint for readers and validates nothing.
    fn discriminator(&self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>) {
        let Some((property, branches)) = self.branches(loc, node) else { return };
        let names: Vec<&String> = branches.iter().flat_map(|(names, _)| names).collect();
        let property = property.as_str();
        let mut rules = vec![json!({"type": "object", "required": [property], "properties": {property: {"enum": names}}})];
        rules.extend(branches.iter().map(|(names, target)| {
            json!({
                "if": {"properties": {property: {"enum": names}}, "required": [property]},
                "then": {"$ref": target}
            })
        }));
        lowered.remove("oneOf");
        lowered.remove("anyOf");
        append(lowered, "allOf", rules);
    }

    /// The discriminating property, and for each alternative the values that choose it.
    fn branches(&self, loc: &Loc, node: &Node) -> Option<(String, Vec<(Vec<String>, String)>)> {
        let discriminator = node.get("discriminator")?;
        let property = discriminator.get("propertyName")?.as_str()?.to_owned();
        let key = match (node.get("oneOf"), node.get("anyOf")) {
            (Some(_), None) => "oneOf",
            (None, Some(_)) => "anyOf",
            _ => return None,
        };
        let mapping = discriminator.get("mapping").and_then(Node::members).unwrap_or_default();
        let mut mapped: Vec<(String, Loc)> = Vec::new();
        for (name, target) in mapping {
            mapped.push((name.text.clone(), self.mapped(loc, target.as_str()?)?));
        }
        let mut branches = Vec::new();
        for (i, branch) in node.get(key)?.items()?.iter().enumerate() {
            let text = branch.get("$ref")?.as_str()?;
            let target = self.files.resolve(&loc.push(key).push(i), text).ok()?;
            let mut names: Vec<String> = mapped.iter().filter(|(_, t)| *t == target).map(|(n, _)| n.clone()).collect();
            if names.is_empty() {
                names.push(target.component()?);
            }
            branches.push((names, reference(target.file, &target.pointer)));
        }
        Some((property, branches))
    }

    /// What a value of `mapping` names: a component by its name, or any schema by reference.
    fn mapped(&self, loc: &Loc, text: &str) -> Option<Loc> {
        let component = Loc::new(0, Pointer::root().push("components").push("schemas").push(text));
        if self.files.node(&component).is_some() { Some(component) } else { self.files.resolve(loc, text).ok() }
    }
}

/// Takes names out of `required`, also in the schemas of `allOf` that are written in place.
fn prune(lowered: &mut Map<String, Value>, names: &BTreeSet<String>) {
    if let Some(Value::Array(required)) = lowered.get_mut("required") {
        required.retain(|name| !name.as_str().is_some_and(|n| names.contains(n)));
    }
    for member in lowered.get_mut("allOf").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(member) = member {
            prune(member, names);
        }
    }
}

fn append(lowered: &mut Map<String, Value>, key: &str, more: impl IntoIterator<Item = Value>) {
    if let Value::Array(items) = lowered.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
        items.extend(more);
    }
}

/// `int32` and `int64` are bounds; the crate asserts formats on strings only.
fn numeric_format(lowered: &mut Map<String, Value>) {
    let bounds = match lowered.get("format").and_then(Value::as_str) {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("int64") => Some((i64::MIN, i64::MAX)),
        Some("float" | "double") => None,
        _ => return,
    };
    lowered.remove("format");
    if let Some((least, most)) = bounds {
        append(lowered, "allOf", [json!({"minimum": least, "maximum": most})]);
    }
}

/// In 3.0 `exclusiveMinimum: true` makes `minimum` exclusive.
fn exclusive_bounds(lowered: &mut Map<String, Value>) {
    for (exclusive, inclusive) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if lowered.remove(exclusive) == Some(Value::Bool(true))
            && let Some(limit) = lowered.remove(inclusive)
        {
            lowered.insert(exclusive.to_owned(), limit);
        }
    }
}

/// In 3.0 `nullable: true` adds null to the `type` beside it, and changes nothing else.
fn nullable(node: &Node, lowered: &mut Map<String, Value>) {
    if matches!(node.get("nullable").map(|n| &n.data), Some(Data::Bool(true)))
        && let Some(kind) = lowered.get_mut("type")
    {
        *kind = json!([kind.clone(), "null"]);
    }
}
