//! The ranges of addresses that are special, and what is done about each.
//!
//! From the registries of special-purpose addresses (RFC 6890, as of 2025) and the IPv6 address space. Knows no names and opens
//! no connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first address.
    pub base: IpAddr,
    /// How many leading bits its addresses share.
    pub bits: u8,
    /// Whether an address of it may be called at somebody else's word.
    pub public: bool,
    /// What an address of it is: "a private address".
    pub what: &'static str,
    /// Where that is written.
    pub source: &'static str,
}

const fn v4([a, b, c, d]: [u8; 4], bits: u8, public: bool, what: &'static str, source: &'static str) -> Range {
    Range { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits, public, what, source }
}

const fn v6(s: [u16; 8], bits: u8, public: bool, what: &'static str, source: &'static str) -> Range {
    let base = Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]);
    Range { base: IpAddr::V6(base), bits, public, what, source }
}

/// Every range; the first that holds an address decides.
pub const ALL: &[Range] = &[
    v4([0, 0, 0, 0], 8, false, "an address of \"this network\"", "RFC 791 section 3.2"),
    v4([10, 0, 0, 0], 8, false, "a private address", "RFC 1918"),
    v4([100, 64, 0, 0], 10, false, "an address of a carrier's shared range", "RFC 6598"),
    v4([127, 0, 0, 0], 8, false, "a loopback address", "RFC 1122 section 3.2.1.3"),
    v4([169, 254, 0, 0], 16, false, "a link-local address", "RFC 3927"),
    v4([172, 16, 0, 0], 12, false, "a private address", "RFC 1918"),
    v4([192, 0, 0, 0], 24, false, "an address of a protocol assignment", "RFC 6890 section 2.1"),
    v4([192, 0, 2, 0], 24, false, "an address for documentation", "RFC 5737"),
    v4([192, 31, 196, 0], 24, true, "an AS112 server", "RFC 7535"),
    v4([192, 52, 193, 0], 24, true, "a multicast tunnel relay", "RFC 7450"),
    v4([192, 88, 99, 0], 24, false, "a 6to4 relay address", "RFC 7526"),
    v4([192, 168, 0, 0], 16, false, "a private address", "RFC 1918"),
    v4([192, 175, 48, 0], 24, true, "an AS112 server", "RFC 7534"),
    v4([198, 18, 0, 0], 15, false, "an address for benchmarks", "RFC 2544"),
    v4([198, 51, 100, 0], 24, false, "an address for documentation", "RFC 5737"),
    v4([203, 0, 113, 0], 24, false, "an address for documentation", "RFC 5737"),
    v4([224, 0, 0, 0], 4, false, "a multicast address", "RFC 5771"),
    v4([255, 255, 255, 255], 32, false, "the broadcast address", "RFC 8190"),
    v4([240, 0, 0, 0], 4, false, "a reserved address", "RFC 1112 section 4"),
    v4([0, 0, 0, 0], 0, true, "every other address", "RFC 4632"),
    v6([0; 8], 128, false, "the unspecified address", "RFC 4291 section 2.5.2"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, false, "a loopback address", "RFC 4291 section 2.5.3"),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, false, "an IPv4-mapped address", "RFC 4291 section 2.5.5.2"),
    v6([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, false, "an IPv4-translated address", "RFC 2765 section 2.1"),
    v6([0; 8], 96, false, "an IPv4-compatible address", "RFC 4291 section 2.5.5.1"),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, false, "a NAT64 address", "RFC 6052"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, false, "a local NAT64 address", "RFC 8215"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, false, "a discard address", "RFC 6666"),
    v6([0x100, 0, 0, 1, 0, 0, 0, 0], 64, false, "a dummy address", "RFC 9780"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, false, "a Teredo address", "RFC 4380"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, false, "an address for benchmarks", "RFC 5180"),
    v6([0x2001, 3, 0, 0, 0, 0, 0, 0], 32, true, "a multicast tunnel relay", "RFC 7450"),
    v6([0x2001, 4, 0x112, 0, 0, 0, 0, 0], 48, true, "an AS112 server", "RFC 7535"),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, false, "an identifier that is not routed (ORCHID)", "RFC 4843"),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, false, "an identifier that is not routed (ORCHIDv2)", "RFC 7343"),
    v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0], 28, false, "an identifier of a drone", "RFC 9374"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, false, "an address of a protocol assignment", "RFC 2928"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, false, "an address for documentation", "RFC 3849"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, false, "a 6to4 address", "RFC 3056"),
    v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48, true, "an AS112 server", "RFC 7534"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, false, "an address for documentation", "RFC 9637"),
    v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, false, "a segment identifier (SRv6)", "RFC 9602"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, false, "a unique local address", "RFC 4193"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, false, "a link-local address", "RFC 4291 section 2.5.6"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, false, "a site-local address", "RFC 3879"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, false, "a multicast address", "RFC 4291 section 2.7"),
    v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, true, "every other global unicast address", "RFC 4291 section 2.4"),
    v6([0; 8], 0, false, "an address of a range that nobody was given", "RFC 4291 section 2.4"),
];

impl Range {
    /// Whether an address lies in it.
    #[must_use]
    pub fn holds(&self, ip: IpAddr) -> bool {
        let number = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => (u128::from(ip.to_bits()) << 96, true),
            IpAddr::V6(ip) => (ip.to_bits(), false),
        };
        let ((base, of_base), (given, of_given)) = (number(self.base), number(ip));
        of_base == of_given && (self.bits == 0 || (base ^ given) >> (128 - u32::from(self.bits)) == 0)
    }
}

