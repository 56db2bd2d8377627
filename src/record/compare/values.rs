//! What a run says of a figure, or why it says nothing.
//!
//! Takes figures out of stored loads. Never compares two of them.

use crate::record::compare::shape::Figure;
use crate::record::load::LoadRecord;
use crate::record::load::figures::{CurveRecord, OperationRecord};
use crate::record::load::shape::{LoadResult, Validity};
use crate::record::load::words::{grouped, many};

/// Samples that have to lie beyond a percentile in every run: of fewer, chance alone moves it by more than what is looked for.
const BEYOND: f64 = 10.0;
/// Digits that a histogram tells apart, as a share of a value.
const DIGITS: f64 = 1e-3;
/// Points of a percentile curve in each power of ten of what is left to 100%.
const TICKS: u32 = 4;

impl Figure {
    /// Those that are compared of every operation, in the order shown.
    pub const OF_OPERATIONS: [Self; 6] = [Self::P50, Self::P90, Self::P99, Self::P999, Self::Mean, Self::Errors];
    /// Every one.
    pub const ALL: [Self; 7] = [Self::P50, Self::P90, Self::P99, Self::P999, Self::Mean, Self::Throughput, Self::Errors];

    /// Its name, as it is stored, typed and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Mean => "mean",
            Self::Throughput => "throughput",
            Self::Errors => "errors",
        }
    }

    /// True where what counts is the ratio of both sides; a share of errors may be none, and is subtracted.
    #[must_use]
    pub fn is_ratio(self) -> bool {
        self != Self::Errors
    }

    /// 1 where more is worse, -1 where more is better.
    #[must_use]
    pub fn worse(self) -> f64 {
        if self == Self::Throughput { -1.0 } else { 1.0 }
    }

    fn quantile(self) -> Option<f64> {
        match self {
            Self::P50 => Some(0.5),
            Self::P90 => Some(0.9),
            Self::P99 => Some(0.99),
            Self::P999 => Some(0.999),
            Self::Mean | Self::Throughput | Self::Errors => None,
        }
    }

    /// Answers that a run must have for it.
    #[must_use]
    pub fn least(self) -> u64 {
        least(self.quantile().unwrap_or(0.5))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number above nothing")]
fn least(quantile: f64) -> u64 {
    (BEYOND / (1.0 - quantile)).round() as u64
}

/// Why a load is no part of a comparison; `None` where it is.
#[must_use]
pub fn left_out(record: &LoadRecord) -> Option<String> {
    if record.search.is_some() {
        return Some("it searched for the capacity: its figures are of many rates at once".to_owned());
    }
    if record.verdict == LoadResult::Interrupted {
        return Some("it was stopped before its end".to_owned());
    }
    if let Some(why) = &record.aborted {
        return Some(format!("it was given up: {why}"));
    }
    match record.validity.result {
        Validity::Sound => None,
        Validity::Invalid => Some(format!("INVALID: {}", record.validity.sentence)),
        Validity::Unknown => Some(record.validity.sentence.clone()),
    }
}

/// A figure of a run; `operation` is the one it is of, or the total.
pub(super) fn value(record: &LoadRecord, operation: &OperationRecord, figure: Figure) -> Result<f64, String> {
    let times = &operation.response_time;
    let requests = operation.count + operation.unanswered;
    if figure == Figure::Errors {
        return if requests == 0 {
            Err("no request was sent".to_owned())
        } else {
            Ok((operation.unanswered + operation.invalid) as f64 / requests as f64)
        };
    }
    if times.samples < figure.least() {
        let had = many(times.samples, "answer");
        return Err(format!("{} needs {} answers in every run, and one had {had}", figure.name(), grouped(figure.least())));
    }
    let found = match figure {
        Figure::P50 => times.p50.map(|us| us as f64),
        Figure::P90 => times.p90.map(|us| us as f64),
        Figure::P99 => times.p99.map(|us| us as f64),
        Figure::P999 => times.p99_9.map(|us| us as f64),
        Figure::Mean => times.mean,
        Figure::Throughput => record.load.arrival.throughput,
        Figure::Errors => None,
    };
    found.filter(|v| *v > 0.0).ok_or_else(|| "it is below what is told apart".to_owned())
}

/// The spread that the effects of a figure have by the rounding of what is stored alone, however alike the runs.
pub(super) fn resolution<'a>(figure: Figure, values: impl Iterator<Item = &'a f64>, requests: u64) -> f64 {
    let step = |value: &f64| (1.0 / value.max(1.0)).max(DIGITS);
    let each = match figure {
        Figure::P50 | Figure::P90 | Figure::P99 | Figure::P999 => {
            let steps: Vec<f64> = values.map(step).collect();
            steps.iter().sum::<f64>() / steps.len().max(1) as f64
        }
        Figure::Mean | Figure::Throughput => DIGITS / 10.0,
        Figure::Errors => 1.0 / requests.max(1) as f64,
    };
    // An even spread over a step, twice since two values are held against each other.
    each / 6.0_f64.sqrt()
}

