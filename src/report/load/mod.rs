//! A load as text, Markdown and comma-separated values; what shows every kind alike is a floor above.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod csv;
pub mod markdown;
pub mod text;

pub(in crate::report) use crate::record::load::words::shown_as;
pub use crate::report::text::Options;
pub use text::render as text;
