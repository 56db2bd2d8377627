//! The figures of a watch as metrics, in the text of OpenMetrics 1.0.
//!
//! For textfile collectors and tools that compare watches. No sample has a timestamp: when the watch was is a metric of its own.

use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{FiguresRecord, MonitorResult, SubjectRecord, TargetRecord, TargetResult};
use crate::report::monitor::fraction;
use crate::report::visible;
use jiff::Timestamp;
use std::fmt::Write as _;

/// What every name begins with.
pub(super) const PREFIX: &str = "proofmark_monitor";

/// The figures as metrics.
#[must_use]
pub fn render(record: &MonitorRecord) -> String {
    let mut text = Text(String::new());
    watch(&mut text, record);
    availability(&mut text, record);
    lengths(&mut text, record);
    probes(&mut text, record);
    response_times(&mut text, record);
    targets(&mut text, record);
    text.0.push_str("# EOF\n");
    text.0
}

type Labels = Vec<(&'static str, String)>;

struct Text(String);

impl Text {
    /// Begins a family; its name ends with its unit, where it has one.
    fn family(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        let _ = writeln!(self.0, "# TYPE {PREFIX}_{name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(self.0, "# UNIT {PREFIX}_{name} {unit}");
        }
        let _ = writeln!(self.0, "# HELP {PREFIX}_{name} {help}.");
    }

    fn sample(&mut self, name: &str, labels: &Labels, value: &str) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let braced = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{PREFIX}_{name}{braced} {value}");
    }

    /// A state set: one sample for each state, one of them true.
    fn states(&mut self, name: &str, label: &'static str, labels: &Labels, states: &[(&str, bool)]) {
        for (state, holds) in states {
            let labels: Labels = labels.iter().cloned().chain([(label, (*state).to_owned())]).collect();
            self.sample(name, &labels, if *holds { "1" } else { "0" });
        }
    }
}

