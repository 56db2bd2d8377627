//! `proofmark monitor` as it is typed and as it is shown while it watches.
//!
//! Turns arguments into settings. Judges nothing.

use crate::app::inputs::Wanted;
use crate::app::monitor::{Settings, Work, monitor, resumable};
use crate::app::shipped;
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::cli::args::{Args, Command};
use crate::cli::monitor::live::Live;
use crate::cli::options::{ReportArgs, SpecArgs, WindowArgs};
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, INTERRUPTED, UNUSABLE, interruption, rights, verbosity, watched};
use crate::model::availability::DownRule;
use crate::plan::bind::Selection;
use crate::plan::monitor::quick::QuickMonitor;
use crate::record::sheet::Kind;
use crate::report::monitor as report;
use crate::suite::ast::monitor::{AvailabilityTarget, ProbeSpec};
use crate::suite::{parse_down, parse_target};
use clap::{Args as ClapArgs, Parser as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod live;

/// From one probe of an operation to the next, where nothing is typed.
const EVERY: Nanos = Nanos(10_000_000_000);

/// What `monitor` exits with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0    every target holds; without targets, something was observed in eligible time
  1    a target is missed, whatever happened while nobody looked
  2    wrong usage or unusable input; nothing was sent
  3    it depends on what nobody saw, or nothing was observed in eligible time
  130  interrupted before the stated time was over; what was seen is kept, and --resume goes on";

/// Arguments of `monitor`.
#[derive(Debug, ClapArgs)]
pub(super) struct MonitorArgs {
    /// A monitor plan: a file, or the name of a shipped one (`--list` names them)
    #[arg(value_name = "PLAN", conflicts_with_all = ["spec", "op"])]
    plan: Option<String>,
    /// Name the shipped monitor plans
    #[arg(long)]
    list: bool,
    /// Without a plan: the spec, a file or the name of a shipped one
    #[arg(long, value_name = "SPEC", requires = "op")]
    spec: Option<String>,
    /// Without a plan: an operation to probe, by operationId or as `GET /path` (repeatable)
    #[arg(long, value_name = "OPERATION", requires = "spec")]
    op: Vec<String>,
    /// Without a plan: from one probe of an operation to the next, at least 1s; 10s where nothing is typed
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "op", conflicts_with = "plan")]
    every: Option<Nanos>,
    /// How long is watched, whatever the plan says; until it is stopped where neither says so
    #[arg(long = "for", value_name = "DURATION", value_parser = length)]
    during: Option<Nanos>,
    /// Without a plan: when an operation is down: `any` failed probe, `eba` (5 in a row within 30s), `3 within 90s`, `bad_minutes 50%`
    #[arg(long, value_name = "RULE", value_parser = parse_down, requires = "op", conflicts_with = "plan")]
    down: Option<DownRule>,
    /// Without a plan: what is promised, such as 99.9% or "99.95% of getOrder over 30d" (repeatable)
    #[arg(long, value_name = "TARGET", value_parser = parse_target, requires = "op", conflicts_with = "plan")]
    availability: Vec<AvailabilityTarget>,
    /// Also promise the targets of an OpenSLO file, whatever the plan says (repeatable)
    #[arg(long, value_name = "FILE")]
    slos: Vec<String>,
    /// Without a plan: a right answer that takes longer makes its operation degraded
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "op", conflicts_with = "plan")]
    slow: Option<Nanos>,
    /// Without a plan: an answer that takes longer is none
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "op", conflicts_with = "plan")]
    timeout: Option<Nanos>,
    /// Without a plan: who calls, an identity of the environment
    #[arg(long, value_name = "IDENTITY", requires = "op", conflicts_with = "plan")]
    auth: Option<String>,
    /// Go on with the watch of this folder, as it was begun: what is typed beside it is taken instead of what was typed then
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "at"])]
    resume: Option<PathBuf>,
    /// Probe this server instead of the environment's target
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Environment: a file, or the name of a shipped one
    #[arg(long, value_name = "FILE")]
    env: Option<String>,
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    window: WindowArgs,
    #[command(flatten)]
    reports: ReportArgs,
    /// Folder that run folders are made in
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// The seed of an earlier watch: probes that are due as they were
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Lines at changes instead of what a terminal shows
    #[arg(long)]
    plain: bool,
    /// Only the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// More of everything: each probe that is not up, too
    #[arg(short, long)]
    verbose: bool,
}

fn length(text: &str) -> Result<Nanos, String> {
    match Nanos::parse(text)? {
        Nanos(0) => Err(format!("`{text}` is no time at all")),
        time => Ok(time),
    }
}

