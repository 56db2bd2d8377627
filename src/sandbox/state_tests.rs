//! What happens over time: signatures and their notifications, deliveries and their replays.
//!
//! Works on the state machine alone: opens no connection and never waits; the test says how a delivery ends.

use crate::sandbox::bench::{Bench, CALLBACK, LAAS, LIST, SIGNATURES, journey, journey_of_many_processes};
use crate::sandbox::faults::{ALL, Fault};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn registered(faults: &[Fault]) -> Bench {
    let mut bench = Bench::new(faults);
    assert!(bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.1:9/hook/"})).status < 300);
    bench
}

fn create(bench: &mut Bench, contract: &str) -> Value {
    let seen = bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": contract}));
    assert_eq!(seen.status, 201, "{:?}", seen.body);
    seen.body
}

#[test]
fn creation_answers_with_the_signature_and_where_it_is() {
    let mut bench = Bench::new(&[]);
    let seen = bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": "SBX-COMPLETE"}));
    let id = seen.body["id"].as_str().expect("an id").to_owned();
    assert_eq!(seen.header("location"), Some(format!("/contract-signature/v1/signatures/{id}").as_str()));
    assert_eq!(
        (&seen.body["createdAt"], &seen.body["expiresAt"]),
        (&json!("2026-01-28T08:00:00Z"), &json!("2026-05-28T08:00:00Z"))
    );
    let location = seen.header("location").expect("a location").to_owned();
    assert_eq!(bench.call(LAAS, "GET", &location, None).body, seen.body);
    assert_eq!(bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": "SBX-COMPLETE"})).error(), (409, "DUPLICATED_REQUEST"));
    bench.advance(SignedDuration::from_hours(24 * 200));
    assert_eq!(bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": "SBX-COMPLETE"})).status, 409, "whatever became of it");
    let proposal = seen.body["proposalId"].as_str().expect("a proposal").to_owned();
    let path = format!("/contract-signature/v1/proposals/{proposal}");
    assert_eq!(bench.call(LAAS, "GET", &path, None).body["status"], "ACCEPTED");
    bench.control("POST", "/reset", None);
    assert_eq!(bench.call(LAAS, "GET", &location, None).error(), (404, "UNKNOWN_SIGNATURE"));
    assert_ne!(create(&mut bench, "SBX-COMPLETE")["id"], json!(id), "an identifier is never used again");
}

#[test]
fn proposals_exist_before_the_signature() {
    let mut bench = Bench::new(&[]);
    let seen = bench.call(LAAS, "GET", "/contract-signature/v1/proposals/PRO-ONGOING", None);
    assert_eq!(seen.body, json!({"id": "PRO-ONGOING", "quotationId": "QUO-ONGOING", "status": "ACCEPTED"}));
    assert_eq!(bench.call(LAAS, "GET", "/contract-signature/v1/proposals/PRO-X", None).error(), (404, "UNKNOWN_PROPOSAL"));
    for (contract, error) in [
        ("SBX-NO-SIGNATORIES", (400, "SIGNATORIES_UNDEFINED")),
        ("SBX-NO-BANK", (400, "BANK_INFORMATION_UNDEFINED")),
        ("SBX-NOTHING", (404, "UNKNOWN_CONTRACT")),
        ("SBX-COMPLETE/", (404, "UNKNOWN_CONTRACT")),
    ] {
        assert_eq!(bench.call(LAAS, "POST", SIGNATURES, json!({"contractId": contract})).error(), error);
    }
}

#[test]
fn a_jump_performs_everything_in_order() {
    let mut bench = registered(&[]);
    let signature = create(&mut bench, "SBX-REFUSED");
    create(&mut bench, "SBX-COMPLETE/1");
    bench.advance(SignedDuration::from_mins(5));
    let expected = ["INITIATED 1 0", "INITIATED 1 0", "IN_PROGRESS 1 1", "IN_PROGRESS 1 1", "REFUSED 1 2", "COMPLETE 1 2"];
    let urls: Vec<_> = bench.attempts.iter().map(|a| a.url.clone()).collect();
    assert!(urls.iter().all(|url| url == "http://127.0.0.1:9/hook/notifications"), "{urls:?}");
    assert_eq!(bench.deliver(Ok(())), expected);
    let listed = bench.call(LAAS, "GET", LIST, None).body;
    assert_eq!(listed["total"], 6);
    let first = json!({"entity": "SIGNATURE", "event": "INITIATED", "timestamp": "2026-01-28T08:00:00Z", "id": signature["id"]});
    assert_eq!(listed["results"][0], first);
    assert_eq!(listed["results"][2]["timestamp"], "2026-01-28T08:01:00Z");
}

#[test]
fn errors_bear_details() {
    let mut bench = Bench::new(&[]);
    let signatory = create(&mut bench, "SBX-IDENTITY-FAILED")["signatories"][0]["id"].clone();
    create(&mut bench, "SBX-OTHER-FAILURE");
    bench.advance(SignedDuration::from_mins(5));
    let listed = bench.call(LAAS, "GET", LIST, None).body["results"].clone();
    let details: Vec<_> = listed.as_array().into_iter().flatten().filter_map(|n| n.get("details")).cloned().collect();
    assert_eq!((details[0][0]["subject"].as_str(), details[0][0].get("signatoryId")), (Some("SIGNATURE"), None));
    assert_eq!((details[1][0]["subject"].as_str(), &details[1][0]["signatoryId"]), (Some("IDENTITY_CHECK"), &signatory));
    assert_eq!(details.len(), 2);
}

#[test]
fn without_a_callback_a_notification_is_only_listed() {
    let mut bench = Bench::new(&[]);
    create(&mut bench, "SBX-ONGOING");
    assert!(bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.1:9"})).status == 201);
    bench.advance(SignedDuration::from_hours(5));
    assert!(bench.attempts.is_empty());
    assert_eq!(bench.call(LAAS, "GET", LIST, None).body["total"], 1);
}

/// Four failed attempts as `number minute`, with what each sent.
fn failing(faults: &[Fault]) -> (Vec<String>, Vec<(String, String)>) {
    let mut bench = registered(faults);
    create(&mut bench, "SBX-ONGOING");
    let (mut lines, mut sent) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        sent.extend(bench.attempts.iter().map(|a| (a.webhook_id.clone(), String::from_utf8_lossy(&a.body).into_owned())));
        lines.extend(bench.deliver(Err("status 503")));
        bench.advance(SignedDuration::from_mins(30));
    }
    (lines, sent)
}

#[test]
fn a_failure_is_replayed_three_times_an_hour_apart() {
    let (lines, sent) = failing(&[]);
    assert_eq!(lines, ["INITIATED 1 0", "INITIATED 2 60", "INITIATED 3 120", "INITIATED 4 180"]);
    assert!(sent.iter().all(|s| *s == sent[0]), "the same id and the same bytes: {sent:?}");
}

#[test]
fn faults_of_replays() {
    for (fault, lines) in [
        (Fault::NoReplay, &["INITIATED 1 0"][..]),
        (Fault::ReplayFourTimes, &["INITIATED 1 0", "INITIATED 2 60", "INITIATED 3 120", "INITIATED 4 180", "INITIATED 5 240"]),
        (Fault::ReplayEarly, &["INITIATED 1 0", "INITIATED 2 30", "INITIATED 3 60", "INITIATED 4 90"]),
        (Fault::ReplayLate, &["INITIATED 1 0", "INITIATED 2 60", "INITIATED 3 150", "INITIATED 4 240"]),
        (Fault::NeverDelivers, &[]),
        (Fault::InitiatedNotNotified, &[]),
    ] {
        assert_eq!(failing(&[fault]).0, lines, "{fault}");
    }
    let distinct = |fault| {
        let (ids, bodies): (std::collections::BTreeSet<_>, std::collections::BTreeSet<_>) =
            failing(&[fault]).1.into_iter().unzip();
        (ids.len(), bodies.len())
    };
    assert_eq!(distinct(Fault::ReplayNewId), (4, 1));
    assert_eq!(distinct(Fault::ReplayChangedBody), (1, 4));
    assert_eq!(distinct(Fault::ReplaySpaced), (1, 2));
}

#[test]
fn a_replay_goes_to_the_url_registered_by_then() {
    for (faults, host) in [(&[][..], "127.0.0.2"), (&[Fault::DeliversToOldCallback], "127.0.0.1")] {
        let mut bench = registered(faults);
        create(&mut bench, "SBX-ONGOING");
        bench.deliver(Err("status 500"));
        bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.2:9/hook"}));
        bench.advance(SignedDuration::from_hours(1));
        assert_eq!(bench.attempts[0].url, format!("http://{host}:9/hook/notifications"));
        bench.deliver(Ok(()));
        bench.advance(SignedDuration::from_hours(4));
        assert!(bench.attempts.is_empty(), "acknowledged is acknowledged");
        let seen = bench.control("GET", "/deliveries?partnerId=PARTNER-1", None).body;
        let outcomes: Vec<_> = seen
            .as_array()
            .into_iter()
            .flatten()
            .map(|d| (d["attempt"].clone(), d["at"].clone(), d["outcome"].clone()))
            .collect();
        let expected = [
            (json!(1), json!("2026-01-28T08:00:00Z"), json!("failed: status 500")),
            (json!(2), json!("2026-01-28T09:00:00Z"), json!("acknowledged")),
        ];
        assert_eq!(outcomes, expected);
    }
}

#[test]
fn an_outcome_from_before_a_reset_changes_nothing() {
    let mut bench = registered(&[]);
    create(&mut bench, "SBX-ONGOING");
    bench.control("POST", "/reset", None);
    bench.deliver(Err("status 500"));
    assert_eq!(bench.state.next_due(), None);
    assert_eq!(bench.control("GET", "/deliveries", None).body, json!([]));
}

#[test]
fn faults_of_notifications() {
    for (fault, contract, lines) in [
        (Fault::OutOfOrder, "SBX-REFUSED", &["INITIATED 1 0", "REFUSED 1 2", "IN_PROGRESS 1 1"][..]),
        (Fault::NotifiesTwice, "SBX-REFUSED", &["INITIATED 1 0", "IN_PROGRESS 1 1", "REFUSED 1 2", "REFUSED 1 2"]),
        (Fault::CompletionNotNotified, "SBX-COMPLETE", &["INITIATED 1 0", "IN_PROGRESS 1 1"]),
        (Fault::LastSignatureTwice, "SBX-COMPLETE", &["INITIATED 1 0", "IN_PROGRESS 1 1", "COMPLETE 1 2", "IN_PROGRESS 1 2"]),
    ] {
        let mut bench = registered(&[fault]);
        create(&mut bench, contract);
        bench.advance(SignedDuration::from_mins(5));
        let mut lines = lines.to_vec();
        let mut got = bench.deliver(Ok(()));
        if fault == Fault::LastSignatureTwice {
            lines.sort_unstable();
            got.sort_unstable();
        }
        assert_eq!(got, lines, "{fault}");
    }
}

#[test]
fn every_fault_shows() {
    let sound = journey(&[]);
    // What is signed and stamped is decided where a delivery is sent, and tested there.
    let sent = [
        Fault::SignatureMissing,
        Fault::SignatureWrong,
        Fault::SignsOtherBytes,
        Fault::TimestampStale,
        Fault::TimestampFuture,
        Fault::TimestampRepeated,
    ];
    let silent: Vec<_> =
        ALL.iter().filter(|row| !sent.contains(&row.fault) && journey(&[row.fault]) == sound).map(|row| row.name).collect();
    assert!(silent.is_empty(), "these faults change nothing: {silent:?}");
}

#[test]
fn a_process_that_is_killed_after_every_step_shows_what_one_shows_that_lives() {
    let (sound, killed) = (journey(&[]), journey_of_many_processes());
    let differ = sound.lines().zip(killed.lines()).find(|(a, b)| a != b);
    assert_eq!((differ, sound.len()), (None, killed.len()));
}

#[test]
fn an_attempt_under_way_is_made_again_under_its_number_and_what_is_scheduled_stays() {
    let mut bench = Bench::new(&[]);
    bench.keep();
    bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.1:9/hook/"}));
    let note = json!({"partnerId": "PARTNER-1", "entity": "SIGNATURE", "event": "IN_ERROR", "details": [{"n": 0.1, "m": 1e300}]});
    bench.control("POST", "/notifications", note);
    bench.deliver(Err("status 503"));
    bench.restart();
    bench.advance(SignedDuration::from_mins(60));
    bench.call(LAAS, "PUT", CALLBACK, json!({"url": "http://127.0.0.2:9/hook"}));
    let under_way = std::mem::take(&mut bench.attempts);
    bench.restart();
    bench.attempts = bench.state.interrupted();
    assert_eq!((&bench.attempts, under_way.len()), (&under_way, 1), "the same number, URL and bytes");
    assert_eq!(bench.deliver(Err("status 503")), ["IN_ERROR 2 60"]);
    bench.restart();
    assert!(bench.state.interrupted().is_empty(), "its outcome is known now");
    bench.advance(SignedDuration::from_mins(60));
    assert_eq!(bench.deliver(Ok(())), ["IN_ERROR 3 120"]);
}

#[test]
fn a_reset_empties_what_is_kept_but_for_tokens_and_numbering() {
    let mut bench = Bench::new(&[Fault::EmptyBody]);
    bench.keep();
    create(&mut bench, "SBX-COMPLETE");
    bench.control("POST", "/allowed-endpoints", json!({"host": "partner.example.com"}));
    bench.control("PUT", "/faults", json!({"wrong-media-type": "on"}));
    bench.restart();
    assert_eq!(bench.control("GET", "/faults", None).body, json!({"on": ["wrong-media-type", "empty-body"]}));
    bench.control("POST", "/reset", None);
    bench.restart();
    let kinds: std::collections::BTreeSet<_> = bench.kept.keys().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, std::collections::BTreeSet::from(["clock", "faults", "numbering", "token"]));
    assert_eq!(create(&mut bench, "SBX-COMPLETE")["id"], "SIG-1002");
}
