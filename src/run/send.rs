//! Makes requests of planned steps and sends each exactly once.
//!
//! Fills in parameters, body and credentials. Judges nothing and repeats nothing.

use crate::check::rules::Rules;
use crate::contract::media::{MediaName, documented};
use crate::contract::model::{In, MediaType, Operation, Parameter, SecurityKind};
use crate::contract::{Contract, style};
use crate::model::exchange::Exchange;
use crate::model::http::Request;
use crate::plan::{PlannedSend, PlannedSuite, SendTarget};
use crate::run::ledger::Ledger;
use crate::run::scope::Names;
use crate::run::tokens;
use crate::run::world::{Lane, World};
use crate::suite::ast::environment::Identity;
use crate::suite::ast::step::{AuthChoice, Payload};
use crate::suite::template::{Template, TemplateValue, Unresolved};
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// What a request of a case is sent with.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) world: &'a World,
    pub(super) lane: &'a Lane,
    pub(super) ledger: &'a Ledger,
    pub(super) planned: &'a PlannedSuite,
    pub(super) case: &'a str,
}

/// An exchange with the operation it was routed to.
#[derive(Clone)]
pub(super) struct Answered {
    pub(super) exchange: Arc<Exchange>,
    pub(super) operation: Option<Arc<Operation>>,
    /// What judges it; `None` for what belongs to no contract.
    pub(super) rules: Option<Arc<Rules>>,
}

/// What a request was made for.
type Routed = (Option<Arc<Operation>>, Arc<Rules>);

impl Sender<'_> {
    /// Makes and sends one request.
    ///
    /// # Errors
    /// A lower-case fragment that says why no request could be made.
    pub(super) async fn send(&self, send: &PlannedSend, names: &Names) -> Result<Answered, String> {
        let (mut request, (operation, rules)) = self.request(send, names)?;
        let written = |name: &str| send.headers.iter().any(|(_, n, _)| n.eq_ignore_ascii_case(name));
        for credential in self.credentials(&send.auth, (operation.as_deref(), &rules.contract), names).await? {
            if credential.location == In::Header && written(&credential.name) {
                continue;
            }
            if !self.is_target(&request) {
                return Err(format!("{} is not the target, so no credentials are sent there; say `auth: none`", request.url));
            }
            credential.put(&mut request);
        }
        let timeout = self.world.environment.limits.timeout.duration();
        // What can be read only once must not be written twice by anything below us either.
        let once = operation.as_ref().is_some_and(|o| o.read_once);
        let sent = if once {
            self.world.client.send_once(&request, timeout).await
        } else {
            self.world.client.send(&request, timeout).await
        };
        let exchange = self.ledger.sent(self.case, operation.as_ref().map(|o| o.id.clone()), request, sent);
        Ok(Answered { exchange, operation, rules: Some(rules) })
    }

    /// The path of a request to the target, below the target's own; `None` for another server's.
    fn ours<'r>(&self, request: &'r Request) -> Option<&'r str> {
        if !request.url.contains("://") {
            return Some(request.path());
        }
        let origin = self.lane.origins.all().find(|origin| {
            let rest = request.url.strip_prefix(origin);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })?;
        let above = Request::new("GET", origin);
        Some(request.path().strip_prefix(above.path().trim_end_matches('/')).unwrap_or(request.path()))
    }

    fn is_target(&self, request: &Request) -> bool {
        self.ours(request).is_some()
    }

    fn request(&self, send: &PlannedSend, names: &Names) -> Result<(Request, Routed), String> {
        let (method, target, rules, operation) = match &send.target {
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
                let (rules, operation) = match self.ours(&whole) {
                    Some(path) => self.planned.route(&method, path),
                    None => (Arc::clone(&self.planned.rules), None),
                };
                (method, target, rules, operation)
            }
        };
        let origin = self.lane.origins.of(self.planned.spec_of(&rules));
        let mut url = if target.contains("://") { target } else { format!("{origin}{target}") };
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
        self.body(&mut request, send.payload.as_ref(), (operation.as_deref(), &rules.contract), names)?;
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
        Ok((request, (operation, rules)))
    }

    async fn credentials(
        &self,
        auth: &AuthChoice,
        (operation, contract): (Option<&Operation>, &Contract),
        names: &Names,
    ) -> Result<Vec<Credential>, String> {
        let bearer = |token: String| Credential::authorization(format!("Bearer {token}"));
        Ok(match auth {
            AuthChoice::None => Vec::new(),
            AuthChoice::Identity(name) => {
                let name = text(name, names)?;
                if name == "none" {
                    return Ok(Vec::new());
                }
                let identity = self.world.environment.identity(&name);
                let identity = identity.ok_or_else(|| format!("the environment has no identity `{name}`"))?;
                let mut all = Vec::new();
                for part in identity.parts() {
                    all.push(match part {
                        Identity::Header { name, value } => Credential::header(name, value.expose()),
                        Identity::Basic { .. } => Credential::authorization(tokens::basic(self.world, &name)?),
                        Identity::ApiKey { scheme, key } => {
                            let (location, field) = key_place(scheme.as_deref(), operation, contract)?;
                            Credential { location, name: field, value: key.expose().clone() }
                        }
                        _ => bearer(tokens::token(self.world, self.lane, self.ledger, self.case, &name).await?),
                    });
                }
                all
            }
            AuthChoice::Bearer(token) => vec![bearer(text(token, names)?)],
            AuthChoice::Header(value) => vec![Credential::authorization(text(value, names)?)],
            AuthChoice::Basic(name) => vec![Credential::authorization(tokens::basic(self.world, &text(name, names)?)?)],
        })
    }
}

