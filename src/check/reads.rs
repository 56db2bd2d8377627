//! What the judgement of an answer depends on, so that one that was given can be given again for the same answer.
//!
//! Errs on the side of more: what cannot be told is read. Judges nothing.

use crate::contract::media::documented;
use crate::contract::model::{Operation, SchemaRef};
use crate::suite::ast::expect::{Expect, ExpectedStatus};
use crate::suite::matcher::Matcher;
use std::collections::BTreeSet;

/// What the judgement of an answer of one status depends on, beside the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The header fields, in lower case.
    pub headers: BTreeSet<String>,
    /// The request.
    pub request: bool,
    /// The body beyond its schema: an error code, an expectation, what an error must not show.
    pub body: bool,
}

/// What [`crate::check::judgement::answer`] reads of an answer of this status; `None` where it depends on more than the exchange
/// holds (templates), or on how long it took.
#[must_use]
pub fn reads(method: &str, operation: Option<&Operation>, status: u16, expect: &Expect) -> Option<Reads> {
    if depends_on_more(expect) {
        return None;
    }
    let mut headers: BTreeSet<String> = ["content-type", "content-encoding"].map(str::to_owned).into();
    if let Some(documented) = operation.and_then(|o| o.response_for(status)) {
        headers.extend(documented.headers.iter().map(|h| h.name.to_ascii_lowercase()));
    }
    headers.extend(expect.headers.iter().map(|(name, _)| name.value.to_ascii_lowercase()));
    headers.extend(
        match status {
            201 => &["location"][..],
            401 => &["www-authenticate"],
            405 => &["allow"],
            204 | 205 | 304 => &["content-length", "transfer-encoding"],
            _ => &[],
        }
        .iter()
        .map(|h| (*h).to_owned()),
    );
    let request = method == "HEAD" || matches!(status, 201 | 405);
    let body = status >= 400 || !expect.body.is_empty() || expect.error.is_some() || expect.empty.is_some();
    Some(Reads { headers, request, body })
}

/// The schema that alone judges a body of this status and media type, where it is JSON and nothing else is documented of it.
#[must_use]
pub fn schema_alone<'o>(operation: &'o Operation, status: u16, content_type: &str) -> Option<&'o SchemaRef> {
    let media = documented(&operation.response_for(status)?.media, content_type)?;
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let plain = media.item_schema.is_none() && media.encoding.is_empty() && crate::check::subject::is_json(&essence);
    media.schema.as_ref().filter(|_| plain)
}

fn depends_on_more(expect: &Expect) -> bool {
    let status = matches!(expect.status.as_ref().map(|s| &s.value), Some(ExpectedStatus::Template(_)));
    let code = expect.error.as_ref().is_some_and(|code| code.as_literal().is_none());
    let matchers = expect.body.iter().map(|(_, m)| m).chain(expect.headers.iter().map(|(_, m)| m));
    status || code || expect.denied.is_some() || expect.time.is_some() || matchers.into_iter().any(has_template)
}

fn has_template(matcher: &Matcher) -> bool {
    !matcher.variables().is_empty()
}
