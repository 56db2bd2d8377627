//! The stored shape of what a watch over an API came to, version 1.
//!
//! Plain data for disk: everything in it is already redacted and already computed. Never holds a secret. Shares are in millionths,
//! rounded down, so that 1,000,000 is only ever said of all; lengths are in nanoseconds.

use crate::model::availability::TargetVerdict;
use crate::monitor::budget::Urgency;
use crate::record::load::figures::TimesRecord;
use crate::record::shape::{BuildRecord, DocumentRecord, FactRecord, RedactionRecord, instant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What `format` says in the record of a watch.
pub const FORMAT: &str = "proofmark.monitor";
/// The version this build writes.
pub const VERSION: u32 = 1;

/// A whole watch, as far as it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct MonitorRecord {
    /// Always [`FORMAT`].
    pub format: String,
    /// The shape's version.
    pub version: u32,
    /// The version of the tool that made the record.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
    /// The plan's title.
    pub name: String,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
    /// When watching began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// Until when it is told.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub ended: Timestamp,
    /// From one to the other.
    pub took_ns: u64,
    /// When an operation counts as down, in words.
    pub rule: String,
    /// The window as it was stated, in words.
    pub window: String,
    /// The time zone of dates, weekdays and hours.
    pub zone: String,
    /// The version of the time zone database.
    pub zone_database: String,
    /// The verdict.
    pub verdict: MonitorResult,
    /// The verdict in words.
    pub sentence: String,
    /// The targets.
    pub targets: Vec<TargetRecord>,
    /// All operations as one: down where any is, known where all are.
    pub all: SubjectRecord,
    /// Each operation.
    pub operations: Vec<SubjectRecord>,
    /// The outages, in order of their beginning.
    pub incidents: Vec<IncidentRecord>,
    /// When somebody watched.
    pub sessions: Vec<SessionRecord>,
    /// The time between sessions.
    pub gaps: Vec<GapRecord>,
    /// When the clock was set.
    pub clock_jumps: Vec<JumpRecord>,
    /// What was hidden in words, and what was left out so that it may be shared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<RedactionRecord>,
    /// What was worth a line, as what was found damaged.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The plan, suites and specs that were used, by digest.
    #[serde(default)]
    pub documents: Vec<DocumentRecord>,
    /// What is known of the machine that watched.
    #[serde(default)]
    pub machine: Vec<FactRecord>,
    /// How the tool that watched was built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildRecord>,
}

/// The verdict over a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MonitorResult {
    /// Every target holds; without targets, something was observed in eligible time.
    Holds,
    /// A target is missed, whatever happened while nobody looked.
    Fails,
    /// A target depends on what nobody saw, or nothing was observed in eligible time.
    Inconclusive,
}

impl MonitorResult {
    /// The verdict over targets; `observed` where anything was in eligible time.
    #[must_use]
    pub fn of(targets: impl IntoIterator<Item = TargetVerdict>, observed: bool) -> Self {
        match targets.into_iter().fold(TargetVerdict::Holds, TargetVerdict::and) {
            TargetVerdict::Fails => Self::Fails,
            TargetVerdict::Holds if observed => Self::Holds,
            TargetVerdict::Holds | TargetVerdict::Undecided => Self::Inconclusive,
        }
    }
}

/// How available something was; `up_ns` + `degraded_ns` + `down_ns` + `no_data_ns` = `eligible_ns`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FiguresRecord {
    /// The time that counts.
    pub eligible_ns: u64,
    /// Of it, that of which something is known.
    pub observed_ns: u64,
    /// It was up.
    pub up_ns: u64,
    /// It was degraded, which is available.
    pub degraded_ns: u64,
    /// It was down.
    pub down_ns: u64,
    /// Nothing is known of it.
    pub no_data_ns: u64,
    /// The availability over what was observed; nothing where nothing was.
    pub availability: Option<u32>,
    /// The availability if it was down whenever nobody looked; nothing without eligible time.
    pub at_least: Option<u32>,
    /// The availability if it was up whenever nobody looked; nothing without eligible time.
    pub at_most: Option<u32>,
}

/// An operation, or all of them as one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SubjectRecord {
    /// The operationId.
    pub operation: String,
    /// How often a probe was due; nothing for all of them.
    pub interval_ns: Option<u64>,
    /// The figures with planned maintenance excluded.
    pub excluded: FiguresRecord,
    /// The figures with planned maintenance left in.
    pub raw: FiguresRecord,
    /// The probes that were due in eligible time, by the minute.
    pub probes: CountsRecord,
    /// The others.
    pub probes_outside: CountsRecord,
    /// Probes that were due no later than one before them, since the clock was set back; they are counted and say nothing.
    #[serde(default)]
    pub late_probes: u64,
    /// Why probes were not up, with how many, inside the window or not.
    pub causes: BTreeMap<String, u64>,
    /// From sending to the last byte, of answers to probes due in eligible time.
    pub response_time: TimesRecord,
    /// The same of the others.
    pub response_time_outside: TimesRecord,
    /// By local date, each of the run; maintenance excluded.
    pub dates: Vec<DateRecord>,
    /// By local weekday, Monday first; maintenance excluded.
    pub weekdays: Vec<FiguresRecord>,
    /// By local hour of the day, midnight first; maintenance excluded.
    pub hours: Vec<FiguresRecord>,
}

/// Probes by what they said, and clock minutes by their probes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CountsRecord {
    /// Probes.
    pub total: u64,
    /// Of which up.
    pub up: u64,
    /// Of which degraded.
    pub degraded: u64,
    /// Of which failed.
    pub down: u64,
    /// Clock minutes in which a probe was due.
    pub minutes: u64,
    /// Of which with a failed one.
    pub bad_minutes: u64,
}

