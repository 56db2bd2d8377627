//! `proofmark load` as it is typed and as it is shown while it runs.
//!
//! Turns arguments into settings and events into lines. Judges nothing.

use crate::app::inputs::Wanted;
use crate::app::load::{Failed, Settings, Work, load};
use crate::app::shipped;
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::base::source::Span;
use crate::base::units::{Nanos, Rate};
use crate::cli::load::watch::Watch;
use crate::cli::options::{ReportArgs, SpecArgs, WindowArgs};
use crate::cli::reports::{self, reports};
use crate::cli::terminal::Terminal;
use crate::cli::{CONFORMS, NOT_JUDGED, UNUSABLE, interruption, rights, verbosity};
use crate::plan::bind::Selection;
use crate::plan::quick::Quick;
use crate::record::sheet::Kind;
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{Arrival, HttpVersion, RateStage, Slo, Think, Transport, UserStage, Validate};
use crate::suite::{parse_slo, parse_validate};
use clap::Args as ClapArgs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

mod dashboard;
mod pairs;
mod progress;
mod watch;

/// What `load` exits with.
pub(super) const EXIT_CODES: &str = "Exit codes:
  0    every objective holds and every judged answer is right
  1    an objective does not hold, an answer is wrong, or the load was given up
  2    wrong usage or unusable input; nothing was sent
  3    the generator spoiled the measurement, nothing could be judged, or the target cannot be reached
  130  interrupted; what was measured is kept
With a baseline:
  0    the candidate is not worse by more than its margins
  1    it is
  3    neither can be said, such as of fewer than three valid pairs";

/// Arguments of `load`.
#[derive(Debug, ClapArgs)]
pub(super) struct LoadArgs {
    /// A load plan: a file, or the name of a shipped one (`--list` names them)
    #[arg(value_name = "PLAN", conflicts_with_all = ["spec", "op"])]
    plan: Option<String>,
    /// Name the shipped load plans
    #[arg(long)]
    list: bool,
    /// Without a plan: the spec, a file or the name of a shipped one
    #[arg(long, value_name = "SPEC", requires = "op")]
    spec: Option<String>,
    /// Without a plan: the operation to call, by operationId or as `GET /path`
    #[arg(long, value_name = "OPERATION", requires = "spec")]
    op: Option<String>,
    /// Without a plan: start so many a second, such as 200/s, whatever the target does
    #[arg(long, value_name = "RATE", value_parser = Rate::parse, conflicts_with = "connections")]
    rate: Option<Rate>,
    /// Without a plan: so many users, each of whom waits for its answer before it calls again
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: Option<u32>,
    /// Without a plan: how long is measured
    #[arg(long = "for", value_name = "DURATION", value_parser = length, default_value = "10s", conflicts_with = "plan")]
    during: Nanos,
    /// Without a plan: how long before that
    #[arg(long, value_name = "DURATION", value_parser = length)]
    warmup: Option<Nanos>,
    /// With --rate: exponential gaps instead of equal ones
    #[arg(long, requires = "rate")]
    poisson: bool,
    /// Without a plan: who calls, an identity of the environment
    #[arg(long, value_name = "IDENTITY", requires = "op", conflicts_with = "plan")]
    auth: Option<String>,
    /// Without a plan: what must hold, such as "p99 < 300ms" (repeatable)
    #[arg(long, value_name = "OBJECTIVE", requires = "op", conflicts_with = "plan")]
    slo: Vec<String>,
    /// Without a plan: which answers are judged: `all`, `none` or `sample=10%`
    #[arg(long, value_name = "MODE", value_parser = parse_validate, requires = "op", conflicts_with = "plan")]
    validate: Option<Validate>,
    /// Without a plan: an answer that takes longer is an error
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "op", conflicts_with = "plan")]
    timeout: Option<Nanos>,
    /// Without a plan: event loops; one per processor but one by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_024), requires = "op", conflicts_with = "plan")]
    workers: Option<u32>,
    /// Without a plan: before a start that is due sooner than this, keep the processor busy instead of sleeping
    #[arg(long, value_name = "DURATION", value_parser = length, requires = "op", conflicts_with = "plan")]
    spin: Option<Nanos>,
    /// Without a plan: speak HTTP/2
    #[arg(long, requires = "op", conflicts_with = "plan")]
    http2: bool,
    /// Send to this server instead of the environment's target
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
    /// Serve metrics for Prometheus at /metrics while the load runs: an address, or a port of this machine alone
    #[arg(long, value_name = "ADDR", value_parser = address)]
    metrics: Option<SocketAddr>,
    /// Send figures to an OpenTelemetry collector while the load runs, such as http://127.0.0.1:4318
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// The seed of an earlier run: the same arrivals, turns and rows again
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    #[command(flatten)]
    pairs: pairs::PairArgs,
    /// Lines instead of the dashboard that a terminal shows
    #[arg(long)]
    plain: bool,
    /// Only the verdict
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// More of everything
    #[arg(short, long)]
    verbose: bool,
}

