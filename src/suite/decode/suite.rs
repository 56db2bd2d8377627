//! Reads a whole suite file.
//!
//! Gathers every fault of the file; never reads another file.

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Node};
use crate::suite::ast::Suite;
use crate::suite::ast::case::Case;
use crate::suite::ast::step::StepKind;
use crate::suite::decode::{Decoder, Family};
use std::sync::Arc;

pub(crate) fn load(source: &Arc<Source>, checks: &[&str]) -> (Option<Suite>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let mut decoder = Decoder::new(source, Family::Suite, checks);
    let suite = decoder.suite(&document.root);
    (suite, decoder.faults)
}

impl Decoder<'_> {
    fn suite(&mut self, node: &Node) -> Option<Suite> {
        let mut fields = self.object(node, "a suite")?;
        let title = fields.require(self, "suite").and_then(|n| self.text(n));
        let spec = fields.require(self, "spec").and_then(|n| self.text(n));
        let requires = fields.take("requires").map(|n| self.requires(n)).unwrap_or_default();
        let auth = fields.take("auth").and_then(|n| self.auth(n));
        let errors_node = fields.take("errors");
        let errors = errors_node.and_then(|n| self.errors(n));
        let errors_lost = errors_node.is_some() && errors.is_none();
        let events = fields.take("events").and_then(|n| self.events(n));
        let (lifecycles, invariants) = fields.take("lifecycles").map(|n| self.lifecycles(n)).unwrap_or_default();
        let requirements = fields.take("requirements").map(|n| self.requirements(n)).unwrap_or_default();
        let cases = fields.require(self, "cases").map(|n| self.cases(n));
        let gate = fields.take("gate").map(|n| self.gate(n)).unwrap_or_default();
        fields.finish(self);
        let suite = Suite {
            source: Arc::clone(self.source),
            title: title?.value,
            spec: spec?,
            requires,
            auth,
            errors,
            events,
            lifecycles,
            invariants,
            requirements,
            cases: cases?,
            gate,
        };
        self.check_citations(&suite);
        if !errors_lost {
            self.check_codes(&suite);
        }
        Some(suite)
    }

    fn check_citations(&mut self, suite: &Suite) {
        let declared: Vec<&str> = suite.requirements.iter().map(|r| r.id.value.as_str()).collect();
        for id in suite.invariants.iter().filter_map(|i| i.requirement.as_ref()) {
            self.check_citation(id, &declared);
        }
        for case in &suite.cases {
            for id in case.requirement.iter().chain(cited_by_steps(case)) {
                self.check_citation(id, &declared);
            }
        }
    }

    /// The codes that steps expect must be in the catalogue.
    fn check_codes(&mut self, suite: &Suite) {
        let known: Vec<&str> = suite.errors.iter().flat_map(|e| &e.codes).map(|code| code.code.value.as_str()).collect();
        for case in &suite.cases {
            for step in case.all_steps() {
                let expect = match &step.kind {
                    StepKind::Call(call) => &call.send.expect,
                    StepKind::Request(request) => &request.send.expect,
                    StepKind::Control(control) => &control.expect,
                    _ => continue,
                };
                let Some(error) = &expect.error else { continue };
                let Some(code) = error.as_literal() else { continue };
                if !known.contains(&code) {
                    let hint = crate::base::distance::did_you_mean(code, known.iter().copied())
                        .or_else(|| Some("list it under `errors`, with its status and operations".to_owned()));
                    self.error("suite/unknown-code", error.span, format!("error code `{code}` is not in the catalogue"), hint);
                }
            }
        }
    }
}

fn cited_by_steps(case: &Case) -> impl Iterator<Item = &crate::suite::ast::Spanned<String>> {
    case.all_steps().into_iter().filter_map(|step| match &step.kind {
        StepKind::Call(call) => call.send.expect.requirement.as_ref(),
        StepKind::Request(request) => request.send.expect.requirement.as_ref(),
        StepKind::Control(control) => control.expect.requirement.as_ref(),
        StepKind::Await(awaiting) => awaiting.expect.requirement.as_ref(),
        StepKind::Assert(assert) => assert.requirement.as_ref(),
        StepKind::Listener(_) | StepKind::Set(_) | StepKind::Parallel(_) => None,
    })
}
