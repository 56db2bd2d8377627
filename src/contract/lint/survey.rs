//! What the rules look at: every operation, body, parameter and schema of a contract, each once, and what is reached from where.
//!
//! Walks the documents as they were written, references followed. Judges nothing and reports nothing.

pub(super) use super::subject::{At, Callback, Caller, Directions, Field, Holder, Link, Media, Operation, Response, Schema};
use crate::base::pointer::Pointer;
use crate::contract::api::Contract;
use crate::contract::files::{Files, Loc};
use crate::contract::model::{Direction, StatusPattern};
use std::collections::{HashMap, HashSet};

const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// The sections of `components`, and what lives there.
pub(super) const SECTIONS: &[&str] = &[
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "pathItems",
    "mediaTypes",
];

/// Everything the rules look at.
pub(super) struct Survey<'a> {
    pub(super) contract: &'a Contract,
    pub(super) files: &'a Files,
    /// Written in OpenAPI 3.0.
    pub(super) is_30: bool,
    pub(super) root: At<'a>,
    pub(super) operations: Vec<Operation<'a>>,
    pub(super) media: Vec<Media<'a>>,
    pub(super) parameters: Vec<Field<'a>>,
    pub(super) headers: Vec<Field<'a>>,
    pub(super) schemas: Vec<Schema<'a>>,
    pub(super) links: Vec<Link<'a>>,
    pub(super) callbacks: Vec<Callback<'a>>,
    /// The components that something leads to.
    pub(super) used: HashSet<Loc>,
    /// The components that something leads to which may be unused itself.
    pub(super) mentioned: HashSet<Loc>,
    index: HashMap<Loc, usize>,
    seen: HashSet<Loc>,
    queue: Vec<(At<'a>, Directions, bool)>,
    /// Schemas that are made of another one by `allOf`: from the other one.
    heirs: HashMap<Loc, Vec<Loc>>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(contract: &'a Contract) -> Option<Self> {
        let files = &contract.files;
        let loc = Loc::new(0, Pointer::root());
        let root = At { node: files.node(&loc)?, loc };
        let mut survey = Self {
            contract,
            files,
            is_30: contract.openapi.starts_with("3.0") || contract.openapi.starts_with('2'),
            root: root.clone(),
            operations: Vec::new(),
            media: Vec::new(),
            parameters: Vec::new(),
            headers: Vec::new(),
            schemas: Vec::new(),
            links: Vec::new(),
            callbacks: Vec::new(),
            used: HashSet::new(),
            mentioned: HashSet::new(),
            index: HashMap::new(),
            seen: HashSet::new(),
            queue: Vec::new(),
            heirs: HashMap::new(),
        };
        survey.note_heirs();
        for (section, caller) in [("paths", Caller::Client), ("webhooks", Caller::Api)] {
            for (path, item) in root.child(section).iter().flat_map(At::members) {
                survey.path_item(&item, path, caller);
            }
        }
        survey.security(&root);
        survey.drain();
        survey.inherit();
        survey.unused();
        Some(survey)
    }

    /// Something that is used leads to the component.
    pub(super) fn is_used(&self, component: &Loc) -> bool {
        self.used.contains(component)
    }

    pub(super) fn at(&self, loc: &Loc) -> Option<At<'a>> {
        self.files.node(loc).map(|node| At { loc: loc.clone(), node })
    }

    /// What a reference in `at` names.
    pub(super) fn target(&self, at: &At<'a>) -> Option<At<'a>> {
        let loc = self.files.resolve(&at.loc, at.text("$ref")?).ok()?;
        self.at(&loc)
    }

    /// Follows references and notes what they lead through.
    fn follow(&mut self, at: &At<'a>) -> Option<At<'a>> {
        let mut at = at.clone();
        for _ in 0..64 {
            if !at.has("$ref") {
                return Some(at);
            }
            at = self.target(&at)?;
            self.note(&at.loc);
        }
        None
    }

    fn note(&mut self, loc: &Loc) {
        if let Some(component) = component(loc) {
            self.used.insert(component);
        }
    }

    fn path_item(&mut self, written: &At<'a>, path: &'a str, caller: Caller) {
        let Some(item) = self.follow(written) else { return };
        // Since 3.1 fields beside the reference count as well; those of the target come first here.
        let shared: Vec<At<'a>> = item.child("parameters").iter().flat_map(At::items).collect();
        let mut found: Vec<(String, At<'a>)> = item
            .members()
            .filter(|(key, child)| METHODS.contains(key) && child.node.members().is_some())
            .map(|(key, child)| (key.to_ascii_uppercase(), child))
            .collect();
        found.extend(item.child("additionalOperations").iter().flat_map(At::members).map(|(k, c)| (k.to_owned(), c)));
        for (method, at) in found {
            if self.seen.insert(at.loc.clone()) {
                self.operation(at, method, path, caller, &shared);
            }
        }
    }

    fn operation(&mut self, at: At<'a>, method: String, path: &'a str, caller: Caller, shared: &[At<'a>]) {
        let mut parameters: Vec<At<'a>> = Vec::new();
        let own: Vec<At<'a>> = at.child("parameters").iter().flat_map(At::items).collect();
        for written in shared.iter().chain(&own) {
            if let Some(found) = self.parameter(written) {
                let same = |p: &At<'a>| p.text("name") == found.text("name") && p.text("in") == found.text("in");
                parameters.retain(|p| !same(p));
                parameters.push(found);
            }
        }
        let body = at.child("requestBody").and_then(|b| self.body(&b));
        let mut responses = Vec::new();
        for (key, written) in at.child("responses").iter().flat_map(At::members) {
            if let (Some(pattern), Some(at)) = (StatusPattern::parse(key), self.response(&written)) {
                responses.push(Response { pattern, written: written.loc, at });
            }
        }
        self.security(&at);
        let index = self.operations.len();
        for response in &responses {
            let links: Vec<At<'a>> = response.at.child("links").iter().flat_map(At::members).map(|(_, l)| l).collect();
            for link in links {
                if let Some(link) = self.follow(&link) {
                    self.links.push(Link { at: link, operation: index, response: response.at.clone() });
                }
            }
        }
        let callbacks = at.child("callbacks");
        self.operations.push(Operation { at, method, path, caller, parameters, body, responses });
        for (_, written) in callbacks.iter().flat_map(At::members) {
            let Some(callback) = self.follow(&written) else { continue };
            for (expression, item) in callback.members() {
                self.callbacks.push(Callback { at: item.clone(), expression, operation: index });
                self.path_item(&item, expression, Caller::Api);
            }
        }
    }

    /// Notes the security schemes that the requirements of `owner` name.
    fn security(&mut self, owner: &At<'a>) {
        for requirement in owner.child("security").iter().flat_map(At::items) {
            for (name, _) in requirement.named() {
                let loc = Loc::new(0, Pointer::from_escaped("/components/securitySchemes")).push(name);
                match self.files.node(&loc) {
                    Some(_) => {
                        self.used.insert(loc.clone());
                        if let Some(scheme) = self.at(&loc) {
                            self.follow(&scheme);
                        }
                    }
                    None => {
                        if let Ok(target) = self.files.resolve(&requirement.loc, name) {
                            self.note(&target);
                        }
                    }
                }
            }
        }
    }

    fn parameter(&mut self, written: &At<'a>) -> Option<At<'a>> {
        let at = self.follow(written)?;
        if self.seen.insert(at.loc.clone()) {
            self.field(&at, Holder::Parameter);
            self.parameters.push(Field { at: at.clone(), direction: Direction::Request });
        }
        Some(at)
    }

    fn header(&mut self, written: &At<'a>, direction: Direction) {
        let Some(at) = self.follow(written) else { return };
        if self.seen.insert(at.loc.clone()) {
            self.field(&at, if direction == Direction::Request { Holder::Parameter } else { Holder::Header });
            self.headers.push(Field { at, direction });
        }
    }

    fn field(&mut self, at: &At<'a>, holder: Holder) {
        if let Some(schema) = at.child("schema") {
            self.queue.push((schema, Directions::only(holder.direction()), false));
        }
        self.examples(at);
        self.content(at, holder);
    }

    fn body(&mut self, written: &At<'a>) -> Option<At<'a>> {
        let at = self.follow(written)?;
        if self.seen.insert(at.loc.clone()) {
            self.content(&at, Holder::Request);
        }
        Some(at)
    }

    fn response(&mut self, written: &At<'a>) -> Option<At<'a>> {
        let at = self.follow(written)?;
        if self.seen.insert(at.loc.clone()) {
            for (_, header) in at.child("headers").iter().flat_map(At::named) {
                self.header(&header, Direction::Response);
            }
            self.content(&at, Holder::Response);
        }
        Some(at)
    }

    fn content(&mut self, owner: &At<'a>, holder: Holder) {
        for (name, written) in owner.child("content").iter().flat_map(At::named) {
            if let Some(at) = self.follow(&written) {
                self.media(at, name, holder);
            }
        }
    }

    fn media(&mut self, at: At<'a>, name: &'a str, holder: Holder) {
        if !self.seen.insert(at.loc.clone()) {
            return;
        }
        for key in ["schema", "itemSchema"] {
            if let Some(schema) = at.child(key) {
                self.queue.push((schema, Directions::only(holder.direction()), false));
            }
        }
        for (_, part) in at.child("encoding").iter().flat_map(At::named) {
            for (_, header) in part.child("headers").iter().flat_map(At::named) {
                self.header(&header, holder.direction());
            }
        }
        self.examples(&at);
        self.media.push(Media { at, name, holder });
    }

    fn examples(&mut self, owner: &At<'a>) {
        for (_, example) in owner.child("examples").iter().flat_map(At::named) {
            self.follow(&example);
        }
    }

    /// Visits the schemas that wait, and those that they lead to.
    fn drain(&mut self) {
        while let Some((at, directions, in_place)) = self.queue.pop() {
            match self.index.get(&at.loc) {
                Some(index) => {
                    let known = &mut self.schemas[*index];
                    if known.directions.covers(directions) {
                        continue;
                    }
                    known.directions = known.directions.and(directions);
                }
                None => {
                    self.index.insert(at.loc.clone(), self.schemas.len());
                    self.schemas.push(Schema { at: at.clone(), directions, in_place });
                }
            }
            self.below(&at, directions);
        }
    }

    fn below(&mut self, at: &At<'a>, directions: Directions) {
        for key in ["$ref", "$dynamicRef"] {
            if let Some(text) = at.text(key)
                && let Ok(loc) = self.files.resolve(&at.loc, text)
                && let Some(target) = self.at(&loc)
            {
                self.note(&loc);
                self.queue.push((target, directions, false));
            }
        }
        if self.is_30 && at.has("$ref") {
            return;
        }
        for (key, node) in at.node.members().unwrap_or_default() {
            let key = key.text.as_str();
            let in_place = matches!(key, "allOf" | "oneOf" | "anyOf" | "not" | "if" | "then" | "else" | "dependentSchemas");
            let child = || At { loc: at.loc.push(key), node };
            match key {
                "items"
                | "not"
                | "if"
                | "then"
                | "else"
                | "additionalProperties"
                | "contains"
                | "propertyNames"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contentSchema" => {
                    self.queue.push((child(), directions, in_place));
                }
                "allOf" | "oneOf" | "anyOf" | "prefixItems" => {
                    self.queue.extend(child().items().map(|item| (item, directions, in_place)));
                }
                "properties" | "patternProperties" | "dependentSchemas" | "$defs" | "definitions" => {
                    self.queue.extend(child().named().map(|(_, member)| (member, directions, in_place)));
                }
                "discriminator" => {
                    for target in self.mapped(&child()) {
                        self.note(&target.loc);
                        self.queue.push((target, directions, false));
                    }
                }
                _ => {}
            }
        }
    }

    /// The schemas that a discriminator names.
    fn mapped(&self, discriminator: &At<'a>) -> Vec<At<'a>> {
        let mapping = discriminator.child("mapping");
        let mut texts: Vec<&str> = mapping.iter().flat_map(At::named).filter_map(|(_, v)| v.node.as_str()).collect();
        texts.extend(discriminator.text("defaultMapping"));
        texts.into_iter().filter_map(|text| self.named_schema(&discriminator.loc, text)).collect()
    }

    /// A schema by the name of its component, or by reference.
    pub(super) fn named_schema(&self, from: &Loc, text: &str) -> Option<At<'a>> {
        let component = Loc::new(0, Pointer::from_escaped("/components/schemas")).push(text);
        self.at(&component).or_else(|| self.at(&self.files.resolve(from, text).ok()?))
    }

    /// Notes, for every component, which others are made of it by `allOf`.
    fn note_heirs(&mut self) {
        let schemas = self.root.child("components").and_then(|c| c.child("schemas"));
        for (_, schema) in schemas.iter().flat_map(At::named) {
            for member in schema.child("allOf").iter().flat_map(At::items) {
                if let Some(parent) = self.target(&member) {
                    self.heirs.entry(parent.loc).or_default().push(schema.loc.clone());
                }
            }
        }
    }

    /// A value of a schema with a discriminator may be one of each schema made of it: those count as used too.
    fn inherit(&mut self) {
        let mut done: HashSet<Loc> = HashSet::new();
        loop {
            let parents: Vec<(Loc, Directions)> = self
                .schemas
                .iter()
                .filter(|s| s.at.has("discriminator") && !done.contains(&s.at.loc))
                .map(|s| (s.at.loc.clone(), s.directions))
                .collect();
            if parents.is_empty() {
                return;
            }
            for (parent, directions) in parents {
                let mut waiting = vec![parent.clone()];
                while let Some(loc) = waiting.pop() {
                    if !done.insert(loc.clone()) && loc != parent {
                        continue;
                    }
                    for heir in self.heirs.get(&loc).cloned().unwrap_or_default() {
                        self.used.insert(heir.clone());
                        self.queue.extend(self.at(&heir).map(|at| (at, directions, false)));
                        waiting.push(heir);
                    }
                }
            }
            self.drain();
        }
    }

    /// What nothing leads to is looked at all the same; only what is used is kept apart from it.
    fn unused(&mut self) {
        let used = self.used.clone();
        let Some(components) = self.root.child("components") else { return };
        for section in SECTIONS {
            for (name, at) in components.child(section).iter().flat_map(At::named) {
                match *section {
                    "schemas" => self.queue.push((at, Directions::default(), false)),
                    "responses" => {
                        self.response(&at);
                    }
                    "parameters" => {
                        self.parameter(&at);
                    }
                    "requestBodies" => {
                        self.body(&at);
                    }
                    "headers" => self.header(&at, Direction::Response),
                    "mediaTypes" => self.media(at, name, Holder::Response),
                    _ => {}
                }
            }
        }
        self.drain();
        self.mentioned = std::mem::replace(&mut self.used, used);
    }
}

/// The component that a place belongs to; only those of the first file count.
fn component(loc: &Loc) -> Option<Loc> {
    let tokens: Vec<String> = loc.pointer.tokens().take(3).collect();
    match tokens.as_slice() {
        [components, section, name] if components == "components" && loc.file == 0 => {
            Some(Loc::new(0, Pointer::root().push(components).push(section).push(name)))
        }
        _ => None,
    }
}
