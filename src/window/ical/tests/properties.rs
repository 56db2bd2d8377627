//! What holds of every calendar: nothing makes the reader panic, and a range is the sum of its parts.
//!
//! Nothing here is built into the program.

use super::{around, at, read, zone};
use crate::base::source::Source;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const FRAGMENTS: &[&str] = &[
    "BEGIN:VCALENDAR",
    "END:VCALENDAR",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VTIMEZONE",
    "END:VTIMEZONE",
    "BEGIN:STANDARD",
    "END:STANDARD",
    "BEGIN:DAYLIGHT",
    "END:DAYLIGHT",
    "BEGIN:VALARM",
    "END:VALARM",
    "TZID:Office",
    "TZOFFSETFROM:+0100",
    "TZOFFSETTO:+0200",
    "UID:u",
    "UID:v",
    "SEQUENCE:1",
    "STATUS:CANCELLED",
    "SUMMARY:a\\",
    "DTSTART:20260101T220000Z",
    "DTSTART;TZID=Office:20260101T020000",
    "DTSTART;TZID=Europe/Paris:20260329T023000",
    "DTSTART;VALUE=DATE:20260228",
    "DTSTART:20260101T220000",
    "DTEND:20260102T030000Z",
    "DTEND;VALUE=DATE:20260302",
    "DURATION:P1DT2H",
    "DURATION:PT0S",
    "RRULE:FREQ=",
    "RRULE:FREQ=DAILY",
    "RRULE:FREQ=YEARLY;BYDAY=-53MO",
    "RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=FR",
    "RRULE:FREQ=WEEKLY;COUNT=3",
    "RDATE;VALUE=PERIOD:20260103T000000Z/PT1H",
    "RDATE:",
    "EXDATE:20260102T220000Z",
    "EXDATE;VALUE=DATE:20260102",
    "RECURRENCE-ID:20260102T220000Z",
    "RECURRENCE-ID;VALUE=DATE:20260102",
    "METHOD:CANCEL",
    "VERSION:2.0",
    ";UNTIL=20260301",
    ";INTERVAL=2",
    ";BYMONTH=2",
    ";",
    ":",
    ",",
    "=",
    "\"",
    "T",
    "Z",
    "é",
    "\u{0}",
    "\u{feff}",
    "2026",
    "-1",
    "99999999",
    "X-A:",
    "\r\n",
    "\n",
    "\n",
    "\n",
    "\n ",
    "\r\n\t",
    "\n\n",
];

/// A text of fragments, most of them on lines of their own, in a calendar or without.
fn fragments() -> impl Strategy<Value = String> {
    (vec((select(FRAGMENTS), prop::bool::weighted(0.8)), 0..60), any::<bool>()).prop_map(|(all, framed)| {
        let text: String = all.into_iter().map(|(text, ends)| format!("{text}{}", if ends { "\n" } else { "" })).collect();
        if framed { around(&text) } else { text }
    })
}

fn numbers(low: i32, high: i32) -> impl Strategy<Value = String> {
    vec(low..=high, 1..4).prop_map(|all| {
        let all: Vec<String> = all.into_iter().filter(|n| *n != 0).map(|n| n.to_string()).collect();
        if all.is_empty() { "1".to_owned() } else { all.join(",") }
    })
}

fn part(name: &'static str, low: i32, high: i32) -> impl Strategy<Value = String> {
    prop::option::weighted(0.2, numbers(low, high)).prop_map(move |n| n.map(|n| format!(";{name}={n}")).unwrap_or_default())
}

