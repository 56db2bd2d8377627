//! Tests as comma-separated values: a row for each case of a run, for each row of a certification.
//!
//! Never writes a cell that a spreadsheet takes for a formula.

use crate::record::shape::Level;
use crate::record::sheet::Sheet;
use crate::report::cells::{line, seconds, text};

/// The names of the columns.
const COLUMNS: [&str; 14] = [
    "suite",
    "id",
    "title",
    "sort",
    "outcome",
    "took_s",
    "errors",
    "warnings",
    "check",
    "message",
    "file",
    "line",
    "requirements",
    "tags",
];

/// The tests as comma-separated values.
pub(in crate::report) fn render(sheet: &Sheet<'_>) -> String {
    let mut out = String::new();
    line(&mut out, COLUMNS.map(str::to_owned));
    for (group, test) in sheet.tests() {
        let warnings = test.findings.iter().filter(|f| f.level == Level::Warning).count();
        let check = test.findings.first().map(|f| f.check.as_str()).unwrap_or_default();
        let file = test.spot.as_ref().map(|s| s.file.as_str()).or(test.file).unwrap_or_default();
        line(
            &mut out,
            [
                text(&group.title),
                text(&test.id),
                text(&test.title),
                test.sort.key().to_owned(),
                test.outcome.key().to_owned(),
                test.took_ns.map(seconds).unwrap_or_default(),
                test.errors().count().to_string(),
                warnings.to_string(),
                text(check),
                text(test.message.as_deref().unwrap_or_default()),
                text(file),
                test.spot.as_ref().map(|s| s.line.to_string()).unwrap_or_default(),
                text(&test.requirements.join(" ")),
                text(&test.tags.join(" ")),
            ],
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{COLUMNS, render};
    use crate::record::fixture::{self, HOSTILE};
    use crate::record::sheet::run;

    #[test]
    fn a_row_for_each_test_and_none_is_a_formula() {
        let mut outcome = fixture::failing();
        outcome.cases[0].title = format!("=cmd|' /C calc'!A0,\"x\"\r\n{HOSTILE}");
        let record = fixture::record(&outcome);
        let text = render(&run(&record));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
        assert_eq!((rows.len(), rows[0].len()), (1 + 8, COLUMNS.len()));
        assert!(rows.iter().flatten().all(|c| !c.starts_with(['=', '+', '-', '@']) && !c.contains(char::is_control)), "{text}");
        assert_eq!((&rows[2][4], &rows[2][8], &rows[2][11]), ("fail", "error_code.value", "50"));
    }
}
