//! The figures of a load as a message of the OpenTelemetry protocol, in protobuf, with sums from the load's beginning.
//!
//! Hears of a load and encodes. Sends nothing, and keeps no more than the totals.

use crate::export::buckets::{BOUNDS, Buckets};
use crate::model::histogram::Histogram;
use crate::model::load::{Class, Figures, Interval, LoadEvent, LoadObserver, LoadOpening, Phase, Totals};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram as Spread, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use std::sync::{Mutex, PoisonError};

/// The media type of [`Otlp::message`].
pub const MEDIA_TYPE: &str = "application/x-protobuf";

/// Sums from the beginning, which a collector can miss one of without harm.
const SUMS: i32 = AggregationTemporality::Cumulative as i32;

/// The figures of one load.
#[derive(Debug, Default)]
pub struct Otlp {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    opening: Option<LoadOpening>,
    measured: Totals,
    warmup: Totals,
    /// The last second, without its times.
    last: Option<Interval>,
}

impl Otlp {
    /// Everything as it stands at `now`, in nanoseconds since 1970; `None` before the load began.
    #[must_use]
    pub fn message(&self, now: u64) -> Option<Vec<u8>> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let opening = inner.opening.as_ref()?;
        let began = u64::try_from(opening.began.as_nanosecond()).unwrap_or_default();
        Some(inner.request(opening, Times { began, now }).encode_to_vec())
    }
}

impl LoadObserver for Otlp {
    fn observe(&self, event: LoadEvent<'_>) {
        let inner = &mut *self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            LoadEvent::Started(opening) => inner.opening = Some(opening.clone()),
            LoadEvent::Interval(interval) => {
                let totals = if interval.phase == Phase::Warmup { &mut inner.warmup } else { &mut inner.measured };
                totals.add(interval);
                if interval.length.0 > 0 {
                    inner.last = Some(interval.clone());
                }
            }
            LoadEvent::Failure(_) | LoadEvent::Callbacks(_) | LoadEvent::Searched(_) | LoadEvent::Note(_) => {}
            LoadEvent::Finished(_) => inner.last = None,
        }
    }
}

/// When what is counted began, and when it was looked at.
#[derive(Clone, Copy)]
struct Times {
    began: u64,
    now: u64,
}

impl Times {
    fn number(self, attributes: Vec<KeyValue>, value: Number) -> NumberDataPoint {
        let (start_time_unix_nano, time_unix_nano) = (self.began, self.now);
        NumberDataPoint { attributes, start_time_unix_nano, time_unix_nano, value: Some(value), ..Default::default() }
    }

    fn spread(self, attributes: Vec<KeyValue>, times: &Histogram) -> HistogramDataPoint {
        let mut buckets = Buckets::default();
        buckets.add(times);
        HistogramDataPoint {
            attributes,
            start_time_unix_nano: self.began,
            time_unix_nano: self.now,
            count: buckets.count(),
            sum: Some(buckets.sum),
            bucket_counts: buckets.counts.to_vec(),
            explicit_bounds: BOUNDS.to_vec(),
            min: times.min().map(|t| t.0 as f64 / 1e9),
            max: times.max().map(|t| t.0 as f64 / 1e9),
            ..Default::default()
        }
    }
}

impl Inner {
    fn request(&self, opening: &LoadOpening, times: Times) -> ExportMetricsServiceRequest {
        let resource = [
            ("service.name", "proofmark"),
            ("service.version", env!("CARGO_PKG_VERSION")),
            ("proofmark.load.plan", &opening.title),
            ("proofmark.load.target", &opening.target),
            ("proofmark.load.environment", &opening.environment),
        ];
        let scope = InstrumentationScope { name: "proofmark.load".to_owned(), ..Default::default() };
        let metrics = self.counters(opening, times).into_iter().chain(self.times(opening, times)).chain(self.gauges(times));
        let scoped = ScopeMetrics { scope: Some(scope), metrics: metrics.collect(), ..Default::default() };
        let resource = Resource { attributes: resource.map(|(n, v)| attribute(n, v)).to_vec(), ..Default::default() };
        let all = ResourceMetrics { resource: Some(resource), scope_metrics: vec![scoped], ..Default::default() };
        ExportMetricsServiceRequest { resource_metrics: vec![all] }
    }

