//! The reading side: what an event on a connection means.
//!
//! Reads, has the answer judged, counts. Never opens a connection for a journey of its own accord.

use crate::base::units::Nanos;
use crate::engine::h1::Loop;
use crate::engine::recorder::Times;
use crate::engine::workload::{Answer, Workload};
use crate::model::load::{Class, LoadError, Phase};
use crate::net::lean::{Fed, Progress, classify};
use std::io::ErrorKind;

/// What reading came to.
enum Read {
    /// Nothing more can be done now.
    Later,
    /// The answer was whole; true where the connection can go on.
    Answered(bool),
    /// There will be no answer.
    Failed(LoadError),
    /// The connection is of no use any more, and nobody waits for it.
    Gone,
}

impl<W: Workload> Loop<W> {
    /// Something happened on a connection.
    pub(super) fn on_event(&mut self, index: usize, writable: bool, closed: bool) {
        let Some(conn) = self.pool.conns.get_mut(index) else { return };
        let Some(link) = conn.link.as_mut() else { return };
        if link.progress() != Progress::Ready {
            self.on_connecting(index);
            return;
        }
        if writable && (conn.written < conn.out.len() || link.owes()) && conn.flight.is_some() {
            self.write(index);
        }
        match self.read(index, closed) {
            Read::Later => {}
            Read::Gone => self.disconnect(index),
            Read::Failed(error) => self.fail(index, error),
            Read::Answered(go_on) => self.go_on(index, go_on && !closed),
        }
    }

    fn on_connecting(&mut self, index: usize) {
        let conn = &mut self.pool.conns[index];
        let Some(link) = conn.link.as_mut() else { return };
        let before = link.progress();
        let after = match link.advance() {
            Ok(after) => after,
            Err(error) => return self.fail(index, error),
        };
        let now = self.course.look();
        let phase = conn.flight.as_ref().map_or(Phase::Measured, |f| self.course.pace.phase(f.due));
        let figures = self.course.recorder.connections(phase);
        if before == Progress::Connecting && after != Progress::Connecting {
            figures.connect.record(Nanos(now.0 - conn.opening.0));
            conn.connected = Some(now);
        }
        if after != Progress::Ready {
            return;
        }
        if let Some(connected) = conn.connected.filter(|_| self.endpoints[conn.endpoint].secure()) {
            figures.tls.record(Nanos(now.0 - connected.0));
            figures.resumed += u64::from(link.resumed());
        }
        figures.opened += 1;
        figures.reopened += u64::from(conn.used_before);
        self.pool.open += 1;
        if self.pool.conns[index].flight.is_some() {
            self.transmit(index);
        }
    }

    /// Reads what is there.
    fn read(&mut self, index: usize, closed: bool) -> Read {
        let conn = &mut self.pool.conns[index];
        let Some(link) = conn.link.as_mut() else { return Read::Later };
        loop {
            let got = match link.read(&mut self.scratch) {
                Ok(got) => got,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Read::Later,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) if conn.flight.is_none() => return Read::Gone,
                Err(_) if conn.reader.began() => return Read::Failed(LoadError::BodyCut),
                Err(error) => return Read::Failed(classify(&error)),
            };
            // Bytes that nobody asked for, or the end of an idle connection.
            let Some(flight) = conn.flight.as_mut() else { return Read::Gone };
            let now = self.course.look();
            let first_byte = *conn.first_byte.get_or_insert(now);
            let fed = if got == 0 { conn.reader.end() } else { conn.reader.feed(&self.scratch[..got], &mut self.memo) };
            let whole = match fed {
                Fed::More => {
                    // Less than was asked for: the socket is empty, and says so when that changes.
                    if got < self.scratch.len() && !self.endpoints[conn.endpoint].secure() && !closed {
                        return Read::Later;
                    }
                    continue;
                }
                Fed::Failed(error) => return Read::Failed(error),
                Fed::Complete(whole) => whole,
            };
            let phase = self.course.pace.phase(flight.due);
            let answer = Answer {
                status: whole.head.status,
                head: whole.raw,
                fields: &[],
                body: whole.body,
                service: Nanos(now.0 - conn.sent.0),
                at: now,
                sent: conn.sent,
            };
            let judged = self.course.workload.answered(&mut flight.journey, &answer);
            let class = Class::Status(u8::try_from(whole.head.status / 100).unwrap_or(5));
            let times = Times { due: flight.due, sent: conn.sent, first_byte, done: now };
            let bytes = whole.raw.len() + whole.body.len();
            let operation = flight.ask.map_or(0, |ask| ask.operation);
            flight.due = now;
            let keep_alive = whole.head.keep_alive && got > 0;
            self.course.recorder.ended(phase, operation, class, times, judged, bytes);
            return Read::Answered(keep_alive);
        }
    }

    /// After an answer: the journey goes on over the same connection, where that can go on.
    fn go_on(&mut self, index: usize, keep_alive: bool) {
        let conn = &mut self.pool.conns[index];
        conn.served += 1;
        let worn = self.transport.requests_per_connection.is_some_and(|most| conn.served >= most);
        let Some(flight) = conn.flight.take() else { return };
        self.in_flight -= 1;
        if worn || !keep_alive {
            self.disconnect(index);
        }
        let conn = &self.pool.conns[index];
        if conn.link.is_some() && self.course.workload.endpoint(&flight.journey) == conn.endpoint {
            self.carry(index, flight);
        } else {
            self.release(index);
            self.dispatch(flight);
        }
    }

    /// Gives a connection to who waits for it, or back.
    fn release(&mut self, index: usize) {
        let conn = &self.pool.conns[index];
        let next = if conn.link.is_some() { self.waiting[conn.endpoint].pop_front() } else { None };
        match next {
            Some(next) => self.carry(index, next),
            None => self.pool.rest(index),
        }
    }
}
