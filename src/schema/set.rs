//! The schemas of one spec, each lowered and compiled on first use and kept.
//!
//! Schemas that reach few others are compiled with all that they reach. One that reaches many is compiled by itself, with edges
//! to validators of the others, so that what many schemas share is compiled once. Never fetches a document and never prints.

use crate::base::pointer::Pointer;
use crate::schema::form::Form;
use crate::schema::options::{Nowhere, Options};
use crate::schema::source::{Lowered, Resource, Source, Unit, place, reference};
use crate::schema::tangle;
use crate::schema::tape::Taped;
use crate::schema::validator::{Compiled, Origin, Validator};
use jsonschema::json::SerdeJson;
use jsonschema::{Keyword, Registry, ValidationError};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// The keyword that leads to a schema compiled elsewhere.
pub(in crate::schema) const EDGE: &str = "spec:edge";

/// A schema that reaches more schemas than this is compiled with edges.
const HEAVY: usize = 250;

/// All schemas of one spec in one direction.
pub struct SchemaSet(Arc<Inner>);

pub(in crate::schema) struct Inner {
    source: Arc<dyn Source>,
    lowered: Mutex<HashMap<Unit, Arc<Lowered>>>,
    compiled: Mutex<HashMap<(usize, Pointer), Arc<Compiled>>>,
    pub(in crate::schema) options: OnceLock<Options<'static, SerdeJson>>,
    pub(in crate::schema) light_options: OnceLock<Options<'static, Taped>>,
    pub(in crate::schema) own: Weak<Inner>,
}

impl fmt::Debug for SchemaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaSet({})", self.0.name(0))
    }
}

impl SchemaSet {
    /// A set of the schemas that `source` knows. Nothing is lowered before it is asked for.
    #[must_use]
    pub fn new(source: Arc<dyn Source>) -> Self {
        Self(Arc::new_cyclic(|own| Inner {
            source,
            lowered: Mutex::default(),
            compiled: Mutex::default(),
            options: OnceLock::new(),
            light_options: OnceLock::new(),
            own: own.clone(),
        }))
    }

