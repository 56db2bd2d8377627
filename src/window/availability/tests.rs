//! Windows at instants: what takes precedence, when they change, and that the table says what the rules say.
//!
//! Files of events are made up here; none is read.

use super::Window;
use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::base::tree::{Budget, parse};
use crate::window::compile::{self, Events};
use crate::window::decode;
use crate::window::spans::{Spans, Stretch};
use crate::window::spec::FileName;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// A file of one event each Tuesday from 10:00 to 11:30, in the zone asked about, and of whole days on the 11th.
struct Tuesdays;

impl Events for Tuesdays {
    fn within(&self, from: Timestamp, to: Timestamp, zone: &TimeZone) -> Spans {
        let first = zone.to_datetime(from).date().saturating_sub(2.days());
        let last = zone.to_datetime(to).date().saturating_add(1.day());
        let at = |date: Date, hour, minute| zone.to_timestamp(date.at(hour, minute, 0, 0)).unwrap_or(Timestamp::MAX);
        let dates = first.series(1.day()).take_while(|date| *date <= last);
        let tuesdays = dates.filter(|date| date.weekday() == jiff::civil::Weekday::Tuesday);
        tuesdays.filter_map(|date| Stretch::new(at(date, 10, 0), at(date, 11, 30))).collect()
    }

    fn days(&self, from: Date, to: Date) -> Vec<Date> {
        from.series(1.day()).take_while(|date| *date <= to).filter(|date| date.day() == 11).collect()
    }
}

fn around() -> Timestamp {
    "2026-11-29T12:00:00Z".parse().expect("an instant")
}

fn made(text: &str) -> Window {
    let source = Source::new("env.yaml", text);
    let document = parse(&source, Budget::default()).expect("a document");
    let mut faults = Diagnostics::new();
    let spec = decode::availability(&document.root, &source, &mut faults);
    let spec = spec.unwrap_or_else(|| panic!("{text}: {:?}", faults.sorted()));
    let tuesdays: Arc<dyn Events> = Arc::new(Tuesdays);
    compile::window(&spec, around(), &|_: &FileName| Some(Arc::clone(&tuesdays))).expect("a window")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

fn paris(wall: &str) -> Timestamp {
    let wall: DateTime = wall.parse().expect("a date and a time");
    TimeZone::get("Europe/Paris").expect("a zone").to_timestamp(wall).expect("an instant")
}

const SEED: &str = "{zone: Europe/Paris, open: [Mon-Sun 07:30-22:00]}";

#[test]
fn the_minutes_of_the_stated_hours_are_exact() {
    let window = made(SEED);
    for (wall, open) in [
        ("2026-11-30T07:29:59.999999999", false),
        ("2026-11-30T07:30", true),
        ("2026-11-30T21:59:59.999999999", true),
        ("2026-11-30T22:00", false),
    ] {
        assert_eq!(window.is_open(paris(wall)), open, "{wall}");
    }
    assert_eq!(window.next_change(paris("2026-11-30T07:30")), Some(paris("2026-11-30T22:00")));
    assert_eq!(window.next_change(paris("2026-11-30T22:00")), Some(paris("2026-12-01T07:30")));
    assert_eq!(window.next_opening(paris("2026-11-30T22:00")), Some(paris("2026-12-01T07:30")));
    assert_eq!(window.next_opening(paris("2026-11-30T08:00")), Some(paris("2026-11-30T08:00")));
    assert!(window.is_open(at("2016-12-31T15:59:60Z")), "a leap second is the second before it");
}

#[test]
fn exceptions_come_before_holidays_and_holidays_before_the_week() {
    let window = made(
        "{zone: Europe/Paris, open: [Mon-Fri 08:00-18:00], holidays: [2026-12-24, 2026-12-25, h.ics], exceptions: [
          {date: 2026-12-24, open: [09:00-12:00]}, {date: 2026-12-26, open: [10:00-11:00]}, {date: 2026-12-28, closed: true}]}",
    );
    for (wall, open) in [
        ("2026-12-23T08:00", true),
        ("2026-12-24T08:30", false),
        ("2026-12-24T09:00", true),
        ("2026-12-24T12:00", false),
        ("2026-12-25T09:00", false),
        ("2026-12-26T10:30", true),
        ("2026-12-28T09:00", false),
        ("2026-12-29T09:00", true),
        ("2026-12-11T09:00", false),
        ("2035-12-11T09:00", false),
        ("2035-12-12T09:00", true),
    ] {
        assert_eq!(window.is_open(paris(wall)), open, "{wall}");
    }
}

