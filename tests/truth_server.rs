//! The server that measurements are compared with does what it says.
//!
//! Reads what comes on a plain socket and what stands in the log. Compares instants with each other, never with a length of time.

#[path = "../benches/support/server/mod.rs"]
mod server;

use proofmark::base::source::Source;
use proofmark::contract::load;
use proofmark::contract::model::Direction;
use proptest::prelude::*;
use server::bodies::body;
use server::hostile::Hostile;
use server::law::{Deck, Law};
use server::{Manner, Server, Settings};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const REQUEST: &[u8] = b"GET /fixed HTTP/1.1\r\nHost: truth\r\n\r\n";

fn started(manner: Manner, logged: usize) -> Server {
    Server::start(Settings { manner, logged, ..Settings::default() }).expect("a server")
}

/// How what was read came to an end.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Refused,
    Reset,
    Closed,
    /// As many bytes as were wanted came, and the connection stands.
    Open,
}

/// Sends a request and reads to the end, or until so many bytes are there.
fn read(address: SocketAddr, wanted: usize) -> (Vec<u8>, End) {
    let mut stream = match connect(address) {
        Ok(stream) => stream,
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => return (Vec::new(), End::Refused),
        Err(error) => panic!("{error}"),
    };
    // Where the connection is gone already, reading says so.
    let _ = stream.write_all(REQUEST);
    let (mut seen, mut piece) = (Vec::new(), [0; 65_536]);
    while seen.len() < wanted {
        match stream.read(&mut piece) {
            Ok(0) => return (seen, End::Closed),
            Ok(count) => seen.extend_from_slice(&piece[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                return (seen, End::Reset);
            }
            Err(error) => panic!("{error}"),
        }
    }
    (seen, End::Open)
}

/// Reads answers on a connection that stays open, until one ends as the last of so many does.
fn read_answers(stream: &mut TcpStream, answers: usize) -> String {
    let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut piece).expect("more of the answer");
        assert!(count > 0, "closed after {}", text(&seen));
        seen.extend_from_slice(&piece[..count]);
        let so_far = text(&seen);
        // A body ends with itself, chunks with their trailers.
        if so_far.matches("has\"}").count() >= answers || so_far.ends_with("two\r\n\r\n") {
            return so_far;
        }
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    // Long enough that only a hang reaches it.
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_hostile_way_is_what_it_says() {
    let right = body(0);
    for (name, hostile) in Hostile::ALL {
        let server = started(Manner::Hostile(hostile), 0);
        let wanted = match hostile {
            Hostile::HalfHead => 20,
            Hostile::EndlessHead => 300_000,
            Hostile::HugeBody => 1 << 20,
            Hostile::Stall => 0,
            _ => usize::MAX,
        };
        // These stay open after a right answer: its last bytes are as far as a reader gets.
        let stays = matches!(hostile, Hostile::ChunkExtensions | Hostile::Interim | Hostile::Drip);
        let (seen, end) = if stays {
            let mut stream = connect(server.address).expect("a connection");
            stream.write_all(REQUEST).expect("a request");
            (read_answers(&mut stream, 1), End::Open)
        } else {
            let (seen, end) = read(server.address, wanted);
            (text(&seen), end)
        };
        let head = |text: &str| text.contains("HTTP/1.1 200 OK\r\n");
        let expected = match hostile {
            Hostile::Refuse => end == End::Refused,
            Hostile::ResetOnAccept | Hostile::ResetOnRequest => end == End::Reset && seen.is_empty(),
            Hostile::CloseOnRequest => end == End::Closed && seen.is_empty(),
            Hostile::Garbage => end != End::Open && !seen.starts_with("HTTP"),
            Hostile::Stall => end == End::Open,
            Hostile::HalfHead => end == End::Open && !seen.contains("\r\n\r\n"),
            Hostile::HalfHeadCut => end == End::Closed && head(&seen) && !seen.contains("\r\n\r\n"),
            Hostile::EndlessHead => end == End::Open && head(&seen) && !seen.contains("\r\n\r\n"),
            Hostile::HugeBody => end == End::Open && seen.contains("Content-Length: 1073741824\r\n"),
            Hostile::BodyCut => end == End::Closed && head(&seen) && !seen.ends_with('}'),
            Hostile::BodyReset => end == End::Reset && head(&seen) && !seen.ends_with('}'),
            Hostile::ChunkCut => end == End::Closed && !seen.contains("\r\n0"),
            Hostile::ChunkGarbage => end == End::Closed && seen.contains("\r\n\r\nxyz\r\n"),
            Hostile::ChunkOverflow => end == End::Closed && seen.contains("\r\n\r\nfffffffffffffffff\r\n"),
            Hostile::TwoLengths => end == End::Closed && seen.matches("Content-Length").count() == 2,
            Hostile::CloseDelimited => end == End::Closed && seen.ends_with(&right) && !seen.contains("Length"),
            Hostile::CloseAnnounced => end == End::Closed && seen.ends_with(&right) && seen.contains("Connection: close"),
            Hostile::CloseUnannounced => end == End::Closed && seen.ends_with(&right) && !seen.contains("close"),
            Hostile::ChunkExtensions => head(&seen) && seen.contains(";q=\"a quoted ; string\""),
            Hostile::Interim => seen.matches("HTTP/1.1 103").count() == 100 && seen.ends_with(&right),
            Hostile::Drip => seen.ends_with(&right),
        };
        assert!(expected, "{name}: {end:?} after {} bytes: {seen:.300}", seen.len());
        server.stop().expect("an orderly end");
    }
}

#[test]
fn a_server_is_over_when_its_time_is() {
    let server = Server::start(Settings { lasting: Duration::ZERO, ..Settings::default() }).expect("a server");
    assert_eq!(server.wait().expect("an orderly end").requests, 0);
}

#[test]
fn only_loopback_is_served() {
    let settings = Settings { bind: "0.0.0.0:0".parse().expect("an address"), ..Settings::default() };
    assert!(Server::start(settings).is_err());
}

#[test]
fn every_body_keeps_to_the_document_and_no_fresh_one_comes_twice() {
    let source = Source::new("truth.yaml", include_str!("../benches/support/truth.yaml"));
    let (contract, faults) = load(&source, &|file| Err(format!("{file} is not there").into()));
    assert!(!faults.has_errors());
    let contract = std::sync::Arc::new(contract.expect("a contract"));
    assert!(contract.operation("getFixed").is_some() && contract.operation("getFresh").is_some());
    let schema = contract.component_schema("Order").expect("the schema");
    let validator = contract.validator(&schema, Direction::Response);
    let bodies: BTreeSet<String> = (0..5000).map(body).collect();
    assert_eq!(bodies.len(), 5000);
    for text in &bodies {
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(value.as_object().expect("an object").len(), 12);
        assert!((350..450).contains(&text.len()), "{} bytes", text.len());
        assert!(validator.is_valid(&value), "{text}");
    }
}

#[test]
fn answers_follow_the_log() {
    let server = started(Manner::Prompt, 100);
    let mut stream = connect(server.address).expect("a connection");
    // Three at once: the second and the third are read with the first.
    stream.write_all(&[REQUEST, b"GET /fresh HTTP/1.1\r\n\r\n", b"GET /fresh?again HTTP/1.1\r\n\r\n"].concat()).expect("sent");
    let seen = read_answers(&mut stream, 3);
    let bodies: BTreeSet<&str> = seen.split("\r\n\r\n").skip(1).map(|b| b.split("HTTP/1.1").next().unwrap_or(b)).collect();
    assert_eq!(bodies.len(), 3);
    let log = server.stop().expect("an orderly end");
    assert_eq!((log.requests, log.connections, log.entries.len()), (3, 1, 3));
    assert!(log.entries.iter().all(|e| e.due == e.arrived && e.answered >= e.due));
}

/// Sends requests on connections of their own, all before the first answer is read.
fn burst(server: &Server, count: usize) {
    let mut streams: Vec<TcpStream> = (0..count).map(|_| connect(server.address).expect("a connection")).collect();
    streams.iter_mut().for_each(|s| s.write_all(REQUEST).expect("sent"));
    for stream in &mut streams {
        read_answers(stream, 1);
    }
}

#[test]
fn a_queue_serves_in_turn_with_as_many_servers_as_it_has() {
    for servers in [1, 3] {
        let service = 2_000_000;
        let server = started(Manner::Queued { service: Law::Fixed(service), servers }, 100);
        burst(&server, 20);
        let log = server.stop().expect("an orderly end");
        assert_eq!(log.entries.len(), 20);
        for (n, entry) in log.entries.iter().enumerate() {
            let free = n.checked_sub(servers).map_or(0, |before| log.entries[before].due);
            assert_eq!(entry.due, entry.arrived.max(free) + service, "request {n} of {servers} servers");
            assert!(entry.answered >= entry.due);
        }
    }
}

#[test]
fn delays_are_the_quantiles_of_their_law_each_once() {
    let law = Law::parse("uniform:1us..50us").expect("a law");
    let server = started(Manner::Delayed(law.clone()), 100);
    burst(&server, 30);
    let log = server.stop().expect("an orderly end");
    let mut deck = Deck::shuffled(&law, 1);
    for entry in &log.entries {
        assert_eq!(entry.due - entry.arrived, deck.next());
        assert!(entry.answered >= entry.due);
    }
    let law = Law::parse("steps:700x2ms+250x10ms+45x50ms+5x200ms").expect("a law");
    let mut deck = Deck::shuffled(&law, 7);
    let mut times: Vec<u64> = (0..10_000).map(|_| deck.next()).collect();
    let as_drawn = times.clone();
    times.sort_unstable();
    assert_ne!(times, as_drawn, "shuffled");
    let count = |ms: u64| times.iter().filter(|t| **t == ms * 1_000_000).count();
    assert_eq!([count(2), count(10), count(50), count(200)], [7000, 2500, 450, 50]);
}

#[test]
fn laws_that_are_none_are_refused() {
    for wrong in ["", "fixed", "fixed:5", "fixed:-1ms", "uniform:5ms..1ms", "uniform:5ms", "steps:", "steps:0x1ms", "gamma:1ms"] {
        assert!(Law::parse(wrong).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn quantiles_grow(mean in 1_u64..1_000_000_000, low in 0.0..1.0_f64, high in 0.0..1.0_f64) {
        let (low, high) = (low.min(high), low.max(high));
        let steps = Law::Steps(vec![(1, mean / 2), (3, mean), (2, mean * 2)]);
        for law in [Law::Fixed(mean), Law::Exponential(mean), Law::Uniform(mean / 2, mean), steps] {
            prop_assert!(law.quantile(low) <= law.quantile(high));
        }
    }
}
