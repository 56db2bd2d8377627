//! Checks the structure of a document against the tables of OpenAPI, and reads the files it refers to on the way.
//!
//! Reports every fault with its place. Changes nothing and lowers nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::{did_you_mean, nearest};
use crate::base::source::Place;
use crate::base::tree::{self, Budget, Data, Document, Node};
use crate::contract::files::{Files, Loc, carried};
use crate::contract::grammar::{Field, Keys, Kind, Object, Version};
use crate::contract::load::Resolver;
use crate::contract::model::StatusPattern;
use crate::schema::is_format;
use std::collections::HashSet;
use std::sync::Arc;

/// Files beyond this number are not read.
const MOST_FILES: usize = 1_000;

pub(in crate::contract) struct Checker<'a> {
    pub(in crate::contract) files: Files,
    pub(in crate::contract) version: Version,
    pub(in crate::contract) faults: Diagnostics,
    /// Schema Objects that a field of an OpenAPI object holds, in the order they were met.
    pub(in crate::contract) schemas: Vec<Loc>,
    /// Link Objects, whose operations are looked for when all are known.
    pub(in crate::contract) links: Vec<Loc>,
    resolver: &'a Resolver<'a>,
    seen: HashSet<(Loc, &'static str)>,
    queue: Vec<(Loc, Kind)>,
    unread: HashSet<String>,
}

impl<'a> Checker<'a> {
    pub(in crate::contract) fn new(root: Document, version: Version, resolver: &'a Resolver<'a>) -> Self {
        let path = root.source.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let mut files = Files::default();
        files.add(path, root);
        Self {
            files,
            version,
            faults: Diagnostics::new(),
            schemas: Vec::new(),
            links: Vec::new(),
            resolver,
            seen: HashSet::new(),
            queue: Vec::new(),
            unread: HashSet::new(),
        }
    }

    /// Checks `loc` as `kind`, then everything that is reached from it by reference.
    pub(in crate::contract) fn run(&mut self, loc: Loc, kind: Kind) {
        self.queue.push((loc, kind));
        while let Some((loc, kind)) = self.queue.pop() {
            let document = Arc::clone(&self.files.list[loc.file].document);
            if let Some(node) = document.at(&loc.pointer) {
                self.value(node, &loc, kind);
            }
        }
    }

    pub(in crate::contract) fn place(&self, loc: &Loc, node: &Node) -> Place {
        self.files.list[loc.file].document.place(node.span)
    }

    pub(in crate::contract) fn error(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: Place,
        hint: Option<String>,
    ) {
        self.faults.push(Diagnostic::error(code, message).at(place).maybe_hint(hint));
    }

    pub(in crate::contract) fn warn(
        &mut self,
        code: &'static str,
        message: impl Into<String>,
        place: Place,
        hint: Option<String>,
    ) {
        self.faults.push(Diagnostic::warning(code, message).at(place).maybe_hint(hint));
    }

    pub(in crate::contract) fn value(&mut self, node: &Node, loc: &Loc, kind: Kind) {
        match (kind, &node.data) {
            (Kind::Any, _) | (Kind::Text, Data::String(_)) | (Kind::Bool, Data::Bool(_)) | (Kind::Number, Data::Number(_)) => {}
            (Kind::Formatted(format), Data::String(text)) => {
                if !is_format(format, text) {
                    let what = if format == "email" { "an email address" } else { "a URL" };
                    self.error("contract/wrong-value", format!("`{text}` is not {what}"), self.place(loc, node), None);
                }
            }
            (Kind::TextList, Data::Array(items)) => {
                items.iter().enumerate().for_each(|(i, item)| self.value(item, &loc.push(i), Kind::Text));
            }
            (Kind::OneOf(all), Data::String(text)) => {
                if !all.contains(&text.as_str()) {
                    let hint = nearest(text, all.iter().copied()).map(|n| format!("did you mean `{n}`?"));
                    let message = format!("`{text}` must be {}", kind.wanted());
                    self.error("contract/wrong-value", message, self.place(loc, node), hint);
                }
            }
            (Kind::ListOf(item), Data::Array(items)) => {
                items.iter().enumerate().for_each(|(i, node)| self.value(node, &loc.push(i), *item));
            }
            (Kind::MapOf(member), Data::Object(members)) => {
                for (key, node) in members {
                    self.value(node, &loc.push(&key.text), *member);
                }
            }
            (Kind::Schema, Data::Object(_) | Data::Bool(_)) => {
                self.schemas.push(loc.clone());
                self.schema(node, loc);
            }
            (Kind::OrRef(object), Data::Object(_)) => match node.entry("$ref") {
                Some((_, reference)) => self.reference(reference, loc, kind, object.name),
                None => self.object(node, loc, object),
            },
            (Kind::Obj(object), Data::Object(_)) => self.object(node, loc, object),
            _ => self.wrong_kind(node, loc, &kind.wanted()),
        }
    }

