//! Where a URL leads, and which addresses may be called at somebody else's word.
//!
//! Judges names and addresses as data. Never resolves a name and never opens a connection.

use reqwest::Url;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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

/// Whether `url` leads to this machine: `localhost`, `127.0.0.0/8` or `::1`.
#[must_use]
pub fn is_loopback_target(url: &str) -> bool {
    parse_origin(url).is_ok_and(|origin| match origin.ip() {
        Some(ip) => ip.is_loopback(),
        None => origin.host == "localhost",
    })
}

/// Why an address is not a public one, in a few words; `None` of a public one.
#[must_use]
pub fn refusal(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => refusal_v4(ip),
        IpAddr::V6(ip) => refusal_v6(ip),
    }
}

/// The special-purpose ranges of IPv4 (RFC 6890 and its registry).
fn refusal_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = ip.octets();
    Some(match (a, b, c) {
        (0, ..) => "an address of \"this network\"",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "a private address",
        (100, 64..=127, _) => "an address of a carrier's shared range",
        (127, ..) => "a loopback address",
        (169, 254, _) => "a link-local address",
        (192, 0, 0) => "an address of a protocol assignment",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "an address for documentation",
        (192, 88, 99) => "a 6to4 relay address",
        (198, 18..=19, _) => "an address for benchmarks",
        (224..=239, ..) => "a multicast address",
        (240.., ..) => "a reserved address",
        _ => return None,
    })
}

/// The special-purpose ranges of IPv6, and every way of carrying an IPv4 address inside one.
fn refusal_v6(ip: Ipv6Addr) -> Option<&'static str> {
    Some(match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "the unspecified address",
        [0, 0, 0, 0, 0, 0, 0, 1] => "a loopback address",
        [0, 0, 0, 0, 0, 0xffff, ..] => "an IPv4-mapped address",
        [0, 0, 0, 0, 0, 0, ..] => "an IPv4-compatible address",
        [0x64, 0xff9b, ..] => "a NAT64 address",
        [0x100, 0, 0, 0, ..] => "a discard address",
        [0x2001, 0, ..] => "a Teredo address",
        [0x2001, 0x1..=0x1ff, ..] => "an address of a protocol assignment",
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => "an address for documentation",
        [0x2002, ..] => "a 6to4 address",
        [0xfc00..=0xfdff, ..] => "a unique local address",
        [0xfe80..=0xfebf, ..] => "a link-local address",
        [0xfec0..=0xfeff, ..] => "a site-local address",
        [0xff00..=0xffff, ..] => "a multicast address",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{is_loopback_target, parse_origin, refusal};

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
    fn only_public_addresses_pass() {
        for ip in [
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:808:808::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "3fff::1",
        ] {
            assert!(refusal(ip.parse().unwrap()).is_some(), "{ip}");
        }
        for ip in [
            "8.8.8.8",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "2606:4700::1",
            "2001:4860::1",
        ] {
            assert_eq!(refusal(ip.parse().unwrap()), None, "{ip}");
        }
    }
}
