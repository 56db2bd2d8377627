//! The command line that makes the same call again.
//!
//! Built from the redacted exchange, so credentials appear as shell variables for the reader to set. Never runs anything.

use crate::model::redact::REDACTED;
use crate::record::shape::{BodyRecord, ExchangeRecord, HeaderRecord, Way};
use std::fmt::Write as _;

/// Header fields that curl sets by itself.
const OWN: [&str; 6] = ["host", "content-length", "connection", "transfer-encoding", "user-agent", "accept-encoding"];

/// The curl line of a call we made; `None` for one that we received.
#[must_use]
pub fn line(exchange: &ExchangeRecord) -> Option<String> {
    if exchange.way == Way::Inbound {
        return None;
    }
    let request = &exchange.request;
    let mut line = "curl -i".to_owned();
    match request.method.as_str() {
        "GET" if request.body.length == 0 => {}
        "HEAD" => line.push_str(" --head"),
        method => {
            let _ = write!(line, " -X {}", word(method));
        }
    }
    for field in request.headers.iter().filter(|h| !OWN.iter().any(|own| own.eq_ignore_ascii_case(&h.name))) {
        let _ = write!(line, " -H {}", header(field));
    }
    if request.body.length > 0 {
        let _ = write!(line, " --data-binary {}", data(&request.body));
    }
    // Brackets and braces in a URL are data here, not curl's own patterns.
    if request.url.replace(REDACTED, "").contains(['[', ']', '{', '}']) {
        line.push_str(" --globoff");
    }
    let _ = write!(line, " {}", with_variable(&request.url, "SECRET"));
    Some(line)
}

fn header(field: &HeaderRecord) -> String {
    let text = format!("{}: {}", field.name, field.value);
    let variable = match field.name.to_ascii_lowercase().as_str() {
        "authorization" | "proxy-authorization" if field.value.starts_with("Bearer ") => "TOKEN".to_owned(),
        "authorization" | "proxy-authorization" => "CREDENTIALS".to_owned(),
        name => name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect(),
    };
    with_variable(&text, &variable)
}

fn data(body: &BodyRecord) -> String {
    match &body.text {
        Some(text) if !body.cut => {
            // A leading @ would make curl read a file.
            let quoted = with_variable(text, "SECRET");
            if text.starts_with('@') { format!("@- <<< {quoted}") } else { quoted }
        }
        _ => "@body.bin".to_owned(),
    }
}

/// The text as one shell word, with a variable where something was hidden.
fn with_variable(text: &str, variable: &str) -> String {
    if !text.contains(REDACTED) {
        return word(text);
    }
    if text.chars().any(needs_escape) {
        let parts: Vec<String> = text.split(REDACTED).map(|p| if p.is_empty() { String::new() } else { word(p) }).collect();
        return parts.join(&format!("\"${variable}\""));
    }
    let mut quoted = String::with_capacity(text.len() + 8);
    for c in text.replace(REDACTED, "\u{0}").chars() {
        match c {
            '\u{0}' => {
                let _ = write!(quoted, "${{{variable}}}");
            }
            '"' | '\\' | '$' | '`' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
    }
    // The braces are needed only where the name would run on.
    let bare = format!("${variable}");
    let braced = format!("${{{variable}}}");
    let runs_on = quoted.split(&braced).skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
    if runs_on { format!("\"{quoted}\"") } else { format!("\"{}\"", quoted.replace(&braced, &bare)) }
}

/// The text as one word of a POSIX shell; `$'...'` where it holds characters that a terminal would act upon.
#[must_use]
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(needs_escape) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut out = "$'".to_owned();
    for c in text.chars() {
        match c {
            '\'' => out.push_str(r"\'"),
            '\\' => out.push_str(r"\\"),
            '\n' => out.push_str(r"\n"),
            '\r' => out.push_str(r"\r"),
            '\t' => out.push_str(r"\t"),
            c if needs_escape(c) => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::{line, with_variable, word};
    use crate::model::redact::Redactor;
    use crate::record::fixture;
    use crate::record::make::exchange;

    #[test]
    fn words_survive_the_shell() {
        for (text, quoted) in [
            ("abc/1", "abc/1"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf ~)", "'$(rm -rf ~)'"),
            ("a\nb\u{1b}[2J'", r"$'a\nb\x1b[2J\''"),
            ("\u{202e}", r"$'\xe2\x80\xae'"),
        ] {
            assert_eq!(word(text), quoted);
        }
        let mut shell = std::process::Command::new("bash");
        let text = "it's \"$HOME\" `x` \\ \u{1b}é\n";
        let out = shell.arg("-c").arg(format!("printf %s {}", word(text))).output().expect("bash is there");
        assert_eq!(String::from_utf8_lossy(&out.stdout), text);
    }

    #[test]
    fn hidden_values_become_variables() {
        assert_eq!(with_variable("Authorization: Bearer [redacted]", "TOKEN"), r#""Authorization: Bearer $TOKEN""#);
        assert_eq!(with_variable("/a?s=[redacted]x&t=$", "SECRET"), r#""/a?s=${SECRET}x&t=\$""#);
    }

    #[test]
    fn the_same_call_with_a_placeholder_for_the_token() {
        let exchanges = fixture::failing().exchanges;
        let record = exchange(&exchanges[2], &Redactor::default());
        assert_eq!(
            line(&record).as_deref(),
            Some(concat!(
                "curl -i -X POST -H \"Authorization: Bearer $TOKEN\" -H 'content-type: application/json' ",
                "--data-binary '{\"contractId\":\"SBX-NO-SIGNATORIES\"}' ",
                "http://127.0.0.1:8080/laas-contract-signature/v1/signatures"
            ))
        );
    }
}
