//! A connection on which a caller may misbehave: bytes as they are, halves of requests, answers that come too early.
//!
//! Made for looking at an endpoint closely, one connection per question. Never keeps a connection for later, never follows a
//! redirect, and never calls an address that the rule forbids.

use crate::model::certification::TlsFacts;
use crate::model::exchange::{TransportError, TransportErrorKind as Kind};
use crate::model::http::{Request, Response};
use crate::net::address::parse_origin;
use crate::net::answer::{Answer, Reading};
use crate::net::client::{AddressRule, unfaithful};
use crate::net::fault::stream_error;
use crate::net::tls::{Distrust, client_config, facts, handshake_words};
use crate::net::wire::field;
use bytes::BytesMut;
use reqwest::Url;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

pub use crate::net::hello::{OldTls, agrees_to};
pub use crate::net::pki::identity_of_nobody;
pub use crate::net::tls::{TlsOptions, TlsVersions};

/// How long a peer may refuse to take what is written.
const WRITE: Duration = Duration::from_secs(30);
/// How long the answer to a refused write is waited for.
const AFTERMATH: Duration = Duration::from_secs(2);

/// The sessions of TLS that are remembered.
const SESSIONS: usize = 64;

/// How to connect.
#[derive(Clone, Debug)]
pub struct DialOptions {
    /// How long making a connection may take, and how long agreeing on TLS may.
    pub connect_timeout: Duration,
    /// Which addresses may be called.
    pub addresses: AddressRule,
    /// How TLS is spoken, where the URL is https.
    pub tls: TlsOptions,
}

impl Default for DialOptions {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(5), addresses: AddressRule::default(), tls: TlsOptions::default() }
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// One open connection.
pub struct Line {
    stream: Box<dyn Duplex>,
    buffer: BytesMut,
    tls: Option<TlsFacts>,
    remote: SocketAddr,
}

/// Connects to the origin of `url`: resolved once, every address checked, and none but those called.
///
/// # Errors
/// Why there is no connection. A chain that is not trusted is said in words, as `Tls`.
pub async fn dial(url: &str, options: &DialOptions) -> Result<Line, TransportError> {
    match connect(url, options).await? {
        (stream, None) => Line::plain(stream),
        (stream, Some(host)) => Speaking::new(&options.tls)?.agree(stream, host, options.connect_timeout).await,
    }
}

/// Connects as [`dial`] does, again and again: what TLS needs is read once, and its sessions are taken up again.
pub(super) struct Dial {
    options: DialOptions,
    /// Made with the first connection that needs it.
    tls: OnceLock<Result<Speaking, TransportError>>,
}

impl Dial {
    pub(super) fn resuming(options: DialOptions) -> Self {
        Self { options, tls: OnceLock::new() }
    }

    pub(super) async fn connect(&self, url: &str) -> Result<Line, TransportError> {
        match connect(url, &self.options).await? {
            (stream, None) => Line::plain(stream),
            (stream, Some(host)) => {
                let tls = self.tls.get_or_init(|| Speaking::new(&self.options.tls).map(Speaking::resuming));
                tls.as_ref().map_err(Clone::clone)?.agree(stream, host, self.options.connect_timeout).await
            }
        }
    }
}

/// How TLS is spoken, and what was found of the chain.
struct Speaking {
    config: Arc<ClientConfig>,
    distrust: Distrust,
}

impl Speaking {
    fn new(options: &TlsOptions) -> Result<Self, TransportError> {
        let (config, distrust) = client_config(options).map_err(|why| failed(Kind::Tls, why))?;
        Ok(Self { config: Arc::new(config), distrust })
    }

    fn resuming(self) -> Self {
        let mut config = Arc::unwrap_or_clone(self.config);
        config.resumption = Resumption::in_memory_sessions(SESSIONS);
        Self { config: Arc::new(config), ..self }
    }

