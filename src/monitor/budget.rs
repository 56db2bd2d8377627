//! Error budgets: what of it is spent, how fast it is being spent, and when somebody should be told.
//!
//! Pure and exact. Never alerts anybody: it says which alert is due.

use crate::base::units::Nanos;
use crate::model::availability::{Level, Target, TargetVerdict};
use crate::monitor::figures::{Figures, Seen, earlier, last};
use crate::window::spans::{Spans, Stretch};

const MINUTE: u64 = 60_000_000_000;
const HOUR: u64 = 60 * MINUTE;

/// The spans of eligible time over which burn rates are told.
pub const BURNS: [Nanos; 4] = [Nanos(HOUR), Nanos(6 * HOUR), Nanos(24 * HOUR), Nanos(72 * HOUR)];

/// How long something may be down, and how long it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How long it may be down: (1 − level) × eligible, rounded down.
    pub whole: Nanos,
    /// How long it was.
    pub spent: Nanos,
}

impl Budget {
    /// The budget of what is to be so available.
    #[must_use]
    pub fn of(figures: &Figures, level: Level) -> Self {
        let whole = u128::from(figures.eligible.0) * u128::from(level.rest()) / u128::from(Level::ALL.millionths());
        Self { whole: Nanos(u64::try_from(whole).unwrap_or(u64::MAX)), spent: figures.down }
    }

    /// What is left of it, in nanoseconds; below zero where more was spent than there was.
    #[must_use]
    pub fn left(&self) -> i64 {
        let signed = |n: Nanos| i64::try_from(n.0).unwrap_or(i64::MAX);
        signed(self.whole) - signed(self.spent)
    }
}

/// How fast a budget is being spent: one is the rate that spends all of it over the whole period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burn {
    /// The last so much of eligible time is looked at, or all where there is less.
    pub over: Nanos,
    /// Of it, what was observed.
    pub observed: Nanos,
    /// Of it, what was down.
    pub down: Nanos,
    /// What may be down, in millionths.
    pub rest: u32,
}

impl Burn {
    /// Over the last `over` of the eligible time.
    #[must_use]
    pub fn of(seen: &Seen, eligible: &Spans, level: Level, over: Nanos) -> Self {
        let figures = Figures::of(seen, &last(eligible, over));
        Self { over, observed: figures.observed(), down: figures.down, rest: level.rest() }
    }

    /// The rate in hundredths, rounded down: the share that was down of what was observed, divided by the share that may be. `None`
    /// where nothing was observed, or something was down of which nothing may be.
    #[must_use]
    pub fn hundredths(&self) -> Option<u64> {
        if self.observed.0 > 0 && self.down.0 == 0 {
            return Some(0);
        }
        let part = u128::from(self.down.0) * u128::from(Level::ALL.millionths()) * 100;
        let rate = part.checked_div(u128::from(self.observed.0) * u128::from(self.rest))?;
        Some(u64::try_from(rate).unwrap_or(u64::MAX))
    }

    /// Whether the rate is above so many tenths, exactly.
    #[must_use]
    pub fn exceeds(&self, tenths: u32) -> bool {
        let part = u128::from(self.down.0) * u128::from(Level::ALL.millionths()) * 10;
        self.down.0 > 0 && part > u128::from(tenths) * u128::from(self.observed.0) * u128::from(self.rest)
    }
}

/// What an alert asks of whoever hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Urgency {
    /// Somebody should look now.
    Page,
    /// Somebody should look within days.
    Ticket,
}

/// When somebody should be told: the rate is above a bound over a long while, and still is over a short one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertRule {
    /// What it asks.
    pub urgency: Urgency,
    /// The bound, in tenths.
    pub tenths: u32,
    /// The long while.
    pub long: Nanos,
    /// The short one, so that it ends soon after the outage has.
    pub short: Nanos,
}

