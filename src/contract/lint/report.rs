//! Gathers what the rules find, each finding with the place in the document that it is about.
//!
//! Decides nothing: what matters how much stands in the catalogue.

use super::catalogue::rule;
use crate::base::diagnostic::{Diagnostic, Severity};
use crate::base::source::Place;
use crate::contract::files::{Files, Loc};

pub(super) struct Report<'a> {
    pub(super) files: &'a Files,
    pub(super) found: Vec<(Loc, Diagnostic)>,
}

impl<'a> Report<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        Self { files, found: Vec::new() }
    }

    /// A finding at the key of a member.
    pub(super) fn key(&mut self, code: &'static str, loc: &Loc, message: impl Into<String>, hint: impl Into<Hint>) {
        let place = self.files.key_place(loc);
        self.at(code, loc, place, message.into(), hint.into());
    }

    /// A finding at a value.
    pub(super) fn value(&mut self, code: &'static str, loc: &Loc, message: impl Into<String>, hint: impl Into<Hint>) {
        let place = self.files.place(loc);
        self.at(code, loc, place, message.into(), hint.into());
    }

    fn at(&mut self, code: &'static str, loc: &Loc, place: Place, message: String, hint: Hint) {
        let severity = rule(code).map_or(Severity::Warning, |r| r.severity);
        let found = Diagnostic { severity, ..Diagnostic::error(code, message) }.at(place).maybe_hint(hint.0);
        self.found.push((loc.clone(), found));
    }

    /// `line 12`, or `other.yaml:12` when it stands in another file.
    pub(super) fn line(&self, from: &Loc, loc: &Loc) -> String {
        let place = self.files.key_place(loc);
        let (line, _) = place.line_column();
        if from.file == loc.file { format!("line {line}") } else { format!("{}:{line}", place.source.name()) }
    }
}

/// What to do about it, if there is anything to say.
pub(super) struct Hint(Option<String>);

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Hint {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}
