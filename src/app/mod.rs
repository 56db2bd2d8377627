//! One short file per command: wires the floors together.
//!
//! Holds no logic of its own beyond the order of things. Never parses arguments and never prints.

pub mod certify;
mod certify_around;
mod certify_resumed;
pub mod check;
pub mod compare;
pub mod diff;
pub mod files;
mod follow_up;
pub mod handover;
pub mod history;
pub mod inputs;
pub mod issue;
pub mod keygen;
pub mod kind;
pub mod lint;
pub mod listen;
pub mod load;
pub mod load_data;
mod load_input;
mod load_metrics;
#[cfg(feature = "otlp")]
mod load_otlp;
mod machine;
pub mod merge;
pub mod monitor;
mod monitor_alerts;
mod monitor_input;
mod monitor_keeper;
pub mod pairs;
pub mod partner;
pub mod profiles;
pub mod prune;
pub mod reader;
pub mod report;
pub mod reports;
mod salvage;
pub mod sandbox;
pub mod schemas;
pub mod shipped;
pub mod spec;
pub mod trend;
pub mod verify;
mod windows;
mod world;
