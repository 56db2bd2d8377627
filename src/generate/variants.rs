//! What can be done to a valid value: a bound reached, a member left away, a member added, a value that no list has.
//!
//! Each variant differs from a valid value in one place. What is called valid was accepted by the validator.

use crate::base::pointer::Pointer;
use crate::contract::model::SchemaRef;
use crate::generate::bounds::bounds;
use crate::generate::events::{Event, Subject};
use crate::generate::make::{Maker, Site};
use crate::generate::search::Aim;
use crate::generate::shape::{Demand, Shape};
use crate::generate::{Sample, SampleKind};
use serde_json::{Value, json};
use std::collections::{HashSet, VecDeque};

/// Items where a schema sets no bound, and items at a stated bound at most.
const MANY: usize = 10;
const MOST_COUNTED: usize = 500;

/// A field that no spec has.
const NEW_FIELD: &str = "newInALaterVersion";

/// What a place is called for a reader: `details.reason`.
pub(super) fn called(at: &Pointer) -> String {
    let names: Vec<String> = at.tokens().filter(|t| t.parse::<usize>().is_err()).collect();
    if names.is_empty() { "the value".to_owned() } else { names.join(".") }
}

pub(super) fn with(value: &Value, at: &Pointer, new: Value) -> Option<Value> {
    let mut changed = value.clone();
    *changed.pointer_mut(at.as_str())? = new;
    Some(changed)
}

fn without(value: &Value, at: &Pointer) -> Option<Value> {
    let mut changed = value.clone();
    let name = at.tokens().last()?;
    changed.pointer_mut(at.parent()?.as_str())?.as_object_mut()?.shift_remove(&name)?;
    Some(changed)
}

fn added(value: &Value, at: &Pointer, new: Value) -> Option<Value> {
    let mut changed = value.clone();
    let name = at.tokens().last()?;
    let object = changed.pointer_mut(at.parent()?.as_str())?.as_object_mut()?;
    if object.contains_key(&name) {
        return None;
    }
    object.insert(name, new);
    Some(changed)
}

/// Samples of one kind, none twice, and no more than wanted.
struct Gathered {
    samples: Vec<Sample>,
    seen: HashSet<String>,
    most: usize,
}

impl Gathered {
    fn new(most: usize) -> Self {
        Self { samples: Vec::new(), seen: HashSet::new(), most }
    }

    fn is_full(&self) -> bool {
        self.samples.len() >= self.most
    }

    /// False for a value that is there already.
    fn push(&mut self, label: String, kind: SampleKind, value: Value) -> bool {
        let is_new = !self.is_full() && self.seen.insert(value.to_string());
        if is_new {
            self.samples.push(Sample { label, kind, value });
        }
        is_new
    }
}

/// What may be done to one place.
enum Fill {
    /// Another value.
    With(Value),
    /// So many items or members.
    Count(usize),
}

/// A place and what is still to be tried there.
struct Slot<'e> {
    event: &'e Event,
    site: &'e Site,
    left: VecDeque<(String, Fill, bool)>,
}

