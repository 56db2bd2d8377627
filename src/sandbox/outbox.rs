//! Deliveries: one ordered lane per partner, each attempt signed and sent once, its outcome told to the state.
//!
//! Starts attempts in the order they were handed over; one that takes long no longer holds up the next. Follows no redirect, and
//! decides nothing about replays.

use crate::callback::standard::{ID, SIGNATURE, TIMESTAMP, WebhookSecret, sign};
use crate::model::http::Request;
use crate::net::client::{AddressRule, Client, ClientOptions};
use crate::sandbox::core::Core;
use crate::sandbox::faults::Fault;
use crate::sandbox::push::Attempt;
use crate::sandbox::text::endpoint;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// After this long an attempt no longer holds up the next one.
const HOLD: Duration = Duration::from_secs(1);
/// After this long an attempt has failed.
const LIMIT: Duration = Duration::from_secs(10);
/// The most that is read of an answer.
const ANSWER: usize = 64 * 1024;
/// How far a stale or premature `webhook-timestamp` lies from the truth.
const SKEW: i64 = 360;

#[derive(Debug)]
struct Lane {
    queue: mpsc::UnboundedSender<Attempt>,
    accepted: u64,
    released: watch::Receiver<u64>,
}

/// Signs and sends.
struct Post {
    secret: WebhookSecret,
    /// For endpoints that can only be this machine.
    local: Client,
    /// For all others, whose addresses are checked after they were resolved.
    remote: Client,
    /// The times of first attempts, for [`Fault::TimestampRepeated`].
    first_times: Mutex<HashMap<String, i64>>,
}

/// Where deliveries leave.
pub(super) struct Outbox {
    core: Arc<Core>,
    post: Arc<Post>,
    lanes: Mutex<HashMap<String, Lane>>,
}

impl Outbox {
    /// An outbox without lanes.
    pub(super) fn new(core: Arc<Core>, secret: &str, allow_private: bool) -> Result<Self, String> {
        let options = ClientOptions { max_body: ANSWER, ..ClientOptions::default() };
        let rule = if allow_private { AddressRule::Any } else { AddressRule::PublicOr(Vec::new()) };
        let post = Post {
            secret: WebhookSecret::parse(secret)?,
            local: Client::new(&ClientOptions { addresses: AddressRule::Any, ..options.clone() })?,
            remote: Client::new(&ClientOptions { addresses: rule, ..options })?,
            first_times: Mutex::default(),
        };
        Ok(Self { core, post: Arc::new(post), lanes: Mutex::new(HashMap::new()) })
    }

    /// Queues attempts in their order. Called under the state's lock, so that two requests cannot swap theirs.
    pub(super) fn hand_over(&self, attempts: Vec<Attempt>) {
        if attempts.is_empty() {
            return;
        }
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        for attempt in attempts {
            let lane = lanes.entry(attempt.partner.clone()).or_insert_with(|| open_lane(&self.core, &self.post));
            lane.accepted += 1;
            // A closed lane means that the sandbox is stopping, and nothing more is delivered.
            let _ = lane.queue.send(attempt);
        }
    }

    /// Waits until every attempt handed over so far has ended or no longer holds up the next.
    pub(super) async fn settle(&self) {
        let waiting: Vec<(u64, watch::Receiver<u64>)> = {
            let lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            lanes.values().map(|lane| (lane.accepted, lane.released.clone())).collect()
        };
        for (accepted, mut released) in waiting {
            // An error means that the lane is closed: there is nothing left to wait for.
            let _ = released.wait_for(|released| *released >= accepted).await;
        }
    }
}

impl Post {
    async fn send(&self, attempt: &Attempt, request: &Request) -> Result<(), String> {
        let local = endpoint(&attempt.url).is_ok_and(|endpoint| endpoint.loopback);
        let client = if local { &self.local } else { &self.remote };
        // A connection of its own: a pooled one that the partner has closed would look like a failed delivery.
        match client.send_once(request, LIMIT).await.result {
            Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
            Ok(answer) => Err(format!("status {}", answer.status)),
            Err(error) => Err(error.to_string()),
        }
    }

    fn request(&self, attempt: &Attempt, core: &Core) -> Option<Request> {
        core.with(|state| {
            if state.push.is_stale(attempt) {
                return None;
            }
            let has = |fault| state.faults.has(fault);
            let skew = if has(Fault::TimestampStale) { -SKEW } else { 0 } + if has(Fault::TimestampFuture) { SKEW } else { 0 };
            let mut timestamp = core.base_now().as_second() + skew;
            if has(Fault::TimestampRepeated) {
                let mut first = self.first_times.lock().unwrap_or_else(PoisonError::into_inner);
                timestamp = *first.entry(attempt.webhook_id.clone()).or_insert(timestamp);
            }
            let mut signed = attempt.body.to_vec();
            if has(Fault::SignsOtherBytes) {
                signed.push(b'\n');
            }
            let other = WebhookSecret::from_bytes(b"a key that nobody was given".to_vec());
            let secret = if has(Fault::SignatureWrong) { &other } else { &self.secret };
            let mut request = Request::new("POST", attempt.url.as_str());
            request.headers.push("content-type", "application/json");
            request.headers.push(ID, attempt.webhook_id.as_str());
            request.headers.push(TIMESTAMP, timestamp.to_string());
            if !has(Fault::SignatureMissing) {
                request.headers.push(SIGNATURE, sign(secret, &attempt.webhook_id, timestamp, &signed));
            }
            request.body = attempt.body.clone();
            Some(request)
        })
    }
}

fn open_lane(core: &Arc<Core>, post: &Arc<Post>) -> Lane {
    let (queue, incoming) = mpsc::unbounded_channel();
    let (release, released) = watch::channel(0);
    core.spawn(run_lane(Arc::clone(core), Arc::clone(post), incoming, release));
    Lane { queue, accepted: 0, released }
}

async fn run_lane(core: Arc<Core>, post: Arc<Post>, mut incoming: mpsc::UnboundedReceiver<Attempt>, release: watch::Sender<u64>) {
    while let Some(attempt) = incoming.recv().await {
        // What is sent must not be unknown to the next process.
        if !core.kept().await {
            return;
        }
        if let Some(request) = post.request(&attempt, &core) {
            let (ended, end) = oneshot::channel::<()>();
            let (under_way, post) = (Arc::clone(&core), Arc::clone(&post));
            core.spawn(async move {
                let outcome = post.send(&attempt, &request).await;
                under_way.with(|state| state.ended(&attempt, &outcome));
                under_way.stirred.notify_one();
                drop(ended);
            });
            // Either way the next one may start: this one has ended, or has held it up long enough.
            let _ = tokio::time::timeout(HOLD, end).await;
        }
        release.send_modify(|released| *released += 1);
    }
}
