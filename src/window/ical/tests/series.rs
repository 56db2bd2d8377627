//! Series: exceptions, further dates, instances in the place of others, versions, what is cancelled.
//!
//! Nothing here is built into the program.

use super::{around, at, event, said, sound, starts, usable, whole, year, zone};
use jiff::civil::date;

const DAILY: &str = "DTSTART;TZID=Europe/Paris:20260105T220000\nDURATION:PT2H\nRRULE:FREQ=DAILY;COUNT=4";

/// The days of January on which a calendar has something, by the wall in Paris.
fn january(calendar: &super::Calendar) -> Vec<String> {
    let all = starts(calendar, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "Europe/Paris");
    all.iter().map(|start| start.trim_start_matches("2026-01-").chars().take("05T22:00".len()).collect()).collect()
}

fn vevent(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:u\nSUMMARY:s\n{lines}\nEND:VEVENT\n")
}

#[test]
fn an_exception_may_be_written_in_any_form() {
    for exception in [
        "EXDATE;TZID=Europe/Paris:20260106T220000",
        "EXDATE:20260106T210000Z",
        "EXDATE;TZID=America/New_York:20260106T160000",
        "EXDATE:20260106T220000",
        "EXDATE;VALUE=DATE:20260106",
        "EXDATE;TZID=Europe/Paris:20260101T000000,20260106T220000",
    ] {
        assert_eq!(
            january(&sound(&event(&format!("{DAILY}\n{exception}")))),
            ["05T22:00", "07T22:00", "08T22:00"],
            "{exception}"
        );
    }
    for exception in ["EXDATE;VALUE=DATE:20260106", "EXDATE:20260106T000000", "EXDATE:20260106T000000Z"] {
        let calendar = sound(&event(&format!("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=3\n{exception}")));
        let days = whole(calendar.days(date(2026, 1, 1), date(2027, 1, 1)));
        assert_eq!(days, [date(2026, 1, 5), date(2026, 1, 7)], "{exception}");
    }
    let first = sound(&event(&format!("{DAILY}\nEXDATE;TZID=Europe/Paris:20260105T220000")));
    assert_eq!(january(&first).len(), 3, "the start is an instance too");
}

#[test]
fn further_dates_are_instances_and_may_last_as_long_as_they_say() {
    let calendar = sound(&event(
        "DTSTART;TZID=Europe/Paris:20260105T220000\nDURATION:PT2H\nRDATE;TZID=Europe/Paris:20260107T100000,20260105T220000\n\
         RDATE;VALUE=DATE:20260110\nRDATE;VALUE=PERIOD:20260112T100000Z/20260112T103000Z,20260113T100000Z/PT45M",
    ));
    assert_eq!(
        year(&calendar, 2026, "UTC"),
        [
            "2026-01-05T21:00:00Z/2026-01-05T23:00:00Z",
            "2026-01-07T09:00:00Z/2026-01-07T11:00:00Z",
            "2026-01-10T21:00:00Z/2026-01-10T23:00:00Z",
            "2026-01-12T10:00:00Z/2026-01-12T10:30:00Z",
            "2026-01-13T10:00:00Z/2026-01-13T10:45:00Z",
        ]
    );
    let days = sound(&event("DTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260406,20260501\nEXDATE;VALUE=DATE:20260406"));
    assert_eq!(whole(days.days(date(2026, 1, 1), date(2027, 1, 1))), [date(2026, 1, 1), date(2026, 5, 1)]);
}

#[test]
fn a_period_takes_the_place_of_the_instance_that_starts_with_it() {
    let calendar = sound(&event(&format!("{DAILY}\nRDATE;VALUE=PERIOD;TZID=Europe/Paris:20260106T220000/PT15M")));
    let found = year(&calendar, 2026, "UTC");
    assert_eq!(found[1], "2026-01-06T21:00:00Z/2026-01-06T21:15:00Z");
    let later = calendar.within(at("2026-01-06T22:00:00Z"), at("2026-01-07T00:00:00Z"), &zone("UTC"));
    assert!(whole(later).is_empty(), "nor does the rest of it count");
}

#[test]
fn an_instance_takes_the_place_of_another() {
    let series = vevent(DAILY);
    for id in [
        "RECURRENCE-ID;TZID=Europe/Paris:20260106T220000",
        "RECURRENCE-ID:20260106T210000Z",
        "RECURRENCE-ID:20260106T220000",
        "RECURRENCE-ID;VALUE=DATE:20260106",
    ] {
        let moved = vevent(&format!("{id}\nDTSTART;TZID=Europe/Paris:20260120T080000\nDURATION:PT1H"));
        let expected = ["05T22:00", "07T22:00", "08T22:00", "20T08:00"];
        for text in [format!("{series}{moved}"), format!("{moved}{series}")] {
            assert_eq!(january(&sound(&around(&text))), expected, "{id}");
        }
        let cancelled = vevent(&format!("{id}\nSTATUS:CANCELLED"));
        assert_eq!(january(&sound(&around(&format!("{series}{cancelled}")))), expected[..3], "{id}");
    }
    let alone = vevent("RECURRENCE-ID:20260106T210000Z\nDTSTART:20260107T210000Z\nDURATION:PT1H");
    assert_eq!(january(&sound(&around(&alone))), ["07T22:00"], "one of a series that is not here");
}

