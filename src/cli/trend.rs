//! `proofmark report trend`, `list`, `index`, `prune`, `export`, `import`: arguments as typed, what is shown, the exit code.
//!
//! Never reads a history and never computes a figure.

use crate::app::handover::{self, Handed};
use crate::app::history::{self, Place};
use crate::app::prune::{self, Old};
use crate::app::trend;
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::cli::options::instant;
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, FAILS, UNUSABLE};
use crate::record::fingerprint::RunKind;
use crate::record::history::Filter;
use crate::record::load::words::many;
use crate::report::trend::{Format, list, render, text};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

const EXIT_CODES: &str = "Exit codes:
  0    done
  1    import: lines were left out; prune: something could not be taken away
  2    wrong usage, or a history that cannot be used";

/// What to do with the history of runs.
#[derive(Debug, Subcommand)]
pub(super) enum HistoryCommand {
    /// Show how figures went over runs, and where they changed
    #[command(after_help = EXIT_CODES)]
    Trend(TrendArgs),
    /// List the runs, newest first
    #[command(after_help = EXIT_CODES)]
    List(ListArgs),
    /// Make the history anew from the run folders
    #[command(after_help = EXIT_CODES)]
    Index(IndexArgs),
    /// Take old runs away, folder and row
    #[command(after_help = EXIT_CODES)]
    Prune(PruneArgs),
    /// Write the history as lines of JSON, a run each
    #[command(after_help = EXIT_CODES)]
    Export(ExportArgs),
    /// Take in what was exported; a run that is known already is taken once
    #[command(after_help = EXIT_CODES)]
    Import(ImportArgs),
}

/// Where a history is kept.
#[derive(Debug, Args)]
struct KeptArgs {
    /// Where the history is kept, instead of history.db in that folder: a file, or postgres://user@host/database
    #[arg(long, value_name = "FILE|URL", env = "PROOFMARK_HISTORY", hide_env_values = true)]
    history: Option<String>,
    /// Environment whose `history` is taken: a file, or the name of a shipped one
    #[arg(long, value_name = "FILE", env = "PROOFMARK_ENV")]
    env: Option<String>,
}

impl KeptArgs {
    fn place(&self, out: &Path) -> Place {
        Place { out: out.to_owned(), history: self.history.clone().map(Secret::new), environment: self.env.clone() }
    }
}

/// Which history.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// Folder in which each run has a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    #[command(flatten)]
    kept: KeptArgs,
}

impl PlaceArgs {
    fn place(&self) -> Place {
        self.kept.place(&self.out)
    }
}

/// Arguments of `report trend`.
#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Kind of runs: check, load, certification, monitor or listen; by default that of the newest run
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<RunKind>,
    /// Only the figures of this operation, SLO, check or suite
    #[arg(long, value_name = "OP")]
    operation: Option<String>,
    /// This figure, such as p99, service.p50 or errors; `all` for all (repeatable)
    #[arg(long, value_name = "FIGURE")]
    figure: Vec<String>,
    /// Show at most so many runs that may be compared with each other
    #[arg(long, value_name = "N", default_value_t = 50)]
    last: usize,
    /// Only runs that began then or later: a date or an instant
    #[arg(long, value_name = "DATE", value_parser = since)]
    since: Option<Timestamp>,
    /// text, html, json or csv
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: String,
}

/// Arguments of `report list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Only runs of this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<RunKind>,
    /// At most so many
    #[arg(long, value_name = "N")]
    last: Option<usize>,
    /// Only runs that began then or later: a date or an instant
    #[arg(long, value_name = "DATE", value_parser = since)]
    since: Option<Timestamp>,
}

/// Arguments of `report index`.
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    /// Folder in which each run has a folder of its own
    #[arg(value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    #[command(flatten)]
    kept: KeptArgs,
}

