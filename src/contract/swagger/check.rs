//! Checks a Swagger document against the table of its objects, and reads the files it refers to on the way.
//!
//! Speaks of what the author wrote, not of what it becomes. Changes and converts nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::{did_you_mean, nearest};
use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::tree::{self, Budget, Data, Document, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::model::StatusPattern;
use crate::contract::resolver::Resolver;
use crate::contract::swagger::table::{
    BODY_PARAMETER, DOCUMENT, FORM_PARAMETER, Keys, Kind, LATER_KEYWORDS, LOCATIONS, Object, PLAIN_PARAMETER, QUERY_PARAMETER,
    SCHEMA, SCHEMA_TYPES,
};
use crate::schema::pattern_fault;
use std::collections::HashSet;
use std::sync::Arc;

/// Files beyond this number are not read.
const MOST_FILES: usize = 1_000;

/// A document whose structure is that of Swagger 2.0, unless there are faults.
pub(super) struct Checked {
    /// All files that were read. Their spans are those of `whole`.
    pub(super) files: Files,
    /// Has all texts; its root means nothing.
    pub(super) whole: Document,
    pub(super) faults: Diagnostics,
}

impl Checked {
    pub(super) fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.faults.push(Diagnostic::error(code, message).at(self.whole.place(span)).maybe_hint(hint));
    }

    pub(super) fn warn(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.faults.push(Diagnostic::warning(code, message).at(self.whole.place(span)).maybe_hint(hint));
    }
}

/// Checks `document` and all that it refers to.
pub(super) fn check(document: Document, resolver: &Resolver<'_>) -> Checked {
    let path = document.source.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let mut whole = document.clone();
    whole.root = Node { data: Data::Null, span: document.root.span };
    let mut files = Files::default();
    files.add(path, document);
    let checked = Checked { files, whole, faults: Diagnostics::new() };
    let mut checker = Checker {
        checked,
        resolver,
        seen: HashSet::new(),
        queue: vec![(Loc::new(0, Pointer::root()), Kind::Obj(&DOCUMENT))],
        unread: HashSet::new(),
    };
    while let Some((loc, kind)) = checker.queue.pop() {
        let document = Arc::clone(&checker.checked.files.list[loc.file].document);
        if let Some(node) = document.at(&loc.pointer) {
            checker.value(node, &loc, kind);
        }
    }
    checker.document_rules();
    checker.checked
}

pub(super) struct Checker<'a> {
    pub(super) checked: Checked,
    resolver: &'a Resolver<'a>,
    seen: HashSet<(Loc, &'static str)>,
    queue: Vec<(Loc, Kind)>,
    unread: HashSet<String>,
}

