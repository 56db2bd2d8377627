//! What a case expects beyond the contract: status, code, headers, body, time.
//!
//! Judges by the suite's matchers. Takes nothing from the spec, and stops where the contract was already broken.

use crate::check::catalogue::{
    BODY_EXPECTED, ERROR_CODE_EXPECTED, HEADERS_EXPECTED, SEMANTICS_HEAD, STATUS_EXPECTED, TIMING_LIMIT, by_name,
};
use crate::check::found::Judgement;
use crate::check::rules::Catalogue;
use crate::check::security;
use crate::check::subject::{Body, Subject, brief};
use crate::model::check::CheckId;
use crate::model::finding::Finding;
use crate::suite::ast::Spanned;
use crate::suite::ast::expect::{BodyExpectation, Expect, HeaderExpectation, StatusPattern, StatusSet, Unbound};
use crate::suite::matcher::{MatchFault, SchemaTest};
use crate::suite::template::Scope;
use serde_json::Value;

/// What is needed to judge expectations.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// What the names in templates hold.
    pub scope: &'a dyn Scope,
    /// Judges by schemas written in suites.
    pub schemas: &'a SchemaTest<'a>,
}

/// The check that a suite filed an expectation under, else the family's own.
#[must_use]
pub fn filed(as_check: Option<&Spanned<String>>, otherwise: CheckId) -> CheckId {
    as_check.and_then(|name| by_name(&name.value)).unwrap_or(otherwise)
}

/// A sentence for a template or value of an expectation that could not be used.
#[must_use]
pub fn unbound(fault: &Unbound) -> String {
    match fault {
        Unbound::Unresolved(name) => format!("`${{{}}}` holds nothing", name.expression),
        Unbound::Unusable { message, .. } => message.clone(),
    }
}

/// The status, as the case expects it. Says whether the rest can be judged at all.
pub fn status(
    subject: &Subject<'_>,
    expect: &Expect,
    catalogue: Option<&Catalogue>,
    means: Means<'_>,
    into: &mut Judgement,
) -> bool {
    if let Some(denied) = &expect.denied {
        match denied.value.resolve(means.scope) {
            Ok(denied) => {
                let refusal = security::refusal(subject, denied);
                into.findings.extend(refusal.findings);
                if !refusal.is_one {
                    return false;
                }
            }
            Err(fault) => into.cannot(unbound(&fault)),
        }
    }
    let wanted = match (&expect.status, &expect.error) {
        (Some(status), _) => match status.value.resolve(means.scope) {
            Ok(set) => set,
            Err(fault) => {
                into.cannot(unbound(&fault));
                return false;
            }
        },
        (None, Some(code)) => match code.resolve_text(means.scope) {
            Ok(code) => {
                let statuses = catalogue.map(|c| c.statuses(subject.operation.map(|o| o.id.as_str()), &code)).unwrap_or_default();
                if statuses.is_empty() {
                    into.cannot(format!("code `{code}` is not in the catalogue for this operation"));
                    return false;
                }
                StatusSet(statuses.into_iter().map(StatusPattern::Exact).collect())
            }
            Err(name) => {
                into.cannot(format!("`${{{}}}` holds nothing", name.expression));
                return false;
            }
        },
        (None, None) => return true,
    };
    let status = subject.response.status;
    if wanted.contains(status) {
        return true;
    }
    let own = if subject.request.method == "HEAD" && subject.operation.is_some() { SEMANTICS_HEAD } else { STATUS_EXPECTED };
    let actual = match subject.body {
        Body::Json(value) if status >= 400 => format!("{status} with {}", brief(&value.to_string())),
        _ => status.to_string(),
    };
    into.findings.push(subject.cited_finding(
        filed(expect.as_check.as_ref(), own),
        format!("expected status {wanted}, got {status}"),
        wanted.to_string(),
        actual,
    ));
    false
}

/// The error code, as the case expects it.
pub fn error_code(subject: &Subject<'_>, expect: &Expect, catalogue: Option<&Catalogue>, means: Means<'_>, into: &mut Judgement) {
    let (Some(code), Some(catalogue)) = (&expect.error, catalogue) else { return };
    let wanted = match code.resolve_text(means.scope) {
        Ok(code) => code,
        Err(name) => return into.cannot(format!("`${{{}}}` holds nothing", name.expression)),
    };
    let found = subject.body.json().map(|b| catalogue.at.select(b)).unwrap_or_default();
    match found.first() {
        Some((_, Value::String(found))) if *found == wanted => {}
        Some((pointer, found)) => {
            let mut finding = subject.cited_finding(
                ERROR_CODE_EXPECTED,
                format!("expected error code {wanted}"),
                wanted,
                brief(&found.to_string()),
            );
            finding.instance = Some(pointer.clone());
            into.findings.push(finding);
        }
        None => into.findings.push(subject.cited_finding(
            ERROR_CODE_EXPECTED,
            format!("expected error code {wanted}"),
            wanted,
            "no code",
        )),
    }
}

