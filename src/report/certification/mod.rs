//! A certification as text, HTML, JUnit, Markdown and JSON.
//!
//! Only shows: every figure is taken from the record. Runs nothing, writes no file.

pub mod text;
