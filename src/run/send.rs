//! Sends the request of a planned step exactly once.
//!
//! Fetches the tokens it needs before. Makes no request itself, judges nothing and repeats nothing.

use crate::check::rules::Rules;
use crate::contract::model::Operation;
use crate::model::exchange::Exchange;
use crate::plan::{PlannedSend, PlannedSuite};
use crate::request::maker::{Made, Maker};
use crate::request::names::Names;
use crate::run::ledger::Ledger;
use crate::run::tokens;
use crate::run::world::{Lane, World};
use std::sync::Arc;

/// What a request of a case is sent with.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) world: &'a World,
    pub(super) lane: &'a Lane,
    pub(super) ledger: &'a Ledger,
    pub(super) planned: &'a PlannedSuite,
    pub(super) case: &'a str,
}

/// An exchange with the operation it was routed to.
#[derive(Clone)]
pub(super) struct Answered {
    pub(super) exchange: Arc<Exchange>,
    pub(super) operation: Option<Arc<Operation>>,
    /// What judges it; `None` for what belongs to no contract.
    pub(super) rules: Option<Arc<Rules>>,
}

impl<'a> Sender<'a> {
    /// What makes the requests.
    pub(super) fn maker(self) -> Maker<'a> {
        Maker {
            planned: self.planned,
            origins: &self.lane.origins,
            environment: &self.world.environment,
            seed: self.world.seed,
            case: self.case,
        }
    }

    /// Makes and sends one request.
    ///
    /// # Errors
    /// A lower-case fragment that says why no request could be made.
    pub(super) async fn send(self, send: &PlannedSend, names: &Names) -> Result<Answered, String> {
        let maker = self.maker();
        let mut made = maker.request(send, names)?;
        let mut credentials = maker.credentials(send, &made, names)?;
        for credential in &mut credentials {
            if let Some(identity) = credential.needs_token_of() {
                let token = tokens::token(self.world, self.lane, self.ledger, self.case, identity).await?;
                *credential = credential.clone().with_token(&token);
            }
        }
        maker.identify(send, &mut made.request, credentials)?;
        let timeout = self.world.environment.limits.timeout.duration();
        // What can be read only once must not be written twice by anything below us either.
        let once = made.read_once();
        let Made { request, operation, rules } = made;
        let sent = if once {
            self.world.client.send_once(&request, timeout).await
        } else {
            self.world.client.send(&request, timeout).await
        };
        let exchange = self.ledger.sent(self.case, operation.as_ref().map(|o| o.id.clone()), request, sent);
        Ok(Answered { exchange, operation, rules: Some(rules) })
    }
}
