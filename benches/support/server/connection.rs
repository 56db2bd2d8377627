//! One connection: its requests as they come, its answers as they go.
//!
//! Decides nothing: what is sent, and when, comes from the event loop.

use crate::server::hostile::Step;
use mio::net::TcpStream;
use socket2::SockRef;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::time::Duration;

/// The longest head that is read.
const HEAD: usize = 16 * 1024;

/// Where a connection stands after it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// All steps are taken.
    Done,
    /// The socket takes no more for now.
    Blocked,
    /// To be gone on with after this long.
    Paused(Duration),
    /// It is over.
    Gone,
}

/// A connection.
pub struct Connection {
    /// The socket.
    pub stream: TcpStream,
    /// What of the answer is still to be done.
    pub steps: VecDeque<Step>,
    /// True from a request to the end of its answer.
    pub answering: bool,
    /// Where the request is kept in the log.
    pub logged: Option<usize>,
    input: Box<[u8; HEAD]>,
    filled: usize,
}

impl Connection {
    /// From an accepted socket.
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, steps: VecDeque::new(), answering: false, logged: None, input: Box::new([0; HEAD]), filled: 0 }
    }

    /// Reads what is there; an error where the client has ended the connection.
    pub fn receive(&mut self) -> io::Result<()> {
        loop {
            if self.filled == HEAD {
                return Err(io::Error::other("a head that is too long"));
            }
            let room = HEAD - self.filled;
            match self.stream.read(&mut self.input[self.filled..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    self.filled += count;
                    // Less than there was room for: nothing is left, and more will be reported.
                    if count < room {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes a request that has come whole; its path, as far as it fits.
    pub fn request(&mut self) -> Option<Path> {
        let input = &self.input[..self.filled];
        let end = input.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        let path = input.split(|b| *b == b' ').nth(1).unwrap_or_default();
        let path = Path::of(path.split(|b| *b == b'?').next().unwrap_or_default());
        self.input.copy_within(end..self.filled, 0);
        self.filled -= end;
        Some(path)
    }

    /// Sends an answer; what the socket does not take remains as a step.
    pub fn answer(&mut self, bytes: &[u8]) -> Progress {
        match self.stream.write(bytes) {
            Ok(count) if count == bytes.len() => Progress::Done,
            Ok(count) => {
                self.steps.push_back(Step::send(&bytes[count..]));
                self.advance()
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.steps.push_back(Step::send(bytes));
                Progress::Blocked
            }
            Err(_) => Progress::Gone,
        }
    }

    /// Takes steps for as long as that is possible.
    pub fn advance(&mut self) -> Progress {
        while let Some(step) = self.steps.front_mut() {
            match step {
                Step::Send(bytes, from) => match self.stream.write(&bytes[*from..]) {
                    Ok(count) if *from + count < bytes.len() => *from += count,
                    Ok(_) => drop(self.steps.pop_front()),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Blocked,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return Progress::Gone,
                },
                Step::Repeat(bytes, left) => {
                    let again = Step::Send(bytes.clone(), 0);
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        self.steps.pop_front();
                    }
                    self.steps.push_front(again);
                }
                Step::Pause(length) => {
                    let length = *length;
                    self.steps.pop_front();
                    return Progress::Paused(length);
                }
                Step::Hold => return Progress::Blocked,
                Step::Close => return Progress::Gone,
                Step::Reset => {
                    // Closing without lingering sends a reset instead of an end; where that fails the end has to do.
                    let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
                    return Progress::Gone;
                }
            }
        }
        Progress::Done
    }
}

/// The path of a request, without an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    bytes: [u8; 16],
    length: usize,
}

impl Path {
    fn of(path: &[u8]) -> Self {
        let mut bytes = [0; 16];
        let length = path.len().min(bytes.len());
        bytes[..length].copy_from_slice(&path[..length]);
        Self { bytes, length }
    }

    /// Of no request yet.
    pub fn none() -> Self {
        Self::of(b"")
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
