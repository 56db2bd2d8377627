//! Modules about all that was exchanged: response times, redirects, what error bodies show.
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
use std::sync::Arc;

/// At most so many answers of a kind are shown.
const SHOWN: usize = 5;

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
