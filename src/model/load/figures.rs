//! What is counted of every request: three times, a class, whether the answer was judged.
//!
//! Counts and adds up. Computes no verdict.

use crate::base::units::Nanos;
use crate::model::histogram::Histogram;

/// Why a request got no answer; a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadError {
    /// Nothing listens there.
    Refused,
    /// The name does not resolve.
    Name,
    /// The connection could not be made in time.
    ConnectTimeout,
    /// TLS was not agreed or the certificate not trusted.
    Tls,
    /// The answer did not come in time.
    ReadTimeout,
    /// The connection ended before any of the answer came.
    Reset,
    /// The connection ended in the middle of the answer.
    BodyCut,
    /// What came is not HTTP.
    Protocol,
    /// The answer is larger than is read.
    TooLarge,
    /// No local port is left.
    PortsExhausted,
    /// No file descriptor is left.
    DescriptorsExhausted,
    /// The request could not be made: what it needs was not captured, or cannot be written where it belongs.
    Unsendable,
    /// Still under way when the run had ended and its drain too.
    Unfinished,
}

impl LoadError {
    /// Every class, in the order of the declaration.
    pub const ALL: [Self; 13] = [
        Self::Refused,
        Self::Name,
        Self::ConnectTimeout,
        Self::Tls,
        Self::ReadTimeout,
        Self::Reset,
        Self::BodyCut,
        Self::Protocol,
        Self::TooLarge,
        Self::PortsExhausted,
        Self::DescriptorsExhausted,
        Self::Unsendable,
        Self::Unfinished,
    ];

    /// The word in records and reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Name => "name",
            Self::ConnectTimeout => "connect_timeout",
            Self::Tls => "tls",
            Self::ReadTimeout => "read_timeout",
            Self::Reset => "reset",
            Self::BodyCut => "body_cut",
            Self::Protocol => "protocol",
            Self::TooLarge => "too_large",
            Self::PortsExhausted => "ports_exhausted",
            Self::DescriptorsExhausted => "descriptors_exhausted",
            Self::Unsendable => "unsendable",
            Self::Unfinished => "unfinished",
        }
    }

    /// What it means, for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::Name => "the name does not resolve",
            Self::ConnectTimeout => "no connection in time",
            Self::Tls => "TLS failed",
            Self::ReadTimeout => "no answer in time",
            Self::Reset => "the connection was cut before the answer",
            Self::BodyCut => "the answer was cut off",
            Self::Protocol => "the answer is not valid HTTP",
            Self::TooLarge => "the answer is larger than is read",
            Self::PortsExhausted => "no local port was left",
            Self::DescriptorsExhausted => "no file descriptor was left",
            Self::Unsendable => "the request could not be made",
            Self::Unfinished => "under way when the run ended",
        }
    }

    /// True where the fault is the generator's own, not the target's.
    #[must_use]
    pub fn is_ours(self) -> bool {
        matches!(self, Self::PortsExhausted | Self::DescriptorsExhausted)
    }
}

/// What came of a request, as far as figures are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// An answer of this status class (1 to 5).
    Status(u8),
    /// No answer.
    Error(LoadError),
}

/// The three times of a request.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// From the intended start to the last byte of the answer, or to the failure.
    pub response: Histogram,
    /// From sending to the last byte.
    pub service: Histogram,
    /// From the intended start to sending.
    pub lag: Histogram,
}

impl Figures {
    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.response.merge(&other.response);
        self.service.merge(&other.service);
        self.lag.merge(&other.lag);
    }
}

/// How answers were judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Answers judged.
    pub validated: u64,
    /// Judged and found wrong.
    pub invalid: u64,
    /// Bytes of head and body received.
    pub bytes: u64,
}

impl Answered {
    /// Adds what another one counted.
    pub fn add(&mut self, other: Self) {
        self.validated += other.validated;
        self.invalid += other.invalid;
        self.bytes += other.bytes;
    }
}

/// What was counted of one operation and class.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Index into [`crate::model::load::LoadOpening::operations`].
    pub operation: usize,
    /// What came of the requests.
    pub class: Class,
    /// Their times.
    pub figures: Figures,
    /// How the answers were judged.
    pub answered: Answered,
}

