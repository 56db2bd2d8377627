//! Deliveries carried by the load engine: each is made a little ahead, and sent when it is due.
//!
//! Hands bytes over and answers back. Judges nothing, and sends nothing twice.

use crate::base::units::{Nanos, Rate};
use crate::engine::arrival::{Schedule, Stage};
use crate::engine::{Answer, Ask, EngineOptions, Heard, Judged, Next, Pace, Transport, Workload, start};
use crate::model::exchange::{Timing, TransportError, TransportErrorKind};
use crate::model::http::{Request, Response};
use crate::model::load::{LoadError, Phase, Totals};
use crate::net::lean::{Endpoint, LeanTls, Unresolved, header_fields};
use crate::net::probe::{TlsOptions, encode_request};
use bytes::Bytes;
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Deliveries at a rate are sent over at most so many connections.
const CONNECTIONS: usize = 512;
/// Deliveries are made at most this much ahead, and no more than so many: they bear the time at which they were made.
const AHEAD: (f64, f64) = (0.05, 64.0);
/// How often it is looked whether the deliveries are to end.
const LOOK: Duration = Duration::from_millis(100);

/// A delivery that was made, with what came of it.
pub(super) struct Delivered {
    pub(super) request: Request,
    pub(super) result: Result<Response, TransportError>,
    pub(super) timing: Timing,
}

/// Deliveries under way.
pub(super) struct Paced {
    /// Where deliveries are handed in, in the order in which they are sent.
    pub(super) make: Sender<Request>,
    /// What came of them.
    pub(super) delivered: UnboundedReceiver<Delivered>,
    /// What was counted, when everything is over.
    pub(super) totals: JoinHandle<Result<Totals, String>>,
}

/// How deliveries are paced.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) url: String,
    pub(super) tls: TlsOptions,
    pub(super) rate: Rate,
    pub(super) during: Nanos,
    pub(super) timeout: Duration,
    pub(super) began: Timestamp,
}

/// Begins to deliver; deliveries that are handed in are sent when they are due.
///
/// # Errors
/// A lower-case fragment when the endpoint cannot be connected to at all.
pub(super) fn begin(wish: &Wish, stop: CancellationToken) -> Result<Paced, String> {
    let lean = LeanTls::new(&wish.tls, false)?;
    let origin = crate::net::address::parse_origin(&wish.url)?.to_string();
    let endpoint = Endpoint::resolve(&origin, &lean).map_err(|why| match why {
        Unresolved::Url(why) | Unresolved::Name(why) => why,
    })?;
    let stage = Stage { from: wish.rate, to: wish.rate, during: wish.during, phase: Phase::Measured };
    let options = EngineOptions {
        pace: Pace::open(Schedule::new(vec![stage], None)),
        transport: Transport {
            connections: CONNECTIONS,
            connect_rate: None,
            sources: Vec::new(),
            requests_per_connection: None,
            timeout: wish.timeout,
            spin: Duration::ZERO,
            drain: wish.timeout,
            max_body: 1 << 20,
            pinned: false,
            http2: false,
            streams: 1,
        },
        endpoints: vec![endpoint],
        operations: 1,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a small bound")]
    let ahead = (wish.rate.0 * AHEAD.0).clamp(1.0, AHEAD.1) as usize;
    let (make, made) = channel(ahead);
    let (sender, delivered) = unbounded_channel();
    let began = wish.began;
    let totals = tokio::task::spawn_blocking(move || {
        let load = Deliveries { made, delivered: sender, began };
        let mut crew = start(&options, vec![load]).map_err(|error| error.to_string())?;
        let mut totals = Totals::default();
        loop {
            if stop.is_cancelled() {
                crew.stop();
            }
            match crew.hear(LOOK) {
                Heard::Interval(interval) => totals.add(&interval),
                Heard::Nothing => {}
                Heard::Over => break,
            }
        }
        crew.finish().map_err(|error| error.to_string())?;
        Ok(totals)
    });
    Ok(Paced { make, delivered, totals })
}

/// What the event loop carries.
struct Deliveries {
    made: Receiver<Request>,
    delivered: UnboundedSender<Delivered>,
    began: Timestamp,
}

/// One delivery under way.
struct Delivery {
    request: Option<Request>,
    sent: bool,
    began: Nanos,
}

impl Deliveries {
    fn tell(&self, delivery: &mut Delivery, result: Result<Response, TransportError>, sent: Nanos, service: Nanos) {
        let Some(request) = delivery.request.take() else { return };
        let timing = Timing { began: self.began + sent.duration(), service };
        // Whoever no longer listens has had enough.
        let _ = self.delivered.send(Delivered { request, result, timing });
    }
}

impl Workload for Deliveries {
    type Journey = Delivery;

    fn begin(&mut self, _: u64) -> Option<Delivery> {
        // It is made ahead: this waits only where whoever makes them is behind, and that is lateness.
        let request = self.made.blocking_recv()?;
        Some(Delivery { request: Some(request), sent: false, began: Nanos(0) })
    }

    fn endpoint(&self, _: &Delivery) -> usize {
        0
    }

    fn next(&mut self, delivery: &mut Delivery, now: Nanos, out: &mut Vec<u8>) -> Next {
        let Some(request) = delivery.request.as_ref().filter(|_| !delivery.sent) else { return Next::Done };
        out.extend_from_slice(&encode_request(request));
        (delivery.sent, delivery.began) = (true, now);
        Next::Send(Ask { operation: 0, head: request.method == "HEAD", fresh: false })
    }

    fn request(&mut self, delivery: &mut Delivery) -> Option<Request> {
        delivery.request.clone()
    }

    fn answered(&mut self, delivery: &mut Delivery, answer: &Answer<'_>) -> Judged {
        let response = Response {
            status: answer.status,
            headers: header_fields(answer.head).into_iter().collect(),
            body: Bytes::copy_from_slice(answer.body),
        };
        self.tell(delivery, Ok(response), answer.sent, answer.service);
        Judged::Not
    }

    fn failed(&mut self, delivery: &mut Delivery, error: LoadError) {
        let began = delivery.began;
        let error = TransportError { kind: kind(error), detail: String::new() };
        self.tell(delivery, Err(error), began, Nanos(0));
    }
}

/// The class of an exchange that a class of the load is.
fn kind(error: LoadError) -> TransportErrorKind {
    match error {
        LoadError::Refused | LoadError::PortsExhausted | LoadError::DescriptorsExhausted => TransportErrorKind::Refused,
        LoadError::Name => TransportErrorKind::Name,
        LoadError::ConnectTimeout => TransportErrorKind::ConnectTimeout,
        LoadError::Tls => TransportErrorKind::Tls,
        LoadError::ReadTimeout | LoadError::Unfinished => TransportErrorKind::ReadTimeout,
        LoadError::Reset | LoadError::BodyCut => TransportErrorKind::Reset,
        LoadError::Protocol | LoadError::Unsendable => TransportErrorKind::Protocol,
        LoadError::TooLarge => TransportErrorKind::TooLarge,
    }
}
