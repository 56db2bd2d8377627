//! Builds the OpenAPI 3.0 tree from checked Swagger files.
//!
//! Every node made here carries the place of what it says again in other words. Reports only what has no counterpart.

use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::tree::{Data, Document, Key, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::swagger::check::Checked;
use crate::contract::swagger::table::METHODS;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// More nodes than this are not made.
const MOST_NODES: usize = 4_000_000;

/// A section of `components`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Schemas,
    Parameters,
    Bodies,
    Responses,
    Security,
}

impl Section {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Schemas => "schemas",
            Self::Parameters => "parameters",
            Self::Bodies => "requestBodies",
            Self::Responses => "responses",
            Self::Security => "securitySchemes",
        }
    }
}

/// Members of an object that is being made.
#[derive(Default)]
pub(super) struct Members(pub(super) Vec<(Key, Node)>);

impl Members {
    pub(super) fn put(&mut self, key: &str, span: Span, node: Node) {
        self.0.push((Key { text: key.to_owned(), span }, node));
    }

    pub(super) fn done(self, span: Span) -> Node {
        Node { data: Data::Object(self.0), span }
    }
}

pub(super) fn text(text: impl Into<String>, span: Span) -> Node {
    Node { data: Data::String(text.into()), span }
}

/// Media types as they were listed, each with its place.
pub(super) type Types = Vec<(String, Span)>;

pub(super) struct Converter<'a> {
    pub(super) checked: &'a mut Checked,
    /// Names of components, by where they were written.
    names: HashMap<(Section, Loc), String>,
    taken: HashSet<(Section, String)>,
    queue: VecDeque<(Section, Loc, String)>,
    pub(super) consumes: Types,
    pub(super) produces: Types,
    nodes: usize,
}

pub(super) fn convert(checked: &mut Checked) -> Node {
    let document = Arc::clone(&checked.files.list[0].document);
    let mut converter = Converter {
        consumes: types(document.root.get("consumes")),
        produces: types(document.root.get("produces")),
        checked,
        names: HashMap::new(),
        taken: HashSet::new(),
        queue: VecDeque::new(),
        nodes: 0,
    };
    converter.document(&document)
}

/// The media types of a list.
pub(super) fn types(node: Option<&Node>) -> Types {
    let items = node.and_then(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| Some((item.as_str()?.to_owned(), item.span))).collect()
}