/// A rule, mostly one that may stand; one that may not is an event the less.
fn rule() -> impl Strategy<Value = String> {
    let days = vec((select(&["", "", "1", "-1", "2"][..]), select(&["MO", "WE", "SA", "SU"][..])), 1..3)
        .prop_map(|all| all.iter().map(|(n, day)| format!("{n}{day}")).collect::<Vec<_>>().join(","));
    let frequency = select(&["HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"][..]);
    let by_day = prop::option::of(days).prop_map(|d| d.map(|d| format!(";BYDAY={d}")).unwrap_or_default());
    let end = select(&["", "", ";COUNT=5", ";COUNT=40", ";UNTIL=20260601T000000Z", ";UNTIL=20260401"][..]);
    let lists = (part("BYMONTH", 1, 12), part("BYMONTHDAY", -31, 31), part("BYHOUR", 0, 23), part("BYSETPOS", -2, 3));
    (frequency, 1..4, by_day, end, lists).prop_map(|(frequency, interval, day, end, (month, month_day, hour, position))| {
        format!("FREQ={frequency};INTERVAL={interval}{day}{month}{month_day}{hour}{position}{end}")
    })
}

fn calendar() -> impl Strategy<Value = String> {
    let starts = [
        "DTSTART;TZID=Europe/Paris:20260101T230000\nDURATION:P1DT30M",
        "DTSTART;TZID=Europe/Paris:20260128T023000\nDTEND;TZID=Europe/Paris:20260128T060000",
        "DTSTART:20260103T120000\nDTEND:20260103T133000",
        "DTSTART:20260103T120000Z\nDURATION:PT1H",
        "DTSTART;VALUE=DATE:20260110\nDURATION:P3D",
    ];
    let more = ["", "\nEXDATE;VALUE=DATE:20260204", "\nRDATE:20260301T000000", "\nRDATE;VALUE=DATE:20260310,20260328"];
    vec((select(starts.to_vec()), rule(), select(more.to_vec())), 1..4).prop_map(|events| {
        let one = |(at, (start, rule, more)): (usize, (&str, String, &str))| {
            format!("BEGIN:VEVENT\nUID:{at}\nSUMMARY:{at}\n{start}\nRRULE:{rule}{more}\nEND:VEVENT\n")
        };
        around(&events.into_iter().enumerate().map(one).collect::<String>())
    })
}

/// An instant of the first half of 2026.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..181 * 96).prop_map(|quarter| at("2026-01-01T00:00:00Z") + jiff::SignedDuration::from_mins(quarter * 15))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_makes_the_reader_panic(text in fragments()) {
        let (calendar, faults) = read(&Source::new("t.ics", text.as_str()));
        for fault in faults {
            prop_assert!(fault.place.is_some() && fault.hint.is_some(), "{fault:?}");
            prop_assert!(!fault.render(false).is_empty());
        }
        if let Some(calendar) = calendar {
            let (from, to) = (at("2025-12-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
            let paris = zone("Europe/Paris");
            let all = calendar.occurrences(from, to, &paris);
            prop_assert!(all.found.is_sorted());
            prop_assert!(all.found.iter().all(|o| o.stretch.from < to && o.stretch.to > from));
            let spans = calendar.within(from, to, &paris);
            prop_assert!(all.found.iter().all(|o| spans.found.contains(o.stretch.from.max(from))));
            prop_assert!(calendar.days(date(2025, 12, 1), date(2026, 4, 1)).found.is_sorted());
        }
    }

    #[test]
    fn a_range_is_the_sum_of_its_parts(text in calendar(), mut cuts in vec(instant(), 3)) {
        cuts.sort_unstable();
        let (calendar, _) = read(&Source::new("t.ics", text.as_str()));
        let calendar = calendar.expect("a calendar");
        let paris = zone("Europe/Paris");
        let of = |from, to| calendar.within(from, to, &paris).found;
        let parts = of(cuts[0], cuts[1]).union(&of(cuts[1], cuts[2]));
        prop_assert_eq!(&parts, &of(cuts[0], cuts[2]), "{}", text);

        let days: Vec<_> = cuts.iter().map(|cut| paris.to_datetime(*cut).date()).collect();
        let of = |from, to| calendar.days(from, to).found;
        let parts: Vec<_> = of(days[0], days[1]).into_iter().chain(of(days[1], days[2])).collect();
        prop_assert_eq!(parts, of(days[0], days[2]), "{}", text);
    }
}
