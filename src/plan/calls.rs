//! Calls that a plan writes itself, as cases of one step beside those of its suite.
//!
//! Makes what is bound like any other case. Looks nothing up and sends nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::Span;
use crate::plan::bind::SuiteInput;
use crate::plan::{Plan, PlannedCase};
use crate::suite::ast::case::Case;
use crate::suite::ast::expect::{ExpectedStatus, StatusPattern, StatusSet};
use crate::suite::ast::step::{CallStep, OperationRef, Step, StepKind};
use crate::suite::ast::{Spanned, Suite};
use std::collections::HashMap;
use std::sync::Arc;

/// Another suite over the same documents.
pub(super) fn with_suite(input: &SuiteInput, suite: Suite, slug: String) -> SuiteInput {
    SuiteInput {
        suite: Arc::new(suite),
        slug,
        contract: Arc::clone(&input.contract),
        spec: input.spec.clone(),
        others: input.others.iter().map(|(name, contract)| (name.clone(), Arc::clone(contract))).collect::<HashMap<_, _>>(),
    }
}

/// The case of a call; where it says nothing of the status, 2XX and 3XX are right.
pub(super) fn case_of(slug: String, call: &CallStep, span: Span) -> Case {
    let mut call = call.clone();
    let expect = &mut call.send.expect;
    if expect.status.is_none() && expect.error.is_none() && expect.denied.is_none() {
        // A call that is refused all the time says nothing that anyone asked for.
        let done = StatusSet(vec![StatusPattern::Class(2), StatusPattern::Class(3)]);
        expect.status = Some(Spanned::new(ExpectedStatus::Fixed(done), span));
    }
    let call = &call;
    let step = Step {
        kind: StepKind::Call(Box::new(call.clone())),
        name: None,
        note: None,
        title_hint: format!("call {}", shown(call)),
        span,
    };
    Case {
        name: Spanned::new(shown(call), call.operation.span()),
        slug,
        tags: Vec::new(),
        requires: Vec::new(),
        requirement: Vec::new(),
        required: true,
        declared_isolation: None,
        each: None,
        steps: vec![step],
        span,
    }
}

/// The cases of calls that are made before.
pub(super) fn cases_before(calls: &[Spanned<CallStep>]) -> impl Iterator<Item = Case> {
    calls.iter().enumerate().map(|(index, call)| case_of(format!("before-{}", index + 1), &call.value, call.span))
}

/// What became of `count` calls that are made before, in order; `code` says which of them this environment cannot make.
pub(super) fn planned_before(plan: &Plan, count: usize, code: &'static str, faults: &mut Diagnostics) -> Vec<Arc<PlannedCase>> {
    let ids = (1..=count).map(|n| format!("/before-{n}"));
    let before: Vec<Arc<PlannedCase>> = ids.filter_map(|id| plan.cases.iter().find(|c| c.id.ends_with(&id)).cloned()).collect();
    for case in &before {
        if let Some(lacking) = &case.lacking {
            let message = format!("`{}` cannot be called here: {lacking}", case.title);
            faults.push(Diagnostic::error(code, message).at(case.place.clone()));
        }
    }
    before
}

/// What a reader would call it.
pub(super) fn shown(call: &CallStep) -> String {
    match &call.operation {
        OperationRef::Id(id) => id.value.clone(),
        OperationRef::Route { method, path, .. } => format!("{method} {path}"),
        OperationRef::Template(template) => template.as_literal().unwrap_or("call").to_owned(),
    }
}
