//! The family `endpoint`: how a partner's callback endpoint answers what a certification sends it.
//!
//! Pure functions from what a profile accepts and an exchange to findings. Never sends anything and never decides the result of
//! a whole certification.

use crate::base::diagnostic::Severity;
use crate::check::subject::brief;
use crate::model::certification::{ModuleId, ModuleResult};
use crate::model::exchange::{Exchange, TransportErrorKind};
use crate::model::finding::Finding;
use crate::model::http::Response;
use crate::suite::ast::profile::{ModuleSpec, Statuses};
use regex::Regex;
use std::sync::LazyLock;

/// What a module asked, and of whom.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The module.
    pub module: ModuleId,
    /// What the profile says about it.
    pub spec: &'a ModuleSpec,
    /// What was sent, for a reader: `a duplicate of SIGNATURE COMPLETE`.
    pub what: &'a str,
}

/// How one answer was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What it comes to.
    pub result: ModuleResult,
    /// Why, where it did not pass.
    pub findings: Vec<Finding>,
    /// Why it was not judged.
    pub reason: Option<String>,
}

impl Judged {
    /// Found right.
    #[must_use]
    pub fn passed() -> Self {
        Self { result: ModuleResult::Passed, findings: Vec::new(), reason: None }
    }

    /// Not judged.
    #[must_use]
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self { result: ModuleResult::Skipped, findings: Vec::new(), reason: Some(reason.into()) }
    }

    /// Found wrong, or odd.
    #[must_use]
    pub fn found(finding: Finding) -> Self {
        let result = if finding.severity == Severity::Error { ModuleResult::Failed } else { ModuleResult::Warning };
        Self { result, findings: vec![finding], reason: None }
    }

    /// The same where nothing demands it: what is wrong is only odd.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.findings.iter_mut().for_each(|f| f.severity = Severity::Warning);
        self.result = if self.result == ModuleResult::Failed { ModuleResult::Warning } else { self.result };
        self
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.result = self.result.and(other.result);
        self.findings.extend(other.findings);
        self.reason = self.reason.or(other.reason);
        self
    }
}

impl Asked<'_> {
    /// A finding of this module.
    #[must_use]
    pub fn finding(
        &self,
        severity: Severity,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
        exchange: Option<&Exchange>,
    ) -> Finding {
        Finding {
            check: self.module.check(),
            requirement: self.spec.requirement.clone(),
            severity,
            message: message.into(),
            operation: exchange.and_then(|x| x.operation.clone()),
            instance: None,
            header: None,
            schema: None,
            spec: None,
            expected: expected.into(),
            actual: actual.into(),
            exchange: exchange.map(|x| x.id),
        }
    }

    /// An error of this module.
    #[must_use]
    pub fn error(
        &self,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
        exchange: Option<&Exchange>,
    ) -> Judged {
        Judged::found(self.finding(Severity::Error, message, expected, actual, exchange))
    }

    /// A warning of this module.
    #[must_use]
    pub fn warning(
        &self,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
        exchange: Option<&Exchange>,
    ) -> Judged {
        Judged::found(self.finding(Severity::Warning, message, expected, actual, exchange))
    }
}

/// Judges the status alone: accepted, warned of, or wrong. A redirect is judged by the module that is about redirects, and an
/// interrupted request by none.
#[must_use]
pub fn status(asked: &Asked<'_>, exchange: &Exchange) -> Judged {
    let expected = statuses(&asked.spec.accept);
    let response = match &exchange.result {
        Ok(response) => response,
        Err(error) if error.kind == TransportErrorKind::Cancelled => return Judged::skipped("interrupted"),
        Err(error) => return asked.error(format!("{} got no answer", asked.what), expected, error.to_string(), Some(exchange)),
    };
    let covered = |list: &[Statuses]| list.iter().any(|s| s.covers(response.status));
    if covered(&asked.spec.accept) {
        Judged::passed()
    } else if is_redirect(response) {
        Judged::skipped(format!("{} was redirected, which is judged by itself", asked.what))
    } else if covered(&asked.spec.warn) {
        let message = format!("{} was answered {}, which is tolerated", asked.what, response.status);
        asked.warning(message, expected, shown(response), Some(exchange))
    } else {
        asked.error(format!("{} was answered {}", asked.what, response.status), expected, shown(response), Some(exchange))
    }
}

