//! Issues the certificate of a certification that earned one, and writes it beside the run's record.
//!
//! Wires the record, the key and the writers. Never issues what `record::certificate` refuses.

use crate::base::diagnostic::Diagnostic;
use crate::base::ed25519::SigningKey;
use crate::base::units::Nanos;
use crate::record::certificate::issue::{issue as sign, key_id};
use crate::record::certification::CertificationRecord;
use crate::report::certificate::{badge, page};
use jiff::Timestamp;
use std::path::{Path, PathBuf};

/// The certificate's name in its run's folder.
pub const CERTIFICATE: &str = "certificate.json";
/// The public key's name beside it.
pub const PUBLIC_KEY: &str = "certificate.pub";

/// What was issued, and where it was written.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its page.
    pub page: PathBuf,
    /// Its badge.
    pub badge: PathBuf,
    /// The public key to verify it with.
    pub public_key: PathBuf,
    /// The id of that key.
    pub key_id: String,
    /// True where the key was made for this run and then forgotten.
    pub ephemeral: bool,
    /// When it expires.
    pub expires: Timestamp,
}

/// Issues a certificate; `Ok(Err(why))` where the record has not earned one.
///
/// # Errors
/// When a file cannot be written.
pub fn issue(
    record: &CertificationRecord,
    folder: &Path,
    key: Option<&SigningKey>,
    valid_for: Nanos,
    now: Timestamp,
) -> Result<Result<Issued, String>, Vec<Diagnostic>> {
    let signing = key.cloned().unwrap_or_else(SigningKey::generate);
    let certificate = match sign(record, valid_for, &signing, now) {
        Ok(certificate) => certificate,
        Err(refused) => return Ok(Err(refused.to_string())),
    };
    let public = signing.public();
    let issued = Issued {
        certificate: folder.join(CERTIFICATE),
        page: folder.join("certificate.html"),
        badge: folder.join("badge.svg"),
        public_key: folder.join(PUBLIC_KEY),
        key_id: key_id(&public),
        ephemeral: key.is_none(),
        expires: certificate.document.certificate.expires,
    };
    let files: [(&Path, Vec<u8>); 4] = [
        (&issued.page, page::render(&certificate.document).into_bytes()),
        (&issued.badge, badge::render(&certificate.document).into_bytes()),
        (&issued.certificate, certificate.file),
        (&issued.public_key, public.to_spki_pem().into_bytes()),
    ];
    for (path, bytes) in files {
        std::fs::write(path, bytes).map_err(|error| {
            vec![Diagnostic::error("certificate/unwritable", format!("cannot write `{}`: {error}", path.display()))]
        })?;
    }
    Ok(Ok(issued))
}

/// Reads the key that certificates are signed with.
///
/// # Errors
/// When there is no such file, or it is no Ed25519 key.
pub fn read_key(path: &Path) -> Result<SigningKey, Diagnostic> {
    let unusable = |why: String| {
        Diagnostic::error("certificate/key", format!("the signing key `{}` cannot be used: {why}", path.display()))
            .hint("`proofmark keygen` makes one")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    SigningKey::from_pkcs8_pem(&text).map_err(unusable)
}
