//! What a certification profile says: what is delivered, how it is signed, and what each module accepts.
//!
//! Every template of the environment is resolved already. Opens nothing: files and addresses are still names here.

use crate::base::secret::Secret;
use crate::base::source::{Place, Source, Span};
use crate::base::units::Nanos;
use crate::model::certification::ModuleId;
use crate::model::check::Requirement;
use crate::model::signing::SignatureScheme;
use crate::suite::ast::Spanned;
use crate::suite::path::Path;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A certification profile, with what it extends already merged in.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// The texts of the profiles that it extends, the nearest first.
    pub bases: Vec<Arc<Source>>,
    /// Its name.
    pub name: Spanned<String>,
    /// One line about it.
    pub title: String,
    /// The spec: a shipped one's name, or a path relative to the profile.
    pub spec: Spanned<String>,
    /// The callbacks or webhooks that are certified, by operationId or key; all of the spec where none is named.
    pub callbacks: Vec<Spanned<String>>,
    /// Values of runtime expressions in the callback's URL beside the registered URL, by expression (`$request.body#/id`).
    pub values: Vec<(Spanned<String>, String)>,
    /// Fields of each delivery's head.
    pub delivery: DeliverySpec,
    /// How deliveries are signed; `None` when they are not.
    pub signature: Option<ProfileSignature>,
    /// The credential that deliveries bear; `None` when they bear none.
    pub authorization: Option<AuthorizationSpec>,
    /// How TLS is spoken.
    pub tls: ProfileTls,
    /// What a certification may use.
    pub limits: ProfileLimits,
    /// Where the effect of a delivery can be read back.
    pub read_back: Option<ReadBack>,
    /// How long a certificate holds.
    pub valid_for: Nanos,
    /// The modules, every one that is not switched off.
    pub modules: BTreeMap<ModuleId, ModuleSpec>,
    /// The values under `secrets`, whether used or not.
    pub declared_secrets: Vec<(String, Secret<String>)>,
}

impl Profile {
    /// The place of a span of this profile, in the text that it came from: a span of a text that is extended lies behind
    /// those of the texts before it.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        place(std::iter::once(&self.source).chain(&self.bases), span)
    }

    /// The module's part of the profile, unless it is switched off.
    #[must_use]
    pub fn module(&self, id: ModuleId) -> Option<&ModuleSpec> {
        self.modules.get(&id)
    }

    /// Every value that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret<String>> {
        let mut all: Vec<&Secret<String>> = self.declared_secrets.iter().map(|(_, secret)| secret).collect();
        all.extend(self.signature.iter().filter_map(|s| s.secret.as_ref()));
        all.extend(self.authorization.iter().filter_map(|a| a.value.as_ref()));
        all.extend(
            self.read_back.iter().flat_map(|r| &r.headers).filter(|(name, _)| is_credential(name)).map(|(_, value)| value),
        );
        let mut unique: Vec<Secret<String>> = Vec::new();
        for secret in all {
            if !secret.expose().is_empty() && !unique.contains(secret) {
                unique.push(secret.clone());
            }
        }
        unique
    }
}

/// Header fields whose values are taken for credentials: every one but those that say what is wanted.
fn is_credential(name: &str) -> bool {
    !["accept", "accept-language", "content-type", "user-agent"].iter().any(|plain| name.eq_ignore_ascii_case(plain))
}

/// How far the spans of a text reach: one more than its length, so that its end is not the start of the next one.
pub(in crate::suite) fn room(source: &Source) -> u32 {
    u32::try_from(source.text().len()).unwrap_or(u32::MAX).saturating_add(1)
}

/// A span over several texts as a place in one of them.
pub(in crate::suite) fn place<'s>(sources: impl Iterator<Item = &'s Arc<Source>>, span: Span) -> Place {
    let mut sources = sources.peekable();
    let mut shift = 0_u32;
    while let Some(source) = sources.next() {
        let next = shift.saturating_add(room(source));
        if span.start < next || sources.peek().is_none() {
            return Place::new(source, Span { start: span.start.saturating_sub(shift), end: span.end.saturating_sub(shift) });
        }
        shift = next;
    }
    Place::new(&Source::new("", ""), Span::default())
}

