//! A comparison for the terminal.
//!
//! One block for each operation, in the order of the comparison, the verdict as the last line. Never prints, and never lets a document's
//! characters reach the terminal as commands.

use crate::diff::{Change, Comparison, Impact, Verdict};
use crate::report::diff::{elsewhere, figures};
use crate::report::visible;
use anstyle::{AnsiColor, Color, Style};

/// How the text is shown.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// With colours.
    pub color: bool,
    /// Changes less grave than this one are counted only.
    pub least: Impact,
    /// With the reason of each.
    pub reasons: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { color: false, least: Impact::Compatible, reasons: true }
    }
}

const RED: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Red)));
const YELLOW: Style = Style::new().bold().fg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const GREEN: Style = Style::new().fg_color(Some(Color::Ansi(AnsiColor::Green)));
const BOLD: Style = Style::new().bold();

/// Places of a shared change listed at most.
const ELSEWHERE: usize = 5;

/// The comparison as text.
#[must_use]
pub fn render(comparison: &Comparison, options: Options) -> String {
    let mut page = Page { text: String::new(), color: options.color };
    let mut subject = None;
    for change in comparison.changes.iter().filter(|c| c.impact <= options.least) {
        if subject != Some(&change.subject) {
            if subject.is_some() {
                page.text.push('\n');
            }
            let head = page.paint(BOLD, &visible::line(&change.subject));
            page.line(&head);
            subject = Some(&change.subject);
        }
        page.change(change, options.reasons);
    }
    if subject.is_some() {
        page.text.push('\n');
    }
    if let Some(note) = comparison.version_note {
        page.line(&format!("note: {note}"));
    }
    let versions = format!("{} {} to {}", comparison.title, shown(&comparison.old_version), shown(&comparison.new_version));
    let style = match comparison.verdict {
        Verdict::BreakingUnderSameMajor => RED,
        Verdict::BreakingMajorRaised => YELLOW,
        Verdict::Compatible | Verdict::Same => GREEN,
    };
    let verdict = page.paint(style, comparison.verdict.phrase());
    let figures = figures(comparison);
    page.line(&format!("{}: {figures}: {verdict}", visible::line(&versions)));
    page.text
}

fn shown(version: &str) -> &str {
    if version.is_empty() { "(no version)" } else { version }
}

struct Page {
    text: String,
    color: bool,
}

impl Page {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn change(&mut self, change: &Change, reasons: bool) {
        let style = match change.impact {
            Impact::Breaking => RED,
            Impact::Unsure => YELLOW,
            Impact::Compatible => GREEN,
        };
        let word = self.paint(style, &format!("{:<10}", change.impact.word()));
        let path = if change.path.is_empty() { String::new() } else { format!("{}: ", visible::line(&change.path)) };
        self.line(&format!("  {word}  {path}{} [{}]", visible::line(&change.message), change.rule));
        if reasons {
            self.line(&format!("              {}", change.why));
        }
        let places: Vec<String> = [&change.old, &change.new].into_iter().flatten().map(ToString::to_string).collect();
        if !places.is_empty() {
            self.line(&format!("              at {}", visible::line(&places.join(" -> "))));
        }
        if let Some(also) = elsewhere(&change.also, ELSEWHERE) {
            self.line(&format!("              also {}", visible::line(&also)));
        }
    }
}
