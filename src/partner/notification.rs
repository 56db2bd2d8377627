//! The body of a delivery, read as a partner should: strictly where the sender could mean something else, and with an open mind
//! for what a minor version may add.
//!
//! Pure: bytes in, a notification or a reason out. Never decides a status.

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How deep JSON may be nested.
const DEPTH: usize = 64;
/// Every entity there is today.
const ENTITIES: [&str; 6] = ["QUOTATION", "CUSTOMER", "PROPOSAL", "PREPARED_CONTRACT", "SIGNATURE", "CONTRACT"];
/// Every event there is today, of whichever entity.
const EVENTS: [&str; 9] =
    ["UPDATED", "EXPIRED", "CANCELLED", "DECISION_REACHED", "INITIATED", "IN_PROGRESS", "IN_ERROR", "REFUSED", "COMPLETE"];
const LATER_EVENTS: [&str; 1] = ["ACTIVATED"];
const FIELDS: [&str; 5] = ["entity", "event", "timestamp", "id", "details"];
const DETAIL_FIELDS: [&str; 3] = ["subject", "signatoryId", "reason"];

/// What a delivery says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Notification {
    pub(super) entity: String,
    pub(super) event: String,
    pub(super) id: Option<String>,
    /// When it happened; `None` of a moment that no calendar here has, such as a leap second.
    pub(super) at: Option<Timestamp>,
    pub(super) value: Value,
}

/// Why a body is no delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    Empty,
    NotUtf8,
    TooDeep,
    DuplicateKeys,
    Malformed,
    /// JSON, with a value that nothing here could hold.
    Unrepresentable,
    NotAnObject,
    Missing(&'static str),
    Wrong(&'static str),
}

impl Unreadable {
    /// For the sender.
    pub(super) fn words(self) -> String {
        match self {
            Self::Empty => "the body is empty".to_owned(),
            Self::NotUtf8 => "the body is not UTF-8".to_owned(),
            Self::TooDeep => format!("the body is nested deeper than {DEPTH} levels"),
            Self::DuplicateKeys => "an object of the body has a key twice".to_owned(),
            Self::Malformed => "the body is not JSON".to_owned(),
            Self::Unrepresentable => "the body has a text or a number that cannot be held".to_owned(),
            Self::NotAnObject => "the body is not a JSON object".to_owned(),
            Self::Missing(field) => format!("`{field}` is missing"),
            Self::Wrong(field) => format!("`{field}` does not have its form"),
        }
    }
}

/// Reads a body.
pub(super) fn read(body: &[u8]) -> Result<Notification, Unreadable> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    let text = std::str::from_utf8(body).map_err(|_| Unreadable::NotUtf8)?;
    if depth(text) > DEPTH {
        return Err(Unreadable::TooDeep);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Unreadable::Unrepresentable,
        Err(_) => Unreadable::Malformed,
    })?;
    if has_duplicate_keys(text) {
        return Err(Unreadable::DuplicateKeys);
    }
    let Value::Object(members) = &value else { return Err(Unreadable::NotAnObject) };
    let text = |field: &'static str| match members.get(field) {
        None => Err(Unreadable::Missing(field)),
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(Unreadable::Wrong(field)),
    };
    let (entity, event, timestamp) = (text("entity")?, text("event")?, text("timestamp")?);
    if !is_date_time(&timestamp) {
        return Err(Unreadable::Wrong("timestamp"));
    }
    let id = match members.get("id") {
        None => None,
        Some(Value::String(id)) => Some(id.clone()),
        Some(_) => return Err(Unreadable::Wrong("id")),
    };
    match members.get("details") {
        None => {}
        Some(Value::Array(details)) => details.iter().try_for_each(detail)?,
        Some(_) => return Err(Unreadable::Wrong("details")),
    }
    Ok(Notification { entity, event, id, at: timestamp.parse().ok(), value })
}

fn detail(detail: &Value) -> Result<(), Unreadable> {
    match detail.as_object().map(|members| members.get("subject")) {
        None => Err(Unreadable::Wrong("details")),
        Some(None) => Err(Unreadable::Missing("subject")),
        Some(Some(subject)) if subject.is_string() => Ok(()),
        Some(Some(_)) => Err(Unreadable::Wrong("subject")),
    }
}

/// The three bytes that some writers put before UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Notification {
    pub(super) fn knows_entity(&self) -> bool {
        ENTITIES.contains(&self.entity.as_str())
    }

    pub(super) fn knows_event(&self) -> bool {
        EVENTS.iter().chain(&LATER_EVENTS).any(|known| *known == self.event)
    }

    pub(super) fn knows_fields(&self) -> bool {
        let known = |members: &Map<String, Value>, names: &[&str]| members.keys().all(|key| names.contains(&key.as_str()));
        let Value::Object(members) = &self.value else { return false };
        let details = members.get("details").and_then(Value::as_array);
        let mut objects = details.into_iter().flatten().filter_map(Value::as_object);
        known(members, &FIELDS) && objects.all(|detail| known(detail, &DETAIL_FIELDS))
    }
}

