//! Access tokens under load: fetched before the first request, and anew before they end.
//!
//! Event loops read what is there once a second. Never fetches anything for one request.

use crate::load::World;
use crate::request::prepared::slot::Held;
use crate::request::token::{Granted, TokenSource, read, source};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// A token that was refused is asked for again after this.
const AGAIN: Duration = Duration::from_secs(5);

/// The tokens of a load, by identity.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    held: Mutex<BTreeMap<String, Held>>,
    version: AtomicU64,
}

impl Tokens {
    /// The tokens, where they changed since `version`, which is brought up to date.
    pub(super) fn changed(&self, version: &mut u64) -> Option<BTreeMap<String, Held>> {
        let now = self.version.load(Ordering::Acquire);
        if now == *version {
            return None;
        }
        *version = now;
        Some(self.held.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Every token, by identity.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let text = |held: &Held| match held {
            Held::Text(text) | Held::Bare(text) | Held::Json(text) => text.clone(),
        };
        held.iter().map(|(name, token)| (name.clone(), text(token))).collect()
    }

    fn set(&self, name: &str, token: &str) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), Held::Text(token.to_owned()));
        self.version.fetch_add(1, Ordering::AcqRel);
    }
}

/// A token that has to be fetched again, and when.
struct Due {
    name: String,
    at: Instant,
}

/// Fetches the tokens of these identities, and keeps them fresh until `stop`.
///
/// # Errors
/// A lower-case fragment when one is not granted: nothing can be sent then.
pub(super) async fn keep(world: &Arc<World>, names: Vec<String>, stop: CancellationToken) -> Result<Arc<Tokens>, String> {
    let tokens = Arc::new(Tokens::default());
    let mut due = Vec::new();
    for name in names {
        if let Some(usable) = fetch(world, &tokens, &name).await? {
            due.push(Due { name, at: Instant::now() + usable });
        }
    }
    let (world, kept) = (Arc::clone(world), Arc::clone(&tokens));
    tokio::spawn(async move {
        while let Some(next) = due.iter_mut().min_by_key(|d| d.at) {
            tokio::select! {
                () = tokio::time::sleep_until(next.at.into()) => {}
                () = stop.cancelled() => return,
            }
            let usable = fetch(&world, &kept, &next.name).await.ok().flatten().unwrap_or(AGAIN);
            next.at = Instant::now() + usable;
        }
    });
    Ok(tokens)
}

/// Fetches one token; for how long it can be used, where that ends.
async fn fetch(world: &World, tokens: &Tokens, name: &str) -> Result<Option<Duration>, String> {
    let none = |why: String| format!("no token for `{name}`: {why}");
    let identity = world.environment.identity(name).ok_or_else(|| format!("the environment has no identity `{name}`"))?;
    match source(identity, &world.origins.default) {
        None => Ok(None),
        Some(TokenSource::Fixed(token)) => {
            tokens.set(name, token.expose());
            Ok(None)
        }
        Some(TokenSource::Asked(request)) => {
            let sent = world.client.send(&request, world.environment.limits.timeout.duration()).await;
            let response = sent.result.map_err(|error| none(error.to_string()))?;
            let granted: Granted = read(&response).map_err(none)?;
            tokens.set(name, granted.token.expose());
            Ok(Some(granted.usable()))
        }
    }
}
