//! Finds texts that look like secrets written out.
//!
//! Warns and shows nothing of the text; a token that is wrong on purpose must not be caught.

use crate::base::source::Span;
use crate::suite::decode::{Decoder, Family, Rule};

/// Prefixes that only keys and tokens have, with the length from which a text is one.
const PREFIXES: [(&str, usize); 8] = [
    ("whsec_", 22),
    ("whsk_", 22),
    ("eyJ", 40),
    ("sk_live_", 16),
    ("ghp_", 24),
    ("AKIA", 20),
    ("xoxb-", 20),
    ("-----BEGIN ", 20),
];

/// Names of members that hold a secret.
const NAMES: [&str; 6] = ["client_secret", "password", "passwd", "api_key", "apikey", "private_key"];

/// Words by which an author says that a value is wrong on purpose, or no value at all.
const ON_PURPOSE: [&str; 11] =
    ["wrong", "invalid", "bad", "not-", "not_", "expired", "unknown", "example", "missing", "tampered", "foreign"];

impl Decoder<'_> {
    /// Warns where a text without templates looks like a secret, by itself or by the name of its member.
    pub(super) fn lint_secret(&mut self, name: Option<&str>, text: &str, span: Span) {
        if self.family != Family::Environment && looks_secret(name, text) {
            self.warn_secret(span);
        }
    }

    /// Warns of a secret written out.
    pub(super) fn warn_secret(&mut self, span: Span) {
        let hint = match self.family {
            Family::Suite | Family::Load | Family::Monitor => {
                "keep it in the environment file, read from a variable, and name the identity here"
            }
            _ => "read it from a variable: \"${env.NAME}\"",
        };
        self.warning(self.code(Rule::Secret), span, "this looks like a secret written out", Some(hint.to_owned()));
    }
}

fn looks_secret(name: Option<&str>, text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if text.contains("${") || ON_PURPOSE.iter().any(|word| lower.contains(word)) {
        return false;
    }
    if let Some(name) = name {
        let name = name.to_ascii_lowercase();
        return NAMES.iter().any(|n| name == *n || name.ends_with(&format!("_{n}"))) && text.len() >= 6;
    }
    let token = text.strip_prefix("Bearer ").or_else(|| text.strip_prefix("Basic ")).unwrap_or(text);
    PREFIXES.iter().any(|(prefix, length)| token.starts_with(prefix) && token.len() >= *length)
}

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn finds_secrets_and_leaves_wrong_tokens_alone() {
        assert!(looks_secret(None, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert!(looks_secret(None, "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc"));
        assert!(looks_secret(Some("client_secret"), "laas-secret"));
        for (name, text) in [
            (None, "Bearer"),
            (None, "eyJ"),
            (Some("client_secret"), "${auth.partner.client_secret}"),
            (Some("client_secret"), "wrong-secret"),
            (Some("contractId"), "SBX-COMPLETE-0123456789-0123456789"),
        ] {
            assert!(!looks_secret(name, text), "{text}");
        }
    }
}
