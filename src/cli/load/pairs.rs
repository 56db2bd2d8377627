//! `proofmark load --baseline` as it is typed and as it is shown while it runs.
//!
//! Turns arguments into settings and runs into lines. Judges nothing.

use crate::app::load::{Failed, Settings as LoadSettings};
use crate::app::pairs::{Baseline, Settings, Watcher, compare};
use crate::base::diagnostic::Diagnostic;
use crate::cli::comparison::{MarginArgs, show};
use crate::cli::load::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::{NOT_JUDGED, UNUSABLE, interruption};
use crate::model::load::LoadObserver;
use crate::record::sheet::Kind;
use crate::report::Format;
use clap::Args as ClapArgs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Pairs where nobody says how many.
const PAIRS: u32 = 5;

/// What a load is compared with.
#[derive(Debug, ClapArgs)]
pub(super) struct PairArgs {
    /// Compare with this: the URL of another target, which is loaded in turns with this one, or a stored run or a folder of runs
    #[arg(long, value_name = "URL|RUN")]
    baseline: Option<String>,
    /// The environment of the baseline, where it has another one
    #[arg(long, value_name = "FILE")]
    baseline_env: Option<String>,
    /// With a baseline: how many pairs of runs; 5 by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pairs: Option<u32>,
    #[command(flatten)]
    margins: MarginArgs,
}

impl PairArgs {
    /// Settings as meant where a baseline was asked for, with every mistake at once.
    pub(super) fn settings(&self, load: &LoadSettings, mistakes: &mut Vec<Diagnostic>) -> Option<Settings> {
        let margins = self.margins.margins(mistakes);
        let baseline = self.baseline(mistakes)?;
        if load.metrics.is_some() || load.otlp.is_some() {
            let message = "`--metrics` and `--otlp` are of one load, and a comparison is many";
            mistakes.push(Diagnostic::error("usage/baseline", message));
        }
        let refused = load.reports.iter().filter_map(|report| Format::parse(Kind::Comparison, report.format.name()).err());
        mistakes.extend(refused);
        Some(Settings {
            reports: load.reports.clone(),
            load: load.clone(),
            baseline,
            pairs: self.pairs.unwrap_or(PAIRS),
            anyway: self.margins.anyway,
            margins,
        })
    }

    fn baseline(&self, mistakes: &mut Vec<Diagnostic>) -> Option<Baseline> {
        let live = |target: Option<&String>| Baseline::Live { target: target.cloned(), environment: self.baseline_env.clone() };
        match &self.baseline {
            Some(url) if url.contains("://") => Some(live(Some(url))),
            Some(path) if PathBuf::from(path).exists() => {
                if self.baseline_env.is_some() {
                    let message = format!("`{path}` is a stored run: no environment is of any use to it");
                    mistakes.push(Diagnostic::error("usage/baseline", message));
                }
                Some(Baseline::Stored(path.into()))
            }
            Some(other) => {
                let fault =
                    Diagnostic::error("usage/baseline", format!("`--baseline {other}` is neither a URL nor a stored run"));
                mistakes
                    .push(fault.hint("such as --baseline http://127.0.0.1:8080 or --baseline reports/2026-11-29T200000Z-load"));
                None
            }
            None if self.baseline_env.is_some() => Some(live(None)),
            None => {
                if self.pairs.is_some() || self.margins.anyway || !self.margins.margin.is_empty() {
                    let fault = Diagnostic::error("usage/baseline", "nothing says what is compared with");
                    mistakes.push(fault.hint("add --baseline URL, --baseline RUN or --baseline-env FILE"));
                }
                None
            }
        }
    }
}

/// Compares, and gives the exit code.
pub(super) async fn run(settings: &Settings, quiet: bool, verbose: bool, terminal: &Terminal) -> u8 {
    let lines = Lines { terminal: terminal.shows_progress(), quiet, last: Mutex::default() };
    let compared = compare(settings, &lines, interruption()).await;
    lines.clear();
    match compared {
        Err(Failed::Inputs(faults)) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Err(Failed::Unreachable(why)) => {
            terminal.failure(&why);
            NOT_JUDGED
        }
        Ok(compared) => show(compared, &settings.reports, quiet, verbose, terminal),
    }
}

/// A line for each run, and a line a second below it while it goes on.
struct Lines {
    terminal: bool,
    quiet: bool,
    last: Mutex<Option<Arc<Progress>>>,
}

impl Lines {
    fn clear(&self) {
        if let Some(progress) = self.last.lock().unwrap_or_else(PoisonError::into_inner).take() {
            progress.clear();
        }
    }
}

impl Watcher for Lines {
    fn begins(&self, what: &str) -> Arc<dyn LoadObserver> {
        if !self.quiet && self.terminal {
            // Nothing is left to say it to when the terminal itself is gone.
            let _ = writeln!(std::io::stderr(), "{what}");
        }
        // Elsewhere than on a terminal a line for each run is enough.
        let progress = Arc::new(Progress::new(self.terminal, self.quiet || !self.terminal));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&progress));
        progress
    }

    fn ended(&self, said: &str) {
        self.clear();
        if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{said}");
        }
    }
}
