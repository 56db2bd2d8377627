//! Drives a load from its first start to its verdict: event loops, what they report, what follows from it.
//!
//! Runs on a thread of its own. Never touches a request.

use crate::base::units::{Nanos, Rate};
use crate::engine::arrival::{Crowd, Schedule, Stage, Users};
use crate::engine::pauses::{Pause, Pauses};
use crate::engine::{Crew, EngineOptions, Heard, Pace, Transport, start};
use crate::load::callbacks::Ledger;
use crate::load::failures::{self, Failures, Told};
use crate::load::health::{self, Demand, Pulse};
use crate::load::hours::{inside, pauses};
use crate::load::journey::Journeys;
use crate::load::script::Scripts;
use crate::load::search::Seeker;
use crate::load::slo::{self, View, Watch};
use crate::load::tokens::Tokens;
use crate::load::triggers::{Trigger, Triggers};
use crate::load::{connections, opening, workers};
use crate::model::exchange::ExchangeId;
use crate::model::load::{
    Interval, KeptFailure, LoadEvent, LoadObserver, LoadOpening, LoadOutcome, Phase, SearchOutcome, SearchStep, SloOutcome,
    Totals,
};
use crate::model::outcome::Verdict;
use crate::net::lean::Endpoint;
use crate::suite::ast::load::{Arrival, HttpVersion, RateStage, Search};
use crate::window::spec::Outside;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often it is looked whether the load is to end.
const LOOK: Duration = Duration::from_millis(100);
/// Failures that are kept over all event loops.
const MOST_KEPT: usize = 64;

/// How far ahead open hours are looked for: about a year.
const AHEAD: Nanos = Nanos(400 * 86_400 * 1_000_000_000);

/// Drives one load.
pub(super) struct Driver {
    scripts: Arc<Scripts>,
    tokens: Arc<Tokens>,
    endpoints: Vec<Endpoint>,
    observer: Arc<dyn LoadObserver>,
    stop: CancellationToken,
    told: (Sender<Told>, Receiver<Told>),
    triggers: (Sender<Trigger>, Receiver<Trigger>),
    ledger: Ledger,
    kept: Vec<KeptFailure>,
    kinds: BTreeSet<String>,
    aborted: Option<String>,
    unfinished: u64,
    /// Time of the runs before this one, where a search makes several.
    before: Nanos,
    /// What was carried out outside a window, so that nothing is judged by it.
    outside: Option<String>,
}

/// What one pass came to.
struct Pass {
    measured: Totals,
    warmup: Totals,
    pulse: Pulse,
    watched: Vec<SloOutcome>,
}

impl Driver {
    pub(super) fn new(
        scripts: Arc<Scripts>,
        tokens: Arc<Tokens>,
        endpoints: Vec<Endpoint>,
        observer: Arc<dyn LoadObserver>,
        stop: CancellationToken,
    ) -> Self {
        let world = &scripts.world;
        let ledger = Ledger::new(&scripts.planned.callbacks, &world.listeners, Arc::clone(&world.clock));
        Self {
            ledger,
            scripts,
            tokens,
            endpoints,
            observer,
            stop,
            told: failures::post(),
            triggers: channel(),
            kept: Vec::new(),
            kinds: BTreeSet::new(),
            aborted: None,
            unfinished: 0,
            before: Nanos(0),
            outside: None,
        }
    }

    /// Carries the load to its end.
    pub(super) fn run(mut self) -> io::Result<LoadOutcome> {
        let began = Instant::now();
        let planned = Arc::clone(&self.scripts.planned);
        let (outcome, pass, search) = match &planned.load.arrival {
            Arrival::Search(search) => {
                let opening = opening(&planned, &self.scripts.world, Vec::new(), Nanos(0), None);
                self.observer.observe(LoadEvent::Started(&opening));
                let (pass, found) = self.search(*search)?;
                (opening, pass, Some(found))
            }
            arrival => {
                let (pace, stages) = pace(arrival, &self.scripts);
                let (pace, window) = self.in_hours(pace);
                let opening = opening(&planned, &self.scripts.world, stages, pace.length(), window);
                self.observer.observe(LoadEvent::Started(&opening));
                (opening, self.pass(&pace, true)?, None)
            }
        };
        self.await_callbacks(began);
        Ok(self.outcome(outcome, pass, search, Nanos::from_duration(began.elapsed())))
    }

