//! The targets of a watch as SLOs, in the YAML of OpenSLO v1 (<https://github.com/OpenSLO/OpenSLO>).
//!
//! A document for each target. A target of time is `Timeslices` of a minute, never `Occurrences`: no requests are counted. Says no
//! more than the record does, and leaves out what OpenSLO has no words for, with a remark.

use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::TargetRecord;
use crate::report::monitor::fraction;
use crate::report::monitor::openmetrics::{PREFIX, escaped};
use crate::report::visible;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Characters of a name (RFC 1123).
const NAME: usize = 63;
/// Characters of a name that is shown; the specification names no bound, the validator of its authors has this one.
const DISPLAYED: usize = 63;
/// Characters of a description.
const DESCRIPTION: usize = 1_050;
const MINUTE: u64 = 60_000_000_000;
/// The units of a window, the longest first.
const UNITS: [(u64, char); 3] = [(24 * 60 * MINUTE, 'd'), (60 * MINUTE, 'h'), (MINUTE, 'm')];

/// The record's targets as OpenSLO documents.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let mut out = String::from(
        "# A slice of time is good where it was not down for any of it; downtime is what the watch found by its rule, in the stated\n\
         # window and outside planned maintenance. A slice of which nothing is known is neither good nor bad.\n",
    );
    if record.targets.is_empty() {
        out.push_str("# The watch had no targets.\n");
    }
    let service = slug(&[&record.name], "service");
    let mut names = BTreeSet::new();
    for target in &record.targets {
        if target.availability >= 1_000_000 {
            let title = quoted(&target.title);
            let _ = writeln!(out, "# {title} is left out: an objective of OpenSLO is below 100%.");
            continue;
        }
        let over = target.over_ns.and_then(shorthand);
        let operation = target.operation.as_deref().unwrap_or("all");
        let named = slug(&[&record.name, operation, over.as_deref().unwrap_or("run")], "slo");
        let mut name = named.clone();
        let mut again = 1;
        while !names.insert(name.clone()) {
            again += 1;
            let suffix = format!("-{again}");
            name = format!("{}{suffix}", &named[..named.len().min(NAME - suffix.len())]);
        }
        document(&mut out, record, target, &name, &service, over.as_deref());
    }
    out
}

fn document(out: &mut String, record: &MonitorRecord, target: &TargetRecord, name: &str, service: &str, over: Option<&str>) {
    let _ = write!(
        out,
        "---\napiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: {}\n  displayName: {}\n",
        quoted(name),
        quoted(&cut(&target.title, DISPLAYED))
    );
    if let Some(operation) = &target.operation {
        let _ = writeln!(out, "  labels:\n    operation: {}", quoted(operation));
    }
    let _ = writeln!(out, "  annotations:\n    proofmark/window: {}", quoted(&record.window));
    let _ = writeln!(out, "    proofmark/down: {}", quoted(&record.rule));
    if let Some(ns) = target.over_ns.filter(|_| over.is_none()) {
        // Windows of OpenSLO are whole minutes.
        let _ = writeln!(out, "    proofmark/over: \"{}ms\"", ns / 1_000_000);
    }
    let description = format!("{}: available is what is not down, and down is {}", target.title, record.rule);
    let description = quoted(&cut(&description, DESCRIPTION));
    let _ = writeln!(out, "spec:\n  description: {description}\n  service: {}", quoted(service));
    let _ = write!(
        out,
        "  indicator:\n    metadata:\n      name: {}\n    spec:\n      ratioMetric:\n        counter: false\n",
        quoted(name)
    );
    for (part, metric) in [("bad", "down"), ("total", "observed")] {
        let query = query(metric, target.operation.as_deref());
        let _ = writeln!(out, "        {part}:\n          metricSource:\n            type: Prometheus\n            spec:");
        let _ = writeln!(out, "              query: {}", quoted(&query));
    }
    if let Some(over) = over {
        let _ = writeln!(out, "  timeWindow:\n    - duration: {over}\n      isRolling: true");
    }
    let fraction = fraction(target.availability);
    let _ = write!(
        out,
        "  budgetingMethod: Timeslices\n  objectives:\n    - displayName: \"available\"\n      target: {}\n      \
         timeSliceTarget: 1\n      timeSliceWindow: 1m\n",
        fraction.trim_end_matches('0').trim_end_matches('.')
    );
}

/// The metric of [`super::openmetrics`] that tells it.
fn query(metric: &str, operation: Option<&str>) -> String {
    let scope = if operation.is_some() { "operation" } else { "all" };
    let operation = escaped(operation.unwrap_or_default());
    format!("{PREFIX}_{metric}_seconds{{scope=\"{scope}\",operation=\"{operation}\",maintenance=\"excluded\"}}")
}

