//! Tests of whole calendars: what programs export, the examples of the standard, clocks set forward and back, hostile texts.
//!
//! Nothing here is built into the program.

mod clocks;
mod faulty;
mod hostile;
mod programs;
mod properties;
mod series;
mod standard;
mod zones;

use super::{Calendar, Expanded, read};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Source;
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).expect("a zone")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// A calendar around events or zones that are given as lines.
fn around(inner: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\n{}\nEND:VCALENDAR\n", inner.trim())
}

/// A calendar of one event.
fn event(lines: &str) -> String {
    around(&format!("BEGIN:VEVENT\nUID:u\nSUMMARY:s\n{}\nEND:VEVENT", lines.trim()))
}

/// What is said of a text: line, column, severity, code and message.
fn said(text: &str) -> Vec<String> {
    let (_, faults) = read(&Source::new("t.ics", text));
    let say = |d: Diagnostic| {
        let (line, column) = d.place.as_ref().map_or((0, 0), |place| place.line_column());
        assert!(d.hint.is_some(), "no hint: {d:?}");
        format!("{line}:{column} {} {}: {}", d.severity.name(), d.code, d.message)
    };
    faults.into_iter().map(say).collect()
}

/// A calendar without any fault; warnings are faults too.
fn sound(text: &str) -> Calendar {
    let (calendar, faults) = read(&Source::new("t.ics", text));
    let faults: Vec<String> = faults.into_iter().map(|d| d.render(false)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    calendar.expect("a calendar")
}

/// A calendar that may have warnings.
fn usable(text: &str) -> Calendar {
    let (calendar, faults) = read(&Source::new("t.ics", text));
    let faults: Vec<String> = faults.into_iter().filter(|d| d.severity == Severity::Error).map(|d| d.render(false)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    calendar.expect("a calendar")
}

fn whole<T>(expanded: Expanded<T>) -> T {
    assert!(expanded.is_whole(), "something is missing");
    expanded.found
}

/// A stretch as `from/to`, both in UTC.
fn shown(stretch: &Stretch) -> String {
    format!("{}/{}", stretch.from, stretch.to)
}

fn all(spans: &Spans) -> Vec<String> {
    spans.stretches().iter().map(shown).collect()
}

/// The stretches of a year, floating times in a zone.
fn year(calendar: &Calendar, year: i16, floating: &str) -> Vec<String> {
    let [from, to] = [year, year + 1].map(|year| at(&format!("{year}-01-01T00:00:00Z")));
    all(&whole(calendar.within(from, to, &zone(floating))))
}

/// The starts of an event's instances between two instants, as wall times of a zone.
fn starts(calendar: &Calendar, from: &str, to: &str, of: &str) -> Vec<String> {
    let zone = zone(of);
    let all = whole(calendar.occurrences(at(from), at(to), &zone));
    all.iter().map(|o| zone.to_datetime(o.stretch.from).strftime("%Y-%m-%dT%H:%M:%S").to_string()).collect()
}
