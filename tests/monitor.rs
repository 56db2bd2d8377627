//! `proofmark monitor` from end to end: what counts as down, what survives a kill, who is told, and what a watch exits with.
//!
//! Through the binary, on ports of the system's choosing, a probe a second. Never asserts how long anything takes.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Came, Orders, bench};
use serde_json::Value;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Bench, Ran, read_json};

/// A right answer to everything that is read.
const RIGHT: &str = r#"{"id":"o1","count":1}"#;
/// The only probe of most plans.
const ONE: &str = "probes: [{call: getOrder, path: {id: o1}, every: 1s}]";

/// Writes a plan over the spec: what else it says, a line each.
fn write_plan(bench: &Bench, name: &str, lines: &[&str]) {
    bench.write(name, &format!("monitor: orders\nspec: spec.yaml\n{}\n", lines.join("\n")));
}

/// Watches with a plan of these lines to its end, which has to be of this exit code.
fn watched(bench: &Bench, lines: &[&str], options: &[&str], code: i32) -> (Ran, Value) {
    write_plan(bench, "plan.yaml", lines);
    let mut args = vec!["monitor", "plan.yaml", "--env", "env.yaml"];
    args.extend(options);
    let ran = bench.run(&args);
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    (ran, bench.record())
}

fn number(record: &Value, pointer: &str) -> u64 {
    record.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("{pointer} in {record:#}"))
}

/// The probes that were kept, in the clock minutes that count and in the others.
fn kept_probes(record: &Value) -> u64 {
    number(record, "/all/probes/total") + number(record, "/all/probes_outside/total")
}

/// Eligible, up, degraded, down and unknown, in nanoseconds.
fn parts(record: &Value, subject: &str) -> [u64; 5] {
    ["eligible", "up", "degraded", "down", "no_data"].map(|part| number(record, &format!("{subject}/excluded/{part}_ns")))
}

#[test]
fn an_api_that_answers_as_it_should_is_up_all_the_time() {
    let orders = Orders::start(|_| (200, RIGHT));
    let bench = bench(&orders.url);
    let probes =
        "probes: [{call: getOrder, path: {id: o1}, every: 1s}, {name: other, call: getOrder, path: {id: o2}, every: 2s}]";
    let lines = [probes, "targets: [\"99%\", \"99.9% of getOrder\"]", "for: 3s"];
    let (ran, record) = watched(&bench, &lines, &["--seed", "5", "--report", "json=out/watch.json"], 0);
    let second = 1_000_000_000;
    assert_eq!(parts(&record, "/operations/0"), [3 * second, 3 * second, 0, 0, 0], "{}", ran.err);
    assert_eq!((record["verdict"].as_str(), number(&record, "/took_ns")), (Some("holds"), 3 * second));
    assert_eq!(kept_probes(&record), orders.lines().len() as u64, "every probe is counted");
    assert_eq!((record["seed"].as_u64(), record["targets"].as_array().map(Vec::len)), (Some(5), Some(2)));
    let lines = orders.lines();
    assert!(lines.contains(&"GET /v1/orders/o1".to_owned()) && lines.contains(&"GET /v1/orders/o2".to_owned()), "{lines:?}");
    assert!(ran.err.contains("getOrder is up") && ran.err.contains("other is up"), "{}", ran.err);
    assert_eq!(read_json(&bench.path("out/watch.json")), record);
}

#[test]
fn answers_of_the_5xx_class_are_an_outage_and_miss_the_target() {
    let orders = Orders::start(|_| (500, "{}"));
    let bench = bench(&orders.url);
    let (ran, record) = watched(&bench, &[ONE, "targets: [\"99.9%\"]", "for: 2s"], &[], 1);
    assert!(ran.err.contains("getOrder is down"), "{}", ran.err);
    let [eligible, _, _, down, _] = parts(&record, "/all");
    assert_eq!((eligible, down), (2_000_000_000, 2_000_000_000));
    let incident = &record["incidents"][0];
    assert_eq!((&incident["operation"], &incident["open"]), (&"getOrder".into(), &true.into()));
    assert_eq!((&incident["first"]["why"], incident["first"]["status"].as_u64()), (&"server_error".into(), Some(500)));
    assert!(incident["first"]["detail"].as_str().is_some_and(|text| text.contains("/v1/orders/o1: 500")), "{incident:#}");
    // It is shown again from its folder, and exits again as it did.
    let folder = bench.run_folder().display().to_string();
    let shown = bench.run(&["report", "show", &folder]);
    assert_eq!(shown.code, 1, "{}{}", shown.out, shown.err);
    assert!(shown.out.contains("getOrder"), "{}", shown.out);
}

