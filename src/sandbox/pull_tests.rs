//! What the pull API promises: subscriptions, and each item retrieved once.
//!
//! Works on the state machine alone: opens no connection and never waits.

use crate::model::http::Request;
use crate::sandbox::bench::{ADMIN, Bench, CONSUMER, OTHER, SUBSCRIPTIONS};
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn subscribe(bench: &mut Bench) -> String {
    let body = json!({"event_type_ids": ["101", "301"], "client_id": "notification-consumer"});
    let seen = bench.call(ADMIN, "POST", SUBSCRIPTIONS, body);
    format!("{SUBSCRIPTIONS}/{}", seen.body["id"].as_str().expect("an id"))
}

fn happen(bench: &mut Bench, event: &str) {
    let seen = bench.control("POST", "/events", json!({"event_type_id": event, "client_id": "notification-consumer"}));
    assert_eq!(seen.status, 200);
}

fn take(bench: &mut Bench, path: &str) -> Vec<Value> {
    let seen = bench.call(CONSUMER, "GET", &format!("{path}/notifications"), None);
    assert_eq!((seen.status, seen.header("cache-control"), &seen.body["page"]), (200, Some("no-store"), &json!(0)));
    seen.body["results"].as_array().cloned().expect("results")
}

fn bench_with_pages_of(size: usize) -> Bench {
    Bench::with(SandboxConfig { page_size: size, ..SandboxConfig::default() }, &[])
}

#[test]
fn a_subscription_shows_what_it_was_made_of() {
    let mut bench = Bench::new(&[]);
    let path = subscribe(&mut bench);
    bench.advance(SignedDuration::from_mins(5));
    happen(&mut bench, "301");
    happen(&mut bench, "999");
    let seen = bench.call(CONSUMER, "GET", &path, None);
    assert_eq!((seen.status, seen.header("cache-control")), (200, Some("no-store")));
    let id = path.rsplit('/').next().unwrap_or_default();
    let expected = json!({
        "id": id,
        "subscription": {
            "client_id": "notification-consumer", "event_type_ids": ["101", "301"], "subscribed_by": "notification-admin",
            "subscription_date": "2026-01-28T08:00:00Z", "notification_url": format!("{path}/notifications"),
            "notification_page_size": 100,
        },
        "subscription_status": {"last_request_date": "2026-01-28T08:00:00Z", "number_of_remaining_notifications": 1},
    });
    assert_eq!(seen.body, expected);
    assert_eq!(take(&mut bench, &path).len(), 1);
    let status = bench.call(CONSUMER, "GET", &path, None).body["subscription_status"].clone();
    assert_eq!(status, json!({"last_request_date": "2026-01-28T08:05:00Z", "number_of_remaining_notifications": 0}));
}

#[test]
fn what_a_subscription_cannot_be_made_of() {
    let mut bench = Bench::new(&[]);
    for body in [
        json!({"client_id": "c"}),
        json!({"event_type_ids": [], "client_id": "c"}),
        json!({"event_type_ids": ["1", "1"], "client_id": "c"}),
        json!({"event_type_ids": [""], "client_id": "c"}),
        json!({"event_type_ids": [1], "client_id": "c"}),
        json!({"event_type_ids": "1", "client_id": "c"}),
        json!({"event_type_ids": ["1"]}),
        json!({"event_type_ids": ["1"], "client_id": null}),
        json!({"event_type_ids": ["1"], "client_id": ""}),
        json!({"event_type_ids": ["1"], "client_id": "a b"}),
        json!({"event_type_ids": ["1"], "client_id": "e\u{301}"}),
    ] {
        assert_eq!(bench.call(ADMIN, "POST", SUBSCRIPTIONS, body.clone()).error(), (400, "NOT000001"), "{body}");
    }
    for client in ["café-client", "nobody.knows_me"] {
        let seen = bench.call(ADMIN, "POST", SUBSCRIPTIONS, json!({"event_type_ids": ["1"], "client_id": client, "x": 1}));
        assert_eq!((seen.status, &seen.body["subscription"]["client_id"]), (201, &json!(client)));
    }
}

#[test]
fn only_its_client_sees_a_subscription_and_any_administrator_ends_it() {
    let mut bench = Bench::new(&[]);
    let path = subscribe(&mut bench);
    happen(&mut bench, "301");
    assert_eq!(bench.call(OTHER, "GET", &path, None).error(), (404, "NOT000006"));
    assert_eq!(bench.call(OTHER, "GET", &format!("{path}/notifications"), None).error(), (404, "NOT000006"));
    assert_eq!(take(&mut bench, &path).len(), 1, "another client's attempt takes nothing");
    for method in ["GET", "DELETE"] {
        let client = if method == "GET" { CONSUMER } else { ADMIN };
        assert_eq!(bench.call(client, method, &format!("{SUBSCRIPTIONS}/a%20b"), None).error(), (400, "NOT000001"));
        assert_eq!(bench.call(client, method, &format!("{SUBSCRIPTIONS}/caf%C3%A9"), None).error(), (404, "NOT000006"));
    }
    let gone = bench.call(ADMIN, "DELETE", &path, None);
    assert_eq!((gone.status, gone.raw.body.len(), gone.header("content-type")), (204, 0, None));
    assert_eq!(bench.call(ADMIN, "DELETE", &path, None).error(), (404, "NOT000006"));
    assert_eq!(bench.call(CONSUMER, "GET", &path, None).error(), (404, "NOT000006"));
}

