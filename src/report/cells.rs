//! Comma-separated values (RFC 4180): lines end with CR LF.
//!
//! Never writes a cell that a spreadsheet takes for a formula.

use crate::report::visible;

/// Writes a line.
pub(in crate::report) fn line(out: &mut String, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<String> = cells.into_iter().map(quoted).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A cell between quotes where it has to be, quotes in it doubled.
fn quoted(cell: String) -> String {
    if cell.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// Text that is nothing but text: with an apostrophe in front where a spreadsheet would compute it.
pub(in crate::report) fn text(text: &str) -> String {
    let text = visible::line(text);
    let is_formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if is_formula { format!("'{text}") } else { text.into_owned() }
}

/// `1234.567`.
pub(in crate::report) fn seconds(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000_000_000, ns / 1_000_000 % 1_000)
}
