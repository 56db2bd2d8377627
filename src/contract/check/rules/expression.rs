//! Faults of runtime expressions, as links and callbacks use them.
//!
//! Looks for expressions in text and evaluates none; what one is, and what it gives, is known in `contract::expression`.

use crate::contract::expression::Expression;

/// What is wrong with a callback's key or a value of a link: an expression, or text with expressions in braces.
pub(in crate::contract) fn fault_in(text: &str) -> Option<String> {
    if text.starts_with('$') { fault(text) } else { fault_in_text(text) }
}

fn fault_in_text(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            return Some(format!("a brace in `{text}` is not closed"));
        };
        let found = fault(&rest[open + 1..open + length]);
        if found.is_some() {
            return found;
        }
        rest = &rest[open + length + 1..];
    }
    None
}

fn fault(expression: &str) -> Option<String> {
    Expression::parse(expression).err()
}

#[cfg(test)]
mod tests {
    use super::fault_in;

    #[test]
    fn expressions_follow_the_grammar() {
        for good in [
            "$url",
            "$method",
            "$statusCode",
            "$request.header.X-A",
            "$request.query.a b",
            "$response.body",
            "$response.body#",
            "$response.body#/a~1b/0",
        ] {
            assert_eq!(fault_in(good), None, "{good}");
        }
        for bad in [
            "",
            "url",
            "$urls",
            "$request.header.",
            "$request.header.a b",
            "$request.query.",
            "$response.body#a",
            "$response.body#/~2",
            "$request.bodi",
        ] {
            assert!(super::fault(bad).is_some(), "{bad}");
        }
        assert_eq!(fault_in("http://a/{$request.query.u}?b={$url}"), None);
        assert_eq!(fault_in("$request.query.u"), None);
        assert!(fault_in("$request.quer.u").is_some());
    }
}
