//! Verifies certificates.
//!
//! Demands every byte as it was written, then the signature, then the time. Never trusts the key in a certificate to be anyone's.

use crate::base::ed25519::PublicKey;
use crate::record::certificate::issue::{file, key_id, signed};
use crate::record::certificate::shape::{ALGORITHM, CANONICALIZATION, Document, FORMAT, VERSION};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

/// Bytes that are read of a certificate at most.
pub const LIMIT: usize = 4 << 20;

/// Why a certificate is not valid, or is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no certificate that this build reads.
    Unusable(String),
    /// It is not as it was signed.
    Changed(String),
    /// Another key signed it.
    OtherKey {
        /// The id of the key in the certificate.
        signed_by: String,
        /// The id of the key that was given.
        given: String,
    },
    /// It does not hold yet.
    Early(Timestamp),
    /// It holds no longer.
    Expired(Timestamp),
}

impl Fault {
    /// The fault in words: a lower-case fragment.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Unusable(why) => why.clone(),
            Self::Changed(why) => format!("it was changed after it was signed: {why}"),
            Self::OtherKey { signed_by, given } => format!("another key signed it: {signed_by}, and not {given}"),
            Self::Early(issued) => format!("it holds only from {issued}"),
            Self::Expired(expires) => format!("it expired at {expires}"),
        }
    }
}

/// A certificate that is as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub document: Document,
    /// The key that signed it.
    pub key: PublicKey,
    /// Whether that is a key that was given; the key in a certificate proves nothing about who signed.
    pub known: bool,
    /// Why it does not hold at the instant asked about, although it is whole.
    pub untimely: Option<Fault>,
}

/// Verifies the bytes of a certificate's file with the key given, or with the one in it, for the instant `at`.
///
/// # Errors
/// Where it is no certificate, was changed, or was signed by another key. One that is whole and does not hold at that instant is
/// given back, so that it can be shown.
pub fn verify(bytes: &[u8], key: Option<&PublicKey>, at: Timestamp) -> Result<Verified, Fault> {
    let document = read(bytes)?;
    let changed = |why: &str| Fault::Changed(why.to_owned());
    let header = &document.signature;
    if header.algorithm != ALGORITHM || header.canonicalization != CANONICALIZATION {
        return Err(changed("its algorithm is not the one of this format"));
    }
    if file(&document).ok().as_deref() != Some(bytes) {
        return Err(changed("its bytes are not the canonical form followed by one line break"));
    }
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let own = decoded(&header.key.public).and_then(|raw| PublicKey::from_raw(&raw).ok());
    let own = own.ok_or_else(|| changed("its public key is none"))?;
    let signature = decoded(&header.value).ok_or_else(|| changed("its signature is not base64url"))?;
    let message = signed(&document).map_err(|why| changed(&why))?;
    if key_id(&own) != header.key.id || !own.verify(&message, &signature) {
        return Err(changed("the signature does not fit"));
    }
    if let Some(given) = key.filter(|given| **given != own) {
        return Err(Fault::OtherKey { signed_by: header.key.id.clone(), given: key_id(given) });
    }
    let (issued, expires) = (document.certificate.issued, document.certificate.expires);
    let untimely = if at < issued {
        Some(Fault::Early(issued))
    } else if at >= expires {
        Some(Fault::Expired(expires))
    } else {
        None
    };
    Ok(Verified { document, key: own, known: key.is_some(), untimely })
}

