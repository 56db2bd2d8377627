//! Rules of `content`: keys that are media types, and encodings that go with the media type and its schema.
//!
//! Encodes and decodes nothing.

use crate::base::source::Span;
use crate::base::tree::{Key, Node};
use crate::contract::check::{At, Checker};
use crate::contract::files::Loc;
use crate::contract::grammar::{Kind, MEDIA_TYPE, Version};
use crate::contract::media::is_token;

/// Fields that are often written beside a media type and not below it.
const FIELDS: &[&str] = &["schema", "example", "examples", "encoding"];

impl Checker<'_> {
    /// A field of a media type that stands beside it: said once, and looked at no further.
    pub(in crate::contract) fn beside_media_type(&mut self, key: &Key, at: &At<'_>, kind: Kind) -> bool {
        let in_content = matches!(kind, Kind::OrRef(object) if std::ptr::eq(object, &MEDIA_TYPE)) && at.is("content");
        if !in_content || !FIELDS.contains(&key.text.as_str()) {
            return false;
        }
        let place = self.spot(at, key.span);
        let hint = Some("indent it, so that it stands below the media type".to_owned());
        self.error("contract/media-type", format!("`{}` stands where a media type is wanted", key.text), place, hint);
        true
    }

    /// The members of `content`.
    pub(super) fn content(&mut self, node: &Node, at: &At<'_>) {
        let Some((key, content)) = node.entry("content") else { return };
        let at = at.key(key);
        for (key, media) in content.members().unwrap_or_default() {
            if !is_media_range(&key.text) && !FIELDS.contains(&key.text.as_str()) {
                let place = self.spot(&at, key.span);
                let hint = Some("such as `application/json`, `text/*` or `*/*`".to_owned());
                self.warn("contract/media-type", format!("`{}` is no media type", key.text), place, hint);
            }
            self.encoding_keys(media, &at.key(key), &key.text);
        }
    }

    /// Where exactly one media type is wanted.
    pub(super) fn one_media_type(&mut self, node: &Node, at: &At<'_>) {
        let Some((key, content)) = node.entry("content") else { return };
        let members = content.members().unwrap_or_default();
        if content.members().is_some() && members.len() != 1 && !members.iter().any(|(k, _)| FIELDS.contains(&k.text.as_str())) {
            let place = self.spot(at, key.span);
            self.error("contract/parameter", "`content` must hold exactly one media type here", place, None);
        }
    }

    /// `encoding` goes by name; `prefixEncoding` and `itemEncoding` go by position.
    pub(super) fn encodings(&mut self, node: &Node, at: &At<'_>) {
        if node.get("encoding").is_some() {
            for field in ["prefixEncoding", "itemEncoding"] {
                if let Some((key, _)) = node.entry(field).filter(|_| self.version >= Version::V32) {
                    let place = self.spot(at, key.span);
                    self.error("contract/exclusive", format!("`encoding` and `{field}` exclude each other"), place, None);
                }
            }
        }
        for (key, _) in node.get("headers").and_then(Node::members).unwrap_or_default() {
            if key.text.eq_ignore_ascii_case("content-type") {
                let place = self.spot(at, key.span);
                let hint = Some("write it as `contentType`".to_owned());
                self.warn("contract/header", "an encoding's header named `Content-Type` is ignored", place, hint);
            }
        }
        if let Some(value) = node.get("contentType")
            && let Some(bad) = value.as_str().and_then(|all| all.split(',').map(str::trim).find(|m| !is_media_range(m)))
        {
            let place = self.spot(at, value.span);
            self.warn("contract/media-type", format!("`{bad}` is no media type"), place, None);
        }
    }

    fn encoding_keys(&mut self, media: &Node, at: &At<'_>, name: &str) {
        let kind = name.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (form, multipart) = (kind == "application/x-www-form-urlencoded", kind.starts_with("multipart/"));
        for (field, applies) in [("encoding", form || multipart), ("prefixEncoding", multipart), ("itemEncoding", multipart)] {
            let Some((key, _)) = media.entry(field).filter(|_| !applies && is_media_range(name)) else { continue };
            let place = self.spot(at, key.span);
            let wanted = if field == "encoding" { "`multipart` and `application/x-www-form-urlencoded`" } else { "`multipart`" };
            self.warn(
                "contract/encoding",
                format!("`{field}` has no effect on `{name}`"),
                place,
                Some(format!("it is for {wanted}")),
            );
            return;
        }
        let Some((key, encoding)) = media.entry("encoding") else { return };
        let Some(properties) = media.get("schema").and_then(|schema| self.properties(schema, at)) else { return };
        let at = at.key(key);
        let unknown: Vec<(String, Span)> = {
            let members = encoding.members().unwrap_or_default().iter();
            let unknown = members.filter(|(k, _)| !k.text.starts_with("x-") && !properties.contains(&k.text));
            unknown.map(|(k, _)| (k.text.clone(), k.span)).collect()
        };
        for (name, span) in unknown {
            let place = self.spot(&at, span);
            let hint = self.near(&name, properties.iter().map(String::as_str));
            self.warn(
                "contract/encoding",
                format!("the encoding of `{name}` has no effect: there is no such property"),
                place,
                hint,
            );
        }
    }

    /// The names of a schema's properties, where no keyword may add others.
    fn properties(&self, schema: &Node, at: &At<'_>) -> Option<Vec<String>> {
        let found = match schema.get("$ref") {
            None => schema,
            Some(reference) => {
                let reference = reference.as_str()?;
                let target: Loc = self.files.resolve(&at.loc(), reference).ok()?;
                self.files.node(&self.files.follow(&target)?)?
            }
        };
        let open = ["allOf", "oneOf", "anyOf", "$ref", "patternProperties", "additionalProperties", "if", "$dynamicRef"];
        if open.iter().any(|k| found.get(k).is_some()) {
            return None;
        }
        Some(found.get("properties")?.members()?.iter().map(|(k, _)| k.text.clone()).collect())
    }
}

/// A media type or a range of them, with parameters or without (RFC 9110 section 12.5.1).
fn is_media_range(text: &str) -> bool {
    let (range, parameters) = text.split_once(';').map_or((text, None), |(r, p)| (r, Some(p)));
    let Some((kind, subtype)) = range.trim().split_once('/') else { return false };
    let legal = is_token(kind) && is_token(subtype) && (kind != "*" || subtype == "*");
    let parameter = |p: &str| p.trim().is_empty() || p.split_once('=').is_some_and(|(name, _)| is_token(name.trim()));
    legal && parameters.is_none_or(|all| all.split(';').all(parameter))
}

#[cfg(test)]
mod tests {
    use super::is_media_range;

    #[test]
    fn media_types_and_ranges() {
        for good in [
            "application/json",
            "text/*",
            "*/*",
            "application/json; charset=utf-8",
            "application/vnd.a+json;v=1;q=\"x\"",
            "image/svg+xml",
        ] {
            assert!(is_media_range(good), "{good}");
        }
        for bad in ["", "json", "*/json", "a/b/c", "a b/c", "application/", "a/b; c"] {
            assert!(!is_media_range(bad), "{bad}");
        }
    }
}
