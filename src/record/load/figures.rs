//! The stored shapes of what a load measured.
//!
//! Plain data for disk, computed already. The times of requests are in whole microseconds, as the histograms count them; a mean keeps
//! three digits behind the point. Never holds a histogram.

use crate::model::load::Phase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was measured: by operation, and over all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct LoadFigures {
    /// By operation, in the order of the plan.
    pub operations: Vec<OperationRecord>,
    /// Over all operations.
    pub total: OperationRecord,
    /// Whether every answer was judged.
    pub validation: ValidationRecord,
    /// Starts, rates and what was left.
    pub arrival: ArrivalRecord,
    /// The warm-up, which is no part of the figures; `None` without one.
    pub warmup: Option<WarmupRecord>,
}

/// One operation in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct OperationRecord {
    /// The operationId.
    pub operation: String,
    /// Answers received.
    pub count: u64,
    /// Of which were judged.
    pub validated: u64,
    /// Of which were found wrong.
    pub invalid: u64,
    /// Requests that got no answer, by class; only what occurred.
    pub errors: BTreeMap<String, u64>,
    /// All of them.
    pub unanswered: u64,
    /// Answers by status class (`2xx`); only what occurred.
    pub statuses: BTreeMap<String, u64>,
    /// Answers a second over the measured part.
    pub rate: Option<f64>,
    /// Bytes of heads and bodies received.
    pub bytes: u64,
    /// From the intended start to the last byte, of answers.
    pub response_time: TimesRecord,
    /// From sending to the last byte, of answers.
    pub service_time: TimesRecord,
    /// From the intended start to sending, of answers.
    pub lag: TimesRecord,
    /// The distribution of the response time.
    #[serde(default)]
    pub response_curve: Vec<CurveRecord>,
    /// The distribution of the service time.
    #[serde(default)]
    pub service_curve: Vec<CurveRecord>,
}

/// Percentiles in microseconds; nothing where there is no sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct TimesRecord {
    /// Samples.
    pub samples: u64,
    /// The shortest.
    pub min: Option<u64>,
    /// The median.
    pub p50: Option<u64>,
    /// The 90th percentile.
    pub p90: Option<u64>,
    /// The 95th percentile.
    pub p95: Option<u64>,
    /// The 99th percentile.
    pub p99: Option<u64>,
    /// The 99.9th percentile.
    #[serde(rename = "p99.9")]
    pub p99_9: Option<u64>,
    /// The 99.99th percentile.
    #[serde(rename = "p99.99")]
    pub p99_99: Option<u64>,
    /// The longest.
    pub max: Option<u64>,
    /// The mean.
    pub mean: Option<f64>,
    /// Samples beyond what is told apart, counted at the bound of one hour.
    #[serde(default)]
    pub beyond: u64,
}

/// A point of a distribution by percentile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CurveRecord {
    /// The share of the samples, 0 to 1.
    pub quantile: f64,
    /// The time that this share does not exceed, in microseconds.
    pub us: u64,
    /// Samples up to it.
    pub count: u64,
}

/// Whether every answer was judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ValidationRecord {
    /// Answers judged.
    pub validated: u64,
    /// Answers received.
    pub received: u64,
    /// Judged and found wrong.
    pub invalid: u64,
    /// True where every answer received was judged.
    pub exact: bool,
    /// The share that was judged, in hundredths of a per cent, rounded down.
    pub share: Option<u32>,
    /// In words; `exact` is said only where it is so.
    pub sentence: String,
}

/// Starts, rates and what was left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ArrivalRecord {
    /// The time in which measured starts fell due.
    pub measured_ns: u64,
    /// The time after it in which answers were waited for.
    pub drain_ns: u64,
    /// Starts that fell due.
    pub due: u64,
    /// Requests sent.
    pub sent: u64,
    /// Starts that were never made.
    pub missed: u64,
    /// Journeys begun.
    pub journeys: u64,
    /// Requests that got no answer before the run had ended and its drain too.
    pub unfinished: u64,
    /// Starts that fell due a second.
    pub asked: Option<f64>,
    /// Journeys begun a second while starts fell due; what began after that is no part of it.
    pub achieved: Option<f64>,
    /// The second in hundredths of a per cent of the first.
    pub achieved_share: Option<u32>,
    /// Answers a second that came while starts fell due; what came after that is no part of it.
    pub throughput: Option<f64>,
    /// Processor time of the event loops for each request sent, in nanoseconds.
    pub cpu_per_request_ns: Option<u64>,
}

/// What went before the measurement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct WarmupRecord {
    /// How long it was.
    pub length_ns: u64,
    /// Answers received in it.
    pub received: u64,
    /// Requests in it that got none.
    pub unanswered: u64,
    /// Answers in it that were found wrong.
    pub invalid: u64,
}

/// Connections of the whole run, the warm-up included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct ConnectionsRecord {
    /// Opened.
    pub opened: u64,
    /// Opened again in place of one that the server ended.
    pub reopened: u64,
    /// TLS sessions resumed.
    pub resumed: u64,
    /// To an established connection.
    pub connect: TimesRecord,
    /// To agreed TLS, after that.
    pub tls: TimesRecord,
    /// From sending to the first byte of the answer, of the measured part alone.
    pub first_byte: TimesRecord,
}

