//! Patterns that other readers of the spec take otherwise, or that surely mean something else than they say.
//!
//! Reads a pattern only as far as these questions need it. Whether it is a regular expression at all was asked on loading.

use super::report::Report;
use super::survey::{At, Schema};

pub(super) fn check(schema: &Schema<'_>, report: &mut Report<'_>) {
    if let Some(pattern) = schema.at.child("pattern")
        && let Some(text) = pattern.node.as_str()
    {
        let (code, message, hint) = match fault(text) {
            Some(found) => found,
            None => return,
        };
        report.value(code, &pattern.loc, message, hint);
    }
    for (text, member) in schema.at.child("patternProperties").iter().flat_map(At::named) {
        if let Some((code, message, hint)) = fault(text).filter(|(code, ..)| *code != "lint/pattern-anchor") {
            report.key(code, &member.loc, message, hint);
        }
    }
}

type Fault = (&'static str, String, String);

fn fault(text: &str) -> Option<Fault> {
    delimiters(text).or_else(|| dialect(text)).or_else(|| anchors(text)).or_else(|| backtracking(text))
}

/// `/.../` as it is written in a program.
fn delimiters(text: &str) -> Option<Fault> {
    let rest = text.strip_prefix('/')?;
    let (inner, flags) = rest.rsplit_once('/')?;
    if inner.is_empty() || !flags.chars().all(|c| "dgimsuvy".contains(c)) {
        return None;
    }
    if !inner.starts_with('^') && !inner.ends_with('$') && flags.is_empty() {
        return None;
    }
    let hint = if flags.is_empty() {
        format!("write it without them: `{inner}`")
    } else {
        format!("write it without them: `{inner}`; flags cannot be said in a schema")
    };
    Some(("lint/pattern-delimiters", "the slashes around the pattern are taken as part of it".to_owned(), hint))
}

/// What ECMA-262 does not know, or takes otherwise.
fn dialect(text: &str) -> Option<Fault> {
    let found = |what: String, hint: &str| Some(("lint/pattern-dialect", what, hint.to_owned()));
    let mut class = false;
    let mut last_was_quantifier = false;
    let chars: Vec<char> = text.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        let rest: String = chars[i..].iter().take(8).collect();
        let was_quantifier = std::mem::take(&mut last_was_quantifier);
        match chars[i] {
            '\\' => {
                let next = chars.get(i + 1).copied().unwrap_or_default();
                let hint = match next {
                    'A' => "write `^`",
                    'Z' | 'z' => "write `$`",
                    'h' | 'H' | 'R' | 'X' | 'G' | 'K' | 'Q' | 'E' | 'a' | 'e' => "write out what is meant",
                    _ => "",
                };
                if !class && !hint.is_empty() {
                    return found(format!("`\\{next}` is not known to ECMA-262, which patterns are written in"), hint);
                }
                i += 1;
                if matches!(next, 'p' | 'P' | 'u' | 'x') && chars.get(i + 1) == Some(&'{') {
                    i += chars[i..].iter().position(|c| *c == '}').unwrap_or_default();
                }
            }
            '[' if class && rest.starts_with("[:") => {
                return found(
                    "`[:...:]` is not known to ECMA-262, which patterns are written in".to_owned(),
                    "write out what is meant, such as `[A-Za-z]`",
                );
            }
            '[' => class = true,
            ']' if class => class = false,
            '(' if !class && rest.starts_with("(?") => {
                let kind = chars.get(i + 2).copied().unwrap_or_default();
                let named = rest.starts_with("(?P<") || rest.starts_with("(?P=");
                if named {
                    return found(
                        "a group named by `(?P<...>` is not known to ECMA-262".to_owned(),
                        "write `(?<name>...)`, or `(?:...)`",
                    );
                }
                if kind.is_ascii_lowercase() || kind == '-' {
                    let hint = "spell the letters out, such as `[Aa][Bb]`; flags cannot be said in a schema";
                    return found("flags within a pattern are not known to ECMA-262".to_owned(), hint);
                }
                if matches!(kind, '>' | '#' | '|' | '(') {
                    return found(format!("`(?{kind}` is not known to ECMA-262"), "write `(?:...)`");
                }
            }
            '*' | '+' | '?' if !class => {
                if was_quantifier && chars[i] == '+' {
                    return found("a possessive quantifier is not known to ECMA-262".to_owned(), "leave the second `+` away");
                }
                last_was_quantifier = !was_quantifier;
            }
            '}' if !class => last_was_quantifier = chars[..i].contains(&'{'),
            _ => {}
        }
        i += 1;
    }
    None
}

