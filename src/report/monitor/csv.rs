//! The days of a watch as comma-separated values (RFC 4180): a row for each local date of each operation and of all of them.
//!
//! Lengths are in seconds, cut behind the millisecond, shares are fractions. Never writes a cell that a spreadsheet takes for a formula.

use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{DateRecord, SubjectRecord};
use crate::report::cells::{line, seconds, text};
use crate::report::monitor::fraction;

/// The names of the columns.
const COLUMNS: [&str; 14] = [
    "date",
    "zone",
    "scope",
    "operation",
    "length_s",
    "eligible_s",
    "observed_s",
    "up_s",
    "degraded_s",
    "down_s",
    "no_data_s",
    "availability",
    "at_least",
    "at_most",
];

/// The record's days as comma-separated values.
///
/// `scope` is `operation`, or `all` for all of them as one, where `operation` is empty. A share of nothing is empty.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let mut out = String::new();
    line(&mut out, COLUMNS.iter().map(|name| (*name).to_owned()));
    let operations = record.operations.iter().map(|subject| ("operation", subject.operation.as_str(), subject));
    for (scope, name, subject) in operations.chain([("all", "", &record.all)]) {
        rows(&mut out, record, scope, name, subject);
    }
    out
}

fn rows(out: &mut String, record: &MonitorRecord, scope: &str, name: &str, subject: &SubjectRecord) {
    for DateRecord { date, length_ns, figures: f } in &subject.dates {
        let words = [text(date), text(&record.zone), scope.to_owned(), text(name)];
        let lengths = [*length_ns, f.eligible_ns, f.observed_ns, f.up_ns, f.degraded_ns, f.down_ns, f.no_data_ns].map(seconds);
        let shares = [f.availability, f.at_least, f.at_most].map(|share| share.map(fraction).unwrap_or_default());
        line(out, words.into_iter().chain(lengths).chain(shares));
    }
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, render, seconds};
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::fixture;
    use crate::report::monitor::fixture::{hostile, quarter};

    /// The rows as a parser that is not ours reads them.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_row_for_each_date_of_each_operation_and_of_all() {
        let text = render(&fixture::failing());
        assert!(text.ends_with("\r\n") && text.lines().count() == 1 + 3 * 2, "{text}");
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
        let quarter = read(&render(&quarter()));
        assert_eq!((quarter.len(), quarter[0].join(" ")), (1 + 4 * 90, COLUMNS.join(" ")));
        let holiday = quarter.iter().find(|row| row[0] == "2026-02-11").expect("a holiday");
        assert_eq!(holiday[5..], ["0.000", "0.000", "0.000", "0.000", "0.000", "0.000", "", "", ""]);
        assert_eq!(render(&fixture::empty()).lines().count(), 1);
    }

    #[test]
    fn lengths_are_cut_and_never_rounded_up() {
        assert_eq!([0, 1, 999_999, 1_000_000, 59_999_999_999].map(seconds), ["0.000", "0.000", "0.000", "0.001", "59.999"]);
    }

    #[test]
    fn no_cell_is_a_formula_and_every_row_is_whole() {
        for start in ["=", "+", "-", "@", "\t=", "\r", "＝"] {
            let mut record = hostile(HOSTILE);
            record.operations[0].operation = format!("{start}cmd|' /C calc'!A0,\"x\"\r\n;");
            record.zone = format!("{start}1+1");
            record.operations[1].dates[0].date = format!("{start}HYPERLINK(\"http://evil\")");
            let rows = read(&render(&record));
            assert!(rows.iter().all(|row| row.len() == COLUMNS.len()));
            let cells: Vec<&String> = rows.iter().flatten().collect();
            assert!(cells.iter().all(|c| !c.starts_with(['=', '+', '-', '@', '\t', '\r', '＝'])), "{cells:?}");
            assert!(cells.iter().all(|c| !c.contains(char::is_control)), "{cells:?}");
            assert!(cells.iter().any(|c| c.contains("cmd|' /C calc'!A0,\"x\"\\r\\n;")), "{cells:?}");
        }
    }
}
