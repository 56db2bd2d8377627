//! Makes a trend of runs.
//!
//! Groups them by what they share, and looks at each figure of each group by itself. Renders nothing.

use crate::base::seed::Seed;
use crate::record::fingerprint::{Difference, Of, RunKind};
use crate::record::history::change::{self, FEWEST, LASTING, LEVEL, PERMUTATIONS, changes, median};
use crate::record::history::entry::{Entry, FigureEntry, RunEntry, Unit};
use crate::record::history::figures::{Better, EACH, USUAL, better};
use crate::record::history::trend::shape::{
    BetterRecord, ChangeRecord, FORMAT, FigureRecord, LevelRecord, MethodRecord, PointRecord, TrackRecord, TrackRun, TrendRecord,
    VERSION,
};
use crate::record::history::words;
use std::collections::BTreeSet;

/// The seed of the permutations: always the same, so that the same runs always say the same.
const SEED: u64 = 20_261_129;
/// What is worth no line when it changes from run to run.
const ALWAYS_OTHER: [&str; 2] = ["seed", "command"];

/// What is asked of a history.
#[derive(Clone)]
pub struct Wish<'a> {
    /// The kind of runs.
    pub kind: RunKind,
    /// This operation alone.
    pub operation: Option<&'a str>,
    /// These figures; the usual ones where there is none.
    pub figures: &'a [String],
    /// Runs of a track at most.
    pub last: usize,
    /// Where the history is kept, for a reader.
    pub history: String,
    /// The version of this tool.
    pub tool_version: &'a str,
    /// The page of a run, where it is there.
    pub page: &'a dyn Fn(&RunEntry) -> Option<String>,
}

/// The trend over runs of one kind, the newest first.
#[must_use]
pub fn make(entries: &[Entry], wish: &Wish<'_>) -> TrendRecord {
    let mut groups: Vec<(String, Vec<&Entry>)> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.run.kind == wish.kind) {
        let digest = entry.fingerprint.digest(Of::Counts);
        match groups.iter_mut().find(|(known, _)| *known == digest) {
            Some((_, group)) => group.push(entry),
            None => groups.push((digest, vec![entry])),
        }
    }
    let first = groups.first().and_then(|(_, group)| group.first()).copied();
    let tracks: Vec<TrackRecord> = groups.into_iter().map(|(digest, group)| track(digest, &group, first, wish)).collect();
    let figures = || tracks.iter().flat_map(|track| &track.figures);
    let method = MethodRecord {
        level: LEVEL,
        permutations: PERMUTATIONS,
        seed: SEED,
        lasting: LASTING,
        fewest: FEWEST,
        looked_at: figures().filter(|f| f.counted >= FEWEST).count(),
        too_few: figures().filter(|f| f.counted < FEWEST).count(),
    };
    let mut record = TrendRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        tool_version: wish.tool_version.to_owned(),
        history: wish.history.clone(),
        kind: wish.kind,
        sentence: String::new(),
        method,
        tracks,
    };
    record.sentence = sentence(&record);
    record
}

fn track(fingerprint: String, group: &[&Entry], first: Option<&Entry>, wish: &Wish<'_>) -> TrackRecord {
    let older = group.len().saturating_sub(wish.last);
    let mut entries: Vec<&Entry> = group.iter().take(wish.last).copied().collect();
    entries.reverse();
    let newest = entries[entries.len() - 1];
    let apart = first.map_or_else(Vec::new, |first| {
        let apart = newest.fingerprint.comparable_in(Of::Counts, &first.fingerprint).err().unwrap_or_default();
        apart.iter().map(ToString::to_string).collect()
    });
    let runs: Vec<TrackRun> =
        entries.iter().enumerate().map(|(i, entry)| run(entry, i.checked_sub(1).map(|i| entries[i]), wish)).collect();
    let figures = shown(&entries, wish).into_iter().map(|(name, operation)| figure(&name, &operation, &entries)).collect();
    TrackRecord {
        title: newest.run.title.clone(),
        target: newest.run.target.clone(),
        environment: newest.run.environment.clone(),
        fingerprint,
        parts: newest.fingerprint.parts.clone(),
        apart,
        runs,
        older,
        figures,
    }
}

