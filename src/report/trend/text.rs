//! A trend for the terminal.
//!
//! A table for each track, what keeps the others apart, and the sentence as the last line. Never prints, and never lets a text of others
//! reach the terminal as commands.

use crate::record::history::TrendRecord;
use crate::record::history::trend::heights;
use crate::record::history::trend::shape::{FigureRecord, TrackRecord};
use crate::record::history::words;
use crate::report::text::table::{Column, table};
use crate::report::text::{BOLD, DIM, Page, shown};
use crate::report::trend::said;

/// How the text is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// With letters of ASCII alone, for a terminal that has no others.
    pub ascii: bool,
}

/// Bars from low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same where nothing else can be shown.
const PLAIN: [char; 8] = ['_', '.', ',', '-', '~', '=', '+', '#'];
/// Bars of a figure at most.
const WIDTH: usize = 40;
/// Tracks shown in full; the others are named.
const TRACKS: usize = 3;
/// Characters of an operation's name at most.
const NAME: usize = 40;

/// The trend as text.
#[must_use]
pub fn render(record: &TrendRecord, options: Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    for track in record.tracks.iter().take(TRACKS) {
        full(&mut page, record, track, options);
    }
    rest(&mut page, record);
    page.gap();
    if !record.tracks.is_empty() {
        let method = method(record);
        let method = page.paint(DIM, &method);
        page.line(&method);
    }
    let sentence = page.paint(BOLD, &shown(&record.sentence));
    page.line(&sentence);
    if options.ascii { plain(&page.text) } else { page.text }
}

fn full(page: &mut Page, record: &TrendRecord, track: &TrackRecord, options: Options) {
    page.gap();
    let head = page.paint(BOLD, &shown(&track.title));
    let environment = if track.environment.is_empty() { String::new() } else { format!(", environment {}", track.environment) };
    page.line(&format!("{head}  {} at {}", record.kind, shown(&format!("{}{environment}", track.target))));
    let runs = runs(track);
    let runs = page.paint(DIM, &runs);
    page.line(&runs);
    for apart in &track.apart {
        page.line(&format!("  kept apart, {}", shown(apart)));
    }
    for run in track.runs.iter().filter(|run| run.left_out.is_some()) {
        let why = run.left_out.as_deref().unwrap_or_default();
        page.line(&format!("  {} counts for nothing: {why}", run.began.strftime("%Y-%m-%d %H:%M")));
    }
    if track.figures.is_empty() {
        page.line("  none of the figures asked for");
        return;
    }
    let columns = [
        Column::left("figure"),
        Column::left("of"),
        Column::right("latest"),
        Column::right("median"),
        Column::left("trend"),
        Column::left("change"),
    ];
    let rows: Vec<Vec<String>> = track.figures.iter().map(|figure| row(track, figure, options)).collect();
    table(page, &columns, &rows);
    beside(page, track);
}

/// What else was not as before, once for each run with which something changed.
fn beside(page: &mut Page, track: &TrackRecord) {
    let mut told: Vec<(usize, &[String])> = Vec::new();
    for change in track.figures.iter().flat_map(|figure| &figure.changes).filter(|change| !change.beside.is_empty()) {
        let pair = (change.at, change.beside.as_slice());
        if !told.contains(&pair) {
            told.push(pair);
        }
    }
    told.sort_unstable();
    for (at, beside) in told {
        let began = track.runs.get(at).map(|run| run.began.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
        page.line(&format!("  with the run of {began} changed too: {}", shown(&beside.join("; "))));
    }
}

fn row(track: &TrackRecord, figure: &FigureRecord, options: Options) -> Vec<String> {
    let value = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |v| words::value(&figure.name, figure.unit, v));
    let bars = if options.ascii { PLAIN } else { BARS };
    let bar = |height: Option<u8>| height.map_or(' ', |height| bars[usize::from(height) % bars.len()]);
    let changes: Vec<String> = figure.changes.iter().rev().map(|change| said(track, figure, change)).collect();
    let change = match &figure.unsaid {
        Some(_) => "too few runs".to_owned(),
        None => changes.join("; before that "),
    };
    let operation = if figure.operation.is_empty() { "all".to_owned() } else { shortened(&shown(&figure.operation)) };
    vec![
        shown(&figure.name),
        operation,
        value(figure.latest),
        value(figure.median),
        heights(figure, WIDTH).into_iter().map(bar).collect(),
        change,
    ]
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME { name.to_owned() } else { name.chars().take(NAME - 1).chain(['…']).collect() }
}

