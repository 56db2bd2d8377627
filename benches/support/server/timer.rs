//! Wakes an event loop at an instant, finer than the millisecond that polling knows.
//!
//! A timer of the kernel ends the sleep a little early; the loop turns without sleeping for the rest. Keeps no list of what is due.

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime};
use std::io;

/// How long before an instant the sleep ends.
const EARLY: u64 = 60_000;

/// A timer of the kernel.
pub struct Timer {
    descriptor: OwnedFd,
    armed: Option<u64>,
}

impl Timer {
    /// A timer whose end is reported as `token`.
    pub fn new(registry: &Registry, token: Token) -> io::Result<Self> {
        let descriptor = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        SourceFd(&descriptor.as_raw_fd()).register(registry, token, Interest::READABLE)?;
        Ok(Self { descriptor, armed: None })
    }

    /// True where it is too late to sleep until `due`; otherwise the sleep will end in time.
    pub fn sleep_until(&mut self, due: u64, now: u64) -> io::Result<bool> {
        let wake = due.saturating_sub(EARLY);
        if wake <= now {
            return Ok(true);
        }
        if self.armed != Some(wake) {
            let at = Timespec { tv_sec: (wake / 1_000_000_000) as i64, tv_nsec: (wake % 1_000_000_000) as i64 };
            let never = Timespec { tv_sec: 0, tv_nsec: 0 };
            // Setting it again also takes back an end that nobody has read: the descriptor needs no reading.
            timerfd_settime(&self.descriptor, TimerfdTimerFlags::ABSTIME, &Itimerspec { it_interval: never, it_value: at })?;
            self.armed = Some(wake);
        }
        Ok(false)
    }
}
