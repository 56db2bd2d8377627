//! A certification, ready to be run: the endpoints by callback, what is delivered there, how it is signed.
//!
//! Binds a profile, a contract and the URL that a partner would register. Never sends anything.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::seed::Seed;
use crate::base::units::Nanos;
use crate::callback::scheme::Signing;
use crate::contract::Contract;
use crate::contract::expression::Expression;
use crate::contract::model::{Callback, Direction, In, MediaType, Operation, Parameter};
use crate::contract::style;
use crate::generate::{self, Sample, SampleKind, Wish};
use crate::model::certification::ModuleId;
use crate::suite::ast::profile::{ExpectedFailure, Profile};
use crate::window::hours::OperationName;
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// What is to be certified, and how.
#[derive(Clone)]
pub struct CertificationWish {
    /// The URL that the partner would register.
    pub registered: String,
    /// The seed of what is generated.
    pub seed: Seed,
    /// The time that events are dated by.
    pub now: Timestamp,
    /// The modules asked for; every one of the profile when none is named.
    pub only: Vec<ModuleId>,
    /// Deliveries at a rate, when that is asked for.
    pub load: Option<DeliveryRate>,
    /// Failures that were announced.
    pub expected: Vec<ExpectedFailure>,
}

/// Deliveries at a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeliveryRate {
    /// Deliveries a second.
    pub per_second: f64,
    /// For how long.
    pub during: Nanos,
}

/// A certification, ready to be run.
pub struct CertificationPlan {
    /// The profile.
    pub profile: Arc<Profile>,
    /// The URL that the partner would register.
    pub registered: String,
    /// Where deliveries go, one for each callback operation; at least one.
    pub endpoints: Vec<Endpoint>,
    /// How deliveries are signed.
    pub signing: SigningPlan,
    /// The modules to run, in their order.
    pub modules: Vec<ModuleId>,
    /// True when every module that a certificate needs is among them.
    pub complete: bool,
    /// Deliveries at a rate, when that is asked for.
    pub load: Option<DeliveryRate>,
    /// Failures that were announced.
    pub expected: Vec<ExpectedFailure>,
    /// What could not be generated, for a reader.
    pub missed: Vec<String>,
}

impl CertificationPlan {
    /// What deliveries are made to, by endpoint, as the windows of an API name it: each goes by the id of its callback's operation.
    #[must_use]
    pub fn called(&self, api: &str) -> Vec<OperationName> {
        self.endpoints.iter().map(|e| OperationName { api: api.to_owned(), id: e.operation.id.clone() }).collect()
    }
}

/// How deliveries are signed.
#[derive(Clone)]
pub enum SigningPlan {
    /// The profile signs nothing.
    Unsigned,
    /// With this key.
    Signed(Signing),
    /// They should be, and no key was given; holds what to do about it.
    KeyMissing(String),
}

/// Where the deliveries of one callback go, and what they are.
#[derive(Debug)]
pub struct Endpoint {
    /// The callback's operation.
    pub operation: Arc<Operation>,
    /// The name a reader knows it by.
    pub name: String,
    /// The URL.
    pub url: String,
    /// The media type of the deliveries, as it is sent.
    pub media_type: String,
    /// Header fields that the spec demands beside those of the profile.
    pub headers: Vec<(String, String)>,
    /// What is delivered.
    pub samples: Vec<Sample>,
    /// True where the digits of `id` may be others, so that a delivery is about something not heard of before.
    pub may_rename: bool,
}

impl Endpoint {
    /// The samples of a kind.
    pub fn of(&self, kind: impl Fn(&SampleKind) -> bool) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |s| kind(&s.kind))
    }

    /// The first valid sample.
    #[must_use]
    pub fn first(&self) -> Option<&Sample> {
        self.of(|kind| *kind == SampleKind::Event).next()
    }
}

