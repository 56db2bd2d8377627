//! The HTTP/2 event loop against small servers of its own.
//!
//! Counts are exact; nothing here is measured.

use crate::base::seed::Seed;
use crate::base::units::{Nanos, Rate};
use crate::engine::arrival::{Crowd, Schedule, Stage, Users};
use crate::engine::{Answer, Ask, EngineOptions, Heard, Judged, Next, Pace, Transport, Workload, start};
use crate::model::http::Request;
use crate::model::load::{LoadError, Phase, Totals};
use crate::net::lean::multiplex_server::{Manner, Seen, serve};
use crate::net::lean::{Endpoint, LeanTls};
use crate::net::pki::{Authority, Validity};
use crate::net::probe::TlsOptions;
use crate::net::server::ServerTls;
use bytes::Bytes;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::time::Duration;

const MANY: u32 = 1_000;

/// The same request once or several times a journey.
#[derive(Clone)]
struct Simple {
    request: Option<Request>,
    steps: u32,
    pause: Option<Nanos>,
    fresh: bool,
    most: Option<u64>,
    /// Failures it was told of.
    failed: Vec<LoadError>,
}

impl Simple {
    fn new() -> Self {
        let request = Some(Request::new("GET", "http://elsewhere/path?query=1"));
        Self { request, steps: 1, pause: None, fresh: false, most: None, failed: Vec::new() }
    }
}

impl Workload for Simple {
    /// Steps done, and whether the pause before the next one is over.
    type Journey = (u32, bool);

    fn begin(&mut self, n: u64) -> Option<Self::Journey> {
        self.most.is_none_or(|most| n < most).then_some((0, true))
    }

    fn endpoint(&self, _: &Self::Journey) -> usize {
        0
    }

    fn next(&mut self, journey: &mut Self::Journey, _: Nanos, _: &mut Vec<u8>) -> Next {
        if journey.0 == self.steps {
            return Next::Done;
        }
        if let (false, Some(pause)) = (journey.1, self.pause) {
            journey.1 = true;
            return Next::Wait(pause);
        }
        *journey = (journey.0 + 1, false);
        Next::Send(Ask { operation: 0, head: false, fresh: self.fresh })
    }

    fn request(&mut self, _: &mut Self::Journey) -> Option<Request> {
        self.request.clone()
    }

    fn answered(&mut self, _: &mut Self::Journey, answer: &Answer<'_>) -> Judged {
        let typed = answer.fields.contains(&("content-type".to_owned(), "text/plain".to_owned()));
        let right = typed && answer.head.is_empty() && answer.status == 200 && answer.body.starts_with(b"hi");
        if right { Judged::Right } else { Judged::Wrong }
    }

    fn failed(&mut self, _: &mut Self::Journey, error: LoadError) {
        self.failed.push(error);
    }
}

fn options(url: &str, tls: &TlsOptions, pace: Pace, connections: usize, streams: usize) -> EngineOptions {
    let lean = LeanTls::new(tls, true).unwrap();
    EngineOptions {
        pace,
        transport: Transport {
            http2: true,
            connections,
            streams,
            connect_rate: None,
            sources: Vec::new(),
            requests_per_connection: None,
            timeout: Duration::from_secs(5),
            spin: Duration::ZERO,
            drain: Duration::from_secs(5),
            max_body: 1 << 20,
            pinned: false,
        },
        endpoints: vec![Endpoint::resolve(url, &lean).unwrap()],
        operations: 1,
    }
}

fn plain(address: SocketAddr, pace: Pace, connections: usize, streams: usize) -> EngineOptions {
    options(&format!("http://{address}"), &TlsOptions::default(), pace, connections, streams)
}

fn open(rate: f64, seconds: f64) -> Pace {
    let during = Nanos((seconds * 1e9) as u64);
    Pace::open(Schedule::new(vec![Stage { from: Rate(rate), to: Rate(rate), during, phase: Phase::Measured }], None))
}

fn closed(users: u32, millis: u64) -> Pace {
    let crowd = Crowd { users, ramp: Nanos(0), during: Nanos(millis * 1_000_000), phase: Phase::Measured };
    Pace::closed(Users::new(vec![crowd], (Nanos(0), Nanos(0)), Seed(1)))
}