    /// A pace as the windows of what is called have it, and how it lies in them as a reader would say it.
    fn in_hours(&mut self, pace: Pace) -> (Pace, Option<String>) {
        let (hours, called) = (&self.scripts.world.hours, &self.scripts.planned.called);
        let (now, planned) = (hours.now(), pace.planned());
        let drain = Nanos::from_duration(transport(&self.scripts).drain);
        let whole = hours.open(called, now, after(now, planned.0.saturating_add(drain.0)));
        if whole.length().0 == planned.0.saturating_add(drain.0) {
            let closes = called.iter().any(|operation| hours.closes(operation));
            return (pace, closes.then(|| "all of the plan lies inside".to_owned()));
        }
        if hours.outside() == Outside::Wait {
            let open = hours.open(called, now, after(now, AHEAD.0));
            if let Some(pauses) = pauses(&open, now, planned, drain) {
                let pauses = if hours.is_rehearsed() { shortened(&pauses) } else { pauses };
                let shut: u64 = pauses.all().iter().map(|p| p.opens.0 - p.begins.0).sum();
                let times = if pauses.all().len() == 1 { "once".to_owned() } else { format!("{} times", pauses.all().len()) };
                let text =
                    format!("all of the plan lies inside; it stands still {times}, {} together, while it is closed", Nanos(shut));
                return (pace.with_pauses(pauses), Some(text));
            }
        }
        let share = inside(&hours.open(called, now, after(now, planned.0)), planned);
        let text = format!("{share} of the plan lies inside");
        let closed = called
            .iter()
            .find_map(|o| hours.closed_at(o, now))
            .map_or_else(|| "what it calls closes before it is over".to_owned(), |closed| closed.to_string());
        self.outside = Some(format!("{text}, and outside an answer is information: {closed}"));
        (pace, Some(text))
    }

    /// Runs event loops through one pace.
    fn pass(&mut self, pace: &Pace, callbacks: bool) -> io::Result<Pass> {
        let scripts = Arc::clone(&self.scripts);
        let (planned, world) = (&scripts.planned, &scripts.world);
        let count = workers(planned, world.processor) as usize;
        let mut loads = Vec::new();
        for worker in 0..count {
            let failures = Failures::new(&planned.operations, &self.told.0);
            let triggers = Triggers::new(&self.triggers.0);
            loads.push(Journeys::new(&scripts, &self.tokens, failures, triggers, worker));
        }
        let options = EngineOptions {
            pace: pace.clone(),
            transport: transport(&scripts),
            endpoints: self.endpoints.clone(),
            operations: planned.operations.len(),
        };
        let mut crew = start(&options, loads)?;
        if callbacks {
            self.ledger.begin(crew.zero);
        }
        let mut watches: Vec<Watch> = planned.load.slos.iter().filter_map(Watch::new).collect();
        let mut aborts: Vec<Watch> = planned.load.aborts.iter().filter_map(Watch::new).collect();
        let mut pass =
            Pass { measured: Totals::default(), warmup: Totals::default(), pulse: Pulse::default(), watched: Vec::new() };
        let mut stopped = false;
        loop {
            if self.stop.is_cancelled() && !stopped {
                crew.stop();
                stopped = true;
            }
            match crew.hear(LOOK) {
                Heard::Nothing => {}
                Heard::Over => break,
                Heard::Interval(mut interval) => {
                    let open = pace.is_open();
                    pass.pulse.see(&interval);
                    let totals = if interval.phase == Phase::Warmup { &mut pass.warmup } else { &mut pass.measured };
                    totals.add(&interval);
                    for watch in &mut watches {
                        watch.see(&interval, &planned.operations, open);
                    }
                    for watch in &mut aborts {
                        if watch.see(&interval, &planned.operations, open) == Some(true) && self.aborted.is_none() {
                            self.aborted = Some(watch.reason());
                            crew.stop();
                        }
                    }
                    interval.at.0 += self.before.0;
                    self.hear_of(&interval, &crew);
                }
            }
        }
        crew.finish()?;
        self.before.0 += pace.length().0;
        pass.watched = watches.iter().map(Watch::outcome).collect();
        Ok(pass)
    }

    /// A second is over: what goes with it is told.
    fn hear_of(&mut self, interval: &Interval, crew: &Crew<Journeys>) {
        self.observer.observe(LoadEvent::Interval(interval));
        while let Ok(told) = self.told.1.try_recv() {
            match told {
                Told::Kept(failure) => self.keep(*failure),
                Told::Unsendable(line) => {
                    if self.kinds.insert(line.clone()) {
                        self.observer.observe(LoadEvent::Note(&line));
                    }
                }
            }
        }
        if !self.scripts.planned.callbacks.is_empty() {
            self.take_callbacks(Nanos::from_duration(crew.zero.elapsed()));
        }
    }

    fn take_callbacks(&mut self, now: Nanos) {
        let triggers: Vec<Trigger> = self.triggers.1.try_iter().collect();
        self.ledger.take(triggers, now);
        for failure in self.ledger.failures() {
            self.keep(failure);
        }
        self.observer.observe(LoadEvent::Callbacks(&self.ledger.figures()));
    }

