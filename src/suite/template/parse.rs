//! Reads the pieces of a text with templates.
//!
//! Says what is wrong and at which byte; never resolves a name.

use crate::base::source::Span;
use crate::suite::template::{Part, Template};

/// Why a text is not a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A lower-case fragment.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where, in the source.
    pub span: Span,
}

/// Parses `text`, which stands at `span`; `place` tells the offset in the source of each byte of the text.
///
/// # Errors
/// The first template that is not one.
pub fn parse(text: &str, span: Span, place: &dyn Fn(usize) -> usize) -> Result<Template, Fault> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("${") {
        let start = at + found;
        if text[..start].ends_with('$') && start > at {
            literal.push_str(&text[at..start - 1]);
            literal.push_str("${");
            at = start + 2;
            continue;
        }
        literal.push_str(&text[at..start]);
        let fault = |message: String, hint: Option<&str>, end: usize| Fault {
            message,
            hint: hint.map(str::to_owned),
            span: Span::new(place(start), place(end)),
        };
        let Some(length) = text[start..].find('}') else {
            let hint = "close it with `}`, or write `$${` for the two characters themselves";
            return Err(fault("a template is not closed".to_owned(), Some(hint), (start + 2).min(text.len())));
        };
        let end = start + length + 1;
        let inside = &text[start + 2..end - 1];
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default.to_owned())),
            None => (inside, None),
        };
        if let Some((message, hint)) = wrong_name(name) {
            return Err(fault(message, Some(hint), end));
        }
        if !literal.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut literal)));
        }
        parts.push(Part::Variable { name: name.to_owned(), default, span: Span::new(place(start), place(end)) });
        at = end;
    }
    literal.push_str(&text[at..]);
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(Template { parts, span })
}

fn wrong_name(name: &str) -> Option<(String, &'static str)> {
    const SHAPE: &str = "a name is letters, digits, `_` and `-`, with `.` to go into a value: `${order.items.0}`";
    if name.is_empty() {
        return Some(("a template names nothing".to_owned(), SHAPE));
    }
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(bad) = name.chars().find(|c| !good(*c)) {
        let hint = if bad.is_whitespace() && name.trim().chars().all(good) { "write it without spaces" } else { SHAPE };
        return Some((format!("`{name}` is not a name: `{bad}` cannot stand in one"), hint));
    }
    name.split('.').any(str::is_empty).then(|| (format!("`{name}` is not a name: a part between dots is empty"), SHAPE))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::base::source::Span;

    #[test]
    fn faults_are_named_at_their_place() {
        for (text, message, start, end) in [
            ("ab ${x", "a template is not closed", 3, 5),
            ("${}", "a template names nothing", 0, 3),
            ("a ${ x }", "` x ` is not a name", 2, 8),
            ("${a..b}", "a part between dots is empty", 0, 7),
            ("${a[0]}", "`[` cannot stand in one", 0, 7),
        ] {
            let fault = parse(text, Span::new(0, text.len()), &|i| i).unwrap_err();
            assert!(fault.message.contains(message), "{text}: {}", fault.message);
            assert_eq!(fault.span, Span::new(start, end), "{text}");
        }
    }
}
