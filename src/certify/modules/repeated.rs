//! Deliveries that come twice, at once, late, or in another order.
//!
//! Sends them and asks for their effect. Decides no status.

use crate::certify::deliver::{Draft, date, rename};
use crate::certify::effect::{self, Wanted};
use crate::certify::stage::Run;
use crate::certify::tally::Tally;
use crate::check::endpoint;
use crate::generate::{Sample, SampleKind};
use crate::model::certification::ModuleResult;
use crate::plan::certification::Endpoint;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The same delivery twice, each attempt with its own time.
pub(super) async fn duplicate_delivery(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let Some(draft) = first(run).await else { return nothing() };
    for what in ["a delivery", "its duplicate"] {
        send(run, &draft, what, &mut tally).await;
    }
    with_effect(run, tally, Wanted::Once(&draft)).await
}

/// The same delivery several times at once.
pub(super) async fn concurrent_duplicates(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let Some(draft) = first(run).await else { return nothing() };
    let copies = run.spec.count.unwrap_or(10);
    let attempts = (0..copies).filter_map(|_| Some(run.send_once(&draft.endpoint.name, draft.sealed(run.stage, run.now())?)));
    for mut exchange in join_all(attempts).await {
        // What is put off comes again by itself, one after the other.
        if exchange.response().is_some_and(|r| endpoint::retry_after(r).is_some() && matches!(r.status, 429 | 503)) {
            run.come_back(&exchange).await;
            exchange = run.send(&draft.endpoint.name, exchange.request.clone()).await;
        }
        tally.add(endpoint::status(&run.asked("one of several duplicates at once"), &exchange));
    }
    tally.note(format!("{copies} attempts at once"));
    with_effect(run, tally, Wanted::Once(&draft)).await
}

/// The younger of two events about one entity first.
pub(super) async fn out_of_order(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let Some((endpoint, older, younger)) = run.stage.plan.endpoints.iter().find_map(|e| two_events(run, e)) else {
        return Tally::not_applicable("the spec has no two events of one kind");
    };
    let now = run.now();
    let earlier = now - SignedDuration::from_mins(10);
    let entity = entity(run, &younger.value).await.or_else(|| unheard_of(run, endpoint, &younger.value));
    let drafts =
        [(younger, now), (older, earlier)].map(|(sample, at)| dated(run, endpoint, &sample.value, at, entity.as_deref()));
    for (draft, what) in drafts.iter().zip(["the younger event", "the older event, after the younger one"]) {
        send(run, draft, what, &mut tally).await;
    }
    let [younger, older] = &drafts;
    with_effect(run, tally, Wanted::Latest { older, younger }).await
}

/// Replays hours after the event: an old event, a fresh attempt.
pub(super) async fn delayed_replay(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let Some((endpoint, sample)) = one_event(run) else { return nothing() };
    let mut drafts = Vec::new();
    for age in &run.spec.ages {
        let entity = entity(run, &sample.value).await;
        let ago = SignedDuration::from_nanos(i64::try_from(age.0).unwrap_or(i64::MAX));
        let at = run.now().checked_sub(ago).unwrap_or(Timestamp::UNIX_EPOCH);
        let draft = dated(run, endpoint, &sample.value, at, entity.as_deref());
        send(run, &draft, &format!("a replay {age} after the event"), &mut tally).await;
        drafts.push(draft);
    }
    with_effect(run, tally, Wanted::Each(&drafts)).await
}

fn nothing() -> Tally {
    Tally::skipped("there is nothing to deliver")
}

/// A delivery of the first event, about an entity of our own where there is one.
async fn first<'s>(run: &Run<'s>) -> Option<Draft<'s>> {
    let (endpoint, sample) = one_event(run)?;
    let entity = entity(run, &sample.value).await;
    Some(dated(run, endpoint, &sample.value, run.now(), entity.as_deref()))
}

/// An identifier that no delivery has borne before, so that the two events are all that is known of what it names.
fn unheard_of(run: &Run<'_>, endpoint: &Endpoint, value: &Value) -> Option<String> {
    let mut value = value.clone();
    rename(run.stage, endpoint, &mut value);
    value.get("id").and_then(Value::as_str).map(str::to_owned)
}

