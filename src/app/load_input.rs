//! Reads a load plan together with the suite or spec and the data files that it names.
//!
//! Opens files beside the plan through the caller's loader. Binds nothing and sends nothing.

use crate::app::inputs::Loader;
use crate::app::{files, load_data};
use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::check::catalogue;
use crate::contract::Contract;
use crate::plan::bind::{SuiteInput, file_stem};
use crate::plan::load::LoadInput;
use crate::plan::quick;
use crate::suite::ast::Suite;
use crate::suite::load_plan;
use std::collections::HashMap;
use std::sync::Arc;

/// A plan with everything that it names, gathering every mistake of every file; `None` where there is nothing to bind.
pub(super) fn of(source: &Arc<Source>, loader: &mut Loader, faults: &mut Diagnostics) -> Option<LoadInput> {
    let (load, more) = load_plan(source, &catalogue::names());
    faults.extend(more);
    let load = load?;
    let name = source.name();
    let input = match (&load.suite, &load.spec) {
        (Some(suite), _) => loader.named_suite(&files::beside(name, &suite.value), load.place(suite.span), faults),
        (None, Some(spec)) => {
            let path = files::beside(name, &spec.value);
            let contract = loader.contract(&path, load.place(spec.span), faults);
            contract.map(|contract| of_spec(quick::suite(&spec.value), contract, &path))
        }
        (None, None) => None,
    };
    let data = load_data::read(&loader.reader, &load, faults);
    Some(LoadInput { load: Arc::new(load), input: input?, data })
}

/// A suite that says nothing beyond a spec.
pub(super) fn of_spec(suite: Suite, contract: Arc<Contract>, path: &str) -> SuiteInput {
    SuiteInput { suite: Arc::new(suite), slug: "load".to_owned(), contract, spec: file_stem(path), others: HashMap::new() }
}
