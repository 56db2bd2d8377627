//! `proofmark load` from end to end: what is counted, judged, awaited and kept, and what a load exits with.
//!
//! Through the binary, on ports of the system's choosing. Never asserts how long anything takes.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Loaded, Orders, bench, plan, write_plan};
use serde_json::Value;
use std::process::Stdio;
use support::{Bench, Ran, Sandbox, read_json};

/// A shipped plan, shortened: what it says with other words in their places.
fn shortened(plan: &str, instead: &[(&str, &str)]) -> String {
    let mut text = plan.replace("suite: ../", "suite: shipped:suites/");
    for (from, to) in instead {
        assert!(text.contains(from), "{from} in {text}");
        text = text.replace(from, to);
    }
    // What is promised of times is not tried on a machine that others use.
    text.replace("< 300ms", "< 60s").replace("< 800ms", "< 60s").replace("  achieved_rate: \">= 98%\"\n", "")
}

fn all_pass(loaded: &Loaded) {
    assert!(loaded.slos().iter().all(|(_, outcome)| outcome == "pass"), "{:?}", loaded.slos());
}

const SIGNATURES: [(&str, &str); 2] = [
    ("{rate: 10/s, to: 40/s, for: 2s, warmup: true}", "{rate: 20/s, for: 300ms, warmup: true}"),
    ("{rate: 40/s, for: 8s}", "{rate: 12/s, for: 1s}"),
];

#[test]
fn signatures_are_launched_read_and_notified() {
    let bench = Bench::new();
    bench.write("plan.yaml", &shortened(include_str!("../suites/load/contract-signature.yaml"), &SIGNATURES));
    let ran = bench.run(&["load", "plan.yaml", "--seed", "7"]);
    let loaded = Loaded::of(&bench, ran, 0);
    all_pass(&loaded);
    // Of twelve journeys eight launch one signature and read it twice, and four launch two and read the first's proposal; six more warm up.
    for (operation, count) in [("createSignature", 16), ("GET {location}", 8), ("getSignature", 8), ("getProposal", 4)] {
        assert_eq!(loaded.answers(operation), [count, count, 0], "{operation}");
    }
    assert_eq!(["due", "journeys", "sent", "missed"].map(|n| loaded.number(&format!("/load/arrival/{n}"))), [12, 12, 36, 0]);
    assert_eq!(loaded.record["load"]["validation"]["sentence"], "validated 36 of 36 received: exact");
    assert_eq!(
        (loaded.number("/load/arrival/measured_ns"), loaded.number("/load/warmup/length_ns")),
        (1_000_000_000, 300_000_000)
    );
    let callbacks = &loaded.record["callbacks"][0];
    let figures = ["triggered", "delivered", "lost", "open", "duplicates", "unexpected", "validated", "invalid"];
    // The launches of the warm-up are notified too.
    assert_eq!(figures.map(|f| callbacks[f].as_u64().expect("a count")), [24, 24, 0, 0, 0, 0, 24, 0]);
    assert_eq!(callbacks["latency"]["samples"], 24);
    assert_eq!((loaded.record["seed"].as_u64(), loaded.record["failures"].as_array().map(Vec::len)), (Some(7), Some(0)));
}

#[test]
fn subscriptions_that_come_at_random_are_read_as_they_were_created() {
    let bench = Bench::new();
    let instead = [
        ("{rate: 50/s, for: 2s, warmup: true}", "{rate: 20/s, for: 200ms, warmup: true}"),
        ("{rate: 50/s, for: 8s}", "{rate: 30/s, for: 1s}"),
    ];
    bench.write("plan.yaml", &shortened(include_str!("../suites/load/notification-api.yaml"), &instead));
    let ran = bench.run(&["load", "plan.yaml", "--seed", "3"]);
    let loaded = Loaded::of(&bench, ran, 0);
    all_pass(&loaded);
    let journeys = loaded.number("/load/arrival/journeys");
    assert!(journeys > 0 && journeys == loaded.number("/load/arrival/due"));
    for operation in ["createSubscription", "getSubscription"] {
        assert_eq!(loaded.answers(operation), [journeys, journeys, 0], "{operation}");
    }
}

