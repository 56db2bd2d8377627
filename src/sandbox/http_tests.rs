//! The sandbox over real connections: what its readings promise of deliveries, clocks and the wire.
//!
//! Waits for conditions and never for a length of time; all traffic stays on the loopback interface.

use crate::base::clock::{Clock, ManualClock};
use crate::base::units::Nanos;
use crate::callback::standard::{WebhookSecret, verify};
use crate::model::exchange::TransportErrorKind;
use crate::model::http::{Request, Response};
use crate::net::client::{Client, ClientOptions};
use crate::net::inbox::{Answer, Inbox, Received, Script};
use crate::net::server::bind;
use crate::sandbox::bench::{ADMIN, CALLBACK, CONSUMER, LAAS, LIST, SIGNATURES, START, SUBSCRIPTIONS};
use crate::sandbox::faults::Fault;
use crate::sandbox::{RunningSandbox, SandboxOptions, start};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Long enough that only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

struct Rig {
    base: String,
    client: Client,
    clock: ManualClock,
    inbox: Inbox,
    sandbox: RunningSandbox,
    stop: CancellationToken,
}

impl Rig {
    async fn new(faults: &[Fault]) -> Self {
        let stop = CancellationToken::new();
        let clock = ManualClock::at(START);
        let options = SandboxOptions { faults: faults.to_vec(), clock: Arc::new(clock.clone()), ..SandboxOptions::default() };
        let sandbox = start(bind("127.0.0.1:0").await.expect("a port"), options, stop.clone()).await.expect("a sandbox");
        let listener = bind("127.0.0.1:0").await.expect("a port");
        let (inbox, _task) = Inbox::start(listener, None, Arc::new(clock.clone()), stop.clone()).expect("an inbox");
        let client = Client::new(&ClientOptions::default()).expect("a client");
        Self { base: format!("http://{}", sandbox.addr), client, clock, inbox, sandbox, stop }
    }

    async fn send(&self, request: Request) -> Result<Response, TransportErrorKind> {
        self.client.send_once(&request, PATIENCE).await.result.map_err(|error| error.kind)
    }

    async fn token(&self, client: &str) -> String {
        let (id, secret) = client.split_once(':').expect("id and secret");
        let mut request = Request::new("POST", format!("{}/auth/oauth/v2/token", self.base));
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        request.body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}").into();
        let answer = self.send(request).await.expect("an answer");
        json_of(&answer)["access_token"].as_str().expect("a token").to_owned()
    }

    async fn ask(&self, client: &str, method: &str, path: &str, body: Value) -> Result<Response, TransportErrorKind> {
        let mut request = Request::new(method, format!("{}{path}", self.base));
        if !client.is_empty() {
            request.headers.push("authorization", format!("Bearer {}", self.token(client).await));
        }
        if !body.is_null() {
            request.headers.push("content-type", "application/json");
            request.body = body.to_string().into();
        }
        self.send(request).await
    }

    async fn call(&self, client: &str, method: &str, path: &str, body: Value) -> Value {
        json_of(&self.ask(client, method, path, body).await.expect("an answer"))
    }

    /// Registers the inbox under `key`.
    async fn register(&self, key: &str) {
        self.call(LAAS, "PUT", CALLBACK, json!({"url": self.inbox.url(key)})).await;
    }

    async fn notify(&self, id: &str) {
        let body = json!({"partnerId": "PARTNER-1", "entity": "QUOTATION", "event": "UPDATED", "id": id});
        assert!(self.call("", "POST", "/_control/notifications", body).await["notificationId"].is_string());
    }

    async fn advance(&self, by: &str) {
        assert!(self.call("", "POST", "/_control/clock", json!({"advance": by})).await["now"].is_string());
    }

    async fn arrived(&self, key: &str, count: usize) -> Vec<Received> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let all = self.inbox.received(key, 0);
            if all.len() >= count {
                return all;
            }
            let more = self.inbox.wait(key, all.len() as u64, deadline).await;
            assert!(!more.is_empty(), "{} of {count} deliveries under {key}", all.len());
        }
    }

    async fn deliveries(&self) -> Vec<(u64, String, String)> {
        let all = self.call("", "GET", "/_control/deliveries?partnerId=PARTNER-1", Value::Null).await;
        let text = |d: &Value, name: &str| d[name].as_str().unwrap_or_default().to_owned();
        all.as_array()
            .into_iter()
            .flatten()
            .map(|d| (d["attempt"].as_u64().unwrap_or(0), text(d, "at"), text(d, "outcome")))
            .collect()
    }

    async fn end(self) {
        self.stop.cancel();
        self.sandbox.finished().await;
    }
}

