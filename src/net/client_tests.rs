//! Tests of the client against servers on loopback: what it sends, what it reads, and the class of every failure.
//!
//! Never leaves the machine and never measures time.

use crate::base::secret::Secret;
use crate::model::exchange::TransportErrorKind as Kind;
use crate::model::http::{Request, Response};
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::net::server::{Limits, Reply, bind, handler, serve, serve_within};
use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);

fn client() -> Client {
    Client::new(&ClientOptions::default()).unwrap()
}

/// A server that answers every connection's first bytes with these and ends it; what it read comes over the channel.
async fn wire(answer: &'static [u8]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut read = vec![0; 4096];
            let length = stream.read(&mut read).await.unwrap_or(0);
            let _ = sender.send(String::from_utf8_lossy(&read[..length]).into_owned());
            let _ = stream.write_all(answer).await;
        }
    });
    (url, receiver)
}

async fn kind(url: &str) -> Kind {
    let sent = client().send(&Request::new("GET", url), LONG).await;
    sent.result.expect_err(url).kind
}

#[tokio::test]
async fn a_request_is_sent_as_given() {
    let (url, mut seen) = wire(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let mut request = Request::new("QUERY", format!("{url}/a%2Fb;c/%7e//?x=%20&y=a+b&z"));
    request.headers.push("Authorization", "Bearer \u{e9}");
    request.headers.push("x-twice", "1");
    request.headers.push("x-twice", "2");
    request.headers.push("cookie", "a=b");
    request.body = Bytes::from_static(b"body");
    assert!(client().send(&request, LONG).await.result.is_ok());
    let sent = seen.recv().await.unwrap();
    let mut lines: Vec<&str> = sent.split("\r\n").collect();
    assert_eq!(lines.remove(0), "QUERY /a%2Fb;c/%7e//?x=%20&y=a+b&z HTTP/1.1");
    assert_eq!(lines.pop(), Some("body"));
    lines.sort_unstable();
    let host = format!("host: {}", &url["http://".len()..]);
    let agent = concat!("user-agent: proofmark/", env!("CARGO_PKG_VERSION"));
    let expected = [
        "",
        "accept: */*",
        "authorization: Bearer \u{e9}",
        "content-length: 4",
        "cookie: a=b",
        &host,
        agent,
        "x-twice: 1",
        "x-twice: 2",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_answer_is_read_as_it_is() {
    let answer = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nx-raw: \xff\r\n\
        Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n5\r\n gzip\r\n0\r\n\r\n";
    let (url, mut seen) = wire(answer).await;
    let sent = client().send(&Request::new("GET", &url), LONG).await;
    let response = sent.result.unwrap();
    assert_eq!((response.status, &response.body[..]), (302, &b"not gzip"[..]));
    assert_eq!(response.headers.all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!((response.headers.get("location"), response.headers.get("x-raw")), (Some("/other"), Some("\u{fffd}")));
    assert_eq!(sent.remote.map(|addr| format!("http://{addr}")), Some(url));
    seen.recv().await.unwrap();
    assert!(seen.try_recv().is_err(), "the redirect is not followed");
}

#[tokio::test]
async fn every_failure_has_its_class() {
    for (class, answer) in [
        (Kind::Reset, &b""[..]),
        (Kind::Reset, b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"),
        (Kind::Reset, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"),
        (Kind::Reset, b"HTTP/1.1 200 OK\r\ncontent-le"),
        (Kind::Protocol, b"garbage\r\n\r\n"),
        (Kind::Protocol, b"HTTP/1.1 ok\r\n\r\n"),
        (Kind::Protocol, b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"),
        (Kind::Protocol, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
    ] {
        let shown = String::from_utf8_lossy(answer);
        let (url, _seen) = wire(answer).await;
        let error = client().send(&Request::new("GET", url), LONG).await.result.expect_err(&shown);
        assert_eq!(error.kind, class, "{shown}: {error}");
        assert!(!error.detail.is_empty(), "{shown}");
    }
    assert_eq!(kind("http://name.invalid/").await, Kind::Name);
    let plain = wire(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.0.replace("http:", "https:");
    assert_eq!(kind(&plain).await, Kind::Tls);
    let cut = wire(b"").await.0.replace("http:", "https:");
    assert_eq!(kind(&cut).await, Kind::Tls);
    for url in [
        "/relative",
        "ftp://127.0.0.1/",
        "http://127.0.0.1/a/../b",
        "http://127.0.0.1/..",
        "http://127.0.0.1/%2E",
        "http://127.0.0.1/.%2e/b",
        "http://127.0.0.1/a\\b",
        "http://127.0.0.1/a\nb",
        "http://me:secret@127.0.0.1/",
    ] {
        assert_eq!(kind(url).await, Kind::Forbidden, "{url}");
    }
    let mut request = Request::new("GET", "http://127.0.0.1:1/");
    request.headers.push("x", "a\r\nb: c");
    let refused = client().send(&request, LONG).await.result.unwrap_err();
    assert_eq!(refused.kind, Kind::Protocol);
}

#[tokio::test]
async fn an_answer_has_to_come_in_time_and_in_size() {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let late = client().send(&Request::new("GET", silent), Duration::from_millis(30)).await.result.unwrap_err();
    assert_eq!((late.kind, &*late.detail), (Kind::ReadTimeout, "waited 30ms"));
    let (url, _seen) = wire(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde").await;
    for (max_body, class) in [(4, Some(Kind::TooLarge)), (5, None)] {
        let client = Client::new(&ClientOptions { max_body, ..ClientOptions::default() }).unwrap();
        assert_eq!(client.send(&Request::new("GET", &url), LONG).await.result.err().map(|e| e.kind), class);
    }
}

#[tokio::test]
async fn a_single_request_has_a_connection_of_its_own() {
    let (sender, mut peers) = mpsc::unbounded_channel::<SocketAddr>();
    let answer = handler(move |_, peer| {
        let _ = sender.send(peer);
        async { Reply::Respond(Response::new(204)) }
    });
    let listener = bind("127.0.0.1:0").await.unwrap();
    let request = Request::new("POST", format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(serve(listener, answer, CancellationToken::new()));
    let client = client();
    for _ in 0..2 {
        client.clone().send_once(&request, LONG).await.result.unwrap();
    }
    assert_ne!(peers.recv().await, peers.recv().await);
}

#[tokio::test]
async fn no_request_is_written_twice() {
    let count = Arc::new(AtomicUsize::new(0));
    let answer = {
        let count = Arc::clone(&count);
        handler(move |_, _| {
            let number = count.fetch_add(1, Ordering::SeqCst);
            async move { if number.is_multiple_of(2) { Reply::Respond(Response::new(204)) } else { Reply::Close } }
        })
    };
    let listener = bind("127.0.0.1:0").await.unwrap();
    let request = Request::new("GET", format!("http://{}", listener.local_addr().unwrap()));
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve_within(listener, answer, stop.clone(), Limits::default()));
    let client = client();
    for round in 0..4 {
        let sent = client.send(&request, LONG).await.result;
        assert_eq!(sent.map_err(|e| e.kind).map(|r| r.status), if [0, 2].contains(&round) { Ok(204) } else { Err(Kind::Reset) });
    }
    stop.cancel();
    server.await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn special_addresses_are_called_only_where_allowed() {
    let (url, _seen) = wire(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let named = url.replace("127.0.0.1", "localhost");
    let mapped = url.replace("127.0.0.1", "[::ffff:127.0.0.1]");
    for (hosts, target, passes) in [
        (vec![], &url, false),
        (vec![], &named, false),
        (vec![], &mapped, false),
        (vec!["127.0.0.1"], &url, true),
        (vec!["127.0.0.1"], &named, false),
        (vec!["LOCALHOST"], &named, true),
    ] {
        let addresses = AddressRule::PublicOr(hosts.iter().map(ToString::to_string).collect());
        let client = Client::new(&ClientOptions { addresses, ..ClientOptions::default() }).unwrap();
        let result = client.send(&Request::new("GET", target), LONG).await.result;
        let expected = if passes { Ok(204) } else { Err(Kind::Forbidden) };
        assert_eq!(result.map(|r| r.status).map_err(|e| e.kind), expected, "{hosts:?} {target}");
    }
}

/// An authority, and the PEM of a client certificate with its key from it.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn pem(&self) -> Vec<u8> {
        self.issuer.pem().into_bytes()
    }

    fn identity_pem(&self) -> Secret<Vec<u8>> {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().signed_by(&key, &self.issuer).unwrap();
        Secret::new(format!("{}{}", certificate.pem(), key.serialize_pem()).into_bytes())
    }

    /// A TLS server under this authority for `name`, which wants a client certificate of the same where `mutual`.
    async fn serve(&self, name: &str, mutual: bool) -> String {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder();
        let config = if mutual {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone()).unwrap();
            config.with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
        let listener = bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(answer_tls(listener, TlsAcceptor::from(Arc::new(config))));
        url
    }
}

async fn answer_tls(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let mut stream = match acceptor.accept(stream).into_fallible().await {
            Ok(stream) => stream,
            Err((_, mut plain)) => {
                // The alert would be lost if the connection ended with bytes unread.
                let _ = plain.shutdown().await;
                let _ = plain.read_to_end(&mut Vec::new()).await;
                continue;
            }
        };
        let _ = stream.read(&mut [0; 4096]).await;
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
        let _ = stream.shutdown().await;
    }
}

#[tokio::test]
async fn trust_and_identity_are_those_given() {
    let (ours, other) = (Authority::new(), Authority::new());
    let ask = async |url: &str, ca: Option<&Authority>, identity: Option<&Authority>| {
        let options = ClientOptions {
            ca_pem: ca.map(Authority::pem),
            identity_pem: identity.map(Authority::identity_pem),
            ..ClientOptions::default()
        };
        let sent = Client::new(&options).unwrap().send(&Request::new("GET", url), LONG).await;
        sent.result.map(|r| r.status).map_err(|e| e.kind)
    };
    let (plain, mutual) = (ours.serve("127.0.0.1", false).await, ours.serve("127.0.0.1", true).await);
    let misnamed = ours.serve("other.example", false).await;
    assert_eq!(ask(&plain, Some(&ours), None).await, Ok(204));
    assert_eq!(ask(&plain, Some(&other), None).await, Err(Kind::Tls));
    assert_eq!(ask(&plain, None, None).await, Err(Kind::Tls));
    assert_eq!(ask(&misnamed, Some(&ours), None).await, Err(Kind::Tls));
    assert_eq!(ask(&mutual, Some(&ours), Some(&ours)).await, Ok(204));
    assert_eq!(ask(&mutual, Some(&ours), None).await, Err(Kind::Tls));
}

#[test]
fn unreadable_certificates_are_named_and_keys_not_shown() {
    let new = |ca: Option<&[u8]>, identity: Option<&[u8]>| {
        let ca_pem = ca.map(<[u8]>::to_vec);
        let identity_pem = identity.map(|pem| Secret::new(pem.to_vec()));
        Client::new(&ClientOptions { ca_pem, identity_pem, ..ClientOptions::default() }).map(|_| ())
    };
    assert_eq!(new(Some(b"nothing"), None), Err("the CA file holds no certificate".to_owned()));
    let broken = new(Some(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), None);
    assert!(broken.unwrap_err().starts_with("the CA certificates cannot be read"));
    let shown = new(None, Some(b"hidden")).unwrap_err();
    assert!(shown.contains("client certificate") && !shown.contains("hidden"), "{shown}");
}
