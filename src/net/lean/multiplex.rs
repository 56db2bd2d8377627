//! One HTTP/2 connection of a load: connecting it, and many requests on it at once.
//!
//! Runs within the caller's local runtime. Never repeats a request, not even one that the peer says it did not process, and never
//! opens a second connection of its own accord.

use crate::model::http::Request;
use crate::model::load::LoadError;
use crate::net::lean::endpoint::{Endpoint, Place};
use crate::net::lean::fault::classify;
use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture, SendRequest};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TE, TRANSFER_ENCODING, UPGRADE};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, Method, Uri, Version};
use rustls::HandshakeKind;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

/// What the peer may send of one answer before it is read.
const STREAM_WINDOW: u32 = 1 << 20;
/// What it may send of all answers of a connection together.
const CONNECTION_WINDOW: u32 = 8 << 20;
/// Longer heads are not read.
const MAX_HEAD: u32 = 64 * 1024;
/// Memory taken for a body because its length was announced, before any of it came.
const RESERVED: usize = 64 * 1024;

/// One connection, ready for requests.
pub struct Channel {
    send: SendRequest<Bytes>,
    scheme: Scheme,
    authority: Option<Authority>,
}

/// A connection and what it took to open it.
pub struct Opened {
    /// The connection.
    pub channel: Channel,
    /// To an established connection.
    pub connect: Duration,
    /// To agreed TLS, after that; `None` where none is spoken.
    pub tls: Option<Duration>,
    /// True where the session of an earlier connection was taken up again.
    pub resumed: bool,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// The status.
    pub status: u16,
    /// The header fields; bytes outside UTF-8 are replaced.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// When its head came.
    pub first_byte: Instant,
}

/// A request that is under way.
pub struct Underway {
    response: ResponseFuture,
}

impl Channel {
    /// Connects to the `turn`-th address of an endpoint, from `source` where one is given. The connection is ready when the peer
    /// has said how many requests it takes at once.
    ///
    /// # Errors
    /// The class of what went wrong.
    pub async fn connect(
        endpoint: &Endpoint,
        turn: usize,
        source: Option<IpAddr>,
        timeout: Duration,
    ) -> Result<Opened, LoadError> {
        let opening = open(endpoint, turn, source);
        tokio::time::timeout(timeout, opening).await.unwrap_or(Err(LoadError::ConnectTimeout))
    }

    /// How many requests the peer takes at once; `None` when it takes no more.
    #[must_use]
    pub fn room(&mut self) -> Option<usize> {
        // A connection that lost its peer or was told to go away says so here.
        match self.send.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(_)) => None,
            _ => Some(self.send.current_max_send_streams()),
        }
    }

    /// Sends a request: it is on its way when this returns.
    ///
    /// # Errors
    /// The class of what went wrong.
    pub fn send(&mut self, request: &Request) -> Result<Underway, LoadError> {
        let body = request.body.clone();
        let head = self.head(request)?;
        let (response, mut stream) = self.send.send_request(head, body.is_empty()).map_err(|error| class(&error, false))?;
        if !body.is_empty() {
            // It is in memory already: the library keeps it until the peer has room for it.
            stream.send_data(body, true).map_err(|error| class(&error, false))?;
        }
        Ok(Underway { response })
    }

    /// The request as HTTP/2 has it: its target in fields of their own, without what belongs to a connection of HTTP/1.1.
    fn head(&self, request: &Request) -> Result<http::Request<()>, LoadError> {
        let unsendable = LoadError::Unsendable;
        let mut fields = HeaderMap::with_capacity(8);
        let mut authority = self.authority.clone();
        for (name, value) in request.headers.iter() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable)?;
            if name == HOST {
                authority = Some(Authority::try_from(value).map_err(|_| unsendable)?);
            } else if !belongs_to_connection(&name, value) {
                fields.append(name, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| unsendable)?);
            }
        }
        if !request.body.is_empty() {
            fields.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        }
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = authority;
        parts.path_and_query = Some(PathAndQuery::try_from(target(&request.url)).map_err(|_| unsendable)?);
        let mut head = http::Request::new(());
        *head.method_mut() = Method::from_bytes(request.method.as_bytes()).map_err(|_| unsendable)?;
        *head.uri_mut() = Uri::from_parts(parts).map_err(|_| unsendable)?;
        *head.version_mut() = Version::HTTP_2;
        *head.headers_mut() = fields;
        Ok(head)
    }
}

impl Underway {
    /// The answer, when all of it has come; what is larger than `most` is not read. Where this is given up before, the peer is told.
    ///
    /// # Errors
    /// The class of what went wrong.
    pub async fn whole(self, most: usize) -> Result<Whole, LoadError> {
        let (head, mut data) = self.response.await.map_err(|error| class(&error, false))?.into_parts();
        let first_byte = Instant::now();
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
        // The answer to a HEAD announces a body that does not come.
        if announced.is_some_and(|length| length > most) && !data.is_end_stream() {
            return Err(LoadError::TooLarge);
        }
        let mut body = Vec::with_capacity(announced.unwrap_or_default().min(most.min(RESERVED)));
        while let Some(piece) = data.data().await {
            let piece = piece.map_err(|error| class(&error, true))?;
            if body.len() + piece.len() > most {
                return Err(LoadError::TooLarge);
            }
            body.extend_from_slice(&piece);
            // It fails only for more than was received.
            let _ = data.flow_control().release_capacity(piece.len());
        }
        let field = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let fields = head.headers.iter().map(field).collect();
        Ok(Whole { status: head.status.as_u16(), fields, body, first_byte })
    }
}

