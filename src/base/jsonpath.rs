//! JSONPath (RFC 9535): parsing with the offset of a fault, selecting with pointers.
//!
//! The one door to the crate that reads such paths. Never compares or changes what it selected.

use crate::base::pointer::Pointer;
use serde_json::Value;
use std::fmt;
use std::ops::Range;

/// A parsed JSONPath.
#[derive(Clone)]
pub struct JsonPath {
    text: String,
    parsed: serde_json_path::JsonPath,
}

impl fmt::Debug for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonPath({})", self.text)
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl JsonPath {
    /// Parses a path.
    ///
    /// # Errors
    /// The byte offset in `text` at which it stops making sense, and a lower-case fragment.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        if let Some(at) = too_deep(text) {
            return Err((at, format!("`{text}` is nested deeper than a path is read")));
        }
        let parsed = serde_json_path::JsonPath::parse(text).map_err(|error| {
            let at = error.position().saturating_sub(1).min(text.len());
            let reason = match error.message() {
                "" | "parser error" => String::new(),
                reason => format!(": {reason}"),
            };
            (at, format!("`{text}` is not a JSONPath{reason}"))
        })?;
        Ok(Self { text: text.to_owned(), parsed })
    }

    /// The text as written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// True when it can never select more than one value: only names and single indexes (RFC 9535, section 2.3.5.1).
    #[must_use]
    pub fn is_singular(&self) -> bool {
        let mut before = ' ';
        for (_, c, depth) in outside_quotes(&self.text) {
            match c {
                '*' | '?' => return false,
                '.' if before == '.' => return false,
                ':' | ',' if depth > 0 => return false,
                _ => {}
            }
            before = c;
        }
        true
    }

    /// How often it goes down to any depth (`..`).
    #[must_use]
    pub fn descents(&self) -> usize {
        let mut before = ' ';
        let mut found = 0;
        for (_, c, _) in outside_quotes(&self.text) {
            found += usize::from(before == '.' && c == '.');
            before = c;
        }
        found
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

    /// The paths that this one begins with, from the longest down to `$`, each with the range of the segment that comes next.
    #[must_use]
    pub fn prefixes(&self) -> Vec<(Self, Range<usize>)> {
        let mut starts: Vec<usize> = Vec::new();
        let mut before = ' ';
        for (at, c, depth) in outside_quotes(&self.text) {
            // The bracket of `..[` belongs to the dots before it.
            if depth == 0 && before != '.' && c == '.' || (depth == 1 && c == '[' && before != '.') {
                starts.push(at);
            }
            before = c;
        }
        let mut found = Vec::new();
        for (i, start) in starts.iter().enumerate().rev() {
            let end = starts.get(i + 1).copied().unwrap_or(self.text.len());
            if let Ok(prefix) = Self::parse(self.text[..*start].trim_end()) {
                found.push((prefix, *start..start + self.text[*start..end].trim_end().len()));
            }
        }
        found
    }
}

/// The name that a segment selects, when it selects one name.
#[must_use]
pub fn name_of(segment: &str) -> Option<String> {
    if let Some(name) = segment.strip_prefix('.') {
        return (!name.starts_with(['.', '*', '['])).then(|| name.to_owned());
    }
    let inside = segment.strip_prefix('[')?.strip_suffix(']')?.trim();
    let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let name = inside.strip_prefix(quote)?.strip_suffix(quote)?;
    (!name.contains(['\\', quote])).then(|| name.to_owned())
}

/// Brackets within brackets, at most: reading a path takes twice as long for each.
const MOST_BRACKETS: usize = 8;

/// Brackets and parentheses within each other, at most.
const DEEPEST: u32 = 64;

/// Where a path is nested too deeply to be read in bounded time and space.
fn too_deep(text: &str) -> Option<usize> {
    let mut open: Vec<char> = Vec::new();
    for (at, c, depth) in outside_quotes(text) {
        match c {
            '[' | '(' => open.push(c),
            ']' | ')' => {
                open.pop();
            }
            _ => {}
        }
        let brackets = || open.iter().filter(|c| **c == '[').count();
        if depth > DEEPEST || (c == '[' && brackets() > MOST_BRACKETS) {
            return Some(at);
        }
    }
    None
}

/// The characters that are not in quotes, each with its offset and the brackets around it, its own one counted.
fn outside_quotes(text: &str) -> impl Iterator<Item = (usize, char, u32)> {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0_u32;
    text.char_indices().filter_map(move |(at, c)| {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => {
                let mut around = depth;
                match c {
                    '\'' | '"' => quote = Some(c),
                    '[' | '(' => {
                        depth += 1;
                        around = depth;
                    }
                    ']' | ')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                return Some((at, c, around));
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::{JsonPath, name_of};
    use serde_json::json;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
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
            let (at, message) = JsonPath::parse(text).unwrap_err();
            assert!(at <= text.len() && message.contains("is not a JSONPath"), "{text}: {at} {message}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        for text in [
            format!("$[?{}@.a{}]", "(".repeat(100_000), ")".repeat(100_000)),
            format!("$[?@{}a{}", "[?@".repeat(30), "]".repeat(31)),
        ] {
            let (_, message) = JsonPath::parse(&text).unwrap_err();
            assert!(message.contains("nested deeper"), "{message}");
        }
        assert!(JsonPath::parse("$[?(((@.a[?@.b[0] == 1])))]['((((((((([[[[[[[[[[']").is_ok());
        assert_eq!(path("$..a['..'][?@..b]..*").descents(), 3);
    }

    #[test]
    fn falls_apart_into_prefixes() {
        let of = |text: &str| {
            let whole = path(text);
            let parts: Vec<_> = whole.prefixes().into_iter().map(|(p, s)| format!("{p} {}", &text[s])).collect();
            parts.join(" | ")
        };
        assert_eq!(of("$.paths['/a.b[x]'].get"), "$.paths['/a.b[x]'] .get | $.paths ['/a.b[x]'] | $ .paths");
        assert_eq!(of("$..a[?@.b[0].c == 'x'].d"), "$..a[?@.b[0].c == 'x'] .d | $..a [?@.b[0].c == 'x'] | $ ..a");
        assert_eq!(of("$"), "");
    }

    #[test]
    fn a_segment_may_name_one_member() {
        let found: Vec<_> = [".get", "['/a']", "[\"b\"]", "..a", "[*]", ".*", "[0]", "['a','b']"].map(name_of).into();
        let wanted = [Some("get"), Some("/a"), Some("b"), None, None, None, None, None];
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), wanted);
    }
}
