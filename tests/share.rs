//! What a record must not hold, and what it leaves out when it is to be handed on, through the binary: no secret in any file or report, each
//! of them listed, and a shared record that is still a record.
//!
//! Serves its own small API and writes into temporary folders. Never asserts a time.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Orders, SPEC};
use serde_json::Value;
use std::path::Path;
use support::{Bench, Ran, read_json};

/// What the server says of somebody: a name, an account, a session that nobody announced, and one thing that its spec does not allow.
const BODY: &str = r#"{"id":"ord-20231107","count":"manyfold","owner":{"name":"Ada Lovelace","iban":"FR7630006000011234567890189"},"contact":"ada@acme-bank.com","session":"aZ3kQ9xW7bN2mL5vR8tY1uP4cD6fG0hJ","trace":"0af7651916cd43dd8448eb211c80319c","access_token":"short"}"#;
/// What of it must be nowhere.
const HIDDEN: [&str; 5] = ["FR763000", "ada@acme", "aZ3kQ9xW7b", "\"short\"", "hunter2-hunter2"];

const REDACT: &str = "redact:
  headers: [X-Customer]
  pointers: [/owner/iban]
  patterns: {mail: '[a-z]+@[a-z.-]+'}
";

fn bench(url: &str, redact: &str) -> Bench {
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    let suite = "suite: Orders\nspec: spec.yaml\ncases:\n  - name: an order\n    steps:\n      - call: getOrder\n        path: {id: ord-20231107}\n        headers: {X-Customer: C-123, X-Note: hunter2-hunter2}\n        expect: {status: 200}\n";
    bench.write("suite.yaml", suite);
    let environment =
        format!("environment: staging\ntarget: {url}\nsecrets: {{key: \"${{env.KEY:-hunter2-hunter2}}\"}}\n{redact}");
    bench.write("env.yaml", &environment);
    bench
}

const CHECK: [&str; 6] = ["check", "suite.yaml", "--env", "env.yaml", "--seed", "1"];

fn check(bench: &Bench, more: &[&str]) -> Ran {
    let ran = bench.run(&[&CHECK[..], more].concat());
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    ran
}

fn orders() -> Orders {
    Orders::start(|_| (200, BODY))
}

