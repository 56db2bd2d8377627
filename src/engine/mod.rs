//! The load engine: starts what is due, on one event loop a processor, and counts what came of it.
//!
//! Knows times, connections and bytes. Never knows a contract, never judges an answer, never repeats a request.

pub mod arrival;
mod clock;
mod course;
mod crew;
mod flight;
mod h1;
mod h2;
#[cfg(test)]
mod h2_tests;
pub mod pauses;
mod pool;
mod processor;
mod recorder;
#[cfg(test)]
mod tests;
pub mod workload;

pub use crate::engine::crew::{Crew, EngineOptions, Heard, Pace, Transport, start};
pub use crate::engine::processor::Processor;
pub use crate::engine::workload::{Answer, Ask, Judged, Next, Workload};
