//! The loop: accepts, reads, waits until answers are due, sends.
//!
//! One thread without a scheduler. Times nothing for others: what it notes is its own log.

use crate::server::bodies::Bodies;
use crate::server::connection::{Connection, Path, Progress};
use crate::server::hostile::{Hostile, Step, script};
use crate::server::law::{Deck, Dice, Law};
use crate::server::log::{Log, now};
use crate::server::timer::Timer;
use crate::server::{Manner, Settings};
use mio::event::Event;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

const LISTENER: Token = Token(usize::MAX);
const TIMER: Token = Token(usize::MAX - 1);
const WAKER: Token = Token(usize::MAX - 2);

/// A connection that was met in a slot, told from those that had the slot before.
type Place = (usize, u64);

/// When a request is due to be answered.
enum Due {
    Now,
    After(Deck),
    Queue { free: BinaryHeap<Reverse<u64>>, service: Law, dice: Dice },
    Script(Hostile, Vec<Step>),
}

/// A server that is bound and not yet serving.
pub struct EventLoop {
    /// Where it listens.
    pub address: SocketAddr,
    poll: Poll,
    waker: Arc<Waker>,
    timer: Timer,
    listener: Listener,
    due: Due,
    bodies: Bodies,
    log: Log,
    slots: Vec<(u64, Option<Connection>, Path)>,
    vacant: Vec<usize>,
    waiting: BinaryHeap<Reverse<(u64, Place)>>,
    lasting: Duration,
    awake: bool,
    over: bool,
}

/// A port that is served, or only kept from others.
enum Listener {
    Open(TcpListener),
    Shut(Socket),
}

