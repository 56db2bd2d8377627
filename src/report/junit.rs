//! Tests as JUnit XML, for CI servers.
//!
//! Writes what the schema of the Jenkins xUnit plugin allows and no more, and never a character that XML forbids.

use crate::record::shape::Outcome;
use crate::record::sheet::{Group, Sheet, Test};
use crate::report::{prose, visible};
use std::fmt::Write as _;

/// The tests as JUnit XML.
///
/// GitLab shows the text of a failure and not its message, Jenkins both: a reason stands in both. What identifies a test stands in
/// `system-out`, since `properties` of a test case are refused by schemas that are in use.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let mut xml = Xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned());
    let counts = sheet.counts;
    xml.open(
        0,
        "testsuites",
        &[
            ("name", "proofmark"),
            ("tests", &counts.tests.to_string()),
            ("failures", &counts.failed.to_string()),
            ("errors", &counts.errors.to_string()),
            ("time", &seconds(sheet.took_ns)),
        ],
    );
    for group in &sheet.groups {
        suite(&mut xml, sheet, group);
    }
    xml.close(0, "testsuites");
    xml.0
}

fn suite(xml: &mut Xml, sheet: &Sheet<'_>, group: &Group<'_>) {
    let counts = group.counts;
    xml.open(
        1,
        "testsuite",
        &[
            ("name", &group.title),
            ("tests", &counts.tests.to_string()),
            ("failures", &counts.failed.to_string()),
            ("errors", &counts.errors.to_string()),
            ("skipped", &(counts.skipped + counts.review).to_string()),
            ("timestamp", &sheet.began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("time", &seconds(group.took_ns)),
        ],
    );
    xml.open(2, "properties", &[]);
    for (name, value) in &sheet.facts {
        xml.empty(3, "property", &[("name", name), ("value", value)]);
    }
    xml.close(2, "properties");
    for test in &group.tests {
        self::test(xml, group, test);
    }
    xml.close(1, "testsuite");
}

fn test(xml: &mut Xml, group: &Group<'_>, test: &Test<'_>) {
    let time = test.took_ns.map(seconds);
    let (title, class) = (visible::line(&test.title), visible::line(&group.class));
    let mut attributes = vec![("name", &*title), ("classname", &*class)];
    attributes.extend(time.as_deref().map(|time| ("time", time)));
    xml.open(2, "testcase", &attributes);
    let message = test.message.as_deref().unwrap_or_default();
    match test.outcome {
        Outcome::Pass => {}
        Outcome::Fail => xml.text(3, "failure", &[("message", message), ("type", test.cause())], &prose::details(test)),
        Outcome::Error => xml.text(3, "error", &[("message", message), ("type", test.sort.key())], &prose::details(test)),
        Outcome::Skipped | Outcome::Review | Outcome::NotApplicable => xml.empty(3, "skipped", &[("message", message)]),
    }
    xml.text(3, "system-out", &[], &output(test));
    xml.close(2, "testcase");
}

/// What is known of a test whatever became of it.
fn output(test: &Test<'_>) -> String {
    let mut lines = vec![format!("id {}", test.id)];
    lines.extend(test.requirements.iter().map(|r| format!("requirement {r}")));
    lines.extend(test.notes.iter().cloned());
    if !test.outcome.is_bad() {
        lines.extend(test.findings.iter().map(|f| prose::finding(f)));
    }
    lines.join("\n")
}

fn seconds(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000_000_000, ns / 1_000_000 % 1_000)
}

struct Xml(String);

impl Xml {
    fn tag(&mut self, depth: usize, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.0, "{:indent$}<{name}", "", indent = depth * 4);
        for (key, value) in attributes {
            let _ = write!(self.0, " {key}=\"{}\"", attribute(value));
        }
    }

    fn open(&mut self, depth: usize, name: &str, attributes: &[(&str, &str)]) {
        self.tag(depth, name, attributes);
        self.0.push_str(">\n");
    }

    fn close(&mut self, depth: usize, name: &str) {
        let _ = writeln!(self.0, "{:indent$}</{name}>", "", indent = depth * 4);
    }

    fn empty(&mut self, depth: usize, name: &str, attributes: &[(&str, &str)]) {
        self.tag(depth, name, attributes);
        self.0.push_str("/>\n");
    }

    fn text(&mut self, depth: usize, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(depth, name, attributes);
        let _ = writeln!(self.0, ">{}</{name}>", escaped(text));
    }
}

/// Text that XML allows, and that no parser takes for markup.
fn escaped(text: &str) -> String {
    visible::block(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The same between quotes, where parsers would make spaces of line breaks.
fn attribute(text: &str) -> String {
    escaped(text).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests;
