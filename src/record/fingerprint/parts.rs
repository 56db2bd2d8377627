//! Which parts of a record make its fingerprint, and what each of them decides.
//!
//! One table for each kind of run. A path, a seed and a version decide nothing: they are noted. Never reads anything but the record.

use crate::record::certification::CertificationRecord;
use crate::record::fingerprint::{Fingerprint, Part, RunKind, Weight};
use crate::record::load::LoadRecord;
use crate::record::monitor::MonitorRecord;
use crate::record::shape::{BuildRecord, DocumentRecord, FactRecord, RunRecord};
use std::collections::BTreeSet;

/// Digits of a document's digest: those that git shows, and some more.
const DIGITS: usize = 12;

/// The environment's name of a receiver of callbacks.
const LISTEN: &str = "listen";

pub(super) fn of_run(record: &RunRecord) -> Fingerprint {
    let listens = record.environment == LISTEN && record.command.as_deref().is_some_and(|c| c.split(' ').nth(1) == Some(LISTEN));
    let kind = if listens { RunKind::Listen } else { RunKind::Check };
    let suites: BTreeSet<&str> = record.suites.iter().map(|suite| suite.title.as_str()).collect();
    let mut parts = Parts::default();
    // A receiver's own address says nothing of who called it.
    parts.add("target", if listens { Weight::Noted } else { Weight::Subject }, &record.target);
    parts.add("environment", Weight::Subject, &record.environment);
    parts.add("suites", Weight::Subject, &suites.into_iter().collect::<Vec<_>>().join(", "));
    parts.add("selection", Weight::Subject, &record.selection.join(" "));
    parts.add("faults", Weight::Subject, &given(&record.rerun_options, "--fault"));
    parts.add("overlays", Weight::Subject, &given(&record.rerun_options, "--overlay"));
    // Suites and specs grow: a check of more cases is still a check of the same target, and the change is told beside it.
    parts.documents(&record.documents, |_| Weight::Noted);
    parts.made(&record.machine, record.build.as_ref(), &record.tool_version, record.command.as_deref(), record.seed);
    Fingerprint { kind, parts: parts.0 }
}

pub(super) fn of_load(record: &LoadRecord) -> Fingerprint {
    let stages: Vec<String> = record.stages.iter().map(|s| format!("{} for {}", s.title, whole(s.length_ns))).collect();
    let scenarios: Vec<String> = record.scenarios.iter().map(|s| format!("{} ({})", s.title, s.weight)).collect();
    // Where a suite says what is sent, the spec only judges it; without one, bodies are made from the spec.
    let suited = record.documents.iter().any(|d| d.kind == "suite");
    let sent = |kind: &str| match kind {
        "spec" if suited => Weight::Noted,
        "environment" | "calendar" => Weight::Noted,
        _ => Weight::Subject,
    };
    let mut parts = Parts::default();
    parts.add("plan", Weight::Subject, &record.title);
    parts.add("target", Weight::Subject, &record.target);
    parts.add("environment", Weight::Subject, &record.environment);
    parts.add("arrival", Weight::Subject, &stages.join(", then "));
    parts.add("scenarios", Weight::Subject, &scenarios.join(", "));
    parts.add("transport", Weight::Subject, &record.transport);
    parts.add("validate", Weight::Subject, &record.validate);
    parts.documents(&record.documents, sent);
    parts.made(&record.machine, record.build.as_ref(), &record.tool_version, record.command.as_deref(), record.seed);
    Fingerprint { kind: RunKind::Load, parts: parts.0 }
}

pub(super) fn of_certification(record: &CertificationRecord) -> Fingerprint {
    let mut parts = Parts::default();
    parts.add("endpoint", Weight::Subject, &record.registered);
    parts.add("profile", Weight::Subject, &record.profile.name);
    parts.add("spec", Weight::Subject, &record.spec.title);
    parts.add("left out", Weight::Subject, &record.left_out.join(", "));
    parts.add("spec version", Weight::Noted, &record.spec.version);
    parts.documents(&record.documents, |_| Weight::Noted);
    parts.made(&record.machine, record.build.as_ref(), &record.tool_version, record.command.as_deref(), record.seed);
    Fingerprint { kind: RunKind::Certification, parts: parts.0 }
}

