//! Values made from schemas: valid ones of every class, and ones that are wrong in one way each.
//!
//! The same seed gives the same values. Never sends one and never judges what came of it.

mod bounds;
mod compound;
mod events;
mod family;
mod make;
mod merge;
mod number;
mod pattern;
mod resolve;
mod search;
mod shape;
mod text;
mod variants;

use crate::base::pointer::Pointer;
use crate::base::seed::Seed;
use crate::contract::Contract;
use crate::contract::model::{Direction, MediaType, SchemaRef};
use crate::generate::events::{Event, Subject};
use crate::generate::make::Maker;
use crate::generate::search::Aim;
use crate::generate::text::Writer;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// What a sample is there to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// Valid; one combination of the values that the spec lists (each entity with each of its events).
    Event,
    /// Valid; a value at a bound of its schema.
    Boundary(Pointer),
    /// Valid; a value that the schema allows and hardly anybody sends: a leap second, text of every script, a thousand characters, an
    /// event that is not listed where events are.
    Odd(Pointer),
    /// Valid; an optional field absent.
    OptionalAbsent(Pointer),
    /// A field that the spec does not know, added to a valid value.
    UnknownField(Pointer),
    /// A value beside those that the spec lists, in an otherwise valid one.
    UnknownValue(Pointer),
    /// Wrong: a required field absent.
    MissingRequired(Pointer),
}

/// A value made from a schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What it is, for a reader: `SIGNATURE IN_ERROR`, `id absent`.
    pub label: String,
    /// What it is there to show.
    pub kind: SampleKind,
    /// The value.
    pub value: Value,
}

/// How values are to be made.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The same seed gives the same values.
    pub seed: Seed,
    /// The moment that dates and times are of.
    pub now: Timestamp,
    /// How many samples of each kind are wanted at most.
    pub most: usize,
}

/// What was made from a schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generated {
    /// The samples, kind by kind.
    pub samples: Vec<Sample>,
    /// What could not be made, for a reader.
    pub missed: Vec<String>,
}

fn maker<'c>(contract: &'c Contract, direction: Direction, wish: &Wish) -> Maker<'c> {
    Maker::new(contract, direction, Writer { rng: wish.seed.derive("generate").rng(), now: wish.now })
}

/// Samples of a body, in the direction given, after the examples that the spec gives for it.
///
/// `Event`, `Boundary`, `Odd` and `OptionalAbsent` samples pass the contract's validator; `MissingRequired` and `UnknownValue` ones
/// are wrong in that one place at most, and `UnknownField` ones only where the schema forbids what it does not know.
#[must_use]
pub fn samples(contract: &Contract, schema: &SchemaRef, direction: Direction, wish: &Wish) -> Generated {
    let mut maker = maker(contract, direction, wish);
    let validator = contract.validator(schema, direction);
    let examples = examples(contract, schema);
    let subject = Subject { schema, validator: &validator, examples: &examples, most: wish.most };
    let mut missed = Vec::new();
    let events = maker.events(&subject, &mut missed);
    if events.is_empty() && missed.is_empty() {
        // Every event that the schema lists is one that it forbids elsewhere.
        missed.push("no valid value was found: nothing that is listed is allowed".to_owned());
    }
    let variants = maker.variants(&subject, &events);
    let decisive: BTreeSet<Pointer> = events.iter().flat_map(|e| e.fixed.keys().cloned()).collect();
    // An entity of which no event is listed yet: what its event is called is only ours.
    let made_up = |e: &Event| {
        let open = decisive.iter().find(|at| !e.fixed.contains_key(at) && e.shown.pointer(at.as_str()).is_some())?;
        (!e.fixed.is_empty()).then(|| open.clone())
    };
    let all_are = events.iter().all(|e| made_up(e).is_some());
    let kind = |e: &Event| made_up(e).filter(|_| !all_are).map_or(SampleKind::Event, SampleKind::Odd);
    let shown = events.iter().map(|e| Sample { label: e.label.clone(), kind: kind(e), value: e.shown.clone() });
    Generated { samples: shown.chain(variants).collect(), missed }
}

/// One valid value: with every optional property, or with none.
#[must_use]
pub fn value(contract: &Contract, schema: &SchemaRef, direction: Direction, full: bool, wish: &Wish) -> Option<Value> {
    let validator = contract.validator(schema, direction);
    let aim = Aim { full, hints: examples(contract, schema), ..Aim::default() };
    maker(contract, direction, wish).solve(schema, &validator, &aim).ok().map(|solution| solution.value)
}

/// The examples of every body that is described by this schema, or by a reference to it.
fn examples(contract: &Contract, schema: &SchemaRef) -> Vec<Value> {
    let callbacks = contract.callbacks().map(|(_, callback)| callback).chain(&contract.webhooks);
    let operations = contract.operations.iter().chain(callbacks.map(|callback| &callback.operation));
    let mut found: Vec<Value> = Vec::new();
    for operation in operations {
        let answers = operation.responses.iter().flat_map(|response| &response.media);
        let media: Vec<&MediaType> = operation.body.iter().flat_map(|body| &body.media).chain(answers).collect();
        for medium in media {
            let is_same = medium.schema.as_ref().is_some_and(|own| own == schema || leads_to(contract, own, schema));
            let given = medium.examples.iter().map(|(_, value)| value).chain(&medium.example);
            for example in given.filter(|_| is_same) {
                if !found.contains(example) {
                    found.push(example.clone());
                }
            }
        }
    }
    found
}

fn leads_to(contract: &Contract, from: &SchemaRef, to: &SchemaRef) -> bool {
    let mut at = from.clone();
    for _ in 0..16 {
        let target = contract.schema_value(&at).and_then(|v| contract.resolve(&at, v.get("$ref")?.as_str()?));
        match target {
            Some(target) if target == *to => return true,
            Some(target) => at = target,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests;
