//! Tests and findings as lines of plain text, for the formats that have a place for it.
//!
//! Lays out what a sheet says. Escapes nothing: each format does that in its own way.

use crate::record::shape::{BodyRecord, ExchangeRecord, FindingRecord, HeaderRecord};
use crate::record::sheet::Test;
use std::fmt::Write as _;

/// A finding in full.
pub(in crate::report) fn finding(finding: &FindingRecord) -> String {
    let mut lines = vec![
        format!("{}: {} [{}]", finding.level.word(), finding.message, finding.check),
        format!("  requirement {} ({})", finding.requirement.id, finding.requirement.source),
        format!("  expected {}", finding.expected),
        format!("  received {}", finding.actual),
    ];
    lines.extend(finding.excerpt.iter().map(|l| format!("  {} {}", if l.marked { ">" } else { "|" }, l.text)));
    lines.extend(finding.curl.as_ref().map(|c| format!("  {c}")));
    lines.join("\n")
}

/// What is wrong in one line: `expected 409, received 201`.
pub(in crate::report) fn contrast(finding: &FindingRecord) -> String {
    format!("expected {}, received {}", finding.expected, finding.actual)
}

/// A test in full: what was found, else why it is not a pass, where it is written and how it is run again.
pub(in crate::report) fn details(test: &Test<'_>) -> String {
    let mut parts: Vec<String> = test.findings.iter().map(|f| finding(f)).collect();
    // Some readers show nothing else, so that the reason must stand here too.
    if test.errors().next().is_none() {
        parts.insert(0, test.message.clone().unwrap_or_default());
    }
    if let Some(spot) = &test.spot {
        parts.push(format!("at {}:{}:{}", spot.file, spot.line, spot.column));
    }
    parts.extend(test.rerun.map(|rerun| format!("run again: {rerun}")));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// An exchange as it went over the wire, as far as it is kept.
pub(in crate::report) fn exchange(exchange: &ExchangeRecord) -> String {
    let mut out = format!("{} {}\n", exchange.request.method, exchange.request.url);
    message(&mut out, &exchange.request.headers, &exchange.request.body);
    out.push('\n');
    match (&exchange.response, &exchange.failure) {
        (Some(response), _) => {
            let _ = writeln!(out, "{}", response.status);
            message(&mut out, &response.headers, &response.body);
        }
        (None, failure) => {
            let _ = writeln!(out, "no answer: {}", failure.as_deref().unwrap_or("no reason was given"));
        }
    }
    out
}

fn message(out: &mut String, headers: &[HeaderRecord], body: &BodyRecord) {
    for header in headers {
        let _ = writeln!(out, "{}: {}", header.name, header.value);
    }
    match (&body.text, &body.base64) {
        (Some(text), _) => {
            let _ = writeln!(out, "\n{text}");
        }
        (None, Some(bytes)) => {
            let _ = writeln!(out, "\n(base64) {bytes}");
        }
        (None, None) => {}
    }
    if body.cut {
        let _ = writeln!(out, "(the beginning of {} bytes)", body.length);
    }
}
