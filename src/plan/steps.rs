//! Binds steps: operations, parameters, examples, callbacks, identities.
//!
//! Looks names up in the contract and the environment. Resolves no template that needs a run.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::check::rules::Rules;
use crate::contract::model::{In, MediaType, Operation, Parameter};
use crate::model::check::Requirement;
use crate::plan::rules::{callback, unknown_operation};
use crate::plan::{PlannedAwait, PlannedKind, PlannedSend, PlannedStep, SendTarget};
use crate::suite::ast::environment::Environment;
use crate::suite::ast::expect::Expect;
use crate::suite::ast::step::{
    AuthChoice, AwaitStep, CallStep, OperationRef, Parameters, Payload, RequestStep, Sending, Step, StepKind,
};
use crate::suite::ast::{Spanned, Suite};
use crate::suite::template::{Scope, Template, TemplateValue, descend};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// What steps are bound to.
pub(super) struct Context<'a> {
    pub(super) suite: &'a Suite,
    pub(super) rules: &'a Arc<Rules>,
    pub(super) others: &'a HashMap<String, Arc<Rules>>,
    pub(super) environment: &'a Environment,
}

/// The row's values, which are all that is known before a run.
struct RowScope<'a>(&'a [(String, Value)]);

impl Scope for RowScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        let rest = name.strip_prefix("row.")?;
        let row: Map<String, Value> = self.0.iter().cloned().collect();
        descend(&Value::Object(row), rest).cloned()
    }
}

/// Binds one step; a step with a mistake is left out, since the plan will not be run.
pub(super) fn bind(
    step: &Step,
    row: &[(String, Value)],
    cited: Option<&Requirement>,
    context: &Context<'_>,
    lacking: &mut Option<String>,
    faults: &mut Diagnostics,
) -> Option<PlannedStep> {
    let mut own = None;
    let kind = match &step.kind {
        StepKind::Call(call) => {
            own = call.send.expect.requirement.as_ref();
            PlannedKind::Send(Box::new(bind_call(call, row, context, lacking, faults)?))
        }
        StepKind::Request(request) => {
            own = request.send.expect.requirement.as_ref();
            PlannedKind::Send(Box::new(bind_request(request, row, context, lacking, faults)))
        }
        StepKind::Control(control) => {
            own = control.expect.requirement.as_ref();
            if context.environment.control.is_none() {
                lacking.get_or_insert_with(|| "the environment offers no control".to_owned());
            }
            PlannedKind::Control(control.clone())
        }
        StepKind::Listener(listener) => PlannedKind::Listener(listener.listener.value.clone(), listener.respond.clone()),
        StepKind::Await(wait) => {
            own = wait.expect.requirement.as_ref();
            PlannedKind::Await(Box::new(bind_await(wait, context, faults)?))
        }
        StepKind::Set(values) => PlannedKind::Set(values.iter().map(|(n, v)| (n.value.clone(), v.clone())).collect()),
        StepKind::Assert(assert) => {
            own = assert.requirement.as_ref();
            PlannedKind::Assert(assert.clone())
        }
        StepKind::Parallel(inner) => {
            PlannedKind::Parallel(inner.iter().filter_map(|s| bind(s, row, cited, context, lacking, faults)).collect())
        }
    };
    let declared = own
        .and_then(|id| context.suite.requirement(&id.value))
        .map(|d| Requirement { id: d.id.value.clone(), source: d.source.clone() });
    let variables = step.variables();
    let identities = variables.iter().filter_map(|(name, _)| name.strip_prefix("auth.")?.split_once('.'));
    let mut tokens = std::collections::BTreeSet::new();
    for (name, member) in identities {
        if context.environment.identity(name).is_none() {
            lacking.get_or_insert_with(|| format!("the environment has no identity `{name}`"));
        } else if member == "token" {
            tokens.insert(name.to_owned());
        }
    }
    Some(PlannedStep {
        title: title(step, row),
        place: context.suite.place(step.span),
        cited: declared.or_else(|| cited.cloned()),
        tokens: tokens.into_iter().collect(),
        kind,
    })
}

/// The step's title, with the row's values where it names them.
fn title(step: &Step, row: &[(String, Value)]) -> String {
    let mut title = step.title().to_owned();
    for (name, value) in row {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        title = title.replace(&format!("${{row.{name}}}"), &text);
    }
    title
}

