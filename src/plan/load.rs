//! Binds a load plan: scenarios become cases with their steps, names become what they name.
//!
//! Gathers every mistake, those of the suite that concern its scenarios among them. Reads no file and sends nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::check::rules::Rules;
use crate::contract::model::Operation;
use crate::plan::bind::{Selection, SuiteInput, bind as bind_suites};
use crate::plan::calls::{case_of, cases_before, planned_before, shown, with_suite};
use crate::plan::uses;
use crate::plan::{Plan, PlannedCase, PlannedKind, PlannedSend, PlannedStep, SendTarget};
use crate::suite::ast::Suite;
use crate::suite::ast::case::Case;
use crate::suite::ast::environment::Environment;
use crate::suite::ast::load::{Arrival, CallbackLoad, LoadPlan, Pick, Scenario, ScenarioKind, Slo};
use crate::suite::data::Rows;
use crate::suite::template::{Part, Template};
use crate::window::hours::OperationName;
use std::sync::Arc;

/// A load plan with the documents it names.
#[derive(Debug)]
pub struct LoadInput {
    /// The plan.
    pub load: Arc<LoadPlan>,
    /// Its suite; where the plan names a spec alone, a suite without cases.
    pub input: SuiteInput,
    /// By scenario, the rows it draws from.
    pub data: Vec<Option<Arc<Rows>>>,
}

/// A load plan, ready to be carried out.
#[derive(Debug)]
pub struct PlannedLoad {
    /// As written.
    pub load: Arc<LoadPlan>,
    /// The suite, and another one for the calls that the plan writes itself.
    pub plan: Plan,
    /// What is called once before, in order.
    pub before: Vec<Arc<PlannedCase>>,
    /// What is done, by weight.
    pub scenarios: Vec<PlannedScenario>,
    /// What figures are kept of apart: operations by operationId, other requests by method and path.
    pub operations: Vec<String>,
    /// The operations that are called, before and in journeys, by API.
    pub called: Vec<OperationName>,
    /// Deliveries that are awaited.
    pub callbacks: Vec<PlannedCallback>,
}

/// A scenario with its steps.
#[derive(Debug)]
pub struct PlannedScenario {
    /// As a reader would name it.
    pub title: String,
    /// Its share beside the others.
    pub weight: u32,
    /// What is done: one of these in turn.
    pub cases: Vec<Arc<PlannedCase>>,
    /// The rows that fill `${data.…}`.
    pub data: Option<(Arc<Rows>, Pick)>,
}

/// Deliveries that a load triggers.
#[derive(Clone, Debug)]
pub struct PlannedCallback {
    /// As written.
    pub spec: CallbackLoad,
    /// `createSignature -> registerCallback.notification`.
    pub title: String,
    /// The callback's operation.
    pub operation: Arc<Operation>,
    /// What judges its deliveries.
    pub rules: Arc<Rules>,
}

impl PlannedLoad {
    /// Where the figures of a step are kept.
    #[must_use]
    pub fn operation(&self, send: &PlannedSend) -> usize {
        let name = name_of(send);
        self.operations.iter().position(|o| *o == name).unwrap_or_default()
    }
}

/// What the figures of a step are kept under.
fn name_of(send: &PlannedSend) -> String {
    match &send.target {
        SendTarget::Operation { operation, .. } => operation.id.clone(),
        SendTarget::Raw { method, target } => {
            let text = |template: &Template| {
                let part = |part: &Part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Variable { name, .. } => format!("{{{name}}}"),
                };
                template.parts.iter().map(part).collect::<String>()
            };
            let target = text(target);
            format!("{} {}", text(method).to_ascii_uppercase(), target.split('?').next().unwrap_or(&target))
        }
    }
}

/// Binds a load plan; it is there only where nothing is wrong.
#[must_use]
pub fn bind(input: &LoadInput, environment: &Environment) -> (Option<PlannedLoad>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let load = &input.load;
    let inputs = [chosen_cases(input, &mut faults), own_calls(input)];
    // Where a case is unknown, what it would call is unknown too.
    let whole = !faults.has_errors();
    let (plan, more) = bind_suites(&inputs, environment, &Selection::default());
    faults.extend(more);
    let Some(plan) = plan else { return (None, faults) };
    let mut scenarios = Vec::new();
    for (index, scenario) in load.scenarios.iter().enumerate() {
        scenarios.push(planned(input, index, scenario, &plan, &mut faults));
    }
    let mut operations: Vec<String> = Vec::new();
    for send in scenarios.iter().flat_map(|s| &s.cases).flat_map(|c| &c.steps).filter_map(sends) {
        let name = name_of(send);
        if !operations.contains(&name) {
            operations.push(name);
        }
    }
    let before = planned_before(&plan, load.before.len(), "load/lacking", &mut faults);
    if let (Arrival::Search(_), Some(first)) = (&load.arrival, load.callbacks.first()) {
        let hint = "find the rate first, then measure deliveries at it with `model: open`";
        let fault = Diagnostic::error("load/callbacks", "callbacks cannot be measured while the rate is searched for");
        faults.push(fault.at(load.place(first.trigger.span)).hint(hint));
    }
    let known = whole.then_some(&operations[..]);
    let callbacks = load.callbacks.iter().filter_map(|c| callback(c, load, &plan, known, environment, &mut faults)).collect();
    if let Some(known) = known {
        load.slos.iter().chain(&load.aborts).for_each(|slo| known_operation(slo, load, known, &mut faults));
    }
    if faults.has_errors() {
        return (None, faults);
    }
    let mut called: Vec<OperationName> = Vec::new();
    for name in before.iter().chain(scenarios.iter().flat_map(|s| &s.cases)).flat_map(|case| uses::operations(&plan, case)) {
        if !called.contains(&name) {
            called.push(name);
        }
    }
    (Some(PlannedLoad { load: Arc::clone(load), plan, before, scenarios, operations, called, callbacks }), faults)
}

