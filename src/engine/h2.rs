//! The event loop that speaks HTTP/2: many requests at once on few connections.
//!
//! Sends what is due and counts what comes, one task a request. Never repeats a request, and never waits with what the tasks share
//! in its hands.

mod state;

use crate::base::units::Nanos;
use crate::engine::clock::FineSleep;
use crate::engine::course::Course;
use crate::engine::crew::{EngineOptions, Post, Transport};
use crate::engine::flight::Flight;
use crate::engine::h2::state::{State, Step};
use crate::engine::workload::Workload;
use crate::model::http::Request;
use crate::model::load::LoadError;
use crate::net::lean::{Channel, Endpoint, Underway, Whole};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::Notify;

/// One event loop.
pub(super) struct Streams<W: Workload> {
    state: RefCell<State<W>>,
    endpoints: Vec<Endpoint>,
    transport: Transport,
    zero: Instant,
    /// Something is to be looked at before the time that is waited for.
    nudge: Arc<Notify>,
}

impl<W: Workload + 'static> Streams<W> {
    pub(super) fn new(options: &EngineOptions, workload: W, post: Post, nudge: Arc<Notify>) -> Self {
        let zero = post.clock.zero();
        let (worker, of) = (post.worker, post.of);
        let course = Course::new(options, workload, post);
        Self {
            state: RefCell::new(State::new(options, course, worker, of)),
            endpoints: options.endpoints.clone(),
            transport: options.transport.clone(),
            zero,
            nudge,
        }
    }

    /// Carries the load to its end.
    pub(super) fn run(self) -> io::Result<W> {
        let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
        std::thread::sleep(self.zero.saturating_duration_since(Instant::now()));
        let shared = Rc::new(self);
        runtime.block_on(Rc::clone(&shared).drive())?;
        // What is still under way has been counted; its tasks go.
        drop(runtime);
        let own = Rc::into_inner(shared).ok_or_else(|| io::Error::other("a request is still held at the end of the load"))?;
        Ok(own.state.into_inner().course.workload)
    }

    async fn drive(self: Rc<Self>) -> io::Result<()> {
        let timer = FineSleep::new()?;
        let mut next_cut = self.state.borrow().course.pace.cut_after(Nanos(0));
        // A timer for each request would cost more than looking at all of them now and then.
        let sweep =
            Nanos::from_duration((self.transport.timeout / 100).clamp(Duration::from_millis(1), Duration::from_millis(100)));
        let mut next_sweep = sweep;
        loop {
            let seen = self.state.borrow_mut().course.look();
            // Before looking for the end: what fell due until then is made all the same.
            self.start_due();
            while seen >= next_cut {
                self.state.borrow_mut().cut(next_cut);
                next_cut = self.state.borrow().course.pace.cut_after(next_cut);
                self.fill();
            }
            if self.state.borrow_mut().is_over() {
                break;
            }
            if seen >= next_sweep {
                self.state.borrow_mut().sweep();
                next_sweep = Nanos(seen.0 + sweep.0);
            }
            self.wait(&timer, next_cut.min(next_sweep)).await?;
        }
        self.state.borrow_mut().finish();
        Ok(())
    }

    /// Waits until something is due, or is to be looked at.
    async fn wait(&self, timer: &FineSleep, coarse: Nanos) -> io::Result<()> {
        let (left, exact) = self.state.borrow_mut().until_next(coarse);
        let spin = if exact { self.transport.spin } else { Duration::ZERO };
        if exact && left <= spin {
            tokio::task::yield_now().await;
            return Ok(());
        }
        tokio::select! {
            slept = timer.sleep(left - spin) => slept,
            () = self.nudge.notified() => Ok(()),
        }
    }

    /// Begins everything whose time has come.
    fn start_due(self: &Rc<Self>) {
        loop {
            let due = self.state.borrow_mut().due();
            let Some(flight) = due else { return };
            self.dispatch(flight);
        }
    }

    /// Lets a journey go on after those that wait for the same endpoint.
    fn dispatch(self: &Rc<Self>, flight: Flight<W::Journey>) {
        self.state.borrow_mut().queue(flight);
        self.fill();
    }

    /// Lets those go on that there is room for.
    fn fill(self: &Rc<Self>) {
        loop {
            let slot = self.state.borrow_mut().board();
            let Some(slot) = slot else { return };
            tokio::task::spawn_local(Rc::clone(self).carry(slot));
        }
    }

    /// One request after another, for as long as there is one for this place.
    async fn carry(self: Rc<Self>, slot: usize) {
        loop {
            let opening = self.state.borrow().opening(slot);
            // What is rare is boxed, so that a task is small.
            let opened = *opening.get_or_init(|| Box::pin(self.open(slot))).await;
            let step = self.state.borrow_mut().step(slot, opened);
            let came = match step {
                Step::Sent(underway) => Some(self.answer(slot, underway).await),
                Step::Alone(request) => Some(Box::pin(self.alone(slot, request)).await),
                Step::Free => None,
            };
            let goes_on = {
                let mut state = self.state.borrow_mut();
                if let Some(came) = came {
                    state.ended(slot, came);
                }
                state.settle(slot)
            };
            self.fill();
            if self.state.borrow().is_to_be_looked_at() {
                self.nudge.notify_one();
            }
            if !goes_on {
                return;
            }
        }
    }

    /// Waits for an answer, or until it is overdue.
    async fn answer(&self, slot: usize, underway: Underway) -> Result<Whole, LoadError> {
        let mut whole = pin!(underway.whole(self.transport.max_body));
        poll_fn(|context| match whole.as_mut().poll(context) {
            Poll::Pending => self.state.borrow_mut().awaits(slot, context.waker()),
            came => came,
        })
        .await
    }

    /// A request that needs a connection which carried nothing before has one of its own, beside the others.
    async fn alone(&self, slot: usize, request: Request) -> Result<Whole, LoadError> {
        let mut channel = self.connect(slot).await?;
        self.state.borrow_mut().sending(slot);
        let came = match channel.send(&request) {
            Ok(underway) => self.answer(slot, underway).await,
            Err(error) => Err(error),
        };
        self.state.borrow_mut().open -= 1;
        came
    }

    /// Opens the connection that a place belongs to.
    async fn open(&self, slot: usize) -> Result<(), LoadError> {
        let channel = self.connect(slot).await?;
        self.state.borrow_mut().ready(slot, channel);
        Ok(())
    }

    async fn connect(&self, slot: usize) -> Result<Channel, LoadError> {
        let plan = self.state.borrow_mut().plan(slot);
        if let Some(gate) = plan.gate {
            tokio::time::sleep_until((self.zero + Duration::from_nanos(gate.0)).into()).await;
        }
        let sources = &self.transport.sources;
        let source = (!sources.is_empty()).then(|| sources[plan.turn % sources.len()]);
        let opened = Channel::connect(&self.endpoints[plan.endpoint], plan.turn, source, self.transport.timeout).await?;
        self.state.borrow_mut().count_opened(slot, &opened);
        Ok(opened.channel)
    }
}
