//! Where a series of runs changed its level for good.
//!
//! A permutation test over the strongest split of a series, which asks nothing of how its values are distributed, then the same on both
//! sides of what was found. The permutations are drawn from a seed, so the same series gives the same answer. Never looks at a clock, and
//! says nothing of a series that is too short to say anything of.

#[cfg(test)]
mod measured;

use crate::base::seed::{Rng, Seed};

/// How often a series that did not change is said to have changed, at most.
pub const LEVEL: f64 = 0.01;
/// How many permutations a split is held against.
pub const PERMUTATIONS: u32 = 1_999;
/// Runs that a level has to last for: what one or two runs show is not said to be a change.
pub const LASTING: usize = 3;
/// Runs below which nothing can be said at [`LEVEL`]: five against five is the least that permutations bear out.
pub const FEWEST: usize = 10;

/// Values beyond so many robust deviations from the median are taken as being there, so that a single spike hides nothing.
const OUTLYING: f64 = 5.0;
/// The standard deviation of a normal distribution in median absolute deviations.
const DEVIATION: f64 = 1.482_602_218_505_602;

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The first value of the new level.
    pub at: usize,
    /// The share of permutations that show as strong a split.
    pub p: f64,
}

/// The changes of a series, in order.
#[must_use]
pub fn changes(values: &[f64], seed: Seed) -> Vec<Change> {
    let mut rng = seed.rng();
    let mut found = Vec::new();
    let mut stretches = vec![(0, values.len())];
    while let Some((from, to)) = stretches.pop() {
        if let Some((split, p)) = split(&values[from..to], &mut rng) {
            found.push(Change { at: from + split, p });
            stretches.extend([(from, from + split), (from + split, to)]);
        }
    }
    found.sort_by_key(|change| change.at);
    held(values, found, &mut rng)
}

/// Those that still show when each is looked at between its neighbours alone. The first that does not goes, and the rest is looked at
/// anew, since its neighbours have more room then.
fn held(values: &[f64], mut found: Vec<Change>, rng: &mut Rng) -> Vec<Change> {
    let mut i = 0;
    while i < found.len() {
        let from = if i == 0 { 0 } else { found[i - 1].at };
        let to = found.get(i + 1).map_or(values.len(), |next| next.at);
        match split(&values[from..to], rng) {
            Some((_, p)) => {
                found[i].p = p;
                i += 1;
            }
            None => {
                found.remove(i);
                i = 0;
            }
        }
    }
    found
}

/// The strongest split of a stretch and the share of permutations that show one as strong; `None` where more than [`LEVEL`] do.
fn split(values: &[f64], rng: &mut Rng) -> Option<(usize, f64)> {
    if values.len() < FEWEST {
        return None;
    }
    let mut values = tamed(values);
    let (at, strength) = strongest(&values)?;
    // A hair of room, so that sums in another order do not make an equal split a weaker one.
    let as_strong = strength * (1.0 - 1e-9);
    let most = (LEVEL * f64::from(PERMUTATIONS + 1)).floor() - 1.0;
    let mut reached = 0.0;
    for _ in 0..PERMUTATIONS {
        shuffle(&mut values, rng);
        if strongest(&values).is_some_and(|(_, other)| other >= as_strong) {
            reached += 1.0;
            if reached > most {
                return None;
            }
        }
    }
    Some((at, (reached + 1.0) / f64::from(PERMUTATIONS + 1)))
}

/// The split with the largest difference between the means of its sides, in units of what chance makes of it; `None` where all values are
/// equal.
fn strongest(values: &[f64]) -> Option<(usize, f64)> {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / n as f64;
    let mut sum = 0.0;
    let mut best: Option<(usize, f64)> = None;
    for (i, value) in values.iter().enumerate() {
        sum += value - mean;
        let left = i + 1;
        if left < LASTING || n - left < LASTING {
            continue;
        }
        let strength = f64::abs(sum) / ((left * (n - left)) as f64 / n as f64).sqrt();
        if strength > best.map_or(0.0, |(_, strength)| strength) {
            best = Some((left, strength));
        }
    }
    let scale = values.iter().fold(0.0_f64, |most, value| most.max((value - mean).abs()));
    best.filter(|(_, strength)| *strength > scale * 1e-9)
}

/// The values, those far out brought back to where they are merely far. Which value stands where plays no part in it, so the permutations
/// stay what they are.
fn tamed(values: &[f64]) -> Vec<f64> {
    let middle = median(values).unwrap_or_default();
    let deviations: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    let room = OUTLYING * DEVIATION * median(&deviations).unwrap_or_default();
    if room > 0.0 { values.iter().map(|value| value.clamp(middle - room, middle + room)).collect() } else { values.to_vec() }
}

fn shuffle(values: &mut [f64], rng: &mut Rng) {
    for last in (1..values.len()).rev() {
        let drawn = (u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64;
        values.swap(last, usize::try_from(drawn).unwrap_or(last));
    }
}

/// The median: the mean of the two in the middle where their number is even; nothing of nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}
