//! Writes a value as a body of a documented media type, by the same rules it is read by.
//!
//! Chooses nothing that the description says. Validates nothing and sends nothing.

use crate::contract::Contract;
use crate::contract::body::form::{self, URLENCODED};
use crate::contract::body::stream::{self, Kind};
use crate::contract::media::MediaName;
use crate::contract::model::{Encoding, MediaType};
use crate::contract::style::{self, primitive};
use crate::contract::view::View;
use serde_json::Value;

/// A body ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The value of `Content-Type`.
    pub content_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Contract {
    /// A value as a body of this media type; `boundary` is what separates parts, where there are parts and it occurs in none.
    ///
    /// # Errors
    /// A lower-case fragment that says why the value cannot be written as this media type.
    pub fn write_body(&self, documented: &MediaType, value: &Value, boundary: &str) -> Result<Written, String> {
        let name = MediaName::parse(&documented.name).ok_or_else(|| format!("`{}` is no media type", documented.name))?;
        let name = concrete(&name);
        let view = View::of(&self.files, documented.schema.as_ref());
        let bytes = match stream::kind(&name) {
            Some(kind) => items(kind, value).ok_or_else(|| format!("a body of {name} is written from a list"))?,
            None if name.is_multipart() => return multipart(&name, documented, value, &view, boundary),
            None if name.essence() == URLENCODED => urlencoded(documented, value, &view)?.into_bytes(),
            None => {
                one(&name, value).ok_or_else(|| format!("nothing says how a value is written as {name}; send text in `raw`"))?
            }
        };
        Ok(Written { content_type: name.to_string(), bytes })
    }
}

/// A type within a range: what is commonest in it.
fn concrete(name: &MediaName) -> MediaName {
    if name.is_concrete() {
        return name.clone();
    }
    let text = match (name.is_text(), name.suffix()) {
        (true, _) => "text/plain",
        (false, Some("json") | None) => "application/json",
        (false, Some(_)) => "application/octet-stream",
    };
    MediaName::parse(text).expect("a media type")
}

/// A value of a media type that holds one; text goes as it is.
fn one(name: &MediaName, value: &Value) -> Option<Vec<u8>> {
    match value {
        _ if name.is_json() => Some(value.to_string().into_bytes()),
        Value::String(text) => match name.parameter("charset").map(str::to_ascii_lowercase).as_deref() {
            Some("iso-8859-1" | "latin1") => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Some(text.clone().into_bytes()),
            Some(_) => None,
        },
        Value::Bool(_) | Value::Number(_) if name.is_text() => primitive(value).map(String::into_bytes),
        _ => None,
    }
}

fn items(kind: Kind, value: &Value) -> Option<Vec<u8>> {
    let mut written = String::new();
    for item in value.as_array()? {
        match kind {
            Kind::Lines => written.push_str(&format!("{item}\n")),
            Kind::Records => written.push_str(&format!("\u{1e}{item}\n")),
            Kind::Events => {
                for (name, field) in item.as_object()? {
                    let text = primitive(field)?;
                    text.split('\n').for_each(|line| written.push_str(&format!("{name}: {line}\n")));
                }
                written.push('\n');
            }
        }
    }
    Some(written.into_bytes())
}

/// A field or part as text: objects and lists are JSON unless the encoding names text.
fn field(value: &Value) -> String {
    primitive(value).unwrap_or_else(|| value.to_string())
}

/// The values to write under one name: those of a list one by one, unless the encoding says that the list is one text.
fn under_one_name<'v>(value: &'v Value, encoding: Option<&Encoding>, view: &View<'_>) -> Vec<&'v Value> {
    let whole = form::allowed(encoding).iter().any(MediaName::is_json) && view.is_only("array") && {
        // `contentType` of a list is that of its items, unless these are no objects and could not be JSON otherwise.
        !view.item(0).may_be("object")
    };
    match value {
        Value::Array(items) if !whole => items.iter().collect(),
        one => vec![one],
    }
}