fn sends(step: &PlannedStep) -> Option<&PlannedSend> {
    match &step.kind {
        PlannedKind::Send(send) => Some(send),
        _ => None,
    }
}

/// The suite with the cases alone that scenarios name.
fn chosen_cases(input: &LoadInput, faults: &mut Diagnostics) -> SuiteInput {
    let (load, suite) = (&input.load, &input.input.suite);
    let mut cases: Vec<Case> = Vec::new();
    for scenario in &load.scenarios {
        let ScenarioKind::Case { name, .. } = &scenario.what else { continue };
        match suite.cases.iter().find(|c| c.name.value == name.value || c.slug == name.value) {
            Some(case) if cases.iter().any(|c| c.slug == case.slug) => {}
            Some(case) => cases.push(case.clone()),
            None => {
                let known = suite.cases.iter().map(|c| c.name.value.as_str());
                let message = match load.suite {
                    Some(_) => format!("the suite has no case `{}`", name.value),
                    None => "a case needs a suite".to_owned(),
                };
                faults.push(
                    Diagnostic::error("load/unknown-case", message)
                        .at(load.place(name.span))
                        .maybe_hint(did_you_mean(&name.value, known).or_else(|| Some("name a case of `suite`".to_owned()))),
                );
            }
        }
    }
    with_suite(&input.input, Suite { cases, ..Suite::clone(suite) }, input.input.slug.clone())
}

/// A suite of the calls that the plan writes itself, one case each.
fn own_calls(input: &LoadInput) -> SuiteInput {
    let load = &input.load;
    let calls = load.scenarios.iter().enumerate().filter_map(|(index, scenario)| match &scenario.what {
        ScenarioKind::Call(call) => Some(case_of(format!("scenario-{}", index + 1), call, scenario.span)),
        ScenarioKind::Case { .. } => None,
    });
    let cases = cases_before(&load.before).chain(calls).collect();
    let suite = Suite { source: Arc::clone(&load.source), cases, ..Suite::clone(&input.input.suite) };
    with_suite(&input.input, suite, "load".to_owned())
}

fn planned(input: &LoadInput, index: usize, scenario: &Scenario, plan: &Plan, faults: &mut Diagnostics) -> PlannedScenario {
    let load = &input.load;
    let (title, mut cases): (String, Vec<Arc<PlannedCase>>) = match &scenario.what {
        ScenarioKind::Call(call) => {
            let id = format!("scenario-{}", index + 1);
            (shown(call), plan.cases.iter().filter(|c| c.suite == 1 && c.id.ends_with(&id)).cloned().collect())
        }
        ScenarioKind::Case { name, row } => {
            let slug = input.input.suite.cases.iter().find(|c| c.name.value == name.value || c.slug == name.value);
            let slug = slug.map_or("", |c| c.slug.as_str());
            let of = |c: &Arc<PlannedCase>| {
                let id = c.id.split_once('/').map_or("", |(_, id)| id);
                c.suite == 0 && id.split('[').next() == Some(slug)
            };
            let mut cases: Vec<Arc<PlannedCase>> = plan.cases.iter().filter(|c| of(c)).cloned().collect();
            if let Some(row) = row {
                let kept = cases.get(row.saturating_sub(1) as usize).cloned();
                if kept.is_none() && !cases.is_empty() {
                    let message = format!("the case `{}` has {} rows, not {row}", name.value, cases.len());
                    faults.push(Diagnostic::error("load/unknown-row", message).at(load.place(name.span)));
                }
                cases = kept.into_iter().collect();
            }
            (name.value.clone(), cases)
        }
    };
    let data = scenario.data.as_ref().zip(input.data[index].clone()).map(|(spec, rows)| (rows, spec.pick));
    if data.is_some() {
        // The rows of the file take the place of the case's own.
        cases.truncate(1);
    }
    for case in &cases {
        carried(case, scenario, load, faults);
    }
    columns(&cases, data.as_ref().map(|(rows, _)| &**rows), faults);
    PlannedScenario { title, weight: scenario.weight, cases, data }
}

