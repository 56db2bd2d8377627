//! The files of one contract, and what a `$ref` in them names.
//!
//! Resolves references to places in documents already read. Never reads a file by itself and never looks into what it finds.

use crate::base::distance::{did_you_mean, nearest};
use crate::base::pointer::Pointer;
use crate::base::source::{Place, Source};
use crate::base::tree::{Document, Node};
use crate::contract::dialect::Dialect;
use crate::contract::index::{Index, LARGE, Walk, address};
use crate::contract::model::SchemaRef;
use crate::contract::route::percent_decode;
use crate::contract::uri;
use crate::schema::meta_schema;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// A place in the files: which file, and where in it.
pub(in crate::contract) type Loc = SchemaRef;

impl Loc {
    pub(in crate::contract) fn new(file: usize, pointer: Pointer) -> Self {
        Self { file, pointer }
    }

    pub(in crate::contract) fn push(&self, token: impl std::fmt::Display) -> Self {
        Self { file: self.file, pointer: self.pointer.push(token) }
    }
}

/// One file, by its path relative to the folder of the first.
#[derive(Debug)]
pub(in crate::contract) struct File {
    pub(in crate::contract) path: String,
    pub(in crate::contract) document: Arc<Document>,
    index: Index,
    /// The resource that the file is as a whole.
    resource: usize,
}

impl File {
    /// The node at a pointer, or the nearest one above it, and whether it is the very node.
    fn reach(&self, pointer: &Pointer) -> (&Node, bool) {
        let mut node = &self.document.root;
        for token in pointer.as_str().split('/').skip(1) {
            match self.child(node, &unescaped(token)) {
                Some(child) => node = child,
                None => return (node, false),
            }
        }
        (node, true)
    }

    fn child<'n>(&self, node: &'n Node, token: &str) -> Option<&'n Node> {
        if let Some(members) = node.members().filter(|m| m.len() > LARGE)
            && let Some(positions) = self.index.large.get(&address(node))
        {
            return positions.get(token).and_then(|i| members.get(*i)).map(|(_, child)| child);
        }
        node.child(token)
    }

    /// What is noted for the nearest place at or above a pointer.
    fn nearest<'n, T>(noted: &'n HashMap<String, T>, pointer: &Pointer) -> Option<(&'n T, usize)> {
        if noted.is_empty() {
            return None;
        }
        let mut text = pointer.as_str();
        loop {
            if let Some(found) = noted.get(text) {
                return Some((found, text.len()));
            }
            text = &text[..text.rfind('/')?];
        }
    }
}

fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

/// A schema with a URI of its own, or a whole file.
#[derive(Debug)]
pub(in crate::contract) struct Resource {
    pub(in crate::contract) at: Loc,
    /// The base of the references in it.
    pub(in crate::contract) uri: String,
}

/// The schema that an anchor names.
#[derive(Debug)]
pub(in crate::contract) struct Anchor {
    pub(in crate::contract) at: Loc,
    pub(in crate::contract) dynamic: bool,
}

/// What has a name in any of the files.
#[derive(Debug, Default)]
pub(in crate::contract) struct Names {
    pub(in crate::contract) resources: Vec<Resource>,
    /// Resources by their absolute URIs, and files by their paths.
    pub(in crate::contract) by_uri: HashMap<String, usize>,
    /// Anchors by resource and name.
    pub(in crate::contract) anchors: HashMap<(usize, String), Anchor>,
    /// Each `$schema` that names no dialect known here, and its text.
    pub(in crate::contract) unknown: Vec<(Loc, String)>,
    /// Some reference depends on the way on which it was reached.
    pub(in crate::contract) dynamic: bool,
}

/// All files of a contract; the first is the one it was loaded from.
#[derive(Debug, Default)]
pub(in crate::contract) struct Files {
    pub(in crate::contract) list: Vec<File>,
    names: Names,
    /// The folder that `$self` of the first file names, and the folder that it was read from.
    own_folder: Option<(String, String)>,
}

/// Why a reference names nothing.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::contract) struct Unresolved {
    pub(in crate::contract) message: String,
    pub(in crate::contract) hint: Option<String>,
}

impl Files {
    pub(in crate::contract) fn node(&self, loc: &Loc) -> Option<&Node> {
        let (node, found) = self.list.get(loc.file)?.reach(&loc.pointer);
        found.then_some(node)
    }

