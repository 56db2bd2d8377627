//! Comparisons from end to end: two targets in turns, stored runs of either kind, and what they exit with.
//!
//! Through the binary, on ports of the system's choosing. Asserts how long something takes only where one target waits for so long that no
//! machine hides it.

#[path = "support/orders.rs"]
mod orders;
#[path = "../benches/support/server/mod.rs"]
mod server;
mod support;

use orders::Orders;
use serde_json::Value;
use server::law::Law;
use server::{Manner, Server, Settings};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Bench, Ran, Sandbox, read_json};

/// A server that waits for so long before it answers.
fn delayed(by: &str) -> (Server, String) {
    let manner = Manner::Delayed(Law::parse(&format!("fixed:{by}")).expect("a law"));
    let server = Server::start(Settings { manner, lasting: Duration::from_secs(300), ..Settings::default() }).expect("a server");
    let url = format!("http://{}", server.address);
    (server, url)
}

/// A short load of a server of known behaviour.
fn short(target: &str) -> Vec<String> {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support/truth.yaml").display().to_string();
    ["load", "--spec", &spec, "--op", "getFixed", "--target", target, "--rate", "100/s", "--warmup", "100ms", "--for", "400ms"]
        .map(str::to_owned)
        .to_vec()
}

fn run(bench: &Bench, words: &[String], more: &[&str]) -> Ran {
    let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
    bench.run(&words)
}

/// The folders below `reports` whose names end so, in order.
fn folders(bench: &Bench, end: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(bench.path("reports")).map(|l| l.flatten().map(|e| e.path()).collect::<Vec<_>>());
    let mut found: Vec<PathBuf> = listed.unwrap_or_default();
    found.retain(|p| p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.contains(end)));
    found.sort();
    found
}

/// The only comparison made here. A machine that was too busy to measure on leaves pairs out, and with fewer than three no verdict is
/// any: then the record says so, and nothing worse.
fn compared(bench: &Bench, ran: &Ran, code: i32) -> Value {
    let made = folders(bench, "-compare");
    assert_eq!(made.len(), 1, "{}{}", ran.out, ran.err);
    let record = read_json(&made[0].join("record.json"));
    assert_eq!((&record["format"], &record["version"]), (&"proofmark.comparison".into(), &1.into()));
    let runs = ["baseline", "candidate"].map(|side| record[side]["runs"].as_array().expect("runs").clone()).concat();
    let left_out: Vec<&str> = runs.iter().filter_map(|r| r["left_out"].as_str()).collect();
    if record["load"]["used"].as_u64() < Some(3) && left_out.iter().any(|why| why.starts_with("INVALID")) {
        assert_eq!((ran.code, &record["verdict"]), (3, &"inconclusive".into()), "{}{}", ran.out, ran.err);
    } else {
        assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    }
    record
}

