//! What a partner and a sender have agreed on: how deliveries are signed and carried.
//!
//! Names the profiles that are shipped. Holds no key and reads no file.

use crate::base::distance::did_you_mean;
use crate::model::signing::{HttpAlgorithm, HttpMessage, SignatureScheme, WebhookAlgorithm};
use std::fmt;

/// A profile of deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// Nothing signed.
    #[default]
    Laas,
    /// HMAC-SHA256 in the form of Standard Webhooks.
    LaasHmac,
    /// Standard Webhooks `v1`.
    StandardWebhooks,
    /// Standard Webhooks `v1a`.
    StandardWebhooksEd25519,
    /// RFC 9421 with HMAC-SHA256.
    HttpSignatures,
    /// TLS with client certificates, nothing signed.
    Mtls,
}

impl Profile {
    /// Every profile.
    pub const ALL: &[Self] =
        &[Self::Laas, Self::LaasHmac, Self::StandardWebhooks, Self::StandardWebhooksEd25519, Self::HttpSignatures, Self::Mtls];

    /// Its name, as typed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Laas => "laas",
            Self::LaasHmac => "laas-hmac",
            Self::StandardWebhooks => "standard-webhooks",
            Self::StandardWebhooksEd25519 => "standard-webhooks-ed25519",
            Self::HttpSignatures => "http-signatures",
            Self::Mtls => "mtls",
        }
    }

    /// The profile of that name.
    ///
    /// # Errors
    /// A fragment that names the unknown profile, with the nearest known one.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(profile) = Self::ALL.iter().find(|profile| profile.name() == name) {
            return Ok(*profile);
        }
        let hint = did_you_mean(name, Self::ALL.iter().map(|profile| profile.name()));
        Err(format!("unknown profile `{name}`{}", hint.map_or_else(String::new, |h| format!("; {h}"))))
    }

    /// How deliveries are signed; `None` where they are not.
    #[must_use]
    pub fn scheme(self) -> Option<SignatureScheme> {
        match self {
            Self::Laas | Self::Mtls => None,
            Self::LaasHmac | Self::StandardWebhooks => Some(SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1)),
            Self::StandardWebhooksEd25519 => Some(SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a)),
            Self::HttpSignatures => Some(SignatureScheme::HttpMessage(HttpMessage {
                algorithm: HttpAlgorithm::HmacSha256,
                label: "sig1".to_owned(),
                components: ["@method", "@target-uri", "content-type", "content-digest", "webhook-id", "webhook-timestamp"]
                    .map(str::to_owned)
                    .to_vec(),
                key_id: None,
                tag: None,
                expires: None,
            })),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
