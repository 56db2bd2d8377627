//! Times in buckets, fed with whole histograms of a second instead of single times.
//!
//! Sorts by the bounds of the finer histogram, whose own steps are a thousandth. Computes no quantile.

use crate::model::histogram::Histogram;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The upper bounds in seconds; what is above the last falls into a bucket without one.
const BOUNDS: [f64; 22] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.5,
    5.0, 10.0, 30.0,
];

/// Times in buckets; a clone shares them.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    tally: Arc<Mutex<Tally>>,
}

#[derive(Debug, Default)]
struct Tally {
    counts: [u64; BOUNDS.len() + 1],
    sum: f64,
}

impl Spread {
    /// Adds what a histogram counted.
    pub(super) fn add(&self, histogram: &Histogram) {
        let tally = &mut *self.lock();
        for (micros, count) in histogram.buckets() {
            let seconds = micros as f64 / 1e6;
            tally.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += count;
            tally.sum += seconds * count as f64;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TypedMetric for Spread {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Spread {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let tally = self.lock();
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(tally.counts).collect();
        encoder.encode_histogram::<NoLabelSet>(tally.sum, tally.counts.iter().sum(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Spread};
    use crate::base::units::Nanos;
    use crate::model::histogram::Histogram;
    use proptest::prelude::*;

    #[test]
    fn a_time_at_a_bound_is_below_it() {
        let spread = Spread::default();
        let mut histogram = Histogram::new();
        [1, 100_000, 101_000, 1_000_000, 40_000_000_000].into_iter().for_each(|ns| histogram.record(Nanos(ns)));
        spread.add(&histogram);
        let counts = spread.lock().counts;
        assert_eq!((counts[0], counts[1], counts[3], counts[BOUNDS.len()]), (2, 1, 1, 1), "{counts:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_the_sum_is_near(times in prop::collection::vec(1_000u64..60_000_000_000, 0..200)) {
            let spread = Spread::default();
            let mut histogram = Histogram::new();
            times.iter().for_each(|ns| histogram.record(Nanos(*ns)));
            spread.add(&histogram);
            let tally = spread.lock();
            prop_assert_eq!(tally.counts.iter().sum::<u64>(), times.len() as u64);
            let sum = times.iter().map(|ns| *ns as f64 / 1e9).sum::<f64>();
            prop_assert!((tally.sum - sum).abs() <= sum * 0.002 + 1e-6 * times.len() as f64);
        }
    }
}
