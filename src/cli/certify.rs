//! `proofmark certify` as it is typed and as it is shown while it runs.
//!
//! Turns arguments into settings and events into lines. Judges nothing.

use crate::app::certify::{Certified, Failed, Settings, certify};
use crate::app::profiles::Wanted;
use crate::app::reports::Report;
use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::base::secret::Secret;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::cli::options::{ReportArgs, SpecArgs, WindowArgs};
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, FAILS, INTERRUPTED, NOT_JUDGED, UNUSABLE, interruption, rights};
use crate::model::certification::{CertificationEvent, CertificationObserver, ModuleId, ModuleResult};
use crate::plan::certification::DeliveryRate;
use crate::record::certification::shape::CertificationResult;
use crate::record::sheet::Kind;
use crate::report::certification::{Options, text};
use clap::Args as ClapArgs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What `certify` exits with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0    no module failed; a certificate is written where all that it needs was run
  1    a module failed, or one whose failure was announced did not
  2    wrong usage or unusable input; nothing was sent
  3    nothing could be judged, the window is closed, or a required module was not judged
  130  interrupted; what was done is kept, and --resume goes on";

/// Arguments of `certify`.
#[derive(Debug, ClapArgs)]
pub(super) struct CertifyArgs {
    /// What the partner would register; the callback's own path is appended
    #[arg(value_name = "URL")]
    url: String,
    /// What the endpoint is certified on: the name of a shipped profile, or a file
    #[arg(long, value_name = "NAME or FILE", default_value = "laas")]
    profile: String,
    /// The key that deliveries are signed with; else the one that the profile names, PROOFMARK_SECRET in the shipped ones
    #[arg(long, value_name = "VALUE")]
    secret: Option<String>,
    /// The credential that deliveries bear, such as `Bearer abc`: in the profile's header, else in Authorization
    #[arg(long, value_name = "VALUE", env = "PROOFMARK_AUTHORIZATION", hide_env_values = true)]
    authorization: Option<String>,
    /// Certify the callbacks and webhooks of this spec instead of the profile's
    #[arg(long, value_name = "SPEC")]
    spec: Option<String>,
    /// Certify this callback or webhook, by operationId or key (repeatable)
    #[arg(long, value_name = "NAME")]
    callback: Vec<String>,
    #[command(flatten)]
    specs: SpecArgs,
    /// Run these modules only; no certificate can come of it (repeatable)
    #[arg(long, value_name = "MODULE")]
    only: Vec<String>,
    /// Go on with a certification that was stopped: its folder
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
    /// With --resume, run this module again although it had finished (repeatable)
    #[arg(long, value_name = "MODULE", requires = "resume")]
    rerun: Vec<String>,
    /// Failures that are known: a file of modules, reasons and dates; one that passes unexpectedly fails
    #[arg(long, value_name = "FILE")]
    expected_failures: Option<String>,
    /// Also deliver at this rate, such as 50/s
    #[arg(long, value_name = "RATE", value_parser = rate)]
    load: Option<f64>,
    /// How long to deliver at that rate
    #[arg(long = "for", value_name = "TIME", default_value = "30s", value_parser = Nanos::parse, requires = "load")]
    during: Nanos,
    /// Serve the shipped APIs here, for a partner that asks for what it is notified of: shows the effect of deliveries
    #[arg(long, value_name = "ADDRESS")]
    follow_up: Option<String>,
    /// Certificates to trust instead of the machine's, PEM
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
    /// The client certificate, PEM; with its key in the same file or in --cert-key
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The key of the client certificate, PEM
    #[arg(long, value_name = "FILE")]
    cert_key: Option<PathBuf>,
    /// The Ed25519 key that the certificate is signed with (`proofmark keygen`); one made for this run where none is given
    #[arg(long, value_name = "FILE", env = "PROOFMARK_SIGNING_KEY")]
    key: Option<PathBuf>,
    /// The environment whose window holds, with its consent to load and what it redacts: a file, or the name of a shipped one
    #[arg(long, value_name = "NAME or FILE")]
    env: Option<String>,
    #[command(flatten)]
    window: WindowArgs,
    /// Seed of what is generated, to deliver the same again
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Folder in which each run gets a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Where the history of runs is kept, instead of history.db in the --out folder: a file, postgres://user@host/database, or none
    #[arg(long, value_name = "FILE|URL")]
    history: Option<String>,
    #[command(flatten)]
    reports: ReportArgs,
    /// Only failures and the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Every module with its conditions
    #[arg(short, long)]
    verbose: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("/s");
    match number.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 100_000.0 => Ok(rate),
        _ => Err(format!("`{text}` is not a rate such as 50/s")),
    }
}

