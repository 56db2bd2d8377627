//! What is kept of pull subscriptions and of what waits for retrieval, and how it is read back.
//!
//! Rows and nothing else. What a fault alone remembers of an item (taken, lost) is not kept.

use super::{Item, Pull, Subscription};
use crate::sandbox::kept::{Change, Row, of_kind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// What of this state can change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Subscription(String),
    Item(String, u64),
}

#[derive(Serialize, Deserialize)]
struct SubscriptionRow {
    client: String,
    events: Vec<String>,
    by: String,
    created: String,
    last_request: String,
    retrieved: usize,
}

#[derive(Serialize, Deserialize)]
struct ItemRow {
    subscription: String,
    number: u64,
    at: String,
    shown: Value,
}

/// The numbering, which goes on also after a reset.
#[derive(Serialize, Deserialize)]
struct NumberingRow {
    next: u64,
    next_item: u64,
}

impl Pull {
    /// Tells what has changed since the last time.
    pub(in crate::sandbox) fn changes(&mut self, changes: &mut Vec<Change>) {
        for key in self.marks.drain() {
            changes.push(match key {
                Key::Subscription(id) => {
                    let row = self.subscriptions.get(&id).map(subscription_row);
                    Change::of("subscription", id, row.as_ref())
                }
                Key::Item(id, number) => {
                    let items = self.subscriptions.get(&id).map(|s| &s.items);
                    let item = items.and_then(|items| {
                        let at = items.binary_search_by_key(&number, |item| item.number).ok()?;
                        items.get(at)
                    });
                    let row = item.map(|item| item_row(&id, item));
                    Change::of("item", format!("{id} {number}"), row.as_ref())
                }
            });
        }
    }

    /// What is kept in one row of its own.
    pub(in crate::sandbox) fn numbering(&self) -> Change {
        Change::of("numbering", "pull", Some(&NumberingRow { next: self.next, next_item: self.next_item }))
    }

    /// Takes up what was kept.
    ///
    /// # Errors
    /// A fragment that names the row that cannot be read.
    pub(in crate::sandbox) fn restore(&mut self, rows: &[Row]) -> Result<(), String> {
        self.marks.switch_on();
        for row in of_kind(rows, "numbering").filter(|row| row.key == "pull") {
            let NumberingRow { next, next_item } = row.read()?;
            (self.next, self.next_item) = (next, next_item);
        }
        for row in of_kind(rows, "subscription") {
            let kept: SubscriptionRow = row.read()?;
            let subscription = Subscription {
                id: row.key.clone(),
                client: kept.client,
                events: kept.events,
                by: kept.by,
                created: row.instant(&kept.created)?,
                last_request: row.instant(&kept.last_request)?,
                items: VecDeque::new(),
                retrieved: kept.retrieved,
            };
            self.subscriptions.insert(row.key.clone(), subscription);
        }
        for row in of_kind(rows, "item") {
            let ItemRow { subscription, number, at, shown } = row.read()?;
            let at = row.instant(&at)?;
            let owner = self.subscriptions.get_mut(&subscription);
            let owner = owner.ok_or_else(|| row.unreadable("it belongs to no subscription"))?;
            owner.items.push_back(Item { number, at, shown, taken: 0, lost: false });
        }
        for subscription in self.subscriptions.values_mut() {
            subscription.items.make_contiguous().sort_unstable_by_key(|item| item.number);
        }
        Ok(())
    }
}

fn subscription_row(subscription: &Subscription) -> SubscriptionRow {
    SubscriptionRow {
        client: subscription.client.clone(),
        events: subscription.events.clone(),
        by: subscription.by.clone(),
        created: subscription.created.to_string(),
        last_request: subscription.last_request.to_string(),
        retrieved: subscription.retrieved,
    }
}

fn item_row(subscription: &str, item: &Item) -> ItemRow {
    ItemRow { subscription: subscription.to_owned(), number: item.number, at: item.at.to_string(), shown: item.shown.clone() }
}
