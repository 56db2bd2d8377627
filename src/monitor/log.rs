//! What is kept of one operation: its stretches, its counts by the minute, its times, and the probes that show its outages.
//!
//! Adds up exactly. Never grows with the number of probes alone: of those that failed only the first and last of an outage are kept.

use crate::model::availability::{Probe, State};
use crate::model::histogram::Histogram;
use crate::monitor::minutes::Minutes;
use crate::monitor::tracker::{self, StateStretch};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Outages of which probes are kept, in a slice of time; the last one is always among them, as it may go on.
pub(super) const OUTAGES: usize = 16;
/// Failed probes of which it is not decided whether they are an outage, kept at most.
const UNDECIDED: usize = 64;
/// Failed probes at which those between are let go, so that a slice of nothing else stays small.
pub(super) const MANY: usize = 1_024;

/// What is kept of one operation over a slice of time.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The states, in order; neighbours differ.
    pub stretches: Vec<StateStretch>,
    /// The probes of each minute.
    pub minutes: Minutes,
    /// The times of answers to probes that were due in eligible time.
    pub inside: Histogram,
    /// The times of other answers.
    pub outside: Histogram,
    /// Why probes were not up, by [`crate::model::availability::Why::word`], with how many.
    pub whys: BTreeMap<&'static str, u64>,
    /// Failed probes in order of their due instants: the first and last of each outage.
    pub failing: Vec<Probe>,
    /// Probes that were due no later than one before them, since the clock was set back; they count in minutes alone.
    pub late: u64,
}

impl Log {
    /// Counts a probe; `inside` where it was due in eligible time.
    pub(super) fn count(&mut self, probe: &Probe, inside: bool) {
        self.minutes.count(probe.due, probe.state);
        if probe.status.is_some() {
            let times = if inside { &mut self.inside } else { &mut self.outside };
            times.record(probe.took);
        }
        if let Some(why) = probe.why {
            *self.whys.entry(why.word()).or_default() += 1;
        }
    }

    /// Adds what was kept of the slice after this one.
    pub fn append(&mut self, next: &Self) {
        next.stretches.iter().for_each(|s| tracker::append(&mut self.stretches, *s));
        self.minutes.append(&next.minutes);
        self.inside.merge(&next.inside);
        self.outside.merge(&next.outside);
        next.whys.iter().for_each(|(why, count)| *self.whys.entry(why).or_default() += count);
        self.failing.extend_from_slice(&next.failing);
        self.late += next.late;
    }

    /// Lets go of failed probes that are neither the first nor the last of an outage; `rest` is what is not final yet.
    pub(super) fn thin(&mut self, rest: &[StateStretch], undecided_from: Option<Timestamp>) {
        let mut all = self.stretches.clone();
        rest.iter().for_each(|s| tracker::append(&mut all, *s));
        let outages: Vec<&StateStretch> = all.iter().filter(|s| s.state == State::Down).collect();
        let mut kept = Vec::new();
        for (number, outage) in outages.iter().enumerate() {
            if number + 1 < OUTAGES || number + 1 == outages.len() {
                kept.extend(first_and_last(&self.failing, outage.from, outage.to));
            }
        }
        // What is undecided may turn out not to continue the last outage: then that one ends where it does so far.
        if undecided_from.is_some()
            && let Some(outage) = self.stretches.iter().rfind(|s| s.state == State::Down)
        {
            kept.extend(first_and_last(&self.failing, outage.from, outage.to));
        }
        let undecided = self.failing.iter().filter(|p| undecided_from.is_some_and(|from| from <= p.due));
        kept.extend(undecided.take(UNDECIDED));
        let mut kept: Vec<Probe> = kept.into_iter().cloned().collect();
        kept.sort_by_key(|p| p.due);
        kept.dedup_by_key(|p| p.due);
        self.failing = kept;
    }
}

/// The first and the last of the probes, which are in order, that were due from one instant to another; none, one or two.
pub(crate) fn first_and_last(probes: &[Probe], from: Timestamp, to: Timestamp) -> impl Iterator<Item = &Probe> {
    let first = probes.partition_point(|p| p.due < from);
    let end = probes.partition_point(|p| p.due < to).max(first);
    let found = &probes[first..end];
    let last = if found.len() > 1 { found.last() } else { None };
    found.first().into_iter().chain(last)
}
