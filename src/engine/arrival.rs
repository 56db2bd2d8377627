//! When the n-th start is due: a pure function of the stages and the seed.
//!
//! Counts from the start of the run. Never looks at a clock and never waits.

use crate::base::seed::{Rng, Seed};
use crate::base::units::{Nanos, Rate};
use crate::model::load::Phase;

/// A rate that is held, or changed evenly, for a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// At its beginning.
    pub from: Rate,
    /// At its end.
    pub to: Rate,
    /// How long.
    pub during: Nanos,
    /// Whether it is part of the measurement.
    pub phase: Phase,
}

impl Stage {
    fn seconds(&self) -> f64 {
        self.during.0 as f64 / 1e9
    }

    /// Starts that fall due in it, as a real number.
    fn amount(&self) -> f64 {
        f64::midpoint(self.from.0, self.to.0) * self.seconds()
    }

    /// After how many seconds of it `amount` starts have fallen due.
    fn when(&self, amount: f64) -> f64 {
        let slope = (self.to.0 - self.from.0) / self.seconds();
        // The root of a t + slope t^2 / 2 = amount in the form that loses no digits when the slope is small.
        let root = (self.from.0 * self.from.0 + 2.0 * slope * amount).max(0.0).sqrt();
        let sum = self.from.0 + root;
        if sum > 0.0 { (2.0 * amount / sum).min(self.seconds()) } else { self.seconds() }
    }
}

/// When starts are due, whatever the target does.
#[derive(Clone, Debug)]
pub struct Schedule {
    stages: Vec<Stage>,
    /// By stage: starts due before it, and its beginning.
    before: Vec<(f64, Nanos)>,
    total: f64,
    length: Nanos,
    poisson: Option<Seed>,
}

impl Schedule {
    /// Starts in equal gaps, or in exponential ones of the same mean where there is a seed for them.
    #[must_use]
    pub fn new(stages: Vec<Stage>, poisson: Option<Seed>) -> Self {
        let mut before = Vec::new();
        let (mut total, mut length) = (0.0, Nanos(0));
        for stage in &stages {
            before.push((total, length));
            total += stage.amount();
            length.0 += stage.during.0;
        }
        Self { stages, before, total, length, poisson }
    }

    /// How long starts fall due for.
    #[must_use]
    pub fn length(&self) -> Nanos {
        self.length
    }

    /// The mean number of starts.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.total
    }

    /// The phase of what is due at an instant.
    #[must_use]
    pub fn phase(&self, at: Nanos) -> Phase {
        self.stages
            .iter()
            .zip(&self.before)
            .rev()
            .find(|(_, (_, begins))| *begins <= at)
            .map_or(Phase::Measured, |(s, _)| s.phase)
    }

    /// When the phase changes next after an instant, or everything ends.
    #[must_use]
    pub fn turn_after(&self, at: Nanos) -> Option<Nanos> {
        turn_after(self.stages.iter().map(|s| (s.during, s.phase)), at)
    }

    /// When the n-th start is due, counted from 0; `None` after the last. Of a Poisson schedule this sums n gaps: use
    /// [`Schedule::starts`] to walk through it.
    #[must_use]
    pub fn due(&self, n: u64) -> Option<Nanos> {
        match self.poisson {
            None => self.at(n as f64),
            Some(seed) => self.at(Gaps::new(seed).nth(usize::try_from(n).ok()?)?),
        }
    }

    /// When `amount` starts have fallen due in the mean.
    fn at(&self, amount: f64) -> Option<Nanos> {
        if amount >= self.total {
            return None;
        }
        let index = self.before.iter().rposition(|(before, _)| *before <= amount)?;
        let (before, begins) = self.before[index];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time within the stage")]
        Some(Nanos(begins.0 + (self.stages[index].when(amount - before) * 1e9) as u64))
    }

    /// The starts of one event loop of several: of every `of` starts the one numbered `part`.
    #[must_use]
    pub fn starts(&self, part: u64, of: u64) -> Starts {
        Starts { gaps: self.poisson.map(Gaps::new), schedule: self.clone(), n: 0, part, of: of.max(1) }
    }
}