/// Binds everything.
///
/// # Errors
/// Every mistake at once: a URL that is none, a callback whose URL cannot be told, a body that cannot be generated.
pub fn plan(
    profile: &Arc<Profile>,
    contract: &Contract,
    callbacks: &[Callback],
    signing: SigningPlan,
    wish: CertificationWish,
) -> Result<CertificationPlan, Diagnostics> {
    let mut faults = Diagnostics::new();
    let mut missed = Vec::new();
    let endpoints: Vec<Endpoint> =
        callbacks.iter().filter_map(|callback| bind(profile, contract, callback, &wish, &mut missed, &mut faults)).collect();
    if endpoints.is_empty() && faults.is_empty() {
        let why = missed.first().cloned().unwrap_or_else(|| format!("`{}` describes no callback and no webhook", contract.title));
        faults.push(Diagnostic::error("certify/no-callback", why).hint("name a spec, or a callback, whose body is JSON"));
    }
    if faults.has_errors() {
        return Err(faults);
    }
    let wanted = |id: &ModuleId| {
        (*id != ModuleId::DeliveryRate || wish.load.is_some()) && (wish.only.is_empty() || wish.only.contains(id))
    };
    let known = |id: &&ModuleId| profile.modules.contains_key(id);
    let modules: Vec<ModuleId> = ModuleId::ALL.iter().filter(known).filter(|id| wanted(id)).copied().collect();
    let complete = profile.modules.iter().filter(|(_, spec)| spec.required).all(|(id, _)| modules.contains(id));
    Ok(CertificationPlan {
        profile: Arc::clone(profile),
        registered: wish.registered,
        endpoints,
        signing,
        modules,
        complete,
        load: wish.load,
        expected: wish.expected,
        missed,
    })
}

fn bind(
    profile: &Profile,
    contract: &Contract,
    callback: &Callback,
    wish: &CertificationWish,
    missed: &mut Vec<String>,
    faults: &mut Diagnostics,
) -> Option<Endpoint> {
    let operation = &callback.operation;
    let fault = |message: String, hint: &str| Diagnostic::error("certify/callback", message).hint(hint);
    let url = match delivery_url(&callback.expression, &wish.registered, profile) {
        Ok(url) => url,
        Err(expression) => {
            let message = format!("the URL of `{}` needs `{expression}`, which only the platform knows", callback.name);
            faults.push(fault(message, "give it under `values` in the profile"));
            return None;
        }
    };
    let Some(media) = operation.body.as_ref().and_then(|body| json_media(&body.media)) else {
        missed.push(format!("`{}` has no JSON body, so nothing was delivered there", operation.id));
        return None;
    };
    let generating = Wish { seed: wish.seed.derive(&operation.id), now: wish.now, most: profile.limits.samples as usize };
    let mut samples = examples(contract, media);
    match &media.schema {
        Some(schema) => {
            let generated = generate::samples(contract, schema, Direction::Request, &generating);
            missed.extend(generated.missed.into_iter().map(|what| format!("{}: {what}", operation.id)));
            samples.extend(generated.samples);
        }
        None => samples.push(Sample { label: "an object".to_owned(), kind: SampleKind::Event, value: serde_json::json!({}) }),
    }
    if !samples.iter().any(|s| s.kind == SampleKind::Event) {
        let message = format!("no valid body of `{}` could be generated", operation.id);
        faults.push(fault(message, "give an `example` in the spec that its schema accepts"));
        return None;
    }
    let may_rename = media.schema.as_ref().is_some_and(|schema| {
        let validator = contract.validator(schema, Direction::Request);
        let events = samples.iter().filter(|s| s.kind == SampleKind::Event);
        events.filter_map(|s| renumbered(&s.value)).all(|value| validator.is_valid(&value))
    });
    let (url, headers) = parameters(contract, operation, profile, url, &generating);
    let media_type = if media.name.contains('*') { "application/json".to_owned() } else { media.name.clone() };
    Some(Endpoint {
        operation: Arc::clone(operation),
        name: operation.id.clone(),
        url,
        media_type,
        headers,
        samples: distinct(samples),
        may_rename,
    })
}