impl EventLoop {
    /// Binds.
    pub fn bind(settings: Settings) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let timer = Timer::new(poll.registry(), TIMER)?;
        let socket = Socket::new(Domain::for_address(settings.bind), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&SockAddr::from(settings.bind))?;
        let address = socket.local_addr()?.as_socket().ok_or_else(|| io::Error::other("no internet address"))?;
        let listener = if settings.manner == Manner::Hostile(Hostile::Refuse) {
            Listener::Shut(socket)
        } else {
            socket.listen(4096)?;
            let mut listener = TcpListener::from_std(socket.into());
            poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
            Listener::Open(listener)
        };
        let due = match settings.manner {
            Manner::Prompt => Due::Now,
            Manner::Delayed(law) => Due::After(Deck::shuffled(&law, settings.seed)),
            Manner::Queued { service, servers } => {
                Due::Queue { free: (0..servers.max(1)).map(|_| Reverse(0)).collect(), service, dice: Dice(settings.seed) }
            }
            Manner::Hostile(hostile) => Due::Script(hostile, script(hostile)),
        };
        Ok(Self {
            address,
            poll,
            waker,
            timer,
            listener,
            due,
            bodies: Bodies::default(),
            log: Log::with_room(settings.logged),
            slots: Vec::new(),
            vacant: Vec::new(),
            waiting: BinaryHeap::new(),
            lasting: settings.lasting,
            awake: settings.awake,
            over: false,
        })
    }

    /// What ends it.
    pub fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Serves until it is woken or its time is over.
    pub fn run(mut self) -> io::Result<Log> {
        let mut events = Events::with_capacity(1024);
        let end = now() + self.lasting.as_nanos() as u64;
        loop {
            let at = now();
            while let Some(Reverse((due, place))) = self.waiting.peek().copied() {
                if due > at {
                    break;
                }
                self.waiting.pop();
                self.go_on(place);
                // A request that came while the answer was waited for is reported no more.
                self.serve(place.0);
            }
            if self.over || at >= end {
                return Ok(self.log);
            }
            let next = self.waiting.peek().map_or(end, |Reverse((due, _))| (*due).min(end));
            let turn = self.awake || self.timer.sleep_until(next, at)?;
            match self.poll.poll(&mut events, turn.then_some(Duration::ZERO)) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => events.iter().for_each(|event| self.look_at(event)),
            }
        }
    }

    fn look_at(&mut self, event: &Event) {
        match event.token() {
            LISTENER => self.accept(),
            TIMER => {}
            WAKER => self.over = true,
            Token(slot) => {
                let Some((_, Some(connection), _)) = self.slots.get_mut(slot) else { return };
                if event.is_readable() && connection.receive().is_err() {
                    return self.drop_connection(slot);
                }
                if event.is_writable() && !connection.steps.is_empty() {
                    let progress = connection.advance();
                    self.after(slot, progress);
                }
                self.serve(slot);
            }
        }
    }

    fn accept(&mut self) {
        let Listener::Open(listener) = &self.listener else { return };
        let mut accepted = Vec::new();
        // Anything else than a connection is either "no more for now" or one that was gone before it was accepted.
        while let Ok((stream, _)) = listener.accept() {
            accepted.push(stream);
        }
        for stream in accepted {
            self.log.connections += 1;
            let _ = stream.set_nodelay(true);
            let mut connection = Connection::new(stream);
            if matches!(self.due, Due::Script(Hostile::ResetOnAccept, _)) {
                connection.steps.push_back(Step::Reset);
                connection.advance();
                continue;
            }
            let slot = self.vacant.pop().unwrap_or_else(|| {
                self.slots.push((0, None, Path::none()));
                self.slots.len() - 1
            });
            let interest = Interest::READABLE | Interest::WRITABLE;
            if self.poll.registry().register(&mut connection.stream, Token(slot), interest).is_ok() {
                self.slots[slot].1 = Some(connection);
            } else {
                self.vacant.push(slot);
            }
        }
    }

    /// Takes the requests of a connection that is free for one.
    fn serve(&mut self, slot: usize) {
        while let Some((round, Some(connection), kept)) = self.slots.get_mut(slot) {
            if connection.answering {
                return;
            }
            let Some(path) = connection.request() else { return };
            if path.bytes() == b"/stop" {
                self.over = true;
            }
            *kept = path;
            connection.answering = true;
            let arrived = now();
            let due = match &mut self.due {
                Due::Now | Due::Script(..) => arrived,
                Due::After(deck) => arrived + deck.next(),
                Due::Queue { free, service, dice } => {
                    let Reverse(free_at) = free.pop().unwrap_or(Reverse(0));
                    let done = free_at.max(arrived) + service.draw(dice);
                    free.push(Reverse(done));
                    done
                }
            };
            connection.logged = self.log.arrived(arrived, due);
            if let Due::Script(_, script) = &self.due {
                connection.steps = script.iter().cloned().collect();
            } else if !matches!(self.due, Due::Now) {
                let place = (slot, *round);
                self.waiting.push(Reverse((due, place)));
                return;
            }
            let place = (slot, *round);
            self.go_on(place);
        }
    }

    /// Sends what is due on a connection, if it is still the same one.
    fn go_on(&mut self, (slot, round): Place) {
        let Some((current, Some(connection), path)) = self.slots.get_mut(slot) else { return };
        if *current != round {
            return;
        }
        // Before it is handed over: a write on loopback lasts until the other side has it.
        if let Some(entry) = connection.logged.take().and_then(|at| self.log.entries.get_mut(at)) {
            entry.answered = now();
        }
        let scripted = matches!(self.due, Due::Script(..));
        let progress = if scripted { connection.advance() } else { connection.answer(self.bodies.answer(path.bytes())) };
        self.after(slot, progress);
    }

    fn after(&mut self, slot: usize, progress: Progress) {
        let Some((round, Some(connection), _)) = self.slots.get_mut(slot) else { return };
        match progress {
            Progress::Done => connection.answering = false,
            Progress::Blocked => {}
            Progress::Paused(length) => {
                let place = (slot, *round);
                self.waiting.push(Reverse((now() + length.as_nanos() as u64, place)));
            }
            Progress::Gone => self.drop_connection(slot),
        }
    }

    /// Closing the socket takes it out of the poll as well.
    fn drop_connection(&mut self, slot: usize) {
        if let Some((round, connection, _)) = self.slots.get_mut(slot)
            && connection.take().is_some()
        {
            *round += 1;
            self.vacant.push(slot);
        }
    }
}
