//! Which examples of a spec do not conform to the schemas that they stand beside.
//!
//! A door to the linter, where they are judged. Never changes what the contract means.

use crate::base::diagnostic::Diagnostics;
use crate::contract::api::Contract;
use crate::contract::lint::lint_examples;

pub(in crate::contract) fn check(contract: &Contract) -> Diagnostics {
    lint_examples(contract)
}
