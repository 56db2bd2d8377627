//! Binds what a suite declares once to the contract: catalogue, lifecycles, invariants, events.
//!
//! Looks names up and says which are unknown. Judges nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::check::rules::{BoundInvariant, Catalogue, Rules};
use crate::contract::Contract;
use crate::contract::model::StatusPattern as Documented;
use crate::model::check::Requirement;
use crate::suite::ast::Suite;
use crate::suite::ast::catalogue::{ErrorCatalogue, OperationSet};
use crate::suite::ast::expect::StatusPattern;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The rules of a suite.
pub(super) fn bind(suite: &Suite, contract: &Arc<Contract>, faults: &mut Diagnostics) -> Rules {
    let catalogue = suite.errors.as_ref().map(|errors| catalogue(suite, errors, contract, faults));
    for (name, what) in
        suite.lifecycles.iter().map(|l| (&l.of, "lifecycle")).chain(suite.invariants.iter().map(|i| (&i.on, "invariant")))
    {
        if contract.component_schema(&name.value).is_none() {
            let known = contract.component_names();
            faults.push(
                Diagnostic::error(
                    "suite/unknown-schema",
                    format!("the {what} observes `{}`, which is no schema of {}", name.value, contract.title),
                )
                .at(suite.place(name.span))
                .maybe_hint(did_you_mean(&name.value, known.iter().copied())),
            );
        }
    }
    if let Some(events) = &suite.events {
        callback(
            suite,
            contract,
            &format!("{}.{}", events.callback.operation, events.callback.name),
            events.callback.span,
            faults,
        );
    }
    let invariants = suite
        .invariants
        .iter()
        .map(|invariant| BoundInvariant { invariant: invariant.clone(), requirement: requirement(suite, invariant) })
        .collect();
    Rules::new(Arc::clone(contract), catalogue, suite.lifecycles.clone(), invariants)
}

fn requirement(suite: &Suite, invariant: &crate::suite::ast::catalogue::Invariant) -> Requirement {
    if let Some(declared) = invariant.requirement.as_ref().and_then(|id| suite.requirement(&id.value)) {
        return Requirement { id: declared.id.value.clone(), source: declared.source.clone() };
    }
    Requirement {
        id: format!("invariant/{}", invariant.name.value.replace(' ', "-")),
        source: invariant.source.clone().unwrap_or_else(|| "the suite's invariants".to_owned()),
    }
}

/// Says when a callback is not one of the contract.
pub(super) fn callback(suite: &Suite, contract: &Contract, name: &str, span: Span, faults: &mut Diagnostics) -> bool {
    if contract.callback(name).is_some() {
        return true;
    }
    let known: Vec<String> = contract.callbacks().map(|(o, c)| format!("{}.{}", o.id, c.name)).collect();
    faults.push(
        Diagnostic::error("suite/unknown-callback", format!("`{name}` is no callback of {}", contract.title))
            .at(suite.place(span))
            .maybe_hint(did_you_mean(name, known.iter().map(String::as_str))),
    );
    false
}

fn catalogue(suite: &Suite, errors: &ErrorCatalogue, contract: &Contract, faults: &mut Diagnostics) -> Catalogue {
    let mut codes: BTreeMap<String, BTreeMap<u16, BTreeSet<String>>> = BTreeMap::new();
    for code in &errors.codes {
        for rule in &code.rules {
            let operations: Vec<String> = match &rule.operations {
                OperationSet::All => contract.operations.iter().map(|o| o.id.clone()).collect(),
                OperationSet::Named(names) => {
                    for name in names.iter().filter(|n| contract.operation(&n.value).is_none()) {
                        unknown_operation(suite, contract, &name.value, name.span, faults);
                    }
                    names.iter().filter(|n| contract.operation(&n.value).is_some()).map(|n| n.value.clone()).collect()
                }
            };
            for status in &rule.status.0 {
                let StatusPattern::Exact(status) = status else {
                    faults.push(
                        Diagnostic::error(
                            "suite/catalogue-status",
                            format!("code `{}` needs exact statuses, not `{status}`", code.code.value),
                        )
                        .at(suite.place(rule.span)),
                    );
                    continue;
                };
                for operation in &operations {
                    if contract.operation(operation).is_some_and(|o| o.response_for(*status).is_none()) {
                        faults.push(
                            Diagnostic::error(
                                "suite/catalogue-status",
                                format!("{operation} documents no status {status}, so `{}` cannot come with it", code.code.value),
                            )
                            .at(suite.place(rule.span)),
                        );
                        continue;
                    }
                    codes.entry(operation.clone()).or_default().entry(*status).or_default().insert(code.code.value.clone());
                }
            }
        }
    }
    let catalogue = Catalogue { at: errors.at.clone(), codes };
    cross_check(suite, &catalogue, contract, faults);
    catalogue
}

/// Where the spec enumerates the codes of an answer, the catalogue must say the same.
fn cross_check(suite: &Suite, catalogue: &Catalogue, contract: &Contract, faults: &mut Diagnostics) {
    let Some(member) = catalogue.at.text().strip_prefix("$.").filter(|m| m.chars().all(|c| c.is_alphanumeric() || c == '_'))
    else {
        return;
    };
    for operation in &contract.operations {
        for response in &operation.responses {
            let Documented::Exact(status) = response.pattern else { continue };
            let enumerated: BTreeSet<String> =
                response.media.iter().filter_map(|m| contract.enum_at(m.schema.as_ref()?, member)).flatten().collect();
            if status < 400 || enumerated.is_empty() {
                continue;
            }
            let listed = catalogue.codes(&operation.id, status);
            let differing = |from: &BTreeSet<String>, other: &BTreeSet<String>| {
                from.difference(other).cloned().collect::<Vec<_>>().join(", ")
            };
            let missing = differing(&enumerated, &listed);
            let beyond = differing(&listed, &enumerated);
            for (codes, what) in
                [(missing, "documents, and the catalogue leaves out"), (beyond, "does not document, though the catalogue lists")]
            {
                if !codes.is_empty() {
                    faults.push(
                        Diagnostic::error("suite/catalogue-differs", format!("{} {status} {what}: {codes}", operation.id))
                            .at(suite.place(catalogue.at.span)),
                    );
                }
            }
        }
    }
}

/// Says that an operation is unknown, with the nearest one.
pub(super) fn unknown_operation(suite: &Suite, contract: &Contract, name: &str, span: Span, faults: &mut Diagnostics) {
    let known: Vec<&str> = contract.operations.iter().map(|o| o.id.as_str()).collect();
    faults.push(
        Diagnostic::error("suite/unknown-operation", format!("unknown operation `{name}`"))
            .at(suite.place(span))
            .maybe_hint(did_you_mean(name, known.iter().copied())),
    );
}
