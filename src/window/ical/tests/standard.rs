//! The examples of RFC 5545, section 3.8.5.3, with the instances that it prints.
//!
//! Nothing here is built into the program.

use super::{around, at, sound, whole, zone};
use jiff::civil::{DateTime, date};
use jiff::tz::Offset;

const ZONE: &str = "America/New_York";

/// Start, rule with other lines, instances as printed: year, zone, months with days (all at 9:00, or the times behind `@`); `...` where
/// they go on.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("19970902", "FREQ=DAILY;COUNT=10", "1997 EDT 9/2-11"),
    ("19970902", "FREQ=DAILY;UNTIL=19971224T000000Z", "1997 EDT 9/2-30 10/1-25; 1997 EST 10/26-31 11/1-30 12/1-23"),
    (
        "19970902",
        "FREQ=DAILY;INTERVAL=2",
        "1997 EDT 9/2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 10/2,4,6,8,10,12,14,16,18,20,22,24; \
         1997 EST 10/26,28,30 11/1,3,5,7,9,11,13,15,17,19,21,23,25,27,29 12/1,3 ...",
    ),
    ("19970902", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997 EDT 9/2,12,22 10/2,12"),
    (
        "19980101",
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998 EST 1/1-31; 1999 EST 1/1-31; 2000 EST 1/1-31",
    ),
    ("19980101", "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998 EST 1/1-31; 1999 EST 1/1-31; 2000 EST 1/1-31"),
    ("19970902", "FREQ=WEEKLY;COUNT=10", "1997 EDT 9/2,9,16,23,30 10/7,14,21; 1997 EST 10/28 11/4"),
    (
        "19970902",
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997 EDT 9/2,9,16,23,30 10/7,14,21; 1997 EST 10/28 11/4,11,18,25 12/2,9,16,23",
    ),
    (
        "19970902",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "1997 EDT 9/2,16,30 10/14; 1997 EST 10/28 11/11,25 12/9,23; 1998 EST 1/6,20 2/3,17 ...",
    ),
    ("19970902", "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997 EDT 9/2,4,9,11,16,18,23,25,30 10/2"),
    ("19970902", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997 EDT 9/2,4,9,11,16,18,23,25,30 10/2"),
    (
        "19970901",
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997 EDT 9/1,3,5,15,17,19,29 10/1,3,13,15,17; 1997 EST 10/27,29,31 11/10,12,14,24,26,28 12/8,10,12,22",
    ),
    ("19970902", "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997 EDT 9/2,4,16,18,30 10/2,14,16"),
    (
        "19970905",
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997 EDT 9/5 10/3; 1997 EST 11/7 12/5; 1998 EST 1/2 2/6 3/6 4/3; 1998 EDT 5/1 6/5",
    ),
    ("19970905", "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997 EDT 9/5 10/3; 1997 EST 11/7 12/5"),
    (
        "19970907",
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997 EDT 9/7,28; 1997 EST 11/2,30; 1998 EST 1/4,25 3/1,29; 1998 EDT 5/3,31",
    ),
    ("19970922", "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997 EDT 9/22 10/20; 1997 EST 11/17 12/22; 1998 EST 1/19 2/16"),
    ("19970928", "FREQ=MONTHLY;BYMONTHDAY=-3", "1997 EDT 9/28; 1997 EST 10/29 11/28 12/29; 1998 EST 1/29 2/26 ..."),
    ("19970902", "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997 EDT 9/2,15 10/2,15; 1997 EST 11/2,15 12/2,15; 1998 EST 1/2,15"),
    (
        "19970930",
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997 EDT 9/30 10/1; 1997 EST 10/31 11/1,30 12/1,31; 1998 EST 1/1,31 2/1",
    ),
    (
        "19970910",
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "1997 EDT 9/10,11,12,13,14,15; 1999 EST 3/10,11,12,13",
    ),
    (
        "19970902",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "1997 EDT 9/2,9,16,23,30; 1997 EST 11/4,11,18,25; 1998 EST 1/6,13,20,27 3/3,10,17,24,31 ...",
    ),
    (
        "19970610",
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "1997 EDT 6/10 7/10; 1998 EDT 6/10 7/10; 1999 EDT 6/10 7/10; 2000 EDT 6/10 7/10; 2001 EDT 6/10 7/10",
    ),
    (
        "19970310",
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "1997 EST 3/10; 1999 EST 1/10 2/10 3/10; 2001 EST 1/10 2/10 3/10; 2003 EST 1/10 2/10 3/10",
    ),
    (
        "19970101",
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "1997 EST 1/1; 1997 EDT 4/10 7/19; 2000 EST 1/1; 2000 EDT 4/9 7/18; 2003 EST 1/1; 2003 EDT 4/10 7/19; 2006 EST 1/1",
    ),
    ("19970519", "FREQ=YEARLY;BYDAY=20MO", "1997 EDT 5/19; 1998 EDT 5/18; 1999 EDT 5/17 ..."),
    ("19970512", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "1997 EDT 5/12; 1998 EDT 5/11; 1999 EDT 5/17 ..."),
    ("19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", "1997 EST 3/13,20,27; 1998 EST 3/5,12,19,26; 1999 EST 3/4,11,18,25 ..."),
    (
        "19970605",
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "1997 EDT 6/5,12,19,26 7/3,10,17,24,31 8/7,14,21,28; 1998 EDT 6/4,11,18,25 7/2,9,16,23,30 8/6,13,20,27; \
         1999 EDT 6/3,10,17,24 7/1,8,15,22,29 8/5,12,19,26 ...",
    ),
    (
        "19970902",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13\nEXDATE;TZID=America/New_York:19970902T090000",
        "1998 EST 2/13 3/13 11/13; 1999 EDT 8/13; 2000 EDT 10/13 ...",
    ),
    (
        "19970913",
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "1997 EDT 9/13 10/11; 1997 EST 11/8 12/13; 1998 EST 1/10 2/7 3/7; 1998 EDT 4/11 5/9 6/13 ...",
    ),
    (
        "19961105",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "1996 EST 11/5; 2000 EST 11/7; 2004 EST 11/2 ...",
    ),
    ("19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997 EDT 9/4 10/7; 1997 EST 11/6"),
    (
        "19970929",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "1997 EDT 9/29; 1997 EST 10/30 11/27 12/30; 1998 EST 1/29 2/26 3/30 ...",
    ),
    // Printed with 15:00 as well, which the UNTIL of the example, 13:00 in New York, leaves out.
    ("19970902", "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", "1997 EDT 9/2@9:00,12:00"),
    ("19970902", "FREQ=MINUTELY;INTERVAL=15;COUNT=6", "1997 EDT 9/2@9:00,9:15,9:30,9:45,10:00,10:15"),
    ("19970902", "FREQ=MINUTELY;INTERVAL=90;COUNT=4", "1997 EDT 9/2@9:00,10:30,12:00,13:30"),
    ("19970902", "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", TWENTY),
    ("19970902", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16", TWENTY),
    ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997 EDT 8/5,10,19,24"),
    ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997 EDT 8/5,17,19,31"),
    ("20070115", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007 EST 1/15,30 2/15; 2007 EDT 3/15,30"),
];

const TWENTY: &str = "1997 EDT \
    9/2@9:00,9:20,9:40,10:00,10:20,10:40,11:00,11:20,11:40,12:00,12:20,12:40,13:00,13:20,13:40,14:00,14:20,14:40,15:00,15:20,15:40,\
    16:00,16:20,16:40 \
    9/3@9:00,9:20,9:40,10:00,10:20,10:40,11:00,11:20,11:40,12:00,12:20,12:40,13:00,13:20,13:40,14:00,14:20,14:40,15:00,15:20,15:40,\
    16:00,16:20,16:40 ...";

/// The instants of the printed instances, by the offset that is printed, not by any database.
fn printed(instances: &str) -> Vec<String> {
    let mut all = Vec::new();
    for part in instances.trim_end_matches(" ...").split("; ") {
        let words: Vec<&str> = part.split_whitespace().collect();
        let year: i16 = words[0].parse().expect("a year");
        let offset = Offset::constant(if words[1] == "EDT" { -4 } else { -5 });
        let mut push = |wall: DateTime| all.push(offset.to_timestamp(wall).expect("an instant").to_string());
        for word in &words[2..] {
            let (month, rest) = word.split_once('/').expect("month/days");
            let day = |day: &str| date(year, month.parse().expect("a month"), day.parse().expect("a day"));
            if let Some((only, times)) = rest.split_once('@') {
                for time in times.split(',') {
                    let (hour, minute) = time.split_once(':').expect("hour:minute");
                    push(day(only).at(hour.parse().expect("an hour"), minute.parse().expect("a minute"), 0, 0));
                }
                continue;
            }
            for item in rest.split(',') {
                let (first, last) = item.split_once('-').unwrap_or((item, item));
                let mut next = day(first);
                while next <= day(last) {
                    push(next.at(9, 0, 0, 0));
                    next = next.tomorrow().expect("a day");
                }
            }
        }
    }
    all
}

#[test]
fn every_example_has_the_instances_that_are_printed() {
    let mut wrong = Vec::new();
    for (start, rule, instances) in EXAMPLES {
        let lines = format!("DTSTART;TZID={ZONE}:{start}T090000\nDURATION:PT1M\nRRULE:{rule}");
        let calendar = sound(&around(&format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT")));
        let mut expected = printed(instances);
        let found = whole(calendar.occurrences(at("1990-01-01T00:00:00Z"), at("2012-01-01T00:00:00Z"), &zone("UTC")));
        let mut found: Vec<String> = found.iter().map(|o| o.stretch.from.to_string()).collect();
        if instances.ends_with("...") {
            assert!(found.len() > expected.len(), "{rule} goes on");
            found.truncate(expected.len());
        }
        if found != expected {
            found.retain(|f| !expected.contains(f));
            expected.truncate(20);
            wrong.push(format!("{start} {rule}\n  not printed: {found:?}\n  printed: {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(EXAMPLES.len() > 40);
}

#[test]
fn an_example_may_be_asked_for_from_anywhere() {
    for (start, rule, _) in EXAMPLES {
        let lines = format!("DTSTART;TZID={ZONE}:{start}T090000\nDURATION:PT1M\nRRULE:{rule}");
        let calendar = sound(&around(&format!("BEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT")));
        let starts = |from: &str, to: &str| whole(calendar.occurrences(at(from), at(to), &zone("UTC")));
        let whole = starts("1996-01-01T00:00:00Z", "2001-01-01T00:00:00Z");
        let cuts = [
            "1996-01-01T00:00:00Z",
            "1997-09-02T13:30:00Z",
            "1998-03-01T00:00:00Z",
            "1999-12-29T00:00:00Z",
            "2001-01-01T00:00:00Z",
        ];
        let parts: Vec<_> = cuts.windows(2).flat_map(|pair| starts(pair[0], pair[1])).collect();
        assert_eq!(parts, whole, "{start} {rule}");
    }
}