impl Maker<'_> {
    /// Every variant of the values of some events.
    pub(super) fn variants(&mut self, subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
        let mut all = self.boundaries(subject, events);
        all.extend(self.absences(subject, events));
        all.extend(unknown_fields(subject, events));
        all.extend(self.unknown_values(subject, events));
        all.extend(missing(subject, events));
        all
    }

    /// The first bound of each place, then the second of each, until there are enough.
    fn boundaries(&mut self, subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
        let mut found = Gathered::new(subject.most);
        found.seen.extend(events.iter().map(|event| event.shown.to_string()));
        let mut slots: Vec<Slot<'_>> = Vec::new();
        for (event, site) in places(events) {
            let Some(now) = base(event, &site.at).pointer(site.at.as_str()) else { continue };
            let named = bounds(&site.shape, now, &mut self.writer).into_iter();
            let named = named.map(|bound| (bound.what, Fill::With(bound.value), bound.odd));
            let counted = counts(&site.shape, now).into_iter().map(|(what, fill)| (what, fill, false));
            let left = named.chain(counted).collect();
            slots.push(Slot { event, site, left });
        }
        let mut order: Vec<usize> = Vec::new();
        while !found.is_full() && slots.iter().any(|slot| !slot.left.is_empty()) {
            for (i, slot) in slots.iter_mut().enumerate() {
                while let Some((what, fill, odd)) = slot.left.pop_front() {
                    let label = format!("{} {what}", called(&slot.site.at));
                    let at = slot.site.at.clone();
                    let kind = if odd { SampleKind::Odd(at) } else { SampleKind::Boundary(at) };
                    if let Some(value) = self.filled(subject, slot, fill)
                        && found.push(label, kind, value)
                    {
                        order.push(i);
                        break;
                    }
                }
            }
        }
        let mut ranked: Vec<(usize, Sample)> = order.into_iter().zip(std::mem::take(&mut found.samples)).collect();
        ranked.sort_by_key(|(i, _)| *i);
        found.samples = ranked.into_iter().map(|(_, sample)| sample).collect();
        self.forms(subject, events, &mut found);
        found.samples
    }

    fn filled(&mut self, subject: &Subject<'_>, slot: &Slot<'_>, fill: Fill) -> Option<Value> {
        let (event, at) = (slot.event, &slot.site.at);
        match fill {
            Fill::With(new) => with(base(event, at), at, new).filter(|value| subject.validator.is_valid(value)),
            Fill::Count(count) => {
                let counts = [(at.clone(), count)].into();
                let hints = vec![event.solution.value.clone()];
                let aim = Aim { full: true, fixed: event.fixed.clone(), counts, hints, ..Aim::default() };
                let value = self.solve(subject.schema, subject.validator, &aim).ok()?.value;
                (length(value.pointer(at.as_str())?) == Some(count)).then_some(value)
            }
        }
    }

    fn absences(&mut self, subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
        let mut found = Gathered::new(subject.most);
        if let Some(event) = events.first() {
            let aim = Aim { fixed: event.fixed.clone(), hints: vec![event.solution.value.clone()], ..Aim::default() };
            if let Ok(solution) = self.solve(subject.schema, subject.validator, &aim)
                && solution.value != event.solution.value
            {
                let kind = SampleKind::OptionalAbsent(Pointer::root());
                found.push("only what is required".to_owned(), kind, solution.value);
            }
        }
        for (event, site) in places(events) {
            let value = &event.solution.value;
            let Some(object) = value.pointer(site.at.as_str()).and_then(Value::as_object) else { continue };
            for name in object.keys().filter(|name| !site.shape.required.contains(name)) {
                if found.is_full() {
                    return found.samples;
                }
                let at = site.at.push(name);
                let mut left = without(value, &at).filter(|left| subject.validator.is_valid(left));
                if left.is_none() {
                    let hints = vec![value.clone()];
                    let drop = [at.clone()].into();
                    let aim = Aim { full: true, fixed: event.fixed.clone(), drop, hints, ..Aim::default() };
                    let solved = self.solve(subject.schema, subject.validator, &aim).ok();
                    left = solved.map(|s| s.value).filter(|v| v.pointer(at.as_str()).is_none());
                }
                if let Some(left) = left {
                    found.push(format!("{} absent", called(&at)), SampleKind::OptionalAbsent(at), left);
                }
            }
        }
        found.samples
    }

    fn unknown_values(&mut self, subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
        let mut found = Gathered::new(subject.most);
        let mut lists = HashSet::new();
        for event in events {
            for site in &event.solution.sites {
                let value = event.solution.value.pointer(site.at.as_str());
                for name in value.and_then(Value::as_object).into_iter().flat_map(|object| object.keys()) {
                    let at = site.at.push(name);
                    let Some((listed, narrowed)) = self.spec_list(site, name, event.fixed.get(&at)) else { continue };
                    let others = event.fixed.iter().filter(|(other, _)| narrowed && **other != at);
                    let others: Vec<&str> = others.filter_map(|(_, v)| v.as_str()).collect();
                    let of = if others.is_empty() { String::new() } else { format!(" of {}", others.join(" ")) };
                    if !lists.insert((at.clone(), of.clone(), Value::Array(listed.clone()).to_string())) {
                        continue;
                    }
                    let Some(new) = unlisted(&listed) else { continue };
                    let text = new.as_str().map_or_else(|| new.to_string(), str::to_owned);
                    let Some(changed) = with(base(event, &at), &at, new) else { continue };
                    if concerns_only(subject, &changed, &at) {
                        found.push(format!("{} {text}{of}", called(&at)), SampleKind::UnknownValue(at), changed);
                    }
                }
            }
        }
        found.samples
    }

    /// What the spec lists for a member, and whether it does so only beside what other members are.
    fn spec_list(&mut self, site: &Site, name: &str, fixed: Option<&Value>) -> Option<(Vec<Value>, bool)> {
        let of = |shape: &Shape| shape.properties.iter().find(|(n, _)| n == name).map(|(_, demands)| demands.clone());
        let always = of(&self.merger.fixed(&site.demands)).and_then(|demands| self.listed(&demands));
        if let Some(listed) = always {
            return Some((listed, false));
        }
        let is_fixed = |d: &Demand| matches!((d, fixed), (Demand::Among(values), Some(v)) if **values == [v.clone()]);
        let demands: Vec<Demand> = of(&site.shape)?.into_iter().filter(|d| !is_fixed(d)).collect();
        Some((self.listed(&demands)?, true))
    }

    /// Every alternative of the parts below, where the value shows but one.
    fn forms(&mut self, subject: &Subject<'_>, events: &[Event], found: &mut Gathered) {
        let mut seen = HashSet::new();
        for event in events {
            for choice in event.solution.choices.iter().filter(|c| c.rank == 0 && c.at != Pointer::root()) {
                for option in 1..choice.options.min(MOST_FORMS) {
                    if found.is_full() || seen.len() >= MOST_FORMS || !seen.insert((choice.key.clone(), option)) {
                        continue;
                    }
                    let choices = [(choice.key.clone(), option)].into();
                    let hints = vec![event.solution.value.clone()];
                    let aim = Aim { full: true, fixed: event.fixed.clone(), choices, hints, ..Aim::default() };
                    let Ok(solution) = self.solve(subject.schema, subject.validator, &aim) else { continue };
                    let site = |sites: &[Site]| sites.iter().find(|s| s.at == choice.at).cloned();
                    let (Some(new), Some(old)) = (site(&solution.sites), site(&event.solution.sites)) else { continue };
                    let own = new.shape.schemas.iter().filter(|schema| !old.shape.schemas.contains(schema));
                    let name = own.filter_map(SchemaRef::component).next().or_else(|| new.shape.title.clone());
                    let name = name.map_or_else(|| format!("in form {}", option + 1), |name| format!("as {name}"));
                    found.push(format!("{} {name}", called(&choice.at)), SampleKind::Boundary(choice.at.clone()), solution.value);
                }
            }
        }
    }
}

