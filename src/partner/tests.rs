//! Tests of the partner over HTTP: what the right one answers, and that each fault shows in its own row and in no other.
//!
//! Sends what a certification would, in its own words. Never leaves the machine.

use crate::base::clock::{Clock as _, SystemClock};
use crate::base::secret::Secret;
use crate::callback::scheme::Signing;
use crate::model::exchange::{TransportError, TransportErrorKind as Kind};
use crate::model::http::{Request, Response};
use crate::net::client::{Client, ClientOptions};
use crate::net::pki::identity_of_nobody;
use crate::net::probe::{DialOptions, OldTls, TlsOptions, agrees_to, dial, encode_request};
use crate::net::server::bind;
use crate::partner::faults::{ALL, Fault, Needs};
use crate::partner::profile::Profile;
use crate::partner::{Pace, PartnerOptions, RunningPartner, start};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const SHARED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const CREDENTIAL: &str = "Bearer abc";
/// Longer than any right answer takes.
const LONG: Duration = Duration::from_secs(20);
/// How long what a fault holds back is waited for.
const HELD: Duration = Duration::from_secs(4);
/// What is judged in another row.
const ELSEWHERE: &str = "elsewhere";

/// What was seen, by row.
type Seen = BTreeMap<u8, Vec<String>>;

struct Bench {
    partner: RunningPartner,
    profile: Profile,
    signing: Option<Signing>,
    client: Client,
    dial: DialOptions,
    authorized: bool,
    next: AtomicU64,
    seen: Mutex<Seen>,
    stop: CancellationToken,
}

/// How a delivery is sent.
#[derive(Clone)]
struct Delivery {
    id: String,
    body: Vec<u8>,
    at: Timestamp,
    media_type: &'static str,
    method: &'static str,
}

