//! Which version of OpenAPI a document is written in.
//!
//! Reads the one field that says so; checks nothing else.

use crate::base::diagnostic::Diagnostic;
use crate::base::tree::{Data, Document};
use crate::contract::grammar::Version;

/// Which version a document is written in, or why it is none that can be read.
pub(in crate::contract) fn version(document: &Document) -> Result<Version, Diagnostic> {
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
        Data::String(text) => numbered(text).ok_or_else(|| {
            let fault = Diagnostic::error("contract/version", format!("OpenAPI `{text}` is not read")).at(place);
            fault.hint("known: 3.0.x, 3.1.x and 3.2.x, with all three numbers")
        }),
        _ => Err(Diagnostic::error("contract/wrong-type", format!("`openapi` must be a string, but is a {}", node.kind()))
            .at(document.place(key.span))
            .hint("all three numbers: `openapi: 3.1.0`")),
    }
}

/// `3.0.3`, or `3.0.0-rc1`: what follows a hyphen may be anything, as in the published schema of OpenAPI.
fn numbered(text: &str) -> Option<Version> {
    let (numbers, suffix) = text.split_once('-').map_or((text, None), |(n, s)| (n, Some(s)));
    let mut parts = numbers.split('.');
    let (major, minor, patch) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || patch.is_empty() || !patch.bytes().all(|b| b.is_ascii_digit()) || suffix == Some("") {
        return None;
    }
    match (major, minor) {
        ("3", "0") => Some(Version::V30),
        ("3", "1") => Some(Version::V31),
        ("3", "2") => Some(Version::V32),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;
    use crate::contract::grammar::Version;

    #[test]
    fn versions_have_three_numbers_and_may_have_a_suffix() {
        for (text, version) in [
            ("3.0.0", Some(Version::V30)),
            ("3.0.1-rc1", Some(Version::V30)),
            ("3.0.4-#6!WuAA%`", Some(Version::V30)),
            ("3.1.10", Some(Version::V31)),
            ("3.2.0", Some(Version::V32)),
            ("3.1", None),
            ("3.1.", None),
            ("3.1.0-", None),
            ("3.1.0.1", None),
            ("3.3.0", None),
            ("2.0.0", None),
        ] {
            assert_eq!(numbered(text), version, "{text}");
        }
    }
}