impl Checker<'_> {
    pub(super) fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span, hint: Option<String>) {
        self.checked.error(code, message, span, hint);
    }

    fn value(&mut self, node: &Node, loc: &Loc, kind: Kind) {
        match (kind, &node.data) {
            (Kind::Any, _) | (Kind::Text, Data::String(_)) | (Kind::Bool, Data::Bool(_)) | (Kind::Number, Data::Number(_)) => {}
            (Kind::Count, Data::Number(n)) if n.is_u64() || n.as_f64().is_some_and(|f| f >= 0.0 && f.fract() == 0.0) => {}
            (Kind::Pattern, Data::String(text)) => {
                if let Some(fault) = pattern_fault(text) {
                    self.error("contract/pattern", fault, node.span, None);
                }
            }
            (Kind::Media, Data::String(text)) => {
                if !text.contains('/') {
                    let hint = Some("such as `application/json`".to_owned());
                    self.error("contract/wrong-value", format!("`{text}` is not a media type"), node.span, hint);
                }
            }
            (Kind::OneOf(all), Data::String(text)) if all.contains(&text.as_str()) => {}
            (Kind::OneOf(_), Data::String(text)) => self.not_one_of(text, node, loc, kind),
            (Kind::ListOf(item), Data::Array(items)) => {
                items.iter().enumerate().for_each(|(i, item_node)| self.value(item_node, &loc.push(i), *item));
            }
            (Kind::MapOf(member), Data::Object(members)) => {
                members.iter().filter(|(k, _)| !k.text.starts_with("x-")).for_each(|(key, child)| {
                    self.value(child, &loc.push(&key.text), *member);
                });
            }
            (Kind::Schema, Data::Object(_)) => self.schema(node, loc),
            (Kind::Parameter, Data::Object(_)) => match node.get("$ref") {
                Some(reference) => self.reference(reference, loc, kind),
                None => self.parameter(node, loc),
            },
            (Kind::OrRef(object), Data::Object(_)) => {
                if let Some(reference) = node.get("$ref") {
                    self.reference(reference, loc, kind);
                }
                // A path item may have more beside its reference.
                if node.get("$ref").is_none() || object.name == "Path Item Object" {
                    self.object(node, loc, object);
                }
            }
            (Kind::Obj(object), Data::Object(_)) => self.object(node, loc, object),
            _ => self.wrong_type(node, loc, &kind.wanted()),
        }
    }

    fn not_one_of(&mut self, text: &str, node: &Node, loc: &Loc, kind: Kind) {
        let Kind::OneOf(all) = kind else { return };
        let name = loc.pointer.tokens().last().unwrap_or_default();
        let hint = match (name.as_str(), text) {
            ("in", "cookie") => Some("cookies came with OpenAPI 3.0; Swagger 2.0 knows them as a `header` alone".to_owned()),
            ("type", "file") => Some("files are parameters in `formData`".to_owned()),
            ("type", "object") => Some("only a parameter in `body` holds an object, under `schema`".to_owned()),
            ("type", "http" | "openIdConnect") => Some("it came with OpenAPI 3.0".to_owned()),
            ("collectionFormat", "multi") => Some("`multi` is for parameters in `query` and `formData`".to_owned()),
            _ => nearest(text, all.iter().copied()).map(|n| format!("did you mean `{n}`?")),
        };
        self.error("contract/wrong-value", format!("`{text}` must be {}", kind.wanted()), node.span, hint);
    }

    fn wrong_type(&mut self, node: &Node, loc: &Loc, wanted: &str) {
        let name = loc.pointer.tokens().last().unwrap_or_default();
        let found = match node.kind() {
            "null" => "null".to_owned(),
            kind if kind.starts_with(['a', 'o']) => format!("an {kind}"),
            kind => format!("a {kind}"),
        };
        let hint = match &node.data {
            Data::Number(_) | Data::Bool(_) if wanted == "a string" => {
                let place = self.checked.whole.place(node.span);
                let raw = place.source.text().get(place.span.start as usize..place.span.end as usize);
                raw.map(|raw| format!("put it in quotes: \"{raw}\""))
            }
            Data::Bool(_) if name == "required" => {
                Some("name the property in the `required` list of the object around it".to_owned())
            }
            Data::Array(_) if name == "items" => {
                Some("one schema for all items; a list of them is not known to Swagger 2.0".to_owned())
            }
            _ => None,
        };
        self.error("contract/wrong-type", format!("`{name}` must be {wanted}, but is {found}"), node.span, hint);
    }

    fn parameter(&mut self, node: &Node, loc: &Loc) {
        let object = match node.get("in").and_then(Node::as_str) {
            Some("body") => &BODY_PARAMETER,
            Some("query") => &QUERY_PARAMETER,
            Some("formData") => &FORM_PARAMETER,
            Some("path" | "header") => &PLAIN_PARAMETER,
            _ => {
                return match node.get("in") {
                    Some(place) => self.value(place, &loc.push("in"), Kind::OneOf(LOCATIONS)),
                    None => self.error("contract/missing-field", "the Parameter Object lacks `in`", node.span, None),
                };
            }
        };
        self.object(node, loc, object);
    }

    fn object(&mut self, node: &Node, loc: &Loc, object: &'static Object) {
        if !self.seen.insert((loc.clone(), object.name)) {
            return;
        }
        for (key, child) in node.members().unwrap_or_default() {
            if key.text.starts_with("x-") {
                continue;
            }
            let at = loc.push(&key.text);
            match object.fields.iter().find(|f| f.name == key.text) {
                Some(field) => self.value(child, &at, field.kind),
                None if key.text == "example" && object.fields.iter().any(|f| f.name == "items") => {
                    // Widely written, and clear.
                    let message = format!("`example` is not known to the {} of Swagger 2.0", object.name);
                    self.checked.warn("contract/unknown-field", message, key.span, Some("it is taken as an example".to_owned()));
                }
                None if matches!(key.text.as_str(), "example" | "examples") && object.name == "body parameter" => {
                    let message = format!("`{}` is not known to the {} of Swagger 2.0", key.text, object.name);
                    let hint = "it is left away; write an `example` in the schema".to_owned();
                    self.checked.warn("contract/unknown-field", message, key.span, Some(hint));
                }
                None => self.other_key(&key.text, key.span, child, &at, object),
            }
        }
        let span = self.name_span(node, loc);
        for field in object.fields.iter().filter(|f| f.required && node.get(f.name).is_none()) {
            self.error("contract/missing-field", format!("the {} lacks `{}`", object.name, field.name), span, None);
        }
        self.rules(node, span, object);
    }

    /// The key that an object stands under, so that not all of it is underlined.
    fn name_span(&self, node: &Node, loc: &Loc) -> Span {
        let parent = loc.pointer.parent().and_then(|p| self.checked.files.node(&Loc::new(loc.file, p)));
        let last = loc.pointer.tokens().last();
        let entry = parent.zip(last).and_then(|(parent, last)| parent.entry(&last));
        entry.map_or(node.span, |(key, _)| key.span)
    }

    fn other_key(&mut self, key: &str, span: Span, child: &Node, at: &Loc, object: &'static Object) {
        match object.keys {
            Keys::Path if key.starts_with('/') => self.value(child, at, object.other),
            Keys::Path => {
                let hint = Some(format!("write `/{key}`"));
                self.error("contract/path", format!("the path `{key}` must begin with a slash"), span, hint);
            }
            Keys::Status => match StatusPattern::parse(key) {
                Some(StatusPattern::Exact(_) | StatusPattern::Default) => self.value(child, at, object.other),
                Some(StatusPattern::Range(_)) => {
                    let hint = Some("ranges came with OpenAPI 3.0; use `default`".to_owned());
                    self.error("contract/status", format!("`{key}` is no status"), span, hint);
                }
                None => {
                    let hint = Some("a status such as `404`, or `default`".to_owned());
                    self.error("contract/status", format!("`{key}` is no status"), span, hint);
                }
            },
            Keys::Named => {
                let later = match (object.name, key) {
                    ("Swagger Object", "servers") => Some("`host`, `basePath` and `schemes`"),
                    ("Swagger Object", "components") => {
                        Some("`definitions`, `parameters`, `responses` and `securityDefinitions`")
                    }
                    ("Operation Object", "requestBody") => Some("a parameter with `in: body`"),
                    ("Response Object", "content") => Some("`schema` and `produces`"),
                    (_, "schema") => Some("`type` and what goes with it"),
                    (_, "style" | "explode") => Some("`collectionFormat`"),
                    _ => None,
                };
                let known = object.fields.iter().map(|f| f.name);
                let hint = later.map(|l| format!("Swagger 2.0 says it with {l}")).or_else(|| did_you_mean(key, known));
                self.error("contract/unknown-field", format!("unknown field `{key}` in the {}", object.name), span, hint);
            }
        }
    }

    fn schema(&mut self, node: &Node, loc: &Loc) {
        if let Some(reference) = node.get("$ref") {
            // What stands beside a reference is ignored.
            return self.reference(reference, loc, Kind::Schema);
        }
        for (key, child) in node.members().unwrap_or_default() {
            let at = loc.push(&key.text);
            match (key.text.as_str(), &child.data) {
                ("type", _) => self.schema_type(child, &at),
                ("enum", Data::Array(items)) if items.is_empty() => {
                    self.error("contract/schema", "`enum` lists nothing, so nothing conforms", child.span, None);
                }
                ("additionalProperties", Data::Bool(_)) => {}
                ("additionalProperties", _) => self.value(child, &at, Kind::Schema),
                (name, _) if name.starts_with("x-") => {}
                // A file of its own may say that it is JSON Schema.
                ("$schema" | "id" | "definitions", _) if loc.pointer.as_str().is_empty() => {}
                (name, _) => match SCHEMA.fields.iter().find(|f| f.name == name) {
                    Some(field) => self.value(child, &at, field.kind),
                    None => {
                        let hint = match name {
                            "nullable" => Some("it came with OpenAPI 3.0; `x-nullable: true` is understood".to_owned()),
                            "const" => Some("use an `enum` with one value".to_owned()),
                            _ if LATER_KEYWORDS.contains(&name) => Some("it came with OpenAPI 3.0".to_owned()),
                            _ => nearest(name, SCHEMA.fields.iter().map(|f| f.name)).map(|n| format!("did you mean `{n}`?")),
                        };
                        let message = format!("unknown keyword `{name}` in the Schema Object");
                        self.error("contract/unknown-keyword", message, key.span, hint);
                    }
                },
            }
        }
    }

    fn schema_type(&mut self, node: &Node, at: &Loc) {
        // A response that is a file says so in its schema.
        let pointer = at.pointer.as_str();
        let is_response = pointer.ends_with("/schema/type") && !pointer.contains("/parameters/");
        match &node.data {
            Data::Array(items) => items.iter().enumerate().for_each(|(i, item)| self.schema_type(item, &at.push(i))),
            Data::String(text) if SCHEMA_TYPES.contains(&text.as_str()) => {}
            Data::String(text) if text == "file" && is_response => {}
            Data::String(text) => {
                let hint = match nearest(text, SCHEMA_TYPES.iter().copied()) {
                    Some(near) => Some(format!("did you mean `{near}`?")),
                    None if text == "any" => Some("leave `type` away".to_owned()),
                    None => {
                        Some(format!("known: {}", SCHEMA_TYPES.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", ")))
                    }
                };
                self.error("contract/type", format!("`{text}` is no type"), node.span, hint);
            }
            _ => self.wrong_type(node, at, "a string"),
        }
    }

    fn reference(&mut self, reference: &Node, loc: &Loc, kind: Kind) {
        let Some(text) = reference.as_str() else {
            return self.wrong_type(reference, &loc.push("$ref"), "a string");
        };
        if !self.read(loc, text, reference.span) {
            return;
        }
        match self.checked.files.resolve(loc, text) {
            Err(unresolved) => {
                let hint = match text.split_once("#/components/") {
                    Some((_, rest)) => {
                        let rest = rest.strip_prefix("schemas/").map_or(rest.to_owned(), |name| format!("definitions/{name}"));
                        Some(format!("Swagger 2.0 has no `components`: write `#/{rest}`"))
                    }
                    None => unresolved.hint,
                };
                self.error("contract/unresolved-ref", unresolved.message, reference.span, hint);
            }
            Ok(target) => {
                let tokens: Vec<String> = target.pointer.tokens().take(3).collect();
                let section = match tokens.as_slice() {
                    [section, _] => section.as_str(),
                    _ => "",
                };
                let home = match kind {
                    Kind::Schema => "definitions",
                    Kind::Parameter => "parameters",
                    _ => "responses",
                };
                if ["definitions", "parameters", "responses"].contains(&section) && section != home {
                    let message = format!("`{text}` names one of the {section}, where {} is wanted", kind.wanted());
                    self.error("contract/wrong-ref", message, reference.span, None);
                } else if self.checked.files.follow(loc).is_none() && self.circle(loc) {
                    self.error("contract/circular-ref", format!("`{text}` leads back to itself"), reference.span, None);
                } else if self.seen.insert((target.clone(), home)) {
                    self.queue.push((target, kind));
                }
            }
        }
    }

    fn circle(&self, loc: &Loc) -> bool {
        let files = &self.checked.files;
        let mut passed = HashSet::new();
        let mut at = loc.clone();
        while passed.insert(at.clone()) {
            let Some(text) = files.node(&at).and_then(|n| n.get("$ref")).and_then(Node::as_str) else { return false };
            let Ok(next) = files.resolve(&at, text) else { return false };
            at = next;
        }
        true
    }

    /// Reads the file that a reference names, once; false when it cannot be read.
    fn read(&mut self, from: &Loc, reference: &str, span: Span) -> bool {
        let Some(path) = self.checked.files.path_of(from, reference) else { return true };
        if self.checked.files.list.iter().any(|f| f.path == path) {
            return true;
        }
        if self.unread.contains(&path) {
            return false;
        }
        let read = if self.checked.files.list.len() >= MOST_FILES {
            Err(format!("more than {MOST_FILES} files").into())
        } else {
            (self.resolver)(&path)
        };
        match read.map(|source| tree::parse(&source, Budget::default())) {
            Ok(Ok(document)) => match self.checked.whole.adopt(&document) {
                Some(shift) => {
                    let moved = Document::new(&document.source, document.root.shifted(shift));
                    self.checked.files.add(path, moved);
                    return true;
                }
                None => self.error("contract/unreadable-ref", "all files together are too long", span, None),
            },
            Ok(Err(faults)) => self.checked.faults.extend(faults),
            Err(why) => {
                let message = format!("`{path}` cannot be read: {}", why.reason);
                self.error("contract/unreadable-ref", message, span, why.hint);
            }
        }
        self.unread.insert(path);
        false
    }
}
