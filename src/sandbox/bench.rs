//! A test bench around the state machine: requests in, answers and attempts out, with a clock moved by hand.
//!
//! For tests alone. Opens no connection: what is delivered is what the test says.

use crate::model::http::{Request, Response};
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::kept::Row;
use crate::sandbox::push::Attempt;
use crate::sandbox::service;
use crate::sandbox::state::{Answer, Outcome, State};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// What a store would hold.
    pub(super) kept: BTreeMap<(&'static str, String), String>,
    begin: Box<dyn Fn() -> State>,
}

fn entropy(count: &Arc<AtomicU64>) -> Box<dyn FnMut() -> String + Send> {
    let count = Arc::clone(count);
    Box::new(move || format!("token{}", count.fetch_add(1, Ordering::SeqCst) + 1))
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
        let count = Arc::new(AtomicU64::new(0));
        let mut bench = Self {
            state: State::new(config.clone(), Faults::new(faults), entropy(&count)),
            attempts: Vec::new(),
            kept: BTreeMap::new(),
            begin: Box::new(|| unreachable!("replaced at once")),
        };
        let faults = faults.to_vec();
        bench.begin = Box::new(move || State::new(config.clone(), Faults::new(&faults), entropy(&count)));
        bench
    }

    /// Keeps what changes from now on.
    pub(super) fn keep(&mut self) {
        self.state.restore(&[]).expect("nothing to take up");
    }

    /// Ends this state as a killed process would, and begins another with what was kept.
    pub(super) fn restart(&mut self) {
        for change in self.state.changes() {
            let key = (change.kind, change.key);
            match change.value {
                Some(value) => self.kept.insert(key, value),
                None => self.kept.remove(&key),
            };
        }
        let row = |((kind, key), value): (&(&str, String), &String)| Row {
            kind: (*kind).to_owned(),
            key: key.clone(),
            value: value.clone(),
        };
        self.state = (self.begin)();
        self.state.restore(&self.kept.iter().map(row).collect::<Vec<_>>()).expect("what was kept can be read");
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
        let (answer, mut outcome) = service::handle(&mut self.state, request, START);
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

    /// Ends every attempt under way, those of every other notification well, and writes them down.
    fn settle(&mut self, log: &mut Vec<String>) {
        for attempt in std::mem::take(&mut self.attempts) {
            log.push(format!("{attempt:?}"));
            let well = attempt.notification.is_multiple_of(2);
            self.state.ended(&attempt, &if well { Ok(()) } else { Err("status 503".to_owned()) });
        }
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

/// A journey through everything, a call a line: who (Laas, Admin, Consumer, Other, Bad token, First token, - for none), method,
/// path with the base path as its first letter, JSON body.
const JOURNEY: &str = r#"
L GET  n/partners/PARTNER-1/callback
L GET  n/partners/X/callback
L PUT  n/partners/PARTNER-1/callback {}
L PUT  n/partners/PARTNER-1/callback {"url":"https://foreign.example"}
- POST _/allowed-endpoints {"host":"allowed.example"}
L PUT  n/partners/PARTNER-1/callback {"url":"http://allowed.example"}
L PUT  n/partners/PARTNER-1/callback {"url":"https://localhost/a?b"}
L PUT  n/partners/PARTNER-1/callback {"url":"https://localhost/a/"}
L POST s/signatures {"contractId":"SBX-COMPLETE"}
L POST s/signatures {"contractId":"SBX-COMPLETE"}
L POST s/signatures {"contractId":"SBX-COMPLETE/1"}
L POST s/signatures {"contractId":"SBX-NO-BANK"}
L POST s/signatures {"contractId":""}
L GET  s/proposals/PRO-COMPLETE
L HEAD s/proposals/PRO-COMPLETE
L PUT  s/proposals/PRO-COMPLETE
- GET  s/proposals/PRO-COMPLETE
B GET  s/proposals/PRO-COMPLETE
C GET  s/proposals/PRO-COMPLETE
- POST s/signatures {"contractId":"SBX-COMPLETE/2"}
B POST s/signatures {"contractId":"SBX-COMPLETE/3"}
C POST s/signatures {"contractId":"SBX-COMPLETE/4"}
L GET  s/proposals/X
L GET  s/signatures/X
- POST _/clock {"advance":"PT90S"}
L GET  s/signatures/SIG-1001
L PUT  n/partners/PARTNER-1/callback {"url":"https://localhost/b/"}
L GET  n/partners/PARTNER-1/callback
- POST _/clock {"advance":"PT3H"}
F GET  s/signatures/SIG-1001
L GET  s/signatures/SIG-1001
L GET  s/signatures/SIG-1001
L GET  s/signatures/SIG-1002
L GET  s/signatures/SIG-1002
L GET  s/proposals/PRO-COMPLETE
L POST s/signatures {"contractId":"SBX-REFUSED"}
L POST s/signatures {"contractId":"SBX-CANCELLED"}
L POST s/signatures {"contractId":"SBX-DELIVERY-FAILED"}
L POST s/signatures {"contractId":"SBX-IDENTITY-FAILED"}
L POST s/signatures {"contractId":"SBX-EXPIRED"}
L POST s/signatures {"contractId":"SBX-ONGOING"}
- POST _/clock {"advance":"PT5M"}
L GET  s/signatures/SIG-1003
L GET  s/signatures/SIG-1004
L GET  s/signatures/SIG-1005
L GET  s/signatures/SIG-1006
L GET  n/partners/PARTNER-1/notifications
L GET  n/partners/PARTNER-1/notifications?from=2026-01-28T08:00:00Z
L GET  n/partners/PARTNER-1/notifications?to=2026-01-28T08:00:00Z
L GET  n/partners/PARTNER-1/notifications?entity=CONTRACT
L GET  n/partners/PARTNER-1/notifications?size=2&page=1
L GET  n/partners/PARTNER-1/notifications?size=200
L GET  n/partners/PARTNER-1/notifications?from=2026-01-28T08:01:00Z&to=2026-01-28T08:00:00Z
A POST p/subscriptions {"event_type_ids":["301"],"client_id":"notification-consumer"}
A POST p/subscriptions {"event_type_ids":["1","1"],"client_id":"c"}
A POST p/subscriptions {"event_type_ids":[],"client_id":"c"}
A POST p/subscriptions {"event_type_ids":["1"],"client_id":"caf\u00e9"}
- POST _/clock {"advance":"PT5M"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"302","client_id":"notification-consumer"}
C GET  p/subscriptions/sub-1001
C HEAD p/subscriptions/sub-1001/notifications
O GET  p/subscriptions/sub-1001
O GET  p/subscriptions/sub-1001/notifications
C GET  p/subscriptions/sub-1001/notifications
C GET  p/subscriptions/sub-1001/notifications
C GET  p/subscriptions/sub-1001
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
C GET  p/subscriptions/sub-1001/notifications
C GET  p/subscriptions/sub-1001/notifications
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
C GET  p/subscriptions/sub-1001/notifications
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
C GET  p/subscriptions/sub-1001
C GET  p/subscriptions/sub-1001/notifications
- POST _/events {"event_type_id":"301","client_id":"notification-consumer"}
- POST _/clock {"advance":"PT359M30S"}
C GET  p/subscriptions/sub-1001
- POST _/clock {"advance":"PT1H"}
C GET  p/subscriptions/sub-1001
C DELETE p/subscriptions/sub-1001
A DELETE p/subscriptions/sub-1001
C GET  p/subscriptions/sub-1001
A DELETE p/subscriptions/sub-1001
- POST _/clock {"advance":"P119D"}
L GET  s/signatures/SIG-1008
- POST _/clock {"advance":"P2D"}
L GET  s/signatures/SIG-1001
L GET  s/signatures/SIG-1008
"#;

/// Everything that a partner and the clients see on the journey when these faults are on, as one text. Deliveries fail and
/// succeed in turn.
pub(super) fn journey(faults: &[Fault]) -> String {
    travelled(faults, false)
}

/// The same, where the process is killed after every step and begins anew with what it kept.
pub(super) fn journey_of_many_processes() -> String {
    travelled(&[], true)
}

fn travelled(faults: &[Fault], killed: bool) -> String {
    let mut bench = Bench::with(SandboxConfig { page_size: 4, ..SandboxConfig::default() }, faults);
    let mut log = Vec::new();
    if killed {
        bench.keep();
    }
    for line in JOURNEY.lines().filter(|line| !line.is_empty()) {
        let (who, rest) = line.split_once(' ').expect("who");
        let (method, rest) = rest.split_once(' ').expect("a method");
        let (path, body) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
        let base = match &path[..1] {
            "n" => "/laas-notifications/v1",
            "s" => "/contract-signature/v1",
            "p" => "/notification/v2",
            _ => "/_control",
        };
        let token = match who {
            "L" => bench.token(LAAS),
            "A" => bench.token(ADMIN),
            "C" => bench.token(CONSUMER),
            "O" => bench.token(OTHER),
            "F" => "token2".to_owned(),
            _ => "nonsense".to_owned(),
        };
        if killed {
            bench.restart();
            assert_eq!(bench.attempts, bench.state.interrupted());
        }
        let mut request = Request::new(method, format!("{base}{}", &path[1..]));
        request.body = body.to_owned().into();
        request.headers.push("content-type", "application/json");
        if who != "-" {
            request.headers.push("authorization", format!("Bearer {token}"));
        }
        let (answer, outcome) = bench.raw(&request);
        log.push(format!("{line}: {answer:?} {:?} {:?}", outcome.delay, outcome.removal));
        if let Some(removal) = &outcome.removal {
            bench.state.pull.remove(removal);
        }
        if let Some(to) = outcome.jump {
            while let Some(due) = bench.state.next_due().filter(|due| *due <= to) {
                bench.settle(&mut log);
                let attempts = bench.state.run_due(due);
                bench.attempts.extend(attempts);
            }
            bench.state.clock.set(START, to);
        }
        bench.settle(&mut log);
    }
    log.join("\n")
}
