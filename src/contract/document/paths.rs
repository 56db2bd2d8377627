//! Paths: no two that match the same, and path parameters that are in the path.
//!
//! Looks at names only; what a parameter says of itself was checked before.

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::distance::nearest;
use crate::base::source::Place;
use crate::base::tree::Node;
use crate::contract::check::{At, Checker, Listed, METHODS};
use crate::contract::files::Loc;
use crate::contract::grammar::Version;
use crate::contract::route::PathTemplate;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub(super) fn check(checker: &mut Checker<'_>, root: &Loc) {
    let document = Arc::clone(&checker.files.list[0].document);
    let Some((paths_key, members)) = document.root.entry("paths").and_then(|(k, n)| Some((k, n.members()?))) else { return };
    let start = At::start(root);
    let paths = start.key(paths_key);
    let mut shapes: HashMap<String, (&str, Place, &Node)> = HashMap::new();
    for (key, item) in members.iter().filter(|(k, _)| !k.text.starts_with("x-")) {
        let at = paths.key(key);
        let place = checker.spot(&paths, key.span);
        let template = PathTemplate::new(&key.text);
        match shapes.get(&template.shape()) {
            Some((earlier, first, other)) => {
                let hint = Some(format!("`{earlier}` stands on line {}", first.line_column().0));
                let message = format!("`{}` matches the same paths as `{earlier}`", key.text);
                if share_no_method(item, other) {
                    // Forbidden as well, but the method tells them apart.
                    let message = format!("{message}, and only the method tells them apart");
                    checker.warn("contract/path", message, place.clone(), hint);
                } else {
                    checker.error("contract/path", message, place.clone(), hint);
                }
            }
            None => {
                shapes.insert(template.shape(), (key.text.as_str(), place.clone(), item));
            }
        }
        syntax(checker, &key.text, &template, &place);
        match item.get("$ref") {
            None => parameters(checker, item, &at, &template),
            Some(_) => {
                let Some(target) = checker.files.follow(&at.loc()) else { continue };
                let document = Arc::clone(&checker.files.list[target.file].document);
                if let Some(node) = document.at(&target.pointer) {
                    parameters(checker, node, &At::start(&target), &template);
                }
            }
        }
    }
}

/// Whether two path items have operations and none of the same method, so that no request is for both.
fn share_no_method(one: &Node, other: &Node) -> bool {
    let methods = |item: &Node| -> HashSet<String> {
        let names = item.members().unwrap_or_default().iter().map(|(k, _)| k.text.as_str());
        names.filter(|n| METHODS.contains(n) || matches!(*n, "$ref" | "additionalOperations")).map(str::to_owned).collect()
    };
    let (one, other) = (methods(one), methods(other));
    let unclear = |of: &HashSet<String>| of.is_empty() || of.contains("$ref") || of.contains("additionalOperations");
    !unclear(&one) && !unclear(&other) && one.is_disjoint(&other)
}

fn syntax(checker: &mut Checker<'_>, path: &str, template: &PathTemplate, place: &Place) {
    let mut named = HashSet::new();
    for name in template.params() {
        if name.is_empty() {
            checker.error("contract/path-parameter", "a path parameter without a name", place.clone(), None);
        } else if !named.insert(name) {
            checker.error("contract/path-parameter", format!("`{{{name}}}` stands twice in the path"), place.clone(), None);
        }
    }
    let plain = path.split('{').skip(1).all(|part| part.contains('}'));
    if !plain {
        let message = format!("a brace in the path `{path}` is not closed");
        checker.error_since(Version::V32, "contract/path", message, place.clone(), None);
    } else if let Some(bad) = literal(path).find(['?', '#']).map(|i| &path[i..=i]) {
        let (hint, what) = match bad {
            "?" => ("describe the query as parameters `in: query`", "query"),
            _ => ("a fragment is never sent", "fragment"),
        };
        let message = format!("the path `{path}` has a {what}");
        checker.warn("contract/path", message, place.clone(), Some(hint.to_owned()));
    }
}

/// The path up to its first brace: what a name in braces holds is nobody's business here.
fn literal(path: &str) -> &str {
    path.split('{').next().unwrap_or_default()
}

/// Where a parameter may be.
const LOCATIONS: &[&str] = &["path", "query", "querystring", "header", "cookie"];