    fn phases(&self) -> [(&'static str, &Totals); 2] {
        [("measured", &self.measured), ("warmup", &self.warmup)]
    }

    fn counters(&self, opening: &LoadOpening, times: Times) -> Vec<Metric> {
        let (mut requests, mut validated, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
        for (phase, totals) in self.phases() {
            for cell in &totals.cells {
                let mut of = labels(opening, cell.operation, phase);
                of.push(match cell.class {
                    Class::Status(class) => attribute("status", &format!("{class}xx")),
                    Class::Error(error) => attribute("error", error.word()),
                });
                requests.push(times.number(of, count(cell.figures.response.count())));
            }
            for index in 0..opening.operations.len() {
                let (of, answered) = (labels(opening, index, phase), totals.answered(Some(index)));
                if totals.ended(Some(index)) > 0 {
                    validated.push(times.number(of.clone(), count(answered.validated)));
                    invalid.push(times.number(of, count(answered.invalid)));
                }
            }
        }
        vec![
            sum("requests", "Requests that ended, by what came of them", requests),
            sum("answers.validated", "Answers that were judged", validated),
            sum("answers.invalid", "Answers that were judged and found wrong", invalid),
        ]
    }

    fn times(&self, opening: &LoadOpening, times: Times) -> Vec<Metric> {
        type Pick = fn(&Figures) -> &Histogram;
        let kinds: [(&str, &str, Pick); 3] = [
            ("response_time", "From the intended start to the last byte", |f| &f.response),
            ("service_time", "From sending to the last byte", |f| &f.service),
            ("lag", "From the intended start to sending", |f| &f.lag),
        ];
        let mut points: [Vec<HistogramDataPoint>; 3] = Default::default();
        for (phase, totals) in self.phases() {
            for index in 0..opening.operations.len() {
                let figures = totals.answers(Some(index));
                if figures.response.is_empty() {
                    continue;
                }
                for ((_, _, pick), points) in kinds.iter().zip(&mut points) {
                    points.push(times.spread(labels(opening, index, phase), pick(&figures)));
                }
            }
        }
        let named = kinds.into_iter().zip(points);
        named
            .map(|((name, what, _), data_points)| {
                metric(name, what, "s", Data::Histogram(Spread { data_points, aggregation_temporality: SUMS }))
            })
            .collect()
    }

    fn gauges(&self, times: Times) -> Vec<Metric> {
        let last = self.last.as_ref();
        let rate = |of: fn(&Interval) -> u64| last.map_or(0.0, |i| of(i) as f64 * 1e9 / i.length.0 as f64);
        let gauge = |name, what, unit, value| {
            let data_points = vec![times.number(Vec::new(), Number::AsDouble(value))];
            metric(name, what, unit, Data::Gauge(Gauge { data_points }))
        };
        vec![
            gauge("requests.in_flight", "Requests under way", "{request}", last.map_or(0.0, |i| i.in_flight as f64)),
            gauge("connections.open", "Connections that are open", "{connection}", last.map_or(0.0, |i| i.open as f64)),
            gauge("rate.asked", "Starts that fell due in the last second", "1/s", rate(|i| i.due)),
            gauge("rate.achieved", "Starts that were made in the last second", "1/s", rate(|i| i.journeys)),
            gauge("rate.answers", "Answers of the last second", "1/s", rate(|i| i.ended() - i.errors())),
        ]
    }
}

fn metric(name: &str, what: &str, unit: &str, data: Data) -> Metric {
    let name = format!("proofmark.load.{name}");
    Metric { name, description: what.to_owned(), unit: unit.to_owned(), data: Some(data), ..Default::default() }
}

fn sum(name: &str, what: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, what, "1", Data::Sum(Sum { data_points, aggregation_temporality: SUMS, is_monotonic: true }))
}

fn labels(opening: &LoadOpening, operation: usize, phase: &str) -> Vec<KeyValue> {
    let name = opening.operations.get(operation).map(String::as_str).unwrap_or_default();
    vec![attribute("operation", name), attribute("phase", phase)]
}

fn attribute(name: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: name.to_owned(), value, ..Default::default() }
}

fn count(of: u64) -> Number {
    Number::AsInt(i64::try_from(of).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::Otlp;
    use crate::model::load::{Class, Phase};
    use crate::record::load::fixture;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
    use prost::Message as _;

    #[test]
    fn the_message_says_what_the_intervals_said() {
        let otlp = Otlp::default();
        assert_eq!(otlp.message(1), None, "nothing has begun");
        fixture::observe(&fixture::failing(), &otlp);
        let message = otlp.message(u64::MAX).expect("it began");
        let request = ExportMetricsServiceRequest::decode(message.as_slice()).expect("a message");
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        let named = |name: &str| metrics.iter().find(|m| m.name == format!("proofmark.load.{name}")).expect("a metric");
        let Some(Data::Sum(requests)) = &named("requests").data else { panic!("a sum") };
        let number = |value: &Option<Number>| if let Some(Number::AsInt(n)) = value { *n } else { panic!("a count") };
        let counted: i64 = requests.data_points.iter().map(|p| number(&p.value)).sum();
        let intervals = fixture::intervals(true);
        assert_eq!(counted, intervals.iter().map(|i| i.ended()).sum::<u64>() as i64);
        assert!(requests.is_monotonic && requests.data_points.iter().all(|p| p.start_time_unix_nano < p.time_unix_nano));
        let Some(Data::Histogram(times)) = &named("response_time").data else { panic!("a histogram") };
        let answered = |warmup: bool| {
            let of = intervals.iter().filter(|i| (i.phase == Phase::Warmup) == warmup).flat_map(|i| &i.cells);
            of.filter(|c| matches!(c.class, Class::Status(_))).map(|c| c.figures.response.count()).sum::<u64>()
        };
        assert_eq!(times.data_points.iter().map(|p| p.count).sum::<u64>(), answered(false) + answered(true));
        for point in &times.data_points {
            assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
            assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
        }
    }
}
