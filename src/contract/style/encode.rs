//! Parameter styles, outward: how values become parts of a path, a query, a header or a cookie.
//!
//! Pure text with percent-encoding. Never validates a value against its schema.

use crate::contract::media::MediaName;
use crate::contract::model::{Parameter, Style};
use serde_json::Value;

/// What goes in place of `{name}` in a path, percent-encoded.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_path(parameter: &Parameter, value: &Value) -> Result<String, String> {
    // A slash, a question mark or a number sign would end the segment, reserved or not.
    let escape = |text: &str| if parameter.allow_reserved { escaped(text, IN_PATH) } else { encode(text, false) };
    let name = escape(&parameter.name);
    let parts = Parts::of(parameter, value)?;
    let explode = parameter.explode;
    Ok(match parameter.style {
        Style::Label => match &parts {
            Parts::One(text) => format!(".{}", escape(text)),
            Parts::List(items) => format!(".{}", joined(items, if explode { "." } else { "," }, escape)),
            Parts::Pairs(pairs) if explode => format!(".{}", assigned(pairs, ".", escape)),
            Parts::Pairs(pairs) => format!(".{}", flat(pairs, ",", escape)),
        },
        Style::Matrix => match &parts {
            Parts::One(text) if text.is_empty() => format!(";{name}"),
            Parts::One(text) => format!(";{name}={}", escape(text)),
            Parts::List(items) if explode => items.iter().map(|i| format!(";{name}={}", escape(i))).collect(),
            Parts::List(items) => format!(";{name}={}", joined(items, ",", escape)),
            Parts::Pairs(pairs) if explode => format!(";{}", assigned(pairs, ";", escape)),
            Parts::Pairs(pairs) => format!(";{name}={}", flat(pairs, ",", escape)),
        },
        _ => simple(&parts, explode, escape),
    })
}

/// The pairs of a query, percent-encoded and joined by `&`; empty when there is nothing to send. How `deepObject` writes what
/// is nested deeper than one level, and lists, no specification says: `a[b][c]=` and `a[b][0]=` are what most readers take.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_query(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let name = encode(&parameter.name, false);
    let escape = |text: &str| encode(text, parameter.allow_reserved);
    let plain = |text: &str| encode(text, false);
    if parameter.style == Style::DeepObject && (value.is_object() || value.is_array()) && parameter.content.is_none() {
        let mut pairs = Vec::new();
        deep(&name, value, &escape, &mut pairs);
        return Ok(pairs.join("&"));
    }
    let delimiter = match parameter.style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    Ok(match Parts::of(parameter, value)? {
        Parts::One(text) => format!("{name}={}", escape(&text)),
        Parts::List(items) if items.is_empty() => String::new(),
        Parts::List(items) if parameter.explode => {
            items.iter().map(|i| format!("{name}={}", escape(i))).collect::<Vec<_>>().join("&")
        }
        Parts::List(items) => format!("{name}={}", joined(&items, delimiter, delimited(parameter, escape))),
        Parts::Pairs(pairs) if parameter.explode => {
            pairs.iter().map(|(k, v)| format!("{}={}", plain(k), escape(v))).collect::<Vec<_>>().join("&")
        }
        Parts::Pairs(pairs) if pairs.is_empty() => String::new(),
        Parts::Pairs(pairs) => format!("{name}={}", flat(&pairs, delimiter, delimited(parameter, escape))),
    })
}

/// Reserved characters that stay may not be mistaken for the comma between items.
fn delimited<'p>(parameter: &'p Parameter, escape: impl Fn(&str) -> String + 'p) -> impl Fn(&str) -> String + 'p {
    move |text| {
        let text = escape(text);
        if parameter.allow_reserved && parameter.style == Style::Form { text.replace(',', "%2C") } else { text }
    }
}

fn deep(name: &str, value: &Value, escape: &impl Fn(&str) -> String, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(k, v)| deep(&format!("{name}%5B{}%5D", encode(k, false)), v, escape, into));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| deep(&format!("{name}%5B{i}%5D"), v, escape, into));
        }
        other => into.push(format!("{name}={}", escape(&primitive(other).unwrap_or_default()))),
    }
}

