//! Whether a target is still there: cases that get no answer at all, one after the other, are a reason to ask.
//!
//! Counts and asks once; a target found gone stays gone for the run. Judges no answer.

use crate::model::http::Request;
use crate::run::ledger::Ledger;
use crate::run::world::World;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many cases in a row without any answer are a reason to ask whether the target is there.
const SILENT: u32 = 3;
/// How long the target may take to show that it is there.
const REPLY: Duration = Duration::from_millis(2_500);

/// What is known of the origins of one instance.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<HashMap<String, Beat>>);

#[derive(Clone, Debug)]
enum Beat {
    Silent(u32),
    Gone(String),
}

impl Pulse {
    /// Why nothing more is sent to an origin.
    pub(super) fn gone(&self, origin: &str) -> Option<String> {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(origin) {
            Some(Beat::Gone(why)) => Some(why.clone()),
            _ => None,
        }
    }

    fn heard(&self, origin: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(origin);
    }

    /// Counts a case without answers; says how many there were in a row.
    fn silent(&self, origin: &str) -> u32 {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.entry(origin.to_owned()).or_insert(Beat::Silent(0)) {
            Beat::Silent(count) => {
                *count += 1;
                *count
            }
            Beat::Gone(_) => 0,
        }
    }

    fn is_gone(&self, origin: &str, why: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.to_owned(), Beat::Gone(why));
    }
}

/// Takes note of whether a case had answers, and asks the target for a sign of life where several had none.
pub(super) async fn note(world: &World, lane: usize, ledger: &Ledger, case: &str, origin: &str) {
    let pulse = &world.lanes[lane].pulse;
    match ledger.had_answers(case) {
        None => {}
        Some(true) => pulse.heard(origin),
        Some(false) if pulse.silent(origin) < SILENT => {}
        Some(false) => {
            let request = Request::new("HEAD", format!("{origin}/"));
            let sent = world.client.send_once(&request, REPLY.min(world.environment.limits.timeout.duration())).await;
            let died = sent.result.as_ref().err().map(|error| format!("the target no longer answers: {error}"));
            ledger.sent(case, None, request, sent);
            match died {
                Some(why) => pulse.is_gone(origin, why),
                None => pulse.heard(origin),
            }
        }
    }
}