#[test]
fn a_far_slower_candidate_regresses_in_pairs_that_took_turns() {
    let ((_a, baseline), (_b, candidate)) = (delayed("2ms"), delayed("20ms"));
    let bench = Bench::new();
    let ran =
        run(&bench, &short(&candidate), &["--baseline", &baseline, "--pairs", "4", "--seed", "7", "--report", "markdown=c.md"]);
    let record = compared(&bench, &ran, 1);
    if ran.code == 3 {
        return;
    }
    assert!(ran.out.contains("REGRESSED  getFixed p50") && ran.out.contains("four times in five"), "{}", ran.out);
    assert!(ran.out.trim_end().lines().last().is_some_and(|l| l.starts_with("regressed: p50 of getFixed +")), "{}", ran.out);
    let figure = &record["load"]["operations"][0]["figures"][0];
    assert_eq!((&figure["figure"], &figure["decides"]["outcome"]), (&"p50".into(), &"regressed".into()));
    assert!(figure["change"].as_f64() > Some(1.0), "{figure}");
    // Each run is a load by itself, and those of a pair have the same arrivals.
    let runs = |side: &str| record[side]["runs"].as_array().expect("runs").clone();
    let (ours, theirs) = (runs("baseline"), runs("candidate"));
    let began = |run: &Value| run["began"].as_str().expect("an instant").to_owned();
    let of_pair = |runs: &[Value], pair: u64| runs.iter().find(|r| r["pair"] == pair).cloned();
    for pair in 1..=4 {
        let (Some(a), Some(b)) = (of_pair(&ours, pair), of_pair(&theirs, pair)) else { continue };
        assert_eq!(began(&a) < began(&b), pair % 2 == 1, "ABBA");
        let seed =
            |run: &Value| read_json(&bench.path(run["path"].as_str().expect("a path")).join("record.json"))["seed"].clone();
        assert_eq!(seed(&a), seed(&b));
    }
    // What is stored is shown again to the byte.
    let folder = folders(&bench, "-compare").remove(0);
    let typed = folder.display().to_string();
    for (format, file) in [("html", "report.html"), ("junit", "junit.xml"), ("json", "record.json")] {
        let shown = bench.run(&["report", "show", &typed, "--format", format]);
        assert_eq!((shown.code, shown.out), (1, std::fs::read_to_string(folder.join(file)).expect("the report")), "{format}");
    }
    assert_eq!(
        bench.run(&["report", "show", &typed, "--format", "markdown"]).out,
        std::fs::read_to_string(bench.path("c.md")).expect("it")
    );
    // The same runs, compared once more from where they lie.
    let (a, b) = (folder.join("a").display().to_string(), folder.join("b").display().to_string());
    let again = bench.run(&["report", "compare", &a, &b, "--out", "again"]);
    assert!(again.out.contains("REGRESSED"), "{}{}", again.out, again.err);
}

#[test]
fn a_target_is_not_worse_than_itself() {
    let (_server, url) = delayed("2ms");
    let bench = Bench::new();
    let ran = run(&bench, &short(&url), &["--baseline", &url, "--pairs", "3", "--margin", "1000%", "--margin", "errors=100%"]);
    let record = compared(&bench, &ran, 0);
    assert_eq!(record["load"]["margins"].as_array().map(Vec::len), Some(2));
    assert!(ran.code == 3 || ran.out.contains("not regressed: p50 of getFixed"), "{}", ran.out);
}

#[test]
fn two_pairs_say_nothing_and_neither_do_two_runs() {
    let ((_a, baseline), (_b, candidate)) = (delayed("1ms"), delayed("30ms"));
    let bench = Bench::new();
    let ran = run(&bench, &short(&candidate), &["--baseline", &baseline, "--pairs", "2"]);
    let record = compared(&bench, &ran, 3);
    assert_eq!(record["verdict"], "inconclusive");
    assert!(ran.out.contains("and a verdict needs 3"), "{}", ran.out);
    let folder = folders(&bench, "-compare").remove(0);
    let first = |side: &str| folder_of(&folder.join(side)).display().to_string();
    let single = bench.run(&["report", "compare", &first("a"), &first("b"), "--out", "single"]);
    assert_eq!(single.code, 3, "{}{}", single.out, single.err);
    assert!(
        single.out.contains("1 valid run of a side, and a verdict needs 3") || single.out.contains("0 valid"),
        "{}",
        single.out
    );
}

/// The first folder in a folder.
fn folder_of(path: &Path) -> PathBuf {
    let mut found: Vec<PathBuf> = std::fs::read_dir(path).expect("a folder").flatten().map(|e| e.path()).collect();
    found.sort();
    found.remove(0)
}

