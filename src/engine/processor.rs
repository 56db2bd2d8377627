//! The processor an event loop runs on: which one, how much of it was used, how long it was waited for.
//!
//! Reads what the system tells. Where it tells nothing, nothing is known.

use crate::base::units::Nanos;

/// What the system tells of the machine and this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Processor {
    /// Processors that this process may run on.
    pub count: usize,
    /// File descriptors that it may open.
    pub descriptors: Option<u64>,
    /// Local ports that connections to one destination may have.
    pub ports: Option<u64>,
}

impl Processor {
    /// Looks at the machine; raises the limit of file descriptors as far as it goes.
    #[must_use]
    pub fn look() -> Self {
        Self { count: allowed().len().max(1), descriptors: raise_descriptors(), ports: ports() }
    }
}

fn ports() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut bounds = text.split_whitespace().filter_map(|n| n.parse::<u64>().ok());
    let (low, high) = (bounds.next()?, bounds.next()?);
    Some(high.checked_sub(low)? + 1)
}

#[cfg(unix)]
fn raise_descriptors() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised, what there is has to do.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if raised.is_ok() { limit.maximum } else { limit.current }
}

#[cfg(not(unix))]
fn raise_descriptors() -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn allowed() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let Ok(set) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Vec<usize> {
    vec![0; std::thread::available_parallelism().map_or(1, usize::from)]
}

/// Keeps the calling thread on one of the processors it may use, the last ones first: whoever shares the machine begins with the first.
#[cfg(target_os = "linux")]
pub(super) fn pin(worker: usize) {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let allowed = allowed();
    if allowed.is_empty() {
        return;
    }
    let mut set = CpuSet::new();
    set.set(allowed[allowed.len() - 1 - worker % allowed.len()]);
    // It runs all the same where it may not choose.
    let _ = sched_setaffinity(None, &set);
}

#[cfg(not(target_os = "linux"))]
pub(super) fn pin(_: usize) {}

/// Processor time that the calling thread has used.
#[cfg(unix)]
pub(super) fn used() -> Nanos {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Nanos(u64::try_from(time.tv_sec).unwrap_or_default() * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(not(unix))]
pub(super) fn used() -> Nanos {
    Nanos(0)
}

/// Time that the calling thread was ready and waited for a processor.
pub(super) fn waited() -> Nanos {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Nanos(text.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default())
}
