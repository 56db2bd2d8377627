//! Time as an argument.
//!
//! A [`Clock`] gives wall time; the system one reads the machine, the manual one is moved by hand. Never sleeps.

use jiff::{Timestamp, ToSpan};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A source of wall time.
pub trait Clock: Send + Sync {
    /// The instant it is now.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Timestamp>>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    /// Moves the clock on by `by`; saturates at the last instant that can be held.
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let nanos = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        *now = now.checked_add(nanos.nanoseconds()).unwrap_or(Timestamp::MAX);
    }

    /// Sets the clock.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = to;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A clock that runs as another one does, and shows another time: for the rehearsal of a run at a chosen instant.
#[derive(Clone)]
pub struct ShiftedClock {
    under: Arc<dyn Clock>,
    ahead: Arc<Mutex<jiff::SignedDuration>>,
}

impl ShiftedClock {
    /// A clock over another one that shows `at` now.
    #[must_use]
    pub fn showing(at: Timestamp, under: Arc<dyn Clock>) -> Self {
        let ahead = under.now().duration_until(at);
        Self { under, ahead: Arc::new(Mutex::new(ahead)) }
    }

    /// Moves it on to an instant; never back.
    pub fn skip_to(&self, at: Timestamp) {
        let mut ahead = self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *ahead = (*ahead).max(self.under.now().duration_until(at));
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        let ahead = *self.ahead.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.under.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, ManualClock, ShiftedClock};
    use jiff::Timestamp;
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn a_shifted_clock_runs_on_and_is_never_moved_back() {
        let under = ManualClock::at(Timestamp::UNIX_EPOCH);
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let clock = ShiftedClock::showing(at("2026-11-29T07:29:59Z"), Arc::new(under.clone()));
        under.advance(Duration::from_secs(1));
        assert_eq!(clock.now(), at("2026-11-29T07:30:00Z"));
        clock.skip_to(at("2026-11-29T22:00:00Z"));
        clock.skip_to(at("2026-11-29T12:00:00Z"));
        assert_eq!(clock.now(), at("2026-11-29T22:00:00Z"));
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now().to_string(), "1970-01-01T00:01:30Z");
    }
}
