//! Texts made to break a reader: large, deep, endless, cut off.
//!
//! Nothing here is built into the program.

use super::{Calendar, around, at, event, read, said, sound, usable, whole, year, zone};
use crate::base::source::Source;
use crate::window::ical::component::{EVENTS, LONGEST};
use crate::window::ical::expand::INSTANCES;
use crate::window::ical::faults::MOST;
use jiff::Timestamp;
use jiff::civil::{Date, date};

const START: &str = "DTSTART:20260101T000000Z\nDURATION:PT1S";

fn codes(text: &str) -> Vec<&'static str> {
    let (calendar, faults) = read(&Source::new("t.ics", text));
    assert!(calendar.is_none(), "refused as a whole");
    faults.into_iter().map(|d| d.code).collect()
}

fn repeated(rule: &str) -> Calendar {
    usable(&event(&format!("{START}\nRRULE:{rule}")))
}

#[test]
fn a_text_that_is_too_long_is_refused_before_it_is_read() {
    let line = "X-PADDING:0123456789012345678901234567890123456789\r\n";
    let text = around(&line.repeat((20 << 20) / line.len()));
    assert!(text.len() > LONGEST);
    assert_eq!(codes(&text), ["calendar/too-large"]);
}

#[test]
fn too_many_events_and_too_many_components_within_one_another_are_refused() {
    let text = around(&"BEGIN:VEVENT\nEND:VEVENT\n".repeat(EVENTS + 1));
    assert!(codes(&text).contains(&"calendar/too-large"));
    let text = around(&"BEGIN:X-A\n".repeat(1_000_000));
    assert_eq!(codes(&text), ["calendar/syntax"]);
}

#[test]
fn of_very_many_faults_some_are_told_and_the_rest_counted() {
    let text = around(&"BEGIN:VEVENT\nDTSTART:never\nEND:VEVENT\n".repeat(5_000));
    let all = said(&text);
    assert_eq!(all.len(), MOST + 1);
    assert_eq!(all[MOST], "15005:1 error calendar/more: and 4900 more errors");
}

#[test]
fn a_rule_that_never_comes_true_ends() {
    let (from, to) = (at("1900-01-01T00:00:00Z"), at("2500-01-01T00:00:00Z"));
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;COUNT=5",
        "FREQ=YEARLY;BYWEEKNO=53;BYYEARDAY=100",
        "FREQ=MINUTELY;BYMONTHDAY=31;BYMONTH=4,6,9,11;COUNT=1000000",
    ] {
        let found = whole(repeated(rule).occurrences(from, to, &zone("UTC")));
        assert_eq!(found.len(), 1, "the start alone: {rule}");
    }
}

