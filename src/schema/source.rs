//! What a set of schemas asks of whoever knows them, and how schemas of a set name one another.
//!
//! Names and shapes only. Compiles nothing.

use crate::base::pointer::Pointer;
use serde_json::Value;

/// A schema that is lowered by itself.
///
/// Most schemas of one dialect share a resource behind the door. One that dynamic references may pass through is a resource
/// of its own, because the way of a value through resources decides what such a reference means.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit {
    /// The number of the document it stands in.
    pub document: usize,
    /// Where it stands there.
    pub pointer: Pointer,
    /// The URI of its dialect.
    pub dialect: &'static str,
    /// The resource that it belongs to.
    pub resource: Resource,
    /// Without the choice that its discriminator makes: what a child means that builds on it.
    pub plain: bool,
}

/// How schemas are put together to resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// All schemas of a dialect are one.
    Shared,
    /// All schemas of a dialect in one document are one.
    Document,
    /// The schema is one by itself.
    Own,
}

/// One schema, lowered.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// JSON Schema of the unit's dialect, in which every reference was made by [`reference()`].
    pub schema: Value,
    /// The units that its references name, and those that must be at hand with it.
    pub units: Vec<Unit>,
    /// How many schemas it holds, so that the cost of compiling it is known.
    pub weight: usize,
}

/// The schemas of one spec.
pub trait Source: Send + Sync {
    /// The name under which a document is shown.
    fn name(&self, document: usize) -> String;

    /// The unit that the schema at a place belongs to, and where in it.
    fn unit(&self, document: usize, pointer: &Pointer) -> (Unit, Pointer);

    /// Lowers a unit.
    fn lower(&self, unit: &Unit) -> Lowered;

    /// The place in a document as it was written, for one in a lowered schema.
    fn written(&self, document: usize, pointer: &Pointer) -> Pointer;
}

impl Unit {
    /// The URI of the document that it is registered in, and the member of `$defs` that it is there.
    pub(in crate::schema) fn home(&self) -> (String, Option<String>) {
        let dialect: String = self.dialect.chars().filter(char::is_ascii_digit).collect();
        let plain = if self.plain { "!" } else { "" };
        let member = format!("{}{plain}{}", self.document, self.pointer);
        match self.resource {
            Resource::Shared => (format!("spec:/all/{dialect}"), Some(member)),
            Resource::Document => (format!("spec:/document/{}/{dialect}", self.document), Some(member)),
            Resource::Own => {
                let mut uri = format!("spec:/own/{}{plain}?", self.document);
                encode(self.pointer.as_str(), &mut uri);
                (uri, None)
            }
        }
    }
}

/// The `$ref` by which schemas of a set name one another: a unit, and a pointer into it.
#[must_use]
pub fn reference(unit: &Unit, within: &Pointer) -> String {
    let (mut uri, member) = unit.home();
    uri.push('#');
    if let Some(member) = member {
        encode(Pointer::root().push("$defs").push(member).as_str(), &mut uri);
    }
    encode(within.as_str(), &mut uri);
    uri
}

fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'/' | b'~' | b'-' | b'.' | b'_' | b'!' | b'$' | b'*' => into.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => into.push(char::from(byte)),
            _ => {
                into.push('%');
                into.push_str(&format!("{byte:02X}"));
            }
        }
    }
}

/// The document and the place that a location behind the door means.
pub(in crate::schema) fn place(uri: &str) -> Option<(usize, Pointer)> {
    let (resource, fragment) = uri.strip_prefix("spec:/")?.split_once('#').unwrap_or((uri.strip_prefix("spec:/")?, ""));
    let fragment = decode(fragment);
    if let Some(own) = resource.strip_prefix("own/") {
        let (document, pointer) = own.split_once('?')?;
        return Some((number(document)?, Pointer::from_escaped(format!("{}{fragment}", decode(pointer)))));
    }
    place_in_defs(&fragment)
}

/// The same for a pointer into a document that holds units as members of `$defs`.
pub(in crate::schema) fn place_in_defs(pointer: &str) -> Option<(usize, Pointer)> {
    let rest = pointer.strip_prefix("/$defs/")?;
    let (member, within) = rest.find('/').map_or((rest, ""), |i| rest.split_at(i));
    let member = member.replace("~1", "/").replace("~0", "~");
    let (document, unit) = member.find('/').map_or((member.as_str(), ""), |i| member.split_at(i));
    Some((number(document)?, Pointer::from_escaped(format!("{unit}{within}"))))
}

fn number(document: &str) -> Option<usize> {
    document.trim_end_matches('!').parse().ok()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let byte = text.get(i + 1..i + 3).filter(|_| bytes[i] == b'%').and_then(|p| u8::from_str_radix(p, 16).ok());
        decoded.push(byte.unwrap_or(bytes[i]));
        i += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Resource, Unit, place, reference};
    use crate::base::pointer::Pointer;

    #[test]
    fn references_lead_back_to_their_places() {
        for resource in [Resource::Shared, Resource::Document, Resource::Own] {
            for path in [vec![], vec!["components", "A b/~é%20"], vec!["", ".", "..", "$defs"]] {
                let pointer = path.iter().fold(Pointer::root(), |p, t| p.push(t));
                let dialect = "https://json-schema.org/draft/2020-12/schema";
                let plain = path.len() == 2;
                let unit = Unit { document: 12, pointer: pointer.clone(), dialect, resource, plain };
                let within = Pointer::root().push("properties").push("x/y");
                assert_eq!(place(&reference(&unit, &Pointer::root())), Some((12, pointer.clone())));
                assert_eq!(place(&reference(&unit, &within)), Some((12, pointer.push("properties").push("x/y"))));
            }
        }
        assert_eq!(place("https://example.com/#/a"), None);
    }
}
