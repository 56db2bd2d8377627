//! The pieces of a message.
//!
//! Finds what is code in a message and where two values part. Never changes a character.

/// Characters that two values have in common before only their difference is marked.
const ALIKE: usize = 16;

/// How a piece is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Code,
    Marked,
}

/// A piece of a message.
pub(super) struct Piece<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
}

/// The pieces of a message: what stands between backticks is code.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let parts: Vec<&str> = text.split('`').collect();
    // A backtick without its partner is only a character.
    if parts.len().is_multiple_of(2) {
        return vec![Piece { text, kind: Kind::Plain }];
    }
    parts
        .into_iter()
        .enumerate()
        .map(|(i, text)| Piece { text, kind: if i % 2 == 1 { Kind::Code } else { Kind::Plain } })
        .filter(|p| p.kind == Kind::Code || !p.text.is_empty())
        .collect()
}

/// The pieces of `text`, marked where it parts from `other`, when the two are alike for the rest.
pub(super) fn beside<'a>(text: &'a str, other: &str) -> Vec<Piece<'a>> {
    let same = |(a, b): &(char, char)| a == b;
    let width = |(a, _): (char, char)| a.len_utf8();
    let before: usize = text.chars().zip(other.chars()).take_while(same).map(width).sum();
    let ends = text[before..].chars().rev().zip(other[before..].chars().rev());
    let after: usize = ends.take_while(same).map(width).sum();
    let alike = before + after;
    if text == other || alike < ALIKE || alike < text.len().min(other.len()) / 2 {
        return pieces(text);
    }
    let end = text.len() - after;
    [(&text[..before], Kind::Plain), (&text[before..end], Kind::Marked), (&text[end..], Kind::Plain)]
        .into_iter()
        .map(|(text, kind)| Piece { text, kind })
        .filter(|p| !p.text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Kind::{Code, Marked, Plain};
    use super::{Kind, Piece, beside, pieces};

    fn shown(pieces: Vec<Piece<'_>>) -> Vec<(&str, Kind)> {
        pieces.into_iter().map(|p| (p.text, p.kind)).collect()
    }

    #[test]
    fn backticks_quote_code_only_in_pairs() {
        assert_eq!(shown(pieces("a `b` c")), [("a ", Plain), ("b", Code), (" c", Plain)]);
        assert_eq!(shown(pieces("a ` b")), [("a ` b", Plain)]);
    }

    #[test]
    fn values_that_are_alike_are_marked_where_they_part() {
        let (a, b) = ("{\"event\":\"ACTIVATED\",\"at\":\"é1\"}", "{\"event\":\"ACTIVATED\",\"at\":\"è1\"}");
        assert_eq!(shown(beside(a, b)), [("{\"event\":\"ACTIVATED\",\"at\":\"", Plain), ("é", Marked), ("1\"}", Plain)]);
        assert_eq!(shown(beside("`A_B`", "`A_C`")), [("A_B", Code)]);
        let longer = format!("{a}{a}");
        assert_eq!(shown(beside(a, &longer)), [(a, Plain)]);
        assert_eq!(shown(beside(&longer, a)).iter().filter(|(_, k)| *k == Marked).count(), 1);
    }
}
