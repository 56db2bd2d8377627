//! Rules of the Path Item Object and the Operation Object: methods, and parameters given twice.
//!
//! Looks at one path item with its operations, and never at the path above it, which `document` looks at.

use crate::base::source::Place;
use crate::base::tree::{Data, Node};
use crate::contract::check::{At, Checker};
use crate::contract::grammar::Version;
use crate::contract::media::is_token;
use std::collections::HashMap;

/// The fields of a path item that are operations.
pub(in crate::contract) const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/// Name and location of a parameter, references followed, and the place where it is listed.
#[derive(Clone, Debug)]
pub(in crate::contract) struct Listed {
    pub(in crate::contract) name: String,
    pub(in crate::contract) location: String,
    pub(in crate::contract) place: Place,
}

impl Checker<'_> {
    pub(super) fn path_item_rules(&mut self, node: &Node, at: &At<'_>) {
        let shared = self.listed_parameters(node, at);
        self.given_twice(&shared);
        self.query_and_string(&[], &shared);
        let operations = node.members().unwrap_or_default().iter().filter(|(k, _)| METHODS.contains(&k.text.as_str()));
        for (key, operation) in operations {
            self.operation_parameters(operation, &at.key(key), &shared);
        }
        let Some((key, more)) = node.entry("additionalOperations").filter(|_| self.version >= Version::V32) else { return };
        let at = at.key(key);
        for (key, operation) in more.members().unwrap_or_default() {
            let method = key.text.as_str();
            let place = self.spot(&at, key.span);
            if METHODS.iter().any(|m| m.eq_ignore_ascii_case(method) && method.chars().all(|c| c.is_ascii_uppercase())) {
                let hint = Some(format!("write it as `{}`, a field of the path item", method.to_ascii_lowercase()));
                self.error("contract/method", format!("`{method}` has a field of its own"), place, hint);
            } else if !is_token(method) {
                self.error("contract/method", format!("`{method}` cannot be a method"), place, None);
            }
            self.operation_parameters(operation, &at.key(key), &shared);
        }
    }

    fn operation_parameters(&mut self, operation: &Node, at: &At<'_>, shared: &[Listed]) {
        let own = self.listed_parameters(operation, at);
        self.given_twice(&own);
        self.query_and_string(shared, &own);
    }

    pub(in crate::contract) fn listed_parameters(&self, owner: &Node, at: &At<'_>) -> Vec<Listed> {
        let Some((key, list)) = owner.entry("parameters") else { return Vec::new() };
        let at = at.key(key);
        let read = |(i, written): (usize, &Node)| {
            let target = match written.get("$ref") {
                Some(_) => self.files.node(&self.files.follow(&at.item(i).loc())?)?,
                None => written,
            };
            let text = |key| target.get(key).and_then(Node::as_str).map(str::to_owned);
            Some(Listed { name: text("name")?, location: text("in")?, place: self.spot(&at, written.span) })
        };
        list.items().unwrap_or_default().iter().enumerate().filter_map(read).collect()
    }

    /// A parameter is one name in one location; the names of headers have no case.
    fn given_twice(&mut self, list: &[Listed]) {
        let mut first: HashMap<(String, &str), &Place> = HashMap::new();
        for Listed { name, location, place } in list.iter().filter(|p| p.location != "querystring") {
            let folded = if location == "header" { name.to_ascii_lowercase() } else { name.clone() };
            match first.get(&(folded.clone(), location.as_str())) {
                Some(earlier) => {
                    let hint = Some(format!("it was first given on line {}", earlier.line_column().0));
                    let message = format!("the parameter `{name}` in {location} is given twice");
                    self.error("contract/parameter", message, place.clone(), hint);
                }
                None => {
                    first.insert((folded, location), place);
                }
            }
        }
    }

    /// One parameter is the whole query, or others are parts of it.
    fn query_and_string(&mut self, shared: &[Listed], own: &[Listed]) {
        if self.version < Version::V32 {
            return;
        }
        let is = |p: &&Listed, location: &str| p.location == location;
        let strings: Vec<&Listed> = shared.iter().chain(own).filter(|p| is(p, "querystring")).collect();
        let Some(string) = strings.first() else { return };
        // What the path item has alone was said of the path item.
        let said = shared.iter().filter(|p| is(p, "querystring")).count();
        for second in strings.iter().skip(said.max(1)) {
            let hint = Some(format!("the first is `{}` on line {}", string.name, string.place.line_column().0));
            let message = "only one parameter can be the whole query (`in: querystring`)";
            self.error("contract/parameter", message, second.place.clone(), hint);
        }
        let (parts, whole_is_own) = (own.iter().filter(|p| is(p, "query")), own.iter().any(|p| p.location == "querystring"));
        let inherited = shared.iter().filter(|p| whole_is_own && is(p, "query"));
        if let Some(part) = parts.chain(inherited).next() {
            let hint = Some(format!("`{}` on line {} is the whole query", string.name, string.place.line_column().0));
            let message = format!("the parameter `{}` in query cannot stand beside one in querystring", part.name);
            let place = part.place.clone();
            self.error("contract/parameter", message, place, hint);
        }
    }

    pub(super) fn operation_rules(&mut self, node: &Node, at: &At<'_>) {
        if self.version == Version::V30 && node.get("responses").is_none() {
            let place = self.head(node, at);
            self.error("contract/missing-field", "the Operation Object lacks `responses`", place, None);
        }
        if let Some((key, _)) =
            node.entry("requestBody").filter(|_| at.is("get") || at.is("head") || at.is("delete") || at.is("trace"))
        {
            let place = self.spot(at, key.span);
            let method = at.name().to_ascii_uppercase();
            if at.is("trace") {
                self.warn("contract/request-body", "a TRACE request has no body (RFC 9110 section 9.3.8)", place, None);
            } else {
                let hint = Some("RFC 9110 gives such a body no meaning; servers may refuse it".to_owned());
                self.warn("contract/request-body", format!("a {method} request with a body"), place, hint);
            }
        }
        let mut seen = HashMap::new();
        for tag in node.get("tags").and_then(Node::items).unwrap_or_default() {
            if let Data::String(name) = &tag.data
                && seen.insert(name.as_str(), ()).is_some()
            {
                let place = self.spot(at, tag.span);
                self.warn("contract/tag", format!("the tag `{name}` is given twice"), place, None);
            }
        }
        self.met.operations.push(at.loc());
    }
}
