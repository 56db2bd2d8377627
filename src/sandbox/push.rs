//! Push notifications: registrations, the allow-list, the list of what was notified, and the rule of replays.
//!
//! Pure: says which attempts are due at which instant, and is told how they ended. Sends nothing.

mod kept;

use crate::base::units::Nanos;
use crate::model::http::Response;
use crate::sandbox::answer::{Refusal, json_response};
use crate::sandbox::body::required_text;
use crate::sandbox::clock::saturating_add;
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::kept::Marks;
use crate::sandbox::push::kept::Key;
use crate::sandbox::text::{Endpoint, endpoint, form_pairs, host_and_port, rfc3339};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The entities and the events that each may have; an entity without any takes every event.
const EVENTS: &[(&str, &[&str])] = &[
    ("QUOTATION", &["UPDATED", "EXPIRED", "CANCELLED"]),
    ("CUSTOMER", &[]),
    ("PROPOSAL", &["DECISION_REACHED"]),
    ("PREPARED_CONTRACT", &["UPDATED", "EXPIRED", "CANCELLED"]),
    ("SIGNATURE", &["INITIATED", "IN_PROGRESS", "IN_ERROR", "EXPIRED", "REFUSED", "CANCELLED", "COMPLETE"]),
    ("CONTRACT", &["ACTIVATED", "CANCELLED"]),
];

/// Something that is to be notified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) entity: String,
    pub(super) event: String,
    pub(super) id: Option<String>,
    pub(super) details: Option<Value>,
}

/// One attempt at delivering one notification: what the outbox has to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attempt {
    /// Counts resets, so that an outcome from before one is not taken for one after.
    pub(super) epoch: u64,
    pub(super) partner: String,
    /// The notification's place in the partner's list of all of them.
    pub(super) notification: u64,
    pub(super) webhook_id: String,
    /// 1 for the first.
    pub(super) number: u32,
    /// The instant at which it fell due.
    pub(super) at: Timestamp,
    pub(super) url: String,
    pub(super) body: Bytes,
}

/// What is told of an attempt that has ended.
#[derive(Clone, Debug)]
struct Delivery {
    /// Its place among those that have started.
    place: usize,
    partner: String,
    webhook_id: String,
    number: u32,
    at: Timestamp,
    url: String,
    /// `None` while it is under way.
    outcome: Option<String>,
}

#[derive(Debug)]
struct Notification {
    number: u64,
    at: Timestamp,
    entity: String,
    webhook_id: String,
    shown: Value,
    /// `shown` as it is sent.
    body: Bytes,
    first_url: Option<String>,
}

#[derive(Debug)]
struct Callback {
    url: String,
    first_url: String,
    registered: Timestamp,
}

#[derive(Debug, Default)]
struct Partner {
    callback: Option<Callback>,
    notifications: BTreeMap<u64, Notification>,
    /// The numbers in order of time, for the list.
    by_time: Vec<(Timestamp, u64)>,
    /// For a fault alone: an attempt kept back until the next one.
    held: Option<Attempt>,
}

/// The push API's state.
#[derive(Debug)]
pub(super) struct Push {
    partners: BTreeMap<String, Partner>,
    configured: Vec<String>,
    allowed: BTreeSet<String>,
    interval: Nanos,
    replays: u32,
    run: String,
    epoch: u64,
    next: u64,
    deliveries: BTreeMap<(u64, u32), Delivery>,
    started: Vec<(u64, u32)>,
    /// True while what is emitted belongs to the script that [`Fault::OutOfOrder`] disturbs.
    pub(super) holds: bool,
    marks: Marks<Key>,
}

impl Push {
    /// An empty state; `run` makes the webhook ids of this sandbox differ from those of any other.
    pub(super) fn new(config: &SandboxConfig, run: String) -> Self {
        let mut push = Self {
            partners: BTreeMap::new(),
            configured: config.allowed_endpoints.clone(),
            allowed: BTreeSet::new(),
            interval: config.replay_interval,
            replays: config.replay_count,
            run,
            epoch: 0,
            next: 1,
            deliveries: BTreeMap::new(),
            started: Vec::new(),
            holds: false,
            marks: Marks::default(),
        };
        push.partners = config.partners.iter().map(|id| (id.clone(), Partner::default())).collect();
        push.allow_configured();
        push
    }

