//! `Content-Digest` (RFC 9530): the body as it travels, hashed.
//!
//! Knows `sha-256` and `sha-512`; the insecure algorithms count for nothing. Never looks into a body.

use crate::callback::fault::SignatureFault;
use crate::callback::structured::{Bare, Item, Member, Parameters, dictionary, written};
use crate::model::http::Headers;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest};

/// The header with the digest of the body.
pub const CONTENT_DIGEST: &str = "content-digest";

const ALGORITHMS: [(&str, &Algorithm); 2] = [("sha-256", &SHA256), ("sha-512", &SHA512)];

/// The value of `Content-Digest` for a body, by `sha-256`.
#[must_use]
pub fn sha256(body: &[u8]) -> String {
    value("sha-256", &SHA256, body)
}

/// The value of `Content-Digest` for a body, by `sha-512`.
#[must_use]
pub fn sha512(body: &[u8]) -> String {
    value("sha-512", &SHA512, body)
}

fn value(name: &str, algorithm: &'static Algorithm, body: &[u8]) -> String {
    let bare = Bare::Bytes(digest(algorithm, body).as_ref().to_vec());
    written(&[(name.to_owned(), Member::Item(Item { bare, parameters: Parameters::default() }))])
}

/// Checks the digest against the body as received: every known algorithm has to be right, and one has to be known.
///
/// # Errors
/// The first fault found.
pub fn verify(headers: &Headers, body: &[u8]) -> Result<(), SignatureFault> {
    if headers.get(CONTENT_DIGEST).is_none_or(|v| v.trim().is_empty()) {
        return Err(SignatureFault::MissingHeader(CONTENT_DIGEST.to_owned()));
    }
    let malformed = |why: String| SignatureFault::Malformed(format!("`{CONTENT_DIGEST}` is no dictionary of digests: {why}"));
    let members = dictionary(headers.all(CONTENT_DIGEST)).map_err(malformed)?;
    let mut known = false;
    for (name, algorithm) in ALGORITHMS {
        let Some((_, member)) = members.iter().find(|(n, _)| n == name) else { continue };
        let Member::Item(Item { bare: Bare::Bytes(sent), .. }) = member else {
            return Err(malformed(format!("{name} holds no bytes")));
        };
        known = true;
        if verify_slices_are_equal(sent, digest(algorithm, body).as_ref()).is_err() {
            return Err(SignatureFault::OtherBody(name.to_owned()));
        }
    }
    if known { Ok(()) } else { Err(malformed("it holds neither sha-256 nor sha-512".to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::{CONTENT_DIGEST, sha256, sha512, verify};
    use crate::callback::fault::SignatureFault;
    use crate::model::http::Headers;

    const BODY: &[u8] = b"{\"hello\": \"world\"}\n";
    /// RFC 9530 appendix B.1, whose body ends in a line feed.
    const SHA256: &str = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
    /// RFC 9421 appendix B.2, whose body does not.
    const SHA512: &str = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";

    fn check(values: &[&str], body: &[u8]) -> Result<(), SignatureFault> {
        let headers: Headers = values.iter().map(|v| (CONTENT_DIGEST, *v)).collect();
        verify(&headers, body)
    }

    #[test]
    fn published_digests_hold_both_ways() {
        let plain = b"{\"hello\": \"world\"}";
        assert_eq!((sha256(BODY).as_str(), sha512(plain).as_str()), (SHA256, SHA512));
        assert_eq!(check(&[SHA256], BODY), Ok(()));
        assert_eq!(check(&[SHA512], plain), Ok(()));
        assert_eq!(check(&["md5=:AAAA:", &sha512(BODY), SHA256], BODY), Ok(()));
    }

    #[test]
    fn another_body_and_every_gap_are_named() {
        assert_eq!(check(&[SHA256], b"{}"), Err(SignatureFault::OtherBody("sha-256".to_owned())));
        // One of two digests is wrong: that the other holds does not mend it.
        assert_eq!(check(&[SHA256, SHA512], BODY), Err(SignatureFault::OtherBody("sha-512".to_owned())));
        assert_eq!(check(&[], BODY), Err(SignatureFault::MissingHeader(CONTENT_DIGEST.to_owned())));
        for bad in ["md5=:AAAA:", "sha-256=abc", "sha-256=(:AAAA:)", "sha-256", "%"] {
            assert!(matches!(check(&[bad], BODY), Err(SignatureFault::Malformed(_))), "{bad}");
        }
    }
}
