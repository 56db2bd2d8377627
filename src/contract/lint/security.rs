//! Credentials that leak: keys in URLs, and exchanges without TLS.
//!
//! Looks at the declared schemes and at servers. Never sends a credential.

use super::report::Report;
use super::survey::{At, Survey};

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
