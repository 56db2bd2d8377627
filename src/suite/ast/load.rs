//! A load plan as written: scenarios, arrival, what must hold and when to give up.
//!
//! Names and numbers with their places. Looks nothing up and sends nothing.

use crate::base::source::{Place, Source, Span};
use crate::base::units::{Nanos, Rate, Share};
use crate::suite::ast::Spanned;
use crate::suite::ast::catalogue::CallbackRef;
use crate::suite::ast::expect::BodyExpectation;
use crate::suite::ast::step::CallStep;
use crate::suite::path::Path;
use std::fmt;
use std::sync::Arc;

/// A load plan.
#[derive(Clone, Debug)]
pub struct LoadPlan {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// Its title.
    pub title: Spanned<String>,
    /// The suite whose cases and rules it uses.
    pub suite: Option<Spanned<String>>,
    /// The spec, where no suite names it.
    pub spec: Option<Spanned<String>>,
    /// Calls that are made once before, in order; what they capture the scenarios find under its name.
    pub before: Vec<Spanned<CallStep>>,
    /// What is done, by weight; never empty.
    pub scenarios: Vec<Scenario>,
    /// When it is done.
    pub arrival: Arrival,
    /// How it is carried.
    pub transport: Transport,
    /// Which answers are judged.
    pub validate: Validate,
    /// Deliveries that the load triggers and that are awaited.
    pub callbacks: Vec<CallbackLoad>,
    /// What must hold at the end.
    pub slos: Vec<Slo>,
    /// What ends the run early.
    pub aborts: Vec<Slo>,
}

impl LoadPlan {
    /// The place of a span of this plan.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }
}

/// One thing that is done again and again.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What.
    pub what: ScenarioKind,
    /// Its share beside the others; at least 1.
    pub weight: u32,
    /// Rows that fill `${data.column}`.
    pub data: Option<DataSpec>,
    /// The whole entry.
    pub span: Span,
}

/// What a scenario does.
#[derive(Clone, Debug)]
pub enum ScenarioKind {
    /// A case of the suite, by its name.
    Case {
        /// The case's name.
        name: Spanned<String>,
        /// Which row of its `each`, counted from 1; every row in turn when `None`.
        row: Option<u32>,
    },
    /// One call, written as in a suite.
    Call(Box<CallStep>),
}

/// Where a scenario's rows come from.
#[derive(Clone, Debug)]
pub struct DataSpec {
    /// A CSV file with a header line, or a file of JSON objects, one a line (`.jsonl`, `.ndjson`).
    pub file: Spanned<String>,
    /// Which row a journey gets.
    pub pick: Pick,
}

/// Which row a journey gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// The rows in turn, from the first again after the last.
    #[default]
    Sequential,
    /// Any row, by the seed.
    Random,
    /// Each row once; when they are used up the scenario is over.
    Unique,
}

/// When journeys begin.
#[derive(Clone, Debug)]
pub enum Arrival {
    /// At a rate, whatever the target does.
    Open {
        /// True where the gaps are exponential instead of equal.
        poisson: bool,
        /// One after the other; never empty.
        stages: Vec<RateStage>,
    },
    /// By users who wait for their answer before they go on.
    Closed {
        /// One after the other; never empty.
        stages: Vec<UserStage>,
        /// The pause of a user between two journeys.
        think: Think,
    },
    /// At rates that are tried until the highest that meets the SLOs is found.
    Search(Search),
}

/// A rate that is held or changed evenly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateStage {
    /// At its beginning.
    pub from: Rate,
    /// At its end; the same for a constant rate.
    pub to: Rate,
    /// How long.
    pub during: Nanos,
    /// True where it is no part of the measurement.
    pub warmup: bool,
    /// Where it is written.
    pub span: Span,
}

/// So many users at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserStage {
    /// At its end; they come or go evenly over `ramp`, from what was before.
    pub users: u32,
    /// Over how much of its beginning.
    pub ramp: Nanos,
    /// How long.
    pub during: Nanos,
    /// True where it is no part of the measurement.
    pub warmup: bool,
    /// Where it is written.
    pub span: Span,
}

/// A pause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Think {
    /// The shortest.
    pub min: Nanos,
    /// The longest; evenly spread between both, by the seed.
    pub max: Nanos,
}

/// How the highest rate is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// The first rate tried.
    pub from: Rate,
    /// No rate above this is tried.
    pub most: Rate,
    /// What a rate that held is multiplied by for the next; above 1.
    pub up: f64,
    /// How long a rate is held for, after a warm-up of a quarter of it.
    pub step: Nanos,
    /// Bisected until the bounds are this close.
    pub precision: Share,
    /// How often the rate that is found has to hold again.
    pub confirm: u32,
    /// Where it is written.
    pub span: Span,
}

