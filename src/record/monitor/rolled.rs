//! A segment that is over, or a day of them, as it is stored: counts, states and times in place of probes.
//!
//! Turns slices of a ledger into one compact text and back, exactly. Never writes a file.

use crate::base::diagnostic::Diagnostic;
use crate::base::units::Nanos;
use crate::model::availability::{State, Why};
use crate::model::histogram::Histogram;
use crate::monitor::ledger::{Part, Slice};
use crate::monitor::log::Log;
use crate::monitor::minutes::{Counts, Minutes};
use crate::monitor::tracker::{Failure, OpenMinute, Snapshot, StateStretch, Word};
use crate::record::monitor::header::{FORMAT, VERSION, check, damaged};
use crate::record::monitor::line::{MarkLine, ProbeLine, StateLine};
use crate::record::monitor::minutes::{self, MinutesRecord};
use crate::record::shape::instant;
use crate::record::store::cannot;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What a segment, or several in a row, came to.
#[derive(Clone, Debug)]
pub(super) struct Rolled {
    /// The day of UTC it belongs to.
    pub(super) day: Date,
    /// The last instant at which something is known to have been done.
    pub(super) until: Timestamp,
    /// What is known after it.
    pub(super) slice: Slice,
}

/// The text of it, on one line.
///
/// # Errors
/// Never: a slice has text keys only.
pub(super) fn text(rolled: &Rolled) -> Result<String, serde_json::Error> {
    let file = RolledFile {
        format: FORMAT.to_owned(),
        version: VERSION,
        day: rolled.day.to_string(),
        until: rolled.until,
        operations: rolled.slice.parts.iter().map(PartLine::of).collect(),
        marks: rolled.slice.marks.iter().map(MarkLine::of).collect(),
    };
    serde_json::to_string(&file).map(|text| text + "\n")
}

/// Reads one.
///
/// # Errors
/// When it cannot be read, is none, or was written by a newer version.
pub(super) fn read(path: &Path) -> Result<Rolled, Diagnostic> {
    let text = std::fs::read_to_string(path).map_err(|e| cannot("read", path, &e))?;
    check(&text, path)?;
    let file: RolledFile = serde_json::from_str(&text).map_err(|e| damaged(path, &e.to_string()))?;
    let day = file.day.parse().map_err(|_| damaged(path, &format!("`{}` is no date", file.day)))?;
    let parts = file.operations.iter().map(PartLine::part).collect::<Result<_, _>>().map_err(|why| damaged(path, &why))?;
    let marks = file.marks.iter().map(MarkLine::mark).collect();
    Ok(Rolled { day, until: file.until, slice: Slice { parts, marks } })
}

#[derive(Serialize, Deserialize)]
struct RolledFile {
    format: String,
    version: u32,
    day: String,
    #[serde(with = "instant")]
    until: Timestamp,
    operations: Vec<PartLine>,
    marks: Vec<MarkLine>,
}

#[derive(Serialize, Deserialize)]
struct PartLine {
    stretches: Vec<StretchLine>,
    minutes: Vec<MinutesRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inside: Option<TimesLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outside: Option<TimesLine>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    whys: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failing: Vec<ProbeLine>,
    #[serde(default, skip_serializing_if = "is_zero")]
    late: u64,
    tracker: TrackerLine,
}

#[derive(Serialize, Deserialize)]
struct StretchLine {
    #[serde(with = "instant")]
    from: Timestamp,
    #[serde(with = "instant")]
    to: Timestamp,
    state: StateLine,
    #[serde(default, skip_serializing_if = "is_zero")]
    failed: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Times in HdrHistogram's V2 format with deflate, which is sparse, in base64; and what that format cannot say.
#[derive(Serialize, Deserialize)]
struct TimesLine {
    v2: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    beyond: u64,
}

impl TimesLine {
    fn of(times: &Histogram) -> Option<Self> {
        let line = || Self { v2: STANDARD.encode(times.to_v2_deflate()), beyond: times.saturated() };
        (!times.is_empty()).then(line)
    }

