//! Reads the targets of availability in a file of OpenSLO v1.
//!
//! The specification is the README of <https://github.com/OpenSLO/OpenSLO>. What would change the meaning of a target and cannot be watched is a
//! fault, what has no meaning here is a warning. Never reads a metric, and never guesses what an SLI measures.

mod values;

#[cfg(test)]
mod tests;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Place, Source, Span};
use crate::base::tree::{self, Budget, Data, Key, Node};
use crate::base::units::Nanos;
use crate::model::availability::Level;
use crate::suite::ast::Spanned;
use crate::suite::ast::openslo::ReadTarget;
use crate::suite::decode::openslo::values::MINUTE;
use crate::suite::decode::{Decoder, Family, Fields, Rule};
use std::sync::Arc;

/// The version that is read.
const VERSION: &str = "openslo/v1";
/// The kinds of objects that there are beside SLOs.
const OTHERS: [&str; 6] = ["DataSource", "SLI", "AlertPolicy", "AlertCondition", "AlertNotificationTarget", "Service"];
/// The label by which an SLO says which operation it is about.
const OPERATION: &str = "operation";

pub(crate) fn load(source: &Arc<Source>) -> (Option<Vec<ReadTarget>>, Diagnostics) {
    let mut decoder = Decoder::new(source, Family::OpenSlo, &[]);
    let mut targets = None;
    for (start, text) in documents(source.text()) {
        let piece = Source::new(source.name(), text);
        let shift = u32::try_from(start).unwrap_or(u32::MAX);
        match tree::parse(&piece, Budget::default()) {
            Ok(document) => decoder.objects(&document.root.shifted(shift), targets.get_or_insert_default()),
            Err(faults) => faults.into_iter().for_each(|fault| decoder.faults.push(moved(fault, source, shift))),
        }
    }
    if !decoder.faults.has_errors() && targets.as_ref().is_none_or(Vec::is_empty) {
        let hint = Some("an object of `kind: SLO` whose indicator is a ratio".to_owned());
        decoder.error("openslo/no-target", Span::new(0, 0), "no target of availability is in this file", hint);
    }
    (targets, decoder.faults)
}

/// The documents of a text, each with where it begins. A line that begins with three dashes is a marker wherever it stands (YAML 1.2,
/// rule `c-forbidden`).
fn documents(text: &str) -> Vec<(usize, &str)> {
    let is_marker = |line: &str| {
        let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
    };
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_marker(line) {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces = starts.iter().zip(ends).filter_map(|(start, end)| Some((*start, text.get(*start..end)?)));
    let is_blank = |line: &str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty() || line.starts_with(['#', '%']) || line == "---" || line == "..."
    };
    pieces.filter(|(_, piece)| !piece.lines().all(is_blank)).collect()
}

/// A fault of a piece of the text, in the text.
fn moved(mut fault: Diagnostic, source: &Arc<Source>, by: u32) -> Diagnostic {
    let place = |place: &Place| {
        let Span { start, end } = place.span;
        Place::new(source, Span { start: start.saturating_add(by), end: end.saturating_add(by) })
    };
    fault.place = fault.place.as_ref().map(place);
    for label in &mut fault.labels {
        label.place = place(&label.place);
    }
    fault
}

/// What a document says once for all its objectives.
struct Shared {
    name: Spanned<String>,
    service: Option<Spanned<String>>,
    operation: Option<Spanned<String>>,
    over: Option<Nanos>,
}

