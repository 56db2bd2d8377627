//! Rules that concern a whole document: unique ids, path parameters, declared security, tags, circles of schemas.
//!
//! Runs on the checked tree, after the checks of single objects. Lowers nothing.

mod circles;
mod paths;
mod security;
mod tags;

use crate::base::pointer::Pointer;
use crate::base::source::Place;
use crate::contract::check::Checker;
use crate::contract::files::{Files, Loc};
use std::collections::{BTreeMap, HashMap};

pub(in crate::contract) fn check(checker: &mut Checker<'_>) {
    let root = Loc::new(0, Pointer::root());
    paths::check(checker, &root);
    operation_ids(checker);
    let used = security::check(checker, &root);
    tags::check(checker, &root);
    parents(checker);
    circles::check(checker);
    dialects(checker);
    checker.absent_components(&used);
}

/// A `$schema` or `jsonSchemaDialect` that nobody here knows.
fn dialects(checker: &mut Checker<'_>) {
    for (at, name) in checker.files.unknown_dialects().to_vec() {
        let place = checker.files.place(&at);
        let message = format!("`{name}` is no dialect that is known here, so it is read as JSON Schema 2020-12");
        let hint = Some("known: JSON Schema draft 4, 6, 7, 2019-09 and 2020-12, and the dialects of OpenAPI".to_owned());
        checker.warn("contract/dialect", message, place, hint);
    }
}

fn member_text(files: &Files, loc: &Loc, field: &str) -> Option<(String, Place)> {
    let value = files.node(loc)?.get(field)?;
    Some((value.as_str()?.to_owned(), files.list[loc.file].document.place(value.span)))
}

fn operation_ids(checker: &mut Checker<'_>) {
    let ids = checker
        .met
        .operations
        .iter()
        .filter_map(|o| member_text(&checker.files, o, "operationId").map(|(id, p)| (o.file, id, p)));
    let mut ids: Vec<(usize, String, Place)> = ids.collect();
    ids.sort_by_key(|(file, _, place)| (*file, place.span));
    let mut first: HashMap<String, Place> = HashMap::new();
    for (_, id, place) in ids {
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
    let names: BTreeMap<&str, ()> = first.keys().map(|k| (k.as_str(), ())).collect();
    for link in std::mem::take(&mut checker.met.links) {
        if let Some((id, place)) = member_text(&checker.files, &link, "operationId")
            && !names.contains_key(id.as_str())
        {
            let hint = checker.near(&id, names.keys().copied());
            checker.warn("contract/link", format!("there is no operation `{id}`"), place, hint);
        }
        if let Some((reference, place)) = member_text(&checker.files, &link, "operationRef").filter(|(r, _)| r.starts_with('#'))
            && let Err(unresolved) = checker.files.resolve(&link, &reference)
        {
            checker.warn("contract/link", unresolved.message, place, unresolved.hint);
        }
    }
}

/// A discriminator beside none of `oneOf`, `anyOf` and `allOf` is for the schemas that extend its own.
fn parents(checker: &mut Checker<'_>) {
    for schema in std::mem::take(&mut checker.met.parents) {
        if !checker.met.extended.contains(&schema) {
            let place = checker.files.key_place(&schema.push("discriminator"));
            let hint = Some("it goes with `oneOf` or `anyOf`, or with schemas whose `allOf` names this one".to_owned());
            checker.warn("contract/discriminator", "the discriminator has nothing to choose from", place, hint);
        }
    }
}
