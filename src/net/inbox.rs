//! A listener for what others send us: every request is kept under the first segment of its path.
//!
//! Stores requests in order, answers them by a script and wakes those who wait for them. Never judges a request, never
//! verifies a signature, and never polls.

use crate::base::clock::Clock;
use crate::model::http::{Request, Response};
use crate::net::server::{Handler, Limits, Reply, serve_within};
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A request that came in.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its number under its key, from 0 in order of arrival.
    pub number: u64,
    /// The request; its URL is the request target without the key.
    pub request: Request,
    /// The wall time of its arrival.
    pub received_at: Timestamp,
    /// Its arrival on the monotonic clock.
    pub at: Instant,
    /// What was answered; `None` while an answer is held back and where the connection was dropped.
    pub answered: Option<Response>,
}

/// One answer of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// This status without headers and body.
    Status(u16),
    /// This response.
    Respond(Response),
    /// The connection dropped without an answer.
    Close,
    /// Another answer after this time.
    Delay(Duration, Box<Answer>),
}

/// The answers to the attempts of one delivery: the k-th attempt gets the k-th answer, the last one repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The answers in order; of an empty list every answer is 204.
    pub answers: Vec<Answer>,
}

impl Default for Script {
    fn default() -> Self {
        Self { answers: vec![Answer::Status(204)] }
    }
}

impl Script {
    fn answer(&self, attempt: usize) -> Answer {
        self.answers.get(attempt).or(self.answers.last()).cloned().unwrap_or(Answer::Status(204))
    }
}

/// What makes two requests attempts of one delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Delivery {
    Id(String),
    Body(Bytes),
}

impl Delivery {
    fn of(request: &Request) -> Self {
        match request.headers.get("webhook-id") {
            Some(id) => Self::Id(id.to_owned()),
            None => Self::Body(request.body.clone()),
        }
    }
}

#[derive(Default)]
struct Slot {
    received: Vec<Received>,
    attempts: HashMap<Delivery, usize>,
    script: Script,
    arrival: Arc<Notify>,
}

#[derive(Default)]
struct Shelf {
    slots: BTreeMap<String, Slot>,
    strays: Vec<Received>,
    dead: Vec<TcpSocket>,
}

/// A running listener; clones share it.
#[derive(Clone)]
pub struct Inbox {
    shelf: Arc<Mutex<Shelf>>,
    base: Arc<str>,
    addr: SocketAddr,
}

