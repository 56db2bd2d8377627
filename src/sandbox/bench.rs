//! A test bench around the state machine: requests in, answers and attempts out, with a clock moved by hand.
//!
//! For tests alone. Opens no connection: what is delivered is what the test says.

use super::config::SandboxConfig;
use super::faults::{Fault, Faults};
use super::push::Attempt;
use super::state::{Answer, Outcome, State};
use crate::model::http::{Request, Response};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// 2026-01-28T08:00:00Z
pub(super) const START: Timestamp = Timestamp::constant(1_769_587_200, 0);
pub(super) const LAAS: &str = "laas-partner:laas-secret";
pub(super) const ADMIN: &str = "notification-admin:admin-secret";
pub(super) const CONSUMER: &str = "notification-consumer:consumer-secret";
pub(super) const OTHER: &str = "other-consumer:other-secret";
pub(super) const CALLBACK: &str = "/laas-notifications/v1/partners/PARTNER-1/callback";
pub(super) const LIST: &str = "/laas-notifications/v1/partners/PARTNER-1/notifications";
pub(super) const SIGNATURES: &str = "/contract-signature/v1/signatures";
pub(super) const SUBSCRIPTIONS: &str = "/notification/v2/subscriptions";

/// A sandbox without wires.
pub(super) struct Bench {
    pub(super) state: State,
    /// What was handed to the outbox and has not been told an outcome.
    pub(super) attempts: Vec<Attempt>,
}

/// An answer, read.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) raw: Response,
}

impl Seen {
    /// The status and the error code of either API.
    pub(super) fn error(&self) -> (u16, &str) {
        (self.status, self.body["type"].as_str().or(self.body["code"].as_str()).unwrap_or_default())
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.raw.headers.get(name)
    }
}

impl Bench {
    pub(super) fn new(faults: &[Fault]) -> Self {
        Self::with(SandboxConfig::default(), faults)
    }

    pub(super) fn with(config: SandboxConfig, faults: &[Fault]) -> Self {
        let mut count = 0;
        let entropy = move || {
            count += 1;
            format!("token{count}")
        };
        Self { state: State::new(config, Faults::new(faults), Box::new(entropy)), attempts: Vec::new() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.state.clock.now(START)
    }

    pub(super) fn token(&mut self, client: &str) -> String {
        let (id, secret) = client.split_once(':').expect("id and secret");
        let mut request = Request::new("POST", "/auth/oauth/v2/token");
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        request.body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}").into();
        self.send(&request).body["access_token"].as_str().expect("a token").to_owned()
    }

    pub(super) fn raw(&mut self, request: &Request) -> (Answer, Outcome) {
        let (answer, mut outcome) = self.state.handle(request, START);
        self.attempts.append(&mut outcome.attempts);
        (answer, outcome)
    }

    pub(super) fn send(&mut self, request: &Request) -> Seen {
        let (Answer::Respond(raw), outcome) = self.raw(request) else { panic!("no answer to {request:?}") };
        if let Some(to) = outcome.jump {
            self.jump(to);
        }
        if let Some(removal) = outcome.removal {
            self.state.pull.remove(&removal);
        }
        Seen { status: raw.status, body: serde_json::from_slice(&raw.body).unwrap_or(Value::Null), raw }
    }

