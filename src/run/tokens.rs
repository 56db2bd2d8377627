//! Access tokens: fetched before they are needed, used again, fetched anew after the clock moved.
//!
//! Never repeats a request because its token was refused: a refusal is a result.

use crate::request::credential::identity;
use crate::request::token::{self, TokenSource};
use crate::run::ledger::Ledger;
use crate::run::world::{Lane, World};
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long an endpoint that did not answer is not asked again: cases that wait for the same token need not wait one by one.
const SILENCE: Duration = Duration::from_secs(5);

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
    let request = match token::source(identity(&world.environment, name)?, &lane.origins.default) {
        Some(TokenSource::Fixed(token)) => return Ok(token.expose().clone()),
        Some(TokenSource::Asked(request)) => *request,
        None => return Err(format!("identity `{name}` has no token")),
    };
    // Held over the request, so that cases side by side fetch a token once.
    let mut held = lane.tokens.0.lock().await;
    let epoch = lane.epoch.load(Ordering::SeqCst);
    let now = Instant::now();
    if let Some(found) = held.get(name).filter(|h| now < h.until && (h.epoch == epoch || h.token.is_err())) {
        return found.token.clone();
    }
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
    let granted = token::read(response).map_err(|why| format!("no token for `{name}`: {why}"))?;
    let token = granted.token.expose().clone();
    held.insert(name.to_owned(), Held { token: Ok(token.clone()), epoch, until: Instant::now() + granted.usable() });
    Ok(token)
}
