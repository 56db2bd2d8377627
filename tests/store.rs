//! A sandbox that is killed a hundred times loses nothing it accepted, and makes nothing up.
//!
//! Through the binary: a client creates, a listener answers well, badly, late or never, the process is killed at points drawn from
//! the round's number. Waits for conditions alone, never for a length of time.

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;
use support::{BINARY, Bench};

const ROUNDS: u64 = 100;
/// Long enough that only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(60);
const LIST: &str = "/laas-notifications/v1/partners/PARTNER-1/notifications";

/// SplitMix64: the same points of every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// Where in a delivery the process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Byte {
    BeforeBody,
    BeforeAnswer,
    WithinAnswer,
    AfterAnswer,
}

const BYTES: [Byte; 4] = [Byte::BeforeBody, Byte::BeforeAnswer, Byte::WithinAnswer, Byte::AfterAnswer];

/// One delivery that arrived whole.
#[derive(Debug)]
struct Arrival {
    round: u64,
    /// 204 was written to its end.
    acknowledged: bool,
}

/// What the listener has seen, and what it is to do.
#[derive(Default)]
struct Book {
    round: u64,
    /// Sandbox processes are killed at this delivery of the round, at this byte.
    trap: Option<(u64, Byte)>,
    arrived_in_round: u64,
    active: u64,
    synced: u64,
    arrivals: BTreeMap<String, Vec<Arrival>>,
    bodies: BTreeMap<String, Vec<u8>>,
    /// Ids whose acknowledgement was seen in `/_control/deliveries`.
    recorded: BTreeSet<String>,
    wrong: Vec<String>,
}

struct Listener {
    book: Mutex<Book>,
    changed: Condvar,
    /// Completed operations of the client: a slow answer waits for the next one.
    operations: AtomicU64,
    /// While this is true nothing is slow: the client waits for the deliveries.
    prompt: AtomicBool,
    victim: Mutex<Option<Victim>>,
    port: u16,
}

