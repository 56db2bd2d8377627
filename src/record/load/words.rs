//! What a load came to, in words.
//!
//! Works on the stored figures, so that a whole load and one read from its journal say the same. Computes no figure.

use crate::base::units::{Nanos, Rate, Share};
use crate::model::load::LoadError;
use crate::record::figures::counted;
use crate::record::load::figures::LoadFigures;
use crate::record::load::shape::{
    HealthRecord, LoadRecord, LoadResult, SearchRecord, SearchStepRecord, Validity, ValidityRecord,
};
use crate::record::shape::Outcome;

/// `12,345`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 answer`, `12,345 answers`.
#[must_use]
pub fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count)) }
}

/// A time in microseconds as a reader takes it in, a dash where there is none.
#[must_use]
pub fn time(us: Option<u64>) -> String {
    us.map_or_else(|| "–".to_owned(), |us| Nanos(us.saturating_mul(1_000)).to_string())
}

/// What a class of errors means.
#[must_use]
pub fn error(word: &str) -> &str {
    LoadError::ALL.into_iter().find(|e| e.word() == word).map_or(word, |e| e.title())
}

/// A margin with its sign: `+12.5%` of room, `-3%` too much.
#[must_use]
pub fn margin(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "+" };
    let share = Share(u32::try_from(hundredths.unsigned_abs()).unwrap_or(u32::MAX)).to_string();
    format!("{sign}{share}")
}

/// What an SLO is shown as: one that holds is not said to, where the measurement is not sound or the run was stopped.
#[must_use]
pub fn shown_as(record: &LoadRecord, outcome: Outcome) -> Outcome {
    let whole = record.verdict != LoadResult::Interrupted && record.validity.result == Validity::Sound;
    match outcome {
        Outcome::Pass | Outcome::Fail if !whole => Outcome::Skipped,
        other => other,
    }
}

/// `validated 12,345 of 12,345 received: exact`; said of all only where it is so.
pub(super) fn validation(validated: u64, received: u64, exact: bool, share: Option<u32>) -> String {
    let counts = format!("validated {} of {} received", grouped(validated), grouped(received));
    match share {
        _ if exact => format!("{counts}: exact"),
        Some(share) if validated > 0 => format!("{counts}: {}", Share(share)),
        _ => counts,
    }
}

/// Whether what was measured is the target.
pub(super) fn validity(health: Option<&HealthRecord>, load: &LoadFigures, verdict: LoadResult) -> ValidityRecord {
    let said = |result, sentence: String| ValidityRecord { result, sentence };
    let Some(health) = health else {
        return said(
            Validity::Unknown,
            "the run did not come to its end, so whether the generator kept up is not known".to_owned(),
        );
    };
    if let Some(first) = health.faults.first() {
        let more = health.faults.len() - 1;
        let rest = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        return said(
            Validity::Invalid,
            format!("the generator did not keep up, so this is not the target's: {}{rest}", first.seen),
        );
    }
    if load.total.count + load.total.unanswered == 0 {
        return said(Validity::Unknown, "nothing was measured".to_owned());
    }
    if verdict == LoadResult::Interrupted {
        return said(Validity::Sound, format!("the generator kept up until it was stopped: {}", kept_up(health)));
    }
    said(Validity::Sound, format!("the generator kept up: {}", kept_up(health)))
}

fn kept_up(health: &HealthRecord) -> String {
    let mut parts = Vec::new();
    // A closed load lags by nature; what counts is the part that the generator caused.
    if let Some(lag) = health.own_lag_p99_ns.or(health.lag_p99_ns) {
        parts.push(format!("99% of requests left within {} of when they could", Nanos(lag)));
    }
    parts.push(if health.missed == 0 { "no start was missed".to_owned() } else { many(health.missed, "start") + " missed" });
    if let Some(cpu) = health.cpu_peak {
        parts.push(format!("at most {} of its processors", Share(cpu)));
    }
    parts.join(", ")
}

/// The verdict in words.
pub(super) fn sentence(record: &LoadRecord) -> String {
    match record.verdict {
        LoadResult::Conforms => {
            let slos = match record.slos.len() {
                0 => "no SLO was asked for".to_owned(),
                1 => "the SLO holds".to_owned(),
                n => format!("all {n} SLOs hold"),
            };
            format!("conforms: {slos}, {}", answers(record))
        }
        LoadResult::Fails => format!("does not conform: {}", faults(record).join("; ")),
        LoadResult::Invalid => match record.health.as_ref().and_then(|h| h.could_hold) {
            Some(rate) => format!("invalid: the generator could have held {}, and was asked for more", Rate(rate)),
            None => "invalid: the generator did not keep up".to_owned(),
        },
        LoadResult::NotJudged => format!("could not be judged: {}", obstacle(record)),
        LoadResult::Interrupted => {
            let found = faults(record);
            let found = if found.is_empty() { "nothing found wrong so far".to_owned() } else { found.join("; ") };
            let planned = if record.planned_ns > 0 { format!(" of {}", Nanos(record.planned_ns)) } else { String::new() };
            format!("interrupted after {}{planned}: {found}", Nanos(record.took_ns))
        }
    }
}

