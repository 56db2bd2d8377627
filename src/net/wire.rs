//! HTTP/1.1 messages on a stream: requests in, responses out (RFC 9112).
//!
//! Reads exactly one request at a time and keeps what follows it for the next. Never accepts a connection, never calls a
//! handler, and never guesses where a message ends: what is ambiguous is refused.

use crate::model::http::{Headers, Request, Response};
use bytes::{Buf as _, Bytes, BytesMut};
use jiff::Timestamp;
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The most bytes a request's head may have.
const MAX_HEAD: usize = 64 * 1024;
/// The most fields a request's head may have.
const MAX_FIELDS: usize = 128;

/// Why no request was read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The peer ended the connection between two requests, or broke it.
    Gone,
    /// The request is refused with this status; the connection cannot go on.
    Refused(u16, &'static str),
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// A request without its body, and what its head says about the body and the connection.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) request: Request,
    pub(crate) keep_alive: bool,
    framing: Framing,
    expects_continue: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    Length(usize),
    Chunked,
}

/// The reading side of one connection.
pub(crate) struct Wire<S> {
    stream: S,
    buffer: BytesMut,
    max_body: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn new(stream: S, max_body: usize) -> Self {
        Self { stream, buffer: BytesMut::with_capacity(8 * 1024), max_body }
    }

    /// Waits until the first byte of a further request is there; `false` at the end of the stream.
    pub(crate) async fn await_request(&mut self) -> bool {
        loop {
            // An empty line before a request line is to be ignored (RFC 9112 section 2.2).
            while self.buffer.first().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
                self.buffer.advance(1);
            }
            if !self.buffer.is_empty() {
                return true;
            }
            if !matches!(self.stream.read_buf(&mut self.buffer).await, Ok(1..)) {
                return false;
            }
        }
    }

    /// Reads the body that belongs to a head.
    pub(crate) async fn read_body(&mut self, head: &Head) -> Result<Bytes, Unread> {
        if let Framing::Length(length) = head.framing
            && length > self.max_body
        {
            return Err(Unread::Refused(413, "the body is larger than is read here"));
        }
        if head.expects_continue && head.framing != Framing::Length(0) && self.buffer.is_empty() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        match head.framing {
            Framing::Length(length) => self.take(length).await,
            Framing::Chunked => self.read_chunks().await,
        }
    }

    /// Reads the head of one request.
    pub(crate) async fn read_head(&mut self) -> Result<Head, Unread> {
        loop {
            if let Some((length, head)) = parse_head(&self.buffer)? {
                self.buffer.advance(length);
                return Ok(head);
            }
            if self.buffer.len() >= MAX_HEAD {
                return Err(Unread::Refused(431, "the head of the request is too large"));
            }
            self.fill().await?;
        }
    }

    async fn read_chunks(&mut self) -> Result<Bytes, Unread> {
        let mut body = BytesMut::new();
        loop {
            let size = loop {
                match httparse::parse_chunk_size(&self.buffer) {
                    Ok(httparse::Status::Complete((length, size))) => {
                        self.buffer.advance(length);
                        break usize::try_from(size).unwrap_or(usize::MAX);
                    }
                    Ok(httparse::Status::Partial) if self.buffer.len() < MAX_HEAD => self.fill().await?,
                    _ => return Err(Unread::Refused(400, "a chunk size cannot be read")),
                }
            };
            if size == 0 {
                return self.skip_trailers().await.map(|()| body.freeze());
            }
            if size > self.max_body.saturating_sub(body.len()) {
                return Err(Unread::Refused(413, "the body is larger than is read here"));
            }
            body.extend_from_slice(&self.take(size).await?);
            if &self.take(2).await?[..] != b"\r\n" {
                return Err(Unread::Refused(400, "a chunk does not end where its size says"));
            }
        }
    }

    async fn skip_trailers(&mut self) -> Result<(), Unread> {
        let mut skipped = 0;
        loop {
            let Some(end) = self.buffer.iter().position(|b| *b == b'\n') else {
                if self.buffer.len() >= MAX_HEAD {
                    return Err(Unread::Refused(431, "the trailer of the request is too large"));
                }
                self.fill().await?;
                continue;
            };
            let empty = matches!(&self.buffer[..end], b"" | b"\r");
            self.buffer.advance(end + 1);
            skipped += end + 1;
            if empty {
                return Ok(());
            }
            if skipped >= MAX_HEAD {
                return Err(Unread::Refused(431, "the trailer of the request is too large"));
            }
        }
    }

    async fn take(&mut self, length: usize) -> Result<Bytes, Unread> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn fill(&mut self) -> Result<(), Unread> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(Unread::Gone),
            _ => Ok(()),
        }
    }

    /// Writes bytes as they are.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Ends our side and reads away what the peer still sends, so that the last answer is not lost to a reset.
    pub(crate) async fn linger(&mut self, at_most: usize) {
        if self.stream.shutdown().await.is_err() {
            return;
        }
        let mut left = at_most;
        loop {
            self.buffer.clear();
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(read @ 1..) if read < left => left -= read,
                _ => return,
            }
        }
    }
}