/// Fields of each delivery's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverySpec {
    /// The field with the identifier of the delivery, the same in every attempt (`webhook-id`); `None` to send none.
    pub id_header: Option<String>,
    /// The field with the time of the attempt in whole seconds since 1970 (`webhook-timestamp`); `None` to send none.
    pub time_header: Option<String>,
    /// Further fields.
    pub headers: Vec<(String, String)>,
    /// What is said in `WebHook-Request-Origin`.
    pub origin: String,
}

/// How deliveries are signed and what with.
#[derive(Clone, Debug)]
pub struct ProfileSignature {
    /// The scheme.
    pub scheme: SignatureScheme,
    /// The key; `None` where the profile leaves it to the command line and its environment variable is not set.
    pub secret: Option<Secret<String>>,
    /// How far the time of an attempt may be from now.
    pub tolerance: Nanos,
}

/// The credential that deliveries bear.
#[derive(Clone, Debug)]
pub struct AuthorizationSpec {
    /// The header.
    pub header: String,
    /// Its value; `None` where it comes from an environment variable that is not set.
    pub value: Option<Secret<String>>,
}

/// How TLS is spoken with the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileTls {
    /// The oldest version that may be agreed.
    pub minimum: TlsVersion,
    /// True where the endpoint has to ask for a client certificate.
    pub mutual: bool,
    /// A file with the certificates to trust, PEM.
    pub ca: Option<Spanned<String>>,
    /// A file with the client's certificate, PEM.
    pub certificate: Option<Spanned<String>>,
    /// A file with the client's key, PEM.
    pub key: Option<Spanned<String>>,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// RFC 5246.
    V1_2,
    /// RFC 8446.
    V1_3,
}

/// What a certification may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileLimits {
    /// How long making a connection may take.
    pub connect: Nanos,
    /// How long an answer is waited for; longer than the response time that is asked for, so that lateness can be told from silence.
    pub answer: Nanos,
    /// How many bytes of an answer are read.
    pub body: u64,
    /// How many deliveries there are under way at once, where nothing else is said.
    pub concurrency: u32,
    /// At most this many deliveries of each kind are generated.
    pub samples: u32,
}

/// Where the effect of a delivery can be read back.
#[derive(Clone, Debug)]
pub struct ReadBack {
    /// The URL; `${delivery.id}` is the delivery's identifier, `${entity.id}` the `id` in its body.
    pub url: Spanned<String>,
    /// Fields of the request's head.
    pub headers: Vec<(String, Secret<String>)>,
    /// Where in the answer stands how many times the delivery took effect.
    pub count: Option<Path>,
    /// Where in the answer stands the last event that took effect.
    pub latest: Option<Path>,
    /// How long the effect may take to show.
    pub within: Nanos,
}

/// One module as the profile has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleSpec {
    /// Whether a certificate needs it.
    pub required: bool,
    /// What it stands on.
    pub requirement: Requirement,
    /// What its side effect stands on, where it has one that HTTP cannot show.
    pub effect: Option<Requirement>,
    /// Statuses that pass.
    pub accept: Vec<Statuses>,
    /// Statuses that are warned of; every other one fails.
    pub warn: Vec<Statuses>,
    /// How many: deliveries at once, copies, levels of depth.
    pub count: Option<u32>,
    /// How large, in bytes.
    pub size: Option<u64>,
    /// How long it may take.
    pub within: Option<Nanos>,
    /// Ages of an event or an attempt.
    pub ages: Vec<Nanos>,
    /// Methods that are tried.
    pub methods: Vec<String>,
    /// Media types that are tried.
    pub media_types: Vec<String>,
}

/// One status or a class of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statuses {
    /// One status.
    One(u16),
    /// A class such as `2XX`, by its first digit.
    Class(u16),
}

impl Statuses {
    /// Whether it covers the status.
    #[must_use]
    pub fn covers(self, status: u16) -> bool {
        match self {
            Self::One(one) => one == status,
            Self::Class(class) => status / 100 == class,
        }
    }
}

/// A failure that was announced.
#[derive(Clone, Debug)]
pub struct ExpectedFailure {
    /// The module.
    pub module: Spanned<ModuleId>,
    /// Why it fails.
    pub reason: String,
    /// The last day on which that is accepted.
    pub until: Option<Date>,
}
