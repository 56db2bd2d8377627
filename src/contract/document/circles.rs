//! Schemas that contain themselves without going down into the value, which can never be decided.
//!
//! Looks at schemas that a value is judged by as a whole; a property or an item in between makes any circle harmless.

use crate::base::tree::Node;
use crate::contract::check::Checker;
use crate::contract::files::{Files, Loc};
use std::collections::HashMap;

/// Schemas within schemas that judge the same value, at most.
const DEEPEST: usize = 256;

/// Where a search stands in a schema: what is still to be looked at, and how many schemas follow below.
struct Step {
    loc: Loc,
    next: Vec<Loc>,
    depth: usize,
}

/// A circle closes with a reference, so that it is enough to begin where references lead to.
pub(super) fn check(checker: &mut Checker<'_>) {
    // How many schemas follow each other below a schema; `None` while that is being found out.
    let mut depths: HashMap<Loc, Option<usize>> = HashMap::new();
    for target in std::mem::take(&mut checker.met.targets) {
        if !depths.contains_key(&target) {
            search(checker, target, &mut depths);
        }
    }
}

fn search(checker: &mut Checker<'_>, start: Loc, depths: &mut HashMap<Loc, Option<usize>>) {
    depths.insert(start.clone(), None);
    let mut branch = vec![Step { next: leads_to(&checker.files, &start), loc: start, depth: 0 }];
    while let Some(step) = branch.last_mut() {
        let Some(next) = step.next.pop() else {
            let Some(done) = branch.pop() else { return };
            if done.depth == DEEPEST {
                let message = format!("more than {DEEPEST} schemas follow each other without going down into the value");
                let place = checker.files.place(&done.loc);
                checker.error("contract/too-deep", message, place, None);
            }
            if let Some(above) = branch.last_mut() {
                above.depth = above.depth.max(done.depth + 1);
            }
            depths.insert(done.loc, Some(done.depth));
            continue;
        };
        match depths.get(&next) {
            Some(Some(depth)) => step.depth = step.depth.max(depth + 1),
            Some(None) => {
                // What `$ref` alone leads back to was reported with the reference.
                if checker.chains.get(&next) != Some(&false) {
                    let place = checker.files.place(&step.loc);
                    let message = "the schema contains itself, so no value can ever be decided";
                    let hint = Some("put a property or an item in between".to_owned());
                    checker.error("contract/circular-ref", message, place, hint);
                }
            }
            None => {
                depths.insert(next.clone(), None);
                let below = leads_to(&checker.files, &next);
                branch.push(Step { loc: next, next: below, depth: 0 });
            }
        }
    }
}

/// The schemas that judge the same value as the one at `loc`.
fn leads_to(files: &Files, loc: &Loc) -> Vec<Loc> {
    let mut found = Vec::new();
    for (key, child) in files.node(loc).and_then(Node::members).unwrap_or_default() {
        match key.text.as_str() {
            "$ref" => found.extend(child.as_str().and_then(|text| files.resolve(loc, text).ok())),
            "allOf" | "oneOf" | "anyOf" => {
                let at = loc.push(&key.text);
                found.extend((0..child.items().map_or(0, <[Node]>::len)).map(|i| at.push(i)));
            }
            "not" | "if" | "then" | "else" => found.push(loc.push(&key.text)),
            "dependentSchemas" => {
                let at = loc.push(&key.text);
                found.extend(child.members().unwrap_or_default().iter().map(|(k, _)| at.push(&k.text)));
            }
            _ => {}
        }
    }
    found
}
