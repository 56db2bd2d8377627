//! The vocabulary of availability: probes and what they say, when an operation counts as down, targets, and what is told while it is
//! watched.
//!
//! Shares of time are exact. Sends nothing, computes no figure and knows no stored shape.

use crate::base::units::{Nanos, Share};
use crate::model::exchange::TransportErrorKind;
use jiff::Timestamp;
use std::fmt;

/// What an operation is at an instant, where that is known; no data is the absence of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It answers as it should.
    Up,
    /// It answers, but slower than it should or otherwise not as it should, or it failed without fulfilling the rule of being down.
    Degraded,
    /// It does not answer, or not in a way that is of use.
    Down,
}

impl State {
    /// Every state, the best first.
    pub const ALL: [Self; 3] = [Self::Up, Self::Degraded, Self::Down];

    /// The word in records and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
        }
    }
}

/// Why a probe is not simply up; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The answer was right and took longer than it may.
    Slow,
    /// The answer was found wrong.
    NonConforming,
    /// The answer was of the 5xx class.
    ServerError,
    /// The answer asked for fewer requests (429).
    Throttled,
    /// The request could not be made, for want of a token.
    Token,
    /// There was no answer.
    Transport(TransportErrorKind),
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 15] = [
        Self::Slow,
        Self::NonConforming,
        Self::ServerError,
        Self::Throttled,
        Self::Token,
        Self::Transport(TransportErrorKind::Refused),
        Self::Transport(TransportErrorKind::Name),
        Self::Transport(TransportErrorKind::ConnectTimeout),
        Self::Transport(TransportErrorKind::ReadTimeout),
        Self::Transport(TransportErrorKind::Reset),
        Self::Transport(TransportErrorKind::Tls),
        Self::Transport(TransportErrorKind::Protocol),
        Self::Transport(TransportErrorKind::TooLarge),
        Self::Transport(TransportErrorKind::Forbidden),
        Self::Transport(TransportErrorKind::Cancelled),
    ];

    /// The word in records and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::NonConforming => "non_conforming",
            Self::ServerError => "server_error",
            Self::Throttled => "throttled",
            Self::Token => "token",
            Self::Transport(kind) => match kind {
                TransportErrorKind::Refused => "refused",
                TransportErrorKind::Name => "name",
                TransportErrorKind::ConnectTimeout => "connect_timeout",
                TransportErrorKind::ReadTimeout => "read_timeout",
                TransportErrorKind::Reset => "reset",
                TransportErrorKind::Tls => "tls",
                TransportErrorKind::Protocol => "protocol",
                TransportErrorKind::TooLarge => "too_large",
                TransportErrorKind::Forbidden => "forbidden",
                TransportErrorKind::Cancelled => "cancelled",
            },
        }
    }

    /// The reason of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }

    /// What it means, for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Slow => "slower than it may be",
            Self::NonConforming => "the answer is not as promised",
            Self::ServerError => "answered 5xx",
            Self::Throttled => "asked for fewer requests",
            Self::Token => "no token was to be had",
            Self::Transport(kind) => match kind {
                TransportErrorKind::Refused => "connection refused",
                TransportErrorKind::Name => "the name does not resolve",
                TransportErrorKind::ConnectTimeout => "no connection in time",
                TransportErrorKind::ReadTimeout => "no answer in time",
                TransportErrorKind::Reset => "the connection was cut before the answer was whole",
                TransportErrorKind::Tls => "TLS failed",
                TransportErrorKind::Protocol => "the answer is not valid HTTP",
                TransportErrorKind::TooLarge => "the answer is larger than is read",
                TransportErrorKind::Forbidden => "the address may not be called",
                TransportErrorKind::Cancelled => "interrupted",
            },
        }
    }
}

/// The most characters of a probe's detail.
pub const DETAIL: usize = 1_000;

/// One request that was sent to see whether an operation answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Index into the operations that are watched.
    pub operation: usize,
    /// When it was due: the instant it belongs to, whenever it was sent.
    pub due: Timestamp,
    /// When it was sent.
    pub sent: Timestamp,
    /// From sending to the last byte of the answer, or to the failure.
    pub took: Nanos,
    /// What it says of the operation; [`State::Down`] is a failed probe.
    pub state: State,
    /// Why it is not up.
    pub why: Option<Why>,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// What shows it, for a person: the exchange in short, at most [`DETAIL`] characters (see [`detail`]). Empty where it is up.
    pub detail: String,
}

impl Probe {
    /// When it ended, as a probe of its due instant: lateness of ours does not make the target slower.
    #[must_use]
    pub fn ended(&self) -> Timestamp {
        later(self.due, self.took)
    }
}

