//! Tests as a folder of Allure results, which Allure 2 and 3 make reports of.
//!
//! A file for each test, an attachment for each exchange of one that is not good, categories and the environment. Never a name that
//! changes between runs of the same record, and a test has one history over all of them.

use crate::base::source::Spot;
use crate::record::digest::{sha256, uuid};
use crate::record::shape::Outcome;
use crate::record::sheet::{Group, Part, Sheet, Test};
use crate::report::{prose, visible};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The files by name.
#[must_use]
pub fn files(sheet: &Sheet<'_>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let run = format!("{} {} {:?}", sheet.kind.name(), sheet.began, sheet.command);
    for (group, test) in sheet.tests() {
        let id = uuid(format!("{run} {} {}", group.title, test.id).as_bytes());
        let mut attachments =
            Attachments { sheet, id: &id, kept: test.outcome.is_bad() || !test.findings.is_empty(), files: &mut files };
        let result = result(sheet, group, test, &mut attachments);
        files.push((format!("{id}-result.json"), format!("{result:#}\n")));
    }
    files.push(("categories.json".to_owned(), format!("{:#}\n", categories(sheet))));
    files.push(("environment.properties".to_owned(), environment(sheet)));
    files.sort();
    files
}

fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "passed",
        Outcome::Fail => "failed",
        Outcome::Error => "broken",
        Outcome::Skipped | Outcome::NotApplicable => "skipped",
        Outcome::Review => "unknown",
    }
}

/// The attachments of one test.
struct Attachments<'a, 'r> {
    sheet: &'a Sheet<'r>,
    id: &'a str,
    kept: bool,
    files: &'a mut Vec<(String, String)>,
}

impl Attachments<'_, '_> {
    /// Attaches exchanges and gives what names them.
    fn of<'i>(&mut self, ids: impl IntoIterator<Item = &'i str>) -> Vec<Value> {
        if !self.kept {
            return Vec::new();
        }
        let mut named = Vec::new();
        for exchange in ids.into_iter().filter_map(|id| self.sheet.exchange(id)) {
            let source = format!("{}-attachment.txt", uuid(format!("{} {}", self.id, exchange.id).as_bytes()));
            let title = format!("{} {} {}", exchange.id, exchange.request.method, exchange.request.url);
            named.push(json!({"name": &*visible::line(&title), "source": source, "type": "text/plain"}));
            self.files.push((source, visible::block(&prose::exchange(exchange)).into_owned()));
        }
        named
    }
}

fn result(sheet: &Sheet<'_>, group: &Group<'_>, test: &Test<'_>, attachments: &mut Attachments<'_, '_>) -> Value {
    let name = format!("{}/{}/{}", sheet.kind.name(), group.title, test.id);
    let history = sha256(name.as_bytes())[..32].to_owned();
    let began = test.began.unwrap_or(sheet.began);
    let ended = test.ended().unwrap_or(began);
    let title = visible::line(&test.title);
    let mut result = json!({
        "uuid": attachments.id,
        "historyId": history,
        "testCaseId": history,
        "fullName": &*visible::line(&name),
        "name": &*title,
        "titlePath": [sheet.kind.name(), &*visible::line(&group.title)],
        "status": status(test.outcome),
        "stage": "finished",
        "start": began.as_millisecond(),
        "stop": ended.as_millisecond(),
        "labels": labels(sheet, group, test),
        "parameters": [],
        "links": [],
    });
    if let Some(message) = &test.message {
        let check = if test.outcome.is_bad() { format!(" [{}]", test.cause()) } else { String::new() };
        let mut details = json!({"message": &*visible::block(&format!("{message}{check}"))});
        if test.outcome.is_bad() {
            details["trace"] = (&*visible::block(&prose::details(test))).into();
        }
        result["statusDetails"] = details;
    }
    let mut lines = test.notes.clone();
    if !test.outcome.is_bad() {
        lines.extend(test.findings.iter().map(|f| prose::finding(f)));
    }
    lines.extend(test.rerun.map(|rerun| format!("run again: {rerun}")));
    if !lines.is_empty() {
        result["description"] = (&*visible::block(&fenced(&lines.join("\n")))).into();
    }
    if test.parts.is_empty() {
        result["attachments"] = attachments.of(test.exchanges.iter().copied()).into();
        result["steps"] = json!([]);
    } else {
        result["steps"] = test.parts.iter().map(|part| step(part, began.as_millisecond(), attachments)).collect();
        result["attachments"] = json!([]);
    }
    result
}

/// Text that is no markup: a description is read as Markdown.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

fn step(part: &Part<'_>, otherwise: i64, attachments: &mut Attachments<'_, '_>) -> Value {
    let (start, stop) = part.span.map_or((otherwise, otherwise), |(a, b)| (a.as_millisecond(), b.as_millisecond()));
    let mut step = json!({
        "name": &*visible::line(part.title),
        "status": status(part.outcome),
        "stage": "finished",
        "start": start,
        "stop": stop,
        "steps": [],
        "attachments": attachments.of(part.exchanges.iter().map(String::as_str)),
        "parameters": [],
    });
    let mut said: Vec<String> = part.message.iter().map(|m| (*m).to_owned()).collect();
    said.extend(part.findings.iter().map(prose::finding));
    if !said.is_empty() {
        let message = part.findings.first().map_or(said[0].as_str(), |f| f.message.as_str());
        step["statusDetails"] = json!({"message": &*visible::line(message), "trace": &*visible::block(&said.join("\n"))});
    }
    step
}

