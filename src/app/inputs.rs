//! Loads everything a check needs, gathering every mistake of every file.
//!
//! Reads suites, specs and the environment. Sends nothing.

use crate::app::reader::{Reader, Rights};
use crate::app::spec::{self, Overlays};
use crate::app::{files, shipped, windows};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::source::{Place, Source};
use crate::check::catalogue;
use crate::contract::Contract;
use crate::plan::Plan;
use crate::plan::bind::{Selection, SuiteInput, bind, file_stem};
use crate::record::digest;
use crate::record::shape::DocumentRecord;
use crate::suite::ast::Spanned;
use crate::suite::ast::environment::{Environment, TargetSpec};
use crate::suite::ast::step::StepKind;
use crate::suite::{load_environment, load_suite};
use crate::window::hours::Hours;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Suite files or folders; everything shipped where there is none.
    pub suites: Vec<String>,
    /// The environment: a file, or the name of a shipped one.
    pub environment: Option<String>,
    /// A URL instead of the environment's target.
    pub target: Option<String>,
    /// Which cases.
    pub selection: Selection,
    /// The environment's control is not there: what needs it is skipped.
    pub without_control: bool,
    /// Overlays for the specs.
    pub overlays: Vec<String>,
    /// What the specs may refer to.
    pub rights: Rights,
    /// The instant that availability is looked at as if it were now.
    pub at: Option<jiff::Timestamp>,
}

/// What was loaded.
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// The environment.
    pub environment: Environment,
    /// When its APIs are available.
    pub hours: Hours,
    /// Every document read, by digest.
    pub documents: Vec<DocumentRecord>,
    /// Warnings, which keep nothing from being run.
    pub warnings: Vec<Diagnostic>,
}

/// Loads and binds everything.
///
/// # Errors
/// Every mistake of every file, in order of file and line.
pub fn load(wanted: &Wanted, env: &dyn Fn(&str) -> Option<String>) -> Result<Loaded, Vec<Diagnostic>> {
    let mut faults = Diagnostics::new();
    let mut loader = Loader::new(&wanted.rights, &wanted.overlays, &mut faults);
    let environment = loader.environment(wanted, env, &mut faults);
    let mut inputs = Vec::new();
    for name in suite_names(wanted, &mut faults) {
        inputs.extend(loader.suite(&name, &mut faults));
    }
    let Some(environment) = environment else { return Err(faults.sorted()) };
    if inputs.is_empty() && !faults.has_errors() {
        faults.push(Diagnostic::error("input/no-suite", "there is no suite to run"));
    }
    faults.extend(loader.overlays.unused());
    let (plan, more) = bind(&inputs, &environment, &wanted.selection);
    faults.extend(more);
    let suites = plan.as_ref().map_or(&[][..], |plan| &plan.suites);
    let hours = windows::of(environment.window.as_ref(), suites, wanted.at, &mut loader, &mut faults);
    match (plan, hours) {
        (Some(plan), Some(hours)) if !faults.has_errors() => {
            Ok(Loaded { plan, environment, hours, documents: loader.documents, warnings: faults.sorted() })
        }
        _ => Err(faults.sorted().into_iter().filter(|d| d.severity == Severity::Error).collect()),
    }
}

fn suite_names(wanted: &Wanted, faults: &mut Diagnostics) -> Vec<String> {
    if wanted.suites.is_empty() {
        return shipped::suites().into_iter().map(|n| format!("{}{n}", files::SHIPPED)).collect();
    }
    let mut names = Vec::new();
    for typed in &wanted.suites {
        match files::suites(typed) {
            Ok(found) => names.extend(found),
            Err(fault) => faults.push(fault),
        }
    }
    names.dedup();
    names
}

/// Loads suites and specs, each spec once.
pub(super) struct Loader {
    pub(super) reader: Reader,
    pub(super) overlays: Overlays,
    contracts: BTreeMap<String, Option<Arc<Contract>>>,
    documents: Vec<DocumentRecord>,
}

impl Loader {
    pub(super) fn new(rights: &Rights, overlays: &[String], faults: &mut Diagnostics) -> Self {
        let reader = Reader::new(rights.clone());
        let overlays = Overlays::read(overlays, &reader, faults);
        Self { reader, overlays, contracts: BTreeMap::new(), documents: Vec::new() }
    }

    /// Every document read, by digest.
    pub(super) fn documents(&self) -> Vec<DocumentRecord> {
        [self.documents.clone(), self.overlays.documents()].concat()
    }

