//! Whether the generator kept up: its own lateness, its processors, descriptors and ports.
//!
//! Pure. Judges the generator alone: a target that is slow makes lag, and no fault here.

use crate::base::units::{Nanos, Rate, Share};
use crate::engine::Processor;
use crate::model::load::Interval;
use crate::model::load::{Health, HealthFault, LoadError, Phase, Totals};

/// An event loop that was busier than this over the measured part was not waiting for the target.
const BUSY: f64 = 0.97;
/// An event loop that waited for a processor for more than this was not alone on it.
const CROWDED: f64 = 0.10;
/// Its own lateness may be this share of the response time, or this much.
const LATE_SHARE: f64 = 0.20;
const LATE: Nanos = Nanos(2_000_000);
/// What a generator should use at the most, to have room for what comes at once.
const COMFORT: f64 = 0.80;

/// What is watched while a load runs.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    cpu_peak: f64,
    workers: u32,
}

impl Pulse {
    pub(super) fn see(&mut self, interval: &Interval) {
        self.workers = self.workers.max(interval.workers);
        // A second that was cut short says little.
        if interval.phase == Phase::Measured && interval.length.0 > 500_000_000 && interval.workers > 0 {
            let share = interval.cpu.0 as f64 / (interval.length.0 as f64 * f64::from(interval.workers));
            self.cpu_peak = self.cpu_peak.max(share);
        }
    }
}

/// What the generator was asked to do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) open: bool,
    /// True where the processor is kept busy on purpose.
    pub(super) spins: bool,
    pub(super) connections: usize,
    pub(super) processor: Processor,
}

/// How the generator fared.
pub(super) fn examine(totals: &Totals, pulse: &Pulse, demand: Demand) -> Health {
    let workers = pulse.workers.max(1);
    let time = totals.length.0 as f64 * f64::from(workers);
    let part = |of: Nanos| (time > 0.0).then(|| of.0 as f64 / time);
    let (cpu, queue) = (part(totals.cpu), part(totals.run_queue));
    let answers = totals.answers(None);
    let late = totals.lateness.quantile(0.99);
    let mut health = Health {
        lag_p99: answers.lag.quantile(0.99),
        lag_max: answers.lag.max(),
        own_lag_p99: late,
        missed: totals.missed,
        cpu_peak: (pulse.workers > 0).then(|| share(pulse.cpu_peak)),
        cpu_mean: cpu.map(share),
        run_queue: queue.map(share),
        descriptors: demand.processor.descriptors,
        ports: demand.processor.ports,
        workers,
        faults: Vec::new(),
        remarks: Vec::new(),
        could_hold: None,
    };
    let mut fault = |name, seen: String, hint: &str| health.faults.push(HealthFault { name, seen, hint: hint.to_owned() });
    if let (Some(late), Some(response)) = (late, answers.response.quantile(0.99))
        && late.0 > LATE.0.max(scaled(response, LATE_SHARE))
    {
        fault(
            "lateness",
            format!("the event loops came {late} late to what was due (p99), beside a response time of {response}"),
            "ask for a lower rate, give it more workers, or a machine of its own",
        );
    }
    // Who spins uses all of it by intent: there the lateness alone tells.
    if let Some(cpu) = cpu.filter(|c| *c > BUSY && !demand.spins) {
        let seen = format!("the event loops used {} of their processors", share(cpu));
        fault("processor", seen, "give it more workers, judge a sample (`validate`), or ask for less");
    }
    if let Some(queue) = queue.filter(|q| *q > CROWDED) {
        let seen = format!("the event loops waited for a processor for {} of the time", share(queue));
        fault("run-queue", seen, "something else uses the same processors: move it, or the generator, elsewhere");
    }
    if totals.missed > 0 {
        let seen = format!("{} starts were never made, since too many waited for a connection", totals.missed);
        fault("missed", seen, "allow more connections, or ask for a lower rate");
    }
    let ours: u64 = totals.errors(None).iter().filter(|(e, _)| e.is_ours()).map(|(_, n)| n).sum();
    if ours > 0 {
        let seen = format!("{ours} requests found no local port or file descriptor");
        fault(
            "exhausted",
            seen,
            "allow fewer connections, keep them alive, spread them over `source_addresses`, or raise `ulimit -n`",
        );
    }
    let length = totals.length.0 as f64 / 1e9;
    if let Some(cpu) = cpu.filter(|c| *c > 0.05)
        && length > 0.0
        && !health.faults.is_empty()
    {
        let free = (1.0 - queue.unwrap_or(0.0)).clamp(0.1, 1.0);
        health.could_hold = Some(Rate(totals.sent as f64 / length / cpu * COMFORT * free));
    }
    remarks(&mut health, totals, demand);
    health
}

/// Whether a step of a search says nothing of the target; `held` where the objectives were met. Starts that were never made are the
/// target's doing where it is too slow for them.
pub(super) fn spoils(health: &Health, held: bool) -> bool {
    health.faults.iter().any(|fault| held || fault.name != "missed")
}