fn json_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

fn ids(received: &[Received]) -> Vec<String> {
    let id = |r: &Received| serde_json::from_slice::<Value>(&r.request.body).ok()?["id"].as_str().map(str::to_owned);
    received.iter().map(|r| id(r).unwrap_or_default()).collect()
}

#[tokio::test]
async fn a_jump_over_three_replays_performs_each_by_the_outcome_of_the_one_before() {
    let rig = Rig::new(&[]).await;
    rig.register("partner").await;
    rig.inbox.respond(
        "partner",
        Script { answers: vec![Answer::Status(503), Answer::Close, Answer::Status(409), Answer::Status(204)] },
    );
    rig.notify("a").await;
    rig.advance("PT10H").await;
    let received = rig.arrived("partner", 4).await;
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|r| r.request.body == received[0].request.body && r.request.path() == "/notifications"));
    assert!(received.iter().all(|r| r.request.headers.get("webhook-id") == received[0].request.headers.get("webhook-id")));
    let told = rig.deliveries().await;
    let at: Vec<_> = told.iter().map(|(n, at, _)| format!("{n} {at}")).collect();
    assert_eq!(at, ["1 2026-01-28T08:00:00Z", "2 2026-01-28T09:00:00Z", "3 2026-01-28T10:00:00Z", "4 2026-01-28T11:00:00Z"]);
    assert_eq!(
        (told[0].2.as_str(), told[2].2.as_str(), told[3].2.as_str()),
        ("failed: status 503", "failed: status 409", "acknowledged")
    );
    assert!(told[1].2.starts_with("failed: "), "{}", told[1].2);
    rig.end().await;
}

#[tokio::test]
async fn an_acknowledged_notification_is_not_replayed_and_a_redirect_is_not_followed() {
    let rig = Rig::new(&[]).await;
    rig.register("partner").await;
    let mut redirect = Response::new(307);
    redirect.headers.push("location", rig.inbox.url("elsewhere"));
    rig.inbox.respond("partner", Script { answers: vec![Answer::Respond(redirect), Answer::Status(202)] });
    rig.notify("a").await;
    rig.advance("PT10H").await;
    assert_eq!(rig.arrived("partner", 2).await.len(), 2);
    assert_eq!(rig.inbox.received("elsewhere", 0).len(), 0);
    let outcomes: Vec<_> = rig.deliveries().await.into_iter().map(|d| d.2).collect();
    assert_eq!(outcomes, ["failed: status 307", "acknowledged"]);
    rig.end().await;
}

