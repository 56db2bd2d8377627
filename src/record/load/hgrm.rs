//! The distribution of a load's times by percentile (`.hgrm`), as HdrHistogram's own tools print it and plot it.
//!
//! In milliseconds, which the plotters expect, to the digits that the histograms keep. Writes text, and never a file.

use crate::model::histogram::Histogram;
use crate::record::load::measure::TICKS;
use std::fmt::Write as _;

/// The distribution of a histogram as text.
#[must_use]
pub fn text(histogram: &Histogram) -> String {
    let mut out = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    for point in histogram.curve(TICKS) {
        let value = millis(point.time.0);
        let _ = write!(out, "{value:12.3} {:1.12} {:10}", point.quantile, point.count);
        if point.quantile < 1.0 {
            let _ = write!(out, " {:14.2}", 1.0 / (1.0 - point.quantile));
        }
        out.push('\n');
    }
    let (buckets, sub_buckets) = histogram.layout();
    let (mean, max) = (histogram.mean().map_or(0.0, |n| millis(n.0)), histogram.max().map_or(0.0, |n| millis(n.0)));
    let deviation = histogram.deviation_micros() / 1e3;
    let _ = writeln!(out, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]");
    let _ = writeln!(out, "#[Max     = {max:12.3}, Total count    = {:12}]", histogram.count());
    let _ = writeln!(out, "#[Buckets = {buckets:12}, SubBuckets     = {sub_buckets:12}]");
    out
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::text;
    use crate::base::units::Nanos;
    use crate::model::histogram::Histogram;

    #[test]
    fn as_the_tools_of_the_format_print_it() {
        let mut histogram = Histogram::new();
        for ms in 1..=8 {
            histogram.record(Nanos(ms * 1_000_000));
        }
        insta::assert_snapshot!(text(&histogram));
        assert!(text(&Histogram::new()).contains("Total count    =            0]"));
    }
}
