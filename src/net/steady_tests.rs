//! Tests of the client for requests that are repeated: beside the other client, which sends the same and names failures alike.
//!
//! Never leaves the machine and never measures time.

use crate::model::exchange::TransportErrorKind as Kind;
use crate::model::http::Request;
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::net::client_tests::{serve_under, wire};
use crate::net::pki::{Authority, Validity};
use crate::net::server::bind;
use crate::net::steady::{Encoded, SteadyClient};
use bytes::Bytes;
use jiff::Timestamp;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

const LONG: Duration = Duration::from_secs(60);

fn steady() -> SteadyClient {
    SteadyClient::new(ClientOptions::default())
}

/// The status of the answer, or the class of the failure.
async fn sent(client: &SteadyClient, request: &Request) -> Result<u16, Kind> {
    let encoded = Encoded::of(request.clone(), client.options()).map_err(|error| error.kind)?;
    client.send(&encoded, LONG).await.result.map(|response| response.status).map_err(|error| error.kind)
}

/// A server that gives these answers over one connection and ends it, again and again; which connection each request came over, and an
/// empty word where one was ended, come over the channel.
async fn answering(answers: &'static [&'static str]) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, peer)) = listener.accept().await {
            for answer in answers {
                let mut read = vec![0; 4096];
                if stream.read(&mut read).await.unwrap_or(0) == 0 {
                    break;
                }
                let _ = sender.send(peer.to_string());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            drop(stream);
            let _ = sender.send(String::new());
        }
    });
    (url, receiver)
}

#[tokio::test]
async fn both_clients_send_the_same() {
    let (url, mut seen) = wire(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
    let with = |method: &str, target: &str, fields: &[(&str, &str)], body: &'static str| {
        let mut request = Request::new(method, format!("{url}{target}"));
        fields.iter().for_each(|(name, value)| request.headers.push(*name, *value));
        request.body = Bytes::from_static(body.as_bytes());
        request
    };
    for request in [
        with("GET", "", &[], ""),
        with(
            "QUERY",
            "/a%2Fb;c/%7e//?x=%20&y=a+b&z",
            &[("Authorization", "Bearer \u{e9}"), ("x-twice", "1"), ("x-twice", "2")],
            "body",
        ),
        with("GET", "/with space?q=a b#part", &[("accept", "a/b"), ("user-agent", "own"), ("host", "other.example")], ""),
        with("POST", "/", &[], ""),
        with("QUERY", "/?x", &[], ""),
        with("PUT", "/", &[("content-length", "2")], "{}"),
        with("DELETE", "/", &[("cookie", "a=b")], ""),
    ] {
        let mut lines = Vec::new();
        assert_eq!(sent(&steady(), &request).await, Ok(204));
        Client::new(&ClientOptions::default()).unwrap().send(&request, LONG).await.result.unwrap();
        for _ in 0..2 {
            let text = seen.recv().await.unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let mut head: Vec<String> = head.split("\r\n").map(str::to_owned).collect();
            head[1..].sort_unstable();
            lines.push((head, body.to_owned()));
        }
        assert_eq!(lines[0], lines[1]);
    }
}