#[test]
fn partners_who_catch_up_wait_for_their_answers() {
    let bench = Bench::new();
    let instead =
        [("users: 8, ramp: 1s, for: 2s", "users: 2, ramp: 100ms, for: 200ms"), ("{users: 8, for: 8s}", "{users: 2, for: 1s}")];
    bench.write("plan.yaml", &shortened(include_str!("../suites/load/notifications.yaml"), &instead));
    let ran = bench.run(&["load", "plan.yaml"]);
    let loaded = Loaded::of(&bench, ran, 0);
    all_pass(&loaded);
    let total = ["count", "validated", "invalid", "unanswered"].map(|n| loaded.number(&format!("/load/total/{n}")));
    assert!(total[0] > 0 && total[1..] == [total[0], 0, 0], "{total:?}");
    assert!(loaded.answers("listNotifications")[0] > loaded.answers("getCallback")[0], "three to one");
    assert_eq!((&loaded.record["open"], loaded.number("/load/arrival/due")), (&false.into(), 0));
}

#[test]
fn deliveries_that_never_come_are_lost_and_wrong_ones_are_wrong() {
    let text = shortened(include_str!("../suites/load/contract-signature.yaml"), &SIGNATURES);
    for (fault, lost, invalid) in [("initiated-not-notified", true, false), ("signature-wrong", false, true)] {
        let (bench, sandbox) = (Bench::new(), Sandbox::start(&["--fault", fault]));
        // Only what never comes is not waited for long.
        bench.write("plan.yaml", &if lost { text.replace("within: 10s", "within: 500ms") } else { text.clone() });
        let ran = bench.run(&["load", "plan.yaml", "--target", &sandbox.url]);
        let loaded = Loaded::of(&bench, ran, 1);
        let figures = ["triggered", "delivered", "lost", "invalid"].map(|f| loaded.number(&format!("/callbacks/0/{f}")));
        let expected = if lost { [24, 0, 24, 0] } else { [24, 24, 0, 24] };
        assert_eq!(figures, expected, "{fault}");
        let outcome = loaded.slos().into_iter().find(|(title, _)| title.starts_with("callback_loss")).map(|(_, outcome)| outcome);
        assert_eq!(outcome.as_deref(), Some(if lost { "fail" } else { "pass" }));
        let kept = loaded.record["failures"].as_array().expect("failures");
        assert_eq!(kept.len(), usize::from(invalid), "{fault}: one of its kind");
    }
}

#[test]
fn a_wrong_answer_is_counted_kept_once_and_ends_its_journey() {
    let (bench, sandbox) = (Bench::new(), Sandbox::start(&["--fault", "missing-field"]));
    let case = "a launch answers with an ongoing envelope, and Location leads to it";
    bench.write(
        "plan.yaml",
        &format!(
            "load: l\nsuite: shipped:suites/laas-contract-signature/laas-contract-signature.yaml\nscenarios: [{{case: \"{case}\"}}]\n\
             arrival: {{model: open, stages: [{{rate: 12/s, for: 1s}}]}}\nslo: {{validated: exact}}\n"
        ),
    );
    let ran = bench.run(&["load", "plan.yaml", "--target", &sandbox.url, "--report", "junit=j.xml"]);
    let loaded = Loaded::of(&bench, ran, 1);
    assert_eq!((loaded.answers("createSignature"), loaded.answers("getSignature")), ([12, 12, 12], [0, 0, 0]));
    let failures = loaded.record["failures"].as_array().expect("failures");
    assert_eq!((failures.len() as u64, loaded.number("/failures_not_kept")), (1, 11));
    let finding = &failures[0]["findings"][0];
    assert_eq!(finding["check"], "body.schema", "{finding}");
    assert!(failures[0]["exchange"]["response"]["status"] == 201 && finding.to_string().contains("expiresAt"), "{finding}");
    let tests = tests_of(&bench);
    let wrong = ("every judged answer keeps to the contract".to_owned(), true);
    assert!(tests.contains(&wrong), "{tests:?}");
}