impl Decoder<'_> {
    /// One object, or a list of them.
    fn objects(&mut self, node: &Node, targets: &mut Vec<ReadTarget>) {
        match &node.data {
            Data::Array(items) => items.iter().for_each(|item| self.openslo_object(item, targets)),
            _ => self.openslo_object(node, targets),
        }
    }

    fn openslo_object(&mut self, node: &Node, targets: &mut Vec<ReadTarget>) {
        let Some(mut fields) = self.object(node, "an OpenSLO object") else { return };
        let version = fields.require(self, "apiVersion").and_then(|n| self.text(n));
        if let Some(version) = version.filter(|v| v.value != VERSION) {
            let hint = Some(format!("write it for `apiVersion: {VERSION}`"));
            self.error("openslo/version", version.span, format!("`{}` is not read", version.value), hint);
            return;
        }
        let kinds: Vec<&'static str> = OTHERS.into_iter().chain(["SLO"]).collect();
        let kind = fields.require(self, "kind").and_then(|n| Some((n.span, self.word(n, "kind", &kinds, |k| k)?)));
        match kind {
            Some((_, "SLO")) => {}
            Some((span, kind)) => {
                let message =
                    format!("an object of kind `{kind}` is not read: what is watched, and when it is down, the plan says");
                self.warning("openslo/not-read", span, message, None);
                return;
            }
            None => return,
        }
        let metadata = fields.require(self, "metadata").and_then(|n| self.metadata(n));
        let spec = fields.require(self, "spec");
        fields.finish(self);
        if let Some(spec) = spec {
            self.slo_spec(spec, metadata, targets);
        }
    }

    /// The name, and the operation.
    fn metadata(&mut self, node: &Node) -> Option<(Spanned<String>, Option<Spanned<String>>)> {
        let mut fields = self.object(node, "`metadata`")?;
        let name = fields.require(self, "name").and_then(|n| self.text(n));
        if let Some(name) = &name {
            let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let is_good = (1..=63).contains(&name.value.len())
                && name.value.chars().all(is_label)
                && !name.value.starts_with('-')
                && !name.value.ends_with('-');
            if !is_good {
                let hint = "small letters, digits and dashes between them, 63 characters at most (RFC 1123)".to_owned();
                self.fault(Rule::Value, name.span, format!("`{}` is no name of an object", name.value), Some(hint));
            }
        }
        if let Some(node) = fields.take("displayName") {
            self.text(node);
        }
        let mut operation = None;
        if let Some(labels) = fields.take("labels") {
            for (key, value) in self.entries(labels, "`labels`") {
                operation = if key.text == OPERATION { self.one_label(value) } else { operation };
            }
        }
        if let Some(annotations) = fields.take("annotations") {
            self.entries(annotations, "`annotations`");
        }
        fields.finish(self);
        Some((name?, operation))
    }

    /// A label of one value.
    fn one_label(&mut self, node: &Node) -> Option<Spanned<String>> {
        match &node.data {
            Data::Array(items) => match items.as_slice() {
                [item] => self.text(item),
                _ => {
                    let hint = Some("an SLO for each operation".to_owned());
                    self.fault(Rule::Value, node.span, "an SLO is about one operation, or about all of them", hint);
                    None
                }
            },
            _ => self.text(node),
        }
    }

    fn slo_spec(
        &mut self,
        node: &Node,
        metadata: Option<(Spanned<String>, Option<Spanned<String>>)>,
        targets: &mut Vec<ReadTarget>,
    ) {
        let Some(mut fields) = self.object(node, "`spec`") else { return };
        if let Some(node) = fields.take("description") {
            self.text(node);
        }
        let service = fields.require(self, "service").and_then(|n| self.text(n));
        let threshold = self.indicator(&mut fields);
        let over = fields.take("timeWindow").and_then(|n| self.time_window(n));
        let slices = fields.require(self, "budgetingMethod").and_then(|n| self.budgeting(n));
        if let Some((key, node)) = fields.entry("alertPolicies").filter(|(_, n)| !matches!(n.data, Data::Null)) {
            self.list(node, "`alertPolicies`");
            self.warning("openslo/not-read", key.span, "alert policies are not read", None);
        }
        let objectives = fields.require(self, "objectives").map(|n| self.list(n, "`objectives`")).unwrap_or_default();
        fields.finish(self);
        let shared = metadata.map(|(name, operation)| Shared { name, service, operation, over });
        for node in objectives {
            let availability = self.objective(node, slices == Some(true), threshold);
            if let (Some(availability), Some(shared)) = (availability, &shared) {
                targets.push(ReadTarget {
                    name: shared.name.clone(),
                    availability,
                    service: shared.service.clone(),
                    operation: shared.operation.clone(),
                    over: shared.over,
                    place: self.place(node.span),
                });
            }
        }
    }

    /// Looks at the SLI; true where it is one of a measured value and not of a ratio.
    fn indicator(&mut self, fields: &mut Fields<'_>) -> bool {
        let (inline, named) = (fields.entry("indicator"), fields.entry("indicatorRef"));
        if let Some((_, node)) = named {
            self.text(node);
        }
        match (inline, named) {
            (Some(_), Some((key, _))) => {
                self.fault(Rule::Value, key.span, "`indicatorRef` and `indicator` are both written", Some("keep one".to_owned()));
                false
            }
            (Some((_, node)), None) => self.inline_indicator(node),
            (None, _) => false,
        }
    }

    fn inline_indicator(&mut self, node: &Node) -> bool {
        let Some(mut fields) = self.object(node, "`indicator`") else { return false };
        if let Some(node) = fields.take("metadata") {
            self.metadata(node);
        }
        let spec = fields.require(self, "spec").and_then(|n| self.object(n, "`spec` of an indicator"));
        fields.finish(self);
        let Some(mut spec) = spec else { return false };
        if let Some(node) = spec.take("description") {
            self.text(node);
        }
        let (ratio, threshold) = (spec.entry("ratioMetric"), spec.entry("thresholdMetric"));
        match (ratio, threshold) {
            (Some(_), None) => {}
            (None, Some((key, _))) => {
                let message = "this SLO is about a measured value and not about availability; it is left out";
                self.warning("openslo/not-read", key.span, message, None);
            }
            (Some(_), Some((key, _))) => {
                self.fault(
                    Rule::Value,
                    key.span,
                    "`thresholdMetric` and `ratioMetric` are both written",
                    Some("keep one".to_owned()),
                );
            }
            (None, None) => {
                self.fault(Rule::MissingKey, spec.span, "an indicator needs `ratioMetric` or `thresholdMetric`", None);
            }
        }
        spec.finish(self);
        ratio.is_none() && threshold.is_some()
    }

    /// The length of a rolling window.
    fn time_window(&mut self, node: &Node) -> Option<Nanos> {
        let windows = self.list(node, "`timeWindow`");
        let [window] = windows else {
            if let Data::Array(windows) = &node.data {
                let span = windows.get(1).map_or(node.span, |w| w.span);
                self.fault(Rule::Value, span, format!("`timeWindow` has one window, found {}", windows.len()), None);
            }
            return None;
        };
        let mut fields = self.object(window, "a time window")?;
        let duration = fields.require(self, "duration");
        let calendar = fields.entry("calendar");
        let rolling = fields.take("isRolling").and_then(|n| Some((n.span, self.boolean(n)?)));
        let span = fields.span;
        fields.finish(self);
        let hint = Some("such as `duration: 30d` and `isRolling: true`".to_owned());
        match (calendar, rolling) {
            (None, Some((_, true))) => {}
            (Some((key, _)), Some((_, true))) => {
                self.fault(Rule::Value, key.span, "a rolling window has no `calendar`", None);
                return None;
            }
            (Some((Key { span, .. }, _)), _) => {
                self.error("openslo/unsupported", *span, "a window by the calendar is not watched, only a rolling one", hint);
                return None;
            }
            (None, Some((span, false))) => {
                self.fault(Rule::Value, span, "a window that does not roll needs `calendar`", hint);
                return None;
            }
            (None, None) => {
                self.fault(Rule::MissingKey, span, "a time window needs `isRolling: true`", hint);
                return None;
            }
        }
        self.shorthand(duration?)
    }

    /// Whether slices of time are counted; `None` where nobody knows.
    fn budgeting(&mut self, node: &Node) -> Option<bool> {
        let methods = ["Occurrences", "Timeslices", "RatioTimeslices"];
        let method = self.word(node, "budgeting method", &methods, |m| m)?;
        if method != "Timeslices" {
            let message = format!("`{method}` is not how it is judged: the share of time is, in which it was not down");
            self.warning("openslo/not-read", node.span, message, Some("`Timeslices` is nearest".to_owned()));
        }
        Some(method == "Timeslices")
    }

    /// What an objective asks to be available; `None` where it is of a measured value, as are all of an SLO with a `threshold`.
    fn objective(&mut self, node: &Node, slices: bool, threshold: bool) -> Option<Spanned<Level>> {
        let mut fields = self.object(node, "an objective")?;
        if let Some(node) = fields.take("displayName") {
            self.text(node);
        }
        let (op, value) = (fields.entry("op"), fields.entry("value"));
        match (op, value) {
            _ if threshold => {}
            (_, Some((key, _))) => {
                let message = "this objective is about a measured value and not about availability; it is left out";
                self.warning("openslo/not-read", key.span, message, None);
            }
            (Some((key, _)), None) => {
                self.warning("openslo/not-read", key.span, "`op` is not read: it compares a measured value", None);
            }
            (None, None) => {}
        }
        let measured = threshold || value.is_some();
        let composite = ["indicator", "indicatorRef", "compositeWeight"].into_iter().filter_map(|key| fields.entry(key));
        let composite: Vec<Span> = composite.map(|(key, _)| key.span).collect();
        if let Some(span) = composite.first() {
            let hint = Some("an SLO for each of them".to_owned());
            self.error("openslo/unsupported", *span, "an SLO that is composed of others is not watched", hint);
        }
        self.slices(&mut fields, slices);
        let (share, percent) = (fields.entry("target"), fields.entry("targetPercent"));
        let span = fields.span;
        fields.finish(self);
        let level = match (share, percent) {
            (Some(_), Some((key, _))) => {
                let hint = Some("keep one".to_owned());
                self.fault(Rule::Value, key.span, "`target` and `targetPercent` are both written", hint);
                None
            }
            (Some((_, node)), None) => self.stated_level(node, "target", 2),
            (None, Some((_, node))) => self.stated_level(node, "targetPercent", 0),
            (None, None) => {
                self.fault(Rule::MissingKey, span, "an objective needs `target` or `targetPercent`", None);
                None
            }
        };
        level.filter(|_| !measured)
    }

    /// Slices are minutes that are good where nothing of them was down: others are not counted.
    fn slices(&mut self, fields: &mut Fields<'_>, required: bool) {
        let (share, window) = (fields.entry("timeSliceTarget"), fields.entry("timeSliceWindow"));
        for (key, found) in [("timeSliceTarget", share.is_some()), ("timeSliceWindow", window.is_some())] {
            if required && !found {
                self.fault(Rule::MissingKey, fields.span, format!("an objective by `Timeslices` needs `{key}`"), None);
            }
        }
        let not_read = "the time itself is judged, and the plan says when it is down";
        if let Some((key, node)) = share {
            match &node.data {
                Data::Number(n) if n.as_f64() == Some(1.0) => {}
                Data::Number(n) if n.as_f64().is_some_and(|n| n > 0.0 && n < 1.0) => {
                    self.warning("openslo/not-read", key.span, format!("`timeSliceTarget` is not read: {not_read}"), None);
                }
                Data::Number(n) => {
                    self.fault(Rule::Value, node.span, format!("`timeSliceTarget` is above 0 and at most 1, found {n}"), None);
                }
                _ => self.wrong_kind(node, "a number", None),
            }
        }
        if let Some((key, node)) = window {
            let minutes = match &node.data {
                Data::Number(_) => self.number(node, 1).map(|n| Nanos(u64::from(n) * MINUTE)),
                _ => self.shorthand(node),
            };
            if minutes.is_some_and(|length| length.0 != MINUTE) {
                self.warning("openslo/not-read", key.span, format!("`timeSliceWindow` is not read: {not_read}"), None);
            }
        }
    }
}
