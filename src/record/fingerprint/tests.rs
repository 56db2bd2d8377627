//! Tables of fingerprints: what keeps two runs apart, and what does not.
//!
//! Works on records made by hand. Never runs anything.

use super::{Fingerprint, Of, RunKind, Weight};
use crate::record::certification::fixture as certifications;
use crate::record::load::LoadRecord;
use crate::record::load::fixture as loads;
use crate::record::monitor::MonitorRecord;
use crate::record::shape::{BuildRecord, FactRecord, RunRecord};
use crate::record::{digest, fixture as runs};

fn load() -> LoadRecord {
    let mut record = loads::record(&loads::failing());
    let fact = |name: &str, value: &str| FactRecord { name: name.to_owned(), value: value.to_owned() };
    record.machine = vec![
        fact("processors", "2"),
        fact("processor", "Example 9000"),
        fact("memory", "8 GiB"),
        fact("kernel", "6.1.0-18-amd64"),
        fact("host", "build-1"),
        fact("system", "linux x86_64"),
    ];
    record.build = Some(BuildRecord { profile: "release".to_owned(), described: Some("v0.1.0-3-gabc".to_owned()) });
    record
}

fn set(record: &mut LoadRecord, name: &str, value: &str) {
    let fact = record.machine.iter_mut().find(|f| f.name == name).expect("a fact");
    value.clone_into(&mut fact.value);
}

/// A change to a load, and the names of what keeps it apart then.
type LoadCase = (&'static str, fn(&mut LoadRecord), &'static [&'static str]);

#[test]
fn what_keeps_two_loads_apart() {
    let cases: &[LoadCase] = &[
        ("nothing", |_| {}, &[]),
        ("its machine's name", |r| set(r, "host", "build-2"), &[]),
        ("another patch of the kernel", |r| set(r, "kernel", "6.1.0-21-amd64"), &[]),
        ("another kernel", |r| set(r, "kernel", "6.12.1"), &["kernel series"]),
        ("another processor", |r| set(r, "processor", "Example 9001"), &["processor"]),
        ("more of them", |r| set(r, "processors", "4"), &["processors"]),
        ("more memory", |r| set(r, "memory", "16 GiB"), &["memory"]),
        ("another architecture", |r| set(r, "system", "linux aarch64"), &["system"]),
        ("nothing is known of the memory", |r| r.machine.retain(|f| f.name != "memory"), &["memory"]),
        ("file descriptors", |r| r.machine.push(FactRecord { name: "file descriptors".into(), value: "9".into() }), &[]),
        ("a debug build", |r| r.build.as_mut().expect("a build").profile = "debug".to_owned(), &["build"]),
        ("an unknown build", |r| r.build = None, &["build"]),
        ("other sources", |r| r.build.as_mut().expect("a build").described = None, &[]),
        ("another version", |r| r.tool_version = "0.2.0".to_owned(), &[]),
        ("another seed", |r| r.seed = 43, &[]),
        ("another command", |r| r.command = None, &[]),
        ("another target", |r| r.target = "https://other.example".to_owned(), &["target"]),
        ("another environment", |r| r.environment = "staging".to_owned(), &["environment"]),
        ("another title", |r| r.title = "x".to_owned(), &["plan"]),
        ("another rate", |r| r.stages[1].title = "300/s".to_owned(), &["arrival"]),
        ("a longer stage", |r| r.stages[1].length_ns += 1, &["arrival"]),
        ("other weights", |r| r.scenarios[0].weight = 2, &["scenarios"]),
        ("another transport", |r| r.transport = "HTTP/2".to_owned(), &["transport"]),
        ("less validation", |r| r.validate = "10%".to_owned(), &["validate"]),
        ("another plan", |r| r.documents[0].sha256 = digest::sha256(b"x"), &["plan digest"]),
        ("the same plan at another place", |r| r.documents[0].name = "/plans/a.yaml".to_owned(), &[]),
        ("another suite", |r| r.documents[1].sha256 = digest::sha256(b"x"), &["suite digest"]),
        ("another spec, which only judges", |r| r.documents[2].sha256 = digest::sha256(b"x"), &[]),
        ("other verdicts and times", |r| r.took_ns += 1, &[]),
    ];
    let before = Fingerprint::of_load(&load());
    for (what, change, apart) in cases {
        let mut record = load();
        change(&mut record);
        let after = Fingerprint::of_load(&record);
        let told = before.comparable(&after).err().unwrap_or_default();
        assert_eq!(told.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), *apart, "{what}");
        assert_eq!(before.digest(Of::Times) == after.digest(Of::Times), apart.is_empty(), "{what}: digest");
        assert_eq!(before.comparable_in(Of::Counts, &after).is_ok(), apart.is_empty(), "{what}: counts of a load");
        assert_eq!(after.comparable(&before).is_ok(), apart.is_empty(), "{what}: the other way round");
    }
}

#[test]
fn a_spec_that_bodies_are_made_from_keeps_apart() {
    let mut record = load();
    record.documents.remove(1);
    let before = Fingerprint::of_load(&record);
    record.documents[1].sha256 = digest::sha256(b"x");
    let apart = before.comparable(&Fingerprint::of_load(&record)).expect_err("another spec");
    assert_eq!(apart.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), ["spec digest"]);
}