#[test]
fn a_stored_baseline_is_compared_on_its_own_ground_alone() {
    let (_server, url) = delayed("2ms");
    let bench = Bench::new();
    for _ in 0..2 {
        run(&bench, &short(&url), &["--out", "before"]);
    }
    let stored = folder_of(&bench.path("before")).join("record.json");
    let text = std::fs::read_to_string(&stored).expect("the record");
    let elsewhere = text.replacen("{\"name\":\"processors\",\"value\":\"", "{\"name\":\"processors\",\"value\":\"9", 1);
    assert_ne!(text, elsewhere);
    // Two stored runs on one ground: two are too few, and that is all.
    let ran = run(&bench, &short(&url), &["--baseline", "before", "--pairs", "2"]);
    let record = compared(&bench, &ran, 3);
    assert_eq!((&record["load"]["design"], record["baseline"]["runs"].as_array().map(Vec::len)), (&"unpaired".into(), Some(2)));
    assert!(
        record["unsaid"].to_string().contains("not run in turns") || record["load"]["used"].as_u64() < Some(2),
        "{}",
        record["unsaid"]
    );
    // One of them from elsewhere.
    std::fs::write(&stored, elsewhere).expect("it is changed");
    let ran = run(&bench, &short(&url), &["--baseline", "before", "--pairs", "1", "--out", "refused"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("error[compare/apart]") && ran.err.contains("processors: 9"), "{}", ran.err);
    let (a, b) = (stored.display().to_string(), folder_of(&folders(&bench, "-compare")[0].join("b")).display().to_string());
    let refused = bench.run(&["report", "compare", &a, &b]);
    assert_eq!(refused.code, 2, "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("processors: 9") && refused.err.contains("--anyway"), "{}", refused.err);
    let anyway = bench.run(&["report", "compare", &a, &b, "--anyway"]);
    assert_eq!(anyway.code, 3, "one run of a side: {}{}", anyway.out, anyway.err);
    assert!(anyway.out.contains("though the runs differ in processors: 9"), "{}", anyway.out);
}

#[test]
fn a_run_that_did_not_measure_its_target_is_left_out_and_said() {
    let (_server, url) = delayed("2ms");
    let bench = Bench::new();
    for out in ["a", "b"] {
        run(&bench, &short(&url), &["--out", out]);
    }
    let record = folder_of(&bench.path("b")).join("record.json");
    let mut stored = read_json(&record);
    stored["validity"] = serde_json::json!({"result": "invalid", "sentence": "the generator did not keep up: it was told so"});
    std::fs::write(&record, stored.to_string()).expect("it is changed");
    let ran = bench.run(&["report", "compare", "a", "b", "--report", "junit=j.xml"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("left out: INVALID: the generator did not keep up: it was told so"), "{}", ran.out);
    assert!(std::fs::read_to_string(bench.path("j.xml")).expect("JUnit").contains("inconclusive"));
}

#[test]
fn a_run_that_the_generator_spoils_is_tried_again_and_then_given_up() {
    let (_server, url) = delayed("1ms");
    let bench = Bench::new();
    let mut words = short(&url);
    // A rate that no event loop holds.
    for (option, value) in [("--rate", "300000/s"), ("--warmup", "1ms"), ("--for", "50ms")] {
        let at = words.iter().position(|w| w == option).expect("the option") + 1;
        words[at] = value.to_owned();
    }
    let ran = run(&bench, &words, &["--workers", "1", "--baseline", &url, "--pairs", "1"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("pair 1 of 1, baseline, try 3: invalid"), "{}", ran.err);
    assert!(ran.err.contains("no valid run of the baseline in 3 tries; the last one: INVALID"), "{}", ran.err);
    let stored = folders(&bench, "-compare").remove(0);
    assert_eq!(std::fs::read_dir(stored.join("a")).expect("the runs").count(), 3, "every try is kept");
}

#[test]
fn a_target_that_went_away_loses_its_pairs_and_one_that_never_was_sends_nothing() {
    let (server, candidate) = delayed("1ms");
    let bench = Bench::new();
    let nobody = {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", port.local_addr().expect("its address"))
    };
    // The baseline goes first, and is not there.
    let ran = run(&bench, &short(&candidate), &["--baseline", &nobody, "--pairs", "3"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert_eq!(server.stop().expect("it ends").requests, 0, "nothing was sent to the candidate");
    assert_eq!(folders(&bench, "-compare"), Vec::<PathBuf>::new(), "and nothing is left behind");
    // The baseline answers, and the candidate is gone.
    let (_server, baseline) = delayed("1ms");
    let ran = run(&bench, &short(&candidate), &["--baseline", &baseline, "--pairs", "1", "--out", "gone"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("pair 1 is left out: no valid run of the"), "{}{}", ran.out, ran.err);
}

#[test]
fn both_targets_have_to_consent_before_anything_is_sent() {
    let orders = Orders::right();
    let bench = orders::bench(&orders.url);
    let load = ["load", "--spec", "spec.yaml", "--op", "getOrder", "--env", "env.yaml", "--rate", "50/s", "--for", "200ms"];
    let refused = |more: &[&str], what: &str| {
        let words: Vec<&str> = load.iter().copied().chain(more.iter().copied()).collect();
        let ran = bench.run(&words);
        assert!(ran.code == 2 && ran.err.contains(what), "{} {}{}", ran.code, ran.out, ran.err);
    };
    refused(&["--baseline", "https://example.com"], "example.com has not consented to load");
    refused(&["--target", "https://example.com", "--baseline", &orders.url], "example.com has not consented to load");
    refused(&["--baseline", "nowhere"], "is neither a URL nor a stored run");
    refused(&["--pairs", "3"], "nothing says what is compared with");
    refused(&["--baseline", &orders.url, "--margin", "five", "--margin", "p98=1%"], "2 faults");
    refused(&["--baseline", &orders.url, "--metrics", "0"], "`--metrics` and `--otlp` are of one load");
    bench.write("staging.yaml", "environment: staging\ntarget: https://staging.example.com\n");
    refused(&["--baseline-env", "staging.yaml"], "staging.example.com has not consented to load");
    assert_eq!(orders.came(), [], "nothing was sent");
}

/// A check of one case against a sandbox of its own.
fn checked(bench: &Bench, faults: &[&str], out: &str) {
    let sandbox = Sandbox::start(faults);
    let ran = bench.run(&["check", "--target", &sandbox.url, "--only", "launched once and only once", "--out", out]);
    assert!(ran.code < 2, "{}{}", ran.out, ran.err);
}

#[test]
fn checks_are_compared_by_what_they_found() {
    let bench = Bench::new();
    checked(&bench, &[], "good");
    checked(&bench, &["--fault", "second-create-accepted"], "bad");
    let worse = bench.run(&["report", "compare", "good", "bad", "--report", "markdown=c.md"]);
    assert_eq!(worse.code, 1, "{}{}", worse.out, worse.err);
    assert!(worse.out.contains("new  launched once and only once") && worse.out.contains("[status.expected]"), "{}", worse.out);
    let better = bench.run(&["report", "compare", "bad", "good"]);
    assert_eq!(better.code, 0, "{}{}", better.out, better.err);
    assert!(better.out.contains("fixed  launched once and only once"), "{}", better.out);
    let same = bench.run(&["report", "compare", "bad", "bad"]);
    assert!(same.code == 0 && same.out.contains("still failing"), "{} {}{}", same.code, same.out, same.err);
    let several = bench.run(&["report", "compare", "--baseline", "bad", "good", "--candidate", "bad"]);
    assert!(several.code == 0 && several.out.contains("flaky"), "{} {}{}", several.code, several.out, several.err);
    let made = folders(&bench, "-compare").remove(0).display().to_string();
    let shown = bench.run(&["report", "show", &made, "--format", "markdown"]);
    assert_eq!((shown.code, shown.out), (1, std::fs::read_to_string(bench.path("c.md")).expect("the report")));
}

#[test]
fn kinds_are_not_mixed_and_what_is_no_run_is_said() {
    let bench = Bench::new();
    checked(&bench, &[], "check");
    let fixture = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name).display().to_string();
    let (load, comparison) = (fixture("load-v1.json"), fixture("comparison-v1.json"));
    for (words, what) in [
        (vec!["check", load.as_str()], "only loads are compared with loads"),
        (vec![comparison.as_str(), comparison.as_str()], "only loads are compared with loads"),
        (vec!["check", "nowhere"], "record/io"),
        (vec!["check", "."], "is no run, and holds none"),
        (vec!["check"], "Usage"),
        (vec!["check", "check", "check"], "Usage"),
    ] {
        let words: Vec<&str> = ["report", "compare"].into_iter().chain(words).collect();
        let ran = bench.run(&words);
        assert!(ran.code == 2 && ran.err.contains(what), "{words:?} {} {}", ran.code, ran.err);
    }
    let shown = bench.run(&["report", "show", &comparison]);
    assert!(shown.code == 1 && shown.out.contains("REGRESSED"), "{}{}", shown.out, shown.err);
}
