//! The YAML language of suites, environments, load plans, monitor plans and certification profiles, decoded with a place for
//! every node; the rows of data files; the targets of OpenSLO files.
//!
//! Never resolves names against a contract and executes nothing.

pub mod ast;
pub mod data;
mod decode;
pub mod matcher;
pub mod path;
pub mod template;

pub use crate::suite::decode::profile::Bases;

use crate::base::diagnostic::Diagnostics;
use crate::base::source::Source;
use crate::model::availability::DownRule;
use crate::suite::ast::Suite;
use crate::suite::ast::environment::Environment;
use crate::suite::ast::load::{LoadPlan, Slo, Validate};
use crate::suite::ast::monitor::{AvailabilityTarget, MonitorPlan};
use crate::suite::ast::openslo::ReadTarget;
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

/// Reads a load plan. `checks` are the ids that `as` may name.
///
/// All faults come at once. The plan may be used only when the diagnostics have no errors.
#[must_use]
pub fn load_plan(source: &Arc<Source>, checks: &[&str]) -> (Option<LoadPlan>, Diagnostics) {
    decode::load::load(source, checks)
}

/// Reads a monitor plan. `checks` are the ids that `as` may name.
///
/// All faults come at once. The plan may be used only when the diagnostics have no errors.
#[must_use]
pub fn load_monitor(source: &Arc<Source>, checks: &[&str]) -> (Option<MonitorPlan>, Diagnostics) {
    decode::monitor::load(source, checks)
}

/// What the parts of a monitor plan say against each other, for a plan that no file says: [`load_monitor`] has looked already.
#[must_use]
pub fn check_monitor(plan: &MonitorPlan) -> Diagnostics {
    decode::monitor::agreement(plan)
}

/// Reads a rule of being down as it is written on a command line: `any`, `eba`, `3 within 90s` or `bad_minutes 50%`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub fn parse_down(text: &str) -> Result<DownRule, String> {
    decode::monitor::parse_down(text)
}

/// Reads a target as it is written on a command line: `LEVEL [of OPERATION] [over DURATION]`, such as `99.95% over 30d`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub fn parse_target(text: &str) -> Result<AvailabilityTarget, String> {
    decode::monitor::parse_target(text)
}

/// Reads the targets of availability in a file of OpenSLO v1, which may hold many documents.
///
/// All faults come at once; what cannot be watched as it is asked is one of them, and what has no meaning here is a warning. The targets
/// may be used only when the diagnostics have no errors; `None` where the text is no YAML.
#[must_use]
pub fn load_openslo(source: &Arc<Source>) -> (Option<Vec<ReadTarget>>, Diagnostics) {
    decode::openslo::load(source)
}

/// Reads an SLO as it is written on a command line: `METRIC OP BOUND [of OPERATION] [over DURATION]`, such as `p95 < 300ms`;
/// of `operation` where the text names none.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub fn parse_slo(text: &str, operation: Option<&str>) -> Result<Slo, String> {
    decode::load::parse_slo(text, operation)
}

/// Reads which answers are judged, as it is written on a command line: `all`, `none`, `sample 10%` or `sample=10%`.
///
/// # Errors
/// A lower-case fragment that says what is wrong with the text.
pub fn parse_validate(text: &str) -> Result<Validate, String> {
    decode::load::parse_validate(text)
}
