//! The family `delivery`: what arrived at a listener, beside what was due.
//!
//! Groups attempts into notifications and judges counts, order and replays. Waits for nothing and moves no clock.

use crate::base::units::Nanos;
use crate::check::catalogue::{
    DELIVERY_ARRIVED, DELIVERY_IDENTICAL_BODY, DELIVERY_ORDER, DELIVERY_SCHEDULE, DELIVERY_STABLE_ID, DELIVERY_SURPLUS,
    HEADERS_EXPECTED,
};
use crate::check::subject::{Fill, brief, finding};
use crate::contract::model::Operation;
use crate::model::check::Requirement;
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::suite::path::Path;
use jiff::Timestamp;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::HashMap;

/// All attempts of one notification, in order of arrival.
#[derive(Clone, Debug)]
pub struct Notification<'a> {
    /// What the attempts have in common: the `webhook-id`, or the body.
    pub key: String,
    /// The attempts; at least one.
    pub attempts: Vec<&'a Exchange>,
}

impl Notification<'_> {
    /// The body of the first attempt, as JSON.
    #[must_use]
    pub fn body(&self) -> Option<Value> {
        self.attempts.first().and_then(|x| serde_json::from_slice(&x.request.body).ok())
    }
}

/// What attempts of one notification have in common.
#[must_use]
pub fn key(exchange: &Exchange) -> String {
    match exchange.request.headers.get("webhook-id") {
        Some(id) if !id.is_empty() => format!("id {id}"),
        _ => format!("body {}", String::from_utf8_lossy(&exchange.request.body)),
    }
}

/// Attempts in order of arrival, grouped into notifications in order of first arrival.
#[must_use]
pub fn group<'a>(attempts: impl IntoIterator<Item = &'a Exchange>) -> Vec<Notification<'a>> {
    let mut found: Vec<Notification<'a>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for attempt in attempts {
        let key = key(attempt);
        if let Some(at) = places.get(&key) {
            found[*at].attempts.push(attempt);
        } else {
            places.insert(key.clone(), found.len());
            found.push(Notification { key, attempts: vec![attempt] });
        }
    }
    found
}

/// What deliveries are judged beside.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// The callback's operation.
    pub operation: Option<&'a Operation>,
    /// What the case cites.
    pub cited: Option<&'a Requirement>,
}

/// Fewer notifications came than were due.
#[must_use]
pub fn missing(context: Context<'_>, wanted: u32, got: usize, within: Nanos, others: usize) -> Finding {
    let noun = if wanted == 1 { "notification" } else { "notifications" };
    let beside = if others > 0 { format!(", and {others} that do not match") } else { String::new() };
    let mut found = finding(
        DELIVERY_ARRIVED,
        "a delivery that is due did not arrive",
        format!("{wanted} {noun} within {within}"),
        format!("{got}{beside}"),
    )
    .citing(context.cited);
    found.operation = context.operation.map(|o| o.id.clone());
    found
}

/// More notifications came than were due.
#[must_use]
pub fn surplus(context: Context<'_>, most: u32, notifications: &[Notification<'_>]) -> Option<Finding> {
    let extra = *notifications.get(most as usize)?.attempts.first()?;
    // The body of an attempt that was not acknowledged, under another identifier: that is its replay.
    let replayed = notifications.iter().take(most as usize).filter_map(|n| n.attempts.first()).find(|earlier| {
        let acknowledged = earlier.response().is_some_and(|r| (200..300).contains(&r.status));
        !acknowledged && earlier.request.body == extra.request.body
    });
    if let Some(earlier) = replayed {
        return replay(context, earlier, extra, &["webhook-id"], false).into_iter().next();
    }
    let expected = if most == 0 { "no delivery".to_owned() } else { format!("at most {most}") };
    let shown = brief(&String::from_utf8_lossy(&extra.request.body));
    let actual = format!("{}, such as {shown}", notifications.len());
    Some(
        finding(DELIVERY_SURPLUS, "more was delivered than is due", expected, actual)
            .about(extra, context.operation)
            .citing(context.cited),
    )
}

/// The values of `path` ascend over the notifications: every one bears a value, and it can be compared with the one before.
#[must_use]
pub fn order(context: Context<'_>, path: &Path, notifications: &[Notification<'_>]) -> Option<Finding> {
    let value = |n: &Notification<'_>| path.select(&n.body()?).first().map(|(_, v)| (*v).clone());
    let values: Vec<(Value, &Exchange)> =
        notifications.iter().filter_map(|n| Some((value(n).unwrap_or(Value::Null), *n.attempts.first()?))).collect();
    let ascends = |pair: &[(Value, &Exchange)]| compare(&pair[0].0, &pair[1].0).is_some_and(|order| order != Ordering::Greater);
    values.windows(2).find(|pair| !ascends(pair)).map(|pair| {
        finding(
            DELIVERY_ORDER,
            format!("deliveries did not come in the order of {path}"),
            format!("not before {}", pair[0].0),
            brief(&pair[1].0.to_string()),
        )
        .about(pair[1].1, context.operation)
        .citing(context.cited)
    })
}

