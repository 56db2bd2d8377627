//! `proofmark verify`: says whether a certificate holds, and what it covers.
//!
//! Reads the certificate, the key and the record it was issued for. Trusts no key that is not given, and never prints.

use crate::base::diagnostic::Diagnostic;
use crate::base::ed25519::PublicKey;
use crate::record::certificate::verify::{Fault, Verified, verify};
use crate::record::digest::sha256;
use crate::record::store;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// What is to be verified.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The certificate's file.
    pub certificate: PathBuf,
    /// A file with the public key, or the key itself in base64url.
    pub key: Option<String>,
    /// The instant that is asked about.
    pub at: Timestamp,
    /// The folder or the record of the certification that it was issued for.
    pub report: Option<PathBuf>,
}

/// Whether a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It does: signed by the key given, and at that instant.
    Yes,
    /// It does not.
    No,
    /// It is whole and timely, and nobody said whose key signed it.
    Unknown,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the certificate says, where it is as it was signed.
    pub verified: Option<Verified>,
    /// Whether it holds.
    pub holds: Holds,
    /// The verdict in words.
    pub sentence: String,
}

/// Verifies a certificate.
///
/// # Errors
/// Where an input cannot be used: no certificate, no key, no record.
pub fn check(settings: &Settings) -> Result<Found, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let bytes = read(&settings.certificate).map_err(|fault| faults.push(fault)).ok();
    let key = settings.key.as_deref().and_then(|text| public_key(text).map_err(|fault| faults.push(fault)).ok());
    let record = settings.report.as_deref().and_then(|path| record(path).map_err(|fault| faults.push(fault)).ok());
    let Some(bytes) = bytes.filter(|_| faults.is_empty()) else { return Err(faults) };
    let verified = match verify(&bytes, key.as_ref(), settings.at) {
        Ok(verified) => verified,
        Err(Fault::Unusable(why)) => {
            let message = format!("`{}` cannot be verified: {why}", settings.certificate.display());
            return Err(vec![Diagnostic::error("certificate/unusable", message)]);
        }
        Err(fault) => {
            return Ok(Found { verified: None, holds: Holds::No, sentence: format!("not valid: {}", fault.words()) });
        }
    };
    let (holds, sentence) = judge(&verified, record.as_deref());
    Ok(Found { verified: Some(verified), holds, sentence })
}

fn judge(verified: &Verified, record: Option<&str>) -> (Holds, String) {
    let body = &verified.document.certificate;
    if let Some(fault) = &verified.untimely {
        return (Holds::No, format!("not valid: {}", fault.words()));
    }
    if record.is_some_and(|digest| digest != body.run.sha256) {
        return (Holds::No, "not valid: the record is not the one that the certificate was issued for".to_owned());
    }
    if !verified.known {
        let sentence = format!(
            "whole, but nobody said whose key signed it: give the issuer's public key with --key (it was signed by {})",
            verified.document.signature.key.id
        );
        return (Holds::Unknown, sentence);
    }
    (Holds::Yes, format!("valid until {}: {}", body.expires, body.summary))
}

fn read(path: &Path) -> Result<Vec<u8>, Diagnostic> {
    std::fs::read(path).map_err(|e| Diagnostic::error("certificate/unreadable", format!("cannot read `{}`: {e}", path.display())))
}

/// The SHA-256 of a record.
fn record(path: &Path) -> Result<String, Diagnostic> {
    let path = if path.is_dir() { path.join(store::FILE) } else { path.to_owned() };
    read(&path).map(|bytes| sha256(&bytes))
}

/// Reads a public key: from a file, PEM or base64url, or from the text itself.
fn public_key(text: &str) -> Result<PublicKey, Diagnostic> {
    let content = if Path::new(text).is_file() {
        std::fs::read_to_string(text).map_err(|e| Diagnostic::error("keys/unreadable", format!("cannot read `{text}`: {e}")))?
    } else {
        text.to_owned()
    };
    let content = content.trim();
    let fault = |why: String, hint: &str| Diagnostic::error("keys/unusable", why).hint(hint);
    if content.contains("PRIVATE KEY-----") {
        return Err(fault(format!("`{text}` is a private key"), "the public key beside it is the one to give away"));
    }
    if content.starts_with("-----BEGIN") {
        return PublicKey::from_spki_pem(content)
            .map_err(|why| fault(format!("`{text}` is no Ed25519 public key: {why}"), "`proofmark keygen` makes a pair"));
    }
    URL_SAFE_NO_PAD.decode(content).ok().and_then(|raw| PublicKey::from_raw(&raw).ok()).ok_or_else(|| {
        let what = "give a file with the public key (PEM), or the key's 32 bytes in base64url";
        fault(format!("`{text}` is neither a file nor a public key"), what)
    })
}
