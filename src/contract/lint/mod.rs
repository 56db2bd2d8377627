//! What a careful author would change in a spec that loads: rules, each with its place and what to write instead.
//!
//! Looks at a loaded contract. Changes nothing, and never decides whether a spec may be used.

mod alternatives;
mod catalogue;
mod codes;
mod components;
mod examples;
mod ignore;
mod links;
mod media;
mod objects;
mod operations;
mod paths;
mod patterns;
mod report;
mod rule;
mod security;
mod shape;
mod subject;
mod survey;
mod values;

#[cfg(test)]
mod tests;

pub use catalogue::{FAMILIES, LOADING, Loading, rule, rules};
pub use rule::{Family, Rule, Sample};

use crate::base::diagnostic::Diagnostics;
use crate::contract::api::Contract;
use report::Report;
use survey::Survey;

/// Everything that the rules find in a contract.
#[must_use]
pub fn lint(contract: &Contract) -> Diagnostics {
    run(contract, None)
}

/// The same, with the error codes that a suite knows: a code that the spec lists and the suite does not is found as well.
#[must_use]
pub fn lint_with_catalogue(contract: &Contract, codes: &[&str]) -> Diagnostics {
    run(contract, Some(codes))
}

fn run(contract: &Contract, suite: Option<&[&str]>) -> Diagnostics {
    let Some(survey) = Survey::new(contract) else { return Diagnostics::new() };
    let mut report = Report::new(&contract.files);
    examples::check(&survey, &mut report);
    media::check(&survey, &mut report);
    paths::check(&survey, &mut report);
    operations::check(&survey, &mut report);
    security::check(&survey, &mut report);
    links::check(&survey, &mut report);
    components::check(&survey, &mut report);
    for schema in &survey.schemas {
        values::check(&survey, schema, &mut report);
        patterns::check(schema, &mut report);
        objects::check(&survey, schema, &mut report);
        alternatives::check(&survey, schema, &mut report);
    }
    codes::check(&survey, suite, &mut report);
    ignore::apply(report)
}

impl Contract {
    /// Everything that the rules find; the structure was checked when the contract was loaded.
    #[must_use]
    pub fn lint(&self) -> Diagnostics {
        lint(self)
    }
}
