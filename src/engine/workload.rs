//! What the engine carries: journeys of requests, known only by their bytes.
//!
//! The engine asks, the workload answers. Nothing here waits.

use crate::base::units::Nanos;
use crate::model::http::Request;
use crate::model::load::LoadError;

/// A request to be sent now; its bytes were written where the workload was told to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which operation it is counted for.
    pub operation: usize,
    /// True for a HEAD.
    pub head: bool,
    /// True where it needs a connection that carried nothing before.
    pub fresh: bool,
}

/// How a journey goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this.
    Send(Ask),
    /// Go on after a pause.
    Wait(Nanos),
    /// The request could not be made; it is counted for this operation, and the journey is over.
    Unsendable(usize),
    /// It is over.
    Done,
}

/// An answer, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The bytes of its head; empty where there are only `fields`.
    pub head: &'a [u8],
    /// The fields, where the answer did not come as HTTP/1.1.
    pub fields: &'a [(String, String)],
    /// The body, transfer coding removed.
    pub body: &'a [u8],
    /// From sending to the last byte.
    pub service: Nanos,
    /// When it was whole, from the start of the run.
    pub at: Nanos,
    /// When it was sent, from the start of the run.
    pub sent: Nanos,
}

/// What came of judging an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It was not judged.
    Not,
    /// It is right.
    Right,
    /// It is wrong.
    Wrong,
}

/// What one event loop carries.
pub trait Workload: Send {
    /// One journey under way.
    type Journey;

    /// Begins the `n`-th journey; `None` where nothing more is to be done by this event loop.
    fn begin(&mut self, n: u64) -> Option<Self::Journey>;

    /// Which endpoint the next request of a journey goes to.
    fn endpoint(&self, journey: &Self::Journey) -> usize;

    /// How a journey goes on; the bytes of a request to send are added to `out`.
    fn next(&mut self, journey: &mut Self::Journey, now: Nanos, out: &mut Vec<u8>) -> Next;

    /// The request whose bytes were given by [`Workload::next`] last, for transports that take no bytes.
    fn request(&mut self, journey: &mut Self::Journey) -> Option<Request>;

    /// An answer came.
    fn answered(&mut self, journey: &mut Self::Journey, answer: &Answer<'_>) -> Judged;

    /// There will be no answer; the journey is over.
    fn failed(&mut self, journey: &mut Self::Journey, error: LoadError);

    /// Once a second, and at the end: time for what must not be done per request.
    fn tick(&mut self) {}
}