#[test]
fn of_a_night_a_closed_date_takes_its_own_part() {
    let open = "zone: Europe/Paris, open: [Mon-Sun 22:00-06:00]";
    let nights = |rest: &str, walls: [(&str, bool); 4]| {
        let window = made(&format!("{{{open}, {rest}}}"));
        for (wall, open) in walls {
            assert_eq!(window.is_open(paris(wall)), open, "{rest} {wall}");
        }
    };
    let [before, morning, evening, after] = ["2026-12-24T23:00", "2026-12-25T03:00", "2026-12-25T23:00", "2026-12-26T03:00"];
    nights("holidays: [2026-12-25]", [(before, true), (morning, false), (evening, false), (after, true)]);
    nights("exceptions: [{date: 2026-12-25, closed: true}]", [(before, true), (morning, false), (evening, false), (after, true)]);
    // Hours that an exception gives reach into a holiday, and not into another exception.
    let eve = "{date: 2026-12-24, open: [20:00-04:00]}";
    nights(
        &format!("holidays: [2026-12-25], exceptions: [{eve}]"),
        [(before, true), (morning, true), (evening, false), (after, true)],
    );
    nights(
        &format!("exceptions: [{eve}, {{date: 2026-12-25, open: [21:00-23:30]}}]"),
        [(before, true), (morning, false), (evening, true), (after, true)],
    );
}

#[test]
fn maintenance_is_kept_apart_from_the_stated_hours() {
    let window = made(
        "{zone: Europe/Paris, open: [Mon-Sun 07:30-22:00], maintenance: [m.ics, {weekly: Sun 21:00-08:00},
          {from: 2026-11-30T12:00Z, to: 2026-11-30T15:00}]}",
    );
    for (wall, stated, maintenance) in [
        ("2026-12-01T09:59:59", true, false),
        ("2026-12-01T10:00", true, true),
        ("2026-12-01T11:30", true, false),
        ("2026-11-29T21:00", true, true),
        ("2026-11-30T03:00", false, true),
        ("2026-11-30T07:59", true, true),
        ("2026-11-30T08:00", true, false),
        ("2026-11-30T13:00", true, true),
        ("2026-11-30T15:00", true, false),
        ("2044-11-29T10:00", true, true),
    ] {
        let at = paris(wall);
        assert_eq!((window.is_stated(at), window.in_maintenance(at)), (stated, maintenance), "{wall}");
        assert_eq!(window.is_open(at), stated && !maintenance, "{wall}");
    }
    let hours = |spans: Spans| spans.length().0 / 900_000_000_000;
    let (from, to) = (paris("2026-11-30T00:00"), paris("2026-12-01T00:00"));
    assert_eq!([window.stated(from, to), window.maintenance(from, to), window.open(from, to)].map(hours), [58, 40, 48]);
}

