//! Makes requests of planned steps, and reads from answers what a case remembers.
//!
//! What a run and a load have in common: names, targets, bodies, credentials, token requests. Sends nothing and keeps no state.

pub mod body;
pub mod capture;
pub mod credential;
pub mod maker;
pub mod names;
pub mod origins;
pub mod prepared;
pub mod token;
