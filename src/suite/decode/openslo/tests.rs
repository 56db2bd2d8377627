//! What is read of OpenSLO files, what is refused, and where.
//!
//! Only reads texts.

use crate::base::diagnostic::{Diagnostics, Severity};
use crate::base::source::Source;
use crate::suite::ast::openslo::ReadTarget;
use crate::suite::load_openslo;

/// An SLO with these lines for its parts.
fn slo(metadata: &str, spec: &str, objective: &str) -> String {
    let spec = if spec.contains("budgetingMethod") { spec.to_owned() } else { format!("{spec}\n  budgetingMethod: Timeslices") };
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata:\n  name: pets\n{metadata}\nspec:\n  service: web\n  indicatorRef: pets\n{spec}\n  \
         objectives:\n    - displayName: x\n{objective}\n"
    )
}

const SLICES: &str = "      timeSliceTarget: 1\n      timeSliceWindow: 1m";

fn read(text: &str) -> (Vec<ReadTarget>, Diagnostics) {
    let (targets, faults) = load_openslo(&Source::new("slos.yaml", text));
    (targets.unwrap_or_default(), faults)
}

type Short<'a> = (String, String, Option<&'a str>, Option<String>, usize);

/// The targets in short.
fn short(targets: &[ReadTarget]) -> Vec<Short<'_>> {
    targets
        .iter()
        .map(|t| {
            let operation = t.operation.as_ref().map(|o| o.value.as_str());
            let over = t.over.map(|over| over.to_string());
            (t.name.value.clone(), t.availability.value.to_string(), operation, over, t.place.line_column().0)
        })
        .collect()
}

/// Codes and places of what is said, with the message.
fn said(faults: Diagnostics) -> Vec<(&'static str, String, String)> {
    let place = |d: &crate::base::diagnostic::Diagnostic| d.place.as_ref().map(ToString::to_string).unwrap_or_default();
    faults.sorted().into_iter().map(|d| (d.code, place(&d), d.message)).collect()
}

#[test]
fn targets_are_read_from_documents_and_lists_each_at_its_place() {
    let listed: String = slo("", "", &format!("      target: 0.9\n{SLICES}"))
        .lines()
        .enumerate()
        .map(|(at, line)| format!("{} {line}\n", if at == 0 { "-" } else { " " }))
        .collect();
    let text = format!(
        "# SLOs\n%YAML 1.2\n---\n{}--- # the second\n{}...\n---\n{listed}---\n",
        slo(
            "  labels: {operation: listPets, team: [a, b]}\n  annotations: {a/b: c}",
            "  timeWindow: [{duration: 4w, isRolling: true}]",
            &format!("      targetPercent: 99.95\n{SLICES}\n    - target: 0.999999\n{SLICES}")
        ),
        slo("", "  timeWindow: [{duration: 90m, isRolling: true}]", &format!("      target: 0\n{SLICES}")),
    );
    let (targets, faults) = read(&text);
    assert!(faults.is_empty(), "{:?}\n{text}", said(faults));
    let shown = short(&targets);
    let at = |text: &str, of: &str| text.lines().position(|l| l.contains(of)).map(|l| l + 1);
    let expected = |share: &str, operation, over: Option<&str>, line| {
        ("pets".to_owned(), share.to_owned(), operation, over.map(str::to_owned), line)
    };
    assert_eq!(
        shown,
        [
            expected("99.95%", Some("listPets"), Some("28d"), at(&text, "targetPercent: 99.95").expect("a line") - 1),
            expected("99.9999%", Some("listPets"), Some("28d"), at(&text, "target: 0.999999").expect("a line")),
            expected("0%", None, Some("90min"), text.lines().position(|l| l == "      target: 0").expect("a line")),
            expected("90%", None, None, text.lines().position(|l| l == "        target: 0.9").expect("a line")),
        ]
    );
    assert_eq!(targets[0].service.as_ref().map(|s| s.value.as_str()), Some("web"));
}

