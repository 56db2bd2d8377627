//! What the page of a watch shows, in the order in which it shows it.
//!
//! Joins the parts of the record that stand together on the page. Never computes a figure and never writes HTML.

use crate::base::units::Nanos;
use crate::record::load::words::{grouped, many};
use crate::record::monitor::MonitorRecord;
use crate::record::monitor::shape::{
    FailureRecord, FiguresRecord, IncidentRecord, MonitorResult, SubjectRecord, TargetRecord, TargetResult,
};
use crate::record::monitor::words::{cause, share};
use crate::report::html::monitor::bar::Bar;
use crate::report::html::monitor::calendar::Days;
use crate::report::monitor::{Clock, bounds, burn_rate, excused, left, of_target, reason, set_by};

/// Outages that are open, at most; the latest come first.
const OPEN: usize = 10;
/// Outages on the page, at most; the record has all of them.
const OUTAGES: usize = 200;
/// Operations whose days are drawn, at most; the table has all of them.
const DRAWN: usize = 12;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The whole page.
pub(super) struct View<'a> {
    pub(super) tone: &'static str,
    pub(super) headline: &'a str,
    pub(super) rest: Vec<&'a str>,
    pub(super) figure: Figure<'a>,
    pub(super) watched: String,
    pub(super) targets: Vec<TargetView<'a>>,
    pub(super) days: Days<'a>,
    /// The days of each operation, where there are several.
    pub(super) of_each: Vec<(&'a SubjectRecord, Days<'a>)>,
    /// The operations, and all of them as one where there are several.
    pub(super) rows: Vec<RowView<'a>>,
    /// By weekday and by hour of the day.
    pub(super) lost: [(&'static str, Vec<Lost<'a>>); 2],
    pub(super) outages: Vec<OutageView<'a>>,
    pub(super) earlier: Vec<OutageView<'a>>,
    pub(super) not_shown: usize,
    pub(super) sessions: Vec<[String; 3]>,
    pub(super) gaps: Vec<[String; 2]>,
    pub(super) jumps: Vec<String>,
}

/// The figure that all of it comes down to.
pub(super) struct Figure<'a> {
    pub(super) share: String,
    pub(super) bounds: Option<String>,
    pub(super) raw: String,
    pub(super) figures: &'a FiguresRecord,
    pub(super) bar: Bar,
}

/// A target.
pub(super) struct TargetView<'a> {
    pub(super) target: &'a TargetRecord,
    pub(super) tone: &'static str,
    pub(super) word: &'static str,
    pub(super) share: String,
    pub(super) bounds: Option<String>,
    pub(super) bar: Bar,
    pub(super) left: String,
    pub(super) burns: Vec<(Nanos, String)>,
}

/// An operation.
pub(super) struct RowView<'a> {
    pub(super) subject: &'a SubjectRecord,
    pub(super) available: String,
    pub(super) at_least: String,
    pub(super) at_most: String,
    /// With planned maintenance left in.
    pub(super) raw: String,
    /// Why probes were not up, and how often.
    pub(super) causes: Vec<(&'a str, String)>,
}

/// What was lost on a weekday or in an hour; a stretch of hours outside the window is one.
pub(super) struct Lost<'a> {
    pub(super) name: String,
    /// `None` outside the window.
    pub(super) figures: Option<(&'a FiguresRecord, String, Bar)>,
}

/// An outage.
pub(super) struct OutageView<'a> {
    pub(super) incident: &'a IncidentRecord,
    pub(super) tone: &'static str,
    pub(super) span: String,
    pub(super) excused: Option<String>,
    pub(super) failed: String,
    pub(super) first: Option<FailureView<'a>>,
    pub(super) last: Option<FailureView<'a>>,
}