/// Arguments of `report prune`.
#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Keep the newest so many
    #[arg(long, value_name = "N", conflicts_with = "older_than")]
    keep: Option<usize>,
    /// Take away what began longer ago, such as 90d
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<Nanos>,
    /// Only runs of this kind, in what is kept as in what is taken away
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<RunKind>,
    /// Only say what would be taken away
    #[arg(long)]
    dry_run: bool,
}

/// Arguments of `report export`.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The file to write; the standard output where there is none
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
    /// Only runs of this kind
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<RunKind>,
    /// Only runs that began then or later: a date or an instant
    #[arg(long, value_name = "DATE", value_parser = since)]
    since: Option<Timestamp>,
}

/// Arguments of `report import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The file to read, or `-` for the standard input
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    place: PlaceArgs,
}

pub(super) fn run(command: &HistoryCommand, terminal: &Terminal) -> u8 {
    let done = match command {
        HistoryCommand::Trend(args) => show_trend(args, terminal),
        HistoryCommand::List(args) => show_list(args, terminal),
        HistoryCommand::Index(args) => make_index(args, terminal),
        HistoryCommand::Prune(args) => take_away(args, terminal),
        HistoryCommand::Export(args) => export(args, terminal),
        HistoryCommand::Import(args) => import(args, terminal),
    };
    done.unwrap_or_else(|faults| {
        faults.iter().for_each(|fault| terminal.diagnostics(std::slice::from_ref(fault)));
        UNUSABLE
    })
}

type Done = Result<u8, Vec<Diagnostic>>;

/// One by one, since none of them keeps anything from being done.
fn warn(terminal: &Terminal, warnings: &[Diagnostic]) {
    warnings.iter().for_each(|warning| terminal.diagnostics(std::slice::from_ref(warning)));
}

fn show_trend(args: &TrendArgs, terminal: &Terminal) -> Done {
    let format: Format = args.format.parse().map_err(|mistake| vec![mistake])?;
    let trended = trend::trend(&trend::Settings {
        place: args.place.place(),
        kind: args.kind,
        operation: args.operation.clone(),
        figures: args.figure.clone(),
        last: args.last,
        since: args.since,
    })?;
    warn(terminal, &trended.warnings);
    let options = text::Options { color: terminal.color(), ascii: !speaks_unicode(&|name| std::env::var(name).ok()) };
    terminal.show(&render(format, &trended.record, options));
    Ok(CONFORMS)
}

fn show_list(args: &ListArgs, terminal: &Terminal) -> Done {
    let filter = Filter { kind: args.kind, since: args.since, newest: args.last };
    let (runs, warnings) = trend::list(&args.place.place(), &filter)?;
    warn(terminal, &warnings);
    terminal.show(&list::render(&runs, terminal.color()));
    Ok(CONFORMS)
}

fn make_index(args: &IndexArgs, terminal: &Terminal) -> Done {
    let place = args.kept.place(&args.out);
    if !place.out.is_dir() {
        let fault = Diagnostic::error("usage/folder", format!("`{}` is no folder", place.out.display()));
        return Err(vec![fault.hint("give the folder that run folders are made in, such as reports")]);
    }
    let indexed = history::index(&place)?;
    warn(terminal, &indexed.warnings);
    let gone = if indexed.gone == 0 { String::new() } else { format!(", {} taken out", many(indexed.gone as u64, "row")) };
    terminal.show(&format!("{} in {}{gone}\n", many(indexed.taken as u64, "run"), indexed.source));
    Ok(CONFORMS)
}

fn take_away(args: &PruneArgs, terminal: &Terminal) -> Done {
    let old = match (args.keep, args.older_than) {
        (Some(kept), _) => Old::AllBut(kept),
        (None, Some(age)) => Old::Than(age),
        (None, None) => return Err(vec![Diagnostic::error("usage/prune", "say what is old: --keep N or --older-than AGE")]),
    };
    let place = args.place.place();
    let out = place.out.clone();
    let pruned = prune::prune(&prune::Settings { place, old, kind: args.kind, dry: args.dry_run, now: Timestamp::now() })?;
    let done = if args.dry_run { "would be taken away" } else { "taken away" };
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    pruned.gone.iter().for_each(|name| line(format!("{done}: {}", out.join(name).display())));
    pruned.in_use.iter().for_each(|name| line(format!("in use, left: {}", out.join(name).display())));
    pruned.left.iter().for_each(|(name, why)| line(format!("left: {}: {why}", out.join(name).display())));
    line(format!("{} {done}, {} kept", many(pruned.gone.len() as u64, "run"), pruned.kept));
    terminal.show(&text);
    warn(terminal, &pruned.warnings);
    Ok(if pruned.warnings.is_empty() { CONFORMS } else { FAILS })
}

