//! A watch as text and Markdown, its days as CSV, its figures as OpenMetrics, its targets as OpenSLO; what shows every kind alike is a
//! floor above.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod csv;
pub mod markdown;
pub mod openmetrics;
pub mod openslo;
pub mod text;

#[cfg(test)]
pub(crate) mod fixture;

use crate::base::units::Nanos;
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{FailureRecord, IncidentRecord, JumpRecord, MonitorResult, TargetResult};
use crate::record::monitor::words::cause;
use crate::record::shape::Outcome;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use text::render as text;

pub(in crate::report) use crate::record::monitor::words::{available, bounds, burn, burn_rate, left};
pub use crate::report::text::Options;

/// What the verdict is shown as: what is not known is never shown as passed.
pub(in crate::report) fn outcome(result: MonitorResult) -> Outcome {
    match result {
        MonitorResult::Holds => Outcome::Pass,
        MonitorResult::Fails => Outcome::Fail,
        MonitorResult::Inconclusive => Outcome::Skipped,
    }
}

/// What a target is shown as, and the word for it.
pub(in crate::report) fn of_target(result: TargetResult) -> (Outcome, &'static str) {
    match result {
        TargetResult::Holds => (Outcome::Pass, "HOLDS"),
        TargetResult::Fails => (Outcome::Fail, "MISSED"),
        TargetResult::Undecided => (Outcome::Skipped, "UNDECIDED"),
    }
}

/// Why a probe failed, as a person would say it: `answered 5xx (503)`.
pub(in crate::report) fn reason(failure: &FailureRecord) -> String {
    let why = failure.why.as_deref().map_or("failed", cause);
    failure.status.map_or_else(|| why.to_owned(), |status| format!("{why} ({status})"))
}

/// What the rest of an outage is that does not count; nothing where all of it counts.
pub(in crate::report) fn rest(incident: &IncidentRecord) -> Option<&'static str> {
    let is_outside = incident.inside_ns < incident.down_ns;
    match (incident.maintenance_ns > 0, is_outside) {
        (false, false) => None,
        (true, false) => Some("planned maintenance"),
        (false, true) => Some("outside the window"),
        (true, true) => Some("planned maintenance and outside the window"),
    }
}

/// `counts for 10min: the rest is planned maintenance`; nothing where all of it counts.
pub(in crate::report) fn excused(incident: &IncidentRecord) -> Option<String> {
    rest(incident).map(|rest| match incident.counted_ns {
        0 => format!("does not count: {rest}"),
        counted => format!("counts for {}: the rest is {rest}", Nanos(counted)),
    })
}

/// By how much a clock was set: `ahead by 3s`, `back by 3s`.
pub(in crate::report) fn set_by(jump: &JumpRecord) -> String {
    let back = if jump.by_ns < 0 { "back" } else { "ahead" };
    format!("{back} by {}", Nanos(jump.by_ns.unsigned_abs()))
}

/// A share in millionths as a decimal fraction: `0.974358`.
pub(in crate::report) fn fraction(millionths: u32) -> String {
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// Instants as clocks in the record's zone show them.
pub(in crate::report) struct Clock(TimeZone);

impl Clock {
    pub(in crate::report) fn of(record: &MonitorRecord) -> Self {
        Self(TimeZone::get(&record.zone).unwrap_or(TimeZone::UTC))
    }

    /// `2026-03-28 10:00:00 +01:00`.
    pub(in crate::report) fn at(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.0.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }

    /// `2026-03-28 10:00:00 to 10:20:00 +01:00`: what both have in common is said once.
    pub(in crate::report) fn span(&self, from: Timestamp, to: Timestamp) -> String {
        let (begin, end) = (from.to_zoned(self.0.clone()), to.to_zoned(self.0.clone()));
        if begin.offset() != end.offset() {
            return format!("{} to {}", self.at(from), self.at(to));
        }
        let form = if begin.date() == end.date() { "%H:%M:%S %:z" } else { "%Y-%m-%d %H:%M:%S %:z" };
        format!("{} to {}", begin.strftime("%Y-%m-%d %H:%M:%S"), end.strftime(form))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, available, excused, left, rest};
    use crate::record::monitor::shape::{FiguresRecord, IncidentRecord};
    use crate::record::monitor::{file, fixture};
    use std::path::Path;

    /// Run with `PROOFMARK_SAMPLES=write` to write the sample anew.
    #[test]
    fn the_sample_of_a_quarter_is_what_is_rendered() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/samples/monitor/quarter.json");
        let rendered = file::text(&super::fixture::quarter());
        if std::env::var_os("PROOFMARK_SAMPLES").is_some_and(|v| v == "write") {
            std::fs::write(&path, &rendered).expect("the sample is written");
        }
        let sample = std::fs::read_to_string(&path).expect("the sample is there");
        assert!(sample == rendered, "{} is not what is rendered", path.display());
    }

    #[test]
    fn bounds_are_said_where_something_is_not_known() {
        let mut figures = FiguresRecord { eligible_ns: 100, observed_ns: 100, up_ns: 100, ..FiguresRecord::default() };
        (figures.availability, figures.at_least, figures.at_most) = (Some(1_000_000), Some(1_000_000), Some(1_000_000));
        assert_eq!(available(&figures), "100%");
        (figures.no_data_ns, figures.at_least) = (10, Some(900_000));
        assert_eq!(available(&figures), "100%, between 90% and 100% of eligible time");
        assert_eq!(available(&FiguresRecord::default()), "–");
        assert_eq!((left(42_000_000_000).as_str(), left(-1).as_str()), ("42s left", "1ns overdrawn"));
    }

    #[test]
    fn what_does_not_count_of_an_outage_is_said() {
        let said: Vec<_> = fixture::failing().incidents.iter().map(excused).collect();
        let expected =
            [None, Some("counts for 10min: the rest is planned maintenance"), Some("does not count: outside the window")];
        assert_eq!(said, expected.map(|s| s.map(str::to_owned)));
        let of = |[down_ns, inside_ns, maintenance_ns, counted_ns]: [u64; 4]| {
            let incident = fixture::failing().incidents[0].clone();
            rest(&IncidentRecord { down_ns, inside_ns, maintenance_ns, counted_ns, ..incident })
        };
        assert_eq!([of([20, 20, 0, 20]), of([20, 5, 0, 5])], [None, Some("outside the window")]);
        assert_eq!(
            [of([20, 15, 5, 10]), of([20, 20, 20, 0])],
            [Some("planned maintenance and outside the window"), Some("planned maintenance")]
        );
    }

    #[test]
    fn instants_are_shown_as_clocks_there_show_them() {
        let clock = Clock::of(&fixture::failing());
        assert_eq!(clock.at(fixture::minute(540)), "2026-03-28 10:00:00 +01:00");
        assert_eq!(clock.span(fixture::minute(540), fixture::minute(560)), "2026-03-28 10:00:00 to 10:20:00 +01:00");
        assert_eq!(clock.span(fixture::minute(0), fixture::minute(1_400)), "2026-03-28 01:00:00 to 2026-03-29 00:20:00 +01:00");
        assert_eq!(
            clock.span(fixture::minute(0), fixture::minute(1_500)),
            "2026-03-28 01:00:00 +01:00 to 2026-03-29 03:00:00 +02:00"
        );
    }
}
