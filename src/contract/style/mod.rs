//! Parameter styles in both directions: how values become text of a path, a query, a header or a cookie, and back.
//!
//! Pure text, told by a schema only which types there are. Never validates a value.

pub(in crate::contract) mod decode;
mod encode;
#[cfg(test)]
mod tests;

use crate::contract::Contract;
use crate::contract::media::MediaName;
use crate::contract::model::{In, Operation, Parameter, SchemaRef};
use crate::contract::view::View;
use serde_json::Value;

pub(in crate::contract) use encode::primitive;
pub use encode::{encode, encode_cookie, encode_header, encode_path, encode_query};

impl Contract {
    /// The value of what stands in place of `{name}` in a path, still percent-encoded.
    ///
    /// # Errors
    /// A lower-case fragment when the text is not of the parameter's style.
    pub fn decode_path(&self, parameter: &Parameter, raw: &str) -> Result<Value, String> {
        decode::path(parameter, raw, &View::of(&self.files, parameter.schema.as_ref()))
    }

    /// The value that a query (without `?`) holds of a parameter of the operation; `None` where it is not there.
    ///
    /// # Errors
    /// A lower-case fragment when the text is not of the parameter's style.
    pub fn decode_query(&self, operation: &Operation, parameter: &Parameter, query: &str) -> Result<Option<Value>, String> {
        let view = View::of(&self.files, parameter.schema.as_ref());
        if parameter.location == In::QueryString {
            return self.decode_whole_query(parameter, query, &view);
        }
        let others = operation.parameters.iter().filter(|p| p.location == In::Query && p.name != parameter.name);
        let others: Vec<&str> = others.map(|p| p.name.as_str()).collect();
        decode::query(parameter, &decode::pairs(query), &view, &others)
    }

    fn decode_whole_query(&self, parameter: &Parameter, query: &str, view: &View<'_>) -> Result<Option<Value>, String> {
        if query.is_empty() {
            return Ok(None);
        }
        let media = parameter.content.as_deref().unwrap_or(FORM);
        match MediaName::parse(media) {
            Some(name) if name.is_json() => decode::content(decode::form_decode(query), media).map(Some),
            Some(name) if name.essence() == FORM => crate::contract::body::form::object(query, &[], view).map(Some),
            _ => Ok(Some(decode::scalar(&decode::form_decode(query), view))),
        }
    }

    /// The value that the `Cookie` field holds of a parameter; `None` where it is not there.
    ///
    /// # Errors
    /// A lower-case fragment when the text is not of the parameter's style.
    pub fn decode_cookie(&self, parameter: &Parameter, field: &str) -> Result<Option<Value>, String> {
        decode::cookie(parameter, field, &View::of(&self.files, parameter.schema.as_ref()))
    }

    /// The value of a header field, lines of one name joined by `, `; `content` where a media type describes it.
    ///
    /// # Errors
    /// A lower-case fragment when the text is not of that media type.
    pub fn decode_field(
        &self,
        text: &str,
        explode: bool,
        schema: Option<&SchemaRef>,
        content: Option<&str>,
    ) -> Result<Value, String> {
        decode::header(text, explode, content, &View::of(&self.files, schema))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// A whole query as one value (`in: querystring`): an object as a form, else what its media type says, percent-encoded.
///
/// # Errors
/// A lower-case fragment when the value cannot be written so.
pub fn encode_whole_query(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let media = parameter.content.as_deref().unwrap_or(FORM);
    if MediaName::parse(media).is_some_and(|m| m.is_json()) {
        return Ok(encode(&value.to_string(), false));
    }
    let Value::Object(members) = value else {
        return primitive(value).map(|t| encode(&t, false)).ok_or_else(|| format!("a list cannot be written as {media}"));
    };
    let mut pairs = Vec::new();
    for (name, value) in members {
        let items = value.as_array().map_or_else(|| vec![value], |items| items.iter().collect());
        for item in items {
            let text = primitive(item).unwrap_or_else(|| item.to_string());
            pairs.push(format!("{}={}", encode(name, false), encode(&text, false)));
        }
    }
    Ok(pairs.join("&"))
}
