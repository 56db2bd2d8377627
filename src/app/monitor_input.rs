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

#[cfg(test)]
mod tests {
    use super::of;
    use crate::app::inputs::{Loader, Wanted};
    use crate::app::reader::Rights;
    use crate::app::{files, shipped};
    use crate::base::diagnostic::Diagnostics;
    use crate::base::units::Nanos;
    use crate::plan::monitor::bind;

    /// Every shipped plan is bound to the shipped environment without a word.
    #[test]
    fn shipped_plans_can_be_carried_out_in_the_sandbox() {
        let mut names = Vec::new();
        for plan in shipped::monitor_plans() {
            let mut faults = Diagnostics::new();
            let mut loader = Loader::new(&Rights::default(), &[], &mut faults);
            let environment = loader.environment(&Wanted::default(), &|_| None, &mut faults).expect("the sandbox");
            let file = format!("{}{}", files::SHIPPED, shipped::monitor_plan(plan).expect("a file"));
            let source = loader.read("monitor plan", &file, None, &mut faults).expect("a text");
            let input = of(&source, &mut loader, &mut faults).expect("a plan");
            let (planned, found) = bind(&input, &environment);
            faults.extend(found);
            let said: Vec<String> =
                faults.into_iter().filter(|d| !d.code.starts_with("environment/")).map(|d| d.render(false)).collect();
            assert!(said.is_empty(), "{}", said.join("\n"));
            let planned = planned.expect("nothing is wrong");
            assert!(planned.probes.iter().all(|p| p.every <= Nanos(5_000_000_000) && p.operation.method == "GET"));
            names.extend(planned.probes.into_iter().map(|p| format!("{}.{}", p.api, p.name)));
        }
        assert_eq!(
            names,
            [
                "laas-contract-signature.getSignature",
                "laas-contract-signature.getProposal",
                "notification-api.getSubscription",
                "laas-notifications.listNotifications",
                "laas-notifications.getCallback",
            ]
        );
    }
}
