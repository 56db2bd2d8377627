//! Parameters, request bodies, forms and responses.
//!
//! Moves what Swagger spreads over parameters and lists of media types to where OpenAPI 3.0 has it. Looks into no schema.

use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::contract::files::Loc;
use crate::contract::swagger::convert::{Converter, Members, Section, Types, size, text};
use crate::contract::swagger::table::VALUE_FIELDS;
use std::sync::Arc;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// A parameter as it is used: what it says, and where that is written.
pub(super) struct Used {
    /// What it says, references followed.
    node: Node,
    name: String,
    location: String,
    file: usize,
    /// Where it was used.
    span: Span,
    /// What is referred to, if anything.
    target: Option<Loc>,
}

/// How a list is written.
enum Collection {
    /// The way it is written anyhow.
    Default,
    Style(&'static str, bool, Span),
    /// In no way that OpenAPI 3 knows.
    AsText,
}

impl Converter<'_> {
    /// The parameters of a list, references followed.
    pub(super) fn used(&self, list: &[Node], file: usize) -> Vec<Used> {
        let read = |written: &Node| {
            let target = match written.get("$ref").and_then(Node::as_str) {
                Some(reference) => Some(self.target(file, reference)?),
                None => None,
            };
            let (node, at) = match &target {
                Some(target) => {
                    let end = self.files().follow(target)?;
                    (self.files().node(&end)?.clone(), end.file)
                }
                None => (written.clone(), file),
            };
            let text = |key| node.get(key).and_then(Node::as_str).map(str::to_owned);
            Some(Used { name: text("name")?, location: text("in")?, file: at, span: written.span, target, node })
        };
        list.iter().filter_map(read).collect()
    }

    /// Those that stay parameters; `None` when that is none of them and there were others.
    pub(super) fn parameters(&mut self, used: &[Used], span: Span) -> Option<Node> {
        let mut items = Vec::new();
        for one in used.iter().filter(|u| matches!(u.location.as_str(), "query" | "header" | "path")) {
            items.push(match &one.target {
                Some(target) => {
                    let reference = self.reference(Section::Parameters, target);
                    refer(reference, one.span)
                }
                None => self.parameter(&one.node),
            });
        }
        (!items.is_empty() || used.is_empty()).then_some(Node { data: Data::Array(items), span })
    }

    pub(super) fn parameter(&mut self, node: &Node) -> Node {
        let location = node.get("in").and_then(Node::as_str).unwrap_or_default().to_owned();
        let collection = self.collection(node, &location);
        let mut out = Members::default();
        for (key, child) in node.members().unwrap_or_default() {
            if VALUE_FIELDS.contains(&key.text.as_str())
                || matches!(key.text.as_str(), "collectionFormat" | "x-nullable" | "example")
            {
                continue;
            }
            let copy = self.copy(child);
            out.put(&key.text, key.span, copy);
        }
        if let Collection::Style(style, explode, span) = collection {
            out.put("style", span, text(style, span));
            out.put("explode", span, Node { data: Data::Bool(explode), span });
        }
        let schema = self.value_schema(node, matches!(collection, Collection::AsText)).done(node.span);
        let span = node.entry("type").map_or(node.span, |(key, _)| key.span);
        out.put("schema", span, schema);
        out.done(node.span)
    }

    /// How the list that a parameter or header may be is written.
    fn collection(&mut self, node: &Node, location: &str) -> Collection {
        if node.get("type").and_then(Node::as_str) != Some("array") {
            return Collection::Default;
        }
        let written = node.get("collectionFormat");
        let span = written.map_or_else(|| node.entry("type").map_or(node.span, |(key, _)| key.span), |n| n.span);
        let format = written.and_then(Node::as_str).unwrap_or("csv");
        match (format, location) {
            ("csv", "path" | "header") => Collection::Default,
            ("csv", _) => Collection::Style("form", false, span),
            ("ssv", "query" | "formData") => Collection::Style("spaceDelimited", false, span),
            ("pipes", "query" | "formData") => Collection::Style("pipeDelimited", false, span),
            ("multi", _) => Collection::Style("form", true, span),
            (format, _) => {
                let message = format!("`{format}` in {location} has no counterpart in OpenAPI 3");
                let hint = "the list is taken as plain text, and its items are not looked at".to_owned();
                self.checked.warn("contract/collection-format", message, span, Some(hint));
                Collection::AsText
            }
        }
    }