/// A local date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct DateRecord {
    /// The date, as `2026-03-29`.
    pub date: String,
    /// How much of it is part of the run: 23 or 25 hours where the clock is set and the run has all of it.
    pub length_ns: u64,
    /// The figures.
    pub figures: FiguresRecord,
}

/// A target and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct TargetRecord {
    /// In words.
    pub title: String,
    /// What is to be available, in millionths.
    pub availability: u32,
    /// The operation; nothing for all of them as one.
    pub operation: Option<String>,
    /// The last so much of the run; nothing for all of it.
    pub over_ns: Option<u64>,
    /// Where the part of the run that it looks at begins.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub from: Timestamp,
    /// Whether it holds.
    pub verdict: TargetResult,
    /// The figures of that part.
    pub figures: FiguresRecord,
    /// How long it may be down there.
    pub budget_ns: u64,
    /// How long it was.
    pub spent_ns: u64,
    /// What is left; below zero where it is overdrawn.
    pub left_ns: i64,
    /// How fast the budget is being spent.
    pub burns: Vec<BurnRecord>,
    /// The alerts that are due.
    pub alerts: Vec<AlertRecord>,
}

/// Whether a target holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TargetResult {
    /// It is met, whatever happened while nobody looked.
    Holds,
    /// It is missed, whatever happened while nobody looked.
    Fails,
    /// It depends on what nobody saw, or nobody ever looked.
    Undecided,
}

impl From<TargetVerdict> for TargetResult {
    fn from(verdict: TargetVerdict) -> Self {
        match verdict {
            TargetVerdict::Holds => Self::Holds,
            TargetVerdict::Fails => Self::Fails,
            TargetVerdict::Undecided => Self::Undecided,
        }
    }
}

/// How fast a budget is being spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct BurnRecord {
    /// Over the last so much of eligible time.
    pub over_ns: u64,
    /// Of it, what was observed.
    pub observed_ns: u64,
    /// Of it, what was down.
    pub down_ns: u64,
    /// The rate in hundredths, rounded down: 100 spends all of the budget over the whole period. Nothing where nothing was observed, or
    /// something was down of which nothing may be.
    pub hundredths: Option<u64>,
}

/// What an alert asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum UrgencyRecord {
    /// Somebody should look now.
    Page,
    /// Somebody should look within days.
    Ticket,
}

impl From<Urgency> for UrgencyRecord {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Page => Self::Page,
            Urgency::Ticket => Self::Ticket,
        }
    }
}

/// An alert that is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct AlertRecord {
    /// What it asks.
    pub urgency: UrgencyRecord,
    /// The burn rate that is exceeded, in tenths.
    pub tenths: u32,
    /// Over a long while of so much.
    pub long_ns: u64,
    /// And over a short one.
    pub short_ns: u64,
    /// In words.
    pub title: String,
}

/// An outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct IncidentRecord {
    /// The operation.
    pub operation: String,
    /// Its first instant.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub to: Timestamp,
    /// True where it was down when the run ended.
    pub open: bool,
    /// How long it was known to be down.
    pub down_ns: u64,
    /// Of that, how long in stated time.
    pub inside_ns: u64,
    /// Of the stated time, how long in planned maintenance.
    pub maintenance_ns: u64,
    /// How long it counts: in stated time, without maintenance.
    pub counted_ns: u64,
    /// The probes that failed in it.
    pub failed: u64,
    /// The first probe that failed in it, where it was kept.
    pub first: Option<FailureRecord>,
    /// The last one, where it is another.
    pub last: Option<FailureRecord>,
}

/// A failed probe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct FailureRecord {
    /// When it was due.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub due: Timestamp,
    /// How long it took.
    pub took_ns: u64,
    /// Why it failed, as a word.
    pub why: Option<String>,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The exchange in short.
    pub detail: String,
}

/// A while in which somebody watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SessionRecord {
    /// When it began.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub began: Timestamp,
    /// When it ended, or until when it is told; where it was killed, until when its last probes speak.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub ended: Timestamp,
    /// Whether it ended of its own will.
    pub clean: bool,
}

/// Time between sessions, of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct GapRecord {
    /// Its first instant.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub from: Timestamp,
    /// The first instant after it.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub to: Timestamp,
    /// How long it is.
    pub length_ns: u64,
}

/// The clock on the wall was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct JumpRecord {
    /// When, by the clock as it was set.
    #[serde(with = "instant")]
    #[cfg_attr(test, schemars(with = "crate::record::schema::Instant"))]
    pub at: Timestamp,
    /// By how much; below zero where it was set back.
    pub by_ns: i64,
}

#[cfg(test)]
mod tests {
    use super::MonitorResult;
    use crate::model::availability::TargetVerdict::{Fails, Holds, Undecided};

    #[test]
    fn what_is_not_known_never_holds() {
        for (targets, observed, verdict) in [
            (&[][..], true, MonitorResult::Holds),
            (&[], false, MonitorResult::Inconclusive),
            (&[Holds], true, MonitorResult::Holds),
            (&[Holds, Undecided], true, MonitorResult::Inconclusive),
            (&[Undecided, Fails, Holds], true, MonitorResult::Fails),
            (&[Holds], false, MonitorResult::Inconclusive),
            (&[Fails], false, MonitorResult::Fails),
        ] {
            assert_eq!(MonitorResult::of(targets.iter().copied(), observed), verdict, "{targets:?} {observed}");
        }
    }
}