impl Inbox {
    /// Serves `listener` until `stop`; the handle ends when the last connection has.
    ///
    /// `public_url` is what others reach the listener by, where that differs from the address it is bound to.
    ///
    /// # Errors
    /// A lower-case fragment, when the listener has no address.
    pub fn start(
        listener: TcpListener,
        public_url: Option<&str>,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<(Self, JoinHandle<()>), String> {
        let addr = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
        let base = public_url.map_or_else(|| format!("http://{}", reachable(addr)), |url| url.trim_end_matches('/').to_owned());
        let inbox = Self { shelf: Arc::default(), base: base.into(), addr };
        let task = tokio::spawn(serve_within(listener, inbox.handler(clock), stop, Limits::default()));
        Ok((inbox, task))
    }

    /// The address it is bound to.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL under which requests are kept for `key`, a single path segment; opens the key.
    #[must_use]
    pub fn url(&self, key: &str) -> String {
        self.lock().slots.entry(key.to_owned()).or_default();
        format!("{}/{key}", self.base)
    }

    /// Sets how requests under `key` are answered from now on. Attempts counted before go on counting.
    pub fn respond(&self, key: &str, script: Script) {
        self.lock().slots.entry(key.to_owned()).or_default().script = script;
    }

    /// The requests under `key` numbered `from` and up, as of now.
    #[must_use]
    pub fn received(&self, key: &str, from: u64) -> Vec<Received> {
        self.lock().slots.get(key).map(|slot| since(slot, from)).unwrap_or_default()
    }

    /// The requests that were under no key, with their URL as received.
    #[must_use]
    pub fn strays(&self) -> Vec<Received> {
        self.lock().strays.clone()
    }

    /// Forgets `key` and all that is kept for it; what comes later under it is a stray.
    pub fn forget(&self, key: &str) {
        if let Some(slot) = self.lock().slots.remove(key) {
            slot.arrival.notify_waiters();
        }
    }

    /// Waits until there is a request under `key` numbered `from` or up, and gives all of those; none at the deadline.
    /// Opens the key.
    pub async fn wait(&self, key: &str, from: u64, deadline: Instant) -> Vec<Received> {
        let arrival = Arc::clone(&self.lock().slots.entry(key.to_owned()).or_default().arrival);
        loop {
            let woken = arrival.notified();
            tokio::pin!(woken);
            // Registered before looking, so that an arrival in between is not missed.
            woken.as_mut().enable();
            let received = self.received(key, from);
            if !received.is_empty() {
                return received;
            }
            if tokio::time::timeout_at(deadline.into(), woken).await.is_err() {
                return self.received(key, from);
            }
        }
    }

    /// A URL on a loopback port that nothing listens on. The port stays taken while the inbox lives, so that nobody else can
    /// come to listen there.
    ///
    /// # Errors
    /// A lower-case fragment, when no port is to be had.
    pub fn dead_url(&self) -> Result<String, String> {
        let no_port = |error: std::io::Error| format!("no port to be had for a dead URL: {error}");
        let socket = TcpSocket::new_v4().map_err(no_port)?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(no_port)?;
        let addr = socket.local_addr().map_err(no_port)?;
        self.lock().dead.push(socket);
        Ok(format!("http://{addr}"))
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handler(&self, clock: Arc<dyn Clock>) -> Handler {
        let inbox = self.clone();
        crate::net::server::handler(move |request, _| {
            let (inbox, received_at) = (inbox.clone(), clock.now());
            async move { inbox.take(request, received_at).await }
        })
    }

    async fn take(&self, request: Request, received_at: Timestamp) -> Reply {
        let (mut answer, place) = self.store(request, received_at);
        while let Answer::Delay(time, after) = answer {
            tokio::time::sleep(time).await;
            answer = *after;
        }
        let Some(response) = response(&answer) else { return Reply::Close };
        if let Some((key, number)) = place {
            self.note(&key, number, &response);
        }
        Reply::Respond(response)
    }

    /// Keeps a request; gives its answer and where it is kept.
    fn store(&self, mut request: Request, received_at: Timestamp) -> (Answer, Option<(String, u64)>) {
        let at = Instant::now();
        let mut shelf = self.lock();
        let split = split_key(&request.url).filter(|(key, _)| shelf.slots.contains_key(*key));
        let Some((key, rest)) = split.map(|(key, rest)| (key.to_owned(), rest)) else {
            let number = shelf.strays.len() as u64;
            let answered = Some(Response::new(404));
            shelf.strays.push(Received { number, request, received_at, at, answered });
            return (Answer::Status(404), None);
        };
        request.url = rest;
        let slot = shelf.slots.entry(key.clone()).or_default();
        let attempt = slot.attempts.entry(Delivery::of(&request)).or_default();
        let answer = slot.script.answer(*attempt);
        *attempt += 1;
        let number = slot.received.len() as u64;
        // Known at once unless held back, so that whoever is woken by the arrival sees it.
        let answered = response(&answer);
        slot.received.push(Received { number, request, received_at, at, answered });
        slot.arrival.notify_waiters();
        (answer, Some((key, number)))
    }

    fn note(&self, key: &str, number: u64, response: &Response) {
        let index = usize::try_from(number).unwrap_or(usize::MAX);
        if let Some(received) = self.lock().slots.get_mut(key).and_then(|slot| slot.received.get_mut(index)) {
            received.answered = Some(response.clone());
        }
    }
}

fn response(answer: &Answer) -> Option<Response> {
    match answer {
        Answer::Status(status) => Some(Response::new(*status)),
        Answer::Respond(response) => Some(response.clone()),
        Answer::Close | Answer::Delay(..) => None,
    }
}

fn since(slot: &Slot, from: u64) -> Vec<Received> {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    slot.received.get(from..).map(<[Received]>::to_vec).unwrap_or_default()
}

/// The first segment of a request target, and the target without it.
fn split_key(target: &str) -> Option<(&str, String)> {
    let rest = target.strip_prefix('/')?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (key, rest) = rest.split_at(end);
    Some((key, if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") }))
}

/// The address to call a listener by that may be bound to all addresses.
fn reachable(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, v6.port())),
        given => given,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Inbox, Script, split_key};
    use crate::base::clock::ManualClock;
    use crate::model::exchange::TransportErrorKind;
    use crate::model::http::{Request, Response};
    use crate::net::client::{Client, ClientOptions};
    use crate::net::server::bind;
    use jiff::Timestamp;
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use tokio_util::sync::CancellationToken;

    const LONG: Duration = Duration::from_secs(60);

    async fn inbox() -> Inbox {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let listener = bind("127.0.0.1:0").await.unwrap();
        Inbox::start(listener, None, clock, CancellationToken::new()).unwrap().0
    }

    fn client() -> Client {
        Client::new(&ClientOptions::default()).unwrap()
    }

    async fn post(url: &str, id: Option<&str>, body: &'static str) -> Result<u16, TransportErrorKind> {
        let mut request = Request::new("POST", url);
        if let Some(id) = id {
            request.headers.push("webhook-id", id);
        }
        request.body = body.into();
        client().send_once(&request, LONG).await.result.map(|r| r.status).map_err(|e| e.kind)
    }

    #[tokio::test]
    async fn requests_are_kept_in_order_under_their_key() {
        let inbox = inbox().await;
        let (a, b) = (inbox.url("k1"), inbox.url("k17"));
        assert_eq!(post(&format!("{a}/notifications?x=1"), None, "1").await, Ok(204));
        assert_eq!(post(&b, None, "2").await, Ok(204));
        assert_eq!(post(&format!("{a}?y"), None, "3").await, Ok(204));
        let of_a: Vec<_> = inbox.received("k1", 0).into_iter().map(|r| (r.number, r.request.url, r.request.body)).collect();
        assert_eq!(of_a, [(0, "/notifications?x=1".to_owned(), "1".into()), (1, "/?y".to_owned(), "3".into())]);
        let of_b = inbox.received("k17", 0);
        assert_eq!((of_b.len(), &*of_b[0].request.url, of_b[0].received_at), (1, "/", Timestamp::UNIX_EPOCH));
        assert_eq!(of_b[0].answered, Some(Response::new(204)));
        assert!(inbox.received("k17", 1).is_empty());
    }

    #[tokio::test]
    async fn what_is_under_no_key_is_a_stray() {
        let inbox = inbox().await;
        let url = inbox.url("k1");
        assert_eq!(post(&format!("{url}7/x"), None, "").await, Ok(404));
        inbox.forget("k1");
        assert_eq!(post(&url, None, "").await, Ok(404));
        assert_eq!(inbox.strays().iter().map(|r| &*r.request.url).collect::<Vec<_>>(), ["/k17/x", "/k1"]);
    }

    #[tokio::test]
    async fn each_delivery_runs_through_the_script_by_itself() {
        let inbox = inbox().await;
        let url = inbox.url("k");
        let mut retry = Response::new(429);
        retry.headers.push("retry-after", "1");
        let late = Answer::Delay(Duration::from_millis(1), Box::new(Answer::Status(202)));
        inbox.respond("k", Script { answers: vec![Answer::Status(500), Answer::Close, Answer::Respond(retry), late] });
        for (id, body, expected) in [
            (Some("a"), "1", Ok(500)),
            (Some("b"), "1", Ok(500)),
            (None, "1", Ok(500)),
            (Some("a"), "changed", Err(TransportErrorKind::Reset)),
            (None, "2", Ok(500)),
            (None, "1", Err(TransportErrorKind::Reset)),
            (Some("a"), "1", Ok(429)),
            (Some("a"), "1", Ok(202)),
            (Some("a"), "1", Ok(202)),
        ] {
            assert_eq!(post(&url, id, body).await, expected, "{id:?} {body}");
        }
        inbox.respond("k", Script::default());
        assert_eq!(post(&url, Some("b"), "1").await, Ok(204));
        let answered: Vec<_> = inbox.received("k", 0).into_iter().map(|r| r.answered.map(|r| r.status)).collect();
        let all = [Some(500), Some(500), Some(500), None, Some(500), None, Some(429), Some(202), Some(202), Some(204)];
        assert_eq!(answered, all);
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_the_arrival() {
        let inbox = inbox().await;
        let url = inbox.url("k");
        let waiting = {
            let inbox = inbox.clone();
            tokio::spawn(async move { inbox.wait("k", 1, Instant::now() + LONG).await })
        };
        assert_eq!(post(&url, None, "0").await, Ok(204));
        assert_eq!(inbox.wait("k", 0, Instant::now() + LONG).await.len(), 1);
        assert_eq!(post(&url, None, "1").await, Ok(204));
        assert_eq!(waiting.await.unwrap().iter().map(|r| r.number).collect::<Vec<_>>(), [1]);
        assert!(inbox.wait("k", 2, Instant::now()).await.is_empty());
    }

    #[tokio::test]
    async fn an_arrival_is_seen_while_its_answer_is_held_back() {
        let inbox = inbox().await;
        let url = inbox.url("k");
        inbox.respond("k", Script { answers: vec![Answer::Delay(LONG, Box::new(Answer::Status(204)))] });
        let sending = tokio::spawn(async move { post(&url, None, "").await });
        let received = inbox.wait("k", 0, Instant::now() + LONG).await;
        assert_eq!((received.len(), &received[0].answered), (1, &None));
        sending.abort();
    }

    #[tokio::test]
    async fn nothing_listens_at_a_dead_url() {
        let inbox = inbox().await;
        let dead = inbox.dead_url().unwrap();
        assert_ne!(dead, inbox.dead_url().unwrap());
        assert_eq!(post(&dead, None, "").await, Err(TransportErrorKind::Refused));
    }

    #[test]
    fn the_key_is_a_whole_segment() {
        let split = |target| split_key(target).map(|(key, rest)| (key.to_owned(), rest));
        assert_eq!(split("/k/a/b?c"), Some(("k".to_owned(), "/a/b?c".to_owned())));
        assert_eq!(split("/k"), Some(("k".to_owned(), "/".to_owned())));
        assert_eq!(split("/"), Some((String::new(), "/".to_owned())));
        assert_eq!(split("*"), None);
    }
}
