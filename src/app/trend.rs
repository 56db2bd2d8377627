//! `proofmark report trend` and `proofmark report list`: how figures went over runs, and which runs there are.
//!
//! Asks the history, or the run folders where there is none. Changes nothing and never prints.

use crate::app::history::{Place, entry, gather, is_beside};
use crate::base::diagnostic::Diagnostic;
use crate::base::distance::did_you_mean;
use crate::record::fingerprint::RunKind;
use crate::record::history::folders::RunFolder;
use crate::record::history::session::Fault;
use crate::record::history::trend::{Wish, make};
use crate::record::history::{Entry, Filter, Index, RunEntry, Source, TrendRecord, folders};
use crate::record::sheet::Kind;
use crate::report::Format;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::Path;

/// Which trend is asked for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which history.
    pub place: Place,
    /// The kind of runs; that of the newest one where none is said.
    pub kind: Option<RunKind>,
    /// This operation alone.
    pub operation: Option<String>,
    /// These figures; the usual ones where there is none.
    pub figures: Vec<String>,
    /// Runs that may be compared with each other, at most.
    pub last: usize,
    /// Runs that began then or later.
    pub since: Option<Timestamp>,
}

/// A trend, and what is worth a warning.
pub struct Trended {
    /// The trend.
    pub record: TrendRecord,
    /// What is worth a warning.
    pub warnings: Vec<Diagnostic>,
}

/// The trend that is asked for.
///
/// # Errors
/// When the history cannot be read, and when it holds nothing of what is asked for.
pub fn trend(settings: &Settings) -> Result<Trended, Vec<Diagnostic>> {
    let source = settings.place.source()?;
    let filter = Filter { kind: settings.kind, since: settings.since, newest: None };
    let (entries, warnings) = entries(&source, &settings.place.out, &filter)?;
    let Some(newest) = entries.first() else { return Err(vec![nothing(&source, &filter)]) };
    let kind = settings.kind.unwrap_or(newest.run.kind);
    let out = &settings.place.out;
    let beside = is_beside(&source, out);
    let page = |run: &RunEntry| page(run, out, beside);
    let wish = Wish {
        kind,
        operation: settings.operation.as_deref(),
        figures: &settings.figures,
        last: settings.last.max(1),
        history: source.to_string(),
        tool_version: env!("CARGO_PKG_VERSION"),
        page: &page,
    };
    let mistakes = unknown(&entries, &wish);
    if mistakes.is_empty() { Ok(Trended { record: make(&entries, &wish), warnings }) } else { Err(mistakes) }
}

/// The page of a run in its folder. Where several machines share a history, a folder of that name may hold another run.
fn page(run: &RunEntry, out: &Path, beside: bool) -> Option<String> {
    let (name, file) = (run.folder.as_deref()?, Format::Html.file(Kind::Run));
    let path = out.join(name);
    let folder = RunFolder { name: name.to_owned(), named: None, path };
    let is_there = folder.path.join(file).is_file();
    let is_it = is_there && (beside || entry(&folder).is_ok_and(|entry| entry.run.id == run.id));
    is_it.then(|| format!("{name}/{file}"))
}

/// Names that no run has.
fn unknown(entries: &[Entry], wish: &Wish<'_>) -> Vec<Diagnostic> {
    let figures = || entries.iter().filter(|e| e.run.kind == wish.kind).flat_map(|e| &e.figures);
    let names: BTreeSet<&str> = figures().map(|f| f.name.as_str()).collect();
    let mut mistakes: Vec<Diagnostic> = wish
        .figures
        .iter()
        .filter(|asked| *asked != "all" && !names.contains(asked.as_str()))
        .map(|asked| {
            let message = format!("no {} has a figure `{asked}`", wish.kind);
            Diagnostic::error("history/unknown-figure", message).maybe_hint(did_you_mean(asked, names.iter().copied()))
        })
        .collect();
    if let Some(asked) = wish.operation {
        let operations: BTreeSet<&str> = figures().map(|f| f.operation.as_str()).filter(|name| !name.is_empty()).collect();
        if !operations.contains(asked) {
            let message = format!("no {} has figures of `{asked}`", wish.kind);
            mistakes.push(
                Diagnostic::error("history/unknown-operation", message)
                    .maybe_hint(did_you_mean(asked, operations.iter().copied())),
            );
        }
    }
    mistakes
}

