//! Two schemas compared: what changed where, and which of the two allows more.
//!
//! Walks pairs of places breadth first, each pair once, so that recursive schemas end and a change is told at its shortest
//! path. Never judges whom a change breaks.

use crate::contract::model::SchemaRef;
use crate::diff::alike::Alike;
use crate::diff::change::Flow;
use crate::diff::expand::Reader;
use crate::diff::shape::{Shape, Term, Terms};
use crate::diff::{alternatives, keywords, listed, members};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// How the values that a schema allows changed; several at once are possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect(u8);

impl Effect {
    pub(super) const NONE: Self = Self(0);
    pub(super) const NARROWER: Self = Self(1);
    pub(super) const WIDER: Self = Self(2);
    pub(super) const CROSSED: Self = Self(3);
    pub(super) const UNKNOWN: Self = Self(4);

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True when what the old schema allows, the new one allows.
    pub(super) fn keeps_old(self) -> bool {
        self.0 & (Self::NARROWER.0 | Self::UNKNOWN.0) == 0
    }

    /// True when what the new schema allows, the old one allowed.
    pub(super) fn keeps_new(self) -> bool {
        self.0 & (Self::WIDER.0 | Self::UNKNOWN.0) == 0
    }

    pub(super) fn opposite(self) -> Self {
        Self((self.0 & Self::UNKNOWN.0) | ((self.0 & 1) << 1) | ((self.0 & 2) >> 1))
    }
}

/// One difference between two schemas.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    pub(super) rule: &'static str,
    pub(super) effect: Effect,
    /// From the place compared down, without the leading `$`.
    pub(super) path: String,
    pub(super) message: String,
    pub(super) old: Option<SchemaRef>,
    pub(super) new: Option<SchemaRef>,
}

/// What lies one step below, in both.
#[derive(Clone, Debug)]
pub(super) struct Child {
    pub(super) step: String,
    pub(super) old: Terms,
    pub(super) new: Terms,
}

/// What one pair of places differs in by itself, and the pairs below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Local {
    pub(super) differences: Vec<Difference>,
    pub(super) children: Vec<Child>,
    /// Effects that are not worth telling.
    pub(super) silent: Effect,
    /// The relation is certain only when nothing differs.
    pub(super) fragile: bool,
    /// An alternative without a partner was found to lie within another one.
    pub(super) covered: bool,
}

impl Local {
    pub(super) fn note(
        &mut self,
        rule: &'static str,
        effect: Effect,
        message: String,
        pair: (&Shape, &Shape),
        keywords: &[&str],
    ) {
        let (old, new) = (pair.0.origin(keywords).cloned(), pair.1.origin(keywords).cloned());
        self.differences.push(Difference { rule, effect, path: String::new(), message, old, new });
    }

    /// Notes under one rule or the other, by which way it went.
    pub(super) fn note_way(
        &mut self,
        rules: (&'static str, &'static str),
        effect: Effect,
        message: String,
        pair: (&Shape, &Shape),
        keywords: &[&str],
    ) {
        if !effect.keeps_old() {
            let only = if effect.keeps_new() { effect } else { Effect::NARROWER };
            self.note(rules.0, only, message.clone(), pair, keywords);
        }
        if !effect.keeps_new() {
            let only = if effect.keeps_old() { effect } else { Effect::WIDER };
            self.note(rules.1, only, message, pair, keywords);
        }
    }

    pub(super) fn add(&mut self, other: Self, step: &str) {
        let prefixed = |path: &str| format!("{step}{path}");
        self.differences.extend(other.differences.into_iter().map(|d| Difference { path: prefixed(&d.path), ..d }));
        self.children.extend(other.children.into_iter().map(|c| Child { step: prefixed(&c.step), ..c }));
        self.silent = self.silent.and(other.silent);
        self.fragile |= other.fragile;
        self.covered |= other.covered;
    }
}

/// A whole walk.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    pub(super) differences: Vec<Difference>,
    pub(super) effect: Effect,
}

/// Pairs that one walk looks at, at most.
const MOST_PAIRS: usize = 20_000;

/// Places that all the guessing about alternatives may look at.
const MOST_EFFORT: usize = 10_000;

/// Compares the schemas of two contracts for one kind of message.
pub(super) struct Comparer<'a> {
    pub(super) old: Reader<'a>,
    pub(super) new: Reader<'a>,
    /// Who sends the message.
    pub(super) flow: Flow,
    memo: RefCell<HashMap<(Terms, Terms), Rc<Local>>>,
    open: RefCell<HashSet<(Terms, Terms)>>,
    assumed: RefCell<bool>,
    alike: RefCell<Alike>,
    /// Places that may still be looked at only to see how alike alternatives are.
    effort: Cell<usize>,
}

impl<'a> Comparer<'a> {
    pub(super) fn new(old: Reader<'a>, new: Reader<'a>, flow: Flow) -> Self {
        let open = RefCell::default();
        Self {
            old,
            new,
            flow,
            memo: RefCell::default(),
            open,
            assumed: RefCell::new(false),
            alike: RefCell::default(),
            effort: Cell::new(MOST_EFFORT),
        }
    }

    /// Everything that differs between two places and below them.
    pub(super) fn walk(&self, old: &Terms, new: &Terms) -> Walk {
        self.walk_some(old, new, MOST_PAIRS)
    }

