//! Makes what a server sent visible instead of effective.
//!
//! Control characters, terminal escapes and marks that turn or hide text are written as `\u{..}`. Never changes any other
//! character; escaping for HTML or XML is the writers' own.

use std::borrow::Cow;
use std::fmt::Write as _;

/// One line: line breaks and tabs are shown too.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, |c| is_hidden(c) || matches!(c, '\n' | '\t'))
}

/// Several lines: line breaks and tabs stay.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    shown(text, is_hidden)
}

fn shown(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !hidden(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{block, line};

    #[test]
    fn what_would_act_is_shown() {
        assert_eq!(line("a\u{1b}[2J\u{202e}b\r\n\tc\u{9b}é👍"), "a\\u{1b}[2J\\u{202e}b\\r\\n\\tc\\u{9b}é👍");
        assert_eq!(block("a\n\tb\u{0}"), "a\n\tb\\u{0}");
        assert!(matches!(line("plain"), std::borrow::Cow::Borrowed(_)));
    }
}
