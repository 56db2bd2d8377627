//! Times in buckets with fixed bounds, fed with whole histograms instead of single times.
//!
//! Sorts by the steps of the finer histogram, which are a thousandth wide. Computes no quantile.

use crate::model::histogram::Histogram;

/// The upper bounds in seconds; what is above the last falls into a bucket without one.
pub(super) const BOUNDS: [f64; 22] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5,
    5.0, 10.0, 30.0,
];

/// How many times lie in which bucket, and their sum in seconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    pub(super) counts: [u64; BOUNDS.len() + 1],
    pub(super) sum: f64,
}

impl Buckets {
    /// Adds what a histogram counted.
    pub(super) fn add(&mut self, histogram: &Histogram) {
        for (micros, count) in histogram.buckets() {
            let seconds = micros as f64 / 1e6;
            self.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += count;
            self.sum += seconds * count as f64;
        }
    }

    /// All of them.
    pub(super) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Buckets};
    use crate::base::units::Nanos;
    use crate::model::histogram::Histogram;
    use proptest::prelude::*;

    fn of(times: &[u64]) -> Buckets {
        let (mut buckets, mut histogram) = (Buckets::default(), Histogram::new());
        times.iter().for_each(|ns| histogram.record(Nanos(*ns)));
        buckets.add(&histogram);
        buckets
    }

    #[test]
    fn a_time_at_a_bound_is_below_it() {
        let counts = of(&[1, 100_000, 101_000, 1_000_000, 40_000_000_000]).counts;
        assert_eq!((counts[0], counts[1], counts[3], counts[BOUNDS.len()]), (2, 1, 1, 1), "{counts:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_sum_is_near(times in prop::collection::vec(1_000u64..60_000_000_000, 0..200)) {
            let buckets = of(&times);
            prop_assert_eq!(buckets.count(), times.len() as u64);
            let sum = times.iter().map(|ns| *ns as f64 / 1e9).sum::<f64>();
            prop_assert!((buckets.sum - sum).abs() <= sum * 0.002 + 1e-6 * times.len() as f64);
        }
    }
}