/// Fields that mean the connection and not the request (RFC 9113 section 8.2.2).
fn belongs_to_connection(name: &HeaderName, value: &str) -> bool {
    [CONNECTION, TRANSFER_ENCODING, UPGRADE].contains(name)
        || matches!(name.as_str(), "keep-alive" | "proxy-connection")
        || (*name == TE && value != "trailers")
}

/// Path and query of an absolute URL or of a request target.
fn target(url: &str) -> String {
    let rest = match url.find("://") {
        Some(scheme) if !url.starts_with('/') => {
            let rest = &url[scheme + 3..];
            rest.find(['/', '?', '#']).map_or("", |i| &rest[i..])
        }
        _ => url,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }
}

/// The class of an error of the library; `begun` where some of the answer had come.
fn class(error: &h2::Error, begun: bool) -> LoadError {
    if let Some(io) = error.get_io() {
        return if begun { LoadError::BodyCut } else { classify(io) };
    }
    match error.reason() {
        // What the peer sent is not HTTP/2, or not HTTP.
        Some(_) if error.is_library() => LoadError::Protocol,
        // It reset the stream, refused it or went away.
        Some(_) if begun => LoadError::BodyCut,
        Some(_) => LoadError::Reset,
        // The library refuses to write it.
        None => LoadError::Unsendable,
    }
}

async fn open(endpoint: &Endpoint, turn: usize, source: Option<IpAddr>) -> Result<Opened, LoadError> {
    let began = Instant::now();
    let scheme = if endpoint.secure() { Scheme::HTTPS } else { Scheme::HTTP };
    let authority = Authority::try_from(endpoint.host.as_str()).ok();
    let channel = |send| Channel { send, scheme, authority };
    let stream = match &endpoint.place {
        Place::Tcp(addresses) => {
            let address = addresses.get(turn % addresses.len().max(1)).ok_or(LoadError::Name)?;
            tcp(*address, source).await.map_err(|error| classify(&error))?
        }
        Place::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| classify(&error))?;
            let connect = began.elapsed();
            return Ok(Opened { channel: channel(agree(stream).await?), connect, tls: None, resumed: false });
        }
    };
    let connect = began.elapsed();
    let Some((config, name)) = endpoint.tls() else {
        return Ok(Opened { channel: channel(agree(stream).await?), connect, tls: None, resumed: false });
    };
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|_| LoadError::Tls)?;
    let tls = Some(began.elapsed().saturating_sub(connect));
    let session = stream.get_ref().1;
    if session.alpn_protocol() != Some(b"h2") {
        return Err(LoadError::Protocol);
    }
    let resumed = session.handshake_kind() == Some(HandshakeKind::Resumed);
    Ok(Opened { channel: channel(agree(stream).await?), connect, tls, resumed })
}

async fn tcp(address: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_nodelay(true)?;
    if let Some(source) = source {
        socket.bind(SocketAddr::new(source, 0))?;
    }
    socket.connect(address).await
}

/// Begins to speak HTTP/2 and waits for the peer to do the same.
async fn agree<T: AsyncRead + AsyncWrite + Unpin + 'static>(io: T) -> Result<SendRequest<Bytes>, LoadError> {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .initial_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_header_list_size(MAX_HEAD)
        // None, until the peer has said how many it takes: a request that waits for that is late and not slow.
        .initial_max_send_streams(0);
    let (send, mut connection) = builder.handshake::<T, Bytes>(io).await.map_err(|error| class(&error, false))?;
    poll_fn(|context| match settled(&mut connection, context) {
        Poll::Pending if connection.max_concurrent_send_streams() > 0 => Poll::Ready(Ok(())),
        other => other,
    })
    .await?;
    // What ends it is told to every request on it.
    tokio::task::spawn_local(connection);
    Ok(send)
}

/// Lets a connection go on that is not to end yet.
fn settled<T: AsyncRead + AsyncWrite + Unpin>(
    connection: &mut Connection<T, Bytes>,
    context: &mut Context<'_>,
) -> Poll<Result<(), LoadError>> {
    std::pin::Pin::new(connection).poll(context).map(|ended| match ended {
        Ok(()) => Err(LoadError::Reset),
        Err(error) => Err(class(&error, false)),
    })
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn targets_of_urls() {
        for (url, expected) in [
            ("http://h:1/a/b?x=1#f", "/a/b?x=1"),
            ("https://h", "/"),
            ("http://h?q=1", "/?q=1"),
            ("http://h#f", "/"),
            ("/a?x=http://y", "/a?x=http://y"),
        ] {
            assert_eq!(target(url), expected, "{url}");
        }
    }
}
