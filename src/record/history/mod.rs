//! The history of runs: what an index over their folders holds, where changes lie in it, and how it is handed on.
//!
//! The folders are the truth, and the index can be made from them at any time. Never judges a run anew, and never shows anything.

pub mod change;
pub mod entry;
pub mod figures;
pub mod folders;
pub mod index;
pub mod lines;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
pub mod session;
pub mod source;
mod sqlite;
pub mod trend;
pub mod words;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use entry::{Entry, FigureEntry, RunEntry};
pub use index::{Filter, Index};
pub use source::Source;
pub use trend::TrendRecord;
