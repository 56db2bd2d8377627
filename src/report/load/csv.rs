//! The seconds of a load as comma-separated values (RFC 4180): a row for each second of each operation and of all of them.
//!
//! Times are in microseconds. Never writes a nought for what is not known: such a cell is empty.

use crate::model::load::LoadError;
use crate::record::load::LoadRecord;
use crate::record::load::figures::{PointRecord, SpreadRecord};
use crate::report::cells::{line, seconds, text};
use std::collections::BTreeMap;

/// The names of the columns before those of errors and times.
const COLUMNS: [&str; 13] = [
    "at_s",
    "length_s",
    "phase",
    "scope",
    "operation",
    "asked_per_s",
    "started",
    "missed",
    "answered",
    "judged",
    "wrong",
    "in_flight",
    "connections",
];

/// The record's seconds as comma-separated values.
///
/// `scope` is `all`, where `operation` is empty, or `operation`. What falls due and is sent is known of all of them alone.
#[must_use]
pub fn render(record: &LoadRecord) -> String {
    let mut out = String::new();
    let times =
        ["response", "service", "lag"].map(|kind| ["p50", "p90", "p99", "p99.9", "max"].map(|q| format!("{kind}_{q}_us")));
    let errors = LoadError::ALL.map(|error| format!("error_{}", error.word()));
    line(&mut out, COLUMNS.map(str::to_owned).into_iter().chain(errors).chain(times.into_iter().flatten()));
    for point in &record.series {
        let known = |count: Option<u64>| count.map(|n| n.to_string()).unwrap_or_default();
        let all = Row {
            scope: "all",
            operation: "",
            // What no clock asks for is no rate.
            started: [
                point.asked.filter(|_| record.open).map(|rate| rate.to_string()).unwrap_or_default(),
                known(point.sent),
                point.missed.to_string(),
            ],
            counts: [point.received, point.validated, point.invalid],
            open: [point.in_flight.to_string(), point.connections.to_string()],
            errors: &point.errors,
            times: [
                SpreadRecord { p50: point.p50, p90: point.p90, p99: point.p99, p99_9: point.p99_9, max: point.max },
                point.service,
                SpreadRecord { p99: point.lag.p99.or(point.lag_p99), ..point.lag },
            ],
        };
        row(&mut out, point, &all);
        for operation in &point.operations {
            let of = Row {
                scope: "operation",
                operation: &operation.operation,
                started: Default::default(),
                counts: [operation.received, operation.validated, operation.invalid],
                open: Default::default(),
                errors: &operation.errors,
                times: [operation.response, operation.service, operation.lag],
            };
            row(&mut out, point, &of);
        }
    }
    out
}

/// What differs between the rows of a second.
struct Row<'r> {
    scope: &'static str,
    operation: &'r str,
    started: [String; 3],
    counts: [u64; 3],
    open: [String; 2],
    errors: &'r BTreeMap<String, u64>,
    times: [SpreadRecord; 3],
}

fn row(out: &mut String, point: &PointRecord, row: &Row<'_>) {
    let words = [
        seconds(point.at_ns),
        seconds(point.length_ns),
        point.phase.word().to_owned(),
        row.scope.to_owned(),
        text(row.operation),
    ];
    let errors = LoadError::ALL.map(|error| row.errors.get(error.word()).copied().unwrap_or_default().to_string());
    let times = row.times.iter().flat_map(SpreadRecord::all).map(|time| time.map(|us| us.to_string()).unwrap_or_default());
    let counts = row.counts.map(|count| count.to_string());
    line(out, words.into_iter().chain(row.started.clone()).chain(counts).chain(row.open.clone()).chain(errors).chain(times));
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::load::fixture;

    fn read(text: &str) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_row_for_each_second_of_each_operation_and_of_all() {
        let record = fixture::record(&fixture::failing());
        let rows = read(&render(&record));
        assert_eq!(rows.len(), 1 + record.series.len() * 3);
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
        let column = |name: &str| rows[0].iter().position(|c| c == name).unwrap_or_else(|| panic!("{name}"));
        let of = |scope: &str, name: &str| -> u64 {
            let scoped = rows.iter().filter(|row| row[column("scope")] == scope);
            scoped.map(|row| row[column(name)].parse::<u64>().unwrap_or_default()).sum()
        };
        for count in ["answered", "judged", "wrong", "error_reset", "error_read_timeout"] {
            assert_eq!(of("all", count), of("operation", count), "{count}");
        }
        let worst = |name: &str, scope: &str| {
            let scoped = rows.iter().skip(1).filter(|row| row[column("scope")] == scope);
            scoped.filter_map(|row| row[column(name)].parse::<u64>().ok()).max()
        };
        for time in ["response_max_us", "service_max_us", "lag_max_us"] {
            assert!(worst(time, "all").is_some());
            assert_eq!(worst(time, "all"), worst(time, "operation"), "{time}");
        }
        assert_eq!(rows[1][..5], ["0.000", "1.000", "warm-up", "all", ""]);
        let started = of("all", "started");
        assert_eq!(started, 2 * 50 + 8 * 200);
    }

    #[test]
    fn a_record_that_tells_nothing_by_operation_has_rows_of_all_alone() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load-v1.json");
        let record = crate::record::load::store::read(&path).expect("version 1 is readable");
        let rows = read(&render(&record));
        assert_eq!(rows.len(), 1 + record.series.len());
        let started = rows[0].iter().position(|c| c == "started").expect("a column");
        assert!(rows[1..].iter().all(|row| row[started].is_empty()), "unknown is no nought");
    }
}
