//! Sends the request of a planned step exactly once.
//!
//! Fetches the tokens it needs before. Makes no request itself, judges nothing and repeats nothing.

use crate::check::rules::Rules;
use crate::contract::model::Operation;
use crate::model::exchange::Exchange;
use crate::plan::uses::api;
use crate::plan::{PlannedSend, PlannedSuite};
use crate::request::maker::{Made, Maker};
use crate::request::names::Names;
use crate::run::ledger::Ledger;
use crate::run::tokens;
use crate::run::world::{Lane, World};
use crate::window::hours::{Closed, OperationName};
use std::sync::{Arc, OnceLock};

/// What a request of a case is sent with.
#[derive(Clone, Copy)]
pub(super) struct Sender<'a> {
    pub(super) world: &'a World,
    pub(super) lane: &'a Lane,
    pub(super) ledger: &'a Ledger,
    pub(super) planned: &'a PlannedSuite,
    pub(super) case: &'a str,
    pub(super) outside: &'a Outside,
}

/// The first request of a case that was sent outside the window of its operation.
#[derive(Debug, Default)]
pub(super) struct Outside(OnceLock<Closed>);

impl Outside {
    pub(super) fn first(&self) -> Option<&Closed> {
        self.0.get()
    }

    fn note(&self, closed: Closed) {
        // A later one says nothing new.
        let _ = self.0.set(closed);
    }
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
        if let Some(operation) = &operation {
            let name = OperationName { api: api(self.planned, &rules).to_owned(), id: operation.id.clone() };
            if let Some(closed) = self.world.hours.closed_at(&name, self.world.hours.now()) {
                self.outside.note(closed);
            }
        }
        let sent = if once {
            self.world.client.send_once(&request, timeout).await
        } else {
            self.world.client.send(&request, timeout).await
        };
        let exchange = self.ledger.sent(self.case, operation.as_ref().map(|o| o.id.clone()), request, sent);
        Ok(Answered { exchange, operation, rules: Some(rules) })
    }
}
