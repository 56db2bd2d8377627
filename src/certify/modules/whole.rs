//! Modules about all that was exchanged: response times, redirects, what error bodies show; and deliveries at a rate.
//!
//! Looks back over the exchanges of the other modules. Decides no status.

use crate::base::units::Nanos;
use crate::certify::deliver::Draft;
use crate::certify::stage::Run;
use crate::certify::tally::{Tally, latency};
use crate::check::endpoint::{self, Judged};
use crate::model::certification::ModuleId;
use crate::model::exchange::Exchange;
use crate::model::histogram::Histogram;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// At most so many answers of a kind are shown.
const SHOWN: usize = 5;
/// Deliveries at a rate are sent by at most so many requests at once.
const MOST_UNDER_WAY: usize = 512;

/// The response times of ordinary deliveries.
pub(super) fn response_time(run: &Run<'_>) -> Tally {
    let limit = run.spec.within.unwrap_or(Nanos(10_000_000_000));
    // What was meant to take long, or to be refused before it was whole, says nothing of the time an answer takes.
    let ordinary =
        |module: ModuleId| !matches!(module, ModuleId::Tls | ModuleId::Oversize | ModuleId::PartialBody | ModuleId::DeliveryRate);
    let mut tally = Tally::new();
    let mut histogram = Histogram::new();
    let mut slow: Vec<Arc<Exchange>> = Vec::new();
    for exchange in run.stage.exchanges_of(ordinary) {
        if exchange.operation.as_deref() == Some("read-back") || exchange.response().is_none() {
            continue;
        }
        histogram.record(exchange.timing.service);
        if exchange.timing.service > limit {
            slow.push(exchange);
        }
    }
    if histogram.count() == 0 {
        return Tally::skipped("no delivery was answered, so there is no response time");
    }
    tally.add(Judged::passed());
    slow.sort_by_key(|x| std::cmp::Reverse(x.timing.service));
    for exchange in slow.iter().take(SHOWN) {
        let message = "a delivery was answered later than the platform waits";
        let (expected, actual) = (format!("at most {limit}"), exchange.timing.service.to_string());
        tally.add(run.asked("a delivery").error(message, expected, actual, Some(exchange)));
    }
    tally.latency = latency(&histogram);
    if slow.len() > SHOWN {
        tally.note(format!("{} deliveries took longer than {limit}", slow.len()));
    }
    tally
}

/// No answer sends the platform elsewhere.
pub(super) async fn redirect(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    if let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) {
        let draft = Draft::new(run.stage, endpoint, &sample.value);
        if let Some(request) = draft.sealed(run.stage, run.now()) {
            run.send(&endpoint.name, request).await;
            tally.add(Judged::passed());
        }
    }
    let all = run.stage.exchanges_of(|_| true);
    let redirects: Vec<_> = all.iter().filter(|x| x.response().is_some_and(endpoint::is_redirect)).collect();
    for exchange in redirects.iter().take(SHOWN) {
        let Some(response) = exchange.response() else { continue };
        let to = response.headers.get("location").unwrap_or("nowhere");
        let message = format!("an answer redirects ({})", response.status);
        tally.add(run.asked("an answer").error(message, "no redirect: none is followed", format!("to {to}"), Some(exchange)));
    }
    if redirects.len() > SHOWN {
        tally.note(format!("{} answers redirect", redirects.len()));
    }
    tally
}

/// No error body shows the inside.
pub(super) fn error_bodies(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let mut shown: Vec<String> = Vec::new();
    let mut looked_at = 0_usize;
    for exchange in run.stage.exchanges_of(|_| true) {
        if exchange.operation.as_deref() == Some("read-back") || exchange.response().is_none() {
            continue;
        }
        looked_at += usize::from(exchange.response().is_some_and(|r| r.status >= 400));
        let judged = endpoint::error_body(&run.asked("an error"), &exchange);
        let fresh = judged.findings.iter().all(|f| !shown.contains(&f.actual));
        shown.extend(judged.findings.iter().map(|f| f.actual.clone()));
        if fresh && tally.findings.len() < SHOWN {
            tally.add(judged);
        }
    }
    if looked_at == 0 {
        return Tally::skipped("no answer was an error, so there is no error body to look at");
    }
    tally.add(Judged::passed());
    tally.note(format!("{looked_at} error answers looked at"));
    tally
}

