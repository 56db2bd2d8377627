//! Rules of the specification that the tables cannot say: what the fields of one object demand of each other.
//!
//! Looks at one object at a time; what concerns a whole document is in `document`.

use crate::base::tree::{Data, Node};
use crate::contract::check::Checker;
use crate::contract::files::Loc;
use crate::contract::grammar::{Object, Version};

impl Checker<'_> {
    pub(in crate::contract) fn rules(&mut self, node: &Node, loc: &Loc, object: &'static Object) {
        match object.name {
            "OpenAPI Object" => self.document_rules(node, loc),
            "Parameter Object" => self.parameter_rules(node, loc),
            "Header Object" => self.schema_or_content(node, loc, object.name),
            "Operation Object" if self.version == Version::V30 && node.get("responses").is_none() => {
                let place = self.files.key_place(loc);
                self.error("contract/missing-field", "the Operation Object lacks `responses`", place, None);
            }
            "Responses Object" if node.members().unwrap_or_default().iter().all(|(k, _)| k.text.starts_with("x-")) => {
                let place = self.files.key_place(loc);
                self.error("contract/missing-field", "an operation needs at least one response", place, None);
            }
            "Security Scheme Object" => self.security_scheme_rules(node, loc),
            "Server Variable Object" => {
                let default = node.get("default").and_then(Node::as_str);
                if let (Some(default), Some(all)) = (default, node.get("enum").and_then(Node::items))
                    && self.version >= Version::V31
                    && !all.iter().any(|v| v.as_str() == Some(default))
                {
                    let place = self.files.place(&loc.push("default"));
                    self.error("contract/server", format!("the default `{default}` is not in the `enum`"), place, None);
                }
            }
            "Link Object" => {
                self.either(node, loc, "operationRef", "operationId");
                self.links.push(loc.clone());
            }
            "Callback Object" => {
                for (key, _) in node.members().unwrap_or_default().iter().filter(|(k, _)| !k.text.starts_with("x-")) {
                    if let Some(fault) = expression_fault(&key.text) {
                        let place = self.files.list[loc.file].document.place(key.span);
                        let hint = Some("such as `{$request.body#/url}/path`".to_owned());
                        self.error("contract/expression", fault, place, hint);
                    }
                }
            }
            "Example Object" => self.not_both(node, loc, "value", "externalValue"),
            _ => {}
        }
        if matches!(object.name, "Parameter Object" | "Header Object" | "Media Type Object") {
            self.not_both(node, loc, "example", "examples");
        }
    }

    fn document_rules(&mut self, node: &Node, loc: &Loc) {
        let place = self.files.place(&loc.push("openapi"));
        if self.version == Version::V30 {
            if node.get("paths").is_none() {
                self.error("contract/missing-field", "the OpenAPI Object lacks `paths`", place, None);
            }
        } else if ["paths", "components", "webhooks"].iter().all(|k| node.get(k).is_none()) {
            let message = "the OpenAPI Object needs one of `paths`, `components`, `webhooks`";
            self.error("contract/missing-field", message, place, None);
        }
        if let Some((_, components)) = node.entry("components") {
            for (section, members) in components.members().unwrap_or_default() {
                for (key, _) in members.members().filter(|_| !section.text.starts_with("x-")).unwrap_or_default() {
                    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                    if key.text.is_empty() || !key.text.chars().all(legal) {
                        let place = self.files.list[loc.file].document.place(key.span);
                        let hint = Some("letters, digits, dots, hyphens and underscores".to_owned());
                        self.error("contract/name", format!("`{}` cannot be the name of a component", key.text), place, hint);
                    }
                }
            }
        }
    }

    fn parameter_rules(&mut self, node: &Node, loc: &Loc) {
        self.schema_or_content(node, loc, "Parameter Object");
        let location = node.get("in").and_then(Node::as_str).unwrap_or_default();
        let required = matches!(node.get("required").map(|n| &n.data), Some(Data::Bool(true)));
        if location == "path" && !required {
            let place = self.files.place(&loc.push("required"));
            let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
            let hint = Some("write `required: true`".to_owned());
            self.error("contract/parameter", format!("the path parameter `{name}` must be required"), place, hint);
        }
        let legal: &[&str] = match location {
            "path" => &["matrix", "label", "simple"],
            "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
            "header" => &["simple"],
            "cookie" => &["form"],
            _ => return,
        };
        if let Some(style) = node.get("style")
            && let Some(text) = style.as_str()
            && !legal.contains(&text)
        {
            let place = self.place(loc, style);
            let hint = Some(format!("known there: {}", legal.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ")));
            self.error("contract/parameter", format!("style `{text}` is not for parameters in {location}"), place, hint);
        }
    }

    fn schema_or_content(&mut self, node: &Node, loc: &Loc, name: &str) {
        match (node.get("schema"), node.get("content")) {
            (Some(_), Some(_)) => {
                let place = self.files.key_place(&loc.push("content"));
                self.error("contract/parameter", format!("the {name} has both `schema` and `content`"), place, None);
            }
            (None, None) => {
                let place = self.files.key_place(loc);
                self.error("contract/missing-field", format!("the {name} lacks `schema` or `content`"), place, None);
            }
            (None, Some(content)) if content.members().is_some_and(|m| m.len() != 1) => {
                let place = self.files.key_place(&loc.push("content"));
                self.error("contract/parameter", "`content` must hold exactly one media type here", place, None);
            }
            _ => {}
        }
    }

    fn security_scheme_rules(&mut self, node: &Node, loc: &Loc) {
        let kind = node.get("type").and_then(Node::as_str).unwrap_or_default();
        let needed: &[&str] = match kind {
            "apiKey" => &["name", "in"],
            "http" => &["scheme"],
            "oauth2" => &["flows"],
            "openIdConnect" => &["openIdConnectUrl"],
            "mutualTLS" if self.version == Version::V30 => {
                let place = self.files.place(&loc.push("type"));
                let hint = Some("it came with OpenAPI 3.1".to_owned());
                return self.error("contract/wrong-value", "`mutualTLS` is not known to OpenAPI 3.0", place, hint);
            }
            _ => &[],
        };
        for field in needed.iter().filter(|f| node.get(f).is_none()) {
            let place = self.files.key_place(loc);
            let message = format!("a security scheme of type `{kind}` needs `{field}`");
            self.error("contract/missing-field", message, place, None);
        }
    }

    fn not_both(&mut self, node: &Node, loc: &Loc, one: &str, other: &str) {
        if node.get(one).is_some() && node.get(other).is_some() {
            let place = self.files.key_place(&loc.push(other));
            self.error("contract/exclusive", format!("`{one}` and `{other}` exclude each other"), place, None);
        }
    }

    fn either(&mut self, node: &Node, loc: &Loc, one: &str, other: &str) {
        self.not_both(node, loc, one, other);
        if node.get(one).is_none() && node.get(other).is_none() {
            let place = self.files.key_place(loc);
            self.error("contract/missing-field", format!("either `{one}` or `{other}` is wanted"), place, None);
        }
    }
}

/// What is wrong with a callback's key: text with runtime expressions in braces.
fn expression_fault(key: &str) -> Option<String> {
    let mut rest = key;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            return Some(format!("a brace in `{key}` is not closed"));
        };
        let expression = &rest[open + 1..open + length];
        let whole = ["$url", "$method", "$statusCode"].contains(&expression);
        let source = expression.strip_prefix("$request.").or_else(|| expression.strip_prefix("$response."));
        let part = source.is_some_and(|s| {
            let named = ["header.", "query.", "path."].iter().any(|p| s.strip_prefix(p).is_some_and(|name| !name.is_empty()));
            named || s == "body" || s.strip_prefix("body#").is_some_and(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        });
        if !whole && !part {
            return Some(format!("`{expression}` is no runtime expression"));
        }
        rest = &rest[open + length + 1..];
    }
    None
}
