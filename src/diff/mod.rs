//! Two versions of a contract compared: what changed, and what it asks of a partner.
//!
//! The rule is that a minor version asks nothing of the partner, so the direction decides: what a partner sends may be widened, what it
//! receives may be narrowed. Sends nothing, and judges contracts only, never an exchange.

mod absorb;
mod alike;
mod alternatives;
pub mod catalogue;
mod change;
mod deliveries;
mod expand;
mod gather;
mod keywords;
mod listed;
mod members;
mod messages;
mod normal;
mod operations;
mod relation;
mod responses;
mod schemas;
mod security;
mod shape;
mod version;

pub use change::{Change, Comparison, Flow, Impact, Policy, Verdict};
pub use operations::{diff, diff_with};
pub use relation::{Relation, relation};
