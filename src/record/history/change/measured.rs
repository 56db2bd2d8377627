//! How often the test is wrong and how much it sees, measured on series that are made from fixed seeds.
//!
//! What docs/history.md says of it is what is counted here. Never looks at real runs.

use super::{Change, FEWEST, LEVEL, changes, median};
use crate::base::seed::{Rng, Seed};
use std::fmt::Write as _;

fn uniform(rng: &mut Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Box and Muller's way from two uniform numbers to a normal one.
fn normal(rng: &mut Rng) -> f64 {
    (-2.0 * uniform(rng).ln()).sqrt() * (std::f64::consts::TAU * uniform(rng)).cos()
}

/// A series without any change, of one kind of noise.
type Noise = fn(usize, &mut Rng) -> Vec<f64>;

const EXCHANGEABLE: [(&str, Noise); 4] = [
    ("normal", |n, rng| (0..n).map(|_| 100.0 + 5.0 * normal(rng)).collect()),
    ("log-normal, a long tail", |n, rng| (0..n).map(|_| 100.0 * (0.6 * normal(rng)).exp()).collect()),
    ("one run in ten is ten times as slow", |n, rng| {
        (0..n).map(|_| (100.0 + 5.0 * normal(rng)) * if uniform(rng) < 0.1 { 10.0 } else { 1.0 }).collect()
    }),
    ("counts, mostly nought", |n, rng| (0..n).map(|_| if uniform(rng) < 0.2 { 1.0 } else { 0.0 }).collect()),
];

const DRIFTING: (&str, Noise) = ("each run takes half of its deviation from the one before", |n, rng| {
    let mut carried = 0.0;
    let mut next = |rng: &mut Rng| {
        carried = 0.5 * carried + normal(rng);
        100.0 + 5.0 * carried
    };
    (0..n).map(|_| next(rng)).collect()
});

/// In how many of so many series without a change one is found.
fn false_alarms(noise: Noise, length: usize, series: u64) -> u64 {
    let seed = Seed(20_261_129);
    let alarm = |i: &u64| {
        let own = seed.derive(&format!("{length} {i}"));
        !changes(&noise(length, &mut own.rng()), own.derive("permutations")).is_empty()
    };
    (0..series).filter(alarm).count() as u64
}

/// In how many of so many series with a step of so many deviations, `after` runs ago, exactly one change is found within a run of it.
fn found(before: usize, after: usize, deviations: f64, series: u64) -> u64 {
    let seed = Seed(11_292_026);
    let hit = |i: &u64| {
        let own = seed.derive(&format!("{before} {after} {deviations} {i}"));
        let mut rng = own.rng();
        let mut values: Vec<f64> = (0..before + after).map(|_| 100.0 + normal(&mut rng)).collect();
        values[before..].iter_mut().for_each(|value| *value += deviations);
        let told = changes(&values, own.derive("permutations"));
        matches!(told[..], [change] if change.at.abs_diff(before) <= 1)
    };
    (0..series).filter(hit).count() as u64
}

#[test]
fn a_series_without_a_change_is_seldom_said_to_have_one() {
    const SERIES: u64 = 600;
    // Three standard deviations of a count around what the level allows.
    let allowed = LEVEL * SERIES as f64;
    let most = allowed + 3.0 * (allowed * (1.0 - LEVEL)).sqrt();
    let mut total = 0;
    for (name, noise) in EXCHANGEABLE {
        for length in [12, 40] {
            let alarms = false_alarms(noise, length, SERIES);
            total += alarms;
            assert!(alarms as f64 <= most, "{name}, {length} runs: {alarms} of {SERIES}");
        }
    }
    assert!(total > 0, "a test that never raises an alarm sees nothing");
}

#[test]
fn a_step_is_found_where_it_is() {
    for (before, after, deviations, least) in [(20, 20, 2.0, 75), (20, 5, 4.0, 90), (20, 3, 8.0, 90), (9, 5, 6.0, 90)] {
        let found = found(before, after, deviations, 100);
        assert!(found >= least, "{before} runs, then {after} by {deviations}: {found} of 100");
    }
    assert!(found(20, 20, 0.5, 100) < 40, "what is within the noise is not seen, and nobody is told that it is");
}

#[test]
fn what_is_said_of_series_made_by_hand() {
    let said = |values: &[f64]| changes(values, Seed(7)).iter().map(|c: &Change| c.at).collect::<Vec<_>>();
    let level = |value: f64, n: usize| (0..n).map(move |i| value + 0.1 * ((i * 7919) % 13) as f64);
    assert_eq!(said(&[]), [0; 0]);
    assert_eq!(said(&level(10.0, 40).collect::<Vec<_>>()), [0; 0]);
    assert_eq!(said(&vec![3.5; 40]), [0; 0], "nothing changes where all is equal");
    assert_eq!(said(&level(10.0, 12).chain(level(20.0, 12)).collect::<Vec<_>>()), [12]);
    let steps = level(10.0, 12).chain(level(20.0, 12)).chain(level(5.0, 12));
    assert_eq!(said(&steps.collect::<Vec<_>>()), [12, 24]);
    let mut spiked: Vec<f64> = level(10.0, 30).collect();
    (spiked[10], spiked[20], spiked[29]) = (900.0, 700.0, 800.0);
    assert_eq!(said(&spiked), [0; 0], "spikes are no change of level");
    spiked[29] = 10.5;
    spiked.extend(level(20.0, 12));
    assert_eq!(said(&spiked), [30], "and hide none");
    let errors: Vec<f64> = [0.0; 15].into_iter().chain([0.25; 6]).collect();
    assert_eq!(said(&errors), [15], "a level without any noise");
    let short: Vec<f64> = level(1.0, 4).chain(level(100.0, 5)).collect();
    assert_eq!((said(&short), short.len() < FEWEST), (Vec::new(), true), "too few to say");
    let tiny: Vec<f64> = level(1e-300, 12).chain(level(1e300, 12)).collect();
    assert_eq!(said(&tiny), [12]);
}

#[test]
fn the_same_series_gives_the_same_answer() {
    let mut rng = Seed(3).rng();
    let values: Vec<f64> = (0..60).map(|i| normal(&mut rng) + f64::from(i / 30)).collect();
    assert_eq!(changes(&values, Seed(11)), changes(&values, Seed(11)));
    assert!(changes(&values, Seed(11)).iter().all(|c| c.p > 0.0 && c.p <= LEVEL));
}

#[test]
fn a_median_is_in_the_middle() {
    assert_eq!((median(&[]), median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (None, Some(2.0), Some(2.5)));
}

/// The tables of docs/history.md: `cargo test --lib history::change -- --ignored --nocapture tables`.
#[test]
#[ignore = "makes the tables of the document, which takes a while"]
fn tables() {
    const SERIES: u64 = 10_000;
    const STEPS: u64 = 200;
    let mut out = String::new();
    for (name, noise) in EXCHANGEABLE.into_iter().chain([DRIFTING]) {
        let _ = write!(out, "| {name} |");
        for length in [12, 24, 48, 96] {
            let _ = write!(out, " {:.1}% |", 100.0 * false_alarms(noise, length, SERIES) as f64 / SERIES as f64);
        }
        out.push('\n');
    }
    for (before, after) in [(9, 3), (9, 5), (20, 3), (20, 5), (20, 10), (50, 3), (50, 5), (50, 10)] {
        let _ = write!(out, "| {before} | {after} |");
        for deviations in [1.0, 2.0, 3.0, 5.0, 10.0] {
            let _ = write!(out, " {:.0}% |", 100.0 * found(before, after, deviations, STEPS) as f64 / STEPS as f64);
        }
        out.push('\n');
    }
    panic!("\n{out}");
}