/// The form of RFC 3339: any moment, also one that a calendar may not hold.
fn is_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = |part: &[u8], shape: &[u8]| {
        part.len() == shape.len()
            && part.iter().zip(shape).all(|(b, s)| if *s == b'0' { b.is_ascii_digit() } else { b.eq_ignore_ascii_case(s) })
    };
    let Some((moment, rest)) = bytes.split_at_checked(19) else { return false };
    let offset = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
        offset => offset,
    };
    shape(moment, b"0000-00-00T00:00:00") && (shape(offset, b"Z") || shape(offset, b"+00:00") || shape(offset, b"-00:00"))
}

/// The deepest nesting of brackets outside of strings.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut inside, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'{' | b'[' if !inside => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !inside => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Whether an object has a key twice, of a text that is JSON.
fn has_duplicate_keys(text: &str) -> bool {
    let mut open: Vec<Option<HashSet<String>>> = Vec::new();
    let mut rest = text;
    // Whether the next string is a key: after `{`, and after `,` in an object.
    let mut key = false;
    while let Some(first) = rest.chars().next() {
        let mut used = first.len_utf8();
        match first {
            '{' => {
                open.push(Some(HashSet::new()));
                key = true;
            }
            '[' => {
                open.push(None);
                key = false;
            }
            '}' | ']' => {
                open.pop();
                key = false;
            }
            ',' => key = matches!(open.last(), Some(Some(_))),
            '"' => {
                used = string_length(rest);
                if std::mem::take(&mut key)
                    && let Some(Some(keys)) = open.last_mut()
                    && let Ok(name) = serde_json::from_str::<String>(&rest[..used])
                    && !keys.insert(name)
                {
                    return true;
                }
            }
            _ => {}
        }
        rest = &rest[used..];
    }
    false
}

/// The length of the string that a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, read};

    const GOOD: &str = r#"{"entity":"QUOTATION","event":"UPDATED","timestamp":"2026-11-22T10:00:00Z","id":"q-1"}"#;

    #[test]
    fn what_a_minor_version_may_add_is_read() {
        let read_well = |text: &str| read(text.as_bytes()).unwrap();
        let plain = read_well(GOOD);
        assert!(plain.knows_entity() && plain.knows_event() && plain.knows_fields() && plain.at.is_some());
        assert_eq!(read_well(&format!("\u{feff}{GOOD}")), plain);
        assert!(!read_well(&GOOD.replace("UPDATED", "PAUSED")).knows_event());
        assert!(!read_well(&GOOD.replace("QUOTATION", "INVOICE")).knows_entity());
        assert!(!read_well(&GOOD.replace("\"id\"", "\"x\":{\"id\":[1]},\"id\"")).knows_fields());
        let detailed = GOOD.replace("\"id\"", r#""details":[{"subject":"SIGNATURE","more":1}],"id""#);
        assert!(!read_well(&detailed).knows_fields());
        assert_eq!(read_well(&GOOD.replace(r#","id":"q-1""#, "")).id, None);
        for at in [
            "1990-12-31T23:59:60Z",
            "2026-11-22t10:00:00.123456789012z",
            "0000-01-01T00:00:00-00:00",
            "2026-11-22T10:00:00+23:59",
        ] {
            assert_eq!(read_well(&GOOD.replace("2026-11-22T10:00:00Z", at)).event, "UPDATED", "{at}");
        }
    }

    #[test]
    fn what_is_no_delivery_is_said() {
        let deep = format!(r#"{{"entity":"E","x":{}{}}}"#, "[".repeat(100), "]".repeat(100));
        for (body, why) in [
            (" \n", Unreadable::Empty),
            ("{\"entity\":", Unreadable::Malformed),
            ("[1]", Unreadable::NotAnObject),
            ("\"text\"", Unreadable::NotAnObject),
            (&deep, Unreadable::TooDeep),
            (&GOOD.replace("\"id\"", "\"\\u0065vent\""), Unreadable::DuplicateKeys),
            (&GOOD.replace("\"id\":", "\"d\":[{\"a\":\"{\\\"\",\"b\":1,\"a\":2}],\"id\":"), Unreadable::DuplicateKeys),
            (&GOOD.replace("\"event\"", "\"e\""), Unreadable::Missing("event")),
            (&GOOD.replace("\"UPDATED\"", "null"), Unreadable::Wrong("event")),
            (&GOOD.replace("2026-11-22T", "2026-11-22 "), Unreadable::Wrong("timestamp")),
            (&GOOD.replace("\"q-1\"", "1"), Unreadable::Wrong("id")),
            (&GOOD.replace("\"q-1\"", "1e99999"), Unreadable::Unrepresentable),
            (&GOOD.replace("q-1", "\\ud800"), Unreadable::Unrepresentable),
            (&GOOD.replace("\"id\"", "\"details\":{},\"id\""), Unreadable::Wrong("details")),
            (&GOOD.replace("\"id\"", "\"details\":[{\"reason\":\"r\"}],\"id\""), Unreadable::Missing("subject")),
        ] {
            assert_eq!(read(body.as_bytes()), Err(why), "{body}");
        }
        assert_eq!(read(b"{\"a\":\"\xff\"}"), Err(Unreadable::NotUtf8));
        assert!(
            read(GOOD.replace("\"id\"", "\"d\":[{\"id\":1},{\"id\":1}],\"id\"").as_bytes()).is_ok(),
            "each object has its own keys"
        );
    }
}
