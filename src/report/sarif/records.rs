//! Findings of a record as SARIF 2.1.0, which code hosts show beside the lines and track from run to run.
//!
//! A result for each finding and for each test that is not good without one. Never lets a fingerprint depend on what changes between runs
//! of the same suite: identifiers, values, lines, times.

use crate::base::source::Spot;
use crate::check::catalogue;
use crate::record::digest::sha256;
use crate::record::shape::{BodyRecord, ExchangeRecord, FindingRecord, HeaderRecord, Level};
use crate::record::sheet::{Sheet, Sort, Test};
use crate::report::sarif::{Columns, Log, artifact, counted};
use crate::report::{prose, visible};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// Bytes of a body that are told.
const BODY: usize = 8 * 1024;

/// One thing that is wrong, with what it belongs to.
struct Found<'s, 'r> {
    test: &'s Test<'r>,
    group: &'s str,
    /// Nothing where the test as a whole is not good.
    finding: Option<&'s FindingRecord>,
    /// The step's place, else the test's.
    spot: Option<Spot>,
}

impl Found<'_, '_> {
    /// The id of the rule.
    fn rule(&self) -> String {
        self.finding.map_or_else(|| format!("proofmark.{}", self.test.sort.key()), |f| f.check.clone())
    }

    fn level(&self) -> &'static str {
        match self.finding.map(|f| f.level) {
            // An announced failure is one, and known.
            Some(Level::Error) if !self.test.outcome.is_bad() => "note",
            Some(Level::Error) | None => "error",
            Some(Level::Warning) => "warning",
        }
    }
}

/// The findings as SARIF.
#[must_use]
pub fn render(sheet: &Sheet<'_>) -> String {
    let found = found(sheet);
    let mut rules: Vec<String> = Vec::new();
    let mut artifacts: Vec<&str> = sheet.documents.iter().map(|d| d.name.as_str()).collect();
    for found in &found {
        if !rules.contains(&found.rule()) {
            rules.push(found.rule());
        }
        let places = [found.spot.as_ref().map(|s| s.file.as_str()), found.test.file];
        let spec = found.finding.and_then(|f| f.spec.as_ref()).map(|s| s.file.as_str());
        artifacts.extend(places.into_iter().chain([spec]).flatten());
    }
    rules.sort_unstable();
    let mut seen = Vec::new();
    artifacts.retain(|name| {
        !seen.contains(name) && {
            seen.push(*name);
            true
        }
    });
    let mut times: HashMap<String, usize> = HashMap::new();
    let results = found.iter().map(|f| result(sheet, f, &rules, &artifacts, &mut times)).collect();
    Log {
        version: visible::line(sheet.tool_version).into_owned(),
        rules: rules.iter().map(|id| rule(id, &found)).collect(),
        columns: Columns::Characters,
        artifacts: artifacts.iter().map(|name| described(sheet, name)).collect(),
        results,
        more: more(sheet),
    }
    .text()
}

/// What is wrong, in the order of the tests.
fn found<'s, 'r>(sheet: &'s Sheet<'r>) -> Vec<Found<'s, 'r>> {
    let mut all = Vec::new();
    for (group, test) in sheet.tests() {
        let group = group.title.as_str();
        let whole = |finding| Found { test, group, finding, spot: test.spot.clone() };
        if test.parts.is_empty() {
            all.extend(test.findings.iter().map(|f| whole(Some(*f))));
        }
        for part in &test.parts {
            let spot = || part.spot.clone().or_else(|| test.spot.clone());
            all.extend(part.findings.iter().map(|f| Found { test, group, finding: Some(f), spot: spot() }));
        }
        if test.outcome.is_bad() && test.errors().next().is_none() {
            all.push(whole(None));
        }
    }
    all
}

