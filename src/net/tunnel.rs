//! A stream to a server that speaks no HTTP: plain, over a socket of this machine, or over TLS that is asked for first.
//!
//! The chain is always verified, by the machine's authorities or by those given. Knows nothing of what is said over it.

use crate::net::tls::{TlsOptions, client_config};
use rustls::pki_types::ServerName;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long making a connection may take, and how long agreeing on TLS may.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// An open stream, whatever it runs over.
pub type Tunnel = Box<dyn Duplex>;

/// Why there is no TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The server answered something else to being asked for it.
    Answer,
    /// Anything else, as a lower-case fragment.
    Other(String),
}

/// A plain stream.
///
/// # Errors
/// A lower-case fragment when nothing takes the connection.
pub async fn plain(host: &str, port: u16) -> Result<Tunnel, String> {
    Ok(Box::new(connect(host, port).await?))
}

/// A stream over a socket of this machine.
///
/// # Errors
/// A lower-case fragment when nothing takes the connection.
#[cfg(unix)]
pub async fn local(path: &Path) -> Result<Tunnel, String> {
    let connected = timeout(PATIENCE, tokio::net::UnixStream::connect(path)).await;
    let stream = connected.map_err(|_| late(&path.display().to_string()))?;
    Ok(Box::new(stream.map_err(|error| format!("{}: {error}", path.display()))?))
}

/// A stream over TLS, after `ask` was sent and answered by the byte `yes`. `roots` are authorities as PEM, to trust instead of the
/// machine's.
///
/// # Errors
/// When nothing takes the connection, the answer is another, or the server is not who it should be.
pub async fn upgraded(host: &str, port: u16, ask: &[u8], yes: u8, roots: Option<Vec<u8>>) -> Result<Tunnel, Refused> {
    let mut stream = connect(host, port).await.map_err(Refused::Other)?;
    let io = |error: std::io::Error| Refused::Other(error.to_string());
    let asked = async {
        stream.write_all(ask).await?;
        stream.read_u8().await
    };
    let answer = timeout(PATIENCE, asked).await.map_err(|_| Refused::Other(late(host)))?.map_err(io)?;
    if answer != yes {
        return Err(Refused::Answer);
    }
    let options = TlsOptions { ca_pem: roots, ..TlsOptions::default() };
    let (mut config, _) = client_config(&options).map_err(Refused::Other)?;
    config.alpn_protocols.clear();
    let name =
        ServerName::try_from(host.to_owned()).map_err(|_| Refused::Other(format!("`{host}` is no name that TLS knows")))?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let agreed = timeout(PATIENCE, handshake).await.map_err(|_| Refused::Other(late(host)))?.map_err(io)?;
    Ok(Box::new(agreed))
}

async fn connect(host: &str, port: u16) -> Result<TcpStream, String> {
    let connected = timeout(PATIENCE, TcpStream::connect((host, port))).await.map_err(|_| late(host))?;
    let stream = connected.map_err(|error| format!("{host}:{port}: {error}"))?;
    // Small questions, each waiting for its answer.
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

fn late(whom: &str) -> String {
    format!("{whom} did not answer in time")
}
