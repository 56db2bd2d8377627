//! What any record says as a list of tests, for the formats that CI servers judge by.
//!
//! One reading of each kind, so that JUnit, TAP, CTRF, Allure and SARIF never disagree with each other or with the exit code. Lays
//! nothing out, and never shows what was not judged as passed.

mod certification;
mod comparison;
mod load;
mod monitor;
mod run;

pub use certification::certification;
pub use comparison::comparison;
pub use load::load;
pub use monitor::watch;
pub use run::run;

use crate::base::source::Spot;
use crate::record::make::after;
use crate::record::shape::{DocumentRecord, ExchangeRecord, FindingRecord, Level, Outcome};
use jiff::Timestamp;
use std::collections::HashMap;

/// What kind of work a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Suites were run.
    Run,
    /// Load was made.
    Load,
    /// An endpoint was certified.
    Certification,
    /// An API was watched.
    Watch,
    /// Runs were compared.
    Comparison,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Run, Self::Load, Self::Certification, Self::Watch, Self::Comparison];

    /// As the command line and other tools name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Load => "load",
            Self::Certification => "certification",
            Self::Watch => "monitor",
            Self::Comparison => "comparison",
        }
    }

    /// As a sentence names one: `a run`.
    #[must_use]
    pub fn one(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Load => "a load",
            Self::Certification => "a certification",
            Self::Watch => "a watch",
            Self::Comparison => "a comparison",
        }
    }
}

/// A record as a list of tests.
#[derive(Clone, Debug)]
pub struct Sheet<'r> {
    /// What kind of work it is of.
    pub kind: Kind,
    /// The version of the tool that ran.
    pub tool_version: &'r str,
    /// The command as typed, redacted.
    pub command: Option<&'r str>,
    /// The environment's name; the profile's where an endpoint was certified.
    pub environment: &'r str,
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Wall time it took.
    pub took_ns: u64,
    /// The verdict in words.
    pub sentence: &'r str,
    /// The exit code that follows from the verdict.
    pub exit: u8,
    /// Why it did not come to its end or to a verdict.
    pub trouble: Option<&'r str>,
    /// What else is known of it, in order.
    pub facts: Vec<(&'static str, String)>,
    /// The documents it stands on.
    pub documents: &'r [DocumentRecord],
    /// The tests, in groups.
    pub groups: Vec<Group<'r>>,
    /// Counts over the tests.
    pub counts: Counts,
    /// The exchanges that are kept, in order of number.
    pub exchanges: Vec<&'r ExchangeRecord>,
    /// The version of HTTP that was spoken.
    pub http: &'static str,
}

/// Tests that belong together: a suite, a profile, a plan.
#[derive(Clone, Debug)]
pub struct Group<'r> {
    /// As a reader would name it.
    pub title: String,
    /// What `classname` and the like are.
    pub class: String,
    /// Wall time of its tests, added up.
    pub took_ns: u64,
    /// Its tests.
    pub tests: Vec<Test<'r>>,
    /// Counts over its tests.
    pub counts: Counts,
}

/// What a test is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// A case of a suite.
    Case,
    /// A gate of a suite.
    Gate,
    /// An objective of a load.
    Slo,
    /// What was judged of answers.
    Answers,
    /// What was judged of deliveries.
    Callbacks,
    /// A row of a profile.
    Module,
    /// A target of a watch.
    Target,
    /// A figure that is compared.
    Figure,
    /// A finding of either side of a comparison.
    Change,
    /// The work as a whole.
    Whole,
}

impl Sort {
    /// A short name for machines.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Gate => "gate",
            Self::Slo => "slo",
            Self::Answers => "answers",
            Self::Callbacks => "callbacks",
            Self::Module => "module",
            Self::Target => "target",
            Self::Figure => "figure",
            Self::Change => "change",
            Self::Whole => "whole",
        }
    }

    /// What is wrong where such a test fails that has no finding.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Case => "a case is carried out and found right",
            Self::Gate => "a gate holds",
            Self::Slo => "an objective of a load holds",
            Self::Answers => "every judged answer keeps to the contract",
            Self::Callbacks => "every judged delivery keeps to the contract",
            Self::Module => "an endpoint keeps what a row of the profile asks",
            Self::Target => "a target of availability is met",
            Self::Figure => "a figure is not worse than it was",
            Self::Change => "nothing is found that was not found before",
            Self::Whole => "what was asked for comes to its end and to a verdict",
        }
    }
}

/// One test.
#[derive(Clone, Debug)]
pub struct Test<'r> {
    /// The same in every run of the same suite, plan or profile.
    pub id: String,
    /// As a reader would name it.
    pub title: String,
    /// What it is of.
    pub sort: Sort,
    /// What became of it; what is required and was not judged is an error.
    pub outcome: Outcome,
    /// Why it is not a pass; what to know of one.
    pub message: Option<String>,
    /// Where it is written.
    pub spot: Option<Spot>,
    /// The file it is written in, where no line is known.
    pub file: Option<&'r str>,
    /// Tags.
    pub tags: &'r [String],
    /// The requirements it stands for.
    pub requirements: Vec<String>,
    /// When it began; from its exchanges where nothing else tells.
    pub began: Option<Timestamp>,
    /// Wall time it took.
    pub took_ns: Option<u64>,
    /// What was found, errors and warnings.
    pub findings: Vec<&'r FindingRecord>,
    /// What was measured or seen.
    pub notes: Vec<String>,
    /// Its parts.
    pub parts: Vec<Part<'r>>,
    /// The exchanges it made, by id.
    pub exchanges: Vec<&'r str>,
    /// The command that runs it again.
    pub rerun: Option<&'r str>,
}

