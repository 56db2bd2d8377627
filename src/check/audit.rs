//! The delivery audit: what a platform sent to listeners over a whole run, beside what it says it sent.
//!
//! Pure, over what arrived and what the platform lists. Counts and judges nothing: a loss that a case asked for is no fault, and what is
//! one the cases find.

use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The row of what the platform lists and no listener has seen.
pub const NEVER_ARRIVED: &str = "listed, never arrived";

/// One attempt that arrived, in order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The case whose listener it came to: identifiers mean nothing beyond it.
    pub case: String,
    /// The callback's operation, as a reader would name it.
    pub operation: String,
    /// What the attempts of one notification have in common: the `webhook-id`, else the body.
    pub key: String,
    /// The address it was sent to, as its `Host` says.
    pub host: Option<String>,
    /// Whether the listener answered 2xx.
    pub acknowledged: bool,
    /// The entity and the time of its event, where the body says both.
    pub event: Option<(String, Timestamp)>,
}

impl Arrival {
    /// Reads what a delivery tells of its event: the members `entity` and `id`, and `timestamp`.
    #[must_use]
    pub fn event(body: &str) -> Option<(String, Timestamp)> {
        let body: Value = serde_json::from_str(body).ok()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let at = text("timestamp")?.parse().ok()?;
        Some((format!("{} {}", text("entity").unwrap_or_default(), text("id")?), at))
    }
}

/// One attempt on the platform's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The case that asked for the list.
    pub case: String,
    /// What arrivals have as their key.
    pub key: String,
    /// Its number, from 1.
    pub attempt: u64,
    /// The address it went to.
    pub host: String,
    /// Whether the platform says that it was acknowledged.
    pub acknowledged: bool,
}

/// What was delivered, in figures; of one callback, or in total.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The callback's operation.
    pub operation: String,
    /// Attempts that arrived.
    pub sent: usize,
    /// Distinct notifications.
    pub notifications: usize,
    /// Of which were acknowledged.
    pub acknowledged: usize,
    /// Attempts that came again because none before was acknowledged.
    pub replayed: usize,
    /// Attempts that came again after an acknowledgement.
    pub duplicates: usize,
    /// Notifications that were never acknowledged.
    pub lost: usize,
    /// Of which the listener, or an endpoint that a case let be dead, refused every attempt.
    pub lost_provoked: usize,
    /// Notifications that first came after a younger one of the same entity.
    pub out_of_order: usize,
    /// Of which had been sent to a dead endpoint before.
    pub out_of_order_provoked: usize,
}

impl Row {
    fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.notifications += other.notifications;
        self.acknowledged += other.acknowledged;
        self.replayed += other.replayed;
        self.duplicates += other.duplicates;
        self.lost += other.lost;
        self.lost_provoked += other.lost_provoked;
        self.out_of_order += other.out_of_order;
        self.out_of_order_provoked += other.out_of_order_provoked;
    }
}

/// What was delivered over a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// By callback, in order of name; what never arrived last.
    pub rows: Vec<Row>,
    /// All of them.
    pub total: Row,
    /// How many notifications the platform's own list has; `None` where it shows none.
    pub listed: Option<usize>,
}

type Key<'a> = (&'a str, &'a str);

/// What the platform says of one notification.
#[derive(Clone, Copy, Default)]
struct Said {
    /// Attempts at an address that a listener has.
    here: usize,
    /// Attempts elsewhere, such as a dead endpoint.
    elsewhere: usize,
    /// It was acknowledged, by a listener as the platform has it.
    acknowledged_here: bool,
    acknowledged_elsewhere: bool,
}

/// What has come of one notification so far.
#[derive(Clone, Copy, Default)]
struct Seen {
    attempts: usize,
    acknowledged: bool,
}

/// Counts what arrived beside what is listed.
#[must_use]
pub fn audit(arrivals: &[Arrival], listed: Option<&[Listed]>) -> Audit {
    let said = said(arrivals, listed.unwrap_or_default());
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut seen: HashMap<Key<'_>, Seen> = HashMap::new();
    let mut youngest: HashMap<Key<'_>, Timestamp> = HashMap::new();
    for arrival in arrivals {
        let row = rows.entry(&arrival.operation).or_default();
        let key = (arrival.case.as_str(), arrival.key.as_str());
        let before = seen.entry(key).or_default();
        row.sent += 1;
        match (before.attempts, before.acknowledged) {
            (0, _) => row.notifications += 1,
            (_, false) => row.replayed += 1,
            (_, true) => row.duplicates += 1,
        }
        row.acknowledged += usize::from(arrival.acknowledged && !before.acknowledged);
        let first = before.attempts == 0;
        before.attempts += 1;
        before.acknowledged |= arrival.acknowledged;
        if let Some((entity, at)) = &arrival.event {
            let latest = youngest.entry((&arrival.case, entity)).or_insert(*at);
            if first && *at < *latest {
                row.out_of_order += 1;
                row.out_of_order_provoked += usize::from(said.get(&key).is_some_and(|s| s.elsewhere > 0));
            }
            *latest = (*latest).max(*at);
        }
    }
    let mut counted = BTreeSet::new();
    for arrival in arrivals {
        let key = (arrival.case.as_str(), arrival.key.as_str());
        let came = seen.get(&key).copied().unwrap_or_default();
        let told = said.get(&key).copied().unwrap_or_default();
        if !came.acknowledged && !told.acknowledged_elsewhere && counted.insert(key) {
            let row = rows.entry(&arrival.operation).or_default();
            row.lost += 1;
            // Every attempt that the platform lists here has arrived, and the listener refused it.
            row.lost_provoked += usize::from(told.here <= came.attempts && !told.acknowledged_here);
        }
    }
    // An endpoint that the platform has acknowledged is somebody else's, and none of ours to count.
    let absent = said.iter().filter(|(key, told)| !seen.contains_key(*key) && !told.acknowledged_elsewhere);
    let mut never = Row::default();
    for told in absent.map(|(_, told)| told) {
        never.notifications += 1;
        never.lost += 1;
        never.lost_provoked += usize::from(told.here == 0);
    }
    let mut audit = Audit { listed: listed.map(|_| said.len()), ..Audit::default() };
    let never = (never.lost > 0).then_some((NEVER_ARRIVED, never));
    for (operation, row) in rows.into_iter().chain(never) {
        audit.total.add(&row);
        audit.rows.push(Row { operation: operation.to_owned(), ..row });
    }
    audit
}