/// Why an address is not a public one, in a few words; `None` of a public one.
#[must_use]
pub fn refusal(ip: IpAddr) -> Option<&'static str> {
    if let IpAddr::V6(ip) = ip
        && let Some(inner) = isatap(ip)
        && refusal(IpAddr::V4(inner)).is_some()
    {
        return Some("an ISATAP address of a special IPv4 address");
    }
    ALL.iter().find(|range| range.holds(ip)).filter(|range| !range.public).map(|range| range.what)
}

/// The IPv4 address that an ISATAP interface identifier carries (RFC 5214 section 6.1): under any prefix, a tunnel leads there.
fn isatap(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        [_, _, _, _, 0 | 0x200, 0x5efe, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, refusal};
    use std::fmt::Write as _;
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn special_addresses_are_refused_from_their_first_to_their_last() {
        for (first, last, before, after) in [
            ("0.0.0.0", "0.255.255.255", "", "1.0.0.0"),
            ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
            ("100.64.0.0", "100.127.255.255", "100.63.255.255", "100.128.0.0"),
            ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
            ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
            ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
            ("192.0.0.0", "192.0.0.255", "191.255.255.255", "192.0.1.0"),
            ("192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"),
            ("192.88.99.0", "192.88.99.255", "192.88.98.255", "192.88.100.0"),
            ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
            ("198.18.0.0", "198.19.255.255", "198.17.255.255", "198.20.0.0"),
            ("198.51.100.0", "198.51.100.255", "198.51.99.255", "198.51.101.0"),
            ("203.0.113.0", "203.0.113.255", "203.0.112.255", "203.0.114.0"),
            ("224.0.0.0", "255.255.255.255", "223.255.255.255", ""),
            ("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", "2000::"),
            ("2001::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "2000:ffff::", "2001:3::"),
            ("2001:5::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:4:112::", "2001:200::"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7:ffff::", "2001:db9::"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:ffff::", "2003::"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3ffe:ffff::", "3fff:1000::"),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:ffff::", ""),
        ] {
            for refused in [first, last] {
                assert!(refusal(ip(refused)).is_some(), "{refused}");
            }
            for public in [before, after].into_iter().filter(|text| !text.is_empty()) {
                assert_eq!(refusal(ip(public)), None, "{public}");
            }
        }
    }

    #[test]
    fn an_address_is_called_what_it_is() {
        for (address, what) in [
            ("169.254.169.254", "a link-local address"),
            ("255.255.255.255", "the broadcast address"),
            ("::1", "a loopback address"),
            ("::ffff:8.8.8.8", "an IPv4-mapped address"),
            ("::ffff:0:8.8.8.8", "an IPv4-translated address"),
            ("::8.8.8.8", "an IPv4-compatible address"),
            ("64:ff9b::808:808", "a NAT64 address"),
            ("64:ff9b:1::1", "a local NAT64 address"),
            ("64:ff9b:2::1", "an address of a range that nobody was given"),
            ("100::1", "a discard address"),
            ("100:0:0:1::1", "a dummy address"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a Teredo address"),
            ("2001:20::1", "an identifier that is not routed (ORCHIDv2)"),
            ("2002:7f00:1::", "a 6to4 address"),
            ("5f00::1", "a segment identifier (SRv6)"),
            ("fd12::1", "a unique local address"),
            ("fec0::1", "a site-local address"),
            ("ff02::1", "a multicast address"),
            ("2606:4700::5efe:10.0.0.1", "an ISATAP address of a special IPv4 address"),
            ("2606:4700::200:5efe:127.0.0.1", "an ISATAP address of a special IPv4 address"),
        ] {
            assert_eq!(refusal(ip(address)), Some(what), "{address}");
        }
        for public in [
            "8.8.8.8",
            "192.31.196.1",
            "192.52.193.1",
            "192.175.48.1",
            "2606:4700::1",
            "2620:4f:8000::1",
            "2001:4860::5efe:8.8.8.8",
        ] {
            assert_eq!(refusal(ip(public)), None, "{public}");
        }
    }

    #[test]
    fn no_range_is_hidden_by_one_before_it() {
        for (at, range) in ALL.iter().enumerate() {
            assert_eq!(ALL.iter().position(|other| other.holds(range.base) && other.bits <= range.bits), Some(at), "{range:?}");
        }
    }

    #[test]
    fn every_range_is_described() {
        let mut text = String::from(
            "# Addresses\n\nWhere a URL is somebody else's word, such as a callback that was registered with the sandbox, only public addresses are\n\
             called. Names are resolved once, *every* address of the answer is looked at, and one that is\n\
             refused refuses the name; what was looked at is what is connected to. Redirects are not followed, proxies of the environment not\n\
             asked, user names in a URL not sent. A host that the configuration allows is called wherever it leads.\n\n\
             An address in another spelling (`2130706433`, `0x7f.1`, `0177.0.0.1`, `127.0.0.1.`, `[::ffff:127.0.0.1]`) is the address; one with\n\
             a zone is none. An IPv6 address whose interface identifier is that of ISATAP (RFC 5214) is refused where the IPv4 address in it is.\n\n\
             The first line that holds an address decides. Written by a test from the code: `PROOFMARK_DOCS=write cargo test --lib net::ranges`.\n\n\
             | range | is | | source |\n|---|---|---|---|\n",
        );
        for range in ALL {
            let done = if range.public { "called" } else { "refused" };
            let _ = writeln!(text, "| `{}/{}` | {} | {done} | {} |", range.base, range.bits, range.what, range.source);
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/addresses.md");
        if std::env::var("PROOFMARK_DOCS").as_deref() == Ok("write") {
            std::fs::write(path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), text, "run it again with PROOFMARK_DOCS=write");
    }
}
