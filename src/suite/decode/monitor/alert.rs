//! Reads who is told of what.
//!
//! Checks forms and names; never resolves a secret, starts a program or opens a connection.

use crate::base::distance::did_you_mean;
use crate::base::tree::{Data, Node};
use crate::suite::ast::monitor::{ALERT_NAMES, AlertHow, AlertSpec, AlertState};
use crate::suite::decode::{Decoder, Rule};
use crate::suite::template::{Part, Template};

impl Decoder<'_> {
    /// `has_targets` tells whether any are written, readable or not.
    pub(super) fn alerts(&mut self, node: &Node, has_targets: bool) -> Vec<AlertSpec> {
        self.list(node, "`alerts`").iter().filter_map(|item| self.alert(item, has_targets)).collect()
    }

    fn alert(&mut self, node: &Node, has_targets: bool) -> Option<AlertSpec> {
        let mut fields = self.object(node, "an alert")?;
        let on = fields.require(self, "on").and_then(|n| self.alert_states(n, has_targets));
        let (command, webhook) = (fields.entry("command"), fields.entry("webhook"));
        let how = match (command, webhook) {
            (Some((first, _)), Some((second, _))) => {
                let span = if first.span.start < second.span.start { second.span } else { first.span };
                self.contradiction(span, "an alert has `command` or `webhook`", "make them two alerts");
                None
            }
            (Some((_, node)), None) => self.command(node),
            (None, Some((_, node))) => self.webhook(node),
            (None, None) => {
                let hint = "say how: {command: [notify-send, \"${text}\"]} or {webhook: {url: https://...}}".to_owned();
                self.fault(Rule::MissingKey, node.span, "an alert needs `command` or `webhook`", Some(hint));
                None
            }
        };
        fields.finish(self);
        Some(AlertSpec { on: on?, how: how?, span: node.span })
    }

    /// One word, or a list of them.
    fn alert_states(&mut self, node: &Node, has_targets: bool) -> Option<Vec<AlertState>> {
        let items = node.items().unwrap_or(std::slice::from_ref(node));
        if items.is_empty() {
            self.fault(Rule::Value, node.span, "`on` is empty", Some("name what is told: [down, up]".to_owned()));
        }
        let mut states = Vec::new();
        let mut sound = !items.is_empty();
        for item in items {
            match self.word(item, "state", &AlertState::ALL, AlertState::word) {
                Some(state) if states.contains(&state) => {
                    self.fault(Rule::Value, item.span, format!("`{}` is there twice", state.word()), None);
                }
                Some(AlertState::Burn) if !has_targets => {
                    self.contradiction(item.span, "no budget can burn where nothing is promised", "say what is, under `targets`");
                    sound = false;
                }
                Some(state) => states.push(state),
                None => sound = false,
            }
        }
        sound.then_some(states)
    }

    /// A program with its arguments.
    fn command(&mut self, node: &Node) -> Option<AlertHow> {
        if let Data::String(text) = &node.data {
            let words = text.split_whitespace().collect::<Vec<_>>().join(", ");
            let hint = format!("no shell reads it: write the program and each argument, [{words}]");
            self.wrong_kind(node, "a list for `command`", Some(&hint));
            return None;
        }
        let items = self.list(node, "`command`");
        if items.is_empty() && node.items().is_some() {
            self.fault(
                Rule::Value,
                node.span,
                "`command` is empty",
                Some("name a program: [notify-send, \"${text}\"]".to_owned()),
            );
        }
        let arguments: Vec<Template> = items.iter().filter_map(|item| self.argument(item)).collect();
        let program = arguments.first().filter(|_| arguments.len() == items.len())?;
        if program.as_literal().is_none_or(|name| name.trim().is_empty()) {
            let hint = "write its name or path; what changes stands in the arguments".to_owned();
            self.fault(Rule::Value, items[0].span, "this names no program", Some(hint));
            return None;
        }
        Some(AlertHow::Command(arguments))
    }

    fn argument(&mut self, node: &Node) -> Option<Template> {
        let text = self.text(node)?.value;
        self.lint_secret(None, &text, node.span);
        let template = self.any_template(&text, node.span)?;
        let mut sound = true;
        for part in &template.parts {
            let Part::Variable { name, default, span } = part else { continue };
            let root = name.split('.').next().unwrap_or_default();
            if matches!(root, "env" | "secret") {
                let hint = "whoever is on this machine sees what a command is given; let the program read it".to_owned();
                self.fault(Rule::Template, *span, format!("a command cannot be given `{name}`"), Some(hint));
            } else if !ALERT_NAMES.contains(&name.as_str()) {
                let message = format!("`{name}` is nothing in an alert");
                self.error("monitor/undefined", *span, message, did_you_mean(name, ALERT_NAMES));
            } else if default.is_some() {
                let hint = "an alert always knows it".to_owned();
                self.fault(Rule::Template, *span, format!("`{name}` has no default"), Some(hint));
            } else {
                continue;
            }
            sound = false;
        }
        sound.then_some(template)
    }

    fn webhook(&mut self, node: &Node) -> Option<AlertHow> {
        let mut fields = self.object(node, "a webhook")?;
        let url = fields.require(self, "url").and_then(|n| self.webhook_url(n));
        let secret = fields.take("secret").map_or(Some(None), |n| {
            if n.as_str().is_some_and(|text| !text.is_empty() && !text.contains("${")) {
                let hint = "declare it under `secrets` of the environment, and write \"${secret.NAME}\"".to_owned();
                self.warning(self.code(Rule::Secret), n.span, "this looks like a secret written out", Some(hint));
            }
            self.secret_template(n).map(Some)
        });
        fields.finish(self);
        Some(AlertHow::Webhook { url: url?, secret: secret? })
    }

    /// A URL of http, as far as it is written out.
    fn webhook_url(&mut self, node: &Node) -> Option<Template> {
        let url = self.secret_template(node)?;
        let begins = match url.parts.first() {
            Some(Part::Text(text)) => text.as_str(),
            // What a secret holds is known where it is resolved.
            _ => return Some(url),
        };
        let host = begins.strip_prefix("https://").or_else(|| begins.strip_prefix("http://"));
        let names_host = |host: &str| if host.is_empty() { url.parts.len() > 1 } else { !host.starts_with('/') };
        let is_url = host.is_some_and(names_host);
        if !is_url || begins.contains(char::is_whitespace) {
            let hint = "write it as https://ops.example.com/hook".to_owned();
            self.fault(Rule::Value, node.span, format!("`{begins}` is not a URL of http"), Some(hint));
            return None;
        }
        Some(url)
    }

    /// A text that knows `${secret.NAME}` alone.
    fn secret_template(&mut self, node: &Node) -> Option<Template> {
        let text = self.text(node)?.value;
        let template = self.any_template(&text, node.span)?;
        let mut sound = true;
        for part in &template.parts {
            let Part::Variable { name, default, span } = part else { continue };
            let is_secret = name.split_once('.').is_some_and(|(root, rest)| root == "secret" && !rest.contains('.'));
            if is_secret && default.is_none() {
                continue;
            }
            let hint = "a webhook reads `${secret.NAME}`, declared under `secrets` of the environment".to_owned();
            self.fault(Rule::Template, *span, format!("`{name}` is nothing here"), Some(hint));
            sound = false;
        }
        sound.then_some(template)
    }
}
