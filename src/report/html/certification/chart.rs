//! Response times as bars.
//!
//! Places bars and marks on a scale that begins at nothing. Never computes a percentile.

use crate::base::units::Nanos;
use crate::record::certification::shape::LatencyRecord;

/// Width of the scale in the chart's own units.
pub(super) const WIDTH: u64 = 560;
/// Where the scale begins.
pub(super) const LEFT: u64 = 76;
/// Height of a bar with the space around it.
const STEP: u64 = 28;

/// Bars on one scale.
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) marks: Vec<Mark>,
    pub(super) bottom: u64,
    pub(super) height: u64,
    pub(super) described: String,
}

/// One percentile.
pub(super) struct Bar {
    pub(super) label: &'static str,
    pub(super) time: Nanos,
    pub(super) width: u64,
    pub(super) y: u64,
    pub(super) text_y: u64,
    /// Where its time is written.
    pub(super) end: u64,
}

/// A mark on the scale.
pub(super) struct Mark {
    pub(super) x: u64,
    pub(super) time: Nanos,
}

impl Chart {
    pub(super) fn of(latency: &LatencyRecord) -> Self {
        let scale = scale(latency.max_ns);
        let times = [("half", latency.p50_ns), ("90%", latency.p90_ns), ("99%", latency.p99_ns), ("longest", latency.max_ns)];
        let place = |ns: u64| u64::try_from(u128::from(ns) * u128::from(WIDTH) / u128::from(scale)).unwrap_or(WIDTH);
        let bar = |(i, (label, ns)): (usize, (&'static str, u64))| {
            let width = place(ns).max(2);
            let y = i as u64 * STEP + 4;
            Bar { label, time: Nanos(ns), width, y, text_y: y + 14, end: LEFT + width + 8 }
        };
        let bars: Vec<Bar> = times.into_iter().enumerate().map(bar).collect();
        let bottom = bars.len() as u64 * STEP;
        let marks = (0..=4).map(|i| Mark { x: LEFT + WIDTH * i / 4, time: Nanos(scale / 4 * i) }).collect();
        let described = bars.iter().map(|b| format!("{} {}", b.label, b.time)).collect::<Vec<_>>().join(", ");
        Self { bars, marks, bottom, height: bottom + 24, described }
    }
}

/// The end of a scale: the next of 1, 2, 4 and 8 times a power of ten, so that quarters of it are short numbers.
fn scale(longest: u64) -> u64 {
    let mut power = 1_000_u64;
    loop {
        for step in [1, 2, 4, 8] {
            let end = power.saturating_mul(step);
            if end >= longest {
                return end;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::{Chart, LEFT, WIDTH, scale};
    use crate::record::certification::shape::LatencyRecord;

    #[test]
    fn bars_lie_on_a_scale_of_short_numbers() {
        assert_eq!([0, 143_000_000, 200_000_000, 900_000_000].map(scale), [1_000, 200_000_000, 200_000_000, 1_000_000_000]);
        let latency =
            LatencyRecord { count: 3, p50_ns: 50_000_000, p90_ns: 100_000_000, p99_ns: 150_000_000, max_ns: 200_000_000 };
        let chart = Chart::of(&latency);
        assert_eq!(chart.bars.iter().map(|b| b.width).collect::<Vec<_>>(), [140, 280, 420, WIDTH]);
        assert_eq!(chart.marks.iter().map(|m| (m.x, m.time.to_string())).next_back(), Some((LEFT + WIDTH, "200ms".to_owned())));
        assert_eq!(chart.described, "half 50ms, 90% 100ms, 99% 150ms, longest 200ms");
        let huge = LatencyRecord { max_ns: u64::MAX, ..latency };
        assert!(Chart::of(&huge).bars.iter().all(|b| b.width <= WIDTH));
    }
}