    async fn agree(&self, stream: TcpStream, host: String, limit: Duration) -> Result<Line, TransportError> {
        let remote = stream.peer_addr().map_err(|error| stream_error(&error))?;
        let name =
            ServerName::try_from(host.clone()).map_err(|_| failed(Kind::Tls, format!("`{host}` cannot be named in TLS")))?;
        let handshake = TlsConnector::from(Arc::clone(&self.config)).connect(name, stream);
        let stream = match timeout(limit, handshake).await {
            Err(_) => return Err(failed(Kind::ConnectTimeout, "TLS was not agreed in time".to_owned())),
            Ok(Err(error)) => return Err(handshake_error(&error, |tls| handshake_words(tls, &self.distrust))),
            Ok(Ok(stream)) => stream,
        };
        let tls = Some(facts(stream.get_ref().1, &self.distrust));
        Ok(Line { stream: Box::new(stream), buffer: BytesMut::new(), tls, remote })
    }
}

fn handshake_error(error: &io::Error, words: impl Fn(&rustls::Error) -> String) -> TransportError {
    let detail = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(tls) => words(tls),
        None if error.kind() == io::ErrorKind::UnexpectedEof => "the connection was closed during the handshake".to_owned(),
        None => error.to_string(),
    };
    failed(Kind::Tls, detail)
}

/// The TCP connection, and the host's name where TLS is to be spoken.
pub(super) async fn connect(url: &str, options: &DialOptions) -> Result<(TcpStream, Option<String>), TransportError> {
    let forbidden = |why| failed(Kind::Forbidden, why);
    let origin = parse_origin(url).map_err(forbidden)?;
    let parsed = Url::parse(url).map_err(|error| forbidden(error.to_string()))?;
    if let Some(why) = unfaithful(&Request::new("", url), &parsed) {
        return Err(forbidden(format!("the URL {why}")));
    }
    let addresses: Vec<SocketAddr> = match origin.ip() {
        Some(ip) => vec![SocketAddr::from((ip, origin.port))],
        None => match timeout(options.connect_timeout, tokio::net::lookup_host((origin.host.as_str(), origin.port))).await {
            Err(_) => return Err(failed(Kind::Name, format!("`{}` was not resolved in time", origin.host))),
            Ok(Err(error)) => return Err(failed(Kind::Name, format!("`{}`: {error}", origin.host))),
            Ok(Ok(found)) => found.collect(),
        },
    };
    options.addresses.check(&origin.host, addresses.iter().map(SocketAddr::ip)).map_err(forbidden)?;
    let deadline = Instant::now() + options.connect_timeout;
    let mut last = failed(Kind::Name, format!("`{}` has no address", origin.host));
    for address in addresses {
        match timeout_at(deadline, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it small writes wait for the peer's delayed acknowledgement; a failure only costs time.
                let _ = stream.set_nodelay(true);
                return Ok((stream, (origin.scheme == "https").then_some(origin.host)));
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => last = failed(Kind::ConnectTimeout, error.to_string()),
            Ok(Err(error)) => last = failed(Kind::Refused, error.to_string().to_lowercase()),
            Err(_) => return Err(failed(Kind::ConnectTimeout, format!("{address} does not answer"))),
        }
    }
    Err(last)
}

impl Line {
    fn plain(stream: TcpStream) -> Result<Self, TransportError> {
        let remote = stream.peer_addr().map_err(|error| stream_error(&error))?;
        Ok(Self { stream: Box::new(stream), buffer: BytesMut::new(), tls: None, remote })
    }

    /// Sends a request and reads the response to it, for as long as that takes.
    pub(super) async fn exchange(&mut self, bytes: &[u8], method: &str, max_body: usize) -> Result<Answer, TransportError> {
        let written = match self.stream.write_all(bytes).await {
            Ok(()) => self.stream.flush().await,
            refused => refused,
        };
        if let Err(error) = written {
            return Err(self.said_instead().await.unwrap_or_else(|| stream_error(&error)));
        }
        let mut reading = Reading { stream: &mut self.stream, buffer: &mut self.buffer, max_body };
        reading.answer(method).await
    }

