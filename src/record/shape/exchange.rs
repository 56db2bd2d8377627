//! Exchanges as they are stored: what was asked, what was answered, redacted.
//!
//! Plain data. Never holds a secret, and judges nothing.

use crate::record::shape::{RedactionRecord, Way, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One exchange, redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ExchangeRecord {
    /// Its id, `x1` upwards.
    pub id: String,
    /// Which way it went.
    pub way: Way,
    /// The operation it was meant for.
    pub operation: Option<String>,
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// The service time.
    pub took_ns: u64,
    /// What was asked.
    pub request: RequestRecord,
    /// What was answered.
    pub response: Option<ResponseRecord>,
    /// Why nothing was answered.
    pub failure: Option<String>,
    /// What was hidden of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The URL, or the request target when it was received.
    pub url: String,
    /// The header fields.
    pub headers: Vec<HeaderRecord>,
    /// The body.
    pub body: BodyRecord,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ResponseRecord {
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: Vec<HeaderRecord>,
    /// The body.
    pub body: BodyRecord,
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct HeaderRecord {
    /// Its name as it was sent.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A body, up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct BodyRecord {
    /// Its length on the wire, in bytes.
    pub length: usize,
    /// Its text, when it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its bytes in base64, when it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// True when only the beginning is kept.
    #[serde(default)]
    pub cut: bool,
}
