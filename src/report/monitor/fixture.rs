//! Watches to look at: a quarter with all that happens to an API, as long a one as is asked for, and one full of hostile text.
//!
//! Only for tests.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, Level, Probe, State, Target, Why};
use crate::model::exchange::TransportErrorKind;
use crate::model::redact::Redactor;
use crate::monitor::figures::Promise;
use crate::monitor::ledger::{Following, Ledger, Mark, gaps, sessions};
use crate::record::monitor::fixture::{MINUTE, facts, failing, header, paris};
use crate::record::monitor::shape::JumpRecord;
use crate::record::monitor::{MonitorRecord, Stored, make};
use crate::record::shape::DocumentRecord;
use crate::window::spans::{Spans, Stretch};
use jiff::civil::{Date, Weekday, date};
use jiff::{Timestamp, ToSpan, Zoned};

/// The first day in Paris.
const FIRST: Date = date(2026, 1, 15);
/// Minutes between the probes of an operation.
const EVERY: i64 = 5;

/// Fills every text of a record.
pub(crate) fn hostile(evil: &str) -> MonitorRecord {
    let mut record = failing();
    let texts = [&mut record.name, &mut record.target, &mut record.environment, &mut record.rule, &mut record.window];
    texts.into_iter().for_each(|text| text.push_str(evil));
    let texts = [&mut record.zone, &mut record.zone_database, &mut record.sentence, &mut record.tool_version];
    texts.into_iter().for_each(|text| text.push_str(evil));
    record.command = Some(evil.to_owned());
    record.notes.push(evil.to_owned());
    record.machine[0].name.push_str(evil);
    record.machine[0].value.push_str(evil);
    record.documents.push(DocumentRecord { kind: evil.to_owned(), name: evil.to_owned(), sha256: evil.to_owned() });
    for subject in record.operations.iter_mut().chain([&mut record.all]) {
        subject.operation.push_str(evil);
        subject.causes.insert(evil.to_owned(), 1);
        subject.dates.iter_mut().for_each(|d| d.date.push_str(evil));
    }
    for target in &mut record.targets {
        target.title.push_str(evil);
        target.operation = Some(evil.to_owned());
        target.alerts.iter_mut().for_each(|alert| alert.title.push_str(evil));
    }
    for incident in &mut record.incidents {
        incident.operation.push_str(evil);
        for failure in incident.first.iter_mut().chain(&mut incident.last) {
            failure.why = Some(evil.to_owned());
            failure.detail.push_str(evil);
        }
    }
    record.clock_jumps.push(JumpRecord { at: record.began, by_ns: -3_000_000_000 });
    record
}

/// Ninety days over which the clock is put forward.
pub(crate) fn quarter() -> MonitorRecord {
    long(90, &["listPets", "showPet", "createPet"])
}

/// So many days from 2026-01-15 in Paris on, stated are 07:30 to 22:00 but for the first of May.
pub(crate) fn long(days: i64, operations: &[&str]) -> MonitorRecord {
    let until = start(days);
    let promise = promise(days);
    let following = Following { rule: DownRule::AnyFailed, reach: Nanos(11 * MINUTE) };
    let mut ledger = Ledger::new(&vec![following; operations.len()]);
    let mut watching = false;
    let mut now = start(0);
    while now < until {
        if is_watched(&now) != watching {
            watching = !watching;
            match watching {
                true => drop(ledger.begin(now.timestamp(), Nanos(0))),
                false => ledger.mark(Mark::Ended { at: now.timestamp(), clean: true }),
            }
        }
        if watching {
            let inside = promise.stated.contains(now.timestamp()) && !promise.maintenance.contains(now.timestamp());
            for operation in 0..operations.len() {
                drop(ledger.push(&probe(operation, &now), inside));
            }
        }
        now = now.checked_add(EVERY.minutes()).expect("an instant");
    }
    let sessions = sessions(&ledger.marks());
    let mut header = header(operations, DownRule::AnyFailed);
    header.operations.iter_mut().for_each(|o| o.interval = Nanos(EVERY.unsigned_abs() * MINUTE));
    let stored = Stored {
        header,
        logs: ledger.logs(until.timestamp()),
        gaps: gaps(&sessions),
        sessions,
        jumps: vec![(start(20.min(days - 1)).timestamp(), 3_000_000_000)],
        began: start(0).timestamp(),
        until: until.timestamp(),
        notes: Vec::new(),
    };
    let promises = vec![promise; operations.len()];
    make(&stored, &promises, &targets(operations.len()), &paris(), &Redactor::default(), &facts())
}

