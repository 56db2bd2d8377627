//! What pairs of runs say of the difference between two targets: an estimate with its interval, and how sure a verdict on it can be.
//!
//! Pure arithmetic of effects, which are logarithms of ratios or plain differences. Knows no record, and never draws a number that it
//! was not given the seed for. That the interval by Student's distribution is the one is settled by a simulation beside it
//! (`coverage_tests`).

use crate::base::seed::Seed;
use crate::record::compare::student;

/// One in so many verdicts of one kind may be wrong: half of what a 95% interval leaves out.
pub const ONE_SIDE: f64 = 0.025;
/// How often what is said to be seen is seen.
pub const POWER: f64 = 0.8;
/// Pairs beyond which nobody is sent to make more.
const MOST_PAIRS: u32 = 1_000;
/// Beyond so many effects not every way to turn them is tried, but a draw of them.
const WHOLE: usize = 12;

/// What is known of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The difference.
    pub mean: f64,
    /// Its standard error.
    pub error: f64,
    /// The degrees of freedom that the error is known by.
    pub df: f64,
}

impl Estimate {
    /// Of the effects of pairs; `None` of fewer than two. `resolution` is the spread that the stored figures cannot show less of.
    #[must_use]
    pub fn paired(effects: &[f64], resolution: f64) -> Option<Self> {
        let (mean, spread) = moments(effects)?;
        let n = effects.len() as f64;
        Some(Self { mean, error: spread.max(resolution) / n.sqrt(), df: n - 1.0 })
    }

    /// Of two sides whose runs are no pairs, by Welch's rule; `None` where a side has fewer than two.
    #[must_use]
    pub fn unpaired(baseline: &[f64], candidate: &[f64], resolution: f64) -> Option<Self> {
        let part = |values: &[f64]| {
            let (mean, spread) = moments(values)?;
            let n = values.len() as f64;
            // The resolution is that of a difference, of which each side has half.
            Some((mean, spread.powi(2).max(resolution.powi(2) / 2.0) / n, n - 1.0))
        };
        let ((a, va, na), (b, vb, nb)) = (part(baseline)?, part(candidate)?);
        let sum = va + vb;
        let df = if sum > 0.0 { sum * sum / (va * va / na + vb * vb / nb) } else { na + nb };
        Some(Self { mean: b - a, error: sum.sqrt(), df })
    }

    /// The interval that holds the truth in 95 of 100 comparisons.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let half = student::quantile(1.0 - ONE_SIDE, self.df) * self.error;
        (self.mean - half, self.mean + half)
    }

    /// How often a difference this far above `bound` would be seen where the truth is the bound.
    #[must_use]
    pub fn p_above(&self, bound: f64) -> f64 {
        let beyond = self.mean - bound;
        if self.error > 0.0 {
            return 1.0 - student::cdf(beyond / self.error, self.df);
        }
        if beyond > 0.0 { 0.0 } else { 1.0 }
    }

    /// The same difference with the other sign.
    #[must_use]
    pub fn turned(&self) -> Self {
        Self { mean: -self.mean, ..*self }
    }

    /// The smallest true difference that is called above `bound` with the usual power, where one of `tests` verdicts may be wrong as
    /// seldom as all of them together.
    #[must_use]
    pub fn detectable(&self, bound: f64, tests: usize) -> f64 {
        let t = student::quantile(1.0 - ONE_SIDE / tests.max(1) as f64, self.df);
        bound + student::distance(t, self.df, POWER) * self.error
    }

    /// How often no difference at all would be called above `bound`, at this spread.
    #[must_use]
    pub fn false_alarm(&self, bound: f64, tests: usize) -> f64 {
        if self.error <= 0.0 {
            return 0.0;
        }
        let t = student::quantile(1.0 - ONE_SIDE / tests.max(1) as f64, self.df);
        student::power(t, self.df, -bound / self.error)
    }

    /// How many pairs would settle on which side of `bound` the difference is, were it what it seems and the spread what it is; `None`
    /// where that is too many to make. `pairs` is how many there are.
    #[must_use]
    pub fn pairs_needed(&self, bound: f64, tests: usize, pairs: usize) -> Option<u32> {
        let (away, spread) = (self.mean - bound, self.error * (pairs as f64).sqrt());
        // What does not regress needs no share of the error: every figure has to hold.
        let tests = if away > 0.0 { tests.max(1) as f64 } else { 1.0 };
        let each = self.df / (pairs as f64 - 1.0).max(1.0);
        let settled = |n: u32| {
            let df = (f64::from(n) - 1.0) * each;
            let t = student::quantile(1.0 - ONE_SIDE / tests, df);
            spread <= 0.0 || student::power(t, df, away.abs() * f64::from(n).sqrt() / spread) >= POWER
        };
        if away == 0.0 || !settled(MOST_PAIRS) {
            return None;
        }
        let (mut low, mut high) = (2, MOST_PAIRS);
        while high - low > 1 {
            let middle = u32::midpoint(low, high);
            if settled(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }
}

/// Mean and standard deviation; `None` of fewer than two.
#[must_use]
pub fn moments(values: &[f64]) -> Option<(f64, f64)> {
    if values.len() < 2 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    Some((mean, (squares / (n - 1.0)).sqrt()))
}

/// The middle of some values; `None` of none.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    Some(if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[sorted.len() / 2 - 1], upper) } else { upper })
}

