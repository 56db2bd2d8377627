//! Figures of a load, sent to an OpenTelemetry collector while it runs and once more when it is over.
//!
//! Wires the export to the HTTP client. Counts nothing, and never lets a collector that is away disturb the load.

use crate::base::clock::{Clock as _, SystemClock};
use crate::base::diagnostic::Diagnostic;
use crate::export::otlp::{MEDIA_TYPE, Otlp};
use crate::model::http::Request;
use crate::net::address::parse_origin;
use crate::net::client::{Client, ClientOptions};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How often the figures are sent.
const EVERY: Duration = Duration::from_secs(5);
/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Where a collector takes metrics.
const PATH: &str = "/v1/metrics";

/// Deliveries that go on until they are finished.
pub(super) struct Delivery {
    over: CancellationToken,
    task: JoinHandle<Option<String>>,
}

/// Begins to deliver to the collector at `url`; gives who is to hear of the load too.
///
/// # Errors
/// When `url` is none.
pub(super) fn start(url: &str) -> Result<(Arc<Otlp>, Delivery), Box<Diagnostic>> {
    let wrong = |why: String| {
        Box::new(Diagnostic::error("load/otlp", why).hint("name the collector, such as --otlp http://127.0.0.1:4318"))
    };
    parse_origin(url).map_err(wrong)?;
    let client = Client::new(&ClientOptions::default()).map_err(wrong)?;
    let (otlp, over, url) = (Arc::new(Otlp::default()), CancellationToken::new(), endpoint(url));
    let (heard, stop) = (Arc::clone(&otlp), over.clone());
    let task = tokio::spawn(async move {
        loop {
            let last = tokio::select! {
                () = tokio::time::sleep(EVERY) => false,
                () = stop.cancelled() => true,
            };
            let failure = deliver(&client, &url, &heard).await.err();
            if last {
                return failure;
            }
        }
    });
    Ok((otlp, Delivery { over, task }))
}

impl Delivery {
    /// Delivers a last time; a warning where that failed.
    pub(super) async fn finish(self) -> Option<Diagnostic> {
        self.over.cancel();
        let failure = self.task.await.ok().flatten()?;
        Some(Diagnostic::warning("load/otlp", failure).hint("the measurement is not touched by it: the record holds everything"))
    }
}

/// A collector's own address, or that of its metrics.
fn endpoint(url: &str) -> String {
    let base = url.trim_end_matches('/');
    if base.ends_with(PATH) { base.to_owned() } else { format!("{base}{PATH}") }
}

async fn deliver(client: &Client, url: &str, otlp: &Otlp) -> Result<(), String> {
    let now = u64::try_from(SystemClock.now().as_nanosecond()).unwrap_or_default();
    let Some(message) = otlp.message(now) else { return Ok(()) };
    let mut request = Request::new("POST", url);
    request.headers.push("content-type", MEDIA_TYPE);
    request.body = message.into();
    let away = |why: String| format!("the collector at {url} did not take the figures: {why}");
    match client.send(&request, PATIENCE).await.result {
        Ok(response) if (200..300).contains(&response.status) => Ok(()),
        Ok(response) => Err(away(format!("it answered {}", response.status))),
        Err(error) => Err(away(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{endpoint, start};

    #[test]
    fn a_collector_is_named_by_its_address() {
        assert_eq!(endpoint("http://127.0.0.1:4318"), "http://127.0.0.1:4318/v1/metrics");
        assert_eq!(endpoint("http://127.0.0.1:4318/"), "http://127.0.0.1:4318/v1/metrics");
        assert_eq!(endpoint("https://c.example/otlp/v1/metrics"), "https://c.example/otlp/v1/metrics");
        assert!(start("collector").is_err());
    }
}
