//! `proofmark monitor`: carries out a monitor plan and keeps what comes of it.
//!
//! Wires loading, planning, watching, recording and reporting. Never prints: it gives back what is to be shown.

use crate::app::inputs::{Loader, Wanted};
use crate::app::monitor_alerts::{About, Note, Telling};
use crate::app::monitor_keeper::{Kept, Making, Promises};
use crate::app::reports::{self, Report};
use crate::app::{files, history, machine, monitor_input, shipped, windows, world};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::monitor::tracker::reach;
use crate::monitor::watch::{Ended, Resumed, World, watch};
use crate::net::address::parse_origin;
use crate::net::client::{Client, ClientOptions};
use crate::net::server::bind;
use crate::net::steady::SteadyClient;
use crate::plan::monitor::quick::{self, QuickMonitor};
use crate::plan::monitor::{MonitorInput, PlannedMonitor, PlannedProbe, bind as bind_monitor};
use crate::record::history::Entry;
use crate::record::monitor::{Header, MonitorFacts, MonitorRecord, Store, Watched as WatchedOperation, file, read};
use crate::record::shape::DocumentRecord;
use crate::record::store;
use crate::request::origins::Origins;
use crate::sandbox::{self, SandboxOptions};
use crate::suite::ast::environment::Environment;
use crate::suite::load_openslo;
use crate::window::hours::{Hours, OperationName};
use crate::window::zone;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

pub use crate::app::monitor_keeper::{Observer, Standing};

/// What is to be watched.
#[derive(Clone, Debug)]
pub enum Work {
    /// A plan: a file, or the name of a shipped one.
    Plan(String),
    /// Operations of a spec.
    Quick(Box<QuickMonitor>),
}

/// What a watch is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is watched.
    pub work: Work,
    /// Environment, target, overlays and rights; suites and selection are not used.
    pub wanted: Wanted,
    /// The folder that run folders are made in.
    pub out: PathBuf,
    /// Files of OpenSLO whose targets are promised beside those of the plan.
    pub slos: Vec<String>,
    /// How long is watched, instead of what the plan says.
    pub length: Option<Nanos>,
    /// The folder of a watch that is to go on.
    pub resume: Option<PathBuf>,
    /// Reports beside those of the run folder.
    pub reports: Vec<Report>,
    /// The seed; that of the watch that goes on, or one of the machine's choosing, where none is given.
    pub seed: Option<Seed>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// What came of a watch.
pub struct Monitored {
    /// The record.
    pub record: MonitorRecord,
    /// Where the record and reports were written, and what could not be.
    pub kept: reports::Kept,
    /// Warnings about the inputs, and what of the watch itself could not be written down.
    pub warnings: Vec<Diagnostic>,
    /// True where it was stopped before it had lasted as long as it was to.
    pub interrupted: bool,
}