/// What came of triggered deliveries.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct CallbackRecord {
    /// The operation that triggers them and the callback.
    pub title: String,
    /// Answers that trigger a delivery.
    pub triggered: u64,
    /// Of them, those whose delivery came.
    pub delivered: u64,
    /// Those whose delivery had not come within the limit.
    pub lost: u64,
    /// Still within their limit when the run ended.
    pub open: u64,
    /// Further deliveries of the same notification.
    pub duplicates: u64,
    /// Deliveries that came before one that was triggered earlier.
    pub out_of_order: u64,
    /// Deliveries that nothing here triggered.
    pub unexpected: u64,
    /// Deliveries judged.
    pub validated: u64,
    /// Of which were found wrong.
    pub invalid: u64,
    /// From the answer of the trigger to the delivery's arrival.
    pub latency: TimesRecord,
    /// Its distribution.
    #[serde(default)]
    pub latency_curve: Vec<CurveRecord>,
}

/// Which part of a run a point is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PhaseRecord {
    /// Before the measurement.
    Warmup,
    /// Part of it.
    Measured,
    /// After the last start that was due.
    Drain,
}

impl From<Phase> for PhaseRecord {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Warmup => Self::Warmup,
            Phase::Measured => Self::Measured,
            Phase::Drain => Self::Drain,
        }
    }
}

impl From<PhaseRecord> for Phase {
    fn from(phase: PhaseRecord) -> Self {
        match phase {
            PhaseRecord::Warmup => Self::Warmup,
            PhaseRecord::Measured => Self::Measured,
            PhaseRecord::Drain => Self::Drain,
        }
    }
}

impl PhaseRecord {
    /// The word shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warmup => "warm-up",
            Self::Measured => "measured",
            Self::Drain => "drain",
        }
    }
}

/// A second of a load. Where a point covers more than one, counts are summed, and percentiles and peaks are those of its worst second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct PointRecord {
    /// When it began, from the start of the run.
    pub at_ns: u64,
    /// How long it was.
    pub length_ns: u64,
    /// Which part of the run it is of.
    pub phase: PhaseRecord,
    /// Starts that fell due a second.
    pub asked: Option<f64>,
    /// Answers a second.
    pub achieved: Option<f64>,
    /// Answers.
    pub received: u64,
    /// Answers judged.
    pub validated: u64,
    /// Answers found wrong.
    pub invalid: u64,
    /// Requests that got no answer, by class; only what occurred.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Starts that were never made.
    pub missed: u64,
    /// The median response time, in microseconds.
    pub p50: Option<u64>,
    /// The 90th percentile of the response time.
    pub p90: Option<u64>,
    /// The 99th percentile of the response time.
    pub p99: Option<u64>,
    /// The 99.9th percentile of the response time.
    #[serde(rename = "p99.9")]
    pub p99_9: Option<u64>,
    /// The longest response time.
    pub max: Option<u64>,
    /// The 99th percentile of the lag, in microseconds.
    pub lag_p99: Option<u64>,
    /// Requests sent; absent in records that were made before it was kept, like all that is told by operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// Service times of the answers.
    #[serde(default, skip_serializing_if = "SpreadRecord::is_empty")]
    pub service: SpreadRecord,
    /// Lag of the requests that ended.
    #[serde(default, skip_serializing_if = "SpreadRecord::is_empty")]
    pub lag: SpreadRecord,
    /// The same by operation; only those of which something ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<OperationPointRecord>,
    /// Requests under way at its end.
    pub in_flight: u64,
    /// Connections open at its end.
    pub connections: u64,
    /// The share of the event loops' processors that was used, in hundredths of a per cent.
    pub cpu: Option<u32>,
    /// The share of the time that event loops waited for a processor, in hundredths of a per cent.
    pub run_queue: Option<u32>,
}

/// Percentiles of a second in microseconds; only what has samples. Where a point covers more seconds, those of its worst one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct SpreadRecord {
    /// The median.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50: Option<u64>,
    /// The 90th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90: Option<u64>,
    /// The 99th percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<u64>,
    /// The 99.9th percentile.
    #[serde(rename = "p99.9", default, skip_serializing_if = "Option::is_none")]
    pub p99_9: Option<u64>,
    /// The longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
}

impl SpreadRecord {
    /// True where there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// In the order of the members.
    #[must_use]
    pub fn all(&self) -> [Option<u64>; 5] {
        [self.p50, self.p90, self.p99, self.p99_9, self.max]
    }
}

/// A second of a load, of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct OperationPointRecord {
    /// The operationId.
    pub operation: String,
    /// Answers.
    pub received: u64,
    /// Answers judged.
    pub validated: u64,
    /// Answers found wrong.
    pub invalid: u64,
    /// Requests that got no answer, by class; only what occurred.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<String, u64>,
    /// Response times of the answers.
    #[serde(default, skip_serializing_if = "SpreadRecord::is_empty")]
    pub response: SpreadRecord,
    /// Service times of the answers.
    #[serde(default, skip_serializing_if = "SpreadRecord::is_empty")]
    pub service: SpreadRecord,
    /// Lag of the requests that ended.
    #[serde(default, skip_serializing_if = "SpreadRecord::is_empty")]
    pub lag: SpreadRecord,
}