    /// The place of `loc`, or of the nearest thing above it that was written.
    pub(in crate::contract) fn place(&self, loc: &Loc) -> Place {
        let file = &self.list[loc.file];
        file.document.place(file.reach(&loc.pointer).0.span)
    }

    /// The place of a member's key, so that a diagnostic underlines the name and not all that it holds.
    pub(in crate::contract) fn key_place(&self, loc: &Loc) -> Place {
        let document = &self.list[loc.file].document;
        let key = loc.pointer.parent().zip(loc.pointer.tokens().last());
        let entry = key.and_then(|(parent, last)| Some((self.node(&Loc::new(loc.file, parent))?.entry(&last)?.0.span, ())));
        entry.map_or_else(|| self.place(loc), |(span, ())| document.place(span))
    }

    /// The file that must be read before a reference written at `from` can be resolved, as a path relative to the folder of
    /// the first file or as a URL; `None` when what it names is known already.
    pub(in crate::contract) fn path_of(&self, from: &Loc, reference: &str) -> Option<String> {
        let (document, _) = uri::split(reference);
        if document.is_empty() {
            return None;
        }
        let target = uri::join(&self.resource(from).uri, document);
        if self.names.by_uri.contains_key(&target) { None } else { Some(self.read_from(target)) }
    }

    /// Where a document is read from: beside the first one when it stands beside it by its URI.
    fn read_from(&self, uri: String) -> String {
        match &self.own_folder {
            Some((own, folder)) => match uri.strip_prefix(own.as_str()) {
                Some(rest) if !rest.is_empty() => uri::join(folder, rest),
                _ => uri,
            },
            None => uri,
        }
    }

    /// Adds a file, noting what has a name in it.
    pub(in crate::contract) fn add(&mut self, path: String, document: Document) -> usize {
        let file = self.list.len();
        let document = Arc::new(document);
        let root = &document.root;
        let text = |key: &str| root.get(key).and_then(Node::as_str);
        let mut own = path.clone();
        if let Some((uri, folder)) = &self.own_folder
            && !uri::is_absolute(&path)
        {
            own = uri::join(uri, path.strip_prefix(folder.as_str()).unwrap_or(&path));
        }
        if let Some(name) = text("$self").filter(|_| text("openapi").is_some()) {
            own = uri::join(&own, name);
            if file == 0 && uri::is_absolute(&own) {
                let folder = own.rfind('/').map_or(own.clone(), |i| own[..=i].to_owned());
                self.own_folder = Some((folder, path.rfind('/').map_or(String::new(), |i| path[..=i].to_owned())));
            }
        }
        let resource = self.names.resources.len();
        for name in [&own, &path] {
            self.names.by_uri.entry(name.clone()).or_insert(resource);
        }
        self.names.resources.push(Resource { at: Loc::new(file, Pointer::root()), uri: own });
        let dialect = self.dialect_of_file(root);
        let mut walk = Walk::new(&mut self.names, file);
        walk.root(root, resource, dialect);
        let index = walk.index;
        self.list.push(File { path, document, index, resource });
        file
    }

    /// The dialect of schemas in a file that name none themselves.
    fn dialect_of_file(&mut self, root: &Node) -> Dialect {
        let text = |key: &str| root.get(key).and_then(Node::as_str);
        match (text("openapi").or_else(|| text("swagger")), self.list.first()) {
            (None, Some(first)) => first.index.dialect.unwrap_or(Dialect::Draft202012),
            (Some(version), _) if version.starts_with("3.0") || version.starts_with('2') => Dialect::OpenApi30,
            _ => match text("jsonSchemaDialect") {
                Some(uri) => Dialect::named(uri).unwrap_or_else(|| {
                    let at = Loc::new(self.list.len(), Pointer::root().push("jsonSchemaDialect"));
                    self.names.unknown.push((at, uri.to_owned()));
                    Dialect::Draft202012
                }),
                None => Dialect::Draft202012,
            },
        }
    }

    /// Each `$schema` and `jsonSchemaDialect` that names no dialect known here, with its text; such schemas are read as
    /// JSON Schema 2020-12.
    pub(in crate::contract) fn unknown_dialects(&self) -> &[(Loc, String)] {
        &self.names.unknown
    }

    /// Whether a reference anywhere depends on the way on which it was reached.
    pub(in crate::contract) fn is_dynamic(&self) -> bool {
        self.names.dynamic
    }

