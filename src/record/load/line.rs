//! The lines of a load's journal, as they are stored.
//!
//! Turns what is told into lines and back, histograms in HdrHistogram's V2 format so that totals are rebuilt exactly. Never writes a
//! file, and never holds an unredacted message.

mod end;

use crate::base::units::Nanos;
use crate::model::histogram::Histogram;
use crate::model::load::{Answered, Cell, Class, ConnectionFigures, Figures, Interval, LoadError, LoadOpening};
use crate::model::redact::Redactor;
use crate::record::load::figures::PhaseRecord;
use crate::record::load::make::{self, LoadFacts};
use crate::record::load::shape::{FailureRecord, ScenarioRecord, SearchStepRecord, StageRecord};
use crate::record::make::{command, machine};
use crate::record::scrub;
use crate::record::shape::{BuildRecord, DocumentRecord, FactRecord, instant};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) use end::{CallbackLine, EndLine, callback_lines, callbacks, step};

/// One line of the journal.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum Line {
    /// What the record says beside the load itself; `format` tells the journal of a load from others.
    Opened { format: String, version: u32, facts: FactsLine },
    /// What is known before the first request.
    Started { opening: Box<OpeningLine> },
    /// An interval is over.
    Interval { interval: Box<IntervalLine> },
    /// A failure of a new kind.
    Failure { failure: Box<FailureRecord> },
    /// What came of the callbacks so far.
    Callbacks { callbacks: Vec<CallbackLine> },
    /// A step of a search is over.
    Searched { step: SearchStepRecord },
    /// Something worth a line.
    Note { text: String },
    /// The load ended or was stopped.
    Finished { end: Box<EndLine> },
}

/// See [`LoadFacts`].
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct FactsLine {
    tool_version: String,
    pub(super) command: Option<String>,
    documents: Vec<DocumentRecord>,
    machine: Vec<FactRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    build: Option<BuildRecord>,
}

impl FactsLine {
    pub(super) fn of(facts: &LoadFacts, redactor: &Redactor) -> Self {
        Self {
            tool_version: facts.tool_version.clone(),
            command: (!facts.command.is_empty()).then(|| command(&facts.command, redactor).join(" ")),
            documents: facts.documents.clone(),
            machine: machine(&facts.machine, redactor),
            build: facts.build.clone(),
        }
    }

    /// The facts without the command, which is stored in the words of a shell.
    pub(super) fn facts(&self) -> LoadFacts {
        LoadFacts {
            tool_version: self.tool_version.clone(),
            command: Vec::new(),
            documents: self.documents.clone(),
            machine: self.machine.iter().map(|f| (f.name.clone(), f.value.clone())).collect(),
            build: self.build.clone(),
        }
    }
}

/// See [`LoadOpening`].
#[derive(Serialize, Deserialize)]
pub(super) struct OpeningLine {
    #[serde(with = "instant")]
    began: Timestamp,
    title: String,
    target: String,
    environment: String,
    seed: u64,
    operations: Vec<String>,
    scenarios: Vec<ScenarioRecord>,
    stages: Vec<StageRecord>,
    transport: String,
    validate: String,
    open: bool,
    planned_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<String>,
}

impl OpeningLine {
    pub(super) fn of(opening: &LoadOpening, redactor: &Redactor) -> Self {
        Self {
            began: opening.began,
            title: scrub::text(redactor, &opening.title),
            target: scrub::url(redactor, &opening.target),
            environment: redactor.text(&opening.environment),
            seed: opening.seed,
            operations: opening.operations.clone(),
            scenarios: make::scenarios(opening, redactor),
            stages: make::stages(opening, redactor),
            transport: scrub::text(redactor, &opening.transport),
            validate: opening.validate.clone(),
            open: opening.open,
            planned_ns: opening.planned.0,
            window: opening.window.as_ref().map(|text| scrub::text(redactor, text)),
        }
    }

