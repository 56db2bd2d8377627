//! A row for each operation, as many as there is room for.
//!
//! Pure. Says how many are not shown rather than leaving them out in silence.

use crate::cli::load::dashboard::paint::Paint;
use crate::cli::load::dashboard::panels::{cut, shown};
use crate::cli::load::dashboard::state::{Row, State};
use crate::record::load::words::grouped;
use crate::report::visible;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row as TableRow, Table};

/// Columns beside the name, and how wide each is.
const COLUMNS: [(&str, u16); 7] = [("answers", 11), ("errors", 8), ("wrong", 8), ("p50", 8), ("p90", 8), ("p99", 8), ("max", 8)];

/// Draws the table.
pub(in crate::cli::load::dashboard) fn draw(rows: &[Row], state: &State, paint: Paint, frame: &mut Frame<'_>, area: Rect) {
    let used: u16 = COLUMNS.iter().map(|(_, width)| width).sum();
    let name = area.width.saturating_sub(used).min(48);
    let widths = std::iter::once(name).chain(COLUMNS.iter().map(|(_, width)| *width)).map(Constraint::Length);
    let first = if state.is_warming() { "operation (warm-up)" } else { "operation" };
    let header = std::iter::once(Cell::new(cut(first, usize::from(name))))
        .chain(COLUMNS.iter().map(|(title, _)| Cell::new(Line::raw(*title).right_aligned())));
    let room = usize::from(area.height.saturating_sub(1));
    let mut lines: Vec<TableRow<'_>> = Vec::new();
    if rows.len() <= room {
        lines.extend(rows.iter().map(|r| row(r, name, paint)));
    } else if let Some((all, single)) = rows.split_last() {
        // The row of all of them stays; the one above it says what is missing.
        let listed = room.saturating_sub(2);
        lines.extend(single.iter().take(listed).map(|r| row(r, name, paint)));
        let hidden = format!("… {} more", single.len() - listed.min(single.len()));
        lines.push(TableRow::new([Cell::new(Line::styled(cut(&hidden, usize::from(name)), paint.dim()))]));
        lines.push(row(all, name, paint));
    }
    let table = Table::new(lines, widths).column_spacing(0).header(TableRow::new(header).style(paint.dim()));
    frame.render_widget(table, area);
}

fn row<'a>(of: &Row, width: u16, paint: Paint) -> TableRow<'a> {
    let times = of.times.map_or([None; 3], |times| times.map(Some));
    let right = |text: String| Line::raw(text).right_aligned();
    let count = |n: u64| right(grouped(n)).style(paint.bad_if(n > 0));
    let name = cut(&visible::line(&of.name), usize::from(width));
    let figures = [right(grouped(of.answers)), count(of.errors), count(of.wrong)];
    let times = times.into_iter().chain([of.max]).map(|time| right(shown(time)));
    TableRow::new(std::iter::once(Line::raw(name)).chain(figures).chain(times).map(Cell::new))
}
