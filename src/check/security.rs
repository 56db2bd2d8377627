//! The family `security`: refusals as RFC 6750 wants them, and error bodies that show nothing of the inside.
//!
//! Judges one answer to deliberately insufficient credentials. Never makes credentials and never sends anything.

use crate::check::catalogue::{SECURITY_ENFORCED, SECURITY_LEAK, SECURITY_REFUSAL, SEMANTICS_CHALLENGE};
use crate::check::subject::{Fill, Subject, brief};
use crate::model::finding::Finding;
use crate::suite::ast::expect::Denied;

/// A challenge, taken apart (RFC 9110 section 11.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The `realm` parameter.
    pub realm: Option<String>,
    /// The `error` parameter.
    pub error: Option<String>,
}

/// The scheme, in lower case.
const BEARER: &str = "bearer";

/// The Bearer challenge among the `WWW-Authenticate` fields, if there is one.
#[must_use]
pub fn bearer_challenge<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    challenge_by(BEARER, fields)
}

/// The challenge of a scheme among the `WWW-Authenticate` fields, if there is one.
#[must_use]
pub fn challenge_by<'a>(scheme: &str, fields: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let scheme = scheme.to_ascii_lowercase();
    for field in fields {
        let lower = field.to_ascii_lowercase();
        let is_scheme = |at: usize| {
            let before = lower[..at].trim_end();
            let after = &lower[at + scheme.len()..];
            (before.is_empty() || before.ends_with(',')) && (after.is_empty() || after.starts_with([' ', '\t', ',']))
        };
        let Some(at) = lower.match_indices(scheme.as_str()).map(|(at, _)| at).find(|at| is_scheme(*at)) else { continue };
        let rest = &field[at + scheme.len()..];
        let mut challenge = Challenge::default();
        for (name, value) in parameters(rest) {
            match name.as_str() {
                "realm" => challenge.realm = Some(value),
                "error" => challenge.error = Some(value),
                _ => {}
            }
        }
        return Some(challenge);
    }
    None
}

/// `name=value` and `name="quoted value"` pairs, names in lower case; ends at the next scheme.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim();
        if name.is_empty() || name.contains(' ') {
            break;
        }
        let after = after.trim_start();
        let (value, tail) = if let Some(quoted) = after.strip_prefix('"') {
            let mut value = String::new();
            let mut chars = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((i, c)) = chars.next() {
                match c {
                    '\\' => value.extend(chars.next().map(|(_, c)| c)),
                    '"' => {
                        end = i + 1;
                        break;
                    }
                    c => value.push(c),
                }
            }
            (value, &quoted[end.min(quoted.len())..])
        } else {
            let end = after.find([',', ' ']).unwrap_or(after.len());
            (after[..end].to_owned(), &after[end..])
        };
        found.push((name.to_ascii_lowercase(), value));
        rest = tail.trim_start_matches([' ', ',']);
    }
    found
}