fn answers(record: &LoadRecord) -> String {
    let total = &record.load.total;
    let judged = match (total.validated, record.load.validation.exact) {
        (0, _) => "none of them judged".to_owned(),
        (_, true) => "every one judged and found right".to_owned(),
        (n, false) => format!("{} of them judged and found right", grouped(n)),
    };
    let errors =
        if total.unanswered > 0 { format!(", {} without an answer", many(total.unanswered, "request")) } else { String::new() };
    format!("{}, {judged}{errors}", many(total.count, "answer"))
}

/// What is wrong.
fn faults(record: &LoadRecord) -> Vec<String> {
    let mut parts = Vec::new();
    let broken = record.slos.iter().filter(|s| s.outcome.is_bad()).count();
    let total = &record.load.total;
    if let Some(why) = &record.aborted {
        parts.push(format!("given up: {why}"));
    }
    match record.slos.len() {
        1 if broken == 1 => parts.push("the SLO does not hold".to_owned()),
        n if broken > 0 => parts.push(format!("{broken} of {n} SLOs {} not hold", if broken == 1 { "does" } else { "do" })),
        _ => {}
    }
    if total.invalid > 0 {
        parts.push(format!("{} of {} wrong", grouped(total.invalid), many(total.validated, "judged answer")));
    }
    let wrong: u64 = record.callbacks.iter().map(|c| c.invalid).sum();
    if wrong > 0 {
        parts.push(format!("{} wrong", counted(usize::try_from(wrong).unwrap_or(usize::MAX), "callback")));
    }
    parts
}

fn obstacle(record: &LoadRecord) -> String {
    let total = &record.load.total;
    if let Some(why) = &record.unusable {
        return why.clone();
    }
    if total.count + total.unanswered == 0 {
        return "no request ended".to_owned();
    }
    if total.count == 0 {
        return format!("none of {} was answered", many(total.unanswered, "request"));
    }
    let open = record.slos.iter().filter(|s| s.outcome != Outcome::Pass).count();
    let first = record.slos.iter().find(|s| s.outcome != Outcome::Pass);
    let why = first.map(|s| format!(" ({}: {})", s.title, s.actual)).unwrap_or_default();
    format!("{} could not be evaluated{why}", counted(open, "SLO"))
}

/// What became of a step of a search.
#[must_use]
pub fn step(step: &SearchStepRecord) -> &'static str {
    match (step.held, step.spoiled) {
        (true, _) => "held",
        (false, true) => "spoiled",
        (false, false) => "broke",
    }
}

/// What a search came to.
pub(super) fn search(search: &SearchRecord) -> String {
    let at = |rate: f64| search.steps.iter().filter(move |s| s.rate == rate);
    match (search.capacity, search.broke_at) {
        (Some(capacity), _) if search.unbounded => format!("the SLOs still held at {}, the largest rate allowed", Rate(capacity)),
        (Some(capacity), Some(broke)) if at(broke).all(|s| s.spoiled) => {
            format!("the SLOs hold up to {}, and at {} the generator spoiled each try", Rate(capacity), Rate(broke))
        }
        (Some(capacity), Some(broke)) => format!("the SLOs hold up to {}, and no longer at {}", Rate(capacity), Rate(broke)),
        (Some(capacity), None) => format!("the SLOs hold up to {}", Rate(capacity)),
        (None, Some(broke)) => format!("the SLOs hold at no rate that was tried, down to {}", Rate(broke)),
        (None, None) => "the search did not come to its end".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{error, grouped, margin, time, validation};

    #[test]
    fn numbers_in_groups_and_margins_with_signs() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([None, Some(0), Some(1_234)].map(time), ["–", "0s", "1.23ms"]);
        assert_eq!(
            (error("reset"), error("of a newer version")),
            ("the connection was cut before the answer", "of a newer version")
        );
        assert_eq!([1_250, -300, 0].map(margin), ["+12.50%", "-3%", "+0%"]);
    }

    #[test]
    fn exact_is_said_only_of_all() {
        assert_eq!(validation(12_345, 12_345, true, Some(10_000)), "validated 12,345 of 12,345 received: exact");
        assert_eq!(validation(12_344, 12_345, false, Some(9_999)), "validated 12,344 of 12,345 received: 99.99%");
        assert_eq!(validation(0, 12_345, false, Some(0)), "validated 0 of 12,345 received");
        assert_eq!(validation(0, 0, false, None), "validated 0 of 0 received");
    }
}
