//! Reads an environment file and resolves its templates.
//!
//! Takes variables from the caller's function alone; never reads the process environment, a file or an address.

use crate::base::diagnostic::Diagnostics;
use crate::base::distance::did_you_mean;
use crate::base::secret::Secret;
use crate::base::source::{Source, Span};
use crate::base::tree::{self, Budget, Data, Node};
use crate::base::units::Nanos;
use crate::suite::ast::Spanned;
use crate::suite::ast::environment::{
    ControlSpec, Environment, Identity, Limits, ListenerSpec, LoadHost, SignatureSpec, TargetSpec, TlsSpec,
};
use crate::suite::decode::{Decoder, Family, Fields, Rule};
use crate::suite::template::Part;
use crate::window::decode::window;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// How far the time of an attempt may be from now, where the environment does not say.
const TOLERANCE: Nanos = Nanos(300_000_000_000);

pub(crate) fn load(source: &Arc<Source>, env: &dyn Fn(&str) -> Option<String>) -> (Option<Environment>, Diagnostics) {
    let document = match tree::parse(source, Budget::default()) {
        Ok(document) => document,
        Err(faults) => return (None, faults),
    };
    let mut loader = Loader { decoder: Decoder::new(source, Family::Environment, &[]), env, secrets: Vec::new() };
    let environment = loader.environment(&document.root);
    (environment, loader.decoder.faults)
}

struct Loader<'a> {
    decoder: Decoder<'a>,
    env: &'a dyn Fn(&str) -> Option<String>,
    secrets: Vec<(String, Secret<String>)>,
}