/// Reads a certificate without verifying it.
///
/// # Errors
/// Where the bytes are no certificate that this build reads.
pub fn read(bytes: &[u8]) -> Result<Document, Fault> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
        version: u32,
    }
    let unusable = |why: String| Fault::Unusable(why);
    if bytes.len() > LIMIT {
        return Err(unusable(format!("it has {} bytes, and a certificate has at most {LIMIT}", bytes.len())));
    }
    // What still looks like a certificate was changed; anything else is none.
    let looks = bytes.windows(FORMAT.len()).any(|window| window == FORMAT.as_bytes());
    let fault = |error: serde_json::Error| {
        if looks { Fault::Changed(error.to_string()) } else { unusable(format!("it is no certificate: {error}")) }
    };
    let head: Head = serde_json::from_slice(bytes).map_err(fault)?;
    if head.format != FORMAT {
        return Err(unusable(format!("it is a `{}`, not a `{FORMAT}`", head.format)));
    }
    if head.version != VERSION {
        return Err(unusable(format!("it has version {} of the format, and this build reads version {VERSION}", head.version)));
    }
    serde_json::from_slice(bytes).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::{Fault, verify};
    use crate::base::ed25519::SigningKey;
    use crate::base::units::Nanos;
    use crate::record::certificate::issue;
    use crate::record::certification::fixture;
    use jiff::Timestamp;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    fn certificate() -> Vec<u8> {
        let mut record = fixture::record(&fixture::passing());
        record.planned = 3;
        issue(&record, Nanos(86_400 * 1_000_000_000), &key(), at("2026-11-22T02:40:00Z")).expect("it is issued").file
    }

    #[test]
    fn holds_from_its_issue_until_it_expires_for_its_own_key() {
        let bytes = certificate();
        let public = key().public();
        let untimely = |when| verify(&bytes, Some(&public), at(when)).expect("it is whole").untimely;
        assert_eq!(untimely("2026-11-22T02:40:00Z"), None);
        assert_eq!(untimely("2026-11-23T02:39:59Z"), None);
        assert_eq!(untimely("2026-11-22T02:39:59Z"), Some(Fault::Early(at("2026-11-22T02:40:00Z"))));
        assert_eq!(untimely("2026-11-23T02:40:00Z"), Some(Fault::Expired(at("2026-11-23T02:40:00Z"))));
        let unknown = verify(&bytes, None, at("2026-11-22T03:00:00Z")).expect("it is whole");
        assert!(!unknown.known && unknown.key == public);
        let other = SigningKey::from_seed(&[8; 32]).public();
        assert!(matches!(verify(&bytes, Some(&other), at("2026-11-22T03:00:00Z")), Err(Fault::OtherKey { .. })));
    }

    #[test]
    fn every_single_byte_counts() {
        let bytes = certificate();
        let public = key().public();
        for position in 0..bytes.len() {
            for bit in [position % 8, (position + 3) % 8] {
                let mut changed = bytes.clone();
                changed[position] ^= 1 << bit;
                for key in [Some(&public), None] {
                    assert!(verify(&changed, key, at("2026-11-22T03:00:00Z")).is_err(), "byte {position}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn nothing_may_be_added_left_out_or_written_otherwise() {
        let text = String::from_utf8(certificate()).expect("text");
        let public = key().public();
        for changed in [
            format!(" {text}"),
            format!("{text}\n"),
            text.trim_end().to_owned(),
            text.replacen(':', ": ", 1),
            text.replacen("\"version\":1}", "\"version\":1,\"version\":1}", 1),
            text.replacen("{\"certificate\"", "{\"a\":1,\"certificate\"", 1),
            text.replacen("\"row\":7", "\"row\":7.0", 1),
            text.replacen("partner.example", "p\\u0061rtner.example", 1),
            text.replacen("\"requirements\":[", "\"requirements\":[ ", 1),
            text.replacen("\"module\":", "\"reason\":null,\"module\":", 1),
        ] {
            assert_ne!(changed, text);
            let refused = verify(changed.as_bytes(), Some(&public), at("2026-11-22T03:00:00Z")).expect_err("it was changed");
            assert!(matches!(refused, Fault::Changed(_)), "{refused:?}");
        }
        for none in ["", "{}", "[]", r#"{"format":"proofmark.run","version":1}"#, "<html>"] {
            assert!(matches!(verify(none.as_bytes(), None, at("2026-11-22T03:00:00Z")), Err(Fault::Unusable(_))), "{none}");
        }
    }

    #[test]
    fn another_key_put_into_it_is_no_proof() {
        let mine = String::from_utf8(certificate()).expect("text");
        let record = fixture::record(&fixture::passing());
        let record = crate::record::certification::CertificationRecord { planned: 3, ..record };
        let theirs = SigningKey::from_seed(&[9; 32]);
        let forged = issue(&record, Nanos(86_400 * 1_000_000_000), &theirs, at("2026-11-22T02:40:00Z")).expect("it is issued");
        assert!(verify(&forged.file, None, at("2026-11-22T03:00:00Z")).is_ok_and(|v| !v.known));
        let refused = verify(&forged.file, Some(&key().public()), at("2026-11-22T03:00:00Z")).expect_err("it is not ours");
        assert!(refused.words().starts_with("another key signed it: "), "{refused:?}");
        let value = forged.document.signature.value;
        let swapped =
            mine.replacen(mine.split("\"value\":\"").nth(1).and_then(|v| v.split('"').next()).expect("a value"), &value, 1);
        assert!(matches!(verify(swapped.as_bytes(), None, at("2026-11-22T03:00:00Z")), Err(Fault::Changed(_))));
    }
}
