//! An exchange in full.
//!
//! Lays its messages out and marks the parts that findings speak of. Never shows more of a body than is worth reading.

use crate::record::curl;
use crate::record::layout;
use crate::record::shape::{BodyRecord, ExchangeRecord, FindingRecord, HeaderRecord, Way};

/// Lines of a body shown at most; the record has the rest.
const LINES: usize = 400;

/// An exchange in full.
pub(super) struct ExchangeView<'a> {
    pub(super) exchange: &'a ExchangeRecord,
    pub(super) open: bool,
    pub(super) request: MessageView<'a>,
    pub(super) response: Option<MessageView<'a>>,
    pub(super) curl: Option<String>,
}

/// A message's fields and body.
pub(super) struct MessageView<'a> {
    /// Whether a finding speaks of the status.
    pub(super) status: bool,
    pub(super) headers: Vec<HeaderView<'a>>,
    pub(super) lines: Vec<LineView>,
    pub(super) note: Option<String>,
}

/// A header field.
pub(super) struct HeaderView<'a> {
    pub(super) header: &'a HeaderRecord,
    pub(super) marked: bool,
}

/// A line of a body.
pub(super) struct LineView {
    pub(super) text: String,
    pub(super) marked: bool,
}

impl<'a> ExchangeView<'a> {
    pub(super) fn of(exchange: &'a ExchangeRecord, findings: &[&FindingRecord], open: bool) -> Self {
        let (asked, answered) = match exchange.way {
            Way::Outbound => (&[][..], findings),
            Way::Inbound => (findings, &[][..]),
        };
        Self {
            exchange,
            open,
            request: message(&exchange.request.headers, &exchange.request.body, asked),
            response: exchange.response.as_ref().map(|r| message(&r.headers, &r.body, answered)),
            curl: curl::line(exchange),
        }
    }
}

fn message<'a>(headers: &'a [HeaderRecord], body: &BodyRecord, findings: &[&FindingRecord]) -> MessageView<'a> {
    let mut notes = Vec::new();
    let mut lines = Vec::new();
    if let Some(text) = &body.text {
        let all = layout::lines(text);
        let marks = findings.iter().filter_map(|f| f.instance.as_deref());
        let parts: Vec<&str> = marks.map(|m| layout::nearest(&all, m)).collect();
        if body.cut {
            notes.push(format!("only the beginning of {} bytes is kept", body.length));
        }
        if all.len() > LINES {
            notes.push(format!("{} more lines are in the record", all.len() - LINES));
        }
        lines = all
            .into_iter()
            .take(LINES)
            .map(|line| LineView { marked: parts.iter().any(|p| layout::belongs(&line, p)), text: line.text })
            .collect();
    } else if let Some(base64) = &body.base64 {
        notes.push(format!("{} bytes that are not text, in base64", body.length));
        lines.push(LineView { text: base64.clone(), marked: false });
    }
    MessageView {
        status: findings.iter().any(|f| f.check.starts_with("status.")),
        headers: headers
            .iter()
            .map(|header| HeaderView { header, marked: findings.iter().any(|f| concerns(f, &header.name)) })
            .collect(),
        lines,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    }
}

/// Whether a finding speaks of this header field.
fn concerns(finding: &FindingRecord, header: &str) -> bool {
    let named = |text: &str| {
        let word = |w: &str| w.eq_ignore_ascii_case(header);
        text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(word)
    };
    match finding.check.split('.').next() {
        Some("media_type") => header.eq_ignore_ascii_case("content-type"),
        Some("headers") => named(&finding.message) || named(&finding.expected),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ExchangeView;
    use crate::record::fixture;

    #[test]
    fn the_part_that_a_finding_speaks_of_is_marked() {
        let record = fixture::record(&fixture::failing());
        let finding = record.cases.iter().flat_map(|c| c.findings()).next().expect("a finding");
        let of = |check: &str, message: &str| {
            let mut finding = finding.clone();
            finding.check = check.to_owned();
            finding.message = message.to_owned();
            let view = ExchangeView::of(&record.exchanges[2], &[&finding], false);
            let answer = view.response.expect("an answer");
            (answer.status, answer.headers[0].marked, answer.lines.iter().filter(|l| l.marked).count())
        };
        assert_eq!(of("body.schema", "wrong"), (false, false, 1));
        assert!(of("status.documented", "wrong").0);
        assert_eq!((of("media_type.documented", "wrong").1, of("headers.expected", "`Content-Type` is wrong").1), (true, true));
        assert!(!of("headers.expected", "`x-content-type` is wrong").1);
    }
}
