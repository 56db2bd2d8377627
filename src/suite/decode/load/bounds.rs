//! Reads `slo` and `abort` of a plan.
//!
//! Walks their shapes, and never reads what a bound means: that is done beside it.

use crate::base::source::Span;
use crate::base::tree::{Data, Key, Node};
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{Bound, Comparison, Metric, Slo};
use crate::suite::decode::load::slo::{self, Clause, Wrong};
use crate::suite::decode::{Decoder, Rule};

impl Decoder<'_> {
    /// Bounds by metric, and under an operationId those of one operation.
    pub(super) fn slos(&mut self, node: &Node) -> Vec<Slo> {
        let entries = self.entries(node, "`slo`");
        if entries.is_empty() && node.members().is_some() {
            let hint = "such as {p95: \"< 300ms\", errors: \"< 0.1%\"}".to_owned();
            self.fault(Rule::Value, node.span, "`slo` is empty", Some(hint));
        }
        let mut slos = Vec::new();
        for (key, node) in entries {
            let of_operation = node.members().is_some() && node.get("is").is_none() && slo::metric(&key.text).is_err();
            if !of_operation {
                self.metric_bounds(key, node, None, &mut slos);
                continue;
            }
            let operation = Spanned::new(key.text.clone(), key.span);
            for (key, node) in self.entries(node, "an operation's bounds") {
                self.metric_bounds(key, node, Some(&operation), &mut slos);
            }
        }
        slos
    }

    /// One bound of a metric, or several.
    fn metric_bounds(&mut self, key: &Key, node: &Node, operation: Option<&Spanned<String>>, into: &mut Vec<Slo>) {
        let metric = match slo::metric(&key.text) {
            Ok(metric) => metric,
            Err((message, hint)) => return self.fault(Rule::UnknownKey, key.span, message, hint),
        };
        let items = node.items().unwrap_or(std::slice::from_ref(node));
        if items.is_empty() {
            self.fault(Rule::Value, node.span, format!("`{metric}` has no bound"), None);
        }
        for item in items {
            let Some(slo) = self.metric_bound(metric, item, key.span, operation) else { continue };
            self.warn_of_direction(&slo, true);
            into.push(slo);
        }
    }

    /// `< 300ms`, or `{is: "< 300ms", over: 10s}`.
    fn metric_bound(&mut self, metric: Metric, node: &Node, key: Span, operation: Option<&Spanned<String>>) -> Option<Slo> {
        let (bound, window) = if let Data::Object(_) = &node.data {
            let mut fields = self.object(node, "a bound")?;
            let bound = fields.require(self, "is").and_then(|n| self.bound_text(metric, n));
            let window = fields.require(self, "over").and_then(|n| self.window(n));
            fields.finish(self);
            (bound?, Some(window?))
        } else {
            (self.bound_text(metric, node)?, None)
        };
        let (written, comparison, bound) = bound;
        let over = window.as_ref().map(|(_, written)| (Clause::Over, written.as_str()));
        let text = slo::said(metric, &written, operation.map(|o| o.value.as_str()), over);
        let span = Span { start: key.start, end: node.span.end.max(key.end) };
        let window = window.map(|(window, _)| window);
        Some(Slo { metric, comparison, bound, operation: operation.cloned(), window, text, span })
    }

    /// A bound, and how it is written.
    fn bound_text(&mut self, metric: Metric, node: &Node) -> Option<(String, Comparison, Bound)> {
        if !matches!(node.data, Data::String(_)) {
            self.wrong_kind(node, "a bound", Some("a bound compares, and has a unit: \"< 300ms\", \">= 98%\""));
            return None;
        }
        let text = self.text(node)?.value;
        match slo::bound(metric, &text) {
            Ok((comparison, bound)) => Some((text, comparison, bound)),
            Err((message, hint)) => {
                self.fault(Rule::Value, node.span, message, hint);
                None
            }
        }
    }

    /// The length of a window, and how it is written.
    fn window(&mut self, node: &Node) -> Option<(Nanos, String)> {
        self.duration(node)?;
        let text = self.text(node)?.value;
        match slo::window(&text) {
            Ok(window) => Some((window, text)),
            Err((message, hint)) => {
                self.fault(Rule::Value, node.span, message, hint);
                None
            }
        }
    }

    /// What ends the run early.
    pub(super) fn aborts(&mut self, node: &Node) -> Vec<Slo> {
        let Some(mut fields) = self.object(node, "`abort`") else { return Vec::new() };
        let when = fields.require(self, "when").map(|n| self.texts(n)).unwrap_or_default();
        fields.finish(self);
        let mut aborts = Vec::new();
        for text in when {
            let span = text.span;
            let place = |this: &Self, at: std::ops::Range<usize>| {
                let start = this.offset(span, &text.value, at.start);
                Span::new(start, this.offset(span, &text.value, at.end).max(start))
            };
            match slo::sentence(&text.value, Clause::For, None, &|at| place(self, at)) {
                Ok(abort) => {
                    self.warn_of_direction(&abort, false);
                    aborts.push(abort);
                }
                Err(Wrong { at, message, hint }) => {
                    let span = place(self, at);
                    self.fault(Rule::Value, span, message, hint);
                }
            }
        }
        aborts
    }

    /// An SLO that holds only while things are bad, or an abort that ends what is good, is mostly a slip.
    fn warn_of_direction(&mut self, slo: &Slo, must_hold: bool) {
        let Some(better_high) = slo::better_high(slo.metric) else { return };
        if (slo.comparison.wants_more() == better_high) == must_hold {
            return;
        }
        let (message, hint) = if must_hold {
            ("holds only while things are bad", "an SLO says what must hold at the end")
        } else {
            ("ends the run while all is well", "an abort says what must not go on")
        };
        self.warning("load/direction", slo.span, format!("`{}` {message}", slo.text), Some(hint.to_owned()));
    }
}
