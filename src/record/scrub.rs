//! Takes out of messages what a record must not hold.
//!
//! Applies the run's redactor, and hides by name what no redactor can know beforehand: a token that a server has just issued, a
//! password in a form, credentials in a URL. Never keeps a copy of what it hides.

use crate::model::http::Headers;
use crate::model::redact::{REDACTED, Redactor};
use crate::record::shape::{BodyRecord, HeaderRecord};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How much of a body a record keeps, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;

/// Members, form fields and query parameters whose value is always a credential.
const CREDENTIALS: [&str; 10] = [
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "client_assertion",
    "assertion",
    "password",
    "api_key",
    "apikey",
    "secret",
];

/// The header fields, without secrets.
#[must_use]
pub fn headers(redactor: &Redactor, headers: &Headers) -> Vec<HeaderRecord> {
    headers.iter().map(|(name, value)| HeaderRecord { name: redactor.text(name), value: header(redactor, name, value) }).collect()
}

fn header(redactor: &Redactor, name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "location" | "content-location" | "referer" | "link" => url(redactor, value),
        // A lone word is a scheme, or a token that was sent without one.
        "authorization" | "proxy-authorization" if !value.trim().contains(' ') && !is_scheme(value.trim()) => hidden(value),
        name if ["token", "secret", "password", "api-key", "apikey"].iter().any(|word| name.contains(word)) => hidden(value),
        _ => redactor.header(name, value),
    }
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest", "dpop", "negotiate"].iter().any(|s| s.eq_ignore_ascii_case(word))
}

fn hidden(value: &str) -> String {
    if value.is_empty() { String::new() } else { REDACTED.to_owned() }
}

/// A URL without secrets: no password before the host, no credential among the query parameters.
#[must_use]
pub fn url(redactor: &Redactor, url: &str) -> String {
    let mut url = redactor.text(url);
    if let Some(scheme) = url.find("://") {
        let authority = scheme + 3;
        let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |i| authority + i);
        if let Some(at) = url[authority..end].rfind('@') {
            url.replace_range(authority..authority + at, REDACTED);
        }
    }
    let Some(query) = url.find('?') else { return url };
    let end = url[query..].find('#').map_or(url.len(), |i| query + i);
    let fields = form(&url[query + 1..end]);
    format!("{}?{fields}{}", &url[..query], &url[end..])
}

/// `a=b&c=d` with the credentials among the values hidden.
fn form(text: &str) -> String {
    let hide = |field: &str| match field.split_once('=') {
        Some((name, value)) if is_credential(name) && !value.is_empty() => format!("{name}={REDACTED}"),
        _ => field.to_owned(),
    };
    text.split('&').map(hide).collect::<Vec<_>>().join("&")
}

fn is_credential(name: &str) -> bool {
    CREDENTIALS.iter().any(|c| c.eq_ignore_ascii_case(name))
}

/// A body without secrets, up to [`BODY_LIMIT`].
#[must_use]
pub fn body(redactor: &Redactor, media_type: Option<&str>, bytes: &[u8]) -> BodyRecord {
    let length = bytes.len();
    if length == 0 {
        return BodyRecord::default();
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return binary(redactor, bytes);
    };
    // Redacted before it is cut: a secret cut in half would no longer be found.
    let mut text = credentials(redactor, media_type, text);
    let cut = text.len() > BODY_LIMIT;
    truncate(&mut text, BODY_LIMIT);
    BodyRecord { length, text: Some(text), base64: None, cut }
}

fn binary(redactor: &Redactor, bytes: &[u8]) -> BodyRecord {
    let length = bytes.len();
    let lossy = String::from_utf8_lossy(bytes);
    let redacted = redactor.text(&lossy);
    if redacted != lossy {
        let mut text = redacted;
        let cut = text.len() > BODY_LIMIT;
        truncate(&mut text, BODY_LIMIT);
        return BodyRecord { length, text: Some(text), base64: None, cut };
    }
    let kept = &bytes[..length.min(BODY_LIMIT)];
    BodyRecord { length, text: None, base64: Some(STANDARD.encode(kept)), cut: length > BODY_LIMIT }
}