#[tokio::test]
async fn deliveries_are_signed_with_real_time_whatever_the_sandbox_clock_says() {
    for (fault, sound) in [
        (None, true),
        (Some(Fault::SignatureMissing), false),
        (Some(Fault::SignatureWrong), false),
        (Some(Fault::SignsOtherBytes), false),
        (Some(Fault::TimestampStale), false),
        (Some(Fault::TimestampFuture), false),
    ] {
        let rig = Rig::new(&fault.into_iter().collect::<Vec<_>>()).await;
        rig.register("partner").await;
        rig.call("", "POST", "/_control/clock", json!({"set": "2031-01-01T00:00:00Z"})).await;
        rig.notify("a").await;
        let request = rig.arrived("partner", 1).await.remove(0).request;
        let secret = WebhookSecret::parse(SECRET).expect("a secret");
        let judged = verify(&request.headers, &request.body, &[secret], rig.clock.now(), Nanos(300_000_000_000));
        assert_eq!(judged.is_ok(), sound, "{fault:?}: {judged:?}");
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        assert_eq!(
            (request.headers.media_type().as_deref(), body["timestamp"].as_str()),
            (Some("application/json"), Some("2031-01-01T00:00:00Z"))
        );
        rig.end().await;
    }
}

#[tokio::test]
async fn attempts_of_one_partner_start_in_order_and_a_slow_one_holds_up_the_next_for_a_second_only() {
    let rig = Rig::new(&[]).await;
    rig.register("slow").await;
    let slow = Answer::Delay(Duration::from_secs(8), Box::new(Answer::Status(204)));
    rig.inbox.respond("slow", Script { answers: vec![slow] });
    rig.notify("a").await;
    rig.notify("b").await;
    let received = rig.arrived("slow", 2).await;
    assert_eq!(ids(&received), ["a", "b"]);
    assert!(received[0].answered.is_none(), "the first one is still under way");
    rig.inbox.respond("slow", Script::default());
    for id in ["c", "d", "e", "f"] {
        rig.notify(id).await;
    }
    assert_eq!(ids(&rig.arrived("slow", 6).await)[2..], ["c", "d", "e", "f"]);
    rig.end().await;
}

#[tokio::test]
async fn what_falls_due_happens_also_when_the_clock_below_moves_by_itself() {
    let rig = Rig::new(&[]).await;
    rig.register("partner").await;
    rig.call(LAAS, "POST", SIGNATURES, json!({"contractId": "SBX-COMPLETE"})).await;
    assert_eq!(rig.arrived("partner", 1).await.len(), 1);
    rig.clock.advance(Duration::from_secs(120));
    assert_eq!(rig.arrived("partner", 3).await.len(), 3);
    let all = rig.call(LAAS, "GET", LIST, Value::Null).await;
    let events: Vec<_> = all["results"].as_array().into_iter().flatten().map(|n| n["event"].clone()).collect();
    assert_eq!(events, ["INITIATED", "IN_PROGRESS", "COMPLETE"]);
    rig.end().await;
}

#[tokio::test]
async fn a_host_name_that_leads_to_this_machine_is_not_called_unless_it_says_so() {
    let rig = Rig::new(&[]).await;
    rig.call("", "POST", "/_control/allowed-endpoints", json!({"host": "10.0.0.1"})).await;
    rig.call(LAAS, "PUT", CALLBACK, json!({"url": "https://10.0.0.1/x"})).await;
    rig.notify("a").await;
    rig.advance("PT1M").await;
    let told = rig.deliveries().await;
    assert!(told.len() == 1 && told[0].2.contains("private address"), "{told:?}");
    rig.end().await;
}

#[tokio::test]
async fn a_reset_drops_data_and_callbacks_and_keeps_tokens() {
    let rig = Rig::new(&[]).await;
    let token = rig.token(LAAS).await;
    rig.register("partner").await;
    rig.notify("a").await;
    rig.arrived("partner", 1).await;
    rig.call("", "POST", "/_control/clock", json!({"set": "2026-01-28T08:30:00Z"})).await;
    let reset = rig.call("", "POST", "/_control/reset", json!({})).await;
    assert_eq!(reset, json!({"now": "2026-01-28T08:00:00Z"}));
    let mut request = Request::new("GET", format!("{}{LIST}", rig.base));
    request.headers.push("authorization", format!("Bearer {token}"));
    let listed = rig.send(request).await.expect("an answer");
    assert_eq!((listed.status, &json_of(&listed)["total"]), (200, &json!(0)));
    assert_eq!(rig.deliveries().await, []);
    assert_eq!(rig.call(LAAS, "GET", CALLBACK, Value::Null).await["type"], "NO_CALLBACK_REGISTERED");
    rig.end().await;
}

