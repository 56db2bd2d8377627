//! Lays a JSON body out in lines, and finds the lines around one part of it.
//!
//! Changes white space only: numbers, escapes and duplicate keys stay as they were received, since a body is evidence. Never
//! interprets what the body says.

use crate::record::shape::ExcerptLine;
use serde::de::IgnoredAny;

/// Lines shown before and after the offending part.
const CONTEXT: usize = 2;
/// Lines of the offending part that are shown at most.
const PART: usize = 10;
/// Characters of one line that are shown at most.
const WIDTH: usize = 240;

/// One line of a laid-out body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its text with its indentation.
    pub text: String,
    /// The JSON pointer of the value that begins or ends on it.
    pub pointer: String,
}

/// The body in lines, or `None` when it is not JSON (or nested beyond what is worth reading).
#[must_use]
pub fn json(text: &str) -> Option<Vec<Line>> {
    // Validated first, so that the layout below may rely on the grammar.
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    Some(Layout::default().run(text))
}

/// The lines of any body: laid out when it is JSON, as they are otherwise.
#[must_use]
pub fn lines(text: &str) -> Vec<Line> {
    json(text).unwrap_or_else(|| text.lines().map(|l| Line { text: l.to_owned(), pointer: String::new() }).collect())
}

/// Whether a line belongs to the part that `pointer` names.
#[must_use]
pub fn belongs(line: &Line, pointer: &str) -> bool {
    !pointer.is_empty() && line.pointer.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The pointer itself, or its nearest ancestor that the body has.
#[must_use]
pub fn nearest<'a>(lines: &[Line], pointer: &'a str) -> &'a str {
    let mut pointer = pointer;
    while !pointer.is_empty() && !lines.iter().any(|l| l.pointer == pointer) {
        pointer = pointer.rfind('/').map_or("", |i| &pointer[..i]);
    }
    pointer
}

/// A few lines of a body around the part that `pointer` names, that part marked; the beginning of the body when there is no
/// pointer; the place where it stops to be JSON when it began like it.
#[must_use]
pub fn excerpt(text: &str, pointer: Option<&str>) -> Vec<ExcerptLine> {
    let Some(lines) = json(text) else { return broken(text).unwrap_or_else(|| beginning(text)) };
    let part = pointer.map_or("", |p| nearest(&lines, p));
    let marked: Vec<usize> = (0..lines.len()).filter(|i| belongs(&lines[*i], part)).collect();
    let shown: Vec<usize> = match (marked.first(), marked.last()) {
        (Some(first), Some(last)) => {
            let from = first.saturating_sub(CONTEXT);
            let to = (last + CONTEXT).min(lines.len() - 1);
            (from..=to).filter(|i| *i < first + PART || *i >= *last).collect()
        }
        _ => (0..lines.len().min(PART)).collect(),
    };
    let line = |i: usize| ExcerptLine { number: i + 1, text: clip(&lines[i].text), marked: belongs(&lines[i], part) };
    shown.into_iter().map(line).collect()
}

fn beginning(text: &str) -> Vec<ExcerptLine> {
    let line = |(i, text): (usize, &str)| ExcerptLine { number: i + 1, text: clip(text), marked: false };
    text.lines().take(PART).enumerate().map(line).collect()
}

