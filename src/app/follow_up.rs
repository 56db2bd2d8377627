//! The entities that a partner asks for after a notification: the embedded sandbox behind a front that counts the questions.
//!
//! Passes every request on as it came. Never answers by itself and never judges.

use crate::base::diagnostic::Diagnostic;
use crate::certify::FollowUps;
use crate::model::http::{Request, Response};
use crate::net::client::{Client, ClientOptions};
use crate::net::server::{Reply, bind, handler, serve};
use crate::sandbox::{SandboxOptions, start};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(10);
/// Where the signatures of the shipped API are.
const SIGNATURES: &str = "/contract-signature/v1/signatures";

/// The front of an embedded sandbox.
pub(super) struct Front {
    origin: String,
    client: Client,
    seen: Arc<Seen>,
    next: AtomicU64,
    token: tokio::sync::OnceCell<String>,
}

#[derive(Default)]
struct Seen {
    asked: Mutex<HashMap<String, u64>>,
    more: Notify,
}

impl Seen {
    fn count(&self, entity: &str) -> u64 {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(entity).copied().unwrap_or(0)
    }

    fn note(&self, request: &Request) {
        if request.method != "GET" {
            return;
        }
        if let Some(entity) = request.path().rsplit('/').next().filter(|e| !e.is_empty()) {
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner).entry(entity.to_owned()).or_default() += 1;
            self.more.notify_waiters();
        }
    }
}

impl Front {
    /// Serves the sandbox's APIs at `address` until `down`.
    pub(super) async fn open(address: &str, down: CancellationToken) -> Result<Self, Diagnostic> {
        let unusable = |why| Diagnostic::error("certify/follow-up", why);
        let listener = bind(address).await.map_err(unusable)?;
        let inner = bind("127.0.0.1:0").await.map_err(unusable)?;
        let sandbox = start(inner, SandboxOptions::default(), down.clone()).await.map_err(unusable)?;
        let origin = format!("http://{}", sandbox.addr);
        let client = Client::new(&ClientOptions::default()).map_err(unusable)?;
        let seen: Arc<Seen> = Arc::default();
        let front = (client.clone(), origin.clone(), Arc::clone(&seen));
        let pass = handler(move |mut request, _| {
            let (client, origin, seen) = front.clone();
            async move {
                request.url = format!("{origin}{}", request.url);
                request.headers.remove("host");
                request.headers.remove("connection");
                let answer = client.send_once(&request, PATIENCE).await;
                seen.note(&request);
                answer.result.map_or(Reply::Close, Reply::Respond)
            }
        });
        tokio::spawn(serve(listener, pass, down));
        Ok(Self { origin, client, seen, next: AtomicU64::new(1), token: tokio::sync::OnceCell::new() })
    }

    async fn ask(&self, request: Request) -> Option<Response> {
        self.client.send_once(&request, PATIENCE).await.result.ok()
    }

    async fn token(&self) -> Option<String> {
        let issued = self.token.get_or_try_init(|| async {
            let mut request = Request::new("POST", format!("{}/auth/oauth/v2/token", self.origin));
            request.headers.push("content-type", "application/x-www-form-urlencoded");
            request.body = "grant_type=client_credentials&client_id=laas-partner&client_secret=laas-secret".into();
            let answer = self.ask(request).await.ok_or(())?;
            let body: Value = serde_json::from_slice(&answer.body).map_err(|_| ())?;
            body["access_token"].as_str().map(str::to_owned).ok_or(())
        });
        issued.await.ok().cloned()
    }

    async fn launch(&self) -> Option<String> {
        let token = self.token().await?;
        let mut request = Request::new("POST", format!("{}{SIGNATURES}", self.origin));
        request.headers.push("authorization", format!("Bearer {token}"));
        request.headers.push("content-type", "application/json");
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        request.body = json!({"contractId": format!("SBX-COMPLETE/certify-{number}")}).to_string().into();
        let answer = self.ask(request).await.filter(|a| a.status == 201)?;
        let body: Value = serde_json::from_slice(&answer.body).ok()?;
        body["id"].as_str().map(str::to_owned)
    }
}

impl FollowUps for Front {
    fn knows(&self, body: &Value) -> bool {
        body["entity"] == "SIGNATURE"
    }

    fn entity<'a>(&'a self, body: &'a Value) -> Pin<Box<dyn Future<Output = Option<String>> + Send + 'a>> {
        Box::pin(async move { if self.knows(body) { self.launch().await } else { None } })
    }

    fn asked<'a>(&'a self, entity: &'a str, within: Duration) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
        Box::pin(async move {
            let until = Instant::now() + within;
            loop {
                let more = self.seen.more.notified();
                tokio::pin!(more);
                // Registered before looking, so that a question in between is not missed.
                more.as_mut().enable();
                let count = self.seen.count(entity);
                if count > 0 || tokio::time::timeout_at(until.into(), more).await.is_err() {
                    return self.seen.count(entity);
                }
            }
        })
    }
}
