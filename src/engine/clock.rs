//! The run's own clock, and waking up on time: finer than the poll's milliseconds.
//!
//! Counts from the start of the run on the monotonic clock. Never knows what o'clock it is.

use crate::base::units::Nanos;
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;

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

    /// The time of an instant.
    pub(super) fn at(self, instant: Instant) -> Nanos {
        Nanos::from_duration(instant.saturating_duration_since(self.zero))
    }

    /// The instant at which the run begins.
    pub(super) fn zero(self) -> Instant {
        self.zero
    }
}

/// A timer that a poll hears of, to the microsecond where the system has one.
#[cfg(target_os = "linux")]
pub(super) struct FineTimer {
    timer: OwnedFd,
}

#[cfg(target_os = "linux")]
impl FineTimer {
    pub(super) fn new(registry: &mio::Registry, token: mio::Token) -> io::Result<Self> {
        use std::os::fd::AsRawFd as _;
        let timer = create()?;
        registry.register(&mut mio::unix::SourceFd(&timer.as_raw_fd()), token, mio::Interest::READABLE)?;
        Ok(Self { timer })
    }

    /// Wakes the poll after `wait`; the poll itself waits without end then.
    pub(super) fn arm(&self, wait: Duration) -> io::Result<Option<Duration>> {
        set(&self.timer, wait)?;
        Ok(None)
    }
}

#[cfg(target_os = "linux")]
fn create() -> io::Result<OwnedFd> {
    use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
    Ok(timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?)
}

/// Setting it anew gives a new edge, so that it never has to be read.
#[cfg(target_os = "linux")]
fn set(timer: &OwnedFd, wait: Duration) -> io::Result<()> {
    use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
    // Zero would switch it off.
    let value = Timespec {
        tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(wait.subsec_nanos().max(u32::from(wait.as_secs() == 0))),
    };
    let zero = Timespec { tv_sec: 0, tv_nsec: 0 };
    timerfd_settime(timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval: zero, it_value: value })?;
    Ok(())
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

/// The same timer for tasks of a runtime, whose own ones are as coarse as a millisecond.
#[cfg(target_os = "linux")]
pub(super) struct FineSleep {
    timer: AsyncFd<OwnedFd>,
}

#[cfg(target_os = "linux")]
impl FineSleep {
    /// Within a runtime.
    #[expect(deprecated, reason = "what its successor has us promise without a check holds of an owned descriptor")]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { timer: AsyncFd::with_interest(create()?, tokio::io::Interest::READABLE)? })
    }

    /// Waits; may end early after one that was given up.
    pub(super) async fn sleep(&self, wait: Duration) -> io::Result<()> {
        set(self.timer.get_ref(), wait)?;
        self.timer.readable().await?.clear_ready();
        Ok(())
    }
}

/// Elsewhere the runtime's own timers are what there is.
#[cfg(not(target_os = "linux"))]
pub(super) struct FineSleep;

#[cfg(not(target_os = "linux"))]
impl FineSleep {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn sleep(&self, wait: Duration) -> io::Result<()> {
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
