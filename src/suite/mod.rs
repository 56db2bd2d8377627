//! The YAML language of suites, environments and certification profiles, decoded with a place for every node.
//!
//! Never resolves names against a contract and executes nothing.

pub mod ast;
mod decode;
pub mod matcher;
pub mod path;
pub mod template;

pub use crate::suite::decode::profile::Bases;

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::suite::ast::Suite;
use crate::suite::ast::environment::Environment;
use crate::suite::ast::profile::{ExpectedFailure, Profile};
use std::sync::Arc;

/// Reads a suite. `checks` are the ids that `as` may name.
///
/// All faults come at once. The suite is there whenever it can be judged further, even beside faults; it may be run only
/// when the diagnostics have no errors.
#[must_use]
pub fn load_suite(source: &Arc<Source>, checks: &[&str]) -> (Option<Suite>, Diagnostics) {
    decode::suite::load(source, checks)
}

/// Reads an environment; `env` gives the value of an environment variable.
///
/// All faults come at once. The environment may be used only when the diagnostics have no errors.
#[must_use]
pub fn load_environment(source: &Arc<Source>, env: &dyn Fn(&str) -> Option<String>) -> (Option<Environment>, Diagnostics) {
    decode::environment::load(source, env)
}

/// Reads a certification profile with everything it extends; `bases` finds what a profile extends, by the profile that says
/// so and the name written there, and `env` gives the value of an environment variable.
///
/// All faults of all files come at once, each in its own file. The profile may be used only when the diagnostics have no
/// errors.
#[must_use]
pub fn load_profile(
    source: &Arc<Source>,
    bases: &Bases<'_>,
    env: &dyn Fn(&str) -> Option<String>,
) -> (Option<Profile>, Diagnostics) {
    decode::profile::load(source, bases, env)
}

/// Reads a file of failures that are expected.
///
/// All faults come at once. The list may be used only when the diagnostics have no errors.
#[must_use]
pub fn load_expected_failures(source: &Arc<Source>) -> (Vec<ExpectedFailure>, Diagnostics) {
    decode::expected_failures::load(source)
}
