//! Multipart bodies (RFC 2046 section 5.1, RFC 7578): taken apart, each part read by its own media type.
//!
//! Validates no value; a part of an undocumented media type is a fault, a part that nothing tells how to read is said.

use crate::base::pointer::Pointer;
use crate::contract::body::{Fault, FaultKind, PartHeader, Reading, form, one, unjudged};
use crate::contract::media::{MediaName, parameters};
use crate::contract::model::{Encoding, MediaType};
use crate::contract::view::View;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Parts of one body, at most.
const MOST: usize = 10_000;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part<'b> {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: &'b [u8],
}

impl Part<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// The disposition in lower case, and the name it gives.
    fn disposition(&self) -> Option<(String, Option<String>)> {
        let (kind, rest) = self.header("content-disposition").map(|t| t.split_once(';').unwrap_or((t, "")))?;
        let name = parameters(rest)?.into_iter().find(|(n, _)| n == "name").map(|(_, v)| v);
        Some((kind.trim().to_ascii_lowercase(), name))
    }
}

/// The parts between the delimiters.
pub(super) fn parts<'b>(boundary: &str, bytes: &'b [u8]) -> Result<Vec<Part<'b>>, String> {
    let delimiter = format!("--{boundary}");
    let delimiter = delimiter.as_bytes();
    let mut parts = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    loop {
        let Some(found) = find(bytes, delimiter, at) else {
            return Err(match start {
                None => format!("no line `--{boundary}` begins a part"),
                Some(_) => format!("no line `--{boundary}--` ends the last part"),
            });
        };
        at = found + delimiter.len();
        let begins_line = found == 0 || bytes[..found].ends_with(b"\r\n");
        let rest = &bytes[at..];
        let closes = rest.starts_with(b"--");
        let after = if closes { &rest[2..] } else { rest };
        let padding = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let ends_line = after[padding..].starts_with(b"\r\n") || (closes && after.len() == padding);
        if !begins_line || !ends_line {
            continue;
        }
        if let Some(start) = start {
            parts.push(part(bytes.get(start..found.saturating_sub(2)).unwrap_or_default())?);
            if parts.len() > MOST {
                return Err(format!("it has more than {MOST} parts"));
            }
        }
        if closes {
            return if parts.is_empty() { Err("it has no part".to_owned()) } else { Ok(parts) };
        }
        at += padding + 2;
        start = Some(at);
        // The line end of a delimiter may be the one before the next.
        at -= 2;
    }
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let first = *wanted.first()?;
    let mut at = from;
    loop {
        let next = bytes.get(at..)?.iter().position(|b| *b == first)? + at;
        if bytes[next..].starts_with(wanted) {
            return Some(next);
        }
        at = next + 1;
    }
}

fn part(bytes: &[u8]) -> Result<Part<'_>, String> {
    let (head, body) = if let Some(body) = bytes.strip_prefix(b"\r\n") {
        (&b""[..], body)
    } else {
        let end = find(bytes, b"\r\n\r\n", 0).ok_or("a part has no empty line after its header fields")?;
        (&bytes[..end], &bytes[end + 4..])
    };
    let head = std::str::from_utf8(head).map_err(|_| "the header fields of a part are not UTF-8")?;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n").filter(|l| !l.is_empty()) {
        // A line that begins with white space goes on with the field before (RFC 5322 section 2.2.3).
        if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), headers.last_mut()) {
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| format!("`{line}` is no header field of a part"))?;
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok(Part { headers, body })
}

