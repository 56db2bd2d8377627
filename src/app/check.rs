//! `proofmark check`: runs suites against a target and writes what came of it.
//!
//! Wires loading, planning, running, recording and reporting. Never prints: it gives back what is to be shown.

use crate::app::inputs::{self, Wanted};
use crate::app::reports::{Kept, Report};
use crate::app::world::{self, ControlFound, Unready, Wish};
use crate::app::{history, machine};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::model::event::{Event, Observer};
use crate::model::outcome::RunVerdict;
use crate::plan::bind::Selection;
use crate::plan::uses::operations;
use crate::record::history::Entry;
use crate::record::journal::Journal;
use crate::record::make::{Facts, Opening, make};
use crate::record::shape::RunRecord;
use crate::record::store;
use crate::run;
use crate::sandbox::faults::Fault;
use crate::window::hours::OperationName;
use crate::window::spec::Outside;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What a check is to do.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What is to be checked.
    pub wanted: Wanted,
    /// Faults of the embedded sandbox.
    pub faults: Vec<Fault>,
    /// The folder that run folders are made in.
    pub out: PathBuf,
    /// Reports beside those of the run folder.
    pub reports: Vec<Report>,
    /// How many cases run side by side.
    pub jobs: usize,
    /// The seed; one of the machine's choosing where none is given.
    pub seed: Option<Seed>,
    /// The command as typed.
    pub command: Vec<String>,
    /// The options that running a single case again needs.
    pub rerun_options: Vec<String>,
}

/// What came of a check.
pub struct Checked {
    /// The record.
    pub record: RunRecord,
    /// The verdict, which the exit code follows.
    pub verdict: RunVerdict,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
    /// Warnings about the inputs.
    pub warnings: Vec<Diagnostic>,
}

/// Why a check came to nothing.
pub enum Failed {
    /// Inputs are wrong: exit 2.
    Inputs(Vec<Diagnostic>),
    /// The target cannot be reached, or nothing may be sent now: exit 3.
    Unreachable(String),
}

/// Runs a check. `progress` hears every event after the journal did.
///
/// # Errors
/// When an input is wrong or the target cannot be reached; nothing was sent then.
pub async fn check(settings: &Settings, progress: Arc<dyn Observer>, stop: CancellationToken) -> Result<Checked, Failed> {
    let env = |name: &str| std::env::var(name).ok();
    let mut loaded = inputs::load(&settings.wanted, &env).map_err(Failed::Inputs)?;
    match world::find_control(&loaded.environment).await {
        ControlFound::Yes => {}
        ControlFound::No => {
            // The environment says that there is control, and the target has none: what needs it is skipped, and says so.
            let wanted = Wanted { without_control: true, ..settings.wanted.clone() };
            loaded = inputs::load(&wanted, &env).map_err(Failed::Inputs)?;
        }
        ControlFound::Silence(why) => return Err(Failed::Unreachable(why)),
    }
    let clock = SystemClock;
    let began = clock.now();
    let seed = settings
        .seed
        .unwrap_or_else(|| Seed(u64::try_from(began.as_nanosecond().rem_euclid(1 << 53)).unwrap_or_default() % 1_000_000_000));
    let redactor = world::redactor(&loaded.environment);
    let down = CancellationToken::new();
    if loaded.hours.outside() == Outside::Refuse {
        let called: Vec<OperationName> = loaded.plan.cases.iter().flat_map(|case| operations(&loaded.plan, case)).collect();
        if let Some(closed) = loaded.hours.first_closed(&called) {
            return Err(Failed::Unreachable(closed.to_string()));
        }
    }
    let kept = loaded.environment.history.clone();
    let wish = Wish { seed, jobs: settings.jobs.max(1), faults: settings.faults.clone(), hours: loaded.hours };
    let world = match world::open(loaded.environment, wish, &down).await {
        Ok(world) => Arc::new(world),
        Err(Unready::Input(fault)) => return Err(Failed::Inputs(vec![*fault])),
        Err(Unready::Target(why)) => return Err(Failed::Unreachable(why)),
    };
    let facts = Facts {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: settings.command.clone(),
        rerun_options: settings.rerun_options.clone(),
        documents: loaded.documents,
        selection: selection(&settings.wanted.selection),
        machine: machine::facts(),
        build: Some(machine::build()),
    };
    let opening = Opening { began, target: world.target.clone(), environment: world.environment.name.clone(), seed: seed.0 };
    let folder = store::directory(&settings.out, began, "check").map_err(|fault| Failed::Inputs(vec![fault]))?;
    let journal = Journal::create(&folder, &opening, &facts, redactor.clone()).map_err(|fault| Failed::Inputs(vec![fault]))?;
    let observer = Arc::new(Both { journal, progress });
    let outcome = run::execute(Arc::new(loaded.plan), world, Arc::clone(&observer) as Arc<dyn Observer>, stop).await;
    down.cancel();
    let mut warnings = loaded.warnings;
    warnings.extend(observer.journal.failure());
    let record = make(&outcome, &redactor, &facts);
    let written = write(&folder, &record, &settings.reports);
    warnings.extend(history::remember(Entry::of_run(&record), &folder, kept.as_ref()));
    Ok(Checked { record, verdict: outcome.verdict(), kept: written, warnings })
}

/// Which cases were asked for, as options.
fn selection(selection: &Selection) -> Vec<String> {
    let named = |name: &str, values: &[String]| -> Vec<String> {
        values.iter().flat_map(|value| [name.to_owned(), value.clone()]).collect()
    };
    [named("--tag", &selection.tags), named("--only", &selection.only)].concat()
}

/// Writes a record and its reports: those of the run folder and those that were asked for.
pub(super) fn write(folder: &Path, record: &RunRecord, asked: &[Report]) -> Kept {
    Kept::of(store::write(folder, record), folder, record, asked)
}

/// The journal first, then whoever watches.
struct Both {
    journal: Journal,
    progress: Arc<dyn Observer>,
}

impl Observer for Both {
    fn observe(&self, event: Event<'_>) {
        self.journal.observe(event);
        self.progress.observe(event);
    }
}