    pub(super) fn opening(self) -> LoadOpening {
        LoadOpening {
            began: self.began,
            title: self.title,
            target: self.target,
            environment: self.environment,
            seed: self.seed,
            operations: self.operations,
            scenarios: self.scenarios.into_iter().map(|s| (s.title, s.weight)).collect(),
            stages: self.stages.into_iter().map(|s| (Nanos(s.at_ns), Nanos(s.length_ns), s.title)).collect(),
            transport: self.transport,
            validate: self.validate,
            open: self.open,
            planned: Nanos(self.planned_ns),
            window: self.window,
        }
    }
}

/// A histogram in the V2 format with deflate, in base64, as interval logs have it; and what that format cannot say.
#[derive(Serialize, Deserialize)]
pub(super) struct Packed {
    v2: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    beyond: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Packed {
    fn of(histogram: &Histogram) -> Option<Self> {
        let packed = || Self { v2: STANDARD.encode(histogram.to_v2_deflate()), beyond: histogram.saturated() };
        (!histogram.is_empty()).then(packed)
    }

    fn unpack(packed: Option<&Self>) -> Result<Histogram, String> {
        let Some(packed) = packed else { return Ok(Histogram::new()) };
        let bytes = STANDARD.decode(&packed.v2).map_err(|_| "a histogram that is not in base64".to_owned())?;
        Ok(Histogram::from_v2_deflate(&bytes)?.with_saturated(packed.beyond))
    }
}

/// See [`Interval`].
#[derive(Serialize, Deserialize)]
pub(super) struct IntervalLine {
    at_ns: u64,
    length_ns: u64,
    phase: PhaseRecord,
    cells: Vec<CellLine>,
    connections: ConnectionsLine,
    lateness: Option<Packed>,
    due: u64,
    sent: u64,
    missed: u64,
    journeys: u64,
    in_flight: u64,
    open: u64,
    cpu_ns: u64,
    run_queue_ns: u64,
    workers: u32,
}

#[derive(Serialize, Deserialize)]
struct CellLine {
    operation: usize,
    /// `2xx`, or the word of an error.
    class: String,
    response: Option<Packed>,
    service: Option<Packed>,
    lag: Option<Packed>,
    validated: u64,
    invalid: u64,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct ConnectionsLine {
    connect: Option<Packed>,
    tls: Option<Packed>,
    first_byte: Option<Packed>,
    opened: u64,
    reopened: u64,
    resumed: u64,
}

impl IntervalLine {
    pub(super) fn of(interval: &Interval) -> Self {
        let connections = &interval.connections;
        Self {
            at_ns: interval.at.0,
            length_ns: interval.length.0,
            phase: interval.phase.into(),
            cells: interval.cells.iter().map(cell_line).collect(),
            connections: ConnectionsLine {
                connect: Packed::of(&connections.connect),
                tls: Packed::of(&connections.tls),
                first_byte: Packed::of(&connections.first_byte),
                opened: connections.opened,
                reopened: connections.reopened,
                resumed: connections.resumed,
            },
            lateness: Packed::of(&interval.lateness),
            due: interval.due,
            sent: interval.sent,
            missed: interval.missed,
            journeys: interval.journeys,
            in_flight: interval.in_flight,
            open: interval.open,
            cpu_ns: interval.cpu.0,
            run_queue_ns: interval.run_queue.0,
            workers: interval.workers,
        }
    }

