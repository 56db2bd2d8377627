//! Rows of data for a load: from CSV with a header line, or from JSON objects, one a line.
//!
//! Turns a text into a table under stated budgets. Never reads a file, and never picks a row.

mod csv;
mod json;
#[cfg(test)]
mod tests;

use crate::base::diagnostic::Diagnostic;
use crate::base::source::{Place, Source, Span};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// The most text that a data file may hold, in bytes.
pub const MOST_BYTES: usize = 64 << 20;

/// The most rows that a data file may hold.
pub const MOST_ROWS: usize = 1_000_000;

/// The most values that a data file may hold.
pub const MOST_VALUES: usize = 4_000_000;

/// No more faults than this are told of one file; what is wrong with its first rows is wrong with the others.
const MOST_FAULTS: usize = 20;

/// How the rows of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (RFC 4180) with a header line.
    Csv,
    /// JSON objects, one a line.
    JsonLines,
}

impl Format {
    /// The format of a file, by the end of its name.
    ///
    /// # Errors
    /// A lower-case fragment that says which ends are known.
    pub fn of(name: &str) -> Result<Self, String> {
        let end = Path::new(name).extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        match end.as_deref() {
            Some("csv") => Ok(Self::Csv),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            _ => Err(format!("`{name}` is no data file: its name ends in .csv, .jsonl or .ndjson")),
        }
    }
}

/// A table: named columns, and rows that each have a value in every column.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The names of the columns, in the order they were written; never empty, no two the same.
    pub columns: Vec<String>,
    /// The values, row by row; at least one row.
    pub values: Vec<Value>,
}

impl Rows {
    /// Reads the text of a data file. Values of CSV are text; those of JSON keep their types.
    ///
    /// # Errors
    /// What is wrong, each fault with its line.
    pub fn read(name: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let unplaced = |code, message: String| vec![Diagnostic::error(code, message)];
        let format = Format::of(name).map_err(|message| unplaced("data/format", message))?;
        if text.len() > MOST_BYTES {
            let message = format!("`{name}` has {} bytes, and a data file may have {MOST_BYTES}", text.len());
            return Err(unplaced("data/budget", message));
        }
        let mut table = Table::new(Source::new(name, text));
        match format {
            Format::Csv => csv::read(&mut table),
            Format::JsonLines => json::read(&mut table),
        }
        table.finish()
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.columns.len().max(1)
    }

    /// True where there is no row; what was read has one at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The place of a column among the columns.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The values of a row, counted from 0, in the order of the columns; empty past the last row.
    #[must_use]
    pub fn row(&self, index: usize) -> &[Value] {
        let width = self.columns.len();
        self.values.get(index * width..(index + 1) * width).unwrap_or_default()
    }
}

/// A table while it is read.
struct Table {
    source: Arc<Source>,
    columns: Vec<String>,
    values: Vec<Value>,
    rows: usize,
    faults: Vec<Diagnostic>,
    hidden: usize,
}

impl Table {
    fn new(source: Arc<Source>) -> Self {
        Self { source, columns: Vec::new(), values: Vec::new(), rows: 0, faults: Vec::new(), hidden: 0 }
    }

    /// Adds a fault at a range of bytes.
    fn fault(&mut self, code: &'static str, start: usize, end: usize, message: impl Into<String>, hint: Option<String>) {
        if self.faults.len() >= MOST_FAULTS {
            self.hidden += 1;
            return;
        }
        let place = Place::new(&self.source, Span::new(start, end.max(start)));
        self.faults.push(Diagnostic::error(code, message).at(place).maybe_hint(hint));
    }

    /// Counts a row that stands at a range of bytes; false when it is one too many, and reading ends.
    fn count(&mut self, start: usize, end: usize) -> bool {
        self.rows += 1;
        let message = if self.rows > MOST_ROWS {
            format!("this is row {}, and a data file may have {MOST_ROWS}", self.rows)
        } else if self.values.len() + self.columns.len() > MOST_VALUES {
            format!("with this row there are more than {MOST_VALUES} values, and a data file may have no more")
        } else {
            return true;
        };
        self.fault("data/budget", start, end, message, None);
        false
    }

    fn finish(mut self) -> Result<Rows, Vec<Diagnostic>> {
        if self.hidden > 0 {
            let message = format!("`{}` has {} more faults", self.source.name(), self.hidden);
            self.faults.push(Diagnostic::error("data/more", message));
        }
        if self.faults.is_empty() && self.rows == 0 {
            let hint = "a load takes its values from rows: write one at least";
            let message = format!("`{}` has no row", self.source.name());
            self.faults.push(Diagnostic::error("data/empty", message).hint(hint));
        }
        if self.faults.is_empty() { Ok(Rows { columns: self.columns, values: self.values }) } else { Err(self.faults) }
    }
}
