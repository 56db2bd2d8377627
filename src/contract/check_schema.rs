//! Checks Schema Objects keyword by keyword, with the place of each fault.
//!
//! Knows the dialects of OpenAPI 3.0 and 3.1. Compiles no schema and validates no value.

use crate::base::distance::{did_you_mean, nearest};
use crate::base::pointer::Pointer;
use crate::base::tree::{Data, Node};
use crate::contract::check::Checker;
use crate::contract::files::Loc;
use crate::contract::grammar::{KEYWORDS, Kind, Version, Word, keyword};
use crate::schema::pattern_fault;

const TYPES_30: &[&str] = &["array", "boolean", "integer", "number", "object", "string"];
const TYPES_31: &[&str] = &["array", "boolean", "integer", "null", "number", "object", "string"];

impl Checker<'_> {
    pub(in crate::contract) fn schema(&mut self, node: &Node, loc: &Loc) {
        if self.is_foreign(loc) {
            return self.foreign_schema(node, loc);
        }
        let members = match &node.data {
            Data::Object(members) => members,
            Data::Bool(_) if self.version >= Version::V31 => return,
            _ => {
                let wanted = if self.version == Version::V30 { "a Schema Object" } else { "a Schema Object or a boolean" };
                return self.wrong_kind(node, loc, wanted);
            }
        };
        if let (Version::V30, Some((_, reference))) = (self.version, node.entry("$ref")) {
            // Siblings of a reference are ignored in 3.0.
            return self.reference(reference, loc, Kind::Schema, "Schema Object");
        }
        for (key, child) in members {
            let at = loc.push(&key.text);
            match keyword(&key.text) {
                Some(known) if known.is_in(self.version) => self.keyword(known.word, child, &at),
                _ if key.text.starts_with("x-") => {}
                found => self.unknown_keyword(&key.text, found.is_some(), loc),
            }
        }
        self.schema_rules(node, loc);
    }

    fn unknown_keyword(&mut self, key: &str, elsewhere: bool, loc: &Loc) {
        let place = self.files.key_place(&loc.push(key));
        let known = KEYWORDS.iter().filter(|k| k.is_in(self.version)).map(|k| k.name);
        let near = nearest(key, known).map(|n| format!("did you mean `{n}`?"));
        match (self.version, elsewhere) {
            (Version::V30, true) => {
                let hint = match key {
                    "const" => "use an `enum` with one value".to_owned(),
                    _ => "it came with OpenAPI 3.1".to_owned(),
                };
                self.error("contract/unknown-keyword", format!("`{key}` is not known to OpenAPI 3.0"), place, Some(hint));
            }
            (Version::V30, false) => {
                self.error("contract/unknown-keyword", format!("unknown keyword `{key}` in the Schema Object"), place, near);
            }
            (Version::V31, true) => {
                let message = format!("`{key}` has no meaning in OpenAPI 3.1");
                self.warn("contract/unknown-keyword", message, place, Some("add \"null\" to `type`".to_owned()));
            }
            // Any other keyword is legal in JSON Schema 2020-12; only what looks like a typo is worth a word.
            (Version::V31, false) => {
                if near.is_some() {
                    self.warn("contract/unknown-keyword", format!("unknown keyword `{key}` in the Schema Object"), place, near);
                }
            }
        }
    }

    fn keyword(&mut self, word: Word, node: &Node, at: &Loc) {
        match word {
            Word::Plain(kind) => self.value(node, at, kind),
            Word::Count => match &node.data {
                Data::Number(n) if n.is_u64() || n.as_f64().is_some_and(|f| f >= 0.0 && f.fract() == 0.0) => {}
                _ => self.wrong_kind_or_value(node, at, "a whole number that is not negative"),
            },
            Word::Type => self.type_keyword(node, at),
            Word::Pattern => self.pattern(node, at),
            Word::Values => match node.items() {
                Some([]) => {
                    let place = self.place(at, node);
                    self.warn("contract/schema", "`enum` lists nothing, so nothing conforms", place, None);
                }
                Some(_) => {}
                None => self.wrong_kind(node, at, "a list"),
            },
            Word::Names => self.names(node, at),
            Word::Exclusive if self.version == Version::V30 => match node.data {
                Data::Number(_) => {
                    let name = at.pointer.tokens().last().unwrap_or_default();
                    let bound = if name.ends_with("Minimum") { "minimum" } else { "maximum" };
                    let place = self.place(at, node);
                    let hint = format!("write the number under `{bound}` and `{name}: true`");
                    let message = format!("`{name}` must be a boolean in OpenAPI 3.0, but is a number");
                    self.error("contract/wrong-type", message, place, Some(hint));
                }
                _ => self.value(node, at, Kind::Bool),
            },
            Word::Exclusive => self.value(node, at, Kind::Number),
            Word::Reference => {
                let loc = Loc::new(at.file, at.pointer.parent().unwrap_or_default());
                self.reference(node, &loc, Kind::Schema, "Schema Object");
            }
            Word::One => self.schema(node, at),
            Word::OneOrBool if matches!(node.data, Data::Bool(_)) => {}
            Word::OneOrBool => self.schema(node, at),
            Word::Many => match node.items() {
                Some([]) => {
                    let place = self.place(at, node);
                    self.error("contract/schema", "a list of at least one schema is wanted here", place, None);
                }
                Some(items) => items.iter().enumerate().for_each(|(i, item)| self.schema(item, &at.push(i))),
                None => self.wrong_kind(node, at, "a list of schemas"),
            },
            Word::ByName | Word::ByPattern => match node.members() {
                Some(members) => {
                    for (key, child) in members {
                        if matches!(word, Word::ByPattern)
                            && let Some(fault) = pattern_fault(&key.text)
                        {
                            let place = self.files.key_place(&at.push(&key.text));
                            self.error("contract/pattern", fault, place, None);
                        }
                        self.schema(child, &at.push(&key.text));
                    }
                }
                None => self.wrong_kind(node, at, "an object of schemas"),
            },
            Word::NamesByName => match node.members() {
                Some(members) => members.iter().for_each(|(k, child)| self.names(child, &at.push(&k.text))),
                None => self.wrong_kind(node, at, "an object"),
            },
        }
    }

    fn wrong_kind_or_value(&mut self, node: &Node, at: &Loc, wanted: &str) {
        if let Data::Number(n) = &node.data {
            let name = at.pointer.tokens().last().unwrap_or_default();
            let place = self.place(at, node);
            self.error("contract/wrong-value", format!("`{name}` must be {wanted}, but is {n}"), place, None);
        } else {
            self.wrong_kind(node, at, wanted);
        }
    }

    fn type_keyword(&mut self, node: &Node, at: &Loc) {
        let known = if self.version == Version::V30 { TYPES_30 } else { TYPES_31 };
        match &node.data {
            Data::String(text) if known.contains(&text.as_str()) => {}
            Data::String(text) => {
                let hint = match (text.as_str(), nearest(text, known.iter().copied())) {
                    ("null", _) => Some("OpenAPI 3.0 says `nullable: true` beside another type".to_owned()),
                    (_, Some(near)) => Some(format!("did you mean `{near}`?")),
                    ("any", None) => Some("leave `type` away".to_owned()),
                    ("date" | "datetime" | "date-time" | "uuid" | "file", None) => {
                        Some(format!("write `type: string` and `format: {text}`"))
                    }
                    _ => Some(format!("known: {}", known.iter().map(|t| format!("`{t}`")).collect::<Vec<_>>().join(", "))),
                };
                let place = self.place(at, node);
                self.error("contract/type", format!("`{text}` is no type"), place, hint);
            }
            Data::Array(items) if self.version >= Version::V31 => {
                for (i, item) in items.iter().enumerate() {
                    match item.data {
                        Data::String(_) => self.type_keyword(item, &at.push(i)),
                        Data::Null => {
                            let place = self.place(at, item);
                            let hint = Some("put it in quotes: \"null\"".to_owned());
                            self.error("contract/type", "the type is named by the text \"null\"", place, hint);
                        }
                        _ => self.wrong_kind(item, &at.push(i), "a string"),
                    }
                }
            }
            Data::Array(_) => {
                let place = self.place(at, node);
                let hint = Some("one type, and `nullable: true` where null is allowed as well".to_owned());
                self.error("contract/type", "a list of types is not known to OpenAPI 3.0", place, hint);
            }
            _ => self.wrong_kind(node, at, "a string"),
        }
    }

    fn pattern(&mut self, node: &Node, at: &Loc) {
        match node.as_str() {
            Some(text) => {
                if let Some(fault) = pattern_fault(text) {
                    let place = self.place(at, node);
                    self.error("contract/pattern", fault, place, None);
                }
            }
            None => self.wrong_kind(node, at, "a string"),
        }
    }

    fn names(&mut self, node: &Node, at: &Loc) {
        let Some(items) = node.items() else {
            if let (Data::Bool(_), true) = (&node.data, at.pointer.tokens().last().is_some_and(|t| t == "required")) {
                let place = self.place(at, node);
                let hint = Some("name the property in the `required` list of the object around it".to_owned());
                return self.error("contract/wrong-type", "`required` must be a list of names, but is a boolean", place, hint);
            }
            return self.wrong_kind(node, at, "a list of strings");
        };
        let mut seen = std::collections::HashSet::new();
        for (i, item) in items.iter().enumerate() {
            self.value(item, &at.push(i), Kind::Text);
            if let Some(name) = item.as_str().filter(|n| !seen.insert(*n)) {
                let place = self.place(at, item);
                self.warn("contract/schema", format!("`{name}` is listed twice"), place, None);
            }
        }
    }

    /// What the keywords of one schema must not say together.
    fn schema_rules(&mut self, node: &Node, loc: &Loc) {
        let is_true = |key: &str| matches!(node.get(key).map(|n| &n.data), Some(Data::Bool(true)));
        let at = |checker: &Self, key: &str| checker.files.key_place(&loc.push(key));
        if is_true("readOnly") && is_true("writeOnly") {
            let place = at(self, "writeOnly");
            self.error("contract/schema", "a property cannot be both `readOnly` and `writeOnly`", place, None);
        }
        for (least, most) in
            [("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum"), ("minProperties", "maxProperties")]
        {
            let number = |key| match node.get(key).map(|n| &n.data) {
                Some(Data::Number(n)) => n.as_f64(),
                _ => None,
            };
            if let (Some(low), Some(high)) = (number(least), number(most))
                && low > high
            {
                let place = at(self, least);
                self.warn("contract/schema", format!("`{least}` is greater than `{most}`, so nothing conforms"), place, None);
            }
        }
        self.mapping(node, loc);
        if self.version == Version::V30 {
            self.rules_30(node, loc, is_true("nullable"));
        }
    }

    /// Each value of a discriminator's `mapping` names a component or refers to a schema.
    fn mapping(&mut self, node: &Node, loc: &Loc) {
        let Some(members) = node.get("discriminator").and_then(|d| d.get("mapping")).and_then(Node::members) else { return };
        let components = Loc::new(0, Pointer::from_escaped("/components/schemas"));
        for (key, target) in members {
            let Some(text) = target.as_str() else { continue };
            let place = self.place(loc, target);
            let names = self.files.node(&components).and_then(Node::members).unwrap_or_default();
            let names: Vec<String> = names.iter().map(|(k, _)| k.text.clone()).collect();
            if names.iter().any(|n| n == text) {
                continue;
            }
            if !text.contains(['/', '#', '.']) {
                let hint = did_you_mean(text, names.iter().map(String::as_str));
                let message = format!("`{}` is mapped to `{text}`, and there is no such schema", key.text);
                self.error("contract/unresolved-ref", message, place, hint);
            } else if self.read(loc, text, &place) {
                match self.files.resolve(loc, text) {
                    Ok(target) => self.also(target),
                    Err(unresolved) => self.error("contract/unresolved-ref", unresolved.message, place, unresolved.hint),
                }
            }
        }
    }

    fn rules_30(&mut self, node: &Node, loc: &Loc, nullable: bool) {
        let is_array = node.get("type").and_then(Node::as_str) == Some("array");
        if is_array && node.get("items").is_none() {
            let place = self.files.key_place(&loc.push("type"));
            let hint = Some("write `items: {}` where any item is allowed".to_owned());
            self.warn("contract/schema", "an array without `items`", place, hint);
        }
        if !nullable {
            return;
        }
        let place = self.files.key_place(&loc.push("nullable"));
        if node.get("type").is_none() {
            let hint = Some("write `type` beside it".to_owned());
            self.warn("contract/nullable", "`nullable` has no effect without `type` beside it", place, hint);
        } else if let Some(items) = node.get("enum").and_then(Node::items)
            && !items.iter().any(|i| i.data == Data::Null)
        {
            let hint = Some("add null to the `enum`".to_owned());
            self.warn("contract/nullable", "`nullable` has no effect, because the `enum` does not list null", place, hint);
        }
    }
}