/// The value of a header field; nothing is percent-encoded (OpenAPI leaves header values as they are).
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_header(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let text = simple(&Parts::of(parameter, value)?, parameter.explode, str::to_owned);
    match text.chars().find(|c| c.is_control() && *c != '\t') {
        Some(_) => Err(format!("a control character cannot be sent in the header `{}`", parameter.name)),
        None => Ok(text),
    }
}

/// One `name=value` (or several, joined by `; `) of the `Cookie` field; in style `cookie` nothing is percent-encoded.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style, or holds what would end a cookie.
pub fn encode_cookie(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let name = &parameter.name;
    let raw = parameter.style == Style::Cookie;
    let escape = |text: &str| if raw { text.to_owned() } else { encode(text, false) };
    let written = match Parts::of(parameter, value)? {
        Parts::One(text) => format!("{name}={}", escape(&text)),
        Parts::List(items) if parameter.explode => {
            items.iter().map(|i| format!("{name}={}", escape(i))).collect::<Vec<_>>().join("; ")
        }
        Parts::List(items) => format!("{name}={}", joined(&items, ",", escape)),
        Parts::Pairs(pairs) if parameter.explode => assigned(&pairs, "; ", escape),
        Parts::Pairs(pairs) => format!("{name}={}", flat(&pairs, ",", escape)),
    };
    let ends = |text: &str| text.contains(';') || text.chars().any(char::is_control);
    let broken = raw && written.split("; ").any(ends);
    if broken { Err(format!("`;` and control characters cannot be sent in the cookie `{name}`")) } else { Ok(written) }
}

/// A value as parameters see it: text, items or members, all of them texts.
enum Parts {
    One(String),
    List(Vec<String>),
    Pairs(Vec<(String, String)>),
}

impl Parts {
    fn of(parameter: &Parameter, value: &Value) -> Result<Self, String> {
        if let Some(content) = &parameter.content {
            return Ok(Self::One(match value {
                Value::String(text) if !MediaName::parse(content).is_some_and(|m| m.is_json()) => text.clone(),
                other => other.to_string(),
            }));
        }
        let nested = || format!("`{}` cannot carry a value nested this deep", parameter.name);
        match value {
            Value::Array(items) => items.iter().map(primitive).collect::<Option<_>>().map(Self::List).ok_or_else(nested),
            Value::Object(members) => {
                let pairs = members.iter().map(|(k, v)| Some((k.clone(), primitive(v)?)));
                pairs.collect::<Option<_>>().map(Self::Pairs).ok_or_else(nested)
            }
            other => primitive(other).map(Self::One).ok_or_else(nested),
        }
    }
}

