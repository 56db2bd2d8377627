//! What the modules of a certification share: sending, numbering, and whether the endpoint still answers.
//!
//! Keeps every exchange and tells whoever watches. Never judges an answer and never sends a request twice.

use crate::base::clock::Clock;
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::certify::Earlier;
use crate::certify::follow_ups::FollowUps;
use crate::check::endpoint::{Asked, retry_after};
use crate::model::certification::{CertificationEvent, CertificationObserver, ModuleId, TlsFacts};
use crate::model::exchange::{Direction, Exchange, ExchangeId, Timing, TransportError, TransportErrorKind};
use crate::model::http::{Request, Response};
use crate::net::client::Client;
use crate::net::probe::DialOptions;
use crate::plan::certification::CertificationPlan;
use crate::suite::ast::profile::ModuleSpec;
use crate::window::hours::{Closed, Hours, OperationName};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often, and for how long in all, a delivery that is put off is made again.
const PUT_OFF: (u32, Duration) = (5, Duration::from_secs(30));
/// A whole certification comes back for no longer than this, so that an endpoint that never recovers does not hold it up.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(120);
/// How many failures of a load are kept as exchanges.
const KEPT_OF_MANY: u32 = 100;
/// The number of an exchange that is not kept.
pub(super) const UNKEPT: ExchangeId = ExchangeId(0);

/// What a certification is run with.
pub struct World {
    /// For deliveries as the platform makes them.
    pub client: Client,
    /// The same for an endpoint whose certificate is not trusted: the rest of it is judged all the same.
    pub lenient: Client,
    /// For requests that no client would make.
    pub dial: DialOptions,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// The seed.
    pub seed: Seed,
    /// Sees what the partner asks us for after a delivery, where it was told to.
    pub follow_ups: Option<Arc<dyn FollowUps>>,
    /// True where the endpoint's host may be put under load.
    pub may_load: bool,
    /// When deliveries may be made.
    pub hours: Hours,
    /// The API that the callbacks belong to, as windows name it.
    pub api: String,
}

/// What the modules share.
pub(super) struct Stage<'p> {
    pub(super) plan: &'p CertificationPlan,
    pub(super) world: &'p World,
    pub(super) observer: &'p dyn CertificationObserver,
    pub(super) stop: CancellationToken,
    pub(super) tls: Option<TlsFacts>,
    next: AtomicU64,
    next_delivery: AtomicU64,
    salt: String,
    kept: Mutex<Vec<(Option<ModuleId>, Arc<Exchange>)>>,
    called: Vec<OperationName>,
    /// Exchanges that were begun outside the window of their operation: nothing is judged by them.
    outside: Mutex<BTreeMap<ExchangeId, Closed>>,
    silent: AtomicU32,
    dead: Mutex<Option<String>>,
    trusts_anyone: bool,
    bad_of_many: AtomicU32,
    limited: AtomicBool,
    numbers: u64,
    put_off: AtomicU64,
}

impl<'p> Stage<'p> {
    pub(super) fn new(
        plan: &'p CertificationPlan,
        world: &'p World,
        observer: &'p dyn CertificationObserver,
        stop: CancellationToken,
        next: u64,
    ) -> Self {
        // Deliveries of one run must not be duplicates of another's, whatever the seed.
        let salt = format!("{:x}", world.clock.now().as_microsecond());
        Self {
            plan,
            world,
            observer,
            stop,
            tls: None,
            next: AtomicU64::new(next),
            next_delivery: AtomicU64::new(1),
            salt,
            kept: Mutex::default(),
            called: plan.called(&world.api),
            outside: Mutex::default(),
            silent: AtomicU32::new(0),
            dead: Mutex::default(),
            trusts_anyone: false,
            bad_of_many: AtomicU32::new(0),
            limited: AtomicBool::new(false),
            numbers: u64::try_from(world.clock.now().as_millisecond()).unwrap_or_default(),
            put_off: AtomicU64::new(0),
        }
    }