pub(super) fn of_monitor(record: &MonitorRecord) -> Fingerprint {
    let watched: Vec<String> = record
        .operations
        .iter()
        .map(|o| o.interval_ns.map_or_else(|| o.operation.clone(), |every| format!("{} every {}", o.operation, whole(every))))
        .collect();
    let mut parts = Parts::default();
    parts.add("plan", Weight::Subject, &record.name);
    parts.add("target", Weight::Subject, &record.target);
    parts.add("environment", Weight::Subject, &record.environment);
    parts.add("operations", Weight::Subject, &watched.join(", "));
    parts.add("down", Weight::Subject, &record.rule);
    parts.add("window", Weight::Noted, &record.window);
    parts.documents(&record.documents, |_| Weight::Noted);
    parts.made(&record.machine, record.build.as_ref(), &record.tool_version, record.command.as_deref(), record.seed);
    Fingerprint { kind: RunKind::Monitor, parts: parts.0 }
}

/// A time in the largest unit that it is whole in: to a reader it is short, and no two times read the same.
fn whole(nanoseconds: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")];
    let unit = UNITS.iter().find(|(unit, _)| nanoseconds >= *unit && nanoseconds.is_multiple_of(*unit));
    unit.map_or_else(|| format!("{nanoseconds}ns"), |(unit, name)| format!("{}{name}", nanoseconds / unit))
}

/// The values that an option was given with, sorted.
fn given(options: &[String], name: &str) -> String {
    let pairs = options.iter().zip(options.iter().skip(1));
    let values: BTreeSet<&str> = pairs.filter(|(option, _)| *option == name).map(|(_, value)| value.as_str()).collect();
    values.into_iter().collect::<Vec<_>>().join(", ")
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, name: &str, weight: Weight, value: &str) {
        self.maybe(name, weight, Some(value.to_owned()));
    }

    fn maybe(&mut self, name: &str, weight: Weight, value: Option<String>) {
        self.0.push(Part { name: name.to_owned(), value, weight });
    }

    /// The documents of each kind by what they hold, wherever they lay; several weights never meet in one kind.
    fn documents(&mut self, documents: &[DocumentRecord], weight: impl Fn(&str) -> Weight) {
        let kinds: BTreeSet<&str> = documents.iter().map(|d| d.kind.as_str()).collect();
        for kind in kinds {
            let digests: BTreeSet<String> =
                documents.iter().filter(|d| d.kind == kind).map(|d| d.sha256.chars().take(DIGITS).collect()).collect();
            self.add(&format!("{kind} digest"), weight(kind), &digests.into_iter().collect::<Vec<_>>().join(", "));
        }
    }

    /// What made the run: the machine and the tool.
    fn made(&mut self, machine: &[FactRecord], build: Option<&BuildRecord>, version: &str, command: Option<&str>, seed: u64) {
        let fact = |name: &str| machine.iter().find(|f| f.name == name).map(|f| f.value.clone());
        for name in ["processor", "processors", "memory", "system"] {
            self.maybe(name, Weight::Machine, fact(name));
        }
        let kernel = fact("kernel");
        self.maybe("kernel series", Weight::Machine, kernel.as_deref().map(series));
        self.maybe("build", Weight::Machine, build.map(|b| b.profile.clone()));
        // Machines of a pool have a name each, and are alike; one that is renamed is still itself.
        self.maybe("host", Weight::Noted, fact("host"));
        self.maybe("kernel", Weight::Noted, kernel);
        self.add("tool", Weight::Noted, version);
        self.maybe("sources", Weight::Noted, build.and_then(|b| b.described.clone()));
        self.add("seed", Weight::Noted, &seed.to_string());
        self.maybe("command", Weight::Noted, command.map(str::to_owned));
    }
}

/// The major and the minor number of a kernel's release; the whole of it where it has none.
fn series(release: &str) -> String {
    let Some(start) = release.find(|c: char| c.is_ascii_digit()) else { return release.to_owned() };
    let mut numbers = release[start..].split(|c: char| !c.is_ascii_digit()).take(2);
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) if !minor.is_empty() => format!("{major}.{minor}"),
        _ => release.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{series, whole};

    #[test]
    fn times_read_the_same_only_where_they_are() {
        let read = [0, 999, 1_500, 2_000_000, 1_500_000_000, 90_000_000_000, 600_000_000_000, 7_200_000_000_000].map(whole);
        assert_eq!(read, ["0ns", "999ns", "1500ns", "2ms", "1500ms", "90s", "10min", "2h"]);
    }

    #[test]
    fn a_kernel_is_of_a_series() {
        for (release, told) in [
            ("6.1.0-18-amd64", "6.1"),
            ("Linux 6.1.0", "6.1"),
            ("6.8", "6.8"),
            ("5", "5"),
            ("none", "none"),
            ("23.5.0 Darwin", "23.5"),
        ] {
            assert_eq!(series(release), told);
        }
    }
}