fn length(text: &str) -> Result<Nanos, String> {
    match Nanos::parse(text)? {
        Nanos(0) => Err(format!("`{text}` is no time at all")),
        time => Ok(time),
    }
}

/// An address as typed. Whoever names a port alone is heard by nobody else.
fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("localhost").unwrap_or(text);
    if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse().map_err(|_| format!("`{text}` is not an address such as 127.0.0.1:9464, nor a port such as 9464"))
}

/// Runs the command and gives its exit code.
pub(super) async fn run(args: &LoadArgs, terminal: &Terminal) -> u8 {
    if args.list {
        terminal.show(&shipped::load_plans().iter().map(|name| format!("{name}\n")).collect::<String>());
        return CONFORMS;
    }
    let settings = match settings(args) {
        Ok(settings) => settings,
        Err(faults) => {
            terminal.diagnostics(&faults);
            return UNUSABLE;
        }
    };
    let mut mistakes = Vec::new();
    let compared = args.pairs.settings(&settings, &mut mistakes);
    if !mistakes.is_empty() {
        terminal.diagnostics(&mistakes);
        return UNUSABLE;
    }
    if let Some(compared) = compared {
        return pairs::run(&compared, args.quiet, args.verbose, terminal).await;
    }
    let stop = interruption();
    let watch = Arc::new(Watch::new(terminal, args.plain, args.quiet, &stop));
    let loaded = load(&settings, Arc::clone(&watch) as Arc<_>, stop).await;
    watch.close();
    match loaded {
        Err(Failed::Inputs(faults)) => {
            terminal.diagnostics(&faults);
            UNUSABLE
        }
        Err(Failed::Unreachable(why)) => {
            terminal.failure(&why);
            NOT_JUDGED
        }
        Ok(loaded) => {
            terminal.tell_each(&loaded.warnings);
            let verbosity = verbosity(args.quiet, args.verbose);
            let options = crate::report::load::Options {
                color: reports::color(terminal, &settings.reports),
                verbosity,
                record: loaded.kept.record,
                reports: loaded.kept.reports,
            };
            let text = crate::report::load::text(&loaded.record, &options);
            reports::show(terminal, &settings.reports, &loaded.record, &text);
            reports::kept(terminal, &loaded.kept.faults).unwrap_or(super::loaded(loaded.record.verdict))
        }
    }
}