/// A length in the longest unit of which it is a whole number; `None` where it is no whole number of minutes.
fn shorthand(ns: u64) -> Option<String> {
    let (unit, letter) = UNITS.into_iter().find(|(unit, _)| ns >= *unit && ns.is_multiple_of(*unit))?;
    Some(format!("{}{letter}", ns / unit))
}

/// A name of small letters, digits and dashes; `otherwise` where nothing is left.
fn slug(parts: &[&str], otherwise: &str) -> String {
    let text = parts.join("-").to_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name: String = words.join("-").chars().take(NAME).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { otherwise.to_owned() } else { name.to_owned() }
}

/// So many characters of a text, as it is shown.
fn cut(text: &str, most: usize) -> String {
    let shown = visible::line(text);
    match shown.char_indices().nth(most) {
        None => shown.into_owned(),
        Some(_) => shown.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Text between quotes, which mean the same in YAML as in JSON.
fn quoted(text: &str) -> String {
    Value::from(visible::line(text).into_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::{render, shorthand, slug};
    use crate::base::source::Source;
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::MonitorRecord;
    use crate::record::monitor::fixture;
    use crate::report::monitor::fixture::{hostile, quarter};
    use crate::suite::load_openslo;

    type Asked = (u32, Option<String>, Option<u64>);

    /// What is asked, as targets and as they are read back.
    fn both(record: &MonitorRecord) -> [Vec<Asked>; 2] {
        let source = Source::new("slos.yaml", render(record));
        let (read, faults) = load_openslo(&source);
        assert!(faults.is_empty(), "{:?} {}", faults.sorted(), source.text());
        let read = read
            .unwrap_or_default()
            .into_iter()
            .map(|t| (t.availability.value.millionths(), t.operation.map(|o| o.value), t.over.map(|over| over.0)));
        [record.targets.iter().map(|t| (t.availability, t.operation.clone(), t.over_ns)).collect(), read.collect()]
    }

    #[test]
    fn a_document_for_each_target() {
        insta::assert_snapshot!(render(&fixture::failing()));
    }

    #[test]
    fn what_is_written_is_what_is_read() {
        for record in [fixture::failing(), quarter(), hostile("\": x\n---\n- # ${a}\u{2028}\u{85}\\")] {
            let [mut asked, read] = both(&record);
            let shown = |text: &mut String| *text = crate::report::visible::line(text).into_owned();
            asked.iter_mut().filter_map(|(_, operation, _)| operation.as_mut()).for_each(shown);
            assert_eq!(asked, read);
        }
    }

    #[test]
    fn what_has_no_words_is_remarked() {
        let mut record = fixture::failing();
        record.targets[0].availability = 1_000_000;
        record.targets[1].over_ns = Some(90_500_000_000);
        let text = render(&record);
        assert!(text.contains("of the run\" is left out: an objective of OpenSLO is below 100%."), "{text}");
        assert!(text.contains("proofmark/over: \"90500ms\"") && !text.contains("timeWindow"), "{text}");
        assert!(render(&fixture::empty()).ends_with("# The watch had no targets.\n"));
    }

    #[test]
    fn names_are_labels_and_told_apart() {
        let mut record = hostile(HOSTILE);
        record.name = "É".repeat(80) + &"Pets & Co ".repeat(12);
        record.targets = vec![record.targets[0].clone(); 11];
        let text = render(&record);
        let names: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("  name: \"")?.strip_suffix('"')).collect();
        assert_eq!(names.len(), 11);
        for (at, name) in names.iter().enumerate() {
            assert!(
                name.len() <= 63 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{name}"
            );
            assert!(!name.starts_with('-') && !name.ends_with('-') && !names[..at].contains(name), "{name}");
        }
        let displayed = text.lines().filter_map(|l| l.strip_prefix("  displayName: \"")?.strip_suffix("…\""));
        assert!(displayed.clone().count() == 11 && displayed.into_iter().all(|name| name.chars().count() <= 62), "{text}");
        assert_eq!((slug(&["Pets", "listPets"], "x"), slug(&["é"], "x")), ("pets-listpets".to_owned(), "x".to_owned()));
    }

    #[test]
    fn lengths_in_the_longest_unit() {
        let minute = 60_000_000_000;
        let shown = [30 * 24 * 60 * minute, 36 * 60 * minute, 90 * minute, minute, minute / 2, 0].map(shorthand);
        assert_eq!(shown.map(Option::unwrap_or_default), ["30d", "36h", "90m", "1m", "", ""]);
    }
}
