//! Reads what a step expects and what it remembers.
//!
//! Never knows which statuses or codes a contract has.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::tree::{Data, Key, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::expect::{
    AwaitExpect, Capture, CaptureFrom, Collect, Denied, Expect, ExpectedDenied, ExpectedStatus, Redelivery, StatusSet,
};
use crate::suite::decode::matcher::Over;
use crate::suite::decode::{Decoder, Fields, Rule};
use crate::suite::path::Path;
use crate::suite::template::TemplateValue;

/// Roots that templates have by themselves; nothing may be remembered under them.
pub(super) const BUILTINS: [&str; 10] = ["row", "repeat", "base", "target", "unique", "run", "listener", "auth", "env", "secret"];

impl Decoder<'_> {
    /// The `expect` of a step that has an answer.
    pub(super) fn expect(&mut self, node: Option<&Node>, step: Span) -> Expect {
        let Some(node) = node else { return Expect { span: step, ..Expect::default() } };
        let Some(mut fields) = self.object(node, "`expect`") else { return Expect { span: node.span, ..Expect::default() } };
        let expect = Expect {
            status: fields.take("status").and_then(|n| self.expected_status(n)),
            error: fields.take("error").and_then(|n| self.template(n)),
            denied: fields.take("denied").and_then(|n| self.denied(n)),
            headers: fields.take("headers").map(|n| self.headers(n)).unwrap_or_default(),
            body: fields.take("body").map(|n| self.body(n, "`body`")).unwrap_or_default(),
            empty: fields.take("empty").and_then(|n| self.boolean(n).map(|b| Spanned::new(b, n.span))),
            time: fields.take("time").and_then(|n| self.matcher(n, Over::Time)),
            as_check: self.as_check(&mut fields),
            requirement: fields.take("requirement").and_then(|n| self.text(n)),
            span: node.span,
        };
        if expect.empty.as_ref().is_some_and(|e| e.value) && !expect.body.is_empty() {
            self.error("suite/contradiction", node.span, "`empty: true` and `body` cannot both hold", None);
        }
        fields.finish_with(self, |key| step_key_hint(key, "expect"));
        expect
    }

    fn expected_status(&mut self, node: &Node) -> Option<Spanned<ExpectedStatus>> {
        if let Data::String(text) = &node.data
            && text.contains("${")
        {
            return self.template(node).map(|t| Spanned::new(ExpectedStatus::Template(t), node.span));
        }
        self.status_set(node).map(|set| Spanned::new(ExpectedStatus::Fixed(set), node.span))
    }

    /// `201`, `[200, 204]` or `2XX`.
    pub(super) fn status_set(&mut self, node: &Node) -> Option<StatusSet> {
        match StatusSet::from_value(&node.to_value()) {
            Ok(set) => Some(set),
            Err(message) => {
                self.fault(Rule::Value, node.span, message, Some("a status is 201, [200, 204] or 2XX".to_owned()));
                None
            }
        }
    }

    fn denied(&mut self, node: &Node) -> Option<Spanned<ExpectedDenied>> {
        if let Data::String(text) = &node.data
            && text.contains("${")
        {
            return self.template(node).map(|t| Spanned::new(ExpectedDenied::Template(t), node.span));
        }
        let denied = self.word(node, "refusal", &Denied::ALL, Denied::key)?;
        Some(Spanned::new(ExpectedDenied::Fixed(denied), node.span))
    }

    /// The `as` of an expectation, checked against the closed list of checks.
    pub(super) fn as_check(&mut self, fields: &mut Fields<'_>) -> Option<Spanned<String>> {
        let name = fields.take("as").and_then(|n| self.text(n))?;
        if self.checks.contains(&name.value.as_str()) {
            return Some(name);
        }
        let hint = did_you_mean(&name.value, self.checks.iter().copied());
        self.error("suite/unknown-check", name.span, format!("unknown check `{}`", name.value), hint);
        None
    }

    /// The `expect` of an `await`.
    pub(super) fn await_expect(&mut self, node: Option<&Node>, step: Span) -> AwaitExpect {
        let Some(node) = node else { return AwaitExpect { span: step, ..AwaitExpect::default() } };
        let Some(mut fields) = self.object(node, "`expect`") else {
            return AwaitExpect { span: node.span, ..AwaitExpect::default() };
        };
        let expect = AwaitExpect {
            headers: fields.take("headers").map(|n| self.headers(n)).unwrap_or_default(),
            body: fields.take("body").map(|n| self.body(n, "`body`")).unwrap_or_default(),
            order: fields.take("order").and_then(|n| self.path(n)),
            sequence: fields.take("sequence").and_then(|n| self.sequence(n)),
            attempts: fields.take("attempts").and_then(|n| self.matcher(n, Over::Values)),
            redelivery: fields.take("redelivery").and_then(|n| self.redelivery(n)),
            as_check: self.as_check(&mut fields),
            requirement: fields.take("requirement").and_then(|n| self.text(n)),
            span: node.span,
        };
        fields.finish_with(self, |key| match key {
            "status" | "error" | "denied" | "time" | "empty" => {
                Some(format!("a delivery has no `{key}` to expect; what the listener answers is `respond`"))
            }
            "count" | "within" | "match" => Some(format!("`{key}` stands beside `expect`, not in it")),
            _ => None,
        });
        expect
    }

    fn sequence(&mut self, node: &Node) -> Option<(Path, Vec<TemplateValue>)> {
        let [(key, values)] = self.entries(node, "`sequence`") else {
            let hint = "write one path with its values in order: {$.event: [INITIATED, COMPLETE]}";
            self.fault(Rule::Value, node.span, "`sequence` takes exactly one path", Some(hint.to_owned()));
            return None;
        };
        let path = self.path_of(&key.text, key.span);
        let values = self.list(values, "the values of `sequence`").iter().map(|n| self.value(n)).collect();
        Some((path?, values))
    }

    fn redelivery(&mut self, node: &Node) -> Option<Redelivery> {
        let mut fields = self.object(node, "`redelivery`")?;
        let after = fields.require(self, "after").and_then(|n| self.duration(n));
        let times = fields.take("times").map_or(Some(1), |n| self.number(n, 1));
        let same = fields.take("same").map(|n| self.texts(n)).unwrap_or_default();
        let newer = fields.take("newer").map(|n| self.texts(n)).unwrap_or_default();
        let identical_body = match fields.take("body") {
            None => Some(false),
            Some(body) if body.as_str() == Some("identical") => Some(true),
            Some(body) => {
                let hint = "write `body: identical`, or leave it out";
                self.fault(Rule::Value, body.span, "a body that comes again can only be `identical`", Some(hint.to_owned()));
                None
            }
        };
        let last = fields.take("last").map_or(Some(false), |n| self.boolean(n));
        fields.finish(self);
        Some(Redelivery {
            after: after?,
            times: times?,
            same,
            newer,
            identical_body: identical_body?,
            last: last?,
            span: node.span,
        })
    }

    /// A name to remember something under.
    pub(super) fn variable_name(&mut self, key: &Key) -> Spanned<String> {
        let name = key.text.as_str();
        if BUILTINS.contains(&name) {
            let hint = "templates have a value of that name by themselves; choose another".to_owned();
            self.error("suite/reserved-name", key.span, format!("`{name}` is taken"), Some(hint));
        } else if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            let hint = "a name is letters, digits, `_` and `-`".to_owned();
            self.fault(Rule::Value, key.span, format!("`{name}` cannot be a name"), Some(hint));
        }
        Spanned::new(key.text.clone(), key.span)
    }

    /// The `capture` of a step; a delivery has no status.
    pub(super) fn captures(&mut self, node: Option<&Node>, has_status: bool) -> Vec<Capture> {
        let Some(node) = node else { return Vec::new() };
        let mut captures = Vec::new();
        for (key, node) in self.entries(node, "`capture`") {
            let name = self.variable_name(key);
            if let Some(from) = self.capture_from(node, has_status) {
                captures.push(Capture { name, from });
            } else {
                self.lost_names.push(name.value);
            }
        }
        captures
    }

    fn capture_from(&mut self, node: &Node, has_status: bool) -> Option<CaptureFrom> {
        if !matches!(node.data, Data::Object(_)) {
            return self.path(node).map(CaptureFrom::Body);
        }
        let mut fields = self.object(node, "a capture")?;
        let header = fields.take("header").map(|n| self.text(n));
        let status = fields.take("status");
        fields.finish(self);
        match (header, status) {
            (Some(header), None) => header.map(CaptureFrom::Header),
            (None, Some(status)) if has_status => self.only_true(status).map(|()| CaptureFrom::Status),
            (None, Some(status)) => {
                self.fault(Rule::Value, status.span, "a delivery has no status to capture", None);
                None
            }
            _ => {
                let hint = "write a path, {header: Location} or {status: true}";
                self.fault(Rule::Value, node.span, "a capture takes one thing", Some(hint.to_owned()));
                None
            }
        }
    }

    /// The `collect` of a step.
    pub(super) fn collects(&mut self, node: Option<&Node>) -> Vec<Collect> {
        let Some(node) = node else { return Vec::new() };
        let mut collects = Vec::new();
        for (key, node) in self.entries(node, "`collect`") {
            let name = self.variable_name(key);
            if let Some(path) = self.path(node) {
                collects.push(Collect { name, path });
            } else {
                self.lost_names.push(name.value);
            }
        }
        collects
    }
}

/// Where a key belongs that stands in `here`.
pub(super) fn step_key_hint(key: &str, here: &str) -> Option<String> {
    const EXPECTATIONS: [&str; 6] = ["status", "error", "denied", "empty", "time", "redelivery"];
    const OF_STEPS: [&str; 10] = ["capture", "collect", "auth", "repeat", "poll", "query", "path", "count", "within", "respond"];
    if here == "expect" && OF_STEPS.contains(&key) {
        return Some(format!("`{key}` stands beside `expect`, not in it"));
    }
    (here == "step" && EXPECTATIONS.contains(&key)).then(|| format!("`{key}` belongs under `expect`"))
}
