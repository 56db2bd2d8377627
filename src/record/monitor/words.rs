//! What a watch came to, in words.
//!
//! Works on the stored figures. Computes none.

use crate::base::units::Nanos;
use crate::model::availability::{Level, Why};
use crate::record::monitor::shape::{
    AlertRecord, BurnRecord, FiguresRecord, MonitorRecord, MonitorResult, TargetRecord, TargetResult, UrgencyRecord,
};

/// A share in millionths as a reader takes it in, a dash where there is none.
#[must_use]
pub fn share(millionths: Option<u32>) -> String {
    millionths.and_then(Level::new).map_or_else(|| "–".to_owned(), |level| level.to_string())
}

/// What a cause means; the word itself where it is not known.
#[must_use]
pub fn cause(word: &str) -> &str {
    match Why::of(word) {
        Some(why) => why.title(),
        None => word,
    }
}

/// A burn rate in hundredths as a reader takes it in: `14.4`, a dash where there is none.
#[must_use]
pub fn rate(hundredths: Option<u64>) -> String {
    let Some(rate) = hundredths else { return "–".to_owned() };
    let text = format!("{}.{:02}", rate / 100, rate % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `97.4358%, between 95% and 97.5% of eligible time`; without the bounds where nobody looked away.
#[must_use]
pub fn available(figures: &FiguresRecord) -> String {
    match bounds(figures) {
        Some(bounds) => format!("{}, {bounds}", share(figures.availability)),
        None => share(figures.availability),
    }
}

/// `between 95% and 97.5% of eligible time`, where something is not known.
#[must_use]
pub fn bounds(figures: &FiguresRecord) -> Option<String> {
    let is_open = figures.no_data_ns > 0 && figures.eligible_ns > 0;
    is_open.then(|| format!("between {} and {} of eligible time", share(figures.at_least), share(figures.at_most)))
}

/// What is left of a budget: `42s left`, `28.8min overdrawn`.
#[must_use]
pub fn left(ns: i64) -> String {
    format!("{} {}", Nanos(ns.unsigned_abs()), if ns < 0 { "overdrawn" } else { "left" })
}

/// `25.64 over 24h`; what is down where nothing may be burns without end.
#[must_use]
pub fn burn(burn: &BurnRecord) -> String {
    format!("{} over {}", burn_rate(burn), Nanos(burn.over_ns))
}

/// The rate alone.
#[must_use]
pub fn burn_rate(burn: &BurnRecord) -> String {
    if burn.hundredths.is_none() && burn.down_ns > 0 { "∞".to_owned() } else { rate(burn.hundredths) }
}

/// `listPets available for at least 99.95% over 30d`.
pub(super) fn target(record: &TargetRecord) -> String {
    let subject = record.operation.as_deref().unwrap_or("all operations");
    let over = record.over_ns.map_or_else(|| "the run".to_owned(), |over| format!("the last {}", Nanos(over)));
    format!("{subject} available for at least {} of {over}", share(Some(record.availability)))
}

/// `page: the budget burns at more than 14.4 times its rate, over 60min and 5min`.
pub(super) fn alert(record: &AlertRecord) -> String {
    let urgency = match record.urgency {
        UrgencyRecord::Page => "page",
        UrgencyRecord::Ticket => "ticket",
    };
    let rate = rate(Some(u64::from(record.tenths) * 10));
    format!(
        "{urgency}: the budget burns at more than {rate} times its rate, over {} and {}",
        Nanos(record.long_ns),
        Nanos(record.short_ns)
    )
}

/// The verdict in words.
pub(super) fn sentence(record: &MonitorRecord) -> String {
    let of = |result: TargetResult| record.targets.iter().filter(move |t| t.verdict == result);
    let all = record.targets.len();
    let figures = &record.all.excluded;
    let known = format!("available for {} of the time observed", share(figures.availability));
    let bounds = format!("between {} and {} of eligible time", share(figures.at_least), share(figures.at_most));
    let targets = plural(all, "target", "targets");
    match record.verdict {
        MonitorResult::Holds => match all {
            0 => format!("{known}, {bounds}; no target was asked for"),
            1 => format!("the target holds: {known}"),
            n => format!("all {n} targets hold: {known}"),
        },
        MonitorResult::Fails => {
            let missed: Vec<String> = of(TargetResult::Fails).map(missed).collect();
            format!("{} of {all} {targets} {} missed: {}", missed.len(), plural(missed.len(), "is", "are"), missed.join("; "))
        }
        MonitorResult::Inconclusive if figures.eligible_ns == 0 => {
            "inconclusive: no time of the run is inside the window".to_owned()
        }
        MonitorResult::Inconclusive if !record.operations.iter().any(|o| o.excluded.observed_ns > 0) => {
            "inconclusive: nothing was observed inside the window".to_owned()
        }
        MonitorResult::Inconclusive => {
            let open = of(TargetResult::Undecided).count();
            let are = plural(open, "is", "are");
            format!(
                "inconclusive: {open} of {all} {targets} {are} not decided, since nothing is known of {}; {bounds}",
                Nanos(figures.no_data_ns)
            )
        }
    }
}

fn missed(target: &TargetRecord) -> String {
    format!("{}, and it was at most {}", target.title, share(target.figures.at_most))
}

fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::{cause, rate, share};

    #[test]
    fn figures_as_a_reader_takes_them_in() {
        assert_eq!((share(Some(999_512)), share(Some(1_000_000)), share(None)), ("99.9512%".into(), "100%".into(), "–".into()));
        assert_eq!([Some(1_440), Some(5), Some(100), Some(0), None].map(rate), ["14.4", "0.05", "1", "0", "–"]);
        assert_eq!((cause("server_error"), cause("later")), ("answered 5xx", "later"));
    }
}