/// The sums of exponential gaps of mean 1.
#[derive(Clone, Debug)]
struct Gaps {
    rng: Rng,
    sum: f64,
}

impl Gaps {
    fn new(seed: Seed) -> Self {
        Self { rng: seed.derive("arrival").rng(), sum: 0.0 }
    }
}

impl Iterator for Gaps {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.sum += exponential(&mut self.rng);
        Some(self.sum)
    }
}

/// An exponential of mean 1.
fn exponential(rng: &mut Rng) -> f64 {
    // Between 0, never reached, and 1: 53 bits, and half a step up.
    let uniform = ((rng.next_u64() >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    -uniform.ln()
}

/// The starts of one event loop, in order.
#[derive(Clone, Debug)]
pub struct Starts {
    gaps: Option<Gaps>,
    schedule: Schedule,
    n: u64,
    part: u64,
    of: u64,
}

impl Iterator for Starts {
    /// The number of the start over all event loops, and when it is due.
    type Item = (u64, Nanos);

    fn next(&mut self) -> Option<(u64, Nanos)> {
        loop {
            let n = self.n;
            self.n += 1;
            let mine = n % self.of == self.part;
            match &mut self.gaps {
                // Every event loop walks through all gaps, so that the schedule does not depend on how many there are.
                Some(gaps) => {
                    let at = self.schedule.at(gaps.next()?)?;
                    if mine {
                        return Some((n, at));
                    }
                }
                None if mine => return Some((n, self.schedule.at(n as f64)?)),
                None => self.n = n - n % self.of + self.part + if n % self.of > self.part { self.of } else { 0 },
            }
        }
    }
}

/// When the phase changes next after an instant, or the last stage ends.
fn turn_after(stages: impl Iterator<Item = (Nanos, Phase)>, at: Nanos) -> Option<Nanos> {
    let mut ends = Nanos(0);
    let mut stages = stages.peekable();
    while let Some((during, phase)) = stages.next() {
        ends.0 += during.0;
        if ends > at && stages.peek().is_none_or(|(_, next)| *next != phase) {
            return Some(ends);
        }
    }
    None
}

/// So many users for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// At its end.
    pub users: u32,
    /// Over how much of its beginning they come or go.
    pub ramp: Nanos,
    /// How long.
    pub during: Nanos,
    /// Whether it is part of the measurement.
    pub phase: Phase,
}

/// How many users there are, who wait for their answers.
#[derive(Clone, Debug)]
pub struct Users {
    crowds: Vec<Crowd>,
    length: Nanos,
    /// The shortest and the longest pause between two journeys.
    pub think: (Nanos, Nanos),
    seed: Seed,
}

impl Users {
    /// Users as the stages say.
    #[must_use]
    pub fn new(crowds: Vec<Crowd>, think: (Nanos, Nanos), seed: Seed) -> Self {
        let length = Nanos(crowds.iter().map(|c| c.during.0).sum());
        Self { crowds, length, think, seed: seed.derive("think") }
    }

    /// How long there are users for.
    #[must_use]
    pub fn length(&self) -> Nanos {
        self.length
    }

    /// The most users at once.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.crowds.iter().map(|c| c.users).max().unwrap_or(0)
    }

    /// How many users there are at an instant.
    #[must_use]
    pub fn count(&self, at: Nanos) -> u32 {
        let (mut begins, mut before) = (0, 0);
        for crowd in &self.crowds {
            let ends = begins + crowd.during.0;
            if at.0 < ends {
                let within = at.0 - begins;
                if within >= crowd.ramp.0 {
                    return crowd.users;
                }
                let share = within as f64 / crowd.ramp.0 as f64;
                let now = f64::from(before) + (f64::from(crowd.users) - f64::from(before)) * share;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two counts")]
                return now.ceil() as u32;
            }
            (begins, before) = (ends, crowd.users);
        }
        0
    }

    /// When the user of this number, counted from 0, is there from `at` on: then, or the next instant at which it comes.
    #[must_use]
    pub fn present(&self, user: u32, at: Nanos) -> Option<Nanos> {
        let (mut begins, mut before) = (0, 0);
        for crowd in &self.crowds {
            let ends = begins + crowd.during.0;
            if crowd.users > user && at.0 < ends {
                let comes = if before > user || crowd.ramp.0 == 0 {
                    begins
                } else {
                    let share = f64::from(user - before) / f64::from(crowd.users - before);
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the ramp")]
                    let after = (crowd.ramp.0 as f64 * share) as u64;
                    begins + after
                };
                return Some(Nanos(comes.max(at.0)));
            }
            (begins, before) = (ends, crowd.users);
        }
        None
    }

    /// The phase of what is due at an instant.
    #[must_use]
    pub fn phase(&self, at: Nanos) -> Phase {
        let mut ends = 0;
        for crowd in &self.crowds {
            ends += crowd.during.0;
            if at.0 < ends {
                return crowd.phase;
            }
        }
        self.crowds.last().map_or(Phase::Measured, |c| c.phase)
    }

    /// When the phase changes next after an instant, or everything ends.
    #[must_use]
    pub fn turn_after(&self, at: Nanos) -> Option<Nanos> {
        turn_after(self.crowds.iter().map(|c| (c.during, c.phase)), at)
    }

    /// The pause of a user after its `n`-th journey.
    #[must_use]
    pub fn pause(&self, user: u32, n: u64) -> Nanos {
        let (min, max) = self.think;
        if max.0 <= min.0 {
            return min;
        }
        let mixed = Seed(self.seed.0 ^ (u64::from(user) << 40) ^ n).rng().next_u64();
        Nanos(min.0 + mixed % (max.0 - min.0 + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Crowd, Schedule, Stage, Users};
    use crate::base::seed::Seed;
    use crate::base::units::{Nanos, Rate};
    use crate::model::load::Phase;
    use proptest::prelude::*;

    const SECOND: u64 = 1_000_000_000;

    fn stage(from: f64, to: f64, seconds: f64) -> Stage {
        Stage { from: Rate(from), to: Rate(to), during: Nanos((seconds * 1e9) as u64), phase: Phase::Measured }
    }

    #[test]
    fn a_constant_rate_is_evenly_spaced() {
        let schedule = Schedule::new(vec![stage(200.0, 200.0, 1.0)], None);
        assert_eq!(schedule.due(0), Some(Nanos(0)));
        assert_eq!(schedule.due(1), Some(Nanos(5_000_000)));
        assert_eq!(schedule.due(199), Some(Nanos(995_000_000)));
        assert_eq!(schedule.due(200), None);
    }

    #[test]
    fn a_ramp_follows_its_closed_form() {
        // 0 to 100/s over 2 s: n = 25 t^2.
        let schedule = Schedule::new(vec![stage(1e-9, 100.0, 2.0)], None);
        for (n, seconds) in [(25, 1.0), (1, 0.2), (81, 1.8)] {
            let due = schedule.due(n).map_or(0.0, |n| n.0 as f64 / 1e9);
            assert!((due - seconds).abs() < 1e-6, "{n}: {due}");
        }
        assert_eq!(schedule.due(101), None);
    }

    #[test]
    fn a_turn_is_where_the_phase_changes_and_at_the_end() {
        let warm = |seconds| Stage { phase: Phase::Warmup, ..stage(1.0, 1.0, seconds) };
        let schedule = Schedule::new(vec![warm(1.0), warm(0.5), stage(1.0, 2.0, 1.0), stage(2.0, 2.0, 1.0)], None);
        let turn = |seconds: f64| schedule.turn_after(Nanos((seconds * 1e9) as u64)).map(|n| n.0 as f64 / 1e9);
        assert_eq!([turn(0.0), turn(1.4), turn(1.5), turn(3.4), turn(3.5)], [Some(1.5), Some(1.5), Some(3.5), Some(3.5), None]);
    }

    #[test]
    fn the_gaps_of_poisson_are_exponential() {
        let schedule = Schedule::new(vec![stage(1_000.0, 1_000.0, 100.0)], Some(Seed(7)));
        let starts: Vec<u64> = schedule.starts(0, 1).map(|(_, due)| due.0).collect();
        assert!((98_000..102_000).contains(&starts.len()), "{}", starts.len());
        let mut gaps: Vec<f64> = starts.windows(2).map(|w| (w[1] - w[0]) as f64 / 1e6).collect();
        gaps.sort_by(f64::total_cmp);
        // Kolmogorov-Smirnov against 1 - exp(-x): the 0.1% bound for so many samples is 1.95 / sqrt(n).
        let n = gaps.len() as f64;
        let worst = gaps.iter().enumerate().map(|(i, x)| ((i as f64 + 0.5) / n - (1.0 - (-x).exp())).abs()).fold(0.0, f64::max);
        assert!(worst < 1.95 / n.sqrt(), "{worst}");
        assert_eq!(schedule.due(500), starts.get(500).copied().map(Nanos));
    }

    #[test]
    fn users_come_and_go_as_the_stages_say() {
        let crowd = |users, ramp: u64, during: u64| Crowd {
            users,
            ramp: Nanos(ramp * SECOND),
            during: Nanos(during * SECOND),
            phase: Phase::Measured,
        };
        let users = Users::new(vec![crowd(10, 5, 10), crowd(2, 0, 10)], (Nanos(0), Nanos(0)), Seed(1));
        assert_eq!([0, 1, 5, 9, 10, 19, 20].map(|s| users.count(Nanos(s * SECOND))), [0, 2, 10, 10, 2, 2, 0]);
        assert_eq!(users.present(4, Nanos(0)), Some(Nanos(2 * SECOND)));
        assert_eq!(users.present(4, Nanos(12 * SECOND)), None);
        assert_eq!(users.present(1, Nanos(12 * SECOND)), Some(Nanos(12 * SECOND)));
        assert_eq!(users.peak(), 10);
    }

    fn stages() -> impl Strategy<Value = Vec<Stage>> {
        prop::collection::vec((0.5..500.0f64, 0.5..500.0f64, 0.1..3.0f64), 1..5)
            .prop_map(|all| all.into_iter().map(|(a, b, s)| stage(a, b, s)).collect())
    }

    proptest! {
        #[test]
        fn due_is_monotone_and_within_the_run(stages in stages(), poisson in any::<bool>(), seed in any::<u64>()) {
            let schedule = Schedule::new(stages, poisson.then_some(Seed(seed)));
            let starts: Vec<u64> = schedule.starts(0, 1).map(|(_, due)| due.0).collect();
            prop_assert!(starts.is_sorted());
            prop_assert!(starts.iter().all(|s| *s <= schedule.length().0));
            if !poisson {
                prop_assert!((starts.len() as f64 - schedule.expected()).abs() <= 1.0);
                for (n, due) in starts.iter().enumerate() {
                    prop_assert_eq!(schedule.due(n as u64), Some(Nanos(*due)));
                }
            }
        }

        #[test]
        fn event_loops_share_out_every_start(stages in stages(), poisson in any::<bool>(), of in 1u64..5) {
            let schedule = Schedule::new(stages, poisson.then_some(Seed(3)));
            let mut shared: Vec<_> = (0..of).flat_map(|part| schedule.starts(part, of)).collect();
            shared.sort_unstable();
            prop_assert_eq!(shared, schedule.starts(0, 1).collect::<Vec<_>>());
        }

        #[test]
        fn a_user_is_present_when_it_is_counted(users in 1u32..50, ramp in 0u64..5, at in 0u64..10_000) {
            let crowd = Crowd { users, ramp: Nanos(ramp * SECOND), during: Nanos(10 * SECOND), phase: Phase::Measured };
            let crowd = Users::new(vec![crowd], (Nanos(0), Nanos(0)), Seed(1));
            let at = Nanos(at * 1_000_000);
            for user in 0..users {
                let present = crowd.present(user, at).is_some_and(|from| from <= at);
                // To the nanosecond at which the ramp lets it in.
                prop_assert!(present == (user < crowd.count(at)) || crowd.present(user, at) == Some(at));
            }
        }
    }
}
