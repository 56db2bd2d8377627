//! A callback endpoint that behaves as it should, or in one way as it should not.
//!
//! An independent implementation of the receiver's side. Never imports the contract model, checks, suites, plans or the certifier.