/// True of an answer that sends the sender elsewhere.
#[must_use]
pub fn is_redirect(response: &Response) -> bool {
    matches!(response.status, 300..=303 | 305..=308)
}

/// Judges an accepted delivery's body: one that is there has a media type (RFC 9110 section 8.3), and a 204 has none.
#[must_use]
pub fn acknowledged(asked: &Asked<'_>, exchange: &Exchange) -> Judged {
    let judged = status(asked, exchange);
    match exchange.response() {
        Some(response)
            if judged.result == ModuleResult::Passed && !response.body.is_empty() && response.headers.media_type().is_none() =>
        {
            let message = format!("the answer to {} has a body without a media type", asked.what);
            asked.error(message, "a Content-Type", "none", Some(exchange))
        }
        _ => judged,
    }
}

/// Judges the answer to a method that is not the documented one: a 405 names the methods there are (RFC 9110 section 15.5.6), the
/// documented one among them and the refused one not.
#[must_use]
pub fn method(asked: &Asked<'_>, exchange: &Exchange, documented: &str) -> Judged {
    let judged = status(asked, exchange);
    let Some(response) = exchange.response().filter(|r| r.status == 405) else { return judged };
    if response.headers.get("allow").is_none() {
        let message = format!("the 405 to {} does not say which methods there are", asked.what);
        return asked.error(message, "an Allow header", "none", Some(exchange));
    }
    let allowed: Vec<&str> = response.headers.all("allow").flat_map(|v| v.split(',')).map(str::trim).collect();
    let refused = exchange.request.method.as_str();
    if !allowed.contains(&documented) || allowed.contains(&refused) {
        let message = format!("the 405 to {} names other methods than there are", asked.what);
        let expected = format!("Allow with {documented}, without {refused}");
        return judged.and(asked.warning(message, expected, brief(&allowed.join(", ")), Some(exchange)));
    }
    judged
}

/// Judges the answer to the handshake (CloudEvents HTTP Webhook 1.0 section 4.2).
#[must_use]
pub fn handshake(asked: &Asked<'_>, exchange: &Exchange, origin: &str) -> Judged {
    let judged = status(asked, exchange);
    if let Some(response) = exchange.response().filter(|r| r.status == 405 && r.headers.get("allow").is_none()) {
        let message = "the 405 to OPTIONS does not say which methods there are";
        return judged.and(asked.warning(message, "an Allow header", shown(response), Some(exchange)));
    }
    let Some(response) = exchange.response().filter(|r| (200..300).contains(&r.status)) else { return judged };
    let expected = format!("WebHook-Allowed-Origin: {origin} or *");
    match response.headers.get("webhook-allowed-origin").map(str::trim) {
        None => asked.warning("OPTIONS is answered without the handshake's headers", expected, shown(response), Some(exchange)),
        Some(allowed) if allowed == "*" || allowed.eq_ignore_ascii_case(origin) => judged,
        Some(other) => asked.error("the handshake allows another origin only", expected, brief(other), Some(exchange)),
    }
}

/// The deliveries a minute that an answer to the handshake allows: `None` when it allows none, `Some(None)` any number.
#[must_use]
pub fn allowed_rate(response: &Response, origin: &str) -> Option<Option<u64>> {
    let allowed = response.headers.get("webhook-allowed-origin")?.trim();
    let ours = (200..300).contains(&response.status) && (allowed == "*" || allowed.eq_ignore_ascii_case(origin));
    let rate = response.headers.get("webhook-allowed-rate").map(str::trim);
    match rate {
        _ if !ours => None,
        Some("*") => Some(None),
        Some(number) => number.parse().ok().map(Some),
        // An origin that is allowed without a rate is allowed, and how fast is not said.
        None => None,
    }
}

