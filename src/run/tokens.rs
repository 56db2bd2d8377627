//! Access tokens: fetched before they are needed, used again, fetched anew after the clock moved.
//!
//! Never repeats a request because its token was refused: a refusal is a result.

use crate::model::http::Request;
use crate::run::ledger::Ledger;
use crate::run::world::{Lane, World};
use crate::suite::ast::environment::Identity;
use base64::Engine as _;
use bytes::Bytes;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long an endpoint that did not answer is not asked again: cases that wait for the same token need not wait one by one.
const SILENCE: Duration = Duration::from_secs(5);
/// How long before its end a token is no longer used.
const EARLY: Duration = Duration::from_secs(60);

/// The tokens of one instance of the target.
#[derive(Debug, Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Held>>);

/// A token, or why there was no answer when one was asked for.
#[derive(Clone, Debug)]
struct Held {
    token: Result<String, String>,
    epoch: u64,
    until: Instant,
}

/// A current access token of an identity.
///
/// # Errors
/// A lower-case fragment that says why there is none.
pub(super) async fn token(world: &World, lane: &Lane, ledger: &Ledger, case: &str, name: &str) -> Result<String, String> {
    let identity = world.environment.identity(name).ok_or_else(|| format!("the environment has no identity `{name}`"))?;
    let bears = |i: &&Identity| matches!(i, Identity::Bearer(_) | Identity::OAuth2 { .. });
    let (token_url, client_id, client_secret, scope) = match identity.parts().into_iter().find(bears) {
        Some(Identity::Bearer(token)) => return Ok(token.expose().clone()),
        Some(Identity::OAuth2 { token_url, client_id, client_secret, scope }) => (token_url, client_id, client_secret, scope),
        _ => return Err(format!("identity `{name}` has no token")),
    };
    // Held over the request, so that cases side by side fetch a token once.
    let mut held = lane.tokens.0.lock().await;
    let epoch = lane.epoch.load(Ordering::SeqCst);
    let now = Instant::now();
    if let Some(found) = held.get(name).filter(|h| now < h.until && (h.epoch == epoch || h.token.is_err())) {
        return found.token.clone();
    }
    let url = if token_url.value.contains("://") {
        token_url.value.clone()
    } else {
        format!("{}{}", lane.origins.default, token_url.value)
    };
    let mut request = Request::new("POST", url);
    request.headers.push("content-type", "application/x-www-form-urlencoded");
    request.headers.push("accept", "application/json");
    let mut form = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", client_id.clone()),
        ("client_secret", client_secret.expose().clone()),
    ];
    if let Some(scope) = scope {
        form.push(("scope", scope.clone()));
    }
    request.body = Bytes::from(urlencoded(form.iter().map(|(k, v)| (*k, v.as_str()))));
    let sent = world.client.send(&request, world.environment.limits.timeout.duration()).await;
    let exchange = ledger.sent(case, None, request, sent);
    let response = match &exchange.result {
        Ok(response) => response,
        Err(error) => {
            let why = format!("no token for `{name}`: {error}");
            let until = Instant::now() + SILENCE;
            held.insert(name.to_owned(), Held { token: Err(why.clone()), epoch, until });
            return Err(why);
        }
    };
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let Some(token) = answer.get("access_token").and_then(Value::as_str).filter(|_| response.status == 200) else {
        return Err(format!("no token for `{name}`: the token endpoint answered {}", response.status));
    };
    let lifetime = answer.get("expires_in").and_then(Value::as_u64).map_or(Duration::from_secs(300), Duration::from_secs);
    let until = Instant::now() + lifetime.saturating_sub(EARLY).max(lifetime / 2);
    held.insert(name.to_owned(), Held { token: Ok(token.to_owned()), epoch, until });
    Ok(token.to_owned())
}

/// Client id and secret (RFC 6749 section 2.3.1), or name and password, as HTTP Basic.
///
/// # Errors
/// A lower-case fragment when the identity has none.
pub(super) fn basic(world: &World, name: &str) -> Result<String, String> {
    let identity = world.environment.identity(name).ok_or_else(|| format!("the environment has no identity `{name}`"))?;
    let pair = identity.parts().into_iter().find_map(|part| match part {
        Identity::OAuth2 { client_id, client_secret, .. } => {
            Some(format!("{}:{}", encode(client_id), encode(client_secret.expose())))
        }
        // Nothing is encoded here: RFC 7617 section 2.
        Identity::Basic { username, password } => Some(format!("{username}:{}", password.expose())),
        _ => None,
    });
    let pair = pair.ok_or_else(|| format!("identity `{name}` has no client id and secret"))?;
    Ok(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// Pairs as `application/x-www-form-urlencoded`.
pub(super) fn urlencoded<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    pairs.into_iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    crate::contract::style::encode(text, false)
}

#[cfg(test)]
mod tests {
    use super::urlencoded;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(urlencoded([("a b", "é&="), ("c", "")]), "a%20b=%C3%A9%26%3D&c=");
    }
}
