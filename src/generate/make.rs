//! Builds one value from a shape: members, items and leaves, and what to choose where schemas leave a choice.
//!
//! Every choice is noted, so that the search can make it otherwise. Whether the whole conforms is not known here.

use crate::base::pointer::Pointer;
use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::generate::merge::{Fork, Merger};
use crate::generate::number;
use crate::generate::shape::{Demand, Kinds, Limit, Shape, same};
use crate::generate::text::Writer;
use crate::schema::{Inline, Validator};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

/// A choice that was made.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) key: String,
    pub(super) at: Pointer,
    pub(super) options: usize,
}

/// One part of a value and what was asked of it.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) at: Pointer,
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
    /// How many items an array has.
    pub(super) counts: BTreeMap<Pointer, usize>,
    /// Values of examples are used where they fit.
    pub(super) with_examples: bool,
}

/// Parts of one value, at most.
const MOST_PARTS: usize = 4_000;

/// Nesting at which optional members are left away, and at which nothing more is built.
const SOFT_DEPTH: usize = 6;
const HARD_DEPTH: usize = 40;

/// Items and members that a schema may demand; beyond that a value is not worth its size.
const MOST_ITEMS: usize = 2_000;

pub(super) struct Maker<'c> {
    pub(super) merger: Merger<'c>,
    pub(super) writer: Writer,
    pub(super) steering: Steering,
    pub(super) log: Vec<Choice>,
    pub(super) sites: Vec<Site>,
    /// Parts built since the last value was begun, and since the beginning.
    parts: usize,
    pub(super) spent: usize,
    /// The schemas that the parts around this one come from.
    around: Vec<Rc<Shape>>,
    small: HashMap<String, Option<Validator>>,
}

