//! A case: its name, what it needs, its rows and its steps.
//!
//! Never expands rows and orders nothing; the planner does.

use crate::base::source::Span;
use crate::suite::ast::Spanned;
use crate::suite::ast::step::{Step, StepKind};
use serde_json::Value;

/// What an environment may offer beside the APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// A control API that moves the clock and provokes events.
    Control,
    /// Listeners that receive callbacks.
    Listener,
}

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 2] = [Self::Control, Self::Listener];

    /// The word in a suite.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Listener => "listener",
        }
    }
}

/// Whether a case may run beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// It may.
    Shared,
    /// It runs alone on its target, after a reset where there is control.
    Exclusive,
}

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Title, unique in the suite.
    pub name: Spanned<String>,
    /// The title as a word of letters, digits and dashes, unique in the suite.
    pub slug: String,
    /// Words to select it by.
    pub tags: Vec<Spanned<String>>,
    /// What the environment must offer for this case, beside what the suite requires.
    pub requires: Vec<Spanned<Capability>>,
    /// The requirement ids it stands for; findings of its expectations cite the first.
    pub requirement: Vec<Spanned<String>>,
    /// False: skipping it does not keep the gate from turning green.
    pub required: bool,
    /// As written; see [`Case::isolation`].
    pub declared_isolation: Option<Isolation>,
    /// The rows it is run for.
    pub each: Option<Each>,
    /// The steps, in order; at least one.
    pub steps: Vec<Step>,
    /// The whole case.
    pub span: Span,
}

impl Case {
    /// The isolation written, else the default one.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        self.declared_isolation.unwrap_or_else(|| self.default_isolation())
    }

    /// Exclusive when a step moves the clock, changes the allow-list or faults, resets, or uses a listener; else shared.
    #[must_use]
    pub fn default_isolation(&self) -> Isolation {
        if self.all_steps().iter().any(|step| is_exclusive(step)) { Isolation::Exclusive } else { Isolation::Shared }
    }

    /// All steps, those inside `parallel` included, in the order they were written.
    #[must_use]
    pub fn all_steps(&self) -> Vec<&Step> {
        fn gather<'a>(steps: &'a [Step], all: &mut Vec<&'a Step>) {
            for step in steps {
                all.push(step);
                if let StepKind::Parallel(inner) = &step.kind {
                    gather(inner, all);
                }
            }
        }
        let mut all = Vec::new();
        gather(&self.steps, &mut all);
        all
    }
}

fn is_exclusive(step: &Step) -> bool {
    let by_kind = match &step.kind {
        StepKind::Listener(_) | StepKind::Await(_) => true,
        StepKind::Control(control) => control.action.value.disturbs_others(),
        _ => false,
    };
    by_kind || step.variables().iter().any(|(name, _)| name.starts_with("listener."))
}

/// One row: its members in the order they were written.
pub type Row = Vec<(String, Value)>;

/// What a case is run for, once each.
#[derive(Clone, Debug)]
pub enum Each {
    /// The rows written.
    Rows(Vec<Spanned<Row>>),
    /// A row for each operation of the spec.
    Operations {
        /// Only these; all of them when `None`.
        only: Option<Vec<Spanned<String>>>,
        /// Leaving these out.
        except: Vec<Spanned<String>>,
        /// Where it is asked for.
        span: Span,
    },
}
