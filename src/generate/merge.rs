//! Merges schemas, as they are written, into the shape that they ask for together.
//!
//! Follows references and `allOf`; what leaves a choice becomes a fork. Chooses nothing and makes no value.

use crate::base::tree::{Data, Node};
use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::generate::family::Families;
use crate::generate::shape::{Additional, Contains, Demand, Kinds, Limit, Shape};
use serde_json::{Number, Value};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// One consequence of a choice.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Take(SchemaRef),
    Refuse(SchemaRef),
    Property(String, Demand),
    Require(String),
    Absent(String),
    Restrict(Kinds),
    Exclude(Vec<Value>),
}

/// A choice that schemas leave open, with the consequences of each option.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    pub(super) key: String,
    pub(super) options: Vec<Vec<Change>>,
}

type Seen = (Rc<Shape>, Vec<Fork>);

/// Schemas merged into one shape, at most.
const MOST_SCHEMAS: usize = 400;

pub(super) struct Merger<'c> {
    pub(super) contract: &'c Contract,
    pub(super) direction: Direction,
    pub(super) families: Families,
    /// Schemas merged so far.
    pub(super) work: Cell<usize>,
    seen: RefCell<HashMap<SchemaRef, Rc<Seen>>>,
}

impl<'c> Merger<'c> {
    pub(super) fn new(contract: &'c Contract, direction: Direction) -> Self {
        Self { contract, direction, families: Families::new(contract), work: Cell::new(0), seen: RefCell::default() }
    }

