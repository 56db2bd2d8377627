//! Reads JSON text into the tree.
//!
//! Strict JSON (RFC 8259) with a place for every node, under the caller's budget; knows nothing of YAML.

use super::seen::Seen;
use super::{Budget, Data, Key, Node};
use crate::base::diagnostic::{Diagnostic, Diagnostics};
use crate::base::source::{Place, Source, Span};
use serde_json::Number;
use std::sync::Arc;

pub(super) fn parse(source: &Arc<Source>, budget: Budget) -> Result<Node, Diagnostics> {
    let mut scanner =
        Scanner { source, text: source.text(), at: 0, budget, nodes: 0, scalar_bytes: 0, depth: 0, faults: Diagnostics::new() };
    match scanner.document() {
        Ok(node) if scanner.faults.is_empty() => Ok(node),
        Ok(_) => Err(scanner.faults),
        Err(fault) => {
            scanner.faults.push(*fault);
            Err(scanner.faults)
        }
    }
}

type Fault = Box<Diagnostic>;

struct Scanner<'a> {
    source: &'a Arc<Source>,
    text: &'a str,
    at: usize,
    budget: Budget,
    nodes: usize,
    scalar_bytes: usize,
    depth: usize,
    faults: Diagnostics,
}

impl Scanner<'_> {
    fn place(&self, start: usize, end: usize) -> Place {
        Place::new(self.source, Span::new(start, end))
    }

    fn fault(&self, code: &'static str, message: impl Into<String>, start: usize) -> Fault {
        let length = self.text.get(start..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        Box::new(Diagnostic::error(code, message).at(self.place(start, start + length)))
    }

    fn syntax(&self, message: impl std::fmt::Display, start: usize) -> Fault {
        self.fault("syntax/json", format!("not valid JSON: {message}"), start)
    }

    fn document(&mut self) -> Result<Node, Fault> {
        if self.text.len() > self.budget.bytes {
            let message = format!("{} bytes, more than the {} that are read", self.text.len(), self.budget.bytes);
            return Err(Box::new(Diagnostic::error("syntax/too-large", message)));
        }
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.space();
        if self.at == self.text.len() {
            return Err(self.fault("syntax/empty", "the document is empty", 0));
        }
        let node = self.value()?;
        self.space();
        if self.at < self.text.len() {
            return Err(self.syntax("more text after the end of the value", self.at));
        }
        Ok(node)
    }

    fn space(&mut self) {
        let rest = self.text.as_bytes()[self.at..].iter();
        self.at += rest.take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn charge(&mut self, scalar_bytes: usize) -> Result<(), Fault> {
        self.nodes += 1;
        self.scalar_bytes += scalar_bytes;
        if self.nodes > self.budget.nodes || self.scalar_bytes > self.budget.scalar_bytes {
            return Err(self.fault("syntax/too-large", "the document holds more than is read", self.at));
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Node, Fault> {
        let start = self.at;
        self.charge(0)?;
        let data = match self.peek() {
            Some(b'{') => self.nested(Self::object)?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'"') => Data::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Data::Number(self.number()?),
            Some(b't') => self.word("true", Data::Bool(true))?,
            Some(b'f') => self.word("false", Data::Bool(false))?,
            Some(b'n') => self.word("null", Data::Null)?,
            Some(b'\'') => {
                let fault = self.syntax("text is written in double quotes", start);
                return Err(Box::new(fault.hint("use \" instead of '")));
            }
            Some(b'/' | b'#') => return Err(self.syntax("JSON has no comments", start)),
            Some(_) => return Err(self.syntax("a value was expected here", start)),
            None => return Err(self.syntax("the text ends where a value was expected", start)),
        };
        Ok(Node { data, span: Span::new(start, self.at) })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Data, Fault>) -> Result<Data, Fault> {
        self.depth += 1;
        if self.depth > self.budget.depth {
            let message = format!("nested more than {} levels deep", self.budget.depth);
            return Err(self.fault("syntax/too-deep", message, self.at));
        }
        self.at += 1;
        let data = read(self)?;
        self.depth -= 1;
        Ok(data)
    }

    fn array(&mut self) -> Result<Data, Fault> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Data::Array(items));
        }
        loop {
            self.space();
            items.push(self.value()?);
            if self.end_of_member(b']', "]")? {
                return Ok(Data::Array(items));
            }
        }
    }

    fn object(&mut self) -> Result<Data, Fault> {
        let mut members: Vec<(Key, Node)> = Vec::new();
        let mut seen = Seen::default();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Data::Object(members));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.syntax("a key in double quotes was expected here", start));
            }
            let text = self.string()?;
            let span = Span::new(start, self.at);
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.syntax("a colon was expected after the key", self.at));
            }
            self.at += 1;
            self.space();
            let value = self.value()?;
            if let Some(first) = seen.first(&text, &members) {
                self.faults.push(
                    Diagnostic::error("syntax/duplicate-key", format!("duplicate key `{text}`"))
                        .at(Place::new(self.source, span))
                        .label(Place::new(self.source, first), "first written here"),
                );
            } else {
                members.push((Key { text, span }, value));
            }
            if self.end_of_member(b'}', "}")? {
                return Ok(Data::Object(members));
            }
        }
    }

    /// True at the end of the collection, false after a comma that something follows.
    fn end_of_member(&mut self, close: u8, shown: &str) -> Result<bool, Fault> {
        self.space();
        let at = self.at;
        match self.peek() {
            Some(b) if b == close => {
                self.at += 1;
                Ok(true)
            }
            Some(b',') => {
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    return Err(self.syntax(format_args!("a comma before `{shown}`"), at));
                }
                Ok(false)
            }
            Some(_) => Err(self.syntax(format_args!("a comma or `{shown}` was expected here"), at)),
            None => Err(self.syntax(format_args!("the text ends where a comma or `{shown}` was expected"), at)),
        }
    }

    fn word(&mut self, word: &str, data: Data) -> Result<Data, Fault> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if &rest[..end] != word {
            return Err(self.syntax(format_args!("`{}` is no value", &rest[..end]), self.at));
        }
        self.at += end;
        Ok(data)
    }

    fn number(&mut self) -> Result<Number, Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        self.at += end;
        // The JSON grammar of a number, to the letter, is the crate's own.
        serde_json::from_str(&rest[..end]).map_err(|_| self.syntax(format_args!("`{}` is no number", &rest[..end]), start))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let run = self.at;
            let bytes = &self.text.as_bytes()[run..];
            self.at += bytes.iter().take_while(|b| !matches!(b, b'"' | b'\\' | 0..=0x1f)).count();
            text.push_str(&self.text[run..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    self.charge(text.len())?;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.syntax("a control character or line break inside of text", self.at)),
                None => return Err(self.syntax("the text is not closed", start)),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 2;
        Ok(match self.text.as_bytes().get(start + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => {
                self.at = start + 1;
                return Err(self.syntax("no such escape", start));
            }
        })
    }

    fn unicode(&mut self, start: usize) -> Result<char, Fault> {
        let high = self.hex(start)?;
        if let Some(c) = char::from_u32(high) {
            return Ok(c);
        }
        // Beyond the basic plane a character is a pair of surrogates.
        if high < 0xdc00 && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let low = self.hex(start)?;
            if (0xdc00..0xe000).contains(&low)
                && let Some(c) = char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            {
                return Ok(c);
            }
        }
        Err(self.syntax("half of a surrogate pair", start))
    }

    fn hex(&mut self, start: usize) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
        self.at += 4;
        code.ok_or_else(|| self.syntax("`\\u` wants four hexadecimal digits", start))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::source::Source;
    use crate::base::tree::{Budget, Document, parse};

    fn read(text: &str) -> Result<Document, Vec<String>> {
        within(text, Budget::default())
    }

    fn within(text: &str, budget: Budget) -> Result<Document, Vec<String>> {
        parse(&Source::new("t.json", text), budget).map_err(|faults| {
            let shown = |d: crate::base::diagnostic::Diagnostic| {
                format!("{} {}", d.place.map(|p| p.to_string()).unwrap_or_default(), d.message)
            };
            faults.into_iter().map(shown).collect()
        })
    }

    #[test]
    fn values_equal_those_of_the_json_crate() {
        for text in [
            "{}",
            " [ ] ",
            "\t{\"a\":\t[1, -2.5e3, 0, true, false, null, \"\"]}\r\n",
            r#""\ud83d\ude00 \u00e9 \n\t\"\\\/\b\f\r é 😀""#,
            "18446744073709551615",
            "1e2",
            r#"{"": {"~/": []}}"#,
        ] {
            let expected: serde_json::Value = serde_json::from_str(text).expect("valid");
            let found = read(text).expect(text).root.to_value();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_the_json_crate_refuses_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "01",
            "+1",
            "1.",
            ".5",
            "tru",
            "nulll",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\\u00g0\"",
            "\"\\u12",
            "\"\n\"",
            "[1] 2",
            "// a",
            "NaN",
            "-",
            "\"\\",
            "\"\\é\"",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
            assert_eq!(read(text).map_err(|f| f.len()).err(), Some(1), "{text}");
        }
    }

    #[test]
    fn every_node_and_key_knows_its_place() {
        let document = read("{\"é\": 1,\n\t\"list\": [10, {\"k\": \"v\"}]}").expect("valid");
        let list = document.root.get("list").expect("list");
        let inner = list.child("1").and_then(|m| m.entry("k")).expect("k");
        assert_eq!(document.place(inner.0.span).to_string(), "t.json:2:16");
        assert_eq!(document.place(inner.1.span).to_string(), "t.json:2:21");
        assert_eq!(list.span.end - list.span.start, 16);
    }

    #[test]
    fn all_duplicate_keys_are_reported() {
        let faults = read("{\"a\": 1,\n\"a\": {\"b\": 1, \"b\": 2}}").expect_err("duplicates");
        assert_eq!(faults, ["t.json:2:1 duplicate key `a`", "t.json:2:15 duplicate key `b`"]);
    }

    #[test]
    fn budgets_hold() {
        let depth = within(&"[".repeat(100_000), Budget::default()).expect_err("too deep");
        assert!(depth[0].contains("nested more than 256 levels"), "{depth:?}");
        let nodes = within("[1,2,3]", Budget { nodes: 3, ..Budget::default() }).expect_err("too many");
        assert!(nodes[0].contains("more than is read"), "{nodes:?}");
    }
}
