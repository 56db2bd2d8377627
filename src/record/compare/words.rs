//! What a comparison came to, in words.
//!
//! Works on the stored figures, so that every writer says the same. Computes no figure.

use crate::record::compare::shape::{
    ComparisonRecord, ComparisonResult, ConformanceComparison, Decided, Design, Figure, FigureComparison, FigureResult,
    FindingStatus, LoadComparison, Seen,
};
use crate::record::figures::counted;
use crate::record::load::words::time;

/// Pairs, or runs of each side, that a verdict needs: of two, the spread is known by one number.
pub const LEAST: u32 = 3;

/// A share with its sign: `+9.8%`, `-0.42%`.
#[must_use]
pub fn change(share: f64) -> String {
    format!("{}{}", if share < 0.0 { "-" } else { "+" }, percent(share.abs()))
}

/// A share without a sign: `9.8%`, `0.42%`, `5%`.
#[must_use]
pub fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    let text = if hundredths.abs() >= 10.0 { format!("{hundredths:.1}") } else { format!("{hundredths:.2}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}%")
}

/// An interval of changes.
#[must_use]
pub fn interval((low, high): (f64, f64)) -> String {
    format!("{} to {}", change(low), change(high))
}

/// A value of a figure as a reader takes it in.
#[must_use]
pub fn value(figure: Figure, value: Option<f64>) -> String {
    let Some(value) = value else { return "–".to_owned() };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times in microseconds")]
    match figure {
        Figure::Throughput => crate::base::units::Rate(value).to_string(),
        Figure::Errors => percent(value),
        Figure::P50 | Figure::P90 | Figure::P99 | Figure::P999 | Figure::Mean => time(Some(value.round() as u64)),
    }
}

/// What went which way: `slower`, `more`.
#[must_use]
pub fn way(figure: Figure, seen: Seen) -> &'static str {
    match (figure, seen) {
        (_, Seen::Unclear) => "no difference seen",
        (Figure::Throughput, Seen::Worse) => "fewer",
        (Figure::Throughput, Seen::Better) => "more",
        (Figure::Errors, Seen::Worse) => "more errors",
        (Figure::Errors, Seen::Better) => "fewer errors",
        (_, Seen::Worse) => "slower",
        (_, Seen::Better) => "faster",
    }
}

/// What was found of a figure that decides.
pub(super) fn decided(found: &FigureComparison, decided: &Decided, used: u32, design: Design) -> String {
    if let Some(why) = &found.refused {
        return format!("nothing is said of it: {why}");
    }
    let (Some(change), Some(within)) = (found.change.map(change), found.interval.map(interval)) else {
        return "a single run of a side says nothing of the next one".to_owned();
    };
    let margin = percent(decided.margin);
    match decided.outcome {
        FigureResult::Regressed => format!("{change} ({within}), beyond its margin of {margin}"),
        FigureResult::Improved => format!("{change} ({within}), better by more than {margin}"),
        FigureResult::NotRegressed => {
            let seen = match found.seen {
                Seen::Worse => ", worse, but within its margin of ",
                Seen::Better => ", better, within its margin of ",
                Seen::Unclear => ", within its margin of ",
            };
            format!("{change} ({within}){seen}{margin}")
        }
        FigureResult::Inconclusive if used < LEAST => {
            format!("{change} ({within}) of {}, and a verdict needs {LEAST}", replicates(design, used))
        }
        FigureResult::Inconclusive => {
            let more = decided.pairs_needed.map(|n| format!("; about {n} pairs would settle it")).unwrap_or_default();
            format!("{change} ({within}) may lie on either side of its margin of {margin}{more}")
        }
    }
}