/// Arrays of as few and as many items as may be, and objects of free names likewise.
fn counts(shape: &Shape, now: &Value) -> Vec<(String, Fill)> {
    let is_array = now.is_array();
    if !(is_array || now.is_object() && shape.properties.is_empty()) {
        return Vec::new();
    }
    let (least, most) = match is_array {
        true => (shape.min_items, shape.max_items.unwrap_or(MANY)),
        false => (shape.min_properties, shape.max_properties.unwrap_or(3)),
    };
    let mut counts: Vec<usize> = vec![0, least, most];
    counts.retain(|count| *count >= least && *count <= MOST_COUNTED && Some(*count) != length(now));
    counts.dedup();
    let named = counts.into_iter().map(|count| {
        let what = match (is_array, count) {
            (true, 1) => "item",
            (true, _) => "items",
            (false, 1) => "member",
            (false, _) => "members",
        };
        (format!("of {count} {what}"), Fill::Count(count))
    });
    named.collect()
}

fn length(value: &Value) -> Option<usize> {
    value.as_array().map(Vec::len).or_else(|| value.as_object().map(serde_json::Map::len))
}

/// Alternatives of parts shown, at most.
const MOST_FORMS: usize = 32;

/// The value that a variant starts from: what the spec's own example shows, where that has the place.
fn base<'e>(event: &'e Event, at: &Pointer) -> &'e Value {
    let has = |value: &Value| value.pointer(at.as_str()).is_some();
    if has(&event.shown) { &event.shown } else { &event.solution.value }
}

