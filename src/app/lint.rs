//! `proofmark lint`: looks at files of every kind and says everything that is wrong with them.
//!
//! Wires reading, loading and the rules. Sends nothing to any target and never prints.

use crate::app::inputs::Loader;
use crate::app::kind::Kind;
use crate::app::reader::Rights;
use crate::app::{files, load_input, monitor_input, profiles, shipped, spec};
use crate::base::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::base::distance::did_you_mean;
use crate::base::source::Source;
use crate::contract::lint as rules;
use crate::plan::bind::{Selection, bind};
use crate::plan::load::bind as bind_load;
use crate::plan::monitor::bind as bind_monitor;
use crate::report::diagnostics::{FileLooked, Findings, RuleText, ordered};
use crate::suite::{load_environment, load_expected_failures};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

/// What is to be looked at, and how strictly.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Files and folders; the shipped specs, suites, profiles and plans where there is none.
    pub files: Vec<String>,
    /// Overlays for the specs.
    pub overlays: Vec<String>,
    /// What documents may refer to.
    pub rights: Rights,
    /// Rules that matter more or less than usual.
    pub levels: Vec<RuleLevel>,
}

/// How much the findings of one rule matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLevel {
    /// The code of the rule.
    pub code: String,
    /// `None` for not at all.
    pub severity: Option<Severity>,
}

impl FromStr for RuleLevel {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        let wrong = |hint: &str| Err(Diagnostic::error("usage/rule", format!("`--rule {text}` is not ID=LEVEL")).hint(hint));
        let Some((code, level)) = text.split_once('=') else { return wrong("such as --rule lint/example=warning") };
        if !code.split_once('/').is_some_and(|(family, name)| !family.is_empty() && !name.is_empty()) {
            return wrong("an id is what stands in brackets behind `error` or `warning`, such as `contract/path`");
        }
        if code.starts_with("lint/") && rules::rule(code).is_none() {
            let known: Vec<&str> = rules::rules().map(|rule| rule.id).collect();
            let fault = Diagnostic::error("usage/rule", format!("there is no rule `{code}`"));
            return Err(fault.maybe_hint(did_you_mean(code, known.iter().copied())));
        }
        let severity = match level {
            "off" => None,
            "warning" => Some(Severity::Warning),
            "error" => Some(Severity::Error),
            _ => return wrong("a level is off, warning or error"),
        };
        Ok(Self { code: code.to_owned(), severity })
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// What was looked at and found.
    pub findings: Findings,
    /// Whether something that was named could not be looked at at all.
    pub unusable: bool,
}

/// Looks at everything that was named.
#[must_use]
pub fn lint(settings: &Settings) -> Linted {
    let mut work = Work::new(settings);
    if settings.files.is_empty() {
        let specs = shipped::FILES.iter().map(|(name, _)| (*name).to_owned()).filter(|n| n.starts_with("specs/"));
        let suites = shipped::suites().into_iter().map(str::to_owned);
        let profiles = shipped::profiles().into_iter().filter_map(shipped::profile);
        let plans = shipped::load_plans().into_iter().filter_map(shipped::load_plan);
        let monitors = shipped::monitor_plans().into_iter().filter_map(shipped::monitor_plan);
        for name in specs.chain(suites).chain(profiles).chain(plans).chain(monitors) {
            work.file(&format!("{}{name}", files::SHIPPED), Named::Alone);
        }
    }
    for typed in &settings.files {
        let name = files::beside("", typed);
        if !typed.starts_with(files::SHIPPED) && Path::new(typed).is_dir() {
            work.folder(typed);
        } else {
            work.file(&name, Named::Alone);
        }
    }
    let unused = work.loader.overlays.unused();
    work.add(unused, Fixed::Errors);
    let names: Vec<String> = work.files.iter().map(|f| f.name.clone()).collect();
    let diagnostics = ordered(&names, work.found);
    let text = |rule: &rules::Rule| RuleText { code: rule.id, title: rule.title.to_owned(), why: rule.why.to_owned() };
    let findings = Findings { files: work.files, skipped: work.skipped, diagnostics, rules: rules::rules().map(text).collect() };
    Linted { findings, unusable: work.unusable }
}

/// How a file came to be looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// By its name.
    Alone,
    /// It lies in a folder that was named.
    InFolder,
}

