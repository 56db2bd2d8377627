//! `proofmark report compare`: holds stored runs of two sides against each other.
//!
//! Reads records and writes a comparison with its reports. Runs nothing and never prints.

use crate::app::report::{self, Stored};
use crate::app::reports::{Kept, Report};
use crate::base::clock::{Clock, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::base::seed::Seed;
use crate::model::redact::Redactor;
use crate::record::compare::found::SuiteRun;
use crate::record::compare::ground::apart;
use crate::record::compare::loads::{Asked, Run, loads};
use crate::record::compare::runs::runs;
use crate::record::compare::shape::{ComparisonRecord, Figure};
use crate::record::compare::store as stored;
use crate::record::fingerprint::{Difference, Fingerprint};
use crate::record::load::LoadRecord;
use crate::record::make::command;
use crate::record::{journal, store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is to be compared.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Runs of the baseline: their folders, records or journals, or folders of runs.
    pub baseline: Vec<PathBuf>,
    /// Those of the candidate.
    pub candidate: Vec<PathBuf>,
    /// True where runs that stand on different ground are compared all the same.
    pub anyway: bool,
    /// The figures of loads that decide, each with its margin.
    pub margins: Vec<(Figure, f64)>,
    /// The folder that the comparison's folder is made in.
    pub out: PathBuf,
    /// Reports beside those of that folder.
    pub reports: Vec<Report>,
    /// The command as typed.
    pub command: Vec<String>,
}

/// What came of a comparison.
#[derive(Debug)]
pub struct Compared {
    /// The record.
    pub record: ComparisonRecord,
    /// Where the record and reports were written, and what could not be.
    pub kept: Kept,
}

/// Compares stored runs.
///
/// # Errors
/// When a run cannot be read, kinds are mixed, or the runs stand on different ground.
pub fn compare(settings: &Settings) -> Result<Compared, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut read = |paths: &[PathBuf]| -> Vec<(String, Stored)> {
        let found: Vec<Result<Vec<(String, Stored)>, Diagnostic>> = paths.iter().map(|p| runs_of(p)).collect();
        found.into_iter().filter_map(|r| r.map_err(|fault| faults.push(fault)).ok()).flatten().collect()
    };
    let (a, b) = (read(&settings.baseline), read(&settings.candidate));
    if !faults.is_empty() {
        return Err(faults);
    }
    let record = match (kinds(a), kinds(b)) {
        (Some(Kind::Loads(a)), Some(Kind::Loads(b))) => {
            let prints = |side: &[Run]| side.iter().map(|r| Fingerprint::of_load(&r.record)).collect::<Vec<_>>();
            let asked = asked(settings, on_one_ground(&prints(&a), &prints(&b), settings.anyway).map_err(|f| vec![*f])?);
            loads(a, b, &asked)
        }
        (Some(Kind::Checks(a)), Some(Kind::Checks(b))) | (Some(Kind::Certifications(a)), Some(Kind::Certifications(b))) => {
            let prints = |side: &[SuiteRun]| side.iter().map(|r| r.print.clone()).collect::<Vec<_>>();
            let asked = asked(settings, on_one_ground(&prints(&a), &prints(&b), settings.anyway).map_err(|f| vec![*f])?);
            runs(a, b, &asked)
        }
        _ => {
            let message = "only loads are compared with loads, checks with checks, and certifications with certifications";
            let fault =
                Diagnostic::error("compare/kinds", message).hint("watches and comparisons are shown by `proofmark report show`");
            return Err(vec![fault]);
        }
    };
    let record = record.ok_or_else(|| vec![Diagnostic::error("compare/none", "a side has no run")])?;
    let folder = store::directory(&settings.out, SystemClock.now(), "compare").map_err(|fault| vec![fault])?;
    Ok(write(&folder, record, &settings.reports))
}

fn asked(settings: &Settings, unsaid: Vec<String>) -> Asked {
    Asked {
        margins: settings.margins.clone(),
        pairs: None,
        // Stored runs are compared the same way every time.
        seed: Seed(0),
        interrupted: false,
        unsaid,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        command: Some(command(&settings.command, &Redactor::default()).join(" ")),
    }
}