#[test]
fn a_window_without_an_end_never_changes() {
    let whole = made("{zone: Europe/Paris, open: [Mon-Sun 00:00-24:00]}");
    for window in [Window::always(), made("{open: always}"), whole] {
        assert_eq!((window.is_open(around()), window.next_change(around())), (true, None));
        assert_eq!(window.open(Timestamp::MIN, Timestamp::MAX), Spans::of(Timestamp::MIN, Timestamp::MAX));
        assert!(window.is_open(Timestamp::MIN) && window.is_open(Timestamp::MAX));
    }
    let closed = made("{zone: UTC, open: always, exceptions: [{from: 2020-01-01, to: 2200-12-31, closed: true}]}");
    assert_eq!((closed.is_open(around()), closed.next_change(around()), closed.next_opening(around())), (false, None, None));
    assert_eq!(closed.next_opening(at("2150-01-01T00:00:00Z")), Some(at("2201-01-01T00:00:00Z")));
    assert_eq!(closed.next_change(at("1950-01-01T00:00:00Z")), Some(at("2020-01-01T00:00:00Z")));
    // The last change long ago, and one far beyond the table.
    let once = made("{zone: UTC, open: always, maintenance: [{from: 2026-11-30T02:00, to: 2026-11-30T04:00}]}");
    assert_eq!(once.next_change(at("2026-11-30T04:00:00Z")), None);
    // Found from within the table only when it lies less than a hundred years ahead.
    let century = made("{zone: UTC, open: always, maintenance: [{from: 2126-12-02T02:00, to: 2126-12-02T04:00}]}");
    assert_eq!(century.next_change(around()), None);
    assert_eq!(century.next_change(at("2027-11-29T12:00:00Z")), Some(at("2126-12-02T02:00:00Z")));
    // Where the years that are worked out end, and one begins to be open at that very instant.
    let end = around().checked_add((5 * 366 * 24).hours()).expect("an instant");
    let edge = made(&format!("{{zone: UTC, open: always, maintenance: [{{from: {end}, to: 2099-01-01T00:00Z}}]}}"));
    assert_eq!((edge.next_change(around()), edge.is_open(end)), (Some(end), false));
    let later = made("{zone: UTC, open: always, maintenance: [{from: 2099-11-30T02:00, to: 2099-11-30T04:00}]}");
    assert_eq!(later.next_change(around()), Some(at("2099-11-30T02:00:00Z")));
    assert_eq!(later.next_change(at("2099-11-30T02:00:00Z")), Some(at("2099-11-30T04:00:00Z")));
}

#[test]
fn a_window_is_described_in_a_line() {
    for (text, line) in [
        (SEED, "Mon-Sun 07:30-22:00 Europe/Paris"),
        ("{open: always}", "always open"),
        (
            "{zone: europe/paris, open: [Mon-Fri 08:00-12:00, Sat 08:00-10:00], holidays: [2026-12-25, a.ics],
              exceptions: [{date: 2026-12-24, closed: true}], maintenance: [a.ics, b.ics, c.ics]}",
            "Mon-Fri 08:00-12:00; Sat 08:00-10:00 Europe/Paris, 2 holidays, 1 exception, 3 maintenances",
        ),
    ] {
        assert_eq!(made(text).describe(), line);
    }
}

/// Hours of a day: from which minute to which, beyond 1,440 on the next day.
type Minutes = Vec<(u32, u32)>;

/// What is drawn of a window: everything that can be said, and the same by minutes and dates.
#[derive(Clone, Debug)]
struct Drawn {
    zone: &'static str,
    /// The hours of each day, Monday first.
    week: Vec<Minutes>,
    holidays: Vec<u32>,
    /// First date, further dates, hours.
    exceptions: Vec<(u32, u32, Minutes)>,
    once: Vec<(u32, u32)>,
    weekly: bool,
    file: bool,
}

const ZONES: [&str; 6] =
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Asia/Kathmandu"];

/// The day from which dates are counted, and how many are drawn from.
const BEGIN: Date = date(2025, 6, 1);
const DATES: u32 = 7 * 366;

