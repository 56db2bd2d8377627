//! `proofmark load`: carries out a load plan and writes what came of it.
//!
//! Wires loading, planning, running, recording and reporting. Never prints: it gives back what is to be shown.

use crate::app::inputs::{Loader, Wanted};
#[cfg(feature = "otlp")]
use crate::app::load_otlp;
use crate::app::reports::{Kept, Report};
use crate::app::world;
use crate::app::{files, history, load_input, load_metrics, machine, shipped, windows};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::seed::Seed;
use crate::base::source::Span;
use crate::engine::Processor;
use crate::load::callbacks::{Listening, Receiver};
use crate::load::{self, Unready, World};
use crate::model::load::{LoadEvent, LoadObserver};
use crate::net::address::{is_loopback_target, parse_origin};
use crate::net::client::Client;
use crate::net::probe::{TlsOptions, TlsVersions};
use crate::net::server::{bind, serve};
use crate::plan::load::{LoadInput, PlannedLoad, bind as bind_load};
use crate::plan::quick::{self, Quick};
use crate::record::history::Entry;
use crate::record::load::journal::Journal;
use crate::record::load::make::{LoadFacts, make};
use crate::record::load::shape::LoadRecord;
use crate::record::load::store as stored;
use crate::record::shape::DocumentRecord;
use crate::record::store;
use crate::request::origins::Origins;
use crate::sandbox::{self, SandboxOptions};
use crate::suite::ast::environment::{Environment, TargetSpec};
use crate::window::hours::Hours;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What is to be carried out.
#[derive(Clone, Debug)]
pub enum Work {
    /// A plan: a file, or the name of a shipped one.
    Plan(String),
    /// One operation of a spec.
    Quick(Box<Quick>),
}

/// What a load is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is carried out.
    pub work: Work,
    /// Environment, target, overlays and rights; suites and selection are not used.
    pub wanted: Wanted,
    /// The folder that run folders are made in.
    pub out: PathBuf,
    /// Whether the run is put down in the history; one that is part of a comparison is not.
    pub remembered: bool,
    /// Reports beside those of the run folder.
    pub reports: Vec<Report>,
    /// The seed; one of the machine's choosing where none is given.
    pub seed: Option<Seed>,
    /// Where metrics are served while the load runs.
    pub metrics: Option<SocketAddr>,
    /// The OpenTelemetry collector that figures are sent to; nothing comes of it in a build without the feature `otlp`.
    pub otlp: Option<String>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// What came of a load.
pub struct Loaded {
    /// The record.
    pub record: LoadRecord,
    /// The load's folder.
    pub folder: PathBuf,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
    /// Warnings about the inputs, and what could not be written.
    pub warnings: Vec<Diagnostic>,
}

/// Why a load came to nothing.
pub enum Failed {
    /// Inputs are wrong: exit 2.
    Inputs(Vec<Diagnostic>),
    /// The target cannot be reached, or the load cannot be begun: exit 3.
    Unreachable(String),
}