/// Every run that a path stands for, with where it lies.
pub(super) fn runs_of(path: &Path) -> Result<Vec<(String, Stored)>, Diagnostic> {
    let is_run = |path: &Path| path.join(store::FILE).exists() || path.join(journal::FILE).exists();
    if !path.is_dir() || is_run(path) {
        return Ok(vec![(path.display().to_string(), report::read(path)?)]);
    }
    let listed = std::fs::read_dir(path)
        .map_err(|error| Diagnostic::error("record/io", format!("cannot read `{}`: {error}", path.display())))?;
    let folders: BTreeSet<PathBuf> = listed.flatten().map(|e| e.path()).filter(|p| p.is_dir() && is_run(p)).collect();
    if folders.is_empty() {
        return Err(Diagnostic::error("compare/none", format!("`{}` is no run, and holds none", path.display()))
            .hint("give a run's folder, its record.json, or a folder of such folders"));
    }
    folders.into_iter().map(|folder| Ok((folder.display().to_string(), report::read(&folder)?))).collect()
}

/// The loads among what was read; `None` where something is no load.
pub(super) fn only_loads(side: Vec<(String, Stored)>) -> Option<Vec<Run>> {
    match kinds(side) {
        Some(Kind::Loads(loads)) => Some(loads),
        _ => None,
    }
}

enum Kind {
    Loads(Vec<Run>),
    Checks(Vec<SuiteRun>),
    Certifications(Vec<SuiteRun>),
}

/// What a side is of; `None` where kinds are mixed or nothing can be held against it.
fn kinds(side: Vec<(String, Stored)>) -> Option<Kind> {
    let count = side.len();
    let (mut loads, mut checks, mut certifications) = (Vec::new(), Vec::new(), Vec::new());
    for (path, stored) in side {
        match stored {
            Stored::Load(record) => loads.push(Run { path, record: *record, pair: None }),
            Stored::Run(record) => checks.push(SuiteRun::of_run(&path, &record)),
            Stored::Certification(record) => certifications.push(SuiteRun::of_certification(&path, &record)),
            Stored::Watch(_) | Stored::Comparison(_) => {}
        }
    }
    if loads.len() == count {
        Some(Kind::Loads(loads))
    } else if checks.len() == count {
        Some(Kind::Checks(checks))
    } else {
        (certifications.len() == count).then_some(Kind::Certifications(certifications))
    }
}

/// Refuses what stands on different ground, or says that it does.
pub(super) fn on_one_ground(
    baseline: &[Fingerprint],
    candidate: &[Fingerprint],
    anyway: bool,
) -> Result<Vec<String>, Box<Diagnostic>> {
    let Some(first) = baseline.first() else { return Ok(Vec::new()) };
    let mut found: Vec<Difference> = Vec::new();
    for difference in baseline.iter().chain(candidate).flat_map(|other| apart(first, other)) {
        if !found.contains(&difference) {
            found.push(difference);
        }
    }
    let listed: Vec<String> = found.iter().map(ToString::to_string).collect();
    match (listed.is_empty(), anyway) {
        (true, _) => Ok(Vec::new()),
        (false, true) => {
            Ok(listed.into_iter().map(|d| format!("compared all the same, though the runs differ in {d}")).collect())
        }
        (false, false) => Err(Box::new(
            Diagnostic::error("compare/apart", format!("these runs stand on different ground: {}", listed.join("; ")))
                .hint("`--anyway` compares them all the same, and says so"),
        )),
    }
}

/// The same of loads that are not stored yet.
pub(super) fn loads_on_one_ground(
    baseline: &[Run],
    candidate: &LoadRecord,
    anyway: bool,
) -> Result<Vec<String>, Box<Diagnostic>> {
    let prints: Vec<Fingerprint> = baseline.iter().map(|r| Fingerprint::of_load(&r.record)).collect();
    on_one_ground(&prints, &[Fingerprint::of_load(candidate)], anyway)
}

/// Writes the record and its reports: those of its folder and those that were asked for.
pub(super) fn write(folder: &Path, record: ComparisonRecord, asked: &[Report]) -> Compared {
    let kept = Kept::of(stored::write(folder, &record), folder, &record, asked);
    Compared { record, kept }
}
