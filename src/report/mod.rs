//! Records in the formats that people, CI servers and other tools read; diagnostics and comparisons in theirs.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod allure;
mod cases;
mod cells;
pub mod certificate;
pub mod certification;
pub mod comparison;
pub mod ctrf;
pub mod diagnostics;
pub mod diff;
pub mod format;
pub mod github;
pub mod har;
pub mod html;
pub mod junit;
pub mod load;
pub mod markdown;
pub mod monitor;
mod prose;
pub mod sarif;
mod summary;
pub mod tap;
pub mod text;
pub mod trend;
pub mod visible;
pub mod wfc;

pub use format::{Format, Record, Rendered, render, words};
