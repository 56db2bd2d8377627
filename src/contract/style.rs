//! Parameter styles: how values become parts of a path, a query, a header or a cookie, and how header values are read back.
//!
//! Pure text with percent-encoding. Never validates a value against its schema.

use crate::contract::model::{Parameter, Style};
use crate::contract::route::percent_decode;
use serde_json::{Map, Number, Value};

/// What goes in place of `{name}` in a path, percent-encoded.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_path(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let name = encode(&parameter.name, false);
    let parts = Parts::of(parameter, value)?;
    Ok(match parameter.style {
        Style::Label => match &parts {
            Parts::One(text) => format!(".{}", encode(text, false)),
            Parts::List(items) => format!(".{}", joined(items, if parameter.explode { "." } else { "," })),
            Parts::Pairs(pairs) if parameter.explode => format!(".{}", assigned(pairs, ".")),
            Parts::Pairs(pairs) => format!(".{}", flat(pairs, ",")),
        },
        Style::Matrix => match &parts {
            Parts::One(text) if text.is_empty() => format!(";{name}"),
            Parts::One(text) => format!(";{name}={}", encode(text, false)),
            Parts::List(items) if parameter.explode => items.iter().map(|i| format!(";{name}={}", encode(i, false))).collect(),
            Parts::List(items) => format!(";{name}={}", joined(items, ",")),
            Parts::Pairs(pairs) if parameter.explode => format!(";{}", assigned(pairs, ";")),
            Parts::Pairs(pairs) => format!(";{name}={}", flat(pairs, ",")),
        },
        _ => simple(&parts, parameter.explode, |t| encode(t, false)),
    })
}

/// The pairs of a query, percent-encoded and joined by `&`; empty when there is nothing to send.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_query(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let name = encode(&parameter.name, false);
    let reserved = parameter.allow_reserved;
    let delimiter = match parameter.style {
        Style::SpaceDelimited => "%20",
        Style::PipeDelimited => "%7C",
        _ => ",",
    };
    let list = |items: &[String]| items.iter().map(|i| encode(i, reserved)).collect::<Vec<_>>().join(delimiter);
    Ok(match Parts::of(parameter, value)? {
        Parts::One(text) => format!("{name}={}", encode(&text, reserved)),
        Parts::List(items) if items.is_empty() => String::new(),
        Parts::List(items) if parameter.explode => {
            items.iter().map(|i| format!("{name}={}", encode(i, reserved))).collect::<Vec<_>>().join("&")
        }
        Parts::List(items) => format!("{name}={}", list(&items)),
        Parts::Pairs(pairs) if parameter.style == Style::DeepObject => pairs
            .iter()
            .map(|(k, v)| format!("{name}%5B{}%5D={}", encode(k, false), encode(v, reserved)))
            .collect::<Vec<_>>()
            .join("&"),
        Parts::Pairs(pairs) if parameter.explode => {
            pairs.iter().map(|(k, v)| format!("{}={}", encode(k, false), encode(v, reserved))).collect::<Vec<_>>().join("&")
        }
        Parts::Pairs(pairs) if pairs.is_empty() => String::new(),
        Parts::Pairs(pairs) => {
            format!("{name}={}", list(&pairs.into_iter().flat_map(|(k, v)| [k, v]).collect::<Vec<_>>()))
        }
    })
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

/// One `name=value` (or several, joined by `; `) of the `Cookie` field.
///
/// # Errors
/// A lower-case fragment when the value cannot be written in the parameter's style.
pub fn encode_cookie(parameter: &Parameter, value: &Value) -> Result<String, String> {
    let name = &parameter.name;
    Ok(match Parts::of(parameter, value)? {
        Parts::One(text) => format!("{name}={}", encode(&text, false)),
        Parts::List(items) if parameter.explode => {
            items.iter().map(|i| format!("{name}={}", encode(i, false))).collect::<Vec<_>>().join("; ")
        }
        Parts::List(items) => format!("{name}={}", joined(&items, ",")),
        Parts::Pairs(pairs) if parameter.explode => assigned(&pairs, "; "),
        Parts::Pairs(pairs) => format!("{name}={}", flat(&pairs, ",")),
    })
}

/// A value as parameters see it: text, items or members, all of them texts.
enum Parts {
    One(String),
    List(Vec<String>),
    Pairs(Vec<(String, String)>),
}

impl Parts {
    fn of(parameter: &Parameter, value: &Value) -> Result<Self, String> {
        if parameter.content.is_some() {
            return Ok(Self::One(match value {
                Value::String(text) if !parameter.content.as_deref().is_some_and(|c| c.contains("json")) => text.clone(),
                other => other.to_string(),
            }));
        }
        let nested = || format!("`{}` cannot carry a value nested this deep", parameter.name);
        match value {
            Value::Array(items) if parameter.style == Style::DeepObject => {
                let pairs = items.iter().enumerate().map(|(i, v)| Some((i.to_string(), primitive(v)?)));
                pairs.collect::<Option<_>>().map(Self::Pairs).ok_or_else(nested)
            }
            Value::Array(items) => items.iter().map(primitive).collect::<Option<_>>().map(Self::List).ok_or_else(nested),
            Value::Object(members) => {
                let pairs = members.iter().map(|(k, v)| Some((k.clone(), primitive(v)?)));
                pairs.collect::<Option<_>>().map(Self::Pairs).ok_or_else(nested)
            }
            other => primitive(other).map(Self::One).ok_or_else(nested),
        }
    }
}

