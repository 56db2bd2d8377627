//! `proofmark report prune`: takes away old runs, folder and row.
//!
//! Takes nothing for a run's folder that has not both its name and its record, and leaves what is in use. Never prints.

use crate::app::history::{Place, entry};
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::units::Nanos;
use crate::record::fingerprint::RunKind;
use crate::record::history::folders::{self, RunFolder, hold, holds_a_run};
use crate::record::history::session::Fault;
use crate::record::history::{Filter, Index};
use jiff::{SignedDuration, Timestamp};

/// Which runs are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// All but the newest so many.
    AllBut(usize),
    /// Those that began longer ago.
    Than(Nanos),
}

/// What is to be taken away.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The run folders and their history.
    pub place: Place,
    /// Which runs are old.
    pub old: Old,
    /// Of this kind alone.
    pub kind: Option<RunKind>,
    /// Whether it is only said what would be taken away.
    pub dry: bool,
    /// Now.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The folders that were taken away, or would be; newest first.
    pub gone: Vec<String>,
    /// Old ones that a run still has.
    pub in_use: Vec<String>,
    /// Folders that look like a run's by what lies in them and are left, with why.
    pub left: Vec<(String, &'static str)>,
    /// Runs that are still there.
    pub kept: usize,
    /// What went wrong.
    pub warnings: Vec<Diagnostic>,
}

/// Takes old runs away.
///
/// # Errors
/// When the folder cannot be read or what is said of the history cannot be understood; nothing was taken away then.
pub fn prune(settings: &Settings) -> Result<Pruned, Vec<Diagnostic>> {
    let source = settings.place.source()?;
    let out = &settings.place.out;
    let listed = folders::list(out).map_err(|fault| vec![fault])?;
    // A history that this build must not touch is known before anything is gone.
    let index = match Index::open(&source) {
        Ok(index) => Some(index),
        Err(Fault::Missing | Fault::Broken(_)) => None,
        Err(fault) => return Err(vec![fault.told(&source.to_string())]),
    };
    let mut pruned = Pruned::default();
    let mut runs: Vec<(Timestamp, &RunFolder)> = Vec::new();
    for folder in &listed {
        match folder.named {
            None => pruned.left.push((folder.name.clone(), "it has not the name that a run gives its folder")),
            Some(_) if !holds_a_run(&folder.path) => {
                pruned.left.push((folder.name.clone(), "what lies in it was not written by a run, or is damaged"));
            }
            Some((began, kind)) if settings.kind.is_none_or(|only| only == kind) => runs.push((began, folder)),
            Some(_) => {}
        }
    }
    runs.sort_by(|a, b| (b.0, &b.1.name).cmp(&(a.0, &a.1.name)));
    let old = match settings.old {
        Old::AllBut(kept) => runs.split_off(kept.min(runs.len())),
        Old::Than(age) => {
            let age = SignedDuration::try_from(age.duration()).unwrap_or(SignedDuration::MAX);
            let before = settings.now.checked_sub(age).unwrap_or(Timestamp::MIN);
            let (young, old): (Vec<_>, Vec<_>) = runs.into_iter().partition(|(began, _)| *began >= before);
            runs = young;
            old
        }
    };
    pruned.kept = runs.len();
    let mut ids = Vec::new();
    for (_, folder) in old {
        match hold(&folder.path) {
            Ok(Some(held)) => {
                if settings.dry {
                    pruned.gone.push(folder.name.clone());
                    continue;
                }
                let id = entry(folder).ok().map(|entry| entry.run.id);
                match held.remove() {
                    Ok(()) => {
                        pruned.gone.push(folder.name.clone());
                        ids.extend(id);
                    }
                    Err(fault) => pruned.warnings.push(fault),
                }
            }
            Ok(None) => pruned.in_use.push(folder.name.clone()),
            Err(fault) => pruned.warnings.push(fault),
        }
    }
    pruned.kept += pruned.in_use.len();
    if let Some(index) = index.filter(|_| !pruned.gone.is_empty() && !settings.dry)
        && let Err(fault) = forget(index, ids, &pruned.gone, source.file().is_some())
    {
        let told = fault.told(&source.to_string());
        pruned.warnings.push(Diagnostic { severity: Severity::Warning, ..told });
    }
    Ok(pruned)
}

/// Takes the rows of folders out that are gone: by their run, and in a file by their folder's name too, for what could not be read.
fn forget(mut index: Index, mut ids: Vec<String>, gone: &[String], by_name: bool) -> Result<(), Fault> {
    if by_name {
        let runs = index.runs(&Filter::default())?;
        ids.extend(runs.into_iter().filter(|r| r.folder.as_ref().is_some_and(|name| gone.contains(name))).map(|r| r.id));
    }
    index.remove(&ids)
}