fn now() -> Timestamp {
    SystemClock.now()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn event(entity: &str, event: &str) -> Value {
    json!({"entity": entity, "event": event, "timestamp": now().to_string(), "id": "e-1"})
}

impl Bench {
    async fn new(profile: Profile, authorized: bool, tls: bool, faults: &[Fault]) -> Self {
        let key = match profile {
            Profile::StandardWebhooksEd25519 => format!("whsk_{}", base64_of_a_seed()),
            _ => SHARED.to_owned(),
        };
        let secret = profile.scheme().map(|_| Secret::new(key));
        let options = PartnerOptions {
            profile,
            secret: secret.clone(),
            authorization: authorized.then(|| ("authorization".to_owned(), Secret::new(CREDENTIAL.to_owned()))),
            tls,
            faults: faults.to_vec(),
            pace: Pace { slow_by: HELD * 10, partial: Duration::from_millis(300), ..Pace::default() },
            ..PartnerOptions::default()
        };
        let stop = CancellationToken::new();
        let partner = start(bind("127.0.0.1:0").await.unwrap(), options, stop.clone()).await.unwrap();
        let ca_pem = partner.pki.as_ref().map(|pki| pki.ca_pem.clone().into_bytes());
        let identity_pem = partner.pki.as_ref().filter(|_| profile == Profile::Mtls).map(|pki| pki.client.pem());
        let client = Client::new(&ClientOptions {
            ca_pem: ca_pem.clone(),
            identity_pem: identity_pem.clone(),
            trust_anyone: true,
            ..ClientOptions::default()
        });
        Self {
            partner,
            profile,
            signing: profile.scheme().zip(secret).map(|(scheme, secret)| Signing::new(&scheme, &secret).unwrap()),
            client: client.unwrap(),
            dial: DialOptions { tls: TlsOptions { ca_pem, identity_pem, ..TlsOptions::default() }, ..DialOptions::default() },
            authorized,
            next: AtomicU64::new(1),
            seen: Mutex::default(),
            stop,
        }
    }

    fn url(&self) -> String {
        format!("{}/notifications", self.partner.url)
    }

    fn delivery(&self, body: impl Into<Vec<u8>>) -> Delivery {
        let id = format!("msg_{}", self.next.fetch_add(1, Ordering::SeqCst));
        Delivery { id, body: body.into(), at: now(), media_type: "application/json", method: "POST" }
    }

    fn of(&self, value: &Value) -> Delivery {
        self.delivery(value.to_string())
    }

    fn plain(&self, delivery: &Delivery) -> Request {
        let mut request = Request::new(delivery.method, self.url());
        request.headers.push("content-type", delivery.media_type);
        request.headers.push("webhook-id", delivery.id.clone());
        request.headers.push("webhook-timestamp", delivery.at.as_second().to_string());
        if self.authorized {
            request.headers.push("authorization", CREDENTIAL);
        }
        request.body = delivery.body.clone().into();
        request
    }

    fn signed(&self, delivery: &Delivery) -> Request {
        let mut request = self.plain(delivery);
        if let Some(signing) = &self.signing {
            signing.sign(&mut request, &delivery.id, delivery.at);
        }
        request
    }

    fn note(&self, row: u8, what: impl Into<String>) {
        self.seen.lock().unwrap().entry(row).or_default().push(what.into());
    }

    /// Notes an answer in its row, and what it says of redirects, lateness and leaks in theirs.
    fn judge(&self, row: u8, result: &Result<Response, TransportError>) {
        match result {
            Ok(response) if (300..400).contains(&response.status) => {
                self.note(18, response.status.to_string());
                self.note(row, ELSEWHERE);
            }
            Ok(response) if row == 24 => self.note(row, format!("{}XX", response.status / 100)),
            Ok(response) => {
                let text = String::from_utf8_lossy(&response.body);
                if response.status == 400 && (text.contains("\tat ") || text.contains("/srv/")) {
                    self.note(25, text);
                }
                let untyped = !response.body.is_empty() && response.headers.media_type().is_none();
                let allow = response.status != 405 || response.headers.get("allow").is_some();
                self.note(
                    row,
                    format!(
                        "{}{}{}",
                        response.status,
                        if untyped { " untyped" } else { "" },
                        if allow { "" } else { " without allow" }
                    ),
                );
            }
            Err(error) if error.kind == Kind::ReadTimeout && row == 1 => {
                self.note(2, "late");
                self.note(row, ELSEWHERE);
            }
            Err(error) => self.note(row, format!("{:?}", error.kind)),
        }
    }

    async fn send(&self, row: u8, request: &Request) {
        let patience = if matches!(row, 1 | 23) { HELD } else { LONG };
        self.judge(row, &self.client.send_once(request, patience).await.result);
    }

    async fn deliver(&self, row: u8, value: &Value) {
        self.send(row, &self.signed(&self.of(value))).await;
    }

    async fn bodies(&self, row: u8, bodies: Vec<Vec<u8>>) {
        for body in bodies {
            self.send(row, &self.signed(&self.delivery(body))).await;
        }
    }

    /// Everything that a certification asks, once.
    async fn survey(&self) -> Seen {
        self.accepted().await;
        self.repeated().await;
        if self.signing.is_some() {
            self.refused_signatures().await;
            self.accepted_signatures().await;
        }
        self.refused().await;
        if self.partner.pki.is_some() {
            self.secure().await;
        }
        self.hostile().await;
        self.burst().await;
        self.partial().await;
        self.stop.cancel();
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    async fn accepted(&self) {
        for (entity, name) in [("QUOTATION", "UPDATED"), ("CONTRACT", "ACTIVATED"), ("SIGNATURE", "COMPLETE")] {
            self.deliver(1, &event(entity, name)).await;
        }
        let mut extended = event("SIGNATURE", "IN_ERROR");
        extended["details"] = json!([{"subject": "SIGNATURE", "unknown": {"a": [1]}}]);
        self.deliver(11, &extended).await;
        extended = event("SIGNATURE", "IN_ERROR");
        extended["unknown"] = json!(null);
        self.deliver(11, &extended).await;
        self.deliver(12, &event("SIGNATURE", "PAUSED")).await;
        self.deliver(12, &event("INVOICE", "UPDATED")).await;
        let mut anonymous = event("SIGNATURE", "INITIATED");
        anonymous.as_object_mut().unwrap().remove("id");
        self.deliver(13, &anonymous).await;
    }

    async fn repeated(&self) {
        let twice = self.of(&event("QUOTATION", "UPDATED"));
        for _ in 0..2 {
            self.send(3, &self.signed(&twice)).await;
        }
        let many = self.signed(&self.of(&event("QUOTATION", "UPDATED")));
        let answers = join_all((0..10).map(|_| self.client.send_once(&many, LONG))).await;
        let statuses: BTreeSet<_> =
            answers.iter().map(|sent| sent.result.as_ref().map(|r| r.status).map_err(|e| e.kind)).collect_set();
        self.note(4, format!("{statuses:?}"));
        let mut of = event("PROPOSAL", "DECISION_REACHED");
        of["id"] = json!("ordered");
        self.deliver(5, &of).await;
        of["timestamp"] = json!((now() - minutes(10)).to_string());
        self.deliver(5, &of).await;
        for hours in [1, 2, 3] {
            let mut old = event("PREPARED_CONTRACT", "UPDATED");
            old["timestamp"] = json!((now() - minutes(60 * hours)).to_string());
            self.deliver(6, &old).await;
        }
    }

    async fn refused_signatures(&self) {
        let signing = self.signing.as_ref().unwrap();
        let value = event("QUOTATION", "UPDATED");
        let delivery = self.of(&value);
        self.send(7, &self.plain(&delivery)).await;
        let mut tampered = self.signed(&self.of(&value));
        tampered.body = value.to_string().replace("UPDATED", "EXPIRED").into();
        self.send(7, &tampered).await;
        let delivery = self.of(&value);
        let mut foreign = self.plain(&delivery);
        signing.stranger().sign(&mut foreign, &delivery.id, delivery.at);
        self.send(7, &foreign).await;
        let mut cut = self.signed(&self.of(&value));
        signing.truncate(&mut cut);
        self.send(7, &cut).await;
        for at in [now() - minutes(6), now() + minutes(6)] {
            self.send(8, &self.signed(&Delivery { at, ..self.of(&value) })).await;
        }
    }

    async fn accepted_signatures(&self) {
        let signing = self.signing.as_ref().unwrap();
        let value = event("QUOTATION", "UPDATED");
        let stranger = signing.stranger();
        for (first, second) in [(&stranger, signing), (signing, &stranger)] {
            let delivery = self.of(&value);
            let mut request = self.plain(&delivery);
            second.sign_beside(first, &mut request, &delivery.id, delivery.at);
            self.send(9, &request).await;
        }
        self.bodies(10, vec![format!("{value:#}\n").into(), value.to_string().replace("UPDATED", "\\u0055PDATED").into()]).await;
    }

    async fn refused(&self) {
        let value = event("QUOTATION", "UPDATED");
        let mut incomplete = value.clone();
        incomplete.as_object_mut().unwrap().remove("event");
        let half = value.to_string()[..20].to_owned();
        self.bodies(14, vec![incomplete.to_string().into(), half.into(), b"this is not JSON".to_vec(), Vec::new()]).await;
        for media_type in ["text/plain", "application/xml"] {
            self.send(15, &self.signed(&Delivery { media_type, ..self.of(&value) })).await;
        }
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let body = if method == "PUT" { value.to_string().into_bytes() } else { Vec::new() };
            self.send(16, &self.signed(&Delivery { method, body, ..self.of(&value) })).await;
        }
        let mut handshake = Request::new("OPTIONS", self.url());
        handshake.headers.push("WebHook-Request-Origin", "sender.example");
        let answer = self.client.send_once(&handshake, LONG).await.result;
        let allowed = answer.as_ref().ok().and_then(|r| r.headers.get("webhook-allowed-origin").map(str::to_owned));
        self.note(17, format!("{:?} {allowed:?}", answer.map(|r| r.status).map_err(|e| e.kind)));
        if self.authorized {
            for value in [None, Some("Bearer abd"), Some("Bearer")] {
                let mut request = self.signed(&self.of(&event("QUOTATION", "UPDATED")));
                request.headers.remove("authorization");
                request.headers = request.headers.iter().chain(value.map(|v| ("authorization", v))).collect();
                self.send(21, &request).await;
            }
        }
    }

    async fn secure(&self) {
        let anyone = DialOptions { tls: TlsOptions { trust_anyone: true, ..self.dial.tls.clone() }, ..self.dial.clone() };
        let line = dial(&self.url(), &anyone).await.unwrap();
        let facts = line.tls().unwrap();
        self.note(20, format!("{} {:?}", facts.version, facts.distrust));
        for old in [OldTls::Tls10, OldTls::Tls11, OldTls::Tls12] {
            self.note(20, format!("{old:?} {:?}", agrees_to(&self.url(), &anyone, old).await.map_err(|e| e.kind)));
        }
        if self.profile == Profile::Mtls {
            for identity in [None, Some(identity_of_nobody(now()).unwrap())] {
                let mut options = anyone.clone();
                options.tls.identity_pem = identity;
                let request = self.signed(&self.of(&event("QUOTATION", "UPDATED")));
                let asked = async {
                    let mut line = dial(&self.url(), &options).await?;
                    line.write(&encode_request(&request)).await?;
                    line.read_response("POST", 1024, LONG).await
                };
                self.judge(20, &asked.await);
            }
        }
    }

    async fn hostile(&self) {
        let text = event("QUOTATION", "UPDATED").to_string();
        let with = |member: &str| text.replace("\"id\"", &format!("\"unknown\":{member},\"id\"")).into_bytes();
        let mut invalid = with("\"?\"");
        let at = invalid.iter().position(|b| *b == b'?').unwrap();
        invalid[at] = 0xc0;
        let deep = with(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
        let double = text.replace("\"id\"", "\"event\":\"UPDATED\",\"id\"").into_bytes();
        let marked = format!("\u{feff}{text}").into_bytes();
        self.bodies(24, vec![deep, double, marked, invalid, with("\"\\ud800\""), with("1e99999")]).await;
        let large = self.signed(&self.delivery(with(&format!("\"{}\"", "x".repeat(2 * 1024 * 1024)))));
        let asked = async {
            let mut line = dial(
                &self.url(),
                &DialOptions { tls: TlsOptions { trust_anyone: true, ..self.dial.tls.clone() }, ..self.dial.clone() },
            )
            .await?;
            line.send_watching(&encode_request(&large), "POST", 1024, LONG).await
        };
        self.judge(22, &asked.await);
        self.deliver(22, &event("QUOTATION", "UPDATED")).await;
    }

    async fn burst(&self) {
        let requests: Vec<_> = (0..50).map(|_| self.signed(&self.of(&event("QUOTATION", "UPDATED")))).collect();
        let answers = join_all(requests.iter().map(|request| self.client.send_once(request, LONG))).await;
        let shown = |result: &Result<Response, TransportError>| match result {
            Ok(r) => format!("{}{}", r.status, if r.headers.get("retry-after").is_some() { " later" } else { "" }),
            Err(error) => format!("{:?}", error.kind),
        };
        let all: BTreeSet<_> = answers.iter().map(|sent| shown(&sent.result)).collect();
        self.note(19, format!("{all:?}"));
        if let Some(at) = answers.iter().position(|sent| shown(&sent.result).ends_with("later")) {
            self.send(19, &requests[at]).await;
        }
        self.deliver(19, &event("QUOTATION", "UPDATED")).await;
    }

    async fn partial(&self) {
        let options = DialOptions { tls: TlsOptions { trust_anyone: true, ..self.dial.tls.clone() }, ..self.dial.clone() };
        let request = encode_request(&self.signed(&self.of(&event("QUOTATION", "UPDATED"))));
        let mut line = dial(&self.url(), &options).await.unwrap();
        line.write(&request[..request.len() - 5]).await.unwrap();
        let meanwhile = async {
            // Once the head is there for certain: the other one came later.
            tokio::time::sleep(Duration::from_millis(100)).await;
            self.deliver(23, &event("QUOTATION", "UPDATED")).await;
        };
        let (given_up, ()) = tokio::join!(line.closed(HELD), meanwhile);
        self.note(23, format!("given up: {given_up}"));
    }
}

fn base64_of_a_seed() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode([7; 32])
}

trait CollectSet {
    fn collect_set(self) -> BTreeSet<String>;
}

impl<I: Iterator<Item = Result<u16, Kind>>> CollectSet for I {
    fn collect_set(self) -> BTreeSet<String> {
        self.map(|result| format!("{result:?}")).collect()
    }
}

/// The rows in which two surveys differ; what is judged elsewhere differs from nothing.
fn differing(right: &Seen, other: &Seen) -> BTreeSet<u8> {
    let rows: BTreeSet<u8> = right.keys().chain(other.keys()).copied().collect();
    let same = |a: &[String], b: &[String]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a == ELSEWHERE || b == ELSEWHERE)
    };
    let of = |seen: &Seen, row: u8| seen.get(&row).cloned().unwrap_or_default();
    rows.into_iter().filter(|row| !same(&of(right, *row), &of(other, *row))).collect()
}