/// The rules of the Site Reliability Workbook (chapter 5, alerting on SLOs, with multiple windows and burn rates): 2% of the budget of 30
/// days in an hour, 5% in six hours, 10% in three days.
pub const ALERTS: [AlertRule; 3] = [
    AlertRule { urgency: Urgency::Page, tenths: 144, long: Nanos(HOUR), short: Nanos(5 * MINUTE) },
    AlertRule { urgency: Urgency::Page, tenths: 60, long: Nanos(6 * HOUR), short: Nanos(30 * MINUTE) },
    AlertRule { urgency: Urgency::Ticket, tenths: 10, long: Nanos(72 * HOUR), short: Nanos(6 * HOUR) },
];

/// The alerts of [`ALERTS`] that are due at the end of the eligible time.
#[must_use]
pub fn alerts(seen: &Seen, eligible: &Spans, level: Level) -> Vec<AlertRule> {
    let above = |rule: &AlertRule, over| Burn::of(seen, eligible, level, over).exceeds(rule.tenths);
    ALERTS.into_iter().filter(|rule| above(rule, rule.long) && above(rule, rule.short)).collect()
}

/// What became of a target, with everything that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetOutcome {
    /// The part of the run that it looks at.
    pub run: Stretch,
    /// The figures there.
    pub figures: Figures,
    /// Whether it holds.
    pub verdict: TargetVerdict,
    /// The budget there.
    pub budget: Budget,
    /// How fast it is being spent, over each of [`BURNS`].
    pub burns: Vec<Burn>,
    /// The alerts that are due.
    pub alerts: Vec<AlertRule>,
}

/// The part of a run that a target looks at: all of it, or the last so much.
#[must_use]
pub fn period(target: &Target, run: Stretch) -> Stretch {
    let from = target.over.map_or(run.from, |over| earlier(run.to, over).max(run.from));
    Stretch { from, ..run }
}

/// Judges what a target is about; `eligible` is its eligible time over the whole run.
#[must_use]
pub fn judge(target: &Target, seen: &Seen, eligible: &Spans, run: Stretch) -> TargetOutcome {
    let level = target.availability;
    let run = period(target, run);
    let within = eligible.within(run.from, run.to);
    let figures = Figures::of(seen, &within);
    TargetOutcome {
        run,
        figures,
        verdict: figures.verdict(level),
        budget: Budget::of(&figures, level),
        burns: BURNS.into_iter().map(|over| Burn::of(seen, eligible, level, over)).collect(),
        alerts: alerts(seen, eligible, level),
    }
}

