//! Resolves the choices that schemas leave, the one with the fewest open options first.
//!
//! Looks ahead by one choice, so that what contradicts itself is left early. Makes no value.

use crate::base::pointer::Pointer;
use crate::generate::make::{Choice, Maker};
use crate::generate::merge::{Change, Fork};
use crate::generate::shape::{Demand, Kinds, Shape};
use serde_json::Value;
use std::rc::Rc;

/// Options looked at while one part is merged, at most.
const MOST_LOOKS: usize = 400;

impl Maker<'_> {
    /// Merges demands and resolves what they leave open; `shift` takes later options.
    pub(super) fn merge(&mut self, demands: &[Demand], at: &Pointer, shift: usize) -> Shape {
        let (mut shape, mut forks) = self.merger.open(demands);
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
        let mut budget = MOST_LOOKS;
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
                self.log.push(Choice { rank: 0, key, at: at.clone(), options: count });
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
            Change::Take(schema) => Some(schema),
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
            if shape.absent.contains(name) || self.merger.fixed(demands).is_contradictory() {
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
}
