//! The figures of a load as metrics in the text of OpenMetrics, which Prometheus reads.
//!
//! Hears of a load and sums up. Opens no port, and answers no question that the record answers better.

mod labels;
mod spread;

use crate::base::units::Nanos;
use crate::export::prometheus::labels::{Callback, Deliveries, Ended, Of, Plan};
use crate::export::prometheus::spread::Spread;
use crate::model::load::{CallbackFigures, Class, Interval, LoadEvent, LoadObserver, LoadOpening, Phase};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What every name begins with.
const PREFIX: &str = "proofmark_load";

type Level = Gauge<f64, AtomicU64>;

/// The metrics of one load.
#[derive(Debug)]
pub struct Metrics {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    registry: Registry,
    operations: Vec<String>,
    meters: Meters,
}

/// What is counted and measured; a clone shares the figures.
#[derive(Clone, Debug, Default)]
struct Meters {
    requests: Family<Ended, Counter>,
    validated: Family<Of, Counter>,
    invalid: Family<Of, Counter>,
    received: Family<Of, Counter>,
    response: Family<Of, Spread>,
    service: Family<Of, Spread>,
    lag: Family<Of, Spread>,
    lateness: Spread,
    due: Counter,
    begun: Counter,
    missed: Counter,
    connections: Counter,
    processor: Counter<f64, AtomicU64>,
    in_flight: Gauge,
    open: Gauge,
    asked: Level,
    achieved: Level,
    answers: Level,
    deliveries: Family<Deliveries, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics of a load that has not begun.
    #[must_use]
    pub fn new() -> Self {
        let meters = Meters::default();
        let mut registry = Registry::with_prefix(PREFIX);
        meters.register(&mut registry);
        Self { inner: Mutex::new(Inner { registry, operations: Vec::new(), meters }) }
    }

    /// Everything as it stands, in the text of OpenMetrics.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.lock().registry);
        text
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoadObserver for Metrics {
    fn observe(&self, event: LoadEvent<'_>) {
        let inner = &mut *self.lock();
        match event {
            LoadEvent::Started(opening) => inner.begin(opening),
            LoadEvent::Interval(interval) => inner.add(interval),
            LoadEvent::Callbacks(figures) => figures.iter().for_each(|f| inner.meters.callbacks(f)),
            LoadEvent::Finished(_) => inner.meters.rest(),
            LoadEvent::Failure(_) | LoadEvent::Searched(_) | LoadEvent::Note(_) => {}
        }
    }
}

impl Inner {
    fn begin(&mut self, opening: &LoadOpening) {
        self.operations.clone_from(&opening.operations);
        let labels = Plan {
            title: opening.title.clone(),
            target: opening.target.clone(),
            environment: opening.environment.clone(),
            seed: opening.seed.to_string(),
        };
        self.registry.register("plan", "The load that is carried out", Info::new(labels));
    }

    fn add(&mut self, interval: &Interval) {
        let meters = &self.meters;
        for cell in &interval.cells {
            let operation = self.operations.get(cell.operation).cloned().unwrap_or_default();
            let of = Of { operation, warmup: interval.phase == Phase::Warmup };
            meters.requests.get_or_create(&Ended { of: of.clone(), class: cell.class }).inc_by(cell.figures.response.count());
            meters.validated.get_or_create(&of).inc_by(cell.answered.validated);
            meters.invalid.get_or_create(&of).inc_by(cell.answered.invalid);
            meters.received.get_or_create(&of).inc_by(cell.answered.bytes);
            if matches!(cell.class, Class::Status(_)) {
                meters.response.get_or_create(&of).add(&cell.figures.response);
                meters.service.get_or_create(&of).add(&cell.figures.service);
                meters.lag.get_or_create(&of).add(&cell.figures.lag);
            }
        }
        meters.lateness.add(&interval.lateness);
        meters.due.inc_by(interval.due);
        meters.begun.inc_by(interval.journeys);
        meters.missed.inc_by(interval.missed);
        meters.connections.inc_by(interval.connections.opened);
        meters.processor.inc_by(seconds(interval.cpu));
        // The part of a second that is over, where the phase changes within it, has no length, no rate and no gauges.
        if interval.length.0 == 0 {
            return;
        }
        meters.in_flight.set(signed(interval.in_flight));
        meters.open.set(signed(interval.open));
        let rate = |of: u64| of as f64 / seconds(interval.length);
        meters.asked.set(rate(interval.due));
        meters.achieved.set(rate(interval.journeys));
        meters.answers.set(rate(interval.ended() - interval.errors()));
    }
}

impl Meters {
    fn register(&self, registry: &mut Registry) {
        let all = self.clone();
        registry.register("requests", "Requests that ended, by operation, phase and what came of them", all.requests);
        registry.register("answers_validated", "Answers that were judged", all.validated);
        registry.register("answers_invalid", "Answers that were judged and found wrong", all.invalid);
        registry.register_with_unit("received", "Bytes of answers", Unit::Bytes, all.received);
        let time = Unit::Seconds;
        registry.register_with_unit("response_time", "From the intended start to the last byte", time.clone(), all.response);
        registry.register_with_unit("service_time", "From sending to the last byte", time.clone(), all.service);
        registry.register_with_unit("lag", "From the intended start to sending", time.clone(), all.lag);
        registry.register_with_unit("lateness", "How late the event loops came to what fell due", time.clone(), all.lateness);
        registry.register("starts_due", "Starts that fell due", all.due);
        registry.register("starts_made", "Starts that were made", all.begun);
        registry.register("starts_missed", "Starts that could not be made at all", all.missed);
        registry.register("connections_opened", "Connections that were opened", all.connections);
        registry.register_with_unit("processor", "Processor time of the event loops", time, all.processor);
        registry.register("requests_in_flight", "Requests under way", all.in_flight);
        registry.register("connections_open", "Connections that are open", all.open);
        registry.register("asked_per_second", "Starts that fell due in the last second", all.asked);
        registry.register("achieved_per_second", "Starts that were made in the last second", all.achieved);
        registry.register("answers_per_second", "Answers of the last second", all.answers);
        registry.register("callbacks", "Deliveries that were triggered, and what became of them", all.deliveries);
    }

