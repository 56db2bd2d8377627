//! Watches an API for hours to months: probes to states, states to figures of availability, targets and budgets.
//!
//! All arithmetic is on whole nanoseconds, the clock is an argument. Stores nothing and knows no report format.

pub mod alert;
pub mod budget;
pub mod calendar;
pub mod figures;
mod grid;
pub mod incidents;
pub mod ledger;
pub mod log;
pub mod minutes;
mod probe;
mod tokens;
pub mod tracker;
pub mod watch;

#[cfg(test)]
mod ledger_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tracker_tests;