    pub(super) fn interval(&self) -> Result<Interval, String> {
        let connections = &self.connections;
        Ok(Interval {
            at: Nanos(self.at_ns),
            length: Nanos(self.length_ns),
            phase: self.phase.into(),
            cells: self.cells.iter().map(cell).collect::<Result<_, _>>()?,
            connections: ConnectionFigures {
                connect: Packed::unpack(connections.connect.as_ref())?,
                tls: Packed::unpack(connections.tls.as_ref())?,
                first_byte: Packed::unpack(connections.first_byte.as_ref())?,
                opened: connections.opened,
                reopened: connections.reopened,
                resumed: connections.resumed,
            },
            lateness: Packed::unpack(self.lateness.as_ref())?,
            due: self.due,
            sent: self.sent,
            missed: self.missed,
            journeys: self.journeys,
            in_flight: self.in_flight,
            open: self.open,
            cpu: Nanos(self.cpu_ns),
            run_queue: Nanos(self.run_queue_ns),
            workers: self.workers,
        })
    }
}

fn cell_line(cell: &Cell) -> CellLine {
    CellLine {
        operation: cell.operation,
        class: match cell.class {
            Class::Status(class) => format!("{class}xx"),
            Class::Error(error) => error.word().to_owned(),
        },
        response: Packed::of(&cell.figures.response),
        service: Packed::of(&cell.figures.service),
        lag: Packed::of(&cell.figures.lag),
        validated: cell.answered.validated,
        invalid: cell.answered.invalid,
        bytes: cell.answered.bytes,
    }
}

fn cell(line: &CellLine) -> Result<Cell, String> {
    let status = line.class.strip_suffix("xx").and_then(|class| class.parse().ok()).map(Class::Status);
    let error = || LoadError::ALL.into_iter().find(|e| e.word() == line.class).map(Class::Error);
    Ok(Cell {
        operation: line.operation,
        class: status.or_else(error).ok_or_else(|| format!("`{}` is no class of answers or errors", line.class))?,
        figures: Figures {
            response: Packed::unpack(line.response.as_ref())?,
            service: Packed::unpack(line.service.as_ref())?,
            lag: Packed::unpack(line.lag.as_ref())?,
        },
        answered: Answered { validated: line.validated, invalid: line.invalid, bytes: line.bytes },
    })
}

#[cfg(test)]
mod tests {
    use super::{Interval, IntervalLine, LoadError};
    use crate::base::units::Nanos;
    use crate::model::load::{Answered, Cell, Class, Figures, Phase, Totals};
    use proptest::prelude::*;

    fn interval(cells: &[(usize, usize, Vec<u64>)]) -> Interval {
        let mut interval = Interval::empty(Nanos(1), Nanos(2), Phase::Measured);
        for (operation, class, times) in cells {
            let class = LoadError::ALL.get(*class).map_or(Class::Status(2), |error| Class::Error(*error));
            let mut figures = Figures::default();
            for time in times {
                figures.response.record(Nanos(*time));
                figures.service.record(Nanos(time / 2));
            }
            let answered = Answered { validated: times.len() as u64, invalid: 1, bytes: 7 };
            let mut other = Interval::empty(Nanos(1), Nanos(2), Phase::Measured);
            other.cells.push(Cell { operation: *operation, class, figures, answered });
            interval.merge(other);
        }
        interval
    }

    fn shown(totals: &Totals) -> String {
        let cell = |c: &Cell| {
            let times = [&c.figures.response, &c.figures.service, &c.figures.lag];
            let times = times.map(|h| (h.buckets().collect::<Vec<_>>(), h.saturated(), h.min(), h.max(), h.mean()));
            format!("{} {:?} {times:?} {:?}", c.operation, c.class, c.answered)
        };
        totals.cells.iter().map(cell).collect::<Vec<_>>().join("\n")
    }

    proptest! {
        #[test]
        fn intervals_that_were_stored_add_up_to_the_same(
            all in prop::collection::vec(
                prop::collection::vec((0usize..3, 0usize..15, prop::collection::vec(0u64..9_000_000_000_000, 0..20)), 0..6),
                0..5,
            )
        ) {
            let (mut told, mut stored) = (Totals::default(), Totals::default());
            for cells in &all {
                let interval = interval(cells);
                told.add(&interval);
                let text = serde_json::to_string(&IntervalLine::of(&interval)).expect("a line is JSON");
                let line: IntervalLine = serde_json::from_str(&text).expect("it is read");
                stored.add(&line.interval().expect("an interval"));
            }
            prop_assert_eq!(shown(&stored), shown(&told));
        }
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        let text = serde_json::to_string(&IntervalLine::of(&interval(&[(0, 20, vec![1_000])]))).expect("a line is JSON");
        for (from, to, why) in [
            ("HIST", "?IST", "a histogram that is not in base64"),
            ("HIST", "XIST", "no histogram in the V2 format"),
            ("2xx", "9", "`9` is no class of answers or errors"),
        ] {
            let line: IntervalLine = serde_json::from_str(&text.replacen(from, to, 1)).expect("it is read");
            assert_eq!(line.interval().err().as_deref(), Some(why));
        }
    }
}
