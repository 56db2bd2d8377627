//! Times in a histogram of fixed error: 1 µs to 1 h at three digits.
//!
//! Values outside are counted at the nearest bound and said. Never drops a sample in silence.

use crate::base::units::Nanos;

const MAX_MICROS: u64 = 3_600_000_000;

/// Times with at most 0.1% of error.
#[derive(Clone, Debug)]
pub struct Histogram {
    inner: hdrhistogram::Histogram<u64>,
    saturated: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty histogram.
    ///
    /// # Panics
    /// Never: the bounds are constants that the histogram accepts.
    #[must_use]
    pub fn new() -> Self {
        let inner = hdrhistogram::Histogram::new_with_bounds(1, MAX_MICROS, 3).expect("constant bounds are valid");
        Self { inner, saturated: 0 }
    }

    /// Counts one time.
    pub fn record(&mut self, time: Nanos) {
        let micros = (time.0 / 1_000).max(1);
        if micros > MAX_MICROS {
            self.saturated += 1;
        }
        self.inner.saturating_record(micros);
    }

    /// Samples counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.inner.len()
    }

    /// Samples beyond the upper bound.
    #[must_use]
    pub fn saturated(&self) -> u64 {
        self.saturated
    }

    /// The time that `quantile` (0 to 1) of the samples do not exceed; `None` without samples.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Nanos> {
        (self.count() > 0).then(|| Nanos(self.inner.value_at_quantile(quantile) * 1_000))
    }

    /// The longest time; `None` without samples.
    #[must_use]
    pub fn max(&self) -> Option<Nanos> {
        (self.count() > 0).then(|| Nanos(self.inner.max() * 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use crate::base::units::Nanos;

    #[test]
    fn quantiles_and_saturation() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile(0.5), None);
        for ms in 1..=100 {
            histogram.record(Nanos(ms * 1_000_000));
        }
        let p50 = histogram.quantile(0.5).map_or(0, |n| n.0);
        assert!((50_000_000..50_100_000).contains(&p50), "{p50}");
        histogram.record(Nanos(u64::MAX));
        assert_eq!((histogram.count(), histogram.saturated()), (101, 1));
    }
}
