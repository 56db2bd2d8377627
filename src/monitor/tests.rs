//! A quarter of a year with outages by script, whose figures are worked out by hand beside it.
//!
//! Goes through everything pure: ledger, figures, budget, calendar, incidents. Never asserts what it computed itself.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, Level, Probe, State, Target, TargetVerdict, Why};
use crate::monitor::budget::judge;
use crate::monitor::calendar::{dates, hours, weekdays};
use crate::monitor::figures::{Figures, Promise, Seen};
use crate::monitor::incidents::incidents;
use crate::monitor::ledger::{Following, Ledger};
use crate::monitor::tracker::reach;
use crate::window::spans::{Spans, Stretch};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").expect("Paris")
}

fn local(text: &str) -> Timestamp {
    text.parse::<DateTime>().expect(text).to_zoned(paris()).expect(text).timestamp()
}

fn spans(all: &[(&str, &str)]) -> Spans {
    all.iter().filter_map(|(from, to)| Stretch::new(local(from), local(to))).collect()
}

/// 90 days of Paris: the 28 of February, the 31 of March of which the 29th has 23 hours, the 30 of April, the first of May.
fn run() -> Stretch {
    Stretch::new(local("2026-02-01T00:00"), local("2026-05-02T00:00")).expect("a run")
}

fn promise() -> Promise {
    let mut stated = Vec::new();
    let mut day = "2026-02-01T00:00".parse::<DateTime>().expect("a day").date();
    for _ in 0..90 {
        let at = |hour, minute| day.at(hour, minute, 0, 0).to_zoned(paris()).expect("an instant").timestamp();
        stated.extend(Stretch::new(at(7, 30), at(22, 0)));
        day = day.checked_add(1.day()).expect("a day");
    }
    Promise {
        stated: stated.into_iter().collect(),
        maintenance: spans(&[
            ("2026-02-10T12:00", "2026-02-10T14:00"),
            ("2026-03-29T01:00", "2026-03-29T05:00"),
            ("2026-04-05T21:00", "2026-04-05T23:30"),
        ]),
    }
}

/// A probe each minute of the run, but for a day on which nobody watched for nine hours.
fn watched() -> Ledger {
    let down = spans(&[
        ("2026-02-05T10:00", "2026-02-05T10:13"),
        ("2026-02-10T12:30", "2026-02-10T14:10"),
        ("2026-03-03T21:50", "2026-03-03T22:20"),
        ("2026-03-29T01:30", "2026-03-29T08:00"),
        ("2026-04-05T20:55", "2026-04-05T21:05"),
        ("2026-04-20T03:00", "2026-04-20T04:00"),
    ]);
    let degraded = spans(&[("2026-04-25T15:00", "2026-04-25T16:00")]);
    let away = spans(&[("2026-04-15T09:00", "2026-04-15T18:00")]);
    let reach = reach(Nanos(MINUTE), Nanos(0), Nanos(10 * SECOND));
    let mut ledger = Ledger::new(&[Following { rule: DownRule::AnyFailed, reach }]);
    let mut due = run().from;
    while due < run().to {
        let state = match () {
            () if down.contains(due) => State::Down,
            () if degraded.contains(due) => State::Degraded,
            () => State::Up,
        };
        if !away.contains(due) {
            let why = match state {
                State::Up => None,
                State::Degraded => Some(Why::Slow),
                State::Down => Some(Why::ServerError),
            };
            let probe = Probe {
                operation: 0,
                due,
                sent: due,
                took: Nanos(100_000_000),
                state,
                why,
                status: Some(200),
                detail: String::new(),
            };
            ledger.push(&probe, true);
        }
        due = due.checked_add(1.minute()).expect("a minute");
    }
    ledger
}

fn figures(seen: &Seen, of: &Spans) -> [u64; 5] {
    let f = Figures::of(seen, of);
    [f.eligible, f.up, f.degraded, f.down, f.no_data].map(|n| n.0 / SECOND)
}

