//! What the page of a certification shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::record::certification::CertificationRecord;
use crate::record::certification::shape::{
    CertificationResult, ConditionRecord, ExpectedRecord, LatencyRecord, ModuleRecord, ResultRecord,
};
use crate::record::shape::{ExchangeRecord, FindingRecord, Level};
use crate::report::certification::{shown_as, word};
use crate::report::html::calls::{CallRow, folded, limited};
use crate::report::html::certification::chart::Chart;
use crate::report::html::message::ExchangeView;
use std::collections::{BTreeMap, BTreeSet};

/// Exchanges shown in full at most; the record has all of them.
const FULL: usize = 150;

/// The whole page.
pub(super) struct View<'a> {
    pub(super) tone: &'static str,
    pub(super) headline: &'a str,
    pub(super) rest: Vec<&'a str>,
    pub(super) rows: Vec<RowView<'a>>,
    pub(super) found: Vec<FoundView<'a>>,
    pub(super) review: Vec<(&'a ModuleRecord, &'a ConditionRecord)>,
    pub(super) announced: Vec<(&'a ModuleRecord, &'a ExpectedRecord)>,
    pub(super) times: Vec<(&'a ModuleRecord, &'a LatencyRecord, Chart)>,
    pub(super) modules: Vec<ModuleView<'a>>,
    pub(super) others: Vec<CallRow<'a>>,
}

/// A row of the table of requirements.
pub(super) struct RowView<'a> {
    pub(super) module: &'a ModuleRecord,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) conditions: Vec<ConditionView<'a>>,
}

impl RowView<'_> {
    /// Lines of the table that the row takes.
    pub(super) fn span(&self) -> usize {
        self.conditions.len().max(1)
    }
}

/// One of its requirements.
pub(super) struct ConditionView<'a> {
    pub(super) condition: &'a ConditionRecord,
    pub(super) tone: &'static str,
    /// The first finding about it.
    pub(super) finding: Option<&'a str>,
}

/// A finding; its exchange in full where no finding before it has shown that.
pub(super) struct FoundView<'a> {
    pub(super) module: &'a ModuleRecord,
    pub(super) finding: &'a FindingRecord,
    /// Those that were found in the same way.
    pub(super) others: Vec<&'a FindingRecord>,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) exchange: Option<ExchangeView<'a>>,
    /// The exchange where it is shown elsewhere.
    pub(super) elsewhere: Option<&'a str>,
}

/// What a module did.
pub(super) struct ModuleView<'a> {
    pub(super) module: &'a ModuleRecord,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) calls: Vec<CallRow<'a>>,
    pub(super) more: usize,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a CertificationRecord) -> Self {
        let exchanges: BTreeMap<&str, &ExchangeRecord> = record.exchanges.iter().map(|x| (x.id.as_str(), x)).collect();
        let modules = record.by_row();
        let mut parts = record.sentence.split("; ");
        let conditions = || modules.iter().flat_map(|m| m.conditions.iter().map(move |c| (*m, c)));
        let met: BTreeSet<&str> = record.modules.iter().flat_map(|m| &m.exchanges).map(String::as_str).collect();
        let others: Vec<&ExchangeRecord> = record.exchanges.iter().filter(|x| !met.contains(x.id.as_str())).collect();
        View {
            tone: match record.verdict {
                CertificationResult::Certified | CertificationResult::Conforms => "good",
                CertificationResult::Fails => "bad",
                CertificationResult::NotJudged | CertificationResult::Interrupted => "open",
            },
            headline: parts.next().unwrap_or_default(),
            rest: parts.collect(),
            rows: modules.iter().map(|m| row(m)).collect(),
            found: found(&modules, &exchanges),
            review: conditions().filter(|(_, c)| c.result == ResultRecord::Review).collect(),
            announced: modules.iter().filter_map(|m| m.expected.as_ref().map(|e| (*m, e))).collect(),
            times: modules.iter().filter_map(|m| m.latency.as_ref().map(|l| (*m, l, Chart::of(l)))).collect(),
            modules: modules.iter().map(|m| module(m, &exchanges)).collect(),
            others: folded(&others, false),
        }
    }
}

fn tone(result: ResultRecord) -> &'static str {
    match result {
        ResultRecord::Passed => "good",
        ResultRecord::Failed => "bad",
        ResultRecord::Review | ResultRecord::Warning | ResultRecord::Skipped => "open",
        ResultRecord::NotApplicable => "none",
    }
}

fn row(module: &ModuleRecord) -> RowView<'_> {
    let about = |condition: &ConditionRecord| {
        module.findings.iter().find(|f| f.requirement.id == condition.requirement.id).map(|f| f.id.as_str())
    };
    let condition = |condition| ConditionView {
        condition,
        tone: tone(condition.result),
        finding: about(condition).filter(|_| matches!(condition.result, ResultRecord::Failed | ResultRecord::Warning)),
    };
    RowView {
        module,
        tone: tone(shown_as(module)),
        word: word(module),
        conditions: module.conditions.iter().map(condition).collect(),
    }
}

/// A module, the first finding of a kind, and those alike.
type Kind<'a> = (&'a ModuleRecord, &'a FindingRecord, Vec<&'a FindingRecord>);

/// Errors first, then announced ones, then warnings; each in the order of the rows.
fn found<'a>(modules: &[&'a ModuleRecord], exchanges: &BTreeMap<&str, &'a ExchangeRecord>) -> Vec<FoundView<'a>> {
    let mut all: Vec<Kind<'a>> =
        modules.iter().flat_map(|m| m.alike().into_iter().map(move |(first, others)| (*m, first, others))).collect();
    all.sort_by_key(|(m, f, _)| (f.level, m.expected.is_some()));
    let mut cited: BTreeMap<&str, Vec<&FindingRecord>> = BTreeMap::new();
    for (_, finding, _) in &all {
        if let Some(id) = &finding.exchange {
            cited.entry(id).or_default().push(finding);
        }
    }
    let mut full: BTreeSet<&str> = BTreeSet::new();
    let mut view = |(module, finding, others): Kind<'a>| {
        let exchange = finding.exchange.as_deref().and_then(|id| exchanges.get(id).copied());
        let first = exchange.filter(|x| full.len() < FULL && full.insert(&x.id));
        let elsewhere = exchange.filter(|x| first.is_none() && full.contains(x.id.as_str()));
        let (tone, word) = match finding.level {
            Level::Error if module.expected.is_some() => ("open", "announced"),
            Level::Error => ("bad", "failed"),
            Level::Warning => ("open", "warning"),
        };
        FoundView {
            module,
            finding,
            others,
            tone,
            word,
            exchange: first.map(|x| ExchangeView::of(x, cited.get(x.id.as_str()).map_or(&[][..], Vec::as_slice), false)),
            elsewhere: elsewhere.map(|x| x.id.as_str()),
        }
    };
    all.into_iter().map(&mut view).collect()
}

fn module<'a>(module: &'a ModuleRecord, exchanges: &BTreeMap<&str, &'a ExchangeRecord>) -> ModuleView<'a> {
    let made: Vec<&ExchangeRecord> = module.exchanges.iter().filter_map(|id| exchanges.get(id.as_str()).copied()).collect();
    let (calls, more) = limited(folded(&made, true));
    ModuleView { module, tone: tone(shown_as(module)), word: word(module), calls, more }
}
