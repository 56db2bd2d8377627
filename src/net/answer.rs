//! Responses read from a stream (RFC 9112): one at a time, bounded, and never guessed at.
//!
//! Skips interim responses and keeps what follows a response for the next. Never writes and never interprets a body.

use crate::model::exchange::{TransportError, TransportErrorKind as Kind};
use crate::model::http::{Headers, Response};
use crate::net::fault::stream_error;
use bytes::{Buf as _, Bytes, BytesMut};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The most bytes the head of a response may have.
const MAX_HEAD: usize = 64 * 1024;
/// The most fields the head of a response may have.
const MAX_FIELDS: usize = 128;
/// The most interim responses that are skipped.
const MAX_INTERIM: usize = 32;

/// A response, and whether another may follow on its connection (RFC 9112 section 9.3).
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) reusable: bool,
}

enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

/// What is read from, and what was read and not used yet.
pub(crate) struct Reading<'a, R> {
    pub(crate) stream: &'a mut R,
    pub(crate) buffer: &'a mut BytesMut,
    pub(crate) max_body: usize,
}

impl<R: AsyncRead + Unpin> Reading<'_, R> {
    /// One response to a request of `method`.
    pub(crate) async fn response(&mut self, method: &str) -> Result<Response, TransportError> {
        self.answer(method).await.map(|answer| answer.response)
    }

    /// The same, with what its head says of the connection.
    pub(crate) async fn answer(&mut self, method: &str) -> Result<Answer, TransportError> {
        for _ in 0..MAX_INTERIM {
            let (mut response, version) = self.head().await?;
            if matches!(response.status, 100 | 102..=199) {
                continue;
            }
            let framing = framing(&response, method)?;
            let reusable = persists(&response, version) && response.status != 101 && !matches!(framing, Framing::UntilClose);
            response.body = match framing {
                Framing::None => Bytes::new(),
                Framing::Length(length) if length > self.max_body => return Err(self.too_large()),
                Framing::Length(length) => self.take(length).await?,
                Framing::Chunked => self.chunks().await?,
                Framing::UntilClose => self.rest().await?,
            };
            return Ok(Answer { response, reusable });
        }
        Err(broken("it goes on with interim answers"))
    }

    async fn head(&mut self) -> Result<(Response, u8), TransportError> {
        loop {
            // Empty lines between two messages do no harm.
            while self.buffer.first().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
                self.buffer.advance(1);
            }
            if let Some((length, response, version)) = parse_head(self.buffer)? {
                self.buffer.advance(length);
                return Ok((response, version));
            }
            if self.buffer.len() >= MAX_HEAD {
                return Err(failed(Kind::TooLarge, format!("its head is over {MAX_HEAD} bytes")));
            }
            self.fill().await?;
        }
    }

    async fn chunks(&mut self) -> Result<Bytes, TransportError> {
        let mut body = BytesMut::new();
        loop {
            let size = loop {
                match httparse::parse_chunk_size(self.buffer) {
                    Ok(httparse::Status::Complete((length, size))) => {
                        self.buffer.advance(length);
                        break usize::try_from(size).unwrap_or(usize::MAX);
                    }
                    Ok(httparse::Status::Partial) if self.buffer.len() < MAX_HEAD => self.fill().await?,
                    _ => return Err(broken("a chunk size cannot be read")),
                }
            };
            if size == 0 {
                return self.trailer().await.map(|()| body.freeze());
            }
            if size > self.max_body.saturating_sub(body.len()) {
                return Err(self.too_large());
            }
            body.extend_from_slice(&self.take(size).await?);
            if &self.take(2).await?[..] != b"\r\n" {
                return Err(broken("a chunk does not end where its size says"));
            }
        }
    }

    async fn trailer(&mut self) -> Result<(), TransportError> {
        let mut skipped = 0;
        loop {
            while let Some(end) = self.buffer.iter().position(|b| *b == b'\n') {
                let empty = matches!(&self.buffer[..end], b"" | b"\r");
                self.buffer.advance(end + 1);
                skipped += end + 1;
                if empty {
                    return Ok(());
                }
            }
            if skipped + self.buffer.len() >= MAX_HEAD {
                return Err(failed(Kind::TooLarge, format!("its trailer is over {MAX_HEAD} bytes")));
            }
            self.fill().await?;
        }
    }

    async fn rest(&mut self) -> Result<Bytes, TransportError> {
        loop {
            if self.buffer.len() > self.max_body {
                return Err(self.too_large());
            }
            match self.stream.read_buf(self.buffer).await {
                Ok(0) => return Ok(self.buffer.split().freeze()),
                Ok(_) => {}
                // An end of TLS that was not announced is common, and the only end that this body has.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(self.buffer.split().freeze()),
                Err(error) => return Err(stream_error(&error)),
            }
        }
    }

    async fn take(&mut self, length: usize) -> Result<Bytes, TransportError> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn fill(&mut self) -> Result<(), TransportError> {
        match self.stream.read_buf(self.buffer).await {
            Ok(0) if self.buffer.is_empty() => Err(failed(Kind::Reset, "it was closed".to_owned())),
            Ok(0) => Err(failed(Kind::Reset, "it was closed in the middle of the answer".to_owned())),
            Ok(_) => Ok(()),
            Err(error) => Err(stream_error(&error)),
        }
    }

    fn too_large(&self) -> TransportError {
        failed(Kind::TooLarge, format!("over {} bytes", self.max_body))
    }
}

/// The length of a head, what it says, and the minor version of HTTP/1.
fn parse_head(buffer: &[u8]) -> Result<Option<(usize, Response, u8)>, TransportError> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(failed(Kind::TooLarge, format!("it has over {MAX_FIELDS} header fields")));
        }
        Err(error) => return Err(broken(&error.to_string())),
    };
    let mut response = Response::new(parsed.code.unwrap_or_default());
    for field in parsed.headers.iter() {
        response.headers.push(field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value));
    }
    Ok(Some((length, response, parsed.version.unwrap_or_default())))
}

/// Whether the connection stays open after a response.
fn persists(response: &Response, version: u8) -> bool {
    let mut options = response.headers.all("connection").flat_map(|value| value.split(',')).map(str::trim);
    match version {
        0 => options.any(|option| option.eq_ignore_ascii_case("keep-alive")),
        _ => !options.any(|option| option.eq_ignore_ascii_case("close")),
    }
}

/// How the body ends (RFC 9112 section 6.3).
fn framing(response: &Response, method: &str) -> Result<Framing, TransportError> {
    let headers: &Headers = &response.headers;
    if method == "HEAD" || matches!(response.status, 101 | 204 | 304) {
        return Ok(Framing::None);
    }
    let codings: Vec<&str> = headers.all("transfer-encoding").flat_map(|value| value.split(',')).map(str::trim).collect();
    match codings.last() {
        Some(last) if last.eq_ignore_ascii_case("chunked") => return Ok(Framing::Chunked),
        Some(_) => return Ok(Framing::UntilClose),
        None => {}
    }
    let mut lengths = headers.all("content-length").flat_map(|value| value.split(',')).map(str::trim);
    let Some(first) = lengths.next() else { return Ok(Framing::UntilClose) };
    if first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit()) || lengths.any(|other| other != first) {
        return Err(broken("its content length cannot be read"));
    }
    Ok(Framing::Length(first.parse().unwrap_or(usize::MAX)))
}

fn broken(detail: &str) -> TransportError {
    failed(Kind::Protocol, detail.to_owned())
}

fn failed(kind: Kind, detail: String) -> TransportError {
    TransportError { kind, detail }
}