#[tokio::test]
async fn both_clients_name_failures_alike() {
    let mut all = Vec::new();
    for answer in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 ok\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n",
    ] {
        let (url, _) = wire(answer).await;
        all.push((Request::new("GET", &url), String::from_utf8_lossy(answer).into_owned()));
    }
    let (plain, _) = wire(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let free = bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for url in [
        "http://name.invalid/".to_owned(),
        plain.replace("http:", "https:"),
        format!("http://{free}/"),
        "/relative".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        "http://127.0.0.1/a/../b".to_owned(),
        "http://127.0.0.1/a\nb".to_owned(),
        "http://me:secret@127.0.0.1/".to_owned(),
    ] {
        all.push((Request::new("GET", &url), url));
    }
    let mut divided = Request::new("GET", "http://127.0.0.1:1/");
    divided.headers.push("x", "a\r\nb: c");
    all.push((divided, "a divided field".to_owned()));
    for (request, what) in all {
        let other = Client::new(&ClientOptions::default()).unwrap().send(&request, LONG).await;
        let other = other.result.map(|response| response.status).map_err(|error| error.kind);
        assert_eq!(sent(&steady(), &request).await, other, "{what}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_while_it_may_be() {
    const KEPT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    for (answers, kept) in [
        (&[KEPT, KEPT][..], true),
        (&["HTTP/1.0 204 No Content\r\nconnection: keep-alive\r\n\r\n", KEPT], true),
        (&["HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n", KEPT], false),
        (&["HTTP/1.1 200 OK\r\nConnection: x, Close\r\ncontent-length: 0\r\n\r\n", KEPT], false),
        (&["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nmore than was asked for", KEPT], false),
    ] {
        let (url, mut seen) = answering(answers).await;
        let (client, request) = (steady(), Request::new("GET", &url));
        let mut peers = Vec::new();
        for _ in 0..2 {
            assert!(sent(&client, &request).await.is_ok(), "{answers:?}");
            peers.push(loop {
                let peer = seen.recv().await.unwrap();
                if !peer.is_empty() {
                    break peer;
                }
            });
        }
        assert_eq!(peers[0] == peers[1], kept, "{answers:?}");
    }
}

#[tokio::test]
async fn a_connection_that_was_ended_meanwhile_is_not_used() {
    let (url, mut seen) = answering(&["HTTP/1.1 204 No Content\r\n\r\n"]).await;
    let (client, request) = (steady(), Request::new("GET", &url));
    for _ in 0..3 {
        assert_eq!(sent(&client, &request).await, Ok(204));
        while !seen.recv().await.unwrap().is_empty() {}
        // The runtime has to hear of the end, too.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_answer_has_to_come_in_time_and_in_size() {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let client = steady();
    let silent = Request::new("GET", format!("http://{}", listener.local_addr().unwrap()));
    let encoded = Encoded::of(silent, client.options()).unwrap();
    let late = client.send(&encoded, Duration::from_millis(30)).await.result.unwrap_err();
    assert_eq!((late.kind, &*late.detail), (Kind::ReadTimeout, "waited 30ms"));
    let (url, _seen) = wire(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde").await;
    for (max_body, expected) in [(4, Err(Kind::TooLarge)), (5, Ok(200))] {
        let client = SteadyClient::new(ClientOptions { max_body, ..ClientOptions::default() });
        assert_eq!(sent(&client, &Request::new("GET", &url)).await, expected);
    }
}

#[tokio::test]
async fn trust_identity_and_addresses_are_those_given() {
    let authority = || Authority::new("an authority", Validity::current(Timestamp::now())).unwrap();
    let (ours, other) = (authority(), authority());
    let (plain, mutual) = (serve_under(&ours, "127.0.0.1", false).await, serve_under(&ours, "127.0.0.1", true).await);
    for (url, ca, identity, expected) in [
        (&plain, Some(&ours), None, Ok(204)),
        (&plain, Some(&other), None, Err(Kind::Tls)),
        (&plain, None, None, Err(Kind::Tls)),
        (&mutual, Some(&ours), Some(&ours), Ok(204)),
        (&mutual, Some(&ours), None, Err(Kind::Tls)),
    ] {
        let client = SteadyClient::new(ClientOptions {
            ca_pem: ca.map(|ca| ca.pem().into_bytes()),
            identity_pem: identity.map(|ca: &Authority| ca.client("partner", None).unwrap().pem()),
            ..ClientOptions::default()
        });
        for _ in 0..2 {
            assert_eq!(sent(&client, &Request::new("GET", url)).await, expected, "{url}");
        }
    }
    let client = SteadyClient::new(ClientOptions { addresses: AddressRule::PublicOr(Vec::new()), ..ClientOptions::default() });
    for url in [plain.replace("https", "http"), plain.replace("https://127.0.0.1", "http://localhost")] {
        assert_eq!(sent(&client, &Request::new("GET", &url)).await, Err(Kind::Forbidden), "{url}");
    }
}
