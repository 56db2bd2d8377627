//! Incidents: the outages of an operation, one by one, and how much of each counts.
//!
//! Pure. Finds no cause and excuses nothing.

use crate::base::units::Nanos;
use crate::model::availability::State;
use crate::monitor::figures::Promise;
use crate::monitor::tracker::StateStretch;
use crate::window::spans::Spans;
use jiff::Timestamp;

/// An outage: a maximal stretch in which an operation was down.
///
/// A pause of the watching that is shorter than the reach of a probe does not make two of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The operation.
    pub operation: usize,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// True where it was down when the run ended.
    pub open: bool,
    /// How long it was known to be down.
    pub down: Nanos,
    /// Of that, how long in stated time.
    pub inside: Nanos,
    /// Of that, how long in planned maintenance.
    pub maintenance: Nanos,
    /// How long it counts: in stated time, without maintenance.
    pub counted: Nanos,
    /// The probes that failed in it.
    pub failed: u64,
}

/// The outages of an operation, in order; nobody watched in `gaps`, and the run ended at `until`.
#[must_use]
pub fn incidents(
    operation: usize,
    stretches: &[StateStretch],
    gaps: &Spans,
    promise: &Promise,
    until: Timestamp,
) -> Vec<Incident> {
    let incident = |stretch: &StateStretch| {
        let down = Spans::of(stretch.from, stretch.to).difference(gaps);
        let (first, last) = (down.stretches().first()?, down.stretches().last()?);
        let inside = down.intersection(&promise.stated);
        let counted = inside.difference(&promise.maintenance).length();
        Some(Incident {
            operation,
            from: first.from,
            to: last.to,
            open: last.to >= until,
            down: down.length(),
            inside: inside.length(),
            maintenance: Nanos(inside.length().0 - counted.0),
            counted,
            failed: stretch.failed,
        })
    };
    stretches.iter().filter(|s| s.state == State::Down).filter_map(incident).collect()
}

#[cfg(test)]
mod tests {
    use super::{Incident, incidents};
    use crate::base::units::Nanos;
    use crate::model::availability::State;
    use crate::monitor::figures::Promise;
    use crate::monitor::tracker::StateStretch;
    use crate::window::spans::{Spans, Stretch};
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    #[test]
    fn an_outage_counts_where_it_is_stated_and_no_maintenance() {
        let stretch = |from, to, state, failed| StateStretch { from: at(from), to: at(to), state, failed };
        let stretches = [
            stretch(0, 10, State::Up, 0),
            stretch(10, 60, State::Down, 5),
            stretch(60, 80, State::Degraded, 1),
            stretch(200, 230, State::Down, 3),
            stretch(300, 310, State::Down, 1),
        ];
        let spans = |of: &[(i64, i64)]| -> Spans { of.iter().filter_map(|(f, t)| Stretch::new(at(*f), at(*t))).collect() };
        let promise = Promise { stated: spans(&[(20, 220)]), maintenance: spans(&[(50, 100)]) };
        let found = incidents(7, &stretches, &spans(&[(30, 35), (225, 260)]), &promise, at(310));
        let seconds = |n: u64| Nanos(n * 1_000_000_000);
        let expected = |from, to, open, [down, inside, maintenance, counted]: [u64; 4], failed| Incident {
            operation: 7,
            from: at(from),
            to: at(to),
            open,
            down: seconds(down),
            inside: seconds(inside),
            maintenance: seconds(maintenance),
            counted: seconds(counted),
            failed,
        };
        assert_eq!(
            found,
            [
                // 50 s but for a pause of 5; 20-60 stated, of which 50-60 maintenance.
                expected(10, 60, false, [45, 35, 10, 25], 5),
                expected(200, 225, false, [25, 20, 0, 20], 3),
                expected(300, 310, true, [10, 0, 0, 0], 1),
            ]
        );
    }
}
