//! The judgement of one exchange: the families in their order, and which of them mask others.
//!
//! One fault, one finding: where the status is wrong, nothing is said of a body that belongs to another status. Pure.

use crate::base::diagnostic::Severity;
use crate::base::pointer::Pointer;
use crate::check::catalogue::TRANSPORT_ANSWERED;
use crate::check::expected::{self, Means};
use crate::check::found::Judgement;
use crate::check::rules::Rules;
use crate::check::subject::{Body, Fill, Subject, finding};
use crate::check::{conform, security, semantics};
use crate::contract::model::Operation;
use crate::model::check::Requirement;
use crate::model::exchange::Exchange;
use crate::model::finding::Finding;
use crate::suite::ast::expect::Expect;
use crate::suite::ast::step::AssertStep;
use crate::suite::matcher::MatchFault;
use serde_json::Value;

/// What an answer is judged by.
#[derive(Clone, Copy)]
pub struct Bound<'a> {
    /// The contract and what the suite declares; `None` for what lies outside every contract.
    pub rules: Option<&'a Rules>,
    /// The operation the request was.
    pub operation: Option<&'a Operation>,
    /// What the case adds.
    pub expect: &'a Expect,
    /// The requirement that the case's expectations cite.
    pub cited: Option<&'a Requirement>,
    /// Templates and schemas of the suite.
    pub means: Means<'a>,
}

/// Where the contract was already found broken within a body.
struct Broken {
    whole: bool,
    at: Vec<Pointer>,
}

impl Broken {
    fn of(findings: &[Finding]) -> Self {
        let errors = findings.iter().filter(|f| f.severity == Severity::Error);
        let about_body = errors.filter(|f| matches!(f.check.family(), "body" | "error_code" | "media_type"));
        let (at, rest): (Vec<_>, Vec<_>) = about_body.map(|f| f.instance.clone()).partition(Option::is_some);
        Self { whole: !rest.is_empty(), at: at.into_iter().flatten().collect() }
    }

    /// True when what was expected there may be wrong by the same fault: the values overlap, or no one knows where it is.
    fn covers(&self, instance: Option<&Pointer>) -> bool {
        let Some(instance) = instance else { return self.whole || !self.at.is_empty() };
        self.whole || self.at.iter().any(|at| within(at, instance) || within(instance, at))
    }
}

fn within(outer: &Pointer, inner: &Pointer) -> bool {
    inner.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Judges one answer.
#[must_use]
pub fn answer(exchange: &Exchange, bound: Bound<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    let response = match &exchange.result {
        Ok(response) => response,
        Err(error) => {
            judgement.findings.push(
                finding(TRANSPORT_ANSWERED, "the request got no answer", "an HTTP answer", error.to_string())
                    .about(exchange, bound.operation),
            );
            return judgement;
        }
    };
    let body = Body::read(&response.headers, &response.body);
    let subject =
        Subject { exchange, request: &exchange.request, response, body: &body, operation: bound.operation, cited: bound.cited };
    judgement.findings.extend(security::leak(&subject));
    if let Some(finding) = conform::status(&subject) {
        judgement.findings.push(finding);
        return judgement;
    }
    let catalogue = bound.rules.and_then(|r| r.catalogue.as_ref());
    if !expected::status(&subject, bound.expect, catalogue, bound.means, &mut judgement) {
        return judgement;
    }
    judgement.findings.extend(semantics::judge(&subject, bound.rules.map(|r| &*r.contract)));
    let before = judgement.findings.len();
    if let Some(rules) = bound.rules.filter(|_| bound.operation.is_some()) {
        judgement.findings.extend(conform::message(&subject, rules));
    } else if exchange.request.method != "HEAD" {
        judgement.findings.extend(conform::broken(&subject));
    }
    let (header_check, body_check) = expected::ids(bound.expect.as_check.as_ref());
    let broken = Broken::of(&judgement.findings[before..]);
    let mut beyond = Judgement::default();
    expected::error_code(&subject, bound.expect, catalogue, bound.means, &mut beyond);
    expected::body(&subject, body.json(), &bound.expect.body, body_check, bound.means, &mut beyond);
    beyond.findings.extend(expected::empty(&subject, bound.expect));
    beyond.findings.retain(|f| !broken.covers(f.instance.as_ref()));
    expected::headers(&subject, &response.headers, &bound.expect.headers, header_check, bound.means, &mut judgement);
    judgement.extend(beyond);
    expected::time(&subject, bound.expect, bound.means, &mut judgement);
    judgement
}

/// Judges a remembered value.
#[must_use]
pub fn assertion(step: &AssertStep, value: &Value, cited: Option<&Requirement>, means: Means<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    match step.is.test(&[(Pointer::root(), value)], true, means.scope, means.schemas) {
        Ok(()) => {}
        Err(MatchFault::Mismatch(mismatch)) => {
            let check = expected::filed(step.as_check.as_ref(), crate::check::catalogue::BODY_EXPECTED);
            judgement.findings.push(
                finding(
                    check,
                    "a remembered value is not as expected",
                    mismatch.expected,
                    crate::check::subject::brief(&mismatch.actual),
                )
                .citing(cited),
            );
        }
        Err(fault) => judgement.cannot(expected::match_fault(&fault)),
    }
    judgement
}
