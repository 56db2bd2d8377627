//! A monitor plan as written: what is probed and how often, when it counts as down, what is promised, who is told.
//!
//! Names, numbers and templates with their places. Looks nothing up, resolves nothing and sends nothing.

use crate::base::source::{Place, Source, Span};
use crate::base::units::{Nanos, Rate, Share};
use crate::model::availability::{DownRule, Level};
use crate::suite::ast::Spanned;
use crate::suite::ast::step::CallStep;
use crate::suite::template::Template;
use std::fmt;
use std::sync::Arc;

/// A monitor plan.
#[derive(Clone, Debug)]
pub struct MonitorPlan {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// Its title.
    pub title: Spanned<String>,
    /// The suite whose identity and error codes it uses.
    pub suite: Option<Spanned<String>>,
    /// The spec, where no suite names it.
    pub spec: Option<Spanned<String>>,
    /// Calls that are made once at each start, in order; what they capture the probes find under its name.
    pub before: Vec<Spanned<CallStep>>,
    /// What is probed.
    pub probes: Vec<ProbeSpec>,
    /// False where a probe was left out since it cannot be read: which names there are is not known then.
    pub whole: bool,
    /// When an operation counts as down.
    pub down: Spanned<DownRule>,
    /// What is promised.
    pub targets: Vec<AvailabilityTarget>,
    /// Who is told of what.
    pub alerts: Vec<AlertSpec>,
    /// What probing may take.
    pub limits: ProbeLimits,
    /// How long it is watched; until it is stopped when `None`.
    pub length: Option<Spanned<Nanos>>,
}

impl MonitorPlan {
    /// The place of a span of this plan.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }
}

/// One call that is made again and again, to see whether its operation answers.
#[derive(Clone, Debug)]
pub struct ProbeSpec {
    /// Its name; the operation's id when `None`.
    pub name: Option<Spanned<String>>,
    /// What is called.
    pub call: CallStep,
    /// From one turn to the next.
    pub every: Spanned<Nanos>,
    /// The most by which a probe is due after its turn, as a share of `every`.
    pub jitter: Spanned<Share>,
    /// An answer that takes longer is none; the environment's, and at most [`ProbeSpec::longest`], when `None`.
    pub timeout: Option<Spanned<Nanos>>,
    /// A right answer that takes longer makes the operation degraded.
    pub slow: Option<Spanned<Nanos>>,
    /// The whole entry.
    pub span: Span,
}

impl ProbeSpec {
    /// The jitter of a probe that says none: a tenth of `every`.
    pub const JITTER: Share = Share(1_000);

    /// The most by which a probe is due after its turn.
    #[must_use]
    pub fn most_jitter(&self) -> Nanos {
        let part = u128::from(self.every.value.0) * u128::from(self.jitter.value.0) / u128::from(Share::ALL.0);
        Nanos(u64::try_from(part).unwrap_or(u64::MAX))
    }

    /// The shortest time from a probe to the next, and so the longest that one may take: no two of them are ever under way at once,
    /// and they end in the order in which they were due.
    #[must_use]
    pub fn longest(&self) -> Nanos {
        Nanos(self.every.value.0.saturating_sub(self.most_jitter().0))
    }
}

/// How available something is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailabilityTarget {
    /// At least so much of the eligible time.
    pub availability: Level,
    /// The probe, by its name or its operation's id; all of them together when `None`.
    pub operation: Option<Spanned<String>>,
    /// The last so much of the run; the whole run when `None`.
    pub over: Option<Spanned<Nanos>>,
    /// Where it is written.
    pub span: Span,
}

impl fmt::Display for AvailabilityTarget {
    /// `99.95% of getSignature over 30d`, as it can be written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.availability)?;
        if let Some(operation) = &self.operation {
            write!(f, " of {}", operation.value)?;
        }
        if let Some(over) = &self.over {
            write!(f, " over {}", over.value)?;
        }
        Ok(())
    }
}

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// An operation is down.
    Down,
    /// An operation that was down is no longer.
    Up,
    /// The budget of a target is spent too fast.
    Burn,
    /// Nothing is known of an operation for a while.
    Gap,
}

impl AlertState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Down, Self::Up, Self::Burn, Self::Gap];

    /// The word in plans and in what is told.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Up => "up",
            Self::Burn => "burn",
            Self::Gap => "gap",
        }
    }
}

/// The names that arguments of a command may use.
///
/// `operation` is the probe's name, or `all` where a target of all of them is meant; `state` a word of [`AlertState`]; `at` the
/// instant of which it is told and `since` the one since which it is so, or was so, both as of RFC 3339 in UTC; `text` a sentence that
/// says all of it; `monitor` the title of the plan and `environment` the name of the environment.
pub const ALERT_NAMES: [&str; 7] = ["operation", "state", "at", "since", "text", "monitor", "environment"];

/// Who is told of what.
#[derive(Clone, Debug)]
pub struct AlertSpec {
    /// Of what; never empty, and nothing twice.
    pub on: Vec<AlertState>,
    /// How.
    pub how: AlertHow,
    /// The whole entry.
    pub span: Span,
}

/// How somebody is told.
#[derive(Clone, Debug)]
pub enum AlertHow {
    /// By a program with its arguments, without a shell; the first is the program, and never a template. The others know
    /// [`ALERT_NAMES`].
    Command(Vec<Template>),
    /// By a request with what is told, signed as of Standard Webhooks where there is a secret. Both know `${secret.NAME}` alone.
    Webhook {
        /// Where to.
        url: Template,
        /// What it is signed with.
        secret: Option<Template>,
    },
}

/// What probing may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProbeLimits {
    /// The most probes a second, all of them together.
    pub rate: Rate,
    /// The most probes that are under way at once; as many as there are when `None`, as none has two under way.
    pub concurrency: Option<u32>,
    /// Where they are written, if they are.
    pub span: Option<Span>,
}

impl Default for ProbeLimits {
    fn default() -> Self {
        Self { rate: Rate(50.0), concurrency: None, span: None }
    }
}
