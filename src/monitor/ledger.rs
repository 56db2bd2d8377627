//! Everything that is known of the operations that are watched, in slices of time that can be stored and put together again.
//!
//! Pure: a ledger that was put together from stored slices goes on as if it had never stopped. Writes no file.

use crate::base::units::Nanos;
use crate::model::availability::{DownRule, MonitorEvent, Probe, State, later};
use crate::monitor::log::{Log, MANY};
use crate::monitor::tracker::{Snapshot, StateStretch, Tracker};
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

#[cfg(test)]
mod tests {
    use super::{Following, Ledger, Mark, gaps, sessions};
    use crate::base::units::{Nanos, Share};
    use crate::model::availability::{DownRule, MonitorEvent, Probe, State, Why};
    use crate::monitor::log::Log;
    use crate::window::spans::Spans;
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    fn probe(operation: usize, due: i64, state: State) -> Probe {
        Probe {
            operation,
            due: at(due),
            sent: at(due),
            took: Nanos(20_000_000 + due.unsigned_abs()),
            state,
            why: (state == State::Down).then_some(Why::ServerError),
            status: Some(if state == State::Down { 503 } else { 200 }),
            detail: format!("{operation} at {due}"),
        }
    }

    fn ledger(rule: DownRule) -> Ledger {
        Ledger::new(&[Following { rule, reach: Nanos(130 * SECOND) }; 2])
    }

