//! What is being judged: one exchange, its body read once, and the operation it belongs to.
//!
//! Prepares and phrases; never decides whether anything is right.

use crate::base::diagnostic::Severity;
use crate::base::source::Spot;
use crate::check::catalogue;
use crate::contract::model::Operation;
use crate::model::check::{CheckId, Requirement};
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::model::http::{Headers, Request, Response};
use serde_json::Value;

/// A body, read as far as its media type says it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// No bytes at all.
    Empty,
    /// JSON that parses.
    Json(Value),
    /// Bytes under a JSON media type that do not parse, with the reason.
    Broken(String),
    /// Something else.
    Other,
}

impl Body {
    /// Reads a body by its headers; bytes without a media type are tried as JSON.
    #[must_use]
    pub fn read(headers: &Headers, bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let essence = headers.media_type();
        let coded = headers.get("content-encoding").is_some_and(|c| !c.trim().eq_ignore_ascii_case("identity"));
        if coded {
            return Self::Other;
        }
        let says_json = essence.as_deref().is_some_and(is_json);
        match serde_json::from_slice(bytes) {
            Ok(value) if says_json || essence.is_none() => Self::Json(value),
            Err(error) if says_json => Self::Broken(error.to_string()),
            _ => Self::Other,
        }
    }

    /// The JSON value, when there is one.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }
}

/// True for `application/json` and the `+json` suffix (RFC 6839).
#[must_use]
pub fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// One exchange under judgement.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// The request.
    pub request: &'a Request,
    /// The answer.
    pub response: &'a Response,
    /// The answer's body.
    pub body: &'a Body,
    /// The operation it belongs to.
    pub operation: Option<&'a Operation>,
    /// The requirement that expectations of the case cite.
    pub cited: Option<&'a Requirement>,
}

impl Subject<'_> {
    /// A finding about this exchange, citing the check's own requirement.
    #[must_use]
    pub fn finding(
        &self,
        check: CheckId,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Finding {
        finding(check, message, expected, actual).about(self.exchange, self.operation)
    }

    /// A finding about this exchange, citing what the case cites, where it does.
    #[must_use]
    pub fn cited_finding(
        &self,
        check: CheckId,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Finding {
        self.finding(check, message, expected, actual).citing(self.cited)
    }
}

/// An error-level finding that no exchange shows yet.
#[must_use]
pub fn finding(check: CheckId, message: impl Into<String>, expected: impl Into<String>, actual: impl Into<String>) -> Finding {
    Finding {
        check,
        requirement: catalogue::info(check).requirement(),
        severity: Severity::Error,
        message: message.into(),
        operation: None,
        header: None,
        instance: None,
        schema: None,
        spec: None,
        expected: expected.into(),
        actual: actual.into(),
        exchange: None,
    }
}

/// Fills in what a finding is about.
pub trait Fill: Sized {
    /// Shown by this exchange, of this operation.
    #[must_use]
    fn about(self, exchange: &Exchange, operation: Option<&Operation>) -> Self;
    /// About this header field.
    #[must_use]
    fn on_header(self, name: &str) -> Self;
    /// Citing this requirement instead of the check's own.
    #[must_use]
    fn citing(self, requirement: Option<&Requirement>) -> Self;
}

impl Fill for Finding {
    fn about(mut self, exchange: &Exchange, operation: Option<&Operation>) -> Self {
        self.exchange = Some(exchange.id);
        self.spec = operation.map(|o| Spot::from(&o.place));
        self.operation = operation.map(|o| o.id.clone()).or_else(|| exchange.operation.clone());
        self
    }

    fn on_header(mut self, name: &str) -> Self {
        self.header = Some(name.to_ascii_lowercase());
        self
    }

    fn citing(mut self, requirement: Option<&Requirement>) -> Self {
        if let Some(requirement) = requirement {
            self.requirement = requirement.clone();
        }
        self
    }
}

/// A value as a reader would want it: short, on one line.
#[must_use]
pub fn brief(text: &str) -> String {
    const MOST: usize = 200;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST + 1).collect();
    if line.chars().count() > MOST { format!("{}…", line.chars().take(MOST).collect::<String>()) } else { line }
}