    /// The dialect of the schema at `loc`.
    pub(in crate::contract) fn dialect(&self, loc: &Loc) -> Dialect {
        let file = &self.list[loc.file];
        let found = File::nearest(&file.index.dialects, &loc.pointer).map(|(dialect, _)| *dialect);
        found.or(file.index.dialect).unwrap_or(Dialect::Draft202012)
    }

    /// The dialect of every schema in a file, when no schema there names another.
    pub(in crate::contract) fn only_dialect(&self, file: usize) -> Option<Dialect> {
        let index = &self.list[file].index;
        index.dialects.is_empty().then(|| index.dialect.unwrap_or(Dialect::Draft202012))
    }

    fn resource_number(&self, at: &Loc) -> usize {
        let file = &self.list[at.file];
        File::nearest(&file.index.resources, &at.pointer).map_or(file.resource, |(found, _)| *found)
    }

    /// The resource that a place belongs to: the nearest schema with an identifier around it, else the file.
    pub(in crate::contract) fn resource(&self, at: &Loc) -> &Resource {
        &self.names.resources[self.resource_number(at)]
    }

    /// Whether a resource is one schema, and not a description or a collection that holds schemas.
    pub(in crate::contract) fn is_schema_resource(&self, root: &Loc) -> bool {
        !root.pointer.as_str().is_empty() || self.list[root.file].index.is_schema
    }

    /// The places of the dynamic anchors of a resource.
    pub(in crate::contract) fn dynamic_anchors(&self, at: &Loc) -> Vec<Loc> {
        let number = self.resource_number(at);
        let own = self.names.anchors.iter().filter(|((resource, _), anchor)| *resource == number && anchor.dynamic);
        let mut places: Vec<Loc> = own.map(|(_, anchor)| anchor.at.clone()).collect();
        places.sort();
        places
    }

    /// What a reference written at `at` names.
    pub(in crate::contract) fn resolve(&self, at: &Loc, reference: &str) -> Result<Loc, Unresolved> {
        let (document, fragment) = uri::split(reference);
        let mut resource = self.resource_number(at);
        if !document.is_empty() {
            let target = uri::join(&self.names.resources[resource].uri, document);
            let known = self.names.by_uri.get(&target).copied();
            resource = known.or_else(|| self.names.by_uri.get(&self.read_from(target)).copied()).ok_or_else(|| Unresolved {
                message: format!("`{reference}` names a file that could not be read"),
                hint: None,
            })?;
        }
        let base = &self.names.resources[resource].at;
        if fragment.is_empty() {
            return Ok(base.clone());
        }
        let fragment: Cow<'_, str> =
            if fragment.contains('%') { Cow::Owned(percent_decode(fragment)) } else { Cow::Borrowed(fragment) };
        if !fragment.starts_with('/') {
            let anchor = self.names.anchors.get(&(resource, fragment.clone().into_owned()));
            return anchor.map(|a| a.at.clone()).ok_or_else(|| Unresolved {
                message: format!("`{reference}` names nothing: there is no anchor `{fragment}`"),
                hint: (document.is_empty()).then(|| format!("a JSON pointer begins with a slash: `#/{fragment}`")),
            });
        }
        let loc = Loc::new(base.file, Pointer::from_escaped(format!("{}{fragment}", base.pointer)));
        if self.node(&loc).is_some() { Ok(loc) } else { Err(self.nothing_there(reference, &loc)) }
    }

    fn nothing_there(&self, reference: &str, loc: &Loc) -> Unresolved {
        let mut node = &self.list[loc.file].document.root;
        let mut reached = Pointer::root();
        let message = format!("`{reference}` names nothing");
        for token in loc.pointer.tokens() {
            if let Some(child) = node.child(&token) {
                node = child;
                reached = reached.push(&token);
                continue;
            }
            // Among very many names the nearest one is found too slowly to be worth it.
            let names = node.members().unwrap_or_default().iter().take(MOST_NAMES).map(|(k, _)| k.text.as_str());
            let is_last = loc.pointer == reached.push(&token);
            let hint = match nearest(&token, names.clone()).filter(|_| is_last) {
                Some(name) => Some(format!("did you mean `#{}`?", reached.push(name))),
                None => {
                    let path = &self.list[loc.file].path;
                    let within = match (loc.file, reached.as_str()) {
                        (0, _) => format!("`#{reached}`"),
                        (_, "") => format!("`{path}`"),
                        _ => format!("`{path}#{reached}`"),
                    };
                    did_you_mean(&token, names).map(|h| format!("there is no `{token}` in {within}; {h}"))
                }
            };
            return Unresolved { message, hint };
        }
        Unresolved { message, hint: None }
    }

