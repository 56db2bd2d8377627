//! Diagnostics: what is wrong with an input, where, and what to do about it.
//!
//! Gathers, orders and renders them as text. Never prints, and never decides an exit code.

pub mod excerpt;

use crate::base::diagnostic::excerpt::{Excerpt, excerpt, focus};
use crate::base::source::{Place, Span};
use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};

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
    /// Other places that have to do with it.
    pub labels: Vec<Label>,
}

/// Another place that has to do with a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// A lower-case fragment, such as `first written here`.
    pub text: String,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// An error without a place.
    #[must_use]
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, message: message.into(), place: None, hint: None, labels: Vec::new() }
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

    /// The same, with another place that has to do with it.
    #[must_use]
    pub fn label(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: text.into() });
        self
    }

    /// What is underlined: at most one line, and of a whole object its key.
    #[must_use]
    pub fn focus(&self) -> Option<Span> {
        self.place.as_ref().map(focus)
    }

    /// Several lines in the style of rustc: code, message, place, the line underlined, hint.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let place = self.place.as_ref().map(|place| (place, AnnotationKind::Primary, None));
        let labels = self.labels.iter().map(|l| (&l.place, AnnotationKind::Context, Some(l.text.as_str())));
        let shown: Vec<_> = place.into_iter().chain(labels).map(|(place, kind, text)| Shown::new(place, kind, text)).collect();
        let mut group = level.primary_title(self.message.as_str()).id(self.code).elements(shown.iter().map(Shown::snippet));
        let hint = self.hint.as_deref().map(printable);
        if let Some(hint) = &hint {
            group = group.element(Level::HELP.message(hint.as_str()));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let rendered = renderer.render(&[group]);
        shown.iter().fold(rendered, |text, shown| shown.corrected(text))
    }
}

/// A place on its way to the renderer, which sees only one line of the text: so the cost does not grow with the file.
struct Shown<'a> {
    name: String,
    excerpt: Excerpt,
    kind: AnnotationKind,
    text: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn new(place: &Place, kind: AnnotationKind, text: Option<&'a str>) -> Self {
        Self { name: printable(place.source.name()), excerpt: excerpt(&place.source, focus(place)), kind, text }
    }

    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        let Excerpt { line, text, start, end, .. } = &self.excerpt;
        let annotation = self.kind.span(*start..*end).label(self.text);
        Snippet::source(text.as_str()).line_start(*line).path(self.name.as_str()).annotation(annotation)
    }

    /// Where a line was cut, the renderer counted columns from the cut.
    fn corrected(&self, rendered: String) -> String {
        let Excerpt { line, column, text, start, .. } = &self.excerpt;
        let counted = text[..*start].chars().count() + 1;
        if counted == *column {
            return rendered;
        }
        rendered.replacen(&format!("{}:{line}:{counted}\n", self.name), &format!("{}:{line}:{column}\n", self.name), 1)
    }
}

/// Control characters and those that reverse the direction of writing as signs, so that no text steers a terminal.
fn printable(text: &str) -> String {
    let sign = |c: char| match c {
        '\n' | '\t' => c,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c => c,
    };
    text.chars().map(sign).collect()
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
    fn other_places_follow_with_what_they_have_to_do_with_it() {
        let source = Source::new("s.yaml", "a: 1\nb: 2\na: 3\n");
        let shown = Diagnostic::error("syntax/duplicate-key", "`a` is written twice")
            .at(Place::new(&source, Span::new(10, 11)))
            .label(Place::new(&source, Span::new(0, 1)), "first written here")
            .render(false);
        let expected = "error[syntax/duplicate-key]: `a` is written twice
 --> s.yaml:3:1
  |
3 | a: 3
  | ^
  |
 ::: s.yaml:1:1
  |
1 | a: 1
  | - first written here";
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_a_file_holds_reaches_the_terminal_as_text() {
        let source = Source::new("s\u{1b}.yaml", "\ta: \u{1b}[31m\u{202e}x\n");
        let shown = Diagnostic::error("x/y", "the key `\u{1b}]0;t\u{7}` is unknown")
            .at(Place::new(&source, Span::new(1, 2)))
            .hint("not \u{1b}[2J")
            .render(false);
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{shown:?}");
    }

    #[test]
    fn a_place_in_a_line_that_was_cut_keeps_its_column() {
        let text = format!("{{\"a\":\"{}\",\"bee\":1,\"z\":\"{}\"}}", "o".repeat(5000), "y".repeat(5000));
        let source = Source::new("s.json", text.clone());
        let start = text.find("\"bee\"").expect("the key");
        for color in [false, true] {
            let shown = Diagnostic::error("x/y", "no").at(Place::new(&source, Span::new(start, start + 5))).render(color);
            assert!(shown.contains("s.json:1:5009\n"), "{shown}");
            assert!(shown.len() < 600, "{shown}");
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
