//! Rules of the Security Scheme Object: each type has fields of its own.
//!
//! Never looks at who requires a scheme: that is in `document`.

use crate::base::tree::Node;
use crate::contract::check::{At, Checker};
use crate::contract::grammar::Version;

/// The schemes of the IANA registry of HTTP authentication schemes, without case.
const HTTP_SCHEMES: &[&str] = &[
    "basic",
    "bearer",
    "concealed",
    "digest",
    "dpop",
    "gnap",
    "hoba",
    "mutual",
    "negotiate",
    "oauth",
    "privatetoken",
    "scram-sha-1",
    "scram-sha-256",
    "vapid",
];

/// The fields that go with one type of scheme alone.
const OWN: &[(&str, &str)] = &[
    ("name", "apiKey"),
    ("in", "apiKey"),
    ("scheme", "http"),
    ("bearerFormat", "http"),
    ("flows", "oauth2"),
    ("oauth2MetadataUrl", "oauth2"),
    ("openIdConnectUrl", "openIdConnect"),
];

impl Checker<'_> {
    pub(super) fn security_scheme_rules(&mut self, node: &Node, at: &At<'_>) {
        let kind = node.get("type").and_then(Node::as_str).unwrap_or_default();
        let needed: &[&str] = match kind {
            "apiKey" => &["name", "in"],
            "http" => &["scheme"],
            "oauth2" => &["flows"],
            "openIdConnect" => &["openIdConnectUrl"],
            "mutualTLS" => &[],
            _ => return,
        };
        for field in needed.iter().filter(|f| node.get(f).is_none()) {
            // `flow` for `flows` is an unknown field, and said to be one.
            if *field == "flows" && node.get("flow").is_some() {
                continue;
            }
            let place = self.head(node, at);
            let message = format!("a security scheme of type `{kind}` needs `{field}`");
            self.error("contract/missing-field", message, place, None);
        }
        for (field, owner) in OWN.iter().filter(|(_, owner)| *owner != kind) {
            if let Some((key, _)) = node.entry(field) {
                let place = self.spot(at, key.span);
                let message = format!("`{field}` has no effect in a security scheme of type `{kind}`");
                self.warn("contract/security", message, place, Some(format!("it goes with `type: {owner}`")));
            }
        }
        if kind == "http" {
            self.http_scheme(node, at);
        } else if let Some((key, flows)) = node.entry("flows").filter(|_| kind == "oauth2") {
            self.flows(flows, &at.key(key));
        }
    }

    fn http_scheme(&mut self, node: &Node, at: &At<'_>) {
        let Some(scheme) = node.get("scheme") else { return };
        let Some(text) = scheme.as_str() else { return };
        let place = self.spot(at, scheme.span);
        if !HTTP_SCHEMES.contains(&text.to_ascii_lowercase().as_str()) {
            let hint = self.near(text, HTTP_SCHEMES.iter().copied());
            self.warn("contract/security", format!("`{text}` is no registered HTTP authentication scheme"), place, hint);
        } else if let Some((key, _)) = node.entry("bearerFormat").filter(|_| !text.eq_ignore_ascii_case("bearer")) {
            let place = self.spot(at, key.span);
            self.warn("contract/security", format!("`bearerFormat` has no effect with `scheme: {text}`"), place, None);
        }
    }

    fn flows(&mut self, node: &Node, at: &At<'_>) {
        if node.members().unwrap_or_default().iter().all(|(k, _)| k.text.starts_with("x-")) {
            let place = self.head(node, at);
            let more = if self.version >= Version::V32 { ", `deviceAuthorization`" } else { "" };
            let hint = format!("known: `implicit`, `password`, `clientCredentials`, `authorizationCode`{more}");
            self.warn("contract/security", "the OAuth Flows Object names no flow", place, Some(hint));
        }
    }
}