    /// Follows `$ref` until something else is found; `None` on a circle or where a reference names nothing.
    pub(in crate::contract) fn follow(&self, loc: &Loc) -> Option<Loc> {
        let mut loc = loc.clone();
        for _ in 0..LONGEST_CHAIN {
            match self.node(&loc)?.get("$ref").and_then(Node::as_str) {
                Some(reference) => loc = self.resolve(&loc, reference).ok()?,
                None => return Some(loc),
            }
        }
        None
    }
}

/// References that lead to references, at most.
const LONGEST_CHAIN: usize = 20_000;

/// Names that a misspelt one is compared with, at most.
const MOST_NAMES: usize = 2_000;

/// A document that is never read from anywhere, because everyone has it: the meta-schema of a dialect.
pub(in crate::contract) fn carried(uri: &str) -> Option<Arc<Source>> {
    meta_schema(uri).map(|text| Source::new(uri, text))
}

#[cfg(test)]
mod tests {
    use super::{Files, Loc};
    use crate::base::pointer::Pointer;
    use crate::base::source::Source;
    use crate::base::tree::{Budget, parse};
    use crate::contract::dialect::Dialect;

    fn files(list: &[(&str, &str)]) -> Files {
        let mut files = Files::default();
        for (path, text) in list {
            let source = Source::new(format!("{path}.yaml"), *text);
            files.add((*path).to_owned(), parse(&source, Budget::default()).expect("a document"));
        }
        files
    }

    fn at(file: usize, pointer: &str) -> Loc {
        Loc::new(file, Pointer::from_escaped(pointer))
    }

    /// Where a reference leads, as `file pointer`.
    fn leads(files: &Files, from: &str, reference: &str) -> String {
        match files.resolve(&at(0, from), reference) {
            Ok(loc) => format!("{} {}", loc.file, loc.pointer),
            Err(unresolved) => unresolved.message,
        }
    }

    const SPEC: &str = r##"
openapi: 3.1.0
components:
  schemas:
    A:
      $id: https://example.com/a/root
      $defs:
        x: {$anchor: here, type: string}
        y:
          $id: b/nested
          $defs: {z: {$anchor: here, type: integer}}
        u: {$id: 'urn:example:u', properties: {'a/b~c d': {}}}
    B:
      $anchor: here
      enum: [{$id: 'https://example.com/enum', $anchor: e}]
      const: {$anchor: c}
      default: {$id: 'https://example.com/default'}
      example: {$anchor: x}
      examples: [{$anchor: xs}]
      x-own: {$anchor: own}
      properties: {$id: {type: string}, id: {}, $ref: {type: string}, $anchor: {$anchor: inner}}
"##;

    #[test]
    fn each_resource_has_its_own_anchors_and_its_own_root() {
        let files = files(&[("t.yaml", SPEC)]);
        let (a, y) = ("/components/schemas/A", "/components/schemas/A/$defs/y");
        assert_eq!(leads(&files, a, "#here"), format!("0 {a}/$defs/x"));
        assert_eq!(leads(&files, &format!("{y}/$defs/z"), "#here"), format!("0 {y}/$defs/z"));
        assert_eq!(leads(&files, "/components/schemas/B", "#here"), "0 /components/schemas/B");
        assert_eq!(leads(&files, y, "#/$defs/z"), format!("0 {y}/$defs/z"));
        assert_eq!(leads(&files, y, "root"), "`root` names a file that could not be read");
        assert_eq!(leads(&files, y, "../root#/$defs/x"), format!("0 {a}/$defs/x"));
        assert_eq!(leads(&files, a, "b/nested#here"), format!("0 {y}/$defs/z"));
        assert_eq!(leads(&files, "", "https://example.com/a/b/nested#/$defs/z"), format!("0 {y}/$defs/z"));
        // A pointer may cross the beginning of another resource.
        assert_eq!(leads(&files, a, "#/$defs/y/$defs/z"), format!("0 {y}/$defs/z"));
        assert_eq!(leads(&files, a, "urn:example:u#/properties/a~1b~0c%20d"), format!("0 {a}/$defs/u/properties/a~1b~0c d"));
    }

