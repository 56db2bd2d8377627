//! How many probes of each kind were due in each clock minute, exactly, with equal neighbours told once.
//!
//! Counts and adds up. Never says what a minute was: the rules do.

use crate::model::availability::State;
use jiff::Timestamp;

/// Probes by what they said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Up.
    pub up: u32,
    /// Degraded.
    pub degraded: u32,
    /// Failed.
    pub down: u32,
}

impl Counts {
    /// Counts one probe.
    pub fn count(&mut self, state: State) {
        let counter = match state {
            State::Up => &mut self.up,
            State::Degraded => &mut self.degraded,
            State::Down => &mut self.down,
        };
        *counter = counter.saturating_add(1);
    }

    fn add(&mut self, other: Self) {
        self.up = self.up.saturating_add(other.up);
        self.degraded = self.degraded.saturating_add(other.degraded);
        self.down = self.down.saturating_add(other.down);
    }
}

/// The number of the clock minute of an instant, counted from the epoch.
#[must_use]
pub fn minute_of(at: Timestamp) -> i64 {
    // Nanoseconds of an instant before the epoch are below zero.
    let second = at.as_second() - i64::from(at.subsec_nanosecond() < 0);
    second.div_euclid(60)
}

/// The first instant of a clock minute; the first or last that can be held where it is beyond.
#[must_use]
pub fn start_of(minute: i64) -> Timestamp {
    let edge = if minute < 0 { Timestamp::MIN } else { Timestamp::MAX };
    minute.checked_mul(60).and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(edge)
}

/// Minutes in a row with the same counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The number of the first.
    pub from: i64,
    /// How many, at least one.
    pub length: u32,
    /// What was due in each.
    pub counts: Counts,
}

impl Run {
    /// The number of the first minute after it.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.from + i64::from(self.length)
    }
}

/// The counts of the minutes in which a probe was due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minutes(Vec<Run>);

impl Minutes {
    /// The runs in order: as few as there can be, none overlaps another.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.0
    }

    /// Counts one probe.
    pub fn count(&mut self, due: Timestamp, state: State) {
        let mut counts = Counts::default();
        counts.count(state);
        self.add(minute_of(due), counts);
    }

    /// Adds what others counted.
    pub fn append(&mut self, others: &Self) {
        others.0.iter().for_each(|run| self.add_run(*run));
    }

    /// Adds the counts of a run.
    pub fn add_run(&mut self, run: Run) {
        if self.0.last().is_none_or(|last| last.end() <= run.from) {
            if run.length > 0 {
                self.0.push(run);
                self.join(self.0.len() - 1);
            }
            return;
        }
        (run.from..run.end()).for_each(|minute| self.add(minute, run.counts));
    }

    fn add(&mut self, minute: i64, counts: Counts) {
        // The first run that ends after the minute holds it, or stands behind it.
        let at = self.0.partition_point(|run| run.end() <= minute);
        match self.0.get(at).copied().filter(|run| run.from <= minute) {
            None => self.0.insert(at, Run { from: minute, length: 1, counts }),
            Some(run) => {
                let mut sum = run.counts;
                sum.add(counts);
                let parts = [(run.from, minute, run.counts), (minute, minute + 1, sum), (minute + 1, run.end(), run.counts)];
                let parts = parts.into_iter().filter_map(|(from, to, counts)| {
                    let length = u32::try_from(to - from).ok().filter(|length| *length > 0)?;
                    Some(Run { from, length, counts })
                });
                self.0.splice(at..=at, parts);
            }
        }
        let at = self.0.partition_point(|run| run.end() <= minute);
        self.join(at + 1);
        self.join(at);
    }

    /// Makes one of a run and the one before it where they are neighbours with the same counts.
    fn join(&mut self, at: usize) {
        if at == 0 || at >= self.0.len() {
            return;
        }
        let (before, run) = (self.0[at - 1], self.0[at]);
        if before.end() == run.from && before.counts == run.counts {
            self.0[at - 1].length += run.length;
            self.0.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Minutes, Run, minute_of, start_of};
    use crate::model::availability::State;
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn minutes(probes: &[(i64, State)]) -> Minutes {
        let mut minutes = Minutes::default();
        for (second, state) in probes {
            minutes.count(Timestamp::from_second(*second).expect("a second"), *state);
        }
        minutes
    }

    fn flat(of: &Minutes) -> BTreeMap<i64, Counts> {
        of.runs().iter().flat_map(|r| (r.from..r.end()).map(|m| (m, r.counts))).collect()
    }

    #[test]
    fn equal_neighbours_are_told_once() {
        let up = Counts { up: 2, ..Counts::default() };
        let all: Vec<_> = (0..600).step_by(30).map(|s| (s, State::Up)).collect();
        assert_eq!(minutes(&all).runs(), [Run { from: 0, length: 10, counts: up }]);
        let mut late = minutes(&all);
        late.count(start_of(4), State::Down);
        assert_eq!(late.runs().iter().map(|r| (r.from, r.length)).collect::<Vec<_>>(), [(0, 4), (4, 1), (5, 5)]);
        assert_eq!(flat(&late)[&4], Counts { up: 2, degraded: 0, down: 1 });
    }

    #[test]
    fn a_minute_begins_at_its_first_nanosecond() {
        for (text, minute) in [
            ("1970-01-01T00:00:59.999999999Z", 0),
            ("1970-01-01T00:01:00Z", 1),
            ("1969-12-31T23:59:59.999999999Z", -1),
            ("1969-12-31T23:59:00Z", -1),
            ("1969-12-31T23:58:59.999999999Z", -2),
        ] {
            let at: Timestamp = text.parse().expect(text);
            assert_eq!(minute_of(at), minute, "{text}");
            assert!(start_of(minute) <= at && at < start_of(minute + 1), "{text}");
        }
        assert_eq!((start_of(i64::MAX), start_of(i64::MIN)), (Timestamp::MAX, Timestamp::MIN));
    }

    proptest! {
        #[test]
        fn every_probe_is_counted_in_its_minute(
            probes in vec((0i64..1_200, prop_oneof![Just(State::Up), Just(State::Degraded), Just(State::Down)]), 0..80),
            cut in 0usize..80,
        ) {
            let whole = minutes(&probes);
            let mut counted: BTreeMap<i64, Counts> = BTreeMap::new();
            for (second, state) in &probes {
                counted.entry(second / 60).or_default().count(*state);
            }
            prop_assert_eq!(flat(&whole), counted);
            let neighbours = |w: &[Run]| w[0].end() < w[1].from || (w[0].end() == w[1].from && w[0].counts != w[1].counts);
            prop_assert!(whole.runs().windows(2).all(neighbours), "{whole:?}");
            let (early, late) = probes.split_at(cut.min(probes.len()));
            let mut joined = minutes(early);
            joined.append(&minutes(late));
            prop_assert_eq!(joined, whole);
        }
    }
}
