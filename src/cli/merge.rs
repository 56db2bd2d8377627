//! `proofmark report merge` as it is typed.
//!
//! Exits as the sum of its parts does, which is never better than one of them. Judges nothing.

use crate::app::merge::{Settings, merge};
use crate::cli::options::ReportArgs;
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{UNUSABLE, code, verbosity};
use crate::record::sheet::Kind;
use crate::report::text::{Options, render};
use clap::Args as ClapArgs;
use std::path::PathBuf;

/// What `report merge` exits with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0    every part conforms
  1    a part has a finding or a failed gate
  2    wrong usage, unreadable parts, or parts of different runs: other specs, suites, environments or versions
  3    a part could not be judged
  130  a part was interrupted";

/// Arguments of `report merge`.
#[derive(Debug, ClapArgs)]
pub(super) struct MergeArgs {
    /// The runs of all jobs: their folders, record.json or journal.jsonl
    #[arg(value_name = "RUN", required = true, num_args = 1..)]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Folder that the folder of the sum is made in
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Only failures and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Every case with its steps
    #[arg(short, long)]
    verbose: bool,
}

/// Runs the command and gives its exit code.
pub(super) fn run(args: &MergeArgs, terminal: &Terminal) -> u8 {
    let mut mistakes = Vec::new();
    let asked = reports(Kind::Run, &args.reports, &mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let command = std::env::args().collect();
    let settings = Settings { parts: args.runs.clone(), out: args.out.clone(), reports: asked, command };
    match merge(&settings) {
        Err(faults) => {
            terminal.tell_each(&faults);
            UNUSABLE
        }
        Ok(merged) => {
            let options = Options {
                color: reports::color(terminal, &settings.reports),
                verbosity: verbosity(args.quiet, args.verbose),
                record: merged.kept.record,
                reports: merged.kept.reports,
            };
            reports::show(terminal, &settings.reports, &merged.record, &render(&merged.record, &options));
            reports::kept(terminal, &merged.kept.faults).unwrap_or(code(merged.record.verdict))
        }
    }
}
