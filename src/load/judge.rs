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
pub struct StepRules {
    /// The method of its request.
    pub method: String,
    /// The contract, and what a suite adds to it.
    pub rules: Arc<Rules>,
    /// What it calls, where the contract has it.
    pub operation: Option<Arc<Operation>>,
    /// What is expected beyond the contract.
    pub expect: Arc<Expect>,
    /// What its findings are told under.
    pub cited: Option<Requirement>,
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
pub struct Judging {
    /// What it came to.
    pub judged: Judged,
    /// The exchange and what was found, where it was looked at in full and is wrong.
    pub wrong: Option<Box<(Exchange, Judgement)>>,
}

impl From<Judged> for Judging {
    fn from(judged: Judged) -> Self {
        Self { judged, wrong: None }
    }
}

/// Judges the answers of one event loop.
pub struct Judge {
    steps: Vec<Step>,
    validate: Validate,
    rng: Rng,
    tape: Tape,
}

impl Judge {
    /// For these steps, by their index.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = StepRules>, validate: Validate, seed: Seed) -> Self {
        Self {
            steps: steps.into_iter().map(|rules| Step { rules, known: Vec::new() }).collect(),
            validate,
            rng: seed.derive("sample").rng(),
            tape: Tape::default(),
        }
    }

    /// Judges an answer of a step. `whole` makes the exchange and has it judged in full; it is asked for only where no short way is.
    pub fn judge(
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

#[cfg(test)]
mod tests {
    use super::{Judge, Judging, StepRules, in_full};
    use crate::base::seed::Seed;
    use crate::base::units::{Nanos, Share};
    use crate::check::bench::{contract, exchange, expectation};
    use crate::check::expected::Means;
    use crate::check::found::Judgement;
    use crate::check::rules::Rules;
    use crate::engine::{Answer, Judged};
    use crate::model::exchange::Exchange;
    use crate::model::http::Response;
    use crate::net::lean::header_fields;
    use crate::suite::ast::load::Validate;
    use crate::suite::template::Scope;
    use proptest::prelude::*;
    use serde_json::Value;
    use std::cell::Cell;
    use std::sync::{Arc, LazyLock};

    /// Every name holds the same.
    struct Same;

    impl Scope for Same {
        fn lookup(&self, _: &str) -> Option<Value> {
            Some("t1".into())
        }
    }

    static RULES: LazyLock<Vec<StepRules>> = LazyLock::new(|| (0..STEPS.len()).map(rules).collect());

    /// The steps that are judged: method, operation, expectation.
    const STEPS: [(&str, &str, &str); 6] = [
        ("GET", "readThing", "{}"),
        ("GET", "readThing", "{body: {$.state: OPEN}}"),
        ("GET", "readThing", "{body: {$.id: \"${unique}\"}}"),
        ("GET", "listThings", "{status: 200}"),
        ("POST", "createThing", "{}"),
        ("DELETE", "dropThing", "{}"),
    ];
    const HEADS: [(u16, &str); 9] = [
        (200, "Content-Type: application/json\r\nDate: one\r\n"),
        (200, "Date: two\r\nContent-Type: application/json\r\n"),
        (200, "Content-Type: text/plain\r\n"),
        (200, ""),
        (201, "Content-Type: application/json\r\nLocation: /things/v1/things/t1\r\n"),
        (201, "Content-Type: application/json\r\n"),
        (204, ""),
        (404, "Content-Type: application/json\r\n"),
        (418, "Content-Type: application/json\r\n"),
    ];
    const BODIES: [&str; 7] = [
        "",
        "[]",
        r#"{"id":"t1","state":"OPEN"}"#,
        r#"{"id":"t2","state":"DONE"}"#,
        r#"{"id":"t2","state":"NONE"}"#,
        r#"{"type":"UNKNOWN","detail":"panicked at"}"#,
        "{",
    ];

    fn rules(step: usize) -> StepRules {
        let (method, operation, expect) = STEPS[step];
        let contract = contract();
        StepRules {
            method: method.to_owned(),
            operation: contract.operation(operation).cloned(),
            rules: Arc::new(Rules::new(contract, None, Vec::new(), Vec::new())),
            expect: Arc::new(expectation(expect)),
            cited: None,
        }
    }

    fn judge(validate: Validate) -> Judge {
        Judge::new(RULES.iter().cloned(), validate, Seed(1))
    }

    fn whole(rules: &StepRules, answer: &Answer<'_>) -> (Exchange, Judgement) {
        let mut response = Response::new(answer.status);
        response.headers = header_fields(answer.head).into_iter().collect();
        response.body = answer.body.to_vec().into();
        let exchange = exchange(&rules.method, "/things", response, 0);
        let judgement = in_full(rules, &exchange, Means { scope: &Same, schemas: &|_, _| Ok(()) });
        (exchange, judgement)
    }

    fn head(index: usize) -> Vec<u8> {
        format!("HTTP/1.1 {} Said\r\n{}\r\n", HEADS[index].0, HEADS[index].1).into_bytes()
    }

    fn answer<'a>(index: usize, head: &'a [u8], body: &'a [u8]) -> Answer<'a> {
        let (service, at, sent) = (Nanos(1), Nanos(2), Nanos(1));
        Answer { status: HEADS[index].0, head, fields: &[], body, service, at, sent }
    }

    /// What comes of judging these bodies one after the other, and how often one was judged in full.
    fn run(step: usize, index: usize, bodies: impl IntoIterator<Item = String>) -> (Vec<Judged>, usize) {
        let (mut judge, calls) = (judge(Validate::All), Cell::new(0));
        let mut came = Vec::new();
        for body in bodies {
            let head = head(index);
            let answer = answer(index, &head, body.as_bytes());
            let Judging { judged, wrong } = judge.judge(step, &answer, |rules| {
                calls.set(calls.get() + 1);
                Some(whole(rules, &answer))
            });
            assert!(wrong.is_none() || judged == Judged::Wrong);
            came.push(judged);
        }
        (came, calls.get())
    }

    fn things(count: u32, state: &str) -> Vec<String> {
        (0..count).map(|n| format!(r#"{{"id":"t{n}","state":"{state}"}}"#)).collect()
    }

    #[test]
    fn short_ways_are_taken_where_there_are_any() {
        let repeated = || vec![BODIES[2].to_owned(); 100];
        assert_eq!(run(0, 0, repeated()), (vec![Judged::Right; 100], 1), "a body that was judged");
        assert_eq!(run(1, 0, repeated()), (vec![Judged::Right; 100], 1), "of which something is expected");
        assert_eq!(run(0, 0, things(100, "OPEN")), (vec![Judged::Right; 100], 1), "the schema alone");
        assert_eq!(run(0, 0, vec![BODIES[4].to_owned(); 100]), (vec![Judged::Wrong; 100], 1), "one that is wrong");
    }

    #[test]
    fn and_no_others_are_taken() {
        assert_eq!(run(1, 0, things(50, "OPEN")).1, 50, "something is expected of each");
        assert_eq!(run(2, 0, vec![BODIES[2].to_owned(); 50]).1, 50, "what is expected is another each time");
        assert_eq!(run(0, 0, things(50, "NONE")), (vec![Judged::Wrong; 50], 50), "every wrong one is looked at");
        assert_eq!(
            run(0, 7, vec![r#"{"type":"A"}"#.to_owned(), r#"{"type":"B"}"#.to_owned()]).1,
            2,
            "an error may show too much"
        );
        assert_eq!(run(4, 4, vec![BODIES[2].to_owned(); 50]).1, 50, "a creation is judged with its request");
    }

    #[test]
    fn what_cannot_be_looked_at_is_not_judged() {
        let (mut judge, head) = (judge(Validate::All), head(0));
        let answer = answer(0, &head, b"{}");
        assert_eq!(judge.judge(0, &answer, |_| None).judged, Judged::Not);
        assert_eq!(
            judge.judge(0, &answer, |rules| Some(whole(rules, &answer))).judged,
            Judged::Wrong,
            "nothing is remembered of it"
        );
    }

    #[test]
    fn a_sample_is_the_share_that_was_asked_for_and_the_same_by_the_seed() {
        let taken = |validate, seed| {
            let mut judge = Judge::new([RULES[0].clone()], validate, Seed(seed));
            let head = head(0);
            let answer = answer(0, &head, BODIES[2].as_bytes());
            let one = |judge: &mut Judge| judge.judge(0, &answer, |rules| Some(whole(rules, &answer))).judged == Judged::Right;
            (0..10_000).map(|_| one(&mut judge)).collect::<Vec<bool>>()
        };
        let count = |taken: Vec<bool>| taken.into_iter().filter(|t| *t).count();
        let quarter = count(taken(Validate::Sample(Share(2_500)), 1));
        // Six standard deviations of a binomial count.
        assert!((2_240..=2_760).contains(&quarter), "{quarter}");
        assert_eq!(count(taken(Validate::Sample(Share(10_000)), 1)), 10_000);
        assert_eq!(count(taken(Validate::None, 1)), 0);
        assert_eq!(taken(Validate::Sample(Share(2_500)), 7), taken(Validate::Sample(Share(2_500)), 7));
        assert_ne!(taken(Validate::Sample(Share(2_500)), 7), taken(Validate::Sample(Share(2_500)), 8));
    }

    proptest! {
        #[test]
        fn every_verdict_is_the_one_that_is_given_in_full_whatever_came_before(
            sequence in prop::collection::vec((0..STEPS.len(), 0..HEADS.len(), 0..BODIES.len()), 1..200)
        ) {
            let mut judge = judge(Validate::All);
            for (step, index, body) in sequence {
                let head = head(index);
                let answer = answer(index, &head, BODIES[body].as_bytes());
                let clean = whole(&RULES[step], &answer).1.is_clean();
                let judged = judge.judge(step, &answer, |rules| Some(whole(rules, &answer))).judged;
                prop_assert_eq!(judged, if clean { Judged::Right } else { Judged::Wrong }, "{:?} {} {}", STEPS[step], index, body);
            }
        }
    }
}
