//! Hours in which nothing is sent: what would be due in them, and all that comes after, is due that much later.
//!
//! Pure arithmetic between the time of a plan and the time of a run. Knows no calendar and never waits.

use crate::base::units::Nanos;

/// One pause, in the time of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// From then on no journey begins, so that what is under way can end.
    pub begins: Nanos,
    /// From then on nothing is sent.
    pub closes: Nanos,
    /// Then the plan goes on where it stood.
    pub opens: Nanos,
}

/// The pauses of a run, in order and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(Vec<Pause>);

impl Pauses {
    /// Pauses in order; one that is empty, or begins before the one before it is over, is left out.
    #[must_use]
    pub fn new(pauses: impl IntoIterator<Item = Pause>) -> Self {
        let mut kept: Vec<Pause> = Vec::new();
        for pause in pauses {
            let after = kept.last().is_none_or(|last| last.opens <= pause.begins);
            if after && pause.begins <= pause.closes && pause.closes < pause.opens {
                kept.push(pause);
            }
        }
        Self(kept)
    }

    /// Each of them.
    #[must_use]
    pub fn all(&self) -> &[Pause] {
        &self.0
    }

    /// When in the run something happens that is planned for `at`.
    #[must_use]
    pub fn run_time(&self, at: Nanos) -> Nanos {
        let mut run = at;
        for pause in &self.0 {
            if run < pause.begins {
                break;
            }
            run.0 = run.0.saturating_add(pause.opens.0 - pause.begins.0);
        }
        run
    }

    /// Where in the plan an instant of the run is; a pause stands where it begins.
    #[must_use]
    pub fn plan_time(&self, run: Nanos) -> Nanos {
        let mut paused = 0;
        for pause in self.0.iter().take_while(|pause| pause.begins <= run) {
            paused += run.min(pause.opens).0 - pause.begins.0;
        }
        Nanos(run.0 - paused)
    }

    /// The pause that an instant lies in.
    #[must_use]
    pub fn during(&self, run: Nanos) -> Option<Pause> {
        self.0.iter().copied().find(|pause| pause.begins <= run && run < pause.opens)
    }

    /// When something is sent again, where nothing may be sent at an instant.
    #[must_use]
    pub fn closed_until(&self, run: Nanos) -> Option<Nanos> {
        self.during(run).filter(|pause| pause.closes <= run).map(|pause| pause.opens)
    }

    /// The next instant after this one at which a pause begins, closes or is over.
    #[must_use]
    pub fn turn_after(&self, run: Nanos) -> Option<Nanos> {
        self.0.iter().flat_map(|p| [p.begins, p.closes, p.opens]).find(|turn| *turn > run)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pause, Pauses};
    use crate::base::units::Nanos;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn pauses() -> impl Strategy<Value = Pauses> {
        vec((1_u64..40, 0_u64..5, 1_u64..40), 0..5).prop_map(|parts| {
            let mut at = 0;
            Pauses::new(parts.into_iter().map(|(open, drain, closed)| {
                let begins = Nanos(at + open);
                let closes = Nanos(begins.0 + drain);
                at = closes.0 + closed;
                Pause { begins, closes, opens: Nanos(at) }
            }))
        })
    }

    proptest! {
        #[test]
        fn what_is_planned_never_falls_into_a_pause_and_keeps_its_order(pauses in pauses(), a in 0_u64..300, b in 0_u64..300) {
            let (x, y) = (pauses.run_time(Nanos(a)), pauses.run_time(Nanos(b)));
            prop_assert_eq!(pauses.during(x), None);
            prop_assert_eq!(a.cmp(&b), x.cmp(&y));
            prop_assert_eq!(pauses.plan_time(x), Nanos(a));
        }

        #[test]
        fn the_plan_stands_still_in_a_pause_alone(pauses in pauses(), run in 0_u64..300) {
            let (here, next) = (pauses.plan_time(Nanos(run)), pauses.plan_time(Nanos(run + 1)));
            let moved = u64::from(pauses.during(Nanos(run)).is_none());
            prop_assert_eq!(next.0 - here.0, moved);
        }

        #[test]
        fn turns_are_where_something_changes(pauses in pauses(), run in 0_u64..300) {
            let state = |at: u64| (pauses.during(Nanos(at)), pauses.closed_until(Nanos(at)));
            let next = pauses.turn_after(Nanos(run)).map_or(400, |turn| turn.0);
            for at in run..next {
                prop_assert_eq!(state(at), state(run));
            }
        }
    }

    #[test]
    fn pauses_that_make_no_sense_are_left_out() {
        let pause = |begins, closes, opens| Pause { begins: Nanos(begins), closes: Nanos(closes), opens: Nanos(opens) };
        let kept = Pauses::new([pause(5, 6, 10), pause(8, 9, 12), pause(10, 12, 12), pause(10, 10, 11)]);
        assert_eq!(kept.all(), [pause(5, 6, 10), pause(10, 10, 11)]);
        // Two that touch are waited out one after the other.
        assert_eq!((kept.run_time(Nanos(4)), kept.run_time(Nanos(5))), (Nanos(4), Nanos(11)));
        assert_eq!((kept.closed_until(Nanos(5)), kept.closed_until(Nanos(6))), (None, Some(Nanos(10))));
    }
}
