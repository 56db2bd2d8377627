//! `proofmark listen`: arguments as typed, a line for every request as it comes, the exit code.
//!
//! Never judges, and never shows what was not redacted before.

use crate::app::listen::{Listened, Settings, open};
use crate::app::reports::Report;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::cli::options::{ReportArgs, SpecArgs};
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{UNUSABLE, code, interruption, rights, verbosity};
use crate::listen::script::Script;
use crate::listen::{Attempt, Kind};
use crate::model::finding::Finding;
use crate::model::signing::{SignatureScheme, WebhookAlgorithm};
use crate::record::sheet;
use crate::report::text::{Options, Verbosity, render};
use crate::report::visible;
use anstyle::{AnsiColor, Style};
use clap::Args as ClapArgs;
use std::path::PathBuf;

pub(super) const LISTEN_EXIT_CODES: &str = "Exit codes:
  0    everything that came conforms; with --count that many came
  1    a finding, or fewer than --count
  2    wrong usage or unusable input; nothing was listened to
  3    no delivery arrived
  130  interrupted before --count was reached; without --count Ctrl-C is the normal end";

/// Arguments of `listen`.
#[derive(Debug, ClapArgs)]
pub(super) struct ListenArgs {
    /// Address to listen on; port 0 for any
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    bind: String,
    /// Spec with the callbacks: a file, a URL or the name of a shipped one [default: that of the profile, or laas-notifications]
    #[arg(long, value_name = "SPEC")]
    spec: Option<String>,
    /// Only this callback or webhook (repeatable): operation.key, key or operationId
    #[arg(long, value_name = "NAME")]
    callback: Vec<String>,
    /// Profile that says how deliveries are signed: a file, or the name of a shipped one
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// What verifies signatures: whsec_, whpk_, a public key in PEM or the shared secret
    #[arg(long, value_name = "VALUE", env = "PROOFMARK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Answers to the attempts of one delivery, the last one repeating: statuses, or drop for none
    #[arg(long, value_name = "STATUS,...", default_value = "204")]
    respond: String,
    /// Hold every answer back for this long
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    delay: Nanos,
    /// Drop the first N attempts of each delivery without an answer
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=1000))]
    drop: u16,
    /// End after this many attempts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    /// End after this time
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    time: Option<Nanos>,
    #[command(flatten)]
    specs: SpecArgs,
    /// Folder in which each run gets a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Where the history of runs is kept, instead of history.db in the --out folder: a file, postgres://user@host/database, or none
    #[arg(long, value_name = "FILE|URL")]
    history: Option<String>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Only failures and the verdict
    #[arg(short, long)]
    quiet: bool,
}

fn duration(text: &str) -> Result<Nanos, String> {
    Nanos::parse(text)
}

pub(super) async fn run(args: ListenArgs, terminal: &Terminal) -> u8 {
    let verbosity = verbosity(args.quiet, false);
    let settings = match settings(args) {
        Ok(settings) => settings,
        Err(faults) => {
            terminal.diagnostics(&faults);
            return UNUSABLE;
        }
    };
    let listening = match open(settings).await {
        Ok(listening) => listening,
        Err(faults) => {
            terminal.diagnostics(&faults);
            return UNUSABLE;
        }
    };
    terminal.tell_each(&listening.warnings);
    let (operations, spec) = &listening.what;
    let lines = Lines { color: terminal.color(), width: operations.iter().map(|o| o.chars().count()).max().unwrap_or(0) };
    let shown = verbosity != Verbosity::Quiet;
    if shown {
        let signed = listening.signed.as_ref().map_or_else(|| "signatures are not checked".to_owned(), scheme);
        let what = operations.join(", ");
        terminal.show(&format!("listening at {}; {what} of {spec}; {signed}; Ctrl-C ends it\n\n", listening.url));
    }
    let watching = terminal.clone();
    let watch = move |attempt: &Attempt| {
        if shown {
            watching.show(&lines.of(attempt));
        }
    };
    let listened = listening.run(watch, interruption()).await;
    terminal.tell_each(&listened.warnings);
    // What was shown as it came is not shown again.
    let text = if shown {
        ending(&listened)
    } else {
        render(&listened.record, &Options { color: terminal.color(), verbosity, ..Options::default() })
    };
    terminal.show(&text);
    reports::kept(terminal, &listened.kept.faults).unwrap_or(code(listened.record.verdict))
}

/// Where it was written down, and the verdict in words as the last line.
fn ending(listened: &Listened) -> String {
    let mut text = "\n".to_owned();
    if let Some(path) = &listened.kept.record {
        text.push_str(&format!("record      {}\n", path.display()));
    }
    for (format, path) in &listened.kept.reports {
        text.push_str(&format!("report      {} ({format})\n", path.display()));
    }
    text.push_str(&format!("\n{}\n", visible::line(&listened.record.sentence)));
    text
}