    /// Waits for what was triggered, as long as it may take.
    fn await_callbacks(&mut self, began: Instant) {
        if self.scripts.planned.callbacks.is_empty() {
            return;
        }
        loop {
            self.take_callbacks(Nanos::from_duration(began.elapsed()));
            if !self.ledger.is_waiting() || self.stop.is_cancelled() {
                return;
            }
            std::thread::sleep(LOOK);
        }
    }

    fn keep(&mut self, mut failure: KeptFailure) {
        let judgement = crate::check::found::Judgement { findings: failure.findings.clone(), errors: failure.errors.clone() };
        let kind = failures::kind(&failure.operation, &judgement);
        if self.kept.len() >= MOST_KEPT || !self.kinds.insert(kind) {
            return;
        }
        let id = ExchangeId(self.kept.len() as u64 + 1);
        failure.exchange.id = id;
        failure.findings.iter_mut().for_each(|f| f.exchange = Some(id));
        self.observer.observe(LoadEvent::Failure(&failure));
        self.kept.push(failure);
    }

    /// Looks for the highest rate that meets the objectives.
    fn search(&mut self, search: Search) -> io::Result<(Pass, SearchOutcome)> {
        let mut seeker = Seeker::new(search);
        let mut best: Option<(Rate, Pass)> = None;
        let mut last = None;
        while let Some((rate, confirms)) = seeker.next() {
            let stage = |part: u64, phase| Stage { from: rate, to: rate, during: Nanos(search.step.0 / 4 * part), phase };
            let schedule = Schedule::new(vec![stage(1, Phase::Warmup), stage(4, Phase::Measured)], None);
            let (pace, _) = self.in_hours(Pace::open(schedule));
            let pass = self.pass(&pace, false)?;
            let (slos, health) = (self.objectives(&pass, true), self.health(&pass, true));
            let mut broken: Vec<String> =
                slos.iter().filter(|s| s.verdict != Verdict::Pass).map(|s| format!("{}: {}", s.title, s.actual)).collect();
            broken.extend(health.faults.iter().map(|f| format!("the generator: {}", f.seen)));
            let answers = pass.measured.answers(None);
            let step = SearchStep {
                rate,
                achieved: Rate(pass.measured.received(None) as f64 * 1e9 / pass.measured.length.0.max(1) as f64),
                held: broken.is_empty(),
                broken,
                p50: answers.response.quantile(0.5),
                p99: answers.response.quantile(0.99),
                confirms,
                spoiled: health::spoils(&health, slos.iter().all(|s| s.verdict == Verdict::Pass)),
            };
            self.observer.observe(LoadEvent::Searched(&step));
            if step.held && best.as_ref().is_none_or(|(known, _)| rate.0 >= known.0) {
                best = Some((rate, pass));
            } else {
                last = Some(pass);
            }
            seeker.tried(step);
            if self.stop.is_cancelled() {
                break;
            }
        }
        let found = seeker.outcome();
        let pass = best.map(|(_, pass)| pass).or(last);
        let none =
            || Pass { measured: Totals::default(), warmup: Totals::default(), pulse: Pulse::default(), watched: Vec::new() };
        Ok((pass.unwrap_or_else(none), found))
    }

    fn objectives(&self, pass: &Pass, open: bool) -> Vec<SloOutcome> {
        let planned = &self.scripts.planned;
        let callbacks = self.ledger.figures();
        let view = View { totals: &pass.measured, callbacks: &callbacks, operations: &planned.operations, open };
        let whole = planned.load.slos.iter().filter(|s| s.window.is_none()).map(|s| slo::judge(s, view));
        whole.chain(pass.watched.iter().cloned()).chain(slo::implied(&planned.load.slos, view)).collect()
    }

    fn health(&self, pass: &Pass, open: bool) -> crate::model::load::Health {
        let (planned, processor) = (&self.scripts.planned, self.scripts.world.processor);
        let spins = planned.load.transport.spin > Nanos(0);
        let demand = Demand { open, spins, connections: connections(planned, processor), processor };
        health::examine(&pass.measured, &pass.pulse, demand)
    }

