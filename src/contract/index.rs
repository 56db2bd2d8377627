//! Finds what in a file has a name of its own: schemas with an `$id`, anchors, dialects, and objects too large to search.
//!
//! Walks a file once, when it is added; what stands in examples, enumerations and extensions names nothing. Resolves nothing.

use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::dialect::{Dialect, Holds};
use crate::contract::files::{Anchor, Loc, Names, Resource};
use crate::contract::uri;
use std::collections::HashMap;

/// Objects with more members are searched by name and not one by one.
pub(in crate::contract) const LARGE: usize = 16;

/// What was found in one file.
#[derive(Debug, Default)]
pub(in crate::contract) struct Index {
    /// Positions of the members of large objects, by the address of the object.
    pub(in crate::contract) large: HashMap<usize, HashMap<String, usize>>,
    /// Schemas that begin a resource, by their pointers; the file itself is not among them.
    pub(in crate::contract) resources: HashMap<String, usize>,
    /// Where another dialect begins.
    pub(in crate::contract) dialects: HashMap<String, Dialect>,
    /// The dialect of the file as a whole.
    pub(in crate::contract) dialect: Option<Dialect>,
    /// The root is a schema, and not something that holds schemas.
    pub(in crate::contract) is_schema: bool,
}

/// What an object is, as far as names in it are concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Schema,
    /// An object of schemas by name.
    Schemas,
    /// Perhaps a schema, perhaps an object of schemas: what a file holds that is neither a description nor a schema.
    Maybe,
    /// An object of OpenAPI.
    Object,
    /// `components`.
    Components,
    /// An object whose keys are names.
    Map,
}

