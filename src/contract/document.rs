//! Rules that concern a whole document: unique ids, path parameters, declared security, circles of schemas.
//!
//! Runs on the checked tree, next to the checks of single objects. Lowers nothing.

use crate::base::distance::did_you_mean;
use crate::base::pointer::Pointer;
use crate::base::source::Place;
use crate::base::tree::Node;
use crate::contract::check::Checker;
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::Version;
use crate::contract::route::PathTemplate;
use std::collections::{BTreeSet, HashMap, HashSet};

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub(in crate::contract) fn check(checker: &mut Checker<'_>) {
    let root = Loc::new(0, Pointer::root());
    let mut operations = Vec::new();
    let mut shapes: HashMap<String, (String, Place)> = HashMap::new();
    let paths = root.push("paths");
    for name in keys(&checker.files, &paths) {
        let item = paths.push(&name);
        let place = checker.files.key_place(&item);
        let template = PathTemplate::new(&name);
        match shapes.get(&template.shape()) {
            Some((earlier, first)) => {
                let (line, _) = first.line_column();
                let hint = Some(format!("`{earlier}` stands on line {line}"));
                checker.error("contract/path", format!("`{name}` matches the same paths as `{earlier}`"), place, hint);
            }
            None => {
                shapes.insert(template.shape(), (name.clone(), place));
            }
        }
        let found = path_item(checker, &item);
        for operation in &found {
            path_parameters(checker, &item, operation, &template);
        }
        operations.extend(found);
    }
    for name in keys(&checker.files, &root.push("webhooks")) {
        operations.extend(path_item(checker, &root.push("webhooks").push(&name)));
    }
    let all = with_callbacks(checker, operations);
    operation_ids(checker, &all);
    security(checker, &root, &all);
    circles(checker);
}

fn keys(files: &Files, loc: &Loc) -> Vec<String> {
    let members = files.node(loc).and_then(Node::members).unwrap_or_default();
    members.iter().map(|(k, _)| k.text.clone()).filter(|k| !k.starts_with("x-")).collect()
}

/// The operations of a path item, references followed.
fn path_item(checker: &Checker<'_>, item: &Loc) -> Vec<Loc> {
    let Some(item) = checker.files.follow(item) else { return Vec::new() };
    let present = METHODS.iter().map(|m| item.push(m)).filter(|o| checker.files.node(o).and_then(Node::members).is_some());
    present.collect()
}

/// The operations with those of their callbacks, each once.
fn with_callbacks(checker: &Checker<'_>, operations: Vec<Loc>) -> Vec<Loc> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    let mut queue = operations;
    queue.reverse();
    while let Some(operation) = queue.pop() {
        if !seen.insert(operation.clone()) {
            continue;
        }
        let callbacks = operation.push("callbacks");
        for name in keys(&checker.files, &callbacks) {
            let Some(callback) = checker.files.follow(&callbacks.push(name)) else { continue };
            for expression in keys(&checker.files, &callback) {
                queue.extend(path_item(checker, &callback.push(expression)));
            }
        }
        all.push(operation);
    }
    all
}

fn operation_ids(checker: &mut Checker<'_>, operations: &[Loc]) {
    let mut first: HashMap<String, Place> = HashMap::new();
    for operation in operations {
        let at = operation.push("operationId");
        let Some(id) = checker.files.node(&at).and_then(Node::as_str).map(str::to_owned) else { continue };
        let place = checker.files.place(&at);
        match first.get(&id) {
            Some(earlier) => {
                let hint = Some(format!("it was first used at {earlier}"));
                checker.error("contract/duplicate-operation-id", format!("duplicate operationId `{id}`"), place, hint);
            }
            None => {
                first.insert(id, place);
            }
        }
    }
    for link in checker.links.clone() {
        let at = link.push("operationId");
        let Some(id) = checker.files.node(&at).and_then(Node::as_str).map(str::to_owned) else { continue };
        if !first.contains_key(&id) {
            let place = checker.files.place(&at);
            let hint = did_you_mean(&id, first.keys().map(String::as_str).collect::<BTreeSet<_>>());
            checker.warn("contract/link", format!("there is no operation `{id}`"), place, hint);
        }
    }
}

/// Name, place of use and written location of each parameter that an operation has.
fn parameters(checker: &Checker<'_>, owner: &Loc) -> Vec<(String, String, Loc)> {
    let list = owner.push("parameters");
    let count = checker.files.node(&list).and_then(Node::items).map_or(0, <[Node]>::len);
    let read = |i: usize| {
        let written = list.push(i);
        let node = checker.files.node(&checker.files.follow(&written)?)?;
        let text = |key| node.get(key).and_then(Node::as_str).map(str::to_owned);
        Some((text("name")?, text("in")?, written))
    };
    (0..count).filter_map(read).collect()
}