/// A change to a check; what keeps its counts apart then, and what its times.
type RunCase = (&'static str, fn(&mut RunRecord), &'static [&'static str], &'static [&'static str]);

#[test]
fn what_keeps_two_checks_apart() {
    let cases: &[RunCase] = &[
        ("another target", |r| r.target = "https://other.example".to_owned(), &["target"], &["target"]),
        ("a selection", |r| r.selection = vec!["--tag".into(), "smoke".into()], &["selection"], &["selection"]),
        ("a fault", |r| r.rerun_options.extend(["--fault".into(), "slow".into()]), &["faults"], &["faults"]),
        ("fewer suites", |r| r.suites.truncate(1), &["suites"], &["suites"]),
        ("another suite of that name", |r| r.documents[1].sha256 = digest::sha256(b"x"), &[], &[]),
        (
            "another machine",
            |r| r.machine = vec![FactRecord { name: "processors".into(), value: "64".into() }],
            &[],
            &["processors"],
        ),
    ];
    let record = runs::record(&runs::failing());
    assert!(record.suites.len() > 1, "the fixture has suites to lose");
    let before = Fingerprint::of_run(&record);
    for (what, change, counts, times) in cases {
        let mut record = record.clone();
        change(&mut record);
        let after = Fingerprint::of_run(&record);
        for (of, apart) in [(Of::Counts, counts), (Of::Times, times)] {
            let told = before.comparable_in(of, &after).err().unwrap_or_default();
            assert_eq!(told.iter().map(|d| d.name.as_str()).collect::<Vec<_>>(), **apart, "{what}, {of:?}");
            assert_eq!(before.digest(of) == after.digest(of), apart.is_empty(), "{what}, {of:?}: digest");
        }
    }
}

#[test]
fn kinds_are_never_comparable() {
    let run = Fingerprint::of_run(&runs::record(&runs::passing()));
    let load = Fingerprint::of_load(&load());
    let certification = Fingerprint::of_certification(&certifications::record(&certifications::passing()));
    assert_eq!((run.kind, load.kind, certification.kind), (RunKind::Check, RunKind::Load, RunKind::Certification));
    for (a, b) in [(&run, &load), (&load, &certification), (&certification, &run)] {
        let apart = a.comparable(b).expect_err("other kinds");
        assert_eq!((apart.len(), apart[0].name.as_str()), (1, "kind"));
        assert_ne!(a.digest(Of::Counts), b.digest(Of::Counts));
    }
}

#[test]
fn a_receiver_is_told_from_a_check() {
    let mut record = runs::record(&runs::passing());
    record.environment = "listen".to_owned();
    assert_eq!(Fingerprint::of_run(&record).kind, RunKind::Check);
    record.command = Some("proofmark listen --spec x".to_owned());
    let before = Fingerprint::of_run(&record);
    assert_eq!(before.kind, RunKind::Listen);
    record.target = "http://127.0.0.1:4".to_owned();
    assert_eq!(before.comparable(&Fingerprint::of_run(&record)), Ok(()));
}

#[test]
fn a_difference_says_both_and_what_is_not_known() {
    let before = Fingerprint::of_load(&load());
    let mut record = load();
    record.machine.retain(|f| f.name != "memory");
    set(&mut record, "host", "build-2");
    let told: Vec<_> = before.differences(&Fingerprint::of_load(&record)).iter().map(|d| (d.weight, d.to_string())).collect();
    assert_eq!(
        told,
        [(Weight::Machine, "memory: 8 GiB, and not known".to_owned()), (Weight::Noted, "host: build-1, and build-2".to_owned())]
    );
}

#[test]
fn records_of_version_one_have_a_fingerprint() {
    let read = |name: &str| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        std::fs::read_to_string(path).expect("the fixture")
    };
    let run: RunRecord = serde_json::from_str(&read("record-v1.json")).expect("a run");
    let loaded: LoadRecord = serde_json::from_str(&read("load-v1.json")).expect("a load");
    assert_eq!(Fingerprint::of_run(&run).value("processor"), None);
    assert_eq!(Fingerprint::of_load(&loaded).value("processors"), Some("2"));
    assert!(Fingerprint::of_load(&loaded).comparable(&Fingerprint::of_load(&load())).is_err());
}

#[test]
fn a_fingerprint_is_stored_and_read_back() {
    let fingerprint = Fingerprint::of_load(&load());
    let text = serde_json::to_string(&fingerprint).expect("JSON");
    assert_eq!(serde_json::from_str::<Fingerprint>(&text).expect("a fingerprint"), fingerprint);
    let names: std::collections::BTreeSet<_> = fingerprint.parts.iter().map(|p| &p.name).collect();
    assert_eq!(names.len(), fingerprint.parts.len(), "each name once");
    let _: fn(&MonitorRecord) -> Fingerprint = Fingerprint::of_monitor;
}
