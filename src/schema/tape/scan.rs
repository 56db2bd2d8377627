//! Finds where a plain stretch of text ends, eight bytes at a time.
//!
//! Looks at bytes alone; knows nothing of what they are part of.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
const QUOTES: u64 = u64::from_le_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_le_bytes([b'\\'; 8]);
const SPACES: u64 = u64::from_le_bytes([b' '; 8]);

/// Where the first quote, backslash or control character stands at or after `at`, and whether all before it is ASCII.
pub(super) fn plain(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut seen = 0;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let ends = ends(word);
        if ends != 0 {
            // The lowest bit of each byte's eight, so that the shift keeps what lies before.
            let before = (1_u64 << (ends.trailing_zeros() & !7)) - 1;
            seen |= word & before;
            return (at + ends.trailing_zeros() as usize / 8, seen & HIGH == 0);
        }
        seen |= word;
        at += 8;
    }
    let mut ascii = seen & HIGH == 0;
    while let Some(byte) = bytes.get(at).filter(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')) {
        ascii &= byte.is_ascii();
        at += 1;
    }
    (at, ascii)
}

/// The high bit of the first byte that ends a plain stretch, and perhaps of some behind it.
fn ends(word: u64) -> u64 {
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    (zero(word ^ QUOTES) | zero(word ^ BACKSLASHES) | word.wrapping_sub(SPACES) & !word) & HIGH
}

#[cfg(test)]
mod tests {
    use super::plain;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_end_is_that_of_a_walk_by_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..40), at in 0_usize..8) {
            let rest = bytes.get(at..).unwrap_or_default();
            let length = rest.iter().position(|b| matches!(b, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len());
            let (end, ascii) = plain(&bytes, at);
            prop_assert_eq!((end, ascii), (at + length, rest[..length].is_ascii()));
        }

        #[test]
        fn long_plain_texts_end_where_they_end(text in "[a-zé]{0,40}[\"\\\\\n]?[a-z\"]{0,20}") {
            let length = text.bytes().position(|b| matches!(b, b'"' | b'\\' | ..b' ')).unwrap_or(text.len());
            prop_assert_eq!(plain(text.as_bytes(), 0), (length, text.as_bytes()[..length].is_ascii()));
        }
    }
}