/// Cuts `text` to at most `limit` bytes without cutting a character.
fn truncate(text: &mut String, limit: usize) {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
}

/// Any text without secrets; what it quotes of a JSON body is treated like the body.
#[must_use]
pub fn text(redactor: &Redactor, text: &str) -> String {
    hide_members(redactor.text(text))
}

fn credentials(redactor: &Redactor, media_type: Option<&str>, text: &str) -> String {
    if media_type == Some("application/x-www-form-urlencoded") {
        return form(&redactor.text(text));
    }
    self::text(redactor, text)
}

/// Hides the text value of every JSON member with a credential's name, wherever it stands, and changes no other byte. One pass,
/// since every text of a run goes through here.
fn hide_members(text: String) -> String {
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
        let named = |name: &&&str| rest.strip_prefix(**name).is_some_and(|after| after.starts_with('"'));
        CREDENTIALS.iter().find(named).map(|name| at + name.len() + 2)
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

#[cfg(test)]
mod tests {
    use super::{BODY_LIMIT, body, headers, url};
    use crate::base::secret::Secret;
    use crate::model::http::Headers;
    use crate::model::redact::Redactor;

    fn redactor() -> Redactor {
        Redactor::new([Secret::new("laas-secret".to_owned())])
    }

    #[test]
    fn credentials_are_hidden_by_name_even_when_nobody_announced_them() {
        let json = r#"{"access_token" : "ey\"J1","expires_in":3599,"note":"laas-secret"}"#;
        let stored = body(&redactor(), Some("application/json"), json.as_bytes());
        assert_eq!(stored.text.as_deref(), Some(r#"{"access_token" : "[redacted]","expires_in":3599,"note":"[redacted]"}"#));
        let form = body(&redactor(), Some("application/x-www-form-urlencoded"), b"scope=oob&client_secret=a%2Bb");
        assert_eq!(form.text.as_deref(), Some("scope=oob&client_secret=[redacted]"));
        assert_eq!(
            url(&redactor(), "https://u:p@h/a?access_token=x&b=1#f"),
            "https://[redacted]@h/a?access_token=[redacted]&b=1#f"
        );
        let sent: Headers = [
            ("Authorization", "Basic dTpw"),
            ("Location", "/x?secret=1"),
            ("Authorization", "bare-token"),
            ("Authorization", "Bearer"),
            ("X-Auth-Token", "abc"),
        ]
        .into_iter()
        .collect();
        let kept: Vec<_> = headers(&redactor(), &sent).into_iter().map(|h| h.value).collect();
        assert_eq!(kept, ["Basic [redacted]", "/x?secret=[redacted]", "[redacted]", "Bearer", "[redacted]"]);
    }

    #[test]
    fn every_credential_of_a_text_is_hidden_in_one_pass() {
        let quoted = r#"got {"secret":"a","b":"secret","id_token": "c","password":1,"password":"","api_key":"d"#;
        let shown = r#"got {"secret":"[redacted]","b":"secret","id_token": "[redacted]","password":1,"password":"","api_key":"[redacted]"#;
        assert_eq!(super::text(&redactor(), quoted), shown);
    }

    #[test]
    fn a_large_body_is_cut_after_it_is_redacted() {
        let mut text = "x".repeat(BODY_LIMIT - 4);
        text.push_str("laas-secret");
        let stored = body(&redactor(), None, text.as_bytes());
        assert_eq!((stored.length, stored.cut), (text.len(), true));
        assert!(!stored.text.unwrap_or_default().contains("laas"));
    }

    #[test]
    fn bytes_that_are_not_text_are_kept_as_base64_unless_they_hold_a_secret() {
        assert_eq!(body(&redactor(), None, b"\xff\xfe").base64.as_deref(), Some("//4="));
        let stored = body(&redactor(), None, b"\xfflaas-secret");
        assert_eq!((stored.base64, stored.text.as_deref()), (None, Some("\u{fffd}[redacted]")));
    }
}
