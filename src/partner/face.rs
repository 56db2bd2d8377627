//! The partner's endpoint: from a request to its answer, promise by promise, each with the hook of the fault that breaks it.
//!
//! Judges a delivery in the order credential, signature, media type, body, as nothing of a body should be believed before its
//! sender is known. Never repeats a delivery's effect and never calls anybody but the follow-up.

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::model::http::{Request, Response};
use crate::net::server::Reply;
use crate::partner::answers::{
    bad_request, busy, handshake, hostile, method_not_allowed, moved, problem, status, unauthorized, with_json,
};
use crate::partner::faults::{Fault, Faults};
use crate::partner::follow::Follow;
use crate::partner::memory::Memory;
use crate::partner::notification::{BYTE_ORDER_MARK, Notification, Unreadable, read};
use crate::partner::signatures::{Signatures, Wrong};
use crate::partner::{Pace, REGISTERED};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// The largest body taken.
pub(super) const MAX_BODY: usize = 1024 * 1024;
/// Deliveries worked on at once; further ones wait.
const AT_ONCE: usize = 32;
/// More deliveries at once than this are a burst to those faults that know bursts.
const BURST: usize = 16;

pub(super) struct Face {
    pub(super) faults: Faults,
    pub(super) signatures: Option<Signatures>,
    pub(super) authorization: Option<(String, Secret<String>)>,
    pub(super) follow: Option<Follow>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pace: Pace,
    pub(super) scheme: &'static str,
    memory: Mutex<Memory>,
    permits: Semaphore,
    under_way: AtomicUsize,
    dying: AtomicBool,
    put_off: Mutex<HashSet<String>>,
}

