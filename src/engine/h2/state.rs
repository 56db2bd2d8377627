//! What the tasks of an HTTP/2 event loop share: connections, the places on them, and who waits for one.
//!
//! Decides who goes on and counts what came. Never waits.

use crate::base::units::Nanos;
use crate::engine::course::{Course, Stepped};
use crate::engine::crew::{EngineOptions, Transport};
use crate::engine::flight::Flight;
use crate::engine::recorder::Times;
use crate::engine::workload::{Answer, Workload};
use crate::model::http::Request;
use crate::model::load::{Class, LoadError, Phase};
use crate::net::lean::{Channel, Opened, Underway, Whole};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::sync::OnceCell;

/// Starts that may wait for a place; more are missed and said.
const MOST_WAITING: usize = 1 << 20;

/// Done once for all who wait for a connection.
type Opening = Rc<OnceCell<Result<(), LoadError>>>;

/// One connection, open or not.
struct Connection {
    endpoint: usize,
    opening: Opening,
    channel: Option<Channel>,
    /// Places that are taken.
    places: usize,
    /// Of those, requests under way.
    active: usize,
    /// Requests at once that the peer takes.
    limit: usize,
    /// Requests that it carried since it was opened.
    begun: u32,
    /// A journey has come to it since it was opened.
    tried: bool,
    /// It takes no more requests, and is closed when the last one is over.
    retired: bool,
    /// It was open before.
    used_before: bool,
}

impl Connection {
    fn to(endpoint: usize) -> Self {
        Self {
            endpoint,
            opening: Opening::default(),
            channel: None,
            places: 0,
            active: 0,
            limit: usize::MAX,
            begun: 0,
            tried: false,
            retired: false,
            used_before: false,
        }
    }
}

/// A journey, and its next request where that was made already: to hear that a journey is over takes no connection.
struct Passenger<J> {
    flight: Flight<J>,
    request: Option<Request>,
}

/// A place on a connection, and who has it.
struct Slot<J> {
    connection: usize,
    passenger: Option<Passenger<J>>,
    /// When it was taken.
    since: Nanos,
    /// When its request was sent.
    sent: Option<Nanos>,
    /// Its request is on its way, or will be when there is a connection for it alone.
    under_way: bool,
    /// What wakes the task that waits for its answer.
    waker: Option<Waker>,
    /// The answer did not come in time.
    overdue: bool,
}

impl<J> Slot<J> {
    fn new(connection: usize, passenger: Passenger<J>, since: Nanos) -> Self {
        Self { connection, passenger: Some(passenger), since, sent: None, under_way: false, waker: None, overdue: false }
    }
}

/// How a connection is to be opened.
pub(super) struct Plan {
    pub(super) endpoint: usize,
    pub(super) turn: usize,
    /// Not before this.
    pub(super) gate: Option<Nanos>,
}

/// What a task has to do next.
pub(super) enum Step {
    /// Wait for the answer.
    Sent(Underway),
    /// Send this over a connection of its own.
    Alone(Request),
    /// See who goes on.
    Free,
}

/// What the tasks share.
pub(super) struct State<W: Workload> {
    pub(super) course: Course<W>,
    transport: Transport,
    connections: Vec<Connection>,
    most: usize,
    slots: Vec<Option<Slot<W::Journey>>>,
    free: Vec<usize>,
    /// By endpoint, those for whom there is no place.
    waiting: Vec<VecDeque<Passenger<W::Journey>>>,
    /// Connections that are open.
    pub(super) open: u64,
    turn: usize,
    of: usize,
    /// No connection is opened before.
    connect_gate: Nanos,
    /// The loop looks at everything again at this time.
    wakes: Nanos,
    bytes: Vec<u8>,
}

/// What a step of a journey came to.
enum Asked<J> {
    /// This is to be sent.
    Send(Flight<J>, Request),
    /// Nothing is; a journey to go on with where there is one.
    Free(Option<Flight<J>>),
}