fn path_parameters(checker: &mut Checker<'_>, item: &Loc, operation: &Loc, template: &PathTemplate) {
    let shared = checker.files.follow(item).map(|i| parameters(checker, &i)).unwrap_or_default();
    let own = parameters(checker, operation);
    for list in [&shared, &own] {
        let mut seen = HashSet::new();
        for (name, location, written) in list {
            if !seen.insert((name, location)) {
                let place = checker.files.place(written);
                checker.error("contract/parameter", format!("the parameter `{name}` in {location} is given twice"), place, None);
            }
        }
    }
    let in_path: Vec<&(String, String, Loc)> = shared.iter().chain(&own).filter(|(_, l, _)| l == "path").collect();
    let wanted: Vec<&str> = template.params().collect();
    for (name, _, written) in &in_path {
        if !wanted.contains(&name.as_str()) {
            let place = checker.files.place(written);
            let hint = did_you_mean(name, wanted.iter().copied());
            let message = format!("the path parameter `{name}` is not in the path `{template}`");
            checker.error("contract/path-parameter", message, place, hint);
        }
    }
    let mut named = HashSet::new();
    for name in wanted {
        if !named.insert(name) {
            let place = checker.files.key_place(item);
            checker.error("contract/path-parameter", format!("`{{{name}}}` stands twice in the path"), place, None);
        } else if !in_path.iter().any(|(n, _, _)| n == name) {
            let place = checker.files.key_place(operation);
            let hint = Some(format!("add a parameter with `name: {name}`, `in: path` and `required: true`"));
            checker.error("contract/path-parameter", format!("the path parameter `{name}` is not declared"), place, hint);
        }
    }
}

fn security(checker: &mut Checker<'_>, root: &Loc, operations: &[Loc]) {
    let known = keys(&checker.files, &root.push("components").push("securitySchemes"));
    for owner in std::iter::once(root).chain(operations) {
        let list = owner.push("security");
        let count = checker.files.node(&list).and_then(Node::items).map_or(0, <[Node]>::len);
        for i in 0..count {
            for name in keys(&checker.files, &list.push(i)) {
                // Since 3.1 a requirement may also name a scheme by reference.
                let by_reference = checker.version >= Version::V31 && name.contains(['/', '#']);
                if !known.contains(&name) && !by_reference {
                    let place = checker.files.key_place(&list.push(i).push(&name));
                    let hint = did_you_mean(&name, known.iter().map(String::as_str));
                    let message = format!("the security scheme `{name}` is not declared");
                    checker.error("contract/security", message, place, hint);
                }
            }
        }
    }
}

/// A schema that contains itself without going down into the value can never be decided.
fn circles(checker: &mut Checker<'_>) {
    let mut done: HashSet<Loc> = HashSet::new();
    for root in checker.schemas.clone() {
        let mut branch = Vec::new();
        if let Some(place) = circle(&checker.files, &root, &mut branch, &mut done) {
            let place = checker.files.place(&place);
            let message = "the schema contains itself, so no value can ever be decided";
            checker.error("contract/circular-ref", message, place, Some("put a property or an item in between".to_owned()));
        }
    }
}

/// References that lead on without going down, at most.
const DEEPEST: usize = 256;

fn circle(files: &Files, loc: &Loc, branch: &mut Vec<Loc>, done: &mut HashSet<Loc>) -> Option<Loc> {
    if branch.len() >= DEEPEST || branch.contains(loc) {
        return Some(loc.clone());
    }
    if done.contains(loc) {
        return None;
    }
    let node = files.node(loc)?;
    branch.push(loc.clone());
    let mut found = None;
    for (key, child) in node.members().unwrap_or_default() {
        let at = loc.push(&key.text);
        let next: Vec<Loc> = match key.text.as_str() {
            "$ref" => child.as_str().and_then(|text| files.resolve(loc, text).ok()).into_iter().collect(),
            "allOf" | "oneOf" | "anyOf" => (0..child.items().map_or(0, <[Node]>::len)).map(|i| at.push(i)).collect(),
            "not" | "if" | "then" | "else" => vec![at],
            "dependentSchemas" => child.members().unwrap_or_default().iter().map(|(k, _)| at.push(&k.text)).collect(),
            _ => Vec::new(),
        };
        found = found.or_else(|| next.iter().find_map(|n| circle(files, n, branch, done)));
    }
    branch.pop();
    done.insert(loc.clone());
    found
}
