//! Binds a monitor plan: probes become cases of one step, names become what they name.
//!
//! Gathers every mistake, those of the suite's declarations among them. Reads no file and sends nothing.

mod alerts;
mod openslo;
pub mod quick;
#[cfg(test)]
mod tests;

use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::distance::did_you_mean;
use crate::base::source::Span;
use crate::base::units::{Nanos, Rate};
use crate::contract::model::Operation;
use crate::model::availability::{DownRule, Target};
use crate::plan::bind::{Selection, SuiteInput, bind as bind_suites, file_stem};
use crate::plan::calls::{case_of, cases_before, planned_before, with_suite};
use crate::plan::{Plan, PlannedCase};
use crate::suite::ast::environment::Environment;
use crate::suite::ast::monitor::{AvailabilityTarget, MonitorPlan, ProbeSpec};
use crate::suite::ast::step::{CallStep, OperationRef};
use crate::suite::ast::{Spanned, Suite};
use std::sync::Arc;

pub use crate::plan::monitor::alerts::{PlannedAlert, PlannedHow};

const SECOND: u64 = 1_000_000_000;

/// A monitor plan with the documents it names.
#[derive(Debug)]
pub struct MonitorInput {
    /// The plan.
    pub monitor: Arc<MonitorPlan>,
    /// Its suite, whose cases are not used; where the plan names a spec alone, a suite without any.
    pub input: SuiteInput,
}

/// A monitor plan, ready to be carried out.
#[derive(Debug)]
pub struct PlannedMonitor {
    /// As written.
    pub monitor: Arc<MonitorPlan>,
    /// A suite of the calls that the plan writes.
    pub plan: Plan,
    /// What is called once at each start, in order.
    pub before: Vec<Arc<PlannedCase>>,
    /// What is probed; what names an operation by its index means one of these.
    pub probes: Vec<PlannedProbe>,
    /// When an operation counts as down.
    pub rule: DownRule,
    /// What is promised.
    pub targets: Vec<Target>,
    /// Who is told of what.
    pub alerts: Vec<PlannedAlert>,
    /// What probing may take.
    pub limits: PlannedLimits,
    /// How long it is watched; until it is stopped when `None`.
    pub length: Option<Nanos>,
}

/// A call that is made again and again.
#[derive(Debug)]
pub struct PlannedProbe {
    /// Its name, which no other has.
    pub name: String,
    /// The API that its operation belongs to: the stem of its spec's file name.
    pub api: String,
    /// The operation.
    pub operation: Arc<Operation>,
    /// The call: a case of one step, which sends.
    pub case: Arc<PlannedCase>,
    /// From one turn to the next; at least a second.
    pub every: Nanos,
    /// The most by which a probe is due after its turn; at most half of `every`.
    pub jitter: Nanos,
    /// An answer that takes longer is none; at most `every` without `jitter`, so that no two are ever under way at once.
    pub timeout: Nanos,
    /// A right answer that takes longer makes the operation degraded; below `timeout`.
    pub slow: Option<Nanos>,
}

/// What probing may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedLimits {
    /// The most probes a second, all of them together.
    pub rate: Rate,
    /// The most probes that are under way at once.
    pub concurrency: u32,
}

