//! Sets of instants as disjoint stretches, and their algebra.
//!
//! Start inclusive, end exclusive. Knows no zone and no calendar.

use crate::base::units::Nanos;
use jiff::Timestamp;

/// One stretch of time: from an instant, that one included, to another, that one excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stretch {
    /// The first instant in it.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

impl Stretch {
    /// From one instant to another; `None` where nothing lies between.
    #[must_use]
    pub fn new(from: Timestamp, to: Timestamp) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Nanos {
        let nanos = self.to.as_nanosecond() - self.from.as_nanosecond();
        Nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// A set of instants: stretches in order that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<Stretch>);

impl Spans {
    /// No instant at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The instants from one to another.
    #[must_use]
    pub fn of(from: Timestamp, to: Timestamp) -> Self {
        Self(Stretch::new(from, to).into_iter().collect())
    }

    /// The stretches, in order.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.0
    }

    /// True of no instant at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How long all of it is.
    #[must_use]
    pub fn length(&self) -> Nanos {
        Nanos(self.0.iter().fold(0, |sum, stretch| sum.saturating_add(stretch.length().0)))
    }

    /// Whether an instant lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        let after = self.0.partition_point(|s| s.from <= at);
        after > 0 && self.0[after - 1].contains(at)
    }

    /// The first instant after `at` at which membership changes.
    #[must_use]
    pub fn next_change(&self, at: Timestamp) -> Option<Timestamp> {
        let after = self.0.partition_point(|s| s.to <= at);
        let stretch = self.0.get(after)?;
        Some(if stretch.from > at { stretch.from } else { stretch.to })
    }

    /// The instants in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.0.iter().chain(&other.0).copied().collect()
    }

    /// The instants in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            both.extend(Stretch::new(x.from.max(y.from), x.to.min(y.to)));
            if x.to < y.to {
                a.next()
            } else {
                b.next()
            };
        }
        Self(both)
    }

    /// The instants in this one that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut taken = other.0.iter().peekable();
        for stretch in &self.0 {
            let mut from = stretch.from;
            while taken.next_if(|t| t.to <= from).is_some() {}
            while let Some(hole) = taken.peek().filter(|t| t.from < stretch.to) {
                left.extend(Stretch::new(from, hole.from));
                from = from.max(hole.to);
                if hole.to > stretch.to {
                    break;
                }
                taken.next();
            }
            left.extend(Stretch::new(from, stretch.to));
        }
        Self(left)
    }

    /// The instants from one to another that are in it.
    #[must_use]
    pub fn within(&self, from: Timestamp, to: Timestamp) -> Self {
        self.intersection(&Self::of(from, to))
    }
}

impl FromIterator<Stretch> for Spans {
    /// The instants in any of them, in whatever order they come.
    fn from_iter<I: IntoIterator<Item = Stretch>>(stretches: I) -> Self {
        let mut all: Vec<Stretch> = stretches.into_iter().filter(|s| s.from < s.to).collect();
        all.sort_unstable();
        let mut merged: Vec<Stretch> = Vec::with_capacity(all.len());
        for stretch in all {
            match merged.last_mut() {
                Some(last) if stretch.from <= last.to => last.to = last.to.max(stretch.to),
                _ => merged.push(stretch),
            }
        }
        Self(merged)
    }
}

#[cfg(test)]
mod tests {
    use super::{Spans, Stretch};
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    fn spans() -> impl Strategy<Value = Spans> {
        vec((0_i64..60, 1_i64..9), 0..8)
            .prop_map(|all| all.into_iter().filter_map(|(from, length)| Stretch::new(at(from), at(from + length))).collect())
    }

    /// Membership by the second is all that there is to know of such sets.
    fn members(of: &Spans) -> Vec<bool> {
        (-1..72).map(|second| of.contains(at(second))).collect()
    }

    fn is_sound(of: &Spans) -> bool {
        of.stretches().iter().all(|s| s.from < s.to) && of.stretches().windows(2).all(|w| w[0].to < w[1].from)
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(a in spans(), b in spans()) {
            let (x, y) = (members(&a), members(&b));
            let each = |f: fn(bool, bool) -> bool| x.iter().zip(&y).map(|(x, y)| f(*x, *y)).collect::<Vec<_>>();
            for (made, expected) in [
                (a.union(&b), each(|x, y| x || y)),
                (a.intersection(&b), each(|x, y| x && y)),
                (a.difference(&b), each(|x, y| x && !y)),
            ] {
                prop_assert!(is_sound(&made), "{made:?}");
                prop_assert_eq!(members(&made), expected);
            }
            let lengths = a.union(&b).length().0 + a.intersection(&b).length().0;
            prop_assert_eq!(lengths, a.length().0 + b.length().0);
        }

        #[test]
        fn the_next_change_is_where_membership_changes(a in spans(), from in -1_i64..72) {
            let here = a.contains(at(from));
            let expected = (from + 1..80).find(|s| a.contains(at(*s)) != here).map(at);
            prop_assert_eq!(a.next_change(at(from)), expected);
        }
    }
}