impl<W: Workload> State<W> {
    pub(super) fn new(options: &EngineOptions, course: Course<W>, worker: usize, of: usize) -> Self {
        let all = options.transport.connections;
        Self {
            course,
            transport: options.transport.clone(),
            connections: Vec::new(),
            most: (all / of + usize::from(worker < all % of)).max(1),
            slots: Vec::new(),
            free: Vec::new(),
            waiting: options.endpoints.iter().map(|_| VecDeque::new()).collect(),
            open: 0,
            turn: worker,
            of,
            connect_gate: Nanos(0),
            wakes: Nanos(0),
            bytes: Vec::new(),
        }
    }

    fn in_flight(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// True when nothing is under way and nothing that was due waits to be sent.
    fn is_quiet(&self) -> bool {
        self.in_flight() == 0 && self.waiting.iter().all(VecDeque::is_empty)
    }

    pub(super) fn is_over(&mut self) -> bool {
        if self.course.stops_early() {
            self.cut(self.course.seen);
        }
        let quiet = self.is_quiet();
        self.course.is_over(quiet)
    }

    /// True where the loop would find something to do before it wakes.
    pub(super) fn is_to_be_looked_at(&self) -> bool {
        (self.course.draining && self.is_quiet()) || self.course.fine().is_some_and(|at| at < self.wakes)
    }

    /// How long until the loop has to look again, and whether that is to be met exactly.
    pub(super) fn until_next(&mut self, coarse: Nanos) -> (Duration, bool) {
        let now = self.course.look();
        let coarse = coarse.min(self.course.turn());
        let fine = self.course.fine().filter(|at| *at <= coarse);
        self.wakes = fine.unwrap_or(coarse);
        (Duration::from_nanos(self.wakes.0.saturating_sub(now.0)), fine.is_some())
    }

    /// The next journey whose time has come.
    pub(super) fn due(&mut self) -> Option<Flight<W::Journey>> {
        let full = self.waiting.iter().map(VecDeque::len).sum::<usize>() >= MOST_WAITING;
        self.course.due(full)
    }

    pub(super) fn queue(&mut self, flight: Flight<W::Journey>) {
        let endpoint = self.course.workload.endpoint(&flight.journey);
        self.waiting[endpoint].push_back(Passenger { flight, request: None });
    }

    /// Back to where it waited: before whoever was due later.
    fn requeue(&mut self, endpoint: usize, passenger: Passenger<W::Journey>) {
        let waiting = &mut self.waiting[endpoint];
        let at = waiting.partition_point(|other| other.flight.due <= passenger.flight.due);
        waiting.insert(at, passenger);
    }

    /// Gives a place to one who waits.
    pub(super) fn board(&mut self) -> Option<usize> {
        let (connection, passenger) = self.next_waiting()?;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(Slot::new(connection, passenger, self.course.seen));
        Some(slot)
    }

    fn next_waiting(&mut self) -> Option<(usize, Passenger<W::Journey>)> {
        for endpoint in 0..self.waiting.len() {
            if !self.waiting[endpoint].is_empty()
                && let Some(connection) = self.take(endpoint, None)
                && let Some(passenger) = self.waiting[endpoint].pop_front()
            {
                return Some((connection, passenger));
            }
        }
        None
    }

    /// Takes a place on a connection to an endpoint, on the one it was on before where that can be.
    fn take(&mut self, endpoint: usize, before: Option<usize>) -> Option<usize> {
        let most = self.transport.streams.max(1);
        let has_room = |c: &Connection| c.endpoint == endpoint && !c.retired && c.places < most.min(c.limit);
        let before = before.filter(|index| has_room(&self.connections[*index]));
        let index = before
            .or_else(|| {
                let all = self.connections.iter().enumerate().filter(|(_, c)| has_room(c));
                all.min_by_key(|(_, c)| (c.channel.is_none(), c.places)).map(|(index, _)| index)
            })
            .or_else(|| self.add(endpoint))?;
        self.connections[index].places += 1;
        Some(index)
    }

    /// One more connection, or one in place of another that stands idle.
    fn add(&mut self, endpoint: usize) -> Option<usize> {
        if self.connections.len() < self.most {
            self.connections.push(Connection::to(endpoint));
            return Some(self.connections.len() - 1);
        }
        let index = self.connections.iter().position(|c| c.endpoint != endpoint && c.places == 0)?;
        self.close(index);
        self.connections[index] = Connection::to(endpoint);
        Some(index)
    }

    /// Gives a place back.
    fn leave(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        connection.places -= 1;
        if connection.places == 0 && connection.retired {
            self.close(index);
        }
    }

    /// Ends a connection that nobody uses, keeping its place.
    fn close(&mut self, index: usize) {
        let connection = &mut self.connections[index];
        let used_before = connection.used_before || connection.channel.is_some();
        self.open -= u64::from(connection.channel.is_some());
        *connection = Connection { used_before, ..Connection::to(connection.endpoint) };
    }

    /// Asks a connection how much it takes; false where it takes nothing any more.
    fn refresh(&mut self, index: usize) -> bool {
        let connection = &mut self.connections[index];
        let Some(channel) = connection.channel.as_mut() else { return false };
        match channel.room() {
            Some(limit) => connection.limit = limit,
            None => connection.retired = true,
        }
        !connection.retired
    }

    fn slot(&mut self, slot: usize) -> &mut Slot<W::Journey> {
        self.slots[slot].as_mut().expect("a task keeps its slot until it ends")
    }

    /// What the connection of a place waits for.
    pub(super) fn opening(&self, slot: usize) -> Opening {
        let slot = self.slots[slot].as_ref().expect("a task keeps its slot until it ends");
        Rc::clone(&self.connections[slot.connection].opening)
    }

    /// How the connection of a place is to be opened.
    pub(super) fn plan(&mut self, slot: usize) -> Plan {
        let now = self.course.look();
        let turn = self.turn;
        self.turn += self.of;
        let index = self.slot(slot).connection;
        let gate = self.transport.connect_rate.map(|rate| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a gap between two connections")]
            let gap = (self.of as f64 / rate.0 * 1e9) as u64;
            let gate = self.connect_gate.max(now);
            self.connect_gate = Nanos(gate.0 + gap);
            gate
        });
        Plan { endpoint: self.connections[index].endpoint, turn, gate: gate.filter(|gate| *gate > now) }
    }

