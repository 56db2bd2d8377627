//! Whether the major version was raised from one version to another.
//!
//! Reads semantic versions, leniently where parts are left away. Never guesses at anything else.

/// What two versions say about breaking changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raise {
    /// Breaking changes are announced.
    pub(super) raised: bool,
    /// What was assumed, where the versions do not say.
    pub(super) note: Option<&'static str>,
}

pub(super) fn compare(old: &str, new: &str) -> Raise {
    let (Some(old), Some(new)) = (numbers(old), numbers(new)) else {
        return Raise { raised: false, note: Some("not both versions are semantic ones: taken as the same major version") };
    };
    if new < old {
        return Raise { raised: false, note: Some("the version went down: taken as the same major version") };
    }
    if old.0 == 0 && new.0 == 0 {
        let note = "below 1.0.0 the minor version stands for the major one (Semantic Versioning 2.0.0, section 4)";
        return Raise { raised: new.1 > old.1, note: Some(note) };
    }
    Raise { raised: new.0 > old.0, note: None }
}

/// Major, minor and patch of `1.2.3`, `v1.2` or `1`; a pre-release or build after it does not matter here.
fn numbers(text: &str) -> Option<(u64, u64, u64)> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let core = text.split(['-', '+']).next()?;
    let mut numbers = Vec::new();
    for part in core.split('.') {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        numbers.push(part.parse::<u64>().ok()?);
    }
    // `2024-01-31` is a date, not version 2024.
    let dated = core.len() != text.len() && numbers.len() < 3;
    match numbers.as_slice() {
        _ if dated => None,
        [major] => Some((*major, 0, 0)),
        [major, minor] => Some((*major, *minor, 0)),
        [major, minor, patch] => Some((*major, *minor, *patch)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn a_raise_is_seen_where_both_versions_are_semantic() {
        for (old, new, raised, noted) in [
            ("1.0.1", "2.0.0", true, false),
            ("1.0.1", "1.9.0", false, false),
            ("v1", "V2.0", true, false),
            ("1.0.0-rc.1", "2.0.0+build", true, false),
            ("2.0.0", "1.0.0", false, true),
            ("0.1.0", "0.2.0", true, true),
            ("0.1.0", "0.1.1", false, true),
            ("0.9.0", "1.0.0", true, false),
            ("", "2.0.0", false, true),
            ("2024-01-31", "2025-01-31", false, true),
            ("latest", "2.0.0", false, true),
        ] {
            let found = compare(old, new);
            assert_eq!((found.raised, found.note.is_some()), (raised, noted), "{old} {new}");
        }
    }
}
