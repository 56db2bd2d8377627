//! What there is to cover: operations, statuses, codes, callbacks, events, transitions, requirements.
//!
//! Lists names; counts nothing that happened.

use crate::check::lifecycle::declared;
use crate::model::coverage::{Coverage, Dimension, DimensionCoverage};
use crate::plan::PlannedSuite;
use serde_json::Value;
use std::collections::BTreeSet;

/// The name of a status in coverage.
#[must_use]
pub fn status(operation: &str, status: impl std::fmt::Display) -> String {
    format!("{operation} {status}")
}

/// The name of an error code in coverage.
#[must_use]
pub fn error_code(operation: &str, status: u16, code: &str) -> String {
    format!("{operation} {status} {code}")
}

/// The name of an event in coverage.
#[must_use]
pub fn event<'v>(parts: impl IntoIterator<Item = &'v Value>) -> String {
    parts.into_iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(" ")
}

/// Everything a suite could cover, nothing of it seen.
#[must_use]
pub fn known(planned: &PlannedSuite) -> Coverage {
    let contract = &planned.rules.contract;
    let mut dimensions = Vec::new();
    for dimension in Dimension::ALL {
        let known: BTreeSet<String> = match dimension {
            Dimension::Operations => contract.operations.iter().map(|o| o.id.clone()).collect(),
            Dimension::Statuses => {
                contract.operations.iter().flat_map(|o| o.responses.iter().map(|r| status(&o.id, r.pattern))).collect()
            }
            Dimension::ErrorCodes => planned
                .rules
                .catalogue
                .iter()
                .flat_map(|c| c.codes.iter())
                .flat_map(|(op, statuses)| {
                    statuses.iter().flat_map(move |(s, codes)| codes.iter().map(move |code| error_code(op, *s, code)))
                })
                .collect(),
            Dimension::Callbacks => contract.callbacks().map(|(o, c)| format!("{}.{}", o.id, c.name)).collect(),
            Dimension::Events => planned.suite.events.iter().flat_map(|e| e.known.iter().map(|k| event(&k.value))).collect(),
            Dimension::Transitions => declared(&planned.rules.lifecycles),
            Dimension::Requirements => planned.suite.requirements.iter().map(|r| r.id.value.clone()).collect(),
        };
        if !known.is_empty() {
            dimensions.push(DimensionCoverage { dimension, known, seen: BTreeSet::new() });
        }
    }
    Coverage { suite: planned.suite.title.clone(), spec: format!("{} {}", contract.title, contract.version), dimensions }
}
