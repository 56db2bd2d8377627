//! What an environment file says: where the target is, how to identify, what it offers.
//!
//! Every template is resolved already. Opens nothing: files and addresses are still names here.

use crate::base::secret::Secret;
use crate::base::source::{Place, Source, Span};
use crate::base::units::Nanos;
use crate::model::redact::rules::Rules;
use crate::suite::ast::Spanned;
use crate::window::spec::WindowsSpec;
use std::net::IpAddr;
use std::sync::Arc;

/// An environment file.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// Its name.
    pub name: String,
    /// Where the APIs are.
    pub target: TargetSpec,
    /// The identities, in the order they were written.
    pub auth: Vec<(Spanned<String>, Identity)>,
    /// The listeners, in the order they were written.
    pub listeners: Vec<ListenerSpec>,
    /// The control API, where there is one.
    pub control: Option<ControlSpec>,
    /// What a run may use.
    pub limits: Limits,
    /// How TLS is spoken.
    pub tls: TlsSpec,
    /// When the APIs are available, where the file says so.
    pub window: Option<WindowsSpec>,
    /// The hosts that consent to be put under load.
    pub allow_load: Vec<LoadHost>,
    /// Where the history of runs is kept, where the file says so; a URL may hold a password.
    pub history: Option<Secret<String>>,
    /// What must not be kept beside secrets.
    pub redact: Rules,
    /// The values under `secrets`, whether used or not.
    pub declared_secrets: Vec<(String, Secret<String>)>,
}

impl Environment {
    /// The place of a span of this environment.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        Place::new(&self.source, span)
    }

    /// The identity of a name.
    #[must_use]
    pub fn identity(&self, name: &str) -> Option<&Identity> {
        self.auth.iter().find(|(n, _)| n.value == name).map(|(_, identity)| identity)
    }

    /// The listener of a name.
    #[must_use]
    pub fn listener(&self, name: &str) -> Option<&ListenerSpec> {
        self.listeners.iter().find(|l| l.name.value == name)
    }

    /// Whether a host that is reached at a port consents to load.
    #[must_use]
    pub fn allows_load(&self, host: &str, port: u16) -> bool {
        self.allow_load.iter().any(|allowed| allowed.covers(host, port))
    }

    /// Every value that must never be shown.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret<String>> {
        let mut all: Vec<Secret<String>> = self.declared_secrets.iter().map(|(_, secret)| secret.clone()).collect();
        for identity in self.auth.iter().flat_map(|(_, identity)| identity.parts()) {
            match identity {
                Identity::OAuth2 { client_secret, .. } => all.push(client_secret.clone()),
                Identity::Bearer(secret)
                | Identity::Basic { password: secret, .. }
                | Identity::Header { value: secret, .. }
                | Identity::ApiKey { key: secret, .. } => all.push(secret.clone()),
                Identity::All(_) => {}
            }
        }
        all.extend(self.listeners.iter().filter_map(|l| l.signature.as_ref()).map(|s| s.standard_webhooks.clone()));
        all.extend(self.history.clone().filter(|history| history.expose().contains("://")));
        if let Some(control) = &self.control {
            all.extend(control.headers.iter().map(|(_, value)| value.clone()));
        }
        let mut unique: Vec<Secret<String>> = Vec::new();
        for secret in all {
            if !secret.expose().is_empty() && !unique.contains(&secret) {
                unique.push(secret);
            }
        }
        unique
    }
}

/// Where the APIs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSpec {
    /// In this process: the sandbox.
    Embedded,
    /// All at one URL, without a trailing slash.
    Url(Spanned<String>),
    /// By spec: the stem of the spec's file name, or `default`.
    BySpec(Vec<(String, Spanned<String>)>),
}

/// A host that consents to be put under load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadHost {
    /// Its name in lower case, or its address, without brackets.
    pub host: String,
    /// This port alone; every port when `None`.
    pub port: Option<u16>,
    /// Where it is named.
    pub span: Span,
}

impl LoadHost {
    /// Whether it is meant by a host, brackets or not, that is reached at a port.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        let bare = bare.strip_suffix('.').unwrap_or(bare);
        let is_same = match (self.host.parse::<IpAddr>(), bare.parse::<IpAddr>()) {
            (Ok(allowed), Ok(asked)) => allowed == asked,
            _ => self.host.eq_ignore_ascii_case(bare),
        };
        is_same && self.port.is_none_or(|allowed| allowed == port)
    }
}

/// How a call identifies its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Client credentials, exchanged for a token.
    OAuth2 {
        /// A URL, or a path of the target.
        token_url: Spanned<String>,
        /// The client.
        client_id: String,
        /// Its secret.
        client_secret: Secret<String>,
        /// The scope asked for.
        scope: Option<String>,
    },
    /// A fixed bearer token.
    Bearer(Secret<String>),
    /// A fixed header.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Secret<String>,
    },
    /// A name and a password, as HTTP Basic.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: Secret<String>,
    },
    /// A key, sent where the spec's security scheme says.
    ApiKey {
        /// Which scheme; the one that the operation asks for when `None`.
        scheme: Option<String>,
        /// The key.
        key: Secret<String>,
    },
    /// Several, all of them sent; none of them is this.
    All(Vec<Self>),
}

impl Identity {
    /// Itself, or each of several.
    #[must_use]
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::All(parts) => parts.iter().collect(),
            one => vec![one],
        }
    }
}

/// A receiver of callbacks.
#[derive(Clone, Debug)]
pub struct ListenerSpec {
    /// Its name.
    pub name: Spanned<String>,
    /// The address and port it binds; port 0 for any.
    pub bind: Spanned<String>,
    /// The URL under which it is reached; the bound address when `None`.
    pub public_url: Option<Spanned<String>>,
    /// How deliveries to it are signed.
    pub signature: Option<SignatureSpec>,
}

/// How deliveries are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureSpec {
    /// The secret of Standard Webhooks, as written (`whsec_...`).
    pub standard_webhooks: Secret<String>,
    /// How far the time of an attempt may be from now.
    pub tolerance: Nanos,
}

/// The control API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlSpec {
    /// A path of the target, or a URL.
    pub base: Spanned<String>,
    /// Headers sent with every request to it.
    pub headers: Vec<(String, Secret<String>)>,
}

/// What a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long one request may take.
    pub timeout: Nanos,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: Nanos(10_000_000_000) }
    }
}

/// How TLS is spoken; paths are relative to the environment file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSpec {
    /// Certificates that are trusted beside the system's.
    pub ca: Option<Spanned<String>>,
    /// Certificate and key of the client, in one PEM file.
    pub client: Option<Spanned<String>>,
}
