//! Deliveries that an endpoint has to accept, whatever they hold.
//!
//! Sends what the spec describes and what a minor version may add to it. Decides no status.

use crate::certify::deliver::{Draft, rename};
use crate::certify::life::look_for_life;
use crate::certify::stage::Run;
use crate::certify::tally::Tally;
use crate::check::endpoint::{self, Asked, Judged};
use crate::generate::{Sample, SampleKind};
use crate::model::exchange::Exchange;
use crate::plan::certification::Endpoint;
use futures_util::StreamExt as _;
use futures_util::stream;

/// Every event and every valid form of it.
pub(super) async fn valid_delivery(run: &Run<'_>) -> Tally {
    let valid = |kind: &SampleKind| matches!(kind, SampleKind::Event | SampleKind::Boundary(_) | SampleKind::Odd(_));
    let mut tally = deliver_all(run, valid, "", endpoint::acknowledged).await;
    let missed = &run.stage.plan.missed;
    tally.notes.extend(missed.iter().map(|what| format!("not generated: {what}")));
    tally
}

/// A field that the spec does not know.
pub(super) async fn unknown_field(run: &Run<'_>) -> Tally {
    deliver_all(run, |kind| matches!(kind, SampleKind::UnknownField(_)), "with ", endpoint::acknowledged).await
}

/// An event or an entity that the spec does not know.
pub(super) async fn unknown_value(run: &Run<'_>) -> Tally {
    deliver_all(run, |kind| matches!(kind, SampleKind::UnknownValue(_)), "with ", endpoint::status).await
}

/// Optional fields absent.
pub(super) async fn optional_absent(run: &Run<'_>) -> Tally {
    deliver_all(run, |kind| matches!(kind, SampleKind::OptionalAbsent(_)), "with ", endpoint::status).await
}

type Judge = fn(&Asked<'_>, &Exchange) -> Judged;

/// Delivers every sample of a kind to its endpoint, a few at a time, and judges the answers.
async fn deliver_all(run: &Run<'_>, kind: impl Fn(&SampleKind) -> bool, with: &str, judge: Judge) -> Tally {
    let mut tally = Tally::new();
    let wanted: Vec<(&Endpoint, &Sample)> =
        run.stage.plan.endpoints.iter().flat_map(|e| e.of(&kind).map(move |s| (e, s))).collect();
    if wanted.is_empty() {
        return Tally::not_applicable("the spec leaves nothing of this kind to deliver");
    }
    let mut sent = 0;
    while sent < wanted.len() {
        let at_once = run.stage.at_once();
        let some = &wanted[sent..wanted.len().min(sent + at_once)];
        let judged = stream::iter(some.iter().map(|(endpoint, sample)| deliver(run, endpoint, sample, with, judge)))
            .buffered(at_once)
            .collect::<Vec<_>>()
            .await;
        sent += judged.len();
        judged.into_iter().for_each(|j| tally.add(j));
        if run.stage.stop.is_cancelled() {
            break;
        }
        if !look_for_life(run.stage).await {
            tally.note(format!("given up after {sent} of {}: the endpoint does not answer any more", wanted.len()));
            return tally;
        }
    }
    tally.note(format!("{sent} deliveries"));
    tally
}

async fn deliver(run: &Run<'_>, endpoint: &Endpoint, sample: &Sample, with: &str, judge: Judge) -> Judged {
    // A value at a bound of its schema is there for its spelling: it is sent as it is.
    let draft = match &sample.kind {
        SampleKind::Boundary(at) | SampleKind::Odd(at) => {
            let mut value = sample.value.clone();
            if at.as_str() != "/id" {
                rename(run.stage, endpoint, &mut value);
            }
            Draft::exactly(run.stage, endpoint, value.to_string())
        }
        _ => Draft::new(run.stage, endpoint, &sample.value),
    };
    let Some(request) = draft.sealed(run.stage, run.now()) else { return Judged::skipped("the delivery cannot be signed") };
    let exchange = run.send(&endpoint.name, request).await;
    let what = format!("a delivery {with}{}", sample.label);
    let what = if with.is_empty() { format!("a delivery of {}", sample.label) } else { what };
    let asked = run.asked(&what);
    match exchange.response() {
        // The schema allows it and the platform hardly sends it: whoever refuses it in an orderly way loses little.
        Some(response) if matches!(sample.kind, SampleKind::Odd(_)) && (400..500).contains(&response.status) => {
            let message = format!("{what} was refused, which the spec allows");
            asked.warning(message, endpoint::statuses(&run.spec.accept), endpoint::shown(response), Some(&exchange))
        }
        _ => judge(&asked, &exchange),
    }
}
