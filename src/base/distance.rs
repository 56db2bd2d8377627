//! "Did you mean": the nearest known name to one that is not known.
//!
//! Pure text distance; never decides whether a name is valid.

/// The candidate nearest to `typed`, when it is near enough to be worth offering.
#[must_use]
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (typed.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|c| (edit_distance(&typed.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Hint text for an unknown name: the nearest candidate, else the short list of what is known.
#[must_use]
pub fn did_you_mean<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(typed, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let known: Vec<&str> = candidates.into_iter().collect();
    if known.is_empty() {
        return None;
    }
    let shown = known.iter().take(12).map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    Some(if known.len() > 12 { format!("known: {shown}, and {} more", known.len() - 12) } else { format!("known: {shown}") })
}

/// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn offers_the_nearest_name_only_when_it_is_near() {
        assert_eq!(nearest("listOrder", ["listOrders", "getOrder"]), Some("listOrders"));
        assert_eq!(nearest("stpes", ["steps", "name"]), Some("steps"));
        assert_eq!(nearest("zebra", ["steps", "name"]), None);
        assert_eq!(did_you_mean("zebra", ["b", "a"]).as_deref(), Some("known: `b`, `a`"));
    }
}
