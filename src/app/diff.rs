//! `proofmark diff`: loads two versions of a spec and compares them.
//!
//! Wires loading, comparing and rendering. Sends nothing and never prints.

use crate::app::reader::{Reader, Rights};
use crate::app::spec::{self, Overlays};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::contract::Contract;
use crate::diff::{Impact, Policy, Verdict, diff_with};
use crate::report::diff::{json, markdown, text};
use std::str::FromStr;

/// What is to be compared, and how it is to be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The spec that partners follow.
    pub old: String,
    /// The spec that is to take its place.
    pub new: String,
    /// Overlays for both.
    pub overlays: Vec<String>,
    /// What the specs may refer to.
    pub rights: Rights,
    /// The form.
    pub format: Format,
    /// Whether only what breaks is told.
    pub breaking_only: bool,
    /// Whether partners must expect values that no list names.
    pub open_enums: bool,
    /// Whether there is colour.
    pub color: bool,
}

/// A form that changes are told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// For a program.
    Json,
    /// For a changelog or a review.
    Markdown,
}

impl FromStr for Format {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            _ => {
                Err(Diagnostic::error("usage/format", format!("`{text}` is no format of changes")).hint("text, json or markdown"))
            }
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The changes, rendered.
    pub text: String,
    /// Whether something breaks under the same major version.
    pub fails: bool,
}

/// Compares two specs.
///
/// # Errors
/// What is wrong with either of them.
pub fn diff(settings: &Settings) -> Result<Compared, Vec<Diagnostic>> {
    let mut faults = Diagnostics::new();
    let reader = Reader::new(settings.rights.clone());
    let overlays = Overlays::read(&settings.overlays, &reader, &mut faults);
    let mut load = |name: &str| {
        let (contract, more) = spec::open(name, &reader, &overlays);
        faults.extend(more);
        contract
    };
    let (old, new) = (load(&settings.old), load(&settings.new));
    match (old, new) {
        (Some(old), Some(new)) if !faults.has_errors() => Ok(compare(&old, &new, settings)),
        _ => Err(faults.sorted().into_iter().filter(|d| d.severity == Severity::Error).collect()),
    }
}

fn compare(old: &Contract, new: &Contract, settings: &Settings) -> Compared {
    let mut comparison = diff_with(old, new, Policy { open_enums: settings.open_enums });
    let fails = comparison.verdict == Verdict::BreakingUnderSameMajor;
    let text = match settings.format {
        Format::Text => {
            let least = if settings.breaking_only { Impact::Breaking } else { Impact::Compatible };
            text::render(&comparison, text::Options { color: settings.color, least, reasons: true })
        }
        form => {
            if settings.breaking_only {
                comparison.changes.retain(|change| change.impact == Impact::Breaking);
            }
            if form == Format::Json { json::render(&comparison) } else { markdown::render(&comparison) }
        }
    };
    Compared { text, fails }
}