    pub(in crate::contract) fn wrong_kind(&mut self, node: &Node, loc: &Loc, wanted: &str) {
        let name = loc.pointer.tokens().last().unwrap_or_default();
        let found = match node.kind() {
            "null" => "null".to_owned(),
            kind if kind.starts_with(['a', 'o']) => format!("an {kind}"),
            kind => format!("a {kind}"),
        };
        let hint = match &node.data {
            Data::Number(_) | Data::Bool(_) if wanted == "a string" => {
                let place = self.place(loc, node);
                place
                    .source
                    .text()
                    .get(place.span.start as usize..place.span.end as usize)
                    .map(|t| format!("put it in quotes: \"{t}\""))
            }
            Data::String(text) if wanted == "a boolean" && matches!(text.as_str(), "yes" | "no" | "on" | "off") => {
                Some(format!("write `{}`", if matches!(text.as_str(), "yes" | "on") { "true" } else { "false" }))
            }
            Data::String(text) if matches!(wanted, "a boolean" | "a number") && text.parse::<serde_json::Value>().is_ok() => {
                Some("leave the quotes away".to_owned())
            }
            _ => None,
        };
        self.error("contract/wrong-type", format!("`{name}` must be {wanted}, but is {found}"), self.place(loc, node), hint);
    }

    fn object(&mut self, node: &Node, loc: &Loc, object: &'static Object) {
        if !self.seen.insert((loc.clone(), object.name)) {
            return;
        }
        for (key, child) in node.members().unwrap_or_default() {
            let at = loc.push(&key.text);
            let place = self.files.list[loc.file].document.place(key.span);
            if object.extensible && key.text.starts_with("x-") {
                continue;
            }
            match object.fields.iter().find(|f| f.name == key.text) {
                Some(field) if field.since > self.version => {
                    let message = format!("`{}` is not known to OpenAPI 3.0", key.text);
                    self.error("contract/unknown-field", message, place, Some("it came with OpenAPI 3.1".to_owned()));
                }
                Some(field) => self.value(child, &at, field.kind),
                None => self.other_key(&key.text, child, &at, object, place),
            }
        }
        let missing = |f: &&Field| f.required && f.since <= self.version && node.get(f.name).is_none();
        for field in object.fields.iter().filter(missing).collect::<Vec<_>>() {
            let message = format!("the {} lacks `{}`", object.name, field.name);
            self.error("contract/missing-field", message, self.files.key_place(loc), None);
        }
        self.rules(node, loc, object);
    }

    fn other_key(&mut self, key: &str, child: &Node, at: &Loc, object: &'static Object, place: Place) {
        match object.keys {
            Keys::Free => self.value(child, at, object.other),
            Keys::Path if key.starts_with('/') => self.value(child, at, object.other),
            Keys::Path => {
                let hint = format!("write `/{key}`");
                self.error("contract/path", format!("the path `{key}` must begin with a slash"), place, Some(hint));
            }
            Keys::Status if StatusPattern::parse(key).is_some() => self.value(child, at, object.other),
            Keys::Status => {
                let upper = key.to_ascii_uppercase();
                let hint = if StatusPattern::parse(&upper).is_some() {
                    format!("did you mean `{upper}`?")
                } else {
                    "a status such as `404`, a range such as `4XX`, or `default`".to_owned()
                };
                self.error("contract/status", format!("`{key}` is no status"), place, Some(hint));
            }
            Keys::Named => {
                let known = object.fields.iter().filter(|f| f.since <= self.version).map(|f| f.name);
                let message = format!("unknown field `{key}` in the {}", object.name);
                self.error("contract/unknown-field", message, place, did_you_mean(key, known));
            }
        }
    }