/// Holm's adjustment: each value as it counts among all of them, so that all together are wrong as seldom as one alone would be.
#[must_use]
pub fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut adjusted = vec![0.0; values.len()];
    let mut least = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max(values[at] * (values.len() - rank) as f64).min(1.0);
        adjusted[at] = least;
    }
    adjusted
}

/// What comes of effects that have no cause, such as those of runs of one side paired with each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Null {
    /// Their standard deviation.
    pub spread: f64,
    /// The ways to call one of each pair the baseline that were tried.
    pub ways: u32,
    /// Of which came out as above the bound.
    pub called: u32,
}

/// Turns each effect either way, in every combination or in a draw of them, and counts what the rule would have called above `bound`;
/// `None` of fewer than three effects, on which no verdict stands.
#[must_use]
pub fn null(effects: &[f64], bound: f64, resolution: f64, seed: Seed) -> Option<Null> {
    if effects.len() < 3 {
        return None;
    }
    let spread = (effects.iter().map(|e| e * e).sum::<f64>() / effects.len() as f64).sqrt();
    let whole = effects.len() <= WHOLE;
    let ways = 1_u32 << effects.len().min(WHOLE);
    let mut rng = seed.derive("null").rng();
    let t = student::quantile(1.0 - ONE_SIDE, effects.len() as f64 - 1.0);
    let called = (0..ways).filter(|way| {
        let turns = if whole { u64::from(*way) } else { rng.next_u64() };
        let turned: Vec<f64> =
            effects.iter().enumerate().map(|(i, e)| if turns >> (i % 64) & 1 == 1 { -e } else { *e }).collect();
        Estimate::paired(&turned, resolution).is_some_and(|e| e.mean - t * e.error > bound)
    });
    let called = u32::try_from(called.count()).unwrap_or(ways);
    Some(Null { spread, ways, called })
}

