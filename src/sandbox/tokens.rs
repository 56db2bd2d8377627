//! Clients and their access tokens: issue, and the reading of `Authorization`.
//!
//! Times are the sandbox's. Knows no API and no scope's meaning, and never draws its own randomness.

mod kept;

use crate::base::units::Nanos;
use crate::model::http::{Headers, Request, Response};
use crate::sandbox::answer::{Refusal, json_response};
use crate::sandbox::clock::saturating_add;
use crate::sandbox::config::ClientConfig;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::kept::Marks;
use crate::sandbox::text::{form_pairs, percent_decoded};
use base64::Engine;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::HashMap;

/// Tokens kept before the expired ones are cleared out.
const KEPT: usize = 4_096;

/// What a token permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grant {
    pub(super) client: String,
    pub(super) partner: Option<String>,
    scopes: Vec<String>,
    expires: Timestamp,
}

/// Clients and the tokens issued to them.
#[derive(Debug)]
pub(super) struct Tokens {
    clients: Vec<ClientConfig>,
    lifetime: Nanos,
    issued: HashMap<String, Grant>,
    marks: Marks<String>,
}

impl Tokens {
    pub(super) fn new(clients: Vec<ClientConfig>, lifetime: Nanos) -> Self {
        Self { clients, lifetime, issued: HashMap::new(), marks: Marks::default() }
    }

    /// The grant behind a request, when its token is good for `scope`.
    pub(super) fn authorize(
        &self,
        headers: &Headers,
        scope: &'static str,
        now: Timestamp,
        faults: &Faults,
    ) -> Result<Grant, Refusal> {
        let token = match bearer(headers) {
            Ok(token) => token,
            Err(mut refusal) => {
                if headers.get("authorization").is_none() && faults.has(Fault::NoTokenIsForbidden) {
                    (refusal.status, refusal.code) = (403, "INSUFFICIENT_SCOPE");
                }
                return Err(refusal);
            }
        };
        let known = self.issued.get(token).filter(|grant| now < grant.expires);
        let Some(grant) = known else {
            return Err(Refusal::new(401, "INVALID_TOKEN", "The access token is unknown or has expired.")
                .challenged(Some("invalid_token"), None));
        };
        if !grant.scopes.iter().any(|s| s == scope) {
            let unauthorized = faults.has(Fault::WrongScopeIsUnauthorized);
            let (status, code) = if unauthorized { (401, "INVALID_TOKEN") } else { (403, "INSUFFICIENT_SCOPE") };
            return Err(Refusal::new(status, code, format!("The scope {scope} is required."))
                .challenged(Some("insufficient_scope"), Some(scope)));
        }
        Ok(grant.clone())
    }

    /// For the faults that serve whoever comes: the first client that may have the scope.
    pub(super) fn anyone(&self, scope: &str, now: Timestamp) -> Grant {
        let client = self.clients.iter().find(|c| c.scopes.iter().any(|s| s == scope));
        Grant {
            client: client.map_or_else(String::new, |c| c.id.clone()),
            partner: client.and_then(|c| c.partner.clone()),
            scopes: vec![scope.to_owned()],
            expires: now,
        }
    }

