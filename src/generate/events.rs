//! The combinations of values that a schema lists: each entity with each of its events.
//!
//! Finds the properties that decide and what they may be. Makes every value through the search, and judges nothing else.

use crate::base::pointer::Pointer;
use crate::contract::model::SchemaRef;
use crate::generate::make::{Maker, Steering};
use crate::generate::merge::Change;
use crate::generate::search::{Aim, Solution};
use crate::generate::shape::{Demand, Kinds, Shape};
use crate::schema::Validator;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One combination and a value that shows it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) label: String,
    pub(super) fixed: BTreeMap<Pointer, Value>,
    /// With every optional property.
    pub(super) solution: Solution,
    /// With the properties that the spec's own example of the combination has.
    pub(super) shown: Value,
}

/// Combinations looked at, at most.
const MOST_COMBINATIONS: usize = 400;

/// Options of one choice looked at, at most.
const MOST_OPTIONS: usize = 64;

/// What a request for events is about.
pub(super) struct Subject<'s> {
    pub(super) schema: &'s SchemaRef,
    pub(super) validator: &'s Validator,
    pub(super) examples: &'s [Value],
    pub(super) most: usize,
}

type Fixed = BTreeMap<Pointer, Value>;

/// A property and the values listed for it.
type Listing = (String, Vec<Value>);

