//! The families `status`, `media_type`, `headers`, `body` and `error_code` as the contract says them.
//!
//! Judges one message against what its operation documents. Knows nothing of what a case expects beyond that.

use crate::check::catalogue::{
    BODY_PARSES, BODY_SCHEMA, ERROR_CODE_DOCUMENTED, ERROR_CODE_ENVELOPE, HEADERS_REQUIRED, HEADERS_SCHEMA,
    MEDIA_TYPE_DOCUMENTED, STATUS_DOCUMENTED,
};
use crate::check::rules::Rules;
use crate::check::subject::{Body, Fill, Subject, brief};
use crate::contract::model::{Direction, MediaType, ResponseSpec, SchemaRef, media_for};
use crate::contract::{Contract, style};
use crate::model::finding::Finding;
use crate::model::http::Headers;
use crate::schema::Violation;

/// The status is documented, or the finding that says it is not. That HEAD itself is refused is for `semantics.head` to say.
#[must_use]
pub fn status(subject: &Subject<'_>) -> Option<Finding> {
    let operation = subject.operation?;
    let status = subject.response.status;
    let refused = subject.request.method == "HEAD" && matches!(status, 405 | 501);
    if operation.response_for(status).is_some() || refused {
        return None;
    }
    let documented = operation.responses.iter().map(|r| r.pattern.to_string()).collect::<Vec<_>>().join(", ");
    let actual = match &subject.body {
        Body::Json(value) => format!("{status} with {}", brief(&value.to_string())),
        _ => status.to_string(),
    };
    Some(subject.finding(STATUS_DOCUMENTED, format!("{} does not document status {status}", operation.id), documented, actual))
}

/// Media type, body, headers and error code of an answer whose status is documented.
#[must_use]
pub fn message(subject: &Subject<'_>, rules: &Rules) -> Vec<Finding> {
    let Some(operation) = subject.operation else { return Vec::new() };
    let Some(documented) = operation.response_for(subject.response.status) else { return Vec::new() };
    let mut findings = headers(subject, documented, &rules.contract);
    if subject.request.method == "HEAD" {
        return findings;
    }
    match media_type(subject, &documented.media) {
        Err(finding) => findings.push(*finding),
        Ok(None) => {
            findings.extend(broken(subject));
            findings.extend(error_code(subject, rules));
        }
        Ok(Some(media)) => {
            let code = error_code(subject, rules);
            let masked = code.as_ref().map(|f| f.check);
            if masked != Some(ERROR_CODE_ENVELOPE) {
                let at = code.as_ref().and_then(|f| f.instance.clone());
                findings.extend(body(subject, media, &rules.contract).into_iter().filter(|f| at.is_none() || f.instance != at));
            }
            findings.extend(code);
        }
    }
    findings
}

/// The documented media type of the body; `None` where neither side has a body.
fn media_type<'m>(subject: &Subject<'_>, documented: &'m [MediaType]) -> Result<Option<&'m MediaType>, Box<Finding>> {
    let essence = subject.response.headers.media_type();
    let known = documented.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    if documented.is_empty() {
        return Ok(None);
    }
    let Some(essence) = essence else {
        return Err(Box::new(subject.finding(MEDIA_TYPE_DOCUMENTED, "an answer without Content-Type", known, "no Content-Type")));
    };
    match media_for(documented, &essence) {
        Some(media) => Ok(Some(media)),
        None => Err(Box::new(subject.finding(
            MEDIA_TYPE_DOCUMENTED,
            format!("media type `{}` is not documented", brief(&essence)),
            known,
            brief(&essence),
        ))),
    }
}

/// A body against the schema of its media type.
fn body(subject: &Subject<'_>, media: &MediaType, contract: &Contract) -> Vec<Finding> {
    let Some(schema) = &media.schema else { return broken(subject).into_iter().collect() };
    match subject.body {
        Body::Json(value) => {
            let validator = contract.validator(schema, Direction::Response);
            if validator.is_valid(value) {
                return Vec::new();
            }
            validator.violations(value).into_iter().map(|v| violation(subject, v)).collect()
        }
        Body::Broken(_) => broken(subject).into_iter().collect(),
        Body::Empty => vec![subject.finding(BODY_PARSES, "the body is empty", format!("a body of {}", media.name), "no bytes")],
        Body::Other => Vec::new(),
    }
}

/// A body that says it is JSON and is not.
#[must_use]
pub fn broken(subject: &Subject<'_>) -> Option<Finding> {
    let Body::Broken(reason) = subject.body else { return None };
    Some(subject.finding(BODY_PARSES, "the body is not JSON", "JSON", brief(reason)))
}

/// A schema violation as a finding of `body.schema`.
#[must_use]
pub fn violation(subject: &Subject<'_>, violation: Violation) -> Finding {
    let mut finding = subject.finding(BODY_SCHEMA, violation.message, violation.expected, brief(&violation.actual));
    finding.instance = Some(violation.instance);
    finding.schema = Some(violation.schema);
    finding
}

/// Documented headers: the required ones are there, and every one has a value its schema allows.
fn headers(subject: &Subject<'_>, documented: &ResponseSpec, contract: &Contract) -> Vec<Finding> {
    let mut findings = Vec::new();
    let status = subject.response.status;
    for header in &documented.headers {
        // The challenge of a secured operation has a check of its own, which says more.
        let secured = subject.operation.is_some_and(|o| !o.security.is_empty());
        if status == 401 && secured && header.name.eq_ignore_ascii_case("www-authenticate") {
            continue;
        }
        let values: Vec<&str> = subject.response.headers.all(&header.name).collect();
        let text = (!values.is_empty()).then(|| values.join(", "));
        let described =
            Described { name: &header.name, required: header.required, explode: header.explode, schema: header.schema.as_ref() };
        findings.extend(described.judge(subject, text.as_deref(), contract, Direction::Response));
    }
    findings
}

