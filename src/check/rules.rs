//! What judges every exchange of a suite: its contract, its catalogue of error codes, its lifecycles.
//!
//! Bound once by the planner, then only read. Holds no state of a run.

use crate::contract::media::documented;
use crate::contract::model::{Operation, SchemaRef};
use crate::contract::{Contract, PathPattern};
use crate::model::check::Requirement;
use crate::suite::ast::catalogue::{Invariant, Lifecycle};
use crate::suite::path::Path;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Which error codes may come with which status on which operation.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Where the code stands in an error body.
    pub at: Path,
    /// Operation id -> status -> codes.
    pub codes: BTreeMap<String, BTreeMap<u16, BTreeSet<String>>>,
}

impl Catalogue {
    /// The codes of an operation and status.
    #[must_use]
    pub fn codes(&self, operation: &str, status: u16) -> BTreeSet<String> {
        self.codes.get(operation).and_then(|s| s.get(&status)).cloned().unwrap_or_default()
    }

    /// The statuses a code may come with: on `operation`, or on any where none is given.
    #[must_use]
    pub fn statuses(&self, operation: Option<&str>, code: &str) -> BTreeSet<u16> {
        self.codes
            .iter()
            .filter(|(id, _)| operation.is_none_or(|o| o == id.as_str()))
            .flat_map(|(_, statuses)| statuses.iter().filter(|(_, codes)| codes.contains(code)).map(|(status, _)| *status))
            .collect()
    }
}

/// An invariant with the requirement it is filed under.
#[derive(Clone, Debug)]
pub struct BoundInvariant {
    /// As written.
    pub invariant: Invariant,
    /// What its findings cite.
    pub requirement: Requirement,
}

/// What judges every exchange of a suite.
#[derive(Debug)]
pub struct Rules {
    /// The contract.
    pub contract: Arc<Contract>,
    /// The error codes.
    pub catalogue: Option<Catalogue>,
    /// The lifecycles.
    pub lifecycles: Vec<Lifecycle>,
    /// The invariants.
    pub invariants: Vec<BoundInvariant>,
    /// Where in an instance of a schema the observed components stand.
    occurrences: HashMap<(SchemaRef, String), Vec<PathPattern>>,
    /// Components that a callback brings: a listing of them is no news.
    pub brought_by_callbacks: BTreeSet<String>,
}

impl Rules {
    /// Binds rules, looking up where every observed component stands in every answer and callback.
    #[must_use]
    pub fn new(
        contract: Arc<Contract>,
        catalogue: Option<Catalogue>,
        lifecycles: Vec<Lifecycle>,
        invariants: Vec<BoundInvariant>,
    ) -> Self {
        let components: BTreeSet<String> = lifecycles
            .iter()
            .map(|l| l.of.value.clone())
            .chain(invariants.iter().map(|i| i.invariant.on.value.clone()))
            .collect();
        let mut occurrences = HashMap::new();
        let mut brought_by_callbacks = BTreeSet::new();
        let mut note = |schema: &SchemaRef, from_callback: bool| {
            for component in &components {
                let found = contract.occurrences(schema, component);
                if !found.is_empty() {
                    if from_callback {
                        brought_by_callbacks.insert(component.clone());
                    }
                    occurrences.insert((schema.clone(), component.clone()), found);
                }
            }
        };
        for operation in &contract.operations {
            for schema in operation.responses.iter().flat_map(|r| &r.media).filter_map(|m| m.schema.as_ref()) {
                note(schema, false);
            }
            for callback in &operation.callbacks {
                for schema in callback.operation.body.iter().flat_map(|b| &b.media).filter_map(|m| m.schema.as_ref()) {
                    note(schema, true);
                }
            }
        }
        Self { contract, catalogue, lifecycles, invariants, occurrences, brought_by_callbacks }
    }

    /// Where instances of `component` stand in an instance of `schema`.
    #[must_use]
    pub fn occurrences(&self, schema: &SchemaRef, component: &str) -> &[PathPattern] {
        self.occurrences.get(&(schema.clone(), component.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The schema an answer of an operation has, by status and `Content-Type`.
    #[must_use]
    pub fn answer_schema<'o>(&self, operation: &'o Operation, status: u16, content_type: &str) -> Option<&'o SchemaRef> {
        documented(&operation.response_for(status)?.media, content_type)?.schema.as_ref()
    }
}