    pub(super) fn node(&self, schema: &SchemaRef) -> Option<&'c Node> {
        self.contract.schema_node(schema)
    }

    pub(super) fn below(&self, schema: &SchemaRef, tokens: &[&str]) -> SchemaRef {
        tokens.iter().fold(schema.clone(), |at, token| self.contract.schema_child(&at, token))
    }

    /// What demands ask for without any choice being made, and the choices that they leave.
    pub(super) fn open(&self, demands: &[Demand]) -> (Shape, Vec<Fork>) {
        let Some((Demand::Of(first), others)) = demands.split_first() else {
            let (mut shape, mut forks) = (Shape::default(), Vec::new());
            demands.iter().for_each(|demand| self.demand(&mut shape, demand, &mut forks));
            return (shape, forks);
        };
        let seen = self.seen(first);
        self.work.set(self.work.get() + seen.0.schemas.len());
        let (mut shape, mut forks) = ((*seen.0).clone(), seen.1.clone());
        others.iter().for_each(|demand| self.demand(&mut shape, demand, &mut forks));
        (shape, forks)
    }

    /// The same without the choices.
    pub(super) fn fixed(&self, demands: &[Demand]) -> Rc<Shape> {
        match demands {
            [Demand::Of(only)] => Rc::clone(&self.seen(only).0),
            _ => Rc::new(self.open(demands).0),
        }
    }

    /// Schemas are met again and again.
    fn seen(&self, schema: &SchemaRef) -> Rc<Seen> {
        if let Some(seen) = self.seen.borrow().get(schema) {
            return Rc::clone(seen);
        }
        let (mut shape, mut forks) = (Shape::default(), Vec::new());
        self.take(&mut shape, schema, None, &mut forks);
        let seen = Rc::new((Rc::new(shape), forks));
        self.seen.borrow_mut().insert(schema.clone(), Rc::clone(&seen));
        seen
    }

    pub(super) fn demand(&self, shape: &mut Shape, demand: &Demand, forks: &mut Vec<Fork>) {
        match demand {
            Demand::Of(schema) => self.take(shape, schema, None, forks),
            Demand::Refused(schema) => self.refuse(shape, schema, forks),
            Demand::Among(values) => shape.list(values),
        }
    }

    pub(super) fn change(&self, shape: &mut Shape, change: &Change, forks: &mut Vec<Fork>) {
        match change {
            Change::Take(schema) => self.take(shape, schema, None, forks),
            Change::Refuse(schema) => self.refuse(shape, schema, forks),
            Change::Property(name, demand) => shape.property(name, demand.clone()),
            Change::Require(name) => shape.require(name),
            Change::Absent(name) => shape.absent.push(name.clone()),
            Change::Restrict(kinds) => shape.restrict(*kinds),
            Change::Exclude(values) => shape.excluded.extend(values.iter().cloned()),
        }
    }

    /// `child` is the schema whose `allOf` led here, if one did.
    fn take(&self, shape: &mut Shape, schema: &SchemaRef, child: Option<&SchemaRef>, forks: &mut Vec<Fork>) {
        if shape.schemas.contains(schema) {
            return;
        }
        if shape.schemas.len() >= MOST_SCHEMAS {
            shape.impossible = true;
            return;
        }
        shape.schemas.push(schema.clone());
        self.work.set(self.work.get() + 1);
        let Some(node) = self.node(schema) else { return };
        match &node.data {
            Data::Bool(false) => shape.impossible = true,
            Data::Object(members) => {
                for reference in ["$ref", "$dynamicRef", "$recursiveRef"] {
                    if let Some(text) = node.get(reference).and_then(Node::as_str)
                        && let Some(target) = self.contract.resolve(schema, text)
                    {
                        self.take(shape, &target, child, forks);
                    }
                }
                if self.contract.is_30() && node.get("$ref").is_some() {
                    return;
                }
                self.kinds(shape, node);
                for (key, member) in members {
                    self.keyword(shape, schema, node, (&key.text, member), forks);
                }
                self.branches(shape, schema, node, child, forks);
            }
            _ => {}
        }
    }

    fn kinds(&self, shape: &mut Shape, node: &Node) {
        let kind = |n: &Node| n.as_str().map_or(Kinds::NONE, Kinds::named);
        let Some(written) = node.get("type") else { return };
        let mut kinds = match written.items() {
            Some(items) => items.iter().fold(Kinds::NONE, |all, n| all.or(kind(n))),
            None => kind(written),
        };
        if node.get("nullable").is_some_and(|n| n.data == Data::Bool(true)) {
            kinds = kinds.or(Kinds::NULL);
        }
        shape.restrict(kinds);
        let format = node.get("format").and_then(Node::as_str).unwrap_or_default();
        if let Some((low, high)) = bounds_of(format)
            && written.as_str() != Some("string")
        {
            if format != "float" {
                shape.kinds = shape.kinds.without(Kinds::FRACTION);
            }
            shape.raise(Limit { at: low, exclusive: false });
            shape.lower(Limit { at: high, exclusive: false });
        }
    }

    fn keyword(&self, shape: &mut Shape, schema: &SchemaRef, node: &Node, (key, held): (&str, &Node), forks: &mut Vec<Fork>) {
        let at = || self.contract.schema_child(schema, key);
        let of = || Demand::Of(at());
        let text = || held.as_str().map(str::to_owned);
        match key {
            "enum" => shape.list(&held.items().unwrap_or_default().iter().map(Node::to_value).collect::<Vec<_>>()),
            "const" => shape.list(&[held.to_value()]),
            "pattern" => shape.patterns.extend(text()),
            "format" => shape.formats.extend(text()),
            "contentEncoding" => shape.content.0 = text(),
            "contentMediaType" => shape.content.1 = text(),
            "contentSchema" => shape.content_schema = Some(at()),
            "title" => shape.title = shape.title.take().or_else(text),
            "example" | "default" => shape.examples.push(held.to_value()),
            "examples" => shape.examples.extend(held.items().unwrap_or_default().iter().map(Node::to_value)),
            "readOnly" | "writeOnly" => {
                let hidden = if self.direction == Direction::Request { "readOnly" } else { "writeOnly" };
                shape.hidden |= key == hidden && held.data == Data::Bool(true);
            }
            "required" => held.items().unwrap_or_default().iter().filter_map(Node::as_str).for_each(|n| shape.require(n)),
            "properties" => {
                for (name, _) in held.members().unwrap_or_default() {
                    shape.property(&name.text, Demand::Of(self.below(schema, &[key, &name.text])));
                }
            }
            "patternProperties" => {
                for (pattern, _) in held.members().unwrap_or_default() {
                    let demand = Demand::Of(self.below(schema, &[key, &pattern.text]));
                    shape.pattern_properties.push((pattern.text.clone(), demand));
                }
            }
            "additionalProperties" => {
                let names = |key: &str| {
                    let members = node.get(key).and_then(Node::members).unwrap_or_default().iter();
                    members.map(|(name, _)| name.text.clone()).collect::<Vec<_>>()
                };
                let demand = (held.data != Data::Bool(false)).then(of);
                let (known, patterns) = (names("properties"), names("patternProperties"));
                shape.additional.push(Additional { known, patterns, demand });
            }
            "unevaluatedProperties" if held.data == Data::Bool(false) => shape.is_closed = true,
            "propertyNames" => shape.names.push(of()),
            "dependentRequired" | "dependentSchemas" | "dependencies" => self.dependent(shape, schema, (key, held), forks),
            "prefixItems" => self.prefix(shape, schema, key, held),
            "items" if held.items().is_some() => self.prefix(shape, schema, key, held),
            "items" | "additionalItems" => {
                let before = |key: &str| node.get(key).and_then(Node::items).map_or(0, <[Node]>::len);
                let from = if key == "items" { before("prefixItems") } else { before("items") };
                if key == "items" || node.get("items").is_some_and(|i| i.items().is_some()) {
                    shape.rest.push((from, (held.data != Data::Bool(false)).then(of)));
                }
            }
            "contains" => {
                let least = node.get("minContains").and_then(count).unwrap_or(1);
                shape.contains.push(Contains { demand: of(), least });
            }
            _ => bounds(shape, node, key, held),
        }
    }

    fn prefix(&self, shape: &mut Shape, schema: &SchemaRef, key: &str, held: &Node) {
        for i in 0..held.items().map_or(0, <[Node]>::len) {
            if shape.prefix.len() <= i {
                shape.prefix.push(Vec::new());
            }
            shape.prefix[i].push(Demand::Of(self.below(schema, &[key, &i.to_string()])));
        }
    }

    fn dependent(&self, shape: &mut Shape, schema: &SchemaRef, (key, held): (&str, &Node), forks: &mut Vec<Fork>) {
        for (name, rule) in held.members().unwrap_or_default() {
            if let Some(names) = rule.items() {
                let names = names.iter().filter_map(Node::as_str).map(str::to_owned).collect();
                shape.dependent.push((name.text.clone(), names));
            } else {
                let rule = self.below(schema, &[key, &name.text]);
                let options = vec![vec![Change::Take(rule.clone())], vec![Change::Absent(name.text.clone())]];
                forks.push(Fork { key: rule.to_string(), options });
            }
        }
    }

    /// What holds alternatives, and `allOf`.
    fn branches(&self, shape: &mut Shape, schema: &SchemaRef, node: &Node, child: Option<&SchemaRef>, forks: &mut Vec<Fork>) {
        let outer = child.or_else(|| schema.component().is_some().then_some(schema));
        for i in 0..node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len) {
            let part = self.below(schema, &["allOf", &i.to_string()]);
            self.take(shape, &part, outer, forks);
        }
        if !self.discriminator(shape, schema, node, child, forks) {
            for key in ["oneOf", "anyOf"] {
                let count = node.get(key).and_then(Node::items).map_or(0, <[Node]>::len);
                if count > 0 {
                    let branch = |i: usize| self.below(schema, &[key, &i.to_string()]);
                    let options = (0..count).map(|i| vec![Change::Take(branch(i))]).collect();
                    forks.push(Fork { key: self.below(schema, &[key]).to_string(), options });
                }
            }
        }
        if node.get("not").is_some() {
            self.refuse(shape, &self.below(schema, &["not"]), forks);
        }
        if node.get("if").is_some() {
            let condition = self.below(schema, &["if"]);
            let held = |key: &str| node.get(key).map(|_| Change::Take(self.below(schema, &[key])));
            let then = [Some(Change::Take(condition.clone())), held("then")].into_iter().flatten().collect();
            let other = [Some(Change::Refuse(condition.clone())), held("else")].into_iter().flatten().collect();
            forks.push(Fork { key: condition.to_string(), options: vec![then, other] });
        }
    }

    /// Alternatives that a property chooses among; false where there is no such property.
    fn discriminator(
        &self,
        shape: &mut Shape,
        schema: &SchemaRef,
        node: &Node,
        child: Option<&SchemaRef>,
        forks: &mut Vec<Fork>,
    ) -> bool {
        let Some(written) = node.get("discriminator") else { return false };
        let Some(property) = written.get("propertyName").and_then(Node::as_str) else { return false };
        let among = |names: &[String]| {
            let values = names.iter().map(|n| Value::String(n.clone())).collect();
            Change::Property(property.to_owned(), Demand::Among(Rc::new(values)))
        };
        let choices = self.families.choices(self.contract, schema, node, property);
        let key = self.below(schema, &["discriminator"]).to_string();
        if let Some(choices) = choices {
            let options = choices
                .into_iter()
                .map(|(names, target)| vec![Change::Take(target), Change::Require(property.to_owned()), among(&names)]);
            forks.push(Fork { key, options: options.collect() });
            return true;
        }
        if node.get("oneOf").is_some() || node.get("anyOf").is_some() {
            return false;
        }
        let heirs = self.families.heirs(self.contract, schema, node);
        match child.filter(|child| heirs.iter().any(|(_, heir)| heir == *child)) {
            // The parent within one of its children: that child is chosen.
            Some(child) => {
                let names = heirs.iter().find(|(_, heir)| heir == child).map(|(names, _)| names.clone()).unwrap_or_default();
                let listed = shape.properties.iter().find(|(n, _)| n == property);
                if !listed.is_some_and(|(_, demands)| demands.iter().any(|d| matches!(d, Demand::Among(_)))) {
                    shape.preferred.push((property.to_owned(), names));
                }
            }
            None if heirs.is_empty() => {}
            None => {
                let mut options: Vec<Vec<Change>> =
                    heirs.into_iter().map(|(names, heir)| vec![Change::Take(heir), among(&names)]).collect();
                options.extend(schema.component().map(|own| vec![among(&[own])]));
                forks.push(Fork { key, options });
            }
        }
        true
    }

    /// Forks into the ways in which a value can fail to conform.
    fn refuse(&self, shape: &mut Shape, schema: &SchemaRef, forks: &mut Vec<Fork>) {
        let mut options = Vec::new();
        self.failures(schema, 0, &mut options);
        match options.as_slice() {
            [] => shape.impossible = true,
            [only] => only.iter().for_each(|change| self.change(shape, change, forks)),
            _ => forks.push(Fork { key: format!("not {schema}"), options }),
        }
    }

    fn failures(&self, schema: &SchemaRef, depth: usize, options: &mut Vec<Vec<Change>>) {
        let Some(node) = self.node(schema).filter(|_| depth < 8) else { return options.push(Vec::new()) };
        let Some(members) = node.members() else {
            if node.data == Data::Bool(false) {
                options.push(Vec::new());
            }
            return;
        };
        for (key, held) in members {
            let key = key.text.as_str();
            match key {
                "$ref" => match held.as_str().and_then(|text| self.contract.resolve(schema, text)) {
                    Some(target) => self.failures(&target, depth + 1, options),
                    None => options.push(Vec::new()),
                },
                "type" => {
                    let mut own = Shape::default();
                    self.kinds(&mut own, node);
                    options.push(vec![Change::Restrict(Kinds::ALL.without(own.kinds))]);
                }
                "const" => options.push(vec![Change::Exclude(vec![held.to_value()])]),
                "enum" => {
                    options.push(vec![Change::Exclude(held.items().unwrap_or_default().iter().map(Node::to_value).collect())]);
                }
                "required" => {
                    let names = held.items().unwrap_or_default().iter().filter_map(Node::as_str);
                    options.extend(names.map(|name| vec![Change::Absent(name.to_owned())]));
                }
                "properties" => {
                    for (name, _) in held.members().unwrap_or_default() {
                        let refused = Demand::Refused(self.below(schema, &[key, &name.text]));
                        options.push(vec![Change::Require(name.text.clone()), Change::Property(name.text.clone(), refused)]);
                    }
                }
                "allOf" => {
                    for i in 0..held.items().map_or(0, <[Node]>::len) {
                        self.failures(&self.below(schema, &[key, &i.to_string()]), depth + 1, options);
                    }
                }
                "anyOf" | "oneOf" => {
                    let each = (0..held.items().map_or(0, <[Node]>::len)).map(|i| self.below(schema, &[key, &i.to_string()]));
                    options.push(each.map(Change::Refuse).collect());
                }
                "additionalProperties" | "unevaluatedProperties" if held.data == Data::Bool(false) => {
                    let surplus = Change::Require("another".to_owned());
                    options.push(vec![Change::Restrict(Kinds::OBJECT), surplus]);
                }
                "not" => options.push(vec![Change::Take(self.below(schema, &[key]))]),
                "title" | "description" | "example" | "examples" | "default" | "deprecated" | "$comment" => {}
                name if name.starts_with("x-") => {}
                _ => options.push(Vec::new()),
            }
        }
    }
}

