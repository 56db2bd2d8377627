//! Fetches one document over HTTP, for a user who allowed it.
//!
//! Follows a few redirects, reads a bounded body within a bounded time. Never sends credentials, never leaves http and https, and
//! never goes back from https to http.

use crate::model::exchange::TransportError;
use crate::model::http::{Request, Response};
use crate::net::address::parse_origin;
use crate::net::client::{Client, ClientOptions};
use bytes::Bytes;
use reqwest::Url;
use std::time::Duration;

/// How long fetching may take, redirects included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// Fetches a document.
///
/// # Errors
/// A lower-case fragment that says why there is none.
pub async fn fetch(url: &str) -> Result<Bytes, String> {
    let client = Client::new(&ClientOptions::default())?;
    let late = |_| format!("no answer within {} seconds", TIMEOUT.as_secs());
    tokio::time::timeout(TIMEOUT, follow(&client, url)).await.map_err(late)?
}

async fn follow(client: &Client, url: &str) -> Result<Bytes, String> {
    let mut url = normal(url)?;
    for _ in 0..=REDIRECTS {
        let answer = client.send_once(&Request::new("GET", url.clone()), TIMEOUT).await.result.map_err(shown)?;
        let Some(to) = redirected(&answer) else {
            return match answer.status {
                200 => Ok(answer.body),
                status => Err(format!("the server answered {status}")),
            };
        };
        let next = join(&url, to).ok_or_else(|| format!("it redirects to `{to}`, which is no URL"))?;
        if url.starts_with("https:") && !next.starts_with("https:") {
            return Err(format!("it redirects from https to `{next}`"));
        }
        url = normal(&next)?;
    }
    Err(format!("it redirects more than {REDIRECTS} times"))
}

/// The kind of a failure says enough where the system's words only repeat it.
fn shown(mut error: TransportError) -> String {
    let kind = TransportError { kind: error.kind, detail: String::new() }.to_string();
    if error.detail.starts_with(&kind) {
        error.detail.clear();
    }
    error.to_string()
}

fn redirected(answer: &Response) -> Option<&str> {
    matches!(answer.status, 301 | 302 | 303 | 307 | 308).then(|| answer.headers.get("location")).flatten()
}

/// A URL as it is sent: without a fragment, its dots resolved.
fn normal(url: &str) -> Result<String, String> {
    parse_origin(url)?;
    let mut parsed = Url::parse(url).map_err(|error| error.to_string())?;
    parsed.set_fragment(None);
    Ok(parsed.into())
}

/// What a relative reference in the document at `base` names.
#[must_use]
pub fn join(base: &str, reference: &str) -> Option<String> {
    Url::parse(base).ok()?.join(reference).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{fetch, join};
    use crate::model::http::{Request, Response};
    use crate::net::server::{Reply, bind, handler, serve};
    use tokio_util::sync::CancellationToken;

    #[test]
    fn references_join_as_urls() {
        let base = "https://a.example/x/spec.yaml?v=1";
        assert_eq!(join(base, "parts/p.yaml").as_deref(), Some("https://a.example/x/parts/p.yaml"));
        assert_eq!(join(base, "../p.yaml").as_deref(), Some("https://a.example/p.yaml"));
        assert_eq!(join(base, "http://b.example/p").as_deref(), Some("http://b.example/p"));
        assert_eq!(join("no url", "p"), None);
    }

    #[tokio::test]
    async fn redirects_are_followed_a_few_times_and_only_within_http() {
        let listener = bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = |request: Request, _| async move {
            let mut response = Response::new(200);
            let to = match request.path() {
                "/one" => "sub/two",
                "/sub/two" => "../spec.yaml",
                "/round" => "/round",
                "/file" => "file:///etc/hosts",
                "/spec.yaml" => {
                    response.body = "openapi: 3.1.0".into();
                    return Reply::Respond(response);
                }
                _ => return Reply::Respond(Response::new(404)),
            };
            let mut response = Response::new(302);
            response.headers.push("location", to);
            Reply::Respond(response)
        };
        let stop = CancellationToken::new();
        let server = tokio::spawn(serve(listener, handler(answer), stop.clone()));
        assert_eq!(fetch(&format!("{url}/one#/paths")).await.as_deref(), Ok(b"openapi: 3.1.0".as_slice()));
        for (path, why) in [
            ("/round", "it redirects more than 5 times".to_owned()),
            ("/file", "`file:///etc/hosts` is neither http nor https".to_owned()),
            ("/nothing", "the server answered 404".to_owned()),
        ] {
            assert_eq!(fetch(&format!("{url}{path}")).await, Err(why), "{path}");
        }
        assert_eq!(fetch("http://127.0.0.1:1/x").await, Err("connection refused".to_owned()));
        assert!(fetch("ftp://127.0.0.1/x").await.is_err());
        stop.cancel();
        let _ = server.await;
    }
}
