//! Where the APIs of one instance of the target are.
//!
//! Addresses alone, and what is below them. Connects to nothing.

use crate::model::http::Request;
use std::collections::BTreeMap;

/// Where the APIs of one instance are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// For every spec that has none of its own.
    pub default: String,
    /// By the stem of the spec's file name.
    pub by_spec: BTreeMap<String, String>,
}

impl Origins {
    /// One origin for everything.
    #[must_use]
    pub fn all_at(url: impl Into<String>) -> Self {
        Self { default: url.into(), by_spec: BTreeMap::new() }
    }

    /// Every origin.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.default).chain(self.by_spec.values()).map(String::as_str)
    }

    /// The origin of a spec.
    #[must_use]
    pub fn of(&self, spec: &str) -> &str {
        self.by_spec.get(spec).unwrap_or(&self.default)
    }

    /// The path of a request to the target, below the target's own; `None` for another server's.
    #[must_use]
    pub fn below<'r>(&self, request: &'r Request) -> Option<&'r str> {
        if !request.url.contains("://") {
            return Some(request.path());
        }
        let origin = self.all().find(|origin| {
            let rest = request.url.strip_prefix(origin);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })?;
        let above = Request::new("GET", origin);
        Some(request.path().strip_prefix(above.path().trim_end_matches('/')).unwrap_or(request.path()))
    }
}

#[cfg(test)]
mod tests {
    use super::Origins;
    use crate::model::http::Request;

    #[test]
    fn what_is_below_an_origin_is_the_targets_and_nothing_else_is() {
        let origins = Origins::all_at("http://h:1/api");
        for (url, below) in [
            ("http://h:1/api/a?b", Some("/a")),
            ("http://h:1/api?b", Some("")),
            ("/a", Some("/a")),
            ("http://h:1/apis", None),
            ("http://h:12/api/a", None),
        ] {
            assert_eq!(origins.below(&Request::new("GET", url)), below, "{url}");
        }
    }
}
