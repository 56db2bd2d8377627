//! What is wrong with a calendar is told at its line and column, all of it at once, and what is right is read all the same.
//!
//! Nothing here is built into the program.

use super::{around, event, read, said, year};
use crate::base::source::Source;

/// What is said of an event whose lines begin at line 7.
fn of(lines: &str) -> Vec<String> {
    said(&event(lines))
}

const START: &str = "DTSTART:20260105T220000Z";

#[test]
fn faults_of_times() {
    for (lines, expected) in [
        ("DURATION:PT1H", "4:1 error calendar/missing: an event has no DTSTART"),
        ("DTSTART:20260230T220000Z", "7:9 error calendar/value: `20260230T220000Z` is no day of the calendar"),
        ("DTSTART:2026-01-05T22:00:00Z", "7:9 error calendar/value: `2026-01-05T22:00:00Z` is neither a date nor a time"),
        ("DTSTART:20260105T240000Z", "7:9 error calendar/value: `20260105T240000Z` is no time of a day"),
        ("DTSTART;VALUE=DATE:20260105T220000Z", "7:9 error calendar/value: a time stands where VALUE says DATE"),
        ("DTSTART;VALUE=TEXT:20260105", "7:9 error calendar/value: `DTSTART` has no values of type `TEXT`"),
        ("DTSTART;TZID:20260105", "7:9 error calendar/syntax: a parameter of `DTSTART` has no value"),
        (START, "7:1 warning calendar/no-time: an event takes no time: it has neither DTEND nor DURATION"),
    ] {
        assert_eq!(of(lines), [expected], "{lines}");
    }
    for (lines, expected) in [
        ("DTEND:20260105T210000Z", "8:7 error calendar/value: an event ends before it starts"),
        ("DTEND:20260105T220000Z", "8:7 warning calendar/no-time: an event takes no time: it ends when it starts"),
        ("DTEND:20260105T230000", "8:7 error calendar/value: DTSTART and DTEND are not of one kind"),
        ("DTEND;VALUE=DATE:20260106", "8:18 error calendar/value: DTSTART and DTEND are not of one kind"),
        ("DURATION:1h", "8:10 error calendar/value: `1h` is no duration"),
        ("DURATION:-PT1H", "8:10 error calendar/value: an event ends before it starts"),
        ("DURATION:PT0S", "8:10 warning calendar/no-time: an event takes no time"),
        ("DTEND:20260105T230000Z\nDURATION:PT1H", "9:1 error calendar/conflict: an event has both DTEND and DURATION"),
        ("DURATION:PT1H\nDURATION:PT2H", "9:1 error calendar/twice: `DURATION` is written twice"),
        ("DTEND;TZID=Europe/Paris:20260106T000000Z", "8:7 warning calendar/zone: a time in UTC has the time zone `Europe/Paris`"),
    ] {
        assert_eq!(of(&format!("{START}\n{lines}")), [expected], "{lines}");
    }
    for (lines, expected) in [
        ("DTEND;VALUE=DATE:20260104", "8:18 error calendar/value: an event ends before it starts"),
        (
            "DTEND;VALUE=DATE:20260105",
            "8:18 warning calendar/value: an all-day event ends on the day on which it starts: it counts as one day",
        ),
        ("DURATION:PT12H", "8:10 error calendar/value: an all-day event does not last whole days"),
        ("DURATION:P0D", "8:10 error calendar/value: an all-day event does not last whole days"),
        ("EXDATE:20260106T120000", "8:8 error calendar/value: a time of day stands where an all-day event wants a day"),
        ("RDATE;VALUE=PERIOD:20260106T120000/PT1H", "8:20 error calendar/value: a period of days is not read"),
        ("RRULE:FREQ=HOURLY", "8:1 error calendar/rule: an all-day event repeats within the day"),
        ("RRULE:FREQ=DAILY;BYHOUR=3", "8:1 warning calendar/rule: BYHOUR, BYMINUTE and BYSECOND say nothing of an all-day event"),
        (
            "RRULE:FREQ=DAILY;UNTIL=20260109T230000Z",
            "8:1 warning calendar/rule: UNTIL of an all-day event has a time: the last day is 2026-01-09",
        ),
    ] {
        assert_eq!(of(&format!("DTSTART;VALUE=DATE:20260105\n{lines}")), [expected], "{lines}");
    }
}

