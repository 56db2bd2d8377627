//! A header whose value is the shared secret itself.
//!
//! Compares in constant time. Covers nothing of the message: neither the body nor the time can be relied on by it.

use crate::base::secret::Secret;
use crate::callback::fault::SignatureFault;
use crate::model::http::Headers;
use aws_lc_rs::constant_time::verify_slices_are_equal;

/// Checks the header against the secret.
///
/// # Errors
/// The one fault: the header is absent, there more than once, or holds something else.
pub fn verify(headers: &Headers, header: &str, secret: &Secret<String>) -> Result<(), Vec<SignatureFault>> {
    let mut values = headers.all(header).map(str::trim);
    let Some(value) = values.next().filter(|value| !value.is_empty()) else {
        return Err(vec![SignatureFault::MissingHeader(header.to_ascii_lowercase())]);
    };
    if values.next().is_some() {
        return Err(vec![SignatureFault::Malformed(format!("`{header}` is there more than once"))]);
    }
    verify_slices_are_equal(value.as_bytes(), secret.expose().as_bytes())
        .map_err(|_| vec![SignatureFault::Mismatch(header.to_ascii_lowercase())])
}

#[cfg(test)]
mod tests {
    use super::verify;
    use crate::base::secret::Secret;
    use crate::callback::fault::SignatureFault;
    use crate::model::http::Headers;

    #[test]
    fn only_the_secret_itself_passes() {
        let secret = Secret::new("s3cret-value".to_owned());
        let with = |values: &[&str]| {
            let headers: Headers = values.iter().map(|v| ("X-Callback-Secret", *v)).collect();
            verify(&headers, "x-callback-secret", &secret)
        };
        assert_eq!(with(&["s3cret-value"]), Ok(()));
        assert_eq!(with(&[" s3cret-value "]), Ok(()));
        for wrong in ["s3cret-valuE", "s3cret-valu", "s3cret-value2"] {
            assert_eq!(with(&[wrong]), Err(vec![SignatureFault::Mismatch("x-callback-secret".to_owned())]), "{wrong}");
        }
        assert_eq!(with(&[]), Err(vec![SignatureFault::MissingHeader("x-callback-secret".to_owned())]));
        assert_eq!(with(&[""]), Err(vec![SignatureFault::MissingHeader("x-callback-secret".to_owned())]));
        assert!(matches!(&with(&["s3cret-value", "s3cret-value"]).unwrap_err()[..], [SignatureFault::Malformed(_)]));
    }
}