/// Parameters in the path and names in the path must be the same, for each operation.
fn parameters(checker: &mut Checker<'_>, item: &Node, at: &At<'_>, template: &PathTemplate) {
    let unreadable = |owner: &Node| owner.get("parameters").is_some_and(|list| list.items().is_none());
    if unreadable(item) {
        return;
    }
    let wanted_set: HashSet<&str> = template.params().collect();
    let wanted: Vec<&str> = template.params().filter(|n| !n.is_empty()).collect();
    let in_path = |all: Vec<Listed>| all.into_iter().filter(|p| p.location == "path").collect::<Vec<_>>();
    let listed = |checker: &Checker<'_>, owner: &Node, at: &At<'_>| {
        let all = checker.listed_parameters(owner, at);
        let given = owner.get("parameters").and_then(Node::items).map_or(0, <[Node]>::len);
        // A parameter with a fault of its own may be the one that is missed.
        let whole =
            owner.get("$ref").is_none() && given == all.len() && all.iter().all(|p| LOCATIONS.contains(&p.location.as_str()));
        (in_path(all), whole)
    };
    let (shared, shared_whole) = listed(checker, item, at);
    let mut operations: Vec<(Place, Vec<Listed>, bool)> = Vec::new();
    for (key, operation) in item.members().unwrap_or_default() {
        if METHODS.contains(&key.text.as_str()) && operation.members().is_some() && !unreadable(operation) {
            let (own, whole) = listed(checker, operation, &at.key(key));
            operations.push((checker.spot(at, key.span), own, whole));
        } else if key.text == "additionalOperations" {
            let at = at.key(key);
            for (key, operation) in operation.members().unwrap_or_default() {
                let (own, whole) = listed(checker, operation, &at.key(key));
                operations.push((checker.spot(&at, key.span), own, whole));
            }
        }
    }
    let stray: Vec<&Listed> = shared.iter().filter(|p| !wanted_set.contains(p.name.as_str())).collect();
    if operations.is_empty() {
        // Nothing is called by it.
        stray.iter().for_each(|p| not_in_path(checker, p, template, &wanted, Severity::Warning));
        return;
    }
    for (place, own, whole) in &operations {
        let given: HashSet<&str> = shared.iter().chain(own).map(|p| p.name.as_str()).collect();
        let mut missing: Vec<&str> = wanted.iter().copied().filter(|n| !given.contains(n)).collect();
        missing.dedup();
        for parameter in stray.iter().copied().chain(own.iter().filter(|p| !wanted_set.contains(p.name.as_str()))) {
            if nearest(&parameter.name, missing.iter().copied()).is_none() && !missing.is_empty() {
                // Each has a partner under another name: the meaning is clear, as in the specification's own example.
                let name = missing.remove(0);
                let message = format!(
                    "the path parameter `{}` is not in the path `{template}`, and `{name}` is not declared",
                    parameter.name
                );
                let hint = Some(format!("name both alike: `name: {name}`"));
                checker.warn("contract/path-parameter", message, parameter.place.clone(), hint);
                continue;
            }
            not_in_path(checker, parameter, template, &missing, Severity::Error);
            if let Some(near) = nearest(&parameter.name, missing.iter().copied()).map(str::to_owned) {
                missing.retain(|n| *n != near);
            }
        }
        for name in missing.into_iter().filter(|_| *whole && shared_whole) {
            let hint = Some(format!("add a parameter with `name: {name}`, `in: path` and `required: true`"));
            checker.error("contract/path-parameter", format!("the path parameter `{name}` is not declared"), place.clone(), hint);
        }
    }
}

fn not_in_path(checker: &mut Checker<'_>, parameter: &Listed, template: &PathTemplate, wanted: &[&str], severity: Severity) {
    let hint = nearest(&parameter.name, wanted.iter().copied()).map(|n| format!("did you mean `{n}`?"));
    let hint = hint.or_else(|| Some(format!("write `{{{}}}` in the path, or leave the parameter away", parameter.name)));
    let message = format!("the path parameter `{}` is not in the path `{template}`", parameter.name);
    let fault = Diagnostic { severity, ..Diagnostic::error("contract/path-parameter", message) };
    checker.faults.push(fault.at(parameter.place.clone()).maybe_hint(hint));
}