    /// Counts a connection that was opened.
    pub(super) fn count_opened(&mut self, slot: usize, opened: &Opened) {
        let (index, due) = {
            let slot = self.slot(slot);
            (slot.connection, slot.passenger.as_ref().map(|p| p.flight.due))
        };
        let phase = due.map_or(Phase::Measured, |due| self.course.pace.phase(due));
        let figures = self.course.recorder.connections(phase);
        figures.connect.record(Nanos::from_duration(opened.connect));
        if let Some(tls) = opened.tls {
            figures.tls.record(Nanos::from_duration(tls));
        }
        figures.resumed += u64::from(opened.resumed);
        figures.opened += 1;
        // One that is there beside it was opened for a request of its own.
        let again = self.connections[index].used_before && self.connections[index].channel.is_none();
        figures.reopened += u64::from(again);
        self.open += 1;
    }

    /// The connection of a place is open.
    pub(super) fn ready(&mut self, slot: usize, channel: Channel) {
        let index = self.slot(slot).connection;
        self.connections[index].channel = Some(channel);
        self.refresh(index);
    }

    /// One step of the journey that has a place.
    pub(super) fn step(&mut self, slot: usize, opened: Result<(), LoadError>) -> Step {
        self.course.look();
        let index = self.slot(slot).connection;
        let Some(passenger) = self.slot(slot).passenger.take() else { return Step::Free };
        let alive = opened.is_ok() && self.refresh(index);
        let connection = &mut self.connections[index];
        // Whether it was told to go away or nobody listens any more: a new one is for those who come later.
        connection.retired |= !alive;
        let tried = std::mem::replace(&mut connection.tried, true);
        let error = match opened {
            Err(error) => Some(error),
            // It ended at once: whoever waited for it tried the target, and another attempt might end the same way for ever.
            Ok(()) if !alive && !tried => Some(LoadError::Reset),
            Ok(()) if !alive || connection.active >= connection.limit => {
                let endpoint = connection.endpoint;
                self.requeue(endpoint, passenger);
                return Step::Free;
            }
            Ok(()) => None,
        };
        let stepped = match passenger.request {
            Some(_) if self.course.draining => Asked::Free(None),
            Some(request) => Asked::Send(passenger.flight, request),
            None => self.ask(passenger.flight),
        };
        match (stepped, error) {
            (Asked::Free(next), _) => {
                self.slot(slot).passenger = next.map(|flight| Passenger { flight, request: None });
                Step::Free
            }
            (Asked::Send(flight, _), Some(error)) => {
                let sent = self.slot(slot).since.max(flight.due);
                self.course.failed(flight, error, sent);
                Step::Free
            }
            (Asked::Send(flight, request), None) => self.send(slot, flight, request),
        }
    }

