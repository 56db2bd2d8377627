//! Checks the structure of a document against the tables of OpenAPI, and reads the files it refers to on the way.
//!
//! Reports every fault with its place. Changes nothing and lowers nothing.

mod at;
mod reference;
mod rules;
mod schema;
mod schema_rules;

pub(in crate::contract) use at::At;
pub(in crate::contract) use rules::path_item::{Listed, METHODS};

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::{did_you_mean, nearest};
use crate::base::pointer::Pointer;
use crate::base::source::{Place, Span};
use crate::base::tree::{Data, Document, Key, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{Keys, Kind, MEDIA_TYPE, Object, PATH_ITEM, Version};
use crate::contract::model::StatusPattern;
use crate::contract::resolver::Resolver;
use crate::schema::{is_format, pattern_fault};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Names under one object beyond which a misspelt one is not compared with all the others.
const MOST_NAMES: usize = 2_000;

/// Objects with more members are searched by name.
const LARGE: usize = 32;

/// Schemas within schemas, at most, before the check begins anew.
const DEEP: usize = 24;

pub(in crate::contract) struct Checker<'a> {
    pub(in crate::contract) files: Files,
    pub(in crate::contract) version: Version,
    pub(in crate::contract) faults: Diagnostics,
    /// Schema Objects that a field of an OpenAPI object holds, in the order they were met.
    pub(in crate::contract) schemas: Vec<Loc>,
    pub(in crate::contract) met: Met,
    resolver: &'a Resolver<'a>,
    /// What was checked, by the address of the node, which stays while the checker lives, and of its kind.
    seen: HashSet<(usize, usize)>,
    queue: Vec<(Loc, Kind)>,
    /// Schemas so deep in others that they are checked from their own place on, to keep the stack short.
    deep: Vec<Loc>,
    depth: usize,
    queued: HashSet<Loc>,
    /// Places of references, and whether they lead to an end or into a circle.
    pub(in crate::contract) chains: HashMap<Loc, bool>,
    unread: HashMap<String, Option<Diagnostic>>,
    formats: HashMap<(&'static str, String), bool>,
    patterns: HashMap<String, Option<String>>,
    /// Where the members of large objects stand, by the address of the object.
    positions: HashMap<usize, HashMap<String, usize>>,
}

/// What the rules of the whole document look at when all is known.
#[derive(Debug, Default)]
pub(in crate::contract) struct Met {
    pub(in crate::contract) operations: Vec<Loc>,
    pub(in crate::contract) links: Vec<Loc>,
    pub(in crate::contract) requirements: Vec<Loc>,
    /// Discriminators of schemas without `oneOf`, `anyOf` and `allOf`.
    pub(in crate::contract) parents: Vec<Loc>,
    /// Schemas that references lead to.
    pub(in crate::contract) targets: Vec<Loc>,
    /// Schemas that an `allOf` refers to.
    pub(in crate::contract) extended: HashSet<Loc>,
    /// Components that are references to what cannot be read, with what to say where one is used.
    pub(in crate::contract) absent: Vec<(Loc, Diagnostic)>,
}

fn address<T>(of: &T) -> usize {
    std::ptr::from_ref(of).addr()
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
            met: Met::default(),
            resolver,
            seen: HashSet::new(),
            queue: Vec::new(),
            deep: Vec::new(),
            depth: 0,
            queued: HashSet::new(),
            chains: HashMap::new(),
            unread: HashMap::new(),
            formats: HashMap::new(),
            patterns: HashMap::new(),
            positions: HashMap::new(),
        }
    }

    /// Checks `loc` as `kind`, then everything that is reached from it by reference.
    pub(in crate::contract) fn run(&mut self, loc: Loc, kind: Kind) {
        self.queue.push((loc, kind));
        let next = |checker: &mut Self| match checker.deep.pop() {
            Some(schema) => Some((schema, None)),
            None => checker.queue.pop().map(|(loc, kind)| (loc, Some(kind))),
        };
        while let Some((loc, kind)) = next(self) {
            let document = Arc::clone(&self.files.list[loc.file].document);
            let Some(node) = self.find(&document, &loc.pointer) else { continue };
            match kind {
                Some(kind) => self.value(node, &At::start(&loc), kind),
                None => self.schema(node, &At::start(&loc)),
            }
        }
    }

    /// The node at a pointer; the members of large objects are searched by name once.
    fn find<'d>(&mut self, document: &'d Document, pointer: &Pointer) -> Option<&'d Node> {
        let mut node = &document.root;
        for token in pointer.tokens() {
            node = match node.members().filter(|m| m.len() > LARGE) {
                None => node.child(&token)?,
                Some(members) => {
                    let names =
                        |members: &[(Key, Node)]| members.iter().enumerate().map(|(i, (k, _))| (k.text.clone(), i)).collect();
                    let positions = self.positions.entry(address(node)).or_insert_with(|| names(members));
                    &members.get(*positions.get(token.as_str())?)?.1
                }
            };
        }
        Some(node)
    }

    pub(in crate::contract) fn spot(&self, at: &At<'_>, span: Span) -> Place {
        self.files.list[at.file].document.place(span)
    }

    /// The place of the key under which `node` stands, or of the node itself.
    pub(in crate::contract) fn head(&self, node: &Node, at: &At<'_>) -> Place {
        match (at.key_span(), at.began()) {
            (Some(span), _) => self.spot(at, span),
            (None, Some(loc)) => self.files.key_place(loc),
            (None, None) => self.spot(at, node.span),
        }
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

    /// An error where the specification says so only from `since` on, and a warning in earlier versions.
    pub(in crate::contract) fn error_since(
        &mut self,
        since: Version,
        code: &'static str,
        message: impl Into<String>,
        place: Place,
        hint: Option<String>,
    ) {
        if self.version >= since {
            self.error(code, message, place, hint);
        } else {
            self.warn(code, message, place, hint);
        }
    }

    pub(in crate::contract) fn value(&mut self, node: &Node, at: &At<'_>, kind: Kind) {
        match (kind, &node.data) {
            (Kind::Any, _) | (Kind::Text, Data::String(_)) | (Kind::Bool, Data::Bool(_)) | (Kind::Number, Data::Number(_)) => {}
            (Kind::Formatted(format), Data::String(text)) => self.formatted(node, at, format, text),
            (Kind::TextList, Data::Array(items)) => {
                items.iter().enumerate().for_each(|(i, item)| self.value(item, &at.item(i), Kind::Text));
            }
            (Kind::OneOf(all), Data::String(text)) => {
                let place = |checker: &Self| checker.spot(at, node.span);
                match all.iter().find(|c| c.text == text) {
                    Some(choice) if choice.since <= self.version => {}
                    Some(choice) => self.too_new(text, choice.since, "contract/wrong-value", place(self)),
                    None => {
                        let known = all.iter().filter(|c| c.since <= self.version).map(|c| c.text);
                        let hint = nearest(text, known).map(|n| format!("did you mean `{n}`?"));
                        let hint = hint.or_else(|| rules::foreign(&at.name(), text));
                        let message = format!("`{}` must be {}, but is `{text}`", at.name(), kind.wanted(self.version));
                        self.error("contract/wrong-value", message, place(self), hint);
                    }
                }
            }
            (Kind::ListOf(item), Data::Array(items)) => {
                items.iter().enumerate().for_each(|(i, node)| self.value(node, &at.item(i), *item));
            }
            (Kind::MapOf(member), Data::Object(members)) => {
                for (key, node) in members {
                    if !self.beside_media_type(key, at, *member) {
                        self.value(node, &at.key(key), *member);
                    }
                }
            }
            (Kind::Schema, Data::Object(_) | Data::Bool(_)) => {
                self.schemas.push(at.loc());
                self.schema(node, at);
            }
            (Kind::OrRef(object), Data::Object(_)) => self.object_or_reference(node, at, object),
            (Kind::Obj(object), Data::Object(_)) => self.object(node, at, object),
            _ => self.wrong_kind(node, at, &kind.wanted(self.version)),
        }
    }

    fn object_or_reference(&mut self, node: &Node, at: &At<'_>, object: &'static Object) {
        let Some((_, reference)) = node.entry("$ref") else { return self.object(node, at, object) };
        if std::ptr::eq(object, &MEDIA_TYPE) && self.version < Version::V32 {
            return self.object(node, at, object);
        }
        if !std::ptr::eq(object, &PATH_ITEM) {
            self.ignored_siblings(node, at);
            self.reference(reference, node, at, Kind::OrRef(object), object.name);
            return;
        }
        // A Path Item Object may have fields of its own beside the reference.
        self.object(node, at, object);
        if let Some(target) = self.reference(reference, node, at, Kind::OrRef(object), object.name) {
            self.fields_given_twice(node, at, &target);
        }
    }

    fn formatted(&mut self, node: &Node, at: &At<'_>, format: &'static str, text: &str) {
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'#')) && format != "email" {
            return;
        }
        let key = (format, text.to_owned());
        let fits = *self.formats.entry(key).or_insert_with(|| is_format(format, text));
        if fits {
            return;
        }
        let place = self.spot(at, node.span);
        let name = at.name();
        match format {
            "email" if text.is_empty() => {
                let hint = Some(format!("leave `{name}` away"));
                self.warn("contract/wrong-value", format!("`{name}` is empty, where an email address is wanted"), place, hint);
            }
            "email" => self.error("contract/wrong-value", format!("`{text}` is not an email address"), place, None),
            _ => self.error("contract/wrong-value", format!("`{text}` is not a URL"), place, None),
        }
    }

    /// What is wrong with a regular expression; each is tried once.
    fn pattern_fault(&mut self, pattern: &str) -> Option<String> {
        if let Some(known) = self.patterns.get(pattern) {
            return known.clone();
        }
        let fault = pattern_fault(pattern);
        self.patterns.insert(pattern.to_owned(), fault.clone());
        fault
    }

    fn too_new(&mut self, what: &str, since: Version, code: &'static str, place: Place) {
        let message = format!("`{what}` is not known to {}", self.version);
        self.error(code, message, place, Some(format!("it came with {since}")));
    }

    pub(in crate::contract) fn wrong_kind(&mut self, node: &Node, at: &At<'_>, wanted: &str) {
        let name = at.name();
        let found = match node.kind() {
            "null" => "null".to_owned(),
            kind if kind.starts_with(['a', 'o']) => format!("an {kind}"),
            kind => format!("a {kind}"),
        };
        let place = self.spot(at, node.span);
        let written = || place.source.text().get(place.span.start as usize..place.span.end as usize);
        let hint = match &node.data {
            Data::Number(_) | Data::Bool(_) if wanted == "a string" => written().map(|t| format!("put it in quotes: \"{t}\"")),
            Data::Object(_) if wanted == "a string" && node.get("$ref").is_some() => Some(BUNDLE.to_owned()),
            Data::Null if wanted == "a string" => Some(format!("write text, or leave `{name}` away")),
            Data::String(text) if wanted == "a boolean" && matches!(text.as_str(), "yes" | "no" | "on" | "off") => {
                Some(format!("write `{}`", if matches!(text.as_str(), "yes" | "on") { "true" } else { "false" }))
            }
            Data::String(text) if matches!(wanted, "a boolean" | "a number") && text.parse::<serde_json::Value>().is_ok() => {
                Some("leave the quotes away".to_owned())
            }
            Data::String(_) if wanted == "a list of strings" => Some("put it in brackets: a list of one".to_owned()),
            Data::Object(_) if wanted == "a list" => Some("begin each entry with a hyphen, also where there is one".to_owned()),
            Data::Array(_) if wanted == "an object" && name == "examples" => {
                Some("examples stand under a name each: `name: {value: ...}`".to_owned())
            }
            _ => None,
        };
        self.error("contract/wrong-type", format!("`{name}` must be {wanted}, but is {found}"), place, hint);
    }

    fn object(&mut self, node: &Node, at: &At<'_>, object: &'static Object) {
        if !self.seen.insert((address(node), address(object))) {
            return;
        }
        for (key, child) in node.members().unwrap_or_default() {
            if object.extensible && key.text.starts_with("x-") {
                continue;
            }
            match object.fields.iter().find(|f| f.name == key.text) {
                Some(field) if field.since > self.version => {
                    let place = self.spot(at, key.span);
                    self.too_new(&key.text, field.since, "contract/unknown-field", place);
                }
                Some(field) => self.value(child, &at.key(key), field.kind),
                None => self.other_key(node, key, child, at, object),
            }
        }
        if stray_reference(node, object) {
            // What it lacks stands where the reference leads to.
            return;
        }
        let version = self.version;
        for field in object.fields.iter().filter(|f| f.required && f.since <= version && node.get(f.name).is_none()) {
            if !misspelt(node, object, field.name) {
                let message = format!("the {} lacks `{}`", object.name, field.name);
                let place = self.head(node, at);
                self.error("contract/missing-field", message, place, None);
            }
        }
        self.rules(node, at, object);
    }

    fn other_key(&mut self, node: &Node, key: &Key, child: &Node, at: &At<'_>, object: &'static Object) {
        let text = key.text.as_str();
        let place = |checker: &Self| checker.spot(at, key.span);
        match object.keys {
            Keys::Free => self.value(child, &at.key(key), object.other),
            Keys::Path if text.starts_with('/') => self.value(child, &at.key(key), object.other),
            Keys::Path => {
                let place = place(self);
                let hint = Some(format!("write `/{text}`"));
                self.error("contract/path", format!("the path `{text}` must begin with a slash"), place, hint);
            }
            Keys::Status if StatusPattern::parse(text).is_some() => self.value(child, &at.key(key), object.other),
            Keys::Status => {
                let upper = text.to_ascii_uppercase();
                let hint = if StatusPattern::parse(&upper).is_some() {
                    format!("did you mean `{upper}`?")
                } else {
                    "a status such as `404`, a range such as `4XX`, or `default`".to_owned()
                };
                let place = place(self);
                self.error("contract/status", format!("`{text}` is no status"), place, Some(hint));
            }
            // One word on all that belongs into the schema of a parameter.
            Keys::Named if rules::is_in_schema(text) && rules::in_schema(object, node).is_some_and(|first| first != text) => {}
            Keys::Named if text == "$ref" => {
                let place = place(self);
                let message = format!("a reference cannot stand in place of the {}", object.name);
                let hint = rules::misplaced(text, object).unwrap_or_else(|| BUNDLE.to_owned());
                self.error("contract/unknown-field", message, place, Some(hint));
            }
            Keys::Named => {
                let known = object.fields.iter().filter(|f| f.since <= self.version).map(|f| f.name);
                let message = format!("unknown field `{text}` in the {}", object.name);
                let hint = rules::misplaced(text, object).or_else(|| did_you_mean(text, known));
                let place = place(self);
                self.error("contract/unknown-field", message, place, hint);
            }
        }
    }
}

/// What to do about references where the specification has none.
const BUNDLE: &str = "only bundlers follow it there: bundle the spec into one file first, or refer to a whole path item, parameter, response or schema";

/// Whether an object is only a reference where none can stand.
pub(in crate::contract) fn stray_reference(node: &Node, object: &Object) -> bool {
    object.keys == Keys::Named && node.get("$ref").is_some() && !object.fields.iter().any(|f| f.name == "$ref")
}

/// Whether an unknown field of an object was probably meant as this one: then that is what is said.
pub(in crate::contract) fn misspelt(node: &Node, object: &Object, field: &str) -> bool {
    let known = || object.fields.iter().map(|f| f.name);
    let unknown = node.members().unwrap_or_default().iter().map(|(k, _)| k.text.as_str());
    let unknown = unknown.filter(|k| !k.starts_with("x-") && !known().any(|name| name == *k)).take(32);
    object.keys == Keys::Named && unknown.into_iter().any(|k| nearest(k, known()) == Some(field))
}
