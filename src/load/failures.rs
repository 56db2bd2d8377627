//! The first failure of each kind, kept with its exchange; the others are counted.
//!
//! Bounded in number and size. Judges nothing.

use crate::check::found::Judgement;
use crate::model::exchange::Exchange;
use crate::model::load::KeptFailure;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Kinds that are kept, of one event loop and of all of them.
const MOST: usize = 64;
/// More of a body is not kept.
const LONGEST_BODY: usize = 64 * 1024;

/// What is told of failures.
#[derive(Debug)]
pub(super) enum Told {
    /// The first of its kind, as far as one event loop knows.
    Kept(Box<KeptFailure>),
    /// A request that could not be made, and why; the first of its kind.
    Unsendable(String),
}

/// The failures of one event loop.
pub(super) struct Failures {
    operations: Vec<String>,
    kinds: BTreeSet<String>,
    held: Vec<Told>,
    sender: Sender<Told>,
}

/// Where the failures of all event loops come together.
pub(super) fn post() -> (Sender<Told>, Receiver<Told>) {
    channel()
}

impl Failures {
    pub(super) fn new(operations: &[String], sender: &Sender<Told>) -> Self {
        Self { operations: operations.to_vec(), kinds: BTreeSet::new(), held: Vec::new(), sender: sender.clone() }
    }

    /// A wrong answer.
    pub(super) fn tell(&mut self, operation: usize, mut exchange: Exchange, judgement: Judgement) {
        let operation = self.operations[operation].clone();
        if self.kinds.len() >= MOST || !self.kinds.insert(kind(&operation, &judgement)) {
            return;
        }
        if let Ok(response) = &mut exchange.result
            && response.body.len() > LONGEST_BODY
        {
            response.body.truncate(LONGEST_BODY);
        }
        let Judgement { findings, errors } = judgement;
        self.held.push(Told::Kept(Box::new(KeptFailure { operation, exchange, findings, errors })));
    }

    /// A request that could not be made.
    pub(super) fn unsendable(&mut self, operation: usize, why: &str) {
        let operation = &self.operations[operation];
        let line = format!("a request of {operation} could not be made: {why}");
        if self.kinds.len() < MOST && self.kinds.insert(line.clone()) {
            self.held.push(Told::Unsendable(line));
        }
    }

    /// Hands over what was kept.
    pub(super) fn flush(&mut self) {
        for told in self.held.drain(..) {
            // Whoever no longer listens has had enough.
            let _ = self.sender.send(told);
        }
    }
}

/// What makes two failures one kind: the operation, the checks, where in the body, and the message without its values.
pub(super) fn kind(operation: &str, judgement: &Judgement) -> String {
    let mut kind = operation.to_owned();
    for finding in &judgement.findings {
        let at: String = finding.instance.iter().map(|p| numberless(p.as_str())).collect();
        kind.push_str(&format!("|{}@{at}:{}", finding.check, numberless(&finding.message)));
    }
    judgement.errors.iter().for_each(|e| kind.push_str(&numberless(e)));
    kind
}

/// A text without digits: what differs from answer to answer is mostly a number.
fn numberless(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}
