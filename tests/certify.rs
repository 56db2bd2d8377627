//! A partner's endpoint is certified: a right one in every profile, a wrong one by exactly the row that it gets wrong.
//!
//! Both sides are processes of the binary, on loopback. Never waits for a time where there is a condition.

mod support;

use proofmark::model::certification::ModuleId;
use proofmark::partner::faults::{self, FaultInfo, Needs};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Bench, Partner, Ran};

const PUBLISHED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CREDENTIAL: &str = "Bearer partner-credential-1";

/// Certifies a partner and gives what came of it.
fn certify(bench: &Bench, partner: &Partner, more: &[&str]) -> Ran {
    let mut args = vec!["certify", &partner.url];
    args.extend(partner.options.iter().map(String::as_str));
    args.extend(more);
    let mut command = bench.command(&args);
    command.env_remove("PROOFMARK_SECRET").env_remove("PROOFMARK_SIGNING_KEY");
    command.envs(partner.secret.iter().map(|secret| ("PROOFMARK_SECRET", secret)));
    command.envs(partner.authorization.iter().map(|value| ("PROOFMARK_AUTHORIZATION", value)));
    Ran::of(&command.output().expect("the binary runs"))
}

fn modules<'a>(record: &'a Value, result: &str) -> Vec<&'a Value> {
    let all = record["modules"].as_array().expect("modules");
    all.iter().filter(|m| m["result"] == result).collect()
}

fn rows(modules: &[&Value]) -> BTreeSet<u64> {
    modules.iter().map(|m| m["row"].as_u64().expect("a row")).collect()
}

#[test]
fn the_right_partner_is_certified_in_every_profile() {
    let profiles = ["laas", "laas-hmac", "standard-webhooks", "standard-webhooks-ed25519", "http-signatures", "mtls"];
    std::thread::scope(|scope| {
        for profile in profiles {
            scope.spawn(move || {
                let bench = Bench::new();
                let mut args = vec!["--profile", profile];
                // The published private key of RFC 9421 appendix B.1.4 would do as well: any 32 bytes are a key.
                let secret = match profile {
                    "standard-webhooks-ed25519" => Some("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
                    "laas" | "mtls" => None,
                    _ => Some(PUBLISHED),
                };
                args.extend(secret.iter().flat_map(|s| ["--secret", s]));
                let partner = Partner::start(bench.folder.path(), &args);
                let ran = certify(&bench, &partner, &[]);
                assert_eq!(ran.code, 0, "{profile}: {}{}", ran.out, ran.err);
                let record = bench.record();
                let findings: Vec<_> = record["modules"]
                    .as_array()
                    .expect("modules")
                    .iter()
                    .flat_map(|m| m["findings"].as_array().expect("findings"))
                    .collect();
                assert!(findings.is_empty(), "{profile}: {findings:#?}");
                assert_eq!(record["verdict"], "certified", "{profile}: {}", ran.out);
                // What HTTP cannot show is left to a person, and nothing else is.
                assert_eq!(rows(&modules(&record, "review")), BTreeSet::from([3, 4, 5, 6]), "{profile}");
                let folder = bench.run_folder();
                for file in ["certificate.json", "certificate.pub", "certificate.html", "badge.svg", "report.html", "junit.xml"] {
                    assert!(folder.join(file).exists(), "{profile}: {file}");
                }
                if let Some(secret) = secret {
                    let text = std::fs::read_to_string(folder.join("record.json")).expect("a record");
                    let bare = secret.trim_start_matches("whsec_").trim_start_matches("whsk_");
                    assert!(!text.contains(bare), "{profile}: the record shows the key");
                }
            });
        }
    });
}

#[test]
fn a_read_back_proves_what_http_cannot_show() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas"]);
    let url = partner.read_back.replace("{id}", "${delivery.id}");
    bench.write(
        "mine.yaml",
        &format!(
            "profile: mine\ntitle: with a read-back\nextends: laas\nread_back:\n  url: \"{url}\"\n  count: $.count\n  \
             latest: $.latest\n  within: 5s\n"
        ),
    );
    let ran = Ran::of(&bench.command(&["certify", &partner.url, "--profile", "mine.yaml"]).output().expect("it runs"));
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert!(modules(&record, "review").is_empty(), "{}", ran.out);
    let proven =
        record["modules"].as_array().expect("modules").iter().filter(|m| [3, 4, 5, 6].contains(&m["row"].as_u64().unwrap_or(0)));
    for module in proven {
        let effect = &module["conditions"][1];
        assert_eq!(effect["result"], "passed", "{effect}");
        assert!(effect["reason"].as_str().expect("a reason").starts_with("read back"), "{effect}");
    }
}