/// Carries out a load. `progress` hears every event after the journal did.
///
/// # Errors
/// When an input is wrong or the target cannot be reached; no load was sent then.
pub async fn load(settings: &Settings, progress: Arc<dyn LoadObserver>, stop: CancellationToken) -> Result<Loaded, Failed> {
    let clock = SystemClock;
    let began = clock.now();
    let chosen = || Seed(u64::try_from(began.as_microsecond()).unwrap_or_default() % 1_000_000_000);
    let seed = settings.seed.unwrap_or_else(chosen);
    let Ready { planned, environment, hours, documents, warnings } = ready(settings, seed, began).map_err(Failed::Inputs)?;
    if let Some(why) = load::refusal(&planned, &hours) {
        return Err(Failed::Unreachable(why));
    }
    let down = CancellationToken::new();
    let _down = down.clone().drop_guard();
    let redactor = world::redactor(&environment);
    let mut watching = vec![progress];
    if let Some(address) = settings.metrics {
        let (metrics, at) =
            load_metrics::serve(address, down.child_token()).await.map_err(|fault| Failed::Inputs(vec![*fault]))?;
        watching[0].observe(LoadEvent::Note(&format!("metrics at http://{at}/metrics")));
        watching.push(metrics);
    }
    #[cfg(feature = "otlp")]
    let delivery = match &settings.otlp {
        Some(url) => {
            let (heard, delivery) = load_otlp::start(url).map_err(|fault| Failed::Inputs(vec![*fault]))?;
            watching.push(heard);
            Some(delivery)
        }
        None => None,
    };
    let kept = environment.history.clone();
    let world = Arc::new(open(environment, hours, seed, &down).await?);
    let facts = LoadFacts {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        documents,
        machine: machine::facts(),
        build: Some(machine::build()),
    };
    let unwritable = |fault: Diagnostic| Failed::Inputs(vec![fault]);
    let folder = store::directory(&settings.out, began, "load").map_err(unwritable)?;
    let journal = Arc::new(Journal::create(&folder, &facts, redactor.clone()).map_err(unwritable)?);
    let observer = Arc::new(All { journal: Arc::clone(&journal), watching });
    let outcome = load::execute(planned, world, observer, stop).await.map_err(|why| match why {
        Unready::Input(why) => Failed::Inputs(vec![Diagnostic::error("load/unusable", why)]),
        Unready::Target(why) => Failed::Unreachable(why),
    })?;
    let record = make(&outcome, &journal.timeline(), &journal.redactor(), &facts);
    let mut warnings = warnings;
    warnings.extend(journal.failure());
    #[cfg(feature = "otlp")]
    if let Some(delivery) = delivery {
        warnings.extend(delivery.finish().await);
    }
    if let Err(fault) = stored::write_histograms(&folder, &outcome) {
        warnings.push(fault);
    }
    let written = Kept::of(stored::write(&folder, &record), &folder, &record, &settings.reports);
    if settings.remembered {
        warnings.extend(history::remember(Entry::of_load(&record), &folder, kept.as_ref()));
    }
    Ok(Loaded { record, folder, kept: written, warnings })
}

/// Every mistake that keeps such a load from being begun. Sends nothing.
///
/// # Errors
/// The mistakes.
pub(super) fn look_over(settings: &Settings) -> Result<(), Vec<Diagnostic>> {
    ready(settings, settings.seed.unwrap_or(Seed(0)), SystemClock.now()).map(|_| ())
}

/// The journal first, then whoever watches.
struct All {
    journal: Arc<Journal>,
    watching: Vec<Arc<dyn LoadObserver>>,
}

impl LoadObserver for All {
    fn observe(&self, event: LoadEvent<'_>) {
        self.journal.observe(event);
        self.watching.iter().for_each(|observer| observer.observe(event));
    }
}

/// What is ready to be carried out.
struct Ready {
    planned: Arc<PlannedLoad>,
    environment: Environment,
    hours: Hours,
    documents: Vec<DocumentRecord>,
    warnings: Vec<Diagnostic>,
}

/// Loads and binds everything, gathering every mistake of every file.
fn ready(settings: &Settings, seed: Seed, now: jiff::Timestamp) -> Result<Ready, Vec<Diagnostic>> {
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
    consent(&environment, &mut faults);
    let (planned, more) = bind_load(&input, &environment);
    faults.extend(more);
    if let Some(planned) = &planned {
        for why in load::beyond_reach(planned, Processor::look()) {
            faults.push(Diagnostic::error("load/out-of-reach", why).hint("ask for less, or share it out over several machines"));
        }
    }
    let suites = planned.as_ref().map_or(&[][..], |planned| &planned.plan.suites);
    let hours = windows::of(environment.window.as_ref(), suites, wanted.at, &mut loader, &mut faults);
    match (planned, hours) {
        (Some(planned), Some(hours)) if !faults.has_errors() => {
            let documents = loader.documents();
            Ok(Ready { planned: Arc::new(planned), environment, hours, documents, warnings: faults.sorted() })
        }
        _ => Err(errors(faults)),
    }
}

fn of_plan(typed: &str, loader: &mut Loader, faults: &mut Diagnostics) -> Option<LoadInput> {
    let name = shipped::load_plan(typed).map_or_else(|| typed.to_owned(), |file| format!("{}{file}", files::SHIPPED));
    let source = loader.read("load plan", &name, None, faults)?;
    load_input::of(&source, loader, faults)
}

