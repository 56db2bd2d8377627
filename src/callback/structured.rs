//! Structured field values (RFC 9651) as far as signatures and digests need them: dictionaries of items and inner lists.
//!
//! Reads strictly and writes the one canonical form. Display strings and byte ranges of bare lists are not read: nothing here
//! uses them.

use crate::callback::standard::BASE64;
use base64::Engine as _;
use std::fmt::Write as _;

/// A bare item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bare {
    /// A whole number, or the seconds of a date.
    Integer(i64),
    /// A decimal number, in thousandths.
    Decimal(i64),
    /// A quoted string.
    String(String),
    /// A token.
    Token(String),
    /// Bytes between colons.
    Bytes(Vec<u8>),
    /// `?0` or `?1`.
    Boolean(bool),
    /// A date, in seconds since 1970.
    Date(i64),
}

/// Parameters in the order they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(pub Vec<(String, Bare)>);

impl Parameters {
    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bare> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// The value of a parameter that is a string.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Bare::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of a parameter that is a whole number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Bare::Integer(number)) => Some(*number),
            _ => None,
        }
    }
}

/// An item with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The value.
    pub bare: Bare,
    /// Its parameters.
    pub parameters: Parameters,
}

/// An inner list with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InnerList {
    /// The items.
    pub items: Vec<Item>,
    /// The parameters of the whole.
    pub parameters: Parameters,
}

/// A member of a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// One item.
    Item(Item),
    /// A list of items.
    List(InnerList),
}

/// Members in the order they were written; a later one of the same name takes the place of the earlier.
pub type Dictionary = Vec<(String, Member)>;

/// Reads the lines of one field as a dictionary.
///
/// # Errors
/// A lower-case fragment that says where reading stopped.
pub fn dictionary<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Dictionary, String> {
    let text = lines.into_iter().collect::<Vec<_>>().join(", ");
    let mut reader = Reader { rest: text.trim_matches(' '), whole: text.trim_matches(' ').len() };
    let mut members: Dictionary = Vec::new();
    while !reader.rest.is_empty() {
        let name = reader.key()?;
        let member = if reader.take('=') {
            if reader.rest.starts_with('(') { Member::List(reader.list()?) } else { Member::Item(reader.item()?) }
        } else {
            Member::Item(Item { bare: Bare::Boolean(true), parameters: reader.parameters()? })
        };
        match members.iter_mut().find(|(n, _)| *n == name) {
            Some((_, value)) => *value = member,
            None => members.push((name, member)),
        }
        reader.white();
        if reader.rest.is_empty() {
            break;
        }
        if !reader.take(',') {
            return Err(reader.stuck("a comma"));
        }
        reader.white();
        if reader.rest.is_empty() {
            return Err("ends with a comma".to_owned());
        }
    }
    Ok(members)
}

/// Reads a component identifier, such as `"@query-param";name="id"`.
///
/// # Errors
/// A lower-case fragment that says where reading stopped.
pub fn item(text: &str) -> Result<Item, String> {
    let mut reader = Reader { rest: text, whole: text.len() };
    let item = reader.item()?;
    if reader.rest.is_empty() { Ok(item) } else { Err(reader.stuck("the end")) }
}

struct Reader<'a> {
    rest: &'a str,
    whole: usize,
}

