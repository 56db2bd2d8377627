//! `proofmark check` from end to end: the main job, its exits, and what it refuses.
//!
//! Everything runs through the binary on ports of the system's choosing.

mod support;

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Bench, Ran, Sandbox, findings, read_json};

fn coverage(record: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for suite in record["coverage"].as_array().expect("coverage") {
        for dimension in suite["dimensions"].as_array().expect("dimensions") {
            lines.push(format!(
                "{} {}: {} of {}",
                suite["suite"],
                dimension["name"],
                dimension["seen"].as_u64().unwrap_or_default(),
                dimension["known"]
            ));
        }
    }
    lines
}

#[test]
fn the_main_job_conforms_with_everything_covered() {
    let bench = Bench::new();
    let ran = bench.run(&["check", "--seed", "7"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.ends_with("\nconforms\n"), "{}", ran.out);
    assert!(!ran.out.contains('\u{1b}'), "no colour where there is no terminal");
    let table: Vec<&str> = ran.out.lines().filter(|l| l.contains("100% ")).collect();
    for suite in ["LaaS Contract Signature", "LaaS Notifications", "Notification API"] {
        assert!(table.iter().any(|l| l.contains(suite)), "{suite} in {table:?}");
    }
    let record = bench.record();
    assert_eq!(record["seed"], 7);
    assert_eq!(findings(&record), []);
    let gates = record["gates"].as_array().expect("gates");
    assert!(gates.len() >= 12 && gates.iter().all(|g| g["outcome"] == "pass"), "{gates:?}");
    let folder = bench.run_folder();
    for file in ["record.json", "report.html", "junit.xml", "journal.jsonl"] {
        assert!(folder.join(file).metadata().is_ok_and(|m| m.len() > 1000), "{file}");
    }
    let everything = std::fs::read_to_string(folder.join("record.json")).expect("the record")
        + &std::fs::read_to_string(folder.join("journal.jsonl")).expect("the journal")
        + &std::fs::read_to_string(folder.join("report.html")).expect("the page");
    for secret in ["laas-secret", "admin-secret", "consumer-secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        assert!(!everything.contains(secret), "{secret} is not in any output");
    }
    assert!(!coverage(&record).is_empty());
}

#[test]
fn a_sandbox_in_another_process_gives_the_same_result() {
    let sandbox = Sandbox::start(&[]);
    let (here, there) = (Bench::new(), Bench::new());
    let embedded = here.run(&["check", "-q"]);
    let remote = there.run(&["check", "-q", "--target", &sandbox.url]);
    assert_eq!((embedded.code, embedded.out.as_str()), (0, "conforms\n"), "{}", embedded.err);
    assert_eq!((remote.code, remote.out.as_str()), (0, "conforms\n"), "{}", remote.err);
    let outcomes = |bench: &Bench| -> Vec<(String, String)> {
        let record = bench.record();
        record["cases"].as_array().expect("cases").iter().map(|c| (c["id"].to_string(), c["outcome"].to_string())).collect()
    };
    assert_eq!(outcomes(&here), outcomes(&there));
    assert_eq!(coverage(&here.record()), coverage(&there.record()));
}

#[test]
fn the_junit_file_reads_with_a_parser_that_is_not_ours() {
    let bench = Bench::new();
    let ran = bench.run(&[
        "check",
        "-q",
        "--fault",
        "second-create-accepted",
        "--report",
        "junit=out/j.xml",
        "--report",
        "markdown=out/j.md",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    let file = std::fs::File::open(bench.path("out/j.xml")).expect("the file");
    let report = junit_parser::from_reader(std::io::BufReader::new(file)).expect("JUnit");
    let record = bench.record();
    let cases = record["cases"].as_array().expect("cases").len() + record["gates"].as_array().expect("gates").len();
    assert_eq!(report.suites.iter().map(|s| s.cases.len()).sum::<usize>(), cases);
    let failed: Vec<&str> =
        report.suites.iter().flat_map(|s| &s.cases).filter(|c| c.status.is_failure()).map(|c| c.original_name.as_str()).collect();
    assert!(!failed.is_empty(), "the failing case is a failure there too");
    assert!(std::fs::read_to_string(bench.path("out/j.md")).expect("the summary").contains("does not conform"));
}

#[test]
fn a_closed_port_is_not_judged_and_says_so_in_one_sentence() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let bench = Bench::new();
    let ran = bench.run(&["check", "--target", &format!("http://127.0.0.1:{port}")]);
    assert_eq!(ran.code, 3);
    assert_eq!(ran.err, format!("not judged: http://127.0.0.1:{port} cannot be reached: connection refused\n"));
    assert_eq!(ran.out, "");
    assert!(!bench.path("reports").exists(), "nothing was run, so nothing was recorded");
}

#[test]
fn a_target_that_never_answers_is_not_judged() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let ran = Bench::new().run(&["check", "--target", &url]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("takes connections and does not answer: no answer in time"), "{}", ran.err);
}

#[test]
fn a_finding_says_everything_a_reader_needs() {
    let bench = Bench::new();
    let ran = bench.run(&["check", "--fault", "second-create-accepted", "--only", "launched once and only once"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    for part in ["FAIL", "[status.expected]", "requirement", "expected", "received", "curl", "run again", "does not conform"] {
        assert!(ran.out.contains(part), "{part} in {}", ran.out);
    }
    let again = ran
        .out
        .lines()
        .find_map(|l| l.trim().strip_prefix("run again").map(str::trim))
        .expect("the line that runs it again")
        .to_owned();
    let words: Vec<&str> = again.split_whitespace().collect();
    assert_eq!(words[0], "proofmark");
    let rerun = Bench::new().run(&words[1..]);
    assert_eq!(rerun.code, 1, "{again}: {}", rerun.err);
}

const SPEC: &str = "\
openapi: 3.1.0
info: {title: Orders, version: 1.0.0}
servers: [{url: /v1}]
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      x-read-once: true
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}, example: o1}
      responses:
        '200': {description: the order, content: {application/json: {schema: {type: object, required: [id], properties: {id: {type: string}}}}}}
";

/// Counts the requests that arrive, and answers each as told.
fn server(answer: Option<&'static str>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    seen.extend_from_slice(&buffer[..read]);
                    if seen.windows(4).any(|w| w == b"\r\n\r\n") {
                        counted.fetch_add(1, Ordering::SeqCst);
                        seen.clear();
                        let Some(answer) = answer else { return };
                        if stream.write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                }
            });
        }
    });
    (url, count)
}

