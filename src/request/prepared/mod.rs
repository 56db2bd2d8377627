//! Prepared requests: the bytes of HTTP/1.1 with slots for what differs from one request to the next.
//!
//! Writing one formats nothing and allocates nothing. What cannot be prepared is left to the maker, and says why; nothing is
//! written that the maker would write in another way.

mod compile;
mod fields;
mod pieces;
pub mod slot;
pub mod slow;
#[cfg(test)]
mod tests;

use crate::check::rules::Rules;
use crate::contract::model::Operation;
use crate::model::http::Request;
use crate::net::address::Origin;
use crate::plan::PlannedSend;
use crate::request::maker::Maker;
use crate::request::names::Names;
use crate::request::prepared::compile::Compiler;
use crate::request::prepared::pieces::Pieces;
use crate::request::prepared::slot::{SlotValue, Slots, Unfit};
use std::sync::Arc;

/// Where a request goes, and what it was made for.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is connected to.
    pub origin: Origin,
    /// The value of `host`.
    pub host: String,
    /// The method.
    pub method: String,
    /// The operation it goes to, where the spec has one.
    pub operation: Option<Arc<Operation>>,
    /// What judges its answer.
    pub rules: Arc<Rules>,
}

impl Target {
    /// Whether the answer has no body whatever its head says (RFC 9110 section 9.3.2).
    #[must_use]
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    /// Whether what it returns can be read only once, so that it must not be sent twice by anything.
    #[must_use]
    pub fn read_once(&self) -> bool {
        self.operation.as_ref().is_some_and(|o| o.read_once)
    }
}

/// The request of a step, as far as it is known before a run.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// Written from bytes and slots.
    Ready(Box<Ready>),
    /// Made anew each time, by [`slow`], for this reason.
    Slow(String),
}

impl Prepared {
    /// Prepares the request of a step. Names that `fixed` holds are filled in; every other one becomes a slot, tokens under the name
    /// that templates give them.
    ///
    /// # Errors
    /// A lower-case fragment that says why no such request can ever be made.
    pub fn compile(maker: &Maker<'_>, send: &PlannedSend, fixed: &Names, slots: &mut Slots) -> Result<Self, String> {
        let compiled = Compiler { maker, send, fixed }.compile(slots)?;
        Ok(compiled.map_or_else(Self::Slow, |ready| Self::Ready(Box::new(ready))))
    }

    /// The request, where it could be prepared.
    #[must_use]
    pub fn ready(&self) -> Option<&Ready> {
        match self {
            Self::Ready(ready) => Some(ready),
            Self::Slow(_) => None,
        }
    }
}

/// A prepared request.
#[derive(Clone, Debug)]
pub struct Ready {
    target: Target,
    /// What stands before the path in an absolute URL.
    before: String,
    path: Pieces,
    fields: Vec<(String, Pieces)>,
    body: Pieces,
    wire: Wire,
}

/// The bytes of HTTP/1.1.
#[derive(Clone, Debug)]
struct Wire {
    /// All of them, or those up to the length of the body.
    first: Pieces,
    /// How many digits the length of the body usually has, where that depends on the values.
    digits: Option<usize>,
}

impl Ready {
    fn new(target: Target, before: String, path: Pieces, fields: Vec<(String, Pieces)>, body: Pieces) -> Self {
        let wire = Wire::new(&target, &path, &fields, &body);
        Self { target, before, path, fields, body, wire }
    }

    /// Where it goes.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether every request is the same.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.wire.first.is_fixed() && self.wire.digits.is_none()
    }

    /// Appends the bytes of HTTP/1.1.
    ///
    /// # Errors
    /// The slot whose value is not there or does not fit; nothing is appended then.
    pub fn write<'v>(&self, values: impl Fn(usize) -> SlotValue<'v>, out: &mut Vec<u8>) -> Result<(), Unfit> {
        let start = out.len();
        let written = self.append(&values, out);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }

    fn append<'v>(&self, values: &impl Fn(usize) -> SlotValue<'v>, out: &mut Vec<u8>) -> Result<(), Unfit> {
        self.wire.first.write(values, out)?;
        let Some(digits) = self.wire.digits else { return Ok(()) };
        let at = out.len();
        out.resize(at + digits, b'0');
        out.extend_from_slice(b"\r\n\r\n");
        let from = out.len();
        self.body.write(values, out)?;
        let mut room = [0; 20];
        match decimal(out.len() - from, &mut room) {
            b"0" => return Err(Unfit::Empty),
            length if length.len() == digits => out[at..at + digits].copy_from_slice(length),
            length => drop(out.splice(at..at + digits, length.iter().copied())),
        }
        Ok(())
    }

    /// The same as a message: what goes over HTTP/2, or into a record. `host` and the length of the body are left to the carrier.
    ///
    /// # Errors
    /// The slot whose value is not there or does not fit.
    pub fn parts<'v>(&self, values: impl Fn(usize) -> SlotValue<'v>) -> Result<Request, Unfit> {
        let bytes = |pieces: &Pieces| {
            let mut out = Vec::with_capacity(pieces.usual_length());
            pieces.write(&values, &mut out).map(|()| out)
        };
        // What slots hold is text, and it is cut at no other place.
        let text = |pieces: &Pieces| bytes(pieces).map(|out| String::from_utf8_lossy(&out).into_owned());
        let mut request = Request::new(&self.target.method, format!("{}{}", self.before, text(&self.path)?));
        for (name, value) in &self.fields {
            request.headers.push(name, text(value)?);
        }
        request.body = bytes(&self.body)?.into();
        Ok(request)
    }
}

impl Wire {
    fn new(target: &Target, path: &Pieces, fields: &[(String, Pieces)], body: &Pieces) -> Self {
        let mut first = Pieces::default();
        first.push(format!("{} ", target.method));
        first.append(path);
        first.push(format!(" HTTP/1.1\r\nhost: {}\r\n", target.host));
        for (name, value) in fields {
            first.push(format!("{name}: "));
            first.append(value);
            first.push("\r\n");
        }
        let given = fields.iter().any(|(name, _)| name == "content-length");
        if !body.is_fixed() && !given {
            first.push("content-length: ");
            let digits = body.usual_length().max(1).ilog10() as usize + 1;
            return Self { first, digits: Some(digits) };
        }
        if !given && (!body.is_empty() || fields::says_empty(&target.method)) {
            first.push(format!("content-length: {}\r\n", body.usual_length()));
        }
        first.push("\r\n");
        first.append(body);
        Self { first, digits: None }
    }
}

/// A number in decimal digits.
fn decimal(mut number: usize, room: &mut [u8; 20]) -> &[u8] {
    let mut at = room.len();
    loop {
        at -= 1;
        room[at] = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        if number == 0 {
            return &room[at..];
        }
    }
}
