//! A comparison of two contracts as text, Markdown and JSON.
//!
//! Only shows: impact and verdict are taken as they are. Compares nothing, writes no file.

pub mod json;
pub mod markdown;
pub mod text;

use crate::diff::{Comparison, Impact};
use crate::record::figures::counted;

/// `2 breaking, 1 unsure, 3 compatible`, without what there is none of.
fn figures(comparison: &Comparison) -> String {
    let each = [Impact::Breaking, Impact::Unsure, Impact::Compatible].map(|impact| (impact, comparison.count(impact)));
    let some: Vec<String> = each.iter().filter(|(_, n)| *n > 0).map(|(impact, n)| format!("{n} {impact}")).collect();
    if some.is_empty() { "no changes".to_owned() } else { some.join(", ") }
}

/// Where else a change shows.
fn elsewhere(also: &[(String, String)], most: usize) -> Option<String> {
    if also.is_empty() {
        return None;
    }
    let shown: Vec<String> = also.iter().take(most).map(|(subject, path)| spot(subject, path)).collect();
    let more = also.len() - shown.len();
    let rest = if more > 0 { format!("; and {}", counted(more, "more place")) } else { String::new() };
    Some(format!("{}{rest}", shown.join("; ")))
}

fn spot(subject: &str, path: &str) -> String {
    if path.is_empty() { subject.to_owned() } else { format!("{subject}, {path}") }
}
