//! Records as text, HTML, JSON and JUnit.
//!
//! Only shows: every figure is taken from the record. Runs nothing.
