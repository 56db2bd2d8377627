//! Standard Webhooks: the schemes `v1` (HMAC-SHA256) and `v1a` (Ed25519) over id, time and raw body.
//!
//! Signs and verifies bytes with the time given as an argument. Never reads the clock, never parses a body, and never
//! shows a secret.

use crate::base::ed25519::{PublicKey, SigningKey};
use crate::base::secret::Secret;
use crate::base::units::Nanos;
pub use crate::callback::fault::SignatureFault;
use crate::callback::fault::age_fault;
use crate::model::http::Headers;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;

/// The header with the identifier of the delivery, the same in every attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in whole seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with one or more signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

/// Base64 as senders write it: padded, and read with or without the padding.
pub(super) const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

/// A key shared by the sender and the receiver of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSecret(Secret<Vec<u8>>);

impl WebhookSecret {
    /// Reads `whsec_` followed by base64, or the base64 alone.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong, without the text itself.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let key = BASE64.decode(encoded).map_err(|_| "the webhook secret is not `whsec_` followed by base64".to_owned())?;
        if key.is_empty() {
            return Err("the webhook secret is empty".to_owned());
        }
        Ok(Self(Secret::new(key)))
    }

    /// A key from raw bytes.
    #[must_use]
    pub fn from_bytes(key: Vec<u8>) -> Self {
        Self(Secret::new(key))
    }

    /// A fresh key of 32 bytes that nobody else knows.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = vec![0; 32];
        aws_lc_rs::rand::fill(&mut key).expect("the operating system gives randomness");
        Self::from_bytes(key)
    }

    /// `whsec_` followed by base64.
    #[must_use]
    pub fn spelled(&self) -> Secret<String> {
        Secret::new(format!("whsec_{}", BASE64.encode(self.0.expose())))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose())
    }
}

/// What a sender signs with.
#[derive(Clone, Debug)]
pub enum WebhookKey {
    /// `v1`, by the shared secret.
    V1(WebhookSecret),
    /// `v1a`, by the sender's own key.
    V1a(SigningKey),
}

impl WebhookKey {
    /// The signature of one attempt, as `v1,BASE64` or `v1a,BASE64`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let content = signed_content(id, &timestamp.to_string(), body);
        match self {
            Self::V1(secret) => format!("v1,{}", BASE64.encode(hmac::sign(&secret.key(), &content))),
            Self::V1a(key) => format!("v1a,{}", BASE64.encode(key.sign(&content))),
        }
    }
}

/// What a receiver verifies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookVerifier {
    /// `v1`, by the shared secret.
    V1(WebhookSecret),
    /// `v1a`, by the sender's public key.
    V1a(PublicKey),
}

impl WebhookVerifier {
    /// The prefix of its signatures, and their length in bytes.
    fn form(&self) -> (&'static str, usize) {
        match self {
            Self::V1(_) => ("v1,", 32),
            Self::V1a(_) => ("v1a,", 64),
        }
    }

    fn matches(&self, content: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::V1(secret) => hmac::verify(&secret.key(), content, signature).is_ok(),
            Self::V1a(key) => key.verify(content, signature),
        }
    }
}

/// Reads the key of a sender: `whsk_` followed by base64 of the seed, or of the seed and its public key, or PKCS#8 in PEM.
///
/// # Errors
/// A lower-case fragment that says what is expected, without the text itself.
pub fn parse_signing_key(text: &str) -> Result<SigningKey, String> {
    let expected = || "the signing key is neither `whsk_` followed by base64 of 32 or 64 bytes nor PKCS#8 in PEM".to_owned();
    let text = text.trim();
    if text.starts_with("-----BEGIN") {
        return SigningKey::from_pkcs8_pem(text).map_err(|_| expected());
    }
    let raw = text.strip_prefix("whsk_").and_then(|encoded| BASE64.decode(encoded).ok()).ok_or_else(expected)?;
    let (seed, public) = raw.split_first_chunk::<32>().ok_or_else(expected)?;
    let key = SigningKey::from_seed(seed);
    match public.len() {
        0 => Ok(key),
        32 if public == key.public().raw() => Ok(key),
        32 => Err("the two halves of the `whsk_` key do not belong together".to_owned()),
        _ => Err(expected()),
    }
}

/// Reads the key of a receiver: `whpk_` followed by base64 of 32 bytes, `BEGIN PUBLIC KEY` in PEM, or the sender's own key.
///
/// # Errors
/// A lower-case fragment that says what is expected, without the text itself.
pub fn parse_public_key(text: &str) -> Result<PublicKey, String> {
    let expected = "the public key is neither `whpk_` followed by base64 of 32 bytes nor `BEGIN PUBLIC KEY` in PEM";
    let text = text.trim();
    if let Some(encoded) = text.strip_prefix("whpk_") {
        let raw = BASE64.decode(encoded).map_err(|_| expected.to_owned())?;
        return PublicKey::from_raw(&raw).map_err(|_| expected.to_owned());
    }
    if text.starts_with("whsk_") || text.starts_with("-----BEGIN PRIVATE") {
        return parse_signing_key(text).map(|key| key.public());
    }
    PublicKey::from_spki_pem(text).map_err(|_| expected.to_owned())
}

