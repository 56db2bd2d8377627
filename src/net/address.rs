//! Where a URL leads.
//!
//! Reads names and addresses as data. Never resolves a name and never opens a connection.

use crate::model::http::Request;
use crate::net::client::unfaithful;
use reqwest::{Method, Url};
use std::fmt;
use std::net::IpAddr;

/// Scheme, host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// The host in its canonical spelling; an IPv6 address without brackets.
    pub host: String,
    /// The port, the scheme's own where none is written.
    pub port: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        if host.contains(':') { write!(f, "{scheme}://[{host}]:{port}") } else { write!(f, "{scheme}://{host}:{port}") }
    }
}

impl Origin {
    /// The host as an address, where it is written as one.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// The origin of an absolute `http` or `https` URL, read the way the client reads it.
///
/// # Errors
/// A lower-case fragment that names the URL and what is wrong.
pub fn parse_origin(url: &str) -> Result<Origin, String> {
    let parsed = Url::parse(url).map_err(|error| format!("`{url}` is not an absolute URL: {error}"))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(format!("`{url}` is neither http nor https"));
    }
    let host = parsed.host_str().ok_or_else(|| format!("`{url}` has no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let port = parsed.port_or_known_default().ok_or_else(|| format!("`{url}` has no port"))?;
    Ok(Origin { scheme: parsed.scheme().to_owned(), host, port })
}

/// What of a request's URL goes over the wire, as the client writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnWire {
    /// Where to.
    pub origin: Origin,
    /// The value of `host`: the port is named where it is not the scheme's own.
    pub host: String,
    /// Path and query.
    pub target: String,
}

impl OnWire {
    /// What stands before the target in a URL.
    #[must_use]
    pub fn before_target(&self) -> String {
        format!("{}://{}", self.origin.scheme, self.host)
    }
}

/// What of a request's method and URL goes over the wire.
///
/// # Errors
/// A lower-case fragment that says why the client would not send it.
pub fn on_wire(request: &Request) -> Result<OnWire, String> {
    let origin = parse_origin(&request.url)?;
    let url = Url::parse(&request.url).map_err(|error| error.to_string())?;
    if let Some(why) = unfaithful(request, &url) {
        return Err(format!("the URL {why}"));
    }
    Method::from_bytes(request.method.as_bytes()).map_err(|_| format!("the method `{}` cannot be sent", request.method))?;
    let host = url.host_str().unwrap_or_default();
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let target = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Ok(OnWire { origin, host, target })
}

/// Whether `url` leads to this machine: `localhost`, `127.0.0.0/8` or `::1`.
#[must_use]
pub fn is_loopback_target(url: &str) -> bool {
    parse_origin(url).is_ok_and(|origin| match origin.ip() {
        Some(ip) => ip.is_loopback(),
        None => origin.host == "localhost",
    })
}

#[cfg(test)]
mod tests {
    use super::{is_loopback_target, on_wire, parse_origin};
    use crate::model::http::Request;

    #[test]
    fn loopback_is_told_in_every_spelling() {
        for url in [
            "http://localhost:1/x",
            "https://LOCALHOST",
            "http://127.0.0.1",
            "http://127.9.9.9:80",
            "http://[::1]:8080/",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            assert!(is_loopback_target(url), "{url}");
        }
        for url in ["http://localhost.example", "http://128.0.0.1", "http://127.0.0.1.example", "http://user@example", "/x", ""] {
            assert!(!is_loopback_target(url), "{url}");
        }
        assert!(!is_loopback_target("http://127.0.0.1@example/"), "the host follows the user");
    }

    #[test]
    fn an_origin_has_its_port() {
        for (url, origin) in [
            ("http://a.example/x?y", "http://a.example:80"),
            ("https://A.example", "https://a.example:443"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(parse_origin(url).map(|o| o.to_string()).as_deref(), Ok(origin));
        }
        for url in ["a.example", "ftp://a.example", "http://", "mailto:a@b", "http://a:99999"] {
            assert!(parse_origin(url).is_err(), "{url}");
        }
    }

    #[test]
    fn what_goes_over_the_wire_of_a_url() {
        for (url, host, target) in [
            ("http://A.example:80/x y?z=é#f", "a.example", "/x%20y?z=%C3%A9"),
            ("https://a.example:8443", "a.example:8443", "/"),
            ("http://[::1]:9/a%2Fb//?", "[::1]:9", "/a%2Fb//?"),
        ] {
            let wire =
                on_wire(&Request::new("GET", url)).map(|wire| (wire.host.clone(), wire.target.clone(), wire.before_target()));
            let (scheme, _) = url.split_once("://").unwrap();
            assert_eq!(wire, Ok((host.to_owned(), target.to_owned(), format!("{scheme}://{host}"))), "{url}");
        }
        for (method, url) in [("GET", "http://a/../b"), ("GET", "http://u@a/"), ("NO GOOD", "http://a/"), ("GET", "/a")] {
            assert!(on_wire(&Request::new(method, url)).is_err(), "{method} {url}");
        }
    }
}
