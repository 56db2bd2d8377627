//! One request and what came of it.
//!
//! Keeps both sides with their times as data. Judges nothing, and holds secrets only until the record redacts them.

use crate::base::units::Nanos;
use crate::model::http::{Request, Response};
use jiff::Timestamp;
use std::fmt;

/// Numbers the exchanges of a run, in the order they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub u64);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}", self.0)
    }
}

/// Which way a request went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// We called the system under test.
    Outbound,
    /// The system under test called our listener.
    Inbound,
}

/// When things happened; spans are on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Wall time at which the request began.
    pub began: Timestamp,
    /// From the start of sending (or of arrival) to the last byte of the answer, or to the failure.
    pub service: Nanos,
}

/// Why no answer was had; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// Nothing listens there.
    Refused,
    /// The name does not resolve.
    Name,
    /// The connection could not be made in time.
    ConnectTimeout,
    /// The answer did not come in time.
    ReadTimeout,
    /// The connection ended before the answer was whole.
    Reset,
    /// TLS was not agreed or the certificate not trusted.
    Tls,
    /// What came is not HTTP.
    Protocol,
    /// The answer is larger than is read.
    TooLarge,
    /// The address is not one we may call.
    Forbidden,
    /// The run was interrupted.
    Cancelled,
}

/// Why no answer was had, with the transport's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// The class.
    pub kind: TransportErrorKind,
    /// A lower-case fragment for a person.
    pub detail: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Refused => "connection refused",
            TransportErrorKind::Name => "the name does not resolve",
            TransportErrorKind::ConnectTimeout => "no connection in time",
            TransportErrorKind::ReadTimeout => "no answer in time",
            TransportErrorKind::Reset => "the connection was cut before the answer was whole",
            TransportErrorKind::Tls => "TLS failed",
            TransportErrorKind::Protocol => "the answer is not valid HTTP",
            TransportErrorKind::TooLarge => "the answer is larger than is read",
            TransportErrorKind::Forbidden => "the address may not be called",
            TransportErrorKind::Cancelled => "interrupted",
        };
        if self.detail.is_empty() { f.write_str(what) } else { write!(f, "{what}: {}", self.detail) }
    }
}

/// One request and what came of it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its number in the run.
    pub id: ExchangeId,
    /// Which way it went.
    pub direction: Direction,
    /// The operation it was meant for, by operationId, where known.
    pub operation: Option<String>,
    /// What was asked.
    pub request: Request,
    /// What came of it. For an inbound exchange: what our listener answered.
    pub result: Result<Response, TransportError>,
    /// When.
    pub timing: Timing,
}

impl Exchange {
    /// The answer, when there was one.
    #[must_use]
    pub fn response(&self) -> Option<&Response> {
        self.result.as_ref().ok()
    }
}
