//! Rules of the Server Object: its URL and its variables agree.
//!
//! Never opens a connection, and takes no URL apart beyond its braces.

use crate::base::tree::Node;
use crate::contract::check::{At, Checker};
use crate::contract::grammar::Version;
use std::collections::HashSet;

impl Checker<'_> {
    pub(super) fn server_rules(&mut self, node: &Node, at: &At<'_>) {
        let Some((_, url)) = node.entry("url") else { return };
        let Some(text) = url.as_str() else { return };
        let place = self.spot(at, url.span);
        let variables = node.get("variables").and_then(Node::members).unwrap_or_default();
        let defined: HashSet<&str> = variables.iter().map(|(k, _)| k.text.as_str()).collect();
        let mut used = HashSet::new();
        let mut named = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else {
                let message = format!("a brace in `{text}` is not closed");
                return self.error("contract/server", message, place, None);
            };
            let name = &rest[open + 1..open + length];
            rest = &rest[open + length + 1..];
            named.push(name);
            if !used.insert(name) {
                let message = format!("`{{{name}}}` stands twice in the URL");
                self.error_since(Version::V32, "contract/server", message, place.clone(), None);
            } else if !defined.contains(name) {
                let hint = self.near(name, variables.iter().map(|(k, _)| k.text.as_str()));
                let hint = hint.or_else(|| Some(format!("write `variables: {{{name}: {{default: ...}}}}` beside the URL")));
                let message = format!("the server variable `{name}` is not defined");
                self.warn("contract/server", message, place.clone(), hint);
            }
        }
        for (key, _) in variables.iter().filter(|(k, _)| !used.contains(k.text.as_str()) && !k.text.starts_with("x-")) {
            let place = self.spot(at, key.span);
            let hint = self.near(&key.text, named.iter().copied());
            self.warn("contract/server", format!("the server variable `{}` is not in the URL", key.text), place, hint);
        }
        if text.contains(['?', '#']) {
            let message = "the URL of a server has neither a query nor a fragment";
            self.error_since(Version::V32, "contract/server", message, place, None);
        }
    }

    pub(super) fn server_variable_rules(&mut self, node: &Node, at: &At<'_>) {
        let Some((_, values)) = node.entry("enum") else { return };
        let Some(all) = values.items() else { return };
        if all.is_empty() {
            let place = self.spot(at, values.span);
            let hint = Some("leave it away where any value is allowed".to_owned());
            return self.error_since(Version::V31, "contract/server", "the `enum` of a server variable is empty", place, hint);
        }
        let Some(default) = node.get("default") else { return };
        if let Some(text) = default.as_str().filter(|d| !all.iter().any(|v| v.as_str() == Some(*d))) {
            let place = self.spot(at, default.span);
            let hint = self.near(text, all.iter().filter_map(Node::as_str));
            self.error_since(Version::V31, "contract/server", format!("the default `{text}` is not in the `enum`"), place, hint);
        }
    }
}