/// The test cases of a JUnit file, and whether each failed, as a parser that is not ours reads them.
fn tests_of(bench: &Bench) -> Vec<(String, bool)> {
    let file = std::fs::File::open(bench.path("j.xml")).expect("the file");
    let report = junit_parser::from_reader(std::io::BufReader::new(file)).expect("JUnit");
    report.suites.iter().flat_map(|s| &s.cases).map(|c| (c.original_name.clone(), c.status.is_failure())).collect()
}

#[test]
fn an_operation_is_loaded_without_a_plan_and_its_figures_have_their_fixed_shape() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let ran = bench.run(&[
        "load",
        "--spec",
        "spec.yaml",
        "--op",
        "getOrder",
        "--env",
        "env.yaml",
        "--rate",
        "50/s",
        "--for",
        "400ms",
        "--report",
        "json=r.json",
    ]);
    let loaded = Loaded::of(&bench, ran, 0);
    assert_eq!(loaded.answers("getOrder"), [20, 20, 0]);
    assert_eq!(orders.lines(), vec!["GET /v1/orders/o1"; 20]);
    let report = read_json(&bench.path("r.json"));
    assert_eq!(report, loaded.record);
    let operations = report["load"]["operations"].as_array().expect("operations");
    assert_eq!(operations.len(), 1);
    let operation = operations[0].as_object().expect("an operation");
    for key in ["operation", "count", "validated", "errors", "response_time", "service_time", "lag"] {
        assert!(operation.contains_key(key), "{key} in {operation:?}");
    }
    assert_eq!(operation["errors"], serde_json::json!({}));
    for figure in ["response_time", "service_time", "lag"] {
        let times = operation[figure].as_object().expect("times");
        for key in ["p50", "p90", "p99", "p99.9", "max", "mean"] {
            assert!(times[key].is_number(), "{figure} {key}: {times:?}");
        }
    }
    // From the intended start: no answer is sooner than from its sending.
    assert!(operation["response_time"]["p99"].as_u64() >= operation["service_time"]["p50"].as_u64());
}

#[test]
fn the_short_form_takes_routes_users_identities_objectives_and_modes() {
    let orders = Orders::right();
    for (options, validated) in [
        (&["--op", "GET /orders/{id}", "--connections", "2", "--validate", "none"][..], false),
        (&["--op", "createOrder", "--rate", "40/s", "--poisson", "--slo", "p99 < 60s", "--warmup", "100ms"], true),
    ] {
        let bench = bench(&orders.url);
        let mut args = vec!["load", "--spec", "spec.yaml", "--target", &orders.url, "--for", "300ms", "--seed", "1"];
        args.extend(options);
        let loaded = Loaded::of(&bench, bench.run(&args), 0);
        let [count, judged] = ["count", "validated"].map(|n| loaded.number(&format!("/load/total/{n}")));
        assert!(count > 0 && judged == if validated { count } else { 0 }, "{options:?}: {judged} of {count}");
        assert_eq!(loaded.record["load"]["validation"]["exact"], validated);
        assert_eq!(loaded.slos().iter().any(|(title, _)| title == "p99 < 60s"), validated);
    }
    assert!(orders.came().iter().any(|c| c.line == "POST /v1/orders" && c.body == r#"{"item":"pen"}"#));
}

const STEADY: &str = "arrival: {model: open, stages: [{rate: 40/s, for: 500ms}]}";

#[test]
fn an_objective_that_does_not_hold_fails_the_load_and_has_a_test_of_its_own() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let slo = r#"slo: {throughput: ">= 1000000/s", p99: "< 60s", getOrder: {errors: "<= 0%"}}"#;
    let loaded = plan(&bench, &["scenarios: [{call: getOrder, path: {id: o1}}]", STEADY, slo], &["--report", "junit=j.xml"], 1);
    let outcomes = [("throughput >= 1000000/s", "fail"), ("p99 < 60s", "pass"), ("errors <= 0% of getOrder", "pass")];
    assert_eq!(loaded.slos(), outcomes.map(|(title, outcome)| (title.to_owned(), outcome.to_owned())));
    let tests = tests_of(&bench);
    if loaded.ran.code == 1 {
        assert_eq!(tests, outcomes.map(|(title, outcome)| (title.to_owned(), outcome == "fail")));
    }
}

#[test]
fn an_objective_without_samples_is_not_met() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let scenarios = "scenarios: [{call: getOrder, path: {id: o1}, weight: 1000}, {call: dropOrder, path: {id: o1}}]";
    let loaded = plan(&bench, &[scenarios, STEADY, r#"slo: {dropOrder: {p99: "< 1h"}}"#], &[], 3);
    assert_eq!((loaded.answers("getOrder"), loaded.answers("dropOrder")), ([20, 20, 0], [0, 0, 0]));
    assert_eq!(loaded.slos()[0], ("p99 < 1h of dropOrder".to_owned(), "skipped".to_owned()));
}

#[test]
fn a_name_that_nothing_captures_is_found_before_anything_is_sent() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let scenarios = "scenarios: [{call: getOrder, path: {id: o1}}, {call: getOrder, path: {id: '${nobody}'}}]";
    write_plan(&bench, &[scenarios, STEADY]);
    let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("plan.yaml:4:") && ran.err.contains("nobody"), "{}", ran.err);
    assert_eq!(orders.lines(), Vec::<String>::new());
}

