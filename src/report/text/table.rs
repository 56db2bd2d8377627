//! A table whose columns line up.
//!
//! Measures what it is given. Never changes a cell.

use crate::report::text::{DIM, Page};

/// A column's heading and on which side its cells stand.
pub(in crate::report) struct Column {
    heading: &'static str,
    right: bool,
}

impl Column {
    pub(in crate::report) fn left(heading: &'static str) -> Self {
        Self { heading, right: false }
    }

    pub(in crate::report) fn right(heading: &'static str) -> Self {
        Self { heading, right: true }
    }
}

/// Writes the rows under their headings.
pub(in crate::report) fn table(page: &mut Page, columns: &[Column], rows: &[Vec<String>]) {
    let width = |i: usize| rows.iter().filter_map(|r| r.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().enumerate().map(|(i, c)| width(i).max(c.heading.chars().count())).collect();
    let aligned = |cells: &[&str]| -> String {
        let cells = cells
            .iter()
            .zip(columns)
            .zip(&widths)
            .map(|((cell, column), width)| if column.right { format!("{cell:>width$}") } else { format!("{cell:<width$}") });
        cells.collect::<Vec<_>>().join("  ")
    };
    let headings: Vec<&str> = columns.iter().map(|c| c.heading).collect();
    let heading = page.paint(DIM, aligned(&headings).trim_end());
    page.line(&format!("  {heading}"));
    for row in rows {
        let cells: Vec<&str> = row.iter().map(String::as_str).collect();
        page.line(&format!("  {}", aligned(&cells)));
    }
}
