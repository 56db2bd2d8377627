//! Schemas of one contract as alternatives, references followed and compositions multiplied out.
//!
//! Reads what is written, in the dialect that the document has. Compares nothing.

use crate::base::tree::{Data, Node};
use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::diff::absorb;
use crate::diff::normal;
use crate::diff::shape::{Condition, Items, Members, Sense, Shape, Term, Terms, Types, tidy};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// Alternatives of one schema beyond which it is not compared.
const MOST_ALTERNATIVES: usize = 64;

/// Schemas looked at for the alternatives of one.
const MOST_SCHEMAS: usize = 2_000;

/// The ways in which a value can satisfy a schema.
#[derive(Clone, Debug)]
pub(super) struct Alternatives {
    pub(super) shapes: Vec<Shape>,
    /// A `oneOf` whose branches may have values in common, which then satisfy none.
    pub(super) overlapping: bool,
    /// Some were brought together, or fell away.
    pub(super) joined: bool,
}

impl Alternatives {
    fn one(shape: Shape) -> Self {
        Self { shapes: vec![shape], overlapping: false, joined: false }
    }

    /// What satisfies both; `None` when that would be too many.
    fn and(&self, other: &Self) -> Option<Self> {
        if self.shapes.len().saturating_mul(other.shapes.len()) > MOST_ALTERNATIVES {
            return None;
        }
        let pairs = self.shapes.iter().flat_map(|a| other.shapes.iter().map(move |b| (a, b)));
        let shapes = pairs.map(|(a, b)| a.clone().meet(b)).filter(|s| !s.types.is_empty()).collect();
        Some(Self { shapes, overlapping: self.overlapping || other.overlapping, joined: false })
    }
}