#[test]
fn the_seed_gives_the_same_turns_and_rows() {
    let lines = |seed: &str| {
        let orders = Orders::right();
        let bench = bench(&orders.url);
        bench.write("ids.csv", &(0..50).fold("id\n".to_owned(), |text, n| format!("{text}o{n}\n")));
        let data = "data: {file: ids.csv, pick: random}";
        let scenarios = format!(
            "scenarios: [{{call: getOrder, path: {{id: '${{data.id}}'}}, weight: 3, {data}}}, {{call: createOrder, given: examples, weight: 2}}]"
        );
        let loaded = plan(&bench, &[&scenarios, STEADY], &["--seed", seed], 0);
        assert_eq!(loaded.record["seed"].to_string(), seed);
        orders.lines()
    };
    let first = lines("5");
    assert_eq!(first.len(), 20);
    assert_eq!(first.iter().filter(|l| l.starts_with("POST")).count(), 8, "two of five");
    assert_eq!(lines("5"), first);
    assert_ne!(lines("6"), first);
}

#[test]
fn what_was_captured_before_is_found_in_the_scenarios() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let before = "before: [{call: createOrder, body: {item: '${unique}'}, capture: {made: $.id}}]";
    let loaded = plan(&bench, &[before, "scenarios: [{call: getOrder, path: {id: '${made}'}}]", STEADY], &[], 0);
    assert_eq!(loaded.answers("getOrder"), [20, 20, 0]);
    let lines = orders.lines();
    assert_eq!((lines.len(), lines[0].as_str()), (21, "POST /v1/orders"));
    assert!(lines[1..].iter().all(|l| l == "GET /v1/orders/o7"), "{lines:?}");
}

#[test]
fn what_cannot_be_done_before_keeps_the_load_from_beginning() {
    let orders = Orders::start(|_| (500, "{}"));
    let bench = bench(&orders.url);
    write_plan(
        &bench,
        &["before: [{call: createOrder, given: examples}]", "scenarios: [{call: getOrder, given: examples}]", STEADY],
    );
    let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("before the load, createOrder"), "{}", ran.err);
    assert_eq!(orders.lines(), ["POST /v1/orders"], "nothing is repeated");
}

#[test]
fn rows_are_taken_in_turn_or_once_each() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    bench.write("ids.csv", "id,note\na,1\nb,2\n\"c/d\",3\n");
    let scenarios = "scenarios: [{call: getOrder, path: {id: '${data.id}'}, data: ids.csv}]";
    plan(&bench, &[scenarios, "arrival: {model: open, stages: [{rate: 20/s, for: 250ms}]}"], &[], 0);
    assert_eq!(orders.lines(), ["a", "b", "c%2Fd", "a", "b"].map(|id| format!("GET /v1/orders/{id}")));
}

