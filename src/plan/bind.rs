//! Binds suites: rows become cases, names become what they name.
//!
//! Gathers every mistake of every suite. Reads no file and sends nothing.

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::check::rules::Rules;
use crate::contract::Contract;
use crate::model::check::Requirement;
use crate::plan::{Neighbour, Plan, PlannedCase, PlannedKind, PlannedStep, PlannedSuite, rules, steps};
use crate::suite::ast::Suite;
use crate::suite::ast::case::{Capability, Case, Each, Isolation};
use crate::suite::ast::environment::Environment;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A suite with the documents it names.
#[derive(Debug)]
pub struct SuiteInput {
    /// The suite.
    pub suite: Arc<Suite>,
    /// The stem of its file name.
    pub slug: String,
    /// Its spec.
    pub contract: Arc<Contract>,
    /// The stem of the spec's file name.
    pub spec: String,
    /// Other documents that its steps name, by the text of the name.
    pub others: HashMap<String, Arc<Contract>>,
}

/// Which cases are wanted.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Cases with any of these tags; all where there is none.
    pub tags: Vec<String>,
    /// Cases whose id or title contains any of these texts; all where there is none.
    pub only: Vec<String>,
}

impl Selection {
    fn is_everything(&self) -> bool {
        self.tags.is_empty() && self.only.is_empty()
    }

    fn takes(&self, case: &PlannedCase) -> bool {
        let tagged = self.tags.is_empty() || self.tags.iter().any(|t| case.tags.contains(t));
        let named = self.only.is_empty()
            || self.only.iter().any(|o| {
                case.id.to_lowercase().contains(&o.to_lowercase()) || case.title.to_lowercase().contains(&o.to_lowercase())
            });
        tagged && named
    }
}

/// Binds everything; the plan is there only where nothing is wrong.
#[must_use]
pub fn bind(inputs: &[SuiteInput], environment: &Environment, selection: &Selection) -> (Option<Plan>, Diagnostics) {
    let mut faults = Diagnostics::new();
    let mut plan = Plan { suites: Vec::new(), cases: Vec::new(), restricted: !selection.is_everything() };
    let mut slugs = BTreeSet::new();
    for (index, input) in inputs.iter().enumerate() {
        let slug = unused(&input.slug, &mut slugs);
        let rules = Arc::new(rules::bind(&input.suite, &input.contract, &mut faults));
        let others: HashMap<String, Arc<Rules>> = input
            .others
            .iter()
            .map(|(name, contract)| (name.clone(), Arc::new(Rules::new(Arc::clone(contract), None, Vec::new(), Vec::new()))))
            .collect();
        let context = steps::Context { suite: &input.suite, rules: &rules, others: &others, environment };
        for case in &input.suite.cases {
            expand(index, input, &slug, case, &context, &mut plan, &mut faults);
        }
        let also = input
            .suite
            .also
            .iter()
            .filter_map(|name| Some(Neighbour { rules: Arc::clone(others.get(&name.value)?), spec: file_stem(&name.value) }))
            .collect();
        plan.suites.push(PlannedSuite { suite: Arc::clone(&input.suite), rules, slug, spec: input.spec.clone(), also });
    }
    if !selection.is_everything() {
        let ids: Vec<String> = plan.cases.iter().map(|c| c.title.clone()).collect();
        plan.cases.retain(|case| selection.takes(case));
        if plan.cases.is_empty() {
            let typed = selection.only.first().or(selection.tags.first()).map_or("", String::as_str);
            faults.push(
                Diagnostic::error("plan/nothing-selected", format!("no case is selected by `{typed}`"))
                    .maybe_hint(did_you_mean(typed, ids.iter().map(String::as_str)).filter(|h| h.starts_with("did"))),
            );
        }
    }
    if faults.has_errors() { (None, faults) } else { (Some(plan), faults) }
}

