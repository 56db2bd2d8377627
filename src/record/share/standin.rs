//! Stand-ins: the same one for the same value, so that a reader still sees what belongs together.
//!
//! Knows the hosts and values of one record. Numbers follow the order in which values are met, and say nothing of them.

use crate::model::redact::REDACTED;
use crate::record::scrub::Hits;
use crate::record::share::{DROPPED, RULE};
use regex::Regex;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static ORIGIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b[a-z][a-z0-9+.-]*://(?:[^/\s@?#"'`<>]*@)?(\[[0-9a-f:.]+\]|[^/\s:@?#"'`<>,;)\]]+)"#).ok()
});
static ABSOLUTE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(^|[\s='":])/(?:[^/\s'":]+/)+"#).ok());

/// Hosts that are on every machine.
const OWN: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];
/// Shorter values stand for too much else.
const SHORTEST: usize = 4;
/// Values that are looked for at most, the longest first: what a record has more of is in its bodies, which are dropped.
const MOST: usize = 2_000;

/// What stands for what.
pub(super) struct StandIns {
    /// The longest first, so that none is replaced inside another.
    hosts: Vec<(String, String)>,
    /// What bodies hold, the longest first.
    values: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

/// Whether a value tells of somebody or something: a word alone, such as a state, does not.
pub(super) fn telling(value: &str) -> bool {
    value.len() >= SHORTEST && value.chars().any(|c| c.is_ascii_digit() || c == '@' || c.is_whitespace() || !c.is_ascii())
}

impl StandIns {
    /// Of everything in a record.
    pub(super) fn of(record: &Value) -> Self {
        let mut seen = Seen::default();
        seen.part(record, "");
        let mut hosts: Vec<(String, String)> =
            seen.hosts.into_iter().enumerate().map(|(i, host)| (host, format!("host-{}.example", i + 1))).collect();
        hosts.sort_by_key(|(host, _)| std::cmp::Reverse(host.len()));
        let mut values: Vec<String> = seen.values.into_iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.truncate(MOST);
        Self { hosts, values, numbers: BTreeMap::new() }
    }

    fn standin(&mut self, value: &str) -> String {
        let next = self.numbers.len() + 1;
        format!("[value-{}]", self.numbers.entry(value.to_owned()).or_insert(next))
    }

    /// Whether a text has a value of a body in it.
    pub(super) fn knows_part(&self, text: &str) -> bool {
        self.values.iter().any(|value| text.contains(value.as_str()))
    }

    /// The text with stand-ins for what it quotes of bodies.
    pub(super) fn quoted(&mut self, text: &str, hits: &mut Hits) -> String {
        let mut shared = text.to_owned();
        let met: Vec<String> = self.values.iter().filter(|value| text.contains(value.as_str())).cloned().collect();
        for value in met {
            let parts: Vec<&str> = shared.split(value.as_str()).collect();
            if parts.len() > 1 {
                (1..parts.len()).for_each(|_| hits.add("values in words", RULE));
                let standin = self.standin(&value);
                shared = parts.join(&standin);
            }
        }
        shared
    }

    /// The URL, or the method and path, with stand-ins for query values and for identifiers in the path.
    pub(super) fn url(&mut self, url: &str, hits: &mut Hits) -> String {
        let (before, fragment) = url.split_once('#').map_or((url, None), |(before, after)| (before, Some(after)));
        let (path, query) = before.split_once('?').map_or((before, None), |(path, query)| (path, Some(query)));
        let start = path.find("://").map_or(0, |at| at + 3);
        let segments: Vec<String> = path[start..].split('/').enumerate().map(|(i, part)| self.segment(i, part, hits)).collect();
        let mut shared = format!("{}{}", &path[..start], segments.join("/"));
        if let Some(query) = query {
            let fields: Vec<String> = query.split('&').map(|field| self.field(field, hits)).collect();
            shared.push('?');
            shared.push_str(&fields.join("&"));
        }
        if let Some(fragment) = fragment {
            shared.push('#');
            shared.push_str(&self.segment(1, fragment, hits));
        }
        shared
    }

    fn segment(&mut self, number: usize, part: &str, hits: &mut Hits) -> String {
        let known = self.values.iter().any(|value| value == part);
        let looks = part.len() >= 8 && part.chars().any(|c| c.is_ascii_digit());
        // The first is the authority, or a method.
        if number == 0 || is_standin(part) || !(known || looks) {
            return part.to_owned();
        }
        hits.add("identifiers in paths", RULE);
        self.standin(part)
    }

    fn field(&mut self, field: &str, hits: &mut Hits) -> String {
        match field.split_once('=') {
            Some((name, value)) if !value.is_empty() && !is_standin(value) => {
                hits.add("query values", RULE);
                format!("{name}={}", self.standin(value))
            }
            _ => field.to_owned(),
        }
    }

    /// The text with the names of files in place of their absolute paths.
    pub(super) fn files(&self, text: &str, hits: &mut Hits) -> String {
        let Some(absolute) = ABSOLUTE.as_ref() else { return text.to_owned() };
        let found = absolute.find_iter(text).count();
        (0..found).for_each(|_| hits.add("folders of files", RULE));
        absolute.replace_all(text, "$1").into_owned()
    }

    /// The text with stand-ins for host names.
    pub(super) fn hosts(&self, text: &str, hits: &mut Hits) -> String {
        let mut shared = text.to_owned();
        for (host, standin) in self.hosts.iter().filter(|(host, _)| text.contains(host.as_str())) {
            let mut out = String::with_capacity(shared.len());
            let mut from = 0;
            for (at, _) in shared.match_indices(host.as_str()) {
                let part_of_more = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                if part_of_more(shared[..at].chars().next_back()) || part_of_more(shared[at + host.len()..].chars().next()) {
                    continue;
                }
                out.push_str(&shared[from..at]);
                out.push_str(standin);
                hits.add("host names", RULE);
                from = at + host.len();
            }
            out.push_str(&shared[from..]);
            shared = out;
        }
        shared
    }
}

fn is_standin(text: &str) -> bool {
    text == REDACTED || text == DROPPED || (text.starts_with("[value-") && text.ends_with(']'))
}

/// The hosts that a record names and the values that its bodies hold.
#[derive(Default)]
struct Seen {
    hosts: Vec<String>,
    values: BTreeSet<String>,
}

impl Seen {
    fn part(&mut self, value: &Value, key: &str) {
        match value {
            Value::String(text)
                if matches!(key, "url" | "target" | "registered" | "command" | "rerun_options" | "value" | "name") =>
            {
                self.origins(text);
            }
            Value::Array(items) => items.iter().for_each(|item| self.part(item, key)),
            Value::Object(members) if key == "body" => {
                let text = members.get("text").and_then(Value::as_str).unwrap_or_default();
                match serde_json::from_str::<Value>(text) {
                    Ok(body) => self.values(&body),
                    Err(_) => text.split(|c: char| c.is_whitespace() || "&=<>\"".contains(c)).for_each(|word| self.value(word)),
                }
            }
            Value::Object(members) => {
                if members.get("name").and_then(Value::as_str).is_some_and(|name| name.eq_ignore_ascii_case("host")) {
                    let host = members.get("value").and_then(Value::as_str).unwrap_or_default();
                    self.host(host.rsplit_once(':').map_or(host, |(host, _)| host));
                }
                members.iter().for_each(|(name, member)| self.part(member, name));
            }
            _ => {}
        }
    }

    fn origins(&mut self, text: &str) {
        let Some(origin) = ORIGIN.as_ref() else { return };
        for found in origin.captures_iter(text) {
            if let Some(host) = found.get(1) {
                self.host(host.as_str());
            }
        }
    }

    fn host(&mut self, host: &str) {
        let stands = host.starts_with("host-") && host.ends_with(".example");
        if !host.is_empty()
            && !host.contains(REDACTED)
            && host != DROPPED
            && !stands
            && !OWN.contains(&host)
            && !self.hosts.iter().any(|known| known == host)
        {
            self.hosts.push(host.to_owned());
        }
    }

    fn values(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.value(text),
            Value::Number(number) => self.value(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.values(item)),
            Value::Object(members) => members.values().for_each(|member| self.values(member)),
            _ => {}
        }
    }

    fn value(&mut self, text: &str) {
        if telling(text) && !text.contains(REDACTED) {
            self.values.insert(text.to_owned());
        }
    }
}
