//! What an event loop notes of answers that trigger a delivery.
//!
//! Notes and hands over once a second. Waits for no delivery.

use crate::base::units::Nanos;
use crate::engine::Answer;
use crate::plan::load::PlannedCallback;
use serde_json::Value;
use std::sync::mpsc::Sender;

/// An answer that triggers a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trigger {
    /// Which of the plan's callbacks.
    pub(super) callback: usize,
    /// What the delivery will bear.
    pub(super) id: String,
    /// When the request was sent, from the start of the run.
    pub(super) sent: Nanos,
    /// When its answer was whole.
    pub(super) answered: Nanos,
}

/// The triggers of one event loop.
pub(super) struct Triggers {
    held: Vec<Trigger>,
    sender: Sender<Trigger>,
}

impl Triggers {
    pub(super) fn new(sender: &Sender<Trigger>) -> Self {
        Self { held: Vec::new(), sender: sender.clone() }
    }

    /// An answer of an operation that triggers these callbacks.
    pub(super) fn answered(&mut self, all: &[PlannedCallback], which: &[usize], answer: &Answer<'_>) {
        let body: Value = serde_json::from_slice(answer.body).unwrap_or_default();
        for index in which {
            if let Some((_, id)) = all[*index].spec.id.select(&body).first() {
                let trigger = Trigger { callback: *index, id: identifier(id), sent: answer.sent, answered: answer.at };
                self.held.push(trigger);
            }
        }
    }

    /// Hands over what was noted.
    pub(super) fn flush(&mut self) {
        for trigger in self.held.drain(..) {
            // Whoever no longer listens has had enough.
            let _ = self.sender.send(trigger);
        }
    }
}

/// An identifier as both sides write it: texts as they are, numbers as JSON.
pub(super) fn identifier(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