#[test]
fn a_follow_up_proves_it_as_well() {
    let bench = Bench::new();
    // A port of our own for the APIs that the partner asks; it is free again when the socket is dropped.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").to_string();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas", "--follow-up", &format!("http://{free}")]);
    let ran = certify(&bench, &partner, &["--follow-up", &free]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert!(modules(&record, "review").is_empty(), "{}", ran.out);
}

#[test]
fn every_row_has_a_fault() {
    let rows: BTreeSet<u8> = faults::ALL.iter().map(|f| f.row).filter(|row| *row > 0).collect();
    assert_eq!(rows, ModuleId::ALL.iter().map(|m| m.row()).filter(|row| *row > 0).collect());
}

#[test]
fn each_fault_makes_exactly_its_row_fail() {
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    // The certifications mostly wait, so more of them than there are cores go side by side.
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                while let Some(fault) = faults::ALL.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = walk(fault) {
                        wrong.lock().expect("no thread panics with it").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no thread panics with it");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults::ALL.len(), wrong.join("\n"));
}

fn walk(fault: &FaultInfo) -> Result<(), String> {
    let bench = Bench::new();
    let mut setup = vec!["--fault", fault.name];
    match fault.needs {
        Needs::Nothing => {}
        Needs::Signature => setup.extend(["--profile", "laas-hmac", "--secret", PUBLISHED]),
        Needs::Authorization => setup.extend(["--authorization", CREDENTIAL]),
        Needs::Tls => setup.push("--tls"),
        Needs::ClientCertificate => setup.extend(["--profile", "mtls"]),
    }
    let mut partner = Partner::start(bench.folder.path(), &setup);
    // The credential comes from the environment.
    if let Some(at) = partner.options.iter().position(|o| o == "--authorization") {
        partner.options.drain(at..at + 2);
    }
    let ran = certify(&bench, &partner, &[]);
    if ran.code == 2 {
        return Err(format!("{}: {}", fault.name, ran.err));
    }
    let record = bench.record();
    let failed = modules(&record, "failed");
    let named = failed.iter().map(|m| format!("{}: {}", m["key"], m["findings"])).collect::<Vec<_>>().join("; ");
    if fault.row == 0 {
        // Bad input: nothing can be judged any more, the run comes to its end, and nothing is certified.
        return match ran.code {
            1 | 3 if !bench.run_folder().join("certificate.json").exists() => Ok(()),
            code => Err(format!("{}: exit {code} ({}{})", fault.name, ran.out, ran.err)),
        };
    }
    if ran.code != 1 || rows(&failed) != BTreeSet::from([u64::from(fault.row)]) {
        return Err(format!("{}: row {}, exit {}, failed {named} ({})", fault.name, fault.row, ran.code, ran.err));
    }
    let key = failed[0]["key"].as_str().expect("a key");
    if !ran.out.contains(&format!("row {} {key}", fault.row)) {
        return Err(format!("{}: the output does not name row {} {key}: {}", fault.name, fault.row, ran.out));
    }
    Ok(())
}

/// Waits until a file of the one run folder holds a text.
fn wait_for(bench: &Bench, file: &str, text: &str) {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let found = std::fs::read_dir(bench.path("reports"))
            .into_iter()
            .flatten()
            .flatten()
            .any(|folder| std::fs::read_to_string(folder.path().join(file)).is_ok_and(|held| held.contains(text)));
        if found {
            return;
        }
        assert!(std::time::Instant::now() < until, "`{text}` does not come in {file}");
        std::thread::yield_now();
    }
}

#[test]
fn a_killed_certification_is_gone_on_with() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &[]);
    let mut running =
        bench.command(&["certify", &partner.url, "-q"]).stdout(std::process::Stdio::null()).spawn().expect("it starts");
    wait_for(&bench, "journal.jsonl", "\"event\":\"module-started\",\"key\":\"partial-body\"");
    running.kill().expect("it is killed");
    running.wait().expect("it ends");
    let folder = bench.run_folder();
    let shown = bench.run(&["report", "show", &folder.display().to_string()]);
    assert_eq!(shown.code, 130, "{}", shown.err);
    assert!(shown.out.contains("valid-delivery"), "{}", shown.out);
    let other = bench.run(&["certify", "http://127.0.0.1:1/elsewhere", "--resume", &folder.display().to_string()]);
    assert_eq!((other.code, other.err.contains("another endpoint")), (2, true), "{}", other.err);
    let before = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal").lines().count();
    let ran = certify(&bench, &partner, &["--resume", &folder.display().to_string()]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert_eq!(record["verdict"], "certified");
    assert!(folder.join("certificate.json").exists());
    let journal = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
    let again = journal.lines().skip(before).filter(|l| l.contains("\"valid-delivery\"")).count();
    assert_eq!(again, 0, "what had finished is not run again");
    // Asked for, it is.
    let ran = certify(&bench, &partner, &["--resume", &folder.display().to_string(), "--rerun", "handshake"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let journal = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
    assert!(journal.lines().rev().take(40).any(|l| l.contains("\"handshake\"")), "it was run again");
}

#[test]
fn deliveries_keep_the_hours_of_an_environment() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas", "--fault", "event-server-error"]);
    let hours = |outside: &str| {
        let typed = "operations: {PostNotifcation: {maintenance: []}}";
        let window = format!("{{zone: Europe/Paris, open: [\"Mon-Sun 07:30-22:00\"], outside: {outside}, {typed}}}");
        bench.write("env.yaml", &format!("environment: office\ntarget: {}\nwindow: {window}\n", partner.url));
    };
    let certify_at = |at: &str, more: &[&str]| {
        certify(&bench, &partner, &[&["--env", "env.yaml", "--only", "valid-delivery,response-time", "--at", at], more].concat())
    };
    let (closed, open) = ("2026-11-29T22:00:00+01:00", "2026-11-29T21:59:00+01:00");
    let why = "PostNotification is outside its window at 2026-11-29 22:00:00+01:00 (Mon-Sun 07:30-22:00 Europe/Paris, from the \
               environment; opens at 2026-11-30 07:30:00+01:00)";
    hours("refuse");
    let ran = certify_at(closed, &[]);
    assert_eq!((ran.code, ran.err.contains(why)), (3, true), "{}{}", ran.out, ran.err);
    assert!(!bench.path("reports").exists(), "nothing was sent, so there is no run");
    hours("inform");
    let ran = certify_at(closed, &[]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let (record, folder) = (bench.record(), bench.run_folder());
    let delivery = &record["modules"][0];
    assert_eq!(
        (&delivery["key"], &delivery["result"], &delivery["status"]),
        (&"valid-delivery".into(), &"skipped".into(), &"interrupted".into())
    );
    assert!(ran.out.contains("not judged: PostNotification is outside its window"), "{}", ran.out);
    assert!(modules(&record, "failed").is_empty(), "what looks back at it judges nothing either: {}", ran.out);
    // In its hours the same certification is gone on with, and the module that was not judged is run again.
    let resume = folder.display().to_string();
    let ran = certify_at(open, &["--resume", &resume]);
    assert_eq!(ran.code, 0, "the partner answers 500 once\n{}{}", ran.out, ran.err);
    assert_eq!(rows(&modules(&bench.record(), "passed")), BTreeSet::from([1, 2]), "{}", ran.out);
    hours("wait");
    let ran = certify_at(closed, &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("PostNotification is outside its window"), "it says what it waits for\n{}", ran.err);
    assert!(ran.err.contains("did you mean `PostNotification`?"), "{}", ran.err);
}

#[test]
fn a_mistake_of_the_environment_is_said_before_anything_is_sent() {
    let bench = Bench::new();
    bench.write("env.yaml", "environment: office\ntarget: http://127.0.0.1:9\nwindow: {open: [\"Mon 25:00-26:00\"]}\n");
    let ran = bench.run(&["certify", "http://127.0.0.1:9/hooks", "--env", "env.yaml"]);
    assert_eq!((ran.code, ran.err.contains("env.yaml:3")), (2, true), "{}", ran.err);
}

#[test]
fn bad_input_ends_in_a_reason() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &["--profile", "laas-hmac", "--secret", PUBLISHED]);
    let run = |args: &[&str]| {
        let mut command = bench.command(args);
        command.env_remove("PROOFMARK_SECRET");
        Ran::of(&command.output().expect("it runs"))
    };
    let nowhere = run(&["certify", "http://nowhere.invalid/hooks", "-q"]);
    assert_eq!(nowhere.code, 3, "{}{}", nowhere.out, nowhere.err);
    assert!(nowhere.out.contains("does not resolve"), "{}", nowhere.out);
    for (args, words) in [
        (&["certify", "partner.example/hooks"][..], "absolute URL"),
        (&["certify", "ftp://partner.example/"], "neither http nor https"),
        (&["certify", &partner.url, "--profile", "lass"], "did you mean `laas`"),
        (&["certify", &partner.url, "--profile", "laas-hmac", "--secret", "whsec_%%%%"], "whsec_"),
        (&["certify", &partner.url, "--only", "key-rotaton"], "did you mean `key-rotation`"),
        (&["certify", &partner.url, "--callback", "PostNotifcation"], "PostNotification"),
        (&["certify", &partner.url, "--cacert", "nowhere.pem"], "nowhere.pem"),
        (&["certify", &partner.url, "--key", "nowhere.pem"], "nowhere.pem"),
    ] {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains("%%%%"), "{args:?} shows the key: {}", ran.err);
    }
    std::fs::remove_dir_all(bench.path("reports")).expect("the folder goes");
    // Without the key nothing can be delivered rightly: what does not need it is judged, the rest says why it is not.
    let keyless = run(&["certify", &partner.url, "--profile", "laas-hmac"]);
    assert_eq!(keyless.code, 3, "{}{}", keyless.out, keyless.err);
    let record = bench.record();
    assert_eq!(
        modules(&record, "passed").iter().map(|m| m["key"].as_str().expect("a key")).filter(|k| *k == "handshake").count(),
        1
    );
    let skipped = modules(&record, "skipped");
    assert!(
        skipped.iter().any(|m| m["conditions"][0]["reason"].as_str().is_some_and(|r| r.contains("--secret"))),
        "{}",
        keyless.out
    );
    assert!(!bench.run_folder().join("certificate.json").exists());
}