fn run(entry: &Entry, before: Option<&Entry>, wish: &Wish<'_>) -> TrackRun {
    let run = &entry.run;
    let left_out = (!run.counts()).then(|| match run.verdict.as_str() {
        "invalid" => "its generator did not keep up".to_owned(),
        "interrupted" => "it was interrupted".to_owned(),
        _ => "nothing could be judged".to_owned(),
    });
    TrackRun {
        id: run.id.clone(),
        folder: run.folder.clone(),
        page: (wish.page)(run),
        began: run.began,
        verdict: run.verdict.clone(),
        sentence: run.sentence.clone(),
        left_out,
        changed: before.map_or_else(Vec::new, |before| beside(before, entry)),
    }
}

/// What is not as it was, and keeps nothing apart.
fn beside(before: &Entry, after: &Entry) -> Vec<String> {
    let worth = |difference: &&Difference| !ALWAYS_OTHER.contains(&difference.name.as_str());
    before.fingerprint.differences(&after.fingerprint).iter().filter(worth).map(ToString::to_string).collect()
}

/// Which figures are shown, in order: by name, all operations together first.
fn shown(entries: &[&Entry], wish: &Wish<'_>) -> Vec<(String, String)> {
    let there: BTreeSet<(&str, &str)> =
        entries.iter().flat_map(|e| &e.figures).map(|f| (f.name.as_str(), f.operation.as_str())).collect();
    let everything = wish.figures.iter().any(|name| name == "all");
    let asked = |name: &str| everything || wish.figures.iter().any(|asked| asked == name);
    // Of one operation alone, all of them together says it already.
    let alone = |name: &str| there.iter().filter(|(other, operation)| *other == name && !operation.is_empty()).count() == 1;
    let together = |name: &str| there.contains(&(name, ""));
    let wanted = |name: &str, operation: &str| match wish.operation {
        Some(one) => operation == one && (wish.figures.is_empty() || asked(name)),
        None if !wish.figures.is_empty() => asked(name),
        None if operation.is_empty() => USUAL.contains(&name),
        // A check calls each operation a few times only.
        None if name == "p99" && wish.kind != RunKind::Load => false,
        None => EACH.contains(&name) && !(alone(name) && together(name)),
    };
    let rank = |name: &str| USUAL.iter().position(|usual| *usual == name).unwrap_or(USUAL.len());
    let mut chosen: Vec<(&str, &str)> = there.iter().filter(|(name, operation)| wanted(name, operation)).copied().collect();
    chosen.sort_by_key(|(name, operation)| (rank(name), *name, !operation.is_empty(), *operation));
    chosen.into_iter().map(|(name, operation)| (name.to_owned(), operation.to_owned())).collect()
}

fn figure(name: &str, operation: &str, entries: &[&Entry]) -> FigureRecord {
    let of = |entry: &Entry| -> Option<FigureEntry> {
        entry.figures.iter().find(|f| f.name == name && f.operation == operation).cloned()
    };
    let found: Vec<Option<FigureEntry>> = entries.iter().map(|entry| of(entry)).collect();
    let unit = found.iter().flatten().next_back().map_or(Unit::Count, |f| f.unit);
    let newest = entries[entries.len() - 1];
    let counts =
        |entry: &Entry| entry.run.counts() && entry.fingerprint.comparable_in(unit.hangs_on(), &newest.fingerprint).is_ok();
    let point = |(entry, found): (&&Entry, &Option<FigureEntry>)| {
        found.as_ref().map(|f| PointRecord { value: f.value, samples: f.samples, counts: counts(entry) })
    };
    let points: Vec<Option<PointRecord>> = entries.iter().zip(&found).map(point).collect();
    let counted: Vec<(usize, f64)> =
        points.iter().enumerate().filter_map(|(i, p)| p.filter(|p| p.counts).map(|p| (i, p.value))).collect();
    let values: Vec<f64> = counted.iter().map(|(_, value)| *value).collect();
    let seed = Seed(SEED).derive(name).derive(operation);
    let found = changes(&values, seed);
    let better = better(name);
    let (levels, changes) = levels(&counted, &found, better, entries);
    let all = || points.iter().flatten().map(|p| p.value);
    FigureRecord {
        name: name.to_owned(),
        operation: operation.to_owned(),
        unit,
        better: match better {
            Better::Less => BetterRecord::Less,
            Better::More => BetterRecord::More,
            Better::Neither => BetterRecord::Neither,
        },
        counted: values.len(),
        latest: values.last().copied(),
        median: median(&values),
        lowest: all().reduce(f64::min),
        highest: all().reduce(f64::max),
        unsaid: (values.len() < FEWEST).then(|| unsaid(values.len())),
        points,
        changes,
        levels,
    }
}

