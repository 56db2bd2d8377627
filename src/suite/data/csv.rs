//! Reads rows of CSV (RFC 4180): a header line, then one line for each row.
//!
//! Every value stays text; numbers are never guessed.

use crate::suite::data::Table;
use csv::{ByteRecord, ReaderBuilder};
use serde_json::Value;
use std::sync::Arc;

pub(super) fn read(table: &mut Table) {
    let source = Arc::clone(&table.source);
    let marked = source.text();
    let text = marked.strip_prefix('\u{feff}').unwrap_or(marked);
    let shift = marked.len() - text.len();
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = ByteRecord::new();
    let mut is_header = true;
    // The text is in memory and valid: reading ends with it, and never fails.
    while let Ok(true) = reader.read_byte_record(&mut record) {
        let start = record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or(usize::MAX));
        let end = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
        let written = text.get(start..end).unwrap_or_default();
        let start = start + (written.len() - written.trim_start_matches(['\r', '\n']).len()) + shift;
        let end = shift + start.max(end).min(text.len());
        if !is_closed(written, &record) {
            table.fault(
                "data/csv",
                start,
                end,
                "a quote is opened here and never closed",
                Some("a quote inside of quotes is written twice: \"say \"\"yes\"\"\"".to_owned()),
            );
            return;
        }
        if is_header {
            header(table, &record, start, end);
            is_header = false;
        } else if !row(table, &record, start, end) {
            return;
        }
    }
}

/// A quote that is not closed makes one value of everything up to the end of the file.
fn is_closed(written: &str, record: &ByteRecord) -> bool {
    let last_is_quoted = record.iter().next_back().is_some_and(|value| value.contains(&b'\n'));
    !last_is_quoted || written.matches('"').count().is_multiple_of(2)
}

fn header(table: &mut Table, record: &ByteRecord, start: usize, end: usize) {
    for (index, name) in record.iter().enumerate() {
        let name = String::from_utf8_lossy(name).trim().to_owned();
        if name.is_empty() {
            table.fault("data/column", start, end, format!("column {} has no name", index + 1), None);
        } else if table.columns.contains(&name) {
            table.fault("data/column", start, end, format!("two columns are named `{name}`"), None);
        }
        table.columns.push(name);
    }
}

fn row(table: &mut Table, record: &ByteRecord, start: usize, end: usize) -> bool {
    if !table.count(start, end) {
        return false;
    }
    let (found, expected) = (record.len(), table.columns.len());
    if found != expected {
        let hint = "a value with a comma in it is quoted: \"a, b\"".to_owned();
        let message = format!("this row has length {found}, and the header has length {expected}");
        table.fault("data/ragged", start, end, message, (found > expected).then_some(hint));
        return true;
    }
    table.values.extend(record.iter().map(|value| Value::String(String::from_utf8_lossy(value).into_owned())));
    true
}
