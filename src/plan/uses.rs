//! The names that a planned request uses.
//!
//! Lists them. Resolves nothing.

use crate::base::source::Span;
use crate::plan::{PlannedSend, SendTarget};
use crate::suite::ast::step::{AuthChoice, Payload};

/// Every `${…}` of a request, in the order of its parts.
#[must_use]
pub fn variables(send: &PlannedSend) -> Vec<(&str, Span)> {
    let mut all = Vec::new();
    match &send.target {
        SendTarget::Operation { path, .. } => all.extend(path.iter().flat_map(|(_, v)| v.variables())),
        SendTarget::Raw { method, target } => all.extend(method.variables().chain(target.variables())),
    }
    for bound in [&send.query, &send.headers, &send.cookies] {
        all.extend(bound.iter().flat_map(|(_, _, v)| v.variables()));
    }
    match &send.payload {
        None => {}
        Some(Payload::Value { value, content_type }) => {
            all.extend(value.variables());
            all.extend(content_type.iter().flat_map(|t| t.variables()));
        }
        Some(Payload::Raw { text, content_type }) => {
            all.extend(text.variables());
            all.extend(content_type.iter().flat_map(|t| t.variables()));
        }
        Some(Payload::Form(pairs)) => all.extend(pairs.iter().flat_map(|(_, v)| v.variables())),
    }
    match &send.auth {
        AuthChoice::None => {}
        AuthChoice::Identity(t) | AuthChoice::Bearer(t) | AuthChoice::Header(t) | AuthChoice::Basic(t) => {
            all.extend(t.variables());
        }
    }
    all
}
