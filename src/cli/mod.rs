//! Arguments as typed, settings as meant, the terminal and exit codes.
//!
//! The only room that prints. Knows no file format and judges nothing.

mod args;
mod certify;
mod compare;
mod comparison;
mod keys;
mod listen;
mod load;
mod merge;
mod monitor;
mod options;
mod partner;
mod progress;
mod reports;
mod schema;
mod show;
mod terminal;
mod trend;

use crate::app::check::{Failed, Settings, check};
use crate::app::inputs::Wanted;
use crate::app::reader::Rights;
use crate::app::{lint, sandbox};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::seed::Seed;
use crate::cli::args::{Args, CheckArgs, Command, LintArgs, ReportCommand, SandboxArgs};
use crate::cli::options::SpecArgs;
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::plan::bind::Selection;
use crate::record::certification::shape::CertificationResult;
use crate::record::load::shape::LoadResult;
use crate::record::monitor::shape::MonitorResult;
use crate::record::shape::RunResult;
use crate::record::sheet::Kind;
use crate::report::diagnostics;
use crate::report::text::{Options, Verbosity, render};
use crate::sandbox::faults::{self, Fault};
use clap::Parser as _;
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Conforms.
const CONFORMS: u8 = 0;
/// A finding or a failed gate.
const FAILS: u8 = 1;
/// Wrong usage or unusable input.
const UNUSABLE: u8 = 2;
/// Nothing could be judged.
const NOT_JUDGED: u8 = 3;
/// Interrupted, with the partial record kept.
const INTERRUPTED: u8 = 130;

/// Runs the command that was typed and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let code = if error.use_stderr() { UNUSABLE } else { CONFORMS };
            // Nothing is left to say it to when the terminal itself is gone.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let terminal = Terminal::new(args.color);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if matches!(args.command, Command::Monitor(_)) {
        // A watch does little at a time: a second thread would cost more to wake than it takes off the first.
        builder.worker_threads(1);
    }
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal.diagnostics(&[Diagnostic::error("runtime/start", format!("the runtime does not start: {error}"))]);
            return ExitCode::from(NOT_JUDGED);
        }
    };
    let code = runtime.block_on(async {
        match args.command {
            Command::Check(check) => run_check(check, &terminal).await,
            Command::Certify(args) => certify::run(&args, &terminal).await,
            Command::Load(args) => load::run(&args, &terminal).await,
            Command::Monitor(args) => monitor::run(&args, &terminal).await,
            Command::Sandbox(sandbox) => run_sandbox(sandbox, &terminal).await,
            Command::Partner(args) => partner::run(args, &terminal).await,
            Command::Listen(args) => listen::run(args, &terminal).await,
            Command::Lint(lint) => run_lint(&lint, &terminal),
            Command::Diff(diff) => compare::run(&diff, &terminal),
            Command::Keygen(keygen) => keys::generate(&keygen, &terminal),
            Command::Verify(verify) => keys::verify(&verify, &terminal),
            Command::Report(ReportCommand::Show(args)) => show::run(&args, &terminal),
            Command::Schema(args) => schema::run(&args, &terminal),
            Command::Report(ReportCommand::History(history)) => trend::run(&history, &terminal),
            Command::Report(ReportCommand::Compare(args)) => comparison::run(&args, &terminal),
            Command::Report(ReportCommand::Merge(args)) => merge::run(&args, &terminal),
        }
    });
    // A connection that a peer holds open must not hold the exit.
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Cancelled by Ctrl-C or a request to terminate; the second one ends the process at once.
fn interruption() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        signalled().await;
        token.cancel();
        signalled().await;
        std::process::exit(i32::from(INTERRUPTED));
    });
    stop
}

async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for, and the default action ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn run_check(args: CheckArgs, terminal: &Terminal) -> u8 {
    let settings = match settings(&args) {
        Ok(settings) => settings,
        Err(faults) => {
            terminal.diagnostics(&faults);
            return UNUSABLE;
        }
    };
    let verbosity = verbosity(args.quiet, args.verbose);
    let progress = Arc::new(Progress::new(terminal.shows_progress(), verbosity == Verbosity::Quiet));
    let checked = check(&settings, Arc::clone(&progress) as Arc<_>, interruption()).await;
    progress.clear();
    match checked {
        Err(Failed::Inputs(faults)) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Err(Failed::Unreachable(why)) => {
            terminal.failure(&why);
            NOT_JUDGED
        }
        Ok(checked) => {
            terminal.tell_each(&checked.warnings);
            let color = reports::color(terminal, &settings.reports);
            let options = Options { color, verbosity, record: checked.kept.record, reports: checked.kept.reports };
            reports::show(terminal, &settings.reports, &checked.record, &render(&checked.record, &options));
            reports::kept(terminal, &checked.kept.faults).unwrap_or(code(checked.record.verdict))
        }
    }
}

fn verbosity(quiet: bool, verbose: bool) -> Verbosity {
    match (quiet, verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    }
}

fn code(result: RunResult) -> u8 {
    match result {
        RunResult::Conforms => CONFORMS,
        RunResult::Fails => FAILS,
        RunResult::NotJudged => NOT_JUDGED,
        RunResult::Interrupted => INTERRUPTED,
    }
}

/// The exit code of a certification.
fn certified(result: CertificationResult) -> u8 {
    match result {
        CertificationResult::Certified | CertificationResult::Conforms => CONFORMS,
        CertificationResult::Fails => FAILS,
        CertificationResult::NotJudged => NOT_JUDGED,
        CertificationResult::Interrupted => INTERRUPTED,
    }
}

