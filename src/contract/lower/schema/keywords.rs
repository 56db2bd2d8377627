//! Lowers one schema keyword by keyword, in the dialect that it is written in.
//!
//! Rewrites references and leaves away what validates nothing. Decides nothing about directions or discriminators.

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::dialect::{Dialect, Holds};
use crate::contract::files::Loc;
use crate::contract::lower::schema::Schemas;
use crate::contract::lower::schema::numbers;
use crate::schema::{Lowered, Resource, Unit, counted, is_too_large, reference};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(super) struct Lowering<'a> {
    pub(super) schemas: &'a Schemas,
    unit: &'a Unit,
    units: BTreeSet<Unit>,
    weight: usize,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(schemas: &'a Schemas, unit: &'a Unit) -> Self {
        Self { schemas, unit, units: BTreeSet::new(), weight: 0 }
    }

    pub(super) fn whole(mut self) -> Lowered {
        let root = Loc::new(self.unit.document, self.unit.pointer.clone());
        let schema = self.written(&root);
        if self.unit.resource == Resource::Document {
            // A dynamic reference in this resource may mean any of these, whether or not something else leads there.
            let file = Loc::new(root.file, Pointer::root());
            self.units.extend(self.schemas.files.dynamic_anchors(&file).iter().map(|anchor| self.schemas.unit_of(anchor).0));
        }
        Lowered { schema, units: self.units.into_iter().collect(), weight: self.weight }
    }

    /// A schema below another: in place, or by reference when it is lowered by itself.
    pub(super) fn schema(&mut self, loc: &Loc) -> Value {
        let dialect = self.schemas.dialect(loc);
        let elsewhere = match self.unit.resource {
            Resource::Own => self.schemas.files.resource(loc).at.pointer != self.unit.pointer,
            _ => false,
        };
        if elsewhere || dialect.uri() != self.unit.dialect {
            return json!({"$ref": self.to(loc, false)});
        }
        self.written(loc)
    }

    fn written(&mut self, loc: &Loc) -> Value {
        let Some(node) = self.schemas.node(loc) else { return Value::Bool(true) };
        self.weight += 1;
        let Some(members) = node.members() else { return node.to_value() };
        let dialect = self.schemas.dialect(loc);
        if !dialect.reference_has_siblings()
            && let Some(text) = node.get("$ref").and_then(Node::as_str)
        {
            return json!({"$ref": self.target(loc, text)});
        }
        let mut lowered = Map::new();
        for (key, child) in members {
            let name = key.text.as_str();
            if let Some(value) = self.keyword(dialect, name, child, loc) {
                lowered.insert(name.to_owned(), value);
            }
        }
        self.content(loc, node, dialect, &mut lowered);
        self.hide(loc, node, &mut lowered);
        numbers::formats(&mut lowered);
        large_pattern(&mut lowered);
        if dialect != Dialect::Draft4 {
            numbers::exclusive_bounds(&mut lowered);
        }
        if dialect == Dialect::OpenApi30 {
            numbers::nullable(node, &mut lowered);
        }
        let plain = self.unit.plain && loc.file == self.unit.document && loc.pointer == self.unit.pointer;
        self.discriminator(loc, node, &mut lowered, plain);
        Value::Object(lowered)
    }

    fn keyword(&mut self, dialect: Dialect, name: &str, node: &Node, loc: &Loc) -> Option<Value> {
        let at = || loc.push(name);
        match dialect.holds(name) {
            // Reached by reference alone; in a resource of its own, references count from its root.
            Holds::ByName if matches!(name, "$defs" | "definitions") && self.unit.resource != Resource::Own => None,
            _ if name == "contentSchema" => None,
            Holds::One | Holds::OneOrMany if node.items().is_none() => Some(self.schema(&at())),
            Holds::Many | Holds::OneOrMany => {
                let at = at();
                Some(Value::Array((0..node.items()?.len()).map(|i| self.item(name, &at, i)).collect()))
            }
            Holds::ByName => {
                let at = at();
                let members = node.members()?.iter();
                let lowered = members.map(|(key, child)| {
                    let is_names = name == "dependencies" && child.items().is_some();
                    let value = if is_names { child.to_value() } else { self.schema(&at.push(&key.text)) };
                    (key.text.clone(), value)
                });
                Some(Value::Object(lowered.collect()))
            }
            Holds::One | Holds::Nothing => self.plain_keyword(dialect, name, node, loc),
        }
    }

    fn item(&mut self, keyword: &str, list: &Loc, i: usize) -> Value {
        let at = list.push(i);
        if keyword == "allOf"
            && let Some(parent) = self.plain_parent(list, &at)
        {
            return json!({"$ref": self.to(&parent, true)});
        }
        self.schema(&at)
    }

    fn plain_keyword(&mut self, dialect: Dialect, name: &str, node: &Node, loc: &Loc) -> Option<Value> {
        match name {
            "$ref" => Some(Value::String(self.target(loc, node.as_str()?))),
            "$dynamicRef" if dialect == Dialect::Draft202012 => Some(Value::String(self.dynamic(loc, node.as_str()?))),
            "$recursiveRef" if dialect == Dialect::Draft201909 => {
                let own = self.unit.resource == Resource::Own;
                Some(Value::String(if own { "#".to_owned() } else { self.target(loc, node.as_str()?) }))
            }
            "$dynamicAnchor" | "$recursiveAnchor" => (self.unit.resource != Resource::Shared).then(|| node.to_value()),
            "format" => match node.as_str() {
                // Says how a value travels, or what it is for, and nothing about its text.
                Some("binary" | "password" | "commonmark" | "html") => None,
                _ => Some(node.to_value()),
            },
            "enum" | "required" => {
                // The crate refuses repetitions, and they mean nothing.
                let mut once: Vec<Value> = Vec::new();
                for value in node.items()?.iter().map(Node::to_value) {
                    if !once.contains(&value) {
                        once.push(value);
                    }
                }
                Some(Value::Array(once))
            }
            "type" | "multipleOf" | "maximum" | "minimum" | "exclusiveMaximum" | "exclusiveMinimum" | "maxLength"
            | "minLength" | "pattern" | "maxItems" | "minItems" | "uniqueItems" | "maxProperties" | "minProperties" => {
                Some(node.to_value())
            }
            "const" if dialect >= Dialect::Draft6 => Some(node.to_value()),
            "dependentRequired" | "minContains" | "maxContains" if dialect >= Dialect::Draft201909 => Some(node.to_value()),
            _ => None,
        }
    }

    /// What a text holds is asserted here, where JSON Schema only notes it: a contract that says it means it.
    fn content(&mut self, loc: &Loc, node: &Node, dialect: Dialect, lowered: &mut Map<String, Value>) {
        if dialect < Dialect::Draft7 {
            return;
        }
        let mut content = Map::new();
        for (keyword, name) in [("contentEncoding", "encoding"), ("contentMediaType", "mediaType")] {
            if let Some(text) = node.get(keyword).and_then(Node::as_str) {
                content.insert(name.to_owned(), text.into());
            }
        }
        if content.is_empty() {
            return;
        }
        if node.get("contentSchema").is_some() {
            let (unit, within) = self.schemas.unit_of(&loc.push("contentSchema"));
            content.insert("schema".to_owned(), reference(&unit, &within).into());
        }
        lowered.insert("spec:content".to_owned(), Value::Object(content));
    }

    /// The text by which a reference names its target behind the door.
    pub(super) fn target(&mut self, loc: &Loc, text: &str) -> String {
        match self.schemas.files.resolve(loc, text) {
            Ok(target) => self.to(&target, false),
            Err(_) => text.to_owned(),
        }
    }

    pub(super) fn to(&mut self, target: &Loc, plain: bool) -> String {
        let (mut unit, within) = self.schemas.unit_of(target);
        unit.plain = plain && within.as_str().is_empty();
        let text = reference(&unit, &within);
        self.units.insert(unit);
        text
    }

    /// A dynamic reference keeps its anchor where there is one, because the anchor is what is looked for on the way.
    fn dynamic(&mut self, loc: &Loc, text: &str) -> String {
        let Ok(target) = self.schemas.files.resolve(loc, text) else { return text.to_owned() };
        let plain = self.to(&target, false);
        let anchor = self.schemas.node(&target).and_then(|n| n.get("$dynamicAnchor")).and_then(Node::as_str);
        match (anchor, text.split_once('#')) {
            (Some(anchor), Some((_, fragment))) if anchor == fragment => {
                format!("{}#{anchor}", plain.split('#').next().unwrap_or_default())
            }
            _ => plain,
        }
    }
}

/// A pattern that is too large to be compiled says the same by lengths, or nothing that can be judged: the check said so.
fn large_pattern(lowered: &mut Map<String, Value>) {
    let Some(text) = lowered.get("pattern").and_then(Value::as_str) else { return };
    if let Some(counted) = counted(text) {
        let mut lengths = json!({"minLength": counted.least});
        if let Some(most) = counted.most {
            lengths["maxLength"] = most.into();
        }
        lowered.insert("pattern".to_owned(), counted.pattern.into());
        numbers::append(lowered, "allOf", [lengths]);
    } else if is_too_large(text) {
        lowered.remove("pattern");
    }
}
