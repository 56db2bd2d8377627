//! Calendars as Google, Apple, Outlook, Exchange, Thunderbird, Nextcloud and status pages write them; instants worked out by hand.
//!
//! Nothing here is built into the program.

use super::{at, sound, whole, year, zone};
use jiff::civil::date;

macro_rules! calendar {
    ($name:literal) => {
        sound(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/calendars/", $name, ".ics")))
    };
}

fn days(calendar: &super::Calendar) -> Vec<String> {
    whole(calendar.days(date(2026, 1, 1), date(2027, 1, 1))).iter().map(ToString::to_string).collect()
}

#[test]
fn google() {
    let calendar = calendar!("google");
    assert_eq!(calendar.events(), 5);
    assert_eq!(
        year(&calendar, 2026, "Europe/Paris"),
        [
            "2026-01-13T21:00:00Z/2026-01-14T00:00:00Z",
            "2026-01-28T21:00:00Z/2026-01-28T22:30:00Z",
            "2026-02-24T21:00:00Z/2026-02-25T00:00:00Z",
            "2026-03-10T21:00:00Z/2026-03-11T00:00:00Z",
            "2026-03-24T21:00:00Z/2026-03-25T00:00:00Z",
            "2026-04-07T20:00:00Z/2026-04-07T23:00:00Z",
            "2026-04-30T22:00:00Z/2026-05-01T22:00:00Z",
            "2026-06-06T20:00:00Z/2026-06-07T04:00:00Z",
            "2026-12-23T23:00:00Z/2026-12-26T23:00:00Z",
        ]
    );
    assert_eq!(days(&calendar), ["2026-05-01", "2026-12-24", "2026-12-25", "2026-12-26"]);
    let moved = whole(calendar.occurrences(at("2026-01-20T00:00:00Z"), at("2026-02-01T00:00:00Z"), &zone("UTC")));
    let summaries: Vec<&str> = moved.iter().map(|o| o.summary.as_str()).collect();
    assert_eq!(summaries, ["Database maintenance (moved, short)"]);
}

#[test]
fn apple() {
    let calendar = calendar!("apple");
    let expected = |floating: &str| {
        [
            "2026-02-28T22:30:00Z/2026-03-01T05:00:00Z",
            "2026-03-28T22:30:00Z/2026-03-29T05:00:00Z",
            "2026-05-30T21:30:00Z/2026-05-31T04:00:00Z",
            floating,
            "2026-12-24T23:00:00Z/2026-12-25T23:00:00Z",
        ]
        .map(str::to_owned)
    };
    assert_eq!(year(&calendar, 2026, "Europe/Paris"), expected("2026-06-15T16:00:00Z/2026-06-15T17:30:00Z"));
    let elsewhere = year(&calendar, 2026, "America/New_York");
    assert_eq!(elsewhere[3..], ["2026-06-15T22:00:00Z/2026-06-15T23:30:00Z", "2026-12-25T05:00:00Z/2026-12-26T05:00:00Z"]);
    assert_eq!(days(&calendar), ["2026-12-25"]);
    let patches = whole(calendar.occurrences(at("2026-03-01T00:00:00Z"), at("2026-03-02T00:00:00Z"), &zone("UTC")));
    let summary = "Monthly patches of the signature service, last Saturday of the month";
    assert_eq!(patches.first().map(|o| o.summary.as_str()), Some(summary), "it began the day before");
}

#[test]
fn outlook() {
    let calendar = calendar!("outlook");
    assert_eq!(
        year(&calendar, 2026, "Europe/Berlin"),
        [
            "2026-01-05T23:00:00Z/2026-01-06T23:00:00Z",
            "2026-03-15T00:30:00Z/2026-03-15T03:30:00Z",
            "2026-03-22T00:30:00Z/2026-03-22T03:30:00Z",
            "2026-03-29T00:30:00Z/2026-03-29T03:30:00Z",
            "2026-04-04T23:30:00Z/2026-04-05T02:30:00Z",
        ]
    );
    assert_eq!(days(&calendar), ["2026-01-06"]);
}

#[test]
fn exchange() {
    let calendar = calendar!("exchange");
    assert_eq!(
        year(&calendar, 2026, "UTC"),
        [
            "2026-01-13T20:00:00Z/2026-01-13T22:30:00Z",
            "2026-02-10T20:00:00Z/2026-02-10T22:30:00Z",
            "2026-04-11T16:30:00Z/2026-04-11T18:00:00Z",
            "2026-04-12T16:00:00Z/2026-04-12T17:30:00Z",
            "2026-05-12T19:00:00Z/2026-05-12T21:30:00Z",
        ]
    );
}

#[test]
fn thunderbird() {
    let calendar = calendar!("thunderbird");
    assert_eq!(
        year(&calendar, 2026, "UTC"),
        [
            "2026-10-23T21:30:00Z/2026-10-24T02:00:00Z",
            "2026-10-24T21:30:00Z/2026-10-25T02:00:00Z",
            "2026-10-26T22:30:00Z/2026-10-27T03:00:00Z",
            "2026-11-10T19:00:00Z/2026-11-10T20:00:00Z",
        ]
    );
    assert_eq!(calendar.events(), 2, "a task is no event");
}

#[test]
fn nextcloud() {
    let calendar = calendar!("nextcloud");
    assert_eq!(
        year(&calendar, 2026, "UTC"),
        [
            "2026-03-26T22:00:00Z/2026-03-27T01:00:00Z",
            "2026-03-28T22:00:00Z/2026-03-29T01:00:00Z",
            "2026-04-27T00:00:00Z/2026-04-28T00:00:00Z",
        ]
    );
    let later = whole(calendar.days(date(2026, 4, 27), date(2029, 4, 27)));
    assert_eq!(later, [date(2026, 4, 27), date(2027, 4, 27), date(2028, 4, 27)]);
}

#[test]
fn status_pages() {
    let calendar = calendar!("statuspage");
    assert_eq!(
        year(&calendar, 2026, "UTC"),
        ["2026-02-14T23:00:00Z/2026-02-15T01:15:00Z", "2026-02-22T00:30:00Z/2026-02-22T01:30:00Z"]
    );
    assert_eq!(calendar.events(), 3);
    assert_eq!(days(&calendar), [""; 0]);
}