    /// From now on the endpoint's certificate is not looked at.
    pub(super) fn trust_anyone(&mut self) {
        self.trusts_anyone = true;
    }

    /// Takes the endpoint for dead.
    pub(super) fn give_up(&self, why: &str) {
        lock(&self.dead).get_or_insert_with(|| why.to_owned());
    }

    /// How to connect for requests that no client would make.
    pub(super) fn dial(&self) -> DialOptions {
        let mut options = self.world.dial.clone();
        options.tls.trust_anyone |= self.trusts_anyone;
        options
    }

    pub(super) fn keep_earlier(&mut self, earlier: &Earlier) {
        let of = |id| earlier.modules.iter().find(|m| m.exchanges.contains(&id)).map(|m| m.id);
        lock(&self.kept).extend(earlier.exchanges.iter().map(|x| (of(x.id), Arc::clone(x))));
    }

    /// Every exchange, in order of number.
    pub(super) fn exchanges(&self) -> Vec<Arc<Exchange>> {
        let mut all: Vec<_> = lock(&self.kept).iter().map(|(_, x)| Arc::clone(x)).collect();
        all.sort_by_key(|x| x.id);
        all
    }

    /// The exchanges of the modules chosen, in order of number, but for those made outside the window.
    pub(super) fn exchanges_of(&self, chosen: impl Fn(ModuleId) -> bool) -> Vec<Arc<Exchange>> {
        let outside = lock(&self.outside);
        let judged = |(module, exchange): &&(Option<ModuleId>, Arc<Exchange>)| {
            module.is_some_and(&chosen) && !outside.contains_key(&exchange.id)
        };
        let mut all: Vec<_> = lock(&self.kept).iter().filter(judged).map(|(_, x)| Arc::clone(x)).collect();
        all.sort_by_key(|x| x.id);
        all
    }

    /// What deliveries are made to, as windows name it.
    pub(super) fn called(&self) -> &[OperationName] {
        &self.called
    }

    /// That an exchange was begun outside the window.
    fn outside(&self, exchange: &Exchange) -> Option<Closed> {
        match exchange.id {
            UNKEPT => self.closed(exchange.operation.as_deref()?, exchange.timing.service),
            kept => lock(&self.outside).get(&kept).cloned(),
        }
    }

    /// That the window of an endpoint was closed when an exchange with it began, which took so long until now.
    fn closed(&self, endpoint: &str, took: Nanos) -> Option<Closed> {
        let index = self.plan.endpoints.iter().position(|e| e.name == endpoint)?;
        let hours = &self.world.hours;
        hours.closed_at(&self.called[index], hours.now() - took.duration())
    }

    /// An identifier that no other delivery has.
    pub(super) fn fresh_id(&self) -> String {
        format!("msg_{}{:05}", self.salt, self.next_delivery.fetch_add(1, Ordering::SeqCst))
    }

    /// A number that no other delivery of this run has, and hardly any of another run.
    pub(super) fn fresh_number(&self) -> u64 {
        self.numbers + self.next_delivery.fetch_add(1, Ordering::SeqCst)
    }

    /// How long an answer is waited for.
    pub(super) fn patience(&self) -> Duration {
        self.plan.profile.limits.answer.duration()
    }

    /// How many deliveries there may be under way at once: as the profile says, one where the endpoint has put some off.
    pub(super) fn at_once(&self) -> usize {
        if self.limited.load(Ordering::SeqCst) { 1 } else { self.plan.profile.limits.concurrency.max(1) as usize }
    }

    /// Why the endpoint is taken for dead.
    pub(super) fn dead(&self) -> Option<String> {
        lock(&self.dead).clone()
    }

    /// Sends a request once and keeps what came of it.
    pub(super) async fn send(&self, module: ModuleId, operation: Option<&str>, request: Request) -> Arc<Exchange> {
        let client = if self.trusts_anyone { &self.world.lenient } else { &self.world.client };
        let sent = tokio::select! {
            sent = client.send_once(&request, self.patience()) => sent,
            () = self.stop.cancelled() => return self.keep(module, operation, request, Err(cancelled()), self.moment()),
        };
        self.keep(module, operation, request, sent.result, sent.timing)
    }