/// Deliveries at a rate, timed from the instant at which each was due.
pub(super) async fn delivery_rate(run: &Run<'_>) -> Tally {
    let Some(load) = run.stage.plan.load else { return Tally::not_applicable("no rate was asked for") };
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else {
        return Tally::skipped("there is nothing to deliver");
    };
    if let Err(why) = consents(run, load.per_second).await {
        return Tally::skipped(why);
    }
    run.waits("deliveries at a rate", load.during);
    let mut tally = Tally::new();
    let mut histogram = Histogram::new();
    let started = Instant::now();
    let planned = count(load.per_second, load.during);
    let mut under_way = FuturesUnordered::new();
    let (mut sent, mut late, mut bad) = (0_u64, 0_u64, 0_usize);
    let mut collect = |tally: &mut Tally, (due, exchange): (Instant, Arc<Exchange>), ended: Instant| {
        let judged = endpoint::status(&run.asked("a delivery at that rate"), &exchange);
        if exchange.response().is_some() {
            histogram.record(Nanos::from_duration(ended.saturating_duration_since(due)));
        }
        if !judged.findings.is_empty() {
            bad += 1;
        }
        // The first of the failures tell what they all do.
        if judged.findings.is_empty() || tally.findings.len() < SHOWN {
            tally.add(judged);
        }
    };
    while sent < planned && !run.stage.stop.is_cancelled() {
        let due = started + Duration::from_secs_f64(sent as f64 / load.per_second);
        tokio::select! {
            biased;
            Some((done, ended)) = under_way.next(), if !under_way.is_empty() => collect(&mut tally, done, ended),
            () = tokio::time::sleep_until(due.into()), if under_way.len() < MOST_UNDER_WAY => {
                sent += 1;
                late += u64::from(due.elapsed() > Duration::from_millis(20));
                let draft = Draft::new(run.stage, endpoint, &sample.value);
                let Some(request) = draft.sealed(run.stage, run.now()) else { break };
                under_way.push(async move {
                    let exchange = run.send_of_many(&endpoint.name, request).await;
                    ((due, exchange), Instant::now())
                });
            }
        }
    }
    while let Some((done, ended)) = under_way.next().await {
        collect(&mut tally, done, ended);
    }
    let took = started.elapsed().as_secs_f64();
    tally.waited = Nanos::from_duration(started.elapsed());
    tally.latency = latency(&histogram);
    tally.note(format!(
        "{sent} of {planned} deliveries in {took:.1}s, {:.1} a second of {} asked for, {bad} not accepted",
        sent as f64 / took,
        load.per_second
    ));
    if late * 100 > sent {
        tally.add(Judged::skipped(format!("the rate was not held here: {late} of {sent} deliveries left late")));
    }
    if let (Some(limit), Some(found)) = (run.spec.within, tally.latency)
        && found.p99 > limit
    {
        let message = format!("at {} deliveries a second, the p99 of the response time is too long", load.per_second);
        tally.add(run.asked("the response time").error(message, format!("at most {limit}"), found.p99.to_string(), None));
    }
    tally
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number of deliveries, and the cast saturates"
)]
fn count(per_second: f64, during: Nanos) -> u64 {
    (per_second * during.duration().as_secs_f64()).round().max(1.0) as u64
}

/// Load goes to hosts that consent: this machine, or an endpoint whose handshake allows the rate (CloudEvents HTTP Webhook 1.0
/// section 4.2).
async fn consents(run: &Run<'_>, per_second: f64) -> Result<(), String> {
    if run.stage.world.may_load {
        return Ok(());
    }
    let origin = &run.stage.plan.profile.delivery.origin;
    let handshakes = run.stage.exchanges_of(|module| module == ModuleId::Handshake);
    let allowed = handshakes.iter().filter_map(|x| endpoint::allowed_rate(x.response()?, origin)).next();
    match allowed {
        Some(None) => Ok(()),
        Some(Some(rate)) if rate as f64 >= per_second * 60.0 => Ok(()),
        Some(Some(rate)) => Err(format!("the endpoint's handshake allows {rate} deliveries a minute, fewer than asked for")),
        None => {
            Err("load goes to this machine only, or where the handshake allows it (WebHook-Allowed-Origin and -Rate)".to_owned())
        }
    }
}