/// The middle of the runs' percentile curves, as far as every run has samples enough.
pub(super) fn curve(runs: &[&OperationRecord]) -> Vec<CurveRecord> {
    let samples = runs.iter().map(|o| o.response_time.samples).min().unwrap_or(0);
    let mut points = Vec::new();
    for tick in 0.. {
        let quantile = 1.0 - 10.0_f64.powf(-f64::from(tick) / f64::from(TICKS));
        if samples < least(quantile) || tick > 6 * TICKS {
            break;
        }
        let at = |o: &&OperationRecord| o.response_curve.iter().find(|p| p.quantile >= quantile - 1e-9).copied();
        let found: Vec<CurveRecord> = runs.iter().filter_map(at).collect();
        let mut times: Vec<u64> = found.iter().map(|p| p.us).collect();
        times.sort_unstable();
        let Some(us) = times.get(times.len() / 2) else { break };
        let count = found.iter().map(|p| p.count).sum();
        points.push(CurveRecord { quantile: (quantile * 1e9).round() / 1e9, us: *us, count });
    }
    points
}

#[cfg(test)]
mod tests {
    use super::{curve, left_out, resolution, value};
    use crate::record::compare::shape::Figure;
    use crate::record::load::fixture;

    #[test]
    fn a_percentile_of_too_few_answers_is_refused() {
        let record = fixture::record(&fixture::passing());
        let create = &record.load.operations[0];
        assert_eq!(Figure::ALL.map(Figure::least), [20, 100, 1_000, 10_000, 20, 20, 20]);
        assert!(value(&record, create, Figure::P90).is_ok());
        assert_eq!(
            value(&record, create, Figure::P99).expect_err("324 are too few"),
            "p99 needs 1,000 answers in every run, and one had 324 answers"
        );
        assert_eq!(value(&record, &record.load.total, Figure::Errors), Ok(8.0 / 1_620.0));
        let unusable = fixture::record(&fixture::unusable());
        assert!(value(&unusable, &unusable.load.total, Figure::Errors).is_err());
    }

    #[test]
    fn what_did_not_measure_its_target_is_left_out() {
        let why = |outcome| left_out(&fixture::record(&outcome));
        assert_eq!(why(fixture::passing()), None);
        assert_eq!(why(fixture::failing()), None, "slow and wrong answers are measured too");
        assert!(why(fixture::invalid()).is_some_and(|w| w.starts_with("INVALID: the generator did not keep up")));
        for outcome in [fixture::interrupted(), fixture::unusable(), fixture::searched()] {
            assert!(why(outcome).is_some());
        }
    }

    #[test]
    fn what_is_stored_in_steps_is_not_known_finer_than_they_are() {
        let of = |figure, values: &[f64], requests| resolution(figure, values.iter(), requests);
        assert!(of(Figure::P50, &[50.0, 50.0], 100) > of(Figure::P50, &[5_000.0, 5_000.0], 100));
        assert!(of(Figure::P50, &[1e6, 1e6], 100) > 4e-4, "three digits are kept");
        assert!(of(Figure::Errors, &[], 100) > of(Figure::Errors, &[], 10_000));
    }

    #[test]
    fn a_curve_ends_where_samples_are_few() {
        let record = fixture::record(&fixture::passing());
        let (create, total) = (&record.load.operations[0], &record.load.total);
        let ends = |points: &[crate::record::load::figures::CurveRecord]| points.last().map(|p| p.quantile);
        assert!(ends(&curve(&[create, create])) < Some(0.99) && ends(&curve(&[total])) >= Some(0.99));
        assert!(curve(&[total]).windows(2).all(|w| w[0].us <= w[1].us && w[0].quantile < w[1].quantile));
        assert_eq!(curve(&[]), []);
    }
}
