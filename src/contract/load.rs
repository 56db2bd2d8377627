//! From source text to a contract.
//!
//! Reads the first file and those it refers to through the caller's resolver, gathers every fault, and lowers what is left.
//! Never opens a file and never stops at the first fault.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::pointer::Pointer;
use crate::base::source::Source;
use crate::base::tree::{self, Budget, Data, Document};
use crate::contract::Contract;
use crate::contract::check::Checker;
use crate::contract::decode::decode;
use crate::contract::files::{Files, Loc};
use crate::contract::grammar::{DOCUMENT, Kind, Version};
use crate::contract::lint;
use crate::contract::lower::{operation, schema};
use crate::contract::model::{Callback, Direction};
use crate::schema::SchemaSet;
use std::sync::Arc;

/// Gives the text of a file named relative to the folder of the first one.
pub type Resolver<'a> = dyn Fn(&str) -> Result<Arc<Source>, String> + 'a;

/// Loads a contract. With an error among the diagnostics there is no contract; warnings do not prevent it.
#[must_use]
pub fn load(source: &Arc<Source>, resolver: &Resolver<'_>) -> (Option<Contract>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let version = match version(&document) {
        Ok(version) => version,
        Err(fault) => return (None, one(fault)),
    };
    let mut checker = Checker::new(document, version, resolver);
    checker.run(Loc::new(0, Pointer::root()), Kind::Obj(&DOCUMENT));
    lint::document(&mut checker);
    let Checker { files, schemas, mut faults, .. } = checker;
    if faults.has_errors() {
        return (None, faults);
    }
    match lower(files, schemas, version) {
        Ok(contract) => (Some(contract), faults),
        Err(fault) => {
            faults.push(fault);
            (None, faults)
        }
    }
}

fn one(fault: Diagnostic) -> Diagnostics {
    let mut faults = Diagnostics::new();
    faults.push(fault);
    faults
}

/// Which version a document is written in, or why it is none that can be read.
fn version(document: &Document) -> Result<Version, Diagnostic> {
    let root = &document.root;
    if root.members().is_none() {
        let message = format!("an OpenAPI document is an object, and this is {}", root.kind());
        return Err(Diagnostic::error("contract/no-openapi", message).at(document.place(root.span)));
    }
    let Some((key, node)) = root.entry("openapi") else {
        if let Some((key, _)) = root.entry("swagger") {
            return Err(Diagnostic::error("contract/version", "Swagger 2.0 is not read")
                .at(document.place(key.span))
                .hint("convert it to OpenAPI 3.0 or 3.1"));
        }
        let names = root.members().unwrap_or_default().iter().map(|(k, _)| k.text.as_str());
        let near = crate::base::distance::nearest("openapi", names);
        let span = near.and_then(|n| root.entry(n)).map_or(root.span, |(key, _)| key.span);
        return Err(Diagnostic::error("contract/no-openapi", "the document does not say which OpenAPI it is written in")
            .at(document.place(span))
            .hint("begin it with `openapi: 3.1.0`"));
    };
    let place = document.place(node.span);
    match &node.data {
        Data::String(text) => {
            let mut parts = text.split('.');
            let numbers = (parts.next(), parts.next(), parts.next().is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit())));
            match numbers {
                (Some("3"), Some("0"), true) => Ok(Version::V30),
                (Some("3"), Some("1"), true) => Ok(Version::V31),
                _ => Err(Diagnostic::error("contract/version", format!("OpenAPI `{text}` is not read"))
                    .at(place)
                    .hint("known: 3.0.x and 3.1.x, with all three numbers")),
            }
        }
        _ => Err(Diagnostic::error("contract/wrong-type", format!("`openapi` must be a string, but is a {}", node.kind()))
            .at(document.place(key.span))
            .hint("all three numbers: `openapi: 3.1.0`")),
    }
}

fn lower(files: Files, schemas: Vec<Loc>, version: Version) -> Result<Contract, Diagnostic> {
    let whole = files.place(&Loc::new(0, Pointer::root().push("openapi")));
    let unusable = |reason: String| Diagnostic::error("contract/unusable", reason).at(whole.clone());
    let (document, webhooks) = decode(&files).map_err(unusable)?;
    let request = SchemaSet::new(schema::documents(&files, version, &schemas, Direction::Request)).map_err(unusable)?;
    let response = SchemaSet::new(schema::documents(&files, version, &schemas, Direction::Response)).map_err(unusable)?;
    let lowering = operation::Lowering { files: &files, security: document.security.unwrap_or_default() };
    let operations = document
        .paths
        .paths
        .iter()
        .filter_map(|(path, item)| Some((path, item.as_item()?)))
        .flat_map(|(path, item)| lowering.path_item(path, item, 0))
        .collect();
    let webhooks = webhooks
        .iter()
        .flat_map(|(name, item)| {
            let operations = lowering.path_item("/", item, 1).into_iter();
            operations.map(|operation| Callback { name: name.clone(), expression: String::new(), operation })
        })
        .collect();
    let security_schemes = lowering.security_schemes(document.components.as_ref());
    let mut servers: Vec<String> = document.servers.iter().map(operation::server_url).collect();
    if servers.is_empty() {
        servers.push("/".to_owned());
    }
    Ok(Contract {
        title: document.info.title,
        version: document.info.version,
        openapi: document.openapi,
        base_path: operation::path_of(&servers[0]),
        servers,
        operations,
        webhooks,
        security_schemes,
        files,
        request,
        response,
        schemas,
    })
}
