//! The TLS of a partner: an authority of its own, and what of it is wrong where a fault says so.
//!
//! Everything is made when the partner starts and lives as long as it. Never writes a file.

use crate::net::pki::{Authority, Identity, Validity};
use crate::net::probe::TlsVersions;
use crate::net::server::{ClientTrust, ServerTls};
use crate::partner::faults::{Fault, Faults};
use jiff::Timestamp;

/// What a sender needs to talk to a partner over TLS.
#[derive(Clone, Debug)]
pub struct Pki {
    /// The authority to trust, as PEM.
    pub ca_pem: String,
    /// The client certificate that the partner knows, with its key.
    pub client: Identity,
}

/// The names that a partner's certificate is for, beside the address it listens on.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// How the partner speaks TLS, and what its sender needs.
pub(super) fn make(mutual: bool, address: &str, faults: &Faults, now: Timestamp) -> Result<(ServerTls, Pki), String> {
    let valid = Validity::current(now);
    let ours = Authority::new("Proofmark partner", valid)?;
    let unknown = Authority::new("Nobody's authority", valid)?;
    let mut names: Vec<&str> = NAMES.to_vec();
    if !names.contains(&address) {
        names.push(address);
    }
    if faults.has(Fault::CertificateOtherName) {
        names = vec!["other.example"];
    }
    let validity = faults.has(Fault::CertificateExpired).then(|| Validity::expired(now));
    let issuer = if faults.has(Fault::CertificateUnknownIssuer) { &unknown } else { &ours };
    let clients = match mutual {
        true if faults.has(Fault::AnyClientAccepted) => ClientTrust::Anyone,
        true if !faults.has(Fault::ClientNotAsked) => ClientTrust::Issued(ours.pem().into_bytes()),
        _ => ClientTrust::NotAsked,
    };
    let versions = if faults.has(Fault::OldTlsOnly) { TlsVersions::Only12 } else { TlsVersions::Only13 };
    let server = ServerTls { identity_pem: issuer.server(&names, validity)?.pem(), clients, versions };
    Ok((server, Pki { ca_pem: ours.pem(), client: ours.client("platform", None)? }))
}
