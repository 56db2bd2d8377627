//! Looks for a value that the contract's own validator accepts: makes one, reads what is wrong with it, makes it otherwise.
//!
//! Bounded by counts alone, so that the same seed finds the same value. Builds no value itself.

use crate::base::pointer::Pointer;
use crate::contract::model::SchemaRef;
use crate::generate::make::{Choice, Maker, Site, Steering};
use crate::generate::variants::called;
use crate::schema::{Validator, Violation};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A value that conforms, with what was asked of each of its parts.
#[derive(Clone, Debug)]
pub(super) struct Solution {
    pub(super) value: Value,
    pub(super) sites: Vec<Site>,
    pub(super) choices: Vec<Choice>,
}

/// Values made in one search, at most.
const MOST_TRIES: usize = 60;

/// Schemas merged for one value, and for all that one maker makes.
const MOST_WORK: usize = 20_000;
const MOST_WORK_IN_ALL: usize = 150_000;

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Aim {
    pub(super) full: bool,
    pub(super) fixed: BTreeMap<Pointer, Value>,
    pub(super) choices: HashMap<String, usize>,
    pub(super) drop: BTreeSet<Pointer>,
    pub(super) counts: BTreeMap<Pointer, usize>,
    pub(super) hints: Vec<Value>,
}

impl Maker<'_> {
    /// A value that conforms, or what stood in the way.
    pub(super) fn solve(&mut self, schema: &SchemaRef, validator: &Validator, aim: &Aim) -> Result<Solution, String> {
        if let Some(fault) = validator.fault() {
            return Err(format!("the schema cannot be compiled: {fault}"));
        }
        self.budget = (self.merger.work.get() + MOST_WORK).min(MOST_WORK_IN_ALL);
        let mut told = "the schema contradicts itself, or nests without end".to_owned();
        for (with_examples, full) in [(true, aim.full), (false, aim.full), (false, false)] {
            self.steering = Steering {
                choices: aim.choices.clone(),
                fixed: aim.fixed.clone(),
                drop: aim.drop.clone(),
                counts: aim.counts.clone(),
                with_examples,
                ..Steering::default()
            };
            let hints: &[Value] = if with_examples { &aim.hints } else { &[] };
            match self.improve(schema, validator, full, hints) {
                Ok(solution) => return Ok(solution),
                Err(why) => told = why.unwrap_or(told),
            }
        }
        Err(told)
    }

    fn improve(
        &mut self,
        schema: &SchemaRef,
        validator: &Validator,
        full: bool,
        hints: &[Value],
    ) -> Result<Solution, Option<String>> {
        let mut tried: HashMap<String, usize> = HashMap::new();
        let mut best: Option<(usize, Steering)> = None;
        let mut told = None;
        for _ in 0..MOST_TRIES {
            let Some(value) = self.value(schema, full, hints) else {
                if !self.vary(&Pointer::root(), &mut tried) {
                    break;
                }
                continue;
            };
            if validator.is_valid(&value) {
                return Ok(Solution { value, sites: self.sites.clone(), choices: self.log.clone() });
            }
            let violations = validator.violations(&value);
            told = violations.first().map(|violation| format!("{} {}", called(&violation.instance), violation.message));
            match &best {
                Some((fewest, steering)) if *fewest < violations.len() => self.steering = steering.clone(),
                _ => best = Some((violations.len(), self.steering.clone())),
            }
            if !self.mend(&value, &violations, &mut tried) {
                break;
            }
        }
        Err(told)
    }

    /// Changes what the violations complain of; false where nothing is left to change.
    fn mend(&mut self, value: &Value, violations: &[Violation], tried: &mut HashMap<String, usize>) -> bool {
        let mut mended = false;
        for violation in violations {
            let named = violation.message.split('`').nth(1).unwrap_or_default();
            match violation.keyword.as_str() {
                "required" | "dependentRequired" | "dependencies" => {
                    mended |= self.steering.add.insert(violation.instance.push(named));
                }
                "additionalProperties" | "unevaluatedProperties" => {
                    mended |= self.leave_away(&violation.instance.push(named));
                }
                "readOnly" | "writeOnly" => mended |= self.leave_away(&violation.instance),
                _ => {}
            }
        }
        if mended {
            return true;
        }
        let varied = violations.iter().any(|violation| self.vary(&violation.instance, tried));
        // A member that cannot be mended is better absent.
        varied
            || violations.iter().any(|violation| {
                let mut at = violation.instance.clone();
                loop {
                    if value.pointer(at.as_str()).is_some() && !at.as_str().is_empty() && self.leave_away(&at) {
                        return true;
                    }
                    match at.parent() {
                        Some(parent) => at = parent,
                        None => return false,
                    }
                }
            })
    }

    fn leave_away(&mut self, at: &Pointer) -> bool {
        self.steering.add.remove(at);
        self.steering.drop.insert(at.clone())
    }

    /// Takes the next option of a choice near a place, each as often as it has options.
    fn vary(&mut self, place: &Pointer, tried: &mut HashMap<String, usize>) -> bool {
        let distance = |at: &Pointer| {
            let (a, b) = (at.as_str(), place.as_str());
            let depth = |text: &str| text.matches('/').count();
            if a == b {
                Some(0)
            } else if b.strip_prefix(a).is_some_and(|rest| rest.starts_with('/')) {
                Some(depth(b) - depth(a))
            } else if a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/')) {
                Some(depth(a) - depth(b) + 1)
            } else {
                None
            }
        };
        let candidates = self.log.iter().filter_map(|choice| {
            let times = tried.get(&choice.key).copied().unwrap_or(0);
            (times < choice.options.min(24)).then(|| Some((distance(&choice.at)?, choice.rank, times, choice.key.clone())))?
        });
        let Some((.., times, key)) = candidates.min() else { return false };
        tried.insert(key.clone(), times + 1);
        *self.steering.choices.entry(key).or_default() += 1;
        true
    }
}
