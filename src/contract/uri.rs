//! References resolved against a base (RFC 3986 section 5.2), and paths of local files by the same rules.
//!
//! Text in, text out. Never reads what a URI names, and never looks at a fragment.

use crate::contract::route::percent_decode;

/// A URI reference taken apart (RFC 3986 appendix B), without its fragment.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

/// A reference without its fragment, and the fragment without the `#`.
pub(in crate::contract) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

/// Whether text begins with a scheme, so that it is a URI by itself. One letter is a drive of a local path.
pub(in crate::contract) fn is_absolute(text: &str) -> bool {
    scheme(text).is_some_and(|s| s.len() > 1)
}

fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let mut letters = scheme.bytes();
    let starts = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
    (starts && letters.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))).then_some(scheme)
}

fn parts(text: &str) -> Parts<'_> {
    let (text, _) = split(text);
    let scheme = scheme(text);
    let rest = scheme.map_or(text, |s| &text[s.len() + 1..]);
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(r, q)| (r, Some(q)));
    match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            Parts { scheme, authority: Some(&rest[..end]), path: &rest[end..], query }
        }
        None => Parts { scheme, authority: None, path: rest, query },
    }
}

/// What a reference names when it stands in the document `base`, fragment left away.
pub(in crate::contract) fn join(base: &str, reference: &str) -> String {
    let (reference, _) = split(reference);
    if reference.is_empty() {
        return split(base).0.to_owned();
    }
    if !is_absolute(base) && !is_absolute(reference) {
        return join_paths(base, &percent_decode(reference));
    }
    if !is_absolute(base) {
        let own = parts(reference);
        return text(&Parts { path: &without_dots(own.path), ..own });
    }
    let (from, to) = (parts(base), parts(reference));
    if to.scheme.is_some() {
        return text(&Parts { path: &without_dots(to.path), ..to });
    }
    if to.authority.is_some() {
        return text(&Parts { scheme: from.scheme, path: &without_dots(to.path), ..to });
    }
    if to.path.is_empty() {
        return text(&Parts { query: to.query.or(from.query), ..from });
    }
    let merged = if to.path.starts_with('/') {
        to.path.to_owned()
    } else if from.authority.is_some() && from.path.is_empty() {
        format!("/{}", to.path)
    } else {
        format!("{}{}", &from.path[..from.path.rfind('/').map_or(0, |i| i + 1)], to.path)
    };
    text(&Parts { path: &without_dots(&merged), query: to.query, ..from })
}

fn text(parts: &Parts<'_>) -> String {
    let mut text = String::new();
    if let Some(scheme) = parts.scheme {
        text.push_str(&scheme.to_ascii_lowercase());
        text.push(':');
    }
    if let Some(authority) = parts.authority {
        text.push_str("//");
        text.push_str(&authority.to_ascii_lowercase());
    }
    text.push_str(parts.path);
    if let Some(query) = parts.query {
        text.push('?');
        text.push_str(query);
    }
    text
}

/// RFC 3986 section 5.2.4. A path without a slash, as in `urn:a:b`, holds no segments to remove.
fn without_dots(path: &str) -> String {
    if !path.contains('.') || !path.contains('/') && !matches!(path, "." | "..") {
        return path.to_owned();
    }
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let mut folder = false;
    for part in path.split('/').skip(usize::from(rooted)) {
        folder = matches!(part, "." | "..");
        match part {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(part),
        }
    }
    let mut joined = kept.join("/");
    if folder && !kept.is_empty() {
        joined.push('/');
    }
    if rooted { format!("/{joined}") } else { joined }
}

/// The path of a file named from another file; steps above the first folder stay.
fn join_paths(from: &str, reference: &str) -> String {
    if reference.starts_with('/') {
        return reference.to_owned();
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in reference.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.last().is_some_and(|p| *p != "..") => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{is_absolute, join};

    #[test]
    fn paths_join_like_relative_references() {
        assert_eq!(join("root.yaml", "./a/b.yaml"), "a/b.yaml");
        assert_eq!(join("a/b.yaml", "../c.yaml"), "c.yaml");
        assert_eq!(join("b.yaml", "../c.yaml"), "../c.yaml");
        assert_eq!(join("../x/b.yaml", "../c.yaml"), "../c.yaml");
        assert_eq!(join("b.yaml", "a%20b.yaml#/x"), "a b.yaml");
        assert_eq!(join("b.yaml", "https://example.com/c.yaml"), "https://example.com/c.yaml");
    }

    /// RFC 3986 sections 5.4.1 and 5.4.2, fragments left away.
    #[test]
    fn the_vectors_of_rfc_3986_hold() {
        let base = "http://a/b/c/d;p?q";
        for (reference, target) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g#s", "http://a/b/c/g"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x", "http://a/b/c/g;x"),
            ("g;x?y#s", "http://a/b/c/g;x?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("../../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("g..", "http://a/b/c/g.."),
            ("..g", "http://a/b/c/..g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g/../h", "http://a/b/c/h"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
            ("g#s/./x", "http://a/b/c/g"),
            ("http:g", "http:g"),
        ] {
            assert_eq!(join(base, reference), target, "{reference:?}");
        }
    }

    #[test]
    fn names_without_a_hierarchy_stay_whole() {
        assert_eq!(join("x.yaml", "urn:uuid:deadbeef"), "urn:uuid:deadbeef");
        assert_eq!(join("urn:uuid:deadbeef", ""), "urn:uuid:deadbeef");
        assert_eq!(join("urn:example:a", "urn:example:b?=q"), "urn:example:b?=q");
        assert_eq!(join("tag:example.com,2026:a", "#x"), "tag:example.com,2026:a");
        assert_eq!(join("HTTP://Example.COM", "a/B"), "http://example.com/a/B");
        assert!(is_absolute("urn:x") && is_absolute("a+b://") && !is_absolute("c:/x") && !is_absolute("a/b:c"));
    }
}