fn operation(
    reference: &OperationRef,
    row: &[(String, Value)],
    context: &Context<'_>,
    faults: &mut Diagnostics,
) -> Option<(Arc<Rules>, Arc<Operation>)> {
    let name = match reference {
        OperationRef::Id(id) => id.value.clone(),
        OperationRef::Route { method, path, .. } => format!("{method} {path}"),
        OperationRef::Template(template) => match template.resolve_text(&RowScope(row)) {
            Ok(text) => text,
            Err(unresolved) => {
                faults.push(
                    Diagnostic::error(
                        "suite/late-operation",
                        format!("`${{{}}}` is not known before the run", unresolved.expression),
                    )
                    .at(context.suite.place(unresolved.span))
                    .hint("an operation may be named by a value of the row, not by a captured one"),
                );
                return None;
            }
        },
    };
    let beside = context.suite.also.iter().filter_map(|name| context.others.get(&name.value));
    let found = std::iter::once(context.rules)
        .chain(beside)
        .find_map(|rules| Some((Arc::clone(rules), Arc::clone(rules.contract.operation(&name)?))));
    if found.is_none() {
        unknown_operation(context.suite, &context.rules.contract, &name, reference.span(), faults);
    }
    found
}

fn bind_call(
    call: &CallStep,
    row: &[(String, Value)],
    context: &Context<'_>,
    lacking: &mut Option<String>,
    faults: &mut Diagnostics,
) -> Option<PlannedSend> {
    let (rules, operation) = operation(&call.operation, row, context, faults)?;
    let suite = context.suite;
    let span = call.operation.span();
    let path = path_parameters(call, &operation, context, faults);
    let mut query = named(&call.send.query, &operation, In::Query);
    let mut headers = named(&call.send.headers, &operation, In::Header);
    let mut cookies = named(&call.send.cookies, &operation, In::Cookie);
    let mut payload = call.send.payload.clone();
    if call.given_examples {
        add_examples(&operation, (&mut query, &mut headers, &mut cookies), &mut payload, span, context, faults);
    }
    if let Some(poll) = &call.send.poll
        && operation.read_once
    {
        faults.push(
            Diagnostic::error("suite/poll-read-once", format!("{} can be read only once, so it may not be polled", operation.id))
                .at(suite.place(poll.span))
                .hint("what a lost or repeated answer held is gone; call it once, or poll another operation"),
        );
    }
    expected_code(&call.send.expect, Some(&operation), row, context, faults);
    Some(send(&call.send, SendTarget::Operation { operation, rules, path }, (query, headers, cookies), payload, context, lacking))
}

/// A value for every parameter of the path, and for none that is not there.
fn path_parameters(
    call: &CallStep,
    operation: &Operation,
    context: &Context<'_>,
    faults: &mut Diagnostics,
) -> Vec<(Parameter, TemplateValue)> {
    let (suite, span) = (context.suite, call.operation.span());
    let mut path = Vec::new();
    for parameter in operation.parameters.iter().filter(|p| p.location == In::Path) {
        match given(&call.path, &parameter.name) {
            Some(value) => path.push((parameter.clone(), value.clone())),
            None => match parameter.example.clone().filter(|_| call.given_examples) {
                Some(example) => path.push((parameter.clone(), TemplateValue::literal(example, span))),
                None => faults.push(
                    Diagnostic::error(
                        "suite/missing-parameter",
                        format!("{} needs the path parameter `{}`", operation.id, parameter.name),
                    )
                    .at(suite.place(span))
                    .hint(if call.given_examples {
                        "the spec has no example for it".to_owned()
                    } else {
                        format!("add `path: {{{}: ...}}`", parameter.name)
                    }),
                ),
            },
        }
    }
    for (name, _) in &call.path {
        if operation.parameter(In::Path, &name.value).is_none() {
            let known: Vec<&str> = operation.path.params().collect();
            faults.push(
                Diagnostic::error("suite/unknown-parameter", format!("{} has no path parameter `{}`", operation.id, name.value))
                    .at(suite.place(name.span))
                    .maybe_hint(did_you_mean(&name.value, known.iter().copied())),
            );
        }
    }
    path
}

/// What the step does not give and the operation requires, from the spec's examples.
fn add_examples(
    operation: &Operation,
    (query, headers, cookies): (&mut Bound, &mut Bound, &mut Bound),
    payload: &mut Option<Payload>,
    span: Span,
    context: &Context<'_>,
    faults: &mut Diagnostics,
) {
    for (location, into) in [(In::Query, query), (In::Header, headers), (In::Cookie, cookies)] {
        let here = |p: &&Parameter| p.location == location || (p.location == In::QueryString && location == In::Query);
        for parameter in operation.parameters.iter().filter(here).filter(|p| p.required) {
            if into.iter().any(|(_, n, _)| n.eq_ignore_ascii_case(&parameter.name)) {
                continue;
            }
            match parameter.example.clone() {
                Some(example) => {
                    into.push((Some(parameter.clone()), parameter.name.clone(), TemplateValue::literal(example, span)));
                }
                None => faults.push(no_example(context, span, operation, &format!("parameter `{}`", parameter.name))),
            }
        }
    }
    if payload.is_none()
        && let Some(body) = operation.body.as_ref().filter(|b| b.required)
    {
        let given = |m: &MediaType| m.example.clone().or_else(|| m.examples.first().map(|(_, v)| v.clone()));
        match body.media.iter().find_map(|m| Some((m, given(m)?))) {
            Some((media, example)) => {
                *payload = Some(Payload::Value {
                    value: TemplateValue::literal(example, span),
                    content_type: Some(Template::literal(media.name.as_str(), span)),
                });
            }
            None => faults.push(no_example(context, span, operation, "body")),
        }
    }
}

