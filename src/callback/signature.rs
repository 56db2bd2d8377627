//! Signatures of deliveries: Standard Webhooks, scheme `v1` (HMAC-SHA256 over id, time and raw body).
//!
//! Signs and verifies bytes with the time given as an argument. Never reads the clock, never parses a body, and never
//! shows a secret.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::http::Headers;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jiff::Timestamp;
use std::fmt;

/// The header with the identifier of the delivery, the same in every attempt.
pub const ID: &str = "webhook-id";
/// The header with the time of the attempt, in whole seconds since 1970.
pub const TIMESTAMP: &str = "webhook-timestamp";
/// The header with one or more signatures, separated by spaces.
pub const SIGNATURE: &str = "webhook-signature";

const BASE64: GeneralPurpose =
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

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose())
    }
}

/// Why a delivery does not count as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// A header is absent or empty.
    MissingHeader(&'static str),
    /// The time is not a whole number of seconds; holds what was sent.
    BadTimestamp(String),
    /// The attempt lies further back than the tolerance; holds its age.
    Stale {
        /// How far back it lies.
        by: Nanos,
    },
    /// The attempt lies further ahead than the tolerance; holds the distance.
    FromTheFuture {
        /// How far ahead it lies.
        by: Nanos,
    },
    /// A header does not have its form; holds a lower-case fragment that says how.
    Malformed(String),
    /// The signature is not the one of this id, time and body under any known secret.
    Mismatch,
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "`{name}` is missing"),
            Self::BadTimestamp(sent) => write!(f, "`{TIMESTAMP}` is `{sent}`, not whole seconds since 1970"),
            Self::Stale { by } => write!(f, "`{TIMESTAMP}` lies {by} in the past"),
            Self::FromTheFuture { by } => write!(f, "`{TIMESTAMP}` lies {by} in the future"),
            Self::Malformed(what) => f.write_str(what),
            Self::Mismatch => write!(f, "`{SIGNATURE}` does not match the id, the time and the body as received"),
        }
    }
}

