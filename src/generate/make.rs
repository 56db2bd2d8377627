//! Builds one value from a shape: members, items and leaves, and what to choose where schemas leave a choice.
//!
//! Every choice is noted, so that the search can make it otherwise. Whether the whole conforms is not known here.

use crate::base::pointer::Pointer;
use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::generate::merge::Merger;
use crate::generate::number;
use crate::generate::shape::{Demand, Kinds, Limit, Shape, same};
use crate::generate::text::Writer;
use crate::schema::{Inline, Validator};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A choice that was made.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Lower ones are varied first.
    pub(super) rank: u8,
    pub(super) key: String,
    pub(super) at: Pointer,
    pub(super) options: usize,
}

/// One part of a value and what was asked of it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) at: Pointer,
    pub(super) demands: Rc<[Demand]>,
    pub(super) shape: Rc<Shape>,
}

/// What the search decides from outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Steering {
    /// Options taken instead of the first, by the key of the choice.
    pub(super) choices: HashMap<String, usize>,
    /// Values given from outside.
    pub(super) fixed: BTreeMap<Pointer, Value>,
    /// Properties added and properties left away.
    pub(super) add: BTreeSet<Pointer>,
    pub(super) drop: BTreeSet<Pointer>,
    /// How many items an array has, and members an object with no properties of its own.
    pub(super) counts: BTreeMap<Pointer, usize>,
    /// Values of examples are used where they fit.
    pub(super) with_examples: bool,
}

/// Parts of one value, at most.
const MOST_PARTS: usize = 4_000;

/// Nesting at which nothing more is built.
const HARD_DEPTH: usize = 40;

pub(super) struct Maker<'c> {
    pub(super) merger: Merger<'c>,
    pub(super) writer: Writer,
    pub(super) steering: Steering,
    pub(super) log: Vec<Choice>,
    pub(super) sites: Vec<Site>,
    /// Parts built since the last value was begun.
    parts: usize,
    /// Schemas merged, until which values are made at all.
    pub(super) budget: usize,
    /// What was asked of the parts around this one.
    pub(super) around: Vec<Rc<Shape>>,
    small: HashMap<String, Option<Validator>>,
}

/// What a part is built for.
#[derive(Clone, Debug)]
pub(super) struct Task<'t> {
    pub(super) at: Pointer,
    pub(super) name: &'t str,
    pub(super) full: bool,
    pub(super) hints: Vec<&'t Value>,
    pub(super) salt: usize,
}

impl<'c> Maker<'c> {
    pub(super) fn new(contract: &'c Contract, direction: Direction, writer: Writer) -> Self {
        Self {
            merger: Merger::new(contract, direction),
            writer,
            steering: Steering::default(),
            log: Vec::new(),
            sites: Vec::new(),
            parts: 0,
            budget: 0,
            around: Vec::new(),
            small: HashMap::new(),
        }
    }

    /// A whole value.
    pub(super) fn value(&mut self, schema: &SchemaRef, full: bool, hints: &[Value]) -> Option<Value> {
        self.log.clear();
        self.sites.clear();
        self.around.clear();
        self.parts = 0;
        let task = Task { at: Pointer::root(), name: "", full, hints: hints.iter().collect(), salt: 0 };
        self.make(&[Demand::Of(schema.clone())], &task)
    }

    pub(super) fn make(&mut self, demands: &[Demand], task: &Task<'_>) -> Option<Value> {
        let (logged, sited) = (self.log.len(), self.sites.len());
        let mut tries = 1;
        let mut shift = 0;
        while shift < tries {
            self.parts += 1;
            if self.parts > MOST_PARTS || self.around.len() > HARD_DEPTH || self.merger.work.get() > self.budget {
                return None;
            }
            self.log.truncate(logged);
            self.sites.truncate(sited);
            let shape = Rc::new(self.merge(demands, &task.at, shift));
            if shift == 0 {
                tries = self.log[logged..].iter().map(|c| c.options).max().unwrap_or(1).min(8);
            }
            if !shape.is_contradictory() {
                self.sites.push(Site { at: task.at.clone(), demands: demands.into(), shape: Rc::clone(&shape) });
                self.around.push(Rc::clone(&shape));
                let made = self.build(&shape, task);
                self.around.pop();
                if made.is_some() {
                    return made;
                }
            }
            shift += 1;
        }
        None
    }

    /// The option taken of so many; those of a higher rank are varied later.
    pub(super) fn choose(&mut self, rank: u8, kind: &str, at: &Pointer, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        let key = format!("{at} {kind}");
        let chosen = self.steering.choices.get(&key).copied().unwrap_or(0);
        self.log.push(Choice { rank, key, at: at.clone(), options });
        chosen % options
    }