#[test]
fn an_item_is_retrieved_once_and_in_pages() {
    let mut bench = bench_with_pages_of(2);
    let path = subscribe(&mut bench);
    (0..5).for_each(|_| happen(&mut bench, "301"));
    let mut all = Vec::new();
    for expected in [2, 2, 1, 0] {
        let page = take(&mut bench, &path);
        assert_eq!(page.len(), expected);
        all.extend(page);
    }
    let before = all.len();
    all.sort_by_key(Value::to_string);
    all.dedup();
    assert_eq!(all.len(), before, "no two items are equal");
}

#[test]
fn head_never_consumes() {
    let mut bench = Bench::new(&[]);
    let path = subscribe(&mut bench);
    happen(&mut bench, "301");
    let head = bench.call(CONSUMER, "HEAD", &format!("{path}/notifications"), None);
    assert_eq!((head.status, head.header("cache-control")), (200, Some("no-store")));
    assert_eq!(take(&mut bench, &path).len(), 1);
}

#[test]
fn an_item_waits_six_hours_and_not_longer() {
    for (wait, waiting) in [(6 * 3_600_000, 1), (6 * 3_600_000 + 1, 0)] {
        let mut bench = Bench::new(&[]);
        let path = subscribe(&mut bench);
        happen(&mut bench, "301");
        bench.advance(SignedDuration::from_millis(wait));
        let status = bench.call(CONSUMER, "GET", &path, None).body["subscription_status"].clone();
        assert_eq!(status["number_of_remaining_notifications"], json!(waiting));
        assert_eq!(take(&mut bench, &path).len(), waiting);
    }
}

#[test]
fn extra_fields_of_an_event_are_merged_into_the_item() {
    let mut bench = Bench::new(&[]);
    let path = subscribe(&mut bench);
    let event = json!({"event_type_id": "301", "client_id": "notification-consumer", "user": {"segment": "staff"}, "note": [1]});
    assert_eq!(bench.control("POST", "/events", event).body["subscriptions"], 1);
    let item = take(&mut bench, &path).remove(0);
    assert_eq!((&item["event_type_id"], &item["timestamp"]), (&json!("301"), &json!("2026-01-28T08:00:00Z")));
    assert_eq!((&item["user"]["segment"], &item["note"]), (&json!("staff"), &json!([1])));
    assert!(item["user"]["id"].is_string() && item.get("client_id").is_none(), "{item}");
}

/// How many items two retrievals in a row give, in pages of four.
fn two_takes(waiting: usize, faults: &[Fault]) -> (usize, usize) {
    let mut bench = Bench::with(SandboxConfig { page_size: 4, ..SandboxConfig::default() }, faults);
    let path = subscribe(&mut bench);
    (0..waiting).for_each(|_| happen(&mut bench, "301"));
    bench.call(CONSUMER, "GET", &path, None);
    bench.call(CONSUMER, "HEAD", &format!("{path}/notifications"), None);
    (take(&mut bench, &path).len(), take(&mut bench, &path).len())
}

#[test]
fn faults_of_retrieval() {
    for (waiting, fault, sound, faulty) in [
        (3, Fault::RetrieveTwice, (3, 0), (3, 3)),
        (5, Fault::RetrieveRace, (4, 1), (4, 1)),
        (4, Fault::LosesItem, (4, 0), (3, 0)),
        (5, Fault::LosesNextPage, (4, 1), (4, 0)),
        (5, Fault::HeadConsumes, (4, 1), (1, 0)),
        (1, Fault::ReadConsumes, (1, 0), (0, 0)),
    ] {
        assert_eq!((two_takes(waiting, &[]), two_takes(waiting, &[fault])), (sound, faulty), "{fault}");
    }
}

#[test]
fn a_racing_retrieval_removes_its_items_only_when_it_answers() {
    let mut bench = Bench::new(&[Fault::RetrieveRace]);
    let path = subscribe(&mut bench);
    happen(&mut bench, "301");
    let mut request = Request::new("GET", format!("{path}/notifications"));
    let token = bench.token(CONSUMER);
    request.headers.push("authorization", format!("Bearer {token}"));
    let (_, outcome) = bench.raw(&request);
    assert!(outcome.removal.is_some() && outcome.delay.is_some());
    assert_eq!(take(&mut bench, &path).len(), 1, "the items are still there in between");
}