/// The value of a label; what is not to be seen is shown before it is escaped.
pub(super) fn escaped(value: &str) -> String {
    visible::line(value).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn watch(text: &mut Text, record: &MonitorRecord) {
    text.family("watch", "info", "", "The watch");
    let labels = [
        ("name", &record.name),
        ("target", &record.target),
        ("environment", &record.environment),
        ("window", &record.window),
        ("zone", &record.zone),
        ("zone_database", &record.zone_database),
        ("rule", &record.rule),
        ("version", &record.tool_version),
    ];
    text.sample("watch_info", &labels.into_iter().map(|(name, value)| (name, value.clone())).collect(), "1");
    text.family("verdict", "stateset", "", "The verdict over all targets");
    let states = [
        ("holds", record.verdict == MonitorResult::Holds),
        ("fails", record.verdict == MonitorResult::Fails),
        ("inconclusive", record.verdict == MonitorResult::Inconclusive),
    ];
    text.states("verdict", "proofmark_monitor_verdict", &Vec::new(), &states);
    for (name, help, instant) in [
        ("began_timestamp_seconds", "When the watch began, in seconds since 1970", record.began),
        ("ended_timestamp_seconds", "Until when it is told, in seconds since 1970", record.ended),
    ] {
        text.family(name, "gauge", "seconds", help);
        text.sample(name, &Vec::new(), &epoch(instant));
    }
}

/// Every operation, and all of them as one.
fn subjects(record: &MonitorRecord) -> impl Iterator<Item = (Labels, &SubjectRecord)> {
    let operations = record.operations.iter().map(|subject| (scope(Some(&subject.operation)), subject));
    operations.chain([(scope(None), &record.all)])
}

fn scope(operation: Option<&str>) -> Labels {
    let scope = if operation.is_some() { "operation" } else { "all" };
    vec![("scope", scope.to_owned()), ("operation", operation.unwrap_or_default().to_owned())]
}

/// The figures of each subject, with maintenance excluded and with it left in.
fn figures(record: &MonitorRecord) -> impl Iterator<Item = (Labels, &FiguresRecord)> {
    subjects(record).flat_map(|(labels, subject)| {
        [("excluded", &subject.excluded), ("included", &subject.raw)].map(|(maintenance, figures)| {
            let labels = labels.iter().cloned().chain([("maintenance", maintenance.to_owned())]).collect();
            (labels, figures)
        })
    })
}

fn availability(text: &mut Text, record: &MonitorRecord) {
    let help =
        "The share of time in the window in which it was not down, of what was observed, and at least and at most of all of it";
    text.family("availability_ratio", "gauge", "ratio", help);
    for (labels, f) in figures(record) {
        for (bound, share) in bounds(f) {
            let labels = labels.iter().cloned().chain([("bound", bound.to_owned())]).collect();
            text.sample("availability_ratio", &labels, &share);
        }
    }
}

/// The shares that there are, by what they are of.
fn bounds(f: &FiguresRecord) -> impl Iterator<Item = (&'static str, String)> {
    let shares = [("observed", f.availability), ("at_least", f.at_least), ("at_most", f.at_most)];
    shares.into_iter().filter_map(|(bound, share)| Some((bound, fraction(share?))))
}

fn lengths(text: &mut Text, record: &MonitorRecord) {
    type Pick = fn(&FiguresRecord) -> u64;
    let lengths: [(&str, &str, Pick); 6] = [
        ("eligible_seconds", "The time in the window", |f| f.eligible_ns),
        ("observed_seconds", "The time in the window of which something is known", |f| f.observed_ns),
        ("up_seconds", "The time in the window in which it was up", |f| f.up_ns),
        ("degraded_seconds", "The time in the window in which it was degraded, which is available", |f| f.degraded_ns),
        ("down_seconds", "The time in the window in which it was down", |f| f.down_ns),
        ("no_data_seconds", "The time in the window of which nothing is known", |f| f.no_data_ns),
    ];
    for (name, help, pick) in lengths {
        text.family(name, "gauge", "seconds", help);
        for (labels, f) in figures(record) {
            text.sample(name, &labels, &seconds(i128::from(pick(f)), 1_000_000_000));
        }
    }
}

fn probes(text: &mut Text, record: &MonitorRecord) {
    let of = |subject: &SubjectRecord| vec![("operation", subject.operation.clone())];
    text.family("probes", "counter", "", "Probes, by what they said and by whether they were due inside the window");
    for subject in &record.operations {
        for (window, counts) in [("inside", &subject.probes), ("outside", &subject.probes_outside)] {
            for (state, count) in [("up", counts.up), ("degraded", counts.degraded), ("down", counts.down)] {
                let labels = of(subject).into_iter().chain([("window", window.to_owned()), ("state", state.to_owned())]);
                text.sample("probes_total", &labels.collect(), &count.to_string());
            }
        }
    }
    text.family("late_probes", "counter", "", "Probes that said nothing, since the clock was set back");
    for subject in &record.operations {
        text.sample("late_probes_total", &of(subject), &subject.late_probes.to_string());
    }
    text.family("causes", "counter", "", "Probes that were not up, by why");
    for subject in &record.operations {
        for (cause, count) in &subject.causes {
            let labels = of(subject).into_iter().chain([("cause", cause.clone())]).collect();
            text.sample("causes_total", &labels, &count.to_string());
        }
    }
}

fn response_times(text: &mut Text, record: &MonitorRecord) {
    text.family("response_time_seconds", "summary", "seconds", "From sending a probe to the last byte of its answer");
    for subject in &record.operations {
        for (window, times) in [("inside", &subject.response_time), ("outside", &subject.response_time_outside)] {
            let labels: Labels = vec![("operation", subject.operation.clone()), ("window", window.to_owned())];
            for (quantile, us) in [("0.5", times.p50), ("0.9", times.p90), ("0.99", times.p99), ("0.999", times.p99_9)] {
                if let Some(us) = us {
                    let labels = labels.iter().cloned().chain([("quantile", quantile.to_owned())]).collect();
                    text.sample("response_time_seconds", &labels, &seconds(i128::from(us), 1_000_000));
                }
            }
            text.sample("response_time_seconds_count", &labels, &times.samples.to_string());
        }
    }
}

fn targets(text: &mut Text, record: &MonitorRecord) {
    if record.targets.is_empty() {
        return;
    }
    // The number tells targets apart that ask the same.
    let labels = |at: usize, target: &TargetRecord| -> Labels {
        let named = [("number", (at + 1).to_string()), ("target", target.title.clone())];
        named.into_iter().chain(scope(target.operation.as_deref())).collect()
    };
    let all: Vec<(Labels, &TargetRecord)> = record.targets.iter().enumerate().map(|(at, t)| (labels(at, t), t)).collect();
    text.family("target_verdict", "stateset", "", "Whether the target holds");
    for (labels, target) in &all {
        let states = [
            ("holds", target.verdict == TargetResult::Holds),
            ("fails", target.verdict == TargetResult::Fails),
            ("undecided", target.verdict == TargetResult::Undecided),
        ];
        text.states("target_verdict", "proofmark_monitor_target_verdict", labels, &states);
    }
    text.family("target_ratio", "gauge", "ratio", "What is to be available");
    for (labels, target) in &all {
        text.sample("target_ratio", labels, &fraction(target.availability));
    }
    text.family("target_availability_ratio", "gauge", "ratio", "What was available in the time that the target looks at");
    for (labels, target) in &all {
        for (bound, share) in bounds(&target.figures) {
            let labels = labels.iter().cloned().chain([("bound", bound.to_owned())]).collect();
            text.sample("target_availability_ratio", &labels, &share);
        }
    }
    type Pick = fn(&TargetRecord) -> i128;
    let lengths: [(&str, &str, Pick); 3] = [
        ("target_budget_seconds", "How long it may be down", |t| i128::from(t.budget_ns)),
        ("target_spent_seconds", "How long it was down", |t| i128::from(t.spent_ns)),
        ("target_left_seconds", "What is left of the budget, below zero where it is overdrawn", |t| i128::from(t.left_ns)),
    ];
    for (name, help, pick) in lengths {
        text.family(name, "gauge", "seconds", help);
        for (labels, target) in &all {
            text.sample(name, labels, &seconds(pick(target), 1_000_000_000));
        }
    }
    text.family("target_burn_rate", "gauge", "", "How fast the budget is being spent: at 1 all of it over the whole period");
    for (labels, target) in &all {
        for burn in &target.burns {
            let rate = match burn.hundredths {
                Some(rate) => format!("{}.{:02}", rate / 100, rate % 100),
                None if burn.down_ns > 0 => "+Inf".to_owned(),
                None => continue,
            };
            let over = seconds(i128::from(burn.over_ns), 1_000_000_000);
            text.sample("target_burn_rate", &labels.iter().cloned().chain([("over_seconds", over)]).collect(), &rate);
        }
    }
}

/// So many parts of a second in seconds, exactly: `1170`, `-0.5`.
fn seconds(parts: i128, a_second: u128) -> String {
    let sign = if parts < 0 { "-" } else { "" };
    let parts = parts.unsigned_abs();
    let (whole, rest) = (parts / a_second, parts % a_second);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = a_second.ilog10() as usize;
    let rest = format!("{rest:0digits$}");
    format!("{sign}{whole}.{}", rest.trim_end_matches('0'))
}

/// Seconds since 1970.
fn epoch(instant: Timestamp) -> String {
    seconds(instant.as_nanosecond(), 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::{render, seconds};
    use crate::record::fixture::HOSTILE;
    use crate::record::monitor::fixture;
    use crate::report::monitor::fixture::hostile;

    #[test]
    fn every_figure_is_a_metric() {
        insta::assert_snapshot!(render(&fixture::failing()));
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        let text = render(&fixture::empty());
        assert!(!text.contains("availability_ratio{") && text.contains("verdict=\"inconclusive\"} 1"), "{text}");
    }

    #[test]
    fn lengths_are_exact() {
        let shown = [0, 1, 1_500_000_000, -500_000_000, 60_000_000_000].map(|ns| seconds(ns, 1_000_000_000));
        assert_eq!(shown, ["0", "0.000000001", "1.5", "-0.5", "60"]);
        assert_eq!(seconds(1_234, 1_000_000), "0.001234");
    }

    #[test]
    fn what_a_server_sent_stays_in_its_label() {
        let text = render(&hostile(&format!("\"}} 1\n# EOF\n\\{HOSTILE}")));
        assert!(text.ends_with("# EOF\n") && text.lines().filter(|l| *l == "# EOF").count() == 1, "{text}");
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').expect("a sample");
            assert!(name.starts_with("proofmark_monitor_") && value.parse::<f64>().is_ok(), "{line}");
        }
        assert!(text.contains("\\\"} 1\\\\n# EOF\\\\n\\\\<script>"), "{text}");
    }
}
