//! `proofmark keygen`: makes keys.
//!
//! Writes a key to sign certificates with, readable by its owner alone, or gives keys for deliveries. Never overwrites a file, and
//! never prints.

use crate::base::diagnostic::Diagnostic;
use crate::base::ed25519::{PublicKey, SigningKey};
use crate::record::certificate::issue::{key_id, key_text};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The usual name of the file of a key to sign certificates with.
pub const FILE: &str = "proofmark-signing.key";

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The file with the private key, PKCS#8 in PEM.
    pub private: PathBuf,
    /// The file with the public key, PEM.
    pub public: PathBuf,
    /// The id of the key.
    pub id: String,
    /// The public key in base64url.
    pub key: String,
}

/// Makes a key and writes it: into the folder `out`, to the file `out`, or here.
///
/// # Errors
/// Where a file is there already, or cannot be written.
pub fn keygen(out: Option<&Path>) -> Result<Made, Diagnostic> {
    let private = match out {
        None => PathBuf::from(FILE),
        Some(out) if out.is_dir() || out.as_os_str().to_string_lossy().ends_with('/') => out.join(FILE),
        Some(out) => out.to_owned(),
    };
    let public = private.with_extension("pub");
    if private == public {
        let message = format!("`{}` is the name of the public key's file", private.display());
        return Err(Diagnostic::error("keys/name", message).hint("give the private key another extension, such as `.key`"));
    }
    if let Some(taken) = [&private, &public].into_iter().find(|path| path.exists()) {
        return Err(taken_already(taken));
    }
    if let Some(folder) = private.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| unwritable(folder, &e))?;
    }
    let key = SigningKey::generate();
    create(&private, key.to_pkcs8_pem().expose(), true)?;
    let verifies: PublicKey = key.public();
    create(&public, &verifies.to_spki_pem(), false)?;
    Ok(Made { private, public, id: key_id(&verifies), key: key_text(&verifies) })
}

fn create(path: &Path, text: &str, secret: bool) -> Result<(), Diagnostic> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken_already(path),
        _ => unwritable(path, &error),
    })
}

fn taken_already(path: &Path) -> Diagnostic {
    Diagnostic::error("keys/exists", format!("`{}` is there already, and a key is never overwritten", path.display()))
        .hint("name another file with `--out`")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::error("keys/unwritable", format!("cannot write `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::keygen;
    use crate::base::ed25519::{PublicKey, SigningKey};

    #[test]
    fn a_key_is_written_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let made = keygen(Some(dir.path())).expect("it is made");
        let read = |path: &std::path::Path| std::fs::read_to_string(path).expect("it is there");
        let key = SigningKey::from_pkcs8_pem(&read(&made.private)).expect("a private key");
        assert_eq!(PublicKey::from_spki_pem(&read(&made.public)), Ok(key.public()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&made.private).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let before = read(&made.private);
        assert_eq!(keygen(Some(dir.path())).expect_err("it is there").code, "keys/exists");
        std::fs::remove_file(&made.private).expect("it goes");
        assert_eq!(keygen(Some(&made.private)).expect_err("the public one is there").code, "keys/exists");
        assert!(!made.private.exists());
        let other = keygen(Some(&dir.path().join("deep/other.key"))).expect("it is made");
        assert!(other.public.ends_with("deep/other.pub") && read(&other.private) != before);
    }
}