/// What an error body gives away, and what that is; `None` of a body that gives nothing away.
#[must_use]
pub fn leak(text: &str) -> Option<(String, &'static str)> {
    static TRACE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?x) Traceback\ \(most\ recent\ call | ^\s*File\ "[^"]+",\ line\ \d+ | \bat\ [\w$.<>]+\s?\([^)\s]+:\d+(:\d+)?\)
               | \bat\ [\w$.]+\((Native\ Method|Unknown\ Source|[\w$]+\.(java|kt|scala)) | panicked\ at\  | goroutine\ \d+\ \[
               | stack\ backtrace: | \.(rb|php|py|go|rs|js|ts|cs|java):\d+:?(in\ `|\d+|\b) "#,
        )
        .expect("a constant pattern is valid")
    });
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"(?x) (^|[\s"'(=:>,\[]) ( /(home|root|usr|var|opt|srv|etc|Users)/[\w.@-]+(/[\w.@-]+)*
               | /(app|tmp|mnt|data|code|src|workspace|private)/[\w.@/-]+\.\w{1,5}\b | [A-Za-z]:\\\\?[\w.\ -]+\\ ) | node_modules/ | site-packages/ "#,
        )
        .expect("a constant pattern is valid")
    });
    static CLASS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x) \b(java|javax|org\.springframework|org\.hibernate|com\.fasterxml|scala|kotlin)(\.\w+)+(Exception|Error)\b
               | \bSystem\.\w*Exception\b | SQLSTATE\[ | \bORA-\d{5} | \b(psycopg2|sqlalchemy)\.\w",
        )
        .expect("a constant pattern is valid")
    });
    let found = |regex: &Regex, what| regex.find(text).map(|m| (m.as_str().trim().to_owned(), what));
    found(&TRACE, "a stack trace")
        .or_else(|| found(&CLASS, "a class or a database of the implementation"))
        .or_else(|| found(&PATH, "a path of the implementation"))
}

/// Judges what an error body gives away; another body that does is odd.
#[must_use]
pub fn error_body(asked: &Asked<'_>, exchange: &Exchange) -> Judged {
    let Some(response) = exchange.response() else { return Judged::passed() };
    let Some((found, what)) = leak(&String::from_utf8_lossy(&response.body)) else { return Judged::passed() };
    let (is_error, found) = (response.status >= 400, format!("`{}`", brief(&found)));
    let message = format!("{} shows {what}", if is_error { "an error body" } else { "a body" });
    let judged = asked.error(message, "nothing of the inside", found, Some(exchange));
    if is_error { judged } else { judged.lenient() }
}

/// The seconds after which an answer asks for another attempt; a date is counted from the answer's own date.
#[must_use]
pub fn retry_after(response: &Response) -> Option<u64> {
    let value = response.headers.get("retry-after")?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(seconds);
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp());
    let at = date(value)?;
    let from = response.headers.get("date").and_then(date)?;
    u64::try_from(at.as_second() - from.as_second()).ok().or(Some(0))
}

/// Statuses as a reader would say them: `2XX or 409`.
#[must_use]
pub fn statuses(list: &[Statuses]) -> String {
    let words: Vec<String> = list
        .iter()
        .map(|s| match s {
            Statuses::One(status) => status.to_string(),
            Statuses::Class(class) => format!("{class}XX"),
        })
        .collect();
    match words.split_last() {
        None => "an answer".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// An answer in a few words: its status and the beginning of its body.
#[must_use]
pub fn shown(response: &Response) -> String {
    let text = brief(&String::from_utf8_lossy(&response.body[..response.body.len().min(160)]));
    if text.trim().is_empty() { response.status.to_string() } else { format!("{}: {}", response.status, text.trim()) }
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
