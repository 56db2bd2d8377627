//! The module of deliveries at a rate: timed from the instant at which each was due, carried by the load engine.
//!
//! Makes deliveries and judges what came of them. Goes only where load is allowed.

use crate::base::units::{Nanos, Rate};
use crate::certify::deliver::Draft;
use crate::certify::paced::{self, Delivered, Paced, Wish};
use crate::certify::stage::Run;
use crate::certify::tally::{Tally, latency};
use crate::check::endpoint::{self, Judged};
use crate::model::certification::ModuleId;
use crate::model::load::{LoadError, Totals};
use crate::plan::certification::{DeliveryRate, Endpoint};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// At most so many failures of a kind are shown.
const SHOWN: usize = 5;
/// Of the deliveries, so many in a hundred may leave later than they were due before the rate counts as not held.
const LATE: Nanos = Nanos(20_000_000);

/// Deliveries at a rate.
pub(super) async fn delivery_rate(run: &Run<'_>) -> Tally {
    let Some(load) = run.stage.plan.load else { return Tally::not_applicable("no rate was asked for") };
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else {
        return Tally::skipped("there is nothing to deliver");
    };
    if let Err(why) = consents(run, load.per_second).await {
        return Tally::skipped(why);
    }
    run.waits("deliveries at a rate", load.during);
    let started = Instant::now();
    let wish = Wish {
        url: endpoint.url.clone(),
        tls: run.stage.dial().tls,
        rate: Rate(load.per_second),
        during: load.during,
        timeout: run.stage.patience(),
        began: run.now(),
    };
    let Paced { make, mut delivered, totals } = match paced::begin(&wish, run.stage.stop.clone()) {
        Ok(paced) => paced,
        Err(why) => return Tally::skipped(why),
    };
    let mut tally = Tally::new();
    let mut bad = 0_usize;
    let making = hand_in(run, endpoint, &sample.value, make);
    let judging = async {
        while let Some(delivery) = delivered.recv().await {
            judge(run, endpoint, delivery, &mut tally, &mut bad);
        }
    };
    futures_util::future::join(making, judging).await;
    let totals = match totals.await {
        Ok(Ok(totals)) => totals,
        Ok(Err(why)) => return Tally::skipped(format!("the event loop cannot run: {why}")),
        // A defect of ours must not pass for a verdict: it is raised again where a person sees it.
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => return Tally::skipped("the certification was stopped"),
    };
    tally.waited = Nanos::from_duration(started.elapsed());
    conclude(run, load, &totals, bad, &mut tally);
    tally
}

/// Makes deliveries, each a little ahead of its time, until they are no longer taken.
async fn hand_in(run: &Run<'_>, endpoint: &Endpoint, value: &serde_json::Value, make: Sender<crate::model::http::Request>) {
    loop {
        let Ok(place) = make.reserve().await else { return };
        let draft = Draft::new(run.stage, endpoint, value);
        let Some(request) = draft.sealed(run.stage, run.now()) else { return };
        place.send(request);
    }
}

fn judge(run: &Run<'_>, endpoint: &Endpoint, delivery: Delivered, tally: &mut Tally, bad: &mut usize) {
    let exchange = run.of_many(&endpoint.name, delivery.request, delivery.result, delivery.timing);
    let judged = endpoint::status(&run.asked("a delivery at that rate"), &exchange);
    *bad += usize::from(!judged.findings.is_empty());
    // The first of the failures tell what they all do.
    if judged.findings.is_empty() || tally.findings.len() < SHOWN {
        tally.add(judged);
    }
}

fn conclude(run: &Run<'_>, load: DeliveryRate, totals: &Totals, bad: usize, tally: &mut Tally) {
    let answers = totals.answers(None);
    tally.latency = latency(&answers.response);
    let seconds = totals.length.0 as f64 / 1e9;
    tally.note(format!(
        "{} of {} deliveries in {seconds:.1}s, {:.1} a second of {} asked for, {bad} not accepted",
        totals.sent,
        totals.due,
        totals.in_time as f64 / seconds,
        load.per_second
    ));
    let unsent: u64 = totals.errors(None).iter().filter(|(e, _)| *e == LoadError::Unfinished).map(|(_, n)| n).sum();
    let late = totals.lateness.count_above(LATE) + totals.missed;
    if late * 100 > totals.due || totals.due == 0 {
        tally.add(Judged::skipped(format!("the rate was not held here: {late} of {} deliveries left late", totals.due)));
    }
    if unsent > 0 {
        tally.note(format!("{unsent} deliveries had no answer when the others were over"));
    }
    if let (Some(limit), Some(found)) = (run.spec.within, tally.latency)
        && found.p99 > limit
    {
        let message = format!("at {} deliveries a second, the p99 of the response time is too long", load.per_second);
        tally.add(run.asked("the response time").error(message, format!("at most {limit}"), found.p99.to_string(), None));
    }
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