async fn entity(run: &Run<'_>, value: &Value) -> Option<String> {
    match &run.stage.world.follow_ups {
        Some(follow_ups) => follow_ups.entity(value).await,
        None => None,
    }
}

/// A delivery of an event of that time, about that entity.
fn dated<'p>(run: &Run<'p>, endpoint: &'p Endpoint, value: &Value, at: Timestamp, entity: Option<&str>) -> Draft<'p> {
    let mut value = value.clone();
    date(&mut value, at);
    rename(run.stage, endpoint, &mut value);
    if let Some(entity) = entity
        && value.get("id").is_some()
    {
        value["id"] = Value::from(entity);
    }
    Draft::exactly(run.stage, endpoint, value.to_string())
}

/// An event to deliver: one about something that we have, where the partner was told to ask us.
fn one_event<'p>(run: &Run<'p>) -> Option<(&'p Endpoint, &'p Sample)> {
    let plan = run.stage.plan;
    let known = plan.endpoints.iter().find_map(|e| events(run, e).first().map(|s| (e, *s)));
    known.or_else(|| plan.endpoints.iter().find_map(|e| Some((e, e.first()?))))
}

/// The events of an endpoint; where the partner was told to ask us, those about something that we have.
fn events<'p>(run: &Run<'_>, endpoint: &'p Endpoint) -> Vec<&'p Sample> {
    let follow_ups = run.stage.world.follow_ups.as_ref();
    let all = || endpoint.of(|kind| *kind == SampleKind::Event);
    let known: Vec<_> = all().filter(|s| follow_ups.is_none_or(|f| f.knows(&s.value))).collect();
    if known.is_empty() { all().collect() } else { known }
}

/// Two different events of an endpoint; about the same entity where the spec's values tell.
fn two_events<'p>(run: &Run<'_>, endpoint: &'p Endpoint) -> Option<(&'p Endpoint, &'p Sample, &'p Sample)> {
    let events = events(run, endpoint);
    let id = |s: &Sample| s.value.get("id").cloned();
    let kind = |s: &Sample| s.label.split(' ').next().map(str::to_owned);
    let pairs = || events.iter().enumerate().flat_map(|(i, a)| events[i + 1..].iter().map(move |b| (*a, *b)));
    let differing = |(a, b): &(&Sample, &Sample)| a.value != b.value;
    pairs()
        .filter(differing)
        .find(|(a, b)| id(a).is_some() && id(a) == id(b) && kind(a) == kind(b))
        .or_else(|| pairs().filter(differing).find(|(a, b)| kind(a) == kind(b)))
        .or_else(|| pairs().find(differing))
        .map(|(a, b)| (endpoint, a, b))
}

async fn send(run: &Run<'_>, draft: &Draft<'_>, what: &str, tally: &mut Tally) {
    let Some(request) = draft.sealed(run.stage, run.now()) else { return };
    let exchange = run.send(&draft.endpoint.name, request).await;
    tally.add(endpoint::status(&run.asked(what), &exchange));
}

/// Asks for the effect where the deliveries were accepted; without that there is none to ask for.
async fn with_effect(run: &Run<'_>, mut tally: Tally, wanted: Wanted<'_>) -> Tally {
    let accepted = !matches!(tally.result, ModuleResult::Failed | ModuleResult::Skipped);
    let (result, reason) = if accepted {
        effect::judge(run, wanted).await
    } else {
        (ModuleResult::Skipped, "the deliveries were not all accepted".to_owned())
    };
    if result == ModuleResult::Failed {
        let asked = run.asked("the effect");
        let mut judged =
            asked.error("the effect is not what the deliveries ask for", effect::title(run.id), reason.clone(), None);
        if let (Some(requirement), [finding]) = (&run.spec.effect, &mut judged.findings[..]) {
            finding.requirement = requirement.clone();
        }
        tally.findings.extend(judged.findings);
    }
    tally.effect = Some((result, reason));
    tally
}
