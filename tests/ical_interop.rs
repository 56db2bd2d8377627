//! Calendars as other libraries read them: some thousand random recurrence rules, in UTC, with dateutil of Python, and the names that
//! Windows has for zones with tzlocal.
//!
//! The libraries are of another language and another hand, installed by `./test` from their registry. Never replaced by our own.

mod support;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proofmark::base::source::Source;
use proofmark::window::ical::read;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::python;

const RULES: usize = 3_000;

/// The frequencies, each with about how many seconds its range may lie behind the start: the library begins at the start.
const FREQUENCIES: [(&str, u64); 7] = [
    ("SECONDLY", 1_200),
    ("MINUTELY", 2 * 86_400),
    ("HOURLY", 60 * 86_400),
    ("DAILY", 1_000 * 86_400),
    ("WEEKLY", 3_000 * 86_400),
    ("MONTHLY", 8_000 * 86_400),
    ("YEARLY", 20_000 * 86_400),
];
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn often(&mut self, per_cent: u64) -> bool {
        self.below(100) < per_cent
    }

    /// One to three numbers of a range, negative ones among them where they may be.
    fn numbers(&mut self, low: u64, high: u64, signed: bool) -> String {
        let mut all: Vec<String> = Vec::new();
        for _ in 0..=self.below(3) {
            let sign = if signed && self.often(30) { "-" } else { "" };
            all.push(format!("{sign}{}", low + self.below(high - low + 1)));
        }
        all.join(",")
    }
}

/// Where there is a list, a part of a rule.
fn list(rule: &mut String, dice: &mut Dice, per_cent: u64, name: &str, (low, high, signed): (u64, u64, bool)) -> bool {
    let written = dice.often(per_cent);
    if written {
        let _ = write!(rule, ";{name}={}", dice.numbers(low, high, signed));
    }
    written
}

/// A random rule of what both sides read alike. Left out is what the library is known to treat otherwise than RFC 5545:
/// - week numbers without a day: the weekday of the start by the RFC, all days of the week by the library;
/// - numbered weekdays beside plain ones: the days of either by the RFC, of both by the library;
/// - week numbers above 51 and from the end below -50: the library mistakes the first and last days of some years;
/// - parts that the RFC forbids (numbered weekdays with daily rules, week numbers with monthly ones and the like), which we refuse.
fn rule(dice: &mut Dice, at: usize) -> String {
    let frequency = FREQUENCIES[at].0;
    let (hourly, daily, weekly, monthly, yearly) = (2, 3, 4, 5, 6);
    let mut rule = format!("FREQ={frequency}");
    if dice.often(60) {
        let limit = dice.of(&[4, 4, 4, 4, 50]);
        let _ = write!(rule, ";INTERVAL={}", 1 + dice.below(limit));
    }
    // Days on which a rule of seconds does not come true cost the library much.
    let dated = at >= hourly || dice.often(25);
    let mut any = dated && list(&mut rule, dice, 25, "BYMONTH", (1, 12, false));
    let by_week = at == yearly && dice.often(20);
    if by_week {
        let sign = dice.often(20);
        let _ = write!(rule, ";BYWEEKNO={}{}", if sign { "-" } else { "" }, dice.numbers(1, if sign { 50 } else { 51 }, false));
    }
    any |= by_week;
    if dated && (at == yearly || at < daily) {
        any |= list(&mut rule, dice, 10, "BYYEARDAY", (1, 366, true));
    }
    if dated && at != weekly {
        any |= list(&mut rule, dice, 20, "BYMONTHDAY", (1, 31, true));
    }
    if by_week || (dated && dice.often(40)) {
        let is_numbered = at >= monthly && !by_week && dice.often(50);
        let limit = if at == yearly && !rule.contains("BYMONTH=") { 53 } else { 5 };
        let mut days = Vec::new();
        for _ in 0..=dice.below(4) {
            let number = if is_numbered { 1 + dice.below(limit) } else { 0 };
            let sign = if is_numbered && dice.often(40) { "-" } else { "" };
            let number = if is_numbered { number.to_string() } else { String::new() };
            days.push(format!("{sign}{number}{}", dice.of(&DAYS)));
        }
        let _ = write!(rule, ";BYDAY={}", days.join(","));
        any = true;
    }
    for (name, limit) in [("BYHOUR", 23), ("BYMINUTE", 59), ("BYSECOND", 59)] {
        any |= list(&mut rule, dice, 15, name, (0, limit, false));
    }
    if any {
        // Beyond the one instance of a second or a minute there is nothing, which the library takes long to find out.
        list(&mut rule, dice, 20, "BYSETPOS", (1, if at < hourly { 1 } else { 4 }, true));
    }
    if dice.often(30) {
        let _ = write!(rule, ";WKST={}", dice.of(&DAYS));
    }
    rule
}

