//! Takes out of messages what a record must not hold.
//!
//! Applies the run's redactor, and hides by name what no redactor can know beforehand: a token that a server has just issued, a
//! password in a form, credentials in a URL. Never keeps a copy of what it hides.

mod body;
mod hits;
mod json;
mod names;

pub use body::{BODY_LIMIT, body, learn};
pub use hits::Hits;

use crate::model::http::Headers;
use crate::model::redact::{REDACTED, Redactor, rule};
use crate::record::shape::HeaderRecord;

/// Header fields that are evidence and look drawn at random: digests, signatures, validators, identifiers.
const EVIDENCE: [&str; 20] = [
    "content-digest",
    "content-md5",
    "content-security-policy",
    "correlation-id",
    "digest",
    "etag",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "repr-digest",
    "request-id",
    "signature",
    "signature-input",
    "traceparent",
    "tracestate",
    "webhook-id",
    "webhook-signature",
    "x-amz-cf-id",
    "x-correlation-id",
    "x-request-id",
];

/// Which message something stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The request.
    Request,
    /// The answer.
    Response,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// The header fields, without secrets.
#[must_use]
pub fn headers(redactor: &Redactor, headers: &Headers, side: Side, hits: &mut Hits) -> Vec<HeaderRecord> {
    let field = |(name, value): (&str, &str)| {
        let name = redactor.text(name);
        let place = format!("{} header {name}", side.word());
        let value = header(redactor, &name, value, &mut |rule| hits.add(&place, rule));
        HeaderRecord { name, value }
    };
    headers.iter().map(field).collect()
}

fn header(redactor: &Redactor, name: &str, value: &str, tell: &mut dyn FnMut(&str)) -> String {
    let name = name.to_ascii_lowercase();
    if redactor.hides_header(&name) {
        return hidden(value, tell);
    }
    match name.as_str() {
        "authorization" | "proxy-authorization" => credentials(redactor, value.trim(), tell),
        "location" | "content-location" | "referer" | "link" => url_telling(redactor, value, &mut |_, rule| tell(rule)),
        name => {
            let random = !EVIDENCE.contains(&name) && !redactor.rules().kept_headers.iter().any(|kept| kept == name);
            redactor.text_telling(value, random, tell)
        }
    }
}

/// `Bearer x`: the scheme stays. A lone word is a scheme, or a token that was sent without one.
fn credentials(redactor: &Redactor, value: &str, tell: &mut dyn FnMut(&str)) -> String {
    match value.split_once(' ') {
        Some((scheme, credentials)) if !credentials.trim().is_empty() => {
            format!("{} {}", redactor.text(scheme), hidden(credentials.trim(), tell))
        }
        _ if is_scheme(value) => value.to_owned(),
        _ => hidden(value, tell),
    }
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "dpop", "negotiate"].iter().any(|s| s.eq_ignore_ascii_case(word))
}

fn hidden(value: &str, tell: &mut dyn FnMut(&str)) -> String {
    if value.is_empty() {
        return String::new();
    }
    if value != REDACTED {
        tell(rule::HEADER);
    }
    REDACTED.to_owned()
}

/// A URL without secrets: no password before the host, no credential among the query parameters.
#[must_use]
pub fn url(redactor: &Redactor, url: &str) -> String {
    url_telling(redactor, url, &mut |_, _| {})
}

/// The URL of a request, without secrets.
#[must_use]
pub fn request_url(redactor: &Redactor, url: &str, hits: &mut Hits) -> String {
    url_telling(redactor, url, &mut |parameter, rule| match parameter {
        Some(name) => hits.add(&format!("request query parameter {name}"), rule),
        None => hits.add("request URL", rule),
    })
}

/// `tell` hears the query parameter, where it is one, and the rule.
fn url_telling(redactor: &Redactor, url: &str, tell: &mut dyn FnMut(Option<&str>, &str)) -> String {
    let mut url = redactor.text_telling(url, true, &mut |rule| tell(None, rule));
    if let Some(scheme) = url.find("://") {
        let authority = scheme + 3;
        let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |i| authority + i);
        if let Some(at) = url[authority..end].rfind('@').filter(|at| &url[authority..authority + at] != REDACTED) {
            url.replace_range(authority..authority + at, REDACTED);
            tell(None, rule::NAME);
        }
    }
    let Some(query) = url.find('?') else { return url };
    let end = url[query..].find('#').map_or(url.len(), |i| query + i);
    let fields = names::form(&url[query + 1..end], &names::is_credential, &mut |name| tell(Some(name), rule::NAME));
    format!("{}?{fields}{}", &url[..query], &url[end..])
}

/// Any text without secrets; what it quotes of a JSON body is treated like the body.
#[must_use]
pub fn text(redactor: &Redactor, text: &str) -> String {
    text_telling(redactor, text, &mut |_| {})
}

fn text_telling(redactor: &Redactor, text: &str, tell: &mut dyn FnMut(&str)) -> String {
    let text = redactor.text_telling(text, true, tell);
    names::members(text, &mut || tell(rule::NAME))
}

#[cfg(test)]
mod tests;
