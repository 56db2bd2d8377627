//! The server shell: accepts connections, reads requests, hands them to one handler and writes what it replies.
//!
//! HTTP/1.1 with keep-alive, one task per connection, and replies that break the protocol where a handler asks for it.
//! Never routes, never looks into a body, and never outlives its stop by more than the grace given.

use crate::model::http::{Request, Response};
use crate::net::tls::server_config;
use crate::net::wire::{Head, Unread, Wire, encode};
use bytes::Bytes;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use crate::net::tls::{ClientTrust, ServerTls};

/// What a handler has the shell do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Write this response; the framing of the body is the shell's.
    Respond(Response),
    /// Drop the connection without an answer.
    Close,
    /// Write these bytes as they are and end the connection.
    Raw(Bytes),
    /// Write more than anyone wants to read, made as it goes, and end the connection.
    Flood {
        /// Written first.
        first: Bytes,
        /// Written then, over and over.
        again: Bytes,
        /// So many times.
        times: u64,
        /// With so much time in between.
        every: Duration,
    },
}

/// The future of a reply.
pub type Replying = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// Turns a request into a reply; the address is the peer's.
pub type Handler = Arc<dyn Fn(Request, SocketAddr) -> Replying + Send + Sync>;

/// A [`Handler`] from an async function.
pub fn handler<F, R>(answer: F) -> Handler
where
    F: Fn(Request, SocketAddr) -> R + Send + Sync + 'static,
    R: Future<Output = Reply> + Send + 'static,
{
    Arc::new(move |request, peer| Box::pin(answer(request, peer)))
}

/// What to do with a request of which only the head was read; its body is empty.
pub enum Heard {
    /// Read the rest. What is given is kept until the exchange is over, however it ends.
    Go(Option<Box<dyn Send>>),
    /// Reply without reading the rest, and end the connection.
    Answer(Reply),
}

/// The future of what to do with a head.
pub type Hearing = Pin<Box<dyn Future<Output = Heard> + Send>>;

/// Looks at the head of a request before its body is read; bounds on the body do not hold yet.
pub type Early = Arc<dyn Fn(Request, SocketAddr) -> Hearing + Send + Sync>;

/// The bounds of the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body; a larger one is answered 413.
    pub max_body: usize,
    /// How long a connection may lie idle between two requests.
    pub idle: Duration,
    /// How long a request may take to arrive once its first byte is there; then 408.
    pub receive: Duration,
    /// How long requests under way at the stop may still take.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body: 2 * 1024 * 1024,
            idle: Duration::from_secs(75),
            receive: Duration::from_secs(30),
            grace: Duration::from_secs(2),
        }
    }
}

/// Listens on `addr`, such as `127.0.0.1:0`.
///
/// # Errors
/// A lower-case fragment that names the address.
pub async fn bind(addr: &str) -> Result<TcpListener, String> {
    TcpListener::bind(addr).await.map_err(|error| format!("cannot listen on {addr}: {error}"))
}

/// Serves with the default [`Limits`] until `stop`; returns when every connection has ended.
pub async fn serve(listener: TcpListener, handler: Handler, stop: CancellationToken) {
    serve_within(listener, handler, stop, Limits::default()).await;
}

/// Serves until `stop`; returns when every connection has ended, at the latest after the grace.
pub async fn serve_within(listener: TcpListener, handler: Handler, stop: CancellationToken, limits: Limits) {
    run(listener, Shell { limits, ..Shell::new(handler) }, None, stop).await;
}

/// Serves over TLS until `stop`, with everything that a [`Shell`] says.
///
/// # Errors
/// A lower-case fragment that says which certificate or key cannot be used; nothing was served then.
pub async fn serve_tls(listener: TcpListener, shell: Shell, tls: &ServerTls, stop: CancellationToken) -> Result<(), String> {
    let acceptor = TlsAcceptor::from(Arc::new(server_config(tls)?));
    run(listener, shell, Some(acceptor), stop).await;
    Ok(())
}