    /// A request by a client with a fresh token; a body makes it JSON.
    pub(super) fn call(&mut self, client: &str, method: &str, path: &str, body: impl Into<Option<Value>>) -> Seen {
        let mut request = Request::new(method, path);
        if !client.is_empty() {
            let token = self.token(client);
            request.headers.push("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body.into() {
            request.headers.push("content-type", "application/json");
            request.body = body.to_string().into();
        }
        self.send(&request)
    }

    pub(super) fn control(&mut self, method: &str, path: &str, body: impl Into<Option<Value>>) -> Seen {
        self.call("", method, &format!("/_control{path}"), body)
    }

    fn jump(&mut self, to: Timestamp) {
        let attempts = self.state.run_due(to);
        self.attempts.extend(attempts);
        self.state.clock.set(START, to);
    }

    pub(super) fn advance(&mut self, by: SignedDuration) {
        self.jump(self.now() + by);
    }

    /// Ends every attempt under way, and gives them as `event number minute`.
    pub(super) fn deliver(&mut self, outcome: Result<(), &str>) -> Vec<String> {
        let attempts = std::mem::take(&mut self.attempts);
        let outcome = outcome.map_err(str::to_owned);
        for attempt in &attempts {
            self.state.ended(attempt, &outcome);
        }
        let event = |a: &Attempt| -> Value { serde_json::from_slice(&a.body).expect("a JSON body") };
        let minute = |a: &Attempt| a.at.duration_since(START).as_mins();
        attempts.iter().map(|a| format!("{} {} {}", event(a)["event"].as_str().unwrap_or("?"), a.number, minute(a))).collect()
    }
}

/// A journey through everything: client, method, path and JSON body (null for none).
pub(super) fn walk() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    const PRO: &str = "/contract-signature/v1/proposals/PRO-COMPLETE";
    const SUB: &str = "/notification/v2/subscriptions/sub-1001";
    const ITEMS: &str = "/notification/v2/subscriptions/sub-1001/notifications";
    let none = Value::Null;
    let create = |contract: &str| (LAAS, "POST", SIGNATURES, json!({"contractId": contract}));
    let signature = |number: u32| {
        (
            LAAS,
            "GET",
            [
                "/contract-signature/v1/signatures/SIG-1001",
                "/contract-signature/v1/signatures/SIG-1002",
                "/contract-signature/v1/signatures/SIG-9",
            ][number as usize],
            Value::Null,
        )
    };
    let event = |id: &str| ("", "POST", "/_control/events", json!({"event_type_id": id, "client_id": "notification-consumer"}));
    let advance = |by: &str| ("", "POST", "/_control/clock", json!({"advance": by}));
    let subscribe =
        |events: &[&str], client: &str| (ADMIN, "POST", SUBSCRIPTIONS, json!({"event_type_ids": events, "client_id": client}));
    let register = |url: &str| (LAAS, "PUT", CALLBACK, json!({"url": url}));
    let mut calls = vec![
        (LAAS, "GET", CALLBACK, none.clone()),
        (LAAS, "GET", "/laas-notifications/v1/partners/X/callback", none.clone()),
        (LAAS, "PUT", CALLBACK, json!({})),
        register("https://foreign.example"),
        register("http://foreign.example"),
        register("https://localhost/a?b"),
        register("https://localhost/a/"),
        create("SBX-COMPLETE"),
        create("SBX-COMPLETE"),
        create("SBX-COMPLETE/1"),
        create("SBX-NO-BANK"),
        create(""),
        (LAAS, "GET", PRO, none.clone()),
        (LAAS, "HEAD", PRO, none.clone()),
        (LAAS, "GET", "/contract-signature/v1/proposals/X", none.clone()),
        signature(2),
        (LAAS, "PUT", PRO, none.clone()),
        ("", "GET", PRO, none.clone()),
        (CONSUMER, "GET", PRO, none.clone()),
        advance("PT90S"),
        signature(0),
        register("https://localhost/b/"),
        (LAAS, "GET", CALLBACK, none.clone()),
        advance("PT3H"),
        signature(0),
        signature(0),
        (LAAS, "GET", PRO, none.clone()),
        create("SBX-REFUSED"),
        create("SBX-CANCELLED"),
        create("SBX-DELIVERY-FAILED"),
        create("SBX-IDENTITY-FAILED"),
        create("SBX-EXPIRED"),
        create("SBX-ONGOING"),
        advance("PT150S"),
        advance("PT150S"),
    ];
    for query in [
        "",
        "?from=2026-01-28T08:00:00Z",
        "?to=2026-01-28T08:00:00Z",
        "?entity=CONTRACT",
        "?size=2&page=1",
        "?size=200",
        "?from=2026-01-28T08:01:00Z&to=2026-01-28T08:00:00Z",
    ] {
        calls.push((LAAS, "GET", Box::leak(format!("{LIST}{query}").into_boxed_str()), none.clone()));
    }
    calls.extend([
        subscribe(&["1", "1"], "c"),
        subscribe(&[], "c"),
        subscribe(&["1"], "café"),
        subscribe(&["301"], "notification-consumer"),
        (CONSUMER, "DELETE", SUB, none.clone()),
    ]);
    for sub in ["sub-1001", "sub-1002", "sub-1003", "sub-1004"] {
        let path: &'static str = Box::leak(format!("{SUBSCRIPTIONS}/{sub}").into_boxed_str());
        let items: &'static str = Box::leak(format!("{path}/notifications").into_boxed_str());
        calls.extend([
            event("301"),
            event("999"),
            (CONSUMER, "GET", path, none.clone()),
            (CONSUMER, "HEAD", items, none.clone()),
            (OTHER, "GET", path, none.clone()),
            (OTHER, "GET", items, none.clone()),
            (CONSUMER, "GET", items, none.clone()),
            (CONSUMER, "GET", items, none.clone()),
            (CONSUMER, "GET", path, none.clone()),
        ]);
    }
    calls.extend((0..102).map(|_| event("301")));
    calls.extend([
        (CONSUMER, "GET", ITEMS, none.clone()),
        (CONSUMER, "GET", ITEMS, none.clone()),
        (CONSUMER, "GET", SUB, none.clone()),
    ]);
    calls.extend([
        event("301"),
        event("301"),
        advance("PT359M30S"),
        (CONSUMER, "GET", SUB, none.clone()),
        advance("PT7H"),
        (CONSUMER, "GET", SUB, none.clone()),
    ]);
    calls.extend([
        (ADMIN, "DELETE", SUB, none.clone()),
        (CONSUMER, "GET", SUB, none.clone()),
        (ADMIN, "DELETE", SUB, none.clone()),
    ]);
    calls.extend([
        advance("P119D"),
        signature(0),
        signature(1),
        advance("P2D"),
        signature(0),
        signature(1),
        (LAAS, "GET", LIST, none),
    ]);
    calls
}