/// The values of `path` are exactly these, in order of arrival.
#[must_use]
pub fn sequence(context: Context<'_>, path: &Path, wanted: &[Value], notifications: &[Notification<'_>]) -> Option<Finding> {
    let got: Vec<Value> = notifications
        .iter()
        .map(|n| n.body().and_then(|b| path.select(&b).first().map(|(_, v)| (*v).clone())).unwrap_or(Value::Null))
        .collect();
    if got == wanted {
        return None;
    }
    let shown = |values: &[Value]| {
        values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
    };
    let (check, message) = if got.len() < wanted.len() && is_subsequence(&got, wanted) {
        (DELIVERY_ARRIVED, "a delivery that is due did not arrive")
    } else if got.len() > wanted.len() && is_subsequence(wanted, &got) {
        (DELIVERY_SURPLUS, "more was delivered than is due")
    } else {
        (DELIVERY_ORDER, "deliveries did not come in the order of what happened")
    };
    let mut found = finding(check, message, shown(wanted), if got.is_empty() { "nothing".to_owned() } else { shown(&got) })
        .citing(context.cited);
    if let Some(last) = notifications.last().and_then(|n| n.attempts.first()) {
        found = found.about(last, context.operation);
    }
    Some(found)
}

fn is_subsequence(short: &[Value], long: &[Value]) -> bool {
    let mut rest = long.iter();
    short.iter().all(|v| rest.any(|other| other == v))
}

fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.partial_cmp(&b);
    }
    let (a, b) = (a.as_str()?, b.as_str()?);
    match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
        (Ok(a), Ok(b)) => Some(a.cmp(&b)),
        _ => Some(a.cmp(b)),
    }
}

/// A replay beside the first attempt: the headers that stay, and the body byte for byte.
#[must_use]
pub fn replay(context: Context<'_>, first: &Exchange, again: &Exchange, same: &[&str], identical_body: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in same {
        let (was, is) = (first.request.headers.get(name), again.request.headers.get(name));
        if was != is {
            let check = if name.eq_ignore_ascii_case("webhook-id") { DELIVERY_STABLE_ID } else { HEADERS_EXPECTED };
            let shown = |v: Option<&str>| v.map_or_else(|| "absent".to_owned(), brief);
            findings.push(
                finding(check, format!("a replay bears another {name}"), shown(was), shown(is))
                    .about(again, context.operation)
                    .citing(context.cited),
            );
        }
    }
    if identical_body && first.request.body != again.request.body {
        let shown = |x: &Exchange| brief(&String::from_utf8_lossy(&x.request.body));
        findings.push(
            finding(DELIVERY_IDENTICAL_BODY, "a replay has another body", shown(first), shown(again))
                .about(again, context.operation)
                .citing(context.cited),
        );
    }
    findings
}

/// A header that tells the time of the attempt holds a greater number than in the attempt before.
#[must_use]
pub fn newer(context: Context<'_>, before: &Exchange, again: &Exchange, names: &[&str]) -> Vec<Finding> {
    let number = |x: &Exchange, name: &str| x.request.headers.get(name).and_then(|v| v.trim().parse::<i64>().ok());
    let shown = |x: &Exchange, name: &str| x.request.headers.get(name).map_or_else(|| "absent".to_owned(), brief);
    names
        .iter()
        .filter(|name| number(before, name).zip(number(again, name)).is_none_or(|(was, is)| is <= was))
        .map(|name| {
            let message = format!("{name} of a replay is not that of the attempt");
            let expected = format!("more than {}", shown(before, name));
            finding(HEADERS_EXPECTED, message, expected, shown(again, name)).about(again, context.operation).citing(context.cited)
        })
        .collect()
}

/// A replay that came too early, or later than its time.
#[must_use]
pub fn off_schedule(context: Context<'_>, attempt: &Exchange, expected: impl Into<String>, actual: impl Into<String>) -> Finding {
    finding(DELIVERY_SCHEDULE, "a replay did not come at its time", expected, actual)
        .about(attempt, context.operation)
        .citing(context.cited)
}

/// A replay that did not come at all.
#[must_use]
pub fn no_replay(context: Context<'_>, first: &Exchange, expected: impl Into<String>) -> Finding {
    finding(DELIVERY_ARRIVED, "a replay that is due did not arrive", expected, "nothing")
        .about(first, context.operation)
        .citing(context.cited)
}

/// More or fewer attempts of a notification than there should have been so far.
#[must_use]
pub fn wrong_attempts(
    context: Context<'_>,
    notification: &Notification<'_>,
    expected: impl Into<String>,
    fewest: usize,
) -> Option<Finding> {
    let (first, last) = (*notification.attempts.first()?, *notification.attempts.last()?);
    let made = notification.attempts.len();
    let (check, message) = if made < fewest {
        (DELIVERY_ARRIVED, "a replay that is due did not arrive")
    } else {
        (DELIVERY_SURPLUS, "more attempts were made than are due")
    };
    let shown = if check == DELIVERY_ARRIVED { first } else { last };
    Some(finding(check, message, expected, made.to_string()).about(shown, context.operation).citing(context.cited))
}

/// An attempt after the last one there may be.
#[must_use]
pub fn after_last(context: Context<'_>, attempt: &Exchange, expected: impl Into<String>) -> Finding {
    finding(DELIVERY_SURPLUS, "an attempt after the last replay", expected, "another attempt")
        .about(attempt, context.operation)
        .citing(context.cited)
}
