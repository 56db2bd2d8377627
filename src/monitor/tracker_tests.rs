//! From probes to stretches of states: each rule by example, and all of them against what they say instant by instant.
//!
//! Never asks the tracker what it should have said.

use crate::base::units::{Nanos, Share};
use crate::model::availability::{DownRule, Probe, State, later};
use crate::monitor::tracker::{StateStretch, Tracker, append, reach};
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const SECOND: u64 = 1_000_000_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a second")
}

fn probe(due: i64, state: State, took: u64) -> Probe {
    let (due, took) = (at(due), Nanos(took * SECOND));
    Probe { operation: 0, due, sent: due, took, state, why: None, status: None, detail: String::new() }
}

/// `12u` is a probe due at second 12 that is up, `d` degraded, `f` failed; `12f7` took seven seconds.
fn probes(text: &str) -> Vec<Probe> {
    let one = |word: &str| {
        let letter = word.find(char::is_alphabetic).expect("a letter");
        let state = match &word[letter..=letter] {
            "u" => State::Up,
            "d" => State::Degraded,
            _ => State::Down,
        };
        probe(word[..letter].parse().expect("seconds"), state, word[letter + 1..].parse().unwrap_or(0))
    };
    text.split_whitespace().map(one).collect()
}

fn all(rule: DownRule, reach: u64, probes: &[Probe], until: i64) -> Vec<StateStretch> {
    let mut tracker = Tracker::new(rule, Nanos(reach * SECOND));
    let mut out = Vec::new();
    probes.iter().for_each(|p| assert!(tracker.push(p, &mut out), "{p:?}"));
    tracker.finish(at(until), &mut out);
    out
}

