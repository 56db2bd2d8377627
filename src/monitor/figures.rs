//! The figures of availability: how much of the eligible time something was up, degraded, down, or not looked at.
//!
//! Pure, on whole nanoseconds: shares are pairs of them and are compared exactly. What nobody looked at is never taken for up; it is
//! told as such, and as the room between two bounds.

use crate::base::units::Nanos;
use crate::model::availability::{Level, State, TargetVerdict};
use crate::monitor::tracker::StateStretch;
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;

/// What was seen of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When something was known of it.
    pub observed: Spans,
    /// When it was degraded; part of `observed`.
    pub degraded: Spans,
    /// When it was down; part of `observed`, none of `degraded`.
    pub down: Spans,
}

impl Seen {
    /// What stretches of states tell, but for `gaps`, in which nobody watched.
    #[must_use]
    pub fn of(stretches: &[StateStretch], gaps: &Spans) -> Self {
        let spans = |meant: fn(State) -> bool| -> Spans {
            let meant = stretches.iter().filter(|s| meant(s.state));
            meant.filter_map(|s| Stretch::new(s.from, s.to)).collect::<Spans>().difference(gaps)
        };
        Self {
            observed: spans(|_| true),
            degraded: spans(|state| state == State::Degraded),
            down: spans(|state| state == State::Down),
        }
    }
}

/// What is promised of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promise {
    /// When it is stated to be available, over the run at least.
    pub stated: Spans,
    /// When maintenance was planned.
    pub maintenance: Spans,
}

impl Promise {
    /// The time of a run that counts: stated ∩ run − maintenance.
    #[must_use]
    pub fn eligible(&self, run: Stretch) -> Spans {
        self.raw(run).difference(&self.maintenance)
    }

    /// The same with maintenance left in: stated ∩ run.
    #[must_use]
    pub fn raw(&self, run: Stretch) -> Spans {
        self.stated.within(run.from, run.to)
    }
}

/// A share of time, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The part; at most the whole.
    pub part: Nanos,
    /// The whole; above zero.
    pub whole: Nanos,
}

impl Ratio {
    fn new(part: Nanos, whole: Nanos) -> Option<Self> {
        (whole.0 > 0).then_some(Self { part, whole })
    }

    /// In millionths, rounded down, so that 100% is only ever said of all.
    #[must_use]
    pub fn level(self) -> Level {
        Level::of(self.part, self.whole).unwrap_or(Level::ALL)
    }

    /// Whether it is at least so much, exactly.
    #[must_use]
    pub fn meets(self, level: Level) -> bool {
        u128::from(self.part.0) * u128::from(Level::ALL.millionths()) >= u128::from(self.whole.0) * u128::from(level.millionths())
    }
}

/// How available something was; `up` + `degraded` + `down` + `no_data` = `eligible`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The time that counts.
    pub eligible: Nanos,
    /// It was up.
    pub up: Nanos,
    /// It was degraded, which is available.
    pub degraded: Nanos,
    /// It was down.
    pub down: Nanos,
    /// Nothing is known of it.
    pub no_data: Nanos,
}

impl Figures {
    /// What was seen in eligible time.
    #[must_use]
    pub fn of(seen: &Seen, eligible: &Spans) -> Self {
        let length = |of: &Spans| of.intersection(eligible).length().0;
        let (observed, degraded, down) = (length(&seen.observed), length(&seen.degraded), length(&seen.down));
        let whole = eligible.length().0;
        Self {
            eligible: Nanos(whole),
            up: Nanos(observed.saturating_sub(degraded).saturating_sub(down)),
            degraded: Nanos(degraded),
            down: Nanos(down),
            no_data: Nanos(whole.saturating_sub(observed)),
        }
    }

    /// The eligible time of which something is known.
    #[must_use]
    pub fn observed(&self) -> Nanos {
        Nanos(self.up.0 + self.degraded.0 + self.down.0)
    }

    /// The eligible time in which it was not down for all that is known.
    #[must_use]
    pub fn available(&self) -> Nanos {
        Nanos(self.up.0 + self.degraded.0)
    }

    /// The availability over what was observed; `None` where nothing was.
    #[must_use]
    pub fn availability(&self) -> Option<Ratio> {
        Ratio::new(self.available(), self.observed())
    }

