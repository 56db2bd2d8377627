//! Checks Schema Objects keyword by keyword, with the place of each fault.
//!
//! Knows the dialects of OpenAPI 3.0 and of the later versions. Compiles no schema and validates no value.

use crate::base::distance::nearest;
use crate::base::tree::{Data, Key, Node};
use crate::contract::check::{At, Checker, DEEP, address};
use crate::contract::grammar::{KEYWORDS, Kind, Version, Word, keyword};
use crate::schema::{counted, is_too_large};
use std::collections::HashSet;

const TYPES_30: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
const TYPES_31: &[&str] = &["array", "boolean", "integer", "null", "number", "object", "string"];

/// Keywords of JSON Schema that say nothing of a value, so that nothing is lost where 3.0 ignores them.
const HARMLESS: &[&str] = &[
    "$id",
    "$schema",
    "$anchor",
    "$vocabulary",
    "$comment",
    "$defs",
    "definitions",
    "examples",
    "contentEncoding",
    "contentMediaType",
];

impl Checker<'_> {
    pub(in crate::contract) fn schema(&mut self, node: &Node, at: &At<'_>) {
        if self.depth >= DEEP {
            return self.deep.push(at.loc());
        }
        self.depth += 1;
        self.keywords(node, at);
        self.depth -= 1;
    }

    fn keywords(&mut self, node: &Node, at: &At<'_>) {
        let members = match &node.data {
            Data::Object(members) => members,
            Data::Bool(_) if self.version >= Version::V31 => return,
            _ => return self.wrong_kind(node, at, &Kind::Schema.wanted(self.version)),
        };
        // The keywords' own address: no object of the tables lives there.
        if !self.seen.insert((address(node), address(&TYPES_30))) {
            return;
        }
        if self.is_foreign(at) {
            return self.foreign_schema(node, at);
        }
        if let (Version::V30, Some((_, reference))) = (self.version, node.entry("$ref")) {
            self.siblings(node, at, |name| name == "$ref" || name.starts_with("x-"));
            self.schema_reference(reference, node, at);
            return;
        }
        for (key, child) in members {
            match keyword(&key.text) {
                Some(known) if matches!(known.word, Word::Reference) && (known.in_30 || known.is_in(self.version)) => {
                    self.schema_reference(child, node, at);
                }
                // An annotation: nothing is lost where it is written as other objects have it.
                Some(known) if known.name == "examples" && known.is_in(self.version) && child.members().is_some() => {
                    let place = self.spot(at, key.span);
                    let hint = Some("write the values as a list; examples with names belong to a Media Type Object".to_owned());
                    self.warn("contract/wrong-type", "`examples` of a schema must be a list, but is an object", place, hint);
                }
                Some(known) if known.is_in(self.version) => self.keyword(known.word, child, &at.key(key)),
                _ if key.text.starts_with("x-") => {}
                found => self.unknown_keyword(key, child, found.is_some(), at),
            }
        }
        self.schema_rules(node, at);
    }

    pub(in crate::contract) fn schema_reference(&mut self, reference: &Node, holder: &Node, at: &At<'_>) {
        let target = self.reference(reference, holder, at, Kind::Schema, "Schema Object");
        if at.up().is_some_and(|list| list.is("allOf")) {
            self.met.extended.extend(target);
        }
    }

    fn unknown_keyword(&mut self, key: &Key, child: &Node, elsewhere: bool, at: &At<'_>) {
        let name = key.text.as_str();
        let place = self.spot(at, key.span);
        let known = KEYWORDS.iter().filter(|k| k.is_in(self.version)).map(|k| k.name);
        let near = nearest(name, known).map(|n| format!("did you mean `{n}`?"));
        if self.version >= Version::V31 {
            match name {
                "nullable" => {
                    // Only where it was meant to allow something is anything lost.
                    let hint = Some("add \"null\" to `type`".to_owned());
                    let message = format!("`nullable` has no meaning in {}", self.version);
                    self.warn("contract/unknown-keyword", message, place, hint);
                }
                // Any other keyword is legal in JSON Schema 2020-12; only what looks like a typo is worth a word.
                _ if near.is_some() => {
                    self.warn("contract/unknown-keyword", format!("unknown keyword `{name}` in the Schema Object"), place, near);
                }
                _ => {}
            }
            return;
        }
        if HARMLESS.contains(&name) || name == "id" && child.as_str().is_some() {
            let hint = match name {
                "examples" => "use `example`".to_owned(),
                "contentEncoding" => "use `format: byte` or `format: binary`".to_owned(),
                "definitions" | "$defs" => "schemas are shared under `components/schemas`".to_owned(),
                _ => "leave it away".to_owned(),
            };
            self.warn("contract/unknown-keyword", format!("`{name}` has no effect in OpenAPI 3.0"), place, Some(hint));
        } else if elsewhere {
            let hint = match name {
                "const" => "use an `enum` with one value".to_owned(),
                _ => "it came with OpenAPI 3.1".to_owned(),
            };
            self.error("contract/unknown-keyword", format!("`{name}` is not known to OpenAPI 3.0"), place, Some(hint));
        } else {
            self.error("contract/unknown-keyword", format!("unknown keyword `{name}` in the Schema Object"), place, near);
        }
    }

    fn keyword(&mut self, word: Word, node: &Node, at: &At<'_>) {
        match word {
            Word::Plain(Kind::Number) if at.is("multipleOf") => match &node.data {
                Data::Number(n) if n.as_f64().is_some_and(|f| f > 0.0) => {}
                _ => self.wrong_kind_or_value(node, at, "a number greater than 0"),
            },
            Word::Plain(kind) => self.value(node, at, kind),
            Word::Count => match &node.data {
                Data::Number(n) if n.is_u64() || n.as_f64().is_some_and(|f| f >= 0.0 && f.fract() == 0.0) => {}
                _ => self.wrong_kind_or_value(node, at, "a whole number that is not negative"),
            },
            Word::Type => self.type_keyword(node, at),
            Word::Pattern => self.pattern(node, at),
            Word::Values => match node.items() {
                Some([]) => {
                    let place = self.spot(at, node.span);
                    self.warn("contract/schema", "`enum` lists nothing, so nothing conforms", place, None);
                }
                Some(_) => {}
                None => self.wrong_kind(node, at, "a list"),
            },
            Word::Names => self.names(node, at),
            Word::Exclusive => self.exclusive(node, at),
            Word::Reference => {}
            Word::One => self.schema(node, at),
            Word::OneOrBool if matches!(node.data, Data::Bool(_)) => {}
            Word::OneOrBool => self.schema(node, at),
            Word::Many => match node.items() {
                Some([]) => {
                    let place = self.spot(at, node.span);
                    self.error("contract/schema", "a list of at least one schema is wanted here", place, None);
                }
                Some(items) => items.iter().enumerate().for_each(|(i, item)| self.schema(item, &at.item(i))),
                None => self.wrong_kind(node, at, "a list of schemas"),
            },
            Word::ByName | Word::ByPattern => self.schemas_by_name(word, node, at),
            Word::NamesByName => match node.members() {
                Some(members) => members.iter().for_each(|(k, child)| self.names(child, &at.key(k))),
                None => self.wrong_kind(node, at, "an object"),
            },
        }
    }

    fn schemas_by_name(&mut self, word: Word, node: &Node, at: &At<'_>) {
        let Some(members) = node.members() else { return self.wrong_kind(node, at, "an object of schemas") };
        for (key, child) in members {
            if matches!(word, Word::ByPattern)
                && let Some(fault) = self.pattern_fault(&key.text)
            {
                let place = self.spot(at, key.span);
                self.error("contract/pattern", fault, place, None);
            }
            self.schema(child, &at.key(key));
        }
    }

    /// A boolean in 3.0 and a number since, where a boolean is still understood, as it stands in published descriptions.
    fn exclusive(&mut self, node: &Node, at: &At<'_>) {
        let name = at.name();
        let bound = if name.ends_with("Minimum") { "minimum" } else { "maximum" };
        let place = self.spot(at, node.span);
        match (self.version, &node.data) {
            (Version::V30, Data::Number(_)) => {
                let hint = format!("write the number under `{bound}` and `{name}: true`");
                let message = format!("`{name}` must be a boolean in OpenAPI 3.0, but is a number");
                self.error("contract/wrong-type", message, place, Some(hint));
            }
            (Version::V30, _) => self.value(node, at, Kind::Bool),
            (version, Data::Bool(value)) => {
                let hint =
                    if *value { format!("write the number of `{bound}` under `{name}`") } else { format!("leave `{name}` away") };
                let message = format!("`{name}` must be a number in {version}, but is a boolean as in 3.0");
                self.warn("contract/wrong-type", message, place, Some(hint));
            }
            _ => self.value(node, at, Kind::Number),
        }
    }

    fn wrong_kind_or_value(&mut self, node: &Node, at: &At<'_>, wanted: &str) {
        if let Data::Number(n) = &node.data {
            let place = self.spot(at, node.span);
            self.error("contract/wrong-value", format!("`{}` must be {wanted}, but is {n}", at.name()), place, None);
        } else {
            self.wrong_kind(node, at, wanted);
        }
    }

    fn type_keyword(&mut self, node: &Node, at: &At<'_>) {
        let known = if self.version == Version::V30 { TYPES_30 } else { TYPES_31 };
        match &node.data {
            Data::String(text) if known.contains(&text.as_str()) => {}
            Data::String(text) => {
                let hint = match (text.as_str(), nearest(text, known.iter().copied())) {
                    ("null", _) => Some("OpenAPI 3.0 says `nullable: true` beside another type".to_owned()),
                    ("int" | "long", _) => Some("write `type: integer`".to_owned()),
                    ("float" | "double", _) => Some(format!("write `type: number` and `format: {text}`")),
                    ("file", _) => Some("write `type: string` and `format: binary`".to_owned()),
                    (_, Some(near)) => Some(format!("did you mean `{near}`?")),
                    ("any", None) => Some("leave `type` away".to_owned()),
                    ("date" | "datetime" | "date-time" | "uuid", None) => {
                        Some(format!("write `type: string` and `format: {text}`"))
                    }
                    _ => Some(format!("known: {}", known.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", "))),
                };
                let place = self.spot(at, node.span);
                self.error("contract/type", format!("`{text}` is no type"), place, hint);
            }
            Data::Array(items) if self.version >= Version::V31 => {
                let mut seen = HashSet::new();
                for (i, item) in items.iter().enumerate() {
                    match &item.data {
                        Data::String(text) if !seen.insert(text.as_str()) => {
                            let place = self.spot(at, item.span);
                            self.warn("contract/schema", format!("`{text}` is listed twice"), place, None);
                        }
                        Data::String(_) => self.type_keyword(item, &at.item(i)),
                        Data::Null => {
                            let place = self.spot(at, item.span);
                            let hint = Some("put it in quotes: \"null\"".to_owned());
                            self.error("contract/type", "the type is named by the text \"null\"", place, hint);
                        }
                        _ => self.wrong_kind(item, &at.item(i), "a string"),
                    }
                }
            }
            Data::Array(_) => {
                let place = self.spot(at, node.span);
                let hint = Some("one type, and `nullable: true` where null is allowed as well".to_owned());
                self.error("contract/type", "a list of types is not known to OpenAPI 3.0", place, hint);
            }
            _ => self.wrong_kind(node, at, "a string"),
        }
    }

    fn pattern(&mut self, node: &Node, at: &At<'_>) {
        match node.as_str() {
            Some(text) => {
                let Some(fault) = self.pattern_fault(text) else { return };
                let place = self.spot(at, node.span);
                match counted(text) {
                    Some(counted) if self.pattern_fault(&counted.pattern).is_none() => {}
                    None if is_too_large(text) => {
                        let message = format!("`{text}` is too large to be matched, so no value is judged by it");
                        let hint = Some("say the length with `minLength` and `maxLength`".to_owned());
                        self.warn("contract/pattern", message, place, hint);
                    }
                    _ => self.error("contract/pattern", fault, place, None),
                }
            }
            None => self.wrong_kind(node, at, "a string"),
        }
    }

    fn names(&mut self, node: &Node, at: &At<'_>) {
        let Some(items) = node.items() else {
            if matches!(node.data, Data::Bool(_)) && at.is("required") {
                let place = self.spot(at, node.span);
                let hint = Some("name the property in the `required` list of the object around it".to_owned());
                return self.error("contract/wrong-type", "`required` must be a list of names, but is a boolean", place, hint);
            }
            return self.wrong_kind(node, at, "a list of strings");
        };
        let mut seen = HashSet::new();
        for (i, item) in items.iter().enumerate() {
            self.value(item, &at.item(i), Kind::Text);
            if let Some(name) = item.as_str().filter(|n| !seen.insert(*n)) {
                let place = self.spot(at, item.span);
                // Forbidden in every version; only the published schema of 3.0 refuses it, and the meaning is clear.
                let message = format!("`{name}` is listed twice");
                if self.version == Version::V30 {
                    self.error("contract/schema", message, place, None);
                } else {
                    self.warn("contract/schema", message, place, None);
                }
            }
        }
    }
}
