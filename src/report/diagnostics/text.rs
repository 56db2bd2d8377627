//! Findings for a person at a terminal.
//!
//! Lays out; hides what would flood the screen and says how much that is. Never prints.

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::report::diagnostics::{Findings, counted};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// How much is shown, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether there is colour.
    pub color: bool,
    /// Whether warnings are only counted.
    pub quiet: bool,
    /// How many diagnostics of one file are shown at most, errors before warnings.
    pub most: usize,
}

impl Default for Shown {
    fn default() -> Self {
        Self { color: false, quiet: false, most: 50 }
    }
}

pub(super) fn render(findings: &Findings, shown: Shown) -> String {
    let mut text = String::new();
    let mut rest = findings.diagnostics.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|d| name(d) == name(first)).count();
        let (file, others) = rest.split_at(same);
        one_file(file, shown, &mut text);
        rest = others;
    }
    let _ = writeln!(text, "{}", findings.summary());
    text
}

fn name(diagnostic: &Diagnostic) -> Option<&str> {
    diagnostic.place.as_ref().map(|p| p.source.name())
}

fn one_file(diagnostics: &[Diagnostic], shown: Shown, text: &mut String) {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    let mut room = [errors.min(shown.most), 0];
    room[1] = if shown.quiet { 0 } else { shown.most - room[0] };
    let mut hidden: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in diagnostics {
        let room = &mut room[usize::from(diagnostic.severity != Severity::Error)];
        if *room > 0 {
            *room -= 1;
            let _ = writeln!(text, "{}\n", diagnostic.render(shown.color));
        } else if diagnostic.severity == Severity::Error || !shown.quiet {
            *hidden.entry(diagnostic.code).or_default() += 1;
        }
    }
    if !hidden.is_empty() {
        let codes: Vec<String> = hidden.iter().map(|(code, count)| format!("{count} {code}")).collect();
        let place = diagnostics.first().and_then(name).map(|n| format!(" in {n}")).unwrap_or_default();
        let count = counted(hidden.values().sum(), "more finding");
        let _ = writeln!(text, "... {count}{place}, shown with a larger --max: {}\n", codes.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, render};
    use crate::base::diagnostic::Diagnostic;
    use crate::base::source::{Place, Source, Span};
    use crate::report::diagnostics::Findings;
    use crate::report::diagnostics::tests::findings;

    #[test]
    fn a_person_sees_places_and_a_sum() {
        let text = render(&findings(), Shown::default());
        assert!(
            text.starts_with("error[contract/unknown-field]: unknown field `titel`\n --> specs/my api.yaml:2:11\n"),
            "{text}"
        );
        assert!(text.ends_with("\n\n2 files, 2 errors, 1 warning; 1 file of another kind skipped\n"), "{text}");
        let quiet = render(&findings(), Shown { quiet: true, ..Shown::default() });
        assert!(!quiet.contains("contract/path") && quiet.contains("1 warning"), "{quiet}");
    }

    #[test]
    fn what_would_flood_is_counted_by_code_and_errors_stay() {
        let source = Source::new("s.yaml", "0123456789");
        let at = |d: Diagnostic, n| d.at(Place::new(&source, Span::new(n, n + 1)));
        let mut diagnostics: Vec<Diagnostic> = (0..8).map(|n| at(Diagnostic::warning("lint/a", "m"), n)).collect();
        diagnostics.push(at(Diagnostic::error("contract/b", "m"), 9));
        let text = render(&Findings { diagnostics, ..Findings::default() }, Shown { most: 3, ..Shown::default() });
        assert_eq!(text.matches("warning[").count(), 2);
        assert!(text.contains("error[contract/b]"));
        assert!(text.contains("... 6 more findings in s.yaml, shown with a larger --max: 6 lint/a\n"), "{text}");
    }
}