/// The exit code of a load.
fn loaded(result: LoadResult) -> u8 {
    match result {
        LoadResult::Conforms => CONFORMS,
        LoadResult::Fails => FAILS,
        LoadResult::Invalid | LoadResult::NotJudged => NOT_JUDGED,
        LoadResult::Interrupted => INTERRUPTED,
    }
}

/// The exit code of a watch.
fn watched(result: MonitorResult) -> u8 {
    match result {
        MonitorResult::Holds => CONFORMS,
        MonitorResult::Fails => FAILS,
        MonitorResult::Inconclusive => NOT_JUDGED,
    }
}

/// Arguments as typed into settings as meant, with every mistake at once.
fn settings(args: &CheckArgs) -> Result<Settings, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let reports = reports::reports(Kind::Run, &args.reports, &mut mistakes);
    let faults = parse_faults(&args.fault, &mut mistakes);
    let rights = rights(&args.specs, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut rerun_options = Vec::new();
    for (name, value) in [("--env", &args.env), ("--target", &args.target)] {
        rerun_options.extend(value.iter().flat_map(|v| [name.to_owned(), v.clone()]));
    }
    for overlay in &args.specs.overlay {
        rerun_options.extend(["--overlay".to_owned(), overlay.clone()]);
    }
    if let Some(root) = &args.specs.root {
        rerun_options.extend(["--root".to_owned(), root.display().to_string()]);
    }
    if args.specs.allow_remote {
        rerun_options.push("--allow-remote".to_owned());
    }
    for fault in &args.fault {
        rerun_options.extend(["--fault".to_owned(), fault.clone()]);
    }
    Ok(Settings {
        wanted: Wanted {
            suites: args.suites.clone(),
            environment: args.env.clone(),
            target: args.target.clone(),
            selection: Selection { tags: args.tag.clone(), only: args.only.clone() },
            without_control: false,
            overlays: args.specs.overlay.clone(),
            rights,
            at: args.window.at,
        },
        faults,
        out: args.out.clone(),
        reports,
        jobs: args.jobs,
        seed: args.seed.map(Seed),
        command: std::env::args().collect(),
        rerun_options,
    })
}

fn parse_faults(names: &[String], mistakes: &mut Vec<Diagnostic>) -> Vec<Fault> {
    let mut parsed = Vec::new();
    for name in names {
        match Fault::parse(name) {
            Ok(fault) => parsed.push(fault),
            Err(why) => mistakes.push(Diagnostic::error("usage/fault", why).hint("`proofmark sandbox --list-faults` lists them")),
        }
    }
    parsed
}

fn run_lint(args: &LintArgs, terminal: &Terminal) -> u8 {
    let mut mistakes = Vec::new();
    let format = args.format.parse::<diagnostics::Format>().map_err(|mistake| mistakes.push(mistake)).unwrap_or_default();
    let levels = args.rule.iter().filter_map(|typed| typed.parse().map_err(|mistake| mistakes.push(mistake)).ok()).collect();
    let rights = rights(&args.specs, &mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let settings = lint::Settings { files: args.files.clone(), overlays: args.specs.overlay.clone(), rights, levels };
    let linted = lint::lint(&settings);
    let most = if args.max == 0 { usize::MAX } else { args.max };
    let shown = diagnostics::Shown { color: terminal.color(), quiet: args.quiet, most };
    terminal.show(&diagnostics::render(format, &linted.findings, shown));
    let strict = args.strict || args.deny.is_some();
    if linted.unusable {
        UNUSABLE
    } else if linted.findings.count(Severity::Error) > 0 || (strict && linted.findings.count(Severity::Warning) > 0) {
        FAILS
    } else {
        CONFORMS
    }
}

/// What specs may refer to.
fn rights(args: &SpecArgs, mistakes: &mut Vec<Diagnostic>) -> Rights {
    if let Some(root) = args.root.as_ref().filter(|root| !root.is_dir()) {
        mistakes.push(Diagnostic::error("usage/root", format!("`--root {}` is no folder", root.display())));
    }
    Rights { root: args.root.clone(), remote: args.allow_remote }
}

async fn run_sandbox(args: SandboxArgs, terminal: &Terminal) -> u8 {
    if args.list_faults {
        terminal.show(&fault_table());
        return CONFORMS;
    }
    let mut mistakes = Vec::new();
    let faults = parse_faults(&args.fault, &mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    let stop = interruption();
    match sandbox::serve(&args.bind, args.config.as_deref(), faults, args.store.as_deref(), stop.clone()).await {
        Err(fault) => {
            terminal.diagnostics(&[fault]);
            UNUSABLE
        }
        Ok(running) => {
            terminal
                .show(&format!("sandbox at http://{}; its clock and faults under /_control; Ctrl-C stops it\n", running.addr));
            stop.cancelled().await;
            match running.finished().await {
                None => CONFORMS,
                Some(why) => {
                    terminal
                        .diagnostics(&[Diagnostic::error("sandbox/store", why).hint("nothing was answered that is not kept")]);
                    UNUSABLE
                }
            }
        }
    }
}

fn fault_table() -> String {
    let width = |of: fn(&faults::FaultInfo) -> &str| faults::ALL.iter().map(|f| of(f).len()).max().unwrap_or(0);
    let (name, check) = (width(|f| f.name), width(|f| f.check));
    faults::ALL.iter().map(|f| format!("{:name$}  {:check$}  {}\n", f.name, f.check, f.what)).collect()
}
