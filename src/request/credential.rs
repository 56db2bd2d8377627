//! Credentials: which a step is sent with, and where in a request they go.
//!
//! Fetches no token: it names the identity whose token is needed, and its caller gives it.

use crate::base::secret::Secret;
use crate::contract::Contract;
use crate::contract::model::{In, Operation, SecurityKind};
use crate::contract::style;
use crate::model::http::Request;
use crate::request::names::text;
use crate::suite::ast::environment::{Environment, Identity};
use crate::suite::ast::step::AuthChoice;
use crate::suite::template::Scope;
use base64::Engine as _;

/// What identifies the caller, and where in a request it goes.
#[derive(Clone, Debug)]
pub struct Credential {
    location: In,
    name: String,
    proof: Proof,
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// This text.
    Known(Secret<String>),
    /// A current access token of the identity of this name, as a bearer token (RFC 6750 section 2.1).
    TokenOf(String),
}

impl Credential {
    fn header(name: &str, value: String) -> Self {
        Self { location: In::Header, name: name.to_owned(), proof: Proof::Known(Secret::new(value)) }
    }

    fn authorization(value: String) -> Self {
        Self::header("authorization", value)
    }

    fn token_of(identity: String) -> Self {
        Self { location: In::Header, name: "authorization".to_owned(), proof: Proof::TokenOf(identity) }
    }

    /// The identity whose token is needed, where one is.
    #[must_use]
    pub fn needs_token_of(&self) -> Option<&str> {
        match &self.proof {
            Proof::Known(_) => None,
            Proof::TokenOf(identity) => Some(identity),
        }
    }

    /// The same with the token that it needs.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        match self.proof {
            Proof::Known(_) => self,
            Proof::TokenOf(_) => Self { proof: Proof::Known(Secret::new(format!("Bearer {token}"))), ..self },
        }
    }

    /// The header it is sent in, where it is sent in one.
    pub(super) fn header_name(&self) -> Option<&str> {
        (self.location == In::Header).then_some(&self.name)
    }

    /// Puts it into a request.
    pub(super) fn put(self, request: &mut Request) -> Result<(), String> {
        let value = match self.proof {
            Proof::Known(value) => value.expose().clone(),
            Proof::TokenOf(identity) => return Err(format!("there is no token of `{identity}`")),
        };
        match self.location {
            In::Query => {
                let sign = if request.url.contains('?') { '&' } else { '?' };
                let (name, value) = (style::encode(&self.name, false), style::encode(&value, false));
                request.url.push_str(&format!("{sign}{name}={value}"));
            }
            In::Cookie => add_cookie(request, &format!("{}={value}", self.name)),
            _ => request.headers.set(self.name, value),
        }
        Ok(())
    }
}

/// A request has one `Cookie` field (RFC 6265 section 5.4).
pub(super) fn add_cookie(request: &mut Request, cookie: &str) {
    let before = request.headers.get("cookie").map(|c| format!("{c}; ")).unwrap_or_default();
    request.headers.set("cookie", format!("{before}{cookie}"));
}

/// What a step of this choice is sent with.
pub(super) fn chosen(
    auth: &AuthChoice,
    environment: &Environment,
    (operation, contract): (Option<&Operation>, &Contract),
    names: &dyn Scope,
) -> Result<Vec<Credential>, String> {
    Ok(match auth {
        AuthChoice::None => Vec::new(),
        AuthChoice::Identity(name) => {
            let name = text(name, names)?;
            if name == "none" {
                return Ok(Vec::new());
            }
            let mut all = Vec::new();
            for part in identity(environment, &name)?.parts() {
                all.push(match part {
                    Identity::Header { name, value } => Credential::header(name, value.expose().clone()),
                    Identity::Bearer(token) => Credential::authorization(format!("Bearer {}", token.expose())),
                    Identity::Basic { .. } => Credential::authorization(basic(environment, &name)?),
                    Identity::ApiKey { scheme, key } => {
                        let (location, field) = key_place(scheme.as_deref(), operation, contract)?;
                        Credential { location, name: field, proof: Proof::Known(key.clone()) }
                    }
                    _ => Credential::token_of(name.clone()),
                });
            }
            all
        }
        AuthChoice::Bearer(token) => vec![Credential::authorization(format!("Bearer {}", text(token, names)?))],
        AuthChoice::Header(value) => vec![Credential::authorization(text(value, names)?)],
        AuthChoice::Basic(name) => vec![Credential::authorization(basic(environment, &text(name, names)?)?)],
    })
}

/// The identity of a name.
///
/// # Errors
/// A lower-case fragment when the environment has none.
pub fn identity<'e>(environment: &'e Environment, name: &str) -> Result<&'e Identity, String> {
    environment.identity(name).ok_or_else(|| format!("the environment has no identity `{name}`"))
}

/// Client id and secret (RFC 6749 section 2.3.1), or name and password, as HTTP Basic.
fn basic(environment: &Environment, name: &str) -> Result<String, String> {
    let encode = |text: &str| style::encode(text, false);
    let pair = identity(environment, name)?.parts().into_iter().find_map(|part| match part {
        Identity::OAuth2 { client_id, client_secret, .. } => {
            Some(format!("{}:{}", encode(client_id), encode(client_secret.expose())))
        }
        // Nothing is encoded here: RFC 7617 section 2.
        Identity::Basic { username, password } => Some(format!("{username}:{}", password.expose())),
        _ => None,
    });
    let pair = pair.ok_or_else(|| format!("identity `{name}` has no client id and secret"))?;
    Ok(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// Where an API key goes: as the scheme of that name says, else the first one that the operation asks for, else the only one.
fn key_place(scheme: Option<&str>, operation: Option<&Operation>, contract: &Contract) -> Result<(In, String), String> {
    let place = |name: &str| {
        let found = contract.security_schemes.iter().find(|s| s.name == name)?;
        match &found.kind {
            SecurityKind::ApiKey { location, field } => Some((*location, field.clone())),
            _ => None,
        }
    };
    if let Some(name) = scheme {
        return place(name).ok_or_else(|| format!("the spec has no security scheme `{name}` of an API key"));
    }
    let asked = operation.into_iter().flat_map(|o| &o.security).flat_map(|a| &a.0);
    let mut all = contract.security_schemes.iter().filter_map(|s| place(&s.name));
    let only = || all.next().filter(|_| all.next().is_none());
    let found = asked.into_iter().find_map(|need| place(&need.scheme)).or_else(only);
    found.ok_or_else(|| "no security scheme says where the API key goes".to_owned())
}