impl Listener {
    fn start() -> Arc<Self> {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = socket.local_addr().expect("its address").port();
        let listener = Arc::new(Self {
            book: Mutex::default(),
            changed: Condvar::new(),
            operations: AtomicU64::new(0),
            prompt: AtomicBool::new(false),
            victim: Mutex::new(None),
            port,
        });
        let shared = Arc::clone(&listener);
        std::thread::spawn(move || {
            for stream in socket.incoming().flatten() {
                shared.book().active += 1;
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let synced = shared.serve(stream).is_none();
                    let mut book = shared.book();
                    book.active -= 1;
                    book.synced += u64::from(synced);
                    shared.changed.notify_all();
                });
            }
        });
        listener
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("no thread panics with it")
    }

    fn kill(&self) {
        if let Some(child) = self.victim.lock().expect("no thread panics with it").as_mut() {
            child.kill();
        }
    }

    /// Waits until every delivery of a process that has ended was looked at: connections are accepted in order, so a last one of our
    /// own is behind all of them.
    fn drain(&self) {
        let before = self.book().synced;
        drop(TcpStream::connect(("127.0.0.1", self.port)).expect("the listener"));
        let until = |book: &mut Book| book.synced == before || book.active > 0;
        let (_book, timed_out) = self.changed.wait_timeout_while(self.book(), PATIENCE, until).expect("no thread panics with it");
        assert!(!timed_out.timed_out(), "the listener hangs");
    }

    /// One connection; `None` when nothing was sent on it.
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let (mut id, mut length, mut lines) = (String::new(), 0, 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return if lines == 0 { None } else { Some(()) };
            }
            lines += 1;
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("webhook-id: ") {
                id = value.to_owned();
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().unwrap_or(0);
            }
        }
        let (trap, roll) = {
            let mut book = self.book();
            book.arrived_in_round += 1;
            let trap = book.trap.filter(|(number, _)| *number == book.arrived_in_round).map(|(_, byte)| byte);
            (trap, Dice(book.round * 1_000 + book.arrived_in_round).roll(10))
        };
        let trapped = |byte| {
            if trap == Some(byte) {
                self.kill();
            }
        };
        trapped(Byte::BeforeBody);
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return Some(());
        }
        let place = self.arrived(&id, &body);
        trapped(Byte::BeforeAnswer);
        self.answer(stream, roll, trap, &id, place);
        Some(())
    }

    /// Notes a delivery, and gives its place among those of its id.
    fn arrived(&self, id: &str, body: &[u8]) -> usize {
        let mut book = self.book();
        let round = book.round;
        if book.recorded.contains(id) {
            book.wrong.push(format!("{id} came again after its acknowledgement was recorded"));
        }
        let same = book.bodies.entry(id.to_owned()).or_insert_with(|| body.to_vec()) == body;
        if !same {
            book.wrong.push(format!("{id} came with another body"));
        }
        let before = book.arrivals.entry(id.to_owned()).or_default();
        let repeated = before.last().is_some_and(|last| last.acknowledged && last.round == round);
        before.push(Arrival { round, acknowledged: false });
        let place = before.len() - 1;
        if repeated {
            book.wrong.push(format!("{id} came again after 204, and no process was killed between"));
        }
        place
    }

    fn answer(&self, mut stream: TcpStream, roll: u64, trap: Option<Byte>, id: &str, place: usize) {
        let (status, slow) = match roll {
            0 | 1 => ("503 Service Unavailable", false),
            // Closed without an answer.
            2 => return,
            3 => ("204 No Content", true),
            _ => ("204 No Content", false),
        };
        if slow && trap.is_none() {
            let seen = self.operations.load(Ordering::SeqCst);
            let waits = |_: &mut Book| self.operations.load(Ordering::SeqCst) == seen && !self.prompt.load(Ordering::SeqCst);
            drop(self.changed.wait_timeout_while(self.book(), PATIENCE, waits).expect("no thread panics with it"));
        }
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let bytes = if status.starts_with("204") { text.replace("content-length: 0\r\n", "") } else { text };
        let (half, rest) = bytes.as_bytes().split_at(12);
        let _ = stream.write_all(half);
        if trap == Some(Byte::WithinAnswer) {
            self.kill();
        }
        let whole = stream.write_all(rest).is_ok();
        if trap == Some(Byte::AfterAnswer) {
            self.kill();
        }
        if let Some(arrival) = self.book().arrivals.get_mut(id).and_then(|all| all.get_mut(place)) {
            arrival.acknowledged = whole && status.starts_with("204");
        }
    }

    /// An operation of the client has ended, or a round has.
    fn stir(&self) {
        let book = self.book();
        self.operations.fetch_add(1, Ordering::SeqCst);
        drop(book);
        self.changed.notify_all();
    }

    fn set_prompt(&self, prompt: bool) {
        let book = self.book();
        self.prompt.store(prompt, Ordering::SeqCst);
        drop(book);
        self.changed.notify_all();
    }
}

/// Ends the process that the listener may kill, where a test fails meanwhile.
struct Ward<'a>(&'a Listener);

impl Drop for Ward<'_> {
    fn drop(&mut self) {
        self.0.kill();
    }
}

/// What the client was promised.
#[derive(Default)]
struct Promises {
    /// Ids of entities whose notification was accepted, with the webhook id where it was told.
    notifications: BTreeMap<String, String>,
    signatures: BTreeSet<String>,
    events: BTreeSet<String>,
    retrieved: Vec<String>,
    /// Retrievals whose answer did not arrive: what they took is gone, as documented.
    unanswered_retrievals: u64,
    clock: Option<jiff::Timestamp>,
    token: String,
    consumer: String,
    subscription: String,
}

/// A process that does not outlive its owner, also where a test fails.
struct Victim(Child);

impl Victim {
    fn kill(&mut self) {
        let _ = self.0.kill();
    }

    /// Kills it and waits until it is gone.
    fn end(&mut self) {
        self.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.end();
    }
}

/// One sandbox process, as a client sees it.
struct Process {
    origin: String,
}

