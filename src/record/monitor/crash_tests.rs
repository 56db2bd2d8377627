//! What the store keeps through kills, crashes and full disks.
//!
//! Compares what a folder tells with a ledger that was told the same and never stored. Never waits and never measures time.

use crate::base::units::Nanos;
use crate::model::availability::{MonitorEvent, Probe, State};
use crate::model::redact::Redactor;
use crate::record::monitor::fixture::{at, copy, fine, folder, ledger, minute, names, open, pets, probe, shown, told};
use crate::record::monitor::{Store, read};
use std::fs;
use std::path::PathBuf;

/// Probes of both operations, a few of them failures.
fn few() -> Vec<Probe> {
    let states = [State::Down, State::Down, State::Down, State::Degraded];
    let both = |(now, state): (usize, &State)| {
        let due = minute(i64::try_from(now).expect("a minute"));
        [probe(0, due, *state), probe(1, due, State::Up)]
    };
    states.iter().enumerate().flat_map(both).collect()
}

#[test]
fn killed_at_any_byte_a_watch_has_all_whole_lines() {
    let dir = folder();
    let mut store = open(dir.path());
    fine(store.begin(at(0), Nanos(1)));
    few().iter().for_each(|p| fine(store.append(p, true)));
    fine(store.jumped(at(400), -5));
    drop(store);
    let raw = "segment-000001.jsonl";
    let whole = fs::read(dir.path().join(raw)).expect("the lines");
    assert_eq!(whole.iter().filter(|b| **b == b'\n').count(), 10);

    let killed = folder();
    fs::copy(dir.path().join("monitor.json"), killed.path().join("monitor.json")).expect("it is copied");
    let path = killed.path().join(raw);
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).expect("it is cut");
        let lines = whole[..cut].iter().filter(|b| **b == b'\n').count();
        let is_whole = cut == 0 || whole[cut - 1] == b'\n';
        let mut expected = ledger();
        // The first line is the session's, the last the clock's.
        few().iter().take(lines.saturating_sub(1)).for_each(|p| drop(expected.push(p, true)));

        let mut store = open(killed.path());
        let stored = store.stored(store.until().unwrap_or(at(0)));
        assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)), "cut at {cut}");
        assert_eq!((stored.notes.len(), stored.sessions.len()), (usize::from(!is_whole), lines.min(1)), "cut at {cut}");
        assert_eq!(stored.jumps.len(), lines.saturating_sub(9));

        // It goes on as if the line that was cut had never been begun.
        let next = probe(0, minute(7), State::Up);
        fine(store.append(&next, true));
        expected.push(&next, true);
        drop(store);
        let stored = told(killed.path());
        assert_eq!((shown(&stored.logs), stored.notes.len()), (shown(&expected.logs(stored.until)), 0), "cut at {cut}");
    }
}

#[test]
fn a_damaged_line_is_left_out_and_said() {
    let dir = folder();
    let mut store = open(dir.path());
    few().iter().for_each(|p| fine(store.append(p, true)));
    drop(store);
    let path = dir.path().join("segment-000001.jsonl");
    let text = fs::read_to_string(&path).expect("the lines");
    let damaged: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            2 => line.replacen("due", "dew", 1),
            4 => line.replacen("server_error", "gremlins", 1),
            _ => line.to_owned(),
        })
        .collect();
    fs::write(&path, damaged.join("\n") + "\n").expect("it is damaged");
    let stored = told(dir.path());
    let notes: Vec<_> = stored.notes.iter().map(|n| n.message.clone()).collect();
    assert_eq!(notes.len(), 2);
    assert!(notes[0].starts_with("line 3 of") && notes[1].ends_with("`gremlins` is no reason of a probe"), "{notes:?}");
    let mut expected = ledger();
    few().iter().enumerate().filter(|(at, _)| ![2, 4].contains(at)).for_each(|(_, p)| drop(expected.push(p, true)));
    assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)));
    // A damaged segment that was rolled up is refused: nobody knows what it told.
    let mut store = open(dir.path());
    fine(store.append(&probe(0, minute(90), State::Up), true));
    drop(store);
    let rolled = dir.path().join("segment-000001.rolled.json");
    let text = fs::read_to_string(&rolled).expect("it is rolled up");
    for (from, to, code) in [
        ("\"version\":1", "\"version\":2", "record/newer"),
        ("proofmark.monitor-store", "proofmark.run", "record/format"),
        ("\"runs\":\"", "\"runs\":\"?", "record/unreadable"),
        ("\"v2\":\"", "\"v2\":\"?", "record/unreadable"),
        ("\"day\":\"2026-03", "\"day\":\"2026-13", "record/unreadable"),
        ("{\"format\"", "[{\"format\"", "record/unreadable"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&rolled, text.replacen(from, to, 1)).expect("it is damaged");
        assert_eq!(read(dir.path()).expect_err("it is damaged").code, code, "{to}");
    }
}

