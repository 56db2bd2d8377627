//! A comparison for the page of a pull request.
//!
//! The verdict and a table for each impact. What a document says is shown as text only, never as markup.

use crate::diff::{Comparison, Impact, Verdict};
use crate::report::diff::{elsewhere, figures};
use crate::report::visible;
use std::fmt::Write as _;

/// Changes listed under one impact, at most.
const SHOWN: usize = 200;

/// The comparison as Markdown.
#[must_use]
pub fn render(comparison: &Comparison) -> String {
    let sign = match comparison.verdict {
        Verdict::BreakingUnderSameMajor => "❌",
        Verdict::BreakingMajorRaised => "⚠️",
        Verdict::Compatible | Verdict::Same => "✅",
    };
    let mut out = format!(
        "## {sign} {} {} → {}: {}\n\n{}.\n",
        cell(&comparison.title),
        cell(&comparison.old_version),
        cell(&comparison.new_version),
        comparison.verdict.phrase(),
        figures(comparison)
    );
    if let Some(note) = comparison.version_note {
        let _ = writeln!(out, "\nNote: {}.", cell(note));
    }
    for (impact, title) in [(Impact::Breaking, "Breaking"), (Impact::Unsure, "To look at"), (Impact::Compatible, "Compatible")] {
        let changes: Vec<_> = comparison.changes.iter().filter(|c| c.impact == impact).collect();
        if changes.is_empty() {
            continue;
        }
        let _ = write!(out, "\n### {title}\n\n| where | what | why | rule |\n|---|---|---|---|\n");
        for change in changes.iter().take(SHOWN) {
            let path = if change.path.is_empty() { String::new() } else { format!("<br>{}", cell(&change.path)) };
            let also = elsewhere(&change.also, 3).map(|a| format!("<br>also {}", cell(&a))).unwrap_or_default();
            let place = change.new.as_ref().or(change.old.as_ref());
            let place = place.map(|p| format!("<br>{}", cell(&p.to_string()))).unwrap_or_default();
            let _ = writeln!(
                out,
                "| **{}**{path}{also} | {}{place} | {} | `{}` |",
                cell(&change.subject),
                cell(&change.message),
                cell(change.why),
                change.rule
            );
        }
        if changes.len() > SHOWN {
            let _ = writeln!(out, "\nand {} more", changes.len() - SHOWN);
        }
    }
    out
}

/// Text that Markdown and the HTML in it leave alone; code spans stay.
fn cell(text: &str) -> String {
    let text = visible::line(text);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '`' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}
