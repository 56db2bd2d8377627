//! What a ledger tells and keeps, and that slices of it put together are the whole.
//!
//! Never stores anything.

use crate::base::units::{Nanos, Share};
use crate::model::availability::{DownRule, MonitorEvent, Probe, State, Why};
use crate::monitor::ledger::{Following, Ledger, Mark, Slice, gaps, sessions};
use crate::monitor::log::{Log, OUTAGES};
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
    let expected: Spans =
        [Spans::of(at(150), at(1_000)), Spans::of(at(1_100), at(1_300))].iter().flat_map(|s| s.stretches().to_vec()).collect();
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
        let mut stored = Slice::default();
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
        for (operation, log) in whole.logs(until).iter().enumerate() {
            prop_assert_eq!(&cut.stretches(operation, until), &log.stretches);
        }
        // One that starts from what was stored, slice by slice or all at once, knows the same.
        let slice = cut.slice();
        stored.append(slice.clone(), &cut.following());
        let mut resumed = ledger(rule);
        if days { resumed.close(stored) } else { cut.close(slice); resumed = cut; }
        prop_assert_eq!(shown(&resumed.logs(until)), shown(&whole.logs(until)));
    }
}

#[test]
fn an_outage_keeps_its_last_probe_where_the_minute_after_it_turns_out_well() {
    let mut cut = ledger(DownRule::BadMinutes { share: Share(5_000) });
    for (due, state) in [(4, State::Down), (9, State::Up), (12, State::Up), (22, State::Down), (60, State::Down)] {
        cut.push(&probe(0, due, state), true);
    }
    let slice = cut.slice();
    cut.close(slice);
    for due in [61, 62] {
        cut.push(&probe(0, due, State::Up), true);
    }
    let mut log = cut.logs(at(100)).swap_remove(0);
    assert_eq!(log.stretches.iter().map(|s| s.state).collect::<Vec<_>>(), [State::Down, State::Degraded]);
    log.thin(&[], None);
    assert_eq!(log.failing.iter().map(|p| p.due.as_second()).collect::<Vec<_>>(), [4, 22]);
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
    assert_eq!(log.failing.len(), 2 * OUTAGES);
    assert_eq!(log.failing.last().map(|p| p.due.as_second() / 60), Some(8_999));
    assert_eq!(log.whys["server_error"], 995 * 3 + 4_000);
}
