//! Callbacks and webhooks: here the platform sends and the partner answers, so every direction is turned round.
//!
//! Pairs them by where they go, else by their key. Never calls an endpoint.

use crate::contract::Contract;
use crate::contract::model::{Callback, Direction, Operation, SchemaRef};
use crate::diff::change::Flow;
use crate::diff::gather::{Gather, Scene};
use crate::diff::operations::exchange;
use crate::diff::shape::Terms;

pub(super) fn callbacks(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    let subject = |c: &Callback| format!("callback {} of {}: {} {}", c.name, scene.subject, c.operation.method, c.expression);
    let mut free: Vec<&Callback> = old.callbacks.iter().collect();
    for after in &new.callbacks {
        let scene = delivery(scene.order, subject(after));
        let found = find(&free, |b| b.expression == after.expression && b.operation.method == after.operation.method)
            .or_else(|| find(&free, |b| b.name == after.name && b.operation.method == after.operation.method));
        let Some(found) = found else {
            let (rule, message) = if is_known(gather, &after.expression, old) {
                ("diff/callback-added-to-known-address", "it was added, and goes to an address that is given already")
            } else {
                ("diff/callback-added", "it was added")
            };
            gather.note(&scene, rule, message, Some(old.place.clone()), Some(after.operation.place.clone()));
            continue;
        };
        let before = free.remove(found);
        if before.expression != after.expression {
            let message = format!("it went to `{}`, and now goes to `{}`", before.expression, after.expression);
            let places = (Some(before.operation.place.clone()), Some(after.operation.place.clone()));
            gather.note(&scene, "diff/callback-address-changed", message, places.0, places.1);
        }
        exchange(gather, &scene, &before.operation, &after.operation);
    }
    for before in free {
        let scene = delivery(scene.order, subject(before));
        let places = (Some(before.operation.place.clone()), Some(new.place.clone()));
        gather.note(&scene, "diff/callback-removed", "it was removed", places.0, places.1);
    }
}

pub(super) fn webhooks(gather: &mut Gather<'_>, order: usize) {
    let (old, new) = (gather.old, gather.new);
    let subject = |c: &Callback| format!("webhook {}: {}", c.name, c.operation.method);
    let mut free: Vec<&Callback> = old.webhooks.iter().collect();
    for (index, after) in new.webhooks.iter().enumerate() {
        let scene = delivery(order + index, subject(after));
        match find(&free, |b| b.name == after.name && b.operation.method == after.operation.method) {
            Some(found) => exchange(gather, &scene, &free.remove(found).operation, &after.operation),
            None => gather.note(&scene, "diff/webhook-added", "it was added", None, Some(after.operation.place.clone())),
        }
    }
    for (index, before) in free.into_iter().enumerate() {
        let scene = delivery(order + new.webhooks.len() + index, subject(before));
        gather.note(&scene, "diff/webhook-removed", "it was removed", Some(before.operation.place.clone()), None);
    }
}

fn find(free: &[&Callback], wanted: impl Fn(&Callback) -> bool) -> Option<usize> {
    free.iter().position(|c| wanted(c))
}

fn delivery(order: usize, subject: String) -> Scene {
    Scene { order, subject, path: String::new(), flow: Some(Flow::Received), wire: Direction::Request }
}

/// True when everything that the address is made of was there in the old contract, so that a partner may be giving it today.
fn is_known(gather: &mut Gather<'_>, expression: &str, old: &Operation) -> bool {
    let parts: Vec<&str> = expression.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
    let used = |part: &str| old.callbacks.iter().any(|c| c.expression.contains(&format!("{{{part}}}")));
    parts.iter().all(|part| {
        used(part)
            || match part.strip_prefix("$request.") {
                Some(source) => match source.split_once('#') {
                    Some((_, pointer)) => in_body(gather.old, old, pointer),
                    None => source.split_once('.').is_some_and(|(_, name)| old.parameters.iter().any(|p| p.name == name)),
                },
                None => false,
            }
    })
}

fn in_body(contract: &Contract, operation: &Operation, pointer: &str) -> bool {
    let reader = crate::diff::expand::Reader::new(contract, Direction::Request);
    let schemas = operation.body.iter().flat_map(|b| &b.media).filter_map(|m| m.schema.as_ref());
    let reach = |schema: &SchemaRef| {
        let mut terms: Terms = reader.demand(schema);
        for name in pointer.split('/').skip(1) {
            let name = name.replace("~1", "/").replace("~0", "~");
            match reader.expand(&terms).shapes.iter().find_map(|s| s.member(&name)) {
                Some(next) => terms = next,
                None => return false,
            }
        }
        true
    };
    schemas.into_iter().any(reach)
}