/// Whether an interval is part of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Before the measurement.
    Warmup,
    /// Part of it.
    Measured,
    /// After the last start that was due, while answers are waited for. What was due before counts as measured.
    Drain,
}

/// Times of connections.
#[derive(Clone, Debug, Default)]
pub struct ConnectionFigures {
    /// To an established connection.
    pub connect: Histogram,
    /// To agreed TLS, after that.
    pub tls: Histogram,
    /// From sending to the first byte of the answer.
    pub first_byte: Histogram,
    /// Connections opened.
    pub opened: u64,
    /// Opened again in place of one that the server ended.
    pub reopened: u64,
    /// TLS sessions resumed.
    pub resumed: u64,
}

impl ConnectionFigures {
    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Self) {
        self.connect.merge(&other.connect);
        self.tls.merge(&other.tls);
        self.first_byte.merge(&other.first_byte);
        self.opened += other.opened;
        self.reopened += other.reopened;
        self.resumed += other.resumed;
    }
}

/// One second of a run: what ended in it, over all event loops.
#[derive(Clone, Debug)]
pub struct Interval {
    /// When it began, from the start of the run.
    pub at: Nanos,
    /// How long it was.
    pub length: Nanos,
    /// Whether what it counts is part of the measurement. One second may give two intervals where the phase changes within it.
    pub phase: Phase,
    /// What ended, by operation and class; only what occurred.
    pub cells: Vec<Cell>,
    /// Connections.
    pub connections: ConnectionFigures,
    /// How late the event loop itself came to what fell due, whether or not a connection was free.
    pub lateness: Histogram,
    /// Starts that fell due in it.
    pub due: u64,
    /// Requests that were sent in it.
    pub sent: u64,
    /// Starts that fell due and could not be made at all: the journey table was full.
    pub missed: u64,
    /// Journeys whose first request was written in it.
    pub journeys: u64,
    /// Requests under way at its end.
    pub in_flight: u64,
    /// Connections open at its end.
    pub open: u64,
    /// Processor time that the event loops used.
    pub cpu: Nanos,
    /// Time that the event loops were ready and did not run, since the processor did something else.
    pub run_queue: Nanos,
    /// Event loops that reported.
    pub workers: u32,
}

impl Interval {
    /// An interval in which nothing happened.
    #[must_use]
    pub fn empty(at: Nanos, length: Nanos, phase: Phase) -> Self {
        Self {
            at,
            length,
            phase,
            cells: Vec::new(),
            connections: ConnectionFigures::default(),
            lateness: Histogram::default(),
            due: 0,
            sent: 0,
            missed: 0,
            journeys: 0,
            in_flight: 0,
            open: 0,
            cpu: Nanos(0),
            run_queue: Nanos(0),
            workers: 0,
        }
    }

    /// Adds the same interval of another event loop.
    pub fn merge(&mut self, other: Self) {
        for cell in other.cells {
            match self.cells.iter_mut().find(|c| c.operation == cell.operation && c.class == cell.class) {
                Some(known) => {
                    known.figures.merge(&cell.figures);
                    known.answered.add(cell.answered);
                }
                None => self.cells.push(cell),
            }
        }
        self.connections.merge(&other.connections);
        self.lateness.merge(&other.lateness);
        self.due += other.due;
        self.sent += other.sent;
        self.missed += other.missed;
        self.journeys += other.journeys;
        self.in_flight += other.in_flight;
        self.open += other.open;
        self.cpu.0 += other.cpu.0;
        self.run_queue.0 += other.run_queue.0;
        self.workers += other.workers;
    }

    /// Requests that ended, with an answer or without.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.cells.iter().map(|c| c.figures.response.count()).sum()
    }

    /// Requests that got no answer.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.cells.iter().filter(|c| matches!(c.class, Class::Error(_))).map(|c| c.figures.response.count()).sum()
    }

    /// The times of everything that got an answer.
    #[must_use]
    pub fn answers(&self) -> Figures {
        let mut all = Figures::default();
        self.cells.iter().filter(|c| matches!(c.class, Class::Status(_))).for_each(|c| all.merge(&c.figures));
        all
    }
}