fn unsaid(count: usize) -> String {
    let runs = if count == 1 { "run" } else { "runs" };
    format!("{count} comparable {runs}: at least {FEWEST} are needed to say whether it changed")
}

/// The levels between changes, and the changes between levels.
fn levels(
    counted: &[(usize, f64)],
    found: &[change::Change],
    better: Better,
    entries: &[&Entry],
) -> (Vec<LevelRecord>, Vec<ChangeRecord>) {
    let bounds: Vec<usize> = std::iter::once(0).chain(found.iter().map(|c| c.at)).chain([counted.len()]).collect();
    let level = |pair: &[usize]| -> Option<LevelRecord> {
        let part = counted.get(pair[0]..pair[1])?;
        let values: Vec<f64> = part.iter().map(|(_, value)| *value).collect();
        Some(LevelRecord { from: part.first()?.0, to: part.last()?.0 + 1, value: median(&values)? })
    };
    let levels: Vec<LevelRecord> = bounds.windows(2).filter_map(level).collect();
    let changed = |(pair, change): (&[LevelRecord], &change::Change)| {
        let (at, before, after) = (counted[change.at].0, pair[0].value, pair[1].value);
        let after_run = counted[change.at - 1].0;
        let rises = after > before;
        ChangeRecord {
            at,
            run: entries[at].run.id.clone(),
            after_run,
            before,
            after,
            by: (before != 0.0).then(|| (after - before) / before.abs()),
            worse: match better {
                Better::Less => Some(rises),
                Better::More => Some(!rises),
                Better::Neither => None,
            },
            p: change.p,
            beside: beside(entries[after_run], entries[at]),
        }
    };
    let changes = levels.windows(2).zip(found).map(changed).collect();
    (levels, changes)
}

/// What it came to, in words: of the newest track.
fn sentence(record: &TrendRecord) -> String {
    let Some(track) = record.tracks.first() else { return format!("no runs of kind `{}`", record.kind) };
    let last = |f: &FigureRecord| f.changes.last().map(|c| c.worse);
    let worse = track.figures.iter().filter(|f| last(f) == Some(Some(true))).count();
    let other = track.figures.iter().filter(|f| last(f).is_some_and(|worse| worse != Some(true))).count();
    let runs = track.runs.len();
    let over = format!("over {runs} {}", if runs == 1 { "run" } else { "runs" });
    let figures = |n: usize| format!("{n} {}", if n == 1 { "figure" } else { "figures" });
    if track.figures.iter().all(|f| f.counted < FEWEST) {
        return format!("too few comparable runs to say what changed {over}");
    }
    let newest =
        track.figures.iter().filter_map(|f| f.changes.last().map(|c| (c.at, f, c))).filter(|(_, _, c)| c.worse == Some(true));
    match newest.max_by(|a, b| a.0.cmp(&b.0)) {
        Some((_, f, c)) => {
            let said = |value| words::value(&f.name, f.unit, value);
            let whose = if f.operation.is_empty() { String::new() } else { format!(" of {}", f.operation) };
            format!(
                "{} became worse {over}: {}{whose} from {} to {} with the run of {}",
                figures(worse),
                words::title(&f.name),
                said(c.before),
                said(c.after),
                track.runs[c.at].began.strftime("%Y-%m-%d %H:%M"),
            )
        }
        None if other > 0 => format!("nothing became worse {over}; {} changed", figures(other)),
        None => format!("no change {over}"),
    }
}