#[test]
fn faults_of_series() {
    let timed = format!("{START}\nDURATION:PT1H");
    for (lines, expected) in [
        ("RRULE:FREQ=DAILY;INTERVAL=0", "9:18 error calendar/rule: `0` is no INTERVAL"),
        ("RRULE:FREQ=DAILY;COUNT=0", "9:18 error calendar/rule: `0` is no COUNT"),
        ("RRULE:FREQ=DA\n ILY;BYDAY=XX", "10:6 error calendar/rule: `XX` is no BYDAY"),
        ("RRULE:D1 #5", "9:7 error calendar/rule: `D1 #5` is no part of a rule"),
        (
            "RRULE:FREQ=DAILY;UNTIL=20260101",
            "9:1 warning calendar/no-time: UNTIL lies before DTSTART: the event never takes place",
        ),
        ("EXRULE:FREQ=DAILY", "9:1 error calendar/unsupported: `EXRULE` is not read: it is no longer part of iCalendar"),
        ("EXDATE:20260105T220000Z,tomorrow", "9:25 error calendar/value: `tomorrow` is neither a date nor a time"),
        ("RDATE:20260106T220000Z,", "9:24 error calendar/value: `` is neither a date nor a time"),
        ("RDATE;VALUE=PERIOD:20260106T220000Z", "9:20 error calendar/value: `20260106T220000Z` is no period"),
        ("RDATE;VALUE=PERIOD:20260106T220000Z/20260106T210000Z", "9:37 error calendar/value: an event ends before it starts"),
        ("SEQUENCE:one", "9:1 error calendar/value: `one` is no SEQUENCE"),
        ("STATUS:CANCELED", "9:1 error calendar/value: `CANCELED` is no STATUS of an event"),
        ("STATUS:RESOLVED", "9:1 warning calendar/value: `RESOLVED` is no STATUS of an event"),
        ("RRLUE:FREQ=DAILY", "9:1 error calendar/unknown-name: `RRLUE` is no name of iCalendar"),
        (
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260106T220000Z",
            "9:15 error calendar/unsupported: a change of more than one instance (`THISANDFUTURE`) is not read",
        ),
        ("RECURRENCE-ID:20260106T220000Z\nRRULE:FREQ=DAILY", "10:1 error calendar/conflict: an instance of a series repeats"),
    ] {
        let found = of(&format!("{timed}\n{lines}"));
        assert!(found.contains(&expected.to_owned()), "{lines}: {found:#?}");
        assert_eq!(found.len(), if lines.contains("D1 #5") { 2 } else { 1 }, "{lines}: {found:#?}");
    }
    let nameless = around(&format!("BEGIN:VEVENT\n{timed}\nRECURRENCE-ID:20260106T220000Z\nEND:VEVENT"));
    assert_eq!(said(&nameless), ["7:1 error calendar/missing: an instance of a series is written without the UID of the series"]);
    let days = "BEGIN:VEVENT\nUID:u\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20260106T220000Z\nDTSTART;VALUE=DATE:20260107\nEND:VEVENT";
    assert_eq!(said(&around(days)), ["11:1 error calendar/value: a time of day stands where an all-day event wants a day"]);
}

