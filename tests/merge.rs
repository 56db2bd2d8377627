//! `proofmark report merge`, through the binary: the runs of several jobs as one record that is never better than they are.
//!
//! Serves its own small API and writes into temporary folders. Never asserts a time.

#[path = "support/orders.rs"]
mod orders;
mod support;

use orders::{Orders, SPEC};
use serde_json::Value;
use std::path::PathBuf;
use support::{Bench, Ran, read_json};

const SUITE: &str = "suite: Orders
spec: spec.yaml
cases:
  - name: made
    tags: [first]
    steps: [{call: createOrder, body: {item: pen}, expect: {status: 201}}]
  - name: read
    tags: [first, second]
    steps: [{call: getOrder, path: {id: o1}, expect: {status: 200}}]
  - name: dropped
    tags: [second]
    steps: [{call: dropOrder, path: {id: o1}, expect: {status: 204}}]
";

fn bench(url: &str) -> Bench {
    let bench = Bench::new();
    bench.write("spec.yaml", SPEC);
    bench.write("suite.yaml", SUITE);
    bench.write("env.yaml", &format!("environment: ci\ntarget: {url}\n"));
    bench
}

/// A job: a check of what has a tag, with an `--out` folder of its own; its run folder.
fn job(bench: &Bench, name: &str, tag: &str, seed: &str, code: i32) -> String {
    let ran = bench.run(&["check", "suite.yaml", "--env", "env.yaml", "--tag", tag, "--out", name, "--seed", seed, "-q"]);
    assert_eq!(ran.code, code, "{}{}", ran.out, ran.err);
    let folders = std::fs::read_dir(bench.path(name)).expect("a folder").flatten().map(|e| e.path()).filter(|p| p.is_dir());
    folders
        .collect::<Vec<PathBuf>>()
        .first()
        .expect("a run")
        .strip_prefix(bench.folder.path())
        .expect("inside")
        .display()
        .to_string()
}

fn merge(bench: &Bench, parts: &[&str], more: &[&str]) -> Ran {
    bench.run(&[&["report", "merge"], parts, more].concat())
}

#[test]
fn two_jobs_are_one_record_that_is_shown_like_any_other() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let (a, b) = (job(&bench, "a", "first", "1", 0), job(&bench, "b", "second", "2", 0));
    let ran = merge(&bench, &[&a, &b], &["--report", "json=out/all.json", "--report", "junit=out/junit.xml"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("put together from 2 runs") && ran.out.contains("1 case is in several parts"), "{}", ran.out);
    let record = read_json(&bench.path("out/all.json"));
    let titles: Vec<&str> = record["cases"].as_array().expect("cases").iter().filter_map(|c| c["title"].as_str()).collect();
    assert_eq!(titles, ["made", "read", "dropped"]);
    assert_eq!((record["merged"]["parts"].as_array().map(Vec::len), record["totals"]["cases"].as_u64()), (Some(2), Some(3)));
    assert_eq!(record["merged"]["repeated"][0]["outcomes"], serde_json::json!(["pass", "pass"]));
    let ids: Vec<&str> = record["exchanges"].as_array().expect("exchanges").iter().filter_map(|x| x["id"].as_str()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<std::collections::BTreeSet<_>>().len(), "{ids:?}");
    let shown = bench.run(&["report", "show", "out/all.json", "--format", "html"]);
    assert!(shown.code == 0 && shown.out.contains("put together from 2 runs"), "{}", shown.err);
    let schema: Value = serde_json::from_str(&bench.run(&["schema", "record", "run"]).out).expect("a schema");
    assert!(jsonschema::is_valid(&schema, &record));
    // Its own folder lies beside the others, and is no run of the history.
    assert!(bench.run_folder().to_string_lossy().ends_with("-merge"));
    assert_eq!(bench.run(&["report", "list"]).out, "no runs\n");
}

