//! Access tokens: the request for one, and what its answer grants.
//!
//! Sends nothing and keeps no token: who sends knows how long it may wait and whom it serves.

use crate::base::secret::Secret;
use crate::model::http::{Request, Response};
use crate::request::body::urlencoded;
use crate::suite::ast::environment::Identity;
use bytes::Bytes;
use serde_json::Value;
use std::time::Duration;

/// How long before its end a token is no longer used.
const EARLY: Duration = Duration::from_secs(60);
/// How long a token is good for that does not say so.
const UNSAID: Duration = Duration::from_secs(300);

/// Where the token of an identity comes from.
#[derive(Clone, Debug)]
pub enum TokenSource {
    /// The environment holds it.
    Fixed(Secret<String>),
    /// The answer to this request grants it.
    Asked(Box<Request>),
}

/// A token and how long it is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The token.
    pub token: Secret<String>,
    /// From when it was granted.
    pub lifetime: Duration,
}

impl Granted {
    /// How long the token may be used without asking for another one.
    #[must_use]
    pub fn usable(&self) -> Duration {
        self.lifetime.saturating_sub(EARLY).max(self.lifetime / 2)
    }
}

/// Where the token of an identity comes from, at a target of this origin; `None` for one that has none.
#[must_use]
pub fn source(identity: &Identity, origin: &str) -> Option<TokenSource> {
    identity.parts().into_iter().find_map(|part| match part {
        Identity::Bearer(token) => Some(TokenSource::Fixed(token.clone())),
        Identity::OAuth2 { token_url, client_id, client_secret, scope } => {
            let path = &token_url.value;
            let url = if path.contains("://") { path.clone() } else { format!("{origin}{path}") };
            Some(TokenSource::Asked(Box::new(ask(url, client_id, client_secret, scope.as_deref()))))
        }
        _ => None,
    })
}

/// RFC 6749 section 4.4.2.
fn ask(url: String, client_id: &str, client_secret: &Secret<String>, scope: Option<&str>) -> Request {
    let mut request = Request::new("POST", url);
    request.headers.push("content-type", "application/x-www-form-urlencoded");
    request.headers.push("accept", "application/json");
    let mut form =
        vec![("grant_type", "client_credentials"), ("client_id", client_id), ("client_secret", client_secret.expose().as_str())];
    form.extend(scope.map(|scope| ("scope", scope)));
    request.body = Bytes::from(urlencoded(form));
    request
}

/// What the answer to a request for a token grants.
///
/// # Errors
/// A lower-case fragment when it grants none.
pub fn read(response: &Response) -> Result<Granted, String> {
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let Some(token) = answer.get("access_token").and_then(Value::as_str).filter(|_| response.status == 200) else {
        return Err(format!("the token endpoint answered {}", response.status));
    };
    let lifetime = answer.get("expires_in").and_then(Value::as_u64).map_or(UNSAID, Duration::from_secs);
    Ok(Granted { token: Secret::new(token.to_owned()), lifetime })
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::check::bench::response;
    use std::time::Duration;

    #[test]
    fn a_token_is_given_up_before_its_end_and_no_other_status_grants_one() {
        let usable = |body: &str| read(&response(200, &[], body)).map(|g| (g.token.expose().clone(), g.usable().as_secs()));
        assert_eq!(usable(r#"{"access_token": "t", "expires_in": 3600}"#), Ok(("t".to_owned(), 3540)));
        assert_eq!(usable(r#"{"access_token": "t", "expires_in": 30}"#), Ok(("t".to_owned(), 15)));
        assert_eq!(usable(r#"{"access_token": "t"}"#), Ok(("t".to_owned(), Duration::from_secs(240).as_secs())));
        assert_eq!(usable("no JSON"), Err("the token endpoint answered 200".to_owned()));
        assert!(read(&response(201, &[], r#"{"access_token": "t"}"#)).is_err());
    }
}