/// Binds a monitor plan; it is there only where nothing is wrong.
#[must_use]
pub fn bind(input: &MonitorInput, environment: &Environment) -> (Option<PlannedMonitor>, Diagnostics) {
    let monitor = &input.monitor;
    let mut faults = Diagnostics::new();
    let plan = calls(input, environment, &mut faults);
    let mut binding = Binding { input, environment, known: monitor.probes.iter().map(|p| known(input, p)).collect(), faults };
    binding.names();
    let timeouts: Vec<Nanos> = monitor.probes.iter().zip(0..).map(|(probe, index)| binding.probe(probe, index)).collect();
    let targets = binding.targets();
    let alerts = alerts::bind(monitor, environment, &mut binding.faults);
    let Binding { known, mut faults, .. } = binding;
    let Some(plan) = plan else { return (None, faults) };
    let before = planned_before(&plan, monitor.before.len(), "monitor/lacking", &mut faults);
    let mut probes = Vec::new();
    for (index, (probe, known)) in monitor.probes.iter().zip(known).enumerate() {
        let id = format!("/probe-{}", index + 1);
        let (Some(known), Some(case)) = (known, plan.cases.iter().find(|c| c.id.ends_with(&id)).cloned()) else { continue };
        if let Some(lacking) = &case.lacking {
            let message = format!("`{}` cannot be probed here: {lacking}", known.name.value);
            faults.push(Diagnostic::error("monitor/lacking", message).at(monitor.place(probe.span)));
        }
        probes.push(PlannedProbe {
            name: known.name.value,
            api: known.api,
            operation: known.operation,
            case,
            every: probe.every.value,
            jitter: probe.most_jitter(),
            timeout: timeouts[index],
            slow: probe.slow.as_ref().map(|slow| slow.value),
        });
    }
    if faults.has_errors() || probes.len() < monitor.probes.len() {
        return (None, faults);
    }
    let concurrency = monitor.limits.concurrency.unwrap_or_else(|| u32::try_from(probes.len()).unwrap_or(u32::MAX));
    let planned = PlannedMonitor {
        monitor: Arc::clone(monitor),
        plan,
        before,
        probes,
        rule: monitor.down.value,
        targets,
        alerts,
        limits: PlannedLimits { rate: monitor.limits.rate, concurrency },
        length: monitor.length.as_ref().map(|length| length.value),
    };
    (Some(planned), faults)
}

/// The calls that the plan writes, bound as a suite; what the suite declares is judged by itself, where it is written.
fn calls(input: &MonitorInput, environment: &Environment, faults: &mut Diagnostics) -> Option<Plan> {
    let (monitor, suite) = (&input.monitor, &input.input.suite);
    let declared = Suite { cases: Vec::new(), ..Suite::clone(suite) };
    let declared = with_suite(&input.input, declared, input.input.slug.clone());
    let (_, found) = bind_suites(&[declared], environment, &Selection::default());
    let sound = !found.has_errors();
    faults.extend(found);
    let probe = |(index, probe): (usize, &ProbeSpec)| case_of(format!("probe-{}", index + 1), &probe.call, probe.span);
    let own = Suite {
        source: Arc::clone(&monitor.source),
        cases: cases_before(&monitor.before).chain(monitor.probes.iter().enumerate().map(probe)).collect(),
        errors: suite.errors.clone().filter(|_| sound),
        events: None,
        lifecycles: Vec::new(),
        invariants: Vec::new(),
        ..Suite::clone(suite)
    };
    let (plan, found) = bind_suites(&[with_suite(&input.input, own, "monitor".to_owned())], environment, &Selection::default());
    // A catalogue that is left out for its mistakes is not missed.
    found.into_iter().filter(|fault| sound || fault.code != "suite/no-catalogue").for_each(|fault| faults.push(fault));
    plan
}

/// What a probe calls, whether or not the rest of it can be bound.
struct Known {
    name: Spanned<String>,
    api: String,
    operation: Arc<Operation>,
}

fn known(input: &MonitorInput, probe: &ProbeSpec) -> Option<Known> {
    let (api, operation) = operation(&input.input, &called(&probe.call)?)?;
    let name = probe.name.clone().unwrap_or_else(|| Spanned::new(operation.id.clone(), probe.call.operation.span()));
    Some(Known { name, api, operation })
}

fn called(call: &CallStep) -> Option<String> {
    match &call.operation {
        OperationRef::Id(id) => Some(id.value.clone()),
        OperationRef::Route { method, path, .. } => Some(format!("{method} {path}")),
        OperationRef::Template(_) => None,
    }
}

