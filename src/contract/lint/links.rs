//! Links and callbacks whose runtime expressions name what the request or the answer does not have.
//!
//! Looks names up in the described bodies and parameters. Evaluates no expression, and says nothing where a schema is open.

use super::report::Report;
use super::survey::{At, Operation, Survey};
use crate::base::distance::did_you_mean;
use crate::base::pointer::Pointer;
use crate::base::tree::Node;
use crate::contract::files::Loc;

pub(super) fn check(survey: &Survey<'_>, report: &mut Report<'_>) {
    for callback in &survey.callbacks {
        let operation = &survey.operations[callback.operation];
        for expression in embedded(callback.expression) {
            if let Some(fault) = faults(survey, operation, None, expression) {
                let message = format!("`{{{expression}}}` names nothing: {}", fault.0);
                report.key("lint/callback-expression", &callback.at.loc, message, fault.1.unwrap_or_else(describe));
            }
        }
    }
    for link in &survey.links {
        let operation = &survey.operations[link.operation];
        let target = target(survey, &link.at);
        for (name, value) in link.at.child("parameters").iter().flat_map(At::named) {
            if let Some(target) = target
                && !has_parameter(target, name)
            {
                let known: Vec<&str> = target.parameters.iter().filter_map(|p| p.text("name")).collect();
                let message = format!("{} has no parameter `{name}`", target.called());
                report.key("lint/link-parameter", &value.loc, message, did_you_mean(name, known).unwrap_or_else(describe));
            }
            expression(survey, operation, &link.response, &value, report);
        }
        if let Some(body) = link.at.child("requestBody") {
            expression(survey, operation, &link.response, &body, report);
        }
    }
}

fn expression(survey: &Survey<'_>, operation: &Operation<'_>, response: &At<'_>, value: &At<'_>, report: &mut Report<'_>) {
    let Some(text) = value.node.as_str() else { return };
    let all = if text.starts_with('$') { vec![text] } else { embedded(text) };
    for one in all {
        if let Some(fault) = faults(survey, operation, Some(response), one) {
            report.value(
                "lint/link-expression",
                &value.loc,
                format!("`{one}` names nothing: {}", fault.0),
                fault.1.unwrap_or_else(describe),
            );
        }
    }
}

/// What helps where nothing else is known.
fn describe() -> String {
    "describe it there, or name something else".to_owned()
}

/// The expressions in braces.
fn embedded(text: &str) -> Vec<&str> {
    text.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(inner, _)| inner))
        .filter(|e| e.starts_with('$'))
        .collect()
}

fn target<'s, 'a>(survey: &'s Survey<'a>, link: &At<'a>) -> Option<&'s Operation<'a>> {
    if let Some(id) = link.text("operationId") {
        return survey.operations.iter().find(|o| o.at.text("operationId") == Some(id));
    }
    let reference = link.text("operationRef").filter(|r| r.starts_with('#'))?;
    let loc: Loc = survey.files.resolve(&link.loc, reference).ok()?;
    survey.operations.iter().find(|o| o.at.loc == loc)
}

fn has_parameter(operation: &Operation<'_>, name: &str) -> bool {
    operation.parameters.iter().any(|p| {
        let (own, location) = (p.text("name").unwrap_or_default(), p.text("in").unwrap_or_default());
        own == name || name.strip_prefix(location).and_then(|rest| rest.strip_prefix('.')) == Some(own)
    })
}

type Fault = (String, Option<String>);

/// Why an expression names nothing.
fn faults(survey: &Survey<'_>, operation: &Operation<'_>, response: Option<&At<'_>>, expression: &str) -> Option<Fault> {
    if let Some(rest) = expression.strip_prefix("$request.") {
        if let Some(pointer) = rest.strip_prefix("body#") {
            let Some(body) = &operation.body else {
                return Some((format!("{} takes no body", operation.called()), None));
            };
            return in_body(survey, body, pointer, "the request");
        }
        return parameter(operation, rest);
    }
    let rest = expression.strip_prefix("$response.")?;
    let responses: Vec<&At<'_>> = match response {
        Some(one) => vec![one],
        None => operation.responses.iter().map(|r| &r.at).collect(),
    };
    if let Some(pointer) = rest.strip_prefix("body#") {
        let mut first = None;
        for response in responses {
            match in_body(survey, response, pointer, "the answer") {
                None => return None,
                Some(fault) => first = first.or(Some(fault)),
            }
        }
        return first;
    }
    let name = rest.strip_prefix("header.")?;
    let headers: Vec<&str> =
        responses.iter().filter_map(|r| r.child("headers")).flat_map(|h| h.named().map(|(n, _)| n).collect::<Vec<_>>()).collect();
    let known = headers.iter().any(|h| h.eq_ignore_ascii_case(name)) || name.eq_ignore_ascii_case("content-type");
    (!known).then(|| (format!("the answer describes no header `{name}`"), did_you_mean(name, headers)))
}

fn parameter(operation: &Operation<'_>, rest: &str) -> Option<Fault> {
    let (location, name) = rest.split_once('.')?;
    if !matches!(location, "path" | "query") {
        return None;
    }
    let of = operation.parameters.iter().filter(|p| p.text("in") == Some(location));
    let known: Vec<&str> = of.filter_map(|p| p.text("name")).collect();
    if known.contains(&name) {
        return None;
    }
    Some((format!("{} has no {location} parameter `{name}`", operation.called()), did_you_mean(name, known)))
}

/// Looks a pointer up in every schema of a body; only when none can have it is it a fault.
fn in_body(survey: &Survey<'_>, owner: &At<'_>, pointer: &str, whose: &str) -> Option<Fault> {
    let path: Vec<String> = Pointer::from_escaped(pointer).tokens().collect();
    let mut first: Option<Fault> = None;
    let Some(content) = owner.child("content").filter(|c| c.node.members().is_some_and(|m| !m.is_empty())) else {
        return Some((format!("{whose} has no body"), None));
    };
    for (_, media) in content.named() {
        let media = survey.at(&survey.files.follow(&media.loc)?)?;
        let schema = media.child("schema").filter(|s| s.node.members().is_some_and(|m: &[(_, Node)]| !m.is_empty()))?;
        match survey.find(&schema, &path)? {
            Ok(_) => return None,
            Err(missing) => {
                let hint = did_you_mean(&missing.name, missing.known.iter().map(String::as_str));
                first = first.or(Some((format!("the body of {whose} has no `{}`", missing.name), hint)));
            }
        }
    }
    first
}
