//! Looking for the highest rate that still meets the objectives: up by a factor, then by halves, then again to be sure.
//!
//! Decides which rate is tried next from what came of the others. Tries none itself.

use crate::base::units::Rate;
use crate::model::load::{SearchOutcome, SearchStep};
use crate::suite::ast::load::Search;

/// How often a step that the generator spoils is tried.
const TRIES: u32 = 3;

/// The search as far as it has come.
#[derive(Debug)]
pub(super) struct Seeker {
    search: Search,
    /// The highest rate that held, and the lowest that did not.
    low: Option<f64>,
    high: Option<f64>,
    confirmed: u32,
    /// How often in a row the generator spoiled the step at hand.
    spoiled: u32,
    /// The rates of which nothing else is known.
    doubtful: Vec<f64>,
    steps: Vec<SearchStep>,
}

impl Seeker {
    pub(super) fn new(search: Search) -> Self {
        Self { search, low: None, high: None, confirmed: 0, spoiled: 0, doubtful: Vec::new(), steps: Vec::new() }
    }

    /// The rate to try next, and whether that only confirms it; `None` when the search is over.
    pub(super) fn next(&self) -> Option<(Rate, bool)> {
        let (from, most) = (self.search.from.0, self.search.most.0);
        let rate = match (self.low, self.high) {
            (None, None) => from.min(most),
            // Not even the first held: downwards, as far as a hundredth of it.
            (None, Some(high)) if high <= from / 100.0 => return None,
            (None, Some(high)) => high / self.search.up,
            (Some(low), None) if low >= most => return self.confirm(low),
            (Some(low), None) => (low * self.search.up).min(most),
            (Some(low), Some(high)) if (high - low) / low <= self.precision() => return self.confirm(low),
            (Some(low), Some(high)) => f64::midpoint(low, high),
        };
        Some((Rate(rate), false))
    }

    fn precision(&self) -> f64 {
        f64::from(self.search.precision.0) / 10_000.0
    }

    fn confirm(&self, low: f64) -> Option<(Rate, bool)> {
        (self.confirmed < self.search.confirm).then_some((Rate(low), true))
    }

    /// What came of a rate. One that the generator spoils is tried again, and counts as one that does not hold when that does not help.
    pub(super) fn tried(&mut self, step: SearchStep) {
        let rate = step.rate.0;
        self.spoiled = if step.spoiled { self.spoiled + 1 } else { 0 };
        if step.spoiled {
            if self.spoiled < TRIES {
                self.steps.push(step);
                return;
            }
            self.spoiled = 0;
            self.doubtful.push(rate);
        }
        match (step.held, step.confirms) {
            (true, true) => self.confirmed += 1,
            (true, false) => self.low = Some(self.low.map_or(rate, |low| low.max(rate))),
            (false, _) => {
                self.high = Some(self.high.map_or(rate, |high| high.min(rate)));
                // A rate that held once and does not again was luck: what held below it is looked for anew.
                if self.low.is_some_and(|low| low >= rate) {
                    self.confirmed = 0;
                    let below = |s: &&SearchStep| s.held && s.rate.0 < rate;
                    self.low = self.steps.iter().filter(below).map(|s| s.rate.0).reduce(f64::max);
                }
            }
        }
        self.steps.push(step);
    }

    pub(super) fn outcome(self) -> SearchOutcome {
        let sure = self.confirmed >= self.search.confirm;
        SearchOutcome {
            capacity: self.low.filter(|_| sure).map(Rate),
            broke_at: self.high.map(Rate),
            spoiled_at: self.high.filter(|high| self.doubtful.contains(high)).map(Rate),
            unbounded: self.high.is_none() && self.low.is_some_and(|low| low >= self.search.most.0),
            steps: self.steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Seeker;
    use crate::base::source::Span;
    use crate::base::units::{Nanos, Rate, Share};
    use crate::model::load::{SearchOutcome, SearchStep};
    use crate::suite::ast::load::Search;
    use proptest::prelude::*;

    fn seek(from: f64, most: f64, holds: impl Fn(f64, usize) -> bool) -> SearchOutcome {
        seek_beside(from, most, holds, |_, _| false)
    }

    fn seek_beside(
        from: f64,
        most: f64,
        holds: impl Fn(f64, usize) -> bool,
        spoils: impl Fn(f64, usize) -> bool,
    ) -> SearchOutcome {
        let search = Search {
            from: Rate(from),
            most: Rate(most),
            up: 2.0,
            step: Nanos(1),
            precision: Share(500),
            confirm: 3,
            span: Span::default(),
        };
        let mut seeker = Seeker::new(search);
        for n in 0..1_000 {
            let Some((rate, confirms)) = seeker.next() else { return seeker.outcome() };
            let spoiled = spoils(rate.0, n);
            let held = !spoiled && holds(rate.0, n);
            seeker.tried(SearchStep { rate, achieved: rate, held, broken: Vec::new(), p50: None, p99: None, confirms, spoiled });
        }
        panic!("the search does not end");
    }

    #[test]
    fn a_rate_that_held_by_luck_is_given_up() {
        // 80 holds the first time and never again.
        let tries = std::cell::Cell::new(0);
        let found = seek(10.0, 1_000.0, |rate, _| {
            if (79.0..=81.0).contains(&rate) {
                tries.set(tries.get() + 1);
                return tries.get() == 1;
            }
            rate < 60.0
        });
        let capacity = found.capacity.map_or(0.0, |c| c.0);
        assert!((55.0..60.0).contains(&capacity), "{capacity}");
    }

    #[test]
    fn what_the_generator_spoils_now_and_then_changes_nothing() {
        let quiet = seek(10.0, 1_000.0, |rate, _| rate < 300.0);
        let noisy = seek_beside(10.0, 1_000.0, |rate, _| rate < 300.0, |_, n| n % 3 > 0);
        assert_eq!((noisy.capacity, noisy.broke_at, noisy.spoiled_at), (quiet.capacity, quiet.broke_at, None));
        assert!(
            noisy.steps.len() > 2 * quiet.steps.len() && noisy.steps.iter().filter(|s| !s.spoiled).count() == quiet.steps.len()
        );
    }

    #[test]
    fn a_rate_that_the_generator_always_spoils_is_said() {
        let found = seek_beside(10.0, 10_000.0, |_, _| true, |rate, _| rate > 300.0);
        assert!(found.capacity.is_some_and(|c| c.0 > 280.0) && !found.unbounded);
        assert_eq!(found.spoiled_at, found.broke_at);
        // Below what the target itself does not hold, nothing is doubtful.
        let found = seek_beside(10.0, 10_000.0, |rate, _| rate < 200.0, |rate, _| rate > 300.0);
        assert!(found.capacity.is_some_and(|c| c.0 > 190.0));
        assert_eq!(found.spoiled_at, None);
    }

    #[test]
    fn the_bounds_are_said() {
        assert!(seek(10.0, 500.0, |_, _| true).unbounded);
        assert_eq!(seek(10.0, 500.0, |_, _| true).capacity, Some(Rate(500.0)));
        assert_eq!(seek(10.0, 500.0, |_, _| false).capacity, None);
    }

    proptest! {
        #[test]
        fn the_capacity_is_found_to_the_precision(capacity in 0.5f64..50_000.0, from in 1.0f64..1_000.0) {
            let found = seek(from, 1e6, |rate, _| rate <= capacity);
            match found.capacity {
                Some(found) => prop_assert!(found.0 <= capacity && found.0 >= capacity / 1.0501, "{} of {capacity}", found.0),
                None => prop_assert!(capacity < from / 50.0),
            }
        }
    }
}
