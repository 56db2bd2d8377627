//! A trend as comma-separated values (RFC 4180): a row for each figure of each run.
//!
//! Values are in the units of the history, as they are. Never writes a cell that a spreadsheet takes for a formula.

use crate::record::history::TrendRecord;
use crate::record::history::trend::shape::{FigureRecord, TrackRecord};
use crate::report::visible;

/// The names of the columns.
const COLUMNS: [&str; 15] = [
    "kind",
    "title",
    "target",
    "environment",
    "comparable_as",
    "run",
    "began",
    "verdict",
    "figure",
    "operation",
    "unit",
    "value",
    "samples",
    "counts",
    "change",
];

/// The trend as comma-separated values. `change` is the share of permutations that show as strong a split, in the first run of a new level.
#[must_use]
pub fn render(record: &TrendRecord) -> String {
    let mut out = String::new();
    line(&mut out, COLUMNS.iter().map(|name| (*name).to_owned()));
    for track in &record.tracks {
        for figure in &track.figures {
            rows(&mut out, record, track, figure);
        }
    }
    out
}

fn rows(out: &mut String, record: &TrendRecord, track: &TrackRecord, figure: &FigureRecord) {
    for (at, (run, point)) in track.runs.iter().zip(&figure.points).enumerate() {
        let Some(point) = point else { continue };
        let change = figure.changes.iter().find(|change| change.at == at);
        let cells = [
            record.kind.name().to_owned(),
            text(&track.title),
            text(&track.target),
            text(&track.environment),
            track.fingerprint.clone(),
            text(&run.id),
            run.began.to_string(),
            text(&run.verdict),
            text(&figure.name),
            text(&figure.operation),
            figure.unit.name().to_owned(),
            point.value.to_string(),
            point.samples.map(|n| n.to_string()).unwrap_or_default(),
            if point.counts { "yes" } else { "no" }.to_owned(),
            change.map(|change| change.p.to_string()).unwrap_or_default(),
        ];
        line(out, cells);
    }
}

fn line(out: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A text of others: what would act is shown, and nothing begins a formula.
fn text(text: &str) -> String {
    let shown = visible::line(text).into_owned();
    if shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) { format!("'{shown}") } else { shown }
}

/// A cell between quotes where it has to be, quotes in it doubled.
fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, render};
    use crate::record::history::fixture;

    #[test]
    fn another_reader_finds_every_value_and_no_formula() {
        let mut trend = fixture::trend();
        trend.tracks[0].title = "=1+1, \"so\"".to_owned();
        let text = render(&trend);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("a head").iter().collect::<Vec<_>>(), COLUMNS);
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
        let points: usize = trend.tracks.iter().flat_map(|t| &t.figures).map(|f| f.points.iter().flatten().count()).sum();
        assert_eq!(rows.len(), points);
        assert_eq!(rows[0].get(1), Some("'=1+1, \"so\""));
        let changed = rows.iter().filter(|row| row.get(14).is_some_and(|cell| !cell.is_empty())).count();
        let changes: usize = trend.tracks.iter().flat_map(|t| &t.figures).map(|f| f.changes.len()).sum();
        assert!(changed == changes && changes > 0);
        assert!(rows.iter().any(|row| row.get(13) == Some("no")));
    }
}
