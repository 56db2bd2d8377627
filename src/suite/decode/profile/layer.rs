//! What one file says of a profile, before anything is merged or left to a default.
//!
//! Every key is optional here, and each value is judged by itself. Never judges what two values are to each other: that is known
//! after merging.

use crate::base::secret::Secret;
use crate::base::source::Span;
use crate::base::tree::{Data, Node};
use crate::base::units::Nanos;
use crate::model::certification::ModuleId;
use crate::suite::ast::Spanned;
use crate::suite::ast::profile::TlsVersion;
use crate::suite::decode::profile::modules::{self, ModuleLayer};
use crate::suite::decode::profile::texts::Texts;
use crate::suite::decode::{Fields, Rule};
use crate::suite::path::Path;
use std::collections::BTreeMap;

/// A section that may be left out, undone with `none`, or written.
#[derive(Default)]
pub(super) enum Said<T> {
    #[default]
    Nothing,
    None,
    Something(T),
}

/// What one file says.
#[derive(Default)]
pub(super) struct Layer {
    pub(super) name: Option<Spanned<String>>,
    pub(super) title: Option<String>,
    pub(super) spec: Option<Spanned<String>>,
    pub(super) callbacks: Option<Vec<Spanned<String>>>,
    pub(super) values: Vec<(Spanned<String>, String)>,
    pub(super) delivery: DeliveryLayer,
    pub(super) signature: Said<SignatureLayer>,
    pub(super) authorization: Said<AuthorizationLayer>,
    pub(super) tls: TlsLayer,
    pub(super) limits: LimitsLayer,
    pub(super) read_back: Said<ReadBackLayer>,
    pub(super) valid_for: Option<Nanos>,
    pub(super) modules: BTreeMap<ModuleId, ModuleLayer>,
    pub(super) secrets: Vec<(String, Option<Secret<String>>)>,
    /// `spec` or `modules` are written, and not to be read: they are not missing.
    pub(super) lost: bool,
}

#[derive(Default)]
pub(super) struct DeliveryLayer {
    /// The inner `None` is `none`.
    pub(super) id_header: Option<Option<String>>,
    pub(super) time_header: Option<Option<String>>,
    pub(super) headers: Vec<(Spanned<String>, String)>,
    pub(super) origin: Option<String>,
}

/// The schemes, as they are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    StandardWebhooks,
    HttpMessageSignatures,
    SharedSecret,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::StandardWebhooks, Self::HttpMessageSignatures, Self::SharedSecret];

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::StandardWebhooks => "standard-webhooks",
            Self::HttpMessageSignatures => "http-message-signatures",
            Self::SharedSecret => "shared-secret",
        }
    }
}

/// The algorithms of all schemes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    V1,
    V1a,
    HmacSha256,
    Ed25519,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::V1, Self::V1a, Self::HmacSha256, Self::Ed25519];

    pub(super) fn key(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1a => "v1a",
            Self::HmacSha256 => "hmac-sha256",
            Self::Ed25519 => "ed25519",
        }
    }
}

pub(super) struct SignatureLayer {
    pub(super) span: Span,
    /// Something in it was reported, and is not reported as missing.
    pub(super) faulty: bool,
    pub(super) scheme: Option<Scheme>,
    /// The inner `None` is a variable that is not set.
    pub(super) secret: Option<Option<Secret<String>>>,
    pub(super) tolerance: Option<Nanos>,
    pub(super) own: SchemeLayer,
}

/// The keys that one scheme has and another has not.
#[derive(Default)]
pub(super) struct SchemeLayer {
    pub(super) algorithm: Option<Spanned<Algorithm>>,
    pub(super) header: Option<Spanned<String>>,
    pub(super) label: Option<Spanned<String>>,
    pub(super) components: Option<Spanned<Vec<String>>>,
    pub(super) key_id: Option<Spanned<String>>,
    pub(super) tag: Option<Spanned<String>>,
    pub(super) expires: Option<Spanned<Nanos>>,
}

pub(super) struct AuthorizationLayer {
    pub(super) span: Span,
    /// Something in it was reported, and is not reported as missing.
    pub(super) faulty: bool,
    pub(super) header: Option<String>,
    /// The inner `None` is a variable that is not set.
    pub(super) value: Option<Option<Secret<String>>>,
}

#[derive(Default)]
pub(super) struct TlsLayer {
    pub(super) minimum: Option<TlsVersion>,
    pub(super) mutual: Option<bool>,
    pub(super) ca: Option<Option<Spanned<String>>>,
    pub(super) certificate: Option<Spanned<Option<Spanned<String>>>>,
    pub(super) key: Option<Spanned<Option<Spanned<String>>>>,
}

