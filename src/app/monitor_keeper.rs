//! Keeps a watch: what happens is written down first, then told to whoever watches and to whoever wants to know.
//!
//! A disk that is full is said once and keeps nothing from being probed. Sends no probe and judges nothing.

use crate::app::monitor_alerts::Telling;
use crate::base::diagnostic::Diagnostic;
use crate::base::secret::Secret;
use crate::base::units::Nanos;
use crate::model::availability::{MonitorEvent, State, Target};
use crate::model::redact::Redactor;
use crate::monitor::alert::Teller;
use crate::monitor::budget::alerts;
use crate::monitor::figures::{Figures, Promise, Seen, over_all};
use crate::monitor::watch::{Keeper, Probed};
use crate::plan::monitor::PlannedMonitor;
use crate::record::monitor::{Appended, MonitorFacts, MonitorRecord, Store, Stored, file, make};
use crate::window::availability::Window;
use crate::window::hours::{Hours, OperationName};
use crate::window::spans::{Spans, Stretch};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often the figures so far are looked at, in the first hour and afterwards.
const OFTEN: Duration = Duration::from_secs(10);
const SELDOM: Duration = Duration::from_secs(60);
/// How long it is looked often.
const FIRST: Duration = Duration::from_secs(3_600);
/// Looking at the figures may take at most this part of the time.
const SHARE: u32 = 200;

/// How an operation stands.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The probe's name.
    pub name: String,
    /// Its state, where that is known.
    pub state: Option<State>,
    /// Since when it is in that state.
    pub since: Option<Timestamp>,
    /// How long the last answer took.
    pub took: Option<Nanos>,
    /// The figures as they were looked at last.
    pub figures: Figures,
}

/// Hears how a watch goes, after it was written down.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn event(&self, event: MonitorEvent<'_>, names: &[String]);

    /// About once a second: how the operations stand.
    fn looked(&self, now: Timestamp, standings: &[Standing]);

    /// What is worth a line.
    fn note(&self, text: &str);
}

/// What was promised of each operation, by the windows.
pub(super) struct Promises {
    pub(super) hours: Hours,
    pub(super) operations: Vec<OperationName>,
}

impl Promises {
    /// Of every operation, from one instant to another.
    pub(super) fn all(&self, from: Timestamp, to: Timestamp) -> Vec<Promise> {
        // Operations of one window are told alike, and a window takes a while to tell of a year.
        let mut told: Vec<(&Window, Promise)> = Vec::new();
        let promise = |operation: &OperationName| {
            let window = self.window(operation);
            if let Some((_, promise)) = told.iter().find(|(of, _)| std::ptr::eq(*of, window)) {
                return promise.clone();
            }
            let promise = promised(window, from, to);
            told.push((window, promise.clone()));
            promise
        };
        self.operations.iter().map(promise).collect()
    }

    fn window(&self, operation: &OperationName) -> &Window {
        self.hours.windows().of(&operation.api, &operation.id).0
    }

    fn of(&self, index: usize, from: Timestamp, to: Timestamp) -> Promise {
        self.operations.get(index).map_or_else(Promise::default, |operation| promised(self.window(operation), from, to))
    }

    /// Whether any of a stretch of time counts.
    fn counts(&self, index: usize, stretch: Stretch) -> bool {
        !self.of(index, stretch.from, stretch.to).eligible(stretch).is_empty()
    }

    /// The zone of dates and hours: that of the first operation's window.
    pub(super) fn zone(&self) -> TimeZone {
        let of = |o: &OperationName| self.hours.windows().of(&o.api, &o.id).0.zone().rules().clone();
        self.operations.first().map_or(TimeZone::UTC, of)
    }
}

fn promised(window: &Window, from: Timestamp, to: Timestamp) -> Promise {
    Promise { stated: window.stated(from, to), maintenance: window.maintenance(from, to) }
}

/// What a record is made with.
pub(super) struct Making {
    pub(super) folder: PathBuf,
    pub(super) promises: Promises,
    pub(super) targets: Vec<Target>,
    pub(super) redactor: Redactor,
    pub(super) facts: MonitorFacts,
}

impl Making {
    /// The record of what is stored.
    pub(super) fn record(&self, stored: &Stored) -> MonitorRecord {
        let promises = self.promises.all(stored.began, stored.until);
        make(stored, &promises, &self.targets, &self.promises.zone(), &self.redactor, &self.facts)
    }
}

/// Keeps a watch.
pub(super) struct Kept {
    pub(super) store: Store,
    pub(super) making: Making,
    /// What could not be written, the first of it.
    pub(super) failure: Option<Diagnostic>,
    observer: Arc<dyn Observer>,
    telling: Telling,
    teller: Teller,
    names: Vec<String>,
    standings: Vec<Standing>,
    began: Instant,
    /// When the figures are looked at next, and when budgets and the record are.
    next: (Instant, Instant),
    not_ready: String,
}

