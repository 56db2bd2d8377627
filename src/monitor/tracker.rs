//! From the probes of one operation to the stretches in which it was up, degraded or down.
//!
//! Pure: fed in order of due instants, and resumed from a snapshot as if it had never stopped. What nobody looked at has no state,
//! and is never made up.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, Probe, State, later};
use crate::monitor::minutes::{Counts, minute_of, start_of};
use jiff::Timestamp;

/// A stretch of time in one state: from an instant, that one included, to another, that one excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateStretch {
    /// The first instant in it.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The state.
    pub state: State,
    /// The failed probes that were due in it.
    pub failed: u64,
}

/// Adds a stretch behind others; where it continues the last one they become one.
pub fn append(stretches: &mut Vec<StateStretch>, next: StateStretch) {
    match stretches.last_mut() {
        _ if next.from >= next.to => {}
        Some(last) if last.to == next.from && last.state == next.state => {
            last.to = next.to;
            last.failed += next.failed;
        }
        _ => stretches.push(next),
    }
}

/// How long the word of a probe holds at the most where the next one is late: one probe may be lost, and the next be as late as
/// jitter and timeout allow.
#[must_use]
pub fn reach(interval: Nanos, jitter: Nanos, timeout: Nanos) -> Nanos {
    Nanos(interval.0.saturating_mul(2).saturating_add(jitter.0).saturating_add(timeout.0))
}

/// What the last probe says until the next one is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// When it was due.
    pub due: Timestamp,
    /// What it says.
    pub state: State,
    /// Whether it failed.
    pub failed: bool,
}

/// A failed probe of which it is not known yet whether it begins an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it was due.
    pub due: Timestamp,
    /// How long it took.
    pub took: Nanos,
}

/// The clock minute that is not over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenMinute {
    /// Its number, see [`minute_of`].
    pub minute: i64,
    /// The probes that were due in it.
    pub counts: Counts,
}

/// Everything a [`Tracker`] knows, as plain data to be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The due instant of the last probe.
    pub last: Option<Timestamp>,
    /// What the last probe says, where that is decided.
    pub word: Option<Word>,
    /// The last failed probes, where it is not: fewer than the rule asks for.
    pub undecided: Vec<Failure>,
    /// Whether the rule is fulfilled and nothing but failures followed.
    pub down: bool,
    /// The clock minute that is not over, of a rule that looks at minutes.
    pub minute: Option<OpenMinute>,
    /// What the last minute that is over was.
    pub before: Option<State>,
}

/// Follows one operation.
#[derive(Clone, Debug)]
pub struct Tracker {
    rule: DownRule,
    reach: Nanos,
    known: Snapshot,
}

impl Tracker {
    /// Follows an operation of which nothing is known; `reach` as of [`reach`].
    #[must_use]
    pub fn new(rule: DownRule, reach: Nanos) -> Self {
        Self::restore(rule, reach, Snapshot::default())
    }

    /// Goes on where another one stopped.
    #[must_use]
    pub fn restore(rule: DownRule, reach: Nanos, known: Snapshot) -> Self {
        Self { rule, reach, known }
    }

