//! Whether an endpoint would speak an old version of TLS: a first message made by hand, and the first answer to it.
//!
//! The TLS library knows no version before 1.2. Never goes on with a handshake, so nothing secret is ever agreed.

use crate::model::exchange::{TransportError, TransportErrorKind as Kind};
use crate::net::fault::stream_error;
use crate::net::probe::{DialOptions, connect, failed};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// A version of TLS before 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OldTls {
    /// 1.0.
    Tls10,
    /// 1.1.
    Tls11,
    /// 1.2.
    Tls12,
}

impl OldTls {
    /// Its name, as in the facts of a connection.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tls10 => "TLSv1.0",
            Self::Tls11 => "TLSv1.1",
            Self::Tls12 => "TLSv1.2",
        }
    }

    fn minor(self) -> u8 {
        match self {
            Self::Tls10 => 1,
            Self::Tls11 => 2,
            Self::Tls12 => 3,
        }
    }
}

const ANSWER: Duration = Duration::from_secs(10);
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;

/// Suites of TLS 1.0 to 1.2 that servers still know: ECDHE, DHE and RSA, with AES-GCM, ChaCha20, AES-CBC and 3DES.
const SUITES: [u16; 24] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027, 0xc024,
    0xc028, 0x0033, 0x0039, 0x009c, 0x009d, 0x002f, 0x0035, 0x000a, 0x00ff,
];

/// Whether the endpoint at `url` agrees to speak `version` when nothing newer is offered.
///
/// # Errors
/// Why that could not be seen: no connection, no answer in time, or an answer that is not TLS.
pub async fn agrees_to(url: &str, options: &DialOptions, version: OldTls) -> Result<bool, TransportError> {
    let (mut stream, host) = connect(url, options).await?;
    let Some(host) = host else { return Err(failed(Kind::Tls, "the URL is not https".to_owned())) };
    let exchange = async {
        stream.write_all(&client_hello(version, &host)).await?;
        let mut record = [0; 5];
        stream.read_exact(&mut record).await?;
        let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
        let mut message = vec![0; length.min(6)];
        stream.read_exact(&mut message).await?;
        Ok::<_, io::Error>((record[0], message))
    };
    match timeout(ANSWER, exchange).await {
        Err(_) => Err(failed(Kind::ReadTimeout, "the first message of TLS is not answered".to_owned())),
        Ok(Ok((HANDSHAKE, message))) if message.first() == Some(&SERVER_HELLO) => {
            Ok(message.get(4..6) == Some(&[3, version.minor()]))
        }
        Ok(Ok((ALERT, _))) => Ok(false),
        Ok(Ok(_)) => Err(failed(Kind::Tls, "the answer to the first message is not TLS".to_owned())),
        // Hanging up is the way of some servers to say no.
        Ok(Err(error)) if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => Ok(false),
        Ok(Err(error)) => Err(stream_error(&error)),
    }
}

/// A ClientHello (RFC 5246 section 7.4.1.2) that offers `version` and nothing newer.
fn client_hello(version: OldTls, host: &str) -> Vec<u8> {
    let mut random = [0; 32];
    // Never used as a secret: the handshake ends with the answer to this message.
    let _ = aws_lc_rs::rand::fill(&mut random);
    let mut body = vec![3, version.minor()];
    body.extend_from_slice(&random);
    body.push(0);
    body.extend(prefixed(&SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect::<Vec<_>>()));
    body.extend_from_slice(&[1, 0]);
    body.extend(prefixed(&extensions(version, host)));
    let mut handshake = vec![1, 0];
    handshake.extend(prefixed(&body));
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(prefixed(&handshake));
    record
}

fn extensions(version: OldTls, host: &str) -> Vec<u8> {
    let mut all = Vec::new();
    let mut extension = |id: u16, content: &[u8]| {
        all.extend_from_slice(&id.to_be_bytes());
        all.extend(prefixed(content));
    };
    if host.parse::<std::net::IpAddr>().is_err() {
        let mut name = vec![0];
        name.extend(prefixed(host.as_bytes()));
        extension(0, &prefixed(&name));
    }
    // x25519, secp256r1, secp384r1, secp521r1; uncompressed points; the extended master secret; no renegotiation.
    extension(10, &prefixed(&[0, 29, 0, 23, 0, 24, 0, 25]));
    extension(11, &[1, 0]);
    extension(23, &[]);
    if version == OldTls::Tls12 {
        extension(13, &prefixed(&[4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 8, 7, 4, 1, 5, 1, 6, 1, 2, 1, 2, 3]));
    }
    all
}

/// Content after its length in two bytes; what is written here is far shorter than that can say.
fn prefixed(content: &[u8]) -> Vec<u8> {
    let mut out = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    out.extend_from_slice(content);
    out
}
