//! A load against servers that do what no client asked for: it ends by itself, counts what happened in its class, and keeps its memory.
//!
//! Through the binary, whose data may not grow beyond a bound. Never asserts how long anything takes.

#[path = "../benches/support/server/mod.rs"]
mod server;
mod support;

use serde_json::Value;
use server::hostile::Hostile;
use server::log::Log;
use server::{Manner, Server, Settings};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{BINARY, Bench, Ran, read_json};

/// What a process may allocate, in kilobytes: a quarter of the largest body that is sent.
const MEMORY: u32 = 262_144;
/// Seconds that only a hang reaches.
const PATIENCE: u32 = 120;

/// What has to become of the requests.
enum Expected {
    /// Right answers, each of them judged, and nothing else.
    Answers,
    /// Right answers; requests that met the end of a connection may be lost.
    AnswersOr(&'static str),
    /// No answer, and errors of these classes alone.
    Errors(&'static [&'static str]),
    /// As before, or it is seen before the load that nobody is there, and nothing is sent.
    ErrorsOrUnreached(&'static [&'static str]),
}

fn expected(hostile: Hostile) -> Expected {
    match hostile {
        Hostile::Refuse => Expected::ErrorsOrUnreached(&[]),
        Hostile::ResetOnAccept => Expected::ErrorsOrUnreached(&["reset"]),
        Hostile::ResetOnRequest | Hostile::CloseOnRequest => Expected::Errors(&["reset"]),
        Hostile::Garbage | Hostile::ChunkGarbage | Hostile::TwoLengths => Expected::Errors(&["protocol"]),
        Hostile::Stall | Hostile::HalfHead => Expected::Errors(&["read_timeout"]),
        Hostile::EndlessHead | Hostile::ChunkOverflow => Expected::Errors(&["protocol", "too_large"]),
        // A body is refused for its size, or is not there in time.
        Hostile::HugeBody => Expected::Errors(&["too_large", "read_timeout"]),
        Hostile::HalfHeadCut | Hostile::BodyCut | Hostile::ChunkCut => Expected::Errors(&["body_cut"]),
        Hostile::BodyReset => Expected::Errors(&["body_cut", "reset"]),
        // Nothing is ever sent again: a request that crosses the end of its connection is lost, and counted.
        Hostile::CloseUnannounced => Expected::AnswersOr("reset"),
        Hostile::CloseDelimited | Hostile::ChunkExtensions | Hostile::Interim | Hostile::CloseAnnounced | Hostile::Drip => {
            Expected::Answers
        }
    }
}

/// What a load said of its only operation, and what the server saw.
struct Told {
    ran: Ran,
    /// None where nothing was sent.
    report: Option<Value>,
    log: Log,
}

impl Told {
    fn operation(&self) -> &Value {
        let report = self.report.as_ref().expect("a report");
        let operations = report["load"]["operations"].as_array().expect("operations");
        assert_eq!(operations.len(), 1, "{operations:?}");
        &operations[0]
    }

    fn count(&self) -> u64 {
        self.operation()["count"].as_u64().expect("a count")
    }

    fn validated(&self) -> u64 {
        self.operation()["validated"].as_u64().expect("how many were judged")
    }

    /// Classes with how often they occurred.
    fn errors(&self) -> Vec<(String, u64)> {
        let errors = self.operation()["errors"].as_object().expect("errors by class");
        errors.iter().map(|(class, count)| (class.clone(), count.as_u64().expect("a count"))).filter(|(_, n)| *n > 0).collect()
    }
}