    fn send(&mut self, slot: usize, flight: Flight<W::Journey>, request: Request) -> Step {
        let fresh = flight.ask.is_some_and(|ask| ask.fresh);
        let place = self.slot(slot);
        place.passenger = Some(Passenger { flight, request: None });
        place.under_way = true;
        let index = place.connection;
        self.connections[index].active += 1;
        if fresh {
            return Step::Alone(request);
        }
        self.sending(slot);
        let most = self.transport.requests_per_connection;
        let connection = &mut self.connections[index];
        connection.begun += 1;
        connection.retired |= most.is_some_and(|most| connection.begun >= most);
        let sent = connection.channel.as_mut().map(|channel| channel.send(&request));
        match sent.unwrap_or(Err(LoadError::Reset)) {
            Ok(underway) => Step::Sent(underway),
            Err(error) => {
                self.ended(slot, Err(error));
                Step::Free
            }
        }
    }

    /// The request of a place is sent now.
    pub(super) fn sending(&mut self, slot: usize) {
        let now = self.course.look();
        let slot = self.slot(slot);
        slot.sent = Some(now);
        if let Some((due, first)) = slot.passenger.as_mut().map(|p| (p.flight.due, std::mem::take(&mut p.flight.unbegun))) {
            let phase = self.course.pace.phase(due);
            self.course.recorder.sent(phase, first);
        }
    }