fn said<'a>(arrivals: &[Arrival], listed: &'a [Listed]) -> HashMap<Key<'a>, Said> {
    let here: BTreeSet<&str> = arrivals.iter().filter_map(|a| a.host.as_deref()).collect();
    // A case may ask several times; what an attempt is said to be last is what counts.
    let attempts: BTreeMap<(Key<'_>, u64), &Listed> =
        listed.iter().map(|l| (((l.case.as_str(), l.key.as_str()), l.attempt), l)).collect();
    let mut said: HashMap<Key<'_>, Said> = HashMap::new();
    for ((key, _), attempt) in attempts {
        let told = said.entry(key).or_default();
        // Where nothing has arrived at all nobody knows which address is a listener's, and no loss is excused.
        if here.is_empty() || here.contains(attempt.host.as_str()) {
            told.here += 1;
            told.acknowledged_here |= attempt.acknowledged;
        } else {
            told.elsewhere += 1;
            told.acknowledged_elsewhere |= attempt.acknowledged;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Listed, NEVER_ARRIVED, Row, audit};

    /// `key entity minute status`, a line each.
    fn arrivals(text: &str) -> Vec<Arrival> {
        text.lines()
            .filter(|l| !l.trim().is_empty())
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let body = format!(r#"{{"entity":"E","id":"{}","timestamp":"2026-01-28T08:{:0>2}:00Z"}}"#, words[1], words[2]);
                Arrival {
                    case: "c".to_owned(),
                    operation: "PostNotification".to_owned(),
                    key: words[0].to_owned(),
                    host: Some("127.0.0.1:1".to_owned()),
                    acknowledged: words[3].starts_with('2'),
                    event: Arrival::event(&body),
                }
            })
            .collect()
    }

    fn listed(text: &str) -> Vec<Listed> {
        text.lines()
            .filter(|l| !l.trim().is_empty())
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                Listed {
                    case: "c".to_owned(),
                    key: words[0].to_owned(),
                    attempt: words[1].parse().expect("a number"),
                    host: words[2].to_owned(),
                    acknowledged: words[3] == "acknowledged",
                }
            })
            .collect()
    }

    #[test]
    fn every_attempt_is_a_notification_a_replay_or_a_duplicate() {
        let came = arrivals("a x 1 503\n a x 1 204\n a x 1 204\n b y 1 204\n c z 1 500\n c z 1 500");
        let audit = audit(&came, None);
        let total = &audit.total;
        assert_eq!((total.sent, total.notifications, total.replayed, total.duplicates), (6, 3, 2, 1));
        assert_eq!((total.acknowledged, total.lost, total.lost_provoked), (2, 1, 1), "the listener refused each of c");
        assert_eq!((audit.listed, audit.rows.len(), total.out_of_order), (None, 1, 0));
    }

    #[test]
    fn an_older_event_after_a_younger_one_of_the_same_entity_is_out_of_order() {
        let came = arrivals("b x 2 204\n a x 1 204\n c y 1 204\n d x 3 503\n e x 4 204\n d x 3 204");
        assert_eq!(audit(&came, None).total.out_of_order, 1, "a; a replay is late by nature, and y is another entity");
        let said = listed("a 1 127.0.0.1:9 failed\n a 2 127.0.0.1:1 acknowledged");
        assert_eq!(audit(&came, Some(&said)).total.out_of_order_provoked, 1, "a dead endpoint had it first");
    }

    #[test]
    fn what_is_listed_and_never_came_is_lost_and_excused_only_where_it_went_elsewhere() {
        let came = arrivals("a x 1 204\n b x 2 500");
        let said = listed(
            "a 1 127.0.0.1:1 acknowledged\n b 1 127.0.0.1:1 failed\n b 2 127.0.0.1:1 failed\n c 1 127.0.0.1:9 failed\n \
             d 1 127.0.0.1:1 acknowledged\n e 1 other.example acknowledged",
        );
        let audit = audit(&came, Some(&said));
        let row = |name: &str| audit.rows.iter().find(|r| r.operation == name).cloned().expect("a row");
        assert_eq!((row("PostNotification").lost, row("PostNotification").lost_provoked), (1, 0), "one attempt at b never came");
        let never = Row { operation: NEVER_ARRIVED.to_owned(), notifications: 2, lost: 2, lost_provoked: 1, ..Row::default() };
        assert_eq!((row(NEVER_ARRIVED), audit.listed), (never, Some(5)));
        assert_eq!(super::audit(&[], Some(&said[3..4])).total.lost_provoked, 0, "nothing came at all: nobody is excused");
    }
}