/// Runs a plan against a server, within bounds of time and memory.
fn load(manner: Manner, operation: &str, arrival: &str, timeout: &str) -> Told {
    let server = Server::start(Settings { manner, lasting: Duration::from_secs(300), ..Settings::default() }).expect("a server");
    let bench = Bench::new();
    bench.write("truth.yaml", include_str!("../benches/support/truth.yaml"));
    bench.write(
        "plan.yaml",
        &format!(
            "load: a server of known behaviour\nspec: truth.yaml\nscenarios: [{{call: {operation}}}]\narrival: {arrival}\n\
             transport: {{connections: 8, workers: 1, timeout: {timeout}, drain: 60s}}\n"
        ),
    );
    let bounded = format!("ulimit -d {MEMORY} && exec timeout --signal=KILL {PATIENCE} \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &bounded, BINARY, "load", "plan.yaml", "--report", "json=report.json", "--target"])
        .arg(format!("http://{}", server.address))
        .current_dir(bench.folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let ran = Ran::of(&output);
    // A panic ends with 101, a signal from 128 on, a hang by the signal that ends it.
    assert!([0, 1, 3].contains(&ran.code), "ended with {}: {}{}", ran.code, ran.out, ran.err);
    let path = bench.path("report.json");
    let report = path.exists().then(|| read_json(&path));
    Told { ran, report, log: server.stop().expect("an orderly end") }
}

fn attempt(hostile: Hostile) {
    let expected = expected(hostile);
    // A right answer may take its time on a busy machine; what never comes is not waited for long.
    let patient = matches!(expected, Expected::Answers | Expected::AnswersOr(_));
    let timeout = if patient { "30s" } else { "500ms" };
    let told = load(Manner::Hostile(hostile), "getFixed", "{model: closed, stages: [{users: 4, for: 500ms}]}", timeout);
    if told.report.is_none() {
        assert!(matches!(expected, Expected::ErrorsOrUnreached(_)), "{}", told.ran.err);
        assert_eq!((told.ran.code, told.log.requests), (3, 0), "{}", told.ran.err);
        assert!(told.ran.err.contains("cannot be reached"), "{}", told.ran.err);
        return;
    }
    let (count, errors) = (told.count(), told.errors());
    let context = format!("{count} answers, {errors:?}, exit code {}\n{}", told.ran.code, told.ran.err);
    match expected {
        Expected::Answers => assert!(count > 0 && errors.is_empty() && told.validated() == count, "{context}"),
        Expected::AnswersOr(class) => {
            assert!(count > 0 && told.validated() == count && errors.iter().all(|(c, _)| c == class), "{context}");
        }
        Expected::Errors(classes) | Expected::ErrorsOrUnreached(classes) => {
            assert!(count == 0 && !errors.is_empty(), "{context}");
            assert!(errors.iter().all(|(class, _)| classes.contains(&class.as_str())), "{context}");
            assert_ne!(told.ran.code, 0, "without one answer nothing conforms: {context}");
        }
    }
}

macro_rules! attempts {
    ($($test:ident: $hostile:ident),* $(,)?) => {
        $(#[test] fn $test() { attempt(Hostile::$hostile); })*

        #[test]
        fn every_way_is_tried() {
            assert_eq!(vec![$(Hostile::$hostile),*], Hostile::ALL.map(|(_, hostile)| hostile).to_vec());
        }
    };
}

attempts! {
    nothing_listens: Refuse,
    reset_on_accept: ResetOnAccept,
    reset_on_request: ResetOnRequest,
    closed_on_request: CloseOnRequest,
    garbage: Garbage,
    stall: Stall,
    half_a_head: HalfHead,
    half_a_head_cut: HalfHeadCut,
    a_head_without_end: EndlessHead,
    a_gigabyte: HugeBody,
    a_body_cut: BodyCut,
    a_body_reset: BodyReset,
    chunks_cut: ChunkCut,
    a_chunk_that_is_none: ChunkGarbage,
    a_chunk_beyond_numbers: ChunkOverflow,
    two_lengths: TwoLengths,
    a_body_that_ends_with_its_connection: CloseDelimited,
    chunks_with_extensions: ChunkExtensions,
    interim_answers: Interim,
    closed_as_announced: CloseAnnounced,
    closed_unannounced: CloseUnannounced,
    drop_by_drop: Drip,
}

#[test]
fn every_start_that_is_due_is_a_request_that_the_server_had() {
    for operation in ["getFixed", "getFresh"] {
        let arrival = "{model: open, stages: [{rate: 200/s, for: 1s}]}";
        let told = load(Manner::Prompt, operation, arrival, "30s");
        assert_eq!((told.count(), told.errors()), (200, Vec::new()), "{operation}: {}", told.ran.err);
        assert_eq!((told.validated(), told.log.requests), (200, 200), "{operation}");
    }
}

#[test]
fn users_have_as_many_answers_as_the_server_gave() {
    let told = load(Manner::Prompt, "getFresh", "{model: closed, stages: [{users: 4, for: 500ms}]}", "30s");
    assert!(told.count() > 0 && told.errors().is_empty(), "{}", told.ran.err);
    assert_eq!((told.count(), told.validated()), (told.log.requests, told.log.requests));
}
