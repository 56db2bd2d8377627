//! The list of what was hidden, over a whole record.
//!
//! Adds up what each exchange says of itself, and counts the words that quote something hidden. Never sees what was hidden.

use crate::model::redact::REDACTED;
use crate::record::figures::counted;
use crate::record::scrub::Hits;
use crate::record::shape::{ExchangeRecord, RedactionRecord};
use crate::record::share::RULE;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// By which rule something is hidden that is hidden elsewhere.
const QUOTED: &str = "quoted";
/// What is made of exchanges, and is counted there.
const MADE: [&str; 5] = ["redactions", "exchange", "excerpt", "curl", "rerun"];

/// What was hidden of `words`, a record of any kind, and of exchanges that it does not hold itself.
pub(crate) fn list<T: Serialize>(words: &T, exchanges: &[ExchangeRecord]) -> Vec<RedactionRecord> {
    let mut hits = Hits::default();
    exchanges.iter().for_each(|exchange| hits.join(&exchange.redactions));
    if let Ok(words) = serde_json::to_value(words) {
        count(&words, "record ", &mut hits);
    }
    hits.records()
}

fn count(value: &Value, at: &str, hits: &mut Hits) {
    match value {
        Value::String(text) if text.contains(REDACTED) => hits.add(at, QUOTED),
        Value::Array(items) => items.iter().for_each(|item| count(item, &format!("{at}/*"), hits)),
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !MADE.contains(&name.as_str())) {
                count(member, &format!("{at}/{name}"), hits);
            }
        }
        _ => {}
    }
}

/// What was hidden, in a sentence: `14 values: 12 by header, 2 by name`; nothing where nothing was.
#[must_use]
pub fn hidden(redactions: &[RedactionRecord]) -> Option<String> {
    let by: Vec<(&str, usize)> = by(redactions.iter().filter(|r| r.rule != RULE).map(|r| (r.rule.as_str(), r.count)));
    let all: usize = by.iter().map(|(_, count)| count).sum();
    let parts: Vec<String> = by.iter().map(|(rule, count)| format!("{count} by {rule}")).collect();
    (all > 0).then(|| format!("{}: {}", counted(all, "value"), parts.join(", ")))
}

/// What was dropped so that the record may be shared, in a sentence; nothing where it is not to be shared.
#[must_use]
pub fn dropped(redactions: &[RedactionRecord]) -> Option<String> {
    let by = by(redactions.iter().filter(|r| r.rule == RULE).map(|r| (r.place.as_str(), r.count)));
    let parts: Vec<String> = by.iter().map(|(what, count)| format!("{what} ({count})")).collect();
    (!parts.is_empty()).then(|| format!("left out or replaced: {}", parts.join(", ")))
}

/// Sums by name, the largest first.
fn by<'r>(counts: impl Iterator<Item = (&'r str, usize)>) -> Vec<(&'r str, usize)> {
    let mut sums: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, count) in counts {
        *sums.entry(name).or_default() += count;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sums
}

#[cfg(test)]
mod tests {
    use super::{dropped, hidden, list};
    use crate::record::shape::RedactionRecord;
    use serde_json::json;

    #[test]
    fn words_that_quote_what_is_hidden_are_counted_by_their_place() {
        let words =
            json!({"command": "x --key=[redacted]", "cases": [{"reason": "[redacted]", "curl": "[redacted]"}, {"reason": "a"}]});
        let listed = list(&words, &[]);
        let told: Vec<_> = listed.iter().map(|r| (r.place.as_str(), r.rule.as_str(), r.count)).collect();
        assert_eq!(told, [("record /cases/*/reason", "quoted", 1), ("record /command", "quoted", 1)]);
    }

    #[test]
    fn what_was_hidden_is_said_by_rule_and_what_was_dropped_by_kind() {
        let of = |place: &str, rule: &str, count| RedactionRecord { place: place.to_owned(), rule: rule.to_owned(), count };
        let all = [
            of("request header A", "header", 2),
            of("request URL", "name", 1),
            of("request header B", "header", 1),
            of("bodies", "share", 4),
        ];
        assert_eq!(hidden(&all).as_deref(), Some("4 values: 3 by header, 1 by name"));
        assert_eq!(dropped(&all).as_deref(), Some("left out or replaced: bodies (4)"));
        assert_eq!((hidden(&all[3..]), dropped(&all[..3])), (None, None));
    }
}