    fn told(ledger: &mut Ledger, due: i64, state: State) -> Vec<String> {
        let probe = probe(1, due, state);
        let word = |event: &MonitorEvent<'_>| match event {
            MonitorEvent::Changed { at, before, after, .. } => {
                format!("{} to {} at {}", before.map_or("none", State::word), after.word(), at.as_second())
            }
            MonitorEvent::IncidentBegan { operation, from } => format!("{operation} down from {}", from.as_second()),
            MonitorEvent::IncidentEnded { from, to, failed, .. } => {
                format!("down from {} to {} with {failed}", from.as_second(), to.as_second())
            }
            MonitorEvent::Gap { from, to, .. } => format!("nothing from {} to {}", from.as_second(), to.as_second()),
            other => format!("{other:?}"),
        };
        ledger.push(&probe, true).iter().map(word).collect()
    }

    #[test]
    fn what_a_probe_changes_is_told() {
        let mut ledger = ledger(DownRule::AnyFailed);
        assert_eq!(told(&mut ledger, 0, State::Up), ["none to up at 0"]);
        assert_eq!(told(&mut ledger, 60, State::Up), [""; 0]);
        assert_eq!(told(&mut ledger, 120, State::Down), ["up to down at 120", "1 down from 120"]);
        let slice = ledger.slice();
        ledger.close(slice);
        assert_eq!(told(&mut ledger, 180, State::Down), [""; 0]);
        assert_eq!(told(&mut ledger, 240, State::Degraded), ["down from 120 to 240 with 2", "down to degraded at 240"]);
        assert_eq!(told(&mut ledger, 300, State::Down), ["degraded to down at 300", "1 down from 300"]);
        assert_eq!(
            told(&mut ledger, 600, State::Down),
            ["down from 300 to 430 with 1", "nothing from 430 to 600", "none to down at 600", "1 down from 600"]
        );
        assert_eq!(told(&mut ledger, 600, State::Up), [""; 0], "due no later than the last");
        let standing = ledger.standing(1, at(640)).expect("it is known");
        assert_eq!((standing.state, standing.from, standing.to), (State::Down, at(600), later(640)));
        assert_eq!((ledger.standing(1, at(731)), ledger.standing(0, at(60)), ledger.standing(2, at(60))), (None, None, None));
        assert_eq!(ledger.push(&probe(2, 0, State::Up), true), [], "no such operation");
    }

    fn later(second: i64) -> Timestamp {
        crate::model::availability::later(at(second), Nanos(1))
    }

    #[test]
    fn an_outage_is_told_from_its_first_failure_once_the_rule_is_fulfilled() {
        let mut ledger = ledger(DownRule::Consecutive { failures: 3, within: Nanos(30 * SECOND) });
        told(&mut ledger, 0, State::Up);
        assert_eq!(told(&mut ledger, 60, State::Down), ["up to degraded at 60"]);
        assert_eq!(told(&mut ledger, 65, State::Down), [""; 0]);
        assert_eq!(told(&mut ledger, 70, State::Down), ["degraded to down at 70", "1 down from 60"]);
        assert_eq!(ledger.standing(1, at(71)).map(|s| (s.from, s.failed)), Some((at(60), 3)));
        assert_eq!(told(&mut ledger, 75, State::Up), ["down from 60 to 75 with 3", "down to up at 75"]);
    }

    #[test]
    fn a_minute_is_told_when_it_is_over() {
        let mut ledger = ledger(DownRule::BadMinutes { share: Share(5_000) });
        assert_eq!(told(&mut ledger, 0, State::Down), [""; 0]);
        assert_eq!(told(&mut ledger, 30, State::Down), [""; 0]);
        assert_eq!(told(&mut ledger, 60, State::Up), ["none to down at 60", "1 down from 0"]);
        assert_eq!(told(&mut ledger, 120, State::Up), ["down from 0 to 60 with 2", "down to up at 120"]);
    }

    #[test]
    fn a_session_that_was_killed_lasted_as_long_as_its_last_probe_speaks() {
        let mut ledger = ledger(DownRule::AnyFailed);
        assert_eq!(ledger.begin(at(0), Nanos(5)), [Mark::Began { at: at(0), monotonic: Nanos(5) }]);
        ledger.push(&probe(0, 10, State::Up), true);
        ledger.push(&probe(1, 20, State::Up), true);
        let killed = ledger.begin(at(1_000), Nanos(0));
        assert_eq!(killed[0], Mark::Ended { at: at(150), clean: false });
        ledger.mark(Mark::Jumped { at: at(1_010), by: -7 });
        ledger.mark(Mark::Ended { at: at(1_100), clean: true });
        let slice = ledger.slice();
        ledger.close(slice);
        assert_eq!(ledger.begin(at(1_200), Nanos(0)).len(), 1);
        // Nobody probed in this one.
        assert_eq!(ledger.begin(at(1_300), Nanos(0))[0], Mark::Ended { at: at(1_200), clean: false });
        let all = sessions(&ledger.marks());
        let ends: Vec<_> = all.iter().map(|s| (s.began.as_second(), s.ended.map(Timestamp::as_second), s.clean)).collect();
        assert_eq!(ends, [(0, Some(150), false), (1_000, Some(1_100), true), (1_200, Some(1_200), false), (1_300, None, false)]);
        let expected: Spans = [Spans::of(at(150), at(1_000)), Spans::of(at(1_100), at(1_300))]
            .iter()
            .flat_map(|s| s.stretches().to_vec())
            .collect();
        assert_eq!(gaps(&all), expected);
    }

    /// Everything that a log holds, but for probes between the first and last of an outage.
    fn shown(logs: &[Log]) -> String {
        let one = |log: &Log| {
            let mut log = log.clone();
            log.thin(&[], None);
            let times = [&log.inside, &log.outside].map(|h| h.buckets().collect::<Vec<_>>());
            format!("{:?} {:?} {times:?} {:?} {:?} {}", log.stretches, log.minutes, log.whys, log.failing, log.late)
        };
        logs.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #[test]
        fn slices_put_together_are_the_whole(
            steps in vec((prop_oneof![Just(0i64), 1i64..12, 30i64..90, 100i64..300], 0u8..4, 0usize..2), 1..80),
            cuts in vec(0usize..80, 0..5),
            rule in prop_oneof![
                Just(DownRule::AnyFailed),
                Just(DownRule::EBA),
                Just(DownRule::BadMinutes { share: Share(5_000) }),
            ],
            days in any::<bool>(),
        ) {
            let mut due = 0;
            let (mut whole, mut cut) = (ledger(rule), ledger(rule));
            let mut stored = super::Slice::default();
            for (number, (step, state, operation)) in steps.into_iter().enumerate() {
                due += step;
                let state = [State::Up, State::Degraded, State::Down, State::Down][usize::from(state)];
                let probe = probe(operation, due, state);
                if cuts.contains(&number) {
                    let slice = cut.slice();
                    stored.append(slice.clone(), &cut.following());
                    cut.close(slice);
                }
                let inside = number % 3 > 0;
                prop_assert_eq!(whole.push(&probe, inside), cut.push(&probe, inside));
            }
            let until = at(due + 40);
            prop_assert_eq!(shown(&cut.logs(until)), shown(&whole.logs(until)));
            // One that starts from what was stored, slice by slice or all at once, knows the same.
            let slice = cut.slice();
            stored.append(slice.clone(), &cut.following());
            let mut resumed = ledger(rule);
            if days { resumed.close(stored) } else { cut.close(slice); resumed = cut; }
            prop_assert_eq!(shown(&resumed.logs(until)), shown(&whole.logs(until)));
        }
    }

    #[test]
    fn of_an_outage_the_first_and_last_probe_are_kept() {
        let mut ledger = ledger(DownRule::AnyFailed);
        for minute in 0..3_000 {
            let state = if minute % 1_000 < 5 { State::Up } else { State::Down };
            ledger.push(&probe(0, minute * 60, state), true);
        }
        let slice = ledger.slice();
        let kept: Vec<i64> = slice.parts[0].log.failing.iter().map(|p| p.due.as_second() / 60).collect();
        assert_eq!(kept, [5, 999, 1_005, 1_999, 2_005, 2_999]);
        // An API that comes and goes all the time leaves no more than so much.
        for minute in 3_000..9_000 {
            ledger.push(&probe(0, minute * 60, if minute % 3 > 0 { State::Down } else { State::Up }), true);
        }
        let log = &ledger.slice().parts[0].log;
        assert_eq!(log.failing.len(), 2 * super::super::log::OUTAGES);
        assert_eq!(log.failing.last().map(|p| p.due.as_second() / 60), Some(8_999));
        assert_eq!(log.whys["server_error"], 995 * 3 + 4_000);
    }
}