fn of_quick(quick: &Quick, loader: &mut Loader, seed: Seed, now: jiff::Timestamp, faults: &mut Diagnostics) -> Option<LoadInput> {
    let shipped_name = format!("specs/{}.yaml", quick.spec);
    let path =
        if shipped::text(&shipped_name).is_some() { format!("{}{shipped_name}", files::SHIPPED) } else { quick.spec.clone() };
    let source = loader.read("spec", &path, None, faults)?;
    let contract = loader.spec(&source, faults)?;
    let suite = quick::suite(&path);
    match quick::plan(quick, &contract, seed, now) {
        Ok(load) => {
            Some(LoadInput { load: Arc::new(load), input: load_input::of_spec(suite, contract, &path), data: vec![None] })
        }
        Err(more) => {
            faults.extend(more);
            None
        }
    }
}

/// Load goes only to whoever consents.
fn consent(environment: &Environment, faults: &mut Diagnostics) {
    let urls: Vec<(&str, Option<Span>)> = match &environment.target {
        TargetSpec::Embedded => return,
        TargetSpec::Url(url) => vec![(&url.value, (url.span != Span::default()).then_some(url.span))],
        TargetSpec::BySpec(urls) => urls.iter().map(|(_, url)| (url.value.as_str(), Some(url.span))).collect(),
    };
    for (url, span) in urls {
        let Ok(origin) = parse_origin(url) else { continue };
        if is_loopback_target(url) || environment.allows_load(&origin.host, origin.port) {
            continue;
        }
        let mut fault = Diagnostic::error("load/consent", format!("{} has not consented to load", origin.host))
            .hint(format!("when its owner agrees, add to the environment: allow_load: [{}]", origin.host));
        if let Some(span) = span {
            fault = fault.at(environment.place(span));
        }
        faults.push(fault);
    }
}

fn failed(why: world::Unready) -> Failed {
    match why {
        world::Unready::Input(fault) => Failed::Inputs(vec![*fault]),
        world::Unready::Target(why) => Failed::Unreachable(why),
    }
}

/// Puts up what a load is carried out against.
async fn open(environment: Environment, hours: Hours, seed: Seed, down: &CancellationToken) -> Result<World, Failed> {
    let inputs = |fault: Diagnostic| Failed::Inputs(vec![fault]);
    let options = world::client_options(&environment).map_err(failed)?;
    let tls = TlsOptions {
        ca_pem: options.ca_pem.clone(),
        identity_pem: options.identity_pem.clone(),
        versions: TlsVersions::Any,
        trust_anyone: false,
    };
    let client = Client::new(&options).map_err(|why| inputs(Diagnostic::error("input/tls", why)))?;
    let (origins, target) = match world::origins(&environment.target) {
        Some(found) => found,
        None => {
            let wrong = |why: String| inputs(Diagnostic::error("sandbox/start", why));
            let listener = bind("127.0.0.1:0").await.map_err(wrong)?;
            let running = sandbox::start(listener, SandboxOptions::default(), down.child_token()).await.map_err(wrong)?;
            (Origins::all_at(format!("http://{}", running.addr)), "embedded sandbox".to_owned())
        }
    };
    let mut listeners = BTreeMap::new();
    for spec in &environment.listeners {
        let at = |why: String| inputs(Diagnostic::error("input/listener", why).at(environment.place(spec.bind.span)));
        let listener = bind(&spec.bind.value).await.map_err(at)?;
        let address = listener.local_addr().map_err(|error| at(error.to_string()))?;
        let receiver = Receiver::default();
        tokio::spawn(serve(listener, receiver.handler(), down.child_token()));
        let base = spec.public_url.as_ref().map_or_else(|| format!("http://{address}"), |url| url.value.clone());
        let signed = world::signed(spec).map_err(at)?;
        let url = format!("{}/{}", base.trim_end_matches('/'), spec.name.value);
        listeners.insert(spec.name.value.clone(), Listening { url, receiver, signed });
    }
    world::reach(&origins).await.map_err(failed)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let salt = u64::try_from(clock.now().as_nanosecond().rem_euclid(1 << 62)).unwrap_or_default() ^ seed.0;
    Ok(World {
        environment: Arc::new(environment),
        origins,
        target,
        client,
        hours,
        tls,
        listeners,
        clock,
        seed,
        salt,
        processor: Processor::look(),
    })
}
