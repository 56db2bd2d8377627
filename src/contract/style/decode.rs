//! Parameter styles, inward: the text of a path, a query, a header or a cookie as the value its schema means.
//!
//! What fits no type of the schema stays text, so that validation can say so. Validates nothing itself.

use crate::contract::media::MediaName;
use crate::contract::model::{Parameter, Style};
use crate::contract::route::percent_decode;
use crate::contract::view::View;
use serde_json::{Map, Number, Value};

/// Brackets of one `deepObject` name, at most.
const DEEPEST: usize = 32;

/// Text in every reading that its style allows; the schema chooses.
struct Raw {
    one: String,
    list: Vec<String>,
    pairs: Option<Vec<(String, String)>>,
}

impl Raw {
    /// Text with delimiters in it: items, or names and values in turn, or `name=value` where exploded.
    fn delimited(text: &str, delimiter: &str, explode: bool, unescape: impl Fn(&str) -> String) -> Self {
        let parts: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split(delimiter).collect() };
        let pairs = if explode {
            parts.iter().map(|p| p.split_once('=').map(|(k, v)| (unescape(k), unescape(v)))).collect()
        } else {
            parts.len().is_multiple_of(2).then(|| parts.chunks_exact(2).map(|c| (unescape(c[0]), unescape(c[1]))).collect())
        };
        Self { one: unescape(text), list: parts.iter().map(|p| unescape(p)).collect(), pairs }
    }

    /// The first type of the schema that the text fits.
    fn typed(self, view: &View<'_>) -> Value {
        for kind in view.types() {
            match kind {
                "array" => return items(self.list, view),
                "object" => {
                    if let Some(pairs) = &self.pairs {
                        return members(pairs, view);
                    }
                }
                kind => {
                    if let Some(value) = typed(&self.one, kind) {
                        return value;
                    }
                }
            }
        }
        Value::String(self.one)
    }
}

fn items(list: Vec<String>, view: &View<'_>) -> Value {
    list.into_iter().enumerate().map(|(i, text)| scalar(&text, &view.item(i))).collect()
}

fn members(pairs: &[(String, String)], view: &View<'_>) -> Value {
    Value::Object(pairs.iter().map(|(k, v)| (k.clone(), scalar(v, &view.property(k)))).collect())
}

/// Text as a value that is neither a list nor an object.
pub(in crate::contract) fn scalar(text: &str, view: &View<'_>) -> Value {
    view.types().into_iter().find_map(|kind| typed(text, kind)).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn typed(text: &str, kind: &str) -> Option<Value> {
    match kind {
        "boolean" => text.parse().ok().map(Value::Bool),
        // A JSON number and nothing else: `+1`, `01` and `1.` stay text.
        "integer" | "number" => {
            let bare = !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace);
            serde_json::from_str::<Number>(text).ok().filter(|_| bare).map(Value::Number)
        }
        "null" => text.is_empty().then_some(Value::Null),
        "string" => Some(Value::String(text.to_owned())),
        _ => None,
    }
}

/// A value that travels as a text of its own media type.
pub(in crate::contract) fn content(text: String, media: &str) -> Result<Value, String> {
    if MediaName::parse(media).is_some_and(|m| m.is_json()) {
        return serde_json::from_str(&text).map_err(|e| format!("it is not JSON: {e}"));
    }
    Ok(Value::String(text))
}

/// What stands in place of `{name}` in a path, still percent-encoded.
pub(in crate::contract) fn path(parameter: &Parameter, raw: &str, view: &View<'_>) -> Result<Value, String> {
    if let Some(media) = &parameter.content {
        return content(percent_decode(raw), media);
    }
    let begun = |sign: char| raw.strip_prefix(sign).ok_or_else(|| format!("style {:?} begins with `{sign}`", parameter.style));
    Ok(match parameter.style {
        Style::Label => {
            let delimiter = if parameter.explode { "." } else { "," };
            Raw::delimited(begun('.')?, delimiter, parameter.explode, percent_decode).typed(view)
        }
        Style::Matrix if parameter.explode => {
            let pairs: Vec<(String, String)> = begun(';')?
                .split(';')
                .map(|p| p.split_once('=').unwrap_or((p, "")))
                .map(|(k, v)| (percent_decode(k), percent_decode(v)))
                .collect();
            named(&parameter.name, pairs, view)
        }
        Style::Matrix => {
            let text = begun(';')?;
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            if percent_decode(name) != parameter.name {
                return Err(format!("style Matrix begins with `;{}`", parameter.name));
            }
            Raw::delimited(value, ",", false, percent_decode).typed(view)
        }
        _ => Raw::delimited(raw, ",", parameter.explode, percent_decode).typed(view),
    })
}

