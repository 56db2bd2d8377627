//! A small server with a clock, callbacks and control, and runs of suites against it.
//!
//! Speaks HTTP over loopback, and moves no clock but its own. Never used outside tests.

use crate::base::clock::{Clock, SystemClock};
use crate::base::seed::Seed;
use crate::base::source::Source;
use crate::check::bench::{DECLARED, contract, response, suite};
use crate::model::event::Silent;
use crate::model::http::{Request, Response};
use crate::model::outcome::RunOutcome;
use crate::net::client::{Client, ClientOptions};
use crate::net::inbox::Inbox;
use crate::net::server::{Reply, bind, handler, serve};
use crate::plan::bind::{Selection, SuiteInput, bind as plan};
use crate::request::origins::Origins;
use crate::run::world::{Lane, Listener, World};
use crate::suite::load_environment;
use crate::window::hours::Hours;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How the server behaves.
#[derive(Clone, Default)]
pub(super) struct Manner {
    /// Seconds after which a delivery comes again; never where there is none.
    pub(super) replay_after: Option<i64>,
    /// Refuses to be reset.
    pub(super) no_reset: bool,
    /// Answers so many requests, and none after.
    pub(super) dies_after: Option<usize>,
    /// Offers no control.
    pub(super) no_control: bool,
}

#[derive(Default)]
struct State {
    log: Vec<String>,
    now: i64,
    reads: HashMap<String, u32>,
    due: Vec<(i64, String, String, Value)>,
}

/// A run of a suite, and what the server saw.
pub(super) struct Ran {
    pub(super) outcome: RunOutcome,
    pub(super) log: Vec<String>,
}

impl Ran {
    /// The cases: title, verdict, the checks that found something, the reason.
    pub(super) fn cases(&self) -> Vec<String> {
        let case = |c: &crate::model::outcome::CaseOutcome| {
            let found: Vec<&str> = c.steps.iter().flat_map(|s| &s.findings).map(|f| f.check.0).collect();
            let reason = c.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
            format!("{}: {:?}{}{}{reason}", c.title, c.verdict, if found.is_empty() { "" } else { " " }, found.join(" "))
        };
        self.outcome.cases.iter().map(case).collect()
    }

    /// How often the server got this.
    pub(super) fn times(&self, line: &str) -> usize {
        self.log.iter().filter(|l| *l == line).count()
    }
}

async fn deliver(client: &Client, url: &str, id: &str, body: &Value) {
    let mut request = Request::new("POST", format!("{url}/told"));
    request.headers.push("content-type", "application/json");
    request.headers.push("webhook-id", id);
    request.headers.push("x-turn", "1");
    request.body = body.to_string().into();
    client.send_once(&request, Duration::from_secs(10)).await;
}

async fn answer(request: Request, manner: Manner, state: Arc<Mutex<State>>, client: Client) -> Reply {
    let line = format!("{} {}", request.method, request.path());
    {
        let mut state = state.lock().unwrap();
        state.log.push(line.clone());
        if manner.dies_after.is_some_and(|most| state.log.len() > most) {
            return Reply::Close;
        }
    }
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let path = request.path().to_owned();
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let ok = |value: &Value| Reply::Respond(response(200, &[], &value.to_string()));
    match line.as_str() {
        "POST /token" => {
            let number = state.lock().unwrap().log.iter().filter(|l| *l == "POST /token").count();
            ok(&json!({"access_token": format!("token-{number}"), "expires_in": 3600}))
        }
        "POST /_control/reset" => Reply::Respond(Response::new(if manner.no_reset { 503 } else { 204 })),
        "POST /_control/clock" => {
            let by: jiff::SignedDuration = body["advance"].as_str().unwrap_or_default().parse().unwrap();
            let due: Vec<_> = {
                let mut state = state.lock().unwrap();
                state.now += by.as_secs();
                let now = state.now;
                let (due, rest) = state.due.drain(..).partition(|(at, ..)| *at <= now);
                state.due = rest;
                due
            };
            for (_, url, id, body) in due {
                deliver(&client, &url, &id, &body).await;
            }
            ok(&json!({}))
        }
        "POST /things/v1/things" => {
            if let (Some(url), Some(numbers)) = (body["url"].as_str(), body["tell"].as_array()) {
                for (index, n) in numbers.iter().enumerate() {
                    let (id, told) = (format!("m{index}"), json!({"n": n}));
                    if let Some(after) = manner.replay_after {
                        let mut state = state.lock().unwrap();
                        let at = state.now + after;
                        state.due.push((at, url.to_owned(), id.clone(), told.clone()));
                    }
                    deliver(&client, url, &id, &told).await;
                }
            }
            let made = json!({"id": body["id"].as_str().unwrap_or("t1"), "state": "OPEN"});
            Reply::Respond(response(201, &["Location: /things/v1/things/t1"], &made.to_string()))
        }
        "GET /things/v1/drain" => {
            if request.query().contains("size=0") {
                Reply::Close
            } else {
                ok(&json!([request.query()]))
            }
        }
        "GET /things/v1/things" => ok(&json!([])),
        _ if line.starts_with("GET /things/v1/things/") => {
            let reads = {
                let mut state = state.lock().unwrap();
                let reads = state.reads.entry(id.clone()).or_default();
                *reads += 1;
                *reads
            };
            let done = id == "turns" && reads > 2;
            ok(
                &json!({"id": id, "state": if done { "DONE" } else { "OPEN" }, "owner": request.headers.get("authorization").unwrap_or("nobody"), "count": reads}),
            )
        }
        _ => Reply::Respond(Response::new(418)),
    }
}

