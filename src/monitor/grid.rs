//! When probes are due: a grid that is fixed by the instant at which a watch began, and a little chance within it.
//!
//! Pure: the same watch has the same instants, also after it was interrupted. Never looks at a clock.

use crate::base::seed::Seed;
use crate::base::units::Nanos;
use jiff::Timestamp;

/// The turns of one probe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// In nanoseconds since 1970: the beginning of turn 0.
    zero: i128,
    every: i128,
    jitter: u64,
    seed: Seed,
}

impl Grid {
    /// The turns of the probe of this index of several, which begin spread over `every`, so that not all are due at once.
    pub(super) fn new(began: Timestamp, (index, of): (usize, usize), every: Nanos, jitter: Nanos, seed: Seed) -> Self {
        let every_ns = i128::from(every.0.max(1));
        let offset = every_ns * index as i128 / of.max(1) as i128;
        let seed = Seed(seed.derive("jitter").0 ^ index as u64);
        Self { zero: began.as_nanosecond() + offset, every: every_ns, jitter: jitter.0, seed }
    }

    /// When the probe of a turn is due.
    pub(super) fn due(&self, turn: u64) -> Timestamp {
        let late = if self.jitter == 0 { 0 } else { self.seed.derive(&turn.to_string()).0 % (self.jitter + 1) };
        let at = self.zero + self.every * i128::from(turn) + i128::from(late);
        Timestamp::from_nanosecond(at).unwrap_or(Timestamp::MAX)
    }

    /// The first turn that is due after an instant.
    pub(super) fn next_after(&self, at: Timestamp) -> u64 {
        let past = (at.as_nanosecond() - self.zero - i128::from(self.jitter)).div_euclid(self.every);
        let mut turn = u64::try_from(past.max(0)).unwrap_or(u64::MAX);
        while self.due(turn) <= at && turn < u64::MAX {
            turn += 1;
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::Grid;
    use crate::base::seed::Seed;
    use crate::base::units::Nanos;
    use jiff::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn turns_are_in_order_and_found_again(
            every in 1_000_u64..1_000_000, share in 0_u64..=50, index in 0_usize..7, at in 0_i64..100_000_000, seed in any::<u64>()
        ) {
            let grid = Grid::new(Timestamp::UNIX_EPOCH, (index, 7), Nanos(every), Nanos(every * share / 100), Seed(seed));
            let at = Timestamp::from_nanosecond(i128::from(at)).expect("an instant");
            let turn = grid.next_after(at);
            prop_assert!(grid.due(turn) > at);
            prop_assert!(turn == 0 || grid.due(turn - 1) <= at);
            prop_assert!(grid.due(turn) < grid.due(turn + 1));
            let begins = i128::from(every) * i128::from(turn) + i128::from(every) * index as i128 / 7;
            let late = grid.due(turn).as_nanosecond() - begins;
            prop_assert!((0..=i128::from(every * share / 100)).contains(&late));
        }
    }

    #[test]
    fn probes_of_one_interval_are_spread_over_it() {
        let due = |index| Grid::new(Timestamp::UNIX_EPOCH, (index, 4), Nanos(1_000), Nanos(0), Seed(1)).due(0).as_nanosecond();
        assert_eq!([0, 1, 2, 3].map(due), [0, 250, 500, 750]);
    }
}