/// A pattern matches anywhere in a value: one anchor alone rarely says what is meant.
fn anchors(text: &str) -> Option<Fault> {
    let pattern = Pattern::read(text)?;
    let code = "lint/pattern-anchor";
    if pattern.alternatives.len() > 1 {
        let starts = |a: &Vec<Item>| a.first().is_some_and(|i| i.kind == Kind::Start);
        let ends = |a: &Vec<Item>| a.last().is_some_and(|i| i.kind == Kind::End);
        let (first, last) = (pattern.alternatives.first()?, pattern.alternatives.last()?);
        let middle = &pattern.alternatives[1..pattern.alternatives.len() - 1];
        let slip = starts(first) && !ends(first) && ends(last) && !starts(last) && !middle.iter().any(|a| starts(a) || ends(a));
        return slip.then(|| {
            let inner = text.trim_start_matches('^').trim_end_matches('$');
            (code, "`^` belongs to the first alternative only, and `$` to the last".to_owned(), format!("write `^({inner})$`"))
        });
    }
    let items = pattern.alternatives.first()?;
    let (first, last) = (items.first()?, items.last()?);
    // A prefix such as `^https://` or `^/` is meant: what is open ends in a letter then, or in anything at all.
    let closed = |item: &Item| item.kind == Kind::Class && (item.counted || item.unbounded);
    if first.kind == Kind::Start && last.kind != Kind::End && closed(last) && !has_anchor(&items[1..]) {
        return Some((
            code,
            "anything may follow what the pattern matches".to_owned(),
            format!("write `{text}$`, or `{text}.*` if that is meant"),
        ));
    }
    if last.kind == Kind::End && first.kind != Kind::Start && closed(first) && !has_anchor(&items[..items.len() - 1]) {
        return Some((
            code,
            "anything may stand before what the pattern matches".to_owned(),
            format!("write `^{text}`, or `.*{text}` if that is meant"),
        ));
    }
    None
}

fn has_anchor(items: &[Item]) -> bool {
    items.iter().any(|i| {
        matches!(i.kind, Kind::Start | Kind::End | Kind::Look)
            || i.group.as_ref().is_some_and(|g| g.alternatives.iter().any(|a| has_anchor(a)))
    })
}

