//! Tests of the probe against the server shell and against bytes: what it reads, what it says of TLS, the class of every failure.
//!
//! Never leaves the machine and never measures time.

use crate::base::secret::Secret;
use crate::model::exchange::TransportErrorKind as Kind;
use crate::model::http::{Request, Response};
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::net::pki::{Authority, Validity};
use crate::net::probe::{
    DialOptions, Line, OldTls, TlsOptions, TlsVersions, agrees_to, dial, encode_request, identity_of_nobody,
};
use crate::net::server::{ClientTrust, Heard, Limits, Reply, ServerTls, Shell, bind, handler, serve_shell, serve_tls};
use bytes::Bytes;
use jiff::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;

const LONG: Duration = Duration::from_secs(60);
const MAX: usize = 1024;

fn shell() -> Shell {
    Shell::new(handler(|request, _| async move {
        let mut response = Response::new(200);
        response.body = format!("{} {}", request.method, request.body.len()).into();
        Reply::Respond(response)
    }))
}

async fn served(shell: Shell, tls: Option<ServerTls>) -> SocketAddr {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        match tls {
            Some(tls) => serve_tls(listener, shell, &tls, CancellationToken::new()).await.unwrap(),
            None => serve_shell(listener, shell, CancellationToken::new()).await,
        }
    });
    addr
}

/// A server that answers each connection's first bytes with these and then resets the connection, as it has not read all.
async fn bytes_once(answer: &'static [u8]) -> SocketAddr {
    let listener = bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 16]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    addr
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn authority() -> Authority {
    Authority::new("an authority", Validity::current(now())).unwrap()
}

fn post(url: &str, size: usize) -> Vec<u8> {
    let mut request = Request::new("POST", url);
    request.body = vec![b'x'; size].into();
    encode_request(&request)
}

async fn ask(line: &mut Line, url: &str) -> Result<u16, Kind> {
    let asked = async {
        line.write(&post(url, 3)).await?;
        line.read_response("POST", MAX, LONG).await
    };
    asked.await.map(|r| r.status).map_err(|e| e.kind)
}

#[test]
fn a_request_is_written_as_the_client_would() {
    let mut request = Request::new("POST", "http://a.example:8080?x=1#f");
    request.headers.push("x-a", "1\r\nx-b: 2");
    request.body = Bytes::from_static(b"{}");
    let agent = concat!("user-agent: proofmark/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        String::from_utf8(encode_request(&request)).unwrap(),
        format!(
            "POST /?x=1 HTTP/1.1\r\nhost: a.example:8080\r\nx-a: 1  x-b: 2\r\n{agent}\r\naccept: */*\r\ncontent-length: 2\r\n\r\n{{}}"
        )
    );
    let mut chunked = Request::new("POST", "http://a/b");
    chunked.headers.push("Transfer-Encoding", "chunked");
    assert!(!String::from_utf8(encode_request(&chunked)).unwrap().contains("content-length"));
    assert!(!String::from_utf8(encode_request(&Request::new("GET", "http://a/b"))).unwrap().contains("content-length"));
}

#[tokio::test]
async fn answers_are_read_whole_and_what_is_none_has_its_class() {
    for (answer, expected) in [
        (&b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"[..], Ok((204, ""))),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nab", Ok((200, "ab"))),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", Ok((200, "until the end"))),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x\r\nab\r\n1\r\nc\r\n0\r\nt: 1\r\n\r\n", Ok((200, "abc"))),
        (b"", Err(Kind::Reset)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", Err(Kind::Reset)),
        (b"garbage\r\n\r\n", Err(Kind::Protocol)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", Err(Kind::Protocol)),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", Err(Kind::Protocol)),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n", Err(Kind::TooLarge)),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffff\r\n", Err(Kind::TooLarge)),
    ] {
        let shown = String::from_utf8_lossy(answer);
        let url = format!("http://{}/", bytes_once(answer).await);
        let mut line = dial(&url, &DialOptions::default()).await.unwrap();
        // No longer than the server reads: what it left unread would make its end a reset.
        line.write(b"GET / HTTP/1.1\r\n").await.unwrap();
        let read = line.read_response("GET", MAX, LONG).await;
        let read = read.map(|r| (r.status, String::from_utf8(r.body.to_vec()).unwrap())).map_err(|e| e.kind);
        assert_eq!(read.as_ref().map(|(s, b)| (*s, &**b)).map_err(|e| *e), expected, "{shown}");
    }
    let flood = Shell::new(handler(|_, _| async {
        Reply::Flood {
            first: Bytes::from_static(b"HTTP/1.1 200 OK\r\n"),
            again: Bytes::from_static(b"x-more: and more\r\n"),
            times: u64::MAX,
            every: Duration::ZERO,
        }
    }));
    let url = format!("http://{}/", served(flood, None).await);
    assert_eq!(ask(&mut dial(&url, &DialOptions::default()).await.unwrap(), &url).await, Err(Kind::TooLarge));
}

