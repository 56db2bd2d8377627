//! Pull notifications: subscriptions, what has gathered for each, and its retrieval, once.
//!
//! Pure. Knows no token: callers have been authorized, and say which client they are.

mod kept;

use crate::base::units::Nanos;
use crate::model::http::Response;
use crate::sandbox::answer::{Refusal, json_response};
use crate::sandbox::clock::saturating_add;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::kept::Marks;
use crate::sandbox::letters::is_letter;
use crate::sandbox::pull::kept::Key;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
struct Item {
    number: u64,
    at: Timestamp,
    shown: Value,
    /// For a fault alone: how often it was retrieved already.
    taken: u32,
    /// For a fault alone: counted, and never retrieved.
    lost: bool,
}

#[derive(Debug)]
struct Subscription {
    id: String,
    client: String,
    events: Vec<String>,
    by: String,
    created: Timestamp,
    last_request: Timestamp,
    items: VecDeque<Item>,
    /// How many were retrieved; for a fault alone.
    retrieved: usize,
}

/// Items that a retrieval has shown and that are to be removed when its answer is sent; for a fault alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    subscription: String,
    numbers: Vec<u64>,
}

/// The pull API's state.
#[derive(Debug)]
pub(super) struct Pull {
    subscriptions: BTreeMap<String, Subscription>,
    page_size: usize,
    retention: Nanos,
    next: u64,
    next_item: u64,
    marks: Marks<Key>,
}

impl Pull {
    pub(super) fn new(page_size: usize, retention: Nanos) -> Self {
        Self { subscriptions: BTreeMap::new(), page_size, retention, next: 1_001, next_item: 1_001, marks: Marks::default() }
    }

    /// Forgets every subscription.
    pub(super) fn reset(&mut self) {
        for id in self.subscriptions.keys().cloned().collect::<Vec<_>>() {
            self.forget(&id);
        }
    }

    /// Drops a subscription with what waits for it; false where there is none.
    fn forget(&mut self, id: &str) -> bool {
        let Some(subscription) = self.subscriptions.remove(id) else { return false };
        self.marks.mark(|| Key::Subscription(id.to_owned()));
        self.marks.mark_all(subscription.items.iter().map(|item| Key::Item(id.to_owned(), item.number)));
        true
    }

