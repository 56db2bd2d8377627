//! What the push API promises: registration, the allow-list, the list.
//!
//! Works on the state machine alone: opens no connection and never waits.

use crate::sandbox::bench::{Bench, CALLBACK, CONSUMER, LAAS, LIST};
use crate::sandbox::config::{ClientConfig, SandboxConfig};
use crate::sandbox::faults::Fault;
use jiff::SignedDuration;
use serde_json::{Value, json};

fn register(bench: &mut Bench, url: &str) -> (u16, String) {
    let seen = bench.call(LAAS, "PUT", CALLBACK, json!({"url": url}));
    (seen.status, seen.body["type"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_new_registration_overwrites_the_one_before() {
    let mut bench = Bench::new(&[]);
    assert_eq!(bench.call(LAAS, "GET", CALLBACK, None).error(), (404, "NO_CALLBACK_REGISTERED"));
    let first = bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.1:9/a", "more": 1}));
    let shown = |url: &str, at: &str| json!({"partnerId": "PARTNER-1", "url": url, "registeredAt": at});
    assert_eq!((first.status, first.body), (201, shown("http://127.0.0.1:9/a", "2026-01-28T08:00:00Z")));
    bench.advance(SignedDuration::from_mins(1));
    let second = bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.1:9/b/"}));
    assert_eq!((second.status, second.body), (200, shown("http://127.0.0.1:9/b/", "2026-01-28T08:01:00Z")));
    assert_eq!(bench.call(LAAS, "GET", CALLBACK, None).body["url"], "http://127.0.0.1:9/b/");
    let path = CALLBACK.replace("PARTNER-1", "PARTNER-9");
    assert_eq!(bench.call(LAAS, "PUT", &path, json!({"url": "x"})).error(), (404, "UNKNOWN_PARTNER"));
    bench.control("POST", "/reset", None);
    assert_eq!(bench.call(LAAS, "GET", CALLBACK, None).error(), (404, "NO_CALLBACK_REGISTERED"));
}

#[test]
fn the_allow_list_goes_by_host_with_or_without_port() {
    let mut bench = Bench::new(&[]);
    let refused = || (403, "ENDPOINT_NOT_ALLOWED".to_owned());
    let invalid = || (400, "INVALID_PARAMETER".to_owned());
    assert_eq!(register(&mut bench, "https://partner.example.com/laas"), refused());
    bench.control("POST", "/allowed-endpoints", json!({"host": "Partner.example.com"}));
    bench.control("POST", "/allowed-endpoints", json!({"host": "other.example.com:8443"}));
    assert_eq!(register(&mut bench, "https://partner.example.com/laas").0, 201);
    assert_eq!(register(&mut bench, "https://partner.example.com:9443/laas").0, 200);
    assert_eq!(register(&mut bench, "https://other.example.com:8443").0, 200);
    assert_eq!(register(&mut bench, "https://other.example.com"), refused());
    assert_eq!(register(&mut bench, "https://localhost/x").0, 200);
    for url in [
        "http://partner.example.com/laas",
        "https://u@partner.example.com",
        "https://partner.example.com?x",
        "https://partner.example.com/#f",
        "partner.example.com",
    ] {
        assert_eq!(register(&mut bench, url), invalid(), "{url}");
    }
    bench.control("POST", "/reset", None);
    assert_eq!(register(&mut bench, "https://partner.example.com/laas"), refused());
}

#[test]
fn another_partners_data_is_out_of_reach() {
    let mut config = SandboxConfig::default();
    config.partners.push("PARTNER-2".to_owned());
    let second = ClientConfig { id: "second".to_owned(), partner: Some("PARTNER-2".to_owned()), ..config.clients[0].clone() };
    config.clients.push(second);
    let mut bench = Bench::with(config, &[]);
    assert_eq!(bench.call("second:laas-secret", "GET", LIST, None).error(), (403, "INSUFFICIENT_SCOPE"));
    let id =
        bench.call(LAAS, "POST", "/contract-signature/v1/signatures", json!({"contractId": "SBX-ONGOING"})).body["id"].clone();
    let path = format!("/contract-signature/v1/signatures/{}", id.as_str().unwrap_or_default());
    assert_eq!(bench.call("second:laas-secret", "GET", &path, None).error(), (404, "UNKNOWN_SIGNATURE"));
    assert_eq!(bench.call(CONSUMER, "GET", &path, None).status, 403);
}

fn listed(bench: &mut Bench, query: &str) -> (Value, Vec<String>) {
    let seen = bench.call(LAAS, "GET", &format!("{LIST}?{query}"), None);
    let results = seen.body["results"].as_array().cloned().unwrap_or_default();
    let ids = results.iter().map(|n| n["id"].as_str().unwrap_or("-").to_owned()).collect();
    (seen.body["total"].clone(), ids)
}

fn filled(faults: &[Fault]) -> Bench {
    let mut bench = Bench::new(faults);
    for (id, entity, event) in [
        ("a", "QUOTATION", "UPDATED"),
        ("b", "CONTRACT", "ACTIVATED"),
        ("c", "CUSTOMER", "ANYTHING"),
        ("d", "CONTRACT", "CANCELLED"),
    ] {
        let seen = bench.control(
            "POST",
            "/notifications",
            json!({"partnerId": "PARTNER-1", "entity": entity, "event": event, "id": id}),
        );
        assert_eq!(seen.status, 200);
        bench.advance(SignedDuration::from_mins(1));
    }
    bench
}

#[test]
fn the_list_is_oldest_first_and_filtered() {
    let mut bench = filled(&[]);
    for (query, total, ids) in [
        ("", 4, "abcd"),
        ("from=2026-01-28T08:01:00Z", 3, "bcd"),
        ("to=2026-01-28T08:01:00Z", 1, "a"),
        ("from=2026-01-28T09:01:00%2B01:00&to=2026-01-28T08:03:00Z", 2, "bc"),
        ("from=2026-01-28T08:01:00Z&to=2026-01-28T08:01:00Z", 0, ""),
        ("entity=CONTRACT", 2, "bd"),
        ("size=3", 4, "abc"),
        ("size=3&page=1", 4, "d"),
        ("page=99999999999999999999", 4, ""),
        ("unknown=1", 4, "abcd"),
    ] {
        assert_eq!(listed(&mut bench, query), (json!(total), ids.chars().map(String::from).collect()), "{query}");
    }
    let page = bench.call(LAAS, "GET", LIST, None).body;
    assert_eq!((&page["page"], &page["size"]), (&json!(0), &json!(20)));
    assert_eq!(
        page["results"][0],
        json!({"entity": "QUOTATION", "event": "UPDATED", "timestamp": "2026-01-28T08:00:00Z", "id": "a"})
    );
    for query in [
        "from=x",
        "from=2026-01-28",
        "from=2026-01-28T08:01:00Z&to=2026-01-28T08:00:00Z",
        "entity=X",
        "size=0",
        "size=101",
        "page=-1",
        "page=x",
        "size=",
        "page=1&page=2",
        "from=%zz",
    ] {
        let seen = bench.call(LAAS, "GET", &format!("{LIST}?{query}"), None);
        assert_eq!(seen.error(), (400, "INVALID_PARAMETER"), "{query}");
    }
    assert_eq!(bench.call(LAAS, "GET", &LIST.replace("PARTNER-1", "X"), None).error(), (404, "UNKNOWN_PARTNER"));
}

#[test]
fn what_happens_after_the_clock_went_back_is_listed_where_it_belongs() {
    let mut bench = filled(&[]);
    bench.control("POST", "/clock", json!({"set": "2026-01-28T08:00:30Z"}));
    bench.control("POST", "/notifications", json!({"partnerId": "PARTNER-1", "entity": "PROPOSAL", "event": "DECISION_REACHED"}));
    assert_eq!(listed(&mut bench, "").1, ["a", "-", "b", "c", "d"]);
}

#[test]
fn faults_of_the_list() {
    for (fault, query, ids) in [
        (Fault::ListingUnordered, "", "dcba"),
        (Fault::FromExclusive, "from=2026-01-28T08:01:00Z", "cd"),
        (Fault::ToInclusive, "to=2026-01-28T08:01:00Z", "ab"),
        (Fault::EntityFilterIgnored, "entity=CONTRACT", "abcd"),
        (Fault::PageIgnored, "size=3&page=1", "abc"),
        (Fault::FromAfterToAccepted, "from=2026-01-28T08:01:00Z&to=2026-01-28T08:00:00Z", ""),
    ] {
        let ids: Vec<String> = ids.chars().map(String::from).collect();
        assert_eq!(listed(&mut filled(&[fault]), query).1, ids, "{fault}");
    }
    assert_eq!(listed(&mut filled(&[Fault::TotalOfPage]), "size=3").0, json!(3));
}
