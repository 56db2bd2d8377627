//! Reports as others read them, through the binary: each format by its published schema or by a reader that is not ours, with a server and
//! a suite that do their worst.
//!
//! The readers are installed by `./test`. Never judged by our own writers.

mod support;

use proofmark::record::sheet::Kind;
use proofmark::report::Format;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Bench, Ran, modules, python, read_json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a reader says of a file; panics with why where it refuses.
fn told(mut command: Command, what: &str) -> Value {
    let output = command.output().expect("the reader runs");
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{what}: {e}"))
}

/// A reader in Python; `None` where there is none and nobody demands it.
fn by_python(words: &[&str], file: &Path) -> Option<Value> {
    let mut command = Command::new(python()?);
    command.arg(root().join("tests/interop/formats.py")).args(words).arg(file);
    Some(told(command, &format!("{words:?} {}", file.display())))
}

/// A reader in JavaScript; `None` where there is none and nobody demands it.
fn by_node(kind: &str, file: &Path) -> Option<Value> {
    let mut command = Command::new("node");
    command.arg(root().join("tests/interop/formats.mjs")).arg(modules(&["ctrf", "allure"])?).arg(kind).arg(file);
    Some(told(command, &format!("{kind} {}", file.display())))
}

fn schema(name: &str) -> String {
    root().join("tests/fixtures/schemas").join(name).display().to_string()
}

/// Reads every file that there is of these in a folder by a reader that is not ours.
fn read_all(folder: &Path, tests: usize, bad: usize) {
    let count = |value: Option<Value>, key: &str, expected: usize| {
        if let Some(value) = value {
            assert_eq!(value[key], expected, "{key} in {value}");
        }
    };
    let junit = folder.join("junit.xml");
    let read = by_python(&["xsd", &schema("junit-10.xsd")], &junit);
    count(read.clone(), "tests", tests);
    count(read, "bad", bad);
    let read = by_node("ctrf", &folder.join("ctrf.json"));
    count(read.clone(), "tests", tests);
    count(read, "failed", bad);
    let read = by_node("tap", &folder.join("report.tap"));
    for (key, expected) in [("tests", tests), ("plan", tests), ("bad", bad), ("extra", 0)] {
        count(read.clone(), key, expected);
    }
    let allure = folder.join("allure-results");
    count(by_python(&["allure"], &allure), "tests", tests);
    let read = by_node("allure", &allure);
    count(read.clone(), "tests", tests);
    count(read, "bad", bad);
    let sarif = folder.join("report.sarif");
    if sarif.exists() {
        by_python(&["json", &schema("sarif-2.1.0.json")], &sarif);
        let read = by_python(&["sarif"], &sarif);
        assert!(read.is_none_or(|r| r["tools"] == serde_json::json!(["proofmark"])), "one tool");
    }
    let har = folder.join("exchanges.har");
    if har.exists() {
        by_node("har", &har);
    }
    let wfc = folder.join("wfc.json");
    if wfc.exists() {
        by_python(&["wfc"], &wfc);
    }
    annotations(&std::fs::read_to_string(folder.join("annotations.txt")).expect("the annotations"));
}

/// Every line is one of our commands, as GitHub's runner takes a line apart, and there are no more than it shows.
fn annotations(text: &str) {
    let mut counts = [("error", 0), ("warning", 0), ("notice", 0)];
    for line in text.lines() {
        let (head, message) =
            line.strip_prefix("::").and_then(|l| l.split_once("::")).unwrap_or_else(|| panic!("no command: {line}"));
        let (level, properties) = head.split_once(' ').expect("properties");
        counts.iter_mut().find(|(l, _)| *l == level).unwrap_or_else(|| panic!("{level}")).1 += 1;
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').expect("a property");
            assert!(["file", "line", "col", "title"].contains(&key) && !value.contains(':'), "{line}");
        }
        assert!(!message.chars().any(char::is_control), "{line}");
    }
    assert!(counts.iter().all(|(_, count)| *count <= 10) && counts[2].1 == 1, "{counts:?}");
}

/// Every format of a kind, named as samples are.
const OF_A_RUN: [&str; 10] = [
    "junit=out/junit.xml",
    "sarif=out/report.sarif",
    "ctrf=out/ctrf.json",
    "tap=out/report.tap",
    "har=out/exchanges.har",
    "github=out/annotations.txt",
    "allure=out/allure-results",
    "wfc=out/wfc.json",
    "csv=out/cases.csv",
    "markdown=out/report.md",
];

