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
    /// By endpoint, the last one used on top: its memory is warm.
    idle: Vec<Vec<usize>>,
    most: usize,
    max_body: usize,
    pub(super) open: u64,
}

impl<J> Pool<J> {
    pub(super) fn new(endpoints: usize, most: usize, max_body: usize) -> Self {
        Self { conns: Vec::new(), idle: vec![Vec::new(); endpoints], most: most.max(1), max_body, open: 0 }
    }

    /// An idle connection to an endpoint, or room for one more.
    pub(super) fn take(&mut self, endpoint: usize) -> Option<usize> {
        if let Some(index) = self.idle[endpoint].pop() {
            return Some(index);
        }
        if self.conns.len() < self.most {
            self.conns.push(Conn {
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
            });
            return Some(self.conns.len() - 1);
        }
        // One that stands idle at another endpoint is given up for this one.
        let other = self.idle.iter().position(|stack| !stack.is_empty())?;
        let index = self.idle[other].pop()?;
        self.conns[index].endpoint = endpoint;
        self.conns[index].used_before = false;
        Some(index)
    }

    /// Gives a connection back.
    pub(super) fn rest(&mut self, index: usize) {
        self.idle[self.conns[index].endpoint].push(index);
    }

    pub(super) fn len(&self) -> usize {
        self.conns.len()
    }
}