fn count(node: &Node) -> Option<usize> {
    let Data::Number(number) = &node.data else { return None };
    let count = number.as_u64().or_else(|| number.as_f64().filter(|f| *f >= 0.0).map(rounded))?;
    usize::try_from(count).ok()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn rounded(float: f64) -> u64 {
    float as u64
}

/// Keywords that bound a number, a length or a count.
fn bounds(shape: &mut Shape, node: &Node, key: &str, held: &Node) {
    let flag = |name: &str| node.get(name).is_some_and(|n| n.data == Data::Bool(true));
    let number = || if let Data::Number(n) = &held.data { Some(n.clone()) } else { None };
    let least = |old: Option<usize>| match (old, count(held)) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    match key {
        "minimum" => number().into_iter().for_each(|at| shape.raise(Limit { at, exclusive: flag("exclusiveMinimum") })),
        "maximum" => number().into_iter().for_each(|at| shape.lower(Limit { at, exclusive: flag("exclusiveMaximum") })),
        "exclusiveMinimum" => number().into_iter().for_each(|at| shape.raise(Limit { at, exclusive: true })),
        "exclusiveMaximum" => number().into_iter().for_each(|at| shape.lower(Limit { at, exclusive: true })),
        "multipleOf" => shape.multiples.extend(number()),
        "minLength" => shape.min_length = shape.min_length.max(count(held).unwrap_or(0) as u64),
        "maxLength" => shape.max_length = least(shape.max_length.and_then(|n| usize::try_from(n).ok())).map(|n| n as u64),
        "minItems" => shape.min_items = shape.min_items.max(count(held).unwrap_or(0)),
        "maxItems" => shape.max_items = least(shape.max_items),
        "uniqueItems" => shape.unique |= held.data == Data::Bool(true),
        "minProperties" => shape.min_properties = shape.min_properties.max(count(held).unwrap_or(0)),
        "maxProperties" => shape.max_properties = least(shape.max_properties),
        _ => {}
    }
}

/// The bounds that a format of numbers stands for, after the OpenAPI Format Registry.
fn bounds_of(format: &str) -> Option<(Number, Number)> {
    let safe = (1_i64 << 53) - 1;
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "int16" => (i16::MIN.into(), i16::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint8" => (0.into(), u8::MAX.into()),
        "uint16" => (0.into(), u16::MAX.into()),
        "uint32" => (0.into(), u32::MAX.into()),
        "uint64" => (0.into(), u64::MAX.into()),
        "double-int" => ((-safe).into(), safe.into()),
        "float" => (Number::from_f64(f64::from(f32::MIN))?, Number::from_f64(f64::from(f32::MAX))?),
        _ => return None,
    })
}