/// Each place once, with the first event that has it.
fn places(events: &[Event]) -> Vec<(&Event, &Site)> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for event in events {
        for site in &event.solution.sites {
            if seen.insert(&site.at) {
                found.push((event, site));
            }
        }
    }
    found
}

/// Whether nothing is wrong with a value but what is at a place, or around it because of that place.
fn concerns_only(subject: &Subject<'_>, value: &Value, at: &Pointer) -> bool {
    let around = |other: &Pointer| {
        let (inner, outer) = (at.as_str(), other.as_str());
        inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
    };
    subject.validator.violations(value).iter().all(|violation| around(&violation.instance))
}

fn unknown_fields(subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
    let mut found = Gathered::new(subject.most);
    for (event, site) in places(events) {
        if found.is_full() {
            break;
        }
        let value = base(event, &site.at);
        let at = site.at.push(NEW_FIELD);
        let is_root = site.at == Pointer::root();
        let place = if is_root { String::new() } else { format!(" in {}", called(&site.at)) };
        let kinds = [
            ("a text", json!("a value")),
            ("an object", json!({"reason": "a value", "count": 1})),
            ("an array", json!(["a value", 1, null])),
        ];
        for (what, new) in kinds.into_iter().take(if is_root { 3 } else { 1 }) {
            let Some(changed) = added(value, &at, new) else { continue };
            let forbidden = if subject.validator.is_valid(&changed) { "" } else { ", which the schema forbids" };
            found.push(format!("{NEW_FIELD}{place}, {what}{forbidden}"), SampleKind::UnknownField(at.clone()), changed);
        }
    }
    found.samples
}

fn missing(subject: &Subject<'_>, events: &[Event]) -> Vec<Sample> {
    let mut found = Gathered::new(subject.most);
    for (event, site) in places(events) {
        for name in &site.shape.required {
            let at = site.at.push(name);
            let Some(left) = without(base(event, &at), &at) else { continue };
            if !subject.validator.is_valid(&left) && concerns_only(subject, &left, &site.at) {
                found.push(format!("{} absent", called(&at)), SampleKind::MissingRequired(at), left);
            }
        }
    }
    found.samples
}

/// A value in the style of a list that is not in it.
fn unlisted(listed: &[Value]) -> Option<Value> {
    if let Some(numbers) = listed.iter().map(Value::as_i64).collect::<Option<Vec<i64>>>() {
        return Some(json!(numbers.into_iter().max()?.checked_add(1)?));
    }
    let texts: Vec<&str> = listed.iter().map(Value::as_str).collect::<Option<_>>()?;
    let all = |test: fn(char) -> bool| texts.iter().all(|t| t.chars().filter(|c| c.is_alphabetic()).all(test));
    let any = |letter: char| texts.iter().any(|t| t.contains(letter));
    let (upper, lower) = (all(char::is_uppercase), all(char::is_lowercase));
    let text = match (upper, lower) {
        (true, _) if any('-') => "SOMETHING-NEW",
        (true, _) => "SOMETHING_NEW",
        (_, true) if any('-') => "something-new",
        (_, true) if any('.') => "something.new",
        (_, true) => "something_new",
        _ if any(' ') => "Something new",
        _ if texts.iter().all(|t| t.starts_with(char::is_lowercase)) => "somethingNew",
        _ => "SomethingNew",
    };
    (!texts.contains(&text)).then(|| json!(text))
}