/// Which findings no rule can soften.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fixed {
    /// Errors: they keep the file from being used.
    Errors,
    /// None.
    Nothing,
}

struct Work<'a> {
    settings: &'a Settings,
    loader: Loader,
    files: Vec<FileLooked>,
    found: Vec<(usize, Diagnostic)>,
    skipped: usize,
    unusable: bool,
}

impl<'a> Work<'a> {
    fn new(settings: &'a Settings) -> Self {
        let mut faults = Diagnostics::new();
        let loader = Loader::new(&settings.rights, &settings.overlays, &mut faults);
        let unusable = faults.has_errors();
        let mut work = Self { settings, loader, files: Vec::new(), found: Vec::new(), skipped: 0, unusable };
        work.add(faults, Fixed::Errors);
        work
    }

    /// Takes findings of the file looked at last.
    fn add(&mut self, found: Diagnostics, fixed: Fixed) {
        let through = self.files.len().saturating_sub(1);
        for mut diagnostic in found {
            let level = self.settings.levels.iter().rev().find(|l| l.code == diagnostic.code);
            if let Some(level) = level
                && !(fixed == Fixed::Errors && diagnostic.severity == Severity::Error)
            {
                let Some(severity) = level.severity else { continue };
                diagnostic.severity = severity;
            }
            self.found.push((through, diagnostic));
        }
    }

    fn folder(&mut self, typed: &str) {
        let before = self.files.len();
        for name in files::documents(Path::new(typed)) {
            self.file(&name, Named::InFolder);
        }
        if self.files.len() == before {
            self.refuse(typed, Diagnostic::error("input/nothing", format!("there is nothing to look at below `{typed}`")));
        }
    }

    /// Something that was named cannot be looked at.
    fn refuse(&mut self, name: &str, fault: Diagnostic) {
        self.files.push(FileLooked { name: name.to_owned(), kind: "unknown" });
        self.found.push((self.files.len() - 1, fault));
        self.unusable = true;
    }

    fn file(&mut self, name: &str, named: Named) {
        if self.files.iter().any(|f| f.name == name) {
            return;
        }
        let source = match self.loader.reader.open(name) {
            Ok(source) => source,
            Err(mut fault) if named == Named::InFolder => {
                // It may be one of ours: that it was not looked at must not go unsaid.
                self.skipped += 1;
                fault.severity = Severity::Warning;
                self.found.push((self.files.len().saturating_sub(1), fault));
                return;
            }
            Err(fault) => return self.refuse(name, fault),
        };
        let mut kind = Kind::of(source.text());
        if kind.is_none() && named == Named::Alone {
            kind = Kind::meant(source.text());
        }
        let Some(kind) = kind else {
            if named == Named::InFolder {
                self.skipped += 1;
            } else {
                let message = format!("cannot tell what `{name}` is");
                let hint = "on top of a spec stands `openapi` or `swagger`, of a suite `suite`, of an environment `environment`, of an overlay `overlay`, of a certification profile `profile`, of failures that are expected `expected-failures`, of a load plan `load`, of a monitor plan `monitor`";
                self.refuse(name, Diagnostic::error("input/kind", message).hint(hint));
            }
            return;
        };
        self.files.push(FileLooked { name: source.name().to_owned(), kind: kind.name() });
        match kind {
            Kind::Spec => self.spec(&source),
            Kind::Suite => self.suite(&source),
            Kind::Environment => self.environment(&source),
            Kind::Profile => self.profile(&source),
            Kind::ExpectedFailures => self.add(load_expected_failures(&source).1, Fixed::Errors),
            Kind::Load => self.load(&source),
            Kind::Monitor => self.monitor(&source),
            Kind::Overlay => self.add(spec::check_overlay(&source), Fixed::Errors),
        }
    }

    fn spec(&mut self, source: &Arc<Source>) {
        let mut faults = Diagnostics::new();
        let contract = self.loader.spec(source, &mut faults);
        self.add(faults, Fixed::Errors);
        if let Some(contract) = contract {
            self.add(spec::lint(&contract), Fixed::Nothing);
        }
    }

    fn suite(&mut self, source: &Arc<Source>) {
        let mut faults = Diagnostics::new();
        if let Some(input) = self.loader.suite_of(source, &mut faults)
            && let (Some(environment), _) = load_environment(&Source::new("<none>", BARE), &|_| None)
        {
            // What an environment lacks is a reason to skip a case, never a mistake: a bare one tells all mistakes.
            faults.extend(bind(&[input], &environment, &Selection::default()).1);
        }
        self.add(faults, Fixed::Errors);
    }

