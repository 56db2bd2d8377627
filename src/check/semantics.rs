//! The family `semantics`: what RFC 9110 and RFC 6750 say of an answer whatever its contract.
//!
//! Judges one answer beside the contract's routes. Knows no suite expectation but that a HEAD was sent.

use crate::check::catalogue::{SEMANTICS_ALLOW, SEMANTICS_CHALLENGE, SEMANTICS_HEAD, SEMANTICS_LOCATION, SEMANTICS_NO_CONTENT};
use crate::check::security::challenge_by;
use crate::check::subject::{Fill, Subject, brief};
use crate::contract::Contract;
use crate::contract::model::{Operation, SecurityKind};
use crate::model::finding::Finding;

/// Every rule of the family that concerns this answer.
#[must_use]
pub fn judge(subject: &Subject<'_>, contract: Option<&Contract>) -> Vec<Finding> {
    let about = |finding: Option<Finding>, header: &str| finding.map(|f| f.on_header(header));
    [
        about(allow(subject, contract), "allow"),
        about(challenge(subject, contract), "www-authenticate"),
        about(location(subject, contract), "location"),
        no_content(subject),
        head(subject),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// RFC 9110 section 15.5.6: a 405 must list the methods of the resource.
fn allow(subject: &Subject<'_>, contract: Option<&Contract>) -> Option<Finding> {
    if subject.response.status != 405 {
        return None;
    }
    let fields: Vec<&str> = subject.response.headers.all("allow").collect();
    let listed: Vec<String> =
        fields.iter().flat_map(|f| f.split(',')).map(|m| m.trim().to_ascii_uppercase()).filter(|m| !m.is_empty()).collect();
    let documented: Vec<String> = contract
        .and_then(|c| {
            let path = subject.request.path();
            let methods = from_root(subject, path, c).map(|p| c.methods_from_root(p)).find(|m| !m.is_empty())?;
            Some(methods.into_iter().map(str::to_owned).collect())
        })
        .unwrap_or_default();
    let wanted = if documented.is_empty() {
        "Allow with the methods of the resource".to_owned()
    } else {
        format!("Allow: {}", documented.join(", "))
    };
    if fields.is_empty() {
        return Some(subject.finding(SEMANTICS_ALLOW, "a 405 without Allow", wanted, "no Allow header"));
    }
    let shown = format!("Allow: {}", brief(&fields.join(", ")));
    if documented.iter().any(|m| !listed.contains(m)) {
        return Some(subject.finding(SEMANTICS_ALLOW, "Allow leaves out a documented method", wanted, shown));
    }
    if listed.contains(&subject.request.method) {
        return Some(subject.finding(SEMANTICS_ALLOW, "Allow lists the method that was refused", wanted, shown));
    }
    None
}

/// A 401 of an operation carries a challenge of a scheme that the operation takes, with its realm. Keys and certificates have
/// no scheme of their own: there any challenge will do, but RFC 9110 section 15.5.2 wants one all the same.
fn challenge(subject: &Subject<'_>, contract: Option<&Contract>) -> Option<Finding> {
    let operation = subject.operation.filter(|o| subject.response.status == 401 && !o.security.is_empty())?;
    let fields: Vec<&str> = subject.response.headers.all("www-authenticate").collect();
    let shown = if fields.is_empty() { "no WWW-Authenticate".to_owned() } else { brief(&fields.join(", ")) };
    let Some(scheme) = scheme_of(operation, contract) else {
        let missing = fields.iter().all(|f| f.trim().is_empty());
        return missing.then(|| subject.finding(SEMANTICS_CHALLENGE, "a 401 without a challenge", "WWW-Authenticate", shown));
    };
    let wanted = format!("WWW-Authenticate: {scheme} realm=\"...\"");
    match challenge_by(&scheme, fields.into_iter()) {
        None => Some(subject.finding(SEMANTICS_CHALLENGE, format!("a 401 without a {scheme} challenge"), wanted, shown)),
        Some(challenge) if challenge.realm.is_none() => {
            Some(subject.finding(SEMANTICS_CHALLENGE, "a challenge without a realm", wanted, shown))
        }
        Some(_) => None,
    }
}

/// The scheme of `Authorization` that an operation takes: Bearer where it may be that, else the first named.
fn scheme_of(operation: &Operation, contract: Option<&Contract>) -> Option<String> {
    let kind = |name: &str| contract?.security_schemes.iter().find(|s| s.name == name).map(|s| &s.kind);
    let needs = operation.security.iter().flat_map(|a| &a.0);
    let named: Vec<String> = needs
        .filter_map(|need| match kind(&need.scheme) {
            Some(SecurityKind::ApiKey { .. } | SecurityKind::MutualTls) => None,
            Some(SecurityKind::Http { scheme }) => Some(scheme.clone()),
            Some(SecurityKind::OAuth2 { .. } | SecurityKind::OpenIdConnect { .. }) | None => Some("bearer".to_owned()),
        })
        .collect();
    let scheme = named.iter().find(|s| *s == "bearer").or(named.first())?;
    let (first, rest) = scheme.split_at(scheme.chars().next().map_or(0, char::len_utf8));
    Some(format!("{}{rest}", first.to_uppercase()))
}

/// RFC 9110 section 10.2.2: the Location of a 201 identifies what was created, so the contract must be able to read it.
fn location(subject: &Subject<'_>, contract: Option<&Contract>) -> Option<Finding> {
    let (operation, contract) = (subject.operation?, contract?);
    if subject.response.status != 201 {
        return None;
    }
    let value = subject.response.headers.get("location")?;
    let target = resolve(subject.request, value);
    let wanted = "a path of the contract that can be read with GET";
    let readable = |path: &str| from_root(subject, path, contract).any(|path| contract.route_from_root("GET", path).is_some());
    if target.as_deref().is_some_and(readable) {
        return None;
    }
    Some(subject.finding(SEMANTICS_LOCATION, format!("Location of {} leads nowhere", operation.id), wanted, brief(value)))
}

/// The path a reference leads to on the same origin (RFC 3986 section 5, as far as a Location needs it).
fn resolve(request: &crate::model::http::Request, reference: &str) -> Option<String> {
    let without_query = |text: &str| text.split(['?', '#']).next().unwrap_or_default().to_owned();
    if reference.contains("://") {
        let origin = |url: &str| {
            url.split_once("://")
                .map(|(scheme, rest)| format!("{scheme}://{}", rest.split('/').next().unwrap_or(rest)).to_ascii_lowercase())
        };
        let same = origin(reference) == origin(&request.url);
        return same.then(|| crate::model::http::Request::new("GET", reference).path().to_owned());
    }
    if reference.starts_with("//") || reference.is_empty() {
        return None;
    }
    if reference.starts_with('/') {
        return Some(without_query(reference));
    }
    let base = request.path();
    let folder = base.rfind('/').map_or("/", |i| &base[..=i]);
    Some(without_query(&format!("{folder}{reference}")))
}

/// A path as the contract may know it: as it is, and where the target itself lies below a path, as behind a gateway, without
/// what comes before the base path in the request.
fn from_root<'p>(subject: &Subject<'_>, path: &'p str, contract: &Contract) -> impl Iterator<Item = &'p str> {
    let base = subject.operation.map_or_else(|| contract.base_path().to_owned(), |o| contract.base_path_for(o));
    let called = subject.request.path();
    let prefix = called.find(&base).filter(|_| !base.is_empty()).map_or("", |at| &called[..at]);
    std::iter::once(path).chain(path.strip_prefix(prefix))
}

/// RFC 9110 sections 8.6 and 15.3.5.
fn no_content(subject: &Subject<'_>) -> Option<Finding> {
    let response = subject.response;
    if !matches!(response.status, 204 | 205 | 304) {
        return None;
    }
    let length = response.headers.get("content-length").filter(|l| l.trim() != "0" && response.status != 304);
    let actual = if !response.body.is_empty() {
        format!("{} bytes of body", response.body.len())
    } else if let Some(length) = length {
        format!("Content-Length: {}", brief(length))
    } else if response.headers.get("transfer-encoding").is_some() {
        "Transfer-Encoding".to_owned()
    } else {
        return None;
    };
    Some(subject.finding(SEMANTICS_NO_CONTENT, format!("a {} with content", response.status), "no content", actual))
}

/// RFC 9110 section 9.3.2: HEAD is answered as GET is, without the body.
fn head(subject: &Subject<'_>) -> Option<Finding> {
    let operation = subject.operation.filter(|_| subject.request.method == "HEAD")?;
    let status = subject.response.status;
    if !subject.response.body.is_empty() {
        return Some(subject.finding(
            SEMANTICS_HEAD,
            "a HEAD answered with a body",
            "no body",
            format!("{} bytes", subject.response.body.len()),
        ));
    }
    if operation.response_for(status).is_none() {
        let known = operation.responses.iter().map(|r| r.pattern.to_string()).collect::<Vec<_>>().join(", ");
        return Some(subject.finding(SEMANTICS_HEAD, "a HEAD answered as no GET would be", known, status.to_string()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::base::source::Source;
    use crate::check::bench::{exchange, response};
    use crate::check::subject::{Body, Subject};
    use crate::contract::load;

    const SPEC: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /key: {get: {operationId: key, security: [{key: []}, {}], responses: {'401': {description: d}}}}
  /basic: {get: {operationId: basic, security: [{basic: [], key: []}], responses: {'401': {description: d}}}}
  /either: {get: {operationId: either, security: [{basic: []}, {openid: []}], responses: {'401': {description: d}}}}
components:
  securitySchemes:
    key: {type: apiKey, in: query, name: k}
    basic: {type: http, scheme: Basic}
    openid: {type: openIdConnect, openIdConnectUrl: 'https://example.org/.well-known/openid-configuration'}
";

    #[test]
    fn a_refusal_challenges_by_a_scheme_of_the_operation() {
        let (contract, faults) = load(&Source::new("t.yaml", SPEC), &|_| Err("no other file".to_owned().into()));
        let contract = contract.unwrap_or_else(|| panic!("{:?}", faults.sorted()));
        let found = |id: &str, headers: &[&str]| {
            let exchange = exchange("GET", "/", response(401, headers, ""), 1);
            let response = exchange.response().expect("a response");
            let operation = contract.operation(id).map(|o| &**o);
            let subject =
                Subject { exchange: &exchange, request: &exchange.request, response, body: &Body::Empty, operation, cited: None };
            judge(&subject, Some(&contract)).into_iter().map(|f| f.message).collect::<Vec<_>>()
        };
        let (basic, bearer) = ("WWW-Authenticate: Basic realm=\"a\"", "WWW-Authenticate: Bearer realm=\"a\"");
        assert_eq!(found("key", &[]), ["a 401 without a challenge"]);
        assert!(found("key", &["WWW-Authenticate: ApiKey"]).is_empty());
        assert_eq!(found("basic", &[bearer]), ["a 401 without a Basic challenge"]);
        assert_eq!(found("basic", &["WWW-Authenticate: Basic"]), ["a challenge without a realm"]);
        assert!(found("basic", &[basic]).is_empty() && found("either", &[basic, bearer]).is_empty());
        assert_eq!(found("either", &[basic]), ["a 401 without a Bearer challenge"]);
    }
}