impl Process {
    fn spawn(store: &Path, config: &Path) -> Victim {
        let child = Command::new(BINARY)
            .args(["sandbox", "--bind", "127.0.0.1:0", "--store"])
            .arg(store)
            .arg("--config")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        Victim(child)
    }

    fn ready(Victim(child): &mut Victim) -> Option<Self> {
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        let origin = line.split_whitespace().find_map(|w| w.strip_prefix("http://"))?;
        Some(Self { origin: origin.trim_end_matches(';').to_owned() })
    }

    fn write(&self, method: &str, path: &str, token: &str, body: &str) -> std::io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.origin)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let form = path.starts_with("/auth/");
        let media = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: {media}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n",
            self.origin,
            body.len()
        );
        let head = if form { head.replace(&format!("authorization: Bearer {token}\r\n"), "") } else { head };
        stream.write_all(format!("{head}{body}").as_bytes())?;
        Ok(stream)
    }

    /// Status and body, when the answer arrived whole.
    fn send(&self, method: &str, path: &str, token: &str, body: &str) -> Option<(u16, Value)> {
        let mut bytes = Vec::new();
        self.write(method, path, token, body).ok()?.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.get(9..12)?.parse().ok()?;
        let length = head.to_ascii_lowercase().lines().find_map(|l| l.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if length.is_some_and(|length| length != body.len()) {
            return None;
        }
        Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
    }

    /// A call with a token, which is fetched anew where the clock has gone over the old one.
    fn call(&self, token: &mut String, client: &str, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
        let (status, answer) = self.send(method, path, token, body)?;
        if status != 401 {
            return Some((status, answer));
        }
        let form = format!("grant_type=client_credentials&{client}");
        let (_, granted) = self.send("POST", "/auth/oauth/v2/token", "", &form)?;
        granted["access_token"].as_str()?.clone_into(token);
        self.send(method, path, token, body)
    }

    fn deliveries(&self) -> Option<Vec<Value>> {
        let (status, all) = self.send("GET", "/_control/deliveries?partnerId=PARTNER-1", "", "")?;
        assert_eq!(status, 200);
        all.as_array().cloned()
    }
}

const NO_TOKEN: &str = "none";
const PARTNER: &str = "client_id=laas-partner&client_secret=laas-secret";
const CONSUMER: &str = "client_id=notification-consumer&client_secret=consumer-secret";
const ADMIN: &str = "client_id=notification-admin&client_secret=admin-secret";

/// What the client does next: everything about the operation is decided before it is sent.
fn operate(process: &Process, listener: &Listener, promises: &mut Promises, dice: &mut Dice, name: &str) -> Option<()> {
    match dice.roll(20) {
        0..=8 => {
            let body = json!({"partnerId": "PARTNER-1", "entity": "QUOTATION", "event": "UPDATED", "id": name});
            let (status, answer) = process.send("POST", "/_control/notifications", "", &body.to_string())?;
            assert_eq!(status, 200, "{answer}");
            promises.notifications.insert(name.to_owned(), answer["notificationId"].as_str()?.to_owned());
        }
        9..=11 => {
            let body = json!({"contractId": format!("SBX-COMPLETE/{name}")}).to_string();
            let path = "/contract-signature/v1/signatures";
            let (status, answer) = process.call(&mut promises.token, PARTNER, "POST", path, &body)?;
            assert_eq!(status, 201, "{answer}");
            promises.signatures.insert(answer["id"].as_str()?.to_owned());
        }
        12 | 13 => {
            let body = json!({"event_type_id": "301", "client_id": "notification-consumer", "user": {"id": name}});
            let (status, answer) = process.send("POST", "/_control/events", "", &body.to_string())?;
            assert_eq!((status, &answer["subscriptions"]), (200, &json!(1)));
            promises.events.insert(name.to_owned());
        }
        14 | 15 => {
            let path = format!("/notification/v2/subscriptions/{}/notifications", promises.subscription);
            promises.unanswered_retrievals += 1;
            let (status, answer) = process.call(&mut promises.consumer, CONSUMER, "GET", &path, "")?;
            promises.unanswered_retrievals -= 1;
            assert_eq!(status, 200, "{answer}");
            let ids = answer["results"].as_array()?.iter().filter_map(|item| item["user"]["id"].as_str());
            promises.retrieved.extend(ids.map(str::to_owned));
        }
        16 | 17 => {
            let by = ["PT30S", "PT1M", "PT25M", "PT1H"][usize::try_from(dice.roll(4)).expect("small")];
            listener.set_prompt(true);
            let answer = process.send("POST", "/_control/clock", "", &json!({"advance": by}).to_string());
            listener.set_prompt(false);
            promises.clock = Some(instant(&answer?.1["now"]));
        }
        _ => record(listener, &process.deliveries()?),
    }
    Some(())
}

