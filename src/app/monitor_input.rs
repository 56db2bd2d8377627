//! Reads a monitor plan together with the suite or spec that it names.
//!
//! Opens files beside the plan through the caller's loader. Binds nothing and sends nothing.

use crate::app::files;
use crate::app::inputs::Loader;
use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::check::catalogue;
use crate::contract::Contract;
use crate::plan::bind::{SuiteInput, file_stem};
use crate::plan::monitor::{MonitorInput, quick};
use crate::suite::load_monitor;
use std::collections::HashMap;
use std::sync::Arc;

/// A plan with everything that it names, gathering every mistake of every file; `None` where there is nothing to bind.
pub(super) fn of(source: &Arc<Source>, loader: &mut Loader, faults: &mut Diagnostics) -> Option<MonitorInput> {
    let (monitor, more) = load_monitor(source, &catalogue::names());
    faults.extend(more);
    let monitor = monitor?;
    let name = source.name();
    let input = match (&monitor.suite, &monitor.spec) {
        (Some(suite), _) => loader.named_suite(&files::beside(name, &suite.value), monitor.place(suite.span), faults),
        (None, Some(spec)) => {
            let path = files::beside(name, &spec.value);
            let contract = loader.contract(&path, monitor.place(spec.span), faults);
            contract.map(|contract| of_spec(&spec.value, contract, &path))
        }
        (None, None) => None,
    };
    Some(MonitorInput { monitor: Arc::new(monitor), input: input? })
}

/// A suite that says nothing beyond a spec; `spec` is its name as written, `path` where it lies.
pub(super) fn of_spec(spec: &str, contract: Arc<Contract>, path: &str) -> SuiteInput {
    let suite = Arc::new(quick::suite(spec));
    SuiteInput { suite, slug: "monitor".to_owned(), contract, spec: file_stem(path), others: HashMap::new() }
}