/// The address by which a node is known while its document lives.
pub(in crate::contract) fn address(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// Where the walk is: the resource and the dialect around it.
#[derive(Clone, Copy)]
struct Around {
    resource: usize,
    dialect: Dialect,
}

pub(in crate::contract) struct Walk<'a, 'n> {
    pub(in crate::contract) names: &'a mut Names,
    pub(in crate::contract) index: Index,
    file: usize,
    path: Vec<Step<'n>>,
}

/// Keywords of which one makes the root of a file a schema.
const TELLING: &[&str] = &[
    "$schema",
    "$id",
    "$ref",
    "$defs",
    "$dynamicRef",
    "$anchor",
    "type",
    "properties",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "enum",
    "const",
    "items",
    "definitions",
    "additionalProperties",
    "patternProperties",
    "required",
    "format",
    "pattern",
    "if",
    "unevaluatedProperties",
];

impl<'a, 'n> Walk<'a, 'n> {
    pub(in crate::contract) fn new(names: &'a mut Names, file: usize) -> Self {
        Self { names, index: Index::default(), file, path: Vec::new() }
    }

    /// Walks a whole file, whose own resource is known already.
    pub(in crate::contract) fn root(&mut self, root: &'n Node, resource: usize, dialect: Dialect) {
        let is_description = root.get("openapi").or_else(|| root.get("swagger")).is_some_and(|v| v.as_str().is_some());
        let around = Around { resource, dialect };
        self.index.dialect = Some(dialect);
        let at = if is_description {
            At::Object
        } else if TELLING.iter().any(|key| root.get(key).is_some()) {
            self.index.is_schema = true;
            At::Schema
        } else {
            At::Maybe
        };
        self.node(root, at, around);
    }

    fn node(&mut self, node: &'n Node, at: At, around: Around) {
        match &node.data {
            Data::Object(members) => {
                if members.len() > LARGE {
                    let positions = members.iter().enumerate().map(|(i, (key, _))| (key.text.clone(), i)).collect();
                    self.index.large.insert(address(node), positions);
                }
                let around = if matches!(at, At::Schema | At::Maybe) { self.named(node, around) } else { around };
                for (key, child) in members {
                    if !matches!(child.data, Data::Object(_) | Data::Array(_)) {
                        continue;
                    }
                    self.path.push(Step::Key(&key.text));
                    self.child(&key.text, child, at, around);
                    self.path.pop();
                }
            }
            Data::Array(_) if at != At::Schema => self.items(node, at, around),
            _ => {}
        }
    }

    fn items(&mut self, node: &'n Node, at: At, around: Around) {
        for (i, item) in node.items().unwrap_or_default().iter().enumerate() {
            self.path.push(Step::Item(i));
            self.node(item, at, around);
            self.path.pop();
        }
    }

    fn child(&mut self, key: &str, child: &'n Node, at: At, around: Around) {
        match at {
            At::Schema | At::Maybe => match around.dialect.holds(key) {
                Holds::One | Holds::OneOrMany if child.members().is_some() => self.node(child, At::Schema, around),
                Holds::Many | Holds::OneOrMany => self.items(child, At::Schema, around),
                Holds::ByName => self.node(child, At::Schemas, around),
                _ if at == At::Maybe && !matches!(key, "enum" | "const" | "example" | "examples" | "default") => {
                    self.node(child, At::Maybe, around);
                }
                _ => {}
            },
            At::Schemas => self.node(child, At::Schema, around),
            At::Components if key == "schemas" => self.node(child, At::Schemas, around),
            At::Components => self.node(child, At::Map, around),
            At::Object => match key {
                "schema" | "itemSchema" => self.node(child, At::Schema, around),
                "components" => self.node(child, At::Components, around),
                "example" | "examples" | "value" => {}
                _ if key.starts_with("x-") => self.node(child, At::Maybe, around),
                _ => self.node(child, At::Object, around),
            },
            At::Map => self.node(child, At::Object, around),
        }
    }

    fn pointer(&self) -> Pointer {
        self.path.iter().fold(Pointer::root(), |pointer, step| match step {
            Step::Key(key) => pointer.push(key),
            Step::Item(i) => pointer.push(i),
        })
    }

    /// Notes the names that a schema gives itself, and tells what is around the schemas inside of it.
    fn named(&mut self, node: &Node, mut around: Around) -> Around {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        if let Some(schema) = text("$schema").filter(|_| around.dialect != Dialect::OpenApi30 || self.path.is_empty()) {
            match Dialect::named(schema) {
                Some(dialect) if dialect != around.dialect => {
                    around.dialect = dialect;
                    self.index.dialects.insert(self.pointer().as_str().to_owned(), dialect);
                }
                Some(_) => {}
                None => self.names.unknown.push((Loc::new(self.file, self.pointer().push("$schema")), schema.to_owned())),
            }
        }
        let dialect = around.dialect;
        let hidden = !dialect.reference_has_siblings() && node.get("$ref").is_some_and(|r| r.as_str().is_some());
        if let Some(id) = dialect.id().and_then(text).filter(|_| !hidden) {
            around.resource = self.identified(id, around);
        }
        if dialect >= Dialect::Draft201909 {
            for (key, dynamic) in [("$anchor", false), ("$dynamicAnchor", true)] {
                if let Some(anchor) = text(key) {
                    self.anchor(around.resource, anchor, dynamic);
                }
            }
            self.names.dynamic |= text("$dynamicRef").or_else(|| text("$recursiveRef")).is_some();
        }
        around
    }

    fn anchor(&mut self, resource: usize, name: &str, dynamic: bool) {
        let at = Loc::new(self.file, self.pointer());
        self.names.anchors.entry((resource, name.to_owned())).or_insert(Anchor { at, dynamic });
    }

    /// The resource that a schema with an identifier begins, or the one around it when the identifier is but an anchor.
    fn identified(&mut self, id: &str, around: Around) -> usize {
        let (document, fragment) = uri::split(id);
        if !fragment.is_empty() && around.dialect < Dialect::Draft201909 {
            self.anchor(around.resource, fragment, false);
        }
        if document.is_empty() {
            return around.resource;
        }
        let uri = uri::join(&self.names.resources[around.resource].uri, document);
        let at = Loc::new(self.file, self.pointer());
        let resource = self.names.resources.len();
        self.index.resources.insert(at.pointer.as_str().to_owned(), resource);
        self.names.by_uri.entry(uri.clone()).or_insert(resource);
        self.names.resources.push(Resource { at, uri });
        resource
    }
}