/// A slug no other suite has: files of one name may lie in different folders, and a case is known by its id.
fn unused(slug: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n| format!("{slug}-{n}"));
    let free = std::iter::once(slug.to_owned()).chain(numbered).find(|s| !taken.contains(s)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// The file name of a path without its extension.
#[must_use]
pub fn file_stem(name: &str) -> String {
    std::path::Path::new(name).file_stem().map_or_else(|| name.to_owned(), |s| s.to_string_lossy().into_owned())
}

fn expand(
    index: usize,
    input: &SuiteInput,
    slug: &str,
    case: &Case,
    context: &steps::Context<'_>,
    plan: &mut Plan,
    faults: &mut Diagnostics,
) {
    let suite = &input.suite;
    let rows: Vec<Vec<(String, Value)>> = match &case.each {
        None => vec![Vec::new()],
        Some(Each::Rows(rows)) => rows.iter().map(|r| r.value.clone()).collect(),
        Some(Each::Operations { only, except, .. }) => {
            for name in only.iter().flatten().chain(except).filter(|n| input.contract.operation(&n.value).is_none()) {
                rules::unknown_operation(suite, &input.contract, &name.value, name.span, faults);
            }
            let left_out: BTreeSet<&str> = except.iter().map(|n| n.value.as_str()).collect();
            input
                .contract
                .operations
                .iter()
                .map(|o| o.id.as_str())
                .filter(|id| only.as_ref().is_none_or(|only| only.iter().any(|n| n.value == *id)) && !left_out.contains(id))
                .map(|id| vec![("operation".to_owned(), Value::String(id.to_owned()))])
                .collect()
        }
    };
    let single = case.each.is_none();
    let requirements: Vec<Requirement> = case
        .requirement
        .iter()
        .filter_map(|id| suite.requirement(&id.value))
        .map(|d| Requirement { id: d.id.value.clone(), source: d.source.clone() })
        .collect();
    for (number, row) in rows.into_iter().enumerate() {
        let mut bound = Vec::new();
        let mut lacking = capabilities(suite, case, context.environment);
        for step in &case.steps {
            bound.extend(steps::bind(step, &row, requirements.first(), context, &mut lacking, faults));
        }
        let mut responders = Vec::new();
        let mut listeners = BTreeSet::new();
        gather(&bound, &mut responders, &mut listeners);
        for step in case.all_steps() {
            listeners.extend(
                step.variables()
                    .iter()
                    .filter_map(|(name, _)| name.strip_prefix("listener.")?.split('.').next())
                    .map(str::to_owned),
            );
        }
        let listeners: Vec<String> = listeners.into_iter().collect();
        for name in listeners.iter().filter(|n| context.environment.listener(n).is_none()) {
            lacking.get_or_insert_with(|| format!("the environment has no listener `{name}`"));
        }
        let isolation = match case.isolation() {
            Isolation::Shared if listeners.is_empty() => Isolation::Shared,
            _ => case.declared_isolation.unwrap_or(Isolation::Exclusive),
        };
        plan.cases.push(Arc::new(PlannedCase {
            id: if single { format!("{slug}/{}", case.slug) } else { format!("{slug}/{}[{}]", case.slug, number + 1) },
            title: if single { case.name.value.clone() } else { format!("{} ({})", case.name.value, shown(&row)) },
            suite: index,
            place: suite.place(case.name.span),
            tags: case.tags.iter().map(|t| t.value.clone()).collect(),
            required: case.required,
            requirements: requirements.clone(),
            row,
            isolation,
            lacking,
            steps: bound,
            responders,
            listeners,
        }));
    }
}

/// What tells one row from the others: its first values.
fn shown(row: &[(String, Value)]) -> String {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    let mut line = row.iter().map(|(_, v)| text(v)).filter(|t| t.chars().count() <= 40).take(2).collect::<Vec<_>>().join(", ");
    if line.is_empty() {
        line = row.first().map(|(k, v)| format!("{k}: {}", text(v).chars().take(30).collect::<String>())).unwrap_or_default();
    }
    line
}

fn capabilities(suite: &Suite, case: &Case, environment: &Environment) -> Option<String> {
    for needed in suite.requires.iter().chain(&case.requires) {
        match needed.value {
            Capability::Control if environment.control.is_none() => return Some("the environment offers no control".to_owned()),
            Capability::Listener if environment.listeners.is_empty() => {
                return Some("the environment has no listener".to_owned());
            }
            Capability::Control | Capability::Listener => {}
        }
    }
    None
}

fn gather(
    steps: &[PlannedStep],
    responders: &mut Vec<(String, Vec<crate::suite::ast::step::ListenerAnswer>)>,
    listeners: &mut BTreeSet<String>,
) {
    for step in steps {
        match &step.kind {
            PlannedKind::Await(wait) => {
                listeners.insert(wait.step.listener.value.clone());
                if !wait.step.respond.is_empty() {
                    responders.push((wait.step.listener.value.clone(), wait.step.respond.clone()));
                }
            }
            PlannedKind::Listener(name, _) => {
                listeners.insert(name.clone());
            }
            PlannedKind::Parallel(inner) => gather(inner, responders, listeners),
            _ => {}
        }
    }
}