#[test]
fn a_day_of_an_all_day_series_may_become_an_hour_and_the_other_way_round() {
    let hour = "BEGIN:VEVENT\nUID:u\nRECURRENCE-ID;VALUE=DATE:20260106\nDTSTART:20260106T080000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let calendar = sound(&around(&format!("{}{hour}", vevent("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=3"))));
    assert_eq!(whole(calendar.days(date(2026, 1, 1), date(2027, 1, 1))), [date(2026, 1, 5), date(2026, 1, 7)]);
    assert!(whole(calendar.within(at("2026-01-06T08:30:00Z"), at("2026-01-06T08:31:00Z"), &zone("UTC"))).length().0 > 0);
    let day = vevent("RECURRENCE-ID:20260106T210000Z\nDTSTART;VALUE=DATE:20260109");
    let calendar = sound(&around(&format!("{}{day}", vevent(DAILY))));
    assert_eq!(whole(calendar.days(date(2026, 1, 1), date(2027, 1, 1))), [date(2026, 1, 9)]);
}

#[test]
fn the_latest_version_counts() {
    let version = |sequence: &str, day: &str| vevent(&format!("{sequence}\nDTSTART:{day}T210000Z\nDURATION:PT1H"));
    let (old, new) = (version("SEQUENCE:1", "20260105"), version("SEQUENCE:2", "20260106"));
    for text in [format!("{old}{new}"), format!("{new}{old}"), format!("{new}{}", version("X-NO:1", "20260107"))] {
        assert_eq!(january(&sound(&around(&text))), ["06T22:00"]);
    }
    let apart = format!("{}{}", around(&old), around(&new));
    assert_eq!(january(&sound(&apart)), ["06T22:00"], "also across calendars");
    assert_eq!(january(&sound(&around(&format!("{new}{new}")))), ["06T22:00"], "twice the same is once");
}

#[test]
fn two_events_of_one_name_both_count_and_that_is_told() {
    let one = |day: &str| vevent(&format!("DTSTART:{day}T210000Z\nDURATION:PT1H"));
    let text = around(&format!("{}{}", one("20260105"), one("20260106")));
    assert_eq!(january(&usable(&text)), ["05T22:00", "06T22:00"]);
    assert_eq!(said(&text), ["10:1 warning calendar/conflict: two events have the UID `u` and the same SEQUENCE: both count"]);
}

#[test]
fn what_is_cancelled_does_not_take_place() {
    assert_eq!(sound(&event(&format!("{DAILY}\nSTATUS:CANCELLED"))).events(), 0);
    assert_eq!(january(&sound(&event(&format!("{DAILY}\nSTATUS:TENTATIVE\nTRANSP:TRANSPARENT")))).len(), 4);
    let moved = vevent("RECURRENCE-ID:20260106T210000Z\nDTSTART:20260107T080000Z\nDURATION:PT1H\nSEQUENCE:3");
    let called_off = |sequence: u8| vevent(&format!("{DAILY}\nSTATUS:CANCELLED\nSEQUENCE:{sequence}"));
    assert_eq!(sound(&around(&format!("{}{moved}", called_off(3)))).events(), 0, "a series takes its instances with it");
    assert_eq!(sound(&around(&format!("{}{moved}", called_off(2)))).events(), 1, "but for later ones");
    let cancel = around(&vevent(&format!("{DAILY}\nSEQUENCE:1"))).replace("VERSION", "METHOD:CANCEL\nVERSION");
    assert_eq!(sound(&format!("{}{cancel}", around(&vevent(DAILY)))).events(), 0, "a calendar that says what is cancelled");
}

#[test]
fn the_end_of_a_rule_may_be_written_in_any_form() {
    let until = |until: &str| {
        let text = event(&format!("DTSTART;TZID=Europe/Paris:20260105T220000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL={until}"));
        january(&sound(&text)).len()
    };
    for (form, count) in [
        ("20260107T210000Z", 3),
        ("20260107T205959Z", 2),
        ("20260107T220000", 3),
        ("20260107T215959", 2),
        ("20260107", 3),
        ("20260106", 2),
    ] {
        assert_eq!(until(form), count, "{form}");
    }
    let floating = sound(&event("DTSTART:20260105T220000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20260107T210000Z"));
    assert_eq!(year(&floating, 2026, "Europe/Paris").len(), 3);
    assert_eq!(year(&floating, 2026, "UTC").len(), 2);
    for form in ["20260107", "20260107T000000Z", "20260107T000000"] {
        let days = sound(&event(&format!("DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;UNTIL={form}")));
        assert_eq!(whole(days.days(date(2026, 1, 1), date(2027, 1, 1))).len(), 3, "{form}");
    }
}

#[test]
fn a_start_that_its_rule_does_not_name_is_the_first_instance_and_counts() {
    let calendar = sound(&event("DTSTART;TZID=Europe/Paris:20260105T220000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3"));
    assert_eq!(january(&calendar), ["05T22:00", "07T22:00", "14T22:00"]);
}

#[test]
fn days_of_long_events_count_each_once() {
    let calendar = sound(&around(
        "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20251230\nDTEND;VALUE=DATE:20260103\nEND:VEVENT\n\
         BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260102\nDURATION:P1W\nEND:VEVENT\n\
         BEGIN:VEVENT\nDTSTART:20260102\nEND:VEVENT",
    ));
    let days = whole(calendar.days(date(2026, 1, 1), date(2026, 1, 6)));
    assert_eq!(days, [1, 2, 3, 4, 5].map(|day| date(2026, 1, day)));
    assert_eq!(whole(calendar.days(date(2026, 1, 8), date(2026, 2, 1))), [date(2026, 1, 8)]);
}
