//! A watch to test records and reports on: two operations, a day and a half, outages inside and outside the window, a pause.
//!
//! Only for tests.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, Level, Probe, State, Target, Why};
use crate::model::redact::Redactor;
use crate::monitor::figures::Promise;
use crate::monitor::ledger::{Following, Ledger};
use crate::monitor::log::{Log, first_and_last};
use crate::record::monitor::store::{Appended, Store};
use crate::record::monitor::{Header, MonitorFacts, MonitorRecord, Stored, Watched, make, read};
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use std::fs;
use std::path::Path;

pub(crate) const SECOND: u64 = 1_000_000_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;

/// So many seconds after the first instant of 2026-03-28 in UTC, the day before the clock is put forward in Paris.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_774_656_000 + second).expect("a second")
}

/// So many minutes after it.
pub(crate) fn minute(minute: i64) -> Timestamp {
    at(minute * 60)
}

pub(crate) fn header(operations: &[&str], rule: DownRule) -> Header {
    let watched = |name: &&str| Watched { name: (*name).to_owned(), interval: Nanos(MINUTE), reach: Nanos(130 * SECOND) };
    Header {
        name: "Pets".to_owned(),
        target: "https://pets.example/".to_owned(),
        environment: "live".to_owned(),
        began: at(0),
        operations: operations.iter().map(watched).collect(),
        rule,
        seed: 42,
        tool_version: "0.1.0".to_owned(),
        window: "07:30-22:00 Europe/Paris".to_owned(),
        zone_database: "2026a".to_owned(),
    }
}

pub(crate) fn probe(operation: usize, due: Timestamp, state: State) -> Probe {
    let (why, status, detail) = match state {
        State::Up => (None, Some(200), String::new()),
        State::Degraded => (Some(Why::Slow), Some(200), "GET /pets: 200 after 3.2s".to_owned()),
        State::Down => (Some(Why::ServerError), Some(503), format!("GET /pets: 503 at {due}")),
    };
    let took = Nanos(40_000_000 + due.as_second().unsigned_abs() % 977 * 10_000);
    Probe { operation, due, sent: due, took, state, why, status, detail }
}

/// Nothing went wrong with the disk.
#[expect(clippy::needless_pass_by_value, reason = "what came of telling the store is handed over")]
pub(crate) fn fine(appended: Appended<'_>) {
    assert_eq!(appended.failure, None);
}

pub(crate) fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").expect("Paris")
}

/// 07:30 to 22:00 in Paris on so many days from 2026-03-28 on; maintenance on the first, 12:00 to 13:00.
pub(crate) fn promise(days: i8) -> Promise {
    let local = |day: i8, hour: i8, minute: i8| {
        date(2026, 3, 28 + day).at(hour, minute, 0, 0).to_zoned(paris()).expect("an instant").timestamp()
    };
    Promise {
        stated: (0..days).filter_map(|day| Stretch::new(local(day, 7, 30), local(day, 22, 0))).collect(),
        maintenance: Spans::of(local(0, 12, 0), local(0, 13, 0)),
    }
}

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

pub(crate) fn pets() -> Header {
    header(&["listPets", "showPet"], DownRule::Consecutive { failures: 3, within: Nanos(200 * SECOND) })
}

pub(crate) fn open(dir: &Path) -> Store {
    Store::open(dir, &pets(), Redactor::default()).expect("it is opened")
}

pub(crate) fn ledger() -> Ledger {
    let header = pets();
    Ledger::new(&[Following { rule: header.rule, reach: header.operations[0].reach }; 2])
}