/// What a part is built for.
#[derive(Clone, Debug)]
pub(super) struct Task<'t> {
    pub(super) at: Pointer,
    pub(super) name: &'t str,
    pub(super) full: bool,
    pub(super) hints: Vec<Value>,
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
            spent: 0,
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
        let task = Task { at: Pointer::root(), name: "", full, hints: hints.to_vec(), salt: 0 };
        let made = self.make(&[Demand::Of(schema.clone())], &task);
        self.spent += self.parts;
        made
    }

    fn make(&mut self, demands: &[Demand], task: &Task<'_>) -> Option<Value> {
        let (logged, sited) = (self.log.len(), self.sites.len());
        let mut tries = 1;
        let mut shift = 0;
        while shift < tries {
            self.parts += 1;
            if self.parts > MOST_PARTS || self.around.len() > HARD_DEPTH {
                return None;
            }
            self.log.truncate(logged);
            self.sites.truncate(sited);
            let shape = Rc::new(self.merge(demands, &task.at, shift));
            if shift == 0 {
                tries = self.log[logged..].iter().map(|c| c.options).max().unwrap_or(1).min(8);
            }
            if !shape.is_contradictory() {
                self.sites.push(Site { at: task.at.clone(), shape: Rc::clone(&shape) });
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

    /// Merges demands and resolves what they leave open; `shift` takes later options.
    pub(super) fn merge(&mut self, demands: &[Demand], at: &Pointer, shift: usize) -> Shape {
        let (mut shape, mut forks) = (Shape::default(), Vec::new());
        for demand in demands {
            self.merger.demand(&mut shape, demand, &mut forks);
        }
        let fixed: Vec<(Pointer, Value)> = self.steering.fixed.iter().map(|(p, v)| (p.clone(), v.clone())).collect();
        for (place, value) in fixed {
            if place == *at {
                shape.list(&[value]);
            } else if place.parent().as_ref() == Some(at)
                && let Some(name) = place.tokens().last()
            {
                shape.property(&name, Demand::Among(Rc::new(vec![value])));
                shape.require(&name);
            }
        }
        let mut budget = 400;
        while !forks.is_empty() && !shape.is_contradictory() {
            let (position, open) = self.tightest(&shape, &forks, &mut budget);
            let fork = forks.remove(position);
            if open.is_empty() {
                shape.impossible = true;
                break;
            }
            let chosen = if open.len() == 1 {
                open[0]
            } else {
                let key = format!("{at} {}", fork.key);
                let wanted = self.steering.choices.get(&key).copied().unwrap_or(0) + shift;
                let count = open.len();
                self.log.push(Choice { key, at: at.clone(), options: count });
                open[wanted % count]
            };
            for change in &fork.options[chosen] {
                self.merger.change(&mut shape, change, &mut forks);
            }
        }
        self.prefer(&mut shape);
        shape
    }

    /// The fork with the fewest options that are left, and those options in order of preference.
    fn tightest(&self, shape: &Shape, forks: &[Fork], budget: &mut usize) -> (usize, Vec<usize>) {
        let mut best: Option<(usize, Vec<usize>)> = None;
        for (i, fork) in forks.iter().enumerate() {
            let all = 0..fork.options.len();
            let mut open: Vec<usize> = if *budget == 0 {
                all.collect()
            } else {
                all.filter(|option| self.is_open(shape, fork, *option, 1, budget)).collect()
            };
            if open.len() < 2 {
                return (i, open);
            }
            if best.is_none() {
                open.sort_by_key(|option| self.weight(fork, *option));
                best = Some((i, open));
            }
        }
        best.unwrap_or_default()
    }

    /// Null comes after what holds something, and what was met on the way here comes last.
    fn weight(&self, fork: &Fork, option: usize) -> usize {
        let taken = fork.options[option].iter().filter_map(|change| match change {
            crate::generate::merge::Change::Take(schema) => Some(schema),
            _ => None,
        });
        let mut weight = 0;
        for schema in taken {
            let shape = self.merger.fixed(&[Demand::Of(schema.clone())]);
            let null = shape.kinds == Kinds::NULL || shape.listed.as_deref() == Some(&[Value::Null]);
            let target = shape.schemas.last();
            let met = self.around.iter().any(|s| target.is_some_and(|target| s.schemas.contains(target)));
            weight = weight.max(usize::from(null) + 2 * usize::from(met));
        }
        weight
    }

    /// Whether an option contradicts nothing that is known by now.
    fn is_open(&self, shape: &Shape, fork: &Fork, option: usize, depth: usize, budget: &mut usize) -> bool {
        *budget = budget.saturating_sub(1);
        let (mut shape, mut forks) = (shape.clone(), Vec::new());
        for change in &fork.options[option] {
            self.merger.change(&mut shape, change, &mut forks);
        }
        if shape.is_contradictory() {
            return false;
        }
        for (name, demands) in shape.properties.iter().filter(|(name, d)| d.len() > 1 && shape.required.contains(name)) {
            let mut inner = self.merger.fixed(demands);
            inner.impossible |= shape.absent.contains(name);
            if inner.is_contradictory() {
                return false;
            }
        }
        depth == 0
            || forks.iter().all(|fork| {
                (0..fork.options.len()).any(|option| self.is_open(&shape, fork, option, depth - 1, budget)) || *budget == 0
            })
    }

    /// A discriminator's property bears the name of the schema, where that is possible.
    fn prefer(&self, shape: &mut Shape) {
        for (name, names) in std::mem::take(&mut shape.preferred) {
            let values: Vec<Value> = names.into_iter().map(Value::String).collect();
            let demand = Demand::Among(Rc::new(values));
            let demands = shape.properties.iter().find(|(n, _)| *n == name).map(|(_, d)| d.clone()).unwrap_or_default();
            let all: Vec<Demand> = demands.into_iter().chain([demand.clone()]).collect();
            if !self.merger.fixed(&all).is_contradictory() {
                shape.property(&name, demand);
            }
        }
    }

    fn choose(&mut self, kind: &str, at: &Pointer, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        let key = format!("{at} {kind}");
        let chosen = self.steering.choices.get(&key).copied().unwrap_or(0);
        self.log.push(Choice { key, at: at.clone(), options });
        chosen % options
    }

    fn build(&mut self, shape: &Shape, task: &Task<'_>) -> Option<Value> {
        let examples = shape.examples.iter().filter(|_| self.steering.with_examples);
        let hints: Vec<Value> = task.hints.iter().chain(examples).cloned().collect();
        if let Some(listed) = shape.choices() {
            let listed: Vec<Value> = listed.into_iter().filter(|v| self.fits(shape, v)).collect();
            let first = hints.iter().find_map(|hint| listed.iter().position(|v| same(v, hint))).unwrap_or(0);
            let chosen = self.choose("listed", &task.at, listed.len());
            return listed.get((first + chosen + task.salt) % listed.len().max(1)).cloned();
        }
        let is_moment = shape.formats.iter().any(|f| f == "date-time");
        let leaves: Vec<&Value> = hints
            .iter()
            .filter(|v| !v.is_object() && !v.is_array() && !is_moment && task.salt == 0)
            .filter(|v| shape.kinds.has(Kinds::of(v)) && (!v.is_null() || shape.kinds == Kinds::NULL))
            .collect();
        let leaves: Vec<Value> = leaves.into_iter().filter(|v| self.fits(shape, v)).take(3).cloned().collect();
        if !leaves.is_empty() {
            let chosen = self.choose("example", &task.at, leaves.len() + 1);
            if let Some(leaf) = leaves.get(chosen) {
                return Some(leaf.clone());
            }
        }
        let kinds = kinds_of(shape, &hints);
        let chosen = self.choose("kind", &task.at, kinds.len());
        (0..kinds.len()).find_map(|i| {
            let kind = kinds[(chosen + i) % kinds.len()];
            self.of_kind(shape, kind, task, &hints)
        })
    }

    fn of_kind(&mut self, shape: &Shape, kind: Kinds, task: &Task<'_>, hints: &[Value]) -> Option<Value> {
        if kind == Kinds::OBJECT {
            return self.object(shape, task, hints);
        }
        if kind == Kinds::ARRAY {
            return self.array(shape, task, hints);
        }
        if kind == Kinds::STRING {
            let found = self.writer.candidates(shape, task.name, task.salt);
            let fitting: Vec<Value> = found.into_iter().map(Value::String).filter(|v| self.fits(shape, v)).take(4).collect();
            let chosen = self.choose("text", &task.at, fitting.len());
            return fitting.get(chosen).cloned();
        }
        if kind == Kinds::BOOLEAN {
            let first = self.choose("boolean", &task.at, 2) == 0;
            let value = Value::Bool(first == (task.salt.is_multiple_of(2)));
            return self.fits(shape, &value).then_some(value);
        }
        if kind == Kinds::NULL {
            return self.fits(shape, &Value::Null).then_some(Value::Null);
        }
        let chosen = self.choose("number", &task.at, 4);
        let mut own = shape.clone();
        own.kinds = own.kinds.and(kind);
        (0..4).find_map(|i| number::plain(&own, task.salt + chosen + i).filter(|v| self.fits(shape, v)))
    }

    fn object(&mut self, shape: &Shape, task: &Task<'_>, hints: &[Value]) -> Option<Value> {
        let mut made: Map<String, Value> = Map::new();
        let mut wanted: Vec<String> = Vec::new();
        let is_added = |name: &str| self.steering.add.contains(&task.at.push(name));
        for (name, _) in &shape.properties {
            if shape.required.contains(name) || task.full && self.around.len() <= SOFT_DEPTH || is_added(name) {
                wanted.push(name.clone());
            }
        }
        let added = self.steering.add.iter().filter(|p| p.parent().as_ref() == Some(&task.at));
        let others = shape.required.iter().cloned().chain(added.filter_map(|p| p.tokens().last()));
        for name in others.collect::<Vec<_>>() {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        let mut i = 0;
        while let Some(name) = wanted.get(i).cloned() {
            i += 1;
            if made.len() > MOST_ITEMS {
                return None;
            }
            let must = shape.required.contains(&name);
            let room = shape.max_properties.is_none_or(|most| made.len() < most);
            if !must && (!room || self.steering.drop.contains(&task.at.push(&name))) {
                continue;
            }
            match self.member(shape, &name, must, task, hints)? {
                Some(value) => {
                    for (_, more) in shape.dependent.iter().filter(|(cause, _)| *cause == name) {
                        wanted.extend(more.iter().filter(|n| !wanted.contains(n)).cloned().collect::<Vec<_>>());
                    }
                    made.insert(name, value);
                }
                None if must && !self.is_hidden(shape, &name) => return None,
                None => {}
            }
        }
        let show_one = task.full && shape.properties.is_empty() && shape.additional.iter().any(|a| a.demand.is_some());
        let least = shape.min_properties.max(usize::from(show_one || task.full && !shape.pattern_properties.is_empty()));
        self.more_members(shape, task, least, &mut made, hints);
        if made.len() < shape.min_properties {
            return None;
        }
        // What a trimmed object may not hold was optional.
        if let Some(most) = shape.max_properties {
            let surplus: Vec<String> = made.keys().filter(|n| !shape.required.contains(n)).cloned().collect();
            let count = made.len().saturating_sub(most);
            surplus.into_iter().rev().take(count).for_each(|name| {
                made.shift_remove(&name);
            });
        }
        Some(Value::Object(made))
    }

    fn is_hidden(&self, shape: &Shape, name: &str) -> bool {
        shape.properties.iter().find(|(n, _)| n == name).is_some_and(|(_, demands)| self.merger.fixed(demands).hidden)
    }

    /// The outer `None` ends the object: nothing is possible any more.
    #[expect(clippy::option_option, reason = "an absent member and an impossible object are two things")]
    fn member(&mut self, shape: &Shape, name: &str, must: bool, task: &Task<'_>, hints: &[Value]) -> Option<Option<Value>> {
        let Some(demands) = self.demands_of(shape, name) else { return if must { None } else { Some(None) } };
        let seen = self.merger.fixed(&demands);
        if seen.hidden || !must && seen.is_contradictory() {
            return Some(None);
        }
        // A schema within itself is shown once, and then only as far as it must be.
        let again = |s: &SchemaRef| self.around.iter().filter(|a| a.schemas.contains(s)).count();
        let met = seen.schemas.iter().map(again).max().unwrap_or(0);
        if met > 1 && !must {
            return Some(None);
        }
        let hints = hints.iter().filter_map(|hint| hint.get(name).cloned()).collect();
        let full = task.full && met == 0;
        let below = Task { at: task.at.push(name), name, full, hints, salt: task.salt };
        let sited = self.sites.len();
        let made = self.make(&demands, &below);
        if made.is_none() {
            self.sites.truncate(sited);
        }
        Some(made)
    }

    fn demands_of(&mut self, shape: &Shape, name: &str) -> Option<Vec<Demand>> {
        let patterns: BTreeSet<String> = shape
            .pattern_properties
            .iter()
            .map(|(p, _)| p)
            .chain(shape.additional.iter().flat_map(|a| &a.patterns))
            .cloned()
            .collect();
        let text = Value::String(name.to_owned());
        let matching: BTreeSet<String> = patterns.into_iter().filter(|p| self.conforms(&json!({"pattern": p}), &text)).collect();
        shape.demands_of(name, &|pattern, _| matching.contains(pattern))
    }

    /// Adds members until there are enough of them.
    fn more_members(&mut self, shape: &Shape, task: &Task<'_>, least: usize, made: &mut Map<String, Value>, hints: &[Value]) {
        let least = least.min(MOST_ITEMS);
        let optional: Vec<String> = shape.properties.iter().map(|(n, _)| n.clone()).collect();
        let mut names: Vec<String> = optional;
        names.extend(hints.iter().filter_map(Value::as_object).flat_map(|o| o.keys().cloned()));
        for (pattern, _) in &shape.pattern_properties {
            let named = Shape { patterns: vec![pattern.clone()], ..Shape::default() };
            for salt in 0..=least {
                names.extend(self.writer.candidates(&named, "key", salt).into_iter().take(4));
            }
        }
        if !shape.names.is_empty() {
            let named = self.merge(&shape.names, &task.at.push("~"), 0);
            names.extend(named.choices().unwrap_or_default().iter().filter_map(|v| v.as_str().map(str::to_owned)));
            for salt in 0..=least {
                names.extend(self.writer.candidates(&named, "key", salt).into_iter().take(8));
            }
        }
        names.extend((1..=least + 1).map(|n| format!("key{n}")));
        for name in names {
            if made.len() >= least || shape.max_properties.is_some_and(|most| made.len() >= most) {
                return;
            }
            if made.contains_key(&name) || self.steering.drop.contains(&task.at.push(&name)) || !self.is_name(shape, &name) {
                continue;
            }
            if shape.is_closed && !shape.properties.iter().any(|(n, _)| *n == name) && shape.pattern_properties.is_empty() {
                continue;
            }
            if let Some(Some(value)) = self.member(shape, &name, false, task, hints) {
                made.insert(name, value);
            }
        }
    }

    fn is_name(&mut self, shape: &Shape, name: &str) -> bool {
        if shape.names.is_empty() {
            return true;
        }
        let named = self.merger.fixed(&shape.names);
        self.fits(&named, &Value::String(name.to_owned()))
    }

    fn array(&mut self, shape: &Shape, task: &Task<'_>, hints: &[Value]) -> Option<Value> {
        let shown = hints.iter().find_map(Value::as_array).cloned().unwrap_or_default();
        let asked: usize = shape.contains.iter().map(|c| c.least).sum();
        let open = shape.rest.iter().all(|(from, demand)| demand.is_some() || *from > 0);
        let wanted = match task.full && self.around.len() <= SOFT_DEPTH + 1 {
            true => shown.len().clamp(usize::from(open), 3).max(shape.prefix.len()),
            false => 0,
        };
        let wanted = self.steering.counts.get(&task.at).copied().unwrap_or(wanted);
        let count = wanted.max(shape.min_items).max(asked).min(shape.max_items.unwrap_or(usize::MAX));
        if count > MOST_ITEMS || count < shape.min_items || count < asked {
            return None;
        }
        let mut contained = shape.contains.iter().flat_map(|c| std::iter::repeat_n(&c.demand, c.least));
        let mut made: Vec<Value> = Vec::new();
        for i in 0..count {
            let Some(mut demands) = shape.demands_at(i) else { break };
            // Items by position come first, where there is room behind them.
            let owed = contained.clone().count();
            if owed > 0 && (i >= shape.prefix.len() || count - i <= owed) {
                demands.extend(contained.next().cloned());
            }
            let mut found = None;
            for salt in 0..30 {
                let hints = shown.get(i).cloned().into_iter().filter(|_| salt == 0).collect();
                let salt = if salt == 0 { task.salt } else { task.salt + i + salt };
                let name = if task.name.is_empty() { "item" } else { task.name };
                let below = Task { at: task.at.push(i), name, full: task.full, hints, salt };
                let sited = self.sites.len();
                match self.make(&demands, &below) {
                    Some(value) if shape.unique && made.iter().any(|other| same(other, &value)) => self.sites.truncate(sited),
                    Some(value) => {
                        found = Some(value);
                        break;
                    }
                    None => {
                        self.sites.truncate(sited);
                        break;
                    }
                }
            }
            match found {
                Some(value) => made.push(value),
                None => break,
            }
        }
        (made.len() >= shape.min_items.max(asked)).then_some(Value::Array(made))
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

    fn conforms(&mut self, schema: &Value, value: &Value) -> bool {
        let compiled = self.small.entry(schema.to_string()).or_insert_with(|| Inline::new().compile(schema).ok());
        // What cannot be compiled by itself is for the whole to judge.
        compiled.as_ref().is_none_or(|c| c.is_valid(value))
    }
}

/// The kinds that a value may be of, the likeliest first.
fn kinds_of(shape: &Shape, hints: &[Value]) -> Vec<Kinds> {
    let all = [Kinds::OBJECT, Kinds::ARRAY, Kinds::STRING, Kinds::INTEGER, Kinds::FRACTION, Kinds::BOOLEAN, Kinds::NULL];
    let mut kinds: Vec<Kinds> = all.into_iter().filter(|kind| shape.kinds.has(*kind)).collect();
    let shown = hints.iter().map(Kinds::of).find(|kind| shape.kinds.has(*kind));
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
