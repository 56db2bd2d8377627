//! What an operation ought to answer and does not say: refusals, bodies, what a failure looks like; and its name.
//!
//! Looks at statuses and whether bodies are described. What a schema says is not looked at here.

use super::report::Report;
use super::shape::{Reach, types};
use super::survey::{At, Caller, Operation, Survey};
use crate::contract::files::Loc;
use crate::contract::model::StatusPattern;
use std::collections::{BTreeMap, HashSet};

/// Where so many operations lack the same and hardly any has it, it is a habit, and said once.
const HABIT: usize = 5;

/// Who lacks something, and how many have it.
#[derive(Default)]
struct Tally {
    lacking: Vec<(Loc, String, String)>,
    having: usize,
}

type Tallies = BTreeMap<&'static str, Tally>;

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    let mut seen: HashSet<Loc> = HashSet::new();
    let mut tallies = Tallies::new();
    for operation in &survey.operations {
        if operation.caller == Caller::Client {
            named(operation, &mut tallies);
            refusals(survey, operation, &mut tallies);
        }
        bodies(operation, &mut seen, report);
        let success =
            |p| matches!(p, StatusPattern::Exact(101 | 200..=399) | StatusPattern::Range(2 | 3) | StatusPattern::Default);
        if !operation.answers(success) {
            let at = operation.at.child("responses").map_or_else(|| operation.at.loc.clone(), |r| r.loc);
            let message = format!("{} does not say what is answered when all is well", operation.called());
            report.key("lint/no-success", &at, message, "add a `2XX` response");
        }
    }
    for (code, tally) in tallies {
        say(code, tally, report);
    }
}

fn say(code: &'static str, tally: Tally, report: &mut Report<'_>) {
    let count = tally.lacking.len();
    if count < HABIT || tally.having * 10 > count {
        for (loc, message, hint) in tally.lacking {
            report.key(code, &loc, message, hint);
        }
        return;
    }
    let all = count + tally.having;
    let share = if tally.having == 0 {
        format!("none of the {all} operations")
    } else {
        format!("only {} of {all} operations", tally.having)
    };
    let what = match code {
        "lint/operation-id" => "have an operationId",
        "lint/no-client-error" => "that can be called wrongly say how they refuse that",
        "lint/missing-400" => "that take what can be wrong document a 400",
        "lint/missing-401" => "that demand credentials document a 401",
        "lint/missing-403" => "that demand scopes document a 403",
        _ => "for one thing of many document a 404",
    };
    let message = format!("{share} {what}");
    if let Some((loc, _, hint)) = tally.lacking.into_iter().next() {
        report.key(code, &loc, message, format!("{hint} here, and likewise to the others"));
    }
}

fn named(operation: &Operation<'_>, tallies: &mut Tallies) {
    let tally = tallies.entry("lint/operation-id").or_default();
    if operation.at.text("operationId").is_some_and(|id| !id.trim().is_empty()) {
        tally.having += 1;
        return;
    }
    let message = format!("{} has no operationId", operation.called());
    tally.lacking.push((operation.at.loc.clone(), message, "add `operationId: ...`".to_owned()));
}

/// What a client may be refused for.
struct Wanted {
    code: &'static str,
    status: &'static str,
    reason: String,
    given: fn(StatusPattern) -> bool,
}

fn covers(pattern: StatusPattern, statuses: &[u16]) -> bool {
    statuses.iter().any(|s| pattern.covers(*s))
}

fn refusals(survey: &Survey<'_>, operation: &Operation<'_>, tallies: &mut Tallies) {
    if matches!(operation.method.as_str(), "OPTIONS" | "TRACE") {
        return;
    }
    let wanted = wanted(survey, operation);
    let Some(responses) = operation.at.child("responses").filter(|_| !wanted.is_empty()) else { return };
    let client_error = |p| matches!(p, StatusPattern::Exact(400..=499) | StatusPattern::Range(4) | StatusPattern::Default);
    let tally = tallies.entry("lint/no-client-error").or_default();
    if !operation.answers(client_error) {
        let statuses: Vec<String> = wanted.iter().map(|w| format!("`{}`", w.status)).collect();
        let message = format!("{} does not say how it refuses a request", operation.called());
        tally.lacking.push((responses.loc, message, format!("add {}, or `4XX`, or `default`", statuses.join(", "))));
        return;
    }
    tally.having += 1;
    for wish in wanted {
        let tally = tallies.entry(wish.code).or_default();
        if operation.answers(wish.given) {
            tally.having += 1;
        } else {
            let message = format!("{} {}, and no {} is documented", operation.called(), wish.reason, wish.status);
            tally.lacking.push((responses.loc.clone(), message, format!("add `'{}': ...`", wish.status)));
        }
    }
}

