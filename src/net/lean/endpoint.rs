//! Where a load goes: addresses looked up beforehand, or a Unix socket, and how TLS is spoken there.
//!
//! Looks names up once, before the first request. Opens nothing.

use crate::net::address::parse_origin;
use crate::net::tls::{self, TlsOptions};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::Arc;

/// What TLS a load speaks, for every connection alike, so that sessions are resumed between them.
#[derive(Clone)]
pub struct LeanTls {
    pub(super) config: Arc<ClientConfig>,
}

impl LeanTls {
    /// For HTTP/1.1 or, where `http2`, for HTTP/2 alone, by ALPN.
    ///
    /// # Errors
    /// A lower-case fragment when the certificates cannot be used.
    pub fn new(options: &TlsOptions, http2: bool) -> Result<Self, String> {
        let (mut config, _) = tls::client_config(options)?;
        config.resumption = Resumption::in_memory_sessions(1_024);
        config.alpn_protocols = vec![if http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        Ok(Self { config: Arc::new(config) })
    }

    /// The configuration, for a connection that another library carries.
    #[must_use]
    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }
}

/// Where connections go.
#[derive(Clone)]
pub struct Endpoint {
    pub(super) place: Place,
    pub(super) tls: Option<(LeanTls, ServerName<'static>)>,
    /// The value of the `Host` field.
    pub host: String,
}

#[derive(Clone)]
pub(super) enum Place {
    /// The addresses of a host, in the order they are tried: one a connection, in turn.
    Tcp(Vec<SocketAddr>),
    /// A Unix socket.
    Unix(PathBuf),
}

/// Why an endpoint cannot be used, as a lower-case fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// The URL is no origin of HTTP, or TLS cannot be spoken to it.
    Url(String),
    /// The name has no address.
    Name(String),
}

impl Endpoint {
    /// Looks up where a URL (`http`, `https`, or `unix:/path/to/socket`) leads.
    ///
    /// # Errors
    /// When it leads nowhere.
    pub fn resolve(url: &str, lean: &LeanTls) -> Result<Self, Unresolved> {
        if let Some(path) = url.strip_prefix("unix:") {
            return Ok(Self { place: Place::Unix(PathBuf::from(path)), tls: None, host: "localhost".to_owned() });
        }
        let origin = parse_origin(url).map_err(Unresolved::Url)?;
        let found = (origin.host.as_str(), origin.port).to_socket_addrs();
        let addresses: Vec<SocketAddr> =
            found.map_err(|error| Unresolved::Name(format!("`{}` has no address: {error}", origin.host)))?.collect();
        if addresses.is_empty() {
            return Err(Unresolved::Name(format!("`{}` has no address", origin.host)));
        }
        let tls = if origin.scheme == "https" {
            let name = ServerName::try_from(origin.host.clone())
                .map_err(|_| Unresolved::Url(format!("`{}` is no name that a certificate can have", origin.host)))?;
            Some((lean.clone(), name))
        } else {
            None
        };
        let usual = if tls.is_some() { 443 } else { 80 };
        let shown = if origin.host.contains(':') { format!("[{}]", origin.host) } else { origin.host.clone() };
        let host = if origin.port == usual { shown } else { format!("{shown}:{}", origin.port) };
        Ok(Self { place: Place::Tcp(addresses), tls, host })
    }

    /// True where TLS is spoken.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.tls.is_some()
    }

    /// The addresses, for a connection that another library carries; empty for a Unix socket.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        match &self.place {
            Place::Tcp(addresses) => addresses,
            Place::Unix(_) => &[],
        }
    }

    /// What TLS is spoken there, and to whom.
    pub(crate) fn tls(&self) -> Option<(Arc<ClientConfig>, ServerName<'static>)> {
        self.tls.as_ref().map(|(lean, name)| (lean.config(), name.clone()))
    }
}
