//! What a look at files found, in the form a reader wants: a person, a program, a code host.
//!
//! Lays out and counts. Never looks at a file and never decides an exit code.

mod github;
mod json;
mod sarif;
mod text;

pub use text::Shown;

use crate::base::diagnostic::{Diagnostic, Severity};
use std::collections::HashSet;
use std::str::FromStr;

/// What was looked at and what was found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The files that were named or found, in that order.
    pub files: Vec<FileLooked>,
    /// Files of a folder that are none of ours.
    pub skipped: usize,
    /// In order of file, line and column; each one once.
    pub diagnostics: Vec<Diagnostic>,
    /// What rules say about themselves, by code: a title and why it is there.
    pub rules: Vec<RuleText>,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLooked {
    /// Its name as it was typed.
    pub name: String,
    /// `spec`, `suite`, `environment`, `overlay`, or `unknown`.
    pub kind: &'static str,
}

/// What a rule says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// The code of its diagnostics.
    pub code: &'static str,
    /// One line.
    pub title: String,
    /// Why it is there.
    pub why: String,
}

impl Findings {
    /// How many diagnostics have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }

    /// One line: `3 files, 2 errors, 14 warnings`.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut line = format!(
            "{}, {}, {}",
            counted(self.files.len(), "file"),
            counted(self.count(Severity::Error), "error"),
            counted(self.count(Severity::Warning), "warning")
        );
        if self.skipped > 0 {
            line.push_str(&format!("; {} of another kind skipped", counted(self.skipped, "file")));
        }
        line
    }
}

/// Puts diagnostics in order: those of a file that was named stand where it was named, those of a file it refers to behind.
/// `found` has for each the position of the file it was found through. What is found twice is told once.
#[must_use]
pub fn ordered(names: &[String], found: Vec<(usize, Diagnostic)>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let mut kept: Vec<(_, Diagnostic)> = Vec::new();
    for (through, diagnostic) in found {
        let name = diagnostic.place.as_ref().map(|p| p.source.name().to_owned());
        let span = diagnostic.focus().unwrap_or_default();
        if !seen.insert((name.clone(), span, diagnostic.code, diagnostic.message.clone())) {
            continue;
        }
        let named = name.as_ref().and_then(|name| names.iter().position(|n| n == name));
        let is_other = named.is_none() && name.is_some();
        let key = (named.unwrap_or(through), is_other, name, span, diagnostic.code, diagnostic.message.clone());
        kept.push((key, diagnostic));
    }
    kept.sort_by(|(a, _), (b, _)| a.cmp(b));
    kept.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// A form that findings are told in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Text,
    /// For a program.
    Json,
    /// SARIF 2.1.0, which code hosts and editors read.
    Sarif,
    /// Workflow commands, which annotate a change on GitHub.
    Github,
}

impl FromStr for Format {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "sarif" => Ok(Self::Sarif),
            "github" => Ok(Self::Github),
            _ => Err(Diagnostic::error("usage/format", format!("`{text}` is no format of diagnostics"))
                .hint("text, json, sarif or github")),
        }
    }
}

/// Renders findings.
#[must_use]
pub fn render(format: Format, findings: &Findings, shown: Shown) -> String {
    match format {
        Format::Text => text::render(findings, shown),
        Format::Json => json::render(findings),
        Format::Sarif => sarif::render(findings),
        Format::Github => github::render(findings),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{FileLooked, Findings, ordered};
    use crate::base::diagnostic::Diagnostic;
    use crate::base::source::{Place, Source, Span};

    /// Two faults of one file, one without a place.
    pub(in crate::report) fn findings() -> Findings {
        let text = "openapi: 3.1.0\ninfo: 𝒳ü {titel: x}\npaths:\n  /a: {}\n  /b: {}\n";
        let source = Source::new("specs/my api.yaml", text);
        let at = |marked: &str| {
            let start = text.find(marked).expect("the text");
            Place::new(&source, Span::new(start, start + marked.len()))
        };
        let names = vec!["specs/my api.yaml".to_owned(), "gone.yaml".to_owned()];
        let found = vec![
            (0, Diagnostic::warning("contract/path", "paths: 100% odd\nand more").at(at("paths")).label(at("/a"), "like this")),
            (1, Diagnostic::error("input/unreadable", "cannot read `gone.yaml`: no such file")),
            (
                0,
                Diagnostic::error("contract/unknown-field", "unknown field `titel`")
                    .at(at("titel"))
                    .hint("did you mean `title`?"),
            ),
            (
                0,
                Diagnostic::error("contract/unknown-field", "unknown field `titel`")
                    .at(at("titel"))
                    .hint("did you mean `title`?"),
            ),
        ];
        let file = |name: &String| FileLooked { name: name.clone(), kind: "spec" };
        Findings { files: names.iter().map(file).collect(), skipped: 1, diagnostics: ordered(&names, found), rules: Vec::new() }
    }

    #[test]
    fn each_once_in_the_order_of_the_files() {
        let findings = findings();
        let codes: Vec<&str> = findings.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["contract/unknown-field", "contract/path", "input/unreadable"]);
        assert_eq!(findings.summary(), "2 files, 2 errors, 1 warning; 1 file of another kind skipped");
        let (b, a, common) = (Source::new("b", "x"), Source::new("a", "x"), Source::new("0-common", "x"));
        let at = |source, code| Diagnostic::error(code, "m").at(Place::new(source, Span::new(0, 1)));
        let found = vec![(1, at(&a, "1")), (0, at(&common, "2")), (1, at(&common, "2")), (1, at(&b, "3"))];
        let codes: Vec<&str> = ordered(&["b".to_owned(), "a".to_owned()], found).iter().map(|d| d.code).collect();
        assert_eq!(codes, ["3", "2", "1"]);
    }
}
