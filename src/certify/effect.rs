//! What HTTP alone cannot show: whether a delivery took effect, and how often.
//!
//! Asks the partner's read-back URL, or counts what the partner asked of us afterwards. Where there is neither it says so, and
//! never guesses.

use crate::certify::deliver::Draft;
use crate::certify::stage::Run;
use crate::model::certification::{ModuleId, ModuleResult};
use crate::model::http::Request;
use crate::suite::ast::profile::ReadBack;
use serde_json::Value;
use std::time::{Duration, Instant};

/// What is to be shown of an effect.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// The delivery took effect once.
    Once(&'a Draft<'a>),
    /// Each of the deliveries took effect.
    Each(&'a [Draft<'a>]),
    /// Of two deliveries about one entity, the younger event is the one that holds.
    Latest { older: &'a Draft<'a>, younger: &'a Draft<'a> },
}

/// How long a partner may take to ask for what it was told of.
const FOLLOW_UP: Duration = Duration::from_secs(5);

/// The effect of a module's deliveries, in a few words.
pub(super) fn title(module: ModuleId) -> &'static str {
    match module {
        ModuleId::DuplicateDelivery => "a duplicate takes effect once",
        ModuleId::ConcurrentDuplicates => "duplicates at once take effect once",
        ModuleId::OutOfOrder => "the younger event holds, in whichever order they came",
        ModuleId::DelayedReplay => "a late replay takes effect",
        _ => "the delivery takes effect",
    }
}

/// Judges an effect by what there is to judge it by.
pub(super) async fn judge(run: &Run<'_>, wanted: Wanted<'_>) -> (ModuleResult, String) {
    if let Some(read_back) = &run.stage.plan.profile.read_back {
        return by_read_back(run, read_back, wanted).await;
    }
    if let Some(follow_ups) = &run.stage.world.follow_ups {
        let drafts: Vec<&Draft<'_>> = match wanted {
            Wanted::Once(draft) => vec![draft],
            Wanted::Each(drafts) => drafts.iter().collect(),
            Wanted::Latest { younger, .. } => vec![younger],
        };
        let mut entities: Vec<String> = drafts.iter().filter_map(|d| entity_id(d)).collect();
        entities.sort();
        entities.dedup();
        for entity in &entities {
            if follow_ups.asked(entity, FOLLOW_UP).await == 0 {
                return (ModuleResult::Failed, format!("the partner did not ask for `{entity}` after it was told of a change"));
            }
        }
        if !entities.is_empty() {
            return (ModuleResult::Passed, "shown by the partner's own request for the entity after the delivery".to_owned());
        }
    }
    let look = "HTTP alone cannot show it: look into the endpoint's own records, or give the profile a `read_back`";
    (ModuleResult::Review, look.to_owned())
}

/// The identifier of what a delivery is about.
pub(super) fn entity_id(draft: &Draft<'_>) -> Option<String> {
    let body: Value = serde_json::from_slice(&draft.body).ok()?;
    body.get("id").and_then(Value::as_str).map(str::to_owned)
}

async fn by_read_back(run: &Run<'_>, read_back: &ReadBack, wanted: Wanted<'_>) -> (ModuleResult, String) {
    let until = Instant::now() + read_back.within.duration();
    loop {
        let found = look(run, read_back, wanted).await;
        // An effect may take its time; one that is already too many will not become fewer.
        let final_word = matches!(found, Shown::Right(_) | Shown::Wrong(_)) || Instant::now() >= until;
        if final_word || !run.pause(Duration::from_millis(100)).await {
            return match found {
                Shown::Right(why) => (ModuleResult::Passed, why),
                Shown::Wrong(why) | Shown::NotYet(why) => (ModuleResult::Failed, why),
                Shown::Nothing(why) => (ModuleResult::Review, why),
            };
        }
    }
}

enum Shown {
    Right(String),
    Wrong(String),
    NotYet(String),
    Nothing(String),
}