#[cfg(test)]
mod tests {
    use super::{AlertRule, Budget, Burn, HOUR, MINUTE, Urgency, alerts, judge};
    use crate::base::units::Nanos;
    use crate::model::availability::{Level, Target, TargetVerdict};
    use crate::monitor::figures::{Figures, Seen};
    use crate::window::spans::{Spans, Stretch};
    use jiff::Timestamp;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).expect("a minute")
    }

    fn level(text: &str) -> Level {
        Level::parse(text).expect("a level")
    }

    fn spans(of: &[(i64, i64)]) -> Spans {
        of.iter().filter_map(|(from, to)| Stretch::new(at(*from), at(*to))).collect()
    }

    fn seen(until: i64, down: &[(i64, i64)]) -> Seen {
        Seen { observed: spans(&[(0, until)]), degraded: Spans::none(), down: spans(down) }
    }

    #[test]
    fn a_budget_is_what_may_be_down() {
        // 30 days at 99.9%: 43.2 minutes.
        let whole = 30 * 24 * HOUR;
        let figures =
            |down: u64| Figures { eligible: Nanos(whole), up: Nanos(whole - down), down: Nanos(down), ..Figures::default() };
        let budget = Budget::of(&figures(13 * MINUTE), level("99.9%"));
        assert_eq!((budget.whole, budget.spent), (Nanos(432 * MINUTE / 10), Nanos(13 * MINUTE)));
        assert_eq!(budget.left(), 302 * i64::try_from(MINUTE).expect("a minute") / 10);
        assert_eq!(Budget::of(&figures(MINUTE), Level::ALL).left(), -60_000_000_000);
    }

    #[test]
    fn a_burn_rate_is_the_share_down_over_the_share_that_may_be() {
        // 3 of the last 60 minutes at 99.9% burn 50 times as fast; of the last six hours, 3 of 360: 8.33.
        let (seen, eligible) = (seen(10_000, &[(9_950, 9_953)]), spans(&[(0, 10_000)]));
        let burn = |over: u64| Burn::of(&seen, &eligible, level("99.9%"), Nanos(over));
        assert_eq!((burn(HOUR).hundredths(), burn(6 * HOUR).hundredths()), (Some(5_000), Some(833)));
        assert_eq!(burn(5 * MINUTE).hundredths(), Some(0));
        assert!(burn(HOUR).exceeds(499) && !burn(HOUR).exceeds(500), "50 is not above 50");
        // What was not looked at is no part of it: 3 of 30.
        let half = Seen { observed: spans(&[(9_940, 9_970)]), ..seen.clone() };
        assert_eq!(Burn::of(&half, &eligible, level("99.9%"), Nanos(HOUR)).hundredths(), Some(10_000));
        let nothing = Burn::of(&Seen::default(), &eligible, level("99.9%"), Nanos(HOUR));
        assert_eq!((nothing.hundredths(), nothing.exceeds(0)), (None, false));
        // Where nothing may be down, any outage is beyond all bounds, and none is none.
        let all = |over: u64| Burn::of(&seen, &eligible, Level::ALL, Nanos(over));
        assert_eq!((all(HOUR).hundredths(), all(HOUR).exceeds(u32::MAX)), (None, true));
        assert_eq!((all(5 * MINUTE).hundredths(), all(5 * MINUTE).exceeds(0)), (Some(0), false));
    }

    #[test]
    fn somebody_is_told_while_the_budget_burns_and_no_longer() {
        let told = |until: i64, down: &[(i64, i64)]| -> Vec<(Urgency, u32)> {
            let due = alerts(&seen(until, down), &spans(&[(0, until)]), level("99.9%"));
            due.iter().map(|AlertRule { urgency, tenths, .. }| (*urgency, *tenths)).collect()
        };
        let day = 1_440;
        // At 99.9%, 14.4 over an hour is 0.864 minutes of 60; six over six hours 2.16 of 360; one over three days 4.32 of 4,320.
        assert_eq!(told(10 * day, &[(10 * day - 1, 10 * day)]), [(Urgency::Page, 144)]);
        assert_eq!(
            told(10 * day, &[(10 * day - 5, 10 * day)]),
            [(Urgency::Page, 144), (Urgency::Page, 60), (Urgency::Ticket, 10)]
        );
        // Ten minutes after it, the short while of five minutes is clean.
        assert_eq!(told(10 * day, &[(10 * day - 15, 10 * day - 10)]), [(Urgency::Page, 60), (Urgency::Ticket, 10)]);
        assert_eq!(told(10 * day, &[(10 * day - 60, 10 * day - 55)]), [(Urgency::Ticket, 10)]);
        assert_eq!(told(10 * day, &[(9 * day, 9 * day + 5)]), []);
        assert_eq!(told(10 * day, &[(10 * day - 4, 10 * day)]).last(), Some(&(Urgency::Page, 60)), "four of 4,320 minutes");
        assert_eq!(alerts(&Seen::default(), &Spans::none(), level("99.9%")), []);
    }

    #[test]
    fn a_target_looks_at_its_period() {
        let run = Stretch::new(at(0), at(1_000)).expect("a run");
        let (seen, eligible) = (seen(1_000, &[(100, 200)]), spans(&[(0, 1_000)]));
        let target =
            |over: Option<u64>| Target { availability: level("95%"), operation: None, over: over.map(|m| Nanos(m * MINUTE)) };
        for (over, from, verdict) in [
            (None, 0, TargetVerdict::Fails),
            (Some(5_000), 0, TargetVerdict::Fails),
            (Some(800), 200, TargetVerdict::Holds),
            (Some(801), 199, TargetVerdict::Holds),
            (Some(850), 150, TargetVerdict::Fails),
        ] {
            let outcome = judge(&target(over), &seen, &eligible, run);
            assert_eq!((outcome.run.from, outcome.verdict), (at(from), verdict), "{over:?}");
            assert_eq!(outcome.figures.eligible, outcome.run.length());
        }
    }
}
