//! Schemas with several alternatives, each matched with its best partner.
//!
//! Order and names do not matter. Never takes a reordered list for a change.

use crate::diff::schemas::{Child, Comparer, Effect, Local};
use crate::diff::shape::Shape;

/// Pairs below a pair of alternatives that are looked at to see how alike they are.
const LOOK: usize = 60;

/// How unlike two alternatives are, and what that does to the values.
struct Likeness {
    cost: usize,
    effect: Effect,
}

pub(super) fn compare(comparer: &Comparer<'_>, old: &[Shape], new: &[Shape]) -> Local {
    let mut local = Local::default();
    let Some((first_old, first_new)) = old.first().zip(new.first()) else {
        return nothing(old, new);
    };
    let likeness: Vec<Vec<Likeness>> = old.iter().map(|a| new.iter().map(|b| like(comparer, a, b)).collect()).collect();
    let mut free_old: Vec<usize> = (0..old.len()).collect();
    let mut free_new: Vec<usize> = (0..new.len()).collect();
    let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
    for (i, row) in likeness.iter().enumerate() {
        pairs.extend(row.iter().enumerate().filter(|(j, l)| may_pair(&old[i], &new[*j], l)).map(|(j, l)| {
            let named = usize::from(old[i].label != new[j].label);
            (l.cost * 2 + named, i, j)
        }));
    }
    pairs.sort_by_key(|(cost, i, j)| (*cost, i.abs_diff(*j), *i));
    let several = old.len() > 1 || new.len() > 1;
    for (_, i, j) in pairs {
        if !free_old.contains(&i) || !free_new.contains(&j) {
            continue;
        }
        free_old.retain(|x| *x != i);
        free_new.retain(|x| *x != j);
        let found = comparer.shapes(&old[i], &new[j]);
        let step = new[j].label.as_ref().filter(|_| several).map(|l| format!("‹{l}›")).unwrap_or_default();
        local.add(found, &step);
    }
    local.fragile |= old.len() != new.len();
    for i in free_old {
        if let Some(cover) = (0..new.len()).find(|j| likeness[i][*j].effect.keeps_old()) {
            local.covered = true;
            local.silent = local.silent.and(covered(comparer, &old[i], &new[cover]));
            continue;
        }
        let name = name(&old[i], i);
        local.note(
            "diff/alternative-removed",
            Effect::NARROWER,
            format!("{name} is no longer possible"),
            (&old[i], first_new),
            &[],
        );
    }
    for j in free_new {
        if (0..old.len()).any(|i| likeness[i][j].effect.keeps_new()) {
            local.covered = true;
            continue;
        }
        let name = name(&new[j], j);
        local.note("diff/alternative-added", Effect::WIDER, format!("{name} is now possible"), (first_old, &new[j]), &[]);
    }
    local
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
    let mut cost = local.differences.len();
    let mut effect = local.differences.iter().fold(local.silent, |all, d| all.and(d.effect));
    for Child { old, new, .. } in &local.children {
        let below = comparer.walk_some(old, new, LOOK);
        cost += below.differences.len();
        effect = effect.and(below.effect);
    }
    Likeness { cost, effect }
}

/// Two alternatives are one that changed, and not one that went and one that came, when a name or most of them says so.
fn may_pair(a: &Shape, b: &Shape, likeness: &Likeness) -> bool {
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
