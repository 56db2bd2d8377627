//! Requests that could not be prepared: made anew each time, and written as the prepared ones are.
//!
//! The same bytes at more cost. Sends nothing.

use crate::model::http::Request;
use crate::net::address::on_wire;
use crate::plan::PlannedSend;
use crate::request::maker::Maker;
use crate::request::prepared::fields;
use crate::request::prepared::pieces::Pieces;
use crate::request::prepared::slot::SlotValue;
use crate::request::prepared::{Ready, Target};
use crate::suite::template::Scope;

/// A request made for this once, with all its values in it.
#[derive(Clone, Debug)]
pub struct Once(Ready);

impl Once {
    /// The request of a step with these names; [`crate::request::prepared::slot::SlotNames`] gives those of slots.
    ///
    /// # Errors
    /// A lower-case fragment that says why no request could be made.
    pub fn make(maker: &Maker<'_>, send: &PlannedSend, names: &dyn Scope) -> Result<Self, String> {
        let made = maker.complete(send, names)?;
        let wire = on_wire(&made.request)?;
        let fixed = |bytes: &[u8]| {
            let mut pieces = Pieces::default();
            pieces.push(bytes);
            pieces
        };
        let fields = fields::sent(&made.request)?.into_iter().map(|(name, value)| (name, fixed(value.as_bytes()))).collect();
        let before = wire.before_target();
        let host = made.request.headers.get("host").map_or(wire.host, str::to_owned);
        let Request { method, body, .. } = made.request;
        let target = Target { origin: wire.origin, host, method, operation: made.operation, rules: made.rules };
        Ok(Self(Ready::new(target, before, fixed(wire.target.as_bytes()), fields, fixed(&body))))
    }

    /// Where it goes.
    #[must_use]
    pub fn target(&self) -> &Target {
        self.0.target()
    }

    /// Appends the bytes of HTTP/1.1.
    pub fn write(&self, out: &mut Vec<u8>) {
        let written = self.0.write(|_| SlotValue::Missing, out);
        debug_assert!(written.is_ok(), "there is no slot in it");
    }

    /// The same as a message, as [`Ready::parts`] gives it.
    #[must_use]
    pub fn parts(&self) -> Request {
        let parts = self.0.parts(|_| SlotValue::Missing);
        parts.expect("there is no slot in it")
    }
}
