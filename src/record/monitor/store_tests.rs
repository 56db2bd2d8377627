//! What the store keeps through resumptions, sessions and months, and whom it refuses.
//!
//! Never waits and never measures time.

use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::availability::{DownRule, MonitorEvent, State};
use crate::model::redact::Redactor;
use crate::monitor::watch::Probed;
use crate::record::monitor::fixture::{at, fine, folder, header, ledger, minute, names, open, pets, probe, shown, told, watch};
use crate::record::monitor::{Header, Store, read};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fs;
use std::path::Path;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_watch_that_was_resumed_is_one_that_was_never_interrupted(
        steps in vec((prop_oneof![8 => 10i64..100, 2 => 600i64..40_000, 1 => -4_000i64..1], 0u8..4, 0usize..2, any::<bool>()), 1..60),
        cuts in vec(0usize..60, 0..6),
    ) {
        let dir = folder();
        let mut expected = ledger();
        let mut store = open(dir.path());
        fine(store.begin(at(0), Nanos(1)));
        expected.begin(at(0), Nanos(1));
        let mut now = 0;
        let mut together: Vec<Probed> = Vec::new();
        let last = steps.len() - 1;
        for (number, (step, state, operation, inside)) in steps.into_iter().enumerate() {
            now += step;
            let state = [State::Up, State::Degraded, State::Down, State::Down][usize::from(state)];
            let probe = probe(operation, at(now), state);
            together.push(Probed { probe, inside });
            let cut = cuts.contains(&number);
            if number % 4 < 3 && number < last && !cut {
                continue;
            }
            let told = store.append_all(&together);
            prop_assert_eq!(told.failure, None);
            let after = |probed: &Probed| expected.push(&probed.probe, probed.inside);
            let changes: Vec<_> = together.iter().flat_map(after).collect();
            let not_probes = told.events.into_iter().filter(|event| !matches!(event, MonitorEvent::Probed(_)));
            prop_assert_eq!(not_probes.collect::<Vec<_>>(), changes);
            together.clear();
            if cut {
                drop(store);
                store = open(dir.path());
            }
        }
        let until = at(now + 30);
        prop_assert_eq!(shown(&store.stored(until).logs), shown(&expected.logs(until)));
        drop(store);
        let stored = told(dir.path());
        prop_assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)));
        prop_assert_eq!(shown(&open(dir.path()).stored(until).logs), shown(&expected.logs(until)));
        prop_assert_eq!(stored.notes.len(), 0);
    }
}

#[test]
fn sessions_and_clock_jumps_are_kept() {
    let dir = folder();
    let mut store = open(dir.path());
    let began = store.begin(minute(0), Nanos(7));
    assert_eq!(began.events, [MonitorEvent::SessionBegan { at: minute(0), resumed: false }]);
    fine(store.append(&probe(0, minute(0), State::Up), true));
    fine(store.jumped(minute(1), -3));
    // Killed: its last probe speaks for 130 s.
    drop(store);
    let mut store = open(dir.path());
    let again = store.begin(minute(100), Nanos(9));
    assert_eq!(
        again.events,
        [MonitorEvent::SessionEnded { at: at(130), clean: false }, MonitorEvent::SessionBegan { at: minute(100), resumed: true }]
    );
    fine(store.append(&probe(0, minute(100), State::Up), true));
    fine(store.end(minute(101)));
    drop(store);
    fine(open(dir.path()).begin(minute(1_500), Nanos(0)));
    let stored = told(dir.path());
    let sessions: Vec<_> = stored.sessions.iter().map(|s| (s.began, s.ended, s.clean)).collect();
    assert_eq!(
        sessions,
        [(minute(0), Some(at(130)), false), (minute(100), Some(minute(101)), true), (minute(1_500), None, false)]
    );
    assert_eq!((stored.began, stored.until, stored.jumps), (minute(0), minute(1_500), vec![(minute(1), -3)]));
    let gaps: Vec<_> = stored.gaps.stretches().iter().map(|g| (g.from, g.to)).collect();
    assert_eq!(gaps, [(at(130), minute(100)), (minute(101), minute(1_500))]);
}