    fn build(&mut self, shape: &Shape, task: &Task<'_>) -> Option<Value> {
        let examples = shape.examples.iter().filter(|_| self.steering.with_examples);
        let hints: Vec<&Value> = task.hints.iter().copied().chain(examples).collect();
        if let Some(listed) = shape.choices() {
            let listed: Vec<Value> = listed.into_iter().filter(|v| self.fits(shape, v)).collect();
            let first = hints.iter().find_map(|hint| listed.iter().position(|v| same(v, hint))).unwrap_or(0);
            let chosen = self.choose(1, "listed", &task.at, listed.len());
            return listed.get((first + chosen + task.salt) % listed.len().max(1)).cloned();
        }
        let is_moment = shape.formats.iter().any(|f| f == "date-time");
        let leaves: Vec<&Value> = hints
            .iter()
            .copied()
            .filter(|v| !v.is_object() && !v.is_array() && !is_moment && task.salt == 0)
            .filter(|v| shape.kinds.has(Kinds::of(v)) && (!v.is_null() || shape.kinds == Kinds::NULL))
            .collect();
        let leaves: Vec<Value> = leaves.into_iter().filter(|v| self.fits(shape, v)).take(3).cloned().collect();
        if !leaves.is_empty() {
            let chosen = self.choose(1, "example", &task.at, leaves.len() + 1);
            if let Some(leaf) = leaves.get(chosen) {
                return Some(leaf.clone());
            }
        }
        let kinds = kinds_of(shape, &hints);
        let chosen = self.choose(2, "kind", &task.at, kinds.len());
        (0..kinds.len()).find_map(|i| {
            let kind = kinds[(chosen + i) % kinds.len()];
            self.of_kind(shape, kind, task, &hints)
        })
    }

    fn of_kind(&mut self, shape: &Shape, kind: Kinds, task: &Task<'_>, hints: &[&Value]) -> Option<Value> {
        if kind == Kinds::OBJECT {
            return self.object(shape, task, hints);
        }
        if kind == Kinds::ARRAY {
            return self.array(shape, task, hints);
        }
        if kind == Kinds::STRING {
            let found = self.writer.candidates(shape, task.name, task.salt);
            let fitting: Vec<Value> = found.into_iter().map(Value::String).filter(|v| self.fits(shape, v)).take(4).collect();
            let chosen = self.choose(1, "text", &task.at, fitting.len());
            return fitting.get(chosen).cloned();
        }
        if kind == Kinds::BOOLEAN {
            let first = self.choose(1, "boolean", &task.at, 2) == 0;
            let value = Value::Bool(first == (task.salt.is_multiple_of(2)));
            return self.fits(shape, &value).then_some(value);
        }
        if kind == Kinds::NULL {
            return self.fits(shape, &Value::Null).then_some(Value::Null);
        }
        let chosen = self.choose(1, "number", &task.at, 4);
        let mut own = shape.clone();
        own.kinds = own.kinds.and(kind);
        (0..4).find_map(|i| number::plain(&own, task.salt + chosen + i).filter(|v| self.fits(shape, v)))
    }

    /// Whether a leaf conforms to the keywords that concern it; members and items are not looked at.
    pub(super) fn fits(&mut self, shape: &Shape, value: &Value) -> bool {
        if !shape.kinds.has(Kinds::of(value)) || shape.excluded.iter().any(|e| same(e, value)) {
            return false;
        }
        if let Some(listed) = &shape.listed
            && !listed.iter().any(|v| same(v, value))
        {
            return false;
        }
        let mut parts = Vec::new();
        match value {
            Value::String(text) => {
                let count = text.chars().count() as u64;
                if count < shape.min_length || shape.max_length.is_some_and(|most| count > most) {
                    return false;
                }
                parts.extend(shape.patterns.iter().map(|p| json!({"pattern": p})));
                parts.extend(shape.formats.iter().map(|f| json!({"format": f})));
            }
            Value::Number(_) => {
                for (limit, inclusive, exclusive) in
                    [(&shape.lowest, "minimum", "exclusiveMinimum"), (&shape.highest, "maximum", "exclusiveMaximum")]
                {
                    let keyword = |l: &Limit| if l.exclusive { exclusive } else { inclusive };
                    parts.extend(limit.iter().map(|limit| json!({keyword(limit): limit.at})));
                }
                parts.extend(shape.multiples.iter().map(|m| json!({"multipleOf": m})));
            }
            _ => {}
        }
        parts.iter().all(|part| self.conforms(part, value))
    }

    pub(super) fn conforms(&mut self, schema: &Value, value: &Value) -> bool {
        let compiled = self.small.entry(schema.to_string()).or_insert_with(|| Inline::new().compile(schema).ok());
        // What cannot be compiled by itself is for the whole to judge.
        compiled.as_ref().is_none_or(|c| c.is_valid(value))
    }
}

/// The kinds that a value may be of, the likeliest first.
fn kinds_of(shape: &Shape, hints: &[&Value]) -> Vec<Kinds> {
    let all = [Kinds::OBJECT, Kinds::ARRAY, Kinds::STRING, Kinds::INTEGER, Kinds::FRACTION, Kinds::BOOLEAN, Kinds::NULL];
    let mut kinds: Vec<Kinds> = all.into_iter().filter(|kind| shape.kinds.has(*kind)).collect();
    let shown = hints.iter().map(|hint| Kinds::of(hint)).find(|kind| shape.kinds.has(*kind));
    let object = !shape.properties.is_empty()
        || !shape.required.is_empty()
        || !shape.additional.is_empty()
        || !shape.pattern_properties.is_empty()
        || shape.min_properties > 0;
    let array = !shape.rest.is_empty() || !shape.prefix.is_empty() || !shape.contains.is_empty() || shape.min_items > 0;
    let number = shape.lowest.is_some() || shape.highest.is_some() || !shape.multiples.is_empty();
    let likeliest = match shape.is_typed {
        _ if object => Kinds::OBJECT,
        _ if array => Kinds::ARRAY,
        _ if number => Kinds::INTEGER,
        false => Kinds::STRING,
        true => kinds.first().copied().unwrap_or(Kinds::NONE),
    };
    let likeliest = shown.filter(|kind| *kind != Kinds::NULL).unwrap_or(likeliest);
    kinds.sort_by_key(|kind| *kind != likeliest);
    kinds
}
