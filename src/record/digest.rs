//! Digests of the documents a run stood on.
//!
//! Names bytes by their SHA-256. Never reads a file.

use crate::record::shape::DocumentRecord;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt::Write as _;

/// The SHA-256 of `bytes` in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A UUID (version 8, RFC 9562) that is the same for the same bytes.
#[must_use]
pub fn uuid(bytes: &[u8]) -> String {
    let hex = sha256(bytes);
    // The variant is `10`, whatever stands there.
    let variant = match hex.as_bytes()[16] {
        b'0' | b'4' | b'8' | b'c' => '8',
        b'1' | b'5' | b'9' | b'd' => '9',
        b'2' | b'6' | b'a' | b'e' => 'a',
        _ => 'b',
    };
    format!("{}-{}-8{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// The entry of a document (`spec`, `suite`, `profile`) in a record.
#[must_use]
pub fn document(kind: &str, name: &str, bytes: &[u8]) -> DocumentRecord {
    DocumentRecord { kind: kind.to_owned(), name: name.to_owned(), sha256: sha256(bytes) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_published_digest_of_abc() {
        // FIPS 180-4, example of SHA-256.
        assert_eq!(super::sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(super::uuid(b"abc"), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    }
}