#[test]
fn every_mistake_is_said_at_its_place() {
    let fine = format!("      target: 0.9\n{SLICES}");
    let target = |target: &str| slo("", "", &format!("      {target}\n{SLICES}"));
    let window = |window: &str| slo("", &format!("  timeWindow: {window}"), &fine);
    let plain = slo("", "", &fine);
    for (text, code, line, message) in [
        (slo("", "", SLICES), "openslo/missing-key", "displayName: x", "an objective needs `target` or `targetPercent`"),
        (target("target: 1"), "openslo/value", "target: 1", "`target` is at least 0 and below 1, found 1"),
        (target("target: 99.9"), "openslo/value", "target: 99.9", "`target` is at least 0 and below 1, found 99.9"),
        (target("target: -0.5"), "openslo/value", "target: -", "`target` is at least 0 and below 1, found -0.5"),
        (
            target("target: 0.9999999"),
            "openslo/value",
            "target: 0",
            "`target` has more than 6 digits behind the point, found 0.9999999",
        ),
        (target("targetPercent: 100"), "openslo/value", "Percent", "`targetPercent` is at least 0 and below 100, found 100"),
        (target("target: all"), "openslo/kind", "target: all", "expected a number, found text"),
        (
            target("target: 0.9\n      targetPercent: 90"),
            "openslo/value",
            "Percent",
            "`target` and `targetPercent` are both written",
        ),
        (
            slo("", "", "      target: 0.9\n      timeSliceWindow: 1m"),
            "openslo/missing-key",
            "displayName: x",
            "an objective by `Timeslices` needs `timeSliceTarget`",
        ),
        (
            slo("", "", "      target: 0.9\n      timeSliceTarget: 0\n      timeSliceWindow: 1m"),
            "openslo/value",
            "timeSliceTarget",
            "`timeSliceTarget` is above 0 and at most 1, found 0",
        ),
        (target("taget: 0.9"), "openslo/unknown-key", "taget", "unknown key `taget` in an objective"),
        (
            target("target: 0.9\n      compositeWeight: 2"),
            "openslo/unsupported",
            "compositeWeight",
            "an SLO that is composed of others is not watched",
        ),
        (
            slo("", "  budgetingMethod: Timeslice", &fine),
            "openslo/value",
            "budgetingMethod",
            "unknown budgeting method `Timeslice`",
        ),
        (
            window("[{duration: 1M, isRolling: true}]"),
            "openslo/unsupported",
            "1M",
            "`1M` has no length of its own: months differ",
        ),
        (window("[{duration: 30 d, isRolling: true}]"), "openslo/value", "30 d", "`30 d` is no duration of OpenSLO"),
        (window("[{duration: 0d, isRolling: true}]"), "openslo/value", "0d", "`0d` is no duration of OpenSLO"),
        (
            window("[{duration: 99999999999999999d, isRolling: true}]"),
            "openslo/value",
            "999d",
            "`99999999999999999d` is no duration of OpenSLO",
        ),
        (
            window("\n    - duration: 4w\n      calendar: {startTime: x, timeZone: y}"),
            "openslo/unsupported",
            "calendar",
            "a window by the calendar is not watched, only a rolling one",
        ),
        (window("[{duration: 4w}]"), "openslo/missing-key", "4w", "a time window needs `isRolling: true`"),
        (window("[]"), "openslo/value", "timeWindow", "`timeWindow` has one window, found 0"),
        (
            slo("  labels: {operation: [a, b]}", "", &fine),
            "openslo/value",
            "labels",
            "an SLO is about one operation, or about all of them",
        ),
        (
            slo("", "  indicator: {spec: {}}", &fine),
            "openslo/value",
            "indicatorRef",
            "`indicatorRef` and `indicator` are both written",
        ),
        (plain.replace("name: pets", "name: Pets!"), "openslo/value", "Pets!", "`Pets!` is no name of an object"),
        (plain.replace("openslo/v1", "openslo/v1alpha"), "openslo/version", "v1alpha", "`openslo/v1alpha` is not read"),
        (plain.replace("kind: SLO", "kind: SLOW"), "openslo/value", "SLOW", "unknown kind `SLOW`"),
        (plain.replace("  service: web\n", ""), "openslo/missing-key", "indicatorRef", "`spec` needs `service`"),
        (format!("{plain}---\nx: 1\nx: 2 # twice\n"), "syntax/duplicate-key", "# twice", ""),
        (format!("{plain}---\nx: y: z\n"), "syntax/yaml", "x: y: z", ""),
        ("# nothing\n---\n".to_owned(), "openslo/no-target", "# nothing", "no target of availability is in this file"),
    ] {
        let (_, faults) = read(&text);
        let said = said(faults);
        let found = said.iter().find(|(c, _, m)| *c == code && (message.is_empty() || m == message));
        let Some((_, place, _)) = found else { panic!("{code} {message}: {said:?}\n{text}") };
        let line = text.lines().position(|l| l.contains(line)).expect("the line") + 1;
        assert!(place.starts_with(&format!("slos.yaml:{line}:")), "{place} {code} {message}\n{text}");
    }
}

#[test]
fn what_is_not_read_is_said_and_is_no_mistake() {
    let fine = format!("      target: 0.9\n{SLICES}");
    let threshold = slo("", "", &format!("{fine}\n      op: lte\n      value: 300")).replace(
        "  indicatorRef: pets\n",
        "  indicator: {metadata: {name: x}, spec: {thresholdMetric: {metricSource: {spec: {}}}}}\n",
    );
    for (text, read_too, message) in [
        (
            slo("", "  budgetingMethod: Occurrences", "      target: 0.9"),
            1,
            "`Occurrences` is not how it is judged: the share of time is, in which it was not down",
        ),
        (slo("", "", &format!("{fine}\n      op: gt")), 1, "`op` is not read: it compares a measured value"),
        (
            slo("", "", "      target: 0.9\n      timeSliceTarget: 0.5\n      timeSliceWindow: 1"),
            1,
            "`timeSliceTarget` is not read: the time itself is judged, and the plan says when it is down",
        ),
        (
            slo("", "", "      target: 0.9\n      timeSliceTarget: 1\n      timeSliceWindow: 5m"),
            1,
            "`timeSliceWindow` is not read: the time itself is judged, and the plan says when it is down",
        ),
        (slo("", "  alertPolicies: [{alertPolicyRef: x}]", &fine), 1, "alert policies are not read"),
        (
            format!("{}---\napiVersion: openslo/v1\nkind: Service\nmetadata: {{name: web}}\n", slo("", "", &fine)),
            1,
            "an object of kind `Service` is not read: what is watched, and when it is down, the plan says",
        ),
        (
            format!("{}---\n{}", slo("", "", &fine), threshold),
            1,
            "this SLO is about a measured value and not about availability; it is left out",
        ),
        (
            slo("", "", &format!("{fine}\n    - target: 0.5\n      value: 3\n{SLICES}")),
            1,
            "this objective is about a measured value and not about availability; it is left out",
        ),
    ] {
        let (targets, faults) = read(&text);
        let faults = faults.sorted();
        assert!(faults.iter().all(|d| d.severity == Severity::Warning && d.place.is_some()), "{faults:?}\n{text}");
        assert_eq!(
            (targets.len(), faults.iter().map(|d| d.message.as_str()).collect::<Vec<_>>()),
            (read_too, vec![message]),
            "{text}"
        );
    }
    let (targets, faults) = read(&threshold);
    assert_eq!(targets, []);
    assert!(faults.has_errors(), "nothing to watch is a mistake");
}
