//! The run's own clock, and waking up on time: finer than the poll's milliseconds.
//!
//! Counts from the start of the run on the monotonic clock. Never knows what o'clock it is.

use crate::base::units::Nanos;
use std::io;
use std::time::{Duration, Instant};

/// Time since the start of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct RunClock {
    zero: Instant,
}

impl RunClock {
    pub(super) fn starting_at(zero: Instant) -> Self {
        Self { zero }
    }

    #[inline]
    pub(super) fn now(self) -> Nanos {
        Nanos::from_duration(self.zero.elapsed())
    }

    /// The instant at which the run begins.
    pub(super) fn zero(self) -> Instant {
        self.zero
    }
}

/// A timer that a poll hears of, to the microsecond where the system has one.
#[cfg(target_os = "linux")]
pub(super) struct FineTimer {
    timer: std::os::fd::OwnedFd,
}

#[cfg(target_os = "linux")]
impl FineTimer {
    pub(super) fn new(registry: &mio::Registry, token: mio::Token) -> io::Result<Self> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        use std::os::fd::AsRawFd as _;
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        registry.register(&mut mio::unix::SourceFd(&timer.as_raw_fd()), token, mio::Interest::READABLE)?;
        Ok(Self { timer })
    }

    /// Wakes the poll after `wait`; the poll itself waits without end then.
    pub(super) fn arm(&self, wait: Duration) -> io::Result<Option<Duration>> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        // Setting it anew gives a new edge, so that it never has to be read. Zero would switch it off.
        let value = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos().max(u32::from(wait.as_secs() == 0))),
        };
        let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: zero, it_value: value })?;
        Ok(None)
    }
}

/// Elsewhere the poll's own timeout is what there is (kqueue takes nanoseconds).
#[cfg(not(target_os = "linux"))]
pub(super) struct FineTimer;

#[cfg(not(target_os = "linux"))]
impl FineTimer {
    pub(super) fn new(_: &mio::Registry, _: mio::Token) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn arm(&self, wait: Duration) -> io::Result<Option<Duration>> {
        Ok(Some(wait))
    }
}
