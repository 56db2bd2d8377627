//! What an environment says must not be kept, beside its secrets: header fields, places in JSON bodies, patterns.
//!
//! Data and questions about it. Never sees a message.

use regex::Regex;
use std::fmt;

/// What is hidden, and what is left alone.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Header fields whose value is hidden whole, in lower case.
    pub headers: Vec<String>,
    /// Places in JSON bodies whose value is hidden whole.
    pub pointers: Vec<Place>,
    /// What is hidden wherever it stands, each under a name of its own.
    pub patterns: Vec<(String, Regex)>,
    /// Whether what looks drawn at random is hidden.
    pub entropy: bool,
    /// Header fields in which nothing is looked for that looks drawn at random, in lower case.
    pub kept_headers: Vec<String>,
    /// Places in JSON bodies, with all below them, in which nothing is looked for that looks drawn at random.
    pub kept_pointers: Vec<Place>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            pointers: Vec::new(),
            patterns: Vec::new(),
            entropy: true,
            kept_headers: Vec::new(),
            kept_pointers: Vec::new(),
        }
    }
}

/// A JSON Pointer in which `*` stands for any one member or item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// The place that a text names; `None` where it is no JSON Pointer to a part of a document.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        Some(Self(rest.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// Whether it is this one; a path is the names of members and the numbers of items.
    #[must_use]
    pub fn is(&self, path: &[String]) -> bool {
        self.0.len() == path.len() && self.holds(path)
    }

    /// Whether it is this one or one above it.
    #[must_use]
    pub fn holds(&self, path: &[String]) -> bool {
        self.0.len() <= path.len() && self.0.iter().zip(path).all(|(mine, other)| mine == "*" || mine == other)
    }

    /// The name of the member that it ends at; `None` where that has none.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.iter().rev().map(String::as_str).find(|token| *token != "*" && token.parse::<usize>().is_err())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_star_is_any_one_member_or_item() {
        let place = Place::parse("/people/*/a~1b").expect("a pointer");
        let path = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(place.is(&path("people 0 a/b")) && place.holds(&path("people x a/b c")));
        assert!(!place.is(&path("people 0")) && !place.is(&path("people 0 1 a/b")) && !place.holds(&path("people")));
        assert_eq!((place.to_string().as_str(), place.name()), ("/people/*/a~1b", Some("a/b")));
        assert_eq!(Place::parse("/list/*/0").as_ref().and_then(Place::name), Some("list"));
        assert_eq!((Place::parse(""), Place::parse("people")), (None, None));
    }
}