fn bare_environment(bench: &Bench, url: &str) {
    bench.write("env.yaml", &format!("environment: bare\ntarget: {url}\n"));
}

#[test]
fn what_can_be_read_once_is_never_asked_for_twice() {
    let (url, count) = server(None);
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write(
        "suite.yaml",
        "suite: Once\nspec: spec.yaml\ncases:\n  - name: read it\n    steps: [{call: getOrder, given: examples}]\n",
    );
    bare_environment(&bench, &url);
    let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("transport.answered"), "{}", ran.out);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_suite_of_ones_own_runs_against_any_server() {
    let (url, _) = server(Some("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"id\":\"1\"}"));
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write(
        "suites/mine.yaml",
        "suite: Mine\nspec: ../spec.yaml\ncases:\n  - name: read it\n    steps: [{call: getOrder, path: {id: a/b}, expect: {body: {$.id: '1'}}}]\ngate: {coverage: {operations: 100%, statuses: 100%}}\n",
    );
    bare_environment(&bench, &url);
    let ran = bench.run(&["check", "suites", "--env", "env.yaml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let request = &bench.record()["exchanges"][0]["request"];
    assert_eq!(request["url"], format!("{url}/v1/orders/a%2Fb"));
}

#[test]
fn a_required_case_that_is_skipped_keeps_the_run_from_conforming() {
    let (url, count) =
        server(Some("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"id\":\"1\"}"));
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    let suite = |required: &str| {
        format!(
            "suite: Mine\nspec: spec.yaml\ncases:\n  - name: read it\n    steps: [{{call: getOrder, given: examples}}]\n  - name: later\n{required}    steps: [{{control: advance, with: {{by: PT1M}}}}]\n"
        )
    };
    bare_environment(&bench, &url);
    bench.write("suite.yaml", &suite(""));
    let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("the environment offers no control"), "{}", ran.out);
    bench.write("suite.yaml", &suite("    required: false\n"));
    assert_eq!(bench.run(&["check", "suite.yaml", "--env", "env.yaml"]).code, 0);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[test]
fn a_target_without_control_skips_what_needs_it() {
    let (url, _) = server(Some("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
    let bench = Bench::new();
    let ran = bench.run(&["check", "--target", &url, "--only", "kept for six hours"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("SKIPPED") && ran.out.contains("the environment offers no control"), "{}", ran.out);
}

#[test]
fn every_mistake_of_every_file_is_shown_at_once_and_nothing_is_sent() {
    let (url, count) = server(Some("HTTP/1.1 204 No Content\r\n\r\n"));
    let bench = Bench::new();
    bench
        .write("spec.yaml", &SPEC.replace("{type: object, required: [id]", "{$ref: '#/components/schemas/Ordr', required: [id]"));
    bench.write(
        "a.yaml",
        "suite: A\nspec: spec.yaml\nnote: x\ncases:\n  - name: one\n    steps:\n      - call: getOrdr\n        stpes: []\n      - call: getOrder\n        path: {id: ${id}}\n",
    );
    bench.write(
        "b.yaml",
        "suite: B\nspec: nowhere.yaml\ncases:\n  - name: one\n    steps: [{call: getOrder, expect: {body: {'$.a[': 1}}}]\n",
    );
    bench.write(
        "c.yaml",
        "suite: C\nspec: spec.yaml\ncases:\n  - name: one\n    steps: [{call: getOrdr}, {call: getOrder, path: {idd: x}}]\n",
    );
    bare_environment(&bench, &url);
    let ran = bench.run(&["check", "a.yaml", "b.yaml", "c.yaml", "d.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for part in [
        "a.yaml:10:",
        "a template inside braces needs quotes: \"${id}\"",
        "b.yaml:2:7",
        "cannot read `nowhere.yaml`: no such file",
        "b.yaml:5:",
        "is not a JSONPath",
        "cannot read `d.yaml`: no such file",
        "spec.yaml:",
        "Ordr",
        "faults; nothing was sent",
    ] {
        assert!(ran.err.contains(part), "{part} in\n{}", ran.err);
    }
    assert_eq!(ran.out, "");
    assert_eq!(count.load(Ordering::SeqCst), 0);
    assert!(!bench.path("reports").exists());
}

#[test]
fn unknown_names_are_shown_with_what_was_meant() {
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write(
        "c.yaml",
        "suite: C\nspec: spec.yaml\ncases:\n  - name: one\n    steps:\n      - call: getOrdr\n      - {call: getOrder, path: {idd: x}}\n      - {call: getOrder, given: examples, poll: {every: 1s, within: 2s, until: {$.id: x}}}\n",
    );
    let ran = bench.run(&["check", "c.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for part in [
        "c.yaml:6:15",
        "unknown operation `getOrdr`",
        "did you mean `getOrder`?",
        "no path parameter `idd`",
        "did you mean `id`?",
        "needs the path parameter `id`",
        "may not be polled",
    ] {
        assert!(ran.err.contains(part), "{part} in\n{}", ran.err);
    }
}

#[test]
fn wrong_usage_exits_with_2_and_a_hint() {
    let bench = Bench::new();
    for (args, part) in [
        (&["chekc"][..], "similar subcommand"),
        (&["check", "--jobs", "0"], "at least 1"),
        (&["check", "--report", "junti=x"], "did you mean `junit`?"),
        (&["check", "--report", "junit"], "FORMAT=PATH"),
        (&["check", "--fault", "second-create-acepted"], "second-create-accepted"),
        (&["check", "--env", "sandbx.yaml"], "sandbx.yaml"),
        (&["check", "--target", "ftp://x"], "ftp://x"),
        (&["check", "--only", "no such case at all"], "no case is selected"),
        (&["sandbox", "--bind", "nonsense"], "nonsense"),
    ] {
        let ran = bench.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    assert_eq!(bench.run(&["--version"]).code, 0);
    assert!(bench.run(&["--help"]).out.contains("Exit codes"));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_what_it_did() {
    // Holds every answer back, so that the run is surely in the middle when it is interrupted.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write(
        "suite.yaml",
        "suite: Slow\nspec: spec.yaml\ncases:\n  - name: read it\n    steps: [{call: getOrder, given: examples}]\n",
    );
    bare_environment(&bench, &url);
    let child = bench
        .command(&["check", "suite.yaml", "--env", "env.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // The first connection only tries whether the target is there; the second brings the request.
    let _reach = listener.accept().expect("the try");
    let (mut held, _) = listener.accept().expect("the request");
    let mut buffer = [0; 1024];
    assert!(held.read(&mut buffer).expect("its bytes") > 0);
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let ran = Ran::of(&child.wait_with_output().expect("its end"));
    assert_eq!(ran.code, 130, "{}{}", ran.out, ran.err);
    let record = read_json(&bench.run_folder().join("record.json"));
    assert_eq!(record["interrupted"], true);
    assert!(bench.run_folder().join("report.html").exists());
}

#[cfg(unix)]
#[test]
fn a_killed_run_can_still_be_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    let steps = "steps: [{call: getOrder, given: examples}]";
    bench.write(
        "suite.yaml",
        &format!("suite: Slow\nspec: spec.yaml\ncases:\n  - name: first\n    {steps}\n  - name: second\n    {steps}\n"),
    );
    bare_environment(&bench, &url);
    let mut child = bench
        .command(&["check", "suite.yaml", "--env", "env.yaml", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    let _reach = listener.accept().expect("the try");
    let (mut first, _) = listener.accept().expect("the first request");
    let mut buffer = [0; 1024];
    assert!(first.read(&mut buffer).expect("its bytes") > 0);
    first
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{\"id\":\"1\"}")
        .expect("an answer");
    // The second request shows that the first case was written down.
    let (mut second, _) = listener.accept().expect("the second request");
    assert!(second.read(&mut buffer).expect("its bytes") > 0);
    child.kill().expect("it is killed");
    child.wait().expect("its end");
    let folder = bench.run_folder();
    assert!(!folder.join("record.json").exists());
    let ran = bench.run(&["report", "show", &folder.display().to_string(), "-v"]);
    assert_eq!(ran.code, 130, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("PASS  first") || ran.out.contains("first"), "{}", ran.out);
    let page = bench.run(&["report", "show", &folder.display().to_string(), "--format", "html"]);
    assert!(page.out.contains("</html>"), "{}", page.err);
    assert_eq!(bench.run(&["report", "show", "nowhere", "--format", "htm"]).code, 2);
}