/// Serves until `stop`, with everything that a [`Shell`] says.
pub async fn serve_shell(listener: TcpListener, shell: Shell, stop: CancellationToken) {
    run(listener, shell, None, stop).await;
}

/// What serves a connection.
#[derive(Clone)]
pub struct Shell {
    /// Answers whole requests.
    pub handler: Handler,
    /// Looks at heads first, where that is wanted.
    pub early: Option<Early>,
    /// The bounds.
    pub limits: Limits,
}

impl Shell {
    /// A shell with the default [`Limits`] that looks at no head.
    #[must_use]
    pub fn new(handler: Handler) -> Self {
        Self { handler, early: None, limits: Limits::default() }
    }
}

async fn run(listener: TcpListener, shell: Shell, acceptor: Option<TlsAcceptor>, stop: CancellationToken) {
    let shell = Arc::new(shell);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                connections.spawn(admit(stream, peer, Arc::clone(&shell), acceptor.clone(), stop.clone()));
            }
            // Out of file handles, mostly: give the connections under way the chance to end.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    drop(listener);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(shell.limits.grace, all_ended).await.is_err() {
        connections.shutdown().await;
    }
}

async fn admit(stream: TcpStream, peer: SocketAddr, shell: Arc<Shell>, acceptor: Option<TlsAcceptor>, stop: CancellationToken) {
    // Without it small answers wait for the peer's delayed acknowledgement; a failure only costs time.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else { return converse(stream, peer, &shell, &stop).await };
    let accepted = tokio::select! {
        biased;
        () = stop.cancelled() => return,
        accepted = timeout(shell.limits.receive, acceptor.accept(stream).into_fallible()) => accepted,
    };
    match accepted {
        Ok(Ok(stream)) => converse(stream, peer, &shell, &stop).await,
        Ok(Err((_, mut plain))) => {
            // The alert would be lost if the connection ended with bytes unread.
            let farewell = async {
                let _ = plain.shutdown().await;
                let _ = plain.take(64 * 1024).read_to_end(&mut Vec::new()).await;
            };
            let _ = timeout(Duration::from_secs(2), farewell).await;
        }
        Err(_) => {}
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, peer: SocketAddr, shell: &Shell, stop: &CancellationToken) {
    let limits = &shell.limits;
    let mut wire = Wire::new(stream, limits.max_body);
    loop {
        let more = tokio::select! {
            biased;
            () = stop.cancelled() => false,
            more = timeout(limits.idle, wire.await_request()) => more.unwrap_or(false),
        };
        if !more {
            return;
        }
        match converse_once(&mut wire, peer, shell, stop).await {
            Ok(true) => {}
            Ok(false) | Err(Unread::Gone) => return,
            Err(Unread::Refused(status, why)) => return refuse(&mut wire, status, why, limits).await,
        }
    }
}

/// Reads one request and answers it; whether the connection goes on.
async fn converse_once<S: AsyncRead + AsyncWrite + Unpin>(
    wire: &mut Wire<S>,
    peer: SocketAddr,
    shell: &Shell,
    stop: &CancellationToken,
) -> Result<bool, Unread> {
    let late = |_| Unread::Refused(408, "the request did not arrive in time");
    let began = Instant::now();
    let mut limit = shell.limits.receive;
    let mut head = timeout(limit, wire.read_head()).await.map_err(late)??;
    limit = limit.saturating_sub(began.elapsed());
    let _kept = match &shell.early {
        None => None,
        Some(early) => match early(head.request.clone(), peer).await {
            Heard::Go(kept) => kept,
            Heard::Answer(reply) => {
                let method = std::mem::take(&mut head.request.method);
                answer(wire, reply, &method, true).await;
                let left = shell.limits.max_body.saturating_mul(4);
                let _ = timeout(Duration::from_secs(2), wire.linger(left)).await;
                return Ok(false);
            }
        },
    };
    let body = match Instant::now().checked_add(limit) {
        Some(deadline) => timeout_at(deadline, wire.read_body(&head)).await.map_err(late)??,
        None => wire.read_body(&head).await?,
    };
    let Head { mut request, keep_alive, .. } = head;
    request.body = body;
    let method = request.method.clone();
    let reply = (shell.handler)(request, peer).await;
    Ok(answer(wire, reply, &method, !keep_alive || stop.is_cancelled()).await)
}

/// Writes a reply; whether the connection goes on.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(wire: &mut Wire<S>, reply: Reply, method: &str, last: bool) -> bool {
    match reply {
        Reply::Respond(response) => {
            let asked = response.headers.get("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
            let close = asked || last;
            wire.write(&encode(&response, method, close)).await.is_ok() && !close
        }
        Reply::Raw(bytes) => {
            let _ = wire.write(&bytes).await;
            false
        }
        Reply::Flood { first, again, times, every } => {
            let mut open = wire.write(&first).await.is_ok();
            let mut left = times;
            while open && left > 0 {
                if !every.is_zero() {
                    tokio::time::sleep(every).await;
                }
                open = wire.write(&again).await.is_ok();
                left -= 1;
            }
            false
        }
        Reply::Close => false,
    }
}

async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(wire: &mut Wire<S>, status: u16, why: &str, limits: &Limits) {
    let mut response = Response::new(status);
    response.headers.push("content-type", "text/plain; charset=utf-8");
    response.body = Bytes::from(format!("{why}\n"));
    let farewell = async {
        if wire.write(&encode(&response, "", true)).await.is_ok() {
            wire.linger(limits.max_body.saturating_mul(4)).await;
        }
    };
    let _ = timeout(Duration::from_secs(2), farewell).await;
}

#[cfg(test)]
mod tests {
    use super::{Handler, Limits, Reply, bind, handler, serve_within};
    use crate::model::http::Response;
    use bytes::Bytes;
    use std::net::SocketAddr;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::task::JoinHandle;
    use tokio_util::sync::CancellationToken;

    struct Running {
        addr: SocketAddr,
        stop: CancellationToken,
        task: JoinHandle<()>,
    }

    async fn start(handler: Handler, limits: Limits) -> Running {
        let listener = bind("127.0.0.1:0").await.unwrap();
        let (addr, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let task = tokio::spawn(serve_within(listener, handler, stop.clone(), limits));
        Running { addr, stop, task }
    }

    /// Answers with what was understood of the request; the path may ask for a fault.
    fn echo() -> Handler {
        handler(|request, _| async move {
            let mut response = Response::new(200);
            match request.path() {
                "/close" => return Reply::Close,
                "/raw" => return Reply::Raw(Bytes::from_static(b"HTTP/1.1 204 No Content\r\n\r\nbody")),
                "/none" => response.status = 204,
                "/break" => response.headers.push("x-a", "1\r\nx-b: 2"),
                _ => {}
            }
            response.headers.push("content-length", "999");
            response.body = format!("{} {} {}", request.method, request.url, String::from_utf8_lossy(&request.body)).into();
            Reply::Respond(response)
        })
    }

    /// What the server says to `sent`, until it ends the connection; the date field left out.
    async fn say(addr: SocketAddr, sent: &[u8]) -> String {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(sent).await.unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).await.unwrap();
        let said = String::from_utf8(said).unwrap();
        said.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect()
    }

    #[tokio::test]
    async fn pipelined_requests_are_answered_in_order() {
        let server = start(echo(), Limits::default()).await;
        let said = say(
            server.addr,
            b"POST /a?x=%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc\r\n\
              HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n\
              GET /none HTTP/1.1\r\nHost: h\r\n\r\n\
              POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
              2;ext=1\r\nde\r\n3\r\nfgh\r\n0\r\nTrailer: x\r\n\r\n",
        )
        .await;
        assert_eq!(
            said,
            "HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\nPOST /a?x=%20 abc\
             HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n\
             HTTP/1.1 204 No Content\r\n\r\n\
             HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\nPOST /c defgh"
        );
    }

    #[tokio::test]
    async fn a_handler_can_break_the_protocol_but_not_by_accident() {
        let server = start(echo(), Limits::default()).await;
        assert_eq!(say(server.addr, b"GET /close HTTP/1.1\r\nHost: h\r\n\r\n").await, "");
        assert_eq!(say(server.addr, b"GET /raw HTTP/1.1\r\nHost: h\r\n\r\n").await, "HTTP/1.1 204 No Content\r\n\r\nbody");
        let said = say(server.addr, b"GET /break HTTP/1.0\r\n\r\n").await;
        assert!(said.contains("x-a: 1  x-b: 2\r\n"), "{said}");
    }

    #[tokio::test]
    async fn what_is_ambiguous_or_too_large_is_refused() {
        let server = start(echo(), Limits { max_body: 10, ..Limits::default() }).await;
        let many = format!("GET / HTTP/1.1\r\nHost: h\r\n{}\r\n", "a: b\r\n".repeat(200));
        let long = format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "x".repeat(70_000));
        let big = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 20\r\n\r\n{}", "x".repeat(20));
        for (status, sent) in [
            (400, "GET / HTTP/1.1\r\n\r\n"),
            (400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            (400, "nonsense\r\n\r\n"),
            (400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
            (400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na"),
            (400, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            (400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            (400, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabcd"),
            (501, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            (505, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"),
            (413, &big),
            (413, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n6\r\nabcdef\r\n0\r\n\r\n"),
            (431, &many),
            (431, &long),
        ] {
            let said = say(server.addr, sent.as_bytes()).await;
            assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {said}");
            assert!(said.contains("connection: close\r\n"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_request_that_does_not_arrive_is_given_up() {
        let server = start(echo(), Limits { receive: Duration::from_millis(20), ..Limits::default() }).await;
        assert!(say(server.addr, b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc").await.contains(" 408 "));
        let idle = start(echo(), Limits { idle: Duration::from_millis(20), ..Limits::default() }).await;
        assert_eq!(say(idle.addr, b"").await, "");
    }

    #[tokio::test]
    async fn a_body_is_asked_for_where_the_sender_waits() {
        let server = start(echo(), Limits::default()).await;
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        let head = b"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut interim = [0; 25];
        stream.read_exact(&mut interim).await.unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(b"ok").await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(said.ends_with("POST / ok"), "{said}");
    }

    #[tokio::test]
    async fn the_stop_ends_idle_connections_and_lets_others_finish() {
        let (arrived, release) = (CancellationToken::new(), CancellationToken::new());
        let slow = {
            let (arrived, release) = (arrived.clone(), release.clone());
            handler(move |_, _| {
                let (arrived, release) = (arrived.clone(), release.clone());
                async move {
                    arrived.cancel();
                    release.cancelled().await;
                    Reply::Respond(Response::new(200))
                }
            })
        };
        let server = start(slow, Limits { grace: Duration::from_secs(60), ..Limits::default() }).await;
        let mut idle = TcpStream::connect(server.addr).await.unwrap();
        let under_way = tokio::spawn(async move { say(server.addr, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await });
        arrived.cancelled().await;
        server.stop.cancel();
        assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
        release.cancel();
        assert_eq!(under_way.await.unwrap(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        server.task.await.unwrap();
    }

    #[tokio::test]
    async fn the_stop_outlives_no_grace() {
        let arrived = CancellationToken::new();
        let stuck = {
            let arrived = arrived.clone();
            handler(move |_, _| {
                arrived.cancel();
                std::future::pending()
            })
        };
        let server = start(stuck, Limits { grace: Duration::ZERO, ..Limits::default() }).await;
        let mut stream = TcpStream::connect(server.addr).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
        arrived.cancelled().await;
        server.stop.cancel();
        server.task.await.unwrap();
        assert!(!matches!(stream.read(&mut [0]).await, Ok(1..)));
    }

    #[tokio::test]
    async fn a_taken_address_is_named() {
        let listener = bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap().to_string();
        assert!(bind(&addr).await.unwrap_err().contains(&addr));
    }
}
