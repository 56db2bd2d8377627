//! Time zones by whatever name, and those that a calendar defines itself.
//!
//! Nothing here is built into the program.

use super::{around, said, sound, year};

/// The start of an event at 12:00 on a day of 2026, in a zone, as UTC.
fn noon(zones: &str, tzid: &str, day: &str) -> String {
    let text = format!("{zones}\nBEGIN:VEVENT\nDTSTART;TZID={tzid}:2026{day}T120000\nDURATION:PT1H\nEND:VEVENT");
    let all = year(&sound(&around(&text)), 2026, "UTC");
    all[0]
        .split('T')
        .nth(1)
        .map(|time| time.trim_end_matches(":00Z/2026").split(":00Z").next().unwrap_or("").to_owned())
        .expect("a time")
}

/// A zone of the calendar's own, three hours and, in summer, three and a half ahead.
fn own(tzid: &str, more: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\nTZID:{tzid}\n{more}BEGIN:STANDARD\nDTSTART:20001001T000000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1\n\
         TZOFFSETFROM:+0330\nTZOFFSETTO:+0300\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20000401T000000\n\
         RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1\nTZOFFSETFROM:+0300\nTZOFFSETTO:+0330\nEND:DAYLIGHT\nEND:VTIMEZONE"
    )
}

#[test]
fn names_of_many_programs_lead_to_the_same_zone() {
    for tzid in [
        "Europe/Paris",
        "europe/paris",
        "\"Europe/Paris\"",
        "/freeassociation.sourceforge.net/Europe/Paris",
        "/freeassociation.sourceforge.net/Tzfile/Europe/Paris",
        "/citadel.org/20250101_1/Europe/Paris",
        "/mozilla.org/20070129_1/Europe/Paris",
        "Romance Standard Time",
        "\"W. Europe Standard Time\"",
        "Central European Standard Time",
    ] {
        assert_eq!(noon("", tzid, "0115"), "11:00", "{tzid}");
        assert_eq!(noon("", tzid, "0715"), "10:00", "{tzid}");
    }
    assert_eq!(noon("", "/softwarestudio.org/Olson_20011030_5/America/Argentina/Buenos_Aires", "0115"), "15:00");
    assert_eq!(noon("", "Eastern Standard Time", "0715"), "16:00");
    assert_eq!(noon("", "\"tzone://Microsoft/Utc\"", "0715"), "12:00");
    assert_eq!(noon("", "UTC", "0715"), "12:00");
    assert_eq!(noon("", "/example.com/UTC", "0715"), "12:00");
}

#[test]
fn a_zone_of_the_calendar_is_worked_out() {
    for (day, expected) in [("0115", "09:00"), ("0331", "09:00"), ("0401", "08:30"), ("0930", "08:30"), ("1001", "09:00")] {
        assert_eq!(noon(&own("Office", ""), "Office", day), expected, "{day}");
    }
    assert_eq!(noon(&own("(UTC+03:00) Office", ""), "\"(UTC+03:00) Office\"", "0715"), "08:30");
    assert_eq!(noon(&own("EST", ""), "EST", "0715"), "08:30", "a short name is what the calendar says");
    assert_eq!(noon(&own("Europe/Paris", ""), "Europe/Paris", "0715"), "10:00", "a full name is what it is");
    assert_eq!(noon(&own("Office", "X-LIC-LOCATION:Europe/Paris\n"), "Office", "0715"), "10:00");
    assert_eq!(noon(&own("Office", "X-LIC-LOCATION:Nowhere\n"), "Office", "0715"), "08:30");
}

#[test]
fn gap_and_fold_of_such_a_zone_are_those_of_any() {
    let at = |start: &str| {
        let text = format!("{}\nBEGIN:VEVENT\nDTSTART;TZID=Office:{start}\nDURATION:PT1M\nEND:VEVENT", own("Office", ""));
        year(&sound(&around(&text)), 2026, "UTC")
    };
    // At 00:00 on 1 April the clock goes to 00:30, at 00:00 on 1 October back to 23:30.
    assert_eq!(at("20260401T001000"), ["2026-03-31T21:10:00Z/2026-03-31T21:11:00Z"]);
    assert_eq!(at("20260930T234500"), ["2026-09-30T20:15:00Z/2026-09-30T20:16:00Z"]);
    assert_eq!(at("20261001T000000"), ["2026-09-30T21:00:00Z/2026-09-30T21:01:00Z"]);
}

