//! Metrics of a load, read over HTTP while the binary runs it.
//!
//! Observes from outside alone. Compares with what the record says in the end, never with a clock.

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use support::Bench;

const QUICK: [&str; 13] = [
    "load",
    "--spec",
    "notification-api",
    "--op",
    "createSubscription",
    "--auth",
    "admin",
    "--rate",
    "50/s",
    "--for",
    "4s",
    "--workers",
    "1",
];

/// The lines of the text that are samples, by name and labels.
type Samples = BTreeMap<String, f64>;

fn scrape(address: &str) -> Option<Samples> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(format!("GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(body.ends_with("# EOF\n"), "{body}");
    let samples = body.lines().filter(|line| !line.starts_with('#'));
    Some(
        samples
            .map(|line| line.rsplit_once(' ').map(|(n, v)| (n.to_owned(), v.parse().expect("a number"))).expect("a sample"))
            .collect(),
    )
}

/// The address that is said on standard error before the load begins.
fn address(child: &mut Child) -> String {
    let lines = BufReader::new(child.stderr.take().expect("standard error")).lines();
    let mut lines = lines.map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("metrics at ")).expect("where the metrics are");
    // The rest is read, so that the pipe does not fill.
    std::thread::spawn(move || lines.for_each(drop));
    line.trim_start_matches("metrics at http://").trim_end_matches("/metrics").to_owned()
}

#[test]
fn counters_grow_and_end_below_what_the_record_says() {
    let bench = Bench::new();
    let mut command = bench.command(&QUICK);
    let mut child = command.args(["--metrics", "0"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let address = address(&mut child);
    let (mut last, mut scrapes) = (Samples::new(), 0);
    while let Some(samples) = scrape(&address) {
        for (name, value) in samples.iter().filter(|(name, _)| name.contains("_total") || name.contains("_count")) {
            assert!(last.get(name).is_none_or(|before| before <= value), "{name} went back to {value}");
        }
        (last, scrapes) = (samples, scrapes + 1);
    }
    // On a busy machine the measurement may be spoilt; what was counted is told all the same.
    let code = child.wait().expect("it ends").code();
    assert!(matches!(code, Some(0 | 3)), "{code:?}");
    assert!(scrapes > 1, "it was scraped {scrapes} times");
    let record = bench.record();
    let operation = &record["load"]["operations"][0];
    let count = operation["count"].as_f64().expect("a count");
    let at = |name: &str| last.get(name).copied().unwrap_or_else(|| panic!("no {name} in {:?}", last.keys()));
    let labels = "{operation=\"createSubscription\",phase=\"measured\"}";
    let answered = at(&format!("proofmark_load_response_time_seconds_count{labels}"));
    assert!(answered > 0.0 && answered <= count, "{answered} of {count}");
    assert!(at(&format!("proofmark_load_answers_validated_total{labels}")) <= operation["validated"].as_f64().expect("a count"));
    let by_class: f64 = last.iter().filter(|(n, _)| n.starts_with("proofmark_load_requests_total{")).map(|(_, v)| v).sum();
    assert!((by_class - answered).abs() < 0.5, "nothing failed: {by_class} and {answered}");
    let buckets = format!("proofmark_load_response_time_seconds_bucket{{le=\"+Inf\",{}", labels.trim_start_matches('{'));
    assert!((at(&buckets) - answered).abs() < 0.5);
    for name in ["asked_per_second", "achieved_per_second", "connections_open", "requests_in_flight", "starts_due_total"] {
        at(&format!("proofmark_load_{name}"));
    }
}

#[test]
fn an_address_that_is_taken_is_said_before_anything_is_sent() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let bench = Bench::new();
    let mut args = QUICK.to_vec();
    args.extend(["--metrics", &address]);
    let ran = bench.run(&args);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains(&format!("cannot listen on {address}")) && ran.err.contains("port 0"), "{}", ran.err);
    assert!(!bench.path("reports").exists(), "nothing was begun");
}
