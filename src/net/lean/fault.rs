//! Errors of a socket as the classes that a load counts.
//!
//! Tells what happened. Never decides what follows from it.

use crate::model::load::LoadError;
use std::io::{Error, ErrorKind};

/// `EMFILE`: the process has no descriptor left; `ENFILE`: the machine has none.
const NO_DESCRIPTOR: [i32; 2] = [24, 23];
/// `EADDRNOTAVAIL` on Linux and macOS.
const NO_PORT: [i32; 2] = [99, 49];

/// The class of an error.
#[must_use]
pub fn classify(error: &Error) -> LoadError {
    if let Some(code) = error.raw_os_error() {
        if NO_DESCRIPTOR.contains(&code) {
            return LoadError::DescriptorsExhausted;
        }
        if NO_PORT.contains(&code) {
            return LoadError::PortsExhausted;
        }
    }
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::NotFound | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            LoadError::Refused
        }
        ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => LoadError::PortsExhausted,
        ErrorKind::TimedOut => LoadError::ConnectTimeout,
        ErrorKind::InvalidData => LoadError::Tls,
        _ => LoadError::Reset,
    }
}

#[cfg(test)]
mod tests {
    use super::classify;
    use crate::model::load::LoadError;
    use std::io::{Error, ErrorKind};

    #[test]
    fn exhaustion_is_ours_and_refusal_is_theirs() {
        for (error, class) in [
            (Error::from_raw_os_error(24), LoadError::DescriptorsExhausted),
            (Error::from_raw_os_error(23), LoadError::DescriptorsExhausted),
            (Error::from(ErrorKind::AddrNotAvailable), LoadError::PortsExhausted),
            (Error::from(ErrorKind::ConnectionRefused), LoadError::Refused),
            (Error::from(ErrorKind::ConnectionReset), LoadError::Reset),
            (Error::from(ErrorKind::BrokenPipe), LoadError::Reset),
        ] {
            assert_eq!(classify(&error), class, "{error}");
        }
    }
}