impl Maker<'_> {
    /// One event for each combination that the validator accepts.
    pub(super) fn events(&mut self, subject: &Subject<'_>, missed: &mut Vec<String>) -> Vec<Event> {
        let combinations = self.combinations(subject);
        let mut events: Vec<Event> = Vec::new();
        let mut none = None;
        for fixed in chosen(&combinations, subject.most) {
            let aim = Aim { full: true, fixed: fixed.clone(), hints: hints(subject.examples, &fixed), ..Aim::default() };
            match self.solve(subject.schema, subject.validator, &aim) {
                Ok(solution) => {
                    let label = label(&fixed).unwrap_or_else(|| self.title(subject.schema));
                    let shown = shown(subject, &fixed, &solution.value);
                    events.push(Event { label, fixed, solution, shown });
                }
                Err(why) if fixed.is_empty() => none = Some(format!("no valid value was found: {why}")),
                Err(_) => {}
            }
        }
        self.alternatives(subject, &mut events);
        // An alternative that was tried by itself may be valid after all.
        missed.extend(none.filter(|_| events.is_empty()));
        events
    }

    fn title(&self, schema: &SchemaRef) -> String {
        let shape = self.merger.fixed(&[Demand::Of(schema.clone())]);
        shape.title.clone().unwrap_or_else(|| "a delivery".to_owned())
    }

    /// Adds a value for each alternative that no other value shows.
    fn alternatives(&mut self, subject: &Subject<'_>, events: &mut Vec<Event>) {
        let (_, forks) = self.merger.open(&[Demand::Of(subject.schema.clone())]);
        for fork in forks {
            // Where nothing was found, the search has tried the alternatives already.
            let most = if events.is_empty() { 2 } else { MOST_OPTIONS };
            for (i, option) in fork.options.iter().enumerate().take(most) {
                let target = option.iter().find_map(|change| match change {
                    Change::Take(schema) => Some(schema.clone()),
                    _ => None,
                });
                let Some(target) = target.filter(|_| events.len() < subject.most) else { continue };
                let validator = self.merger.contract.validator(&target, self.merger.direction);
                if events.iter().any(|event| validator.is_valid(&event.solution.value)) {
                    continue;
                }
                let choices = [(format!("{} {}", Pointer::root(), fork.key), i)].into();
                let aim = Aim { full: true, choices, hints: subject.examples.to_vec(), ..Aim::default() };
                let Ok(solution) = self.solve(subject.schema, subject.validator, &aim) else { continue };
                if validator.is_valid(&solution.value) {
                    let shape = self.merger.fixed(&[Demand::Of(target.clone())]);
                    let name = shape.schemas.iter().find_map(SchemaRef::component).or_else(|| shape.title.clone());
                    let label = name.unwrap_or_else(|| format!("alternative {}", i + 1));
                    let shown = solution.value.clone();
                    events.push(Event { label, fixed: Fixed::new(), solution, shown });
                }
            }
        }
    }

    fn combinations(&mut self, subject: &Subject<'_>) -> Vec<Fixed> {
        let size = |listings: &[Listing]| listings.iter().map(|(_, values)| values.len()).fold(1, usize::saturating_mul);
        let mut names: Option<BTreeSet<String>> = None;
        let listings = self.listings(subject.schema, &Fixed::new());
        if size(&listings) > MOST_COMBINATIONS * 8 {
            // As many properties as leave the combinations few enough; the others take turns.
            let mut count = 1;
            let few = listings.iter().take_while(|(_, values)| {
                count *= values.len();
                count <= MOST_COMBINATIONS
            });
            names = Some(few.map(|(name, _)| name.clone()).collect());
        }
        let mut found = Vec::new();
        self.descend(subject.schema, names.as_ref(), Fixed::new(), &mut found);
        for (i, fixed) in found.iter_mut().enumerate().filter(|_| names.is_some()) {
            for (name, values) in &listings {
                let at = Pointer::root().push(name);
                let value = &values[i % values.len()];
                if !fixed.contains_key(&at) {
                    let mut wider = fixed.clone();
                    wider.insert(at, value.clone());
                    if self.is_possible(subject.schema, &wider) {
                        *fixed = wider;
                    }
                }
            }
        }
        found
    }

    fn descend(&mut self, schema: &SchemaRef, names: Option<&BTreeSet<String>>, fixed: Fixed, found: &mut Vec<Fixed>) {
        if found.len() >= MOST_COMBINATIONS {
            return;
        }
        let listings = self.listings(schema, &fixed);
        let open = listings
            .into_iter()
            .find(|(name, _)| !fixed.contains_key(&Pointer::root().push(name)) && names.is_none_or(|names| names.contains(name)));
        let Some((name, values)) = open else {
            found.push(fixed);
            return;
        };
        let before = found.len();
        for value in values {
            let mut deeper = fixed.clone();
            deeper.insert(Pointer::root().push(&name), value);
            if self.is_possible(schema, &deeper) {
                self.descend(schema, names, deeper, found);
            }
        }
        if found.len() == before && fixed.is_empty() {
            found.push(fixed);
        }
    }

    fn root(&mut self, schema: &SchemaRef, fixed: &Fixed) -> Shape {
        self.steering = Steering { fixed: fixed.clone(), ..Steering::default() };
        self.log.clear();
        self.merge(&[Demand::Of(schema.clone())], &Pointer::root(), 0)
    }

    fn is_possible(&mut self, schema: &SchemaRef, fixed: &Fixed) -> bool {
        let shape = self.root(schema, fixed);
        !shape.is_contradictory()
            && shape
                .properties
                .iter()
                .filter(|(name, _)| shape.required.contains(name))
                .all(|(name, demands)| !shape.absent.contains(name) && !self.merger.fixed(demands).is_contradictory())
    }

    /// The properties that list their values, those that always do first.
    fn listings(&mut self, schema: &SchemaRef, fixed: &Fixed) -> Vec<Listing> {
        let mut shapes = vec![self.root(schema, fixed)];
        let choices = self.log.clone();
        for choice in choices {
            for option in 1..choice.options.min(MOST_OPTIONS) {
                self.steering.choices = [(choice.key.clone(), option)].into();
                let shape = self.merge(&[Demand::Of(schema.clone())], &Pointer::root(), 0);
                if !shape.is_contradictory() {
                    shapes.push(shape);
                }
            }
        }
        self.steering.choices.clear();
        let always = self.merger.fixed(&[Demand::Of(schema.clone())]);
        let (mut sure, mut other): (Vec<Listing>, Vec<Listing>) = (Vec::new(), Vec::new());
        for shape in &shapes {
            for (name, demands) in &shape.properties {
                if shape.absent.contains(name) || sure.iter().any(|(n, _)| n == name) {
                    continue;
                }
                let own = always.properties.iter().find(|(n, _)| n == name);
                if let Some(values) = own.and_then(|(_, demands)| self.listed(demands)) {
                    sure.push((name.clone(), values));
                } else if let Some(values) = self.listed(demands) {
                    let place = other.iter().position(|(n, _)| n == name).unwrap_or_else(|| {
                        other.push((name.clone(), Vec::new()));
                        other.len() - 1
                    });
                    let known = &mut other[place].1;
                    values.into_iter().for_each(|value| {
                        if !known.contains(&value) {
                            known.push(value);
                        }
                    });
                }
            }
        }
        sure.extend(other);
        sure
    }

    /// The values that demands list: by `enum` or `const`, or by alternatives that all do.
    pub(super) fn listed(&mut self, demands: &[Demand]) -> Option<Vec<Value>> {
        let (shape, forks) = self.merger.open(demands);
        let telling = |values: Vec<Value>| {
            let values: Vec<Value> = values.into_iter().filter(|v| !v.is_null()).collect();
            let plain = |v: &Value| matches!(Kinds::of(v), Kinds::STRING | Kinds::INTEGER | Kinds::FRACTION);
            (!values.is_empty() && values.iter().all(plain)).then_some(values)
        };
        if shape.hidden {
            return None;
        }
        if let Some(values) = shape.choices() {
            return telling(values);
        }
        forks.iter().find_map(|fork| {
            let mut all = Vec::new();
            for option in &fork.options {
                let (mut own, mut more) = (shape.clone(), Vec::new());
                option.iter().for_each(|change| self.merger.change(&mut own, change, &mut more));
                all.extend(own.choices()?.into_iter().filter(|v| !all.contains(v)).collect::<Vec<_>>());
            }
            telling(all)
        })
    }
}