/// Notes whose acknowledgement is recorded.
fn record(listener: &Listener, deliveries: &[Value]) {
    let done = deliveries.iter().filter(|d| d["outcome"] == "acknowledged").filter_map(|d| d["notificationId"].as_str());
    listener.book().recorded.extend(done.map(str::to_owned));
}

/// One process from its start to its violent end.
fn round(number: u64, store: &Path, config: &Path, listener: &Listener, promises: &mut Promises) {
    let mut dice = Dice(number);
    let way = dice.roll(8);
    {
        let mut book = listener.book();
        book.round = number;
        book.arrived_in_round = 0;
        let byte = BYTES[usize::try_from(dice.roll(4)).expect("small")];
        book.trap = (way >= 4).then_some((1 + dice.roll(4), byte));
    }
    let mut child = Process::spawn(store, config);
    if way == 0 {
        // Before it has said a word, or just then.
        if dice.roll(2) == 0 {
            Process::ready(&mut child);
        }
    } else {
        let process = Process::ready(&mut child);
        *listener.victim.lock().expect("no thread panics with it") = Some(child);
        let ward = Ward(listener);
        if let Some(process) = process {
            busy(&process, number, way, &mut dice, listener, promises);
        }
        std::mem::forget(ward);
        child = listener.victim.lock().expect("no thread panics with it").take().expect("it was put there");
    }
    child.end();
    // Nothing takes its time any more, also not what is only now read.
    listener.set_prompt(true);
    listener.drain();
    listener.set_prompt(false);
}

fn busy(process: &Process, number: u64, way: u64, dice: &mut Dice, listener: &Listener, promises: &mut Promises) {
    if let Some((_, told)) = process.send("GET", "/_control/clock", "", "") {
        assert!(Some(instant(&told["now"])) >= promises.clock, "the clock went back: {told}");
    }
    let operations = if way >= 4 { 12 } else { dice.roll(8) };
    for operation in 0..operations {
        if operate(process, listener, promises, dice, &format!("{number}-{operation}")).is_none() {
            return;
        }
        listener.stir();
    }
    if way == 3 {
        // Killed between a request and its answer: nobody was promised anything, and either is right.
        let body = json!({"partnerId": "PARTNER-1", "entity": "QUOTATION", "event": "EXPIRED", "id": format!("{number}-?")});
        drop(process.write("POST", "/_control/notifications", "", &body.to_string()));
    }
}

fn instant(text: &Value) -> jiff::Timestamp {
    text.as_str().expect("an instant").parse().expect("an instant")
}

/// Everything the partner's list holds, by entity id.
fn listed(process: &Process, token: &mut String) -> BTreeMap<String, Vec<Value>> {
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for page in 0.. {
        let (status, answer) =
            process.call(token, PARTNER, "GET", &format!("{LIST}?size=100&page={page}"), "").expect("an answer");
        assert_eq!(status, 200);
        let results = answer["results"].as_array().expect("results");
        for notification in results {
            all.entry(notification["id"].as_str().expect("an id").to_owned()).or_default().push(notification.clone());
        }
        if results.is_empty() {
            return all;
        }
    }
    unreachable!("the pages end")
}