fn wanted(survey: &Survey<'_>, operation: &Operation<'_>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let what = if operation.body.is_some() {
        Some("takes a body, which can be wrong".to_owned())
    } else {
        let wrong = operation.parameters.iter().find(|p| can_be_wrong(survey, p));
        wrong.map(|p| format!("takes `{}`, which can be wrong", p.text("name").unwrap_or_default()))
    };
    if let Some(reason) = what {
        let given = |p| covers(p, &[400, 422]);
        wanted.push(Wanted { code: "lint/missing-400", status: "400", reason, given });
    }
    let needs = security(survey, operation);
    if !needs.is_empty() && !needs.iter().any(|(schemes, _)| schemes.is_empty()) {
        let given = |p| covers(p, &[401, 403]);
        wanted.push(Wanted { code: "lint/missing-401", status: "401", reason: "demands credentials".to_owned(), given });
        if needs.iter().all(|(_, scopes)| *scopes) {
            // Where nothing exists for those who may not see it, 404 says so instead.
            let given = |p| covers(p, &[403]);
            wanted.push(Wanted { code: "lint/missing-403", status: "403", reason: "demands scopes".to_owned(), given });
        }
    }
    if let Some(parameter) = operation.parameters.iter().rev().find(|p| p.text("in") == Some("path")) {
        // A PUT to the end of a path may create what is not there yet.
        let creates = operation.method == "PUT" && operation.answers(|p| p == StatusPattern::Exact(201));
        if !creates && !is_listed(survey, parameter) {
            let reason = format!("is for one `{}`, which may not exist", parameter.text("name").unwrap_or_default());
            let given = |p| covers(p, &[404, 410]);
            wanted.push(Wanted { code: "lint/missing-404", status: "404", reason, given });
        }
    }
    wanted
}

/// Each alternative: its schemes, and whether scopes are demanded.
fn security<'a>(survey: &Survey<'a>, operation: &Operation<'a>) -> Vec<(Vec<&'a str>, bool)> {
    let list = operation.at.child("security").or_else(|| survey.root.child("security"));
    let alternatives = list.iter().flat_map(At::items).collect::<Vec<_>>();
    let read = |alternative: &At<'a>| {
        let names = alternative.named().map(|(name, _)| name).collect();
        (names, alternative.named().any(|(_, scopes)| scopes.node.items().is_some_and(|s| !s.is_empty())))
    };
    alternatives.iter().map(read).collect()
}

/// Some text that can be sent does not conform, or leaving it away does not.
fn can_be_wrong(survey: &Survey<'_>, parameter: &At<'_>) -> bool {
    let location = parameter.text("in").unwrap_or_default();
    let name = parameter.text("name").unwrap_or_default().to_ascii_lowercase();
    // A wrong credential is refused otherwise.
    if ["auth", "key", "token", "secret", "signature", "cookie"].iter().any(|part| name.contains(part)) && location != "query" {
        return false;
    }
    if parameter.flag("required") == Some(true) && matches!(location, "query" | "header") {
        return true;
    }
    let Some(schema) = parameter.child("schema") else { return parameter.has("content") };
    // What stands in a path and is no such id is as well not found.
    let limits: &[&str] = if location == "path" {
        return false;
    } else {
        &[
            "enum",
            "const",
            "pattern",
            "format",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
        ]
    };
    survey.parts(&schema, Reach::All).iter().any(|part| {
        let kinds = types(part.node);
        let typed = !kinds.is_empty() && !kinds.contains(&"string") && !kinds.contains(&"array");
        typed || limits.iter().any(|key| part.has(key))
    })
}

/// Every value is listed, so each one exists.
fn is_listed(survey: &Survey<'_>, parameter: &At<'_>) -> bool {
    let schema = parameter.child("schema");
    schema.is_some_and(|s| survey.parts(&s, Reach::All).iter().any(|p| p.has("enum") || p.has("const")))
}

fn bodies(operation: &Operation<'_>, seen: &mut HashSet<Loc>, report: &mut Report<'_>) {
    let is_head = operation.method == "HEAD";
    for response in &operation.responses {
        let content = response.at.child("content").filter(|c| c.node.members().is_some_and(|m| !m.is_empty()));
        let empty_status = match response.pattern {
            StatusPattern::Exact(204 | 205 | 304) | StatusPattern::Exact(100..=199) | StatusPattern::Range(1) => true,
            _ => is_head,
        };
        let status = response.pattern;
        if empty_status {
            if let Some(content) = content {
                let why = if is_head { "an answer to HEAD".to_owned() } else { format!("an answer with {status}") };
                report.key("lint/forbidden-content", &content.loc, format!("{why} has no body"), "take `content` away");
            }
            continue;
        }
        let at = if content.is_some() || response.at.loc != response.written { &response.at.loc } else { &response.written };
        if !seen.insert(at.clone()) {
            continue;
        }
        let is_error = matches!(status, StatusPattern::Exact(400..=599) | StatusPattern::Range(4 | 5));
        match content {
            None if is_error && !speaks_by_headers(&response.at, status) && operation.caller == Caller::Client => {
                let message = format!("what {status} answers is not described");
                report.key("lint/error-schema", at, message, "add `content` with a schema, so that the body can be judged");
            }
            None if operation.method == "GET" && status == StatusPattern::Exact(200) && operation.caller == Caller::Client => {
                let message = format!("{} answers 200 without a body", operation.called());
                report.key("lint/empty-response", at, message, "add `content`, or answer 204");
            }
            None => {}
            Some(content) if is_error => {
                for (name, media) in content.named() {
                    let judged = media.has("schema") || media.has("itemSchema") || media.has("$ref");
                    if !judged && !name.starts_with("text/") {
                        report.key(
                            "lint/error-schema",
                            &media.loc,
                            format!("what {status} answers has no schema"),
                            "add `schema`, so that the body can be judged",
                        );
                    }
                }
            }
            Some(_) => {}
        }
    }
}

/// A refusal whose reason is in its headers: a challenge, or when to come again.
fn speaks_by_headers(response: &At<'_>, status: StatusPattern) -> bool {
    let headers = response.child("headers");
    let described = headers.iter().flat_map(At::named).any(|(name, _)| {
        ["www-authenticate", "proxy-authenticate", "retry-after", "allow", "accept"].contains(&name.to_ascii_lowercase().as_str())
    });
    described || matches!(status, StatusPattern::Exact(405 | 406 | 416))
}
