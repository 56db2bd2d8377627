//! Reads how requests are carried.
//!
//! Checks numbers and addresses by their form; never binds or connects.

use crate::base::tree::{Data, Node};
use crate::suite::ast::Spanned;
use crate::suite::ast::load::{HttpVersion, Transport};
use crate::suite::decode::{Decoder, Rule};
use std::net::IpAddr;

/// No more connections than this.
const CONNECTIONS: u32 = 1_000_000;

/// No more event loops than this.
const WORKERS: u32 = 1_024;

/// The most streams that HTTP/2 has identifiers for.
const STREAMS: u32 = 1 << 30;

impl Decoder<'_> {
    pub(super) fn transport(&mut self, node: &Node) -> Option<Transport> {
        let default = Transport::default();
        let mut fields = self.object(node, "`transport`")?;
        let http = fields.take("http").map_or(Some(default.http), |n| self.http_version(n));
        let connections = fields.take("connections").map_or(Some(None), |n| self.counted(n, CONNECTIONS).map(Some));
        let streams_node = fields.entry("streams");
        let streams = streams_node.map_or(Some(default.streams), |(_, n)| self.number_up_to(n, 1, STREAMS));
        let connect_rate = fields.take("connect_rate").map_or(Some(None), |n| self.rate(n).map(Some));
        let addresses = fields.take("source_addresses").map_or(Some(Vec::new()), |n| self.source_addresses(n));
        let requests = fields.take("requests_per_connection").map_or(Some(None), |n| self.number(n, 1).map(Some));
        let timeout = fields.take("timeout").map_or(Some(default.timeout), |n| self.length(n));
        let workers = fields.take("workers").map_or(Some(None), |n| self.counted(n, WORKERS).map(Some));
        let spin = fields.take("spin").map_or(Some(default.spin), |n| self.bounded_length(n));
        let drain = fields.take("drain").map_or(Some(default.drain), |n| self.bounded_length(n));
        fields.finish(self);
        if let (Some((key, _)), Some(HttpVersion::Http1)) = (streams_node, http) {
            let hint = "HTTP/1.1 has one request at a time on a connection; write `http: \"2\"`".to_owned();
            self.error("load/contradiction", key.span, "`streams` goes with HTTP/2", Some(hint));
        }
        Some(Transport {
            http: http?,
            connections: connections?,
            streams: streams?,
            connect_rate: connect_rate?,
            source_addresses: addresses?,
            requests_per_connection: requests?,
            timeout: timeout?,
            workers: workers?,
            spin: spin?,
            drain: drain?,
        })
    }

    /// `"1.1"` or `"2"`; without quotes they are numbers, and mean the same.
    fn http_version(&mut self, node: &Node) -> Option<HttpVersion> {
        let written = match &node.data {
            Data::Number(number) => number.to_string(),
            _ => self.text(node)?.value,
        };
        match written.as_str() {
            "1.1" => Some(HttpVersion::Http1),
            "2" => Some(HttpVersion::Http2),
            _ => {
                let hint = "write `http: \"1.1\"` or `http: \"2\"`".to_owned();
                self.fault(Rule::Value, node.span, format!("`{written}` is no version of HTTP that is spoken here"), Some(hint));
                None
            }
        }
    }

    fn counted(&mut self, node: &Node, most: u32) -> Option<Spanned<u32>> {
        self.number_up_to(node, 1, most).map(|number| Spanned::new(number, node.span))
    }

    fn source_addresses(&mut self, node: &Node) -> Option<Vec<Spanned<String>>> {
        let items = self.list(node, "`source_addresses`");
        let addresses: Vec<_> = items.iter().filter_map(|item| self.source_address(item)).collect();
        (addresses.len() == items.len() && node.items().is_some()).then_some(addresses)
    }

    fn source_address(&mut self, node: &Node) -> Option<Spanned<String>> {
        let address = self.text(node)?;
        if address.value.parse::<IpAddr>().is_err() {
            let hint = "write an address of this machine, without a port: 127.0.0.2".to_owned();
            self.fault(Rule::Value, node.span, format!("`{}` is not an IP address", address.value), Some(hint));
            return None;
        }
        Some(address)
    }
}