/// Runs the command and gives its exit code.
pub(super) async fn run(args: &CertifyArgs, terminal: &Terminal) -> u8 {
    let settings = match settings(args) {
        Ok(settings) => settings,
        Err(mistakes) => {
            terminal.diagnostics(&mistakes);
            return UNUSABLE;
        }
    };
    let progress = Arc::new(Progress::new(terminal.shows_progress() && !args.quiet, !terminal.shows_progress() && !args.quiet));
    let certified = certify(&settings, Arc::clone(&progress) as Arc<_>, interruption()).await;
    progress.clear();
    match certified {
        Err(Failed::Inputs(mistakes)) => {
            terminal.diagnostics(&mistakes);
            UNUSABLE
        }
        Err(Failed::Closed(why)) => {
            terminal.failure(&why);
            NOT_JUDGED
        }
        Ok(certified) => show(&certified, args, &settings.reports, terminal),
    }
}

fn show(certified: &Certified, args: &CertifyArgs, asked: &[Report], terminal: &Terminal) -> u8 {
    terminal.tell_each(&certified.warnings);
    let options = Options {
        color: reports::color(terminal, asked),
        verbosity: crate::cli::verbosity(args.quiet, args.verbose),
        record: certified.kept.record.clone(),
        reports: certified.kept.reports.clone(),
    };
    let mut shown = text(&certified.record, &options);
    if let Some(issued) = &certified.certificate {
        let signer = if issued.ephemeral { ", a key made for this run: give your own with --key" } else { "" };
        shown.push_str(&format!(
            "certificate {}\n      page  {}\n     badge  {}\n  verified  proofmark verify {} --key {}\n    signed  by {}{signer}\n",
            issued.certificate.display(),
            issued.page.display(),
            issued.badge.display(),
            issued.certificate.display(),
            issued.public_key.display(),
            issued.key_id,
        ));
    } else if let Some(why) = &certified.refused {
        shown.push_str(&format!("no certificate: {why}\n"));
    }
    reports::show(terminal, asked, &certified.record, &shown);
    reports::kept(terminal, &certified.kept.faults).unwrap_or(code(certified.record.verdict))
}

/// The exit code of a verdict.
pub(super) fn code(verdict: CertificationResult) -> u8 {
    match verdict {
        CertificationResult::Certified | CertificationResult::Conforms => CONFORMS,
        CertificationResult::Fails => FAILS,
        CertificationResult::NotJudged => NOT_JUDGED,
        CertificationResult::Interrupted => INTERRUPTED,
    }
}

