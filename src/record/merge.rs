//! Puts the records of one suite's parts together: what several jobs ran is one run.
//!
//! A sum is never better than its parts. What one of them could not judge stays unjudged, a case that several have keeps its worst
//! outcome, and a gate that does not hold in one of them does not hold. Never judges a message anew.

mod cases;
mod coverage;

use crate::base::diagnostic::Diagnostic;
use crate::record::figures;
use crate::record::make::after;
use crate::record::scrub::Hits;
use crate::record::shape::{MergedRecord, PartRecord, RunRecord, RunResult};
use crate::record::share::RULE;
use std::collections::BTreeSet;

/// A record that is to be taken in.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it is stored, as it was named.
    pub path: String,
    /// The record.
    pub record: RunRecord,
}

/// What the record says of the tool that put it together.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The tool's version.
    pub tool_version: String,
    /// The command as typed, redacted.
    pub command: Option<String>,
}

/// The parts as one record.
///
/// # Errors
/// Why they are no parts of one run: fewer than two, one of them twice, or other specs, suites, environments or versions.
pub fn merge(parts: Vec<Part>, facts: Facts) -> Result<RunRecord, Vec<Diagnostic>> {
    let faults = misfits(&parts);
    if !faults.is_empty() {
        return Err(faults);
    }
    let told: Vec<PartRecord> = parts.iter().map(part).collect();
    let mut parts: Vec<RunRecord> = parts.into_iter().map(|part| part.record).collect();
    let mut offset = 0;
    parts.iter_mut().for_each(|part| offset = cases::renumber(part, offset));
    let Some(mut record) = opening(&parts, facts) else { return Err(vec![too_few()]) };
    let names: Vec<&str> = told.iter().map(|part| part.path.as_str()).collect();
    let (all, repeated) = cases::together(&parts, &names);
    record.cases = all;
    record.exchanges = parts.iter().flat_map(|part| part.exchanges.clone()).collect();
    record.coverage = coverage::together(&parts);
    record.gates = coverage::gates(&parts);
    record.notes = notes(&parts, &names, &repeated.iter().map(|r| r.case.as_str()).collect::<Vec<_>>());
    record.verdict = parts.iter().map(|part| part.verdict).max_by_key(|verdict| weight(*verdict)).unwrap_or(RunResult::NotJudged);
    record.interrupted = parts.iter().any(|part| part.interrupted);
    if record.verdict == RunResult::NotJudged {
        record.unusable = told.iter().find(|p| p.verdict == RunResult::NotJudged).map(|p| format!("`{}` {}", p.path, p.sentence));
    }
    record.planned = record.interrupted.then(|| parts.iter().map(|part| part.planned.unwrap_or(part.cases.len())).sum());
    record.merged = Some(MergedRecord { parts: told, repeated });
    finish(&mut record, &parts);
    Ok(record)
}

/// How bad a verdict is. What was found wrong is certain; what was not carried out is worse than what was and could not be judged.
fn weight(verdict: RunResult) -> u8 {
    match verdict {
        RunResult::Conforms => 0,
        RunResult::NotJudged => 1,
        RunResult::Interrupted => 2,
        RunResult::Fails => 3,
    }
}

fn too_few() -> Diagnostic {
    Diagnostic::error("merge/parts", "a record is put together from two or more").hint("name the run folders of every job")
}

/// What keeps the parts from being of one run.
fn misfits(parts: &[Part]) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if parts.len() < 2 {
        faults.push(too_few());
    }
    for (i, part) in parts.iter().enumerate() {
        let earlier = &parts[..i];
        if let Some(same) = earlier.iter().find(|other| other.record == part.record) {
            let message = format!("`{}` holds the record that `{}` holds", part.path, same.path);
            faults.push(Diagnostic::error("merge/twice", message).hint("name each run once"));
        }
        let Some(first) = earlier.first() else { continue };
        let facts = [
            ("environment", &first.record.environment, &part.record.environment),
            ("version of the tool", &first.record.tool_version, &part.record.tool_version),
        ];
        for (what, was, is) in facts.into_iter().filter(|(_, was, is)| was != is) {
            let message = format!("`{}` is of another {what} than `{}`: `{is}`, not `{was}`", part.path, first.path);
            faults.push(
                Diagnostic::error("merge/ground", message)
                    .hint("only jobs of one run are put together; `report compare` holds runs against each other"),
            );
        }
        // Each job may have a target of its own.
        for document in part.record.documents.iter().filter(|document| document.kind != "environment") {
            let differs = |other: &&Part| {
                let same = |d: &&crate::record::shape::DocumentRecord| (&d.kind, &d.name) == (&document.kind, &document.name);
                other.record.documents.iter().find(same).is_some_and(|d| d.sha256 != document.sha256)
            };
            if let Some(other) = earlier.iter().find(differs) {
                let message = format!(
                    "the {} `{}` is not the same in `{}` and in `{}`",
                    document.kind, document.name, other.path, part.path
                );
                faults.push(
                    Diagnostic::error("merge/documents", message)
                        .hint("put together jobs of one commit: what was judged by other words is another run"),
                );
            }
        }
    }
    faults
}

