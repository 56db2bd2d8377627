//! What was judged before: heads and bodies, recognised by their bytes.
//!
//! Bounded, and exact: two bodies are the same when every byte is. Judges nothing.

use crate::engine::Judged;
use crate::net::lean::header_fields;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Heads that are told apart, of one step and status.
const MOST_HEADS: usize = 64;
/// Bodies that are remembered, of one step and status.
const MOST_BODIES: usize = 1_024;
/// Bytes of them.
const MOST_BYTES: usize = 1 << 20;
/// A longer body is not remembered.
const LONGEST: usize = 64 * 1024;
/// After so many bodies that were new, only one in [`LOOK_AGAIN`] is looked for and remembered.
const TIRED: u32 = 512;
const LOOK_AGAIN: u32 = 64;

/// A head by what is read of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct HeadId(pub(super) u32);

/// The heads that were seen, by the fields that a judgement reads.
#[derive(Debug, Default)]
pub(super) struct Heads {
    /// The head seen last, as it came: a server repeats itself until its date changes.
    last: Option<(Vec<u8>, HeadId)>,
    known: Vec<Vec<(String, String)>>,
}

impl Heads {
    /// The head's number; `None` when too many differ.
    pub(super) fn find(&mut self, head: &[u8], fields: &[(String, String)], read: &BTreeSet<String>) -> Option<HeadId> {
        if let Some((bytes, id)) = &self.last
            && !head.is_empty()
            && bytes == head
        {
            return Some(*id);
        }
        let parsed;
        let fields = if head.is_empty() {
            fields
        } else {
            parsed = header_fields(head);
            &parsed
        };
        let wanted = |name: &str| read.contains(&name.to_ascii_lowercase());
        let key: Vec<(String, String)> =
            fields.iter().filter(|(n, _)| wanted(n)).map(|(n, v)| (n.to_ascii_lowercase(), v.clone())).collect();
        let index = match self.known.iter().position(|k| *k == key) {
            Some(index) => index,
            None if self.known.len() < MOST_HEADS => {
                self.known.push(key);
                self.known.len() - 1
            }
            None => return None,
        };
        let id = HeadId(u32::try_from(index).ok()?);
        let last = self.last.get_or_insert_with(|| (Vec::new(), id));
        last.0.clear();
        last.0.extend_from_slice(head);
        last.1 = id;
        Some(id)
    }

