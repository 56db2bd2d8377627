//! A merged profile with its defaults, and what its values are to each other.
//!
//! Places every fault in the text that it comes from. Reads no text and no variable.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Source, Span};
use crate::base::units::Nanos;
use crate::model::certification::ModuleId;
use crate::model::check::Requirement;
use crate::model::signing::{HttpAlgorithm, HttpMessage, SignatureScheme, WebhookAlgorithm};
use crate::suite::ast::Spanned;
use crate::suite::ast::profile::{
    self, AuthorizationSpec, DeliverySpec, ModuleSpec, Profile, ProfileLimits, ProfileSignature, ProfileTls, ReadBack, TlsVersion,
};
use crate::suite::decode::profile::layer::{
    Algorithm, AuthorizationLayer, DeliveryLayer, Layer, LimitsLayer, ReadBackLayer, Said, Scheme, SignatureLayer, TlsLayer,
};
use crate::suite::decode::profile::modules::{EffectLayer, ModuleLayer, OwnKey, keys};
use std::collections::BTreeMap;
use std::sync::Arc;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The profile that was merged; `root` is the whole of its own text.
pub(super) fn finish(merged: Layer, root: Span, sources: &[Arc<Source>], faults: &mut Diagnostics) -> Option<Profile> {
    let mut finish = Finish { sources, faults };
    let further: Vec<Spanned<String>> = merged.delivery.headers.iter().map(|(name, _)| name.clone()).collect();
    let delivery = delivery(merged.delivery);
    let signature = match merged.signature {
        Said::Something(layer) => finish.signature(layer, &delivery),
        Said::Nothing | Said::None => None,
    };
    let authorization = match merged.authorization {
        Said::Something(layer) => finish.authorization(layer),
        Said::Nothing | Said::None => None,
    };
    let read_back = match merged.read_back {
        Said::Something(layer) => finish.read_back(layer),
        Said::Nothing | Said::None => None,
    };
    finish.fields_once(&further, &delivery, signature.as_ref(), authorization.as_ref());
    let tls = finish.tls(merged.tls);
    finish.times(&merged.limits, &merged.modules);
    if let Some(signature) = &signature {
        finish.ages(signature.tolerance, &merged.modules);
    }
    let limits = limits(merged.limits);
    if merged.modules.is_empty() && !merged.lost {
        finish.missing(root, "a profile needs `modules`", Some("write them, or extend a profile that has them: `extends: laas`"));
    }
    let modules = merged.modules.into_iter().filter_map(|(id, layer)| Some((id, finish.module(id, layer)?))).collect();
    if merged.spec.is_none() && !merged.lost {
        finish.missing(root, "a profile needs `spec`", Some("the name of a shipped spec, or a path relative to the profile"));
    }
    let name = merged.name?;
    Some(Profile {
        source: Arc::clone(sources.first()?),
        bases: sources.get(1..).unwrap_or_default().to_vec(),
        title: merged.title.unwrap_or_else(|| name.value.clone()),
        name,
        spec: merged.spec?,
        callbacks: merged.callbacks.unwrap_or_default(),
        values: merged.values,
        delivery,
        signature,
        authorization,
        tls,
        limits,
        read_back,
        valid_for: merged.valid_for.unwrap_or(Nanos(90 * DAY)),
        modules,
        declared_secrets: merged.secrets.into_iter().filter_map(|(name, secret)| Some((name, secret?))).collect(),
    })
}

fn delivery(layer: DeliveryLayer) -> DeliverySpec {
    DeliverySpec {
        id_header: layer.id_header.unwrap_or_else(|| Some("webhook-id".to_owned())),
        time_header: layer.time_header.unwrap_or_else(|| Some("webhook-timestamp".to_owned())),
        headers: layer.headers.into_iter().map(|(name, value)| (name.value, value)).collect(),
        origin: layer.origin.unwrap_or_else(|| "proofmark.example".to_owned()),
    }
}

/// How long an answer is waited for, where no profile says.
const ANSWER: Nanos = Nanos(30 * SECOND);

fn limits(layer: LimitsLayer) -> ProfileLimits {
    ProfileLimits {
        connect: layer.connect.unwrap_or(Nanos(10 * SECOND)),
        answer: layer.answer.map_or(ANSWER, |a| a.value),
        body: layer.body.unwrap_or(1 << 20),
        concurrency: layer.concurrency.unwrap_or(4),
        samples: layer.samples.unwrap_or(100),
    }
}