impl Reader<'_> {
    fn stuck(&self, expected: &str) -> String {
        format!("{expected} is expected at character {}", self.whole - self.rest.len() + 1)
    }

    fn take(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn white(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn while_is(&mut self, is: impl Fn(char) -> bool) -> &str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn key(&mut self) -> Result<String, String> {
        if !self.rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '*') {
            return Err(self.stuck("a key"));
        }
        Ok(self.while_is(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.*".contains(c)).to_owned())
    }

    fn list(&mut self) -> Result<InnerList, String> {
        let mut items = Vec::new();
        self.take('(');
        loop {
            self.rest = self.rest.trim_start_matches(' ');
            if self.take(')') {
                return Ok(InnerList { items, parameters: self.parameters()? });
            }
            items.push(self.item()?);
            if !self.rest.starts_with([' ', ')']) {
                return Err(self.stuck("a space or `)`"));
            }
        }
    }

    fn item(&mut self) -> Result<Item, String> {
        Ok(Item { bare: self.bare()?, parameters: self.parameters()? })
    }

    fn parameters(&mut self) -> Result<Parameters, String> {
        let mut found: Vec<(String, Bare)> = Vec::new();
        while self.take(';') {
            self.rest = self.rest.trim_start_matches(' ');
            let name = self.key()?;
            let value = if self.take('=') { self.bare()? } else { Bare::Boolean(true) };
            match found.iter_mut().find(|(n, _)| *n == name) {
                Some((_, known)) => *known = value,
                None => found.push((name, value)),
            }
        }
        Ok(Parameters(found))
    }

    fn bare(&mut self) -> Result<Bare, String> {
        match self.rest.chars().next() {
            Some('"') => self.string(),
            Some(':') => self.bytes(),
            Some('?') => self.boolean(),
            Some('@') => {
                self.take('@');
                match self.number()? {
                    Bare::Integer(seconds) => Ok(Bare::Date(seconds)),
                    _ => Err(self.stuck("whole seconds before this")),
                }
            }
            Some(c) if c == '-' || c.is_ascii_digit() => self.number(),
            Some(c) if c == '*' || c.is_ascii_alphabetic() => {
                Ok(Bare::Token(self.while_is(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c)).to_owned()))
            }
            _ => Err(self.stuck("a value")),
        }
    }

    fn string(&mut self) -> Result<Bare, String> {
        self.take('"');
        let mut text = String::new();
        loop {
            let Some(c) = self.rest.chars().next() else { return Err(self.stuck("the end of a string")) };
            if !(' '..='~').contains(&c) {
                return Err(self.stuck("printable ASCII"));
            }
            self.rest = &self.rest[1..];
            match c {
                '"' => return Ok(Bare::String(text)),
                '\\' => match self.rest.chars().next() {
                    Some(escaped @ ('"' | '\\')) => {
                        text.push(escaped);
                        self.rest = &self.rest[1..];
                    }
                    _ => return Err(self.stuck("an escaped quote or backslash")),
                },
                c => text.push(c),
            }
        }
    }

    fn bytes(&mut self) -> Result<Bare, String> {
        self.take(':');
        let encoded = self.while_is(|c| c != ':').to_owned();
        if !self.take(':') {
            return Err(self.stuck("`:`"));
        }
        BASE64.decode(encoded).map(Bare::Bytes).map_err(|_| self.stuck("base64 before this"))
    }

    fn boolean(&mut self) -> Result<Bare, String> {
        self.take('?');
        match (self.take('1'), self.take('0')) {
            (true, false) => Ok(Bare::Boolean(true)),
            (false, true) => Ok(Bare::Boolean(false)),
            _ => Err(self.stuck("`0` or `1`")),
        }
    }

    fn number(&mut self) -> Result<Bare, String> {
        let sign = if self.take('-') { -1 } else { 1 };
        let whole = self.while_is(|c| c.is_ascii_digit()).to_owned();
        let parse = |text: &str| text.parse::<i64>().ok();
        let too_long = |reader: &Self| Err(reader.stuck("a shorter number before this"));
        if !self.take('.') {
            return match parse(&whole) {
                Some(number) if whole.len() <= 15 => Ok(Bare::Integer(sign * number)),
                _ => too_long(self),
            };
        }
        let fraction = self.while_is(|c| c.is_ascii_digit()).to_owned();
        match (parse(&whole), parse(&format!("{fraction:0<3}"))) {
            (Some(number), Some(thousandths)) if whole.len() <= 12 && (1..=3).contains(&fraction.len()) => {
                Ok(Bare::Decimal(sign * (number * 1000 + thousandths)))
            }
            _ => too_long(self),
        }
    }
}

impl Bare {
    /// The canonical form.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Decimal(thousandths) => {
                let sign = if *thousandths < 0 { "-" } else { "" };
                let (whole, rest) = (thousandths.abs() / 1000, thousandths.abs() % 1000);
                let fraction = format!("{rest:03}");
                let fraction = fraction.trim_end_matches('0');
                format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
            }
            Self::String(text) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Token(text) => text.clone(),
            Self::Bytes(bytes) => format!(":{}:", BASE64.encode(bytes)),
            Self::Boolean(yes) => format!("?{}", u8::from(*yes)),
            Self::Date(seconds) => format!("@{seconds}"),
        }
    }
}