#[test]
fn an_answer_that_is_not_as_promised_is_degraded_and_available() {
    let orders = Orders::start(|_| (200, r#"{"count":"many"}"#));
    let bench = bench(&orders.url);
    let (ran, record) = watched(&bench, &[ONE, "targets: [\"99.9%\"]", "for: 1s"], &["-v"], 0);
    assert_eq!(parts(&record, "/all"), [1_000_000_000, 0, 1_000_000_000, 0, 0]);
    assert!(number(&record, "/operations/0/causes/non_conforming") >= 1);
    assert!(ran.err.contains("getOrder is degraded"), "{}", ran.err);
}

#[test]
fn an_answer_is_known_to_be_right_only_while_it_is_the_same() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let orders = Orders::start(|_| match COUNT.fetch_add(1, Ordering::SeqCst) % 2 {
        0 => (200, RIGHT),
        _ => (200, r#"{"count":"many"}"#),
    });
    let bench = bench(&orders.url);
    let (_, record) = watched(&bench, &[ONE, "for: 4s"], &["-q"], 0);
    let (all, wrong) = (orders.lines().len() as u64, number(&record, "/operations/0/causes/non_conforming"));
    assert!(wrong >= 1, "{record:#}");
    assert_eq!(wrong, all / 2, "every second one, however many went right before");
}

#[test]
fn one_that_asks_for_fewer_requests_is_degraded() {
    let orders = Orders::start(|_| (429, "{}"));
    let bench = bench(&orders.url);
    let quick = ["monitor", "--env", "env.yaml", "--spec", "spec.yaml", "--op", "getOrder", "--every", "1s", "--for", "1s"];
    let ran = bench.run(&[&quick[..], &["--availability", "99%", "--down", "3 within 9s", "-q"]].concat());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(ran.err, "");
    let record = bench.record();
    assert!(number(&record, "/operations/0/causes/throttled") >= 1);
    assert_eq!(record["rule"], "3 failed probes in a row within 9s");
}

#[test]
fn a_target_that_cannot_be_reached_is_down_and_no_error() {
    let gone = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", gone.local_addr().expect("its address"));
    drop(gone);
    let bench = bench(&url);
    let (_, record) = watched(&bench, &[ONE, "targets: [\"50%\"]", "for: 1s"], &[], 1);
    assert_eq!(parts(&record, "/all"), [1_000_000_000, 0, 0, 1_000_000_000, 0]);
    assert!(number(&record, "/operations/0/causes/refused") >= 1);
}

#[test]
fn outside_the_window_nothing_counts_and_nothing_is_judged() {
    for (outside, sent) in [("inform", true), ("wait", false)] {
        let orders = Orders::start(|_| (500, "{}"));
        let bench = bench(&orders.url);
        let window = format!("window: {{zone: Europe/Paris, open: [\"Mon-Sun 07:30-22:00\"], outside: {outside}}}");
        bench.write("env.yaml", &format!("environment: office\ntarget: {}\n{window}\n", orders.url));
        let lines = [ONE, "targets: [\"99.9%\"]", "for: 1s"];
        let (_, record) = watched(&bench, &lines, &["--at", "2026-10-20T23:00[Europe/Paris]"], 3);
        assert_eq!(parts(&record, "/all"), [0; 5]);
        assert_eq!(number(&record, "/all/probes/total"), 0);
        assert_eq!(number(&record, "/all/probes_outside/total") > 0, sent, "{outside}");
        assert_eq!(!orders.lines().is_empty(), sent, "{outside}");
        assert_eq!((&record["verdict"], &record["zone"]), (&"inconclusive".into(), &"Europe/Paris".into()));
        assert!(record["began"].as_str().is_some_and(|at| at.starts_with("2026-10-20T21:00:0")), "{}", record["began"]);
    }
}

#[test]
fn every_mistake_of_a_plan_is_said_and_nothing_is_sent() {
    let orders = Orders::start(|_| (200, RIGHT));
    let bench = bench(&orders.url);
    let probes = "probes: [{call: getOrdr, path: {id: o1}, every: 1s}, {call: createOrder, body: {item: pen}, every: 10ms}]";
    write_plan(&bench, "plan.yaml", &[probes, "targets: [\"101%\"]", "alerts: [{on: downn, command: [echo]}]"]);
    let ran = bench.run(&["monitor", "plan.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for said in ["getOrdr", "10ms", "101%", "downn"] {
        assert!(ran.err.contains(said), "{said} in {}", ran.err);
    }
    write_plan(&bench, "plan.yaml", &["probes: [{call: createOrder, body: {item: pen}, every: 1s}]"]);
    let ran = bench.run(&["monitor", "plan.yaml", "--env", "env.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("error[monitor/unsafe]"), "{}", ran.err);
    assert!(orders.lines().is_empty() && !bench.path("reports").exists());
}

/// Begins to watch; `--resume` where there is a folder.
fn begun(bench: &Bench, folder: Option<&str>) -> Child {
    let mut args = vec!["monitor", "plan.yaml", "--env", "env.yaml"];
    args.extend(folder.iter().flat_map(|folder| ["--resume", folder]));
    bench.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs")
}

fn killed(mut child: Child) {
    child.kill().expect("it is killed");
    child.wait().expect("its end");
}

#[test]
fn a_watch_goes_on_as_it_was_begun() {
    let orders = Orders::start(|_| (200, RIGHT));
    // The environment names a server where nobody listens: the one that was typed is meant, the second time too.
    let bench = bench("http://127.0.0.1:9");
    write_plan(&bench, "plan.yaml", &[ONE]);
    let args = ["monitor", "plan.yaml", "--env", "env.yaml", "--target", &orders.url, "--for", "1h"];
    let first = bench.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    orders.wait_for(2);
    killed(first);
    let folder = bench.run_folder().display().to_string();
    let sent = orders.lines().len();
    // From when it was begun there is less than this left, but something.
    let ran = bench.run(&["monitor", "--resume", &folder, "--target", "http://127.0.0.1:10"]);
    assert!(ran.code == 2 && ran.err.contains("monitor/other-run"), "{}", ran.err);
    assert_eq!(orders.lines().len(), sent);
    let second =
        bench.command(&["monitor", "--resume", &folder]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    orders.wait_for(2);
    killed(second);
    let record = {
        let ended = bench.run(&["monitor", "--resume", &folder, "--for", "1s"]);
        assert!([0, 3].contains(&ended.code), "{}{}", ended.out, ended.err);
        bench.record()
    };
    assert_eq!((record["target"].as_str(), record["environment"].as_str()), (Some(orders.url.as_str()), Some("bare")));
    // A folder that does not say how its watch was begun goes on with no other.
    let header = bench.run_folder().join("monitor.json");
    let mut known = read_json(&header);
    known.as_object_mut().expect("a header").remove("command");
    std::fs::write(&header, known.to_string()).expect("it is written");
    let unsaid = bench.run(&["monitor", "--resume", &folder]);
    assert!(unsaid.code == 2 && unsaid.err.contains("name the plan beside `--resume`"), "{}", unsaid.err);
}

#[test]
fn what_is_typed_beside_a_plan_is_heeded_or_refused() {
    let orders = Orders::start(|_| (200, RIGHT));
    let bench = bench(&orders.url);
    let (_, record) = watched(&bench, &[ONE, "for: 1h"], &["--for", "2s"], 0);
    assert_eq!(number(&record, "/took_ns"), 2_000_000_000);
    for option in [["--every", "1s"], ["--slow", "1s"], ["--down", "eba"], ["--auth", "me"]] {
        let ran = bench.run(&[&["monitor", "plan.yaml", "--env", "env.yaml"], &option[..]].concat());
        assert!(ran.code == 2 && ran.err.contains("cannot be used with"), "{option:?}: {}", ran.err);
    }
}

#[test]
fn a_watch_that_is_killed_twice_loses_at_most_the_probes_in_flight() {
    let orders = Orders::start(|_| (200, RIGHT));
    let bench = bench(&orders.url);
    let probes = "probes: [{call: getOrder, path: {id: o1}, every: 1s, timeout: 200ms, jitter: 0%}]";
    write_plan(&bench, "plan.yaml", &[probes, "for: 1h"]);
    let first = begun(&bench, None);
    orders.wait_for(2);
    killed(first);
    let folder = bench.run_folder().display().to_string();
    let second = begun(&bench, Some(&folder));
    orders.wait_for(2);
    let locked = bench.run(&["monitor", "plan.yaml", "--env", "env.yaml", "--resume", &folder]);
    assert!(locked.code == 2 && locked.err.contains("monitor/locked"), "{}", locked.err);
    killed(second);
    // A folder is of one watch; what is no folder of any is said.
    write_plan(&bench, "other.yaml", &["probes: [{call: getOrder, path: {id: o1}, every: 2s}]"]);
    let other = bench.run(&["monitor", "other.yaml", "--env", "env.yaml", "--resume", &folder]);
    assert!(other.code == 2 && other.err.contains("monitor/other-run"), "{}", other.err);
    let nothing = bench.run(&["monitor", "plan.yaml", "--env", "env.yaml", "--resume", "nothing"]);
    assert!(nothing.code == 2 && nothing.err.contains("nothing"), "{}", nothing.err);
    // What was killed is shown as far as it was written down, before anybody goes on with it.
    let shown = bench.run(&["report", "show", &folder]);
    assert!([0, 3].contains(&shown.code) && shown.out.contains("getOrder"), "{}{}", shown.out, shown.err);
    // Meanwhile a whole watch of another folder goes by, longer than the last probe speaks.
    let sent = orders.lines().len();
    let quick = ["monitor", "--env", "env.yaml", "--spec", "spec.yaml", "--op", "getOrder", "--every", "1s", "--for", "3s"];
    let between = bench.run(&[&quick[..], &["--out", "others", "-q"]].concat());
    assert_eq!(between.code, 0, "{}{}", between.out, between.err);
    let others = orders.lines().len() - sent;
    orders.wait_for(others);

    let third = begun(&bench, Some(&folder));
    orders.wait_for(2);
    assert!(Command::new("kill").args(["-TERM", &third.id().to_string()]).status().expect("kill").success());
    let ran = Ran::of(&third.wait_with_output().expect("its end"));
    assert_eq!(ran.code, 130, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("the watch goes on"), "{}", ran.err);
    let record = bench.record();
    let clean: Vec<bool> = record["sessions"].as_array().expect("sessions").iter().filter_map(|s| s["clean"].as_bool()).collect();
    assert_eq!(clean, [false, false, true]);
    let (came, kept) = ((orders.lines().len() - others) as u64, kept_probes(&record));
    assert!(came - kept <= 2, "{came} came and {kept} are kept");
    let gaps = record["gaps"].as_array().expect("gaps");
    let unknown: u64 = gaps.iter().map(|gap| number(gap, "/length_ns")).sum();
    assert!(unknown > 0, "{record:#}");
    let [eligible, up, _, down, no_data] = parts(&record, "/all");
    assert_eq!((down, eligible), (0, up + no_data));
    assert!(no_data >= unknown, "{no_data} {unknown}");
}

#[test]
fn whoever_wants_to_know_is_told_that_it_is_down_and_that_it_no_longer_is() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let orders = Orders::start(|_| if ASKED.fetch_add(1, Ordering::SeqCst) < 2 { (503, "{}") } else { (200, RIGHT) });
    let hook = Orders::start(|_| (204, ""));
    let bench = bench(&orders.url);
    let script = "printf '%s of %s: %s\\n' \"$1\" \"$2\" \"$3\" >> told";
    let command = format!("command: [sh, -c, {script:?}, sh, \"${{state}}\", \"${{operation}}\", \"${{text}}\"]");
    let alerts = format!(
        "alerts: [{{on: [down, up], {command}}}, {{on: down, webhook: {{url: \"{}/hook\"}}}}, {{on: up, command: [no-such-program]}}]",
        hook.url
    );
    let (ran, _) = watched(&bench, &[ONE, &alerts, "for: 4s"], &[], 0);
    let told = std::fs::read_to_string(bench.path("told")).expect("the command was run");
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() == 2 && lines[0].starts_with("down of getOrder: getOrder is down since 20"), "{told}{}", ran.err);
    assert!(lines[1].starts_with("up of getOrder: getOrder is no longer down"), "{told}");
    let [Came { line, body }] = &hook.came()[..] else { panic!("{:?}", hook.came()) };
    let body: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!((line.as_str(), body["type"].as_str()), ("POST /hook", Some("monitor.down")));
    assert_eq!((&body["data"]["operation"], &body["data"]["monitor"]), (&"getOrder".into(), &"orders".into()));
    // What could not be told is a note and changes nothing.
    assert!(ran.err.contains("alert 3 was not told that getOrder is no longer down"), "{}", ran.err);
}

#[test]
fn what_comes_before_all_probes_is_tried_again() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let orders = Orders::start(|came| match came.line.starts_with("POST") {
        true if ASKED.fetch_add(1, Ordering::SeqCst) == 0 => (503, "{}"),
        true => (201, r#"{"id":"o7"}"#),
        false => (200, r#"{"id":"o7"}"#),
    });
    let bench = bench(&orders.url);
    let before = "before: [{call: createOrder, body: {item: pen}, capture: {order: $.id}}]";
    let probes = "probes: [{call: getOrder, path: {id: \"${order}\"}, every: 1s}]";
    let (ran, record) = watched(&bench, &[before, probes, "for: 7s"], &[], 0);
    assert!(ran.err.contains("before the first probe") && ran.err.contains("it is tried again"), "{}", ran.err);
    assert_eq!(orders.lines().iter().filter(|line| line.starts_with("POST")).count(), 2);
    assert!(orders.lines().contains(&"GET /v1/orders/o7".to_owned()), "{:?}", orders.lines());
    // Nothing was known meanwhile, and nothing is made up.
    let [eligible, up, _, down, no_data] = parts(&record, "/all");
    assert!(eligible == 7_000_000_000 && down == 0 && up > 0 && no_data >= 5_000_000_000, "{record:#}");
}

/// An SLO of an operation, over the last minute.
fn slo(operation: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: slo, labels: {{operation: {operation}}}}}\nspec:\n  service: orders\n  \
         indicatorRef: orders\n  timeWindow: [{{duration: 1m, isRolling: true}}]\n  budgetingMethod: Timeslices\n  \
         objectives: [{{target: 0.99, timeSliceTarget: 1, timeSliceWindow: 1m}}]\n"
    )
}

#[test]
fn targets_that_one_watch_writes_as_openslo_are_promised_by_the_next() {
    let orders = Orders::start(|_| (200, RIGHT));
    let bench = bench(&orders.url);
    let targets = "targets: [\"99.9% of getOrder\", \"99%\"]";
    write_plan(&bench, "first.yaml", &[ONE, targets, "for: 2s"]);
    let first =
        bench.run(&["monitor", "first.yaml", "--env", "env.yaml", "-q", "--out", "first", "--report", "openslo=slos.yaml"]);
    assert_eq!(first.code, 0, "{}{}", first.out, first.err);
    let (ran, record) = watched(&bench, &[ONE, "for: 2s"], &["-q", "--slos", "slos.yaml"], 0);
    assert!(ran.out.contains("all 2 targets hold"), "{}", ran.out);
    let promised: Vec<_> = record["targets"].as_array().into_iter().flatten().map(|t| &t["operation"]).collect();
    assert_eq!(promised, [&Value::from("getOrder"), &Value::Null], "{record:#}");
    // What is promised already, of nothing that is watched, and over less than lies between two probes.
    bench.write("other.yaml", &slo("getOrdr"));
    bench.write("short.yaml", &slo("getOrder"));
    write_plan(&bench, "plan.yaml", &["probes: [{call: getOrder, path: {id: o1}, every: 5m}]", targets]);
    let files = ["--slos", "slos.yaml", "--slos", "other.yaml", "--slos", "short.yaml"];
    let ran = bench.run(&[&["monitor", "plan.yaml", "--env", "env.yaml"][..], &files].concat());
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    for said in [
        "monitor/duplicate-target",
        "no probe calls `getOrdr`",
        "did you mean `getOrder`?",
        "60s look back on less than the 5min",
        "nothing was sent",
    ] {
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
    }
}
