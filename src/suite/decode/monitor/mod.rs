//! Reads a monitor plan.
//!
//! Gathers every fault of the file; never reads another one, and never knows which operations or secrets there are.

mod agreement;
mod alert;
mod down;
mod probe;
mod target;
#[cfg(test)]
pub(super) mod tests;

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Node};
use crate::model::availability::DownRule;
use crate::suite::ast::Spanned;
use crate::suite::ast::monitor::{MonitorPlan, ProbeLimits};
use crate::suite::decode::plans::Documents;
use crate::suite::decode::{Decoder, Family, Rule};
use std::sync::Arc;

pub(crate) use crate::suite::decode::monitor::agreement::agreement;
pub(crate) use crate::suite::decode::monitor::down::parse_down;
pub(crate) use crate::suite::decode::monitor::target::parse_target;

/// What is wrong with a piece of a text, and what to do about it.
type Fault = (String, Option<String>);

/// The most probes a second that a plan may allow itself: what asks for more is a load.
const MOST_RATE: f64 = 1_000.0;

/// The most probes under way at once that a plan may allow itself.
const MOST_CONCURRENCY: u32 = 1_024;

pub(crate) fn load(source: &Arc<Source>, checks: &[&str]) -> (Option<MonitorPlan>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let mut decoder = Decoder::new(source, Family::Monitor, checks);
    let plan = decoder.monitor_plan(&document.root);
    let mut faults = decoder.faults;
    if let Some(plan) = &plan {
        faults.extend(agreement(plan));
    }
    (plan, faults)
}

/// A fault in one line, for texts that stand in no file.
fn said((message, hint): Fault) -> String {
    match hint {
        Some(hint) => format!("{message}: {hint}"),
        None => message,
    }
}

impl Decoder<'_> {
    fn monitor_plan(&mut self, node: &Node) -> Option<MonitorPlan> {
        let mut fields = self.object(node, "a monitor plan")?;
        let title = fields.require(self, "monitor").and_then(|n| self.text(n));
        let documents = self.documents(&mut fields);
        let before = fields.take("before").map_or(Some(Vec::new()), |n| self.before(n));
        let every = fields.take("every").map(|n| self.length(n).map(|every| Spanned::new(every, n.span)));
        let probes = fields.require(self, "probes").and_then(|n| self.probes(n, &every));
        let down = fields.take("down").map_or_else(
            || Some(Spanned::new(DownRule::AnyFailed, node.span)),
            |n| self.down(n).map(|rule| Spanned::new(rule, n.span)),
        );
        let targets_node = fields.take("targets");
        let targets = targets_node.map(|n| self.targets(n)).unwrap_or_default();
        let alerts = fields.take("alerts").map(|n| self.alerts(n, targets_node.is_some())).unwrap_or_default();
        let limits = fields.take("limits").map_or_else(|| Some(ProbeLimits::default()), |n| self.probe_limits(n));
        let length = fields.take("for").map_or(Some(None), |n| self.length(n).map(|l| Some(Spanned::new(l, n.span))));
        fields.finish_with(self, |key| match key {
            "jitter" | "timeout" | "slow" => Some(format!("`{key}` stands in a probe")),
            "scenarios" | "arrival" => Some("a plan with scenarios is a load plan: it begins with `load`".to_owned()),
            _ => None,
        });
        let Documents { suite, spec } = documents?;
        let (probes, whole) = probes?;
        Some(MonitorPlan {
            source: Arc::clone(self.source),
            title: title?,
            suite,
            spec,
            before: before?,
            probes,
            whole,
            down: down?,
            targets,
            alerts,
            limits: limits?,
            length: length?,
        })
    }

    fn probe_limits(&mut self, node: &Node) -> Option<ProbeLimits> {
        let mut fields = self.object(node, "`limits`")?;
        let default = ProbeLimits::default();
        let rate_node = fields.take("rate");
        let mut rate = rate_node.map_or(Some(default.rate), |n| self.rate(n));
        if let (Some(asked), Some(node)) = (rate, rate_node)
            && asked.0 > MOST_RATE
        {
            let hint = "at most 1000/s; what asks for more is a load".to_owned();
            self.fault(Rule::Value, node.span, format!("{asked} is more than watching takes"), Some(hint));
            rate = None;
        }
        let concurrency = fields.take("concurrency").map_or(Some(None), |n| self.number_up_to(n, 1, MOST_CONCURRENCY).map(Some));
        fields
            .finish_with(self, |key| (key == "timeout").then(|| "`timeout` stands in a probe, or in the environment".to_owned()));
        Some(ProbeLimits { rate: rate?, concurrency: concurrency?, span: Some(node.span) })
    }
}
