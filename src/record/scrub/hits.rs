//! Counts what is hidden, by place and rule.
//!
//! Never hears a value: a place is the name of a header field or a JSON Pointer, and names that are hidden are none.

use crate::record::shape::RedactionRecord;
use std::collections::BTreeMap;

/// Places of one record that are told apart; what comes after them is told as one, so that no server can make the list long.
const MOST: usize = 100;
/// What the others are called.
const ELSEWHERE: &str = "elsewhere";

/// What was hidden so far.
#[derive(Clone, Debug, Default)]
pub struct Hits(BTreeMap<(String, String), usize>);

impl Hits {
    /// One more value.
    pub fn add(&mut self, place: &str, rule: &str) {
        self.count(place, rule, 1);
    }

    fn count(&mut self, place: &str, rule: &str, times: usize) {
        let key = (place.to_owned(), rule.to_owned());
        let key = if self.0.len() < MOST || self.0.contains_key(&key) { key } else { (ELSEWHERE.to_owned(), rule.to_owned()) };
        *self.0.entry(key).or_default() += times;
    }

    /// What was counted before, once more.
    pub fn join(&mut self, others: &[RedactionRecord]) {
        for other in others {
            self.count(&other.place, &other.rule, other.count);
        }
    }

    /// As it is stored.
    #[must_use]
    pub fn records(self) -> Vec<RedactionRecord> {
        self.0.into_iter().map(|((place, rule), count)| RedactionRecord { place, rule, count }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Hits;

    #[test]
    fn a_list_does_not_grow_without_end() {
        let mut hits = Hits::default();
        for number in 0..1000 {
            hits.add(&format!("response body /{number}"), "entropy");
        }
        let records = hits.records();
        assert_eq!((records.len(), records.iter().map(|r| r.count).sum::<usize>()), (101, 1000));
        assert_eq!(records.iter().find(|r| r.place == "elsewhere").map(|r| r.count), Some(900));
    }
}