    /// One exchange of many: kept only where it is no acknowledgement, and no more than a few.
    pub(super) fn of_many(
        &self,
        module: ModuleId,
        operation: Option<&str>,
        request: Request,
        result: Result<Response, TransportError>,
        timing: Timing,
    ) -> Arc<Exchange> {
        let acknowledged = result.as_ref().is_ok_and(|r| (200..300).contains(&r.status));
        if !acknowledged && self.bad_of_many.fetch_add(1, Ordering::SeqCst) < KEPT_OF_MANY {
            return self.keep(module, operation, request, result, timing);
        }
        Arc::new(Exchange {
            id: UNKEPT,
            direction: Direction::Outbound,
            operation: operation.map(str::to_owned),
            request,
            result,
            timing,
        })
    }

    pub(super) fn moment(&self) -> Timing {
        Timing { began: self.world.clock.now(), service: Nanos(0) }
    }

    /// Keeps an exchange that was made by hand.
    pub(super) fn keep(
        &self,
        module: ModuleId,
        operation: Option<&str>,
        request: Request,
        result: Result<Response, TransportError>,
        timing: Timing,
    ) -> Arc<Exchange> {
        match &result {
            Ok(_) => self.silent.store(0, Ordering::SeqCst),
            Err(error) if error.kind == TransportErrorKind::Cancelled => {}
            Err(_) => {
                self.silent.fetch_add(1, Ordering::SeqCst);
            }
        }
        let closed = operation.and_then(|endpoint| self.closed(endpoint, timing.service));
        let exchange = Arc::new(Exchange {
            id: ExchangeId(self.next.fetch_add(1, Ordering::SeqCst)),
            direction: Direction::Outbound,
            operation: operation.map(str::to_owned),
            request,
            result,
            timing,
        });
        if let Some(closed) = closed {
            lock(&self.outside).insert(exchange.id, closed);
        }
        lock(&self.kept).push((Some(module), Arc::clone(&exchange)));
        self.observer.observe(CertificationEvent::Exchanged { module, exchange: &exchange });
        exchange
    }

    /// Requests without an answer since the last one.
    pub(super) fn silence(&self) -> u32 {
        self.silent.load(Ordering::SeqCst)
    }
}

fn cancelled() -> TransportError {
    TransportError { kind: TransportErrorKind::Cancelled, detail: String::new() }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One module at work.
pub(super) struct Run<'s> {
    pub(super) stage: &'s Stage<'s>,
    pub(super) id: ModuleId,
    pub(super) spec: &'s ModuleSpec,
    mine: Mutex<Vec<ExchangeId>>,
    waited: AtomicU64,
    outside: OnceLock<Closed>,
}

impl<'s> Run<'s> {
    pub(super) fn new(stage: &'s Stage<'s>, id: ModuleId, spec: &'s ModuleSpec) -> Self {
        Self { stage, id, spec, mine: Mutex::default(), waited: AtomicU64::new(0), outside: OnceLock::new() }
    }

    /// The exchanges made so far, in order of number.
    pub(super) fn exchanges(&self) -> Vec<ExchangeId> {
        let mut all = lock(&self.mine).clone();
        all.sort();
        all
    }

    /// That something was sent outside the window: there an answer is information, never a failure.
    pub(super) fn outside(&self) -> Option<&Closed> {
        self.outside.get()
    }

    /// Counts an exchange among those of the module.
    fn made(&self, exchange: &Exchange) {
        if exchange.id != UNKEPT {
            lock(&self.mine).push(exchange.id);
        }
        if self.outside.get().is_none()
            && let Some(closed) = self.stage.outside(exchange)
        {
            // Another delivery of the module may have said so in the meantime, which is as good.
            let _ = self.outside.set(closed);
        }
    }

