//! Why a delivery does not count as signed.
//!
//! Names what is wrong with what was sent. Never holds a key, nor the signature that would have been right.

use crate::base::units::Nanos;
use jiff::Timestamp;
use std::fmt;

/// Why a delivery does not count as signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// A header is absent or empty; holds its name.
    MissingHeader(String),
    /// A time is not a whole number of seconds.
    BadTimestamp {
        /// What should have told it.
        at: &'static str,
        /// What was sent.
        sent: String,
    },
    /// The attempt lies further back than the tolerance.
    Stale {
        /// What told its time.
        at: &'static str,
        /// How far back it lies.
        by: Nanos,
    },
    /// The attempt lies further ahead than the tolerance.
    FromTheFuture {
        /// What told its time.
        at: &'static str,
        /// How far ahead it lies.
        by: Nanos,
    },
    /// A header does not have its form; holds a lower-case fragment that says how.
    Malformed(String),
    /// The signature does not cover what was agreed; holds the component.
    NotCovered(String),
    /// The body is not the one that the digest is of; holds the algorithm.
    OtherBody(String),
    /// The signature is none of what was received under any known key; holds the header.
    Mismatch(String),
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "`{name}` is missing"),
            Self::BadTimestamp { at, sent } => write!(f, "`{at}` is `{sent}`, not whole seconds since 1970"),
            Self::Stale { at, by } => write!(f, "`{at}` lies {by} in the past"),
            Self::FromTheFuture { at, by } => write!(f, "`{at}` lies {by} in the future"),
            Self::Malformed(what) => f.write_str(what),
            Self::NotCovered(component) => write!(f, "the signature does not cover `{component}`"),
            Self::OtherBody(algorithm) => write!(f, "the {algorithm} of `content-digest` is not that of the body as received"),
            Self::Mismatch(header) => write!(f, "`{header}` does not match what was received"),
        }
    }
}

/// The fault of an attempt time that lies too far from now.
#[must_use]
pub fn age_fault(at: &'static str, sent: Timestamp, now: Timestamp, tolerance: Nanos) -> Option<SignatureFault> {
    let age = now.as_nanosecond() - sent.as_nanosecond();
    let by = Nanos(u64::try_from(age.unsigned_abs()).unwrap_or(u64::MAX));
    match age {
        _ if by <= tolerance => None,
        0.. => Some(SignatureFault::Stale { at, by }),
        _ => Some(SignatureFault::FromTheFuture { at, by }),
    }
}