fn parse_head(buffer: &[u8]) -> Result<Option<(usize, Head)>, Unread> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Unread::Refused(431, "the request has too many header fields")),
        Err(httparse::Error::Version) => return Err(Unread::Refused(505, "only HTTP/1.0 and HTTP/1.1 are spoken here")),
        Err(_) => return Err(Unread::Refused(400, "the head of the request cannot be read")),
    };
    let mut request = Request::new(parsed.method.unwrap_or_default(), parsed.path.unwrap_or_default());
    for field in parsed.headers.iter() {
        request.headers.push(field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value));
    }
    let modern = parsed.version == Some(1);
    if modern && request.headers.all("host").count() != 1 {
        return Err(Unread::Refused(400, "there has to be one host header"));
    }
    let says = |name: &str, word: &str| {
        request.headers.all(name).flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    let keep_alive = modern && !says("connection", "close");
    let expects_continue = modern && says("expect", "100-continue");
    let framing = framing(&request.headers)?;
    Ok(Some((length, Head { request, keep_alive, framing, expects_continue })))
}

fn framing(headers: &Headers) -> Result<Framing, Unread> {
    let mut lengths = headers.all("content-length").flat_map(|value| value.split(','));
    let codings: Vec<&str> = headers.all("transfer-encoding").flat_map(|value| value.split(',')).map(str::trim).collect();
    match (&codings[..], lengths.next()) {
        ([], None) => Ok(Framing::Length(0)),
        ([], Some(first)) => {
            let first = first.trim();
            if first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit()) || lengths.any(|other| other.trim() != first) {
                return Err(Unread::Refused(400, "the content length cannot be read"));
            }
            Ok(Framing::Length(first.parse().unwrap_or(usize::MAX)))
        }
        (_, Some(_)) => Err(Unread::Refused(400, "a request has either a content length or a transfer coding")),
        ([coding], None) if coding.eq_ignore_ascii_case("chunked") => Ok(Framing::Chunked),
        (_, None) => Err(Unread::Refused(501, "the transfer coding is not known here")),
    }
}

/// The bytes of `response` as an answer to a request of `method`; the body's framing is ours, all else is as given.
pub(crate) fn encode(response: &Response, method: &str, close: bool) -> Vec<u8> {
    let status = response.status;
    let bodiless = matches!(status, 100..200 | 204 | 304);
    let head_only = method == "HEAD";
    let mut out = Vec::with_capacity(256 + response.body.len());
    out.extend_from_slice(format!("HTTP/1.1 {status:03} {}\r\n", reason(status)).as_bytes());
    for (name, value) in response.headers.iter() {
        let framing = name.eq_ignore_ascii_case("content-length") && !(head_only || status == 304);
        let hop = name.eq_ignore_ascii_case("transfer-encoding") || name.eq_ignore_ascii_case("connection");
        if !framing && !hop {
            field(&mut out, name, value);
        }
    }
    if response.headers.get("date").is_none() {
        field(&mut out, "date", &Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    }
    // An answer to HEAD may say the length that GET would have; of an empty one the length is not known.
    let unsaid = head_only && (response.headers.get("content-length").is_some() || response.body.is_empty());
    if !bodiless && !unsaid {
        field(&mut out, "content-length", &response.body.len().to_string());
    }
    if close {
        field(&mut out, "connection", "close");
    }
    out.extend_from_slice(b"\r\n");
    if !bodiless && !head_only {
        out.extend_from_slice(&response.body);
    }
    out
}

pub(crate) fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    // A line break in a value would begin a field of its own.
    out.extend(value.bytes().map(|b| if matches!(b, b'\r' | b'\n' | 0) { b' ' } else { b }));
    out.extend_from_slice(b"\r\n");
}

fn reason(status: u16) -> &'static str {
    reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("")
}
