//! Makes the request of a planned step: target, query, headers, cookies, body, credentials.
//!
//! Fills in what the names hold. Sends nothing, fetches nothing and judges nothing.

use crate::base::seed::Seed;
use crate::check::rules::Rules;
use crate::contract::model::{In, Operation, Parameter, Style};
use crate::contract::style;
use crate::model::http::Request;
use crate::plan::{PlannedSend, PlannedSuite, SendTarget};
use crate::request::body::{self, plain};
use crate::request::credential::{Credential, add_cookie, chosen};
use crate::request::names::{resolve, text};
use crate::request::origins::Origins;
use crate::suite::ast::environment::{Environment, Identity};
use crate::suite::template::Scope;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What requests of a case are made of.
#[derive(Clone, Copy, Debug)]
pub struct Maker<'a> {
    /// The suite, bound to its contract.
    pub planned: &'a PlannedSuite,
    /// Where the APIs are.
    pub origins: &'a Origins,
    /// The environment.
    pub environment: &'a Environment,
    /// The seed of the run.
    pub seed: Seed,
    /// The case, by its id.
    pub case: &'a str,
}

/// A request, and what it was made for.
#[derive(Clone, Debug)]
pub struct Made {
    /// The request.
    pub request: Request,
    /// The operation it goes to, where the spec has one.
    pub operation: Option<Arc<Operation>>,
    /// What judges its answer.
    pub rules: Arc<Rules>,
}

impl Made {
    /// Whether what it returns can be read only once, so that it must not be written twice by anything.
    #[must_use]
    pub fn read_once(&self) -> bool {
        self.operation.as_ref().is_some_and(|o| o.read_once)
    }
}

