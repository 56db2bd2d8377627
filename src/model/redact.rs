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
        let mut secrets: Vec<_> = secrets.into_iter().filter(|s| s.expose().len() >= 4).collect();
        // Longest first, so that a secret inside another is not left in pieces.
        secrets.sort_by_key(|s| std::cmp::Reverse(s.expose().len()));
        Self { secrets }
    }

    /// Also hides this value.
    pub fn add(&mut self, secret: Secret<String>) {
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
}
