//! The three APIs as an independent implementation of what they promise.
//!
//! Pure state machines behind one HTTP face, with a movable clock, deliveries with replay and named faults. Never imports the
//! contract model, checks, suites or plans, so that a misunderstanding shows as a disagreement.
