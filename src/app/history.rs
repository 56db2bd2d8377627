//! The history of runs: where it is kept, putting a run down at its end, and making it anew from the run folders.
//!
//! What goes wrong with it is a warning and never the run's. Never judges a run and never prints.

use crate::app::inputs::{Loader, Wanted};
use crate::app::report::{Stored, read};
use crate::base::clock::{Clock as _, SystemClock};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::secret::Secret;
use crate::record::history::folders::{self, RunFolder};
use crate::record::history::index::Opened;
use crate::record::history::session::Fault;
use crate::record::history::{Entry, Filter, Index, Source};
use crate::record::store;
use std::path::{Path, PathBuf};

/// The variable that says where the history is kept.
pub const VARIABLE: &str = "PROOFMARK_HISTORY";
/// What is made of runs and stored beside them.
const NO_RUN: &str = "history/no-run";
/// What it says where none is to be kept.
const NONE: &str = "none";

/// Which history is meant.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The folder of run folders.
    pub out: PathBuf,
    /// A file or a URL.
    pub history: Option<Secret<String>>,
    /// An environment, whose `history` is taken where nothing else is said.
    pub environment: Option<String>,
}

impl Place {
    /// Where it is kept.
    ///
    /// # Errors
    /// When what is said cannot be understood, or the environment cannot be read.
    pub fn source(&self) -> Result<Source, Vec<Diagnostic>> {
        if let Some(said) = &self.history {
            return self.understood(said);
        }
        let Some(name) = &self.environment else { return Ok(Source::of_folder(&self.out)) };
        let mut faults = Diagnostics::new();
        let wanted = Wanted { environment: Some(name.clone()), ..Wanted::default() };
        let mut loader = Loader::new(&wanted.rights, &wanted.overlays, &mut faults);
        let environment = loader.environment(&wanted, &|name: &str| std::env::var(name).ok(), &mut faults);
        match environment {
            Some(environment) if !faults.has_errors() => match &environment.history {
                Some(said) => self.understood(said),
                None => Ok(Source::of_folder(&self.out)),
            },
            _ => Err(faults.sorted().into_iter().filter(|fault| fault.severity == Severity::Error).collect()),
        }
    }

    fn understood(&self, said: &Secret<String>) -> Result<Source, Vec<Diagnostic>> {
        match said.expose().as_str() {
            // Where none is kept, the run folders are asked.
            "" | NONE => Ok(Source::of_folder(&self.out)),
            said => Source::parse(said).map_err(|fault| vec![fault]),
        }
    }
}

/// Puts a run down that has ended in `folder`. `said` is what its environment says of the history. What came of it is worth a warning at
/// most: the run folder holds everything.
pub(super) fn remember(entry: Entry, folder: &Path, said: Option<&Secret<String>>) -> Vec<Diagnostic> {
    let variable = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::new);
    put_down(entry, folder, variable.as_ref().or(said))
}

/// The same where `--history` can be typed, which has the first word.
pub(super) fn remember_as_typed(
    entry: Entry,
    folder: &Path,
    typed: Option<&Secret<String>>,
    said: Option<&Secret<String>>,
) -> Vec<Diagnostic> {
    if typed.is_some() { put_down(entry, folder, typed) } else { remember(entry, folder, said) }
}

fn put_down(mut entry: Entry, folder: &Path, where_to: Option<&Secret<String>>) -> Vec<Diagnostic> {
    let out = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let source = match where_to {
        Some(text) if text.expose() == NONE => return Vec::new(),
        Some(text) => match Source::parse(text.expose()) {
            Ok(source) => source,
            Err(fault) => return vec![as_warning(fault)],
        },
        None => Source::of_folder(out),
    };
    entry.run.folder = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let put = || -> Result<Option<(PathBuf, String)>, Fault> {
        let Opened { mut index, is_new, aside } = Index::open_or_make(&source, SystemClock.now())?;
        // One that was just made takes in what ran before it.
        let mut entries = if is_new && is_beside(&source, out) { gather(out).entries } else { Vec::new() };
        entries.retain(|earlier| earlier.run.id != entry.run.id);
        entries.push(entry);
        index.put(&entries)?;
        Ok(aside)
    };
    match put() {
        Ok(None) => Vec::new(),
        Ok(Some((aside, why))) => vec![set_aside(&source, &aside, &why)],
        Err(fault) => vec![as_warning(fault.told(&source.to_string()))],
    }
}

fn as_warning(fault: Diagnostic) -> Diagnostic {
    Diagnostic { severity: Severity::Warning, ..fault }
}

fn set_aside(source: &Source, aside: &Path, why: &str) -> Diagnostic {
    let message = format!("`{source}` was broken ({why}), and was made anew from the run folders");
    Diagnostic::warning("history/set-aside", message).hint(format!("what was left of it is kept as `{}`", aside.display()))
}

