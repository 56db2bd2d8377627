//! Swagger 2.0, turned into OpenAPI 3.0 as it is loaded.
//!
//! Checks a document in the terms of Swagger, then converts its tree; every node keeps the place it was written at, and what
//! other files hold is taken into the one tree. Never lowers anything: that happens to the converted tree like to any other.

mod body;
mod check;
mod convert;
mod rules;
mod schema;
mod table;
#[cfg(test)]
mod tests;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::tree::{Data, Document};
use crate::contract::load::Resolver;

/// A document that was converted.
#[derive(Clone, Debug)]
pub(in crate::contract) struct Converted {
    /// OpenAPI 3.0.3, without references to other files.
    pub(in crate::contract) document: Document,
    /// The version that the author wrote.
    pub(in crate::contract) from: String,
}

/// True for a document that says it is Swagger.
pub(in crate::contract) fn is_swagger(document: &Document) -> bool {
    document.root.get("swagger").is_some() && document.root.get("openapi").is_none()
}

/// Converts a Swagger 2.0 document and what it refers to. With an error among the diagnostics there is no result.
pub(in crate::contract) fn convert(document: Document, resolver: &Resolver<'_>) -> (Option<Converted>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let from = match version(&document) {
        Ok(from) => from,
        Err(fault) => {
            faults.push(fault);
            return (None, faults);
        }
    };
    let mut checked = check::check(document, resolver);
    if checked.faults.has_errors() {
        return (None, checked.faults);
    }
    let root = convert::convert(&mut checked);
    if checked.faults.has_errors() {
        return (None, checked.faults);
    }
    let mut document = checked.whole;
    document.root = root;
    (Some(Converted { document, from }), checked.faults)
}

fn version(document: &Document) -> Result<String, Diagnostic> {
    let Some((key, node)) = document.root.entry("swagger") else {
        let message = "the document does not say which Swagger it is written in";
        return Err(Diagnostic::error("contract/no-openapi", message).at(document.place(document.root.span)));
    };
    match &node.data {
        Data::String(text) if text == "2.0" => Ok(text.clone()),
        Data::String(text) => Err(Diagnostic::error("contract/version", format!("Swagger `{text}` is not read"))
            .at(document.place(node.span))
            .hint("known: `swagger: \"2.0\"`")),
        _ => Err(Diagnostic::error("contract/wrong-type", format!("`swagger` must be a string, but is a {}", node.kind()))
            .at(document.place(key.span))
            .hint("put it in quotes: `swagger: \"2.0\"`")),
    }
}