/// The operation that a name means, of the suite's own spec before the others, with the API it belongs to.
fn operation(input: &SuiteInput, name: &str) -> Option<(String, Arc<Operation>)> {
    let own = std::iter::once((input.spec.clone(), &input.contract));
    let beside = input.suite.also.iter().filter_map(|also| Some((file_stem(&also.value), input.others.get(&also.value)?)));
    own.chain(beside).find_map(|(api, contract)| Some((api, Arc::clone(contract.operation(name)?))))
}

/// What is bound beside the calls.
struct Binding<'a> {
    input: &'a MonitorInput,
    environment: &'a Environment,
    /// By probe, what it calls where that is known.
    known: Vec<Option<Known>>,
    faults: Diagnostics,
}

impl Binding<'_> {
    fn push(&mut self, fault: Diagnostic, span: Span) {
        self.faults.push(fault.at(self.input.monitor.place(span)));
    }

    /// Every name is the name of one probe.
    fn names(&mut self) {
        let names: Vec<Spanned<String>> = self.known.iter().flatten().map(|k| k.name.clone()).collect();
        for (index, name) in names.iter().enumerate() {
            let Some(first) = names[..index].iter().find(|n| n.value == name.value) else { continue };
            let label = self.input.monitor.place(first.span);
            let fault = Diagnostic::error("monitor/duplicate-name", format!("two probes are called `{}`", name.value))
                .hint("tell them apart: give one of them a `name`")
                .label(label, "the first one");
            self.push(fault, name.span);
        }
    }

    /// What a probe is in this environment; gives how long an answer may take.
    fn probe(&mut self, probe: &ProbeSpec, index: usize) -> Nanos {
        if let Some(operation) = self.known[index].as_ref().map(|k| Arc::clone(&k.operation)) {
            let span = probe.call.operation.span();
            if operation.read_once {
                let message = format!("{} can be read only once, so it may not be probed", operation.id);
                let hint = "each probe would take what belongs to whoever reads it in earnest; probe another operation";
                self.push(Diagnostic::error("monitor/read-once", message).hint(hint), span);
            } else if !matches!(operation.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY") {
                let message = format!("{} is a {}: each probe of it may change something", operation.id, operation.method);
                let hint = "an operation that only reads tells as much, and leaves nothing behind";
                self.push(Diagnostic::warning("monitor/unsafe", message).hint(hint), span);
            }
        }
        let default = self.environment.limits.timeout.min(probe.longest());
        let timeout = probe.timeout.as_ref().map_or(default, |timeout| timeout.value);
        if let Some(slow) = probe.slow.as_ref().filter(|slow| slow.value >= timeout) {
            let message = format!("an answer is given up after {timeout}, so none is slower than {}", slow.value);
            let hint = "write a shorter `slow`, or a longer `timeout`";
            self.push(Diagnostic::error("monitor/contradiction", message).hint(hint), slow.span);
        }
        self.in_time(probe, timeout);
        timeout
    }

    /// Warns where probes that are not answered would come too late for the rule, though others would not.
    fn in_time(&mut self, probe: &ProbeSpec, timeout: Nanos) {
        let DownRule::Consecutive { failures, within } = self.input.monitor.down.value else { return };
        let turns = probe.every.value.0.saturating_mul(u64::from(failures.saturating_sub(1)));
        let last = turns.saturating_add(probe.most_jitter().0);
        let takes = Nanos(last.saturating_add(timeout.0));
        if turns >= within.0 || takes <= within {
            return;
        }
        let message = format!(
            "{failures} probes without an answer take up to {takes}, and must fail within {within}: silence may never count as down"
        );
        let hint = match (within.0.saturating_sub(last) / SECOND, within.0 / u64::from(failures.max(1)) / SECOND) {
            (left @ 1.., _) => format!("timeout: {}", Nanos(left * SECOND)),
            (0, 0) => "allow more time in `down`".to_owned(),
            (0, every) => format!("every: {}", Nanos(every * SECOND)),
        };
        let span = probe.timeout.as_ref().map_or(probe.every.span, |timeout| timeout.span);
        self.push(Diagnostic::warning("monitor/late-down", message).hint(hint), span);
    }

    fn targets(&mut self) -> Vec<Target> {
        let monitor = Arc::clone(&self.input.monitor);
        let mut bound: Vec<(Target, Span)> = Vec::new();
        for written in &monitor.targets {
            let operation = match &written.operation {
                None => None,
                Some(name) => match self.probe_of(name) {
                    Some(index) => Some(index),
                    None => continue,
                },
            };
            let over = written.over.as_ref().map(|over| over.value);
            let target = Target { availability: written.availability, operation, over };
            if let Some((_, first)) = bound.iter().find(|(other, _)| *other == target) {
                let fault = Diagnostic::error("monitor/duplicate-target", format!("`{written}` is promised twice"))
                    .hint("leave one of them out")
                    .label(monitor.place(*first), "the first one");
                self.push(fault, written.span);
                continue;
            }
            self.long_enough(written, operation);
            bound.push((target, written.span));
        }
        bound.into_iter().map(|(target, _)| target).collect()
    }

    /// The probe that a target names: by its name, or by the operation where no other probe calls it.
    fn probe_of(&mut self, name: &Spanned<String>) -> Option<usize> {
        let all = || self.known.iter().enumerate().filter_map(|(index, known)| Some((index, known.as_ref()?)));
        if let Some((index, _)) = all().find(|(_, known)| known.name.value == name.value) {
            return Some(index);
        }
        let meant = operation(&self.input.input, &name.value).map(|(_, operation)| operation);
        let of: Vec<(usize, &str)> = meant
            .map(|meant| {
                all().filter(|(_, k)| Arc::ptr_eq(&k.operation, &meant)).map(|(i, k)| (i, k.name.value.as_str())).collect()
            })
            .unwrap_or_default();
        // A probe that is not known may be the one that is meant.
        let whole = self.input.monitor.whole && self.known.iter().all(Option::is_some);
        if of.is_empty() && !whole {
            return None;
        }
        let names = all().map(|(_, known)| known.name.value.as_str()).collect();
        match only(&name.value, &of, names) {
            Ok(index) => Some(index),
            Err(fault) => {
                self.push(fault, name.span);
                None
            }
        }
    }

    /// What a target looks back on holds a probe of each operation that it is about.
    fn long_enough(&mut self, target: &AvailabilityTarget, operation: Option<usize>) {
        let Some(over) = &target.over else { return };
        let probes = &self.input.monitor.probes;
        let meant = match operation {
            Some(index) => probes.get(index..=index).unwrap_or_default(),
            None => &probes[..],
        };
        let slowest = meant.iter().map(|p| p.every.value).max().unwrap_or_default();
        if let Some(fault) = too_short(over.value, slowest) {
            self.push(fault.hint("such as `over: 30d`"), over.span);
        }
    }
}

/// The only probe of an operation, of those that call it with their names; what is to be said where there is not one. `names` are
/// those of all probes.
fn only(name: &str, of: &[(usize, &str)], names: Vec<&str>) -> Result<usize, Diagnostic> {
    match of {
        [(index, _)] => Ok(*index),
        [] => {
            let fault = Diagnostic::error("monitor/unknown-operation", format!("no probe calls `{name}`"));
            Err(fault.maybe_hint(did_you_mean(name, names)))
        }
        several => {
            let names: Vec<String> = several.iter().map(|(_, name)| format!("`{name}`")).collect();
            let fault = Diagnostic::error("monitor/unknown-operation", format!("several probes call `{name}`"));
            Err(fault.hint(format!("name one of them: {}", names.join(", "))))
        }
    }
}

/// That a target looks back on less time than lies between two probes, where it does.
fn too_short(over: Nanos, slowest: Nanos) -> Option<Diagnostic> {
    let message = || format!("{over} look back on less than the {slowest} from one probe to the next");
    (over < slowest).then(|| Diagnostic::error("monitor/contradiction", message()))
}