#[tokio::test]
async fn only_allowed_addresses_are_called() {
    let addr = served(shell(), None).await;
    let public = DialOptions { addresses: AddressRule::PublicOr(Vec::new()), ..DialOptions::default() };
    let dialled = async |url: &str, options: &DialOptions| dial(url, options).await.map(|line| line.remote()).map_err(|e| e.kind);
    let port = addr.port();
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        assert_eq!(dialled(&format!("http://{host}:{port}/"), &public).await, Err(Kind::Forbidden), "{host}");
    }
    assert_eq!(dialled(&format!("http://me@{addr}/"), &DialOptions::default()).await, Err(Kind::Forbidden));
    assert_eq!(dialled("http://name.invalid/", &public).await, Err(Kind::Name));
    let allowed = DialOptions { addresses: AddressRule::PublicOr(vec!["localhost".to_owned()]), ..DialOptions::default() };
    assert_eq!(dialled(&format!("http://localhost:{port}/"), &allowed).await, Ok(addr));
    assert_eq!(dialled("http://127.0.0.1:1/", &DialOptions::default()).await, Err(Kind::Refused));
}

#[tokio::test]
async fn an_early_answer_is_heard_while_sending() {
    let early = Shell {
        early: Some(Arc::new(|_, _| Box::pin(async { Heard::Answer(Reply::Respond(Response::new(413))) }))),
        limits: Limits { max_body: 10, ..Limits::default() },
        ..shell()
    };
    let bounded = Shell { limits: Limits { max_body: 10, ..Limits::default() }, ..shell() };
    for shell in [early, bounded] {
        let url = format!("http://{}/", served(shell, None).await);
        let mut line = dial(&url, &DialOptions::default()).await.unwrap();
        let answer = line.send_watching(&post(&url, 32 * 1024 * 1024), "POST", MAX, LONG).await;
        assert_eq!(answer.map(|r| r.status).map_err(|e| e.kind), Ok(413));
    }
    let cut = format!("http://{}/", bytes_once(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").await);
    let mut line = dial(&cut, &DialOptions::default()).await.unwrap();
    let answer = line.send_watching(&post(&cut, 32 * 1024 * 1024), "POST", MAX, LONG).await;
    assert_eq!(answer.map(|r| r.status).map_err(|e| e.kind), Ok(413), "although the connection is reset");
    let silent = format!("http://{}/", bytes_once(b"").await);
    let mut line = dial(&silent, &DialOptions::default()).await.unwrap();
    let answer = line.send_watching(&post(&silent, 32 * 1024 * 1024), "POST", MAX, LONG).await;
    assert_eq!(answer.map(|r| r.status).map_err(|e| e.kind), Err(Kind::Reset));
    let url = format!("http://{}/", served(shell(), None).await);
    let mut line = dial(&url, &DialOptions::default()).await.unwrap();
    let answer = line.send_watching(&post(&url, 100_000), "POST", MAX, LONG).await;
    assert_eq!(answer.map(|r| r.body), Ok(Bytes::from_static(b"POST 100000")));
}

#[tokio::test]
async fn the_end_of_a_connection_is_seen() {
    let limits = Limits { receive: Duration::from_millis(20), ..Limits::default() };
    let url = format!("http://{}/", served(Shell { limits, ..shell() }, None).await);
    let mut line = dial(&url, &DialOptions::default()).await.unwrap();
    line.write(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc").await.unwrap();
    assert!(line.closed(LONG).await);
    assert_eq!(line.read_response("POST", MAX, LONG).await.map(|r| r.status), Ok(408));
    assert!(line.closed(LONG).await);
    let patient = format!("http://{}/", served(shell(), None).await);
    let mut line = dial(&patient, &DialOptions::default()).await.unwrap();
    line.write(b"POST / HTTP/1.1\r\n").await.unwrap();
    assert!(!line.closed(Duration::from_millis(20)).await);
    assert_eq!(line.read_response("POST", MAX, Duration::from_millis(20)).await.unwrap_err().kind, Kind::ReadTimeout);
}

#[tokio::test]
async fn what_is_kept_with_a_head_goes_with_the_exchange() {
    let lock = Arc::new(tokio::sync::Mutex::new(()));
    let held = Arc::clone(&lock);
    let single = Shell {
        early: Some(Arc::new(move |_, _| {
            let held = Arc::clone(&held);
            Box::pin(async move { Heard::Go(Some(Box::new(held.lock_owned().await))) })
        })),
        ..shell()
    };
    let url = format!("http://{}/", served(single, None).await);
    let mut partial = dial(&url, &DialOptions::default()).await.unwrap();
    partial.write(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc").await.unwrap();
    while lock.try_lock().is_ok() {
        tokio::task::yield_now().await;
    }
    let mut other = dial(&url, &DialOptions::default()).await.unwrap();
    other.write(&post(&url, 1)).await.unwrap();
    assert!(!other.closed(Duration::from_millis(20)).await, "it waits for the one that is not whole");
    drop(partial);
    assert_eq!(other.read_response("POST", MAX, LONG).await.map(|r| r.status), Ok(200));
}

struct Case {
    server: Validity,
    name: &'static str,
    clients: bool,
    versions: TlsVersions,
}

impl Case {
    fn good() -> Self {
        Self { server: Validity::current(now()), name: "127.0.0.1", clients: false, versions: TlsVersions::Any }
    }

    async fn url(&self, ours: &Authority) -> String {
        let tls = ServerTls {
            identity_pem: ours.server(&[self.name], Some(self.server)).unwrap().pem(),
            clients: if self.clients { ClientTrust::Issued(ours.pem().into_bytes()) } else { ClientTrust::NotAsked },
            versions: self.versions,
        };
        format!("https://{}/", served(shell(), Some(tls)).await)
    }
}

fn options(ours: &Authority) -> DialOptions {
    let tls = TlsOptions { ca_pem: Some(ours.pem().into_bytes()), ..TlsOptions::default() };
    DialOptions { tls, ..DialOptions::default() }
}

#[tokio::test]
async fn the_facts_of_tls_are_those_agreed() {
    let ours = authority();
    for (versions, expected) in
        [(TlsVersions::Any, "TLSv1.3"), (TlsVersions::Only12, "TLSv1.2"), (TlsVersions::Only13, "TLSv1.3")]
    {
        let url = Case { versions, ..Case::good() }.url(&ours).await;
        let mut line = dial(&url, &options(&ours)).await.unwrap();
        let facts = line.tls().unwrap().clone();
        assert_eq!((&*facts.version, facts.distrust), (expected, None));
        assert!(facts.cipher.starts_with("TLS"), "{}", facts.cipher);
        assert!(facts.chain.len() == 1 && facts.chain[0].len() == 64, "{:?}", facts.chain);
        assert_eq!(ask(&mut line, &url).await, Ok(200));
    }
    let url = Case { versions: TlsVersions::Only13, ..Case::good() }.url(&ours).await;
    let mut older = options(&ours);
    older.tls.versions = TlsVersions::Only12;
    assert_eq!(dial(&url, &older).await.err().map(|e| e.kind), Some(Kind::Tls));
}

#[tokio::test]
async fn a_chain_that_is_not_trusted_is_said_in_words() {
    let (ours, other) = (authority(), Authority::new("another authority", Validity::current(now())).unwrap());
    let expired = Case { server: Validity::expired(now()), ..Case::good() };
    let misnamed = Case { name: "other.example", ..Case::good() };
    for (case, trusted, words) in [
        (Case::good(), Some(&other), "issued by nobody who is trusted"),
        (Case::good(), None, "certificate"),
        (expired, Some(&ours), "the certificate expired on 20"),
        (misnamed, Some(&ours), "the certificate is for `other.example`, not for `127.0.0.1`"),
    ] {
        let url = case.url(&ours).await;
        let mut options = options(trusted.unwrap_or(&ours));
        options.tls.ca_pem = trusted.map(|t| t.pem().into_bytes());
        let refused = dial(&url, &options).await.err().unwrap();
        assert!(refused.kind == Kind::Tls && refused.detail.contains(words), "{refused}");
        options.tls.trust_anyone = true;
        let mut line = dial(&url, &options).await.unwrap();
        let distrust = line.tls().and_then(|facts| facts.distrust.clone()).unwrap();
        assert!(distrust.contains(words), "{distrust}");
        assert_eq!(ask(&mut line, &url).await, Ok(200));
        let client = Client::new(&ClientOptions { trust_anyone: true, ..ClientOptions::default() }).unwrap();
        assert_eq!(client.send(&Request::new("GET", &url), LONG).await.result.map(|r| r.status), Ok(200));
    }
}

#[tokio::test]
async fn only_known_clients_are_talked_to() {
    let (ours, other) = (authority(), authority());
    let known = ours.client("partner", None).unwrap().pem();
    let expired = ours.client("partner", Some(Validity::expired(now()))).unwrap().pem();
    let foreign = other.client("partner", None).unwrap().pem();
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        let url = Case { clients: true, versions, ..Case::good() }.url(&ours).await;
        let talked = async |identity: Option<&Secret<Vec<u8>>>| {
            let mut options = options(&ours);
            options.tls.identity_pem = identity.cloned();
            match dial(&url, &options).await {
                Ok(mut line) => ask(&mut line, &url).await,
                Err(error) => Err(error.kind),
            }
        };
        assert_eq!(talked(Some(&known)).await, Ok(200), "{versions:?}");
        let nobody = identity_of_nobody(now()).unwrap();
        for wrong in [None, Some(&foreign), Some(&expired), Some(&nobody)] {
            assert_eq!(talked(wrong).await, Err(Kind::Tls), "{versions:?}");
        }
    }
    let broken = TlsOptions { identity_pem: Some(Secret::new(b"hidden".to_vec())), ..TlsOptions::default() };
    let url = Case { clients: true, ..Case::good() }.url(&ours).await;
    let error = dial(&url, &DialOptions { tls: broken, ..DialOptions::default() }).await.err().unwrap();
    assert!(error.kind == Kind::Tls && !error.detail.contains("hidden"), "{error}");
}

#[tokio::test]
async fn old_versions_are_asked_for_by_hand() {
    let ours = authority();
    let agreed = async |url: &str| {
        let mut all = Vec::new();
        for version in [OldTls::Tls10, OldTls::Tls11, OldTls::Tls12] {
            all.push(agrees_to(url, &options(&ours), version).await.map_err(|e| e.kind));
        }
        all
    };
    let mutual = Case { clients: true, ..Case::good() };
    assert_eq!(agreed(&mutual.url(&ours).await).await, [Ok(false), Ok(false), Ok(true)], "though no certificate is shown");
    let strict = Case { versions: TlsVersions::Only13, ..Case::good() };
    assert_eq!(agreed(&strict.url(&ours).await).await, [Ok(false); 3]);
    // The first bytes of a ServerHello of TLS 1.0, which the library cannot speak.
    let antique = bytes_once(b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01antique").await;
    assert_eq!(agreed(&format!("https://{antique}/")).await, [Ok(true), Ok(false), Ok(false)]);
    assert_eq!(agreed(&format!("https://{}/", bytes_once(b"").await)).await, [Ok(false); 3]);
    let plain = format!("https://{}/", bytes_once(b"HTTP/1.1 400 Bad Request\r\n\r\n").await);
    assert_eq!(agreed(&plain).await, [Err(Kind::Tls); 3]);
    assert_eq!(agreed("http://127.0.0.1:1/").await, [Err(Kind::Refused); 3]);
}
