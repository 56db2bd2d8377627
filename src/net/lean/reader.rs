//! Reads one answer after the other from whatever pieces a socket gives.
//!
//! An answer that comes in one piece is not copied. Never reads beyond its answer: what follows is not HTTP.

use crate::model::load::LoadError;
use crate::net::lean::body::{Chunked, Chunks};
use crate::net::lean::head::{self, Framing, Head, NoHead};

/// A longer head is not read.
const MAX_HEAD: usize = 64 * 1024;
/// What a buffer may keep between two answers.
const KEEP: usize = 64 * 1024;

/// The reading side of one connection.
#[derive(Debug)]
pub struct AnswerReader {
    /// What came so far of an answer that did not come in one piece.
    partial: Vec<u8>,
    body: Vec<u8>,
    head: Option<Head>,
    chunked: Chunked,
    bodiless: bool,
    most: usize,
}

/// A whole answer.
#[derive(Clone, Copy, Debug)]
pub struct Complete<'a> {
    /// What its head says.
    pub head: Head,
    /// The head's bytes.
    pub raw: &'a [u8],
    /// The body, chunks put together.
    pub body: &'a [u8],
}

/// What came of the bytes that were given.
#[derive(Clone, Copy, Debug)]
pub enum Fed<'a> {
    /// More has to come.
    More,
    /// The answer is whole.
    Complete(Complete<'a>),
    /// There will be no answer.
    Failed(LoadError),
}

/// The head that was parsed last: answers of one server differ in little but the date, which changes once a second.
#[derive(Debug, Default)]
pub struct HeadMemo {
    bytes: Vec<u8>,
    head: Option<Head>,
}

impl HeadMemo {
    fn parse(&mut self, bytes: &[u8]) -> Result<Head, NoHead> {
        if let Some(head) = self.head.filter(|_| bytes.starts_with(&self.bytes)) {
            return Ok(head);
        }
        let head = head::parse(bytes)?;
        self.bytes.clear();
        self.bytes.extend_from_slice(&bytes[..head.length]);
        self.head = Some(head);
        Ok(head)
    }
}

