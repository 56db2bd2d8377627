//! What a server may do that no client asked for, each by a name.
//!
//! Written as steps that a connection carries out. Sends nothing itself.

use crate::server::bodies;
use crate::server::law::Dice;
use std::sync::Arc;
use std::time::Duration;

/// One step of an answer.
#[derive(Clone, Debug)]
pub enum Step {
    /// These bytes, from an offset on.
    Send(Arc<[u8]>, usize),
    /// These bytes so many times more.
    Repeat(Arc<[u8]>, u64),
    /// Nothing for a while.
    Pause(Duration),
    /// Nothing any more; the connection stays.
    Hold,
    /// The connection is closed in order.
    Close,
    /// The connection is torn down.
    Reset,
}

impl Step {
    /// These bytes.
    pub fn send(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Send(bytes.into(), 0)
    }
}

/// A way to be wrong, or right in a way that few are prepared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    /// Nothing listens, though the port is taken.
    Refuse,
    /// Connections are torn down as soon as they are accepted.
    ResetOnAccept,
    /// Connections are torn down by the request.
    ResetOnRequest,
    /// Connections are closed by the request, in order and without a word.
    CloseOnRequest,
    /// Bytes that are not HTTP.
    Garbage,
    /// No answer, ever.
    Stall,
    /// The first half of a head, and no more.
    HalfHead,
    /// The first half of a head, then the connection is closed.
    HalfHeadCut,
    /// A head that does not end.
    EndlessHead,
    /// A body of a gigabyte, announced and sent.
    HugeBody,
    /// Half the body that was announced, then the connection is closed.
    BodyCut,
    /// Half the body that was announced, then the connection is torn down.
    BodyReset,
    /// Chunks whose last one never comes: the connection is closed within.
    ChunkCut,
    /// A chunk whose size is no number.
    ChunkGarbage,
    /// A chunk whose size fits no register.
    ChunkOverflow,
    /// Two lengths that contradict each other.
    TwoLengths,
    /// Right: a body that ends with the connection.
    CloseDelimited,
    /// Right: small chunks with extensions, quoted strings among them, and trailers.
    ChunkExtensions,
    /// Right: many interim answers before the final one.
    Interim,
    /// Right: the connection is closed after each answer, as announced.
    CloseAnnounced,
    /// Right, though rude: the connection is closed after each answer, unannounced.
    CloseUnannounced,
    /// Right, in pieces of a few bytes with pauses between.
    Drip,
}

