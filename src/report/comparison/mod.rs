//! A comparison as text and Markdown, and what its pages share.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod markdown;
pub mod text;

use crate::record::compare::shape::{ComparisonResult, FigureComparison, FigureResult, FindingStatus, Seen};
use crate::record::compare::words;
use crate::record::shape::{Level, Outcome};

pub use crate::report::text::Options;

/// Which of the known outcomes a verdict looks like.
pub(in crate::report) fn verdict_as(verdict: ComparisonResult) -> Outcome {
    match verdict {
        ComparisonResult::NotRegressed => Outcome::Pass,
        ComparisonResult::Regressed => Outcome::Fail,
        ComparisonResult::Inconclusive | ComparisonResult::Interrupted => Outcome::Skipped,
    }
}

/// Which of them that of a figure looks like.
pub(in crate::report) fn figure_as(result: FigureResult) -> Outcome {
    match result {
        FigureResult::NotRegressed | FigureResult::Improved => Outcome::Pass,
        FigureResult::Regressed => Outcome::Fail,
        FigureResult::Inconclusive => Outcome::Skipped,
    }
}

/// Which of them what became of a finding looks like.
pub(in crate::report) fn finding_as(status: FindingStatus, level: Level) -> Outcome {
    match (status, level) {
        (FindingStatus::New, Level::Error) => Outcome::Fail,
        (FindingStatus::Fixed, _) => Outcome::Pass,
        (FindingStatus::New | FindingStatus::Flaky | FindingStatus::NotJudged, _) => Outcome::Skipped,
        (FindingStatus::Still | FindingStatus::Gone, _) => Outcome::NotApplicable,
    }
}

/// What is shown of a figure: its outcome where it decides, else which way it went; nothing where it is refused.
pub(in crate::report) fn told(figure: &FigureComparison) -> &'static str {
    match (&figure.decides, &figure.refused) {
        (Some(decided), _) => decided.outcome.word(),
        (None, Some(_)) => "refused",
        (None, None) if figure.interval.is_none() => "no replicate",
        (None, None) => words::way(figure.figure, figure.seen),
    }
}

/// The figure's baseline, candidate, change, interval and margin, as a row shows them.
pub(in crate::report) fn cells(figure: &FigureComparison) -> [String; 5] {
    let dash = || "–".to_owned();
    [
        words::value(figure.figure, figure.baseline),
        words::value(figure.figure, figure.candidate),
        figure.change.map_or_else(dash, words::change),
        figure.interval.map_or_else(dash, words::interval),
        figure.decides.as_ref().map(|d| words::percent(d.margin)).unwrap_or_default(),
    ]
}

/// True where a figure went one way beyond doubt.
pub(in crate::report) fn is_seen(figure: &FigureComparison) -> bool {
    figure.seen != Seen::Unclear
}

#[cfg(test)]
mod tests {
    use crate::record::compare::fixture;
    use crate::record::sheet::Kind;
    use crate::report::{Format, Rendered, render};
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the samples anew.
    #[test]
    fn the_samples_are_what_is_rendered() {
        for (folder, record) in [("load", fixture::regressed()), ("check", fixture::broken())] {
            let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/comparison").join(folder);
            for format in Format::of(Kind::Comparison) {
                let path = dir.join(format.file(Kind::Comparison));
                let Rendered::File(rendered) = render(format, &record) else { continue };
                if std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write") {
                    std::fs::create_dir_all(&dir).expect("the folder is made");
                    std::fs::write(&path, &rendered).expect("the sample is written");
                }
                let sample = std::fs::read_to_string(&path).expect("the sample is there");
                assert!(sample == rendered, "{} is not what is rendered", path.display());
            }
        }
    }
}