/// A failed probe.
pub(super) struct FailureView<'a> {
    pub(super) failure: &'a FailureRecord,
    pub(super) due: String,
    pub(super) reason: String,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a MonitorRecord) -> Self {
        let clock = Clock::of(record);
        let mut parts = record.sentence.split("; ");
        let several = record.operations.len() > 1;
        let mut outages = record.incidents.iter().rev().map(|incident| outage(incident, &clock));
        let open: Vec<OutageView> = outages.by_ref().take(OPEN).collect();
        let each: &[SubjectRecord] = if several { &record.operations } else { &[] };
        View {
            tone: tone(record.verdict),
            headline: parts.next().unwrap_or_default(),
            rest: parts.collect(),
            figure: figure(&record.all),
            watched: clock.span(record.began, record.ended),
            targets: record.targets.iter().map(target).collect(),
            days: Days::of(&record.all),
            of_each: each.iter().take(DRAWN).map(|subject| (subject, Days::of(subject))).collect(),
            rows: record.operations.iter().chain(several.then_some(&record.all)).map(row).collect(),
            lost: [("Weekday", weekdays(&record.all.weekdays)), ("Hour", hours(&record.all.hours))],
            outages: open,
            earlier: outages.take(OUTAGES - OPEN).collect(),
            not_shown: record.incidents.len().saturating_sub(OUTAGES),
            sessions: record
                .sessions
                .iter()
                .enumerate()
                .map(|(index, s)| {
                    let is_last = index + 1 == record.sessions.len();
                    let end = match s.clean {
                        true => "of its own will",
                        false if is_last => "it goes on, or was killed",
                        false => "killed",
                    };
                    [clock.at(s.began), clock.at(s.ended), end.to_owned()]
                })
                .collect(),
            gaps: record.gaps.iter().map(|g| [clock.span(g.from, g.to), Nanos(g.length_ns).to_string()]).collect(),
            jumps: record.clock_jumps.iter().map(|j| format!("{}, {}", clock.at(j.at), set_by(j))).collect(),
        }
    }
}

fn tone(result: MonitorResult) -> &'static str {
    match result {
        MonitorResult::Holds => "good",
        MonitorResult::Fails => "bad",
        MonitorResult::Inconclusive => "open",
    }
}

fn figure(all: &SubjectRecord) -> Figure<'_> {
    Figure {
        share: share(all.excluded.availability),
        bounds: bounds(&all.excluded),
        raw: share(all.raw.availability),
        figures: &all.excluded,
        bar: Bar::of(&all.excluded),
    }
}

fn target(target: &TargetRecord) -> TargetView<'_> {
    TargetView {
        target,
        tone: match target.verdict {
            TargetResult::Holds => "good",
            TargetResult::Fails => "bad",
            TargetResult::Undecided => "open",
        },
        word: of_target(target.verdict).1,
        share: share(target.figures.availability),
        bounds: (target.figures.no_data_ns > 0)
            .then(|| format!("{} to {}", share(target.figures.at_least), share(target.figures.at_most))),
        bar: Bar::budget(target.budget_ns, target.spent_ns),
        left: left(target.left_ns),
        burns: target.burns.iter().map(|b| (Nanos(b.over_ns), burn_rate(b))).collect(),
    }
}

fn row(subject: &SubjectRecord) -> RowView<'_> {
    let f = &subject.excluded;
    RowView {
        subject,
        available: share(f.availability),
        at_least: share(f.at_least),
        at_most: share(f.at_most),
        raw: share(subject.raw.availability),
        causes: subject.causes.iter().map(|(why, count)| (cause(why), grouped(*count))).collect(),
    }
}

fn weekdays(all: &[FiguresRecord]) -> Vec<Lost<'_>> {
    let most = most(all);
    let named = all.iter().zip(WEEKDAYS);
    named.map(|(f, name)| Lost { name: name.to_owned(), figures: lost(f, most) }).collect()
}

/// The hours of the day; those outside the window that follow each other as one.
fn hours(all: &[FiguresRecord]) -> Vec<Lost<'_>> {
    let most = most(all);
    let numbered: Vec<(usize, &FiguresRecord)> = all.iter().enumerate().collect();
    let mut rows = Vec::new();
    for chunk in numbered.chunk_by(|(_, a), (_, b)| a.eligible_ns == 0 && b.eligible_ns == 0) {
        if let ([(from, f), ..], Some((to, _))) = (chunk, chunk.last()) {
            rows.push(Lost { name: format!("{from:02}:00–{:02}:00", to + 1), figures: lost(f, most) });
        }
    }
    rows
}

/// The most that was lost of any.
fn most(all: &[FiguresRecord]) -> u64 {
    all.iter().map(|f| f.down_ns + f.degraded_ns + f.no_data_ns).max().unwrap_or(0)
}

fn lost(f: &FiguresRecord, most: u64) -> Option<(&FiguresRecord, String, Bar)> {
    (f.eligible_ns > 0).then(|| (f, share(f.availability), Bar::lost(f, most)))
}

fn outage<'a>(incident: &'a IncidentRecord, clock: &Clock) -> OutageView<'a> {
    let failure = |failure: &'a FailureRecord| FailureView { failure, due: clock.at(failure.due), reason: reason(failure) };
    OutageView {
        incident,
        tone: if incident.counted_ns > 0 { "bad" } else { "open" },
        span: clock.span(incident.from, incident.to),
        excused: excused(incident),
        failed: many(incident.failed, "probe"),
        first: incident.first.as_ref().map(failure),
        last: incident.last.as_ref().map(failure),
    }
}
