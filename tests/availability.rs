//! The window of an environment, wherever something is sent: checks and loads inside it, outside it, and across its edges.
//!
//! Through the binary, at instants that are rehearsed. Waits for no clock.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Loaded, Orders, bench, plan, write_plan};
use support::Bench;

const HOURS: &str = "window: {zone: Europe/Paris, open: [\"Mon-Sun 07:30-22:00\"], outside: OUTSIDE}";
const SUITE: &str = "\
suite: orders
spec: spec.yaml
cases:
  - name: an order is there
    steps:
      - call: getOrder
        path: {id: o1}
        expect: {status: 200}
";
const ONE: &str = "scenarios: [{call: getOrder, path: {id: o1}}]";

/// A bench whose environment keeps office hours.
fn hours(url: &str, outside: &str) -> Bench {
    let bench = bench(url);
    let window = HOURS.replace("OUTSIDE", outside);
    bench.write("env.yaml", &format!("environment: office\ntarget: {url}\n{window}\n"));
    bench.write("suite.yaml", SUITE);
    bench
}

/// A check of the suite as if it were `at`.
fn check(bench: &Bench, at: &str) -> support::Ran {
    bench.run(&["check", "suite.yaml", "--env", "env.yaml", "--at", at])
}

#[test]
fn inside_its_window_an_answer_is_judged_and_outside_it_is_information() {
    let orders = Orders::start(|_| (500, "{}"));
    for (at, code) in [
        // To the minute, on the days on which clocks are set: 05:30 UTC in summer, 06:30 UTC in winter.
        ("2026-03-29T05:29:59Z", 3),
        ("2026-03-29T05:30:00Z", 1),
        ("2026-10-25T06:29:59Z", 3),
        ("2026-10-25T06:30:00Z", 1),
        ("2026-10-25T21:00:00Z", 3),
    ] {
        let bench = hours(&orders.url, "inform");
        let ran = check(&bench, at);
        assert_eq!(ran.code, code, "{at}\n{}{}", ran.out, ran.err);
        let said = ran.out.contains("not judged: getOrder is outside its window");
        assert_eq!(said, code == 3, "{at}\n{}", ran.out);
    }
    assert_eq!(orders.lines().len(), 5, "whatever the hour, the request is sent");
}

#[test]
fn nothing_is_sent_where_the_environment_refuses() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "refuse");
    let ran = check(&bench, "2026-11-29T22:00:00+01:00");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let why = "getOrder is outside its window at 2026-11-29 22:00:00+01:00 (Mon-Sun 07:30-22:00 Europe/Paris, from the environment; \
               opens at 2026-11-30 07:30:00+01:00)";
    assert!(ran.err.contains(why), "{}", ran.err);
    write_plan(&bench, &[ONE, "arrival: {model: open, stages: [{rate: 40/s, for: 200ms}]}"]);
    // Closed, and open but closing before the load and its drain are over.
    for (at, why) in [
        ("2026-11-29T22:00:00+01:00", "getOrder is outside its window"),
        ("2026-11-29T21:59:58+01:00", "the plan is not over before getOrder is outside its window at 2026-11-29 22:00:00+01:00"),
    ] {
        let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml", "--at", at]);
        assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(why), "{}", ran.err);
    }
    assert_eq!(orders.lines(), Vec::<String>::new());
    assert_eq!(check(&bench, "2026-11-29T21:59:59+01:00").code, 0);
}

#[test]
fn a_check_that_is_rehearsed_goes_on_where_it_would_wait() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "wait");
    let ran = check(&bench, "2026-11-29T23:00:00+01:00");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("waiting until 2026-11-30T06:30:00Z: getOrder is outside its window"), "{}", ran.err);
}

#[test]
fn planned_maintenance_is_named_and_an_operation_may_have_hours_of_its_own() {
    let orders = Orders::start(|_| (500, "{}"));
    let bench = hours(&orders.url, "inform");
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Paris:20261129T100000\r\n\
                    DTEND;TZID=Europe/Paris:20261129T110000\r\nRRULE:FREQ=WEEKLY;BYDAY=SU\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    bench.write("maintenance.ics", calendar);
    let environment = |more: &str| {
        let window = HOURS.replace("outside: OUTSIDE", &format!("maintenance: [maintenance.ics]{more}"));
        bench.write("env.yaml", &format!("environment: office\ntarget: {}\n{window}\n", orders.url));
    };
    environment("");
    let ran = check(&bench, "2026-12-06T10:30:00+01:00");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("getOrder is in planned maintenance at 2026-12-06 10:30:00+01:00"), "{}", ran.out);
    assert_eq!(check(&bench, "2026-12-06T11:00:00+01:00").code, 1, "it is over");
    environment(", operations: {getOrder: {open: always, maintenance: []}}");
    assert_eq!(check(&bench, "2026-12-06T03:00:00+01:00").code, 1, "this operation never closes");
}

