//! A certification as a short summary for the page of a CI job.
//!
//! The verdict, the modules by row, what was found, what a person must look at. Never shows an exchange, and what an endpoint sent only as
//! text.

use crate::base::units::Nanos;
use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{CertificationResult, ResultRecord};
use crate::record::figures::counted;
use crate::report::certification::{shown_as, word};
use crate::report::markdown::{brief, cell, code};
use std::fmt::Write as _;

/// Findings listed at most.
const SHOWN: usize = 30;

/// The record as Markdown.
#[must_use]
pub fn render(record: &CertificationRecord) -> String {
    let mut out = String::new();
    let sign = match record.verdict {
        CertificationResult::Certified | CertificationResult::Conforms => "✅",
        CertificationResult::Fails => "❌",
        CertificationResult::NotJudged | CertificationResult::Interrupted => "⚠️",
    };
    let _ = writeln!(out, "## {sign} {}\n", cell(&record.sentence));
    let _ = writeln!(
        out,
        "Endpoint {}, profile {}, {} {}, seed `{}`, {} in {}.\n",
        code(&record.registered),
        code(&record.profile.name),
        cell(&record.spec.title),
        cell(&record.spec.version),
        record.seed,
        counted(record.totals.exchanges, "exchange"),
        Nanos(record.took_ns)
    );
    modules(&mut out, record);
    findings(&mut out, record);
    review(&mut out, record);
    out
}

fn modules(out: &mut String, record: &CertificationRecord) {
    if record.modules.is_empty() {
        return;
    }
    out.push_str("| row | module | result | requirements |\n|--:|---|---|---|\n");
    for module in record.by_row() {
        let row = if module.row == 0 { String::new() } else { module.row.to_string() };
        let mark = match shown_as(module) {
            ResultRecord::Failed => format!("**{}**", word(module)),
            _ => word(module).to_owned(),
        };
        let mut requirements: Vec<String> = module.conditions.iter().map(|c| cell(&c.requirement.id)).collect();
        requirements.dedup();
        let _ = writeln!(out, "| {row} | {} | {mark} | {} |", cell(&module.title), requirements.join(", "));
    }
    out.push('\n');
}

fn findings(out: &mut String, record: &CertificationRecord) {
    let all: Vec<_> = record.by_row().into_iter().flat_map(|m| m.findings.iter().map(move |f| (m, f))).collect();
    if all.is_empty() {
        return;
    }
    out.push_str("### Findings\n\n| | module | found | expected | received | requirement |\n|---|---|---|---|---|---|\n");
    for (module, finding) in all.iter().take(SHOWN) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} ({}) |",
            if module.expected.is_some() { "announced" } else { finding.level.word() },
            cell(&module.label()),
            brief(&finding.message),
            brief(&finding.expected),
            brief(&finding.actual),
            cell(&finding.requirement.id),
            cell(&finding.requirement.source)
        );
    }
    if all.len() > SHOWN {
        let _ = writeln!(out, "\nand {} more", counted(all.len() - SHOWN, "finding"));
    }
    out.push('\n');
}

fn review(out: &mut String, record: &CertificationRecord) {
    let all = record.by_row().into_iter().flat_map(|m| m.conditions.iter().map(move |c| (m, c)));
    let mut open = all.filter(|(_, c)| c.result == ResultRecord::Review).peekable();
    if open.peek().is_none() {
        return;
    }
    out.push_str("### For a person to look at\n\n");
    for (module, condition) in open {
        let what = condition.reason.as_deref().unwrap_or("a person must look");
        let _ = writeln!(out, "- {}: {}: {}", cell(&module.label()), cell(&condition.title), cell(what));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::record::certification::fixture;

    #[test]
    fn a_failing_certification_in_short() {
        let text = render(&fixture::record(&fixture::failing()));
        assert!(text.starts_with("## ❌ the endpoint keeps 6 of 11 requirements, with 1 warning; 2 failed: row 7 "), "{text}");
        assert!(text.contains("| 7 | a tampered, foreign, cut or missing signature | **FAILED** | "), "{text}");
        assert!(!text.contains("<script") && text.contains("&lt;script"), "{text}");
        assert_eq!(render(&fixture::record(&fixture::unusable())).matches('|').count(), 0);
    }
}
