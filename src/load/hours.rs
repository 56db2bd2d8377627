//! What the windows of the operations make of a load: when it stands still, and how much of its plan lies inside.
//!
//! Pure arithmetic on what is open. Waits for nothing.

use crate::base::units::{Nanos, Share};
use crate::engine::pauses::{Pause, Pauses};
use crate::window::spans::Spans;
use jiff::Timestamp;

/// The pauses of a plan that is carried out in open hours alone.
///
/// `open` says when everything that the plan calls is open, from `zero` on. Journeys stop beginning `drain` before it closes, so that
/// what is under way can end; hours that are no longer than that are left out. `None` where what is open does not suffice.
pub(super) fn pauses(open: &Spans, zero: Timestamp, planned: Nanos, drain: Nanos) -> Option<Pauses> {
    let mut pauses = Vec::new();
    // Where the next pause begins, and from where on nothing may be sent.
    let (mut begins, mut closes, mut left) = (Nanos(0), Nanos(0), planned.0);
    for stretch in open.stretches() {
        let (from, to) = (since(zero, stretch.from), since(zero, stretch.to));
        let usable = (to.0 - from.0).saturating_sub(drain.0);
        if usable == 0 {
            continue;
        }
        if from > closes {
            pauses.push(Pause { begins, closes, opens: from });
        }
        if usable >= left {
            return Some(Pauses::new(pauses));
        }
        left -= usable;
        (begins, closes) = (Nanos(from.0 + usable), to);
    }
    None
}

/// How much of a plan that takes no notice of what is open lies inside.
pub(super) fn inside(open: &Spans, planned: Nanos) -> Share {
    let within = open.length().0.min(planned.0);
    #[expect(clippy::cast_possible_truncation, reason = "hundredths of a per cent of a part of the whole")]
    Share((u128::from(within) * 10_000 / u128::from(planned.0.max(1))) as u32)
}

fn since(zero: Timestamp, at: Timestamp) -> Nanos {
    Nanos(u64::try_from(at.as_nanosecond() - zero.as_nanosecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{inside, pauses};
    use crate::base::units::{Nanos, Share};
    use crate::engine::pauses::Pause;
    use crate::window::spans::{Spans, Stretch};
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    fn seconds(n: u64) -> Nanos {
        Nanos(n * 1_000_000_000)
    }

    fn open(stretches: &[(i64, i64)]) -> Spans {
        stretches.iter().filter_map(|(from, to)| Stretch::new(at(*from), at(*to))).collect()
    }

    fn planned(stretches: &[(i64, i64)], length: u64) -> Option<Vec<(u64, u64, u64)>> {
        let whole = |n: Nanos| n.0 / 1_000_000_000;
        let of = |pause: &Pause| (whole(pause.begins), whole(pause.closes), whole(pause.opens));
        pauses(&open(stretches), at(100), seconds(length), seconds(5)).map(|pauses| pauses.all().iter().map(of).collect())
    }

    #[test]
    fn a_plan_stands_still_while_something_is_closed() {
        assert_eq!(planned(&[(100, 200)], 95), Some(vec![]));
        // Begun in closed hours: it waits for the opening.
        assert_eq!(planned(&[(130, 230)], 95), Some(vec![(0, 0, 30)]));
        // It stops five seconds early, so that what is under way can end.
        assert_eq!(planned(&[(100, 150), (180, 280)], 60), Some(vec![(45, 50, 80)]));
        // Hours in which nothing could end are none.
        assert_eq!(planned(&[(100, 150), (160, 165), (180, 280)], 60), Some(vec![(45, 50, 80)]));
        assert_eq!(planned(&[(100, 150), (180, 200)], 61), None, "45 and 15 seconds are not enough");
        assert_eq!(planned(&[], 1), None);
    }

    #[test]
    fn the_share_inside_is_rounded_down() {
        let share = |stretches: &[(i64, i64)]| inside(&open(stretches), seconds(60));
        assert_eq!(share(&[(100, 160)]), Share::ALL);
        assert_eq!(share(&[(100, 120)]), Share(3_333));
        assert_eq!(share(&[]), Share(0));
    }
}