    #[test]
    fn values_and_names_are_no_identifiers() {
        let files = files(&[("t.yaml", SPEC)]);
        let b = "/components/schemas/B";
        for nothing in ["e", "c", "x", "xs", "own"] {
            assert!(leads(&files, b, &format!("#{nothing}")).contains("there is no anchor"), "{nothing}");
        }
        for nothing in ["https://example.com/enum", "https://example.com/default"] {
            assert!(leads(&files, b, nothing).contains("could not be read"), "{nothing}");
        }
        assert_eq!(leads(&files, b, "#inner"), format!("0 {b}/properties/$anchor"));
    }

    #[test]
    fn older_dialects_name_schemas_in_their_own_way() {
        let files = files(&[
            ("t.yaml", "openapi: 3.1.0\n"),
            (
                "http://example.com/four",
                "{$schema: 'http://json-schema.org/draft-04/schema#', definitions: {a: {id: '#a'}, b: {$id: 'no', id: b}, c: {id: c, $ref: '#a'}}}",
            ),
            (
                "seven",
                "{$schema: 'http://json-schema.org/draft-07/schema#', $id: 'http://example.com/seven', definitions: {a: {$id: '#a'}}}",
            ),
        ]);
        assert_eq!(leads(&files, "", "http://example.com/four#a"), "1 /definitions/a");
        assert_eq!(leads(&files, "", "http://example.com/b"), "1 /definitions/b");
        assert!(leads(&files, "", "http://example.com/c").contains("could not be read"));
        assert!(leads(&files, "", "http://example.com/no").contains("could not be read"));
        assert_eq!(leads(&files, "", "http://example.com/seven#a"), "2 /definitions/a");
        assert_eq!(files.dialect(&at(1, "/definitions/a")), Dialect::Draft4);
        assert_eq!(files.dialect(&at(2, "")), Dialect::Draft7);
        assert_eq!(files.dialect(&at(0, "/components")), Dialect::Draft202012);
    }

    #[test]
    fn a_document_may_say_where_it_lives() {
        let mut files = files(&[("specs/t.yaml", "openapi: 3.2.0\n$self: https://example.com/api/t\nx: {a: {}}\n")]);
        assert_eq!(files.path_of(&at(0, ""), "parts/p.yaml#/x").as_deref(), Some("specs/parts/p.yaml"));
        assert_eq!(files.path_of(&at(0, ""), "../q.yaml").as_deref(), Some("https://example.com/q.yaml"));
        assert_eq!(files.path_of(&at(0, ""), "https://example.com/api/t#/x"), None);
        let source = Source::new("p.yaml", "x: {}\n");
        files.add("specs/parts/p.yaml".to_owned(), parse(&source, Budget::default()).expect("a document"));
        assert_eq!(leads(&files, "", "parts/p.yaml#/x"), "1 /x");
        assert_eq!(leads(&files, "", "https://example.com/api/parts/p.yaml#/x"), "1 /x");
        let back = files.resolve(&at(1, "/x"), "../t#/x/a").expect("resolved");
        assert_eq!((back.file, back.pointer.as_str()), (0, "/x/a"));
    }

    #[test]
    fn dialects_that_nobody_knows_are_noted() {
        let files = files(&[(
            "t.yaml",
            "openapi: 3.1.0\njsonSchemaDialect: https://example.com/d\ncomponents: {schemas: {A: {$schema: 'https://example.com/e'}}}\n",
        )]);
        let noted: Vec<String> = files.unknown_dialects().iter().map(|(loc, text)| format!("{} {text}", loc.pointer)).collect();
        assert_eq!(noted, ["/jsonSchemaDialect https://example.com/d", "/components/schemas/A/$schema https://example.com/e"]);
    }

    #[test]
    fn members_of_large_objects_are_found() {
        let members: Vec<String> = (0..100).map(|i| format!("k{i}~/: {{v: {i}}}")).collect();
        let files = files(&[("t.yaml", &members.join("\n"))]);
        assert!(files.node(&at(0, "/k77~0~1/v")).is_some());
        assert!(files.node(&at(0, "/k100~0~1")).is_none());
    }
}