/// The error code stands where the catalogue says, and is one of this operation and status.
fn error_code(subject: &Subject<'_>, rules: &Rules) -> Option<Finding> {
    let (operation, catalogue) = (subject.operation?, rules.catalogue.as_ref()?);
    let status = subject.response.status;
    if status < 400 {
        return None;
    }
    let body = subject.body.json()?;
    let selected = catalogue.at.select(body);
    let Some((pointer, code)) = selected.first().and_then(|(p, v)| Some((p.clone(), v.as_str()?))) else {
        return Some(subject.finding(
            ERROR_CODE_ENVELOPE,
            format!("the error body bears no code at {}", catalogue.at),
            format!("a code at {}", catalogue.at),
            brief(&body.to_string()),
        ));
    };
    let known = catalogue.codes(&operation.id, status);
    if known.contains(code) {
        return None;
    }
    let wanted = if known.is_empty() {
        format!("no code is catalogued for {} {status}", operation.id)
    } else {
        known.iter().cloned().collect::<Vec<_>>().join(", ")
    };
    let mut finding = subject.finding(
        ERROR_CODE_DOCUMENTED,
        format!("{} {status} does not document code {}", operation.id, brief(code)),
        wanted,
        brief(code),
    );
    finding.instance = Some(pointer);
    Some(finding)
}

/// An inbound callback request: its media type, its body and the parameters its headers stand for. Where the signature is
/// judged, that its headers are there is for the family `signature` to say.
#[must_use]
pub fn callback(subject: &Subject<'_>, contract: &Contract, signed: bool) -> Vec<Finding> {
    let Some(operation) = subject.operation else { return Vec::new() };
    let mut findings = callback_headers(subject, &subject.request.headers, contract, signed);
    let Some(documented) = &operation.body else { return findings };
    let Some(essence) = subject.request.headers.media_type() else {
        if documented.required || *subject.body != Body::Empty {
            let known = documented.media.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
            findings.push(subject.finding(MEDIA_TYPE_DOCUMENTED, "a delivery without Content-Type", known, "no Content-Type"));
        }
        return findings;
    };
    let Some(media) = media_for(&documented.media, &essence) else {
        let known = documented.media.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
        findings.push(subject.finding(
            MEDIA_TYPE_DOCUMENTED,
            format!("media type `{}` is not documented", brief(&essence)),
            known,
            brief(&essence),
        ));
        return findings;
    };
    let Some(schema) = &media.schema else {
        findings.extend(broken(subject));
        return findings;
    };
    match subject.body {
        // A callback is the platform's request: what it may hold is what a request may hold.
        Body::Json(value) => findings
            .extend(contract.validator(schema, Direction::Request).violations(value).into_iter().map(|v| violation(subject, v))),
        Body::Broken(_) => findings.extend(broken(subject)),
        Body::Empty => {
            findings.push(subject.finding(BODY_PARSES, "the body is empty", format!("a body of {}", media.name), "no bytes"));
        }
        Body::Other => {}
    }
    findings
}

fn callback_headers(subject: &Subject<'_>, headers: &Headers, contract: &Contract, signed: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let parameters =
        subject.operation.into_iter().flat_map(|o| &o.parameters).filter(|p| p.location == crate::contract::model::In::Header);
    for parameter in parameters {
        // Signed deliveries have checks of their own for these, which say more.
        let elsewhere = signed && parameter.name.to_ascii_lowercase().starts_with("webhook-");
        let described = Described {
            name: &parameter.name,
            required: parameter.required && !elsewhere,
            explode: parameter.explode,
            schema: parameter.schema.as_ref(),
        };
        findings.extend(described.judge(subject, headers.get(&parameter.name), contract, Direction::Request));
    }
    findings
}

/// A header field as a response or a callback describes it.
struct Described<'a> {
    name: &'a str,
    required: bool,
    explode: bool,
    schema: Option<&'a SchemaRef>,
}

impl Described<'_> {
    /// A required field is there, and its value is one that its schema allows.
    fn judge(&self, subject: &Subject<'_>, text: Option<&str>, contract: &Contract, direction: Direction) -> Option<Finding> {
        let name = self.name;
        let Some(text) = text else {
            let missing = || subject.finding(HEADERS_REQUIRED, format!("the required header {name} is missing"), name, "absent");
            return self.required.then(|| missing().on_header(name));
        };
        let schema = self.schema?;
        let value = decode(text, contract, schema, self.explode);
        let violation = contract.validator(schema, direction).violations(&value).into_iter().next()?;
        let message = format!("the value of {name} is not as documented: {}", violation.message);
        let mut finding = subject.finding(HEADERS_SCHEMA, message, violation.expected, brief(text)).on_header(name);
        finding.schema = Some(violation.schema);
        Some(finding)
    }
}

/// A header's text as the value its schema means.
fn decode(text: &str, contract: &Contract, schema: &SchemaRef, explode: bool) -> serde_json::Value {
    let schema = contract.schema_value(schema).unwrap_or_default();
    style::decode_simple(text, &schema, explode)
}
