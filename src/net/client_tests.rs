//! Tests of the client against servers on loopback: what it sends, what it reads, and the class of every failure.
//!
//! Never leaves the machine and never measures time.

use crate::base::secret::Secret;
use crate::model::exchange::TransportErrorKind as Kind;
use crate::model::http::{Request, Response};
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::net::pki::{Authority, Validity};
use crate::net::probe::TlsVersions;
use crate::net::server::{ClientTrust, Limits, Reply, ServerTls, Shell, bind, handler, serve, serve_tls, serve_within};
use bytes::Bytes;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);

fn client() -> Client {
    Client::new(&ClientOptions::default()).unwrap()
}

/// A server that answers every connection's first bytes with these and ends it; what it read comes over the channel.
pub(super) async fn wire(answer: &'static [u8]) -> (String, mpsc::UnboundedReceiver<String>) {
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
    let other = |host: &str| url.replace("127.0.0.1", host);
    for (hosts, target, passes) in [
        (vec![], &url, false),
        (vec![], &named, false),
        (vec![], &mapped, false),
        (vec!["127.0.0.1"], &url, true),
        (vec!["127.0.0.1"], &named, false),
        (vec!["LOCALHOST"], &named, true),
        (vec![], &other("127.0.0.1."), false),
        (vec![], &other("127.1"), false),
        (vec![], &other("2130706433"), false),
        (vec![], &other("017700000001"), false),
        (vec![], &other("0x7f.0.0.1"), false),
        (vec![], &other("0177.0.0.1"), false),
        (vec![], &other("%31%32%37.0.0.1"), false),
        (vec![], &other("\u{2460}\u{2461}\u{2466}.0.0.1"), false),
        (vec![], &other("0.0.0.0"), false),
        (vec![], &other("[::]"), false),
        (vec![], &other("[::1]"), false),
        (vec![], &other("[::7f00:1]"), false),
        (vec![], &other("[::ffff:0:127.0.0.1]"), false),
        (vec![], &other("[64:ff9b::127.0.0.1]"), false),
        (vec![], &other("[2606:4700::5efe:127.0.0.1]"), false),
        (vec![], &other("[fe80::1%25lo]"), false),
        (vec!["127.0.0.1"], &other("me@127.0.0.1"), false),
        (vec!["me"], &other("me:x@127.0.0.1"), false),
        (vec!["127.0.0.1"], &other("127.1"), true),
    ] {
        let addresses = AddressRule::PublicOr(hosts.iter().map(ToString::to_string).collect());
        let client = Client::new(&ClientOptions { addresses, ..ClientOptions::default() }).unwrap();
        let result = client.send(&Request::new("GET", target), LONG).await.result;
        let expected = if passes { Ok(204) } else { Err(Kind::Forbidden) };
        assert_eq!(result.map(|r| r.status).map_err(|e| e.kind), expected, "{hosts:?} {target}");
    }
}

/// A TLS server under this authority for `name`, which wants a client certificate of the same where `mutual`.
pub(super) async fn serve_under(authority: &Authority, name: &str, mutual: bool) -> String {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let tls = ServerTls {
        identity_pem: authority.server(&[name], None).unwrap().pem(),
        clients: if mutual { ClientTrust::Issued(authority.pem().into_bytes()) } else { ClientTrust::NotAsked },
        versions: TlsVersions::Any,
    };
    let shell = Shell::new(handler(|_, _| async { Reply::Respond(Response::new(204)) }));
    tokio::spawn(async move { serve_tls(listener, shell, &tls, CancellationToken::new()).await });
    url
}

#[tokio::test]
async fn trust_and_identity_are_those_given() {
    let authority = || Authority::new("an authority", Validity::current(Timestamp::now())).unwrap();
    let (ours, other) = (authority(), authority());
    let ask = async |url: &str, ca: Option<&Authority>, identity: Option<&Authority>| {
        let options = ClientOptions {
            ca_pem: ca.map(|ca| ca.pem().into_bytes()),
            identity_pem: identity.map(|ca| ca.client("partner", None).unwrap().pem()),
            ..ClientOptions::default()
        };
        let sent = Client::new(&options).unwrap().send(&Request::new("GET", url), LONG).await;
        sent.result.map(|r| r.status).map_err(|e| e.kind)
    };
    let (plain, mutual) = (serve_under(&ours, "127.0.0.1", false).await, serve_under(&ours, "127.0.0.1", true).await);
    let misnamed = serve_under(&ours, "other.example", false).await;
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

/// Sends one request where another test says; on its own there is nothing to send.
#[tokio::test]
#[ignore = "run by the test of proxies, in an environment of its own"]
async fn sends_what_another_test_says() {
    let Ok(url) = std::env::var("PROOFMARK_TEST_TARGET") else { return };
    assert_eq!(client().send(&Request::new("GET", url), LONG).await.result.map(|r| r.status), Ok(204));
}

#[tokio::test]
async fn proxies_of_the_environment_are_not_asked() {
    let (target, mut asked) = wire(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let (proxy, mut proxied) = wire(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "net::client_tests::sends_what_another_test_says", "--ignored"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, &proxy);
    }
    child.env("PROOFMARK_TEST_TARGET", &target).env_remove("NO_PROXY").env_remove("no_proxy");
    let ran = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(asked.recv().await.is_some());
    assert!(proxied.try_recv().is_err());
}