/// Counts a delivery as under way while it lives.
struct UnderWay<'f>(&'f AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Face {
    pub(super) fn new(faults: Faults, clock: Arc<dyn Clock>, pace: Pace) -> Self {
        Self {
            faults,
            signatures: None,
            authorization: None,
            follow: None,
            clock,
            pace,
            scheme: "http",
            memory: Mutex::default(),
            permits: Semaphore::new(AT_ONCE),
            under_way: AtomicUsize::new(0),
            dying: AtomicBool::new(false),
            put_off: Mutex::default(),
        }
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request.
    pub(super) async fn reply(self: Arc<Self>, mut request: Request) -> Reply {
        if let Some(id) = request.path().strip_prefix("/effects/") {
            return Reply::Respond(self.effect(&request, id));
        }
        if !is_callback(request.path()) {
            return Reply::Respond(problem(404, "there is nothing here"));
        }
        if request.url.starts_with('/') {
            // Signatures may cover the whole URL, of which a request has its parts.
            let host = request.headers.get("host").unwrap_or_default();
            request.url = format!("{}://{host}{}", self.scheme, request.url);
        }
        match request.method.as_str() {
            "POST" => self.delivery(request).await,
            "PUT" if self.has(Fault::PutAccepted) => self.delivery(request).await,
            "GET" | "HEAD" if self.has(Fault::GetAnswered) => Reply::Respond(status(200)),
            "DELETE" if self.has(Fault::DeleteServerError) => Reply::Respond(problem(500, "an error")),
            "OPTIONS" => Reply::Respond(handshake(request.headers.get("webhook-request-origin"), &self.faults)),
            _ => Reply::Respond(method_not_allowed(&self.faults)),
        }
    }

    /// The read-back: how often a delivery took effect, and which event holds of its entity.
    fn effect(&self, request: &Request, id: &str) -> Response {
        if request.method != "GET" {
            let mut response = problem(405, "an effect can be read only");
            response.headers.push("allow", "GET");
            return response;
        }
        match self.memory().effect(id) {
            Some(effect) => with_json(200, "application/json", &json!({"count": effect.count, "latest": effect.latest})),
            None => with_json(200, "application/json", &json!({"count": 0, "latest": null})),
        }
    }

    async fn delivery(self: Arc<Self>, request: Request) -> Reply {
        if self.dying.swap(false, Ordering::SeqCst) {
            return Reply::Close;
        }
        if self.has(Fault::Hangs) {
            return std::future::pending().await;
        }
        if let Some(reply) = hostile(&self.faults) {
            return reply;
        }
        self.under_way.fetch_add(1, Ordering::SeqCst);
        let _counted = UnderWay(&self.under_way);
        if let Some(response) = self.burst(request.headers.get("webhook-id")).await {
            return Reply::Respond(response);
        }
        let Ok(_permit) = self.permits.acquire().await else { return Reply::Close };
        if let Some(response) = self.oversize(&request).or_else(|| self.stranger(&request)) {
            return Reply::Respond(response);
        }
        match self.read(&request) {
            Ok(notification) => self.notified(&request, notification).await,
            Err(Refused::Reply(reply)) => reply,
            Err(Refused::Because(title)) => Reply::Respond(bad_request(&title, &self.faults)),
        }
    }

    /// What too many deliveries at once do to those faults that know bursts.
    async fn burst(&self, id: Option<&str>) -> Option<Response> {
        let faults = [Fault::BurstServerError, Fault::BurstWithoutRetryAfter, Fault::BurstGone, Fault::NeverRecovers];
        let fault = faults.into_iter().find(|fault| self.has(*fault))?;
        let put_off = |mark: bool| {
            let mut ids = self.put_off.lock().unwrap_or_else(PoisonError::into_inner);
            id.is_some_and(|id| if mark { ids.insert(id.to_owned()) } else { ids.contains(id) })
        };
        if fault == Fault::NeverRecovers && put_off(false) {
            return Some(busy(503));
        }
        // Long enough for a burst to be seen as one.
        tokio::time::sleep(self.pace.race).await;
        if self.under_way.load(Ordering::SeqCst) <= BURST {
            return None;
        }
        Some(match fault {
            Fault::BurstServerError => problem(500, "an error"),
            Fault::BurstWithoutRetryAfter => problem(429, "too many deliveries at once"),
            Fault::BurstGone => problem(410, "this endpoint is retired"),
            _ => {
                put_off(true);
                busy(503)
            }
        })
    }

    /// What an oversize body does to those faults that let one through.
    fn oversize(&self, request: &Request) -> Option<Response> {
        if request.body.len() <= MAX_BODY {
            return None;
        }
        if self.has(Fault::OversizeServerError) {
            return Some(problem(500, "an error"));
        }
        self.dying.store(true, Ordering::SeqCst);
        Some(problem(413, "the body is too large"))
    }

    /// Refuses who is not the sender.
    fn stranger(&self, request: &Request) -> Option<Response> {
        if let Some((header, expected)) = &self.authorization {
            let given = request.headers.get(header);
            let right = match given {
                None => self.has(Fault::NoAuthorizationAccepted),
                Some(given) => {
                    self.has(Fault::WrongAuthorizationAccepted)
                        || verify_slices_are_equal(given.trim().as_bytes(), expected.expose().as_bytes()).is_ok()
                }
            };
            if !right {
                return Some(match () {
                    () if self.has(Fault::NoAuthorizationAcknowledged) => status(200),
                    () if self.has(Fault::AuthorizationForbidden) => problem(403, "the credential is missing or wrong"),
                    () => unauthorized("the credential is missing or wrong"),
                });
            }
        }
        let signatures = self.signatures.as_ref()?;
        let wrong = signatures.wrong(request, self.clock.now(), &self.faults)?;
        Some(match () {
            () if wrong == Wrong::Time => unauthorized("the attempt is too old or too early"),
            () if self.has(Fault::BadSignatureServerError) => problem(500, "an error"),
            () if self.has(Fault::BadSignatureAcknowledged) => status(200),
            () if self.has(Fault::RedirectsToLogin) => moved(302, "/login"),
            () => unauthorized("the delivery is not signed as agreed"),
        })
    }

    /// Reads what the delivery says.
    fn read(&self, request: &Request) -> Result<Notification, Refused> {
        let json = request.headers.media_type().as_deref() == Some("application/json");
        let plain = request.headers.get("content-encoding").is_none_or(|coding| coding.eq_ignore_ascii_case("identity"));
        if !(json && plain || self.has(Fault::AnyMediaType)) {
            let fault = self.has(Fault::MediaTypeServerError);
            let answer = if fault { problem(500, "an error") } else { problem(415, "a delivery is application/json") };
            return Err(Refused::Reply(Reply::Respond(answer)));
        }
        if request.body.starts_with(BYTE_ORDER_MARK) && self.has(Fault::ByteOrderMarkServerError) {
            return Err(Refused::error());
        }
        read(&request.body).map_err(|why| self.unreadable(why))
    }

    fn unreadable(&self, why: Unreadable) -> Refused {
        let fails = match why {
            Unreadable::Empty => self.has(Fault::EmptyServerError),
            Unreadable::NotUtf8 => self.has(Fault::InvalidUtf8ServerError),
            Unreadable::DuplicateKeys => self.has(Fault::DuplicateKeysServerError),
            Unreadable::TooDeep => self.has(Fault::DeepServerError),
            Unreadable::Malformed | Unreadable::NotAnObject if self.has(Fault::MalformedAccepted) => return Refused::accepted(),
            Unreadable::Malformed => self.has(Fault::MalformedServerError),
            Unreadable::Missing(_) if self.has(Fault::MissingFieldAccepted) => return Refused::accepted(),
            Unreadable::Missing(_) => self.has(Fault::MissingFieldServerError),
            Unreadable::Unrepresentable | Unreadable::NotAnObject | Unreadable::Wrong(_) => false,
        };
        if fails { Refused::error() } else { Refused::Because(why.words()) }
    }

    /// Takes a delivery that is all right, or does not, where a fault says so.
    async fn notified(&self, request: &Request, notification: Notification) -> Reply {
        let id = request.headers.get("webhook-id").map(str::trim).filter(|id| !id.is_empty());
        let now = self.clock.now();
        if let Some(reply) = self.strike(id, &notification).await {
            return reply;
        }
        if let Some(response) = self.misjudge(&notification, now) {
            return Reply::Respond(response);
        }
        let ordinal = id.map_or(1, |id| self.memory().arrive(id, &notification));
        if let Some(response) = self.duplicate(id, ordinal).await {
            return Reply::Respond(response);
        }
        let first = self.memory().process(id, &notification, now);
        if first && let Some(follow) = &self.follow {
            follow.up(&notification);
        }
        Reply::Respond(status(204))
    }

    /// The faults that strike one delivery only.
    async fn strike(&self, id: Option<&str>, notification: &Notification) -> Option<Reply> {
        let faults = [
            Fault::RejectsEvent,
            Fault::EventServerError,
            Fault::EventDropped,
            Fault::BodyWithoutType,
            Fault::SlowEvent,
            Fault::Redirects301,
            Fault::Redirects307,
            Fault::Redirects308,
        ];
        let fault = faults.into_iter().find(|fault| self.has(*fault))?;
        let meant = notification.entity == "CONTRACT" && notification.event == "ACTIVATED";
        if !meant || !self.memory().strikes(id.unwrap_or_default()) {
            return None;
        }
        let response = match fault {
            Fault::RejectsEvent => problem(422, "an activation is not processed here"),
            Fault::EventServerError => problem(500, "an error"),
            Fault::EventDropped => return Some(Reply::Close),
            Fault::Redirects301 => moved(301, "/elsewhere/notifications"),
            Fault::Redirects307 => moved(307, "/elsewhere/notifications"),
            Fault::Redirects308 => moved(308, "/elsewhere/notifications"),
            Fault::SlowEvent => {
                tokio::time::sleep(self.pace.slow_by).await;
                return None;
            }
            _ => Response { body: "received".into(), ..status(200) },
        };
        Some(Reply::Respond(response))
    }

    /// The faults that misjudge what a delivery says.
    fn misjudge(&self, notification: &Notification, now: Timestamp) -> Option<Response> {
        let error = || Some(problem(500, "an error"));
        let age = notification.at.map(|at| now.duration_since(at));
        // A day and more is a date of an example, not of a replay.
        let old = age.is_some_and(|age| age > SignedDuration::from_mins(30) && age < SignedDuration::from_hours(24));
        if old && self.has(Fault::OldEventRefused) {
            return Some(bad_request("the event is too old", &self.faults));
        }
        if old && self.has(Fault::OldEventServerError) {
            return error();
        }
        if self.faults.any(&[Fault::OlderConflict, Fault::OlderRefused]) && self.is_older(notification, age) {
            let conflict = self.has(Fault::OlderConflict);
            let title = "a younger event of this entity was there before";
            return Some(if conflict { problem(409, title) } else { bad_request(title, &self.faults) });
        }
        if !notification.knows_fields() {
            if self.has(Fault::UnknownFieldRefused) {
                return Some(bad_request("a field is not known", &self.faults));
            }
            if self.has(Fault::UnknownFieldServerError) {
                return error();
            }
        }
        let unknown_event = !notification.knows_event() && self.has(Fault::UnknownEventServerError);
        let unknown_entity = !notification.knows_entity() && self.has(Fault::UnknownEntityServerError);
        let no_id = notification.id.is_none() && self.has(Fault::AbsentIdServerError);
        if unknown_event || unknown_entity || no_id { error() } else { None }
    }

    /// Whether an event is minutes older than the one that holds of its entity; replays after hours are another matter.
    fn is_older(&self, notification: &Notification, age: Option<SignedDuration>) -> bool {
        let minutes = |n| SignedDuration::from_mins(n);
        let Some((at, latest)) = notification.at.zip(self.memory().latest_at(notification)) else { return false };
        age.is_some_and(|age| age < minutes(45)) && latest.duration_since(at) > minutes(1)
    }

    /// The faults that trip over a second attempt, and the time that a race takes.
    async fn duplicate(&self, id: Option<&str>, ordinal: u64) -> Option<Response> {
        let id = id?;
        if self.has(Fault::DuplicateRace) && !self.memory().knows(id) {
            // Looks, works for a while, and only then writes down.
            tokio::time::sleep(self.pace.race).await;
            return self.memory().knows(id).then(|| problem(500, "an error"));
        }
        if ordinal != 2 || !self.faults.any(&[Fault::DuplicateConflict, Fault::DuplicateServerError]) {
            return None;
        }
        // One of several at once is not meant: those are a row of their own.
        tokio::time::sleep(self.pace.race).await;
        if self.memory().attempts(id) != 2 {
            return None;
        }
        let conflict = self.has(Fault::DuplicateConflict);
        Some(if conflict { problem(409, "this delivery was there before") } else { problem(500, "an error") })
    }
}

/// Why a body is not taken.
enum Refused {
    Reply(Reply),
    Because(String),
}

impl Refused {
    fn error() -> Self {
        Self::Reply(Reply::Respond(problem(500, "an error")))
    }

    fn accepted() -> Self {
        Self::Reply(Reply::Respond(status(204)))
    }
}

/// The registered URL itself, or `notifications` below any path.
fn is_callback(path: &str) -> bool {
    path == REGISTERED || path.ends_with("/notifications")
}