fn runs(track: &TrackRecord) -> String {
    let day = |run: &crate::record::history::trend::shape::TrackRun| run.began.strftime("%Y-%m-%d").to_string();
    let many = if track.runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", track.runs.len()) };
    let when = match (track.runs.first(), track.runs.last()) {
        (Some(first), Some(last)) if day(first) != day(last) => format!("{} to {}", day(first), day(last)),
        (_, Some(last)) => day(last),
        _ => String::new(),
    };
    let older = if track.older > 0 { format!(", {} older not shown", track.older) } else { String::new() };
    format!("{many}, {when}{older}, comparable as {}", track.fingerprint)
}

fn rest(page: &mut Page, record: &TrendRecord) {
    let rest = record.tracks.get(TRACKS..).unwrap_or_default();
    if rest.is_empty() {
        return;
    }
    page.gap();
    page.line("further runs, each kept apart");
    for track in rest {
        let why = if track.apart.is_empty() { String::new() } else { format!(": {}", track.apart.join("; ")) };
        page.line(&format!("  {}, {}{}", shown(&track.title), runs(track), shown(&why)));
    }
}

fn method(record: &TrendRecord) -> String {
    let method = &record.method;
    let looked = if method.looked_at == 1 { "1 figure".to_owned() } else { format!("{} figures", method.looked_at) };
    format!(
        "{looked} looked at, {} with fewer than {} comparable runs; of 100 figures that did not change, about {:.0} is said to have",
        method.too_few,
        method.fewest,
        method.level * 100.0
    )
}

/// The text without the few signs that a writer of this room uses beyond ASCII; what others wrote is shown by its number.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '–' => out.push('-'),
            '…' => out.push_str("..."),
            '×' => out.push('x'),
            'µ' => out.push('u'),
            c if c.is_ascii() => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Options, render};
    use crate::record::fixture::HOSTILE;
    use crate::record::history::fixture;

    #[test]
    fn what_a_reader_sees() {
        insta::assert_snapshot!(render(&fixture::trend(), Options::default()));
    }

    #[test]
    fn a_terminal_without_other_letters_gets_ascii() {
        let mut trend = fixture::trend();
        trend.tracks[0].title = "Größe".to_owned();
        let text = render(&trend, Options { ascii: true, ..Options::default() });
        assert!(text.is_ascii() && text.contains('#') && text.contains("Gr\\u{f6}"), "{text}");
    }

    #[test]
    fn texts_of_others_reach_no_terminal_as_commands() {
        let mut trend = fixture::trend();
        let track = &mut trend.tracks[0];
        for text in [&mut track.title, &mut track.target, &mut track.environment, &mut track.figures[0].operation] {
            text.push_str(HOSTILE);
        }
        track.apart.push(HOSTILE.to_owned());
        trend.tracks.extend(vec![trend.tracks[0].clone(); 3]);
        trend.sentence.push_str(HOSTILE);
        let text = render(&trend, Options::default());
        assert!(text.contains("\\u{1b}[2J") && text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let (plain, color) = (Options::default(), Options { color: true, ..Options::default() });
        let painted = render(&fixture::trend(), color);
        let bare = anstream::adapter::strip_str(&painted).to_string();
        assert_eq!(bare, render(&fixture::trend(), plain));
        assert_ne!(painted, bare);
    }
}