    /// Forgets registrations, notifications, deliveries and what the allow-list was given.
    pub(super) fn reset(&mut self) {
        for (id, partner) in &mut self.partners {
            self.marks.mark(|| Key::Callback(id.clone()));
            self.marks.mark_all(partner.notifications.keys().map(|number| Key::Notification(id.clone(), *number)));
            *partner = Partner::default();
        }
        self.marks.mark_all(self.deliveries.keys().map(|(notification, number)| Key::Delivery(*notification, *number)));
        self.marks.mark_all(self.allowed.iter().cloned().map(Key::Allowed));
        self.deliveries.clear();
        self.started.clear();
        self.epoch += 1;
        self.allowed.clear();
        self.allow_configured();
    }

    fn allow_configured(&mut self) {
        self.allowed.extend(self.configured.iter().filter_map(|host| host_key(host)));
    }

    /// Puts a host, with or without a port, on the allow-list; false when it is none.
    pub(super) fn allow(&mut self, host: &str) -> bool {
        let Some(key) = host_key(host) else { return false };
        self.marks.mark(|| Key::Allowed(key.clone()));
        self.allowed.insert(key);
        true
    }

    /// The allow-list.
    pub(super) fn allowed(&self) -> Vec<&str> {
        self.allowed.iter().map(String::as_str).collect()
    }

    fn allows(&self, endpoint: &Endpoint) -> bool {
        endpoint.loopback
            || self.allowed.contains(&allow_key(&endpoint.host, None))
            || self.allowed.contains(&allow_key(&endpoint.host, Some(endpoint.port)))
    }

    /// Whether there is such a partner.
    pub(super) fn knows(&self, partner: &str) -> bool {
        self.partners.contains_key(partner)
    }

    fn partner(&self, id: &str) -> Result<&Partner, Refusal> {
        self.partners.get(id).ok_or_else(unknown_partner)
    }