/// The members that the example of the same combination has: what an example leaves away has no place there.
fn shown(subject: &Subject<'_>, fixed: &Fixed, full: &Value) -> Value {
    let is_same = |example: &&Value| fixed.iter().all(|(at, value)| example.pointer(at.as_str()) == Some(value));
    let example = subject.examples.iter().filter(|_| !fixed.is_empty()).find(is_same).and_then(Value::as_object);
    if let (Some(example), Some(full)) = (example, full.as_object()) {
        let kept = full.iter().filter(|(name, _)| example.contains_key(*name)).map(|(n, v)| (n.clone(), v.clone()));
        let kept = Value::Object(kept.collect());
        if subject.validator.is_valid(&kept) {
            return kept;
        }
    }
    full.clone()
}

/// As many combinations as wanted: first those that show a value, then those that show a pair, that no other did.
fn chosen(combinations: &[Fixed], most: usize) -> Vec<Fixed> {
    if combinations.len() <= most {
        return combinations.to_vec();
    }
    let key = |(at, value): (&Pointer, &Value)| format!("{at}={value}");
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    for width in [1, 2, usize::MAX] {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let shown = |fixed: &Fixed| -> Vec<String> {
            let keys: Vec<String> = fixed.iter().map(key).collect();
            match width {
                1 => keys,
                2 => {
                    (0..keys.len()).flat_map(|i| (0..i).map(|j| format!("{}&{}", keys[j], keys[i])).collect::<Vec<_>>()).collect()
                }
                _ => vec![keys.join("&")],
            }
        };
        taken.iter().for_each(|i| seen.extend(shown(&combinations[*i])));
        for (i, fixed) in combinations.iter().enumerate() {
            if taken.len() < most && !taken.contains(&i) && shown(fixed).iter().any(|k| !seen.contains(k)) {
                seen.extend(shown(fixed));
                taken.insert(i);
            }
        }
    }
    taken.into_iter().map(|i| combinations[i].clone()).collect()
}

fn label(fixed: &Fixed) -> Option<String> {
    let texts: Vec<String> = fixed.values().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// The examples of the same combination before the others.
fn hints(examples: &[Value], fixed: &Fixed) -> Vec<Value> {
    let (same, other): (Vec<&Value>, Vec<&Value>) =
        examples.iter().partition(|example| fixed.iter().all(|(at, value)| example.pointer(at.as_str()) == Some(value)));
    same.into_iter().chain(other).cloned().collect()
}