/// Headers, as the case expects them.
pub fn headers(
    subject: &Subject<'_>,
    headers: &crate::model::http::Headers,
    expect: &HeaderExpectation,
    check: CheckId,
    means: Means<'_>,
    into: &mut Judgement,
) {
    for (name, matcher) in expect {
        let judged = |f: &Finding| f.header.as_ref().is_some_and(|h| name.value.eq_ignore_ascii_case(h));
        if into.findings.iter().any(judged) {
            continue;
        }
        // RFC 9110 section 5.3: several lines of one field are one value, joined by commas.
        let lines: Vec<&str> = headers.all(&name.value).collect();
        let joined = lines.join(", ");
        let values: Vec<&str> = if lines.len() > 1 { vec![&joined] } else { lines };
        match matcher.test_header(&values, means.scope, means.schemas) {
            Ok(()) => {}
            Err(MatchFault::Mismatch(mismatch)) => {
                into.findings.push(subject.cited_finding(
                    check,
                    format!("header {} is not as expected", name.value),
                    mismatch.expected,
                    brief(&mismatch.actual),
                ));
            }
            Err(fault) => into.cannot(match_fault(&fault)),
        }
    }
}

/// A body, as the case expects it.
pub fn body(
    subject: &Subject<'_>,
    value: Option<&Value>,
    expect: &BodyExpectation,
    check: CheckId,
    means: Means<'_>,
    into: &mut Judgement,
) {
    for (path, matcher) in expect {
        let nodes = value.map(|v| path.select(v)).unwrap_or_default();
        match matcher.test(&nodes, path.is_singular(), means.scope, means.schemas) {
            Ok(()) => {}
            Err(MatchFault::Mismatch(mismatch)) => {
                let actual = if value.is_none() { "no JSON body".to_owned() } else { brief(&mismatch.actual) };
                let mut finding = subject.cited_finding(check, format!("{path} is not as expected"), mismatch.expected, actual);
                finding.instance = Some(mismatch.pointer);
                into.findings.push(finding);
            }
            Err(fault) => into.cannot(match_fault(&fault)),
        }
    }
}

/// True when a body is as an expectation says; an expectation that cannot be judged says no.
#[must_use]
pub fn body_matches(value: Option<&Value>, expect: &BodyExpectation, means: Means<'_>) -> bool {
    expect.iter().all(|(path, matcher)| {
        let nodes = value.map(|v| path.select(v)).unwrap_or_default();
        matcher.test(&nodes, path.is_singular(), means.scope, means.schemas).is_ok()
    })
}

/// A sentence for an expectation that could not be judged.
#[must_use]
pub fn match_fault(fault: &MatchFault) -> String {
    match fault {
        MatchFault::Mismatch(mismatch) => format!("expected {}, found {}", mismatch.expected, mismatch.actual),
        MatchFault::Unresolved(name) => format!("`${{{}}}` holds nothing", name.expression),
        MatchFault::Unusable { message, .. } => message.clone(),
    }
}

/// Whether there is a body, as the case expects it.
#[must_use]
pub fn empty(subject: &Subject<'_>, expect: &Expect) -> Option<Finding> {
    let wanted = expect.empty.as_ref()?.value;
    let bytes = subject.response.body.len();
    (wanted != (bytes == 0)).then(|| {
        let (expected, message) = if wanted { ("no body", "expected no body") } else { ("a body", "expected a body") };
        subject.cited_finding(filed(expect.as_check.as_ref(), BODY_EXPECTED), message, expected, format!("{bytes} bytes"))
    })
}

/// The time, as the case allows it.
pub fn time(subject: &Subject<'_>, expect: &Expect, means: Means<'_>, into: &mut Judgement) {
    let Some(matcher) = &expect.time else { return };
    let took = subject.exchange.timing.service;
    match matcher.test_time(took, means.scope) {
        Ok(()) => {}
        Err(MatchFault::Mismatch(mismatch)) => {
            into.findings.push(subject.cited_finding(
                TIMING_LIMIT,
                "the answer took too long",
                mismatch.expected,
                took.to_string(),
            ));
        }
        Err(fault) => into.cannot(match_fault(&fault)),
    }
}

/// The check ids that expectations of headers and bodies are filed under, unless the suite says otherwise.
#[must_use]
pub fn ids(as_check: Option<&Spanned<String>>) -> (CheckId, CheckId) {
    (filed(as_check, HEADERS_EXPECTED), filed(as_check, BODY_EXPECTED))
}