#[test]
fn two_processes_do_not_share_a_folder() {
    let dir = folder();
    let store = open(dir.path());
    let refused = Store::open(dir.path(), &pets(), Redactor::default()).expect_err("it is taken");
    assert_eq!(refused.code, "monitor/locked");
    assert!(read(dir.path()).is_ok(), "reading takes nothing");
    drop(store);
    drop(open(dir.path()));
}

#[test]
fn the_command_that_began_it_is_kept_without_its_secrets() {
    let dir = folder();
    let command = ["proofmark", "monitor", "--target", "https://me:hush@pets.example"].map(str::to_owned).to_vec();
    drop(Store::open(dir.path(), &Header { command, ..pets() }, Redactor::default()).expect("a store"));
    let stored = read(dir.path()).expect("it is read").header.command;
    assert!(stored[..3] == ["proofmark", "monitor", "--target"] && !stored[3].contains("hush"), "{stored:?}");
}

#[test]
fn a_watch_of_something_else_is_not_continued() {
    let dir = folder();
    drop(open(dir.path()));
    let refused = |header: &Header| Store::open(dir.path(), header, Redactor::default()).expect_err("it is another").code;
    assert_eq!(refused(&header(&["listPets"], pets().rule)), "monitor/other-run");
    assert_eq!(refused(&header(&["listPets", "showPet"], DownRule::AnyFailed)), "monitor/other-run");
    let elsewhere = Header { target: "https://other.example/".to_owned(), ..pets() };
    assert_eq!(refused(&elsewhere), "monitor/other-run");
    let mut later = pets();
    later.tool_version = "0.2.0".to_owned();
    later.seed = 7;
    let store = Store::open(dir.path(), &later, Redactor::default()).expect("the same watch");
    assert_eq!((store.header().seed, store.header().tool_version.as_str()), (42, "0.1.0"));
    drop(store);
    let path = dir.path().join("monitor.json");
    let text = fs::read_to_string(&path).expect("the header");
    fs::write(&path, text.replacen("\"version\": 1", "\"version\": 2", 1)).expect("it is written");
    assert_eq!(refused(&pets()), "record/newer");
    assert_eq!(read(dir.path()).expect_err("it is newer").code, "record/newer");
}

#[test]
fn every_rule_comes_back_from_the_header() {
    for rule in [DownRule::AnyFailed, DownRule::EBA, DownRule::BadMinutes { share: crate::base::units::Share(1_250) }] {
        let dir = folder();
        let header = header(&["listPets"], rule);
        drop(Store::open(dir.path(), &header, Redactor::default()).expect("it is opened"));
        assert_eq!(told(dir.path()).header, header);
    }
}

#[test]
fn a_probe_of_no_operation_changes_nothing() {
    let dir = folder();
    let mut store = open(dir.path());
    let stray = probe(2, minute(0), State::Down);
    let told = store.append(&stray, true);
    assert_eq!((told.events.len(), told.failure.map(|f| f.code)), (0, Some("monitor/no-operation")));
    assert_eq!((store.until(), store.last_due(2), names(dir.path()).len()), (None, None, 2));
}

#[test]
fn many_lines_end_a_segment_before_its_hour() {
    let dir = folder();
    let mut store = open(dir.path());
    for number in 0..i64::try_from(super::store::LINES).expect("a number") + 10 {
        let due = Timestamp::from_millisecond(at(0).as_millisecond() + number).expect("an instant");
        fine(store.append(&probe(0, due, State::Up), true));
    }
    assert_eq!(names(dir.path()), ["monitor.json", "monitor.lock", "segment-000001.rolled.json", "segment-000002.jsonl"]);
    let runs = told(dir.path()).logs[0].minutes.runs().to_vec();
    assert_eq!(runs.iter().map(|r| (r.length, r.counts.up)).collect::<Vec<_>>(), [(1, 20_010)], "one minute in two segments");
}

