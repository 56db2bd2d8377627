//! `proofmark load --baseline`: whole loads of two targets in turns, and what their pairs say of the difference.
//!
//! Carries out each run as a load by itself, with its own warm-up, record and verdict, one after another and never two at once. Never
//! prints: it gives back what is to be shown.

use crate::app::compare::{Compared, loads_on_one_ground, only_loads, runs_of, write};
use crate::app::load::{self, Failed, Settings as LoadSettings};
use crate::app::reports::Report;
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::model::load::LoadObserver;
use crate::record::compare::loads::{Asked, Run, loads};
use crate::record::compare::shape::Figure;
use crate::record::compare::values::left_out;
use crate::record::load::LoadRecord;
use crate::record::store;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How often a run is tried that the generator spoiled.
const TRIES: u32 = 3;

/// What the candidate is compared with.
#[derive(Clone, Debug)]
pub enum Baseline {
    /// Another target, which runs in turns with the candidate: a URL, an environment, or both.
    Live {
        /// A URL instead of the environment's target.
        target: Option<String>,
        /// The environment, where it is not that of the candidate.
        environment: Option<String>,
    },
    /// Runs that are stored.
    Stored(PathBuf),
}

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A load of the candidate; its reports are not used.
    pub load: LoadSettings,
    /// What it is compared with.
    pub baseline: Baseline,
    /// How many pairs; runs of the candidate where the baseline is stored.
    pub pairs: u32,
    /// True where runs that stand on different ground are compared all the same.
    pub anyway: bool,
    /// The figures that decide, each with its margin.
    pub margins: Vec<(Figure, f64)>,
    /// Reports beside those of the comparison's folder.
    pub reports: Vec<Report>,
}

/// Who hears how the runs go.
pub trait Watcher: Send + Sync {
    /// A run begins: what it is, and who hears its events.
    fn begins(&self, what: &str) -> Arc<dyn LoadObserver>;
    /// It ended.
    fn ended(&self, said: &str);
}

/// A side of the comparison.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Baseline,
    Candidate,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Candidate => "candidate",
        }
    }
}

/// Runs both sides in turns and compares them.
///
/// # Errors
/// When an input of either side is wrong, or nothing could be reached before a first run was whole.
pub async fn compare(settings: &Settings, watcher: &dyn Watcher, stop: CancellationToken) -> Result<Compared, Failed> {
    let inputs = |fault: Diagnostic| Failed::Inputs(vec![fault]);
    let began = SystemClock.now();
    let seed =
        settings.load.seed.unwrap_or_else(|| Seed(u64::try_from(began.as_microsecond()).unwrap_or_default() % 1_000_000_000));
    // Nothing is sent to one side before the other has been found fit, consent included.
    let stored = match &settings.baseline {
        Baseline::Stored(path) => {
            let read = runs_of(path).map_err(inputs)?;
            let why = format!("`{}` holds something that is no load", path.display());
            only_loads(read).ok_or_else(|| inputs(Diagnostic::error("compare/kinds", why)))?
        }
        Baseline::Live { .. } => {
            load::look_over(&of(settings, Side::Baseline, Path::new(""), seed)).map_err(Failed::Inputs)?;
            Vec::new()
        }
    };
    load::look_over(&of(settings, Side::Candidate, Path::new(""), seed)).map_err(Failed::Inputs)?;
    let folder = store::directory(&settings.load.out, began, "compare").map_err(inputs)?;
    let live = matches!(settings.baseline, Baseline::Live { .. });
    let mut turns =
        Turns { settings, watcher, stop, folder, seed, live, baseline: stored, candidate: Vec::new(), unsaid: Vec::new() };
    let made = turns.all().await;
    if made.is_err() {
        // Where nothing was made, nothing is left behind; a folder that holds something stays.
        let _ = std::fs::remove_dir(&turns.folder);
    }
    made?;
    let Turns { stop, folder, baseline, candidate, mut unsaid, .. } = turns;
    if baseline.is_empty() || candidate.is_empty() {
        return Err(Failed::Unreachable(unsaid.pop().unwrap_or_else(|| "it was stopped before a run was whole".to_owned())));
    }
    let asked = Asked {
        margins: settings.margins.clone(),
        pairs: live.then_some(settings.pairs),
        seed,
        interrupted: stop.is_cancelled(),
        unsaid,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: candidate.first().and_then(|r| r.record.command.clone()),
    };
    let record = loads(baseline, candidate, &asked).ok_or_else(|| Failed::Unreachable("a side has no run".to_owned()))?;
    Ok(write(&folder, record, &settings.reports))
}