fn targets(operations: usize) -> Vec<Target> {
    let day = 24 * 60 * MINUTE;
    let target = |level, operation, over: Option<u64>| Target {
        availability: Level::parse(level).expect("a level"),
        operation,
        over: over.map(|days| Nanos(days * day)),
    };
    let mut targets = vec![target("97.5%", None, None), target("99%", None, Some(30)), target("99.9%", Some(0), Some(7))];
    if operations > 2 {
        targets.push(target("99.95%", Some(1), Some(1)));
        targets.push(target("98.5%", Some(2), None));
    }
    targets
}

/// The first instant of the day in Paris so many days after the first.
fn start(day: i64) -> Zoned {
    let date = FIRST.checked_add(day.days()).expect("a date");
    date.to_zoned(paris()).and_then(|z| z.start_of_day()).expect("an instant")
}

fn promise(days: i64) -> Promise {
    let at = |date: Date, hour, minute| date.at(hour, minute, 0, 0).to_zoned(paris()).expect("an instant").timestamp();
    let dates: Vec<Date> = (0..days).map(|day| FIRST.checked_add(day.days()).expect("a date")).collect();
    let stretch = |from: Timestamp, to: Timestamp| Stretch::new(from, to).expect("a stretch");
    let holiday = |d: &&Date| !(d.month() == 2 && d.day() == 11 || d.month() == 5 && d.day() == 1);
    let sunday = |d: &&Date| d.weekday() == Weekday::Sunday;
    Promise {
        stated: dates.iter().filter(holiday).map(|d| stretch(at(*d, 7, 30), at(*d, 22, 0))).collect(),
        maintenance: dates.iter().filter(sunday).map(|d| stretch(at(*d, 12, 0), at(*d, 13, 0))).collect::<Spans>(),
    }
}

/// From 2026-02-14 12:00 to 2026-02-16 18:00 nobody watched.
fn is_watched(now: &Zoned) -> bool {
    let at = now.datetime();
    at < date(2026, 2, 14).at(12, 0, 0, 0) || at >= date(2026, 2, 16).at(18, 0, 0, 0)
}

fn probe(operation: usize, now: &Zoned) -> Probe {
    let (month, day) = (now.month(), now.day());
    let minute = i64::from(now.hour()) * 60 + i64::from(now.minute());
    let from = |hour: i64, length: i64| (hour * 60..hour * 60 + length).contains(&minute);
    let timeout = Why::Transport(TransportErrorKind::ReadTimeout);
    let (state, why) = match operation {
        _ if now.weekday() == Weekday::Sunday && from(12, 40) => (State::Down, Some(Why::ServerError)),
        _ if month == 3 && day == 3 && (from(9, 20) || from(14, 10) || from(20, 35)) => (State::Down, Some(timeout)),
        _ if month == 1 && day == 22 && from(10, 45) => (State::Down, Some(Why::Transport(TransportErrorKind::Refused))),
        0 if month == 2 && (3..6).contains(&day) && from(13, 240) => (State::Degraded, Some(Why::Slow)),
        0 if month == 4 && day == 14 && minute >= 21 * 60 + 20 => (State::Down, Some(Why::ServerError)),
        1 if from(3, 30) && day % 9 == 0 => (State::Down, Some(Why::ServerError)),
        1 if month == 4 && day == 2 && from(7, 45) => (State::Down, Some(Why::NonConforming)),
        2 if month == 3 && day == 17 && from(8, 690) => (State::Down, Some(Why::ServerError)),
        2 if day % 13 == 6 && from(16, 5) => (State::Down, Some(Why::Throttled)),
        _ => (State::Up, None),
    };
    let status = match why {
        None | Some(Why::Slow | Why::NonConforming) => Some(200),
        Some(Why::ServerError) => Some(503),
        Some(Why::Throttled) => Some(429),
        Some(_) => None,
    };
    let due = now.timestamp();
    let detail = status.map_or_else(|| "GET /pets: no answer".to_owned(), |s| format!("GET /pets: {s} {{\"error\":\"busy\"}}"));
    let took = Nanos(40_000_000 + due.as_second().unsigned_abs() / 60 % 97 * 1_000_000);
    let detail = if state == State::Up { String::new() } else { detail };
    Probe { operation, due, sent: due, took, state, why, status, detail }
}
