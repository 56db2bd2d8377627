//! The bodies of requests: which media type, and what is written.
//!
//! Chooses and fills in. The writing of each media type is the contract's; nothing is judged here.

use crate::contract::Contract;
use crate::contract::media::{MediaName, documented};
use crate::contract::model::{MediaType, Operation};
use crate::contract::style;
use crate::model::http::Request;
use crate::request::names::{resolve, text};
use crate::suite::ast::step::Payload;
use crate::suite::template::Scope;
use bytes::Bytes;
use serde_json::Value;

/// Writes the body and says what it is; `boundary` separates parts, where there are parts.
pub(super) fn write(
    request: &mut Request,
    payload: &Payload,
    (operation, contract): (Option<&Operation>, &Contract),
    names: &dyn Scope,
    boundary: &str,
) -> Result<(), String> {
    match payload {
        Payload::Value { value, content_type } => {
            let wanted = content_type.as_ref().map(|t| text(t, names)).transpose()?;
            let media = media_of(operation, wanted.as_deref());
            let written = contract.write_body(&media, &resolve(value, names)?, boundary)?;
            request.headers.push("content-type", written.content_type);
            request.body = Bytes::from(written.bytes);
        }
        Payload::Raw { text: raw, content_type } => {
            if let Some(content_type) = content_type {
                request.headers.push("content-type", text(content_type, names)?);
            }
            request.body = Bytes::from(text(raw, names)?);
        }
        Payload::Form(pairs) => {
            let mut form = Vec::new();
            for (name, value) in pairs {
                let value = resolve(value, names)?;
                if !value.is_null() {
                    form.push((name.value.as_str(), plain(&value)));
                }
            }
            request.headers.push("content-type", "application/x-www-form-urlencoded");
            request.body = Bytes::from(urlencoded(form.iter().map(|(k, v)| (*k, v.as_str()))));
        }
    }
    Ok(())
}

/// The media type a body is written as: the one wanted, as it is documented; else JSON where that is documented, else the
/// first; JSON where none is.
fn media_of(operation: Option<&Operation>, wanted: Option<&str>) -> MediaType {
    let known = operation.and_then(|o| o.body.as_ref()).map_or(&[][..], |b| &b.media);
    let is_json = |m: &&MediaType| MediaName::parse(&m.name).is_some_and(|n| n.is_json());
    let found = match wanted {
        Some(wanted) => documented(known, wanted).map(|m| MediaType { name: wanted.to_owned(), ..m.clone() }),
        None => known.iter().find(is_json).or(known.first()).cloned(),
    };
    found.unwrap_or_else(|| MediaType {
        name: wanted.unwrap_or("application/json").to_owned(),
        schema: None,
        item_schema: None,
        encoding: Vec::new(),
        prefix_encoding: Vec::new(),
        item_encoding: None,
        example: None,
        examples: Vec::new(),
    })
}

/// A value as text: text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Pairs as `application/x-www-form-urlencoded`.
pub fn urlencoded<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let encode = |text| style::encode(text, false);
    pairs.into_iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::urlencoded;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(urlencoded([("a b", "é&="), ("c", "")]), "a%20b=%C3%A9%26%3D&c=");
    }
}
