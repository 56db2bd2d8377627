//! Rules of the Parameter Object: what goes with which location.
//!
//! Looks at one parameter, and never at the path around it, which `document` looks at.

use crate::base::tree::Node;
use crate::contract::check::rules::is_true;
use crate::contract::check::{At, Checker};
use crate::contract::grammar::Version;
use crate::contract::media::is_token;

impl Checker<'_> {
    pub(super) fn parameter_rules(&mut self, node: &Node, at: &At<'_>) {
        let location = node.get("in").and_then(Node::as_str).unwrap_or_default();
        let known = ["path", "query", "header", "cookie"].contains(&location);
        if !known && location != "querystring" {
            return;
        }
        if location == "querystring" && self.version >= Version::V32 {
            self.query_string(node, at);
        } else {
            self.schema_or_content(node, at, "Parameter Object");
        }
        if location == "path" && !is_true(node, "required") {
            self.not_required(node, at);
        }
        self.parameter_name(node, at, location);
        self.parameter_style(node, at, location);
        self.allowances(node, at, location);
    }

    fn not_required(&mut self, node: &Node, at: &At<'_>) {
        let place = self.spot(at, node.get("required").map_or(node.span, |n| n.span));
        let name = node.get("name").and_then(Node::as_str).unwrap_or_default();
        let hint = Some("write `required: true`".to_owned());
        let message = format!("the path parameter `{name}` must be required");
        if node.get("schema").is_some() || node.get("required").is_some() {
            self.error("contract/parameter", message, place, hint);
        } else {
            // The published schema of OpenAPI demands it only beside `schema`, and the meaning is clear.
            self.warn("contract/parameter", message, place, hint);
        }
    }

    /// The whole query as one value, since 3.2.
    fn query_string(&mut self, node: &Node, at: &At<'_>) {
        for field in ["schema", "style", "explode", "allowReserved"] {
            if let Some((key, _)) = node.entry(field) {
                let place = self.spot(at, key.span);
                let hint = Some("the query is described by a media type, under `content`".to_owned());
                self.error("contract/parameter", format!("`{field}` is not for a parameter in querystring"), place, hint);
            }
        }
        match node.entry("content") {
            None if node.get("schema").is_some() => {}
            None => {
                let place = self.head(node, at);
                self.error("contract/missing-field", "a parameter in querystring needs `content`", place, None);
            }
            Some(_) => self.one_media_type(node, at),
        }
        self.content(node, at);
    }

    fn parameter_name(&mut self, node: &Node, at: &At<'_>, location: &str) {
        let Some(value) = node.get("name") else { return };
        let Some(name) = value.as_str() else { return };
        let place = self.spot(at, value.span);
        match location {
            "header" if ["accept", "content-type", "authorization"].contains(&name.to_ascii_lowercase().as_str()) => {
                let hint = match name.to_ascii_lowercase().as_str() {
                    "accept" => "the media types of the responses say it",
                    "content-type" => "the media types of `requestBody` say it",
                    _ => "describe it as a security scheme",
                };
                self.warn(
                    "contract/header",
                    format!("a header parameter named `{name}` is ignored"),
                    place,
                    Some(hint.to_owned()),
                );
            }
            "header" if !is_token(name) => {
                let hint = Some("letters, digits and !#$%&'*+-.^_`|~".to_owned());
                self.error("contract/header", format!("`{name}` cannot be the name of a header"), place, hint);
            }
            "path" if name.contains(['{', '}']) || name.is_empty() => {
                let bare = name.trim_matches(['{', '}']);
                let hint =
                    Some(if bare.is_empty() { "name it as in the path".to_owned() } else { format!("without braces: `{bare}`") });
                self.error("contract/parameter", format!("`{name}` cannot be the name of a path parameter"), place, hint);
            }
            _ => {}
        }
    }

    fn parameter_style(&mut self, node: &Node, at: &At<'_>, location: &str) {
        let legal: &[&str] = match location {
            "path" => &["matrix", "label", "simple"],
            "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
            "header" => &["simple"],
            "cookie" if self.version >= Version::V32 => &["form", "cookie"],
            "cookie" => &["form"],
            _ => return,
        };
        let Some(style) = node.get("style") else { return };
        let Some(text) = style.as_str() else { return };
        let place = self.spot(at, style.span);
        if legal.contains(&text) {
            let wanted: &[&str] = match text {
                "deepObject" => &["object"],
                "spaceDelimited" | "pipeDelimited" => &["array", "object"],
                _ => return,
            };
            if let Some(kind) = self.single_type(node.get("schema"), at).filter(|k| !wanted.contains(&k.as_str())) {
                let message = format!("style `{text}` says nothing of how a value of type `{kind}` is written");
                let hint = Some(format!("it is for {}", wanted.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")));
                self.warn("contract/parameter", message, place, hint);
            }
        } else if text != "cookie" || self.version >= Version::V32 {
            let known = ["matrix", "label", "form", "simple", "spaceDelimited", "pipeDelimited", "deepObject", "cookie"];
            if known.contains(&text) {
                let hint =
                    Some(format!("known there: {}", legal.iter().map(|s| format!("`{s}`")).collect::<Vec<_>>().join(", ")));
                self.error("contract/parameter", format!("style `{text}` is not for parameters in {location}"), place, hint);
            }
        }
    }

    /// The one type of a schema, references followed.
    fn single_type(&self, schema: Option<&Node>, at: &At<'_>) -> Option<String> {
        let schema = schema?;
        let Some(reference) = schema.get("$ref").and_then(Node::as_str) else {
            return schema.get("type").and_then(Node::as_str).map(str::to_owned);
        };
        let target = self.files.resolve(&at.loc(), reference).ok()?;
        let target = self.files.follow(&target)?;
        self.files.node(&target)?.get("type").and_then(Node::as_str).map(str::to_owned)
    }

    fn allowances(&mut self, node: &Node, at: &At<'_>, location: &str) {
        if location.is_empty() {
            return;
        }
        if let Some((key, _)) = node.entry("allowEmptyValue").filter(|_| location != "query") {
            let place = self.spot(at, key.span);
            let message = format!("`allowEmptyValue` is for parameters in query, not in {location}");
            self.error_since(Version::V31, "contract/parameter", message, place, None);
        }
        let style = node.get("style").and_then(Node::as_str).unwrap_or_default();
        let encoded = match location {
            "query" | "querystring" => true,
            "path" => self.version >= Version::V32,
            "cookie" => self.version >= Version::V32 && style != "cookie",
            _ => false,
        };
        let with_content = node.get("content").is_some() && node.get("schema").is_none();
        let Some((key, _)) = node.entry("allowReserved").filter(|_| !encoded && !with_content) else { return };
        let place = self.spot(at, key.span);
        let message = if self.version >= Version::V32 {
            format!("`allowReserved` has no effect in {location}, where nothing is percent-encoded")
        } else {
            format!("`allowReserved` is for parameters in query, not in {location}")
        };
        let hint = Some("leave it away".to_owned());
        self.error_since(Version::V31, "contract/parameter", message, place, hint);
    }
}
