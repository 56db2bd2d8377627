//! Objectives held against figures: over the run, or over every window of it.
//!
//! Pure. No sample is no success: what cannot be judged is skipped, and a skipped objective is never a pass.

use crate::base::units::{Nanos, Rate};
use crate::model::load::{CallbackFigures, Cell, Class, Interval, Phase, SloOutcome, Totals};
use crate::model::outcome::Verdict;
use crate::suite::ast::load::{Bound, Comparison, Metric, Slo};
use std::collections::VecDeque;

/// What an objective is held against.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) totals: &'a Totals,
    pub(super) callbacks: &'a [CallbackFigures],
    pub(super) operations: &'a [String],
    /// True where starts are due by the clock.
    pub(super) open: bool,
}

/// A figure in the unit of its metric: nanoseconds, hundredths of a per cent, or a rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Figure {
    Time(Nanos),
    /// Part and whole, so that nothing is lost in rounding.
    Share(u64, u64),
    Rate(Rate),
}

impl Figure {
    fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.0 as f64,
            Self::Share(part, whole) => part as f64 * 10_000.0 / whole as f64,
            Self::Rate(rate) => rate.0,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Time(time) => time.to_string(),
            Self::Share(part, whole) => {
                let share = part as f64 * 100.0 / whole as f64;
                let digits = if part > 0 && share < 0.01 { 5 } else { 2 };
                let text = format!("{share:.digits$}");
                format!("{}% ({part} of {whole})", text.trim_end_matches('0').trim_end_matches('.'))
            }
            Self::Rate(rate) => rate.to_string(),
        }
    }
}

/// The figure of a metric, or why there is none.
pub(super) fn figure(metric: Metric, operation: Option<&str>, view: View<'_>) -> Result<Figure, String> {
    let index = match operation {
        None => None,
        Some(name) => Some(view.operations.iter().position(|o| o == name).ok_or("no request was made of it")?),
    };
    let totals = view.totals;
    let time = |found: Option<Nanos>| found.map(Figure::Time).ok_or_else(|| "no sample".to_owned());
    let share = |part, whole, what: &str| if whole == 0 { Err(what.to_owned()) } else { Ok(Figure::Share(part, whole)) };
    let quantile = |q: u32| f64::from(q) / 10_000.0;
    match metric {
        Metric::Response(q) => time(totals.answers(index).response.quantile(quantile(q))),
        Metric::ResponseMax => time(totals.answers(index).response.max()),
        Metric::ResponseMean => time(totals.answers(index).response.mean()),
        Metric::Service(q) => time(totals.answers(index).service.quantile(quantile(q))),
        Metric::Lag(q) => time(totals.answers(index).lag.quantile(quantile(q))),
        Metric::Errors => share(bad(totals, index), totals.ended(index), "no request ended"),
        Metric::Invalid => {
            let answered = totals.answered(index);
            share(answered.invalid, answered.validated, "no answer was judged")
        }
        Metric::Validated => share(totals.answered(index).validated, totals.received(index), "no answer was received"),
        Metric::AchievedRate if !view.open => Err("nothing is due by the clock".to_owned()),
        Metric::AchievedRate => share(totals.in_time.min(totals.due), totals.due, "nothing was due"),
        Metric::Throughput if totals.length.0 == 0 => Err("no time was measured".to_owned()),
        Metric::Throughput => Ok(Figure::Rate(Rate(totals.received(index) as f64 * 1e9 / totals.length.0 as f64))),
        Metric::CallbackLoss => {
            let triggered: u64 = view.callbacks.iter().map(|c| c.triggered - c.open.min(c.triggered)).sum();
            share(view.callbacks.iter().map(|c| c.lost).sum(), triggered, "no delivery was triggered")
        }
        Metric::Callback(q) => {
            let mut all = crate::model::histogram::Histogram::new();
            view.callbacks.iter().for_each(|c| all.merge(&c.latency));
            time(all.quantile(quantile(q)))
        }
    }
}

/// Requests without a right answer, each counted once.
fn bad(totals: &Totals, operation: Option<usize>) -> u64 {
    totals
        .of(operation)
        .map(|cell| match cell.class {
            Class::Error(_) | Class::Status(5) => cell.figures.response.count(),
            Class::Status(_) => cell.answered.invalid,
        })
        .sum()
}

