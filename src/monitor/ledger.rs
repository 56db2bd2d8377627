//! Everything that is known of the operations that are watched, in slices of time that can be stored and put together again.
//!
//! Pure: a ledger that was put together from stored slices goes on as if it had never stopped. Writes no file.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, MonitorEvent, Probe, State, later};
use crate::monitor::log::{Log, MANY};
use crate::monitor::tracker::{self, Snapshot, StateStretch, Tracker};
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;

/// How an operation is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Following {
    /// When it counts as down.
    pub rule: DownRule,
    /// How long the word of a probe holds at the most, see [`crate::monitor::tracker::reach`].
    pub reach: Nanos,
}

/// What happened to the watching itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A session began.
    Began {
        /// When.
        at: Timestamp,
        /// What a clock that nobody sets showed then.
        monotonic: Nanos,
    },
    /// A session ended.
    Ended {
        /// When; where it was killed, until when its last probes speak.
        at: Timestamp,
        /// False where it was killed.
        clean: bool,
    },
    /// The clock on the wall was set.
    Jumped {
        /// When, by the clock as it was set.
        at: Timestamp,
        /// By how many nanoseconds; below zero where it was set back.
        by: i64,
    },
}

/// A while in which somebody watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When it began.
    pub began: Timestamp,
    /// When it ended; `None` where it has not, or was killed and none followed.
    pub ended: Option<Timestamp>,
    /// Whether it ended of its own will.
    pub clean: bool,
}

/// The sessions that marks tell of, in order.
#[must_use]
pub fn sessions(marks: &[Mark]) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for mark in marks {
        match *mark {
            Mark::Began { at, .. } => sessions.push(Session { began: at, ended: None, clean: false }),
            Mark::Ended { at, clean } => {
                if let Some(session) = sessions.last_mut() {
                    (session.ended, session.clean) = (Some(at), clean);
                }
            }
            Mark::Jumped { .. } => {}
        }
    }
    sessions
}

/// The time between sessions, of which nothing is known.
#[must_use]
pub fn gaps(sessions: &[Session]) -> Spans {
    sessions.windows(2).filter_map(|pair| Stretch::new(pair[0].ended?, pair[1].began)).collect()
}

/// What is known of one operation after a slice of time.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// What was kept over the slice.
    pub log: Log,
    /// The tracker at its end.
    pub tracker: Snapshot,
}

/// What is known after a slice of time.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    /// By operation.
    pub parts: Vec<Part>,
    /// What happened to the watching itself.
    pub marks: Vec<Mark>,
}

impl Slice {
    /// Adds the slice after this one.
    pub fn append(&mut self, next: Self, following: &[Following]) {
        self.parts.resize_with(self.parts.len().max(next.parts.len()), Part::default);
        for (part, next) in self.parts.iter_mut().zip(next.parts) {
            part.log.append(&next.log);
            part.tracker = next.tracker;
        }
        self.marks.extend(next.marks);
        for (part, how) in self.parts.iter_mut().zip(following) {
            let tracker = Tracker::restore(how.rule, how.reach, part.tracker.clone());
            thin(&mut part.log, &tracker);
        }
    }
}

fn thin(log: &mut Log, tracker: &Tracker) {
    let mut rest = Vec::new();
    if let Some(until) = tracker.speaks_until() {
        tracker.finish(until, &mut rest);
    }
    log.thin(&rest, tracker.undecided_from());
}

#[derive(Clone, Debug)]
struct Followed {
    how: Following,
    tracker: Tracker,
    closed: Log,
    open: Log,
}

/// Everything that is known so far.
#[derive(Clone, Debug)]
pub struct Ledger {
    operations: Vec<Followed>,
    closed: Vec<Mark>,
    open: Vec<Mark>,
}

impl Ledger {
    /// A ledger in which nothing is known of the operations.
    #[must_use]
    pub fn new(following: &[Following]) -> Self {
        let followed = |how: &Following| Followed {
            how: *how,
            tracker: Tracker::new(how.rule, how.reach),
            closed: Log::default(),
            open: Log::default(),
        };
        Self { operations: following.iter().map(followed).collect(), closed: Vec::new(), open: Vec::new() }
    }