/// Watches until the plan's time is over or `stop` is cancelled. `observer` hears everything after it was written down.
///
/// # Errors
/// When an input is wrong or the folder cannot be used; no probe was sent then. A target that cannot be reached is no error: it is down.
pub async fn monitor(
    settings: &Settings,
    observer: Arc<dyn Observer>,
    stop: CancellationToken,
) -> Result<Monitored, Vec<Diagnostic>> {
    let typed = SystemClock.now();
    let earlier = match &settings.resume {
        Some(folder) => Some(resumable(folder).map_err(|fault| vec![fault])?),
        None => None,
    };
    let chosen = || Seed(u64::try_from(typed.as_microsecond()).unwrap_or_default() % 1_000_000_000);
    let seed = settings.seed.or(earlier.as_ref().map(|header| Seed(header.seed))).unwrap_or_else(chosen);
    let Ready { planned, environment, hours, documents, mut warnings } = ready(settings, seed, typed)?;
    let down = CancellationToken::new();
    let _down = down.clone().drop_guard();
    let single = |fault: Diagnostic| vec![fault];
    let place = open(&environment, &down).await.map_err(single)?;
    let clock: Arc<dyn Clock> = Arc::new(AsWindowsSeeIt(hours.clone()));
    let promises = Promises { hours: hours.clone(), operations: planned.probes.iter().map(name).collect() };
    let folder = match &settings.resume {
        Some(folder) => folder.clone(),
        None => store::directory(&settings.out, typed, "monitor").map_err(single)?,
    };
    let redactor = world::redactor(&environment);
    let session = clock.now();
    let header = header(&planned, &environment, &place.target, &promises, seed, session, &settings.command);
    let stored = Store::open(&folder, &header, redactor.clone()).map_err(single)?;
    warnings.extend(stored.notes().iter().cloned());
    let began = stored.header().began;
    let ends = planned.length.map(|length| crate::model::availability::later(began, length));
    let salt = u64::try_from(typed.as_nanosecond().rem_euclid(1 << 62)).unwrap_or_default() ^ seed.0;
    let about = About { monitor: planned.monitor.title.value.clone(), environment: environment.name.clone(), salt };
    let (listening, hidden) = (Arc::clone(&observer), redactor.clone());
    let note: Note = Arc::new(move |text: &str| listening.note(&hidden.text(text)));
    let telling = Telling::start(&planned.alerts, &place.teller, &about, &note);
    let facts = MonitorFacts {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        documents,
        machine: machine::facts(),
        build: Some(machine::build()),
    };
    let making = Making { folder: folder.clone(), promises, targets: planned.targets.clone(), redactor, facts };
    let last_due = (0..planned.probes.len()).map(|index| stored.last_due(index)).collect();
    let mut kept = Kept::new(stored, making, &planned, telling, observer);
    let told = environment.history.clone();
    let world = World {
        environment: Arc::new(environment),
        origins: place.origins,
        client: place.client,
        steady: place.steady,
        clock: Arc::clone(&clock),
        hours,
        seed: Seed(kept.store.header().seed),
        salt,
    };
    let (record, making, failure, interrupted) = if let Some(ends) = ends.filter(|ends| *ends <= session) {
        // Nothing is left to be watched: what there is, is shown.
        let record = kept.making.record(&kept.store.stored(ends));
        (record, kept.making, None, false)
    } else {
        kept.begin(session, machine::uptime());
        let resumed = Resumed { began, session, last_due };
        let ended = watch(Arc::clone(&planned), Arc::new(world), &resumed, &mut kept, &stop).await;
        let until = match ended {
            Ended::InTime(at) => at,
            Ended::Stopped => clock.now(),
        };
        let (record, making, failure) = kept.end(until).await;
        (record, making, failure, ended == Ended::Stopped && planned.length.is_some())
    };
    warnings.extend(failure);
    let written = file::write(&making.folder, &record);
    let written = reports::Kept::of(written, &making.folder, &record, &settings.reports);
    warnings.extend(history::remember(Entry::of_monitor(&record), &making.folder, told.as_ref()));
    Ok(Monitored { record, kept: written, warnings, interrupted })
}

/// The clock that the windows are read by: that of the machine, or the rehearsed one.
struct AsWindowsSeeIt(Hours);

impl Clock for AsWindowsSeeIt {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

fn name(probe: &PlannedProbe) -> OperationName {
    OperationName { api: probe.api.clone(), id: probe.operation.id.clone() }
}

/// What a folder says that a watch is to go on in.
///
/// # Errors
/// When it is no folder of a watch, or cannot be read.
pub fn resumable(folder: &Path) -> Result<Header, Diagnostic> {
    read(folder).map(|stored| stored.header).map_err(|fault| match fault.hint {
        Some(_) => fault,
        None => fault.hint("give the folder of a watch, such as reports/2026-11-21T200512Z-monitor"),
    })
}

/// What is known of the watch when it is begun.
fn header(
    planned: &PlannedMonitor,
    environment: &Environment,
    target: &str,
    promises: &Promises,
    seed: Seed,
    began: Timestamp,
    command: &[String],
) -> Header {
    let watched = |probe: &PlannedProbe| WatchedOperation {
        name: probe.name.clone(),
        interval: probe.every,
        reach: reach(probe.every, probe.jitter, probe.timeout),
    };
    Header {
        name: planned.monitor.title.value.clone(),
        target: target.to_owned(),
        environment: environment.name.clone(),
        began,
        operations: planned.probes.iter().map(watched).collect(),
        rule: planned.rule,
        seed: seed.0,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        window: window(planned, promises),
        zone_database: zone::database_version().to_owned(),
        command: command.to_vec(),
    }
}

/// The window as it was stated: once where it is one, else by operation.
fn window(planned: &PlannedMonitor, promises: &Promises) -> String {
    let of = |name: &OperationName| promises.hours.windows().of(&name.api, &name.id).0.describe().to_owned();
    let all: Vec<String> = promises.operations.iter().map(of).collect();
    match all.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => first.clone(),
        _ => planned.probes.iter().zip(&all).map(|(p, w)| format!("{}: {w}", p.name)).collect::<Vec<_>>().join("; "),
    }
}

/// What is ready to be watched.
struct Ready {
    planned: Arc<PlannedMonitor>,
    environment: Environment,
    hours: Hours,
    documents: Vec<DocumentRecord>,
    warnings: Vec<Diagnostic>,
}

