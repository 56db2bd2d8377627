//! Times in a histogram of fixed error: 1 µs to 1 h at three digits.
//!
//! Values outside are counted at the nearest bound and said. Never drops a sample in silence.

use crate::base::units::Nanos;
use hdrhistogram::serialization::Serializer as _;
use hdrhistogram::serialization::{Deserializer, V2DeflateSerializer};

const MAX_MICROS: u64 = 3_600_000_000;

/// Times with at most 0.1% of error.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Made with the first sample: an empty one takes no room, and a watch of a thousand operations has thousands of them.
    inner: Option<hdrhistogram::Histogram<u64>>,
    saturated: u64,
}

/// An empty histogram that grows with the longest time it sees.
fn fresh() -> hdrhistogram::Histogram<u64> {
    let mut fresh = hdrhistogram::Histogram::new_with_bounds(1, 4_000, 3).expect("constant bounds are valid");
    fresh.auto(true);
    fresh
}

/// A point of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// The share of the samples, 0 to 1.
    pub quantile: f64,
    /// The time that this share does not exceed.
    pub time: Nanos,
    /// Samples up to it.
    pub count: u64,
}

impl Histogram {
    /// An empty histogram. It grows with the longest time it has seen, so that short ones stay small.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one time, in whole microseconds.
    pub fn record(&mut self, time: Nanos) {
        self.record_many(time, 1);
    }

    /// Counts one time so often.
    pub fn record_many(&mut self, time: Nanos, times: u64) {
        let micros = time.0 / 1_000;
        if micros > MAX_MICROS {
            self.saturated += times;
        }
        // Within the bound the histogram grows as it must, so this cannot fail.
        let _ = self.inner.get_or_insert_with(fresh).record_n(micros.min(MAX_MICROS), times);
    }

    /// Adds everything another one counted.
    pub fn merge(&mut self, other: &Self) {
        if let Some(other) = &other.inner {
            // Both have the same precision, and this one grows as it must.
            let _ = self.inner.get_or_insert_with(fresh).add(other);
        }
        self.saturated += other.saturated;
    }

    /// Forgets everything, keeping the room it has.
    pub fn clear(&mut self) {
        if let Some(inner) = &mut self.inner {
            inner.reset();
        }
        self.saturated = 0;
    }