impl Converter<'_> {
    pub(super) fn files(&self) -> &Files {
        &self.checked.files
    }

    /// False when no more nodes are to be made.
    pub(super) fn charge(&mut self, nodes: usize) -> bool {
        self.nodes = self.nodes.saturating_add(nodes);
        self.nodes <= MOST_NODES
    }

    /// A copy of a node as it is.
    pub(super) fn copy(&mut self, node: &Node) -> Node {
        if self.charge(size(node)) { node.clone() } else { Node { data: Data::Null, span: node.span } }
    }

    fn document(&mut self, document: &Document) -> Node {
        let root = &document.root;
        self.reserve(root);
        let mut out = Members::default();
        for (key, node) in root.members().unwrap_or_default() {
            match key.text.as_str() {
                "swagger" => out.put("openapi", key.span, text("3.0.3", node.span)),
                "paths" => {
                    let servers = self.servers(root, root.get("schemes"));
                    out.0.extend(servers.map(|list| (Key { text: "servers".to_owned(), span: list.span }, list)));
                    let paths = self.paths(node);
                    out.put("paths", key.span, paths);
                }
                "security" => {
                    let list = self.security(node);
                    out.put("security", key.span, list);
                }
                "info" | "tags" | "externalDocs" => {
                    let copy = self.copy(node);
                    out.put(&key.text, key.span, copy);
                }
                name if name.starts_with("x-") => {
                    let copy = self.copy(node);
                    out.put(name, key.span, copy);
                }
                _ => {}
            }
        }
        if let Some((span, components)) = self.components(root) {
            out.put("components", span, components);
        }
        if self.nodes > MOST_NODES {
            self.checked.error("contract/unusable", "references make the document larger than is read", root.span, None);
        }
        out.done(root.span)
    }

    /// Gives the components of the first file their own names before others can take them; legal names first.
    fn reserve(&mut self, root: &Node) {
        for legal in [true, false] {
            for (section, home) in
                [(Section::Schemas, "definitions"), (Section::Responses, "responses"), (Section::Security, "securityDefinitions")]
            {
                for (key, _) in root.get(home).and_then(Node::members).unwrap_or_default() {
                    let at = Loc::new(0, Pointer::root().push(home).push(&key.text));
                    if (sanitized(&key.text) == key.text) == legal && !key.text.starts_with("x-") {
                        self.name(section, &at, &key.text);
                    }
                }
            }
            for (key, _) in root.get("parameters").and_then(Node::members).unwrap_or_default() {
                let at = Loc::new(0, Pointer::root().push("parameters").push(&key.text));
                let Some(target) = self.files().follow(&at) else { continue };
                let location = self.files().node(&target).and_then(|n| n.get("in")).and_then(Node::as_str);
                let section = match location {
                    Some("body") => Section::Bodies,
                    Some("query" | "header" | "path") => Section::Parameters,
                    _ => continue,
                };
                if (sanitized(&key.text) == key.text) == legal && !key.text.starts_with("x-") {
                    self.name(section, &at, &key.text);
                }
            }
        }
    }

    /// The name of the component that is written at `at`; it is made later if that was not asked for before.
    fn name(&mut self, section: Section, at: &Loc, wanted: &str) -> String {
        if let Some(name) = self.names.get(&(section, at.clone())) {
            return name.clone();
        }
        let wanted = sanitized(wanted);
        let mut name = wanted.clone();
        let mut count = 1;
        while !self.taken.insert((section, name.clone())) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        self.names.insert((section, at.clone()), name.clone());
        self.queue.push_back((section, at.clone(), name.clone()));
        name
    }

    /// The reference to the component that `at` is or becomes.
    pub(super) fn reference(&mut self, section: Section, at: &Loc) -> String {
        let stem = |path: &str| {
            let file = path.rsplit('/').next().unwrap_or_default();
            file.split('.').next().unwrap_or_default().to_owned()
        };
        let wanted = at.pointer.tokens().last().unwrap_or_else(|| stem(&self.files().list[at.file].path));
        let name = self.name(section, at, &wanted);
        format!("#/components/{}/{name}", section.name())
    }

    /// What a reference in a file names.
    pub(super) fn target(&self, file: usize, reference: &str) -> Option<Loc> {
        self.files().resolve(&Loc::new(file, Pointer::root()), reference).ok()
    }

    fn components(&mut self, root: &Node) -> Option<(Span, Node)> {
        let mut made: Vec<(Section, Key, Node)> = Vec::new();
        while let Some((section, at, name)) = self.queue.pop_front() {
            let file = Arc::clone(&self.files().list[at.file].document);
            let Some(node) = file.at(&at.pointer) else { continue };
            if !self.charge(1) {
                break;
            }
            let span = self.key_span(&at, node);
            let component = match section {
                Section::Schemas => self.schema(node, at.file),
                Section::Security => self.security_scheme(node),
                Section::Parameters | Section::Bodies | Section::Responses => {
                    let Some(target) = self.files().follow(&at) else { continue };
                    let file = Arc::clone(&self.files().list[target.file].document);
                    let Some(node) = file.at(&target.pointer) else { continue };
                    match section {
                        Section::Parameters => self.parameter(node),
                        Section::Bodies => {
                            let consumes = self.consumes.clone();
                            self.body(node, target.file, &consumes)
                        }
                        _ => {
                            let produces = self.produces.clone();
                            self.response(node, target.file, &produces)
                        }
                    }
                }
            };
            made.push((section, Key { text: name, span }, component));
        }
        let home = ["definitions", "parameters", "responses", "securityDefinitions"].iter().find_map(|home| root.entry(home));
        let span = home.map(|(key, _)| key.span).or(made.first().map(|(_, key, _)| key.span))?;
        let mut out = Members::default();
        for section in [Section::Schemas, Section::Responses, Section::Parameters, Section::Bodies, Section::Security] {
            let mut own = Members::default();
            let (these, others): (Vec<_>, Vec<_>) = made.into_iter().partition(|(s, ..)| *s == section);
            made = others;
            own.0.extend(these.into_iter().map(|(_, key, node)| (key, node)));
            if let Some((first, _)) = own.0.first() {
                let first = first.span;
                out.put(section.name(), first, own.done(first));
            }
        }
        (!out.0.is_empty()).then(|| (span, out.done(span)))
    }

    fn key_span(&self, at: &Loc, node: &Node) -> Span {
        let parent = at.pointer.parent().and_then(|p| self.files().node(&Loc::new(at.file, p)));
        let entry = parent.zip(at.pointer.tokens().last()).and_then(|(parent, last)| parent.entry(&last));
        entry.map_or(node.span, |(key, _)| key.span)
    }

    /// One server for each scheme; a path alone where no host is named.
    fn servers(&mut self, root: &Node, schemes: Option<&Node>) -> Option<Node> {
        let (host, base) = (root.get("host"), root.get("basePath"));
        let path = base.and_then(Node::as_str).unwrap_or_default().trim_end_matches('/');
        let Some((host, name)) = host.and_then(|h| Some((h, h.as_str()?))) else {
            let base = base?;
            let mut server = Members::default();
            server.put("url", base.span, text(if path.is_empty() { "/" } else { path }, base.span));
            return Some(Node { data: Data::Array(vec![server.done(base.span)]), span: base.span });
        };
        let mut listed: Vec<(String, Span)> = types(schemes);
        if listed.is_empty() {
            // Swagger means the scheme that the document itself was got with, which for a file is none.
            listed.push(("https".to_owned(), host.span));
        }
        let servers = listed.into_iter().map(|(scheme, span)| {
            let mut server = Members::default();
            server.put("url", span, text(format!("{scheme}://{name}{path}"), span));
            server.done(span)
        });
        Some(Node { data: Data::Array(servers.collect()), span: schemes.map_or(host.span, |s| s.span) })
    }

    fn paths(&mut self, paths: &Node) -> Node {
        let mut out = Members::default();
        for (key, item) in paths.members().unwrap_or_default() {
            let item = if key.text.starts_with("x-") {
                self.copy(item)
            } else {
                let at = Loc::new(0, Pointer::root().push("paths").push(&key.text));
                self.path_item(item, &at)
            };
            out.put(&key.text, key.span, item);
        }
        out.done(paths.span)
    }

    /// A path item, with what it refers to put in its place; its own fields outweigh those.
    fn path_item(&mut self, item: &Node, at: &Loc) -> Node {
        let mut out = Members::default();
        let root = Arc::clone(&self.files().list[0].document);
        let mut layers = vec![(item.clone(), at.file)];
        if item.get("$ref").is_some()
            && let Some(target) = self.files().follow(at)
            && let Some(node) = self.files().node(&target)
        {
            layers.push((node.clone(), target.file));
        }
        for (layer, file) in &layers {
            let shared = layer.get("parameters").and_then(Node::items).unwrap_or_default();
            let shared = self.used(shared, *file);
            for (key, node) in layer.members().unwrap_or_default() {
                if out.0.iter().any(|(k, _)| k.text == key.text) {
                    continue;
                }
                match key.text.as_str() {
                    "parameters" => {
                        if let Some(list) = self.parameters(&shared, node.span) {
                            out.put("parameters", key.span, list);
                        }
                    }
                    method if METHODS.contains(&method) => {
                        let operation = self.operation(node, *file, &shared, key.span, &root.root);
                        out.put(method, key.span, operation);
                    }
                    name if name.starts_with("x-") => {
                        let copy = self.copy(node);
                        out.put(name, key.span, copy);
                    }
                    _ => {}
                }
            }
        }
        out.done(item.span)
    }

    fn operation(&mut self, node: &Node, file: usize, shared: &[super::body::Used], key: Span, root: &Node) -> Node {
        let own = node.get("parameters").and_then(Node::items).unwrap_or_default();
        let own = self.used(own, file);
        let consumes = node.get("consumes").map_or_else(|| self.consumes.clone(), |n| types(Some(n)));
        let produces = node.get("produces").map_or_else(|| self.produces.clone(), |n| types(Some(n)));
        let mut body = self.request_body(&own, shared, &consumes);
        let mut out = Members::default();
        for (name, child) in node.members().unwrap_or_default() {
            match name.text.as_str() {
                "consumes" | "produces" => {}
                "parameters" => {
                    if let Some(list) = self.parameters(&own, child.span) {
                        out.put("parameters", name.span, list);
                    }
                    if let Some((span, body)) = body.take() {
                        out.put("requestBody", span, body);
                    }
                }
                "responses" => {
                    let responses = self.responses(child, file, &produces);
                    out.put("responses", name.span, responses);
                }
                "schemes" => {
                    let servers = root.get("host").and_then(|_| self.servers(root, Some(child)));
                    out.0.extend(servers.map(|list| (Key { text: "servers".to_owned(), span: name.span }, list)));
                }
                "security" => {
                    let list = self.security(child);
                    out.put("security", name.span, list);
                }
                other => {
                    let copy = self.copy(child);
                    out.put(other, name.span, copy);
                }
            }
        }
        if let Some((_, body)) = body {
            out.put("requestBody", key, body);
        }
        out.done(node.span)
    }

    /// Requirements name schemes as they are named in `components`.
    fn security(&mut self, list: &Node) -> Node {
        let mut list = self.copy(list);
        if let Data::Array(items) = &mut list.data {
            for (key, _) in
                items.iter_mut().filter_map(|i| if let Data::Object(m) = &mut i.data { Some(m) } else { None }).flatten()
            {
                let at = Loc::new(0, Pointer::root().push("securityDefinitions").push(&key.text));
                if let Some(name) = self.names.get(&(Section::Security, at)) {
                    key.text.clone_from(name);
                }
            }
        }
        list
    }

    fn security_scheme(&mut self, node: &Node) -> Node {
        let kind = node.get("type").and_then(Node::as_str).unwrap_or_default().to_owned();
        let flow = node.get("flow").map(|n| (n.as_str().unwrap_or_default().to_owned(), n.span));
        let mut out = Members::default();
        let mut inner = Members::default();
        for (key, child) in node.members().unwrap_or_default() {
            match (key.text.as_str(), kind.as_str()) {
                ("type", "basic") => {
                    out.put("type", key.span, text("http", child.span));
                    out.put("scheme", key.span, text("basic", child.span));
                }
                ("flow", _) => {}
                ("authorizationUrl" | "tokenUrl" | "scopes", "oauth2") => {
                    let copy = self.copy(child);
                    inner.put(&key.text, key.span, copy);
                }
                _ => {
                    let copy = self.copy(child);
                    out.put(&key.text, key.span, copy);
                }
            }
        }
        if let Some((flow, span)) = flow.filter(|_| kind == "oauth2") {
            let name = match flow.as_str() {
                "application" => "clientCredentials",
                "accessCode" => "authorizationCode",
                other => other,
            };
            let mut flows = Members::default();
            flows.put(name, span, inner.done(span));
            out.put("flows", span, flows.done(span));
        }
        out.done(node.span)
    }
}

/// A name that a component may have.
fn sanitized(name: &str) -> String {
    let legal = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    if name.is_empty() { "_".to_owned() } else { name.chars().map(legal).collect() }
}

/// How many nodes there are.
pub(super) fn size(node: &Node) -> usize {
    1 + match &node.data {
        Data::Array(items) => items.iter().map(size).sum(),
        Data::Object(members) => members.iter().map(|(_, node)| size(node)).sum::<usize>(),
        _ => 0,
    }
}
