//! What is kept of push notifications, and how it is read back.
//!
//! Rows and nothing else: decides no delivery. What a fault alone remembers (an attempt held back) is not kept.

use super::{Attempt, Callback, Delivery, Notification, Push, host_key};
use crate::sandbox::faults::Faults;
use crate::sandbox::kept::{Change, Row, of_kind};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What of this state can change.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Allowed(String),
    Callback(String),
    Notification(String, u64),
    Delivery(u64, u32),
}

#[derive(Serialize, Deserialize)]
struct CallbackRow {
    url: String,
    registered: String,
    first_url: String,
}

#[derive(Serialize, Deserialize)]
struct NotificationRow {
    partner: String,
    at: String,
    entity: String,
    webhook_id: String,
    /// The bytes that are sent, so that they are the same after a restart.
    body: String,
    first_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct DeliveryRow {
    place: usize,
    partner: String,
    webhook_id: String,
    notification: u64,
    number: u32,
    at: String,
    url: String,
    outcome: Option<String>,
}

/// The numbering, which goes on also after a reset.
#[derive(Serialize, Deserialize)]
struct NumberingRow {
    run: String,
    next: u64,
}

impl Push {
    /// Tells what has changed since the last time.
    pub(in crate::sandbox) fn changes(&mut self, changes: &mut Vec<Change>) {
        for key in self.marks.drain() {
            changes.push(match key {
                Key::Allowed(host) => {
                    // What the configuration allows is allowed anew at every start.
                    let configured = self.configured.iter().any(|c| host_key(c).as_ref() == Some(&host));
                    Change::of("allowed", host.as_str(), (self.allowed.contains(&host) && !configured).then_some(&()))
                }
                Key::Callback(partner) => {
                    let callback = self.partners.get(&partner).and_then(|p| p.callback.as_ref()).map(callback_row);
                    Change::of("callback", partner, callback.as_ref())
                }
                Key::Notification(partner, number) => {
                    let found = self.partners.get(&partner).and_then(|p| p.notifications.get(&number));
                    Change::of("notification", number.to_string(), found.map(|n| notification_row(&partner, n)).as_ref())
                }
                Key::Delivery(notification, number) => {
                    let found = self.deliveries.get(&(notification, number)).map(|d| delivery_row(notification, d));
                    Change::of("delivery", format!("{notification}-{number}"), found.as_ref())
                }
            });
        }
    }

    /// What is kept in one row of its own, as JSON.
    pub(in crate::sandbox) fn numbering(&self) -> Change {
        Change::of("numbering", "push", Some(&NumberingRow { run: self.run.clone(), next: self.next }))
    }

    /// Takes up what was kept. What belongs to a partner that is no longer configured stays where it is and is not taken up.
    ///
    /// # Errors
    /// A fragment that names the row that cannot be read.
    pub(in crate::sandbox) fn restore(&mut self, rows: &[Row]) -> Result<(), String> {
        self.marks.switch_on();
        for row in of_kind(rows, "numbering").filter(|row| row.key == "push") {
            let NumberingRow { run, next } = row.read()?;
            (self.run, self.next) = (run, next);
        }
        self.allowed.extend(of_kind(rows, "allowed").map(|row| row.key.clone()));
        for row in of_kind(rows, "callback") {
            let CallbackRow { url, registered, first_url } = row.read()?;
            let registered = row.instant(&registered)?;
            if let Some(partner) = self.partners.get_mut(&row.key) {
                partner.callback = Some(Callback { url, first_url, registered });
            }
        }
        for row in of_kind(rows, "notification") {
            let kept: NotificationRow = row.read()?;
            let number = row.number()?;
            let notification = Notification {
                number,
                at: row.instant(&kept.at)?,
                entity: kept.entity,
                webhook_id: kept.webhook_id,
                shown: serde_json::from_str(&kept.body).map_err(|error| row.unreadable(&error.to_string()))?,
                body: Bytes::from(kept.body),
                first_url: kept.first_url,
            };
            if let Some(partner) = self.partners.get_mut(&kept.partner) {
                partner.by_time.push((notification.at, number));
                partner.notifications.insert(number, notification);
            }
        }
        self.partners.values_mut().for_each(|partner| partner.by_time.sort_unstable());
        let mut started = Vec::new();
        for row in of_kind(rows, "delivery") {
            let kept: DeliveryRow = row.read()?;
            let key = (kept.notification, kept.number);
            started.push((kept.place, key));
            let delivery = Delivery {
                place: kept.place,
                partner: kept.partner,
                webhook_id: kept.webhook_id,
                number: kept.number,
                at: row.instant(&kept.at)?,
                url: kept.url,
                outcome: kept.outcome,
            };
            self.deliveries.insert(key, delivery);
        }
        started.sort_unstable();
        self.started = started.into_iter().map(|(_, key)| key).collect();
        Ok(())
    }

    /// The attempts that were under way when the process ended, in the order they began. Nobody knows how they ended, so each is made
    /// again: under its own number, so that the schedule and the count of replays stay as promised.
    pub(in crate::sandbox) fn interrupted(&self, faults: &Faults) -> Vec<Attempt> {
        let open = self.started.iter().filter_map(|key| Some((key, self.deliveries.get(key)?)));
        open.filter(|(_, delivery)| delivery.outcome.is_none())
            .filter_map(|((notification, number), delivery)| {
                let again = self.attempt(&delivery.partner, *notification, *number, delivery.at, faults)?;
                Some(Attempt { url: delivery.url.clone(), webhook_id: delivery.webhook_id.clone(), ..again })
            })
            .collect()
    }
}

fn callback_row(callback: &Callback) -> CallbackRow {
    let Callback { url, first_url, registered } = callback;
    CallbackRow { url: url.clone(), registered: registered.to_string(), first_url: first_url.clone() }
}

fn notification_row(partner: &str, notification: &Notification) -> NotificationRow {
    NotificationRow {
        partner: partner.to_owned(),
        at: notification.at.to_string(),
        entity: notification.entity.clone(),
        webhook_id: notification.webhook_id.clone(),
        body: String::from_utf8_lossy(&notification.body).into_owned(),
        first_url: notification.first_url.clone(),
    }
}

fn delivery_row(notification: u64, delivery: &Delivery) -> DeliveryRow {
    DeliveryRow {
        place: delivery.place,
        partner: delivery.partner.clone(),
        webhook_id: delivery.webhook_id.clone(),
        notification,
        number: delivery.number,
        at: delivery.at.to_string(),
        url: delivery.url.clone(),
        outcome: delivery.outcome.clone(),
    }
}