#[test]
fn a_quarter_comes_to_what_is_worked_out_by_hand() {
    let log = watched().logs(run().to).remove(0);
    let seen = Seen::of(&log.stretches, &Spans::none());
    let promise = promise();
    let (eligible, raw) = (promise.eligible(run()), promise.raw(run()));

    // Stated: 90 days of 14.5 h, on the 29th of March too, since the hour that is missing there is one of the night: 1,305 h.
    // Maintenance in stated time: 2 h on the 10th of February, nothing at night, 21:00 to 22:00 on the 5th of April: 3 h.
    assert_eq!((raw.length(), eligible.length()), (Nanos(1_305 * HOUR), Nanos(1_302 * HOUR)));

    // Down in stated time: 13 min; 12:30 to 14:10, 100 min; 21:50 to 22:00, 10 min; 07:30 to 08:00, 30 min; 10 min; nothing: 163 min.
    // Without maintenance: 13 min; 14:00 to 14:10, 10 min; 10 min; 30 min; 20:55 to 21:00, 5 min; nothing: 68 min.
    // No data: the probe of 08:59 speaks for 2 × 60 + 10 = 130 s, until 09:01:10, then nothing until 18:00: 8 h 58 min 50 s = 32,330 s.
    // Degraded: 60 min. Up is the rest: 1,302 h = 4,687,200 s − 32,330 − 4,080 − 3,600 = 4,647,190 s.
    assert_eq!(figures(&seen, &eligible), [4_687_200, 4_647_190, 3_600, 4_080, 32_330]);
    // 1,305 h = 4,698,000 s − 32,330 − 9,780 − 3,600 = 4,652,290 s.
    assert_eq!(figures(&seen, &raw), [4_698_000, 4_652_290, 3_600, 9_780, 32_330]);

    // Available for 4,650,790 s: of 4,654,870 s observed, 99.9123…%; of 4,687,200 s eligible, 99.2232…%; with no data as up,
    // 4,683,120 of 4,687,200 s, 99.9129…%.
    let all = Figures::of(&seen, &eligible);
    let shown = [all.availability(), all.at_least(), all.at_most()].map(|r| r.map(|r| r.level().to_string()));
    assert_eq!(shown.map(Option::unwrap_or_default), ["99.9123%", "99.2232%", "99.9129%"]);

    for (level, verdict) in [
        ("99%", TargetVerdict::Holds),
        ("99.2232%", TargetVerdict::Holds),
        ("99.2233%", TargetVerdict::Undecided),
        ("99.9%", TargetVerdict::Undecided),
        ("99.9129%", TargetVerdict::Undecided),
        ("99.913%", TargetVerdict::Fails),
        ("99.95%", TargetVerdict::Fails),
    ] {
        let target = Target { availability: Level::parse(level).expect(level), operation: None, over: None };
        assert_eq!(judge(&target, &seen, &eligible, run()).verdict, verdict, "{level}");
    }
}

#[test]
fn its_budget_is_spent_as_worked_out_by_hand() {
    let log = watched().logs(run().to).remove(0);
    let seen = Seen::of(&log.stretches, &Spans::none());
    let eligible = promise().eligible(run());
    let judged = |level: &str, over: Option<u64>| {
        let target = Target { availability: Level::parse(level).expect(level), operation: None, over: over.map(Nanos) };
        judge(&target, &seen, &eligible, run())
    };
    // 0.1% of 1,302 h is 4,687.2 s, of which 68 min = 4,080 s are spent.
    let whole = judged("99.9%", None);
    assert_eq!((whole.budget.whole, whole.budget.spent), (Nanos(4_687_200_000_000), Nanos(4_080 * SECOND)));
    assert_eq!(whole.budget.left(), 607_200_000_000);
    // The last 72 h of eligible time reach back over four nights and saw no outage.
    assert_eq!(whole.burns.iter().map(super::budget::Burn::hundredths).collect::<Vec<_>>(), [Some(0); 4]);
    assert_eq!(whole.alerts, []);
    // The last 30 days begin on the 2nd of April: 30 × 14.5 − 1 = 434 h, of which 5 min down, 8 h 58 min 50 s unknown.
    let month = judged("99.9%", Some(30 * 24 * HOUR));
    assert_eq!((month.figures.eligible, month.figures.down), (Nanos(434 * HOUR), Nanos(5 * MINUTE)));
    // 434 h = 1,562,400 s; at most (1,562,400 − 300) of it, 99.98…%, at least (1,562,400 − 300 − 32,330), 97.9…%.
    assert_eq!(month.verdict, TargetVerdict::Undecided);
    assert_eq!(judged("97.9%", Some(30 * 24 * HOUR)).verdict, TargetVerdict::Holds);
    assert_eq!(judged("99.99%", Some(30 * 24 * HOUR)).verdict, TargetVerdict::Fails);
}

