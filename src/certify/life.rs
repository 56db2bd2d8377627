//! Whether the endpoint is still there.
//!
//! Asks once after several requests without an answer, so that a dead endpoint does not cost its patience for every one that is
//! left. Never judges an answer.

use crate::certify::deliver::Draft;
use crate::certify::stage::Stage;
use crate::model::certification::ModuleId;
use crate::model::exchange::TransportErrorKind;

/// After so many requests in a row without an answer, it is looked whether the endpoint is still there.
const SILENCE: u32 = 3;

/// After several requests without an answer: whether a plain delivery still gets one. Once it does not, the endpoint is dead.
pub(super) async fn look_for_life(stage: &Stage<'_>) -> bool {
    if stage.silence() < SILENCE {
        return true;
    }
    if stage.dead().is_some() {
        return false;
    }
    let Some((endpoint, sample)) = stage.plan.endpoints.iter().find_map(|e| Some((e, e.first()?))) else { return false };
    let draft = Draft::new(stage, endpoint, &sample.value);
    let Some(request) = draft.sealed(stage, stage.world.clock.now()) else { return true };
    let exchange = stage.send(ModuleId::ValidDelivery, Some(&endpoint.name), request).await;
    match &exchange.result {
        Err(error) if error.kind != TransportErrorKind::Cancelled => {
            stage.give_up(&error.to_string());
            false
        }
        _ => true,
    }
}
