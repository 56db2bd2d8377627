//! The command line as typed.
//!
//! Mirrors flags and their help. Resolves nothing: what they mean is decided where settings are made.

use crate::cli::keys::{KeygenArgs, VERIFY_EXIT_CODES, VerifyArgs};
use crate::cli::listen::{LISTEN_EXIT_CODES, ListenArgs};
use crate::cli::options::{Color, ReportArgs, SpecArgs, WindowArgs};
use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "Exit codes:
  0    conforms
  1    a finding or a failed gate
  2    wrong usage or unusable input; nothing was sent
  3    nothing could be judged: target unreachable, or what is required was skipped
  130  interrupted; the partial record is kept";

const LINT_EXIT_CODES: &str = "Exit codes:
  0    no error; with --strict no warning either
  1    an error was found in a file
  2    wrong usage, or a file that cannot be read or is none of ours";

const DIFF_EXIT_CODES: &str = "Exit codes:
  0    nothing breaks, or the major version says that it may
  1    a breaking change under the same major version
  2    wrong usage or an unusable spec";

/// Checks APIs and callback endpoints against their contract.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, about, after_help = EXIT_CODES, styles = STYLES, propagate_version = true)]
pub(super) struct Args {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run suites against a target; with nothing named, every shipped suite against the embedded sandbox
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Play the platform against a partner's callback endpoint, and write a certificate
    #[command(after_help = crate::cli::certify::EXIT_CODES)]
    Certify(Box<crate::cli::certify::CertifyArgs>),
    /// Send load and measure it from the intended start, every answer judged
    #[command(after_help = crate::cli::load::EXIT_CODES)]
    Load(Box<crate::cli::load::LoadArgs>),
    /// Probe operations for hours to months, and report their availability inside the stated window
    #[command(after_help = crate::cli::monitor::EXIT_CODES)]
    Monitor(Box<crate::cli::monitor::MonitorArgs>),
    /// Say what is wrong with specs, suites, environments, load plans and overlays; with nothing named, those shipped
    #[command(after_help = LINT_EXIT_CODES)]
    Lint(LintArgs),
    /// Compare two versions of a spec and say which changes break a partner
    #[command(after_help = DIFF_EXIT_CODES)]
    Diff(DiffArgs),
    /// Serve the three shipped APIs, stateful, with a clock that can be moved and faults by name
    Sandbox(SandboxArgs),
    /// Serve a partner's callback endpoint that does everything right, or one thing wrong by name
    Partner(crate::cli::partner::PartnerArgs),
    /// Receive callbacks, check what arrives and answer as told
    #[command(after_help = LISTEN_EXIT_CODES)]
    Listen(ListenArgs),
    /// Make a key to sign certificates with, or keys for deliveries
    Keygen(KeygenArgs),
    /// Say whether a certificate holds, and what it covers
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify(VerifyArgs),
    /// Work with stored runs
    #[command(subcommand)]
    Report(ReportCommand),
    /// Print the JSON Schema of what is written by hand, or of a record
    Schema(crate::cli::schema::SchemaArgs),
}

/// What to do with stored runs.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Show a stored run, certification, load, watch or comparison again, also one that was killed; exits as that did
    Show(ShowArgs),
    #[command(flatten)]
    History(crate::cli::trend::HistoryCommand),
    /// Compare stored runs: loads by their figures, checks by what they found
    #[command(after_help = crate::cli::comparison::EXIT_CODES)]
    Compare(crate::cli::comparison::CompareArgs),
    /// Put the runs of several jobs together: one record, never better than its parts
    #[command(after_help = crate::cli::merge::EXIT_CODES)]
    Merge(crate::cli::merge::MergeArgs),
}

/// Arguments of `report show`.
#[derive(Debug, ClapArgs)]
pub(super) struct ShowArgs {
    /// The run's folder, its record.json or its journal.jsonl
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// text, html, json, junit, markdown, or one of the others in docs/reports.md
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: String,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    /// Only failures and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Every case with its steps
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// Arguments of `check`.
#[derive(Debug, ClapArgs)]
pub(super) struct CheckArgs {
    /// Suite files, or folders with suites; everything shipped when none is named
    #[arg(value_name = "SUITE")]
    pub(super) suites: Vec<String>,
    /// Check this server instead of the environment's target
    #[arg(long, value_name = "URL")]
    pub(super) target: Option<String>,
    /// Environment: a file, or the name of a shipped one
    #[arg(long, value_name = "FILE", env = "PROOFMARK_ENV")]
    pub(super) env: Option<String>,
    /// Only cases with this tag (repeatable: any of them)
    #[arg(long, value_name = "TAG")]
    pub(super) tag: Vec<String>,
    /// Only cases whose id or title contains this (repeatable: any of them)
    #[arg(long, value_name = "TEXT")]
    pub(super) only: Vec<String>,
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    #[command(flatten)]
    pub(super) window: WindowArgs,
    /// Cases run side by side
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = positive)]
    pub(super) jobs: usize,
    /// Seed of the run, to run the same again
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
    /// Folder in which each run gets a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    /// Switch on a fault of the embedded sandbox, to see it found (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<String>,
    /// Only failures and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Every case with its steps
    #[arg(short, long)]
    pub(super) verbose: bool,
}

/// Arguments of `lint`.
#[derive(Debug, ClapArgs)]
pub(super) struct LintArgs {
    /// Files, folders, or `-` for the standard input
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<String>,
    /// text, json, sarif or github
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: String,
    #[command(flatten)]
    pub(super) specs: SpecArgs,
    /// Fail on warnings as well; also `--deny warnings`
    #[arg(long)]
    pub(super) strict: bool,
    /// Fail on these as well
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"], hide = true)]
    pub(super) deny: Option<String>,
    /// Make a rule matter more or less: ID=off, ID=warning or ID=error (repeatable)
    #[arg(long, value_name = "ID=LEVEL")]
    pub(super) rule: Vec<String>,
    /// Show at most so many findings of one file as text, errors first; 0 for all
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) max: usize,
    /// Only errors and the sum
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// Arguments of `diff`.
#[derive(Debug, ClapArgs)]
pub(super) struct DiffArgs {
    /// The spec that partners follow
    #[arg(value_name = "OLD")]
    pub(super) old: String,
    /// The spec that is to take its place
    #[arg(value_name = "NEW")]
    pub(super) new: String,
    /// text, json or markdown
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: String,
    /// Only what breaks a partner
    #[arg(long)]
    pub(super) breaking_only: bool,
    /// Partners must expect values that no list names: a new one in an answer breaks nobody
    #[arg(long)]
    pub(super) open_enums: bool,
    #[command(flatten)]
    pub(super) specs: SpecArgs,
}

/// Arguments of `sandbox`.
#[derive(Debug, ClapArgs)]
pub(super) struct SandboxArgs {
    /// Address to listen on; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8099")]
    pub(super) bind: String,
    /// Configuration: clients, partners, secret, limits
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<String>,
    /// Misbehave in this way (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<String>,
    /// Keep everything in this SQLite file, and take up what it holds: no end of the process loses what was accepted
    #[arg(long, value_name = "FILE")]
    pub(super) store: Option<PathBuf>,
    /// List the faults, each with the check that finds it, and exit
    #[arg(long)]
    pub(super) list_faults: bool,
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(n) if n > 256 => Err("at most 256".to_owned()),
        Ok(n) => Ok(n),
        Err(_) => Err("not a number".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
