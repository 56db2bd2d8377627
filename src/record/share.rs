//! A record that may be handed to others: what was found and where, without what was said.
//!
//! Drops bodies, the words that quote them, header values and the machine's name; puts stand-ins for host names, query values and
//! identifiers, the same one for the same value. Verdicts, figures, checks, places and digests stay. Lists what was dropped, and never
//! judges anew.

mod standin;

use crate::base::diagnostic::Diagnostic;
use crate::record::scrub::Hits;
use crate::record::shape::RedactionRecord;
use crate::record::share::standin::{StandIns, telling};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// By which rule something is dropped.
pub const RULE: &str = "share";
/// What stands in place of what is dropped.
pub const DROPPED: &str = "[not shared]";

/// Header fields whose values say how HTTP was spoken, and nothing of anybody.
const SPOKEN: [&str; 22] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "deprecation",
    "expires",
    "keep-alive",
    "pragma",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "sunset",
    "transfer-encoding",
    "vary",
    "www-authenticate",
];
/// Members whose text may quote a message.
const WORDS: [&str; 14] = [
    "message", "expected", "reason", "unusable", "sentence", "failure", "aborted", "detail", "errors", "notes", "unsaid",
    "remarks", "distrust", "provoked",
];
/// Members that hold a URL.
const URLS: [&str; 3] = ["url", "target", "registered"];
/// Members that name files.
const FILES: [&str; 7] = ["command", "rerun", "rerun_options", "place", "file", "name", "path"];

/// The record as it may be shared. One that was shared before stays as it is.
///
/// # Errors
/// When it cannot be put together again, which is then not shared at all.
pub fn share<T: Serialize + DeserializeOwned>(record: &T) -> Result<T, Diagnostic> {
    let fault = |error: serde_json::Error| Diagnostic::error("report/share", format!("the record cannot be shared: {error}"));
    let mut value = serde_json::to_value(record).map_err(fault)?;
    let mut sharer = Sharer { standins: StandIns::of(&value), hits: Hits::default() };
    sharer.part(&mut value, "");
    let mut hits = sharer.hits;
    hits.join(&serde_json::from_value::<Vec<RedactionRecord>>(value["redactions"].clone()).unwrap_or_default());
    let listed = hits.records();
    if listed.is_empty() {
        if let Some(members) = value.as_object_mut() {
            members.remove("redactions");
        }
    } else {
        value["redactions"] = serde_json::to_value(listed).map_err(fault)?;
    }
    serde_json::from_value(value).map_err(fault)
}

/// Whether a record was made for sharing.
#[must_use]
pub fn is_shared(redactions: &[RedactionRecord]) -> bool {
    redactions.iter().any(|redaction| redaction.rule == RULE)
}

struct Sharer {
    standins: StandIns,
    hits: Hits,
}

impl Sharer {
    /// A part of the record that stands under `key`; items of a list under that of the list.
    fn part(&mut self, value: &mut Value, key: &str) {
        match value {
            Value::Array(items) if key == "excerpt" => self.drop_all(items, "excerpts of bodies"),
            Value::Array(items) if key == "machine" => {
                let before = items.len();
                items.retain(|fact| fact["name"] != "host");
                (items.len()..before).for_each(|_| self.drop("name of the machine"));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.part(item, key)),
            Value::Object(_) if key == "body" => self.body(value),
            Value::Object(members) if key == "headers" && members.contains_key("value") => self.header(value),
            Value::Object(members) => {
                // What was received is a finding's; gates and objectives tell figures.
                if members.contains_key("check")
                    && let Some(Value::String(text)) = members.get_mut("actual")
                    && self.quotes(text)
                {
                    DROPPED.clone_into(text);
                    self.drop("what was received");
                }
                for (name, member) in members.iter_mut().filter(|(name, _)| *name != "redactions") {
                    self.part(member, name);
                }
            }
            Value::String(_) if key == "curl" => {
                *value = Value::Null;
                self.drop("commands that repeat a call");
            }
            Value::String(text) => {
                let shared = self.text(text, key);
                *text = shared;
            }
            _ => {}
        }
    }

    fn drop(&mut self, what: &str) {
        self.hits.add(what, RULE);
    }

    fn drop_all(&mut self, items: &mut Vec<Value>, what: &str) {
        if !items.is_empty() {
            items.clear();
            self.drop(what);
        }
    }

    fn body(&mut self, body: &mut Value) {
        let Some(members) = body.as_object_mut() else { return };
        if members.remove("text").is_some() | members.remove("base64").is_some() {
            members.insert("cut".to_owned(), json!(false));
            self.drop("bodies");
        }
    }

    fn header(&mut self, header: &mut Value) {
        let name = header["name"].as_str().unwrap_or_default().to_ascii_lowercase();
        let Some(text) = header["value"].as_str() else { return };
        let shared = match name.as_str() {
            "location" | "content-location" | "referer" => self.text(text, "url"),
            "authorization" | "proxy-authorization" => return,
            name if SPOKEN.contains(&name) || name.starts_with("x-ratelimit-") => self.text(text, ""),
            _ if text.is_empty() || text == DROPPED || text == crate::model::redact::REDACTED => return,
            _ => {
                self.drop("values of header fields");
                DROPPED.to_owned()
            }
        };
        header["value"] = shared.into();
    }

    fn text(&mut self, text: &str, key: &str) -> String {
        let mut shared = text.to_owned();
        if WORDS.contains(&key) {
            shared = self.standins.quoted(&shared, &mut self.hits);
        }
        if URLS.contains(&key) || (key == "operation" && shared.contains(" /")) {
            shared = self.standins.url(&shared, &mut self.hits);
        }
        if FILES.contains(&key) {
            shared = self.standins.files(&shared, &mut self.hits);
        }
        self.standins.hosts(&shared, &mut self.hits)
    }

    /// Whether what was received may be a value: it is told in words of our own only where it has neither a quote nor a figure beyond
    /// a status or a count.
    fn quotes(&self, text: &str) -> bool {
        let own = |c: char| c.is_ascii_alphanumeric() || " ,:;()%".contains(c);
        text != DROPPED
            && (!text.chars().all(own) || self.standins.knows_part(text) || text.split(' ').any(|w| w.len() > 3 && telling(w)))
    }
}

#[cfg(test)]
mod tests;