#[test]
fn its_calendar_and_its_incidents_are_as_worked_out_by_hand() {
    let log = watched().logs(run().to).remove(0);
    let seen = Seen::of(&log.stretches, &Spans::none());
    let promise = promise();
    let eligible = promise.eligible(run());

    let days = dates(run(), &paris());
    assert_eq!(days.len(), 90);
    let on = |date: &str| {
        let (_, day) = days.iter().find(|(d, _)| d.to_string() == date).expect(date);
        (day.length().0 / HOUR, figures(&seen, &eligible.within(day.from, day.to)))
    };
    // 14.5 h are 52,200 s. On the 29th of March 07:30 is 05:30 in UTC, and the day has 23 h.
    assert_eq!(on("2026-03-29"), (23, [52_200, 50_400, 0, 1_800, 0]));
    assert_eq!(on("2026-03-28"), (24, [52_200, 52_200, 0, 0, 0]));
    assert_eq!(on("2026-02-10"), (24, [45_000, 44_400, 0, 600, 0]));
    assert_eq!(on("2026-04-05"), (24, [48_600, 48_300, 0, 300, 0]));
    assert_eq!(on("2026-04-15"), (24, [52_200, 19_870, 0, 0, 32_330]));
    assert_eq!(on("2026-04-20"), (24, [52_200, 52_200, 0, 0, 0]));
    assert_eq!(on("2026-04-25"), (24, [52_200, 48_600, 3_600, 0, 0]));

    // The run begins on a Sunday and ends with a Friday: 13 Sundays to Fridays, 12 Saturdays. The 5th of April is a Sunday.
    let by_day = weekdays(run(), &paris()).map(|d| Figures::of(&seen, &eligible.intersection(&d)));
    // Tuesday lacks two hours, and was down on the 10th of February and the 3rd of March.
    assert_eq!((by_day[1].eligible, by_day[1].down), (Nanos(13 * 29 * HOUR / 2 - 2 * HOUR), Nanos(20 * MINUTE)));
    assert_eq!((by_day[5].eligible, by_day[5].down), (Nanos(12 * 29 * HOUR / 2), Nanos(0)));
    assert_eq!((by_day[6].eligible, by_day[6].down), (Nanos(13 * 29 * HOUR / 2 - HOUR), Nanos(35 * MINUTE)));

    let by_hour = hours(run(), &paris()).map(|h| Figures::of(&seen, &eligible.intersection(&h)));
    let hour = |at: usize| (by_hour[at].eligible.0 / MINUTE, by_hour[at].down.0 / MINUTE);
    // From 07:30 on: 90 half hours, one of them down. At 12 and 13 maintenance took an hour each, at 21 one.
    assert_eq!(
        [6, 7, 10, 12, 14, 20, 21, 22].map(hour),
        [(0, 0), (2_700, 30), (5_400, 13), (5_340, 0), (5_400, 10), (5_400, 5), (5_340, 10), (0, 0)]
    );

    let found = incidents(0, &log.stretches, &Spans::none(), &promise, run().to);
    let shown: Vec<_> = found
        .iter()
        .map(|i| (i.failed, [i.down, i.inside, i.maintenance, i.counted].map(|n| n.0 / MINUTE), i.from, i.open))
        .collect();
    // On the 29th of March 01:30 to 08:00 are five hours and a half.
    assert_eq!(
        shown,
        [
            (13, [13, 13, 0, 13], local("2026-02-05T10:00"), false),
            (100, [100, 100, 90, 10], local("2026-02-10T12:30"), false),
            (30, [30, 10, 0, 10], local("2026-03-03T21:50"), false),
            (330, [330, 30, 0, 30], local("2026-03-29T01:30"), false),
            (10, [10, 10, 5, 5], local("2026-04-05T20:55"), false),
            (60, [60, 0, 0, 0], local("2026-04-20T03:00"), false),
        ]
    );

    // 90 days of 1,440 minutes, an hour less in March, without 540 in April.
    let probes: u64 = log.minutes.runs().iter().map(|r| u64::from(r.length)).sum();
    assert_eq!(probes, 90 * 1_440 - 60 - 540);
    assert_eq!(log.inside.count(), probes);
    assert_eq!(log.whys.into_iter().collect::<Vec<_>>(), [("server_error", 543), ("slow", 60)]);
}
