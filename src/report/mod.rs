//! Records as text, HTML, JSON, JUnit and Markdown, watches as CSV, OpenMetrics and OpenSLO too.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod certificate;
pub mod certification;
pub mod comparison;
pub mod diagnostics;
pub mod diff;
pub mod format;
pub mod html;
pub mod junit;
pub mod load;
pub mod markdown;
pub mod monitor;
pub mod text;
pub mod visible;

pub use format::{Format, render};