    /// Figures of callbacks are told as sums; a counter never goes back.
    fn callbacks(&self, figures: &CallbackFigures) {
        for (result, sum) in [
            (Callback::Triggered, figures.triggered),
            (Callback::Delivered, figures.delivered),
            (Callback::Lost, figures.lost),
            (Callback::Duplicate, figures.duplicates),
            (Callback::OutOfOrder, figures.out_of_order),
            (Callback::Unexpected, figures.unexpected),
            (Callback::Invalid, figures.invalid),
        ] {
            let counter = self.deliveries.get_or_create_owned(&Deliveries { callback: figures.title.clone(), result });
            counter.inc_by(sum.saturating_sub(counter.get()));
        }
    }

    /// Nothing is under way any more.
    fn rest(&self) {
        self.in_flight.set(0);
        self.open.set(0);
        for rate in [&self.asked, &self.achieved, &self.answers] {
            rate.set(0.0);
        }
    }
}

fn seconds(time: Nanos) -> f64 {
    time.0 as f64 / 1e9
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Metrics;
    use crate::model::load::{Class, Phase};
    use crate::record::load::fixture;

    /// The value of the one line that begins so.
    fn value(text: &str, begins: &str) -> Option<f64> {
        let mut found = text.lines().filter_map(|line| line.strip_prefix(begins)?.trim().parse().ok());
        let value = found.next();
        assert!(found.next().is_none(), "{begins} is there twice");
        value
    }

    #[test]
    fn the_text_says_what_the_intervals_said() {
        let metrics = Metrics::new();
        let outcome = fixture::failing();
        fixture::observe(&outcome, &metrics);
        let text = metrics.text();
        let intervals = fixture::intervals(true);
        for (i, operation) in outcome.opening.operations.iter().enumerate() {
            for (phase, warmup) in [("measured", false), ("warmup", true)] {
                let cells = || {
                    let intervals = intervals.iter().filter(|x| (x.phase == Phase::Warmup) == warmup);
                    intervals.flat_map(|x| &x.cells).filter(|c| c.operation == i)
                };
                for class in (1..=5).map(Class::Status) {
                    let count: u64 = cells().filter(|c| c.class == class).map(|c| c.figures.response.count()).sum();
                    let Class::Status(n) = class else { continue };
                    let name =
                        format!("proofmark_load_requests_total{{operation=\"{operation}\",phase=\"{phase}\",status=\"{n}xx\"}} ");
                    assert_eq!(value(&text, &name).unwrap_or(0.0), count as f64, "{name}");
                }
                let answered: u64 =
                    cells().filter(|c| matches!(c.class, Class::Status(_))).map(|c| c.figures.response.count()).sum();
                let count = format!("proofmark_load_response_time_seconds_count{{operation=\"{operation}\",phase=\"{phase}\"}} ");
                assert_eq!(value(&text, &count).unwrap_or(0.0), answered as f64);
                let validated: u64 = cells().map(|c| c.answered.validated).sum();
                let name = format!("proofmark_load_answers_validated_total{{operation=\"{operation}\",phase=\"{phase}\"}} ");
                assert_eq!(value(&text, &name).unwrap_or(0.0), validated as f64);
            }
        }
        assert_eq!(value(&text, "proofmark_load_starts_due_total "), Some(intervals.iter().map(|x| x.due).sum::<u64>() as f64));
        assert_eq!(value(&text, "proofmark_load_requests_in_flight "), Some(0.0), "it is over");
        let lost =
            "proofmark_load_callbacks_total{callback=\"createSignature -> registerCallback.notification\",result=\"lost\"} ";
        assert_eq!(value(&text, lost), Some(20.0), "told again and again, counted once");
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn names_types_and_helps() {
        let heads: Vec<String> = Metrics::new().text().lines().filter(|l| l.starts_with("# ")).map(str::to_owned).collect();
        insta::assert_snapshot!(heads.join("\n"));
    }
}
