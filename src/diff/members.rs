//! What two shapes differ in that concerns members and items.
//!
//! Tells what came and what went, and leaves what stayed to be compared as pairs of its own. Never walks down itself.

use crate::contract::model::Direction;
use crate::diff::change::Flow;
use crate::diff::keywords::counts;
use crate::diff::schemas::{Child, Comparer, Effect, Local};
use crate::diff::shape::{Members, Shape, Term, Terms, Types};
use std::collections::BTreeSet;

pub(super) fn compare(comparer: &Comparer<'_>, a: &Shape, b: &Shape, local: &mut Local) {
    let common = a.types.and(b.types);
    if common.meets(Types::ARRAY) {
        items(a, b, local);
    }
    if common.meets(Types::OBJECT) {
        let rules = ("diff/property-count-narrowed", "diff/property-count-widened");
        counts("number of properties", rules, (a.size, b.size), (a, b), &["minProperties", "maxProperties"], local);
        Both { comparer, a, b }.properties(local);
        others(a, b, local);
        dependent(a, b, local);
    }
}

fn items(a: &Shape, b: &Shape, local: &mut Local) {
    let first = |shape: &Shape| shape.items.iter().map(|i| i.first.len()).max().unwrap_or_default();
    for i in 0..first(a).max(first(b)) {
        local.children.push(Child { step: format!("[{i}]"), old: a.item(i), new: b.item(i) });
    }
    local.children.push(Child { step: "[]".to_owned(), old: a.other_items(), new: b.other_items() });
}

/// How a name stands in one shape.
enum Stands {
    /// It is described.
    Here(Terms),
    /// It is described, for the other direction only.
    Hidden,
    /// It is not described.
    Absent,
}

struct Both<'c, 's, 'a> {
    comparer: &'c Comparer<'a>,
    a: &'s Shape,
    b: &'s Shape,
}

impl Both<'_, '_, '_> {
    fn properties(&self, local: &mut Local) {
        let mut names: Vec<&String> = Vec::new();
        let mut known = BTreeSet::new();
        let described = |shape: &'_ Shape| -> Vec<String> {
            shape.members.iter().flat_map(|m| &m.properties).map(|(name, _)| name.clone()).collect()
        };
        let (new, old) = (described(self.b), described(self.a));
        for name in new.iter().chain(&old).chain(&self.b.required).chain(&self.a.required) {
            if known.insert(name) {
                names.push(name);
            }
        }
        for name in names {
            self.property(name, local);
        }
    }

    fn stands(&self, old: bool, name: &str) -> Stands {
        let (shape, reader) = if old { (self.a, &self.comparer.old) } else { (self.b, &self.comparer.new) };
        match shape.member(name) {
            None => Stands::Absent,
            Some(terms) if terms == [Term::Never] => Stands::Absent,
            Some(terms) if reader.hidden(&terms) => Stands::Hidden,
            Some(terms) => Stands::Here(terms),
        }
    }

    fn property(&self, name: &str, local: &mut Local) {
        let (a, b) = (self.a, self.b);
        let mut note = |rule, effect, message: String| {
            let old = self.origin(true, name);
            let new = self.origin(false, name);
            local.differences.push(crate::diff::schemas::Difference { rule, effect, path: step(name), message, old, new });
        };
        let required = (a.required.contains(name), b.required.contains(name));
        match (self.stands(true, name), self.stands(false, name)) {
            (Stands::Here(old), Stands::Here(new)) => {
                requirement(required, name, &mut note);
                if !self.is_deprecated(true, &old) && self.is_deprecated(false, &new) {
                    note("diff/property-deprecated", Effect::NONE, format!("`{name}` was marked as deprecated"));
                }
                local.children.push(Child { step: step(name), old, new });
            }
            (Stands::Here(_), Stands::Hidden) => {
                let word = if self.comparer.new.wire == Direction::Request { "readOnly" } else { "writeOnly" };
                let effect = if required.0 { Effect::CROSSED } else { Effect::NARROWER };
                note("diff/property-became-one-way", effect, format!("`{name}` became `{word}`"));
            }
            (Stands::Here(old), Stands::Absent) => {
                let after = b.said_of(name);
                let freed = if required == (true, false) { Effect::WIDER } else { Effect::NONE };
                let left = match after.as_slice() {
                    [] => Effect::WIDER,
                    [Term::Never] => Effect::NARROWER,
                    _ => Effect::NONE,
                };
                note("diff/property-removed", left.and(freed), format!("`{name}` was removed"));
                if required == (false, true) {
                    requirement(required, name, &mut note);
                }
                if left == Effect::NONE {
                    local.children.push(Child { step: step(name), old, new: after });
                }
            }
            (Stands::Hidden | Stands::Absent, Stands::Here(new)) => {
                let closed = a.other_members() == [Term::Never];
                let hidden = matches!(self.stands(true, name), Stands::Hidden);
                let before = a.said_of(name);
                let mut effect = match before.as_slice() {
                    _ if hidden => Effect::WIDER,
                    [Term::Never] => Effect::WIDER,
                    [] if !new.is_empty() => Effect::NARROWER,
                    _ => Effect::NONE,
                };
                let described = !hidden && !before.is_empty() && before != [Term::Never];
                if required.1 && (!required.0 || hidden) {
                    effect = effect.and(Effect::NARROWER);
                }
                let (rule, how) = match (required.1 && (!required.0 || hidden), closed) {
                    (true, false) => ("diff/required-property-added", "required"),
                    (true, true) if self.comparer.flow == Flow::Sent => ("diff/required-property-added", "required"),
                    (_, true) => ("diff/property-added-to-closed", "optional"),
                    (false, false) => ("diff/property-added", "optional"),
                };
                note(rule, effect, format!("`{name}` was added, {how}"));
                if required == (true, false) && !hidden {
                    requirement(required, name, &mut note);
                }
                if described {
                    local.children.push(Child { step: step(name), old: before, new });
                }
            }
            (Stands::Hidden, Stands::Hidden) => {}
            (Stands::Hidden, Stands::Absent) | (Stands::Absent, Stands::Hidden) => {
                local.silent = local.silent.and(Effect::UNKNOWN);
            }
            (Stands::Absent, Stands::Absent) => {
                requirement(required, name, &mut note);
                let (before, after) = (a.said_of(name), b.said_of(name));
                let effect = match (before == [Term::Never], after == [Term::Never]) {
                    (true, false) => Effect::WIDER,
                    (false, true) => Effect::NARROWER,
                    _ => Effect::NONE,
                };
                local.silent = local.silent.and(effect);
            }
        }
    }

    fn is_deprecated(&self, old: bool, terms: &Terms) -> bool {
        let reader = if old { &self.comparer.old } else { &self.comparer.new };
        reader.expand(terms).shapes.iter().any(|s| s.deprecated)
    }

    /// Where a property is described, or where it would be.
    fn origin(&self, old: bool, name: &str) -> Option<crate::contract::model::SchemaRef> {
        let (shape, reader) = if old { (self.a, &self.comparer.old) } else { (self.b, &self.comparer.new) };
        let stands = shape.origins.iter().filter(|(keyword, _)| *keyword == "properties");
        let mut below = stands.map(|(_, at)| reader.contract.schema_child(at, name));
        below.find(|at| reader.contract.schema_node(at).is_some()).or_else(|| shape.origin(&["properties"]).cloned())
    }
}