/// Whether a figure keeps a bound, and with what margin in hundredths of a per cent of the bound.
fn keeps(figure: Figure, comparison: Comparison, bound: Bound) -> (bool, Option<i64>) {
    let (actual, bound) = (
        figure.number(),
        match bound {
            Bound::Time(time) => time.0 as f64,
            Bound::Share(share) => f64::from(share.0),
            Bound::Rate(rate) => rate.0,
        },
    );
    let holds = match comparison {
        Comparison::Less => actual < bound,
        Comparison::AtMost => actual <= bound,
        Comparison::More => actual > bound,
        Comparison::AtLeast => actual >= bound,
    };
    let room = match comparison {
        Comparison::Less | Comparison::AtMost => bound - actual,
        Comparison::More | Comparison::AtLeast => actual - bound,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a share of the bound; the cast saturates")]
    let margin = (bound > 0.0).then(|| (room / bound * 10_000.0).round() as i64);
    (holds, margin)
}

/// Holds an objective against the whole run.
pub(super) fn judge(slo: &Slo, view: View<'_>) -> SloOutcome {
    let operation = slo.operation.as_ref().map(|o| o.value.as_str());
    match figure(slo.metric, operation, view) {
        Err(why) => SloOutcome { title: slo.text.clone(), verdict: Verdict::Skipped, actual: why, margin: None },
        Ok(figure) => {
            let (holds, margin) = keeps(figure, slo.comparison, slo.bound);
            let verdict = if holds { Verdict::Pass } else { Verdict::Fail };
            SloOutcome { title: slo.text.clone(), verdict, actual: figure.shown(), margin }
        }
    }
}

/// What is demanded although no plan says so: that every request got an answer. Where a plan speaks of errors it says itself what is
/// demanded, of all operations or of the one it names.
pub(super) fn implied(slos: &[Slo], view: View<'_>) -> Option<SloOutcome> {
    let spoken = |operation: usize| {
        let name = view.operations.get(operation);
        let of = |slo: &&Slo| slo.operation.as_ref().is_none_or(|o| Some(&o.value) == name);
        slos.iter().filter(|s| s.metric == Metric::Errors).any(|s| of(&s))
    };
    let cells = || view.totals.of(None).filter(|cell| !spoken(cell.operation));
    let count = |cell: &Cell| cell.figures.response.count();
    let lost: u64 = cells().filter(|cell| matches!(cell.class, Class::Error(_))).map(count).sum();
    let ended: u64 = cells().map(count).sum();
    (ended > 0).then(|| SloOutcome {
        title: "every request is answered (implied)".to_owned(),
        verdict: if lost == 0 { Verdict::Pass } else { Verdict::Fail },
        actual: Figure::Share(lost, ended).shown() + " got no answer",
        margin: None,
    })
}

/// Watches an objective over every window of the measured part, as it goes by.
pub(super) struct Watch {
    pub(super) slo: Slo,
    window: Nanos,
    seconds: VecDeque<Interval>,
    length: Nanos,
    worst: Option<(Figure, Option<i64>, Nanos)>,
    broken: u64,
    judged: u64,
}

impl Watch {
    /// For an objective that has a window.
    pub(super) fn new(slo: &Slo) -> Option<Self> {
        let window = slo.window?;
        Some(Self { slo: slo.clone(), window, seconds: VecDeque::new(), length: Nanos(0), worst: None, broken: 0, judged: 0 })
    }

    /// A further second; whether what is written holds in the window that ends with it, where that is a whole one with samples.
    pub(super) fn see(&mut self, interval: &Interval, operations: &[String], open: bool) -> Option<bool> {
        if interval.phase != Phase::Measured {
            return None;
        }
        self.length.0 += interval.length.0;
        self.seconds.push_back(interval.clone());
        while let Some(first) = self.seconds.front()
            && self.length.0 - first.length.0 >= self.window.0
        {
            self.length.0 -= first.length.0;
            self.seconds.pop_front();
        }
        // Seconds are cut a little late or early: nine tenths of a window are one.
        if self.length.0 * 10 < self.window.0 * 9 {
            return None;
        }
        let mut totals = Totals::default();
        self.seconds.iter().for_each(|i| totals.add(i));
        let operation = self.slo.operation.as_ref().map(|o| o.value.as_str());
        let view = View { totals: &totals, callbacks: &[], operations, open };
        let figure = figure(self.slo.metric, operation, view).ok()?;
        let (holds, margin) = keeps(figure, self.slo.comparison, self.slo.bound);
        self.judged += 1;
        self.broken += u64::from(!holds);
        if self.worst.as_ref().is_none_or(|(_, worst, _)| margin < *worst) {
            self.worst = Some((figure, margin, interval.at));
        }
        Some(holds)
    }

    /// What came of it.
    pub(super) fn outcome(&self) -> SloOutcome {
        let title = self.slo.text.clone();
        match self.worst {
            None => SloOutcome { title, verdict: Verdict::Skipped, actual: "no whole window".to_owned(), margin: None },
            Some((figure, margin, at)) => SloOutcome {
                title,
                verdict: if self.broken == 0 { Verdict::Pass } else { Verdict::Fail },
                actual: format!(
                    "{} at worst, in the window to {at}; {} of {} windows broken",
                    figure.shown(),
                    self.broken,
                    self.judged
                ),
                margin,
            },
        }
    }

    /// Why a run is given up.
    pub(super) fn reason(&self) -> String {
        let shown = self.worst.map_or_else(String::new, |(figure, _, _)| format!(": {}", figure.shown()));
        format!("{}{shown}", self.slo.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{View, Watch, implied, judge};
    use crate::base::units::Nanos;
    use crate::model::load::{Answered, Cell, Class, Figures, Interval, LoadError, Phase, Totals};
    use crate::model::outcome::Verdict;
    use crate::suite::parse_slo;

    fn cell(class: Class, count: u64, millis: u64, invalid: u64) -> Cell {
        let mut figures = Figures::default();
        for histogram in [&mut figures.response, &mut figures.service] {
            histogram.record_many(Nanos(millis * 1_000_000), count);
        }
        figures.lag.record_many(Nanos(0), count);
        let validated = if matches!(class, Class::Status(_)) { count } else { 0 };
        Cell { operation: 0, class, figures, answered: Answered { validated, invalid, bytes: 0 } }
    }

    fn second(at: u64, cells: Vec<Cell>) -> Interval {
        let mut interval = Interval::empty(Nanos(at * 1_000_000_000), Nanos(1_000_000_000), Phase::Measured);
        (interval.due, interval.journeys) = (100, 99);
        interval.cells = cells;
        interval
    }

    fn verdict(text: &str, totals: &Totals) -> (Verdict, String) {
        let operations = ["getThing".to_owned()];
        let view = View { totals, callbacks: &[], operations: &operations, open: true };
        let outcome = judge(&parse_slo(text, None).unwrap(), view);
        (outcome.verdict, outcome.actual)
    }

    #[test]
    fn figures_are_held_against_their_bounds() {
        let mut totals = Totals::default();
        totals.add(&second(
            0,
            vec![
                cell(Class::Status(2), 98, 10, 1),
                cell(Class::Status(5), 1, 50, 0),
                cell(Class::Error(LoadError::Reset), 1, 900, 0),
            ],
        ));
        for (text, expected) in [
            ("p95 < 20ms", Verdict::Pass),
            ("p95 < 10ms", Verdict::Fail),
            ("max <= 51ms", Verdict::Pass),
            ("errors <= 3%", Verdict::Pass),
            ("errors < 3%", Verdict::Fail),
            ("invalid < 1%", Verdict::Fail),
            ("achieved_rate >= 99%", Verdict::Pass),
            ("throughput >= 99/s", Verdict::Pass),
            ("callback_p99 < 1s", Verdict::Skipped),
        ] {
            assert_eq!(verdict(text, &totals).0, expected, "{text}: {}", verdict(text, &totals).1);
        }
        let view = View { totals: &totals, callbacks: &[], operations: &[], open: true };
        assert_eq!(implied(&[], view).map(|s| s.verdict), Some(Verdict::Fail));
        assert_eq!(implied(&[parse_slo("errors < 5%", None).unwrap()], view), None);
        // What is said of one operation leaves the others as they are.
        let operations = ["getThing".to_owned()];
        let view = View { operations: &operations, ..view };
        for (of, verdict) in [("getThing", None), ("getOther", Some(Verdict::Fail))] {
            let slo = parse_slo("errors < 5%", Some(of)).unwrap();
            assert_eq!(implied(&[slo], view).map(|s| s.verdict), verdict, "{of}");
        }
    }

    #[test]
    fn no_sample_is_never_a_pass() {
        for text in
            ["p99 < 1h", "errors < 100%", "achieved_rate >= 0%", "throughput >= 1/s", "validated >= 0%", "invalid <= 100%"]
        {
            assert_eq!(verdict(text, &Totals::default()).0, Verdict::Skipped, "{text}");
        }
    }

    #[test]
    fn a_window_forgets_what_is_past() {
        let mut slo = parse_slo("errors < 50%", None).unwrap();
        slo.window = Some(Nanos(2_000_000_000));
        let mut watch = Watch::new(&slo).unwrap();
        let good = || vec![cell(Class::Status(2), 10, 1, 0)];
        let bad = || vec![cell(Class::Error(LoadError::Reset), 10, 1, 0)];
        let seconds = [good(), bad(), bad(), good(), good()];
        let broken: Vec<bool> = seconds
            .into_iter()
            .enumerate()
            .map(|(i, cells)| watch.see(&second(i as u64, cells), &[], true) == Some(false))
            .collect();
        assert_eq!(broken, [false, true, true, true, false]);
        assert_eq!(watch.outcome().verdict, Verdict::Fail);
    }
}
