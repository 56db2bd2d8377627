//! Discriminators read backwards: which value of the property goes with which schema.
//!
//! Looks up names and places. Merges nothing and judges no value.

use crate::base::tree::Node;
use crate::contract::Contract;
use crate::contract::model::SchemaRef;
use std::collections::{HashMap, HashSet};

/// The values that choose a schema, and the schema.
pub(super) type Choice = (Vec<String>, SchemaRef);

/// Which component schemas build on which by `allOf`, directly.
#[derive(Debug, Default)]
pub(super) struct Families {
    children: HashMap<SchemaRef, Vec<SchemaRef>>,
}

impl Families {
    pub(super) fn new(contract: &Contract) -> Self {
        let mut families = Self::default();
        let components = contract.component_names().into_iter().filter_map(|name| contract.component_schema(name));
        let components: Vec<(SchemaRef, &Node)> =
            components.filter_map(|schema| contract.schema_node(&schema).map(|node| (schema.clone(), node))).collect();
        if !components.iter().any(|(_, node)| node.get("discriminator").is_some()) {
            return families;
        }
        for (child, node) in components {
            for part in node.get("allOf").and_then(Node::items).unwrap_or_default() {
                let Some(text) = part.get("$ref").and_then(Node::as_str) else { continue };
                if let Some(parent) = contract.resolve(&child, text) {
                    families.children.entry(parent).or_default().push(child.clone());
                }
            }
        }
        families
    }

    /// The alternatives of a schema with the values that choose them, where each can be told by its name.
    pub(super) fn choices(&self, contract: &Contract, schema: &SchemaRef, node: &Node, property: &str) -> Option<Vec<Choice>> {
        let (key, branches) = match (node.get("oneOf"), node.get("anyOf")) {
            (Some(branches), None) => ("oneOf", branches.items()?),
            (None, Some(branches)) => ("anyOf", branches.items()?),
            _ => return None,
        };
        let mapped = mapping(contract, schema, node);
        let list = contract.schema_child(schema, key);
        let mut choices: Vec<Choice> = Vec::new();
        for (i, branch) in branches.iter().enumerate() {
            let text = branch.get("$ref")?.as_str()?;
            let mut choice = named(contract.resolve(&contract.schema_child(&list, i), text)?, &mapped);
            if !mapped.iter().any(|(_, target)| *target == choice.1) {
                let listed = contract.enum_at(&choice.1, property).unwrap_or_default();
                if !listed.is_empty() && !listed.iter().any(|value| choice.0.contains(value)) {
                    choice.0 = listed;
                }
            }
            if choice.0.is_empty() || choice.0.iter().any(|name| choices.iter().any(|(names, _)| names.contains(name))) {
                return None;
            }
            choices.push(choice);
        }
        Some(choices)
    }

    /// The schemas that build on a parent, and whatever else its mapping names.
    pub(super) fn heirs(&self, contract: &Contract, parent: &SchemaRef, node: &Node) -> Vec<Choice> {
        let mapped = mapping(contract, parent, node);
        let mut targets = Vec::new();
        let mut seen = HashSet::from([parent]);
        let mut queue = vec![parent];
        while let Some(next) = queue.pop() {
            for child in self.children.get(next).into_iter().flatten() {
                if seen.insert(child) {
                    targets.push(child.clone());
                    queue.push(child);
                }
            }
        }
        targets.sort();
        for (_, target) in &mapped {
            if !targets.contains(target) && target != parent {
                targets.push(target.clone());
            }
        }
        let choices = targets.into_iter().map(|target| named(target, &mapped));
        choices.filter(|(names, _)| !names.is_empty()).collect()
    }
}

fn mapping(contract: &Contract, schema: &SchemaRef, node: &Node) -> Vec<(String, SchemaRef)> {
    let members = node.get("discriminator").and_then(|d| d.get("mapping")).and_then(Node::members).unwrap_or_default();
    let target = |text: &str| contract.component_schema(text).or_else(|| contract.resolve(schema, text));
    members.iter().filter_map(|(name, to)| Some((name.text.clone(), target(to.as_str()?)?))).collect()
}

/// A schema with every name that chooses it: those of the mapping, and its own unless the mapping gives that to another.
fn named(target: SchemaRef, mapped: &[(String, SchemaRef)]) -> Choice {
    let mut names: Vec<String> = mapped.iter().filter(|(_, t)| *t == target).map(|(n, _)| n.clone()).collect();
    if let Some(own) = target.component().filter(|own| !mapped.iter().any(|(name, _)| name == own)) {
        names.push(own);
    }
    (names, target)
}
