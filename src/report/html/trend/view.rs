//! What the page of a trend shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::fingerprint::{Part, Weight};
use crate::record::history::TrendRecord;
use crate::record::history::trend::shape::{FigureRecord, TrackRecord, TrackRun};
use crate::record::history::words;
use crate::report::html::trend::chart::Chart;
use crate::report::trend::said;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The whole page.
pub(super) struct View<'a> {
    pub(super) tone: &'static str,
    pub(super) tracks: Vec<TrackView<'a>>,
}

/// Runs that may be compared with each other.
pub(super) struct TrackView<'a> {
    pub(super) track: &'a TrackRecord,
    pub(super) anchor: String,
    pub(super) kept: Vec<&'a Part>,
    pub(super) figures: Vec<FigureView<'a>>,
}

/// A figure over runs.
pub(super) struct FigureView<'a> {
    pub(super) figure: &'a FigureRecord,
    pub(super) title: Cow<'a, str>,
    pub(super) anchor: String,
    pub(super) latest: String,
    pub(super) median: String,
    pub(super) changes: Vec<ChangeView<'a>>,
    pub(super) chart: Chart,
    pub(super) rows: Vec<Row<'a>>,
}

/// A change in words.
pub(super) struct ChangeView<'a> {
    pub(super) tone: &'static str,
    pub(super) said: String,
    pub(super) p: String,
    pub(super) beside: &'a [String],
}

/// A run in figures.
pub(super) struct Row<'a> {
    pub(super) run: &'a TrackRun,
    pub(super) name: &'a str,
    pub(super) link: Option<String>,
    pub(super) tone: &'static str,
    pub(super) value: String,
    pub(super) samples: String,
    pub(super) note: String,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a TrendRecord) -> Self {
        let newest = record.tracks.first();
        let figures = || newest.into_iter().flat_map(|track| &track.figures);
        let worse = figures().any(|f| f.changes.last().is_some_and(|change| change.worse == Some(true)));
        let judged = figures().any(|f| f.unsaid.is_none());
        View {
            tone: match (worse, judged) {
                (true, _) => "bad",
                (false, true) => "good",
                (false, false) => "open",
            },
            tracks: record.tracks.iter().enumerate().map(|(at, track)| of_track(at, track)).collect(),
        }
    }
}

fn of_track(at: usize, track: &TrackRecord) -> TrackView<'_> {
    let anchor = format!("track-{}", at + 1);
    let figure = |(i, figure)| of_figure(track, figure, format!("{anchor}-{}", i + 1));
    TrackView {
        track,
        kept: track.parts.iter().filter(|part| part.weight != Weight::Noted && part.value.as_deref() != Some("")).collect(),
        figures: track.figures.iter().enumerate().map(figure).collect(),
        anchor,
    }
}

fn of_figure<'a>(track: &'a TrackRecord, figure: &'a FigureRecord, anchor: String) -> FigureView<'a> {
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| words::value(&figure.name, figure.unit, v));
    let change = |change: &'a crate::record::history::trend::shape::ChangeRecord| ChangeView {
        tone: tone(change.worse),
        said: said(track, figure, change),
        p: change.p.to_string(),
        beside: &change.beside,
    };
    FigureView {
        figure,
        title: words::title(&figure.name),
        anchor,
        latest: value(figure.latest),
        median: value(figure.median),
        changes: figure.changes.iter().map(change).collect(),
        chart: Chart::of(track, figure),
        rows: rows(track, figure),
    }
}

fn tone(worse: Option<bool>) -> &'static str {
    match worse {
        Some(true) => "bad",
        Some(false) => "good",
        None => "open",
    }
}

/// The runs, newest first.
fn rows<'a>(track: &'a TrackRecord, figure: &'a FigureRecord) -> Vec<Row<'a>> {
    let row = |(at, run): (usize, &'a TrackRun)| {
        let point = figure.points.get(at).copied().flatten();
        let change = figure.changes.iter().find(|change| change.at == at);
        let apart = point.is_some_and(|point| !point.counts) && run.left_out.is_none();
        let notes = [
            change.map(|change| said(track, figure, change)),
            run.left_out.clone(),
            apart.then(|| "on another machine: counts for nothing here".to_owned()),
            (!run.changed.is_empty()).then(|| run.changed.join("; ")),
        ];
        Row {
            run,
            name: run.folder.as_deref().unwrap_or(&run.id),
            link: run.page.as_deref().map(link),
            tone: match run.verdict.as_str() {
                "conforms" | "certified" | "holds" => "good",
                "fails" | "invalid" => "bad",
                _ => "open",
            },
            value: point.map_or_else(|| "–".to_owned(), |p| words::value(&figure.name, figure.unit, p.value)),
            samples: point.and_then(|p| p.samples).map(crate::record::load::words::grouped).unwrap_or_default(),
            note: notes.into_iter().flatten().collect::<Vec<_>>().join("; "),
        }
    };
    track.runs.iter().enumerate().map(row).rev().collect()
}

/// A path beside the page as a link that leads nowhere else.
pub(super) fn link(path: &str) -> String {
    let mut link = "./".to_owned();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/' => link.push(char::from(byte)),
            byte => {
                let _ = write!(link, "%{byte:02X}");
            }
        }
    }
    link
}