    /// Registers a callback.
    pub(super) fn register(
        &mut self,
        id: &str,
        body: &serde_json::Map<String, Value>,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Response, Refusal> {
        let url = required_text(body, "url")?;
        let judged = if faults.has(Fault::UrlWithQueryAccepted) { url.split('?').next().unwrap_or(url) } else { url };
        let secured = judged.replacen("http://", "https://", 1);
        let judged = if faults.has(Fault::PlainHttpAccepted) { &secured } else { judged };
        let endpoint = endpoint(judged).map_err(Refusal::invalid)?;
        if !self.allows(&endpoint) && !faults.has(Fault::ForeignHostAccepted) {
            return Err(Refusal::new(403, "ENDPOINT_NOT_ALLOWED", "The host of this endpoint is not on the allow-list."));
        }
        let partner = self.partners.get_mut(id).ok_or_else(unknown_partner)?;
        let first = partner.callback.is_none();
        let first_url = partner.callback.take().map_or_else(|| url.to_owned(), |c| c.first_url);
        let callback = Callback { url: url.to_owned(), first_url, registered: now };
        let created = (first && !faults.has(Fault::FirstIsOverwrite)) || (!first && faults.has(Fault::OverwriteIsCreated));
        let answer = json_response(if created { 201 } else { 200 }, &callback.shown(id, faults));
        partner.callback = Some(callback);
        self.marks.mark(|| Key::Callback(id.to_owned()));
        Ok(answer)
    }

    /// Shows the callback in force.
    pub(super) fn callback(&self, id: &str, faults: &Faults) -> Result<Response, Refusal> {
        let callback = self.partner(id)?.callback.as_ref();
        let callback =
            callback.ok_or_else(|| Refusal::new(404, "NO_CALLBACK_REGISTERED", "The partner has registered no endpoint."))?;
        let mut shown = callback.shown(id, faults);
        if faults.has(Fault::OldCallbackShown) {
            shown["url"] = json!(callback.first_url);
        }
        Ok(json_response(200, &shown))
    }

    /// Lists past notifications.
    pub(super) fn list(&self, id: &str, query: &str, faults: &Faults) -> Result<Response, Refusal> {
        let partner = self.partner(id)?;
        let filter = Filter::parse(query, faults)?;
        let mut all: Vec<&Notification> = partner
            .by_time
            .iter()
            .filter_map(|(_, number)| partner.notifications.get(number))
            .filter(|n| filter.admits(n, faults))
            .collect();
        if faults.has(Fault::ListingUnordered) {
            all.reverse();
        }
        let total = all.len();
        let page = if faults.has(Fault::PageIgnored) { 0 } else { filter.page };
        let start = usize::try_from(page.saturating_mul(filter.size)).unwrap_or(usize::MAX);
        let size = usize::try_from(filter.size).unwrap_or(usize::MAX);
        let results: Vec<&Value> = all.iter().skip(start).take(size).map(|n| &n.shown).collect();
        let total = if faults.has(Fault::TotalOfPage) { results.len() } else { total };
        let page = if faults.has(Fault::NumberAsText) { json!(filter.page.to_string()) } else { json!(filter.page) };
        Ok(json_response(200, &json!({"page": page, "size": filter.size, "total": total, "results": results})))
    }

    /// Notes that something happened, and gives the attempts that are due at once; with no callback registered, none.
    pub(super) fn emit(&mut self, id: &str, event: &Event, now: Timestamp, faults: &Faults) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        let times = if faults.has(Fault::NotifiesTwice) && event.event == "REFUSED" { 2 } else { 1 };
        for _ in 0..times {
            let number = self.next;
            self.next += 1;
            let Some(partner) = self.partners.get_mut(id) else { return attempts };
            let shown = event.shown(now);
            let notification = Notification {
                number,
                at: now,
                entity: event.entity.clone(),
                webhook_id: format!("msg_{}{number:06}", self.run),
                body: Bytes::from(shown.to_string()),
                shown,
                first_url: partner.callback.as_ref().map(|c| c.url.clone()),
            };
            let place = partner.by_time.partition_point(|(at, _)| *at <= now);
            partner.by_time.insert(place, (now, number));
            partner.notifications.insert(number, notification);
            self.marks.mark(|| Key::Notification(id.to_owned(), number));
            if suppressed(event, faults) {
                continue;
            }
            let Some(attempt) = self.attempt(id, number, 1, now, faults) else { continue };
            let partner = self.partners.get_mut(id);
            if self.holds && faults.has(Fault::OutOfOrder) && event.event == "IN_PROGRESS" {
                if let Some(partner) = partner {
                    partner.held = Some(attempt);
                }
                continue;
            }
            attempts.push(attempt);
            attempts.extend(partner.and_then(|p| p.held.take()));
        }
        for attempt in &attempts {
            self.begun(attempt);
        }
        attempts
    }

    /// The attempt of that number at a notification, when it falls due.
    pub(super) fn replay(
        &mut self,
        id: &str,
        notification: u64,
        number: u32,
        now: Timestamp,
        faults: &Faults,
    ) -> Option<Attempt> {
        let attempt = self.attempt(id, notification, number, now, faults)?;
        self.begun(&attempt);
        Some(attempt)
    }