#[test]
fn distrust_of_the_certificate_fails_its_row_and_the_others_go_on() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &["--tls"]);
    let ran = Ran::of(&bench.command(&["certify", &partner.url]).output().expect("it runs"));
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    let record = bench.record();
    assert_eq!(rows(&modules(&record, "failed")), BTreeSet::from([20]), "{}", ran.out);
    assert!(modules(&record, "passed").len() > 10, "{}", ran.out);
}

#[test]
fn an_announced_failure_is_accepted_and_an_unexpected_pass_is_not() {
    let list = "expected-failures:\n  - {module: handshake, reason: not built yet, until: 2099-01-01}\n";
    for (fault, code, word) in [(Some("handshake-server-error"), 0, "EXPECTED"), (None, 1, "UNEXPECTED")] {
        let bench = Bench::new();
        bench.write("known.yaml", list);
        let faults: Vec<&str> = fault.iter().flat_map(|f| ["--fault", *f]).collect();
        let partner = Partner::start(bench.folder.path(), &faults);
        let ran = certify(&bench, &partner, &["--expected-failures", "known.yaml"]);
        assert_eq!(ran.code, code, "{fault:?}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(word), "{fault:?}: {}", ran.out);
        assert!(!bench.run_folder().join("certificate.json").exists(), "a certificate needs every module to pass");
    }
}

/// Answers every request with 204 and keeps the bodies, until it is dropped.
struct Anything {
    url: String,
    bodies: std::sync::Arc<Mutex<Vec<Value>>>,
}

impl Anything {
    fn start() -> Self {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("its address"));
        let bodies = std::sync::Arc::new(Mutex::new(Vec::new()));
        let kept = std::sync::Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut read = Vec::new();
                let mut piece = [0; 4096];
                let body = loop {
                    let Ok(n @ 1..) = stream.read(&mut piece) else { break None };
                    read.extend_from_slice(&piece[..n]);
                    let text = String::from_utf8_lossy(&read).to_ascii_lowercase();
                    let Some(head) = text.find("\r\n\r\n") else { continue };
                    let length = text.lines().find_map(|l| l.strip_prefix("content-length: ")?.trim().parse::<usize>().ok());
                    if read.len() >= head + 4 + length.unwrap_or(0) {
                        break Some(read[head + 4..].to_vec());
                    }
                };
                if let Some(value) = body.and_then(|b| serde_json::from_slice(&b).ok()) {
                    kept.lock().expect("no thread panics with it").push(value);
                }
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            }
        });
        Self { url, bodies }
    }
}

