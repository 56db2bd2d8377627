//! The whole sandbox as one state machine: a request and an instant go in, an answer and the deliveries it caused come out.
//!
//! Pure but for the randomness it is given. Sends nothing, waits for nothing: the shell does both.

mod kept;

use crate::model::http::{Request, Response};
use crate::sandbox::clock::SandboxClock;
use crate::sandbox::config::SandboxConfig;
use crate::sandbox::faults::{Fault, Faults};
use crate::sandbox::kept::Marks;
use crate::sandbox::pull::{Pull, Removal};
use crate::sandbox::push::{Attempt, Event, Push};
use crate::sandbox::signature::{self, Envelope, Lack};
use crate::sandbox::state::kept::{Key, Singles};
use crate::sandbox::tokens::Tokens;
use bytes::Bytes;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// Where token values come from.
pub(super) type Entropy = Box<dyn FnMut() -> String + Send>;

/// What goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Respond(Response),
    /// The connection ends without an answer.
    Close,
    /// These bytes and nothing else.
    Raw(Bytes),
}

/// What a request led to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The deliveries that fell due, in order.
    pub(super) attempts: Vec<Attempt>,
    /// The instant to which the clock is to be moved before the answer.
    pub(super) jump: Option<Timestamp>,
    /// How long to wait before the answer.
    pub(super) delay: Option<Duration>,
    /// What to remove just before the answer.
    pub(super) removal: Option<Removal>,
}

/// Something that happens by itself at an instant.
#[derive(Clone, Debug)]
enum Due {
    Signature(String),
    Replay { partner: String, notification: u64, number: u32 },
}

/// The sandbox.
pub(super) struct State {
    pub(super) clock: SandboxClock,
    pub(super) faults: Faults,
    pub(super) tokens: Tokens,
    pub(super) push: Push,
    pub(super) pull: Pull,
    envelopes: HashMap<String, Envelope>,
    launched: HashMap<String, String>,
    next_signature: u64,
    due: BTreeMap<(Timestamp, u64), Due>,
    next_due: u64,
    entropy: Entropy,
    /// The faults that were asked for at the start.
    given: Vec<&'static str>,
    marks: Marks<Key>,
    /// What was last told of what is kept in one row each; `None` where nothing is kept.
    singles: Option<Singles>,
}

impl State {
    /// A sandbox in which nothing has happened yet.
    pub(super) fn new(config: SandboxConfig, faults: Faults, mut entropy: Entropy) -> Self {
        let run = entropy().chars().take(10).collect();
        Self {
            clock: SandboxClock::default(),
            given: faults.names(),
            faults,
            push: Push::new(&config, run),
            pull: Pull::new(config.page_size, config.retention),
            tokens: Tokens::new(config.clients, config.token_lifetime),
            envelopes: HashMap::new(),
            launched: HashMap::new(),
            next_signature: 1_001,
            due: BTreeMap::new(),
            next_due: 0,
            entropy,
            marks: Marks::default(),
            singles: None,
        }
    }

    /// When something falls due next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    /// Lets everything happen that is due by `now`, in order, and gives the deliveries it causes.
    pub(super) fn run_due(&mut self, now: Timestamp) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= now) {
            let (at, number) = *entry.key();
            self.marks.mark(|| Key::Due(at, number));
            match entry.remove() {
                Due::Signature(id) => attempts.extend(self.step_signature(&id, at)),
                Due::Replay { partner, notification, number } => {
                    attempts.extend(self.push.replay(&partner, notification, number, at, &self.faults));
                }
            }
        }
        attempts
    }

    fn step_signature(&mut self, id: &str, at: Timestamp) -> Vec<Attempt> {
        let Some(envelope) = self.envelopes.get_mut(id) else { return Vec::new() };
        self.marks.mark(|| Key::Envelope(id.to_owned()));
        let events = envelope.step(&self.faults);
        let next = envelope.next_due(&self.faults);
        let partner = envelope.partner.clone();
        self.push.holds = envelope.is_of("SBX-REFUSED");
        if let Some(next) = next {
            self.schedule(next, Due::Signature(id.to_owned()));
        }
        let attempts = events.into_iter().flat_map(|event| self.tell(partner.as_deref(), id, event, at)).collect();
        self.push.holds = false;
        attempts
    }

    fn tell(&mut self, partner: Option<&str>, id: &str, event: Event, at: Timestamp) -> Vec<Attempt> {
        let event = Event { id: Some(id.to_owned()), ..event };
        partner.map_or_else(Vec::new, |partner| self.push.emit(partner, &event, at, &self.faults))
    }

    fn schedule(&mut self, at: Timestamp, due: Due) {
        self.next_due += 1;
        self.marks.mark(|| Key::Due(at, self.next_due));
        self.due.insert((at, self.next_due), due);
    }

    /// Notes how a delivery attempt ended.
    pub(super) fn ended(&mut self, attempt: &Attempt, outcome: &Result<(), String>) {
        if let Some(at) = self.push.ended(attempt, outcome, &self.faults) {
            let (partner, notification, number) = (attempt.partner.clone(), attempt.notification, attempt.number + 1);
            self.schedule(at, Due::Replay { partner, notification, number });
        }
    }

    /// Launches a signature; the existing one's id when there is one already.
    pub(super) fn launch(
        &mut self,
        contract: &str,
        partner: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, Vec<Attempt>), Launch> {
        let number = self.next_signature;
        let envelope =
            Envelope::launch(number, contract, partner.map(str::to_owned), now, &self.faults).map_err(Launch::Lacks)?;
        if self.launched.contains_key(contract) && !self.faults.has(Fault::SecondCreateAccepted) {
            return Err(Launch::Twice);
        }
        self.next_signature += 1;
        let id = envelope.id.clone();
        if let Some(at) = envelope.next_due(&self.faults) {
            self.schedule(at, Due::Signature(id.clone()));
        }
        self.marks.mark(|| Key::Envelope(id.clone()));
        self.launched.insert(contract.to_owned(), id.clone());
        self.envelopes.insert(id.clone(), envelope);
        let attempts = self.tell(partner, &id, signature::initiated(), now);
        Ok((id, attempts))
    }

    /// The signature of that id.
    pub(super) fn envelope(&self, id: &str) -> Option<&Envelope> {
        self.envelopes.get(id)
    }

    /// The signature of that contract.
    pub(super) fn envelope_of(&self, contract: &str) -> Option<&Envelope> {
        self.launched.get(contract).and_then(|id| self.envelopes.get(id))
    }

    /// Drops data, callbacks and allow-list and sets the clock to the underlying one; tokens, faults and the numbering of
    /// identifiers stay.
    pub(super) fn reset(&mut self) {
        self.clock.reset();
        self.push.reset();
        self.pull.reset();
        self.marks.mark_all(self.envelopes.keys().cloned().map(Key::Envelope));
        self.marks.mark_all(self.due.keys().map(|(at, number)| Key::Due(*at, *number)));
        self.envelopes.clear();
        self.launched.clear();
        self.due.clear();
    }

    /// Answers a token request.
    pub(super) fn issue(&mut self, request: &Request, now: Timestamp) -> Response {
        let fresh = (self.entropy)();
        self.tokens.issue(request, now, fresh)
    }
}

/// Why a signature cannot be launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Launch {
    Lacks(Lack),
    /// Launched once and only once.
    Twice,
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
