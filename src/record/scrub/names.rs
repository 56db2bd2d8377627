//! Hides what is a credential by its name, in forms and in anything that quotes JSON.
//!
//! Changes no other byte. Never looks at what a value says.

use crate::model::redact::REDACTED;

/// Members, form fields and query parameters whose value is always a credential, written together and in small letters.
const CREDENTIALS: [&str; 16] = [
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "sessiontoken",
    "clientsecret",
    "secretkey",
    "clientassertion",
    "assertion",
    "password",
    "passwd",
    "passphrase",
    "privatekey",
    "apikey",
    "secret",
    "clientpassword",
];
/// The longest name that is looked at.
const LONGEST: usize = 40;

/// Whether a name says that its value is a credential: `access_token`, `accessToken`, `ACCESS-TOKEN`.
pub(super) fn is_credential(name: &str) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    let bare: String = name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    CREDENTIALS.contains(&bare.as_str())
}

/// `a=b&c=d` with values hidden by the names of their fields; `tell` hears the names.
pub(super) fn form(text: &str, hides: &dyn Fn(&str) -> bool, tell: &mut dyn FnMut(&str)) -> String {
    let hide = |field: &str| match field.split_once('=') {
        Some((name, value)) if hides(name) && !value.is_empty() && value != REDACTED => {
            tell(name);
            format!("{name}={REDACTED}")
        }
        _ => field.to_owned(),
    };
    text.split('&').map(hide).collect::<Vec<_>>().join("&")
}

/// Hides the text value of every JSON member with a credential's name, wherever it stands, and changes no other byte. One pass,
/// since every text of a run goes through here.
pub(super) fn members(text: String, tell: &mut dyn FnMut()) -> String {
    if key_end(&text).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(after) = key_end(rest) {
        out.push_str(&rest[..after]);
        rest = &rest[after..];
        let colon = rest.len() - rest.trim_start().len();
        let Some(value) = rest[colon..].strip_prefix(':') else { continue };
        let value = value.trim_start();
        let start = rest.len() - value.len();
        if let Some(quoted) = value.strip_prefix('"') {
            let end = closing_quote(quoted);
            if end > 0 {
                if &quoted[..end] != REDACTED {
                    tell();
                }
                out.push_str(&rest[..=start]);
                out.push_str(REDACTED);
                rest = &rest[start + 1 + end..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where the first quoted name of a credential ends.
fn key_end(text: &str) -> Option<usize> {
    text.match_indices('"').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.bytes().take(LONGEST + 1).position(|b| !b.is_ascii_alphanumeric() && b != b'_' && b != b'-')?;
        (rest.as_bytes()[end] == b'"' && is_credential(&rest[..end])).then_some(at + end + 2)
    })
}

/// Where the JSON string ends whose opening quote has been read; the end of the text when it never does.
fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i,
            _ => {}
        }
    }
    text.len()
}
