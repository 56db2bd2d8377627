//! `proofmark report compare` as it is typed, and what every comparison has in common.
//!
//! Turns arguments into settings and verdicts into exit codes. Compares nothing.

use crate::app::compare::{Compared, Settings, compare};
use crate::app::reports::Report;
use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::cli::options::ReportArgs;
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, FAILS, INTERRUPTED, NOT_JUDGED, UNUSABLE, verbosity};
use crate::record::compare::loads::MARGINS;
use crate::record::compare::shape::{ComparisonResult, Figure};
use crate::record::sheet::Kind;
use crate::report::comparison::{Options, text};
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// What `report compare` exits with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0    the candidate is not worse: by its margins (loads), or by what is found (checks, certifications)
  1    it is worse: a figure beyond its margin, or a finding that was not there
  2    wrong usage, unreadable runs, mixed kinds, or runs that stand on different ground
  3    neither can be said: too few runs, too much spread, or a run that judged nothing";

/// Arguments of `report compare`.
#[derive(Debug, ClapArgs)]
pub(super) struct CompareArgs {
    /// The baseline, then the candidate: a run's folder, its record.json, or a folder of runs
    #[arg(value_name = "RUN", num_args = 2, conflicts_with_all = ["baseline", "candidate"], required_unless_present_all = ["baseline", "candidate"])]
    runs: Vec<PathBuf>,
    /// Runs of the baseline, where there are several
    #[arg(long, value_name = "RUN", num_args = 1.., requires = "candidate")]
    baseline: Vec<PathBuf>,
    /// Runs of the candidate
    #[arg(long, value_name = "RUN", num_args = 1.., requires = "baseline")]
    candidate: Vec<PathBuf>,
    #[command(flatten)]
    margins: MarginArgs,
    #[command(flatten)]
    reports: ReportArgs,
    /// Folder that the comparison's folder is made in
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Only what does not hold, and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Every run, finding and circumstance
    #[arg(short, long)]
    verbose: bool,
}

/// What decides over loads, and whether the ground matters.
#[derive(Debug, ClapArgs)]
pub(super) struct MarginArgs {
    /// Loads: how much worse is still no regression, such as 5% of the median or p99=10% (repeatable; p50=5% and errors=1% by default)
    #[arg(long, value_name = "[FIGURE=]SHARE")]
    pub(super) margin: Vec<String>,
    /// Compare runs that stand on different ground all the same, and say so
    #[arg(long)]
    pub(super) anyway: bool,
}

impl MarginArgs {
    /// The figures that decide, with every mistake at once.
    pub(super) fn margins(&self, mistakes: &mut Vec<Diagnostic>) -> Vec<(Figure, f64)> {
        let mut margins = MARGINS.to_vec();
        for typed in &self.margin {
            match margin(typed) {
                Ok((figure, margin)) => {
                    margins.retain(|(f, _)| *f != figure);
                    margins.push((figure, margin));
                }
                Err(mistake) => mistakes.push(*mistake),
            }
        }
        margins.sort_by_key(|(figure, _)| *figure);
        margins
    }
}

/// `5%`, `p99=10%`.
fn margin(typed: &str) -> Result<(Figure, f64), Box<Diagnostic>> {
    let (figure, share) = match typed.split_once('=') {
        Some((name, share)) => {
            let known = Figure::ALL.into_iter().find(|f| f.name() == name);
            let unknown = || {
                let message = format!("`--margin {typed}`: nothing is compared that is called `{name}`");
                Diagnostic::error("usage/margin", message).maybe_hint(did_you_mean(name, Figure::ALL.map(Figure::name)))
            };
            (known.ok_or_else(|| Box::new(unknown()))?, share)
        }
        None => (Figure::P50, typed),
    };
    let number = share.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match number {
        Some(number) if number > 0.0 && number <= 1_000.0 => Ok((figure, number / 100.0)),
        _ => Err(Box::new(
            Diagnostic::error("usage/margin", format!("`--margin {typed}` is no share"))
                .hint("such as --margin 5% or --margin p99=10%"),
        )),
    }
}

/// The exit code of a comparison.
pub(super) fn code(verdict: ComparisonResult) -> u8 {
    match verdict {
        ComparisonResult::NotRegressed => CONFORMS,
        ComparisonResult::Regressed => FAILS,
        ComparisonResult::Inconclusive => NOT_JUDGED,
        ComparisonResult::Interrupted => INTERRUPTED,
    }
}

/// Runs the command and gives its exit code.
pub(super) fn run(args: &CompareArgs, terminal: &Terminal) -> u8 {
    let mut mistakes = Vec::new();
    let reports = reports(Kind::Comparison, &args.reports, &mut mistakes);
    let margins = args.margins.margins(&mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let (baseline, candidate) = match &args.runs[..] {
        [baseline, candidate] => (vec![baseline.clone()], vec![candidate.clone()]),
        _ => (args.baseline.clone(), args.candidate.clone()),
    };
    let settings = Settings {
        baseline,
        candidate,
        anyway: args.margins.anyway,
        margins,
        out: args.out.clone(),
        reports,
        command: std::env::args().collect(),
    };
    match compare(&settings) {
        Err(faults) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Ok(compared) => show(compared, &settings.reports, args.quiet, args.verbose, terminal),
    }
}

/// Shows a comparison that was made, with the reports that were asked for, and gives its exit code.
pub(super) fn show(compared: Compared, asked: &[Report], quiet: bool, verbose: bool, terminal: &Terminal) -> u8 {
    let options = Options {
        color: reports::color(terminal, asked),
        verbosity: verbosity(quiet, verbose),
        record: compared.kept.record,
        reports: compared.kept.reports,
    };
    reports::show(terminal, asked, &compared.record, &text::render(&compared.record, &options));
    reports::kept(terminal, &compared.kept.faults).unwrap_or(code(compared.record.verdict))
}

#[cfg(test)]
mod tests {
    use super::{MarginArgs, margin};
    use crate::record::compare::shape::Figure;

    #[test]
    fn margins_are_shares_of_what_decides() {
        assert_eq!(margin("5%").ok(), Some((Figure::P50, 0.05)));
        assert_eq!(margin("p99.9=12.5%").ok(), Some((Figure::P999, 0.125)));
        for wrong in ["5", "", "0%", "-1%", "p99=", "p99=x%", "nan%", "inf%"] {
            assert!(margin(wrong).is_err(), "{wrong}");
        }
        let unknown = margin("througput=5%").expect_err("no such figure");
        assert_eq!(unknown.hint.as_deref(), Some("did you mean `throughput`?"));
        let typed = |margin: &[&str]| MarginArgs { margin: margin.iter().map(|m| (*m).to_owned()).collect(), anyway: false };
        let mut mistakes = Vec::new();
        let margins = typed(&["10%", "p99=20%"]).margins(&mut mistakes);
        assert_eq!(margins, [(Figure::P50, 0.1), (Figure::P99, 0.2), (Figure::Errors, 0.01)]);
        assert!(typed(&["x", "y=1%"]).margins(&mut mistakes).len() == 2 && mistakes.len() == 2, "all at once");
    }
}