    fn attempt(&self, id: &str, number: u64, attempt: u32, at: Timestamp, faults: &Faults) -> Option<Attempt> {
        let partner = self.partners.get(id)?;
        let notification = partner.notifications.get(&number)?;
        let registered = &partner.callback.as_ref()?.url;
        let old = notification.first_url.as_ref().filter(|_| faults.has(Fault::DeliversToOldCallback));
        let base = old.unwrap_or(registered);
        let base = if faults.has(Fault::TrailingSlashKept) { base } else { base.strip_suffix('/').unwrap_or(base) };
        let mut body = notification.body.clone();
        let mut webhook_id = notification.webhook_id.clone();
        if attempt > 1 && faults.has(Fault::ReplayChangedBody) {
            let mut shown = notification.shown.clone();
            shown["timestamp"] = json!(at.to_string());
            body = Bytes::from(shown.to_string());
        }
        if attempt > 1 && faults.has(Fault::ReplayNewId) {
            webhook_id = format!("{webhook_id}-{attempt}");
        }
        if attempt > 1 && faults.has(Fault::ReplaySpaced) {
            body = Bytes::from(format!("{:#}", notification.shown));
        }
        Some(Attempt {
            epoch: self.epoch,
            partner: id.to_owned(),
            notification: notification.number,
            webhook_id,
            number: attempt,
            at,
            url: format!("{base}/notifications"),
            body,
        })
    }

    fn begun(&mut self, attempt: &Attempt) {
        let key = (attempt.notification, attempt.number);
        let delivery = Delivery {
            place: self.started.len(),
            partner: attempt.partner.clone(),
            webhook_id: attempt.webhook_id.clone(),
            number: attempt.number,
            at: attempt.at,
            url: attempt.url.clone(),
            outcome: None,
        };
        self.deliveries.insert(key, delivery);
        self.started.push(key);
        self.marks.mark(|| Key::Delivery(attempt.notification, attempt.number));
    }

    /// Whether the attempt belongs to a state that a reset has since dropped.
    pub(super) fn is_stale(&self, attempt: &Attempt) -> bool {
        attempt.epoch != self.epoch
    }

    /// Notes how an attempt ended (`Err` with the reason), and says when the next one falls due, if one does.
    pub(super) fn ended(&mut self, attempt: &Attempt, outcome: &Result<(), String>, faults: &Faults) -> Option<Timestamp> {
        if self.is_stale(attempt) {
            return None;
        }
        let delivery = self.deliveries.get_mut(&(attempt.notification, attempt.number))?;
        delivery.outcome = Some(match outcome {
            Ok(()) => "acknowledged".to_owned(),
            Err(reason) => format!("failed: {reason}"),
        });
        self.marks.mark(|| Key::Delivery(attempt.notification, attempt.number));
        let failed = outcome.is_err() || faults.has(Fault::ReplaysAcknowledged);
        let replays = self.replays + u32::from(faults.has(Fault::ReplayFourTimes));
        if !failed || attempt.number > replays || faults.has(Fault::NoReplay) {
            return None;
        }
        let interval = SignedDuration::from_nanos(i64::try_from(self.interval.0).unwrap_or(i64::MAX));
        let interval = match (faults.has(Fault::ReplayEarly), faults.has(Fault::ReplayLate)) {
            (true, _) => interval / 2,
            (false, true) if attempt.number > 1 => interval + interval / 2,
            (false, true) => interval,
            (false, false) => interval,
        };
        Some(saturating_add(attempt.at, interval))
    }

    /// The attempts that have ended, in the order they fell due.
    pub(super) fn deliveries(&self, partner: Option<&str>) -> Value {
        let ended = self.started.iter().filter_map(|key| self.deliveries.get(key));
        let shown = ended.filter(|d| partner.is_none_or(|p| d.partner == p)).filter_map(|d| {
            let outcome = d.outcome.as_ref()?;
            Some(json!({
                "notificationId": d.webhook_id, "attempt": d.number, "at": d.at.to_string(), "url": d.url, "outcome": outcome,
            }))
        });
        shown.collect()
    }

    /// The webhook id of the youngest notification.
    pub(super) fn last_webhook_id(&self) -> String {
        format!("msg_{}{:06}", self.run, self.next - 1)
    }
}

impl Callback {
    fn shown(&self, partner: &str, faults: &Faults) -> Value {
        let mut registered = self.registered.to_string();
        if faults.has(Fault::BadTimestamp) {
            registered.truncate(10);
        }
        json!({"partnerId": partner, "url": self.url, "registeredAt": registered})
    }
}