    /// The body of an operation, from its own parameters and those of its path.
    pub(super) fn request_body(&mut self, own: &[Used], shared: &[Used], consumes: &Types) -> Option<(Span, Node)> {
        let is = |location: &'static str| move |u: &&Used| u.location == location;
        let own_forms = own.iter().any(|u| u.location == "formData");
        if let Some(body) = own.iter().find(is("body")).or_else(|| shared.iter().find(is("body")).filter(|_| !own_forms)) {
            let same = names(consumes).eq(names(&self.consumes));
            let node = match &body.target {
                Some(target) if same => {
                    let reference = self.reference(Section::Bodies, target);
                    refer(reference, body.span)
                }
                _ => self.body(&body.node, body.file, consumes),
            };
            return Some((body.span, node));
        }
        let mut forms: Vec<&Used> = own.iter().filter(is("formData")).collect();
        let inherited = shared.iter().filter(is("formData"));
        let inherited: Vec<&Used> = inherited.filter(|s| !forms.iter().any(|f| f.name == s.name)).collect();
        forms.splice(0..0, inherited);
        let first = forms.first()?;
        Some((first.span, self.form(&forms, consumes)))
    }

    /// The body that a parameter in body describes.
    pub(super) fn body(&mut self, node: &Node, file: usize, consumes: &Types) -> Node {
        let mut out = Members::default();
        for (key, child) in node.members().unwrap_or_default() {
            match key.text.as_str() {
                "name" | "in" => {}
                "schema" => {
                    let schema = self.schema(child, file);
                    let types = or(consumes, "application/json", key.span);
                    let content = self.content(&types, Some(&(key.span, schema)), child.span);
                    out.put("content", key.span, content);
                }
                name => {
                    let copy = self.copy(child);
                    out.put(name, key.span, copy);
                }
            }
        }
        out.done(node.span)
    }

    /// The body that parameters in formData describe together.
    fn form(&mut self, forms: &[&Used], consumes: &Types) -> Node {
        let span = forms.first().map(|f| f.span).unwrap_or_default();
        let is_form = |(name, _): &&(String, Span)| {
            let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            essence == FORM || essence == MULTIPART
        };
        let mut types: Types = consumes.iter().filter(is_form).cloned().collect();
        if types.is_empty() {
            let has_file = forms.iter().any(|f| f.node.get("type").and_then(Node::as_str) == Some("file"));
            types.push((if has_file { MULTIPART } else { FORM }.to_owned(), span));
        }
        let (mut properties, mut encoding, mut required) = (Members::default(), Members::default(), Vec::new());
        for form in forms {
            let name_span = form.node.get("name").map_or(form.span, |n| n.span);
            let collection = self.collection(&form.node, "formData");
            let mut schema = self.value_schema(&form.node, matches!(collection, Collection::AsText));
            for (key, child) in form.node.members().unwrap_or_default() {
                if key.text == "description" || (key.text.starts_with("x-") && key.text != "x-nullable") {
                    let copy = self.copy(child);
                    schema.put(&key.text, key.span, copy);
                }
            }
            properties.put(&form.name, name_span, schema.done(form.node.span));
            if form.node.get("required").is_some_and(|r| r.data == Data::Bool(true)) {
                required.push(text(form.name.as_str(), name_span));
            }
            if let Collection::Style(style, false, span) = collection {
                let mut one = Members::default();
                one.put("style", span, text(style, span));
                one.put("explode", span, Node { data: Data::Bool(false), span });
                encoding.put(&form.name, name_span, one.done(span));
            }
        }
        let mut schema = Members::default();
        schema.put("type", span, text("object", span));
        schema.put("properties", span, properties.done(span));
        let needs_body = !required.is_empty();
        if needs_body {
            schema.put("required", span, Node { data: Data::Array(required), span });
        }
        let mut content = self.content(&types, Some(&(span, schema.done(span))), span);
        if let (Data::Object(media), false) = (&mut content.data, encoding.0.is_empty()) {
            let encoding = encoding.done(span);
            for (key, one) in media {
                if let Data::Object(members) = &mut one.data {
                    members.push((crate::base::tree::Key { text: "encoding".to_owned(), span: key.span }, encoding.clone()));
                }
            }
        }
        let mut out = Members::default();
        out.put("content", span, content);
        if needs_body {
            out.put("required", span, Node { data: Data::Bool(true), span });
        }
        out.done(span)
    }

    /// One media type object for each type, all with the same schema.
    fn content(&mut self, types: &Types, schema: Option<&(Span, Node)>, span: Span) -> Node {
        let mut out = Members::default();
        let cost = schema.map_or(1, |(_, schema)| size(schema));
        for (name, at) in types {
            if out.0.iter().any(|(k, _)| k.text == *name) || !self.charge(cost) {
                continue;
            }
            let mut media = Members::default();
            if let Some((key, schema)) = schema {
                media.put("schema", *key, schema.clone());
            }
            out.put(name, *at, media.done(*at));
        }
        out.done(span)
    }