/// Whether the history is the file that lies beside the run folders.
pub(super) fn is_beside(source: &Source, out: &Path) -> bool {
    source.file().is_some_and(|file| file.parent().is_some_and(|folder| same(folder, out)))
}

fn same(one: &Path, other: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path }).ok();
    one == other || whole(one).is_some_and(|one| whole(other).is_some_and(|other| one == other))
}

/// What the run folders hold.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The runs, each once.
    pub(super) entries: Vec<Entry>,
    /// What could not be read, and is left out.
    pub(super) faults: Vec<Diagnostic>,
}

/// Reads the record of every run folder.
pub(super) fn gather(out: &Path) -> Gathered {
    let mut gathered = Gathered::default();
    let listed = folders::list(out).unwrap_or_else(|fault| {
        gathered.faults.push(as_warning(fault));
        Vec::new()
    });
    for folder in listed.iter().filter(|folder| !goes_on(folder)) {
        match entry(folder) {
            Ok(entry) => match gathered.entries.iter().find(|known| known.run.id == entry.run.id) {
                Some(known) => gathered.faults.push(twice(known, folder)),
                None => gathered.entries.push(entry),
            },
            // What was made of runs is no run, and nobody misses it.
            Err(fault) if fault.code == NO_RUN => {}
            Err(fault) => {
                let message = format!("`{}` is left out: {}", folder.path.display(), fault.message);
                gathered.faults.push(Diagnostic::warning(fault.code, message).maybe_hint(fault.hint));
            }
        }
    }
    gathered
}

fn twice(known: &Entry, folder: &RunFolder) -> Diagnostic {
    let other = known.run.folder.as_deref().unwrap_or_default();
    Diagnostic::warning(
        "history/twice",
        format!("`{}` holds the run that `{other}` holds, and is left out", folder.path.display()),
    )
}

/// A run that goes on and has no record yet: it will be put down when it ends.
fn goes_on(folder: &RunFolder) -> bool {
    !folder.path.join(store::FILE).exists() && matches!(folders::hold(&folder.path), Ok(None))
}

/// The run of a folder.
pub(super) fn entry(folder: &RunFolder) -> Result<Entry, Diagnostic> {
    let mut entry = match read(&folder.path)? {
        Stored::Run(record) if record.merged.is_some() => return Err(no_run(folder, "a sum of runs")),
        Stored::Run(record) => Entry::of_run(&record),
        Stored::Load(record) => Entry::of_load(&record),
        Stored::Certification(record) => Entry::of_certification(&record),
        Stored::Watch(record) => Entry::of_monitor(&record),
        Stored::Comparison(_) => return Err(no_run(folder, "a comparison")),
    };
    entry.run.folder = Some(folder.name.clone());
    Ok(entry)
}

fn no_run(folder: &RunFolder, what: &str) -> Diagnostic {
    Diagnostic::warning(NO_RUN, format!("`{}` holds {what}, which is no run", folder.path.display()))
}

/// What making an index came to.
#[derive(Debug)]
pub struct Indexed {
    /// Where it is.
    pub source: Source,
    /// Runs that were taken in.
    pub taken: usize,
    /// Runs that were taken out, since their folder is gone.
    pub gone: usize,
    /// What was left out, and what was set aside.
    pub warnings: Vec<Diagnostic>,
}

/// Takes every run folder into the history; takes out what the folders no longer hold, where it is the file beside them.
///
/// # Errors
/// When the history cannot be written.
pub fn index(place: &Place) -> Result<Indexed, Vec<Diagnostic>> {
    let source = place.source()?;
    let told = |fault: Fault| vec![fault.told(&source.to_string())];
    let Gathered { entries, faults: mut warnings } = gather(&place.out);
    if let Some(folder) = source.file().and_then(Path::parent).filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| told(Fault::Unwritable(error.to_string())))?;
    }
    let opened = Index::open_or_make(&source, SystemClock.now()).map_err(told)?;
    if let Some((aside, why)) = &opened.aside {
        warnings.insert(0, set_aside(&source, aside, why));
    }
    let mut index = opened.index;
    index.put(&entries).map_err(told)?;
    let mut gone = Vec::new();
    if is_beside(&source, &place.out) {
        let there = |name: &str| place.out.join(name).is_dir();
        let runs = index.runs(&Filter::default()).map_err(told)?;
        gone = runs.into_iter().filter(|run| run.folder.as_deref().is_some_and(|name| !there(name))).map(|run| run.id).collect();
        index.remove(&gone).map_err(told)?;
    }
    Ok(Indexed { taken: entries.len(), gone: gone.len(), warnings, source })
}
