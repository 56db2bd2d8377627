//! Tags: each declared once, and since 3.2 nested without a circle.
//!
//! A tag that an operation uses need not be declared.

use crate::base::source::Place;
use crate::base::tree::Node;
use crate::contract::check::Checker;
use crate::contract::files::Loc;
use crate::contract::grammar::Version;
use std::collections::{BTreeSet, HashMap, HashSet};

pub(super) fn check(checker: &mut Checker<'_>, root: &Loc) {
    let section = root.push("tags");
    let document = &checker.files.list[0].document;
    let text = |tag: &Node, field: &str| {
        let value = tag.get(field)?;
        Some((value.as_str()?.to_owned(), document.place(value.span)))
    };
    let items = checker.files.node(&section).and_then(Node::items).unwrap_or_default();
    let names: Vec<(String, Place)> = items.iter().filter_map(|t| text(t, "name")).collect();
    let parents: Vec<(String, String, Place)> = items
        .iter()
        .filter_map(|t| text(t, "name").zip(text(t, "parent")))
        .map(|((name, _), (parent, place))| (name, parent, place))
        .collect();
    let mut first: HashMap<&str, &Place> = HashMap::new();
    for (name, place) in &names {
        if let Some(earlier) = first.get(name.as_str()) {
            let hint = Some(format!("it was first declared on line {}", earlier.line_column().0));
            checker.error("contract/tag", format!("the tag `{name}` is declared twice"), place.clone(), hint);
        } else {
            first.insert(name, place);
        }
    }
    if checker.version < Version::V32 {
        return;
    }
    let above: HashMap<&str, &str> = parents.iter().map(|(name, parent, _)| (name.as_str(), parent.as_str())).collect();
    let mut known_circles: HashSet<&str> = HashSet::new();
    let mut ends: HashSet<&str> = HashSet::new();
    for (name, parent, place) in &parents {
        if !first.contains_key(parent.as_str()) {
            let hint = checker.near(parent, names.iter().map(|(name, _)| name.as_str()).collect::<BTreeSet<_>>());
            checker.error(
                "contract/tag",
                format!("the parent `{parent}` of the tag `{name}` is not declared"),
                place.clone(),
                hint,
            );
            continue;
        }
        let mut passed = HashSet::from([name.as_str()]);
        let mut at = name.as_str();
        let circle = loop {
            match above.get(at).copied() {
                None => break false,
                Some(next) if ends.contains(next) || known_circles.contains(next) => break false,
                Some(next) if passed.contains(next) => break true,
                Some(next) => {
                    passed.insert(next);
                    at = next;
                }
            }
        };
        if circle {
            checker.error("contract/tag", format!("the tag `{name}` is nested in itself"), place.clone(), None);
            known_circles.extend(passed);
        } else {
            ends.extend(passed);
        }
    }
}