fn with_reports<'a>(words: &[&'a str], reports: &[&'a str]) -> Vec<&'a str> {
    words.iter().copied().chain(reports.iter().flat_map(|r| ["--report", r])).collect()
}

#[test]
fn the_samples_of_every_kind_are_read_by_others() {
    let samples = root().join("reports/samples");
    read_all(&samples, 8, 4);
    read_all(&samples.join("load"), 4, 3);
    read_all(&samples.join("certification"), 12, 3);
    read_all(&samples.join("monitor"), 3, 2);
}

#[test]
fn a_run_that_finds_something_says_the_same_in_every_format() {
    let bench = Bench::new();
    let words = with_reports(&["check", "--fault", "missing-field", "--seed", "7"], &OF_A_RUN);
    let ran = bench.run(&words);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let record = bench.record();
    let cases = record["cases"].as_array().expect("cases");
    let gates = record["gates"].as_array().expect("gates");
    let bad =
        cases.iter().chain(gates).filter(|t| ["fail", "error"].contains(&t["outcome"].as_str().expect("an outcome"))).count();
    assert!(bad > 0);
    read_all(&bench.path("out"), cases.len() + gates.len(), bad);
    let log = read_json(&bench.path("out/report.sarif"));
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], ran.code);
    let results = run["results"].as_array().expect("results");
    let found = results.iter().find(|r| r["ruleId"] == "body.schema").expect("the fault is found");
    let [suite, spec] = ["locations", "relatedLocations"].map(|l| &found[l][0]["physicalLocation"]);
    assert!(suite["artifactLocation"]["uri"].as_str().is_some_and(|u| u.contains("suites/")), "{suite}");
    assert!(spec["artifactLocation"]["uri"].as_str().is_some_and(|u| u.contains("specs/")), "{spec}");
    for place in [suite, spec] {
        assert!(place["region"]["startLine"].as_u64() > Some(1), "{place}");
    }
    // Fingerprints stay over runs, whatever the seed, and exchanges are as many as the record's.
    let again = Bench::new();
    let ran = again.run(&["check", "--fault", "missing-field", "--seed", "8", "--report", "sarif=report.sarif"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert_eq!(fingerprints(&read_json(&again.path("report.sarif"))), fingerprints(&log));
    let har = read_json(&bench.path("out/exchanges.har"));
    assert_eq!(har["log"]["entries"].as_array().map(Vec::len), record["exchanges"].as_array().map(Vec::len));
}

/// The fingerprints of a log without the number that tells what is alike apart: how often a case asks is not the seed's to say.
fn fingerprints(log: &Value) -> BTreeSet<String> {
    let results = log["runs"][0]["results"].as_array().expect("results");
    let print = |r: &Value| r["partialFingerprints"]["primaryLocationLineHash"].as_str().expect("a fingerprint").to_owned();
    results.iter().map(|r| print(r).split(':').next().expect("a hash").to_owned()).collect()
}

/// A server that answers each request with something that does its worst.
fn hostile() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") {
                    if stream.read_exact(&mut byte).is_err() {
                        return;
                    }
                    head.push(byte[0]);
                }
                let line = String::from_utf8_lossy(&head).into_owned();
                let text = "</script><script>alert(1)</script>]]>\\u001b[2J\\u202e\\u0000\\ud800 ::error::x %0A";
                let (kind, body): (&str, Vec<u8>) = match line.split(' ').nth(1) {
                    Some("/bytes") => ("application/octet-stream", b"\xff\xfe\x00\x1b[2J\xed\xa0\x80".to_vec()),
                    Some("/text") => ("text/plain", b"a\x00b\x1b]0;x\x07\n::set-output name=a::b\n]]>".to_vec()),
                    Some("/lone") => ("application/json", format!("{{\"name\":\"{text}\"}}").into_bytes()),
                    _ => ("application/json", format!("{{\"name\":7,\"{}\":\"x\"}}", text.replace("\\ud800", "")).into_bytes()),
                };
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nset-cookie: s=]]>; Path=/\r\nx-note: ::error::\u{202e}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            });
        }
    });
    url
}

const SPEC: &str = "openapi: 3.1.0
info: {title: Hostile, version: '1'}
paths:
  /bytes: {get: {operationId: bytes, responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}}}
  /text: {get: {operationId: text, responses: {'200': {description: d, content: {text/plain: {schema: {type: integer}}}}}}}
  /lone: {get: {operationId: lone, responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}}}
  /name: {get: {operationId: name, responses: {'200': {description: d, content: {application/json: {schema: {type: object, properties: {name: {type: string}}}}}}}}}
";

/// A title that begins, ends or hides something in one format or another.
const TITLE: &str = "x\\n::error file=a,line=1::y\\nnot ok 9 # TODO z ]]> </script> \\e[2J \\u202e {";