impl Hostile {
    /// Every way with its name.
    pub const ALL: [(&'static str, Self); 22] = [
        ("refuse", Self::Refuse),
        ("reset-on-accept", Self::ResetOnAccept),
        ("reset-on-request", Self::ResetOnRequest),
        ("close-on-request", Self::CloseOnRequest),
        ("garbage", Self::Garbage),
        ("stall", Self::Stall),
        ("half-head", Self::HalfHead),
        ("half-head-cut", Self::HalfHeadCut),
        ("endless-head", Self::EndlessHead),
        ("huge-body", Self::HugeBody),
        ("body-cut", Self::BodyCut),
        ("body-reset", Self::BodyReset),
        ("chunk-cut", Self::ChunkCut),
        ("chunk-garbage", Self::ChunkGarbage),
        ("chunk-overflow", Self::ChunkOverflow),
        ("two-lengths", Self::TwoLengths),
        ("close-delimited", Self::CloseDelimited),
        ("chunk-extensions", Self::ChunkExtensions),
        ("interim", Self::Interim),
        ("close-announced", Self::CloseAnnounced),
        ("close-unannounced", Self::CloseUnannounced),
        ("drip", Self::Drip),
    ];

    /// The way of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, hostile)| *hostile)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

/// What is sent for a request, prepared once.
pub fn script(hostile: Hostile) -> Vec<Step> {
    let body = bodies::body(0);
    let half = &body[..body.len() / 2];
    let sized = head(&format!("Content-Length: {}\r\n", body.len()));
    let right = format!("{sized}{body}");
    let chunked = head("Transfer-Encoding: chunked\r\n");
    let text = |text: String| Step::send(text.into_bytes());
    match hostile {
        Hostile::Refuse | Hostile::ResetOnAccept | Hostile::ResetOnRequest => vec![Step::Reset],
        Hostile::CloseOnRequest => vec![Step::Close],
        Hostile::Garbage => vec![Step::send(noise(4096)), Step::Close],
        Hostile::Stall => vec![Step::Hold],
        Hostile::HalfHead => vec![text(sized[..sized.len() / 2].to_owned()), Step::Hold],
        Hostile::HalfHeadCut => vec![text(sized[..sized.len() / 2].to_owned()), Step::Close],
        Hostile::EndlessHead => {
            vec![text("HTTP/1.1 200 OK\r\n".to_owned()), Step::Repeat(field_lines().into(), 1 << 20), Step::Close]
        }
        Hostile::HugeBody => {
            vec![text(head("Content-Length: 1073741824\r\n")), Step::Repeat(vec![b' '; 65_536].into(), 16_384)]
        }
        Hostile::BodyCut => vec![text(format!("{sized}{half}")), Step::Close],
        Hostile::BodyReset => vec![text(format!("{sized}{half}")), Step::Pause(Duration::from_millis(20)), Step::Reset],
        Hostile::ChunkCut => vec![text(format!("{chunked}{:x}\r\n{half}\r\n", half.len())), Step::Close],
        Hostile::ChunkGarbage => vec![text(format!("{chunked}xyz\r\n{half}\r\n0\r\n\r\n")), Step::Close],
        Hostile::ChunkOverflow => vec![text(format!("{chunked}fffffffffffffffff\r\n{half}")), Step::Close],
        Hostile::TwoLengths => {
            vec![
                text(head(&format!("Content-Length: {}\r\nContent-Length: {}\r\n", body.len(), half.len())) + &body),
                Step::Close,
            ]
        }
        Hostile::CloseDelimited => vec![text(head("Connection: close\r\n") + &body), Step::Close],
        Hostile::ChunkExtensions => vec![text(format!("{chunked}{}", chunks(&body)))],
        Hostile::Interim => {
            vec![text("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n".repeat(100) + &right)]
        }
        Hostile::CloseAnnounced => {
            vec![text(head(&format!("Connection: close\r\nContent-Length: {}\r\n", body.len())) + &body), Step::Close]
        }
        Hostile::CloseUnannounced => vec![text(right), Step::Close],
        Hostile::Drip => drip(&right),
    }
}

fn head(fields: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{fields}\r\n")
}

/// Bytes without any pattern, the same of every run; the first is none that an answer could begin with.
fn noise(length: usize) -> Vec<u8> {
    let mut dice = Dice(7);
    let mut bytes: Vec<u8> = (0..length).map(|_| dice.below(256) as u8).collect();
    bytes[0] = 0x16;
    bytes
}

/// A kilobyte of well-formed fields.
fn field_lines() -> Vec<u8> {
    "X-More: of what never ends, line after line, as long as it is read\r\n".repeat(15).into_bytes()
}

/// A body in chunks of 1 to 16 bytes, each with another extension, and trailers.
fn chunks(body: &str) -> String {
    let extensions = ["", ";name", ";name=value", " ; name = value", ";q=\"a quoted ; string\"", ";esc=\"a \\\" within\""];
    let mut text = String::new();
    let (mut at, mut n) = (0, 0);
    while at < body.len() {
        let length = (n % 16 + 1).min(body.len() - at);
        let size = if n % 2 == 0 { format!("{length:x}") } else { format!("000{length:X}") };
        text += &format!("{size}{}\r\n{}\r\n", extensions[n % extensions.len()], &body[at..at + length]);
        at += length;
        n += 1;
    }
    text + "0;last\r\nX-Trailer: one\r\nX-Other-Trailer: two\r\n\r\n"
}

/// Pieces that break everywhere a piece can break, with pauses between.
fn drip(text: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = text.as_bytes();
    let mut n = 0;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at((n % 7 + 1).min(rest.len()));
        steps.push(Step::send(piece));
        steps.push(Step::Pause(Duration::from_micros(500)));
        rest = more;
        n += 1;
    }
    steps
}