#[derive(Default)]
pub(super) struct LimitsLayer {
    pub(super) connect: Option<Nanos>,
    pub(super) answer: Option<Spanned<Nanos>>,
    pub(super) body: Option<u64>,
    pub(super) concurrency: Option<u32>,
    pub(super) samples: Option<u32>,
}

pub(super) struct ReadBackLayer {
    pub(super) span: Span,
    /// Something in it was reported, and is not reported as missing.
    pub(super) faulty: bool,
    pub(super) url: Option<Spanned<String>>,
    pub(super) headers: Vec<(String, Secret<String>)>,
    pub(super) count: Option<Path>,
    pub(super) latest: Option<Path>,
    pub(super) within: Option<Nanos>,
}

/// Reads one file.
pub(super) fn read(texts: &mut Texts<'_>, node: &Node) -> Layer {
    let Some(mut fields) = texts.decoder.object(node, "a profile") else { return Layer::default() };
    let name = fields.require(&mut texts.decoder, "profile").and_then(|n| texts.text(n));
    let title = fields.take("title").and_then(|n| texts.text(n)).map(|t| t.value);
    if let Some(node) = fields.take("extends") {
        // Whether there is such a profile was seen when it was looked for.
        texts.decoder.text(node);
    }
    if let Some(node) = fields.take("secrets") {
        texts.declare_secrets(node);
    }
    let spec_node = fields.take("spec");
    let spec = spec_node.and_then(|n| texts.text(n));
    let modules_node = fields.take("modules");
    let modules = modules_node.map(|n| modules::read(&mut texts.decoder, n)).unwrap_or_default();
    let layer = Layer {
        name,
        title,
        lost: (spec_node.is_some() && spec.is_none()) || (modules_node.is_some() && modules.is_empty()),
        spec,
        callbacks: fields.take("callbacks").map(|n| texts.callbacks(n)),
        values: fields.take("values").map(|n| texts.values(n)).unwrap_or_default(),
        delivery: fields.take("delivery").map(|n| texts.delivery(n)).unwrap_or_default(),
        signature: texts.said(fields.take("signature"), Texts::signature, |s| &mut s.faulty),
        authorization: texts.said(fields.take("authorization"), Texts::authorization, |a| &mut a.faulty),
        tls: fields.take("tls").map(|n| texts.tls(n)).unwrap_or_default(),
        limits: fields.take("limits").map(|n| texts.limits(n)).unwrap_or_default(),
        read_back: texts.said(fields.take("read_back"), Texts::read_back, |r| &mut r.faulty),
        valid_for: fields.take("valid_for").and_then(|n| texts.positive(n)),
        modules,
        secrets: Vec::new(),
    };
    fields.finish(&mut texts.decoder);
    layer
}

