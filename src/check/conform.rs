//! The families `status`, `media_type`, `headers`, `body` and `error_code` as the contract says them.
//!
//! Judges one message against what its operation documents. Knows nothing of what a case expects beyond that.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::base::source::Spot;
use crate::check::catalogue::{
    BODY_PARSES, BODY_SCHEMA, ERROR_CODE_DOCUMENTED, ERROR_CODE_ENVELOPE, HEADERS_REQUIRED, HEADERS_SCHEMA,
    MEDIA_TYPE_DOCUMENTED, STATUS_DOCUMENTED,
};
use crate::check::rules::Rules;
use crate::check::subject::{Body, Fill, Subject, brief, is_json};
use crate::contract::Contract;
use crate::contract::body::FaultKind;
use crate::contract::media::documented;
use crate::contract::model::{Direction, HeaderSpec, MediaType, ResponseSpec, SchemaRef};
use crate::model::check::Requirement;
use crate::model::exchange::Direction::Inbound;
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
    let response = subject.response;
    match media_type(subject, &response.headers, &documented.media) {
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
                let sent = Sent { headers: &response.headers, bytes: &response.body, direction: Direction::Response };
                let found = body(subject, sent, media, &rules.contract);
                findings.extend(found.into_iter().filter(|f| at.is_none() || f.instance != at));
            }
            findings.extend(code);
        }
    }
    findings
}

/// The documented media type of a body; `None` where none is documented at all.
fn media_type<'m>(
    subject: &Subject<'_>,
    headers: &Headers,
    known: &'m [MediaType],
) -> Result<Option<&'m MediaType>, Box<Finding>> {
    if known.is_empty() {
        return Ok(None);
    }
    let listed = known.iter().map(|m| m.name.as_str()).collect::<Vec<_>>().join(", ");
    let Some(actual) = headers.get("content-type") else {
        let what = if subject.exchange.direction == Inbound { "a delivery" } else { "an answer" };
        let message = format!("{what} without Content-Type");
        return Err(Box::new(subject.finding(MEDIA_TYPE_DOCUMENTED, message, listed, "no Content-Type")));
    };
    documented(known, actual).map(Some).ok_or_else(|| {
        let essence = headers.media_type().unwrap_or_default();
        // What differs may be a parameter alone.
        let shown = if known.iter().any(|m| m.name.starts_with(&essence)) { actual } else { &essence };
        let message = format!("media type `{}` is not documented", brief(shown));
        Box::new(subject.finding(MEDIA_TYPE_DOCUMENTED, message, listed, brief(shown)))
    })
}

/// A body against the schema of its media type, part by part where it has parts.
fn body(subject: &Subject<'_>, sent: Sent<'_>, media: &MediaType, contract: &Contract) -> Vec<Finding> {
    if media.schema.is_none() && media.item_schema.is_none() && media.encoding.is_empty() {
        return broken(subject).into_iter().collect();
    }
    let content_type = sent.headers.get("content-type").unwrap_or_default();
    if let Some(coding) = sent.headers.get("content-encoding").filter(|c| !c.trim().eq_ignore_ascii_case("identity")) {
        return vec![unjudged(subject, &format!("it is compressed ({})", brief(coding)), content_type)];
    }
    match (subject.body, &media.schema) {
        (Body::Json(value), Some(schema)) => {
            let validator = contract.validator(schema, sent.direction);
            if validator.is_valid(value) {
                return Vec::new();
            }
            validator.violations(value).into_iter().map(|v| violation(subject, contract, v)).collect()
        }
        (Body::Json(_), None) => Vec::new(),
        (Body::Broken(_), _) => broken(subject).into_iter().collect(),
        (Body::Empty, _) if sent.headers.media_type().is_some_and(|m| is_json(&m)) => {
            vec![subject.finding(BODY_PARSES, "the body is empty", format!("a body of {}", media.name), "no bytes")]
        }
        (Body::Empty | Body::Other, _) => read(subject, sent, media, content_type, contract),
    }
}

