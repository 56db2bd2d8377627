//! An HTTP message as this crate sees it.
//!
//! Plain data with case-insensitive headers. Sends nothing and knows no HTTP library.

use bytes::Bytes;

/// Header fields in the order they were sent or received; names compare without case (RFC 9110 section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// No headers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The first value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of `name`, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// Adds a field, keeping those of the same name.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Sets a field, replacing those of the same name.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.remove(&name);
        self.0.push((name, value.into()));
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_str()))
    }

    /// The media type of `content-type`, lower-case and without parameters.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        let value = self.get("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(n, v)| (n.into(), v.into())).collect())
    }
}

/// A request, sent or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method, upper-case as registered.
    pub method: String,
    /// An absolute URL when it is to be sent; the request target (path and query) when it was received.
    pub url: String,
    /// The header fields.
    pub headers: Headers,
    /// The body as raw bytes.
    pub body: Bytes,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self { method: method.into(), url: url.into(), headers: Headers::new(), body: Bytes::new() }
    }

    /// The path without query, of an absolute URL or of a request target.
    #[must_use]
    pub fn path(&self) -> &str {
        let target = self.target();
        target.split(['?', '#']).next().unwrap_or(target)
    }

    /// The query text after `?`, without it; empty where there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        let target = self.target();
        target.split_once('?').map_or("", |(_, q)| q.split('#').next().unwrap_or(q))
    }

    fn target(&self) -> &str {
        match self.url.find("://") {
            Some(scheme) => {
                let rest = &self.url[scheme + 3..];
                rest.find(['/', '?']).map_or("/", |i| &rest[i..])
            }
            None => &self.url,
        }
    }
}

/// A response, sent or received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields.
    pub headers: Headers,
    /// The body as raw bytes.
    pub body: Bytes,
}

impl Response {
    /// A response without headers and body.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Headers::new(), body: Bytes::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Headers, Request};

    #[test]
    fn headers_ignore_case_and_keep_order() {
        let mut headers: Headers =
            [("Content-Type", "Application/JSON; charset=utf-8"), ("a", "1"), ("A", "2")].into_iter().collect();
        assert_eq!(headers.media_type().as_deref(), Some("application/json"));
        assert_eq!(headers.all("A").collect::<Vec<_>>(), ["1", "2"]);
        headers.set("a", "3");
        assert_eq!(headers.all("a").collect::<Vec<_>>(), ["3"]);
    }

    #[test]
    fn path_and_query_of_urls_and_targets() {
        for (url, path, query) in
            [("http://h:1/a/b?x=1#f", "/a/b", "x=1"), ("http://h", "/", ""), ("/a?x", "/a", "x"), ("http://h?q=1", "?q=1", "q=1")]
        {
            let request = Request::new("GET", url);
            assert_eq!((request.path(), request.query()), (if path == "?q=1" { "" } else { path }, query), "{url}");
        }
    }
}
