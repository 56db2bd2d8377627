//! The engine against small servers of its own.
//!
//! Counts are exact; nothing here is measured.

use crate::base::seed::Seed;
use crate::base::units::{Nanos, Rate};
use crate::engine::arrival::{Crowd, Schedule, Stage, Users};
use crate::engine::pauses::{Pause, Pauses};
use crate::engine::{Answer, Ask, EngineOptions, Heard, Judged, Next, Pace, Transport, Workload, start};
use crate::model::http::Request;
use crate::model::load::{LoadError, Phase, Totals};
use crate::net::lean::{Endpoint, LeanTls};
use crate::net::probe::TlsOptions;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// The same request once or several times a journey.
struct Simple {
    steps: u32,
    wrong: bool,
    most: Option<u64>,
}

impl Workload for Simple {
    type Journey = u32;

    fn begin(&mut self, n: u64) -> Option<u32> {
        self.most.is_none_or(|most| n < most).then_some(0)
    }

    fn endpoint(&self, _: &u32) -> usize {
        0
    }

    fn next(&mut self, journey: &mut u32, _: Nanos, out: &mut Vec<u8>) -> Next {
        if *journey == self.steps {
            return Next::Done;
        }
        *journey += 1;
        out.extend_from_slice(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        Next::Send(Ask { operation: 0, head: false, fresh: false })
    }

    fn request(&mut self, _: &mut u32) -> Option<Request> {
        None
    }

    fn answered(&mut self, _: &mut u32, answer: &Answer<'_>) -> Judged {
        if self.wrong || answer.body != b"hi" { Judged::Wrong } else { Judged::Right }
    }

    fn failed(&mut self, _: &mut u32, _: LoadError) {}
}

/// Answers every request of every connection with `answer`; closes where it says so, or after it where `close`.
fn serve(answer: &'static [u8], close: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || answer_all(stream, answer, close));
        }
    });
    address
}

fn answer_all(mut stream: TcpStream, answer: &[u8], close: bool) {
    let (mut buffer, mut have) = (vec![0; 4096], 0);
    while let Ok(read) = stream.read(&mut buffer[have..]) {
        have += read;
        if read == 0 {
            return;
        }
        if buffer[..have].ends_with(b"\r\n\r\n") {
            have = 0;
            if stream.write_all(answer).is_err() || close {
                return;
            }
        }
    }
}

fn options(address: SocketAddr, pace: Pace, connections: usize) -> EngineOptions {
    let lean = LeanTls::new(&TlsOptions { ca_pem: None, ..TlsOptions::default() }, false).unwrap();
    EngineOptions {
        pace,
        transport: Transport {
            http2: false,
            connections,
            streams: 1,
            connect_rate: None,
            sources: Vec::new(),
            requests_per_connection: None,
            timeout: Duration::from_secs(5),
            spin: Duration::ZERO,
            drain: Duration::from_secs(5),
            max_body: 1 << 20,
            pinned: false,
        },
        endpoints: vec![Endpoint::resolve(&format!("http://{address}"), &lean).unwrap()],
        operations: 1,
    }
}

fn open(rate: f64, seconds: f64) -> Pace {
    let during = Nanos((seconds * 1e9) as u64);
    Pace::open(Schedule::new(vec![Stage { from: Rate(rate), to: Rate(rate), during, phase: Phase::Measured }], None))
}

fn closed(users: u32, millis: u64) -> Pace {
    let crowd = Crowd { users, ramp: Nanos(0), during: Nanos(millis * 1_000_000), phase: Phase::Measured };
    Pace::closed(Users::new(vec![crowd], (Nanos(0), Nanos(0)), Seed(1)))
}

fn run<W: Workload + 'static>(options: &EngineOptions, workloads: Vec<W>) -> Totals
where
    W::Journey: Send,
{
    let mut crew = start(options, workloads).unwrap();
    let mut totals = Totals::default();
    loop {
        match crew.hear(Duration::from_secs(20)) {
            Heard::Interval(interval) => totals.add(&interval),
            Heard::Nothing => panic!("the crew does not end"),
            Heard::Over => break,
        }
    }
    crew.finish().unwrap();
    totals
}

const HI: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

fn simple() -> Simple {
    Simple { steps: 1, wrong: false, most: None }
}

#[test]
fn every_start_that_is_due_is_made_and_answered() {
    let address = serve(HI, false);
    let totals = run(&options(address, open(400.0, 0.5), 16), vec![simple(), simple()]);
    assert_eq!((totals.due, totals.sent, totals.missed), (200, 200, 0));
    assert_eq!(totals.received(None), 200);
    assert_eq!((totals.answered(None).validated, totals.answered(None).invalid), (200, 0));
    assert!(totals.errors(None).is_empty());
    assert_eq!(totals.lateness.count(), 200);
}

