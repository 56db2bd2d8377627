//! Security requirements: the schemes they name are declared, and so are the scopes.
//!
//! Looks at names only; what a scheme says of itself was checked before.

use crate::base::source::Place;
use crate::base::tree::{Key, Node};
use crate::contract::check::Checker;
use crate::contract::files::Loc;
use crate::contract::grammar::Version;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// A declared scheme, as far as requirements are concerned.
struct Scheme {
    kind: String,
    /// Without any flow, what is wrong is said elsewhere.
    scopes: Option<BTreeSet<String>>,
}

/// Gives the names of the schemes that are used.
pub(super) fn check(checker: &mut Checker<'_>, root: &Loc) -> HashSet<String> {
    let declared = declared(checker, root);
    let names: BTreeSet<String> = declared.keys().cloned().collect();
    let mut used = HashSet::new();
    let mut said = HashSet::new();
    for requirement in std::mem::take(&mut checker.met.requirements) {
        let document = Arc::clone(&checker.files.list[requirement.file].document);
        let members = document.at(&requirement.pointer).and_then(Node::members).unwrap_or_default();
        for (key, scopes) in members {
            let name = key.text.as_str();
            used.insert(name.to_owned());
            match declared.get(name) {
                Some(Some(scheme)) => {
                    for scope in scopes.items().unwrap_or_default() {
                        let place = document.place(scope.span);
                        self::scope(checker, name, scheme, scope.as_str().unwrap_or_default(), place);
                    }
                }
                Some(None) => {}
                // Since 3.2 a requirement may also name a scheme by its URI.
                None if checker.version >= Version::V32 && name.contains(['/', '#']) => {
                    if let Err(unresolved) = checker.files.resolve(&requirement, name) {
                        let place = document.place(key.span);
                        checker.error("contract/security", unresolved.message, place, unresolved.hint);
                    }
                }
                None => {
                    let place = document.place(key.span);
                    let message = format!("the security scheme `{name}` is not declared");
                    if declared.is_empty() && !said.insert(name.to_owned()) {
                        continue;
                    }
                    if declared.is_empty() {
                        let hint = Some("declare it under `components/securitySchemes`".to_owned());
                        checker.warn("contract/security", message, place, hint);
                    } else {
                        let hint = checker.near(name, names.iter().map(String::as_str));
                        checker.error("contract/security", message, place, hint);
                    }
                }
            }
        }
    }
    used
}

/// The schemes under `components`; without a value where what one refers to cannot be read.
fn declared(checker: &Checker<'_>, root: &Loc) -> HashMap<String, Option<Scheme>> {
    let section = root.push("components").push("securitySchemes");
    let members = checker.files.node(&section).and_then(Node::members).unwrap_or_default();
    let read = |name: &str, node: &Node| {
        let node = match node.get("$ref") {
            Some(_) => checker.files.node(&checker.files.follow(&section.push(name))?)?,
            None => node,
        };
        let flows = node.get("flows").and_then(Node::members).filter(|all| !all.is_empty());
        let names = |flows: &[(Key, Node)]| {
            let scopes = flows.iter().filter_map(|(_, flow)| flow.get("scopes")?.members()).flatten();
            scopes.map(|(k, _)| k.text.clone()).collect()
        };
        let kind = node.get("type").and_then(Node::as_str)?.to_owned();
        Some(Scheme { kind, scopes: flows.map(names) })
    };
    let named = members.iter().filter(|(k, _)| !k.text.starts_with("x-"));
    named.map(|(key, node)| (key.text.clone(), read(&key.text, node))).collect()
}

fn scope(checker: &mut Checker<'_>, name: &str, scheme: &Scheme, scope: &str, place: Place) {
    match (scheme.kind.as_str(), &scheme.scopes) {
        ("oauth2", Some(scopes)) if !scopes.contains(scope) => {
            let hint = checker.near(scope, scopes.iter().map(String::as_str));
            checker.warn("contract/security", format!("no flow of `{name}` has the scope `{scope}`"), place, hint);
        }
        ("oauth2" | "openIdConnect", _) => {}
        // Since 3.1 they may be roles.
        (kind, _) if checker.version == Version::V30 => {
            let hint = Some(format!("write `{name}: []`"));
            checker.error("contract/security", format!("a scheme of type `{kind}` has no scopes"), place, hint);
        }
        _ => {}
    }
}
