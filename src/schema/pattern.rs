//! Patterns that are legal and too large to be compiled as they stand.
//!
//! Rewrites the common ones without loss and recognises the rest. Matches nothing itself.

use std::sync::LazyLock;

/// A pattern with one counted atom, such as `^[a-z]{1,100000}$`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The pattern without the count: `^[a-z]*$`.
    pub pattern: String,
    /// How many characters there must be.
    pub least: u64,
    /// How many there may be.
    pub most: Option<u64>,
}

/// Counts up to here are compiled as they stand.
const SMALL: u64 = 1_000;

static COUNTED: LazyLock<Option<regex::Regex>> = LazyLock::new(|| {
    let atom = r"\.|\[(?:\\.|[^\]\\])+\]|\\[dDwWsS]|\\[pP]\{[A-Za-z_=]+\}";
    regex::Regex::new(&format!(r"^\^(?:({atom})|\(({atom})\)|\(\?:({atom})\))\{{([0-9]+)(,([0-9]*))?\}}\$$")).ok()
});

/// A pattern that allows one kind of character and counts to more than a thousand: the count is a matter of length.
#[must_use]
pub fn counted(pattern: &str) -> Option<Counted> {
    // Few patterns count at all.
    if !pattern.ends_with("}$") {
        return None;
    }
    let found = COUNTED.as_ref()?.captures(pattern)?;
    let atom = (1..=3).find_map(|i| found.get(i))?.as_str();
    let least: u64 = found[4].parse().ok()?;
    let most = match (found.get(5), found.get(6).map(|m| m.as_str())) {
        (None, _) => Some(least),
        (Some(_), None | Some("")) => None,
        (Some(_), Some(most)) => Some(most.parse().ok()?),
    };
    (least.max(most.unwrap_or(0)) > SMALL).then(|| Counted { pattern: format!("^{atom}*$"), least, most })
}

/// Whether a pattern is a regular expression that only lacks room.
#[must_use]
pub fn is_too_large(pattern: &str) -> bool {
    // Without a count of three digits only a very long one grows that far.
    let counts = pattern.split('{').skip(1).any(|rest| rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b',').count() > 2);
    (counts || pattern.len() > 1_000) && matches!(regex::Regex::new(pattern), Err(regex::Error::CompiledTooBig(_)))
}

#[cfg(test)]
mod tests {
    use super::{counted, is_too_large};

    #[test]
    fn counts_are_taken_out_of_patterns_of_one_atom() {
        let shown = |pattern: &str| counted(pattern).map(|c| (c.pattern, c.least, c.most));
        assert_eq!(shown("^.{0,262144}$"), Some(("^.*$".to_owned(), 0, Some(262_144))));
        assert_eq!(shown(r"^[^\]a-z]{5,}$"), None);
        assert_eq!(shown(r"^[^\]a-z]{5000,}$"), Some((r"^[^\]a-z]*$".to_owned(), 5_000, None)));
        assert_eq!(shown(r"^(\w){2000}$"), Some((r"^\w*$".to_owned(), 2_000, Some(2_000))));
        assert_eq!(shown(r"^\p{L}{1,4000}$"), Some((r"^\p{L}*$".to_owned(), 1, Some(4_000))));
        for other in ["^.{0,99}$", ".{0,5000}", "^ab{0,5000}$", "^(ab){0,5000}$", "^.{0,5000}x$", "^.{5000,4}}$", ""] {
            assert_eq!(shown(other), None, "{other}");
        }
    }

    #[test]
    fn what_only_lacks_room_is_told_from_what_is_wrong() {
        assert!(is_too_large(r"^(a.{0,200000}b|c)$"));
        assert!(!is_too_large("(a{0,300000}") && !is_too_large("^a{0,300}$") && !is_too_large("("));
    }
}
