//! Holds the parts of a plan against each other.
//!
//! Looks at what was read; never reads a node.

use crate::base::source::Span;
use crate::base::units::{Nanos, Share};
use crate::suite::ast::load::{Arrival, Bound, Comparison, LoadPlan, Metric, Slo, Validate};
use crate::suite::decode::load::first_case;
use crate::suite::decode::{Decoder, Rule};

impl Decoder<'_> {
    /// What each part says is possible beside the others; `has_slo` tells whether bounds are written, readable or not.
    pub(super) fn agree(&mut self, plan: &LoadPlan, arrival: Span, has_slo: bool) {
        if plan.suite.is_none()
            && let Some(case) = first_case(&plan.scenarios)
        {
            let hint = "write `suite` instead of `spec`".to_owned();
            self.error("load/contradiction", case.span, "a case is one of a suite, and the plan names none", Some(hint));
        }
        if matches!(plan.arrival, Arrival::Search(_)) && !has_slo {
            let hint = "say what a rate must keep: slo: {p99: \"< 300ms\", achieved_rate: \">= 98%\"}".to_owned();
            self.fault(Rule::MissingKey, arrival, "a search needs `slo`", Some(hint));
        }
        let measured = measured(&plan.arrival);
        for slo in plan.slos.iter().chain(&plan.aborts) {
            if let Some((message, hint)) = impossible(plan, slo) {
                self.error("load/contradiction", slo.span, message, Some(hint.to_owned()));
            }
        }
        for slo in &plan.slos {
            if let Some(window) = slo.window.filter(|window| *window > measured) {
                let message = format!("a window of {window} does not fit into the {measured} that are measured");
                self.error("load/contradiction", slo.span, message, None);
            }
        }
    }
}

/// Why a figure can have no value, or never keep its bound, in this plan.
fn impossible(plan: &LoadPlan, slo: &Slo) -> Option<(String, &'static str)> {
    let metric = slo.metric;
    match (metric, &plan.arrival, plan.validate) {
        (Metric::AchievedRate, Arrival::Closed { .. }, _) => Some((
            "nothing is due where users wait for their answers".to_owned(),
            "`achieved_rate` goes with the models `open`, `poisson` and `search`",
        )),
        (Metric::Validated | Metric::Invalid, _, Validate::None) => {
            Some((format!("`{metric}` of answers that are not judged"), "write `validate: all`, or a sample"))
        }
        (Metric::Validated, _, Validate::Sample(share)) if more_than(slo, share) => {
            Some((format!("only {share} of the answers are judged"), "write `validate: all`, or ask for less"))
        }
        (Metric::Callback(_) | Metric::CallbackLoss, ..) if plan.callbacks.is_empty() => {
            Some((format!("`{metric}` where no delivery is awaited"), "list what is awaited under `callbacks`"))
        }
        _ => None,
    }
}

/// Whether a bound asks for more answers to be judged than there are.
fn more_than(slo: &Slo, judged: Share) -> bool {
    matches!((slo.comparison, slo.bound), (Comparison::AtLeast | Comparison::More, Bound::Share(asked)) if asked > judged)
}

/// How long is measured; of a search, one step.
fn measured(arrival: &Arrival) -> Nanos {
    match arrival {
        Arrival::Open { stages, .. } => total(stages.iter().filter(|s| !s.warmup).map(|s| s.during)),
        Arrival::Closed { stages, .. } => total(stages.iter().filter(|s| !s.warmup).map(|s| s.during)),
        Arrival::Search(search) => search.step,
    }
}

fn total(lengths: impl Iterator<Item = Nanos>) -> Nanos {
    Nanos(lengths.fold(0, |sum, length| sum.saturating_add(length.0)))
}
