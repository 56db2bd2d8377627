//! Schemas that allow finitely many values, compared value by value.
//!
//! Exact, however the list is written: `enum`, `const`, alternatives of them. Never compares what has no end.

use crate::diff::keywords::value_changes;
use crate::diff::normal::is_listed;
use crate::diff::schemas::{Comparer, Effect, Local};
use crate::diff::shape::{Shape, Terms, Types};
use serde_json::Value;

/// The comparison, where at least one side is a list and both may be compared by values.
pub(super) fn compare(comparer: &Comparer<'_>, old: (&Terms, &[Shape]), new: (&Terms, &[Shape])) -> Option<Local> {
    let is_list = |shapes: &[Shape]| shapes.iter().any(|s| s.values.is_some());
    if !is_list(old.1) && !is_list(new.1) {
        return None;
    }
    let types = |shapes: &[Shape]| shapes.iter().fold(Types::NONE, |all, s| all.or(s.types)).without(Types::NULL);
    if !types(old.1).meets(types(new.1)) {
        return None;
    }
    let before = values(old.1);
    let after = values(new.1);
    let pair = (old.1.first()?, new.1.first()?);
    let mut local = Local::default();
    let open = old.1.iter().chain(new.1).any(|s| s.is_open);
    match (before, after) {
        (Some(mut before), Some(mut after)) => {
            if !old.1.iter().all(is_whole) {
                before.retain(|v| comparer.old.accepts(old.0, v));
            }
            if !new.1.iter().all(is_whole) {
                after.retain(|v| comparer.new.accepts(new.0, v));
            }
            value_changes(&before, &after, open, pair, &mut local);
        }
        (Some(before), None) => {
            let refused = |v: &&Value| comparer.old.accepts(old.0, v) && !comparer.new.accepts(new.0, v);
            let lost: Vec<Value> = before.iter().filter(refused).cloned().collect();
            value_changes(&lost, &[], open, pair, &mut local);
            let message = "values beyond the list are possible now".to_owned();
            local.note("diff/enum-dropped", Effect::WIDER, message, pair, &["enum", "const"]);
        }
        (None, Some(after)) => {
            let message = format!("only listed values are possible now ({})", after.len());
            local.note("diff/enum-added", Effect::NARROWER, message, pair, &["enum", "const"]);
            let unheard = |v: &&Value| comparer.new.accepts(new.0, v) && !comparer.old.accepts(old.0, v);
            let came: Vec<Value> = after.iter().filter(unheard).cloned().collect();
            value_changes(&[], &came, open, pair, &mut local);
        }
        (None, None) => return None,
    }
    Some(local)
}

fn is_whole(shape: &Shape) -> bool {
    is_listed(shape) || shape.values.is_none()
}

/// Every value that may be allowed; `None` when there is no end of them.
fn values(shapes: &[Shape]) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    for shape in shapes {
        let own = match &shape.values {
            Some(values) => values.clone(),
            None if shape.types.within(Types::BOOL.or(Types::NULL)) && shape.is_plain() => {
                let possible = [Value::Bool(true), Value::Bool(false), Value::Null];
                possible.into_iter().filter(|v| Types::of(v).within(shape.types)).collect()
            }
            None => return None,
        };
        for value in own {
            if !all.contains(&value) {
                all.push(value);
            }
        }
    }
    Some(all)
}
