//! What an endpoint has to survive: hostile JSON, oversize bodies, bursts, bodies that never end.
//!
//! Everything is bounded in count, size and time, and after each of them an ordinary delivery has to be accepted. Decides no
//! status.

use crate::base::units::Nanos;
use crate::certify::deliver::Draft;
use crate::certify::stage::Run;
use crate::certify::tally::Tally;
use crate::check::endpoint::{self, Judged};
use crate::model::certification::{ModuleId, ModuleResult};
use crate::model::exchange::{Exchange, TransportError, TransportErrorKind};
use crate::model::http::{Request, Response};
use crate::net::probe::{dial, encode_request};
use crate::plan::certification::Endpoint;
use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many bytes of an oversize body the record keeps.
const KEPT: usize = 1024;

/// Longer than this no ordinary delivery needs on its own.
const HELD_UP: Duration = Duration::from_millis(1500);
/// How many kinds of hostile JSON an endpoint has to survive; it is warned of the others.
const REQUIRED: usize = 4;

/// Deep JSON, duplicate keys, a byte order mark, invalid UTF-8: whatever the answer, it is no 5xx.
pub(super) async fn hostile_json(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let depth = run.spec.count.unwrap_or(10_000) as usize;
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        let text = sample.value.to_string();
        let bodies = [
            (format!("a delivery with JSON {depth} levels deep"), with_member(&text, &deep(depth))),
            ("a delivery with duplicate keys".to_owned(), duplicated(&sample.value)),
            ("a delivery that begins with a byte order mark".to_owned(), Bytes::from(format!("\u{feff}{text}"))),
            ("a delivery with invalid UTF-8".to_owned(), invalid_utf8(&text)),
            ("a delivery with half a surrogate pair".to_owned(), with_member(&text, "\"\\ud800\"")),
            ("a delivery with a number beyond every type".to_owned(), with_member(&text, "1e99999")),
        ];
        for (i, (what, body)) in bodies.into_iter().enumerate() {
            let draft = Draft::exactly(run.stage, endpoint, body);
            let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
            let exchange = run.send(&endpoint.name, request).await;
            let judged = endpoint::status(&run.asked(&what), &exchange);
            // Who closes the connection on it has not failed at it; whether it lives on is asked afterwards.
            let closed = exchange.result.as_ref().is_err_and(|error| error.kind == TransportErrorKind::Reset);
            tally.add(if i < REQUIRED && !closed { judged } else { judged.lenient() });
        }
    }
    still_alive(run, "after hostile JSON", &mut tally).await;
    tally
}

fn deep(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// The object with one more member; a text that is no object becomes an array.
fn with_member(object: &str, value: &str) -> Bytes {
    Bytes::from(match object.strip_suffix('}') {
        Some("{") => format!("{{\"unknown\":{value}}}"),
        Some(start) => format!("{start},\"unknown\":{value}}}"),
        None => format!("[{object},{value}]"),
    })
}

/// The object with each of its members twice.
fn duplicated(value: &Value) -> Bytes {
    let text = value.to_string();
    let members = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|m| !m.is_empty());
    Bytes::from(members.map_or_else(|| text.clone(), |members| format!("{{{members},{members}}}")))
}

/// The object with a member whose text is no UTF-8: a lone continuation byte and an overlong slash.
fn invalid_utf8(object: &str) -> Bytes {
    let mut bytes = with_member(object, "\"??\"").to_vec();
    let at = bytes.len().saturating_sub(if object.ends_with('}') { 4 } else { 3 });
    bytes.splice(at..at + 2, [0x80, 0xc0, 0xaf]);
    Bytes::from(bytes)
}

/// An ordinary delivery has to be accepted still.
async fn still_alive(run: &Run<'_>, when: &str, tally: &mut Tally) -> bool {
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else { return true };
    let draft = Draft::new(run.stage, endpoint, &sample.value);
    let Some(request) = draft.sealed(run.stage, run.now()) else { return true };
    let exchange = run.send(&endpoint.name, request).await;
    let accepted = exchange.response().is_some_and(|r| (200..300).contains(&r.status) || endpoint::is_redirect(r));
    if !accepted && !run.stage.stop.is_cancelled() {
        let actual = exchange.result.as_ref().map_or_else(ToString::to_string, endpoint::shown);
        let message = format!("an ordinary delivery {when} was not accepted");
        tally.add(run.asked("an ordinary delivery").error(message, "2XX", actual, Some(&exchange)));
    }
    accepted
}

