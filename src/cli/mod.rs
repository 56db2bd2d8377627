//! Arguments as typed, settings as meant, the terminal and exit codes.
//!
//! The only room that prints. Knows no file format and judges nothing.