/// The settings of a run of a side.
fn of(settings: &Settings, side: Side, out: &Path, seed: Seed) -> LoadSettings {
    let mut load = settings.load.clone();
    load.out = out.to_owned();
    load.remembered = false;
    load.seed = Some(seed);
    load.reports.clear();
    if let (Side::Baseline, Baseline::Live { target, environment }) = (side, &settings.baseline) {
        load.wanted.target.clone_from(target);
        if environment.is_some() {
            load.wanted.environment.clone_from(environment);
        }
    }
    load
}

/// The runs as they are made.
struct Turns<'a> {
    settings: &'a Settings,
    watcher: &'a dyn Watcher,
    stop: CancellationToken,
    folder: PathBuf,
    seed: Seed,
    live: bool,
    baseline: Vec<Run>,
    candidate: Vec<Run>,
    unsaid: Vec<String>,
}

impl Turns<'_> {
    /// Every pair, the sides in the order ABBA, so that what drifts meets both alike.
    async fn all(&mut self) -> Result<(), Failed> {
        for pair in 1..=self.settings.pairs {
            let order = match (self.live, pair % 2) {
                (false, _) => &[Side::Candidate][..],
                (true, 1) => &[Side::Baseline, Side::Candidate],
                (true, _) => &[Side::Candidate, Side::Baseline],
            };
            for side in order {
                // A pair that lost a side is no pair: its other run would be made for nothing.
                if self.stop.is_cancelled() || !self.valid(*side, pair).await? {
                    break;
                }
            }
            if self.stop.is_cancelled() {
                break;
            }
        }
        Ok(())
    }

    /// Makes a run until it is a valid one, as often as that may be tried.
    async fn valid(&mut self, side: Side, pair: u32) -> Result<bool, Failed> {
        let seed = Seed(self.seed.derive(&format!("pair {pair}")).0 % 1_000_000_000);
        let folder = self.folder.join(match side {
            Side::Baseline => "a",
            Side::Candidate => "b",
        });
        let mut last = String::new();
        for attempt in 1..=TRIES {
            let again = if attempt > 1 { format!(", try {attempt}") } else { String::new() };
            let what = format!("pair {pair} of {}, {}{again}", self.settings.pairs, side.name());
            let heard = self.watcher.begins(&what);
            // Both runs of a pair have the same arrivals, turns and rows.
            match load::load(&of(self.settings, side, &folder, seed), heard, self.stop.clone()).await {
                Ok(loaded) => {
                    self.watcher.ended(&format!("{what}: {}", loaded.record.sentence));
                    let why = left_out(&loaded.record);
                    let path = loaded.folder.display().to_string();
                    self.keep(side, Run { path, record: loaded.record, pair: self.live.then_some(pair) })?;
                    match why {
                        None => return Ok(true),
                        Some(why) => last = why,
                    }
                }
                Err(Failed::Unreachable(why)) if !self.baseline.is_empty() || !self.candidate.is_empty() => {
                    self.watcher.ended(&format!("{what}: {why}"));
                    last = why;
                }
                Err(why) => return Err(why),
            }
            if self.stop.is_cancelled() {
                return Ok(false);
            }
        }
        self.unsaid
            .push(format!("pair {pair} is left out: no valid run of the {} in {TRIES} tries; the last one: {last}", side.name()));
        Ok(false)
    }

    fn keep(&mut self, side: Side, run: Run) -> Result<(), Failed> {
        if !self.live && self.candidate.is_empty() {
            let said = self.same_ground(&run.record)?;
            self.unsaid.extend(said);
        }
        match side {
            Side::Baseline => self.baseline.push(run),
            Side::Candidate => self.candidate.push(run),
        }
        Ok(())
    }

    fn same_ground(&self, record: &LoadRecord) -> Result<Vec<String>, Failed> {
        loads_on_one_ground(&self.baseline, record, self.settings.anyway).map_err(|fault| Failed::Inputs(vec![*fault]))
    }
}