fn labels(sheet: &Sheet<'_>, group: &Group<'_>, test: &Test<'_>) -> Value {
    let mut labels = vec![
        ("parentSuite", sheet.kind.name().to_owned()),
        ("suite", group.title.clone()),
        ("framework", "proofmark".to_owned()),
        ("host", sheet.environment.to_owned()),
    ];
    labels.extend(test.tags.iter().map(|tag| ("tag", tag.clone())));
    labels.extend(test.requirements.iter().map(|requirement| ("story", requirement.clone())));
    let operations: BTreeSet<&str> = test.findings.iter().filter_map(|f| f.operation.as_deref()).collect();
    labels.extend(operations.into_iter().map(|operation| ("feature", operation.to_owned())));
    if let Some(Spot { file, .. }) = &test.spot {
        labels.push(("package", file.clone()));
    }
    labels.iter().map(|(name, value)| json!({"name": name, "value": &*visible::line(value)})).collect()
}

/// Categories of what is not good: by the family of the check, then what could not be carried out or judged.
fn categories(sheet: &Sheet<'_>) -> Value {
    let causes = sheet.tests().filter(|(_, t)| t.outcome == Outcome::Fail).map(|(_, t)| t.cause());
    let families: BTreeSet<&str> = causes.map(|cause| cause.split('.').next().unwrap_or(cause)).collect();
    let mut all: Vec<Value> = families
        .into_iter()
        .map(|family| {
            let safe: String = family.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '.' }).collect();
            // Java's regular expressions, where a dot does not match a line break unless it is told to.
            let regex = format!("(?s).*\\[{safe}(\\.[^\\]]*)?\\]");
            json!({"name": format!("Findings: {family}"), "matchedStatuses": ["failed"], "messageRegex": regex})
        })
        .collect();
    all.push(json!({"name": "Could not be carried out or judged", "matchedStatuses": ["broken"]}));
    all.push(json!({"name": "A person must look", "matchedStatuses": ["unknown"]}));
    all.push(json!({"name": "Not carried out", "matchedStatuses": ["skipped"]}));
    all.into()
}

/// What is known of the run, as a file of Java properties.
fn environment(sheet: &Sheet<'_>) -> String {
    let mut facts: Map<String, Value> = Map::new();
    for (name, value) in &sheet.facts {
        facts.insert((*name).to_owned(), value.as_str().into());
    }
    facts.insert("verdict".to_owned(), sheet.sentence.into());
    let mut out = String::new();
    for (name, value) in &facts {
        let _ = writeln!(out, "{}={}", java(name), java(&visible::line(value.as_str().unwrap_or_default())));
    }
    out
}

/// Text as a word of Java properties, in ASCII.
fn java(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match c {
            ' ' if at > 0 => out.push(' '),
            ' ' | '\\' | '=' | ':' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_ascii_graphic() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{fenced, files, java};
    use crate::model::outcome::RunOutcome;
    use crate::record::fixture;
    use crate::record::sheet::run;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn results(outcome: &RunOutcome) -> (Vec<Value>, Vec<String>) {
        let record = fixture::record(outcome);
        let files = files(&run(&record));
        let of = |name: &str| files.iter().filter(|(n, _)| n.ends_with(name)).cloned().collect::<Vec<_>>();
        let read = |(_, text): (String, String)| serde_json::from_str(&text).expect("JSON");
        (of("-result.json").into_iter().map(read).collect(), files.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn a_file_for_each_test_and_every_attachment_is_there() {
        let (results, names) = results(&fixture::failing());
        assert_eq!(results.len(), 8);
        let mut attached = BTreeSet::new();
        for result in &results {
            let steps = result["steps"].as_array().expect("steps");
            let lists = steps.iter().map(|s| &s["attachments"]).chain([&result["attachments"]]);
            attached.extend(
                lists.flat_map(|l| l.as_array().expect("a list")).map(|a| a["source"].as_str().expect("a name").to_owned()),
            );
        }
        let written: BTreeSet<String> = names.iter().filter(|n| n.contains("-attachment")).cloned().collect();
        assert!(!attached.is_empty());
        assert_eq!(attached, written);
        let failed = results.iter().find(|r| r["name"] == "no signatories").expect("a result");
        assert_eq!(failed["statusDetails"]["message"], "the error code is not the documented one [error_code.value]");
        assert!(failed["start"].as_i64() <= failed["stop"].as_i64());
    }

    #[test]
    fn a_test_has_one_history_and_each_run_results_of_its_own() {
        let histories = |results: &[Value]| results.iter().map(|r| r["historyId"].to_string()).collect::<BTreeSet<_>>();
        let (before, names) = results(&fixture::failing());
        let mut later = fixture::failing();
        later.began = "2027-01-01T00:00:00Z".parse().expect("an instant");
        let (after, others) = results(&later);
        assert_eq!((histories(&before), histories(&before).len()), (histories(&after), 8));
        let result = |name: &&String| name.ends_with("-result.json");
        assert!(names.iter().filter(result).all(|name| !others.contains(name)));
    }

    #[test]
    fn words_of_properties_and_fences() {
        assert_eq!(java(" a=b:c\\é👍\u{0}"), "\\ a\\=b\\:c\\\\\\u00e9\\ud83d\\udc4d\\u0000");
        assert_eq!(fenced("a ```` b"), "`````\na ```` b\n`````");
    }
}