/// Every file below a folder, with its name.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            let bytes = std::fs::read(entry.path()).expect("a file");
            found.push((entry.path().display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    found
}

fn listed(record: &Value) -> Vec<String> {
    let told = |r: &Value| format!("{}: {} {}", r["where"].as_str().unwrap_or(""), r["rule"].as_str().unwrap_or(""), r["count"]);
    record["redactions"].as_array().map(|all| all.iter().map(told).collect()).unwrap_or_default()
}

const REPORTS: [&str; 12] = ["text", "html", "json", "junit", "markdown", "sarif", "ctrf", "tap", "github", "csv", "har", "wfc"];

fn reports(bench: &Bench, folder: &str, share: bool) -> Vec<(String, String)> {
    let run = bench.run_folder().display().to_string();
    let wanted: Vec<String> =
        REPORTS.iter().map(|format| format!("{format}={folder}/{format}")).chain([format!("allure={folder}/allure")]).collect();
    let mut args = vec!["report", "show", run.as_str()];
    wanted.iter().for_each(|report| args.extend(["--report", report.as_str()]));
    args.extend(share.then_some("--share"));
    let ran = bench.run(&args);
    assert_eq!(ran.code, 1, "{}", ran.err);
    files(&bench.path(folder))
}

#[test]
fn what_is_hidden_is_in_no_file_and_no_report_and_is_listed_in_each_of_them() {
    let orders = orders();
    let bench = bench(&orders.url, REDACT);
    let ran = check(&bench, &["-v"]);
    let folder = bench.run_folder();
    for (name, text) in
        files(&folder).into_iter().chain(reports(&bench, "out", false)).chain([("terminal".to_owned(), ran.out.clone())])
    {
        for hidden in HIDDEN.into_iter().chain(["C-123"]) {
            assert!(!text.contains(hidden), "{hidden} in {name}");
        }
    }
    let record = read_json(&folder.join("record.json"));
    let body = record["exchanges"][0]["response"]["body"]["text"].as_str().expect("a body");
    assert!(body.contains("0af7651916cd43dd8448eb211c80319c") && body.contains("ord-20231107"), "what identifies stays: {body}");
    assert!(body.contains(r#""iban":"[redacted]"},"contact":"[redacted]","session":"[redacted]""#), "{body}");
    assert_eq!(
        listed(&record),
        [
            "request header X-Customer: header 1",
            "request header X-Note: secret 1",
            "response body /access_token: name 1",
            "response body /contact: mail 1",
            "response body /owner/iban: pointer 1",
            "response body /session: entropy 1",
        ]
    );
    assert!(
        ran.out.contains("6 values: 1 by entropy, 1 by header, 1 by mail")
            && ran.out.contains("1 response body /session by entropy"),
        "{}",
        ran.out
    );
    let text = |name: &str| std::fs::read_to_string(bench.path("out").join(name)).expect("a report");
    assert!(text("markdown").contains("redacted: 6 values"), "{}", text("markdown"));
    assert!(text("html").contains("response body /session") && text("html").contains("What this record does not hold"));
    // What stands in the journal is as clean, and says the same.
    std::fs::remove_file(folder.join("record.json")).expect("it is taken away");
    let json = bench.run(&["report", "show", &folder.display().to_string(), "--format", "json"]);
    assert_eq!(listed(&serde_json::from_str(&json.out).expect("JSON")), listed(&record));
}

#[test]
fn what_looks_drawn_at_random_is_left_where_an_environment_says_so() {
    let orders = orders();
    for redact in ["redact: {entropy: false}\n", "redact: {keep: [/session]}\n"] {
        let bench = bench(&orders.url, redact);
        check(&bench, &["-q"]);
        let record = bench.record();
        let body = record["exchanges"][0]["response"]["body"]["text"].as_str().expect("a body");
        assert!(body.contains("aZ3kQ9xW7b") && !body.contains("short"), "{redact}: {body}");
    }
    let bench = bench(&orders.url, "redact: {pointers: [owner], patterns: {a: '(', b: 'x*'}, entrpy: true}\n");
    let refused = bench.run(&CHECK);
    assert_eq!(refused.code, 2, "{}", refused.out);
    for part in [
        "environment/value",
        "is not a JSON Pointer",
        "environment/regex",
        "also matches where there is nothing",
        "did you mean `entropy`?",
    ] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert!(orders.lines().len() >= 2, "the refused one sent nothing");
}

#[test]
fn a_shared_record_says_what_was_found_and_nothing_of_what_was_said() {
    let orders = orders();
    let bench = bench(&orders.url.replace("127.0.0.1", "localhost"), "");
    check(&bench, &["--share", "--report", "json=out/shared.json", "--report", "html=out/shared.html"]);
    let full = bench.record();
    assert!(full["exchanges"][0]["response"]["body"]["text"].is_string(), "the run's own folder keeps everything");
    let shared = read_json(&bench.path("out/shared.json"));
    let all: String = files(&bench.path("out")).into_iter().chain(reports(&bench, "more", true)).map(|(_, text)| text).collect();
    for said in ["Lovelace", "FR763000", "ada@acme", "ord-20231107", "C-123", "hunter2", "manyfold", "0af7651916cd43dd"] {
        assert!(!all.contains(said), "{said}");
    }
    for same in ["verdict", "sentence", "totals", "coverage", "gates", "documents", "seed", "causes"] {
        assert_eq!(shared[same], full[same], "{same}");
    }
    let finding = |record: &Value, member: &str| record["cases"][0]["steps"][0]["findings"][0][member].clone();
    for same in ["check", "requirement", "level", "operation", "instance", "schema", "spec"] {
        assert_eq!(finding(&shared, same), finding(&full, same), "{same}");
    }
    let told = listed(&shared);
    for what in ["bodies: share 1", "identifiers in paths: share", "values of header fields: share"] {
        assert!(told.iter().any(|line| line.starts_with(what)), "{what}: {told:?}");
    }
    // It is a record like any other: it keeps to its schema, and is shown, merged and shared again.
    let schema: Value = serde_json::from_str(&bench.run(&["schema", "record", "run"]).out).expect("a schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let violations: Vec<String> = validator.iter_errors(&shared).map(|e| e.to_string()).collect();
    assert_eq!(violations, Vec::<String>::new());
    let again = bench.run(&["report", "show", "out/shared.json", "--share", "--format", "json"]);
    assert_eq!((again.code, serde_json::from_str::<Value>(&again.out).ok()), (1, Some(shared)));
    let text = bench.run(&["report", "show", "out/shared.json"]);
    assert!(text.code == 1 && text.out.contains("left out or replaced: "), "{}", text.out);
}

#[test]
fn sharing_without_a_report_is_a_mistake_and_the_standard_output_can_be_shared() {
    let orders = orders();
    let bench = bench(&orders.url, "");
    let refused = bench.run(&[&CHECK[..], &["--share"]].concat());
    assert!(refused.code == 2 && refused.err.contains("usage/report") && orders.lines().is_empty(), "{}", refused.err);
    let ran = check(&bench, &["--share", "--report", "json=-"]);
    assert!(!ran.out.contains("Lovelace") && ran.out.contains("[not shared]"), "{}", ran.out);
    assert!(ran.err.contains("does not conform"), "{}", ran.err);
}

#[test]
fn hosts_have_the_same_stand_in_everywhere() {
    let orders = orders();
    let bench = bench(&orders.url, "");
    check(&bench, &["-q"]);
    let path = bench.run_folder().join("record.json");
    let text = std::fs::read_to_string(&path).expect("a record");
    let named = text.replace(orders.url.trim_start_matches("http://"), "api.acme-bank.com:8443");
    bench.write("named.json", &named.replace("an order", "an order of api.acme-bank.com"));
    let shown = bench.run(&["report", "show", "named.json", "--share", "--format", "json"]);
    let record: Value = serde_json::from_str(&shown.out).expect("JSON");
    assert!(!shown.out.contains("acme"), "{}", shown.out);
    assert_eq!(record["target"], "http://host-1.example:8443");
    assert_eq!(record["cases"][0]["title"], "an order of host-1.example");
    assert!(
        record["exchanges"][0]["request"]["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("http://host-1.example:8443/v1/orders/[value-"))
    );
}
