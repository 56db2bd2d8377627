//! Redaction: what a record must not hold.
//!
//! Knows the secret values of a run and the headers that carry credentials, and rewrites text without them. Applied once,
//! where the record is made.

use crate::base::secret::Secret;

/// The values and headers to hide.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret<String>>,
}

/// What stands in place of a hidden value.
pub const REDACTED: &str = "[redacted]";

impl Redactor {
    /// Hides these values; ones under four characters are too common to hide by search and are left out.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = Secret<String>>) -> Self {
        let mut redactor = Self::default();
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    /// Also hides this value, as it is and as a form, a URL or JSON would write it.
    #[expect(clippy::needless_pass_by_value, reason = "a secret is handed over, not lent")]
    pub fn add(&mut self, secret: Secret<String>) {
        let value = secret.expose();
        for written in [value.clone(), percent(value), percent(value).replace("%20", "+"), quoted(value)] {
            self.insert(Secret::new(written));
        }
    }

    fn insert(&mut self, secret: Secret<String>) {
        // Longest first, so that a secret inside another is not left in pieces.
        if secret.expose().len() >= 4 && !self.secrets.contains(&secret) {
            let at = self.secrets.partition_point(|s| s.expose().len() >= secret.expose().len());
            self.secrets.insert(at, secret);
        }
    }

    /// The text without secret values.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for secret in &self.secrets {
            if out.contains(secret.expose().as_str()) {
                out = out.replace(secret.expose().as_str(), REDACTED);
            }
        }
        out
    }

    /// A header's value without what must not be shown: the credentials of the headers that carry them, and any secret.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "authorization" | "proxy-authorization" => match value.split_once(' ') {
                Some((scheme, credentials)) if !credentials.trim().is_empty() => format!("{scheme} {REDACTED}"),
                _ => self.text(value),
            },
            "cookie" | "set-cookie" | "x-api-key" => REDACTED.to_owned(),
            _ => self.text(value),
        }
    }
}

/// The text with everything but the unreserved characters of RFC 3986 percent-encoded.
fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// The text as it stands inside a JSON string.
fn quoted(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::Redactor;
    use crate::base::secret::Secret;

    #[test]
    fn hides_credentials_and_known_secrets() {
        let redactor = Redactor::new([Secret::new("laas-secret".to_owned()), Secret::new("laas-secret-2".to_owned())]);
        assert_eq!(redactor.header("Authorization", "Bearer abc"), "Bearer [redacted]");
        assert_eq!(redactor.header("Authorization", "Bearer"), "Bearer");
        assert_eq!(redactor.text("client_secret=laas-secret-2&x=1"), "client_secret=[redacted]&x=1");
    }

    #[test]
    fn hides_a_secret_however_it_is_written() {
        let redactor = Redactor::new([Secret::new("a+b c\"d".to_owned())]);
        for written in ["a+b c\"d", "a%2Bb%20c%22d", "a%2Bb+c%22d", "a+b c\\\"d"] {
            assert_eq!(redactor.text(&format!("<{written}>")), "<[redacted]>");
        }
    }
}
