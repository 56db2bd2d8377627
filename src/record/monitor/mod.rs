//! The only stored shapes of a watch over an API, versioned.
//!
//! Writes down what is watched so that months of it stay small and no crash loses more than the probe under way, and makes records with
//! every figure computed once. Renders nothing and sends nothing.

pub mod file;
mod header;
mod line;
pub mod make;
mod measure;
mod minutes;
mod names;
mod replay;
mod rolled;
pub mod shape;
pub mod store;
pub mod words;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod store_tests;

pub use header::{Header, Watched};
pub use make::{MonitorFacts, make};
pub(crate) use names::{HEADER, LOCK};
pub use replay::{Stored, is_watch, read};
pub use shape::MonitorRecord;
pub use store::{Appended, Store};
