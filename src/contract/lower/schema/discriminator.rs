//! Discriminators: a property whose value names the schema that a value must conform to as well.
//!
//! Among alternatives the property chooses one; a parent without alternatives leads to the children that build on it by `allOf`.
//! Follows the text of OpenAPI 3.1.1 and 3.2. Judges no value.

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::{Files, Loc};
use crate::contract::lower::schema::Schemas;
use crate::contract::lower::schema::keywords::Lowering;
use crate::contract::lower::schema::numbers::append;
use crate::contract::occur;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};

/// Which component schemas build on which schemas with a discriminator, directly.
#[derive(Debug, Default)]
pub(super) struct Families {
    children: HashMap<Loc, Vec<Loc>>,
}

impl Families {
    pub(super) fn new(files: &Files) -> Self {
        let mut families = Self::default();
        let components = Loc::new(0, Pointer::root().push("components").push("schemas"));
        let members = files.node(&components).and_then(Node::members).unwrap_or_default();
        let has_parents = members.iter().any(|(_, node)| node.get("discriminator").is_some());
        for (key, node) in members.iter().filter(|_| has_parents) {
            let child = components.push(&key.text);
            for (i, part) in node.get("allOf").and_then(Node::items).unwrap_or_default().iter().enumerate() {
                let Some(text) = part.get("$ref").and_then(Node::as_str) else { continue };
                if let Ok(parent) = files.resolve(&child.push("allOf").push(i), text) {
                    families.children.entry(parent).or_default().push(child.clone());
                }
            }
        }
        families
    }

    /// The children of a schema and theirs in turn.
    fn descendants(&self, parent: &Loc) -> Vec<Loc> {
        let mut found = Vec::new();
        let mut seen = HashSet::from([parent.clone()]);
        let mut queue = vec![parent];
        while let Some(next) = queue.pop() {
            for child in self.children.get(next).into_iter().flatten() {
                if seen.insert(child.clone()) {
                    found.push(child.clone());
                    queue.push(child);
                }
            }
        }
        found.sort();
        found
    }
}

/// The values that choose a schema, and the schema.
type Choice = (Vec<String>, Loc);

impl Lowering<'_> {
    /// Replaces alternatives by the choice among them, or adds the choice among the children of a parent.
    pub(super) fn discriminator(&mut self, loc: &Loc, node: &Node, lowered: &mut Map<String, Value>, plain: bool) {
        let Some(discriminator) = node.get("discriminator") else { return };
        let Some(property) = discriminator.get("propertyName").and_then(Node::as_str) else { return };
        let alternatives = match (node.get("oneOf"), node.get("anyOf")) {
            (Some(_), None) => Some("oneOf"),
            (None, Some(_)) => Some("anyOf"),
            (None, None) => None,
            (Some(_), Some(_)) => return,
        };
        let mapped = self.schemas.mapping(loc, discriminator);
        let otherwise = discriminator.get("defaultMapping").and_then(Node::as_str).and_then(|t| self.schemas.mapped(loc, t));
        let (choices, own) = match alternatives {
            Some(key) => match self.schemas.alternatives(loc, node, (key, property), &mapped) {
                Some(choices) => (choices, None),
                None => return,
            },
            None if plain => return,
            None => (self.schemas.heirs(loc, &mapped), loc.component()),
        };
        if choices.is_empty() {
            return;
        }
        let mut names: Vec<&str> = choices.iter().flat_map(|(names, _)| names).map(String::as_str).collect();
        names.extend(own.as_deref().filter(|own| !choices.iter().any(|(names, _)| names.iter().any(|n| n == own))));
        let named = json!({"properties": {property: {"enum": names}}});
        let mut rules = Vec::new();
        match (&otherwise, alternatives) {
            (Some(target), _) => {
                let mut chosen = named;
                chosen["type"] = "object".into();
                chosen["required"] = json!([property]);
                rules.push(json!({"if": chosen, "else": {"$ref": self.to(target, false)}}));
            }
            (None, Some(_)) => {
                let mut chosen = named;
                chosen["type"] = "object".into();
                chosen["required"] = json!([property]);
                rules.push(chosen);
            }
            (None, None) => rules.push(named),
        }
        for (names, target) in &choices {
            let chosen = json!({"type": "object", "required": [property], "properties": {property: {"enum": names}}});
            rules.push(json!({"if": chosen, "then": {"$ref": self.to(target, false)}}));
        }
        if let Some(key) = alternatives {
            lowered.remove(key);
        }
        append(lowered, "allOf", rules);
    }

    /// The parent that a part of a child's `allOf` names: there the parent is meant without the choice among its children.
    pub(super) fn plain_parent(&self, all: &Loc, part: &Loc) -> Option<Loc> {
        let child = Loc::new(all.file, all.pointer.parent()?);
        child.component()?;
        let members = self.schemas.node(part)?.members()?;
        let [(key, text)] = members else { return None };
        let target = (key.text == "$ref").then(|| self.schemas.files.resolve(part, text.as_str()?).ok())??;
        let parent = self.schemas.node(&target)?;
        let inherits = parent.get("discriminator").is_some() && parent.get("oneOf").is_none() && parent.get("anyOf").is_none();
        (inherits && self.schemas.families().descendants(&target).contains(&child)).then_some(target)
    }
}