/// The attempts at each id: in order of their numbers, one at a time, an hour apart, and none after an acknowledgement.
fn truthful(deliveries: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut of: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for delivery in deliveries {
        of.entry(delivery["notificationId"].as_str().expect("an id").to_owned()).or_default().push(delivery);
    }
    for (id, attempts) in &of {
        let numbers: Vec<_> = attempts.iter().filter_map(|d| d["attempt"].as_u64()).collect();
        assert_eq!(numbers, (1..=attempts.len() as u64).collect::<Vec<_>>(), "{id}");
        assert!(attempts.len() <= 4, "{id}: {attempts:?}");
        let acknowledged = attempts.iter().position(|d| d["outcome"] == "acknowledged");
        assert!(acknowledged.is_none_or(|at| at + 1 == attempts.len()), "{id}: {attempts:?}");
        let due: Vec<_> = attempts.iter().map(|d| instant(&d["at"])).collect();
        let hourly = due.windows(2).all(|pair| pair[1].duration_since(pair[0]).as_secs() == 3_600);
        assert!(hourly, "{id}: {attempts:?}");
    }
    of
}

#[test]
fn a_hundred_kills_lose_nothing_that_was_accepted() {
    let bench = Bench::new();
    // What the kernel holds outlives a killed process, so memory will do, and nobody waits for a busy disk.
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    let store = memory.as_ref().map_or_else(|| bench.path("store.db"), |folder| folder.path().join("store.db"));
    let config = bench.path("sandbox.yaml");
    bench.write("sandbox.yaml", "retention: 100000h\npage_size: 5\n");
    let listener = Listener::start();
    let mut promises = Promises { token: NO_TOKEN.to_owned(), consumer: NO_TOKEN.to_owned(), ..Promises::default() };

    let mut child = Process::spawn(&store, &config);
    let process = Process::ready(&mut child).expect("its address");
    let mut admin = NO_TOKEN.to_owned();
    let body = json!({"event_type_ids": ["301"], "client_id": "notification-consumer"}).to_string();
    let (_, made) = process.call(&mut admin, ADMIN, "POST", "/notification/v2/subscriptions", &body).expect("an answer");
    made["id"].as_str().expect("an id").clone_into(&mut promises.subscription);
    let body = json!({"url": format!("http://127.0.0.1:{}/hook", listener.port)}).to_string();
    let path = "/laas-notifications/v1/partners/PARTNER-1/callback";
    assert_eq!(process.call(&mut promises.token, PARTNER, "PUT", path, &body).expect("an answer").0, 201);
    child.end();

    for number in 1..=ROUNDS {
        round(number, &store, &config, &listener, &mut promises);
    }

    listener.book().trap = None;
    listener.book().round = ROUNDS + 1;
    listener.set_prompt(true);
    let mut child = Process::spawn(&store, &config);
    let process = Process::ready(&mut child).expect("its address");
    // Scripts end, then every replay falls due.
    for by in ["PT10M", "PT6H"] {
        let advanced = process.send("POST", "/_control/clock", "", &json!({"advance": by}).to_string()).expect("an answer");
        assert_eq!(advanced.0, 200);
    }
    let listed = listed(&process, &mut promises.token);
    let total: usize = listed.values().map(Vec::len).sum();
    // One that took its time is not through yet when the clock is.
    let began = std::time::Instant::now();
    let deliveries = loop {
        let deliveries = process.deliveries().expect("an answer");
        let settled =
            truthful(&deliveries).values().filter(|of| of.len() == 4 || of[of.len() - 1]["outcome"] == "acknowledged").count();
        if settled == total {
            break deliveries;
        }
        assert!(began.elapsed() < PATIENCE, "{settled} of {total} notifications were acknowledged or failed four times");
    };
    loop {
        let before = promises.retrieved.len();
        let path = format!("/notification/v2/subscriptions/{}/notifications", promises.subscription);
        let (_, answer) = process.call(&mut promises.consumer, CONSUMER, "GET", &path, "").expect("an answer");
        let ids = answer["results"].as_array().expect("results").iter().filter_map(|item| item["user"]["id"].as_str());
        promises.retrieved.extend(ids.map(str::to_owned));
        if promises.retrieved.len() == before {
            break;
        }
    }
    child.end();
    judge(&promises, &listed, &deliveries, &listener.book());
}

