//! The bound of a job's summary: what GitHub takes of one step.
//!
//! Cuts between lines and says so. Never changes a line.

/// Bytes of a summary. GitHub takes 1,048,576 of one step, and refuses the whole where there is more.
pub(in crate::report) const MOST: usize = 1_000_000;

/// The summary, its end left out where it is too long.
pub(in crate::report) fn bounded(mut text: String) -> String {
    if text.len() <= MOST {
        return text;
    }
    // A line that is too long by itself is left out with all behind it.
    let end = text.as_bytes()[..MOST].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    text.truncate(end);
    text.push_str("\n_The rest is left out, since a summary holds no more; the report has all of it._\n");
    text
}

#[cfg(test)]
mod tests {
    use super::{MOST, bounded};

    #[test]
    fn a_summary_is_cut_between_lines_and_says_so() {
        let line = format!("| {} |\n", "é".repeat(60));
        let text = bounded(line.repeat(20_000));
        assert!(text.len() < 1_048_576 && text.len() > MOST - 200, "{}", text.len());
        assert!(text.lines().rev().skip(2).all(|l| l == line.trim_end()));
        assert!(text.ends_with("all of it._\n"));
        assert_eq!(bounded("short\n".to_owned()), "short\n");
        assert!(bounded("x".repeat(2 * MOST)).len() < 200);
    }
}