    /// Answers a token request (RFC 6749 section 4.4); `fresh` becomes the token when one is issued.
    pub(super) fn issue(&mut self, request: &Request, now: Timestamp, fresh: String) -> Response {
        let mut answer = match self.granted(request) {
            Ok((client, scopes)) => {
                let scope = scopes.join(" ");
                let lifetime = SignedDuration::from_nanos(i64::try_from(self.lifetime.0).unwrap_or(i64::MAX));
                let expires = saturating_add(now, lifetime);
                let grant = Grant { client: client.id.clone(), partner: client.partner.clone(), scopes, expires };
                if self.issued.len() >= KEPT {
                    let (issued, marks) = (&mut self.issued, &mut self.marks);
                    issued.retain(|token, grant| {
                        let lasts = now < grant.expires;
                        if !lasts {
                            marks.mark(|| token.clone());
                        }
                        lasts
                    });
                }
                let body = json!({
                    "access_token": fresh, "token_type": "Bearer", "expires_in": self.lifetime.0 / 1_000_000_000, "scope": scope,
                });
                self.marks.mark(|| fresh.clone());
                self.issued.insert(fresh, grant);
                json_response(200, &body)
            }
            Err((error, description)) => {
                let status = if error == "invalid_client" { 401 } else { 400 };
                let mut answer = json_response(status, &json!({"error": error, "error_description": description}));
                if status == 401 {
                    answer.headers.push("www-authenticate", "Basic realm=\"token\"");
                }
                answer
            }
        };
        answer.headers.push("cache-control", "no-store");
        answer.headers.push("pragma", "no-cache");
        answer
    }

    fn granted(&self, request: &Request) -> Result<(&ClientConfig, Vec<String>), (&'static str, &'static str)> {
        if request.headers.media_type().as_deref() != Some("application/x-www-form-urlencoded") {
            return Err(("invalid_request", "The body must be a form."));
        }
        let pairs = std::str::from_utf8(&request.body).ok().and_then(form_pairs);
        let pairs = pairs.ok_or(("invalid_request", "The form is malformed."))?;
        let field = |name: &str| -> Result<Option<&str>, (&'static str, &'static str)> {
            let mut values = pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
            match (values.next(), values.next()) {
                (_, Some(_)) => Err(("invalid_request", "A parameter occurs twice.")),
                // RFC 6749 section 3.2: a parameter without a value is as if it were left out.
                (value, None) => Ok(value.filter(|v| !v.is_empty())),
            }
        };
        let client = self.authenticated(&request.headers, field("client_id")?, field("client_secret")?)?;
        match field("grant_type")? {
            Some("client_credentials") => {}
            Some(_) => return Err(("unsupported_grant_type", "Only client_credentials is served.")),
            None => return Err(("invalid_request", "grant_type is required.")),
        }
        let Some(asked) = field("scope")? else { return Ok((client, client.scopes.clone())) };
        let asked: Vec<String> = asked.split(' ').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        if asked.is_empty() || asked.iter().any(|s| !client.scopes.contains(s)) {
            return Err(("invalid_scope", "The client may not have this scope."));
        }
        Ok((client, asked))
    }

    fn authenticated(
        &self,
        headers: &Headers,
        id: Option<&str>,
        secret: Option<&str>,
    ) -> Result<&ClientConfig, (&'static str, &'static str)> {
        let bad = ("invalid_client", "The client is unknown or its secret is wrong.");
        let (id, secret) = match headers.get("authorization") {
            Some(_) if secret.is_some() => return Err(("invalid_request", "The client authenticates twice.")),
            Some(header) => {
                let (basic_id, basic_secret) = basic(header).ok_or(bad)?;
                if id.is_some_and(|id| id != basic_id) {
                    return Err(("invalid_request", "Two clients are named."));
                }
                (basic_id, basic_secret)
            }
            None => (id.ok_or(bad)?.to_owned(), secret.ok_or(bad)?.to_owned()),
        };
        self.clients.iter().find(|c| c.id == id && *c.secret.expose() == secret).ok_or(bad)
    }
}

/// The token of a request (RFC 6750 section 2.1).
fn bearer(headers: &Headers) -> Result<&str, Refusal> {
    let malformed = || {
        Refusal::new(400, "INVALID_REQUEST", "The Authorization header is malformed.").challenged(Some("invalid_request"), None)
    };
    let mut values = headers.all("authorization");
    let missing = || Refusal::new(401, "UNAUTHORIZED", "An access token is required.").challenged(None, None);
    let value = values.next().ok_or_else(missing)?.trim();
    if values.next().is_some() || value.is_empty() {
        return Err(malformed());
    }
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Another scheme is a request without a token (RFC 6750 section 3.1, last paragraph).
        return Err(missing());
    }
    let token = token.trim_start();
    let bare = token.trim_end_matches('=');
    if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b)) {
        return Err(malformed());
    }
    Ok(token)
}