/// The text of a value that is neither a list nor an object.
pub(in crate::contract) fn primitive(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn simple(parts: &Parts, explode: bool, escape: impl Fn(&str) -> String) -> String {
    match parts {
        Parts::One(text) => escape(text),
        Parts::List(items) => joined(items, ",", escape),
        Parts::Pairs(pairs) if explode => assigned(pairs, ",", escape),
        Parts::Pairs(pairs) => flat(pairs, ",", escape),
    }
}

fn joined(items: &[String], delimiter: &str, escape: impl Fn(&str) -> String) -> String {
    items.iter().map(|i| escape(i)).collect::<Vec<_>>().join(delimiter)
}

fn assigned(pairs: &[(String, String)], delimiter: &str, escape: impl Fn(&str) -> String) -> String {
    pairs.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect::<Vec<_>>().join(delimiter)
}

fn flat(pairs: &[(String, String)], delimiter: &str, escape: impl Fn(&str) -> String) -> String {
    pairs.iter().flat_map(|(k, v)| [escape(k), escape(v)]).collect::<Vec<_>>().join(delimiter)
}

/// What of RFC 3986 section 2.2 may stay in a query without ending the value.
const IN_QUERY: &[u8] = b":/?@!$'()*,;";
/// The same in a path, where a slash would end the segment.
const IN_PATH: &[u8] = b":@!$&'()*+,;=";

/// Percent-encodes the UTF-8 of everything but RFC 3986's unreserved characters; with `reserved`, those of RFC 3986
/// section 2.2 stay as well, except the ones that would end the value, and what is percent-encoded already.
#[must_use]
pub fn encode(text: &str, reserved: bool) -> String {
    escaped(text, if reserved { IN_QUERY } else { b"" })
}

fn escaped(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (i, &byte) in bytes.iter().enumerate() {
        let triple = || bytes.get(i + 1..i + 3).is_some_and(|t| t.iter().all(u8::is_ascii_hexdigit));
        let stays = b"-._~".contains(&byte) || kept.contains(&byte) || (byte == b'%' && !kept.is_empty() && triple());
        if byte.is_ascii_alphanumeric() || stays {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{encode_cookie, encode_header, encode_path, encode_query};
    use crate::contract::model::{In, Parameter, Style};
    use serde_json::{Value, json};

    fn parameter(style: Style, explode: bool) -> Parameter {
        Parameter {
            name: "color".to_owned(),
            location: In::Query,
            required: false,
            style,
            explode,
            allow_reserved: false,
            schema: None,
            content: None,
            example: None,
        }
    }

    type Encode = fn(&Parameter, &Value) -> Result<String, String>;

    /// The table of style examples in OpenAPI 3.1, section 4.8.12.4: empty, text, list, object.
    #[test]
    fn styles_are_those_of_the_specification() {
        use Style::{DeepObject, Form, Label, Matrix, PipeDelimited, Simple, SpaceDelimited};
        let rows: [(Encode, Style, bool, [&str; 4]); 11] = [
            (encode_path, Matrix, false, [";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"]),
            (encode_path, Matrix, true, [";color", ";color=blue", ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"]),
            (encode_path, Label, false, [".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"]),
            (encode_path, Label, true, [".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"]),
            (encode_path, Simple, false, ["", "blue", "blue,black,brown", "R,100,G,200,B,150"]),
            (encode_header, Simple, true, ["", "blue", "blue,black,brown", "R=100,G=200,B=150"]),
            (encode_query, Form, false, ["color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"]),
            (encode_query, Form, true, ["color=", "color=blue", "color=blue&color=black&color=brown", "R=100&G=200&B=150"]),
            (
                encode_query,
                SpaceDelimited,
                false,
                ["color=", "color=blue", "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"],
            ),
            (
                encode_query,
                PipeDelimited,
                false,
                ["color=", "color=blue", "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"],
            ),
            (
                encode_query,
                DeepObject,
                true,
                [
                    "color=",
                    "color=blue",
                    "color%5B0%5D=blue&color%5B1%5D=black&color%5B2%5D=brown",
                    "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150",
                ],
            ),
        ];
        let values = [json!(""), json!("blue"), json!(["blue", "black", "brown"]), json!({"R": 100, "G": 200, "B": 150})];
        for (encode, style, explode, expected) in rows {
            for (value, expected) in values.iter().zip(expected) {
                let encoded = encode(&parameter(style, explode), value);
                assert_eq!(encoded.as_deref(), Ok(expected), "{style:?} {explode} {value}");
            }
        }
    }

    #[test]
    fn everything_reserved_is_percent_encoded() {
        let text = json!("a/b c+é&=%");
        assert_eq!(encode_path(&parameter(Style::Simple, false), &text).as_deref(), Ok("a%2Fb%20c%2B%C3%A9%26%3D%25"));
        assert_eq!(encode_query(&parameter(Style::Form, true), &text).as_deref(), Ok("color=a%2Fb%20c%2B%C3%A9%26%3D%25"));
        let open = Parameter { allow_reserved: true, ..parameter(Style::Form, true) };
        assert_eq!(encode_query(&open, &text).as_deref(), Ok("color=a/b%20c%2B%C3%A9%26%3D%25"));
        assert_eq!(encode_header(&parameter(Style::Simple, false), &json!("a b,é")).as_deref(), Ok("a b,é"));
        assert!(encode_header(&parameter(Style::Simple, false), &json!("a\r\nb: c")).is_err());
        assert_eq!(encode_cookie(&parameter(Style::Form, false), &json!(["a;", "b"])).as_deref(), Ok("color=a%3B,b"));
        assert!(encode_query(&parameter(Style::Form, true), &json!({"a": [1]})).is_err());
        let content = Parameter { content: Some("application/json".to_owned()), ..parameter(Style::Form, true) };
        assert_eq!(encode_query(&content, &json!({"a": [1]})).as_deref(), Ok("color=%7B%22a%22%3A%5B1%5D%7D"));
    }
}
