//! Clocks set forward and back: Europe/Paris on 2026-03-29 (02:00 to 03:00) and 2026-10-25 (03:00 to 02:00).
//!
//! Nothing here is built into the program.

use super::{all, at, event, sound, usable, whole, year, zone};

const PARIS: &str = "TZID=Europe/Paris";

/// The instances of 2026 of an event with a start in Paris.
fn paris(start: &str, lines: &str) -> Vec<String> {
    year(&sound(&event(&format!("DTSTART;{PARIS}:{start}\n{lines}"))), 2026, "UTC")
}

#[test]
fn an_end_means_hours_that_pass_every_night() {
    // 22:00 to 06:00 are eight hours on the first night, so on every night (section 3.8.5.3).
    let end = format!("DTEND;{PARIS}:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        paris("20260327T220000", &end),
        [
            "2026-03-27T21:00:00Z/2026-03-28T05:00:00Z",
            "2026-03-28T21:00:00Z/2026-03-29T05:00:00Z",
            "2026-03-29T20:00:00Z/2026-03-30T04:00:00Z",
        ]
    );
    let end = format!("DTEND;{PARIS}:20261025T060000\nRRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        paris("20261024T220000", &end),
        [
            // The first night is the long one: nine hours, so on every night.
            "2026-10-24T20:00:00Z/2026-10-25T05:00:00Z",
            "2026-10-25T21:00:00Z/2026-10-26T06:00:00Z",
            "2026-10-26T21:00:00Z/2026-10-27T06:00:00Z",
        ]
    );
}

#[test]
fn a_duration_counts_days_on_the_calendar_and_hours_as_they_pass() {
    let of = |duration: &str, start: &str| paris(start, &format!("DURATION:{duration}"));
    assert_eq!(of("PT8H", "20260328T220000"), ["2026-03-28T21:00:00Z/2026-03-29T05:00:00Z"]);
    assert_eq!(of("P1D", "20260328T220000"), ["2026-03-28T21:00:00Z/2026-03-29T20:00:00Z"], "a day of 23 hours");
    assert_eq!(of("PT24H", "20260328T220000"), ["2026-03-28T21:00:00Z/2026-03-29T21:00:00Z"]);
    assert_eq!(of("P1D", "20261024T220000"), ["2026-10-24T20:00:00Z/2026-10-25T21:00:00Z"], "a day of 25 hours");
    assert_eq!(of("P1DT2H", "20261024T220000"), ["2026-10-24T20:00:00Z/2026-10-25T23:00:00Z"]);
    assert_eq!(of("P1W", "20260325T120000"), ["2026-03-25T11:00:00Z/2026-04-01T10:00:00Z"]);
}

#[test]
fn a_start_in_the_gap_goes_by_the_offset_before_and_one_that_occurs_twice_is_the_first() {
    let nightly = "DURATION:PT15M\nRRULE:FREQ=DAILY;COUNT=3";
    assert_eq!(
        paris("20260328T023000", nightly),
        [
            "2026-03-28T01:30:00Z/2026-03-28T01:45:00Z",
            "2026-03-29T01:30:00Z/2026-03-29T01:45:00Z",
            "2026-03-30T00:30:00Z/2026-03-30T00:45:00Z",
        ]
    );
    assert_eq!(
        paris("20261024T023000", nightly),
        [
            "2026-10-24T00:30:00Z/2026-10-24T00:45:00Z",
            "2026-10-25T00:30:00Z/2026-10-25T00:45:00Z",
            "2026-10-26T01:30:00Z/2026-10-26T01:45:00Z",
        ]
    );
}

#[test]
fn an_end_that_the_gap_puts_before_its_start_goes_by_the_wall() {
    // 02:50 is 03:50, after 03:10: what is meant are twenty minutes.
    let zoned = paris("20260329T025000", &format!("DTEND;{PARIS}:20260329T031000"));
    let floating = sound(&event("DTSTART:20260329T025000\nDTEND:20260329T031000"));
    assert_eq!(zoned, ["2026-03-29T01:50:00Z/2026-03-29T02:10:00Z"]);
    assert_eq!(year(&floating, 2026, "Europe/Paris"), zoned);
    assert_eq!(year(&floating, 2026, "UTC"), ["2026-03-29T02:50:00Z/2026-03-29T03:10:00Z"]);
}

#[test]
fn hours_repeat_on_the_wall() {
    // 02:00 in the gap is 03:00, which comes only once.
    let hourly = paris("20260329T000000", "DURATION:PT1M\nRRULE:FREQ=HOURLY;COUNT=5");
    assert_eq!(
        hourly,
        [
            "2026-03-28T23:00:00Z/2026-03-28T23:01:00Z",
            "2026-03-29T00:00:00Z/2026-03-29T00:01:00Z",
            "2026-03-29T01:00:00Z/2026-03-29T01:01:00Z",
            "2026-03-29T02:00:00Z/2026-03-29T02:01:00Z",
        ]
    );
}

#[test]
fn all_day_events_last_from_midnight_to_midnight_of_whoever_looks() {
    let calendar = sound(&event("DTSTART;VALUE=DATE:20260329\nRRULE:FREQ=DAILY;COUNT=1"));
    assert_eq!(year(&calendar, 2026, "Europe/Paris"), ["2026-03-28T23:00:00Z/2026-03-29T22:00:00Z"]);
    assert_eq!(year(&calendar, 2026, "UTC"), ["2026-03-29T00:00:00Z/2026-03-30T00:00:00Z"]);
    // In Beirut the clock goes from 24:00 to 01:00: the day begins with the gap.
    assert_eq!(year(&calendar, 2026, "Asia/Beirut"), ["2026-03-28T22:00:00Z/2026-03-29T21:00:00Z"]);
}

#[test]
fn an_end_before_the_clock_is_set_back_may_be_meant_for_the_second_time_and_is_the_first() {
    assert_eq!(
        paris("20261025T013000", &format!("DTEND;{PARIS}:20261025T023000")),
        ["2026-10-24T23:30:00Z/2026-10-25T00:30:00Z"]
    );
    // A leap second is the second before it.
    let leap = usable(&event("DTSTART:20161231T235900Z\nDTEND:20161231T235960Z"));
    assert_eq!(year(&leap, 2016, "UTC"), ["2016-12-31T23:59:00Z/2016-12-31T23:59:59Z"]);
}

#[test]
fn a_range_may_begin_and_end_where_the_clock_is_set() {
    let calendar = sound(&event(&format!("DTSTART;{PARIS}:20260301T023000\nDURATION:PT15M\nRRULE:FREQ=DAILY")));
    let within = |from: &str, to: &str| all(&whole(calendar.within(at(from), at(to), &zone("UTC"))));
    // The wall shows the gap, or an hour for the second time, at both ends.
    assert_eq!(within("2026-03-29T01:20:00Z", "2026-03-29T02:00:00Z"), ["2026-03-29T01:30:00Z/2026-03-29T01:45:00Z"]);
    assert_eq!(within("2026-10-25T00:00:00Z", "2026-10-25T01:10:00Z"), ["2026-10-25T00:30:00Z/2026-10-25T00:45:00Z"]);
}
