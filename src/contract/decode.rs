//! Brings a checked document into the shape that the OpenAPI crate decodes: references inlined, schemas replaced by their place.
//!
//! Structure only: no schema ever passes through the crate. Checks nothing, since that was done before.

use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{DOCUMENT, Keys, Kind, Object, PATH_ITEM};
use serde_json::{Map, Value};

/// The extension under which each object keeps where it was written.
pub(in crate::contract) const AT: &str = "x-at";

/// More objects than this are not inlined.
const MOST_NODES: usize = 2_000_000;

/// References within references, at most.
const DEEPEST: usize = 64;

/// A place as text, and back.
pub(in crate::contract) fn mark(loc: &Loc) -> String {
    format!("{}#{}", loc.file, loc.pointer)
}

pub(in crate::contract) fn unmark(text: &str) -> Option<Loc> {
    let (file, pointer) = text.split_once('#')?;
    Some(Loc::new(file.parse().ok()?, Pointer::from_escaped(pointer)))
}

/// The document and its webhooks, decoded.
pub(in crate::contract) fn decode(files: &Files) -> Result<(openapiv3::OpenAPI, openapiv3::Callback), String> {
    let mut inliner = Inliner { files, branch: Vec::new(), nodes: 0 };
    let root = Loc::new(0, Pointer::root());
    let node = files.node(&root).ok_or("the document is empty")?;
    let mut document = inliner.object(node, &root, &DOCUMENT)?;
    document.entry("paths").or_insert_with(|| Value::Object(Map::new()));
    let webhooks = document.remove("webhooks").unwrap_or_else(|| Value::Object(Map::new()));
    let webhooks = serde_json::from_value(webhooks).map_err(|e| e.to_string())?;
    let document = serde_json::from_value(Value::Object(document)).map_err(|e| e.to_string())?;
    Ok((document, webhooks))
}

struct Inliner<'a> {
    files: &'a Files,
    /// The targets of references that led here.
    branch: Vec<Loc>,
    nodes: usize,
}

impl Inliner<'_> {
    /// `None` where a reference leads into a circle: that part is left away.
    fn value(&mut self, node: &Node, loc: &Loc, kind: Kind) -> Result<Option<Value>, String> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err("references make the document larger than is read".to_owned());
        }
        Ok(Some(match kind {
            Kind::Schema => Value::Object(Map::from_iter([("$ref".to_owned(), Value::String(mark(loc)))])),
            Kind::OrRef(object) if node.get("$ref").is_some() => {
                let Some(target) = self.files.follow(loc).filter(|t| self.branch.len() < DEEPEST && !self.branch.contains(t))
                else {
                    return Ok(None);
                };
                let Some(node) = self.files.node(&target) else { return Ok(None) };
                self.branch.push(target.clone());
                let inlined = self.object(node, &target, object);
                self.branch.pop();
                Value::Object(inlined?)
            }
            Kind::Obj(object) | Kind::OrRef(object) => Value::Object(self.object(node, loc, object)?),
            Kind::ListOf(item) => {
                let mut items = Vec::new();
                for (i, child) in node.items().unwrap_or_default().iter().enumerate() {
                    items.extend(self.value(child, &loc.push(i), *item)?);
                }
                Value::Array(items)
            }
            Kind::MapOf(member) => {
                let mut members = Map::new();
                for (key, child) in node.members().unwrap_or_default() {
                    if let Some(value) = self.value(child, &loc.push(&key.text), *member)?.filter(|v| !is_mutual_tls(v)) {
                        members.insert(key.text.clone(), value);
                    }
                }
                Value::Object(members)
            }
            _ => node.to_value(),
        }))
    }

    fn object(&mut self, node: &Node, loc: &Loc, object: &'static Object) -> Result<Map<String, Value>, String> {
        let mut members = Map::new();
        let extensible = object.extensible && object.keys != Keys::Free;
        for (key, child) in node.members().unwrap_or_default() {
            let name = key.text.as_str();
            let at = loc.push(name);
            let kind = match object.fields.iter().find(|f| f.name == name) {
                // Components are inlined where they are used.
                Some(_) if object.name == "Components Object" && name != "securitySchemes" => continue,
                Some(field) => field.kind,
                None if name.starts_with("x-") => {
                    if extensible {
                        members.insert(name.to_owned(), child.to_value());
                    }
                    continue;
                }
                None => object.other,
            };
            let Some(value) = self.value(child, &at, kind)? else { continue };
            if name == "explode" && object.name == "Header Object" {
                members.insert("x-explode".to_owned(), value);
            } else {
                members.insert(name.to_owned(), value);
            }
        }
        if object.name == "Operation Object" {
            members.entry("responses").or_insert_with(|| Value::Object(Map::new()));
        }
        if std::ptr::eq(object, &PATH_ITEM) {
            members.remove("$ref");
        }
        if extensible {
            members.insert(AT.to_owned(), Value::String(mark(loc)));
        }
        Ok(members)
    }
}

/// The crate knows no `mutualTLS`: such schemes are read from the tree.
fn is_mutual_tls(value: &Value) -> bool {
    value.get("type").and_then(Value::as_str) == Some("mutualTLS")
}