/// A repetition within a repetition, which can share out the same text in very many ways.
fn backtracking(text: &str) -> Option<Fault> {
    let pattern = Pattern::read(text)?;
    pattern.is_ambiguous(false).then(|| {
        let message = "a repetition within a repetition takes very long on text that does not match";
        (
            "lint/pattern-backtracking",
            message.to_owned(),
            "let one of them repeat, or put something that must be there between them".to_owned(),
        )
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Start,
    End,
    /// Looks ahead or back.
    Look,
    /// A set of letters, such as `\d` or `[a-z]`.
    Class,
    /// Any letter.
    Any,
    Literal,
    Group,
}

#[derive(Debug)]
struct Item {
    kind: Kind,
    group: Option<Pattern>,
    optional: bool,
    unbounded: bool,
    /// Repeated a number of times.
    counted: bool,
}

/// A regular expression, as far as it matters here.
#[derive(Debug)]
struct Pattern {
    alternatives: Vec<Vec<Item>>,
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let chars: Vec<char> = text.chars().collect();
        let mut at = 0;
        let pattern = Self::alternatives(&chars, &mut at, 0)?;
        (at == chars.len()).then_some(pattern)
    }

    fn alternatives(chars: &[char], at: &mut usize, depth: usize) -> Option<Self> {
        if depth > 64 {
            return None;
        }
        let mut alternatives = vec![Vec::new()];
        while let Some(c) = chars.get(*at) {
            match c {
                ')' => break,
                '|' => {
                    *at += 1;
                    alternatives.push(Vec::new());
                }
                _ => {
                    let item = Self::item(chars, at, depth)?;
                    alternatives.last_mut()?.push(item);
                }
            }
        }
        Some(Self { alternatives })
    }

    fn item(chars: &[char], at: &mut usize, depth: usize) -> Option<Item> {
        let c = *chars.get(*at)?;
        *at += 1;
        let mut group = None;
        let kind = match c {
            '^' => Kind::Start,
            '$' => Kind::End,
            '.' => Kind::Any,
            '\\' => {
                let next = *chars.get(*at)?;
                *at += 1;
                match next {
                    'd' | 'w' | 's' | 'D' | 'W' | 'S' => Kind::Class,
                    'p' | 'P' | 'u' | 'x' if chars.get(*at) == Some(&'{') => {
                        *at += chars[*at..].iter().position(|c| *c == '}')? + 1;
                        Kind::Class
                    }
                    'b' | 'B' => Kind::Look,
                    _ => Kind::Literal,
                }
            }
            '[' => {
                let mut first = true;
                loop {
                    match *chars.get(*at)? {
                        '\\' => *at += 1,
                        ']' if !first => break,
                        _ => {}
                    }
                    first = first && chars.get(*at) == Some(&'^');
                    *at += 1;
                }
                *at += 1;
                Kind::Class
            }
            '(' => {
                let mut kind = Kind::Group;
                if chars.get(*at) == Some(&'?') {
                    let rest: String = chars[*at..].iter().take(3).collect();
                    let looks =
                        rest.starts_with("?=") || rest.starts_with("?!") || rest.starts_with("?<=") || rest.starts_with("?<!");
                    if looks {
                        kind = Kind::Look;
                    }
                    let skip = chars[*at..].iter().position(|c| matches!(c, ':' | '=' | '!' | '>'))?;
                    *at += skip + 1;
                }
                group = Some(Self::alternatives(chars, at, depth + 1)?);
                *at += 1;
                kind
            }
            _ => Kind::Literal,
        };
        let mut item = Item { kind, group, optional: false, unbounded: false, counted: false };
        match chars.get(*at) {
            Some('*') => (item.optional, item.unbounded) = (true, true),
            Some('+') => item.unbounded = true,
            Some('?') => item.optional = true,
            Some('{') => {
                let length = chars[*at..].iter().position(|c| *c == '}')?;
                let inner: String = chars[*at + 1..*at + length].iter().collect();
                let (least, most) = inner.split_once(',').map_or((inner.as_str(), None), |(l, m)| (l, Some(m)));
                if !least.chars().all(|c| c.is_ascii_digit()) {
                    return Some(item);
                }
                (item.optional, item.unbounded, item.counted) = (least == "0", most == Some(""), true);
                *at += length;
            }
            _ => return Some(item),
        }
        *at += 1;
        if chars.get(*at) == Some(&'?') {
            *at += 1;
        }
        Some(item)
    }

    /// Somewhere a repeated group may be all one repetition, and something follows that can fail.
    fn is_ambiguous(&self, followed: bool) -> bool {
        self.alternatives.iter().any(|items| {
            items.iter().enumerate().any(|(i, item)| {
                let more = followed || items[i + 1..].iter().any(|rest| !rest.optional);
                let Some(group) = &item.group else { return false };
                let alone = |items: &Vec<Item>| {
                    let repeats = items.iter().any(|i| i.unbounded && i.kind != Kind::Group);
                    repeats
                        && items.iter().all(|i| i.optional || i.unbounded)
                        && items.iter().filter(|i| i.unbounded && !i.optional).count() <= 1
                };
                (item.unbounded && more && group.alternatives.iter().any(alone)) || group.is_ambiguous(more || item.unbounded)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::fault;

    fn code(pattern: &str) -> Option<&'static str> {
        fault(pattern).map(|(code, ..)| code)
    }

    #[test]
    fn what_is_meant_is_left_alone() {
        for good in [
            "^[a-z]+$",
            "^https?://",
            "^/",
            "^/v1/foo/$",
            "/foo/",
            r"(^|[\s,])[Bb]earer .+",
            "^(a|b)$",
            "^a|^b",
            "^a$|^b$",
            r"^\d{4}-\d{2}$",
            "^(?=.*[a-z])[a-z0-9]{8,}",
            r"^(\w+\.)+\w+$",
            r"^([a-z]{2,3}-)*[a-z]+$",
            "^(?:[0-9]+,)*$",
            "[a-z]",
            "foo",
            r"^\p{L}+$",
            "^[[]$",
            "^.+$",
            r"^[^\]]+$",
        ] {
            assert_eq!(code(good), None, "{good}: {:?}", fault(good));
        }
    }

    #[test]
    fn slips_are_told_apart() {
        for (pattern, expected) in [
            ("/^[a-z]+$/", "lint/pattern-delimiters"),
            ("/[a-z]+/i", "lint/pattern-delimiters"),
            ("(?i)^abc$", "lint/pattern-dialect"),
            (r"\Aabc\z", "lint/pattern-dialect"),
            ("^[[:alpha:]]+$", "lint/pattern-dialect"),
            ("^a++$", "lint/pattern-dialect"),
            ("^(?P<year>[0-9]{4})$", "lint/pattern-dialect"),
            ("^[A-Z]{3}", "lint/pattern-anchor"),
            ("[0-9]{4}$", "lint/pattern-anchor"),
            ("^a|b|c$", "lint/pattern-anchor"),
            ("^(a+)+$", "lint/pattern-backtracking"),
            (r"^(\w+\s?)*$", "lint/pattern-backtracking"),
            ("^((a*)*b)$", "lint/pattern-backtracking"),
        ] {
            assert_eq!(code(pattern), Some(expected), "{pattern}");
        }
    }
}
