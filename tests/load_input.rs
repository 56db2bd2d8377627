//! What `proofmark load` refuses before it sends anything, and what keeps it from beginning.
//!
//! Through the binary. Nothing here is measured.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Loaded, Orders, bench, write_plan};
use std::net::TcpListener;
use support::{Bench, Ran};

const STEADY: &str = "arrival: {model: open, stages: [{rate: 40/s, for: 200ms}]}";
const ONE: &str = "scenarios: [{call: getOrder, path: {id: o1}}]";

/// A refusal: exit code 2, each of these parts, and nothing sent or written.
fn refused(bench: &Bench, ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part} in\n{}", ran.err);
    }
    assert!(!bench.path("reports").exists());
}

/// What is said of a plan of these lines, which nobody gets to see anything of.
fn refusal(lines: &[&str], parts: &[&str]) {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    write_plan(&bench, lines);
    refused(&bench, &bench.run(&["load", "plan.yaml", "--env", "env.yaml"]), parts);
    assert_eq!(orders.lines(), Vec::<String>::new());
}

#[test]
fn load_goes_to_nobody_who_has_not_consented() {
    let bench = bench("http://192.0.2.1:8080");
    write_plan(&bench, &[ONE, STEADY]);
    let consent = ["192.0.2.1 has not consented to load", "allow_load: [192.0.2.1]"];
    let by_environment = bench.run(&["load", "plan.yaml", "--env", "env.yaml"]);
    refused(&bench, &by_environment, &[&consent[..], &["env.yaml:2:9"]].concat());
    let quick = ["load", "--spec", "spec.yaml", "--op", "getOrder", "--rate", "1/s"];
    for command in [&["load", "plan.yaml"][..], &quick] {
        refused(&bench, &bench.run(&[command, &["--target", "http://192.0.2.1"]].concat()), &consent);
    }
    // Every address that a spec is said to be at is asked for.
    bench.write("env.yaml", "environment: e\ntarget: {default: 'http://127.0.0.1:1', spec: 'https://example.com'}\n");
    refused(&bench, &bench.run(&["load", "plan.yaml", "--env", "env.yaml"]), &["allow_load: [example.com]"]);
}

#[test]
fn whoever_consents_is_loaded() {
    let orders = Orders::right();
    // An address that is no loopback address, and leads to this machine all the same.
    let url = orders.url.replace("127.0.0.1", "0.0.0.0");
    let bench = bench(&url);
    write_plan(&bench, &[ONE, STEADY]);
    refused(&bench, &bench.run(&["load", "plan.yaml", "--env", "env.yaml"]), &["allow_load: [0.0.0.0]"]);
    bench.write("env.yaml", &format!("environment: e\ntarget: {url}\nallow_load: [0.0.0.0]\n"));
    let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml"]);
    assert_eq!(Loaded::of(&bench, ran, 0).answers("getOrder"), [8, 8, 0]);
    assert_eq!(orders.lines().len(), 8);
}

#[test]
fn a_closed_port_is_not_judged_and_says_so_in_one_sentence() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let bench = bench(&format!("http://127.0.0.1:{port}"));
    write_plan(&bench, &[ONE, STEADY]);
    let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml"]);
    let said = format!("not judged: http://127.0.0.1:{port} cannot be reached: connection refused\n");
    assert_eq!((ran.code, ran.out.as_str(), ran.err), (3, "", said));
    assert!(!bench.path("reports").exists());
}

#[test]
fn a_token_that_is_refused_is_said() {
    let bench = Bench::new();
    let ran = bench
        .command(&["load", "notification-api"])
        .env("PROOFMARK_ADMIN_SECRET", "another")
        .output()
        .map(|output| Ran::of(&output))
        .expect("the binary runs");
    assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{}", ran.err);
    assert!(ran.err.starts_with("not judged: no token for `admin`: "), "{}", ran.err);
    assert!(!ran.err.contains("another"), "no secret is shown: {}", ran.err);
}

#[test]
fn mistakes_of_writing_are_shown_at_once_with_their_places() {
    refusal(
        &[
            "scenarios:",
            "  - {call: getOrder, path: {id: o1}, wieght: 2}",
            "  - {call: getOrder, weight: 0, data: ids.txt}",
            "arrival: {model: opne, stages: [{rate: 40, for: 1s}]}",
            "slo: {p95: '< 3 apples', p0: '< 1s', errors: '< 1s', validated: most}",
            "abort: {when: errors > 5%}",
            "validate: some",
            "trasnport: {}",
        ],
        &[
            "plan.yaml:5:38",
            "did you mean `weight`?",
            "plan.yaml:6:",
            "plan.yaml:7:18",
            "did you mean `open`?",
            "plan.yaml:8:",
            "`3 apples`",
            "plan.yaml:9:",
            "for 10s",
            "plan.yaml:10:",
            "plan.yaml:11:1",
            "did you mean `transport`?",
            "nothing was sent",
        ],
    );
}