struct Finish<'a> {
    sources: &'a [Arc<Source>],
    faults: &'a mut Diagnostics,
}

impl Finish<'_> {
    fn fault(&mut self, code: &'static str, span: Span, message: impl Into<String>, hint: Option<&str>) {
        let place = profile::place(self.sources.iter(), span);
        self.faults.push(Diagnostic::error(code, message).at(place).maybe_hint(hint.map(str::to_owned)));
    }

    fn missing(&mut self, span: Span, message: &str, hint: Option<&str>) {
        self.fault("profile/missing-key", span, message, hint);
    }

    fn signature(&mut self, layer: SignatureLayer, delivery: &DeliverySpec) -> Option<ProfileSignature> {
        let Some(scheme) = layer.scheme else {
            let hint = "one of `standard-webhooks`, `http-message-signatures`, `shared-secret`";
            if !layer.faulty {
                self.missing(layer.span, "`signature` needs `scheme`", Some(hint));
            }
            return None;
        };
        self.keys_of_scheme(scheme, &layer);
        let SignatureLayer { span, secret, tolerance, own, faulty, .. } = layer;
        let scheme = match scheme {
            Scheme::StandardWebhooks => match own.algorithm.map(|a| a.value) {
                Some(Algorithm::V1a) => SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1a),
                _ => SignatureScheme::StandardWebhooks(WebhookAlgorithm::V1),
            },
            Scheme::HttpMessageSignatures => {
                let span = own.components.as_ref().map_or(span, |c| c.span);
                let components = own.components.map_or_else(|| covered(delivery), |c| c.value);
                if !components.iter().any(|c| c == "content-digest") {
                    let place = profile::place(self.sources.iter(), span);
                    let message = "the signature does not cover the body, so a changed one would be accepted";
                    let warning = Diagnostic::warning("profile/uncovered-body", message).at(place);
                    self.faults.push(warning.hint("add `content-digest` to `components`"));
                }
                SignatureScheme::HttpMessage(HttpMessage {
                    algorithm: match own.algorithm.map(|a| a.value) {
                        Some(Algorithm::Ed25519) => HttpAlgorithm::Ed25519,
                        _ => HttpAlgorithm::HmacSha256,
                    },
                    label: own.label.map_or_else(|| "sig1".to_owned(), |l| l.value),
                    components,
                    key_id: own.key_id.map(|k| k.value),
                    tag: own.tag.map(|t| t.value),
                    expires: own.expires.map(|e| e.value),
                })
            }
            Scheme::SharedSecret => {
                if own.header.is_none() && !faulty {
                    self.missing(span, "`signature` needs `header`", Some("the header field whose value is the secret"));
                }
                let header = own.header?;
                SignatureScheme::SharedSecret { header: header.value }
            }
        };
        Some(ProfileSignature { scheme, secret: secret.flatten(), tolerance: tolerance.unwrap_or(Nanos(5 * MINUTE)) })
    }

    /// Keys and algorithms that belong to another scheme.
    fn keys_of_scheme(&mut self, scheme: Scheme, layer: &SignatureLayer) {
        let own = &layer.own;
        let span = |text: &Option<Spanned<String>>| text.as_ref().map(|t| t.span);
        let http = Scheme::HttpMessageSignatures;
        for (key, at, of) in [
            ("header", span(&own.header), Scheme::SharedSecret),
            ("label", span(&own.label), http),
            ("components", own.components.as_ref().map(|c| c.span), http),
            ("key_id", span(&own.key_id), http),
            ("tag", span(&own.tag), http),
            ("expires", own.expires.as_ref().map(|e| e.span), http),
        ] {
            if let Some(at) = at
                && of != scheme
            {
                let hint = format!("it belongs to `scheme: {}`", of.key());
                self.fault("profile/value", at, format!("`{}` has no `{key}`", scheme.key()), Some(&hint));
            }
        }
        let Some(algorithm) = &own.algorithm else { return };
        let all: &[Algorithm] = match scheme {
            Scheme::StandardWebhooks => &[Algorithm::V1, Algorithm::V1a],
            Scheme::HttpMessageSignatures => &[Algorithm::HmacSha256, Algorithm::Ed25519],
            Scheme::SharedSecret => &[],
        };
        if !all.contains(&algorithm.value) {
            let known: Vec<String> = all.iter().map(|a| format!("`{}`", a.key())).collect();
            let hint = if known.is_empty() { "leave it out".to_owned() } else { format!("known: {}", known.join(", ")) };
            let message = format!("`{}` does not sign by `{}`", scheme.key(), algorithm.value.key());
            self.fault("profile/value", algorithm.span, message, Some(&hint));
        }
    }

    fn authorization(&mut self, layer: AuthorizationLayer) -> Option<AuthorizationSpec> {
        if layer.value.is_none() && !layer.faulty {
            self.missing(layer.span, "`authorization` needs `value`", Some("such as \"Bearer ${env.NAME}\""));
        }
        let value = layer.value?;
        Some(AuthorizationSpec { header: layer.header.unwrap_or_else(|| "authorization".to_owned()), value })
    }

    fn tls(&mut self, layer: TlsLayer) -> ProfileTls {
        let pair = |written: &Option<Spanned<Option<Spanned<String>>>>| written.as_ref().map(|w| w.span);
        match (pair(&layer.certificate), pair(&layer.key)) {
            (Some(span), None) => self.missing(span, "a client certificate needs its `key`", None),
            (None, Some(span)) => self.missing(span, "a client's key needs its `certificate`", None),
            _ => {}
        }
        ProfileTls {
            minimum: layer.minimum.unwrap_or(TlsVersion::V1_2),
            mutual: layer.mutual.unwrap_or(false),
            ca: layer.ca.flatten(),
            certificate: layer.certificate.and_then(|c| c.value),
            key: layer.key.and_then(|k| k.value),
        }
    }

    fn read_back(&mut self, layer: ReadBackLayer) -> Option<ReadBack> {
        if layer.url.is_none() && !layer.faulty {
            self.missing(
                layer.span,
                "`read_back` needs `url`",
                Some("such as https://partner.example.com/received/${delivery.id}"),
            );
        }
        if layer.count.is_none() && layer.latest.is_none() && !layer.faulty {
            let hint = "`count` is a path to how often the delivery took effect, `latest` to the last event that did";
            self.missing(layer.span, "`read_back` needs `count` or `latest`", Some(hint));
        }
        Some(ReadBack {
            url: layer.url?,
            headers: layer.headers,
            count: layer.count,
            latest: layer.latest,
            within: layer.within.unwrap_or(Nanos(5 * SECOND)),
        })
    }

    /// A further field must not be one that is written anyway.
    fn fields_once(
        &mut self,
        further: &[Spanned<String>],
        delivery: &DeliverySpec,
        signature: Option<&ProfileSignature>,
        authorization: Option<&AuthorizationSpec>,
    ) {
        let mut taken: Vec<(&str, &str)> = vec![("content-type", "the spec's media type")];
        taken.extend(delivery.id_header.as_deref().map(|name| (name, "`id_header`")));
        taken.extend(delivery.time_header.as_deref().map(|name| (name, "`time_header`")));
        taken.extend(authorization.map(|a| (a.header.as_str(), "`authorization`")));
        let signed: &[&str] = match signature.map(|s| &s.scheme) {
            Some(SignatureScheme::StandardWebhooks(_)) => &["webhook-id", "webhook-timestamp", "webhook-signature"],
            Some(SignatureScheme::HttpMessage(_)) => &["signature", "signature-input", "content-digest"],
            Some(SignatureScheme::SharedSecret { header }) => &[header.as_str()],
            None => &[],
        };
        taken.extend(signed.iter().map(|name| (*name, "`signature`")));
        for field in further {
            if let Some((_, by)) = taken.iter().find(|(name, _)| name.eq_ignore_ascii_case(&field.value)) {
                let message = format!("`{}` is written by {by} already", field.value);
                self.fault("profile/value", field.span, message, Some("leave it out of `headers`"));
            }
        }
    }

    /// An answer has to be waited for longer than it may take.
    fn times(&mut self, limits: &LimitsLayer, modules: &BTreeMap<ModuleId, ModuleLayer>) {
        let Some(module) = modules.get(&ModuleId::ResponseTime).filter(|m| m.on != Some(false)) else { return };
        let within = module.within.as_ref().map_or(default_within(ModuleId::ResponseTime), |w| w.value);
        let answer = limits.answer.as_ref().map_or(ANSWER, |a| a.value);
        if answer <= within {
            let at = limits.answer.as_ref().or(module.within.as_ref()).map_or(module.span, |s| s.span);
            let message = format!("an answer is waited for {answer}, and `response-time` allows it {within}");
            let hint = "`limits: {answer: ...}` has to be longer, so that lateness can be told from silence";
            self.fault("profile/value", at, message, Some(hint));
        }
    }

    /// What is to be refused for its age has to be beyond what is tolerated.
    fn ages(&mut self, tolerance: Nanos, modules: &BTreeMap<ModuleId, ModuleLayer>) {
        let Some(module) = modules.get(&ModuleId::AttemptTime).filter(|m| m.on != Some(false)) else { return };
        let written: Vec<Spanned<Nanos>> = module.ages.clone().unwrap_or_default();
        let defaults = default_ages(ModuleId::AttemptTime).into_iter().map(|age| Spanned::new(age, module.span));
        let ages = if module.ages.is_some() { written } else { defaults.collect() };
        for age in ages.iter().filter(|age| age.value <= tolerance) {
            let message = format!("an attempt {} from now is within the tolerance of {tolerance}", age.value);
            self.fault("profile/value", age.span, message, Some("an age has to be beyond `tolerance` of `signature`"));
        }
    }

    fn module(&mut self, id: ModuleId, layer: ModuleLayer) -> Option<ModuleSpec> {
        if layer.on == Some(false) {
            return None;
        }
        let has = |key: OwnKey| keys(id).contains(&key);
        let ModuleLayer { span, requirement, source, accept, warn, .. } = layer;
        let effect = match layer.effect {
            None => Some(None),
            Some(EffectLayer { requirement: Some(id), source: Some(source) }) => Some(Some(Requirement { id, source })),
            Some(_) => None,
        };
        // What is switched on needs what is known of it from somewhere.
        let lacking = [
            ("`requirement`", requirement.is_none()),
            ("`source`", source.is_none()),
            ("`accept`", has(OwnKey::Statuses) && accept.as_ref().is_none_or(Vec::is_empty)),
            ("`requirement` and `source` of `effect`", effect.is_none()),
        ];
        let lacking: Vec<&str> = lacking.iter().filter(|(_, lacks)| *lacks).map(|(key, _)| *key).collect();
        if !lacking.is_empty() && !layer.faulty {
            let message = format!("`{}` needs {}", id.key(), lacking.join(", "));
            self.missing(span, &message, Some("write it here, or extend a profile that has it"));
        }
        let own = |key: OwnKey, values: &[&str]| -> Vec<String> {
            if has(key) { values.iter().map(|v| (*v).to_owned()).collect() } else { Vec::new() }
        };
        Some(ModuleSpec {
            required: layer.required.unwrap_or(true),
            requirement: Requirement { id: requirement?, source: source? },
            effect: effect?,
            accept: accept.unwrap_or_default(),
            warn: warn.unwrap_or_default(),
            count: has(OwnKey::Count).then(|| layer.count.unwrap_or(default_count(id))),
            size: has(OwnKey::Size).then(|| layer.size.unwrap_or(2 << 20)),
            within: has(OwnKey::Within).then(|| layer.within.map_or(default_within(id), |w| w.value)),
            ages: layer.ages.map_or_else(|| default_ages(id), |ages| ages.into_iter().map(|a| a.value).collect()),
            methods: layer.methods.unwrap_or_else(|| own(OwnKey::Methods, &["GET", "HEAD", "PUT", "DELETE"])),
            media_types: layer.media_types.unwrap_or_else(|| own(OwnKey::MediaTypes, &["text/plain", "application/xml"])),
        })
    }
}

/// Everything that says what is delivered where.
fn covered(delivery: &DeliverySpec) -> Vec<String> {
    let fixed = ["@method", "@target-uri", "content-type", "content-digest"].map(str::to_owned);
    let heads = [&delivery.id_header, &delivery.time_header].into_iter().flatten().map(|name| name.to_ascii_lowercase());
    fixed.into_iter().chain(heads).collect()
}

fn default_count(id: ModuleId) -> u32 {
    match id {
        ModuleId::ConcurrentDuplicates => 10,
        ModuleId::HostileJson => 10_000,
        _ => 50,
    }
}

fn default_within(id: ModuleId) -> Nanos {
    match id {
        ModuleId::Overload | ModuleId::PartialBody => Nanos(30 * SECOND),
        _ => Nanos(10 * SECOND),
    }
}

fn default_ages(id: ModuleId) -> Vec<Nanos> {
    match id {
        ModuleId::DelayedReplay => vec![Nanos(HOUR), Nanos(2 * HOUR), Nanos(3 * HOUR)],
        ModuleId::AttemptTime => vec![Nanos(6 * MINUTE)],
        _ => Vec::new(),
    }
}
