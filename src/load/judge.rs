//! Judges the answers of a load: each one, by the checks that judge everything else, at the cost of the first of its kind.
//!
//! Remembers judgements and takes short ways that cannot differ from the long one. Holds no rule of its own.

use crate::base::seed::{Rng, Seed};
use crate::check::found::Judgement;
use crate::check::judgement::{Bound, answer};
use crate::check::reads::{Reads, reads, schema_alone};
use crate::check::rules::Rules;
use crate::contract::model::{Direction, Operation};
use crate::engine::{Answer, Judged};
use crate::load::memory::{Bodies, HeadId, Heads};
use crate::model::check::Requirement;
use crate::model::exchange::Exchange;
use crate::schema::{LightValidator, Tape};
use crate::suite::ast::expect::Expect;
use crate::suite::ast::load::Validate;
use std::sync::Arc;

/// What the answers of one step are judged by.
#[derive(Clone)]
pub(super) struct StepRules {
    pub(super) method: String,
    pub(super) rules: Arc<Rules>,
    pub(super) operation: Option<Arc<Operation>>,
    pub(super) expect: Arc<Expect>,
    pub(super) cited: Option<Requirement>,
}

/// What is known of the answers of one step and status.
struct Known {
    status: u16,
    reads: Option<Reads>,
    heads: Heads,
    bodies: Bodies,
    /// By head: what alone judges a body under it, once an answer with that head was right.
    light: Vec<Option<Arc<LightValidator>>>,
}

struct Step {
    rules: StepRules,
    known: Vec<Known>,
}

/// What a judgement came to, and what is to be told of it.
pub(super) struct Judging {
    pub(super) judged: Judged,
    /// The exchange and what was found, where it was looked at in full and is wrong.
    pub(super) wrong: Option<Box<(Exchange, Judgement)>>,
}

impl From<Judged> for Judging {
    fn from(judged: Judged) -> Self {
        Self { judged, wrong: None }
    }
}

/// Judges the answers of one event loop.
pub(super) struct Judge {
    steps: Vec<Step>,
    validate: Validate,
    rng: Rng,
    tape: Tape,
}

impl Judge {
    pub(super) fn new(steps: impl IntoIterator<Item = StepRules>, validate: Validate, seed: Seed) -> Self {
        Self {
            steps: steps.into_iter().map(|rules| Step { rules, known: Vec::new() }).collect(),
            validate,
            rng: seed.derive("sample").rng(),
            tape: Tape::default(),
        }
    }

    /// Judges an answer of a step. `whole` makes the exchange and has it judged in full; it is asked for only where no short way is.
    pub(super) fn judge(
        &mut self,
        step: usize,
        answer: &Answer<'_>,
        whole: impl FnOnce(&StepRules) -> Option<(Exchange, Judgement)>,
    ) -> Judging {
        if !self.takes() {
            return Judged::Not.into();
        }
        let Step { rules, known } = &mut self.steps[step];
        let index = match known.iter().position(|k| k.status == answer.status) {
            Some(index) => index,
            None => {
                known.push(Known::new(rules, answer.status));
                known.len() - 1
            }
        };
        let known = &mut known[index];
        let head = known.head(answer);
        if let Some(head) = head {
            if let Some(judged) = known.bodies.find(head, answer.body) {
                return judged.into();
            }
            if let Some(Some(light)) = known.light.get(head.0 as usize)
                && light.is_valid(answer.body, &mut self.tape) == Some(true)
            {
                known.bodies.keep(head, answer.body, Judged::Right);
                return Judged::Right.into();
            }
        }
        let Some((exchange, judgement)) = whole(rules) else { return Judged::Not.into() };
        let right = judgement.is_clean();
        let judged = if right { Judged::Right } else { Judged::Wrong };
        if let Some(head) = head {
            known.bodies.keep(head, answer.body, judged);
            if judgement.findings.is_empty() && judgement.errors.is_empty() {
                known.shorten(rules, head);
            }
        }
        Judging { judged, wrong: (!right).then(|| Box::new((exchange, judgement))) }
    }

    fn takes(&mut self) -> bool {
        match self.validate {
            Validate::All => true,
            Validate::None => false,
            Validate::Sample(share) => self.rng.next_u64() % 10_000 < u64::from(share.0),
        }
    }
}

impl Known {
    fn new(rules: &StepRules, status: u16) -> Self {
        Self {
            status,
            reads: reads(&rules.method, rules.operation.as_deref(), status, &rules.expect),
            heads: Heads::default(),
            bodies: Bodies::default(),
            light: Vec::new(),
        }
    }

    /// The head's number, where a judgement depends on head and body alone.
    fn head(&mut self, answer: &Answer<'_>) -> Option<HeadId> {
        let reads = self.reads.as_ref().filter(|r| !r.request)?;
        self.heads.find(answer.head, answer.fields, &reads.headers)
    }

    /// From now on a body under this head is judged by its schema alone, where nothing else reads it.
    fn shorten(&mut self, rules: &StepRules, head: HeadId) {
        let index = head.0 as usize;
        if self.light.len() > index && self.light[index].is_some() {
            return;
        }
        if self.light.len() <= index {
            self.light.resize(index + 1, None);
        }
        let coded = self.heads.field(head, "content-encoding").is_some();
        if coded || self.reads.as_ref().is_none_or(|r| r.body) {
            return;
        }
        let (Some(operation), Some(media)) = (&rules.operation, self.heads.field(head, "content-type")) else { return };
        self.light[index] = schema_alone(operation, self.status, media)
            .and_then(|s| rules.rules.contract.light_validator(s, Direction::Response))
            .map(Arc::new);
    }
}

/// Judges an exchange in full.
pub(super) fn in_full(rules: &StepRules, exchange: &Exchange, means: crate::check::expected::Means<'_>) -> Judgement {
    let bound = Bound {
        rules: Some(&rules.rules),
        operation: rules.operation.as_deref(),
        expect: &rules.expect,
        cited: rules.cited.as_ref(),
        means,
    };
    answer(exchange, bound)
}
