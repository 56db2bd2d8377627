//! Builds objects and arrays: which members and items there are, and how many.
//!
//! What each of them is is built elsewhere. Whether the whole conforms is not known here.

use crate::contract::model::SchemaRef;
use crate::generate::make::{Maker, Task};
use crate::generate::shape::{Demand, Shape, same};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Nesting at which optional members are left away.
const SOFT_DEPTH: usize = 6;

/// Items and members that a schema may demand; beyond that a value is not worth its size.
const MOST_ITEMS: usize = 2_000;

impl Maker<'_> {
    pub(super) fn object(&mut self, shape: &Shape, task: &Task<'_>, hints: &[&Value]) -> Option<Value> {
        let mut made: Map<String, Value> = Map::new();
        let mut wanted: Vec<String> = Vec::new();
        let is_optional = |(name, _): &(String, Vec<Demand>)| !shape.required.contains(name);
        let options = if shape.properties.iter().any(is_optional) { 2 } else { 1 };
        let is_full = task.full != (self.choose(3, "presence", &task.at, options) == 1);
        let is_added = |name: &str| self.steering.add.contains(&task.at.push(name));
        for (name, _) in &shape.properties {
            if shape.required.contains(name) || is_full && self.around.len() <= SOFT_DEPTH || is_added(name) {
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
        let shown = usize::from(show_one || task.full && !shape.pattern_properties.is_empty());
        let least = self.steering.counts.get(&task.at).copied().unwrap_or(shown).max(shape.min_properties);
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
    fn member(&mut self, shape: &Shape, name: &str, must: bool, task: &Task<'_>, hints: &[&Value]) -> Option<Option<Value>> {
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
        let hints = hints.iter().filter_map(|hint| hint.get(name)).collect();
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
    fn more_members(&mut self, shape: &Shape, task: &Task<'_>, least: usize, made: &mut Map<String, Value>, hints: &[&Value]) {
        let least = least.min(MOST_ITEMS);
        let optional: Vec<String> = shape.properties.iter().map(|(n, _)| n.clone()).collect();
        let mut names: Vec<String> = optional;
        names.extend(hints.iter().filter_map(|hint| hint.as_object()).flat_map(|o| o.keys().cloned()));
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

    pub(super) fn array(&mut self, shape: &Shape, task: &Task<'_>, hints: &[&Value]) -> Option<Value> {
        let shown = hints.iter().find_map(|hint| hint.as_array()).map(Vec::as_slice).unwrap_or_default();
        let asked: usize = shape.contains.iter().map(|c| c.least).sum();
        let open = shape.rest.iter().all(|(from, demand)| demand.is_some() || *from > 0);
        let wanted = match task.full && self.around.len() <= SOFT_DEPTH + 1 {
            true => shown.len().clamp(usize::from(open), 3).max(shape.prefix.len()),
            false => 0,
        };
        let wanted = match (self.steering.counts.get(&task.at).copied(), self.choose(3, "count", &task.at, 3)) {
            (Some(count), _) => count,
            (None, 1) if task.full => 0,
            (None, 1) => shape.prefix.len().max(1),
            (None, 2) => wanted + 1,
            (None, _) => wanted,
        };
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
                let hints = shown.get(i).into_iter().filter(|_| salt == 0).collect();
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
}