    /// Creates a subscription.
    pub(super) fn create(
        &mut self,
        body: &Map<String, Value>,
        by: &str,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Response, Refusal> {
        let events = event_types(body.get("event_type_ids"), faults)?;
        let client = body.get("client_id").and_then(Value::as_str).filter(|c| is_identifier(c));
        let client = client.filter(|c| c.is_ascii() || !faults.has(Fault::UnicodeClientRefused));
        let client =
            client.ok_or_else(|| Refusal::invalid("client_id must be letters, digits, dots, underscores and hyphens."))?;
        let subscription = Subscription {
            id: format!("sub-{}", self.next),
            client: client.to_owned(),
            events,
            by: by.to_owned(),
            created: now,
            last_request: now,
            items: VecDeque::new(),
            retrieved: 0,
        };
        self.next += 1;
        let answer = json_response(201, &self.shown(&subscription, now, faults));
        self.marks.mark(|| Key::Subscription(subscription.id.clone()));
        self.subscriptions.insert(subscription.id.clone(), subscription);
        Ok(answer)
    }

    /// Shows a subscription to its client.
    pub(super) fn get(&mut self, id: &str, client: &str, now: Timestamp, faults: &Faults) -> Result<Response, Refusal> {
        let subscription = self.seen_by(id, client, faults.has(Fault::OtherClientReads))?;
        let shown = self.shown(subscription, now, faults);
        if let (true, Some([item])) =
            (faults.has(Fault::ReadConsumes), self.subscriptions.get_mut(id).map(|s| s.items.make_contiguous()))
        {
            item.lost = true;
        }
        Ok(json_response(200, &shown))
    }

    /// Deletes a subscription.
    pub(super) fn delete(&mut self, id: &str, faults: &Faults) -> Result<Response, Refusal> {
        checked(id)?;
        let keeps = faults.has(Fault::DeletedStillThere) && self.subscriptions.contains_key(id);
        let gone = keeps || self.forget(id) || (faults.has(Fault::DeleteTwiceAccepted) && self.was_given(id));
        if !gone {
            return Err(unknown());
        }
        Ok(Response::new(204))
    }

    /// Takes the waiting items away, up to a page; with `peek` it only shows them.
    pub(super) fn retrieve(
        &mut self,
        id: &str,
        client: &str,
        peek: bool,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<(Response, Option<Removal>), Refusal> {
        self.seen_by(id, client, faults.has(Fault::OtherClientTakes))?;
        let (size, retention) = (self.page_size, self.retention);
        let subscription = self.subscriptions.get_mut(id).ok_or_else(unknown)?;
        // Whatever is no longer there afterwards is dropped from what is kept as well.
        self.marks.mark(|| Key::Subscription(id.to_owned()));
        self.marks.mark_all(subscription.items.iter().map(|item| Key::Item(id.to_owned(), item.number)));
        subscription.items.retain(|item| !item.lost && is_kept(item, retention, now, faults));
        if faults.has(Fault::LosesItem) && (4..=size).contains(&subscription.items.len()) && !peek {
            subscription.items.pop_front();
        }
        let count = subscription.items.len().min(size);
        let results: Vec<Value> = subscription.items.iter().take(count).map(|item| item.shown.clone()).collect();
        let mut removal = None;
        if !peek || faults.has(Fault::HeadConsumes) {
            let numbers: Vec<u64> = subscription.items.iter().take(count).map(|item| item.number).collect();
            if faults.has(Fault::RetrieveRace) {
                removal = Some(Removal { subscription: id.to_owned(), numbers });
            } else if faults.has(Fault::RetrieveTwice) && count < size {
                subscription.items.iter_mut().take(count).for_each(|item| item.taken += 1);
                subscription.items.retain(|item| item.taken < 2);
            } else {
                subscription.items.drain(..count);
                let lost = faults.has(Fault::LosesNextPage);
                subscription.items.iter_mut().for_each(|item| item.lost = lost);
            }
        }
        subscription.retrieved += if peek { 0 } else { count };
        if !peek && !faults.has(Fault::LastRequestFrozen) {
            subscription.last_request = now;
        }
        let results = if faults.has(Fault::ResultsAsObject) { json!({"items": results}) } else { json!(results) };
        Ok((json_response(200, &json!({"page": 0, "size": size, "results": results})), removal))
    }

    /// Removes what a racing retrieval has shown.
    pub(super) fn remove(&mut self, removal: &Removal) {
        if let Some(subscription) = self.subscriptions.get_mut(&removal.subscription) {
            let keys = removal.numbers.iter().map(|number| Key::Item(removal.subscription.clone(), *number));
            self.marks.mark_all(keys);
            subscription.items.retain(|item| !removal.numbers.contains(&item.number));
        }
    }

    /// Lets an event happen: every subscription of the client that asked for it gets an item. Gives the item and their number.
    pub(super) fn happen(
        &mut self,
        event: &str,
        client: &str,
        extra: &Map<String, Value>,
        now: Timestamp,
        faults: &Faults,
    ) -> (Value, usize) {
        let number = self.next_item;
        self.next_item += 1;
        let mut shown = json!({
            "version": "V2",
            "event_type_id": event,
            "event_type_details": {"category": "LIFECYCLE", "name": format!("Event {event}")},
            "timestamp": now.to_string(),
            "user": {"id": format!("user-{number}"), "segment": "customers"},
            "client_application": {},
            "device": {},
            "location": {"ip": "192.0.2.10"},
            "authenticated_user": {"id": format!("user-{number}")},
            "identity_status_transition": {"new_state": "ACTIVE"},
        });
        for (name, value) in extra {
            merge(&mut shown[name], value);
        }
        let mut gathered = 0;
        for subscription in self.subscriptions.values_mut().filter(|s| s.client == client) {
            if subscription.events.iter().any(|e| e == event || (faults.has(Fault::WrongEventsGathered) && is_alike(e, event))) {
                self.marks.mark(|| Key::Item(subscription.id.clone(), number));
                subscription.items.push_back(Item { number, at: now, shown: shown.clone(), taken: 0, lost: false });
                gathered += 1;
            }
        }
        (shown, gathered)
    }

    /// Whether a subscription has had this id; for a fault alone.
    fn was_given(&self, id: &str) -> bool {
        id.strip_prefix("sub-")
            .and_then(|number| number.parse::<u64>().ok())
            .is_some_and(|number| (1_001..self.next).contains(&number))
    }

    /// The subscription, when this client may see it. Another client's is as unknown as none (published behaviour).
    fn seen_by(&self, id: &str, client: &str, anyone: bool) -> Result<&Subscription, Refusal> {
        checked(id)?;
        self.subscriptions.get(id).filter(|s| s.client == client || anyone).ok_or_else(unknown)
    }

    fn shown(&self, subscription: &Subscription, now: Timestamp, faults: &Faults) -> Value {
        let waiting =
            subscription.items.iter().filter(|item| item.taken == 0 && is_kept(item, self.retention, now, faults)).count();
        let waiting = waiting + if faults.has(Fault::RemainingCounterFrozen) { subscription.retrieved } else { 0 };
        let status = json!({
            "last_request_date": subscription.last_request.to_string(),
            "number_of_remaining_notifications": waiting,
        });
        json!({
            "id": subscription.id,
            "subscription": {
                "client_id": subscription.client,
                "event_type_ids": subscription.events,
                "subscribed_by": subscription.by,
                "subscription_date": subscription.created.to_string(),
                "notification_url": format!("/notification/v2/subscriptions/{}/notifications", subscription.id),
                "notification_page_size": self.page_size,
            },
            "subscription_status": if faults.has(Fault::NullStatus) { Value::Null } else { status },
        })
    }
}

/// Objects are merged member by member; anything else is replaced.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// Whether two event types are of one length and differ in their last character at most; for a fault alone.
fn is_alike(a: &str, b: &str) -> bool {
    let stem = |text: &str| text.char_indices().next_back().map_or(0, |(at, _)| at);
    a.len() == b.len() && a[..stem(a)] == b[..stem(b)]
}

fn is_kept(item: &Item, retention: Nanos, now: Timestamp, faults: &Faults) -> bool {
    let minute = SignedDuration::from_mins(1);
    let mut age = SignedDuration::from_nanos(i64::try_from(retention.0).unwrap_or(i64::MAX));
    if faults.has(Fault::RetentionShort) {
        age -= minute;
    }
    faults.has(Fault::RetentionForever) || now <= saturating_add(item.at, age)
}

fn event_types(value: Option<&Value>, faults: &Faults) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::invalid("event_type_ids must be a non-empty array of unique, non-empty strings.");
    let ids = value.and_then(Value::as_array).ok_or_else(wrong)?;
    let ids: Option<Vec<String>> = ids.iter().map(|id| id.as_str().filter(|text| !text.is_empty()).map(str::to_owned)).collect();
    let ids = ids.ok_or_else(wrong)?;
    let repeated = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
    let refused = (ids.is_empty() && !faults.has(Fault::EmptyEventTypesAccepted))
        || (repeated && !faults.has(Fault::DuplicateEventTypesAccepted));
    if refused { Err(wrong()) } else { Ok(ids) }
}

/// `^[\p{L}0-9\._\-]+$`
fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| is_letter(c) || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'))
}

fn checked(id: &str) -> Result<(), Refusal> {
    if is_identifier(id) { Ok(()) } else { Err(Refusal::invalid("The identifier is malformed.")) }
}

fn unknown() -> Refusal {
    Refusal::new(404, "UNKNOWN_SUBSCRIPTION", "There is no such subscription.")
}

#[cfg(test)]
#[path = "pull_tests.rs"]
mod tests;
