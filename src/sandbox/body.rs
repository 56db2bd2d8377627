//! Request bodies: a JSON object and its members, and what is refused of them.
//!
//! Knows no operation and no schema: each operation asks for the members that it needs.

use crate::model::http::Request;
use crate::sandbox::answer::Refusal;
use serde_json::{Map, Value};

/// The body of a request to one of the APIs.
pub(super) fn object(request: &Request) -> Result<Map<String, Value>, Refusal> {
    if request.headers.media_type().as_deref() != Some("application/json") {
        return Err(Refusal::invalid("The body must be application/json."));
    }
    object_of_any_type(request)
}

/// The same, whatever the request says that its body is.
pub(super) fn object_of_any_type(request: &Request) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::invalid("The body must be a JSON object.")),
        Err(_) => Err(Refusal::invalid("The body is not JSON.")),
    }
}

/// A member that must be a non-empty string.
pub(super) fn required_text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let value = body.get(name).ok_or_else(|| Refusal::new(400, "MISSING_VALUE", format!("{name} is required.")))?;
    let text = value.as_str().filter(|text| !text.is_empty());
    text.ok_or_else(|| Refusal::invalid(format!("{name} must be a non-empty string.")))
}
