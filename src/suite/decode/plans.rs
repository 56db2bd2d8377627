//! Reads what load plans and monitor plans have in common: the documents they name, calls made before, names, lengths, rates.
//!
//! Says which kind of plan is meant; never reads what only one of them has.

use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::{Nanos, Rate};
use crate::suite::ast::Spanned;
use crate::suite::ast::step::CallStep;
use crate::suite::decode::expect::step_key_hint;
use crate::suite::decode::{Decoder, Family, Fields, Rule};

/// The longest that anything in a plan may last: sums of such lengths stay far from the end of the clock.
pub(super) const LONGEST: Nanos = Nanos(366 * 86_400_000_000_000);

/// The highest rate that may be written, far above what one machine sends.
const FASTEST: f64 = 10_000_000.0;

/// What a step of a suite may do and a call made before may not, with what to do instead.
const NOT_OF_BEFORE: [(&str, &str); 2] =
    [("repeat", "write the call as often as it is made"), ("poll", "what has to be waited for cannot be brought about here")];

/// The keys beside `call`, of which nothing is said where it is missing.
const OF_A_CALL: [&str; 12] =
    ["path", "query", "headers", "cookies", "body", "raw", "content_type", "given", "auth", "expect", "capture", "collect"];

/// The names that templates of a load plan have by themselves, as they are written.
const LOAD_NAMES: [&str; 7] = ["data.COLUMN", "base", "target", "unique", "run.seed", "listener.NAME.url", "auth.NAME.token"];

/// The names that templates of a monitor plan have by themselves, as they are written.
const MONITOR_NAMES: [&str; 5] = ["base", "target", "unique", "run.seed", "auth.NAME.token"];

/// What says which operations there are: one of the two.
pub(super) struct Documents {
    pub(super) suite: Option<Spanned<String>>,
    pub(super) spec: Option<Spanned<String>>,
}

