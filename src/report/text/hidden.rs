//! What is not in a record, as the terminal tells it.
//!
//! One line for what was hidden and one for what is not shared, each place where more is wanted. Never knows a value.

use crate::record::redactions::{dropped, hidden};
use crate::record::shape::RedactionRecord;
use crate::record::share::RULE;
use crate::report::text::{Page, Verbosity, shown};

impl Page {
    /// What was hidden, and what was left out for sharing.
    pub(in crate::report) fn hidden(&mut self, redactions: &[RedactionRecord], verbosity: Verbosity) {
        if let Some(told) = hidden(redactions) {
            self.entry(0, "redacted", &shown(&told));
        }
        if verbosity == Verbosity::Verbose {
            for redaction in redactions.iter().filter(|r| r.rule != RULE) {
                let line = format!("{} {} by {}", redaction.count, redaction.place, redaction.rule);
                self.entry(0, "", &shown(&line));
            }
        }
        if let Some(told) = dropped(redactions) {
            self.entry(0, "to share", &shown(&told));
        }
    }

    /// What is worth knowing of the record itself.
    pub(in crate::report) fn notes(&mut self, notes: &[String]) {
        for (i, note) in notes.iter().enumerate() {
            self.entry(0, if i == 0 { "note" } else { "" }, &shown(note));
        }
    }
}
