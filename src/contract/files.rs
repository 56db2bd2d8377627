//! The files of one contract, and what a `$ref` in them names.
//!
//! Resolves references to places in documents already read. Never reads a file by itself and never looks into what it finds.

use crate::base::distance::{did_you_mean, nearest};
use crate::base::pointer::Pointer;
use crate::base::source::Place;
use crate::base::tree::{Document, Node};
use crate::contract::model::SchemaRef;
use crate::contract::route::percent_decode;
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
    /// Positions of the members of large objects, so that thousands of components are not searched one by one.
    large: HashMap<Pointer, HashMap<String, usize>>,
}

/// Objects with more members are searched by position.
const LARGE: usize = 32;

impl File {
    /// The node at a pointer, or the nearest one above it, and whether it is the very node.
    fn reach(&self, pointer: &Pointer) -> (&Node, bool) {
        let mut node = &self.document.root;
        let mut at = Pointer::root();
        for token in pointer.tokens() {
            let position = self.large.get(&at).map(|keys| keys.get(&token));
            let child = match (position, node.members()) {
                (Some(position), Some(members)) => position.and_then(|i| members.get(*i)).map(|(_, child)| child),
                _ => node.child(&token),
            };
            match child {
                Some(child) => node = child,
                None => return (node, false),
            }
            if !self.large.is_empty() {
                at = at.push(&token);
            }
        }
        (node, true)
    }
}

/// All files of a contract; the first is the one it was loaded from.
#[derive(Debug, Default)]
pub(in crate::contract) struct Files {
    pub(in crate::contract) list: Vec<File>,
    /// Places of `$anchor` and `$dynamicAnchor`, by file and name.
    pub(in crate::contract) anchors: HashMap<(usize, String), Pointer>,
    /// Places of schemas with an `$id`, by the text of it without an empty fragment.
    pub(in crate::contract) ids: HashMap<String, Loc>,
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

    /// The file part of a reference as a path relative to the folder of the first file; `None` for this very file.
    pub(in crate::contract) fn path_of(&self, from: usize, reference: &str) -> Option<String> {
        let (file, _) = reference.split_once('#').unwrap_or((reference, ""));
        if file.is_empty() { None } else { Some(join(&self.list[from].path, &percent_decode(file))) }
    }

    /// Adds a file, noting the anchors and ids in it.
    pub(in crate::contract) fn add(&mut self, path: String, document: Document) -> usize {
        let index = self.list.len();
        let mut large = HashMap::new();
        self.index(index, &document.root, &Pointer::root(), &mut large);
        self.list.push(File { path, document: Arc::new(document), large });
        index
    }

    fn index(&mut self, file: usize, node: &Node, at: &Pointer, large: &mut HashMap<Pointer, HashMap<String, usize>>) {
        if let Some(members) = node.members().filter(|m| m.len() > LARGE) {
            large.insert(at.clone(), members.iter().enumerate().map(|(i, (key, _))| (key.text.clone(), i)).collect());
        }
        let names: Vec<(String, &Node)> = match (node.members(), node.items()) {
            (Some(members), _) => members.iter().map(|(k, n)| (k.text.clone(), n)).collect(),
            (None, Some(items)) => items.iter().enumerate().map(|(i, n)| (i.to_string(), n)).collect(),
            (None, None) => return,
        };
        for (name, child) in names {
            match (name.as_str(), child.as_str()) {
                ("$anchor" | "$dynamicAnchor", Some(anchor)) => {
                    self.anchors.entry((file, anchor.to_owned())).or_insert_with(|| at.clone());
                }
                ("$id", Some(id)) => {
                    let id = id.trim_end_matches('#').to_owned();
                    self.ids.entry(id).or_insert_with(|| Loc::new(file, at.clone()));
                }
                _ => self.index(file, child, &at.push(name), large),
            }
        }
    }

    /// The resource that a reference at `at` is relative to: the nearest schema with an `$id` around it, else the file.
    fn base(&self, at: &Loc) -> Loc {
        let around = |base: &&Loc| {
            let below = at.pointer.as_str().strip_prefix(base.pointer.as_str());
            base.file == at.file && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let nearest = self.ids.values().filter(around).max_by_key(|base| base.pointer.as_str().len());
        nearest.cloned().unwrap_or_else(|| Loc::new(at.file, Pointer::root()))
    }

    /// What a reference written at `at` names.
    pub(in crate::contract) fn resolve(&self, at: &Loc, reference: &str) -> Result<Loc, Unresolved> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let base = match self.path_of(at.file, reference) {
            None => self.base(at),
            Some(path) => match self.ids.get(document) {
                Some(loc) => loc.clone(),
                None => {
                    let known = self.list.iter().position(|f| f.path == path);
                    let index = known.ok_or_else(|| Unresolved {
                        message: format!("`{reference}` names a file that could not be read"),
                        hint: None,
                    })?;
                    Loc::new(index, Pointer::root())
                }
            },
        };
        let fragment = percent_decode(fragment);
        if fragment.is_empty() {
            return Ok(base);
        }
        if !fragment.starts_with('/') {
            let anchor = self.anchors.get(&(base.file, fragment.clone()));
            return anchor.map(|p| Loc::new(base.file, p.clone())).ok_or_else(|| Unresolved {
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
            let names = node.members().unwrap_or_default().iter().map(|(k, _)| k.text.as_str());
            let is_last = loc.pointer == reached.push(&token);
            let hint = match nearest(&token, names.clone()).filter(|_| is_last) {
                Some(name) => Some(format!("did you mean `#{}`?", reached.push(name))),
                None => did_you_mean(&token, names).map(|h| format!("there is no `{token}` in `#{reached}`; {h}")),
            };
            return Unresolved { message, hint };
        }
        Unresolved { message, hint: None }
    }

    /// Follows `$ref` until something else is found; `None` on a circle or where a reference names nothing.
    pub(in crate::contract) fn follow(&self, loc: &Loc) -> Option<Loc> {
        let mut loc = loc.clone();
        for _ in 0..64 {
            match self.node(&loc)?.get("$ref").and_then(Node::as_str) {
                Some(reference) => loc = self.resolve(&loc, reference).ok()?,
                None => return Some(loc),
            }
        }
        None
    }
}

/// Joins a reference to the path of the file it stands in; absolute URLs stay as they are.
fn join(from: &str, reference: &str) -> String {
    if reference.contains("://") || reference.starts_with('/') {
        return reference.to_owned();
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn paths_join_like_relative_references() {
        assert_eq!(join("root.yaml", "./a/b.yaml"), "a/b.yaml");
        assert_eq!(join("a/b.yaml", "../c.yaml"), "c.yaml");
        assert_eq!(join("b.yaml", "../c.yaml"), "../c.yaml");
        assert_eq!(join("../x/b.yaml", "../c.yaml"), "../c.yaml");
        assert_eq!(join("b.yaml", "https://example.com/c.yaml"), "https://example.com/c.yaml");
    }
}