fn hours() -> impl Strategy<Value = Minutes> {
    let nights = (1_200_u32..1_440, 0_u32..300).prop_map(|(from, to)| vec![(from, 1_440 + to)]);
    let days = vec(300_u32..1_200, 0..5).prop_map(|mut cuts| {
        cuts.sort_unstable();
        cuts.dedup();
        cuts.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()
    });
    prop_oneof![2 => days, 1 => nights]
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let exceptions = vec((0..DATES, 0_u32..4, hours()), 0..6).prop_map(|mut all| {
        all.sort_unstable();
        let mut free = 0;
        all.retain(|(first, further, _)| {
            let fits = *first >= free;
            free = if fits { first + further + 1 } else { free };
            fits
        });
        all
    });
    let week = vec(hours(), 7).prop_filter("some hours", |week| week.iter().any(|hours| !hours.is_empty()));
    let once = vec((0..DATES * 1_440, 1_u32..3_000), 0..6);
    let holidays = proptest::collection::btree_set(0..DATES, 0..6).prop_map(|all| all.into_iter().collect());
    (0..ZONES.len(), week, holidays, exceptions, once, any::<bool>(), any::<bool>()).prop_map(
        |(zone, week, holidays, exceptions, once, weekly, file)| Drawn {
            zone: ZONES[zone],
            week,
            holidays,
            exceptions,
            once,
            weekly,
            file,
        },
    )
}

fn day(nth: u32) -> Date {
    BEGIN.saturating_add(i64::from(nth).days())
}

impl Drawn {
    fn text(&self) -> String {
        let clock = |minute: &u32| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let show = |hours: &[(u32, u32)]| {
            hours.iter().map(|(from, to)| format!("{}-{}", clock(from), clock(to))).collect::<Vec<_>>().join(", ")
        };
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let week = names.iter().zip(&self.week).filter(|(_, hours)| !hours.is_empty());
        let week: Vec<String> = week.map(|(name, hours)| format!("\"{name} {}\"", show(hours))).collect();
        let holidays: Vec<String> = self.holidays.iter().map(|nth| day(*nth).to_string()).collect();
        let exceptions = self.exceptions.iter().map(|(first, further, hours)| {
            let open = if hours.is_empty() { "closed: true".to_owned() } else { format!("open: [\"{}\"]", show(hours)) };
            format!("{{from: {}, to: {}, {open}}}", day(*first), day(first + further))
        });
        let wall = |minute: u32| format!("{}T{}", day(minute / 1_440), clock(&minute));
        let once = self.once.iter().map(|(from, length)| format!("{{from: {}Z, to: {}Z}}", wall(*from), wall(from + length)));
        let file = if self.file { vec!["m.ics".to_owned()] } else { Vec::new() };
        let weekly = if self.weekly { vec!["{weekly: Sat 22:00-03:00}".to_owned()] } else { Vec::new() };
        let mut maintenance: Vec<String> = once.chain(file).chain(weekly).collect();
        maintenance.sort();
        maintenance.dedup();
        format!(
            "{{zone: {}, open: [{}], holidays: [{}], exceptions: [{}], maintenance: [{}]}}",
            self.zone,
            week.join(", "),
            holidays.join(", "),
            exceptions.collect::<Vec<_>>().join(", "),
            maintenance.join(", ")
        )
    }

    /// Whether clocks that are not set anywhere near are in the stated hours.
    fn is_stated(&self, wall: DateTime) -> bool {
        let nth = |date: Date| u32::try_from(date.since(BEGIN).expect("a span").get_days()).unwrap_or(u32::MAX);
        let minute = u32::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).expect("a minute");
        let exception = |nth: u32| self.exceptions.iter().find(|(first, further, _)| (*first..=first + further).contains(&nth));
        let of_week = |date: Date| &self.week[usize::try_from(date.weekday().to_monday_zero_offset()).expect("a day")];
        let (today, yesterday) = (wall.date(), wall.date().yesterday().expect("a date"));
        let holds = |hours: &[(u32, u32)], minute: u32| hours.iter().any(|(from, to)| (*from..*to).contains(&minute));
        if let Some((.., hours)) = exception(nth(today)) {
            return holds(hours, minute);
        }
        if exception(nth(yesterday)).is_some_and(|(.., hours)| holds(hours, minute + 1_440)) {
            return true;
        }
        if self.holidays.contains(&nth(today)) {
            return false;
        }
        holds(of_week(today), minute) || holds(of_week(yesterday), minute + 1_440)
    }
}