fn run(options: &EngineOptions, workloads: Vec<Simple>) -> (Totals, Vec<Simple>) {
    let mut crew = start(options, workloads).unwrap();
    let mut totals = Totals::default();
    loop {
        match crew.hear(Duration::from_secs(20)) {
            Heard::Interval(interval) => totals.add(&interval),
            Heard::Nothing => panic!("the crew does not end"),
            Heard::Over => break,
        }
    }
    (totals, crew.finish().unwrap())
}

#[test]
fn the_time_that_was_planned_is_measured() {
    let (address, _) = serve(Manner::Hi, MANY, None);
    let (totals, _) = run(&plain(address, open(100.0, 0.3), 2, 10), vec![Simple::new(), Simple::new()]);
    assert_eq!((totals.length, totals.due), (Nanos(300_000_000), 30));
}

fn connections(seen: &Seen) -> usize {
    seen.connections.load(Ordering::SeqCst)
}

#[test]
fn every_start_that_is_due_is_made_and_answered() {
    let (address, seen) = serve(Manner::Hi, MANY, None);
    let (totals, _) = run(&plain(address, open(400.0, 0.5), 2, 10), vec![Simple::new(), Simple::new()]);
    assert_eq!((totals.due, totals.sent, totals.missed), (200, 200, 0));
    assert_eq!(totals.received(None), 200);
    assert_eq!((totals.answered(None).validated, totals.answered(None).invalid), (200, 0));
    assert!(totals.errors(None).is_empty());
    assert_eq!(totals.lateness.count(), 200);
    assert_eq!((totals.connections.opened, totals.connections.first_byte.count()), (2, 200));
    assert_eq!(connections(&seen), 2, "one for each event loop");
}

#[test]
fn a_busy_wait_before_what_is_due_changes_no_count() {
    let (address, _) = serve(Manner::Hi, MANY, None);
    let mut options = plain(address, open(200.0, 0.2), 1, 10);
    options.transport.spin = Duration::from_millis(50);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!((totals.due, totals.received(None)), (40, 40));
}

#[test]
fn requests_are_carried_as_http_2_has_them() {
    let (address, seen) = serve(Manner::Hi, MANY, None);
    let mut workload = Simple { most: Some(1), ..Simple::new() };
    let mut request = Request::new("POST", "http://elsewhere:1/path?query=1#fragment");
    request.headers = [("X-Test", "yes"), ("Connection", "keep-alive"), ("Host", "named.example")].into_iter().collect();
    request.body = Bytes::from(vec![b'b'; 100_000]);
    workload.request = Some(request);
    let options = plain(address, open(50.0, 0.1), 1, 1);
    let (totals, _) = run(&options, vec![workload.clone()]);
    assert_eq!((totals.journeys, totals.received(None)), (1, 1));
    if let Some(request) = &mut workload.request {
        (request.method, request.body) = ("PUT".to_owned(), Bytes::from("{}"));
        request.headers.remove("host");
    }
    run(&options, vec![workload]);
    let expected = [
        format!("POST http://named.example/path?query=1 yes 100000 {}", "b".repeat(100_000)),
        format!("PUT http://{address}/path?query=1 yes 2 {{}}"),
    ];
    assert_eq!(*seen.requests.lock().unwrap(), expected);
}

#[test]
fn many_requests_share_a_connection() {
    // Nobody is answered before eight have come: fewer at once would wait for ever.
    let (address, seen) = serve(Manner::Together(8), MANY, None);
    let (totals, _) = run(&plain(address, open(80.0, 1.0), 1, 8), vec![Simple::new()]);
    assert_eq!((totals.received(None), totals.connections.opened), (80, 1));
    assert_eq!(seen.at_once.load(Ordering::SeqCst), 8);
}

#[test]
fn connections_are_opened_when_the_streams_of_the_others_are_taken() {
    let (address, seen) = serve(Manner::Never, MANY, None);
    let mut options = plain(address, open(100.0, 0.1), 3, 2);
    options.transport.drain = Duration::from_millis(100);
    let (totals, workloads) = run(&options, vec![Simple::new()]);
    // Six were sent and four waited for a place.
    assert_eq!((totals.sent, totals.connections.opened), (6, 3));
    assert_eq!(totals.errors(None), [(LoadError::Unfinished, 10)]);
    assert_eq!(workloads[0].failed, [LoadError::Unfinished; 10]);
    assert_eq!((connections(&seen), seen.at_once.load(Ordering::SeqCst)), (3, 2));
}

