//! A server whose behaviour is known beforehand, for measuring what measures.
//!
//! One thread, one event loop, loopback only, over at a time that is set. Knows HTTP as far as the requests of a load
//! generator go, and nothing of the crate beside it: what it did stands in its log, so that both can be compared.

#![allow(dead_code, unreachable_pub, reason = "tests and benches each use a part of this")]

pub mod bodies;
pub mod connection;
pub mod event_loop;
pub mod hostile;
pub mod law;
pub mod log;
pub mod timer;

use event_loop::EventLoop;
use hostile::Hostile;
use law::Law;
use log::Log;
use mio::Waker;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// How requests are answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Manner {
    /// At once.
    Prompt,
    /// Each after a delay of its own, whatever the others wait for. The delays are the quantiles of a law in an order drawn
    /// from the seed, so that their distribution is known exactly.
    Delayed(Law),
    /// First come, first served, by so many servers.
    Queued {
        /// How long a request occupies a server; drawn from the seed.
        service: Law,
        /// Servers beside each other.
        servers: usize,
    },
    /// Wrongly.
    Hostile(Hostile),
}

/// What a server is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it listens.
    pub bind: SocketAddr,
    /// How it answers.
    pub manner: Manner,
    /// When it ends by itself.
    pub lasting: Duration,
    /// What delays and services are drawn from.
    pub seed: u64,
    /// So many requests at most are kept in the log.
    pub logged: usize,
    /// It never sleeps, for it has a processor to itself: a machine that wakes slowly would make it late.
    pub awake: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            manner: Manner::Prompt,
            lasting: Duration::from_secs(60),
            seed: 1,
            logged: 0,
            awake: false,
        }
    }
}

/// A server in a thread of its own.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    waker: Arc<Waker>,
    thread: JoinHandle<io::Result<Log>>,
}

impl Server {
    /// Binds, then serves until it is stopped or its time is over.
    pub fn start(settings: Settings) -> io::Result<Self> {
        if !settings.bind.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "only loopback addresses are served"));
        }
        let serving = EventLoop::bind(settings)?;
        let (address, waker) = (serving.address, serving.waker());
        let thread = std::thread::Builder::new().name("truth-server".to_owned()).spawn(move || serving.run())?;
        Ok(Self { address, waker, thread })
    }

    /// Ends it; what it did.
    pub fn stop(self) -> io::Result<Log> {
        self.waker.wake()?;
        self.wait()
    }

    /// What it did, once it has ended by itself.
    pub fn wait(self) -> io::Result<Log> {
        self.thread.join().map_err(|_| io::Error::other("the server panicked"))?
    }
}