fn setup(needs: Needs) -> (Profile, bool, bool) {
    match needs {
        Needs::Tls => (Profile::Laas, false, true),
        Needs::ClientCertificate => (Profile::Mtls, false, true),
        _ => (Profile::StandardWebhooks, true, false),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_right_partner_is_right_in_every_profile() {
    for profile in Profile::ALL {
        let seen = Bench::new(*profile, true, false, &[]).await.survey().await;
        let signs = profile.scheme().is_some();
        let mut expected: Vec<(u8, &[&str])> = vec![
            (1, &["204", "204", "204"]),
            (3, &["204", "204"]),
            (4, &["{\"Ok(204)\"}"]),
            (5, &["204", "204"]),
            (6, &["204", "204", "204"]),
            (11, &["204", "204"]),
            (12, &["204", "204"]),
            (13, &["204"]),
            (14, &["400", "400", "400", "400"]),
            (15, &["415", "415"]),
            (16, &["405", "405", "405", "405"]),
            (17, &["Ok(200) Some(\"sender.example\")"]),
            (19, &["{\"204\"}", "204"]),
            (21, &["401", "401", "401"]),
            (22, &["413", "204"]),
            (23, &["204", "given up: true"]),
            (24, &["4XX", "4XX", "2XX", "4XX", "4XX", "4XX"]),
        ];
        if signs {
            expected.extend([
                (7, &["401", "401", "401", "401"][..]),
                (8, &["401", "401"]),
                (9, &["204", "204"]),
                (10, &["204", "204"]),
            ]);
        }
        if *profile == Profile::Mtls {
            expected.push((20, &["TLSv1.3 None", "Tls10 Ok(false)", "Tls11 Ok(false)", "Tls12 Ok(false)", "Tls", "Tls"]));
        }
        let expected: Seen =
            expected.into_iter().map(|(row, all)| (row, all.iter().map(|s| (*s).to_owned()).collect())).collect();
        assert_eq!(seen, expected, "{profile}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_shows_in_its_own_row_and_in_no_other() {
    let mut right = BTreeMap::new();
    for needs in [Needs::Nothing, Needs::Tls, Needs::ClientCertificate] {
        let (profile, authorized, tls) = setup(needs);
        right.insert(profile, Bench::new(profile, authorized, tls, &[]).await.survey().await);
    }
    let wrong: Vec<String> = stream::iter(ALL.iter().filter(|info| info.row > 0))
        .map(|info| {
            let right = &right;
            async move {
                let (profile, authorized, tls) = setup(info.needs);
                let seen = Bench::new(profile, authorized, tls, &[info.fault]).await.survey().await;
                let differing = differing(&right[&profile], &seen);
                (differing != BTreeSet::from([info.row])).then(|| format!("{}: {differing:?} {seen:?}", info.name))
            }
        })
        .buffer_unordered(6)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_of_signatures_show_under_every_signature() {
    for profile in [Profile::StandardWebhooksEd25519, Profile::HttpSignatures] {
        let right = Bench::new(profile, false, false, &[]).await.survey().await;
        for info in ALL.iter().filter(|info| info.needs == Needs::Signature) {
            let seen = Bench::new(profile, false, false, &[info.fault]).await.survey().await;
            assert_eq!(differing(&right, &seen), BTreeSet::from([info.row]), "{profile} {} {seen:?}", info.name);
        }
    }
}

#[tokio::test]
async fn bad_input_is_bad_input() {
    for (fault, expected) in [
        (Fault::Hangs, Kind::ReadTimeout),
        (Fault::ClosesAtOnce, Kind::Reset),
        (Fault::Garbage, Kind::Protocol),
        (Fault::EndlessHead, Kind::TooLarge),
        (Fault::EndlessBody, Kind::TooLarge),
        (Fault::GiganticBody, Kind::TooLarge),
        (Fault::Drips, Kind::ReadTimeout),
    ] {
        assert_eq!(fault.info().row, 0);
        let bench = Bench::new(Profile::Laas, false, false, &[fault]).await;
        let request = bench.signed(&bench.of(&event("QUOTATION", "UPDATED")));
        let asked = async {
            let mut line = dial(&bench.url(), &bench.dial).await?;
            line.write(&encode_request(&request)).await?;
            let patience = if expected == Kind::ReadTimeout { Duration::from_millis(300) } else { LONG };
            line.read_response("POST", 100_000, patience).await
        };
        assert_eq!(asked.await.map_err(|e| e.kind), Err(expected), "{fault}");
    }
}

#[tokio::test]
async fn effects_can_be_read_back() {
    let bench = Bench::new(Profile::Laas, false, false, &[]).await;
    let read = async |id: &str| {
        let url = bench.partner.read_back().replace("{id}", id);
        let answer = bench.client.send_once(&Request::new("GET", url), LONG).await.result.unwrap();
        serde_json::from_slice::<Value>(&answer.body).unwrap()
    };
    let (mut young, mut old) = (event("SIGNATURE", "COMPLETE"), event("SIGNATURE", "IN_PROGRESS"));
    old["timestamp"] = json!((now() - minutes(10)).to_string());
    young["timestamp"] = json!((now() - minutes(1)).to_string());
    let (young, old) = (bench.of(&young), bench.of(&old));
    assert_eq!(read(&young.id).await, json!({"count": 0, "latest": null}));
    for delivery in [&young, &old, &young, &old] {
        assert_eq!(bench.client.send_once(&bench.signed(delivery), LONG).await.result.map(|r| r.status), Ok(204));
    }
    assert_eq!(read(&young.id).await, json!({"count": 1, "latest": "COMPLETE"}));
    assert_eq!(read(&old.id).await, json!({"count": 1, "latest": "COMPLETE"}));
}

#[tokio::test]
async fn the_entity_is_asked_for_once_after_a_signature() {
    use crate::net::server::{Reply, handler, serve};
    let listener = bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let platform = handler(move |request: Request, _| {
        let _ = sender.send(format!("{} {}", request.method, request.url));
        async { Reply::Respond(Response::new(404)) }
    });
    tokio::spawn(serve(listener, platform, CancellationToken::new()));
    let options = PartnerOptions { follow_up: Some(base), ..PartnerOptions::default() };
    let partner = start(bind("127.0.0.1:0").await.unwrap(), options, CancellationToken::new()).await.unwrap();
    let client = Client::new(&ClientOptions::default()).unwrap();
    for (id, entity, of) in
        [("a", "QUOTATION", "q"), ("b", "SIGNATURE", "s/../1"), ("b", "SIGNATURE", "s/../1"), ("c", "SIGNATURE", "last")]
    {
        let mut request = Request::new("POST", format!("{}/notifications", partner.url));
        request.headers.push("content-type", "application/json; charset=utf-8");
        request.headers.push("webhook-id", id);
        let mut value = event(entity, "COMPLETE");
        value["id"] = json!(of);
        request.body = value.to_string().into();
        assert_eq!(client.send(&request, LONG).await.result.map(|r| r.status), Ok(204));
    }
    let mut both = vec![asked.recv().await.unwrap(), asked.recv().await.unwrap()];
    both.sort();
    assert_eq!(both, ["GET /contract-signature/v1/signatures/last", "GET /contract-signature/v1/signatures/s%2F%2E%2E%2F1"]);
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn faults_that_cannot_show_are_refused() {
    for (fault, profile) in [
        (Fault::Reserialises, Profile::Laas),
        (Fault::NoAuthorizationAccepted, Profile::StandardWebhooks),
        (Fault::CertificateExpired, Profile::Laas),
        (Fault::AnyClientAccepted, Profile::Laas),
    ] {
        let secret = Some(Secret::new(SHARED.to_owned()));
        let options = PartnerOptions { profile, secret, faults: vec![fault], ..PartnerOptions::default() };
        let refused = start(bind("127.0.0.1:0").await.unwrap(), options, CancellationToken::new()).await.unwrap_err();
        assert!(refused.contains(fault.info().needs.words()), "{refused}");
    }
    let keyless = PartnerOptions { profile: Profile::LaasHmac, ..PartnerOptions::default() };
    assert!(start(bind("127.0.0.1:0").await.unwrap(), keyless, CancellationToken::new()).await.is_err());
}