impl<'r> Test<'r> {
    fn new(id: String, title: String, sort: Sort, outcome: Outcome) -> Self {
        Self {
            id,
            title,
            sort,
            outcome,
            message: None,
            spot: None,
            file: None,
            tags: &[],
            requirements: Vec::new(),
            began: None,
            took_ns: None,
            findings: Vec::new(),
            notes: Vec::new(),
            parts: Vec::new(),
            exchanges: Vec::new(),
            rerun: None,
        }
    }

    fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The findings of level error.
    pub fn errors(&self) -> impl Iterator<Item = &'r FindingRecord> {
        self.findings.iter().copied().filter(|f| f.level == Level::Error)
    }

    /// What made it fail, in a word: the check of its first error, else what it is of.
    #[must_use]
    pub fn cause(&self) -> &str {
        self.findings.iter().find(|f| f.level == Level::Error).map_or(self.sort.key(), |f| f.check.as_str())
    }

    /// When it ended.
    #[must_use]
    pub fn ended(&self) -> Option<Timestamp> {
        self.began.map(|began| after(began, self.took_ns.unwrap_or(0)))
    }
}

/// A part of a test.
#[derive(Clone, Debug)]
pub struct Part<'r> {
    /// As a reader would name it.
    pub title: &'r str,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is not a pass.
    pub message: Option<&'r str>,
    /// Where it is written.
    pub spot: Option<Spot>,
    /// What was found in it.
    pub findings: &'r [FindingRecord],
    /// The exchanges it made, by id.
    pub exchanges: &'r [String],
    /// When the first of its exchanges began and the last one ended.
    pub span: Option<(Timestamp, Timestamp)>,
}

/// Tests by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub tests: usize,
    /// Found right.
    pub passed: usize,
    /// Found wrong.
    pub failed: usize,
    /// Could not be carried out, or were required and not judged.
    pub errors: usize,
    /// Not carried out, or do not apply.
    pub skipped: usize,
    /// A person must look.
    pub review: usize,
}

impl Counts {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Self {
        let mut counts = Self::default();
        for outcome in outcomes {
            counts.tests += 1;
            match outcome {
                Outcome::Pass => counts.passed += 1,
                Outcome::Fail => counts.failed += 1,
                Outcome::Error => counts.errors += 1,
                Outcome::Skipped | Outcome::NotApplicable => counts.skipped += 1,
                Outcome::Review => counts.review += 1,
            }
        }
        counts
    }

    /// What a CI server with one word for what is not right counts as failed.
    #[must_use]
    pub fn bad(&self) -> usize {
        self.failed + self.errors
    }
}

impl<'r> Sheet<'r> {
    /// Every test with its group.
    pub fn tests(&self) -> impl Iterator<Item = (&Group<'r>, &Test<'r>)> {
        self.groups.iter().flat_map(|group| group.tests.iter().map(move |test| (group, test)))
    }

    /// An exchange by its id.
    #[must_use]
    pub fn exchange(&self, id: &str) -> Option<&'r ExchangeRecord> {
        let at = id.strip_prefix('x').and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1));
        // They are in order and mostly without a gap.
        at.and_then(|at| self.exchanges.get(at).copied().filter(|x| x.id == id))
            .or_else(|| self.exchanges.iter().copied().find(|x| x.id == id))
    }

    /// Counts what became of the tests. A verdict that is not good is never without a test that is not: where no other says it, one of the
    /// work as a whole does.
    fn closed(mut self) -> Self {
        let is_bad = self.groups.iter().flat_map(|g| &g.tests).any(|t| t.outcome.is_bad());
        if self.exit != 0 && !is_bad {
            let mut whole =
                Test::new("whole".to_owned(), Sort::Whole.title().to_owned(), Sort::Whole, Outcome::Error).saying(self.sentence);
            (whole.began, whole.took_ns) = (Some(self.began), Some(self.took_ns));
            let name = self.kind.name().to_owned();
            match self.groups.last_mut().filter(|_| self.kind != Kind::Run) {
                Some(group) => group.tests.push(whole),
                None => self.groups.push(Group::new(name.clone(), name, self.took_ns, vec![whole])),
            }
        }
        for group in &mut self.groups {
            group.counts = Counts::of(group.tests.iter().map(|t| &t.outcome));
        }
        self.counts = Counts::of(self.groups.iter().flat_map(|g| &g.tests).map(|t| &t.outcome));
        self
    }
}

impl<'r> Group<'r> {
    fn new(title: String, class: String, took_ns: u64, tests: Vec<Test<'r>>) -> Self {
        Self { title, class, took_ns, tests, counts: Counts::default() }
    }
}

/// Exchanges by id, to tell when something happened.
struct Times<'r>(HashMap<&'r str, &'r ExchangeRecord>);

impl<'r> Times<'r> {
    fn of(exchanges: impl IntoIterator<Item = &'r ExchangeRecord>) -> Self {
        Self(exchanges.into_iter().map(|x| (x.id.as_str(), x)).collect())
    }

    /// When the first of these began and the last one ended.
    fn span<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> Option<(Timestamp, Timestamp)> {
        let known = ids.into_iter().filter_map(|id| self.0.get(id));
        known.map(|x| (x.began, after(x.began, x.took_ns))).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }
}

#[cfg(test)]
mod tests;
