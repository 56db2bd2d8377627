//! A run by the calendar of a time zone: its local dates, weekdays and hours of the day.
//!
//! A date is as long as it is, 23 or 25 hours where the clock is put forward or back; an hour that occurs twice is both. Knows no figure.

use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// The local dates of a stretch of time, each with the part of the stretch that it is.
#[must_use]
pub fn dates(of: Stretch, zone: &TimeZone) -> Vec<(Date, Stretch)> {
    let mut dates = Vec::new();
    let mut from = of.from;
    while from < of.to {
        let date = zone.to_datetime(from).date();
        let to = next_day(date, from, zone).min(of.to);
        dates.push((date, Stretch { from, to }));
        from = to;
    }
    dates
}

/// The first instant of the date after `date`, which `at` is in.
fn next_day(date: Date, at: Timestamp, zone: &TimeZone) -> Timestamp {
    let mut next = date;
    // A date that a zone left out altogether begins where the one after it does.
    loop {
        let Ok(tomorrow) = next.checked_add(1.day()) else { return Timestamp::MAX };
        next = tomorrow;
        let Ok(start) = next.to_zoned(zone.clone()).and_then(|z| z.start_of_day()) else { return Timestamp::MAX };
        if start.timestamp() > at {
            return start.timestamp();
        }
    }
}

/// A stretch of time by local weekday, Monday first.
#[must_use]
pub fn weekdays(of: Stretch, zone: &TimeZone) -> [Spans; 7] {
    let mut days: [Vec<Stretch>; 7] = Default::default();
    for (date, part) in dates(of, zone) {
        let monday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        days[monday].push(part);
    }
    days.map(|parts| parts.into_iter().collect())
}

/// A stretch of time by local hour of the day, midnight first.
#[must_use]
pub fn hours(of: Stretch, zone: &TimeZone) -> [Spans; 24] {
    let mut hours: [Vec<Stretch>; 24] = std::array::from_fn(|_| Vec::new());
    let mut from = of.from;
    while from < of.to {
        let local = zone.to_datetime(from);
        let into = i64::from(local.minute()) * 60_000_000_000
            + i64::from(local.second()) * 1_000_000_000
            + i64::from(local.subsec_nanosecond());
        let left = SignedDuration::from_nanos(3_600_000_000_000 - into);
        let hour = from.checked_add(left).unwrap_or(Timestamp::MAX);
        // Where the clock is set within the hour, what follows is looked at anew.
        let set = zone.following(from).next().map_or(Timestamp::MAX, |t| t.timestamp());
        let to = hour.min(set).min(of.to);
        if let Some(hour) = usize::try_from(local.hour()).ok().and_then(|h| hours.get_mut(h)) {
            hour.push(Stretch { from, to });
        }
        from = to;
    }
    hours.map(|parts| parts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::{dates, hours, weekdays};
    use crate::window::spans::{Spans, Stretch};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect(name)
    }

    fn stretch(from: &str, to: &str) -> Stretch {
        Stretch::new(from.parse().expect(from), to.parse().expect(to)).expect("a stretch")
    }

    fn lengths(of: Stretch, name: &str) -> Vec<(String, u64)> {
        dates(of, &zone(name)).iter().map(|(d, s)| (d.to_string(), s.length().0 / 1_000_000_000 / 60)).collect()
    }

    fn minutes(of: &Spans) -> u64 {
        of.length().0 / 1_000_000_000 / 60
    }

    #[test]
    fn a_date_is_as_long_as_it_is() {
        let expected = |all: &[(&str, u64)]| all.iter().map(|(d, m)| ((*d).to_owned(), *m)).collect::<Vec<_>>();
        let spring = stretch("2026-03-27T23:00:00Z", "2026-03-30T10:00:00Z");
        assert_eq!(
            lengths(spring, "Europe/Paris"),
            expected(&[("2026-03-28", 1_440), ("2026-03-29", 1_380), ("2026-03-30", 720)])
        );
        let autumn = stretch("2026-10-24T12:00:00Z", "2026-10-26T00:00:00Z");
        assert_eq!(lengths(autumn, "Europe/Paris"), expected(&[("2026-10-24", 600), ("2026-10-25", 1_500), ("2026-10-26", 60)]));
        // In Beirut the clock is put forward at midnight; Samoa left out a whole date.
        assert_eq!(lengths(stretch("2025-03-29T22:00:00Z", "2025-03-30T22:00:00Z"), "Asia/Beirut").len(), 2);
        assert_eq!(
            lengths(stretch("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z"), "Pacific/Apia"),
            expected(&[("2011-12-29", 1_440), ("2011-12-31", 1_440)])
        );
    }

    #[test]
    fn an_hour_that_is_left_out_is_none_and_one_that_occurs_twice_is_both() {
        let paris = zone("Europe/Paris");
        let spring = hours(stretch("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"), &paris);
        assert_eq!([1, 2, 3].map(|h: usize| minutes(&spring[h])), [60, 0, 60]);
        let autumn = hours(stretch("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"), &paris);
        assert_eq!([1, 2, 3].map(|h: usize| minutes(&autumn[h])), [60, 120, 60]);
        // Half an hour is put back at 02:00, which makes 01:30 to 02:00 occur twice.
        let half = hours(stretch("2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"), &zone("Australia/Lord_Howe"));
        assert_eq!([0, 1, 2].map(|h: usize| minutes(&half[h])), [60, 90, 60]);
        let kolkata = hours(stretch("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"), &zone("Asia/Kolkata"));
        assert_eq!([5, 6].map(|h: usize| minutes(&kolkata[h])), [30, 30]);
    }

    #[test]
    fn weekdays_begin_with_monday() {
        // 2026-03-29 is a Sunday, and short.
        let days = weekdays(stretch("2026-03-22T23:00:00Z", "2026-04-05T22:00:00Z"), &zone("Europe/Paris"));
        assert_eq!(days.map(|d| minutes(&d)), [2_880, 2_880, 2_880, 2_880, 2_880, 2_880, 2_820]);
    }

    proptest! {
        #[test]
        fn each_instant_is_in_one_date_one_weekday_and_one_hour(
            from in 1_700_000_000i64..1_800_000_000, length in 1i64..2_000_000, nanos in 0i32..1_000_000_000,
            name in prop_oneof![
                Just("Europe/Paris"), Just("America/Havana"), Just("Australia/Lord_Howe"), Just("Asia/Kathmandu"), Just("Africa/Casablanca"),
            ],
        ) {
            let at = |second| jiff::Timestamp::new(second, nanos).expect("an instant");
            let of = Stretch::new(at(from), at(from + length)).expect("a stretch");
            let whole = Spans::of(of.from, of.to);
            let zone = zone(name);
            let days: Vec<Spans> = dates(of, &zone).iter().map(|(_, s)| Spans::of(s.from, s.to)).collect();
            for parts in [days, weekdays(of, &zone).to_vec(), hours(of, &zone).to_vec()] {
                prop_assert_eq!(parts.iter().fold(Spans::none(), |all, part| all.union(part)), whole.clone());
                prop_assert_eq!(parts.iter().map(|p| p.length().0).sum::<u64>(), whole.length().0);
            }
        }
    }
}