    /// The validator of the schema at `pointer` in a document; compiled on first use and kept.
    ///
    /// A schema that cannot be compiled gives a validator that accepts nothing and says why.
    #[must_use]
    pub fn validator(&self, document: usize, pointer: &Pointer) -> Validator {
        Validator { compiled: self.0.validator(document, pointer), set: Some(Arc::clone(&self.0)) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    pub(in crate::schema) fn name(&self, document: usize) -> String {
        self.source.name(document)
    }

    pub(in crate::schema) fn written(&self, document: usize, pointer: &Pointer) -> Pointer {
        self.source.written(document, pointer)
    }

    /// What a keyword says in a lowered schema.
    pub(in crate::schema) fn keyword(&self, document: usize, pointer: &Pointer) -> Option<Value> {
        let (unit, within) = self.source.unit(document, &pointer.parent()?);
        let lowered = self.lowered(&unit);
        lowered.schema.pointer(within.as_str())?.get(pointer.tokens().last()?).cloned()
    }

    /// The last word of the place that one of the alternatives at `pointer` refers to.
    pub(in crate::schema) fn name_behind(&self, document: usize, pointer: &Pointer, number: usize) -> Option<String> {
        let branch = self.keyword(document, pointer)?;
        place(branch.get(number)?.get("$ref")?.as_str()?)?.1.tokens().last()
    }

    pub(in crate::schema) fn validator(&self, document: usize, pointer: &Pointer) -> Arc<Compiled> {
        let key = (document, pointer.clone());
        if let Some(found) = lock(&self.compiled).get(&key) {
            return Arc::clone(found);
        }
        let compiled = self.compile(document, pointer, 0);
        Arc::clone(lock(&self.compiled).entry(key).or_insert(compiled))
    }

    fn compile(&self, document: usize, pointer: &Pointer, passed: usize) -> Arc<Compiled> {
        let (unit, within) = self.source.unit(document, pointer);
        let lowered = self.lowered(&unit);
        // A schema that only refers to another is that other one.
        if let (Some(target), true) = (only_reference(&lowered.schema), within.as_str().is_empty() && passed < 64)
            && let Some((document, pointer)) = place(target)
            && (document, &pointer) != (unit.document, &unit.pointer)
        {
            return if passed == 0 { self.validator(document, &pointer) } else { self.compile(document, &pointer, passed + 1) };
        }
        let light = unit.resource != Resource::Shared || self.reach(&unit, HEAVY).is_some();
        let origin = Origin { unit, within, has_edges: !light, explainer: OnceLock::new() };
        Arc::new(Compiled::new(self.compile_as(&origin), Some(origin)))
    }

    /// Compiles a schema for values in one form.
    pub(in crate::schema) fn compile_as<F: Form>(&self, origin: &Origin) -> Result<jsonschema::Validator<F>, String> {
        match origin.has_edges {
            false => self.compile_whole(&origin.unit, &origin.within),
            true => self.compile_with_edges(&origin.unit),
        }
    }

    /// A schema that explains what another one refuses, where that one should not do so itself.
    pub(in crate::schema) fn explainer(&self, origin: &Origin) -> Option<Result<jsonschema::Validator, String>> {
        let reached = self.reach(&origin.unit, usize::MAX)?;
        let shared = origin.unit.resource == Resource::Shared;
        let tangled = if shared { tangle::tangled(&reached) } else { BTreeSet::new() };
        if tangled.is_empty() && !origin.has_edges {
            return None;
        }
        let parts = reached.into_iter().map(|(unit, lowered)| {
            let mut schema = lowered.schema.clone();
            if tangled.contains(&unit) {
                tangle::untangle(&mut schema, unit.document, &unit.pointer);
            }
            (unit, schema)
        });
        Some(self.build(&origin.unit, &origin.within, parts))
    }

    fn lowered(&self, unit: &Unit) -> Arc<Lowered> {
        if let Some(found) = lock(&self.lowered).get(unit) {
            return Arc::clone(found);
        }
        let lowered = Arc::new(self.source.lower(unit));
        Arc::clone(lock(&self.lowered).entry(unit.clone()).or_insert(lowered))
    }

    /// The units that a unit reaches, itself among them; `None` when they weigh more than `most`.
    fn reach(&self, unit: &Unit, most: usize) -> Option<BTreeMap<Unit, Arc<Lowered>>> {
        let mut reached = BTreeMap::new();
        let mut seen = HashSet::from([unit.clone()]);
        let mut queue = vec![unit.clone()];
        let mut weight = 0;
        while let Some(unit) = queue.pop() {
            let lowered = self.lowered(&unit);
            weight += lowered.weight;
            if weight > most {
                return None;
            }
            for next in &lowered.units {
                if seen.insert(next.clone()) {
                    queue.push(next.clone());
                }
            }
            reached.insert(unit, lowered);
        }
        Some(reached)
    }

    /// Compiles a schema with all that it reaches.
    fn compile_whole<F: Form>(&self, unit: &Unit, within: &Pointer) -> Result<jsonschema::Validator<F>, String> {
        let reached = self.reach(unit, usize::MAX).unwrap_or_default();
        self.build(unit, within, reached.into_iter().map(|(unit, lowered)| (unit, lowered.schema.clone())))
    }

    /// Compiles a schema alone: what a property, an item or another part of a value must be is left to the validators of
    /// those schemas. References that concern the value itself are followed, so that nothing evaluated is forgotten.
    fn compile_with_edges<F: Form>(&self, unit: &Unit) -> Result<jsonschema::Validator<F>, String> {
        let mut parts: BTreeMap<Unit, Value> = BTreeMap::new();
        let mut queue = vec![unit.clone()];
        while let Some(unit) = queue.pop() {
            if parts.contains_key(&unit) {
                continue;
            }
            let lowered = self.lowered(&unit);
            let mut schema = lowered.schema.clone();
            let mut kept = HashSet::new();
            cut(&mut schema, &mut kept);
            queue.extend(lowered.units.iter().filter(|u| kept.contains(&reference(u, &Pointer::root()))).cloned());
            parts.insert(unit, schema);
        }
        self.build(unit, &Pointer::root(), parts.into_iter())
    }

    fn build<F: Form>(
        &self,
        unit: &Unit,
        within: &Pointer,
        parts: impl Iterator<Item = (Unit, Value)>,
    ) -> Result<jsonschema::Validator<F>, String> {
        let mut documents: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        for (part, schema) in parts {
            let (uri, member) = part.home();
            let document = documents.entry(uri).or_default();
            document.entry("$schema").or_insert_with(|| part.dialect.into());
            match (member, schema) {
                (Some(member), schema) => {
                    if let Value::Object(defs) = document.entry("$defs").or_insert_with(|| Value::Object(Map::new())) {
                        defs.insert(member, schema);
                    }
                }
                (None, Value::Object(schema)) => document.extend(schema),
                (None, other) => {
                    document.insert("allOf".to_owned(), json!([other]));
                }
            }
        }
        let mut builder = Registry::new().retriever(Nowhere);
        for (uri, document) in documents {
            builder = builder.add(uri, Value::Object(document)).map_err(|e| e.to_string())?;
        }
        let registry = builder.prepare().map_err(|e| e.to_string())?;
        let start = json!({"$ref": reference(unit, within)});
        F::options(self).clone().with_registry(&registry).build(&start).map_err(|e| e.to_string())
    }
}

fn only_reference(schema: &Value) -> Option<&str> {
    match schema.as_object() {
        Some(members) if members.len() == 1 => members.get("$ref")?.as_str(),
        _ => None,
    }
}

/// Turns references below the value into edges, and gathers those that stay.
fn cut(schema: &mut Value, kept: &mut HashSet<String>) {
    let Value::Object(members) = schema else { return };
    for (key, held) in members.iter_mut() {
        match (key.as_str(), held) {
            ("$ref", Value::String(text)) => {
                kept.insert(text.clone());
            }
            ("properties" | "patternProperties", Value::Object(below)) => below.values_mut().for_each(|s| cut_below(s, kept)),
            ("items" | "prefixItems", Value::Array(below)) => below.iter_mut().for_each(|s| cut_below(s, kept)),
            (
                "items"
                | "additionalProperties"
                | "additionalItems"
                | "contains"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties",
                below,
            ) => cut_below(below, kept),
            ("allOf" | "anyOf" | "oneOf", Value::Array(all)) => all.iter_mut().for_each(|s| cut(s, kept)),
            ("not" | "if" | "then" | "else", one) => cut(one, kept),
            ("dependentSchemas" | "dependencies", Value::Object(all)) => all.values_mut().for_each(|s| cut(s, kept)),
            _ => {}
        }
    }
}

fn cut_below(schema: &mut Value, kept: &mut HashSet<String>) {
    match only_reference(schema).filter(|text| place(text).is_some()).map(str::to_owned) {
        Some(target) => *schema = json!({EDGE: target}),
        None => cut(schema, kept),
    }
}

/// A reference to a schema of the set that is compiled when it is first needed.
struct Edge {
    set: Weak<Inner>,
    target: (usize, Pointer),
    found: OnceLock<Weak<Compiled>>,
}

pub(in crate::schema) fn edge<'a, F: Form>(
    set: &Weak<Inner>,
    value: &'a Value,
) -> Result<Box<dyn for<'i> Keyword<'i, F>>, ValidationError<'a>> {
    let target = value.as_str().and_then(place).ok_or_else(|| ValidationError::custom("an edge leads nowhere"))?;
    Ok(Box::new(Edge { set: set.clone(), target, found: OnceLock::new() }))
}

impl Edge {
    fn target(&self, set: &Inner) -> Option<Arc<Compiled>> {
        self.found.get_or_init(|| Arc::downgrade(&set.validator(self.target.0, &self.target.1))).upgrade()
    }
}

impl<'i, F: Form> Keyword<'i, F> for Edge {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if Keyword::<F>::is_valid(self, instance) { Ok(()) } else { Err(ValidationError::custom("does not conform")) }
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        let Some(set) = self.set.upgrade() else { return false };
        self.target(&set).is_some_and(|target| F::fits(&target, &set, instance))
    }
}