#[test]
fn a_crash_while_rolling_up_leaves_everything_once() {
    let dir = folder();
    let mut expected = ledger();
    let mut store = open(dir.path());
    let mut turns = 0;
    // Every seven minutes over three days: turns by the hour, and by the day.
    for now in (0..3 * 1_440).step_by(7) {
        let state = if now % 900 < 100 { State::Down } else { State::Up };
        let probes = [probe(0, minute(now), state), probe(1, minute(now), State::Up)];
        let before = folder();
        copy(dir.path(), before.path());
        let known = names(before.path());
        fine(store.append(&probes[0], true));
        let taken: Vec<String> = known.iter().filter(|n| !names(dir.path()).contains(n)).cloned().collect();
        expected.push(&probes[0], true);
        if !taken.is_empty() {
            turns += 1;
            // As after a crash: what was made is there, what it was made of was not taken away, or only in part.
            for left in 1..=taken.len() {
                let crashed = folder();
                copy(dir.path(), crashed.path());
                for name in taken.iter().rev().take(left) {
                    fs::copy(before.path().join(name), crashed.path().join(name)).expect("it is copied");
                }
                fs::write(crashed.path().join("segment-000777.rolled.json.partial"), "{").expect("it is begun");
                let stored = told(crashed.path());
                assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)), "{left} of {taken:?}");
                let again = open(crashed.path());
                assert_eq!(names(crashed.path()), names(dir.path()), "what is left over is taken away");
                assert_eq!(shown(&again.stored(stored.until).logs), shown(&stored.logs));
            }
        }
        fine(store.append(&probes[1], true));
        expected.push(&probes[1], true);
    }
    assert_eq!(turns, 71);
    let days = names(dir.path()).iter().filter(|n| n.starts_with("day-")).count();
    assert_eq!((days, names(dir.path()).len()), (2, 2 + 2 + 24), "two days, 23 segments and the lines of one, header, lock");
}

/// The device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_nothing_is_lost_once_there_is_room() {
    let dir = folder();
    let path = dir.path().join("segment-000001.jsonl");
    let mut expected = ledger();
    let mut store = open(dir.path());
    let mut tell = |store: &mut Store, now: i64| {
        let probe = probe(0, minute(now), State::Down);
        expected.push(&probe, true);
        let told = store.append(&probe, true);
        assert!(matches!(told.events[0], MonitorEvent::Probed(_)));
        (told.failure, shown(&expected.logs(minute(now + 1))))
    };
    std::os::unix::fs::symlink("/dev/full", &path).expect("a link");
    for now in 0..4 {
        let failure = tell(&mut store, now).0.expect("the disk is full");
        assert_eq!(failure.code, "record/io");
        assert!(failure.message.contains("segment-000001.jsonl"), "{}", failure.message);
    }
    // There is room again, and half a line of what was tried.
    fs::remove_file(&path).expect("it is taken away");
    fs::write(&path, b"{\"event\":\"pro").expect("it is written");
    let (failure, before) = tell(&mut store, 4);
    assert_eq!(failure, None);
    assert_eq!(shown(&store.stored(minute(5)).logs), before);
    drop(store);
    let again = open(dir.path());
    assert_eq!((shown(&again.stored(minute(5)).logs), again.notes()), (before, &[][..]));
}

#[test]
fn a_segment_that_cannot_be_rolled_up_goes_on() {
    let dir = folder();
    let obstacle = dir.path().join("segment-000001.rolled.json.partial");
    let mut expected = ledger();
    let mut store = open(dir.path());
    fs::create_dir(&obstacle).expect("a folder in the way");
    for now in [0, 59, 60, 61, 125] {
        let probe = probe(1, minute(now), State::Up);
        expected.push(&probe, true);
        assert_eq!(store.append(&probe, true).failure.is_some(), now >= 60, "{now}");
        // What is on the disk has it all the same.
        let stored = told(dir.path());
        assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)));
    }
    fs::remove_dir(&obstacle).expect("it is taken away");
    let probe = probe(1, minute(126), State::Up);
    expected.push(&probe, true);
    fine(store.append(&probe, true));
    drop(store);
    let files: Vec<_> = names(dir.path()).into_iter().filter(|n| n.starts_with("segment")).collect();
    assert_eq!(files, ["segment-000001.rolled.json", "segment-000002.jsonl"]);
    let stored = told(dir.path());
    assert_eq!(shown(&stored.logs), shown(&expected.logs(stored.until)));
}

#[test]
fn a_folder_that_cannot_be_written_is_said() {
    let file = folder();
    let path = file.path().join("file");
    fs::write(&path, "").expect("it is written");
    // The folders of processes take no files, not even from the superuser.
    for dir in [file.path().join("none"), path, PathBuf::from("/proc/self")] {
        let refused = Store::open(&dir, &pets(), Redactor::default()).expect_err("it cannot be written");
        assert_eq!(refused.code, "record/io", "{}", dir.display());
    }
}