fn no_example(context: &Context<'_>, span: Span, operation: &Operation, what: &str) -> Diagnostic {
    Diagnostic::error("suite/no-example", format!("the spec has no example of the {what} of {}", operation.id))
        .at(context.suite.place(span))
        .hint("give it in the step")
}

fn bind_request(
    request: &RequestStep,
    row: &[(String, Value)],
    context: &Context<'_>,
    lacking: &mut Option<String>,
    faults: &mut Diagnostics,
) -> PlannedSend {
    expected_code(&request.send.expect, None, row, context, faults);
    let plain = |parameters: &Parameters| parameters.iter().map(|(n, v)| (None, n.value.clone(), v.clone())).collect();
    send(
        &request.send,
        SendTarget::Raw { method: request.method.clone(), target: request.target.clone() },
        (plain(&request.send.query), plain(&request.send.headers), plain(&request.send.cookies)),
        request.send.payload.clone(),
        context,
        lacking,
    )
}

type Bound = Vec<(Option<Parameter>, String, TemplateValue)>;

fn send(
    sending: &Sending,
    target: SendTarget,
    (query, headers, cookies): (Bound, Bound, Bound),
    payload: Option<Payload>,
    context: &Context<'_>,
    lacking: &mut Option<String>,
) -> PlannedSend {
    let auth = sending.auth.as_ref().or(context.suite.auth.as_ref()).map_or(AuthChoice::None, |a| a.value.clone());
    if let AuthChoice::Identity(name) | AuthChoice::Basic(name) = &auth
        && let Some(name) = name.as_literal()
        && name != "none"
        && context.environment.identity(name).is_none()
    {
        lacking.get_or_insert_with(|| format!("the environment has no identity `{name}`"));
    }
    PlannedSend {
        target,
        query,
        headers,
        cookies,
        payload,
        auth,
        repeat: sending.repeat,
        poll: sending.poll.clone(),
        expect: sending.expect.clone(),
        capture: sending.capture.clone(),
        collect: sending.collect.clone(),
    }
}

fn bind_await(wait: &AwaitStep, context: &Context<'_>, faults: &mut Diagnostics) -> Option<PlannedAwait> {
    let rules = match &wait.spec {
        None => Arc::clone(context.rules),
        Some(name) if name.value == context.suite.spec.value => Arc::clone(context.rules),
        Some(name) => Arc::clone(context.others.get(&name.value)?),
    };
    let name = format!("{}.{}", wait.callback.operation, wait.callback.name);
    if !callback(context.suite, &rules.contract, &name, wait.callback.span, faults) {
        return None;
    }
    let operation = Arc::clone(&rules.contract.callback(&name)?.operation);
    Some(PlannedAwait { step: wait.clone(), operation, callback: name, rules })
}

fn given<'p>(parameters: &'p Parameters, name: &str) -> Option<&'p TemplateValue> {
    parameters.iter().find(|(n, _)| n.value == name).map(|(_, v)| v)
}

fn named(parameters: &Parameters, operation: &Operation, location: In) -> Bound {
    parameters
        .iter()
        .map(|(n, v): &(Spanned<String>, TemplateValue)| {
            let whole = || operation.parameter(In::QueryString, &n.value).filter(|_| location == In::Query);
            (operation.parameter(location, &n.value).or_else(whole).cloned(), n.value.clone(), v.clone())
        })
        .collect()
}

/// An expected code is one of the catalogue.
fn expected_code(
    expect: &Expect,
    operation: Option<&Operation>,
    row: &[(String, Value)],
    context: &Context<'_>,
    faults: &mut Diagnostics,
) {
    let Some(code) = &expect.error else { return };
    let span: Span = code.span;
    let Ok(text) = Template::resolve_text(code, &RowScope(row)) else { return };
    let Some(catalogue) = &context.rules.catalogue else {
        faults.push(
            Diagnostic::error("suite/no-catalogue", "the suite has no catalogue of error codes to take the code from")
                .at(context.suite.place(span))
                .hint("add `errors: {at: ..., codes: ...}` to the suite"),
        );
        return;
    };
    if catalogue.statuses(operation.map(|o| o.id.as_str()), &text).is_empty() {
        let known: Vec<String> = catalogue
            .codes
            .iter()
            .filter(|(id, _)| operation.is_none_or(|o| o.id == **id))
            .flat_map(|(_, statuses)| statuses.values().flatten().cloned())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let whose = operation.map(|o| format!(" of {}", o.id)).unwrap_or_default();
        faults.push(
            Diagnostic::error("suite/unknown-code", format!("`{text}` is no error code{whose} in the catalogue"))
                .at(context.suite.place(span))
                .maybe_hint(did_you_mean(&text, known.iter().map(String::as_str))),
        );
    }
}