    /// The answer to the request of a place has not come yet.
    pub(super) fn awaits(&mut self, slot: usize, waker: &Waker) -> Poll<Result<Whole, LoadError>> {
        let slot = self.slot(slot);
        if slot.overdue {
            return Poll::Ready(Err(LoadError::ReadTimeout));
        }
        match &mut slot.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    /// Looks for answers that are overdue.
    pub(super) fn sweep(&mut self) {
        let timeout = Nanos::from_duration(self.transport.timeout);
        let since = self.course.seen.0.saturating_sub(timeout.0);
        for slot in self.slots.iter_mut().flatten().filter(|s| s.under_way) {
            if slot.sent.is_some_and(|sent| sent.0 < since) {
                slot.overdue = true;
                slot.waker.iter().for_each(Waker::wake_by_ref);
            }
        }
    }

    /// The request of a place is over.
    pub(super) fn ended(&mut self, slot: usize, came: Result<Whole, LoadError>) {
        let now = self.course.look();
        let place = self.slot(slot);
        place.under_way = false;
        let (index, sent, since) = (place.connection, place.sent.take(), place.since);
        let passenger = place.passenger.take();
        self.connections[index].active -= 1;
        let Some(Passenger { mut flight, .. }) = passenger else { return };
        let sent = sent.unwrap_or(since.max(flight.due));
        let whole = match came {
            Ok(whole) => whole,
            Err(error) => return self.course.failed(flight, error, sent),
        };
        let phase = self.course.pace.phase(flight.due);
        let answer = Answer {
            status: whole.status,
            head: &[],
            fields: &whole.fields,
            body: &whole.body,
            service: Nanos(now.0.saturating_sub(sent.0)),
            at: now,
            sent,
        };
        let judged = self.course.workload.answered(&mut flight.journey, &answer);
        let class = Class::Status(u8::try_from(whole.status / 100).unwrap_or(5));
        let times = Times { due: flight.due, sent, first_byte: self.course.clock.at(whole.first_byte), done: now };
        // As they would stand in a head of text: how well they were compressed is not told.
        let head: usize = whole.fields.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let operation = flight.ask.take().map_or(0, |ask| ask.operation);
        self.course.recorder.ended(phase, operation, class, times, judged, head + whole.body.len());
        flight.due = now;
        self.slot(slot).passenger = Some(Passenger { flight, request: None });
    }

    /// One step of a journey, with the request that it comes to.
    fn ask(&mut self, flight: Flight<W::Journey>) -> Asked<W::Journey> {
        // The bytes are those of HTTP/1.1, and not looked at.
        match self.course.step(flight, &mut self.bytes) {
            Stepped::Free(next) => Asked::Free(next),
            Stepped::Send(mut flight) => match self.course.workload.request(&mut flight.journey) {
                Some(request) => Asked::Send(flight, request),
                None => {
                    self.course.unsendable(flight);
                    Asked::Free(None)
                }
            },
        }
    }

    /// What a journey needs a place for, and at which endpoint; nothing where it is over or pauses.
    fn advance(&mut self, flight: Flight<W::Journey>) -> Option<(usize, Passenger<W::Journey>)> {
        let endpoint = self.course.workload.endpoint(&flight.journey);
        let begins = if flight.untouched {
            flight
        } else {
            match self.ask(flight) {
                Asked::Send(flight, request) => return Some((endpoint, Passenger { flight, request: Some(request) })),
                Asked::Free(next) => next?,
            }
        };
        Some((self.course.workload.endpoint(&begins.journey), Passenger { flight: begins, request: None }))
    }

    /// Lets the journey of a place go on, or one that waits; false where the place is given back.
    pub(super) fn settle(&mut self, slot: usize) -> bool {
        let index = self.slot(slot).connection;
        let own = self.slot(slot).passenger.take().and_then(|passenger| self.advance(passenger.flight));
        self.leave(index);
        let own = own.and_then(|(endpoint, passenger)| match self.take(endpoint, Some(index)) {
            Some(connection) => Some((connection, passenger)),
            None => {
                self.waiting[endpoint].push_back(passenger);
                None
            }
        });
        let since = self.course.seen;
        let next = own.or_else(|| self.next_waiting());
        self.slots[slot] = next.map(|(connection, passenger)| Slot::new(connection, passenger, since));
        let goes_on = self.slots[slot].is_some();
        if !goes_on {
            self.free.push(slot);
        }
        goes_on
    }

    /// Reports the second, or the part of one, that is over.
    pub(super) fn cut(&mut self, at: Nanos) {
        for index in 0..self.connections.len() {
            if self.connections[index].channel.is_some() && !self.refresh(index) && self.connections[index].places == 0 {
                self.close(index);
            }
        }
        self.course.cut(at, self.in_flight() as u64, self.open, false);
    }

    /// At the very end: what is still under way or was never sent is counted as such.
    pub(super) fn finish(&mut self) {
        let now = self.course.look();
        let waiting = self.waiting.iter_mut().flat_map(std::mem::take).map(|passenger| passenger.flight);
        let unsent: Vec<_> = waiting.chain(self.course.lot.drain()).collect();
        unsent.into_iter().for_each(|flight| self.course.never_sent(flight));
        for slot in std::mem::take(&mut self.slots).into_iter().flatten() {
            let Some(Passenger { flight, .. }) = slot.passenger else { continue };
            if slot.under_way {
                let sent = slot.sent.unwrap_or(slot.since.max(flight.due));
                self.course.failed(flight, LoadError::Unfinished, sent);
            } else {
                self.course.never_sent(flight);
            }
        }
        self.course.cut(now, 0, 0, true);
    }
}