/// The line on which a body that begins like JSON stops to be it, from a little before that place.
fn broken(text: &str) -> Option<Vec<ExcerptLine>> {
    let error = serde_json::from_str::<IgnoredAny>(text).err().filter(|_| text.trim_start().starts_with(['{', '[']))?;
    let number = error.line().max(1);
    let line = text.lines().nth(number - 1)?;
    // The column is counted in bytes, from 1.
    let near = error.column().saturating_sub(WIDTH / 2).min(line.len());
    let start = (0..=near).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
    let mut shown = clip(&line[start..]);
    if start > 0 {
        shown.insert(0, '…');
    }
    Some(vec![ExcerptLine { number, text: shown, marked: true }])
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A container that is open.
struct Frame {
    pointer: String,
    object: bool,
    next: usize,
    key: Option<String>,
}

#[derive(Default)]
struct Layout {
    lines: Vec<Line>,
    open: Vec<Frame>,
    current: String,
}

impl Layout {
    fn run(mut self, text: &str) -> Vec<Line> {
        let mut rest = text.trim_start_matches(is_blank);
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => string_length(rest),
                '{' | '[' | '}' | ']' | ':' | ',' => 1,
                _ => rest.find(|c| is_blank(c) || ",]}".contains(c)).unwrap_or(rest.len()),
            };
            let (token, after) = rest.split_at(length);
            rest = after.trim_start_matches(is_blank);
            match first {
                '{' | '[' => rest = self.begin(token, rest),
                '}' | ']' => self.end(token),
                ':' => self.current.push_str(": "),
                ',' => self.comma(),
                '"' if self.expects_key() => self.key(token),
                _ => self.value(token),
            }
        }
        self.lines
    }

    fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|f| f.object && f.key.is_none())
    }

    fn pointer(&self) -> String {
        match self.open.last() {
            None => String::new(),
            Some(frame) => match &frame.key {
                Some(key) => format!("{}/{key}", frame.pointer),
                None => format!("{}/{}", frame.pointer, frame.next),
            },
        }
    }

    fn indent(&mut self) {
        if self.current.is_empty() {
            self.current = "  ".repeat(self.open.len());
        }
    }

    fn key(&mut self, token: &str) {
        self.indent();
        self.current.push_str(token);
        let key: String = serde_json::from_str(token).unwrap_or_default();
        if let Some(frame) = self.open.last_mut() {
            frame.key = Some(key.replace('~', "~0").replace('/', "~1"));
        }
    }

    fn value(&mut self, token: &str) {
        self.indent();
        self.current.push_str(token);
        let pointer = self.pointer();
        self.flush(pointer);
    }

    fn begin<'a>(&mut self, token: &str, rest: &'a str) -> &'a str {
        self.indent();
        self.current.push_str(token);
        let pointer = self.pointer();
        if let Some(after) = rest.strip_prefix(['}', ']']) {
            self.current.push_str(&rest[..1]);
            self.flush(pointer);
            return after.trim_start_matches(is_blank);
        }
        self.flush(pointer.clone());
        self.open.push(Frame { pointer, object: token == "{", next: 0, key: None });
        rest
    }

    fn end(&mut self, token: &str) {
        self.open.pop();
        self.value(token);
    }

    fn comma(&mut self) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push(',');
        }
        if let Some(frame) = self.open.last_mut() {
            frame.key = None;
            frame.next += 1;
        }
    }

    fn flush(&mut self, pointer: String) {
        self.lines.push(Line { text: std::mem::take(&mut self.current), pointer });
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// The length of the JSON string that `text` begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return i + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{excerpt, json};

    #[test]
    fn only_white_space_changes() {
        let body = r#"{"a":1e400,"a":[ ],"b":[{"c/d":"\u00e9,]}"},-0.10],"e":{}}"#;
        let lines = json(body).expect("it is JSON");
        let shown: Vec<_> = lines.iter().map(|l| format!("{:<26}{}", l.text, l.pointer)).collect();
        assert_eq!(
            shown,
            [
                "{                         ",
                "  \"a\": 1e400,             /a",
                "  \"a\": [],                /a",
                "  \"b\": [                  /b",
                "    {                     /b/0",
                "      \"c/d\": \"\\u00e9,]}\"  /b/0/c~1d",
                "    },                    /b/0",
                "    -0.10                 /b/1",
                "  ],                      /b",
                "  \"e\": {}                 /e",
                "}                         ",
            ]
        );
        let bare: String = lines.iter().map(|l| l.text.trim_start()).collect();
        assert_eq!(bare.replace("\": ", "\":"), body.replace("[ ]", "[]"));
        assert_eq!(json("{\"a\": "), None);
        assert_eq!(json(&"[".repeat(100_000)), None);
    }

    #[test]
    fn an_excerpt_marks_the_part_or_its_nearest_ancestor() {
        let body = r#"{"a":1,"b":2,"c":3,"d":{"e":4,"f":5},"g":6,"h":7,"i":8}"#;
        let marked = |pointer| -> Vec<String> {
            excerpt(body, Some(pointer)).iter().filter(|l| l.marked).map(|l| l.text.trim().to_owned()).collect()
        };
        assert_eq!(marked("/d/f"), ["\"f\": 5"]);
        assert_eq!(marked("/d/missing/deep"), ["\"d\": {", "\"e\": 4,", "\"f\": 5", "},"]);
        assert_eq!(marked(""), Vec::<String>::new());
        let numbers: Vec<_> = excerpt(body, Some("/g")).iter().map(|l| l.number).collect();
        assert_eq!(numbers, [7, 8, 9, 10, 11]);
        assert_eq!(excerpt("<p>\nno", None).len(), 2);
    }

    #[test]
    fn an_excerpt_of_broken_json_is_taken_where_it_breaks() {
        let body = format!("{{\n\"a\":\"{}é\",}}", "x".repeat(400));
        let lines = excerpt(&body, None);
        assert_eq!((lines.len(), lines[0].number, lines[0].marked), (1, 2, true));
        assert!(lines[0].text.starts_with("…xx") && lines[0].text.ends_with("é\",}"), "{lines:?}");
        assert_eq!(excerpt("{", None).len(), 1);
        assert_eq!(excerpt("[1,\n", None).len(), 1);
    }
}
