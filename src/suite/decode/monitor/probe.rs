//! Reads what is probed, and how often.
//!
//! Checks that a probe is one call; never knows which operations there are.

use crate::base::distance::nearest;
use crate::base::tree::Node;
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::ast::monitor::ProbeSpec;
use crate::suite::decode::expect::step_key_hint;
use crate::suite::decode::{Decoder, Fields, Rule};

/// What a step of a suite may do and a probe may not, with what to do instead.
const NOT_OF_A_PROBE: [(&str, &str); 4] = [
    ("repeat", "say how often it is made: `every`"),
    ("poll", "a probe is one request: say in `expect` what its answer must be"),
    ("capture", "nothing comes after a probe; capture in a call of `before`"),
    ("collect", "nothing comes after a probe; collect in a call of `before`"),
];

/// What steps of a suite do that a probe cannot, and what else a load does.
const NO_PROBES: [&str; 8] = ["case", "request", "control", "listener", "await", "set", "assert", "parallel"];

/// How often probes are made that say nothing of it: absent, unreadable, or so.
type Every = Option<Option<Spanned<Nanos>>>;

impl Decoder<'_> {
    /// The probes that can be read, and whether these are all.
    pub(super) fn probes(&mut self, node: &Node, every: &Every) -> Option<(Vec<ProbeSpec>, bool)> {
        let items = self.list(node, "`probes`");
        node.items()?;
        if items.is_empty() {
            self.fault(Rule::Value, node.span, "`probes` is empty", Some("write one probe at least".to_owned()));
        }
        let probes: Vec<ProbeSpec> = items.iter().filter_map(|item| self.probe(item, every)).collect();
        let whole = probes.len() == items.len();
        Some((probes, whole))
    }

    fn probe(&mut self, node: &Node, default: &Every) -> Option<ProbeSpec> {
        let mut fields = self.object(node, "a probe")?;
        let Some(subject) = fields.take("call") else {
            self.probe_of_nothing(&fields);
            return None;
        };
        let name = fields.take("name").map_or(Some(None), |n| self.probe_name(n).map(Some));
        let every = match fields.take("every") {
            Some(node) => self.spanned_length(node),
            None => default.clone().unwrap_or_else(|| {
                let hint = "write it here, or once above the probes for all of them: `every: 30s`".to_owned();
                self.fault(Rule::MissingKey, node.span, "a probe needs `every`", Some(hint));
                None
            }),
        };
        let jitter = fields.take("jitter").map_or(Some(Spanned::new(ProbeSpec::JITTER, node.span)), |n| {
            self.share(n).map(|jitter| Spanned::new(jitter, n.span))
        });
        let timeout = fields.take("timeout").map_or(Some(None), |n| self.spanned_length(n).map(Some));
        let slow = fields.take("slow").map_or(Some(None), |n| self.spanned_length(n).map(Some));
        self.refuse(&mut fields, "a probe", &NOT_OF_A_PROBE);
        let call = self.call(subject, &mut fields);
        fields.finish_with(self, |key| match key {
            "as" => Some("who calls is said by `auth`".to_owned()),
            "weight" | "data" => Some(format!("`{key}` goes with load plans")),
            key if NO_PROBES.contains(&key) => Some("a probe is a call and nothing else".to_owned()),
            key => step_key_hint(key, "step"),
        });
        let call = call?;
        for (name, span) in call.variables() {
            self.check_plan_name(name, span, None);
        }
        Some(ProbeSpec { name: name?, call, every: every?, jitter: jitter?, timeout: timeout?, slow: slow?, span: node.span })
    }

    fn spanned_length(&mut self, node: &Node) -> Option<Spanned<Nanos>> {
        self.length(node).map(|length| Spanned::new(length, node.span))
    }

    fn probe_name(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = self.text(node)?;
        if name.value.trim().is_empty() || name.value.trim() != name.value || name.value.contains(char::is_control) {
            let hint = "one line, with nothing blank at its ends".to_owned();
            self.fault(Rule::Value, node.span, "this cannot be the name of a probe", Some(hint));
            return None;
        }
        Some(name)
    }

    /// Says of an entry without `call` what was probably meant.
    fn probe_of_nothing(&mut self, fields: &Fields<'_>) {
        if let Some(key) = fields.keys().find(|key| NO_PROBES.contains(&key.text.as_str())) {
            let hint = "name an operation: {call: getThing, every: 30s}".to_owned();
            self.contradiction(key.span, format!("a probe is a `call`, not a `{}`", key.text), hint);
            return;
        }
        match fields.keys().find(|key| nearest(&key.text, ["call"]).is_some()) {
            Some(key) => {
                let message = format!("unknown key `{}` in a probe", key.text);
                self.fault(Rule::UnknownKey, key.span, message, Some("did you mean `call`?".to_owned()));
            }
            None => {
                let hint = "name an operation: {call: getThing, every: 30s}".to_owned();
                self.fault(Rule::MissingKey, fields.span, "a probe needs `call`", Some(hint));
            }
        }
    }
}
