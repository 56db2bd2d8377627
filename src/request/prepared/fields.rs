//! The header fields a request is sent with: its own, and those that the client adds.
//!
//! Both clients send the same ones. Frames no body and opens nothing.

use crate::model::http::Request;
use crate::net::client::ClientOptions;

/// The fields of a request beside `host` and the length of its body, as they go over the wire: names in lower case, and what the
/// conformance client adds where it is not given.
///
/// # Errors
/// A lower-case fragment that names the field that cannot be sent.
pub(super) fn sent(request: &Request) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::new();
    for (name, value) in request.headers.iter() {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("the header name `{name}` cannot be sent"));
        }
        if value.bytes().any(|b| b < 0x20 && b != b'\t' || b == 0x7f) {
            return Err(format!("the value of the header `{name}` cannot be sent"));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err("`transfer-encoding` says how a body is framed, which a load decides itself".to_owned());
        }
        if !name.eq_ignore_ascii_case("host") {
            fields.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    for (name, value) in [("accept", "*/*".to_owned()), ("user-agent", ClientOptions::default().user_agent)] {
        if request.headers.get(name).is_none() {
            fields.push((name.to_owned(), value));
        }
    }
    Ok(fields)
}

/// RFC 9110 section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Whether an empty body is said to be empty (RFC 9110 section 8.6).
pub(super) fn says_empty(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}