    /// A load plan with the files that it names; each of these is looked at once.
    fn load(&mut self, source: &Arc<Source>) {
        let mut faults = Diagnostics::new();
        if let Some(input) = load_input::of(source, &mut self.loader, &mut faults)
            && let (Some(environment), _) = load_environment(&Source::new("<none>", BARE), &|_| None)
        {
            let found = bind_load(&input, &environment).1;
            found.into_iter().filter(|f| !OF_THE_ENVIRONMENT.contains(&f.code)).for_each(|f| faults.push(f));
        }
        self.add(faults, Fixed::Errors);
    }

    /// A monitor plan with the files that it names; each of these is looked at once.
    fn monitor(&mut self, source: &Arc<Source>) {
        let mut faults = Diagnostics::new();
        if let Some(input) = monitor_input::of(source, &mut self.loader, &mut faults)
            && let (Some(environment), _) = load_environment(&Source::new("<none>", BARE), &|_| None)
        {
            let found = bind_monitor(&input, &environment).1;
            found.into_iter().filter(|f| !OF_THE_ENVIRONMENT.contains(&f.code)).for_each(|f| faults.push(f));
        }
        self.add(faults, Fixed::Errors);
    }

    fn environment(&mut self, source: &Arc<Source>) {
        let env = |name: &str| std::env::var(name).ok();
        let mut faults = Diagnostics::new();
        for mut fault in load_environment(source, &env).1 {
            // Whoever looks at a file need not have its secrets.
            if fault.code == "environment/missing-variable" {
                fault.severity = Severity::Warning;
            }
            faults.push(fault);
        }
        self.add(faults, Fixed::Errors);
    }

    fn profile(&mut self, source: &Arc<Source>) {
        let env = |name: &str| std::env::var(name).ok();
        let (profile, found) = profiles::read(&self.loader.reader, source, &env);
        let mut faults = Diagnostics::new();
        for mut fault in found {
            if fault.code == "profile/missing-variable" {
                fault.severity = Severity::Warning;
            }
            faults.push(fault);
        }
        if let Some(profile) = profile {
            match self.loader.reader.open(&profiles::spec_of(&profile)) {
                Err(fault) => faults.push(fault.at(profile.place(profile.spec.span))),
                Ok(spec) => {
                    if let Some(contract) = self.loader.spec(&spec, &mut faults) {
                        let callbacks = profiles::callbacks(&profile, &contract, &mut faults);
                        profiles::values(&profile, &callbacks, true, &mut faults);
                    }
                }
            }
        }
        self.add(faults, Fixed::Errors);
    }
}

const BARE: &str = "environment: none\ntarget: http://127.0.0.1:9\n";

/// What is said of a plan where an environment lacks something: a bare one tells nothing of that.
const OF_THE_ENVIRONMENT: [&str; 4] = ["load/lacking", "load/unknown-listener", "monitor/lacking", "monitor/unknown-secret"];

#[cfg(test)]
mod tests {
    use super::{RuleLevel, Settings, lint};
    use crate::base::diagnostic::Severity;

    #[test]
    fn what_is_shipped_has_no_error() {
        let linted = lint(&Settings::default());
        assert!(!linted.unusable);
        let errors: Vec<_> = linted.findings.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(linted.findings.files.len(), 20);
    }