    /// Reads a file; `asked` is where it was named.
    pub(super) fn read(&mut self, kind: &str, name: &str, asked: Option<Place>, faults: &mut Diagnostics) -> Option<Arc<Source>> {
        match self.reader.open(name) {
            Ok(source) => {
                self.documents.push(digest::document(kind, name, source.text().as_bytes()));
                Some(source)
            }
            Err(fault) => {
                faults.push(match asked {
                    Some(place) => fault.at(place),
                    None => fault,
                });
                None
            }
        }
    }

    pub(super) fn environment(
        &mut self,
        wanted: &Wanted,
        env: &dyn Fn(&str) -> Option<String>,
        faults: &mut Diagnostics,
    ) -> Option<Environment> {
        let typed = wanted.environment.as_deref().unwrap_or("sandbox");
        let shipped_name = format!("suites/environments/{typed}.yaml");
        let name =
            if shipped::text(&shipped_name).is_some() { format!("{}{shipped_name}", files::SHIPPED) } else { typed.to_owned() };
        let source = self.read("environment", &name, None, faults)?;
        let (environment, more) = load_environment(&source, env);
        faults.extend(more);
        let mut environment = environment?;
        if wanted.without_control {
            environment.control = None;
        }
        if let Some(target) = &wanted.target {
            match crate::net::address::parse_origin(target) {
                Ok(_) => {
                    let url = target.trim_end_matches('/').to_owned();
                    environment.target = TargetSpec::Url(Spanned::new(url, crate::base::source::Span::default()));
                }
                Err(reason) => faults.push(
                    Diagnostic::error("input/target", format!("`{target}` is not a target: {reason}"))
                        .hint("write it as http://127.0.0.1:8099"),
                ),
            }
        }
        Some(environment)
    }

    fn suite(&mut self, name: &str, faults: &mut Diagnostics) -> Option<SuiteInput> {
        let source = self.read("suite", name, None, faults)?;
        self.suite_of(&source, faults)
    }

    /// A suite that another file names, with its specs.
    pub(super) fn named_suite(&mut self, name: &str, asked: Place, faults: &mut Diagnostics) -> Option<SuiteInput> {
        let source = self.read("suite", name, Some(asked), faults)?;
        self.suite_of(&source, faults)
    }

    /// A suite that was read, with its specs.
    pub(super) fn suite_of(&mut self, source: &Arc<Source>, faults: &mut Diagnostics) -> Option<SuiteInput> {
        let name = source.name();
        let (suite, more) = load_suite(source, &catalogue::names());
        faults.extend(more);
        let suite = Arc::new(suite?);
        let spec_name = files::beside(name, &suite.spec.value);
        let contract = self.contract(&spec_name, suite.place(suite.spec.span), faults);
        let mut others = HashMap::new();
        for spec in &suite.also {
            if let Some(contract) = self.contract(&files::beside(name, &spec.value), suite.place(spec.span), faults) {
                others.insert(spec.value.clone(), contract);
            }
        }
        for step in suite.cases.iter().flat_map(crate::suite::ast::case::Case::all_steps) {
            if let StepKind::Await(wait) = &step.kind
                && let Some(spec) = &wait.spec
                && !others.contains_key(&spec.value)
                && let Some(contract) = self.contract(&files::beside(name, &spec.value), suite.place(spec.span), faults)
            {
                others.insert(spec.value.clone(), contract);
            }
        }
        Some(SuiteInput { slug: file_stem(name), spec: file_stem(&spec_name), suite, contract: contract?, others })
    }

    /// The contract of a spec that a file names.
    pub(super) fn contract(&mut self, name: &str, asked: Place, faults: &mut Diagnostics) -> Option<Arc<Contract>> {
        if let Some(known) = self.contracts.get(name) {
            return known.clone();
        }
        let source = self.read("spec", name, Some(asked), faults);
        let contract = source.and_then(|source| self.spec(&source, faults));
        self.contracts.insert(name.to_owned(), contract.clone());
        contract
    }

    /// The contract of a spec that was read.
    pub(super) fn spec(&mut self, source: &Arc<Source>, faults: &mut Diagnostics) -> Option<Arc<Contract>> {
        let name = source.name().to_owned();
        if let Some(known) = self.contracts.get(&name) {
            return known.clone();
        }
        let (contract, more) = spec::load(source, &self.reader, &self.overlays);
        faults.extend(more);
        let contract = contract.map(Arc::new);
        self.contracts.insert(name, contract.clone());
        contract
    }
}