fn rule(id: &str, found: &[Found<'_, '_>]) -> Value {
    let first = found.iter().find(|f| f.rule() == id);
    let level = if found.iter().any(|f| f.rule() == id && f.level() == "error") { "error" } else { "warning" };
    let family = id.split('.').next().unwrap_or(id);
    let (title, requirement, source) = match (catalogue::ALL.iter().find(|c| c.id.0 == id), first.map(|f| f.finding)) {
        (Some(check), _) => (check.title.to_owned(), check.requirement.to_owned(), check.source.to_owned()),
        (None, Some(Some(f))) => (f.check.replace(['.', '_'], " "), f.requirement.id.clone(), f.requirement.source.clone()),
        (None, _) => {
            let sort = first.map_or(Sort::Whole, |f| f.test.sort);
            (sort.title().to_owned(), format!("proofmark/{}", sort.key()), "what was asked for".to_owned())
        }
    };
    let (title, source) = (visible::line(&title).into_owned(), visible::line(&source).into_owned());
    let help = format!("Requirement {}, from {source}.", visible::line(&requirement));
    json!({
        "id": id,
        "name": id.split(['.', '_', '-']).map(capital).collect::<String>(),
        "shortDescription": {"text": title},
        "fullDescription": {"text": format!("{title} ({source}).")},
        "help": {"text": help, "markdown": format!("{help}\n\nEvery check is described in `docs/checks.md`.")},
        "defaultConfiguration": {"level": level},
        "properties": {"requirement": requirement, "source": source, "tags": ["api", family]},
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn result(
    sheet: &Sheet<'_>,
    found: &Found<'_, '_>,
    rules: &[String],
    artifacts: &[&str],
    times: &mut HashMap<String, usize>,
) -> Value {
    let test = found.test;
    let text = match found.finding {
        Some(finding) => format!("{}: {}: {}", test.title, finding.message, prose::contrast(finding)),
        None => format!("{}: {}", test.title, test.message.as_deref().unwrap_or("failed")),
    };
    let fingerprint = fingerprint(sheet, found);
    let count = times.entry(fingerprint.clone()).or_default();
    *count += 1;
    let spec = found.finding.and_then(|f| f.spec.clone()).map(Spot::from);
    let (first, related) = match (&found.spot, spec) {
        (Some(spot), spec) => (Some(location(spot, artifacts)), spec),
        (None, Some(spec)) => (Some(location(&spec, artifacts)), None),
        (None, None) => (test.file.map(|file| json!({"physicalLocation": {"artifactLocation": counted(file, artifacts)}})), None),
    };
    let mut first = first.unwrap_or_else(|| json!({}));
    first["logicalLocations"] = json!([{
        "name": &*visible::line(&test.title),
        "fullyQualifiedName": &*visible::line(&format!("{}/{}", found.group, test.id)),
        "kind": "member",
    }]);
    let rule = found.rule();
    let mut result = json!({
        "ruleId": rule,
        "ruleIndex": rules.iter().position(|r| *r == rule),
        "level": found.level(),
        "message": {"text": &*visible::block(&text)},
        "locations": [first],
        // Code hosts know the first name; the second says how it was made.
        "partialFingerprints": {
            "primaryLocationLineHash": format!("{fingerprint}:{count}"),
            "proofmarkFinding/v1": format!("{fingerprint}:{count}"),
        },
        "properties": properties(found),
    });
    if let Some(spec) = related {
        let mut location = location(&spec, artifacts);
        location["id"] = 1.into();
        location["message"] = json!({"text": "the spec says so here"});
        result["relatedLocations"] = json!([location]);
    }
    if let Some(exchange) = found.finding.and_then(|f| f.exchange.as_deref()).and_then(|id| sheet.exchange(id)) {
        result["webRequest"] = request(sheet, exchange);
        if let Some(response) = response(sheet, exchange) {
            result["webResponse"] = response;
        }
    }
    result
}

/// What stays the same as long as the same thing is wrong: never an index, a value, a line or an identifier.
fn fingerprint(sheet: &Sheet<'_>, found: &Found<'_, '_>) -> String {
    let mut parts = vec![sheet.kind.name().to_owned(), found.group.to_owned(), found.test.id.clone(), found.rule()];
    if let Some(finding) = found.finding {
        let instance = finding.instance.as_deref().unwrap_or_default();
        let steady = |token: &str| if token.chars().all(|c| c.is_ascii_digit()) { "*".to_owned() } else { token.to_owned() };
        parts.push(finding.operation.clone().unwrap_or_default());
        parts.push(finding.requirement.id.clone());
        parts.push(instance.split('/').map(steady).collect::<Vec<_>>().join("/"));
        parts.push(finding.schema.clone().unwrap_or_default());
    }
    sha256(parts.join("\n").as_bytes())[..32].to_owned()
}

fn location(spot: &Spot, artifacts: &[&str]) -> Value {
    let region = json!({"startLine": spot.line, "startColumn": spot.column});
    json!({"physicalLocation": {"artifactLocation": counted(&spot.file, artifacts), "region": region}})
}

fn properties(found: &Found<'_, '_>) -> Value {
    let test = found.test;
    let mut members = Map::new();
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            members.insert(key.to_owned(), (&*visible::block(value)).into());
        }
    };
    put("suite", Some(found.group));
    put("case", Some(&test.id));
    put("outcome", Some(test.outcome.key()));
    put("rerun", test.rerun);
    if let Some(finding) = found.finding {
        put("finding", Some(finding.id.as_str()).filter(|id| !id.is_empty()));
        put("operation", finding.operation.as_deref());
        put("requirement", Some(&finding.requirement.id));
        put("source", Some(&finding.requirement.source));
        put("instance", finding.instance.as_deref());
        put("schema", finding.schema.as_deref());
        put("expected", Some(&finding.expected));
        put("actual", Some(&finding.actual));
        put("exchange", finding.exchange.as_deref());
        put("curl", finding.curl.as_deref());
    }
    Value::Object(members)
}

fn headers(fields: &[HeaderRecord]) -> Value {
    let mut members: Map<String, Value> = Map::new();
    for field in fields {
        let value = visible::line(&field.value);
        let joined = match members.get(&field.name).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.into_owned(),
        };
        members.insert(visible::line(&field.name).into_owned(), joined.into());
    }
    Value::Object(members)
}