/// Loads and binds everything, gathering every mistake of every file.
fn ready(settings: &Settings, seed: Seed, now: Timestamp) -> Result<Ready, Vec<Diagnostic>> {
    let mut faults = Diagnostics::new();
    let wanted = &settings.wanted;
    let mut loader = Loader::new(&wanted.rights, &wanted.overlays, &mut faults);
    let env = |name: &str| std::env::var(name).ok();
    let environment = loader.environment(wanted, &env, &mut faults);
    let input = match &settings.work {
        Work::Plan(name) => of_plan(name, &mut loader, &mut faults),
        Work::Quick(quick) => of_quick(quick, &mut loader, seed, now, &mut faults),
    };
    faults.extend(loader.overlays.unused());
    let errors = |faults: Diagnostics| faults.sorted().into_iter().filter(|d| d.severity == Severity::Error).collect::<Vec<_>>();
    let (Some(environment), Some(input)) = (environment, input) else { return Err(errors(faults)) };
    let (planned, more) = bind_monitor(&input, &environment);
    // What may change something is not sent again and again.
    let strict = |fault: Diagnostic| match fault.code {
        "monitor/unsafe" => Diagnostic { severity: Severity::Error, ..fault },
        _ => fault,
    };
    more.into_iter().map(strict).for_each(|fault| faults.push(fault));
    let mut planned = planned;
    for name in &settings.slos {
        promise(name, planned.as_mut(), &mut loader, &mut faults);
    }
    let suites = planned.as_ref().map_or(&[][..], |planned| &planned.plan.suites);
    let hours = windows::of(environment.window.as_ref(), suites, wanted.at, &mut loader, &mut faults);
    match (planned, hours) {
        (Some(mut planned), Some(hours)) if !faults.has_errors() => {
            planned.length = settings.length.or(planned.length);
            let documents = loader.documents();
            Ok(Ready { planned: Arc::new(planned), environment, hours, documents, warnings: faults.sorted() })
        }
        _ => Err(errors(faults)),
    }
}

/// Reads the targets of an OpenSLO file, and promises them.
fn promise(name: &str, planned: Option<&mut PlannedMonitor>, loader: &mut Loader, faults: &mut Diagnostics) {
    let Some(source) = loader.read("OpenSLO file", name, None, faults) else { return };
    let (asked, more) = load_openslo(&source);
    faults.extend(more);
    if let (Some(planned), Some(asked)) = (planned, asked) {
        planned.promise(&asked).into_iter().for_each(|fault| faults.push(fault));
    }
}

fn of_plan(typed: &str, loader: &mut Loader, faults: &mut Diagnostics) -> Option<MonitorInput> {
    let name = shipped::monitor_plan(typed).map_or_else(|| typed.to_owned(), |file| format!("{}{file}", files::SHIPPED));
    let source = loader.read("monitor plan", &name, None, faults)?;
    monitor_input::of(&source, loader, faults)
}

fn of_quick(
    quick: &QuickMonitor,
    loader: &mut Loader,
    seed: Seed,
    now: Timestamp,
    faults: &mut Diagnostics,
) -> Option<MonitorInput> {
    let shipped_name = format!("specs/{}.yaml", quick.spec);
    let path =
        if shipped::text(&shipped_name).is_some() { format!("{}{shipped_name}", files::SHIPPED) } else { quick.spec.clone() };
    let source = loader.read("spec", &path, None, faults)?;
    let contract = loader.spec(&source, faults)?;
    let (plan, more) = quick::plan(quick, &contract, seed, now);
    faults.extend(more);
    Some(MonitorInput { monitor: Arc::new(plan?), input: monitor_input::of_spec(&path, contract, &path) })
}

/// What is watched, and by what.
struct Place {
    client: Client,
    steady: SteadyClient,
    /// Calls webhooks: trusts whom the environment trusts, and identifies itself to nobody.
    teller: Client,
    origins: Origins,
    target: String,
}

/// Finds the target without calling it, or puts the embedded one up until `down`.
async fn open(environment: &Environment, down: &CancellationToken) -> Result<Place, Diagnostic> {
    let options = world::client_options(environment).map_err(|why| match why {
        world::Unready::Input(fault) => *fault,
        world::Unready::Target(why) => Diagnostic::error("input/target", why),
    })?;
    let made = |options: &ClientOptions| Client::new(options).map_err(|why| Diagnostic::error("input/tls", why));
    let client = made(&options)?;
    let steady = SteadyClient::new(options.clone());
    let teller = made(&ClientOptions { identity_pem: None, ..options })?;
    let (origins, target) = match world::origins(&environment.target) {
        Some(found) => found,
        None => {
            let wrong = |why: String| Diagnostic::error("sandbox/start", why);
            let listener = bind("127.0.0.1:0").await.map_err(wrong)?;
            let running = sandbox::start(listener, SandboxOptions::default(), down.child_token()).await.map_err(wrong)?;
            (Origins::all_at(format!("http://{}", running.addr)), "embedded sandbox".to_owned())
        }
    };
    for url in origins.all() {
        parse_origin(url).map_err(|why| Diagnostic::error("input/target", format!("`{url}` is not a target: {why}")))?;
    }
    Ok(Place { client, steady, teller, origins, target })
}
