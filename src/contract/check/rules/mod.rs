//! Rules of the specification that the tables cannot say: what the fields of one object demand of each other.
//!
//! Looks at one object at a time; what concerns a whole document is in `document`.

pub(in crate::contract) mod expression;
mod media;
mod parameter;
pub(in crate::contract) mod path_item;
mod security;
mod server;

use crate::base::tree::{Data, Node};
use crate::contract::check::{At, Checker, misspelt};
use crate::contract::grammar::{Object, RESPONSE, Version};
use crate::contract::media::is_token;

/// Fields of a schema that Swagger 2.0 had beside the name of a parameter.
const IN_SCHEMA: &[&str] = &[
    "type",
    "format",
    "items",
    "enum",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "multipleOf",
    "pattern",
];

pub(in crate::contract) fn is_in_schema(field: &str) -> bool {
    IN_SCHEMA.contains(&field)
}

/// The first field of a parameter or header that belongs into its schema.
pub(in crate::contract) fn in_schema<'n>(object: &Object, node: &'n Node) -> Option<&'n str> {
    if !matches!(object.name, "Parameter Object" | "Header Object") {
        return None;
    }
    node.members()?.iter().map(|(k, _)| k.text.as_str()).find(|k| is_in_schema(k))
}

/// What to write for values that Swagger 2.0 knew.
pub(in crate::contract) fn foreign(field: &str, value: &str) -> Option<String> {
    let hint = match (field, value) {
        ("in", "body") => "a body is described by `requestBody` since OpenAPI 3.0",
        ("in", "formData") => "a form is described by `requestBody`, a property for each field, since OpenAPI 3.0",
        ("type", "basic") => "write `type: http` and `scheme: basic`",
        ("type", "bearer" | "jwt") => "write `type: http` and `scheme: bearer`",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Where fields go that are often written into the wrong object, most of all by those who come from Swagger 2.0.
pub(in crate::contract) fn misplaced(field: &str, object: &Object) -> Option<String> {
    let hint = match (object.name, field) {
        ("Parameter Object" | "Header Object", field) if is_in_schema(field) => {
            format!("write it in the schema: `schema: {{{field}: ...}}`")
        }
        ("Parameter Object", "collectionFormat") => "it is `style` and `explode` since OpenAPI 3.0".to_owned(),
        ("Response Object", "schema") => "write it under a media type: `content: {application/json: {schema: ...}}`".to_owned(),
        ("Response Object", "examples" | "example") => "write it beside the schema, under a media type of `content`".to_owned(),
        ("Request Body Object", "schema") => {
            "write it under a media type: `content: {application/json: {schema: ...}}`".to_owned()
        }
        ("Operation Object", "consumes") => "the media types are keys of `requestBody.content` since OpenAPI 3.0".to_owned(),
        ("Operation Object", "produces") => "the media types are keys of each response's `content` since OpenAPI 3.0".to_owned(),
        ("Operation Object", "schemes") => "write whole URLs under `servers`".to_owned(),
        ("OpenAPI Object", "host" | "basePath" | "schemes") => "write whole URLs under `servers`".to_owned(),
        ("OpenAPI Object", "definitions") => "schemas stand under `components/schemas`".to_owned(),
        ("OpenAPI Object", "securityDefinitions") => "they stand under `components/securitySchemes`".to_owned(),
        ("OpenAPI Object", "parameters" | "responses" | "schemas" | "securitySchemes") => {
            format!("it stands under `components/{field}`")
        }
        ("Media Type Object", "$ref") => {
            "a Reference Object is known here since OpenAPI 3.2; refer to the schema instead".to_owned()
        }
        ("Security Scheme Object", "flow") => "it is `flows`, an object with a member for each flow".to_owned(),
        ("Security Scheme Object", "authorizationUrl" | "tokenUrl" | "scopes") => "write it in a flow, under `flows`".to_owned(),
        _ => return None,
    };
    Some(hint)
}

impl Checker<'_> {
    pub(in crate::contract) fn rules(&mut self, node: &Node, at: &At<'_>, object: &'static Object) {
        match object.name {
            "OpenAPI Object" => self.document_rules(node, at),
            "License Object" => self.not_both(node, at, "identifier", "url"),
            "Path Item Object" => self.path_item_rules(node, at),
            "Operation Object" => self.operation_rules(node, at),
            "Parameter Object" => self.parameter_rules(node, at),
            "Header Object" => self.header_rules(node, at),
            "Media Type Object" | "Encoding Object" => self.encodings(node, at),
            "Request Body Object" => self.content(node, at),
            "Responses Object" if node.members().unwrap_or_default().iter().all(|(k, _)| k.text.starts_with("x-")) => {
                let place = self.head(node, at);
                self.error("contract/missing-field", "an operation needs at least one response", place, None);
            }
            "Response Object" => self.response_rules(node, at),
            "Security Scheme Object" => self.security_scheme_rules(node, at),
            "Security Requirement Object" => self.met.requirements.push(at.loc()),
            "Server Object" => self.server_rules(node, at),
            "Server Variable Object" => self.server_variable_rules(node, at),
            "Link Object" => self.link_rules(node, at),
            "Callback Object" => self.callback_rules(node, at),
            "Example Object" => {
                for (one, other) in [
                    ("value", "externalValue"),
                    ("value", "dataValue"),
                    ("value", "serializedValue"),
                    ("serializedValue", "externalValue"),
                ] {
                    self.not_both(node, at, one, other);
                }
            }
            _ => {}
        }
        if matches!(object.name, "Parameter Object" | "Header Object" | "Media Type Object") {
            self.not_both(node, at, "example", "examples");
        }
    }

    fn document_rules(&mut self, node: &Node, at: &At<'_>) {
        let place = node.get("openapi").map_or_else(|| self.head(node, at), |n| self.spot(at, n.span));
        if self.version == Version::V30 {
            if node.get("paths").is_none() {
                let hint = Some("`paths: {}` where there are none".to_owned());
                self.error("contract/missing-field", "the OpenAPI Object lacks `paths`", place, hint);
            }
        } else if ["paths", "components", "webhooks"].iter().all(|k| node.get(k).is_none()) {
            let message = "the OpenAPI Object needs one of `paths`, `components`, `webhooks`";
            self.error("contract/missing-field", message, place, None);
        }
        if let Some((_, own)) = node.entry("$self").filter(|(_, n)| n.as_str().is_some_and(|t| t.contains('#'))) {
            let place = self.spot(at, own.span);
            self.error("contract/wrong-value", "`$self` must not have a fragment", place, None);
        }
        let Some((_, components)) = node.entry("components") else { return };
        for (section, members) in components.members().unwrap_or_default() {
            for (key, _) in members.members().filter(|_| !section.text.starts_with("x-")).unwrap_or_default() {
                if !is_component_name(&key.text) {
                    let place = self.spot(at, key.span);
                    let hint = Some("letters, digits, dots, hyphens and underscores".to_owned());
                    self.error("contract/name", format!("`{}` cannot be the name of a component", key.text), place, hint);
                }
            }
        }
    }

    /// `schema` or `content` with one media type, and what only goes with a schema.
    fn schema_or_content(&mut self, node: &Node, at: &At<'_>, name: &str) {
        let content = node.entry("content");
        match (node.get("schema"), content) {
            (Some(_), Some((key, _))) => {
                let place = self.spot(at, key.span);
                self.error("contract/parameter", format!("the {name} has both `schema` and `content`"), place, None);
            }
            (None, None) if node.members().is_some_and(|m| m.iter().any(|(k, _)| is_in_schema(&k.text))) => {}
            (None, None) => {
                let place = self.head(node, at);
                self.error("contract/missing-field", format!("the {name} lacks `schema` or `content`"), place, None);
            }
            (None, Some(_)) => self.one_media_type(node, at),
            (Some(_), None) => {}
        }
        self.content(node, at);
        if content.is_none() || node.get("schema").is_some() {
            return;
        }
        for field in ["style", "explode", "allowReserved"] {
            if let Some((key, _)) = node.entry(field) {
                let place = self.spot(at, key.span);
                let hint = Some("the media type says how the value is written".to_owned());
                let message = format!("`{field}` goes with `schema`, not with `content`");
                self.error_since(Version::V31, "contract/exclusive", message, place, hint);
            }
        }
    }

    fn header_rules(&mut self, node: &Node, at: &At<'_>) {
        self.schema_or_content(node, at, "Header Object");
        for (field, why) in
            [("allowReserved", "headers are never percent-encoded"), ("allowEmptyValue", "it is for parameters in query")]
        {
            if let Some((key, _)) = node.entry(field) {
                let place = self.spot(at, key.span);
                let message = format!("`{field}` is not for headers");
                self.error_since(Version::V31, "contract/header", message, place, Some(why.to_owned()));
            }
        }
    }

    fn response_rules(&mut self, node: &Node, at: &At<'_>) {
        let is_misspelt = || misspelt(node, &RESPONSE, "description");
        if self.version < Version::V32 && node.get("description").is_none() && !is_misspelt() {
            let place = self.head(node, at);
            let hint = Some("required up to OpenAPI 3.1; an empty text is enough".to_owned());
            self.error("contract/missing-field", "the Response Object lacks `description`", place, hint);
        }
        self.content(node, at);
        for (key, _) in node.get("headers").and_then(Node::members).unwrap_or_default() {
            if key.text.eq_ignore_ascii_case("content-type") {
                let place = self.spot(at, key.span);
                let hint = Some("the keys of `content` say it".to_owned());
                self.warn("contract/header", "a response header named `Content-Type` is ignored", place, hint);
            } else if !is_token(&key.text) {
                let place = self.spot(at, key.span);
                self.error("contract/header", format!("`{}` cannot be the name of a header", key.text), place, None);
            }
        }
        for (key, _) in node.get("links").and_then(Node::members).unwrap_or_default() {
            if !is_component_name(&key.text) {
                let place = self.spot(at, key.span);
                let hint = Some("letters, digits, dots, hyphens and underscores".to_owned());
                self.warn("contract/name", format!("`{}` cannot be the name of a link", key.text), place, hint);
            }
        }
    }

    fn link_rules(&mut self, node: &Node, at: &At<'_>) {
        self.not_both(node, at, "operationRef", "operationId");
        if node.get("operationRef").is_none() && node.get("operationId").is_none() {
            let place = self.head(node, at);
            self.error("contract/missing-field", "either `operationRef` or `operationId` is wanted", place, None);
        }
        let values = node.get("parameters").and_then(Node::members).unwrap_or_default().iter().map(|(_, n)| n);
        for value in values.chain(node.get("requestBody")) {
            let expression = value.as_str().filter(|t| t.starts_with('$') || t.starts_with("{$"));
            if let Some(fault) = expression.and_then(expression::fault_in) {
                let place = self.spot(at, value.span);
                self.warn("contract/expression", fault, place, Some("such as `$response.body#/id`".to_owned()));
            }
        }
        self.met.links.push(at.loc());
    }

    fn callback_rules(&mut self, node: &Node, at: &At<'_>) {
        for (key, _) in node.members().unwrap_or_default().iter().filter(|(k, _)| !k.text.starts_with("x-")) {
            if let Some(fault) = expression::fault_in(&key.text) {
                let place = self.spot(at, key.span);
                let hint = Some("such as `{$request.body#/url}/path`".to_owned());
                self.error("contract/expression", fault, place, hint);
            }
        }
    }

    fn not_both(&mut self, node: &Node, at: &At<'_>, one: &str, other: &str) {
        if let Some((key, _)) = node.entry(other).filter(|_| node.get(one).is_some()) {
            let place = self.spot(at, key.span);
            self.error("contract/exclusive", format!("`{one}` and `{other}` exclude each other"), place, None);
        }
    }
}

fn is_true(node: &Node, field: &str) -> bool {
    matches!(node.get(field).map(|n| &n.data), Some(Data::Bool(true)))
}

fn is_component_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}
