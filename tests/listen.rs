//! `proofmark listen` from end to end: the sandbox delivering to it, and deliveries made by hand.
//!
//! Everything runs through the binary on ports of the system's choosing; nothing sleeps.

mod support;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use support::{Bench, Ran, Sandbox, findings};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY: &str = r#"{"entity":"SIGNATURE","event":"COMPLETE","timestamp":"2026-01-28T08:00:00Z","id":"SIG-1"}"#;

/// A listener in a process of its own, ended with the test.
struct Listener {
    child: Child,
    out: BufReader<ChildStdout>,
    url: String,
}

impl Listener {
    fn start(bench: &Bench, args: &[&str]) -> Self {
        let mut child = bench
            .command(&[&["listen", "--bind", "127.0.0.1:0"], args].concat())
            .env_remove("PROOFMARK_SECRET")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        out.read_line(&mut line).expect("its first line");
        let word = line.split_whitespace().find(|w| w.starts_with("http://"));
        let url = word.unwrap_or_else(|| panic!("no address: {line}")).trim_end_matches(';').to_owned();
        Self { child, out, url }
    }

    /// The next line that is not empty.
    fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.out.read_line(&mut line).expect("a line"), 0, "it has ended");
            if !line.trim().is_empty() {
                return line.trim_end().to_owned();
            }
        }
    }

    fn signal(&self, name: &str) {
        let done = std::process::Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(done.expect("kill runs").success());
    }

    fn end(mut self) -> Ran {
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).expect("its output");
        self.child.stderr.take().expect("its errors").read_to_string(&mut err).expect("its errors");
        let code = self.child.wait().expect("it ends").code().unwrap_or(-1);
        Ran { code, out, err }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request and gives the answer's head, lower-case; empty where there was none.
fn send(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes()).expect("it is sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).to_lowercase()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("")
}

fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs().to_string()
}

/// Standard Webhooks `v1`, computed here from its definition.
fn signature(id: &str, at: &str, body: &str) -> String {
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).expect("base64");
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{at}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

/// Delivers `body` under a signature over `signed`.
fn deliver(url: &str, id: &str, body: &str, signed: &str) -> String {
    let at = now();
    let signature = signature(id, &at, signed);
    let headers =
        [("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", &at), ("webhook-signature", &signature)];
    send(url, "POST", "/hooks/notifications", &headers, body)
}

