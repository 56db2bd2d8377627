//! Who is let in: the alternatives of the one contract against those of the other.
//!
//! A scheme is what it does on the wire, not what it is called. Never looks at a credential.

use crate::contract::Contract;
use crate::contract::model::{Direction, Operation, SecurityAlternative, SecurityKind};
use crate::diff::gather::{Gather, Scene};
use std::collections::{BTreeMap, BTreeSet};

/// What one alternative wants: schemes by what they do, with their scopes.
type Wants = BTreeMap<String, BTreeSet<String>>;

pub(super) fn compare(gather: &mut Gather<'_>, scene: &Scene, old: &Operation, new: &Operation) {
    let scene = scene.toward(Direction::Request).at("security");
    let places = (Some(old.place.clone()), Some(new.place.clone()));
    let (before, after) = (all(gather.old, old), all(gather.new, new));
    for wants in before.iter().filter(|b| !after.iter().any(|a| suffices(b, a))) {
        let grown = after.iter().find(|a| suffices(a, wants));
        let (rule, message) = match grown {
            Some(grown) => {
                ("diff/security-strengthened", format!("{} no longer suffices: it takes {}", show(wants), show(grown)))
            }
            None => ("diff/security-removed", format!("{} no longer suffices", show(wants))),
        };
        gather.note(&scene, rule, message, places.0.clone(), places.1.clone());
    }
    for wants in after.iter().filter(|a| !before.iter().any(|b| suffices(a, b))) {
        // A stricter form of what there was is told already.
        gather.note(&scene, "diff/security-added", format!("{} suffices now", show(wants)), places.0.clone(), places.1.clone());
    }
}

/// True when who has `has` is let in where `wants` is wanted.
fn suffices(has: &Wants, wants: &Wants) -> bool {
    wants.iter().all(|(scheme, scopes)| has.get(scheme).is_some_and(|own| scopes.is_subset(own)))
}

fn all(contract: &Contract, operation: &Operation) -> Vec<Wants> {
    if operation.security.is_empty() {
        return vec![Wants::new()];
    }
    let mut all: Vec<Wants> = Vec::new();
    for SecurityAlternative(needs) in &operation.security {
        let mut wants = Wants::new();
        for need in needs {
            wants.entry(identity(contract, &need.scheme)).or_default().extend(need.scopes.iter().cloned());
        }
        if !all.contains(&wants) {
            all.push(wants);
        }
    }
    all
}

fn identity(contract: &Contract, name: &str) -> String {
    let kind = contract.security_schemes.iter().find(|s| s.name == name).map(|s| &s.kind);
    match kind {
        None => name.to_owned(),
        Some(SecurityKind::ApiKey { location, field }) => {
            let field = if *location == crate::contract::model::In::Header { field.to_ascii_lowercase() } else { field.clone() };
            format!("the key `{field}` in the {location}")
        }
        Some(SecurityKind::Http { scheme }) => format!("HTTP {}", scheme.to_ascii_lowercase()),
        Some(SecurityKind::OAuth2 { .. }) => "OAuth 2".to_owned(),
        Some(SecurityKind::OpenIdConnect { url }) => format!("OpenID Connect of `{url}`"),
        Some(SecurityKind::MutualTls) => "a client certificate".to_owned(),
    }
}

fn show(wants: &Wants) -> String {
    if wants.is_empty() {
        return "no credential".to_owned();
    }
    let each = wants.iter().map(|(scheme, scopes)| {
        if scopes.is_empty() {
            return scheme.clone();
        }
        let scopes: Vec<String> = scopes.iter().map(|s| format!("`{s}`")).collect();
        format!("{scheme} with {}", scopes.join(" "))
    });
    each.collect::<Vec<_>>().join(" and ")
}
