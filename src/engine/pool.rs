//! The connections of one event loop.
//!
//! Says which are idle and opens more where there is room. Never sends a request and never chooses one.

use crate::base::units::Nanos;
use crate::engine::flight::Flight;
use crate::net::lean::{AnswerReader, Link};

/// One connection, open or not.
pub(super) struct Conn<J> {
    pub(super) link: Option<Link>,
    pub(super) endpoint: usize,
    pub(super) reader: AnswerReader,
    /// The bytes of the request, and how many of them are written.
    pub(super) out: Vec<u8>,
    pub(super) written: usize,
    pub(super) flight: Option<Flight<J>>,
    pub(super) sent: Nanos,
    pub(super) first_byte: Option<Nanos>,
    /// When connecting began, and when TLS did.
    pub(super) opening: Nanos,
    pub(super) connected: Option<Nanos>,
    /// Requests that it carried since it was opened.
    pub(super) served: u32,
    /// It was open before.
    pub(super) used_before: bool,
}

/// The connections of one event loop.
pub(super) struct Pool<J> {
    pub(super) conns: Vec<Conn<J>>,
    /// By endpoint, open ones that carry nothing, the last one used on top: its memory is warm.
    idle: Vec<Vec<usize>>,
    /// Places without a connection.
    vacant: Vec<usize>,
    most: usize,
    max_body: usize,
    pub(super) open: u64,
}

impl<J> Pool<J> {
    pub(super) fn new(endpoints: usize, most: usize, max_body: usize) -> Self {
        let idle = vec![Vec::new(); endpoints];
        Self { conns: Vec::new(), idle, vacant: Vec::new(), most: most.max(1), max_body, open: 0 }
    }

    /// An open connection to an endpoint that carries nothing.
    pub(super) fn take_open(&mut self, endpoint: usize) -> Option<usize> {
        while let Some(index) = self.idle[endpoint].pop() {
            if self.conns[index].link.is_some() {
                return Some(index);
            }
            // It was closed while it stood idle.
            self.vacant.push(index);
        }
        None
    }

    /// True where one more connection to an endpoint may be opened.
    pub(super) fn has_room(&self, endpoint: usize) -> bool {
        let other = || self.idle.iter().enumerate().any(|(at, stack)| at != endpoint && !stack.is_empty());
        !self.vacant.is_empty() || self.conns.len() < self.most || other()
    }

    /// A place for one more connection to an endpoint; what stands idle at another endpoint is given up for it, and is still open.
    pub(super) fn take_room(&mut self, endpoint: usize) -> Option<usize> {
        let index = if let Some(index) = self.vacant.pop() {
            index
        } else if self.conns.len() < self.most {
            self.conns.push(self.place(endpoint));
            self.conns.len() - 1
        } else {
            let other = self.idle.iter().enumerate().position(|(at, stack)| at != endpoint && !stack.is_empty())?;
            self.idle[other].pop()?
        };
        Some(index)
    }

    /// From now on a place is for connections to this endpoint.
    pub(super) fn assign(&mut self, index: usize, endpoint: usize) {
        let conn = &mut self.conns[index];
        conn.used_before &= conn.endpoint == endpoint;
        conn.endpoint = endpoint;
    }

    fn place(&self, endpoint: usize) -> Conn<J> {
        Conn {
            link: None,
            endpoint,
            reader: AnswerReader::new(self.max_body),
            out: Vec::new(),
            written: 0,
            flight: None,
            sent: Nanos(0),
            first_byte: None,
            opening: Nanos(0),
            connected: None,
            served: 0,
            used_before: false,
        }
    }

    /// Gives a connection, or a place without one, back.
    pub(super) fn rest(&mut self, index: usize) {
        let conn = &self.conns[index];
        if conn.link.is_some() { self.idle[conn.endpoint].push(index) } else { self.vacant.push(index) }
    }

    pub(super) fn len(&self) -> usize {
        self.conns.len()
    }
}