fn instants() -> impl Strategy<Value = Vec<Timestamp>> {
    let begin = at("2025-06-01T00:00:00Z").as_second();
    let some = (0..i64::from(DATES) * 86_400).prop_map(move |second| begin + second);
    // Where tables end: a year before, five after.
    let ends = (prop_oneof![Just(-366_i64), Just(5 * 366)], -200_000_i64..200_000)
        .prop_map(|(days, off)| around().as_second() + days * 86_400 + off);
    vec(prop_oneof![3 => some, 1 => ends].prop_map(|second| Timestamp::from_second(second).expect("an instant")), 40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_table_says_what_the_rules_say(drawn in drawn(), instants in instants()) {
        let window = made(&drawn.text());
        let rules = &window.0.rules;
        for at in instants {
            let next = at.checked_add(1.nanosecond()).expect("an instant");
            prop_assert_eq!(window.is_open(at), rules.open(at, next).contains(at), "{}", at);
            prop_assert_eq!(window.is_stated(at), rules.stated(at, next).contains(at), "{}", at);
            prop_assert_eq!(window.in_maintenance(at), rules.maintenance(at, next).contains(at), "{}", at);
            prop_assert_eq!(window.is_open(at), window.is_stated(at) && !window.in_maintenance(at));
            let change = window.next_change(at);
            prop_assert_eq!(change, rules.next_change(at), "{}", at);
            if let Some(change) = change {
                let before = change.checked_sub(1.nanosecond()).expect("an instant");
                prop_assert!(window.is_open(change) != window.is_open(at));
                let (from, length) = (at.as_second(), before.as_second() - at.as_second());
                for part in 0..=8 {
                    let between = Timestamp::from_second(from + length * part / 8).expect("an instant");
                    prop_assert_eq!(window.is_open(between.max(at)), window.is_open(at), "{}", between);
                }
                prop_assert_eq!(window.is_open(before), window.is_open(at));
                let opening = if window.is_open(at) { at } else { change };
                prop_assert_eq!(window.next_opening(at), Some(opening));
            }
        }
    }

    #[test]
    fn open_is_stated_without_maintenance(drawn in drawn(), instants in instants()) {
        let window = made(&drawn.text());
        for pair in instants.chunks_exact(3).take(4) {
            let [mut a, mut b, mut c] = [pair[0], pair[1], pair[2]];
            if a > b { std::mem::swap(&mut a, &mut b); }
            if b > c { std::mem::swap(&mut b, &mut c); }
            if a > b { std::mem::swap(&mut a, &mut b); }
            let (open, stated, maintenance) = (window.open(a, c), window.stated(a, c), window.maintenance(a, c));
            prop_assert_eq!(&open, &stated.difference(&maintenance));
            prop_assert_eq!(&open.union(&stated.intersection(&maintenance)), &stated);
            for (whole, parts) in [
                (&stated, window.stated(a, b).union(&window.stated(b, c))),
                (&maintenance, window.maintenance(a, b).union(&window.maintenance(b, c))),
            ] {
                prop_assert_eq!(whole, &parts);
                prop_assert_eq!(whole, &whole.within(a, c));
            }
        }
    }

    #[test]
    fn where_no_clock_is_set_the_clock_tells(drawn in drawn(), instants in instants()) {
        let window = made(&drawn.text());
        let zone = TimeZone::get(drawn.zone).expect("a zone");
        for at in instants {
            let near = [-72, 72].map(|hours: i64| at.checked_add(hours.hours()).expect("an instant"));
            let first = zone.following(near[0]).next();
            if first.is_none_or(|change| change.timestamp() > near[1]) {
                let wall = zone.to_datetime(at);
                prop_assert_eq!(window.is_stated(at), drawn.is_stated(wall), "{} {}", wall, drawn.text());
            }
        }
    }
}