#[test]
fn the_peer_is_sent_no_more_at_once_than_it_takes() {
    let (address, seen) = serve(Manner::Never, 3, None);
    let mut options = plain(address, open(100.0, 0.1), 2, 100);
    options.transport.drain = Duration::from_millis(100);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!((totals.sent, totals.connections.opened), (6, 2));
    assert_eq!(totals.errors(None), [(LoadError::Unfinished, 10)]);
    assert_eq!(seen.at_once.load(Ordering::SeqCst), 3);
    let (address, _) = serve(Manner::Hi, 1, None);
    let (totals, _) = run(&plain(address, open(200.0, 0.2), 1, 100), vec![Simple::new()]);
    assert_eq!((totals.received(None), totals.connections.opened), (40, 1));
}

#[test]
fn journeys_have_steps_and_pauses_and_end_when_nothing_is_left() {
    let (address, _) = serve(Manner::Hi, MANY, None);
    let workload = Simple { steps: 3, pause: Some(Nanos(5_000_000)), most: Some(7), ..Simple::new() };
    let (totals, _) = run(&plain(address, open(100.0, 0.5), 1, 4), vec![workload]);
    assert_eq!((totals.journeys, totals.sent, totals.received(None)), (7, 21, 21));
}

#[test]
fn users_wait_for_their_answers() {
    // Three users are answered together: one that did not wait, or did not come, would leave the others waiting.
    let (address, seen) = serve(Manner::Together(3), MANY, None);
    let mut options = plain(address, closed(3, 200), 1, 10);
    options.transport.drain = Duration::from_millis(200);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert!(totals.received(None) > 3, "{}", totals.received(None));
    assert_eq!((totals.connections.opened, totals.due), (1, 0));
    assert_eq!(seen.at_once.load(Ordering::SeqCst), 3);
}

#[test]
fn tls_is_agreed_once_a_connection_and_resumed() {
    let authority = Authority::new("an authority", Validity::current(jiff::Timestamp::now())).unwrap();
    let server = authority.server(&["127.0.0.1"], None).unwrap();
    let secure = ServerTls { identity_pem: server.pem(), clients: Default::default(), versions: Default::default() };
    let (address, _) = serve(Manner::Hi, MANY, Some(&secure));
    let trusting = TlsOptions { ca_pem: Some(authority.pem().into_bytes()), ..TlsOptions::default() };
    let mut options = options(&format!("https://{address}"), &trusting, open(50.0, 0.4), 1, 10);
    options.transport.requests_per_connection = Some(5);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!((totals.received(None), totals.answered(None).validated), (20, 20));
    assert_eq!((totals.connections.opened, totals.connections.reopened, totals.connections.tls.count()), (4, 3, 4));
    assert_eq!(totals.connections.resumed, 3);
    let lean = LeanTls::new(&TlsOptions { ca_pem: Some(stranger().into_bytes()), ..TlsOptions::default() }, true).unwrap();
    options.endpoints = vec![Endpoint::resolve(&format!("https://{address}"), &lean).unwrap()];
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!(totals.errors(None), [(LoadError::Tls, 20)]);
}

/// The certificate of an authority that issued nothing.
fn stranger() -> String {
    Authority::new("a stranger", Validity::current(jiff::Timestamp::now())).unwrap().pem()
}

#[test]
fn what_goes_wrong_is_counted_in_its_class() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases: [(SocketAddr, LoadError); 6] = [
        (free, LoadError::Refused),
        (serve(Manner::Reset, MANY, None).0, LoadError::Reset),
        (serve(Manner::Refuse, MANY, None).0, LoadError::Reset),
        (serve(Manner::Cut, MANY, None).0, LoadError::BodyCut),
        (serve(Manner::Large(2 << 20, true), MANY, None).0, LoadError::TooLarge),
        (serve(Manner::Large(2 << 20, false), MANY, None).0, LoadError::TooLarge),
    ];
    for (address, error) in cases {
        let (totals, workloads) = run(&plain(address, open(50.0, 0.2), 2, 4), vec![Simple::new()]);
        assert_eq!(totals.errors(None), [(error, 10)]);
        assert_eq!((totals.ended(None), workloads[0].failed.len()), (10, 10));
    }
}

