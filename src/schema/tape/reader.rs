//! The grammar of RFC 8259, into a tape.
//!
//! Strict: what it accepts, `serde_json` reads as the same value. Gives up without saying why, because whoever wants to know
//! reads the text again. Builds no value.

use super::scan::plain;
use super::{Entry, Kind, MOST_ENTRIES, Tape, tag};

/// The depth up to which `serde_json` goes.
const DEEPEST: u8 = 127;

/// Objects with at most so many members are compared name by name; the names of wider ones are sorted.
const FEW: u32 = 32;

pub(super) struct Reader<'r> {
    text: &'r str,
    bytes: &'r [u8],
    at: usize,
    tape: &'r mut Tape,
}

impl<'r> Reader<'r> {
    pub(super) fn new(text: &'r str, tape: &'r mut Tape) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, tape }
    }

    pub(super) fn document(&mut self) -> Option<()> {
        self.skip_space();
        self.value(DEEPEST)?;
        self.skip_space();
        (self.at == self.bytes.len()).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The byte before which there may be space.
    fn after_space(&mut self) -> Option<u8> {
        self.skip_space();
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// Adds the entry of a value that holds no other.
    #[inline]
    fn push(&mut self, kind: Kind, ascii: bool, start: usize, length: usize) {
        let next = narrow(self.tape.entries.len() + 1);
        self.tape.entries.push(Entry { kind, ascii, start: narrow(start), length: narrow(length), next });
    }

    fn value(&mut self, depth: u8) -> Option<()> {
        match self.peek()? {
            b'"' => self.string(),
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word(b"true", Kind::True),
            b'f' => self.word(b"false", Kind::False),
            b'n' => self.word(b"null", Kind::Null),
            _ => None,
        }
    }

    fn word(&mut self, word: &[u8], kind: Kind) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(word).then_some(())?;
        self.push(kind, true, self.at, word.len());
        self.at += word.len();
        Some(())
    }

    fn open(&mut self, kind: Kind, depth: u8) -> Option<usize> {
        if depth == 0 || self.tape.entries.len() > MOST_ENTRIES {
            return None;
        }
        self.push(kind, true, self.at, 0);
        self.at += 1;
        self.skip_space();
        Some(self.tape.entries.len() - 1)
    }

    fn close(&mut self, own: usize, length: u32) {
        let next = narrow(self.tape.entries.len());
        let entry = &mut self.tape.entries[own];
        (entry.length, entry.next) = (length, next);
    }

    fn array(&mut self, depth: u8) -> Option<()> {
        let own = self.open(Kind::Array, depth)?;
        let mut length = 0;
        if !self.take(b']') {
            loop {
                self.value(depth - 1)?;
                length += 1;
                match self.after_space()? {
                    b',' => self.skip_space(),
                    b']' => break,
                    _ => return None,
                }
                if self.tape.entries.len() > MOST_ENTRIES {
                    return None;
                }
            }
        }
        self.close(own, length);
        Some(())
    }

    fn object(&mut self, depth: u8) -> Option<()> {
        let own = self.open(Kind::Object, depth)?;
        let mut length = 0;
        let mut names = Names::default();
        if !self.take(b'}') {
            loop {
                names.add(self.name()?);
                if self.after_space()? != b':' {
                    return None;
                }
                self.skip_space();
                self.value(depth - 1)?;
                length += 1;
                match self.after_space()? {
                    b',' => self.skip_space(),
                    b'}' => break,
                    _ => return None,
                }
                if self.tape.entries.len() > MOST_ENTRIES {
                    return None;
                }
            }
        }
        if names.may_repeat && self.repeats(own, length) {
            return None;
        }
        self.close(own, length);
        Some(())
    }

    /// Reads the name of a member and gives its tag.
    fn name(&mut self) -> Option<u32> {
        if self.peek()? != b'"' {
            return None;
        }
        self.string()?;
        let entry = self.tape.entries.last_mut()?;
        let (start, end) = (entry.start as usize, (entry.start + entry.length) as usize);
        let bytes = if entry.kind == Kind::Unescaped { self.tape.unescaped.as_bytes() } else { self.bytes };
        entry.next = tag(bytes.get(start..end)?);
        Some(entry.next)
    }

    /// Whether two of the members that were read since the entry `own` have the same name.
    fn repeats(&mut self, own: usize, length: u32) -> bool {
        let mut names = std::mem::take(&mut self.tape.names);
        names.clear();
        let mut at = own + 1;
        for _ in 0..length {
            names.push(narrow(at));
            at = self.tape.entries[at + 1].next as usize;
        }
        let key = |at: &u32| {
            let entry = self.tape.entries[*at as usize];
            (entry.next, self.tape.text_of(entry, self.text))
        };
        let repeats = if length <= FEW {
            names.iter().enumerate().any(|(i, name)| names[..i].iter().any(|other| key(name) == key(other)))
        } else {
            names.sort_unstable_by_key(key);
            names.windows(2).any(|pair| key(&pair[0]) == key(&pair[1]))
        };
        self.tape.names = names;
        repeats
    }

    fn number(&mut self) -> Option<()> {
        let start = self.at;
        let negative = self.take(b'-');
        let mut kind = Kind::Integer;
        let mut is_wide = false;
        if !self.take(b'0') {
            let whole = self.digits()?;
            is_wide = whole > 18;
        } else if negative {
            // `-0` is a zero that integers do not have.
            kind = Kind::Float;
        }
        if self.take(b'.') {
            kind = Kind::Float;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            kind = Kind::Float;
            is_wide = true;
            let _sign = self.take(b'-') || self.take(b'+');
            self.digits()?;
        }
        if is_wide || self.at - start > 300 {
            let text = &self.text[start..self.at];
            if kind == Kind::Integer && text.parse::<u64>().is_err() && text.parse::<i64>().is_err() {
                kind = Kind::Float;
            }
            text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        }
        self.push(kind, true, start, self.at - start);
        Some(())
    }

    /// One digit or more, and how many.
    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(self.at - start)
    }

    /// A text from its opening quote.
    #[inline]
    fn string(&mut self) -> Option<()> {
        let start = self.at + 1;
        let (end, ascii) = plain(self.bytes, start);
        match self.bytes.get(end)? {
            b'"' => {
                self.push(Kind::Text, ascii, start, end - start);
                self.at = end + 1;
                Some(())
            }
            b'\\' => self.escaped(start, end),
            _ => None,
        }
    }

    /// A text whose first backslash stands at `end`.
    fn escaped(&mut self, start: usize, mut end: usize) -> Option<()> {
        let from = self.tape.unescaped.len();
        self.at = start;
        loop {
            self.tape.unescaped.push_str(self.text.get(self.at..end)?);
            self.at = end + 1;
            match self.bytes.get(end)? {
                b'"' => break,
                b'\\' => {
                    let letter = self.escape()?;
                    self.tape.unescaped.push(letter);
                }
                _ => return None,
            }
            end = plain(self.bytes, self.at).0;
        }
        let ascii = self.tape.unescaped[from..].is_ascii();
        self.push(Kind::Unescaped, ascii, from, self.tape.unescaped.len() - from);
        Some(())
    }

    /// The letter that the escape behind a backslash stands for.
    fn escape(&mut self) -> Option<char> {
        let kind = self.peek()?;
        self.at += 1;
        Some(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let low = match unit {
                    0xD800..0xDC00 => Some((self.take(b'\\') && self.take(b'u')).then(|| self.unit())??),
                    _ => None,
                };
                char::decode_utf16([Some(unit), low].into_iter().flatten()).next()?.ok()?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u16> {
        let digits = self.bytes.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?))
    }
}

impl Tape {
    fn text_of<'t>(&'t self, entry: Entry, text: &'t str) -> &'t str {
        super::Document { entries: &self.entries, text, unescaped: &self.unescaped }.text_of(entry)
    }
}

/// Whether names may come twice, told from the upper bits of each tag: rarely wrong, and never where they do.
#[derive(Default)]
struct Names {
    one: u64,
    other: u64,
    may_repeat: bool,
}

impl Names {
    fn add(&mut self, tag: u32) {
        let (one, other) = (1 << (tag >> 26), 1 << (tag >> 20 & 63));
        self.may_repeat |= self.one & one != 0 && self.other & other != 0;
        self.one |= one;
        self.other |= other;
    }
}

/// No place in what is read lies beyond 32 bits: the length of the text is bounded.
fn narrow(place: usize) -> u32 {
    place as u32
}