fn urlencoded(documented: &MediaType, value: &Value, view: &View<'_>) -> Result<String, String> {
    let Value::Object(members) = value else {
        return value.as_str().map(str::to_owned).ok_or_else(|| "a form is written from an object".to_owned());
    };
    let mut pairs = Vec::new();
    for (property, value) in members {
        let encoding = form::encoding(documented, property);
        if let Some(parameter) = encoding.and_then(form::styled) {
            let written = style::encode_query(&parameter, value)?;
            pairs.extend(Some(written).filter(|w| !w.is_empty()));
            continue;
        }
        for value in under_one_name(value, encoding, &view.property(property)) {
            let json = form::allowed(encoding).iter().any(MediaName::is_json);
            let text = if json { value.to_string() } else { field(value) };
            pairs.push(format!("{}={}", style::encode(property, false), style::encode(&text, false)));
        }
    }
    Ok(pairs.join("&"))
}

fn multipart(
    name: &MediaName,
    documented: &MediaType,
    value: &Value,
    view: &View<'_>,
    boundary: &str,
) -> Result<Written, String> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    match value {
        Value::Object(members) => {
            for (property, value) in members {
                let encoding = form::encoding(documented, property);
                let own = view.property(property);
                for value in under_one_name(value, encoding, &own) {
                    let item = if own.is_only("array") { own.item(0) } else { own.clone() };
                    let (kind, body) = part(value, encoding, &item)?;
                    let file = if item.is_binary() { format!("; filename=\"{}\"", quoted(property)) } else { String::new() };
                    let head = format!("Content-Disposition: form-data; name=\"{}\"{file}\r\n", quoted(property));
                    parts.push((format!("{head}{}", kind.map(|k| format!("Content-Type: {k}\r\n")).unwrap_or_default()), body));
                }
            }
        }
        Value::Array(items) if name.essence() != "multipart/form-data" => {
            for (i, item) in items.iter().enumerate() {
                let (kind, body) = part(item, form::encoding_at(documented, i), &view.item(i))?;
                parts.push((kind.map(|k| format!("Content-Type: {k}\r\n")).unwrap_or_default(), body));
            }
        }
        _ => return Err(format!("a body of {} is written from an object", name.essence())),
    }
    if parts.is_empty() {
        return Err(format!("a body of {} has one part at least", name.essence()));
    }
    let boundary = absent(boundary, &parts);
    let mut bytes = Vec::new();
    for (head, body) in parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
        bytes.extend_from_slice(&body);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Written { content_type: format!("{}; boundary={boundary}", name.essence()), bytes })
}

/// The media type of a part, where one is written, and its bytes.
fn part(value: &Value, encoding: Option<&Encoding>, view: &View<'_>) -> Result<(Option<MediaName>, Vec<u8>), String> {
    let named = form::allowed(encoding);
    let named = named.iter().find(|n| n.is_concrete()).cloned().or_else(|| named.first().map(within));
    let kind = named.or_else(|| match value {
        Value::Object(_) | Value::Array(_) => MediaName::parse("application/json"),
        _ if view.is_binary() => MediaName::parse(view.keyword("contentMediaType").unwrap_or("application/octet-stream")),
        _ => None,
    });
    let body = match &kind {
        Some(kind) => one(kind, value),
        None => Some(field(value).into_bytes()),
    };
    let body = body.ok_or_else(|| {
        format!("nothing says how a part is written as {}", kind.as_ref().map_or_else(String::new, MediaName::to_string))
    })?;
    Ok((kind, body))
}

/// A type within a range that an encoding names.
fn within(range: &MediaName) -> MediaName {
    let essence = range.essence();
    let text = match essence.split('/').next() {
        Some("image") => "image/png",
        Some("text") => "text/plain",
        _ => "application/octet-stream",
    };
    MediaName::parse(text).expect("a media type")
}

/// A name between quotes, as the HTML standard writes it in form data.
fn quoted(name: &str) -> String {
    name.replace('\r', "%0D").replace('\n', "%0A").replace('"', "%22")
}

/// The boundary, made longer until it occurs in no part.
fn absent(boundary: &str, parts: &[(String, Vec<u8>)]) -> String {
    let mut boundary = boundary.to_owned();
    while parts.iter().any(|(_, body)| body.windows(boundary.len()).any(|w| w == boundary.as_bytes())) {
        boundary.push('x');
    }
    boundary
}