pub(super) fn read(name: &MediaName, documented: &MediaType, view: &View<'_>, bytes: &[u8]) -> Reading {
    let broken = |message: String| {
        Reading::broken(Fault::unreadable(None, message, format!("a body of {}", name.essence()), "other bytes"))
    };
    let Some(boundary) = name.parameter("boundary").filter(|b| !b.is_empty() && b.len() <= 70) else {
        return broken("its media type names no boundary of 1 to 70 characters".to_owned());
    };
    let parts = match parts(boundary, bytes) {
        Ok(parts) => parts,
        Err(reason) => return broken(reason),
    };
    let form = name.essence() == "multipart/form-data";
    let mut reading = Reading::default();
    let mut named: Vec<(String, Part<'_>)> = Vec::new();
    let mut nameless: Vec<Part<'_>> = Vec::new();
    for part in parts {
        match part.disposition() {
            Some((kind, Some(name))) if !form || kind == "form-data" => named.push((name, part)),
            _ if form => {
                let actual = part.header("content-disposition").unwrap_or("no Content-Disposition").to_owned();
                let expected = "Content-Disposition: form-data; name=\"...\"";
                reading.faults.push(Fault::unreadable(None, "a part of the form has no name", expected, actual));
            }
            _ => nameless.push(part),
        }
    }
    if nameless.is_empty() && reading.faults.is_empty() {
        let object = object(named, documented, view, &mut reading);
        reading.value = Some(object).filter(|_| documented.schema.is_some());
        return reading;
    }
    if form {
        return reading;
    }
    // The order of named parts among nameless ones is lost, and no schema speaks of such a mixture.
    if !named.is_empty() {
        return Reading::unjudged("some parts have names and some have none");
    }
    let types = view.types();
    if documented.schema.is_some() && !types.is_empty() && !types.contains(&"array") {
        return Reading::unjudged(format!("parts without names are a list, and the schema wants {}", types.join(" or ")));
    }
    let mut items = Vec::new();
    for (i, part) in nameless.iter().enumerate() {
        items.push(encoded(part, form::encoding_at(documented, i), &view.item(i), &Pointer::root().push(i), &mut reading));
    }
    if documented.item_schema.is_some() {
        reading.items = items.iter().enumerate().map(|(i, v)| (Pointer::root().push(i), v.clone())).collect();
    }
    if documented.schema.is_some() {
        reading.value = Some(Value::Array(items));
    }
    reading
}

fn object(named: Vec<(String, Part<'_>)>, documented: &MediaType, view: &View<'_>, reading: &mut Reading) -> Value {
    let mut order: Vec<String> = Vec::new();
    let mut by_name: HashMap<String, Vec<Part<'_>>> = HashMap::new();
    for (name, part) in named {
        by_name
            .entry(name.clone())
            .or_insert_with(|| {
                order.push(name);
                Vec::new()
            })
            .push(part);
    }
    let mut object = Map::new();
    for name in order {
        let parts = by_name.remove(&name).unwrap_or_default();
        let property = view.property(&name);
        let encoding = form::encoding(documented, &name);
        let several = parts.len() > 1 || property.is_only("array");
        let mut index = 0;
        let value = form::gathered(parts, &property, |part, view| {
            let own = Pointer::root().push(&name);
            let at = if several { own.push(index) } else { own };
            index += 1;
            encoded(&part, encoding, view, &at, reading)
        });
        object.insert(name, value);
    }
    Value::Object(object)
}

/// What a part holds, after its media type and header fields were looked at.
fn encoded(part: &Part<'_>, encoding: Option<&Encoding>, view: &View<'_>, at: &Pointer, reading: &mut Reading) -> Value {
    check_type(part, &form::allowed(encoding), at, reading);
    for spec in encoding.iter().flat_map(|e| &e.headers).filter(|h| !h.name.eq_ignore_ascii_case("content-type")) {
        let text = part.header(&spec.name).map(str::to_owned);
        reading.headers.push(PartHeader { at: at.clone(), spec: spec.clone(), text });
    }
    value(part, view, at, reading)
}

/// A part has one of the media types that its encoding names; without a field it is `text/plain` (RFC 7578 section 4.4).
fn check_type(part: &Part<'_>, allowed: &[MediaName], at: &Pointer, reading: &mut Reading) {
    if allowed.is_empty() {
        return;
    }
    let written = part.header("content-type").unwrap_or("text/plain");
    if MediaName::parse(written).is_some_and(|actual| allowed.iter().any(|name| name.covers(&actual))) {
        return;
    }
    reading.faults.push(Fault {
        kind: FaultKind::PartType,
        at: Some(at.clone()),
        message: format!("media type `{written}` is not documented for the part `{}`", at.tokens().next().unwrap_or_default()),
        expected: allowed.iter().map(MediaName::to_string).collect::<Vec<_>>().join(", "),
        actual: written.to_owned(),
    });
}

/// What a part holds; where that cannot be told, it is said, and the part stands as text.
fn value(part: &Part<'_>, view: &View<'_>, at: &Pointer, reading: &mut Reading) -> Value {
    let octets = || Value::String(part.body.iter().copied().map(char::from).collect());
    let name = match part.header("content-type") {
        Some(written) => match MediaName::parse(written) {
            Some(name) => name,
            None => {
                reading.unread.push(at.clone());
                reading.faults.push(Fault::unreadable(Some(at.clone()), "a part has no media type", "a media type", written));
                return octets();
            }
        },
        // What has no field is text, or what its type is by default written as.
        None if view.is_binary() => return octets(),
        None if view.is_only("object") => MediaName::parse("application/json").expect("a media type"),
        None => MediaName::parse("text/plain").expect("a media type"),
    };
    if view.is_binary() && !name.is_json() {
        return octets();
    }
    // What the schema calls text that holds JSON stays text.
    if view.keyword("contentMediaType").is_some()
        && view.is_only("string")
        && let Ok(text) = std::str::from_utf8(part.body)
    {
        return Value::String(text.to_owned());
    }
    if name.essence() == form::URLENCODED
        && let Ok(text) = std::str::from_utf8(part.body)
        && let Ok(object) = form::object(text, &[], view)
    {
        return object;
    }
    match one(&name, view, part.body) {
        Ok(Some(value)) => value,
        Ok(None) => {
            reading.unread.push(at.clone());
            reading.unjudged.push(format!("the part at {at}: {}", unjudged(&name, view)));
            octets()
        }
        Err(reason) => {
            reading.unread.push(at.clone());
            let expected = format!("a part of {}", name.essence());
            reading.faults.push(Fault::unreadable(Some(at.clone()), reason, expected, "other bytes"));
            octets()
        }
    }
}
