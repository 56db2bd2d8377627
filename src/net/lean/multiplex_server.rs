//! A small HTTP/2 server for the tests of what calls one: it answers every request of a connection alike, or goes wrong in a known way.
//!
//! Exists in tests only. Knows no contract and nothing of the load that calls it.

use crate::net::tls::{self, ServerTls};
use bytes::Bytes;
use h2::server::{Builder, Connection, SendResponse};
use h2::{Reason, RecvStream};
use http::{Method, Request, Response};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

/// How requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// With `hi`.
    Hi,
    /// With `hi`, when this many are under way at once.
    Together(usize),
    /// With a stream that is reset.
    Reset,
    /// With part of a body, then a reset.
    Cut,
    /// With so many bytes, their number announced or not.
    Large(usize, bool),
    /// Not at all.
    Never,
    /// After so many answers the connection takes no more requests, and says so.
    GoAway(usize),
    /// The connection takes requests no more as soon as one has come, and says that none was processed.
    Refuse,
}

/// What a server saw.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    /// Connections.
    pub(crate) connections: Arc<AtomicUsize>,
    /// The most requests that waited for their answer at once on one connection.
    pub(crate) at_once: Arc<AtomicUsize>,
    /// Method, URI, the fields `x-test` and `content-length`, and the body of each request, apart by spaces.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
}

/// Serves in a thread of its own, for as long as the test lives; `streams` requests at once on a connection.
pub(crate) fn serve(manner: Manner, streams: u32, secure: Option<&ServerTls>) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Seen::default();
    let tls = secure.map(|tls| {
        let mut config = tls::server_config(tls).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    });
    let own = seen.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                own.connections.fetch_add(1, Ordering::SeqCst);
                let (tls, seen) = (tls.clone(), own.clone());
                tokio::spawn(async move {
                    match tls {
                        None => carry(stream, manner, streams, seen).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => carry(stream, manner, streams, seen).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
    });
    (address, seen)
}

type Waiting = Vec<(Request<RecvStream>, SendResponse<Bytes>)>;

/// One connection, until it fails or ends.
async fn carry<T: AsyncRead + AsyncWrite + Unpin>(io: T, manner: Manner, streams: u32, seen: Seen) -> Option<()> {
    let mut connection: Connection<T, Bytes> =
        Builder::new().max_concurrent_streams(streams).initial_window_size(1 << 20).handshake(io).await.ok()?;
    let (mut waiting, mut answered) = (Waiting::new(), 0);
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted.ok()?;
        waiting.push((request, respond));
        seen.at_once.fetch_max(waiting.len(), Ordering::SeqCst);
        if let Manner::Together(many) = manner
            && waiting.len() < many
        {
            continue;
        }
        if manner == Manner::Refuse {
            connection.abrupt_shutdown(Reason::NO_ERROR);
            continue;
        }
        if manner == Manner::Never {
            continue;
        }
        for (request, respond) in waiting.drain(..) {
            answered += 1;
            let seen = seen.clone();
            tokio::spawn(async move { answer(request, respond, manner, &seen).await });
        }
        if matches!(manner, Manner::GoAway(after) if answered >= after) {
            connection.graceful_shutdown();
        }
    }
    Some(())
}

async fn answer(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, manner: Manner, seen: &Seen) -> Option<()> {
    let (head, mut body) = request.into_parts();
    let mut whole = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece.ok()?;
        body.flow_control().release_capacity(piece.len()).ok()?;
        whole.extend_from_slice(&piece);
    }
    let field = |name: &str| head.headers.get(name).map_or("-", |v| v.to_str().unwrap_or("?")).to_owned();
    let line = format!(
        "{} {} {} {} {}",
        head.method,
        head.uri,
        field("x-test"),
        field("content-length"),
        String::from_utf8_lossy(&whole)
    );
    seen.requests.lock().unwrap().push(line);
    let (length, announced) = match manner {
        Manner::Large(length, announced) => (length, announced.then_some(length)),
        Manner::Cut => (2, Some(9)),
        _ => (2, Some(2)),
    };
    if manner == Manner::Reset {
        respond.send_reset(Reason::INTERNAL_ERROR);
        return Some(());
    }
    let mut response = Response::builder().header("content-type", "text/plain");
    if let Some(length) = announced {
        response = response.header("content-length", length);
    }
    let bodiless = head.method == Method::HEAD;
    let mut stream = respond.send_response(response.body(()).ok()?, bodiless).ok()?;
    if bodiless {
        return Some(());
    }
    let text = Bytes::from_iter(b"hi".iter().copied().cycle().take(length));
    stream.send_data(text, manner != Manner::Cut).ok()?;
    if manner == Manner::Cut {
        // What was given to the connection is written in its next turns; a reset at once would overtake it.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        stream.send_reset(Reason::CANCEL);
    }
    Some(())
}
