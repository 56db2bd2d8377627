//! Loads told event by event, for the tests of the drawing.
//!
//! Every time and figure is fixed. Never used outside tests.

use crate::base::units::{Nanos, Rate};
use crate::cli::load::dashboard::state::State;
use crate::model::load::{Answered, Cell, Class, Figures, Interval, LoadError, LoadEvent, LoadOpening, Phase, SearchStep};
use crate::record::load::fixture;

const SECOND: u64 = 1_000_000_000;

fn opening(operations: &[&str], open: bool, planned: u64) -> LoadOpening {
    LoadOpening {
        title: "signature journey at office hours".to_owned(),
        target: "embedded sandbox".to_owned(),
        operations: operations.iter().map(|&o| o.to_owned()).collect(),
        open,
        planned: Nanos(planned * SECOND),
        window: None,
        transport: "HTTP/1.1, at most 64 connections, 1 event loop".to_owned(),
        validate: "all".to_owned(),
        ..fixture::failing().opening
    }
}

fn second(at: u64, phase: Phase, due: u64, operations: usize) -> Interval {
    let mut interval = Interval::empty(Nanos(at * SECOND), Nanos(SECOND), phase);
    (interval.due, interval.journeys, interval.sent) = (due, due - at % 3, due - at % 3);
    (interval.in_flight, interval.open, interval.workers) = (3 + at % 5, 64, 1);
    (interval.cpu, interval.run_queue) = (Nanos(SECOND / 5 + at * 1_000_000), Nanos(4_000_000));
    interval.lateness.record_many(Nanos(60_000), due);
    for operation in 0..operations {
        let mut figures = Figures::default();
        let slow = 1 + u64::from(at % 8 == 5) * 9;
        for n in 1..=interval.sent / operations as u64 {
            figures.response.record(Nanos(n * 100_000 * slow * (operation as u64 + 1)));
            figures.lag.record(Nanos(80_000));
        }
        let validated = figures.response.count();
        interval.cells.push(Cell {
            operation,
            class: Class::Status(2),
            figures,
            answered: Answered { validated, invalid: 0, bytes: 9 },
        });
    }
    interval
}

fn troubled(interval: &mut Interval) {
    for (operation, class, times, invalid) in
        [(0, Class::Status(5), 12, 3), (1, Class::Error(LoadError::ReadTimeout), 7, 0), (0, Class::Error(LoadError::Reset), 2, 0)]
    {
        let mut figures = Figures::default();
        figures.response.record_many(Nanos(30_000_000), times);
        let answered = Answered { validated: invalid, invalid, bytes: 0 };
        interval.cells.push(Cell { operation, class, figures, answered });
    }
}

/// Two operations by the clock, in the middle of it, with answers that are wrong and requests without any.
pub(super) fn journeys() -> State {
    let mut state = State::default();
    state.hear(LoadEvent::Note("metrics at http://127.0.0.1:9464/metrics"));
    state.hear(LoadEvent::Started(&opening(&["createSignature", "getSignature"], true, 60)));
    for at in 0..24 {
        let phase = if at < 5 { Phase::Warmup } else { Phase::Measured };
        let mut interval = second(at, phase, 200, 2);
        if at == 20 {
            troubled(&mut interval);
        }
        state.hear(LoadEvent::Interval(&interval));
    }
    let failing = fixture::failing();
    failing.failures.iter().for_each(|kept| state.hear(LoadEvent::Failure(kept)));
    state.hear(LoadEvent::Callbacks(&failing.callbacks));
    state
}

/// A search that has found what does not hold.
pub(super) fn search() -> State {
    let mut state = State::default();
    state.hear(LoadEvent::Started(&opening(&["getSignature"], true, 0)));
    for (n, (rate, held)) in [(100.0, true), (200.0, true), (400.0, false), (300.0, true), (350.0, false)].into_iter().enumerate()
    {
        for at in 0..5 {
            let phase = if at == 0 { Phase::Warmup } else { Phase::Measured };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small rate")]
            let interval = second(n as u64 * 5 + at, phase, rate as u64, 1);
            state.hear(LoadEvent::Interval(&interval));
        }
        let broken = if held { Vec::new() } else { vec!["p99 < 30ms: 41.2ms".to_owned()] };
        let (p50, p99) = (Some(Nanos(4_200_000)), Some(Nanos(41_200_000)));
        let (rate, confirms) = (Rate(rate), n == 3);
        let step = SearchStep { rate, achieved: rate, held, broken, p50, p99, confirms, spoiled: false };
        state.hear(LoadEvent::Searched(&step));
    }
    state.hear(LoadEvent::Interval(&second(25, Phase::Warmup, 325, 1)));
    state
}

/// Users who wait for their answers, over more operations than a small terminal has lines for; a title that would turn the text.
pub(super) fn users() -> State {
    let mut state = State::default();
    let names: Vec<String> = (1..=12).map(|n| format!("operation{n}WithANameThatIsLongerThanItsColumn")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let opening = LoadOpening { title: "users\u{202e} at\u{1b}[2J work".to_owned(), ..opening(&names, false, 30) };
    state.hear(LoadEvent::Started(&opening));
    (0..10).for_each(|at| state.hear(LoadEvent::Interval(&second(at, Phase::Measured, 120, 12))));
    state
}
