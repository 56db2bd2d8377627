//! How the values of one schema relate to those of another, strictly.
//!
//! A question of sets alone: here no field may be ignored and no direction matters. Tells no change.

use crate::contract::Contract;
use crate::contract::model::{Direction, SchemaRef};
use crate::diff::change::Flow;
use crate::diff::expand::Reader;
use crate::diff::schemas::{Comparer, Effect};
use crate::diff::shape::tidy;

/// How two sets of values relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The new schema allows what the old one allowed, no more and no less.
    Same,
    /// The new schema allows less.
    Narrower,
    /// The new schema allows more.
    Wider,
    /// Each allows something that the other does not, as far as the keywords tell.
    Incomparable,
    /// It cannot be told.
    Unknown,
}

/// How the values that `new` allows relate to those that `old` allowed. `Same` and `Wider` are certain to keep every old value,
/// `Same` and `Narrower` to bring no new one; a certain answer may still be weaker than what is so.
#[must_use]
pub fn relation(old: (&Contract, &SchemaRef), new: (&Contract, &SchemaRef), wire: Direction) -> Relation {
    let comparer = Comparer::new(Reader::new(old.0, wire), Reader::new(new.0, wire), Flow::Sent);
    let terms = (tidy(comparer.old.demand(old.1)), tidy(comparer.new.demand(new.1)));
    let effect = comparer.walk(&terms.0, &terms.1).effect;
    match (effect.keeps_old(), effect.keeps_new()) {
        (true, true) => Relation::Same,
        (false, true) => Relation::Narrower,
        (true, false) => Relation::Wider,
        (false, false) if effect == Effect::CROSSED => Relation::Incomparable,
        (false, false) => Relation::Unknown,
    }
}