/// Arguments as typed into settings as meant, with every mistake at once.
fn settings(args: &CertifyArgs) -> Result<Settings, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let reports = reports(Kind::Certification, &args.reports, &mut mistakes);
    let rights = rights(&args.specs, &mut mistakes);
    let only = modules("--only", &args.only, &mut mistakes);
    let rerun = modules("--rerun", &args.rerun, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    Ok(Settings {
        wanted: Wanted {
            profile: args.profile.clone(),
            spec: args.spec.clone(),
            callbacks: args.callback.clone(),
            overlays: args.specs.overlay.clone(),
            rights,
        },
        url: args.url.clone(),
        secret: args.secret.clone().map(Secret::new),
        authorization: args.authorization.clone().map(Secret::new),
        ca: args.cacert.clone(),
        cert: args.cert.clone(),
        cert_key: args.cert_key.clone(),
        only,
        rerun,
        resume: args.resume.clone(),
        expected: args.expected_failures.clone(),
        load: args.load.map(|per_second| DeliveryRate { per_second, during: args.during }),
        follow_up: args.follow_up.clone(),
        key: args.key.clone(),
        environment: args.env.clone(),
        at: args.window.at,
        out: args.out.clone(),
        reports,
        seed: args.seed.map(Seed),
        history: args.history.clone().map(Secret::new),
        command: std::env::args().collect(),
    })
}

fn modules(option: &str, names: &[String], mistakes: &mut Vec<Diagnostic>) -> Vec<ModuleId> {
    let mut found = Vec::new();
    for name in names.iter().flat_map(|n| n.split(',')).map(str::trim) {
        let by_row = name.parse::<u8>().ok().and_then(|row| ModuleId::ALL.iter().copied().find(|m| m.row() == row && row > 0));
        match ModuleId::parse(name).or(by_row) {
            Some(module) => found.push(module),
            None => {
                let hint = did_you_mean(name, ModuleId::ALL.iter().map(|m| m.key()));
                mistakes.push(Diagnostic::error("usage/module", format!("`{option} {name}` names no module")).maybe_hint(hint));
            }
        }
    }
    found
}

/// What is under way: one line that is replaced on a terminal, plain lines for what takes its time elsewhere.
struct Progress {
    line: bool,
    plain: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    modules: usize,
    ended: usize,
    wrong: usize,
    drawn: bool,
}

impl Progress {
    fn new(line: bool, plain: bool) -> Self {
        Self { line, plain, state: Mutex::default() }
    }

    fn clear(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.drawn {
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K");
        }
    }

    fn draw(&self, state: &mut State, what: &str) {
        if self.line {
            state.drawn = true;
            let wrong = if state.wrong > 0 { format!(", {} failed", state.wrong) } else { String::new() };
            let _ = write!(std::io::stderr(), "\r\u{1b}[2K{} of {} modules{wrong}: {what}", state.ended, state.modules);
        }
    }
}

impl CertificationObserver for Progress {
    fn observe(&self, event: CertificationEvent<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            CertificationEvent::Started { modules } => state.modules = modules.len(),
            CertificationEvent::ModuleStarted { id } => self.draw(&mut state, id.title()),
            CertificationEvent::Waiting { id, what, at_most } => {
                self.draw(&mut state, &format!("{id} waits, at most {at_most}: {what}"));
                if self.plain {
                    let _ = writeln!(std::io::stderr(), "{id} waits, at most {at_most}: {what}");
                }
            }
            CertificationEvent::ModuleFinished { outcome } => {
                state.ended += 1;
                state.wrong += usize::from(outcome.result == ModuleResult::Failed);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{modules, rate};
    use crate::model::certification::ModuleId;

    #[test]
    fn modules_are_named_by_key_or_row() {
        let mut mistakes = Vec::new();
        let names = ["redirect,3".to_owned(), "key-rotation".to_owned(), "key-rotaton".to_owned(), "0".to_owned()];
        let found = modules("--only", &names, &mut mistakes);
        assert_eq!(found, [ModuleId::Redirect, ModuleId::DuplicateDelivery, ModuleId::KeyRotation]);
        assert_eq!(mistakes.len(), 2);
        assert_eq!(mistakes[0].hint.as_deref(), Some("did you mean `key-rotation`?"));
    }

    #[test]
    fn rates_are_a_second() {
        assert_eq!((rate("50/s"), rate("2.5")), (Ok(50.0), Ok(2.5)));
        assert!(rate("0").is_err() && rate("fast").is_err());
    }
}