    pub(super) fn responses(&mut self, node: &Node, file: usize, produces: &Types) -> Node {
        let mut out = Members::default();
        for (key, child) in node.members().unwrap_or_default() {
            let response = match child.get("$ref").and_then(Node::as_str) {
                _ if key.text.starts_with("x-") => self.copy(child),
                Some(reference) => self.referred_response(reference, child, file, produces),
                None => self.response(child, file, produces),
            };
            out.put(&key.text, key.span, response);
        }
        out.done(node.span)
    }

    /// A shared response says what it contains in the types of the document; where an operation has others, it gets its own.
    fn referred_response(&mut self, reference: &str, written: &Node, file: usize, produces: &Types) -> Node {
        let Some(target) = self.target(file, reference) else { return self.copy(written) };
        if names(produces).eq(names(&self.produces)) {
            let reference = self.reference(Section::Responses, &target);
            return refer(reference, written.span);
        }
        let end: Loc = self.files().follow(&target).unwrap_or_else(|| Loc::new(target.file, Pointer::root()));
        let document = Arc::clone(&self.files().list[end.file].document);
        match document.at(&end.pointer) {
            Some(node) => self.response(node, end.file, produces),
            None => self.copy(written),
        }
    }

    pub(super) fn response(&mut self, node: &Node, file: usize, produces: &Types) -> Node {
        let mut out = Members::default();
        let schema = node.entry("schema").map(|(key, schema)| (key.span, self.schema(schema, file)));
        let examples = node.entry("examples").map(|(key, examples)| (key.span, examples));
        for (key, child) in node.members().unwrap_or_default() {
            match key.text.as_str() {
                "schema" | "examples" => {}
                "headers" => {
                    let mut headers = Members::default();
                    for (name, header) in child.members().unwrap_or_default() {
                        let header = self.header(header);
                        headers.put(&name.text, name.span, header);
                    }
                    out.put("headers", key.span, headers.done(child.span));
                }
                name => {
                    let copy = self.copy(child);
                    out.put(name, key.span, copy);
                }
            }
        }
        let span = schema.as_ref().map(|(span, _)| *span).or(examples.map(|(span, _)| span));
        if let Some(span) = span {
            let named: Vec<_> = examples.and_then(|(_, e)| e.members()).unwrap_or_default().iter().collect();
            let named: Vec<_> = named.into_iter().filter(|(k, _)| k.text.contains('/')).collect();
            let mut types = produces.clone();
            for (key, _) in &named {
                if !types.iter().any(|(t, _)| *t == key.text) {
                    types.push((key.text.clone(), key.span));
                }
            }
            if schema.is_none() {
                types.retain(|(t, _)| named.iter().any(|(k, _)| k.text == *t));
            } else if produces.is_empty() {
                types.push(("*/*".to_owned(), span));
            }
            let whole = schema.as_ref().map_or(span, |(_, schema)| schema.span);
            let mut content = self.content(&types, schema.as_ref(), whole);
            if let Data::Object(media) = &mut content.data {
                for (key, one) in media {
                    let example = named.iter().find(|(k, _)| k.text == key.text);
                    if let (Some((key, example)), Data::Object(members)) = (example, &mut one.data) {
                        let example = self.copy(example);
                        members.push((crate::base::tree::Key { text: "example".to_owned(), span: key.span }, example));
                    }
                }
                out.put("content", span, content);
            }
        }
        out.done(node.span)
    }

    fn header(&mut self, node: &Node) -> Node {
        let collection = self.collection(node, "header");
        let mut out = Members::default();
        for (key, child) in node.members().unwrap_or_default() {
            if key.text == "description" || (key.text.starts_with("x-") && key.text != "x-nullable") {
                let copy = self.copy(child);
                out.put(&key.text, key.span, copy);
            }
        }
        let schema = self.value_schema(node, matches!(collection, Collection::AsText)).done(node.span);
        let span = node.entry("type").map_or(node.span, |(key, _)| key.span);
        out.put("schema", span, schema);
        out.done(node.span)
    }
}

fn names(types: &Types) -> impl Iterator<Item = &String> {
    types.iter().map(|(name, _)| name)
}

/// The types, or one where none is listed.
fn or(types: &Types, default: &str, span: Span) -> Types {
    if types.is_empty() { vec![(default.to_owned(), span)] } else { types.clone() }
}

fn refer(reference: String, span: Span) -> Node {
    let mut out = Members::default();
    out.put("$ref", span, text(reference, span));
    out.done(span)
}