/// The client id and secret of a Basic header; both are form-encoded inside (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((percent_decoded(&id.replace('+', " "))?, percent_decoded(&secret.replace('+', " "))?))
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use crate::model::http::{Headers, Request};
    use crate::sandbox::config::SandboxConfig;
    use crate::sandbox::faults::Faults;
    use jiff::{SignedDuration, Timestamp};

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn tokens() -> Tokens {
        let config = SandboxConfig::default();
        Tokens::new(config.clients, config.token_lifetime)
    }

    fn ask(tokens: &mut Tokens, body: &str, authorization: Option<&str>) -> (u16, String) {
        let mut request = Request::new("POST", "/auth/oauth/v2/token");
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        if let Some(value) = authorization {
            request.headers.push("authorization", value);
        }
        request.body = body.to_owned().into();
        let answer = tokens.issue(&request, START, "fresh".to_owned());
        assert_eq!(answer.headers.get("cache-control"), Some("no-store"));
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    }

    #[test]
    fn issues_by_form_and_by_basic_and_refuses_the_rest() {
        let good = "grant_type=client_credentials&client_id=laas-partner&client_secret=laas-secret";
        // laas-partner:laas-secret
        let basic = "Basic bGFhcy1wYXJ0bmVyOmxhYXMtc2VjcmV0";
        for (body, header, status, part) in [
            (good, None, 200, "\"scope\":\"oob\""),
            ("grant_type=client_credentials", Some(basic), 200, "\"expires_in\":3600"),
            ("grant_type=client_credentials&client_id=laas-partner&client_secret=x", None, 401, "invalid_client"),
            ("grant_type=client_credentials", Some("Basic eDp5"), 401, "invalid_client"),
            ("grant_type=client_credentials", None, 401, "invalid_client"),
            ("grant_type=password&client_id=laas-partner&client_secret=laas-secret", None, 400, "unsupported_grant_type"),
            ("client_id=laas-partner&client_secret=laas-secret", None, 400, "invalid_request"),
            (
                "grant_type=client_credentials&scope=admin&client_id=laas-partner&client_secret=laas-secret",
                None,
                400,
                "invalid_scope",
            ),
        ] {
            let (got, text) = ask(&mut tokens(), body, header);
            assert_eq!(got, status, "{body}");
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_token_is_good_for_its_scope_and_its_hour() {
        let mut tokens = tokens();
        ask(&mut tokens, "grant_type=client_credentials&client_id=laas-partner&client_secret=laas-secret", None);
        let status = |header: &[&str], scope, at| {
            let headers: Headers = header.iter().map(|v| ("authorization", *v)).collect();
            match tokens.authorize(&headers, scope, START + SignedDuration::from_secs(at), &Faults::default()) {
                Ok(_) => (200, None),
                Err(refusal) => (refusal.status, refusal.challenge.and_then(|c| c.error)),
            }
        };
        assert_eq!(status(&["Bearer fresh"], "oob", 3_599), (200, None));
        assert_eq!(status(&["bearer fresh"], "oob", 0), (200, None));
        assert_eq!(status(&["Bearer fresh"], "oob", 3_600), (401, Some("invalid_token")));
        assert_eq!(status(&["Bearer other"], "oob", 0), (401, Some("invalid_token")));
        assert_eq!(status(&["Bearer fresh"], "admin", 0), (403, Some("insufficient_scope")));
        assert_eq!(status(&[], "oob", 0), (401, None));
        assert_eq!(status(&["Basic eDp5"], "oob", 0), (401, None));
        for malformed in [&["Bearer"][..], &["Bearer a b"], &["Bearer fresh", "Bearer fresh"], &[""]] {
            assert_eq!(status(malformed, "oob", 0), (400, Some("invalid_request")), "{malformed:?}");
        }
    }
}
