//! What became of a step, a case, a run, and how outcomes add up.
//!
//! A closed set with its algebra. Unknown is never success: a run in which nothing was judged does not conform.

use crate::base::source::Place;
use crate::base::units::Nanos;
use crate::model::coverage::Coverage;
use crate::model::exchange::{Exchange, ExchangeId};
use crate::model::finding::Finding;
use jiff::Timestamp;

/// What became of a step or a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Carried out and found right.
    Pass,
    /// Does not apply to this target.
    NotApplicable,
    /// A person must look.
    Review,
    /// Not carried out, with a reason.
    Skipped,
    /// Could not be carried out.
    Error,
    /// Carried out and found wrong.
    Fail,
}

impl Verdict {
    /// The verdict over both: the worse of the two, in the order of the declaration. Commutative and associative;
    /// `NotApplicable` beside a pass leaves a pass.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Pass, Self::NotApplicable) | (Self::NotApplicable, Self::Pass) => Self::Pass,
            (a, b) => {
                if a.rank() >= b.rank() {
                    a
                } else {
                    b
                }
            }
        }
    }

    fn rank(self) -> u8 {
        match self {
            Self::NotApplicable => 0,
            Self::Pass => 1,
            Self::Review => 2,
            Self::Skipped => 3,
            Self::Error => 4,
            Self::Fail => 5,
        }
    }
}

/// What became of one step.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// The step as a reader would name it (`call createSignature`).
    pub title: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// Its verdict.
    pub verdict: Verdict,
    /// Why it was skipped or could not be carried out.
    pub reason: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// The exchanges it made or received.
    pub exchanges: Vec<ExchangeId>,
}

/// What became of one case.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// Stable id: suite slug, case slug and row, such as `laas-contract-signature/everyone-signs[2]`.
    pub id: String,
    /// The suite's title.
    pub suite: String,
    /// The case's title, with its row where there are several.
    pub title: String,
    /// Where it is written.
    pub place: Option<Place>,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether the gate needs it.
    pub required: bool,
    /// The requirement ids it stands for.
    pub requirements: Vec<String>,
    /// The verdict over its steps.
    pub verdict: Verdict,
    /// Why it was skipped or could not be carried out.
    pub reason: Option<String>,
    /// Its steps, in order.
    pub steps: Vec<StepOutcome>,
    /// Wall time it took.
    pub took: Nanos,
}

/// A gate and whether it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateOutcome {
    /// What it demands, as a reader would say it (`statuses covered >= 100%`).
    pub title: String,
    /// The suite that demands it.
    pub suite: String,
    /// `Pass`, `Fail`, or `Skipped` where it could not be judged.
    pub verdict: Verdict,
    /// What was found.
    pub actual: String,
}

/// Everything a functional run produced.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// When it began.
    pub began: Timestamp,
    /// Wall time it took.
    pub took: Nanos,
    /// The target as a reader would name it.
    pub target: String,
    /// The environment's name.
    pub environment: String,
    /// The seed.
    pub seed: u64,
    /// True when it was stopped before its end.
    pub interrupted: bool,
    /// Why nothing could be judged (target unreachable), when that is so.
    pub unusable: Option<String>,
    /// The cases, in plan order.
    pub cases: Vec<CaseOutcome>,
    /// Every exchange, in order of number.
    pub exchanges: Vec<Exchange>,
    /// Coverage, one per suite.
    pub coverage: Vec<Coverage>,
    /// The gates.
    pub gates: Vec<GateOutcome>,
}

/// The verdict over a run, which the exit code follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RunVerdict {
    /// Everything required was judged and found right.
    Conforms,
    /// A finding or a failed gate.
    Fails,
    /// Nothing, or not what was required, could be judged.
    NotJudged,
    /// Stopped before the end.
    Interrupted,
}

impl RunOutcome {
    /// The verdict over the run.
    #[must_use]
    pub fn verdict(&self) -> RunVerdict {
        if self.interrupted {
            return RunVerdict::Interrupted;
        }
        if self.unusable.is_some() {
            return RunVerdict::NotJudged;
        }
        let judged = self.cases.iter().any(|c| matches!(c.verdict, Verdict::Pass | Verdict::Fail | Verdict::Review));
        if !judged {
            return RunVerdict::NotJudged;
        }
        let failed = self.cases.iter().any(|c| matches!(c.verdict, Verdict::Fail | Verdict::Error))
            || self.gates.iter().any(|g| g.verdict == Verdict::Fail);
        if failed {
            return RunVerdict::Fails;
        }
        let unjudged = self.cases.iter().any(|c| c.required && c.verdict == Verdict::Skipped)
            || self.gates.iter().any(|g| g.verdict == Verdict::Skipped);
        let passed = self.cases.iter().any(|c| c.verdict == Verdict::Pass);
        if unjudged || !passed { RunVerdict::NotJudged } else { RunVerdict::Conforms }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    const ALL: [Verdict; 6] =
        [Verdict::Pass, Verdict::NotApplicable, Verdict::Review, Verdict::Skipped, Verdict::Error, Verdict::Fail];

    #[test]
    fn verdicts_form_a_commutative_monoid() {
        for a in ALL {
            assert_eq!(a.and(Verdict::NotApplicable), a);
            for b in ALL {
                assert_eq!(a.and(b), b.and(a));
                for c in ALL {
                    assert_eq!(a.and(b).and(c), a.and(b.and(c)));
                }
            }
        }
        assert_eq!(Verdict::Pass.and(Verdict::Skipped), Verdict::Skipped);
    }
}