fn part(part: &Part) -> PartRecord {
    let Part { path, record } = part;
    PartRecord {
        path: path.clone(),
        began: record.began,
        took_ns: record.took_ns,
        target: record.target.clone(),
        seed: record.seed,
        verdict: record.verdict,
        sentence: record.sentence.clone(),
        cases: record.cases.len(),
    }
}

/// A record with what the parts have in common, and nothing of what happened in them.
fn opening(parts: &[RunRecord], facts: Facts) -> Option<RunRecord> {
    let first = parts.first()?;
    let alike = |same: fn(&RunRecord, &RunRecord) -> bool| parts.iter().all(|part| same(part, first));
    let mut targets: Vec<&str> = parts.iter().map(|part| part.target.as_str()).collect();
    let mut seen = BTreeSet::new();
    targets.retain(|target| seen.insert(*target));
    let mut documents = Vec::new();
    for document in parts.iter().flat_map(|part| &part.documents) {
        if !documents.contains(document) {
            documents.push(document.clone());
        }
    }
    let began = parts.iter().map(|part| part.began).min()?;
    let ended = parts.iter().map(|part| after(part.began, part.took_ns).max(part.ended)).max()?;
    let took = u64::try_from(ended.duration_since(began).as_nanos()).unwrap_or_default();
    Some(RunRecord {
        tool_version: facts.tool_version,
        command: facts.command,
        rerun_options: if alike(|a, b| a.rerun_options == b.rerun_options) { first.rerun_options.clone() } else { Vec::new() },
        began,
        ended,
        took_ns: took,
        target: targets.join(", "),
        documents,
        // Where one of them asked for everything, so did all of them together.
        selection: if parts.iter().any(|part| part.selection.is_empty()) {
            Vec::new()
        } else {
            parts.iter().flat_map(|part| part.selection.clone()).collect()
        },
        machine: if alike(|a, b| a.machine == b.machine) { first.machine.clone() } else { Vec::new() },
        build: if alike(|a, b| a.build == b.build) { first.build.clone() } else { None },
        unusable: None,
        planned: None,
        cases: Vec::new(),
        exchanges: Vec::new(),
        coverage: Vec::new(),
        gates: Vec::new(),
        notes: Vec::new(),
        redactions: Vec::new(),
        ..first.clone()
    })
}

/// What the parts say of themselves, and what is to be said of their sum.
fn notes(parts: &[RunRecord], names: &[&str], repeated: &[&str]) -> Vec<String> {
    const NAMED: usize = 5;
    let mut notes = vec![format!("put together from {} runs: {}", parts.len(), names.join(", "))];
    if !repeated.is_empty() {
        let more = if repeated.len() > NAMED { format!(" and {} more", repeated.len() - NAMED) } else { String::new() };
        let named = repeated.iter().take(NAMED).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        let what = if repeated.len() == 1 { "1 case is".to_owned() } else { format!("{} cases are", repeated.len()) };
        notes.push(format!("{what} in several parts, and the worst outcome of each counts: {named}{more}"));
    }
    for (part, name) in parts.iter().zip(names).filter(|(part, _)| part.verdict != RunResult::Conforms) {
        notes.push(format!("part `{name}`: {}", part.sentence));
    }
    notes.extend(
        parts.iter().zip(names).flat_map(|(part, name)| part.notes.iter().map(move |note| format!("part `{name}`: {note}"))),
    );
    notes
}

/// The figures of all, with what each part knows best by itself: how its cases are run again, and what it left out for sharing.
fn finish(record: &mut RunRecord, parts: &[RunRecord]) {
    let reruns: Vec<String> = record.cases.iter().map(|case| case.rerun.clone()).collect();
    let kept: Vec<_> = record.cases.iter().flat_map(|c| c.findings()).map(|f| (f.curl.clone(), f.excerpt.clone())).collect();
    figures::compute(record);
    for (case, rerun) in record.cases.iter_mut().zip(reruns) {
        case.rerun = rerun;
    }
    let findings = record.cases.iter_mut().flat_map(|case| case.steps.iter_mut().flat_map(|step| &mut step.findings));
    for (finding, (curl, excerpt)) in findings.zip(kept) {
        finding.curl = curl;
        finding.excerpt = excerpt;
    }
    let mut hits = Hits::default();
    hits.join(&record.redactions);
    for part in parts {
        hits.join(&part.redactions.iter().filter(|r| r.rule == RULE).cloned().collect::<Vec<_>>());
    }
    record.redactions = hits.records();
}

#[cfg(test)]
mod tests;
