//! A JSONPath (RFC 9535) with the text and the place it was written with.
//!
//! Parses and selects; never compares what it selected.

use crate::base::pointer::Pointer;
use crate::base::source::Span;
use serde_json::Value;
use serde_json_path::JsonPath;
use std::fmt;

/// A parsed JSONPath.
#[derive(Clone)]
pub struct Path {
    text: String,
    parsed: JsonPath,
    singular: bool,
    /// Where it stands.
    pub span: Span,
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({})", self.text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Path {
    /// Parses a path that stands at `span`.
    ///
    /// # Errors
    /// The byte offset in `text` at which it stops making sense, and a lower-case fragment.
    pub fn parse(text: &str, span: Span) -> Result<Self, (usize, String)> {
        let parsed = JsonPath::parse(text).map_err(|error| {
            let at = error.position().saturating_sub(1).min(text.len());
            let reason = match error.message() {
                "" | "parser error" => String::new(),
                reason => format!(": {reason}"),
            };
            (at, format!("`{text}` is not a JSONPath{reason}"))
        })?;
        Ok(Self { text: text.to_owned(), parsed, singular: is_singular(text), span })
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when it can never select more than one value.
    #[must_use]
    pub fn is_singular(&self) -> bool {
        self.singular
    }

    /// The values selected, each with its pointer in `value`.
    #[must_use]
    pub fn select<'v>(&self, value: &'v Value) -> Vec<(Pointer, &'v Value)> {
        self.parsed
            .query_located(value)
            .into_iter()
            .map(|node| (Pointer::from_escaped(node.location().to_json_pointer()), node.node()))
            .collect()
    }
}

/// Only names and single indexes: RFC 9535, section 2.3.5.1. The text is known to be a valid path.
fn is_singular(text: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    let mut brackets = 0_u32;
    let mut before = ' ';
    for c in text.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '\'' | '"' => quote = Some(c),
                '[' => brackets += 1,
                ']' => brackets = brackets.saturating_sub(1),
                '*' | '?' => return false,
                '.' if before == '.' => return false,
                ':' | ',' if brackets > 0 => return false,
                _ => {}
            },
        }
        before = c;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::Path;
    use crate::base::source::Span;
    use serde_json::json;

    fn path(text: &str) -> Path {
        Path::parse(text, Span::default()).unwrap()
    }

    #[test]
    fn knows_whether_it_selects_one_value_at_most() {
        for text in ["$", "$.a", "$.a.b[0]", "$['a*b'].c", "$[\"a..b?,:\"]", "$.a[-1]", r"$['it\'s *']"] {
            assert!(path(text).is_singular(), "{text}");
        }
        for text in ["$.*", "$..a", "$[*]", "$[0,1]", "$[0:2]", "$.a[?@.b == 1]", "$['a','b']"] {
            assert!(!path(text).is_singular(), "{text}");
        }
    }

    #[test]
    fn selects_with_pointers() {
        let value = json!({"a/b": [{"c": 1}, {"c": 2}]});
        let found: Vec<_> = path("$['a/b'][*].c").select(&value).into_iter().map(|(p, v)| (p.to_string(), v.clone())).collect();
        assert_eq!(found, [("/a~1b/0/c".to_owned(), json!(1)), ("/a~1b/1/c".to_owned(), json!(2))]);
    }

    #[test]
    fn says_where_a_path_goes_wrong() {
        for text in ["status", "$.", "$.a[", "$.a b", "$[?nope(@.a) > 1]"] {
            let (at, message) = Path::parse(text, Span::default()).unwrap_err();
            assert!(at <= text.len() && message.contains("is not a JSONPath"), "{text}: {at} {message}");
        }
    }
}