/// Reads the schemas of one contract for one kind of message.
pub(super) struct Reader<'a> {
    pub(super) contract: &'a Contract,
    pub(super) wire: Direction,
    memo: RefCell<HashMap<Terms, Rc<Alternatives>>>,
    left: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(contract: &'a Contract, wire: Direction) -> Self {
        Self { contract, wire, memo: RefCell::default(), left: Cell::new(0) }
    }

    /// The alternatives of demands that all apply.
    pub(super) fn expand(&self, terms: &Terms) -> Rc<Alternatives> {
        if let Some(known) = self.memo.borrow().get(terms) {
            return Rc::clone(known);
        }
        let around = self.left.replace(MOST_SCHEMAS);
        let mut all = Alternatives::one(Shape::anything());
        let mut stack = Vec::new();
        for term in terms {
            all = all.and(&self.term(term, &mut stack)).unwrap_or_else(too_many);
        }
        self.left.set(around);
        let before = all.shapes.len();
        normal::normalize(&mut all.shapes);
        all.joined = all.shapes.len() != before;
        let all = Rc::new(all);
        self.memo.borrow_mut().insert(terms.clone(), Rc::clone(&all));
        all
    }

    /// The demand of a schema, bare references followed, so that a rename is no change.
    pub(super) fn demand(&self, schema: &SchemaRef) -> Terms {
        let mut at = schema.clone();
        for _ in 0..64 {
            let Some(node) = self.contract.schema_node(&at) else { return Terms::new() };
            match &node.data {
                Data::Bool(true) => return Terms::new(),
                Data::Bool(false) => return vec![Term::Never],
                Data::Object(members) if members.is_empty() => return Terms::new(),
                Data::Object(members) => match node.get("$ref").and_then(Node::as_str) {
                    Some(reference) if self.contract.is_30() || members.len() == 1 => {
                        match self.contract.resolve(&at, reference) {
                            Some(target) => at = target,
                            None => return Terms::new(),
                        }
                    }
                    _ => return vec![Term::Schema(at)],
                },
                _ => return Terms::new(),
            }
        }
        Terms::new()
    }

    /// True when a value satisfies all demands, as the contract's own validators judge.
    pub(super) fn accepts(&self, terms: &Terms, value: &Value) -> bool {
        terms.iter().all(|term| match term {
            Term::Schema(schema) => self.contract.validator(schema, self.wire).is_valid(value),
            Term::Texts(texts) => value.as_str().is_some_and(|v| texts.iter().any(|t| t == v)),
            Term::Never => false,
        })
    }

    fn term(&self, term: &Term, stack: &mut Vec<SchemaRef>) -> Alternatives {
        match term {
            Term::Schema(schema) => self.schema(schema, stack),
            Term::Texts(texts) => {
                let values = texts.iter().cloned().map(Value::String).collect();
                Alternatives::one(Shape { values: Some(values), types: Types::STRING, ..Shape::anything() })
            }
            Term::Never => Alternatives { shapes: Vec::new(), overlapping: false, joined: false },
        }
    }

    fn schema(&self, at: &SchemaRef, stack: &mut Vec<SchemaRef>) -> Alternatives {
        if stack.contains(at) || stack.len() > 64 {
            return Alternatives::one(Shape { exact: false, ..Shape::anything() });
        }
        let Some(left) = self.left.get().checked_sub(1) else { return too_many() };
        self.left.set(left);
        let Some(node) = self.contract.schema_node(at) else { return Alternatives::one(Shape::anything()) };
        match node.data {
            Data::Bool(false) => return Alternatives { shapes: Vec::new(), overlapping: false, joined: false },
            Data::Object(_) => {}
            _ => return Alternatives::one(Shape::anything()),
        }
        stack.push(at.clone());
        let all = self.object(at, node, stack);
        stack.pop();
        all
    }

    fn object(&self, at: &SchemaRef, node: &Node, stack: &mut Vec<SchemaRef>) -> Alternatives {
        let reference = ["$ref", "$dynamicRef"].into_iter().filter_map(|key| node.get(key).and_then(Node::as_str));
        let targets: Vec<SchemaRef> = reference.filter_map(|text| self.contract.resolve(at, text)).collect();
        if self.contract.is_30() && node.get("$ref").is_some() {
            return targets.first().map_or_else(|| Alternatives::one(Shape::anything()), |t| self.schema(t, stack));
        }
        let mut own = absorb::own(self, at, node);
        own.label = at.component().or_else(|| node.get("title").and_then(Node::as_str).map(str::to_owned));
        self.conditions(at, node, &mut own);
        let mut all = Alternatives::one(own);
        for target in &targets {
            all = all.and(&self.schema(target, stack)).unwrap_or_else(too_many);
        }
        for i in 0..node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len) {
            let part = self.schema(&self.below(at, &["allOf", &i.to_string()]), stack);
            all = all.and(&part).unwrap_or_else(too_many);
        }
        let discriminated = self.discriminated(at, node);
        for key in ["anyOf", "oneOf"] {
            let Some(branches) = node.get(key).and_then(Node::items) else { continue };
            let group = self.group(at, key, branches.len(), discriminated.as_deref(), stack);
            all = match all.and(&group) {
                Some(mut product) => {
                    relabel(&mut product, &group);
                    product
                }
                None => too_many(),
            };
        }
        self.unevaluated(at, node, &mut all);
        all
    }

    /// The branches of `anyOf` or `oneOf`.
    fn group(
        &self,
        at: &SchemaRef,
        key: &str,
        count: usize,
        tags: Option<&[(String, Vec<String>)]>,
        stack: &mut Vec<SchemaRef>,
    ) -> Alternatives {
        let mut group = Alternatives { shapes: Vec::new(), overlapping: false, joined: false };
        for i in 0..count {
            let mut branch = self.schema(&self.below(at, &[key, &i.to_string()]), stack);
            group.overlapping |= branch.overlapping;
            if let Some((property, names)) = tags.and_then(|t| t.get(i)) {
                let texts = vec![Term::Texts(names.clone())];
                let members = Members { properties: vec![(property.clone(), texts)], ..Members::default() };
                let tag = Shape {
                    types: Types::OBJECT,
                    members: vec![members],
                    required: BTreeSet::from([property.clone()]),
                    tags: names.clone(),
                    label: names.first().cloned(),
                    ..Shape::anything()
                };
                branch.shapes = branch.shapes.into_iter().map(|s| tag.clone().meet(&s)).collect();
                branch.shapes.retain(|s| !s.types.is_empty());
            }
            for shape in &mut branch.shapes {
                if shape.label.is_none() {
                    shape.label = Some(format!("{key} {}", i + 1));
                }
            }
            let clash = key == "oneOf"
                && tags.is_none()
                && group.shapes.iter().any(|a| branch.shapes.iter().any(|b| !self.disjoint(a, b, 0)));
            group.overlapping |= clash;
            group.shapes.append(&mut branch.shapes);
            if group.shapes.len() > MOST_ALTERNATIVES {
                return too_many();
            }
        }
        group
    }

    /// True when no value can satisfy both; false where that does not show.
    fn disjoint(&self, a: &Shape, b: &Shape, depth: usize) -> bool {
        let common = a.types.and(b.types);
        if common.is_empty() {
            return true;
        }
        if let (Some(a), Some(b)) = (&a.values, &b.values)
            && a.iter().all(|v| !b.contains(v))
        {
            return true;
        }
        if common != Types::OBJECT || depth > 2 {
            return false;
        }
        a.required.intersection(&b.required).any(|name| match (a.member(name), b.member(name)) {
            (Some(a), Some(b)) => {
                let (a, b) = (self.expand(&a), self.expand(&b));
                a.shapes.iter().all(|a| b.shapes.iter().all(|b| self.disjoint(a, b, depth + 1)))
            }
            _ => false,
        })
    }

    /// Conditions that are compared as a whole.
    fn conditions(&self, at: &SchemaRef, node: &Node, own: &mut Shape) {
        let demand = |path: &[&str]| self.demand(&self.below(at, path));
        let mut add = |name: String, sense: Sense, schemas: Vec<Terms>, text: String| {
            own.conditions.push(Condition { name, sense, schemas, text });
        };
        if node.get("not").is_some() {
            add("not".to_owned(), Sense::Opposite, vec![demand(&["not"])], String::new());
        }
        if self.contract.is_30() {
            return;
        }
        if node.get("if").is_some() && (node.get("then").is_some() || node.get("else").is_some()) {
            add("if".to_owned(), Sense::Mixed, ["if", "then", "else"].map(|k| demand(&[k])).to_vec(), String::new());
        }
        if node.get("contains").is_some() {
            let text = ["minContains", "maxContains"].map(|k| node.get(k).map(|n| n.to_value().to_string()).unwrap_or_default());
            let sense = if text.iter().all(String::is_empty) { Sense::Same } else { Sense::Mixed };
            add("contains".to_owned(), sense, vec![demand(&["contains"])], text.join(".."));
        }
        if node.get("propertyNames").is_some() {
            add("propertyNames".to_owned(), Sense::Same, vec![demand(&["propertyNames"])], String::new());
        }
        for (name, _) in node.get("dependentSchemas").and_then(Node::members).unwrap_or_default() {
            let terms = demand(&["dependentSchemas", &name.text]);
            add(format!("dependentSchemas/{}", name.text), Sense::Same, vec![terms], String::new());
        }
    }

    /// `unevaluated...` speaks of what nothing else in the same schema spoke of.
    fn unevaluated(&self, at: &SchemaRef, node: &Node, all: &mut Alternatives) {
        if self.contract.is_30() {
            return;
        }
        let entangled = ["anyOf", "oneOf", "if", "dependentSchemas", "contains", "not"].iter().any(|k| node.get(k).is_some());
        if node.get("unevaluatedProperties").is_some() {
            let said = self.demand(&self.below(at, &["unevaluatedProperties"]));
            for shape in &mut all.shapes {
                shape.exact &= !entangled && shape.conditions.is_empty();
                if shape.members.iter().any(|m| m.additional.is_some()) {
                    continue;
                }
                let named = |f: fn(&Members) -> &Vec<(String, Terms)>| {
                    let names: BTreeSet<&String> = shape.members.iter().flat_map(f).map(|(n, _)| n).collect();
                    names.into_iter().map(|n| (n.clone(), Terms::new())).collect()
                };
                let part = Members {
                    properties: named(|m| &m.properties),
                    patterns: named(|m| &m.patterns),
                    additional: Some(said.clone()),
                };
                shape.members.push(part);
                shape.origins.push(("additionalProperties", self.below(at, &["unevaluatedProperties"])));
            }
        }
        if node.get("unevaluatedItems").is_some() {
            let said = self.demand(&self.below(at, &["unevaluatedItems"]));
            for shape in &mut all.shapes {
                shape.exact &= !entangled && shape.conditions.is_empty();
                if shape.items.iter().any(|i| i.rest.is_some()) {
                    continue;
                }
                let first = shape.items.iter().map(|i| i.first.len()).max().unwrap_or_default();
                shape.items.push(Items { first: vec![Terms::new(); first], rest: Some(said.clone()) });
            }
        }
    }

    /// For each branch, the property and the values that choose it, where all branches are references.
    fn discriminated(&self, at: &SchemaRef, node: &Node) -> Option<Vec<(String, Vec<String>)>> {
        let discriminator = node.get("discriminator")?;
        let property = discriminator.get("propertyName")?.as_str()?.to_owned();
        let key = match (node.get("oneOf"), node.get("anyOf")) {
            (Some(_), None) => "oneOf",
            (None, Some(_)) => "anyOf",
            _ => return None,
        };
        let mut mapped: Vec<(String, SchemaRef)> = Vec::new();
        for (name, target) in discriminator.get("mapping").and_then(Node::members).unwrap_or_default() {
            let text = target.as_str()?;
            mapped.push((name.text.clone(), self.contract.component_schema(text).or_else(|| self.contract.resolve(at, text))?));
        }
        let mut branches = Vec::new();
        for (i, branch) in node.get(key)?.items()?.iter().enumerate() {
            let text = branch.get("$ref")?.as_str()?;
            let target = self.contract.resolve(&self.below(at, &[key, &i.to_string()]), text)?;
            let mut names: Vec<String> = mapped.iter().filter(|(_, t)| *t == target).map(|(n, _)| n.clone()).collect();
            if names.is_empty() {
                names.push(target.component()?);
            }
            branches.push((property.clone(), names));
        }
        Some(branches)
    }

    /// True when a property with these demands has no place in this kind of message.
    pub(super) fn hidden(&self, terms: &Terms) -> bool {
        let key = if self.wire == Direction::Request { "readOnly" } else { "writeOnly" };
        terms.iter().any(|t| matches!(t, Term::Schema(at) if self.is_marked(at, key, &mut HashSet::new())))
    }

    fn is_marked(&self, at: &SchemaRef, key: &str, seen: &mut HashSet<SchemaRef>) -> bool {
        let Some(node) = self.contract.schema_node(at).filter(|_| seen.insert(at.clone())) else { return false };
        let reference = node.get("$ref").and_then(Node::as_str);
        if (!self.contract.is_30() || reference.is_none()) && matches!(node.get(key).map(|n| &n.data), Some(Data::Bool(true))) {
            return true;
        }
        if let Some(target) = reference.and_then(|text| self.contract.resolve(at, text))
            && self.is_marked(&target, key, seen)
        {
            return true;
        }
        let all = node.get("allOf").and_then(Node::items).map_or(0, <[Node]>::len);
        (0..all).any(|i| self.is_marked(&self.below(at, &["allOf", &i.to_string()]), key, seen))
    }

    pub(super) fn below(&self, at: &SchemaRef, tokens: &[&str]) -> SchemaRef {
        tokens.iter().fold(at.clone(), |at, token| self.contract.schema_child(&at, token))
    }

    /// The demands of every member of a mapping of schemas.
    pub(super) fn named(&self, at: &SchemaRef, node: &Node, key: &str) -> Vec<(String, Terms)> {
        let members = node.get(key).and_then(Node::members).unwrap_or_default();
        members.iter().map(|(name, _)| (name.text.clone(), tidy(self.demand(&self.below(at, &[key, &name.text]))))).collect()
    }
}

/// A branch is called by its own name, not by that of the schema that lists it.
fn relabel(product: &mut Alternatives, group: &Alternatives) {
    if product.shapes.len() == group.shapes.len() {
        for (shape, branch) in product.shapes.iter_mut().zip(&group.shapes) {
            shape.label.clone_from(&branch.label);
        }
    }
}

/// Stands for alternatives that are too many to look at.
fn too_many() -> Alternatives {
    let tangled = Condition { name: "alternatives".to_owned(), sense: Sense::Mixed, schemas: Vec::new(), text: "?".to_owned() };
    Alternatives::one(Shape { exact: false, conditions: vec![tangled], ..Shape::anything() })
}