/// Pairs of which some bear the parameter's name: its value, or its items; else its members.
fn named(name: &str, pairs: Vec<(String, String)>, view: &View<'_>) -> Value {
    let own: Vec<String> = pairs.iter().filter(|(k, _)| k == name).map(|(_, v)| v.clone()).collect();
    let one = own.first().cloned().unwrap_or_default();
    if own.len() > 1 && !view.may_be("array") {
        return Value::from(own);
    }
    let only_object = own.is_empty() || view.is_only("object");
    Raw { one, list: own, pairs: only_object.then_some(pairs) }.typed(view)
}

/// The value of a header field; lines of one name are joined by `, ` before. White space around commas is not part of it.
pub(in crate::contract) fn header(text: &str, explode: bool, media: Option<&str>, view: &View<'_>) -> Result<Value, String> {
    match media {
        Some(media) => content(text.to_owned(), media),
        None => Ok(Raw::delimited(text, ",", explode, |t| t.trim().to_owned()).typed(view)),
    }
}

/// The pairs of a query or of a form: names decoded, values not.
pub(in crate::contract) fn pairs(text: &str) -> Vec<(String, &str)> {
    let pairs = text.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")));
    pairs.map(|(name, value)| (form_decode(name), value)).collect()
}

/// Percent-decoding where `+` is a space, as forms and queries have it (WHATWG URL, `application/x-www-form-urlencoded`).
pub(in crate::contract) fn form_decode(text: &str) -> String {
    percent_decode(&text.replace('+', " "))
}

/// The value that a query, or a form, holds of a parameter; `None` where it is not there. Members of an exploded object have
/// names of their own: those of its properties, and where it is open, all that belong to no other parameter.
pub(in crate::contract) fn query(
    parameter: &Parameter,
    all: &[(String, &str)],
    view: &View<'_>,
    others: &[&str],
) -> Result<Option<Value>, String> {
    let name = &parameter.name;
    let own: Vec<&str> = all.iter().filter(|(k, _)| k == name).map(|(_, v)| *v).collect();
    if let (Some(media), Some(text)) = (&parameter.content, own.first()) {
        return content(form_decode(text), media).map(Some);
    }
    if parameter.content.is_some() {
        return Ok(None);
    }
    let delimiters: &[&str] = match parameter.style {
        Style::DeepObject => return deep(name, all, view),
        Style::SpaceDelimited if !parameter.explode => &["%20", "+", " "],
        Style::PipeDelimited if !parameter.explode => &["%7C", "%7c", "|"],
        _ if !parameter.explode => &[","],
        _ => &[],
    };
    if let [first, rest @ ..] = delimiters {
        let Some(text) = own.first() else { return Ok(None) };
        if own.len() > 1 {
            return Ok(Some(own.iter().map(|t| Value::String(form_decode(t))).collect()));
        }
        let text = rest.iter().fold((*text).to_owned(), |text, other| text.replace(other, first));
        return Ok(Some(Raw::delimited(&text, first, false, form_decode).typed(view)));
    }
    let object = view.may_be("object") && (own.is_empty() || view.is_only("object"));
    if object {
        let properties = view.property_names();
        let open = view.is_open() || properties.is_empty();
        let belongs = |k: &str| properties.contains(&k) || (open && !others.contains(&k));
        let found = all.iter().filter(|(k, _)| belongs(k)).map(|(k, v)| (k.clone(), form_decode(v))).collect::<Vec<_>>();
        return Ok((!found.is_empty()).then(|| members(&found, view)));
    }
    let found: Vec<(String, String)> = own.iter().map(|v| (name.clone(), form_decode(v))).collect();
    Ok((!found.is_empty()).then(|| named(name, found, view)))
}

