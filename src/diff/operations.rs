//! The operations of two contracts, paired and compared.
//!
//! The name of a path parameter and the border between base path and path are no part of a URL. Never looks into a message.

use crate::contract::Contract;
use crate::contract::model::{Direction, Operation, SecurityKind};
use crate::diff::change::{Comparison, Flow, Impact, Policy, Verdict};
use crate::diff::gather::{Gather, Scene};
use crate::diff::{deliveries, messages, responses, security, version};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What changed from one version of a contract to another.
#[must_use]
pub fn diff(old: &Contract, new: &Contract) -> Comparison {
    diff_with(old, new, Policy::default())
}

/// The same, with what partners are bound to tolerate.
#[must_use]
pub fn diff_with(old: &Contract, new: &Contract, policy: Policy) -> Comparison {
    let mut gather = Gather::new(old, new, policy);
    let pairs = pair(old, new);
    servers(&mut gather, &pairs);
    let mut met = BTreeSet::new();
    for (order, operation) in new.operations.iter().enumerate() {
        let scene = scene(order + 1, operation);
        match pairs.of_new[order] {
            Some(before) => {
                met.insert(before);
                operations(&mut gather, &scene, &old.operations[before], operation);
            }
            None => gather.note(&scene, "diff/operation-added", "it was added", None, Some(operation.place.clone())),
        }
    }
    for (index, operation) in old.operations.iter().enumerate().filter(|(index, _)| !met.contains(index)) {
        let scene = scene(new.operations.len() + 1 + index, operation);
        gather.note(&scene, "diff/operation-removed", gone(operation, new), Some(operation.place.clone()), None);
    }
    deliveries::webhooks(&mut gather, new.operations.len() + old.operations.len() + 1);
    let changes = gather.finish();
    let raise = version::compare(&old.version, &new.version);
    let breaks = changes.iter().any(|c| c.impact == Impact::Breaking);
    let verdict = match (changes.is_empty(), breaks, raise.raised) {
        (true, ..) => Verdict::Same,
        (_, false, _) => Verdict::Compatible,
        (_, true, true) => Verdict::BreakingMajorRaised,
        (_, true, false) => Verdict::BreakingUnderSameMajor,
    };
    Comparison {
        title: new.title.clone(),
        old_version: old.version.clone(),
        new_version: new.version.clone(),
        version_note: raise.note,
        changes,
        verdict,
    }
}

fn scene(order: usize, operation: &Operation) -> Scene {
    Scene {
        order,
        subject: format!("{} {}", operation.method, operation.path.as_str()),
        path: String::new(),
        flow: Some(Flow::Sent),
        wire: Direction::Request,
    }
}

/// Which operation is which.
struct Pairs {
    /// For each new operation, the old one.
    of_new: Vec<Option<usize>>,
    /// Some were found below another base path only.
    moved: bool,
}

fn pair(old: &Contract, new: &Contract) -> Pairs {
    let whole = |contract: &Contract, o: &Operation| {
        let base = o.servers.first().map_or_else(|| contract.base_path().to_owned(), crate::contract::model::Server::base_path);
        (o.method.clone(), format!("{base}{}", o.path.shape()))
    };
    let below = |o: &Operation| (o.method.clone(), o.path.shape());
    let mut of_new = vec![None; new.operations.len()];
    let mut free: Vec<usize> = (0..old.operations.len()).collect();
    let mut moved = false;
    let wholes: Vec<_> = old.operations.iter().map(|o| whole(old, o)).collect();
    for (slot, operation) in of_new.iter_mut().zip(&new.operations) {
        let key = whole(new, operation);
        if let Some(at) = free.iter().position(|i| wholes[*i] == key) {
            *slot = Some(free.remove(at));
        }
    }
    for (slot, operation) in of_new.iter_mut().zip(&new.operations).filter(|(slot, _)| slot.is_none()) {
        let key = below(operation);
        if let Some(at) = free.iter().position(|i| below(&old.operations[*i]) == key) {
            *slot = Some(free.remove(at));
            moved = true;
        }
    }
    Pairs { of_new, moved }
}

/// How an operation that is gone is told, with where it may have gone.
fn gone(operation: &Operation, new: &Contract) -> String {
    let named = new.operations.iter().find(|o| o.id == operation.id);
    match named {
        Some(other) => format!("it was removed; `{}` is {} {} now", other.id, other.method, other.path.as_str()),
        None if new.operations.iter().any(|o| o.path.shape() == operation.path.shape()) => {
            "the method was removed from the path".to_owned()
        }
        None => "it was removed".to_owned(),
    }
}

fn servers(gather: &mut Gather<'_>, pairs: &Pairs) {
    let (old, new) = (gather.old, gather.new);
    let scene = Scene { order: 0, subject: "the API".to_owned(), path: String::new(), flow: None, wire: Direction::Request };
    if pairs.moved {
        let message = format!("the base path was `{}/`, and is now `{}/`", old.base_path(), new.base_path());
        gather.note(&scene, "diff/base-path-changed", message, None, None);
    }
    let origins = |contract: &Contract| -> BTreeSet<String> {
        let urls = contract.servers.iter().filter_map(|server| {
            let url = server.default_url();
            let (scheme, rest) = url.split_once("://")?;
            Some(format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default()))
        });
        urls.collect()
    };
    let (before, after) = (origins(old), origins(new));
    for host in before.difference(&after) {
        gather.note(&scene, "diff/server-removed", format!("`{host}` is no longer named"), None, None);
    }
    for host in after.difference(&before) {
        gather.note(&scene, "diff/server-added", format!("`{host}` was added"), None, None);
    }
    for scheme in &new.security_schemes {
        let SecurityKind::OAuth2 { token_url: Some(after), .. } = &scheme.kind else { continue };
        let before = old.security_schemes.iter().find(|s| s.name == scheme.name).map(|s| &s.kind);
        if let Some(SecurityKind::OAuth2 { token_url: Some(before), .. }) = before
            && before != after
        {
            let message = format!("the token endpoint of `{}` was `{before}`, and is now `{after}`", scheme.name);
            gather.note(&scene, "diff/token-url-changed", message, None, None);
        }
    }
}

fn operations(gather: &mut Gather<'_>, scene: &Scene, old: &Arc<Operation>, new: &Arc<Operation>) {
    let places = (Some(old.place.clone()), Some(new.place.clone()));
    let given = |o: &Operation| (o.id != format!("{} {}", o.method, o.path.as_str())).then(|| o.id.clone());
    if let (Some(before), Some(after)) = (given(old), given(new))
        && before != after
    {
        let message = format!("the `operationId` was `{before}`, and is now `{after}`");
        gather.note(scene, "diff/operation-id-changed", message, places.0.clone(), places.1.clone());
    }
    if !old.deprecated && new.deprecated {
        let message = "it was marked as deprecated";
        gather.note(scene, "diff/operation-deprecated", message, places.0.clone(), places.1.clone());
    }
    if !old.read_once && new.read_once {
        let message = "its answer is now gone once it was read";
        gather.note(scene, "diff/read-once-added", message, places.0, places.1);
    }
    exchange(gather, scene, old, new);
    deliveries::callbacks(gather, scene, old, new);
}

/// What both an operation and a delivery consist of.
pub(super) fn exchange(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    security::compare(gather, scene, old, new);
    messages::parameters(gather, scene, old, new);
    messages::body(gather, scene, old, new);
    responses::compare(gather, &scene.toward(Direction::Response), old, new);
}