impl Loader<'_> {
    fn environment(&mut self, node: &Node) -> Option<Environment> {
        let mut fields = self.decoder.object(node, "an environment")?;
        let name = self.require_text(&mut fields, "environment");
        let target = fields.require(&mut self.decoder, "target");
        if let Some(node) = fields.take("secrets") {
            self.declare_secrets(node);
        }
        let target = target.and_then(|n| self.target(n));
        let auth = fields.take("auth").map(|n| self.identities(n)).unwrap_or_default();
        let listeners = fields.take("listeners").map(|n| self.listeners(n)).unwrap_or_default();
        let control = fields.take("control").and_then(|n| self.control(n));
        let limits = fields.take("limits").map(|n| self.limits(n)).unwrap_or_default();
        let tls = fields.take("tls").map(|n| self.tls(n)).unwrap_or_default();
        let allow_load = fields.take("allow_load").map(|n| self.load_hosts(n)).unwrap_or_default();
        let window = fields.take("window").and_then(|n| window(n, self.decoder.source, &mut self.decoder.faults));
        let history = fields.take("history").and_then(|n| self.history(n));
        let redact = fields.take("redact").map(|n| self.decoder.redaction(n)).unwrap_or_default();
        fields.finish(&mut self.decoder);
        Some(Environment {
            source: Arc::clone(self.decoder.source),
            name: name?.value,
            target: target?,
            auth,
            listeners,
            control,
            limits,
            tls,
            window,
            allow_load,
            history,
            redact,
            declared_secrets: std::mem::take(&mut self.secrets),
        })
    }

    /// A text with every template resolved.
    fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        let text = self.decoder.text(node)?;
        let template = self.decoder.template_of(&text.value, node.span)?;
        let mut resolved = String::new();
        let mut sound = true;
        for part in &template.parts {
            match part {
                Part::Text(piece) => resolved.push_str(piece),
                Part::Variable { name, default, span } => match self.variable(name, default.as_deref(), *span) {
                    Some(value) => resolved.push_str(&value),
                    None => sound = false,
                },
            }
        }
        sound.then(|| Spanned::new(resolved, node.span))
    }

    fn variable(&mut self, name: &str, default: Option<&str>, span: Span) -> Option<String> {
        match name.split_once('.') {
            Some(("env", name)) => {
                let value = (self.env)(name).filter(|value| !value.is_empty()).or_else(|| default.map(str::to_owned));
                if value.is_none() {
                    let hint = format!("set it, or give a default: ${{env.{name}:-value}}");
                    let message = format!("the environment variable `{name}` is not set");
                    self.decoder.error("environment/missing-variable", span, message, Some(hint));
                }
                value
            }
            Some(("secret", name)) => {
                let found = self.secrets.iter().find(|(n, _)| n == name).map(|(_, secret)| secret.expose().clone());
                if found.is_none() {
                    let known: Vec<&str> = self.secrets.iter().map(|(n, _)| n.as_str()).collect();
                    let hint = did_you_mean(name, known).or_else(|| Some("declare it under `secrets`".to_owned()));
                    self.decoder.error("environment/unknown-secret", span, format!("no secret `{name}` is declared"), hint);
                }
                found
            }
            _ => {
                let hint = "an environment reads `${env.NAME}`, `${env.NAME:-default}` and `${secret.NAME}`";
                self.decoder.fault(Rule::Template, span, format!("`{name}` is nothing here"), Some(hint.to_owned()));
                None
            }
        }
    }

    /// A text that must never be shown; one that is written out is warned of.
    fn secret(&mut self, node: &Node) -> Option<Secret<String>> {
        if node.as_str().is_some_and(|text| !text.is_empty() && !text.contains("${")) {
            self.decoder.warn_secret(node.span);
        }
        self.text(node).map(|text| Secret::new(text.value))
    }

    /// A file, or the URL of a server; a password in it that is written out is warned of.
    fn history(&mut self, node: &Node) -> Option<Secret<String>> {
        let password = |text: &str| {
            let user = text.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).map(|(user, _)| user);
            user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !password.starts_with("${"))
        };
        if node.as_str().is_some_and(password) {
            self.decoder.warn_secret(node.span);
        }
        self.text(node).map(|text| Secret::new(text.value))
    }

    fn declare_secrets(&mut self, node: &Node) {
        for (key, node) in self.decoder.entries(node, "`secrets`") {
            // A secret that could not be read was reported where it stands: declared empty, it is not reported again.
            let secret = self.secret(node).unwrap_or_default();
            self.secrets.push((key.text.clone(), secret));
        }
    }

    fn require_text(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Option<Spanned<String>> {
        fields.require(&mut self.decoder, key).and_then(|n| self.text(n))
    }

    fn target(&mut self, node: &Node) -> Option<TargetSpec> {
        match &node.data {
            Data::Object(members) => {
                let urls = members.iter().filter_map(|(key, n)| Some((key.text.clone(), self.url(n)?))).collect();
                Some(TargetSpec::BySpec(urls))
            }
            Data::String(text) if text == "embedded" => Some(TargetSpec::Embedded),
            _ => self.url(node).map(TargetSpec::Url),
        }
    }

    /// An absolute URL of http, without a trailing slash.
    fn url(&mut self, node: &Node) -> Option<Spanned<String>> {
        let mut url = self.text(node)?;
        url.value.truncate(url.value.trim_end_matches('/').len());
        let host = url.value.strip_prefix("http://").or_else(|| url.value.strip_prefix("https://"));
        if host.is_none_or(|h| h.is_empty() || h.starts_with('/') || h.contains(['?', '#', ' '])) {
            let hint = match did_you_mean(&url.value, ["embedded"]).filter(|h| h.starts_with("did")) {
                Some(hint) => hint,
                None => "write `embedded`, or a URL such as https://api.example.org".to_owned(),
            };
            self.decoder.fault(Rule::Value, node.span, format!("`{}` is not a URL of http", url.value), Some(hint));
            return None;
        }
        Some(url)
    }

    fn identities(&mut self, node: &Node) -> Vec<(Spanned<String>, Identity)> {
        let mut identities = Vec::new();
        for (key, node) in self.decoder.entries(node, "`auth`") {
            if key.text == "none" {
                let hint = "in a suite `auth: none` means no identity; choose another name".to_owned();
                self.decoder.error("environment/reserved-name", key.span, "`none` is taken", Some(hint));
            }
            if let Some(identity) = self.identity(node) {
                identities.push((Spanned::new(key.text.clone(), key.span), identity));
            }
        }
        identities
    }

    /// One way to identify, or several that are used together.
    fn identity(&mut self, node: &Node) -> Option<Identity> {
        let mut fields = self.decoder.object(node, "an identity")?;
        let (oauth2, bearer, basic) = (fields.take("oauth2"), fields.take("bearer"), fields.take("basic"));
        let (header, api_key) = (fields.take("header"), fields.take("api_key"));
        fields.finish(&mut self.decoder);
        let written = [oauth2, bearer, basic, header, api_key].iter().flatten().count();
        if written == 0 || [oauth2, bearer, basic].iter().flatten().count() > 1 {
            let hint =
                "one of {oauth2: ...}, {bearer: ...}, {basic: ...}, and beside it {header: ...}, {api_key: ...}".to_owned();
            let message = match written {
                0 => "an identity identifies in some way",
                _ => "a request has one Authorization only",
            };
            self.decoder.fault(Rule::Value, node.span, message, Some(hint));
            return None;
        }
        let mut parts = Vec::new();
        parts.extend(oauth2.map(|n| self.oauth2(n)));
        parts.extend(bearer.map(|n| self.secret(n).map(Identity::Bearer)));
        parts.extend(basic.map(|n| self.basic(n)));
        parts.extend(header.map(|n| self.header(n)));
        if let Some(node) = api_key {
            self.api_keys(node, &mut parts);
        }
        let mut parts: Vec<Identity> = parts.into_iter().collect::<Option<_>>()?;
        if parts.len() == 1 { parts.pop() } else { Some(Identity::All(parts)) }
    }

    fn basic(&mut self, node: &Node) -> Option<Identity> {
        let mut fields = self.decoder.object(node, "`basic`")?;
        let username = self.require_text(&mut fields, "username");
        let password = fields.require(&mut self.decoder, "password").and_then(|n| self.secret(n));
        fields.finish(&mut self.decoder);
        Some(Identity::Basic { username: username?.value, password: password? })
    }

    fn header(&mut self, node: &Node) -> Option<Identity> {
        let mut fields = self.decoder.object(node, "`header`")?;
        let name = self.require_text(&mut fields, "name");
        let value = fields.require(&mut self.decoder, "value").and_then(|n| self.secret(n));
        fields.finish(&mut self.decoder);
        Some(Identity::Header { name: name?.value, value: value? })
    }

    /// A key, or keys by the names of the spec's security schemes.
    fn api_keys(&mut self, node: &Node, into: &mut Vec<Option<Identity>>) {
        let Data::Object(_) = &node.data else {
            into.push(self.secret(node).map(|key| Identity::ApiKey { scheme: None, key }));
            return;
        };
        for (scheme, node) in self.decoder.entries(node, "`api_key`") {
            let scheme = Some(scheme.text.clone());
            into.push(self.secret(node).map(|key| Identity::ApiKey { scheme, key }));
        }
    }

    fn oauth2(&mut self, node: &Node) -> Option<Identity> {
        let mut fields = self.decoder.object(node, "`oauth2`")?;
        let token_url = self.require_text(&mut fields, "token_url");
        let client_id = self.require_text(&mut fields, "client_id");
        let client_secret = fields.require(&mut self.decoder, "client_secret").and_then(|n| self.secret(n));
        let scope = fields.take("scope").and_then(|n| self.text(n)).map(|t| t.value);
        fields.finish(&mut self.decoder);
        let token_url = token_url?;
        let reachable = ["/", "http://", "https://"].iter().any(|start| token_url.value.starts_with(start));
        if !reachable {
            let hint = "write a path of the target, or a URL".to_owned();
            self.decoder.fault(Rule::Value, token_url.span, format!("`{}` is not a token URL", token_url.value), Some(hint));
            return None;
        }
        Some(Identity::OAuth2 { token_url, client_id: client_id?.value, client_secret: client_secret?, scope })
    }

    fn listeners(&mut self, node: &Node) -> Vec<ListenerSpec> {
        let mut listeners = Vec::new();
        for (key, node) in self.decoder.entries(node, "`listeners`") {
            listeners.extend(self.listener(Spanned::new(key.text.clone(), key.span), node));
        }
        listeners
    }

    fn listener(&mut self, name: Spanned<String>, node: &Node) -> Option<ListenerSpec> {
        let mut fields = self.decoder.object(node, "a listener")?;
        let bind = match fields.take("bind") {
            Some(node) => self.bind(node),
            None => Some(Spanned::new("127.0.0.1:0".to_owned(), name.span)),
        };
        let public_url = match fields.take("public_url") {
            Some(node) if node.as_str() != Some("auto") => self.url(node).map(Some),
            _ => Some(None),
        };
        let signature = fields.take("signature").map(|n| self.signature(n));
        fields.finish(&mut self.decoder);
        // A signature that cannot be read must not leave a listener that accepts unsigned deliveries.
        let signature = signature.map_or(Some(None), |s| s.map(Some))?;
        Some(ListenerSpec { name, bind: bind?, public_url: public_url?, signature })
    }

    fn bind(&mut self, node: &Node) -> Option<Spanned<String>> {
        let bind = self.text(node)?;
        let port = bind.value.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
        if port.is_none_or(|p| p.parse::<u16>().is_err()) {
            let hint = "write 127.0.0.1:0 for any free port".to_owned();
            self.decoder.fault(Rule::Value, node.span, format!("`{}` is not an address and a port", bind.value), Some(hint));
            return None;
        }
        Some(bind)
    }

    fn signature(&mut self, node: &Node) -> Option<SignatureSpec> {
        let mut fields = self.decoder.object(node, "`signature`")?;
        let standard_webhooks = fields.require(&mut self.decoder, "standard_webhooks").and_then(|n| self.secret(n));
        let tolerance = fields.take("tolerance").map_or(Some(TOLERANCE), |n| self.decoder.duration(n));
        fields.finish(&mut self.decoder);
        Some(SignatureSpec { standard_webhooks: standard_webhooks?, tolerance: tolerance? })
    }

    fn control(&mut self, node: &Node) -> Option<ControlSpec> {
        if node.as_str().is_some() {
            return Some(ControlSpec { base: self.control_base(node)?, headers: Vec::new() });
        }
        let mut fields = self.decoder.object(node, "`control`")?;
        let base = fields.require(&mut self.decoder, "base").and_then(|n| self.control_base(n));
        let mut headers = Vec::new();
        if let Some(node) = fields.take("headers") {
            for (key, node) in self.decoder.entries(node, "`headers`") {
                headers.extend(self.text(node).map(|value| (key.text.clone(), Secret::new(value.value))));
            }
        }
        fields.finish(&mut self.decoder);
        Some(ControlSpec { base: base?, headers })
    }

    fn control_base(&mut self, node: &Node) -> Option<Spanned<String>> {
        let mut base = self.text(node)?;
        base.value.truncate(base.value.trim_end_matches('/').len());
        let reachable = ["/", "http://", "https://"].iter().any(|start| base.value.starts_with(start));
        if !reachable {
            let hint = "write a path of the target such as /_control, or a URL".to_owned();
            self.decoder.fault(Rule::Value, node.span, format!("`{}` is not a control API", base.value), Some(hint));
            return None;
        }
        Some(base)
    }

    fn limits(&mut self, node: &Node) -> Limits {
        let Some(mut fields) = self.decoder.object(node, "`limits`") else { return Limits::default() };
        let timeout = fields.take("timeout").and_then(|n| self.decoder.duration(n));
        fields.finish(&mut self.decoder);
        timeout.map_or_else(Limits::default, |timeout| Limits { timeout })
    }

    fn load_hosts(&mut self, node: &Node) -> Vec<LoadHost> {
        self.decoder.list(node, "`allow_load`").iter().filter_map(|item| self.load_host(item)).collect()
    }

    /// A host with or without a port.
    fn load_host(&mut self, node: &Node) -> Option<LoadHost> {
        let text = self.text(node)?.value;
        match load_host(&text) {
            Ok((host, port)) => Some(LoadHost { host, port, span: node.span }),
            Err(hint) => {
                let message = format!("`{text}` is not a host with or without a port");
                self.decoder.fault(Rule::Value, node.span, message, Some(hint));
                None
            }
        }
    }

    fn tls(&mut self, node: &Node) -> TlsSpec {
        let Some(mut fields) = self.decoder.object(node, "`tls`") else { return TlsSpec::default() };
        let ca = fields.take("ca").and_then(|n| self.text(n));
        let client = fields.take("client").and_then(|n| self.text(n));
        fields.finish(&mut self.decoder);
        TlsSpec { ca, client }
    }
}

/// The host in lower case and without brackets, and the port; else what to write instead.
fn load_host(text: &str) -> Result<(String, Option<u16>), String> {
    let usual = || "write a host such as api.example.org, or with a port: api.example.org:8443".to_owned();
    if text.contains('*') {
        return Err("name every host: who may be put under load is never guessed".to_owned());
    }
    if let Some((_, rest)) = text.split_once("://") {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        return Err(load_host(host).map_or_else(|hint| hint, |_| format!("write the host alone: {host}")));
    }
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok((address.to_string(), None));
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(usual)?;
            let address = host.parse::<Ipv6Addr>().map_err(|_| usual())?;
            (address.to_string(), if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or_else(usual)?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host.to_ascii_lowercase(), Some(port)),
            None => (text.to_ascii_lowercase(), None),
        },
    };
    let is_label = |label: &str| {
        let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        !label.is_empty() && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    if host.parse::<IpAddr>().is_err() && !host.split('.').all(is_label) {
        return Err(usual());
    }
    match port {
        None => Ok((host, None)),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.bytes().all(|b| b.is_ascii_digit()) => Ok((host, Some(number))),
            _ => Err("a port is a number from 1 to 65535".to_owned()),
        },
    }
}
