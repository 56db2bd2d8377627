//! What a run asks of availability: whether an operation is open now, and when all that it needs will be.
//!
//! Takes its clock from the caller. Never waits and judges no answer.

use crate::base::clock::{Clock, ShiftedClock};
use crate::window::availability::Window;
use crate::window::operations::Windows;
use crate::window::spans::Spans;
use crate::window::spec::Outside;
use jiff::{SignedDuration, Timestamp, Zoned};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How far ahead an opening is looked for.
const AHEAD: SignedDuration = SignedDuration::from_hours(24 * 400);

/// How long is slept at the most before the clock is looked at again.
const LOOK: Duration = Duration::from_secs(20);

/// An operation by the API it belongs to, which is the stem of its spec's file name, and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationName {
    /// The API.
    pub api: String,
    /// The operation.
    pub id: String,
}

/// The windows of a target and the clock they are read by.
#[derive(Clone)]
pub struct Hours {
    windows: Arc<Windows>,
    clock: Arc<dyn Clock>,
    rehearsed: Option<ShiftedClock>,
}

/// That an operation is not available at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The operation.
    pub operation: OperationName,
    /// Its window in a line, and who says so.
    pub window: String,
    /// True where it is closed for planned maintenance alone.
    pub maintenance: bool,
    /// The instant, as clocks of the window's zone show it.
    pub at: Zoned,
    /// When it opens, where it ever does.
    pub opens: Option<Zoned>,
}

/// What is to be waited for until operations are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// One that is closed now.
    pub closed: Closed,
    /// When all of them are open.
    pub until: Timestamp,
    /// How long that is from now.
    pub left: Duration,
    /// How long to sleep before asking again: not in one go, since whoever sets the clock of the machine must not make it oversleep;
    /// nothing where it is rehearsed.
    pub nap: Duration,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |at: &Zoned| at.strftime("%Y-%m-%d %H:%M:%S%:z").to_string();
        let why = if self.maintenance { "in planned maintenance" } else { "outside its window" };
        write!(f, "{} is {why} at {} ({}", self.operation.id, shown(&self.at), self.window)?;
        match &self.opens {
            Some(opens) => write!(f, "; opens at {})", shown(opens)),
            None => f.write_str("; never opens)"),
        }
    }
}

impl Hours {
    /// Windows read by the clock of the run.
    #[must_use]
    pub fn new(windows: Windows, clock: Arc<dyn Clock>) -> Self {
        Self { windows: Arc::new(windows), clock, rehearsed: None }
    }

    /// The same, as if the run began at `at`: waiting moves the clock instead of taking time.
    #[must_use]
    pub fn rehearsed_at(self, at: Timestamp) -> Self {
        let clock = ShiftedClock::showing(at, Arc::clone(&self.clock));
        Self { clock: Arc::new(clock.clone()), rehearsed: Some(clock), ..self }
    }

    /// Always open.
    #[must_use]
    pub fn always(clock: Arc<dyn Clock>) -> Self {
        Self::new(Windows::always(), clock)
    }

    /// The instant it is now, as windows see it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is done about a request that is due outside its window.
    #[must_use]
    pub fn outside(&self) -> Outside {
        self.windows.outside()
    }

    /// The windows themselves.
    #[must_use]
    pub fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Goes on to an instant without waiting, where that is rehearsed; false where it has to be waited for.
    #[must_use]
    fn skip_to(&self, at: Timestamp) -> bool {
        self.rehearsed.as_ref().map(|clock| clock.skip_to(at)).is_some()
    }

    /// True where waiting moves the clock instead of taking time.
    #[must_use]
    pub fn is_rehearsed(&self) -> bool {
        self.rehearsed.is_some()
    }

    /// Whether an operation is ever closed, now or later.
    #[must_use]
    pub fn closes(&self, operation: &OperationName) -> bool {
        let (window, _) = self.windows.of(&operation.api, &operation.id);
        !window.is_open(self.now()) || window.next_change(self.now()).is_some()
    }

    /// Whether an operation is open at an instant.
    #[must_use]
    pub fn is_open(&self, operation: &OperationName, at: Timestamp) -> bool {
        self.windows.of(&operation.api, &operation.id).0.is_open(at)
    }

    /// That an operation is closed at an instant.
    #[must_use]
    pub fn closed_at(&self, operation: &OperationName, at: Timestamp) -> Option<Closed> {
        let (window, origin) = self.windows.of(&operation.api, &operation.id);
        if window.is_open(at) {
            return None;
        }
        let zone = window.zone().rules();
        Some(Closed {
            operation: operation.clone(),
            window: format!("{}, from {origin}", window.describe()),
            maintenance: window.is_stated(at),
            at: at.to_zoned(zone.clone()),
            opens: window.next_opening(at).map(|opens| opens.to_zoned(zone.clone())),
        })
    }

    /// The first of these operations that is closed now.
    pub fn first_closed<'a>(&self, operations: impl IntoIterator<Item = &'a OperationName>) -> Option<Closed> {
        let now = self.now();
        operations.into_iter().find_map(|operation| self.closed_at(operation, now))
    }

    /// What is to be waited for until all of these operations are open; `None` where nothing is, or where they never will be. Where that is
    /// rehearsed, the clock goes on to their opening at once.
    #[must_use]
    pub fn wait(&self, operations: &[OperationName]) -> Option<Wait> {
        let closed = self.first_closed(operations)?;
        let now = self.now();
        let until = self.opens(operations, now)?;
        let left = now.duration_until(until).unsigned_abs();
        let nap = if self.skip_to(until) { Duration::ZERO } else { left.min(LOOK) };
        Some(Wait { closed, until, left, nap })
    }

    /// When all of these operations are open, between two instants.
    #[must_use]
    pub fn open(&self, operations: &[OperationName], from: Timestamp, to: Timestamp) -> Spans {
        let mut windows: Vec<&Window> = operations.iter().map(|o| self.windows.of(&o.api, &o.id).0).collect();
        windows.dedup_by(|a, b| std::ptr::eq(*a, *b));
        windows.into_iter().fold(Spans::of(from, to), |open, window| open.intersection(&window.open(from, to)))
    }

    /// The first instant from `at` on at which all of these operations are open, within about a year.
    #[must_use]
    pub fn opens(&self, operations: &[OperationName], at: Timestamp) -> Option<Timestamp> {
        let until = at.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
        self.open(operations, at, until).stretches().first().map(|stretch| stretch.from)
    }
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hours").field("windows", &self.windows).field("now", &self.now()).finish_non_exhaustive()
    }
}
