//! What a partner asks the platform for after it was notified.
//!
//! Only the words for it: who answers such questions, and counts them, is up to whoever runs a certification.

use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Sees what the partner asks us for after a delivery.
pub trait FollowUps: Send + Sync {
    /// Whether a delivery with this body is about something that we have.
    fn knows(&self, body: &Value) -> bool;

    /// Makes an entity that a delivery with this body could be about, and gives its identifier; `None` where there is no such
    /// entity here.
    fn entity<'a>(&'a self, body: &'a Value) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>>;

    /// How often the partner asked for the entity, as soon as it did; 0 when it did not in time.
    fn asked<'a>(&'a self, entity: &'a str, within: Duration) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>>;
}
