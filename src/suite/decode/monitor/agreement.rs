//! Holds the parts of a monitor plan against each other.
//!
//! Looks at what was read, or at what a command line says; never reads a node.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Span;
use crate::base::units::{Nanos, Rate, Share};
use crate::model::availability::{DownRule, Level};
use crate::suite::ast::monitor::{MonitorPlan, ProbeSpec};

const SECOND: u64 = 1_000_000_000;

/// The shortest time between two probes of one operation.
const SOONEST: Nanos = Nanos(SECOND);

/// The longest that a probe may be put off: no two of them ever change places.
const MOST_JITTER: Share = Share(5_000);

/// What each part says is possible beside the others.
pub(crate) fn agreement(plan: &MonitorPlan) -> Diagnostics {
    let mut looking = Looking { plan, faults: Diagnostics::new() };
    for probe in &plan.probes {
        looking.times(probe);
        looking.often_enough(probe);
    }
    looking.rate();
    looking.length();
    looking.targets();
    looking.faults
}

struct Looking<'a> {
    plan: &'a MonitorPlan,
    faults: Diagnostics,
}

impl Looking<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: String, hint: String) {
        self.faults.push(Diagnostic::error(code, message).at(self.plan.place(span)).hint(hint));
    }

    /// The times of a probe by themselves.
    fn times(&mut self, probe: &ProbeSpec) {
        let every = &probe.every;
        if every.value < SOONEST {
            let message = format!("a probe each {} is a load", every.value);
            self.error("monitor/value", every.span, message, format!("at most one a second: `every: {SOONEST}`"));
            return;
        }
        if probe.jitter.value > MOST_JITTER {
            let message = format!("a jitter of {} makes turns of probes uncertain", probe.jitter.value);
            self.error("monitor/value", probe.jitter.span, message, format!("at most {MOST_JITTER} of `every`"));
            return;
        }
        if let Some(timeout) = probe.timeout.as_ref().filter(|timeout| timeout.value > probe.longest()) {
            let message = format!("a timeout of {}, and the next probe may be due after {}", timeout.value, probe.longest());
            let hint = format!("at most `every` without its jitter: `timeout: {}`", probe.longest());
            self.error("monitor/contradiction", timeout.span, message, hint);
        }
    }

    /// Whether probes are made often enough to ever fulfil the rule.
    fn often_enough(&mut self, probe: &ProbeSpec) {
        let every = &probe.every;
        match self.plan.down.value {
            DownRule::AnyFailed => {}
            DownRule::Consecutive { failures, within } => {
                let takes = Nanos(every.value.0.saturating_mul(u64::from(failures.saturating_sub(1))));
                if takes < within {
                    return;
                }
                let message = format!(
                    "nothing is ever down: {failures} probes each {} take at least {takes}, and must fail within {within}",
                    every.value
                );
                self.error("monitor/never-down", every.span, message, hint_of(failures, within));
            }
            DownRule::BadMinutes { .. } => {
                let apart = Nanos(every.value.0.saturating_add(probe.most_jitter().0));
                if apart > Nanos(60 * SECOND) {
                    let message = format!("up to {apart} lie between two probes, so there are minutes without one");
                    let hint = "a rule of minutes needs several probes in each: `every: 10s`".to_owned();
                    self.error("monitor/never-down", every.span, message, hint);
                }
            }
        }
    }

    /// All probes together stay within the limit.
    fn rate(&mut self) {
        let limits = self.plan.limits;
        let all = self.plan.probes.iter().map(|p| p.every.value.0).filter(|every| *every > 0);
        let sum: f64 = all.map(|every| SECOND as f64 / every as f64).sum();
        // A sum of shares may come out a hair above what it is.
        if sum <= limits.rate.0 * (1.0 + 1e-9) {
            return;
        }
        let first = self.plan.probes.first().map(|p| p.every.span);
        let span = limits.span.or(first).unwrap_or_default();
        let message = format!("the probes make {} together, and {} are allowed", Rate(sum), limits.rate);
        let hint = format!("probe less often, or allow it where the target can bear it: `limits: {{rate: {}/s}}`", sum.ceil());
        self.error("monitor/rate", span, message, hint);
    }

    /// A run is as long as one turn of every probe, and as what targets look back on.
    fn length(&mut self) {
        let Some(length) = &self.plan.length else { return };
        let slowest = self.plan.probes.iter().map(|p| p.every.value).max().unwrap_or_default();
        if length.value < slowest {
            let message = format!("a run of {} has no place for a probe each {slowest}", length.value);
            self.error("monitor/contradiction", length.span, message, "run longer, or probe more often".to_owned());
        }
        for target in &self.plan.targets {
            let Some(over) = target.over.as_ref().filter(|over| over.value > length.value) else { continue };
            let message = format!("{} do not fit into a run of {}", over.value, length.value);
            let hint = "without `over` a target is about the whole run".to_owned();
            self.error("monitor/contradiction", over.span, message, hint);
        }
    }

    fn targets(&mut self) {
        for target in self.plan.targets.iter().filter(|target| target.availability == Level::ALL) {
            let warning =
                Diagnostic::warning("monitor/no-budget", "100% is missed by a single moment of being down, and has no budget");
            let hint = "promise what can be kept and measured, such as 99.99%";
            self.faults.push(warning.at(self.plan.place(target.span)).hint(hint));
        }
    }
}

/// How often to probe, so that so many fit within a time with what the last one takes; where that is too often, what to ask for instead.
fn hint_of(failures: u32, within: Nanos) -> String {
    match within.0 / u64::from(failures.max(1)) / SECOND {
        0 => format!("at most one probe is made each second: `within: {failures}s` at least"),
        seconds => format!("every: {}", Nanos(seconds * SECOND)),
    }
}