#[test]
fn journeys_have_steps_and_end_when_nothing_is_left() {
    let address = serve(HI, false);
    let workload = Simple { steps: 3, wrong: true, most: Some(7) };
    let totals = run(&options(address, open(200.0, 0.5), 4), vec![workload]);
    assert_eq!((totals.journeys, totals.sent, totals.received(None)), (7, 21, 21));
    assert_eq!(totals.answered(None).invalid, 21);
}

/// Warm-up and measurement, neither of whole seconds.
fn parts() -> Pace {
    let stage = |millis: u64, phase| Stage { from: Rate(200.0), to: Rate(200.0), during: Nanos(millis * 1_000_000), phase };
    Pace::open(Schedule::new(vec![stage(250, Phase::Warmup), stage(300, Phase::Measured)], None))
}

#[test]
fn every_phase_has_the_time_that_was_planned_for_it_and_what_fell_due_in_it() {
    for workers in [1, 3] {
        let workloads = (0..workers).map(|_| simple()).collect();
        let mut crew = start(&options(serve(HI, false), parts(), 8), workloads).unwrap();
        let (mut warmup, mut measured) = (Totals::default(), Totals::default());
        while let Heard::Interval(interval) = crew.hear(Duration::from_secs(20)) {
            if interval.phase == Phase::Warmup { &mut warmup } else { &mut measured }.add(&interval);
        }
        crew.finish().unwrap();
        assert_eq!((warmup.length, warmup.due), (Nanos(250_000_000), 50));
        assert_eq!((measured.length, measured.due), (Nanos(300_000_000), 60));
    }
}

#[test]
fn a_load_that_is_stopped_has_the_time_until_then() {
    let mut crew = start(&options(serve(HI, false), open(200.0, 600.0), 8), vec![simple()]).unwrap();
    let mut totals = Totals::default();
    while let Heard::Interval(interval) = crew.hear(Duration::from_secs(20)) {
        if totals.due == 0 {
            crew.stop();
        }
        totals.add(&interval);
    }
    crew.finish().unwrap();
    // Stopped at some time after the first second: what fell due until then fell due in the time that is counted.
    let starts = totals.length.0 as f64 * 200.0 / 1e9;
    assert!(totals.length.0 > 1_000_000_000 && (totals.due as f64 - starts).abs() <= 1.0, "{} of {starts}", totals.due);
}

#[test]
fn users_wait_for_their_answers() {
    let address = serve(HI, false);
    let totals = run(&options(address, closed(3, 200), 3), vec![simple()]);
    assert!(totals.received(None) > 3, "{}", totals.received(None));
    assert_eq!(totals.connections.opened, 3);
    assert_eq!(totals.due, 0, "nothing is due by the clock");
}

#[test]
fn a_server_that_closes_costs_connections_and_no_errors() {
    let announced = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    for (answer, close) in [(&announced[..], true), (b"HTTP/1.1 200 OK\r\n\r\nhi", true)] {
        let totals = run(&options(serve(answer, close), open(100.0, 0.3), 4), vec![simple()]);
        assert_eq!(totals.received(None), 30);
        assert!(totals.errors(None).is_empty(), "{:?}", totals.errors(None));
        assert_eq!(totals.connections.opened, 30);
    }
}

