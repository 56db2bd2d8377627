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