/// Runs the cases written in `lines` against a server of this manner. `stop` is given to the run.
pub(super) async fn run_until(lines: &str, manner: Manner, stop: CancellationToken) -> Ran {
    let down = CancellationToken::new();
    let client = Client::new(&ClientOptions::default()).unwrap();
    let listener = bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let state = Arc::new(Mutex::new(State::default()));
    let (seen, sender, kept) = (Arc::clone(&state), client.clone(), manner.clone());
    let serving = handler(move |request, _| answer(request, kept.clone(), Arc::clone(&seen), sender.clone()));
    tokio::spawn(serve(listener, serving, down.child_token()));
    let control = if manner.no_control { "" } else { "control: /_control\n" };
    let text = format!(
        "environment: fake\ntarget: {origin}\nsecrets: {{s: \"${{env.S:-hush-hush}}\"}}\nauth: {{partner: {{oauth2: {{token_url: /token, client_id: c, client_secret: \"${{secret.s}}\"}}}}}}\nlisteners: {{partner: {{bind: \"127.0.0.1:0\"}}}}\n{control}"
    );
    let (environment, faults) = load_environment(&Source::new("env.yaml", text), &|_| None);
    let environment = environment.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
    let input = SuiteInput {
        suite: suite(DECLARED, lines),
        slug: "things".to_owned(),
        contract: contract(),
        spec: "things".to_owned(),
        others: HashMap::new(),
    };
    let (plan, faults) = plan(&[input], &environment, &Selection::default());
    let plan = plan.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let hearing = bind("127.0.0.1:0").await.unwrap();
    let (inbox, _task) = Inbox::start(hearing, None, Arc::clone(&clock), down.child_token()).unwrap();
    let listener = Listener { inbox, signed: None };
    let base = (!manner.no_control).then(|| format!("{origin}/_control"));
    let world = World {
        lanes: vec![Lane::new(Origins::all_at(origin.clone()), base)],
        target: origin,
        environment: Arc::new(environment),
        listeners: BTreeMap::from([("partner".to_owned(), listener)]),
        client,
        hours: Hours::always(Arc::clone(&clock)),
        clock,
        seed: Seed(1),
        jobs: 1,
    };
    let outcome = super::execute(Arc::new(plan), Arc::new(world), Arc::new(Silent), stop).await;
    down.cancel();
    let log = state.lock().unwrap().log.clone();
    Ran { outcome, log }
}

/// Runs the cases written in `lines` to their end.
pub(super) async fn run(lines: &str, manner: Manner) -> Ran {
    run_until(lines, manner, CancellationToken::new()).await
}

/// A suite of one case of these steps, one a line.
pub(super) fn case(steps: &str) -> String {
    let steps: String = steps.trim().lines().map(|l| format!("    - {}\n", l.trim())).collect();
    format!("cases:\n- name: c\n  steps:\n{steps}")
}