/// Everything that is known of the operations, and of an outage's failed probes the first and last.
pub(crate) fn shown(logs: &[Log]) -> String {
    let one = |log: &Log| {
        let down = log.stretches.iter().filter(|s| s.state == State::Down);
        let failing: Vec<_> = down.flat_map(|s| first_and_last(&log.failing, s.from, s.to)).collect();
        let times = [&log.inside, &log.outside].map(|h| (h.buckets().collect::<Vec<_>>(), h.saturated()));
        format!("{:?}\n{:?}\n{times:?}\n{:?}\n{failing:?}\n{}", log.stretches, log.minutes, log.whys, log.late)
    };
    logs.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("the folder").flatten();
    let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for name in names(from) {
        fs::copy(from.join(&name), to.join(&name)).expect("it is copied");
    }
}

pub(crate) fn told(dir: &Path) -> Stored {
    read(dir).expect("it is read")
}

pub(crate) fn facts() -> MonitorFacts {
    MonitorFacts {
        tool_version: "0.1.0".to_owned(),
        command: ["proofmark", "monitor", "pets.yaml"].map(str::to_owned).to_vec(),
        documents: Vec::new(),
        machine: vec![("processors".to_owned(), "2".to_owned())],
        ..MonitorFacts::default()
    }
}

pub(crate) fn targets() -> Vec<Target> {
    let level = |text| Level::parse(text).expect("a level");
    vec![
        Target { availability: level("99.9%"), operation: None, over: None },
        Target { availability: level("95%"), operation: Some(1), over: Some(Nanos(12 * HOUR)) },
        Target { availability: level("99%"), operation: Some(0), over: None },
    ]
}

/// Writes the watch into a folder: 36 h from midnight of UTC on, 01:00 in Paris.
///
/// Of the first operation 10:00 to 10:20 is down, and 11:50 to 12:10 in Paris, half of it in maintenance; of the second 23:00 to 23:30,
/// outside. From 15:00 to 15:30 nobody watches. On the second day the first one is slow from 09:00 to 09:05.
pub(crate) fn watch(dir: &Path) -> Store {
    let header = header(&["listPets", "showPet"], DownRule::AnyFailed);
    let mut store = Store::open(dir, &header, Redactor::default()).expect("it is opened");
    let paris = |hour: i64, minute: i64| (hour - 1) * 60 + minute;
    fine(store.begin(minute(0), Nanos(1)));
    for now in 0..36 * 60 {
        if now == paris(15, 0) {
            fine(store.end(minute(now)));
        }
        if now == paris(15, 30) {
            fine(store.begin(minute(now), Nanos(2)));
        }
        if (paris(15, 0)..paris(15, 30)).contains(&now) {
            continue;
        }
        let first = match now {
            _ if (paris(10, 0)..paris(10, 20)).contains(&now) => State::Down,
            _ if (paris(11, 50)..paris(12, 10)).contains(&now) => State::Down,
            // In Paris it is summer by now: 09:00 is 07:00 in UTC.
            _ if (31 * 60..31 * 60 + 5).contains(&now) => State::Degraded,
            _ => State::Up,
        };
        let second = if (paris(23, 0)..paris(23, 30)).contains(&now) { State::Down } else { State::Up };
        let promise = promise(2);
        let inside = promise.stated.contains(minute(now)) && !promise.maintenance.contains(minute(now));
        fine(store.append(&probe(0, minute(now), first), inside));
        fine(store.append(&probe(1, minute(now), second), inside));
    }
    fine(store.end(minute(36 * 60)));
    store
}

pub(crate) fn stored() -> Stored {
    let dir = tempfile::tempdir().expect("a temporary folder");
    watch(dir.path()).stored(minute(36 * 60))
}

/// The record of [`watch`].
pub(crate) fn failing() -> MonitorRecord {
    make(&stored(), &[promise(2), promise(2)], &targets(), &paris(), &Redactor::default(), &facts())
}

/// The record of a watch that saw nothing.
pub(crate) fn empty() -> MonitorRecord {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let header = header(&["listPets"], DownRule::EBA);
    let store = Store::open(dir.path(), &header, Redactor::default()).expect("it is opened");
    make(&store.stored(at(0)), &[], &[], &paris(), &Redactor::default(), &facts())
}