/// A body that is not JSON, as far as a schema can be held against it.
fn read(subject: &Subject<'_>, sent: Sent<'_>, media: &MediaType, content_type: &str, contract: &Contract) -> Vec<Finding> {
    let reading = contract.read_body(media, content_type, sent.bytes);
    let mut findings: Vec<Finding> = Vec::new();
    for fault in reading.faults {
        let check = if fault.kind == FaultKind::PartType { MEDIA_TYPE_DOCUMENTED } else { BODY_PARSES };
        let message = if fault.kind == FaultKind::Unreadable && fault.at.is_none() {
            format!("the body cannot be read: {}", fault.message)
        } else {
            fault.message
        };
        let mut finding = subject.finding(check, message, fault.expected, brief(&fault.actual));
        finding.instance = fault.at;
        if fault.kind == FaultKind::Unreadable {
            finding.requirement = grammar_of(content_type);
        }
        findings.push(finding);
    }
    let within = |at: &Pointer, unread: &Pointer| {
        at.as_str().strip_prefix(unread.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let blind = |at: &Pointer| reading.unread.iter().any(|unread| within(at, unread));
    if let (Some(value), Some(schema)) = (&reading.value, &media.schema) {
        let violations = contract.validator(schema, sent.direction).violations(value);
        findings.extend(violations.into_iter().filter(|v| !blind(&v.instance)).map(|v| violation(subject, contract, v)));
    }
    if let Some(schema) = &media.item_schema {
        let validator = contract.validator(schema, sent.direction);
        for (at, item) in &reading.items {
            for mut found in validator.violations(item).into_iter().filter(|_| !blind(at)) {
                found.instance = Pointer::from_escaped(format!("{at}{}", found.instance));
                findings.push(violation(subject, contract, found));
            }
        }
    }
    for header in reading.headers {
        let found = Described::of(&header.spec).judge(subject, header.text.as_deref(), contract, sent.direction);
        findings.extend(found.map(|mut f| {
            f.message = format!("in the part at {}: {}", header.at, f.message);
            f
        }));
    }
    findings.extend(reading.unjudged.iter().map(|reason| unjudged(subject, reason, content_type)));
    findings
}

/// What says how a body of a media type is written.
fn grammar_of(content_type: &str) -> Requirement {
    let (id, source) = match content_type.split('/').next().map(str::to_ascii_lowercase).as_deref() {
        Some("multipart") => ("rfc2046/multipart", "RFC 2046 section 5.1; RFC 7578 section 4"),
        _ => ("rfc9110/content-type", "RFC 9110 section 8.3"),
    };
    Requirement { id: id.to_owned(), source: source.to_owned() }
}

/// What was not judged is said, so that nobody takes silence for a pass.
fn unjudged(subject: &Subject<'_>, reason: &str, content_type: &str) -> Finding {
    let message = format!("the body is not judged: {}", brief(reason));
    let mut finding = subject.finding(BODY_SCHEMA, message, "a body that its schema can be held against", brief(content_type));
    finding.severity = Severity::Warning;
    finding
}

/// The message whose body is judged.
#[derive(Clone, Copy)]
struct Sent<'a> {
    headers: &'a Headers,
    bytes: &'a [u8],
    direction: Direction,
}

/// A body that says it is JSON and is not.
#[must_use]
pub fn broken(subject: &Subject<'_>) -> Option<Finding> {
    let Body::Broken(reason) = subject.body else { return None };
    Some(subject.finding(BODY_PARSES, "the body is not JSON", "JSON", brief(reason)))
}

/// A schema violation as a finding of `body.schema`.
fn violation(subject: &Subject<'_>, contract: &Contract, violation: Violation) -> Finding {
    let place = contract.violation_place(&violation);
    let mut finding = subject.finding(BODY_SCHEMA, violation.message, violation.expected, brief(&violation.actual));
    finding.instance = Some(violation.instance);
    finding.schema = Some(violation.schema);
    finding.spec = place.as_ref().map(Spot::from).or(finding.spec);
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
        let described = Described::of(header);
        let values: Vec<&str> = subject.response.headers.all(&header.name).collect();
        // Lines of one field are one value, joined by commas; cookies are set one by one (RFC 9110 section 5.3).
        if values.len() > 1 && header.name.eq_ignore_ascii_case("set-cookie") {
            let judged = values.iter().filter_map(|line| described.judge(subject, Some(line), contract, Direction::Response));
            findings.extend(judged);
            continue;
        }
        let text = (!values.is_empty()).then(|| values.join(", "));
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
    let request = subject.request;
    let absent = request.headers.get("content-type").is_none() && *subject.body == Body::Empty;
    if absent && !documented.required {
        return findings;
    }
    // A callback is the platform's request: what it may hold is what a request may hold.
    let sent = Sent { headers: &request.headers, bytes: &request.body, direction: Direction::Request };
    match media_type(subject, &request.headers, &documented.media) {
        Err(finding) => findings.push(*finding),
        Ok(None) => findings.extend(broken(subject)),
        Ok(Some(media)) => findings.extend(body(subject, sent, media, contract)),
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
            content: parameter.content.as_deref(),
        };
        let values: Vec<&str> = headers.all(&parameter.name).collect();
        let text = (!values.is_empty()).then(|| values.join(", "));
        findings.extend(described.judge(subject, text.as_deref(), contract, Direction::Request));
    }
    findings
}

/// A header field as a response, a part or a callback describes it.
struct Described<'a> {
    name: &'a str,
    required: bool,
    explode: bool,
    schema: Option<&'a SchemaRef>,
    content: Option<&'a str>,
}

impl<'a> Described<'a> {
    fn of(header: &'a HeaderSpec) -> Self {
        let (schema, content) = (header.schema.as_ref(), header.content.as_deref());
        Self { name: &header.name, required: header.required, explode: header.explode, schema, content }
    }

    /// A required field is there, and its value is one that its schema allows.
    fn judge(&self, subject: &Subject<'_>, text: Option<&str>, contract: &Contract, direction: Direction) -> Option<Finding> {
        let name = self.name;
        let Some(text) = text else {
            let missing = || subject.finding(HEADERS_REQUIRED, format!("the required header {name} is missing"), name, "absent");
            return self.required.then(|| missing().on_header(name));
        };
        let refused = |why: &str, expected: String| {
            let message = format!("the value of {name} is not as documented: {why}");
            subject.finding(HEADERS_SCHEMA, message, expected, brief(text)).on_header(name)
        };
        let value = match contract.decode_field(text, self.explode, self.schema, self.content) {
            Ok(value) => value,
            Err(reason) => return Some(refused(&reason, self.content.unwrap_or_default().to_owned())),
        };
        let schema = self.schema?;
        let violation = contract.validator(schema, direction).violations(&value).into_iter().next()?;
        let mut finding = refused(&violation.message, violation.expected.clone());
        finding.spec = contract.violation_place(&violation).as_ref().map(Spot::from).or(finding.spec);
        finding.schema = Some(violation.schema);
        Some(finding)
    }
}
