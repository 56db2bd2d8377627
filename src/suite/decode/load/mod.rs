//! Reads a load plan.
//!
//! Gathers every fault of the file; never reads another one, and never knows which cases or operations there are.

mod agreement;
mod arrival;
mod bounds;
mod callbacks;
mod scenario;
mod slo;
#[cfg(test)]
pub(super) mod tests;
mod transport;

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Data, Node};
use crate::base::units::Share;
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{LoadPlan, Scenario, ScenarioKind, Transport, Validate};
use crate::suite::decode::plans::Documents;
use crate::suite::decode::{Decoder, Family, Rule};
use std::sync::Arc;

pub(crate) use crate::suite::decode::load::slo::parse_slo;

pub(crate) fn load(source: &Arc<Source>, checks: &[&str]) -> (Option<LoadPlan>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let mut decoder = Decoder::new(source, Family::Load, checks);
    let plan = decoder.load_plan(&document.root);
    (plan, decoder.faults)
}

/// Reads `all`, `none` or `sample 10%`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub(crate) fn parse_validate(text: &str) -> Result<Validate, String> {
    let text = text.trim();
    match text {
        "all" => return Ok(Validate::All),
        "none" => return Ok(Validate::None),
        _ => {}
    }
    let share = text.strip_prefix("sample").filter(|rest| rest.starts_with([' ', '=', ':']));
    match share {
        Some(share) => sample(Share::parse(share[1..].trim())?),
        None => Err(format!("`{text}` is none of `all`, `none` and `sample 10%`")),
    }
}

fn sample(share: Share) -> Result<Validate, String> {
    match share {
        Share(0) => Err("a sample of 0% judges nothing; write `none` if that is meant".to_owned()),
        Share::ALL => Ok(Validate::All),
        share => Ok(Validate::Sample(share)),
    }
}

impl Decoder<'_> {
    fn load_plan(&mut self, node: &Node) -> Option<LoadPlan> {
        let mut fields = self.object(node, "a load plan")?;
        let title = fields.require(self, "load").and_then(|n| self.text(n));
        let documents = self.documents(&mut fields);
        let before = fields.take("before").map_or(Some(Vec::new()), |n| self.before(n));
        let scenarios = fields.require(self, "scenarios").map(|n| self.scenarios(n));
        let arrival_node = fields.require(self, "arrival");
        let arrival = arrival_node.and_then(|n| self.arrival(n));
        let transport = fields.take("transport").map_or_else(|| Some(Transport::default()), |n| self.transport(n));
        let validate = fields.take("validate").map_or(Some(Validate::All), |n| self.validate(n));
        let callbacks = fields.take("callbacks").map_or(Some(Vec::new()), |n| self.load_callbacks(n));
        let slo_node = fields.take("slo");
        let slos = slo_node.map(|n| self.slos(n)).unwrap_or_default();
        let aborts = fields.take("abort").map(|n| self.aborts(n)).unwrap_or_default();
        fields.finish(self);
        let Documents { suite, spec } = documents?;
        let plan = LoadPlan {
            source: Arc::clone(self.source),
            title: title?,
            suite,
            spec,
            before: before?,
            scenarios: scenarios?,
            arrival: arrival?,
            transport: transport?,
            validate: validate?,
            callbacks: callbacks?,
            slos,
            aborts,
        };
        self.agree(&plan, arrival_node.map_or(node.span, |n| n.span), slo_node.is_some());
        Some(plan)
    }

    fn validate(&mut self, node: &Node) -> Option<Validate> {
        let read = if let Data::Object(_) = &node.data {
            let mut fields = self.object(node, "`validate`")?;
            let share = fields.require(self, "sample").and_then(|n| self.share(n));
            fields.finish(self);
            sample(share?)
        } else {
            parse_validate(&self.text(node)?.value)
        };
        match read {
            Ok(validate) => Some(validate),
            Err(message) => {
                self.fault(Rule::Value, node.span, message, None);
                None
            }
        }
    }
}

/// The first scenario that is a case of a suite.
fn first_case(scenarios: &[Scenario]) -> Option<&Spanned<String>> {
    scenarios.iter().find_map(|scenario| match &scenario.what {
        ScenarioKind::Case { name, .. } => Some(name),
        ScenarioKind::Call(_) => None,
    })
}