#[test]
fn a_sum_is_as_bad_as_its_worst_part_and_keeps_every_finding() {
    let right = Orders::right();
    let wrong = Orders::start(|_| (200, r#"{"id":1}"#));
    let bench = bench(&right.url);
    let good = job(&bench, "a", "first", "1", 0);
    bench.write("env.yaml", &format!("environment: ci\ntarget: {}\n", wrong.url));
    let bad = job(&bench, "b", "second", "2", 1);
    for parts in [[&good, &bad], [&bad, &good]] {
        let ran = merge(&bench, &[parts[0], parts[1]], &["--report", "json=out.json"]);
        assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
        let record = read_json(&bench.path("out.json"));
        let read = record["cases"].as_array().expect("cases").iter().find(|c| c["title"] == "read").expect("the case of both");
        assert_eq!(read["outcome"], "fail");
        assert!(ran.out.contains("the worst outcome of each counts"), "{}", ran.out);
        assert_eq!(
            support::findings(&record).len() as u64,
            read_json(&bench.path(&bad).join("record.json"))["totals"]["findings"].as_u64().expect("a count")
        );
    }
    // What was not judged in one part is not judged in the sum.
    bench.write(
        "skipped.yaml",
        "suite: Hooks\nspec: spec.yaml\ncases: [{name: later, requires: [control], steps: [{control: clock}]}]\n",
    );
    bench.write("env.yaml", &format!("environment: ci\ntarget: {}\n", right.url));
    let ran = bench.run(&["check", "skipped.yaml", "--env", "env.yaml", "--out", "c", "-q"]);
    assert_eq!(ran.code, 3, "{}{}", ran.out, ran.err);
    let unjudged =
        std::fs::read_dir(bench.path("c")).expect("a folder").flatten().map(|e| e.path()).find(|p| p.is_dir()).expect("a run");
    let ran = merge(&bench, &[&good, &unjudged.display().to_string()], &[]);
    assert!(ran.code == 3 && ran.out.contains("could not be judged"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_is_not_of_one_run_is_refused_with_a_reason() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let a = job(&bench, "a", "first", "1", 0);
    let refused = |parts: &[&str], code: &str, word: &str| {
        let ran = merge(&bench, parts, &[]);
        assert_eq!((ran.code, ran.err.contains(code), ran.err.contains(word)), (2, true, true), "{}{}", ran.out, ran.err);
    };
    refused(&[&a], "merge/parts", "two or more");
    refused(&[&a, &a], "merge/twice", "name each run once");
    refused(&[&a, "nowhere"], "record/io", "nowhere");
    bench.write("suite.yaml", &SUITE.replace("item: pen", "item: ink"));
    let b = job(&bench, "b", "second", "2", 0);
    refused(&[&a, &b], "merge/documents", "suite.yaml");
    bench.write("suite.yaml", SUITE);
    bench.write("env.yaml", &format!("environment: live\ntarget: {}\n", orders.url));
    let c = job(&bench, "c", "second", "3", 0);
    refused(&[&a, &c], "merge/ground", "environment");
    let ran = bench.run(&[
        "load",
        "--spec",
        "spec.yaml",
        "--op",
        "getOrder",
        "--target",
        &orders.url,
        "--rate",
        "20/s",
        "--for",
        "1s",
        "--out",
        "d",
    ]);
    assert!(ran.code == 0 || ran.code == 3, "{}{}", ran.out, ran.err);
    let load =
        std::fs::read_dir(bench.path("d")).expect("a folder").flatten().map(|e| e.path()).find(|p| p.is_dir()).expect("a load");
    refused(&[&a, &load.display().to_string()], "merge/kind", "a load");
    assert!(!bench.path("reports").exists(), "nothing is written of what is refused");
}

#[test]
fn a_part_that_was_killed_or_cut_makes_the_sum_interrupted() {
    let orders = Orders::right();
    let bench = bench(&orders.url);
    let (a, b) = (job(&bench, "a", "first", "1", 0), job(&bench, "b", "second", "2", 0));
    std::fs::remove_file(bench.path(&b).join("record.json")).expect("it is taken away");
    let ran = merge(&bench, &[&a, &b], &[]);
    assert!(ran.code == 130 && ran.out.contains("interrupted after 3 of"), "{}{}", ran.out, ran.err);
}