#[test]
fn a_rule_that_comes_true_too_often_is_cut_and_that_is_told() {
    let calendar = repeated("FREQ=SECONDLY");
    let day = calendar.within(at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"), &zone("UTC"));
    assert_eq!(whole(day).length().0, 86_400_000_000_000, "a day of seconds can be followed");
    let years = calendar.within(at("2026-01-01T00:00:00Z"), at("2036-01-01T00:00:00Z"), &zone("UTC"));
    assert_eq!(years.found.length().0, INSTANCES * 1_000_000_000, "as far as it went");
    let limits: Vec<_> = years.limits.into_iter().collect();
    assert_eq!(limits.len(), 1);
    assert_eq!(limits[0].code, "calendar/limit");
    assert_eq!(limits[0].place.as_ref().map(|place| place.line_column()), Some((7, 1)));
    let far = calendar.within(at("2999-01-01T00:00:00Z"), at("2999-01-01T00:00:10Z"), &zone("UTC"));
    assert_eq!(whole(far).length().0, 10_000_000_000, "it begins near the range");
    for rule in ["FREQ=SECONDLY;COUNT=999999999999", "FREQ=SECONDLY;BYSECOND=1;COUNT=18446744073709551615"] {
        assert!(
            !repeated(rule).occurrences(at("2999-01-01T00:00:00Z"), at("2999-01-02T00:00:00Z"), &zone("UTC")).is_whole(),
            "{rule}"
        );
    }
}

#[test]
fn one_series_that_is_cut_does_not_hide_what_takes_place_once() {
    let single = "BEGIN:VEVENT\nUID:v\nDTSTART:20270101T000000Z\nDURATION:PT1H\nEND:VEVENT";
    let endless = format!("BEGIN:VEVENT\nUID:u\n{START}\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n{single}");
    let calendar = sound(&around(&endless));
    let found = calendar.within(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"), &zone("UTC"));
    assert!(!found.is_whole());
    assert!(found.found.contains(at("2027-01-01T00:30:00Z")));
}

#[test]
fn a_period_of_very_many_instances_is_never_held_at_once() {
    let numbers = |to: i16| (0..=to).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let every = format!("BYHOUR={};BYMINUTE={};BYSECOND={}", numbers(23), numbers(59), numbers(59));
    let calendar = repeated(&format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{every}"));
    let found = calendar.within(at("2026-12-31T23:59:00Z"), at("2027-01-01T00:01:00Z"), &zone("UTC"));
    assert_eq!(whole(found).length().0, 120_000_000_000);
    let last = repeated(&format!("FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;{every};BYSETPOS=-1"));
    let found = whole(last.occurrences(at("2026-06-01T00:00:00Z"), at("2028-06-01T00:00:00Z"), &zone("UTC")));
    let found: Vec<String> = found.iter().map(|o| o.stretch.from.to_string()).collect();
    assert_eq!(found, ["2026-12-31T23:59:59Z", "2027-12-31T23:59:59Z"]);
    let many = format!("BEGIN:VEVENT\n{START}\nRRULE:FREQ=DAILY;{every}\nEND:VEVENT\n").repeat(1_000);
    let found = sound(&around(&many)).within(at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:01Z"), &zone("UTC"));
    assert!(!found.is_whole() && found.found.length().0 == 1_000_000_000);
}

#[test]
fn numbers_beyond_all_measure_overflow_nothing() {
    let (first, last) = (Timestamp::MIN, Timestamp::MAX);
    for (lines, count) in [
        ("DTSTART:99991231T235959Z\nDURATION:PT1S", 0),
        ("DTSTART:00000101T000000Z\nDURATION:P999999999W", 1),
        ("DTSTART:99991201T000000\nDTEND:99991231T235959", 1),
        ("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=YEARLY;INTERVAL=4294967295", 1),
        ("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY;INTERVAL=4294967295", 59),
        ("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=MONTHLY;INTERVAL=4294967295", 1),
        ("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=WEEKLY;INTERVAL=4294967295", 1),
        ("DTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;INTERVAL=7000", 2),
        ("DTSTART:99991230T000000Z\nDURATION:P1D\nRRULE:FREQ=YEARLY;BYWEEKNO=52;BYDAY=TH", 1),
    ] {
        let calendar = usable(&event(lines));
        let found = whole(calendar.occurrences(first, last, &zone("Pacific/Auckland")));
        assert_eq!(found.len(), count, "{lines}");
        whole(calendar.days(Date::MIN, Date::MAX));
    }
    let days = sound(&event("DTSTART;VALUE=DATE:99991225\nRRULE:FREQ=DAILY"));
    assert_eq!(whole(days.days(date(9999, 12, 30), Date::MAX)), [date(9999, 12, 30)]);
    let forever = sound(&event("DTSTART;VALUE=DATE:00010101\nDURATION:P999999999D\nRRULE:FREQ=YEARLY"));
    assert_eq!(whole(forever.days(date(2026, 1, 1), date(2026, 1, 3))), [date(2026, 1, 1), date(2026, 1, 2)]);
}

#[test]
fn an_empty_or_backward_range_holds_nothing() {
    let calendar = repeated("FREQ=SECONDLY");
    let (now, later) = (at("2026-06-01T00:00:00Z"), at("2026-06-02T00:00:00Z"));
    assert!(whole(calendar.within(later, now, &zone("UTC"))).is_empty());
    assert!(whole(calendar.within(now, now, &zone("UTC"))).is_empty());
    assert!(whole(calendar.days(date(2026, 2, 1), date(2026, 1, 1))).is_empty());
}

#[test]
fn very_many_zones_names_and_instances_are_bounded() {
    let zones: String = (0..300)
        .map(|n| {
            format!(
                "BEGIN:VTIMEZONE\nTZID:Z{n}\nBEGIN:STANDARD\nDTSTART:19701025T000000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\n\
                 TZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=Z{n}:20260101T000000\n\
                 DURATION:PT1H\nEND:VEVENT\n"
            )
        })
        .collect();
    assert!(said(&around(&zones)).iter().any(|s| s.contains("more than 200 time zones")));
    let unknown: String = (0..20_000)
        .map(|n| format!("BEGIN:VEVENT\nDTSTART;TZID=Nowhere{n}:20260101T000000\nDURATION:PT1H\nEND:VEVENT\n"))
        .collect();
    assert_eq!(said(&around(&unknown)).len(), MOST + 1);
    let long =
        event(&format!("DTSTART;TZID={}:20260101T000000\nDURATION:PT1H\nRRULE:{}", "x/".repeat(100_000), "Y".repeat(100_000)));
    assert_eq!(said(&long).len(), 1);
    let properties: String = (0..50_000).map(|n| format!("RDAT{n}:x\n")).collect();
    assert!(said(&event(&format!("{START}\n{properties}"))).len() <= MOST + 1);
    let same: String = (0..2_000).map(|n| format!("BEGIN:VEVENT\nUID:u\n{START}\nSUMMARY:{n}\nEND:VEVENT\n")).collect();
    let instances: String = (0..2_000)
        .map(|n| format!("BEGIN:VEVENT\nUID:u\n{START}\nRECURRENCE-ID:2026{:04}T000000Z\nEND:VEVENT\n", 101 + n % 20))
        .collect();
    assert!(said(&around(&format!("{same}{instances}"))).iter().any(|s| s.contains("2000 events have the UID")));
}

#[test]
fn lines_that_are_cut_off_or_hold_anything_are_told_or_read() {
    let good = event(&format!("{START}\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE;TZID=\"Europe/Paris\":20260101T010000"));
    assert_eq!(year(&sound(&good), 2026, "UTC").len(), 1);
    for end in 0..good.len() {
        let (calendar, faults) = read(&Source::new("t.ics", &good[..end]));
        assert!(faults.has_errors() || end >= good.len() - 1, "cut off at {end}");
        calendar.map(|calendar| year(&calendar, 2026, "UTC"));
    }
    let nul = event("DTSTART:2026\u{0}101T000000Z\nDURATION:PT1H");
    assert_eq!(said(&nul).len(), 1);
    let in_text = sound(&event(&format!("{START}\nDESCRIPTION:a\u{0}b\u{7}")));
    assert_eq!(in_text.events(), 1);
}