/// `name[a][b]=c`: objects of objects, and lists as `name[a][0]=`, `name[a][]=` or a name that comes again.
fn deep(name: &str, all: &[(String, &str)], view: &View<'_>) -> Result<Option<Value>, String> {
    let mut tree = Map::new();
    for (key, value) in all {
        let Some(brackets) = key.strip_prefix(name).filter(|b| b.starts_with('[')) else { continue };
        let inner = brackets.strip_prefix('[').and_then(|b| b.strip_suffix(']'));
        let tokens: Vec<&str> = inner.ok_or_else(|| format!("the brackets of `{key}` are not closed"))?.split("][").collect();
        if tokens.len() > DEEPEST {
            return Err(format!("`{name}` is nested deeper than {DEEPEST} levels"));
        }
        plant(&mut tree, &tokens, form_decode(value)).map_err(|()| format!("`{key}` is both a value and an object"))?;
    }
    if tree.is_empty() {
        let own = all.iter().find(|(k, _)| k == name);
        return Ok(own.map(|(_, v)| scalar(&form_decode(v), view)));
    }
    Ok(Some(grown(Value::Object(tree), view)))
}

/// Leaves are lists of texts until the schema says what they are.
fn plant(tree: &mut Map<String, Value>, tokens: &[&str], text: String) -> Result<(), ()> {
    let [first, rest @ ..] = tokens else { return Err(()) };
    let fresh = if rest.is_empty() { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    match (tree.entry((*first).to_owned()).or_insert(fresh), rest) {
        (Value::Array(leaf), []) => leaf.push(Value::String(text)),
        (Value::Object(below), [_, ..]) => plant(below, rest, text)?,
        _ => return Err(()),
    }
    Ok(())
}

fn grown(tree: Value, view: &View<'_>) -> Value {
    match tree {
        Value::Object(members) => {
            let numbered = members.keys().all(|k| k.is_empty() || k.bytes().all(|b| b.is_ascii_digit()));
            if numbered && (view.may_be("array") || !view.may_be("object")) {
                let leaves = members.into_iter().flat_map(|(key, value)| match value {
                    Value::Array(texts) if key.is_empty() => texts.into_iter().map(|t| Value::Array(vec![t])).collect(),
                    other => vec![other],
                });
                return leaves.enumerate().map(|(i, v)| grown(v, &view.item(i))).collect();
            }
            Value::Object(members.into_iter().map(|(k, v)| (k.clone(), grown(v, &view.property(&k)))).collect())
        }
        Value::Array(texts) => {
            let texts: Vec<String> = texts.into_iter().filter_map(|t| t.as_str().map(str::to_owned)).collect();
            match texts.as_slice() {
                [one] if !view.is_only("array") => scalar(one, view),
                _ => items(texts, view),
            }
        }
        other => other,
    }
}

/// The value that the `Cookie` field holds of a parameter; `None` where it is not there.
pub(in crate::contract) fn cookie(parameter: &Parameter, field: &str, view: &View<'_>) -> Result<Option<Value>, String> {
    let unescape = |text: &str| if parameter.style == Style::Cookie { text.to_owned() } else { percent_decode(text) };
    let all: Vec<(&str, &str)> = field.split(';').filter_map(|p| p.trim().split_once('=')).collect();
    let own: Vec<&str> = all.iter().filter(|(k, _)| *k == parameter.name).map(|(_, v)| *v).collect();
    if parameter.explode && parameter.content.is_none() && own.is_empty() && view.may_be("object") {
        let properties = view.property_names();
        let found: Vec<(String, String)> =
            all.iter().filter(|(k, _)| properties.contains(k)).map(|(k, v)| ((*k).to_owned(), unescape(v))).collect();
        return Ok((!found.is_empty()).then(|| members(&found, view)));
    }
    let Some(text) = own.first() else { return Ok(None) };
    if let Some(media) = &parameter.content {
        return content(unescape(text), media).map(Some);
    }
    if parameter.explode {
        let found = own.iter().map(|v| (parameter.name.clone(), unescape(v))).collect();
        return Ok(Some(named(&parameter.name, found, view)));
    }
    Ok(Some(Raw::delimited(text, ",", false, unescape).typed(view)))
}