/// The callback's URL: the registered one takes the place of the first expression, the profile's values those of the others.
fn delivery_url(expression: &str, registered: &str, profile: &Profile) -> Result<String, String> {
    let mut url = String::new();
    let mut rest = expression;
    let mut placed = false;
    // A key may be an expression without braces, and a webhook has none at all.
    if expression.starts_with('$') || !expression.contains("{$") {
        return Ok(registered.to_owned());
    }
    while let Some((before, after)) = rest.split_once("{$") {
        let Some((inner, tail)) = after.split_once('}') else { break };
        let inner = format!("${inner}");
        url.push_str(before);
        if placed || Expression::parse(&inner).is_err() {
            let value = profile.values.iter().find(|(name, _)| name.value == inner).map(|(_, value)| value).ok_or(inner)?;
            url.push_str(&style::encode(value, false));
        } else {
            // One slash at the end is dropped before what follows.
            url.push_str(if tail.starts_with('/') { registered.strip_suffix('/').unwrap_or(registered) } else { registered });
            placed = true;
        }
        rest = tail;
    }
    url.push_str(rest);
    Ok(url)
}

fn json_media(media: &[MediaType]) -> Option<&MediaType> {
    let is_json = |name: &str| {
        let essence = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        essence == "application/json" || essence.ends_with("+json") || essence == "*/*" || essence == "application/*"
    };
    media.iter().find(|m| is_json(&m.name))
}

/// The spec's own examples come first: they are the most like what the platform will send.
fn examples(contract: &Contract, media: &MediaType) -> Vec<Sample> {
    let validator = media.schema.as_ref().map(|schema| contract.validator(schema, Direction::Request));
    let named = media.examples.iter().map(|(name, value)| (format!("example {name}"), value));
    let single = media.example.iter().filter(|_| media.examples.is_empty()).map(|value| ("the example".to_owned(), value));
    single
        .chain(named)
        .filter(|(_, value)| validator.as_ref().is_none_or(|v| v.is_valid(value)))
        .map(|(label, value)| Sample { label, kind: SampleKind::Event, value: value.clone() })
        .collect()
}

/// The value with other digits in its `id`; `None` where it has none that is text.
fn renumbered(value: &Value) -> Option<Value> {
    let id = value.get("id")?.as_str()?;
    let mut renumbered = value.clone();
    renumbered["id"] = Value::from(id.replace(|c: char| c.is_ascii_digit(), "7"));
    Some(renumbered)
}

fn distinct(samples: Vec<Sample>) -> Vec<Sample> {
    let mut kept: Vec<Sample> = Vec::new();
    for sample in samples {
        if !kept.iter().any(|k| k.kind == sample.kind && k.value == sample.value) {
            kept.push(sample);
        }
    }
    kept
}

/// Parameters that the spec demands and the profile does not send by itself.
fn parameters(
    contract: &Contract,
    operation: &Operation,
    profile: &Profile,
    mut url: String,
    wish: &Wish,
) -> (String, Vec<(String, String)>) {
    let delivery = &profile.delivery;
    let own = |name: &str| {
        [&delivery.id_header, &delivery.time_header].into_iter().flatten().any(|own| own.eq_ignore_ascii_case(name))
            || delivery.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
            || ["webhook-signature", "signature", "signature-input", "content-digest", "authorization"]
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
    };
    let value = |parameter: &Parameter| {
        parameter.example.clone().or_else(|| {
            let schema = parameter.schema.as_ref()?;
            generate::value(contract, schema, Direction::Request, false, wish)
        })
    };
    let mut headers = Vec::new();
    for parameter in operation.parameters.iter().filter(|p| p.required) {
        match parameter.location {
            In::Header if !own(&parameter.name) => {
                let encoded = value(parameter).and_then(|v| style::encode_header(parameter, &v).ok());
                headers.extend(encoded.map(|text| (parameter.name.clone(), text)));
            }
            In::Query => {
                if let Some(text) = value(parameter).and_then(|v| style::encode_query(parameter, &v).ok()) {
                    url.push(if url.contains('?') { '&' } else { '?' });
                    url.push_str(&text);
                }
            }
            _ => {}
        }
    }
    (url, headers)
}
