//! Redaction: what a record must not hold.
//!
//! Knows the secret values of a run, the headers that carry credentials and what an environment wants hidden, and rewrites text
//! without them. Applied once, where the record is made; never keeps count by itself of what it hid.

use crate::base::secret::Secret;
use crate::model::redact::rules::Rules;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

pub mod rules;
mod tokens;

/// What is hidden.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: Vec<Known>,
    rules: Arc<Rules>,
}

/// A value that is hidden wherever it stands, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    value: Secret<String>,
    rule: &'static str,
}

/// What stands in place of a hidden value.
pub const REDACTED: &str = "[redacted]";

/// The names of the rules by which something is hidden; a pattern has a name of its own.
pub mod rule {
    /// A secret of the environment, the profile or the command line, or a token that the run was given.
    pub const SECRET: &str = "secret";
    /// A header field that carries credentials, or that the environment names.
    pub const HEADER: &str = "header";
    /// A member, form field, query parameter or part of a URL that is a credential by its name.
    pub const NAME: &str = "name";
    /// A place that the environment names; also what stood there, wherever it is repeated.
    pub const POINTER: &str = "pointer";
    /// The shape of an issuer's credentials: a JSON Web Token, a private key.
    pub const SHAPE: &str = "shape";
    /// What looks drawn at random.
    pub const ENTROPY: &str = "entropy";
}

impl Redactor {
    /// Hides these values; ones under four characters are too common to hide by search and are left out.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = Secret<String>>) -> Self {
        Self::with(secrets, Rules::default())
    }

    /// Hides these values, and what the rules say.
    #[must_use]
    pub fn with(secrets: impl IntoIterator<Item = Secret<String>>, rules: Rules) -> Self {
        let mut redactor = Self { known: Vec::new(), rules: Arc::new(rules) };
        for secret in secrets {
            redactor.add(secret);
        }
        redactor
    }

    /// What is hidden beside known values.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Also hides this value, as it is and as a form, a URL or JSON would write it.
    pub fn add(&mut self, secret: Secret<String>) {
        self.know(secret, rule::SECRET);
    }

    /// Also hides what stood at a place that the rules name.
    pub fn learn(&mut self, value: Secret<String>) {
        self.know(value, rule::POINTER);
    }

    #[expect(clippy::needless_pass_by_value, reason = "a secret is handed over, not lent")]
    fn know(&mut self, secret: Secret<String>, rule: &'static str) {
        let value = secret.expose();
        for written in [value.clone(), percent(value), percent(value).replace("%20", "+"), quoted(value)] {
            self.insert(Known { value: Secret::new(written), rule });
        }
    }

    fn insert(&mut self, known: Known) {
        let length = |known: &Known| known.value.expose().len();
        // Longest first, so that a secret inside another is not left in pieces.
        if length(&known) >= 4 && !self.known.iter().any(|other| other.value == known.value) {
            let at = self.known.partition_point(|other| length(other) >= length(&known));
            self.known.insert(at, known);
        }
    }

    /// The text without what must not be shown.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        self.text_telling(text, true, &mut |_| {})
    }

    /// The text without what must not be shown; `tell` hears the rule of each part that was hidden. What only looks drawn at random is
    /// left where `random` is false.
    #[must_use]
    pub fn text_telling(&self, text: &str, random: bool, tell: &mut dyn FnMut(&str)) -> String {
        let mut out = Cow::Borrowed(text);
        for known in &self.known {
            let value = known.value.expose().as_str();
            let times = out.matches(value).count();
            if times > 0 {
                (0..times).for_each(|_| tell(known.rule));
                out = Cow::Owned(out.replace(value, REDACTED));
            }
        }
        for (name, pattern) in &self.rules.patterns {
            let found = pattern.find_iter(&out).map(|part| part.range()).filter(|span| !span.is_empty()).collect();
            hide(&mut out, found, name, tell);
        }
        let found = tokens::shaped(&out);
        hide(&mut out, found, rule::SHAPE, tell);
        if random && self.rules.entropy {
            let found = tokens::random(&out);
            hide(&mut out, found, rule::ENTROPY, tell);
        }
        out.into_owned()
    }

    /// Whether what stands at a path in a JSON body is hidden, itself or with what is above it.
    #[must_use]
    pub fn hides_place(&self, path: &[String]) -> bool {
        self.rules.pointers.iter().any(|place| place.holds(path))
    }

    /// Whether a header field is hidden whole: those that carry credentials, and those that the rules name.
    #[must_use]
    pub fn hides_header(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let carries = ["token", "secret", "password", "api-key", "apikey"].iter().any(|word| name.contains(word));
        carries || matches!(name.as_str(), "cookie" | "set-cookie") || self.rules.headers.contains(&name)
    }
}

/// Puts the mark in place of parts that lie in order and apart.
fn hide(text: &mut Cow<'_, str>, parts: Vec<Range<usize>>, rule: &str, tell: &mut dyn FnMut(&str)) {
    if parts.is_empty() {
        return;
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for part in parts {
        // What an earlier rule hid is not hidden once more.
        let kept = &text[part.clone()] == REDACTED;
        out.push_str(&text[from..part.start]);
        out.push_str(REDACTED);
        if !kept {
            tell(rule);
        }
        from = part.end;
    }
    out.push_str(&text[from..]);
    *text = Cow::Owned(out);
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
    use super::rules::Rules;
    use crate::base::secret::Secret;
    use regex::Regex;

    fn told(redactor: &Redactor, text: &str) -> (String, Vec<String>) {
        let mut rules = Vec::new();
        (redactor.text_telling(text, true, &mut |rule| rules.push(rule.to_owned())), rules)
    }

    #[test]
    fn hides_known_secrets_the_longest_first() {
        let redactor = Redactor::new([Secret::new("laas-secret".to_owned()), Secret::new("laas-secret-2".to_owned())]);
        assert_eq!(redactor.text("client_secret=laas-secret-2&x=1"), "client_secret=[redacted]&x=1");
        assert!(redactor.hides_header("Set-Cookie") && redactor.hides_header("X-Api-Key") && !redactor.hides_header("X-Kind"));
    }

    #[test]
    fn hides_a_secret_however_it_is_written() {
        let redactor = Redactor::new([Secret::new("a+b c\"d".to_owned())]);
        for written in ["a+b c\"d", "a%2Bb%20c%22d", "a%2Bb+c%22d", "a+b c\\\"d"] {
            assert_eq!(redactor.text(&format!("<{written}>")), "<[redacted]>");
        }
    }

    #[test]
    fn says_by_which_rule_each_part_was_hidden_and_hides_nothing_twice() {
        let patterns = vec![("iban".to_owned(), Regex::new("FR[0-9]{10}").expect("a pattern"))];
        let mut redactor = Redactor::with([Secret::new("hunter2".to_owned())], Rules { patterns, ..Rules::default() });
        redactor.learn(Secret::new("Ada Lovelace".to_owned()));
        let text =
            "hunter2 FR0123456789 Ada Lovelace eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.x aZ3kQ9xW7bN2mL5vR8tY1uP4cD6fG0hJ hunter2";
        let (shown, rules) = told(&redactor, text);
        assert_eq!(shown, ["[redacted]"; 6].join(" "));
        assert_eq!(rules, ["pointer", "secret", "secret", "iban", "shape", "entropy"]);
        assert_eq!(told(&redactor, &shown), (shown.clone(), Vec::new()));
        assert_eq!(
            told(&Redactor::with([], Rules { entropy: false, ..Rules::default() }), &text[67..101]).1,
            Vec::<String>::new()
        );
    }
}
