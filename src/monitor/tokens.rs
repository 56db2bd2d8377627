//! The access tokens of a watch: fetched when a probe needs one, kept for as long as they may be used.
//!
//! A token that is not granted makes its probes fail, and is asked for again with the next one. Never repeats a probe.

use crate::base::secret::Secret;
use crate::monitor::watch::World;
use crate::request::credential::identity;
use crate::request::token::{TokenSource, read, source};
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Instant;
use tokio::sync::Mutex;

/// The tokens of a watch, by identity.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    held: Mutex<HashMap<String, (Secret<String>, Instant)>>,
    /// Those that were granted and of which nobody was told yet.
    news: std::sync::Mutex<Vec<Secret<String>>>,
}

impl Tokens {
    /// A token of an identity that may be used now.
    ///
    /// # Errors
    /// A lower-case fragment that says why there is none.
    pub(super) async fn of(&self, world: &World, name: &str) -> Result<Secret<String>, String> {
        let request = match source(identity(&world.environment, name)?, &world.origins.default) {
            Some(TokenSource::Fixed(token)) => return Ok(token),
            Some(TokenSource::Asked(request)) => request,
            None => return Err(format!("identity `{name}` has no token")),
        };
        // Held over the request, so that probes side by side fetch a token once.
        let mut held = self.held.lock().await;
        if let Some((token, until)) = held.get(name)
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        held.remove(name);
        let none = |why: String| format!("no token for `{name}`: {why}");
        let sent = world.client.send(&request, world.environment.limits.timeout.duration()).await;
        let response = sent.result.map_err(|error| none(error.to_string()))?;
        let granted = read(&response).map_err(none)?;
        self.news.lock().unwrap_or_else(PoisonError::into_inner).push(granted.token.clone());
        held.insert(name.to_owned(), (granted.token.clone(), Instant::now() + granted.usable()));
        Ok(granted.token)
    }

    /// The tokens that were granted since this was asked last.
    pub(super) fn news(&self) -> Vec<Secret<String>> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
