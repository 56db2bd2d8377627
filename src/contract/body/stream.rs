//! Streams of items in one body: lines of JSON, JSON text sequences, server-sent events.
//!
//! Takes items apart and reads each; validates none. A last event that its blank line never ended is no event.

use crate::base::pointer::Pointer;
use crate::contract::body::{Fault, Reading};
use crate::contract::media::MediaName;
use crate::contract::model::MediaType;
use crate::contract::view::View;
use serde_json::{Map, Value};

/// How items follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One JSON text on each line.
    Lines,
    /// Each JSON text after a record separator (RFC 7464).
    Records,
    /// `text/event-stream` of the HTML standard.
    Events,
}

/// The stream a media type is, if it is one.
pub(super) fn kind(name: &MediaName) -> Option<Kind> {
    match name.essence().as_str() {
        "application/jsonl" | "application/x-ndjson" | "application/ndjson" | "application/json-lines" => Some(Kind::Lines),
        "application/json-seq" => Some(Kind::Records),
        "text/event-stream" => Some(Kind::Events),
        _ if name.suffix() == Some("json-seq") => Some(Kind::Records),
        _ => None,
    }
}

pub(super) fn read(kind: Kind, documented: &MediaType, view: &View<'_>, bytes: &[u8]) -> Reading {
    let broken = |message: String| Reading::broken(Fault::unreadable(None, message, "a stream of items", "other bytes"));
    let Ok(text) = std::str::from_utf8(bytes) else { return broken("the stream is not UTF-8".to_owned()) };
    let types = view.types();
    if documented.item_schema.is_none() && documented.schema.is_some() && !types.is_empty() && !types.contains(&"array") {
        if types.contains(&"string") {
            return Reading::of(Value::String(text.to_owned()));
        }
        return Reading::unjudged(format!("a stream is a list of items, and the schema wants {}", types.join(" or ")));
    }
    let items = match kind {
        Kind::Lines => parsed(text.split('\n')),
        Kind::Records => parsed(text.split('\u{1e}')),
        Kind::Events => Ok(events(text)),
    };
    let items = match items {
        Ok(items) => items,
        Err(reason) => return broken(reason),
    };
    let mut reading = Reading::default();
    if documented.item_schema.is_some() {
        reading.items = items.iter().enumerate().map(|(i, v)| (Pointer::root().push(i), v.clone())).collect();
    }
    if documented.schema.is_some() {
        reading.value = Some(Value::Array(items));
    }
    reading
}

fn parsed<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Vec<Value>, String> {
    let whole = texts.map(str::trim).filter(|t| !t.is_empty()).enumerate();
    whole.map(|(i, text)| serde_json::from_str(text).map_err(|e| format!("item {i} is not JSON: {e}"))).collect()
}

/// Events as objects of `data`, `event`, `id` and `retry`, as far as each was sent (HTML, section 9.2.6).
pub(super) fn events(text: &str) -> Vec<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    let mut events = Vec::new();
    let mut fields = Map::new();
    let mut data: Option<String> = None;
    // What follows the last line end is an unfinished line.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut lines = whole.split('\n').peekable();
    if whole.is_empty() {
        lines.next();
    }
    for line in lines {
        if line.is_empty() {
            let sent = std::mem::take(&mut fields);
            if let Some(data) = data.take() {
                let mut event = Map::new();
                event.insert("data".to_owned(), Value::String(data));
                event.extend(sent);
                events.push(Value::Object(event));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            "id" if value.contains('\0') => {}
            "event" | "id" => {
                fields.insert(name.to_owned(), Value::String(value.to_owned()));
            }
            "retry" => {
                let digits = value.bytes().all(|b| b.is_ascii_digit());
                if let Some(number) = value.parse::<u64>().ok().filter(|_| digits) {
                    fields.insert(name.to_owned(), Value::from(number));
                }
            }
            _ => {}
        }
    }
    events
}