fn requirement(required: (bool, bool), name: &str, note: &mut impl FnMut(&'static str, Effect, String)) {
    match required {
        (false, true) => note("diff/property-became-required", Effect::NARROWER, format!("`{name}` became required")),
        (true, false) => note("diff/property-became-optional", Effect::WIDER, format!("`{name}` became optional")),
        _ => {}
    }
}

/// Members by pattern, and those that nothing describes.
fn others(a: &Shape, b: &Shape, local: &mut Local) {
    let patterns = |shape: &Shape| -> Vec<(String, Terms)> {
        let names: BTreeSet<&String> = shape.members.iter().flat_map(|m: &Members| &m.patterns).map(|(p, _)| p).collect();
        let all = names.into_iter().map(|p| (p.clone(), shape.members_by(p)));
        // One that says what is said of any other name says nothing.
        all.filter(|(_, terms)| *terms != shape.other_members()).collect()
    };
    let tangled = |shape: &Shape| {
        let own: Vec<_> = shape.members.iter().filter(|m| !m.patterns.is_empty()).map(|m| &m.patterns).collect();
        own.len() > 1 || own.iter().any(|p| p.len() > 1) && shape.members.len() > 1
    };
    if tangled(a) || tangled(b) {
        local.silent = local.silent.and(Effect::UNKNOWN);
    }
    let (old, new) = (patterns(a), patterns(b));
    let names = |all: &[(String, Terms)]| all.iter().map(|(p, _)| p.clone()).collect::<BTreeSet<_>>();
    if names(&old) == names(&new) {
        for (pattern, terms) in &old {
            if let Some((_, other)) = new.iter().find(|(p, _)| p == pattern) {
                local.children.push(Child { step: format!(".‹{pattern}›"), old: terms.clone(), new: other.clone() });
            }
        }
    } else {
        let message = "the properties described by pattern are others now".to_owned();
        local.note("diff/pattern-properties-changed", Effect::UNKNOWN, message, (a, b), &["patternProperties"]);
    }
    if !old.is_empty() || !new.is_empty() {
        local.fragile = true;
    }
    let (old, new) = (a.other_members(), b.other_members());
    let keywords = ["additionalProperties"];
    match (old == [Term::Never], new == [Term::Never]) {
        (true, true) => {}
        (false, true) => {
            let message = "properties that are not described are ruled out now".to_owned();
            local.note("diff/additional-properties-closed", Effect::NARROWER, message, (a, b), &keywords);
        }
        (true, false) => {
            let message = "properties that are not described are no longer ruled out".to_owned();
            local.note("diff/additional-properties-opened", Effect::WIDER, message, (a, b), &keywords);
        }
        (false, false) => local.children.push(Child { step: ".*".to_owned(), old, new }),
    }
}

fn dependent(a: &Shape, b: &Shape, local: &mut Local) {
    let flat = |shape: &Shape| -> BTreeSet<(String, String)> {
        shape.dependent.iter().flat_map(|(name, needs)| needs.iter().map(move |n| (name.clone(), n.clone()))).collect()
    };
    let (old, new) = (flat(a), flat(b));
    for (name, need) in new.difference(&old) {
        let message = format!("where `{name}` is, `{need}` must be too");
        local.note("diff/dependent-required-added", Effect::NARROWER, message, (a, b), &["dependentRequired"]);
    }
    for (name, need) in old.difference(&new) {
        let message = format!("where `{name}` is, `{need}` need no longer be");
        local.note("diff/dependent-required-dropped", Effect::WIDER, message, (a, b), &["dependentRequired"]);
    }
}

/// One step down into a member.
fn step(name: &str) -> String {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '$');
    if plain { format!(".{name}") } else { format!("['{name}']") }
}
