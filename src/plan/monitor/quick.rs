//! A monitor plan without a file: operations of a spec, probed as often as is said.
//!
//! Calls them as a load without a file does. Sends nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::seed::Seed;
use crate::base::source::{Source, Span};
use crate::base::units::{Nanos, Share};
use crate::contract::Contract;
use crate::generate::Wish;
use crate::model::availability::DownRule;
use crate::plan::quick::{Filler, Words, suite as suite_of};
use crate::suite::ast::monitor::{AvailabilityTarget, MonitorPlan, ProbeLimits, ProbeSpec};
use crate::suite::ast::{Spanned, Suite};
use crate::suite::check_monitor;
use jiff::Timestamp;

/// What was typed instead of a plan.
#[derive(Clone, Debug)]
pub struct QuickMonitor {
    /// The spec, as it was named.
    pub spec: String,
    /// The operations.
    pub operations: Vec<String>,
    /// Who calls; nobody when `None`.
    pub identity: Option<String>,
    /// From one turn of a probe to the next.
    pub every: Nanos,
    /// The most by which a probe is due after its turn, as a share of `every`; [`ProbeSpec::JITTER`] where nothing was typed.
    pub jitter: Share,
    /// An answer that takes longer is none.
    pub timeout: Option<Nanos>,
    /// A right answer that takes longer makes its operation degraded.
    pub slow: Option<Nanos>,
    /// When an operation counts as down.
    pub down: DownRule,
    /// What is promised.
    pub targets: Vec<AvailabilityTarget>,
    /// How long it is watched; until it is stopped when `None`.
    pub length: Option<Nanos>,
}

/// A suite that says nothing beyond the spec.
#[must_use]
pub fn suite(spec: &str) -> Suite {
    Suite { title: "monitor".to_owned(), ..suite_of(spec) }
}

/// The plan that was meant; it is there only where nothing is wrong. What is said has no place: there is no file.
#[must_use]
pub fn plan(quick: &QuickMonitor, contract: &Contract, seed: Seed, now: Timestamp) -> (Option<MonitorPlan>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let words = Words { unknown: "monitor/unknown-operation", no_value: "monitor/no-value", instead: "a monitor plan" };
    let mut filler = Filler { contract, wish: Wish { seed, now, most: 1 }, words, faults: &mut faults };
    let mut calls = Vec::new();
    for name in &quick.operations {
        calls.extend(filler.named(name, quick.identity.as_deref()));
    }
    let mut names: Vec<String> = Vec::new();
    for (operation, _) in &calls {
        if names.contains(&operation.id) {
            let message = format!("`{}` is named twice", operation.id);
            faults.push(Diagnostic::error("monitor/duplicate-name", message).hint("name each operation once"));
        } else {
            names.push(operation.id.clone());
        }
    }
    if quick.operations.is_empty() {
        faults.push(Diagnostic::error("monitor/value", "nothing is probed").hint("name an operation"));
    }
    let span = Span::default();
    let spanned = |length: Nanos| Spanned::new(length, span);
    let probe = |call| ProbeSpec {
        name: None,
        call,
        every: spanned(quick.every),
        jitter: Spanned::new(quick.jitter, span),
        timeout: quick.timeout.map(spanned),
        slow: quick.slow.map(spanned),
        span,
    };
    let plan = MonitorPlan {
        source: Source::new("the command line", ""),
        title: Spanned::new(names.join(", "), span),
        suite: None,
        spec: Some(Spanned::new(quick.spec.clone(), span)),
        before: Vec::new(),
        probes: calls.into_iter().map(|(_, call)| probe(call)).collect(),
        whole: true,
        down: Spanned::new(quick.down, span),
        targets: quick.targets.clone(),
        alerts: Vec::new(),
        limits: ProbeLimits::default(),
        length: quick.length.map(spanned),
    };
    check_monitor(&plan).into_iter().for_each(|fault| faults.push(Diagnostic { place: None, ..fault }));
    ((!faults.has_errors()).then_some(plan), faults)
}