    #[test]
    fn profiles_and_expected_failures_are_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("a.yaml", "profile: a\nextends: laas\ncallbacks: [PostNotificaton]\n");
        write("b.yaml", "profile: b\nextends: a.yaml\nspec: nowhere.yaml\ndelivery: {origin: \"${env.PROOFMARK_NO_SUCH}\"}\n");
        write("c.yaml", "expected-failures: [{module: tls}]\n");
        let linted = lint(&Settings { files: vec![folder.path().display().to_string()], ..Settings::default() });
        let kinds: Vec<&str> = linted.findings.files.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, ["profile", "profile", "expected failures"]);
        let mut found: Vec<(&str, Severity)> = linted.findings.diagnostics.iter().map(|d| (d.code, d.severity)).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("expected-failures/missing-key", Severity::Error),
                ("input/unreadable", Severity::Error),
                ("profile/callback", Severity::Error),
                ("profile/missing-variable", Severity::Warning),
            ]
        );
    }

    #[test]
    fn load_plans_are_looked_at_with_what_they_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        let plan = |head: &str| {
            let call = "{call: a, path: {id: \"${data.ids}\"}, data: ids.csv}";
            let lost = "{call: a, data: lost.csv}";
            let broken = "{call: a, data: broken.jsonl}";
            let arrival = "arrival: {model: open, stages: [{rate: 1/s, for: 1s}]}";
            format!("{head}\nload: l\nscenarios: [{call}, {call}, {lost}, {broken}]\n{arrival}\n")
        };
        write("plan.yaml", &plan("suite: nowhere.yaml"));
        write("slip.yaml", "load: l\nspec: s.yaml\nscenarios: []\n");
        write("ids.csv", "id\n1\n");
        write("broken.jsonl", "[]\n");
        let linted = lint(&Settings { files: vec![folder.path().display().to_string()], ..Settings::default() });
        let kinds: Vec<&str> = linted.findings.files.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, ["load plan", "load plan"]);
        let mut found: Vec<&str> = linted.findings.diagnostics.iter().map(|d| d.code).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "data/json",
                "input/unreadable",
                "input/unreadable",
                "load/missing-key",
                "load/unknown-column",
                "load/unknown-column",
                "load/value"
            ]
        );
    }

    #[test]
    fn names_in_a_load_plan_are_held_against_its_suite() {
        let folder = tempfile::tempdir().expect("a folder");
        let plan = folder.path().join("plan.yaml");
        let root = env!("CARGO_MANIFEST_DIR");
        let text = format!(
            "load: l\nsuite: {root}/suites/laas-notifications/laas-notifications.yaml\nscenarios:\n  - {{call: PostNotification}}\n  - {{case: no such case}}\n\
             arrival: {{model: open, stages: [{{rate: 1/s, for: 1s}}]}}\n"
        );
        std::fs::write(&plan, text).expect("a file");
        let linted = lint(&Settings { files: vec![plan.display().to_string()], ..Settings::default() });
        let mut found: Vec<&str> = linted.findings.diagnostics.iter().map(|d| d.code).collect();
        found.sort_unstable();
        assert_eq!(found, ["load/unknown-case", "suite/unknown-operation"]);
    }

    #[test]
    fn monitor_plans_are_looked_at_with_what_they_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        let suite = format!("{}/suites/notification-api/notification-api.yaml", env!("CARGO_MANIFEST_DIR"));
        let hook = "{url: \"https://a/${secret.hook}\", secret: \"${secret.ops}\"}";
        // What an environment lacks is no mistake: nobody, and no secret, is there in a bare one.
        let sound = format!(
            "monitor: m\nsuite: {suite}\nprobes: [{{call: getSubscription, path: {{id: a}}, auth: nobody, every: 9s}}]\nalerts: [{{on: down, webhook: {hook}}}]\n"
        );
        write("a.yaml", &sound);
        write("b.yaml", &sound.replace("getSubscription", "getSubscriptions").replace("secret.ops", "secrets.ops"));
        write("c.yaml", &sound.replace("path: {id: a}, ", "").replace("on: down", "on: burn"));
        write("d.yaml", "montor: m\nspec: nowhere.yaml\nprobes: []\n");
        let linted = lint(&Settings { files: vec![folder.path().display().to_string()], ..Settings::default() });
        let kinds: Vec<&str> = linted.findings.files.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, ["monitor plan"; 4]);
        let mut found: Vec<&str> = linted.findings.diagnostics.iter().map(|d| d.code).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                "monitor/contradiction",
                "monitor/template",
                "monitor/unknown-key",
                "monitor/value",
                "suite/missing-parameter",
                "suite/unknown-operation",
            ]
        );
    }

    #[test]
    fn levels_are_read() {
        let level = |text: &str| text.parse::<RuleLevel>();
        assert_eq!(level("a/b=off"), Ok(RuleLevel { code: "a/b".to_owned(), severity: None }));
        assert_eq!(level("a/b=error"), Ok(RuleLevel { code: "a/b".to_owned(), severity: Some(Severity::Error) }));
        for wrong in ["a/b", "a=off", "a/b=", "a/b=fatal", "/=off"] {
            assert_eq!(level(wrong).expect_err(wrong).code, "usage/rule");
        }
    }
}