impl Maker<'_> {
    /// What is known before a run begins: `base`, `target`, `run.seed`, `row`, `listener`, and of `auth` all but tokens.
    #[must_use]
    pub fn known(&self, row: &[(String, Value)], listeners: Value) -> Map<String, Value> {
        let mut auth = Map::new();
        for (name, identity) in &self.environment.auth {
            for part in identity.parts() {
                let Identity::OAuth2 { client_id, client_secret, .. } = part else { continue };
                auth.insert(name.value.clone(), json!({"client_id": client_id, "client_secret": client_secret.expose()}));
            }
        }
        let mut known = Map::new();
        known.insert("base".into(), json!(self.planned.rules.contract.base_path().trim_end_matches('/')));
        known.insert("target".into(), json!(self.origins.of(&self.planned.spec)));
        known.insert("run".into(), json!({"seed": self.seed.0}));
        known.insert("row".into(), Value::Object(row.iter().cloned().collect()));
        known.insert("listener".into(), listeners);
        known.insert("auth".into(), Value::Object(auth));
        known
    }

    /// The request of a step, without credentials.
    ///
    /// # Errors
    /// A lower-case fragment that says why no request could be made.
    pub fn request(&self, send: &PlannedSend, names: &dyn Scope) -> Result<Made, String> {
        let Start { method, mut url, rules, operation } = self.start(&send.target, names)?;
        for (parameter, name, value) in &send.query {
            let value = resolve(value, names)?;
            if value.is_null() {
                continue;
            }
            let pair = match parameter {
                Some(whole) if whole.location == In::QueryString => style::encode_whole_query(whole, &value)?,
                _ => style::encode_query(&described(parameter.as_ref(), name), &value)?,
            };
            if pair.is_empty() {
                continue;
            }
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&pair);
        }
        let mut request = Request::new(method, url);
        request.headers.push("accept", "application/json, */*;q=0.5");
        if let Some(payload) = &send.payload {
            let boundary = format!("proofmark-{:016x}", self.seed.derive(self.case).rng().next_u64());
            body::write(&mut request, payload, (operation.as_deref(), &rules.contract), names, &boundary)?;
        }
        for (parameter, name, value) in &send.headers {
            let value = resolve(value, names)?;
            if value.is_null() {
                request.headers.remove(name);
                continue;
            }
            let shown = match parameter {
                Some(parameter) => style::encode_header(parameter, &value)?,
                None => plain(&value),
            };
            request.headers.set(name.clone(), shown);
        }
        for (parameter, name, value) in &send.cookies {
            let value = resolve(value, names)?;
            if !value.is_null() {
                let parameter = Parameter { location: In::Cookie, ..described(parameter.as_ref(), name) };
                add_cookie(&mut request, &style::encode_cookie(&parameter, &value)?);
            }
        }
        Ok(Made { request, operation, rules })
    }

    fn start(&self, target: &SendTarget, names: &dyn Scope) -> Result<Start, String> {
        let (method, target, rules, operation) = match target {
            SendTarget::Operation { operation, rules, path } => {
                let mut filled = Vec::new();
                for (parameter, value) in path {
                    filled.push((parameter.name.as_str(), style::encode_path(parameter, &resolve(value, names)?)?));
                }
                let path = operation.path.fill(|name| filled.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone()))?;
                let target = format!("{}{path}", rules.contract.base_path_for(operation));
                (operation.method.clone(), target, Arc::clone(rules), Some(Arc::clone(operation)))
            }
            SendTarget::Raw { method, target } => {
                let (method, target) = (text(method, names)?.to_ascii_uppercase(), text(target, names)?);
                let whole = Request::new(&method, &target);
                let (rules, operation) = match self.origins.below(&whole) {
                    Some(path) => self.planned.route(&method, path),
                    None => (Arc::clone(&self.planned.rules), None),
                };
                (method, target, rules, operation)
            }
        };
        let origin = self.origins.of(self.planned.spec_of(&rules));
        let url = if target.contains("://") { target } else { format!("{origin}{target}") };
        Ok(Start { method, url, rules, operation })
    }

    /// What a step's request is sent with, tokens still to be given.
    ///
    /// # Errors
    /// A lower-case fragment that says what is lacking.
    pub fn credentials(&self, send: &PlannedSend, made: &Made, names: &dyn Scope) -> Result<Vec<Credential>, String> {
        chosen(&send.auth, self.environment, (made.operation.as_deref(), &made.rules.contract), names)
    }

    /// The request of a step with its credentials; the names hold tokens as templates name them: `auth.NAME.token`.
    ///
    /// # Errors
    /// A lower-case fragment that says why no request could be made.
    pub fn complete(&self, send: &PlannedSend, names: &dyn Scope) -> Result<Made, String> {
        let mut made = self.request(send, names)?;
        let mut credentials = self.credentials(send, &made, names)?;
        credentials.retain(|credential| !is_overwritten(credential, send));
        for credential in &mut credentials {
            let Some(identity) = credential.needs_token_of() else { continue };
            match names.lookup(&token_name(identity)) {
                Some(Value::String(token)) => *credential = credential.clone().with_token(&token),
                _ => return Err(format!("there is no token of `{identity}`")),
            }
        }
        self.identify(send, &mut made.request, credentials)?;
        Ok(made)
    }

    /// Puts credentials into a step's request, tokens given; never over a header that the step writes, and never into a request
    /// to another server than the target.
    ///
    /// # Errors
    /// A lower-case fragment that says why they cannot be sent.
    pub fn identify(&self, send: &PlannedSend, request: &mut Request, credentials: Vec<Credential>) -> Result<(), String> {
        for credential in credentials {
            if is_overwritten(&credential, send) {
                continue;
            }
            if self.origins.below(request).is_none() {
                return Err(format!("{} is not the target, so no credentials are sent there; say `auth: none`", request.url));
            }
            credential.put(request)?;
        }
        Ok(())
    }
}

/// What templates call the token of an identity.
#[must_use]
pub fn token_name(identity: &str) -> String {
    format!("auth.{identity}.token")
}

/// The identity whose token a template of this name means.
#[must_use]
pub fn token_of(name: &str) -> Option<&str> {
    name.strip_prefix("auth.")?.strip_suffix(".token")
}

/// Whether the step writes the header itself.
fn is_overwritten(credential: &Credential, send: &PlannedSend) -> bool {
    credential.header_name().is_some_and(|name| send.headers.iter().any(|(_, n, _)| n.eq_ignore_ascii_case(name)))
}

/// What a request begins with.
struct Start {
    method: String,
    url: String,
    rules: Arc<Rules>,
    operation: Option<Arc<Operation>>,
}

/// A parameter as the spec describes it, or a plain query parameter where it does not.
fn described(parameter: Option<&Parameter>, name: &str) -> Parameter {
    parameter.cloned().unwrap_or_else(|| Parameter {
        name: name.to_owned(),
        location: In::Query,
        required: false,
        style: Style::Form,
        explode: true,
        allow_reserved: false,
        schema: None,
        content: None,
        example: None,
    })
}