    /// A Reference Object: what it names must exist and be of the right kind.
    pub(in crate::contract) fn reference(&mut self, reference: &Node, loc: &Loc, kind: Kind, wanted: &'static str) {
        let at = loc.push("$ref");
        let place = self.place(loc, reference);
        let Some(text) = reference.as_str() else {
            return self.wrong_kind(reference, &at, "a string");
        };
        if !self.read(loc, text, &place) {
            return;
        }
        match self.files.resolve(loc, text) {
            Err(unresolved) => self.error("contract/unresolved-ref", unresolved.message, place, unresolved.hint),
            Ok(target) => {
                let section = section(&target);
                if section.as_deref().is_some_and(|s| !s.eq_ignore_ascii_case(home(wanted))) {
                    let message =
                        format!("`{text}` names one of the {}, where a {wanted} is wanted", section.unwrap_or_default());
                    self.error("contract/wrong-ref", message, place, None);
                } else if self.circle(loc) {
                    self.error("contract/circular-ref", format!("`{text}` leads back to itself"), place, None);
                } else if self.seen.insert((target.clone(), "reference")) {
                    self.queue.push((target, kind));
                }
            }
        }
    }

    /// Has a schema checked that no `$ref` leads to.
    pub(in crate::contract) fn also(&mut self, schema: Loc) {
        if self.seen.insert((schema.clone(), "reference")) {
            self.queue.push((schema, Kind::Schema));
        }
    }

    fn circle(&self, loc: &Loc) -> bool {
        let mut passed = vec![loc.clone()];
        let mut at = loc.clone();
        loop {
            let Some(reference) = self.files.node(&at).and_then(|n| n.get("$ref")).and_then(Node::as_str) else { return false };
            match self.files.resolve(&at, reference) {
                Ok(next) if passed.contains(&next) => return true,
                Ok(next) => {
                    passed.push(next.clone());
                    at = next;
                }
                Err(_) => return false,
            }
        }
    }

    /// Reads the file that a reference names, once; false when it cannot be read.
    pub(in crate::contract) fn read(&mut self, from: &Loc, reference: &str, place: &Place) -> bool {
        let Some(path) = self.files.path_of(from, reference) else { return true };
        if self.files.list.iter().any(|f| f.path == path) {
            return true;
        }
        if self.unread.contains(&path) {
            return false;
        }
        let read = if self.files.list.len() >= MOST_FILES {
            Err(format!("more than {MOST_FILES} files").into())
        } else {
            carried(&path).map_or_else(|| (self.resolver)(&path), Ok)
        };
        match read {
            Ok(source) => match tree::parse(&source, Budget::default()) {
                Ok(document) => {
                    self.files.add(path, document);
                    return true;
                }
                Err(faults) => self.faults.extend(faults),
            },
            Err(why) => {
                self.error(
                    "contract/unreadable-ref",
                    format!("`{path}` cannot be read: {}", why.reason),
                    place.clone(),
                    why.hint,
                );
            }
        }
        self.unread.insert(path);
        false
    }
}

/// The section of `components` that a place stands in.
fn section(loc: &Loc) -> Option<String> {
    let tokens: Vec<String> = loc.pointer.tokens().take(4).collect();
    match tokens.as_slice() {
        [components, section, _] if components == "components" => Some(section.clone()),
        _ => None,
    }
}

/// The section of `components` in which objects of that name live.
fn home(object: &str) -> &'static str {
    match object {
        "Response Object" => "responses",
        "Parameter Object" => "parameters",
        "Example Object" => "examples",
        "Request Body Object" => "requestBodies",
        "Header Object" => "headers",
        "Security Scheme Object" => "securitySchemes",
        "Link Object" => "links",
        "Callback Object" => "callbacks",
        "Path Item Object" => "pathItems",
        _ => "schemas",
    }
}