#[test]
fn mistakes_of_naming_are_shown_at_once_with_what_was_meant() {
    let bench = Bench::new();
    bench.write("spec.yaml", orders::SPEC);
    bench.write("ids.csv", "id\na\n");
    bench.write(
        "suite.yaml",
        "suite: S\nspec: spec.yaml\ncases:\n  - name: one of each\n    each: [{id: a}, {id: b}]\n    steps:\n      - call: getOrder\n        \
         path: {id: '${row.id}'}\n  - name: with the clock\n    steps:\n      - {control: advance, with: {by: PT1M}}\n      - parallel: [{call: \
         getOrder, path: {id: a}}, {call: getOrder, path: {id: b}}]\n  - name: all at once\n    steps: [{call: getOrder, path: {id: a}, \
         repeat: {times: 2, concurrently: true}}]\n",
    );
    bench.write(
        "plan.yaml",
        "load: l\nsuite: suite.yaml\nscenarios:\n  - {case: one of eech}\n  - {case: one of each, row: 3}\n  - {case: with the clock}\n  \
         - {case: all at once}\n  - {call: getOrder, path: {id: '${data.idd}'}, data: ids.csv}\n  - {call: getOrder, path: {id: '${data.id}'}}\n  \
         - {call: dropOrder, path: {id: x}, data: nowhere.csv}\n\
         arrival: {model: open, stages: [{rate: 4/s, for: 1s}]}\n\
         callbacks:\n  - {trigger: getOrdr, id: $.id, listener: partnr, callback: getOrder.told, delivered_id: $.id, within: 1s}\n\
         slo: {dropOrdr: {p99: < 1s}}\n",
    );
    refused(
        &bench,
        &bench.run(&["load", "plan.yaml"]),
        &[
            "plan.yaml:4:12",
            "the suite has no case `one of eech`",
            "did you mean `one of each`?",
            "plan.yaml:5:",
            "has 2 rows, not 3",
            "suite.yaml:11:",
            "`control` cannot be used under load",
            "suite.yaml:12:",
            "`parallel` cannot be used under load",
            "suite.yaml:14:",
            "`concurrently` cannot be used under load",
            "plan.yaml:8:",
            "`ids.csv` has no column `idd`",
            "did you mean `id`?",
            "plan.yaml:9:",
            "`data.id` in a scenario without data",
            "plan.yaml:10:",
            "cannot read `nowhere.csv`",
            "plan.yaml:13:",
            "the environment has no listener `partnr`",
            "did you mean `partner`?",
            "`getOrder.told` is no callback",
            "10 faults; nothing was sent",
        ],
    );
    // Which operations are called is known when every case is.
    let text = std::fs::read_to_string(bench.path("plan.yaml")).expect("the plan");
    bench.write("plan.yaml", &text.replace("eech", "each"));
    refused(
        &bench,
        &bench.run(&["load", "plan.yaml"]),
        &[
            "no scenario calls `getOrdr`, so it triggers nothing",
            "did you mean `getOrder`?",
            "plan.yaml:14:",
            "no scenario calls `dropOrdr`",
            "did you mean `dropOrder`?",
            "11 faults; nothing was sent",
        ],
    );
}

#[test]
fn wrong_usage_is_refused_with_a_hint() {
    let bench = bench("http://127.0.0.1:1");
    write_plan(&bench, &[ONE, STEADY]);
    let quick = ["load", "--spec", "spec.yaml", "--op"];
    for (args, part) in [
        (&["load", "plan.yaml", "--rate", "5/s"][..], "the plan says when calls begin"),
        (&["load", "plan.yaml", "--op", "getOrder"], "cannot be used with"),
        (&["load", "plan.yaml", "--workers", "2"], "cannot be used with"),
        (&["load", "plan.yaml", "--for", "3s"], "cannot be used with"),
        (&["load", "nowhere.yaml"], "nowhere.yaml"),
        (&[&quick[..], &["getOrder"]].concat(), "add --rate 200/s"),
        (&[&quick[..], &["getOrdr", "--rate", "5/s"]].concat(), "did you mean `getOrder`?"),
        (&[&quick[..], &["getOrder", "--rate", "5"]].concat(), "5"),
        (&[&quick[..], &["getOrder", "--rate", "5/s", "--for", "0s"]].concat(), "no time at all"),
        (&[&quick[..], &["getOrder", "--rate", "5/s", "--slo", "p99 < 3 apples"]].concat(), "3 apples"),
        (&[&quick[..], &["getOrder", "--rate", "5/s", "--validate", "sample=200%"]].concat(), "200%"),
        (&[&quick[..], &["getOrder", "--rate", "5/s", "--auth", "somebody"]].concat(), "somebody"),
        (&[&quick[..], &["getOrder", "--connections", "0"]].concat(), "1"),
        (&[&quick[..], &["getOrder", "--rate", "900000000/s"]].concat(), "more than"),
        (&["load", "--spec", "spec.yaml", "--rate", "5/s"], "--op"),
    ] {
        let ran = bench.run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(part), "{part} in {}", ran.err);
    }
    assert!(!bench.path("reports").exists());
    let listed = bench.run(&["load", "--list"]);
    assert_eq!((listed.code, listed.out.lines().count()), (0, 3), "{}", listed.out);
}