    /// The availability if it was down whenever nobody looked; `None` without eligible time.
    #[must_use]
    pub fn at_least(&self) -> Option<Ratio> {
        Ratio::new(self.available(), self.eligible)
    }

    /// The availability if it was up whenever nobody looked; `None` without eligible time.
    #[must_use]
    pub fn at_most(&self) -> Option<Ratio> {
        Ratio::new(Nanos(self.eligible.0 - self.down.0), self.eligible)
    }

    /// Whether it is as available as it should be: it is where the lower bound meets that, and is not where the upper bound does not.
    /// What was never observed is never as available as it should be.
    #[must_use]
    pub fn verdict(&self, level: Level) -> TargetVerdict {
        let meets = |bound: Option<Ratio>| bound.map(|b| b.meets(level));
        match (meets(self.at_least()), meets(self.at_most())) {
            (_, Some(false)) => TargetVerdict::Fails,
            (Some(true), _) if self.observed().0 > 0 => TargetVerdict::Holds,
            _ => TargetVerdict::Undecided,
        }
    }
}

/// Several operations as one: what was seen, and the time that counts.
///
/// It counts where it counts for any of them. There it is down where any that counts is; nothing is known where something of one that
/// counts is not known, unless another is known to be down.
#[must_use]
pub fn over_all<'a>(operations: impl IntoIterator<Item = (&'a Seen, &'a Spans)>) -> (Seen, Spans) {
    let (mut all, mut unknown, mut eligible) = (Seen::default(), Spans::none(), Spans::none());
    for (seen, counts) in operations {
        eligible = eligible.union(counts);
        unknown = unknown.union(&counts.difference(&seen.observed));
        all.degraded = all.degraded.union(&seen.degraded.intersection(counts));
        all.down = all.down.union(&seen.down.intersection(counts));
    }
    all.observed = eligible.difference(&unknown).union(&all.down);
    all.degraded = all.degraded.intersection(&all.observed).difference(&all.down);
    (all, eligible)
}

/// The last part of a set of instants that is so long, or all of it where it is shorter.
#[must_use]
pub fn last(of: &Spans, length: Nanos) -> Spans {
    let mut left = length;
    let mut taken = Vec::new();
    for stretch in of.stretches().iter().rev() {
        let long = stretch.length();
        if left < long {
            taken.extend(Stretch::new(earlier(stretch.to, left), stretch.to));
            break;
        }
        taken.push(*stretch);
        left.0 -= long.0;
    }
    taken.into_iter().collect()
}