#[cfg(test)]
mod tests {
    use super::{QuickMonitor, plan, suite};
    use crate::base::seed::Seed;
    use crate::base::units::{Nanos, Share};
    use crate::check::bench::contract;
    use crate::model::availability::DownRule;
    use crate::plan::bind::SuiteInput;
    use crate::plan::monitor::{MonitorInput, bind};
    use crate::suite::ast::monitor::{MonitorPlan, ProbeSpec};
    use crate::suite::{load_environment, parse_target};
    use jiff::Timestamp;
    use std::collections::HashMap;
    use std::sync::Arc;

    const S: u64 = 1_000_000_000;

    fn quick(operations: &[&str]) -> QuickMonitor {
        QuickMonitor {
            spec: "things.yaml".to_owned(),
            operations: operations.iter().map(|o| (*o).to_owned()).collect(),
            identity: None,
            every: Nanos(10 * S),
            jitter: ProbeSpec::JITTER,
            timeout: None,
            slow: Some(Nanos(2 * S)),
            down: DownRule::AnyFailed,
            targets: vec![parse_target("99.9%").unwrap(), parse_target("99% of listThings").unwrap()],
            length: Some(Nanos(600 * S)),
        }
    }

    fn made(quick: &QuickMonitor) -> (Option<MonitorPlan>, Vec<String>) {
        let (plan, faults) = plan(quick, &contract(), Seed(1), Timestamp::UNIX_EPOCH);
        assert_eq!(plan.is_some(), !faults.has_errors());
        let shown = faults.into_iter().map(|d| {
            assert!(d.place.is_none(), "there is no file");
            format!("{}: {} ({})", d.code, d.message, d.hint.unwrap_or_default())
        });
        (plan, shown.collect())
    }

    #[test]
    fn what_is_typed_is_bound_like_a_plan() {
        let (plan, said) = made(&quick(&["GET /things", "readThing"]));
        let plan = plan.unwrap_or_else(|| panic!("{said:?}"));
        assert_eq!((plan.title.value.as_str(), plan.probes.len()), ("listThings, readThing", 2));
        // What has no example is made.
        let made = plan.probes[1].call.path[0].1.as_literal().and_then(|v| v.as_str()).map(str::len);
        assert!(made.is_some_and(|length| length > 0), "{made:?}");
        let input = MonitorInput {
            monitor: Arc::new(plan),
            input: SuiteInput {
                suite: Arc::new(suite("things.yaml")),
                slug: "monitor".to_owned(),
                contract: contract(),
                spec: "things".to_owned(),
                others: HashMap::new(),
            },
        };
        let text = "environment: e\ntarget: http://127.0.0.1:1\n";
        let environment = load_environment(&crate::base::source::Source::new("env.yaml", text), &|_| None).0.unwrap();
        let (planned, said) = bind(&input, &environment);
        let planned = planned.unwrap_or_else(|| panic!("{:?}", said.sorted()));
        assert_eq!(planned.probes.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["listThings", "readThing"]);
        assert_eq!(planned.targets.iter().map(|t| t.operation).collect::<Vec<_>>(), [None, Some(0)]);
        assert_eq!(planned.probes[0].timeout, Nanos(9 * S));
    }

    #[test]
    fn what_cannot_be_watched_is_said_without_a_place() {
        let mut wrong = quick(&["listTings", "listThings", "listThings"]);
        wrong.every = Nanos(S / 2);
        wrong.length = Some(Nanos(S / 4));
        assert_eq!(
            made(&wrong).1,
            [
                "monitor/contradiction: a run of 250ms has no place for a probe each 500ms (run longer, or probe more often)",
                "monitor/duplicate-name: `listThings` is named twice (name each operation once)",
                "monitor/unknown-operation: Things has no operation `listTings` (did you mean `listThings`?)",
                "monitor/value: a probe each 500ms is a load (at most one a second: `every: 1s`)",
            ]
        );
        let mut wrong = quick(&[]);
        assert_eq!(made(&wrong).1, ["monitor/value: nothing is probed (name an operation)"]);
        wrong = quick(&["listThings"]);
        (wrong.down, wrong.jitter) = (DownRule::EBA, Share(6_000));
        let said = made(&wrong).1;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("monitor/never-down") && said[1].starts_with("monitor/value: a jitter of 60%"), "{said:?}");
    }
}