/// A text as a probe may bear it: cut behind [`DETAIL`] characters.
#[must_use]
pub fn detail(text: &str) -> String {
    match text.char_indices().nth(DETAIL) {
        None => text.to_owned(),
        Some(_) => text.chars().take(DETAIL - 1).chain(['…']).collect(),
    }
}

/// The instant so long after another; the last one that can be held where it is beyond.
#[must_use]
pub fn later(at: Timestamp, by: Nanos) -> Timestamp {
    at.checked_add(by.duration()).unwrap_or(Timestamp::MAX)
}

/// When an operation counts as down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownRule {
    /// From a failed probe on until one that did not fail.
    AnyFailed,
    /// From the first of so many failed probes in a row that lie within so long, from the due instant of the first to the end of the
    /// last, until one that did not fail.
    ///
    /// Five within 30 s is what the EBA (EBA/GL/2018/07, guideline 2.4) and Open Banking ask of account interfaces: five
    /// consecutive requests without a reply within 30 seconds in total.
    Consecutive {
        /// How many, at least one.
        failures: u32,
        /// Within how long.
        within: Nanos,
    },
    /// Each clock minute in which at least this share of the probes failed, and one at least.
    BadMinutes {
        /// The share of failed probes.
        share: Share,
    },
}

impl DownRule {
    /// The rule of the EBA and of Open Banking.
    pub const EBA: Self = Self::Consecutive { failures: 5, within: Nanos(30_000_000_000) };
}

impl fmt::Display for DownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnyFailed => f.write_str("any failed probe"),
            Self::Consecutive { failures, within } => write!(f, "{failures} failed probes in a row within {within}"),
            Self::BadMinutes { share } => write!(f, "minutes in which {share} of the probes failed"),
        }
    }
}

/// A share of time in millionths, so that 99.95% and 99.999% are exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u32);

impl Level {
    /// All of the time.
    pub const ALL: Self = Self(1_000_000);

    /// So many millionths; `None` beyond all.
    #[must_use]
    pub fn new(millionths: u32) -> Option<Self> {
        (millionths <= Self::ALL.0).then_some(Self(millionths))
    }

    /// `part` of `whole`, rounded down so that 100% is only ever said of all; `None` of nothing.
    #[must_use]
    pub fn of(part: Nanos, whole: Nanos) -> Option<Self> {
        let millionths = (u128::from(part.0) * 1_000_000).checked_div(u128::from(whole.0))?;
        Some(Self(u32::try_from(millionths).unwrap_or(Self::ALL.0).min(Self::ALL.0)))
    }

    /// In millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// What is left to all, in millionths.
    #[must_use]
    pub fn rest(self) -> u32 {
        Self::ALL.0 - self.0
    }

    /// Reads `99.95%` or `99.999%`: digits alone, at most four behind the point.
    ///
    /// # Errors
    /// A lower-case fragment that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a share such as 99.5% or 99.95%");
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let number = text.strip_suffix('%').ok_or_else(wrong)?.trim();
        let (whole, behind) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || behind.is_empty() || !digits(whole) || !digits(behind) {
            return Err(wrong());
        }
        let behind = behind.trim_end_matches('0');
        if behind.len() > 4 {
            return Err(format!("`{text}` has more than four digits behind the point"));
        }
        let beyond = || format!("`{text}` is not between 0% and 100%");
        let whole: u32 = whole.parse().map_err(|_| beyond())?;
        let behind: u32 = format!("{behind:0<4}").parse().map_err(|_| wrong())?;
        whole.checked_mul(10_000).and_then(|w| w.checked_add(behind)).and_then(Self::new).ok_or_else(beyond)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, behind) = (self.0 / 10_000, self.0 % 10_000);
        if behind == 0 {
            return write!(f, "{whole}%");
        }
        let behind = format!("{behind:04}");
        write!(f, "{whole}.{}%", behind.trim_end_matches('0'))
    }
}

/// How available something is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// At least so much of the eligible time.
    pub availability: Level,
    /// The operation, by its index; `None` is all of them together.
    pub operation: Option<usize>,
    /// The last so much of the run, by the clock on the wall; `None` is the whole run.
    pub over: Option<Nanos>,
}

/// What became of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetVerdict {
    /// It is met, whatever happened while nobody looked.
    Holds,
    /// It is missed, whatever happened while nobody looked.
    Fails,
    /// It depends on what happened while nobody looked, or nobody ever looked.
    Undecided,
}

