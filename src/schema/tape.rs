//! JSON read in one pass into a flat list, so that it can be validated without being built.
//!
//! One entry for each name and each value, with its place in the text; nothing is allocated once the list is warm. Reads only:
//! accepts nothing that `serde_json` refuses, and gives up where it is not sure. Judges nothing.

mod node;
mod number;
mod object;
mod reader;
mod scan;
#[cfg(test)]
mod tests;

pub(in crate::schema) use node::Taped;

use node::Node;
use reader::Reader;

/// Room to read answers in; one for each worker, used again and again.
#[derive(Debug, Default)]
pub struct Tape {
    entries: Vec<Entry>,
    /// The texts that are written with escapes, as they are meant.
    unescaped: String,
    /// The names of one wide object, while repeated ones are looked for.
    names: Vec<u32>,
}

/// What is longer is left to whoever builds values, so that a tape stays small whatever is sent.
const LONGEST: usize = 4 << 20;

/// What holds more names and values is left as well.
const MOST_ENTRIES: usize = 1 << 18;

/// A name or a value.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: Kind,
    /// The text has no letter beyond ASCII.
    ascii: bool,
    /// Where the text of a name, a text or a number begins.
    start: u32,
    /// The length of that text, or how many members or items there are.
    length: u32,
    /// Of a value, the entry behind it and all that it holds; of a name, its tag.
    next: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    False,
    True,
    /// A number that an integer of 64 bits holds.
    Integer,
    /// Every other number.
    Float,
    /// A text as written.
    Text,
    /// A text whose escapes were resolved.
    Unescaped,
    Array,
    Object,
}

/// A text that was read.
#[derive(Clone, Copy, Debug)]
pub(in crate::schema) struct Document<'a> {
    entries: &'a [Entry],
    text: &'a str,
    unescaped: &'a str,
}

impl Tape {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads JSON; `None` for what is not JSON, and for what is left to others: names that come twice in an object, and what
    /// is unusually large.
    pub(in crate::schema) fn read<'a>(&'a mut self, bytes: &'a [u8]) -> Option<Document<'a>> {
        if bytes.len() > LONGEST {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        self.entries.clear();
        self.unescaped.clear();
        Reader::new(text, self).document()?;
        Some(Document { entries: &self.entries, text, unescaped: &self.unescaped })
    }
}

impl<'a> Document<'a> {
    fn root(&'a self) -> Node<'a> {
        Node::new(self, 0)
    }

    /// The text of an entry that has one.
    fn text_of(&self, entry: Entry) -> &'a str {
        let all = if entry.kind == Kind::Unescaped { self.unescaped } else { self.text };
        // Every entry was made for this text, with places between letters.
        &all[entry.start as usize..entry.start as usize + entry.length as usize]
    }
}

/// A number that two different names rarely have in common.
fn tag(name: &[u8]) -> u32 {
    let (first, last) = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
            _ => (name.iter().fold(1, |all, byte| all << 8 | u64::from(*byte)), 0),
        },
    };
    // An odd constant with many bits set: the upper half of the product depends on every byte that is looked at.
    let mixed = first ^ last.rotate_left(29) ^ (name.len() as u64) << 56;
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
}
