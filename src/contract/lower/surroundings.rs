//! Lowers what stands around the operations: title, servers, security.
//!
//! These objects are the same in every version of OpenAPI, so the OpenAPI crate reads them; what it does not know is read
//! from the tree.

use crate::contract::lower::spot::{Spot, Walk};
use crate::contract::model::{In, SecurityAlternative, SecurityKind, SecurityNeed, SecurityScheme, Server, ServerVariable};
use openapiv3::APIKeyLocation;
use serde::de::DeserializeOwned;

/// One object of the tree as the OpenAPI crate reads it.
fn read<T: DeserializeOwned>(spot: &Spot<'_>) -> Option<T> {
    serde_json::from_value(spot.node.to_value()).ok()
}

/// Title and version of the API.
pub(in crate::contract) fn info(document: &Spot<'_>) -> (String, String) {
    let info = document.get("info").and_then(|info| read::<openapiv3::Info>(&info));
    info.map(|info| (info.title, info.version)).unwrap_or_default()
}

/// The servers that a document, path item or operation names.
pub(in crate::contract) fn servers(holder: &Spot<'_>) -> Vec<Server> {
    let servers = holder.items("servers").into_iter();
    servers.filter_map(|server| read::<openapiv3::Server>(&server)).map(server).collect()
}

fn server(server: openapiv3::Server) -> Server {
    let variables = server.variables.into_iter().flatten();
    let variables = variables.map(|(name, variable)| ServerVariable {
        name,
        default: variable.default,
        values: variable.enumeration.into_iter().collect(),
    });
    Server { url: server.url, variables: variables.collect() }
}

/// The alternatives of a member `security`; `None` where there is no such member.
pub(in crate::contract) fn security(holder: &Spot<'_>) -> Option<Vec<SecurityAlternative>> {
    holder.node.get("security")?;
    let alternatives = holder.items("security").into_iter();
    Some(alternatives.filter_map(|alternative| read::<openapiv3::SecurityRequirement>(&alternative)).map(alternative).collect())
}

fn alternative(requirement: openapiv3::SecurityRequirement) -> SecurityAlternative {
    SecurityAlternative(requirement.into_iter().map(|(scheme, scopes)| SecurityNeed { scheme, scopes }).collect())
}

/// The declared security schemes, in order.
pub(in crate::contract) fn security_schemes<'a>(walk: &Walk<'a>, document: &Spot<'a>) -> Vec<SecurityScheme> {
    let components = document.get("components");
    let written = components.iter().flat_map(|components| walk.each(components, "securitySchemes"));
    written.filter_map(|(name, scheme)| Some(SecurityScheme { name: name.to_owned(), kind: kind(&scheme)? })).collect()
}

fn kind(scheme: &Spot<'_>) -> Option<SecurityKind> {
    // Came with 3.1, after the crate.
    if scheme.text("type") == Some("mutualTLS") {
        return Some(SecurityKind::MutualTls);
    }
    Some(match read::<openapiv3::SecurityScheme>(scheme)? {
        openapiv3::SecurityScheme::APIKey { location, name, .. } => SecurityKind::ApiKey {
            location: match location {
                APIKeyLocation::Query => In::Query,
                APIKeyLocation::Header => In::Header,
                APIKeyLocation::Cookie => In::Cookie,
            },
            field: name,
        },
        openapiv3::SecurityScheme::HTTP { scheme, .. } => SecurityKind::Http { scheme: scheme.to_ascii_lowercase() },
        openapiv3::SecurityScheme::OAuth2 { .. } => oauth2(scheme),
        openapiv3::SecurityScheme::OpenIDConnect { open_id_connect_url, .. } => {
            SecurityKind::OpenIdConnect { url: open_id_connect_url }
        }
    })
}

/// Flows that need no person come first: their token endpoint is the one that can be asked.
const FLOWS: [&str; 5] = ["clientCredentials", "authorizationCode", "password", "implicit", "deviceAuthorization"];

fn oauth2(scheme: &Spot<'_>) -> SecurityKind {
    let flows = scheme.get("flows");
    let flows: Vec<Spot<'_>> = flows.iter().flat_map(|flows| FLOWS.iter().filter_map(|name| flows.get(name))).collect();
    let mut scopes: Vec<String> = Vec::new();
    for (scope, _) in flows.iter().filter_map(|flow| flow.node.get("scopes")?.members()).flatten() {
        if !scopes.contains(&scope.text) {
            scopes.push(scope.text.clone());
        }
    }
    SecurityKind::OAuth2 { token_url: flows.iter().find_map(|flow| flow.text("tokenUrl")).map(str::to_owned), scopes }
}