    fn times(line: Option<&Self>) -> Result<Histogram, String> {
        let Some(line) = line else { return Ok(Histogram::new()) };
        let bytes = STANDARD.decode(&line.v2).map_err(|_| "times that are not in base64".to_owned())?;
        Ok(Histogram::from_v2_deflate(&bytes)?.with_saturated(line.beyond))
    }
}

/// See [`Snapshot`].
#[derive(Serialize, Deserialize)]
struct TrackerLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<InstantLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    word: Option<WordLine>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    undecided: Vec<FailureLine>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    down: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minute: Option<OpenMinuteLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<StateLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct InstantLine(#[serde(with = "instant")] Timestamp);

#[derive(Serialize, Deserialize)]
struct WordLine {
    #[serde(with = "instant")]
    due: Timestamp,
    state: StateLine,
    failed: bool,
}

#[derive(Serialize, Deserialize)]
struct FailureLine {
    #[serde(with = "instant")]
    due: Timestamp,
    took_ns: u64,
}

#[derive(Serialize, Deserialize)]
struct OpenMinuteLine {
    minute: i64,
    /// Up, degraded, failed.
    probes: [u32; 3],
}

impl PartLine {
    fn of(part: &Part) -> Self {
        let Part { log, tracker } = part;
        let stretch = |s: &StateStretch| StretchLine { from: s.from, to: s.to, state: s.state.into(), failed: s.failed };
        Self {
            stretches: log.stretches.iter().map(stretch).collect(),
            minutes: minutes::records(&log.minutes),
            inside: TimesLine::of(&log.inside),
            outside: TimesLine::of(&log.outside),
            whys: log.whys.iter().map(|(why, count)| ((*why).to_owned(), *count)).collect(),
            failing: log.failing.iter().map(|p| ProbeLine::of(p, true)).collect(),
            late: log.late,
            tracker: TrackerLine {
                last: tracker.last.map(InstantLine),
                word: tracker.word.map(|w| WordLine { due: w.due, state: w.state.into(), failed: w.failed }),
                undecided: tracker.undecided.iter().map(|f| FailureLine { due: f.due, took_ns: f.took.0 }).collect(),
                down: tracker.down,
                minute: tracker
                    .minute
                    .map(|m| OpenMinuteLine { minute: m.minute, probes: [m.counts.up, m.counts.degraded, m.counts.down] }),
                before: tracker.before.map(StateLine::from),
            },
        }
    }

    fn part(&self) -> Result<Part, String> {
        let stretch = |s: &StretchLine| StateStretch { from: s.from, to: s.to, state: s.state.into(), failed: s.failed };
        let mut minutes = Minutes::default();
        self.minutes.iter().try_for_each(|record| record.read(&mut minutes))?;
        let why = |(word, count): (&String, &u64)| {
            let why = Why::of(word).ok_or_else(|| format!("`{word}` is no reason of a probe"))?;
            Ok((why.word(), *count))
        };
        let log = Log {
            stretches: self.stretches.iter().map(stretch).collect(),
            minutes,
            inside: TimesLine::times(self.inside.as_ref())?,
            outside: TimesLine::times(self.outside.as_ref())?,
            whys: self.whys.iter().map(why).collect::<Result<_, String>>()?,
            failing: self.failing.iter().map(ProbeLine::probe).collect::<Result<_, _>>()?,
            late: self.late,
        };
        Ok(Part { log, tracker: self.tracker.snapshot() })
    }
}

impl TrackerLine {
    fn snapshot(&self) -> Snapshot {
        let counts = |[up, degraded, down]: [u32; 3]| Counts { up, degraded, down };
        Snapshot {
            last: self.last.as_ref().map(|at| at.0),
            word: self.word.as_ref().map(|w| Word { due: w.due, state: w.state.into(), failed: w.failed }),
            undecided: self.undecided.iter().map(|f| Failure { due: f.due, took: Nanos(f.took_ns) }).collect(),
            down: self.down,
            minute: self.minute.as_ref().map(|m| OpenMinute { minute: m.minute, counts: counts(m.probes) }),
            before: self.before.map(State::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rolled, read, text};
    use crate::base::units::{Nanos, Share};
    use crate::model::availability::{DownRule, State};
    use crate::monitor::ledger::{Following, Ledger, Slice};
    use crate::record::monitor::fixture::{SECOND, at, probe};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn shown(slice: &Slice) -> String {
        let part = |part: &crate::monitor::ledger::Part| {
            let log = &part.log;
            let times = [&log.inside, &log.outside].map(|h| (h.buckets().collect::<Vec<_>>(), h.saturated()));
            let rest = (&log.stretches, &log.minutes, &log.whys, &log.failing, log.late);
            format!("{:?} {rest:?} {times:?}", part.tracker)
        };
        slice.parts.iter().map(part).collect::<Vec<_>>().join("\n") + &format!("{:?}", slice.marks)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn a_slice_comes_back_as_it_was(
            steps in vec((prop_oneof![-5i64..90, 100i64..5_000], 0u8..4, 0usize..2, any::<bool>(), 0u64..5_000), 0..40),
            rule in prop_oneof![
                Just(DownRule::AnyFailed),
                Just(DownRule::Consecutive { failures: 4, within: Nanos(400 * SECOND) }),
                Just(DownRule::BadMinutes { share: Share(5_000) }),
            ],
        ) {
            let mut ledger = Ledger::new(&[Following { rule, reach: Nanos(130 * SECOND) }; 2]);
            ledger.begin(at(0), Nanos(3));
            let mut now = 0;
            for (step, state, operation, inside, took) in steps {
                now += step;
                let state = [State::Up, State::Degraded, State::Down, State::Down][usize::from(state)];
                let mut probe = probe(operation, at(now), state);
                probe.took = Nanos(took * SECOND);
                ledger.push(&probe, inside);
            }
            let dir = tempfile::tempdir().expect("a temporary folder");
            let path = dir.path().join("segment-000001.rolled.json");
            let day = jiff::civil::date(2026, 3, 29);
            let rolled = Rolled { day, until: at(now), slice: ledger.slice() };
            std::fs::write(&path, text(&rolled).expect("it is JSON")).expect("it is written");
            let back = read(&path).expect("it is read");
            prop_assert_eq!((back.day, back.until), (rolled.day, rolled.until));
            prop_assert_eq!(shown(&back.slice), shown(&rolled.slice));
        }
    }
}
