//! Forms: `application/x-www-form-urlencoded` as the object that its schema and encodings mean.
//!
//! Where an encoding names a style, fields are read as parameters are; else by the media type of each. Validates nothing.

use crate::contract::body::Reading;
use crate::contract::media::MediaName;
use crate::contract::model::{Encoding, In, MediaType, Parameter, Style};
use crate::contract::style::decode;
use crate::contract::view::View;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The media type of a form.
pub(super) const URLENCODED: &str = "application/x-www-form-urlencoded";

/// A property as a parameter of a query, where its encoding names a style.
pub(super) fn styled(encoding: &Encoding) -> Option<Parameter> {
    Some(Parameter {
        name: encoding.property.clone(),
        location: In::Query,
        required: false,
        style: encoding.style?,
        explode: encoding.explode,
        allow_reserved: encoding.allow_reserved,
        schema: None,
        content: None,
        example: None,
    })
}

/// The encoding of a property.
pub(super) fn encoding<'m>(documented: &'m MediaType, property: &str) -> Option<&'m Encoding> {
    documented.encoding.iter().find(|e| e.property == property)
}

/// The encoding of the part at a position.
pub(super) fn encoding_at(documented: &MediaType, position: usize) -> Option<&Encoding> {
    documented.prefix_encoding.get(position).or(documented.item_encoding.as_ref())
}

/// The media types an encoding allows, each by itself.
pub(super) fn allowed(encoding: Option<&Encoding>) -> Vec<MediaName> {
    let listed = encoding.into_iter().flat_map(|e| &e.content_type);
    listed.flat_map(|text| text.split(',')).filter_map(MediaName::parse).collect()
}

pub(super) fn read(text: &str, documented: &MediaType, view: &View<'_>) -> Reading {
    let types = view.types();
    if !types.is_empty() && !types.contains(&"object") {
        return Reading::of(decode::scalar(text, view));
    }
    match object(text, &documented.encoding, view) {
        Ok(value) => Reading::of(value),
        Err(reason) => Reading::unjudged(reason),
    }
}

/// The object that a form is; an error says why it cannot be told.
pub(in crate::contract) fn object(text: &str, encodings: &[Encoding], view: &View<'_>) -> Result<Value, String> {
    let all = decode::pairs(text);
    let names = view.property_names();
    let mut object = Map::new();
    let mut taken = vec![false; all.len()];
    for encoding in encodings {
        let Some(parameter) = styled(encoding) else { continue };
        let property = view.property(&parameter.name);
        let others: Vec<&str> = names.iter().copied().filter(|n| *n != parameter.name).collect();
        if let Some(value) = decode::query(&parameter, &all, &property, &others)? {
            let members = value.as_object();
            for (i, (key, _)) in all.iter().enumerate() {
                let bracketed = parameter.style == Style::DeepObject
                    && key.strip_prefix(parameter.name.as_str()).is_some_and(|rest| rest.starts_with('['));
                let exploded =
                    parameter.style != Style::DeepObject && parameter.explode && members.is_some_and(|m| m.contains_key(key));
                taken[i] |= *key == parameter.name || bracketed || exploded;
            }
            object.insert(parameter.name, value);
        }
    }
    let mut order: Vec<&str> = Vec::new();
    let mut values: HashMap<&str, Vec<String>> = HashMap::new();
    for ((key, value), _) in all.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        let entry = values.entry(key).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        entry.push(decode::form_decode(value));
    }
    for key in order {
        let found = values.remove(key).unwrap_or_default();
        let property = view.property(key);
        let media = allowed(encodings.iter().find(|e| e.property == key));
        object.insert(key.to_owned(), gathered(found, &property, |text, view| field(&text, &media, view)));
    }
    Ok(Value::Object(object))
}

/// What came under one name: one value, or a list where the schema has one or the name came again.
pub(super) fn gathered<T>(mut found: Vec<T>, view: &View<'_>, mut read: impl FnMut(T, &View<'_>) -> Value) -> Value {
    if found.len() == 1 && !view.is_only("array") {
        return found.pop().map_or(Value::Null, |one| read(one, view));
    }
    found.into_iter().enumerate().map(|(i, one)| read(one, &view.item(i))).collect()
}

/// The text of one field. Objects travel as JSON unless an encoding says otherwise.
fn field(text: &str, media: &[MediaName], view: &View<'_>) -> Value {
    let json = if media.is_empty() { view.is_only("object") } else { media.iter().any(MediaName::is_json) };
    let parsed = json.then(|| serde_json::from_str(text).ok()).flatten();
    parsed.unwrap_or_else(|| decode::scalar(text, view))
}