async fn subscription(rig: &Rig, items: usize) -> String {
    let body = json!({"event_type_ids": ["301"], "client_id": "notification-consumer"});
    let id = rig.call(ADMIN, "POST", SUBSCRIPTIONS, body).await["id"].as_str().expect("an id").to_owned();
    for _ in 0..items {
        rig.call("", "POST", "/_control/events", json!({"event_type_id": "301", "client_id": "notification-consumer"})).await;
    }
    format!("{SUBSCRIPTIONS}/{id}")
}

#[tokio::test]
async fn two_retrievals_at_once_never_share_an_item() {
    for (faults, expected) in [(&[][..], 1), (&[Fault::RetrieveRace], 2)] {
        let rig = Rig::new(faults).await;
        let path = format!("{}/notifications", subscription(&rig, 1).await);
        let token = rig.token(CONSUMER).await;
        let mut request = Request::new("GET", format!("{}{path}", rig.base));
        request.headers.push("authorization", format!("Bearer {token}"));
        let (one, two) = tokio::join!(rig.send(request.clone()), rig.send(request.clone()));
        let count =
            |answer: &Result<Response, _>| json_of(answer.as_ref().expect("an answer"))["results"].as_array().map_or(0, Vec::len);
        assert_eq!(count(&one) + count(&two), expected, "{faults:?}");
        assert_eq!(count(&rig.send(request).await), 0);
        rig.end().await;
    }
}

#[tokio::test]
async fn head_is_get_without_the_body_and_204_has_none() {
    let rig = Rig::new(&[]).await;
    let path = subscription(&rig, 1).await;
    let get = rig.ask(CONSUMER, "GET", &path, Value::Null).await.expect("an answer");
    let head = rig.ask(CONSUMER, "HEAD", &path, Value::Null).await.expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-type", "cache-control"] {
        assert_eq!(head.headers.get(name), get.headers.get(name));
    }
    rig.ask(CONSUMER, "HEAD", &format!("{path}/notifications"), Value::Null).await.expect("an answer");
    assert_eq!(
        rig.call(CONSUMER, "GET", &path, Value::Null).await["subscription_status"]["number_of_remaining_notifications"],
        1
    );
    let gone = rig.ask(ADMIN, "DELETE", &path, Value::Null).await.expect("an answer");
    assert_eq!((gone.status, gone.body.len(), gone.headers.get("content-length")), (204, 0, None));
    rig.end().await;
}

#[tokio::test]
async fn faults_of_the_wire_are_seen_by_a_client() {
    let path = "/contract-signature/v1/proposals/PRO-COMPLETE";
    for fault in [Fault::DropsConnection, Fault::GarbageAnswer, Fault::CutBody] {
        let rig = Rig::new(&[fault]).await;
        let seen = rig.ask(LAAS, "GET", path, Value::Null).await;
        assert!(matches!(seen, Err(TransportErrorKind::Reset | TransportErrorKind::Protocol)), "{fault}: {seen:?}");
        let off = json!({fault.info().name: "off"});
        assert_eq!(rig.call("", "PUT", "/_control/faults", off).await, json!({"on": []}));
        assert_eq!(rig.ask(LAAS, "GET", path, Value::Null).await.map(|a| a.status), Ok(200));
        rig.end().await;
    }
    let rig = Rig::new(&[Fault::NoContentWithBody]).await;
    let path = subscription(&rig, 0).await;
    let gone = rig.ask(ADMIN, "DELETE", &path, Value::Null).await.expect("an answer");
    assert!(gone.status == 204 && (gone.headers.get("content-length").is_some() || !gone.body.is_empty()), "{gone:?}");
    rig.end().await;
}