#[test]
fn faults_of_structure() {
    let good = "BEGIN:VEVENT\nDTSTART:20260105T220000Z\nDURATION:PT1H\nEND:VEVENT\n";
    let odd = |text: &str| said(&format!("BEGIN:VCALENDAR\n{text}"));
    for (text, expected) in [
        ("", vec!["1:1 error calendar/syntax: `VCALENDAR` is not closed before `the end of the text`"]),
        (
            &format!("{good}BEGIN:VEVENT\nDTSTART:20260105T220000Z\nDURATION:PT1H\n"),
            vec![
                "1:1 error calendar/syntax: `VCALENDAR` is not closed before `the end of the text`",
                "6:1 error calendar/syntax: `VEVENT` is not closed before `the end of the text`",
            ],
        ),
        ("END:VEVENT\nEND:VCALENDAR", vec!["2:1 error calendar/syntax: END of `VEVENT`, which is not open here"]),
        ("END:VCALENDAR\nDTSTART:1\n", vec!["3:1 error calendar/syntax: `DTSTART` stands outside of VCALENDAR"]),
        (&format!("END:VCALENDAR\n{good}"), vec!["3:1 error calendar/syntax: `VEVENT` stands outside of VCALENDAR"]),
        (
            "BEGIN:STANDARD\nEND:STANDARD\nEND:VCALENDAR",
            vec!["2:1 error calendar/syntax: `STANDARD` stands outside of VTIMEZONE"],
        ),
        ("BEGIN:VEVNT\nEND:VEVNT\nEND:VCALENDAR", vec!["2:1 error calendar/unknown-name: `VEVNT` is no name of iCalendar"]),
        ("what is this\nEND:VCALENDAR", vec!["2:1 error calendar/syntax: `what is this` is no property"]),
        ("X-A;B=\"c:d\nEND:VCALENDAR", vec!["2:1 error calendar/syntax: a quote of `X-A;B=\"c:d` is not closed"]),
        ("X-A;B=c\nEND:VCALENDAR", vec!["2:1 error calendar/syntax: `X-A;B=c` has no value"]),
        ("VERSION:1.0\nEND:VCALENDAR", vec!["2:1 error calendar/unsupported: a calendar of VERSION `1.0` is not read"]),
        ("CALSCALE:HEBREW\nEND:VCALENDAR", vec!["2:1 error calendar/unsupported: a calendar of CALSCALE `HEBREW` is not read"]),
    ] {
        assert_eq!(odd(text), expected, "{text}");
    }
    let unclosed = format!("BEGIN:VEVENT\nDTSTART:20260101T220000Z\nDURATION:PT1H\n{good}END:VCALENDAR");
    let text = format!("BEGIN:VCALENDAR\n{unclosed}");
    assert_eq!(said(&text), ["2:1 error calendar/syntax: `VEVENT` is not closed before `BEGIN:VEVENT`"]);
    let (calendar, _) = read(&Source::new("t.ics", text));
    assert_eq!(calendar.map(|c| c.events()), Some(2), "both are read");
    assert_eq!(odd("BEGIN:VALARM\nno property\nDTSTART:never\nBEGIN:VEVENT\nEND:VEVENT\nEND:VALARM\nEND:VCALENDAR"), [""; 0]);
    assert_eq!(
        odd("BEGIN:X-VEVNT\nEND:X-VEVNT\nX-RRULE:no\nEND:VCALENDAR\n\n\nBEGIN:VCALENDAR\nVERSION:1.0;2.0\nEND:VCALENDAR"),
        [""; 0]
    );
}

#[test]
fn all_is_told_at_once_and_what_is_right_is_read() {
    let text = around(
        "BEGIN:VEVENT\nDTSTART:never\nRRULE:FREQ=NEVER\nEND:VEVENT\n\
         BEGIN:VEVENT\nDTSTART:20260105T220000Z\nDURATION:PT1H\nEND:VEVENT\n\
         BEGIN:VEVENT\nDTSTART;TZID=Nowhere:20260105T220000\nEND:VEVENT",
    );
    let lines: Vec<String> = said(&text).iter().map(|s| s.split(' ').next().unwrap_or("").to_owned()).collect();
    assert_eq!(lines, ["5:9", "13:9"], "without a start the rule means nothing");
    let (calendar, faults) = read(&Source::new("t.ics", text));
    assert!(faults.has_errors());
    assert_eq!(year(&calendar.expect("what is right"), 2026, "UTC"), ["2026-01-05T22:00:00Z/2026-01-05T23:00:00Z"]);
}

#[test]
fn what_is_no_calendar_is_refused() {
    for text in ["", "\n\n", "<html>\nlog in\n", "BEGIN:VEVENT\nEND:VEVENT", "\u{0}\u{1}", "{}", " BEGIN:VCALENDAR"] {
        let (calendar, faults) = read(&Source::new("t.ics", text));
        assert!(calendar.is_none() && faults.has_errors(), "{text}");
        assert_eq!(faults.into_iter().map(|d| d.code).collect::<Vec<_>>(), ["calendar/not-a-calendar"], "{text}");
    }
}