/// The signature of one attempt, as `v1,BASE64`.
#[must_use]
pub fn sign(secret: &WebhookSecret, id: &str, timestamp: i64, body: &[u8]) -> String {
    let tag = hmac::sign(&secret.key(), &signed_content(id, &timestamp.to_string(), body));
    format!("v1,{}", BASE64.encode(tag.as_ref()))
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
    let mut faults = Vec::new();
    let id = single(headers, ID, &mut faults);
    let timestamp = single(headers, TIMESTAMP, &mut faults);
    if let Some(sent) = timestamp {
        faults.extend(age_fault(sent, now, tolerance));
    }
    let signatures: Vec<&str> = headers.all(SIGNATURE).flat_map(str::split_ascii_whitespace).collect();
    if signatures.is_empty() {
        faults.push(SignatureFault::MissingHeader(SIGNATURE));
    } else if let (Some(id), Some(timestamp)) = (id, timestamp) {
        faults.extend(signature_fault(&signatures, &signed_content(id, timestamp, body), secrets));
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

fn single<'a>(headers: &'a Headers, name: &'static str, faults: &mut Vec<SignatureFault>) -> Option<&'a str> {
    let mut values = headers.all(name).map(str::trim);
    let first = values.next().filter(|value| !value.is_empty());
    if first.is_none() {
        faults.push(SignatureFault::MissingHeader(name));
    } else if values.next().is_some() {
        faults.push(SignatureFault::Malformed(format!("`{name}` is there more than once")));
    }
    first
}

fn age_fault(sent: &str, now: Timestamp, tolerance: Nanos) -> Option<SignatureFault> {
    let bad = || Some(SignatureFault::BadTimestamp(sent.to_owned()));
    if !sent.bytes().all(|b| b.is_ascii_digit()) {
        return bad();
    }
    let Some(at) = sent.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()) else { return bad() };
    let age = now.as_nanosecond() - at.as_nanosecond();
    let by = Nanos(u64::try_from(age.unsigned_abs()).unwrap_or(u64::MAX));
    match age {
        _ if by <= tolerance => None,
        0.. => Some(SignatureFault::Stale { by }),
        _ => Some(SignatureFault::FromTheFuture { by }),
    }
}

fn signature_fault(signatures: &[&str], content: &[u8], secrets: &[WebhookSecret]) -> Option<SignatureFault> {
    let keys: Vec<hmac::Key> = secrets.iter().map(WebhookSecret::key).collect();
    let mut well_formed = false;
    let mut matched = false;
    for signature in signatures {
        let Some(tag) = signature.strip_prefix("v1,").and_then(|encoded| BASE64.decode(encoded).ok()) else { continue };
        well_formed |= tag.len() == 32;
        for key in &keys {
            matched |= hmac::verify(key, content, &tag).is_ok();
        }
    }
    match (matched, well_formed) {
        (true, _) => None,
        (false, true) => Some(SignatureFault::Mismatch),
        (false, false) => {
            Some(SignatureFault::Malformed(format!("`{SIGNATURE}` holds no signature of the form `v1,` and 32 bytes in base64")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ID, SIGNATURE, SignatureFault, TIMESTAMP, WebhookSecret, sign, verify};
    use crate::base::units::Nanos;
    use crate::model::http::Headers;
    use jiff::Timestamp;

    /// Published with Standard Webhooks: secret, id, time, body, signature.
    const PUBLISHED: [(&str, &str, i64, &str, &str); 2] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];

    fn secret(text: &str) -> WebhookSecret {
        WebhookSecret::parse(text).unwrap()
    }

    fn headers(id: &str, at: &str, signature: &str) -> Headers {
        [(ID, id), (TIMESTAMP, at), (SIGNATURE, signature)].into_iter().collect()
    }

    fn check(headers: &Headers, body: &str, secrets: &[WebhookSecret], now: i64) -> Result<(), Vec<SignatureFault>> {
        verify(headers, body.as_bytes(), secrets, Timestamp::from_second(now).unwrap(), Nanos::parse("5m").unwrap())
    }

    #[test]
    fn published_vectors_hold_both_ways() {
        for (key, id, at, body, signature) in PUBLISHED {
            assert_eq!(sign(&secret(key), id, at, body.as_bytes()), signature);
            assert_eq!(check(&headers(id, &at.to_string(), signature), body, &[secret(key)], at), Ok(()));
            let bare = key.strip_prefix("whsec_").unwrap();
            assert_eq!(secret(bare), secret(key));
        }
    }

    #[test]
    fn anything_tampered_with_is_refused() {
        let (key, id, at, body, signature) = PUBLISHED[0];
        let keys = [secret(key)];
        let time = at.to_string();
        let later = (at + 1).to_string();
        for (what, id, time, body, signature, keys) in [
            ("body", id, &*time, r#"{"test":2432232314}"#, signature, &keys),
            ("id", "msg_other", &*time, body, signature, &keys),
            ("time", id, &*later, body, signature, &keys),
            ("another's signature", id, &*time, body, PUBLISHED[1].4, &keys),
            ("wrong key", id, &*time, body, signature, &[secret(PUBLISHED[1].0)]),
        ] {
            assert_eq!(check(&headers(id, time, signature), body, keys, at), Err(vec![SignatureFault::Mismatch]), "{what}");
        }
        assert_eq!(check(&headers(id, &time, signature), body, &[], at), Err(vec![SignatureFault::Mismatch]), "no key");
    }

    #[test]
    fn one_of_several_signatures_and_keys_is_enough() {
        let (key, id, at, body, signature) = PUBLISHED[0];
        let rotating = format!("v1a,ignored {} {signature}", PUBLISHED[1].4);
        let sent = headers(id, &at.to_string(), &rotating);
        assert_eq!(check(&sent, body, &[secret(PUBLISHED[1].0), secret(key)], at), Ok(()));
        let mut twice = headers(id, &at.to_string(), PUBLISHED[1].4);
        twice.push(SIGNATURE, signature);
        assert_eq!(check(&twice, body, &[secret(key)], at), Ok(()));
    }

    #[test]
    fn the_attempt_has_to_be_fresh_and_the_limit_counts_as_fresh() {
        let (key, id, at, body, signature) = PUBLISHED[0];
        let sent = headers(id, &at.to_string(), signature);
        let at_age = |age: i64| check(&sent, body, &[secret(key)], at + age);
        assert_eq!((at_age(300), at_age(-300)), (Ok(()), Ok(())));
        let by = Nanos::parse("301s").unwrap();
        assert_eq!(at_age(301), Err(vec![SignatureFault::Stale { by }]));
        assert_eq!(at_age(-301), Err(vec![SignatureFault::FromTheFuture { by }]));
    }

    #[test]
    fn every_fault_is_named() {
        let (key, id, at, body, signature) = PUBLISHED[0];
        let time = at.to_string();
        assert_eq!(
            check(&Headers::new(), body, &[secret(key)], at),
            Err([ID, TIMESTAMP, SIGNATURE].map(SignatureFault::MissingHeader).to_vec())
        );
        for bad in ["soon", "-1", "+1614265330", "1614265330.0", "99999999999999999999"] {
            let faults = check(&headers(id, bad, signature), body, &[secret(key)], at).unwrap_err();
            assert_eq!(faults[0], SignatureFault::BadTimestamp(bad.to_owned()));
        }
        for bad in ["v1", "v1,", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,g0hM9SsE", "v1,%%%"] {
            let faults = check(&headers(id, &time, bad), body, &[secret(key)], at).unwrap_err();
            assert!(matches!(&faults[..], [SignatureFault::Malformed(_)]), "{bad}: {faults:?}");
        }
        let mut twice = headers(id, &time, signature);
        twice.push(ID, "msg_other");
        assert!(matches!(&check(&twice, body, &[secret(key)], at).unwrap_err()[..], [SignatureFault::Malformed(_)]));
    }

    #[test]
    fn a_secret_is_read_strictly_and_never_shown() {
        for bad in ["", "whsec_", "whsec_not base64"] {
            assert!(WebhookSecret::parse(bad).is_err(), "{bad}");
        }
        assert!(!WebhookSecret::parse("whsec_%%hidden%%").unwrap_err().contains("hidden"));
        assert_eq!(format!("{:?}", secret("c2VjcmV0")), "WebhookSecret([redacted])");
    }
}
