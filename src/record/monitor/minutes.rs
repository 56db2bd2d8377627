//! Counts by the minute, as they are stored: each kind of minute by a letter, each run of it by its length.
//!
//! A minute of probes in a row with little difference costs a byte or two. Loses nothing, and knows no rule.

use crate::monitor::minutes::{Counts, Minutes, Run};
use serde::{Deserialize, Serialize};

/// Kinds of minutes that one record tells apart: the letters from `a` on.
const KINDS: usize = 26;
/// Minutes of one run at most, so that a damaged file asks for no more than a few years.
const LONGEST: u32 = 4_000_000;

/// Minutes in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MinutesRecord {
    /// The first minute, counted from the epoch.
    from: i64,
    /// The kinds of minutes, each as its probes: up, degraded, failed.
    kinds: Vec<[u32; 3]>,
    /// The runs: how many minutes, where it is not one, of which kind. `57ab2a` is 57 of the first kind, one of the second, two of the
    /// first.
    runs: String,
}

/// The stored form of minutes.
pub(super) fn records(minutes: &Minutes) -> Vec<MinutesRecord> {
    let mut records: Vec<MinutesRecord> = Vec::new();
    let mut end = 0;
    for run in minutes.runs() {
        let pause = u32::try_from(run.from - end).ok().filter(|pause| *pause <= LONGEST);
        let continued = records.last_mut().zip(pause).is_some_and(|(record, pause)| {
            // Kinds for both must be free.
            record.kinds.len() + 2 <= KINDS && {
                record.push(pause, Counts::default());
                record.push(run.length, run.counts);
                true
            }
        });
        if !continued {
            let mut record = MinutesRecord { from: run.from, kinds: Vec::new(), runs: String::new() };
            record.push(run.length, run.counts);
            records.push(record);
        }
        end = run.end();
    }
    records
}

impl MinutesRecord {
    fn push(&mut self, length: u32, Counts { up, degraded, down }: Counts) {
        let kind = [up, degraded, down];
        let mut left = length;
        while left > 0 {
            let part = left.min(LONGEST);
            let at = self.kinds.iter().position(|k| *k == kind).unwrap_or_else(|| {
                self.kinds.push(kind);
                self.kinds.len() - 1
            });
            if part > 1 {
                self.runs.push_str(&part.to_string());
            }
            self.runs.push(u8::try_from(at).map_or('z', |at| char::from(b'a' + at)));
            left -= part;
        }
    }

    /// Adds what is stored to the minutes before it.
    ///
    /// # Errors
    /// A lower-case fragment when it is none.
    pub(super) fn read(&self, into: &mut Minutes) -> Result<(), String> {
        let wrong = || format!("`{}` is no run of minutes", self.runs.chars().take(40).collect::<String>());
        let (mut from, mut digits) = (self.from, String::new());
        for c in self.runs.chars() {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            let kind = u32::from(c).checked_sub(u32::from('a')).and_then(|at| self.kinds.get(usize::try_from(at).ok()?));
            let [up, degraded, down] = *kind.ok_or_else(wrong)?;
            let length = if digits.is_empty() { Ok(1) } else { digits.parse() };
            let length = length.ok().filter(|length| (1..=LONGEST).contains(length)).ok_or_else(wrong)?;
            digits.clear();
            let run = Run { from, length, counts: Counts { up, degraded, down } };
            // A minute without a probe is none.
            if run.counts != Counts::default() {
                into.add_run(run);
            }
            from = from.checked_add(i64::from(length)).ok_or_else(wrong)?;
        }
        if digits.is_empty() { Ok(()) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{MinutesRecord, records};
    use crate::monitor::minutes::{Counts, Minutes, Run};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn read(records: &[MinutesRecord]) -> Result<Minutes, String> {
        let mut minutes = Minutes::default();
        records.iter().try_for_each(|r| r.read(&mut minutes))?;
        Ok(minutes)
    }

    fn run(from: i64, length: u32, up: u32, down: u32) -> Run {
        Run { from, length, counts: Counts { up, degraded: 0, down } }
    }

    #[test]
    fn a_run_is_its_length_and_a_letter() {
        let mut minutes = Minutes::default();
        for r in [run(29_500_000, 57, 1, 0), run(29_500_057, 1, 0, 1), run(29_500_060, 2, 1, 0)] {
            minutes.add_run(r);
        }
        let stored = records(&minutes);
        assert_eq!(
            serde_json::to_string(&stored).expect("JSON"),
            r#"[{"from":29500000,"kinds":[[1,0,0],[0,0,1],[0,0,0]],"runs":"57ab2c2a"}]"#
        );
        assert_eq!(read(&stored), Ok(minutes));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        let record = |runs: &str, from| MinutesRecord { from, kinds: vec![[1, 0, 0]], runs: runs.to_owned() };
        for runs in ["b", "0a", "4000001a", "99999999999a", "a3", "A", "é", "-1a"] {
            assert!(read(&[record(runs, 0)]).is_err(), "{runs}");
        }
        assert!(read(&[record("2a", i64::MAX - 1)]).is_err());
        assert!(read(&[record("3999999aa", 0)]).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_stored_is_what_is_read(
            runs in vec((prop_oneof![Just(0i64), 1i64..5, Just(9_000_000i64)], 1u32..4, 0u32..90, 0u32..3), 0..120),
        ) {
            let mut minutes = Minutes::default();
            let mut from = 100;
            for (pause, length, up, down) in runs {
                from += pause;
                minutes.add_run(run(from, length, up + u32::from(down == 0), down));
                from += i64::from(length);
            }
            let stored = records(&minutes);
            prop_assert!(stored.iter().all(|r| r.kinds.len() <= super::KINDS));
            prop_assert_eq!(read(&stored), Ok(minutes));
        }
    }
}