#[test]
fn unique_rows_end_the_load_when_they_are_used_up() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    bench.write(
        "orders.jsonl",
        "{\"item\": \"pen\", \"count\": 1}\n{\"item\": \"ink\", \"count\": 2}\n{\"item\": \"\\\"x\\\"\", \"count\": 3}\n",
    );
    let body = "body: {item: '${data.item}', count: '${data.count}'}";
    let scenarios = format!("scenarios: [{{call: createOrder, {body}, data: {{file: orders.jsonl, pick: unique}}}}]");
    let loaded = plan(&bench, &[&scenarios, STEADY], &[], 0);
    assert_eq!(loaded.answers("createOrder"), [3, 3, 0]);
    let bodies: Vec<Value> = orders.came().iter().map(|c| serde_json::from_str(&c.body).expect("JSON")).collect();
    let expected = [("pen", 1), ("ink", 2), ("\"x\"", 3)];
    assert_eq!(
        bodies,
        expected.map(|(item, count)| serde_json::json!({"item": item, "count": count})),
        "values keep their types"
    );
}

#[test]
fn a_load_whose_answers_are_wrong_is_given_up_where_the_plan_says_so() {
    let orders = Orders::start(|_| (500, "{}"));
    let bench = bench(&orders.url);
    let arrival = "arrival: {model: open, stages: [{rate: 20/s, for: 10m}]}";
    let rest = "slo: {errors: \"<= 100%\"}\nabort: {when: \"errors > 50% for 1s\"}";
    let loaded = plan(&bench, &["scenarios: [{call: getOrder, path: {id: o1}}]", arrival, rest], &[], 1);
    let reason = loaded.record["aborted"].as_str().expect("a reason");
    assert!(reason.starts_with("errors > 50%"), "{reason}");
    assert_eq!(loaded.operation("getOrder")["statuses"]["5xx"], loaded.operation("getOrder")["count"]);
}

#[test]
fn a_load_that_is_interrupted_keeps_what_it_measured() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let arrival = "arrival: {model: closed, stages: [{users: 1, for: 10m}], think: 5ms}";
    write_plan(&bench, &["scenarios: [{call: getOrder, path: {id: o1}}]", arrival, "slo: {p99: \"< 60s\"}"]);
    let child = bench
        .command(&["load", "plan.yaml", "--env", "env.yaml"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // The tenth request of one user shows that nine answers were had.
    orders.wait_for(10);
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let loaded = Loaded::of(&bench, Ran::of(&child.wait_with_output().expect("its end")), 130);
    assert_eq!((&loaded.record["interrupted"], &loaded.record["verdict"]), (&true.into(), &"interrupted".into()));
    let [count, validated, invalid] = loaded.answers("getOrder");
    assert!(count >= 9 && validated == count && invalid == 0, "{count} {validated} {invalid}");
    assert_eq!(count, orders.lines().len() as u64, "every answer is counted");
    for file in ["report.html", "junit.xml", "journal.jsonl", "load.hlog", "getOrder.response.hgrm"] {
        assert!(bench.run_folder().join(file).metadata().is_ok_and(|m| m.len() > 100), "{file}");
    }
    assert!(loaded.ran.out.contains("interrupted"), "{}", loaded.ran.out);
}

#[test]
fn a_load_that_was_killed_can_still_be_shown() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let arrival = "arrival: {model: closed, stages: [{users: 1, for: 10m}], think: 10ms}";
    write_plan(&bench, &["scenarios: [{call: getOrder, path: {id: o1}}]", arrival]);
    let mut child = bench
        .command(&["load", "plan.yaml", "--env", "env.yaml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it runs");
    // With pauses of ten milliseconds between them these take three seconds and more, so that whole ones were written down.
    orders.wait_for(300);
    child.kill().expect("it is killed");
    child.wait().expect("its end");
    let folder = bench.run_folder();
    assert!(!folder.join("record.json").exists());
    let path = folder.display().to_string();
    let shown = bench.run(&["report", "show", &path]);
    assert_eq!(shown.code, 130, "{}{}", shown.out, shown.err);
    assert!(shown.out.contains("getOrder") && shown.out.contains(": exact"), "{}", shown.out);
    let json = bench.run(&["report", "show", &path, "--format", "json"]);
    let record: Value = serde_json::from_str(&json.out).expect("JSON");
    let count = record["load"]["total"]["count"].as_u64().expect("a count");
    assert!(count > 0 && count <= orders.lines().len() as u64, "{count}");
    assert!(bench.run(&["report", "show", &path, "--format", "html"]).out.contains("</html>"));
}
