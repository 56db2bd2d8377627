//! Texts that a regular expression matches, made from its structure.
//!
//! A pattern in the dialect of ECMA-262 is first written in that of the regex crate; look-around is dropped. Never claims that a text
//! really matches: the caller finds out.

use crate::base::seed::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern taken apart.
pub(super) struct Pattern {
    hir: Hir,
    is_open_at_end: bool,
}

/// Characters in one text, at most.
const LONGEST: usize = 20_000;

impl Pattern {
    /// `None` for what cannot be taken apart.
    pub(super) fn parse(pattern: &str) -> Option<Self> {
        let parse = |text: &str| regex_syntax::ParserBuilder::new().nest_limit(100).build().parse(text).ok();
        let hir = parse(&translated(pattern)).or_else(|| parse(pattern))?;
        let is_open_at_end = !hir.properties().look_set_suffix().contains(regex_syntax::hir::Look::End);
        Some(Self { hir, is_open_at_end })
    }

    /// A matching text of about so many characters: of exactly so many where that is easily found.
    pub(super) fn text(&self, length: usize, rng: &mut Rng) -> Option<String> {
        let least = shortest(&self.hir);
        let mut maker = Maker { extra: length.saturating_sub(least), rng, text: String::new(), count: 0 };
        maker.write(&self.hir)?;
        let mut text = maker.text;
        if self.is_open_at_end {
            let missing = length.saturating_sub(text.chars().count()).min(LONGEST);
            text.extend(std::iter::repeat_n('a', missing));
        }
        Some(text)
    }

    /// How many characters a matching text has at least.
    pub(super) fn shortest(&self) -> usize {
        shortest(&self.hir)
    }
}

/// Counted in characters; what is optional counts nothing.
fn shortest(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 0,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).map_or(literal.0.len(), |t| t.chars().count()),
        HirKind::Class(_) => 1,
        HirKind::Repetition(repetition) => shortest(&repetition.sub).saturating_mul(repetition.min as usize),
        HirKind::Capture(capture) => shortest(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(shortest).fold(0, usize::saturating_add),
        HirKind::Alternation(parts) => parts.iter().map(shortest).min().unwrap_or(0),
    }
}

struct Maker<'r> {
    /// Characters that may be spent beyond what is needed.
    extra: usize,
    rng: &'r mut Rng,
    text: String,
    count: usize,
}

impl Maker<'_> {
    fn write(&mut self, hir: &Hir) -> Option<()> {
        if self.count > LONGEST {
            return None;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok()?;
                self.count += text.chars().count();
                self.text.push_str(text);
            }
            HirKind::Class(class) => {
                let letter = self.letter(class)?;
                self.count += 1;
                self.text.push(letter);
            }
            HirKind::Repetition(repetition) => {
                let each = shortest(&repetition.sub).max(1);
                let room = (self.extra / each).min(LONGEST);
                let most = repetition.max.map_or(usize::MAX, |most| most as usize);
                let times = (repetition.min as usize).saturating_add(room).min(most);
                self.extra -= (times.saturating_sub(repetition.min as usize) * each).min(self.extra);
                for _ in 0..times {
                    self.write(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part))?,
            HirKind::Alternation(parts) => {
                // Those that fit into what is left; the shortest always does.
                let least = shortest(hir);
                let fitting: Vec<&Hir> = parts.iter().filter(|p| shortest(p) - least <= self.extra).collect();
                let chosen = *fitting.get(self.below(fitting.len()))?;
                self.extra -= shortest(chosen) - least;
                self.write(chosen)?;
            }
        }
        Some(())
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.rng.next_u64() % count.max(1) as u64).unwrap_or(0)
    }

    /// A letter that people can read where the class has one.
    fn letter(&mut self, class: &Class) -> Option<char> {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(class) => class.ranges().iter().map(|r| (r.start(), r.end())).collect(),
            Class::Bytes(class) => class.ranges().iter().map(|r| (char::from(r.start()), char::from(r.end()))).collect(),
        };
        for preferred in ['a'..='z', 'A'..='Z', '0'..='9', '!'..='~', ' '..=' '] {
            let inside: Vec<char> = preferred.filter(|c| ranges.iter().any(|(low, high)| (low..=high).contains(&c))).collect();
            if !inside.is_empty() {
                return inside.get(self.below(inside.len())).copied();
            }
        }
        ranges
            .iter()
            .flat_map(|(low, high)| (*low..=*high).take(64))
            .find(|c| !c.is_control())
            .or_else(|| ranges.first().map(|r| r.0))
    }
}