/// A search whose upper bound is the generator's own.
pub(super) fn undecided(rate: Rate) -> HealthFault {
    HealthFault {
        name: "search",
        seen: format!("the generator spoiled the step at {rate} each time: whether the target holds it is not known"),
        hint: "give the generator more workers or a machine of its own, or search up to a lower rate (`most`)".to_owned(),
    }
}

fn remarks(health: &mut Health, totals: &Totals, demand: Demand) {
    let waited = totals.answers(None).lag.quantile(0.99).unwrap_or_default();
    let own = totals.lateness.quantile(0.99).unwrap_or_default();
    if demand.open && waited.0 > own.0.saturating_mul(2).max(1_000_000) && totals.ended(None) > 0 {
        health.remarks.push(format!(
            "all {} connections were busy at times: the response times hold the wait for one, as a user's would",
            demand.connections
        ));
    }
    let unfinished: u64 = totals.errors(None).iter().filter(|(e, _)| *e == LoadError::Unfinished).map(|(_, n)| n).sum();
    if unfinished > 0 {
        health.remarks.push(format!("{unfinished} requests were due and had no answer when the run and its drain were over"));
    }
    let saturated: u64 = totals.cells.iter().map(|c| c.figures.response.saturated()).sum();
    if saturated > 0 {
        health.remarks.push(format!("{saturated} response times are longer than an hour and counted as one"));
    }
}

fn scaled(time: Nanos, by: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a time")]
    let part = (time.0 as f64 * by) as u64;
    part
}

fn share(of: f64) -> Share {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share that is not negative; the cast saturates"
    )]
    Share((of * 10_000.0).round() as u32)
}

/// What is known of a rate before anything is sent: nothing holds it.
pub(super) fn beyond_reach(peak: Rate, processor: Processor, workers: u32, connections: usize) -> Vec<String> {
    /// Far above what an event loop on one processor has ever held.
    const PER_WORKER: f64 = 400_000.0;
    let mut all = Vec::new();
    if peak.0 > PER_WORKER * f64::from(workers) {
        all.push(format!(
            "{peak} is more than {workers} event loops can start: at most about {}",
            Rate(PER_WORKER * f64::from(workers))
        ));
    }
    let spare = 64;
    if let Some(most) = processor.descriptors.filter(|most| connections as u64 + spare > *most) {
        all.push(format!("{connections} connections need more file descriptors than the {most} that the process may open"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{Demand, Pulse, beyond_reach, examine};
    use crate::base::units::{Nanos, Rate};
    use crate::engine::Processor;
    use crate::model::load::{Answered, Cell, Class, Figures, Interval, LoadError, Phase, Totals};

    const SECOND: u64 = 1_000_000_000;

    fn names(change: impl Fn(&mut Interval)) -> Vec<&'static str> {
        let mut interval = Interval::empty(Nanos(0), Nanos(SECOND), Phase::Measured);
        let mut figures = Figures::default();
        figures.response.record_many(Nanos(20_000_000), 100);
        figures.lag.record_many(Nanos(10_000), 100);
        interval.cells.push(Cell { operation: 0, class: Class::Status(2), figures, answered: Answered::default() });
        (interval.due, interval.sent, interval.workers) = (100, 100, 1);
        interval.lateness.record_many(Nanos(50_000), 100);
        interval.cpu = Nanos(SECOND / 4);
        change(&mut interval);
        let (mut totals, mut pulse) = (Totals::default(), Pulse::default());
        totals.add(&interval);
        pulse.see(&interval);
        let demand = Demand { open: true, spins: false, connections: 4, processor: Processor::default() };
        let health = examine(&totals, &pulse, demand);
        assert_eq!(health.faults.is_empty(), health.could_hold.is_none());
        health.faults.iter().map(|f| f.name).collect()
    }

    #[test]
    fn each_fault_is_told_by_what_shows_it() {
        assert!(names(|_| {}).is_empty());
        assert_eq!(names(|i| i.lateness.record_many(Nanos(9_000_000), 10)), ["lateness"]);
        assert!(names(|i| i.lateness.record_many(Nanos(1_900_000), 10)).is_empty(), "little beside the response time");
        assert_eq!(names(|i| i.cpu = Nanos(SECOND - 1)), ["processor"]);
        assert_eq!(names(|i| i.run_queue = Nanos(SECOND / 2)), ["run-queue"]);
        assert_eq!(names(|i| i.missed = 1), ["missed"]);
        let exhausted = |i: &mut Interval| {
            let mut figures = Figures::default();
            figures.response.record(Nanos(1));
            let class = Class::Error(LoadError::PortsExhausted);
            i.cells.push(Cell { operation: 0, class, figures, answered: Answered::default() });
        };
        assert_eq!(names(exhausted), ["exhausted"]);
        assert!(names(|i| i.cells[0].figures.lag.record_many(Nanos(SECOND), 50)).is_empty(), "a slow target's lag is no fault");
    }

    #[test]
    fn what_cannot_be_is_known_before() {
        let processor = Processor { count: 2, descriptors: Some(1_024), ports: None };
        assert!(beyond_reach(Rate(20_000.0), processor, 1, 64).is_empty());
        assert_eq!(beyond_reach(Rate(1e9), processor, 2, 4_000).len(), 2);
    }
}