/// Registers a listener with the sandbox, as its partner.
fn register(sandbox: &Sandbox, url: &str) {
    let form = "grant_type=client_credentials&client_id=laas-partner&client_secret=laas-secret";
    let host = sandbox.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let head = format!("POST /auth/oauth/v2/token HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let text = format!("{head}{kind}\r\nContent-Length: {}\r\n\r\n{form}", form.len());
    stream.write_all(text.as_bytes()).expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).expect("a body")).expect("JSON");
    let bearer = format!("Bearer {}", body["access_token"].as_str().expect("a token"));
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    let path = "/laas-notifications/v1/partners/PARTNER-1/callback";
    assert_eq!(status(&send(&sandbox.url, "PUT", path, &headers, &format!(r#"{{"url":"{url}/partner"}}"#))), "201");
}

/// Has the sandbox notify its partner.
fn notify(sandbox: &Sandbox) {
    let event = r#"{"partnerId":"PARTNER-1","entity":"SIGNATURE","event":"COMPLETE","id":"SIG-1"}"#;
    let headers = [("Content-Type", "application/json")];
    assert_eq!(status(&send(&sandbox.url, "POST", "/_control/notifications", &headers, event)), "200");
}

#[test]
fn the_sandbox_delivers_and_replays_to_it() {
    let (bench, sandbox) = (Bench::new(), Sandbox::start(&[]));
    let args = ["--profile", "standard-webhooks", "--secret", SECRET, "--respond", "503,204", "--count", "2"];
    let mut listener = Listener::start(&bench, &args);
    register(&sandbox, &listener.url);
    notify(&sandbox);
    let json = ("Content-Type", "application/json");
    let first = listener.line();
    assert!(first.contains(" 1  PostNotification  SIGNATURE.COMPLETE ") && first.ends_with("conforms  503"), "{first}");
    assert_eq!(status(&send(&sandbox.url, "POST", "/_control/clock", &[json], r#"{"advance":"PT1H"}"#)), "200");
    let second = listener.line();
    assert!(second.contains(" 2  PostNotification ") && second.ends_with("conforms  204      replay"), "{second}");
    let ran = listener.end();
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.ends_with("\nconforms\n"), "{}", ran.out);
    let record = bench.record();
    let cases = record["cases"].as_array().expect("cases");
    assert_eq!((cases.len(), cases[0]["steps"].as_array().expect("steps").len()), (1, 2));
    assert_eq!((record["verdict"].as_str(), record["gates"][0]["outcome"].as_str()), (Some("conforms"), Some("pass")));
    let folder = bench.run_folder();
    for file in ["record.json", "report.html", "junit.xml", "journal.jsonl"] {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        assert!(text.contains("PostNotification") && !text.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "{file}");
    }
    let shown = bench.run(&["report", "show", &folder.display().to_string()]);
    assert_eq!((shown.code, shown.out.ends_with("\nconforms\n")), (0, true), "{}", shown.out);
}

#[test]
fn what_the_sandbox_does_wrong_is_found() {
    for (fault, check) in [
        ("signature-missing", "signature.present"),
        ("signature-wrong", "signature.valid"),
        ("signs-other-bytes", "signature.valid"),
        ("timestamp-stale", "signature.fresh"),
        ("timestamp-future", "signature.fresh"),
    ] {
        let (bench, sandbox) = (Bench::new(), Sandbox::start(&["--fault", fault]));
        let listener = Listener::start(&bench, &["--secret", SECRET, "--count", "1"]);
        register(&sandbox, &listener.url);
        notify(&sandbox);
        let ran = listener.end();
        assert_eq!(ran.code, 1, "{fault}: {}", ran.out);
        assert_eq!(findings(&bench.record()), [(check.to_owned(), "listen/1".to_owned())], "{fault}");
    }
}

#[test]
fn what_is_wrong_with_a_delivery_is_said_and_changes_no_answer() {
    let bench = Bench::new();
    let mut listener = Listener::start(&bench, &["--secret", SECRET, "--respond", "202"]);
    let url = listener.url.clone();
    assert_eq!(status(&deliver(&url, "m1", BODY, BODY)), "202");
    assert!(listener.line().contains("conforms"));
    let other = BODY.replace("COMPLETE", "REFUSED");
    assert_eq!(status(&deliver(&url, "m2", &other, BODY)), "202");
    assert!(listener.line().contains("FAILS"));
    assert!(listener.line().contains("signature.valid"));
    assert_eq!(status(&deliver(&url, "m1", &other, &other)), "202");
    let answers = [
        send(&url, "POST", "/hooks/notifications", &[("Content-Type", "application/json"), ("webhook-id", "m3")], BODY),
        deliver(&url, "m4", "{}", "{}"),
        send(&url, "GET", "/hooks/notifications", &[], ""),
        send(&url, "OPTIONS", "/hooks/notifications", &[("WebHook-Request-Origin", "sender.example")], ""),
        send(&url, "POST", "/elsewhere", &[], "{}"),
    ];
    assert_eq!(answers.each_ref().map(|a| status(a)), ["202", "202", "405", "200", "404"]);
    assert!(answers[2].contains("allow: post, options\r\n"), "{}", answers[2]);
    assert!(answers[3].contains("webhook-allowed-origin: sender.example\r\n"), "{}", answers[3]);
    listener.signal("INT");
    let ran = listener.end();
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.err);
    for note in ["same id, another body", "method not documented", "handshake", "no callback has this path"] {
        assert!(ran.out.contains(note), "{note}: {}", ran.out);
    }
    let record = bench.record();
    let mut found: Vec<String> = findings(&record).into_iter().map(|(check, case)| format!("{case} {check}")).collect();
    found.dedup();
    assert_eq!(
        found,
        ["listen/1 delivery.identical_body", "listen/2 signature.valid", "listen/3 signature.present", "listen/4 body.schema",]
    );
    assert_eq!(record["interrupted"], false, "without a count, Ctrl-C is the end");
    assert_eq!(record["cases"][4]["outcome"], "review");
}

#[test]
fn a_dropped_attempt_gets_no_answer() {
    let bench = Bench::new();
    let listener = Listener::start(&bench, &["--drop", "1", "--delay", "1ms", "--count", "2", "--report", "junit=out/j.xml"]);
    assert_eq!(deliver(&listener.url, "m1", BODY, BODY), "");
    assert_eq!(status(&deliver(&listener.url, "m1", BODY, BODY)), "204");
    let ran = listener.end();
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert!(ran.out.contains("dropped"), "{}", ran.out);
    assert!(bench.path("out/j.xml").is_file());
}

#[test]
fn the_exit_says_whether_enough_came() {
    let bench = Bench::new();
    let nothing = bench.run(&["listen", "--bind", "127.0.0.1:0", "--for", "1ms", "--out", "a"]);
    assert_eq!(nothing.code, 3, "{}", nothing.out);
    assert!(nothing.out.ends_with("could not be judged: no delivery arrived\n"), "{}", nothing.out);
    let mut listener = Listener::start(&bench, &["--count", "2", "--out", "b"]);
    deliver(&listener.url, "m1", BODY, BODY);
    listener.line();
    listener.signal("TERM");
    assert_eq!(listener.end().code, 130);
}

#[test]
fn a_listener_that_was_killed_leaves_its_journal() {
    let bench = Bench::new();
    let mut listener = Listener::start(&bench, &["--respond", "503,204"]);
    for id in ["m1", "m1", "m2"] {
        deliver(&listener.url, id, BODY, BODY);
        listener.line();
    }
    listener.signal("KILL");
    listener.end();
    let shown = bench.run(&["report", "show", "--format", "json", &bench.run_folder().display().to_string()]);
    let record: Value = serde_json::from_str(&shown.out).expect("JSON");
    let steps: Vec<usize> =
        record["cases"].as_array().expect("cases").iter().map(|c| c["steps"].as_array().unwrap().len()).collect();
    assert_eq!((shown.code, steps, record["exchanges"].as_array().map(Vec::len)), (130, vec![2, 1], Some(3)));
}

#[test]
fn what_is_wrong_with_the_inputs_is_said_before_anything_is_listened_to() {
    let bench = Bench::new();
    bench.write("plain.yaml", "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n");
    for (args, said) in [
        (&["--respond", "204,ok"][..], "`ok` is neither a status"),
        (&["--respond", "20"], "`20` is neither a status"),
        (&["--profile", "standard-webhooks"], "there is no secret"),
        (&["--profile", "standard-webhoks"], "standard-webhooks"),
        (&["--profile", "standard-webhooks", "--secret", "hidden-text"], "whsec_"),
        (&["--secret", "hidden-text"], "does not say how deliveries are signed"),
        (&["--spec", "plain.yaml"], "describes no callback and no webhook"),
        (&["--callback", "registerCallback.notificatio"], "did you mean `registerCallback.notification`?"),
        (&["--bind", "nowhere"], "cannot listen on nowhere"),
        (&["--report", "junit"], "is not FORMAT=PATH"),
        (&["--count", "0"], "0 is not in 1.."),
        (&["--for", "soon"], "soon"),
    ] {
        let all = [&["listen", "--bind", "127.0.0.1:0"][..], args].concat();
        let all: Vec<&str> = if args[0] == "--bind" { [&["listen"][..], args].concat() } else { all };
        let ran = bench.run(&all);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(said), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("hidden-text"), "{}", ran.err);
    }
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_run_of_a_receiver_is_put_into_the_history() {
    let bench = Bench::new();
    let mut listener = Listener::start(&bench, &["--secret", SECRET, "--count", "1", "--history", "team.db"]);
    deliver(&listener.url.clone(), "msg_1", BODY, BODY);
    listener.line();
    let ran = listener.end();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let listed = bench.run(&["report", "list", "--history", "team.db"]);
    assert!(listed.code == 0 && listed.out.contains(" listen "), "{}{}", listed.out, listed.err);
    assert!(!bench.path("reports/history.db").exists(), "`--history` has the first word");
    let mut listener = Listener::start(&bench, &["--secret", SECRET, "--count", "1"]);
    deliver(&listener.url.clone(), "msg_2", BODY, BODY);
    listener.line();
    assert_eq!(listener.end().code, 0);
    assert!(bench.run(&["report", "list"]).out.contains(" listen "));
}