/// A body larger than anyone sends.
pub(super) async fn oversize(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let size = usize::try_from(run.spec.size.unwrap_or(2 << 20)).unwrap_or(2 << 20);
    for endpoint in &run.stage.plan.endpoints {
        let Some(sample) = endpoint.first() else { continue };
        let text = sample.value.to_string();
        let filler = size.saturating_sub(text.len() + 16);
        let draft = Draft::exactly(run.stage, endpoint, with_member(&text, &format!("\"{}\"", "x".repeat(filler))));
        let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
        let (began, started) = (run.now(), Instant::now());
        let bytes = encode_request(&request);
        let limits = &run.stage.plan.profile.limits;
        let most = usize::try_from(limits.body).unwrap_or(usize::MAX);
        let sending = async {
            let mut line = dial(&request.url, &run.stage.dial()).await?;
            line.send_watching(&bytes, &request.method, most, limits.answer.duration()).await
        };
        let result = stoppable(run, sending).await;
        let exchange = run.keep(&endpoint.name, shortened(request), result, began, started.elapsed());
        let what = format!("a delivery of {size} bytes");
        let judged = match &exchange.result {
            // The connection ended before the answer could be read: a clean close, as far as HTTP/1.1 has one.
            Err(error) if error.kind == TransportErrorKind::Reset => {
                tally.note("the connection was closed while the body was under way");
                Judged::passed()
            }
            _ => endpoint::status(&run.asked(&what), &exchange),
        };
        tally.add(judged);
    }
    still_alive(run, "after an oversize one", &mut tally).await;
    tally
}

/// What the record keeps of an oversize request.
fn shortened(mut request: Request) -> Request {
    let whole = request.body.len();
    if whole > KEPT {
        let mut kept = request.body[..KEPT].to_vec();
        kept.extend_from_slice(format!("... ({whole} bytes)").as_bytes());
        request.body = Bytes::from(kept);
    }
    request
}

async fn stoppable<T>(run: &Run<'_>, work: impl Future<Output = Result<T, TransportError>>) -> Result<T, TransportError> {
    tokio::select! {
        result = work => result,
        () = run.stage.stop.cancelled() => {
            Err(TransportError { kind: TransportErrorKind::Cancelled, detail: String::new() })
        }
    }
}

/// A burst: accepted, or put off with a time after which it is accepted.
pub(super) async fn overload(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let count = run.spec.count.unwrap_or(50);
    let recovery = run.spec.within.unwrap_or(Nanos(30_000_000_000));
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else {
        return Tally::skipped("there is nothing to deliver");
    };
    let drafts: Vec<Draft<'_>> = (0..count).map(|_| Draft::new(run.stage, endpoint, &sample.value)).collect();
    let exchanges = deliver_at_once(run, &drafts).await;
    let mut put_off: Vec<&Draft<'_>> = Vec::new();
    let mut wait = Duration::ZERO;
    for (draft, exchange) in drafts.iter().zip(&exchanges) {
        let what = "one of a burst";
        let judged = endpoint::status(&run.asked(what), exchange);
        let response = exchange.response().filter(|r| judged.result == ModuleResult::Passed && r.status >= 400);
        tally.add(match response {
            None => judged,
            Some(response) => match endpoint::retry_after(response) {
                None => {
                    let message = format!("{what} was put off ({}) without a time to come back", response.status);
                    run.asked(what).error(message, "Retry-After", "none", Some(exchange))
                }
                Some(seconds) if Nanos(seconds.saturating_mul(1_000_000_000)) > recovery => {
                    let message = format!("{what} was put off for longer than {recovery}");
                    run.asked(what).error(message, format!("at most {recovery}"), format!("{seconds}s"), Some(exchange))
                }
                Some(seconds) => {
                    wait = wait.max(Duration::from_secs(seconds));
                    put_off.push(draft);
                    Judged::passed()
                }
            },
        });
    }
    tally.note(format!("{count} deliveries at once, {} put off", put_off.len()));
    let started = Instant::now();
    if !put_off.is_empty() {
        recover(run, endpoint, put_off, wait, recovery, &mut tally).await;
    } else if tally.result != ModuleResult::Failed {
        still_alive(run, "after the burst", &mut tally).await;
    }
    tally.waited = Nanos::from_duration(started.elapsed().min(recovery.duration()));
    tally
}

