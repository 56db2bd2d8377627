//! Reads what an environment wants hidden.
//!
//! Compiles patterns, and warns of none that hides too much: that is the author's choice. Never sees a message.

use crate::base::tree::Node;
use crate::model::redact::rules::{Place, Rules};
use crate::suite::decode::{Decoder, Rule};
use regex::Regex;

impl Decoder<'_> {
    /// The rules under `redact`.
    pub(super) fn redaction(&mut self, node: &Node) -> Rules {
        let mut rules = Rules::default();
        let Some(mut fields) = self.object(node, "`redact`") else { return rules };
        if let Some(node) = fields.take("headers") {
            rules.headers = self.texts(node).into_iter().map(|name| name.value.to_ascii_lowercase()).collect();
        }
        if let Some(node) = fields.take("pointers") {
            rules.pointers = self.list(node, "`pointers`").iter().filter_map(|item| self.redacted_place(item)).collect();
        }
        if let Some(node) = fields.take("patterns") {
            for (name, node) in self.entries(node, "`patterns`") {
                rules.patterns.extend(self.redacted_pattern(node).map(|pattern| (name.text.clone(), pattern)));
            }
        }
        if let Some(entropy) = fields.take("entropy").and_then(|n| self.boolean(n)) {
            rules.entropy = entropy;
        }
        if let Some(node) = fields.take("keep") {
            for text in self.texts(node) {
                match Place::parse(&text.value) {
                    Some(place) => rules.kept_pointers.push(place),
                    None => rules.kept_headers.push(text.value.to_ascii_lowercase()),
                }
            }
        }
        fields.finish(self);
        rules
    }

    fn redacted_place(&mut self, node: &Node) -> Option<Place> {
        let text = self.text(node)?;
        let place = Place::parse(&text.value);
        if place.is_none() {
            let hint = "such as /applicant/iban, or /people/*/email for each of a list".to_owned();
            self.fault(Rule::Value, node.span, format!("`{}` is not a JSON Pointer", text.value), Some(hint));
        }
        place
    }

    fn redacted_pattern(&mut self, node: &Node) -> Option<Regex> {
        let text = self.text(node)?;
        match Regex::new(&text.value) {
            Ok(pattern) if pattern.is_match("") => {
                let hint = "what may match nothing says nothing of what is hidden".to_owned();
                self.fault(Rule::Value, node.span, format!("`{}` also matches where there is nothing", text.value), Some(hint));
                None
            }
            Ok(pattern) => Some(pattern),
            Err(error) => {
                let why = error.to_string();
                let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                self.error("environment/regex", node.span, format!("not a regular expression: {why}"), None);
                None
            }
        }
    }
}
