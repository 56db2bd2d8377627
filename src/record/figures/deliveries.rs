//! The delivery audit in figures: reads the stored exchanges for it and puts what it says into words.
//!
//! What is counted and how is the audit's. Reads no body that was cut.

use super::{counted, operation_name};
use crate::check::audit::{Arrival, Listed, Row, audit};
use crate::record::shape::{CaseRecord, DeliveriesRecord, DeliveryFigures, ExchangeRecord, Way};
use serde_json::Value;
use std::collections::HashMap;

/// What was delivered, where anything was, or was said to be.
pub(super) fn figures(cases: &[CaseRecord], exchanges: &[ExchangeRecord]) -> Option<DeliveriesRecord> {
    let case_of: HashMap<&str, &str> = cases
        .iter()
        .flat_map(|case| case.steps.iter().flat_map(|s| &s.exchanges).map(|id| (id.as_str(), case.id.as_str())))
        .collect();
    let case = |exchange: &ExchangeRecord| case_of.get(exchange.id.as_str()).copied().unwrap_or_default().to_owned();
    let arrivals: Vec<Arrival> =
        exchanges.iter().filter(|x| x.way == Way::Inbound).map(|exchange| arrival(case(exchange), exchange)).collect();
    let mut shown = false;
    let mut said = Vec::new();
    for exchange in exchanges.iter().filter(|x| x.way == Way::Outbound) {
        if let Some(list) = list(exchange) {
            shown = true;
            said.extend(list.iter().filter_map(|entry| listed(case(exchange), entry)));
        }
    }
    if arrivals.is_empty() && said.is_empty() {
        return None;
    }
    let audit = audit(&arrivals, shown.then_some(said.as_slice()));
    Some(DeliveriesRecord {
        rows: audit.rows.into_iter().map(worded).collect(),
        total: worded(Row { operation: "all".to_owned(), ..audit.total }),
        listed: audit.listed,
    })
}

fn arrival(case: String, exchange: &ExchangeRecord) -> Arrival {
    let body = exchange.request.body.text.as_deref().unwrap_or_default();
    let key = match header(exchange, "webhook-id") {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => format!("body {body}"),
    };
    Arrival {
        case,
        operation: operation_name(exchange),
        key,
        host: header(exchange, "host").map(str::to_owned),
        acknowledged: exchange.response.as_ref().is_some_and(|r| (200..300).contains(&r.status)),
        event: Arrival::event(body),
    }
}

fn header<'a>(exchange: &'a ExchangeRecord, name: &str) -> Option<&'a str> {
    let found = exchange.request.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name));
    found.map(|h| h.value.as_str())
}

/// The platform's own list of deliveries, when that is what an exchange brought.
fn list(exchange: &ExchangeRecord) -> Option<Vec<Value>> {
    let path = exchange.request.url.split(['?', '#']).next()?;
    let answer = exchange.response.as_ref().filter(|r| (200..300).contains(&r.status) && !r.body.cut)?;
    if exchange.request.method != "GET" || !path.ends_with("/deliveries") {
        return None;
    }
    let list: Vec<Value> = serde_json::from_str(answer.body.text.as_deref()?).ok()?;
    list.iter().all(|entry| entry.get("notificationId").is_some()).then_some(list)
}

fn listed(case: String, entry: &Value) -> Option<Listed> {
    let url = entry["url"].as_str()?;
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    Some(Listed {
        case,
        key: entry["notificationId"].as_str()?.to_owned(),
        attempt: entry["attempt"].as_u64()?,
        host: rest.split('/').next()?.to_owned(),
        acknowledged: entry["outcome"].as_str()? == "acknowledged",
    })
}

fn worded(row: Row) -> DeliveryFigures {
    let open = row.lost > row.lost_provoked || row.out_of_order > row.out_of_order_provoked || row.duplicates > 0;
    DeliveryFigures {
        provoked: provoked(&row),
        open,
        operation: row.operation,
        sent: row.sent,
        notifications: row.notifications,
        acknowledged: row.acknowledged,
        replayed: row.replayed,
        duplicates: row.duplicates,
        lost: row.lost,
        lost_provoked: row.lost_provoked,
        out_of_order: row.out_of_order,
        out_of_order_provoked: row.out_of_order_provoked,
    }
}

/// What of it the cases asked for: an answer that is no 2xx, none at all, or an endpoint that is dead.
fn provoked(row: &Row) -> String {
    let share = |of: usize, all: usize, what: &str| (all > 0).then(|| format!("{of} of {all} {what}"));
    let replayed = (row.replayed > 0).then(|| counted(row.replayed, "replay"));
    let parts = [
        replayed,
        share(row.lost_provoked, row.lost, "lost"),
        share(row.out_of_order_provoked, row.out_of_order, "out of order"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::figures;
    use crate::model::exchange::Direction;
    use crate::record::fixture;
    use crate::record::shape::Way;

    #[test]
    fn arrivals_and_the_platforms_list_are_read_from_what_is_stored() {
        let mut outcome = fixture::failing();
        let id = outcome.exchanges.iter().find(|x| x.direction == Direction::Inbound).expect("a delivery").id;
        let mut record = fixture::record(&outcome);
        assert_eq!(record.deliveries.as_ref().map(|d| (d.total.sent, d.total.acknowledged, d.listed)), Some((1, 1, None)));
        let list = record.exchanges.iter_mut().find(|x| x.way == Way::Outbound && x.response.is_some()).expect("a call");
        list.request.method = "GET".to_owned();
        list.request.url = "http://127.0.0.1:8080/_control/deliveries?partnerId=P".to_owned();
        let entry =
            r#"{"notificationId":"msg_2","attempt":1,"at":"2026-11-21T20:05:12Z","url":"http://h/x","outcome":"failed: it"}"#;
        list.response.as_mut().expect("an answer").body.text = Some(format!("[{entry}]"));
        let found = figures(&record.cases, &record.exchanges).expect("deliveries");
        assert_eq!((found.listed, found.total.lost, found.total.sent), (Some(1), 1, 1));
        outcome.exchanges.retain(|x| x.id != id);
        assert_eq!(fixture::record(&outcome).deliveries, None, "nothing was delivered");
    }
}
