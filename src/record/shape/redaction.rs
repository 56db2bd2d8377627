//! What was taken out of a record, without a word of what it was.
//!
//! Plain data. Never holds a value, its length or a digest of it.

use serde::{Deserialize, Serialize};

/// Values that were hidden at one place by one rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct RedactionRecord {
    /// Where: `request header Authorization`, `response body /access_token`; items of lists as `*`.
    #[serde(rename = "where")]
    pub place: String,
    /// By which rule: `secret`, `header`, `name`, `pointer`, `shape`, `entropy`, `quoted`, `share`, or the name of a pattern.
    pub rule: String,
    /// How many values.
    pub count: usize,
}
