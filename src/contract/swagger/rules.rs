//! Rules of Swagger 2.0 that the table cannot say: what the fields of one object demand of each other.
//!
//! Looks at trees that were checked against the table. Converts nothing.

use crate::base::distance::did_you_mean;
use crate::base::pointer::Pointer;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::contract::files::{Files, Loc};
use crate::contract::swagger::check::Checker;
use crate::contract::swagger::table::{METHODS, Object};
use std::collections::HashSet;

/// A parameter, and where it is used.
struct Used {
    name: String,
    location: String,
    is_file: bool,
    span: Span,
}

impl Checker<'_> {
    pub(super) fn rules(&mut self, node: &Node, span: Span, object: &'static Object) {
        let text = |key| node.get(key).and_then(Node::as_str);
        match object.name {
            "Security Scheme Object" => {
                let needed: &[&str] = match (text("type"), text("flow")) {
                    (Some("apiKey"), _) => &["name", "in"],
                    (Some("oauth2"), None) => &["flow", "scopes"],
                    (Some("oauth2"), Some("implicit")) => &["authorizationUrl", "scopes"],
                    (Some("oauth2"), Some("accessCode")) => &["authorizationUrl", "tokenUrl", "scopes"],
                    (Some("oauth2"), Some(_)) => &["tokenUrl", "scopes"],
                    _ => &[],
                };
                for field in needed.iter().filter(|f| node.get(f).is_none()) {
                    let kind = text("flow").or(text("type")).unwrap_or_default();
                    let message = format!("a security definition of type `{kind}` needs `{field}`");
                    self.error("contract/missing-field", message, span, None);
                }
            }
            "Responses Object" if node.members().unwrap_or_default().iter().all(|(k, _)| k.text.starts_with("x-")) => {
                self.error("contract/missing-field", "an operation needs at least one response", span, None);
            }
            "Response Object" => {
                for (key, _) in node.get("examples").and_then(Node::members).unwrap_or_default() {
                    if !key.text.contains('/') {
                        let message = format!("`{}` is not a media type, so the example is left away", key.text);
                        let hint = Some("examples are named by media type, such as `application/json`".to_owned());
                        self.checked.warn("contract/example", message, key.span, hint);
                    }
                }
            }
            "Swagger Object" => {
                if let Some(host) = node.get("host")
                    && host.as_str().is_some_and(|h| h.contains('/') || h.is_empty())
                {
                    let hint = Some("the scheme belongs to `schemes`, the path to `basePath`".to_owned());
                    self.error("contract/server", "`host` must be a name with an optional port", host.span, hint);
                }
                if let Some(base) = node.get("basePath")
                    && let Some(path) = base.as_str().filter(|p| !p.starts_with('/') && !p.is_empty())
                {
                    let hint = Some(format!("write `/{path}`"));
                    self.error("contract/server", "`basePath` must begin with a slash", base.span, hint);
                }
            }
            _ if text("type") == Some("array")
                && node.get("items").is_none()
                && object.fields.iter().any(|f| f.name == "items") =>
            {
                self.error("contract/missing-field", format!("the {} is an array and lacks `items`", object.name), span, None);
            }
            _ => {}
        }
    }

    /// Rules that concern the parameters and the security of all operations.
    pub(super) fn document_rules(&mut self) {
        let document = std::sync::Arc::clone(&self.checked.files.list[0].document);
        let root = &document.root;
        let schemes: Vec<(String, bool)> = root
            .get("securityDefinitions")
            .and_then(Node::members)
            .unwrap_or_default()
            .iter()
            .map(|(k, n)| (k.text.clone(), n.get("type").and_then(Node::as_str) == Some("oauth2")))
            .collect();
        self.security(root, &schemes);
        for (key, _) in root.get("paths").and_then(Node::members).unwrap_or_default() {
            let loc = Loc::new(0, Pointer::root().push("paths").push(&key.text));
            for (item, at) in self.items(&loc) {
                let shared = parameters(&self.checked.files, &item, at.file);
                self.twice(&shared);
                for (_, operation) in
                    item.members().unwrap_or_default().iter().filter(|(k, _)| METHODS.contains(&k.text.as_str()))
                {
                    let own = parameters(&self.checked.files, operation, at.file);
                    self.twice(&own);
                    self.bodies(&shared, &own, operation, root);
                    self.security(operation, &schemes);
                }
            }
        }
    }

    /// A path item and the one it refers to.
    fn items(&self, loc: &Loc) -> Vec<(Node, Loc)> {
        let target = self.checked.files.follow(loc).filter(|t| t != loc);
        [Some(loc.clone()), target]
            .into_iter()
            .flatten()
            .filter_map(|l| Some((self.checked.files.node(&l)?.clone(), l)))
            .collect()
    }

    fn twice(&mut self, parameters: &[Used]) {
        let mut seen = HashSet::new();
        for used in parameters {
            if used.location == "body" {
                continue;
            }
            if !seen.insert((&used.name, &used.location)) {
                let message = format!("the parameter `{}` in {} is given twice", used.name, used.location);
                self.error("contract/parameter", message, used.span, None);
            }
        }
    }

    fn bodies(&mut self, shared: &[Used], own: &[Used], operation: &Node, root: &Node) {
        let of =
            |list: &[Used], location: &str| list.iter().filter(|u| u.location == location).map(|u| u.span).collect::<Vec<_>>();
        for list in [own, shared] {
            let (bodies, forms) = (of(list, "body"), of(list, "formData"));
            if let Some(second) = bodies.get(1) {
                let hint = Some("a request has one body: put both into one object".to_owned());
                self.error("contract/parameter", "an operation has at most one parameter in body", *second, hint);
            }
            if let (Some(_), Some(form)) = (bodies.first(), forms.first()) {
                let message = "an operation has either a parameter in body or parameters in formData";
                self.error("contract/parameter", message, *form, None);
            }
        }
        let consumes = operation.get("consumes").or_else(|| root.get("consumes")).and_then(Node::items).unwrap_or_default();
        let consumes: Vec<&str> = consumes.iter().filter_map(Node::as_str).collect();
        let is =
            |wanted: &str| consumes.iter().any(|c| c.split(';').next().is_some_and(|c| c.trim().eq_ignore_ascii_case(wanted)));
        for file in own.iter().chain(shared).filter(|u| u.is_file && u.location == "formData") {
            if is("multipart/form-data") {
                continue;
            }
            let message = format!("`{}` is a file, and the operation does not consume `multipart/form-data`", file.name);
            let hint = Some("add `consumes: [multipart/form-data]`".to_owned());
            if consumes.is_empty() || is("application/x-www-form-urlencoded") {
                self.checked.warn("contract/parameter", message, file.span, hint);
            } else {
                self.error("contract/parameter", message, file.span, hint);
            }
        }
    }

    fn security(&mut self, owner: &Node, known: &[(String, bool)]) {
        for requirement in owner.get("security").and_then(Node::items).unwrap_or_default() {
            for (key, scopes) in requirement.members().unwrap_or_default() {
                match known.iter().find(|(name, _)| *name == key.text) {
                    None => {
                        let hint = did_you_mean(&key.text, known.iter().map(|(name, _)| name.as_str()));
                        let message = format!("the security definition `{}` is not declared", key.text);
                        self.error("contract/security", message, key.span, hint);
                    }
                    Some((_, false)) if scopes.items().is_some_and(|s| !s.is_empty()) => {
                        let message = format!("only oauth2 has scopes, and `{}` is something else", key.text);
                        self.checked.warn("contract/security", message, scopes.span, None);
                    }
                    Some(_) => {}
                }
            }
        }
    }
}

fn parameters(files: &Files, owner: &Node, file: usize) -> Vec<Used> {
    let read = |written: &Node| {
        let target = match written.get("$ref").and_then(Node::as_str) {
            Some(text) => files.node(&files.follow(&files.resolve(&Loc::new(file, Pointer::root()), text).ok()?)?)?,
            None => written,
        };
        let text = |key| target.get(key).and_then(Node::as_str).map(str::to_owned);
        let is_file = matches!(target.get("type").map(|n| &n.data), Some(Data::String(t)) if t == "file");
        Some(Used { name: text("name")?, location: text("in")?, is_file, span: written.span })
    };
    owner.get("parameters").and_then(Node::items).unwrap_or_default().iter().filter_map(read).collect()
}