async fn deliver_at_once(run: &Run<'_>, drafts: &[Draft<'_>]) -> Vec<Arc<Exchange>> {
    let requests = drafts.iter().filter_map(|draft| Some((draft, draft.sealed(run.stage, run.now())?)));
    join_all(requests.map(|(draft, request)| run.send_once(&draft.endpoint.name, request))).await
}

/// Comes back after the time asked for, one after the other, until all are accepted or the time for it is over.
async fn recover(
    run: &Run<'_>,
    endpoint: &Endpoint,
    mut put_off: Vec<&Draft<'_>>,
    mut wait: Duration,
    recovery: Nanos,
    tally: &mut Tally,
) {
    let until = Instant::now() + recovery.duration();
    while !put_off.is_empty() && Instant::now() < until {
        run.waits("the endpoint asked to come back later", Nanos::from_duration(wait));
        let left = until.saturating_duration_since(Instant::now());
        if !run.pause(wait.clamp(Duration::from_millis(50), left.max(Duration::from_millis(50)))).await {
            return;
        }
        let mut still = Vec::new();
        for draft in put_off {
            let Some(request) = draft.sealed(run.stage, run.now()) else { continue };
            let exchange = run.send_once(&endpoint.name, request).await;
            match exchange.response() {
                Some(r) if (200..300).contains(&r.status) => {}
                Some(r) if matches!(r.status, 429 | 503) && Instant::now() < until => {
                    wait = Duration::from_secs(endpoint::retry_after(r).unwrap_or(1));
                    still.push(draft);
                    if still.len() > 3 {
                        // It has not recovered yet: the others are spared.
                        break;
                    }
                }
                _ => {
                    let actual = exchange.result.as_ref().map_or_else(ToString::to_string, endpoint::shown);
                    let message = "a delivery that was put off was not accepted afterwards";
                    tally.add(run.asked("a delivery that was put off").error(message, "2XX", actual, Some(&exchange)));
                    return;
                }
            }
        }
        put_off = still;
    }
    if !put_off.is_empty() {
        let message = format!("the endpoint did not recover within {recovery}");
        tally.add(run.asked("the endpoint").error(message, "2XX", "still put off", None));
    }
}

