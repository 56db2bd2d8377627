//! Credentials that leak, and scopes that nobody grants.
//!
//! Looks at the declared schemes and what demands them. Never sends a credential.

use super::report::Report;
use super::survey::{At, Survey};
use crate::base::distance::did_you_mean;

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    let written = survey.root.child("components").and_then(|c| c.child("securitySchemes"));
    let schemes: Vec<(&str, At<'_>)> = written
        .iter()
        .flat_map(At::named)
        .filter_map(|(name, at)| Some((name, survey.at(&survey.files.follow(&at.loc)?)?)))
        .collect();
    for (_, scheme) in &schemes {
        of_scheme(scheme, report);
    }
    if schemes.iter().any(|(_, s)| matches!(s.text("type"), Some("http" | "oauth2" | "openIdConnect" | "apiKey"))) {
        servers(survey, report);
    }
    scopes(survey, &schemes, report);
}

/// An address that is reached over the network without TLS.
fn is_plain(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, h)| h);
    let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let near = name == "localhost" || name.starts_with("127.") || name.starts_with("[::1]") || name == "0.0.0.0";
    let internal = [".localhost", ".local", ".test", ".internal", ".invalid"].iter().any(|end| name.ends_with(end));
    !near && !internal && name.contains('.') && !name.contains('{')
}

fn of_scheme(scheme: &At<'_>, report: &mut Report<'_>) {
    if scheme.text("type") == Some("apiKey") && scheme.text("in") == Some("query") {
        let hint = "send it in a header: URLs are kept in logs, histories and referrers";
        report.value("lint/key-in-query", &scheme.loc.push("in"), "the key travels in the URL", hint);
    }
    let mut urls: Vec<At<'_>> = scheme.child("openIdConnectUrl").into_iter().collect();
    urls.extend(scheme.child("oauth2MetadataUrl"));
    for (_, flow) in scheme.child("flows").iter().flat_map(At::members) {
        urls.extend(
            ["tokenUrl", "authorizationUrl", "refreshUrl", "deviceAuthorizationUrl"].iter().filter_map(|key| flow.child(key)),
        );
    }
    for url in urls {
        if url.node.as_str().is_some_and(is_plain) {
            report.value("lint/plain-token-url", &url.loc, "credentials are exchanged without TLS", "write `https://`");
        }
    }
}

fn servers(survey: &Survey<'_>, report: &mut Report<'_>) {
    for server in survey.root.child("servers").iter().flat_map(At::items) {
        if let Some(url) = server.child("url").filter(|u| u.node.as_str().is_some_and(is_plain)) {
            let hint = "write `https://`, or take the server away";
            report.value("lint/plain-server", &url.loc, "credentials are sent to this server without TLS", hint);
        }
    }
}

fn scopes(survey: &Survey<'_>, schemes: &[(&str, At<'_>)], report: &mut Report<'_>) {
    let owners = std::iter::once(&survey.root).chain(survey.operations.iter().map(|o| &o.at));
    for alternative in owners.filter_map(|o| o.child("security")).flat_map(|s| s.items().collect::<Vec<_>>()) {
        for (name, list) in alternative.named() {
            let Some((_, scheme)) = schemes.iter().find(|(n, s)| *n == name && s.text("type") == Some("oauth2")) else {
                continue;
            };
            let flows: Vec<At<'_>> = scheme.child("flows").iter().flat_map(At::members).map(|(_, f)| f).collect();
            let known: Vec<&str> = flows
                .iter()
                .filter_map(|f| f.child("scopes"))
                .flat_map(|s| s.named().map(|(k, _)| k).collect::<Vec<_>>())
                .collect();
            for scope in list.items() {
                let Some(text) = scope.node.as_str().filter(|t| !known.contains(t)) else { continue };
                let hint = did_you_mean(text, known.iter().copied())
                    .unwrap_or_else(|| format!("declare it under `scopes` of a flow of `{name}`"));
                report.value(
                    "lint/undeclared-scope",
                    &scope.loc,
                    format!("no flow of `{name}` declares the scope `{text}`"),
                    hint,
                );
            }
        }
    }
}