#[test]
fn a_folder_holds_no_secret() {
    const WORD: &str = "hunter2-hunter2";
    let dir = folder();
    let mut header = pets();
    header.target = format!("https://u:{WORD}@pets.example/");
    let mut store = Store::open(dir.path(), &header, Redactor::default()).expect("it is opened");
    store.hide(Secret::new(WORD.to_owned()));
    for now in [0, 1, 2, 3, 70] {
        let mut probe = probe(0, minute(now), State::Down);
        probe.detail = format!("GET /pets?k={WORD}: 503 {}", "x".repeat(2_000));
        fine(store.append(&probe, true));
    }
    let until = minute(71);
    for log in [&store.stored(until).logs[0], &told(dir.path()).logs[0]] {
        assert!(log.failing.iter().all(|p| p.detail.starts_with("GET /pets?k=[redacted]: 503 xx")));
        assert!(log.failing.iter().all(|p| p.detail.chars().count() == crate::model::availability::DETAIL));
    }
    for name in names(dir.path()) {
        assert!(!fs::read_to_string(dir.path().join(&name)).expect("text").contains("hunter2"), "{name}");
    }
}

/// Bytes of the files in a folder.
fn bytes(dir: &Path) -> u64 {
    names(dir).iter().map(|name| fs::metadata(dir.join(name)).expect("a file").len()).sum()
}

#[test]
fn a_quarter_of_three_operations_stays_small() {
    // In memory where that can be: the disk is asked to sync thousands of times.
    let memory = Path::new("/dev/shm");
    let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.expect("a temporary folder");
    let header = header(&["listPets", "showPet", "createPet"], DownRule::AnyFailed);
    let mut store = Store::open(dir.path(), &header, Redactor::default()).expect("it is opened");
    fine(store.begin(minute(0), Nanos(0)));
    let mut noise: u64 = 42;
    for now in 0..90 * 1_440_i64 {
        for operation in 0..3 {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Due within a third of a minute, over its edge: neighbours hold none, one or two.
            let jitter = i64::try_from(noise >> 33).expect("a number") % 20;
            let hour = now / 60;
            let state = match () {
                () if hour % 97 == 5 && now % 60 < 12 => State::Down,
                () if noise.is_multiple_of(997) => State::Degraded,
                () if noise.is_multiple_of(1_499) => State::Down,
                () => State::Up,
            };
            let due = at(now * 60 + 50 + jitter);
            let mut probe = probe(operation, due, state);
            probe.took = Nanos(80_000_000 + (noise >> 20) % 40_000_000);
            fine(store.append(&probe, now % 1_440 > 400));
        }
    }
    fine(store.end(minute(90 * 1_440 + 2)));
    drop(store);
    let size = bytes(dir.path());
    assert!(size < 1 << 20, "{size} bytes");
    assert_eq!(names(dir.path()).iter().filter(|n| n.starts_with("day-")).count(), 90);
    let stored = told(dir.path());
    let counted: u64 = stored.logs[2]
        .minutes
        .runs()
        .iter()
        .map(|r| u64::from(r.length) * u64::from(r.counts.up + r.counts.degraded + r.counts.down))
        .sum();
    assert_eq!(counted, 90 * 1_440);
    assert_eq!(stored.logs[2].inside.count() + stored.logs[2].outside.count(), 90 * 1_440);
}

#[test]
fn a_watch_is_told_the_same_by_its_folder_and_by_the_process_that_has_it() {
    let dir = folder();
    let store = watch(dir.path());
    let until = store.until().expect("it began");
    let (live, stored) = (store.stored(until), told(dir.path()));
    assert_eq!(shown(&live.logs), shown(&stored.logs));
    assert_eq!((live.sessions, live.gaps, live.began, live.until), (stored.sessions, stored.gaps, stored.began, stored.until));
    let standing = store.standing(0, minute(2_159)).expect("it is known");
    // It was degraded until 07:05 of the second day.
    assert_eq!((standing.state, standing.from), (State::Up, minute(1_865)));
}