#[cfg(test)]
mod tests {
    use super::{Estimate, holm, median, null};
    use crate::base::seed::Seed;
    use proptest::prelude::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1e-3), "{found} is not {expected}");
    }

    fn logs(values: &[f64]) -> Vec<f64> {
        values.iter().map(|v| v.ln()).collect()
    }

    #[test]
    fn the_sleep_of_student_as_he_published_it() {
        // Student (1908), the hours of sleep gained by two drugs in ten patients: the paired differences have mean 1.58 and t = 4.0621,
        // as every statistics program prints of this data (R: t.test(extra ~ group, sleep, paired = TRUE)); Welch gives -3.3655, 0.2055.
        let (first, second) =
            ([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]);
        let differences: Vec<f64> = first.iter().zip(&second).map(|(a, b)| b - a).collect();
        let paired = Estimate::paired(&differences, 0.0).expect("ten pairs");
        near(paired.mean, 1.58);
        near(paired.mean / paired.error, 4.062_127_683);
        near(paired.interval().0, 0.700_114_229);
        near(paired.interval().1, 2.459_885_771);
        near(2.0 * paired.p_above(0.0), 0.002_832_890_2);
        let welch = Estimate::unpaired(&first, &second, 0.0).expect("ten each");
        near(welch.df, 17.776_473_516);
        near(welch.interval().0, -0.205_483_23);
        near(welch.interval().1, 3.365_483_23);
    }

    #[test]
    fn holm_as_published() {
        // Holm (1979): the smallest value by all of them, the next by one less, and none below the one before it.
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            near(*found, expected);
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[]), Vec::<f64>::new());
    }

    #[test]
    fn what_cannot_be_known_is_not_said() {
        assert_eq!(Estimate::paired(&[0.1], 0.0), None);
        assert_eq!(Estimate::unpaired(&[0.1], &[0.1, 0.2], 0.0), None);
        assert_eq!(null(&[0.1, 0.2], 0.05, 0.0, Seed(1)), None);
        assert_eq!((median(&[]), median(&[3.0, 1.0, 2.0]), median(&[1.0, 2.0])), (None, Some(2.0), Some(1.5)));
    }

    #[test]
    fn more_spread_needs_more_pairs_and_hides_more() {
        let quiet = Estimate::paired(&[0.010, 0.012, 0.011, 0.009, 0.013], 0.0).expect("pairs");
        let loud = Estimate::paired(&[0.10, -0.12, 0.11, -0.09, 0.05], 0.0).expect("pairs");
        let bound = 1.05_f64.ln();
        assert!(quiet.detectable(bound, 1) < loud.detectable(bound, 1));
        assert!(quiet.detectable(bound, 1) < quiet.detectable(bound, 4), "more verdicts, less power each");
        assert!(quiet.false_alarm(bound, 1) < 1e-6 && loud.false_alarm(bound, 1) < 0.025);
        let needed = |e: &Estimate| e.pairs_needed(bound, 1, 5);
        assert!(
            needed(&quiet).expect("few") <= 5 && needed(&loud).expect("some") > 20,
            "{:?} {:?}",
            needed(&quiet),
            needed(&loud)
        );
        let at_the_bound = Estimate { mean: bound, ..loud };
        assert_eq!(at_the_bound.pairs_needed(bound, 1, 5), None);
    }

    #[test]
    fn runs_of_one_side_are_called_different_by_chance_alone() {
        let quiet = [0.01, -0.008, 0.012, 0.009, -0.011, 0.01];
        let found = null(&quiet, 0.05, 0.0, Seed(1)).expect("enough");
        assert_eq!((found.ways, found.called), (64, 0));
        // Where the effects are all the same, one way of 64 makes a difference that is none of chance.
        let same = [0.2; 6];
        let found = null(&same, 0.05, 0.0, Seed(1)).expect("enough");
        assert!(found.called == 1, "{found:?}");
        let many: Vec<f64> = (0..20).map(|i| f64::from(i % 7) / 100.0 - 0.03).collect();
        assert_eq!(null(&many, 0.05, 0.0, Seed(3)), null(&many, 0.05, 0.0, Seed(3)), "the same seed draws the same");
    }

    fn sides() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
        (2_usize..12).prop_flat_map(|n| (prop::collection::vec(10.0f64..1e6, n), prop::collection::vec(10.0f64..1e6, n)))
    }

    fn effects(a: &[f64], b: &[f64]) -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| (b / a).ln()).collect()
    }

    proptest! {
        #[test]
        fn swapping_the_sides_turns_the_sign((a, b) in sides()) {
            for (there, back) in [
                (Estimate::paired(&effects(&a, &b), 0.0), Estimate::paired(&effects(&b, &a), 0.0)),
                (Estimate::unpaired(&logs(&a), &logs(&b), 0.0), Estimate::unpaired(&logs(&b), &logs(&a), 0.0)),
            ] {
                let (there, back) = (there.expect("pairs"), back.expect("pairs"));
                prop_assert!((there.mean + back.mean).abs() < 1e-9 && (there.error - back.error).abs() < 1e-9);
                let ((low, high), (other_low, other_high)) = (there.interval(), back.interval());
                prop_assert!((low + other_high).abs() < 1e-6 && (high + other_low).abs() < 1e-6);
            }
        }

        #[test]
        fn scaling_both_sides_leaves_the_effect((a, b) in sides(), by in 0.01f64..100.0) {
            let scaled = |v: &[f64]| v.iter().map(|v| v * by).collect::<Vec<_>>();
            let one = Estimate::paired(&effects(&a, &b), 0.0).expect("pairs");
            let other = Estimate::paired(&effects(&scaled(&a), &scaled(&b)), 0.0).expect("pairs");
            prop_assert!((one.mean - other.mean).abs() < 1e-9 && (one.error - other.error).abs() < 1e-9);
        }

        #[test]
        fn identical_pairs_show_no_difference(a in prop::collection::vec(10.0f64..1e6, 2..12)) {
            let none = Estimate::paired(&effects(&a, &a), 0.0).expect("pairs");
            prop_assert_eq!((none.mean, none.interval()), (0.0, (0.0, 0.0)));
            prop_assert!(none.p_above(0.0) == 1.0 && none.false_alarm(0.05, 1) == 0.0);
        }

        #[test]
        fn an_interval_wholly_above_the_bound_is_a_small_value((a, b) in sides(), bound in -0.5f64..0.5) {
            let e = Estimate::paired(&effects(&a, &b), 1e-6).expect("pairs");
            prop_assert_eq!(e.interval().0 > bound, e.p_above(bound) < super::ONE_SIDE);
        }
    }
}