fn nothing(source: &Source, filter: &Filter) -> Diagnostic {
    let what = filter.kind.map_or_else(|| "no run".to_owned(), |kind| format!("no run of kind `{kind}`"));
    let since = filter.since.map(|since| format!(" since {}", since.strftime("%Y-%m-%d %H:%M"))).unwrap_or_default();
    Diagnostic::error("history/empty", format!("there is {what}{since} in `{source}`"))
        .hint("`proofmark report index` takes in the run folders; check, load, certify and monitor put a run down at their end")
}

/// The runs that are asked for, newest first.
///
/// # Errors
/// When the history cannot be read.
pub fn list(place: &Place, filter: &Filter) -> Result<(Vec<RunEntry>, Vec<Diagnostic>), Vec<Diagnostic>> {
    let source = place.source()?;
    asked(&source, &place.out, filter, Index::runs, |entry| entry.run)
}

/// The runs that are asked for with all that is known of them, newest first.
///
/// # Errors
/// When the history cannot be read.
pub(super) fn entries(source: &Source, out: &Path, filter: &Filter) -> Result<(Vec<Entry>, Vec<Diagnostic>), Vec<Diagnostic>> {
    asked(source, out, filter, Index::entries, |entry| entry)
}

/// What the history says; where the file beside the run folders is missing or cannot be used, what the folders say.
fn asked<T>(
    source: &Source,
    out: &Path,
    filter: &Filter,
    ask: fn(&mut Index, &Filter) -> Result<Vec<T>, Fault>,
    part: fn(Entry) -> T,
) -> Result<(Vec<T>, Vec<Diagnostic>), Vec<Diagnostic>> {
    match Index::open(source).and_then(|mut index| ask(&mut index, filter)) {
        Ok(found) => {
            let warnings = if is_beside(source, out) { missing(source, out) } else { Vec::new() };
            Ok((found, warnings))
        }
        Err(fault @ (Fault::Missing | Fault::Broken(_) | Fault::Locked)) if is_beside(source, out) && out.is_dir() => {
            let gathered = gather(out);
            let mut warnings = gathered.faults;
            if fault != Fault::Missing {
                let told = fault.told(&source.to_string());
                let message = format!("{}; the run folders are shown instead", told.message);
                warnings.insert(0, Diagnostic::warning(told.code, message).maybe_hint(told.hint));
            }
            Ok((filtered(gathered.entries, filter).into_iter().map(part).collect(), warnings))
        }
        Err(fault) => Err(vec![fault.told(&source.to_string())]),
    }
}

fn filtered(mut entries: Vec<Entry>, filter: &Filter) -> Vec<Entry> {
    entries.retain(|entry| filter.kind.is_none_or(|kind| entry.run.kind == kind));
    entries.retain(|entry| filter.since.is_none_or(|since| entry.run.began >= since));
    entries.sort_by(|a, b| (b.run.began, &b.run.id).cmp(&(a.run.began, &a.run.id)));
    entries.truncate(filter.newest.unwrap_or(usize::MAX));
    entries
}

/// Run folders that the index does not know.
fn missing(source: &Source, out: &Path) -> Vec<Diagnostic> {
    let known = Index::open(source).and_then(|mut index| index.runs(&Filter::default())).unwrap_or_default();
    let known: BTreeSet<&str> = known.iter().filter_map(|run| run.folder.as_deref()).collect();
    let listed = folders::list(out).unwrap_or_default();
    let unknown: Vec<&str> = listed
        .iter()
        .filter(|f| !known.contains(f.name.as_str()) && folders::holds_a_run(&f.path))
        .map(|f| f.name.as_str())
        .collect();
    match unknown.as_slice() {
        [] => Vec::new(),
        [one] => vec![not_in(source, &format!("the run folder `{one}` is"))],
        [one, rest @ ..] => vec![not_in(source, &format!("`{one}` and {} more run folders are", rest.len()))],
    }
}

fn not_in(source: &Source, what: &str) -> Diagnostic {
    Diagnostic::warning("history/incomplete", format!("{what} not in `{source}`")).hint("`proofmark report index` takes it in")
}