/// Writes an ECMA-262 pattern in the dialect of the regex crate, without look-around.
fn translated(pattern: &str) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let (mut i, mut in_class) = (0, false);
    while let Some(&letter) = letters.get(i) {
        let next = letters.get(i + 1).copied();
        match (letter, next) {
            ('\\', Some(c)) => {
                match c {
                    'd' if in_class => out.push_str("0-9"),
                    'd' => out.push_str("[0-9]"),
                    'w' if in_class => out.push_str("0-9A-Za-z_"),
                    'w' => out.push_str("[0-9A-Za-z_]"),
                    'Z' | 'z' | 'A' => out.push_str(if c == 'A' { "^" } else { "$" }),
                    '0' => out.push_str("\\x00"),
                    'c' if letters.get(i + 2).is_some_and(char::is_ascii_alphabetic) => {
                        let control = letters[i + 2] as u32 % 32;
                        out.push_str(&format!("\\x{control:02x}"));
                        i += 1;
                    }
                    c if c.is_alphanumeric() || c.is_ascii_punctuation() && c != '_' => out.extend(['\\', c]),
                    c => out.push(c),
                }
                i += 1;
            }
            ('[', _) if in_class => out.push_str("\\["),
            ('[', Some(']')) => {
                // An empty class, which nothing matches; written so that parsing goes on.
                out.push_str("[^\\x00-\\x{10FFFF}]");
                i += 1;
            }
            ('[', _) => {
                in_class = true;
                out.push('[');
            }
            (']', _) => {
                in_class = false;
                out.push(']');
            }
            ('&' | '~', Some(c)) if in_class && c == letter => out.extend(['\\', letter]),
            ('-', Some('-')) if in_class => out.push_str("\\-"),
            ('(', Some('?')) if !in_class && is_around(&letters[i..]) => {
                i = closing(&letters, i);
            }
            ('{', _) if !in_class && !is_count(&letters[i..]) => out.push_str("\\{"),
            ('}', _) if !in_class && !ends_count(&letters[..i]) => out.push_str("\\}"),
            _ => out.push(letter),
        }
        i += 1;
    }
    out
}

fn is_around(rest: &[char]) -> bool {
    matches!(rest, ['(', '?', '=' | '!', ..] | ['(', '?', '<', '=' | '!', ..])
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(letters: &[char], open: usize) -> usize {
    let (mut depth, mut in_class, mut i) = (0_usize, false, open);
    while let Some(letter) = letters.get(i) {
        match letter {
            '\\' => i += 1,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
        i += 1;
    }
    letters.len()
}

/// Whether a brace begins `{2}`, `{2,}`, `{2,3}` or belongs to `\p{..}`, `\u{..}`.
fn is_count(rest: &[char]) -> bool {
    let inner: String = rest[1..].iter().take_while(|c| **c != '}').collect();
    rest.len() > inner.chars().count() + 1
        && inner.starts_with(|c: char| c.is_ascii_digit())
        && inner.chars().all(|c| c.is_ascii_digit() || c == ',')
        && inner.matches(',').count() <= 1
}

fn ends_count(before: &[char]) -> bool {
    let Some(open) = before.iter().rposition(|c| *c == '{') else { return false };
    let inner = &before[open + 1..];
    let after_escape = open >= 2 && before[open - 2] == '\\' && matches!(before[open - 1], 'p' | 'P' | 'u' | 'x');
    after_escape || !inner.is_empty() && inner[0].is_ascii_digit() && inner.iter().all(|c| c.is_ascii_digit() || *c == ',')
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use crate::base::seed::Seed;
    use crate::schema::Inline;
    use serde_json::json;

    #[test]
    fn texts_match_the_patterns_they_are_made_from() {
        let mut rng = Seed(1).rng();
        for pattern in [
            r"^[A-Z]{3}-\d{4,6}$",
            r"^NOT\d{6}$",
            r"^[\p{L}0-9\._\-]+$",
            r"^(a|bc|def)*$",
            r"^(https://[^/?#@]+|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]+)?)(/[^?#]*)?$",
            r"x{2}",
            r"^\/a\/\w+$",
            r"^[[\]]+$",
            r"^(?!-)[a-z-]{4,}$",
            r"^\+?[1-9]\d{1,14}$",
            r"^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])$",
            r"^\S+@\S+$",
            r"^[^\s]{2,}$",
            r"^\u00e9\x41$",
            "",
        ] {
            let schema = Inline::new().compile(&json!({"pattern": pattern})).expect("a schema");
            let parsed = Pattern::parse(pattern).unwrap_or_else(|| panic!("{pattern}"));
            for length in [0, 1, 4, 9, 40] {
                let text = parsed.text(length, &mut rng).expect("a text");
                assert!(schema.is_valid(&json!(text)), "{pattern}: {text}");
            }
        }
    }

    #[test]
    fn lengths_are_met_where_repetitions_allow_it() {
        let mut rng = Seed(1).rng();
        let parsed = Pattern::parse("^[a-z]+(-[a-z]+)*$").expect("a pattern");
        assert_eq!(parsed.shortest(), 1);
        for length in [1, 2, 7, 30] {
            assert_eq!(parsed.text(length, &mut rng).expect("a text").len(), length);
        }
    }
}
