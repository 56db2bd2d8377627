//! Findings as workflow commands, which GitHub shows beside the lines of a change.
//!
//! One line for each. Never lets a text of a file begin a command of its own.

use crate::base::diagnostic::Diagnostic;
use crate::report::diagnostics::Findings;
use crate::report::github::{data, property};
use std::fmt::Write as _;

pub(super) fn render(findings: &Findings) -> String {
    let mut text = String::new();
    for diagnostic in &findings.diagnostics {
        let mut properties = Vec::new();
        if let (Some(place), Some(span)) = (&diagnostic.place, diagnostic.focus()) {
            let ((line, column), (end_line, end_column)) =
                (place.source.line_column(span.start), place.source.line_column(span.end));
            properties.push(format!("file={}", property(place.source.name())));
            // The last column is meant to belong to the range.
            let end_column = end_column.saturating_sub(1).max(column);
            properties.push(format!("line={line},endLine={end_line},col={column},endColumn={end_column}"));
        }
        properties.push(format!("title={}", property(diagnostic.code)));
        let (level, message) = (diagnostic.severity.name(), message(diagnostic));
        let _ = writeln!(text, "::{level} {}::{}", properties.join(","), data(&message));
    }
    let _ = writeln!(text, "{}", findings.summary());
    text
}

fn message(diagnostic: &Diagnostic) -> String {
    let mut message = diagnostic.message.clone();
    for label in &diagnostic.labels {
        let _ = write!(message, "\n{}: {}", label.place, label.text);
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = write!(message, "\nhelp: {hint}");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::diagnostics::tests::findings;

    #[test]
    fn one_command_for_each_with_everything_escaped() {
        let text = render(&findings());
        let expected = "::error file=specs/my api.yaml,line=2,endLine=2,col=11,endColumn=15,title=contract/unknown-field::unknown field `titel`%0Ahelp: did you mean `title`?
::warning file=specs/my api.yaml,line=3,endLine=3,col=1,endColumn=5,title=contract/path::paths: 100%25 odd%0Aand more%0Aspecs/my api.yaml:4:3: like this
::error title=input/unreadable::cannot read `gone.yaml`: no such file
2 files, 2 errors, 1 warning; 1 file of another kind skipped
";
        assert_eq!(text, expected);
    }
}