impl Decoder<'_> {
    /// What messages call the file.
    fn plan_words(&self) -> &'static str {
        if self.family == Family::Monitor { "a monitor plan" } else { "a load plan" }
    }

    /// Says that two things cannot stand together in a plan.
    pub(super) fn contradiction(&mut self, span: Span, message: impl Into<String>, hint: impl Into<String>) {
        let code = if self.family == Family::Monitor { "monitor/contradiction" } else { "load/contradiction" };
        self.error(code, span, message, Some(hint.into()));
    }

    /// The suite, or the spec where no suite is used.
    pub(super) fn documents(&mut self, fields: &mut Fields<'_>) -> Option<Documents> {
        let suite = fields.take("suite").map(|n| self.text(n));
        let spec = fields.entry("spec").map(|(key, n)| (key.span, self.text(n)));
        let what = self.plan_words();
        match (suite, spec) {
            (Some(_), Some((span, _))) => {
                self.contradiction(span, format!("{what} has `suite` or `spec`"), "leave `spec` out: the suite names its own");
                None
            }
            (None, None) => {
                let used = if self.family == Family::Monitor { "identity and error codes" } else { "cases" };
                let hint = format!("name the suite whose {used} are used, or the spec whose operations are called");
                self.fault(Rule::MissingKey, fields.span, format!("{what} needs `suite` or `spec`"), Some(hint));
                None
            }
            (Some(suite), None) => Some(Documents { suite: Some(suite?), spec: None }),
            (None, Some((_, spec))) => Some(Documents { suite: None, spec: Some(spec?) }),
        }
    }

    /// Calls that are made once before; what they capture the rest of the plan knows.
    pub(super) fn before(&mut self, node: &Node) -> Option<Vec<Spanned<CallStep>>> {
        let mut calls = Vec::new();
        let mut sound = true;
        for item in self.list(node, "`before`") {
            let read = self.before_call(item);
            sound &= read.is_some();
            calls.extend(read.map(|call| Spanned::new(call, item.span)));
        }
        sound.then_some(calls)
    }

    fn before_call(&mut self, node: &Node) -> Option<CallStep> {
        let mut fields = self.object(node, "a call of `before`")?;
        let subject = fields.require(self, "call");
        self.refuse(&mut fields, "a call of `before`", &NOT_OF_BEFORE);
        if subject.is_none() {
            for key in OF_A_CALL {
                fields.take(key);
            }
        }
        let call = subject.and_then(|s| self.call(s, &mut fields));
        fields.finish_with(self, |key| step_key_hint(key, "step"));
        let Some(call) = call else {
            for members in ["capture", "collect"].into_iter().filter_map(|key| node.get(key)?.members()) {
                self.before_names.extend(members.iter().map(|(key, _)| key.text.clone()));
            }
            return None;
        };
        for (name, span) in call.variables() {
            self.check_plan_name(name, span, None);
        }
        self.before_names.append(&mut self.lost_names);
        self.before_names.extend(call.send.capture.iter().map(|c| c.name.value.clone()));
        self.before_names.extend(call.send.collect.iter().map(|c| c.name.value.clone()));
        Some(call)
    }

    /// Says of keys that have no place in `what` what to do instead.
    pub(super) fn refuse(&mut self, fields: &mut Fields<'_>, what: &str, keys: &[(&'static str, &str)]) {
        for (key, hint) in keys {
            if let Some((found, _)) = fields.entry(key) {
                self.contradiction(found.span, format!("{what} has no `{key}`"), *hint);
            }
        }
    }

    /// A name in a template of a plan; `data` tells whether there are rows, where there could be some.
    pub(super) fn check_plan_name(&mut self, name: &str, span: Span, data: Option<bool>) {
        let is_monitor = self.family == Family::Monitor;
        let (code, names) =
            if is_monitor { ("monitor/undefined", &MONITOR_NAMES[..]) } else { ("load/undefined", &LOAD_NAMES[..]) };
        let root = name.split('.').next().unwrap_or(name);
        if is_monitor && root == "listener" {
            let hint = "nothing is received while an API is watched".to_owned();
            self.error(code, span, format!("`{name}` is nothing in a monitor plan"), Some(hint));
            return;
        }
        if self.check_builtin(name, span) || self.before_names.iter().any(|known| known == root) {
            return;
        }
        let (message, hint) = match (name.split_once('.'), data) {
            (Some(("data", _)), Some(true)) => return,
            (Some(("data", _)), Some(false)) => {
                (format!("`{name}` in a scenario without data"), Some("name the file with the rows: `data: rows.csv`".to_owned()))
            }
            (None, Some(true)) if name == "data" => {
                ("a row is not a value".to_owned(), Some("name one of its columns, such as `data.id`".to_owned()))
            }
            _ => {
                let captured = self.before_names.iter().map(String::as_str);
                let known = names.iter().copied().filter(|known| data.is_some() || !known.starts_with("data"));
                let hint = did_you_mean(name, known.chain(captured));
                (format!("`{name}` is nothing in {}", self.plan_words()), hint)
            }
        };
        self.error(code, span, message, hint);
    }

    /// A duration that is longer than nothing.
    pub(super) fn length(&mut self, node: &Node) -> Option<Nanos> {
        let length = self.bounded_length(node)?;
        if length == Nanos(0) {
            self.fault(Rule::Value, node.span, "this lasts no time at all", None);
            return None;
        }
        Some(length)
    }

    /// A duration that may be none at all.
    pub(super) fn bounded_length(&mut self, node: &Node) -> Option<Nanos> {
        let length = self.duration(node)?;
        if length > LONGEST {
            let message = format!("nothing in {} lasts longer than {LONGEST}", self.plan_words());
            self.fault(Rule::Value, node.span, message, None);
            return None;
        }
        Some(length)
    }

    /// A rate, such as `200/s`.
    pub(super) fn rate(&mut self, node: &Node) -> Option<Rate> {
        let hint = "a rate has a unit: 200/s, 0.5/s, 600/m";
        let Data::String(text) = &node.data else {
            self.wrong_kind(node, "a rate", Some(hint));
            return None;
        };
        match Rate::parse(text) {
            Ok(rate) if rate.0 <= FASTEST => Some(rate),
            Ok(_) => {
                self.fault(Rule::Value, node.span, format!("`{text}` is out of range"), Some("at most 10000000/s".to_owned()));
                None
            }
            Err(message) => {
                self.fault(Rule::Value, node.span, message, None);
                None
            }
        }
    }

    /// A whole number between two bounds.
    pub(super) fn number_up_to(&mut self, node: &Node, least: u32, most: u32) -> Option<u32> {
        let number = self.number(node, least)?;
        if number > most {
            self.fault(Rule::Value, node.span, format!("expected at most {most}, found {number}"), None);
            return None;
        }
        Some(number)
    }
}