/// What can be said beside a verdict of how sure it is; nothing where the figure is not known that well.
#[must_use]
pub fn certainty(figure: Figure, decided: &Decided) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(detectable) = decided.detectable {
        let what = match figure {
            Figure::Throughput => "a loss",
            Figure::Errors => "a rise",
            Figure::P50 | Figure::P90 | Figure::P99 | Figure::P999 | Figure::Mean => "a slowdown",
        };
        said.push(format!("{what} of {} or more is called so four times in five", percent(detectable)));
    }
    if let Some(rate) = decided.false_alarm {
        let rate = if rate < 0.0001 { "less than 0.01%".to_owned() } else { percent(rate) };
        said.push(format!("no difference at all would be called a regression {rate} of the time"));
    }
    if let Some(null) = &decided.null {
        said.push(format!(
            "runs of one side, paired with each other, differ by {} and came out as regressed in {} of {} ways",
            percent(null.spread),
            null.called,
            null.ways
        ));
    }
    said
}

/// What a verdict stands on.
fn replicates(design: Design, used: u32) -> String {
    match design {
        Design::Paired => counted(used as usize, "valid pair"),
        Design::Unpaired => format!("{} of a side", counted(used as usize, "valid run")),
    }
}

/// The verdict over loads in words.
pub(super) fn loads(record: &ComparisonRecord, load: &LoadComparison) -> String {
    let of = |result: FigureResult| -> Vec<String> {
        let all = load.operations.iter().flat_map(|o| o.figures.iter().map(move |f| (o, f)));
        let those = all.filter_map(|(o, f)| f.decides.as_ref().filter(|d| d.outcome == result).map(|d| (o, f, d)));
        those.map(|(o, f, d)| format!("{} of {} {}", f.figure.name(), o.operation, d.sentence)).collect()
    };
    let shown = |all: Vec<String>| {
        let more = all.len().saturating_sub(3);
        let text = all.into_iter().take(3).collect::<Vec<_>>().join("; ");
        if more > 0 { format!("{text}; and {more} more") } else { text }
    };
    match record.verdict {
        ComparisonResult::Interrupted => format!("interrupted after {}: no verdict", counted(load.used as usize, "whole pair")),
        ComparisonResult::Regressed => format!("regressed: {}", shown(of(FigureResult::Regressed))),
        ComparisonResult::NotRegressed => {
            let better = of(FigureResult::Improved);
            if better.is_empty() {
                format!("not regressed: {}", shown(of(FigureResult::NotRegressed)))
            } else {
                format!("not regressed, and better: {}", shown(better))
            }
        }
        ComparisonResult::Inconclusive if load.used < LEAST => {
            format!("inconclusive: {}, and a verdict needs {LEAST}", replicates(load.design, load.used))
        }
        ComparisonResult::Inconclusive => format!("inconclusive: {}", shown(of(FigureResult::Inconclusive))),
    }
}

/// The verdict over runs of suites in words.
pub(super) fn runs(conformance: &ConformanceComparison, new: usize, unjudged: Option<&str>) -> String {
    let count = |status| conformance.counts.iter().find(|c| c.status == status).map_or(0, |c| c.count);
    let others: Vec<String> = [FindingStatus::Fixed, FindingStatus::Still, FindingStatus::Flaky, FindingStatus::NotJudged]
        .into_iter()
        .filter(|s| count(*s) > 0)
        .map(|s| format!("{} {}", count(s), s.word()))
        .collect();
    let rest = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    match (new, unjudged) {
        (0, Some(why)) => format!("inconclusive: nothing new was found, but {why}{rest}"),
        (0, None) => format!("nothing new was found{rest}"),
        (n, _) => format!("{}{rest}", counted(n, "new finding")),
    }
}

#[cfg(test)]
mod tests {
    use super::{change, percent, value};
    use crate::record::compare::shape::Figure;

    #[test]
    fn shares_with_as_many_digits_as_they_deserve() {
        assert_eq!([0.0981, -0.0042, 0.0, 1.5, -0.123_45].map(change), ["+9.81%", "-0.42%", "+0%", "+150%", "-12.3%"]);
        assert_eq!([0.05, 0.1, 0.001].map(percent), ["5%", "10%", "0.1%"]);
        assert_eq!(value(Figure::P50, Some(1_234.0)), "1.23ms");
        assert_eq!([value(Figure::Throughput, Some(150.0)), value(Figure::Errors, None)], ["150/s", "–"]);
    }
}
