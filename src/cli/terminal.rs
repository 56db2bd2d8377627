//! What the terminal is and how it is written to.
//!
//! Decides on colour and progress, and prints. Lays nothing out.

use crate::base::diagnostic::{Diagnostic, Severity};
use crate::cli::options::Color;
use std::io::{IsTerminal as _, Write as _};

/// The terminal, or what stands in its place.
#[derive(Clone)]
pub(super) struct Terminal {
    color: bool,
    error_color: bool,
    progress: bool,
}

impl Terminal {
    /// Looks at the streams and at `NO_COLOR` (no-color.org).
    pub(super) fn new(color: Color) -> Self {
        let wanted = |is_terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                is_terminal
                    && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
                    && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
            }
        };
        let (out, err) = (std::io::stdout().is_terminal(), std::io::stderr().is_terminal());
        Self { color: wanted(out), error_color: wanted(err), progress: err && std::env::var_os("CI").is_none() }
    }

    pub(super) fn color(&self) -> bool {
        self.color
    }

    pub(super) fn error_color(&self) -> bool {
        self.error_color
    }

    pub(super) fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Prints what was asked for. A reader that went away is no fault of the run.
    pub(super) fn show(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Prints diagnostics, and how many errors there were when there were several, which keep anything from being sent.
    pub(super) fn diagnostics(&self, faults: &[Diagnostic]) {
        self.tell_each(faults);
        if let Some(sum) = sum(faults) {
            let _ = writeln!(std::io::stderr(), "{sum}");
        }
    }

    /// Prints diagnostics of what happened beside a run or after it.
    pub(super) fn tell_each(&self, faults: &[Diagnostic]) {
        let mut err = std::io::stderr().lock();
        for fault in faults {
            let _ = writeln!(err, "{}\n", fault.render(self.error_color));
        }
    }

    /// Prints for a reader beside the output, which something else has.
    pub(super) fn tell(&self, text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
    }

    /// Prints one sentence that says why nothing could be judged.
    pub(super) fn failure(&self, why: &str) {
        let (red, reset) = if self.error_color { ("\u{1b}[1;31m", "\u{1b}[0m") } else { ("", "") };
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "{red}not judged{reset}: {why}");
    }
}

/// What several errors come to; warnings keep nothing from being sent.
fn sum(faults: &[Diagnostic]) -> Option<String> {
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error).count();
    (errors > 1).then(|| format!("{errors} faults; nothing was sent"))
}

#[cfg(test)]
mod tests {
    use super::sum;
    use crate::base::diagnostic::Diagnostic;

    #[test]
    fn only_errors_keep_something_from_being_sent() {
        let (error, warning) = (|| Diagnostic::error("a/b", "x"), || Diagnostic::warning("a/c", "y"));
        assert_eq!(sum(&[warning(), warning(), warning()]), None);
        assert_eq!(sum(&[error(), warning()]), None);
        assert_eq!(sum(&[error(), warning(), error()]).as_deref(), Some("2 faults; nothing was sent"));
    }
}