/// The instant so long before another; the first that can be held where it is beyond.
#[must_use]
pub fn earlier(at: Timestamp, by: Nanos) -> Timestamp {
    at.checked_sub(by.duration()).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::{Figures, Promise, Seen, last, over_all};
    use crate::base::units::Nanos;
    use crate::model::availability::{Level, State, TargetVerdict};
    use crate::monitor::tracker::StateStretch;
    use crate::window::spans::{Spans, Stretch};
    use jiff::Timestamp;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second")
    }

    fn spans(of: &[(i64, i64)]) -> Spans {
        of.iter().filter_map(|(from, to)| Stretch::new(at(*from), at(*to))).collect()
    }

    fn seconds(of: Nanos) -> u64 {
        of.0 / 1_000_000_000
    }

    fn stretch(from: i64, to: i64, state: State) -> StateStretch {
        StateStretch { from: at(from), to: at(to), state, failed: 0 }
    }

    fn seen(of: &[(i64, i64, State)], gaps: &[(i64, i64)]) -> Seen {
        let stretches: Vec<_> = of.iter().map(|(from, to, state)| stretch(*from, *to, *state)).collect();
        Seen::of(&stretches, &spans(gaps))
    }

    #[test]
    fn what_nobody_looked_at_is_the_room_between_the_bounds() {
        // 1,000 s stated, of which 200 s maintenance; run from 100 s on. Eligible: 100-400 and 600-1,000, that is 700 s.
        let promise = Promise { stated: spans(&[(0, 1_000)]), maintenance: spans(&[(400, 600)]) };
        let run = Stretch::new(at(100), at(2_000)).expect("a run");
        // Down 350-450 (50 s count), degraded 700-720, nothing known 900-1,000 and 800-810, where nobody watched.
        let seen = seen(
            &[
                (0, 350, State::Up),
                (350, 450, State::Down),
                (450, 700, State::Up),
                (700, 720, State::Degraded),
                (720, 900, State::Up),
            ],
            &[(800, 810)],
        );
        let figures = Figures::of(&seen, &promise.eligible(run));
        let parts = [figures.eligible, figures.up, figures.degraded, figures.down, figures.no_data, figures.observed()];
        assert_eq!(parts.map(seconds), [700, 520, 20, 50, 110, 590]);
        // 540 / 590, 540 / 700 and 650 / 700.
        let levels = [figures.availability(), figures.at_least(), figures.at_most()].map(|r| r.map(|r| r.level().millionths()));
        assert_eq!(levels, [Some(915_254), Some(771_428), Some(928_571)]);
        // With maintenance left in: 900 s, of which 100 s down.
        let raw = Figures::of(&seen, &promise.raw(run));
        assert_eq!([raw.eligible, raw.down, raw.no_data].map(seconds), [900, 100, 110]);
    }

    #[test]
    fn a_target_holds_or_fails_whatever_was_not_seen() {
        let figures = |up: u64, down: u64, no_data: u64| Figures {
            eligible: Nanos(up + down + no_data),
            up: Nanos(up),
            down: Nanos(down),
            no_data: Nanos(no_data),
            ..Figures::default()
        };
        let level = Level::parse("99.95%").expect("a level");
        // 99.95% of 20,000 is 19,990.
        for (up, down, no_data, verdict) in [
            (19_990, 10, 0, TargetVerdict::Holds),
            (19_990, 0, 10, TargetVerdict::Holds),
            (19_989, 10, 1, TargetVerdict::Undecided),
            (19_989, 11, 0, TargetVerdict::Fails),
            (0, 11, 19_989, TargetVerdict::Fails),
            (0, 0, 20_000, TargetVerdict::Undecided),
            (0, 0, 0, TargetVerdict::Undecided),
        ] {
            assert_eq!(figures(up, down, no_data).verdict(level), verdict, "{up} {down} {no_data}");
        }
        // 99.999% is told from 99.9989999...%, at the length of a year.
        let year: u64 = 365 * 86_400 * 1_000_000_000;
        let five_nines = Level::parse("99.999%").expect("a level");
        let allowed = year / 100_000;
        assert_eq!(figures(year - allowed, allowed, 0).verdict(five_nines), TargetVerdict::Holds);
        assert_eq!(figures(year - allowed - 1, allowed + 1, 0).verdict(five_nines), TargetVerdict::Fails);
        let none = Level::new(0).expect("a level");
        assert_eq!(figures(0, 0, 5).verdict(none), TargetVerdict::Undecided, "never observed never holds");
        assert_eq!(figures(0, 5, 0).verdict(none), TargetVerdict::Holds);
    }

    #[test]
    fn together_they_are_down_where_any_is_and_known_where_all_are() {
        let a = seen(&[(0, 40, State::Up), (40, 50, State::Down), (50, 100, State::Up)], &[]);
        let b = seen(&[(0, 10, State::Up), (10, 20, State::Degraded), (45, 60, State::Down), (60, 90, State::Up)], &[]);
        let counts = spans(&[(0, 100)]);
        let (all, eligible) = over_all([(&a, &counts), (&b, &counts)]);
        assert_eq!(eligible, counts);
        assert_eq!(all.down, spans(&[(40, 60)]));
        // Nothing is known of b in 20-45, but in 40-45 a is down; nor in 90-100.
        assert_eq!(all.observed, spans(&[(0, 20), (40, 90)]));
        assert_eq!(all.degraded, spans(&[(10, 20)]));
        // Where b is not promised, it neither counts nor is missed.
        let (all, eligible) = over_all([(&a, &spans(&[(0, 100)])), (&b, &spans(&[(0, 50)]))]);
        assert_eq!((eligible, all.down), (counts, spans(&[(40, 50)])));
        assert_eq!(all.observed, spans(&[(0, 20), (40, 100)]));
        assert_eq!(over_all([]), (Seen::default(), Spans::none()));
    }

    #[test]
    fn the_last_of_eligible_time_reaches_over_the_night() {
        let of = spans(&[(0, 100), (200, 230), (500, 510)]);
        for (length, expected) in [
            (0, vec![]),
            (4, vec![(506, 510)]),
            (10, vec![(500, 510)]),
            (30, vec![(210, 230), (500, 510)]),
            (45, vec![(95, 100), (200, 230), (500, 510)]),
            (140, vec![(0, 100), (200, 230), (500, 510)]),
            (900, vec![(0, 100), (200, 230), (500, 510)]),
        ] {
            assert_eq!(last(&of, Nanos(length * 1_000_000_000)), spans(&expected), "{length}");
        }
    }

    fn states() -> impl Strategy<Value = Seen> {
        let state = prop_oneof![Just(State::Up), Just(State::Degraded), Just(State::Down)];
        vec((0i64..20, 1i64..30, state), 0..20).prop_map(|steps| {
            let mut now = 0;
            let next = |(pause, length, state)| {
                let from = now + pause;
                now = from + length;
                (from, now, state)
            };
            seen(&steps.into_iter().map(next).collect::<Vec<_>>(), &[])
        })
    }

    fn sets() -> impl Strategy<Value = Spans> {
        vec((0i64..500, 1i64..90), 0..6).prop_map(|all| spans(&all.iter().map(|(f, l)| (*f, f + l)).collect::<Vec<_>>()))
    }

    fn check(figures: &Figures) -> Result<(), TestCaseError> {
        let parts = figures.up.0 + figures.degraded.0 + figures.down.0 + figures.no_data.0;
        prop_assert_eq!(parts, figures.eligible.0);
        let exact = |r: super::Ratio| (u128::from(r.part.0), u128::from(r.whole.0));
        let (least, most) = (figures.at_least(), figures.at_most());
        if let Some((part, whole)) = figures.availability().map(exact) {
            let (low, high) = (least.map(exact).expect("a bound"), most.map(exact).expect("a bound"));
            prop_assert!(low.0 * whole <= part * low.1 && part * high.1 <= high.0 * whole);
            let levels = [least, figures.availability(), most].map(|r| r.map(super::Ratio::level));
            prop_assert!(levels[0] <= levels[1] && levels[1] <= levels[2]);
        }
        for millionths in [0, 500_000, 900_000, 1_000_000] {
            let level = Level::new(millionths).expect("a level");
            match figures.verdict(level) {
                TargetVerdict::Holds => prop_assert!(least.is_some_and(|l| l.level() >= level)),
                TargetVerdict::Fails => prop_assert!(most.is_some_and(|m| m.level() < level)),
                TargetVerdict::Undecided => prop_assert!(figures.no_data.0 > 0 || figures.eligible.0 == 0),
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn parts_add_up_and_bounds_bound(a in states(), b in states(), stated in sets(), maintenance in sets(), from in 0i64..300, length in 1i64..600) {
            let run = Stretch::new(at(from), at(from + length)).expect("a run");
            let promise = Promise { stated, maintenance };
            for counts in [promise.eligible(run), promise.raw(run)] {
                check(&Figures::of(&a, &counts))?;
                let (all, eligible) = over_all([(&a, &counts), (&b, &counts)]);
                prop_assert_eq!(&eligible, &counts);
                check(&Figures::of(&all, &eligible))?;
                // Of operations that count at the same time: down is the union, known is the intersection or where one is down.
                let down = a.down.union(&b.down);
                prop_assert_eq!(&all.down, &down.intersection(&counts));
                prop_assert_eq!(all.observed, a.observed.intersection(&b.observed).union(&down).intersection(&counts));
            }
        }

        #[test]
        fn days_add_up_to_the_whole(a in states(), counts in sets(), cuts in vec(0i64..600, 0..5)) {
            let mut cuts: Vec<i64> = [0, 1_000].into_iter().chain(cuts).collect();
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|w| Figures::of(&a, &counts.within(at(w[0]), at(w[1]))));
            let sum = parts.fold(Figures::default(), |sum, part| Figures {
                eligible: Nanos(sum.eligible.0 + part.eligible.0),
                up: Nanos(sum.up.0 + part.up.0),
                degraded: Nanos(sum.degraded.0 + part.degraded.0),
                down: Nanos(sum.down.0 + part.down.0),
                no_data: Nanos(sum.no_data.0 + part.no_data.0),
            });
            prop_assert_eq!(sum, Figures::of(&a, &counts));
        }
    }
}