fn export(args: &ExportArgs, terminal: &Terminal) -> Done {
    let filter = Filter { kind: args.kind, since: args.since, newest: None };
    let (lines, Handed { source, runs, warnings }) = handover::export(&args.place.place(), &filter)?;
    warn(terminal, &warnings);
    match &args.file {
        None => terminal.show(&lines),
        Some(path) if path.as_os_str() == handover::STREAM => terminal.show(&lines),
        Some(path) => {
            handover::write(path, &lines).map_err(|fault| vec![fault])?;
            terminal.show(&format!("{} of {source} in {}\n", many(runs as u64, "run"), path.display()));
        }
    }
    Ok(CONFORMS)
}

fn import(args: &ImportArgs, terminal: &Terminal) -> Done {
    let Handed { source, runs, warnings } = handover::import(&args.place.place(), &args.file)?;
    warn(terminal, &warnings);
    terminal.show(&format!("{} taken into {source}\n", many(runs as u64, "run")));
    Ok(if warnings.is_empty() { CONFORMS } else { FAILS })
}

/// Whether the terminal shows more than ASCII, by the locale (POSIX: the first of these that is set); one that says nothing does.
fn speaks_unicode(env: &dyn Fn(&str) -> Option<String>) -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    said.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn kind(text: &str) -> Result<RunKind, String> {
    RunKind::parse(text).ok_or_else(|| format!("one of {}", RunKind::ALL.map(RunKind::name).join(", ")))
}

fn age(text: &str) -> Result<Nanos, String> {
    Nanos::parse(text).map_err(|_| format!("`{text}` is no age such as 90d, 12h or P90D"))
}

/// A date, which begins at midnight UTC, or an instant.
fn since(text: &str) -> Result<Timestamp, String> {
    match text.parse::<Date>() {
        Ok(date) if !text.contains([':', 'T']) => {
            date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| format!("`{text}` is out of range"))
        }
        _ => instant(text)
            .map_err(|_| format!("`{text}` is no date such as 2026-10-25, and no instant such as 2026-10-25T21:00:00Z")),
    }
}

#[cfg(test)]
mod tests {
    use super::{kind, since, speaks_unicode};
    use crate::record::fingerprint::RunKind;

    #[test]
    fn a_date_begins_at_midnight_and_an_instant_is_itself() {
        let told = |text: &str| since(text).map(|at| at.to_string());
        assert_eq!(told("2026-10-25"), Ok("2026-10-25T00:00:00Z".to_owned()));
        assert_eq!(told("2026-10-25T22:00:00+01:00"), Ok("2026-10-25T21:00:00Z".to_owned()));
        for wrong in ["yesterday", "2026-13-01", ""] {
            assert!(told(wrong).is_err_and(|why| why.contains(wrong)));
        }
        assert_eq!(kind("load"), Ok(RunKind::Load));
        assert!(kind("loads").is_err_and(|why| why.contains("load")));
    }

    #[test]
    fn a_locale_says_whether_there_are_other_letters() {
        let of = |set: &'static [(&str, &str)]| {
            speaks_unicode(&move |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(of(&[]) && of(&[("LANG", "de_DE.UTF-8")]) && of(&[("LC_ALL", ""), ("LANG", "C.utf8")]));
        assert!(
            !of(&[("LANG", "C")]) && !of(&[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")]) && !of(&[("LC_CTYPE", "de_DE.ISO-8859-1")])
        );
    }
}
