//! When an API is said to be available: weekly hours in a time zone, exceptions, planned maintenance, and the arithmetic of eligible time.
//!
//! Pure: the clock is an argument, files are read by the caller. Judges no answer.

pub mod ical;
pub mod spans;
