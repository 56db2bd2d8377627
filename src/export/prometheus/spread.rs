//! A histogram of the registry that takes whole histograms of a second instead of single times.
//!
//! Shares and encodes; sorts nothing itself.

use crate::export::buckets::{BOUNDS, Buckets};
use crate::model::histogram::Histogram;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Times in buckets; a clone shares them.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    buckets: Arc<Mutex<Buckets>>,
}

impl Spread {
    /// Adds what a histogram counted.
    pub(super) fn add(&self, histogram: &Histogram) {
        self.lock().add(histogram);
    }

    fn lock(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TypedMetric for Spread {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Spread {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let buckets = self.lock();
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let pairs: Vec<(f64, u64)> = bounds.zip(buckets.counts).collect();
        encoder.encode_histogram::<NoLabelSet>(buckets.sum, buckets.count(), &pairs, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