    /// Whether nothing came since the last answer, an end neither. Waits for nothing.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let mut room = [0; 1];
        let read = Pin::new(&mut self.stream).poll_read(&mut context, &mut ReadBuf::new(&mut room));
        self.buffer.is_empty() && read.is_pending()
    }

    /// What is known of its TLS; `None` of a plain connection.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.tls.as_ref()
    }

    /// The address called.
    #[must_use]
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// Why they were not taken. Where the peer said so first, as TLS 1.3 does of a client certificate, that is what is told.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(WRITE, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.said_instead().await.unwrap_or_else(|| stream_error(&error))),
            Err(_) => Err(failed(Kind::ReadTimeout, "the peer does not take what is sent".to_owned())),
        }
    }

    /// The TLS alert that explains why nothing more is taken.
    async fn said_instead(&mut self) -> Option<TransportError> {
        self.tls.as_ref()?;
        let read = timeout(AFTERMATH, self.stream.read_buf(&mut self.buffer)).await.ok()?;
        read.err().map(|error| stream_error(&error)).filter(|error| error.kind == Kind::Tls)
    }

    /// Reads one response to a request of `method`: interim ones skipped, the body of at most `max_body` bytes.
    ///
    /// # Errors
    /// Why there is none; `Protocol` of what is not HTTP.
    pub async fn read_response(&mut self, method: &str, max_body: usize, timeout: Duration) -> Result<Response, TransportError> {
        let mut reading = Reading { stream: &mut self.stream, buffer: &mut self.buffer, max_body };
        within(timeout, reading.response(method)).await
    }

    /// Waits until the peer ends the connection or answers; whether it did in time. An answer can be read afterwards.
    pub async fn closed(&mut self, timeout: Duration) -> bool {
        if !self.buffer.is_empty() {
            return true;
        }
        tokio::time::timeout(timeout, self.stream.read_buf(&mut self.buffer)).await.is_ok()
    }

    /// Writes while listening: gives the response at once when it comes before all is written, also where the peer then
    /// takes no more or resets the connection.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn send_watching(
        &mut self,
        bytes: &[u8],
        method: &str,
        max_body: usize,
        timeout: Duration,
    ) -> Result<Response, TransportError> {
        let (mut from, mut to) = tokio::io::split(&mut self.stream);
        let mut reading = Reading { stream: &mut from, buffer: &mut self.buffer, max_body };
        let exchange = async {
            let answer = reading.response(method);
            let sending = async {
                to.write_all(bytes).await?;
                to.flush().await
            };
            tokio::pin!(answer, sending);
            let sent = tokio::select! {
                biased;
                answer = &mut answer => return answer,
                sent = &mut sending => sent,
            };
            match (sent, answer.await) {
                (_, Ok(response)) => Ok(response),
                (Err(refused), Err(error)) if error.kind == Kind::Reset => Err(stream_error(&refused)),
                (_, Err(error)) => Err(error),
            }
        };
        within(timeout, exchange).await
    }
}

async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, TransportError>>) -> Result<T, TransportError> {
    match timeout(limit, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(failed(Kind::ReadTimeout, format!("waited {}", crate::base::units::Nanos::from_duration(limit)))),
    }
}

/// The bytes of a request to an absolute URL, as the client would send it: `host`, `user-agent`, `accept` and the body's length are
/// added where they are not given, the length only where no transfer coding is.
#[must_use]
pub fn encode_request(request: &Request) -> Vec<u8> {
    let rest = request.url.split_once("://").map_or(request.url.as_str(), |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let target = target.split('#').next().unwrap_or_default();
    let slash = if target.starts_with('/') { "" } else { "/" };
    let mut out = Vec::with_capacity(512 + request.body.len());
    out.extend_from_slice(format!("{} {slash}{target} HTTP/1.1\r\n", request.method).as_bytes());
    let given = |name: &str| request.headers.get(name).is_some();
    if !given("host") {
        field(&mut out, "host", authority.rsplit('@').next().unwrap_or(authority));
    }
    for (name, value) in request.headers.iter() {
        field(&mut out, name, value);
    }
    for (name, value) in [("user-agent", concat!("proofmark/", env!("CARGO_PKG_VERSION"))), ("accept", "*/*")] {
        if !given(name) {
            field(&mut out, name, value);
        }
    }
    // An empty body is said to be empty where the method gives bodies a meaning (RFC 9110 section 8.6).
    let framed = !request.body.is_empty() || matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if framed && !given("content-length") && !given("transfer-encoding") {
        field(&mut out, "content-length", &request.body.len().to_string());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(&request.body);
    out
}

pub(super) fn failed(kind: Kind, detail: String) -> TransportError {
    TransportError { kind, detail }
}