fn primitive(value: &Value) -> Option<String> {
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
        Parts::List(items) => items.iter().map(|i| escape(i)).collect::<Vec<_>>().join(","),
        Parts::Pairs(pairs) => {
            let between = if explode { "=" } else { "," };
            pairs.iter().map(|(k, v)| format!("{}{between}{}", escape(k), escape(v))).collect::<Vec<_>>().join(",")
        }
    }
}

fn joined(items: &[String], delimiter: &str) -> String {
    items.iter().map(|i| encode(i, false)).collect::<Vec<_>>().join(delimiter)
}

fn assigned(pairs: &[(String, String)], delimiter: &str) -> String {
    pairs.iter().map(|(k, v)| format!("{}={}", encode(k, false), encode(v, false))).collect::<Vec<_>>().join(delimiter)
}

fn flat(pairs: &[(String, String)], delimiter: &str) -> String {
    pairs.iter().flat_map(|(k, v)| [encode(k, false), encode(v, false)]).collect::<Vec<_>>().join(delimiter)
}

/// Percent-encodes the UTF-8 of everything but RFC 3986's unreserved characters; with `reserved`, those of RFC 3986
/// section 2.2 stay as well, except the ones that would end the value.
#[must_use]
pub fn encode(text: &str, reserved: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let kept = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (reserved && b":/?@!$'()*,;".contains(&byte));
        if kept {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Reads a value written in style `simple` as its schema means it: the first type of the schema that the text fits. What
/// fits none stays text, so that validation can say so.
#[must_use]
pub fn decode_simple(text: &str, schema: &Value, explode: bool) -> Value {
    let types = types_of(schema);
    for kind in &types {
        let value = match kind.as_str() {
            "array" => {
                let empty = Value::Bool(true);
                let items = schema.get("items").unwrap_or(&empty);
                let parts = if text.is_empty() { Vec::new() } else { text.split(',').collect() };
                Some(Value::Array(parts.iter().map(|p| decode_primitive(p.trim(), items)).collect()))
            }
            "object" => decode_object(text, schema, explode),
            _ => typed(text, kind),
        };
        if let Some(value) = value {
            return value;
        }
    }
    Value::String(text.to_owned())
}

fn types_of(schema: &Value) -> Vec<String> {
    let mut types: Vec<String> = match schema.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    // Text fits everything, so it is tried last.
    types.sort_by_key(|t| t == "string");
    types
}

fn decode_primitive(text: &str, schema: &Value) -> Value {
    types_of(schema).iter().find_map(|kind| typed(text, kind)).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn decode_object(text: &str, schema: &Value, explode: bool) -> Option<Value> {
    let parts: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split(',').map(str::trim).collect() };
    let pairs: Vec<(&str, &str)> = if explode {
        parts.iter().map(|p| p.split_once('=')).collect::<Option<_>>()?
    } else {
        if !parts.len().is_multiple_of(2) {
            return None;
        }
        parts.chunks_exact(2).map(|c| (c[0], c[1])).collect()
    };
    let open = Value::Bool(true);
    let members = pairs.into_iter().map(|(k, v)| {
        let own = schema.get("properties").and_then(|p| p.get(k)).unwrap_or(&open);
        (k.to_owned(), decode_primitive(v, own))
    });
    Some(Value::Object(members.collect::<Map<_, _>>()))
}

fn typed(text: &str, kind: &str) -> Option<Value> {
    match kind {
        "boolean" => text.parse().ok().map(Value::Bool),
        "integer" | "number" => number(text),
        "null" => text.is_empty().then_some(Value::Null),
        "string" => Some(Value::String(text.to_owned())),
        _ => None,
    }
}

/// A JSON number and nothing else: `+1`, `01` and `1.` stay text.
fn number(text: &str) -> Option<Value> {
    serde_json::from_str::<Number>(text).ok().map(Value::Number)
}

/// Reads a path or query value: percent-decoded, then as [`decode_simple`] does.
#[must_use]
pub fn decode_percent(text: &str, schema: &Value, explode: bool) -> Value {
    decode_simple(&percent_decode(text), schema, explode)
}

#[cfg(test)]
mod tests {
    use super::{decode_simple, encode_cookie, encode_header, encode_path, encode_query};
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

    #[test]
    fn header_values_are_read_as_their_schema_means_them() {
        let read = |text, schema: Value, explode| decode_simple(text, &schema, explode);
        assert_eq!(read("12", json!({"type": "integer"}), false), json!(12));
        assert_eq!(read("+12", json!({"type": "integer"}), false), json!("+12"));
        assert_eq!(read("12", json!({"type": "string"}), false), json!("12"));
        assert_eq!(read("12", json!({}), false), json!("12"));
        assert_eq!(read("x", json!({"type": ["string", "integer"]}), false), json!("x"));
        assert_eq!(read("true", json!({"type": "boolean"}), false), json!(true));
        assert_eq!(read("1, 2", json!({"type": "array", "items": {"type": "integer"}}), false), json!([1, 2]));
        let object = json!({"type": "object", "properties": {"R": {"type": "integer"}}});
        assert_eq!(read("R,100,G,x", object.clone(), false), json!({"R": 100, "G": "x"}));
        assert_eq!(read("R=100,G=x", object.clone(), true), json!({"R": 100, "G": "x"}));
        assert_eq!(read("R", object, false), json!("R"));
    }
}
