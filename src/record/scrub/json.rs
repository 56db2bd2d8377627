//! Rewrites parts of a JSON text and leaves every other byte as it is, since a body is evidence.
//!
//! Knows the grammar and where it is in a document. Never knows what is to be hidden.

use serde::de::IgnoredAny;

/// Says what is to stand in place of parts of a document. A path is the members and items that lead to a value.
pub(super) trait Editor {
    /// What is to stand in place of a whole value, which is `raw` in the text; `None` leaves it.
    fn value(&mut self, path: &[Step], raw: &str) -> Option<String>;
    /// The inside of a text, of a number, or of a member's name, as written and without quotes; `None` leaves it.
    fn inside(&mut self, path: &[Step], raw: &str, kind: Kind) -> Option<String>;
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Member(String),
    Item(usize),
}

impl Step {
    /// As a pointer names it.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Member(name) => name.clone(),
            Self::Item(number) => number.to_string(),
        }
    }
}

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A member's name.
    Name,
}

/// The text with its parts as the editor wants them; `None` where it is not JSON, or nested beyond what is worth reading.
pub(super) fn rewrite(text: &str, editor: &mut dyn Editor) -> Option<String> {
    // Validated first, so that what follows may rely on the grammar.
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut walk = Walk { text, at: 0, out: String::with_capacity(text.len()), path: Vec::new(), editor };
    walk.blank();
    walk.value();
    walk.out.push_str(&text[walk.at..]);
    Some(walk.out)
}

struct Walk<'t, 'e> {
    text: &'t str,
    at: usize,
    out: String,
    path: Vec<Step>,
    editor: &'e mut dyn Editor,
}

impl<'t> Walk<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, length: usize) {
        self.out.push_str(&self.text[self.at..self.at + length]);
        self.at += length;
    }

    fn blank(&mut self) {
        let rest = self.rest();
        self.take(rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len());
    }

    fn value(&mut self) {
        let raw = &self.rest()[..length(self.rest())];
        if let Some(instead) = self.editor.value(&self.path, raw) {
            self.out.push_str(&instead);
            self.at += raw.len();
            return;
        }
        match raw.as_bytes().first() {
            Some(b'{') => self.container(true),
            Some(b'[') => self.container(false),
            Some(b'"') => self.string(Kind::Text),
            Some(b't' | b'f' | b'n') => self.take(raw.len()),
            _ => {
                // What is hidden of a number leaves no number.
                match self.editor.inside(&self.path, raw, Kind::Number) {
                    Some(instead) => {
                        self.out.push_str(&format!("\"{instead}\""));
                        self.at += raw.len();
                    }
                    None => self.take(raw.len()),
                }
            }
        }
    }

    fn string(&mut self, kind: Kind) {
        let raw = &self.rest()[..string_length(self.rest())];
        match self.editor.inside(&self.path, &raw[1..raw.len() - 1], kind) {
            Some(instead) => {
                self.out.push_str(&format!("\"{instead}\""));
                self.at += raw.len();
            }
            None => self.take(raw.len()),
        }
    }

    fn container(&mut self, object: bool) {
        self.take(1);
        for number in 0.. {
            self.blank();
            match self.rest().as_bytes().first() {
                Some(b',') => {
                    self.take(1);
                    self.blank();
                }
                Some(b'}' | b']') | None => break,
                Some(_) => {}
            }
            if object {
                let raw = &self.rest()[..string_length(self.rest())];
                let name = serde_json::from_str(raw).unwrap_or_default();
                self.string(Kind::Name);
                self.blank();
                self.take(1);
                self.blank();
                self.path.push(Step::Member(name));
            } else {
                self.path.push(Step::Item(number));
            }
            self.value();
            self.path.pop();
        }
        self.take(1);
    }
}

/// The length of the value that valid JSON begins with.
fn length(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'"') => string_length(text),
        Some(b'{' | b'[') => {
            let (mut depth, mut at) = (0_usize, 0);
            while at < bytes.len() {
                match bytes[at] {
                    b'"' => at += string_length(&text[at..]) - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return at;
                }
            }
            bytes.len()
        }
        _ => text.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(text.len()),
    }
}

/// The length of the JSON string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Editor, Kind, Step, rewrite};

    #[derive(Default)]
    struct Seen(Vec<String>);

    impl Editor for Seen {
        fn value(&mut self, path: &[Step], _: &str) -> Option<String> {
            (path.last().map(Step::named).as_deref() == Some("gone")).then(|| "\"-\"".to_owned())
        }

        fn inside(&mut self, path: &[Step], raw: &str, kind: Kind) -> Option<String> {
            let at: Vec<String> = path.iter().map(Step::named).collect();
            self.0.push(format!("{} {raw} {kind:?}", at.join("/")));
            (raw == "12").then(|| "n".to_owned())
        }
    }

    #[test]
    fn every_byte_stays_that_nobody_wants_changed() {
        let text = " {\"a\" : [ 1e400, {\"b\\\"c\":\"\\u00e9,]}\"} , -0.10,12,{ }, [ ]],\n\"gone\":{\"x\":[1]},\"a\":null, \"\": true}\t";
        let mut seen = Seen::default();
        let out = rewrite(text, &mut seen).expect("it is JSON");
        assert_eq!(out, text.replace("{\"x\":[1]}", "\"-\"").replace(",12,", ",\"n\","));
        assert_eq!(
            seen.0,
            [
                " a Name",
                "a/0 1e400 Number",
                "a/1 b\\\"c Name",
                "a/1/b\"c \\u00e9,]} Text",
                "a/2 -0.10 Number",
                "a/3 12 Number",
                " gone Name",
                " a Name",
                "  Name"
            ]
        );
        assert_eq!(rewrite("\"x\"", &mut Seen::default()).as_deref(), Some("\"x\""));
        assert_eq!(rewrite("{\"a\":", &mut Seen::default()), None);
        assert_eq!(rewrite(&"[".repeat(100_000), &mut Seen::default()), None);
    }
}