#[test]
fn the_webhooks_of_any_spec_are_delivered() {
    let bench = Bench::new();
    bench.write(
        "shop.yaml",
        "openapi: 3.1.0
info: {title: Shop, version: 1.0.0}
paths: {}
webhooks:
  orderChanged:
    post:
      operationId: orderChanged
      requestBody:
        required: true
        content:
          application/json:
            schema:
              oneOf:
                - {type: object, required: [type, order], properties: {type: {const: order.shipped}, order: {type: integer}, carrier: {enum: [dhl, ups]}}}
                - {type: object, required: [type, order, reason], properties: {type: {const: order.cancelled}, order: {type: integer}, reason: {type: string}}}
      responses: {'204': {description: taken}}
",
    );
    let server = Anything::start();
    let ran = bench.run(&["certify", &server.url, "--spec", "shop.yaml", "--only", "valid-delivery"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let bodies = server.bodies.lock().expect("no thread panics with it");
    let types: BTreeSet<&str> = bodies.iter().filter_map(|b| b["type"].as_str()).collect();
    assert_eq!(types, BTreeSet::from(["order.cancelled", "order.shipped"]));
    let carriers: BTreeSet<&str> = bodies.iter().filter_map(|b| b["carrier"].as_str()).collect();
    assert_eq!(carriers, BTreeSet::from(["dhl", "ups"]));
    // A module left out leaves no certificate.
    assert!(!bench.run_folder().join("certificate.json").exists());
    assert!(ran.out.contains("no certificate"), "{}", ran.out);
}

#[test]
fn a_certification_is_gone_on_with_as_it_was_begun_or_not_at_all() {
    let bench = Bench::new();
    let partner = Partner::start(bench.folder.path(), &[]);
    bench.write(
        "overlay.yaml",
        "overlay: 1.0.0\ninfo: {title: other words, version: 1.0.0}\nactions: [{target: $.info, update: {description: other}}]\n",
    );
    let mut running = bench
        .command(&["certify", &partner.url, "-q", "--overlay", "overlay.yaml", "--seed", "7", "--load", "20/s", "--for", "1s"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    wait_for(&bench, "journal.jsonl", "\"event\":\"module-finished\"");
    running.kill().expect("it is killed");
    running.wait().expect("it ends");
    let folder = bench.run_folder().display().to_string();
    let journal = || std::fs::read(bench.run_folder().join("journal.jsonl")).expect("a journal");
    let before = journal();
    let resumed = |more: &[&str]| certify(&bench, &partner, &[&["--resume", folder.as_str()], more].concat());
    for (more, word) in [
        (&["--load", "20/s"][..], "--overlay"),
        (&["--overlay", "overlay.yaml"], "--load RATE"),
        (&["--overlay", "overlay.yaml", "--load", "20/s", "--seed", "8"], "with the seed 7"),
    ] {
        let ran = resumed(more);
        assert!(
            ran.code == 2 && ran.err.contains("certify/resume") && ran.err.contains(word),
            "{more:?}: {}{}",
            ran.out,
            ran.err
        );
    }
    let other = bench.run(&["certify", &partner.url, "--resume", &folder, "--profile", "standard-webhooks"]);
    assert!(other.code == 2 && other.err.contains("go on with --profile laas"), "{}{}", other.out, other.err);
    assert_eq!(journal(), before, "nothing was sent");
    let ran = resumed(&["--overlay", "overlay.yaml", "--load", "20/s", "--for", "1s", "--history", "team.db"]);
    assert!(ran.code == 0, "{}{}", ran.out, ran.err);
    assert_eq!(bench.record()["seed"], 7);
    assert!(bench.run(&["report", "list", "--history", "team.db"]).out.contains(" certification "), "it is in the history");
}
