//! Chunked bodies put together (RFC 9112 section 7.1).
//!
//! Takes bytes as they come, in whatever pieces. Never holds more than it is allowed to.

/// Longer size lines and trailers are not read.
const MAX_LINE: usize = 16 * 1024;

/// Where in a chunked body the next byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Size,
    /// The rest of a size line: extensions, which mean nothing to us.
    Extension,
    Data(u64),
    /// The line end after a chunk's data.
    DataEnd,
    /// A trailer line.
    Trailer,
    Done,
}

/// A chunked body being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunked {
    at: At,
    size: u64,
    digits: u8,
    line: usize,
}

/// What came of the bytes that were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunks {
    /// More has to come.
    More,
    /// The body is whole; so many of the bytes belonged to it.
    Done(usize),
    /// It is not chunked as it says.
    Invalid,
    /// It is larger than is read.
    TooLarge,
}

impl Chunked {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Reads on, adding data to `body`.
    pub(super) fn feed(&mut self, bytes: &[u8], body: &mut Vec<u8>, most: usize) -> Chunks {
        let mut i = 0;
        while i < bytes.len() {
            let b = bytes[i];
            match self.at {
                At::Size => match (b as char).to_digit(16) {
                    Some(digit) if self.digits < 15 => {
                        self.size = self.size * 16 + u64::from(digit);
                        self.digits += 1;
                        i += 1;
                    }
                    Some(_) => return Chunks::Invalid,
                    None if self.digits == 0 => return Chunks::Invalid,
                    None => {
                        if !matches!(b, b';' | b' ' | b'\t' | b'\r' | b'\n') {
                            return Chunks::Invalid;
                        }
                        self.at = At::Extension;
                        self.line = 0;
                    }
                },
                At::Extension => {
                    i += 1;
                    self.line += 1;
                    if self.line > MAX_LINE {
                        return Chunks::Invalid;
                    }
                    if b == b'\n' {
                        self.at = if self.size == 0 { At::Trailer } else { At::Data(self.size) };
                        (self.size, self.digits, self.line) = (0, 0, 0);
                    }
                }
                At::Data(left) => {
                    let here = (bytes.len() - i).min(usize::try_from(left).unwrap_or(usize::MAX));
                    if body.len() + here > most {
                        return Chunks::TooLarge;
                    }
                    body.extend_from_slice(&bytes[i..i + here]);
                    i += here;
                    let left = left - here as u64;
                    self.at = if left == 0 { At::DataEnd } else { At::Data(left) };
                }
                At::DataEnd => {
                    i += 1;
                    match b {
                        b'\r' if self.line == 0 => self.line = 1,
                        b'\n' => (self.at, self.line) = (At::Size, 0),
                        _ => return Chunks::Invalid,
                    }
                }
                At::Trailer => {
                    i += 1;
                    match b {
                        b'\n' if self.line == 0 => {
                            self.at = At::Done;
                            return Chunks::Done(i);
                        }
                        b'\n' => self.line = 0,
                        b'\r' => {}
                        _ if self.line > MAX_LINE => return Chunks::Invalid,
                        _ => self.line += 1,
                    }
                }
                At::Done => return Chunks::Done(i),
            }
        }
        Chunks::More
    }
}

#[cfg(test)]
mod tests {
    use super::{Chunked, Chunks};
    use proptest::prelude::*;

    fn read(wire: &[u8], piece: usize) -> (Chunks, Vec<u8>) {
        let (mut chunked, mut body) = (Chunked::default(), Vec::new());
        let mut before = 0;
        for piece in wire.chunks(piece.max(1)) {
            match chunked.feed(piece, &mut body, 1_000) {
                Chunks::More => before += piece.len(),
                Chunks::Done(used) => return (Chunks::Done(before + used), body),
                other => return (other, body),
            }
        }
        (Chunks::More, body)
    }

    #[test]
    fn extensions_and_trailers_mean_nothing_and_damage_is_told() {
        let whole = b"4;a=\"b\"\r\nWiki\r\n5 \r\npedia\r\n0\r\nX: y\r\n\r\nrest";
        assert_eq!(read(whole, 1_000), (Chunks::Done(whole.len() - 4), b"Wikipedia".to_vec()));
        for wire in [&b"x\r\n"[..], b"\r\n", b"4\r\nWikiX", b"1000000000000000\r\n", b"4x\r\n"] {
            assert_eq!(read(wire, 1_000).0, Chunks::Invalid, "{}", wire.escape_ascii());
        }
        assert_eq!(read(b"3E9\r\nabc", 1_000).0, Chunks::More);
        assert_eq!(read(format!("3E9\r\n{}", "a".repeat(1_001)).as_bytes(), 2_000).0, Chunks::TooLarge);
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8), piece in 1usize..20) {
            let mut wire = Vec::new();
            for part in &parts {
                wire.extend(format!("{:x}\r\n", part.len()).bytes());
                wire.extend(part);
                wire.extend(b"\r\n");
            }
            wire.extend(b"0\r\n\r\n");
            prop_assert_eq!(read(&wire, piece), (Chunks::Done(wire.len()), parts.concat()));
        }
    }
}