/// Arguments as typed into settings as meant, with every mistake at once.
fn settings(args: &LoadArgs) -> Result<Settings, Vec<Diagnostic>> {
    let mut mistakes = Vec::new();
    let reports = reports(Kind::Load, &args.reports, &mut mistakes);
    let rights = rights(&args.specs, &mut mistakes);
    if args.otlp.is_some() && !cfg!(feature = "otlp") {
        let fault = Diagnostic::error("usage/otlp", "this build sends nothing to OpenTelemetry collectors");
        mistakes.push(fault.hint("build one that does: cargo build --release --features otlp; `--metrics` is in every build"));
    }
    let work = work(args, &mut mistakes);
    let Some(work) = work.filter(|_| mistakes.is_empty()) else { return Err(mistakes) };
    Ok(Settings {
        work,
        wanted: Wanted {
            suites: Vec::new(),
            environment: args.env.clone(),
            target: args.target.clone(),
            selection: Selection::default(),
            without_control: false,
            overlays: args.specs.overlay.clone(),
            rights,
            at: args.window.at,
        },
        out: args.out.clone(),
        remembered: true,
        reports,
        seed: args.seed.map(Seed),
        metrics: args.metrics,
        otlp: args.otlp.clone(),
        command: std::env::args().collect(),
    })
}

fn work(args: &LoadArgs, mistakes: &mut Vec<Diagnostic>) -> Option<Work> {
    if let Some(plan) = &args.plan {
        if args.rate.is_some() || args.connections.is_some() || args.warmup.is_some() {
            let message = "the plan says when calls begin: leave `--rate`, `--connections` and `--warmup` out";
            mistakes.push(Diagnostic::error("usage/load", message));
        }
        return Some(Work::Plan(plan.clone()));
    }
    let (Some(spec), Some(operation)) = (&args.spec, &args.op) else {
        // Nothing named: what is shipped shows what a load looks like.
        return shipped::load_plans().first().map(|name| Work::Plan((*name).to_owned()));
    };
    let mut slos: Vec<Slo> = Vec::new();
    for text in &args.slo {
        match parse_slo(text, None) {
            Ok(slo) => slos.push(slo),
            Err(why) => mistakes.push(Diagnostic::error("usage/slo", why)),
        }
    }
    let span = Span::default();
    let arrival = match (args.rate, args.connections) {
        (Some(rate), _) => {
            let stage = |during, warmup| RateStage { from: rate, to: rate, during, warmup, span };
            let warmup = args.warmup.map(|during| stage(during, true));
            Arrival::Open { poisson: args.poisson, stages: warmup.into_iter().chain([stage(args.during, false)]).collect() }
        }
        (None, Some(users)) => {
            let stage = |during, warmup| UserStage { users, ramp: Nanos(0), during, warmup, span };
            let warmup = args.warmup.map(|during| stage(during, true));
            let stages = warmup.into_iter().chain([stage(args.during, false)]).collect();
            Arrival::Closed { stages, think: Think::default() }
        }
        (None, None) => {
            mistakes.push(
                Diagnostic::error("usage/load", "nothing says how much is to be sent")
                    .hint("add --rate 200/s (starts by the clock) or --connections 64 (users who wait for their answers)"),
            );
            return None;
        }
    };
    let usual = Transport::default();
    let transport = Transport {
        http: if args.http2 { HttpVersion::Http2 } else { HttpVersion::Http1 },
        timeout: args.timeout.unwrap_or(usual.timeout),
        workers: args.workers.map(|n| Spanned::new(n, span)),
        spin: args.spin.unwrap_or(usual.spin),
        ..usual
    };
    Some(Work::Quick(Box::new(Quick {
        spec: spec.clone(),
        operation: operation.clone(),
        identity: args.auth.clone(),
        arrival,
        transport,
        validate: args.validate.unwrap_or_default(),
        slos,
    })))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_port_alone_is_for_this_machine() {
        for (text, meant) in [
            ("9464", "127.0.0.1:9464"),
            (":0", "127.0.0.1:0"),
            ("localhost:80", "127.0.0.1:80"),
            ("0.0.0.0:9464", "0.0.0.0:9464"),
            ("[::1]:1", "[::1]:1"),
        ] {
            assert_eq!(address(text).map(|a| a.to_string()).as_deref(), Ok(meant), "{text}");
        }
        for text in ["", ":", "70000", "127.0.0.1", "example.org:80", "localhost"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
