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
use crate::contract::resolver::Resolver;

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
    let Some(from) = version(&document, &mut faults) else { return (None, faults) };
    let mut checked = check::check(document, resolver);
    let root = (!checked.faults.has_errors()).then(|| convert::convert(&mut checked));
    faults.extend(checked.faults);
    let mut document = checked.whole;
    let converted = root.filter(|_| !faults.has_errors()).map(|root| {
        document.root = root;
        Converted { document, from }
    });
    (converted, faults)
}

/// The version as written. The field is a string; many write the number, and what they mean is clear.
fn version(document: &Document, faults: &mut Diagnostics) -> Option<String> {
    let (key, node) = document.root.entry("swagger")?;
    let fault = match &node.data {
        Data::String(text) if text == "2.0" => return Some(text.clone()),
        Data::Number(number) if number.as_f64() == Some(2.0) => {
            let message = "`swagger` must be a string, but is a number";
            faults.push(
                Diagnostic::warning("contract/wrong-type", message)
                    .at(document.place(node.span))
                    .hint("put it in quotes: `swagger: \"2.0\"`"),
            );
            return Some("2.0".to_owned());
        }
        Data::String(text) => Diagnostic::error("contract/version", format!("Swagger `{text}` is not read"))
            .at(document.place(node.span))
            .hint("known: `swagger: \"2.0\"`"),
        _ => Diagnostic::error("contract/wrong-type", format!("`swagger` must be a string, but is a {}", node.kind()))
            .at(document.place(key.span))
            .hint("write `swagger: \"2.0\"`"),
    };
    faults.push(fault);
    None
}