impl AnswerReader {
    /// For answers whose body has at most so many bytes.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { partial: Vec::new(), body: Vec::new(), head: None, chunked: Chunked::default(), bodiless: false, most }
    }

    /// Begins a new answer; one to a HEAD has no body whatever its head says.
    pub fn begin(&mut self, head_request: bool) {
        self.partial.clear();
        self.body.clear();
        self.partial.shrink_to(KEEP);
        self.body.shrink_to(KEEP);
        self.head = None;
        self.chunked.reset();
        self.bodiless = head_request;
    }

    /// True when some of the answer has come.
    #[must_use]
    pub fn began(&self) -> bool {
        !self.partial.is_empty() || self.head.is_some()
    }

    /// Reads on.
    pub fn feed<'a>(&'a mut self, bytes: &'a [u8], memo: &mut HeadMemo) -> Fed<'a> {
        if self.partial.is_empty() && self.head.is_none() {
            return self.fresh(bytes, memo);
        }
        self.partial.extend_from_slice(bytes);
        self.resume(memo)
    }

    /// The connection ended: an answer that ends with it is whole.
    pub fn end(&mut self) -> Fed<'_> {
        match self.head {
            Some(head) if head.framing == Framing::Close && !self.bodiless => {
                let (raw, body) = self.partial.split_at(head.length);
                Fed::Complete(Complete { head, raw, body })
            }
            Some(_) => Fed::Failed(LoadError::BodyCut),
            None if self.partial.is_empty() => Fed::Failed(LoadError::Reset),
            None => Fed::Failed(LoadError::BodyCut),
        }
    }

    /// The first piece of an answer, which is the whole of it as a rule.
    fn fresh<'a>(&'a mut self, bytes: &'a [u8], memo: &mut HeadMemo) -> Fed<'a> {
        match memo.parse(bytes) {
            Ok(head) if head.status >= 200 => {
                let length = match head.framing {
                    _ if self.bodiless => Some(0),
                    Framing::None => Some(0),
                    Framing::Length(length) => usize::try_from(length).ok().filter(|l| *l <= self.most),
                    Framing::Chunked | Framing::Close => return self.keep(bytes, memo),
                };
                let Some(length) = length else { return Fed::Failed(LoadError::TooLarge) };
                match bytes.len().cmp(&(head.length + length)) {
                    std::cmp::Ordering::Equal => {
                        let (raw, body) = bytes.split_at(head.length);
                        Fed::Complete(Complete { head, raw, body })
                    }
                    std::cmp::Ordering::Less => self.keep(bytes, memo),
                    std::cmp::Ordering::Greater => Fed::Failed(LoadError::Protocol),
                }
            }
            Err(NoHead::Invalid) => Fed::Failed(LoadError::Protocol),
            // Part of a head, or an interim answer before the true one.
            Ok(_) | Err(NoHead::Partial) => self.keep(bytes, memo),
        }
    }

    fn keep<'a>(&'a mut self, bytes: &[u8], memo: &mut HeadMemo) -> Fed<'a> {
        self.partial.extend_from_slice(bytes);
        self.resume(memo)
    }

    fn resume(&mut self, memo: &mut HeadMemo) -> Fed<'_> {
        while self.head.is_none() {
            match memo.parse(&self.partial) {
                Ok(head) if head.status == 101 => return Fed::Failed(LoadError::Protocol),
                Ok(head) if head.status < 200 => {
                    self.partial.drain(..head.length);
                    if self.partial.is_empty() {
                        return Fed::More;
                    }
                }
                Ok(head) => self.head = Some(head),
                Err(NoHead::Invalid) => return Fed::Failed(LoadError::Protocol),
                Err(NoHead::Partial) if self.partial.len() > MAX_HEAD => return Fed::Failed(LoadError::Protocol),
                Err(NoHead::Partial) => return Fed::More,
            }
        }
        match self.head {
            Some(head) => self.rest(head),
            None => Fed::More,
        }
    }

    fn rest(&mut self, head: Head) -> Fed<'_> {
        let have = self.partial.len() - head.length;
        match head.framing {
            Framing::Length(length) if !self.bodiless => {
                let Some(length) = usize::try_from(length).ok().filter(|l| *l <= self.most) else {
                    return Fed::Failed(LoadError::TooLarge);
                };
                match have.cmp(&length) {
                    std::cmp::Ordering::Less => Fed::More,
                    std::cmp::Ordering::Greater => Fed::Failed(LoadError::Protocol),
                    std::cmp::Ordering::Equal => {
                        let (raw, body) = self.partial.split_at(head.length);
                        Fed::Complete(Complete { head, raw, body })
                    }
                }
            }
            Framing::Chunked if !self.bodiless => {
                let from = head.length;
                let fed = self.chunked.feed(&self.partial[from..], &mut self.body, self.most);
                match fed {
                    Chunks::More => {
                        // What was read is put together already; only the head is still needed.
                        self.partial.truncate(head.length);
                        Fed::More
                    }
                    Chunks::Done(used) if from + used == self.partial.len() => {
                        Fed::Complete(Complete { head, raw: &self.partial[..head.length], body: &self.body })
                    }
                    Chunks::Done(_) | Chunks::Invalid => Fed::Failed(LoadError::Protocol),
                    Chunks::TooLarge => Fed::Failed(LoadError::TooLarge),
                }
            }
            Framing::Close if !self.bodiless => {
                if have > self.most {
                    Fed::Failed(LoadError::TooLarge)
                } else {
                    Fed::More
                }
            }
            _ if have > 0 => Fed::Failed(LoadError::Protocol),
            _ => Fed::Complete(Complete { head, raw: &self.partial, body: &[] }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerReader, Fed, HeadMemo};
    use crate::model::load::LoadError;
    use proptest::prelude::*;

    /// Status and body of the answers, or the failure, that come of a wire read in pieces.
    fn read(wire: &[u8], piece: usize, head_request: bool) -> Result<(u16, Vec<u8>), Option<LoadError>> {
        let (mut reader, mut memo) = (AnswerReader::new(1_000), HeadMemo::default());
        reader.begin(head_request);
        for piece in wire.chunks(piece.max(1)) {
            match reader.feed(piece, &mut memo) {
                Fed::More => {}
                Fed::Complete(whole) => return Ok((whole.head.status, whole.body.to_vec())),
                Fed::Failed(error) => return Err(Some(error)),
            }
        }
        match reader.end() {
            Fed::Complete(whole) => Ok((whole.head.status, whole.body.to_vec())),
            Fed::Failed(error) => Err(Some(error)),
            Fed::More => Err(None),
        }
    }

    #[test]
    fn every_way_a_body_ends() {
        for (wire, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Ok((200, "hi"))),
            ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n", Ok((204, ""))),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", Ok((200, "hi"))),
            ("HTTP/1.1 200 OK\r\n\r\nuntil the end", Ok((200, "until the end"))),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", Err(LoadError::BodyCut)),
            ("HTTP/1.1 200 OK\r\nContent-Le", Err(LoadError::BodyCut)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nhi", Err(LoadError::TooLarge)),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", Err(LoadError::Protocol)),
            ("garbage\r\n\r\n", Err(LoadError::Protocol)),
            ("", Err(LoadError::Reset)),
        ] {
            for piece in [1, 3, 1_000] {
                let expected = expected.map(|(s, b)| (s, b.as_bytes().to_vec())).map_err(Some);
                assert_eq!(read(wire.as_bytes(), piece, false), expected, "{wire} by {piece}");
            }
        }
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", 1_000, false),
            Err(Some(LoadError::Protocol)),
            "what follows an answer nobody asked for"
        );
        assert_eq!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", 7, true), Ok((200, Vec::new())), "HEAD");
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(body in prop::collection::vec(any::<u8>(), 0..300), piece in 1usize..400) {
            let mut wire = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nx: y\r\n\r\n", body.len()).into_bytes();
            wire.extend(&body);
            prop_assert_eq!(read(&wire, piece, false), Ok((200, body)));
        }
    }
}