/// Says what of a case cannot be done under load.
fn carried(case: &PlannedCase, scenario: &Scenario, load: &LoadPlan, faults: &mut Diagnostics) {
    if let Some(lacking) = &case.lacking {
        let message = format!("`{}` cannot be done here: {lacking}", case.title);
        faults.push(Diagnostic::error("load/lacking", message).at(load.place(scenario.span)));
    }
    for step in &case.steps {
        let (what, hint) = match &step.kind {
            PlannedKind::Send(send) if send.repeat.is_some_and(|r| r.concurrently) => {
                ("`concurrently`", "journeys run side by side already: leave it out")
            }
            PlannedKind::Send(_) | PlannedKind::Set(_) => continue,
            PlannedKind::Assert(_) => ("`assert`", "write what must hold into `expect` of the call that brings it"),
            PlannedKind::Control(_) => ("`control`", "it would change the target for every journey: choose a case without it"),
            PlannedKind::Listener(..) | PlannedKind::Await(_) => {
                ("`await`", "deliveries are measured by `callbacks` of the plan: choose a case without it")
            }
            PlannedKind::Parallel(_) => ("`parallel`", "journeys run side by side already: choose a case without it"),
        };
        faults.push(
            Diagnostic::error("load/step", format!("{what} cannot be used under load"))
                .at(step.place.clone())
                .hint(format!("{hint} (the case `{}` is a scenario of `{}`)", case.title, load.title.value)),
        );
    }
}

/// Every `${row.column}` of a case with data is a column of the scenario's file. What calls of the plan itself use is looked at where the
/// file is read.
fn columns(cases: &[Arc<PlannedCase>], rows: Option<&Rows>, faults: &mut Diagnostics) {
    let (Some(case), Some(rows)) = (cases.first().filter(|c| c.suite == 0), rows) else { return };
    for step in &case.steps {
        let Some(send) = sends(step) else { continue };
        for (name, _) in uses::variables(send) {
            let Some(column) = name.strip_prefix("row.").and_then(|path| path.split('.').next()) else { continue };
            if rows.column(column).is_none() {
                let hint = did_you_mean(column, rows.columns.iter().map(String::as_str));
                let fault = Diagnostic::error("load/unknown-column", format!("the data has no column `{column}`"));
                faults.push(fault.at(step.place.clone()).maybe_hint(hint));
            }
        }
    }
}

fn callback(
    spec: &CallbackLoad,
    load: &LoadPlan,
    plan: &Plan,
    operations: Option<&[String]>,
    environment: &Environment,
    faults: &mut Diagnostics,
) -> Option<PlannedCallback> {
    let mut sound = true;
    let mut wrong = |code, span, message: String, hint: Option<String>| {
        faults.push(Diagnostic::error(code, message).at(load.place(span)).maybe_hint(hint));
        sound = false;
    };
    if let Some(operations) = operations.filter(|known| !known.contains(&spec.trigger.value)) {
        let hint = did_you_mean(&spec.trigger.value, operations.iter().map(String::as_str));
        let message = format!("no scenario calls `{}`, so it triggers nothing", spec.trigger.value);
        wrong("load/unknown-operation", spec.trigger.span, message, hint);
    }
    if environment.listener(&spec.listener.value).is_none() {
        let known = environment.listeners.iter().map(|l| l.name.value.as_str());
        let hint = did_you_mean(&spec.listener.value, known);
        wrong(
            "load/unknown-listener",
            spec.listener.span,
            format!("the environment has no listener `{}`", spec.listener.value),
            hint,
        );
    }
    let suite = &plan.suites[0];
    let rules = match &spec.spec {
        Some(name) if name.value != suite.suite.spec.value => {
            let stem = crate::plan::bind::file_stem(&name.value);
            let found = suite.also.iter().find(|n| n.spec == stem).map(|n| Arc::clone(&n.rules));
            if found.is_none() {
                let hint = "name it in `also` of the suite".to_owned();
                wrong("load/unknown-spec", name.span, format!("the suite does not use `{}`", name.value), Some(hint));
            }
            found
        }
        _ => Some(Arc::clone(&suite.rules)),
    };
    let name = format!("{}.{}", spec.callback.operation, spec.callback.name);
    let rules = rules?;
    let Some(found) = rules.contract.callback(&name) else {
        let known: Vec<String> = rules.contract.callbacks().map(|(o, c)| format!("{}.{}", o.id, c.name)).collect();
        let hint = did_you_mean(&name, known.iter().map(String::as_str));
        wrong("load/unknown-callback", spec.callback.span, format!("`{name}` is no callback of {}", rules.contract.title), hint);
        return None;
    };
    let operation = Arc::clone(&found.operation);
    let title = format!("{} -> {name}", spec.trigger.value);
    sound.then(|| PlannedCallback { spec: spec.clone(), title, operation, rules: Arc::clone(&rules) })
}

fn known_operation(slo: &Slo, load: &LoadPlan, operations: &[String], faults: &mut Diagnostics) {
    let Some(operation) = &slo.operation else { return };
    if !operations.contains(&operation.value) {
        let known = operations.iter().map(String::as_str);
        faults.push(
            Diagnostic::error("load/unknown-operation", format!("no scenario calls `{}`", operation.value))
                .at(load.place(operation.span))
                .maybe_hint(did_you_mean(&operation.value, known)),
        );
    }
}