fn judge(promises: &Promises, listed: &BTreeMap<String, Vec<Value>>, deliveries: &[Value], book: &Book) {
    let attempts = truthful(deliveries);
    assert_eq!(book.wrong, Vec::<String>::new());
    // What was accepted is listed; a signature with its whole scripted future.
    for (id, webhook_id) in &promises.notifications {
        assert_eq!(listed.get(id).map(Vec::len), Some(1), "{id} was accepted and is not listed once");
        assert!(attempts.contains_key(webhook_id), "{id} was accepted and no attempt at {webhook_id} was made");
    }
    for id in &promises.signatures {
        let events: Vec<_> = listed.get(id).into_iter().flatten().map(|n| n["event"].clone()).collect();
        assert_eq!(events, ["INITIATED", "IN_PROGRESS", "COMPLETE"], "{id}");
    }
    // What the list holds was attempted, with these very bytes, and what was attempted stands in the list.
    let mut shown: Vec<String> = listed.values().flatten().map(Value::to_string).collect();
    let mut sent: Vec<String> = book.bodies.values().map(|b| String::from_utf8_lossy(b).into_owned()).collect();
    shown.sort_unstable();
    sent.sort_unstable();
    assert_eq!(shown, sent, "the list and the bodies that arrived");
    let lost = attempts.iter().filter(|(id, of)| {
        let delivered = book.arrivals.get(*id).is_some_and(|all| all.iter().any(|a| a.acknowledged));
        !delivered && of.len() < 4
    });
    assert_eq!(lost.count(), 0, "acknowledged, or failed four times");
    // A read-once item comes at most once, and only a retrieval whose answer was lost may have taken it along.
    let once: BTreeSet<&String> = promises.retrieved.iter().collect();
    assert_eq!(once.len(), promises.retrieved.len(), "an item was retrieved twice");
    let missing = promises.events.iter().filter(|id| !once.contains(id)).count() as u64;
    assert!(missing <= promises.unanswered_retrievals * 5, "{missing} items are gone");

    let acknowledged = attempts.values().filter(|of| of[of.len() - 1]["outcome"] == "acknowledged").count();
    let repeated: usize = book.arrivals.values().map(|all| all.iter().filter(|a| a.acknowledged).count().saturating_sub(1)).sum();
    let arrived: usize = book.arrivals.values().map(Vec::len).sum();
    let accepted = promises.notifications.len() + promises.signatures.len() * 3;
    assert!(repeated as u64 <= ROUNDS, "at most one notification is under way in a lane when it is killed after 204");
    assert!(accepted > 200 && repeated > 0, "the kills hit something");
    let _ = writeln!(
        std::io::stderr(),
        "{ROUNDS} kills: {accepted} notifications accepted ({} listed), {acknowledged} acknowledged, {} failed four times, 0 lost; \
         {arrived} deliveries, {repeated} of them duplicates caused by kills; {} items retrieved once, {missing} on the way when the \
         process ended",
        attempts.len(),
        attempts.len() - acknowledged,
        once.len(),
    );
}

#[test]
fn an_unusable_store_is_said_so_before_anything_is_served() {
    let bench = Bench::new();
    bench.write("text", &"this is no database ".repeat(100));
    let ran = bench.run(&["sandbox", "--bind", "127.0.0.1:0", "--store", "text"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("sandbox/store") && ran.err.contains("no SQLite database") && ran.err.contains("help"),
        "{}",
        ran.err
    );

    let mut child = Process::spawn(&bench.path("shared"), &{
        bench.write("empty.yaml", "page_size: 1\n");
        bench.path("empty.yaml")
    });
    let first = Process::ready(&mut child).expect("its address");
    let ran = bench.run(&["sandbox", "--bind", "127.0.0.1:0", "--store", "shared"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("in use by another process") && ran.err.contains("help"), "{}", ran.err);
    assert_eq!(first.send("GET", "/_control/clock", "", "").map(|a| a.0), Some(200), "the first one goes on");
    child.end();
}