impl Event {
    fn shown(&self, now: Timestamp) -> Value {
        let mut shown = json!({"entity": self.entity, "event": self.event, "timestamp": now.to_string()});
        if let Some(id) = &self.id {
            shown["id"] = json!(id);
        }
        if let Some(details) = &self.details {
            shown["details"] = details.clone();
        }
        shown
    }

    /// Whether the entity has this event.
    pub(super) fn is_known(&self) -> bool {
        let events = EVENTS.iter().find(|(entity, _)| *entity == self.entity).map(|(_, events)| *events);
        events.is_some_and(|events| events.is_empty() || events.contains(&self.event.as_str()))
    }
}

fn suppressed(event: &Event, faults: &Faults) -> bool {
    faults.has(Fault::NeverDelivers)
        || (event.event == "INITIATED" && faults.has(Fault::InitiatedNotNotified))
        || (event.event == "COMPLETE" && faults.has(Fault::CompletionNotNotified))
}

fn unknown_partner() -> Refusal {
    Refusal::new(404, "UNKNOWN_PARTNER", "There is no such partner.")
}

/// How a host, with or without a port, stands on the allow-list; `None` when it is none.
fn host_key(host: &str) -> Option<String> {
    let bare_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let (host, port) = if bare_v6 { (host.to_ascii_lowercase(), None) } else { host_and_port(host)? };
    Some(allow_key(&host, port))
}

fn allow_key(host: &str, port: Option<u16>) -> String {
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// What a list is asked for.
struct Filter {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    entity: Option<String>,
    page: u64,
    size: u64,
}

impl Filter {
    fn parse(query: &str, faults: &Faults) -> Result<Self, Refusal> {
        let pairs = form_pairs(query).ok_or_else(|| Refusal::invalid("The query is malformed."))?;
        let value = |name: &str| -> Result<Option<&str>, Refusal> {
            let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
            match (values.next(), values.next()) {
                (_, Some(_)) => Err(Refusal::invalid(format!("{name} occurs twice."))),
                (value, None) => Ok(value),
            }
        };
        let instant = |name: &str| match value(name)? {
            Some(text) => match rfc3339(text) {
                Some(at) => Ok(Some(at)),
                None => Err(Refusal::invalid(format!("{name} must be an RFC 3339 date-time."))),
            },
            None => Ok(None),
        };
        let number = |name: &str, default: u64| match value(name)? {
            Some(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => Ok(text.parse().unwrap_or(u64::MAX)),
            Some(_) => Err(Refusal::invalid(format!("{name} must be a whole number."))),
            None => Ok(default),
        };
        let (from, to) = (instant("from")?, instant("to")?);
        if from.zip(to).is_some_and(|(from, to)| from > to) && !faults.has(Fault::FromAfterToAccepted) {
            return Err(Refusal::invalid("from must not lie after to."));
        }
        let entity = value("entity")?.map(str::to_owned);
        if entity.as_ref().is_some_and(|e| !EVENTS.iter().any(|(known, _)| known == e)) {
            return Err(Refusal::invalid("entity must be one of the journey's entities."));
        }
        let default = if faults.has(Fault::DefaultSizeWrong) { 10 } else { 20 };
        let (page, size) = (number("page", 0)?, number("size", default)?);
        let largest = if faults.has(Fault::OversizePageAccepted) { 1_000 } else { 100 };
        if !(1..=largest).contains(&size) {
            return Err(Refusal::invalid("size must lie between 1 and 100."));
        }
        Ok(Self { from, to, entity, page, size: size.min(100) })
    }

    fn admits(&self, notification: &Notification, faults: &Faults) -> bool {
        let at = notification.at;
        let after = self.from.is_none_or(|from| if faults.has(Fault::FromExclusive) { from < at } else { from <= at });
        let before = self.to.is_none_or(|to| if faults.has(Fault::ToInclusive) { at <= to } else { at < to });
        let entity = self.entity.as_ref().is_none_or(|e| *e == notification.entity || faults.has(Fault::EntityFilterIgnored));
        after && before && entity
    }
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
