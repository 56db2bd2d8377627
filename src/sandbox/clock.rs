//! The sandbox's own clock: an offset over the machine's.
//!
//! It goes only as the underlying clock goes, and jumps when it is set. Never sleeps and never runs what falls due.

use jiff::{SignedDuration, Timestamp};

/// The sandbox's time, in whole milliseconds so that what is shown compares like what is held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SandboxClock {
    offset: SignedDuration,
}

impl SandboxClock {
    /// The sandbox's instant when the underlying clock stands at `base`.
    pub(super) fn now(self, base: Timestamp) -> Timestamp {
        floor(saturating_add(base, self.offset))
    }

    /// Makes it stand at `to` when the underlying clock stands at `base`.
    pub(super) fn set(&mut self, base: Timestamp, to: Timestamp) {
        self.offset = to.duration_since(base);
    }

    /// How it is kept: seconds and nanoseconds beside the underlying clock.
    pub(super) fn row(self) -> (i64, i32) {
        (self.offset.as_secs(), self.offset.subsec_nanos())
    }

    /// The clock that was kept so.
    pub(super) fn restored((seconds, nanos): (i64, i32)) -> Self {
        Self { offset: SignedDuration::new(seconds, nanos) }
    }

    /// Goes back to the underlying clock.
    pub(super) fn reset(&mut self) {
        self.offset = SignedDuration::ZERO;
    }
}

/// `at + by`, held at the last instant there is.
pub(super) fn saturating_add(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(if by.is_negative() { Timestamp::MIN } else { Timestamp::MAX })
}

fn floor(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_nanosecond().div_euclid(1_000_000).try_into().unwrap_or(i64::MAX)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::SandboxClock;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn set_and_then_moves_with_the_clock_below() {
        let base: Timestamp = "2026-01-28T08:00:00.0004Z".parse().expect("an instant");
        let mut clock = SandboxClock::default();
        assert_eq!(clock.now(base).to_string(), "2026-01-28T08:00:00Z");
        clock.set(base, "2030-01-01T00:00:00Z".parse().expect("an instant"));
        assert_eq!(clock.now(base + SignedDuration::from_secs(5)).to_string(), "2030-01-01T00:00:05Z");
        clock.reset();
        assert_eq!(clock.now(base).to_string(), "2026-01-28T08:00:00Z");
    }
}