fn written(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Rules with their starts and ranges.
fn cases() -> Vec<Value> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut case = || {
        let at = dice.below(FREQUENCIES.len() as u64) as usize;
        let seconds = |seconds: u64| SignedDuration::from_secs(i64::try_from(seconds).expect("small"));
        let from_1990 = dice.below(40 * 365 * 86_400);
        let coarse = [1, 60, 900, 86_400][dice.below(4) as usize];
        let start = Timestamp::from_second(631_152_000).expect("1990") + seconds(from_1990 / coarse * coarse);
        let reach = FREQUENCIES[at].1;
        let from = start + seconds(dice.below(reach));
        let to = from + seconds(1 + dice.below(reach));
        let mut rule = rule(&mut dice, at);
        match dice.below(4) {
            0 => {
                let _ = write!(rule, ";COUNT={}", 1 + dice.below(60));
            }
            1 => {
                let _ = write!(rule, ";UNTIL={}", written(start + seconds(dice.below(2 * reach))));
            }
            _ => {}
        }
        json!({ "start": written(start), "rule": rule, "from": written(from), "to": written(to) })
    };
    (0..RULES).map(|_| case()).collect()
}

/// What the library says.
fn theirs(python: &Path, cases: &Value) -> Value {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/recurrence.py");
    let mut child =
        Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the library runs");
    child.stdin.take().expect("its input").write_all(cases.to_string().as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "the library failed");
    serde_json::from_slice(&output.stdout).expect("what it says")
}

/// What we say: instances of no length would be none, so they last a second.
fn ours(case: &Value) -> Vec<String> {
    let of = |name: &str| case[name].as_str().expect("a text");
    let event = format!("BEGIN:VEVENT\nUID:u\nDTSTART:{}\nDURATION:PT1S\nRRULE:{}\nEND:VEVENT", of("start"), of("rule"));
    let (calendar, faults) = read(&Source::new("t.ics", format!("BEGIN:VCALENDAR\nVERSION:2.0\n{event}\nEND:VCALENDAR\n")));
    let faults: Vec<String> = faults.into_iter().map(|d| d.render(false)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let at = |name: &str| {
        let text = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", of(name)).expect("an instant");
        TimeZone::UTC.to_timestamp(text).expect("an instant")
    };
    let all = calendar.expect("a calendar").occurrences(at("from"), at("to"), &TimeZone::UTC);
    assert!(all.is_whole(), "{case}");
    all.found.iter().map(|o| written(o.stretch.from)).collect()
}

#[test]
fn another_library_finds_the_same_instances() {
    let Some(python) = python() else { return };
    let cases = Value::from(cases());
    let theirs = theirs(&python, &cases);
    let mut wrong = Vec::new();
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for (case, theirs) in cases.as_array().expect("cases").iter().zip(theirs.as_array().expect("their instances")) {
        let ours = ours(case);
        let theirs: Vec<&str> = theirs.as_array().expect("instances").iter().filter_map(Value::as_str).collect();
        let frequency =
            case["rule"].as_str().and_then(|rule| rule.strip_prefix("FREQ=")?.split(';').next()).expect("a frequency");
        *found.entry(frequency).or_default() += ours.len();
        if ours != theirs {
            let more: Vec<_> = ours.iter().filter(|o| !theirs.contains(&o.as_str())).take(3).collect();
            let less: Vec<_> = theirs.iter().filter(|t| !ours.iter().any(|o| o == *t)).take(3).collect();
            wrong.push(format!("{case}\n  we alone: {more:?}\n  they alone: {less:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {RULES}:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
    assert!(found.len() == FREQUENCIES.len() && found.values().all(|count| *count > 500), "too few instances: {found:?}");
}

#[test]
fn a_windows_name_stands_for_the_zone_that_another_library_takes_it_for() {
    let Some(python) = python() else { return };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/zone_names.py");
    let output = Command::new(python).arg(script).output().expect("the library runs");
    assert!(output.status.success(), "the library failed");
    let theirs: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).expect("names");
    assert!(theirs.len() > 130, "too few names: {}", theirs.len());
    let database = TimeZoneDatabase::bundled();
    // Two instants of each of three years, six months apart: the rules of a zone and not its name are compared, which has aliases.
    let walls: Vec<jiff::civil::DateTime> = [2015, 2020, 2026]
        .into_iter()
        .flat_map(|year| [1, 7].map(|month| jiff::civil::date(year, month, 15).at(12, 0, 0, 0)))
        .collect();
    let events: String = walls.iter().enumerate().fold(String::new(), |mut events, (number, wall)| {
        let _ = writeln!(
            events,
            "BEGIN:VEVENT\nUID:{number}\nDTSTART;TZID=ZONE:{}\nDURATION:PT1S\nEND:VEVENT",
            wall.strftime("%Y%m%dT%H%M%S")
        );
        events
    });
    let mut wrong = Vec::new();
    for (windows, iana) in &theirs {
        let zone = database.get(iana).expect("a zone of the database");
        let events = events.replace("ZONE", &format!("\"{windows}\""));
        let (calendar, faults) = read(&Source::new("t.ics", format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n")));
        let Some(calendar) = calendar.filter(|_| faults.is_empty()) else {
            wrong.push(format!("{windows} is not known"));
            continue;
        };
        let of_year = |year: i16| TimeZone::UTC.to_timestamp(jiff::civil::date(year, 1, 1).at(0, 0, 0, 0)).expect("an instant");
        let all = calendar.occurrences(of_year(2015), of_year(2027), &TimeZone::UTC);
        let ours: Vec<Timestamp> = all.found.iter().map(|o| o.stretch.from).collect();
        let theirs: Vec<Timestamp> = walls.iter().map(|wall| zone.to_timestamp(*wall).expect("an instant")).collect();
        if ours != theirs {
            wrong.push(format!("{windows}: {iana} has {theirs:?}, we have {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
