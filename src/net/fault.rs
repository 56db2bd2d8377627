//! Classes of transport failure, read from the chain of causes the HTTP client gives.
//!
//! Names what happened; never decides whether it matters.

use crate::model::exchange::{TransportError, TransportErrorKind};
use std::error::Error;
use std::fmt;
use std::io;

/// An address the rules do not let us call.
#[derive(Debug)]
pub(crate) struct Forbidden(pub(crate) String);

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Forbidden {}

/// The class of an error of the client and its innermost words.
pub(crate) fn classify(error: &reqwest::Error, secure: bool) -> TransportError {
    let mut seen = Seen { connecting: error.is_connect(), name: error.is_dns(), ..Seen::default() };
    seen.visit(error);
    TransportError { kind: seen.kind(secure), detail: seen.detail }
}

#[derive(Default)]
struct Seen {
    connecting: bool,
    name: bool,
    timeout: bool,
    tls: bool,
    forbidden: bool,
    parse: bool,
    cut: bool,
    io: Option<io::ErrorKind>,
    detail: String,
}

impl Seen {
    fn visit(&mut self, error: &(dyn Error + 'static)) {
        self.detail = lower_first(&error.to_string());
        self.forbidden |= error.is::<Forbidden>();
        self.tls |= error.is::<rustls::Error>();
        if let Some(hyper) = error.downcast_ref::<hyper::Error>() {
            self.parse |= hyper.is_parse() || hyper.is_parse_status();
            self.cut |= hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_canceled();
            self.timeout |= hyper.is_timeout();
        }
        if let Some(client) = error.downcast_ref::<reqwest::Error>() {
            self.timeout |= client.is_timeout();
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            self.io = Some(io.kind());
            // The source of an I/O error is that of what it wraps, not the wrapped error itself.
            if let Some(inner) = io.get_ref() {
                return self.visit(inner);
            }
        }
        if let Some(source) = error.source() {
            self.visit(source);
        }
    }

    fn kind(&self, secure: bool) -> TransportErrorKind {
        use TransportErrorKind as Kind;
        if self.forbidden {
            return Kind::Forbidden;
        }
        if self.name {
            return Kind::Name;
        }
        if self.tls {
            return Kind::Tls;
        }
        if self.timeout || self.io == Some(io::ErrorKind::TimedOut) {
            return if self.connecting { Kind::ConnectTimeout } else { Kind::ReadTimeout };
        }
        match self.io {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) if !self.connecting => Kind::Protocol,
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) if self.connecting && secure => Kind::Tls,
            Some(io::ErrorKind::InvalidData) if secure => Kind::Tls,
            Some(
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::NotConnected,
            ) => Kind::Reset,
            _ if self.connecting => Kind::Refused,
            _ if self.cut => Kind::Reset,
            _ if self.parse => Kind::Protocol,
            Some(_) => Kind::Reset,
            None => Kind::Protocol,
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.as_str().chars().next()) {
        (Some(first), second) if !second.is_some_and(char::is_uppercase) => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// The class of an error on a stream that is open.
pub(crate) fn stream_error(error: &io::Error) -> TransportError {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let (kind, detail) = match tls {
        Some(tls) => (TransportErrorKind::Tls, tls.to_string()),
        None if error.kind() == io::ErrorKind::TimedOut => (TransportErrorKind::ReadTimeout, error.to_string()),
        None => (TransportErrorKind::Reset, error.to_string()),
    };
    TransportError { kind, detail: lower_first(&detail) }
}