fn scheme(scheme: &SignatureScheme) -> String {
    match scheme {
        SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1) => "signed by Standard Webhooks v1".to_owned(),
        SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a) => "signed by Standard Webhooks v1a".to_owned(),
        SignatureScheme::HttpMessage(spec) => format!("signed by RFC 9421 with {}", spec.algorithm.name()),
        SignatureScheme::SharedSecret { header } => format!("with the shared secret in {header}"),
    }
}

/// Arguments as typed into settings as meant, with every mistake at once.
fn settings(args: ListenArgs) -> Result<Settings, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let reports = reports(sheet::Kind::Run, &args.reports, &mut mistakes);
    if reports.iter().any(Report::is_output) {
        let mistake =
            Diagnostic::error("usage/report", "what arrives is shown at the standard output, which has no room for a report");
        mistakes.push(mistake.hint("give the report a path"));
    }
    let answers = Script::parse(&args.respond).unwrap_or_else(|why| {
        mistakes.push(Diagnostic::error("usage/respond", format!("`--respond`: {why}")).hint("such as --respond 503,503,204"));
        Vec::new()
    });
    let rights = rights(&args.specs, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Settings {
        bind: args.bind,
        spec: args.spec,
        callbacks: args.callback,
        profile: args.profile,
        secret: args.secret.filter(|s| !s.trim().is_empty()).map(Secret::new),
        drops: usize::from(args.drop),
        answers,
        delay: args.delay,
        count: args.count.map(|n| n as usize),
        time: args.time,
        out: args.out,
        reports,
        overlays: args.specs.overlay,
        rights,
        history: args.history.map(Secret::new),
        command: std::env::args().collect(),
    })
}

/// Lays out the line of a request, and its findings below.
struct Lines {
    color: bool,
    /// Of the longest operation.
    width: usize,
}

const DIM: Style = Style::new().dimmed();

impl Lines {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn of(&self, attempt: &Attempt) -> String {
        let (word, style) = verdict(attempt);
        let time = self.paint(DIM, &attempt.at.strftime("%H:%M:%S").to_string());
        let number = if attempt.number == 0 { String::new() } else { attempt.number.to_string() };
        let operation = visible::line(&attempt.operation).into_owned();
        let label = attempt.label.as_deref().map(|l| visible::line(l).into_owned()).unwrap_or_default();
        let word = self.paint(style, &format!("{word:<8}"));
        let answered = attempt.answered.map_or_else(|| "dropped".to_owned(), |status| status.to_string());
        let note = self.paint(DIM, note(attempt.kind));
        let width = self.width;
        let line = format!("{time}  {number:>2}  {operation:<width$}  {label:<24}  {word}  {answered:<7}  {note}");
        let mut text = format!("{}\n", line.trim_end());
        for finding in &attempt.findings {
            text.push_str(&self.finding(finding));
        }
        text
    }

    fn finding(&self, finding: &Finding) -> String {
        let mut place = finding.check.to_string();
        if let Some(instance) = finding.instance.as_ref().filter(|p| !p.as_str().is_empty()) {
            place = format!("{place} at {}", visible::line(instance.as_str()));
        }
        let said = |name: &str, text: &str| format!("{:16}{}  {}\n", "", self.paint(DIM, name), visible::line(text));
        format!(
            "{:14}{}: {}\n{}{}",
            "",
            place,
            visible::line(&finding.message),
            said("expected", &finding.expected),
            said("received", &finding.actual)
        )
    }
}

fn verdict(attempt: &Attempt) -> (&'static str, Style) {
    let bold = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
    let worst = attempt.findings.iter().map(|f| f.severity == Severity::Error).max();
    match (attempt.kind.is_delivery(), worst) {
        (false, _) => ("", Style::new()),
        (true, Some(true)) => ("FAILS", bold(AnsiColor::Red)),
        (true, Some(false)) => ("WARNING", bold(AnsiColor::Yellow)),
        (true, None) => ("conforms", bold(AnsiColor::Green)),
    }
}

fn note(kind: Kind) -> &'static str {
    match kind {
        Kind::First => "",
        Kind::Replay => "replay",
        Kind::Changed => "same id, another body",
        Kind::Handshake => "handshake",
        Kind::WrongMethod => "method not documented",
        Kind::Elsewhere => "no callback has this path",
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::listen::{Attempt, Kind};
    use jiff::Timestamp;

    #[test]
    fn a_line_says_what_came_and_hides_nothing_in_it() {
        let lines = Lines { color: false, width: 16 };
        let attempt = Attempt {
            at: Timestamp::UNIX_EPOCH,
            kind: Kind::Replay,
            number: 2,
            operation: "PostNotification".to_owned(),
            label: Some("SIGNATURE.\u{1b}[2J".to_owned()),
            findings: Vec::new(),
            answered: Some(204),
        };
        let line = lines.of(&attempt);
        assert_eq!(line, "00:00:00   2  PostNotification  SIGNATURE.\\u{1b}[2J       conforms  204      replay\n");
        let dropped = Attempt { answered: None, kind: Kind::First, number: 1, label: None, ..attempt };
        assert!(lines.of(&dropped).ends_with("conforms  dropped\n"), "{}", lines.of(&dropped));
    }
}
