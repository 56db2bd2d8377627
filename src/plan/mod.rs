//! Binds suites to contracts and settings: cases with their expectations, ready to execute.
//!
//! Finds every mistake that can be found before a packet is sent. Sends nothing.