impl Kept {
    pub(super) fn new(
        store: Store,
        making: Making,
        planned: &PlannedMonitor,
        telling: Telling,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let names: Vec<String> = planned.probes.iter().map(|probe| probe.name.clone()).collect();
        let down = (0..names.len()).map(|index| {
            let standing = store.standing(index, store.last_due(index)?)?;
            (standing.state == State::Down).then_some(standing.from)
        });
        let teller = Teller::new(names.clone(), making.targets.clone(), down.collect());
        let standings = names.iter().map(|name| Standing { name: name.clone(), ..Standing::default() }).collect();
        let now = Instant::now();
        Self {
            store,
            making,
            failure: None,
            observer,
            telling,
            teller,
            names,
            standings,
            began: now,
            next: (now, now),
            not_ready: String::new(),
        }
    }

    /// Begins the session.
    pub(super) fn begin(&mut self, at: Timestamp, monotonic: Nanos) {
        let appended = self.store.begin(at, monotonic);
        self.hear(appended, at);
    }

    /// Ends it, and gives the record of all of them once whoever is told was told.
    pub(super) async fn end(mut self, at: Timestamp) -> (MonitorRecord, Making, Option<Diagnostic>) {
        let appended = self.store.end(at);
        self.hear(appended, at);
        let record = self.making.record(&self.store.stored(at));
        self.telling.finish().await;
        (record, self.making, self.failure)
    }

    /// Hears of what was written down, which is known at an instant, or with the probe that shows it.
    fn hear(&mut self, appended: Appended<'_>, mut at: Timestamp) {
        let Appended { events, failure } = appended;
        if let Some(failure) = failure {
            self.failed(failure);
        }
        for event in events {
            if let MonitorEvent::Probed(probe) = event {
                at = probe.due;
            }
            self.observer.event(event, &self.names);
            let promises = &self.making.promises;
            if let Some(alert) = self.teller.heard(&event, at, |index, stretch| promises.counts(index, stretch)) {
                self.telling.tell(&alert);
            }
        }
    }

    /// Something could not be written; that is said once.
    fn failed(&mut self, failure: Diagnostic) {
        if self.failure.is_none() {
            self.observer.note(&format!("{}; it goes on, and is written as soon as it can be", failure.message));
            self.failure = Some(failure);
        }
    }

    /// Looks at the figures so far; at budgets and at the record more seldom.
    fn survey(&mut self, now: Timestamp, whole: bool) {
        let (began, gaps) = self.store.watched();
        let Some(run) = Stretch::new(began, now) else { return };
        let promises = self.making.promises.all(run.from, run.to);
        let seen: Vec<Seen> = (0..promises.len()).map(|index| Seen::of(&self.store.stretches(index, now), &gaps)).collect();
        let eligible: Vec<Spans> = promises.iter().map(|promise| promise.eligible(run)).collect();
        for ((standing, seen), eligible) in self.standings.iter_mut().zip(&seen).zip(&eligible) {
            standing.figures = Figures::of(seen, eligible);
        }
        if !whole {
            return;
        }
        self.look_at_budgets(&seen, &eligible, now);
        // What was killed has this to show.
        let stored = self.store.stored(now);
        if let Err(failure) = file::write(&self.making.folder, &self.making.record(&stored)) {
            self.failed(failure);
        }
    }

    fn look_at_budgets(&mut self, seen: &[Seen], eligible: &[Spans], now: Timestamp) {
        let targets = &self.making.targets;
        let all = if targets.iter().any(|target| target.operation.is_none()) {
            over_all(seen.iter().zip(eligible))
        } else {
            Default::default()
        };
        for (index, target) in targets.iter().enumerate() {
            let (seen, eligible) = match target.operation {
                Some(at) => match (seen.get(at), eligible.get(at)) {
                    (Some(seen), Some(eligible)) => (seen, eligible),
                    _ => continue,
                },
                None => (&all.0, &all.1),
            };
            if let Some(alert) = self.teller.looked(index, &alerts(seen, eligible, target.availability), now) {
                self.telling.tell(&alert);
            }
        }
    }
}

impl Keeper for Kept {
    fn not_ready(&mut self, why: &str) {
        if self.not_ready != why {
            self.observer.note(&format!("{why}; it is tried again"));
            why.clone_into(&mut self.not_ready);
        }
    }

    fn granted(&mut self, token: &Secret<String>) {
        self.store.hide(token.clone());
        self.making.redactor.add(token.clone());
    }

    fn probed(&mut self, probes: &[Probed]) {
        for Probed { probe, .. } in probes {
            if let Some(standing) = self.standings.get_mut(probe.operation) {
                standing.took = probe.status.map(|_| probe.took);
            }
        }
        let Some(first) = probes.first() else { return };
        let appended = self.store.append_all(probes);
        self.hear(appended, first.probe.due);
    }

    fn clock_was_set(&mut self, at: Timestamp, by: i64) {
        let appended = self.store.jumped(at, by);
        self.hear(appended, at);
    }

    fn looked(&mut self, now: Timestamp) {
        let began = Instant::now();
        let (figures, whole) = self.next;
        if began >= figures {
            self.survey(now, began >= whole);
            let took = began.elapsed() * SHARE;
            let often = if self.began.elapsed() < FIRST { OFTEN } else { SELDOM };
            self.next.0 = began + often.max(took);
            if began >= whole {
                self.next.1 = began + SELDOM.max(took);
            }
        }
        for (index, standing) in self.standings.iter_mut().enumerate() {
            let known = self.store.standing(index, now);
            (standing.state, standing.since) = (known.map(|k| k.state), known.map(|k| k.from));
        }
        self.observer.looked(now, &self.standings);
    }
}