/// Runs the command and gives its exit code.
pub(super) async fn run(args: &MonitorArgs, terminal: &Terminal) -> u8 {
    if args.list {
        terminal.show(&shipped::monitor_plans().iter().map(|name| format!("{name}\n")).collect::<String>());
        return CONFORMS;
    }
    let settings = match settings(args) {
        Ok(settings) => settings,
        Err(faults) => {
            terminal.diagnostics(&faults);
            return UNUSABLE;
        }
    };
    let verbosity = verbosity(args.quiet, args.verbose);
    let live = Arc::new(Live::new(terminal, args.plain, verbosity));
    let watched_over = monitor(&settings, Arc::clone(&live) as Arc<_>, interruption()).await;
    live.close();
    match watched_over {
        Err(faults) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Ok(done) => {
            terminal.tell_each(&done.warnings);
            let color = reports::color(terminal, &settings.reports);
            let options = report::Options { color, verbosity, record: done.kept.record, reports: done.kept.reports };
            reports::show(terminal, &settings.reports, &done.record, &report::text(&done.record, &options));
            let code = if done.interrupted { INTERRUPTED } else { watched(done.record.verdict) };
            reports::kept(terminal, &done.kept.faults).unwrap_or(code)
        }
    }
}

/// Arguments as typed into settings as meant, with every mistake at once.
fn settings(args: &MonitorArgs) -> Result<Settings, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let reports = reports(Kind::Watch, &args.reports, &mut mistakes);
    let earlier =
        args.resume.as_deref().and_then(|folder| begun_with(folder).map_err(|fault| mistakes.push(fault)).ok().flatten());
    let earlier = earlier.as_deref();
    let specs = earlier.map_or(&args.specs, |begun| if args.specs.is_typed() { &args.specs } else { &begun.specs });
    let rights = rights(specs, &mut mistakes);
    let is_named = args.plan.is_some() || args.spec.is_some();
    let typed = earlier.filter(|_| !is_named).unwrap_or(args);
    let work = match (&typed.plan, &typed.spec) {
        (Some(plan), _) => Some(Work::Plan(plan.clone())),
        (None, Some(spec)) => Some(Work::Quick(Box::new(quick(typed, spec)))),
        (None, None) if args.resume.is_some() => {
            // Older folders do not keep what was typed: any other plan would watch something else.
            let fault = Diagnostic::error("usage/resume", "the folder does not say by which plan its watch was begun");
            mistakes.push(fault.hint("name the plan beside `--resume`, with its environment and target"));
            None
        }
        // Nothing named: what is shipped shows what a watch looks like.
        (None, None) => shipped::monitor_plans().first().map(|name| Work::Plan((*name).to_owned())),
    };
    let Some(work) = work.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
    Ok(Settings {
        work,
        wanted: Wanted {
            suites: Vec::new(),
            environment: args.env.clone().or_else(|| earlier?.env.clone()),
            target: args.target.clone().or_else(|| earlier?.target.clone()),
            selection: Selection::default(),
            without_control: false,
            overlays: specs.overlay.clone(),
            rights,
            at: args.window.at,
        },
        out: args.out.clone(),
        slos: if args.slos.is_empty() { earlier.map_or_else(Vec::new, |begun| begun.slos.clone()) } else { args.slos.clone() },
        length: args.during.or_else(|| earlier?.during),
        resume: args.resume.clone(),
        reports,
        seed: args.seed.map(Seed),
        command: std::env::args().collect(),
    })
}

/// What was typed when the watch of a folder was begun; `None` where it does not say.
fn begun_with(folder: &Path) -> Result<Option<Box<MonitorArgs>>, Diagnostic> {
    let command = resumable(folder)?.command;
    if command.is_empty() {
        return Ok(None);
    }
    match Args::try_parse_from(&command).map(|args| args.command) {
        Ok(Command::Monitor(args)) => Ok(Some(args)),
        _ => Err(Diagnostic::error(
            "monitor/other-run",
            format!("`{}` was begun by a command that is not understood", folder.display()),
        )
        .hint("it was written by another version of proofmark: that one can go on with it")),
    }
}

fn quick(args: &MonitorArgs, spec: &str) -> QuickMonitor {
    QuickMonitor {
        spec: spec.to_owned(),
        operations: args.op.clone(),
        identity: args.auth.clone(),
        every: args.every.unwrap_or(EVERY),
        jitter: ProbeSpec::JITTER,
        timeout: args.timeout,
        slow: args.slow,
        down: args.down.unwrap_or(DownRule::AnyFailed),
        targets: args.availability.clone(),
        length: args.during,
    }
}
