//! The head of an answer: its status and what it says about the body and the connection (RFC 9112 section 6).
//!
//! Parses what is there. Never guesses: what is ambiguous is not HTTP.

use httparse::{Header, ParserConfig, Response, Status};
use std::mem::MaybeUninit;

/// The most fields that are read.
const MAX_FIELDS: usize = 100;

/// How the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

/// What a head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Its length in bytes, the empty line included.
    pub length: usize,
    /// How the body ends, unless the request was a HEAD.
    pub framing: Framing,
    /// Whether the connection can be used again.
    pub keep_alive: bool,
}

/// Why there is no head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoHead {
    /// More has to come.
    Partial,
    /// It is not HTTP.
    Invalid,
}

/// Reads the head that `bytes` begin with.
pub(super) fn parse(bytes: &[u8]) -> Result<Head, NoHead> {
    let mut fields = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_FIELDS];
    let mut response = Response::new(&mut []);
    let length = match ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut fields) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Err(NoHead::Partial),
        Err(_) => return Err(NoHead::Invalid),
    };
    let (status, version) = (response.code.unwrap_or_default(), response.version.unwrap_or_default());
    let mut keep_alive = version == 1;
    let mut stated = None;
    let mut coded = None;
    for field in response.headers.iter() {
        // Told apart by their length first: most fields are none of these.
        match field.name.len() {
            10 if field.name.eq_ignore_ascii_case("connection") => {
                if listed(field.value, b"close") {
                    keep_alive = false;
                } else if listed(field.value, b"keep-alive") {
                    keep_alive = true;
                }
            }
            14 if field.name.eq_ignore_ascii_case("content-length") => {
                let value = number(field.value).ok_or(NoHead::Invalid)?;
                // Two lengths that differ are a smuggling attempt or a defect (RFC 9112 section 6.3).
                if stated.is_some_and(|known| known != value) {
                    return Err(NoHead::Invalid);
                }
                stated = Some(value);
            }
            17 if field.name.eq_ignore_ascii_case("transfer-encoding") => coded = Some(listed(field.value, b"chunked")),
            _ => {}
        }
    }
    let bodiless = matches!(status, 100..=199 | 204 | 304);
    let framing = match (coded, stated) {
        _ if bodiless => Framing::None,
        (Some(true), _) => Framing::Chunked,
        (Some(false), _) | (None, None) => Framing::Close,
        (None, Some(0)) => Framing::None,
        (None, Some(length)) => Framing::Length(length),
    };
    Ok(Head { status, length, framing, keep_alive: keep_alive && framing != Framing::Close })
}

/// The fields of a head that was parsed, in order; what is no UTF-8 is replaced.
pub fn header_fields(head: &[u8]) -> Vec<(String, String)> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = Response::new(&mut fields);
    if !matches!(response.parse(head), Ok(Status::Complete(_))) {
        return Vec::new();
    }
    response.headers.iter().map(|f| (f.name.to_owned(), String::from_utf8_lossy(f.value).into_owned())).collect()
}

/// True when a comma-separated list has this token.
fn listed(value: &[u8], token: &[u8]) -> bool {
    value.split(|b| *b == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

fn number(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    if digits.is_empty() || digits.len() > 18 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0, |n, d| n * 10 + u64::from(d - b'0')))
}

#[cfg(test)]
mod tests {
    use super::{Framing, NoHead, parse};

    fn framed(head: &str) -> Result<(u16, Framing, bool), NoHead> {
        parse(head.as_bytes()).map(|h| (h.status, h.framing, h.keep_alive))
    }

    #[test]
    fn framing_follows_rfc_9112() {
        for (head, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", (200, Framing::Length(5), true)),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", (200, Framing::None, true)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", (200, Framing::Length(5), true)),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\n", (200, Framing::Chunked, true)),
            ("HTTP/1.1 200 OK\r\n\r\n", (200, Framing::Close, false)),
            ("HTTP/1.1 204 No Content\r\n\r\n", (204, Framing::None, true)),
            ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", (304, Framing::None, true)),
            ("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\n", (200, Framing::Length(1), false)),
            ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", (200, Framing::Length(1), false)),
            ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\n", (200, Framing::Length(1), true)),
        ] {
            assert_eq!(framed(head), Ok(expected), "{head}");
        }
    }

    #[test]
    fn what_is_ambiguous_is_not_http() {
        for head in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "SSH-2.0-OpenSSH_9.2\r\n",
        ] {
            assert_eq!(framed(head), Err(NoHead::Invalid), "{head}");
        }
        assert_eq!(framed("HTTP/1.1 200 OK\r\nContent-Le"), Err(NoHead::Partial));
    }
}