/// A run against it, with every report.
fn worst(bench: &Bench) -> Ran {
    bench.write("spec.yaml", SPEC);
    bench.write("env.yaml", &format!("environment: 'we, them: 100%'\ntarget: {}\n", hostile()));
    let mut suite = format!("suite: \"{TITLE}\"\nspec: spec.yaml\ncases:\n");
    for operation in ["bytes", "text", "lone", "name"] {
        suite.push_str(&format!("  - {{name: \"{operation} {TITLE}\", steps: [{{call: {operation}}}]}}\n"));
    }
    bench.write("a b/süite,1.yaml", &suite.replace("spec: spec.yaml", "spec: ../spec.yaml"));
    bench.run(&with_reports(&["check", "a b/süite,1.yaml", "--env", "env.yaml"], &OF_A_RUN))
}

#[test]
fn nothing_that_a_server_or_a_suite_says_breaks_a_format() {
    let bench = Bench::new();
    let ran = worst(&bench);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let record = bench.record();
    let cases = record["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 4);
    let bad = cases.iter().filter(|c| ["fail", "error"].contains(&c["outcome"].as_str().expect("an outcome"))).count();
    assert_eq!(bad, 4, "{}", ran.out);
    let gates = record["gates"].as_array().expect("gates").len();
    read_all(&bench.path("out"), cases.len() + gates, bad);
    // Nothing that acts is in any of them; bytes of a body travel as base64 alone.
    let mut files = vec![bench.path("out")];
    let mut looked = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|e| e.path()));
            continue;
        }
        looked += 1;
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let acts = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || c == '\u{202e}';
        assert!(!text.chars().filter(|c| *c != '\u{202e}').any(acts), "{}", path.display());
        if path.extension().is_none_or(|e| e != "har") {
            assert!(!text.contains('\u{202e}'), "{}", path.display());
        }
    }
    assert!(looked > 15, "{looked}");
    let har = read_json(&bench.path("out/exchanges.har"));
    let bytes = har["log"]["entries"].as_array().expect("entries").iter().find(|e| e["_operation"] == "bytes").expect("an entry");
    assert_eq!(bytes["response"]["content"]["encoding"], "base64");
}

#[test]
fn a_stored_record_of_every_kind_is_shown_and_written_in_what_it_has() {
    for (stored, kind, code) in [
        ("tests/fixtures/record-v1.json", "run", 1),
        ("tests/fixtures/load-v1.json", "load", 1),
        ("tests/fixtures/certification-v1.json", "certification", 1),
        ("reports/samples/monitor/report.json", "monitor", 1),
    ] {
        let bench = Bench::new();
        let stored = root().join(stored).display().to_string();
        for format in ["ctrf", "tap", "github", "csv", "junit"] {
            let shown = bench.run(&["report", "show", &stored, "--format", format]);
            assert_eq!((shown.code, shown.err.as_str()), (code, ""), "{kind} {format}");
            assert!(shown.out.len() > 100, "{kind} {format}");
        }
        let refused = bench.run(&["report", "show", &stored, "--format", "allure"]);
        assert_eq!(refused.code, 2, "{}", refused.out);
        assert!(refused.err.contains("--report allure=FOLDER"), "{}", refused.err);
        let wrong = if kind == "monitor" { "sarif" } else { "openslo" };
        let refused = bench.run(&["report", "show", &stored, "--format", wrong]);
        assert_eq!(refused.code, 2, "{}", refused.out);
        assert!(refused.err.contains(&format!("cannot be shown as `{wrong}`: only")), "{}", refused.err);
        // Into folders that are not there yet.
        let written =
            bench.run(&["report", "show", &stored, "-q", "--report", "allure=a/b/results", "--report", "tap=c/d/t.tap"]);
        assert_eq!((written.code, written.err.as_str()), (code, ""), "{kind}");
        assert!(bench.path("c/d/t.tap").is_file());
        let results = std::fs::read_dir(bench.path("a/b/results")).expect("the folder").count();
        assert!(results > 3, "{kind}: {results}");
    }
}

