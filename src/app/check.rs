//! `proofmark check`: runs suites against a target and writes what came of it.
//!
//! Wires loading, planning, running, recording and reporting. Never prints: it gives back what is to be shown.

use crate::app::inputs::{self, Wanted};
use crate::app::machine;
use crate::app::world::{self, ControlFound, Unready, Wish};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::model::event::{Event, Observer};
use crate::model::outcome::{RunOutcome, RunVerdict};
use crate::model::redact::Redactor;
use crate::plan::bind::Selection;
use crate::plan::uses::operations;
use crate::record::journal::Journal;
use crate::record::make::{Facts, Opening, make};
use crate::record::shape::RunRecord;
use crate::record::store;
use crate::report::{Format, render};
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
    pub reports: Vec<(Format, PathBuf)>,
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
    /// Where the record was written.
    pub path: PathBuf,
    /// Where reports were written.
    pub reports: Vec<(Format, PathBuf)>,
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
    let redactor = Redactor::new(world::secrets(&loaded.environment));
    let down = CancellationToken::new();
    if loaded.hours.outside() == Outside::Refuse {
        let called: Vec<OperationName> = loaded.plan.cases.iter().flat_map(|case| operations(&loaded.plan, case)).collect();
        if let Some(closed) = loaded.hours.first_closed(&called) {
            return Err(Failed::Unreachable(closed.to_string()));
        }
    }
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
    finish(settings, &outcome, &redactor, &facts, &folder, warnings)
}

/// Which cases were asked for, as options.
fn selection(selection: &Selection) -> Vec<String> {
    let named = |name: &str, values: &[String]| -> Vec<String> {
        values.iter().flat_map(|value| [name.to_owned(), value.clone()]).collect()
    };
    [named("--tag", &selection.tags), named("--only", &selection.only)].concat()
}

fn finish(
    settings: &Settings,
    outcome: &RunOutcome,
    redactor: &Redactor,
    facts: &Facts,
    folder: &Path,
    warnings: Vec<Diagnostic>,
) -> Result<Checked, Failed> {
    let record = make(outcome, redactor, facts);
    let (path, reports) = write(folder, &record, &settings.reports).map_err(Failed::Inputs)?;
    Ok(Checked { record, verdict: outcome.verdict(), path, reports, warnings })
}

/// A report by its format, and where it is written.
pub(super) type Report = (Format, PathBuf);

/// Writes a record and its reports: those of the run folder and those that were asked for.
pub(super) fn write(folder: &Path, record: &RunRecord, reports: &[Report]) -> Result<(PathBuf, Vec<Report>), Vec<Diagnostic>> {
    let path = store::write(folder, record).map_err(|fault| vec![fault])?;
    let mut wanted: Vec<(Format, PathBuf)> =
        [Format::Html, Format::Junit].into_iter().map(|f| (f, folder.join(f.file()))).collect();
    wanted.extend(reports.iter().cloned());
    let mut faults = Vec::new();
    for (format, path) in &wanted {
        let written = path
            .parent()
            .filter(|p| !p.as_os_str().is_empty())
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(path, render(*format, record)));
        if let Err(error) = written {
            faults.push(Diagnostic::error("report/unwritable", format!("cannot write `{}`: {error}", path.display())));
        }
    }
    if faults.is_empty() { Ok((path, wanted)) } else { Err(faults) }
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