    /// Everything it knows.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.known
    }

    /// The due instant of the last probe.
    #[must_use]
    pub fn last(&self) -> Option<Timestamp> {
        self.known.last
    }

    /// Until when the last probe speaks where no other follows.
    #[must_use]
    pub fn speaks_until(&self) -> Option<Timestamp> {
        self.known.last.map(|last| later(last, self.reach))
    }

    /// What the operation is as far as decided: what the last probe says, or what the last minute was that is over.
    #[must_use]
    pub fn current(&self) -> Option<State> {
        match self.rule {
            DownRule::BadMinutes { .. } => self.known.before,
            _ => self.known.word.map(|w| w.state).or_else(|| self.known.undecided.last().map(|_| State::Degraded)),
        }
    }

    /// From when on failed probes are undecided, where there are any.
    #[must_use]
    pub fn undecided_from(&self) -> Option<Timestamp> {
        let minute = self.known.minute.map(|m| start_of(m.minute));
        self.known.undecided.first().map(|f| f.due).or(minute)
    }

    /// Takes in a probe and adds to `out` what has become final.
    ///
    /// False, and nothing changes, where it was not due after the last one: the clock was set back, and each instant is judged once.
    pub fn push(&mut self, probe: &Probe, out: &mut Vec<StateStretch>) -> bool {
        if self.known.last.is_some_and(|last| probe.due <= last) {
            return false;
        }
        match self.rule {
            DownRule::AnyFailed => self.consecutive(probe, 1, Nanos(u64::MAX), out),
            DownRule::Consecutive { failures, within } => self.consecutive(probe, failures, within, out),
            DownRule::BadMinutes { .. } => self.tally(probe, out),
        }
        self.known.last = Some(probe.due);
        true
    }

    /// What is not final, as it would be if nothing followed until `until`: the word of the last probe, failed ones that do not fulfil
    /// the rule as degraded, the minute that is not over as it stands.
    pub fn finish(&self, until: Timestamp, out: &mut Vec<StateStretch>) {
        let mut rest = self.clone();
        let mut last = Vec::new();
        rest.speak(until, &mut last);
        rest.give_up(until, &mut last);
        if let Some(minute) = rest.known.minute {
            last.push(self.stretch_of(minute));
        }
        for stretch in last {
            append(out, StateStretch { to: stretch.to.min(until), ..stretch });
        }
    }

    fn consecutive(&mut self, probe: &Probe, failures: u32, within: Nanos, out: &mut Vec<StateStretch>) {
        self.speak(probe.due, out);
        if probe.state != State::Down {
            self.give_up(probe.due, out);
            self.known.down = false;
            self.known.word = Some(Word { due: probe.due, state: probe.state, failed: false });
            return;
        }
        if self.known.down {
            self.known.word = Some(Word { due: probe.due, state: State::Down, failed: true });
            return;
        }
        self.known.undecided.push(Failure { due: probe.due, took: probe.took });
        let enough = usize::try_from(failures).unwrap_or(usize::MAX).max(1);
        if self.known.undecided.len() < enough {
            return;
        }
        self.known.down = probe.ended() <= later(self.known.undecided[0].due, within);
        if self.known.down {
            let run = std::mem::take(&mut self.known.undecided);
            self.decide(&run[..run.len() - 1], State::Down, probe.due, out);
            self.known.word = Some(Word { due: probe.due, state: State::Down, failed: true });
            return;
        }
        // The first of them can begin no outage any more.
        let first = self.known.undecided.remove(0);
        match self.known.undecided.first().map(|f| f.due) {
            Some(next) => self.decide(&[first], State::Degraded, next, out),
            None => self.known.word = Some(Word { due: first.due, state: State::Degraded, failed: true }),
        }
    }

    /// Failed probes are in a state, each until the next one or `next`.
    fn decide(&self, failures: &[Failure], state: State, next: Timestamp, out: &mut Vec<StateStretch>) {
        for (at, failure) in failures.iter().enumerate() {
            let next = failures.get(at + 1).map_or(next, |f| f.due);
            append(out, self.said(Word { due: failure.due, state, failed: true }, next));
        }
    }

    /// The undecided probes begin no outage.
    fn give_up(&mut self, next: Timestamp, out: &mut Vec<StateStretch>) {
        let undecided = std::mem::take(&mut self.known.undecided);
        self.decide(&undecided, State::Degraded, next, out);
    }

    /// The word of the last probe ends.
    fn speak(&mut self, next: Timestamp, out: &mut Vec<StateStretch>) {
        if let Some(word) = self.known.word.take() {
            append(out, self.said(word, next));
        }
    }

    fn said(&self, word: Word, next: Timestamp) -> StateStretch {
        let to = next.min(later(word.due, self.reach));
        StateStretch { from: word.due, to, state: word.state, failed: u64::from(word.failed) }
    }

    fn tally(&mut self, probe: &Probe, out: &mut Vec<StateStretch>) {
        let minute = minute_of(probe.due);
        match self.known.minute.as_mut().filter(|open| open.minute == minute) {
            Some(open) => open.counts.count(probe.state),
            None => {
                if let Some(over) = self.known.minute.take() {
                    let stretch = self.stretch_of(over);
                    self.known.before = Some(stretch.state);
                    append(out, stretch);
                }
                let mut counts = Counts::default();
                counts.count(probe.state);
                self.known.minute = Some(OpenMinute { minute, counts });
            }
        }
    }

    fn stretch_of(&self, open: OpenMinute) -> StateStretch {
        let Counts { up, degraded, down } = open.counts;
        let share = match self.rule {
            DownRule::BadMinutes { share } => u64::from(share.0),
            _ => 0,
        };
        let is_down = down > 0 && u64::from(down) * 10_000 >= share * (u64::from(up) + u64::from(degraded) + u64::from(down));
        let state = match () {
            () if is_down => State::Down,
            () if down > 0 || degraded > 0 => State::Degraded,
            () => State::Up,
        };
        StateStretch { from: start_of(open.minute), to: start_of(open.minute + 1), state, failed: u64::from(down) }
    }
}