async fn look(run: &Run<'_>, read_back: &ReadBack, wanted: Wanted<'_>) -> Shown {
    match wanted {
        Wanted::Once(draft) => count(run, read_back, draft).await,
        Wanted::Each(drafts) => {
            let mut last = Shown::Nothing("there was nothing to read back".to_owned());
            for draft in drafts {
                last = count(run, read_back, draft).await;
                if !matches!(last, Shown::Right(_)) {
                    break;
                }
            }
            last
        }
        Wanted::Latest { older, younger } => {
            let Some(path) = &read_back.latest else {
                return Shown::Nothing("the profile's read-back does not say which event holds (`latest`)".to_owned());
            };
            let answer = match ask(run, read_back, younger).await {
                Ok(answer) => answer,
                Err(why) => return Shown::NotYet(why),
            };
            let holds: Vec<Value> = path.select(&answer).into_iter().map(|(_, v)| v.clone()).collect();
            if holds.iter().any(|v| tells(v, younger)) {
                Shown::Right(format!("read back: `{path}` tells the younger event"))
            } else if holds.iter().any(|v| tells(v, older)) {
                Shown::Wrong(format!("read back: `{path}` tells the older event, which came last"))
            } else {
                Shown::NotYet(format!("read back: `{path}` tells neither of the two events"))
            }
        }
    }
}

async fn count(run: &Run<'_>, read_back: &ReadBack, draft: &Draft<'_>) -> Shown {
    let Some(path) = &read_back.count else {
        return Shown::Nothing("the profile's read-back does not say how often (`count`)".to_owned());
    };
    let answer = match ask(run, read_back, draft).await {
        Ok(answer) => answer,
        Err(why) => return Shown::NotYet(why),
    };
    let found: Vec<Value> = path.select(&answer).into_iter().map(|(_, v)| v.clone()).collect();
    let times = match found.as_slice() {
        [Value::Number(n)] => n.as_u64(),
        [Value::Array(items)] => u64::try_from(items.len()).ok(),
        [Value::Bool(taken)] => Some(u64::from(*taken)),
        _ => None,
    };
    match times {
        Some(1) => Shown::Right(format!("read back: `{path}` is 1")),
        Some(0) => Shown::NotYet(format!("read back: `{path}` is 0, the delivery took no effect")),
        Some(times) => Shown::Wrong(format!("read back: `{path}` is {times}, the delivery took effect more than once")),
        None => Shown::NotYet(format!("read back: `{path}` tells no number")),
    }
}

/// Whether what was read back is the event of a delivery: its identifier, its body, or a text in it that tells the event.
fn tells(value: &Value, draft: &Draft<'_>) -> bool {
    let body: Option<Value> = serde_json::from_slice(&draft.body).ok();
    let named = ["event", "type", "event_type", "eventType", "status", "timestamp"];
    value.as_str() == Some(&draft.id)
        || body.as_ref() == Some(value)
        || body.is_some_and(|b| named.iter().any(|name| b.get(name) == Some(value)))
}

async fn ask(run: &Run<'_>, read_back: &ReadBack, draft: &Draft<'_>) -> Result<Value, String> {
    let fill = |text: &str| {
        let entity = entity_id(draft).unwrap_or_default();
        text.replace("${delivery.id}", &draft.id).replace("${entity.id}", &entity)
    };
    let mut request = Request::new("GET", fill(&read_back.url.value));
    for (name, value) in &read_back.headers {
        request.headers.push(name.clone(), fill(value.expose()));
    }
    let exchange = run.send("read-back", request).await;
    let response = exchange.result.as_ref().map_err(|error| format!("the read-back got no answer: {error}"))?;
    if response.status != 200 {
        return Err(format!("the read-back was answered {}", response.status));
    }
    serde_json::from_slice(&response.body).map_err(|error| format!("the read-back is not JSON: {error}"))
}