    /// The value of a field of a known head.
    pub(super) fn field(&self, id: HeadId, name: &str) -> Option<&str> {
        self.known.get(id.0 as usize)?.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A body that was judged.
#[derive(Debug)]
struct Known {
    head: HeadId,
    body: Box<[u8]>,
    judged: Judged,
}

/// The bodies that were judged.
#[derive(Debug, Default)]
pub(super) struct Bodies {
    known: Vec<Known>,
    by_hash: HashMap<u64, u32, BuildHasherDefault<AsIs>>,
    bytes: usize,
    last: usize,
    misses: u32,
}

impl Bodies {
    /// How a body under this head was judged before.
    pub(super) fn find(&mut self, head: HeadId, body: &[u8]) -> Option<Judged> {
        if let Some(known) = self.known.get(self.last)
            && known.head == head
            && *known.body == *body
        {
            self.misses = 0;
            return Some(known.judged);
        }
        if !self.looks() || body.len() > LONGEST {
            return None;
        }
        let index = *self.by_hash.get(&hash(head, body))? as usize;
        // The hash only says where to look.
        let known = self.known.get(index).filter(|k| k.head == head && *k.body == *body)?;
        self.last = index;
        self.misses = 0;
        Some(known.judged)
    }

    /// Remembers how a body was judged, where there is room.
    pub(super) fn keep(&mut self, head: HeadId, body: &[u8], judged: Judged) {
        let looked = self.looks();
        self.misses = self.misses.saturating_add(1);
        if !looked || body.len() > LONGEST {
            return;
        }
        if self.known.len() >= MOST_BODIES || self.bytes + body.len() > MOST_BYTES {
            // What is remembered was of no use for a while: begin anew.
            self.known.clear();
            self.by_hash.clear();
            (self.bytes, self.last) = (0, 0);
        }
        let Ok(index) = u32::try_from(self.known.len()) else { return };
        self.bytes += body.len();
        self.by_hash.insert(hash(head, body), index);
        self.last = self.known.len();
        self.known.push(Known { head, body: body.into(), judged });
    }

    /// False where bodies do not repeat, but for a few that are tried.
    fn looks(&self) -> bool {
        self.misses < TIRED || self.misses.is_multiple_of(LOOK_AGAIN)
    }
}

/// A fast hash that nothing is trusted to.
fn hash(head: HeadId, body: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |state: u64, word: u64| {
        let wide = u128::from(state ^ word) * u128::from(MIX);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
        let folded = (wide as u64) ^ ((wide >> 64) as u64);
        folded
    };
    let mut state = u64::from(head.0) ^ (body.len() as u64).rotate_left(32) ^ MIX;
    let (words, rest) = body.as_chunks::<8>();
    for word in words {
        state = step(state, u64::from_le_bytes(*word));
    }
    let mut tail = [0; 8];
    tail[..rest.len()].copy_from_slice(rest);
    step(state, u64::from_le_bytes(tail))
}

/// Takes a hash as it is.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |h, b| h.rotate_left(8) ^ u64::from(*b));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::{Bodies, HeadId, Heads, LOOK_AGAIN, MOST_BODIES, TIRED};
    use crate::engine::Judged;
    use proptest::prelude::*;

    #[test]
    fn a_body_is_known_by_every_byte_and_under_its_head_only() {
        let mut bodies = Bodies::default();
        bodies.keep(HeadId(0), b"one", Judged::Right);
        bodies.keep(HeadId(0), b"two", Judged::Wrong);
        assert_eq!(bodies.find(HeadId(0), b"one"), Some(Judged::Right));
        assert_eq!(bodies.find(HeadId(0), b"two"), Some(Judged::Wrong));
        assert_eq!(bodies.find(HeadId(1), b"one"), None);
        assert_eq!(bodies.find(HeadId(0), b"onf"), None);
    }

    #[test]
    fn bodies_that_never_repeat_are_no_longer_looked_for_and_take_no_more_room() {
        let mut bodies = Bodies::default();
        for n in 0..20_000_u32 {
            let body = n.to_le_bytes();
            assert_eq!(bodies.find(HeadId(0), &body), None);
            bodies.keep(HeadId(0), &body, Judged::Right);
            assert!(bodies.known.len() <= MOST_BODIES);
        }
        // When they begin to repeat that is found out.
        let found = (0..TIRED + 2 * LOOK_AGAIN).any(|_| {
            let found = bodies.find(HeadId(0), b"again");
            if found.is_none() {
                bodies.keep(HeadId(0), b"again", Judged::Right);
            }
            found == Some(Judged::Right)
        });
        assert!(found);
    }

    #[test]
    fn heads_differ_in_what_is_read_alone() {
        let mut heads = Heads::default();
        let read = ["content-type".to_owned()].into();
        let head =
            |date: &str, media: &str| format!("HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Type: {media}\r\n\r\n").into_bytes();
        let first = heads.find(&head("a", "text/plain"), &[], &read);
        assert_eq!(heads.find(&head("b", "text/plain"), &[], &read), first);
        assert_ne!(heads.find(&head("b", "application/json"), &[], &read), first);
        assert_eq!(first.and_then(|f| heads.field(f, "content-type")), Some("text/plain"));
        for n in 0..100 {
            heads.find(&head("a", &n.to_string()), &[], &read);
        }
        assert_eq!(heads.find(&head("a", "one too many"), &[], &read), None);
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_was_kept(all in prop::collection::vec((0u32..3, prop::collection::vec(0u8..3, 0..4), any::<bool>()), 0..200)) {
            let mut bodies = Bodies::default();
            let mut truth = std::collections::HashMap::new();
            for (head, body, right) in all {
                let head = HeadId(head);
                if let Some(found) = bodies.find(head, &body) {
                    prop_assert_eq!(Some(&found), truth.get(&(head, body)));
                } else {
                    let judged = if right { Judged::Right } else { Judged::Wrong };
                    bodies.keep(head, &body, judged);
                    truth.insert((head, body), judged);
                }
            }
        }
    }
}
