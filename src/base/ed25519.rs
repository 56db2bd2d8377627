//! Ed25519 keys (RFC 8032): made, read, written, used.
//!
//! Private parts are secrets and never shown; only what writes a key file asks for them. Knows nothing of what is signed.

use crate::base::secret::Secret;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::sync::Arc;

/// What every public key is preceded by in a `SubjectPublicKeyInfo` (RFC 8410 section 4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key to sign with.
#[derive(Clone)]
pub struct SigningKey(Arc<Ed25519KeyPair>);

impl SigningKey {
    /// A fresh key that nobody else knows.
    #[must_use]
    pub fn generate() -> Self {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed).expect("the operating system gives randomness");
        Self::from_seed(&seed)
    }

    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Arc::new(Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are a seed")))
    }

    /// Reads a key as `openssl genpkey -algorithm ED25519` writes it: PKCS#8 in PEM, not encrypted.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong, without the text itself.
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, String> {
        let der = unpem("PRIVATE KEY", text)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| "the key is not an Ed25519 key in PKCS#8".to_owned())?;
        Ok(Self(Arc::new(pair)))
    }

    /// The key as PKCS#8 in PEM, the way `openssl` reads it.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Secret<String> {
        let der = AsDer::<Pkcs8V1Der<'static>>::as_der(&*self.0).expect("a key that was read can be written");
        Secret::new(pem("PRIVATE KEY", der.as_ref()))
    }

    /// The seed that the key was made from.
    #[must_use]
    pub fn seed(&self) -> Secret<[u8; 32]> {
        let seed = self.0.seed().expect("a key has a seed");
        let bytes: aws_lc_rs::encoding::Curve25519SeedBin<'static> =
            aws_lc_rs::encoding::AsBigEndian::as_be_bytes(&seed).expect("a seed is plain bytes");
        let mut raw = [0; 32];
        raw.copy_from_slice(bytes.as_ref());
        Secret::new(raw)
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut raw = [0; 32];
        raw.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(raw)
    }

    /// The signature of a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut raw = [0; 64];
        raw.copy_from_slice(self.0.sign(message).as_ref());
        raw
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([redacted])")
    }
}

/// A key to verify with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of 32 bytes.
    ///
    /// # Errors
    /// A lower-case fragment, where it is another number of bytes.
    pub fn from_raw(raw: &[u8]) -> Result<Self, String> {
        let raw = raw.try_into().map_err(|_| format!("an Ed25519 public key has 32 bytes, not {}", raw.len()))?;
        Ok(Self(raw))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn raw(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong.
    pub fn from_spki_pem(text: &str) -> Result<Self, String> {
        let der = unpem("PUBLIC KEY", text)?;
        let raw = der.strip_prefix(&SPKI).ok_or_else(|| "the key is not an Ed25519 public key".to_owned())?;
        Self::from_raw(raw)
    }

    /// The key as `-----BEGIN PUBLIC KEY-----`.
    #[must_use]
    pub fn to_spki_pem(&self) -> String {
        pem("PUBLIC KEY", &[&SPKI[..], &self.0].concat())
    }

    /// True when `signature` is this key's signature of `message`.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

/// The bytes within a PEM block of that label (RFC 7468).
///
/// # Errors
/// A lower-case fragment that says what is wrong, without the text itself.
pub fn unpem(label: &str, text: &str) -> Result<Vec<u8>, String> {
    let expected = || format!("not a PEM block `BEGIN {label}`");
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----")).ok_or_else(expected)?;
    let (inside, _) = rest.split_once(&format!("-----END {label}-----")).ok_or_else(expected)?;
    let encoded: String = inside.split_ascii_whitespace().collect();
    STANDARD.decode(encoded).map_err(|_| format!("the PEM block `BEGIN {label}` is not base64"))
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in encoded.as_bytes().chunks(64) {
        out.extend(line.iter().map(|b| char::from(*b)));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, SigningKey};

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
    }

    /// RFC 8032 section 7.1: seed, public key, message, signature.
    const PUBLISHED: [(&str, &str, &str, &str); 3] = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];

    /// RFC 8410 section 10.3: a private key, and the public key of it (section 10.1).
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const PUBLIC: &str =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn published_vectors_hold_both_ways() {
        for (seed, public, message, signature) in PUBLISHED {
            let key = SigningKey::from_seed(&bytes(seed).try_into().unwrap());
            assert_eq!(key.public().raw()[..], bytes(public));
            assert_eq!(key.sign(&bytes(message))[..], bytes(signature));
            assert!(key.public().verify(&bytes(message), &bytes(signature)));
            assert_eq!(key.seed().expose()[..], bytes(seed));
        }
    }

    #[test]
    fn what_was_changed_is_refused() {
        let (seed, _, message, signature) = PUBLISHED[2];
        let key = SigningKey::from_seed(&bytes(seed).try_into().unwrap()).public();
        for at in 0..64 {
            let mut changed = bytes(signature);
            changed[at] ^= 1;
            assert!(!key.verify(&bytes(message), &changed), "byte {at}");
        }
        assert!(!key.verify(b"other", &bytes(signature)));
        assert!(!key.verify(&bytes(message), &bytes(signature)[..63]));
        assert!(!SigningKey::generate().public().verify(&bytes(message), &bytes(signature)));
    }

    #[test]
    fn files_are_read_and_written_as_published() {
        let key = SigningKey::from_pkcs8_pem(PRIVATE).unwrap();
        assert_eq!(key.to_pkcs8_pem().expose(), PRIVATE);
        assert_eq!(key.public().to_spki_pem(), PUBLIC);
        assert_eq!(PublicKey::from_spki_pem(PUBLIC), Ok(key.public()));
        assert_eq!(PublicKey::from_spki_pem(&PUBLIC.replace('\n', "\r\n")), Ok(key.public()));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        assert!(SigningKey::from_pkcs8_pem(PUBLIC).is_err());
        assert!(PublicKey::from_spki_pem(PRIVATE).is_err());
        assert!(PublicKey::from_raw(&[0; 31]).is_err());
        let broken = PRIVATE.replace("MC4C", "!!!!");
        assert!(!SigningKey::from_pkcs8_pem(&broken).unwrap_err().contains("dp+K06"));
        let short = PUBLIC.replace("ZuE=", "");
        assert!(PublicKey::from_spki_pem(&short).is_err());
        assert_eq!(format!("{:?}", SigningKey::generate()), "SigningKey([redacted])");
    }
}
