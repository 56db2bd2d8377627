//! Reads a file of failures that are expected.
//!
//! Gathers every fault. Never decides whether a failure came, or whether a day has passed.

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::profile::ExpectedFailure;
use crate::suite::decode::profile::modules::module_of;
use crate::suite::decode::{Decoder, Family, Rule};
use jiff::civil::Date;
use std::sync::Arc;

pub(crate) fn load(source: &Arc<Source>) -> (Vec<ExpectedFailure>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (Vec::new(), faults),
    };
    let mut decoder = Decoder::new(source, Family::ExpectedFailures, &[]);
    let failures = decoder.expected_failures(&document.root);
    (failures, decoder.faults)
}

impl Decoder<'_> {
    fn expected_failures(&mut self, node: &Node) -> Vec<ExpectedFailure> {
        let Some(mut fields) = self.object(node, "a file of expected failures") else { return Vec::new() };
        let list = fields.require(self, "expected-failures").map(|n| self.list(n, "`expected-failures`")).unwrap_or_default();
        fields.finish(self);
        let mut failures: Vec<ExpectedFailure> = Vec::new();
        for node in list {
            let Some(failure) = self.expected_failure(node) else { continue };
            if let Some(first) = failures.iter().find(|f| f.module.value == failure.module.value) {
                let hint = format!("the first one is on line {}", self.place(first.module.span).line_column().0);
                let message = format!("`{}` is listed twice", failure.module.value);
                self.error("expected-failures/duplicate", failure.module.span, message, Some(hint));
                continue;
            }
            failures.push(failure);
        }
        failures
    }

    fn expected_failure(&mut self, node: &Node) -> Option<ExpectedFailure> {
        let mut fields = self.object(node, "an expected failure")?;
        let module = fields.require(self, "module").and_then(|n| self.text(n)).and_then(|name| {
            let id = module_of(self, "expected-failures/unknown-module", &name.value, name.span)?;
            Some(Spanned::new(id, name.span))
        });
        let reason = fields.require(self, "reason").and_then(|n| {
            let reason = self.text(n)?;
            if reason.value.trim().is_empty() {
                let hint = "say why it fails, and who works on it".to_owned();
                self.fault(Rule::Value, n.span, "a reason says something", Some(hint));
                return None;
            }
            Some(reason.value)
        });
        let until = match fields.take("until") {
            None => Some(None),
            Some(node) => self.day(node).map(Some),
        };
        fields.finish(self);
        Some(ExpectedFailure { module: module?, reason: reason?, until: until? })
    }

    fn day(&mut self, node: &Node) -> Option<Date> {
        let text = self.text(node)?;
        let day = text.value.parse::<Date>().ok().filter(|_| text.value.len() == 10);
        if day.is_none() {
            let hint = Some("write it as 2027-01-31".to_owned());
            self.fault(Rule::Value, node.span, format!("`{}` is not a day", text.value), hint);
        }
        day
    }
}