/// A body that never ends is given up, and does not hold up other deliveries.
pub(super) async fn partial_body(run: &Run<'_>) -> Tally {
    let mut tally = Tally::new();
    let given_up = run.spec.within.unwrap_or(Nanos(30_000_000_000));
    let Some((endpoint, sample)) = run.stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else {
        return Tally::skipped("there is nothing to deliver");
    };
    let draft = Draft::new(run.stage, endpoint, &sample.value);
    let Some(mut request) = draft.sealed(run.stage, run.now()) else { return Tally::skipped("the delivery cannot be signed") };
    let (began, started) = (run.now(), Instant::now());
    run.waits("the endpoint has to give up a body that does not end", given_up);
    let bytes = encode_request(&request);
    let half = bytes.len() - request.body.len() / 2;
    let held = async {
        let mut line = dial(&request.url, &run.stage.dial()).await?;
        line.write(&bytes[..half]).await?;
        let gone = line.closed(given_up.duration()).await;
        if !gone {
            return Ok(None);
        }
        let limits = &run.stage.plan.profile.limits;
        let most = usize::try_from(limits.body).unwrap_or(usize::MAX);
        line.read_response(&request.method, most, Duration::from_secs(2)).await.map(Some)
    };
    let over = AtomicBool::new(false);
    let others = deliver_meanwhile(run, endpoint, &sample.value, &over);
    let held = async {
        let held = stoppable(run, held).await;
        over.store(true, Ordering::SeqCst);
        (held, Instant::now())
    };
    let ((held, ended), others) = tokio::join!(held, others);
    let elapsed = ended - started;
    tally.waited = Nanos::from_duration(elapsed);
    request.body = request.body.slice(..request.body.len() - request.body.len() / 2);
    let (result, kept_open) = match held {
        Ok(Some(response)) => (Ok(response), false),
        Ok(None) => {
            let detail = format!("held open for {given_up}");
            (Err(TransportError { kind: TransportErrorKind::ReadTimeout, detail }), true)
        }
        Err(error) => (Err(error), false),
    };
    let exchange = run.keep(&endpoint.name, request, result, began, elapsed);
    let what = "a body that does not end";
    tally.add(match &exchange.result {
        _ if kept_open => {
            let message = format!("{what} was not given up");
            run.asked(what).error(message, format!("given up within {given_up}"), "still held open", Some(&exchange))
        }
        Err(error) if error.kind == TransportErrorKind::Reset => Judged::passed(),
        Err(error) if error.kind == TransportErrorKind::Cancelled => Judged::skipped("interrupted"),
        _ => endpoint::status(&run.asked(what), &exchange),
    });
    if !kept_open {
        tally.note(format!("given up after {}", Nanos::from_duration(elapsed)));
    }
    let limits = &run.stage.plan.profile.modules;
    let limit = limits.get(&ModuleId::ResponseTime).and_then(|spec| spec.within).unwrap_or(Nanos(10_000_000_000));
    for (judged, began, answered) in others {
        let waited = Nanos::from_duration(answered.saturating_duration_since(began));
        // Answered only when the other one was over: the endpoint does one thing at a time.
        let held_up = began < ended && answered >= ended && waited.duration() > HELD_UP;
        let message = "an ordinary delivery was answered only when the body that does not end was given up";
        let (asked, actual) = (run.asked("another delivery"), format!("answered after {waited}"));
        tally.add(match judged.result {
            ModuleResult::Passed if waited > limit => asked.error(message, format!("answered within {limit}"), actual, None),
            ModuleResult::Passed if held_up => asked.warning(message, "answered meanwhile", actual, None),
            _ => judged,
        });
    }
    still_alive(run, "after a body that does not end", &mut tally).await;
    tally
}

/// Ordinary deliveries while a body is under way that does not end.
async fn deliver_meanwhile(
    run: &Run<'_>,
    endpoint: &Endpoint,
    value: &Value,
    over: &AtomicBool,
) -> Vec<(Judged, Instant, Instant)> {
    let mut judged = Vec::new();
    for _ in 0..5 {
        if !run.pause(Duration::from_millis(100)).await || over.load(Ordering::SeqCst) {
            break;
        }
        let draft = Draft::new(run.stage, endpoint, value);
        let Some(request) = draft.sealed(run.stage, run.now()) else { break };
        let began = Instant::now();
        let exchange = run.send_once(&endpoint.name, request).await;
        let answered = Instant::now();
        let put_off = |r: &Response| matches!(r.status, 429 | 503) && endpoint::retry_after(r).is_some();
        let fine = |r: &Response| (200..300).contains(&r.status) || endpoint::is_redirect(r) || put_off(r);
        let accepted = exchange.response().is_some_and(fine);
        let found = match exchange.result.as_ref() {
            _ if accepted => Judged::passed(),
            Err(error) if error.kind == TransportErrorKind::Cancelled => Judged::skipped("interrupted"),
            result => {
                let actual = result.map_or_else(ToString::to_string, endpoint::shown);
                let message = "an ordinary delivery was not accepted while a body was under way that does not end";
                run.asked("another delivery").error(message, "2XX", actual, Some(&exchange))
            }
        };
        judged.push((found, began, answered));
        if !accepted {
            break;
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::{duplicated, invalid_utf8, with_member};
    use serde_json::{Value, json};

    #[test]
    fn hostile_bodies_are_what_they_say() {
        assert_eq!(&with_member("{}", "1")[..], b"{\"unknown\":1}");
        assert_eq!(&with_member("{\"a\":1}", "[[]]")[..], b"{\"a\":1,\"unknown\":[[]]}");
        assert_eq!(&duplicated(&json!({"a": 1}))[..], b"{\"a\":1,\"a\":1}");
        let bytes = invalid_utf8("{\"a\":1}");
        assert!(std::str::from_utf8(&bytes).is_err());
        let mended: Value = serde_json::from_str(&String::from_utf8_lossy(&bytes)).unwrap();
        assert_eq!(mended["a"], 1);
    }
}