#[test]
fn changes_of_such_a_zone_may_be_written_one_by_one_and_end() {
    let zones = "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:20200101T000000\nRDATE:20260601T000000,20260701T000000\n\
        TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:20210615T000000\n\
        RRULE:FREQ=YEARLY;UNTIL=20260614T230000Z\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\nEND:VTIMEZONE";
    for (day, expected) in [("0115", "10:00"), ("0605", "11:00"), ("0620", "10:00"), ("0705", "11:00")] {
        assert_eq!(noon(zones, "Office", day), expected, "{day}");
    }
    let before = "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:20260601T000000\nTZOFFSETFROM:+0500\nTZOFFSETTO:+0100\n\
        END:STANDARD\nEND:VTIMEZONE";
    assert_eq!(noon(before, "Office", "0115"), "07:00", "before the first change the offset is that before it");
    assert_eq!(noon(before, "Office", "0715"), "11:00");
}

#[test]
fn each_calendar_has_zones_of_its_own() {
    let office = |offset: &str| {
        around(&format!(
            "BEGIN:VTIMEZONE\nTZID:Office\nBEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\n\
             END:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nDTSTART;TZID=Office:20260101T120000\nDURATION:PT1H\nEND:VEVENT"
        ))
    };
    let both = sound(&format!("{}{}", office("+0100"), office("+0500")));
    assert_eq!(
        year(&both, 2026, "UTC"),
        ["2026-01-01T07:00:00Z/2026-01-01T08:00:00Z", "2026-01-01T11:00:00Z/2026-01-01T12:00:00Z"]
    );
}

#[test]
fn a_zone_that_is_unknown_is_told_once_with_what_was_meant() {
    let text = around(
        "BEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Pariss:20260101T120000\nDTEND;TZID=Europe/Pariss:20260101T130000\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:2\nDTSTART;TZID=Office:20260101T120000\nDURATION:PT1H\nEND:VEVENT",
    );
    let expected = "the time zone `Europe/Pariss` is not known, nor defined here";
    assert_eq!(
        said(&text),
        [
            format!("6:9 error calendar/zone: {expected}"),
            "11:9 error calendar/zone: the time zone `Office` is not known, nor defined here".to_owned()
        ]
    );
    let (_, faults) = super::read(&super::Source::new("t.ics", text));
    let hints: Vec<_> = faults.into_iter().filter_map(|d| d.hint).collect();
    assert_eq!(hints[0], "did you mean `Europe/Paris`?");
}

#[test]
fn a_zone_that_is_wrong_is_told_where_it_is_used() {
    let zone = |inner: &str| format!("BEGIN:VTIMEZONE\nTZID:Office\n{inner}\nEND:VTIMEZONE\n");
    let used = "BEGIN:VEVENT\nDTSTART;TZID=Office:20260101T120000\nDURATION:PT1H\nEND:VEVENT";
    let part = |lines: &str| zone(&format!("BEGIN:STANDARD\n{lines}\nEND:STANDARD"));
    let good = "DTSTART:20000101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100";
    for (zones, expected) in [
        (zone("X-A:1"), vec!["4:1 error calendar/zone: the time zone `Office` has no STANDARD part"]),
        (
            part("TZOFFSETTO:+01:00"),
            vec![
                "6:1 error calendar/missing: a part of a time zone has no `DTSTART`",
                "6:1 error calendar/missing: a part of a time zone has no `TZOFFSETFROM`",
                "7:12 error calendar/value: `+01:00` is no offset from UTC",
            ],
        ),
        (
            part(&format!("{good}\nRRULE:FREQ=SECONDLY")),
            vec!["6:1 error calendar/zone: a time zone of more than 5000 changes is not read"],
        ),
        (part(&format!("{good}\nRRULE:FREQ=NEVER")), vec!["10:7 error calendar/rule: `NEVER` is no FREQ"]),
        (part(&format!("{good}\nRDATE:soon")), vec!["10:7 error calendar/value: `soon` is neither a date nor a time"]),
        (
            part(&format!("{good}\nEXDATE:20010101T000000")),
            vec!["10:1 error calendar/unsupported: `EXDATE` is not read in a time zone"],
        ),
    ] {
        assert_eq!(said(&around(&format!("{zones}{used}"))), expected, "{zones}");
        assert_eq!(said(&around(&zones)), [""; 0], "nobody asks for it: {zones}");
    }
    let unnamed = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE";
    assert_eq!(said(&around(unnamed)), ["4:1 error calendar/missing: a time zone has no TZID"]);
}