    fn outcome(mut self, opening: LoadOpening, pass: Pass, search: Option<SearchOutcome>, took: Nanos) -> LoadOutcome {
        let mut slos = self.objectives(&pass, opening.open);
        let mut health = self.health(&pass, opening.open);
        if let Some(found) = &search {
            slos.insert(0, capacity(found));
            health.faults.extend(found.spoiled_at.map(health::undecided));
        }
        let unfinished = pass.measured.errors(None).into_iter().filter(|(e, _)| *e == crate::model::load::LoadError::Unfinished);
        self.unfinished = unfinished.map(|(_, n)| n).sum();
        let wrong = pass.measured.answered(None).invalid + pass.warmup.answered(None).invalid;
        LoadOutcome {
            took,
            slos,
            health,
            callbacks: self.ledger.figures(),
            failures_not_kept: wrong.saturating_sub(self.kept.len() as u64),
            failures: self.kept,
            search,
            aborted: self.aborted,
            unfinished: self.unfinished,
            interrupted: self.stop.is_cancelled(),
            unusable: match self.outside {
                None => (pass.measured.ended(None) == 0).then(|| "no request ended within the measured time".to_owned()),
                outside => outside,
            },
            measured: pass.measured,
            warmup: pass.warmup,
            opening,
        }
    }
}

/// That a search found something, as an objective of its own.
fn capacity(found: &SearchOutcome) -> SloOutcome {
    let (verdict, actual) = match (found.capacity, found.unbounded) {
        (Some(rate), true) => (Verdict::Pass, format!("{rate}, the most that was asked for")),
        (Some(rate), false) => (Verdict::Pass, rate.to_string()),
        (None, _) => (Verdict::Skipped, "no rate held often enough".to_owned()),
    };
    SloOutcome { title: "the highest rate that meets the objectives".to_owned(), verdict, actual, margin: None }
}

fn transport(scripts: &Scripts) -> Transport {
    let (planned, world) = (&scripts.planned, &scripts.world);
    let written = &planned.load.transport;
    Transport {
        connections: connections(planned, world.processor),
        connect_rate: written.connect_rate,
        sources: written.source_addresses.iter().filter_map(|a| a.value.parse().ok()).collect(),
        requests_per_connection: written.requests_per_connection,
        timeout: written.timeout.duration(),
        spin: written.spin.duration(),
        drain: written.drain.duration(),
        max_body: 16 << 20,
        pinned: true,
        http2: written.http == HttpVersion::Http2,
        streams: written.streams as usize,
    }
}

/// The pauses of a rehearsal: a second to end and a second of closed hours, whatever they stand for.
fn shortened(pauses: &Pauses) -> Pauses {
    const SECOND: u64 = 1_000_000_000;
    let mut gained = 0;
    Pauses::new(pauses.all().iter().map(|pause| {
        let begins = Nanos(pause.begins.0 - gained);
        let closes = Nanos(begins.0 + (pause.closes.0 - pause.begins.0).min(SECOND));
        let opens = Nanos(closes.0 + (pause.opens.0 - pause.closes.0).min(SECOND));
        gained = pause.opens.0 - opens.0;
        Pause { begins, closes, opens }
    }))
}

fn after(at: Timestamp, by: u64) -> Timestamp {
    at.checked_add(Duration::from_nanos(by)).unwrap_or(Timestamp::MAX)
}

/// When journeys begin, and the stages of it as a reader would say them.
fn pace(arrival: &Arrival, scripts: &Scripts) -> (Pace, Vec<(Nanos, Nanos, String)>) {
    let phase = |warmup: bool| if warmup { Phase::Warmup } else { Phase::Measured };
    let suffix = |warmup: bool| if warmup { ", warm-up" } else { "" };
    let mut begins = Nanos(0);
    let mut shown = Vec::new();
    let mut show = |during: Nanos, text: String| {
        shown.push((begins, during, text));
        begins.0 += during.0;
    };
    let seed = scripts.world.seed;
    let pace = match arrival {
        Arrival::Open { poisson, stages } => {
            let of = |s: &RateStage| Stage { from: s.from, to: s.to, during: s.during, phase: phase(s.warmup) };
            for stage in stages {
                let rate =
                    if stage.from == stage.to { stage.from.to_string() } else { format!("{} to {}", stage.from, stage.to) };
                let kind = if *poisson { ", Poisson" } else { "" };
                show(stage.during, format!("{rate}{kind}{}", suffix(stage.warmup)));
            }
            Pace::open(Schedule::new(stages.iter().map(of).collect(), poisson.then_some(seed)))
        }
        Arrival::Closed { stages, think } => {
            for stage in stages {
                show(stage.during, format!("{} users{}", stage.users, suffix(stage.warmup)));
            }
            let crowds =
                stages.iter().map(|s| Crowd { users: s.users, ramp: s.ramp, during: s.during, phase: phase(s.warmup) }).collect();
            Pace::closed(Users::new(crowds, (think.min, think.max), seed))
        }
        Arrival::Search(search) => {
            let stage = Stage { from: search.from, to: search.from, during: search.step, phase: Phase::Measured };
            Pace::open(Schedule::new(vec![stage], None))
        }
    };
    (pace, shown)
}
