//! Tests as TAP 14, for harnesses of the Test Anything Protocol.
//!
//! One line for each test, what is known of it as YAML below. Never lets a text begin a line, end a description or open a subtest.

use crate::record::shape::{FindingRecord, Level, Outcome};
use crate::record::sheet::{Sheet, Test};
use crate::report::visible;
use std::fmt::Write as _;

/// The tests as TAP 14.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let mut out = "TAP version 14\n".to_owned();
    let _ = writeln!(out, "1..{}", sheet.counts.tests);
    for (number, (group, test)) in sheet.tests().enumerate() {
        let status = if test.outcome.is_bad() { "not ok" } else { "ok" };
        let title = description(&format!("{} / {}", group.title, test.title));
        let _ = write!(out, "{status} {} - {title}", number + 1);
        match test.outcome {
            Outcome::Pass | Outcome::Fail | Outcome::Error => {}
            Outcome::Skipped | Outcome::NotApplicable => skipped(&mut out, test.message.as_deref().unwrap_or(test.outcome.key())),
            Outcome::Review => {
                let reason = test.message.as_deref().unwrap_or_default();
                skipped(&mut out, &format!("a person must look: {reason}"));
            }
        }
        // Some parsers take a brace at the end of a line for the beginning of a subtest.
        if out.ends_with('{') {
            out.push(' ');
        }
        out.push('\n');
        if test.outcome.is_bad() || !test.findings.is_empty() {
            diagnostics(&mut out, test);
        }
    }
    let _ = writeln!(out, "# proofmark {}: {}", visible::line(sheet.tool_version), visible::line(sheet.sentence));
    out
}

fn skipped(out: &mut String, reason: &str) {
    let _ = write!(out, " # SKIP {}", visible::line(reason));
}

/// Text in which `#` begins no directive.
fn description(text: &str) -> String {
    visible::line(text).replace('\\', "\\\\").replace('#', "\\#")
}

fn diagnostics(out: &mut String, test: &Test<'_>) {
    out.push_str("  ---\n");
    let severity = if test.outcome.is_bad() { "fail" } else { "comment" };
    let mut member = |indent: usize, key: &str, value: &str| {
        let _ = writeln!(out, "{:indent$}{key}: {}", "", scalar(value));
    };
    if let Some(message) = &test.message {
        member(2, "message", message);
    }
    member(2, "severity", severity);
    member(2, "outcome", test.outcome.key());
    member(2, "id", &test.id);
    if let Some(rerun) = test.rerun {
        member(2, "rerun", rerun);
    }
    if let Some(spot) = &test.spot {
        let _ = writeln!(out, "  at:");
        let _ = writeln!(out, "    file: {}", scalar(&spot.file));
        let _ = writeln!(out, "    line: {}", spot.line);
        let _ = writeln!(out, "    column: {}", spot.column);
    }
    list(out, "requirements", test.requirements.iter().map(String::as_str));
    list(out, "notes", test.notes.iter().map(String::as_str));
    if !test.findings.is_empty() {
        out.push_str("  findings:\n");
        test.findings.iter().for_each(|found| finding(out, found));
    }
    out.push_str("  ...\n");
}

fn list<'a>(out: &mut String, key: &str, items: impl Iterator<Item = &'a str>) {
    let items: Vec<String> = items.map(scalar).collect();
    if !items.is_empty() {
        let _ = writeln!(out, "  {key}:");
        items.iter().for_each(|item| {
            let _ = writeln!(out, "    - {item}");
        });
    }
}

fn finding(out: &mut String, finding: &FindingRecord) {
    let severity = if finding.level == Level::Error { "fail" } else { "comment" };
    let mut members = vec![
        ("check", finding.check.as_str()),
        ("severity", severity),
        ("message", finding.message.as_str()),
        ("requirement", finding.requirement.id.as_str()),
        ("source", finding.requirement.source.as_str()),
        ("wanted", finding.expected.as_str()),
        ("found", finding.actual.as_str()),
    ];
    let optional = [
        ("operation", &finding.operation),
        ("instance", &finding.instance),
        ("schema", &finding.schema),
        ("exchange", &finding.exchange),
        ("curl", &finding.curl),
    ];
    members.extend(optional.iter().filter_map(|(key, value)| Some((*key, value.as_deref()?))));
    for (at, (key, value)) in members.iter().enumerate() {
        let _ = writeln!(out, "    {} {key}: {}", if at == 0 { "-" } else { " " }, scalar(value));
    }
    if let Some(spec) = &finding.spec {
        let _ = writeln!(out, "      spec: {}", scalar(&format!("{}:{}:{}", spec.file, spec.line, spec.column)));
    }
}

/// Text as a scalar of YAML between double quotes, on one line.
fn scalar(text: &str) -> String {
    serde_json::Value::from(&*visible::block(text)).to_string()
}

#[cfg(test)]
mod tests {
    use super::{description, render};
    use crate::record::fixture::{self, HOSTILE};
    use crate::record::sheet::run;

    #[test]
    fn a_line_for_each_test_with_what_is_known_of_it() {
        insta::assert_snapshot!(render(&run(&fixture::record(&fixture::failing()))));
    }

    #[test]
    fn no_text_is_a_directive_a_line_or_a_subtest() {
        assert_eq!(description("a # SKIP b\\#\nok 1"), "a \\# SKIP b\\\\\\#\\\\nok 1");
        let mut outcome = fixture::failing();
        for case in &mut outcome.cases {
            case.title = format!("{HOSTILE}\nnot ok 9 # TODO x\n  ...\nBail out! {{");
            case.reason = Some("because\n  ...\nBail out!".to_owned());
        }
        let record = fixture::record(&outcome);
        let text = render(&run(&record));
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        let (mut tests, mut block) = (0, false);
        for line in text.lines() {
            match line {
                "  ---" => block = true,
                "  ..." => block = false,
                _ if line.starts_with("    ") || (block && line.starts_with("  ")) => {}
                _ if line.starts_with("ok ") || line.starts_with("not ok ") => tests += 1,
                _ => assert!(["TAP version 14", "1..8"].contains(&line) || line.starts_with("# "), "{line}"),
            }
            assert!(!line.ends_with('{'), "{line}");
        }
        assert_eq!(tests, 8);
    }
}