#[test]
fn large_bodies_are_read_as_they_come() {
    let (address, _) = serve(Manner::Large(3 << 20, false), MANY, None);
    let mut options = plain(address, open(20.0, 0.2), 1, 4);
    options.transport.max_body = 4 << 20;
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!((totals.received(None), totals.answered(None).invalid), (4, 0));
    assert!(totals.answered(None).bytes >= 4 * (3 << 20));
}

#[test]
fn an_answer_to_a_head_announces_what_does_not_come() {
    let (address, _) = serve(Manner::Large(2 << 20, true), MANY, None);
    let workload = Simple { request: Some(Request::new("HEAD", "http://h/")), ..Simple::new() };
    let (totals, _) = run(&plain(address, open(50.0, 0.2), 1, 4), vec![workload]);
    assert_eq!((totals.received(None), totals.errors(None)), (10, Vec::new()));
}

#[test]
fn a_peer_that_says_nothing_is_no_connection() {
    // The system takes connections for it; nobody ever speaks.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = plain(listener.local_addr().unwrap(), open(50.0, 0.2), 2, 4);
    options.transport.timeout = Duration::from_millis(30);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!((totals.errors(None), totals.sent), (vec![(LoadError::ConnectTimeout, 10)], 0));
}

#[test]
fn what_is_no_http_2_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            // Until the other side has had enough.
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    let (totals, _) = run(&plain(address, open(50.0, 0.2), 2, 4), vec![Simple::new()]);
    assert_eq!(totals.errors(None), [(LoadError::Protocol, 10)]);
}

#[test]
fn a_server_that_goes_away_costs_connections_and_no_errors() {
    let (address, seen) = serve(Manner::GoAway(1), MANY, None);
    let (totals, _) = run(&plain(address, open(50.0, 0.4), 1, 1), vec![Simple::new()]);
    assert_eq!((totals.received(None), totals.sent), (20, 20));
    assert!(totals.errors(None).is_empty(), "{:?}", totals.errors(None));
    assert_eq!((totals.connections.opened, connections(&seen)), (20, 20));
}

#[test]
fn what_needs_a_new_connection_has_one_of_its_own() {
    let (address, seen) = serve(Manner::Hi, MANY, None);
    let workload = Simple { fresh: true, ..Simple::new() };
    let (totals, _) = run(&plain(address, open(50.0, 0.2), 1, 4), vec![workload]);
    assert_eq!((totals.received(None), totals.sent), (10, 10));
    assert_eq!(connections(&seen), 11, "one stands beside them");
}

#[test]
fn connections_are_opened_no_faster_than_they_may_be() {
    let (address, seen) = serve(Manner::Never, MANY, None);
    let mut options = plain(address, open(500.0, 0.1), 50, 1);
    // A second one is due long after the end, and the first long before it.
    options.transport.connect_rate = Some(Rate(0.05));
    options.transport.drain = Duration::from_secs(1);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!(totals.errors(None), [(LoadError::Unfinished, 50)]);
    assert_eq!((totals.sent, connections(&seen)), (1, 1));
}

#[test]
fn what_is_overdue_is_a_timeout_and_what_cannot_be_sent_is_told() {
    let (address, seen) = serve(Manner::Never, MANY, None);
    let mut options = plain(address, open(50.0, 0.2), 1, 2);
    options.transport.timeout = Duration::from_millis(20);
    let (totals, _) = run(&options, vec![Simple::new()]);
    assert_eq!(totals.errors(None), [(LoadError::ReadTimeout, 10)]);
    assert_eq!(connections(&seen), 1, "the other streams are not harmed");
    for request in [None, Some(Request::new("NOT A METHOD", "http://h/"))] {
        let (totals, _) = run(&options, vec![Simple { request, ..Simple::new() }]);
        assert_eq!(totals.errors(None), [(LoadError::Unsendable, 10)]);
    }
}

#[test]
fn a_crew_that_is_stopped_ends() {
    let (address, _) = serve(Manner::Hi, MANY, None);
    let mut crew = start(&plain(address, open(100.0, 3_600.0), 1, 10), vec![Simple::new()]).unwrap();
    assert!(matches!(crew.hear(Duration::from_secs(20)), Heard::Interval(_)));
    crew.stop();
    loop {
        match crew.hear(Duration::from_secs(20)) {
            Heard::Interval(_) => {}
            Heard::Nothing => panic!("the crew does not end"),
            Heard::Over => break,
        }
    }
    crew.finish().unwrap();
}