/// What identifies the caller, and where in a request it goes.
struct Credential {
    location: In,
    name: String,
    value: String,
}

impl Credential {
    fn header(name: &str, value: &str) -> Self {
        Self { location: In::Header, name: name.to_owned(), value: value.to_owned() }
    }

    fn authorization(value: String) -> Self {
        Self { location: In::Header, name: "authorization".to_owned(), value }
    }

    fn put(self, request: &mut Request) {
        match self.location {
            In::Query => {
                let sign = if request.url.contains('?') { '&' } else { '?' };
                let (name, value) = (style::encode(&self.name, false), style::encode(&self.value, false));
                request.url.push_str(&format!("{sign}{name}={value}"));
            }
            In::Cookie => add_cookie(request, &format!("{}={}", self.name, self.value)),
            _ => request.headers.set(self.name, self.value),
        }
    }
}

/// A request has one `Cookie` field (RFC 6265 section 5.4).
fn add_cookie(request: &mut Request, cookie: &str) {
    let before = request.headers.get("cookie").map(|c| format!("{c}; ")).unwrap_or_default();
    request.headers.set("cookie", format!("{before}{cookie}"));
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

impl Sender<'_> {
    /// Writes the body and says what it is.
    fn body(
        &self,
        request: &mut Request,
        payload: Option<&Payload>,
        (operation, contract): (Option<&Operation>, &Contract),
        names: &Names,
    ) -> Result<(), String> {
        match payload {
            None => {}
            Some(Payload::Value { value, content_type }) => {
                let wanted = content_type.as_ref().map(|t| text(t, names)).transpose()?;
                let media = media_of(operation, wanted.as_deref());
                let boundary = self.world.seed.derive(self.case).rng().next_u64();
                let written = contract.write_body(&media, &resolve(value, names)?, &format!("proofmark-{boundary:016x}"))?;
                request.headers.push("content-type", written.content_type);
                request.body = Bytes::from(written.bytes);
            }
            Some(Payload::Raw { text: raw, content_type }) => {
                if let Some(content_type) = content_type {
                    request.headers.push("content-type", text(content_type, names)?);
                }
                request.body = Bytes::from(text(raw, names)?);
            }
            Some(Payload::Form(pairs)) => {
                let mut form = Vec::new();
                for (name, value) in pairs {
                    let value = resolve(value, names)?;
                    if !value.is_null() {
                        form.push((name.value.as_str(), plain(&value)));
                    }
                }
                request.headers.push("content-type", "application/x-www-form-urlencoded");
                request.body = Bytes::from(tokens::urlencoded(form.iter().map(|(k, v)| (*k, v.as_str()))));
            }
        }
        Ok(())
    }
}

/// The media type a body is written as: the one wanted, as it is documented; else JSON where that is documented, else the
/// first; JSON where none is.
fn media_of(operation: Option<&Operation>, wanted: Option<&str>) -> MediaType {
    let known = operation.and_then(|o| o.body.as_ref()).map_or(&[][..], |b| &b.media);
    let is_json = |m: &&MediaType| MediaName::parse(&m.name).is_some_and(|n| n.is_json());
    let found = match wanted {
        Some(wanted) => documented(known, wanted).map(|m| MediaType { name: wanted.to_owned(), ..m.clone() }),
        None => known.iter().find(is_json).or(known.first()).cloned(),
    };
    found.unwrap_or_else(|| MediaType {
        name: wanted.unwrap_or("application/json").to_owned(),
        schema: None,
        item_schema: None,
        encoding: Vec::new(),
        prefix_encoding: Vec::new(),
        item_encoding: None,
        example: None,
        examples: Vec::new(),
    })
}

/// A parameter as the spec describes it, or a plain query parameter where it does not.
fn described(parameter: Option<&Parameter>, name: &str) -> Parameter {
    parameter.cloned().unwrap_or_else(|| Parameter {
        name: name.to_owned(),
        location: In::Query,
        required: false,
        style: crate::contract::model::Style::Form,
        explode: true,
        allow_reserved: false,
        schema: None,
        content: None,
        example: None,
    })
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value with its templates resolved.
pub(super) fn resolve(value: &TemplateValue, names: &Names) -> Result<Value, String> {
    value.resolve(names).map_err(|u| unresolved(&u))
}

/// A text with its templates resolved.
pub(super) fn text(template: &Template, names: &Names) -> Result<String, String> {
    template.resolve_text(names).map_err(|u| unresolved(&u))
}

fn unresolved(name: &Unresolved) -> String {
    format!("`${{{}}}` holds nothing", name.expression)
}