impl Parameters {
    /// The canonical form; empty where there are none.
    #[must_use]
    pub fn written(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            let _ = match value {
                Bare::Boolean(true) => write!(out, ";{name}"),
                value => write!(out, ";{name}={}", value.written()),
            };
        }
        out
    }
}

impl Item {
    /// The canonical form.
    #[must_use]
    pub fn written(&self) -> String {
        format!("{}{}", self.bare.written(), self.parameters.written())
    }
}

impl InnerList {
    /// The canonical form.
    #[must_use]
    pub fn written(&self) -> String {
        let items: Vec<_> = self.items.iter().map(Item::written).collect();
        format!("({}){}", items.join(" "), self.parameters.written())
    }
}

impl Member {
    /// The canonical form.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::Item(item) => item.written(),
            Self::List(list) => list.written(),
        }
    }
}

/// The canonical form of a dictionary.
#[must_use]
pub fn written(dictionary: &[(String, Member)]) -> String {
    let members = dictionary.iter().map(|(name, member)| match member {
        Member::Item(Item { bare: Bare::Boolean(true), parameters }) => format!("{name}{}", parameters.written()),
        member => format!("{name}={}", member.written()),
    });
    members.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{dictionary, item, written};
    use proptest::prelude::*;

    fn again(lines: &[&str]) -> Result<String, String> {
        dictionary(lines.iter().copied()).map(|d| written(&d))
    }

    /// Examples of RFC 9651 section 3.2, and what section 4.2 says of each part.
    #[test]
    fn dictionaries_are_read_and_written_in_one_form() {
        for (lines, shown) in [
            (&["en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:"][..], "en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:"),
            (&["a=?0, b, c; foo=bar"], "a=?0, b, c;foo=bar"),
            (&["a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid"], "a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid"),
            (&["rating=1.5, feelings=(joy sadness)"], "rating=1.5, feelings=(joy sadness)"),
            (&["foo=1", "bar=2"], "foo=1, bar=2"),
            (&["a=1,  b=2;x=1;y=2,\ta=3"], "a=3, b=2;x=1;y=2"),
            (&["a=1.50, b=-0.25, c=2.0, d=@1659578233"], "a=1.5, b=-0.25, c=2.0, d=@1659578233"),
            (&["a=( \"x\\\"\\\\\"   b );q"], "a=(\"x\\\"\\\\\" b);q"),
            (&["a=:YWI:"], "a=:YWI=:"),
            (&[""], ""),
        ] {
            assert_eq!(again(lines).as_deref(), Ok(shown), "{lines:?}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for bad in [
            "A=1",
            "a=1,",
            "a=1 b=2",
            "a=(1",
            "a=(1,2)",
            "a=\"x",
            "a=\"é\"",
            "a=\"\\n\"",
            "a=:%%:",
            "a=:YQ",
            "a=?2",
            "a=1.",
            "a=1.2345",
            "a=1234567890123456",
            "a=--1",
            "a=@1.5",
            "=1",
            "a=1;B=2",
            "a=",
            "a=:YR==:",
        ] {
            assert!(again(&[bad]).is_err(), "{bad}");
        }
        assert!(item("\"a\" b").is_err());
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic_and_what_is_read_is_stable(text in "[ -~\t]{0,60}|[a-c=(); \",:?@0-9.\\\\-]{0,40}|\\PC{0,20}") {
            if let Ok(once) = again(&[&text]) {
                let twice = again(&[&once]);
                prop_assert_eq!(twice, Ok(once));
            }
        }
    }
}
