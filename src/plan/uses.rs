//! What planned work uses: the names of a request, the operations of a case.
//!
//! Lists them. Resolves nothing.

use crate::base::source::Span;
use crate::check::rules::Rules;
use crate::plan::{Plan, PlannedCase, PlannedKind, PlannedSend, PlannedStep, PlannedSuite, SendTarget};
use crate::suite::ast::step::{AuthChoice, Payload};
use crate::window::hours::OperationName;
use std::sync::Arc;

/// The operations that a case calls, each once, in the order in which it does.
#[must_use]
pub fn operations(plan: &Plan, case: &PlannedCase) -> Vec<OperationName> {
    let suite = &plan.suites[case.suite];
    let mut all = Vec::new();
    for step in &case.steps {
        called(suite, step, &mut all);
    }
    all
}

fn called(suite: &PlannedSuite, step: &PlannedStep, all: &mut Vec<OperationName>) {
    match &step.kind {
        PlannedKind::Send(send) => {
            if let SendTarget::Operation { operation, rules, .. } = &send.target {
                let name = OperationName { api: api(suite, rules).to_owned(), id: operation.id.clone() };
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        PlannedKind::Parallel(steps) => steps.iter().for_each(|step| called(suite, step, all)),
        _ => {}
    }
}

/// The API that rules belong to: the stem of its spec's file name.
#[must_use]
pub fn api<'a>(suite: &'a PlannedSuite, rules: &Arc<Rules>) -> &'a str {
    suite.also.iter().find(|neighbour| Arc::ptr_eq(&neighbour.rules, rules)).map_or(&suite.spec, |neighbour| &neighbour.spec)
}

/// Every `${…}` of a request, in the order of its parts.
#[must_use]
pub fn variables(send: &PlannedSend) -> Vec<(&str, Span)> {
    let mut all = Vec::new();
    match &send.target {
        SendTarget::Operation { path, .. } => all.extend(path.iter().flat_map(|(_, v)| v.variables())),
        SendTarget::Raw { method, target } => all.extend(method.variables().chain(target.variables())),
    }
    for bound in [&send.query, &send.headers, &send.cookies] {
        all.extend(bound.iter().flat_map(|(_, _, v)| v.variables()));
    }
    match &send.payload {
        None => {}
        Some(Payload::Value { value, content_type }) => {
            all.extend(value.variables());
            all.extend(content_type.iter().flat_map(|t| t.variables()));
        }
        Some(Payload::Raw { text, content_type }) => {
            all.extend(text.variables());
            all.extend(content_type.iter().flat_map(|t| t.variables()));
        }
        Some(Payload::Form(pairs)) => all.extend(pairs.iter().flat_map(|(_, v)| v.variables())),
    }
    match &send.auth {
        AuthChoice::None => {}
        AuthChoice::Identity(t) | AuthChoice::Bearer(t) | AuthChoice::Header(t) | AuthChoice::Basic(t) => {
            all.extend(t.variables());
        }
    }
    all
}