/// How requests are carried.
#[derive(Clone, Debug)]
pub struct Transport {
    /// HTTP/1.1 or HTTP/2.
    pub http: HttpVersion,
    /// The most connections at once; chosen by the arrival when `None`.
    pub connections: Option<Spanned<u32>>,
    /// HTTP/2: the most requests at once on one connection.
    pub streams: u32,
    /// New connections are opened no faster than this.
    pub connect_rate: Option<Rate>,
    /// Local addresses that connections are spread over.
    pub source_addresses: Vec<Spanned<String>>,
    /// Ask the server to close after so many requests on a connection.
    pub requests_per_connection: Option<u32>,
    /// An answer that takes longer is an error.
    pub timeout: Nanos,
    /// Event loops; one per processor but one when `None`.
    pub workers: Option<Spanned<u32>>,
    /// Before a start that is due in less than this, the processor is kept busy instead of sleeping.
    pub spin: Nanos,
    /// How long requests under way at the end are waited for.
    pub drain: Nanos,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            http: HttpVersion::default(),
            connections: None,
            streams: 100,
            connect_rate: None,
            source_addresses: Vec::new(),
            requests_per_connection: None,
            timeout: Nanos(30_000_000_000),
            workers: None,
            spin: Nanos(0),
            drain: Nanos(10_000_000_000),
        }
    }
}

/// The version of HTTP that is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HttpVersion {
    /// HTTP/1.1, one request at a time on a connection.
    #[default]
    Http1,
    /// HTTP/2: by ALPN over TLS, with prior knowledge over TCP.
    Http2,
}

/// Which answers are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validate {
    /// Every one.
    #[default]
    All,
    /// This share, by the seed.
    Sample(Share),
    /// None; statuses are still counted.
    None,
}

/// Deliveries that the load triggers.
#[derive(Clone, Debug)]
pub struct CallbackLoad {
    /// The operation whose answer triggers a delivery, by operationId.
    pub trigger: Spanned<String>,
    /// Where in its answer the identifier stands.
    pub id: Path,
    /// Which listener of the environment the deliveries come to.
    pub listener: Spanned<String>,
    /// The callback whose schema judges every delivery.
    pub callback: CallbackRef,
    /// The document that describes the callback; the suite's own spec when `None`.
    pub spec: Option<Spanned<String>>,
    /// Which deliveries are meant; all when empty.
    pub matching: BodyExpectation,
    /// Where in the delivery the identifier stands.
    pub delivered_id: Path,
    /// A delivery that has not come by then is lost.
    pub within: Nanos,
    /// The whole entry.
    pub span: Span,
}

/// A figure and the bound it must keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Slo {
    /// Which figure.
    pub metric: Metric,
    /// How they compare.
    pub comparison: Comparison,
    /// The bound, in the metric's own unit: nanoseconds, hundredths of a per cent, or requests a second.
    pub bound: Bound,
    /// Of this operation only, by operationId.
    pub operation: Option<Spanned<String>>,
    /// Over every window of this length instead of over the run; of an abort, how long it must be so.
    pub window: Option<Nanos>,
    /// As written, such as `p95 < 300ms`.
    pub text: String,
    /// Where it is written.
    pub span: Span,
}

/// A figure of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// A quantile, in hundredths of a per cent (9990 is p99.9), of the time from the intended start to the last byte.
    Response(u32),
    /// The longest time from the intended start.
    ResponseMax,
    /// The mean of it.
    ResponseMean,
    /// A quantile of the time from sending to the last byte.
    Service(u32),
    /// A quantile of the time from the intended start to sending.
    Lag(u32),
    /// Requests without a right answer of those that ended: transport errors, 5xx, and invalid answers.
    Errors,
    /// Answers that did not keep to the contract, of those judged.
    Invalid,
    /// Requests started, of those that were due.
    AchievedRate,
    /// Answers a second.
    Throughput,
    /// Answers judged, of those received.
    Validated,
    /// Deliveries that never came, of those triggered.
    CallbackLoss,
    /// A quantile of the time from trigger to delivery.
    Callback(u32),
}

/// How a figure and its bound compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

/// A bound in the unit of its metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// A time.
    Time(Nanos),
    /// A share; `exact` is all of them.
    Share(Share),
    /// A rate.
    Rate(Rate),
}

impl Metric {
    /// What its bounds are written in: `a time`, `a share` or `a rate`.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Response(_) | Self::ResponseMax | Self::ResponseMean | Self::Service(_) | Self::Lag(_) | Self::Callback(_) => {
                "a time"
            }
            Self::Errors | Self::Invalid | Self::AchievedRate | Self::Validated | Self::CallbackLoss => "a share",
            Self::Throughput => "a rate",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (prefix, quantile) = match self {
            Self::Response(quantile) => ("", *quantile),
            Self::Service(quantile) => ("service_", *quantile),
            Self::Lag(quantile) => ("lag_", *quantile),
            Self::Callback(quantile) => ("callback_", *quantile),
            Self::ResponseMax => return f.write_str("max"),
            Self::ResponseMean => return f.write_str("mean"),
            Self::Errors => return f.write_str("errors"),
            Self::Invalid => return f.write_str("invalid"),
            Self::AchievedRate => return f.write_str("achieved_rate"),
            Self::Throughput => return f.write_str("throughput"),
            Self::Validated => return f.write_str("validated"),
            Self::CallbackLoss => return f.write_str("callback_loss"),
        };
        match (quantile / 100, quantile % 100) {
            (whole, 0) => write!(f, "{prefix}p{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{prefix}p{whole}.{}", part / 10),
            (whole, part) => write!(f, "{prefix}p{whole}.{part:02}"),
        }
    }
}

impl Comparison {
    /// Whether high values keep the bound.
    #[must_use]
    pub fn wants_more(self) -> bool {
        matches!(self, Self::More | Self::AtLeast)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => time.fmt(f),
            Self::Share(share) => share.fmt(f),
            Self::Rate(rate) => rate.fmt(f),
        }
    }
}