    pub(super) fn asked<'a>(&'a self, what: &'a str) -> Asked<'a> {
        Asked { module: self.id, spec: self.spec, what }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.stage.world.clock.now()
    }

    /// Sends a request once and keeps what came of it.
    pub(super) async fn send_once(&self, operation: &str, request: Request) -> Arc<Exchange> {
        let exchange = self.stage.send(self.id, Some(operation), request).await;
        self.made(&exchange);
        exchange
    }

    /// Sends a request as a considerate platform does: what is put off (429 or 503 with a Retry-After) is sent again when it may be,
    /// so that only modules about load see a limit. Each attempt is kept; the last one is given.
    pub(super) async fn send(&self, operation: &str, request: Request) -> Arc<Exchange> {
        let until = Instant::now() + PUT_OFF.1;
        let mut exchange = self.send_once(operation, request.clone()).await;
        for _ in 0..PUT_OFF.0 {
            let put_off = exchange.response().filter(|r| matches!(r.status, 429 | 503)).and_then(retry_after);
            if put_off.is_none_or(|wait| Instant::now() + Duration::from_secs(wait) > until) || !self.come_back(&exchange).await {
                break;
            }
            exchange = self.send_once(operation, request.clone()).await;
        }
        exchange
    }

    /// Waits as long as an answer asks for, counted from its arrival as far as that is known; false when stopped.
    pub(super) async fn come_back(&self, exchange: &Exchange) -> bool {
        let Some(wait) = exchange.response().and_then(retry_after).map(Duration::from_secs) else { return true };
        self.stage.limited.store(true, Ordering::SeqCst);
        if Duration::from_nanos(self.stage.put_off.load(Ordering::SeqCst)) > PATIENCE_IN_ALL {
            return false;
        }
        let arrived = exchange.timing.began + exchange.timing.service.duration();
        let since = Duration::try_from(self.now().duration_since(arrived)).unwrap_or_default();
        // Not to the millisecond: whoever counts in whole seconds may be a little late.
        let wait = wait.saturating_sub(since).min(PUT_OFF.1) + Duration::from_millis(50);
        self.waits("the endpoint asked to come back later", Nanos::from_duration(wait));
        let began = Instant::now();
        let went_on = self.pause(wait).await;
        let waited = Nanos::from_duration(began.elapsed()).0;
        self.waited.fetch_add(waited, Ordering::SeqCst);
        self.stage.put_off.fetch_add(waited, Ordering::SeqCst);
        went_on
    }

    /// The time spent because the endpoint asked for it.
    pub(super) fn put_off(&self) -> Nanos {
        Nanos(self.waited.load(Ordering::SeqCst))
    }

    /// One exchange of many: what is accepted is counted and not kept, so that a long load does not fill the record.
    pub(super) fn of_many(
        &self,
        operation: &str,
        request: Request,
        result: Result<Response, TransportError>,
        timing: Timing,
    ) -> Arc<Exchange> {
        let exchange = self.stage.of_many(self.id, Some(operation), request, result, timing);
        self.made(&exchange);
        exchange
    }

    /// Keeps an exchange that was made by hand.
    pub(super) fn keep(
        &self,
        operation: &str,
        request: Request,
        result: Result<Response, TransportError>,
        began: Timestamp,
        took: Duration,
    ) -> Arc<Exchange> {
        let timing = Timing { began, service: Nanos::from_duration(took) };
        let exchange = self.stage.keep(self.id, Some(operation), request, result, timing);
        self.made(&exchange);
        exchange
    }

    /// Says that something takes its time.
    pub(super) fn waits(&self, what: &str, at_most: Nanos) {
        self.stage.observer.observe(CertificationEvent::Waiting { id: self.id, what, at_most });
    }

    /// Waits, at most until the certification is stopped; false when it was.
    pub(super) async fn pause(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        tokio::select! {
            () = tokio::time::sleep_until(until.into()) => true,
            () = self.stage.stop.cancelled() => false,
        }
    }
}
