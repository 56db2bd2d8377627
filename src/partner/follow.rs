//! The thin model's other half: after a notification about a signature, the partner asks for the signature.
//!
//! Asks once and in the background, so that no acknowledgement waits for it. Never judges what comes back.

use crate::model::http::Request;
use crate::net::client::{Client, ClientOptions};
use crate::partner::notification::Notification;
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Follow {
    base: String,
    client: Client,
}

impl Follow {
    /// Asks below `base` from now on.
    pub(super) fn new(base: &str) -> Result<Self, String> {
        Ok(Self { base: base.trim_end_matches('/').to_owned(), client: Client::new(&ClientOptions::default())? })
    }

    /// Asks for what a notification is about, where that is a signature.
    pub(super) fn up(&self, notification: &Notification) {
        let Some(id) = notification.id.as_deref().filter(|_| notification.entity == "SIGNATURE") else { return };
        let request = Request::new("GET", format!("{}/contract-signature/v1/signatures/{}", self.base, segment(id)));
        let client = self.client.clone();
        tokio::spawn(async move {
            // Whether there is an answer is nothing to an endpoint that has acknowledged already.
            let _ = client.send_once(&request, PATIENCE).await;
        });
    }
}

/// An identifier as one segment of a path: somebody else wrote it.
fn segment(id: &str) -> String {
    let kept = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~');
    id.bytes().map(|byte| if kept(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
