//! Runtime expressions, as links and callbacks use them, after the ABNF of the specification.
//!
//! Reads text only; evaluates nothing.

use crate::contract::check::rules::is_token;

/// What is wrong with a callback's key: an expression, or text with expressions in braces.
pub(in crate::contract) fn fault_in_key(key: &str) -> Option<String> {
    if key.starts_with('$') { fault(key) } else { fault_in_text(key) }
}

/// What is wrong with a value of a link that is an expression, or text with expressions in braces.
pub(in crate::contract) fn fault_in_value(value: &str) -> Option<String> {
    if value.starts_with('$') { fault(value) } else { fault_in_text(value) }
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
    if is_expression(expression) { None } else { Some(format!("`{expression}` is no runtime expression")) }
}

fn is_expression(text: &str) -> bool {
    if ["$url", "$method", "$statusCode"].contains(&text) {
        return true;
    }
    let Some(source) = text.strip_prefix("$request.").or_else(|| text.strip_prefix("$response.")) else { return false };
    if let Some(token) = source.strip_prefix("header.") {
        return is_token(token);
    }
    // The grammar lets a name be empty, but nothing is named so.
    if let Some(name) = source.strip_prefix("query.").or_else(|| source.strip_prefix("path.")) {
        return !name.is_empty();
    }
    source == "body" || source.strip_prefix("body#").is_some_and(is_pointer)
}

/// RFC 6901.
fn is_pointer(text: &str) -> bool {
    let escaped = |part: &str| part.starts_with(['0', '1']);
    (text.is_empty() || text.starts_with('/')) && text.split('~').skip(1).all(escaped)
}

#[cfg(test)]
mod tests {
    use super::{fault_in_key, is_expression};

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
            assert!(is_expression(good), "{good}");
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
            assert!(!is_expression(bad), "{bad}");
        }
        assert_eq!(fault_in_key("http://a/{$request.query.u}?b={$url}"), None);
        assert_eq!(fault_in_key("$request.query.u"), None);
        assert!(fault_in_key("$request.quer.u").is_some());
    }
}
