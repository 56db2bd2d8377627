//! How deliveries are signed, as a profile or an environment says it.
//!
//! Names schemes and algorithms. Holds no key and computes nothing.

use crate::base::units::Nanos;

/// How a sender signs its deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureScheme {
    /// Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    StandardWebhooks(WebhookAlgorithm),
    /// RFC 9421, HTTP Message Signatures, with the body covered by a `Content-Digest` (RFC 9530).
    HttpMessage(HttpMessage),
    /// A header whose value is the shared secret itself.
    SharedSecret {
        /// The header.
        header: String,
    },
}

/// The schemes of Standard Webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookAlgorithm {
    /// `v1`: HMAC-SHA256 by a shared secret (`whsec_`).
    V1,
    /// `v1a`: Ed25519 by the sender's key (`whsk_` to sign, `whpk_` to verify).
    V1a,
}

/// How a message is signed by RFC 9421.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpMessage {
    /// The algorithm.
    pub algorithm: HttpAlgorithm,
    /// The label in `Signature-Input` and `Signature`.
    pub label: String,
    /// The covered components, such as `@method` or `content-digest`, in order.
    pub components: Vec<String>,
    /// The `keyid` parameter.
    pub key_id: Option<String>,
    /// The `tag` parameter.
    pub tag: Option<String>,
    /// How long after `created` the `expires` parameter lies; none is sent where this is absent.
    pub expires: Option<Nanos>,
}

/// The algorithms of RFC 9421 that deliveries are signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpAlgorithm {
    /// `hmac-sha256`, by a shared secret.
    HmacSha256,
    /// `ed25519`, by the sender's key.
    Ed25519,
}

impl HttpAlgorithm {
    /// Its name in the registry of RFC 9421.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}