    /// Samples counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.filled().map_or(0, hdrhistogram::Histogram::len)
    }

    /// True without samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filled().is_none()
    }

    /// Samples beyond the upper bound.
    #[must_use]
    pub fn saturated(&self) -> u64 {
        self.saturated
    }

    /// The time that `quantile` (0 to 1) of the samples do not exceed; `None` without samples.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<Nanos> {
        self.filled().map(|inner| Nanos(inner.value_at_quantile(quantile) * 1_000))
    }

    /// The longest time; `None` without samples.
    #[must_use]
    pub fn max(&self) -> Option<Nanos> {
        self.filled().map(|inner| Nanos(inner.max() * 1_000))
    }

    /// The shortest time; `None` without samples.
    #[must_use]
    pub fn min(&self) -> Option<Nanos> {
        self.filled().map(|inner| Nanos(inner.min() * 1_000))
    }

    /// The mean; `None` without samples.
    #[must_use]
    pub fn mean(&self) -> Option<Nanos> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of times within the bounds")]
        self.filled().map(|inner| Nanos((inner.mean() * 1_000.0).round() as u64))
    }

    /// The standard deviation, in microseconds; zero without samples.
    #[must_use]
    pub fn deviation_micros(&self) -> f64 {
        self.filled().map_or(0.0, hdrhistogram::Histogram::stdev)
    }

    /// Samples that took longer than `time`, to the precision of the histogram.
    #[must_use]
    pub fn count_above(&self, time: Nanos) -> u64 {
        let micros = (time.0 / 1_000).min(MAX_MICROS);
        self.filled().map_or(0, |inner| inner.len() - inner.count_between(0, micros.min(inner.high().max(1))))
    }

    /// The values that occur with how often, in ascending order, in microseconds.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64)> {
        self.filled()
            .into_iter()
            .flat_map(hdrhistogram::Histogram::iter_recorded)
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
    }

    /// The distribution by percentile: `ticks` points in each half of the distance that is left to 100%, as HdrHistogram's own tools
    /// take them. Empty without samples.
    ///
    /// # Panics
    /// When `ticks` is zero.
    pub fn curve(&self, ticks: u32) -> impl Iterator<Item = CurvePoint> {
        let mut count = 0;
        self.filled().into_iter().flat_map(move |inner| inner.iter_quantiles(ticks)).map(move |step| {
            count += step.count_since_last_iteration();
            CurvePoint { quantile: step.quantile_iterated_to(), time: Nanos(step.value_iterated_to() * 1_000), count }
        })
    }

    /// Buckets and the values that each tells apart, as the percentile tables of HdrHistogram's own tools end with.
    #[must_use]
    pub fn layout(&self) -> (u8, u32) {
        // Three digits need 2,048 values: the power of two above twice a thousand.
        (self.inner.as_ref().map_or_else(|| fresh().buckets(), hdrhistogram::Histogram::buckets), 2_048)
    }

    /// The same, with what the V2 format cannot say: how many of its samples were beyond the upper bound.
    #[must_use]
    pub fn with_saturated(mut self, saturated: u64) -> Self {
        self.saturated = saturated;
        self
    }

    /// As HdrHistogram's V2 format with deflate: what interval logs (`.hlog`) bear in base64.
    #[must_use]
    pub fn to_v2_deflate(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory does not fail, and the counts fit the format.
        let _ = match &self.inner {
            Some(inner) => V2DeflateSerializer::new().serialize(inner, &mut bytes),
            None => V2DeflateSerializer::new().serialize(&fresh(), &mut bytes),
        };
        bytes
    }

    /// Reads what [`Histogram::to_v2_deflate`] or any other HdrHistogram wrote, times in microseconds.
    ///
    /// # Errors
    /// A lower-case fragment when the bytes are no histogram.
    pub fn from_v2_deflate(mut bytes: &[u8]) -> Result<Self, String> {
        let read: hdrhistogram::Histogram<u64> =
            Deserializer::new().deserialize(&mut bytes).map_err(|_| "no histogram in the V2 format".to_owned())?;
        let mut inner = fresh();
        inner.add(&read).map_err(|_| "a histogram beyond one hour".to_owned())?;
        Ok(Self { inner: Some(inner), saturated: 0 })
    }

    /// Where there are samples.
    fn filled(&self) -> Option<&hdrhistogram::Histogram<u64>> {
        self.inner.as_ref().filter(|inner| !inner.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;
    use crate::base::units::Nanos;
    use proptest::prelude::*;

    #[test]
    fn quantiles_and_saturation() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile(0.5), None);
        for ms in 1..=100 {
            histogram.record(Nanos(ms * 1_000_000));
        }
        let p50 = histogram.quantile(0.5).map_or(0, |n| n.0);
        assert!((50_000_000..50_100_000).contains(&p50), "{p50}");
        assert_eq!(histogram.count_above(Nanos(90_000_000)), 10);
        histogram.record(Nanos(u64::MAX));
        assert_eq!((histogram.count(), histogram.saturated()), (101, 1));
    }

    #[test]
    fn a_curve_ends_at_the_longest_with_every_sample() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.curve(5).count(), 0);
        for ms in 1..=1_000 {
            histogram.record(Nanos(ms * 1_000_000));
        }
        let points: Vec<_> = histogram.curve(5).collect();
        let (first, last) = (points[0], points[points.len() - 1]);
        assert_eq!((first.quantile, first.count, last.quantile, last.count), (0.0, 1, 1.0, 1_000));
        assert_eq!(Some(last.time), histogram.max());
        assert!(points.iter().any(|p| p.quantile == 0.9 || p.quantile == 0.5), "{points:?}");
    }

    proptest! {
        #[test]
        fn merging_equals_recording_both(a in prop::collection::vec(0u64..5_000_000_000, 0..60), b in prop::collection::vec(0u64..5_000_000_000_000, 0..60)) {
            let of = |times: &[u64]| {
                let mut histogram = Histogram::new();
                times.iter().for_each(|t| histogram.record(Nanos(*t)));
                histogram
            };
            let both: Vec<u64> = a.iter().chain(&b).copied().collect();
            let (mut merged, whole) = (of(&a), of(&both));
            merged.merge(&of(&b));
            prop_assert_eq!(merged.buckets().collect::<Vec<_>>(), whole.buckets().collect::<Vec<_>>());
            let read = Histogram::from_v2_deflate(&whole.to_v2_deflate()).unwrap();
            prop_assert_eq!(read.buckets().collect::<Vec<_>>(), whole.buckets().collect::<Vec<_>>());
            prop_assert_eq!(read.max(), whole.max());
            prop_assert_eq!(read.mean(), whole.mean());
            prop_assert_eq!(read.min(), whole.min());
        }
    }
}
