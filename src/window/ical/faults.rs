//! What is wrong with a calendar, gathered with its places up to a bound.
//!
//! Decides no severity; what goes beyond the bound is counted and never lost from sight.

use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::source::{Place, Source, Span};
use std::sync::Arc;

/// The most errors, and the most warnings, that are told one by one.
pub(super) const MOST: usize = 100;
/// The most characters of a text that a message repeats.
const SHOWN: usize = 40;

/// The faults of one calendar.
pub(super) struct Faults {
    source: Arc<Source>,
    found: Diagnostics,
    errors: usize,
    warnings: usize,
}

impl Faults {
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), found: Diagnostics::new(), errors: 0, warnings: 0 }
    }

    /// Whether one more error would still be told: where not, a costly hint is not worth looking for.
    pub(super) fn hears(&self) -> bool {
        self.errors < MOST
    }

    /// Adds a fault at its place.
    pub(super) fn tell(&mut self, at: Span, fault: Diagnostic) {
        let told = match fault.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        *told += 1;
        if *told <= MOST {
            self.found.push(fault.at(Place::new(&self.source, at)));
        }
    }

    /// Adds a fault at its place, with another place that has to do with it.
    pub(super) fn tell_of(&mut self, at: Span, other: Span, text: &str, fault: Diagnostic) {
        let other = Place::new(&self.source, other);
        self.tell(at, fault.label(other, text));
    }

    /// All of them, and how many more there are.
    pub(super) fn finish(mut self) -> Diagnostics {
        let end = self.source.text().len();
        let place = Place::new(&self.source, Span::new(end, end));
        for (told, kind, make) in [
            (self.errors, "errors", Diagnostic::error as fn(&'static str, String) -> Diagnostic),
            (self.warnings, "warnings", Diagnostic::warning),
        ] {
            if let Some(more) = told.checked_sub(MOST).filter(|more| *more > 0) {
                let hint = "correct those that are shown first; many often have one cause";
                self.found.push(make("calendar/more", format!("and {more} more {kind}")).at(place.clone()).hint(hint));
            }
        }
        self.found
    }
}

/// A text as a message repeats it: cut where it is long.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("`{}...`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, MOST, shown};
    use crate::base::diagnostic::{Diagnostic, Severity};
    use crate::base::source::{Source, Span};

    #[test]
    fn beyond_the_bound_the_rest_is_counted_with_its_severity() {
        let text = "x\n".repeat(300);
        let mut faults = Faults::new(&Source::new("a.ics", text));
        for line in 0..150 {
            faults.tell(Span::new(line * 2, line * 2 + 1), Diagnostic::warning("a/b", "m"));
        }
        faults.tell(Span::new(400, 401), Diagnostic::error("a/c", "m"));
        let all: Vec<Diagnostic> = faults.finish().into_iter().collect();
        assert_eq!(all.len(), MOST + 2);
        let last = all.last().map(|d| (d.severity, d.message.clone()));
        assert_eq!(last, Some((Severity::Warning, "and 50 more warnings".to_owned())));
        assert_eq!(all.iter().filter(|d| d.severity == Severity::Error).count(), 1);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shown("abc"), "`abc`");
        assert_eq!(shown(&"é".repeat(50)), format!("`{}...`", "é".repeat(40)));
    }
}