impl Schemas {
    fn mapping(&self, loc: &Loc, discriminator: &Node) -> Vec<(String, Loc)> {
        let members = discriminator.get("mapping").and_then(Node::members).unwrap_or_default().iter();
        members.filter_map(|(name, target)| Some((name.text.clone(), self.mapped(loc, target.as_str()?)?))).collect()
    }

    /// What a value of `mapping` names: a component by its name, or any schema by reference.
    fn mapped(&self, loc: &Loc, text: &str) -> Option<Loc> {
        let component = Loc::new(0, Pointer::root().push("components").push("schemas").push(text));
        if self.node(&component).is_some() { Some(component) } else { self.files.resolve(loc, text).ok() }
    }

    /// A schema with every name that chooses it: those of the mapping, and its own unless the mapping gives that to another.
    fn named(target: Loc, mapped: &[(String, Loc)]) -> Choice {
        let mut names: Vec<String> = mapped.iter().filter(|(_, t)| *t == target).map(|(n, _)| n.clone()).collect();
        if let Some(own) = target.component().filter(|own| !mapped.iter().any(|(name, _)| name == own)) {
            names.push(own);
        }
        (names, target)
    }

    /// Alternatives that all are references; those that are not cannot be chosen by name.
    ///
    /// One that no mapping names is chosen by its own name, says the specification. Where it lists other values for the
    /// property itself, no value could ever choose it that way, and its list is what the author meant.
    fn alternatives(
        &self,
        loc: &Loc,
        node: &Node,
        (key, property): (&str, &str),
        mapped: &[(String, Loc)],
    ) -> Option<Vec<Choice>> {
        let list = loc.push(key);
        let mut choices: Vec<Choice> = Vec::new();
        for (i, branch) in node.get(key)?.items()?.iter().enumerate() {
            let text = branch.get("$ref")?.as_str()?;
            let mut choice = Self::named(self.files.resolve(&list.push(i), text).ok()?, mapped);
            if !mapped.iter().any(|(_, target)| *target == choice.1) {
                let listed = occur::enum_at(&self.files, &choice.1, property).unwrap_or_default();
                if !listed.is_empty() && !listed.iter().any(|value| choice.0.contains(value)) {
                    choice.0 = listed;
                }
            }
            let taken = |name: &String| choices.iter().any(|(names, _)| names.contains(name));
            if choice.0.is_empty() || choice.0.iter().any(taken) {
                return None;
            }
            choices.push(choice);
        }
        Some(choices)
    }

    /// The descendants of a parent, and whatever else its mapping names.
    fn heirs(&self, parent: &Loc, mapped: &[(String, Loc)]) -> Vec<Choice> {
        let mut targets = self.families().descendants(parent);
        for (_, target) in mapped {
            if !targets.contains(target) && target != parent {
                targets.push(target.clone());
            }
        }
        let mut choices: Vec<Choice> = targets.into_iter().map(|target| Self::named(target, mapped)).collect();
        choices.retain(|(names, _)| !names.is_empty());
        choices
    }
}
