//! Alternatives of schemas that contain themselves, looked at one level at a time.
//!
//! To explain a value, every alternative tells all that is wrong with it; where alternatives lead back to themselves, that
//! doubles at each level. Here each asks only whether a value fits, and is explained when someone wants to know. Never changes
//! what is valid.

use crate::base::pointer::Pointer;
use crate::schema::form::Form;
use crate::schema::set::Inner;
use crate::schema::source::{Lowered, Unit};
use jsonschema::{Keyword, ValidationError};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

/// The keywords that stand for `oneOf` and `anyOf` in a schema that explains.
pub(in crate::schema) const ONE_OF: &str = "spec:oneOf";
pub(in crate::schema) const ANY_OF: &str = "spec:anyOf";

/// The units with alternatives that lead back to themselves.
pub(in crate::schema) fn tangled(reached: &BTreeMap<Unit, Arc<Lowered>>) -> BTreeSet<Unit> {
    let leads_back = |start: &Unit| {
        let mut seen = BTreeSet::new();
        let mut queue: Vec<&Unit> = reached.get(start).map(|l| l.units.iter().collect()).unwrap_or_default();
        while let Some(unit) = queue.pop() {
            if unit == start {
                return true;
            }
            if seen.insert(unit) {
                queue.extend(reached.get(unit).into_iter().flat_map(|l| &l.units));
            }
        }
        false
    };
    // What is evaluated depends on which alternatives fit: such schemas are left whole.
    let may = |lowered: &Lowered| {
        has(&lowered.schema, &|key| matches!(key, "oneOf" | "anyOf"))
            && !has(&lowered.schema, &|key| matches!(key, "unevaluatedProperties" | "unevaluatedItems"))
    };
    reached.iter().filter(|(unit, lowered)| may(lowered) && leads_back(unit)).map(|(unit, _)| unit.clone()).collect()
}

fn has(schema: &Value, wanted: &dyn Fn(&str) -> bool) -> bool {
    match schema {
        Value::Object(members) => members.iter().any(|(key, value)| wanted(key) || has(value, wanted)),
        Value::Array(items) => items.iter().any(|item| has(item, wanted)),
        _ => false,
    }
}

/// Puts the keywords of this file in the place of alternatives; `at` is where the schema stands in its document.
pub(in crate::schema) fn untangle(schema: &mut Value, document: usize, at: &Pointer) {
    let Value::Object(members) = schema else { return };
    for (keyword, own) in [("oneOf", ONE_OF), ("anyOf", ANY_OF)] {
        if let Some(count) = members.get(keyword).and_then(Value::as_array).map(Vec::len).filter(|count| *count > 1) {
            members.shift_remove(keyword);
            members.insert(own.to_owned(), json!({"document": document, "at": at.push(keyword).as_str(), "count": count}));
        }
    }
    for (key, held) in members.iter_mut() {
        let at = at.push(key);
        match (key.as_str(), held) {
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(below)) => {
                below.iter_mut().for_each(|(name, schema)| untangle(schema, document, &at.push(name)));
            }
            ("items" | "prefixItems" | "allOf" | "oneOf" | "anyOf", Value::Array(below)) => {
                below.iter_mut().enumerate().for_each(|(i, schema)| untangle(schema, document, &at.push(i)));
            }
            ("items" | "additionalProperties" | "additionalItems" | "then" | "else", below) => untangle(below, document, &at),
            _ => {}
        }
    }
}

struct Alternatives {
    set: Weak<Inner>,
    document: usize,
    at: Pointer,
    count: usize,
    exactly_one: bool,
}

pub(in crate::schema) fn keyword<'a, F: Form>(
    set: &Weak<Inner>,
    value: &'a Value,
    exactly_one: bool,
) -> Result<Box<dyn for<'i> Keyword<'i, F>>, ValidationError<'a>> {
    let number = |key: &str| value.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
    let at = Pointer::from_escaped(value.get("at").and_then(Value::as_str).unwrap_or_default());
    Ok(Box::new(Alternatives { set: set.clone(), document: number("document"), at, count: number("count"), exactly_one }))
}

impl<'i, F: Form> Keyword<'i, F> for Alternatives {
    fn validate(&self, instance: F::Node<'i>) -> Result<(), ValidationError<'i>> {
        if Keyword::<F>::is_valid(self, instance) {
            Ok(())
        } else {
            Err(ValidationError::custom("fits none of the alternatives"))
        }
    }

    fn is_valid(&self, instance: F::Node<'i>) -> bool {
        let Some(set) = self.set.upgrade() else { return false };
        let fits = |i: &usize| {
            let branch = set.validator(self.document, &self.at.push(i));
            F::fits(&branch, &set, instance.clone())
        };
        let mut fitting = (0..self.count).filter(fits);
        fitting.next().is_some() && !(self.exactly_one && fitting.next().is_some())
    }
}