impl TargetVerdict {
    /// The verdict over both: the worse of the two. Commutative, associative; what holds changes nothing.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fails, _) | (_, Self::Fails) => Self::Fails,
            (Self::Undecided, _) | (_, Self::Undecided) => Self::Undecided,
            (Self::Holds, Self::Holds) => Self::Holds,
        }
    }
}

/// What happens while an API is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorEvent<'a> {
    /// Watching began, for the first time or again.
    SessionBegan {
        /// When.
        at: Timestamp,
        /// True where the run had a session before.
        resumed: bool,
    },
    /// Watching ended.
    SessionEnded {
        /// When, or until when something is known where it was killed.
        at: Timestamp,
        /// False where it was killed.
        clean: bool,
    },
    /// A probe is done.
    Probed(&'a Probe),
    /// An operation is no longer what it was.
    Changed {
        /// The operation.
        operation: usize,
        /// The due instant of the probe that shows it.
        at: Timestamp,
        /// What it was; `None` where nothing was known.
        before: Option<State>,
        /// What it is.
        after: State,
    },
    /// An operation is down.
    IncidentBegan {
        /// The operation.
        operation: usize,
        /// Since when.
        from: Timestamp,
    },
    /// An operation is no longer down, or no longer known to be.
    IncidentEnded {
        /// The operation.
        operation: usize,
        /// Since when it was.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
        /// The probes that failed in it.
        failed: u64,
    },
    /// Nothing is known of an operation for a while.
    Gap {
        /// The operation.
        operation: usize,
        /// From when on.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// The clock on the wall was set.
    ClockJumped {
        /// When, by the clock as it was set.
        at: Timestamp,
        /// By how many nanoseconds; below zero where it was set back.
        by: i64,
    },
}

/// Listens while an API is watched.
pub trait MonitorObserver: Send + Sync {
    /// Called in order, after the event was written down.
    fn observe(&self, event: MonitorEvent<'_>);
}

#[cfg(test)]
mod tests {
    use super::{DETAIL, Level, TargetVerdict, Why, detail};
    use crate::base::units::Nanos;

    #[test]
    fn levels_are_exact() {
        for (text, millionths, shown) in [
            ("99.95%", 999_500, "99.95%"),
            ("99.999%", 999_990, "99.999%"),
            ("99.9999 %", 999_999, "99.9999%"),
            ("100%", 1_000_000, "100%"),
            ("0%", 0, "0%"),
            ("99.50000%", 995_000, "99.5%"),
            ("0.0001%", 1, "0.0001%"),
        ] {
            let level = Level::parse(text).expect(text);
            assert_eq!((level.millionths(), level.to_string().as_str()), (millionths, shown));
            assert_eq!(level.rest(), 1_000_000 - millionths);
        }
        for (text, why) in [
            ("99.95", "is not a share"),
            ("-1%", "is not a share"),
            (".5%", "is not a share"),
            ("5.%", "is not a share"),
            ("1e1%", "is not a share"),
            ("100.0001%", "is not between"),
            ("99999999999%", "is not between"),
            ("99.99999%", "more than four digits"),
        ] {
            let refused = Level::parse(text).expect_err(text);
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn a_level_is_rounded_down() {
        assert_eq!(Level::of(Nanos(u64::MAX - 1), Nanos(u64::MAX)), Level::new(999_999));
        assert_eq!(Level::of(Nanos(2), Nanos(3)), Level::new(666_666));
        assert_eq!(Level::of(Nanos(3), Nanos(3)), Some(Level::ALL));
        assert_eq!(Level::of(Nanos(0), Nanos(0)), None);
    }

    #[test]
    fn every_reason_has_a_word_of_its_own() {
        for (at, why) in Why::ALL.into_iter().enumerate() {
            assert_eq!(Why::of(why.word()), Some(why));
            assert!(Why::ALL[..at].iter().all(|other| other.title() != why.title()), "{}", why.title());
        }
        assert_eq!(Why::of("other"), None);
    }

    #[test]
    fn verdicts_form_a_commutative_monoid() {
        let all = [TargetVerdict::Holds, TargetVerdict::Fails, TargetVerdict::Undecided];
        for a in all {
            assert_eq!(a.and(TargetVerdict::Holds), a);
            for b in all {
                assert_eq!(a.and(b), b.and(a));
                for c in all {
                    assert_eq!(a.and(b).and(c), a.and(b.and(c)));
                }
            }
        }
    }

    #[test]
    fn a_detail_is_cut_between_characters() {
        let long = "é".repeat(DETAIL);
        assert_eq!(detail(&long), long);
        let cut = detail(&(long + "é"));
        assert_eq!((cut.chars().count(), cut.ends_with("é…")), (DETAIL, true));
    }
}
