//! Diagnostics: what is wrong with an input, where, and what to do about it.
//!
//! Gathers, orders and renders them as text. Never prints, and never decides an exit code.

use crate::base::source::Place;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but a careful author would change it.
    Warning,
}

/// One fault in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable id of the rule, such as `suite/unknown-key`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// A lower-case fragment.
    pub message: String,
    /// Where, when it is in a text at all.
    pub place: Option<Place>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), place: None, hint: None }
    }

    /// A warning without a place.
    #[must_use]
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// The same, at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, with a hint when there is one.
    #[must_use]
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Several lines in the style of rustc: code, message, place, the line underlined, hint.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level
            .primary_title(self.message.as_str())
            .id(self.code)
            .elements(std::iter::empty::<Snippet<'_, annotate_snippets::Annotation<'_>>>());
        if let Some(place) = &self.place {
            let text = place.source.text();
            let start = floor_boundary(text, place.span.start as usize);
            let mut end = floor_boundary(text, place.span.end as usize).max(start);
            // A node of many lines is named by its first one.
            if let Some(line) = text[start..end].find('\n') {
                end = start + line;
            }
            group = group
                .element(Snippet::source(text).path(place.source.name()).annotation(AnnotationKind::Primary.span(start..end)));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

fn floor_boundary(text: &str, mut offset: usize) -> usize {
    offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// All the diagnostics of one loading, gathered so that a user sees them at once.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another collection.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// True when at least one is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// True when there is none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order of file, line and code, each one once.
    #[must_use]
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        let key = |d: &Diagnostic| {
            let place = d.place.as_ref().map(|p| (p.source.name().to_owned(), p.span));
            (place, d.code, d.message.clone())
        };
        self.0.sort_by_key(key);
        self.0.dedup();
        self.0
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.sorted().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Diagnostics};
    use crate::base::source::{Place, Source, Span};

    #[test]
    fn renders_the_line_with_the_place_underlined() {
        let source = Source::new("suite.yaml", "suite: x\nstpes: []\n");
        let shown = Diagnostic::error("suite/unknown-key", "unknown key `stpes`")
            .at(Place::new(&source, Span::new(9, 14)))
            .hint("did you mean `steps`?")
            .render(false);
        for part in [
            "error[suite/unknown-key]: unknown key `stpes`",
            "suite.yaml:2:1",
            "stpes: []",
            "^^^^^",
            "help: did you mean `steps`?",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn all_of_them_in_order_and_once() {
        let source = Source::new("a", "one\ntwo\n");
        let at = |start| Diagnostic::error("x", "m").at(Place::new(&source, Span::new(start, start + 1)));
        let mut all = Diagnostics::new();
        all.push(at(4));
        all.push(at(0));
        all.push(at(4));
        let lines: Vec<_> = all.into_iter().filter_map(|d| d.place).map(|p| p.line_column().0).collect();
        assert_eq!(lines, [1, 2]);
    }
}