fn body(body: &BodyRecord) -> Option<Value> {
    match (&body.text, &body.base64) {
        (Some(text), _) if text.len() <= BODY => Some(json!({"text": &*visible::block(text)})),
        (_, Some(bytes)) if bytes.len() <= BODY => Some(json!({"binary": bytes})),
        _ => None,
    }
}

fn request(sheet: &Sheet<'_>, exchange: &ExchangeRecord) -> Value {
    let (protocol, version) = sheet.http.split_once('/').unwrap_or(("HTTP", "1.1"));
    let mut request = json!({
        "protocol": protocol,
        "version": version,
        "target": &*visible::line(&exchange.request.url),
        "method": &*visible::line(&exchange.request.method),
        "headers": headers(&exchange.request.headers),
    });
    if let Some(body) = body(&exchange.request.body) {
        request["body"] = body;
    }
    request
}

fn response(sheet: &Sheet<'_>, exchange: &ExchangeRecord) -> Option<Value> {
    let (protocol, version) = sheet.http.split_once('/').unwrap_or(("HTTP", "1.1"));
    let Some(response) = &exchange.response else {
        return Some(json!({"noResponseReceived": true}));
    };
    let mut value = json!({
        "protocol": protocol,
        "version": version,
        "statusCode": response.status,
        "headers": headers(&response.headers),
    });
    if let Some(body) = body(&response.body) {
        value["body"] = body;
    }
    Some(value)
}

fn described(sheet: &Sheet<'_>, name: &str) -> Value {
    let mut value = json!({"location": artifact(name)});
    if let Some(document) = sheet.documents.iter().find(|d| d.name == name) {
        value["hashes"] = json!({"sha-256": document.sha256});
        value["description"] = json!({"text": document.kind});
    }
    value
}

/// How the run went.
fn more(sheet: &Sheet<'_>) -> Map<String, Value> {
    let mut invocation = json!({
        // A run that found something was carried out.
        "executionSuccessful": matches!(sheet.exit, 0 | 1),
        "exitCode": sheet.exit,
        "exitCodeDescription": &*visible::line(sheet.sentence),
        "startTimeUtc": sheet.began.to_string(),
        "endTimeUtc": sheet.ended.to_string(),
    });
    if let Some(command) = sheet.command {
        invocation["commandLine"] = (&*visible::line(command)).into();
    }
    if let Some(trouble) = sheet.trouble {
        invocation["toolExecutionNotifications"] = json!([{"level": "error", "message": {"text": &*visible::line(trouble)}}]);
    }
    let facts: Map<String, Value> =
        sheet.facts.iter().map(|(name, value)| ((*name).to_owned(), (&*visible::line(value)).into())).collect();
    let id = format!("proofmark/{}/{}/", sheet.kind.name(), visible::line(sheet.environment).replace('/', "-"));
    let members =
        [("invocations", json!([invocation])), ("automationDetails", json!({"id": id})), ("properties", Value::Object(facts))];
    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests;