#[test]
fn a_report_at_the_standard_output_has_it_alone() {
    let bench = Bench::new();
    let ran = bench.run(&["check", "--fault", "missing-field", "--only", "launch", "--report", "ctrf=-"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let value: Value = serde_json::from_str(&ran.out).expect("nothing but the report");
    assert_eq!(value["reportFormat"], "CTRF");
    assert!(ran.err.contains("does not conform"), "a reader is told beside: {}", ran.err);
    assert!(!bench.path("-").exists());
    for (words, says) in [
        (&["--report", "tap=x", "--report", "ctrf=x"][..], "two reports would be written to `x`"),
        (&["--report", "allure=-"], "is a folder of files"),
        (&["--report", "openmetrics=x"], "a run cannot be shown as `openmetrics`: only a watch can"),
    ] {
        let ran = bench.run(&[&["check"][..], words].concat());
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains(says), "{}", ran.err);
    }
}

#[test]
fn published_schemas_of_records_hold_for_every_record_by_a_validator_of_another_hand() {
    let bench = Bench::new();
    for kind in ["run", "load", "certification", "monitor"] {
        let shown = bench.run(&["schema", "record", kind]);
        assert_eq!((shown.code, shown.err.as_str()), (0, ""), "{kind}");
        bench.write(&format!("{kind}.json"), &shown.out);
    }
    let any = bench.run(&["schema", "record"]);
    bench.write("any.json", &any.out);
    let ran = bench.run(&["check", "--fault", "missing-field", "--only", "launch"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let made = bench.run_folder().join("record.json");
    let of = |path: &str| root().join(path);
    for (kind, record) in [
        ("run", made.clone()),
        ("any", made),
        ("run", of("tests/fixtures/record-v1.json")),
        ("load", of("tests/fixtures/load-v1.json")),
        ("any", of("reports/samples/load/report.json")),
        ("certification", of("tests/fixtures/certification-v1.json")),
        ("any", of("reports/samples/certification/report.json")),
        ("monitor", of("reports/samples/monitor/quarter.json")),
        ("any", of("reports/samples/monitor/report.json")),
    ] {
        let schema = bench.path(&format!("{kind}.json")).display().to_string();
        by_python(&["json", &schema], &record);
    }
    for what in ["suite", "environment", "load", "monitor", "profile", "expected-failures"] {
        let shown = bench.run(&["schema", what]);
        let schema: Value = serde_json::from_str(&shown.out).expect("a schema");
        assert!(schema["$schema"].is_string(), "{what}");
    }
    let wrong = bench.run(&["schema", "siute"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean `suite`?"), "{}", wrong.err);
}

#[test]
fn a_summary_stays_below_what_github_takes() {
    let mut record = read_json(&root().join("tests/fixtures/record-v1.json"));
    let gate = record["gates"][0].clone();
    record["gates"] = (0..40_000).map(|_| gate.clone()).collect();
    let bench = Bench::new();
    bench.write("record.json", &record.to_string());
    let shown = bench.run(&["report", "show", "record.json", "--format", "markdown"]);
    assert!(shown.out.len() < 1_048_576 && shown.out.len() > 900_000, "{}", shown.out.len());
    assert!(shown.out.contains("The rest is left out"));
}

#[test]
fn the_document_has_every_format_and_its_commands_run() {
    let text = std::fs::read_to_string(root().join("docs/reports.md")).expect("the document");
    for format in Format::ALL {
        let row =
            text.lines().find(|l| l.starts_with('|') && l.contains(&format!("`{format}`"))).unwrap_or_else(|| panic!("{format}"));
        let of = row.split('|').map(str::trim).nth(3).expect("the kinds");
        let names: Vec<&str> = format.kinds().iter().map(|k| if *k == Kind::Watch { "watch" } else { k.name() }).collect();
        let expected = if names.len() == Kind::ALL.len() { "all".to_owned() } else { names.join(", ") };
        assert_eq!(of, expected, "{format}");
        for kind in format.kinds() {
            assert!(row.contains(&format!("`{}`", format.file(*kind))), "{format} {kind:?}");
        }
    }
    let mut commands = 0;
    for block in text.split("```console").skip(1).filter_map(|rest| rest.split("```").next()) {
        let bench = Bench::new();
        for line in block.lines().filter_map(|l| l.strip_prefix("$ proofmark ")) {
            let line = line.split(" > ").next().expect("a command");
            let words: Vec<String> = line.split(' ').map(|word| named(&bench, word)).collect();
            let ran = bench.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{line}: {}", ran.out);
            for (_, path) in words.iter().filter_map(|word| word.split_once('=')) {
                assert!(bench.path(path).exists(), "{line}: {path}");
            }
            commands += 1;
        }
    }
    assert_eq!(commands, 8);
}

/// A word of a command, `RUN` being the folder of the run before, or of a run of a job's own.
fn named(bench: &Bench, word: &str) -> String {
    match word.strip_suffix("/RUN") {
        None => word.to_owned(),
        Some("reports") => bench.run_folder().display().to_string(),
        Some(job) => {
            let ran = bench.run(&["check", "-q", "--only", "notification-api", "--out", job]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let runs = std::fs::read_dir(bench.path(job)).expect("the job's folder").flatten().map(|entry| entry.path());
            let run = runs.into_iter().find(|path| path.is_dir()).expect("a run");
            run.display().to_string()
        }
    }
}