    /// Takes in a probe and says what it changes; `inside` where it was due in eligible time. Nothing, where the operation is not one of
    /// the ledger's.
    pub fn push(&mut self, probe: &Probe, inside: bool) -> Vec<MonitorEvent<'static>> {
        let operation = probe.operation;
        let Some(followed) = self.operations.get_mut(operation) else { return Vec::new() };
        followed.open.count(probe, inside);
        let (before, spoke) = (followed.tracker.current(), followed.tracker.speaks_until());
        if !followed.tracker.push(probe, &mut followed.open.stretches) {
            followed.open.late += 1;
            return Vec::new();
        }
        if probe.state == State::Down {
            followed.open.failing.push(probe.clone());
            if followed.open.failing.len() > MANY {
                thin(&mut followed.open, &followed.tracker);
            }
        }
        let gap = spoke.filter(|spoke| *spoke < probe.due);
        match followed.tracker.current() {
            Some(after) => followed.changes(probe, before, after, gap),
            None => gap.map(|from| MonitorEvent::Gap { operation, from, to: probe.due }).into_iter().collect(),
        }
    }

    /// Begins a session and says what there is to write down: the mark of its beginning, and before it the end of one that was killed.
    pub fn begin(&mut self, at: Timestamp, monotonic: Nanos) -> Vec<Mark> {
        let killed = sessions(&self.marks()).pop().filter(|last| last.ended.is_none());
        let end =
            killed.map(|last| Mark::Ended { at: self.speaks_until().max(Some(last.began)).unwrap_or(at).min(at), clean: false });
        let marks: Vec<Mark> = end.into_iter().chain([Mark::Began { at, monotonic }]).collect();
        self.open.extend_from_slice(&marks);
        marks
    }

    /// Takes in what happened to the watching itself.
    pub fn mark(&mut self, mark: Mark) {
        self.open.push(mark);
    }

    /// Everything that happened to the watching itself.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        self.closed.iter().chain(&self.open).copied().collect()
    }

    /// Until when the last probe of any operation speaks.
    #[must_use]
    pub fn speaks_until(&self) -> Option<Timestamp> {
        self.operations.iter().filter_map(|o| o.tracker.speaks_until()).max()
    }

    /// The due instant of the last probe of an operation.
    #[must_use]
    pub fn last_due(&self, operation: usize) -> Option<Timestamp> {
        self.operations.get(operation)?.tracker.last()
    }

    /// The state that an operation is in at an instant as far as is known, with since when; `None` where nothing is known.
    #[must_use]
    pub fn standing(&self, operation: usize, at: Timestamp) -> Option<StateStretch> {
        let followed = self.operations.get(operation)?;
        let mut rest = Vec::new();
        followed.tracker.finish(later(at, Nanos(1)), &mut rest);
        followed.last(&rest, |_| true).filter(|last| last.from <= at && at < last.to)
    }

    /// How the operations are followed.
    #[must_use]
    pub fn following(&self) -> Vec<Following> {
        self.operations.iter().map(|o| o.how).collect()
    }

    /// What became known since the last slice was closed, to be stored.
    #[must_use]
    pub fn slice(&self) -> Slice {
        let part = |followed: &Followed| {
            let mut log = followed.open.clone();
            thin(&mut log, &followed.tracker);
            Part { log, tracker: followed.tracker.snapshot().clone() }
        };
        Slice { parts: self.operations.iter().map(part).collect(), marks: self.open.clone() }
    }

    /// Closes a slice: the one that [`Ledger::slice`] gave, or the next one of those that were stored.
    pub fn close(&mut self, slice: Slice) {
        for (followed, part) in self.operations.iter_mut().zip(slice.parts) {
            followed.closed.append(&part.log);
            followed.open = Log::default();
            followed.tracker = Tracker::restore(followed.how.rule, followed.how.reach, part.tracker);
        }
        self.closed.extend(slice.marks);
        self.open.clear();
    }

    /// What is known of the states of an operation until an instant, as [`Ledger::logs`] tells them; none where it is not one of the
    /// ledger's.
    #[must_use]
    pub fn stretches(&self, operation: usize, until: Timestamp) -> Vec<StateStretch> {
        let Some(followed) = self.operations.get(operation) else { return Vec::new() };
        let mut all = followed.closed.stretches.clone();
        followed.open.stretches.iter().for_each(|stretch| tracker::append(&mut all, *stretch));
        followed.tracker.finish(until, &mut all);
        all
    }

    /// What is known of each operation until an instant; what is not final as it would be if nothing followed.
    #[must_use]
    pub fn logs(&self, until: Timestamp) -> Vec<Log> {
        let log = |followed: &Followed| {
            let mut log = followed.closed.clone();
            log.append(&followed.open);
            followed.tracker.finish(until, &mut log.stretches);
            log
        };
        self.operations.iter().map(log).collect()
    }
}

impl Followed {
    /// The last of all stretches that is meant, with the ones that it continues; `rest` is what is not final.
    fn last(&self, rest: &[StateStretch], meant: impl Fn(&StateStretch) -> bool) -> Option<StateStretch> {
        let all = rest.iter().rev().chain(self.open.stretches.iter().rev()).chain(self.closed.stretches.iter().rev());
        let mut all = all.skip_while(|s| !meant(s));
        let mut last = *all.next()?;
        for before in all {
            if before.state != last.state || before.to != last.from {
                break;
            }
            last.from = before.from;
            last.failed += before.failed;
        }
        Some(last)
    }

    /// What a probe that was taken in changes: the operation was in one state, with nothing known since `gap`, and is in another.
    fn changes(&self, probe: &Probe, before: Option<State>, after: State, gap: Option<Timestamp>) -> Vec<MonitorEvent<'static>> {
        let (operation, at) = (probe.operation, probe.due);
        let is_down = |s: &StateStretch| s.state == State::Down;
        let mut events = Vec::new();
        if before == Some(State::Down)
            && (after != State::Down || gap.is_some())
            && let Some(StateStretch { from, to, failed, .. }) = self.last(&[], is_down)
        {
            events.push(MonitorEvent::IncidentEnded { operation, from, to, failed });
        }
        events.extend(gap.map(|from| MonitorEvent::Gap { operation, from, to: at }));
        let before = before.filter(|_| gap.is_none());
        if before == Some(after) {
            return events;
        }
        events.push(MonitorEvent::Changed { operation, at, before, after });
        if after == State::Down {
            let mut rest = Vec::new();
            // A minute that is not over says nothing yet.
            if !matches!(self.how.rule, DownRule::BadMinutes { .. }) {
                self.tracker.finish(later(at, Nanos(1)), &mut rest);
            }
            let from = self.last(&rest, is_down).map_or(at, |s| s.from);
            events.push(MonitorEvent::IncidentBegan { operation, from });
        }
        events
    }
}
