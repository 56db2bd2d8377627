//! What a partner remembers: which deliveries took effect, and what holds of each entity.
//!
//! Bounded: the oldest deliveries are forgotten first. Never decides an answer.

use crate::partner::notification::Notification;
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};

/// How many deliveries are remembered, and how many entities.
const KEPT: usize = 100_000;

/// The kind of an entity and its identifier.
type Entity = (String, Option<String>);

#[derive(Debug)]
struct Seen {
    attempts: u64,
    effects: u64,
    entity: Entity,
}

#[derive(Debug)]
struct Holds {
    event: String,
    at: Timestamp,
}

/// The effect of a delivery, for reading back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Effect {
    /// How often it took effect.
    pub(super) count: u64,
    /// The event that holds of its entity.
    pub(super) latest: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Memory {
    seen: HashMap<String, Seen>,
    order: VecDeque<String>,
    entities: HashMap<Entity, Holds>,
    struck: Option<String>,
}

fn entity(notification: &Notification) -> Entity {
    (notification.entity.clone(), notification.id.clone())
}

impl Memory {
    /// Counts an attempt of a delivery: 1 for the first.
    pub(super) fn arrive(&mut self, id: &str, notification: &Notification) -> u64 {
        if !self.seen.contains_key(id) {
            if self.order.len() >= KEPT
                && let Some(oldest) = self.order.pop_front()
            {
                self.seen.remove(&oldest);
            }
            self.order.push_back(id.to_owned());
        }
        let seen =
            self.seen.entry(id.to_owned()).or_insert_with(|| Seen { attempts: 0, effects: 0, entity: entity(notification) });
        seen.attempts += 1;
        seen.attempts
    }

    /// How many attempts of a delivery there were.
    pub(super) fn attempts(&self, id: &str) -> u64 {
        self.seen.get(id).map_or(0, |seen| seen.attempts)
    }

    /// Whether a delivery took effect.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.seen.get(id).is_some_and(|seen| seen.effects > 0)
    }

    /// Lets a delivery take effect unless it did before; whether it did now. Without an identifier nobody can tell.
    pub(super) fn process(&mut self, id: Option<&str>, notification: &Notification, now: Timestamp) -> bool {
        if let Some(seen) = id.and_then(|id| self.seen.get_mut(id)) {
            if seen.effects > 0 {
                return false;
            }
            seen.effects += 1;
        }
        // Nothing has happened in the future, so that one clock that is wrong does not hold up every event after it.
        let at = notification.at.unwrap_or(now).min(now);
        if self.entities.len() >= KEPT && !self.entities.contains_key(&entity(notification)) {
            self.entities.clear();
        }
        let holds = Holds { event: notification.event.clone(), at };
        self.entities
            .entry(entity(notification))
            .and_modify(|old| {
                if old.at <= at {
                    *old = Holds { event: notification.event.clone(), at };
                }
            })
            .or_insert(holds);
        true
    }

    /// When the event that holds of a notification's entity happened.
    pub(super) fn latest_at(&self, notification: &Notification) -> Option<Timestamp> {
        self.entities.get(&entity(notification)).map(|holds| holds.at)
    }

    /// What became of a delivery.
    pub(super) fn effect(&self, id: &str) -> Option<Effect> {
        let seen = self.seen.get(id)?;
        let latest = self.entities.get(&seen.entity).map(|holds| holds.event.clone());
        Some(Effect { count: seen.effects, latest })
    }

    /// Whether a fault that strikes one delivery only strikes this one: the first that asks, in every attempt.
    pub(super) fn strikes(&mut self, id: &str) -> bool {
        self.struck.get_or_insert_with(|| id.to_owned()) == id
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Memory};
    use crate::partner::notification::read;

    #[test]
    fn a_delivery_takes_effect_once_and_the_youngest_event_holds() {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let told = |event: &str, at: &str| {
            read(format!(r#"{{"entity":"CONTRACT","event":"{event}","timestamp":"{at}","id":"c"}}"#).as_bytes()).unwrap()
        };
        let mut memory = Memory::default();
        for (id, event, at, first) in [
            ("a", "ACTIVATED", "2026-11-22T09:59:00Z", true),
            ("a", "ACTIVATED", "2026-11-22T09:59:00Z", false),
            ("b", "UPDATED", "2026-11-22T09:50:00Z", true),
            ("c", "EXPIRED", "2999-01-01T00:00:00Z", true),
            ("d", "CANCELLED", "2026-11-22T10:00:00Z", true),
        ] {
            let notification = told(event, at);
            memory.arrive(id, &notification);
            assert_eq!(memory.process(Some(id), &notification, now), first, "{id}");
            let latest = if event == "UPDATED" { "ACTIVATED" } else { event };
            assert_eq!(memory.effect(id), Some(Effect { count: 1, latest: Some(latest.to_owned()) }), "{id}");
        }
        assert_eq!((memory.attempts("a"), memory.effect("z")), (2, None));
    }
}
