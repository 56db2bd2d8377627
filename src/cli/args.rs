//! The command line as typed.
//!
//! Mirrors flags and their help. Resolves nothing: what they mean is decided where settings are made.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
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

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run suites against a target; with nothing named, every shipped suite against the embedded sandbox
    #[command(after_help = EXIT_CODES)]
    Check(CheckArgs),
    /// Serve the three shipped APIs, stateful, with a clock that can be moved and faults by name
    Sandbox(SandboxArgs),
    /// Work with stored runs
    #[command(subcommand)]
    Report(ReportCommand),
}

/// What to do with stored runs.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Show a stored run again, also one that was killed; exits as that run did
    Show(ShowArgs),
}

/// Arguments of `report show`.
#[derive(Debug, ClapArgs)]
pub(super) struct ShowArgs {
    /// The run's folder, its record.json or its journal.jsonl
    #[arg(value_name = "RUN")]
    pub(super) run: PathBuf,
    /// text, html, json, junit or markdown
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: String,
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
    /// Cases run side by side
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = positive)]
    pub(super) jobs: usize,
    /// Seed of the run, to run the same again
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
    /// Folder in which each run gets a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub(super) out: PathBuf,
    /// Also write a report: text, html, json, junit or markdown (repeatable)
    #[arg(long, value_name = "FORMAT=PATH")]
    pub(super) report: Vec<String>,
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
