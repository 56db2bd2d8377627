//! The lines of a segment, as they are stored.
//!
//! Turns probes and what happens to the watching into lines and back. Never writes a file, and never holds an unredacted text.

use crate::base::units::Nanos;
use crate::model::availability::{Probe, State, Why};
use crate::monitor::ledger::Mark;
use crate::record::shape::instant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of a segment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Line {
    /// A probe is done.
    Probe(ProbeLine),
    /// Something happened to the watching itself.
    #[serde(untagged)]
    Mark(MarkLine),
}

/// See [`Mark`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum MarkLine {
    Began {
        #[serde(with = "instant")]
        at: Timestamp,
        monotonic_ns: u64,
    },
    Ended {
        #[serde(with = "instant")]
        at: Timestamp,
        clean: bool,
    },
    Jumped {
        #[serde(with = "instant")]
        at: Timestamp,
        by_ns: i64,
    },
}

impl MarkLine {
    pub(super) fn of(mark: &Mark) -> Self {
        match *mark {
            Mark::Began { at, monotonic } => Self::Began { at, monotonic_ns: monotonic.0 },
            Mark::Ended { at, clean } => Self::Ended { at, clean },
            Mark::Jumped { at, by } => Self::Jumped { at, by_ns: by },
        }
    }

    pub(super) fn mark(&self) -> Mark {
        match *self {
            Self::Began { at, monotonic_ns } => Mark::Began { at, monotonic: Nanos(monotonic_ns) },
            Self::Ended { at, clean } => Mark::Ended { at, clean },
            Self::Jumped { at, by_ns } => Mark::Jumped { at, by: by_ns },
        }
    }

    pub(super) fn at(&self) -> Timestamp {
        match *self {
            Self::Began { at, .. } | Self::Ended { at, .. } | Self::Jumped { at, .. } => at,
        }
    }
}

/// See [`Probe`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ProbeLine {
    pub(super) operation: usize,
    #[serde(with = "instant")]
    pub(super) due: Timestamp,
    #[serde(with = "instant")]
    pub(super) sent: Timestamp,
    pub(super) took_ns: u64,
    pub(super) state: StateLine,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) detail: String,
    /// True where it was not due in eligible time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) outside: bool,
}

impl ProbeLine {
    pub(super) fn of(probe: &Probe, inside: bool) -> Self {
        Self {
            operation: probe.operation,
            due: probe.due,
            sent: probe.sent,
            took_ns: probe.took.0,
            state: probe.state.into(),
            why: probe.why.map(|why| why.word().to_owned()),
            status: probe.status,
            detail: probe.detail.clone(),
            outside: !inside,
        }
    }

    /// The probe.
    ///
    /// # Errors
    /// A lower-case fragment where its reason is none.
    pub(super) fn probe(&self) -> Result<Probe, String> {
        let why = |word: &String| Why::of(word).ok_or_else(|| format!("`{word}` is no reason of a probe"));
        Ok(Probe {
            operation: self.operation,
            due: self.due,
            sent: self.sent,
            took: Nanos(self.took_ns),
            state: self.state.into(),
            why: self.why.as_ref().map(why).transpose()?,
            status: self.status,
            detail: self.detail.clone(),
        })
    }
}

/// See [`State`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum StateLine {
    Up,
    Degraded,
    Down,
}

impl From<State> for StateLine {
    fn from(state: State) -> Self {
        match state {
            State::Up => Self::Up,
            State::Degraded => Self::Degraded,
            State::Down => Self::Down,
        }
    }
}

impl From<StateLine> for State {
    fn from(line: StateLine) -> Self {
        match line {
            StateLine::Up => Self::Up,
            StateLine::Degraded => Self::Degraded,
            StateLine::Down => Self::Down,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, MarkLine, ProbeLine};
    use crate::base::units::Nanos;
    use crate::model::availability::{Probe, State, Why};
    use crate::monitor::ledger::Mark;

    fn stored(line: &Line) -> String {
        serde_json::to_string(line).expect("a line is JSON")
    }

    #[test]
    fn a_line_says_what_is_to_be_said_and_comes_back() {
        let at = "2026-03-29T05:30:00.25Z".parse().expect("an instant");
        let probe = |state, why, detail: &str| Probe {
            operation: 1,
            due: at,
            sent: at,
            took: Nanos(7),
            state,
            why,
            status: Some(200),
            detail: detail.to_owned(),
        };
        let (up, down) = (probe(State::Up, None, ""), probe(State::Down, Some(Why::ServerError), "503"));
        let instant = "\"2026-03-29T05:30:00.25Z\"";
        for (probe, inside, rest) in [
            (up, true, r#""state":"up","status":200}"#),
            (down, false, r#""state":"down","why":"server_error","status":200,"detail":"503","outside":true}"#),
        ] {
            let text = stored(&Line::Probe(ProbeLine::of(&probe, inside)));
            let head = format!(r#"{{"event":"probe","operation":1,"due":{instant},"sent":{instant},"took_ns":7,"#);
            assert_eq!(text, head + rest);
            let Ok(Line::Probe(line)) = serde_json::from_str(&text) else { panic!("{text} is read") };
            assert_eq!((line.probe(), line.outside), (Ok(probe), !inside));
        }
        for (mark, text) in [
            (Mark::Began { at, monotonic: Nanos(5) }, format!(r#"{{"event":"began","at":{instant},"monotonic_ns":5}}"#)),
            (Mark::Ended { at, clean: true }, format!(r#"{{"event":"ended","at":{instant},"clean":true}}"#)),
            (Mark::Jumped { at, by: -5 }, format!(r#"{{"event":"jumped","at":{instant},"by_ns":-5}}"#)),
        ] {
            assert_eq!(stored(&Line::Mark(MarkLine::of(&mark))), text);
            let Ok(Line::Mark(line)) = serde_json::from_str(&text) else { panic!("{text} is read") };
            assert_eq!((line.mark(), line.at()), (mark, at));
        }
        assert!(serde_json::from_str::<Line>(r#"{"event":"other"}"#).is_err());
    }
}