impl Texts<'_> {
    /// A section; `none` undoes what an extended profile says.
    fn said<T>(
        &mut self,
        node: Option<&Node>,
        read: fn(&mut Self, &Node) -> Option<T>,
        faulty: fn(&mut T) -> &mut bool,
    ) -> Said<T> {
        let Some(node) = node else { return Said::Nothing };
        if node.as_str() == Some("none") {
            return Said::None;
        }
        let before = std::mem::take(&mut self.decoder.faults);
        let section = read(self, node);
        let found = std::mem::replace(&mut self.decoder.faults, before);
        let wrong = found.has_errors();
        self.decoder.faults.extend(found);
        // A section that is none must not bring back the one that it replaces.
        section.map_or(Said::None, |mut section| {
            *faulty(&mut section) = wrong;
            Said::Something(section)
        })
    }

    fn callbacks(&mut self, node: &Node) -> Vec<Spanned<String>> {
        if node.as_str() == Some("all") {
            return Vec::new();
        }
        if let Data::Array(items) = &node.data
            && items.is_empty()
        {
            let hint = Some("write `callbacks: all`, or leave the key out".to_owned());
            self.decoder.fault(Rule::Value, node.span, "`callbacks` is empty", hint);
        }
        self.decoder.texts(node)
    }

    fn values(&mut self, node: &Node) -> Vec<(Spanned<String>, String)> {
        let mut values = Vec::new();
        for (key, node) in self.decoder.entries(node, "`values`") {
            if !key.text.starts_with('$') {
                let hint = format!("as in the spec, without the braces: `$request.body#/{}`", key.text);
                let message = format!("`{}` is no runtime expression", key.text);
                self.decoder.fault(Rule::Value, key.span, message, Some(hint));
            }
            if let Some(value) = self.text(node) {
                values.push((Spanned::new(key.text.clone(), key.span), value.value));
            }
        }
        values
    }

    fn delivery(&mut self, node: &Node) -> DeliveryLayer {
        let Some(mut fields) = self.decoder.object(node, "`delivery`") else { return DeliveryLayer::default() };
        let id_header = fields.take("id_header").and_then(|n| self.header_or_none(n));
        let time_header = fields.take("time_header").and_then(|n| self.header_or_none(n));
        let mut headers = Vec::new();
        if let Some(node) = fields.take("headers") {
            for (key, node) in self.decoder.entries(node, "`headers`") {
                self.header_name(&key.text, key.span);
                self.lint_field(&key.text, node);
                let name = Spanned::new(key.text.clone(), key.span);
                headers.extend(self.text(node).map(|value| (name, value.value)));
            }
        }
        let origin = fields.take("origin").and_then(|n| self.text(n)).map(|t| t.value);
        fields.finish(&mut self.decoder);
        DeliveryLayer { id_header, time_header, headers, origin }
    }

    fn header_or_none(&mut self, node: &Node) -> Option<Option<String>> {
        if node.as_str() == Some("none") { Some(None) } else { self.header(node).map(|h| Some(h.value)) }
    }

    /// A header field's name.
    fn header(&mut self, node: &Node) -> Option<Spanned<String>> {
        let name = self.text(node)?;
        self.header_name(&name.value, node.span).then_some(name)
    }

    fn header_name(&mut self, name: &str, span: Span) -> bool {
        let of_the_connection = ["host", "content-length", "transfer-encoding", "connection"];
        if !modules::is_token(name) {
            let hint = "a name of letters, digits and `-`".to_owned();
            self.decoder.fault(Rule::Value, span, format!("`{name}` is not the name of a header field"), Some(hint));
            return false;
        }
        if of_the_connection.iter().any(|taken| name.eq_ignore_ascii_case(taken)) {
            let hint = "the connection decides what it says".to_owned();
            self.decoder.fault(Rule::Value, span, format!("`{name}` cannot be set"), Some(hint));
            return false;
        }
        true
    }

    fn signature(&mut self, node: &Node) -> Option<SignatureLayer> {
        let mut fields = self.decoder.object(node, "`signature`")?;
        let scheme = fields.take("scheme").and_then(|n| self.decoder.word(n, "scheme", &Scheme::ALL, Scheme::key));
        let secret = fields.take("secret").and_then(|n| self.secret(n));
        let tolerance = fields.take("tolerance").and_then(|n| self.positive(n));
        let algorithm = fields.entry("algorithm").and_then(|(key, n)| {
            let algorithm = self.decoder.word(n, "algorithm", &Algorithm::ALL, Algorithm::key)?;
            Some(Spanned::new(algorithm, key.span))
        });
        let header = fields.entry("header").and_then(|(key, n)| Some(Spanned::new(self.header(n)?.value, key.span)));
        let label = self.keyed_text(&mut fields, "label");
        let components = fields.entry("components").and_then(|(key, n)| {
            let components = self.components(n)?;
            Some(Spanned::new(components, key.span))
        });
        let key_id = self.keyed_text(&mut fields, "key_id");
        let tag = self.keyed_text(&mut fields, "tag");
        let expires = fields.entry("expires").and_then(|(key, n)| Some(Spanned::new(self.positive(n)?, key.span)));
        fields.finish(&mut self.decoder);
        let own = SchemeLayer { algorithm, header, label, components, key_id, tag, expires };
        Some(SignatureLayer { span: node.span, faulty: false, scheme, secret, tolerance, own })
    }

    /// A text, with the place of its key.
    fn keyed_text(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Spanned<String>> {
        let (key, node) = fields.entry(key)?;
        let text = self.text(node)?;
        Some(Spanned::new(text.value, key.span))
    }

    /// The covered components of RFC 9421 section 2, without parameters.
    fn components(&mut self, node: &Node) -> Option<Vec<String>> {
        const DERIVED: [&str; 7] = ["@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query"];
        let mut components: Vec<String> = Vec::new();
        let mut sound = true;
        for item in self.decoder.list(node, "`components`") {
            let Some(text) = self.decoder.text(item) else {
                sound = false;
                continue;
            };
            let name = text.value;
            let wrong = if name.starts_with('@') {
                let hint = crate::base::distance::did_you_mean(&name, DERIVED);
                (!DERIVED.contains(&name.as_str())).then(|| (format!("unknown component `{name}`"), hint))
            } else if !modules::is_token(&name) || name.chars().any(|c| c.is_ascii_uppercase()) {
                let hint = "a header field's name in lower case, or a derived component such as `@method`".to_owned();
                Some((format!("`{name}` is not a component"), Some(hint)))
            } else {
                None
            };
            let twice = || components.contains(&name).then(|| (format!("`{name}` is covered twice"), None));
            match wrong.or_else(twice) {
                Some((message, hint)) => {
                    self.decoder.fault(Rule::Value, item.span, message, hint);
                    sound = false;
                }
                None => components.push(name),
            }
        }
        if components.is_empty() && sound {
            let hint = Some("name one at least, such as `@method`".to_owned());
            self.decoder.fault(Rule::Value, node.span, "a signature covers something", hint);
            return None;
        }
        sound.then_some(components)
    }

    fn authorization(&mut self, node: &Node) -> Option<AuthorizationLayer> {
        let mut fields = self.decoder.object(node, "`authorization`")?;
        let header = fields.take("header").and_then(|n| self.header(n)).map(|h| h.value);
        let value = fields.take("value").and_then(|n| self.secret(n));
        fields.finish(&mut self.decoder);
        Some(AuthorizationLayer { span: node.span, faulty: false, header, value })
    }

    fn tls(&mut self, node: &Node) -> TlsLayer {
        let Some(mut fields) = self.decoder.object(node, "`tls`") else { return TlsLayer::default() };
        let word = |version: TlsVersion| match version {
            TlsVersion::V1_2 => "1.2",
            TlsVersion::V1_3 => "1.3",
        };
        let versions = [TlsVersion::V1_2, TlsVersion::V1_3];
        let minimum = fields.take("minimum").and_then(|n| self.decoder.word(n, "version of TLS", &versions, word));
        let mutual = fields.take("mutual").and_then(|n| self.decoder.boolean(n));
        let ca = fields.take("ca").and_then(|n| self.optional(n));
        let certificate = self.keyed_file(&mut fields, "certificate");
        let key = self.keyed_file(&mut fields, "key");
        fields.finish(&mut self.decoder);
        TlsLayer { minimum, mutual, ca, certificate, key }
    }

    fn keyed_file(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Spanned<Option<Spanned<String>>>> {
        let (key, node) = fields.entry(key)?;
        Some(Spanned::new(self.optional(node)?, key.span))
    }

    fn limits(&mut self, node: &Node) -> LimitsLayer {
        let Some(mut fields) = self.decoder.object(node, "`limits`") else { return LimitsLayer::default() };
        let connect = fields.take("connect").and_then(|n| self.positive(n));
        let answer = fields.take("answer").and_then(|n| Some(Spanned::new(self.positive(n)?, n.span)));
        let body = fields.take("body").and_then(|n| modules::size(&mut self.decoder, n));
        let concurrency = fields.take("concurrency").and_then(|n| self.decoder.number(n, 1));
        let samples = fields.take("samples").and_then(|n| self.decoder.number(n, 1));
        fields.finish(&mut self.decoder);
        LimitsLayer { connect, answer, body, concurrency, samples }
    }

    fn positive(&mut self, node: &Node) -> Option<Nanos> {
        modules::positive(&mut self.decoder, node)
    }

    fn read_back(&mut self, node: &Node) -> Option<ReadBackLayer> {
        let mut fields = self.decoder.object(node, "`read_back`")?;
        let url = fields.take("url").and_then(|n| {
            let url = self.text_of_delivery(n)?;
            let host = url.value.strip_prefix("http://").or_else(|| url.value.strip_prefix("https://"));
            if host.is_none_or(|h| h.is_empty() || h.starts_with('/') || h.contains(' ')) {
                let hint = "such as https://partner.example.com/received/${delivery.id}".to_owned();
                self.decoder.fault(Rule::Value, n.span, format!("`{}` is not a URL of http", url.value), Some(hint));
                return None;
            }
            Some(url)
        });
        let mut headers = Vec::new();
        if let Some(node) = fields.take("headers") {
            for (key, node) in self.decoder.entries(node, "`headers`") {
                self.header_name(&key.text, key.span);
                self.lint_field(&key.text, node);
                headers.extend(self.text_of_delivery(node).map(|value| (key.text.clone(), Secret::new(value.value))));
            }
        }
        let count = fields.take("count").and_then(|n| self.decoder.path(n));
        let latest = fields.take("latest").and_then(|n| self.decoder.path(n));
        let within = fields.take("within").and_then(|n| self.positive(n));
        fields.finish(&mut self.decoder);
        Some(ReadBackLayer { span: node.span, faulty: false, url, headers, count, latest, within })
    }
}
