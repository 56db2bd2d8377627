//! Schemas with several alternatives, each matched with its best partner.
//!
//! Order and names do not matter. Never takes a reordered list for a change.

use crate::diff::schemas::{Comparer, Effect, Local};
use crate::diff::shape::Shape;
use std::collections::HashMap;

/// Pairs below a pair of alternatives that are looked at to see how alike they are.
const LOOK: usize = 40;

/// How unlike two alternatives are, and what that does to the values.
#[derive(Clone, Copy, Debug)]
struct Likeness {
    cost: usize,
    effect: Effect,
}

/// Alternatives without an evident partner, old ones times new ones, beyond which names alone decide.
const MOST_GUESSES: usize = 400;

/// Both sides, and what was found out about pairs of them.
struct Match<'c, 's, 'a> {
    comparer: &'c Comparer<'a>,
    old: &'s [Shape],
    new: &'s [Shape],
    known: HashMap<(usize, usize), Likeness>,
    free_old: Vec<usize>,
    free_new: Vec<usize>,
    pairs: Vec<(usize, usize)>,
}

pub(super) fn compare(comparer: &Comparer<'_>, old: &[Shape], new: &[Shape]) -> Local {
    let mut local = Local::default();
    let Some((first_old, first_new)) = old.first().zip(new.first()) else {
        return nothing(old, new);
    };
    let (free_old, free_new) = ((0..old.len()).collect(), (0..new.len()).collect());
    let mut found = Match { comparer, old, new, known: HashMap::new(), free_old, free_new, pairs: Vec::new() };
    found.by_name();
    found.by_likeness();
    found.pairs.sort_by_key(|(_, j)| *j);
    let several = old.len() > 1 || new.len() > 1;
    for (i, j) in &found.pairs {
        let step = new[*j].label.as_ref().filter(|_| several).map(|l| format!("‹{l}›")).unwrap_or_default();
        local.add(comparer.shapes(&old[*i], &new[*j]), &step);
    }
    local.fragile |= old.len() != new.len();
    for i in found.free_old.clone() {
        if let Some(cover) = (0..new.len()).find(|j| found.like(i, *j).effect.keeps_old()) {
            local.covered = true;
            local.silent = local.silent.and(covered(comparer, &old[i], &new[cover]));
            continue;
        }
        let message = format!("{} is no longer possible", name(&old[i], i));
        local.note("diff/alternative-removed", Effect::NARROWER, message, (&old[i], first_new), &[]);
    }
    for j in found.free_new.clone() {
        if (0..old.len()).any(|i| found.like(i, j).effect.keeps_new()) {
            local.covered = true;
            continue;
        }
        let message = format!("{} is now possible", name(&new[j], j));
        local.note("diff/alternative-added", Effect::WIDER, message, (first_old, &new[j]), &[]);
    }
    local
}

impl Match<'_, '_, '_> {
    fn like(&mut self, i: usize, j: usize) -> Likeness {
        *self.known.entry((i, j)).or_insert_with(|| like(self.comparer, &self.old[i], &self.new[j]))
    }

    fn pair(&mut self, i: usize, j: usize) {
        self.free_old.retain(|x| *x != i);
        self.free_new.retain(|x| *x != j);
        self.pairs.push((i, j));
    }

    /// Those that have the same name and did not change; with too many others, those that have the same name.
    fn by_name(&mut self) {
        for i in 0..self.old.len() {
            let label = &self.old[i].label;
            let same = self.free_new.iter().copied().find(|j| label.is_some() && self.new[*j].label == *label);
            if let Some(j) = same.filter(|j| self.comparer.is_spent() || self.like(i, *j).cost == 0) {
                self.pair(i, j);
            }
        }
        if self.free_old.len() * self.free_new.len() <= MOST_GUESSES {
            return;
        }
        for i in self.free_old.clone() {
            let label = &self.old[i].label;
            let same = self.free_new.iter().copied().find(|j| label.is_some() && self.new[*j].label == *label);
            if let Some(j) = same {
                self.pair(i, j);
            }
        }
    }

    /// The best partners first.
    fn by_likeness(&mut self) {
        if self.free_old.len() * self.free_new.len() > MOST_GUESSES {
            return;
        }
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        for i in self.free_old.clone() {
            for j in self.free_new.clone() {
                let likeness = self.like(i, j);
                if may_pair(&self.old[i], &self.new[j], likeness) {
                    pairs.push((likeness.cost * 2 + strangeness(&self.old[i], &self.new[j]), i, j));
                }
            }
        }
        pairs.sort_by_key(|(cost, i, j)| (*cost, i.abs_diff(*j), *i));
        for (_, i, j) in pairs {
            if self.free_old.contains(&i) && self.free_new.contains(&j) {
                self.pair(i, j);
            }
        }
    }
}

/// How much two names speak against a pair; `oneOf 2` is a position and no name.
fn strangeness(a: &Shape, b: &Shape) -> usize {
    let given = |shape: &Shape| shape.label.as_ref().is_some_and(|l| !l.starts_with("oneOf ") && !l.starts_with("anyOf "));
    match a.label == b.label {
        true => 0,
        false if given(a) && given(b) => 6,
        false => 1,
    }
}

/// One of the two allows nothing at all.
fn nothing(old: &[Shape], new: &[Shape]) -> Local {
    let mut local = Local::default();
    let anything = Shape::anything();
    if let Some(shape) = new.first() {
        let message = format!("the type was nothing, and is now {}", shape.types);
        local.note("diff/type-widened", Effect::WIDER, message, (&anything, shape), &["type"]);
    } else if let Some(shape) = old.first() {
        let message = format!("the type was {}, and is now nothing", shape.types);
        local.note("diff/type-narrowed", Effect::NARROWER, message, (shape, &anything), &["type"]);
    }
    local
}

fn like(comparer: &Comparer<'_>, a: &Shape, b: &Shape) -> Likeness {
    if !a.types.meets(b.types) {
        return Likeness { cost: usize::MAX / 4, effect: Effect::CROSSED };
    }
    let local = comparer.shapes(a, b);
    let effect = local.differences.iter().fold(local.silent, |all, d| all.and(d.effect));
    let (cost, below) = comparer.weigh(&local.children, LOOK);
    Likeness { cost: cost + local.differences.len(), effect: effect.and(below) }
}

/// Two alternatives are one that changed, and not one that went and one that came, when a name or most of them says so.
fn may_pair(a: &Shape, b: &Shape, likeness: Likeness) -> bool {
    if !a.types.meets(b.types) {
        return false;
    }
    if !a.tags.is_empty() && !b.tags.is_empty() {
        return a.tags.iter().any(|t| b.tags.contains(t));
    }
    if likeness.cost == 0 || (a.label.is_some() && a.label == b.label) {
        return true;
    }
    let names = |shape: &Shape| shape.members.iter().map(|m| m.properties.len()).sum::<usize>();
    likeness.cost <= 1 + names(a).min(names(b))
}

/// An alternative that another one covers: certain only where nothing was taken for granted.
fn covered(comparer: &Comparer<'_>, a: &Shape, b: &Shape) -> Effect {
    let local = comparer.shapes(a, b);
    local.children.iter().fold(Effect::NONE, |all, child| {
        let effect = comparer.relation(&child.old, &child.new, LOOK);
        if effect.keeps_old() { all } else { all.and(Effect::UNKNOWN) }
    })
}

fn name(shape: &Shape, index: usize) -> String {
    match &shape.label {
        Some(label) => format!("the alternative `{label}`"),
        None => format!("alternative {} ({})", index + 1, shape.types),
    }
}