/// `0-60 up, 60-90 down 2`: seconds, states and failed probes.
fn shown(stretches: &[StateStretch]) -> String {
    let one = |s: &StateStretch| {
        let failed = if s.failed > 0 { format!(" {}", s.failed) } else { String::new() };
        format!("{}-{} {}{failed}", s.from.as_second(), s.to.as_second(), s.state.word())
    };
    stretches.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn seen(rule: DownRule, text: &str, until: i64) -> String {
    shown(&all(rule, 130, &probes(text), until))
}

const FIVE: DownRule = DownRule::EBA;
const HALF: DownRule = DownRule::BadMinutes { share: Share(5_000) };

#[test]
fn a_failed_probe_is_down_until_one_that_did_not_fail() {
    let any = DownRule::AnyFailed;
    assert_eq!(seen(any, "0u 60u 120f 180f 240u", 300), "0-120 up, 120-240 down 2, 240-300 up");
    assert_eq!(seen(any, "0u 60f 120d 180u", 200), "0-60 up, 60-120 down 1, 120-180 degraded, 180-200 up");
    assert_eq!(seen(any, "0f", 60), "0-60 down 1");
}

#[test]
fn beyond_its_reach_a_probe_says_nothing() {
    let any = DownRule::AnyFailed;
    assert_eq!(reach(Nanos(60), Nanos(3), Nanos(7)), Nanos(130));
    assert_eq!(seen(any, "0u 130u 261u", 1_000), "0-260 up, 261-391 up");
    assert_eq!(seen(any, "0f 500f 560u", 570), "0-130 down 1, 500-560 down 1, 560-570 up");
    assert_eq!(seen(FIVE, "0f 500f", 1_000), "0-130 degraded 1, 500-630 degraded 1");
}

#[test]
fn five_in_a_row_within_thirty_seconds_are_down_from_the_first() {
    // The fifth ends at 25 + 5 = 30 s: within. One second more, and the first begins no outage, but the second does.
    assert_eq!(seen(FIVE, "0f 5f 10f 15f 25f5 60f 120u", 130), "0-120 down 6, 120-130 up");
    assert_eq!(seen(FIVE, "0f 5f 10f 15f 25f6 30f 60u", 70), "0-5 degraded 1, 5-60 down 5, 60-70 up");
    // Lateness of the end counts, not of the next due instant.
    assert_eq!(seen(FIVE, "0f 5f 10f 15f 30f1 60u", 70), "0-60 degraded 5, 60-70 up");
    // A good one in between begins the count again.
    assert_eq!(seen(FIVE, "0f 5f 10f 12u 15f 20f 25f 30u", 40), "0-12 degraded 3, 12-15 up, 15-30 degraded 3, 30-40 up");
    // Once down, only an answer ends it: neither slow failures nor a while without probes.
    assert_eq!(seen(FIVE, "0f 1f 2f 3f 4f 60f 1000f 1060d", 1_070), "0-190 down 6, 1000-1060 down 1, 1060-1070 degraded");
    // Undecided when the run ends.
    assert_eq!(seen(FIVE, "0u 5f 6f 7f 8f", 20), "0-5 up, 5-20 degraded 4");
    let one = DownRule::Consecutive { failures: 1, within: Nanos(2 * SECOND) };
    assert_eq!(seen(one, "0f3 60f2 120f9 180u", 190), "0-60 degraded 1, 60-180 down 2, 180-190 up");
    let none = DownRule::Consecutive { failures: 0, within: Nanos(2 * SECOND) };
    assert_eq!(seen(none, "0f2 60u", 61), "0-60 down 1, 60-61 up");
}

#[test]
fn a_minute_is_down_where_the_share_failed() {
    // 1 of 2 is the share of 50%; 1 of 3 is below it; no probe, no data.
    assert_eq!(
        seen(HALF, "0u 30f 60u 80f 100u 125u 130u 240d 300f 359f 360u", 365),
        "0-60 down 1, 60-120 degraded 1, 120-180 up, 240-300 degraded, 300-360 down 2, 360-365 up"
    );
    let zero = DownRule::BadMinutes { share: Share(0) };
    assert_eq!(seen(zero, "0u 60u 61f", 130), "0-60 up, 60-120 down 1");
    assert_eq!(seen(HALF, "-1u 0f", 30), "-60-0 up, 0-30 down 1");
}

#[test]
fn each_instant_is_judged_once() {
    let mut tracker = Tracker::new(DownRule::AnyFailed, Nanos(130 * SECOND));
    let mut out = Vec::new();
    for (text, taken) in [("60u", true), ("60f", false), ("0f", false), ("120f", true)] {
        assert_eq!(tracker.push(&probes(text)[0], &mut out), taken, "{text}");
    }
    tracker.finish(at(130), &mut out);
    assert_eq!(shown(&out), "60-120 up, 120-130 down 1");
    assert_eq!(tracker.current(), Some(State::Down));
    assert_eq!((tracker.last(), tracker.speaks_until()), (Some(at(120)), Some(at(250))));
}

fn rules() -> impl Strategy<Value = DownRule> {
    prop_oneof![
        Just(DownRule::AnyFailed),
        (0u32..7, 0u64..90).prop_map(|(failures, within)| DownRule::Consecutive { failures, within: Nanos(within * SECOND) }),
        (0u32..=10_000).prop_map(|share| DownRule::BadMinutes { share: Share(share) }),
    ]
}

/// Due instants that come at all distances, and states of which many are failures.
fn watched() -> impl Strategy<Value = Vec<Probe>> {
    let state = prop_oneof![Just(State::Up), Just(State::Degraded), Just(State::Down), Just(State::Down)];
    vec((prop_oneof![1i64..12, 30i64..90, 100i64..300], state, 0u64..20), 0..60).prop_map(|steps| {
        let mut due = 0;
        let next = |(step, state, took)| {
            due += step;
            probe(due, state, took)
        };
        steps.into_iter().map(next).collect()
    })
}

/// What the rules say, instant by instant, without any of the tracker's bookkeeping.
fn plainly(rule: DownRule, reach: i64, probes: &[Probe], until: i64) -> BTreeMap<i64, State> {
    let due = |i: usize| probes[i].due.as_second();
    let failed = |i: usize| probes[i].state == State::Down;
    let mut states = BTreeMap::new();
    if let DownRule::BadMinutes { share } = rule {
        for (i, _) in probes.iter().enumerate() {
            let minute = due(i).div_euclid(60);
            let with: Vec<usize> = (0..probes.len()).filter(|j| due(*j).div_euclid(60) == minute).collect();
            let bad = with.iter().filter(|j| failed(**j)).count() as u64;
            let state = match () {
                () if bad > 0 && bad * 10_000 >= u64::from(share.0) * with.len() as u64 => State::Down,
                () if with.iter().any(|j| probes[*j].state != State::Up) => State::Degraded,
                () => State::Up,
            };
            (minute * 60..(minute * 60 + 60).min(until)).for_each(|s| _ = states.insert(s, state));
        }
        return states;
    }
    let fulfilled_by = |first: usize| match rule {
        DownRule::Consecutive { failures, within } => {
            let last = first + (failures.max(1) as usize) - 1;
            last < probes.len() && (first..=last).all(failed) && probes[last].ended() <= later(probes[first].due, within)
        }
        _ => failed(first),
    };
    for i in 0..probes.len() {
        let run_from = (0..=i).rev().take_while(|j| failed(*j)).last();
        let down = run_from.is_some_and(|from| (from..=i).any(fulfilled_by));
        let state = match probes[i].state {
            State::Down if !down => State::Degraded,
            state => state,
        };
        let next = if i + 1 < probes.len() { due(i + 1) } else { until };
        (due(i)..next.min(due(i) + reach).min(until)).for_each(|s| _ = states.insert(s, state));
    }
    states
}

proptest! {
    #[test]
    fn stretches_are_what_the_rules_say(rule in rules(), probes in watched(), reach in 1i64..200, more in 0i64..300) {
        let until = probes.last().map_or(0, |p| p.due.as_second()) + more;
        let stretches = all(rule, reach.unsigned_abs(), &probes, until);
        let mut found = BTreeMap::new();
        for s in &stretches {
            for second in s.from.as_second()..s.to.as_second() {
                prop_assert_eq!(found.insert(second, s.state), None, "an instant in two stretches");
            }
        }
        prop_assert_eq!(found, plainly(rule, reach, &probes, until));
        prop_assert!(stretches.windows(2).all(|w| w[0].to < w[1].from || w[0].state != w[1].state), "not merged");
    }

    #[test]
    fn failed_probes_are_counted_where_they_were_due(rule in rules(), probes in watched()) {
        let until = probes.last().map_or(0, |p| p.due.as_second()) + 1;
        for s in all(rule, 500, &probes, until) {
            let due = probes.iter().filter(|p| p.state == State::Down && s.from <= p.due && p.due < s.to).count();
            prop_assert_eq!(s.failed, due as u64);
        }
    }

    #[test]
    fn a_tracker_that_was_restored_goes_on_as_if_nothing_had_happened(
        rule in rules(), probes in watched(), cuts in vec(0usize..60, 0..4), more in 0i64..300,
    ) {
        let until = probes.last().map_or(0, |p| p.due.as_second()) + more;
        let reach = Nanos(130 * SECOND);
        let mut tracker = Tracker::new(rule, reach);
        let mut out = Vec::new();
        for (i, probe) in probes.iter().enumerate() {
            if cuts.contains(&i) {
                tracker = Tracker::restore(rule, reach, tracker.snapshot().clone());
            }
            tracker.push(probe, &mut out);
        }
        tracker.finish(at(until), &mut out);
        prop_assert_eq!(out, all(rule, 130, &probes, until));
    }

    #[test]
    fn what_is_final_stays_as_it_is(rule in rules(), probes in watched(), cut in 0usize..60) {
        let cut = cut.min(probes.len());
        let mut tracker = Tracker::new(rule, Nanos(130 * SECOND));
        let mut early = Vec::new();
        probes[..cut].iter().for_each(|p| _ = tracker.push(p, &mut early));
        let mut late = early.clone();
        probes[cut..].iter().for_each(|p| _ = tracker.push(p, &mut late));
        let spans = |of: &[StateStretch], state| -> Spans {
            of.iter().filter(|s| s.state == state).filter_map(|s| Stretch::new(s.from, s.to)).collect()
        };
        for state in State::ALL {
            prop_assert!(spans(&early, state).difference(&spans(&late, state)).is_empty());
        }
    }

    #[test]
    fn stretches_in_parts_add_up_to_the_whole(probes in watched(), cut in 0usize..60) {
        let whole = all(DownRule::AnyFailed, 130, &probes, 5_000);
        let cut = cut.min(whole.len());
        let mut joined = whole[..cut].to_vec();
        whole[cut..].iter().for_each(|s| append(&mut joined, *s));
        prop_assert_eq!(joined, whole);
    }
}