/// An answer to credentials that must be refused.
pub struct Refusal {
    /// True when the status is that of the refusal asked for: then the rest of the answer can be judged too.
    pub is_one: bool,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

impl Refusal {
    fn not_one(finding: Finding) -> Self {
        Self { is_one: false, findings: vec![finding] }
    }
}

/// Judges the answer to credentials that must be refused for `reason`.
#[must_use]
pub fn refusal(subject: &Subject<'_>, reason: Denied) -> Refusal {
    let status = subject.response.status;
    let (statuses, error): (&[u16], Option<&str>) = match reason {
        Denied::NoToken => (&[401], None),
        Denied::MalformedToken => (&[400], Some("invalid_request")),
        Denied::InvalidToken => (&[401], Some("invalid_token")),
        Denied::InsufficientScope => (&[403], Some("insufficient_scope")),
        Denied::OtherClient => (&[403, 404], None),
    };
    let wanted = statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ");
    let why = words(reason);
    // What is said of the object or of the body is said to somebody who was let in.
    let let_in = (200..400).contains(&status)
        || (reason != Denied::OtherClient && matches!(status, 404 | 409 | 410 | 412 | 413 | 415 | 422));
    if let_in {
        let message = format!("answered although the request had {why}");
        return Refusal::not_one(subject.cited_finding(SECURITY_ENFORCED, message, wanted, status.to_string()));
    }
    if !statuses.contains(&status) {
        let message = format!("the wrong refusal of a request with {why}");
        return Refusal::not_one(subject.cited_finding(SECURITY_REFUSAL, message, wanted, status.to_string()));
    }
    let findings = challenge_of(subject, reason, error).into_iter().map(|f| f.on_header("www-authenticate")).collect();
    Refusal { is_one: true, findings }
}

/// The challenge that belongs to a refusal of the right status.
fn challenge_of(subject: &Subject<'_>, reason: Denied, error: Option<&str>) -> Option<Finding> {
    let (status, why) = (subject.response.status, words(reason));
    let fields: Vec<&str> = subject.response.headers.all("www-authenticate").collect();
    let challenge = bearer_challenge(fields.iter().copied());
    let shown = if fields.is_empty() { "no WWW-Authenticate".to_owned() } else { brief(&fields.join(", ")) };
    match reason {
        Denied::OtherClient => None,
        // RFC 6750 section 3.1: a request without credentials should not be told an error code.
        Denied::NoToken => challenge.and_then(|c| c.error).map(|_| {
            let message = "an error code where no credentials were sent";
            subject.cited_finding(SECURITY_REFUSAL, message, "a Bearer challenge without `error`", shown)
        }),
        Denied::MalformedToken => match challenge.and_then(|c| c.error) {
            Some(found) if Some(found.as_str()) != error => Some(subject.cited_finding(
                SECURITY_REFUSAL,
                "the wrong error code for a malformed request",
                "error=\"invalid_request\"",
                shown,
            )),
            _ => None,
        },
        Denied::InvalidToken | Denied::InsufficientScope => {
            let wanted = error.unwrap_or_default();
            match challenge {
                // A 401 without a challenge is found by `semantics.challenge` on every answer.
                None if status == 401 => None,
                None => Some(subject.finding(
                    SEMANTICS_CHALLENGE,
                    "a refusal without a Bearer challenge",
                    "WWW-Authenticate: Bearer realm=\"...\"",
                    shown,
                )),
                Some(challenge) if challenge.error.as_deref() != Some(wanted) => Some(subject.cited_finding(
                    SECURITY_REFUSAL,
                    format!("the wrong error code for a request with {why}"),
                    format!("error=\"{wanted}\""),
                    shown,
                )),
                Some(challenge) if status != 401 && challenge.realm.is_none() => {
                    Some(subject.finding(SEMANTICS_CHALLENGE, "a challenge without a realm", "Bearer realm=\"...\"", shown))
                }
                Some(_) => None,
            }
        }
    }
}

fn words(reason: Denied) -> &'static str {
    match reason {
        Denied::NoToken => "no credentials",
        Denied::MalformedToken => "malformed credentials",
        Denied::InvalidToken => "a token that is not valid",
        Denied::InsufficientScope => "a token of another scope",
        Denied::OtherClient => "another client's token",
    }
}

/// What gives the inside away, with what it is; matched as it stands in the text.
const LEAKS: &[(&str, &str)] = &[
    ("Traceback (most recent call last)", "a stack trace"),
    ("\n\tat ", "a stack trace"),
    ("\n    at ", "a stack trace"),
    ("\\n\\tat ", "a stack trace"),
    ("\\n    at ", "a stack trace"),
    ("Exception in thread", "a stack trace"),
    ("panicked at", "a stack trace"),
    ("goroutine ", "a stack trace"),
    (".py\\\", line ", "a stack trace"),
    (".py\", line ", "a stack trace"),
    ("java.lang.", "a class of the implementation"),
    ("org.springframework", "a class of the implementation"),
    ("System.NullReferenceException", "a class of the implementation"),
    ("node_modules/", "a path of the implementation"),
    ("/usr/lib/", "a path of the machine"),
    ("/usr/local/", "a path of the machine"),
    ("/home/", "a path of the machine"),
    ("/var/www/", "a path of the machine"),
    ("/opt/app", "a path of the machine"),
    ("C:\\\\", "a path of the machine"),
    ("SQLSTATE[", "a database error"),
    ("ORA-0", "a database error"),
];

/// Judges what an error body gives away.
#[must_use]
pub fn leak(subject: &Subject<'_>) -> Option<Finding> {
    if subject.response.status < 400 {
        return None;
    }
    let text = String::from_utf8_lossy(&subject.response.body);
    let (found, what) = LEAKS.iter().find(|(found, _)| text.contains(found))?;
    Some(subject.finding(
        SECURITY_LEAK,
        format!("the error body shows {what}"),
        "nothing of the inside",
        format!("`{}`", brief(found.trim())),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Challenge, bearer_challenge};

    #[test]
    fn challenges_are_taken_apart() {
        let realm =
            |realm: &str, error: Option<&str>| Some(Challenge { realm: Some(realm.to_owned()), error: error.map(str::to_owned) });
        let one = |field: &'static str| bearer_challenge([field].into_iter());
        assert_eq!(one("Bearer realm=\"laas\""), realm("laas", None));
        assert_eq!(
            one("bearer realm=laas, error=\"invalid_token\", error_description=\"a, \\\"b\\\"\""),
            realm("laas", Some("invalid_token"))
        );
        assert_eq!(one("Basic realm=\"x\", Bearer realm=\"y\""), realm("y", None));
        assert_eq!(one("Basic realm=\"no bearer here\", Bearer realm=\"y\""), realm("y", None));
        assert_eq!(one("Bearer\trealm=\"y\""), realm("y", None));
        assert_eq!(one("Bearer"), Some(Challenge::default()));
        assert_eq!(one("BearerX realm=\"x\""), None);
        assert_eq!(one("Basic realm=\"x\""), None);
    }
}