    /// The same, giving up after some pairs.
    pub(super) fn walk_some(&self, old: &Terms, new: &Terms, most: usize) -> Walk {
        let mut walk = Walk::default();
        let mut fragile = false;
        let mut seen = HashSet::from([(old.clone(), new.clone())]);
        let mut queue = VecDeque::from([(String::new(), old.clone(), new.clone())]);
        let mut looked = 0;
        while let Some((path, old, new)) = queue.pop_front() {
            looked += 1;
            if looked > most {
                walk.effect = walk.effect.and(Effect::UNKNOWN);
                break;
            }
            let local = self.local(&old, &new);
            walk.effect = walk.effect.and(local.silent);
            fragile |= local.fragile;
            for difference in &local.differences {
                walk.effect = walk.effect.and(difference.effect);
                let path = format!("{path}{}", difference.path);
                walk.differences.push(Difference { path, ..difference.clone() });
            }
            for child in &local.children {
                if seen.insert((child.old.clone(), child.new.clone())) {
                    queue.push_back((format!("{path}{}", child.step), child.old.clone(), child.new.clone()));
                }
            }
        }
        if fragile && walk.effect != Effect::NONE {
            walk.effect = walk.effect.and(Effect::UNKNOWN);
        }
        walk
    }

    /// How the values of one place relate to those of another; what rests on an open question is unknown.
    pub(super) fn relation(&self, old: &Terms, new: &Terms, most: usize) -> Effect {
        let before = self.assumed.replace(false);
        let effect = self.walk_some(old, new, most).effect;
        let rests = *self.assumed.borrow();
        *self.assumed.borrow_mut() = before || rests;
        if rests { effect.and(Effect::UNKNOWN) } else { effect }
    }

    fn local(&self, old: &Terms, new: &Terms) -> Rc<Local> {
        let key = (old.clone(), new.clone());
        if let Some(known) = self.memo.borrow().get(&key) {
            return Rc::clone(known);
        }
        if !self.open.borrow_mut().insert(key.clone()) {
            *self.assumed.borrow_mut() = true;
            return Rc::default();
        }
        let local = Rc::new(self.compare(old, new));
        self.open.borrow_mut().remove(&key);
        self.memo.borrow_mut().insert(key, Rc::clone(&local));
        local
    }

    /// True when both are the same words, so that nothing has to be looked at.
    fn is_alike(&self, old: &Terms, new: &Terms) -> bool {
        if self.old.contract.is_30() != self.new.contract.is_30() || old.len() != new.len() {
            return false;
        }
        let contracts = (self.old.contract, self.new.contract);
        old.iter().zip(new).all(|pair| match pair {
            (Term::Schema(a), Term::Schema(b)) => self.alike.borrow_mut().ask(contracts, &(a.clone(), b.clone())),
            (a, b) => a == b,
        })
    }

    /// True when no more guessing is paid for.
    pub(super) fn is_spent(&self) -> bool {
        self.effort.get() == 0
    }

    /// How many differences lie below some pairs, and what they do to the values, looking at so many places only.
    pub(super) fn weigh(&self, children: &[Child], most: usize) -> (usize, Effect) {
        let (mut looked, mut cost, mut effect) = (0, 0, Effect::NONE);
        let mut queue: VecDeque<(Terms, Terms)> = children.iter().map(|c| (c.old.clone(), c.new.clone())).collect();
        let mut met: HashSet<(Terms, Terms)> = queue.iter().cloned().collect();
        while let Some((old, new)) = queue.pop_front() {
            if looked >= most || self.effort.get() == 0 {
                return (cost, effect.and(Effect::UNKNOWN));
            }
            let local = self.local(&old, &new);
            cost += local.differences.len();
            effect = local.differences.iter().fold(effect.and(local.silent), |all, d| all.and(d.effect));
            for child in &local.children {
                if met.len() <= 2 * most && met.insert((child.old.clone(), child.new.clone())) {
                    queue.push_back((child.old.clone(), child.new.clone()));
                } else if met.len() > 2 * most {
                    effect = effect.and(Effect::UNKNOWN);
                    break;
                }
            }
            looked += 1;
            self.effort.set(self.effort.get().saturating_sub(1));
        }
        (cost, effect)
    }

    fn compare(&self, old: &Terms, new: &Terms) -> Local {
        if (old.is_empty() && new.is_empty()) || self.is_alike(old, new) {
            return Local::default();
        }
        let (a, b) = (self.old.expand(old), self.new.expand(new));
        let mut local = Local::default();
        if let Some(found) = listed::compare(self, (old, &a.shapes), (new, &b.shapes)) {
            local.add(found, "");
        } else if let ([a], [b]) = (a.shapes.as_slice(), b.shapes.as_slice()) {
            local.add(self.shapes(a, b), "");
        } else {
            local.add(alternatives::compare(self, &a.shapes, &b.shapes), "");
        }
        local.fragile |= a.overlapping || b.overlapping;
        // Branches that exclude one another are only comparable one to one.
        let paired = !a.joined && !b.joined && !local.covered && a.shapes.len() == b.shapes.len();
        if a.overlapping != b.overlapping || (a.overlapping && !paired) {
            local.silent = local.silent.and(Effect::UNKNOWN);
        }
        local
    }

    /// Two shapes, one against the other.
    pub(super) fn shapes(&self, a: &Shape, b: &Shape) -> Local {
        let mut local = keywords::compare(self, a, b);
        members::compare(self, a, b, &mut local);
        local.fragile |= !a.exact || !b.exact;
        local
    }
}
