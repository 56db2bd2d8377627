//! One request from its arrival to its answer: what fell due before it, the operation, the faults that bend the answer.
//!
//! Pure, over the state. Waits for nothing and sends nothing: what takes time is in the outcome, for the shell.

use crate::model::http::Request;
use crate::sandbox::state::{Answer, Outcome, State};
use crate::sandbox::{control, face, misbehave};
use jiff::Timestamp;

/// Answers a request; `base` is the underlying clock.
pub(super) fn handle(state: &mut State, request: &Request, base: Timestamp) -> (Answer, Outcome) {
    let now = state.clock.now(base);
    let mut outcome = Outcome { attempts: state.run_due(now), ..Outcome::default() };
    let (answer, operation) = if control::is_control(request.path()) {
        (control::answer(state, request, base, &mut outcome), None)
    } else {
        face::answer(state, request, now, &mut outcome)
    };
    (misbehave::bend(answer, operation, request, &state.faults, &mut outcome), outcome)
}
