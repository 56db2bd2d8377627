//! The shape of a certificate, version 1.
//!
//! Plain data; unknown members are refused when it is read. Signs nothing and verifies nothing.

use crate::record::shape::instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `format` says in a certificate.
pub const FORMAT: &str = "proofmark.certificate";
/// The version this build writes and reads.
pub const VERSION: u32 = 1;
/// How a certificate is signed.
pub const ALGORITHM: &str = "Ed25519";
/// How the bytes come about that are signed.
pub const CANONICALIZATION: &str = "RFC 8785";

/// A certificate and its signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// What is certified.
    pub certificate: Body,
    /// Who says so.
    pub signature: Signature,
}

/// What is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The profile that was held against it.
    pub profile: Profile,
    /// The spec whose callbacks were delivered.
    pub spec: Spec,
    /// What else it stands on: profiles that the profile extends, overlays, further files of the spec.
    pub documents: Vec<FurtherDocument>,
    /// The tool that looked.
    pub tool: Tool,
    /// The certification it was issued for.
    pub run: Run,
    /// When it was issued; it holds from then.
    #[serde(with = "instant")]
    pub issued: Timestamp,
    /// When it ends; it no longer holds then.
    #[serde(with = "instant")]
    pub expires: Timestamp,
    /// Each requirement and what was found.
    pub requirements: Vec<Requirement>,
    /// The same in one sentence.
    pub summary: String,
}

/// The endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The URL that is registered.
    pub registered: String,
    /// Where deliveries went.
    pub deliveries: Vec<Delivery>,
    /// Its TLS; absent where it speaks none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// Where the deliveries of one callback went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The callback's operation.
    pub operation: String,
    /// The URL.
    pub url: String,
}

/// The TLS of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The version agreed.
    pub version: String,
    /// The SHA-256 of each certificate sent, the endpoint's own first, in hexadecimal.
    pub fingerprints: Vec<String>,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub title: String,
    /// The SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// A spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its file, in hexadecimal.
    pub sha256: String,
}

/// A further document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherDocument {
    /// What it is.
    pub kind: String,
    /// The name a user knows it by.
    pub name: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// The tool that looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The certification that a certificate was issued for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When it began.
    #[serde(with = "instant")]
    pub began: Timestamp,
    /// When it ended.
    #[serde(with = "instant")]
    pub ended: Timestamp,
    /// The SHA-256 of its `record.json`, in hexadecimal.
    pub sha256: String,
}

/// A requirement and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Its id.
    pub id: String,
    /// The document and section it is taken from.
    pub source: String,
    /// The row in the table of requirements; 0 for none.
    pub row: u8,
    /// The module that looked.
    pub module: String,
    /// What it asks, in a few words.
    pub title: String,
    /// `passed`, `review`, `warning`, `skipped` or `not-applicable`.
    pub result: String,
    /// Why it was not judged, does not apply or has to be looked at; or what proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who signed, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Always [`ALGORITHM`].
    pub algorithm: String,
    /// Always [`CANONICALIZATION`].
    pub canonicalization: String,
    /// The key to verify with.
    pub key: Key,
    /// The signature's 64 bytes in base64url without padding. Every other byte of the document is what it signs.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
}

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its thumbprint (RFC 7638).
    pub id: String,
    /// Its 32 bytes in base64url without padding.
    pub public: String,
}