#[test]
fn a_name_that_is_nearly_one_of_the_spec_is_asked_about() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "inform");
    let environment = |more: &str| {
        let window = HOURS.replace("outside: OUTSIDE", more);
        bench.write("env.yaml", &format!("environment: office\ntarget: {}\n{window}\n", orders.url));
        check(&bench, "2026-12-06T12:00:00+01:00")
    };
    let ran = environment("apis: {spce: {maintenance: []}}, operations: {getOrdr: {open: always}}");
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for hint in ["no API `spce` is called here", "did you mean `spec`?", "no operation `getOrdr`", "did you mean `getOrder`?"] {
        assert!(ran.err.contains(hint), "{hint}\n{}", ran.err);
    }
    // One that is like none of them is for another run, and so is one that stands beside the right one.
    let ran = environment("apis: {billing: {open: always}}, operations: {getOrder: {open: always}, getOrders: {open: always}}");
    assert_eq!((ran.code, ran.err.contains("did you mean")), (0, false), "{}", ran.err);
}

#[test]
fn a_spec_may_state_its_window_itself() {
    let orders = Orders::start(|_| (500, "{}"));
    let bench = bench(&orders.url);
    bench.write("suite.yaml", SUITE);
    let stated = "x-availability: {zone: Europe/Paris, open: [\"Mon-Sun 07:30-22:00\"]}\n";
    bench.write("spec.yaml", &format!("{}{stated}", orders::SPEC));
    let ran = check(&bench, "2026-11-29T23:00:00+01:00");
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("from the spec spec"), "{}", ran.out);
    bench.write("spec.yaml", &format!("{}x-availability: {{zone: CET, open: [\"Mon-Sun 07:30-25:00\"]}}\n", orders::SPEC));
    let ran = check(&bench, "2026-11-29T23:00:00+01:00");
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("Europe/Paris") && ran.err.contains("25:00"), "both mistakes at once\n{}", ran.err);
}

#[test]
fn a_load_stands_still_while_it_is_closed_and_its_schedule_is_shifted() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "wait");
    write_plan(&bench, &[ONE, "arrival: {model: open, stages: [{rate: 20/s, for: 2s}]}"]);
    // Eleven seconds before closing, of which ten are left for what is under way to end: one second, and the other the next morning.
    let ran = bench.run(&["load", "plan.yaml", "--env", "env.yaml", "--at", "2026-11-29T21:59:49+01:00"]);
    let loaded = Loaded::of(&bench, ran, 0);
    assert_eq!(loaded.answers("getOrder"), [40, 40, 0]);
    let window = loaded.record["window"].as_str().expect("how it lies in its window");
    assert!(window.contains("all of the plan lies inside; it stands still once"), "{window}");
    assert!(loaded.ran.out.contains(window), "{}", loaded.ran.out);
}

#[test]
fn a_load_outside_its_window_is_information() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "inform");
    write_plan(&bench, &[ONE, "arrival: {model: open, stages: [{rate: 20/s, for: 1s}]}"]);
    let options = ["load", "plan.yaml", "--env", "env.yaml", "--at"];
    let ran = bench.run(&[&options[..], &["2026-11-29T23:00:00+01:00"]].concat());
    let loaded = Loaded::of(&bench, ran, 3);
    assert_eq!(loaded.answers("getOrder"), [20, 20, 0]);
    let why = loaded.record["unusable"].as_str().expect("why nothing is judged");
    assert!(why.starts_with("0% of the plan lies inside, and outside an answer is information: getOrder is outside"), "{why}");
}

#[test]
fn a_load_inside_its_window_says_so() {
    let orders = Orders::right();
    let bench = hours(&orders.url, "inform");
    let lines = [ONE, "arrival: {model: open, stages: [{rate: 20/s, for: 1s}]}"];
    let loaded = plan(&bench, &lines, &["--at", "2026-11-29T12:00:00+01:00"], 0);
    assert!(loaded.ran.out.contains("all of the plan lies inside"), "{}", loaded.ran.out);
}