#[test]
fn what_goes_wrong_is_counted_in_its_class() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases: [(SocketAddr, LoadError); 4] = [
        (free, LoadError::Refused),
        (serve(b"SSH-2.0-OpenSSH\r\n", true), LoadError::Protocol),
        (serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", true), LoadError::BodyCut),
        (serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\nhi", false), LoadError::TooLarge),
    ];
    for (address, error) in cases {
        let totals = run(&options(address, open(50.0, 0.2), 4), vec![simple()]);
        assert_eq!(totals.errors(None), [(error, 10)]);
        assert_eq!(totals.ended(None), 10);
    }
}

#[test]
fn connections_are_opened_no_faster_than_asked_and_nothing_is_lost() {
    let mut options = options(serve(b"HTTP/1.1 200 OK\r\n\r\nhi", true), open(500.0, 0.1), 50);
    options.transport.connect_rate = Some(Rate(200.0));
    let totals = run(&options, vec![simple()]);
    assert_eq!((totals.due, totals.received(None), totals.connections.opened), (50, 50, 50));
    // The last of fifty connections may be opened 49 gaps after the first: its start waited for it.
    let longest = totals.answers(None).lag.max().unwrap_or_default();
    assert!(longest >= Nanos(49 * 5_000_000 - 100_000_000), "{longest}");
}

#[test]
fn what_never_ends_is_unfinished() {
    let address = serve(b"", false);
    let mut options = options(address, open(50.0, 0.2), 4);
    options.transport.drain = Duration::from_millis(50);
    let totals = run(&options, vec![simple()]);
    // Four were sent and six waited for a connection.
    assert_eq!(totals.errors(None), [(LoadError::Unfinished, 10)]);
    assert_eq!(totals.sent, 4);
    options.transport.timeout = Duration::from_millis(20);
    options.transport.drain = Duration::from_secs(5);
    let totals = run(&options, vec![simple()]);
    assert_eq!(totals.errors(None), [(LoadError::ReadTimeout, 10)]);
}

/// Journeys of one request, to two endpoints in turn.
struct InTurn;

impl Workload for InTurn {
    type Journey = (usize, bool);

    fn begin(&mut self, n: u64) -> Option<(usize, bool)> {
        (n < 10).then_some((usize::from(n % 2 == 1), false))
    }

    fn endpoint(&self, journey: &(usize, bool)) -> usize {
        journey.0
    }

    fn next(&mut self, journey: &mut (usize, bool), _: Nanos, out: &mut Vec<u8>) -> Next {
        if std::mem::replace(&mut journey.1, true) {
            return Next::Done;
        }
        out.extend_from_slice(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        Next::Send(Ask { operation: 0, head: false, fresh: false })
    }

    fn request(&mut self, _: &mut (usize, bool)) -> Option<Request> {
        None
    }

    fn answered(&mut self, journey: &mut (usize, bool), answer: &Answer<'_>) -> Judged {
        if answer.body == [&b"hi"[..], b"ho"][journey.0] { Judged::Right } else { Judged::Wrong }
    }

    fn failed(&mut self, _: &mut (usize, bool), _: LoadError) {}
}

#[test]
fn the_only_connection_is_given_up_for_another_endpoint() {
    // One journey at a time: on a busy machine starts of a schedule would go together to the endpoint that has the connection.
    let mut options = options(serve(HI, false), closed(1, 10_000), 1);
    let other = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho", false);
    let lean = LeanTls::new(&TlsOptions { ca_pem: None, ..TlsOptions::default() }, false).unwrap();
    options.endpoints.push(Endpoint::resolve(&format!("http://{other}"), &lean).unwrap());
    let totals = run(&options, vec![InTurn]);
    assert_eq!((totals.received(None), totals.answered(None).invalid), (10, 0));
    assert_eq!(totals.connections.opened, 10);
}

#[test]
fn a_pause_shifts_what_is_due_and_is_no_part_of_what_is_measured() {
    let pause = |begins, closes, opens| {
        let at = |millis: u64| Nanos(millis * 1_000_000);
        Pauses::new([Pause { begins: at(begins), closes: at(closes), opens: at(opens) }])
    };
    for workers in [1, 2] {
        let pace = open(100.0, 0.4).with_pauses(pause(200, 250, 600));
        assert_eq!(pace.length(), Nanos(800_000_000));
        let totals = run(&options(serve(HI, false), pace, 4), (0..workers).map(|_| simple()).collect());
        assert_eq!((totals.due, totals.sent, totals.received(None)), (40, 40, 40));
        assert_eq!(totals.length, Nanos(400_000_000), "the pause is not measured");
        let longest = totals.answers(None).response.max().unwrap_or_default();
        assert!(longest < Nanos(400_000_000), "closed hours are no latency: {longest}");
    }
    let users = closed(2, 100).with_pauses(pause(50, 60, 300));
    let totals = run(&options(serve(HI, false), users, 2), vec![simple()]);
    assert_eq!(totals.length, Nanos(100_000_000));
    assert!(totals.received(None) > 2);
}

/// A journey of two requests with a wait between them that ends in closed hours.
struct Waits;

impl Workload for Waits {
    type Journey = u8;

    fn begin(&mut self, _: u64) -> Option<u8> {
        Some(0)
    }

    fn endpoint(&self, _: &u8) -> usize {
        0
    }

    fn next(&mut self, journey: &mut u8, _: Nanos, out: &mut Vec<u8>) -> Next {
        *journey += 1;
        out.extend_from_slice(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n");
        match *journey {
            1 | 3 => Next::Send(Ask { operation: 0, head: false, fresh: false }),
            2 => Next::Wait(Nanos(100_000_000)),
            _ => Next::Done,
        }
    }

    fn request(&mut self, _: &mut u8) -> Option<Request> {
        None
    }

    fn answered(&mut self, _: &mut u8, answer: &Answer<'_>) -> Judged {
        // The second request is sent when it is open again, and not before.
        let apart = answer.sent < Nanos(50_000_000) || answer.sent >= Nanos(400_000_000);
        if apart { Judged::Right } else { Judged::Wrong }
    }

    fn failed(&mut self, _: &mut u8, _: LoadError) {}
}

#[test]
fn a_step_that_falls_into_closed_hours_waits_for_their_end() {
    let at = |millis: u64| Nanos(millis * 1_000_000);
    let pauses = Pauses::new([Pause { begins: at(20), closes: at(50), opens: at(400) }]);
    let totals = run(&options(serve(HI, false), open(5.0, 0.4).with_pauses(pauses), 4), vec![Waits]);
    assert_eq!((totals.journeys, totals.received(None), totals.answered(None).invalid), (2, 4, 0));
    let longest = totals.answers(None).response.max().unwrap_or_default();
    assert!(longest < at(300), "closed hours are no latency: {longest}");
}