/// `whsk_` followed by base64 of the seed and its public key.
#[must_use]
pub fn spell_signing_key(key: &SigningKey) -> Secret<String> {
    let both = [&key.seed().expose()[..], &key.public().raw()[..]].concat();
    Secret::new(format!("whsk_{}", BASE64.encode(both)))
}

/// `whpk_` followed by base64.
#[must_use]
pub fn spell_public_key(key: &PublicKey) -> String {
    format!("whpk_{}", BASE64.encode(key.raw()))
}

/// Fresh keys for deliveries, as they are handed out.
#[derive(Clone, Debug)]
pub struct WebhookKeys {
    /// `whsec_`, which sender and receiver share.
    pub secret: Secret<String>,
    /// `whsk_`, which the sender keeps.
    pub private: Secret<String>,
    /// `whpk_`, which every receiver may know; it belongs to `private`.
    pub public: String,
}

/// Makes fresh keys for deliveries.
#[must_use]
pub fn new_webhook_keys() -> WebhookKeys {
    let key = SigningKey::generate();
    WebhookKeys {
        secret: WebhookSecret::generate().spelled(),
        private: spell_signing_key(&key),
        public: spell_public_key(&key.public()),
    }
}

/// The signature of one attempt, as `v1,BASE64`.
#[must_use]
pub fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &[u8]) -> String {
    WebhookKey::V1(secret.clone()).sign(id, timestamp, body)
}

/// Checks the three headers against the body as received: one signature that matches one of `secrets` is enough.
///
/// # Errors
/// Every fault found, in the order id, time, signature.
pub fn verify(
    headers: &Headers,
    body: &[u8],
    secrets: &[WebhookSecret],
    now: Timestamp,
    tolerance: Nanos,
) -> Result<(), Vec<SignatureFault>> {
    let keys: Vec<_> = secrets.iter().cloned().map(WebhookVerifier::V1).collect();
    verify_by(headers, body, &keys, now, tolerance)
}

/// The same for keys of either scheme.
///
/// # Errors
/// Every fault found, in the order id, time, signature.
pub fn verify_by(
    headers: &Headers,
    body: &[u8],
    keys: &[WebhookVerifier],
    now: Timestamp,
    tolerance: Nanos,
) -> Result<(), Vec<SignatureFault>> {
    let mut faults = Vec::new();
    let id = single(headers, ID, &mut faults);
    let timestamp = single(headers, TIMESTAMP, &mut faults);
    if let Some(sent) = timestamp {
        faults.extend(time_fault(sent, now, tolerance));
    }
    let signatures: Vec<&str> = headers.all(SIGNATURE).flat_map(str::split_ascii_whitespace).collect();
    if signatures.is_empty() {
        faults.push(SignatureFault::MissingHeader(SIGNATURE.to_owned()));
    } else if let (Some(id), Some(timestamp)) = (id, timestamp) {
        faults.extend(signature_fault(&signatures, &signed_content(id, timestamp, body), keys));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn signed_content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(id.len() + timestamp.len() + body.len() + 2);
    content.extend_from_slice(id.as_bytes());
    content.push(b'.');
    content.extend_from_slice(timestamp.as_bytes());
    content.push(b'.');
    content.extend_from_slice(body);
    content
}

fn single<'a>(headers: &'a Headers, name: &str, faults: &mut Vec<SignatureFault>) -> Option<&'a str> {
    let mut values = headers.all(name).map(str::trim);
    let first = values.next().filter(|value| !value.is_empty());
    if first.is_none() {
        faults.push(SignatureFault::MissingHeader(name.to_owned()));
    } else if values.next().is_some() {
        faults.push(SignatureFault::Malformed(format!("`{name}` is there more than once")));
    }
    first
}

fn time_fault(sent: &str, now: Timestamp, tolerance: Nanos) -> Option<SignatureFault> {
    let seconds = Some(sent).filter(|s| s.bytes().all(|b| b.is_ascii_digit())).and_then(|s| s.parse::<i64>().ok());
    match seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()) {
        Some(at) => age_fault(TIMESTAMP, at, now, tolerance),
        None => Some(SignatureFault::BadTimestamp { at: TIMESTAMP, sent: sent.to_owned() }),
    }
}

fn signature_fault(signatures: &[&str], content: &[u8], keys: &[WebhookVerifier]) -> Option<SignatureFault> {
    let forms: Vec<_> = match keys {
        [] => vec![("v1,", 32)],
        keys => keys.iter().map(WebhookVerifier::form).collect(),
    };
    let mut well_formed = false;
    let mut matched = false;
    for signature in signatures {
        for (at, (prefix, length)) in forms.iter().enumerate() {
            let Some(tag) = signature.strip_prefix(prefix).and_then(|encoded| BASE64.decode(encoded).ok()) else { continue };
            well_formed |= tag.len() == *length;
            matched |= keys.get(at).is_some_and(|key| key.matches(content, &tag));
        }
    }
    match (matched, well_formed) {
        (true, _) => None,
        (false, true) => Some(SignatureFault::Mismatch(SIGNATURE.to_owned())),
        (false, false) => {
            let (prefix, length) = forms[0];
            Some(SignatureFault::Malformed(format!(
                "`{SIGNATURE}` holds no signature of the form `{prefix}` and {length} bytes in base64"
            )))
        }
    }
}
