//! Schemas that are written alike in both contracts, with all that they refer to: nothing has to be compared there.
//!
//! Looks at what is written, each pair of places once. Never decides that something differs in meaning.

use crate::base::tree::{Data, Node};
use crate::contract::Contract;
use crate::contract::model::SchemaRef;
use std::collections::HashMap;

/// Keywords that say nothing about values.
const REMARKS: [&str; 7] = ["description", "title", "summary", "example", "examples", "externalDocs", "$comment"];

/// Keywords that hold values, every word of which counts.
const VALUES: [&str; 4] = ["enum", "const", "default", "x-extensible-enum"];

type Pair = (SchemaRef, SchemaRef);

/// Which pairs are alike, as far as it was asked.
#[derive(Default)]
pub(super) struct Alike {
    known: HashMap<Pair, bool>,
}

impl Alike {
    /// True when both are written alike, and everything they refer to is.
    pub(super) fn ask(&mut self, contracts: (&Contract, &Contract), pair: &Pair) -> bool {
        if let Some(known) = self.known.get(pair) {
            return *known;
        }
        let mut index: HashMap<Pair, usize> = HashMap::from([(pair.clone(), 0)]);
        let mut all = vec![pair.clone()];
        let mut sound = Vec::new();
        let mut used_by: Vec<Vec<usize>> = vec![Vec::new()];
        let mut next = 0;
        while next < all.len() {
            let (a, b) = all[next].clone();
            let mut needs = Vec::new();
            let nodes = (contracts.0.schema_node(&a), contracts.1.schema_node(&b));
            let mut alike = match nodes {
                (Some(x), Some(y)) => same(contracts, (&a, &b), (x, y), false, &mut needs),
                _ => false,
            };
            for need in needs {
                match self.known.get(&need) {
                    Some(true) => {}
                    Some(false) => alike = false,
                    None => {
                        let at = *index.entry(need.clone()).or_insert_with(|| {
                            all.push(need);
                            used_by.push(Vec::new());
                            all.len() - 1
                        });
                        used_by[at].push(next);
                    }
                }
            }
            sound.push(alike);
            next += 1;
        }
        let mut spoiled: Vec<usize> = (0..all.len()).filter(|i| !sound[*i]).collect();
        while let Some(bad) = spoiled.pop() {
            for user in std::mem::take(&mut used_by[bad]) {
                if sound[user] {
                    sound[user] = false;
                    spoiled.push(user);
                }
            }
        }
        let answer = sound[0];
        self.known.extend(all.into_iter().zip(sound));
        answer
    }
}

/// True when two nodes are written alike; what they refer to is needed besides. In a map of names every key is a name.
fn same(
    contracts: (&Contract, &Contract),
    at: (&SchemaRef, &SchemaRef),
    nodes: (&Node, &Node),
    names: bool,
    needs: &mut Vec<Pair>,
) -> bool {
    match (&nodes.0.data, &nodes.1.data) {
        (Data::Object(a), Data::Object(b)) => {
            let counts = |key: &str| names || !REMARKS.contains(&key);
            let listed = |all: &[(crate::base::tree::Key, Node)]| all.iter().filter(|(k, _)| counts(&k.text)).count();
            if listed(a) != listed(b) {
                return false;
            }
            a.iter().filter(|(k, _)| counts(&k.text)).all(|(key, x)| {
                let Some(y) = nodes.1.get(&key.text) else { return false };
                let is_reference = !names && ["$ref", "$dynamicRef"].contains(&key.text.as_str());
                if let (true, Some(x), Some(y)) = (is_reference, x.as_str(), y.as_str()) {
                    let targets = (contracts.0.resolve(at.0, x), contracts.1.resolve(at.1, y));
                    if let (Some(a), Some(b)) = targets {
                        needs.push((a, b));
                    }
                    return x == y;
                }
                if VALUES.contains(&key.text.as_str()) && !names {
                    return x.to_value() == y.to_value();
                }
                let map = ["properties", "patternProperties", "dependentSchemas", "$defs", "mapping"];
                same(contracts, at, (x, y), !names && map.contains(&key.text.as_str()), needs)
            })
        }
        (Data::Array(a), Data::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(contracts, at, (x, y), false, needs))
        }
        (Data::Object(_) | Data::Array(_), _) => false,
        (a, b) => a == b,
    }
}
